/* SPDX-License-Identifier: ISC */
/*
 * Method: whoever restores a home sees only what one hub, or one backup, shows. What the
 * home found then is kept in the state as [ms, clock, ms of the backup, [[branch,
 * number], …], floor], and is forgotten when somebody else bears it out (PROTOCOL.md,
 * "Freshness"). A joiner has the floor of its code instead, and only where a hub did not
 * reach it.
 */
#include <string.h>

#include "sync/exchange.h"
#include "sync/freshness.h"

#define NAME "unproved"
#define ITEMS 5

enum ac_err
ac_freshness(struct ac_space *s, int (*each)(void *ctx, const struct ac_freshness *fr), void *ctx, struct ac_fault *f)
{
	char name[AC_DEVICE_NAME];
	struct ac_freshness row;
	enum ac_err err = AC_OK;
	bool stop = false;
	int64_t clock;
	size_t i;

	for (i = 0; i < s->members.n && !stop && !err; i++) {
		if (s->members.m[i].removed)
			continue;
		if ((err = ac_index_int(&clock, s->home->index, f, "SELECT coalesce(max(clock), 0) FROM chain WHERE space = ? AND"
		    " writer = ?", "ib", s->id, s->members.m[i].id, (size_t)8)))
			break;
		ac_device_name(name, s, &s->members.m[i]);
		row = (struct ac_freshness){ .device = name, .newest = clock >> 16,
			.here = !memcmp(s->members.m[i].id, s->me, 8) };
		stop = each(ctx, &row) != 0;
	}
	return err;
}

/* ------------------------------------------------------------------- the mark */

static struct ac_val *
triple(struct ac_arena *a, const unsigned char branch[static 16], int64_t seq, const unsigned char *hash)
{
	struct ac_val *one = ac_entry_list(a, hash ? 3 : 2);
	unsigned char *copy = ac_arena_get(a, 48);

	if (!one || !copy)
		return NULL;
	memcpy(copy, branch, 16);
	*ac_entry_at(one, 0) = ac_val_bytes(copy, 16);
	*ac_entry_at(one, 1) = ac_val_int(seq);
	if (hash) {
		memcpy(copy + 16, hash, 32);
		*ac_entry_at(one, 2) = ac_val_bytes(copy + 16, 32);
	}
	return one;
}

/* How far each chain of others is here. */
static enum ac_err
chains_here(struct ac_val *out, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT branch, seq FROM chain WHERE space = ? AND writer != ? AND seq"
		" >= 0", "ib", s->id, s->me, (size_t)8);
	const struct ac_val *list = ac_entry_list(a, 0);
	struct ac_val *one;
	const void *p;
	size_t n;

	while (list && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 16)
			continue;
		one = triple(a, p, ac_rows_int(&q, 1), NULL);
		list = one ? ac_val_append(a, list, one) : NULL;
	}
	if (ac_rows_end(&q, f))
		return q.err;
	if (!list)
		return AC_ENOMEM;
	*out = *list;
	return AC_OK;
}

enum ac_err
ac_freshness_begin(struct ac_space *s, int64_t backup, const struct ac_code *floor, struct ac_fault *f)
{
	struct ac_val items[ITEMS], mark = { .kind = AC_ARR, .n = ITEMS, .items = items }, *one;
	struct ac_arena a = { 0 };
	uint64_t clock;
	enum ac_err err;

	if ((err = ac_clock_now(&clock, s->home, f)) || (err = chains_here(&items[3], &a, s, f)))
		goto out;
	items[0] = ac_val_int(ac_clock_ms());
	items[1] = ac_val_int((int64_t)clock);
	items[2] = ac_val_int(backup);
	items[4] = (struct ac_val){ .kind = AC_NIL };
	if (floor) {
		if (!(one = triple(&a, floor->branch, floor->seq, floor->hash))) {
			err = AC_ENOMEM;
			goto out;
		}
		items[4] = *one;
	}
	err = ac_mark_put(s, NAME, &mark, f);
out:
	ac_arena_free(&a);
	return err;
}

struct mark {
	int64_t ms, clock, backup;
	const struct ac_val *chains, *floor; /* floor NULL: none */
};

static bool
read_mark(struct mark *out, const struct ac_space *s)
{
	const struct ac_val *v = ac_mark_get(s, NAME);

	if (!v || v->kind != AC_ARR || !ac_entry_int(&out->ms, v, 0) || !ac_entry_int(&out->clock, v, 1)
	    || !ac_entry_int(&out->backup, v, 2) || !(out->chains = ac_entry_arr(v, 3)))
		return false;
	out->floor = ac_entry_arr(v, 4);
	return true;
}

bool
ac_freshness_proved(const struct ac_space *s, int64_t *since)
{
	struct mark m;

	if (!read_mark(&m, s))
		return true;
	*since = m.ms;
	return false;
}

/* ------------------------------------------------------------------- the proof */

static enum ac_err
floor_here(bool *yes, struct ac_space *s, const struct ac_val *floor, struct ac_fault *f)
{
	const unsigned char *branch, *hash;
	int64_t seq, n = 0;
	enum ac_err err;

	*yes = false;
	if (!ac_entry_bin(&branch, floor, 0, 16) || !ac_entry_int(&seq, floor, 1) || !ac_entry_bin(&hash, floor, 2, 32))
		return AC_OK;
	err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM segment g JOIN chain c ON c.id = g.chain WHERE c.space = ?"
		" AND c.branch = ? AND g.seq = ? AND g.hash = ?", "ibib", s->id, branch, (size_t)16, seq, hash, (size_t)32);
	*yes = n > 0;
	return err;
}

/* Has one member written past a clock, or seen a branch of another? */
static enum ac_err
wrote_since(bool *yes, struct ac_space *s, const struct ac_member *m, int64_t clock, const unsigned char other[static 8],
	struct ac_fault *f)
{
	int64_t n = 0;
	enum ac_err err;

	err = ac_index_int(&n, s->home->index, f, "SELECT (SELECT count(*) FROM chain c WHERE c.space = ?1 AND c.writer = ?2 AND"
		" c.clock > ?3) + (SELECT count(*) FROM seen e JOIN chain c ON c.id = e.chain JOIN chain o ON o.space = c.space"
		" AND o.branch = e.other WHERE c.space = ?1 AND c.writer = ?2 AND o.writer = ?4)", "ibib", s->id, m->id,
		(size_t)8, clock, other, (size_t)8);
	*yes = n > 0;
	return err;
}

/* The word of a member who came by a kit, a backup, or a code of such a one, is worth
 * nothing until another's bears it out: two homes restored from one old hub would
 * reassure each other. One step of finding out whose counts. */
static enum ac_err
judge(bool *ok, bool *more, struct ac_space *s, size_t i, struct ac_fault *f)
{
	const struct ac_members *all = &s->members;
	const struct ac_member *m = &all->m[i], *by;
	const struct ac_invite *v = ac_members_invite(all, m->invite);
	enum ac_err err = AC_OK;
	size_t j;

	by = v && v->standing == AC_SINGLE ? ac_members_find(all, v->by) : NULL;
	ok[i] = !v || (by && ok[by - all->m]);
	for (j = 0; j < all->n && !ok[i] && !err; j++)
		if (ok[j] && all->m[j].since < m->since)
			err = wrote_since(&ok[i], s, &all->m[j], (int64_t)m->since, m->id, f);
	*more |= ok[i];
	return err;
}

static enum ac_err
whose_counts(bool *ok, struct ac_space *s, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	bool more = true;
	size_t i;

	while (more && !err) {
		more = false;
		for (i = 0; i < s->members.n && !err; i++)
			if (!ok[i])
				err = judge(ok, &more, s, i, f);
	}
	return err;
}

/* Has somebody who was there before written since? Whoever joined later knows only what
 * the same hub shows. */
static enum ac_err
borne_out(bool *yes, struct ac_space *s, const struct mark *k, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	bool *ok = ac_arena_get(&a, s->members.n + 1);
	const struct ac_member *m;
	enum ac_err err = AC_ENOMEM;
	size_t i;

	if (ok) {
		memset(ok, 0, s->members.n + 1);
		err = whose_counts(ok, s, f);
	}
	for (i = 0; i < s->members.n && !*yes && !err; i++) {
		m = &s->members.m[i];
		if (ok[i] && !m->removed && !m->suspended && memcmp(m->id, s->me, 8) && (int64_t)m->since < k->clock)
			err = wrote_since(yes, s, m, k->clock, s->me, f);
	}
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_freshness_check(struct ac_space *s, struct ac_fault *f)
{
	struct mark k;
	bool yes = false;
	enum ac_err err = AC_OK;

	if (!read_mark(&k, s))
		return AC_OK;
	if (k.floor)
		err = floor_here(&yes, s, k.floor, f);
	if (!err && !yes)
		err = borne_out(&yes, s, &k, f);
	return err || !yes ? err : ac_mark_put(s, NAME, NULL, f);
}

static const struct ac_verify_head *
head_of(const struct ac_verify_heads *heads, const struct ac_space *s, const unsigned char branch[static 16])
{
	size_t i;

	for (i = 0; i < heads->n; i++)
		if (!memcmp(heads->head[i].space, s->sid, 8) && !memcmp(heads->head[i].branch, branch, 16))
			return &heads->head[i];
	return NULL;
}

/* Does the backup hold every version of the chains that were found? What follows it there
 * may begin an epoch. */
static enum ac_err
reaches(bool *yes, const struct ac_verify_heads *heads, struct ac_space *s, const struct mark *k, struct ac_fault *f)
{
	const struct ac_verify_head *h;
	const unsigned char *branch;
	enum ac_err err = AC_OK;
	int64_t seq, n;
	uint32_t i;

	*yes = true;
	for (i = 0; i < k->chains->n && *yes && !err; i++) {
		if (!ac_entry_bin(&branch, &k->chains->items[i], 0, 16) || !ac_entry_int(&seq, &k->chains->items[i], 1))
			continue;
		h = head_of(heads, s, branch);
		n = 0;
		err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM version v JOIN chain c ON c.id = v.chain WHERE"
			" c.space = ? AND c.branch = ? AND v.seq > ? AND v.seq <= ?", "ibii", s->id, branch, (size_t)16,
			h ? h->seq : (int64_t)-1, seq);
		*yes = !n;
	}
	return err;
}

/* Is all of the backup here, and nothing of this device in it? Segments of one number were
 * compared already. */
static enum ac_err
within(bool *yes, const struct ac_verify_heads *heads, struct ac_space *s, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	int64_t n;
	size_t i;

	*yes = true;
	for (i = 0; i < heads->n && *yes && !err; i++) {
		if (memcmp(heads->head[i].space, s->sid, 8))
			continue;
		n = 0;
		err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM chain WHERE space = ? AND branch = ? AND seq >= ?"
			" AND writer != ?", "ibib", s->id, heads->head[i].branch, (size_t)16, heads->head[i].seq, s->me,
			(size_t)8);
		*yes = n > 0;
	}
	return err;
}

enum ac_err
ac_freshness_backup(struct ac_space *s, const struct ac_verify_heads *heads, int64_t time, struct ac_fault *f)
{
	struct mark k;
	enum ac_err err;
	bool yes;

	if (!read_mark(&k, s) || k.floor || time <= k.backup)
		return AC_OK;
	if (!(err = reaches(&yes, heads, s, &k, f)) && yes)
		err = within(&yes, heads, s, f);
	return err || !yes ? err : ac_mark_put(s, NAME, NULL, f);
}
