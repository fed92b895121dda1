#!/bin/sh
# SPDX-License-Identifier: ISC
# The library as an application sees it: installed into a folder, the README's example
# compiled against that alone, and run on a home.
set -u
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
n=0
t() { n=$((n + 1)); if [ "$2" -eq 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; [ -s "$work/log" ] && sed 's/^/# /' "$work/log" | tail -20; fi; }

make -s install DESTDIR="$work/root" PREFIX=/usr >"$work/log" 2>&1; t "make install with DESTDIR and PREFIX" $?
[ -x "$work/root/usr/bin/aftercare" ]; t "the program is there" $?
sed -n '/^```c$/,/^```$/p' README.md | sed '1d;$d' >"$work/example.c"
[ "$(wc -l <"$work/example.c")" -gt 20 ]; t "README has an example" $?
flags=$(PKG_CONFIG_PATH="$work/root/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work/root" pkg-config --cflags --libs aftercare 2>"$work/log"); t "pkg-config knows it" $?
${CC:-gcc} -std=c17 -Wall -Wextra -Werror -I"$work/root/usr/include" -o "$work/example" "$work/example.c" \
	-L"$work/root/usr/lib" -laftercare -Wl,-rpath,"$work/root/usr/lib" >"$work/log" 2>&1; t "the example compiles ($flags)" $?
printf 'a long passphrase\n' >"$work/pw"
ac="$work/root/usr/bin/aftercare --home $work/home --passphrase-file $work/pw"
{ $ac init --name "Ana Ruiz" --device laptop --kit "$work/kit.html" && $ac import tests/records/survivor.json; } >"$work/log" 2>&1; t "the installed program works" $?
[ "$(env -u LC_ALL LANG=es_ES.UTF-8 $ac status 2>"$work/log" | grep -c '^historial de Ana Ruiz')" = 1 ]; t "and speaks Spanish" $?
"$work/example" "$work/home" "a long passphrase" >"$work/out" 2>"$work/log"; t "the example runs" $?
grep -q Observation/ "$work/out"; t "and lists observations" $?
echo "1..$n"
