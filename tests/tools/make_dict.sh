#!/bin/sh
# SPDX-License-Identifier: ISC
# make_dict.sh weigh FILE...   what the dictionary is worth on files of FHIR JSON
# make_dict.sh OUT             trains dictionary 1 as it was trained, into OUT (C)
# From the root of the tree. store/dict.c itself is never made again: what was
# stored under a dictionary needs it for ever.
set -eu
[ $# -ge 1 ] || { sed -n '3,4s/^# /usage: tests\/tools\//p' "$0" >&2; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
o=.build/plain
objects=$(ls schema/*.c store/press.c store/dict.c | sed "s|^|$o/|; s|\.c\$|.o|")
make -s $objects >&2
${CC:-gcc} -std=c17 -D_GNU_SOURCE -Wall -Wextra -O2 -I.build/inc/store -o "$tmp/dict" tests/tools/dict.c $objects \
	-lmsgpackc -lyajl -lzstd
if [ "$1" = weigh ]; then
	shift
	"$tmp/dict" weigh "$@"
	exit
fi
python3 tests/tools/make_dict.py words >"$tmp/words"
python3 tests/tools/make_dict.py samples 1 4000 >"$tmp/samples"
python3 tests/records/many.py 600 7 "$tmp" --ndjson
"$tmp/dict" train 98304 "$tmp/words" "$tmp/samples" "$tmp/records.ndjson" tests/records/survivor.json >"$1"
