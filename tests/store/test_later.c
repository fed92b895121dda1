/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/bytes.h"
#include "store/press.h"
#include "vault.h"

#define MUST(e) do { enum ac_err err_ = (e); if (err_) fail_msg("%s: error %d: %s", #e, err_, f.text); } while (0)

static struct ac_fault f;
static const unsigned char opaque[4] = { 77, 1, 2, 3 };
static const struct ac_val later_value = { .kind = AC_LATER, .n = sizeof opaque, .bin = opaque };

/* An entry of a kind that nobody knows yet. */
static const struct ac_val unknown_items[2] = { { .kind = AC_INT, .i = 99 }, { .kind = AC_STR, .n = 1, .s = "x" } };
static const struct ac_val unknown = { .kind = AC_ARR, .n = 2, .items = unknown_items };

/* ------------------------------------------------------------------ segments */

static const struct ac_place at = { "space12", "branch123456789" };
static const unsigned char key[32] = "key";
static unsigned char seed[32] = "seed";

/* A segment of another document number and edition, with an entry of an unknown kind. */
static void
sealed(struct ac_buf *out, uint8_t number, uint16_t edition)
{
	static const struct ac_val heads = { .kind = AC_ARR };
	struct ac_val items[2] = { heads, unknown }, list = { .kind = AC_ARR, .n = 2, .items = items };
	struct ac_segment seg = { .kind = AC_SEGMENT_DATA, .seq = 7, .clock = 1, .entries = &list, .number = number,
		.edition = edition };

	MUST(ac_crypto_init(&f));
	MUST(ac_segment_seal(out, &seg, NULL, &at, key, seed, &f));
}

static void
document_number(void **state)
{
	static const struct { uint8_t number; uint16_t edition; bool later; } row[] = { { 0, 1, false }, { 1, 1, true },
		{ 255, 1, true }, { 0, 2, true } };
	struct ac_segment seg;
	struct ac_arena a = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof row / sizeof *row; i++) {
		struct ac_buf b = { .max = AC_SEGMENT_MAX };

		sealed(&b, row[i].number, row[i].edition);
		MUST(ac_segment_open(&seg, &a, b.p, b.len, &at, key, &f));
		assert_true(seg.number == row[i].number && seg.edition == row[i].edition);
		assert_int_equal(ac_segment_later(&seg), row[i].later);
		assert_true(ac_val_equal(&seg.entries->items[1], &unknown));
		ac_segment_close(&seg);
		ac_buf_free(&b);
	}
	ac_arena_free(&a);
}

static void
format(void **state)
{
	struct ac_buf b = { .max = AC_SEGMENT_MAX };
	char made[AC_SEGMENT_MADE];
	enum ac_segment_kind kind;
	struct ac_segment seg;
	struct ac_arena a = { 0 };

	(void)state;
	sealed(&b, 0, 1);
	b.p[4] = 0;
	assert_int_equal(ac_segment_peek(&kind, NULL, b.p, b.len, &f), AC_ECORRUPT);
	b.p[4] = 2;
	assert_int_equal(ac_segment_peek(&kind, NULL, b.p, b.len, &f), AC_EVERSION);
	assert_non_null(strstr(f.text, "format 2"));
	assert_int_equal(ac_segment_open(&seg, &a, b.p, b.len, &at, key, &f), AC_EVERSION);
	b.p[4] = 255;
	b.p[5] = 200; /* kinds are each format's own */
	assert_int_equal(ac_segment_peek(&kind, NULL, b.p, b.len, &f), AC_EVERSION);
	ac_segment_made(made, b.p, b.len);
	assert_string_equal(made, "segment format 255");
	b.p[0] = 'B';
	assert_int_equal(ac_segment_peek(&kind, NULL, b.p, b.len, &f), AC_ECORRUPT);
	ac_buf_free(&b);
	ac_arena_free(&a);
}

/* ------------------------------------------------------------------- entries */

static void
more_items(void **state)
{
	static const unsigned char writer[8] = "writer1", salt[16] = "salt";
	static const struct ac_val parents = { .kind = AC_ARR };
	struct ac_version v = { .source = "", .type = "Basic", .id = "x", .parents = &parents, .time = 5, .member = writer, .op = 42,
		.salt = salt, .more = &later_value, .nmore = 1 }, got;
	unsigned char one[32], two[32];
	struct ac_arena a = { 0 };
	struct ac_val e, guest;
	bool derived;

	(void)state;
	MUST(ac_entry_version_write(&e, &a, &v, writer, 9, false));
	assert_int_equal(e.n, 13);
	assert_int_equal(e.items[11].kind, AC_NIL);
	assert_true(ac_val_equal(&e.items[12], &later_value));
	MUST(ac_entry_version_read(&got, &derived, &e, writer, 9));
	assert_true(got.op == 42 && !got.guest && !got.nmore && got.time == 5);
	MUST(ac_entry_version_id(one, &v));
	MUST(ac_entry_version_id(two, &got));
	assert_memory_equal(one, two, 32);
	v.guest = true;
	MUST(ac_entry_version_write(&guest, &a, &v, writer, 9, false));
	assert_int_equal(guest.n, 13);
	MUST(ac_entry_version_read(&got, &derived, &guest, writer, 9));
	assert_true(got.guest);
	ac_arena_free(&a);
}

/* ---------------------------------------------------- a chain that is said again */

/* The entries of a kind in this device's present branch, one after the other. */
static size_t
entries(struct ac_val out[static 8], struct ac_arena *a, struct ac_space *s, int64_t kind)
{
	const struct ac_val *e;
	int64_t chain, last, seq;
	size_t n = 0;
	uint32_t i;

	MUST(ac_index_int(&chain, s->home->index, &f, "SELECT id FROM chain WHERE branch = ?", "b", s->branch, (size_t)16));
	MUST(ac_index_int(&last, s->home->index, &f, "SELECT seq FROM chain WHERE id = ?", "i", chain));
	for (seq = 0; seq <= last; seq++)
		for (i = 1; !ac_docs_entry(&e, a, s, chain, (uint32_t)seq, i, NULL); i++)
			if (e->kind == AC_ARR && e->items[0].kind == AC_INT && e->items[0].i == kind && n < 8)
				out[n++] = *e;
	return n;
}

static void
said_again(void **state)
{
	static const struct ac_val none = { .kind = AC_ARR };
	struct vault *v = *state;
	struct ac_append b = { 0 };
	struct ac_arena a = { 0 };
	struct ac_val got[8];
	const struct ac_val *body, *was;
	struct ac_version ver = { .source = "", .type = "Basic", .id = "x", .op = 42, .parents = &none, .more = &later_value, .nmore = 1 };
	static const char json[] = "{\"resourceType\":\"Basic\",\"id\":\"x\",\"code\":{\"text\":\"x\"}}";
	unsigned char id[32], branch[16];
	struct ac_verified proof;

	MUST(ac_json_read(&body, &a, json, sizeof json - 1, &f));
	assert_non_null(ver.body = ac_val_set(&a, body, "language", &later_value));
	MUST(ac_append_begin(&b, v->s, &f));
	ver.time = b.clock;
	ver.member = v->s->me;
	MUST(ac_append_version(&b, id, &ver, &f));
	MUST(ac_append_entry(&b, &unknown, 16, &f));
	MUST(ac_append_commit(&b, &f));
	ac_append_end(&b);
	memcpy(branch, v->s->branch, 16);
	MUST(ac_append_renew(v->s, -1, &f));
	assert_memory_not_equal(branch, v->s->branch, 16);
	assert_int_equal(entries(got, &a, v->s, 99), 1);
	assert_true(ac_val_equal(&got[0], &unknown));
	assert_int_equal(entries(got, &a, v->s, AC_ENTRY_VERSION), 1);
	assert_true(got[0].n == 13 && ac_val_equal(&got[0].items[12], &later_value));
	assert_true((was = ac_val_get(&got[0].items[10], "language")) && ac_val_equal(was, &later_value));
	MUST(ac_verify(&proof, v->h, NULL, NULL, NULL, &f));
	assert_int_equal(proof.bad, 0);
	ac_arena_free(&a);
}

/* ------------------------------------------------------------------- exports */

static enum ac_err
gather(void *ctx, const void *p, size_t n, struct ac_fault *fault)
{
	(void)fault;
	return ac_buf_add(ctx, p, n);
}

static bool
all_bytes(void *ctx, const char hash[static 65])
{
	(void)ctx;
	(void)hash;
	return true;
}

static void
told(void *ctx, const char *ref, const char *version, const struct ac_val *body)
{
	assert_null(version);
	assert_string_equal(ac_val_str(body, "id"), "x");
	strcat(ctx, ref);
}

static void
left_out(void **state)
{
	static const struct ac_val none = { .kind = AC_ARR };
	static const char json[] = "{\"resourceType\":\"Basic\",\"id\":\"x\",\"code\":{\"text\":\"x\"}}";
	static const char other[] = "{\"resourceType\":\"Basic\",\"id\":\"y\",\"code\":{\"text\":\"y\"}}";
	struct vault *v = *state;
	char refs[100] = "";
	struct ac_export_choice choice = { .with = all_bytes, .ctx = refs };
	struct ac_buf out = { .max = 1 << 20 };
	struct ac_sink to = { gather, &out };
	struct ac_version ver = { .source = "", .type = "Basic", .id = "x", .op = AC_OP_PUT, .parents = &none };
	struct ac_append b;
	struct ac_arena a = { 0 };
	const struct ac_val *body;
	struct ac_wrote w;
	unsigned char id[32];
	uint64_t n = 7, disputed = 7;

	MUST(ac_put(&w, v->s, other, sizeof other - 1, 0, &f));
	MUST(ac_json_read(&body, &a, json, sizeof json - 1, &f));
	assert_non_null(ver.body = ac_val_set(&a, body, "language", &later_value));
	MUST(ac_append_begin(&b, v->s, &f));
	ver.time = b.clock;
	ver.member = v->s->me;
	MUST(ac_append_version(&b, id, &ver, &f));
	MUST(ac_append_commit(&b, &f));
	ac_append_end(&b);
	assert_int_equal(ac_export_with(v->s, NULL, 0, NULL, AC_NDJSON, &choice, &to, &n, &disputed, &f), AC_EVERSION);
	assert_non_null(strstr(f.text, "Basic/x"));
	assert_true(n == 7 && disputed == 7);
	ac_buf_reset(&out);
	choice.left = told;
	MUST(ac_export_with(v->s, NULL, 0, NULL, AC_NDJSON, &choice, &to, &n, &disputed, &f));
	assert_string_equal(refs, "Basic/x");
	assert_true(n == 1 && disputed == 0 && out.len == sizeof other && !memcmp(out.p, other, sizeof other - 1));
	ac_buf_free(&out);
	ac_arena_free(&a);
}

/* --------------------------------------------------------------------- files */

static void
state_file(void **state)
{
	struct vault *v = *state;
	struct ac_buf was = { .max = 1 << 20 };
	struct ac_val yes = ac_val_bool(true);
	char path[200];

	MUST(ac_state_put(v->h, "a name of later", &yes, &f));
	MUST(ac_config_set(v->h, "x", "y", &f));
	assert_true(ac_state_get(v->h, "a name of later"));
	snprintf(path, sizeof path, "%s/home/state", v->dir);
	MUST(ac_file_read(&was, path, 1 << 20, &f));
	was.p[4] = 2;
	MUST(ac_file_put(path, was.p, was.len, 0600, &f));
	assert_int_equal(ac_state_load(v->h, &f), AC_EVERSION);
	assert_non_null(strstr(f.text, "format 2"));
	assert_int_equal(ac_config_set(v->h, "x", "z", &f), AC_EVERSION);
	was.p[4] = 1;
	MUST(ac_file_put(path, was.p, was.len, 0600, &f));
	MUST(ac_state_load(v->h, &f));
	ac_buf_free(&was);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document_number), cmocka_unit_test(format), cmocka_unit_test(more_items),
		cmocka_unit_test_setup_teardown(said_again, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(left_out, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(state_file, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
