/* SPDX-License-Identifier: ISC */
/*
 * Who wrote an activity of a plan last. FHIR does not say; the versions do.
 *
 * Method: a version wrote an activity when the activity is not the same in any of its
 * parents; so a version that only joins two does not count, and who settles a dispute by
 * taking a side leaves that side's author. Of those that wrote what is seen now the newest
 * counts. What is seen may be joined of two: then it is the newest's of the owners' side,
 * for nobody but a clinician speaks as one.
 */
#include <string.h>

#include "store/careplan.h"

static const struct ac_val *
activity(const struct ac_val *careplan, const char *id)
{
	const struct ac_val *list = ac_val_get(careplan, "activity");
	const char *s;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((s = ac_val_str(&list->items[i], "id")) && !strcmp(s, id))
			return &list->items[i];
	return NULL;
}

static bool
same(const struct ac_val *x, const struct ac_val *y)
{
	return x && y ? ac_val_equal(x, y) : x == y;
}

static bool
wrote(const struct ac_graph *g, uint32_t node, const char *id)
{
	const struct ac_val *now = activity(g->nodes[node].body, id);
	uint32_t i;

	for (i = 0; now && i < g->nodes[node].nparents; i++)
		if (same(now, activity(g->nodes[g->nodes[node].parents[i]].body, id)))
			return false;
	return now != NULL;
}

static bool
newer(const struct ac_graph *g, uint32_t x, uint32_t than)
{
	const struct ac_node *p = &g->nodes[x], *q = &g->nodes[than];

	return p->time != q->time ? p->time > q->time : memcmp(p->id, q->id, 32) > 0;
}

/* How well a version fits as the author: what is seen now; an owner's; any. */
static int
rank(const struct ac_graph *g, uint32_t node, const struct ac_val *seen, const char *id)
{
	if (same(activity(g->nodes[node].body, id), seen))
		return 2;
	return g->nodes[node].guest ? 0 : 1;
}

enum ac_err
ac_careplan_authors(const struct ac_plan_author **out, size_t *n, struct ac_arena *a, struct ac_space *s, int64_t doc,
	const struct ac_val *careplan, struct ac_fault *f)
{
	const struct ac_val *list = ac_val_get(careplan, "activity");
	uint32_t count = list && list->kind == AC_ARR ? list->n : 0, i, j, best;
	struct ac_plan_author *authors = ac_arena_get(a, (count + 1) * sizeof *authors);
	struct ac_graph g;
	const char *id, *device;
	enum ac_err err;

	*n = 0;
	*out = authors;
	if (!authors)
		return AC_ENOMEM;
	if (!count)
		return AC_OK;
	if ((err = ac_docs_graph(&g, a, s, doc, f)))
		return err;
	for (i = 0; i < count; i++) {
		if (!(id = ac_val_str(&list->items[i], "id")))
			continue;
		for (j = 0, best = UINT32_MAX; j < g.n; j++)
			if (wrote(&g, j, id) && (best == UINT32_MAX
			    || rank(&g, j, &list->items[i], id) > rank(&g, best, &list->items[i], id)
			    || (rank(&g, j, &list->items[i], id) == rank(&g, best, &list->items[i], id) && newer(&g, j, best))))
				best = j;
		if (best == UINT32_MAX)
			continue;
		authors[*n].activity = id;
		authors[*n].clinician = g.nodes[best].guest;
		ac_author_name(&authors[*n].name, &device, a, s, g.versions[best].member, g.source);
		++*n;
	}
	return AC_OK;
}
