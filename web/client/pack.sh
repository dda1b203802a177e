#!/bin/sh
# Packs the client as an npm package, snug-client-VERSION.tgz, into the directory $1. The version is $2, or 0.0.0.
# The package has the client as one ES module, the part for HTTP as another, and types. It is the same bytes each time. npm and
# node_modules (npm ci) are needed; nothing is fetched.
set -eu
out=$(cd "$1" && pwd)
version=${2:-}
cd "$(dirname "$0")/.."
package=$(mktemp -d)
trap 'rm -r "$package"' EXIT

cp client/package.json client/README.md ../LICENSE "$package"
[ -z "$version" ] || (cd "$package" && npm pkg set "version=$version")
go tool -modfile=../tools/go.mod esbuild client.ts --bundle --splitting --format=esm --charset=utf8 --target=es2022 \
	--outdir="$package" --log-level=warning
node_modules/.bin/tsc -p client/tsconfig.types.json --outDir "$package"
npm pack "$package" --pack-destination "$out" --silent
