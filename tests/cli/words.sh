#!/bin/sh
# SPDX-License-Identifier: ISC
# words.sh: conflicts, proposals and differences as a person reads them, and settling
# them on a terminal of 40 columns without an editor. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
A=$(realpath "${AFTERCARE:-$here/../../.build/aftercare}")
command -v python3 >/dev/null || { echo "1..0 # skip there is no python3"; exit 0; }
export PYTHONPATH="$here/../lib"
exec python3 - "$A" <<'END'
import json, os, re, shutil, subprocess, sys, tempfile, unicodedata
from terminal import Terminal

A, n, bad = sys.argv[1], 0, 0
W = tempfile.mkdtemp()
os.makedirs(W + "/run", 0o700)
os.environ.update(AFTERCARE_QUICK_KDF="1", XDG_RUNTIME_DIR=W + "/run", TERM="dumb", TZ="UTC")
for k in ("AFTERCARE_PASSPHRASE_FILE", "AFTERCARE_HOME"):
    os.environ.pop(k, None)
open(W + "/pass", "w").write("pass word\n")

def check(what, good, *seen):
    global n, bad
    n += 1
    print(f"ok {n} - {what}" if good else f"not ok {n} - {what}")
    if not good:
        bad += 1
        print("".join(f"# {line}\n" for s in seen for line in str(s).splitlines()), end="")

def args(home):
    return ["--home", f"{W}/{home}", "--passphrase-file", W + "/pass"]

class Answer:
    def __init__(self, p):
        self.rc, self.out, self.err = p.returncode, p.stdout, p.stderr
        self.lines = p.stdout.splitlines()
    def __str__(self):
        return f"exit {self.rc}\n{self.out}{self.err}"

def run(home, *words, stdin=""):
    return Answer(subprocess.run([A, *args(home), *words], input=stdin, capture_output=True, text=True,
                                 start_new_session=True, cwd=W))

def must(home, *words, stdin="", ok=(0, 3)):
    a = run(home, *words, stdin=stdin)
    if a.rc not in ok:
        print(f"Bail out! {words}\n# {a}")
        sys.exit(1)
    return a

def rows(home, *words):
    return [json.loads(x) for x in must(home, *words, "--json").lines]

def put(home, doc):
    must(home, "put", "-", stdin=json.dumps(doc))

def sync(*homes):
    for h in homes:
        must(h, "sync")

def columns(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)

# ---- two devices, a doctor
must("laptop", "init", "--name", "Ana Ruiz", "--device", "laptop", "--kit", W + "/kit.html")
must("laptop", "hub", "init", "hub")
must("laptop", "remote", "add", "stick", "hub")
def mg(value, text=None):
    d = {"doseAndRate": [{"doseQuantity": {"value": value, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}]}
    return [({"text": text} if text else {}) | d]
def drug(id, dosage, **more):
    return {"resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order", "subject": {"reference": "Patient/1"},
            "medicationCodeableConcept": {"text": "mercaptopurine 50 mg tablet"}, "dosageInstruction": dosage} | more
DOSE = "dosageInstruction[0].doseAndRate[0].doseQuantity.value"
put("laptop", drug("mp", mg(50)))
put("laptop", drug("other", mg(50)))
put("laptop", drug("gone", mg(50)))
put("laptop", drug("prop", mg(10)))
put("laptop", {"resourceType": "Patient", "id": "1", "name": [{"family": "Ruiz"}], "birthDate": "1990-01-01", "gender": "female"})
LONG = "take it in the evening with a glass of water, two hours after the last meal, and lie down only half an hour later"
WIDE = "每天晚上睡前服用一片药片并且喝一大杯水不要和牛奶一起服用如果忘记了第二天不要加倍"
COMB = "pre\u0301nde\u0301z une\u0301 table\u0301tte\u0301 le\u0301 soi\u0301r ave\u0301c de\u0301 l'e\u0301au\u0301"
WORD = "x" * 97
put("laptop", {"resourceType": "AllergyIntolerance", "id": "pen", "patient": {"reference": "Patient/1"}, "code": {"text": "Penicillin"},
               "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
               "criticality": "low", "reaction": [{"manifestation": [{"text": "hives"}], "severity": "mild"}]})
put("laptop", {"resourceType": "Observation", "id": "wide", "status": "final", "code": {"text": "Instructions"}, "valueString": "-"})
must("laptop", "sync")
code = json.loads(must("laptop", "device", "invite", "--json").out)["code"]
must("phone", "join", "--device", "phone", "--code-file", "-", stdin=code)
code = json.loads(must("laptop", "share", "create", "Dr Lee", "--types", "MedicationRequest", "--write", "--json").out)["code"]
sync("laptop", "phone")
must("lee", "join", "--device", "surgery", "--name", "Dr Lee", "--code-file", "-", stdin=code)
sync("laptop", "phone", "lee")

def both(ref, here, there):
    """Each device writes, neither has heard of the other."""
    must("laptop", "set", ref, *here)
    must("phone", "set", ref, *there)

# ---- conflicts
must("laptop", "set", "MedicationRequest/prop", "note[0].text=mine")
sync("laptop", "phone")
both("MedicationRequest/mp", [DOSE + "=75"], [DOSE + "=25"])
both("MedicationRequest/other", ["medicationCodeableConcept.text=methotrexate"], ["status=stopped", DOSE + "=25"])
both("AllergyIntolerance/pen", ["criticality=high", "reaction[0].severity=severe"], ["criticality=unable-to-assess"])
both("Patient/1", ["birthDate=1991-02-03", "gender=other"], ["birthDate=1992-03-04", "gender=unknown"])
must("laptop", "set", "MedicationRequest/gone", DOSE + "=60")
must("phone", "rm", "MedicationRequest/gone")
both("Observation/wide", [f"valueString={LONG}", f"method.text={COMB}"], [f"valueString={WIDE}", f"method.text={WORD}"])
sync("laptop", "phone", "laptop", "phone")
BY = r"%s by Ana Ruiz on laptop, today \d\d:\d\d; %s by Ana Ruiz on phone, today \d\d:\d\d"
def lines_of(ref, home="laptop"):
    return must(home, "conflicts", ref).lines
a = lines_of("MedicationRequest/mp")
check("two doses are one line", len(a) == 3 and re.fullmatch("  dose: " + BY % ("75 mg", "25 mg"), a[1]), *a)
check("the heading names the drug, then the document", a[0] == "mercaptopurine 50 mg tablet (MedicationRequest/mp): "
      "a conflict, nobody's value is shown until you choose", *a)
v = {s["device"]: s["version"][:8] for s in rows("laptop", "conflicts", "MedicationRequest/mp")[0]["sides"]}
check("how to settle it is said", a[2] == f"  to choose: aftercare resolve MedicationRequest/mp (--take {v['laptop']} or {v['phone']})", *a)
check("the other device reads the same", lines_of("MedicationRequest/mp", "phone") == a)
a = lines_of("MedicationRequest/other")
check("where the drug itself differs no drug is in the heading", a[0].startswith("MedicationRequest/other: ")
      and any(re.fullmatch("  drug: " + BY % ("methotrexate", "mercaptopurine 50 mg tablet"), x) for x in a)
      and any(re.fullmatch("  status: " + BY % ("active", "stopped"), x) for x in a)
      and any(re.fullmatch("  dose: " + BY % ("50 mg", "25 mg"), x) for x in a) and len(a) == 5, *a)
a = lines_of("AllergyIntolerance/pen")
check("only what differs is told", a[0].startswith("Penicillin (AllergyIntolerance/pen): ") and len(a) == 4
      and re.fullmatch("  criticality: " + BY % ("high", "unable to assess"), a[1])
      and re.fullmatch("  reaction, severity: " + BY % ("severe", "mild"), a[2]), *a)
a = lines_of("Patient/1")
check("what the clock settles says so", sum("a conflict, the later value is shown until you choose" in x for x in a) == 2
      and any(re.fullmatch("  date of birth: " + BY % ("3 Feb 1991", "4 Mar 1992"), x) for x in a), *a)
a = lines_of("MedicationRequest/gone")
check("deleted against changed", len(a) == 3 and re.fullmatch("  record: " + BY % ("kept", "deleted"), a[1]), *a)
a = must("laptop", "conflicts")
check("no JSON among the sentences", not re.search(r'[{}\[\]]|"', a.out), a)
r = rows("laptop", "conflicts")
check("--json has the keys it had", all(list(x) == ["ref", "path", "kind", "safety", "sides"]
      and all(list(s) == ["version", "author", "device", "time", "value"] for s in x["sides"]) for x in r), r)
mp = next(x for x in r if x["ref"] == "MedicationRequest/mp")
check("its path is what resolve takes, its values FHIR", mp["path"] == "dosageInstruction"
      and sorted(s["value"][0]["doseAndRate"][0]["doseQuantity"]["value"] for s in mp["sides"]) == [25, 75], mp)
check("a choice's path is what set takes", {x["path"] for x in r if x["ref"] in ("Observation/wide", "MedicationRequest/other")}
      == {"valueString", "medicationCodeableConcept"}, r)
a = run("laptop", "show", "MedicationRequest/mp")
check("show of it says the same first", a.rc == 3 and any(re.fullmatch("  dose: " + BY % ("75 mg", "25 mg"), x) for x in a.lines[:4]), a)

# ---- diff
h = [x["version"] for x in rows("laptop", "history", "AllergyIntolerance/pen")]
laptop = next(x["version"] for x in rows("laptop", "history", "AllergyIntolerance/pen") if x["device"] == "laptop")
a = must("laptop", "diff", "AllergyIntolerance/pen", h[-1], laptop)
check("diff in words", a.lines == ["criticality: low, then high", "reaction, severity: mild, then severe"], a)
d = rows("laptop", "diff", "AllergyIntolerance/pen", h[-1], laptop)
check("diff in JSON as it was", [(list(x), x["path"]) for x in d] == [(["path", "from", "to"], "criticality"), (["path", "from", "to"], "reaction")], d)
put("laptop", {"resourceType": "Observation", "id": "path", "status": "final", "code": {"text": "Weight"},
               "valueQuantity": {"value": 60, "unit": "kg"}})
must("laptop", "set", "Observation/path", "valueQuantity.value=61", "code.text=Body weight")
h = [x["version"] for x in rows("laptop", "history", "Observation/path")]
d = rows("laptop", "diff", "Observation/path", h[1], h[0])
check("a diff's paths", {x["path"] for x in d} == {"valueQuantity", "code"} and [list(x) for x in d] == [["path", "from", "to"]] * 2, d)
a = must("laptop", "set", "Observation/path", "valueQuantity:=" + json.dumps(next(x["from"] for x in d if x["path"] == "valueQuantity")))
check("its path is what set takes", json.loads(must("laptop", "show", "Observation/path", "--format", "json").out)["valueQuantity"]["value"] == 60, a)
a = must("laptop", "history", "Observation/path")
check("history says who, when, and what changed", len(a.lines) == 6
      and re.fullmatch(r"[0-9a-f]{8}  today \d\d:\d\d, changed by Ana Ruiz on laptop", a.lines[0]) and a.lines[1] == "          value: 61 kg, then 60 kg"
      and sorted(a.lines[3:5]) == ["          test: Weight, then Body weight", "          value: 60 kg, then 61 kg"]
      and re.fullmatch(r"[0-9a-f]{8}  today \d\d:\d\d, written by Ana Ruiz on laptop", a.lines[5]), a)
must("laptop", "set", "MedicationRequest/prop", "note=")
first = rows("laptop", "history", "MedicationRequest/prop")
a = must("laptop", "diff", "MedicationRequest/prop", first[1]["version"], first[0]["version"])
check("what is not there is nothing", a.lines == ["note: mine, then nothing"], a)
check("no difference, no words", must("laptop", "diff", "MedicationRequest/prop", first[0]["version"]).out == "")

# ---- resolve, at 40 columns
def lines_fit(out):
    return [x for x in re.sub(r"\x1b\[[0-9;]*m", "", out).replace("\0", "").splitlines() if columns(x) > 40]
def flat(s):
    return re.sub(r"\s+", "", s)
def resolve(ref, *answers, home="laptop"):
    t = Terminal(A, 40)
    rc, out = t.run(*args(home), "resolve", ref, answers=[("(?s)" + p, x) for p, x in answers])
    os.close(t.master), os.close(t.slave)
    return rc, out
def open_of(ref):
    return len(rows("laptop", "conflicts", ref)), [x["version"] for x in rows("laptop", "history", ref)]

def asked(times):
    return "(to leave: .*){%d}$" % times

for what, answer in (("q", "q\n"), ("an empty line", "\n"), ("Ctrl-D", "\x04")):
    before = open_of("MedicationRequest/mp")
    rc, out = resolve("MedicationRequest/mp", (asked(1), answer))
    check(f"{what} leaves all as it was", rc == 1 and open_of("MedicationRequest/mp") == before
          and " ".join(out.split()).count("Nothing was settled; the dispute stays open.") == 1 and not lines_fit(out), out)
rc, out = resolve("MedicationRequest/mp", (asked(1), "3\n"), (asked(2), "1x\n"), (asked(3), "0\n"), (asked(4), "2\n"))
check("what is no number of a side is asked again", rc == 0 and out.count("Which?") == 4 and not lines_fit(out), out)
doc = json.loads(must("laptop", "show", "MedicationRequest/mp", "--format", "json").out)
check("the side that was chosen stands", doc["dosageInstruction"] == mg(25) and not rows("laptop", "conflicts", "MedicationRequest/mp"), doc)
check("the sides were told with their numbers", re.search(r"mercaptopurine 50 mg tablet\r\n\(MedicationRequest/mp\)\r\n 1  by Ana Ruiz on laptop, today \d\d:\d\d\r\n    dose: 75 mg\r\n"
      r" 2  by Ana Ruiz on phone, today \d\d:\d\d\r\n    dose: 25 mg\r\n", out), out)
rc, out = resolve("Observation/wide", (asked(1), "1\n"))
check("no line is longer than the terminal", rc == 0 and not lines_fit(out), *lines_fit(out), out)
check("values are whole", all(flat(x) in flat(out) for x in (LONG, WIDE, COMB, WORD)), out)
check("lines break between words", "    value: take it in the evening with a\r\n      glass of water, two hours after\r\n" in out, out)
a = json.loads(must("laptop", "show", "Observation/wide", "--format", "json").out)
check("and stored as they were", a["valueString"] == LONG, a)
before = open_of("Patient/1")
rc, out = resolve("Patient/1", (asked(1), "1\n"), (asked(2), "q\n"))
check("left at the second, the first is not settled either", rc == 1 and open_of("Patient/1") == before and "2 of 2" in out, out)
rc, out = resolve("Patient/1", (asked(1), "2\n"), (asked(2), "1\n"))
doc = json.loads(must("laptop", "show", "Patient/1", "--format", "json").out)
check("several, one after the other, each its own side", rc == 0 and (doc["birthDate"], doc["gender"]) == ("1992-03-04", "other")
      and "1 of 2" in out and "2 of 2" in out and not rows("laptop", "conflicts", "Patient/1") and not lines_fit(out), doc, out)
rc, out = resolve("MedicationRequest/gone", (asked(1), "2\n"))
check("a deletion can be chosen", rc == 0 and run("laptop", "show", "MedicationRequest/gone").rc == 1 and not lines_fit(out), out)
rc, out = resolve("MedicationRequest/mp", ("never", ""))
check("what is settled is not asked", rc == 1 and "Which?" not in out and not lines_fit(out), out)

# ---- a proposal
must("lee", "set", "MedicationRequest/prop", DOSE + "=20", "dosageInstruction[0].timing.repeat.frequency:=2", "dosageInstruction[0].timing.repeat.period:=1",
     "dosageInstruction[0].timing.repeat.periodUnit=d")
sync("lee", "laptop")
a = lines_of("MedicationRequest/prop")
check("a proposal reads as one", a[0] == "mercaptopurine 50 mg tablet (MedicationRequest/prop): a proposal, yours is shown until you choose"
      and re.fullmatch(r"  Dr Lee proposes: dose 20 mg; now 10 mg by Ana Ruiz on laptop, today \d\d:\d\d", a[1])
      and re.fullmatch(r"  Dr Lee proposes: how often twice a day; now nothing by Ana Ruiz on laptop, today \d\d:\d\d", a[2]) and len(a) == 4, *a)
rc, out = resolve("MedicationRequest/prop", (asked(1), "q\n"))
check("and in resolve", rc == 1 and re.search(r" 1  now, by Ana Ruiz on laptop,.* dose: 10 mg\r\n.* 2  proposed by Dr Lee .* dose: 20 mg\r\n", out, re.S) and not lines_fit(out), out)
rc, out = resolve("MedicationRequest/prop", (asked(1), "2\n"))
doc = json.loads(must("laptop", "show", "MedicationRequest/prop", "--format", "json").out)
check("taken", rc == 0 and doc["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 20 and not rows("laptop", "conflicts", "MedicationRequest/prop"), doc)

# ---- what is foreign is fit for a terminal
must("laptop", "resolve", "AllergyIntolerance/pen", "--take", laptop)
sync("laptop", "phone")
must("laptop", "set", "AllergyIntolerance/pen", "code.text:=" + json.dumps("a\x1b[2J\u202eb"))
must("phone", "set", "AllergyIntolerance/pen", "code.text:=" + json.dumps("a\x1b[2J\u202db"))
sync("laptop", "phone", "laptop")
a = must("laptop", "conflicts", "AllergyIntolerance/pen")
check("nothing a terminal would obey, and no two that read the same", "\x1b" not in a.out and "\u202e" not in a.out
      and r"\u202e" in a.out and r"\u202d" in a.out, a)

shutil.rmtree(W)
print(f"1..{n}")
sys.exit(bad != 0)
END
