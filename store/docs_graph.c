/* SPDX-License-Identifier: ISC */
/*
 * Method: the versions of a document that count are the nodes. Edges are the parents that
 * versions name; where one of those is not here, all that the version's segment had seen
 * stands in for them; and imports of one source follow each other as their server says.
 * No edge of the latter two kinds may close a circle.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/home.h"

struct place { int64_t chain; uint32_t seq, n; bool guest; unsigned char branch[16]; };

static enum ac_err
read_nodes(struct ac_graph *g, struct place **places, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q;
	struct ac_node *node;
	struct place *p;
	const void *b;
	enum ac_err err;
	int64_t count = 0;
	size_t n;

	if ((err = ac_index_int(&count, s->home->index, f, "SELECT count(*) FROM version WHERE doc = ? AND shown", "i",
	    g->doc)))
		return err;
	if (count > (int64_t)AC_MAX_VERSIONS)
		return ac_fault(f, AC_ELIMIT, "%s/%s has too many versions", g->type, g->rid);
	g->nodes = ac_arena_get(a, (size_t)(count + 1) * sizeof *g->nodes);
	g->versions = ac_arena_get(a, (size_t)(count + 1) * sizeof *g->versions);
	*places = ac_arena_get(a, (size_t)(count + 1) * sizeof **places);
	if (!g->nodes || !g->versions || !*places)
		return AC_ENOMEM;
	q = ac_index_query(s->home->index, "SELECT v.vid, v.chain, v.seq, v.n, v.guest, c.branch FROM version v JOIN chain c"
		" ON c.id = v.chain WHERE v.doc = ? AND v.shown ORDER BY v.id", "i", g->doc);
	while (ac_rows_next(&q) && g->n < count) {
		node = &g->nodes[g->n];
		p = &(*places)[g->n++];
		if ((b = ac_rows_blob(&q, 0, &n)) && n == 32)
			memcpy(node->id, b, 32);
		p->chain = ac_rows_int(&q, 1);
		p->seq = (uint32_t)ac_rows_int(&q, 2);
		p->n = (uint32_t)ac_rows_int(&q, 3);
		p->guest = ac_rows_int(&q, 4) != 0;
		if ((b = ac_rows_blob(&q, 5, &n)) && n == 16)
			memcpy(p->branch, b, 16);
	}
	return ac_rows_end(&q, f);
}

static uint32_t
node_of(const struct ac_graph *g, const uint32_t *sorted, const unsigned char *vid)
{
	uint32_t lo = 0, hi = g->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = memcmp(g->nodes[sorted[mid]].id, vid, 32);

		if (!c)
			return sorted[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return UINT32_MAX;
}

static const struct ac_node *sort_nodes; /* qsort has no context; one thread per home */

static int
by_id(const void *a, const void *b)
{
	return memcmp(sort_nodes[*(const uint32_t *)a].id, sort_nodes[*(const uint32_t *)b].id, 32);
}

/* Everything of this document that the version's segment had seen. */
static enum ac_err
implied(uint32_t *list, uint32_t *n, struct ac_graph *g, const struct place *places, uint32_t v,
	struct ac_space *s, struct ac_fault *f)
{
	enum ac_err err;
	int64_t seen;
	uint32_t i;

	*n = 0;
	for (i = 0; i < g->n; i++) {
		if (i == v)
			continue;
		if (places[i].chain == places[v].chain)
			seen = (int64_t)places[v].seq - (places[i].n < places[v].n ? 0 : 1);
		else if ((err = ac_index_int(&seen, s->home->index, f, "SELECT max(oseq) FROM seen WHERE chain = ? AND "
		    "other = ? AND seq <= ? HAVING max(oseq) IS NOT NULL", "ibi", places[v].chain, places[i].branch,
		    (size_t)16, (int64_t)places[v].seq))) {
			if (err != AC_ENOTFOUND)
				return err;
			continue;
		}
		if ((int64_t)places[i].seq <= seen)
			list[(*n)++] = i;
	}
	return AC_OK;
}

/* Does a way along parents lead from one node to another? What is added to the parents
 * that versions name must never close a circle, whatever times and heads a hostile writer
 * made up. `seen`: n flags, cleared here. */
static bool
reaches(const struct ac_graph *g, uint32_t from, uint32_t to, unsigned char *seen, uint32_t *stack)
{
	uint32_t n = 0, j, at;

	memset(seen, 0, g->n);
	stack[n++] = from;
	seen[from] = 1;
	while (n) {
		at = stack[--n];
		if (at == to)
			return true;
		for (j = 0; j < g->nodes[at].nparents; j++)
			if (!seen[g->nodes[at].parents[j]]) {
				seen[g->nodes[at].parents[j]] = 1;
				stack[n++] = g->nodes[at].parents[j];
			}
	}
	return false;
}

static enum ac_err
link_nodes(struct ac_graph *g, struct place *places, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	uint32_t *sorted = ac_arena_get(a, (g->n + 1) * sizeof *sorted), *parents, i, j, at, n;
	uint32_t *stack = ac_arena_get(a, (g->n + 1) * sizeof *stack);
	unsigned char *seen = ac_arena_get(a, g->n + 1);
	const struct ac_version *v;
	enum ac_err err;

	if (!sorted || !stack || !seen)
		return AC_ENOMEM;
	for (i = 0; i < g->n; i++)
		sorted[i] = i;
	sort_nodes = g->nodes;
	qsort(sorted, g->n, sizeof *sorted, by_id);
	for (i = 0; i < g->n; i++) {
		v = &g->versions[i];
		if (!(parents = ac_arena_get(a, (v->parents->n + 1) * sizeof *parents)))
			return AC_ENOMEM;
		for (j = 0; j < v->parents->n; j++) {
			if ((at = node_of(g, sorted, v->parents->items[j].bin)) == UINT32_MAX) {
				g->nodes[i].incomplete = true;
				break;
			}
			parents[g->nodes[i].nparents++] = at;
		}
		if (g->nodes[i].incomplete)
			g->nodes[i].nparents = 0;
		g->nodes[i].parents = parents;
	}
	for (i = 0; i < g->n; i++) {
		if (!g->nodes[i].incomplete)
			continue;
		if (!(parents = ac_arena_get(a, (g->n + 1) * sizeof *parents)))
			return AC_ENOMEM;
		if ((err = implied(parents, &n, g, places, i, s, f)))
			return err;
		for (j = 0, at = 0; j < n; j++)
			if (!reaches(g, parents[j], i, seen, stack))
				parents[at++] = parents[j];
		g->nodes[i].parents = parents;
		g->nodes[i].nparents = at;
	}
	return AC_OK;
}

/* Two devices may import an earlier and a later export of one source apart: the server's
 * own order (meta.lastUpdated) says which came first, so the later descends from the
 * newest of the earlier ones. */
static enum ac_err
order_imports(struct ac_graph *g, struct ac_arena *a)
{
	uint32_t *parents, i, j, best, *stack = ac_arena_get(a, (g->n + 1) * sizeof *stack);
	unsigned char *seen = ac_arena_get(a, g->n + 1);
	bool has;

	if (!stack || !seen)
		return AC_ENOMEM;

	for (i = 0; i < g->n; i++) {
		if (g->nodes[i].op != AC_OP_IMPORT || g->versions[i].member || !g->nodes[i].time)
			continue;
		best = UINT32_MAX;
		for (j = 0; j < g->n; j++)
			if (g->nodes[j].op == AC_OP_IMPORT && !g->versions[j].member && g->nodes[j].time
			    && g->nodes[j].time < g->nodes[i].time && (best == UINT32_MAX
			    || g->nodes[j].time > g->nodes[best].time || (g->nodes[j].time == g->nodes[best].time
			    && memcmp(g->nodes[j].id, g->nodes[best].id, 32) > 0)))
				best = j;
		for (j = 0, has = best == UINT32_MAX; j < g->nodes[i].nparents && !has; j++)
			has = g->nodes[i].parents[j] == best;
		if (has || reaches(g, best, i, seen, stack))
			continue;
		if (!(parents = ac_arena_get(a, (g->nodes[i].nparents + 1) * sizeof *parents)))
			return AC_ENOMEM;
		if (g->nodes[i].nparents)
			memcpy(parents, g->nodes[i].parents, g->nodes[i].nparents * sizeof *parents);
		parents[g->nodes[i].nparents++] = best;
		g->nodes[i].parents = parents;
	}
	return AC_OK;
}

/* Equal authors get equal numbers. */
static void
number_authors(struct ac_graph *g)
{
	uint32_t i, j;

	for (i = 0; i < g->n; i++) {
		const unsigned char *m = g->versions[i].member;

		g->nodes[i].author = i;
		for (j = 0; j < i; j++) {
			const unsigned char *o = g->versions[j].member;

			if (g->nodes[j].author == j && (m && o ? !memcmp(m, o, 8) : m == o)) {
				g->nodes[i].author = j;
				break;
			}
		}
	}
}

/* Only an owner settles: what another member calls so is an edit. */
static enum ac_op
op_of(const struct ac_space *s, const struct ac_version *v)
{
	const struct ac_member *m = v->member ? ac_members_find(&s->members, v->member) : NULL;

	return v->op == AC_OP_RESOLVE && m && m->role != AC_OWNER ? AC_OP_EDIT : v->op;
}

enum ac_err
ac_docs_graph(struct ac_graph *out, struct ac_arena *a, struct ac_space *s, int64_t doc, struct ac_fault *f)
{
	struct ac_graph g = { .doc = doc };
	struct place *places = NULL;
	struct ac_rows q = ac_index_query(s->home->index, "SELECT type, source, rid FROM doc WHERE id = ?", "i", doc);
	enum ac_err err;
	uint32_t i;

	if (ac_rows_next(&q)) {
		snprintf(g.type, sizeof g.type, "%s", ac_rows_text(&q, 0));
		snprintf(g.source, sizeof g.source, "%s", ac_rows_text(&q, 1));
		snprintf(g.rid, sizeof g.rid, "%s", ac_rows_text(&q, 2));
	}
	if ((err = ac_rows_end(&q, f)) || (err = read_nodes(&g, &places, a, s, f)))
		return err;
	for (i = 0; i < g.n; i++) {
		if ((err = ac_docs_version(&g.versions[i], a, s, places[i].chain, places[i].seq, places[i].n, f)))
			return err;
		g.nodes[i].time = g.versions[i].time;
		g.nodes[i].op = op_of(s, &g.versions[i]);
		g.nodes[i].body = g.versions[i].body;
		g.nodes[i].guest = places[i].guest;
	}
	number_authors(&g);
	if ((err = link_nodes(&g, places, a, s, f)) || (err = order_imports(&g, a)) || (err = ac_view_make(&g.view, a, g.type, g.nodes, g.n, f)))
		return err;
	*out = g;
	return AC_OK;
}
