#!/bin/sh
# SPDX-License-Identifier: ISC
# Both directions against the stock program. TAP. The filter is test_age with
# arguments: AC_TEST_AGE, else the plain build's.
set -u
cd "$(dirname "$0")/../.." || exit 1
ours=${AC_TEST_AGE:-.build/plain/tests/sync/test_age}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
n=0 bad=0

check() { # WHAT STATUS
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; bad=$((bad + 1)); fi
}
same() { cmp -s "$1" "$2"; }

# age asks on the terminal alone: a small program gives it one and types.
typed() { # PASSPHRASE COMMAND...
	python3 - "$@" <<'PY'
import os, pty, select, sys, time
word, cmd = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(cmd[0], cmd)
seen, end = b"", time.monotonic() + 60
while time.monotonic() < end:
    if not select.select([fd], [], [], 1)[0]:
        continue
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    seen += got
    if b"assphrase" in seen and seen.rstrip(b" ").endswith(b":"):
        seen = b""
        time.sleep(0.1)
        os.write(fd, word.encode() + b"\n")
else:
    os.kill(pid, 15)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0)
PY
}

command -v age >/dev/null || { echo "Bail out! the program age is not installed"; exit 1; }
[ -x "$ours" ] || { echo "Bail out! $ours is not built"; exit 1; }

age-keygen -o "$tmp/theirs" 2>/dev/null
"$ours" keygen >"$tmp/mine"
sk_theirs=$(grep '^AGE-' "$tmp/theirs") pk_theirs=$(sed -n 's/^# public key: //p' "$tmp/theirs")
sk_mine=$(grep '^AGE-' "$tmp/mine") pk_mine=$(sed -n 's/^# public key: //p' "$tmp/mine")

[ "$(age-keygen -y "$tmp/mine")" = "$pk_mine" ]; check "our identity has the same recipient there" $?

for size in 0 1 65535 65536 65537 196608; do
	head -c $size /dev/urandom >"$tmp/in"
	"$ours" seal "$pk_mine" "$pk_theirs" <"$tmp/in" >"$tmp/a"
	age -d -i "$tmp/theirs" "$tmp/a" >"$tmp/out" 2>"$tmp/err" && same "$tmp/in" "$tmp/out"
	check "sealed here, opened there, $size bytes" $?
	age -r "$pk_mine" -r "$pk_theirs" <"$tmp/in" >"$tmp/b"
	"$ours" open "$sk_theirs" <"$tmp/b" >"$tmp/out" 2>"$tmp/err" && same "$tmp/in" "$tmp/out"
	check "sealed there, opened here, $size bytes" $?
	age -a -r "$pk_mine" <"$tmp/in" >"$tmp/c"
	"$ours" open "$sk_mine" <"$tmp/c" >"$tmp/out" 2>"$tmp/err" && same "$tmp/in" "$tmp/out"
	check "sealed there in armor, opened here, $size bytes" $?
done

age -r "$pk_theirs" <"$tmp/in" >"$tmp/b"
"$ours" open "$sk_mine" <"$tmp/b" >"$tmp/out" 2>"$tmp/err"
[ $? -eq 18 ] && [ ! -s "$tmp/out" ]; check "another's file stays locked" $?

head -c 1000 "$tmp/a" >"$tmp/cut"
"$ours" open "$sk_mine" <"$tmp/cut" >"$tmp/out" 2>"$tmp/err"
[ $? -eq 19 ] && [ ! -s "$tmp/out" ]; check "a cut file gives nothing" $?

pass='four words on paper'
head -c 70000 /dev/urandom >"$tmp/in"
"$ours" seal-pass 12 "$pass" <"$tmp/in" >"$tmp/p"
typed "$pass" age -d -o "$tmp/out" "$tmp/p" && same "$tmp/in" "$tmp/out"
check "sealed here with a passphrase, opened there" $?
"$ours" seal-pass 0 "$pass" <"$tmp/in" >"$tmp/p"
grep -aq '^-> scrypt [A-Za-z0-9+/]* 18$' "$tmp/p" && rm -f "$tmp/out" &&
	typed "$pass" age -d -o "$tmp/out" "$tmp/p" && same "$tmp/in" "$tmp/out"
check "the same with the work factor that we write" $?
typed "$pass" age -p -o "$tmp/q" "$tmp/in" &&
	"$ours" open-pass "$pass" <"$tmp/q" >"$tmp/out" 2>"$tmp/err" && same "$tmp/in" "$tmp/out"
check "sealed there with a passphrase, opened here" $?
"$ours" open-pass "$pass " <"$tmp/q" >"$tmp/out" 2>"$tmp/err"
[ $? -eq 18 ] && [ ! -s "$tmp/out" ]; check "a wrong passphrase opens nothing" $?

# Constant memory: 300 MiB through a process that may have 64 MiB.
(ulimit -v 65536; head -c 314572800 /dev/zero | "$ours" seal "$pk_theirs") 2>"$tmp/err" |
	age -d -i "$tmp/theirs" 2>"$tmp/err2" | cmp -s -n 314572800 - /dev/zero
check "a file larger than the memory, sealed" $?
(head -c 314572800 /dev/zero | age -r "$pk_mine") |
	(ulimit -v 65536; "$ours" open "$sk_mine" 2>"$tmp/err") | wc -c | grep -qx 314572800
check "a file larger than the memory, opened" $?

echo "1..$n"
[ $bad -eq 0 ] && [ $n -eq 27 ]
