#!/bin/sh
# SPDX-License-Identifier: ISC
# all.sh: everything that must pass, each part counted; the last line says how many.
set -u
mkdir -p .build/log
: >.build/tally
part() {
	echo "== $*"
	"$@" || bad=1
}
# A build that fails is one failure.
build() {
	if "$@" >.build/log/build.log 2>&1; then
		echo "1 0" >>.build/tally
	else
		tail -n 30 .build/log/build.log
		echo "0 1" >>.build/tally
		return 1
	fi
}
bad=0
jobs=-j$(nproc)

part build make -s $jobs all
part build make -s $jobs V=clang CC=clang suite
part build make -s $jobs V=test program
part build make -s $jobs suite
part build make -s $jobs V=asan suite
part make -s unit
LSAN_OPTIONS=suppressions=$PWD/tests/lsan.txt AC_CASES=${AC_CASES:-1500} part make -s unit V=asan
part make -s scripts
part sh tests/run.sh tree tests/tree.sh
part sh tests/run.sh install tests/install.sh
part sh tests/run.sh fuzz tests/fuzz_short.sh
part sh tests/run.sh lint tests/lint.sh
[ -d "${AFTERCARE_FHIR:-../shared/fhir}" ] && part sh tests/run.sh judges tests/tools/judge_committed.sh tests/tools/judge_plans.py

set -- $(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' .build/tally)
[ "$1" -gt 0 ] || set -- 0 1
echo "$1 passed, $2 failed"
[ "$2" -eq 0 ] && [ $bad -eq 0 ]
