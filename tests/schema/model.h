/* SPDX-License-Identifier: ISC */
/*
 * The view by brute force. It knows nothing of JSON and takes the words of the
 * design one by one, over sets of versions as bit masks:
 *
 *   A version writes an atom when its value is not what the view of its parents
 *   had. The view holds the values of the writers that no later writer of that
 *   atom descends from: one distinct value is clean, several are a conflict. A
 *   descendant beats its ancestor whatever the times; times, then ids, order
 *   only the concurrent. Only `resolve` joins heads in conflict. Safety-critical
 *   atoms are never settled by the clock; deletion against edit is one.
 *   Where a guest deletes or changes what is safety-critical in a document that
 *   he did not write, it is a proposal, settled by an owner.
 *
 * What follows from them, and FORMAT.md says: who writes where there is a
 * conflict and does not resolve it only adds to it (or names what is in it and
 * adds nothing); who changes something in a whole (a document, an object, an
 * item) has thereby said that the whole is there; what a server counts for
 * itself is no news to anybody.
 */
#ifndef MODEL_H
#define MODEL_H

#include "graphs.h"

typedef uint32_t set;   /* of versions */
typedef uint32_t vals;  /* of values; bit 0 is absent */

static set past[NODES], after[NODES];

/* By atom, who ... */
static struct said {
	set wrote;      /* wrote it */
	set joined;     /* of those: into a conflict, which goes on with him */
	set implied;    /* of those: only by changing something in it */
	set asked;      /* proposed a value of it */
	set hinted;     /* of those: only by proposing something in it */
} said[SLOTS];

static bool
in(set s, uint32_t v)
{
	return s >> v & 1;
}

static set
everybody(void)
{
	return (1u << G.n) - 1;
}

static bool
many(vals v)
{
	return v & (v - 1);
}

static vals
values(set s, uint32_t a)
{
	uint32_t v;
	vals out = 0;

	for (v = 0; v < G.n; v++)
		if (in(s, v))
			out |= 1u << G.state[v][a];
	return out;
}

/* The writers that no later writer descends from. Who joined a conflict is no
 * later writer in this: he ended nothing. */
static set
latest_writers(set s, uint32_t a)
{
	set later = s & said[a].wrote & ~said[a].joined, out = 0;
	uint32_t v;

	for (v = 0; v < G.n; v++)
		if (in(s & said[a].wrote, v) && !(later & after[v]))
			out |= 1u << v;
	return out;
}

/* An owner answers a proposal by writing the atom itself; a guest takes his own
 * back by writing or by proposing something else. */
static bool
answers(uint32_t u, uint32_t v, uint32_t a)
{
	const struct said *s = &said[a];

	if (!G.node[u].guest)
		return in(s->wrote & ~s->joined & ~s->implied, u);
	return G.node[u].author == G.node[v].author
		&& in((s->wrote & ~s->implied) | (s->asked & ~s->hinted), u);
}

static set
open_proposals(set s, uint32_t a)
{
	uint32_t u, v;
	set out = 0;
	bool open;

	for (v = 0; v < G.n; v++) {
		if (!in(s & said[a].asked, v))
			continue;
		for (open = true, u = 0; u < G.n; u++)
			open &= !in(s & after[v], u) || !answers(u, v, a);
		if (open)
			out |= 1u << v;
	}
	return out;
}

/* Whether these values differ in what is safety-critical. */
static bool
is_critical(uint32_t a, vals v)
{
	const struct slot *s = &S->slot[a];
	uint32_t k, marks = 0;
	char c;

	if (!a || s->rule == ALWAYS)
		return true;
	if (s->rule != VERIFIED && s->rule != IN_ERROR)
		return false;
	for (k = 0; k <= nvalue[a]; k++) {
		c = k ? s->value[k - 1][0] : '0';
		if (v >> k & 1)
			marks |= c == 'e' ? 1u << 9 : c == ' ' ? 1 : 1u << (c - '0');
	}
	return many(marks);
}

/* A guest's word on a document that is not his: an owner began it, or what the
 * version comes from was begun by somebody else, too. */
static bool
is_guarded(uint32_t v)
{
	uint32_t u;

	for (u = 0; G.node[v].guest && u < G.n; u++)
		if (!G.node[u].nparents && (!G.node[u].guest
		    || (in(past[v] | 1u << v, u) && G.node[u].author != G.node[v].author)))
			return true;
	return false;
}

static bool
has_asked(uint32_t v, uint32_t a)
{
	set s = open_proposals(past[v], a);
	uint32_t w;

	for (w = 0; w < G.n; w++)
		if (in(s, w) && G.node[w].author == G.node[v].author && G.state[w][a] == G.state[v][a])
			return true;
	return false;
}

/* What the view of these versions had: nobody's word is absence, but nobody's
 * word on a document is no word at all. */
static vals
view_had(set s, uint32_t a)
{
	vals v = values(latest_writers(s, a), a);

	return v || !a ? v : 1;
}

/* changed, asked: what the version did to what is in the atom. */
static void
say(uint32_t v, uint32_t a, bool changed, bool asked)
{
	vals had = view_had(past[v], a), mine = 1u << G.state[v][a];
	vals wished = values(open_proposals(past[v], a), a);
	bool resolves = G.node[v].op == AC_OP_RESOLVE && !G.node[v].guest;
	bool dispute = many(had) || (wished & ~had), critical;
	struct said *s = &said[a];
	set me = 1u << v;

	if ((resolves && dispute) || (S->slot[a].rule == SILENT && many(had))) {
		s->wrote |= me;
	} else if (had & mine) {
		if (many(had) || mine == 1 || !is_box(a) || !(changed || asked))
			return;
		if (changed) {
			s->wrote |= me;
			s->implied |= me;
		} else if (!has_asked(v, a)) {
			s->asked |= me;
			s->hinted |= me;
		}
	} else {
		/* the document's coming is as critical as its going, if it was there or gone */
		critical = a ? is_critical(a, had | mine) : mine == 1 || had;
		if (!critical || !is_guarded(v)) {
			s->wrote |= me;
			s->joined |= many(had) ? me : 0;
		} else if (!has_asked(v, a)) {
			s->asked |= me;
		}
	}
}

/* Computes it all for G, whose versions stand behind their parents. */
static void
model_run(void)
{
	uint32_t v, a, k, changed, asked;

	memset(said, 0, sizeof said);
	memset(after, 0, sizeof after);
	for (v = 0; v < G.n; v++) {
		past[v] = 0;
		for (k = 0; k < G.node[v].nparents; k++)
			past[v] |= past[G.parents[v][k]] | 1u << G.parents[v][k];
		for (k = 0; k < v; k++)
			if (in(past[v], k))
				after[k] |= 1u << v;
	}
	for (v = 0; v < G.n; v++) {
		/* wholes stand before what is in them: from the end */
		for (changed = asked = 0, a = nslot; a-- > 0;) {
			if (!here(v, a))
				continue;
			say(v, a, changed >> a & 1, asked >> a & 1);
			k = (uint32_t)S->slot[a].box;
			changed |= (changed >> a & 1) << k;
			changed |= (S->slot[a].rule != SILENT && in(said[a].wrote, v)) << k;
			asked |= ((asked >> a & 1) | in(said[a].asked, v)) << k;
		}
	}
}

static bool
is_later(uint32_t a, uint32_t b)
{
	const struct ac_node *v = &G.node[a], *w = &G.node[b];

	return v->time != w->time ? v->time > w->time : memcmp(v->id, w->id, 32) > 0;
}

/* The latest of a set; -1: of none. */
static int
latest(set s)
{
	int out = -1;
	uint32_t v;

	for (v = 0; v < G.n; v++)
		if (in(s, v) && (out < 0 || is_later(v, (uint32_t)out)))
			out = (int)v;
	return out;
}

static set
holding(set s, uint32_t a, uint32_t val)
{
	set out = 0;
	uint32_t v;

	for (v = 0; v < G.n; v++)
		if (in(s, v) && G.state[v][a] == val)
			out |= 1u << v;
	return out;
}

/* What the view of these versions shows in each slot. The later value; but a
 * whole (a document, an item) is never dropped for one who wants it gone. */
static void
model_shows(set s, unsigned char *st)
{
	uint32_t a;
	set w;

	memset(st, 0, SLOTS);
	for (a = 0; a < nslot; a++) {
		if (a && !st[S->slot[a].box])
			continue;
		w = latest_writers(s, a);
		if (S->slot[a].kind != FIELDS && values(w, a) & ~1u)
			w &= ~holding(w, a, 0);
		st[a] = w ? G.state[latest(w)][a] : 0;
	}
}

static set
model_heads(void)
{
	set out = 0;
	uint32_t v;

	for (v = 0; v < G.n; v++)
		out |= after[v] ? 0 : 1u << v;
	return out;
}

#endif
