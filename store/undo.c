/* SPDX-License-Identifier: ISC */
/*
 * Method: this device's versions are walked backwards along its chains. An undo is a
 * version of its own kind; it took back the last write to the same document that stood
 * then. So each undo that is met passes over one earlier write to its document, and the
 * first write that none passes over is the one to be taken back now, with those beside it
 * that none passes over either and that have its time: no two steps have one time. Within
 * a chain numbers give the order and not times, which a wrong clock may have spoilt.
 *
 * It takes back what that write changed, and nothing that others changed since.
 */
#include <stdlib.h>
#include <string.h>

#include "store/home.h"
#include "store/query.h"
#include "store/write.h"

struct undone { int64_t doc; uint64_t n; };

struct walk {
	struct ac_space *s;
	struct undone *list;      /* undos met whose writes are not */
	size_t n, cap;
	struct ac_undo_doc *step; /* what is to be taken back, the last version first */
	size_t nstep, cstep;
	int64_t time;             /* of its versions */
	bool over, import;
	struct ac_fault *f;
};

static struct undone *
of_doc(struct walk *w, int64_t doc)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->list[i].doc == doc)
			return &w->list[i];
	return NULL;
}

static enum ac_err
note_undo(struct walk *w, int64_t doc)
{
	struct undone *u = of_doc(w, doc), *more;

	if (u) {
		u->n++;
		return AC_OK;
	}
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		if (!(more = realloc(w->list, w->cap * sizeof *more)))
			return AC_ENOMEM;
		w->list = more;
	}
	w->list[w->n++] = (struct undone){ doc, 1 };
	return AC_OK;
}

static enum ac_err
note_write(struct walk *w, int64_t doc, const unsigned char *vid)
{
	struct ac_undo_doc *more;

	if (w->nstep == w->cstep) {
		w->cstep = w->cstep ? 2 * w->cstep : 16;
		if (!(more = realloc(w->step, w->cstep * sizeof *more)))
			return AC_ENOMEM;
		w->step = more;
	}
	w->step[w->nstep].doc = doc;
	memcpy(w->step[w->nstep++].vid, vid, 32);
	return AC_OK;
}

/* One chain, newest first. What a clinician wrote and this device took in is not its own. */
static enum ac_err
walk_chain(struct walk *w, int64_t chain)
{
	struct ac_rows q = ac_index_query(w->s->home->index, "SELECT doc, vid, op, time FROM version WHERE chain = ? AND shown AND"
		" (author IS NULL OR author = ?) ORDER BY seq DESC, n DESC", "ib", chain, w->s->me, (size_t)8);
	enum ac_err err = AC_OK;
	struct undone *u;
	int64_t doc;
	const void *p;
	size_t n;

	while (!err && !w->over && ac_rows_next(&q)) {
		doc = ac_rows_int(&q, 0);
		u = of_doc(w, doc);
		if (w->nstep && ac_rows_int(&q, 3) != w->time)
			w->over = true;
		else if (ac_rows_int(&q, 2) == AC_OP_UNDO)
			err = note_undo(w, doc);
		else if (u && u->n)
			u->n--;
		else if ((p = ac_rows_blob(&q, 1, &n)) && n == 32) {
			w->time = ac_rows_int(&q, 3);
			w->over = w->import = ac_rows_int(&q, 2) == AC_OP_IMPORT;
			err = note_write(w, doc, p);
		}
	}
	return ac_rows_end(&q, w->f) ? q.err : err;
}

/* As the chain has them. */
static enum ac_err
turned(const struct ac_undo_doc **out, size_t *n, struct ac_arena *a, const struct walk *w)
{
	struct ac_undo_doc *list = ac_arena_get(a, w->nstep * sizeof *list);
	size_t i;

	if (!list)
		return AC_ENOMEM;
	for (i = 0; i < w->nstep; i++)
		list[i] = w->step[w->nstep - 1 - i];
	*out = list;
	*n = w->nstep;
	return AC_OK;
}

enum ac_err
ac_undo_find(const struct ac_undo_doc **out, size_t *n, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id FROM chain WHERE space = ? AND writer = ? ORDER BY"
		" branch = ? DESC, clock DESC", "ibb", s->id, s->me, (size_t)8, s->branch, (size_t)16);
	struct walk w = { .s = s, .f = f };
	enum ac_err err = AC_OK;

	while (!err && !w.nstep && ac_rows_next(&q))
		err = walk_chain(&w, ac_rows_int(&q, 0));
	if (ac_rows_end(&q, f) || err)
		err = q.err ? q.err : err;
	else if (!w.nstep)
		err = ac_fault(f, AC_ENOTFOUND, "this device has written nothing more that could be taken back");
	else if (w.import)
		err = ac_fault(f, AC_EREFUSED, "the last write was an import; rm or revert take back single documents of it");
	else
		err = turned(out, n, a, &w);
	free(w.list);
	free(w.step);
	return err;
}

/* ------------------------------------------------------------ what stood before */

static bool
in_graph(uint32_t *out, const struct ac_graph *g, const unsigned char *vid)
{
	for (*out = 0; *out < g->n; ++*out)
		if (!memcmp(g->nodes[*out].id, vid, 32))
			return true;
	return false;
}

/* at[i]: one more than the place of node i among those that the parents descend from, or
 * 0. Returns how many. */
static uint32_t
ancestors(uint32_t *at, uint32_t *stack, uint32_t depth, const struct ac_graph *g)
{
	uint32_t count = 0, i, j;

	while (depth) {
		i = stack[--depth];
		for (j = 0; j < g->nodes[i].nparents; j++)
			if (!at[g->nodes[i].parents[j]]) {
				at[g->nodes[i].parents[j]] = 1;
				stack[depth++] = g->nodes[i].parents[j];
			}
	}
	for (i = 0; i < g->n; i++)
		if (at[i])
			at[i] = ++count;
	return count;
}

static enum ac_err
copy_nodes(struct ac_node *out, struct ac_arena *a, const struct ac_graph *g, const uint32_t *at)
{
	uint32_t *parents, i, j;

	for (i = 0; i < g->n; i++) {
		if (!at[i])
			continue;
		if (!(parents = ac_arena_get(a, (g->nodes[i].nparents + 1) * sizeof *parents)))
			return AC_ENOMEM;
		for (j = 0; j < g->nodes[i].nparents; j++)
			parents[j] = at[g->nodes[i].parents[j]] - 1;
		out[at[i] - 1] = g->nodes[i];
		out[at[i] - 1].parents = parents;
	}
	return AC_OK;
}

/* The view of several parents, which the write joined. */
static enum ac_err
joined(const struct ac_val **body, struct ac_arena *a, struct ac_space *s, const struct ac_doc_row *r,
	const struct ac_val *parents, struct ac_fault *f)
{
	uint32_t *at, *stack, i, p, n;
	struct ac_node *nodes;
	struct ac_graph g;
	struct ac_view v;
	enum ac_err err;

	if ((err = ac_docs_graph(&g, a, s, r->doc, f)))
		return err;
	at = ac_arena_get(a, (g.n + 1) * sizeof *at);
	stack = ac_arena_get(a, (g.n + 1) * sizeof *stack);
	nodes = ac_arena_get(a, (g.n + 1) * sizeof *nodes);
	if (!at || !stack || !nodes)
		return AC_ENOMEM;
	memset(at, 0, (g.n + 1) * sizeof *at);
	for (i = 0, n = 0; i < parents->n; i++) {
		if (!in_graph(&p, &g, parents->items[i].bin))
			return ac_fault(f, AC_EREFUSED, "what stood in %s before the last write is not all here; revert goes back to"
				" any version", r->ref);
		at[p] = 1;
		stack[n++] = p;
	}
	n = ancestors(at, stack, n, &g);
	if ((err = copy_nodes(nodes, a, &g, at)) || (err = ac_view_make(&v, a, g.type, nodes, n, f)))
		return err;
	if (v.ndisputes)
		return ac_fault(f, AC_EREFUSED, "the last write settled a dispute in %s, and a dispute cannot be brought back; revert"
			" puts any of its versions back", r->ref);
	*body = v.body;
	return AC_OK;
}

enum ac_err
ac_undo_before(const struct ac_val **body, struct ac_arena *a, struct ac_space *s, const struct ac_doc_row *r,
	const struct ac_val *parents, struct ac_fault *f)
{
	struct ac_version parent;
	enum ac_err err;

	*body = NULL;
	if (!parents->n)
		return AC_OK;
	if (parents->n > 1)
		return joined(body, a, s, r, parents, f);
	if (!(err = ac_query_body(&parent, a, s, r->doc, parents->items[0].bin, f)))
		*body = parent.body;
	return err;
}

/* Two versions apart, each upon what the write left: the document as it stands, and what
 * stood before. What both changed, and not alike, is in dispute between them. */
enum ac_err
ac_undo_without(const struct ac_val **body, struct ac_arena *a, const struct ac_doc_row *r, const struct ac_val *left,
	const struct ac_val *before, struct ac_fault *f)
{
	static const uint32_t base = 0;
	struct ac_node nodes[3] = {
		{ .id = { 0 }, .op = AC_OP_PUT, .body = left },
		{ .id = { 1 }, .op = AC_OP_PUT, .time = 1, .author = 1, .parents = &base, .nparents = 1, .body = r->body },
		{ .id = { 2 }, .op = AC_OP_UNDO, .time = 2, .author = 2, .parents = &base, .nparents = 1, .body = before },
	};
	struct ac_view v;
	enum ac_err err;

	if (left ? r->body && ac_val_equal(left, r->body) : !r->body) {
		*body = before; /* down to the order of its fields */
		return AC_OK;
	}
	if ((err = ac_view_make(&v, a, r->type, nodes, 3, f)))
		return err;
	/* of a deletion that somebody took back already nothing is left to be taken back */
	if (v.ndisputes || (!left && r->body))
		return ac_fault(f, AC_EREFUSED, "what this device last changed in %s has changed since; revert goes back to any version",
			r->ref);
	*body = v.body;
	return AC_OK;
}
