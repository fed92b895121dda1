#!/bin/sh
# SPDX-License-Identifier: ISC
# judge.sh FILE|DIR...: asks four independent FHIR validators, one TAP test each.
# They need Node and live in the shared data, never in this repository; they are
# installed once under .build/judges. A test passes when its validator accepts
# every resource of every file; what it refused stands in .build/judges/said/.
# The definitions that they check against are HL7's own, unpacked beside them.
set -u
umask 022
[ $# -gt 0 ] || { echo "usage: judge.sh FILE|DIR..." >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
data=${AFTERCARE_FHIR:-$root/../shared/fhir}
home=$root/.build/judges
judges="medplum fhirjs schema invariants"

skip()
{
	echo "1..4"
	echo "# $1"
	n=0
	for j in $judges; do
		n=$((n + 1))
		echo "ok $n - $j # SKIP $1"
	done
	exit 0
}

# Made aside and moved at the end: an interrupted installation is not one.
install_judges()
{
	new=$home.$$
	rm -rf "$new"
	mkdir -p "$new" &&
		cp "$data"/judges/*.mjs "$data"/judges/package*.json "$new" &&
		chmod -R u+w "$new" &&
		tar -xJf "$data"/definitions/hl7.fhir.r4.core-4.0.1.tar.xz -C "$new" &&
		(cd "$new" && npm install --ignore-scripts --no-audit --no-fund) >"$new/install.log" 2>&1 &&
		touch "$new/.done" || { tail -n 5 "$new/install.log" >&2; rm -rf "$new"; return 1; }
	# another run may have been first: then its copy stays
	if [ -e "$home/.done" ]; then rm -rf "$new"; else rm -rf "$home"; mv "$new" "$home"; fi
}

ask()
{
	mkdir -p "$home/said"
	out=$home/said/$2-$$.jsonl
	n=$1 j=$2; shift 2
	R4_PACKAGE=$home/hl7.fhir.r4.core-4.0.1/package node "$home/judge-$j.mjs" "$@" >"$out" 2>"$out.err"
	rc=$?
	line=$(tail -n 1 "$out.err")
	# no resource judged is no verdict
	case $line in *"resources ok 0, bad 0 "*) rc=1 ;; esac
	if [ $rc -eq 0 ]; then
		echo "ok $n - $line"
		rm -f "$out" "$out.err"
		return
	fi
	echo "not ok $n - $line"
	bad=$((bad + 1))
	grep '"ok":false' "$out" | head -n 10 | cut -c 1-400 | sed 's/^/# /'
}

[ -d "$data/judges" ] || skip "no shared data"
command -v node >/dev/null && command -v npm >/dev/null || skip "no node or npm"
if [ ! -e "$home/.done" ] && ! install_judges; then
	echo "1..1"
	echo "not ok 1 - the validators could not be installed"
	exit 1
fi
echo "1..4"
bad=0 k=0
for j in $judges; do
	k=$((k + 1))
	ask $k $j "$@"
done
echo "# files $#"
[ $bad -eq 0 ]
