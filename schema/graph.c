/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "schema/graph.h"

static int
by_id(const void *a, const void *b, void *nodes)
{
	const struct ac_node *v = nodes;

	return memcmp(v[*(const uint32_t *)a].id, v[*(const uint32_t *)b].id, 32);
}

int
ac_graph_order(const struct ac_graph *g, uint32_t a, uint32_t b)
{
	const struct ac_node *v = &g->nodes[a], *w = &g->nodes[b];

	if (v->time != w->time)
		return v->time < w->time ? -1 : 1;
	return memcmp(v->id, w->id, 32);
}

bool
ac_graph_reaches(const struct ac_graph *g, uint32_t node, uint32_t of)
{
	return g->chain[node] < g->nseen[of] && g->seen[of][g->chain[node]] >= g->place[node];
}

static enum ac_err
check_parents(const struct ac_graph *g, size_t *edges, struct ac_fault *f)
{
	uint32_t v, p;

	for (v = 0, *edges = 0; v < g->n; v++)
		for (p = 0; p < g->nodes[v].nparents; p++, ++*edges)
			if (g->nodes[v].parents[p] >= g->n)
				return ac_fault(f, AC_EINVAL, "The history of this document names a "
					"version that is not in it. Run `aftercare verify`.");
	return AC_OK;
}

/* Children of each node as one list: those of v are kids[at[v]] to kids[at[v + 1]]. */
static void
list_children(const struct ac_graph *g, uint32_t *kids, size_t *at)
{
	uint32_t v, p;

	for (v = 0; v < g->n; v++)
		for (p = 0; p < g->nodes[v].nparents; p++)
			at[g->nodes[v].parents[p] + 2]++;
	for (v = 0; v < g->n; v++)
		at[v + 2] += at[v + 1];
	for (v = 0; v < g->n; v++)
		for (p = 0; p < g->nodes[v].nparents; p++)
			kids[at[g->nodes[v].parents[p] + 1]++] = v;
}

static enum ac_err
sort(struct ac_graph *g, const uint32_t *kids, const size_t *at, uint32_t *wait,
	struct ac_fault *f)
{
	uint32_t v, i, n = 0;
	size_t k;

	for (v = 0; v < g->n; v++) {
		wait[v] = g->nodes[v].nparents;
		if (!wait[v])
			g->topo[n++] = v;
	}
	for (i = 0; i < n; i++) {
		v = g->topo[i];
		for (k = at[v]; k < at[v + 1]; k++)
			if (!--wait[kids[k]])
				g->topo[n++] = kids[k];
	}
	if (n < g->n)
		return ac_fault(f, AC_EINVAL, "The history of this document runs in a circle. "
			"Run `aftercare verify`.");
	return AC_OK;
}

static void
find_heads(struct ac_graph *g, const size_t *at)
{
	uint32_t v;

	for (v = 0; v < g->n; v++)
		if (at[v] == at[v + 1])
			g->heads[g->nheads++] = v;
	qsort_r(g->heads, g->nheads, sizeof *g->heads, by_id, (void *)(uintptr_t)g->nodes);
}

/* Lays v on the first chain whose end it has seen, else on a new one. `end` is
 * the length of each chain, `seen` is all zero before and after; `places` counts
 * what all nodes need. */
static enum ac_err
place(struct ac_graph *g, struct ac_arena *a, uint32_t v, uint32_t *end, uint32_t *nchain,
	uint32_t *seen, size_t *places)
{
	const struct ac_node *node = &g->nodes[v];
	uint32_t p, c, w, n = 0, own;

	for (p = 0; p < node->nparents; p++) {
		w = node->parents[p];
		n = g->nseen[w] > n ? g->nseen[w] : n;
		for (c = 0; c < g->nseen[w]; c++)
			seen[c] = g->seen[w][c] > seen[c] ? g->seen[w][c] : seen[c];
	}
	for (own = 0; own < n && seen[own] != end[own]; own++)
		;
	if (own == n) /* a chain past n is none of its past */
		own = (*nchain)++;
	n = own < n ? n : own + 1;
	if ((*places += n) > ac_faults_limit("AFTERCARE_PLACES", AC_MAX_PLACES)) {
		memset(seen, 0, n * sizeof *seen);
		return AC_ELIMIT;
	}
	seen[own] = ++end[own];
	g->chain[v] = own;
	g->place[v] = end[own];
	g->nseen[v] = n;
	if ((g->seen[v] = ac_arena_get(a, n * sizeof *seen)))
		memcpy(g->seen[v], seen, n * sizeof *seen);
	memset(seen, 0, n * sizeof *seen);
	return g->seen[v] ? AC_OK : AC_ENOMEM;
}

enum ac_err
ac_graph_make(struct ac_graph *g, struct ac_arena *a, const struct ac_node *nodes, uint32_t n,
	struct ac_fault *f)
{
	uint32_t *kids = NULL, *wait = NULL, *end = NULL, *seen = NULL, i, nchain = 0;
	enum ac_err err;
	size_t *at = NULL, edges, places = 0;

	*g = (struct ac_graph){ .nodes = nodes, .n = n };
	if ((err = check_parents(g, &edges, f)))
		goto out;
	kids = calloc(edges + 1, sizeof *kids);
	wait = calloc((size_t)n + 1, sizeof *wait);
	end = calloc((size_t)n + 1, sizeof *end);
	seen = calloc((size_t)n + 1, sizeof *seen);
	at = calloc((size_t)n + 2, sizeof *at);
	g->topo = ac_arena_get(a, n * sizeof *g->topo);
	g->heads = ac_arena_get(a, n * sizeof *g->heads);
	g->chain = ac_arena_get(a, n * sizeof *g->chain);
	g->place = ac_arena_get(a, n * sizeof *g->place);
	g->nseen = ac_arena_get(a, n * sizeof *g->nseen);
	g->seen = ac_arena_get(a, n * sizeof *g->seen);
	err = AC_ENOMEM;
	if (!kids || !wait || !end || !seen || !at || !g->topo || !g->heads || !g->chain || !g->place
	    || !g->nseen || !g->seen)
		goto out;
	list_children(g, kids, at);
	if ((err = sort(g, kids, at, wait, f)))
		goto out;
	find_heads(g, at);
	for (i = 0; !err && i < n; i++)
		err = place(g, a, g->topo[i], end, &nchain, seen, &places);
	if (err == AC_ELIMIT)
		(void)ac_fault(f, err, "This document has too many versions side by side.");
out:
	free(kids);
	free(wait);
	free(end);
	free(seen);
	free(at);
	return err;
}
