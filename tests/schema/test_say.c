/* SPDX-License-Identifier: ISC */
/* What values say, what elements are called, and in what values differ. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "corpus.h"
#include "schema/fhir.h"

static struct ac_arena arena;

static int
teardown(void **state)
{
	(void)state;
	ac_arena_free(&arena);
	return 0;
}

static const struct ac_val *
read_json(const char *json)
{
	const struct ac_val *v = NULL;
	struct ac_fault f = { "", 0, 0 };

	if (ac_json_read(&v, &arena, json, strlen(json), &f))
		fail_msg("%s: %s", json, f.text);
	return v;
}

/* ------------------------------------------------------------------- values */

static const struct { const char *type, *json, *text; } values[] = {
	{ "boolean", "true", "yes" },
	{ "boolean", "false", "no" },
	{ "decimal", "1.50", "1.50" },
	{ "decimal", "1e2", "1e2" },
	{ "integer", "-7", "-7" },
	{ "string", "\"two\\nlines\\tof\\r\\nit\"", "two lines of it" },
	{ "string", "\"a\\u001b[2Jb\\u202ec\\u200bd\"", "a\xef\xbf\xbd[2Jb\xef\xbf\xbd" "c\xef\xbf\xbd" "d" },
	{ "markdown", "\"**bold**\"", "**bold**" },
	{ "code", "\"entered-in-error\"", "entered in error" },
	{ "code", "\"en-US\"", "en-US" },
	{ "code", "\"text/plain\"", "text/plain" },
	{ "uri", "\"urn:a-b\"", "urn:a-b" },
	{ "date", "\"2026-11-05\"", "5 Nov 2026" },
	{ "date", "\"2026-11\"", "Nov 2026" },
	{ "dateTime", "\"2026\"", "2026" },
	{ "dateTime", "\"2026-11-05T08:05:59+01:00\"", "5 Nov 2026 08:05" },
	{ "instant", "\"2026-01-31T23:59:00.123Z\"", "31 Jan 2026 23:59" },
	{ "dateTime", "\"soon\"", "soon" },
	{ "date", "7", "7" },
	{ "time", "\"08:30:00\"", "08:30" },
	{ "time", "\"08:30:01\"", "08:30:01" },
	{ "time", "\"8\"", "8" },
	{ "Quantity", "{\"value\":10,\"unit\":\"mg\",\"code\":\"mg\"}", "10 mg" },
	{ "Quantity", "{\"value\":5.0,\"comparator\":\"<\",\"code\":\"%\"}", "<5.0%" },
	{ "Quantity", "{\"value\":3,\"unit\":\"{score}\"}", "3" },
	{ "Quantity", "{\"value\":3,\"code\":\"1\"}", "3" },
	{ "Quantity", "{\"unit\":\"mg\"}", "unit mg" },
	{ "Quantity", "\"ten\"", "ten" },
	{ "SimpleQuantity", "{\"value\":2,\"unit\":\"tablets\"}", "2 tablets" },
	{ "Age", "{\"value\":35,\"code\":\"a\"}", "35 years" },
	{ "Duration", "{\"value\":1,\"code\":\"wk\"}", "1 week" },
	{ "Duration", "{\"value\":3,\"unit\":\"d\",\"code\":\"d\"}", "3 d" },
	{ "Count", "{\"value\":4}", "4" },
	{ "Distance", "{\"value\":4,\"unit\":\"km\"}", "4 km" },
	{ "Money", "{\"value\":12.30,\"currency\":\"EUR\"}", "12.30 EUR" },
	{ "Range", "{\"low\":{\"value\":1,\"unit\":\"mg\"},\"high\":{\"value\":2,\"unit\":\"mg\"}}", "1 to 2 mg" },
	{ "Range", "{\"low\":{\"value\":900,\"unit\":\"mg\"},\"high\":{\"value\":1,\"unit\":\"g\"}}", "900 mg to 1 g" },
	{ "Range", "{\"low\":{\"value\":1,\"unit\":\"mg\"}}", "1 mg or more" },
	{ "Range", "{\"high\":{\"value\":1,\"unit\":\"mg\"}}", "up to 1 mg" },
	{ "Ratio", "{\"numerator\":{\"value\":250,\"unit\":\"mg\"},\"denominator\":{\"value\":5,\"unit\":\"mL\"}}", "250 mg per 5 mL" },
	{ "Ratio", "{\"numerator\":{\"value\":2,\"unit\":\"mg\"},\"denominator\":{\"value\":1,\"unit\":\"d\"}}", "2 mg per d" },
	{ "Ratio", "{\"numerator\":{\"value\":1},\"denominator\":{\"value\":128}}", "1:128" },
	{ "CodeableConcept", "{\"text\":\"a\",\"coding\":[{\"display\":\"b\"}]}", "a" },
	{ "CodeableConcept", "{\"text\":\" \",\"coding\":[{\"code\":\"x\"},{\"display\":\"b\"}]}", "b" },
	{ "CodeableConcept", "{\"coding\":[{\"system\":\"s\",\"code\":\"x\"}]}", "x" },
	{ "CodeableConcept", "{\"coding\":[{\"system\":\"http://s\"}]}", "code code system http://s" },
	{ "Coding", "{\"code\":\"x\",\"display\":\"b\"}", "b" },
	{ "Coding", "{\"code\":\"x\"}", "x" },
	{ "Identifier", "{\"value\":\"12345\",\"type\":{\"text\":\"MRN\"}}", "MRN 12345" },
	{ "Identifier", "{\"value\":\"12345\"}", "12345" },
	{ "Reference", "{\"reference\":\"Patient/1\",\"display\":\"Ana\"}", "Ana" },
	{ "Reference", "{\"reference\":\"Patient/1\"}", "Patient/1" },
	{ "Reference", "{\"identifier\":{\"value\":\"9\"}}", "9" },
	{ "HumanName", "{\"family\":\"Ruiz\",\"given\":[\"Ana\",\"Mar\\u00eda\"],\"prefix\":[\"Dr\"]}", "Dr Ana Mar\xc3\xad" "a Ruiz" },
	{ "HumanName", "{\"text\":\"Ana Ruiz\",\"family\":\"R\"}", "Ana Ruiz" },
	{ "Address", "{\"line\":[\"Main St 1\",\"Flat 2\"],\"postalCode\":\"8000\",\"city\":\"Town\"}", "Main St 1, Flat 2, Town, 8000" },
	{ "ContactPoint", "{\"system\":\"phone\",\"value\":\"555\",\"use\":\"mobile\"}", "555 (mobile)" },
	{ "ContactPoint", "{\"value\":\"555\"}", "555" },
	{ "ContactDetail", "{\"name\":\"Desk\",\"telecom\":[{\"value\":\"555\"}]}", "Desk, 555" },
	{ "Annotation", "{\"time\":\"2026\",\"text\":\"with food\"}", "with food" },
	{ "Attachment", "{\"contentType\":\"image/png\",\"title\":\"scan\"}", "scan" },
	{ "Attachment", "{\"contentType\":\"image/png\",\"data\":\"AAAA\"}", "image/png" },
	{ "Signature", "{\"who\":{\"display\":\"Dr Lee\"},\"when\":\"2026-11-05T08:00:00Z\"}", "signed by Dr Lee, 5 Nov 2026 08:00" },
	{ "Period", "{\"start\":\"2026-01-01\",\"end\":\"2026-02-03\"}", "1 Jan 2026 to 3 Feb 2026" },
	{ "Period", "{\"start\":\"2026-01\"}", "since Jan 2026" },
	{ "Period", "{\"end\":\"2026\"}", "until 2026" },
	{ "SampledData", "{\"origin\":{\"value\":0},\"period\":10,\"dimensions\":1,\"data\":\"1 2  E 4\"}", "a series of 4 values" },
	{ "RelatedArtifact", "{\"type\":\"citation\",\"citation\":\"Book\"}", "Book" },
	{ "Expression", "{\"language\":\"x\",\"expression\":\"1 + 1\"}", "1 + 1" },
	{ "UsageContext", "{\"code\":{\"code\":\"age\"},\"valueRange\":{\"low\":{\"value\":18}}}", "age 18 or more" },
	{ "Narrative", "{\"status\":\"generated\",\"div\":\"<div>A &lt; <b>B</b>\\n C &amp; D<br/></div>\"}", "A < B C & D" },
	{ "Extension", "{\"url\":\"http://x/data-absent-reason\",\"valueCode\":\"asked-declined\"}", "data absent reason asked declined" },
	{ "Extension", "{\"url\":\"http://x/birthPlace\",\"valueAddress\":{\"city\":\"Town\"}}", "birth place Town" },
	{ "Extension", "{\"url\":\"http://x/race\",\"extension\":[{\"url\":\"text\",\"valueString\":\"no\"}]}", "race text no" },
	{ "Meta", "{\"versionId\":\"3\",\"tag\":[{\"code\":\"t\"}]}", "version of the source 3, tag t" },
	{ "Timing", "{\"repeat\":{\"frequency\":2,\"period\":1,\"periodUnit\":\"d\"}}", "twice a day" },
	{ "Timing", "{\"repeat\":{\"frequency\":1,\"period\":8,\"periodUnit\":\"h\"}}", "every 8 hours" },
	{ "Timing", "{\"repeat\":{\"frequency\":1,\"period\":4,\"periodMax\":6,\"periodUnit\":\"h\"}}", "every 4 to 6 hours" },
	{ "Timing", "{\"repeat\":{\"frequency\":3,\"frequencyMax\":4,\"period\":1,\"periodUnit\":\"wk\"}}", "3 to 4 times a week" },
	{ "Timing", "{\"repeat\":{\"frequency\":3,\"period\":2,\"periodUnit\":\"mo\"}}", "3 times in 2 months" },
	{ "Timing", "{\"repeat\":{\"period\":1,\"periodUnit\":\"a\",\"boundsDuration\":{\"value\":5,\"code\":\"a\"}}}", "once a year, for 5 years" },
	{ "Timing", "{\"repeat\":{\"frequency\":1,\"period\":1,\"periodUnit\":\"d\",\"timeOfDay\":[\"08:00:00\",\"20:00:00\"]}}", "once a day, at 08:00, 20:00" },
	{ "Timing", "{\"repeat\":{\"when\":[\"AC\"],\"offset\":30,\"dayOfWeek\":[\"mon\",\"thu\"],\"count\":6}}", "30 minutes before meals, on Monday, Thursday, 6 times in all" },
	{ "Timing", "{\"repeat\":{\"duration\":30,\"durationUnit\":\"min\",\"when\":[\"HS\"]}}", "at bedtime, over 30 minutes" },
	{ "Timing", "{\"code\":{\"coding\":[{\"code\":\"BID\"}]}}", "twice a day" },
	{ "Timing", "{\"code\":{\"text\":\"when the moon is full\"},\"repeat\":{\"period\":1,\"periodUnit\":\"d\"}}", "when the moon is full" },
	{ "Timing", "{\"event\":[\"2026-01-02\",\"2026-02-02\"]}", "2 Jan 2026, 2 Feb 2026" },
	{ "Dosage", "{\"text\":\"one at night\",\"doseAndRate\":[{\"doseQuantity\":{\"value\":50,\"unit\":\"mg\"}}]}", "one at night" },
	{ "Dosage", "{\"doseAndRate\":[{\"doseQuantity\":{\"value\":50,\"unit\":\"mg\"}}],\"timing\":{\"repeat\":{\"frequency\":2,\"period\":1,\"periodUnit\":\"d\"}},"
	  "\"route\":{\"text\":\"by mouth\"},\"asNeededBoolean\":true}", "50 mg, twice a day, by mouth, as needed" },
	{ "Dosage", "{\"asNeededCodeableConcept\":{\"text\":\"pain\"},\"doseAndRate\":[{\"doseRange\":{\"low\":{\"value\":1},\"high\":{\"value\":2}},"
	  "\"rateRatio\":{\"numerator\":{\"value\":10,\"unit\":\"mL\"},\"denominator\":{\"value\":1,\"unit\":\"h\"}}}],"
	  "\"maxDosePerPeriod\":{\"numerator\":{\"value\":4,\"unit\":\"g\"},\"denominator\":{\"value\":1,\"unit\":\"d\"}}}",
	  "1 to 2, at a rate of 10 mL per h, as needed for pain, at most 4 g per d" },
	{ "MedicationAdministration.dosage", "{\"dose\":{\"value\":5,\"unit\":\"mg\"},\"route\":{\"text\":\"iv\"}}", "5 mg, iv" },
	{ "Observation.referenceRange", "{\"low\":{\"value\":4},\"high\":{\"value\":10},\"type\":{\"text\":\"adults\"}}", "4 to 10 (adults)" },
	{ "Observation.referenceRange", "{\"text\":\"under 5\",\"low\":{\"value\":4}}", "under 5" },
	{ "Observation.component", "{\"code\":{\"text\":\"Systolic\"},\"valueQuantity\":{\"value\":120,\"unit\":\"mmHg\"}}", "Systolic, value 120 mmHg" },
	{ "AllergyIntolerance.reaction", "{\"manifestation\":[{\"text\":\"hives\"},{\"text\":\"itch\"}],\"severity\":\"severe\"}", "reaction hives, itch, severity severe" },
	{ "Medication", "{\"resourceType\":\"Medication\",\"id\":\"m\",\"code\":{\"text\":\"methotrexate\"}}", "medication methotrexate" },
	{ "Resource", "{\"resourceType\":\"Medication\",\"status\":\"active\"}", "Medication" },
	/* what is no such thing, or nothing, or nothing that anybody knows */
	{ "Quantity", "{}", "{}" },
	{ "HumanName", "{\"given\":[null]}", "{\"given\":[null]}" },
	{ "CodeableConcept", "{\"coding\":[[],{},null]}", "code {}" },
	{ "Quantity", "[{\"value\":1},{\"value\":2}]", "1, 2" },
	{ "Range", "{\"low\":[],\"high\":7}", "high 7" },
	{ NULL, "{\"a\":[1,2]}", "{\"a\":[1,2]}" },
	{ NULL, "\"plain\"", "plain" },
	{ "NoSuchType", "{\"a\":\"\\u0007\"}", "{\"a\":\"\\u0007\"}" },
	{ "string", "null", "" },
};

static void
says(void **state)
{
	const char *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof values / sizeof *values; i++) {
		s = NULL;
		assert_int_equal(ac_say_value(&s, &arena, values[i].type, read_json(values[i].json)), AC_OK);
		if (strcmp(s, values[i].text))
			fail_msg("%s %s\nis \"%s\"\nnot \"%s\"", values[i].type, values[i].json, s, values[i].text);
	}
	assert_int_equal(ac_say_value(&s, &arena, "Quantity", NULL), AC_OK);
	assert_string_equal(s, "");
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* Text that no line may hold. */
static bool
fit(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static void
hostile(void **state)
{
	static const char *const types[] = { "Quantity", "CodeableConcept", "Coding", "Dosage", "Timing", "Period", "Range",
		"Ratio", "Identifier", "Reference", "HumanName", "Address", "ContactPoint", "Annotation", "Money", "Narrative",
		"Extension", "Meta", "Signature", "Attachment", "Patient", "Observation.component", "string", NULL };
	static const char *const shapes[] = { "{}", "[]", "[[]]", "null", "7", "true", "\"\"", "{\"value\":{\"value\":{}}}",
		"{\"text\":7}", "{\"coding\":{\"coding\":[]}}", "{\"repeat\":[{\"frequency\":{}}]}", "{\"low\":\"a\",\"high\":[1]}",
		"{\"line\":[[[\"x\"]]],\"given\":{\"a\":1}}", "{\"extension\":[{\"extension\":[{\"extension\":[{}]}]}]}",
		"{\"\":\"\",\"\\u001b\":\"\\u001b\"}", "{\"div\":\"<div\"}", "{\"div\":\"<div>&amp\"}", "{\"resourceType\":\"Patient\"}" };
	char *big = malloc((1u << 20) + 3), deep[600];
	const struct ac_val *v;
	const char *s = NULL;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof types / sizeof *types; i++)
		for (k = 0; k < sizeof shapes / sizeof *shapes; k++) {
			assert_int_equal(ac_say_value(&s, &arena, types[i], read_json(shapes[k])), AC_OK);
			if (!fit(s) || characters(s) > AC_MAX_WORDS)
				fail_msg("%s %s: \"%s\"", types[i], shapes[k], s);
		}
	assert_non_null(big);
	for (i = 0; i <= 1u << 20; i++)
		big[i + 1] = "ab\xc3\xa9"[i % 4];
	memcpy(big, "\"", 1);
	memcpy(big + (1u << 20) + 1, "\"", 2);
	v = read_json(big);
	assert_int_equal(ac_say_value(&s, &arena, "string", v), AC_OK);
	assert_int_equal(characters(s), AC_MAX_WORDS);
	assert_string_equal(s + strlen(s) - 3, "\xe2\x80\xa6");
	v = ac_val_append(&arena, ac_val_append(&arena, read_json("[]"), v), v);
	assert_int_equal(ac_say_value(&s, &arena, "string", v), AC_OK);
	assert_int_equal(characters(s), AC_MAX_WORDS);
	free(big);
	/* as deep as a document goes */
	*deep = 0;
	for (i = 0; i < 30; i++)
		strcat(deep, "{\"extension\":[");
	strcat(deep, "{\"url\":\"x\"}");
	for (i = 0; i < 30; i++)
		strcat(deep, "]}");
	assert_int_equal(ac_say_value(&s, &arena, "Extension", read_json(deep)), AC_OK);
	assert_non_null(strstr(s, "\xe2\x80\xa6"));
}

/* ------------------------------------------------------------------- labels */

static void
labels(void **state)
{
	static const struct { const char *type, *path, *label; } rows[] = {
		{ "Condition", "verificationStatus", "verification status" },
		{ "AllergyIntolerance", "criticality", "criticality" },
		{ "AllergyIntolerance", "reaction[0].severity", "reaction, severity" },
		{ "AllergyIntolerance", "reaction[1].manifestation[0]", "reaction 2, reaction" },
		{ "MedicationRequest", "medicationCodeableConcept", "drug" },
		{ "MedicationRequest", "dosageInstruction", "dosage" },
		{ "MedicationRequest", "dosageInstruction[0].doseAndRate[0].doseQuantity", "dose" },
		{ "MedicationRequest", "dosageInstruction[0].timing", "how often" },
		{ "MedicationRequest", "dosageInstruction[1].route", "dosage 2, route" },
		{ "MedicationRequest", "dosageInstruction[0].doseAndRate[0].doseQuantity.value", "dose, value" },
		{ "MedicationAdministration", "dosage.dose", "dose" },
		{ "Observation", "valueQuantity", "value" },
		{ "Observation", "referenceRange", "reference range" },
		{ "Observation", "component[0].valueQuantity", "part, value" },
		{ "Patient", "name[0]", "name" },
		{ "Patient", "name[1].given[0]", "name 2, given" },
		{ "Patient", "birthDate", "date of birth" },
		{ "CarePlan", "activity[2].detail.status", "activity 3, status" },
		{ "Observation", "", "record" },
		{ "Observation", "wildNewThing", "wild new thing" },
		{ "Newcomer", "aURLOfIt", "a URL of it" },
		{ "Newcomer", "no path[", "record" },
	};
	const char *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(ac_say_label(&s, &arena, rows[i].type, rows[i].path), AC_OK);
		if (strcmp(s, rows[i].label))
			fail_msg("%s %s is \"%s\"", rows[i].type, rows[i].path, s);
	}
}

/* -------------------------------------------------------------------- parts */

/* "label: one | two", a line for each part */
static char *
told(const struct ac_part *p, size_t n, size_t sides)
{
	static char out[1 << 16];
	size_t i, k;

	*out = 0;
	for (i = 0; i < n; i++) {
		strcat(strcat(out, p[i].label), ": ");
		for (k = 0; k < sides; k++)
			strcat(strcat(out, k ? " | " : ""), p[i].text[k]);
		strcat(out, "\n");
	}
	return out;
}

#define DOSE(rest) "{\"dosageInstruction\":[{" rest "}]}"
#define MG(n) "\"doseAndRate\":[{\"doseQuantity\":{\"value\":" n ",\"unit\":\"mg\",\"code\":\"mg\"}}]"
#define BP(a, b) "{\"component\":[{\"code\":{\"text\":\"Systolic\"},\"valueQuantity\":{\"value\":" a ",\"unit\":\"mmHg\"}}," \
	"{\"code\":{\"text\":\"Diastolic\"},\"valueQuantity\":{\"value\":" b ",\"unit\":\"mmHg\"}}]}"

static const struct { const char *type, *path; bool fields; const char *json[3], *text; } differing[] = {
	{ "MedicationRequest", "dosageInstruction", true, { DOSE(MG("75")), DOSE(MG("25")) }, "dose: 75 mg | 25 mg\n" },
	{ "MedicationRequest", "dosageInstruction", false, { "[{" MG("75") "}]", "[{" MG("25") "}]" }, "dose: 75 mg | 25 mg\n" },
	{ "MedicationRequest", "dosageInstruction", true, { DOSE("\"text\":\"a\"," MG("75")), DOSE("\"text\":\"b\"," MG("25")), DOSE("\"text\":\"a\"," MG("25")) },
	  "instructions: a | b | a\ndose: 75 mg | 25 mg | 25 mg\n" },
	{ "MedicationRequest", "dosageInstruction", true, { DOSE("\"asNeededBoolean\":true"), DOSE("\"asNeededCodeableConcept\":{\"text\":\"pain\"}") },
	  "only as needed: yes | pain\n" },
	{ "MedicationRequest", "dosageInstruction", true, { "{\"status\":\"active\"}", "{\"status\":\"active\",\"dosageInstruction\":[{" MG("1") "}]}" },
	  "dosage: nothing | 1 mg\n" },
	{ "MedicationRequest", "dosageInstruction", false, { "[{" MG("1") "},{" MG("2") "}]", "[{" MG("1") "},{" MG("3") "}]" }, "dosage 2, dose: 2 mg | 3 mg\n" },
	{ "MedicationRequest", "dosageInstruction", false, { "[{" MG("1") "}]", "[{" MG("1") "},{" MG("3") "}]" }, "dosage: 1 mg | 1 mg, 3 mg\n" },
	{ "MedicationRequest", "dosageInstruction", false, { "[{" MG("1") "},{" MG("3") "}]", "[{" MG("3") "},{" MG("1") "}]" }, "dosage: 1 mg, 3 mg | 3 mg, 1 mg\n" },
	/* the same words for two things */
	{ "MedicationRequest", "dosageInstruction", false, { "[{" MG("1") "}]", "[{\"doseAndRate\":[{\"doseQuantity\":{\"value\":1,\"unit\":\"mg\",\"code\":\"ug\"}}]}]" },
	  "dose, code: mg | ug\n" },
	{ "Observation", "valueQuantity", false, { "{\"value\":1,\"unit\":\"u\",\"code\":\"mg\"}", "{\"value\":2,\"unit\":\"u\",\"code\":\"ug\"}" },
	  "value: 1 u | 2 u\nvalue, value: 1 | 2\nvalue, code: mg | ug\n" },
	{ "MedicationRequest", "medicationCodeableConcept", true, { "{\"medicationCodeableConcept\":{\"text\":\"x\",\"coding\":[{\"code\":\"1\"}]}}",
	  "{\"medicationCodeableConcept\":{\"text\":\"x\",\"coding\":[{\"code\":\"2\"}]}}" }, "drug, code: 1 | 2\n" },
	{ "MedicationRequest", "medicationCodeableConcept", true, { "{\"medicationCodeableConcept\":{\"text\":\"x\"}}",
	  "{\"medicationReference\":{\"display\":\"y\"}}" }, "drug: x | y\n" },
	{ "Condition", "code", false, { "{\"text\":\"x\",\"coding\":[{\"code\":\"1\"}]}", "{\"text\":\"x\",\"coding\":[{\"code\":\"2\"}]}", "{\"text\":\"x\"}" },
	  "problem, code: 1 | 2 | nothing\n" },
	{ "Patient", "birthDate", false, { "\"2000-01-01\"", "\"2000-01-01 \"" }, "date of birth: 1 Jan 2000 | 2000-01-01 \n" },
	{ "Observation", "effectiveDateTime", false, { "\"2026-01-01T10:00:00Z\"", "\"2026-01-01T10:00:00+05:00\"" },
	  "measured on: \"2026-01-01T10:00:00Z\" | \"2026-01-01T10:00:00+05:00\"\n" },
	{ "Observation", "valueString", false, { "\"a\\u202eb\"", "\"a\\u202db\"" }, "value: \"a\\u202eb\" | \"a\\u202db\"\n" },
	{ "Observation", "valueString", false, { "\"nothing\"", NULL }, "value: \"nothing\" | nothing\n" },
	{ "Observation", "valueInteger", false, { "1", "\"1\"" }, "value: 1 | \"1\"\n" },
	{ "Observation", "valueQuantity", false, { "{\"value\":1.0}", "{\"value\":1.00}" }, "value: 1.0 | 1.00\n" },
	/* choices, components, lists */
	{ "Observation", "valueQuantity", true, { "{\"valueQuantity\":{\"value\":5,\"unit\":\"mg\"},\"status\":\"final\"}", "{\"valueString\":\"high\",\"status\":\"final\"}" }, "value: 5 mg | high\n" },
	{ "Observation", "component", true, { BP("120", "80"), BP("130", "80") }, "Systolic, value: 120 mmHg | 130 mmHg\n" },
	{ "AllergyIntolerance", "reaction", true, { "{\"reaction\":[{\"manifestation\":[{\"text\":\"hives\"}],\"severity\":\"mild\"}]}",
	  "{\"reaction\":[{\"manifestation\":[{\"text\":\"hives\"}],\"severity\":\"severe\"}]}" }, "reaction, severity: mild | severe\n" },
	{ "AllergyIntolerance", "criticality", true, { "{\"criticality\":\"high\"}", "{\"criticality\":\"unable-to-assess\"}" }, "criticality: high | unable to assess\n" },
	{ "AllergyIntolerance", "clinicalStatus", true, { NULL, "{\"criticality\":\"low\"}" }, "criticality: nothing | low\n" },
	{ "Patient", "name[0]", false, { "{\"given\":[\"Ana\"]}", "{\"given\":[\"Anna\"]}" }, "name: Ana | Anna\n" },
	{ "Patient", "name[0]", false, { "{\"given\":[\"Ana\"],\"use\":\"usual\"}", "{\"given\":[\"Ana\"]}" }, "name, use: usual | nothing\n" },
	{ "Patient", "birthDate", true, { "{\"birthDate\":\"2000\"}", "{\"birthDate\":\"2000\",\"_birthDate\":{\"extension\":[{\"url\":\"http://x/birthTime\",\"valueDateTime\":\"2000-01-01\"}]}}" },
	  "date of birth, further information: nothing | birth time 1 Jan 2000\n" },
	{ "Patient", "note", false, { "[1,2,3,4,5,6,7,8,9]", "[1,2,3,4,5,6,7,8,10]" }, "note, beside 8 that all have: [9] | [10]\n" },
	{ "CarePlan", "activity[1].detail.status", false, { "\"completed\"", "\"in-progress\"" }, "activity 2, status: completed | in progress\n" },
	/* documents, and what nobody knows */
	{ "Observation", "", false, { NULL, "{\"resourceType\":\"Observation\"}" }, "record: deleted | kept\n" },
	{ "Newcomer", "thing", true, { "{\"thing\":{\"a\":1,\"b\":[1]}}", "{\"thing\":{\"a\":2,\"b\":[1]}}" }, "thing, a: 1 | 2\n" },
	{ "Newcomer", "thing", false, { "{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}" }, "" },
	{ "Observation", "component", false, { "[[1]]", "[[2]]" }, "part: 1 | 2\n" },
};

static void
differ(void **state)
{
	const struct ac_val *v[3];
	const struct ac_part *p = NULL;
	size_t i, k, n, sides;

	(void)state;
	for (i = 0; i < sizeof differing / sizeof *differing; i++) {
		sides = differing[i].json[2] ? 3 : 2;
		for (k = 0; k < sides; k++)
			v[k] = differing[i].json[k] ? read_json(differing[i].json[k]) : NULL;
		assert_int_equal(ac_say_parts(&p, &n, &arena, differing[i].type, differing[i].path, differing[i].fields, v, sides), AC_OK);
		if (strcmp(told(p, n, sides), differing[i].text))
			fail_msg("%s %s of %s\nis %s\nnot %s", differing[i].type, differing[i].path, differing[i].json[0],
				told(p, n, sides), differing[i].text);
	}
}

/* Whatever differs is told, and never in the same words. */
static void
differ_in_size(void **state)
{
	char *one = malloc(1u << 21), *two = malloc(1u << 21), *end;
	const struct ac_val *v[3];
	const struct ac_part *p = NULL;
	size_t n, i;

	(void)state;
	assert_true(one && two);
	memset(one, 'x', 1u << 20);
	one[0] = '"';
	strcpy(one + (1u << 20), "\"");
	strcpy(two, one);
	two[(1u << 20) - 5] = 'y';
	v[0] = read_json(one);
	v[1] = read_json(two);
	assert_int_equal(ac_say_parts(&p, &n, &arena, "Observation", "valueString", false, v, 2), AC_OK);
	assert_int_equal(n, 1);
	assert_true(strlen(p->text[0]) < 60 && strstr(p->text[1], "xyxxxx\""));
	/* an item among thousands */
	strcpy(one, "[");
	for (i = 0; i < 3000; i++)
		sprintf(one + strlen(one), "%s{\"text\":\"note %zu\"}", i ? "," : "", i);
	strcat(one, "]");
	strcpy(two, one);
	strstr(two, "note 2999")[0] = 'N';
	v[0] = read_json(one);
	v[1] = read_json(two);
	assert_int_equal(ac_say_parts(&p, &n, &arena, "Observation", "note", false, v, 2), AC_OK);
	assert_int_equal(n, 1);
	assert_true(strcmp(p->text[0], p->text[1]) && strstr(p->text[1], "Note 2999") && strlen(p->text[0]) < 200);
	/* three: two of them part only far behind the place where the third does */
	memset(one, 'x', 1u << 20);
	one[0] = '"';
	strcpy(one + (1u << 20), "\"");
	strcpy(two, one);
	two[(1u << 20) - 5] = 'y';
	v[0] = read_json("\"xxy\"");
	v[1] = read_json(one);
	v[2] = read_json(two);
	assert_int_equal(ac_say_parts(&p, &n, &arena, "Observation", "valueString", false, v, 3), AC_OK);
	assert_int_equal(n, 1);
	assert_true(strcmp(p->text[0], p->text[1]) && strcmp(p->text[1], p->text[2]) && strcmp(p->text[0], p->text[2]));
	/* more elements than anybody would look at */
	strcpy(one, "{");
	for (i = 0, end = one + 1; i < 60000; i++)
		end += sprintf(end, "%s\"k%zu\":%zu", i ? "," : "", i, i);
	strcpy(end, "}");
	v[0] = read_json(one);
	end[-1] = '0'; /* of 59999 */
	v[1] = read_json(one);
	assert_int_equal(ac_say_parts(&p, &n, &arena, "Newcomer", "k0", true, v, 2), AC_OK);
	assert_int_equal(n, 1);
	assert_true(strcmp(p->text[0], p->text[1]) && strstr(p->text[1], "59990"));
	free(one);
	free(two);
}

static void
changed(void **state)
{
	const struct ac_val *from = read_json("{\"resourceType\":\"Observation\",\"status\":\"final\",\"valueQuantity\":{\"value\":5,\"unit\":\"mg\"},"
		"\"note\":[{\"text\":\"a\"}]}");
	const struct ac_val *to = read_json("{\"resourceType\":\"Observation\",\"status\":\"amended\",\"valueString\":\"high\",\"note\":[{\"text\":\"b\"}]}");
	const struct ac_change *ch = NULL;
	const struct ac_part *p = NULL;
	size_t nch, n;

	(void)state;
	assert_int_equal(ac_diff(&ch, &nch, &arena, from, to), AC_OK);
	assert_int_equal(ac_say_changes(&p, &n, &arena, "Observation", ch, nch), AC_OK);
	assert_string_equal(told(p, n, 2), "status: final | amended\nvalue: 5 mg | high\nnote: a | b\n");
	assert_int_equal(ac_diff(&ch, &nch, &arena, NULL, to), AC_OK);
	assert_int_equal(ac_say_changes(&p, &n, &arena, "Observation", ch, nch), AC_OK);
	assert_string_equal(told(p, n, 2), "record: deleted | kept\n");
}

/* -------------------------------------------------------------------- times */

static struct tm
moment(int year, int month, int day, int hour, int minute)
{
	struct tm t = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute };

	timegm(&t); /* the day of the week */
	return t;
}

static void
times(void **state)
{
	static const struct { int y, mo, d, h, mi; const char *text; } rows[] = {
		{ 2026, 3, 1, 9, 10, "today 09:10" },
		{ 2026, 3, 1, 0, 0, "today 00:00" },
		{ 2026, 3, 1, 23, 59, "today 23:59" },
		{ 2026, 2, 28, 14, 2, "yesterday 14:02" },
		{ 2026, 2, 27, 14, 2, "Friday 14:02" },
		{ 2026, 2, 23, 0, 0, "Monday 00:00" },
		{ 2026, 2, 22, 23, 59, "22 Feb 2026 23:59" },
		{ 2025, 12, 31, 8, 5, "31 Dec 2025 08:05" },
		{ 2026, 3, 2, 0, 1, "2 Mar 2026 00:01" },
	};
	struct tm now = moment(2026, 3, 1, 12, 0), then;
	const char *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		then = moment(rows[i].y, rows[i].mo, rows[i].d, rows[i].h, rows[i].mi);
		assert_int_equal(ac_say_when(&s, &arena, &then, &now), AC_OK);
		assert_string_equal(s, rows[i].text);
	}
	/* over a leap day and a year's end */
	now = moment(2024, 3, 1, 1, 0);
	then = moment(2024, 2, 29, 23, 0);
	assert_int_equal(ac_say_when(&s, &arena, &then, &now), AC_OK);
	assert_string_equal(s, "yesterday 23:00");
	now = moment(2026, 1, 2, 1, 0);
	then = moment(2025, 12, 31, 23, 0);
	assert_int_equal(ac_say_when(&s, &arena, &then, &now), AC_OK);
	assert_string_equal(s, "Wednesday 23:00");
}

static void
no_memory(void **state)
{
	const struct ac_val *a = read_json(DOSE(MG("75"))), *b = read_json(DOSE(MG("25"))), *const v[2] = { a, b };
	struct ac_arena small = { .max = 1 };
	const struct ac_part *p = NULL;
	const char *s = NULL;
	size_t n = 7;

	(void)state;
	assert_int_equal(ac_say_value(&s, &small, "Dosage", a), AC_ENOMEM);
	assert_null(s);
	assert_int_equal(ac_say_parts(&p, &n, &small, "MedicationRequest", "dosageInstruction", true, v, 2), AC_ENOMEM);
	assert_true(!p && n == 7);
	ac_arena_free(&small);
}

/* --------------------------------------------------------------- real records */

static size_t resources, elements, fallen, pairs;
static const struct ac_val *last; /* the resource before, of the same file */

/* Every element of every object, with its type. */
static void
walk(struct ac_arena *a, const char *type, const char *path, const struct ac_val *v)
{
	const char *t, *s, *label;
	char next[1000], own[1100];
	uint32_t i;

	for (i = 0; v->kind == AC_MAP && i < v->n; i++) {
		snprintf(next, sizeof next, "%s%s%s", path, *path ? "." : "", v->pairs[i].key);
		if (!strcmp(next, "resourceType") || !strcmp(next, "contained"))
			continue;
		assert_int_equal(ac_say_label(&label, a, type, next), AC_OK);
		assert_true(*label && fit(label));
		snprintf(own, sizeof own, "%s.%s", type, next);
		t = *next == '_' ? "Element" : ac_fhir_frame(own) ? own : ac_fhir_path_type(type, next);
		assert_int_equal(ac_say_value(&s, a, t, &v->pairs[i].val), AC_OK);
		assert_true(fit(s) && characters(s) <= AC_MAX_WORDS);
		elements++;
		if (!strcmp(s, "{}") || strstr(s, "{\"") || strstr(s, "[{")) {
			fallen++;
			print_message("JSON: %s.%s (%s): %.100s\n", type, next, t ? t : "unknown", s);
			assert_true(!t || !strstr(s, "{\""));
		}
	}
}

static void
resource(struct ac_arena *a, const struct ac_val *v)
{
	const char *type = ac_val_str(v, "resourceType"), *s;
	const struct ac_part *p;
	const struct ac_val *pair[2] = { v, NULL };
	const struct ac_val *list;
	size_t n;
	uint32_t i;

	if (!type)
		return;
	list = ac_val_get(v, "entry");
	for (i = 0; list && !strcmp(type, "Bundle") && i < list->n; i++)
		if (ac_val_get(&list->items[i], "resource"))
			resource(a, ac_val_get(&list->items[i], "resource"));
	resources++;
	walk(a, type, "", v);
	assert_int_equal(ac_say_value(&s, a, type, v), AC_OK);
	assert_true(*s && fit(s));
	/* against nothing, each element is told; against itself, none */
	pair[1] = read_json("{}");
	assert_int_equal(ac_say_parts(&p, &n, a, type, "id", true, pair, 2), AC_OK);
	assert_true(n > 0);
	while (n-- > 0)
		assert_true(*p[n].label && strcmp(p[n].text[0], p[n].text[1]));
	pair[1] = last;
	if (last && !ac_val_equal(v, last)) {
		assert_int_equal(ac_say_parts(&p, &n, a, type, "id", true, pair, 2), AC_OK);
		assert_true(n > 0);
		while (n-- > 0)
			assert_true(*p[n].label && fit(p[n].label) && fit(p[n].text[0]) && strcmp(p[n].text[0], p[n].text[1]));
		pairs++;
	}
	last = pair[1] = v;
	assert_int_equal(ac_say_parts(&p, &n, a, type, "id", true, pair, 2), AC_OK);
	assert_int_equal(n, 0);
}

static int
each_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	const char *dot = strrchr(path, '.');
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	char *text, *p, *line;
	size_t n, len = strlen(corpus_dir());

	(void)st, (void)ftw;
	if (flag != FTW_F || !dot || (strcmp(dot, ".json") && strcmp(dot, ".ndjson")))
		return 0;
	assert_non_null(text = corpus_read(path + len + 1, &n));
	for (p = text, line = text; line && *line; ac_arena_reset(&a), last = NULL) {
		if (!strcmp(dot, ".ndjson") && !(line = corpus_line(&p)))
			break;
		if (!ac_json_read(&v, &a, line, strcmp(dot, ".json") ? strlen(line) : n, NULL) && v->kind == AC_MAP)
			resource(&a, v);
		if (!strcmp(dot, ".json"))
			break;
	}
	last = NULL;
	ac_arena_free(&a);
	free(text);
	return 0;
}

static void
real(void **state)
{
	char path[1200];

	(void)state;
	snprintf(path, sizeof path, "%s/dev", corpus_dir());
	if (nftw(path, each_file, 20, FTW_PHYS) || !resources) {
		print_message("# skip there is no corpus at %s\n", path);
		skip();
	}
	print_message("%zu resources, %zu elements in words, %zu as JSON, %zu pairs\n", resources, elements, fallen, pairs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says), cmocka_unit_test(hostile), cmocka_unit_test(labels), cmocka_unit_test(differ),
		cmocka_unit_test(differ_in_size), cmocka_unit_test(changed), cmocka_unit_test(times),
		cmocka_unit_test(no_memory), cmocka_unit_test(real),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
