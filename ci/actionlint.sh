#!/usr/bin/env bash
# Builds actionlint, which checks .github/workflows, from its Go module; Go checks that against its checksum database.
# FOLDER/bin gets a link into a cache outside the clone, so that each version is built once a machine.
set -euo pipefail

folder=${1:?usage: actionlint.sh FOLDER}
version=1.7.12
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/headroom/workflow-tools
place=$cache/actionlint-$version

mkdir -p "$folder/bin" "$cache"
exec 9>"$cache/lock"
! command -v flock >/dev/null || flock 9 # one clone at a time: the next one finds what this one made
if ! { [ -f "$place/sum" ] && (cd "$place" && sha256sum --check --status sum); }; then
  command -v go >/dev/null || { echo "actionlint is absent: it is built with Go (go.dev/doc/install)" >&2; exit 1; }
  echo "Building actionlint $version (seconds, once a machine) ..."
  rm -rf "$place"
  mkdir "$place"
  CGO_ENABLED=0 GOBIN=$place go install -trimpath "github.com/rhysd/actionlint/cmd/actionlint@v$version" 9>&-
  # Written last, so that what was interrupted counts for nothing.
  (cd "$place" && sha256sum actionlint >.sum && mv .sum sum)
fi
ln -sfn "$place/actionlint" "$folder/bin/actionlint"
echo "actionlint: $place"
