#!/usr/bin/env bash
# usage: test/fuzz.sh TIME [JOBS]
# Runs every fuzz test of the repository for TIME, such as 30s, and lists at the end
# those that failed. go test can fuzz only one at a time, with all processors. With JOBS, so
# many run at a time, each with one process, and share the processors.
set -u -o pipefail
cd "$(dirname "$0")/.."
time=$1 jobs=${2:-1}
((jobs > 1)) && parallel=(-parallel 1) || parallel=()
failed=$(mktemp)
trap 'rm -f "$failed"' EXIT

# fuzz NAME FUNCTION DIRECTORY runs one of them. Each line of what it says begins with its name.
fuzz() {
	go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 10x "${parallel[@]}" "$3" </dev/null 2>&1 | sed -u "s|^|$1: |" ||
		echo "$1" >>"$failed"
}

count=0
while IFS=: read -r file func; do
	count=$((count + 1))
	while (($(jobs -rp | wc -l) >= jobs)); do wait -n; done
	fuzz "$(dirname "$file") ${func#func }" "${func#func }" "$(dirname "$file")" &
done < <(grep -r --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]*' . | sort)
wait

printf '\n== Summary\n%d fuzz tests, %s each; failed: %d\n' "$count" "$time" "$(wc -l <"$failed")"
[[ -s $failed ]] || exit 0
sed 's/^/FAILED: /' "$failed"
exit 1
