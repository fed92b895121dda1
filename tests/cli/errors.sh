#!/bin/sh
# SPDX-License-Identifier: ISC
# errors.sh: every way of failing in errors.tsv, against one prepared home.
# Each row must leave exactly the exit code, one sentence on standard error that
# matches, nothing on standard output, no file in the working folder or beside the
# home, and the homes byte for byte as they were; and the same with --json. Then
# every command that prints data writes to /dev/full.
#
# AFTERCARE names the program (default .build/aftercare). Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${AFTERCARE:-$here/../../.build/aftercare}")
[ -x "$program" ] || { echo "not ok 1 - there is no program at $program"; exit 1; }
W=$(mktemp -d) || exit 1
A=$W/aftercare # rows use it without quotes, and a clone's folder may have blanks in its name
ln -s "$program" "$A"
H=$W/home L=$W/locked
export A W H L AFTERCARE_HOME="$H" AFTERCARE_QUICK_KDF=1 VISUAL= EDITOR= LC_ALL=C.UTF-8
unset AFTERCARE_PASSPHRASE_FILE NO_COLOR XDG_DATA_HOME
n=0 bad=0
trap '"$A" --home "$H" lock >/dev/null 2>&1; rm -rf "$W"' EXIT
trap 'exit 1' INT TERM HUP

ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() { n=$((n + 1)); bad=$((bad + 1)); echo "not ok $n - $1"; shift; printf '%s\n' "$@" | sed 's/^/# /'; }

# What a command may touch without changing anything: locks and the agent's name.
fingerprint() {
	(cd "$W" && find home locked ! -name '*lock' ! -name agent -type f -print0 | sort -z | xargs -0 sha256sum
	ls -A . full) 2>&1 | sha256sum
}

prepare() {
	printf 'a sentence for the test\n' >"$W/pw"
	printf 'another sentence\n' >"$W/other"
	printf 'a wrong one\n' >"$W/wrong"
	: >"$W/empty"
	mkdir "$W/full" "$W/run" && : >"$W/full/something"
	# a well-formed key that is nobody's kit, and one with a character wrong
	printf '%s\n' AGE-SECRET-KEY-1QYPQXPQ9QCRSSZG2PVXQ6RS0ZQG3YYC5Z5TPWXQERGD3C8G7RUSQGPQYEE >"$W/key"
	sed 's/.$/Q/' "$W/key" >"$W/typo"
	printf '{"resourceType":"Observation","id":"obs-9","status":"final","code":{"text":"pulse"}}\n' >"$W/good.json"
	printf '{"resourceType":\n' >"$W/bad.json"
	"$A" init --name 'Ana Ruiz' --device laptop --kit "$W/kit.html" --passphrase-file "$W/pw" --quiet >/dev/null &&
	cp -a "$H" "$L" &&
	"$A" unlock --for 2h --passphrase-file "$W/pw" --quiet &&
	for i in 1 2; do
		printf '{"resourceType":"Observation","id":"obs-%s","status":"final","code":{"text":"pulse"}}' $i |
			"$A" put - --quiet >/dev/null || return 1
	done &&
	"$A" remote add gone "$W/gone" --quiet
}

row() { # name, command line, stdin, exit, pattern
	dir=$W/cwd; rm -rf "$dir"; mkdir "$dir"
	(cd "$dir" && printf '%s' "$3" | sh -c "$2" >"$W/out" 2>"$W/err")
	rc=$?
	why=
	[ $rc -eq "${4%!}" ] || why="$why; exit $rc, not ${4%!}"
	[ "$(wc -l <"$W/err")" -eq 1 ] || why="$why; $(wc -l <"$W/err") lines on standard error"
	grep -Eq -- "$5" "$W/err" || why="$why; the sentence does not match /$5/"
	[ ! -s "$W/out" ] || why="$why; standard output is not empty"
	[ -z "$(ls -A "$dir")" ] || why="$why; left in the working folder: $(ls -A "$dir")"
	[ ! -e "$W/new" ] || { why="$why; a home was left"; rm -rf "$W/new"; }
	after=$(fingerprint)
	[ "${4%!}" != "$4" ] || [ "$after" = "$before" ] || why="$why; a home changed, or a file was left beside it"
	before=$after
	if [ -z "$why" ]; then ok "$2"; else not_ok "$2" "${why#; }" "$(head -n 3 "$W/err")"; fi
}

# Enough rows for every command that help lists?
count() {
	"$A" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p' | grep -v '^-' >"$W/commands"
	[ "$(wc -l <"$W/commands")" -ge 50 ] || not_ok "help lists the commands" "$(cat "$W/commands")"
	while IFS= read -r name; do
		k=$(cut -f1 "$here/errors.tsv" | grep -cx -- "$name")
		if [ "$k" -ge 3 ]; then ok "$name: $k rows"; else not_ok "$name: $k rows, at least 3 are wanted"; fi
	done <"$W/commands"
}

full() {
	while IFS= read -r line; do
		(cd "$W/run" && sh -c "$line" </dev/null >/dev/full 2>"$W/err")
		rc=$?
		if [ $rc -eq 1 ] && [ "$(wc -l <"$W/err")" -eq 1 ]; then ok "/dev/full: $line"
		else not_ok "/dev/full: $line" "exit $rc" "$(head -n 3 "$W/err")"; fi
	done <<-'END'
		$A --version
		$A help
		$A help list
		$A list
		$A --json list
		$A find pulse
		$A show Observation/obs-1
		$A --json show Observation/obs-1
		$A show Observation/obs-1 --format json
		$A export
		$A export --format ndjson
		$A --json validate $W/good.json
		$A validate $W/good.json
		$A history Observation/obs-1
		$A --json history Observation/obs-1
		$A log
		$A --json log
		$A remote list
		$A --json remote list
		$A device list
		$A --json device list
		$A patients
		$A --json patients
		$A status
		$A --json status
		$A report -
		$A --quiet backup -
		$A --json verify
		$A --quiet --json device invite
		$A --quiet --json share create Lee --all
		$A --json share list
		$A --quiet kit renew
		$A --quiet --json import $W/good.json
		$A --quiet put $W/good.json
		$A --quiet set Observation/obs-1 status=amended
		$A --quiet rm Observation/obs-1
	END
}

if ! prepare 2>"$W/err"; then
	not_ok "prepare a home" "$(cat "$W/err")"
	echo "1..$n"
	exit 1
fi
count
# Empty columns stay: tabs would run together as white space, so they become \037.
grep -v '^#' "$here/errors.tsv" | tr '\t' '\037' >"$W/rows"
: >"$W/out"; : >"$W/err"; mkdir "$W/cwd"
before=$(fingerprint)
while IFS=$(printf '\037') read -r name line input want pattern; do
	row "$name" "$line" "$input" "$want" "$pattern"
	json=$(printf '%s' "$line" | sed 's/\$A/$A --json/')
	row "$name" "$json" "$input" "$want" "$pattern"
done <"$W/rows"
full
echo "1..$n"
[ "$bad" -eq 0 ]
