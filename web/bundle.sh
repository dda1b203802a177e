#!/bin/sh
# Bundles the page from its sources into the directory $1, for package web to
# embed. More arguments are flags for esbuild, which tests make another build with. It is the same bytes each time. esbuild comes from tools/go.mod, the
# libraries from node_modules (npm ci).
set -eu
cd "$(dirname "$0")"
out=$1
shift

rm -rf "$out"
mkdir -p "$out"
cp static/* "$out"
go tool -modfile=../tools/go.mod esbuild src/main.tsx src/style/main.css "$@" \
  --bundle --splitting --format=esm --minify --charset=utf8 --target=es2022,chrome123,firefox125,safari17.5 \
  --entry-names='[name]-[hash]' --chunk-names='[name]-[hash]' \
  --alias:micromark-core-commonmark=./src/markdown/constructs.ts \
  --outdir="$out/assets" --legal-comments=none --log-level=warning

# The worker has a fixed name, and is one file.
go tool -modfile=../tools/go.mod esbuild src/worker/main.ts "$@" \
  --bundle --format=iife --minify --charset=utf8 --target=es2022,chrome123,firefox125,safari17.5 \
  --alias:micromark-core-commonmark=./src/markdown/constructs.ts \
  --outfile="$out/sw.js" --legal-comments=none --log-level=warning

# What other sites load, too.
go tool -modfile=../tools/go.mod esbuild src/embed/element.ts "$@" \
  --bundle --format=esm --minify --charset=utf8 --target=es2022,chrome123,firefox125,safari17.5 \
  --outfile="$out/embed.js" --legal-comments=none --log-level=warning

sed -e "s|{{script}}|assets/$(basename "$out"/assets/main-*.js)|" \
  -e "s|{{style}}|assets/$(basename "$out"/assets/main-*.css)|" index.html >"$out/index.html"
