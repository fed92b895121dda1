/* SPDX-License-Identifier: ISC */
/*
 * What elements are called. The table has those whose name in FHIR is not what a
 * person would say, above all what decides a treatment; of the others the name
 * itself is taken apart: "verificationStatus" is "verification status".
 */
#include <string.h>

#include "schema/merge.h"
#include "schema/say.h"

#define DRUG "MedicationRequest MedicationStatement MedicationDispense MedicationAdministration"

/* types: frames, blanks between; a later row of one's own wins over "*". */
static const struct { const char *types, *name, *label; } labels[] = {
	{ DRUG, "medication", N_("drug") },
	{ DRUG, "effective", N_("when taken") },
	{ DRUG, "statusReason", N_("reason of the status") },
	{ DRUG " ServiceRequest DeviceRequest", "doNotPerform", N_("do not give or do") },
	{ DRUG, "dosageInstruction", N_("dosage") },
	{ "MedicationRequest", "dispenseRequest", N_("supply") },
	{ "MedicationRequest ServiceRequest", "authoredOn", N_("ordered on") },
	{ "MedicationRequest ServiceRequest", "requester", N_("ordered by") },
	{ "MedicationRequest", "substitution", N_("replacement by another drug") },
	{ "Medication", "code", N_("drug") },
	{ "Medication.ingredient", "item", N_("substance") },
	{ "Medication.ingredient", "isActive", N_("active") },

	{ "Dosage MedicationAdministration.dosage", "text", N_("instructions") },
	{ "Dosage.doseAndRate MedicationAdministration.dosage", "dose", N_("dose") },
	{ "Dosage.doseAndRate MedicationAdministration.dosage", "rate", N_("rate") },
	{ "Dosage", "timing", N_("how often") },
	{ "Dosage", "asNeeded", N_("only as needed") },
	{ "Dosage", "patientInstruction", N_("instructions for the patient") },
	{ "Dosage", "additionalInstruction", N_("further instructions") },
	{ "Dosage", "maxDosePerPeriod", N_("highest dose in a time") },
	{ "Dosage", "maxDosePerAdministration", N_("highest dose at once") },
	{ "Dosage", "maxDosePerLifetime", N_("highest dose in a lifetime") },

	{ "Observation", "code", N_("test") },
	{ "Observation", "value", N_("value") },
	{ "Observation", "component", N_("part") },
	{ "Observation", "effective", N_("measured on") },
	{ "Observation", "interpretation", N_("reading") },
	{ "Observation DiagnosticReport", "issued", N_("reported on") },
	{ "Observation Observation.component", "dataAbsentReason", N_("why there is no value") },
	{ "DiagnosticReport", "code", N_("report") },
	{ "DiagnosticReport", "effective", N_("date") },

	{ "AllergyIntolerance", "code", N_("allergy to") },
	{ "AllergyIntolerance", "type", N_("allergy or intolerance") },
	{ "AllergyIntolerance.reaction", "manifestation", N_("reaction") },
	{ "AllergyIntolerance.reaction", "exposureRoute", N_("way of contact") },
	{ "Condition", "code", N_("problem") },
	{ "Condition AllergyIntolerance", "onset", N_("began") },
	{ "Condition", "abatement", N_("ended") },
	{ "Procedure", "code", N_("procedure") },
	{ "Procedure", "performed", N_("done on") },
	{ "Immunization", "vaccineCode", N_("vaccine") },
	{ "Immunization", "occurrence", N_("given on") },
	{ "Immunization", "doseQuantity", N_("dose") },
	{ "ServiceRequest", "code", N_("what is ordered") },
	{ "ServiceRequest Task CarePlan.activity.detail", "occurrence", N_("when") },
	{ "Appointment Slot", "start", N_("begins") },
	{ "Appointment Slot", "end", N_("ends") },
	{ "Goal", "lifecycleStatus", N_("status") },
	{ "DocumentReference Attachment", "content", N_("document") },

	{ "Patient Person RelatedPerson Practitioner", "birthDate", N_("date of birth") },
	{ "Patient", "deceased", N_("died") },
	{ "Patient", "generalPractitioner", N_("own doctor") },
	{ "Patient", "multipleBirth", N_("twin or multiple") },
	{ "*", "telecom", N_("phone or mail") },
	{ "*", "bodySite", N_("where on the body") },
	{ "*", "site", N_("where on the body") },
	{ "*", "note", N_("note") },
	{ "*", "subject", N_("patient") },
	{ "*", "encounter", N_("visit") },
	{ "*", "performer", N_("done by") },
	{ "*", "recorder", N_("recorded by") },
	{ "*", "asserter", N_("stated by") },
	{ "*", "recordedDate", N_("recorded on") },
	{ "*", "authoredOn", N_("written on") },
	{ "*", "informationSource", N_("told by") },
	{ "*", "reasonCode", N_("reason") },
	{ "*", "reasonReference", N_("reason") },
	{ "*", "basedOn", N_("ordered in") },
	{ "*", "contained", N_("described inside") },
	{ "*", "extension", N_("further information") },
	{ "*", "modifierExtension", N_("information that changes the meaning") },
	{ "*", "meta", N_("about this record") },
	{ "*", "lastUpdated", N_("last updated") },
	{ "*", "versionId", N_("version of the source") },
	{ "*", "resourceType", N_("kind of record") },
	{ "*", "start", N_("from") },
	{ "*", "end", N_("until") },
	{ "*", "linkId", N_("question") },

	{ "Coding CodeableConcept Quantity SimpleQuantity Age Duration Count Distance", "system", N_("code system") },
	{ "Coding Quantity SimpleQuantity Age Duration Count Distance", "code", N_("code") },
	{ "Coding", "display", N_("name of the code") },
	{ "CodeableConcept", "coding", N_("code") },
	{ "CodeableConcept", "text", N_("words") },
	{ "DomainResource", "text", N_("summary") },
};

static const char *const quiet[] = { "dosageInstruction", "dosage", "doseAndRate", "repeat", "coding", "detail" };

bool
ac_say_quiet(const char *base)
{
	size_t i;

	for (i = 0; i < sizeof quiet / sizeof *quiet; i++)
		if (!strcmp(quiet[i], base))
			return true;
	return false;
}

static bool
holds(const char *list, const char *s)
{
	size_t len = strlen(s);
	const char *name;
	uint32_t n;

	while (ac_merge_next(&list, &name, &n))
		if (n == len && !memcmp(name, s, n))
			return true;
	return false;
}

/* "verificationStatus": small letters, a blank before each word; "URL" stays. */
static const char *
taken_apart(struct ac_say *w, const char *s, size_t n)
{
	const char *out;
	struct ac_buf b = { 0 };
	size_t i, k = 0;
	bool upper, next;
	char c;

	for (i = 0; i < n && !w->err; i++) {
		upper = s[i] >= 'A' && s[i] <= 'Z';
		next = i + 1 < n && s[i + 1] >= 'a' && s[i + 1] <= 'z';
		if (i && k && ((upper && (next || (s[i - 1] >= 'a' && s[i - 1] <= 'z'))) || s[i] == '-' || s[i] == '_'))
			w->err = ac_buf_add(&b, " ", 1);
		c = upper && (next || n == 1) ? (char)(s[i] - 'A' + 'a') : s[i];
		if (c != '-' && c != '_') {
			if (!w->err)
				w->err = ac_buf_add(&b, &c, 1);
			k++;
		}
	}
	out = ac_say_text(w, b.len ? (const char *)b.p : "", b.len < 100 ? b.len : 100);
	ac_buf_free(&b);
	return out;
}

/* The row of the nearest frame: its own, its base's, anybody's. */
static const char *
listed(const struct ac_r4_frame *frame, const char *base, size_t n)
{
	const struct ac_r4_frame *f;
	const char *any = NULL;
	size_t i;

	for (i = 0; i < sizeof labels / sizeof *labels; i++) {
		if (strlen(labels[i].name) != n || memcmp(labels[i].name, base, n))
			continue;
		if (!strcmp(labels[i].types, "*"))
			any = labels[i].label;
		for (f = frame; f; f = ac_fhir_base(f))
			if (holds(labels[i].types, ac_fhir_name(f)))
				return _(labels[i].label);
	}
	return any ? _(any) : NULL;
}

const char *
ac_say_name(struct ac_say *w, const struct ac_r4_frame *frame, const char *base, size_t n)
{
	const char *s = frame ? listed(frame, base, n) : NULL;

	return s ? s : _(taken_apart(w, base, n));
}
