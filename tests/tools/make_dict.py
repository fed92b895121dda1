#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""make_dict.py words | make_dict.py samples SEED N: what the dictionary is made of.

Templates after the profiles that hospitals export by (US Core, the International
Patient Summary, mCODE, plain R4), filled at random, each kind as often as real
exports have it. make_dict.sh adds the repository's own records. What matters is
which strings stand beside each other and in which order; the texts are ours, the
people are nobody.

The words are code systems, profiles, and codes with their names, in a few plain
arrays. They become the far end of the dictionary as they stand, whatever the
trainer thinks of them.
"""
import json
import random
import sys

TERM = "http://terminology.hl7.org/CodeSystem/"
CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
BASE = "http://hl7.org/fhir/StructureDefinition/"
LOINC = "http://loinc.org"
SCT = "http://snomed.info/sct"
RXN = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
CVX = "http://hl7.org/fhir/sid/cvx"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"

# code, name, unit, UCUM code, places, least, most
LABS = [row.split("|") for row in """
6690-2|Leukocytes [#/volume] in Blood by Automated count|10*3/uL|10*3/uL|1|2|14
789-8|Erythrocytes [#/volume] in Blood by Automated count|10*6/uL|10*6/uL|2|3|6
718-7|Hemoglobin [Mass/volume] in Blood|g/dL|g/dL|1|7|18
4544-3|Hematocrit [Volume Fraction] of Blood by Automated count|%|%|1|25|50
787-2|MCV [Entitic volume] by Automated count|fL|fL|1|75|100
785-6|MCH [Entitic mass] by Automated count|pg|pg|1|25|35
786-4|MCHC [Mass/volume] by Automated count|g/dL|g/dL|1|31|37
777-3|Platelets [#/volume] in Blood by Automated count|10*3/uL|10*3/uL|0|20|450
788-0|Erythrocyte distribution width [Ratio] by Automated count|%|%|1|11|16
21000-5|Erythrocyte distribution width [Entitic volume] by Automated count|fL|fL|1|39|47
32207-3|Platelet distribution width [Entitic volume] in Blood by Automated count|fL|fL|1|150|500
32623-1|Platelet mean volume [Entitic volume] in Blood by Automated count|fL|fL|1|9|13
751-8|Neutrophils [#/volume] in Blood by Automated count|10*3/uL|10*3/uL|2|0|9
770-8|Neutrophils/100 leukocytes in Blood by Automated count|%|%|1|1|80
736-9|Lymphocytes/100 leukocytes in Blood by Automated count|%|%|1|10|60
731-0|Lymphocytes [#/volume] in Blood by Automated count|10*3/uL|10*3/uL|2|0|5
5905-5|Monocytes/100 leukocytes in Blood by Automated count|%|%|1|1|12
713-8|Eosinophils/100 leukocytes in Blood by Automated count|%|%|1|0|7
706-2|Basophils/100 leukocytes in Blood by Automated count|%|%|1|0|2
2339-0|Glucose [Mass/volume] in Blood|mg/dL|mg/dL|2|60|180
2345-7|Glucose [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|60|180
6299-2|Urea nitrogen [Mass/volume] in Blood|mg/dL|mg/dL|2|7|20
3094-0|Urea nitrogen [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|7|20
38483-4|Creatinine [Mass/volume] in Blood|mg/dL|mg/dL|2|0|4
2160-0|Creatinine [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|0|4
49765-1|Calcium [Mass/volume] in Blood|mg/dL|mg/dL|2|8|11
17861-6|Calcium [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|8|11
2947-0|Sodium [Moles/volume] in Blood|mmol/L|mmol/L|2|135|146
2951-2|Sodium [Moles/volume] in Serum or Plasma|mmol/L|mmol/L|2|135|146
6298-4|Potassium [Moles/volume] in Blood|mmol/L|mmol/L|2|3|6
2823-3|Potassium [Moles/volume] in Serum or Plasma|mmol/L|mmol/L|2|3|6
2069-3|Chloride [Moles/volume] in Blood|mmol/L|mmol/L|2|100|112
2075-0|Chloride [Moles/volume] in Serum or Plasma|mmol/L|mmol/L|2|100|112
20565-8|Carbon dioxide, total [Moles/volume] in Blood|mmol/L|mmol/L|2|20|30
2028-9|Carbon dioxide, total [Moles/volume] in Serum or Plasma|mmol/L|mmol/L|2|20|30
33914-3|Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum or Plasma by Creatinine-based formula (MDRD)|mL/min/{1.73_m2}|mL/min/{1.73_m2}|2|10|120
2885-2|Protein [Mass/volume] in Serum or Plasma|g/dL|g/dL|2|6|9
1751-7|Albumin [Mass/volume] in Serum or Plasma|g/dL|g/dL|2|3|6
10834-0|Globulin [Mass/volume] in Serum by calculation|g/L|g/L|2|2|4
1975-2|Bilirubin.total [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|0|3
6768-6|Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma|U/L|U/L|2|20|140
1742-6|Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma|U/L|U/L|2|5|260
1920-8|Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma|U/L|U/L|2|5|190
2093-3|Cholesterol [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|120|260
2571-8|Triglyceride [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|80|300
2085-9|Cholesterol in HDL [Mass/volume] in Serum or Plasma|mg/dL|mg/dL|2|30|90
18262-6|Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay|mg/dL|mg/dL|2|50|190
4548-4|Hemoglobin A1c/Hemoglobin.total in Blood|%|%|2|3|12
14959-1|Microalbumin/Creatinine [Mass Ratio] in Urine|mg/g|mg/g|2|0|300
3016-3|Thyrotropin [Units/volume] in Serum or Plasma|m[IU]/L|m[IU]/L|2|0|9
3024-7|Thyroxine (T4) free [Mass/volume] in Serum or Plasma|ng/dL|ng/dL|2|0|3
2276-4|Ferritin [Mass/volume] in Serum or Plasma|ng/mL|ng/mL|1|5|2000
2532-0|Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma|U/L|U/L|0|90|900
1988-5|C reactive protein [Mass/volume] in Serum or Plasma|mg/L|mg/L|1|0|90
2857-1|Prostate specific Ag [Mass/volume] in Serum or Plasma|ng/mL|ng/mL|2|0|9
14804-9|Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma by Lactate to pyruvate reaction|U/L|U/L|0|90|900
33762-6|Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma|pg/mL|pg/mL|0|5|900
6301-6|INR in Platelet poor plasma by Coagulation assay|{INR}|{INR}|1|1|4
""".strip().splitlines()]

VITALS = [row.split("|") for row in """
8302-2|Body Height|cm|cm|bodyheight|2|50|200
29463-7|Body Weight|kg|kg|bodyweight|2|3|120
39156-5|Body Mass Index|kg/m2|kg/m2|bmi|2|15|40
59576-9|Body mass index (BMI) [Percentile] Per age and gender|%|%|bmi|2|1|99
8310-5|Body temperature|Cel|Cel|bodytemp|3|36|40
8867-4|Heart rate|/min|/min|heartrate|0|50|140
9279-1|Respiratory rate|/min|/min|resprate|0|10|40
2708-6|Oxygen saturation in Arterial blood|%|%|oxygensat|2|85|100
8289-1|Head Occipital-frontal circumference Percentile|%|%|vitalsigns|2|1|99
9843-4|Head Occipital-frontal circumference|cm|cm|headcircum|2|30|55
77606-2|Weight-for-length Per age and sex|%|%|vitalsigns|2|1|99
72514-3|Pain severity - 0-10 verbal numeric rating [Score] - Reported|{score}|{score}|vitalsigns|0|0|10
""".strip().splitlines()]

ANSWERS = [row.split("|") for row in """
72166-2|Tobacco smoking status NHIS|266919005|Never smoker
72166-2|Tobacco smoking status NHIS|8517006|Former smoker
72166-2|Tobacco smoking status NHIS|449868002|Current every day smoker
55277-8|HIV status|165815009|HIV negative
88040-1|Response to cancer treatment|268910001|Patient's condition improved
21908-9|Stage group.clinical Cancer|261613009|Stage 1
21905-5|Primary tumor.clinical [Class] Cancer|58790005|T2 category
21906-3|Regional lymph nodes.clinical [Class] Cancer|62455006|N0 category
21907-1|Distant metastases.clinical [Class] Cancer|30893008|M0 category
85337-4|Estrogen receptor Ag [Presence] in Breast cancer specimen by Immune stain|10828004|Positive (qualifier value)
85339-0|Progesterone receptor Ag [Presence] in Breast cancer specimen by Immune stain|260385009|Negative (qualifier value)
48676-1|HER2 [Interpretation] in Tissue|10828004|Positive (qualifier value)
94531-1|SARS coronavirus 2 RNA panel - Respiratory specimen by NAA with probe detection|260415000|Not detected (qualifier value)
89247-1|ECOG Performance Status score|425389002|Eastern Cooperative Oncology Group performance status - grade 0
71802-3|Housing status|365508006|Residence and accommodation circumstances - finding
""".strip().splitlines()]

# what is staged, its value, and by what system: code and name of each
STAGES = [row.split("|") for row in """
399537006|Clinical TNM stage grouping|1222769001|American Joint Committee on Cancer stage IIB (qualifier value)|897275008|American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)
399588009|Pathologic TNM stage grouping|1222806003|American Joint Committee on Cancer stage IIIC (qualifier value)|897275008|American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)
399504009|cT category|1228938002|American Joint Committee on Cancer cT3 (qualifier value)|897275008|American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)
399534004|cN category|1229967007|American Joint Committee on Cancer cN0 (qualifier value)|897275008|American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)
399387003|cM category|1229901006|American Joint Committee on Cancer cM0 (qualifier value)|897275008|American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)
384625004|pT category|1229859000|American Joint Committee on Cancer pT3 (qualifier value)|897275008|American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)
371494008|pN category|1229947003|American Joint Committee on Cancer pN0 (qualifier value)|897275008|American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)
385377005|Gleason grade finding for prostatic cancer (finding)|1279718003|International Society of Urological Pathology grade group 4 (Gleason score 3 + 5 = 8) (qualifier value)||
""".strip().splitlines()]

SCORES = [row.split("|") for row in """
74006-8|QALY|a|QALY
74007-6|DALY|a|DALY
70274-6|Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]|{score}|{score}
44261-6|Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]|{score}|{score}
75626-2|Total score [AUDIT-C]|{score}|{score}
82667-7|Total score [DAST-10]|{score}|{score}
""".strip().splitlines()]

PANELS = [row.split("|") for row in """
58410-2|Complete blood count (hemogram) panel - Blood by Automated count
57698-3|Lipid panel with direct LDL - Serum or Plasma
51990-0|Basic metabolic panel - Blood
24323-8|Comprehensive metabolic 2000 panel - Serum or Plasma
24321-2|Basic metabolic 2000 panel - Serum or Plasma
24356-8|Urinalysis complete panel - Urine
34117-2|History and physical note
51847-2|Evaluation + Plan note
11502-2|Laboratory report
18842-5|Discharge summary
60591-5|Patient summary Document
""".strip().splitlines()]

PROBLEMS = [row.split("|") for row in """
91857003|Acute lymphoid leukemia, disease|C91.00
91861009|Acute myeloid leukemia, disease|C92.00
254637007|Non-small cell lung cancer (disorder)|C34.90
254837009|Malignant neoplasm of breast (disorder)|C50.919
363406005|Malignant tumor of colon|C18.9
59621000|Hypertension|I10
38341003|Hypertensive disorder, systemic arterial (disorder)|I10
44054006|Diabetes|E11.9
15777000|Prediabetes|R73.03
271737000|Anemia (disorder)|D64.9
162864005|Body mass index 30+ - obesity (finding)|E66.9
444814009|Viral sinusitis (disorder)|J01.90
195662009|Acute viral pharyngitis (disorder)|J02.9
10509002|Acute bronchitis (disorder)|J20.9
65363002|Otitis media|H66.90
43878008|Streptococcal sore throat (disorder)|J02.0
72892002|Normal pregnancy|Z34.90
195967001|Asthma|J45.909
233678006|Childhood asthma|J45.909
24079001|Atopic dermatitis|L20.9
367498001|Seasonal allergic rhinitis|J30.2
55822004|Hyperlipidemia|E78.5
53741008|Coronary Heart Disease|I25.10
49436004|Atrial Fibrillation|I48.91
40055000|Chronic sinusitis (disorder)|J32.9
73595000|Stress (finding)|Z73.3
160903007|Full-time employment (finding)|Z56.9
160904001|Part-time employment (finding)|Z56.9
424393004|Reports of violence in the environment (finding)|Z65.9
422650009|Social isolation (finding)|Z60.4
314529007|Medication review due (situation)|Z79.899
409089005|Febrile neutropenia|D70.9
312894000|Osteopenia|M85.80
64859006|Osteoporosis (disorder)|M81.0
40930008|Hypothyroidism|E03.9
84757009|Epilepsy|G40.909
840539006|COVID-19|U07.1
386661006|Fever (finding)|R50.9
49727002|Cough (finding)|R05
44465007|Sprain of ankle|S93.409A
128613002|Seizure disorder|G40.909
35489007|Depressive disorder|F32.9
""".strip().splitlines()]

ACTS = [row.split("|") for row in """
430193006|Medication Reconciliation (procedure)
428191000124101|Documentation of current medications
171207006|Depression screening (procedure)
710824005|Assessment of health and social care needs (procedure)
710841007|Assessment of anxiety (procedure)
454711000124102|Depression screening using Patient Health Questionnaire Two-Item score (procedure)
399208008|Plain chest X-ray (procedure)
23426006|Measurement of respiratory function (procedure)
76601001|Intramuscular injection
703423002|Combined chemotherapy and radiation therapy (procedure)
367336001|Chemotherapy (procedure)
108290001|Radiation oncology AND/OR radiotherapy (procedure)
33195004|External beam radiation therapy procedure (procedure)
277762005|Lumbar puncture (procedure)
49401003|Bone marrow biopsy (procedure)
23719005|Transplantation of bone marrow (procedure)
40701008|Echocardiography (procedure)
73761001|Colonoscopy
80146002|Appendectomy
392021009|Lumpectomy of breast (procedure)
69031006|Excision of breast tissue (procedure)
274474001|Bone immobilization
415070008|Percutaneous coronary intervention
117015009|Throat culture (procedure)
269911007|Sputum examination (procedure)
312681000|Bone density scan (procedure)
5880005|Physical examination procedure (procedure)
225358003|Wound care
""".strip().splitlines()]

DRUGS = [row.split("|") for row in """
313782|Acetaminophen 325 MG Oral Tablet
310965|Ibuprofen 200 MG Oral Tablet
834102|Penicillin V Potassium 500 MG Oral Tablet
308182|Amoxicillin 250 MG Oral Capsule
562251|Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet
105585|Methotrexate 2.5 MG Oral Tablet
1946772|Methotrexate 25 MG/ML Injectable Solution
105611|mercaptopurine 50 MG Oral Tablet
312617|predniSONE 5 MG Oral Tablet
1863343|1 ML vinCRIStine sulfate 1 MG/ML Injection
583214|PACLitaxel 100 MG Injection
1734919|cyclophosphamide 1000 MG Injection
1790099|10 ML doxorubicin hydrochloride 2 MG/ML Injection
1736854|Cisplatin 50 MG Injection
314076|lisinopril 10 MG Oral Tablet
310798|Hydrochlorothiazide 25 MG Oral Tablet
308136|amLODIPine 2.5 MG Oral Tablet
314231|Simvastatin 10 MG Oral Tablet
259255|Atorvastatin 80 MG Oral Tablet
860975|24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet
106892|insulin human, isophane 70 UNT/ML / Regular Insulin, Human 30 UNT/ML Injectable Suspension [Humulin]
895994|120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler
745679|200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler
997501|fexofenadine hydrochloride 60 MG Oral Tablet
1014676|cetirizine hydrochloride 5 MG Oral Tablet
966222|Levothyroxine Sodium 0.075 MG Oral Tablet
312087|Ondansetron 8 MG Oral Tablet
310431|gabapentin 300 MG Oral Capsule
198440|Acetaminophen 500 MG Oral Tablet
1049221|Acetaminophen 325 MG / Oxycodone Hydrochloride 5 MG Oral Tablet
""".strip().splitlines()]

VACCINES = [row.split("|") for row in """
140|Influenza, seasonal, injectable, preservative free
08|Hep B, adolescent or pediatric
119|rotavirus, monovalent
49|Hib (PRP-OMP)
133|Pneumococcal conjugate PCV 13
10|IPV
20|DTaP
03|MMR
21|varicella
83|Hep A, ped/adol, 2 dose
62|HPV, quadrivalent
114|meningococcal MCV4P
115|Tdap
113|Td (adult) preservative free
121|zoster
33|pneumococcal polysaccharide vaccine, 23 valent
43|Hep B, adult
52|Hep A, adult
207|COVID-19, mRNA, LNP-S, PF, 100 mcg/0.5 mL dose
208|COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose
""".strip().splitlines()]

ALLERGENS = [row.split("|") for row in """
419474003|Allergy to mould|environment
232350006|House dust mite allergy|environment
232347008|Dander (animal) allergy|environment
418689008|Allergy to grass pollen|environment
419263009|Allergy to tree pollen|environment
300913006|Shellfish allergy|food
91935009|Allergy to peanuts|food
425525006|Allergy to dairy product|food
91934008|Allergy to nut|food
91936005|Allergy to penicillin|medication
7980|Penicillin G|medication
293586001|Allergy to aspirin|medication
1001000124107|Latex allergy|environment
111088007|Latex (substance)|environment
""".strip().splitlines()]

VISITS = [row.split("|") for row in """
410620009|Well child visit (procedure)|AMB
162673000|General examination of patient (procedure)|AMB
185345009|Encounter for symptom|AMB
185349003|Encounter for check up (procedure)|AMB
185347001|Encounter for problem (procedure)|AMB
390906007|Follow-up encounter|AMB
698314001|Consultation for treatment|AMB
50849002|Emergency room admission (procedure)|EMER
702927004|Urgent care clinic (procedure)|AMB
424441002|Prenatal initial visit (regime/therapy)|AMB
308335008|Patient encounter procedure|AMB
183452005|Emergency hospital admission (procedure)|IMP
32485007|Hospital admission|IMP
""".strip().splitlines()]

FAMILIES = "Tannenholt Brückner Vasquelar Oyelanmi Kettlewick Szabolcsi Marvellan Quillfeather Ahokasta Dromgoole".split()
GIVEN = "Ilse Tomasz Marisela Olufemi Agnes Bence Noor Tuuli Fergal Yukiko".split()
TOWNS = [("Springfield", "MA", "01101"), ("Newton", "MA", "02458"), ("Boston", "MA", "02108"), ("Columbus", "OH", "43085")]
LANGS = [("en-US", "English"), ("es", "Spanish"), ("zh", "Chinese"), ("fr-FR", "French"), ("de-DE", "German")]


class Maker:
    """Draws resources in one of several exporters' habits."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.new_person()

    # ---- small things
    def below(self, n):
        return int(self.rng.random() * n)

    def pick(self, row):
        return row[self.below(len(row))]

    def maybe(self, share, **pairs):
        return pairs if self.rng.random() < share else {}

    def uuid(self):
        h = "%032x" % self.rng.getrandbits(128)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{self.pick('89ab')}{h[17:20]}-{h[20:]}"

    def new_person(self):
        """Another patient, and another exporter's habits."""
        self.house = self.pick(("urn", "urn", "rest", "rest", "epic", "ips"))
        self.zone = self.pick(("-05:00", "-04:00", "+00:00", "+01:00", "+02:00", "Z"))
        self.milli = self.pick((".000", ".000", "", ".%03d"))
        self.patient, self.visit, self.doctor = self.uuid(), self.uuid(), self.uuid()
        self.family, self.given = self.pick(FAMILIES), self.pick(GIVEN)
        self.feed = "https://fhir.%s.example/%s" % (self.pick(("hospital", "clinic", "lab")), self.pick(("r4", "FHIR/R4", "baseR4")))

    def ident(self):
        if self.house == "epic":
            return "e" + "".join(self.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") for _ in range(43))
        return self.uuid() if self.house != "ips" or self.below(2) else "%s-%d" % (self.pick(("obs", "res", "rec")), self.below(900))

    def ref(self, kind, ident=None, name=None):
        ident = ident or self.uuid()
        out = {"reference": "urn:uuid:" + ident if self.house == "urn" else f"{kind}/{ident}"}
        if name and self.below(2):
            out["display"] = name
        return out

    def subject(self):
        return self.ref("Patient", self.patient, f"{self.family}, {self.given}" if self.house == "epic" else None)

    def encounter(self):
        return self.ref("Encounter", self.visit)

    def person(self):
        return self.ref("Practitioner", self.doctor, f"Dr. {self.pick(GIVEN)}{self.below(999)} {self.pick(FAMILIES)}{self.below(999)}")

    def clinic(self):
        return self.ref("Organization", None, self.pick(("PCP%d" % self.below(99999), "General Hospital", "Family Medicine Associates")))

    def day(self):
        return "%d-%02d-%02d" % (1985 + self.below(40), 1 + self.below(12), 1 + self.below(28))

    def at(self, day=None):
        milli = self.milli % self.below(1000) if "%" in self.milli else self.milli
        return "%sT%02d:%02d:%02d%s%s" % (day or self.day(), self.below(24), self.below(60), self.below(60),
                                         milli if self.house == "urn" or self.below(3) == 0 else "", self.zone)

    def value(self, places, least, most):
        # digits at random: a decimal's text is its precision, which stays
        whole = int(least) + self.below(int(most) - int(least) + 1)
        if self.below(4) == 0 or places == "0":
            return whole
        return RawNumber("%d.%s" % (whole, "".join(self.pick("0123456789") for _ in range(self.pick((1, int(places), int(places), 4))))))

    def quantity(self, value, unit, code):
        return {"value": value, "unit": unit, "system": UCUM, "code": code}

    def concept(self, system, code, name, text=True, more=()):
        out = {"coding": [{"system": system, "code": code, **({"display": name} if name else {})}, *more]}
        if text and name and self.below(5):
            out["text"] = name
        return out

    def term(self, system, code, name=None, text=False):
        out = {"coding": [{"system": TERM + system, "code": code, **({"display": name} if name else {})}]}
        if text and name:
            out["text"] = name
        return out

    def head(self, kind, profiles):
        """resourceType, id, meta, and what stands before the clinical part."""
        out = {"resourceType": kind, "id": self.ident()}
        meta = {}
        if self.house in ("rest", "epic") and self.below(3):
            meta.update(versionId=str(1 + self.below(4)), lastUpdated=self.at())
            meta.update(self.maybe(.2, source="#" + "".join(self.pick("abcdefghijklmnopqrstuvwxyzABCDEFG0123456789") for _ in range(16))))
        if profiles and self.below(3) != 0:
            meta["profile"] = profiles[:1] if self.below(3) else profiles
        if self.below(4) == 0:
            meta["tag"] = [{"system": "https://smarthealthit.org/tags", "code": "synthea-5-2019"}]
        if meta:
            out["meta"] = meta
        if self.below(6) == 0:
            out["text"] = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>' % self.pick((
                "<p><b>Generated Narrative</b></p>", "<p><b>Generated Narrative with Details</b></p>", "<p>%s</p>" % self.day(),
                f'<p><b>id</b>: {self.below(99)}</p><p><b>status</b>: final</p><p><b>category</b>: ', "<table><tbody><tr><td>",
                '<a name="mm"/></p><p><b>subject</b>: <a href="Patient/'))}
        if self.house in ("epic", "rest") and self.below(3) == 0:
            out["identifier"] = [{**self.maybe(.5, use="usual"), "system": self.pick((
                "urn:oid:1.2.840.114350.1.13.0.1.7.2.%d" % self.below(999999), self.feed + "/" + kind.lower(), "urn:ietf:rfc:3986")),
                "value": str(self.below(10 ** 9))}]
        return out

    # ---- results
    def category(self, code, name):
        return [self.term("observation-category", code, name if self.below(4) else None, self.below(4) == 0)]

    def observation(self, profiles, code, name, category, when=True):
        out = self.head("Observation", profiles)
        out.update(status=self.pick(("final", "final", "final", "final", "amended", "preliminary", "corrected")), category=category)
        more = [{"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.768282", "code": str(self.below(10 ** 7)), "display": name}] \
            if self.house == "epic" and self.below(3) == 0 else ()
        out.update(code=self.concept(LOINC, code, name, more=more), subject=self.subject())
        out.update(self.maybe(.8, encounter=self.encounter()))
        day = self.day()
        out["effectiveDateTime"] = self.at(day) if self.below(5) else day
        out.update(self.maybe(.8, issued=self.at(day)))
        out.update(self.maybe(.35, performer=[self.person()]))
        return out

    def limits(self, out, places, least, most, unit, code):
        out.update(self.maybe(.45, interpretation=[self.term(
            "v3-ObservationInterpretation", *self.pick((("N", "Normal"), ("L", "Low"), ("H", "High"), ("HH", "Critical high"), ("A", "Abnormal"))),
            self.below(4) == 0)]))
        out.update(self.maybe(.08, note=[{"text": self.pick(("Sample haemolysed", "Reviewed by the laboratory", "Repeated and confirmed", "See comment"))}]))
        out.update(self.maybe(.15, specimen=self.ref("Specimen")))
        if self.below(5) < 2:
            low, high = self.value(places, least, least), self.value(places, most, most)
            out["referenceRange"] = [{"low": self.quantity(low, unit, code), "high": self.quantity(high, unit, code),
                                      **self.maybe(.4, type=self.term("referencerange-meaning", "normal", "Normal Range")),
                                      **self.maybe(.5, text=f"{low} - {high} {unit}")}]

    def lab(self):
        code, name, unit, ucum, places, least, most = self.pick(LABS)
        out = self.observation([CORE + "us-core-observation-lab"], code, name, self.category("laboratory", self.pick(("laboratory", "Laboratory"))))
        out["valueQuantity"] = self.quantity(self.value(places, least, most), unit, ucum)
        self.limits(out, places, least, most, unit, ucum)
        return out

    def vital(self):
        code, name, unit, ucum, profile, places, least, most = self.pick(VITALS)
        out = self.observation([BASE + profile, BASE + "vitalsigns", CORE + "us-core-vital-signs"], code, name,
                               self.category("vital-signs", self.pick(("vital-signs", "Vital Signs"))))
        out["valueQuantity"] = self.quantity(self.value(places, least, most), unit, ucum)
        return out

    def pressure(self):
        name = self.pick(("Blood Pressure", "Blood pressure panel with all children optional"))
        out = self.observation([BASE + "bp", BASE + "vitalsigns", CORE + "us-core-blood-pressure"], self.pick(("85354-9", "55284-4")), name,
                               self.category("vital-signs", self.pick(("vital-signs", "Vital Signs"))))
        parts = [("8462-4", "Diastolic Blood Pressure", 50), ("8480-6", "Systolic Blood Pressure", 90)]
        if self.below(2):
            parts.reverse()
        out["component"] = [{"code": self.concept(LOINC, c, n), "valueQuantity": self.quantity(
            self.value("0", least, least + 60), self.pick(("mm[Hg]", "mmHg")), "mm[Hg]")} for c, n, least in parts]
        return out

    def answer(self):
        code, name, value, said = self.pick(ANSWERS)
        out = self.observation([self.pick((CORE + "us-core-smokingstatus", MCODE + "mcode-tumor-marker-test", MCODE + "mcode-cancer-disease-status",
                                           MCODE + "mcode-tnm-stage-group", MCODE + "mcode-ecog-performance-status"))],
                               code, name, self.category(*self.pick((("survey", "survey"), ("social-history", "Social History"), ("laboratory", "Laboratory")))))
        out["valueCodeableConcept"] = self.concept(SCT, value, said)
        return out

    def stage(self):
        code, name, value, said, method, system = self.pick(STAGES)
        out = self.observation([MCODE + self.pick(("mcode-cancer-stage", "mcode-tnm-stage-group", "mcode-tnm-primary-tumor-category", "mcode-tnm-regional-nodes-category",
                                                   "mcode-tnm-distant-metastases-category"))],
                               code, name, self.category(*self.pick((("laboratory", "Laboratory"), ("imaging", "Imaging"), ("exam", "Exam")))))
        out["code"] = self.concept(SCT, code, name, False)
        out["valueCodeableConcept"] = self.concept(SCT, value, said, False)
        if method and self.below(2):
            out["method"] = self.concept(SCT, method, system, False)
        out["focus"] = [self.ref("Condition")]
        out.update(self.maybe(.4, hasMember=[self.ref("Observation") for _ in range(1 + self.below(3))], performer=[self.person()]))
        return out

    def score(self):
        code, name, unit, ucum = self.pick(SCORES)
        if self.below(4) == 0:
            code, name, unit, ucum = "401201003", "Cigarette pack-years (observable entity)", "Pack-Years", "1"
            out = self.observation([CORE + "us-core-smokingstatus"], code, name, self.category("social-history", "Social History"))
            out["code"] = self.concept(SCT, code, name, False)
        else:
            out = self.observation([], code, name, self.category("survey", "survey"))
        out["valueQuantity"] = self.quantity(self.value("4", 0, 60), unit, ucum)
        return out

    def report(self):
        code, name = self.pick(PANELS)
        out = self.head("DiagnosticReport", [CORE + self.pick(("us-core-diagnosticreport-lab", "us-core-diagnosticreport-note"))])
        out.update(status="final", category=[self.pick((self.term("v2-0074", "LAB", "Laboratory"), self.term("v2-0074", "HM", "Hematology"),
                   self.concept(LOINC, "34117-2", "History and physical note", False), self.concept(LOINC, "LP29684-5", "Radiology", False)))],
                   code=self.concept(LOINC, code, name), subject=self.subject(), encounter=self.encounter(),
                   effectiveDateTime=self.at(), issued=self.at())
        out.update(self.maybe(.6, performer=[self.pick((self.person, self.clinic))()]))
        out.update(self.maybe(.9, result=[self.ref("Observation", None, self.pick(LABS)[1]) for _ in range(1 + self.below(8))]))
        out.update(self.maybe(.15, presentedForm=[{"contentType": "text/plain; charset=utf-8", "title": "Report"}], conclusion="No acute findings."))
        return out

    # ---- what was found, done, given
    def condition(self):
        code, name, icd = self.pick(PROBLEMS)
        out = self.head("Condition", [self.pick((CORE + "us-core-condition", CORE + "us-core-condition-encounter-diagnosis",
                                                 MCODE + "mcode-primary-cancer-condition", IPS + "Condition-uv-ips"))])
        out["clinicalStatus"] = self.term("condition-clinical", *self.pick((("active", "Active"), ("resolved", "Resolved"), ("inactive", "Inactive"), ("active", None), ("resolved", None))))
        out["verificationStatus"] = self.term("condition-ver-status", *self.pick((("confirmed", "Confirmed"), ("confirmed", None), ("unconfirmed", "Unconfirmed"))))
        out["category"] = [self.term("condition-category", *self.pick((("encounter-diagnosis", "Encounter Diagnosis"), ("problem-list-item", "Problem List Item"))))]
        out.update(self.maybe(.15, severity=self.concept(SCT, *self.pick((("24484000", "Severe"), ("6736007", "Moderate"), ("255604002", "Mild"))))))
        more = [{"system": ICD, "code": icd, "display": name}] if self.below(4) == 0 else ()
        out.update(code=self.concept(SCT, code, name, more=more), subject=self.subject(), encounter=self.encounter())
        out["onsetDateTime"] = self.at() if self.below(3) else self.day()
        out.update(self.maybe(.4, abatementDateTime=self.at()))
        out.update(self.maybe(.8, recordedDate=self.at()))
        out.update(self.maybe(.2, recorder=self.person(), note=[{"text": "Reported by the patient."}]))
        return out

    def procedure(self):
        code, name = self.pick(ACTS)
        out = self.head("Procedure", [self.pick((CORE + "us-core-procedure", MCODE + "mcode-cancer-related-surgical-procedure"))])
        out.update(status="completed", code=self.concept(SCT, code, name), subject=self.subject(), encounter=self.encounter(),
                   performedPeriod={"start": self.at(), "end": self.at()})
        out.update(self.maybe(.3, performer=[{"actor": self.person()}]))
        out.update(self.maybe(.2, location=self.ref("Location", None, "General Hospital")))
        out.update(self.maybe(.4, reasonReference=[self.ref("Condition", None, self.pick(PROBLEMS)[1])]))
        return out

    def medication(self):
        code, name = self.pick(DRUGS)
        out = self.head("MedicationRequest", [CORE + "us-core-medicationrequest", MCODE + "mcode-cancer-related-medication-request"])
        out.update(status=self.pick(("active", "stopped", "completed")), intent="order")
        out.update(self.maybe(.4, category=[self.term("medicationrequest-category", *self.pick((
            ("community", "Community"), ("outpatient", "Outpatient"), ("inpatient", "Inpatient"))), self.below(2))]))
        if self.below(6):
            out["medicationCodeableConcept"] = self.concept(RXN, code, name)
        else:
            out["medicationReference"] = self.ref("Medication", None, name)
        out.update(subject=self.subject(), encounter=self.encounter(), authoredOn=self.at(), requester=self.person())
        out.update(self.maybe(.4, reasonReference=[self.ref("Condition")]))
        dose = {"sequence": 1, **self.maybe(.4, text=self.pick(("Take as needed.", "Take 1 tablet by mouth daily", "1 dose(s) 2 time(s) per 1 days"))),
                "timing": {"repeat": {"frequency": 1 + self.below(3), "period": self.pick((1, RawNumber("1.0"), 4)), "periodUnit": self.pick(("d", "h", "wk"))}},
                "asNeededBoolean": self.pick((True, False)), **self.maybe(.3, route=self.concept(SCT, *self.pick((
                    ("26643006", "Oral route (qualifier value)"), ("47625008", "Intravenous route (qualifier value)"), ("34206005", "Subcutaneous route (qualifier value)"))))),
                "doseAndRate": [{"type": self.term("dose-rate-type", "ordered", "Ordered"), "doseQuantity": self.pick((
                    {"value": 1}, {"value": RawNumber("1.0")}, {"value": 50, "unit": "mg", "system": UCUM, "code": "mg"}))}]}
        out.update(self.maybe(.75, dosageInstruction=[dose]))
        out.update(self.maybe(.2, dispenseRequest={"validityPeriod": {"start": self.day(), "end": self.day()}, "numberOfRepeatsAllowed": 1, "quantity": {
            "value": 30, "unit": "tablet"}, "expectedSupplyDuration": {"value": 30, "unit": "days", "system": UCUM, "code": "d"}}))
        return out

    def statement(self):
        code, name = self.pick(DRUGS)
        kind = self.pick(("MedicationStatement", "MedicationAdministration", "MedicationDispense"))
        out = self.head(kind, [IPS + "MedicationStatement-uv-ips"])
        out.update(status=self.pick(("active", "completed")), medicationCodeableConcept=self.concept(RXN, code, name), subject=self.subject())
        if kind == "MedicationDispense":
            out.update(whenHandedOver=self.at(), quantity={"value": 30}, daysSupply={"value": 30, "unit": "Day"})
        else:
            out.update({"context" if self.below(2) else "effectivePeriod": {"start": self.at()}, "effectiveDateTime": self.at()})
            out["dosage"] = [{"text": "once a day", "route": self.concept(SCT, "26643006", "Oral route")}]
        return out

    def vaccine(self):
        code, name = self.pick(VACCINES)
        out = self.head("Immunization", [CORE + "us-core-immunization"])
        out.update(status="completed", vaccineCode=self.concept(CVX, code, name), patient=self.subject(), encounter=self.encounter(),
                   occurrenceDateTime=self.at(), **self.maybe(.2, recorded=self.day()), primarySource=self.pick((True, False)))
        out.update(self.maybe(.3, location=self.ref("Location", None, "PCP%d" % self.below(99999))))
        out.update(self.maybe(.15, lotNumber=str(self.below(10 ** 6)), site=self.concept(TERM + "v3-ActSite", "LA", "left arm"),
                              route=self.term("v3-RouteOfAdministration", "IM", "Injection, intramuscular"), doseQuantity={"value": RawNumber("0.5"), "unit": "mL", "system": UCUM, "code": "mL"},
                              performer=[{"actor": self.person()}], protocolApplied=[{"doseNumberPositiveInt": 1}]))
        return out

    def allergy(self):
        code, name, kind = self.pick(ALLERGENS)
        out = self.head("AllergyIntolerance", [CORE + "us-core-allergyintolerance", IPS + "AllergyIntolerance-uv-ips"])
        out.update(clinicalStatus=self.term("allergyintolerance-clinical", "active", *self.pick((("Active",), ()))),
                   verificationStatus=self.term("allergyintolerance-verification", "confirmed", *self.pick((("Confirmed",), ()))),
                   type=self.pick(("allergy", "intolerance")), category=[kind], criticality=self.pick(("low", "high", "unable-to-assess")),
                   code=self.concept(self.pick((SCT, SCT, RXN)), code, name), patient=self.subject(), recordedDate=self.at())
        out.update(self.maybe(.3, onsetDateTime=self.day(), reaction=[{"manifestation": [self.concept(SCT, *self.pick((
            ("247472004", "Wheal"), ("271807003", "Eruption of skin (disorder)"), ("39579001", "Anaphylaxis (disorder)"), ("422587007", "Nausea")))) ],
            "severity": self.pick(("mild", "moderate", "severe"))}]))
        return out

    def visit_made(self):
        code, name, kind = self.pick(VISITS)
        out = self.head("Encounter", [CORE + "us-core-encounter"])
        self.visit = out["id"] if self.house != "epic" else self.visit
        out.update(self.maybe(.4, identifier=[{"use": "official", "system": "https://github.com/synthetichealth/synthea", "value": out["id"]}]))
        out.update(status="finished", **{"class": {"system": TERM + "v3-ActCode", "code": kind, **self.maybe(.3, display="ambulatory")}},
                   type=[self.concept(SCT, code, name)], subject=self.ref("Patient", self.patient, f"Mr. {self.given}{self.below(999)} {self.family}{self.below(999)}"),
                   participant=[{**self.maybe(.6, type=[self.term("v3-ParticipationType", "PPRF", "primary performer", True)]),
                                 **self.maybe(.5, period={"start": self.at(), "end": self.at()}), "individual": self.person()}],
                   period={"start": self.at(), "end": self.at()})
        out.update(self.maybe(.3, reasonCode=[self.concept(SCT, *self.pick(PROBLEMS)[:2])]))
        out.update(self.maybe(.05, hospitalization={"dischargeDisposition": self.term("discharge-disposition", "home", "Home", True)}))
        out.update(self.maybe(.4, location=[{"location": self.ref("Location", None, "General Hospital")}]))
        out.update(serviceProvider=self.clinic())
        return out

    # ---- plans, people, papers
    def plan(self):
        kind = self.pick(("CarePlan", "CarePlan", "CareTeam", "Goal", "ServiceRequest"))
        out = self.head(kind, [CORE + "us-core-" + kind.lower()])
        if kind == "CarePlan":
            out.update(status=self.pick(("active", "completed")), intent="order", category=[self.concept("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan", None),
                       self.concept(SCT, "698360004", "Diabetes self management plan")], subject=self.subject(), encounter=self.encounter(), period={"start": self.at(), **self.maybe(.5, end=self.at())},
                       careTeam=[self.ref("CareTeam")], addresses=[self.ref("Condition")], activity=[{"detail": {"code": self.concept(SCT, *self.pick(ACTS)), "status": "in-progress",
                       "location": {"display": "General Hospital"}, **self.maybe(.3, scheduledTiming={"repeat": {"frequency": 1, "period": 1, "periodUnit": "a"}})}} for _ in range(1 + self.below(3))])
        elif kind == "CareTeam":
            out.update(status="active", subject=self.subject(), encounter=self.encounter(), period={"start": self.at()}, participant=[
                       {"role": [self.concept(SCT, "116154003", "Patient")], "member": self.subject()},
                       {"role": [self.concept(SCT, "303118004", "Person in the healthcare environment")], "member": self.person()},
                       {"role": [self.concept(SCT, "224891009", "Healthcare services (qualifier value)")], "member": self.clinic()}],
                       reasonCode=[self.concept(SCT, *self.pick(PROBLEMS)[:2])], managingOrganization=[self.clinic()])
        elif kind == "Goal":
            out.update(lifecycleStatus="active", achievementStatus=self.term("goal-achievement", "in-progress", "In Progress"), category=[self.term("goal-category", "dietary", "Dietary")],
                       description={"text": "Haemoglobin A1c below 7.0 %"}, subject=self.subject(), startDate=self.day(), target=[{"dueDate": self.day()}], addresses=[self.ref("Condition")])
        else:
            out.update(status="active", intent="order", category=[self.concept(SCT, "108252007", "Laboratory procedure")], priority="routine", code=self.concept(LOINC, *self.pick(PANELS)),
                       subject=self.subject(), encounter=self.encounter(), occurrenceDateTime=self.at(), authoredOn=self.at(), requester=self.person(), reasonCode=[{"text": "Follow-up"}])
        return out

    def name(self, family, given, title=None):
        return {**self.maybe(.8, use="official"), **self.maybe(.2, text=f"{given} {family}"), "family": family, "given": [given], **({"prefix": [title]} if title else {})}

    def address(self):
        town, state, code = self.pick(TOWNS)
        return {**self.maybe(.3, use="home"), "line": ["%d Example Street" % self.below(999)], "city": town, "state": state, **self.maybe(.9, postalCode=code), "country": "US"}

    def someone(self):
        self.new_person()
        out = self.head("Patient", [CORE + "us-core-patient", IPS + "Patient-uv-ips", MCODE + "mcode-cancer-patient"])
        if self.below(2):
            out["extension"] = [
                {"url": CORE + "us-core-race", "extension": [{"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3", "display": "White"}}, {"url": "text", "valueString": "White"}]},
                {"url": CORE + "us-core-ethnicity", "extension": [{"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2186-5", "display": "Not Hispanic or Latino"}}, {"url": "text", "valueString": "Not Hispanic or Latino"}]},
                {"url": BASE + "patient-mothersMaidenName", "valueString": f"{self.pick(GIVEN)} {self.pick(FAMILIES)}"}, {"url": CORE + "us-core-birthsex", "valueCode": self.pick("FM")},
                {"url": BASE + "patient-birthPlace", "valueAddress": {"city": "Boston", "state": "Massachusetts", "country": "US"}},
                {"url": "http://synthetichealth.github.io/synthea/disability-adjusted-life-years", "valueDecimal": RawNumber("0.0")},
                {"url": "http://synthetichealth.github.io/synthea/quality-adjusted-life-years", "valueDecimal": RawNumber("%d.0" % self.below(70))}]
        out["identifier"] = [{"system": "https://github.com/synthetichealth/synthea", "value": self.patient},
                             {"type": self.term("v2-0203", "MR", "Medical Record Number", True), "system": "http://hospital.smarthealthit.org", "value": self.patient},
                             {"type": self.term("v2-0203", "SS", "Social Security Number", True), "system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-%02d-%04d" % (self.below(100), self.below(9999))},
                             {"type": self.term("v2-0203", "DL", "Driver's License", True), "system": "urn:oid:2.16.840.1.113883.4.3.25", "value": "S999%05d" % self.below(99999)},
                             {"type": self.term("v2-0203", "PPN", "Passport Number", True), "system": "http://standardhealthrecord.org/fhir/StructureDefinition/passportNumber", "value": "X%dX" % self.below(10 ** 8)}][:1 + self.below(5)]
        out.update(self.maybe(.5, active=True))
        out.update(name=[self.name(self.family, self.given, self.pick(("Mr.", "Mrs.", "Ms.", None)))], telecom=[{"system": "phone", "value": "555-%03d-%04d" % (self.below(999), self.below(9999)), "use": "home"}],
                   gender=self.pick(("female", "male")), birthDate=self.day(), address=[{"extension": [{"url": BASE + "geolocation", "extension": [
                   {"url": "latitude", "valueDecimal": RawNumber("42.%06d" % self.below(999999))}, {"url": "longitude", "valueDecimal": RawNumber("-71.%06d" % self.below(999999))}]}], **self.address()}])
        out.update(self.maybe(.6, maritalStatus=self.term("v3-MaritalStatus", *self.pick((("M", "Married"), ("S", "Never Married"))), True), multipleBirthBoolean=False,
                              communication=[{"language": self.concept("urn:ietf:bcp:47", *self.pick(LANGS))}]))
        out.update(self.maybe(.2, contact=[{"relationship": [self.term("v2-0131", "N", "Next-of-Kin")], "name": self.name(self.family, "Ada")}], managingOrganization=self.clinic()))
        return out

    def staff(self):
        kind = self.pick(("Practitioner", "Organization", "Location", "PractitionerRole", "Organization"))
        out = self.head(kind, [CORE + "us-core-" + kind.lower()])
        npi = [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "%010d" % self.below(10 ** 10)}]
        phone = [{"system": "phone", "value": "555%07d" % self.below(10 ** 7), **self.maybe(.3, use="work")}]
        if kind == "Practitioner":
            out.update(identifier=npi, active=True, name=[self.name(self.pick(FAMILIES), self.pick(GIVEN), "Dr.")], telecom=[
                       {"extension": [{"url": CORE + "us-core-direct", "valueBoolean": True}], "system": "email", "value": "someone@example.com", "use": "work"}], address=[self.address()], gender="female")
        elif kind == "Organization":
            out.update(identifier=[{"system": "https://github.com/synthetichealth/synthea", "value": out["id"]}], active=True, type=[self.term("organization-type", "prov", "Healthcare Provider", True)],
                       name=self.pick(("GENERAL HOSPITAL", "FAMILY MEDICINE ASSOCIATES LLC", "MEDICAL CENTER", "PCP%d" % self.below(99999))), telecom=phone, address=[self.address()])
        elif kind == "Location":
            out.update(status="active", name="GENERAL HOSPITAL", telecom=phone, address=self.address(), position={"longitude": RawNumber("-71.0"), "latitude": RawNumber("42.3")}, managingOrganization=self.clinic())
        else:
            out.update(active=True, practitioner=self.person(), organization=self.clinic(), code=[self.concept("http://nucc.org/provider-taxonomy", "208D00000X", "General Practice Physician")],
                       specialty=[self.concept("http://nucc.org/provider-taxonomy", "208D00000X", "General Practice Physician")], location=[self.ref("Location")], telecom=phone)
        return out

    def paper(self):
        kind = self.pick(("DocumentReference", "Provenance", "Device", "ImagingStudy", "Specimen", "FamilyMemberHistory", "Coverage"))
        out = self.head(kind, [CORE + "us-core-" + kind.lower()])
        if kind == "DocumentReference":
            out.update(identifier=[{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:" + self.uuid()}], status="current", type=self.concept(LOINC, *self.pick(PANELS)), category=[
                       self.concept("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note", "Clinical Note")], subject=self.subject(), date=self.at(), author=[self.person()],
                       custodian=self.clinic(), content=[{"attachment": {"contentType": self.pick(("text/plain", "application/pdf", "text/html")), "url": "Binary/" + self.uuid(), "title": "Note", "size": self.below(99999)},
                       "format": {"system": "http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem", "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient", "display": "mimeType Sufficient"}}],
                       context={"encounter": [self.encounter()], "period": {"start": self.at(), "end": self.at()}})
        elif kind == "Provenance":
            out.update(target=[self.ref("Observation") for _ in range(3)], recorded=self.at(), agent=[{"type": self.term("provenance-participant-type", "author", "Author", True), "who": self.person(), "onBehalfOf": self.clinic()}])
        elif kind == "Device":
            out.update(udiCarrier=[{"deviceIdentifier": str(self.below(10 ** 13)), "carrierHRF": "(01)%d(11)%d" % (self.below(10 ** 13), self.below(10 ** 6))}], status="active", distinctIdentifier=str(self.below(10 ** 13)),
                       manufactureDate=self.at(), expirationDate=self.at(), lotNumber=str(self.below(10 ** 15)), serialNumber=str(self.below(10 ** 15)), deviceName=[{"name": "Implantable cardiac pacemaker", "type": "user-friendly-name"}],
                       type=self.concept(SCT, "706004007", "Implantable cardiac pacemaker"), patient=self.subject())
        elif kind == "ImagingStudy":
            out.update(status="available", subject=self.subject(), encounter=self.encounter(), started=self.at(), numberOfSeries=1, numberOfInstances=1, series=[{"uid": "1.2.840.99999999.1.%d" % self.below(10 ** 9), "number": 1,
                       "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "DX", "display": "Digital Radiography"}, "numberOfInstances": 1, "bodySite": {"system": SCT, "code": "51185008", "display": "Thoracic structure (body structure)"}}])
        elif kind == "Specimen":
            out.update(status="available", type=self.concept(SCT, "119297000", "Blood specimen"), subject=self.subject(), receivedTime=self.at(), collection={"collector": self.person(), "collectedDateTime": self.at(), "bodySite": self.concept(SCT, "76752008", "Breast structure (body structure)")})
        elif kind == "FamilyMemberHistory":
            out.update(status="completed", patient=self.subject(), relationship=self.term("v3-RoleCode", "MTH", "mother"), condition=[{"code": self.concept(SCT, *self.pick(PROBLEMS)[:2]), "onsetAge": {"value": 48, "unit": "a", "system": UCUM, "code": "a"}}])
        else:
            out.update(status="active", type=self.term("v3-ActCode", "HIP", "health insurance plan policy"), subscriberId=str(self.below(10 ** 8)), beneficiary=self.subject(), relationship=self.term("subscriber-relationship", "self"),
                       period={"start": self.day(), "end": self.day()}, payor=[self.clinic()], **{"class": [{"type": self.term("coverage-class", "plan"), "value": "B37FC", "name": "Full Coverage"}]})
        return out

    def money(self):
        usd = lambda: {"value": RawNumber("%d.%02d" % (self.below(2000), self.below(100))), "currency": "USD"}
        adjudication = "https://bluebutton.cms.gov/resources/codesystem/adjudication"
        kind = self.pick(("Claim", "ExplanationOfBenefit"))
        out = self.head(kind, [])
        period = {"start": self.at(), "end": self.at()}
        provider = self.clinic()
        if kind == "Claim":
            out.update(status="active", type=self.term("claim-type", self.pick(("institutional", "professional", "pharmacy"))), use="claim", patient=self.subject(), billablePeriod=period, created=self.at(), provider=provider,
                       priority=self.term("processpriority", "normal"), **self.maybe(.3, prescription=self.ref("MedicationRequest")),
                       **self.maybe(.5, diagnosis=[{"sequence": 1, "diagnosisReference": self.ref("Condition")}]), insurance=[{"sequence": 1, "focal": True, "coverage": {"display": self.pick(("Medicare", "Medicaid", "Humana", "Blue Cross Blue Shield", "NO_INSURANCE"))}}],
                       item=[{"sequence": 1 + n, "productOrService": self.concept(SCT, *self.pick(VISITS)[:2]), **({"encounter": [self.encounter()]} if n == 0 else {"net": usd()})} for n in range(1 + self.below(3))], total=usd())
            return out
        out.update(contained=[{"resourceType": "ServiceRequest", "id": "referral", "status": "completed", "intent": "order", "subject": self.subject(), "requester": self.person(), "performer": [self.person()]},
                   {"resourceType": "Coverage", "id": "coverage", "status": "active", "type": {"text": "Medicare"}, "beneficiary": self.subject(), "payor": [{"display": "Medicare"}]}],
                   identifier=[{"system": "https://bluebutton.cms.gov/resources/variables/clm_id", "value": self.uuid()}, {"system": "https://bluebutton.cms.gov/resources/identifier/claim-group", "value": "99999999999"}], status="active",
                   type=self.term("claim-type", "professional"), use="claim", patient=self.subject(), billablePeriod=period, created=self.at(), insurer={"display": "Medicare"}, provider=provider, referral={"reference": "#referral"},
                   claim=self.ref("Claim"), outcome="complete", careTeam=[{"sequence": 1, "provider": self.person(), "role": self.term("claimcareteamrole", "primary", "Primary Care Practitioner")}],
                   **self.maybe(.4, diagnosis=[{"sequence": 1, "diagnosisReference": self.ref("Condition"), "type": [self.term("ex-diagnosistype", "principal")]}]), insurance=[{"focal": True, "coverage": {"reference": "#coverage", "display": "Medicare"}}],
                   item=[{"sequence": 1 + n, "category": {"coding": [{"system": "https://bluebutton.cms.gov/resources/variables/line_cms_type_srvc_cd", "code": "1", "display": "Medical care"}]}, "productOrService": self.concept(SCT, *self.pick(VISITS)[:2]),
                          "servicedPeriod": period, "locationCodeableConcept": self.term("ex-serviceplace", *self.pick((("21", "Inpatient Hospital"), ("20", "Urgent Care Facility"), ("19", "Off Campus-Outpatient Hospital")))),
                          **({"encounter": [self.encounter()]} if n == 0 else {"net": usd(), "adjudication": [{"category": {"coding": [{"system": adjudication, "code": adjudication[:-13] + "variables/" + c, "display": d}]}, "amount": usd()} for c, d in (
                              ("line_coinsrnc_amt", "Line Beneficiary Coinsurance Amount"), ("line_prvdr_pmt_amt", "Line Provider Payment Amount"), ("line_sbmtd_chrg_amt", "Line Submitted Charge Amount"),
                              ("line_alowd_chrg_amt", "Line Allowed Charge Amount"), ("line_bene_ptb_ddctbl_amt", "Line Beneficiary Part B Deductible Amount"), ("line_prcsg_ind_cd", "Line Processing Indicator Code"))]})} for n in range(1 + self.below(2))],
                   total=[{"category": {"coding": [{"system": TERM + "adjudication", "code": "submitted", "display": "Submitted Amount"}], "text": "Submitted Amount"}, "amount": usd()}], payment={"amount": usd()})
        return out

    def any(self):
        if self.below(40) == 0:
            self.new_person()
        return self.pick([self.lab] * 26 + [self.vital] * 16 + [self.pressure] * 5 + [self.answer] * 4 + [self.stage] * 2 + [self.score] * 3 + [self.report] * 6 + [self.condition] * 7 + [self.procedure] * 6
                         + [self.medication] * 6 + [self.statement] * 2 + [self.vaccine] * 7 + [self.allergy] * 3 + [self.visit_made] * 9 + [self.plan] * 4 + [self.someone] * 2 + [self.staff] * 3 + [self.paper] * 4 + [self.money] * 4)()


class RawNumber(float):
    """A number that is written as it was spelled."""
    def __new__(cls, text):
        self = float.__new__(cls, text)
        self.text = text
        return self

    def __repr__(self):
        return self.text


def vocabulary():
    pair = lambda s, c, n: {"system": s, "code": c, "display": n}
    yield [pair(LOINC, *r[:2]) for r in LABS + VITALS + SCORES + PANELS] + [pair(LOINC, *r[:2]) for r in ANSWERS]
    yield [pair(SCT, *r[:2]) for r in PROBLEMS + ACTS + VISITS + ALLERGENS] + [pair(SCT, *r[2:4]) for r in ANSWERS]
    yield [pair(SCT, *r[i:i + 2]) for r in STAGES for i in (0, 2, 4) if r[i]]
    yield [pair(RXN, *r) for r in DRUGS] + [pair(CVX, *r) for r in VACCINES] + [pair(ICD, r[2], r[1]) for r in PROBLEMS]
    yield [TERM + s for s in """observation-category v3-ObservationInterpretation condition-clinical condition-ver-status condition-category allergyintolerance-clinical
        allergyintolerance-verification v3-ActCode v3-ParticipationType v3-RoleCode v3-MaritalStatus v2-0203 v2-0074 v2-0131 v2-0487 v2-0360 v3-RouteOfAdministration v3-ActReason v3-Confidentiality
        v3-NullFlavor v3-ActSite organization-type medicationrequest-category medication-statement-category dose-rate-type goal-achievement goal-category referencerange-meaning data-absent-reason
        diagnosis-role discharge-disposition encounter-type admit-source claim-type processpriority ex-diagnosistype ex-serviceplace adjudication claimcareteamrole coverage-class subscriber-relationship
        provenance-participant-type contactentity-type location-physical-type practitioner-role service-type consentscope consentaction list-order reaction-event-certainty""".split()]
    yield [CORE + s for s in """us-core-patient us-core-encounter us-core-condition us-core-condition-encounter-diagnosis us-core-condition-problems-health-concerns us-core-observation-lab us-core-vital-signs
        us-core-blood-pressure us-core-bmi us-core-body-height us-core-body-weight us-core-body-temperature us-core-heart-rate us-core-respiratory-rate us-core-pulse-oximetry us-core-smokingstatus
        us-core-observation-survey us-core-observation-social-history us-core-observation-clinical-result us-core-diagnosticreport-lab us-core-diagnosticreport-note us-core-procedure us-core-immunization
        us-core-allergyintolerance us-core-medicationrequest us-core-medication us-core-careplan us-core-careteam us-core-goal us-core-servicerequest us-core-documentreference us-core-organization
        us-core-practitioner us-core-practitionerrole us-core-location us-core-provenance us-core-implantable-device us-core-coverage us-core-specimen us-core-relatedperson us-core-questionnaireresponse
        us-core-race us-core-ethnicity us-core-birthsex us-core-genderIdentity us-core-sex us-core-direct""".split()]
    yield [MCODE + "mcode-" + s for s in """cancer-patient primary-cancer-condition secondary-cancer-condition cancer-stage tnm-stage-group tnm-primary-tumor-category tnm-regional-nodes-category
        tnm-distant-metastases-category tumor-marker-test cancer-disease-status cancer-related-medication-request cancer-related-medication-administration cancer-related-surgical-procedure
        radiotherapy-course-summary radiotherapy-volume ecog-performance-status karnofsky-performance-status human-specimen genomics-report genomic-variant comorbidities tumor tumor-size""".split()]
    yield [IPS + s + "-uv-ips" for s in """Patient Composition AllergyIntolerance Condition Medication MedicationStatement MedicationRequest Immunization Procedure DiagnosticReport
        Observation-results-laboratory-pathology Observation-results-radiology Observation-tobaccouse Observation-pregnancy-status Device DeviceUseStatement Organization Practitioner PractitionerRole Specimen""".split()]
    yield [BASE + s for s in """vitalsigns bp bodyweight bodyheight bodytemp heartrate resprate bmi oxygensat headcircum data-absent-reason patient-birthPlace patient-mothersMaidenName patient-birthTime
        geolocation condition-assertedDate observation-bodyPosition workflow-episodeOfCare rendered-value iso21090-EN-qualifier""".split()] + """http://hl7.org/fhir/sid/us-npi http://hl7.org/fhir/sid/us-ssn
        http://hl7.org/fhir/sid/icd-10 http://hl7.org/fhir/sid/icd-9-cm http://hl7.org/fhir/sid/ndc http://www.ama-assn.org/go/cpt http://www.whocc.no/atc http://standardterms.edqm.eu urn:ietf:bcp:47 urn:iso:std:iso:3166
        urn:ietf:rfc:3986 urn:ietf:bcp:13 urn:oid:2.16.840.1.113883.6.238 http://dicom.nema.org/resources/ontology/DCM http://fdasis.nlm.nih.gov http://ncimeta.nci.nih.gov http://nucc.org/provider-taxonomy
        https://www.usps.com/ http://www.genenames.org http://varnomen.hgvs.org http://cancerstaging.org http://hl7.org/fhir/care-plan-activity-kind""".split()
    # names of elements, for resources that no template here has
    yield """abatementPeriod abatementString accessionIdentifier account actualPeriod additive adverseEvent allergen alias altitude appliesTo appointment approvalDate asserter assignedEntity availableTime
        basedOn batch bodyStructure bodySite carrierAIDC causality characteristic citation code codeFilter collectedPeriod comment component compose concept conclusionCode condition connectionType consent constraint
        container contributor copyright course criteria dataAbsentReason dateAsserted dayOfWeek deceasedBoolean deceasedDateTime defaultValue definition derivedFrom description device diagnosis disposition
        doNotPerform docStatus dose doseNumber doseQuantity duration eligibility endpoint episodeOfCare estimatedAge evaluatedOutcome event evidence excludedStructure expansion expirationDate experimental
        facility fastingStatusCodeableConcept finding focus followUp form fullUrl function fundingSource gestationalAge group groupIdentifier hasMember identifiedDateTime imagingStudy implicitRules ingredient
        instantiatesCanonical instantiatesUri isSubpotent issuer itemCodeableConcept itemReference jurisdiction kind laterality linkId link manufacturer mapping maxDosePerPeriod measure media mode modified modifierExtension
        morphology multipleBirthInteger onsetAge onsetPeriod onsetString operator outcome partOf patientInstruction payload performedDateTime performerType photo physicalType plannedPeriod policyNumber
        preAdmissionIdentifier previousAddress priorPrescription program protocol publisher purpose qualification quantityQuantity questionnaire rateQuantity rateRatio reasonReference receiver recommendation
        relatesTo replaces reportOrigin repeat requestedPeriod response responsibleParty result role safety sampledData schedule section sender sentDate series serviceCategory serviceType severity source
        stage statusHistory statusReason strength study subPotentReason substance substitution supportingInfo supportingInformation suspectEntity targetDisease technique timingTiming topic usedReference
        validityPeriod valueBoolean valueInteger valueString valueDateTime valuePeriod valueRange valueRatio valueSampledData valueTime verification version viewTime whenPrepared wasSubstituted""".split()


def main(args):
    dump = lambda v: print(json.dumps(v, ensure_ascii=False, separators=(",", ":")))
    if args == ["words"]:
        for line in vocabulary():
            dump(line)
        return 0
    if len(args) == 3 and args[0] == "samples":
        maker = Maker(int(args[1]))
        for _ in range(int(args[2])):
            dump(maker.any())
        return 0
    print("usage: make_dict.py words | make_dict.py samples SEED N", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
