#!/usr/bin/env bash
# Sees to what the tests of Kubernetes' objects need: kube-apiserver and kube-score, built from their Go modules, Checkov
# from PyPI, and etcd, which Debian packages. FOLDER/bin gets links into a cache outside the clone, so that each version
# is made once a machine. Go checks each module against its checksum database, pip each package against
# requirements-checkov.txt, and this script what it takes from the cache against the sum that it wrote there.
set -euo pipefail

folder=${1:?usage: tools.sh FOLDER [PYTHON]}
python=${2:-$(command -v python3.11 || command -v python3 || true)}
project=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/headroom/kube-tools
kubernetes=1.36.3
score=1.20.0
missing=()

lacks() { # lacks TOOL WHY
  echo "$1 is absent: $2" >&2
  missing+=("$1")
}

link() { # link DIRECTORY TOOL
  ln -sfn "$1/$2" "$folder/bin/$2"
  echo "$2: $1"
}

intact() { # intact DIRECTORY: whether it was finished, and holds what was put there
  [ -f "$1/sum" ] && (cd "$1" && sha256sum --check --status sum)
}

keep() { # keep DIRECTORY TOOL: the sum is written last, so that what was interrupted counts for nothing
  (cd "$1" && sha256sum "$2" >.sum && mv .sum sum)
}

build_server() { # Kubernetes' own module replaces its parts by folders of its source tree: here they are modules
  local staging=v0.${kubernetes#*.} source part
  printf 'module headroom-kube-tools\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes v%s\n' "$kubernetes" >go.mod
  source=$(go mod download -json "k8s.io/kubernetes@v$kubernetes" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
  sed -n 's#^[[:space:]]*\(k8s\.io/[a-z-]*\) => \./staging/.*#\1#p' "$source" |
    while read -r part; do echo "replace $part => $part $staging"; done >>go.mod
  printf '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n' >tools.go
  CGO_ENABLED=0 go build -mod=mod -trimpath -o "$1/kube-apiserver" \
    -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$kubernetes" k8s.io/kubernetes/cmd/kube-apiserver
}

build_score() {
  CGO_ENABLED=0 GOBIN=$1 go install -trimpath -ldflags "-s -w -X main.version=v$score" \
    "github.com/zegl/kube-score/cmd/kube-score@v$score"
}

built() { # built TOOL VERSION BUILD MINUTES
  local place=$cache/$1-$2 work
  if ! intact "$place"; then
    command -v go >/dev/null || { lacks "$1" "it is built with Go, and there is none; install it (go.dev/doc/install)"; return; }
    echo "Building $1 $2 (about $4, once a machine) ..."
    rm -rf "$place"
    mkdir -p "$place"
    work=$(mktemp -d "$cache/build.XXXXXX")
    if ! (cd "$work" && "$3" "$place" 2>log 9>&-); then
      tail -n 20 "$work/log" >&2
      rm -rf "$place" "$work"
      lacks "$1" "its build failed, see above"
      return
    fi
    rm -rf "$work"
    keep "$place" "$1"
  fi
  link "$place" "$1"
}

install_checkov() { # in an environment of its own: it pins what the project has newer
  local pins=$project/requirements-checkov.txt place
  [ -n "$python" ] || { lacks checkov "it needs Python 3.11"; return; }
  place=$cache/checkov-$(cat "$pins" <("$python" --version) | sha256sum | cut -c 1-12)
  if ! intact "$place"; then
    echo "Installing Checkov (about a minute, once a machine) ..."
    rm -rf "$place"
    if ! { "$python" -m venv "$place" && "$place/bin/pip" install --quiet --disable-pip-version-check \
      --require-hashes -r "$pins"; }; then
      rm -rf "$place"
      lacks checkov "it could not be installed, see above"
      return
    fi
    keep "$place" bin/checkov
  fi
  link "$place/bin" checkov
}

install_etcd() {
  local as_root=()
  ! command -v etcd >/dev/null || return 0
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  echo "Installing etcd (apt-get, package etcd-server) ..."
  get() { DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get "$@" </dev/null >/dev/null; }
  get install --yes --no-install-recommends etcd-server 2>/dev/null ||
    { get update && get install --yes --no-install-recommends etcd-server; } ||
    lacks etcd "it could not be installed; install it by hand (Debian: etcd-server)"
}

mkdir -p "$folder/bin" "$cache"
folder=$(cd "$folder" && pwd)
exec 9>"$cache/lock"
! command -v flock >/dev/null || flock 9 # one clone at a time: the next one finds what this one made
install_etcd
install_checkov
built kube-score "$score" build_score "half a minute"
built kube-apiserver "$kubernetes" build_server "5 minutes"
[ ${#missing[@]} = 0 ]
