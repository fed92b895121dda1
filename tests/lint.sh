#!/bin/sh
# SPDX-License-Identifier: ISC
# cppcheck (its exceptions: tests/cppcheck.txt) and clang-tidy (its list: .clang-tidy)
# over the rooms; both must be silent. That each can speak is shown on a planted fault.
n=0
t() { n=$((n + 1)); if [ -z "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; echo "$2" | head -30 | sed 's/^/# /'; fi; }
spoke() { case $1 in *"$2"*) ;; *) echo "the planted fault was not reported: $1" ;; esac; }
make -s .build/inc/.done
jobs=$(nproc)

cpp() {
	cppcheck -q --std=c11 --enable=warning,portability --inline-suppr --suppress=missingIncludeSystem \
		--suppress=normalCheckLevelMaxBranches --suppressions-list=tests/cppcheck.txt -j"$jobs" \
		-D_GNU_SOURCE -DAC_VERSION='"0"' -I.build/inc/sync -I.build/inc/cli -Icli "$@" 2>&1
}
# The analyzer gives up on a function after a third of its usual steps: half the time.
tidy() {
	xargs -P "$jobs" -n 4 sh -c 'clang-tidy -quiet --config-file=.clang-tidy "$@" -- -std=c17 -D_GNU_SOURCE \
		-DAC_VERSION="\"0\"" -I.build/inc/sync -I.build/inc/cli -Icli \
		-Xclang -analyzer-config -Xclang max-nodes=75000 2>/dev/null' tidy | grep -E 'warning:|error:'
}

plant=.build/lint.c
printf 'int half(int n);\nint half(int n)\n{\n\tint zero = 0;\n\n\treturn n / zero;\n}\n' >$plant
t "cppcheck reports a fault" "$(spoke "$(cpp $plant)" zerodiv)"
t "clang-tidy reports a fault" "$(spoke "$(echo $plant | tidy)" core.DivideZero)"
rm -f $plant

# The generated tables hold no code: dict.c alone costs cppcheck 100 s.
t "cppcheck" "$(cpp -i store/dict.c schema store sync cli)"
t "clang-tidy" "$(ls schema/*.c store/*.c sync/*.c cli/*.c | grep -vE 'schema/r4.c|store/dict.c' | tidy)"
echo "1..$n"
