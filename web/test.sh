#!/bin/sh
# Tests the page: its types, that the committed bundle is what the sources give, its
# size, and the tests against the real server and a real Chromium. What is missing
# is installed where that is possible (Debian, as root); Go is needed anyway.
set -eu
cd "$(dirname "$0")"

missing=
command -v node >/dev/null && command -v npm >/dev/null || missing="nodejs npm"
[ -n "${SNUG_TEST_CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null || missing="$missing chromium"
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "the page's tests want programs that are not here: install $missing" >&2
    exit 1
  fi
  echo "installing $missing for the page's tests"
  apt-get -q update
  # shellcheck disable=SC2086 # a list
  apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing
fi

# Only where they aren't what the lock file says: npm ci takes a while.
if ! cmp -s package-lock.json node_modules/.snug-installed; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.snug-installed
fi

node_modules/.bin/tsc --noEmit

rm -rf .out
mkdir .out
./bundle.sh "$PWD/.out/dist"
diff -r dist .out/dist >/dev/null || {
  echo "web/dist is not what the page's sources give: run make page and commit it" >&2
  exit 1
}

go build -o .out/server ../cmd/server
# shellcheck disable=SC2046 # a list of files
go tool -modfile=../tools/go.mod esbuild $(find client src e2e -name '*.test.ts') \
  --bundle --platform=node --target=node20 --format=esm --packages=external \
  --outdir=.out/test --out-extension:.js=.mjs --log-level=warning
SNUG_TEST_SERVER="$PWD/.out/server" node --test --test-reporter=spec --test-concurrency=1 --test-timeout=300000 "$@" .out/test/
