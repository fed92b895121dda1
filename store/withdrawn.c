/* SPDX-License-Identifier: ISC */
/*
 * Method: an owner's entry says of one document of a share that it has left the filter,
 * or is back: [kind, source, type, id, state]. Of the entries for a document that count,
 * one beats those that its segment had seen; the later clock decides between the rest.
 * So the flag in the index is a function of the entries, and it is set anew after each
 * batch: an entry may come before its document, and its writer may lose his say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/home.h"

struct said {
	int64_t doc, flags, chain, seq, n;
	uint64_t clock;
	unsigned char branch[16];
	size_t place;             /* in the order of clocks */
	bool withdrawn;
};
struct list { struct said *e; size_t n, cap; };

void
ac_withdrawn_entry(struct ac_val e[static 5], const char *source, const char *type, const char *id, bool withdrawn)
{
	e[0] = ac_val_int(AC_ENTRY_WITHDRAWN);
	e[1] = ac_val_text(source);
	e[2] = ac_val_text(type);
	e[3] = ac_val_text(id);
	e[4] = ac_val_int(withdrawn);
}

/* The document that an entry speaks of, if it has come. */
static enum ac_err
document(int64_t *doc, int64_t *flags, struct ac_space *s, const struct ac_val *e, struct ac_fault *f)
{
	const char *source, *type, *id;
	struct ac_rows q;

	*doc = 0;
	if (!ac_entry_text(&source, e, 1) || !ac_entry_text(&type, e, 2) || !ac_entry_text(&id, e, 3))
		return AC_OK;
	q = ac_index_query(s->home->index, "SELECT id, flags FROM doc WHERE space = ? AND type = ? AND rid = ? AND source = ?",
		"ittt", s->id, type, id, source);
	if (ac_rows_next(&q)) {
		*doc = ac_rows_int(&q, 0);
		*flags = ac_rows_int(&q, 1);
	}
	return ac_rows_end(&q, f);
}

/* Only owners' entries count. */
static bool
counts(const struct ac_space *s, const unsigned char *writer, const unsigned char *branch, int64_t seq)
{
	const struct ac_member *m = ac_members_find(&s->members, writer);

	return m && m->role == AC_OWNER && !m->suspended && !ac_members_cut(&s->members, m->id, branch, (uint32_t)seq);
}

static enum ac_err
add(struct list *l, const struct said *one)
{
	struct said *more;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		if (!(more = realloc(l->e, l->cap * sizeof *more)))
			return AC_ENOMEM;
		l->e = more;
	}
	l->e[l->n] = *one;
	l->e[l->n].place = l->n;
	l->n++;
	return AC_OK;
}

static enum ac_err
gather(struct list *l, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT g.entry, g.writer, c.branch, g.seq, g.n, g.clock, c.id FROM slog g"
		" JOIN chain c ON c.id = g.chain WHERE g.space = ? AND g.kind = ? ORDER BY g.clock, c.branch, g.seq, g.n", "ii", s->id,
		(int64_t)AC_ENTRY_WITHDRAWN);
	struct ac_arena a = { 0 };
	const struct ac_val *e;
	enum ac_err err = AC_OK;
	int64_t state;
	const void *p, *w;
	size_t n, nw;

	while (!err && ac_rows_next(&q)) {
		struct said one = { .seq = ac_rows_int(&q, 3), .n = ac_rows_int(&q, 4), .clock = (uint64_t)ac_rows_int(&q, 5),
			.chain = ac_rows_int(&q, 6) };

		w = ac_rows_blob(&q, 1, &nw);
		p = ac_rows_blob(&q, 2, &n);
		if (!w || nw != 8 || !p || n != 16 || !counts(s, w, p, one.seq))
			continue;
		memcpy(one.branch, p, 16);
		p = ac_rows_blob(&q, 0, &n);
		if ((err = ac_mp_read(&e, &a, p, n, f)) || !ac_entry_is(e, AC_ENTRY_WITHDRAWN, 5) || !ac_entry_int(&state, e, 4))
			continue;
		one.withdrawn = state == 1;
		if (!(err = document(&one.doc, &one.flags, s, e, f)) && one.doc)
			err = add(l, &one);
		ac_arena_free(&a);
	}
	ac_arena_free(&a);
	return ac_rows_end(&q, f) ? q.err : err;
}

/* Had the segment of `a` seen that of `b`? */
static bool
saw(struct ac_space *s, const struct said *a, const struct said *b)
{
	int64_t seq = -1;

	if (a->chain == b->chain)
		return a->seq > b->seq || (a->seq == b->seq && a->n > b->n);
	return !ac_index_int(&seq, s->home->index, NULL, "SELECT max(oseq) FROM seen WHERE chain = ? AND other = ? AND seq <= ?"
		" HAVING max(oseq) IS NOT NULL", "ibi", a->chain, b->branch, (size_t)16, a->seq) && seq >= b->seq;
}

static int
by_doc(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	if (x->doc != y->doc)
		return x->doc < y->doc ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* The last word on each document, in place: one for each remains. */
static void
last_words(struct list *l, struct ac_space *s)
{
	size_t i, n = 0;

	if (l->n)
		qsort(l->e, l->n, sizeof *l->e, by_doc);
	for (i = 0; i < l->n; i++)
		if (!n || l->e[n - 1].doc != l->e[i].doc)
			l->e[n++] = l->e[i];
		else if (!saw(s, &l->e[n - 1], &l->e[i]))
			l->e[n - 1] = l->e[i];
	l->n = n;
}

static const struct said *
find(const struct list *l, int64_t doc)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->e[mid].doc == doc)
			return &l->e[mid];
		if (l->e[mid].doc < doc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static enum ac_err
set_flag(struct ac_space *s, int64_t doc, bool on, struct ac_fault *f)
{
	return on ? ac_index_run(s->home->index, f, "UPDATE doc SET flags = flags | 64 WHERE id = ?", "i", doc)
	    : ac_index_run(s->home->index, f, "UPDATE doc SET flags = flags & ~64 WHERE id = ?", "i", doc);
}

enum ac_err
ac_withdrawn_settle(struct ac_space *s, struct ac_fault *f)
{
	const struct said *one;
	struct list l = { 0 };
	struct ac_rows q;
	enum ac_err err = gather(&l, s, f);
	size_t i;

	if (err)
		goto out;
	last_words(&l, s);
	for (i = 0; i < l.n && !err; i++)
		if (l.e[i].withdrawn != ((l.e[i].flags & AC_DOC_WITHDRAWN) != 0))
			err = set_flag(s, l.e[i].doc, l.e[i].withdrawn, f);
	q = ac_index_query(s->home->index, "SELECT id FROM doc INDEXED BY doc_flags WHERE space = ? AND flags != 0 AND (flags & 64) != 0", "i", s->id);
	while (!err && ac_rows_next(&q))
		if (!(one = find(&l, ac_rows_int(&q, 0))) || !one->withdrawn)
			err = set_flag(s, ac_rows_int(&q, 0), false, f);
	if (ac_rows_end(&q, f))
		err = q.err;
out:
	free(l.e);
	return err;
}

enum ac_err
ac_withdrawn_say(struct ac_space *s, int64_t doc, const char *ref, struct ac_fault *f)
{
	const struct said *one;
	char when[32] = "";
	struct list l = { 0 };
	enum ac_err err = gather(&l, s, f);

	if (err)
		goto out;
	last_words(&l, s);
	if ((one = find(&l, doc)))
		ac_time_write(when, (int64_t)(one->clock >> 16));
	err = ac_fault(f, AC_ENOTFOUND, "%.300s is no longer shared: %.200s withdrew it on %.10s; history shows its versions, and"
		" show --version opens one", ref, s->patient, when);
out:
	free(l.e);
	return err;
}
