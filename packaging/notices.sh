#!/bin/sh
# Writes the licences of everything that is part of the binaries to standard output: of Go
# itself, of each Go module that the commands are built from, and of each npm package in the page's
# bundle. Fails if one has no licence file.
set -eu
cd "$(dirname "$0")/.."

# licences NAME DIR prints the licence files in DIR.
licences() {
	found=
	for file in "$2"/LICEN[CS]E* "$2"/licen[cs]e* "$2"/COPYING* "$2"/NOTICE*; do
		[ -f "$file" ] || continue
		found=yes
		printf '\n%s\n%s (%s)\n%s\n\n' "$line" "$1" "${file##*/}" "$line"
		cat "$file"
	done
	[ "$found" ] || { echo "$1 has no licence file in $2" >&2; exit 1; }
}
line=================================================================================

echo "Snug contains the following software. Its own licence is in LICENSE."
licences "Go $(go env GOVERSION)" "$(go env GOROOT)"

# For all systems: some modules are built in on one of them only.
# A pipe would hide a failure of its first command.
listed=$(mktemp)
modules=$(mktemp)
trap 'rm -f "$listed" "$modules"' EXIT
for system in linux darwin windows; do
	GOOS=$system CGO_ENABLED=0 go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/server ./cmd/snug >>"$listed"
done
sort -u "$listed" >"$modules"
while read -r path version dir; do
	licences "$path $version" "$dir"
done <"$modules"

[ -d web/node_modules ] || (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
(cd web && npm ls --omit=dev --all --parseable) >"$listed"
tail -n +2 "$listed" | sort -u >"$modules"
while read -r dir; do
	licences "${dir##*/node_modules/} (npm)" "$dir"
done <"$modules"
