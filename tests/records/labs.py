# SPDX-License-Identifier: ISC
"""Her blood and her marrow: what the laboratories found, from diagnosis to now."""
import datetime

from fhir import *
from treatment import CONSOLIDATION, DELAYED, DIAGNOSIS, INDUCTION, INTERIM, MAINTENANCE

# name: LOINC code, its display, unit, UCUM, places, low, high
TESTS = {
    "wbc": ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*9/L", 2, 400, 1100),
    "hb": ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 2, 1200, 1550),
    "hct": ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 1, 360, 460),
    "plt": ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*9/L", 0, 150, 400),
    "anc": ("751-8", "Neutrophils [#/volume] in Blood by Automated count", "10*9/L", 2, 180, 770),
    "alt": ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
            "U/L", 0, 7, 40),
    "ast": ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
            "U/L", 0, 8, 38),
    "bili": ("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", 2, 20, 120),
    "crea": ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 2, 50, 95),
    "tsh": ("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "m[IU]/L", 2, 40, 400),
    "fsh": ("15067-2", "Follitropin [Units/volume] in Serum or Plasma", "[IU]/L", 1, 30, 120),
    "vitd": (None, "25-hydroxy vitamin D in serum", "ng/mL", 1, 200, 500),
}
NAMES = {"wbc": "Leukocytes", "hb": "Haemoglobin", "hct": "Haematocrit", "plt": "Platelets",
         "anc": "Neutrophils",
         "alt": "ALT", "ast": "AST", "bili": "Bilirubin, total", "crea": "Creatinine",
         "tsh": "TSH", "fsh": "FSH",
         "vitd": "Vitamin D (25-OH)"}

# What the marrow was doing: the range of each count, in the units of TESTS.
COUNTS = {
    "diagnosis": {"wbc": (3420, 3420), "hb": (784, 784), "hct": (231, 231), "plt": (31, 31),
                  "anc": (62, 62)},
    "induction": {"wbc": (40, 180), "hb": (760, 920), "hct": (223, 270), "plt": (14, 60),
                  "anc": (5, 50)},
    "intensive": {"wbc": (100, 280), "hb": (840, 1020), "hct": (248, 300), "plt": (45, 140),
                  "anc": (30, 120)},
    "interim": {"wbc": (200, 350), "hb": (980, 1120), "hct": (290, 332), "plt": (110, 190),
                "anc": (90, 180)},
    "maintenance": {"wbc": (220, 380), "hb": (1090, 1240), "hct": (322, 366), "plt": (140, 230),
                    "anc": (100, 200)},
    "after": {"wbc": (460, 720), "hb": (1200, 1380), "hct": (360, 408), "plt": (190, 290),
              "anc": (200, 440)},
}
CHEMISTRY = {
    "diagnosis": {"alt": (28, 28), "bili": (70, 70), "crea": (68, 68)},
    "induction": {"alt": (35, 90), "bili": (60, 140), "crea": (58, 74)},
    "intensive": {"alt": (40, 120), "bili": (50, 120), "crea": (58, 74)},
    "interim": {"alt": (45, 140), "bili": (50, 130), "crea": (60, 78)},
    "maintenance": {"alt": (60, 190), "bili": (60, 140), "crea": (60, 78)},
    "after": {"alt": (14, 34), "bili": (40, 90), "crea": (62, 80)},
}


def flag(units, low, high):
    code, text = ("L", "Low") if units < low else ("H", "High") if units > high else ("N", "Normal")
    return [term(HL7 + "v3-ObservationInterpretation", code, text)]


def lab(rec, name, day, span, **more):
    code, display, unit, places, low, high = TESTS[name]
    ident = f"{name}-{day:%Y%m%d}"
    units = drawn(ident, *span)
    what = term(LOINC, code, display, NAMES[name]) if code else concept(display)
    return observation(rec, ident, day, LAB, what, **{
        "issued": f"{day}T12:{drawn(ident, 0, 59):02d}:00.000Z", "performer": [HOSPITAL],
        "valueQuantity": quantity(digits(units, places), unit),
        "interpretation": flag(units, low, high),
        "referenceRange": [{"low": quantity(digits(low, places), unit),
                            "high": quantity(digits(high, places), unit)}], **more})


def count_days():
    """(day, phase) of each blood count: weekly at first, then less and less often."""
    out = [(DIAGNOSIS, "diagnosis")]
    for start, phase, days in ((INDUCTION, "induction", (7, 14, 21, 28)),
                               (CONSOLIDATION, "intensive", (0, 21, 28, 42)),
                               (INTERIM, "interim", (1, 21, 41)),
                               (DELAYED, "intensive", (0, 28, 42)),
                               (MAINTENANCE, "maintenance", range(0, 590, 84))):
        out += [(after(start, d), phase) for d in days]
    return out + [(day, "after") for day in VISITS]


# Monthly in the first year after treatment, then every third month, then every sixth.
VISITS = [datetime.date.fromisoformat(d) for d in (
    "2023-07-20 2023-08-17 2023-09-14 2023-10-19 2023-11-16 2023-12-14 2024-01-18 2024-03-12 2024-05-16 "
    "2024-06-27 2024-09-26 2024-12-19 2025-03-20 2025-06-26 2026-01-15 2026-06-25 2026-11-05").split()]


def blood(rec):
    for n, (day, phase) in enumerate(count_days()):
        names = ["wbc", "hb", "plt", "anc"] + (["hct"] if n % 5 == 0 else [])
        counts = [lab(rec, name, day, COUNTS[phase][name]) for name in names]
        if n % 2 == 0:
            lab(rec, "alt", day, CHEMISTRY[phase]["alt"])
        if n % 4 == 0:
            lab(rec, "crea", day, CHEMISTRY[phase]["crea"])
            lab(rec, "bili", day, CHEMISTRY[phase]["bili"])
        if n % 5 == 0:
            blood_report(rec, day, counts)
    lab(rec, "ast", datetime.date(2022, 6, 14), (128, 128))
    for year, fsh in ((2023, 142), (2024, 91), (2025, 78)):
        lab(rec, "fsh", datetime.date(year, 9, 19), (fsh, fsh))
        lab(rec, "tsh", datetime.date(year, 9, 19), (150, 260))
    lab(rec, "vitd", datetime.date(2023, 9, 14), (142, 142))
    lab(rec, "vitd", datetime.date(2024, 3, 12), (310, 310), note=note(
        datetime.date(2024, 3, 12), "Back in range; go on with 1000 IU a day."))


def blood_report(rec, day, counts):
    """The counts of one tube; the tube itself is contained."""
    rec.add("DiagnosticReport", f"blood-count-{day:%Y%m%d}", day, {
        "contained": [{"resourceType": "Specimen", "id": "tube", "type": concept("EDTA blood"),
                       "subject": ANA,
                       "collection": {"collectedDateTime": clock(day),
                                      "bodySite": concept("Left arm, or port")}}],
        "status": "final",
        "category": [term(HL7 + "v2-0074", "HM", "Hematology")],
        "code": term(LOINC, "58410-2", "CBC panel - Blood by Automated count", "Blood count"),
        "subject": ANA, "effectiveDateTime": clock(day), "issued": f"{day}T12:59:00Z",
        "performer": [HOSPITAL], "specimen": [{"reference": "#tube"}], "result": counts})


def marrow(rec):
    """Diagnosis, and residual disease at the dates when it was looked for."""
    observation(rec, "cytogenetics", DIAGNOSIS, LAB, concept("Karyotype of bone marrow"),
                valueString="46,XX[20]", performer=[HOSPITAL],
                note=note(datetime.date(2021, 3, 15),
                          "No rearrangement of KMT2A; no ETV6::RUNX1; 9p21 (CDKN2A) kept."))
    negative = term(HL7 + "v3-ObservationInterpretation", "NEG", "Negative")
    observation(rec, "bcr-abl1", DIAGNOSIS, LAB,
                concept("BCR::ABL1 fusion transcript in bone marrow, RT-PCR"),
                valueCodeableConcept=concept("Not detected"), interpretation=[negative],
                performer=[HOSPITAL])
    observation(rec, "immunophenotype", DIAGNOSIS, LAB,
                concept("Immunophenotype of blasts, flow cytometry"),
                valueString="CD19+ CD22+ CD10+ cyCD79a+ TdT+ CD34+ CD20(dim); CD3−, MPO−")
    observation(rec, "tpmt", DIAGNOSIS, LAB, concept("TPMT and NUDT15 genotype"),
                valueCodeableConcept=concept("Normal metabolizer: full dose of mercaptopurine"))
    observation(rec, "csf-20210312", INDUCTION, LAB, concept("Cerebrospinal fluid cytology"),
                valueCodeableConcept=concept("CNS-1: no blasts"))
    for day, percent in ((DIAGNOSIS, "87.0"), (datetime.date(2021, 4, 9), "1.5"),
                         (datetime.date(2021, 6, 22), "0.8")):
        observation(rec, f"marrow-blasts-{day:%Y%m%d}", day, LAB,
                    concept("Blasts in bone marrow aspirate"),
                    valueQuantity=quantity(Decimal(percent), "%"),
                    specimen={"display": "Bone marrow aspirate, right posterior iliac crest"})
    for day, value, less in (("2021-03-26", "0.120", False), ("2021-04-09", "0.010", True),
                             ("2021-06-22", "0.010", True),
                             ("2021-11-04", "0.0010", True), ("2023-06-22", "0.0010", True)):
        residual(rec, datetime.date.fromisoformat(day), value, less)


def residual(rec, day, value, less):
    amount = quantity(Decimal(value), "%")
    if less:
        amount = {"value": Decimal(value), "comparator": "<", **quantity(Decimal(value), "%")}
    observation(rec, f"mrd-{day:%Y%m%d}", day, LAB,
                concept("Measurable residual disease in bone marrow, flow cytometry"),
                issued=f"{after(day, 3)}T09:00:00Z", performer=[HOSPITAL], valueQuantity=amount,
                interpretation=[concept("Not detected" if less else "Detected")],
                method=concept("Eight-colour flow cytometry"),
                # in the laboratory's own spelling: an exponent
                component=[{"code": concept("Sensitivity as a fraction"),
                            "valueQuantity": {"value": Decimal("1.0e-4")}}])
