/* SPDX-License-Identifier: ISC */
/*
 * Method: a device says in its chain, signed, which large attachments it has: those that
 * it stored (their entries say so) and, before it makes a file for others, those that came
 * to it. Only such a word keeps an attachment out of a file: a file is signed by nobody,
 * so that one came from there proves nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/files.h"

struct ac_holding { unsigned char member[8], hash[32]; uint64_t clock; };

struct loading {
	struct ac_holders *h;
	size_t cap;
};

static enum ac_err
add(struct loading *l, const unsigned char *member, const unsigned char *hash, uint64_t clock)
{
	struct ac_holders *h = l->h;
	struct ac_holding *more;

	if (h->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		if (!(more = realloc(h->list, l->cap * sizeof *more)))
			return AC_ENOMEM;
		h->list = more;
	}
	memcpy(h->list[h->n].member, member, 8);
	memcpy(h->list[h->n].hash, hash, 32);
	h->list[h->n++].clock = clock;
	return AC_OK;
}

static enum ac_err
load_stored(struct loading *l, struct ac_fault *f)
{
	struct ac_space *s = l->h->s;
	struct ac_rows q = ac_index_query(s->home->index, "SELECT c.writer, b.hash, g.clock FROM blob b JOIN chain c ON c.id ="
		" b.chain JOIN segment g ON g.chain = b.chain AND g.seq = b.seq WHERE b.space = ?", "i", s->id);
	enum ac_err err = AC_OK;
	const void *w, *h;
	size_t nw, nh;

	while (!err && ac_rows_next(&q))
		if ((w = ac_rows_blob(&q, 0, &nw)) && nw == 8 && (h = ac_rows_blob(&q, 1, &nh)) && nh == 32)
			err = add(l, w, h, (uint64_t)ac_rows_int(&q, 2));
	return ac_rows_end(&q, f) ? q.err : err;
}

static enum ac_err
load_said(struct loading *l, struct ac_fault *f)
{
	struct ac_space *s = l->h->s;
	struct ac_rows q = ac_index_query(s->home->index, "SELECT writer, entry, clock FROM slog WHERE space = ? AND kind = ?",
		"ii", s->id, (int64_t)AC_ENTRY_HERE);
	const unsigned char *hash;
	const struct ac_val *e;
	enum ac_err err = AC_OK;
	const void *w, *p;
	size_t nw, n;
	uint32_t i;

	while (!err && ac_rows_next(&q)) {
		struct ac_arena a = { 0 };

		if ((w = ac_rows_blob(&q, 0, &nw)) && nw == 8 && (p = ac_rows_blob(&q, 1, &n)) && !ac_mp_read(&e, &a, p, n, NULL)
		    && e->kind == AC_ARR)
			for (i = 1; i < e->n && !err; i++)
				if (ac_entry_bin(&hash, e, i, 32))
					err = add(l, w, hash, (uint64_t)ac_rows_int(&q, 2));
		ac_arena_free(&a);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

/* Somebody may join by a code that is out, and has nothing yet. */
static bool
expects_stranger(const struct ac_space *s)
{
	const struct ac_invite *v;
	size_t i;

	for (i = 0; i < s->members.ni; i++) {
		v = &s->members.i[i];
		if (v->standing == AC_SINGLE && !v->uses && !v->cancelled && (!v->expires || v->expires > ac_clock_ms()))
			return true;
	}
	return false;
}

enum ac_err
ac_holders_load(struct ac_holders *out, struct ac_space *s, struct ac_fault *f)
{
	struct ac_holders h = { .s = s, .stranger = expects_stranger(s) };
	struct loading l = { .h = &h };
	enum ac_err err;

	if ((err = load_stored(&l, f)) || (err = load_said(&l, f)))
		free(h.list);
	else
		*out = h;
	return err;
}

void
ac_holders_free(struct ac_holders *h)
{
	free(h->list);
	memset(h, 0, sizeof *h);
}

static bool
has(const struct ac_holders *h, const unsigned char *member, const unsigned char *hash)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!memcmp(h->list[i].hash, hash, 32) && !memcmp(h->list[i].member, member, 8))
			return true;
	return false;
}

bool
ac_holders_all(const struct ac_holders *h, const unsigned char hash[static 32])
{
	const struct ac_members *all = &h->s->members;
	size_t i, others = 0;

	for (i = 0; i < all->n; i++) {
		if (all->m[i].removed || !memcmp(all->m[i].id, h->s->me, 8))
			continue;
		if (!has(h, all->m[i].id, hash))
			return false;
		others++;
	}
	return others && !h->stranger;
}

bool
ac_holders_last(unsigned char member[static 8], struct ac_space *s, const unsigned char hash[static 32])
{
	const struct ac_holding *last = NULL;
	struct ac_holders h;
	size_t i;

	if (ac_holders_load(&h, s, NULL))
		return false;
	for (i = 0; i < h.n; i++)
		if (!memcmp(h.list[i].hash, hash, 32) && memcmp(h.list[i].member, s->me, 8)
		    && (!last || h.list[i].clock > last->clock))
			last = &h.list[i];
	if (last)
		memcpy(member, last->member, 8);
	ac_holders_free(&h);
	return last != NULL;
}

/* ------------------------------------------------------------------- saying */

struct saying {
	struct ac_holders *h;
	struct ac_arena a;
	const struct ac_val *e;  /* [kind, hash, ...] */
};

static enum ac_err
consider(void *ctx, const unsigned char hash[static 32], uint64_t size, struct ac_fault *f)
{
	struct saying *w = ctx;
	struct ac_chunks_at at;
	struct ac_val v;
	unsigned char *copy;
	enum ac_err err;

	if (size <= AC_CHUNK_SMALL || has(w->h, w->h->s->me, hash))
		return AC_OK;
	err = ac_chunks_find(&at, w->h->s, hash, NULL);
	if (err)
		return err == AC_ENOMEM ? err : AC_OK;
	(void)f;
	if (!(copy = ac_arena_get(&w->a, 32)))
		return AC_ENOMEM;
	memcpy(copy, hash, 32);
	v = ac_val_bytes(copy, 32);
	return (w->e = ac_val_append(&w->a, w->e, &v)) ? AC_OK : AC_ENOMEM;
}

enum ac_err
ac_holders_say(struct ac_space *s, struct ac_fault *f)
{
	struct ac_val kind = ac_val_int(AC_ENTRY_HERE), first = { .kind = AC_ARR, .n = 1, .items = &kind };
	struct ac_holders h = { 0 };
	struct saying w = { .h = &h, .e = &first };
	struct ac_append b = { 0 };
	enum ac_err err;

	if (ac_space_closed(s) || !ac_members_find(&s->members, s->me))
		return AC_OK;
	if ((err = ac_holders_load(&h, s, f)) || (err = ac_files_each(s, consider, &w, f)) || w.e->n == 1)
		goto out;
	if (!(err = ac_append_begin(&b, s, f)) && !(err = ac_append_entry(&b, w.e, (size_t)w.e->n * 34 + 8, f)))
		err = ac_append_commit(&b, f);
	ac_append_end(&b);
out:
	ac_holders_free(&h);
	ac_arena_free(&w.a);
	return err;
}
