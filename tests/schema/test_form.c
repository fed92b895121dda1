/* SPDX-License-Identifier: ISC */
/* What each form makes of its answers: whole bodies, valid by our rules; what it refuses, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/form.h"

#define NOW "2026-05-10T09:30:00+02:00"
#define SUBJECT "{\"reference\":\"Patient/ana\"}"
#define CATEGORY(c) "\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"" c "\"}]}]"
#define UCUM(value, unit, code) "{\"value\":" value ",\"unit\":\"" unit "\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"" code "\"}"
#define OBSERVATION(c) "{\"resourceType\":\"Observation\",\"status\":\"final\"," CATEGORY(c) ","
#define MINE ",\"performer\":[" SUBJECT "]"

struct row {
	const char *form;
	const char *answers[12];     /* field, answer, … */
	const char *json;
};

/* Each body as it is to be, by hand. */
static const struct row rows[] = {
	{ "lab", { "test", "WBC", "value", "4.20", "on", "2026-05" },
	  OBSERVATION("laboratory") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"6690-2\",\"display\":\"Leukocytes [#/volume] in Blood by Automated "
	  "count\"}],\"text\":\"White blood cells\"},\"subject\":" SUBJECT ",\"effectiveDateTime\":\"2026-05\",\"valueQuantity\":" UCUM("4.20", "10^9/L", "10*9/L") "}" },
	{ "lab", { "test", "potassium", "value", " < .5 meq/l", "low", "3,5", "high", "5.0", "lab", "Q" },
	  OBSERVATION("laboratory") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2823-3\",\"display\":\"Potassium [Moles/volume] in Serum or Plasma\"}],"
	  "\"text\":\"Potassium\"},\"subject\":" SUBJECT ",\"effectiveDateTime\":\"" NOW "\",\"performer\":[{\"display\":\"Q\"}],\"valueQuantity\":{\"value\":0.5,"
	  "\"comparator\":\"<\",\"unit\":\"meq/L\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"meq/L\"},\"referenceRange\":[{\"low\":" UCUM("3.5", "meq/L", "meq/L")
	  ",\"high\":" UCUM("5.0", "meq/L", "meq/L") "}]}" },
	{ "lab", { "test", "mrd", "value", "not \"seen\"" },
	  OBSERVATION("laboratory") "\"code\":{\"coding\":[{\"system\":\"urn:aftercare:lab\",\"code\":\"mrd\",\"display\":\"Minimal residual disease\"}],\"text\":\"Minimal "
	  "residual disease\"},\"subject\":" SUBJECT ",\"effectiveDateTime\":\"" NOW "\",\"valueCodeableConcept\":{\"text\":\"not \\\"seen\\\"\"}}" },
	{ "lab", { "test", "INR", "value", "1.1", "on", "2026-05-09" },
	  OBSERVATION("laboratory") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"6301-6\",\"display\":\"INR in Platelet poor plasma by Coagulation "
	  "assay\"}],\"text\":\"INR\"},\"subject\":" SUBJECT ",\"effectiveDateTime\":\"2026-05-09\",\"valueQuantity\":{\"value\":1.1,\"system\":"
	  "\"http://unitsofmeasure.org\",\"code\":\"{INR}\"}}" },
	{ "lab", { "test", "ACTH", "value", "80 pg/mL", "low", "15", "high", "150", "code", "2141-0" },
	  OBSERVATION("laboratory") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2141-0\"}],\"text\":\"ACTH\"},\"subject\":" SUBJECT
	  ",\"effectiveDateTime\":\"" NOW "\",\"valueQuantity\":{\"value\":80,\"unit\":\"pg/mL\"},\"referenceRange\":[{\"low\":{\"value\":15,\"unit\":\"pg/mL\"},"
	  "\"high\":{\"value\":150,\"unit\":\"pg/mL\"}}]}" },
	{ "lab", { "test", "Titre", "value", "80", "high", "150", "code", "5048-4" },
	  OBSERVATION("laboratory") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"5048-4\"}],\"text\":\"Titre\"},\"subject\":" SUBJECT
	  ",\"effectiveDateTime\":\"" NOW "\",\"valueQuantity\":{\"value\":80},\"referenceRange\":[{\"high\":{\"value\":150}}]}" },
	{ "weight", { "value", "70,5", "on", "2026-05-10" },
	  OBSERVATION("vital-signs") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"29463-7\",\"display\":\"Body weight\"}],\"text\":\"Body weight\"},"
	  "\"subject\":" SUBJECT ",\"effectiveDateTime\":\"2026-05-10\"" MINE ",\"valueQuantity\":" UCUM("70.5", "kg", "kg") "}" },
	{ "symptom", { "symptom", "tired", "grade", "mild" },
	  OBSERVATION("survey") "\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"84229001\",\"display\":\"Fatigue (finding)\"}],\"text\":\"Fatigue\"},"
	  "\"subject\":" SUBJECT ",\"effectiveDateTime\":\"" NOW "\"" MINE ",\"valueCodeableConcept\":{\"coding\":[{\"system\":"
	  "\"http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system\",\"code\":\"1\",\"display\":\"Mild Adverse Event\"},{\"system\":\"http://snomed.info/sct\","
	  "\"code\":\"255604002\",\"display\":\"Mild (qualifier value)\"}],\"text\":\"mild\"}}" },
	{ "symptom", { "symptom", "hiccups", "until", "2026-05-01", "note", "at night" },
	  OBSERVATION("survey") "\"code\":{\"text\":\"hiccups\"},\"subject\":" SUBJECT ",\"effectivePeriod\":{\"end\":\"2026-05-01\"}" MINE
	  ",\"valueCodeableConcept\":{\"text\":\"present\"},\"note\":[{\"text\":\"at night\"}]}" },
	{ "distress", { "score", "04", "about", "money" },
	  OBSERVATION("survey") "\"code\":{\"coding\":[{\"system\":\"urn:aftercare:plan-item\",\"code\":\"distress\"}],\"text\":\"Distress thermometer\"},\"subject\":" SUBJECT
	  ",\"effectiveDateTime\":\"" NOW "\"" MINE ",\"valueQuantity\":" UCUM("4", "{score}", "{score}")
	  ",\"component\":[{\"code\":{\"text\":\"About\"},\"valueString\":\"money\"}]}" },
	{ "activity", { "what", "swimming", "minutes", "20" },
	  OBSERVATION("activity") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"55411-3\",\"display\":\"Exercise duration\"}],\"text\":\"swimming\"},\"subject\":"
	  SUBJECT ",\"effectiveDateTime\":\"" NOW "\"" MINE ",\"valueQuantity\":" UCUM("20", "min", "min") ",\"component\":[{\"code\":{\"coding\":[{\"system\":"
	  "\"http://loinc.org\",\"code\":\"73985-4\",\"display\":\"Exercise activity\"}]},\"valueCodeableConcept\":{\"text\":\"swimming\"}}]}" },
	{ "note", { "text", " two\nlines " },
	  OBSERVATION("social-history") "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"51855-5\",\"display\":\"Patient Note\"}],\"text\":\"Note\"},\"subject\":"
	  SUBJECT ",\"effectiveDateTime\":\"" NOW "\"" MINE ",\"valueString\":\"two\\nlines\"}" },
	{ "medication", { "name", "Methotrexate", "dose", "20 mg", "often", "weekly", "since", "2026-06-01" },
	  "{\"resourceType\":\"MedicationStatement\",\"status\":\"intended\",\"medicationCodeableConcept\":{\"text\":\"Methotrexate\"},\"subject\":" SUBJECT
	  ",\"effectivePeriod\":{\"start\":\"2026-06-01\"},\"dateAsserted\":\"" NOW "\",\"dosage\":[{\"text\":\"20 mg, weekly\",\"timing\":{\"repeat\":{\"frequency\":1,"
	  "\"period\":1,\"periodUnit\":\"wk\"}},\"doseAndRate\":[{\"doseQuantity\":" UCUM("20", "mg", "mg") "}]}]}" },
	{ "medication", { "name", "Aspirin", "dose", "half a tablet", "often", "as needed", "code", "1191", "until", "2026-04", "by", "Dr Lee" },
	  "{\"resourceType\":\"MedicationStatement\",\"status\":\"completed\",\"medicationCodeableConcept\":{\"coding\":[{\"system\":\"http://www.nlm.nih.gov/research/umls/rxnorm\","
	  "\"code\":\"1191\"}],\"text\":\"Aspirin\"},\"subject\":" SUBJECT ",\"effectivePeriod\":{\"end\":\"2026-04\"},\"dateAsserted\":\"" NOW "\",\"note\":[{\"text\":"
	  "\"Prescribed by Dr Lee\"}],\"dosage\":[{\"text\":\"half a tablet, as needed\",\"asNeededBoolean\":true}]}" },
	{ "supplement", { "name", "Zinc", "dose", "1000 IU", "note", "n" },
	  "{\"resourceType\":\"MedicationStatement\",\"status\":\"active\",\"category\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/medication-statement-category\","
	  "\"code\":\"patientspecified\",\"display\":\"Patient Specified\"},{\"system\":\"urn:aftercare:supplement\",\"code\":\"not-discussed\",\"display\":\"Not yet discussed with the "
	  "care team\"}],\"text\":\"Supplement. Not yet discussed with the care team\"},\"medicationCodeableConcept\":{\"text\":\"Zinc\"},\"subject\":" SUBJECT
	  ",\"dateAsserted\":\"" NOW "\",\"note\":[{\"text\":\"n\"}],\"dosage\":[{\"text\":\"1000 IU\",\"doseAndRate\":[{\"doseQuantity\":" UCUM("1000", "IU", "[iU]") "}]}]}" },
	{ "appointment", { "what", "Scan", "on", "2026-12-31T23:50:00-05:30", "minutes", "20", "item", "visit" },
	  "{\"resourceType\":\"Appointment\",\"status\":\"booked\",\"serviceType\":[{\"coding\":[{\"system\":\"urn:aftercare:plan-item\",\"code\":\"visit\"}]}],\"description\":\"Scan\","
	  "\"start\":\"2026-12-31T23:50:00-05:30\",\"end\":\"2027-01-01T00:10:00-05:30\",\"minutesDuration\":20,\"created\":\"" NOW "\",\"participant\":[{\"actor\":" SUBJECT
	  ",\"status\":\"accepted\"}]}" },
	{ "appointment", { "what", "Scan", "on", "2026-05-09T10:00:00Z", "with", "Dr Lee", "where", "Room" },
	  "{\"resourceType\":\"Appointment\",\"status\":\"fulfilled\",\"description\":\"Scan\",\"start\":\"2026-05-09T10:00:00Z\",\"end\":\"2026-05-09T10:30:00Z\",\"minutesDuration\":30,"
	  "\"created\":\"" NOW "\",\"participant\":[{\"actor\":" SUBJECT ",\"status\":\"accepted\"},{\"actor\":{\"display\":\"Dr Lee\"},\"status\":\"accepted\"},{\"actor\":"
	  "{\"display\":\"Room\"},\"status\":\"accepted\"}]}" },
	{ "question", { "text", "May I?", "to", "Dr Lee", "on", "2026-05-01" },
	  "{\"resourceType\":\"Task\",\"status\":\"requested\",\"intent\":\"proposal\",\"code\":{\"coding\":[{\"system\":\"urn:aftercare:plan-item\",\"code\":\"questions\"}],\"text\":"
	  "\"Question for the care team\"},\"description\":\"May I?\",\"for\":" SUBJECT ",\"authoredOn\":\"2026-05-01\",\"owner\":{\"display\":\"Dr Lee\"}}" },
	{ "contact", { "name", "Nurse", "phone", "555 01", "role", "nurse", "call-for", "fever", "where", "Clinic" },
	  "{\"resourceType\":\"CareTeam\",\"status\":\"active\",\"category\":[{\"coding\":[{\"system\":\"urn:aftercare:plan-item\",\"code\":\"symptoms\"}],\"text\":\"Whom to call\"}],"
	  "\"name\":\"Nurse\",\"subject\":" SUBJECT ",\"participant\":[{\"role\":[{\"text\":\"nurse\"}],\"member\":{\"display\":\"Nurse\"}}],\"reasonCode\":[{\"text\":\"fever\"}],"
	  "\"managingOrganization\":[{\"display\":\"Clinic\"}],\"telecom\":[{\"system\":\"phone\",\"value\":\"555 01\"}]}" },
	{ "support", { "name", "Maria", "email", "m@example.org" },
	  "{\"resourceType\":\"RelatedPerson\",\"active\":true,\"patient\":" SUBJECT ",\"relationship\":[{\"coding\":[{\"system\":\"urn:aftercare:plan-item\",\"code\":\"people\"}],"
	  "\"text\":\"supports me\"}],\"name\":[{\"text\":\"Maria\"}],\"telecom\":[{\"system\":\"email\",\"value\":\"m@example.org\"}]}" },
	{ "support", { "name", "Circle", "who", "Mondays", "group", "yes" },
	  "{\"resourceType\":\"CareTeam\",\"status\":\"active\",\"category\":[{\"coding\":[{\"system\":\"urn:aftercare:plan-item\",\"code\":\"people\"}],\"text\":\"People who support "
	  "me\"}],\"name\":\"Circle\",\"subject\":" SUBJECT ",\"note\":[{\"text\":\"Mondays\"}]}" },
	{ "insurance", { "insurer", "AOK", "from", "2026", "until", "2026-12-31", "phone", "0800", "plan", "Gold", "number", "A1" },
	  "{\"resourceType\":\"Coverage\",\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"insurer\",\"name\":\"AOK\",\"telecom\":[{\"system\":\"phone\",\"value\":\"0800\"}]}],"
	  "\"status\":\"active\",\"type\":{\"text\":\"Health insurance\"},\"subscriberId\":\"A1\",\"beneficiary\":" SUBJECT ",\"period\":{\"start\":\"2026\",\"end\":\"2026-12-31\"},"
	  "\"payor\":[{\"reference\":\"#insurer\",\"display\":\"AOK\"}],\"class\":[{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/coverage-class\",\"code\":"
	  "\"plan\"}]},\"value\":\"Gold\"}]}" },
};

/* What is no answer, the field at which that is said, and a part of the sentence. */
static const struct { struct row row; const char *field, *says; } wrong[] = {
	{ { "lab", { "value", "1" }, NULL }, "test", "missing" },
	{ { "lab", { "test", "wbc" }, NULL }, "value", "missing" },
	{ { "lab", { "test", "wbc", "value", "  " }, NULL }, "value", "missing" },
	{ { "lab", { "test", "hemoglobine", "value", "1" }, NULL }, "test", "did you mean hemoglobin" },
	{ { "lab", { "test", "wbc", "value", "1,500" }, NULL }, "value", "two ways" },
	{ { "lab", { "test", "wbc", "value", "1.2.3" }, NULL }, "value", "two ways" },
	{ { "lab", { "test", "wbc", "value", "4 mg/dL" }, NULL }, "value", "10^9/L" },
	{ { "lab", { "test", "wbc", "value", "4", "unit", "mg/dL" }, NULL }, "unit", "10^9/L" },
	{ { "lab", { "test", "wbc", "value", "4 /uL", "unit", "10^9/L" }, NULL }, "unit", "already" },
	{ { "lab", { "test", "wbc", "value", "4", "on", "2026-05-11" }, NULL }, "on", "to come" },
	{ { "lab", { "test", "wbc", "value", "4", "on", "2026-02-30" }, NULL }, "on", "no date" },
	{ { "lab", { "test", "wbc", "value", "4", "low", "4", "high", "3" }, NULL }, "high", "below" },
	{ { "lab", { "test", "wbc", "value", "4", "low", "four" }, NULL }, "low", "no number" },
	{ { "lab", { "test", "wbc", "value", "4/5" }, NULL }, "value", "one number" },
	{ { "lab", { "test", "bp", "value", "120" }, NULL }, "value", "120/80" },
	{ { "lab", { "test", "x", "value", "4", "code", "718" }, NULL }, "code", "LOINC" },
	{ { "lab", { "test", "some name", "value", "5 ng/mL", "code", "1988-5" }, NULL }, "value", "mg/L" },
	{ { "lab", { "test", "some name", "value", "5", "unit", "ng/mL", "code", "1988-5 " }, NULL }, "unit", "mg/L" },
	{ { "lab", { "test", " wbc ", "value", "4 mg/dL" }, NULL }, "value", "10^9/L" },
	{ { "lab", { "test", "somebp", "value", "120", "code", "85354-9" }, NULL }, "value", "120/80" },
	{ { "lab", { "test", "bp", "value", ">180/110" }, NULL }, "value", "alone" },
	{ { "lab", { "test", "bp", "value", "\xe2\x89\xa4 180/110 mmHg" }, NULL }, "value", "alone" },
	{ { "lab", { "test", "hct", "value", "40 g/L" }, NULL }, "value", "40 g/L is no value in a unit of this test; its units are %, L/L" },
	{ { "lab", { "test", "hct", "value", "40", "unit", "%1$s" }, NULL }, "unit", "%1$s is no unit of this test; its units are %, L/L" },
	{ { "symptom", { "symptom", "pain", "grade", "5" }, NULL }, "grade", "no grade" },
	{ { "distress", { "score", "11" }, NULL }, "score", "10" },
	{ { "distress", { "score", "4.5" }, NULL }, "score", "whole" },
	{ { "distress", { "score", "-1" }, NULL }, "score", "no number" },
	{ { "activity", { "what", "x", "minutes", "0" }, NULL }, "minutes", "minutes" },
	{ { "appointment", { "what", "x", "on", "2026-12-31" }, NULL }, "on", "no time" },
	{ { "appointment", { "what", "x", "on", "2026-12-31T10:00:00Z", "minutes", "0" }, NULL }, "minutes", "minutes" },
	{ { "medication", { "name", "x", "dose", "1,000 mg" }, NULL }, "dose", "no dose" },
	{ { "medication", { "name", "x", "since", "2026-03", "until", "2026-02-28" }, NULL }, "until", "begins" },
	{ { "medication", { "name", "x", "code", "A10" }, NULL }, "code", "RxNorm" },
	{ { "supplement", { "name", "x", "discussed", "2026-05-11" }, NULL }, "discussed", "to come" },
	{ { "contact", { "name", "x" }, NULL }, "phone", "missing" },
	{ { "contact", { "name", "x", "phone", "12" }, NULL }, "phone", "telephone" },
	{ { "support", { "name", "x", "email", "a b@c" }, NULL }, "email", "e-mail" },
	{ { "insurance", { "insurer", "x", "from", "2026-03-02", "until", "2026-03-01" }, NULL }, "until", "begins" },
};

static const struct ac_val *
subject(struct ac_arena *a)
{
	const struct ac_val *v = NULL;

	assert_int_equal(ac_json_read(&v, a, SUBJECT, strlen(SUBJECT), NULL), AC_OK);
	return v;
}

static struct ac_form_input
input(struct ac_arena *a, const struct row *r)
{
	struct ac_form_input in = { .form = ac_form_find(r->form), .subject = subject(a), .sex = "female", .now = NOW };
	size_t i, k;

	assert_non_null(in.form);
	for (i = 0; i < 12 && r->answers[i]; i += 2) {
		for (k = 0; in.form->fields[k].name && strcmp(in.form->fields[k].name, r->answers[i]) != 0; k++)
			;
		if (!in.form->fields[k].name)
			fail_msg("%s has no field %s", r->form, r->answers[i]);
		in.answers[k] = r->answers[i + 1];
	}
	return in;
}

static void
complain(void *ctx, const struct ac_issue *i)
{
	if (i->error)
		print_message("%s: %s: %s\n", (const char *)ctx, i->path, i->message);
}

static void
bodies(void **state)
{
	const struct ac_form *first = ac_form_find("lab"); /* of all */
	bool seen[32] = { false };
	size_t i, errors;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ac_arena a = { 0 };
		struct ac_buf b = { 0 };
		struct ac_form_input in = input(&a, &rows[i]);
		struct ac_form_made m;
		struct ac_fault f = { "", 0, 0 };

		if (ac_form_make(&m, &a, &in, &f))
			fail_msg("%s: %s", rows[i].form, f.text);
		assert_int_equal(ac_json_write(&b, m.body, NULL, NULL), AC_OK);
		assert_int_equal(ac_buf_add(&b, "", 1), AC_OK);
		assert_string_equal((const char *)b.p, rows[i].json);
		assert_int_equal(ac_validate(m.body, complain, (void *)(uintptr_t)rows[i].form, &errors), AC_OK);
		assert_int_equal(errors, 0);
		assert_true(in.form >= first);
		seen[in.form - first] = true;
		ac_buf_free(&b);
		ac_arena_free(&a);
	}
	for (i = 0; first[i].name; i++)
		if (!seen[i])
			fail_msg("no body of %s is held against what it is to be", first[i].name);
	assert_int_equal(i, 13);
}

static void
refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct ac_arena a = { 0 };
		struct ac_form_input in = input(&a, &wrong[i].row);
		struct ac_form_made m;
		struct ac_fault f = { "", 0, 0 };

		if (ac_form_make(&m, &a, &in, &f) != AC_EUSAGE)
			fail_msg("%s at %s is taken", wrong[i].row.form, wrong[i].field);
		if (m.field < 0 || strcmp(in.form->fields[m.field].name, wrong[i].field) != 0 || !strstr(f.text, wrong[i].says))
			fail_msg("%s at %s: field %d, %s", wrong[i].row.form, wrong[i].field, m.field, f.text);
		ac_arena_free(&a);
	}
}

/* Value and unit (NULL: none), what is doubted, and the unit that is meant. */
static void
doubts(void **state)
{
	static const struct { const char *test, *value, *unit; bool doubt; const char *meant; } odd[] = { { "hgb", "140", NULL, true, "g/L" },
		{ "hgb", "14", NULL, false, NULL }, { "hgb", "140", "g/L", false, NULL }, { "hgb", "140", "g/dL", true, NULL }, { "hgb", "8.7", NULL, true, "mmol/L" },
		{ "glucose", "5.4", NULL, true, "mmol/L" }, { "glucose", "95", NULL, false, NULL }, { "creatinine", "80", NULL, true, "umol/L" },
		{ "creatinine", "1.9", NULL, false, NULL }, { "calcium", "2.3", NULL, true, "mmol/L" }, { "calcium", "2.3", "mg/dL", false, NULL },
		{ "bilirubin", "12", NULL, true, "umol/L" }, { "platelets", "250000", NULL, true, "/uL" }, { "sodium", "20", NULL, true, NULL },
		{ "wbc", "0.1", NULL, false, NULL }, { "temp", "98.6", NULL, true, "[degF]" }, { "bp", "80/120", NULL, true, NULL }, { "bp", "900/80", NULL, true, NULL },
		{ "bp", "120/80", NULL, false, NULL }, { "hba1c", "48", NULL, true, "mmol/mol" }, { "mrd", "101", NULL, true, NULL } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof odd / sizeof *odd; i++) {
		const struct row r = { "lab", { "test", odd[i].test, "value", odd[i].value, odd[i].unit ? "unit" : NULL, odd[i].unit }, NULL };
		struct ac_arena a = { 0 };
		struct ac_form_input in = input(&a, &r);
		struct ac_form_made m;

		assert_int_equal(ac_form_make(&m, &a, &in, NULL), AC_OK);
		if (!m.doubt != !odd[i].doubt || !m.meant != !odd[i].meant || (m.meant && strcmp(m.meant, odd[i].meant) != 0))
			fail_msg("%s %s %s: %s, %s", odd[i].test, odd[i].value, odd[i].unit ? odd[i].unit : "", m.doubt ? m.doubt : "no doubt", m.meant ? m.meant : "none");
		ac_arena_free(&a);
	}
}

static void
told(void **state)
{
	static const struct { const char *test, *value, *sex, *says; } ranges[] = { { "wbc", "4", NULL, "4.0 to 11.0 10^9/L is usual" }, { "wbc", "4.0", NULL, "!below" },
		{ "wbc", "3.9", NULL, "below it" }, { "wbc", "11.1", NULL, "above it" }, { "wbc", "11.0", NULL, "!above" }, { "hgb", "13", "female", "!below" }, { "hgb", "13", "male", "below it" },
		{ "hgb", "13", NULL, "" }, { "crp", "9 mg/L", NULL, "above it" }, { "crp", "0.7 mg/dL", NULL, "up to 0.8 mg/dL" }, { "tsh", "2", NULL, "" }, { "wbc", "<4", NULL, "" },
		{ "creatinine", "150 umol/L", "male", "above it" }, { "platelets", "200000 /uL", NULL, "For adults 150000 to 450000 /\xc2\xb5L is" },
		{ "calcium", "2.3 mmol/L", NULL, "For adults 2.146 to 2.545 mmol/L is" }, { "hgb", "140 g/L", "female", "For adults 120 to 160 g/L is" },
		{ "wbc", "5000 /uL", NULL, "For adults 4000 to 11000 /\xc2\xb5L is" } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		const struct row r = { "lab", { "test", ranges[i].test, "value", ranges[i].value }, NULL };
		struct ac_arena a = { 0 };
		struct ac_form_input in = input(&a, &r);
		const char *says = ranges[i].says;
		struct ac_form_made m;

		in.sex = ranges[i].sex;
		assert_int_equal(ac_form_make(&m, &a, &in, NULL), AC_OK);
		if (*says == '!' ? strstr(m.about, says + 1) || !*m.about : *says ? !strstr(m.about, says) || !strstr(m.about, "ABIM") || !strstr(m.about, "not reviewed") : *m.about)
			fail_msg("%s %s: %s", ranges[i].test, ranges[i].value, m.about);
		assert_null(ac_val_get(m.body, "referenceRange"));
		ac_arena_free(&a);
	}
}

static void
calls(void **state)
{
	static const struct { const char *form, *field, *answer, *second, *more; enum ac_form_call call; } who[] = {
		{ "distress", "score", "3", "about", "x", AC_CALL_NOBODY }, { "distress", "score", "4", "about", "x", AC_CALL_DISTRESS },
		{ "symptom", "symptom", "Fatigue", "grade", "1", AC_CALL_LISTED }, { "symptom", "symptom", "bruises", "grade", "4", AC_CALL_LISTED },
		{ "symptom", "symptom", "fatigue", "grade", "gone", AC_CALL_NOBODY }, { "symptom", "symptom", "fever", "grade", "1", AC_CALL_TELL },
		{ "symptom", "symptom", "cough", "grade", "2", AC_CALL_NOBODY }, { "symptom", "symptom", "cough", "grade", "severe", AC_CALL_TELL },
		{ "symptom", "symptom", "hiccups", "grade", "4", AC_CALL_TELL }, { "weight", "value", "70", "unit", "kg", AC_CALL_NOBODY } };
	/* the Canadian Cancer Society's, one by one */
	static const char *const listed[] = { "fatigue", "feeling unwell", "weakness", "dizziness", "breathlessness", "paleness", "loss of appetite", "weight loss", "bleeding",
		"bruising", "infections" };
	const struct ac_symptom *s;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < sizeof who / sizeof *who; i++) {
		const struct row r = { who[i].form, { who[i].field, who[i].answer, who[i].second, who[i].more }, NULL };
		struct ac_arena a = { 0 };
		struct ac_form_input in = input(&a, &r);
		struct ac_form_made m;

		assert_int_equal(ac_form_make(&m, &a, &in, NULL), AC_OK);
		if (m.call != who[i].call)
			fail_msg("%s %s: %d", who[i].answer, who[i].more, (int)m.call);
		ac_arena_free(&a);
	}
	for (i = 0; i < sizeof listed / sizeof *listed; i++) {
		s = ac_symptom_find(listed[i]);
		assert_non_null(s);
		assert_true(s->listed);
	}
	for (s = ac_symptom_find("fatigue"); s->title; s++) /* the first of all */
		n += s->listed;
	assert_int_equal(n, sizeof listed / sizeof *listed);
}

/* SNOMED CT codes end in a digit by Verhoeff's scheme. */
static bool
snomed(const char *s)
{
	static const unsigned char d[10][10] = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, { 1, 2, 3, 4, 0, 6, 7, 8, 9, 5 }, { 2, 3, 4, 0, 1, 7, 8, 9, 5, 6 },
		{ 3, 4, 0, 1, 2, 8, 9, 5, 6, 7 }, { 4, 0, 1, 2, 3, 9, 5, 6, 7, 8 }, { 5, 9, 8, 7, 6, 0, 4, 3, 2, 1 }, { 6, 5, 9, 8, 7, 1, 0, 4, 3, 2 },
		{ 7, 6, 5, 9, 8, 2, 1, 0, 4, 3 }, { 8, 7, 6, 5, 9, 3, 2, 1, 0, 4 }, { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 } };
	static const unsigned char p[8][10] = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, { 1, 5, 7, 6, 2, 8, 3, 0, 9, 4 }, { 5, 8, 0, 3, 7, 9, 6, 1, 4, 2 },
		{ 8, 9, 1, 6, 0, 4, 3, 5, 2, 7 }, { 9, 4, 5, 3, 1, 2, 6, 8, 7, 0 }, { 4, 2, 8, 6, 5, 7, 3, 9, 0, 1 }, { 2, 7, 9, 3, 8, 0, 6, 4, 1, 5 },
		{ 7, 0, 4, 6, 9, 1, 3, 2, 5, 8 } };
	size_t n = strlen(s), i;
	unsigned c = 0;

	for (i = 0; i < n; i++)
		c = d[c][p[i % 8][s[n - 1 - i] - '0']];
	return n > 5 && c == 0;
}

static void
symptom_codes(void **state)
{
	const struct ac_symptom *s;
	char word[64];
	const char *p;
	size_t n, codes = 0, all = 0;

	(void)state;
	assert_true(snomed("84229001"));
	assert_false(snomed("84229002"));
	for (s = ac_symptom_find("fatigue"); s->title; s++, all++) {
		assert_true(!s->code == !s->display);
		if (s->code && !snomed(s->code))
			fail_msg("%s: %s is no code", s->title, s->code);
		codes += s->code != NULL;
		assert_ptr_equal(ac_symptom_find(s->title), s);
		for (p = s->names; *p; p += n + (p[n] == '|')) {
			n = strcspn(p, "|");
			snprintf(word, sizeof word, "%.*s", (int)n, p);
			if (ac_symptom_find(word) != s)
				fail_msg("%s names another than %s", word, s->title);
		}
	}
	assert_true(codes > 25);
	assert_int_equal(all, 33);
	assert_ptr_equal(ac_symptom_find("SHORT-OF-breath"), ac_symptom_find("dyspnea"));
	assert_null(ac_symptom_find(""));
	assert_null(ac_symptom_find("hiccups"));
}

static void
numbers(void **state)
{
	static const struct { const char *s, *number, *rest; } good[] = { { "4.20", "4.20", "" }, { "4,2", "4.2", "" }, { ".5", "0.5", "" }, { "007", "7", "" }, { "0", "0", "" },
		{ "00", "0", "" }, { "0.10 mg", "0.10", " mg" }, { "12 g", "12", " g" }, { "4,25", "4.25", "" }, { "150.000", "150.000", "" }, { "5.", "5", "." } };
	static const char *const bad[] = { "", "x", ".", ",", "1,500", "1,500,000", "1.2.3", "1,2.3", "1234567890123456789", "-1", "+1" };
	char n[AC_FORM_NUMBER];
	const char *end;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++)
		if (!ac_form_number(n, good[i].s, &end) || strcmp(n, good[i].number) != 0 || strcmp(end, good[i].rest) != 0)
			fail_msg("%s: %s", good[i].s, n);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (ac_form_number(n, bad[i], &end))
			fail_msg("%s: %s", bad[i], n);
}

/* Beside which item of a plan a document stands, and what it says. */
static void
beside(void **state)
{
	static const struct { const char *json, *item, *line; } docs[] = {
		{ "{\"resourceType\":\"Coverage\",\"status\":\"active\",\"payor\":[{\"display\":\"AOK\"}],\"period\":{\"end\":\"2026-05-09\"}}", "insurance", "AOK; it ended on 9 May 2026" },
		{ "{\"resourceType\":\"Coverage\",\"status\":\"active\",\"payor\":[{\"display\":\"AOK\"}],\"period\":{\"end\":\"2026-05\"}}", "insurance",
		  "AOK; it ends or is renewed on May 2026" },
		{ "{\"resourceType\":\"Coverage\",\"status\":\"active\",\"payor\":[{\"display\":\"AOK\"}]}", "insurance", "AOK" },
		{ "{\"resourceType\":\"Coverage\",\"status\":\"cancelled\",\"payor\":[{\"display\":\"AOK\"}]}", NULL, "" },
		{ "{\"resourceType\":\"Task\",\"status\":\"completed\",\"code\":{\"coding\":[{\"system\":\"urn:aftercare:plan-item\",\"code\":\"questions\"}]}}", NULL, "" },
		{ "{\"resourceType\":\"Task\",\"status\":\"requested\",\"description\":\"x\"}", NULL, "" },
		{ "{\"resourceType\":\"MedicationStatement\",\"status\":\"active\",\"medicationCodeableConcept\":{\"text\":\"x\"}}", NULL, "" },
		{ "{\"resourceType\":\"CareTeam\",\"status\":\"active\",\"name\":\"Ward 5\"}", NULL, "" },
		{ "{\"resourceType\":\"CareTeam\",\"status\":\"active\",\"category\":1,\"participant\":[1],\"telecom\":{}}", NULL, "" },
		{ "{\"resourceType\":\"RelatedPerson\",\"patient\":{},\"relationship\":[{\"text\":\"wife\"}]}", NULL, "" },
		{ "{\"resourceType\":\"Patient\"}", NULL, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof docs / sizeof *docs; i++) {
		struct ac_arena a = { 0 };
		const struct ac_val *v = NULL;
		const char *line, *item;

		assert_int_equal(ac_json_read(&v, &a, docs[i].json, strlen(docs[i].json), NULL), AC_OK);
		item = ac_form_beside(&line, &a, v, "2026-05-10");
		if (!item != !docs[i].item || (item && (strcmp(item, docs[i].item) != 0 || strcmp(line, docs[i].line) != 0)))
			fail_msg("%s: %s, %s", docs[i].json, item ? item : "none", line);
		ac_arena_free(&a);
	}
}

/* With ever more memory: no answer, then the answer; never another. */
static void
little_memory(void **state)
{
	size_t i, max;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum ac_err err = AC_ENOMEM;

		for (max = 1024; err && max < 1u << 20; max += 256) {
			struct ac_arena a = { 0 }, small = { .max = max };
			struct ac_form_input in = input(&a, &rows[i]);
			struct ac_form_made m;

			err = ac_form_make(&m, &small, &in, NULL);
			if (err && err != AC_ENOMEM && err != AC_ELIMIT) /* the reader of JSON says that its arena is full */
				fail_msg("%s with %zu bytes: error %d", rows[i].form, max, (int)err);
			ac_arena_free(&small);
			ac_arena_free(&a);
		}
		assert_int_equal(err, AC_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bodies), cmocka_unit_test(refused), cmocka_unit_test(doubts), cmocka_unit_test(told), cmocka_unit_test(calls),
		cmocka_unit_test(symptom_codes), cmocka_unit_test(numbers), cmocka_unit_test(beside), cmocka_unit_test(little_memory) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
