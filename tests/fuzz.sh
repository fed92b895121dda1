#!/bin/sh
# SPDX-License-Identifier: ISC
# fuzz.sh SECONDS: each harness that long, with clang's libFuzzer and the sanitizers.
# Seeds: tests/fuzz/seeds/NAME when there, and the committed records.
set -eu
seconds=$1
make -s .build/inc/.done
mkdir -p .build/fuzz
for h in tests/fuzz/fuzz_*.c; do
	name=$(basename "$h" .c); name=${name#fuzz_}
	objs="schema/*.c"; inc=.build/inc/schema; libs="-lmsgpackc -lyajl"
	case $name in age) objs="$objs store/crypto.c sync/age.c sync/agehead.c sync/armor.c sync/b64.c sync/bech32.c"
		inc=.build/inc/sync; libs="$libs -lsodium" ;; esac
	# shellcheck disable=SC2086
	clang -std=c17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I$inc \
		-o ".build/fuzz/$name" "$h" $objs $libs
	mkdir -p ".build/fuzz/corpus_$name"
	seeds=
	[ -d "tests/fuzz/seeds/$name" ] && seeds="tests/fuzz/seeds/$name"
	[ "$name" = json ] && seeds="$seeds tests/records"
	# shellcheck disable=SC2086
	".build/fuzz/$name" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=25 -print_final_stats=1 \
		-artifact_prefix=.build/fuzz/ ".build/fuzz/corpus_$name" $seeds >".build/fuzz/$name.log" 2>&1 ||
		{ echo "not ok - fuzz $name"; tail -n 30 ".build/fuzz/$name.log"; exit 1; }
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' ".build/fuzz/$name.log")
	[ "${runs:-0}" -gt 100 ] || { echo "not ok - fuzz $name ran ${runs:-0} inputs"; exit 1; }
	echo "ok - fuzz $name: $runs inputs"
done
