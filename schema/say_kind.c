/* SPDX-License-Identifier: ISC */
/* What a document is and how it stands, in a word each, as a list says it. */
#include <string.h>

#include "schema/plan.h"
#include "schema/say.h"

static const struct word { const char *code, *text; } kinds[] = {
	{ "AllergyIntolerance", N_("Allergy") }, { "Appointment", N_("Appointment") }, { "Binary", N_("File") },
	{ "CarePlan", N_("Care plan") }, { "CareTeam", N_("Care team") }, { "Claim", N_("Claim") },
	{ "ClinicalImpression", N_("Assessment") }, { "Communication", N_("Message") }, { "Condition", N_("Diagnosis") },
	{ "Consent", N_("Consent") }, { "Coverage", N_("Insurance") }, { "Device", N_("Device") },
	{ "DeviceUseStatement", N_("Device in use") }, { "DiagnosticReport", N_("Report") },
	{ "DocumentReference", N_("Document") }, { "Encounter", N_("Visit") }, { "EpisodeOfCare", N_("Course of care") },
	{ "ExplanationOfBenefit", N_("Bill") }, { "FamilyMemberHistory", N_("Family history") }, { "Flag", N_("Warning") },
	{ "Goal", N_("Goal") }, { "ImagingStudy", N_("Imaging") }, { "Immunization", N_("Vaccination") },
	{ "Location", N_("Place") }, { "Media", N_("Picture") }, { "Medication", N_("Drug") },
	{ "MedicationAdministration", N_("Drug given") }, { "MedicationDispense", N_("Drug supplied") },
	{ "MedicationRequest", N_("Prescription") }, { "MedicationStatement", N_("Medicine taken") },
	{ "NutritionOrder", N_("Diet order") }, { "Organization", N_("Organisation") }, { "Patient", N_("Patient") },
	{ "Practitioner", N_("Clinician") }, { "PractitionerRole", N_("Clinician's role") }, { "Procedure", N_("Procedure") },
	{ "Provenance", N_("Origin") }, { "Questionnaire", N_("Questionnaire") }, { "QuestionnaireResponse", N_("Answers") },
	{ "RelatedPerson", N_("Contact") }, { "RiskAssessment", N_("Risk") }, { "ServiceRequest", N_("Order") },
	{ "Specimen", N_("Sample") }, { "Task", N_("Task") },
}, measured[] = { /* by Observation.category */
	{ "laboratory", N_("Lab result") }, { "vital-signs", N_("Vital sign") }, { "imaging", N_("Imaging") },
	{ "exam", N_("Examination") }, { "survey", N_("Survey") }, { "social-history", N_("Social history") },
	{ "procedure", N_("Test") }, { "therapy", N_("Therapy") }, { "activity", N_("Activity") },
}, readings[] = { /* of an Observation; what is as it should be needs no word */
	{ "H", N_("high") }, { "HH", N_("very high") }, { "HU", N_("much higher") }, { "L", N_("low") },
	{ "LL", N_("very low") }, { "LU", N_("much lower") }, { ">", N_("too high to measure") },
	{ "<", N_("too low to measure") }, { "A", N_("abnormal") }, { "AA", N_("very abnormal") },
	{ "R", N_("resistant") }, { "DET", N_("detected") }, { "POS", N_("positive") }, { "IND", N_("not certain") },
}, standings[] = { /* of a code in FHIR, where its words are not a person's */
	{ "in-progress", N_("in progress") }, { "entered-in-error", N_("entered by mistake") },
	{ "not-done", N_("not done") }, { "on-hold", N_("paused") }, { "relapse", N_("relapsed") },
	{ "remission", N_("in remission") }, { "recurrence", N_("came back") }, { "resolved", N_("over") },
	{ "active", N_("active") }, { "inactive", N_("not active") }, { "stopped", N_("stopped") },
	{ "completed", N_("ended") }, { "cancelled", N_("cancelled") }, { "draft", N_("draft") }, { "booked", N_("booked") },
	{ "proposed", N_("proposed") }, { "pending", N_("pending") }, { "noshow", N_("missed") },
	{ "preliminary", N_("preliminary") }, { "intended", N_("intended") }, { "planned", N_("planned") },
	{ "unconfirmed", N_("not confirmed") }, { "provisional", N_("provisional") }, { "differential", N_("one possibility") },
	{ "refuted", N_("ruled out") }, { "not-taken", N_("not taken") }, { "fulfilled", N_("took place") },
};
#define COUNT(table) (sizeof (table) / sizeof *(table))

static const char *
word(const struct word *table, size_t n, const char *code)
{
	size_t i;

	for (i = 0; code && i < n; i++)
		if (!strcmp(table[i].code, code))
			return _(table[i].text);
	return NULL;
}

/* The i-th code of a CodeableConcept, or of all in an array of them; NULL past the end. */
static const char *
code_of(const struct ac_val *v, uint32_t i)
{
	const struct ac_val *codings = ac_val_get(v, "coding");
	const char *code = "";
	uint32_t k, n;

	if (v && v->kind == AC_ARR) {
		for (k = 0; k < v->n; k++, i -= n) {
			for (n = 0; n <= i && (code = code_of(&v->items[k], n)); n++)
				;
			if (code)
				return code;
		}
		return NULL;
	}
	if (!codings || codings->kind != AC_ARR || i >= codings->n)
		return NULL;
	code = ac_val_str(&codings->items[i], "code");
	return code ? code : "";
}

/* The first of the codes that the table knows. */
static const char *
coded(const struct word *table, size_t n, const struct ac_val *v)
{
	const char *code, *out = NULL;
	uint32_t i;

	for (i = 0; !out && (code = code_of(v, i)); i++)
		out = word(table, n, code);
	return out;
}

static bool
is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

enum ac_err
ac_say_kind(const char **out, struct ac_arena *a, const char *type, const struct ac_val *doc)
{
	struct ac_say w = { .a = a };
	const char *s = word(kinds, COUNT(kinds), type);
	struct ac_buf b = { 0 };

	if (is(type, "Observation") && !(s = coded(measured, COUNT(measured), ac_val_get(doc, "category"))))
		s = _("Observation");
	if (is(type, "AllergyIntolerance") && is(ac_val_str(doc, "type"), "intolerance"))
		s = _("Intolerance");
	if (!s) { /* "MolecularSequence" is "Molecular sequence" */
		s = ac_say_name(&w, NULL, type, strlen(type));
		ac_say_put(&w, &b, s, strlen(s));
		if (b.len && *s >= 'a' && *s <= 'z')
			b.p[0] = (unsigned char)(*s - 'a' + 'A');
		s = ac_say_keep(&w, &b);
		ac_buf_free(&b);
	}
	if (!w.err)
		*out = s;
	return w.err;
}

/* -------------------------------------------------------------------- results */

static bool
is_number(const struct ac_val *v)
{
	return v && v->kind >= AC_INT && v->kind <= AC_NUM;
}

static bool
same_unit(const struct ac_val *x, const struct ac_val *y)
{
	const char *a = ac_val_str(x, "code"), *b = ac_val_str(y, "code");

	if (!a || !b) {
		a = ac_val_str(x, "unit");
		b = ac_val_str(y, "unit");
	}
	return !b || is(a, b);
}

/* Beyond every range that is for everybody? A range of a kind (for children, desired) is
 * no measure here. */
static const char *
beyond(const struct ac_val *holder)
{
	const struct ac_val *q = ac_val_get(holder, "valueQuantity"), *v = ac_val_get(q, "value");
	const struct ac_val *list = ac_val_get(holder, "referenceRange"), *r, *low, *high;

	if (!is_number(v) || ac_val_get(q, "comparator") || !list || list->kind != AC_ARR || list->n != 1)
		return "";
	r = &list->items[0];
	if (ac_val_get(r, "appliesTo") || ac_val_get(r, "age") || (ac_val_get(r, "type")
	    && !is(code_of(ac_val_get(r, "type"), 0), "normal")))
		return "";
	low = ac_val_get(r, "low");
	high = ac_val_get(r, "high");
	if (is_number(ac_val_get(low, "value")) && same_unit(q, low) && ac_plan_dose_order(v, ac_val_get(low, "value")) < 0)
		return _("low");
	if (is_number(ac_val_get(high, "value")) && same_unit(q, high) && ac_plan_dose_order(v, ac_val_get(high, "value")) > 0)
		return _("high");
	return "";
}

/* What was said of the result goes before what its range says. */
static const char *
reading(const struct ac_val *holder)
{
	const struct ac_val *said = ac_val_get(holder, "interpretation"), *list = ac_val_get(holder, "component");
	const char *s = coded(readings, COUNT(readings), said);
	uint32_t i;

	if (!s)
		s = code_of(said, 0) ? "" : beyond(holder);
	for (i = 0; ac_say_blank(s) && list && list->kind == AC_ARR && i < list->n; i++)
		if (list->items[i].kind == AC_MAP)
			s = reading(&list->items[i]);
	return s;
}

const char *
ac_say_reading(const struct ac_val *holder)
{
	return holder->kind == AC_MAP ? reading(holder) : "";
}

/* ------------------------------------------------------------------- standing */

/* A status in words; its own where nobody has a better one. */
static const char *
standing(struct ac_say *w, const char *code)
{
	const char *s = word(standings, COUNT(standings), code);
	struct ac_val v = ac_val_text(code);

	return s ? s : ac_say_of(w, "code", &v);
}

static const char *
problem(struct ac_say *w, const struct ac_val *doc)
{
	const char *sure = code_of(ac_val_get(doc, "verificationStatus"), 0), *how = code_of(ac_val_get(doc, "clinicalStatus"), 0);
	struct ac_say_list l = { 0 };

	if (sure && strcmp(sure, "confirmed"))
		ac_say_add(w, &l, standing(w, sure));
	if (how)
		ac_say_add(w, &l, standing(w, how));
	else
		ac_say_add(w, &l, ac_say_child(w, doc, "clinicalStatus", "CodeableConcept"));
	if (is(ac_val_str(doc, "criticality"), "high"))
		ac_say_add(w, &l, _("dangerous"));
	return ac_say_joined(w, &l);
}

enum ac_err
ac_say_standing(const char **out, struct ac_arena *a, const struct ac_val *doc)
{
	/* where these are the rule, they tell nothing */
	static const char *const usual[] = { "Observation final", "Observation registered", "DiagnosticReport final",
		"Procedure completed", "Immunization completed", "Encounter finished", "DocumentReference current",
		"MedicationAdministration completed", "MedicationDispense completed", "QuestionnaireResponse completed",
		"Media completed", "ImagingStudy available", "Composition final", "FamilyMemberHistory completed",
		"Location active", "Device active", "Specimen available", "Medication active", "CareTeam active",
		"Questionnaire active", "ExplanationOfBenefit active", "Claim active" };
	const char *type = ac_val_str(doc, "resourceType"), *status = ac_val_str(doc, "status"), *s = "";
	struct ac_say w = { .a = a };
	size_t i, n;

	if (is(type, "Observation"))
		s = reading(doc);
	if (is(type, "Condition") || is(type, "AllergyIntolerance"))
		s = problem(&w, doc);
	if (is(type, "Goal"))
		status = ac_val_str(doc, "lifecycleStatus");
	for (i = 0; type && status && i < COUNT(usual); i++) {
		n = strlen(type);
		if (!strncmp(usual[i], type, n) && usual[i][n] == ' ' && !strcmp(usual[i] + n + 1, status))
			status = NULL;
	}
	if (status && ac_say_blank(s))
		s = standing(&w, status);
	else if (status && (is(status, "entered-in-error") || is(status, "cancelled") || is(status, "preliminary")))
		s = AC_SAY_FILL(&w, _("%s, %s"), s, standing(&w, status));
	s = ac_say_cut(&w, s, strlen(s), 60);
	if (!w.err)
		*out = s;
	return w.err;
}
