/* SPDX-License-Identifier: ISC */
/* A document of more, or larger, versions than are put together: which are left out depends
 * on the set alone, hurts who wrote most, and stops nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/docs_limit.h"
#include "store/vault.h"

static void
limit(const char *name, const char *number)
{
#ifndef AC_FAULTS
	skip(); /* the ceilings are real where no test may lower them */
#endif
	if (number)
		assert_int_equal(setenv(name, number, 1), 0);
	else
		assert_int_equal(unsetenv(name), 0);
}

/* ------------------------------------------------------------------ the choice */

static struct ac_docs_cand
cand(unsigned char id, char author, bool guest, uint64_t time, int64_t weight)
{
	struct ac_docs_cand c = { .vid = { id }, .author = { (unsigned char)author }, .named = author != 0, .guest = guest,
		.time = time, .weight = weight };

	return c;
}

/* The ids of what is left, after turning the list round by `turn`. */
static void
left(char *out, const struct ac_docs_cand *list, size_t n, size_t turn)
{
	struct ac_docs_cand c[16];
	size_t i, id;

	for (i = 0; i < n; i++)
		c[i] = list[(i + turn) % n];
	assert_int_equal(ac_docs_limit_cut(c, n), AC_OK);
	for (id = 0; id < n; id++)
		for (i = 0; i < n; i++)
			if (c[i].vid[0] == id && !c[i].out)
				*out++ = (char)('a' + id);
	*out = 0;
}

static void
cut(void **state)
{
	static const struct {
		const char *what, *left;
		size_t n;
		struct { char author; bool guest; uint64_t time; int64_t weight; } c[8];
	}
	    rows[] = {
		{ "within the limit", "abc", 3, { { 'o', 0, 1, 40 }, { 'o', 0, 2, 40 }, { 'w', 0, 3, 20 } } },
		{ "the eldest of who wrote most", "acde", 5,
		    { { 'o', 0, 1, 20 }, { 'w', 0, 2, 30 }, { 'w', 0, 3, 30 }, { 'o', 0, 4, 20 }, { 'w', 0, 5, 30 } } },
		{ "whatever time they claim", "abe", 5,
		    { { 'o', 0, 5, 20 }, { 'o', 0, 6, 20 }, { 'w', 0, 1, 90 }, { 'w', 0, 2, 90 }, { 'w', 0, 99, 50 } } },
		{ "even where all of one go", "ab", 3, { { 'o', 0, 5, 50 }, { 'o', 0, 6, 50 }, { 'w', 0, 9, 101 } } },
		{ "a guest's imports are not an owner's", "ad", 4,
		    { { 0, 0, 1, 50 }, { 0, 1, 2, 50 }, { 0, 1, 3, 50 }, { 0, 1, 4, 40 } } },
		{ "one stays, whatever it weighs", "b", 2, { { 'o', 0, 1, 900 }, { 'o', 0, 2, 900 } } },
		{ "of one time the greater name stays", "b", 2, { { 'o', 0, 1, 90 }, { 'o', 0, 1, 90 } } },
	};
	struct ac_docs_cand list[8];
	size_t r, i, turn;
	char got[17];

	(void)state;
	limit("AFTERCARE_DOCUMENT", "100");
	for (r = 0; r < sizeof rows / sizeof *rows; r++) {
		for (i = 0; i < rows[r].n; i++)
			list[i] = cand((unsigned char)i, rows[r].c[i].author, rows[r].c[i].guest, rows[r].c[i].time, rows[r].c[i].weight);
		for (turn = 0; turn < rows[r].n; turn++) {
			left(got, list, rows[r].n, turn);
			if (strcmp(got, rows[r].left))
				fail_msg("%s: %s, not %s", rows[r].what, got, rows[r].left);
		}
	}
	limit("AFTERCARE_DOCUMENT", NULL);
}

/* What a body weighs is never less than its bytes four times: what is put together of many
 * stays under what one document may have. */
static void
weights(void **state)
{
	static const char *const json[] = { "{}", "{\"a\":[]}", "{\"a\":[1,22,333,-4444444444]}", "{\"a\":[1.50,-0.0,1e2]}",
		"{\"a\":{\"b\":{\"c\":null,\"d\":true}}}", "{\"a\":\"\",\"bb\":\"0123456789012345678901234567890123456789\"}" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof json / sizeof *json; i++) {
		struct ac_arena a = { 0 };
		struct ac_buf b = { 0 };
		const struct ac_val *v;

		assert_int_equal(ac_json_read(&v, &a, json[i], strlen(json[i]), NULL), AC_OK);
		assert_int_equal(ac_mp_write(&b, v), AC_OK);
		assert_true(ac_docs_limit_body(v) >= 4 * (int64_t)b.len);
		assert_true(ac_docs_limit_body(v) >= (int64_t)a.used / 2);
		ac_buf_free(&b);
		ac_arena_free(&a);
	}
}

/* --------------------------------------------------------------------- in a home */

static void
put(struct vault *v, const char *rid, int value, size_t fill)
{
	struct ac_buf json = { 0 };
	struct ac_wrote w;
	struct ac_fault f = { 0 };

	assert_int_equal(ac_buf_addf(&json, "{\"resourceType\":\"Basic\",\"id\":\"%s\",\"code\":{\"text\":\"%d %0*d\"}}", rid, value,
		(int)fill, 0), AC_OK);
	if (ac_put(&w, v->s, json.p, json.len, AC_FORCE, &f))
		fail_msg("%s", f.text);
	ac_buf_free(&json);
}

/* A version of Basic/x with no parent. */
static void
root(struct vault *v, unsigned value)
{
	struct ac_version x = { .source = "", .type = "Basic", .id = "x", .member = v->s->me, .op = AC_OP_PUT };
	struct ac_val none = { .kind = AC_ARR };
	struct ac_arena a = { 0 };
	struct ac_append b = { 0 };
	struct ac_fault f = { 0 };
	unsigned char id[32];
	char json[200];

	snprintf(json, sizeof json, "{\"resourceType\":\"Basic\",\"id\":\"x\",\"code\":{\"text\":\"root %u\"}}", value);
	assert_int_equal(ac_json_read(&x.body, &a, json, strlen(json), &f), AC_OK);
	assert_int_equal(ac_append_begin(&b, v->s, &f), AC_OK);
	x.parents = &none;
	x.time = b.clock;
	assert_int_equal(ac_append_version(&b, id, &x, &f), AC_OK);
	if (ac_append_commit(&b, &f))
		fail_msg("%s", f.text);
	ac_append_end(&b);
	ac_arena_free(&a);
}

static void
text_of(char out[64], struct vault *v)
{
	struct ac_arena a = { 0 };
	struct ac_shown sh;
	struct ac_fault f = { 0 };

	if (ac_show(&sh, &a, v->s, "Basic/x", NULL, &f))
		fail_msg("%s", f.text);
	snprintf(out, 64, "%.5s/%llu", sh.body ? ac_val_str(ac_val_get(sh.body, "code"), "text") : "-",
		(unsigned long long)sh.omitted);
	ac_arena_free(&a);
}

static void
anew(struct vault *v)
{
	struct ac_fault f = { 0 };
	char path[160];

	ac_home_close(v->h);
	snprintf(path, sizeof path, "%s/home/index", v->dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof path, "%s/home", v->dir);
	if (ac_home_open(&v->h, path, "pass", 4, NULL, NULL, &f))
		fail_msg("%s", f.text);
	v->s = ac_home_space(v->h, 0);
}

static int
count(void *ctx, const struct ac_overfull *o)
{
	assert_string_equal(o->ref, "Basic/x");
	*(uint64_t *)ctx += o->omitted;
	return 0;
}

static int
no_row(void *ctx, const struct ac_past *p)
{
	(void)p;
	++*(int *)ctx;
	return 0;
}

static void
long_line(void **state)
{
	struct ac_shown sh = { 0 };
	const struct ac_wrote *undone;
	struct ac_arena a = { 0 };
	struct ac_wrote w;
	struct ac_fault f = { 0 };
	struct vault v;
	uint64_t omitted = 0;
	size_t nundone = 0;
	int i, rows = 0;
	char got[64];

	(void)state;
	limit("AFTERCARE_DOCUMENT", "100000");
	vault_open(&v, "Ana Ruiz");
	put(&v, "other", 0, 8);
	for (i = 10; i < 30; i++) /* some 9,000 each */
		put(&v, "x", i, 1000);
	text_of(got, &v);
	assert_string_equal(got, "29 00/9");
	assert_int_equal(ac_overfull(v.s, count, &omitted, &f), AC_OK);
	assert_int_equal(omitted, 9);
	assert_int_equal(ac_history(v.s, "Basic/x", no_row, &rows, &f), AC_OK);
	assert_int_equal(rows, 20);
	anew(&v);
	text_of(got, &v);
	assert_string_equal(got, "29 00/9");
	assert_int_equal(ac_undo(&undone, &nundone, &a, v.s, &f), AC_OK);
	assert_int_equal(nundone, 1);
	text_of(got, &v);
	assert_string_equal(got, "28 00/10");
	assert_int_equal(ac_rm(&w, v.s, "Basic/x", &f), AC_OK);
	assert_int_equal(ac_show(&sh, &a, v.s, "Basic/x", NULL, &f), AC_ENOTFOUND);
	ac_arena_free(&a);
	omitted = 0;
	assert_int_equal(ac_overfull(v.s, count, &omitted, &f), AC_OK);
	assert_int_equal(omitted, 0);
	/* a larger limit, and all of it counts again */
	limit("AFTERCARE_DOCUMENT", NULL);
	anew(&v);
	put(&v, "x", 77, 8);
	text_of(got, &v);
	assert_string_equal(got, "77 00/0");
	vault_close(&v);
}

/* Versions side by side cost each other: too many of them, and their author's go. */
static void
wide(void **state)
{
	struct vault v;
	unsigned i;
	char got[64];

	(void)state;
	limit("AFTERCARE_PLACES", "300");
	vault_open(&v, "Ana Ruiz");
	for (i = 0; i < 30; i++)
		root(&v, i);
	text_of(got, &v);
	assert_string_equal(got, "root /29");
	anew(&v);
	text_of(got, &v);
	assert_string_equal(got, "root /29");
	limit("AFTERCARE_PLACES", NULL);
	vault_close(&v);
}

/* An entry as a member may make it who keeps to no rule. */
static void
forge(struct vault *v, size_t nid, bool as_item)
{
	struct ac_val parents = { .kind = AC_ARR }, id;
	struct ac_pair pairs[2] = { { .key = "resourceType", .nkey = 12 }, { .key = "id", .nkey = 2 } };
	struct ac_val body = { .kind = AC_MAP, .n = 2, .pairs = pairs };
	struct ac_append b = { 0 };
	struct ac_fault f = { 0 };
	char *long_id = malloc(nid + 1);
	struct ac_val *e;

	memset(long_id, '0', nid);
	long_id[nid] = 0;
	id = ac_val_text(long_id);
	pairs[0].val = ac_val_text("Basic");
	pairs[1].val = id;
	assert_int_equal(ac_append_begin(&b, v->s, &f), AC_OK);
	assert_non_null(e = ac_entry_list(&b.arena, 11));
	*ac_entry_at(e, 0) = ac_val_int(AC_ENTRY_VERSION);
	*ac_entry_at(e, 1) = ac_val_text("");
	*ac_entry_at(e, 3) = as_item ? id : (struct ac_val){ .kind = AC_NIL };
	*ac_entry_at(e, 4) = parents;
	*ac_entry_at(e, 5) = ac_val_int(0);
	*ac_entry_at(e, 6) = ac_val_bool(true);
	*ac_entry_at(e, 7) = ac_val_int(AC_OP_PUT);
	*ac_entry_at(e, 8) = ac_val_bytes((const unsigned char *)"0123456789abcdef", 16);
	*ac_entry_at(e, 10) = body;
	assert_int_equal(ac_append_entry(&b, e, nid + 200, &f), AC_OK);
	if (ac_append_commit(&b, &f))
		fail_msg("%s", f.text);
	ac_append_end(&b);
	free(long_id);
}

/* What is no version, or too large for one, is passed over: by whoever takes it in too. */
static void
passed_over(void **state)
{
	struct ac_counts n;
	struct ac_fault f = { 0 };
	struct vault v;
	char name[700];
	struct ac_buf json = { 0 };
	struct ac_wrote w;

	(void)state;
	limit("AFTERCARE_VERSION", NULL);
	vault_open(&v, "Ana Ruiz");
	put(&v, "other", 0, 8);
	forge(&v, (size_t)33 << 20, false); /* its name is made of more than a buffer holds */
	forge(&v, 512, true);
	forge(&v, 511, true);
	assert_int_equal(ac_counts(&n, v.s, &f), AC_OK);
	assert_int_equal(n.documents, 2);
	put(&v, "x", 1, 5000);
	limit("AFTERCARE_VERSION", "20000");
	anew(&v);
	assert_int_equal(ac_counts(&n, v.s, &f), AC_OK);
	assert_int_equal(n.documents, 2);
	/* and nobody writes it */
	memset(name, 'x', sizeof name);
	assert_int_equal(ac_buf_addf(&json, "{\"resourceType\":\"Basic\",\"id\":\"%.600s\"}", name), AC_OK);
	assert_int_equal(ac_put(&w, v.s, json.p, json.len, AC_FORCE, &f), AC_EINVAL);
	ac_buf_reset(&json);
	assert_int_equal(ac_buf_addf(&json, "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"%08000d\"}}", 0), AC_OK);
	assert_int_equal(ac_put(&w, v.s, json.p, json.len, AC_FORCE, &f), AC_ELIMIT);
	limit("AFTERCARE_VERSION", NULL);
	anew(&v);
	assert_int_equal(ac_counts(&n, v.s, &f), AC_OK);
	assert_int_equal(n.documents, 3);
	ac_buf_free(&json);
	vault_close(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cut), cmocka_unit_test(weights), cmocka_unit_test(long_line),
		cmocka_unit_test(wide), cmocka_unit_test(passed_over) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
