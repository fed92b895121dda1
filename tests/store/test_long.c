/* SPDX-License-Identifier: ISC */
/*
 * A document with a long history and many heads: what it costs grows with the
 * history and no faster. With arguments it makes a home for the script and the bench:
 *   test_long HOME SHAPE VERSIONS HEADS BATCH
 * The passphrase is "pass". The home holds Observation/one, of a single version, and
 * Observation/long: VERSIONS of it, BATCH to a commit, and HEADS that end it apart.
 * SHAPE: line: one after the other, the heads at the end; strands: as many lines as
 * heads from the first version on; imports: a line of a server's exports, taken apart
 * by as many devices as heads; torn: a line of which every version before is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/vault.h"

enum shape { LINE, STRANDS, IMPORTS, TORN };
static const char *const shapes[] = { "line", "strands", "imports", "torn" };

struct history {
	struct ac_append b;
	struct ac_fault f;
	struct ac_space *s;
	enum shape shape;
	unsigned batch, written;
};

static void
must(struct history *h, enum ac_err err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %d %s\n", what, (int)err, h->f.text);
	abort();
}

static const struct ac_val *
body(struct history *h, struct ac_arena *a, const char *rid, unsigned value)
{
	struct ac_buf json = { 0 };
	const struct ac_val *v;

	must(h, ac_buf_addf(&json, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"category\":[{\"coding\":[{"
		"\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"laboratory\"}]}],"
		"\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"718-7\",\"display\":\"Hemoglobin\"}]},"
		"\"subject\":{\"reference\":\"Patient/ana\"},\"effectiveDateTime\":\"2024-05-06T07:08:09Z\",\"valueQuantity\":"
		"{\"value\":%u.5,\"unit\":\"g/dL\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"g/dL\"},"
		"\"note\":[{\"text\":\"Read for the %uth time\"}]}", rid, value % 977, value), "body");
	must(h, ac_json_read(&v, a, json.p, json.len, &h->f), "body");
	ac_buf_free(&json);
	return v;
}

/* A version of that document, with one parent or none; its name in id, which may be the parent's. */
static void
add(struct history *h, const char *rid, unsigned char id[static 32], const unsigned char *parent, unsigned value)
{
	struct ac_version v = { .source = "", .type = "Observation", .id = rid, .time = h->b.clock + h->written,
		.member = h->s->me, .op = AC_OP_SET };
	unsigned char before[32] = { 0 };
	struct ac_val up = ac_val_bytes(before, 32), parents = { .kind = AC_ARR, .n = parent != NULL, .items = &up };
	struct ac_arena a = { 0 };

	if (parent)
		memcpy(before, parent, 32);
	if (parent && h->shape == TORN)
		before[0] ^= 1;
	if (h->shape == IMPORTS) {
		v.member = NULL;
		v.op = AC_OP_IMPORT;
	}
	v.body = body(h, &a, rid, value);
	v.parents = &parents;
	must(h, ac_append_version(&h->b, id, &v, &h->f), "version");
	if (++h->written % h->batch == 0)
		must(h, ac_append_commit(&h->b, &h->f), "commit");
	ac_arena_free(&a);
}

static void
make(struct ac_space *s, enum shape shape, unsigned versions, unsigned heads, unsigned batch)
{
	struct history *h = calloc(1, sizeof *h);
	unsigned char (*tip)[32] = calloc(heads + 1, sizeof *tip), first[32];
	unsigned i, at;

	h->s = s;
	h->shape = shape;
	h->batch = batch;
	must(h, ac_append_begin(&h->b, s, &h->f), "begin");
	add(h, "one", first, NULL, 1);
	add(h, "long", first, NULL, 0);
	for (i = 0; i <= heads; i++)
		memcpy(tip[i], first, 32);
	for (i = 1; i < versions; i++) {
		at = shape == STRANDS || shape == IMPORTS ? i % heads : heads;
		add(h, "long", tip[at], tip[at], i);
	}
	for (i = 0; i < heads && (shape == LINE || shape == TORN); i++)
		add(h, "long", tip[i], tip[heads], versions + i);
	must(h, ac_append_commit(&h->b, &h->f), "commit");
	ac_append_end(&h->b);
	free(tip);
	free(h);
}

/* --------------------------------------------------------------------- tests */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t
number(struct vault *v, const char *sql)
{
	int64_t n = -1;

	if (ac_index_int(&n, v->h->index, NULL, sql, ""))
		fail_msg("%s", sql);
	return n;
}

struct cost { double seconds; size_t bytes, heads, versions; };

/* The whole graph and its view, as a merge needs them; the best of three. */
static struct cost
graph_of(enum shape shape, unsigned versions, unsigned heads)
{
	struct cost c = { .seconds = 1e9 };
	struct ac_fault f = { 0 };
	struct ac_graph g;
	struct vault v;
	int64_t doc;
	double t;
	int i;

	vault_open(&v, "Ana Ruiz");
	make(v.s, shape, versions, heads, versions * 2);
	doc = number(&v, "SELECT id FROM doc WHERE rid = 'long'");
	for (i = 0; i < 3; i++) {
		struct ac_arena a = { 0 };

		t = now();
		if (ac_docs_graph(&g, &a, v.s, doc, &f))
			fail_msg("%s", f.text);
		t = now() - t;
		c.seconds = t < c.seconds ? t : c.seconds;
		c.bytes = a.used;
		c.heads = g.view.nheads;
		c.versions = g.n;
		ac_arena_free(&a);
	}
	/* what the index has was computed as the versions came */
	assert_int_equal(number(&v, "SELECT length(heads) / 32 FROM doc WHERE rid = 'long'"), c.heads);
	vault_close(&v);
	return c;
}

static void
growth(void **state)
{
	enum shape shape;

	(void)state;
	for (shape = LINE; shape <= TORN; shape++) {
		unsigned heads = shape == LINE || shape == STRANDS ? 50 : 1, more = shape == LINE || shape == TORN ? 50 : 0;
		struct cost few = graph_of(shape, 1000, 50), many = graph_of(shape, 8000, 50);

		printf("# %s: 8 times the versions take %.1f times the time, %.1f times the memory\n", shapes[shape],
			many.seconds / few.seconds, (double)many.bytes / (double)few.bytes);
		assert_int_equal(few.heads, heads);
		assert_int_equal(many.heads, heads);
		assert_int_equal(many.versions, 8000 + more);
		/* 64 where it is quadratic, as it is in part with all parents missing; 512 where cubic */
		assert_true(many.seconds < (shape == TORN ? 100 : 30) * few.seconds);
		assert_true(many.bytes < 10 * few.bytes);
	}
}

/* A version without its parents descends from all that its segment had seen, and so
 * the last of a line ends it; the heads are those of the line in one piece. */
static void
torn(void **state)
{
	struct cost c = graph_of(TORN, 40, 3);
	struct ac_fault f = { 0 };
	struct ac_arena a = { 0 };
	struct ac_graph g;
	struct vault v;
	uint32_t i;

	(void)state;
	assert_int_equal(c.heads, 1);
	assert_int_equal(c.versions, 43);
	vault_open(&v, "Ana Ruiz");
	make(v.s, TORN, 40, 3, 1);
	assert_int_equal(ac_docs_graph(&g, &a, v.s, number(&v, "SELECT id FROM doc WHERE rid = 'long'"), &f), AC_OK);
	assert_int_equal(g.view.nheads, 1);
	assert_true(g.view.incomplete && !g.view.ndisputes);
	for (i = 0; i < g.n; i++) {
		assert_int_equal(g.nodes[i].nparents, i ? 1 : 0); /* and not all before it */
		assert_true(!i || g.nodes[i].parents[0] == i - 1);
	}
	ac_arena_free(&a);
	vault_close(&v);
}

/* ---------------------------------------------------------------------- maker */

static int
make_home(char **argv)
{
	struct history h = { 0 };
	struct ac_home *home;
	struct ac_space *s;
	unsigned char kit[32];
	enum shape shape = LINE;

	while (shape < TORN && strcmp(argv[2], shapes[shape]))
		shape++;
	must(&h, ac_home_create(&home, argv[1], "pass", 4, AC_HOME_QUICK, &h.f), "home");
	must(&h, ac_vault_create(&s, home, "Ana Ruiz", "laptop", kit, &h.f), "vault");
	make(s, shape, (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
	ac_home_close(home);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(growth), cmocka_unit_test(torn) };

	return argc == 6 ? make_home(argv) : cmocka_run_group_tests(tests, NULL, NULL);
}
