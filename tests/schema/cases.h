/* SPDX-License-Identifier: ISC */
/*
 * Histories by chance, each from a number: forks in which both hands change
 * what they are told to, criss-crosses, reverts, single lines, and anything.
 */
#ifndef CASES_H
#define CASES_H

#include "model.h"

/* What two versions that come from one do with an atom: only one changes it,
 * both to the same, each to something else, or one deletes the whole and the
 * other changes it. */
enum cell { ONE, SAME, BOTH, GONE, CELLS };

static void
put(unsigned char *st, uint32_t a, uint32_t val)
{
	st[a] = (unsigned char)val;
	for (a = (uint32_t)S->slot[a].box; val && a; a = (uint32_t)S->slot[a].box)
		st[a] = 1;
}

/* What stands in nothing goes; an object without anything in it is not FHIR. */
static void
tidy(unsigned char *st)
{
	uint32_t a, b;
	bool any;

	for (a = 1; a < nslot; a++)
		if (!st[S->slot[a].box])
			st[a] = 0;
	for (a = nslot; a-- > 1;) {
		if (S->slot[a].kind != OBJECT || !st[a])
			continue;
		for (any = false, b = a + 1; b < nslot; b++)
			any |= (uint32_t)S->slot[b].box == a && st[b];
		st[a] = any;
	}
}

static void
change_some(unsigned char *st, uint32_t n)
{
	uint32_t a;

	while (n-- > 0) {
		a = 1 + rnd(nslot - 1);
		put(st, a, rnd(nvalue[a] + 1));
	}
}

/* st[0] is 0: the version deletes the document. */
static struct ac_node *
add(set from, enum ac_op op, const unsigned char *st)
{
	uint32_t i = G.n++, k;
	struct ac_node *v = &G.node[i];

	memset(v, 0, sizeof *v);
	for (k = 0; k < i; k++)
		if (in(from, k))
			G.parents[i][v->nparents++] = k;
	v->parents = G.parents[i];
	memcpy(G.state[i], st, SLOTS);
	if (st[0])
		tidy(G.state[i]);
	else
		memset(G.state[i], 0, SLOTS);
	v->op = op;
	v->body = st[0] ? body_of(G.state[i], !rnd(4)) : NULL;
	for (k = 0; k < 32; k++)
		v->id[k] = (unsigned char)rnd(256);
	v->time = 1 + rnd(5);
	v->author = 1 + rnd(2);
	v->incomplete = !rnd(30);
	return v;
}

static void
make_guest(struct ac_node *v)
{
	v->guest = true;
	v->author = 7 + rnd(2);
}

static set
some_parents(void)
{
	uint32_t n = G.n, i, want = rnd(10) < 6 ? 1 : 2 + rnd(2);
	set out = 0;

	if (!n || !rnd(14))
		return 0;
	for (i = 0; i < want; i++) /* mostly the newest, so that heads join */
		out |= 1u << (rnd(2) ? n - 1 - rnd(n < 3 ? n : 3) : rnd(n));
	return out;
}

/* Anything: mostly what a device shows of the parents, with something changed. */
static void
add_any(set from, bool guests)
{
	enum ac_op op = rnd(5) ? (enum ac_op)rnd(6) : AC_OP_RESOLVE;
	set seen = from;
	row st = { 0 };
	uint32_t v;

	model_run();
	for (v = 0; v < G.n; v++)
		seen |= in(from, v) ? past[v] : 0;
	if (!from) {
		change_some(st, 1 + rnd(nslot));
	} else {
		if (rnd(3))
			model_shows(seen, st);
		else
			memcpy(st, G.state[latest(from)], SLOTS);
		change_some(st, rnd(3));
	}
	st[0] = rnd(8) > 0;
	add(from, op, st);
	if (guests && !rnd(3))
		make_guest(&G.node[G.n - 1]);
}

/* Of x and y, whichever, one or both say something that the base does not. */
static void
set_apart(unsigned char *x, unsigned char *y, const unsigned char *base, uint32_t a, enum cell c)
{
	uint32_t k = nvalue[a] + 1, vx = (base[a] + 1 + rnd(k - 1)) % k, vy;
	unsigned char *t = x;

	if (rnd(2)) {
		x = y;
		y = t;
	}
	put(x, a, vx);
	if (c == SAME)
		put(y, a, vx);
	if (c != BOTH || k < 3)
		return;
	do
		vy = rnd(k);
	while (vy == vx || vy == base[a]);
	put(y, a, vy);
}

/* Two versions from b. What happens to `aim` is told; to the others, anything. */
static void
fork_at(uint32_t b, uint32_t aim, enum cell cell)
{
	static const enum cell others[] = { ONE, SAME, SAME, BOTH, BOTH };
	uint32_t a, i, box = (uint32_t)S->slot[aim].box, swap = rnd(2);
	const unsigned char *base = G.state[b];
	row st[2], *x = &st[0], *y = &st[1];

	memcpy(x, base, SLOTS);
	memcpy(y, base, SLOTS);
	for (a = 1; a < nslot; a++) {
		if (is_box(a) && (a == aim || !rnd(16)))
			put(*y, a, !base[a]);
		if (!is_box(a) && (a == aim ? cell != GONE : rnd(5) > 0))
			set_apart(*x, *y, base, a, a == aim ? cell : others[rnd(5)]);
	}
	for (a = 1; a < nslot && cell == SAME && box; a++)
		if (is_within(a, box))
			(*y)[a] = (*x)[a];
	if (cell == GONE) {
		set_apart(*y, *y, base, aim, ONE);
		(*x)[rnd(2) ? box : 0] = 0;
	}
	for (i = 0; i < 2; i++)
		add(1u << b, st[i ^ swap][0] ? AC_OP_EDIT : AC_OP_RM, st[i ^ swap]);
}

/* Both of two heads are joined twice, apart. */
static void
cross(uint32_t x, uint32_t y, bool guests)
{
	uint32_t i;
	row st;

	for (i = 0; i < 2; i++) {
		memcpy(st, G.state[rnd(2) ? x : y], SLOTS);
		change_some(st, rnd(3));
		st[0] = rnd(5) > 0;
		add(1u << x | 1u << y, rnd(3) ? AC_OP_RESOLVE : AC_OP_SET, st);
		if (guests && !rnd(4))
			make_guest(&G.node[G.n - 1]);
	}
}

/* One changes it and changes it back; another changes it meanwhile, or not. */
static void
revert(uint32_t b, uint32_t aim)
{
	row st, other;

	memcpy(st, G.state[b], SLOTS);
	memcpy(other, st, SLOTS);
	set_apart(st, rnd(3) ? other : st, G.state[b], aim, BOTH);
	change_some(st, rnd(2));
	st[0] = rnd(8) > 0;
	add(1u << b, AC_OP_SET, st);
	add(1u << (G.n - 1), AC_OP_REVERT, G.state[b]);
	change_some(other, rnd(3));
	add(1u << b, AC_OP_SET, other);
}

/* A whole is mostly changed by changing something in it. */
static uint32_t
leaf_of(uint32_t a)
{
	uint32_t i, k;

	for (i = 0; i < 8 && is_box(a) && rnd(8); i++)
		if (is_within(k = 1 + rnd(nslot - 1), a))
			a = k;
	return a;
}

/* Fills G; a fork or a revert changes the slot `aim`. */
static void
generate(uint32_t aim, enum cell cell)
{
	uint32_t kind = rnd(20), n, b;
	bool guests = kind < 10 ? !rnd(3) : rnd(3) > 0;
	row st = { 1 };

	memset(&G, 0, sizeof G);
	aim = leaf_of(aim);
	change_some(st, 1 + rnd(2 * nslot));
	add(0, AC_OP_PUT, st);
	if (kind < 17 && !rnd(4))
		add_any(1, guests);
	b = G.node[G.n - 1].body ? G.n - 1 : 0;
	if (kind < 14) {
		fork_at(b, aim, cell);
		if (kind >= 11)
			cross(G.n - 2, G.n - 1, guests);
		n = kind < 5 ? 0 : rnd(3);
	} else if (kind < 16) {
		revert(b, aim);
		n = rnd(2);
	} else if (kind < 17) { /* a line */
		for (n = 2 + rnd(4); n; n--)
			add_any(1u << (G.n - 1), guests);
	} else {
		n = rnd(NODES - 4);
	}
	while (n-- > 0)
		add_any(some_parents(), guests);
	for (b = 0; guests && b < G.n; b++)
		if (!G.node[b].guest && !rnd(6))
			make_guest(&G.node[b]);
	model_run();
}

/* ------------------------------------------------------ what there is of it */

static bool
concurrent(uint32_t v, uint32_t w)
{
	return v != w && !in(past[v], w) && !in(past[w], v);
}

/* Two versions with more than one nearest common ancestor. */
static bool
is_crisscross(void)
{
	uint32_t v, w, u, n;
	set common;

	for (v = 0; v < G.n; v++)
		for (w = 0; w < v; w++) {
			if (!concurrent(v, w))
				continue;
			common = past[v] & past[w];
			for (n = u = 0; u < G.n; u++)
				n += in(common, u) && !(after[u] & common);
			if (n > 1)
				return true;
		}
	return false;
}

/* A version says again what one before it said, after another did not, and
 * somebody began there and knows nothing of it. */
static bool
is_revert(void)
{
	uint32_t b, u, v, w, a;

	for (v = 0; v < G.n; v++)
		for (u = 0; u < v; u++)
			for (b = 0; in(past[v], u) && b < u; b++)
				for (w = 0; in(past[u], b) && w < G.n; w++)
					for (a = 1; in(after[b], w) && concurrent(v, w) && a < nslot; a++)
						if (G.state[b][a] == G.state[v][a] && G.state[u][a] != G.state[v][a])
							return true;
	return false;
}

#endif
