#!/bin/sh
# SPDX-License-Identifier: ISC
# bytes_test.sh: the goals of bench/bytes.py, which hold no time, on the records made here.
here=$(cd "$(dirname "$0")" && pwd)
AFTERCARE_FHIR=/nonexistent python3 "$here/bench/bytes.py" 1000 |
	awk '/^met/ { print "ok " ++n " -" substr($0, 7) }
	/^MISSED/ { print "not ok " ++n " -" substr($0, 7); bad = 1 }
	END { print "1.." n; exit bad || n != 3 }'
