#!/bin/sh
# SPDX-License-Identifier: ISC
# demo.sh [RECORDS]: a patient, her phone, her doctor, a hub and a backup, on real
# records. Each command is shown with its answer, and what it did is asked for a
# second way: of another device, of git, of cmp. It stops at the first that fails.
# What it made stays for the reader to go on from, unless DEMO_CLEAN=1.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${AFTERCARE:-$here/../.build/aftercare}")
records=$(realpath "${1:-$here/records/survivor.json}") || exit 2
[ -x "$program" ] || { echo "there is no $program; run make first" >&2; exit 2; }
W=$(mktemp -d "${TMPDIR:-/tmp}/aftercare-demo.XXXXXX")
cd "$W" || exit 2
unset AFTERCARE_HOME AFTERCARE_PASSPHRASE_FILE
export LC_ALL=C.UTF-8 PYTHONUTF8=1
mkdir .check
[ "${DEMO_CLEAN:-}" = 1 ] && trap 'cd /; rm -rf "$W"' EXIT

bold='' green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') green=$(printf '\033[32m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
fi
n=0 step=0

look() { python3 "$here/demo/look.py" "$@"; }
heading() { step=$((step + 1)); printf '\n%s== Step %d: %s%s\n' "$bold" "$step" "$1" "$plain"; }
say() { printf '\n# %s\n' "$1"; }
passed() { n=$((n + 1)); printf '%sok %d%s - %s\n' "$green" "$n" "$plain" "$1"; }
failed() {
	n=$((n + 1))
	printf '%snot ok %d%s - step %d: %s\n' "$red" "$n" "$plain" "$step" "$1"
	[ "${DEMO_CLEAN:-}" = 1 ] || echo "# what there is so far: $W" >&2
	exit 1
}

# ok WHAT COMMAND...: the second way. The command says yes or no.
ok() {
	what=$1; shift
	if "$@" >.check/said 2>&1; then passed "$what"; else sed 's/^/# /' .check/said; failed "$what"; fi
}
not() { ! "$@"; }
equal() { [ "$1" = "$2" ] || { printf '%s\nis not\n%s\n' "$1" "$2"; return 1; }; }
holds() { printf '%s' "$2" | grep -qF -e "$1" || { printf '%s\nis not in\n%s\n' "$1" "$2"; return 1; }; }

# Each device is a folder here with its own passphrase. `as WHO ...` runs the
# program on it without a word to the reader: for the questions asked a second way.
as() {
	who=$1; shift
	"$program" --home "$W/$who" --passphrase-file "$W/$who.pass" "$@"
}
show_words() {
	for word; do
		case $word in
		*[!A-Za-z0-9_/.,:=@%+~-]* | '') printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
}
# expect CODE WHO ...: shows the command and its answer; the answer stays in .check/out.
expect() {
	code=$1 who=$2; shift 2
	printf '%s%s$ aftercare%s%s\n' "$bold" "$who" "$(show_words "$@")" "$plain"
	as "$who" "$@" >.check/out 2>.check/err
	rc=$?
	awk -v most="$most" -v wide="$wide" '{ if (length($0) > wide) $0 = substr($0, 1, wide - 3) "..." } NR <= most { print }
		END { if (NR > most) printf "... (%d more lines)\n", NR - most }' .check/out
	cat .check/err
	[ "$rc" -eq "$code" ] || failed "\`aftercare$(show_words "$@")\` on $who ends with $code (it was $rc)"
}
run() { expect 0 "$@"; }
most=8 wide=160

# What a device shows, to be compared: the documents, and every version with its author.
everything() { as "$1" export --format ndjson | sort; as "$1" list --json | sort; }
versions() { as "$1" log --json | sort; }
agree() {
	everything "$1" >.check/one && everything "$2" >.check/two && [ -s .check/one ] && cmp .check/one .check/two || return 1
	versions "$1" >.check/one && versions "$2" >.check/two && [ -s .check/one ] && cmp .check/one .check/two
}
body() { as "$1" show "$2" --format json; }
sealed_hub() { # a git repository whose every object is whole, and in which no name stands
	git -C "$1" fsck --strict --no-progress || return 1
	git -C "$1" for-each-ref --format='%(objectname) %(refname)' >.check/refs && [ -s .check/refs ] || return 1
	git -C "$1" cat-file --batch-all-objects --batch >.check/objects && [ -s .check/objects ] || return 1
	! grep -aqF -e "$name" -e resourceType -e laptop -e "$patient" .check/objects .check/refs
}
needs_record() { # from a file of ours, about this person
	sed "s,Patient/ana-ruiz,$patient," "$here/records/$1" >"$1"
}
word_pass() { printf '%s\n' "$2" >"$1.pass"; chmod 600 "$1.pass"; }

eval "$(look facts "$records")" || exit 2
word_pass laptop "seven quiet bridges over the river"
word_pass phone "green umbrella by the window"
word_pass dr-lee "stethoscope under the lamp"
word_pass new-laptop "a new machine with an old song"
word_pass from-kit "the sheet was in the drawer"
needs_record lab.json
needs_record clinician.json

printf '%sAftercare: the records of %s%s, from %s\n' "$bold" "$name" "$plain" "$records"
cat <<END
Every device is a folder in $W, its passphrase beside it in DEVICE.pass.
  laptop\$ aftercare list      stands for
  aftercare --home $W/laptop --passphrase-file $W/laptop.pass list
END

# --------------------------------------------------------------------------- 1
heading "a laptop"
say "A new vault. The recovery kit is a page to print; here it stays a file."
run laptop init --name "$name" --device laptop --kit kit.html
say "What the hospital gave her: a FHIR Bundle."
if [ "$people" = 1 ]; then run laptop import "$records"; else run laptop import "$records" --person any; fi
as laptop export --format ndjson >.check/export
ok "every resource of the file is there, with every digit and in its order" look same "$records" .check/export
say "The newest first."
run laptop list --limit 5
as laptop list --json >.check/list
ok "list names as many as the file holds" equal "$(wc -l <.check/list)" "$(wc -l <.check/export)"
say "All documents in which a word stands."
run laptop find "$word"
as laptop find "$word" --json >.check/found
ok "they are those in which python finds it" look found "$word" .check/found .check/export
if [ -z "$med" ]; then
	say "These records name no medication; the demo adds one."
	cat >medication.json <<END
{"resourceType":"MedicationRequest","id":"demo-gabapentin","status":"active","intent":"order",
"medicationCodeableConcept":{"text":"gabapentin 300 mg"},"subject":{"reference":"$patient"},
"authoredOn":"2026-10-01","dosageInstruction":[{"text":"one tablet at night"}]}
END
	run laptop put medication.json
	med=MedicationRequest/demo-gabapentin
fi
if [ -z "$note" ]; then
	say "These records hold no written note; the demo adds one."
	cat >note.json <<END
{"resourceType":"Procedure","id":"demo-walk","status":"completed","code":{"text":"Six-minute walk"},
"subject":{"reference":"$patient"},"performedDateTime":"2026-10-02","note":[{"text":"Stopped once."}]}
END
	run laptop put note.json
	note=Procedure/demo-walk field=outcome.text
fi
most=12
run laptop show "$med"
run laptop history "$med"
most=8
body laptop "$med" >.check/body
ok "show --format json is that document" equal "$(look get resourceType .check/body)/$(look get id .check/body)" "$med"

# --------------------------------------------------------------------------- 2
heading "a hub that can read nothing, and a phone"
say "A hub is a bare git repository: in a folder, on a stick, on any server."
run laptop hub init hub
run laptop remote add stick "$W/hub"
run laptop sync
ok "git finds the hub whole, and no name in it" sealed_hub hub
say "The phone joins with a code alone: read from a file here, from a screen in life."
run laptop device invite --json
look get code .check/out >code
run phone join --device phone --code-file code
run phone list --limit 3
ok "the phone has every document and every version that the laptop has" agree laptop phone

# --------------------------------------------------------------------------- 3
heading "both offline, both write"
say "The phone takes in a lab result and corrects a note."
run phone put lab.json --json
lab=$(look get ref .check/out)
run phone set "$note" "note[0].text=Corrected at home: all well."
say "The laptop, knowing nothing of it, changes another field of the same document."
run laptop set "$note" "$field=Better than expected"
run laptop sync
run phone sync
run laptop sync
for device in laptop phone; do
	seen=$(body $device "$note")
	ok "$device shows the phone's note" holds "Corrected at home: all well." "$seen"
	ok "$device shows the laptop's field" holds "Better than expected" "$seen"
done
ok "the laptop has the lab result, byte for byte" equal "$(body laptop "$lab")" "$(body phone "$lab")"
ok "nothing is in dispute" equal "$(as laptop conflicts --json)" ""
say "Now both change the dose of one medication. No clock may settle that."
run phone set "$med" "dosageInstruction[0].text=two tablets at night"
run laptop set "$med" "dosageInstruction[0].text=three tablets at night"
run phone sync
expect 3 laptop sync
expect 3 phone sync
most=12
run laptop conflicts
most=8
for device in laptop phone; do
	as $device conflicts --json >.check/conflicts
	seen=$(cat .check/conflicts)
	ok "$device shows the phone's dose" holds "two tablets at night" "$seen"
	ok "$device shows the laptop's dose" holds "three tablets at night" "$seen"
	ok "$device says who, where and when" python3 - "$name" <<'END'
import json, re
sides = json.loads(open(".check/conflicts").readline())["sides"]
assert {s["device"] for s in sides} == {"phone", "laptop"}, sides
assert all(s["author"] and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", s["time"]) for s in sides), sides
END
	ok "$device gives no single dose" not body $device "$med"
done
chosen=$(python3 -c 'import json
print(next(s["version"] for s in json.loads(open(".check/conflicts").readline())["sides"] if s["device"] == "phone"))')
say "A person settles it, on the phone."
run phone resolve "$med" --take "$(printf %.12s "$chosen")"
run phone sync
run laptop sync
ok "the laptop agrees: two tablets" holds "two tablets at night" "$(body laptop "$med")"
ok "nothing is in dispute any more" equal "$(as laptop conflicts --json)$(as phone conflicts --json)" ""
ok "both devices are equal" agree laptop phone

# --------------------------------------------------------------------------- 4
# both rounds of a clinician's visit ask the same of it
three_types=Observation,Condition,MedicationRequest
only_these() { # PATIENT CLINICIAN: what the clinician sees is what the patient has of the three types
	for t in Observation Condition MedicationRequest; do as "$1" list $t --json; done | look column ref >.check/one
	as "$2" list --json | look column ref >.check/two
	[ -s .check/one ] && cmp .check/one .check/two
}
by_dr_lee() { # DEVICE REF
	equal "$(as "$1" show "$2" --json | look get author | cut -c 1-6)" "Dr Lee"
}
verified() {
	as "$1" verify --json >.check/verify || return 1
	equal "$(look get bad .check/verify)" "[]"
}
could_read() { # DEVICE CLINICIAN: what revoke told is what the clinician's home holds of others
	as "$2" log --json | look pairs - surgery >.check/two
	look pairs .check/out >.check/one
	[ -s .check/one ] && cmp .check/one .check/two
}
proposal_waits() { # DEVICE
	as "$1" conflicts --json >.check/conflicts
	equal "$(look get kind .check/conflicts)" proposal &&
		holds "two tablets at night" "$(body "$1" "$med")" && holds "half a tablet at night" "$(cat .check/conflicts)"
}
proposed() { python3 -c 'import json
print(next(s["version"][:12] for s in json.loads(open(".check/conflicts").readline())["sides"] if s["author"].startswith("Dr Lee")))'; }

heading "a doctor"
say "She gives Dr Lee three types of record, and lets the doctor write back."
run laptop share create "Dr Lee" --types $three_types --write --json
look get code .check/out >code-lee
say "Dr Lee joins while the patient's devices are switched off."
run dr-lee join --device surgery --name "Dr Mina Lee" --code-file code-lee
run dr-lee patients
ok "the doctor sees just these types, and all of them" only_these laptop dr-lee
say "A result and a new dose."
run dr-lee put clinician.json --json
result=$(look get ref .check/out)
run dr-lee set "$med" "dosageInstruction[0].text=half a tablet at night"
run dr-lee sync
say "The patient's next sync brings both: the result at once, the dose as a proposal."
expect 3 laptop sync
run laptop show "$result"
ok "the result is the doctor's, byte for byte" equal "$(body laptop "$result")" "$(body dr-lee "$result")"
ok "it stands under her name for the doctor" by_dr_lee laptop "$result"
ok "every signature holds" verified laptop
run laptop conflicts
ok "the proposal waits: the dose is still hers" proposal_waits laptop
expect 3 phone sync
ok "on the phone too" proposal_waits phone
run laptop resolve "$med" --take "$(proposed)"
run laptop sync
run dr-lee sync
ok "the doctor sees that it was taken" holds "half a tablet at night" "$(body dr-lee "$med")"
say "The visit is over."
run laptop share revoke "Dr Lee" --json
ok "she is told exactly the versions that the doctor's device holds" could_read laptop dr-lee
say "What is written from now on is closed to the doctor."
run laptop put lab.json --json
later=$(look get ref .check/out)
run laptop set "$med" "dosageInstruction[0].text=no tablets any more"
run laptop sync
run dr-lee sync
ok "the doctor has no later document" not as dr-lee show "$later"
ok "and no later dose" not holds "no tablets any more" "$(as dr-lee show "$med" --format json)"
run phone sync
ok "the phone has both" holds "no tablets any more" "$(body phone "$med")"
ok "and equals the laptop" agree laptop phone

# --------------------------------------------------------------------------- 5
heading "a scan of 3 MB"
{ printf '%%PDF-1.4\n'; head -c 3145728 /dev/urandom; } >scan.pdf
run laptop attachment add scan.pdf --title "Scan of the chest" --json
scan=$(look get ref .check/out)
run laptop sync
say "The phone learns of it and does not download it."
run phone sync --json
bytes=$(look get remotes.0.bytes_in .check/out)
ok "the phone's sync brought less than 20 kB" test "$bytes" -lt 20000
run phone attachment list
ok "it is not on the phone" equal "$(as phone attachment list --json | look get here)" false
run phone attachment get "$scan" -o scan-on-phone.pdf
ok "asked for, it comes, bit for bit" cmp scan.pdf scan-on-phone.pdf

# --------------------------------------------------------------------------- 6
heading "the laptop is lost"
run laptop backup records.age
say "Would it restore? Asked before it is needed."
run laptop verify records.age --identity kit.html
everything laptop >.check/before-documents
versions laptop >.check/before-versions
rm -rf laptop
ok "the laptop's home is gone" test ! -e laptop
say "From the file, with the recovery kit."
run new-laptop restore records.age --identity kit.html --device new-laptop
run new-laptop sync
say "And elsewhere from the kit and the hub, with nothing else."
run from-kit restore --remote "$W/hub" --identity kit.html --device third --yes
for home in new-laptop from-kit; do
	everything $home >.check/one
	ok "$home has the same documents" cmp .check/before-documents .check/one
	versions $home >.check/one
	ok "$home has the same history" cmp .check/before-versions .check/one
	run $home verify
	ok "$home: nothing is bad" verified $home
	run $home attachment get "$scan" -o scan-on-$home.pdf
	ok "$home has the scan" cmp scan.pdf scan-on-$home.pdf
done
say "The restored laptop goes on where the lost one stopped."
run new-laptop set "$med" "dosageInstruction[0].text=one tablet in the morning"
run new-laptop sync
run phone sync
ok "the phone has what the restored laptop wrote" holds "one tablet in the morning" "$(body phone "$med")"
ok "git finds the hub whole, and still no name in it" sealed_hub hub

# --------------------------------------------------------------------------- 7
heading "the same with no hub: files alone"
for device in desk pocket clinic; do word_pass $device "another passphrase for $device"; done
run desk init --name "$name" --device desk --kit kit-desk.html
if [ "$people" = 1 ]; then as desk import "$records"; else as desk import "$records" --person any; fi >/dev/null ||
	failed "the import"
case $med in */demo-*) as desk put medication.json >/dev/null || failed "the medication" ;; esac
as desk set "$med" "dosageInstruction[0].text=two tablets at night" >/dev/null || failed "the dose"
say "A code, and a file over any channel: a cable, a mail, a messenger."
run desk device invite --json
look get code .check/out >code-pocket
run desk send to-pocket
run pocket join --device pocket --code-file code-pocket to-pocket
ok "the second device has everything" agree desk pocket
run pocket put lab.json --json
lab=$(look get ref .check/out)
run pocket send to-desk
run desk receive to-desk
ok "what it wrote arrived" equal "$(body desk "$lab")" "$(body pocket "$lab")"
ok "the file holds no name" not grep -aqF -e "$name" -e resourceType to-pocket to-desk
say "Dr Lee again, by mail."
run desk share create "Dr Lee" --types $three_types --write --json
look get code .check/out >code-clinic
run desk send to-clinic --space "Dr Lee"
run clinic join --device surgery --name "Dr Mina Lee" --code-file code-clinic to-clinic
ok "the doctor sees just these types, and all of them" only_these desk clinic
run clinic put clinician.json --json
result=$(look get ref .check/out)
run clinic set "$med" "dosageInstruction[0].text=half a tablet at night"
run clinic send answer
expect 3 desk receive answer
ok "the result is the doctor's, byte for byte" equal "$(body desk "$result")" "$(body clinic "$result")"
ok "it stands under her name for the doctor" by_dr_lee desk "$result"
ok "the proposal waits" proposal_waits desk
run desk resolve "$med" --take "$(proposed)"
run desk send settled --space "Dr Lee"
run clinic receive settled
ok "the doctor sees that it was taken" holds "half a tablet at night" "$(body clinic "$med")"
run desk share revoke "Dr Lee" --json
ok "she is told exactly the versions that the doctor's device holds" could_read desk clinic
run desk put lab.json --json
later=$(look get ref .check/out)
run desk send closing --space "Dr Lee"
run clinic receive closing
ok "the doctor has no later document" not as clinic show "$later"
ok "nobody here ever had a hub" equal "$(as desk remote list --json)$(as pocket remote list --json)$(as clinic remote list --json)" ""

# --------------------------------------------------------------------------- 8
heading "the care plan, and what people look at"
say "From a template: a start for a talk with the care team. And an item of her own."
run new-laptop plan new adult-all-ccs --end-of-treatment 2023-06-29 --exposure anthracycline=175mg/m2
four_weeks=$(date -d '+28 days' +%F)
run new-laptop plan add Physiotherapy --every 4w
run new-laptop plan due
ok "what is due every four weeks is due when date says" holds "\"due\":\"$four_weeks\"" \
	"$(as new-laptop plan due --json 2>.check/err | grep -F '"item":"physiotherapy"')"
say "In her own words: a result without its code, and a question."
run new-laptop add lab wbc 4.2 --json
result=$(look get ref .check/out)
ok "it has LOINC's code and UCUM's unit" holds '"code":"6690-2"' "$(body new-laptop "$result" | grep -F '"code":"10*9/L"')"
run new-laptop add question "Do I still need the heart scan?"
run new-laptop sync
run phone sync
ok "both devices make the same plan, byte for byte" equal "$(as phone plan due --json 2>.check/err)" "$(as new-laptop plan due --json 2>.check/err)"
most=24 wide=400 # bytes; a plot's characters have three
run phone trend wbc
most=8 wide=160
ok "the new value is drawn" holds "\"ref\":\"$result\"" "$(as phone trend wbc --json)"
say "One page to look at and to print; and everything for a doctor without this program."
run phone report report.html
ok "the page holds her name" grep -qF -e "$name" report.html
ok "and asks the network for nothing" not grep -qE '<(script|link|img|iframe)|url\(' report.html
age-keygen -o doctor.key 2>.check/said || failed "age-keygen"
run phone handoff for-a-doctor.age --to "$(age-keygen -y doctor.key)"
mkdir opened
ok "stock age and tar open it" sh -c 'age -d -i doctor.key for-a-doctor.age | tar -x -C opened'
as phone export --format ndjson >.check/export
ok "its records are all of the phone's" look same opened/*/records.json .check/export

echo
if [ "${DEMO_CLEAN:-}" != 1 ]; then
	cat <<END
Go on from here: $W
  aftercare --home $W/phone --passphrase-file $W/phone.pass list
Homes: phone new-laptop from-kit dr-lee, and without a hub desk pocket clinic; DEVICE.pass opens each.
END
fi
echo "The demo went through: $n checks."
