#!/bin/sh
# SPDX-License-Identifier: ISC
# What the tree promises of itself: names say where symbols live, one licence line a
# file, nothing at the top but what belongs there, generated files are as generated.
n=0
t() {
	n=$((n + 1))
	if [ -z "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; echo "$2" | head -20 | sed 's/^/# /'; fi
}
out=
for o in .build/plain/schema/*.o .build/plain/store/*.o .build/plain/sync/*.o; do
	stem=$(basename "$o" .o); room=$(basename "$(dirname "$o")")
	# a file exports ac_STEM_* (or what its room's public header declares)
	for s in $(nm -g --defined-only "$o" | awk '{ print $3 }'); do
		case $s in
		"ac_$stem" | "ac_${stem}_"*) ;;
		ac_*) grep -q "\b$s\b" "$room/$room.h" || grep -qs "\b$s\b" "$room"/*.h || out="$out
$o exports $s, which no header of its room declares" ;;
		*) out="$out
$o exports $s" ;;
		esac
	done
done
t "every exported symbol begins with ac_ and is declared" "$out"

out=$(for f in $(git ls-files '*.c' '*.h' '*.sh' '*.py' Makefile); do
	grep -q 'SPDX-License-Identifier: ISC' "$f" || echo "$f has no licence line"; done)
t "one licence line a file" "$out"

out=$(git ls-files | cut -d/ -f1 | sort -u | grep -vxE 'schema|store|sync|cli|tests|Makefile|README.md|SECURITY.md|LICENSE|\..*')
t "nothing at the top but what belongs there" "$out"

out=$(for d in schema store sync cli tests; do [ -s $d/README.md ] || echo "$d/README.md is missing"; done)
t "every test script can be run" "$(git ls-files -s 'tests/*_test.py' 'tests/*_test.sh' | grep -v '^100755')"
t "each room says what is in it" "$out"

out=$(for l in sodium git2 zstd curl/curl yajl/yajl_parse qrencode archive msgpack; do
	c=$(grep -lE "include <$l\.h>" schema/*.c store/*.c sync/*.c cli/*.c schema/*.h store/*.h sync/*.h cli/*.h 2>/dev/null | wc -l)
	[ "$l" = git2 ] || [ "$c" -le 2 ] || echo "<$l.h> is included by $c files"; done)
t "each outside library is included by two files at most" "$out"

out=$(python3 tests/tools/make_r4.py --check 2>&1 || true)
case $out in *differ* | *rror*) ;; *) out= ;; esac
t "the FHIR tables are what the generator makes of their source" "$out"

out=$(python3 tests/records/survivor.py --check 2>&1 | grep '^not ok')
t "the survivor's records are what the generator writes" "$out"

size=$(git ls-files -z | xargs -0 du -cb 2>/dev/null | tail -1 | cut -f1)
t "what is committed stays under 6 MB" "$([ "$size" -lt 6291456 ] || echo "$size bytes")"
echo "1..$n"
