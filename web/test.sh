#!/usr/bin/env bash
# Tests the page: its types, that the committed bundle is what the sources give, and the
# tests against the real server in real browsers. All of these run, whatever became of
# the others. Node, npm and the browsers are installed on Debian as root; where one is
# missing, a line says NOT TESTED. Arguments go to node --test.
set -u -o pipefail
cd "$(dirname "$0")"

failed=0
fail() {
	echo "FAILED: $*"
	failed=1
}

../test/install.sh node:nodejs npm:npm chromium:chromium chromium-headless-shell:chromium-headless-shell firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	echo "NOT TESTED: the page: Node.js or npm is not installed"
	exit 0
fi
if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
	echo "NOT TESTED: the page: it needs Node.js 18 or later, and this is $(node --version)"
	exit 0
fi

# npm ci takes a while, so only where the modules aren't what the lock file says.
if ! cmp -s package-lock.json node_modules/.snug-installed; then
	if ! npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; then
		fail "npm ci"
		exit 1
	fi
	cp package-lock.json node_modules/.snug-installed
fi

node_modules/.bin/tsc --noEmit || fail "types"
node_modules/.bin/tsc --noEmit -p src/worker || fail "types of the worker"
node_modules/.bin/prettier --check --log-level=warn src client client.ts || fail "the format: run npm run format"

rm -rf .out
mkdir .out
if ./bundle.sh "$PWD/.out/dist"; then
	diff -r dist .out/dist >/dev/null || fail "web/dist is not what the sources give: run make page and commit it"
else
	fail "bundle"
fi

# shellcheck disable=SC2046 # a list of files
if go build -o .out/server ../cmd/server && go tool -modfile=../tools/go.mod esbuild $(find client src e2e -name '*.test.ts') \
	--bundle --platform=node --target=node18 --format=esm --packages=external \
	--outdir=.out/test --out-extension:.js=.mjs --log-level=warning; then
	# Node 18 has no global crypto without this, no --test-timeout, and no playwright-core.
	chromium=yes
	if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
		export NODE_OPTIONS=--experimental-global-webcrypto
		chromium=
		echo "NOT TESTED: the page in Chromium, all but the main flow in other browsers: playwright-core needs Node.js 20"
	elif [[ -z ${SNUG_TEST_CHROMIUM:-} ]] && ! command -v chromium chromium-browser google-chrome >/dev/null; then
		chromium=
		echo "NOT TESTED: the page in Chromium, all but the main flow in other browsers: Chromium is not installed"
	fi
	timeout=$(node --help | grep -o -m1 -e '--test-timeout' || true)
	mapfile -t tests < <(find .out/test -name '*.test.mjs' | sort)
	if [[ -z $chromium ]]; then
		mapfile -t tests < <(printf '%s\n' "${tests[@]}" | awk '!/\/e2e\// || /\/e2e\/flow/')
	fi
	SNUG_TEST_SERVER="$PWD/.out/server" node --test --test-reporter=spec --test-concurrency=1 ${timeout:+"$timeout=1200000"} "$@" \
		"${tests[@]}" || fail "tests of the page"
else
	fail "build of the page's tests"
fi
exit "$failed"
