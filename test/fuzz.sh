#!/usr/bin/env bash
# usage: test/fuzz.sh TIME
# Runs every fuzz test of the repository for TIME, such as 30s, and lists at the end
# those that failed. go test can fuzz only one at a time.
set -u
cd "$(dirname "$0")/.."

count=0
failed=()
while IFS=: read -r file func; do
	name="$(dirname "$file") ${func#func }"
	count=$((count + 1))
	printf '== %s\n' "$name"
	go test -run '^$' -fuzz "^${func#func }\$" -fuzztime "$1" -fuzzminimizetime 10x "$(dirname "$file")" </dev/null || failed+=("$name")
done < <(grep -r --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]*' . | sort)

printf '\n== Summary\n%d fuzz tests, %s each; failed: %d\n' "$count" "$1" "${#failed[@]}"
((${#failed[@]} == 0)) || {
	printf 'FAILED: %s\n' "${failed[@]}"
	exit 1
}
