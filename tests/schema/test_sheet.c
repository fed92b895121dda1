/* SPDX-License-Identifier: ISC */
/* A document as a sheet: what it is, how it stands, its rows, and that nothing is left out. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "corpus.h"

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

#define R(type, rest) "{\"resourceType\":\"" type "\"" rest "}"
#define CODED(code) "{\"coding\":[{\"code\":\"" code "\"}]}"
#define LAB(value, rest) R("Observation", ",\"status\":\"final\",\"category\":[" CODED("laboratory") "]," \
	"\"valueQuantity\":{\"value\":" value ",\"unit\":\"g/dL\",\"code\":\"g/dL\"}" rest)
#define RANGE ",\"referenceRange\":[{\"low\":{\"value\":12.0,\"unit\":\"g/dL\",\"code\":\"g/dL\"},\"high\":{\"value\":16,\"code\":\"g/dL\"}}]"

/* ------------------------------------------------------- what it is, how it stands */

static const struct { const char *json, *kind, *standing; } documents[] = {
	{ R("Condition", ""), "Diagnosis", "" },
	{ R("Condition", ",\"clinicalStatus\":" CODED("remission")), "Diagnosis", "in remission" },
	{ R("Condition", ",\"clinicalStatus\":" CODED("active") ",\"verificationStatus\":" CODED("confirmed")), "Diagnosis", "active" },
	{ R("Condition", ",\"clinicalStatus\":" CODED("active") ",\"verificationStatus\":" CODED("provisional")), "Diagnosis",
	  "provisional, active" },
	{ R("Condition", ",\"verificationStatus\":" CODED("entered-in-error")), "Diagnosis", "entered by mistake" },
	{ R("Condition", ",\"clinicalStatus\":{\"text\":\"smouldering\"}"), "Diagnosis", "smouldering" },
	{ R("AllergyIntolerance", ",\"criticality\":\"high\""), "Allergy", "dangerous" },
	{ R("AllergyIntolerance", ",\"type\":\"intolerance\",\"criticality\":\"low\""), "Intolerance", "" },
	{ R("MedicationRequest", ",\"status\":\"stopped\""), "Prescription", "stopped" },
	{ R("MedicationStatement", ",\"status\":\"completed\""), "Medicine taken", "ended" },
	{ R("MedicationAdministration", ",\"status\":\"completed\""), "Drug given", "" },
	{ R("Immunization", ",\"status\":\"not-done\""), "Vaccination", "not done" },
	{ R("Appointment", ",\"status\":\"something-else\""), "Appointment", "something else" },
	{ R("Goal", ",\"lifecycleStatus\":\"active\""), "Goal", "active" },
	{ R("MolecularSequence", ""), "Molecular sequence", "" },
	{ R("SomethingNew", ",\"status\":7"), "Something new", "" },
	{ R("Observation", ",\"status\":\"final\""), "Observation", "" },
	{ R("Observation", ",\"category\":[" CODED("x") ",{\"coding\":[{\"code\":\"y\"},{\"code\":\"vital-signs\"}]}]"), "Vital sign", "" },
	{ R("Observation", ",\"category\":" CODED("survey")), "Survey", "" },
	{ LAB("13", RANGE), "Lab result", "" },
	{ LAB("12", RANGE), "Lab result", "" },
	{ LAB("11.99", RANGE), "Lab result", "low" },
	{ LAB("16.0", RANGE), "Lab result", "" },
	{ LAB("1.61e1", RANGE), "Lab result", "high" },
	{ LAB("9", ""), "Lab result", "" },
	/* what somebody said of it goes before what its range says */
	{ LAB("9", RANGE ",\"interpretation\":[" CODED("N") "]"), "Lab result", "" },
	{ LAB("13", RANGE ",\"interpretation\":[" CODED("HH") "]"), "Lab result", "very high" },
	{ LAB("13", ",\"interpretation\":[" CODED("unheard") ",{\"coding\":[{\"code\":\"q\"},{\"code\":\"A\"}]}]"), "Lab result", "abnormal" },
	/* ranges that are not for this value */
	{ LAB("9", ",\"referenceRange\":[{\"low\":{\"value\":12,\"code\":\"mmol/L\"}}]"), "Lab result", "" },
	{ LAB("9", ",\"referenceRange\":[{\"low\":{\"value\":12},\"age\":{\"high\":{\"value\":3}}}]"), "Lab result", "" },
	{ LAB("9", ",\"referenceRange\":[{\"low\":{\"value\":12},\"type\":" CODED("treatment") "}]"), "Lab result", "" },
	{ LAB("9", ",\"referenceRange\":[{\"low\":{\"value\":12}},{\"low\":{\"value\":8}}]"), "Lab result", "" },
	{ R("Observation", ",\"component\":[{\"valueQuantity\":{\"value\":1}},{\"interpretation\":[" CODED("L") "]}]"), "Observation", "low" },
	{ R("Observation", ",\"status\":\"cancelled\""), "Observation", "cancelled" },
	{ R("Observation", ",\"status\":\"entered-in-error\",\"interpretation\":[" CODED("H") "]"), "Observation", "high, entered by mistake" },
	/* what is no such thing */
	{ R("Observation", ",\"category\":7,\"interpretation\":[7,[\"x\"],{\"coding\":7}],\"referenceRange\":{},\"component\":[7,[]]"), "Observation", "" },
	{ R("Condition", ",\"clinicalStatus\":[[]],\"verificationStatus\":{\"coding\":[7]},\"status\":[]"), "Diagnosis", "" },
};

static void
words(void **state)
{
	const struct ac_val *v;
	const char *kind, *how;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof documents / sizeof *documents; i++) {
		v = read_json(documents[i].json);
		assert_int_equal(ac_say_kind(&kind, &arena, ac_val_str(v, "resourceType"), v), AC_OK);
		assert_int_equal(ac_say_standing(&how, &arena, v), AC_OK);
		if (strcmp(kind, documents[i].kind) || strcmp(how, documents[i].standing))
			fail_msg("%s is \"%s\", \"%s\"", documents[i].json, kind, how);
	}
	assert_int_equal(ac_say_kind(&kind, &arena, "Condition", NULL), AC_OK);
	assert_string_equal(kind, "Diagnosis");
}

/* --------------------------------------------------------------------- sheets */

static const char *
title(void *ctx, const char *reference)
{
	(void)ctx;
	return strcmp(reference, "Practitioner/1") ? "" : "Dr Lee";
}

/* The rows, one a line: depth as blanks, label: text (note); what is small behind a line of dashes. */
static const char *
sheet(struct ac_arena *a, const struct ac_val *doc)
{
	const struct ac_sheet_titles titles = { title, NULL };
	const struct ac_sheet_row *r = NULL;
	struct ac_buf b = { .max = 1u << 28 };
	const char *out;
	size_t n = 0, i;

	assert_int_equal(ac_say_sheet(&r, &n, a, doc, &titles), AC_OK);
	for (i = 0; i < n; i++) {
		assert_true(r[i].small >= (i && r[i - 1].small));
		assert_int_equal(ac_buf_addf(&b, "%s%*s%s: %s%s%s%s\n", r[i].small && (!i || !r[i - 1].small) ? "--\n" : "",
			(int)r[i].depth, "", r[i].label, r[i].text, *r[i].note ? " (" : "", r[i].note, *r[i].note ? ")" : ""), AC_OK);
	}
	out = ac_arena_text(a, b.len ? (const char *)b.p : "", b.len);
	ac_buf_free(&b);
	assert_non_null(out);
	return out;
}

static const struct { const char *json, *rows; } sheets[] = {
	{ R("Observation", ",\"id\":\"x\",\"meta\":{\"versionId\":\"1\"},\"status\":\"final\",\"text\":{\"div\":\"<div>all of it</div>\"},"
	  "\"code\":{\"text\":\"Haemoglobin\",\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"718-7\",\"display\":\"Hemoglobin in Blood\"},"
	  "{\"system\":\"http://local\",\"code\":\"HB\",\"version\":\"3\"}]},\"subject\":{\"reference\":\"Patient/1\",\"display\":\"Ana\"},"
	  "\"effectiveDateTime\":\"2026-11-05T08:30:00+01:00\",\"performer\":[{\"reference\":\"Practitioner/1\"},{\"reference\":\"Practitioner/2\"}],"
	  "\"valueQuantity\":{\"value\":9.10,\"unit\":\"g/dL\",\"code\":\"g/dL\"}" RANGE ",\"note\":[{\"text\":\"two\\nlines\",\"authorString\":\"Lab\","
	  "\"time\":\"2026-11-05\"}]"),
	  "test: Haemoglobin (Hemoglobin in Blood, LOINC 718-7; http://local HB)\n version: 3\nvalue: 9.10 g/dL (low)\n"
	  "reference range: 12.0 to 16 g/dL\nstatus: final\nmeasured on: 5 Nov 2026 08:30\ndone by: Dr Lee (Practitioner/1)\n"
	  "done by: Practitioner/2\nnote: two\nlines (Lab, 5 Nov 2026)\n"
	  "--\nabout this record: \n version of the source: 1\npatient: Ana (Patient/1)\n" },
	{ R("Observation", ",\"component\":[{\"code\":{\"text\":\"Systolic\"},\"valueQuantity\":{\"value\":150,\"unit\":\"mmHg\",\"code\":\"mm[Hg]\"},"
	  "\"interpretation\":[{\"coding\":[{\"code\":\"H\",\"display\":\"High\"}]}]},{\"valueString\":\"what?\"},{\"code\":{\"text\":\"none\"}}]"),
	  "Systolic: 150 mmHg (high)\n interpretation: High (H)\npart 2: \n value: what?\npart 3: \n code: none\n" },
	{ R("MedicationRequest", ",\"contained\":[{\"resourceType\":\"Medication\",\"id\":\"p\",\"code\":{\"text\":\"gabapentin\"}}],"
	  "\"medicationReference\":{\"reference\":\"#p\"},\"dosageInstruction\":[{\"text\":\"at night\",\"doseAndRate\":[{\"doseQuantity\":"
	  "{\"value\":300,\"unit\":\"mg\"}}],\"timing\":{\"code\":{\"text\":\"daily\"},\"repeat\":{\"frequency\":1,\"period\":1,\"periodUnit\":\"d\"}}}]"),
	  "drug: gabapentin (#p)\ninstructions: at night\ndose: 300 mg\nhow often: daily\n frequency: 1\n period: 1\n period unit: d\n"
	  "--\ndescribed inside: gabapentin: \n kind of record: Medication\n id: p\n drug: gabapentin\n" },
	{ R("MedicationRequest", ",\"dosageInstruction\":[{\"text\":\"one\"},{\"text\":\"two\"}]"),
	  "dosage 1: \n instructions: one\ndosage 2: \n instructions: two\n" },
	{ R("QuestionnaireResponse", ",\"item\":[{\"linkId\":\"1\",\"text\":\"Sleep\",\"answer\":[{\"valueString\":\"bad\"}]},"
	  "{\"linkId\":\"2\",\"item\":[{\"linkId\":\"2.1\",\"answer\":[{\"valueInteger\":4}]}]}]"),
	  "Sleep: bad (1)\nitem 2: \n question: 2\n 2.1: 4\n" },
	{ R("Patient", ",\"birthDate\":\"1990-04\",\"_birthDate\":{\"extension\":[{\"url\":\"http://x/birth-time\",\"valueTime\":\"05:42:00\"}]},"
	  "\"identifier\":[{\"value\":\"77\",\"system\":\"http://mrn\"}],\"name\":[{\"given\":[\"Ana\"],\"_given\":[null],\"use\":\"official\"}]"),
	  "name: Ana (official)\ndate of birth: Apr 1990\ndate of birth, further information: \n birth time: 05:42 (http://x/birth-time)\n"
	  "identifier: 77 (http://mrn)\n" },
	{ R("Condition", ",\"clinicalStatus\":{\"text\":\"active\",\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/condition-clinical\","
	  "\"code\":\"active\"}]},\"moon\":{\"phase\":\"full\",\"tides\":[1,true]}"),
	  "clinical status: active\nmoon: \n phase: full\n tides: 1\n tides: yes\n" },
	{ R("Basic", ",\"id\":\"x\",\"text\":{\"status\":\"generated\",\"div\":\"<div>all of it</div>\"}"), "summary: all of it\n" },
	{ R("Binary", ",\"contentType\":\"text/plain\",\"data\":\"aGVsbG8=\""), "content type: text/plain\ndata: data of 5 bytes\n" },
	{ R("Basic", ",\"id\":\"x\""), "" },
};

static void
rows(void **state)
{
	const char *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof sheets / sizeof *sheets; i++)
		if (strcmp(s = sheet(&arena, read_json(sheets[i].json)), sheets[i].rows))
			fail_msg("%s\nis\n%s\nnot\n%s", sheets[i].json, s, sheets[i].rows);
}

static void
no_memory(void **state)
{
	struct ac_arena small = { .max = 1 };
	const struct ac_sheet_row *r = NULL;
	const char *s = NULL;
	size_t n = 7;

	(void)state;
	assert_int_equal(ac_say_sheet(&r, &n, &small, read_json(sheets[0].json), NULL), AC_ENOMEM);
	assert_int_equal(ac_say_kind(&s, &small, "MolecularSequence", NULL), AC_ENOMEM);
	assert_true(!r && n == 7 && !s);
	ac_arena_free(&small);
}

/* --------------------------------------------------------------- real records */

static size_t resources, leaves;

/* What is told in other words, or is nothing for a person: dates, codes and systems,
 * data, the narrative, what kind it is. */
static bool
reworded(const struct ac_val *holder, const char *key, const char *s)
{
	static const char *const keys[] = { "div", "system", "code", "data", "resourceType", "id", "status", "contentType", "use",
		"type", "comparator", "linkId", "url", "unit", "currency", "display", "periodUnit", "hash" };
	int64_t ms;
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(keys[i], key))
			return true;
	return ac_time_read(s, &ms) || strpbrk(s, "\r\n\t") || !strpbrk(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.: ") /* a code */
		|| (strlen(s) == 8 && s[2] == ':') /* a time */
		/* one text goes for these */
		|| ((!strcmp(key, "family") || !strcmp(key, "line") || !strcmp(key, "city") || !strcmp(key, "given")
		     || !strcmp(key, "prefix") || !strcmp(key, "suffix") || !strcmp(key, "state") || !strcmp(key, "postalCode")
		     || !strcmp(key, "country") || !strcmp(key, "district")) && (!holder || ac_val_str(holder, "text")));
}

static void
told(const char *all, const struct ac_val *holder, const char *key, const struct ac_val *v)
{
	struct ac_buf b = { 0 };
	uint32_t i;

	for (i = 0; v->kind == AC_MAP && i < v->n; i++)
		told(all, v, v->pairs[i].key, &v->pairs[i].val);
	for (i = 0; v->kind == AC_ARR && i < v->n; i++)
		told(all, holder, key, &v->items[i]);
	if (v->kind == AC_STR && !reworded(holder, key, v->s)) {
		leaves++;
		if (!strstr(all, v->s))
			fail_msg("%s: \"%s\" is not in\n%s", key, v->s, all);
	}
	if (v->kind >= AC_INT && v->kind <= AC_NUM) {
		leaves++;
		assert_int_equal(ac_json_write(&b, v, NULL, NULL), AC_OK);
		assert_int_equal(ac_buf_add(&b, "", 1), AC_OK);
		if (!strstr(all, (const char *)b.p) && strcmp((const char *)b.p, "1") && strcmp((const char *)b.p, "2") && strcmp(key, "offset"))
			fail_msg("%s: %s is not in\n%s", key, (const char *)b.p, all);
		ac_buf_free(&b);
	}
}

static void
resource(struct ac_arena *a, const struct ac_val *v)
{
	const char *type = ac_val_str(v, "resourceType"), *s;
	const struct ac_val *list = ac_val_get(v, "entry");
	uint32_t i;

	for (i = 0; type && !strcmp(type, "Bundle") && list && list->kind == AC_ARR && i < list->n; i++)
		if (ac_val_get(&list->items[i], "resource"))
			resource(a, ac_val_get(&list->items[i], "resource"));
	if (ac_doc_check(v, NULL) != AC_OK || !strcmp(type, "Bundle"))
		return;
	resources++;
	assert_int_equal(ac_say_kind(&s, a, type, v), AC_OK);
	assert_true(*s != 0);
	assert_int_equal(ac_say_standing(&s, a, v), AC_OK);
	told(sheet(a, v), NULL, "", v);
}

static int
each_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	const char *dot = strrchr(path, '.');
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	char *text, *p, *line;
	size_t n;

	(void)st, (void)ftw;
	if (flag != FTW_F || !dot || (strcmp(dot, ".json") && strcmp(dot, ".ndjson")))
		return 0;
	assert_non_null(text = corpus_read(path + strlen(corpus_dir()) + 1, &n));
	for (p = text, line = text; line && *line; ac_arena_reset(&a)) {
		if (!strcmp(dot, ".ndjson") && !(line = corpus_line(&p)))
			break;
		if (!ac_json_read(&v, &a, line, strcmp(dot, ".json") ? strlen(line) : n, NULL) && v->kind == AC_MAP)
			resource(&a, v);
		if (!strcmp(dot, ".json"))
			break;
	}
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
	print_message("# %zu resources, %zu texts and numbers found again\n", resources, leaves);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(rows), cmocka_unit_test(no_memory),
		cmocka_unit_test(real),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
