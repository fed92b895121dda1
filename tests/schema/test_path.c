/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schema/schema.h"

static const struct ac_val *
parse(struct ac_arena *a, const char *json)
{
	const struct ac_val *v;
	struct ac_fault f;

	if (ac_json_read(&v, a, json, strlen(json), &f))
		fail_msg("%s: %s", json, f.text);
	return v;
}

static void
same(const struct ac_val *v, const char *want, const char *row)
{
	struct ac_buf b = { 0 };

	assert_int_equal(ac_json_write(&b, v, NULL, NULL), AC_OK);
	if (b.len != strlen(want) || memcmp(b.p, want, b.len))
		fail_msg("%s: got %.*s, not %s", row, (int)b.len, b.p, want);
	ac_buf_free(&b);
}

/* ------------------------------------------------------------------- getting */

static void
get(void **state)
{
	static const char doc[] = "{\"name\":[{\"family\":\"R\",\"given\":[\"A\",\"B\"]},{}],\"_birthDate\":{\"id\":\"i\"},"
		"\"active\":true,\"m\":[[1,2],[3]],\"a-b c\":7,\"n\":null}";
	static const struct { const char *path, *want; } rows[] = {
		{ "active", "true" }, { "name[0].family", "\"R\"" }, { "name[0].given[1]", "\"B\"" },
		{ "name[1]", "{}" }, { "_birthDate.id", "\"i\"" }, { "m[0][1]", "2" }, { "m[1]", "[3]" },
		{ "a-b c", "7" }, { "n", "null" }, { "name[0].given", "[\"A\",\"B\"]" },
		{ "nam", NULL }, { "name.family", NULL }, { "name[2]", NULL }, { "name[0].family[0]", NULL },
		{ "active.x", NULL }, { "active[0]", NULL }, { "n.x", NULL }, { "name[9999999]", NULL },
	};
	struct ac_arena a = { 0 };
	const struct ac_val *d = parse(&a, doc), *v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		v = ac_path_get(d, rows[i].path);
		if (!v != !rows[i].want)
			fail_msg("%s: %s", rows[i].path, v ? "found" : "not found");
		if (v)
			same(v, rows[i].want, rows[i].path);
	}
	assert_ptr_equal(ac_path_get(d, ""), d);
	assert_null(ac_path_get(NULL, "a"));
	ac_arena_free(&a);
}

static const char *const bad_paths[] = {
	"", ".", "a.", ".a", "a..b", "[0]", "a[", "a[]", "a[0", "a[x]", "a[-1]", "a[ 1]", "a[01]", "a[00]", "a]",
	"a[0]b", "a[0].", "a[0].[1]", "a.[0]", "a[12345678]", "a[99999999999999999999]", "\xff", "a.b\xc3", "a[0]]",
};

static void
no_paths(void **state)
{
	struct ac_arena a = { 0 };
	const struct ac_val *d = parse(&a, "{\"a\":[1]}"), *out = NULL, *one = parse(&a, "1");
	char deep[2 * 70 + 1] = "";
	struct ac_fault f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad_paths / sizeof *bad_paths; i++) {
		assert_int_equal(ac_path_set(&out, &a, d, bad_paths[i], one, &f), AC_EUSAGE);
		assert_int_equal(ac_path_set(&out, &a, d, bad_paths[i], NULL, &f), AC_EUSAGE);
		assert_int_equal(ac_path_value(&out, &a, d, bad_paths[i], "x", &f), AC_EUSAGE);
		assert_null(out);
		if (*bad_paths[i] && ac_path_get(d, bad_paths[i]))
			fail_msg("%s leads somewhere", bad_paths[i]);
	}
	for (i = 0; i < 65; i++)
		strcat(deep, i ? ".a" : "a");
	assert_int_equal(ac_path_set(&out, &a, d, deep, one, &f), AC_EUSAGE);
	deep[64 * 2 - 1] = 0;
	assert_int_equal(ac_path_set(&out, &a, NULL, deep, one, &f), AC_OK);
	assert_non_null(ac_path_get(out, deep));
	ac_arena_free(&a);
}

/* ------------------------------------------------------------------- setting */

struct row { const char *doc, *path, *val, *want; enum ac_err err; };

static void
run(const struct row *r)
{
	struct ac_arena a = { 0 };
	const struct ac_val *d = parse(&a, r->doc), *out = NULL;
	struct ac_fault f = { .text = "" };
	enum ac_err err = ac_path_set(&out, &a, d, r->path, r->val ? parse(&a, r->val) : NULL, &f);

	if (err != r->err)
		fail_msg("%s %s: error %d, not %d (%s)", r->doc, r->path, err, r->err, f.text);
	same(d, r->doc, "the document itself");
	if (err) {
		assert_null(out);
		assert_true(strlen(f.text) > 10);
	} else {
		same(out, r->want, r->path);
	}
	ac_arena_free(&a);
}

static void
set(void **state)
{
	static const struct row rows[] = {
		{ "{\"a\":1,\"b\":2}", "a", "3", "{\"a\":3,\"b\":2}", 0 },
		{ "{\"a\":1}", "b", "{\"c\":[]}", "{\"a\":1,\"b\":{\"c\":[]}}", 0 },
		{ "{}", "a.b[0].c[0]", "1", "{\"a\":{\"b\":[{\"c\":[1]}]}}", 0 },
		{ "{\"a\":[{\"b\":1},{\"b\":2}]}", "a[1].c", "3", "{\"a\":[{\"b\":1},{\"b\":2,\"c\":3}]}", 0 },
		{ "{\"a\":[1]}", "a[1]", "2", "{\"a\":[1,2]}", 0 },
		{ "{\"a\":[1]}", "a[0]", "2", "{\"a\":[2]}", 0 },
		{ "{\"a\":[[1]]}", "a[1][0]", "2", "{\"a\":[[1],[2]]}", 0 },
		{ "{\"a\":null}", "a.b", "2", "{\"a\":{\"b\":2}}", 0 },
		{ "{\"a\":[null,1]}", "a[0]", "2", "{\"a\":[2,1]}", 0 },
		{ "{}", "a[0]", "null", "{\"a\":[null]}", 0 },
		{ "{\"a\":[1]}", "a[2]", "2", NULL, AC_EUSAGE },
		{ "{}", "a[1]", "2", NULL, AC_EUSAGE },
		{ "{\"a\":[1]}", "a[9999999]", "2", NULL, AC_EUSAGE },
		{ "{\"a\":\"x\"}", "a.b", "2", NULL, AC_EUSAGE },
		{ "{\"a\":{}}", "a[0]", "2", NULL, AC_EUSAGE },
		{ "{\"a\":[{}]}", "a.b", "2", NULL, AC_EUSAGE },
		{ "[1]", "a", "2", NULL, AC_EUSAGE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		run(&rows[i]);
}

static void
delete(void **state)
{
	static const struct row rows[] = {
		{ "{\"a\":1,\"b\":2}", "a", NULL, "{\"b\":2}", 0 },
		{ "{\"a\":1}", "a", NULL, "{}", 0 },
		{ "{\"z\":0,\"a\":{\"b\":[{\"c\":1}]}}", "a.b[0].c", NULL, "{\"z\":0}", 0 },
		{ "{\"a\":{\"b\":[{\"c\":1,\"d\":2}]}}", "a.b[0].c", NULL, "{\"a\":{\"b\":[{\"d\":2}]}}", 0 },
		{ "{\"a\":{\"b\":[{\"c\":1},{\"d\":2}]}}", "a.b[0].c", NULL, "{\"a\":{\"b\":[{\"d\":2}]}}", 0 },
		{ "{\"a\":[1,2,3]}", "a[1]", NULL, "{\"a\":[1,3]}", 0 },
		{ "{\"a\":[1,2,3]}", "a[2]", NULL, "{\"a\":[1,2]}", 0 },
		{ "{\"a\":[1],\"b\":0}", "a[0]", NULL, "{\"b\":0}", 0 },
		{ "{\"a\":{\"b\":{}},\"c\":1}", "a.b", NULL, "{\"c\":1}", 0 },
		{ "{\"a\":1}", "b", NULL, NULL, AC_ENOTFOUND },
		{ "{\"a\":{}}", "a.b", NULL, NULL, AC_ENOTFOUND },
		{ "{\"a\":[1]}", "a[1]", NULL, NULL, AC_ENOTFOUND },
		{ "{}", "a.b[0]", NULL, NULL, AC_ENOTFOUND },
		{ "{\"a\":[1]}", "a[0].b", NULL, NULL, AC_EUSAGE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		run(&rows[i]);
}

/* A repeating primitive and what hangs on its items stay side by side. */
static void
aligned(void **state)
{
	static const struct row rows[] = {
		{ "{\"g\":[\"a\",\"b\",\"c\"],\"_g\":[null,{\"id\":\"1\"},{\"id\":\"2\"}]}", "g[0]", NULL,
		  "{\"g\":[\"b\",\"c\"],\"_g\":[{\"id\":\"1\"},{\"id\":\"2\"}]}", 0 },
		{ "{\"g\":[\"a\",\"b\"],\"_g\":[null,{\"id\":\"1\"}]}", "g[1]", NULL, "{\"g\":[\"a\"]}", 0 },
		{ "{\"g\":[\"a\",null],\"_g\":[null,{\"id\":\"1\"}]}", "g[0]", NULL, "{\"_g\":[{\"id\":\"1\"}]}", 0 },
		{ "{\"x\":1,\"g\":[\"a\"],\"_g\":[{\"id\":\"1\"}]}", "g[0]", NULL, "{\"x\":1}", 0 },
		{ "{\"g\":[\"a\",\"b\"],\"_g\":[{\"id\":\"0\"}]}", "g[1]", NULL, "{\"g\":[\"a\"],\"_g\":[{\"id\":\"0\"}]}", 0 },
		{ "{\"g\":[\"a\",\"b\"],\"_g\":[{\"id\":\"0\"},{\"id\":\"1\"}]}", "_g[0]", NULL,
		  "{\"g\":[\"a\",\"b\"],\"_g\":[null,{\"id\":\"1\"}]}", 0 },
		{ "{\"g\":[\"a\",\"b\"],\"_g\":[{\"id\":\"0\"},{\"id\":\"1\"}]}", "_g[0].id", NULL,
		  "{\"g\":[\"a\",\"b\"],\"_g\":[null,{\"id\":\"1\"}]}", 0 },
		{ "{\"g\":[\"a\",\"b\"],\"_g\":[null,{\"id\":\"1\"}]}", "_g[1].id", NULL, "{\"g\":[\"a\",\"b\"]}", 0 },
		{ "{\"g\":[\"a\",\"b\"]}", "_g[1].id", "\"i\"", "{\"g\":[\"a\",\"b\"],\"_g\":[null,{\"id\":\"i\"}]}", 0 },
		{ "{\"g\":[\"a\",\"b\"]}", "_g[3].id", "\"i\"", NULL, AC_EUSAGE },
		{ "{\"g\":[\"a\",\"b\"],\"_g\":[null,{\"id\":\"1\"}]}", "_g[0].id", "\"i\"",
		  "{\"g\":[\"a\",\"b\"],\"_g\":[{\"id\":\"i\"},{\"id\":\"1\"}]}", 0 },
		{ "{\"_g\":[null,{\"id\":\"1\"}]}", "g[1]", "\"b\"", "{\"_g\":[null,{\"id\":\"1\"}],\"g\":[null,\"b\"]}", 0 },
		{ "{\"g\":[\"a\"],\"_g\":[{\"id\":\"1\"}]}", "g[0]", "\"b\"", "{\"g\":[\"b\"],\"_g\":[{\"id\":\"1\"}]}", 0 },
		/* a single primitive's extensions are no array */
		{ "{\"g\":\"a\",\"_g\":{\"id\":\"1\"}}", "g", NULL, "{\"_g\":{\"id\":\"1\"}}", 0 },
		{ "{\"o\":[{\"a\":1},{\"a\":2}]}", "o[0]", NULL, "{\"o\":[{\"a\":2}]}", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		run(&rows[i]);
}

/* -------------------------------------------------------------------- values */

struct word { const char *doc, *path, *text, *want; };

static void
run_words(const struct word *rows, size_t n)
{
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	struct ac_fault f;
	enum ac_err err;
	size_t i;

	for (i = 0; i < n; i++) {
		v = NULL;
		f.text[0] = 0;
		err = ac_path_value(&v, &a, parse(&a, rows[i].doc), rows[i].path, rows[i].text, &f);
		if (err != (rows[i].want ? AC_OK : AC_EUSAGE))
			fail_msg("%s=%s: error %d %s", rows[i].path, rows[i].text, err, f.text);
		if (rows[i].want)
			same(v, rows[i].want, rows[i].path);
		else
			assert_true(!v && strlen(f.text) > 10
				&& (strlen(rows[i].text) < 3 || !strstr(f.text, rows[i].text)));
	}
	ac_arena_free(&a);
}

/* The type of what is there. */
static void
value_there(void **state)
{
	static const char d[] = "{\"s\":\"x\",\"b\":true,\"i\":1,\"d\":1.50,\"e\":1e2,\"u\":18446744073709551615,"
		"\"o\":{\"s\":\"x\"},\"a\":[\"x\",2],\"n\":null}";
	static const struct word rows[] = {
		{ d, "s", "new", "\"new\"" }, { d, "s", "1", "\"1\"" }, { d, "s", "true", "\"true\"" },
		{ d, "s", " q\"\\\n", "\" q\\\"\\\\\\n\"" }, { d, "s", "", NULL }, { d, "s", "\xff", NULL },
		{ d, "b", "false", "false" }, { d, "b", "true", "true" }, { d, "b", "maybe", NULL }, { d, "b", "True", NULL },
		{ d, "b", "1", NULL }, { d, "i", "2", "2" }, { d, "i", "2.50", "2.50" }, { d, "i", "two", NULL },
		{ d, "i", "02", NULL }, { d, "i", " 2", NULL }, { d, "i", "1,5", NULL }, { d, "d", "1.500", "1.500" },
		{ d, "d", "-0.0", "-0.0" }, { d, "e", "1e3", "1e3" }, { d, "u", "-7", "-7" }, { d, "d", "1e", NULL },
		{ d, "o", "x", NULL }, { d, "a", "x", NULL }, { d, "o.s", "y", "\"y\"" }, { d, "a[0]", "y", "\"y\"" },
		{ d, "a[1]", "3", "3" }, { d, "a[1]", "y", NULL }, { d, "new", "5", "\"5\"" }, { d, "n", "5", "\"5\"" },
	};

	(void)state;
	run_words(rows, sizeof rows / sizeof *rows);
}

/* The type of the FHIR element, where nothing is yet. */
static void
value_fhir(void **state)
{
	static const char p[] = "{\"resourceType\":\"Patient\"}", o[] = "{\"resourceType\":\"Observation\"}";
	static const char b[] = "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\","
		"\"contained\":[{\"resourceType\":\"Observation\"}]}}]}";
	static const struct word rows[] = {
		{ p, "active", "true", "true" }, { p, "active", "yes", NULL }, { p, "gender", "female", "\"female\"" },
		{ p, "multipleBirthInteger", "2", "2" }, { p, "multipleBirthInteger", "2.0", NULL },
		{ p, "multipleBirthBoolean", "false", "false" }, { p, "name[0].family", "1", "\"1\"" },
		{ p, "name[0].given[0]", "true", "\"true\"" }, { p, "telecom[0].rank", "1", "1" },
		{ p, "name[0]", "x", NULL }, { p, "notAnElement", "1", "\"1\"" }, { p, "birthDate", "2001", "\"2001\"" },
		{ o, "valueQuantity.value", "6.30", "6.30" }, { o, "valueQuantity.value", "high", NULL },
		{ o, "valueQuantity.unit", "1", "\"1\"" }, { o, "valueInteger", "-3", "-3" }, { o, "valueInteger", "1e2", NULL },
		{ o, "valueString", "3", "\"3\"" }, { o, "component[0].valueQuantity.value", "0.10", "0.10" },
		{ o, "valueSampledData.dimensions", "1", "1" }, { o, "valueQuantity", "3", NULL },
		{ b, "entry[0].resource.active", "true", "true" }, { b, "entry[0].resource.active", "no", NULL },
		{ b, "entry[0].resource.contained[0].valueInteger", "3", "3" }, { b, "total", "3", "3" },
		{ b, "entry[0].search.score", "0.5", "0.5" },
	};

	(void)state;
	run_words(rows, sizeof rows / sizeof *rows);
}

static void
value_long(void **state)
{
	struct ac_arena a = { 0 };
	const struct ac_val *d = parse(&a, "{\"resourceType\":\"Binary\"}"), *v;
	char s[257];

	(void)state;
	/* a body made by hand is the body that its JSON would give */
	memset(s, 'A', 256);
	s[256] = 0;
	assert_int_equal(ac_path_value(&v, &a, d, "data", s, NULL), AC_OK);
	assert_int_equal(v->kind, AC_BIN);
	assert_int_equal(v->n, 192);
	s[255] = '.';
	assert_int_equal(ac_path_value(&v, &a, d, "data", s, NULL), AC_OK);
	assert_int_equal(v->kind, AC_STR);
	assert_int_equal(v->n, 256);
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(get), cmocka_unit_test(no_paths), cmocka_unit_test(set), cmocka_unit_test(delete),
		cmocka_unit_test(aligned), cmocka_unit_test(value_there), cmocka_unit_test(value_fhir),
		cmocka_unit_test(value_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
