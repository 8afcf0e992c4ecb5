#!/usr/bin/env bash
# Installs Prowler, which the audit of the emulated AWS runs (`make audit`): from PyPI, each package checked against
# requirements-prowler.txt, in an environment of its own, as it pins what the project has newer. That takes 2 GB, so the
# environment lies in a cache outside the clone, where it is made once a machine; FOLDER/bin gets a link to it.
set -euo pipefail

folder=${1:?usage: prowler.sh FOLDER [PYTHON]}
python=${2:-$(command -v python3.11 || command -v python3 || true)}
project=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/headroom/audit-tools
pins=$project/requirements-prowler.txt

[ -n "$python" ] || { echo "Prowler needs Python 3.11" >&2; exit 1; }
mkdir -p "$folder/bin" "$cache"
exec 9>"$cache/lock"
! command -v flock >/dev/null || flock 9 # one clone at a time: the next one finds what this one made
place=$cache/prowler-$(cat "$pins" <("$python" --version) | sha256sum | cut -c 1-12)
if [ ! -f "$place/finished" ]; then # written last, so that what was interrupted counts for nothing
  echo "Installing Prowler (2 GB, a few minutes, once a machine) ..."
  rm -rf "$place"
  if ! { "$python" -m venv "$place" && "$place/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir \
    --require-hashes -r "$pins" 9>&-; }; then
    rm -rf "$place"
    echo "Prowler could not be installed, see above" >&2
    exit 1
  fi
  touch "$place/finished"
fi
ln -sfn "$place/bin/prowler" "$folder/bin/prowler"
echo "prowler: $place/bin"
