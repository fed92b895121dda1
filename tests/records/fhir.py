# SPDX-License-Identifier: ISC
"""What the record is made of: FHIR's datatypes, the people, and the writing.

Nothing is drawn from a random stream. Each value that varies comes from a
checksum of its own resource's id, so adding a resource changes no other one,
and the file is the same on every machine and every Python 3. Decimals are text
from birth to file: FHIR counts their digits.

A code stands in these files only where it is known to be right; the rest is
text.
"""
import datetime
import json
import zlib

BASE = "https://hospital.example/fhir"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem/"


# ------------------------------------------------------------------ writing

class Decimal(str):
    """A number whose digits are kept as they are spelled."""


def write(value):
    """Minified JSON, keys in the order given."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(write(k) + ":" + write(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def digits(units, places):
    """An integer count of 10^-places as a decimal of that many places."""
    if places == 0:
        return int(units)
    whole = str(abs(units)).rjust(places + 1, "0")
    return Decimal(("-" if units < 0 else "") + whole[:-places] + "." + whole[-places:])


def drawn(key, low, high):
    """An integer from low to high that depends on key alone."""
    return low + zlib.crc32(key.encode()) % (high - low + 1)


# ------------------------------------------------------------------ datatypes

def ref(kind, ident, display=None):
    out = {"reference": f"{kind}/{ident}"}
    if display:
        out["display"] = display
    return out


ANA = ref("Patient", "ana-ruiz", "Ana Ruiz")


def coding(system, code, display):
    return {"system": system, "code": code, "display": display}


def concept(text, *codings):
    return {"coding": list(codings), "text": text} if codings else {"text": text}


def term(system, code, display, text=None):
    return concept(text or display, coding(system, code, display))


def quantity(value, unit, code=None):
    return {"value": value, "unit": unit, "system": UCUM, "code": code or unit}


def clock(day, hhmm="08:30"):
    """A local time of that day, with the zone's summer offset."""
    zone = "+02:00" if 4 <= day.month <= 10 else "+01:00"
    return f"{day}T{hhmm}:00{zone}"


def note(day, text, who=None):
    out = {"time": clock(day, "17:20"), "text": text}
    if who:
        out = {"authorReference": who, **out}
    return [out]


def narrative(html):
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{html}</div>'}


def after(day, days):
    return day + datetime.timedelta(days=days)


class Record:
    """The resources in order, each known to the server since a time of its own."""

    def __init__(self):
        self.resources = []

    def add(self, kind, ident, day, body):
        seconds = drawn(ident, 0, 4 * 3600)
        at = datetime.datetime.combine(day, datetime.time(14)) + datetime.timedelta(seconds=seconds)
        stamp = f"{at.isoformat()}.{drawn('ms' + ident, 0, 999):03d}Z"
        self.resources.append({"resourceType": kind, "id": ident,
                               "meta": {"versionId": "1", "lastUpdated": stamp}, **body})
        return ref(kind, ident)


# ------------------------------------------------------------------ who

LEE = ref("Practitioner", "lee", "Dr Mina Lee")
NOWAK = ref("Practitioner", "nowak", "Dr Łukasz Nowak")
IBARRA = ref("Practitioner", "ibarra", "Begoña Ibarra Núñez")
OKAFOR = ref("Practitioner", "okafor", "Dr Chidi Ọkafor")
WATANABE = ref("Practitioner", "watanabe", "渡辺 美咲")
HOSPITAL = ref("Organization", "valdeluz", "Hospital Universitario de Valdeluz")
CLINIC = ref("Organization", "long-term-clinic", "Long-term follow-up clinic, Valdeluz")
INSURER = ref("Organization", "mutua", "Mutua Sanitaria del Río")


# ------------------------------------------------------------------ observations

def category(code, display):
    return [concept(display, coding(HL7 + "observation-category", code, display))]


LAB = category("laboratory", "Laboratory")
VITAL = category("vital-signs", "Vital Signs")
IMAGING = category("imaging", "Imaging")
SURVEY = category("survey", "Survey")
EXAM = category("exam", "Exam")
SOCIAL = category("social-history", "Social History")
THERAPY = category("therapy", "Therapy")


def observation(rec, ident, day, kind, code, **more):
    return rec.add("Observation", ident, day, {
        "status": "final", "category": kind, "code": code, "subject": ANA,
        "effectiveDateTime": clock(day), **more})
