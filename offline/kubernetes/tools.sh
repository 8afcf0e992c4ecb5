#!/usr/bin/env bash
# Builds kube-apiserver from its Go module into a folder, and sees to etcd, which Debian packages.
# Nothing of Kubernetes' source is kept here: Go fetches it, checks it against its checksum database, and caches it.
set -euo pipefail

folder=${1:?usage: tools.sh FOLDER}
version=1.36.3
staging=v0.${version#*.}

if ! command -v etcd >/dev/null; then
  echo "Installing etcd (apt-get, package etcd-server) ..."
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get install --yes --no-install-recommends etcd-server >/dev/null || {
    echo "etcd could not be installed; install it by hand (Debian: etcd-server) and run this again" >&2
    exit 1
  }
fi

server=$folder/bin/kube-apiserver
stamp=$folder/version
if [ -x "$server" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$version" ]; then
  echo "kube-apiserver $version is there already: $server"
  exit 0
fi
command -v go >/dev/null || { echo "kube-apiserver is built with Go, and there is none; install it (go.dev/doc/install)" >&2; exit 1; }

mkdir -p "$folder/bin" "$folder/build"
cd "$folder/build"
echo "Building kube-apiserver $version (about 5 minutes) ..."
printf 'module headroom-kube-tools\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes v%s\n' "$version" >go.mod
# Kubernetes' own module replaces its parts by folders of its source tree: here they are modules of the same release.
source=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
sed -n 's#^[[:space:]]*\(k8s\.io/[a-z-]*\) => \./staging/.*#\1#p' "$source" |
  while read -r part; do echo "replace $part => $part $staging"; done >>go.mod
printf '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n' >tools.go
go mod tidy
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o ../bin/kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
echo "$version" >../version
echo "Built $server"
