#!/usr/bin/env bash
# usage: test/install.sh PROGRAM:PACKAGE...
# Installs the packages whose programs are missing, on Debian and as root. Elsewhere, and
# where a package can't be had, it does nothing: the tests say what they could not test.
set -u
PATH=$PATH:/usr/sbin:/sbin

missing=()
for needed in "$@"; do
	command -v "${needed%:*}" >/dev/null || missing+=("${needed#*:}")
done
((${#missing[@]})) || exit 0
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	echo "missing, and only root on Debian can install it here: ${missing[*]}"
	exit 0
fi

install() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
		install -y --no-install-recommends "$@" >/dev/null
}

echo "installing ${missing[*]}"
apt-get -qq update || echo "apt-get update failed"
install "${missing[@]}" || for package in "${missing[@]}"; do
	install "$package" || echo "$package can't be installed"
done
