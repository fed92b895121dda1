#!/bin/sh
# SPDX-License-Identifier: ISC
# docs.sh: every command and option that `help` tells is in the manual page and in
# each completion, and nothing that is not here yet is told. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
A=$(realpath "${AFTERCARE:-$here/../../.build/aftercare}")
C=$here/../../cli
n=0 bad=0
check() { # what, status
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then echo "ok $n - $1"; else bad=$((bad + 1)); echo "not ok $n - $1"; fi
}
names=$("$A" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p')
options=$("$A" help | tr '|' '\n' | grep -c . ) # only that help answers at all
[ "$options" -gt 20 ]; check "help answers" $?
IFS='
'
for name in $names; do
	"$A" help $(echo "$name" | tr ' ' '\n') >/dev/null 2>&1; check "help $name" $?
	grep -q "^\.B $name\$" "$C/aftercare.1"; check "manual: $name" $?
	last=${name##* }
	for f in aftercare.bash _aftercare aftercare.fish; do
		grep -qw -- "$last" "$C/completion/$f"; check "$f: $name" $?
	done
	usage=$("$A" help $(echo "$name" | tr ' ' '\n') | sed -n 1p)
	for o in $(echo "$usage" | grep -oE -- '--[a-z][a-z-]*' | sort -u); do
		grep -q -- "$(echo "$o" | sed 's/-/\\\\-/g')" "$C/aftercare.1"; check "manual: $name $o" $?
		grep -q -- "$o" "$C/completion/aftercare.bash"; check "bash: $name $o" $?
		grep -q -- "$o" "$C/completion/_aftercare"; check "zsh: $name $o" $?
		grep -q -- "-l ${o#--}" "$C/completion/aftercare.fish"; check "fish: $name $o" $?
	done
done
for w in service; do
	! "$A" help | grep -q "^  $w "; check "not told yet: $w" $?
done
echo "1..$n"
[ "$bad" -eq 0 ] && [ "$n" -ge 200 ]
