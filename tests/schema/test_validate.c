/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "corpus.h"
#include "schema/fhir.h"
#include "schema/primitive.h"

/* The i-th element of a frame, its bases' after its own; NULL past the end. */
static const struct ac_r4_elem *
elem(const struct ac_r4_frame *f, size_t i)
{
	for (; f; f = ac_fhir_base(f)) {
		if (i < f->nelems)
			return &ac_r4_elems[f->elem + i];
		i -= f->nelems;
	}
	return NULL;
}

struct seen { char text[4096]; const char *label; };

static void
note(void *ctx, const struct ac_issue *i)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	assert_non_null(i->path);
	assert_non_null(i->message);
	snprintf(s->text + n, sizeof s->text - n, "%s%s: %s\n", i->error ? "" : "warning ", i->path, i->message);
	if (i->error && s->label)
		printf("# %s: %s: %s\n", s->label, i->path, i->message);
}

/* Errors in a JSON text; SIZE_MAX where it is no document at all. */
static size_t
errors_in(const char *json, size_t n, struct seen *s)
{
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	size_t errors = SIZE_MAX;

	if (!ac_json_read(&v, &a, json, n, NULL) && !ac_doc_check(v, NULL))
		assert_int_equal(ac_validate(v, note, s, &errors), AC_OK);
	ac_arena_free(&a);
	return errors;
}

/* ------------------------------------------------------------- our vectors */

#define P "{\"resourceType\":\"Patient\","
#define O "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"

static const struct { const char *json, *want; } vectors[] = {
	/* want: a part of the only error, NULL: none */
	{ P "\"active\":true}", NULL },
	{ "{\"active\":true,\"resourceType\":\"Patient\"}", NULL },
	{ "{\"resourceType\":\"Patient\"}", NULL },
	{ P "\"id\":\"a.B-9\"}", NULL },
	{ P "\"id\":\"a_b\"}", "Patient.id: is no id" },
	{ P "\"_id\":{\"id\":\"x\"}}", "Patient._id: is no element" },
	{ P "\"colour\":1}", "Patient.colour: is no element" },
	{ P "\"Active\":true}", "Patient.Active: is no element" },
	{ P "\"active\":\"true\"}", "Patient.active: is a string" },
	{ P "\"active\":[true]}", "Patient.active: is an array" },
	{ P "\"active\":null}", "Patient.active: is null" },
	{ P "\"name\":{\"family\":\"x\"}}", "Patient.name: is one value" },
	{ P "\"name\":[]}", "Patient.name: is an empty array" },
	{ P "\"name\":[{}]}", "Patient.name[0]: is an empty object" },
	{ P "\"name\":[null]}", "Patient.name[0]: is null" },
	{ P "\"name\":[{\"family\":\"\"}]}", "Patient.name[0].family: is an empty string" },
	{ P "\"name\":[{\"id\":\"a\"}]}", "Patient.name[0]: has an id and nothing else" },
	{ P "\"name\":[{\"given\":[\"a\",null],\"_given\":[null,{\"id\":\"b\"}]}]}", NULL },
	{ P "\"name\":[{\"given\":[\"a\",null]}]}", "name[0].given[1]: is null" },
	{ P "\"name\":[{\"given\":[\"a\"],\"_given\":[null,null]}]}", "name[0]._given[1]: is null" },
	{ P "\"gender\":\"Female\"}", "codes that FHIR requires here: female, male, other, unknown" },
	{ P "\"birthDate\":\"2023-02-29\"}", "Patient.birthDate: is no date" },
	{ P "\"birthDate\":\"2024-02-29\"}", NULL },
	{ P "\"_birthDate\":{\"extension\":[{\"url\":\"http://x\",\"valueCode\":\"unknown\"}]}}", NULL },
	{ P "\"_birthDate\":{\"id\":\"a\"}}", "ele-1" },
	{ P "\"_birthDate\":{\"value\":\"a\"}}", "Patient._birthDate.value: is no element" },
	{ P "\"_name\":[{\"id\":\"a\"}]}", "Patient._name: is no element" },
	{ P "\"deceasedBoolean\":true,\"deceasedDateTime\":\"2020\"}", "more than one type of deceased[x]" },
	{ P "\"deceasedBoolean\":true,\"_deceasedBoolean\":{\"id\":\"a\"}}", NULL },
	{ P "\"deceased\":true}", "Patient.deceased: is no element" },
	{ P "\"deceasedboolean\":true}", "Patient.deceasedboolean: is no element" },
	{ P "\"deceasedString\":\"x\"}", "Patient.deceasedString: is no element" },
	{ P "\"multipleBirthInteger\":2}", NULL },
	{ P "\"multipleBirthInteger\":2.0}", "is no whole number" },
	{ P "\"multipleBirthInteger\":2147483648}", "is outside" },
	{ P "\"extension\":[{\"url\":\"http://x\"}]}", "ext-1" },
	{ P "\"extension\":[{\"valueString\":\"x\"}]}", "lacks url" },
	{ P "\"extension\":[{\"url\":\"http://x\",\"valueFoo\":1}]}", "extension[0].valueFoo: is no element" },
	{ P "\"contact\":[{\"gender\":\"male\"}]}", "pat-1" },
	{ P "\"telecom\":[{\"value\":\"1\"}]}", "cpt-2" },
	{ P "\"generalPractitioner\":[{\"reference\":\"#gone\"}]}", "ref-1" },
	{ P "\"generalPractitioner\":[{\"reference\":\"#a\"}],\"contained\":[{\"resourceType\":\"Practitioner\",\"id\":\"a\"}]}", NULL },
	{ P "\"contained\":[{\"resourceType\":\"Practitioner\",\"id\":\"a\"}]}", "warning Patient: contains" },
	{ P "\"contained\":[{\"id\":\"a\"}]}", "Patient.contained[0]: has no resourceType" },
	{ P "\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns='http://www.w3.org/1999/xhtml'>a<br/>b</div>\"}}", NULL },
	{ P "\"text\":{\"status\":\"generated\",\"div\":\"<div><script>x</script></div>\"}}", "tag that a narrative may not" },
	{ P "\"text\":{\"status\":\"generated\",\"div\":\"<div><p onclick='x'>x</p></div>\"}}", "event handler" },
	{ P "\"text\":{\"status\":\"generated\",\"div\":\"<div><a href='java script:x'>x</a></div>\"}}", "runs a program" },
	{ P "\"text\":{\"status\":\"generated\",\"div\":\"<div><p>x</div></p>\"}}", "closes another tag" },
	{ P "\"text\":{\"status\":\"generated\",\"div\":\"<div> <p/> </div>\"}}", "warning" },
	{ P "\"text\":{\"status\":\"generated\"}}", "lacks div" },
	{ "{\"resourceType\":\"Observation\",\"status\":\"final\"}", "Observation: lacks code" },
	{ "{\"resourceType\":\"Observation\",\"_status\":{\"extension\":[{\"url\":\"http://x\",\"valueCode\":\"unknown\"}]},\"code\":{\"text\":\"x\"}}", NULL },
	{ O "\"valueQuantity\":{\"value\":1e2}}", NULL },
	{ O "\"valueQuantity\":{\"value\":\"1\"}}", "valueQuantity.value: is a string" },
	{ O "\"valueQuantity\":{\"value\":1,\"code\":\"g\"}}", "qty-3" },
	{ O "\"valueString\":\"x\",\"dataAbsentReason\":{\"text\":\"x\"}}", "obs-6" },
	{ O "\"component\":[{\"code\":{\"text\":\"y\"},\"referenceRange\":[{\"type\":{\"text\":\"y\"}}]}]}", "obs-3" },
	{ O "\"component\":[{\"code\":{\"text\":\"y\"},\"referenceRange\":[{\"high\":{\"value\":\"1\"}}]}]}",
	  "Observation.component[0].referenceRange[0].high.value: is a string" },
	{ O "\"effectivePeriod\":{\"start\":\"2020-05\",\"end\":\"2020-04-30\"}}", "per-1" },
	{ O "\"effectivePeriod\":{\"start\":\"2020-05-02\",\"end\":\"2020-05\"}}", NULL },
	{ O "\"effectiveDateTime\":\"2020-05-02T10:00:00\"}", "is no dateTime" },
	{ O "\"issued\":\"2020-05-02\"}", "is no instant" },
	{ O "\"valueRange\":{\"low\":{\"value\":2.5},\"high\":{\"value\":2.25}}}", "rng-2" },
	{ "{\"resourceType\":\"Condition\",\"subject\":{\"display\":\"x\"},\"clinicalStatus\":{\"text\":\"active\"}}", "clinicalStatus: is none" },
	{ "{\"resourceType\":\"Condition\",\"subject\":{\"display\":\"x\"},\"abatementString\":\"x\"}", "con-4" },
	{ "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"total\":1}", "bdl-1" },
	{ "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"fullUrl\":\"urn:x\",\"request\":{\"method\":\"GET\",\"url\":\"x\"}},{\"fullUrl\":\"urn:y\",\"resource\":{\"resourceType\":\"Patient\"}}]}", "bdl-3" },
	{ "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":" P "\"gender\":\"x\"}}]}",
	  "Bundle.entry[0].resource.gender: is none" },
	{ "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"fullUrl\":\"a:b\",\"resource\":{\"resourceType\":\"Patient\"}},"
	  "{\"fullUrl\":\"a:b\",\"resource\":{\"resourceType\":\"Patient\"}}]}", "bdl-7" },
	{ "{\"resourceType\":\"SubscriptionStatus\",\"status\":\"x\"}", "is no resource type of FHIR 4.0.1" },
	{ "{\"resourceType\":\"DomainResource\"}", "is no resource type" },
	{ "{\"resourceType\":\"ExampleScenario\",\"status\":\"draft\",\"instance\":[{\"resourceId\":\"a\",\"resourceType\":\"Patient\"}]}", NULL },
};

static void
each_rule(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		struct seen s = { "", NULL };

		n = errors_in(vectors[i].json, strlen(vectors[i].json), &s);
		if (!vectors[i].want ? n != 0 : !strstr(s.text, vectors[i].want))
			fail_msg("%s\nwanted %s, has %s", vectors[i].json, vectors[i].want ? vectors[i].want : "none", s.text);
		if (vectors[i].want && n != (strncmp(vectors[i].want, "warning", 7) ? 1 : 0))
			fail_msg("%s\nwanted one error, has %s", vectors[i].json, s.text);
	}
}

static void
paths(void **state)
{
	(void)state;
	assert_string_equal(ac_fhir_path_type("Observation", "valueQuantity.value"), "decimal");
	assert_string_equal(ac_fhir_path_type("Patient", "name[0].given[1]"), "string");
	assert_string_equal(ac_fhir_path_type("Patient", "deceasedBoolean"), "boolean");
	assert_string_equal(ac_fhir_path_type("Patient", "id"), "id");
	assert_string_equal(ac_fhir_path_type("Patient", "contact"), "BackboneElement");
	assert_string_equal(ac_fhir_path_type("Observation", "component[3].referenceRange[0].low.unit"), "string");
	assert_string_equal(ac_fhir_path_type("Questionnaire", "item[0].item[0].item[0].linkId"), "string");
	assert_string_equal(ac_fhir_path_type("Patient", "_birthDate.extension[0].valueMoney.currency"), "code");
	assert_null(ac_fhir_path_type("Patient", "deceased"));
	assert_null(ac_fhir_path_type("Patient", "name[0].given[1].x"));
	assert_null(ac_fhir_path_type("Patient", "name[x]"));
	assert_null(ac_fhir_path_type("Patient", "birthDate[0]"));
	assert_null(ac_fhir_path_type("Patient", "name."));
	assert_null(ac_fhir_path_type("Nobody", "name"));
	assert_string_equal(ac_fhir_path_type("Patient", "name[0].given[0]"), "string");
	assert_null(ac_fhir_path_type("Patient", "name[0].given[0][0]"));
	assert_true(ac_fhir_type_known("Patient"));
	assert_false(ac_fhir_type_known("Quantity"));
	assert_false(ac_fhir_type_known("Resource"));
	assert_true(ac_fhir_id_ok("a"));
	assert_false(ac_fhir_id_ok(""));
	assert_false(ac_fhir_id_ok("a/b"));
	assert_true(ac_fhir_id_ok("1234567890123456789012345678901234567890123456789012345678901234"));
	assert_false(ac_fhir_id_ok("12345678901234567890123456789012345678901234567890123456789012345"));
}

/* ------------------------------------------------------------- any shape */

static uint32_t seed = 1;

static uint32_t
dice(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void
any_value(struct ac_buf *b, const struct ac_r4_frame *f, unsigned depth)
{
	static const char *const atoms[] = { "null", "true", "1", "-0", "1.50", "1e9", "18446744073709551615", "\"\"",
		"\"x\"", "\"2020-01-01\"", "\"#a\"", "\"final\"", "[]", "{}", "\"display\"", "\"document\"" };
	const struct ac_r4_elem *e;
	const struct ac_r4_frame *t;
	uint32_t i, n = dice(4), elems = 0;

	while (f && elem(f, elems))
		elems++;
	if (depth > 6 || !elems || dice(10) == 0) {
		assert_int_equal(ac_buf_addf(b, "%s", atoms[dice(sizeof atoms / sizeof *atoms)]), AC_OK);
		return;
	}
	if (dice(4) == 0) {
		assert_int_equal(ac_buf_add(b, "[", 1), AC_OK);
		for (i = 0; i <= n; i++) {
			assert_int_equal(ac_buf_add(b, ",", i != 0), AC_OK);
			any_value(b, f, depth + 1);
		}
		assert_int_equal(ac_buf_add(b, "]", 1), AC_OK);
		return;
	}
	assert_int_equal(ac_buf_addf(b, "{\"resourceType\":\"%s\"", ac_fhir_name(f)), AC_OK);
	for (i = dice(elems); n-- && (e = elem(f, i)); i += 1 + dice(3)) {
		t = ac_fhir_elem_type(e, dice(e->ntypes));
		assert_int_equal(ac_buf_addf(b, ",\"%s%s", dice(9) ? "" : "_", ac_fhir_elem_name(e)), AC_OK);
		if (e->flags & AC_R4_CHOICE)
			assert_int_equal(ac_buf_addf(b, "%c%s", *ac_fhir_name(t) & ~0x20, ac_fhir_name(t) + 1), AC_OK);
		assert_int_equal(ac_buf_add(b, "\":", 2), AC_OK);
		any_value(b, !strcmp(ac_fhir_name(t), "Resource") ? &ac_r4_frames[dice(ac_r4_nframes)] : t, depth + 1);
	}
	assert_int_equal(ac_buf_add(b, "}", 1), AC_OK);
}

static void
each_code(void *ctx, const char *system, const char *code)
{
	*(size_t *)ctx += strlen(system) + strlen(code);
}

/* Properties of the right names with values of any shape upset nothing. */
static void
any_shape(void **state)
{
	struct ac_buf b = { 0 }, words = { 0 };
	const struct ac_val *v, *last = NULL;
	struct ac_arena a = { 0 };
	unsigned read = 0, i;
	size_t n;

	(void)state;
	for (i = 0; i < 4000; i++) {
		ac_buf_reset(&b);
		ac_buf_reset(&words);
		any_value(&b, &ac_r4_frames[dice(ac_r4_nframes)], 0);
		if (ac_json_read(&v, &a, b.p, b.len, NULL))
			continue;
		read++;
		assert_int_equal(ac_validate(v, NULL, NULL, &n), AC_OK);
		assert_non_null(ac_doc_title(&a, v));
		assert_non_null(ac_doc_date(&a, v));
		assert_int_equal(ac_doc_words(&words, v), AC_OK);
		ac_doc_codes(v, each_code, &n);
		if (last) {
			(void)ac_doc_stranger(last, v);
			(void)ac_person_differs(last, v);
		}
		last = v;
	}
	assert_true(read > 3000);
	ac_arena_free(&a);
	ac_buf_free(&b);
	ac_buf_free(&words);
}

/* Every table row is reachable by its own name. */
static void
tables(void **state)
{
	const struct ac_r4_frame *f;
	const struct ac_r4_elem *e;
	struct ac_fhir_hit hit;
	unsigned resources = 0;
	char name[128];
	size_t i, k, t;

	(void)state;
	for (i = 0; i < ac_r4_nframes; i++) {
		f = &ac_r4_frames[i];
		assert_ptr_equal(ac_fhir_frame(ac_fhir_name(f)), f);
		resources += f->kind == AC_R4_RESOURCE;
		for (k = 0; (e = elem(f, k)); k++)
			for (t = 0; t < e->ntypes; t++) {
				snprintf(name, sizeof name, "%s%s", ac_fhir_elem_name(e),
					e->flags & AC_R4_CHOICE ? ac_fhir_name(ac_fhir_elem_type(e, t)) : "");
				if (e->flags & AC_R4_CHOICE)
					name[strlen(ac_fhir_elem_name(e))] &= (char)~0x20;
				if (!ac_fhir_find(&hit, f, name, strlen(name)) || hit.elem != e
				    || hit.type != ac_fhir_elem_type(e, t))
					fail_msg("%s of %s", name, ac_fhir_name(f));
			}
	}
	assert_int_equal(resources, 146);
}

/* ------------------------------------------------------- the shared files */

static unsigned
lines_ok(const char *file, char *text)
{
	struct seen s = { "", file };
	char *p = text, *line;
	unsigned n = 0;

	while ((line = corpus_line(&p)))
		if (*line) {
			assert_int_equal(errors_in(line, strlen(line), &s), 0);
			n++;
		}
	return n;
}

static void
good_files(void **state)
{
	size_t n, used = 0;
	unsigned files = 0, docs = 0, bad = 0;
	char *judged = corpus_read("dev/JUDGED.jsonl", &n), *p = judged, *line, *text, name[512], file[600];

	(void)state;
	if (!judged) {
		printf("# no shared data\n");
		return;
	}
	while ((line = corpus_line(&p))) {
		if (!strstr(line, "\"ok\": true") || sscanf(line, "{\"file\": \"%400[^\"]", name) != 1)
			continue;
		snprintf(file, sizeof file, "dev/%s", name);
		assert_non_null(text = corpus_read(file, &used));
		files++;
		if (strstr(name, ".ndjson")) {
			docs += lines_ok(name, text);
		} else {
			struct seen s = { "", name };

			bad += errors_in(text, used, &s) != 0;
			docs++;
		}
		free(text);
	}
	free(judged);
	printf("# files %u (%u documents, %u with errors)\n", files, docs, bad);
	assert_int_equal(bad, 0);
	assert_true(files > 250);
}

static size_t
unbase64(char *s)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (char *p = s; *p && *p != '='; p++) {
		bits = bits << 6 | (unsigned)(strchr(abc, *p) - abc);
		if ((have += 6) >= 8)
			s[n++] = (char)(bits >> (have -= 8) & 255);
	}
	return n;
}

static void
mutants(void **state)
{
	char *text, *p, *line, *copy;
	const char *op, *path, *b64, *doc;
	unsigned total = 0, caught = 0;
	size_t n;

	(void)state;
	if (!(text = corpus_read("dev/invalid/mutants/mutants.ndjson", &n))) {
		printf("# no shared data\n");
		return;
	}
	for (p = text; (line = corpus_line(&p));) {
		struct seen s = { "", NULL };
		struct ac_arena a = { 0 };
		const struct ac_val *v;

		assert_int_equal(ac_json_read(&v, &a, line, strlen(line), NULL), AC_OK);
		op = ac_val_str(v, "op");
		path = ac_val_str(v, "path");
		doc = ac_val_str(v, "text");
		if (!strcmp(ac_val_str(v, "expected"), "reject")) {
			total++;
			if ((b64 = ac_val_str(v, "b64"))) {
				copy = strdup(b64);
				n = unbase64(copy);
				caught += errors_in(copy, n, &s) != 0;
				free(copy);
			} else if (!doc || errors_in(doc, ac_val_get(v, "text")->n, &s)) {
				caught++; /* no text: the reader made bytes of it, as no document would be */
			} else {
				printf("# missed %s %s\n", op, path ? path : "");
			}
		}
		ac_arena_free(&a);
	}
	free(text);
	printf("# files 1 (mutants: %u of %u caught)\n", caught, total);
	assert_true(total > 900);
	assert_true(caught * 1000 >= total * 990);
}

static const struct { const char *file; enum ac_r4_kind kind; } google[] = {
	{ "base64_binary", AC_R4_BASE64 }, { "boolean", AC_R4_BOOLEAN }, { "canonical", AC_R4_CANONICAL },
	{ "code", AC_R4_CODE }, { "date", AC_R4_DATE }, { "date_time", AC_R4_DATETIME },
	{ "decimal", AC_R4_DECIMAL }, { "id", AC_R4_ID }, { "instant", AC_R4_INSTANT },
	{ "integer", AC_R4_INTEGER }, { "markdown", AC_R4_MARKDOWN }, { "oid", AC_R4_OID },
	{ "positive_int", AC_R4_POSITIVE }, { "string", AC_R4_STRING }, { "time", AC_R4_TIME },
	{ "unsigned_int", AC_R4_UNSIGNED }, { "uri", AC_R4_URI }, { "url", AC_R4_URL },
	{ "uuid", AC_R4_UUID }, { "xhtml", AC_R4_XHTML }
};

/* A lone null and an empty narrative mean "no value" there; FHIR has neither. */
static void
google_lines(const char *name, enum ac_r4_kind kind, bool valid, unsigned *files)
{
	char file[128], *text, *p, *line;
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	bool ok;
	size_t n;

	snprintf(file, sizeof file, "dev/invalid/google-primitives/%s.%s.ndjson", name, valid ? "valid" : "invalid");
	if (!(text = corpus_read(file, &n)))
		return;
	(*files)++;
	for (p = text; (line = corpus_line(&p));) {
		if (valid && (!strcmp(line, "null") || (kind == AC_R4_XHTML && !strcmp(line, "\"\""))))
			continue;
		ok = !ac_json_read(&v, &a, line, strlen(line), NULL) && !ac_primitive_wrong(kind, v);
		if (ok != valid)
			fail_msg("%s: %s", file, line);
	}
	ac_arena_free(&a);
	free(text);
}

static void
google_primitives(void **state)
{
	unsigned files = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof google / sizeof *google; i++) {
		google_lines(google[i].file, google[i].kind, true, &files);
		google_lines(google[i].file, google[i].kind, false, &files);
	}
	if (files)
		printf("# files %u\n", files);
	else
		printf("# no shared data\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule),
		cmocka_unit_test(paths),
		cmocka_unit_test(tables),
		cmocka_unit_test(any_shape),
		cmocka_unit_test(good_files),
		cmocka_unit_test(mutants),
		cmocka_unit_test(google_primitives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
