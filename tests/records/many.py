#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""many.py N SEED OUTDIR [--ndjson]: N records of one person, for the benchmarks.

The first is the Patient, the others a mix as hospitals have it: mostly results.
They are about 1.2 kB each as minified JSON and spread evenly over sixteen
years. One file a record, OUTDIR/00/ID.json to OUTDIR/ff/ID.json, or all of them
in OUTDIR/records.ndjson. The same N and SEED give the same bytes anywhere.

Method: templates filled by position, because building and writing dictionaries
would take four times as long. Every text put into one is free of quotes and
backslashes.
"""
import datetime
import os
import random
import sys

FIRST = datetime.date(2010, 11, 1)
DAYS = 16 * 365
PERSON = '"reference":"Patient/many"'
TERMS = "http://terminology.hl7.org/CodeSystem/"
UCUM = '"system":"http://unitsofmeasure.org"'

STAFF = [f'"reference":"Practitioner/{n}","display":"{name}"' for n, name in enumerate((
    "Dr Mina Lee", "Dr Łukasz Nowak", "Begoña Ibarra Núñez", "Dr Chidi Ọkafor", "渡辺 美咲", "Dr Jöran Åkesson",
    "Dr Fatma Yıldız", "Inés Peña", "Dr Zoë Brontës", "Siobhán Ní Bhriain", "Dr Amara Diallo", "Tomáš Dvořák"), 301)]
WARDS = ("Day ward", "Clinic room 4", "Ward 7 north", "Laboratory, ground floor", "Imaging, level 2", "Pharmacy desk")
OPENINGS = ("Seen with her brother", "Called back the same day", "Came by herself", "Sample taken at home",
            "Drawn from the port", "Second tube, the first had clotted", "Fasting since midnight",
            "After a bad night", "On the way to work", "Checked against last month", "Read by two people",
            "Asked by the family doctor")
MIDDLES = ("no fever, no bleeding, weight steady", "tired since the weekend but walking daily",
           "tingling in both feet as before", "slept well, appetite back", "some nausea after the evening tablets",
           "headache for two days, gone since", "a little bruise on the left shin", "cough without fever",
           "worried about the next visit", "eats well, drinks two litres a day", "mouth sore, rinses help",
           "nothing new to report")
ENDINGS = ("go on as planned.", "repeat in two weeks.", "dose halved until the next count.", "no change of treatment.",
           "letter sent to the family doctor.", "discussed at the Thursday meeting.", "call if the temperature passes 38.",
           "next visit as booked.", "she has the telephone number of the ward.", "copy given to her on paper.",
           "to be compared with the older films.", "agreed with her and written into the plan.")

# code, display, short name, unit, UCUM code, places, low, high, lowest, highest
RESULTS = (
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "Leukocytes", "10*9/L", 2, 400, 1100, 40, 1400),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "Haemoglobin", "g/dL", 1, 120, 155, 70, 160),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "Platelets", "10*9/L", 0, 150, 400, 9, 450),
    ("751-8", "Neutrophils [#/volume] in Blood by Automated count", "Neutrophils", "10*9/L", 2, 180, 770, 1, 900),
    ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "Haematocrit", "%", 1, 360, 460, 210, 480),
    ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "ALT", "U/L", 0, 7, 40, 6, 260),
    ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "AST", "U/L", 0, 8, 38, 7, 190),
    ("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "Bilirubin", "mg/dL", 2, 20, 120, 15, 210),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "Creatinine", "mg/dL", 2, 50, 95, 42, 130),
    ("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "TSH", "m[IU]/L", 2, 40, 400, 20, 700),
)
DRUGS = (("6851", "methotrexate"), ("103", "mercaptopurine"), ("8640", "prednisone"), ("11202", "vincristine"),
         ("3002", "cyclophosphamide"), ("3041", "cytarabine"), ("26225", "ondansetron"), ("25480", "gabapentin"))
PROBLEMS = (("409089005", "Febrile neutropenia"), ("312894000", "Osteopenia"), ("48694002", "Anxiety"),
            ("126485001", "Urticaria"), ("38341003", "Hypertensive disorder"))
ACTS = (("277762005", "Lumbar puncture"), ("40701008", "Echocardiography"), ("312681000", "Bone density scan"))

# Every resource begins with type, id, when the server last wrote it, and the hospital's number for it.
HEAD = ('{"resourceType":"%s","id":"%s","meta":{"versionId":"%d","lastUpdated":"%s"},'
        '"identifier":[{"system":"https://hospital.example/%s","value":"%s"}],')
NOTE = '"note":[{"authorReference":{%s},"time":"%s","text":"%s"}]'

PATIENT = ('{"resourceType":"Patient","id":"many","meta":{"lastUpdated":"2010-11-01T08:00:00Z"},"identifier":'
           '[{"system":"https://id.example/person","value":"90-0417-RZ"}],"active":true,"name":[{"use":"official",'
           '"text":"Ana Ruiz","family":"Ruiz","given":["Ana"]}],"gender":"female","birthDate":"1990-04-17"}')
OBSERVATION = (
    '"status":"final","category":[{"coding":[{"system":"' + TERMS + 'observation-category","code":"laboratory"'
    '}]}],"code":{"coding":[{"system":"http://loinc.org","code":"%s","display":"%s"}],'
    '"text":"%s"},"subject":{' + PERSON + '},"encounter":{"reference":"Encounter/%s"},"effectiveDateTime":"%s",'
    '"issued":"%s","performer":[{%s}],"valueQuantity":{"value":%s,"unit":"%s",' + UCUM + ',"code":"%s"},'
    '"interpretation":[{"coding":[{"system":"' + TERMS + 'v3-ObservationInterpretation","code":"%s"}]}],')
RANGE = ('"referenceRange":[{"low":{"value":%s,"unit":"%s",' + UCUM + ',"code":"%s"},'
         '"high":{"value":%s,"unit":"%s",' + UCUM + ',"code":"%s"}}]}')
REQUEST = (
    '"status":"%s","intent":"order","medicationCodeableConcept":{"coding":[{"system":'
    '"http://www.nlm.nih.gov/research/umls/rxnorm","code":"%s","display":"%s"}],"text":"%s"},"subject":{' + PERSON +
    '},"encounter":{"reference":"Encounter/%s"},"authoredOn":"%s","requester":{%s},'
    '"reasonCode":[{"text":"Treatment of leukaemia and what comes with it"}],' + NOTE + ','
    '"dosageInstruction":[{"text":"%s mg, %d times a day for %d days","timing":{"repeat":{"boundsPeriod":'
    '{"start":"%s"},"frequency":%d,"period":1,"periodUnit":"d"}},"route":{"coding":[{"system":"http://snomed.info/sct",'
    '"code":"26643006","display":"Oral route"}]},"doseAndRate":[{"doseQuantity":{"value":%s,"unit":"mg",' + UCUM +
    ',"code":"mg"}}]}],"dispenseRequest":{"numberOfRepeatsAllowed":%d}}')
CONDITION = (
    '"clinicalStatus":{"coding":[{"system":"' + TERMS + 'condition-clinical","code":"%s"}]},"verificationStatus":'
    '{"coding":[{"system":"' + TERMS + 'condition-ver-status","code":"confirmed"}]},"category":[{"coding":[{"system":"' +
    TERMS + 'condition-category","code":"encounter-diagnosis","display":"Encounter Diagnosis"}]}],"code":{"coding":'
    '[{"system":"http://snomed.info/sct","code":"%s","display":"%s"}],"text":"%s"},"subject":{' + PERSON +
    '},"encounter":{"reference":"Encounter/%s"},"onsetDateTime":"%s","recordedDate":"%s","recorder":{%s},' + NOTE + '}')
ENCOUNTER = (
    '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p>%s, %s: %s</p></div>"},'
    '"status":"finished","class":{"system":"' + TERMS + 'v3-ActCode","code":"AMB","display":"ambulatory"},"type":'
    '[{"text":"Visit: %s"}],"subject":{' + PERSON + '},"participant":[{"individual":{%s}}],"period":{"start":"%s",'
    '"end":"%s"},"reasonCode":[{"text":"%s"}],"location":[{"location":{"display":"%s"}}],"serviceProvider":'
    '{"reference":"Organization/valdeluz","display":"Hospital Universitario de Valdeluz"}}')
PROCEDURE = (
    '"status":"completed","code":{"coding":[{"system":"http://snomed.info/sct","code":"%s","display":"%s"}],"text":"%s"},'
    '"subject":{' + PERSON + '},"encounter":{"reference":"Encounter/%s"},"performedPeriod":{"start":"%s","end":"%s"},'
    '"performer":[{"function":{"text":"Operator"},"actor":{%s}}],"location":{"display":"%s"},'
    '"outcome":{"text":"Uneventful"},"followUp":[{"text":"%s"}],' + NOTE + '}')
REPORT = (
    '"status":"final","category":[{"coding":[{"system":"' + TERMS + 'v2-0074","code":"HM","display":"Hematology"}]}],'
    '"code":{"coding":[{"system":"http://loinc.org","code":"58410-2","display":"CBC panel - Blood by Automated count"}],'
    '"text":"Blood count"},"subject":{' + PERSON + '},"encounter":{"reference":"Encounter/%s"},"effectiveDateTime":"%s",'
    '"issued":"%s","performer":[{%s}],"result":[%s],"conclusion":"%s"}')


def digits(units, places):
    if not places:
        return str(units)
    whole = str(units).rjust(places + 1, "0")
    return whole[:-places] + "." + whole[-places:]


class Maker:
    """Draws one record after the other; remembers the visit and the results of late."""

    def __init__(self, count, seed):
        self.rng = random.Random(seed)
        self.count = max(count, 1)
        self.dates = [str(FIRST + datetime.timedelta(days=n)) for n in range(DAYS + 1)]
        self.visit = self.new_id()
        self.late = [self.new_id() for _ in range(5)]
        # ten to draw from, by weight; results are most of any record
        self.kinds = [self.observation] * 66 + [self.request] * 10 + [self.encounter] * 9 + [self.condition] * 5 + \
                     [self.procedure] * 5 + [self.report] * 5

    def below(self, n):
        # random() is the one method whose sequence Python promises to keep
        return int(self.rng.random() * n)

    def pick(self, row):
        return row[int(self.rng.random() * len(row))]

    def new_id(self):
        a, b, c, d = (self.below(1 << 32) for _ in range(4))
        return f"{a:08x}-{b >> 16:04x}-4{b & 0xfff:03x}-a{c >> 20:03x}-{c & 0xffff:04x}{d:08x}"

    def remark(self):
        return f"{self.pick(OPENINGS)}; {self.pick(MIDDLES)}; {self.pick(ENDINGS)}"

    def head(self, kind, ident, feed):
        written = f"{self.day}T{18 + self.below(5)}:{self.below(60):02d}:{self.below(60):02d}.{self.below(1000):03d}Z"
        return HEAD % (kind, ident, 1 + self.below(3), written, feed, f"{feed[0].upper()}-{self.below(10 ** 9):09d}")

    def note(self):
        return self.pick(STAFF), self.at, self.remark()

    def observation(self, ident):
        code, display, name, unit, places, low, high, least, most = self.pick(RESULTS)
        value = least + self.below(most - least + 1)
        flag = "L" if value < low else "H" if value > high else "N"
        self.late = self.late[1:] + [ident]
        body = OBSERVATION % (code, display, name, self.visit, self.at, self.day + "T16:05:00Z", self.pick(STAFF),
                              digits(value, places), unit, unit, flag)
        # a word from the laboratory stands beside every sixth result
        said = NOTE % self.note() + "," if self.below(6) == 0 else ""
        return self.head("Observation", ident, "results") + body + said + RANGE % (
            digits(low, places), unit, unit, digits(high, places), unit, unit)

    def request(self, ident):
        code, name = self.pick(DRUGS)
        dose, often, days = str(5 * (1 + self.below(40))), 1 + self.below(3), 3 + self.below(40)
        return self.head("MedicationRequest", ident, "orders") + REQUEST % (
            self.pick(("active", "completed", "stopped")), code, name, name, self.visit, self.at, self.pick(STAFF),
            *self.note(), dose, often, days, self.day, often, dose, self.below(4))

    def condition(self, ident):
        code, name = self.pick(PROBLEMS)
        return self.head("Condition", ident, "problems") + CONDITION % (
            self.pick(("active", "inactive", "resolved")), code, name, name, self.visit, self.day[:7], self.day,
            self.pick(STAFF), *self.note())

    def encounter(self, ident):
        self.visit = ident
        ward = self.pick(WARDS)
        return self.head("Encounter", ident, "visits") + ENCOUNTER % (
            self.day, ward, self.remark(), self.pick(MIDDLES), self.pick(STAFF), self.at,
            self.day + "T17:30:00Z", self.remark(), ward)

    def procedure(self, ident):
        code, name = self.pick(ACTS)
        return self.head("Procedure", ident, "acts") + PROCEDURE % (
            code, name, name, self.visit, self.at, self.day + "T17:40:00Z", self.pick(STAFF), self.pick(WARDS),
            self.pick(ENDINGS), *self.note())

    def report(self, ident):
        results = ",".join('{"reference":"Observation/%s"}' % r for r in self.late)
        return self.head("DiagnosticReport", ident, "reports") + REPORT % (
            self.visit, self.at, self.day + "T16:20:00Z", self.pick(STAFF), results, self.remark())

    def record(self, nth):
        """(id, text) of the record of that number; call it for 0, 1, 2 and so on."""
        if nth == 0:
            return "many", PATIENT
        self.day = self.dates[nth * DAYS // self.count]
        self.at = f"{self.day}T{8 + self.below(8):02d}:{self.below(60):02d}:00Z"
        ident = self.new_id()
        return ident, self.pick(self.kinds)(ident)


def write_lines(maker, count, out):
    size = 0
    with open(os.path.join(out, "records.ndjson"), "wb") as f:
        for nth in range(count):
            data = maker.record(nth)[1].encode()
            f.write(data + b"\n")
            size += len(data)
    return size


def write_files(maker, count, out):
    size = 0
    for n in range(256):
        os.makedirs(os.path.join(out, f"{n:02x}"), exist_ok=True)
    for nth in range(count):
        ident, text = maker.record(nth)
        data = text.encode()
        fd = os.open(f"{out}/{nth % 256:02x}/{ident}.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(fd, data)
        os.close(fd)
        size += len(data)
    return size


def main(args):
    lines = "--ndjson" in args
    args = [a for a in args if a != "--ndjson"]
    if len(args) != 3 or not (args[0].isdigit() and args[1].isdigit()):
        print("usage: many.py N SEED OUTDIR [--ndjson]", file=sys.stderr)
        return 2
    count, out = int(args[0]), args[2]
    os.makedirs(out, exist_ok=True)
    size = (write_lines if lines else write_files)(Maker(count, int(args[1])), count, out)
    print(f"{count} records, {size} bytes, mean {size / max(count, 1):.0f}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
