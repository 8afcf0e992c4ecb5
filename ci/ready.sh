#!/usr/bin/env bash
# Prints, one a line, which of these environments a pipeline may work on: those whose stack file names a repository in
# headroom:ci in place of the placeholder. So a fresh fork's pipelines do nothing, and environments join one by one.
# With --preview, of these only those that jobs of pull requests may preview.
# Wants bash, grep and sed alone, and no AWS: usage: ci/ready.sh [--preview] ENV...
set -euo pipefail

previewed=false
if [ "${1:-}" = --preview ]; then previewed=true && shift; fi

for environment in "$@"; do
  file="Pulumi.$environment.yaml"
  # What is below headroom:ci, up to the next setting.
  chosen=$([ ! -f "$file" ] || sed -n '/^  headroom:ci:/,/^  [a-z]*:[a-z_]*:/p' "$file" | sed '1!{/^  [a-z]/d}')
  if [ ! -f "$file" ]; then
    echo "$environment: there is no $file" >&2
  elif [ -z "$chosen" ]; then
    echo "$environment: $file has no headroom:ci, so nobody signs in from a pipeline" >&2
  elif grep -Eq '^ +(repository: +[^ ]+@0/|project: +your-organization/)' <<<"$chosen"; then
    echo "$environment: headroom:ci in $file still names a placeholder; put your repository there (docs/first-day.md)" >&2
  elif "$previewed" && grep -Eq "^ +preview: +['\"]?none['\"]? *(#.*)?$" <<<"$chosen"; then
    echo "$environment: headroom:ci in $file lets no pull request be previewed" >&2
  else
    echo "$environment"
  fi
done
