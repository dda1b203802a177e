#!/bin/sh
# usage: packaging/deb.sh VERSION ARCHITECTURE FROM TO
# Builds the Debian package of a version, as git describe names it, in the directory TO: FROM is the directory
# that release.sh packs for Linux. DEBFULLNAME and DEBEMAIL are its maintainer. The same input gives the same bytes.
set -eu
umask 022
version=$1 architecture=$2 from=$3 to=$4
here=$(dirname "$0")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

# In Debian's order: 1.2.0~rc.1 for v1.2.0-rc.1, then 1.2.0, then 1.2.0+5.gabc1234 for v1.2.0-5-gabc1234.
case $version in
v[0-9]*) debian=$(echo "${version#v}" | sed -E 's/-dirty$/+dirty/; s/-([0-9]+)-(g[0-9a-f]+)/+\1.\2/; s/-/~/; s/-/./g') ;;
*) debian=0~$(date -ud "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).$(echo "$version" | tr - .) ;;
esac
debian=$debian-1
maintainer="${DEBFULLNAME:-The Snug authors} <${DEBEMAIL:-root@localhost}>"

root=$(mktemp -d)
trap 'rm -r "$root"' EXIT
chmod 755 "$root"
doc=$root/usr/share/doc/snug
mkdir -p "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/usr/share/bash-completion/completions" \
	"$root/usr/share/man/man1" "$root/usr/share/man/man8" "$root/usr/share/lintian/overrides" "$doc/docs" "$doc/examples/monitoring" "$root/etc" "$root/DEBIAN"
install -m 755 "$from/snug-server" "$from/snug" "$root/usr/bin/"
for unit in snug.service snug.socket; do # without what their first lines say about installing them
	sed -e '/^#   /,/^#$/d' -e 's#/usr/local/bin/#/usr/bin/#' -e '/^Description=/a Documentation=man:snug-server(8)' \
		"$here/$unit" >"$root/usr/lib/systemd/system/$unit"
done
install -m 644 "$here/deb/snug.env" "$root/etc/"
install -m 644 "$here/deb/snug.bash" "$root/usr/share/bash-completion/completions/snug"
install -m 644 "$here/deb/lintian-overrides" "$root/usr/share/lintian/overrides/snug"
gzip -9nc "$here/deb/snug.1" >"$root/usr/share/man/man1/snug.1.gz"
gzip -9nc "$here/deb/snug-server.8" >"$root/usr/share/man/man8/snug-server.8.gz"
install -m 644 "$here"/../docs/*.md "$doc/docs/"
install -m 644 "$here"/monitoring/dashboard.json "$here"/monitoring/alerts.yml "$doc/examples/monitoring/"
install -m 644 "$from"/*.cdx.json "$doc/"
cat "$from/LICENSE" - "$from/THIRD_PARTY_NOTICES.txt" >"$doc/copyright" <<-END

	The programs contain other software:

END
gzip -9nc "$from/CHANGELOG.md" >"$doc/changelog.gz"
gzip -9n >"$doc/changelog.Debian.gz" <<-END
	snug ($debian) unstable; urgency=medium

	  * Version $version: changelog.gz says what is new.

	 -- $maintainer  $(date -uRd "@$SOURCE_DATE_EPOCH")
END

install -m 755 "$here/deb/postinst" "$here/deb/prerm" "$here/deb/postrm" "$root/DEBIAN/"
echo /etc/snug.env >"$root/DEBIAN/conffiles"
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<-END
	Package: snug
	Version: $debian
	Architecture: $architecture
	Maintainer: $maintainer
	Installed-Size: $(find "$root" -printf '%s %y\n' | awk '{ kib += $2 == "f" ? int(($1 + 1023) / 1024) : 1 } END { print kib }')
	Recommends: ca-certificates
	Section: net
	Priority: optional
	Description: real-time chat rooms that a link opens
	 A server with a web page for chat rooms, and the command snug, which chats from
	 a terminal and from scripts. Every message is numbered and on disk before it is
	 shown; clients that reconnect get what they have missed.
	 .
	 The service listens on 127.0.0.1:8080 until /etc/snug.env says otherwise.
END
dpkg-deb --build --root-owner-group "$root" "$to"
