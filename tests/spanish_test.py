#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""spanish_test.py: every text that a person reads has its Spanish, and the program says it.

What is said is read from the source (tools/words.py) and held against the catalogs both ways;
literals that look like words and are not said through the catalog are found too. Medical words
are those of the glossary. Then the program speaks, on a machine with and without the locale.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import terminal  # noqa: E402
import words  # noqa: E402

from homes import Tap, World, observation  # noqa: E402

t = Tap()
SPEC = re.compile(r"%(?:(\d+)\$)?[-+0# ]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:ll|l|z)?([a-zA-Z%])")


def some(rows):
    return "\n".join(str(r) for r in rows[:20])


def places(s):
    """What a pattern takes, by the number of the argument."""
    out, n = [], 0
    for m in SPEC.finditer(s):
        if m[2] != "%":
            n += 1
            out.append((int(m[1] or n), re.sub(r"^%(\d+\$)?", "", m[0])))
    return sorted(out)


def columns(s):
    """The marks of a table's titles."""
    return [re.match(r"[*~?]*", c)[0] for c in s.split("|")]


# ------------------------------------------------------------------- the catalogs
said = words.messages()
entries = [e for path in words.files("es") for e in words.catalog(path)]
by_id = {}
twice = [f"{e.path}:{e.line} {e.id!r}" for e in entries if by_id.setdefault(e.id, e) is not e]
t.ok(len(said) > 1000 and len(entries) > 1000, f"{len(said)} texts are said, {len(entries)} are in the catalogs")
t.ok(not twice, "none stands twice", some(twice))
t.ok(not any(e.fuzzy for e in entries), "none is fuzzy")

missing = [f"{where}: {s!r}" for s, (_, where) in said.items() if s not in by_id]
t.ok(not missing, "each has its Spanish", some(missing))
empty = [e.id for e in entries if not all(v.strip() for v in e.str.values()) or len(e.str) != (2 if e.plural else 1)]
empty = [s for s in empty if s.strip()]
t.ok(not empty, "and no Spanish is empty, nor a number without its form", some(empty))
wrong = [e.id for e in entries if e.plural != said.get(e.id, (e.plural,))[0]]
t.ok(not wrong, "the plural is the source's", some(wrong))
wrong = [e.id for e in entries for v in e.str.values() if places(v) != places(e.id) or (columns(v) != columns(e.id) and not e.id[0].islower())]
t.ok(not wrong, "each pattern takes what the English takes", some(wrong))
wrong = [e.id for e in entries for v in e.str.values()
         if (v[:1] == "\n", v[-1:] == "\n", v[-1:] == " ") != (e.id[:1] == "\n", e.id[-1:] == "\n", e.id[-1:] == " ")]
t.ok(not wrong, "and begins and ends as it does", some(wrong))
stale = [f"{e.path}:{e.line} {e.id!r}" for e in entries
         if e.id not in said and os.path.basename(e.path) not in ("system.po", "fhir.po")]
t.ok(not stale, "no Spanish is left of what is said no more", some(stale))

# --------------------------------------------------------------------- the source
loose = words.unmarked()
t.ok(not loose, "no words are printed past the catalog", some(loose))
t.ok(len(words.usages()) > 50, "the usages of the commands are read")

# ------------------------------------------------------------------- the glossary
glossary = words.glossary("es")
used, wrong = 0, []
for e in entries:
    for english, spanish, rx in glossary:
        if not english.search(re.sub(r"`[^`]*`", "", e.id)):
            continue
        used += 1
        wrong += [f"{rx}: {e.id!r} -> {v!r}" for v in e.str.values() if not spanish.search(v)]
t.ok(len(glossary) > 30 and used > 150, f"the glossary has {len(glossary)} words, met {used} times")
t.ok(not wrong, "each medical word is the glossary's", some(wrong))
idle = [rx for english, _, rx in glossary if not any(english.search(e.id) for e in entries)]
t.ok(not idle, "and no word of it is idle", some(idle))

# ------------------------------------------------------------ what is not in the source
missing = [text for _, text in words.errors() if text not in by_id]
t.ok(not missing, "what the system says of its common errors has its Spanish", some(missing))
fhir = words.fhir_words()
missing = sorted(fhir - set(by_id))
t.ok(len(fhir) > 300 and not missing, f"{len(fhir)} names of FHIR's elements and codes have their Spanish", some(missing))
stale = [e.id for e in entries if os.path.basename(e.path) == "fhir.po" and e.id not in fhir]
t.ok(not stale, "and none is left that FHIR does not have", some(stale))

# -------------------------------------------------------------------- the program
w = World("spanish", memory=True)
w.init("laptop", hub=None)
w.put("laptop", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})
w.put("laptop", observation("hb", 11.2))


def speak(env, *args):
    base = {k: v for k, v in os.environ.items() if k not in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES")}
    base.update({k: v for k, v in w.env.items() if k.startswith("AFTERCARE_") or k == "TZ"})
    p = subprocess.run(w.command("laptop", args), env={**base, **env}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       check=False)
    return p.returncode, p.stdout, p.stderr


ES = {"LANG": "es_ES.UTF-8"}
t.ok("dispositivos: 1" in speak(ES, "status")[1], "LANG=es_ES.UTF-8 without that locale", speak(ES, "status"))
for env, spanish in (({"LC_ALL": "es_MX.UTF-8", "LANG": "C"}, True), ({"LC_MESSAGES": "es", "LANG": "en_US.UTF-8"}, True),
                     ({"LC_ALL": "C", "LANG": "es_ES.UTF-8"}, False), ({"LANG": "C.UTF-8", "LANGUAGE": "es"}, False),
                     ({"LANG": "fr_FR.UTF-8"}, False), ({}, False)):
    out = speak(env, "status")[1]
    t.ok(("dispositivos: 1" if spanish else "devices: 1") in out, f"{env} is {'Spanish' if spanish else 'English'}", out)
a = speak(ES, "handoff", "--plain", w.path("nowhere", "plain"), "--yes")
t.ok(a[0] == 1 and "No existe el archivo o la carpeta" in a[2], "what the system says is in Spanish too", a)
with tempfile.TemporaryDirectory() as d:
    made = subprocess.run(["localedef", "-i", "es_ES", "-f", "UTF-8", os.path.join(d, "es_ES.UTF-8")], capture_output=True, check=False)
    if made.returncode:
        t.skip("and with the locale, when it was generated", "this machine has nothing to generate it from")
    else:
        out = speak({**ES, "LOCPATH": d}, "status")[1]
        t.ok("dispositivos: 1" in out, "and with the locale, when it was generated", out)
        t.ok(speak({**ES, "LOCPATH": d}, "show", "Observation/hb")[1].count("11.2") > 0, "where a number keeps its point")

t.ok(speak(ES, "status", "--json") == speak({}, "status", "--json"), "--json is the same in every language")
t.ok(speak(ES, "nothing", "--json") == speak({}, "nothing", "--json"), "and so is its error")
english, spanish = speak({}, "nothing"), speak(ES, "nothing")
t.ok(english[0] == spanish[0] == 2 and english[2] != spanish[2], "exit codes stay", (english, spanish))
_, _, err = speak(ES, "put", "/nowhere")
t.ok("No existe el archivo o la carpeta" in err, "what the system says is Spanish", err)

# ----------------------------------------------------------- what the forms store
# What is given, in both languages; a text of the form's own, as it is stored and as it is said.
FORMS = [
    (["lab", "wbc", "4.2"], ["lab", "leucocitos", "4.2"], {"White blood cells": "Leucocitos"}),
    (["weight", "60 kg"], None, {"Body weight": "Peso corporal"}),
    (["symptom", "tired", "mild"], ["symptom", "cansancio", "leve"], {"Fatigue": "Cansancio", "mild": "leve"}),
    (["symptom", "nausea", "severe"], ["symptom", "náuseas", "grave"], {"Nausea": "Náuseas", "severe": "grave"}),
    (["symptom", "bruising"], ["symptom", "moratones"], {"Bruising": "Moratones", "present": "presente"}),
    (["distress", "7", "--about", "x"], None, {"Distress thermometer": "Termómetro de malestar emocional", "About": "Acerca de"}),
    (["activity", "paseo", "30"], None, {"Exercise activity": "Actividad física"}),
    (["note", "x"], None, {"Note": "Nota"}),
    (["question", "x"], None, {"Question for the care team": "Pregunta para el equipo médico"}),
    (["contact", "Dra. Sol", "--phone", "112"], None, {"Whom to call": "A quién llamar"}),
    (["support", "Marta"], None, {"supports me": "me apoya"}),
    (["support", "Club", "--group"], None, {"People who support me": "Personas que me apoyan"}),
    (["insurance", "AOK"], None, {"Health insurance": "Seguro médico"}),
    (["supplement", "x"], None, {"Supplement. Not yet discussed with the care team": "Suplemento. Aún sin hablar con el equipo médico",
                                "Not yet discussed with the care team": "Aún sin hablar con el equipo médico"}),
    (["supplement", "y", "--discussed", "2026-01-02"], None, {"Supplement. Discussed with the care team": "Suplemento. Hablado con el equipo médico",
                                "Discussed with the care team.": "Hablado con el equipo médico."}),
    (["medication", "z", "--by", "Dra. Sol"], None, {"Prescribed by Dra. Sol": "Recetado por Dra. Sol"}),
]


def words_in(text, words, sheet):
    """As a text of a line, not as the name of a code in brackets; or as a JSON text."""
    return re.search(rf"(?m)(^|: |; ){re.escape(words)}( \(|:|;|,|$)" if sheet else f'"{re.escape(words)}"', text)


def stored(env, *args):
    rc, out, err = speak(env, "add", *args)
    ref = re.search(r"\b[A-Z]\w+/[0-9a-f-]{36}\b", out)
    if rc or not ref:
        return None, (rc, out, err), ""
    json = speak({}, "show", ref[0], "--format", "json")[1]
    return ref[0], re.sub(r'"id":"[^"]+"|\d{4}-\d\d-\d\dT[^"]+', "", json), json


for english, spanish, texts in FORMS:
    what = " ".join(english[:2])
    ref, json, whole = stored({}, *english)
    es_ref, es_json, _ = stored(ES, *(spanish or english))
    t.ok(ref and es_ref and json == es_json, f"add {what}: the same is stored in every language", json, es_json)
    shown, es_shown = speak({}, "show", ref)[1], speak(ES, "show", es_ref)[1]
    t.ok(all(words_in(whole, a, False) and words_in(shown, a, True) for a in texts), f"add {what}: shown as it is stored", whole, shown)
    t.ok(all(words_in(es_shown, b, True) and not words_in(es_shown, a, True) for a, b in texts.items()), f"add {what}: and in Spanish", es_shown)
a, b = speak({}, "list", "--json")[1], speak(ES, "list", "--json")[1]
t.ok(a == b and "Fatigue: mild" in a, "list --json has what is stored", a)
# whose words these are not stay as they are
for n, doc in enumerate(({"code": {"text": "Fatigue", "coding": [{"system": "http://snomed.info/sct", "code": "1"}]}}, {"code": {"text": "Nausea"}},
                         {"code": {"text": "Note", "coding": [{"system": "http://loinc.org", "code": "718-7"}]}}, {"code": {"text": "list"}},
                         {"code": {"text": "x"}, "note": [{"text": "Prescribed by Dr X", "time": "2026-01-02T03:04:05Z"}]})):
    w.put("laptop", {"resourceType": "Observation", "id": f"other{n}", "status": "final", **doc})
    text = doc["code"]["text"] if "note" not in doc else doc["note"][0]["text"]
    out = speak(ES, "show", f"Observation/other{n}")[1]
    t.ok(words_in(out, text, True), f"{text} of somebody else stays as it is", out)
term = terminal.Terminal(w.program, 200)
out = term.run(*w.command("laptop", ["list"])[1:], env={**w.env, "LC_ALL": "es_ES.UTF-8"})[1]
t.ok(all(x in out for x in ("Cansancio", "leve", "Peso corporal")) and not any(x in out for x in ("Distress", "Bruising", "present ")),
     "list on a terminal is Spanish", out)
out = speak(ES, "report", w.path("es.html")) and re.sub(r"<[^<>]*>", " ", open(w.path("es.html"), encoding="utf-8").read())
t.ok("Suplemento. Aún sin hablar" in out and "Recetado por Dra. Sol" in out and "discussed with the care team" not in out and "Prescribed by" not in out,
     "so is the report", out)

# Nothing of the catalogs' English is left in what is said. Short words may be in both.
IN_BOTH = re.compile(r"\W*(%\S+\W*)*$")
ENGLISH = re.compile(r"\b(the|is|are|was|were|of|with|and|your|this|that|which|not|there|from|to)\b")
SAY = (("help",), ("help", "plan"), ("help", "share"), ("status",), ("plan", "templates"), ("device", "list"), ("plan", "due"),
       ("plan", "show"), ("list", "Observation", "--code", "718-7"), ("show", "Observation/hb"), ("history", "Observation/hb"), ("share", "list"), ("log",),
       ("diff", "Observation/hb", "@"), ("conflicts",), ("undo", "x"), ("plan", "new"), ("set", "x"), ("remote", "list"), ("verify",), ("patients",), ("trend", "718-7"), ("report", "-"), ("help", "add"),
       ("add", "symptom", "cansancio", "leve", "--on", "hoy"), ("add", "distress", "7"), ("add", "lab", "leucocitos", "4.2"),
       ("add", "supplement", "zinc"), ("show", "@plan"), ("show", "@visit"))
w.must("laptop", "plan", "new", "adult-all-ccs", "--stage", "off-treatment", "--end-of-treatment", "2025-01-31",
       "--exposure", "anthracycline=250mg/m2", "--exposure", "vincristine", "--exposure", "transplant")
visit = w.must("laptop", "plan", "book", "visit", "--on", "+20d", "--json").json["ref"]
names = {"@plan": w.must("laptop", "list", "CarePlan", "--json").rows[0]["ref"], "@visit": visit}
a = speak(ES, "show", visit)[1]
t.ok("descripción: Visita de seguimiento" in a and "Follow-up" not in a and w.must("laptop", "show", visit, "--json").json["resource"]["description"].startswith("Follow-up visit"),
     "what a plan's appointment is called is Spanish, what is stored is not", a)
w.must("laptop", "set", visit, "serviceType=")
t.ok("descripción: Follow-up visit" in speak(ES, "show", visit)[1], "what is not known to be a plan's stays as it was written")
w.must("laptop", "undo")
w.must("laptop", "set", "Observation/hb", "status=amended")
w.must("laptop", "hub", "init", w.path("hub"))
w.must("laptop", "remote", "add", "hub", w.path("hub"))
w.must("laptop", "sync")
w.join("phone", w.invite("laptop"))
w.must("laptop", "share", "create", "Dr Lee", "--types", "Observation", "--json")
w.must("phone", "set", "Observation/hb", "valueQuantity.value=12.2")
w.must("laptop", "set", "Observation/hb", "valueQuantity.value=10.2")
w.must("phone", "sync", ok=(0, 3))
w.must("laptop", "sync", ok=(0, 3))
first = w.must("laptop", "history", "Observation/hb", "--json").rows[-1]["version"]
for args in SAY:
    rc, out, err = speak(ES, *[first if a == "@" else names.get(a, a) for a in args])
    out = re.sub(r"<style>.*?</style>|<[^<>]*>", " ", out, flags=re.S)
    left = [line for line in (out + err).splitlines() if ENGLISH.search(re.sub(r"`[^`]*`|\S+/\S+|--\S+|[a-z]+-[-a-z]+|campos: .*", "", line))]
    t.ok(rc in (0, 1, 2, 3) and (out + err).strip() and not left, f"{' '.join(args)} has no English", rc, some(left))
w.close()
sys.exit(t.end())
