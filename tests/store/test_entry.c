/* SPDX-License-Identifier: ISC */
/* A version as an entry and back: what the body says itself is left out, and only that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "store/entry.h"

static const unsigned char me[8] = "writer-", other[8] = "another", salt[16] = "a salt of some";
static const struct ac_val none = { .kind = AC_ARR };
static const uint64_t moment = (uint64_t)1577923200000 << 16; /* 2020-01-02 */

#define CLOCK (UINT64_C(1700000000000) << 16)

struct row {
	const char *body, *type, *id; /* body NULL: deleted */
	const unsigned char *member;
	uint64_t time;
	bool has_type, has_id, has_time;
};

static const char plain[] = "{\"resourceType\":\"Basic\",\"id\":\"a\",\"meta\":{\"lastUpdated\":\"2020-01-02T00:00:00Z\"}}";

static const struct row rows[] = {
	{ plain, "Basic", "a", NULL, moment, false, false, false },
	{ plain, "Basic", "a", NULL, moment + 1, false, false, true },
	{ plain, "Basic", "a", NULL, 0, false, false, true },
	{ plain, "Basic", "b", NULL, moment, false, true, false },
	{ plain, "Other", "a", NULL, moment, true, false, false },
	{ plain, "Basic", "a", me, CLOCK, false, false, true },
	{ plain, "Basic", "a", me, moment, false, false, true },
	{ plain, "Basic", "a", other, CLOCK - 5, false, false, true },
	{ "{\"resourceType\":\"Basic\"}", "Basic", "a", NULL, 0, false, true, false },
	{ "{\"resourceType\":\"Basic\",\"id\":7}", "Basic", "7", NULL, 0, false, true, false },
	{ "{\"resourceType\":\"Basic\",\"id\":\"a\",\"meta\":{\"lastUpdated\":\"2020\"}}", "Basic", "a", NULL,
	  (uint64_t)1577836800000 << 16, false, false, false },
	{ "{\"resourceType\":\"Basic\",\"id\":\"a\",\"meta\":{\"lastUpdated\":\"yesterday\"}}", "Basic", "a", NULL, 0,
	  false, false, false },
	{ "{\"resourceType\":\"Basic\",\"id\":\"a\",\"meta\":{\"lastUpdated\":\"1969-12-31T23:59:59Z\"}}", "Basic", "a",
	  NULL, 0, false, false, false },
	{ NULL, "Basic", "a", me, CLOCK, true, true, true },
	{ NULL, "Basic", "a", NULL, 0, true, true, false },
};

static void
there_and_back(const struct row *r, struct ac_arena *a)
{
	struct ac_version v = { .source = "s", .type = r->type, .id = r->id, .parents = &none, .time = r->time,
		.member = r->member, .op = r->member ? AC_OP_SET : AC_OP_IMPORT, .salt = salt }, w;
	const struct ac_val *body = NULL, *read;
	struct ac_buf b = { 0 };
	unsigned char first[32], second[32];
	struct ac_val e;
	bool derived;

	if (r->body)
		assert_int_equal(ac_json_read(&body, a, r->body, strlen(r->body), NULL), AC_OK);
	v.body = body;
	assert_int_equal(ac_entry_version_write(&e, a, &v, me, CLOCK, false), AC_OK);
	assert_int_equal(e.items[2].kind != AC_NIL, r->has_type);
	assert_int_equal(e.items[3].kind != AC_NIL, r->has_id);
	assert_int_equal(e.items[5].kind != AC_NIL, r->has_time);
	assert_int_equal(ac_mp_write(&b, &e), AC_OK);
	assert_int_equal(ac_mp_read(&read, a, b.p, b.len, NULL), AC_OK);
	assert_int_equal(ac_entry_version_read(&w, &derived, read, me, CLOCK), AC_OK);
	assert_false(derived);
	assert_string_equal(w.type, r->type);
	assert_string_equal(w.id, r->id);
	assert_true(w.time == r->time);
	/* and so it has its name */
	assert_int_equal(ac_entry_version_id(first, &v), AC_OK);
	assert_int_equal(ac_entry_version_id(second, &w), AC_OK);
	assert_memory_equal(first, second, 32);
	ac_buf_free(&b);
}

static void
left_out(void **state)
{
	struct ac_arena a = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		there_and_back(&rows[i], &a);
	ac_arena_free(&a);
}

/* Nil stands only where the body has it, and a time only of an import. */
static void
refused(void **state)
{
	struct ac_version v = { .source = "", .type = "Basic", .id = "a", .parents = &none, .time = moment, .salt = salt }, w;
	static const unsigned nils[][2] = { { 2, 1 }, { 3, 1 }, { 5, 1 }, { 2, 0 }, { 3, 0 }, { 1, 0 }, { 4, 0 }, { 7, 0 } };
	struct ac_arena a = { 0 };
	const struct ac_val *body;
	struct ac_val e;
	bool derived;
	size_t i;

	(void)state;
	assert_int_equal(ac_json_read(&body, &a, plain, strlen(plain), NULL), AC_OK);
	for (i = 0; i < sizeof nils / sizeof *nils; i++) {
		bool authored = nils[i][0] == 5, with = nils[i][1];

		v.body = with ? body : NULL;
		v.member = authored ? me : NULL;
		assert_int_equal(ac_entry_version_write(&e, &a, &v, me, CLOCK, false), AC_OK);
		*ac_entry_at(&e, nils[i][0]) = (struct ac_val){ .kind = AC_NIL };
		assert_int_equal(ac_entry_version_read(&w, &derived, &e, me, CLOCK), with && !authored ? AC_OK : AC_ECORRUPT);
	}
	ac_arena_free(&a);
}

/* One JSON text has one body: short bytes, and text that is base64, are none. */
static void
bodies(void **state)
{
	static const unsigned char raw[190];
	char text[257];
	struct ac_pair pairs[3] = { { .key = "resourceType", .nkey = 12, .val = ac_val_text("Basic") },
		{ .key = "id", .nkey = 2, .val = ac_val_text("a") }, { .key = "x", .nkey = 1 } };
	struct ac_val body = { .kind = AC_MAP, .n = 3, .pairs = pairs }, e;
	struct ac_version v = { .source = "", .type = "Basic", .id = "a", .parents = &none, .time = moment, .member = me,
		.salt = salt, .body = &body }, w;
	struct { struct ac_val x; enum ac_err want; } cases[4];
	const struct ac_val *made;
	struct ac_arena a = { 0 };
	bool derived;
	size_t i;

	(void)state;
	memset(text, 'A', 256);
	text[256] = 0;
	cases[0].x = ac_val_bytes(raw, 189);
	cases[0].want = AC_ECORRUPT;
	cases[1].x = ac_val_bytes(raw, 190);
	cases[1].want = AC_OK;
	cases[2].x = ac_val_text(text);
	cases[2].want = AC_ECORRUPT;
	cases[3].x = ac_val_text(text + 1);
	cases[3].want = AC_OK;
	for (i = 0; i < 4; i++) {
		pairs[2].val = cases[i].x;
		assert_int_equal(ac_entry_version_write(&e, &a, &v, me, CLOCK, false), AC_OK);
		assert_int_equal(ac_entry_version_read(&w, &derived, &e, me, CLOCK), cases[i].want);
	}
	pairs[2].val = cases[2].x; /* the writer makes it right */
	assert_int_equal(ac_mp_body(&made, &a, &body), AC_OK);
	assert_true(ac_mp_is_body(made));
	assert_true(ac_val_get(made, "x")->kind == AC_BIN && ac_val_get(made, "x")->n == 192);
	assert_int_equal(ac_mp_body(&made, &a, made), AC_OK);
	pairs[2].val = cases[3].x;
	assert_int_equal(ac_mp_body(&made, &a, &body), AC_OK);
	assert_ptr_equal(made, &body);
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(left_out), cmocka_unit_test(refused), cmocka_unit_test(bodies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
