#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""contract_full_test.py: every command that answers, to a standard output that takes
nothing (/dev/full), and to one that is closed: exit 1 and one sentence. A command
that is in help must stand here. Prints TAP."""
import json
import os
import re
import subprocess
import sys

from contract import Contract, doc
from homes import ROOT

t = Contract("full")
w = t.w
w.init("h")
w.join("phone", w.invite("h"))
good = w.write("good.json", json.dumps(doc("Observation", "o", status="final", code={"text": "pulse"}, valueInteger=1)))
w.must("h", "put", good)
w.write("scan.txt", "a scan\n")
scan = w.must("h", "attachment", "add", w.path("scan.txt"), "--json").json["ref"]
w.must("h", "config", "editor", "true")
w.must("h", "backup", w.path("b.age"))
w.must("h", "share", "create", "Lee", "--all")
w.write("key", re.search(r"AGE-SECRET-KEY-1\w+", open(w.path("h.html"), encoding="utf-8").read()).group(0))
w.write("code", w.invite("h"))
w.must("h", "sync")
w.must("h", "send", w.path("x.send"))
first = w.must("h", "history", "Observation/o", "--json").json["version"]
w.write("pw2", "another sentence\n")


def dispute():
    w.must("phone", "sync", ok=(0, 3))
    w.must("h", "sync", ok=(0, 3))
    w.run("h", "resolve", "Observation/o", "valueInteger=1")
    w.must("h", "put", good)
    n = len(w.run("h", "log", "--json").rows)
    w.must("h", "sync", ok=(0, 3))
    w.must("phone", "sync", ok=(0, 3))
    w.must("h", "set", "Observation/o", f"valueInteger={n}")
    w.must("phone", "set", "Observation/o", f"valueInteger={n + 1}")
    w.must("phone", "sync", ok=(0, 3))
    w.must("h", "sync", ok=(0, 3))


def there():
    w.run("h", "resolve", "Observation/o", "valueInteger=1")
    w.must("h", "put", good)


def alter():
    there()
    w.must("h", "set", "Observation/o", "status=amended")


def elsewhere():
    subprocess.run(["rm", "-rf", w.path("new")], check=True)
    w.write("code", w.invite("h"))


def measured():
    w.put("h", {"resourceType": "Observation", "id": "kg", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
                "effectiveDateTime": "2020-01-01", "valueQuantity": {"value": 60, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}})


def no_plan():
    for r in w.must("h", "list", "CarePlan", "--json").rows:
        w.must("h", "rm", r["ref"])


def planned():
    e.pop("AFTERCARE_TEMPLATES", None)
    no_plan()
    w.must("h", "plan", "new", "all-in-treatment", "--since", "2020-01-01")


def exposed():
    planned()
    w.must("h", "plan", "exposure", "vincristine")


def newer():
    """A plan, and then a program with a later edition of its template."""
    planned()
    with open(os.path.join(ROOT, "schema", "templates", "all-in-treatment-1.json"), encoding="utf-8") as f:
        text = f.read().replace('"edition": 1', '"edition": 2').replace("Visit to the treatment team", "Visit")
    e["AFTERCARE_TEMPLATES"] = w.write("in-2.json", text)


def own_item():
    planned()
    w.must("h", "plan", "add", "Tea", "--every", "4w")


def no_handoff():
    subprocess.run(["rm", "-rf", w.path("handoff")], check=True)


def no_hub():
    subprocess.run(["rm", "-rf", w.path("hub2")], check=True)


shares = 0


def shared():
    global shares
    shares += 1
    w.must("h", "share", "create", f"Dr {shares}", "--all")


def next_share():
    global shares
    shares += 1


NEW = ("--home", w.path("new"))
# command: what is done before it, and its words; NAME is a share's
COMMANDS = {
    "init": (elsewhere, [*NEW, "init", "--name", "N", "--device", "d"]),
    "kit check": (None, ["kit", "check", "--identity", w.path("key")]),
    "kit renew": (None, ["kit", "renew"]),
    "import": (None, ["import", good]), "validate": (None, ["validate", good]),
    "export": (None, ["export"]), "list": (None, ["list"]), "find": (None, ["find", "pulse"]),
    "show": (None, ["show", "Observation/o"]), "put": (None, ["put", good]),
    "edit": (alter, ["edit", "Observation/o"]), "set": (None, ["set", "Observation/o", "status=final"]),
    "rm": (there, ["rm", "Observation/o"]), "history": (there, ["history", "Observation/o"]),
    "diff": (alter, ["diff", "Observation/o", first]), "revert": (None, ["revert", "Observation/o", first]),
    "undo": (None, ["undo"]), "log": (None, ["log"]),
    "conflicts": (dispute, ["conflicts"]), "resolve": (dispute, ["resolve", "Observation/o", "valueInteger=1"]),
    **{f"add {form}": (None, ["add", form, *answers]) for form, answers in {
        "lab": ["wbc", "4.2"], "symptom": ["fatigue", "mild"], "medication": ["aspirin", "100 mg"], "supplement": ["zinc"],
        "appointment": ["scan", "2036-01-02 10:00"], "question": ["why"], "contact": ["Bo", "--phone", "555"], "insurance": ["AOK"],
        "distress": ["7"], "weight": ["70"], "activity": ["walking", "30"], "support": ["Li"], "note": ["hm"]}.items()},
    "attachment add": (None, ["attachment", "add", w.path("scan.txt")]), "attachment list": (None, ["attachment", "list"]),
    "attachment get": (None, ["attachment", "get", scan]),
    "plan templates": (None, ["plan", "templates"]),
    "plan new": (no_plan, ["plan", "new", "all-ongoing"]), "plan show": (planned, ["plan", "show"]),
    "plan due": (planned, ["plan", "due"]), "plan done": (planned, ["plan", "done", "visit"]),
    "plan stage": (planned, ["plan", "stage", "ongoing"]), "plan add": (planned, ["plan", "add", "Tea", "--every", "4w"]),
    "plan change": (planned, ["plan", "change", "visit", "--every", "4w"]), "plan remove": (planned, ["plan", "remove", "visit"]),
    "plan export": (planned, ["plan", "export", "--ics", w.path("plan.ics"), "--yes"]),
    "plan book": (planned, ["plan", "book", "visit", "--on", "+3d"]), "plan exposure": (exposed, ["plan", "exposure"]),
    "plan update": (newer, ["plan", "update", "--dry-run"]),
    "plan skip": (own_item, ["plan", "skip", "tea", "--why", "away"]),
    "trend": (measured, ["trend", "weight"]), "report": (None, ["report", w.path("r.html"), "--yes"]),
    "backup": (None, ["backup", w.path("c.age"), "--yes"]),
    "handoff": (no_handoff, ["handoff", "--plain", w.path("handoff"), "--yes"]),
    "restore": (elsewhere, [*NEW, "restore", w.path("b.age"), "--identity", w.path("key"), "--device", "r"]),
    "verify": (None, ["verify"]),
    "hub init": (no_hub, ["hub", "init", w.path("hub2")]), "hub prune": (None, ["hub", "prune", w.path("hub")]),
    "remote list": (None, ["remote", "list"]), "sync": (None, ["sync"]),
    "send": (None, ["send", w.path("y.send")]), "receive": (None, ["receive", w.path("x.send")]),
    "device list": (None, ["device", "list"]), "device invite": (None, ["device", "invite"]),
    "invite list": (None, ["invite", "list"]),
    "share create": (next_share, ["share", "create", "NAME", "--all"]), "share list": (None, ["share", "list"]),
    "share show": (None, ["share", "show", "Lee"]), "share revoke": (shared, ["share", "revoke", "NAME"]),
    "join": (elsewhere, [*NEW, "join", "--device", "j", "--code-file", w.path("code")]),
    "patients": (None, ["patients"]), "status": (None, ["status"]), "config": (None, ["config"]), "help": (None, ["help"]),
    "unlock": (None, ["unlock", "--json"]),
}
SILENT = {
    "remote add": ["remote", "add", "more", w.path("hub")], "remote remove": ["remote", "remove", "more"],
    "passphrase": ["passphrase", "--new-passphrase-file", w.path("pw")], "lock": ["lock"],
    "device remove": ["device", "remove", "phone"], "invite cancel": None, "alert clear": None,
}
names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +\S", t.raw("help").out, re.M)
t.eq("every command stands here", sorted(set(COMMANDS) | set(SILENT)), sorted(names))
e = dict(w.env, EDITOR="sed -i s/amended/corrected/")
e.pop("VISUAL", None)
for name in names:
    if name not in COMMANDS:
        continue
    before, words = COMMANDS[name]
    for form in ([], ["--json"]):
        if (form and name in ("help", "attachment get")) or (not form and name == "unlock"):
            continue
        for how in ("full", "closed") if name in ("init", "list", "put", "export", "status") else ("full",):
            if before:
                before()
            args = [f"Dr {shares}" if x == "NAME" else x for x in words]
            command = [w.program, "--home", w.path("h"), "--passphrase-file", w.path("pw"), *args, *form]
            if how == "full":
                with open("/dev/full", "wb") as full:
                    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, env=e, cwd=w.top)
            else:
                p = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=e, cwd=w.top)
            said = [x for x in p.stderr.decode().splitlines() if x.startswith("aftercare: ")]
            t.ok(p.returncode == 1 and len(said) == 1 and "standard output" in said[0],
                 f"{name} {' '.join(form)}: standard output is {how}", p.returncode, p.stderr.decode(), " ".join(command[5:]))
            if name == "init":
                t.ok(not os.path.exists(w.path("new")), "no vault is made whose kit nobody saw")
w.run("h", "lock")
for name, words in SILENT.items():
    if words:
        with open("/dev/full", "wb") as full:
            p = subprocess.run(w.command("h", words), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, env=e)
        t.ok(p.returncode == 0, f"{name} answers nothing, so a full standard output is nothing to it", p.returncode, p.stderr)
with open("/dev/full", "wb") as full:
    p = subprocess.run(w.command("h", ["backup", "-"]), stdout=full, stderr=subprocess.PIPE, env=e)
t.ok(p.returncode == 1 and p.stderr.count(b"aftercare: ") == 1, "backup - into a full disk", p)
p = subprocess.run(w.command("h", ["export", "-o", "/dev/full"]), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=e)
t.ok(p.returncode == 1 and p.stderr.count(b"\n") == 1, "export -o /dev/full", p)
a = w.must("h", "verify", "--json")
t.ok(a.rc == 0 and a.json["bad"] == [], "and the home is whole after all this", a)
sys.exit(t.end())
