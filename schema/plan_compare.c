/* SPDX-License-Identifier: ISC */
/* In what two plans differ, item by item. An item is told by its first row, which is the open
 * one where there is one, and by how many records count for it. */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

static int
row_order(const void *x, const void *y)
{
	const struct ac_plan_row *a = *(const struct ac_plan_row *const *)x, *b = *(const struct ac_plan_row *const *)y;
	int c = strcmp(a->item, b->item);

	return c ? c : (a > b) - (a < b);
}

/* The rows of a plan by item, each item's as they stand there. */
static const struct ac_plan_row **
by_item(struct ac_arena *a, const struct ac_plan *p)
{
	const struct ac_plan_row **out = ac_arena_get(a, (p->nrows + 1) * sizeof *out);
	size_t i;

	for (i = 0; out && i < p->nrows; i++)
		out[i] = &p->rows[i];
	if (out && p->nrows)
		qsort(out, p->nrows, sizeof *out, row_order);
	return out;
}

/* The item at *i: its first row, and how many are done; *i moves on to the next item. */
static const struct ac_plan_row *
item(const struct ac_plan_row *const *rows, size_t n, size_t *i, size_t *done)
{
	const struct ac_plan_row *first = rows[*i];

	for (*done = 0; *i < n && !strcmp(rows[*i]->item, first->item); ++*i)
		*done += rows[*i]->state == AC_PLAN_DONE;
	return first;
}

static bool
same(const struct ac_plan_row *x, const struct ac_plan_row *y)
{
	return x->state == y->state && x->reviewed == y->reviewed && x->beside == y->beside && x->min == y->min
		&& x->max == y->max && !strcmp(x->title, y->title) && !strcmp(x->due, y->due) && !strcmp(x->from, y->from)
		&& !strcmp(x->until, y->until) && !strcmp(x->reason, y->reason) && !strcmp(x->rule, y->rule)
		&& !strcmp(x->exposure, y->exposure) && !strcmp(x->source, y->source) && !strcmp(x->url, y->url)
		&& !strcmp(x->by, y->by) && !strcmp(x->unit, y->unit) && !strcmp(x->booked, y->booked) && !strcmp(x->missed, y->missed)
		&& !strcmp(x->satisfied_by, y->satisfied_by);
}

enum ac_err
ac_plan_compare(const struct ac_plan_change **out, size_t *n, struct ac_arena *a, const struct ac_plan *before,
	const struct ac_plan *after)
{
	const struct ac_plan_row **x = by_item(a, before), **y = by_item(a, after);
	struct ac_plan_change *list = ac_arena_get(a, (before->nrows + after->nrows + 1) * sizeof *list);
	size_t i = 0, j = 0;

	*n = 0;
	*out = list;
	if (!x || !y || !list)
		return AC_ENOMEM;
	while (i < before->nrows || j < after->nrows) {
		struct ac_plan_change c = { .was = NULL };
		int order = i == before->nrows ? 1 : j == after->nrows ? -1 : strcmp(x[i]->item, y[j]->item);

		if (order <= 0)
			c.was = item(x, before->nrows, &i, &c.was_done);
		if (order >= 0)
			c.becomes = item(y, after->nrows, &j, &c.becomes_done);
		if (order || c.was_done != c.becomes_done || !same(c.was, c.becomes))
			list[(*n)++] = c;
	}
	return AC_OK;
}
