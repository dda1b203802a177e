#!/bin/sh
# Builds what is released into dist/: for each system an archive with the two
# binaries, the licences of what they contain and a list of it for each (an SBOM, CycloneDX); Debian packages, where
# dpkg-deb is there; the client for JavaScript as an npm package; and SHA256SUMS. The same sources and the same Go
# give the same bytes.
set -eu
cd "$(dirname "$0")/.."
version=${1:-$(git describe --tags --always --dirty)}
epoch=$(git log -1 --format=%ct)

rm -rf dist
mkdir dist
tools=$(mktemp -d)
trap 'rm -r "$tools"' EXIT
GOBIN=$tools go install -trimpath github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
packaging/notices.sh >dist/THIRD_PARTY_NOTICES.txt
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
	name=snug-$version-$(echo "$target" | tr / -)
	mkdir "dist/$name"
	exe=
	[ "${target%/*}" != windows ] || exe=.exe
	for program in server:snug-server snug:snug; do
		GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 \
			go build -trimpath -ldflags "-s -w -X snug/internal/version.release=$version" -o "dist/$name/${program#*:}$exe" "./cmd/${program%:*}"
		"$tools/cyclonedx-gomod" bin -json -std -noserial -notimestamp -version "$version" -output "dist/$name/${program#*:}.cdx.json" "dist/$name/${program#*:}$exe"
	done
	cp LICENSE README.md CHANGELOG.md packaging/snug.service packaging/snug.socket dist/THIRD_PARTY_NOTICES.txt "dist/$name/"
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -C dist -cf - "$name" | gzip -9n >"dist/$name.tar.gz"
	case $target in
	linux/*)
		if command -v dpkg-deb >/dev/null; then
			SOURCE_DATE_EPOCH=$epoch packaging/deb.sh "$version" "${target#*/}" "dist/$name" dist
		else
			echo "no Debian package for $target: dpkg-deb is not installed" >&2
		fi
		;;
	esac
	rm -r "dist/$name"
	echo "dist/$name.tar.gz"
done
# npm takes nothing but semantic versions.
case $version in
v[0-9]*.[0-9]*.[0-9]*) web/client/pack.sh dist "${version#v}" ;;
*) web/client/pack.sh dist "0.0.0-g$version" ;;
esac
cd dist
find . -name '*.tar.gz' -o -name '*.tgz' -o -name '*.deb' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS
