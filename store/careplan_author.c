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
#include <stdlib.h>
#include <string.h>

#include "store/careplan.h"

/* The activities of one version that have an id, by id, as they stand within one. */
struct listed { const char *id; const struct ac_val *v; };
struct version { struct listed *by_id; size_t n; };

struct search {
	const struct ac_graph *g;
	struct version *versions;  /* of each node */
};

static int
order(const void *p, const void *q)
{
	const struct listed *x = p, *y = q;
	int c = strcmp(x->id, y->id);

	return c ? c : (x->v > y->v) - (x->v < y->v);
}

static enum ac_err
list(struct version *out, struct ac_arena *a, const struct ac_val *careplan)
{
	const struct ac_val *v = ac_val_get(careplan, "activity");
	uint32_t i, n = v && v->kind == AC_ARR ? v->n : 0;

	if (!(out->by_id = ac_arena_get(a, (n + 1) * sizeof *out->by_id)))
		return AC_ENOMEM;
	for (i = 0; i < n; i++)
		if ((out->by_id[out->n].id = ac_val_str(&v->items[i], "id")))
			out->by_id[out->n++].v = &v->items[i];
	qsort(out->by_id, out->n, sizeof *out->by_id, order);
	return AC_OK;
}

static const struct ac_val *
activity(const struct search *x, uint32_t node, const char *id)
{
	const struct version *v = &x->versions[node];
	size_t low = 0, high = v->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(v->by_id[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < v->n && !strcmp(v->by_id[low].id, id) ? v->by_id[low].v : NULL;
}

static bool
same(const struct ac_val *x, const struct ac_val *y)
{
	return x && y ? ac_val_equal(x, y) : x == y;
}

static bool
wrote(const struct search *x, uint32_t node, const char *id)
{
	const struct ac_val *now = activity(x, node, id);
	uint32_t i;

	for (i = 0; now && i < x->g->nodes[node].nparents; i++)
		if (same(now, activity(x, x->g->nodes[node].parents[i], id)))
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
rank(const struct search *x, uint32_t node, const struct ac_val *seen, const char *id)
{
	if (same(activity(x, node, id), seen))
		return 2;
	return x->g->nodes[node].guest ? 0 : 1;
}

enum ac_err
ac_careplan_authors(const struct ac_plan_author **out, size_t *n, struct ac_arena *a, struct ac_space *s, int64_t doc,
	const struct ac_val *careplan, struct ac_fault *f)
{
	const struct ac_val *seen = ac_val_get(careplan, "activity");
	uint32_t count = seen && seen->kind == AC_ARR ? seen->n : 0, i, j, best;
	struct ac_plan_author *authors = ac_arena_get(a, (count + 1) * sizeof *authors);
	struct ac_graph g;
	struct search x = { .g = &g };
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
	if (!(x.versions = ac_arena_get(a, (g.n + 1) * sizeof *x.versions)))
		return AC_ENOMEM;
	for (j = 0; j < g.n; j++)
		if ((err = list(&x.versions[j], a, g.nodes[j].body)))
			return err;
	for (i = 0; i < count; i++) {
		if (!(id = ac_val_str(&seen->items[i], "id")))
			continue;
		for (j = 0, best = UINT32_MAX; j < g.n; j++)
			if (wrote(&x, j, id) && (best == UINT32_MAX
			    || rank(&x, j, &seen->items[i], id) > rank(&x, best, &seen->items[i], id)
			    || (rank(&x, j, &seen->items[i], id) == rank(&x, best, &seen->items[i], id) && newer(&g, j, best))))
				best = j;
		if (best == UINT32_MAX)
			continue;
		authors[*n].activity = id;
		authors[*n].clinician = g.nodes[best].guest;
		ac_author_name(&authors[*n].name, &device, a, s, g.versions[best].member, g.source);
		if (!authors[*n].name)
			return AC_ENOMEM;
		++*n;
	}
	return AC_OK;
}
