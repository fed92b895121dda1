#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""trend_test.py: a measurement over time: which values count and in which unit, both sides of a
dispute, and the drawing, in a terminal and as a picture.
"""
import json
import os
import re
import stat
import sys
import time
import xml.etree.ElementTree as ET

from homes import Tap, World

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import terminal

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
t = Tap()
w = World("trend", memory=True)


def quantity(value, unit, comparator=None):
    q = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return dict(q, comparator=comparator) if comparator else q


def obs(name, code, date, value, unit, low=None, high=None, **more):
    o = {"resourceType": "Observation", "id": name, "status": "final", "code": {"coding": [{"system": LOINC, "code": code}]},
         "valueQuantity": quantity(value, unit)}
    if date:
        o["effectiveDateTime"] = date
    if low is not None or high is not None:
        o["referenceRange"] = [{k: {"value": v, "unit": unit, "system": UCUM, "code": unit} for k, v in (("low", low), ("high", high)) if v is not None}]
    return dict(o, **more)


def take(home, docs, name="in.ndjson"):
    w.write(name, "".join(json.dumps(d) + "\n" for d in docs))
    w.must(home, "import", w.path(name), "--person", "any", ok=(0, 3))


def rows(home, *args):
    return w.must(home, "trend", *args, "--json").rows


def text(home, *args):
    return w.must(home, "trend", *args).out


def values(got):
    return [(r["date"], r["value"], r["unit"]) for r in got]


w.init("laptop")
ana = {"reference": "Patient/ana"}
take("laptop", [{"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01", "gender": "female"}])

# ------------------------------------------------------------------------- nothing
a = w.run("laptop", "trend", "wbc")
t.ok(a.rc == 0 and not a.out and a.err == "There is no value of wbc.\n", "no value: one sentence, and that is no error", a)
t.ok(w.run("laptop", "trend", "wbc", "--json").out == "", "as rows: nothing")
a = w.run("laptop", "trend", "wbc", "--svg", w.path("no.svg"))
t.ok(a.rc == 1 and not os.path.exists(w.path("no.svg")), "no picture of nothing", a)

# --------------------------------------------------------------- which values count
take("laptop", [
    obs("w1", "6690-2", "2024-01-10T09:00:00+01:00", 4.2, "10*9/L", 4.0, 11.0, subject=ana),
    obs("w2", "6690-2", "2024-02-10", 3100, "/uL", 4000, 11000, subject=ana),
    obs("w3", "26464-8", "2024-03", 12.5, "10*3/uL", 4.0, 11.0, subject=ana),
    obs("w4", "6690-2", "2024-04-01", 9, "10*9/L", subject=ana, status="entered-in-error"),
    obs("w5", "6690-2", "2024-04-02", 9, "10*9/L", subject=ana, status="cancelled"),
    obs("w6", "6690-2", "2024-04-03", 9, "10*9/L", subject=ana),
    obs("w7", "6690-2", "2024-04-04", 9, "10*9/L", subject={"reference": "Patient/bob"}),
    obs("w8", "6690-2", "2024-05-01", 7, "furlong", subject=ana),
    obs("w9", "6690-2", None, 6.5, "10*9/L", subject=ana),
    {"resourceType": "Patient", "id": "bob", "name": [{"family": "Berg", "given": ["Bob"]}], "birthDate": "1961-01-01"},
])
w.must("laptop", "rm", "Observation/w6")
got = rows("laptop", "wbc")
t.ok(values(got) == [("2024-01-10T09:00:00+01:00", 4.2, "10*9/L"), ("2024-02-10", 3.1, "10*9/L"), ("2024-03", 12.5, "10*9/L"),
                     ("", 6.5, "10*9/L"), ("2024-05-01", 7, "furlong")],
     "by name: every code of the test, in one unit; withdrawn, deleted and another person's left out; what cannot be drawn last", got)
t.ok([r["converted"] for r in got] == [False, True, True, False, False] and [r["range"] for r in got[:3]] == ["normal", "low", "high"]
     and (got[1]["low"], got[1]["high"]) == (4.0, 11.0), "what was converted says so, its range with it", got)
t.ok(values(rows("laptop", "WBC")) == values(got) == values(rows("laptop", "white cell count")), "names in any spelling")
t.ok([r["ref"] for r in rows("laptop", "26464-8")] == ["Observation/w3"], "a code is that code alone")
t.ok([r["ref"] for r in rows("laptop", LOINC + "|26464-8")] == ["Observation/w3"] and not rows("laptop", "http://x|26464-8"), "with its system")
t.ok([r["ref"] for r in rows("laptop", "wbc", "--since", "2024-02-10")][:2] == ["Observation/w2", "Observation/w3"], "--since")
a = text("laptop", "wbc")
t.ok("Latest, Mar 2024: 12.5 10*9/L, above the normal range (4.0 to 11.0)." in a, "the latest in words", a)
t.ok("10 Feb 2024: 3.100 10*9/L (written as 3100 /uL), below" in a, "what was converted, as it was written", a)
t.ok("2 values are not drawn" in a and "7 furlong" in a and "no date: 6.5" in a, "and what is not drawn", a)
w.must("laptop", "rm", "Observation/w8")
w.must("laptop", "rm", "Observation/w9")

take("laptop", [obs("c1", "2160-0", "2024-01-01", 1.0, "mg/dL", subject=ana), obs("c2", "14682-9", "2024-02-01", 88.4, "umol/L", subject=ana),
                obs("c3", "2160-0", "2024-03-01", 1.2, "mg/dL", subject=ana),
                obs("t1", "8310-5", "2024-01-01", 37.0, "Cel"), obs("t2", "8310-5", "2024-01-02", 98.6, "[degF]"), obs("t3", "8310-5", "2024-01-03", 38.0, "Cel")])
got = rows("laptop", "creatinine")
t.ok([r["value"] for r in got] == [1.0, 1.0, 1.2] and {r["unit"] for r in got} == {"mg/dL"}, "moles into a mass", got)
t.ok([r["value"] for r in rows("laptop", "temperature")] == [37.0, 37.0, 38.0], "Fahrenheit into Celsius")
a = text("laptop", "creatinine")
t.ok("usual for adults" in a and "ABIM" in a, "without a range in the record: one for adults, and whose", a)

# ------------------------------------------------------------- comparators and parts
take("laptop", [obs("p1", "1988-5", "2024-01-01", 5, "mg/L", None, 5, subject=ana)])
d = obs("p2", "1988-5", "2024-01-05", 0.5, "mg/L", None, 5, subject=ana)
d["valueQuantity"]["comparator"] = "<"
e = obs("p3", "1988-5", "2024-01-07", 5, "mg/L", None, 5, subject=ana)
e["valueQuantity"]["comparator"] = ">"
take("laptop", [d, e])
got = rows("laptop", "crp")
t.ok([(r["comparator"], r["range"], r["low"]) for r in got] == [("", "normal", None), ("<", "normal", None), (">", "high", None)], "comparators are kept and judged", got)
t.ok("5 Jan 2024: <0.5 mg/L" in text("laptop", "crp") and "(up to 5)" in text("laptop", "crp"), "and shown", text("laptop", "crp"))


def pressure(name, date, high, low):
    part = lambda code, say, v: {"code": {"coding": [{"system": LOINC, "code": code, "display": say}]}, "valueQuantity": quantity(v, "mm[Hg]")}
    return {"resourceType": "Observation", "id": name, "status": "final", "code": {"coding": [{"system": LOINC, "code": "85354-9"}], "text": "Blood pressure"},
            "effectiveDateTime": date, "component": [part("8480-6", "Systolic blood pressure", high), part("8462-4", "Diastolic blood pressure", low)]}


take("laptop", [pressure("bp1", "2024-01-01", 120, 80), pressure("bp2", "2024-02-01", 131, 82)])
t.ok([r["value"] for r in rows("laptop", "8480-6")] == [120, 131] and [r["value"] for r in rows("laptop", "diastolic")] == [80, 82], "a component")
a = w.run("laptop", "trend", "85354-9")
t.ok(a.rc == 2 and not a.out and "8480-6 (Systolic blood pressure)" in a.err and "8462-4" in a.err and a.err.count("\n") == 1, "what has only parts names them", a)

# ---------------------------------------------------------------------------- names
named = lambda name, code, say, v: dict(obs(name, code, "2024-01-0" + name[-1], v, "U"), code={"coding": [{"system": "http://lab.example", "code": code, "display": say}]})
take("laptop", [named("n1", "zz1", "Odd enzyme one", 1), named("n2", "zz1", "Odd enzyme one", 2), named("n3", "zz2", "Odd enzyme two", 3)])
t.ok([r["value"] for r in rows("laptop", "odd ONE")] == [1, 2], "a name that only the record has")
a = w.run("laptop", "trend", "enzyme")
t.ok(a.rc == 2 and "zz1 (Odd enzyme one)" in a.err and "zz2" in a.err, "a name that fits several", a)
take("laptop", [dict(obs("m1", "x", "2024-01-01", 3, "%"), code={"text": "Blasts in marrow"})])
t.ok([r["ref"] for r in rows("laptop", "blasts in marrow")] == ["Observation/m1"], "what has a name and no code")

# -------------------------------------------------------------------------- disputes
take("laptop", [obs("d1", "718-7", "2024-01-01", 13.0, "g/dL", 12, 16, subject=ana), obs("d2", "718-7", "2024-02-01", 13.5, "g/dL", 12, 16, subject=ana)])
w.must("laptop", "sync")
w.join("phone", w.invite("laptop"))
w.must("phone", "set", "Observation/d2", "valueQuantity.value=9.5")
w.must("laptop", "set", "Observation/d2", "valueQuantity.value=14.5")
w.must("phone", "sync", ok=(0, 3))
w.must("laptop", "sync", ok=(0, 3))
got = rows("laptop", "hemoglobin")
t.ok([(r["value"], r["conflict"]) for r in got] == [(13.0, False), (9.5, True), (14.5, True)] or
     [(r["value"], r["conflict"]) for r in got] == [(13.0, False), (14.5, True), (9.5, True)], "both sides of a dispute, marked", got)
t.ok(len({r["version"] for r in got}) == 3 and [r["range"] for r in got if r["value"] == 9.5] == ["low"], "each with its version and its reading", got)
a = text("laptop", "hb")
t.ok("in dispute, by Ana Ruiz on phone" in a and "in dispute, by Ana Ruiz on laptop" in a and "◆ in dispute" in a, "with whose they are", a)
t.ok("9.5 g/dL" in a.splitlines()[1] and "14.5 g/dL" in a.splitlines()[1], "the latest is never one of them alone", a)

# --------------------------------------------------------------------------- shapes
w.must("shapes", "init", "--name", "Bo Lind", "--device", "d", "--kit", w.path("s.html"))
H = "shapes"
take(H, [obs("one", "2345-7", "2024-01-01", 90, "mg/dL", 70, 99)])
a = text(H, "glucose")
t.ok("One value, 1 Jan 2024: 90 mg/dL, within the normal range (70 to 99)." in a and "●" not in a, "one value needs no plot", a)
take(H, [obs(f"same{i}", "2951-2", f"2024-01-0{i + 1}", 140, "mmol/L") for i in range(4)])
a = text(H, "sodium")
t.ok(a.count("●") >= 3 and "140" in a, "equal values", a)
take(H, [obs(f"day{i}", "2823-3", "2024-01-01", 3.5 + i / 10, "mmol/L", 3.5, 5.1) for i in range(4)])
a = text(H, "potassium")
t.ok("1 Jan 2024" in a and "3.5 to 5.1" in a, "all on one day", a)
take(H, [obs("huge1", "2571-8", "2024-01-01", 1e300, "mg/dL"), obs("huge2", "2571-8", "2024-02-01", -1e300, "mg/dL"), obs("huge3", "2571-8", "2024-03-01", 0, "mg/dL"),
         dict(obs("huge4", "2571-8", "2024-03-01", 0, "mg/dL"), valueQuantity=dict(quantity(0, "mg/dL"), value=10 ** 308)),
         dict(obs("tiny0", "3016-3", "2024-03-01", 0, "mU/L"), valueQuantity=dict(quantity(0, "mU/L"), value=1e-320)),
         obs("tiny1", "3016-3", "2024-01-01", 1e-9, "mU/L"), obs("tiny2", "3016-3", "2024-03-01", 3e-9, "mU/L")])
t.ok(max(len(x) for x in text(H, "triglycerides").splitlines() if "│" in x) <= 80 and "e300" in text(H, "triglycerides"), "numbers without measure", text(H, "triglycerides"))
a = text(H, "triglycerides")
t.ok(max(map(len, a.splitlines()[1:])) < 160, "none written out to its end", a)
take(H, [obs(f"long{i}", "2345-7", f"2025-01-0{i + 1}", 3.9040384839839377 + i, "mg/dL") for i in range(2)])
t.ok("4.904 mg/dL" in text(H, "glucose") and 3.9040384839839377 in [r["value"] for r in rows(H, "glucose")], "more digits than anybody measured: four in words, all in JSON")
t.ok(text(H, "tsh").count("●") >= 2 and "e-9" in text(H, "tsh"), "and tiny ones", text(H, "tsh"))
many = [obs(f"m{i}", "8867-4", f"{2000 + i // 365}-{i % 12 + 1:02}-{i % 28 + 1:02}", 60 + (i * 7919) % 50, "/min", 60, 100) for i in range(5000)]
take(H, many)
begun = time.monotonic()
a = text(H, "pulse")
took = time.monotonic() - begun
t.ok("The last 5 of 5000 values" in a and len(a.splitlines()) < 30, "5,000 values are one plot", a)
print(f"# 5000 values took {took:.2f} s")
t.ok(len(rows(H, "pulse")) == 5000, "and 5,000 rows")

# -------------------------------------------------------------------- whose it is
w.must("family", "init", "--name", "Eva Sand", "--device", "d", "--kit", w.path("f.html"))
take("family", [{"resourceType": "Patient", "id": "bob", "name": [{"text": "Bob Berg"}], "birthDate": "1961-01-01"},
                {"resourceType": "Patient", "id": "cy", "name": [{"text": "Cy Kern"}], "birthDate": "1991-01-01"}]
     + [obs(f"f{i}", "718-7", "2024-01-01", 12 + i, "g/dL", subject={"reference": "Patient/" + x}) for i, x in enumerate(("bob", "cy", "eva"))])
a = w.must("family", "trend", "718-7")
t.ok("Bob Berg" in a.err and "Cy Kern" in a.err and "14" in a.out, "several persons, and none has the name: it is said", a)
take("family", [{"resourceType": "Patient", "id": "eva", "name": [{"text": "Eva Maria Sand"}], "birthDate": "1971-01-01"}])
t.ok([r["ref"] for r in rows("family", "718-7")] == ["Observation/f2"] and not w.must("family", "trend", "718-7").err, "else the others' are left out")

# ------------------------------------------------------------------------- terminals
PW = ["--passphrase-file", w.path("pw")]
home = ["--home", w.path("laptop"), *PW]


def seen(columns, words, env):
    term = terminal.Terminal(w.program, columns)
    rc, out = term.run(*words, env=dict(w.env, **env))
    return rc, out.replace("\r", "")


plain = lambda s: re.sub(r"\x1b\[[0-9;]*m", "", s)
for columns in (60, 40, 20):
    for name in ("hemoglobin", "wbc", "8480-6"):
        rc, out = seen(columns, [*home, "trend", name], {"TERM": "xterm", "LC_ALL": "C.UTF-8"})
        long = [x for x in plain(out).splitlines() if len(x) > max(columns, 34)]
        t.ok(rc == 0 and out and not long, f"{name}: no line over {columns} columns", out)
rc, out = seen(60, [*home, "trend", "hemoglobin"], {"TERM": "xterm", "LC_ALL": "C.UTF-8"})
t.ok("\x1b[" in out and "\x1b[" not in seen(60, [*home, "trend", "hemoglobin"], {"TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"})[1], "colour, unless it is not wanted", out)
marks = {c for c in plain(out) if c in "●▲▼◆"}
t.ok(marks == {"●", "◆"}, "each kind of value has its own sign", marks)
for env in ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8", "TERM": "dumb"}):
    rc, out = seen(60, [*home, "trend", "wbc"], dict({"TERM": "xterm"}, **env))
    t.ok(rc == 0 and plain(out).isascii() and all(x in out for x in ("^ above", "v below", ": normal range")), f"plain characters where nothing else is shown: {env}", out)
t.ok("\x1b[" not in text("laptop", "hemoglobin"), "no colour in a file")

# ---------------------------------------------------------------------------- picture
SVG = "{http://www.w3.org/2000/svg}"


def picture(home, name):
    f = w.path(name + ".svg")
    a = w.must(home, "trend", name, "--svg", f, "--yes", "--json")
    with open(f, encoding="utf-8") as x:
        s = x.read()
    return a, f, s, ET.fromstring(s)


a, f, s, root = picture("laptop", "hemoglobin")
t.ok(a.json == {"file": f, "points": 3} and stat.S_IMODE(os.stat(f).st_mode) == 0o600, "a file of mode 0600", a)
ids = [e.get("id") for e in root if e.tag in (SVG + "title", SVG + "desc")]
t.ok(root.get("role") == "img" and root.get("aria-labelledby").split() == ids and len(ids) == 2 and "3 values" in root.find(SVG + "desc").text,
     "it says in words what it shows", s)
t.ok("prefers-color-scheme:dark" in s and "@media print" in s and "http" not in s.replace("http://www.w3.org/2000/svg", "") and "<script" not in s, "for the dark, for paper, and for itself")
t.ok(len([e for e in root.iter(SVG + "path") if e.get("class") == "both"]) == 2 and len([e for e in root.iter(SVG + "rect") if e.get("class") == "band"]) == 1, "sides and band", s)
numbers = [float(x) for e in root.iter() for k in ("x", "y", "cx", "cy", "width", "height") if e.get(k) for x in [e.get(k)]]
t.ok(numbers and all(-24 <= x <= 361 for x in numbers), "all lies within it", numbers)
a, f, s, root = picture(H, "pulse")
t.ok(len(s) < 60000, "5,000 values are a small picture", len(s))
a = w.run("laptop", "trend", "hemoglobin", "--svg", f)
t.ok(a.rc == 2 and "--yes" in a.err and open(f, encoding="utf-8").read() == s, "a file that is there is kept", a)
t.ok(ET.fromstring(w.must("laptop", "trend", "hemoglobin", "--svg", "-").out).tag == SVG + "svg", "-: standard output")
evil = '</title><script>alert(1)</script>" onload="x\u202e\x1b[31m]]>&'
take("laptop", [dict(obs("e1", "9999-1", "2024-01-01", 1, "<b>"), code={"coding": [{"system": LOINC, "code": "9999-1"}], "text": evil}),
                dict(obs("e2", "9999-1", "2024-02-01", 2, "<b>"), code={"coding": [{"system": LOINC, "code": "9999-1"}], "text": evil})])
a, f, s, root = picture("laptop", "9999-1")
t.ok("<script" not in s and "alert(1)" in root.find(SVG + "title").text and not {"\u202e", "\x1b"} & set(s) and root.get("onload") is None, "text of others stays text", s)
out = text("laptop", "9999-1")
t.ok(not {"\u202e", "\x1b"} & set(out), "in the terminal too", out)

w.close()
sys.exit(t.end())
