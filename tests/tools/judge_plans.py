#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""judge_plans.py: a plan of each template, with all that commands write of it, before the four judges
(judge.sh). Every exposure is there with and without a dose, known by each kind of record; items are added,
changed, taken out, skipped, done and booked; and a clinician has written through a share."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from homes import ROOT, World

w = World("judge", memory=True)
with open(os.path.join(ROOT, "schema", "templates", "late-effects-1.json"), encoding="utf-8") as f:
    KNOWN = json.load(f)["exposures"]
MED = {"subject": {"reference": "Patient/ana"}, "medicationCodeableConcept": {"text": "vincristine, etoposide, busulfan"}}
RECORDS = [
    {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"},
    {"resourceType": "MedicationStatement", "id": "s", "status": "completed", **MED},
    {"resourceType": "MedicationAdministration", "id": "a", "status": "completed", "effectiveDateTime": "2019-01-02", **MED},
    {"resourceType": "MedicationRequest", "id": "r", "status": "completed", "intent": "order", **MED},
    {"resourceType": "MedicationDispense", "id": "d", "status": "completed", **MED},
    {"resourceType": "Procedure", "id": "p", "status": "completed", "subject": {"reference": "Patient/ana"}, "code": {"text": "Bone marrow transplant"}},
    {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
     "subject": {"reference": "Patient/ana"}, "period": {"start": "2024-03-01", "end": "2024-03-01"}},
    {"resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/ana"}, "effectiveDateTime": "2019-05-06",
     "code": {"text": "Cumulative dose of melphalan"}, "valueQuantity": {"value": 140.5, "unit": "mg/m2", "system": "http://unitsofmeasure.org", "code": "mg/m2"}},
]
FOUND = ("vincristine", "etoposide", "busulfan", "transplant", "melphalan")
files = []
w.write("in.ndjson", "".join(json.dumps(r) + "\n" for r in RECORDS))
templates = [r["name"] for r in World.must(w, "any", "plan", "templates", "--json").rows]
for k, name in enumerate(templates):
    h = name
    w.must(h, "init", "--name", "Ana Ruiz", "--device", "d", "--kit", w.path(h + ".html"))
    w.must(h, "import", w.path("in.ndjson"), "--quiet")
    dosed = lambda e: e["exposure"] + ("=%d.%d%s" % (k + 1, k, e["unit"]) if e.get("unit") and k % 2 else "")
    given = [x for e in KNOWN if e["exposure"] not in FOUND for x in ("--exposure", dosed(e))]
    w.must(h, "plan", "new", name, "--since", "2023-05", "--end-of-treatment", "2023", *given)
    for e in KNOWN:
        if e["exposure"] in FOUND:
            w.must(h, "plan", "exposure", dosed(e))
    w.must(h, "plan", "exposure", "vincristine", "--remove")
    w.must(h, "plan", "add", "Tee \"für\" alle; jede Woche", "--every", "1-2w", "--from", "2024-01-31", "--until", "2099-12-31", "--code", "72170-4", "--why", "Gut.")
    w.must(h, "plan", "change", "visit", "--every", "3mo", "--from", "2024-02-29", "--title", "Dr Lee", "--why", "All was well.")
    w.must(h, "plan", "remove", "distress", "--why", "Not for me.")
    w.must(h, "plan", "skip", "visit", "--why", "Away.")
    w.must(h, "plan", "done", "blood-count")
    w.must(h, "plan", "done", "blood-count", "--on", "2024-05")
    w.must(h, "plan", "done", "visit", "--ref", "Encounter/e")
    w.must(h, "plan", "book", "copies", "--on", "+20d")
    w.must(h, "plan", "book", "people", "--on", "+21d", "--with", "Dr \"Lee\"")
    for stage in ("relapsed", "ongoing", "in-treatment"):
        w.must(h, "plan", "stage", stage, "--on", "2025-0%d-28" % (len(stage) % 9 + 1), ok=(0, 1))
    files.append(w.write(name + ".json", w.must(h, "export").out))

# through a share, on the first
h = templates[0]
w.must(h, "hub", "init", w.path("hub"))
w.must(h, "remote", "add", "hub", w.path("hub"))
w.write("code", w.must(h, "share", "create", "Lee", "--types", "CarePlan,Observation,Procedure", "--write", "--json").json["code"] + "\n")
w.must(h, "sync", ok=(0, 3))
w.must("clinic", "join", "--device", "desk", "--name", "Mina Lee", "--code-file", w.path("code"))
w.must("clinic", "plan", "change", "blood-count", "--every", "2w")
w.must("clinic", "plan", "add", "Bone marrow", "--every", "3mo", "--why", "As we said.")
w.must("clinic", "sync", ok=(0, 3))
w.must(h, "sync", ok=(0, 3))
files.append(w.write("clinician.json", w.must(h, "export").out))
bad = [r for f in files for r in w.run(h, "validate", f, "--json").rows if not r["ok"]]
for r in bad[:5]:
    print("#", json.dumps(r)[:400])
rc = subprocess.call(["sh", os.path.join(HERE, "judge.sh"), *files])
print(f"{'not ok' if bad else 'ok'} 5 - our own validation of {len(files)} files")
w.close()
sys.exit(1 if rc or bad else 0)
