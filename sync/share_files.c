/* SPDX-License-Identifier: ISC */
/*
 * Method: a version keeps its name when it goes from one space into another, but the
 * bytes of its attachments are sealed anew, so that equal blobs link no two spaces. They
 * may come later than the version: what one device lacks another has, or a remote. So
 * the versions of a share are looked through, from the first that may still lack
 * something (a mark kept in the index), and what the other space lacks is brought there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/files.h"

struct owed {
	unsigned char hash[32];
	bool in;                 /* into the vault; else into the share */
	int64_t version;         /* of the share, that names it first */
	bool done;
};
struct looking {
	struct ac_space *share, *vault;
	struct ac_share_files *out;
	struct owed *list; size_t n, cap;
	int64_t mark, last;      /* looked through up to this version: before, and now */
	struct ac_fault *f;
};

/* Has an owner stored it there? Anybody else may say so and not have done it. */
static bool
stored(struct ac_space *s, const unsigned char *hash)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT DISTINCT c.writer FROM blob b JOIN chain c ON c.id = b.chain"
		" WHERE b.space = ? AND b.hash = ?", "ib", s->id, hash, (size_t)32);
	const struct ac_member *m;
	struct ac_chunks_at at;
	bool any = false, yes = false;
	const void *p;
	size_t n;

	while (ac_rows_next(&q)) {
		any = true;
		if ((p = ac_rows_blob(&q, 0, &n)) && n == 8 && (m = ac_members_find(&s->members, p)))
			yes |= m->role == AC_OWNER && !m->suspended;
	}
	return !ac_rows_end(&q, NULL) && (yes || (any && !ac_chunks_find(&at, s, hash, NULL)));
}

static enum ac_err
add(struct looking *l, const unsigned char *hash, bool in, int64_t version)
{
	struct owed *more;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->list[i].in == in && !memcmp(l->list[i].hash, hash, 32))
			return AC_OK;
	if (stored(in ? l->vault : l->share, hash))
		return AC_OK;
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		if (!(more = realloc(l->list, l->cap * sizeof *more)))
			return AC_ENOMEM;
		l->list = more;
	}
	l->list[l->n] = (struct owed){ .in = in, .version = version };
	memcpy(l->list[l->n++].hash, hash, 32);
	return AC_OK;
}

static enum ac_err
walk(struct looking *l, const struct ac_val *v, bool in, int64_t version)
{
	enum ac_err err = AC_OK;
	uint32_t i;

	if (v->kind == AC_BLOB)
		return add(l, v->blob->hash, in, version);
	for (i = 0; v->kind == AC_ARR && i < v->n && !err; i++)
		err = walk(l, &v->items[i], in, version);
	for (i = 0; v->kind == AC_MAP && i < v->n && !err; i++)
		err = walk(l, &v->pairs[i].val, in, version);
	return err;
}

static void
mark_of(char key[static 32], const struct ac_space *share)
{
	memcpy(key, "files:", 6);
	ac_crypto_hex(key + 6, share->sid, 8);
}

/* What a writer wrote and the vault did not take needs nothing. */
static enum ac_err
look(struct looking *l)
{
	struct ac_rows q;
	char key[32];
	enum ac_err err;

	mark_of(key, l->share);
	err = ac_index_int(&l->mark, l->share->home->index, l->f, "SELECT val FROM meta WHERE key = ?", "t", key);
	if (err && err != AC_ENOTFOUND)
		return err;
	err = AC_OK;
	l->last = l->mark;
	q = ac_index_query(l->share->home->index, "SELECT v.id, v.chain, v.seq, v.n, v.guest FROM version v JOIN doc d ON d.id ="
		" v.doc WHERE v.id > ?1 AND d.space = ?2 AND (v.guest != 1 OR EXISTS(SELECT 1 FROM version w JOIN doc x ON x.id ="
		" w.doc WHERE w.tag = v.tag AND w.vid = v.vid AND x.space = ?3)) ORDER BY v.id", "iii", l->mark, l->share->id, l->vault->id);
	while (!err && ac_rows_next(&q)) {
		struct ac_arena a = { 0 };
		struct ac_version v;

		l->last = ac_rows_int(&q, 0);
		err = ac_docs_version(&v, &a, l->share, ac_rows_int(&q, 1), (uint32_t)ac_rows_int(&q, 2),
			(uint32_t)ac_rows_int(&q, 3), l->f);
		if (!err && v.body)
			err = walk(l, v.body, ac_rows_int(&q, 4) == AC_GUEST_HERE, l->last);
		ac_arena_free(&a);
	}
	return ac_rows_end(&q, l->f) ? q.err : err;
}

/* Bytes that are not here are asked for, up to the ceilings. */
static enum ac_err
bring(struct looking *l, bool all)
{
	struct ac_chunks_at *at = NULL, one;
	struct ac_space *from;
	uint64_t size, sum = 0;
	enum ac_err err;
	size_t i, n;

	for (i = 0; i < l->n; i++) {
		from = l->list[i].in ? l->share : l->vault;
		if (ac_chunks_find(&one, from, l->list[i].hash, NULL) != AC_ENET)
			continue;
		if ((err = ac_chunks_places(&at, &n, from, l->list[i].hash, l->f)))
			return err;
		size = n ? at[0].size : 0;
		free(at);
		if (!all && (size > AC_FILES_ONE || sum + size > AC_FILES_RUN))
			continue;
		sum += size;
		err = ac_files_fetch(from, l->list[i].hash, NULL);
		if (err == AC_ENOMEM || err == AC_EINTERNAL)
			return err;
	}
	return AC_OK;
}

/* What is here now goes over, in one batch. */
static enum ac_err
hand_over(struct looking *l, bool in)
{
	struct ac_space *from = in ? l->share : l->vault, *to = in ? l->vault : l->share;
	struct ac_append b = { 0 };
	struct ac_chunks_at at;
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < l->n && !err; i++) {
		if (l->list[i].in != in || ac_chunks_find(&at, from, l->list[i].hash, NULL))
			continue;
		if (!b.s && (err = ac_append_begin(&b, to, l->f)))
			break;
		/* bytes that are damaged here may be whole elsewhere */
		if (!(err = ac_chunks_copy(&b, from, l->list[i].hash, l->f)))
			l->list[i].done = true;
		else if (err == AC_ECORRUPT || err == AC_ENET || err == AC_ENOTFOUND)
			err = ac_fault_past(l->f);
	}
	if (!err && b.s)
		err = ac_append_commit(&b, l->f);
	ac_append_end(&b);
	return err;
}

/* The next look begins behind what lacks nothing. */
static enum ac_err
keep_mark(struct looking *l)
{
	char key[32];
	size_t i;

	mark_of(key, l->share);
	for (i = 0; i < l->n; i++) {
		if (l->list[i].done)
			continue;
		if (l->list[i].in)
			l->out->in++;
		else
			l->out->out++;
		if (l->list[i].version <= l->last)
			l->last = l->list[i].version - 1;
	}
	if (l->last == l->mark)
		return AC_OK;
	return ac_index_run(l->share->home->index, l->f, "INSERT OR REPLACE INTO meta VALUES(?, ?)", "ti", key, l->last);
}

enum ac_err
ac_share_files_again(struct ac_space *share, int64_t version, struct ac_fault *f)
{
	char key[32];

	mark_of(key, share);
	return ac_index_run(share->home->index, f, "UPDATE meta SET val = min(val, ?) WHERE key = ?", "it", version - 1, key);
}

enum ac_err
ac_share_files(struct ac_share_files *out, struct ac_space *share, struct ac_space *vault, bool closed, struct ac_fault *f)
{
	struct ac_share_files left = { 0 };
	struct looking l = { .share = share, .vault = vault, .out = &left, .f = f };
	enum ac_err err;
	size_t i;

	if ((err = look(&l)))
		goto out;
	for (i = 0; closed && i < l.n; i++) /* nobody is there to read what was published */
		l.list[i].done = !l.list[i].in;
	if ((err = bring(&l, closed)) || (err = hand_over(&l, true)) || (!closed && (err = hand_over(&l, false))))
		goto out;
	if ((err = ac_home_lock(share->home, f)))
		goto out;
	err = keep_mark(&l);
	ac_home_unlock(share->home);
	if (!err)
		*out = left;
out:
	free(l.list);
	return err;
}

enum ac_err
ac_share_files_one(struct ac_space *vault, const unsigned char hash[static 32], struct ac_fault *f)
{
	struct ac_home *h = vault->home;
	struct ac_append b = { 0 };
	struct ac_chunks_at at;
	enum ac_err err = AC_ENOTFOUND, one;
	size_t i;

	for (i = 0; i < h->nspaces && err; i++) {
		if (h->spaces[i]->kind != AC_SPACE_SHARE_OWN || memcmp(h->spaces[i]->vault, vault->sid, 8))
			continue;
		if ((one = ac_chunks_find(&at, h->spaces[i], hash, NULL)) == AC_ENET)
			one = ac_files_fetch(h->spaces[i], hash, f);
		if (one && one != AC_ENOTFOUND)
			err = one;
		if (one)
			continue;
		if (!(err = ac_append_begin(&b, vault, f)) && !(err = ac_chunks_copy(&b, h->spaces[i], hash, f)))
			err = ac_append_commit(&b, f);
		ac_append_end(&b);
	}
	return err;
}
