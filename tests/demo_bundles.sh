#!/bin/sh
# SPDX-License-Identifier: ISC
# demo_bundles.sh: the demo on every patient's bundle of the shared data. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
shared=${AFTERCARE_FHIR:-$here/../../shared/fhir}/dev
export DEMO_CLEAN=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
n=0 bad=0
[ -d "$shared" ] || echo "# no shared data"
for f in "$here/records/survivor.json" "$shared"/synthea-*/*.json "$shared"/mcode/Bundle-*.json "$shared"/ips/Bundle-*.json; do
	[ -f "$f" ] || continue
	n=$((n + 1))
	if sh "$here/demo.sh" "$f" >"$log" 2>&1; then echo "ok $n - $(basename "$f"): $(tail -n 1 "$log")"
	else bad=$((bad + 1)); echo "not ok $n - $(basename "$f"): $(tail -n 1 "$log")"; tail -n 6 "$log" | sed 's/^/# /'; fi
done
echo "# files $n"
echo "1..$n"
[ "$bad" -eq 0 ]
