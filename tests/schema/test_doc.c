/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "corpus.h"

static struct ac_arena arena;

static const struct ac_val *
doc(const char *json)
{
	const struct ac_val *v = NULL;
	struct ac_fault f = { "", 0, 0 };

	if (ac_json_read(&v, &arena, json, strlen(json), &f))
		fail_msg("%s: %s", json, f.text);
	return v;
}

static int
teardown(void **state)
{
	(void)state;
	ac_arena_free(&arena);
	return 0;
}

#define R(type, rest) "{\"resourceType\":\"" type "\"," rest "}"
#define OBS(rest) R("Observation", "\"code\":{\"coding\":[{\"code\":\"718-7\"},{\"display\":\"Hemoglobin\"}]}," rest)

static const struct { const char *json, *title; } titles[] = {
	{ R("Patient", "\"name\":[{\"use\":\"old\",\"family\":\"A\"},{\"given\":[\"Mia\",\"Li\"],\"family\":\"Berg\"}]"), "Mia Li Berg" },
	{ R("Patient", "\"name\":[{\"text\":\"Mia Berg\"}]"), "Mia Berg" },
	{ R("Patient", "\"id\":\"x\""), "" },
	{ R("Organization", "\"name\":\"City Clinic\""), "City Clinic" },
	{ OBS("\"valueQuantity\":{\"value\":12.40,\"unit\":\"g/dL\"}"), "Hemoglobin 12.40 g/dL" },
	{ OBS("\"valueQuantity\":{\"value\":5,\"comparator\":\"<\",\"code\":\"%\"}"), "Hemoglobin <5%" },
	{ OBS("\"valueQuantity\":{\"value\":3,\"unit\":\"{score}\"}"), "Hemoglobin 3" },
	{ OBS("\"valueCodeableConcept\":{\"text\":\"low\"}"), "Hemoglobin: low" },
	{ OBS("\"valueBoolean\":false"), "Hemoglobin: no" },
	{ OBS("\"valueRange\":{\"low\":{\"value\":1},\"high\":{\"value\":2,\"unit\":\"g\"}}"), "Hemoglobin 1\xe2\x80\x93" "2 g" },
	{ OBS("\"valueString\":\"see\\nnote\""), "Hemoglobin: see note" },
	{ R("Observation", "\"code\":{\"text\":\"Blood pressure\"},\"component\":["
	    "{\"code\":{\"coding\":[{\"code\":\"8462-4\"}]},\"valueQuantity\":{\"value\":80,\"unit\":\"mmHg\"}},"
	    "{\"code\":{\"coding\":[{\"code\":\"8480-6\"}]},\"valueQuantity\":{\"value\":120,\"unit\":\"mmHg\"}}]"),
	  "Blood pressure 120/80 mmHg" },
	{ R("MedicationRequest", "\"medicationCodeableConcept\":{\"text\":\"Mercaptopurine 50 mg\"},\"dosageInstruction\":[{\"text\":\"one at night\"}]"),
	  "Mercaptopurine 50 mg, one at night" },
	{ R("MedicationStatement", "\"contained\":[{\"resourceType\":\"Medication\",\"id\":\"m\",\"code\":{\"text\":\"Methotrexate\"}}],"
	    "\"medicationReference\":{\"reference\":\"#m\"},\"dosage\":[{\"doseAndRate\":[{\"doseQuantity\":{\"value\":2.5,\"unit\":\"mg\"}}]}]"),
	  "Methotrexate, 2.5 mg" },
	{ R("MedicationStatement", "\"category\":{\"coding\":[{\"system\":\"urn:aftercare:supplement\",\"code\":\"not-discussed\"}]},"
	    "\"medicationCodeableConcept\":{\"text\":\"Zinc\"},\"dosage\":[{\"text\":\"10 mg\"}]"), "Zinc, 10 mg (not yet discussed with the care team)" },
	{ R("MedicationStatement", "\"category\":{\"coding\":[{\"system\":\"urn:aftercare:supplement\",\"code\":\"discussed\"}]},"
	    "\"medicationCodeableConcept\":{\"text\":\"Zinc\"}"), "Zinc" },
	{ R("Task", "\"code\":{\"text\":\"Question\"},\"description\":\"May I fly?\""), "May I fly?" },
	{ R("Task", "\"code\":{\"text\":\"Question\"}"), "Question" },
	{ R("Coverage", "\"type\":{\"text\":\"Health insurance\"},\"payor\":[{\"display\":\"AOK\"}]"), "AOK" },
	{ R("Coverage", "\"type\":{\"text\":\"Health insurance\"},\"payor\":[{\"reference\":\"Organization/1\"}]"), "Health insurance" },
	{ R("Immunization", "\"vaccineCode\":{\"coding\":[{\"code\":\"62\"}]}"), "62" },
	{ R("Encounter", "\"class\":{\"code\":\"AMB\",\"display\":\"ambulatory\"},\"type\":[{\"text\":\"Visit\"}]"), "Visit" },
	{ R("Encounter", "\"class\":{\"code\":\"AMB\",\"display\":\"ambulatory\"}"), "ambulatory" },
	{ R("CarePlan", "\"description\":\"Later care\",\"category\":[{\"text\":\"x\"}]"), "Later care" },
	{ R("DocumentReference", "\"content\":[{\"attachment\":{\"title\":\"CT scan\"}}]"), "CT scan" },
	{ R("Condition", "\"code\":{\"text\":\"a\\u0007b\\u001b[1mc\\u202ed\\u0085e\"}"), "a b [1mc d e" },
	{ R("Condition", "\"code\":{\"text\":\"  \",\"coding\":[{\"display\":\"\"},{\"code\":\"C91\"}]}"), "C91" },
	{ R("Condition", "\"code\":\"wrong\",\"category\":7"), "wrong" },
	{ R("Condition", "\"code\":[[]],\"name\":3,\"type\":[],\"class\":[null]"), "" },
};

static void
title(void **state)
{
	char text[600], json[700];
	const char *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof titles / sizeof *titles; i++)
		if (strcmp(s = ac_doc_title(&arena, doc(titles[i].json)), titles[i].title))
			fail_msg("%s\nis \"%s\"", titles[i].json, s);
	/* cut at 100 characters, not inside one */
	for (i = 0; i < 150; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 3);
	snprintf(json, sizeof json, "{\"resourceType\":\"Condition\",\"code\":{\"text\":\"%s\"}}", text);
	s = ac_doc_title(&arena, doc(json));
	assert_int_equal(strlen(s), 99 * 2 + 3);
	assert_string_equal(s + 99 * 2, "\xe2\x80\xa6");
}

static const struct { const char *json, *date; } dates[] = {
	{ R("Observation", "\"issued\":\"2020-01-02T03:04:05Z\",\"effectiveDateTime\":\"2020\""), "2020" },
	{ R("Observation", "\"effectivePeriod\":{\"start\":\"2020-02\",\"end\":\"2020-03\"}"), "2020-02" },
	{ R("Observation", "\"effectiveTiming\":{\"event\":[\"2020-02-01\"]}"), "2020-02-01" },
	{ R("Condition", "\"recordedDate\":\"2021\",\"onsetAge\":{\"value\":3}"), "2021" },
	{ R("Condition", "\"recordedDate\":\"2021\",\"onsetString\":\"2019\""), "2021" },
	{ R("Condition", "\"recordedDate\":\"2021\",\"onsetDateTime\":\"2019\""), "2019" },
	{ R("Procedure", "\"performedPeriod\":{\"start\":\"2021-05-05\"}"), "2021-05-05" },
	{ R("Encounter", "\"period\":{\"start\":\"2021-05-05\"}"), "2021-05-05" },
	{ R("Composition", "\"date\":\"2021-05-06\""), "2021-05-06" },
	{ R("DiagnosticReport", "\"issued\":\"2021-05-06T00:00:00Z\""), "2021-05-06T00:00:00Z" },
	/* no date but those that the contract names */
	{ R("Immunization", "\"occurrenceDateTime\":\"2021-05-06\""), "" },
	{ R("Appointment", "\"start\":\"2021-05-06T00:00:00Z\",\"created\":\"2021\""), "" },
	{ R("DocumentReference", "\"date\":\"05/06/2021\""), "" },
	{ R("Patient", "\"birthDate\":\"1980\""), "" },
};

static void
date(void **state)
{
	const char *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof dates / sizeof *dates; i++)
		if (strcmp(s = ac_doc_date(&arena, doc(dates[i].json)), dates[i].date))
			fail_msg("%s\nis \"%s\"", dates[i].json, s);
}

static void
check(void **state)
{
	static const char *const bad[] = { "[]", "3", "null", "{}", "{\"resourceType\":1}", "{\"resourceType\":\"\"}",
		"{\"resourceType\":\"patient\"}", "{\"resourceType\":\"../x\"}", "{\"resourceType\":\"Pa tient\"}" };
	struct ac_fault f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		f.text[0] = 0;
		if (ac_doc_check(doc(bad[i]), &f) != AC_EINVAL || !f.text[0])
			fail_msg("%s", bad[i]);
	}
	assert_int_equal(ac_doc_check(doc("{\"resourceType\":\"Patient\"}"), &f), AC_OK);
	assert_int_equal(ac_doc_check(doc("{\"x\":1,\"resourceType\":\"LaterType2\"}"), &f), AC_OK);
}

static void
words(void **state)
{
	struct ac_buf b = { 0 }, small = { .max = 70 };
	char *s;

	(void)state;
	assert_int_equal(ac_buf_add(&b, "kept\n", 5), AC_OK);
	assert_int_equal(ac_doc_words(&b, doc(R("Observation", "\"id\":\"hidden1\",\"text\":{\"div\":\"<div title='hidden2'>"
		"p&lt;q&#x41;<b>narrative</b></div>\"},\"code\":{\"coding\":[{\"system\":\"http://hidden3\",\"code\":\"718-7\","
		"\"display\":\"Hemoglobin\"}]},\"effectiveDateTime\":\"2020-03\",\"note\":[{\"text\":\"felt fine\"}],"
		"\"valueAttachment\":{\"data\":\"aGlkZGVu\",\"url\":\"hidden4\"},\"identifier\":[{\"value\":\"MRN7\"}],"
		"\"subject\":{\"reference\":\"hidden5/1\",\"display\":\"Mia\"}"))), AC_OK);
	assert_int_equal(ac_buf_add(&b, "", 1), AC_OK);
	s = (char *)b.p;
	assert_memory_equal(s, "kept\n", 5);
	assert_null(strstr(s, "hidden"));
	assert_null(strstr(s, "aGlk"));
	assert_non_null(strstr(s, "p<qA narrative"));
	assert_non_null(strstr(s, "718-7\nHemoglobin\n2020-03\nfelt fine\nMRN7\nMia\n"));
	ac_buf_free(&b);
	/* over the ceiling: nothing is added */
	assert_int_equal(ac_doc_words(&small, doc(R("Basic", "\"a\":\"0123456789\",\"b\":\"0123456789012345678901234567890123"
		"4567890123456789012345678901234567890\""))), AC_ELIMIT);
	assert_int_equal(small.len, 0);
	ac_buf_free(&small);
}

static void
collect(void *ctx, const char *system, const char *code)
{
	char *out = ctx;

	snprintf(out + strlen(out), 200 - strlen(out), "%s|%s ", system, code);
}

static void
codes(void **state)
{
	char out[200] = "";

	(void)state;
	ac_doc_codes(doc(R("Observation", "\"category\":[{\"coding\":[{\"system\":\"s\",\"code\":\"lab\"}]}],\"code\":{\"coding\":["
		"{\"system\":\"l\",\"code\":\"1\"},{\"code\":\"2\"},{\"display\":\"none\"}]},\"valueQuantity\":{\"system\":\"u\",\"code\":\"g\"},"
		"\"interpretation\":[{\"coding\":[{\"code\":\"H\"}]}],\"component\":[{\"code\":{\"coding\":[{\"code\":\"3\"}]}}]")), collect, out);
	assert_string_equal(out, "s|lab l|1 |2 ");
	*out = 0;
	ac_doc_codes(doc(R("Encounter", "\"class\":{\"system\":\"v\",\"code\":\"AMB\"}")), collect, out);
	assert_string_equal(out, "v|AMB ");
	*out = 0;
	ac_doc_codes(doc(R("LaterType", "\"kind\":{\"coding\":[{\"code\":\"k\"}]},\"other\":{\"code\":\"no\"},\"code\":7")), collect, out);
	assert_string_equal(out, "|k ");
	*out = 0;
	ac_doc_codes(doc(R("MedicationRequest", "\"contained\":[{\"resourceType\":\"Medication\",\"id\":\"m\",\"code\":{\"coding\":[{\"code\":\"mtx\"}]}}],"
		"\"medicationReference\":{\"reference\":\"#m\"}")), collect, out);
	assert_string_equal(out, "|mtx ");
}

#define PAT(rest) R("Patient", rest)
#define NAME(f, g) "\"name\":[{\"family\":\"" f "\",\"given\":[\"" g "\"]}]"

static const struct { const char *a, *b; bool differs; } persons[] = {
	{ PAT(NAME("Berg", "Mia") ",\"birthDate\":\"1980-05-06\""), PAT(NAME("BERG", "mia") ",\"birthDate\":\"1980\""), false },
	{ PAT(NAME("B\xc3\xa9rg", "Mia")), PAT(NAME("B\xc3\x89RG", "Mia")), false },
	{ PAT(NAME("Berg-Li", "Mia")), PAT(NAME("Berg Li", "Mia")), false },
	{ PAT(NAME("Berg", "Mia")), PAT("\"name\":[{\"text\":\"Mia Berg\"}]"), false },
	{ PAT(NAME("Berg", "Mia")), PAT(NAME("Berg", "Ole")), true },
	{ PAT(NAME("Berg", "Mia")), PAT(NAME("Holm", "Mia")), true },
	{ PAT(NAME("Berg", "Mia")), PAT("\"name\":[{\"family\":\"Holm\"},{\"family\":\"Berg\",\"use\":\"maiden\"}]"), false },
	{ PAT(NAME("Berg", "Mia") ",\"birthDate\":\"1980\""), PAT(NAME("Berg", "Mia") ",\"birthDate\":\"1981\""), true },
	{ PAT(NAME("Berg", "Mia") ",\"identifier\":[{\"system\":\"a\",\"value\":\"1\"}]"),
	  PAT(NAME("Holm", "Mia") ",\"identifier\":[{\"system\":\"b\",\"value\":\"2\"},{\"system\":\"a\",\"value\":\"1\"}]"), false },
	{ PAT(NAME("Berg", "Mia") ",\"identifier\":[{\"value\":\"1\"}]"), PAT(NAME("Holm", "Mia") ",\"identifier\":[{\"value\":\"1\"}]"), true },
	{ PAT(NAME("Berg", "Mia")), PAT("\"gender\":\"female\""), true },
	{ PAT("\"gender\":\"female\""), PAT("\"gender\":\"female\""), false },
};

static void
person(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof persons / sizeof *persons; i++)
		if (ac_person_differs(doc(persons[i].a), doc(persons[i].b)) != persons[i].differs
		    || ac_person_differs(doc(persons[i].b), doc(persons[i].a)) != persons[i].differs)
			fail_msg("%s\n%s", persons[i].a, persons[i].b);
}

#define LAB(code, day) R("Observation", "\"code\":{\"coding\":[{\"system\":\"l\",\"code\":\"" code "\"}]},\"effectiveDateTime\":\"" day "\"")

static void
stranger(void **state)
{
	(void)state;
	assert_true(ac_doc_stranger(doc(LAB("1", "2020-01-01")), doc(LAB("2", "2021-01-01"))));
	assert_false(ac_doc_stranger(doc(LAB("1", "2020-01-01")), doc(LAB("1", "2021-01-01"))));
	assert_false(ac_doc_stranger(doc(LAB("1", "2020-01-01")), doc(LAB("2", "2020-01-01"))));
	assert_false(ac_doc_stranger(doc(LAB("1", "2020-01-01")), doc(LAB("2", "2020"))));
	assert_false(ac_doc_stranger(doc(LAB("1", "2020-01-01")), doc(R("Observation", "\"effectiveDateTime\":\"2021\""))));
	assert_true(ac_doc_stranger(doc(PAT(NAME("Berg", "Mia"))), doc(PAT(NAME("Berg", "Ole")))));
}

/* Of every shared document: a title, without anything that upsets a terminal. */
static void
shared(void **state)
{
	char *text, name[512], file[600], *judged, *p, *line, out[200];
	struct ac_arena a = { 0 };
	unsigned files = 0, titled = 0;
	struct ac_buf b = { 0 };
	const struct ac_val *v;
	const char *s;
	size_t n = 0;

	(void)state;
	if (!(judged = corpus_read("dev/JUDGED.jsonl", &n))) {
		printf("# no shared data\n");
		return;
	}
	for (p = judged; (line = corpus_line(&p));) {
		if (sscanf(line, "{\"file\": \"%400[^\"]", name) != 1 || strstr(name, ".ndjson"))
			continue;
		snprintf(file, sizeof file, "dev/%s", name);
		if (!(text = corpus_read(file, &n)) || ac_json_read(&v, &a, text, n, NULL)) {
			free(text);
			continue;
		}
		files++;
		s = ac_doc_title(&a, v);
		titled += *s != 0;
		for (; *s; s++)
			assert_true((unsigned char)*s >= ' ' && *s != 0x7f);
		assert_int_equal(ac_doc_words(&b, v), AC_OK);
		*out = 0;
		ac_doc_codes(v, collect, out);
		if (getenv("AC_SHOW"))
			printf("# %s: %s | %s | %s\n", name, ac_doc_date(&a, v), ac_doc_title(&a, v), out);
		ac_buf_reset(&b);
		ac_arena_free(&a);
		free(text);
	}
	free(judged);
	ac_buf_free(&b);
	printf("# files %u (%u with a title)\n", files, titled);
	assert_true(titled * 10 > files * 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(title),
		cmocka_unit_test(date),
		cmocka_unit_test(check),
		cmocka_unit_test(words),
		cmocka_unit_test(codes),
		cmocka_unit_test(person),
		cmocka_unit_test(stranger),
		cmocka_unit_test(shared),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
