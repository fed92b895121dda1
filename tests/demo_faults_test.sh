#!/bin/sh
# SPDX-License-Identifier: ISC
# demo_faults_test.sh: with a fault built in at each step of the demo, the demo fails at
# just that step; without one it goes through. Needs a build with AC_FAULTS:
#   make V=test .build/test/aftercare
# FAULTS names some of them only. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
AFTERCARE=$(realpath "${AFTERCARE:-$here/../.build/test/aftercare}")
export AFTERCARE AFTERCARE_QUICK_KDF=1 DEMO_CLEAN=1
unset AFTERCARE_FAULT
[ -x "$AFTERCARE" ] || { echo "there is no $AFTERCARE; make V=test makes it" >&2; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
n=0 bad=0
check() { # what, status
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then echo "ok $n - $1"; else bad=$((bad + 1)); echo "not ok $n - $1"; tail -n 4 "$log" | sed 's/^/# /'; fi
}
sh "$here/demo.sh" "$@" >"$log" 2>&1 && grep -q '^The demo went through: [1-9][0-9]* checks\.$' "$log"
check "without a fault the demo goes through" $?
step=0
for fault in import join view share attachment restore receive plan; do
	step=$((step + 1))
	case " ${FAULTS:-$fault} " in *" $fault "*) ;; *) continue ;; esac
	AFTERCARE_FAULT=$fault sh "$here/demo.sh" "$@" >"$log" 2>&1
	[ $? -eq 1 ] && tail -n 1 "$log" | grep -q "^not ok [0-9]* - step $step: "
	check "fault $fault: $(tail -n 1 "$log" | cut -c 1-100)" $?
done
echo "1..$n"
[ "$bad" -eq 0 ]
