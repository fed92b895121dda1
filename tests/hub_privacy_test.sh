#!/bin/sh
# SPDX-License-Identifier: ISC
# hub_privacy_test.sh: the demo, and then hub_privacy.py over the hub that saw it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
AFTERCARE=$(realpath "${AFTERCARE:-$here/../.build/aftercare}")
TMPDIR=$(mktemp -d)
export AFTERCARE TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
if ! DEMO_CLEAN=0 sh "$here/demo.sh" >"$TMPDIR/log" 2>&1; then
	tail -n 5 "$TMPDIR/log" | sed 's/^/# /'
	printf 'not ok 1 - the demo goes through\n1..1\n'
	exit 1
fi
python3 "$here/hub_privacy.py" "$TMPDIR"/aftercare-demo.* "$here/records/survivor.json"
rc=$?
echo "1..4"
exit $rc
