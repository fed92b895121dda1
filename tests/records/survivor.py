#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""survivor.py [--check]: the record of a person who does not exist.

Ana Ruiz, born 1990, was treated for acute lymphoblastic leukaemia from March
2021 to June 2023 and has been followed since. The tests, the demonstration and
the documents use her record. It is written to survivor.json, one resource a
line; --check compares the two and prints TAP.

Here are she, her problems, visits, plan and papers; labs.py and treatment.py
hold the rest, fhir.py how it is written.
"""
import base64
import datetime
import pathlib
import sys

sys.dont_write_bytecode = True  # the folder stays as it was committed

from fhir import *
from labs import VISITS, blood, marrow
from treatment import (COURSES, DIAGNOSIS, by_mouth, courses, cumulative, procedures,
                       supplements)


# ------------------------------------------------------------------ who

def patient(rec):
    rec.add("Patient", "ana-ruiz", datetime.date(2026, 10, 5), {
        "text": narrative("<p><b>Ana Ruiz</b>, born 17 April 1990</p>"),
        "identifier": [
            {"use": "usual", "type": term(HL7 + "v2-0203", "MR", "Medical record number"),
             "system": "https://hospital.example/mrn", "value": "VLZ-0041977"},
            {"use": "official", "system": "https://id.example/person", "value": "90-0417-RZ"}],
        "active": True,
        "name": [
            {"use": "official", "text": "Ana Ruiz", "family": "Ruiz", "given": ["Ana"]},
            {"use": "nickname", "given": ["Anita", "Anuška"], "_given": [None, {"extension": [
                {"url": "https://hospital.example/fhir/name-origin",
                 "valueString": "from her grandmother in Košice"}]}]}],
        "telecom": [
            {"system": "phone", "value": "+1-555-0117", "use": "mobile", "rank": 1},
            {"system": "email", "value": "ana.ruiz@mail.example", "use": "home"}],
        "gender": "female",
        "birthDate": "1990-04-17",
        "_birthDate": {"extension": [{
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
            "valueDateTime": "1990-04-17T05:42:00+02:00"}]},
        "deceasedBoolean": False,
        "address": [{"use": "home", "line": ["Calle del Peral 8, 3.º B"], "city": "Valdeluz",
                     "postalCode": "00117", "period": {"start": "2019-09"}}],
        "maritalStatus": term(HL7 + "v3-MaritalStatus", "S", "Never Married"),
        "contact": [{"relationship": [term(HL7 + "v2-0131", "C", "Emergency Contact")],
                     "name": {"text": "Tomás Ruiz (brother)"},
                     "telecom": [{"system": "phone", "value": "+1-555-0142"}]}],
        "communication": [
            {"language": term("urn:ietf:bcp:47", "es", "Spanish"), "preferred": True},
            {"language": term("urn:ietf:bcp:47", "en", "English")}],
        "generalPractitioner": [OKAFOR],
        "managingOrganization": HOSPITAL})


def practitioner(rec, ident, family, given, role, place, prefix=None):
    name = {"use": "official", "family": family, "given": given}
    if prefix:
        name["prefix"] = [prefix]
    rec.add("Practitioner", ident, DIAGNOSIS, {
        "identifier": [{"system": "https://id.example/licence",
                        "value": f"L-{drawn(ident, 10000, 99999)}"}],
        "active": True, "name": [name],
        "telecom": [{"system": "email", "value": f"{ident}@hospital.example", "use": "work"}]})
    rec.add("PractitionerRole", f"role-{ident}", DIAGNOSIS, {
        "active": True, "period": {"start": "2018-01"},
        "practitioner": ref("Practitioner", ident), "organization": place,
        "code": [concept(role)],
        "availableTime": [{"daysOfWeek": ["mon", "wed", "fri"],
                           "availableStartTime": "08:00:00", "availableEndTime": "15:30:00"}]})


def organization(rec, who, kind, phone, parent=None):
    ident = who["reference"].split("/")[1]
    body = {"active": True, "type": [kind], "name": who["display"],
            "telecom": [{"system": "phone", "value": phone, "use": "work"}]}
    if parent:
        body["partOf"] = parent
    rec.add("Organization", ident, DIAGNOSIS, body)


def people(rec):
    patient(rec)
    practitioner(rec, "lee", "Lee", ["Mina"], "Haematologist, long-term follow-up", CLINIC, "Dr")
    practitioner(rec, "nowak", "Nowak", ["Łukasz"], "Haematologist", HOSPITAL, "Dr")
    practitioner(rec, "ibarra", "Ibarra Núñez", ["Begoña"], "Nurse specialist", CLINIC)
    practitioner(rec, "okafor", "Ọkafor", ["Chidi"], "General practitioner", CLINIC, "Dr")
    practitioner(rec, "watanabe", "渡辺", ["美咲"], "Psycho-oncologist", CLINIC)
    provider = term(HL7 + "organization-type", "prov", "Healthcare Provider")
    department = term(HL7 + "organization-type", "dept", "Hospital Department")
    insurer = term(HL7 + "organization-type", "ins", "Insurance Company")
    organization(rec, HOSPITAL, provider, "+1-555-0100")
    organization(rec, CLINIC, department, "+1-555-0101", HOSPITAL)
    organization(rec, INSURER, insurer, "+1-555-0190")
    rec.add("CareTeam", "follow-up-team", datetime.date(2023, 7, 20), {
        "status": "active", "name": "Follow-up after leukaemia", "subject": ANA,
        "period": {"start": "2023-07-20"},
        "participant": [
            {"role": [concept("Leads the follow-up")], "member": LEE, "onBehalfOf": CLINIC},
            {"role": [concept("First contact by telephone")], "member": IBARRA},
            {"role": [concept("Family doctor")], "member": OKAFOR},
            {"role": [concept("Psychological support")], "member": WATANABE}],
        "managingOrganization": [CLINIC],
        "telecom": [{"system": "phone", "value": "+1-555-0101", "use": "work"}]})


# ------------------------------------------------------------------ conditions

def condition(rec, ident, day, code, clinical, **more):
    rec.add("Condition", ident, day, {
        "clinicalStatus": concept(clinical, {"system": HL7 + "condition-clinical",
                                             "code": clinical}),
        "verificationStatus": concept("confirmed", {
            "system": HL7 + "condition-ver-status", "code": "confirmed"}),
        "category": [term(HL7 + "condition-category", "problem-list-item", "Problem List Item")],
        "code": code, "subject": ANA, **more})


def conditions(rec):
    condition(rec, "leukaemia", datetime.date(2021, 4, 16), concept(
        "B-cell acute lymphoblastic leukaemia, BCR::ABL1 negative",
        coding(SNOMED, "91857003", "Acute lymphoid leukemia"),
        coding(ICD10, "C91.0", "Acute lymphoblastic leukaemia [ALL]")), "remission", **{
            "text": narrative("<p>B-cell acute lymphoblastic leukaemia, <i>in remission</i> since April 2021</p>"),
            "onsetDateTime": "2021-03-09", "abatementDateTime": "2021-04-16",
            "recordedDate": "2021-03-11", "recorder": NOWAK,
            "stage": [{"summary": concept("Standard risk at diagnosis"), "assessment": [
                ref("Observation", "cytogenetics"), ref("Observation", "bcr-abl1")]}],
            "evidence": [{"detail": [ref("Observation", "marrow-blasts-20210309")]}],
            "note": note(datetime.date(2021, 4, 16),
                         "First complete remission at the end of induction; no residual disease found by flow.", NOWAK)})
    condition(rec, "febrile-neutropenia", datetime.date(2021, 5, 21), concept(
        "Febrile neutropenia", coding(SNOMED, "409089005", "Febrile neutropenia")), "resolved",
        severity=concept("Severe"), onsetDateTime="2021-05-12", abatementDateTime="2021-05-19",
        encounter=ref("Encounter", "stay-neutropenia"), recorder=NOWAK)
    condition(rec, "osteopenia", datetime.date(2023, 9, 14), concept(
        "Osteopenia after glucocorticoids and methotrexate",
        coding(SNOMED, "312894000", "Osteopenia")), "active",
        onsetDateTime="2023-09-12", bodySite=[concept("Lumbar spine and left hip")], recorder=LEE,
        evidence=[{"detail": [ref("Observation", "dxa-20230912-spine")]}],
        note=note(datetime.date(2023, 9, 14),
                  "Late effect. Calcium and vitamin D, walking; scan again in two years.", LEE))
    condition(rec, "neuropathy", datetime.date(2021, 10, 5), concept(
        "Peripheral neuropathy after vincristine",
        coding(ICD10, "G62.0", "Drug-induced polyneuropathy")), "active",
        severity=concept("Mild"), onsetDateTime="2021-10", recorder=NOWAK,
        bodySite=[concept("Both feet")],
        note=note(datetime.date(2021, 10, 5),
                  "Tingling in both feet, worse at night; reflexes weak at the ankles.\nStill walks 4 km a day."))
    condition(rec, "anxiety", datetime.date(2022, 2, 8), concept(
        "Anxiety before results", coding(SNOMED, "48694002", "Anxiety")), "active",
        onsetString="since the first follow-up scans", recorder=WATANABE)
    condition(rec, "liver-enzymes", datetime.date(2022, 6, 14), concept(
        "Raised liver enzymes on mercaptopurine"), "resolved",
        onsetDateTime="2022-05", abatementDateTime="2023-08", recorder=NOWAK)
    condition(rec, "vitamin-d", datetime.date(2023, 9, 14), concept("Low vitamin D"), "resolved",
              onsetDateTime="2023-09", abatementDateTime="2024-03-12", recorder=LEE)


def allergies(rec):
    for ident, day, code, category, level, body in (
            ("allergy-pegaspargase", datetime.date(2021, 6, 1), concept("Pegaspargase"),
             "medication", "high", {
                "onsetDateTime": "2021-06-01", "recorder": NOWAK,
                "note": note(datetime.date(2021, 6, 1),
                             "Within ten minutes of the third dose. Never again; the Erwinia product was tolerated.", NOWAK),
                "reaction": [{"substance": concept("Pegaspargase"),
                              "onset": "2021-06-01T11:10:00+02:00", "severity": "severe",
                              "manifestation": [term(SNOMED, "39579001", "Anaphylaxis"),
                                                term(SNOMED, "126485001", "Urticaria")],
                              "exposureRoute": term(SNOMED, "47625008", "Intravenous route")}]}),
            ("allergy-penicillin", datetime.date(2021, 3, 9), concept(
                "Penicillin", coding(SNOMED, "91936005", "Allergy to penicillin")), "medication",
             "low", {
                "onsetAge": {"value": 6, "unit": "years", "system": UCUM, "code": "a"},
                "asserter": ANA,
                "reaction": [{"manifestation": [concept("Rash on the trunk")], "severity": "mild",
                              "description": "As a child; told by her mother"}]})):
        rec.add("AllergyIntolerance", ident, day, {
            "clinicalStatus": concept("active", {"system": HL7 + "allergyintolerance-clinical",
                                                 "code": "active"}),
            "verificationStatus": concept("confirmed", {
                "system": HL7 + "allergyintolerance-verification", "code": "confirmed"}),
            "type": "allergy", "category": [category], "criticality": level, "code": code,
            "patient": ANA, **body})


# ------------------------------------------------------------------ heart, bones

def heart(rec):
    for day, percent, words in (
            ("2021-03-10", "63", "Before treatment: normal."),
            ("2021-11-02", "60", "After the anthracyclines: normal."),
            ("2023-07-13", "58.5", "End of treatment: low normal, unchanged wall motion."),
            ("2026-02-19", "59.0",
             "Normal; strain −19.2 %. Look again in 2031, or sooner if there are symptoms.")):
        day = datetime.date.fromisoformat(day)
        result = observation(
            rec, f"lvef-{day:%Y%m%d}", day, IMAGING,
            term(LOINC, "10230-1", "Left ventricular Ejection fraction",
                 "Left ventricular ejection fraction"),
            valueQuantity=quantity(Decimal(percent), "%"),
            method=concept("Biplane, two-dimensional echocardiography"),
            interpretation=[term(HL7 + "v3-ObservationInterpretation", "N", "Normal")])
        rec.add("DiagnosticReport", f"echo-{day:%Y%m%d}", day, {
            "status": "final", "category": [concept("Cardiology")],
            "code": term(SNOMED, "40701008", "Echocardiography", "Transthoracic echocardiogram"),
            "subject": ANA,
            "effectiveDateTime": clock(day, "12:15"), "issued": f"{day}T15:02:11.5Z",
            "performer": [HOSPITAL], "result": [result], "conclusion": words})


def bones(rec):
    for day, spine, hip, words in (("2023-09-12", "-1.8", "-1.4", "Osteopenia of spine and hip."),
                                   ("2025-09-18", "-1.5", "-1.30", "Better than two years ago.")):
        day = datetime.date.fromisoformat(day)
        results = [observation(
            rec, f"dxa-{day:%Y%m%d}-{place}", day, IMAGING,
            concept(f"Bone density T-score, {where}"),
            valueQuantity={"value": Decimal(score), "unit": "SD"}, bodySite=concept(where))
            for place, where, score in (("spine", "L1–L4", spine),
                                        ("hip", "left femoral neck", hip))]
        rec.add("DiagnosticReport", f"dxa-{day:%Y%m%d}", day, {
            "status": "final", "category": [term(HL7 + "v2-0074", "RAD", "Radiology")],
            "code": term(SNOMED, "312681000", "Bone density scan", "Bone density scan (DXA)"),
            "subject": ANA,
            "effectiveDateTime": str(day), "result": results, "conclusion": words})


# ------------------------------------------------------------------ visits

def encounter(rec, ident, day, kind, what, who, *codings, **more):
    shown = {"AMB": "ambulatory", "IMP": "inpatient encounter", "EMER": "emergency"}[kind]
    return rec.add("Encounter", ident, day, {
        "status": "finished", "class": coding(HL7 + "v3-ActCode", kind, shown),
        "type": [concept(what, *codings)],
        "subject": ANA, "participant": [{"individual": who}], "serviceProvider": HOSPITAL,
        "period": {"start": clock(day, "08:15"), "end": clock(day, "13:30")}, **more})


def visits(rec):
    encounter(rec, "stay-induction", DIAGNOSIS, "IMP", "Admission for diagnosis and induction",
              NOWAK,
              period={"start": "2021-03-09T16:40:00+01:00", "end": "2021-04-10T11:00:00+02:00"},
              reasonReference=[ref("Condition", "leukaemia")],
              hospitalization={"dischargeDisposition": concept("Home")})
    encounter(rec, "stay-neutropenia", datetime.date(2021, 5, 12), "EMER",
              "Fever of 38.9 °C in neutropenia", NOWAK,
              period={"start": "2021-05-12T02:10:00+02:00", "end": "2021-05-19T10:00:00+02:00"},
              diagnosis=[{"condition": ref("Condition", "febrile-neutropenia")}])
    for start, phase, _ in COURSES[1:]:
        encounter(rec, f"day-ward-{start:%Y%m%d}", start, "AMB", f"Day ward: {phase} begins", NOWAK)
    for nth, day in enumerate(VISITS):
        who = LEE if nth else NOWAK
        encounter(rec, f"visit-{day:%Y%m%d}", day, "AMB", "Follow-up after leukaemia", who,
                  coding(SNOMED, "185349003", "Encounter for check up"),
                  reasonReference=[ref("Condition", "leukaemia")])
        if nth % 2 == 0:
            vitals(rec, day)
        if nth % 3 == 0:
            distress(rec, day, nth)
    encounter(rec, "psychology-20240222", datetime.date(2024, 2, 22), "AMB",
              "Psychological support, first talk", WATANABE)


def vitals(rec, day):
    seen = ref("Encounter", f"visit-{day:%Y%m%d}")
    stamp = f"{day:%Y%m%d}"
    observation(rec, f"weight-{stamp}", day, VITAL, term(LOINC, "29463-7", "Body weight"),
                encounter=seen,
                valueQuantity=quantity(digits(drawn(stamp, 5980, 6460), 2), "kg"))
    pressure = [{"code": term(LOINC, code, name),
                 "valueQuantity": quantity(drawn(code + stamp, low, high), "mmHg", "mm[Hg]")}
                for code, name, low, high in (("8480-6", "Systolic blood pressure", 104, 128),
                                              ("8462-4", "Diastolic blood pressure", 62, 82))]
    observation(rec, f"pressure-{stamp}", day, VITAL, term(
        LOINC, "85354-9", "Blood pressure panel with all children optional", "Blood pressure"),
        encounter=seen, bodySite=concept("Right arm"), component=pressure)


def distress(rec, day, nth):
    score = (6, 4, 5, 3, 4, 2)[nth // 3 % 6]
    observation(rec, f"distress-{day:%Y%m%d}", day, SURVEY,
                concept("Distress thermometer, 0 to 10"),
                valueInteger=score, encounter=ref("Encounter", f"visit-{day:%Y%m%d}"),
                **({"note": note(day, "Worst in the week before results. “No dormí nada.”")} if score > 4 else {}))


def answers(rec):
    for day, given in (("2024-01-18", (("Sleep", "Bad before each visit"),
                                       ("Work", "Back at half time since October"))),
                       ("2026-06-25", (("Sleep", "Good"), ("Work", "Full time")))):
        day = datetime.date.fromisoformat(day)
        rec.add("QuestionnaireResponse", f"answers-{day:%Y%m%d}", day, {
            "questionnaire": "https://hospital.example/fhir/Questionnaire/after-treatment|2",
            "status": "completed",
            "subject": ANA, "authored": clock(day, "07:50"), "author": ANA,
            "item": [{"linkId": str(n), "text": q, "answer": [{"valueString": a}]} for n,
                     (q, a) in enumerate(given, 1)] +
                    [{"linkId": "3", "text": "Tiredness", "item": [
                        {"linkId": "3.1", "text": "From 0 to 10",
                         "answer": [{"valueDecimal": Decimal("4.0")}]},
                        {"linkId": "3.2", "text": "Hinders daily life?",
                         "answer": [{"valueBoolean": False}]}]}]})
    day = datetime.date(2024, 2, 22)
    observation(rec, "gad7-20240222", day, SURVEY, term(
        LOINC, "70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]",
        "GAD-7 total"),
        valueQuantity=quantity(11, "{score}"), performer=[WATANABE])
    observation(rec, "smoking", datetime.date(2023, 7, 20), SOCIAL, term(
        LOINC, "72166-2", "Tobacco smoking status NHIS", "Smoking"),
        valueCodeableConcept=term(SNOMED, "266919005", "Never smoked tobacco"))
    observation(rec, "nerves-20240118", datetime.date(2024, 1, 18), EXAM,
                concept("Neurological examination of the feet"),
                valueString="Vibration 5/8 at both big toes (6/8 in 2023); ankle jerks weak; strength full.", performer=[LEE])
    observation(rec, "height", datetime.date(2021, 3, 9), VITAL,
                term(LOINC, "8302-2", "Body height"),
                valueQuantity=quantity(Decimal("164.0"), "cm"))


# ------------------------------------------------------------------ the plan

def immunizations(rec):
    for day, code, name in (
            ("2019-11-04", "140", "Influenza, seasonal, injectable, preservative free"),
            ("2021-12-14", "208", "COVID-19, mRNA, 30 mcg/0.3 mL dose"),
            ("2022-11-08", "140", "Influenza, seasonal, injectable, preservative free"),
            ("2024-01-18", "133", "Pneumococcal conjugate PCV 13"),
            ("2024-03-12", "33", "Pneumococcal polysaccharide PPV23"),
            ("2024-06-27", "187", "Zoster recombinant"),
            ("2024-09-26", "187", "Zoster recombinant"),
            ("2026-11-05", "140", "Influenza, seasonal, injectable, preservative free")):
        when = datetime.date.fromisoformat(day)
        rec.add("Immunization", f"vaccine-{when:%Y%m%d}", when, {
            "status": "completed", "vaccineCode": term(CVX, code, name), "patient": ANA,
            "occurrenceDateTime": day, "primarySource": day > "2021",
            "lotNumber": f"VX{drawn(day, 1000, 9999)}",
            "performer": [{"actor": IBARRA}]})


def due(text, kind, period, unit, start, who):
    return {"detail": {"kind": kind, "description": text, "status": "scheduled", "performer": [who],
                       "scheduledTiming": {"repeat": {"boundsPeriod": {"start": start},
                                                      "frequency": 1,
                                                      "period": Decimal(period),
                                                      "periodUnit": unit}}}}


def plan(rec):
    goals = [
        rec.add("Goal", ident, datetime.date(2023, 7, 20), {
            "lifecycleStatus": state, "description": concept(text), "subject": ANA,
            "startDate": "2023-07-20",
            "expressedBy": who, "addresses": [ref("Condition", about)]})
        for ident, state, text, who, about in (
            ("goal-walk", "active", "Walk an hour on five days a week", ANA, "osteopenia"),
            ("goal-work", "completed", "Work full time again", ANA, "leukaemia"),
            ("goal-sleep", "active", "Sleep well in the week before results", WATANABE, "anxiety"))]
    rec.add("CarePlan", "follow-up-plan", datetime.date(2026, 6, 25), {
        "text": narrative("<p>Follow-up after leukaemia</p><ul><li>Visit and blood count every 6 months</li>"
                          "<li>Echocardiogram every 5 years</li><li>Bone density every 2 years</li></ul>"),
        "status": "active", "intent": "plan", "title": "Follow-up after leukaemia",
        "description": "A start for a talk with the care team.", "subject": ANA,
        "period": {"start": "2023-07-20"}, "created": "2023-07-20", "author": LEE,
        "careTeam": [ref("CareTeam", "follow-up-team")],
        "addresses": [ref("Condition", "leukaemia")], "goal": goals,
        "activity": [
            due("Visit and examination", "Appointment", "6", "mo", "2025-07-01", LEE),
            due("Blood count with differential", "ServiceRequest", "6", "mo", "2025-07-01", LEE),
            due("Echocardiogram: anthracyclines, 175 mg/m²", "ServiceRequest", "5", "a",
                "2026-02-19", LEE),
            due("Bone density scan", "ServiceRequest", "2", "a", "2025-09-18", LEE),
            due("TSH and FSH", "ServiceRequest", "12", "mo", "2024-09-19", OKAFOR),
            due("Distress thermometer", "Task", "6", "mo", "2025-07-01", IBARRA)]})
    for ident, status, start, text, who in (
            ("appointment-20261105", "fulfilled", "2026-11-05T08:15:00+01:00", "Follow-up visit",
             LEE),
            ("appointment-20261201", "booked", "2026-12-01T10:00:00+01:00",
             "Psychological support", WATANABE),
            ("appointment-20270520", "booked", "2027-05-20T08:15:00+02:00",
             "Follow-up visit; bring the list of questions", LEE),
            ("appointment-20260912", "cancelled", "2026-09-12T09:00:00+02:00", "Blood count",
             IBARRA)):
        appointment(rec, ident, status, start, text, who)


def appointment(rec, ident, status, start, text, who):
    body = {"status": status, "description": text, "start": start,
            "end": start.replace(":00:00", ":30:00").replace(":15:00", ":45:00"),
            "minutesDuration": 30, "created": "2026-06-25",
            "participant": [{"actor": ANA, "status": "accepted"},
                            {"actor": who, "required": "required", "status": "accepted"}]}
    if status == "cancelled":
        body = {"status": status, "cancelationReason": concept("Done at the visit instead"),
                **dict(list(body.items())[1:])}
    rec.add("Appointment", ident, datetime.date(2026, 6, 25), body)


LETTER = """Dear Dr Ọkafor,

Ana Ruiz finished treatment for acute lymphoblastic leukaemia on 29 June 2023 and is well. She had
anthracyclines (175 mg/m² in all), cyclophosphamide (3 g/m²), nineteen intrathecal treatments and no
radiation. She must never have pegaspargase again. Bone density is low for her age; her feet tingle.
We see her every six months. Please send her to us at once with fever, bruises or new tiredness.

Mina Lee
"""


def documents(rec):
    for ident, day, code, title, body in (
            ("discharge-20210410", "2021-04-10", ("18842-5", "Discharge summary"),
             "Discharge after induction", None),
            ("pathology-20210311", "2021-03-11", ("11526-1", "Pathology study"),
             "Bone marrow at diagnosis", None),
            ("letter-20230720", "2023-07-20", None, "Treatment summary for the family doctor",
             LETTER),
            ("note-20261105", "2026-11-05", ("11506-3", "Progress note"),
             "Visit of 5 November 2026",
             "Well. Walks daily. Feet unchanged. Count normal. Next visit in May 2027.\n")):
        day = datetime.date.fromisoformat(day)
        attachment = {"contentType": "application/pdf", "language": "es",
                      "url": f"https://hospital.example/files/{ident}.pdf",
                      "size": drawn(ident, 40000, 900000), "title": title, "creation": str(day)}
        if body:
            attachment = {"contentType": "text/plain; charset=utf-8", "language": "en",
                          "data": base64.b64encode(body.encode()).decode(),
                          "size": len(body.encode()), "title": title}
        rec.add("DocumentReference", ident, day, {
            "masterIdentifier": {"system": "https://hospital.example/documents",
                                 "value": f"D-{drawn(ident, 100000, 999999)}"},
            "status": "current",
            "type": term(LOINC, *code) if code else concept("Treatment summary"),
            "subject": ANA, "date": f"{day}T16:00:00Z",
            "author": [NOWAK if day.year < 2023 else LEE],
            "description": title, "content": [{"attachment": attachment}]})


def family(rec):
    for ident, code, shown, name, what in (
            ("mother", "MTH", "mother", "Marta Peña",
             term(SNOMED, "38341003", "Hypertensive disorder", "High blood pressure")),
            ("grandmother", "MGRMTH", "maternal grandmother", "Zuzana Horváthová", term(
                SNOMED, "254837009", "Malignant neoplasm of breast", "Breast cancer"))):
        rec.add("FamilyMemberHistory", f"family-{ident}", datetime.date(2021, 3, 9), {
            "status": "completed", "patient": ANA, "date": "2021-03-09", "name": name,
            "relationship": term(HL7 + "v3-RoleCode", code, shown), "sex": concept(
                "Female", coding("http://hl7.org/fhir/administrative-gender", "female", "Female")),
            "condition": [{"code": what, "onsetAge": {"value": 58, "unit": "years", "system": UCUM,
                                                      "code": "a"}}]})


def papers(rec):
    rec.add("Coverage", "coverage", datetime.date(2021, 1, 1), {
        "status": "active", "subscriberId": "MSR-77-20418", "beneficiary": ANA,
        "relationship": term(HL7 + "subscriber-relationship", "self", "Self"),
        "period": {"start": "2019-09-01"}, "payor": [INSURER], "order": 1,
        "class": [{"type": term(HL7 + "coverage-class", "plan", "Plan"), "value": "B2",
                   "name": "Plan básico, con oncología"}]})
    rec.add("Consent", "consent-sharing", datetime.date(2023, 7, 20), {
        "status": "active",
        "scope": term(HL7 + "consentscope", "patient-privacy", "Privacy Consent"),
        "category": [term(LOINC, "59284-0", "Patient Consent")], "patient": ANA,
        "dateTime": "2023-07-20",
        "performer": [ANA], "organization": [HOSPITAL],
        "policy": [{"uri": "https://hospital.example/policies/sharing"}],
        "provision": {"type": "permit", "period": {"start": "2023-07-20", "end": "2033-07-20"},
                      "actor": [{"role": concept("Recipient"), "reference": CLINIC}]}})
    rec.add("Provenance", "summary-provenance", datetime.date(2023, 7, 20), {
        "target": [ref("DocumentReference", "letter-20230720")], "recorded": "2023-07-20T16:00:00Z",
        "agent": [{"type": term(HL7 + "provenance-participant-type", "author", "Author"),
                   "who": LEE, "onBehalfOf": CLINIC}]})


# ------------------------------------------------------------------ the file

def bundle():
    rec = Record()
    for part in (people, conditions, allergies, marrow, blood, courses, procedures, by_mouth,
                 supplements, cumulative,
                 heart, bones, visits, answers, immunizations, plan, documents, family, papers):
        part(rec)
    entries = [{"fullUrl": f"{BASE}/{r['resourceType']}/{r['id']}",
                "resource": r} for r in rec.resources]
    head = {"resourceType": "Bundle", "id": "ana-ruiz-record", "type": "collection",
            "timestamp": "2026-11-20T09:30:00.000+01:00"}
    return write(head)[:-1] + ',"entry":[\n' + ",\n".join(map(write, entries)) + "\n]}\n"


def main():
    path = pathlib.Path(__file__).with_name("survivor.json")
    text = bundle().encode()
    if sys.argv[1:] == ["--check"]:
        same = path.exists() and path.read_bytes() == text
        print("1..1\n" + ("" if same else "not ") + "ok 1 - survivor.json is what survivor.py makes")
        return 0 if same else 1
    if sys.argv[1:]:
        print("usage: survivor.py [--check]", file=sys.stderr)
        return 2
    path.write_bytes(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
