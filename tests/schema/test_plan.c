/* SPDX-License-Identifier: ISC */
/*
 * Care plans: each of tests/plans/ by its dates; that every number and code of the templates is
 * held fast by one of them; that nothing depends on the order of the input; that removing
 * an exposure removes its items and nothing else; that odd documents do no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/plan.h"
#include "shared.h"

enum { MAX_GOLDEN = 64, MAX_DOCS = 64, MAX_AUTHORS = 32 };

struct golden {
	char name[64];
	const struct ac_val *all;
	struct ac_plan_doc docs[MAX_DOCS];
	struct ac_plan_author authors[MAX_AUTHORS];
	struct ac_plan_input in;
};

static struct golden goldens[MAX_GOLDEN];
static size_t ngoldens;
static struct ac_arena kept, work;
static const struct ac_plan_library *library;
static char why[512];

/* ------------------------------------------------------------------- input */

static const char *
string(const struct ac_val *map, const char *key)
{
	const char *s = ac_val_str(map, key);

	return s ? s : "";
}

static bool
flag(const struct ac_val *map, const char *key)
{
	const struct ac_val *v = ac_val_get(map, key);

	return v && v->kind == AC_BOOL && v->b;
}

static void
load(void *ctx, const struct shared_file *file)
{
	struct golden *g = &goldens[ngoldens];
	struct ac_fault f = { "", 0, 0 };
	const struct ac_val *docs, *authors;
	char ref[128];
	uint32_t i;

	(void)ctx;
	assert_true(ngoldens++ < MAX_GOLDEN);
	snprintf(g->name, sizeof g->name, "%s", file->name);
	if (ac_json_read(&g->all, &kept, ac_arena_text(&kept, (const char *)file->p, file->n), file->n, &f))
		fail_msg("%s: %s", file->name, f.text);
	docs = ac_val_get(g->all, "documents");
	authors = ac_val_get(g->all, "authors");
	assert_true(docs->n <= MAX_DOCS && authors->n <= MAX_AUTHORS);
	for (i = 0; i < docs->n; i++) {
		snprintf(ref, sizeof ref, "%s/%s", string(&docs->items[i], "resourceType"),
			string(&docs->items[i], "id"));
		g->docs[i] = (struct ac_plan_doc){ ac_arena_text(&kept, ref, strlen(ref)), &docs->items[i] };
	}
	for (i = 0; i < authors->n; i++)
		g->authors[i] = (struct ac_plan_author){ string(&authors->items[i], "activity"),
			string(&authors->items[i], "name"), flag(&authors->items[i], "clinician") };
	g->in = (struct ac_plan_input){ library, ac_val_get(g->all, "careplan"), g->docs, docs->n,
		g->authors, authors->n, ac_val_str(g->all, "birth"), string(g->all, "on") };
}

static int
setup(void **state)
{
	static const char *const json[] = { ".json", NULL };
	struct ac_fault f = { "", 0, 0 };

	(void)state;
	if (ac_plan_library_builtin(&library, &kept, &f))
		fail_msg("%s", f.text);
	shared_walk("tests/plans", json, load, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ac_arena_free(&kept);
	ac_arena_free(&work);
	return 0;
}

static struct ac_plan
make(const struct ac_plan_input *in)
{
	struct ac_fault f = { "", 0, 0 };
	struct ac_plan p = { .stage = "" };

	ac_arena_reset(&work);
	if (ac_plan_make(&p, &work, in, &f))
		fail_msg("%s", f.text);
	return p;
}

/* All of a plan as text; `but`: with no word of this exposure. */
static void
write_plan(struct ac_buf *b, const struct ac_plan *p)
{
	enum ac_err err;
	size_t i;

	err = ac_buf_addf(b, "%s %s %s\n", p->stage, p->since, p->anchor);
	for (i = 0; i < p->nrows && !err; i++) {
		const struct ac_plan_row *r = &p->rows[i];

		err = ac_buf_addf(b, "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%d%d|%s|%s|%s|%s|%s|%s|%s|%u-%u%s\n", r->item,
			r->title, ac_plan_state_name(r->state), r->due, r->from, r->until, r->reason, r->rule,
			r->exposure, r->source, r->url, r->reviewed, r->beside, r->satisfied_by, r->by,
			r->booked, r->booked_on, r->missed, r->missed_on, r->ends, r->min, r->max, r->unit);
	}
	for (i = 0; i < p->nnotes && !err; i++)
		err = ac_buf_addf(b, "%s %s\n", p->notes[i].text, p->notes[i].about);
	assert_int_equal(err, AC_OK);
}

/* ----------------------------------------------------------------- goldens */

/* "" where a row lacks the key: always compared, or only where it is there. */
static bool
same_text(const struct ac_val *want, const char *key, const char *have, bool always)
{
	const char *s = ac_val_str(want, key);

	return s || always ? !strcmp(s ? s : "", have) : true;
}

static bool
same_row(const struct ac_val *want, const struct ac_plan_row *r)
{
	const struct ac_val *reviewed = ac_val_get(want, "reviewed");

	return same_text(want, "item", r->item, true)
		&& same_text(want, "state", ac_plan_state_name(r->state), true)
		&& same_text(want, "due", r->due, true) && same_text(want, "from", r->from, true)
		&& same_text(want, "until", r->until, true)
		&& same_text(want, "satisfied_by", r->satisfied_by, true)
		&& same_text(want, "by", r->by, true) && same_text(want, "booked", r->booked, true)
		&& same_text(want, "missed", r->missed, true) && same_text(want, "ends", r->ends, true) && same_text(want, "missed_on", r->missed_on, false)
		&& same_text(want, "exposure", r->exposure, false) && same_text(want, "rule", r->rule, false)
		&& same_text(want, "reason", r->reason, false) && same_text(want, "title", r->title, false)
		&& same_text(want, "source", r->source, false) && same_text(want, "url", r->url, false)
		&& (!reviewed || reviewed->b == r->reviewed);
}

static bool
in_list(const struct ac_val *list, const char *s)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].s, s))
			return true;
	return false;
}

/* Each row wanted is there once, and each row that is there was wanted. */
static const char *
rows_differ(const struct golden *g, const struct ac_plan *p)
{
	const struct ac_val *rows = ac_val_get(g->all, "rows"), *undated = ac_val_get(g->all, "undated");
	const struct ac_val *beside = ac_val_get(g->all, "beside");
	size_t i, nundated = 0, nbeside = 0;
	bool used[256] = { false };
	uint32_t k;

	for (i = 0; i < p->nrows; i++) {
		const struct ac_plan_row *r = &p->rows[i];

		for (k = 0; k < rows->n; k++)
			if (!used[k] && same_row(&rows->items[k], r))
				break;
		if (k < rows->n) {
			used[k] = true;
		} else if (r->state == AC_PLAN_NEXT && !*r->due && !*r->by && !*r->booked && !*r->missed && r->beside) {
			nbeside++;
			if (beside && !in_list(beside, r->item))
				goto extra;
		} else if (r->state == AC_PLAN_NEXT && !*r->due && !*r->by && !*r->booked && !*r->missed
		    && in_list(undated, r->item)) {
			nundated++;
		} else {
extra:
			snprintf(why, sizeof why, "not expected: %s %s due %s from %s until %s by '%s' proof '%s' "
				"booked '%s' for '%s': %s", r->item, ac_plan_state_name(r->state), r->due, r->from,
				r->until, r->by, r->satisfied_by, r->booked, r->exposure, r->rule);
			return why;
		}
	}
	for (k = 0; k < rows->n; k++)
		if (!used[k]) {
			snprintf(why, sizeof why, "missing: %s %s due %s: %s", string(&rows->items[k], "item"),
				string(&rows->items[k], "state"), string(&rows->items[k], "due"),
				string(&rows->items[k], "how"));
			return why;
		}
	if (nundated != undated->n || (beside && nbeside != beside->n)) {
		snprintf(why, sizeof why, "%zu without dates and not %u, or %zu beside", nundated, undated->n, nbeside);
		return why;
	}
	return NULL;
}

static const char *
golden_differs(const struct golden *g)
{
	struct ac_plan p = make(&g->in);
	const struct ac_val *notes = ac_val_get(g->all, "notes");
	size_t i;

	if (p.nnotes != notes->n + 1)
		return "another number of notes";
	for (i = 0; i < notes->n; i++)
		if (strcmp(p.notes[i + 1].text, notes->items[i].s))
			return p.notes[i + 1].text;
	return rows_differ(g, &p);
}

static void
by_hand(void **state)
{
	const char *s;
	size_t i;

	(void)state;
	assert_true(ngoldens >= 48);
	for (i = 0; i < ngoldens; i++)
		if ((s = golden_differs(&goldens[i])))
			fail_msg("%s: %s", goldens[i].name, s);
}

static void
say(void *ctx, const struct ac_issue *issue)
{
	if (issue->error)
		fail_msg("%s: %s %s", (const char *)ctx, issue->path, issue->message);
}

static void
valid(void **state)
{
	size_t i, k, errors;

	(void)state;
	for (i = 0; i < ngoldens; i++) {
		assert_int_equal(ac_validate(goldens[i].in.careplan, say, goldens[i].name, &errors), AC_OK);
		for (k = 0; k < goldens[i].in.ndocs; k++)
			assert_int_equal(ac_validate(goldens[i].docs[k].body, say, goldens[i].name, &errors), AC_OK);
	}
}

static void
ordered(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ngoldens; i++) {
		struct ac_plan p = make(&goldens[i].in);

		for (k = 1; k < p.nrows; k++) {
			const struct ac_plan_row *a = &p.rows[k - 1], *b = &p.rows[k];
			/* a row without a date comes after all dates */
			const char *da = *a->due ? a->due : "z", *db = *b->due ? b->due : "z";
			int c = a->state != b->state ? (a->state < b->state ? -1 : 1) : strcmp(da, db);

			c = c ? c : strcmp(a->item, b->item);
			assert_true((c ? c : strcmp(a->satisfied_by, b->satisfied_by)) < 0);
		}
	}
}

/* --------------------------------------------------------------- mutations */

static unsigned tried, loose;

static void
expect_failure(const char *file, const char *what, const char *which)
{
	size_t i;

	tried++;
	for (i = 0; i < ngoldens; i++)
		if (golden_differs(&goldens[i]))
			return;
	print_error("%s: nothing holds %s of %s\n", file, what, which);
	loose++;
}

#define CHANGE(place, to, what, which) do {             \
	__typeof__(place) old_ = (place);               \
	(place) = (to);                                 \
	expect_failure(file, what, which);              \
	(place) = old_;                                 \
} while (0)

static void
change_phases(const char *file, struct ac_plan_item *item)
{
	size_t i;

	for (i = 0; i < item->nphases; i++) {
		struct ac_plan_phase *p = &item->phases[i];

		if (p->until != UINT32_MAX)
			CHANGE(p->until, p->until + 1, "the end of a phase", item->name);
		if (p->coverage.rule) {
			CHANGE(p->coverage.early, p->coverage.early + 1, "early, of an insurance", item->name);
			CHANGE(p->coverage.early, p->coverage.early - 1, "early, of an insurance, less", item->name);
			CHANGE(p->coverage.rule, NULL, "that an insurance gives the date", item->name);
		}
		if (!p->every.max)
			continue;
		CHANGE(p->every.max, p->every.max + 1, "max", item->name);
		CHANGE(p->every.early, p->every.early + 1, "early", item->name);
		CHANGE(p->every.late, p->every.late + 1, "late", item->name);
		CHANGE(p->every.unit, p->every.unit == AC_DAY_MO ? AC_DAY_WK : AC_DAY_MO, "unit", item->name);
		CHANGE(p->every.min, p->every.min + 1, "min", item->name);
	}
}

/* A dose a little up or down, as a number with two places. */
static const struct ac_val *
nudge(const struct ac_val *v, int hundredths)
{
	struct ac_val *out = ac_arena_get(&kept, sizeof *out);

	assert_int_equal(v->kind, AC_INT);
	*out = (struct ac_val){ .kind = AC_DEC, .dec = { v->i * 100 + hundredths, -2 } };
	return out;
}

static void
change_conditions(const char *file, struct ac_plan_item *item)
{
	size_t i;

	for (i = 0; i < item->nwhen; i++) {
		struct ac_plan_when *w = &item->when[i];

		CHANGE(w->exposure, "vinblastine", "the exposure", item->name);
		if (w->at_least) {
			CHANGE(w->at_least, nudge(w->at_least, 1), "at_least, up", item->name);
			CHANGE(w->at_least, nudge(w->at_least, -1), "at_least, down", item->name);
			CHANGE(w->at_least, NULL, "at_least", item->name);
		}
		if (w->below) {
			CHANGE(w->below, nudge(w->below, 1), "below, up", item->name);
			CHANGE(w->below, nudge(w->below, -1), "below, down", item->name);
			CHANGE(w->below, NULL, "below", item->name);
		}
		if (w->unit)
			CHANGE(w->unit, "mg", "the unit of a dose", item->name);
		if (w->unknown)
			CHANGE(w->unknown, false, "that a dose is unknown", item->name);
	}
}

static void
change_tests(const char *file, struct ac_plan_test *test)
{
	size_t i, k;

	for (i = 0; i < test->ncodes; i++) {
		struct ac_plan_code *c = &test->codes[i];

		CHANGE(c->code, "1-1", "a code", test->name);
		CHANGE(c->system, "urn:x", "a system", test->name);
		for (k = 0; k < c->ntypes; k++)
			CHANGE(c->types[k], "Basic", c->types[k], c->code);
	}
}

static void
held_fast(void **state)
{
	size_t i, k, n;

	(void)state;
	tried = loose = 0;
	for (i = 0; i < library->nfiles; i++) {
		struct ac_plan_file *f = &library->files[i];
		const char *file = f->about.name;

		for (k = 0; k < f->nitems; k++) {
			change_phases(file, &f->items[k]);
			change_conditions(file, &f->items[k]);
			CHANGE(f->items[k].name, "x", "the name", f->items[k].name);
			for (n = 0; n < f->items[k].ntests; n++)
				CHANGE(f->items[k].ntests, n, "the tests", f->items[k].name);
		}
		for (k = 0; k < f->ntests; k++)
			change_tests(file, &f->tests[k]);
	}
	print_message("# changes %u\n", tried);
	assert_int_equal(loose, 0);
	assert_true(tried > 200);
	by_hand(state); /* all is as it was */
}

/* -------------------------------------------------------------- properties */

static uint32_t seed;

static uint32_t
below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void
shuffle(void *p, size_t n, size_t size)
{
	unsigned char tmp[64], *b = p;
	size_t i, k;

	assert_true(size <= sizeof tmp);
	for (i = n; i > 1; i--) {
		k = below((uint32_t)i);
		memcpy(tmp, b + k * size, size);
		memcpy(b + k * size, b + (i - 1) * size, size);
		memcpy(b + (i - 1) * size, tmp, size);
	}
}

static const struct ac_val *
shuffled(const struct ac_val *map, const char *key)
{
	const struct ac_val *v = ac_val_get(map, key);
	struct ac_val out, *items;

	if (!v)
		return map;
	out = *v;
	items = ac_arena_get(&kept, v->n * sizeof *items);
	memcpy(items, v->items, v->n * sizeof *items);
	shuffle(items, v->n, sizeof *items);
	out.items = items;
	return ac_val_set(&kept, map, key, &out);
}

static void
any_order(void **state)
{
	struct ac_plan_doc docs[MAX_DOCS];
	struct ac_plan_author authors[MAX_AUTHORS];
	struct ac_buf a = { 0 }, b = { 0 };
	size_t i, turn, n = 0;

	(void)state;
	seed = 7;
	for (i = 0; i < ngoldens; i++)
		for (turn = 0; turn < 20; turn++) {
			struct ac_plan_input in = goldens[i].in;
			struct ac_plan p = make(&in);

			ac_buf_reset(&a);
			ac_buf_reset(&b);
			write_plan(&a, &p);
			memcpy(docs, in.docs, sizeof docs);
			memcpy(authors, in.authors, sizeof authors);
			shuffle(docs, in.ndocs, sizeof *docs);
			shuffle(authors, in.nauthors, sizeof *authors);
			in.docs = docs;
			in.authors = authors;
			in.careplan = shuffled(shuffled(shuffled(in.careplan, "activity"), "supportingInfo"),
				"instantiatesUri");
			p = make(&in);
			write_plan(&b, &p);
			if (a.len != b.len || memcmp(a.p, b.p, a.len))
				fail_msg("%s: another order gives\n%.*s\nand not\n%.*s", goldens[i].name, (int)b.len,
					(const char *)b.p, (int)a.len, (const char *)a.p);
			n++;
		}
	assert_true(n >= 600);
	ac_buf_free(&a);
	ac_buf_free(&b);
}

/* Whether a row's exposure names this one, and whether it could be there without it. */
static bool
names(const char *list, const char *code)
{
	size_t n = strlen(code);
	const char *s;

	for (s = strstr(list, code); s; s = strstr(s + 1, code))
		if ((s == list || s[-1] == ' ') && (!s[n] || s[n] == ' ' || s[n] == ','))
			return true;
	return false;
}

static bool
row_is_in(const struct ac_plan *p, const struct ac_plan_row *r, bool exposure)
{
	size_t i;

	for (i = 0; i < p->nrows; i++) {
		const struct ac_plan_row *o = &p->rows[i];

		if (!strcmp(o->item, r->item) && o->state == r->state && !strcmp(o->due, r->due)
		    && !strcmp(o->from, r->from) && !strcmp(o->until, r->until) && !strcmp(o->rule, r->rule)
		    && !strcmp(o->satisfied_by, r->satisfied_by) && !strcmp(o->by, r->by)
		    && (!exposure || !strcmp(o->exposure, r->exposure)))
			return true;
	}
	return false;
}

static unsigned
without(const struct golden *g, const char *code)
{
	static struct ac_arena other;
	struct ac_plan_doc docs[MAX_DOCS];
	struct ac_plan_input in = g->in;
	struct ac_plan with = make(&g->in), p = { .stage = "" };
	size_t i, n = 0;
	unsigned gone = 0;

	for (i = 0; i < in.ndocs; i++) {
		const struct ac_val *coding = ac_path_get(in.docs[i].body, "code.coding[0]");

		if (!coding || strcmp(string(coding, "system"), "urn:aftercare:plan")
		    || strcmp(string(coding, "code"), code))
			docs[n++] = in.docs[i];
	}
	in.docs = docs;
	in.ndocs = n;
	ac_arena_reset(&other);
	assert_int_equal(ac_plan_make(&p, &other, &in, NULL), AC_OK);
	for (i = 0; i < with.nrows; i++) {
		const struct ac_plan_row *r = &with.rows[i];
		bool mine = names(r->exposure, code), also = mine && strchr(r->exposure, ',');

		if (*r->by && mine)
			continue; /* what a clinician set stands */
		if (row_is_in(&p, r, !mine) != (!mine || also))
			fail_msg("%s without %s: %s for '%s'", g->name, code, r->item, r->exposure);
		gone += mine && !also;
	}
	for (i = 0; i < p.nrows; i++)
		if (!row_is_in(&with, &p.rows[i], false))
			fail_msg("%s without %s: %s is new", g->name, code, p.rows[i].item);
	ac_arena_free(&other);
	return gone;
}

static void
exposure_removed(void **state)
{
	unsigned gone = 0;
	size_t i, k;

	(void)state;
	for (i = 0; i < ngoldens; i++)
		for (k = 0; k < goldens[i].in.ndocs; k++) {
			const struct ac_val *c = ac_path_get(goldens[i].docs[k].body, "code.coding[0]");

			if (c && !strcmp(string(c, "system"), "urn:aftercare:plan")
			    && ac_plan_library_kin(library, string(c, "code")))
				gone += without(&goldens[i], string(c, "code"));
		}
	assert_true(gone > 50);
}

/* ---------------------------------------------------------------- oddities */

/* A copy in which about one value in `rate` is something else. */
static struct ac_val
spoil(const struct ac_val *v, uint32_t rate)
{
	static const char *const words[] = { "", "x", "2025-02-30", "9999-12-31", "0001-01-01", "skip.x.2025",
		"urn:aftercare:plan-template::", "cancelled", "a" };
	struct ac_val out = *v, *items;
	struct ac_pair *pairs;
	uint32_t i;

	if (!below(rate))
		switch (below(5)) {
		case 0: return ac_val_text(words[below(sizeof words / sizeof *words)]);
		case 1: return ac_val_int((int64_t)below(5000) - 10);
		case 2: return (struct ac_val){ .kind = AC_ARR };
		case 3: return (struct ac_val){ .kind = AC_MAP };
		default: return (struct ac_val){ .kind = AC_NIL };
		}
	if (v->kind == AC_ARR) {
		items = ac_arena_get(&kept, (v->n + 1) * sizeof *items);
		for (i = 0; i < v->n; i++)
			items[i] = spoil(&v->items[i], rate);
		out.items = items;
	} else if (v->kind == AC_MAP) {
		pairs = ac_arena_get(&kept, (v->n + 1) * sizeof *pairs);
		for (i = 0; i < v->n; i++) {
			pairs[i] = v->pairs[i];
			pairs[i].val = spoil(&v->pairs[i].val, rate);
		}
		out.pairs = pairs;
	}
	return out;
}

static void
odd_documents(void **state)
{
	struct ac_plan_doc docs[MAX_DOCS];
	unsigned made = 0, refused = 0;
	size_t i, k, turn;

	(void)state;
	seed = 11;
	for (turn = 0; turn < 60; turn++)
		for (i = 0; i < ngoldens; i++) {
			struct ac_plan_input in = goldens[i].in;
			struct ac_val plan = spoil(in.careplan, 12), body[MAX_DOCS];
			struct ac_plan p;
			struct ac_fault f;

			for (k = 0; k < in.ndocs; k++) {
				body[k] = spoil(in.docs[k].body, 20);
				docs[k] = (struct ac_plan_doc){ in.docs[k].ref, &body[k] };
			}
			in.careplan = &plan;
			in.docs = docs;
			ac_arena_reset(&work);
			if (ac_plan_make(&p, &work, &in, &f))
				refused++;
			else
				made++;
		}
	assert_true(made > 500 && refused > 20);
}

static void
little_memory(void **state)
{
	unsigned refused = 0, i;
	struct ac_fault f;
	struct ac_plan p;

	(void)state;
	for (i = 0; i < 200; i++) {
		struct ac_arena small = { .max = 16 + i * 400 };
		enum ac_err err = ac_plan_make(&p, &small, &goldens[ngoldens - 1].in, &f);

		assert_true(!err || err == AC_ENOMEM);
		refused += err == AC_ENOMEM;
		ac_arena_free(&small);
	}
	assert_true(refused > 10 && refused < 200);
}

static void
bad_days(void **state)
{
	static const char *const bad[] = { "", "2025", "2025-02", "2025-02-30", "2025-02-03T00:00:00Z", "today" };
	struct ac_plan_input in = goldens[0].in;
	struct ac_plan p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		in.on = bad[i];
		assert_int_equal(ac_plan_make(&p, &work, &in, NULL), AC_EUSAGE);
	}
	in.on = NULL;
	assert_int_equal(ac_plan_make(&p, &work, &in, NULL), AC_EUSAGE);
	in.on = "2025-01-01";
	in.birth = "1990-13";
	assert_int_equal(ac_plan_make(&p, &work, &in, NULL), AC_EUSAGE);
	in.birth = "";
	assert_int_equal(ac_plan_make(&p, &work, &in, NULL), AC_OK);
	in.careplan = goldens[0].docs[0].body;
	assert_int_equal(ac_plan_make(&p, &work, &in, NULL), AC_EINVAL);
}

/* --------------------------------------------------------------- templates */

#define LINE "\"source\":\"s\",\"mark\":\"V\",\"reviewed\":true"
#define HEAD "{\"format\":1,\"name\":\"t\",\"edition\":1,\"title\":\"T\",\"about\":\"A\",\"stage\":\"ongoing\",\"source\":\"s\",\n"
#define SOURCES "\"sources\":[{\"id\":\"s\",\"name\":\"S\"}],\n"
#define MORE "\"exposures\":[{\"exposure\":\"e\",\"title\":\"E\",\"unit\":\"Gy\",\"is\":[\"e\"]}]," \
	"\"tests\":[{\"test\":\"x\",\"codes\":[{\"system\":\"u\",\"code\":\"c\",\"types\":[\"Basic\"]}]}],\n"
#define ITEM1 "{\"item\":\"i\",\"title\":\"T\",\"reason\":\"R\",\"tests\":[\"x\"],\"when\":[{\"exposure\":\"e\"," \
	"\"at_least\":1,\"unit\":\"Gy\"}]," LINE ",\n\"phases\":[{\"from\":0,\"until\":6,\"min\":1,\"max\":2,\"unit\":\"mo\"," \
	"\"early\":3,\"rule\":\"r\"," LINE "},\n{\"from\":6,\"rule\":\"r\",\"coverage\":{\"early\":5,\"rule\":\"c\"," LINE "}," LINE "}]}"
static const char good[] = HEAD SOURCES MORE "\"items\":[\n" ITEM1 "]}";

/* The good one with the first `from` replaced; `line`: where the fault is, 0: anywhere. */
static const struct { const char *from, *to; unsigned line; } strict[] = {
	{ "\"about\"", "\"abuot\"", 1 }, { "\"format\":1", "\"format\":2", 1 }, { "\"edition\":1", "\"edition\":0", 1 },
	{ "\"edition\":1", "\"edition\":\"1\"", 1 }, { "\"name\":\"t\"", "\"name\":\"T T\"", 1 },
	{ "\"name\":\"t\"", "\"name\":3", 1 }, { "\"title\":\"T\"", "\"title\":\"\"", 1 },
	{ "ongoing", "asleep", 1 }, { "\"source\":\"s\"", "\"source\":\"q\"", 1 },
	{ "\"stage\"", "\"title\"", 0 }, { "{\"id\":\"s\",", "{\"id\":\"s\",\"note\":\"x\",", 2 },
	{ "[{\"id\":\"s\",\"name\":\"S\"}]", "[]", 2 }, { "\"is\":[\"e\"]", "\"is\":[\"f\"]", 0 },
	{ "\"is\":[\"e\"]", "\"is\":\"e\"", 3 }, { "\"types\":[\"Basic\"]", "\"type\":[\"Basic\"]", 3 },
	{ "\"types\":[\"Basic\"]", "\"types\":[]", 3 }, { "\"tests\":[\"x\"]", "\"tests\":[\"y\"]", 5 },
	{ "\"exposure\":\"e\",\"at", "\"exposure\":\"g\",\"at", 0 }, { ",\"unit\":\"Gy\"}]", "}]", 5 },
	{ ",\"unit\":\"Gy\"}]", ",\"unit\":\"mg\"}]", 0 }, { "\"at_least\":1", "\"at_least\":\"1\"", 5 },
	{ "\"at_least\":1", "\"at_least\":1,\"dose\":\"unknown\"", 5 }, { "\"at_least\":1", "\"atleast\":1", 5 },
	{ "\"at_least\":1", "\"dose\":\"unknown\"", 5 }, { "\"mark\":\"V\"", "\"mark\":\"M\"", 5 },
	{ "\"mark\":\"V\"", "\"mark\":\"W\"", 5 }, { "\"reviewed\":true", "\"reviewed\":1", 5 },
	{ "\"reviewed\":true,\n", "\"beside\":1,\"reviewed\":true,\n", 5 }, { "\"from\":0", "\"from\":1", 6 },
	{ "\"from\":0,", "", 6 }, { "\"from\":6", "\"from\":7", 7 }, { "\"until\":6", "\"until\":0", 6 },
	{ "\"until\":6", "\"until\":-6", 6 }, { "\"until\":6", "\"until\":4801", 6 }, { "\"until\":6,", "", 7 },
	{ "\"min\":1", "\"min\":3", 6 }, { "\"min\":1", "\"min\":0", 6 }, { "\"min\":1,", "", 6 },
	{ "\"min\":1", "\"min\":1.5", 6 }, { "\"unit\":\"mo\"", "\"unit\":\"m\"", 6 }, { "\"unit\":\"mo\",", "", 6 },
	{ "\"early\":3", "\"early\":28", 6 }, { "\"min\":1,\"max\":2,\"unit\":\"mo\",", "", 6 },
	{ "\"rule\":\"r\",", "", 6 }, { "\"rule\":\"r\"", "\"rule\":\"r\",\"due\":\"2025-01-01\"", 6 },
	{ "\"early\":5", "\"late\":5", 7 }, { "\"early\":5", "\"early\":-5", 7 }, { "\"rule\":\"c\",", "", 7 },
	{ "\"early\":5,\"rule\":\"c\"," LINE, "", 7 }, { "\"coverage\":{", "\"coverage\":[{", 0 },
	{ "{\"from\":6", "{\"from\":6,\"min\":1,\"max\":1,\"unit\":\"d\"", 7 },
	{ "\"items\":[", "\"with\":[\"p:1\"],\"items\":[", 4 }, { "\"items\":[", "\"with\":[\"t:1\"],\"items\":[", 4 },
	{ "\"items\":[\n", "\"items\":[\n" ITEM1 ",", 0 }, { "\"items\":[", "\"items\":{", 0 }, { "\"items\"", "\"itmes\"", 0 },
};

static enum ac_err
read_one(const char *text, struct ac_fault *f)
{
	const struct ac_plan_library *lib;
	struct ac_plan_text t = { "t-1", text, strlen(text) };

	ac_arena_reset(&work);
	return ac_plan_library_read(&lib, &work, &t, 1, f);
}

static void
strictly(void **state)
{
	char text[2048];
	struct ac_fault f = { "", 0, 0 };
	const char *at;
	size_t i, n;

	(void)state;
	if (read_one(good, &f))
		fail_msg("%s", f.text);
	for (i = 0; i < sizeof strict / sizeof *strict; i++) {
		assert_non_null(at = strstr(good, strict[i].from));
		n = (size_t)(at - good);
		snprintf(text, sizeof text, "%.*s%s%s", (int)n, good, strict[i].to, at + strlen(strict[i].from));
		f = (struct ac_fault){ "", 0, 0 };
		if (read_one(text, &f) != AC_EINVAL)
			fail_msg("%s for %s is accepted", strict[i].to, strict[i].from);
		if (!*f.text || !f.line || (strict[i].line && f.line != strict[i].line))
			fail_msg("%s for %s: line %u: %s", strict[i].to, strict[i].from, f.line, f.text);
	}
}

static void
listed(void **state)
{
	const struct ac_plan_template *t, *before = NULL;
	const struct ac_plan_exposure *e;
	size_t i, k, n, lines = 0, endings = 0;

	(void)state;
	for (i = 0; (t = ac_plan_library_template(library, i)); before = t, i++) {
		assert_true(t->stage && *t->name && *t->title && *t->about && *t->source && t->edition);
		assert_false(t->reviewed); /* each takes in lines from memory */
		assert_true(!before || strcmp(before->name, t->name) < 0);
	}
	assert_int_equal(i, 6);
	for (i = 0; (e = ac_plan_library_exposure(library, i)); i++)
		assert_true(*e->code && *e->title);
	assert_int_equal(i, 27);
	for (i = 0; i < library->nfiles; i++)
		for (k = 0; k < library->files[i].nitems; k++)
			for (n = 0; n < library->files[i].items[k].nphases; n++, lines++) {
				const struct ac_plan_line *l = &library->files[i].items[k].phases[n].line;
				const char *rule = library->files[i].items[k].phases[n].rule;

				assert_true(l->mark == 'V' || !l->reviewed);
				assert_true(rule[strlen(rule) - 1] == '.'); /* a whole sentence */
				if (!(rule = library->files[i].items[k].phases[n].coverage.rule))
					continue;
				assert_true(rule[strlen(rule) - 1] == '.');
				/* the days are nobody's but this program's */
				assert_false(library->files[i].items[k].phases[n].coverage.line.reviewed);
				endings++;
			}
	assert_true(lines > 80);
	assert_int_equal(endings, 1);
}

/* The lines that were compared with their source: each that is not here has none that was noted, or
 * is from memory. An item, and with a number one of its phases. */
static const char *const compared[] = {
	"adult-all-acs visit", "adult-all-acs visit 0", "adult-all-acs blood-count 0",
	"adult-all-ccs visit", "adult-all-ccs visit 0", "adult-all-ccs visit 1", "adult-all-ccs visit 2",
	"adult-all-nccn-2017 visit", "adult-all-nccn-2017 visit 0", "adult-all-nccn-2017 visit 1", "adult-all-nccn-2017 visit 2",
	"late-effects echocardiogram-250", "late-effects echocardiogram-250 0",
	"late-effects echocardiogram-100", "late-effects echocardiogram-100 0",
	"late-effects echocardiogram-below-100", "late-effects echocardiogram-below-100 0",
	"late-effects echocardiogram-dose-unknown", "late-effects echocardiogram-dose-unknown 0",
	"living symptoms", "living symptoms 0", "living side-effects", "living side-effects 0", "living food", "living food 0",
	"living movement", "living movement 0", "living tobacco", "living tobacco 0", "living weight", "living weight 0",
	"living insurance", "living insurance 0", "living people", "living people 0", "living copies", "living copies 0",
	"living care-plan", "living care-plan 0",
};

static void
line_is(const char *file, const char *item, int phase, bool reviewed)
{
	char name[128];
	size_t i;

	snprintf(name, sizeof name, phase < 0 ? "%s %s" : "%s %s %d", file, item, phase);
	for (i = 0; i < sizeof compared / sizeof *compared && strcmp(compared[i], name); i++)
		;
	if (reviewed != (i < sizeof compared / sizeof *compared))
		fail_msg("%s says that it is %sreviewed", name, reviewed ? "" : "not ");
}

static void
marks(void **state)
{
	size_t i, k, n, reviewed = 0;

	(void)state;
	for (i = 0; i < library->nfiles; i++)
		for (k = 0; k < library->files[i].nitems; k++) {
			const struct ac_plan_item *item = &library->files[i].items[k];

			line_is(library->files[i].about.name, item->name, -1, item->line.reviewed);
			reviewed += item->line.reviewed;
			for (n = 0; n < item->nphases; n++) {
				line_is(library->files[i].about.name, item->name, (int)n, item->phases[n].line.reviewed);
				reviewed += item->phases[n].line.reviewed;
			}
		}
	assert_int_equal(reviewed, sizeof compared / sizeof *compared);
}

/* A row is reviewed only if its item and its phase are. */
static void
reviewed_both(void **state)
{
	const struct ac_plan_file *f = ac_plan_library_find(library, "adult-all-ccs", 13, 1);
	struct ac_plan_item *visit = &f->items[0];
	size_t i = 0;

	(void)state;
	while (strcmp(goldens[i].name, "ccs-first-year.json"))
		i++;
	assert_string_equal(visit->name, "visit");
	assert_null(golden_differs(&goldens[i]));
	visit->line.reviewed = false;
	assert_non_null(golden_differs(&goldens[i]));
	visit->line.reviewed = true;
	visit->phases[0].line.reviewed = false;
	assert_non_null(golden_differs(&goldens[i]));
	visit->phases[0].line.reviewed = true;
}

/* The program's templates, and a second edition of one that has other words. */
static const struct ac_plan_library *
two_editions(void)
{
	size_t n = 0, i, k;
	const struct ac_plan_text *data = ac_plan_data(&kept, &n);
	struct ac_plan_text *more = ac_arena_get(&kept, (n + 1) * sizeof *more);
	const struct ac_plan_library *out = NULL;
	struct ac_fault f = { "", 0, 0 };
	char *text, *at;

	for (i = k = 0; i < n; i++) {
		more[i] = data[i];
		if (!strcmp(data[i].name, "all-ongoing-1"))
			k = i;
	}
	text = ac_arena_text(&kept, data[k].text, data[k].n);
	assert_non_null(at = strstr(text, "\"edition\": 1"));
	at[11] = '2';
	assert_non_null(at = strstr(text, "Visit to the"));
	memcpy(at, "Going to the", 12);
	more[n] = (struct ac_plan_text){ "all-ongoing-2", text, data[k].n };
	if (ac_plan_library_read(&out, &kept, more, n + 1, &f))
		fail_msg("%s", f.text);
	more[n] = data[k]; /* the same twice */
	assert_int_equal(ac_plan_library_read(&out, &kept, more, n + 1, &f), AC_EINVAL);
	return out;
}

static void
editions(void **state)
{
	static const struct { const char *uris, *title; } table[] = {
		{ "[\"urn:aftercare:plan-template:all-ongoing:1\"]", "Visit to the treatment team" },
		{ "[\"urn:aftercare:plan-template:all-ongoing:2\"]", "Going to the treatment team" },
		{ "[\"urn:aftercare:plan-template:all-ongoing:2\",\"urn:aftercare:plan-template:all-ongoing:1\"]",
		  "Going to the treatment team" },
		{ "[\"urn:aftercare:plan-template:all-ongoing:1\",\"urn:aftercare:plan-template:all-ongoing:2\"]",
		  "Going to the treatment team" },
		{ "[\"urn:aftercare:plan-template:all-ongoing:3\"]", NULL },
		{ "[\"urn:aftercare:plan-template:all-ongoing:1x\"]", NULL },
		{ "[\"urn:aftercare:plan-template:all-ongoing\"]", NULL },
		{ "[\"urn:aftercare:plan-template:all-ongoing:4294967297\"]", NULL },
		{ "[\"urn:aftercare:plan-template:living:1\"]", NULL }, /* a part */
		{ "[\"http://example.org/all-ongoing:1\"]", NULL },
	};
	const struct ac_plan_library *lib = two_editions();
	const struct ac_val *uris = NULL;
	struct ac_plan_input in;
	size_t g = 0, i, k;

	(void)state;
	while (strcmp(goldens[g].name, "ongoing-month-end.json"))
		g++;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		struct ac_plan p;
		const char *title = NULL;

		in = goldens[g].in;
		in.lib = lib;
		assert_int_equal(ac_json_read(&uris, &kept, table[i].uris, strlen(table[i].uris), NULL), AC_OK);
		in.careplan = ac_val_set(&kept, in.careplan, "instantiatesUri", uris);
		p = make(&in);
		for (k = 0; k < p.nrows; k++)
			if (!strcmp(p.rows[k].item, "visit"))
				title = p.rows[k].title;
		assert_true(!title == !table[i].title);
		if (title)
			assert_string_equal(title, table[i].title);
	}
}

/* What supportingInfo may name: a ref, or type and id at the end of a URL. */
static void
references(void **state)
{
	static const struct { const char *ref; bool found; } table[] = {
		{ "Observation/stage-ongoing", true }, { "Observation/stage-ongoing~lab", true },
		{ "https://h.example/fhir/Observation/stage-ongoing", true }, { "/Observation/stage-ongoing", true },
		{ "Observation/stage-ongoing~other", false }, { "Observation/ongoing", false },
		{ "Observation/stage-ongoin", false }, { "Condition99/stage-ongoing", false },
		{ "xObservation/stage-ongoing", false }, { "Observation-stage-ongoing", false }, { "", false },
		{ "Observation/other", false }, /* names another document */
	};
	struct ac_plan_doc docs[MAX_DOCS];
	struct ac_plan_input in;
	size_t g = 0, i;

	(void)state;
	while (strcmp(goldens[g].name, "ongoing-month-end.json"))
		g++;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		struct ac_val ref = ac_val_text(table[i].ref);
		struct ac_plan p;

		in = goldens[g].in;
		memcpy(docs, in.docs, sizeof docs);
		docs[0].ref = "Observation/stage-ongoing~lab";
		docs[1].ref = "Observation/other";
		in.docs = docs;
		assert_int_equal(ac_path_set(&in.careplan, &kept, in.careplan, "supportingInfo[0].reference", &ref,
			NULL), AC_OK);
		p = make(&in);
		if (strcmp(p.stage, table[i].found ? "ongoing" : ""))
			fail_msg("%s: stage '%s'", table[i].ref, p.stage);
	}
}

/* Ends of an insurance at the edges of the calendar, and one that is no date. */
static void
insurance_ends(void **state)
{
	static const struct { const char *end, *after, *due, *from, *until; } table[] = {
		{ "2026-04-15", NULL, "", "", "" }, /* another without an end follows on that day */
		{ "2026-04-15", "soon", "2026-04-15", "2026-02-14", "2026-04-15" },
		{ "soon", "soon", "", "", "" },
		{ "0001-01-10", "soon", "0001-01-10", "0001-01-01", "0001-01-10" },
		{ "9999", "soon", "9999-01-01", "9998-11-02", "9999-12-31" },
	};
	struct ac_plan_doc docs[MAX_DOCS];
	struct ac_plan_input in;
	size_t g = 0, i, k;

	(void)state;
	while (strcmp(goldens[g].name, "insurance-no-anchor.json"))
		g++;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		struct ac_val end = ac_val_text(table[i].end), begin = ac_val_text("2026-04-15"), after;
		const struct ac_plan_row *r = NULL;
		struct ac_plan p;

		in = goldens[g].in;
		memcpy(docs, in.docs, sizeof docs);
		in.docs = docs;
		assert_string_equal(docs[1].ref, "Coverage/legal");
		assert_string_equal(docs[2].ref, "Coverage/next");
		assert_string_equal(docs[3].ref, "Coverage/teeth");
		docs[3] = docs[--in.ndocs];
		assert_int_equal(ac_path_set(&docs[1].body, &kept, docs[1].body, "period.end", &end, NULL), AC_OK);
		assert_int_equal(ac_path_set(&docs[2].body, &kept, docs[2].body, "period.start", &begin, NULL), AC_OK);
		if (table[i].after) {
			after = ac_val_text(table[i].after);
			assert_int_equal(ac_path_set(&docs[2].body, &kept, docs[2].body, "period.end", &after, NULL), AC_OK);
		}
		p = make(&in);
		for (k = 0; k < p.nrows && !r; k++)
			if (!strcmp(p.rows[k].item, "insurance"))
				r = &p.rows[k];
		assert_non_null(r);
		if (strcmp(r->due, table[i].due) || strcmp(r->from, table[i].from) || strcmp(r->until, table[i].until))
			fail_msg("%s: %s, %s to %s", table[i].end, r->due, r->from, r->until);
	}
}

/* ------------------------------------------------------------- small parts */

static void
days(void **state)
{
	static const struct { const char *from; uint32_t n; enum ac_day_unit unit; const char *to; } table[] = {
		{ "2024-01-31", 1, AC_DAY_MO, "2024-02-29" }, { "2023-01-31", 1, AC_DAY_MO, "2023-02-28" },
		{ "2024-02-29", 1, AC_DAY_A, "2025-02-28" }, { "2024-02-29", 4, AC_DAY_A, "2028-02-29" },
		{ "1896-02-29", 4, AC_DAY_A, "1900-02-28" }, { "2024-11-30", 3, AC_DAY_MO, "2025-02-28" },
		{ "2024-12-31", 1, AC_DAY_D, "2025-01-01" }, { "2024-02-26", 1, AC_DAY_WK, "2024-03-04" },
		{ "9999-12-01", 30, AC_DAY_D, "9999-12-31" }, { "0001-01-01", 12, AC_DAY_MO, "0002-01-01" },
	};
	struct ac_days d;
	char s[11];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		assert_true(ac_day_read(&d, table[i].from));
		ac_day_write(s, ac_day_add(d.first, table[i].n, table[i].unit));
		assert_string_equal(s, table[i].to);
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(ac_day_add(AC_DAY_MAX, 1, (enum ac_day_unit)i), AC_DAY_MAX + 1);
	assert_true(ac_day_read(&d, "2024-02"));
	assert_int_equal(d.last - d.first, 28);
	assert_true(ac_day_read(&d, "2023"));
	assert_int_equal(d.last - d.first, 364);
	assert_false(ac_day_read(&d, "2023-02-29"));
}

static void
doses(void **state)
{
	/* ascending; within a group the same */
	static const char *const groups[][4] = { { "-3" }, { "-0.5", "-5e-1" }, { "0", "0.00", "-0", "0e9" },
		{ "1e-30" }, { "0.05", "5e-2", "0.0500" }, { "99.99", "9999e-2" }, { "100", "100.0", "1e2", "0.1e3" },
		{ "100.00000000000000000000000000000001" }, { "250", "2.5E+2" }, { "18446744073709551615" }, { "1e400" } };
	const size_t n = sizeof groups / sizeof *groups;
	const struct ac_val *x = NULL, *y = NULL;
	size_t i, j, k, l;

	(void)state;
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			for (k = 0; k < 4 && groups[i][k]; k++)
				for (l = 0; l < 4 && groups[j][l]; l++) {
					int c, want = (i > j) - (i < j);

					ac_arena_reset(&work);
					assert_int_equal(ac_json_read(&x, &work, groups[i][k], strlen(groups[i][k]), NULL), 0);
					assert_int_equal(ac_json_read(&y, &work, groups[j][l], strlen(groups[j][l]), NULL), 0);
					c = ac_plan_dose_order(x, y);
					if ((c > 0) - (c < 0) != want)
						fail_msg("%s and %s: %d", groups[i][k], groups[j][l], c);
				}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days), cmocka_unit_test(doses), cmocka_unit_test(strictly),
		cmocka_unit_test(listed), cmocka_unit_test(valid), cmocka_unit_test(by_hand),
		cmocka_unit_test(ordered), cmocka_unit_test(any_order), cmocka_unit_test(exposure_removed),
		cmocka_unit_test(held_fast), cmocka_unit_test(odd_documents), cmocka_unit_test(little_memory),
		cmocka_unit_test(bad_days), cmocka_unit_test(marks), cmocka_unit_test(reviewed_both), cmocka_unit_test(editions),
		cmocka_unit_test(references), cmocka_unit_test(insurance_ends),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
