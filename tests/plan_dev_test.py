#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""plan_dev_test.py: the cancer patients of the shared data run through every command of a care plan.

The data is read where it lies; without it the test says so.
"""
import json
import os
import re
import subprocess
import sys

from homes import ROOT, Tap, World

DEV = os.path.join(os.environ.get("AFTERCARE_FHIR") or os.path.join(ROOT, "..", "shared", "fhir"), "dev")
CANCER = re.compile("neoplasm|cancer|leuk|lymphom|carcinom|malignan|tumou?r|sarcoma", re.I)
t = Tap()
if not os.path.isdir(DEV):
    print("# no shared data")
    t.skip("the cancer patients of the shared data", "no shared data")
    sys.exit(t.end())
w = World("dev", memory=True)


def patients():
    """Files in which a person with a cancer stands with more than the diagnosis."""
    for folder, _, names in sorted(os.walk(DEV)):
        for name in sorted(names):
            if not name.endswith(".json") or "invalid" in folder:
                continue
            path = os.path.join(folder, name)
            try:
                with open(path, encoding="utf-8") as f:
                    v = json.load(f)
            except ValueError:
                continue
            docs = [e.get("resource", {}) for e in v.get("entry", [])] if isinstance(v, dict) and v.get("resourceType") == "Bundle" else []
            kinds = {d.get("resourceType") for d in docs}
            if "Patient" in kinds and any(d.get("resourceType") == "Condition" and CANCER.search(json.dumps(d.get("code", {}))) for d in docs):
                yield path


def run(home, *args, ok=(0,), **more):
    a = w.run(home, *args, **more)
    if a.rc not in ok:
        faults.append(str(a))
    return a


files = list(patients())
taken = done = 0
for k, path in enumerate(files):
    h, name, faults = f"p{k}", os.path.basename(path), []
    w.must(h, "init", "--name", "Ana Ruiz", "--device", "d", "--kit", w.path(h + ".html"))
    w.must(h, "import", path, "--person", "any", "--quiet", ok=(0, 3))
    a = run(h, "plan", "new", "adult-all-ccs", "--end-of-treatment", "2019-06", "--json")
    plan = a.json["ref"] if a.json else ""
    found = run(h, "plan", "exposure", "--json").rows
    for e in found:
        run(h, "plan", "exposure", e["exposure"])
    have = {e["exposure"]: e for e in run(h, "plan", "exposure", "--json").rows}
    t.ok(all(have.get(e["exposure"], {}).get("state") == "plan" for e in found), f"{name}: {len(found)} exposures found and taken", found, have)
    run(h, "plan", "exposure")
    due = run(h, "plan", "due", "--json").rows
    records = sum(r["state"] == "done" for r in due)
    taken += len(found)
    done += records
    run(h, "plan", "due")
    run(h, "plan", "show")
    show = run(h, "plan", "show", "--json").json
    run(h, "plan", "change", "visit", "--every", "6mo")
    run(h, "plan", "add", "Tea", "--every", "4w")
    run(h, "plan", "done", "visit")
    run(h, "plan", "skip", "tea", "--why", "Away.")
    run(h, "plan", "book", "blood-count", "--on", "+3d")
    run(h, "plan", "remove", "distress")
    run(h, "plan", "stage", "relapsed")
    run(h, "plan", "update", "--dry-run")
    run(h, "plan", "export", "--ics", w.path(h + ".ics"))
    run(h, "plan", "due", "--json")
    run(h, "patients", "--json")
    made = {plan} | {r["ref"] for r in run(h, "log", "--json").rows if r["op"] != "import"}
    w.write("made.json", run(h, "export", *sorted(made)).out)
    v = run(h, "validate", w.path("made.json"), "--json")
    t.ok(not faults and due and show and v.rows and all(r["ok"] for r in v.rows), f"{name}: every command of a plan, {records} records that count", faults[:3],
         [r for r in v.rows if not r["ok"]][:3])
print(f"# files {len(files)}")
t.ok(len(files) >= 4, "patients with a cancer", files)
t.ok(not files or taken and done, f"{taken} exposures were found in all, {done} records count")
w.close()
sys.exit(t.end())
