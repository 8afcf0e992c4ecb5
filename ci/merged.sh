#!/usr/bin/env bash
# Prints which environment's settings a merge changed, as `source=dev` and `target=staging`, and nothing where it changed
# none that takes releases from another one. Of two it prints the earlier, and says so: promote to the other afterwards.
# Wants bash, git and sed alone: usage: ci/merged.sh BEFORE AFTER
set -euo pipefail

before=${1:?usage: merged.sh BEFORE AFTER} after=${2:?usage: merged.sh BEFORE AFTER}
# The first push of a branch has no commit before it, a forced one may have none that is here.
git cat-file -e "$before^{commit}" 2>/dev/null || before=$(git rev-parse "$after^")

comes_from() { # comes_from ENV: `from` below headroom:promotion
  sed -n '/^  headroom:promotion:/,/^  [a-z]*:[a-z_]*:/s/^    from: *\([a-z0-9-]*\) *$/\1/p' "Pulumi.$1.yaml"
}

found=
for target in staging prod; do
  if [ ! -f "Pulumi.$target.yaml" ] || git diff --quiet "$before" "$after" -- "Pulumi.$target.yaml"; then
    continue
  fi
  if [[ "$(git log -1 --format=%s "$before..$after" -- "Pulumi.$target.yaml")" == "Roll $target back to "* ]]; then
    echo "$target goes back to an earlier release: the workflow rollback applies that" >&2
    continue
  fi
  source=$(comes_from "$target")
  if [ -z "$source" ] || [ "$source" = none ]; then
    echo "$target takes no releases from another environment: headroom up $target brings its settings up" >&2
  elif [ -n "$found" ]; then
    echo "The settings of $target changed as well: promote to it once $found is live" >&2
  else
    printf 'source=%s\ntarget=%s\n' "$source" "$target"
    found=$target
  fi
done
