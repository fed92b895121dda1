#!/bin/sh
# SPDX-License-Identifier: ISC
# run.sh LABEL PROGRAM...: runs each test program, which prints TAP, and counts.
# A program that prints no test, or ends badly, is a failure of its own.
# The counts are added to .build/tally (passed failed) for the last line of all.
set -u
label=$1; shift
mkdir -p .build/log
p=0 f=0
for t in "$@"; do
	log=.build/log/$label-$(echo "$t" | tr / _).log
	CMOCKA_MESSAGE_OUTPUT=TAP "$t" >"$log" 2>&1
	rc=$?
	ok=$(grep -c '^ok' "$log"); bad=$(grep '^not ok' "$log" | grep -vc '# SKIP')
	if [ $((ok + bad)) -eq 0 ] || { [ $rc -ne 0 ] && [ "$bad" -eq 0 ]; }; then bad=$((bad + 1)); fi
	if [ "$bad" -ne 0 ]; then
		echo "FAIL $label $t ($ok ok, $bad not, exit $rc); the end of $log:"
		tail -n 40 "$log"
	else
		echo "ok   $label $t ($ok)"
		grep -E '^# (files|no shared data|cells|tried|graphs)' "$log" | sort -u
	fi
	p=$((p + ok)); f=$((f + bad))
done
echo "$p $f" >>.build/tally
[ $f -eq 0 ]
