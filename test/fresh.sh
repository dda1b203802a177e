#!/usr/bin/env bash
# Types README's two commands on a fresh machine: a minimal Debian in a directory, with
# Go copied in, gcc, git and make installed, and nothing else. What the commands take is
# printed at the end. It needs root, debootstrap and some 4 GB; FRESH_DIR says where.
set -u -o pipefail
cd "$(dirname "$0")/.."

skip() {
	echo "NOT TESTED: a fresh machine: $*"
	exit 0
}
[[ $(uname) == Linux ]] || skip "it is made with debootstrap, on Linux"
[[ $(id -u) == 0 ]] || skip "only root can make one"
PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
command -v unshare >/dev/null || skip "unshare is not installed"

suite=bookworm
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
root=$(mktemp -d "${FRESH_DIR:-/var/tmp}/snug-fresh-XXXXXX") || exit 1
trap 'rm -rf --one-file-system "$root"' EXIT
chmod 755 "$root" # apt downloads as a user of its own

step() { printf '\n== %s\n' "$*"; }

step "a minimal Debian $suite"
started=$SECONDS
timeout 1200 debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 || {
	tail "$root.log"
	rm -f "$root.log"
	exit 1
}
rm -f "$root.log"

# Nobody needs it after a crash, so dpkg need not wait for the disk.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/fresh"

# Its network is this machine's: name servers, mirrors, certificates and proxies.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/ssl/certs/ca-certificates.crt /etc/npmrc /root/.npmrc /root/.config/go/env; do
	[[ ! -f $file ]] || install -D -m 0644 "$file" "$root$file"
done
[[ ! -f /etc/apt/sources.list.d/debian.sources || -f /etc/apt/sources.list ]] || rm -f "$root/etc/apt/sources.list"
for file in /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf.d/*Proxy*; do
	[[ ! -f $file ]] || cp "$file" "$root$file"
done
cp -a "$(go env GOROOT)" "$root/usr/local/go"
git clone -q --no-hardlinks . "$root/root/snug" || exit 1

# inside runs README's shell commands there, with a /proc, /sys and /dev of its own. When
# the shell ends, so does all that it started.
inside() {
	local env=(HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
	local name
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE NODE_EXTRA_CA_CERTS \
		GOPROXY GOSUMDB GONOSUMDB GOFLAGS GOTOOLCHAIN; do
		[[ ! -v $name ]] || env+=("$name=${!name}")
	done
	# shellcheck disable=SC2016 # for the inner shell
	timeout -k 30 4200 unshare --mount --pid --fork --kill-child bash -c '
		mount --make-rprivate /
		mount --rbind "$1" "$1" # or / would be no mount there, and ip can make no network namespace
		mount -t proc proc "$1/proc"
		mount -t sysfs sys "$1/sys"
		mount --rbind /dev "$1/dev"
		mount -t tmpfs tmpfs "$1/run"
		exec chroot "$1" env -i "${@:3}" bash -c "$2"
	' inside "$root" "$1" "${env[@]}"
}

step "gcc, git and make"
inside 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends gcc libc6-dev git make >/dev/null' || exit 1
echo "made in $((SECONDS - started)) s"

step "go run ./cmd/server"
started=$SECONDS
inside '
	cd /root/snug || exit 1
	SNUG_ADDR=127.0.0.1:0 go run ./cmd/server >/tmp/server 2>&1 & # whatever else listens here
	for ((i = 0; i < 1800; i++)); do
		port=$(sed -n "s|^Snug is at http://[^ ]*:\([0-9]*\)/ .*|\1|p" /tmp/server)
		[[ -z $port ]] || break
		kill -0 $! 2>/dev/null || break
		sleep 0.5
	done
	exec 3<>"/dev/tcp/127.0.0.1/$port" || { cat /tmp/server; exit 1; }
	printf "GET / HTTP/1.0\r\nHost: 127.0.0.1:%s\r\nAccept: text/html\r\n\r\n" "$port" >&3
	IFS= read -r -t 30 answer <&3
	cat /tmp/server
	echo "it answers: $answer"
	[[ $answer == *" 200 "* ]]
'
served=$?
echo "took $((SECONDS - started)) s"

step "make test"
started=$SECONDS
inside 'cd /root/snug && make test'
tested=$?
printf '\n== A fresh machine\ngo run ./cmd/server: %s\nmake test: exit status %d after %d s\n' \
	"$([[ $served == 0 ]] && echo answers || echo "FAILED")" "$tested" "$((SECONDS - started))"
((served == 0 && tested == 0))
