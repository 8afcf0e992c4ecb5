#!/usr/bin/env bash
# Prints, one a line, which of these environments a pipeline may work on: those whose stack file names a repository in
# headroom:ci in place of the placeholder. So a fresh fork's pipelines do nothing, and environments join one by one.
# Wants bash and grep alone, and no AWS: usage: ci/ready.sh ENV...
set -euo pipefail

for environment in "$@"; do
  file="Pulumi.$environment.yaml"
  if [ ! -f "$file" ]; then
    echo "$environment: there is no $file" >&2
  elif ! grep -Eq '^ {2}headroom:ci:' "$file"; then
    echo "$environment: $file has no headroom:ci, so nobody signs in from a pipeline" >&2
  elif grep -Eq '^ +(repository: +[^ ]+@0/|project: +your-organization/)' "$file"; then
    echo "$environment: headroom:ci in $file still names a placeholder; put your repository there (docs/first-day.md)" >&2
  else
    echo "$environment"
  fi
done
