/* SPDX-License-Identifier: ISC */
/*
 * Method: go round the branches, and move each as far as all that its segments name is
 * moved already, until none moves. So two chains that answer each other advance in turns,
 * and after any move the hub shows nothing that was written upon what it does not show.
 * Heads name only what their writer had seen, so there is always one that can move.
 * Each move has a step: later than that of whatever it names. So moves of one step may be
 * made in any order, or only some of them.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/exchange.h"

#define NO_LIMIT INT64_MAX

struct need { int64_t seq, upto; size_t other; }; /* from seq on: the other branch up to there */

struct line {
	const struct ac_carried *c;
	int64_t chain;           /* the index's number for it */
	int64_t *last;           /* number of each commit's last segment; parallel to commits */
	struct need *needs;
	size_t n, cap, met;      /* needs; those that hold already */
	size_t left;             /* commits that are not moved yet: the newest so many */
	int64_t tip;             /* the number up to which it is moved */
	size_t step;             /* of its last move; 0: none yet */
	size_t after;            /* the latest step of what the next move names */
};

struct order {
	struct ac_space *s;
	struct line *l;
	size_t n;
	struct ac_move *moves;
	size_t nmoves, cap;
	struct ac_fault *f;
};

/* The number of the newest commit's last segment; NO_LIMIT where the index does not tell
 * (no chain, or another process is at it): such a branch waits for none and none for it. */
static enum ac_err
newest(int64_t *out, struct order *o, struct line *l)
{
	struct ac_rows q = ac_index_query(o->s->home->index, "SELECT id, seq, oid FROM chain WHERE space = ? AND branch = ?",
		"ib", o->s->id, l->c->branch, (size_t)16);
	struct ac_oid *commits = NULL, at;
	uint64_t since = 0;
	bool found = false;
	const void *p;
	size_t n;

	*out = NO_LIMIT;
	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 2, &n)) && n == sizeof at) {
		memcpy(&at, p, sizeof at);
		l->chain = ac_rows_int(&q, 0);
		if (!ac_lineage(&commits, &n, &since, &found, o->s->home->repo, &at, &l->c->commits[0], NULL) && found)
			*out = ac_rows_int(&q, 1) - (int64_t)since;
		free(commits);
	}
	return ac_rows_end(&q, o->f);
}

static enum ac_err
number_commits(struct order *o, struct line *l)
{
	struct ac_batch *b = malloc(sizeof *b);
	enum ac_err err = AC_OK;
	int64_t seq;
	size_t i;

	l->left = l->c->n;
	if (!b || !(l->last = calloc(l->c->n, sizeof *l->last)))
		err = AC_ENOMEM;
	else
		err = newest(&seq, o, l);
	for (i = 0; i < l->c->n && !err; i++) {
		l->last[i] = seq;
		if (seq != NO_LIMIT && !(err = ac_repo_read(b, o->s->home->repo, &l->c->commits[i], o->f)))
			seq -= (int64_t)b->n;
	}
	l->tip = err ? 0 : seq;
	free(b);
	return err;
}

static enum ac_err
add_need(struct order *o, struct line *l, int64_t seq, const unsigned char other[static 16], int64_t upto)
{
	struct need *more;
	size_t i;

	for (i = 0; i < o->n && memcmp(o->l[i].c->branch, other, 16); i++)
		;
	if (i == o->n || upto <= o->l[i].tip)
		return AC_OK;
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		if (!(more = realloc(l->needs, l->cap * sizeof *more)))
			return AC_ENOMEM;
		l->needs = more;
	}
	l->needs[l->n++] = (struct need){ seq, upto, i };
	return AC_OK;
}

static enum ac_err
read_needs(struct order *o, struct line *l)
{
	struct ac_rows q;
	enum ac_err err = AC_OK;
	const void *p;
	size_t n;

	if (l->tip == NO_LIMIT)
		return AC_OK;
	q = ac_index_query(o->s->home->index, "SELECT seq, other, oseq FROM seen WHERE chain = ? AND seq > ? ORDER BY seq", "ii",
		l->chain, l->tip);
	while (!err && ac_rows_next(&q))
		if ((p = ac_rows_blob(&q, 1, &n)) && n == 16)
			err = add_need(o, l, ac_rows_int(&q, 0), p, ac_rows_int(&q, 2));
	return ac_rows_end(&q, o->f) ? q.err : err;
}

/* May the next commit of the branch be moved to? */
static bool
may_move(struct order *o, struct line *l)
{
	const struct line *other;

	for (; l->met < l->n && l->needs[l->met].seq <= l->last[l->left - 1]; l->met++) {
		other = &o->l[l->needs[l->met].other];
		if (other->tip < l->needs[l->met].upto)
			return false;
		if (other->step > l->after)
			l->after = other->step;
	}
	return true;
}

static enum ac_err
add_move(struct order *o, size_t which, size_t commit, size_t step)
{
	struct ac_move *more;

	if (o->nmoves == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 16;
		if (!(more = realloc(o->moves, o->cap * sizeof *more)))
			return AC_ENOMEM;
		o->moves = more;
	}
	o->moves[o->nmoves++] = (struct ac_move){ which, commit, step };
	return AC_OK;
}

static enum ac_err
go_round(struct order *o, bool *moved)
{
	enum ac_err err = AC_OK;
	struct line *l;
	size_t i, was;

	*moved = false;
	for (i = 0; i < o->n && !err; i++) {
		l = &o->l[i];
		for (was = l->left; l->left && may_move(o, l); l->left--)
			l->tip = l->last[l->left - 1];
		if (l->left == was)
			continue;
		*moved = true;
		if (l->step <= l->after)
			l->step = l->after + 1;
		err = add_move(o, i, l->left, l->step);
	}
	return err;
}

static int
by_step(const void *a, const void *b)
{
	const struct ac_move *x = a, *y = b;

	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	if (x->which != y->which)
		return x->which < y->which ? -1 : 1;
	return x->commit > y->commit ? -1 : x->commit < y->commit; /* older first */
}

enum ac_err
ac_causal_order(struct ac_move **out, size_t *n, struct ac_space *s, const struct ac_carried *c, size_t nc,
	struct ac_fault *f)
{
	struct order o = { .s = s, .n = nc, .l = calloc(nc + 1, sizeof *o.l), .f = f };
	bool moved = true;
	enum ac_err err = o.l ? AC_OK : AC_ENOMEM;
	size_t i, last = 0;

	for (i = 0; i < nc && o.l; i++)
		o.l[i] = (struct line){ .c = &c[i], .left = c[i].n, .tip = NO_LIMIT };
	/* one alone waits for none: no need to look */
	for (i = 0; i < nc && nc > 1 && !err; i++)
		err = number_commits(&o, &o.l[i]);
	for (i = 0; i < nc && nc > 1 && !err; i++)
		err = read_needs(&o, &o.l[i]);
	while (!err && moved && nc > 1)
		err = go_round(&o, &moved);
	/* what is left names what cannot be: it is moved as it is, for others to judge */
	for (i = 0; i < nc && !err; i++)
		if (o.l[i].step > last)
			last = o.l[i].step;
	for (i = 0; i < nc && !err; i++)
		if (o.l[i].left)
			err = add_move(&o, i, 0, last + 1);
	if (!err && o.nmoves)
		qsort(o.moves, o.nmoves, sizeof *o.moves, by_step);
	if (!err) {
		*out = o.moves;
		*n = o.nmoves;
		o.moves = NULL;
	}
	for (i = 0; i < nc && o.l; i++) {
		free(o.l[i].last);
		free(o.l[i].needs);
	}
	free(o.l);
	free(o.moves);
	return err;
}
