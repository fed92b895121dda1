/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "minify.h"
#include "schema/schema.h"
#include "shared.h"

/* ------------------------------------------------------------------ helpers */

static enum ac_err
read_text(const char *s, size_t n, const struct ac_val **v, struct ac_arena *a, struct ac_fault *f)
{
	memset(f, 0xee, sizeof *f);
	return ac_json_read(v, a, s, n, f);
}

/* Reads s and writes it: must equal `want`. */
static void
gives(const char *s, const char *want)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	const struct ac_val *v;
	struct ac_fault f;

	if (read_text(s, strlen(s), &v, &a, &f))
		fail_msg("%s: %s (%u:%u)", s, f.text, f.line, f.column);
	assert_int_equal(ac_json_write(&b, v, NULL, &f), AC_OK);
	if (b.len != strlen(want) || memcmp(b.p, want, b.len))
		fail_msg("%s: gave %.*s, not %s", s, (int)b.len, b.p, want);
	ac_buf_free(&b);
	ac_arena_free(&a);
}

struct refusal { const char *s; unsigned line, column; };

static void
refused_n(const char *s, size_t n, enum ac_err want, unsigned line, unsigned column)
{
	const struct ac_val *v = (const void *)&n;
	struct ac_arena a = { 0 };
	struct ac_fault f;
	enum ac_err err = read_text(s, n, &v, &a, &f);

	if (err != want)
		fail_msg("%.60s: error %d, not %d", s, err, want);
	assert_ptr_equal(v, &n);
	if (f.line != line || f.column != column)
		fail_msg("%.60s: fault at %u:%u, not %u:%u (%s)", s, f.line, f.column, line, column, f.text);
	if (strlen(f.text) < 10)
		fail_msg("%.60s: no sentence", s);
	ac_arena_free(&a);
}

/* -------------------------------------------------------------------- tables */

static void
escapes(void **state)
{
	(void)state;
	gives("\"\\u0008\\u0009\\u000A\\u000c\\u000d\\u0022\\u005C\"", "\"\\b\\t\\n\\f\\r\\\"\\\\\"");
	gives("\"\\u0001\\u001F\\u000b\\u007f\"", "\"\\u0001\\u001f\\u000b\x7f\"");
	gives("\"\\/ \\u002f </script>\"", "\"/ / </script>\"");
	gives("\"\\u00e9\\u20AC\\ud83d\\ude00\\uDBFF\\uDFFF\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"");
	gives("\"\\u2028\\u2029\\uFEFF\\ufffe\"", "\"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbe\"");
	gives("\"\"", "\"\"");
	gives("{\"\\u0061\":1,\"\":2}", "{\"a\":1,\"\":2}");
	/* escapes across the eight bytes that are looked at together */
	gives("\"1234567\\n1234567\\n12345678\\t\"", "\"1234567\\n1234567\\n12345678\\t\"");
}

static void
shapes(void **state)
{
	(void)state;
	gives(" [ ] ", "[]");
	gives("{ }", "{}");
	gives("\xef\xbb\xbf{}", "{}");
	gives("\t\r\n [1 , [ null,true ],\r\n{\"b\": {\"a\" : false}, \"a\":[{}]} ]",
		"[1,[null,true],{\"b\":{\"a\":false},\"a\":[{}]}]");
	gives("null", "null");
	gives("7", "7");
	gives(" true ", "true");
}

static void
numbers(void **state)
{
	static const struct { const char *s; enum ac_kind kind; } rows[] = {
		{ "0", AC_INT }, { "-1", AC_INT }, { "9223372036854775807", AC_INT },
		{ "-9223372036854775808", AC_INT }, { "9223372036854775808", AC_UINT },
		{ "18446744073709551615", AC_UINT }, { "18446744073709551616", AC_NUM },
		{ "-9223372036854775809", AC_NUM }, { "-0", AC_NUM }, { "-0.0", AC_NUM },
		{ "0.0", AC_DEC }, { "0.00", AC_DEC }, { "1.0", AC_DEC }, { "1.00", AC_DEC },
		{ "-0.5", AC_DEC }, { "0.010", AC_DEC }, { "-12.340", AC_DEC }, { "-0.001", AC_DEC },
		{ "922337203685477580.7", AC_DEC }, { "-922337203685477580.8", AC_DEC },
		{ "922337203685477580.8", AC_NUM }, { "0.0000000000000000000000000000000000000001", AC_DEC },
		{ "3.14159265358979323846264338327950288", AC_NUM },
		{ "1e2", AC_NUM }, { "1E+2", AC_NUM }, { "1.0e-7", AC_NUM }, { "0e0", AC_NUM },
		{ "-0e-999999", AC_NUM }, { "-1e+9999", AC_NUM }, { "123.456e-10000000", AC_NUM },
		{ "0.4e00669999999999999999999999999", AC_NUM }, { "123456789012345678901234567890", AC_NUM },
	};
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	struct ac_fault f;
	char list[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(read_text(rows[i].s, strlen(rows[i].s), &v, &a, &f), AC_OK);
		if (v->kind != rows[i].kind)
			fail_msg("%s: kind %d", rows[i].s, v->kind);
		gives(rows[i].s, rows[i].s);
		snprintf(list, sizeof list, "[%s,%s]", rows[i].s, rows[i].s);
		gives(list, list);
	}
	ac_arena_free(&a);
}

static void
long_numbers(void **state)
{
	char s[1200];

	(void)state;
	/* 1024 characters: a decimal of one digit, far behind the point */
	memset(s, '0', sizeof s);
	s[1] = '.';
	s[1023] = '7';
	s[1024] = 0;
	gives(s, s);
	s[1024] = '1';
	s[1025] = 0;
	refused_n(s, 1025, AC_ELIMIT, 1, 1);
	memset(s, '9', sizeof s);
	s[1024] = 0;
	gives(s, s);
	s[0] = '[';
	s[1024] = '9';
	refused_n(s, 1200, AC_ELIMIT, 1, 2);
}

static void
refusals(void **state)
{
	static const struct refusal rows[] = {
		/* nothing */
		{ "", 1, 1 }, { " \n ", 1, 1 }, { "\xef\xbb\xbf", 1, 1 }, { "\xef\xbb\xbf ", 1, 1 },
		/* broken off */
		{ "{", 1, 2 }, { "[1,\n2", 2, 2 }, { "[1,\n2,\n", 3, 1 }, { "{\"a\":", 1, 6 }, { "{\"a\"", 1, 5 },
		{ "[\n\"abc", 2, 1 }, { "\"abc\\", 1, 5 }, { "\"\\u12", 1, 2 }, { "[tru", 1, 5 }, { "tru", 1, 4 },
		{ "-", 1, 2 },
		/* grammar */
		{ "[1,,2]", 1, 4 }, { "[1,]", 1, 4 }, { "[,1]", 1, 2 }, { "[1 2]", 1, 4 }, { "{\"a\" 1}", 1, 6 },
		{ "{\"a\":1,}", 1, 8 }, { "{a:1}", 1, 2 }, { "{1:1}", 1, 2 }, { "{\"a\":1 \"b\":2}", 1, 8 },
		{ "[}", 1, 2 }, { "{]", 1, 2 }, { "{\"a\":1]", 1, 7 }, { "]", 1, 1 }, { ",", 1, 1 },
		{ "{\"a\":1,\n\n \"b\"=2}", 3, 5 }, { "{'a':1}", 1, 2 },
		/* after the end */
		{ "{} {}", 1, 4 }, { "{}\n,", 2, 1 }, { "1 2", 1, 3 }, { "1 tru", 1, 3 }, { "[] tru", 1, 4 }, { "{}{", 1, 3 }, { "0 -", 1, 3 },
		{ "12 ]", 1, 4 }, { "1,", 1, 2 }, { "[]]", 1, 3 }, { "\"a\"x", 1, 4 },
		/* comments and other people's JSON */
		{ "{ // x\n}", 1, 3 }, { "[1, /* x */ 2]", 1, 5 }, { "[NaN]", 1, 2 }, { "[Infinity]", 1, 2 },
		{ "[-Infinity]", 1, 2 }, { "[nil]", 1, 2 }, { "[True]", 1, 2 }, { "[nul]", 1, 2 },
		{ "[\v]", 1, 2 }, { "[\f1]", 1, 2 }, { "[\xc2\xa0]", 1, 2 }, { "\xfe\xff", 1, 1 },
		{ "\xef\xbb\xbf\xef\xbb\xbf{}", 1, 4 }, { "{}\xef\xbb\xbf", 1, 3 },
		/* numbers */
		{ "[01]", 1, 3 }, { "[-01]", 1, 4 }, { "[+1]", 1, 2 }, { "[.5]", 1, 2 }, { "[1.]", 1, 2 },
		{ "[1.e2]", 1, 2 }, { "[1e]", 1, 2 }, { "[1e+]", 1, 2 }, { "[0x10]", 1, 3 }, { "[-]", 1, 2 },
		{ "[--1]", 1, 2 }, { "[1.2.3]", 1, 5 },
		/* strings: escapes */
		{ "\"\\x\"", 1, 2 }, { "\"\\'\"", 1, 2 }, { "\"a\\u12g4\"", 1, 3 }, { "\"\\U0041\"", 1, 2 },
		{ "\"ab\\u0000\"", 1, 4 }, { "{\"a\\u0000\":1}", 1, 4 },
		{ "\"\\ud800\"", 1, 2 }, { "\"\\udc00\"", 1, 2 }, { "\"\\udc00\\udc00\"", 1, 2 }, { "\"\\ud800\\ud800\"", 1, 2 },
		{ "\"\\ud800x\"", 1, 2 }, { "\"\\ud800\\n\"", 1, 2 }, { "\"\\ud800\\u0041\"", 1, 2 },
		{ "\"a\\uDBFF\\uE000\"", 1, 3 }, { "\"\\ud83d\\ude00\\ude00\"", 1, 14 },
		/* strings: bytes */
		{ "\"a\nb\"", 1, 3 }, { "\"a\tb\"", 1, 3 }, { "[\n \"12345678\x1f\"]", 2, 11 },
		{ "\"1234\x1f" "5678 and more\"", 1, 6 }, { "\"1234567\x01 and more\"", 1, 9 },
		{ "\"\x80\"", 1, 2 }, { "\"a\xc3\"", 1, 3 }, { "\"\xc0\x80\"", 1, 2 }, { "\"\xc1\xbf\"", 1, 2 },
		{ "\"\xe0\x80\xaf\"", 1, 2 }, { "\"\xe0\x9f\xbf\"", 1, 2 }, { "\"\xed\xa0\x80\"", 1, 2 },
		{ "\"\xed\xbf\xbf\"", 1, 2 }, { "\"\xf0\x8f\xbf\xbf\"", 1, 2 }, { "\"\xf4\x90\x80\x80\"", 1, 2 },
		{ "\"\xf5\x80\x80\x80\"", 1, 2 }, { "\"\xf8\x88\x80\x80\x80\"", 1, 2 }, { "\"\xff\"", 1, 2 },
		{ "\"\xe2\x82\"", 1, 2 }, { "\"\xf0\x9f\x98\"", 1, 2 }, { "\"ok \xe2\x82\xac \xe9t\xe9\"", 1, 9 },
		/* names twice */
		{ "{\"a\":1,\"a\":1}", 1, 8 }, { "{\"a\":1,\n\"b\":{\"c\":1,\n \"c\":2}}", 3, 2 },
		{ "{\"a\":1,\"\\u0061\":2}", 1, 8 }, { "[{\"\":0, \"\":0}]", 1, 9 },
		{ "{\"a\":{\"a\":[{\"a\":1}]},\"b\":1,\"a\":2}", 1, 28 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		refused_n(rows[i].s, strlen(rows[i].s), AC_EINVAL, rows[i].line, rows[i].column);
	refused_n("[1\0]", 4, AC_EINVAL, 1, 3);
	refused_n("\"a\0\"", 4, AC_EINVAL, 1, 3);
	refused_n("[1]\0", 4, AC_EINVAL, 1, 4);
	/* NULL instead of a fault */
	{
		const struct ac_val *v = NULL;
		struct ac_arena a = { 0 };

		assert_int_equal(ac_json_read(&v, &a, "[1,]", 4, NULL), AC_EINVAL);
		assert_int_equal(ac_json_read(&v, &a, "\"\\q\"", 4, NULL), AC_EINVAL);
		assert_null(v);
		ac_arena_free(&a);
	}
}

static void
nesting(void **state)
{
	size_t n = 100000, i;
	char *s = malloc(2 * n);

	(void)state;
	memset(s, '[', 64);
	memset(s + 64, ']', 64);
	s[128] = 0;
	gives(s, s);
	memset(s, '[', 65);
	memset(s + 65, ']', 65);
	refused_n(s, 130, AC_ELIMIT, 1, 65);
	memset(s, '[', n);
	memset(s + n, ']', n);
	refused_n(s, n, AC_ELIMIT, 1, 65);
	refused_n(s, 2 * n, AC_ELIMIT, 1, 65);
	for (i = 0; i + 5 <= 2 * n; i += 5)
		memcpy(s + i, "{\"a\":", 5);
	refused_n(s, i, AC_ELIMIT, 1, 5 * 64 + 1);
	/* brackets in strings are no nesting, nor are those that closed */
	s[0] = '"';
	memset(s + 1, '[', 1000);
	memcpy(s + 1001, "\"", 2);
	gives(s, s);
	s[0] = '[';
	for (i = 0; i < 1000; i++)
		memcpy(s + 1 + 3 * i, "[],", 3);
	memcpy(s + 1 + 3 * 1000 - 1, "]", 2);
	gives(s, s);
	free(s);
}

/* ---------------------------------------------------------------- positions */

static void
offsets(void **state)
{
	static const char s[] = "\xef\xbb\xbf{\n \"a\" : [ 1,\n  \"x\\u0041\", -2.50,{}],\"b\":null,\"c\":[ ]}";
	struct ac_arena a = { 0 };
	const struct ac_val *v, *arr;
	uint32_t line, column;
	struct ac_fault f;

	(void)state;
	assert_int_equal(read_text(s, sizeof s - 1, &v, &a, &f), AC_OK);
	assert_int_equal(v->at, 4);
	arr = ac_val_get(v, "a");
	assert_int_equal(s[arr->at - 1], '[');
	assert_int_equal(s[arr->items[0].at - 1], '1');
	assert_memory_equal(s + arr->items[1].at - 1, "\"x\\", 3);
	assert_memory_equal(s + arr->items[2].at - 1, "-2.", 3);
	assert_memory_equal(s + arr->items[3].at - 1, "{}]", 3);
	assert_memory_equal(s + ac_val_get(v, "b")->at - 1, "null", 4);
	assert_memory_equal(s + ac_val_get(v, "c")->at - 1, "[ ]}", 4);
	ac_json_position(s, sizeof s - 1, arr->items[1].at, &line, &column);
	assert_int_equal(line, 3);
	assert_int_equal(column, 3);
	ac_json_position(s, sizeof s - 1, 0, &line, &column);
	assert_int_equal(line, 0);
	assert_int_equal(column, 0);
	ac_json_position("a\n", 2, 99, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 1);
	assert_int_equal(read_text(" 12", 3, &v, &a, &f), AC_OK);
	assert_int_equal(v->at, 2);
	ac_arena_free(&a);
}

/* ------------------------------------------------------------------- base64 */

static enum ac_kind
kind_of(const char *s, size_t n)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	const struct ac_val *v;
	struct ac_fault f;
	enum ac_kind kind;
	char *text = malloc(n + 3);

	snprintf(text, n + 3, "\"%.*s\"", (int)n, s);
	assert_int_equal(read_text(text, n + 2, &v, &a, &f), AC_OK);
	kind = v->kind;
	assert_int_equal(ac_json_write(&b, v, NULL, &f), AC_OK);
	assert_int_equal(b.len, n + 2);
	assert_memory_equal(b.p, text, n + 2);
	ac_buf_free(&b);
	ac_arena_free(&a);
	free(text);
	return kind;
}

static void
base64(void **state)
{
	char s[400];
	size_t n;

	(void)state;
	memset(s, 'A', sizeof s);
	for (n = 240; n < 300; n++)
		assert_int_equal(kind_of(s, n), n >= 256 && n % 4 == 0 ? AC_BIN : AC_STR);
	memcpy(s + 254, "==", 2);
	assert_int_equal(kind_of(s, 256), AC_BIN);
	s[253] = 'Q'; /* 010000: the four bits below are zero */
	assert_int_equal(kind_of(s, 256), AC_BIN);
	s[253] = 'R'; /* 010001: they are not */
	assert_int_equal(kind_of(s, 256), AC_STR);
	memcpy(s + 252, "AAE=", 4);
	assert_int_equal(kind_of(s, 256), AC_BIN);
	memcpy(s + 252, "AAF=", 4);
	assert_int_equal(kind_of(s, 256), AC_STR);
	memcpy(s + 252, "AAG=", 4);
	assert_int_equal(kind_of(s, 256), AC_STR);
	memcpy(s + 252, "AY==", 4);
	assert_int_equal(kind_of(s, 256), AC_STR);
	memcpy(s + 252, "AA=A", 4);
	assert_int_equal(kind_of(s, 256), AC_STR);
	memcpy(s + 252, "A===", 4);
	assert_int_equal(kind_of(s, 256), AC_STR);
	memcpy(s + 252, "AA+/", 4);
	assert_int_equal(kind_of(s, 256), AC_BIN);
	memcpy(s + 252, "AA-_", 4);
	assert_int_equal(kind_of(s, 256), AC_STR);
	memcpy(s + 252, "AAA ", 4);
	assert_int_equal(kind_of(s, 256), AC_STR);
}

static void
base64_vector(void **state)
{
	/* RFC 4648's own words, repeated to be long enough: 3 x 64 bytes */
	char s[300] = "\"";
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	struct ac_fault f;
	int i;

	(void)state;
	for (i = 0; i < 32; i++)
		strcat(s, "Zm9vYmFy");
	strcat(s, "\"");
	assert_int_equal(read_text(s, strlen(s), &v, &a, &f), AC_OK);
	assert_int_equal(v->kind, AC_BIN);
	assert_int_equal(v->n, 192);
	for (i = 0; i < 32; i++)
		assert_memory_equal(v->bin + 6 * i, "foobar", 6);
	ac_arena_free(&a);
}

static enum ac_err
give_blob(void *ctx, struct ac_buf *raw, const struct ac_blob *blob, struct ac_fault *f)
{
	(void)blob;
	(void)f;
	return ac_buf_add(raw, ctx, strlen(ctx));
}

static void
blobs(void **state)
{
	char word[] = "foobar";
	struct ac_blob blob = { .size = 6 };
	struct ac_val v = { .kind = AC_BLOB, .blob = &blob };
	struct ac_blob_source source = { give_blob, word };
	struct ac_buf b = { 0 };
	struct ac_fault f;

	(void)state;
	assert_int_equal(ac_buf_add(&b, "x", 1), AC_OK);
	assert_int_equal(ac_json_write(&b, &v, NULL, &f), AC_ENOTFOUND);
	assert_int_equal(ac_json_write(&b, &v, &source, &f), AC_OK);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.p, "x\"Zm9vYmFy\"", 11);
	blob.size = 7;
	assert_int_equal(ac_json_write(&b, &v, &source, &f), AC_ECORRUPT);
	assert_int_equal(b.len, 11);
	ac_buf_free(&b);
}

/* ------------------------------------------------------------------- writing */

static void
pretty(void **state)
{
	static const char s[] = "{\"a\":[1,{\"b\":[]},[{}]],\"c\":\"x\"}";
	static const char want[] =
		"{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    },\n    [\n      {}\n    ]\n  ],\n  \"c\": \"x\"\n}";
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	const struct ac_val *v;
	struct ac_fault f;

	(void)state;
	assert_int_equal(read_text(s, sizeof s - 1, &v, &a, &f), AC_OK);
	assert_int_equal(ac_json_write_pretty(&b, v, NULL, &f), AC_OK);
	assert_int_equal(b.len, sizeof want - 1);
	assert_memory_equal(b.p, want, b.len);
	ac_buf_free(&b);
	ac_arena_free(&a);
}

static void
writing_stops(void **state)
{
	struct ac_buf b = { .max = 8 };
	struct ac_val v = ac_val_text("longer than that"), nest[70];
	struct ac_fault f;
	size_t i;

	(void)state;
	assert_int_equal(ac_buf_add(&b, "abc", 3), AC_OK);
	assert_int_equal(ac_json_write(&b, &v, NULL, &f), AC_ELIMIT);
	assert_int_equal(b.len, 3);
	ac_buf_free(&b);
	b.max = 0;
	memset(nest, 0, sizeof nest);
	for (i = 0; i < 70; i++)
		nest[i] = (struct ac_val){ .kind = AC_ARR, .n = i + 1 < 70, .items = &nest[i + 1 < 70 ? i + 1 : i] };
	assert_int_equal(ac_json_write(&b, &nest[0], NULL, &f), AC_ELIMIT);
	assert_int_equal(b.len, 0);
	assert_int_equal(ac_json_write(&b, &nest[6], NULL, &f), AC_OK);
	assert_int_equal(b.len, 128);
	ac_buf_free(&b);
}

/* -------------------------------------------------------------------- limits */

static void
arena_full(void **state)
{
	struct ac_arena a = { .max = 2000 };
	struct ac_buf b = { .max = 1 << 20 };
	const struct ac_val *v = NULL;
	struct ac_fault f;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_int_equal(ac_buf_addf(&b, "%c1", i ? ',' : '['), AC_OK);
	assert_int_equal(ac_buf_add(&b, "]", 1), AC_OK);
	assert_int_equal(ac_json_read(&v, &a, b.p, b.len, &f), AC_ELIMIT);
	assert_true(f.line == 1 && f.column > 1);
	assert_null(v);
	ac_arena_free(&a);
	ac_buf_free(&b);
}

static void
size_ceilings(void **state)
{
	size_t n = (size_t)AC_MAX_STRING + 16;
	char *s = malloc(n);
	struct ac_arena a = { 0 };
	const struct ac_val *v = NULL;
	struct ac_fault f;

	(void)state;
	memset(s, 'a', n);
	/* the length is judged before a byte is read */
	refused_n(s, (size_t)AC_MAX_JSON + 1, AC_ELIMIT, 1, 1);
	s[0] = '[';
	s[1] = '"';
	memcpy(s + 2 + AC_MAX_STRING, "\"]", 3);
	assert_int_equal(read_text(s, 4 + (size_t)AC_MAX_STRING, &v, &a, &f), AC_OK);
	assert_int_equal(v->items[0].kind == AC_BIN ? v->items[0].n / 3 * 4 : 0, AC_MAX_STRING);
	ac_arena_free(&a);
	memcpy(s + 2 + AC_MAX_STRING, "a\"]", 4);
	refused_n(s, 5 + (size_t)AC_MAX_STRING, AC_ELIMIT, 1, 2);
	free(s);
}

/* Strings that are nothing but escapes, of each length when undone: the parser's
 * memory is measured by them. */
static void
long_escapes(void **state)
{
	static const char *const unit[] = { "\\n", "\\u0041", "\\u00e9", "\\u20ac", "\\ud83d\\ude00", "x\\t" };
	static const unsigned bytes[] = { 1, 1, 2, 3, 4, 2 };
	struct ac_buf b = { .max = 1 << 26 };
	const struct ac_val *v;
	struct ac_fault f;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof unit / sizeof *unit; i++) {
		struct ac_arena a = { 0 };

		ac_buf_reset(&b);
		assert_int_equal(ac_buf_add(&b, "[\"a\\n\",\"", 8), AC_OK);
		for (k = 0; k < 300000; k++)
			assert_int_equal(ac_buf_add(&b, unit[i], strlen(unit[i])), AC_OK);
		assert_int_equal(ac_buf_add(&b, "\",\"\\t\"]", 7), AC_OK);
		assert_int_equal(ac_json_read(&v, &a, b.p, b.len, &f), AC_OK);
		assert_int_equal(v->n, 3);
		assert_int_equal(v->items[1].kind == AC_STR ? v->items[1].n : v->items[1].n / 3 * 4, 300000 * bytes[i]);
		ac_arena_free(&a);
	}
	ac_buf_free(&b);
}

/* Growth: ten times the input in about ten times the time. */
static double
read_many(unsigned n, const char *open, const char *item, const char *close, enum ac_err want)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { .max = 1 << 28 };
	const struct ac_val *v;
	struct ac_fault f;
	struct timespec t0, t1;
	unsigned i;

	assert_int_equal(ac_buf_addf(&b, "%s", open), AC_OK);
	for (i = 0; i < n; i++) {
		if (i)
			assert_int_equal(ac_buf_add(&b, ",", 1), AC_OK);
		assert_int_equal(ac_buf_addf(&b, "\"%s%u\"%s", item, i, *close == '}' ? ":0" : ""), AC_OK);
	}
	if (want)
		assert_int_equal(ac_buf_addf(&b, ",\"%s%u\":0", item, n / 2), AC_OK);
	assert_int_equal(ac_buf_addf(&b, "%s", close), AC_OK);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
	assert_int_equal(ac_json_read(&v, &a, b.p, b.len, &f), want);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
	if (!want)
		assert_int_equal(v->n, n);
	ac_buf_free(&b);
	ac_arena_free(&a);
	return (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
}

static void
growth(void **state)
{
	(void)state;
	/* a quadratic reader needs minutes for each of these */
	assert_true(read_many(400000, "[", "x", "]", AC_OK) < 10);
	assert_true(read_many(200000, "{", "name", "}", AC_OK) < 10);
	assert_true(read_many(200000, "{", "name", "}", AC_EINVAL) < 10);
}

static void
many_names(void **state)
{
	struct ac_buf b = { 0 };
	unsigned i, n;

	(void)state;
	/* both ways of looking for a name twice, at their border */
	for (n = 14; n < 20; n++) {
		ac_buf_reset(&b);
		for (i = 0; i < n; i++)
			assert_int_equal(ac_buf_addf(&b, "%c\"k%02u\":1", i ? ',' : '{', i), AC_OK);
		assert_int_equal(ac_buf_addf(&b, ",\"k%02u\":1", 3), AC_OK);
		assert_int_equal(ac_buf_addf(&b, ",\"k%02u\":1}", 1), AC_OK);
		refused_n((char *)b.p, b.len, AC_EINVAL, 1, 8 * n + 2);
	}
	ac_buf_free(&b);
}

/* ------------------------------------------------------------ JSONTestSuite */

/* What this reader decides, by name, where the suite leaves it open, and where
 * it is stricter than RFC 8259; schema/FORMAT.md has the same list. Each row is
 * met by one file. */
static const struct decision { const char *name; bool accept; const char *why; } decisions[] = {
	{ "i_number_double_huge_neg_exp", true, "a number is kept as its text, however large" },
	{ "i_number_huge_exp", true, "a number is kept as its text, however large" },
	{ "i_number_neg_int_huge_exp", true, "a number is kept as its text, however large" },
	{ "i_number_pos_double_huge_exp", true, "a number is kept as its text, however large" },
	{ "i_number_real_neg_overflow", true, "a number is kept as its text, however large" },
	{ "i_number_real_pos_overflow", true, "a number is kept as its text, however large" },
	{ "i_number_real_underflow", true, "a number is kept as its text, however large" },
	{ "i_number_too_big_neg_int", true, "a number is kept as its text, however large" },
	{ "i_number_too_big_pos_int", true, "a number is kept as its text, however large" },
	{ "i_number_very_big_negative_int", true, "a number is kept as its text, however large" },
	{ "i_object_key_lone_2nd_surrogate", false, "half a surrogate pair is no character" },
	{ "i_string_1st_surrogate_but_2nd_missing", false, "half a surrogate pair is no character" },
	{ "i_string_1st_valid_surrogate_2nd_invalid", false, "half a surrogate pair is no character" },
	{ "i_string_incomplete_surrogate_and_escape_valid", false, "half a surrogate pair is no character" },
	{ "i_string_incomplete_surrogate_pair", false, "half a surrogate pair is no character" },
	{ "i_string_incomplete_surrogates_escape_valid", false, "half a surrogate pair is no character" },
	{ "i_string_invalid_lonely_surrogate", false, "half a surrogate pair is no character" },
	{ "i_string_invalid_surrogate", false, "half a surrogate pair is no character" },
	{ "i_string_inverted_surrogates_U+1D11E", false, "half a surrogate pair is no character" },
	{ "i_string_lone_second_surrogate", false, "half a surrogate pair is no character" },
	{ "i_string_UTF-16LE_with_BOM", false, "FHIR's JSON is UTF-8" },
	{ "i_string_utf16BE_no_BOM", false, "FHIR's JSON is UTF-8" },
	{ "i_string_utf16LE_no_BOM", false, "FHIR's JSON is UTF-8" },
	{ "i_string_UTF-8_invalid_sequence", false, "not UTF-8" },
	{ "i_string_UTF8_surrogate_U+D800", false, "not UTF-8" },
	{ "i_string_invalid_utf-8", false, "not UTF-8" },
	{ "i_string_iso_latin_1", false, "not UTF-8" },
	{ "i_string_lone_utf8_continuation_byte", false, "not UTF-8" },
	{ "i_string_not_in_unicode_range", false, "not UTF-8" },
	{ "i_string_overlong_sequence_2_bytes", false, "not UTF-8" },
	{ "i_string_overlong_sequence_6_bytes", false, "not UTF-8" },
	{ "i_string_overlong_sequence_6_bytes_null", false, "not UTF-8" },
	{ "i_string_truncated-utf-8", false, "not UTF-8" },
	{ "i_structure_500_nested_arrays", false, "deeper than AC_MAX_DEPTH" },
	{ "i_structure_UTF-8_BOM_empty_object", true, "a byte order mark is passed over" },
	/* RFC 8259 allows them, FHIR does not */
	{ "y_object_duplicated_key", false, "FHIR's names are unique" },
	{ "y_object_duplicated_key_and_value", false, "FHIR's names are unique" },
	{ "y_object_escaped_null_in_key", false, "no text here holds NUL" },
	{ "y_string_null_escape", false, "no text here holds NUL" },
	/* test_transform */
	{ "number_-9223372036854775808", true, "a number is kept as its text" },
	{ "number_-9223372036854775809", true, "a number is kept as its text" },
	{ "number_1.0", true, "a number is kept as its text" },
	{ "number_1.000000000000000005", true, "a number is kept as its text" },
	{ "number_1000000000000000", true, "a number is kept as its text" },
	{ "number_10000000000000000999", true, "a number is kept as its text" },
	{ "number_1e-999", true, "a number is kept as its text" },
	{ "number_1e6", true, "a number is kept as its text" },
	{ "number_9223372036854775807", true, "a number is kept as its text" },
	{ "number_9223372036854775808", true, "a number is kept as its text" },
	{ "object_key_nfc_nfd", true, "text is not normalised: two names" },
	{ "object_key_nfd_nfc", true, "text is not normalised: two names" },
	{ "object_same_key_different_values", false, "FHIR's names are unique" },
	{ "object_same_key_same_value", false, "FHIR's names are unique" },
	{ "object_same_key_unclear_values", false, "FHIR's names are unique" },
	{ "string_1_escaped_invalid_codepoint", false, "half a surrogate pair is no character" },
	{ "string_2_escaped_invalid_codepoints", false, "half a surrogate pair is no character" },
	{ "string_3_escaped_invalid_codepoints", false, "half a surrogate pair is no character" },
	{ "string_1_invalid_codepoint", false, "not UTF-8" },
	{ "string_2_invalid_codepoints", false, "not UTF-8" },
	{ "string_3_invalid_codepoints", false, "not UTF-8" },
	{ "string_with_escaped_NULL", false, "no text here holds NUL" },
};
#define DECISIONS (sizeof decisions / sizeof *decisions)

struct suite { unsigned met[DECISIONS], yes, no, open; };

static bool
expected(struct suite *t, const char *name)
{
	size_t i, n = strlen(name) - strlen(".json");

	t->yes += name[0] == 'y';
	t->no += name[0] == 'n' && name[1] == '_';
	t->open += name[0] == 'i';
	for (i = 0; i < DECISIONS; i++)
		if (!strncmp(name, decisions[i].name, n) && !decisions[i].name[n]) {
			t->met[i]++;
			return decisions[i].accept;
		}
	if (strncmp(name, "y_", 2) && strncmp(name, "n_", 2))
		fail_msg("%s: nobody decided", name);
	return name[0] == 'y';
}

/* An accepted text must come back as the second opinion minifies it. */
static bool
round_trip(const unsigned char *p, size_t n, const char *name)
{
	struct ac_arena a = { 0 }, a2 = { 0 };
	struct ac_buf b = { .max = 1 << 28 }, mp = { 0 }, again = { .max = 1 << 28 };
	const struct ac_val *v, *v2;
	struct ac_fault f = { .text = "" };
	size_t len;
	char *want;

	if (ac_json_read(&v, &a, p, n, &f)) {
		assert_true(f.line > 0 && f.column > 0);
		ac_arena_free(&a);
		return false;
	}
	want = minify(p, n, &len);
	assert_int_equal(ac_json_write(&b, v, NULL, &f), AC_OK);
	if (b.len != len || memcmp(b.p, want, len))
		fail_msg("%s does not come back", name);
	assert_int_equal(ac_mp_write(&mp, v), AC_OK);
	if (ac_mp_read(&v2, &a2, mp.p, mp.len, &f))
		fail_msg("%s: %s", name, f.text);
	assert_true(ac_val_equal(v, v2));
	assert_int_equal(v->kind == AC_MAP, ac_mp_is_body(v2));
	assert_int_equal(ac_json_write(&again, v2, NULL, &f), AC_OK);
	if (again.len != len || memcmp(again.p, want, len))
		fail_msg("%s does not come back through msgpack", name);
	/* indented and read again, it is the same value */
	ac_buf_reset(&b);
	assert_int_equal(ac_json_write_pretty(&b, v, NULL, &f), AC_OK);
	assert_int_equal(ac_json_read(&v2, &a2, b.p, b.len, &f), AC_OK);
	assert_true(ac_val_equal(v, v2));
	free(want);
	ac_buf_free(&b);
	ac_buf_free(&mp);
	ac_buf_free(&again);
	ac_arena_free(&a);
	ac_arena_free(&a2);
	return true;
}

static void
suite_file(void *ctx, const struct shared_file *f)
{
	bool got = round_trip(f->p, f->n, f->name);

	if (got != expected(ctx, f->name))
		fail_msg("%s was %s", f->name, got ? "accepted" : "refused");
}

static void
json_test_suite(void **state)
{
	static const char *const json[] = { ".json", NULL };
	struct suite t = { 0 };
	unsigned n = shared_each("suites/JSONTestSuite", json, suite_file, &t);
	size_t i;

	(void)state;
	if (!n) {
		printf("# no shared data\n");
		return;
	}
	printf("# files %u of JSONTestSuite: %u y_, %u n_, %u i_\n", n, t.yes, t.no, t.open);
	assert_true(n >= 318 + 22 && t.yes >= 95 && t.no >= 188 && t.open >= 35);
	for (i = 0; i < DECISIONS; i++)
		if (t.met[i] != 1)
			fail_msg("%s: decided, and met %u times", decisions[i].name, t.met[i]);
}

/* ------------------------------------------------------------------- records */

struct tally { const char *name; unsigned texts, refused, mutants; };

static void
record_text(void *ctx, const unsigned char *p, size_t n)
{
	struct tally *t = ctx;
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	const char *inner;

	t->texts++;
	if (!round_trip(p, n, t->name))
		t->refused++;
	else if (strstr(t->name, "mutants") && !ac_json_read(&v, &a, p, n, NULL)
	         && (inner = ac_val_str(v, "text"))) {
		t->mutants++;
		round_trip((const unsigned char *)inner, strlen(inner), t->name);
	}
	ac_arena_free(&a);
}

static void
record_file(void *ctx, const struct shared_file *f)
{
	struct tally *t = ctx;
	unsigned before = t->refused;

	t->name = f->path;
	shared_texts(f, record_text, t);
	/* broken on purpose, or plain: those must all be read */
	if (t->refused > before && !strstr(f->path, "/invalid/"))
		fail_msg("%s was refused", f->path);
}

static void
records(void **state)
{
	static const char *const kinds[] = { ".json", ".ndjson", ".jsonl", NULL };
	struct tally t = { 0 };
	unsigned n = shared_each("dev", kinds, record_file, &t)
		+ shared_each("definitions", kinds, record_file, &t);

	(void)state;
	if (!n) {
		printf("# no shared data\n");
		return;
	}
	printf("# files %u, %u texts of which %u refused, %u mutants\n", n, t.texts, t.refused, t.mutants);
	assert_true(n > 400 && t.texts > 2000 && t.mutants > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes), cmocka_unit_test(shapes), cmocka_unit_test(numbers),
		cmocka_unit_test(long_numbers), cmocka_unit_test(refusals), cmocka_unit_test(nesting),
		cmocka_unit_test(offsets), cmocka_unit_test(base64), cmocka_unit_test(base64_vector),
		cmocka_unit_test(blobs), cmocka_unit_test(pretty), cmocka_unit_test(writing_stops),
		cmocka_unit_test(arena_full), cmocka_unit_test(size_ceilings), cmocka_unit_test(long_escapes),
		cmocka_unit_test(growth),
		cmocka_unit_test(many_names), cmocka_unit_test(json_test_suite), cmocka_unit_test(records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
