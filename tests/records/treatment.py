# SPDX-License-Identifier: ISC
"""What she was given, by whom and how: courses, tablets, punctures, the sums."""
import datetime

from fhir import *

DIAGNOSIS = datetime.date(2021, 3, 9)
INDUCTION = datetime.date(2021, 3, 12)
CONSOLIDATION = datetime.date(2021, 4, 20)
INTERIM = datetime.date(2021, 6, 29)
DELAYED = datetime.date(2021, 8, 31)
MAINTENANCE = datetime.date(2021, 11, 9)
SURFACE = 168  # body surface, hundredths of a square metre


ROUTES = {"iv": ("47625008", "Intravenous route"), "po": ("26643006", "Oral route"),
          "it": ("72607000", "Intrathecal route")}
# name: RxNorm ingredient; None: text only
DRUGS = {
    "vincristine": "11202", "daunorubicin": None, "doxorubicin": "3639",
    "cyclophosphamide": "3002",
    "cytarabine": "3041", "methotrexate": "6851", "mercaptopurine": "103", "prednisone": "8640",
    "dexamethasone": "3264", "pegaspargase": None, "asparaginase Erwinia chrysanthemi": None,
    "sulfamethoxazole and trimethoprim": "10831", "ondansetron": "26225", "gabapentin": "25480",
    "levofloxacin": "82122", "allopurinol": "519",
}


def drug(name):
    code = DRUGS[name]
    return concept(name, coding(RXNORM, code, name)) if code else concept(name)


def route(key):
    return term(SNOMED, *ROUTES[key])


# A course: first day, name, drug, route, dose per square metre (or flat, "mg"), cap in mg, days counted from 1.
FLAT, PER_M2, UNITS_M2 = "mg", "mg/m2", "[IU]/m2"
COURSES = (
    (INDUCTION, "induction", (
        ("vincristine", "iv", "1.5", PER_M2, 2, (1, 8, 15, 22)),
        ("daunorubicin", "iv", "25", PER_M2, None, (1, 8, 15, 22)),
        ("pegaspargase", "iv", "2500", UNITS_M2, None, (4,)),
        ("cytarabine", "it", "70", FLAT, None, (1,)),
        ("methotrexate", "it", "15", FLAT, None, (8, 29)))),
    (CONSOLIDATION, "consolidation", (
        ("cyclophosphamide", "iv", "1000", PER_M2, None, (1, 29)),
        ("cytarabine", "iv", "75", PER_M2, None, (1, 8, 29, 36)),
        ("vincristine", "iv", "1.5", PER_M2, 2, (15, 22, 43, 50)),
        ("pegaspargase", "iv", "2500", UNITS_M2, None, (15, 43)),
        ("methotrexate", "it", "15", FLAT, None, (1, 8, 15, 22)))),
    (INTERIM, "interim maintenance", (
        ("vincristine", "iv", "1.5", PER_M2, 2, (2, 12, 22, 32, 42)),
        ("methotrexate", "iv", "100", PER_M2, None, (2, 12, 22, 32, 42)),
        ("methotrexate", "it", "15", FLAT, None, (1, 31)))),
    (DELAYED, "delayed intensification", (
        ("vincristine", "iv", "1.5", PER_M2, 2, (1, 8, 15, 43, 50)),
        ("doxorubicin", "iv", "25", PER_M2, None, (1, 8, 15)),
        ("cyclophosphamide", "iv", "1000", PER_M2, None, (29,)),
        ("cytarabine", "iv", "75", PER_M2, None, (29, 36)),
        ("asparaginase Erwinia chrysanthemi", "iv", "25000", UNITS_M2, None, (4,)),
        ("methotrexate", "it", "15", FLAT, None, (1, 29, 36)))),
    (MAINTENANCE, "maintenance", (
        ("vincristine", "iv", "1.5", PER_M2, 2, (1, 85, 169, 253, 337, 421, 505)),
        ("methotrexate", "it", "15", FLAT, None, (1, 85, 169, 253, 337, 421, 505)))),
)


def hundredths(text):
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])


def given_dose(per, unit, cap):
    """The dose for her body surface, in tenths: 25 mg/m2 x 1.68 m2 = 42.0 mg."""
    if unit == FLAT:
        return quantity(Decimal(per + ".0"), "mg")
    tenths = (hundredths(per) * SURFACE + 500) // 1000
    if cap:
        tenths = min(tenths, cap * 10)
    return quantity(digits(tenths, 1), "mg" if unit == PER_M2 else "[IU]")


def slug(name, way):
    return f"{name.split()[0]}-{way}"


def courses(rec):
    for start, phase, rows in COURSES:
        for name, way, per, unit, cap, days in rows:
            order = request(rec, start, phase, name, way, per, unit, cap, days)
            for nth, day in enumerate(days):
                administration(rec, after(start, day - 1), phase, name, way, (per, unit, cap), nth,
                               order)


def request(rec, start, phase, name, way, per, unit, cap, days):
    limit = f", at most {cap} mg" if cap else ""
    shown = unit.replace("[IU]", "IU").replace("m2", "m²")
    listed = ", ".join(map(str, days))
    return rec.add("MedicationRequest", f"order-{phase.split()[0]}-{slug(name, way)}", start, {
        "status": "completed", "intent": "order", "medicationCodeableConcept": drug(name),
        "subject": ANA,
        "authoredOn": str(start), "requester": NOWAK,
        "reasonReference": [ref("Condition", "leukaemia")],
        "dosageInstruction": [{"text": f"{per} {shown}{limit}, day {listed} of {phase}",
                               "route": route(way),
                               "doseAndRate": [{"doseQuantity": {"value": Decimal(per),
                                                                 "unit": shown,
                                                                 "system": UCUM, "code": unit}}]}],
        "note": [{"text": f"{phase[0].upper() + phase[1:]}, {len(days)} dose{'s' if len(days) > 1 else ''}."}]})


def administration(rec, day, phase, name, way, dose, nth, order):
    ident = f"given-{day:%Y%m%d}-{slug(name, way)}"
    amount = given_dose(*dose)
    body = {"status": "completed", "medicationCodeableConcept": drug(name), "subject": ANA,
            "effectiveDateTime": clock(day, "11:00"), "performer": [{"actor": IBARRA}],
            "request": order,
            "dosage": {"text": f"{dose[0]} {dose[1]}", "route": route(way), "dose": amount}}
    if way == "it":
        body["partOf"] = [puncture(rec, day, name)]
    if name == "cytarabine" and way == "iv":
        # four days running, written down as one
        del body["effectiveDateTime"]
        body["effectivePeriod"] = {"start": clock(day, "11:00"),
                                   "end": clock(after(day, 3), "11:30")}
        body["dosage"]["text"] += " a day on four days"
    if name == "methotrexate" and way == "iv":
        step = quantity(digits((10000 + 5000 * nth) * SURFACE // 1000, 1), "mg")
        body["dosage"].update(text=f"{100 + 50 * nth} mg/m2: 50 more than the last time", dose=step)
    if (name, day) == ("pegaspargase", datetime.date(2021, 6, 1)):
        body["status"] = "stopped"
        body["statusReason"] = [concept("Anaphylaxis after about 80 mL")]
        body["dosage"]["dose"] = quantity(Decimal("1680.0"), "[IU]")
    rec.add("MedicationAdministration", ident, day, body)


def puncture(rec, day, name):
    return rec.add("Procedure", f"puncture-{day:%Y%m%d}", day, {
        "status": "completed",
        "code": term(SNOMED, "277762005", "Lumbar puncture",
                     f"Lumbar puncture with intrathecal {name}"),
        "subject": ANA, "performedDateTime": clock(day, "10:40"),
        "performer": [{"function": concept("Operator"), "actor": NOWAK}],
        "reasonReference": [ref("Condition", "leukaemia")], "bodySite": [concept("L3/L4")],
        "outcome": concept("Clear fluid; no complication")})


def procedures(rec):
    for day, why in (("2021-03-09", "diagnosis"), ("2021-03-26", "day 15 of induction"),
                     ("2021-04-09", "end of induction"),
                     ("2021-06-22", "before interim maintenance"),
                     ("2021-11-04", "before maintenance"),
                     ("2023-06-22", "end of treatment")):
        day = datetime.date.fromisoformat(day)
        rec.add("Procedure", f"marrow-{day:%Y%m%d}", day, {
            "status": "completed", "code": concept(f"Bone marrow aspirate, {why}"), "subject": ANA,
            "performedDateTime": clock(day, "09:15"), "performer": [{"actor": NOWAK}],
            "bodySite": [concept("Right posterior iliac crest")]})
    for ident, day, what in (("port-in", datetime.date(2021, 4, 19),
                              "Insertion of a venous port, right chest"),
                             ("port-out", datetime.date(2023, 8, 3), "Removal of the venous port")):
        rec.add("Procedure", ident, day, {
            "status": "completed", "code": concept(what), "subject": ANA,
            "performedPeriod": {"start": clock(day, "13:05"), "end": clock(day, "13:50")},
            "location": {"display": "Operating theatre 4"}, "outcome": concept("Uneventful")})


# first day, last day or None, drug, words, dose and unit, times a day (0: once a week)
BY_MOUTH = (
    ("2021-03-12", "2021-04-08", "prednisone", "60 mg/m² a day in two doses", "50.0", "mg", 2),
    ("2021-08-31", "2021-09-20", "dexamethasone", "10 mg/m² a day, days 1 to 7 and 15 to 21",
     "8.0", "mg", 2),
    ("2021-04-20", "2021-06-01", "mercaptopurine", "60 mg/m² in the evening", "100.0", "mg", 1),
    ("2021-11-09", "2023-06-29", "mercaptopurine",
     "75 mg/m² in the evening, changed with the counts", "125.0", "mg", 1),
    ("2021-11-16", "2023-06-27", "methotrexate", "20 mg/m² ONCE A WEEK, on Tuesdays", "35.0", "mg",
     0),
    ("2021-03-12", "2023-12-31", "sulfamethoxazole and trimethoprim", "on Mondays and Thursdays",
     None, None, 0),
    ("2021-03-12", "2021-03-22", "allopurinol", "once a day", "300", "mg", 1),
    ("2021-05-13", "2021-05-21", "levofloxacin", "once a day", "500", "mg", 1),
    ("2021-03-12", "2023-06-29", "ondansetron", "when sick", "8", "mg", None),
    ("2022-01-11", None, "gabapentin", "at night", "300", "mg", 1),
)


def timing(times):
    if times is None:
        return {"asNeededBoolean": True}
    if times == 0:
        return {"timing": {"repeat": {"frequency": 1, "period": Decimal("1"), "periodUnit": "wk"}}}
    return {"timing": {"repeat": {"frequency": times, "period": Decimal("1"), "periodUnit": "d"}}}


def by_mouth(rec):
    for start, end, name, words, dose, unit, times in BY_MOUTH:
        day = datetime.date.fromisoformat(start)
        dosage = {"text": words, **timing(times), "route": route("po")}
        if dose:
            dosage["doseAndRate"] = [{"doseQuantity": quantity(Decimal(dose), unit)}]
        period = {"start": start, "end": end} if end else {"start": start}
        ident = f"{name.split()[0]}-{day:%Y%m%d}"
        order = tablets(rec, ident, day, name, dosage, end)
        rec.add("MedicationStatement", f"taken-{ident}", day, {
            "basedOn": [order], "status": "completed" if end else "active",
            "medicationCodeableConcept": drug(name), "subject": ANA, "effectivePeriod": period,
            "dateAsserted": start, "informationSource": ANA, "dosage": [dosage]})


def tablets(rec, ident, day, name, dosage, end):
    """An order whose product is contained, as pharmacies write it."""
    return rec.add("MedicationRequest", f"order-{ident}", day, {
        "contained": [{"resourceType": "Medication", "id": "product", "code": drug(name),
                       "form": concept("Tablet or capsule")}],
        "status": "completed" if end else "active", "intent": "order",
        "medicationReference": {"reference": "#product"}, "subject": ANA, "authoredOn": str(day),
        "requester": NOWAK, "dosageInstruction": [dosage],
        "dispenseRequest": {"numberOfRepeatsAllowed": 2,
                            "quantity": {"value": 30, "unit": "tablets"}}})


def supplements(rec):
    for ident, day, what, words, text in (
            ("vitamin-d3", "2023-09-15",
             term(RXNORM, "2418", "cholecalciferol", "Vitamin D3 1000 IU"),
             "1000 IU in the morning",
             "Agreed with Dr Lee; for the bones."),
            ("calcium", "2023-09-15", concept("Calcium carbonate 500 mg"), "with dinner",
             "Agreed with Dr Lee."),
            ("turmeric", "2024-02-01", concept("Turmeric capsules (cúrcuma), shop bought"),
             "one a day",
             "Her own idea. Asked the clinic on 12 March 2024: no known gain, may disturb liver tests; stopped.")):
        stopped = ident == "turmeric"
        rec.add("MedicationStatement", f"supplement-{ident}", datetime.date.fromisoformat(day), {
            "status": "stopped" if stopped else "active", "category": concept("Supplement"),
            "medicationCodeableConcept": what, "subject": ANA,
            "effectivePeriod": {"start": day, **({"end": "2024-03-12"} if stopped else {})},
            "informationSource": ANA, "note": [{"text": text}], "dosage": [{"text": words}]})


def cumulative(rec):
    """What the late effects depend on: the anthracycline sum is 4 x 25 + 3 x 25."""
    day = datetime.date(2021, 9, 14)
    parts = [{"code": drug(name), "valueQuantity": quantity(Decimal(sum_), "mg/m2")}
             for name, sum_ in (("daunorubicin", "100.0"), ("doxorubicin", "75.0"))]
    given = [ref("MedicationAdministration", f"given-{after(start, d - 1):%Y%m%d}-{name}-iv")
             for start, name,
             days in ((INDUCTION, "daunorubicin", (1, 8, 15, 22)),
                      (DELAYED, "doxorubicin", (1, 8, 15)))
             for d in days]
    observation(rec, "anthracycline-sum", day, THERAPY, concept("Cumulative anthracycline dose"),
                text=narrative("<p>Anthracyclines given in all: <b>175 mg/m²</b></p>"),
                valueQuantity=quantity(Decimal("175.0"), "mg/m2"), derivedFrom=given,
                component=parts,
                note=note(day, "Plain sum of both drugs as given, not converted to doxorubicin equivalents.", NOWAK))
    observation(rec, "cyclophosphamide-sum", day, THERAPY,
                concept("Cumulative cyclophosphamide dose"),
                valueQuantity=quantity(Decimal("3000"), "mg/m2"))
    observation(rec, "intrathecal-sum", datetime.date(2023, 4, 5), THERAPY,
                concept("Number of intrathecal treatments"), valueInteger=19)
