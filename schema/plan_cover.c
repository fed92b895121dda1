/* SPDX-License-Identifier: ISC */
/*
 * Until when somebody is insured: PLAN.md, "What ends".
 *
 * Method: of each kind, from the last end on, the latest beginning that was met so far tells
 * whether a later Coverage follows; then the same over all kinds. A beginning that is not known
 * may be any day; but of one without an end either day may be missing for no reason, so there it
 * is none.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

struct period {
	struct ac_plan_cover cover;
	const char *kind;              /* of insurance, "" where it is not said */
	struct ac_days begin;          /* last: AC_DAY_MIN - 1 where it tells nothing */
	bool followed;
};

enum { NO_END = AC_DAY_MAX + 1 };

/* The first code of its type, else the text. */
static const char *
kind(struct ac_plan_reading *x, const struct ac_val *doc)
{
	const struct ac_val *type = ac_val_get(doc, "type"), *codings = ac_val_list(type, "coding");
	const char *code = NULL, *system = NULL, *text = ac_val_str(type, "text");
	struct ac_buf b = { 0 };
	uint32_t i;

	for (i = 0; i < codings->n && !code; i++)
		if ((code = ac_val_str(&codings->items[i], "code")))
			system = ac_val_str(&codings->items[i], "system");
	if (!code)
		return text ? text : "";
	x->err = ac_buf_addf(&b, "%s|%s", system ? system : "", code);
	if (!x->err && !(code = ac_arena_text(x->a, (const char *)b.p, b.len)))
		x->err = AC_ENOMEM;
	ac_buf_free(&b);
	return x->err ? "" : code;
}

/* By the end, the last first. */
static int
end_order(const void *p, const void *q)
{
	const struct period *x = p, *y = q;

	return (x->cover.end.last < y->cover.end.last) - (x->cover.end.last > y->cover.end.last);
}

static int
kind_order(const void *p, const void *q)
{
	const struct period *x = p, *y = q;
	int c = strcmp(x->kind, y->kind);

	return c ? c : end_order(p, q);
}

/* Marks those in their order after which a later one begins: of one kind no earlier than they begin,
 * of any, and where it has no end, no earlier than they end. */
static void
follow(struct period *c, size_t n, bool kin)
{
	int32_t begins = AC_DAY_MIN - 1;
	size_t i, k, j;

	for (i = 0; i < n; i = k) {
		if (kin && i && strcmp(c[i].kind, c[i - 1].kind))
			begins = AC_DAY_MIN - 1;
		for (k = i; k < n && !(kin ? kind_order : end_order)(&c[i], &c[k]); k++)
			if (begins >= (kin ? c[k].begin.first : c[k].cover.end.first))
				c[k].followed = true;
		for (j = i; j < k; j++)
			if (begins < c[j].begin.last && !(kin && c[j].cover.end.last == NO_END))
				begins = c[j].begin.last;
	}
}

static int
cover_order(const void *p, const void *q)
{
	const struct ac_plan_cover *x = p, *y = q;

	if (x->end.first != y->end.first)
		return x->end.first < y->end.first ? -1 : 1;
	if (x->end.last != y->end.last)
		return x->end.last < y->end.last ? -1 : 1;
	return strcmp(x->ref, y->ref);
}

static void
covers(struct ac_plan_reading *x)
{
	static const char *const active[] = { "active", NULL };
	struct ac_plan_facts *o = x->out;
	struct period *all = ac_plan_get(x, x->in->ndocs, sizeof *all);
	size_t i, n = 0, k;

	o->covers = ac_plan_get(x, x->in->ndocs, sizeof *o->covers);
	for (i = 0; !x->err && i < x->in->ndocs; i++) {
		const struct ac_val *doc = x->in->docs[i].body, *period = ac_val_get(doc, "period");
		const char *type = ac_val_str(doc, "resourceType");
		struct period c = { { x->in->docs[i].ref, { NO_END, NO_END } }, NULL, { AC_DAY_MIN, AC_DAY_MIN - 1 }, false };

		if (!type || strcmp(type, "Coverage") || !ac_plan_read_is(ac_val_str(doc, "status"), active))
			continue;
		if (!ac_day_read(&c.cover.end, ac_val_str(period, "end")) && ac_val_get(period, "end"))
			continue;
		if (!ac_day_read(&c.begin, ac_val_str(period, "start")) && c.cover.end.last != NO_END)
			c.begin.last = AC_DAY_MAX;
		c.kind = kind(x, doc);
		all[n++] = c;
	}
	if (x->err || !n)
		return;
	qsort(all, n, sizeof *all, kind_order);
	follow(all, n, true);
	qsort(all, n, sizeof *all, end_order);
	follow(all, n, false);
	for (i = 0; i < n; i++)
		if (!all[i].followed && all[i].cover.end.last != NO_END)
			o->covers[o->ncovers++] = all[i].cover;
	qsort(o->covers, o->ncovers, sizeof *o->covers, cover_order);
	for (i = k = 0; i < o->ncovers; i++)
		if (!k || o->covers[k - 1].end.first != o->covers[i].end.first)
			o->covers[k++] = o->covers[i];
	o->ncovers = k;
}

enum ac_err
ac_plan_covers(struct ac_plan_facts *out, struct ac_arena *a, const struct ac_plan_input *in)
{
	struct ac_plan_reading x = { out, in, a, NULL, AC_OK };

	covers(&x);
	return x.err;
}
