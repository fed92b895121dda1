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

#include "store/docs_limit.h"
#include "store/home.h"

/* What there is of versions before their bodies are read, all that count. */
static enum ac_err
read_candidates(struct ac_docs_cand **out, size_t *n, struct ac_graph *g, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q;
	struct ac_docs_cand *c;
	const void *b;
	enum ac_err err;
	int64_t count = 0;
	size_t len;

	if ((err = ac_index_int(&count, s->home->index, f, "SELECT count(*) FROM version WHERE doc = ? AND shown", "i",
	    g->doc)))
		return err;
	if (!(*out = calloc((size_t)count + 1, sizeof **out)))
		return AC_ENOMEM;
	q = ac_index_query(s->home->index, "SELECT v.vid, v.chain, v.seq, v.n, v.guest, c.branch, v.author, v.time, v.weight"
		" FROM version v JOIN chain c ON c.id = v.chain WHERE v.doc = ? AND v.shown ORDER BY v.id", "i", g->doc);
	for (*n = 0; ac_rows_next(&q) && *n < (size_t)count; ++*n) {
		c = &(*out)[*n];
		if ((b = ac_rows_blob(&q, 0, &len)) && len == 32)
			memcpy(c->vid, b, 32);
		c->chain = ac_rows_int(&q, 1);
		c->seq = (uint32_t)ac_rows_int(&q, 2);
		c->n = (uint32_t)ac_rows_int(&q, 3);
		c->guest = ac_rows_int(&q, 4) != 0;
		if ((b = ac_rows_blob(&q, 5, &len)) && len == 16)
			memcpy(c->branch, b, 16);
		if ((c->named = (b = ac_rows_blob(&q, 6, &len)) && len == 8))
			memcpy(c->author, b, 8);
		c->time = (uint64_t)ac_rows_int(&q, 7);
		c->weight = ac_rows_int(&q, 8);
		g->weight += c->weight;
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

/* For finding what a version without its parents had seen. */
struct seeing {
	struct ac_graph *g;
	const struct ac_docs_cand *places;
	struct ac_space *s;
	uint32_t *kin;       /* of each node the first in the same chain */
	int64_t *upto;       /* of that one: the last number that the version in hand had seen of its chain */
	uint32_t *asked;     /* for which version that was asked; g->n: none yet */
	uint32_t *list;      /* room for all nodes, twice */
	unsigned char *mark;
};

/* Up to which number had the version's segment seen the chain of node i? -1: nothing of it. */
static enum ac_err
seen_of(int64_t *out, struct seeing *w, uint32_t v, uint32_t i, struct ac_fault *f)
{
	const struct ac_docs_cand *at = &w->places[v];
	uint32_t k = w->kin[i];
	enum ac_err err = AC_OK;

	if (w->asked[k] != v) {
		err = ac_index_int(&w->upto[k], w->s->home->index, f, "SELECT max(oseq) FROM seen WHERE chain = ? AND other = ?"
			" AND seq <= ? HAVING max(oseq) IS NOT NULL", "ibi", at->chain, w->places[i].branch, (size_t)16,
			(int64_t)at->seq);
		if (err == AC_ENOTFOUND) {
			w->upto[k] = -1;
			err = ac_fault_past(f);
		}
		w->asked[k] = v;
	}
	*out = w->upto[k];
	return err;
}

/* Everything of this document that the version's segment had seen. */
static enum ac_err
implied(uint32_t *n, struct seeing *w, uint32_t v, struct ac_fault *f)
{
	const struct ac_docs_cand *at = &w->places[v], *p;
	int64_t seen;
	enum ac_err err;
	uint32_t i;

	*n = 0;
	for (i = 0; i < w->g->n; i++) {
		p = &w->places[i];
		if (i == v)
			continue;
		if (p->chain == at->chain)
			seen = (int64_t)at->seq - (p->n < at->n ? 0 : 1);
		else if ((err = seen_of(&seen, w, v, i, f)))
			return err;
		if ((int64_t)p->seq <= seen)
			w->list[(*n)++] = i;
	}
	return AC_OK;
}

/* Does a way along parents lead from one node to another? What is added to the parents
 * that versions name must never close a circle, whatever times and heads a hostile writer
 * made up. `seen`: n flags, zero but for nodes from which no way leads there. */
static bool
reaches(const struct ac_graph *g, uint32_t from, uint32_t to, unsigned char *seen, uint32_t *stack)
{
	uint32_t n = 0, j, at;

	if (seen[from])
		return false;
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

/* The version gets what it had seen for parents: of all that only what is no parent of
 * another of them, which says the same. */
static enum ac_err
imply(struct seeing *w, struct ac_arena *a, uint32_t v, struct ac_fault *f)
{
	struct ac_graph *g = w->g;
	uint32_t i, j, n, kept = 0, *list = w->list, *parents;
	enum ac_err err = implied(&n, w, v, f);

	if (err)
		return err;
	memset(w->mark, 0, g->n);
	for (i = 0; i < n; i++)
		if (!reaches(g, list[i], v, w->mark, list + g->n))
			list[kept++] = list[i];
		else
			memset(w->mark, 0, g->n);
	memset(w->mark, 0, g->n);
	for (i = 0; i < kept; i++)
		for (j = 0; j < g->nodes[list[i]].nparents; j++)
			w->mark[g->nodes[list[i]].parents[j]] = 1;
	for (i = 0, n = kept, kept = 0; i < n; i++)
		if (!w->mark[list[i]])
			list[kept++] = list[i];
	if (!(parents = ac_arena_get(a, (kept + 1) * sizeof *parents)))
		return AC_ENOMEM;
	memcpy(parents, list, kept * sizeof *parents);
	g->nodes[v].parents = parents;
	g->nodes[v].nparents = kept;
	return AC_OK;
}

static enum ac_err
imply_all(struct ac_graph *g, const struct ac_docs_cand *places, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct seeing w = { .g = g, .places = places, .s = s };
	uint32_t i, j;
	enum ac_err err = AC_OK;

	for (i = 0; i < g->n && !g->nodes[i].incomplete; i++)
		;
	if (i == g->n)
		return AC_OK;
	w.kin = ac_arena_get(a, g->n * sizeof *w.kin);
	w.upto = ac_arena_get(a, g->n * sizeof *w.upto);
	w.asked = ac_arena_get(a, g->n * sizeof *w.asked);
	w.list = ac_arena_get(a, (size_t)g->n * 2 * sizeof *w.list);
	w.mark = ac_arena_get(a, g->n);
	if (!w.kin || !w.upto || !w.asked || !w.list || !w.mark)
		return AC_ENOMEM;
	for (i = 0; i < g->n; i++) {
		for (j = 0; j < i && (w.kin[j] != j || places[j].chain != places[i].chain); j++)
			;
		w.kin[i] = j;
		w.asked[i] = g->n;
	}
	for (i = 0; i < g->n && !err; i++)
		if (g->nodes[i].incomplete)
			err = imply(&w, a, i, f);
	return err;
}

static enum ac_err
link_nodes(struct ac_graph *g, const struct ac_docs_cand *places, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	uint32_t *sorted = ac_arena_get(a, (g->n + 1) * sizeof *sorted), *parents, i, j, at;
	const struct ac_version *v;

	if (!sorted)
		return AC_ENOMEM;
	for (i = 0; i < g->n; i++)
		sorted[i] = i;
	sort_nodes = g->nodes;
	qsort(sorted, g->n, sizeof *sorted, by_id);
	for (i = 0; i < g->n; i++) {
		v = &g->versions[i];
		g->nodes[i].nparents = 0;
		g->nodes[i].incomplete = false;
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
	return imply_all(g, places, a, s, f);
}

static int
by_time(const void *a, const void *b)
{
	const struct ac_node *v = &sort_nodes[*(const uint32_t *)a], *w = &sort_nodes[*(const uint32_t *)b];

	if (v->time != w->time)
		return v->time < w->time ? -1 : 1;
	return memcmp(v->id, w->id, 32);
}

/* Is no version older than one it came from? Then no way leads from an older to a later. */
static bool
in_order(const struct ac_graph *g)
{
	uint32_t i, j;

	for (i = 0; i < g->n; i++)
		for (j = 0; j < g->nodes[i].nparents; j++)
			if (g->nodes[g->nodes[i].parents[j]].time > g->nodes[i].time)
				return false;
	return true;
}

static enum ac_err
add_parent(struct ac_node *node, struct ac_arena *a, uint32_t parent)
{
	uint32_t *parents = ac_arena_get(a, (node->nparents + (size_t)1) * sizeof *parents);

	if (!parents)
		return AC_ENOMEM;
	if (node->nparents)
		memcpy(parents, node->parents, node->nparents * sizeof *parents);
	parents[node->nparents++] = parent;
	node->parents = parents;
	return AC_OK;
}

/* Two devices may import an earlier and a later export of one source apart: the server's
 * own order (meta.lastUpdated) says which came first, so the later descends from the
 * newest of the earlier ones. */
static enum ac_err
order_imports(struct ac_graph *g, struct ac_arena *a)
{
	uint32_t *list = ac_arena_get(a, (g->n + 1) * sizeof *list), *stack = ac_arena_get(a, (g->n + 1) * sizeof *stack);
	uint32_t i, j, n = 0, before = UINT32_MAX, at;
	unsigned char *seen = ac_arena_get(a, g->n + 1);
	bool ordered = in_order(g), has;
	enum ac_err err;

	if (!list || !stack || !seen)
		return AC_ENOMEM;
	for (i = 0; i < g->n; i++)
		if (g->nodes[i].op == AC_OP_IMPORT && !g->versions[i].member && g->nodes[i].time)
			list[n++] = i;
	sort_nodes = g->nodes;
	qsort(list, n, sizeof *list, by_time);
	for (i = 1; i < n; i++) {
		at = list[i];
		if (g->nodes[list[i - 1]].time < g->nodes[at].time)
			before = list[i - 1];
		for (j = 0, has = before == UINT32_MAX; j < g->nodes[at].nparents && !has; j++)
			has = g->nodes[at].parents[j] == before;
		if (!has && !ordered)
			memset(seen, 0, g->n);
		if (!has && (ordered || !reaches(g, before, at, seen, stack)) && (err = add_parent(&g->nodes[at], a, before)))
			return err;
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

static bool
is_owner(const struct ac_space *s, const struct ac_version *v)
{
	const struct ac_member *m = v->member ? ac_members_find(&s->members, v->member) : NULL;

	return m && m->role == AC_OWNER;
}

/* What is marked leaves the list, and the nodes where there are some. Who wrote most of it is
 * found by votes, of which another's takes one away. */
static void
leave_out(struct ac_graph *g, struct ac_docs_cand *c, size_t *n)
{
	size_t i, kept = 0, votes = 0;

	for (i = 0; i < *n; i++) {
		if (!c[i].out) {
			if (g->nodes) {
				g->nodes[kept] = g->nodes[i];
				g->versions[kept] = g->versions[i];
			}
			c[kept++] = c[i];
			continue;
		}
		if (!votes)
			memcpy(g->omits, c[i].author, 8);
		votes = memcmp(g->omits, c[i].author, 8) ? votes - 1 : votes + 1;
	}
	g->omitted += (uint32_t)(*n - kept);
	*n = kept;
}

static enum ac_err
read_nodes(struct ac_graph *g, const struct ac_docs_cand *c, size_t n, struct ac_arena *a, struct ac_space *s,
	struct ac_fault *f)
{
	enum ac_err err;

	g->nodes = ac_arena_get(a, (n + 1) * sizeof *g->nodes);
	g->versions = ac_arena_get(a, (n + 1) * sizeof *g->versions);
	if (!g->nodes || !g->versions)
		return AC_ENOMEM;
	for (; g->n < n; g->n++) {
		if ((err = ac_docs_version(&g->versions[g->n], a, s, c[g->n].chain, c[g->n].seq, c[g->n].n, f)))
			return err;
		memcpy(g->nodes[g->n].id, c[g->n].vid, 32);
		g->nodes[g->n].time = g->versions[g->n].time;
		g->nodes[g->n].op = op_of(s, &g->versions[g->n]);
		g->nodes[g->n].body = g->versions[g->n].body;
		g->nodes[g->n].guest = c[g->n].guest;
	}
	return AC_OK;
}

static enum ac_err
view(struct ac_graph *g, const struct ac_docs_cand *c, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	enum ac_err err;

	uint32_t i;

	number_authors(g);
	if ((err = link_nodes(g, c, a, s, f)) || (err = order_imports(g, a)))
		return err;
	for (i = 0; i < g->n; i++)
		g->nodes[i].settled = g->omitted && g->nodes[i].incomplete && is_owner(s, &g->versions[i]);
	return ac_view_make(&g->view, a, g->type, g->nodes, g->n, f);
}

enum ac_err
ac_docs_graph(struct ac_graph *out, struct ac_arena *a, struct ac_space *s, int64_t doc, struct ac_fault *f)
{
	struct ac_graph g = { .doc = doc };
	struct ac_docs_cand *c = NULL;
	struct ac_rows q = ac_index_query(s->home->index, "SELECT type, source, rid FROM doc WHERE id = ?", "i", doc);
	enum ac_err err;
	bool any = true;
	size_t n = 0;

	if (ac_rows_next(&q)) {
		snprintf(g.type, sizeof g.type, "%s", ac_rows_text(&q, 0));
		snprintf(g.source, sizeof g.source, "%s", ac_rows_text(&q, 1));
		snprintf(g.rid, sizeof g.rid, "%s", ac_rows_text(&q, 2));
	}
	if ((err = ac_rows_end(&q, f)) || (err = read_candidates(&c, &n, &g, s, f)) || (err = ac_docs_limit_cut(c, n)))
		goto out;
	leave_out(&g, c, &n);
	if ((err = read_nodes(&g, c, n, a, s, f)))
		goto out;
	while ((err = view(&g, c, a, s, f)) == AC_ELIMIT && any) {
		if ((err = ac_docs_limit_widest(&any, c, g.nodes, g.n)))
			goto out;
		leave_out(&g, c, &n);
		g.n = (uint32_t)n;
	}
	if (!err)
		*out = g;
out:
	free(c);
	return err;
}
