#!/bin/sh
# SPDX-License-Identifier: ISC
# looks.sh: what `list`, `show` and `history` look like where a person sits, at 40, 60, 80 and
# 120 columns; and that what a program reads stays as it is. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
A=$(realpath "${AFTERCARE:-$here/../../.build/aftercare}")
command -v python3 >/dev/null || { echo "1..0 # skip there is no python3"; exit 0; }
export PYTHONPATH="$here/../lib"
exec python3 - "$A" "$here/../records/survivor.json" <<'END'
import json, os, re, shutil, subprocess, sys, tempfile, unicodedata
from terminal import Terminal

A, RECORDS = sys.argv[1:]
n = bad = 0
W = tempfile.mkdtemp()
os.makedirs(W + "/run", 0o700)
os.environ.update(AFTERCARE_QUICK_KDF="1", XDG_RUNTIME_DIR=W + "/run", TERM="dumb", TZ="UTC", AFTERCARE_HOME=W + "/home")
for k in ("AFTERCARE_PASSPHRASE_FILE", "NO_COLOR"):
    os.environ.pop(k, None)
open(W + "/pass", "w").write("pass word\n")
PASS = ["--passphrase-file", W + "/pass"]
WIDTHS = (40, 60, 80, 120)

def check(what, good, *seen):
    global n, bad
    n += 1
    print(f"ok {n} - {what}" if good else f"not ok {n} - {what}")
    if not good:
        bad += 1
        print("".join(f"# {line}\n" for s in seen for line in str(s).splitlines()), end="")

def run(*words, stdin=""):
    p = subprocess.run([A, *PASS, *words], input=stdin, capture_output=True, text=True, start_new_session=True)
    return p.returncode, p.stdout if p.returncode in (0, 3) else p.stdout + p.stderr

def must(*words, stdin=""):
    rc, out = run(*words, stdin=stdin)
    if rc not in (0, 3):
        print(f"Bail out! {words}: {rc}\n# {out}")
        sys.exit(1)
    return out

def see(columns, *words, env=None):
    t = Terminal(A, columns)
    rc, out = t.run(*PASS, *words, env=env)
    os.close(t.master), os.close(t.slave)
    return rc, out.replace("\r", "")

def columns(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)

def wide(out, most):
    return [x for x in out.splitlines() if columns(x) > most]

def flat(s):
    return re.sub(r"\s+", "", s)

must("init", "--name", "Ana Ruiz", "--device", "laptop", "--kit", W + "/kit.html")
must("import", RECORDS)
UUID = "0f000000-1111-4222-8333-444455556666"
for doc in ({"resourceType": "Observation", "id": UUID, "status": "final", "effectiveDateTime": "2027-01-02", "category": [{"coding": [{"code": "laboratory"}]}], "code": {"text": "Haemoglobin"},
             "valueQuantity": {"value": 9.1, "unit": "g/dL", "code": "g/dL"}, "referenceRange": [{"low": {"value": 12, "code": "g/dL"}}]},
            {"resourceType": "Medication", "id": "mtx", "code": {"text": "methotrexate"}},
            {"resourceType": "MedicationStatement", "id": "mtx", "status": "active", "effectiveDateTime": "2027-01-01",
             "subject": {"reference": "Patient/ana-ruiz"}, "medicationReference": {"reference": "Medication/mtx"},
             "dosage": [{"text": "on Tuesdays", "doseAndRate": [{"doseQuantity": {"value": 20, "unit": "mg"}}]}]}):
    must("put", "-", "--force", stdin=json.dumps(doc))

# ---- list
rows = [json.loads(x) for x in must("list", "--json").splitlines()]
piped = must("list").splitlines()
check("what a program reads is a row for each, dates as they are", len(piped) == len(rows) == 501
      and piped[0].startswith("2027-01-02        Observation/" + UUID) and "In short" not in "".join(piped), *piped[:3])
for w in WIDTHS:
    rc, out = see(w, "list")
    lines = out.splitlines()
    check(f"a list fits {w} columns", rc == 0 and not wide(out, w), *wide(out, w))
    short = out[out.index("In short: Ana Ruiz"):] if "In short: Ana Ruiz" in out else ""
    check("below it, in short, the cancer is the first diagnosis", flat(short).startswith(flat("In short: Ana Ruiz Diagnoses "
          "B-cell acute lymphoblastic leukaemia, BCR::ABL1 negative (in remission, since 9 Mar 2021) Osteopenia")), short)
    check("what is over is counted", "and3thatareover" in flat(short) and "Febrile" not in short, short)
    check("the allergies, the dangerous first", "AllergiesPegaspargase(active,dangerous)Penicillin(active)" in flat(short), short)
    check("the medicines that are taken, with their doses", "Medicinesmethotrexate,20mg,onTuesdays" in flat(short)
          and flat("gabapentin, 300 mg, at night") in flat(short) and short.count("gabapentin") == 1 and "Turmeric" not in short, short)
    check("that is all of it", len(short.splitlines()) <= 24, short)
    found = next((i for i, x in enumerate(lines) if re.match(r" *1 2 Jan 2027 ", x)), None)
    check("a result has its date, its unit, and says that it is low", found is not None
          and re.search("LabresultHaemoglobin:?9.1g/dL,(low,)?flagged(low,)?", flat(" ".join(lines[found:found + 2])).replace("flaggedlow,", "low,flagged")), *lines[:4])
    check("no type's name where there is a word", w >= 120
          or not re.search("Condition|MedicationStatement|AllergyIntolerance", re.sub(r"`aftercare list\s+Condition`", "", out)), out[:400])
rc, out = see(120, "list", "--limit", "3")
check("a UUID is shown as its beginning", re.search(r"Observation/0f000000( |$)", out, re.M) and UUID not in out, out)
check("which names it", json.loads(must("show", "Observation/0f000000", "--json"))["ref"] == "Observation/" + UUID)
rc, out = see(80, "list", "MedicationStatement", "--limit", "1")
check("a drug in a document of its own is named", "methotrexate" in out and "20 mg, on Tuesdays, active" in flat(out).replace("mg,", " mg, ").replace("onTuesdays,", "on Tuesdays, ") and "In short" not in out, out)
rc, out = see(80, "find", "osteopenia")
check("find looks the same", rc == 0 and re.search(r"^\d 12 Sep 2023 +Diagnosis +Osteopenia", out, re.M) and "In short" not in out, out)

# ---- show
REFS = ["Condition/leukaemia", "AllergyIntolerance/allergy-pegaspargase", "Patient/ana-ruiz", "CarePlan/follow-up-plan",
        "QuestionnaireResponse/answers-20240118", "Observation/" + UUID, "MedicationRequest/order-gabapentin-20220111"]
for w in WIDTHS:
    for ref in REFS:
        rc, out = see(w, "show", ref)
        check(f"{ref.split('/')[0]} fits {w} columns", rc == 0 and not wide(out, w), *wide(out, w), out)
rc, out = see(80, "show", "Condition/leukaemia")
check("the title says what it is and how it stands", flat(out).startswith(flat("Diagnosis: B-cell acute lymphoblastic leukaemia, BCR::ABL1 "
      "negative (in remission)Condition/leukaemia")), out)
check("rows have names, codes stand in brackets", re.search(r"^clinical status +remission$", out, re.M) and "(Acute lymphoid leukemia, SNOMED CT 91857003;" in out
      and re.search(r"^began +9 Mar 2021$", out, re.M), out)
check("a reference says what it leads to", re.search(r"^  detail +Blasts in bone marrow aspirate 87.0%\n +\(Observation/marrow-blasts-20210309\)", out, re.M), out)
check("who wrote a note, and when", "(Dr Łukasz Nowak, 16 Apr 2021 17:20)" in out, out)
rc, out = see(80, "show", "Condition/leukaemia", env={"TERM": "xterm"})
check("the title is bold, brackets are dim", out.startswith("\033[1mDiagnosis") and "\033[2m(Practitioner/nowak)\033[0m" in out, repr(out))
rc, out = see(80, "show", "Observation/" + UUID)
check("a value out of its range says so", re.search(r"^value +9.1 g/dL \(low\)$", out, re.M) and re.search(r"^reference range +12 g/dL or more$", out, re.M), out)
out = must("show", "Observation/" + UUID)
check("in a pipe a row is a line", "\nvalue: 9.1 g/dL (low)\n" in out and not out.startswith("\033"), out)
out = must("show", "Observation/" + UUID, "--paths")
check("--paths has the paths that set takes", "\nvalueQuantity.value: 9.1\n" in out, out)
check("--paths is no JSON", run("show", "Observation/" + UUID, "--paths", "--json")[0] == 2)
hostile = {"resourceType": "Condition", "id": "bad", "code": {"text": "a\u001b]0;x\u0007b\u202ec", "coding": [{"code": "\u001b[2J", "display": "\u009b31m"}]},
           "note": [{"text": "one\ntwo \u001b[31mred\n" + "x" * 300}], "zzz": {"q\u001b[1m": ["\u2066", None, 1.25]}, "subject": {"display": "\u001b[7m"}}
must("put", "-", "--force", stdin=json.dumps(hostile))
for w in WIDTHS:
    for words in (["show", "Condition/bad"], ["list", "Condition"], ["list"], ["history", "Condition/bad"], ["show", "Condition/bad", "--paths"]):
        rc, out = see(w, *words)
        check(f"nothing that a terminal would obey: {' '.join(words)}", rc == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out), repr(out[:2000]))
rc, out = see(40, "show", "Condition/bad")
check("lines of a text stay lines, and the longest is whole", "note: one\n  two " in out and flat(out).count("x" * 100) >= 1 and not wide(out, 40), out)
check("what nobody knows is shown too", "1.25" in out and "zzz" in out, out)

# ---- history
must("set", REFS[6], "dosageInstruction[0].doseAndRate[0].doseQuantity.value=200")
must("rm", REFS[6])
for w in WIDTHS:
    rc, out = see(w, "history", REFS[6])
    check(f"a history fits {w} columns and says what changed", rc == 0 and not wide(out, w) and flat("dose: 300 mg, then 200 mg") in flat(out)
          and flat("deleted by Ana Ruiz on laptop") in flat(out) and flat("11 Jan 2022 16:27, taken in from https://hospital.example/fhir") in flat(out), out)
for i in range(60):
    must("set", "Condition/osteopenia", f"onsetString=time {i}", "onsetDateTime=") if i == 0 else must("set", "Condition/osteopenia", f"onsetString=time {i}")
out = must("history", "Condition/osteopenia")
check("a long one tells the newest changes, and says so", "began: time 58, then time 59" in out and "began: time 2, then time 3" not in out
      and "the newest 50 of 61 versions" in out and len(re.findall(r"^[0-9a-f]{8}  ", out, re.M)) == 61, out)
shutil.rmtree(W)
print(f"1..{n}")
sys.exit(bad > 0)
END
