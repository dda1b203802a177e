#!/usr/bin/env bash
# usage: test/run.sh [PACKAGE...]
# Runs all tests, or of the Go tests only those of the given packages. Go, gcc, git and
# make are enough to start it: what else the tests use is
# installed on Debian as root, and otherwise the tests that need it say NOT TESTED. Every
# part runs, whatever became of the others, and a summary at the end says what failed and
# what was not tested. The exit status is 0 if nothing failed.
set -u -o pipefail
cd "$(dirname "$0")/.."
export PATH=$PATH:/usr/sbin:/sbin # for mkfs.ext4 and nginx

log=$(mktemp)
report=$(mktemp)
trap 'rm -f "$log" "$report"' EXIT
failed=()
packages=("$@")
((${#packages[@]})) || packages=(./test ./...) # the one that takes longest begins first

# part NAME COMMAND... runs a part of the tests.
part() {
	printf '\n== %s\n' "$1"
	"${@:2}" 2>&1 | tee -a "$log" || failed+=("$1")
}

formatted() {
	local files
	files=$(gofmt -l .) && [[ -z $files ]] && return
	echo "these files need gofmt:"
	echo "$files"
	return 1
}

gotests() {
	local race=-race
	if ! command -v gcc >/dev/null && ! command -v clang >/dev/null; then
		echo "NOT TESTED: data races: the race detector needs gcc"
		race=
	fi
	go build -o "$report" ./test/report || return
	# A test that hangs ends its package, which prints what each of its goroutines waits for, and
	# no other one. On two busy cores, the slowest package takes about 11 minutes.
	# SQLite's own code, translated from C, isn't searched for data races, which would take most of the time. Nothing
	# else may be left out: packages share the code of generic functions, and the search needs what it adds to it.
	# One package more than there are processors: tests wait for a quarter of their time.
	# shellcheck disable=SC2086 # it may be empty
	go test -p $(($(getconf _NPROCESSORS_ONLN) + 1)) -json $race ${race:+-gcflags=modernc.org/sqlite/lib=-race=false} -timeout 35m "${packages[@]}" | "$report"
}

test/install.sh strace:strace ip:iproute2 mkfs.ext4:e2fsprogs chattr:e2fsprogs mount:mount nginx:nginx-light caddy:caddy curl:curl prometheus-alertmanager:prometheus-alertmanager promtool:prometheus tmux:tmux sshd:openssh-server

part "go vet" go vet ./...
part "gofmt" formatted
part "go.mod" go mod tidy -diff
part "Go tests" gotests
part "page tests" web/test.sh

printf '\n== Summary\n'
untested=$(grep -o 'NOT TESTED.*' "$log" | sort -u)
if [[ -n $untested ]]; then
	printf '%s\n' "$untested"
fi
if ((${#failed[@]} == 0)); then
	echo "All tests that could run passed."
	exit 0
fi
for name in "${failed[@]}"; do
	echo "FAILED: $name"
done
# The last pattern is of tests that were running when the time of their package was over.
grep -E '^ *--- FAIL|^FAIL[[:space:]]|✖ |^FAILED: |^[[:space:]]+Test[^ ]* \([0-9hms.]+\)$' "$log" | sed 's/^[[:space:]]*/  /' | grep -v 'failing tests:' | sort -u
exit 1
