#!/bin/sh
# SPDX-License-Identifier: ISC
# agent.sh: unlock, lock, the time-out, who may ask. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
A=$(realpath "${AFTERCARE:-$here/../../.build/aftercare}")
W=$(mktemp -d) || exit 1
# A home deeper than a socket's name is long.
deep=$W/$(printf 'd%.0s' $(seq 1 90))/$(printf 'e%.0s' $(seq 1 90))
mkdir -p "$deep"
export AFTERCARE_HOME="$deep/home" AFTERCARE_QUICK_KDF=1
unset AFTERCARE_PASSPHRASE_FILE
trap '"$A" lock --quiet; rm -rf "$W"' EXIT
n=0 bad=0
is() { # what, wanted, got
	n=$((n + 1))
	if [ "$2" = "$3" ]; then echo "ok $n - $1"; else bad=$((bad + 1)); echo "not ok $n - $1 (wanted $2, got $3)"; fi
}
run() { "$A" "$@" </dev/null >"$W/out" 2>"$W/err"; echo $?; }

echo 'a sentence for the test' >"$W/pw"; echo wrong >"$W/wrong"
"$A" init --name 'Ana Ruiz' --device laptop --kit "$W/kit.html" --passphrase-file "$W/pw" --quiet >/dev/null || exit 1
is "locked at first" 4 "$(run list)"
is "a wrong passphrase unlocks nothing" 4 "$(run unlock --passphrase-file "$W/wrong")"
is "still locked" 4 "$(run list)"
is "no agent is left by that" 0 "$(find "$AFTERCARE_HOME" -name agent | wc -l)"
is "unlock" 0 "$(run unlock --for 30s --passphrase-file "$W/pw")"
is "the socket's mode" 600 "$(stat -c %a "$AFTERCARE_HOME/agent")"
is "unlocked" 0 "$(run list)"
is "through a link to the home" 0 "$(ln -s "$AFTERCARE_HOME" "$W/link"; run --home "$W/link" list)"
is "a passphrase given goes before the agent" 4 "$(run list --passphrase-file "$W/wrong")"
cp -a "$AFTERCARE_HOME" "$W/copy"
is "another home is not served" 4 "$(run --home "$W/copy" list)"
is "unlock again, from the agent" 0 "$(run unlock --for 2h)"
is "lock" 0 "$(run lock)"
is "locked" 4 "$(run list)"
is "lock twice" 0 "$(run lock)"
is "no socket is left" 0 "$(find "$AFTERCARE_HOME" -name agent | wc -l)"
is "unlock for a second" 0 "$(run unlock --for 1s --passphrase-file "$W/pw")"
sleep 2.5
is "the time is over" 4 "$(run list)"
is "no socket is left then" 0 "$(find "$AFTERCARE_HOME" -name agent | wc -l)"
is "unlock does not hold a pipe open" 0 "$(timeout 10 sh -c '"$1" unlock --for 1min --passphrase-file "$2" 2>&1 | cat >/dev/null' sh "$A" "$W/pw"; echo $?)"
echo 'another sentence' >"$W/new"
is "a new passphrase" 0 "$(run passphrase --new-passphrase-file "$W/new")"
is "locks" 4 "$(run list)"
is "and opens" 0 "$(run list --passphrase-file "$W/new")"
is "the old one does not" 4 "$(run list --passphrase-file "$W/pw")"
echo "1..$n"
[ "$bad" -eq 0 ]
