#!/bin/sh
# SPDX-License-Identifier: ISC
# break_view.sh [WORDS]: breaks the merge in one line after the other of
# break_view.tsv (of those with WORDS in their name), each in a copy of its own,
# and tells which properties of test_view_properties.c saw it. One that none saw
# is a failure. AC_CASES is how many graphs each is tried on.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
test=.build/plain/tests/schema/test_view_properties
AC_CASES=${AC_CASES:-30000}; export AC_CASES

cd "$here" && mkdir "$dir/tests" && cp -r schema Makefile "$dir" && cp -r tests/schema "$dir/tests" || exit 1
cd "$dir" || exit 1
# the names of what failed, one a line; a program that ends badly has failed, too
run() {
	timeout 600 env CMOCKA_MESSAGE_OUTPUT=TAP $test >out 2>&1
	rc=$?
	grep '^not ok' out | sed 's/^not ok [0-9]* - //'
	grep -q '^ok\|^not ok' out || echo "ends with $rc"
}
make -s WARN= $test || exit 1
said=$(run)
[ -z "$said" ] || { echo "unbroken, it fails already: $said" >&2; exit 1; }

tab=$(printf '\t')
n=0 missed=0
grep -v '^#' "$here/tests/tools/break_view.tsv" | grep -F -- "${1:-}" >breaks
while IFS=$tab read -r name file how; do
	n=$((n + 1))
	sed "$how" "$here/$file" >"$file"
	if [ "$(diff "$here/$file" "$file" | grep -c '^>')" -ne 1 ]; then
		said="" why="changes not one line"
	elif ! make -s WARN= $test >out 2>&1; then
		said="" why="does not compile"
	else
		said=$(run) why="no property saw it"
	fi
	if [ -n "$said" ]; then
		echo "ok $n - $name"
		echo "$said" | sed 's/^/#   /'
	else
		echo "not ok $n - $name: $why"
		missed=$((missed + 1))
	fi
	cp "$here/$file" "$file"
done <breaks
echo "1..$n"
[ "$n" -gt 0 ] && [ "$missed" -eq 0 ]
