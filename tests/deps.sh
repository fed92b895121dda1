#!/bin/sh
# SPDX-License-Identifier: ISC
# deps.sh build|demo|test: installs from Debian what is missing. Says nothing when
# all is there; uses sudo when not root, and without it says in a sentence what to do.
set -eu
need="gcc make gettext pkg-config git ca-certificates openssh-client libgit2-dev zlib1g-dev libmsgpack-dev libsodium-dev libzstd-dev
libsqlite3-dev libyajl-dev libcurl4-openssl-dev libarchive-dev libqrencode-dev"
[ "$1" = demo ] && need="$need python3 age"
[ "$1" = test ] && need="$need clang clang-tidy cppcheck libcmocka-dev age openssh-server lighttpd zip unzip
python3 python3-icalendar sqlite3 libclang-rt-14-dev procps locales chromium fonts-dejavu-core"
miss=
for p in $need; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || miss="$miss $p"
done
[ -z "$miss" ] && exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
	sudo=sudo
	# asks for the password where there is a terminal; says nothing where it may not
	if ! command -v sudo >/dev/null || { [ -t 0 ] && ! sudo -v; } || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
		echo "these Debian packages are missing, and only root can install them; as root: apt-get install -y$miss" >&2
		exit 1
	fi
fi
echo "installing from Debian:$miss" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# a server package must not start its service here: the tests start their own
fake=$(mktemp -d)
trap 'rm -rf "$fake"' EXIT
if [ ! -e /usr/sbin/policy-rc.d ]; then
	printf '#!/bin/sh\nexit 101\n' >"$fake/policy-rc.d"
	$sudo install -m 755 "$fake/policy-rc.d" /usr/sbin/policy-rc.d
	trap 'rm -rf "$fake"; $sudo rm -f /usr/sbin/policy-rc.d' EXIT
fi
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $miss >/dev/null
