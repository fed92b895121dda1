#!/bin/sh
# SPDX-License-Identifier: ISC
# goals_test.sh: the goals of the benches that depend on no clock: bytes, and how one
# command stands beside another in the same run. On the records made here.
here=$(cd "$(dirname "$0")" && pwd)
{ AFTERCARE_FHIR=/nonexistent python3 "$here/bench/bytes.py" 1000; python3 "$here/bench/long.py" 10000 50; } |
	awk '/^met/ { print "ok " ++n " -" substr($0, 7) }
	/^MISSED/ { print "not ok " ++n " -" substr($0, 7); bad = 1 }
	!/^met|^MISSED/ { print "# " $0 }
	END { print "1.." n; exit bad || n != 15 }'
