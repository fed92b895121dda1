/* SPDX-License-Identifier: ISC */
/*
 * One run over one remote: fetch into a quarantine, take what verifies, answer (close
 * what has expired, take contributions in, publish to shares), push what the remote
 * lacks, read back. Each step is safe to stop after.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/query.h"
#include "sync/closed.h"
#include "sync/edition.h"
#include "sync/exchange.h"
#include "sync/files.h"
#include "sync/freshness.h"
#include "sync/joined.h"
#include "sync/later.h"
#include "sync/share.h"
#include "sync/tombstone.h"

#define TRIES 8
#define ROUNDS 3

struct run {
	struct ac_space *s;
	struct ac_remote *r;
	const struct ac_sync_events *e;
	struct ac_sync_result *out;
	struct ac_synced row;
	char stuck[sizeof ((struct ac_quarantine *)0)->stuck]; /* of the last push */
	uint64_t taken;          /* contributions, which now stand in the vault's own chain */
	struct ac_fault *f;
};

static enum ac_err
pull(struct run *u, struct ac_space *s, bool *more)
{
	struct ac_quarantine q;
	struct ac_taken t = { 0 };
	enum ac_err err;
	int round;

	/* what cannot be verified is asked for again: branches are listed one after the other,
	 * and another device may have been in the middle of a push */
	for (round = 1; round <= ROUNDS; round++) {
		if (round > 1)
			usleep(100000);
		if ((err = ac_quarantine_open(&q, s->home, u->f)))
			return err;
		if (!(err = ac_quarantine_shown(&q, s, u->r->name, u->f))
		    && !(err = ac_quarantine_fetch(&q, u->r->url, (const unsigned char (*)[8])s->sid, 1, NULL, u->f)))
			err = ac_take(&t, &q, s, u->r->name, round == ROUNDS, u->e, u->f);
		if (!err)
			err = ac_closed_keep(s, &q, u->e, u->f);
		u->row.bytes_in += q.bytes_in;
		ac_quarantine_close(&q);
		if (err)
			return err;
		/* of a share of ours only what its writers wrote is news, and it is counted when
		 * the vault takes it in */
		if (s->kind != AC_SPACE_SHARE_OWN) {
			u->row.received += t.versions;
			u->out->new_conflicts += t.conflicts;
		}
		u->out->new_alerts += t.alerts;
		*more |= t.versions > 0;
		if (!t.retry)
			break;
	}
	return AC_OK;
}

/* What the remote shows now, for unsent counts and for noticing that it went back. */
static enum ac_err
note_seen(struct ac_quarantine *q, struct ac_space *s, const char *remote, struct ac_fault *f)
{
	unsigned char sid[8], branch[16];
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < q->n && !err; i++) {
		if (!ac_repo_ref_parse(sid, branch, q->refs[i].name) || memcmp(sid, s->sid, 8)
		    || !ac_repo_has(s->home->repo, &q->refs[i].at))
			continue;
		err = ac_remote_saw(s, remote, sid, branch, &q->refs[i].at, f);
	}
	return err;
}

static enum ac_err
push(struct run *u, struct ac_space *s, bool *again)
{
	struct ac_covered covered = { 0 };
	struct ac_quarantine q;
	uint64_t versions = 0;
	enum ac_err err;

	if ((err = ac_quarantine_open(&q, s->home, u->f)))
		return err;
	if (!(err = ac_quarantine_list(&q, u->r->url, u->f)))
		err = ac_push(&q, s, u->r->name, u->r->url, &versions, again, u->f);
	if (!err)
		err = note_seen(&q, s, u->r->name, u->f);
	if (!err)
		err = ac_tombstone_sweep(s, &q, u->r->url);
	if (!err)
		err = ac_closed_sweep(s, &q, u->r->name, u->r->url, u->e, u->f);
	if (!err)
		err = ac_covered_find(&covered, s, &q, u->f);
	u->row.sent += versions;
	u->row.bytes_out += q.bytes_out;
	memcpy(u->stuck, q.stuck, sizeof u->stuck);
	ac_quarantine_close(&q);
	if (!err)
		err = ac_covered_answer(&covered, s, u->r, u->e, &u->out->new_alerts, again, u->f);
	ac_covered_free(&covered);
	return err;
}

/* Contributions are versions that the vault receives, and may put it in dispute. */
static enum ac_err
answer(struct run *u, struct ac_space *s)
{
	uint64_t was, now, taken = 0;
	enum ac_err err;

	if ((err = ac_query_disputes(&was, u->s, u->f)) || (err = ac_share_answer(s, s == u->s ? AC_FETCHED_VAULT : AC_FETCHED_SHARE,
	    u->e, &taken, u->f))
	    || (err = ac_joined_answer(s, u->f))
	    || (err = ac_query_disputes(&now, u->s, u->f)))
		return err;
	u->row.received += taken;
	u->taken += taken;
	u->out->new_conflicts += now > was ? now - was : 0;
	return AC_OK;
}

static enum ac_err
one_space(struct run *u, struct ac_space *s)
{
	bool again = true, more = false;
	enum ac_err err = AC_OK;
	int tries;

	for (tries = 0; again && !err && tries < (u->stuck[0] ? TRIES / 2 : TRIES); tries++) {
		if (tries)
			usleep(20000u << (tries > 4 ? 4 : tries));
		if ((err = pull(u, s, &more)))
			break;
		if (ac_space_closed(s))
			return AC_OK;
		if ((err = answer(u, s)))
			break;
		err = push(u, s, &again);
	}
	if (!err && again && u->stuck[0])
		err = ac_fault(u->f, AC_ENET, "%s", u->stuck);
	else if (!err && again)
		err = ac_fault(u->f, AC_ENET, "%s is too busy: others wrote to it at each of %d tries; sync again", u->r->name, TRIES);
	return err;
}

/* The one who was removed hears it at each sync. */
enum ac_err
ac_sync_tell_ended(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	char text[600], late[100] = "", until[80] = "", when[32];
	int64_t n = 0, ended = ac_share_ended(s);
	enum ac_err err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM version v JOIN chain c ON c.id = v.chain"
		" WHERE c.space = ? AND c.writer = ? AND NOT v.shown", "ib", s->id, s->me, (size_t)8);

	if (err || !e || !e->notice)
		return err;
	if (ended) {
		ac_time_write(when, ended);
		snprintf(until, sizeof until, ac_words("; it was given until %.10s"), when);
	}
	if (n)
		snprintf(late, sizeof late, ac_words("; %lld written here since then were not delivered"), (long long)n);
	snprintf(text, sizeof text, ac_words("access to the record of %.200s has ended for this device%s: nothing new comes, and"
		" what is here stays readable%s"), s->patient, until, late);
	e->notice(e->ctx, text);
	return AC_OK;
}

static bool
share_of(const struct ac_space *s, const struct ac_space *vault)
{
	return s->kind == AC_SPACE_SHARE_OWN && !memcmp(s->vault, vault->sid, 8);
}

/* Of a share that was closed, and of which the remote has no more than it should, nothing
 * is fetched or pushed. */
static enum ac_err
settled(bool *yes, struct run *u, struct ac_space *share)
{
	struct ac_quarantine q;
	struct ac_closed c;
	enum ac_err err;

	*yes = false;
	if (!ac_closed_is(&c, share))
		return AC_OK;
	if ((err = ac_quarantine_open(&q, share->home, u->f)))
		return err;
	if (!(err = ac_quarantine_list(&q, u->r->url, u->f)))
		*yes = !ac_closed_unsettled(share, &q);
	ac_quarantine_close(&q);
	return err;
}

static enum ac_err
has_remote(bool *yes, struct ac_space *s, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_remote *r;
	enum ac_err err;
	size_t n;

	err = ac_remote_load(&r, &n, &a, s, f);
	*yes = !err && n > 0;
	ac_arena_free(&a);
	return err;
}

/* The spaces that this remote carries for s: itself, and its shares that name no remote
 * of their own. */
static enum ac_err
one_remote(struct run *u)
{
	struct ac_home *h = u->s->home;
	bool again = false, own, done;
	enum ac_err err;
	size_t i;

	if ((err = one_space(u, u->s)))
		return err;
	if (ac_space_closed(u->s))
		return ac_sync_tell_ended(u->s, u->e, u->f);
	for (i = 0; i < h->nspaces && !err; i++)
		if (share_of(h->spaces[i], u->s) && !(err = has_remote(&own, h->spaces[i], u->f)) && !own
		    && !(err = settled(&done, u, h->spaces[i])) && !done)
			err = one_space(u, h->spaces[i]);
	/* contributions that came with a share stand in the vault's own chain since, and may be
	 * for other shares too */
	if (!err && u->taken)
		err = answer(u, u->s);
	for (i = 0; i < h->nspaces && !err && u->taken; i++)
		if (share_of(h->spaces[i], u->s) && !(err = has_remote(&own, h->spaces[i], u->f)) && !own)
			err = push(u, h->spaces[i], &again);
	if (!err)
		err = push(u, u->s, &again);
	return err;
}

/* One remote of a share's own. When the share is closed and clean there, nobody minds
 * whether it still answers. */
static enum ac_err
own_remote(struct run *u, struct ac_space *share, bool *quiet)
{
	bool done;
	enum ac_err err = settled(&done, u, share);

	*quiet = err ? ac_closed_remain(share, u->r->name) == 0 : done;
	return err || done ? err : one_space(u, share);
}

/* One remote of one space: a row for the caller, a note in the home. It carries the vault
 * with the shares that have no remote of their own, or one share. */
static enum ac_err
run_remote(struct ac_sync_result *done, uint64_t *taken, struct ac_space *vault, struct ac_space *s, struct ac_remote *r,
	const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_fault why = { 0 };
	struct run u = { .s = vault, .r = r, .e = e, .out = done, .f = &why };
	bool quiet = false;
	enum ac_err err;

	u.row.name = r->name;
	u.row.ok = (s == vault ? one_remote(&u) : own_remote(&u, s, &quiet)) == AC_OK;
	if (quiet)
		return AC_OK;
	done->tried++;
	u.row.error = u.row.ok ? "" : why.text[0] ? why.text : ac_words("it failed without saying why");
	done->failed += !u.row.ok;
	*taken += u.taken;
	err = ac_remote_note(s, r->name, u.row.ok ? ac_clock_ms() : 0, u.row.error, f);
	if (e && e->remote)
		e->remote(e->ctx, &u.row);
	return err;
}

static enum ac_err
run_space(struct ac_sync_result *done, uint64_t *taken, struct ac_space *vault, struct ac_space *s, const char *name,
	const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_remote *r;
	enum ac_err err;
	size_t n, i;

	err = ac_remote_load(&r, &n, &a, s, f);
	for (i = 0; !err && i < n; i++)
		if (!name || !strcmp(name, r[i].name))
			err = run_remote(done, taken, vault, s, &r[i], e, f);
	ac_arena_free(&a);
	return err;
}

/* What a share's own remote brought goes on to the vault's, where it may, at once. */
static enum ac_err
pass_on(struct ac_space *vault, const char *name, struct ac_fault *f)
{
	struct ac_sync_result none = { 0 };
	struct ac_fault why = { 0 };
	struct ac_arena a = { 0 };
	struct ac_remote *r;
	bool again;
	enum ac_err err;
	size_t n, i;

	err = ac_remote_load(&r, &n, &a, vault, f);
	for (i = 0; !err && i < n; i++) {
		struct run u = { .s = vault, .r = &r[i], .out = &none, .f = &why };

		/* a remote that fails was told of, or is the next sync's */
		if (!r[i].error[0] && (!name || !strcmp(name, r[i].name)))
			(void)!push(&u, vault, &again);
	}
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_sync_share_in(struct ac_space *vault, struct ac_space *share, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_sync_result none = { 0 };
	struct ac_arena a = { 0 };
	struct ac_remote *r;
	bool more = false;
	enum ac_err err;
	size_t n, i;

	if (!(err = ac_remote_load(&r, &n, &a, share, f)) && !n)
		err = ac_remote_load(&r, &n, &a, vault, f);
	for (i = 0; !err && i < n; i++) {
		struct ac_fault why = { 0 };
		struct run u = { .s = vault, .r = &r[i], .e = e, .out = &none, .f = &why };

		(void)!pull(&u, share, &more);
	}
	ac_arena_free(&a);
	return err;
}

/* What a run brought, beyond documents. A caller whom every remote failed hears nothing but
 * that: what is to be told waits for the next run. */
static enum ac_err
heard(const struct ac_sync_result *done, struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	enum ac_err err = ac_freshness_check(s, f);

	if (err || done->failed == done->tried)
		return err;
	if ((err = ac_joined_tell(s, e, f)) || (err = ac_edition_tell(s, e, f)))
		return err;
	return (err = ac_later_tell(s, e, f)) ? err : ac_overfull_tell(s, e, f);
}

enum ac_err
ac_sync(struct ac_sync_result *out, struct ac_space *s, const char *name, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	struct ac_sync_result done = { 0 };
	struct ac_home *h = s->home;
	uint64_t taken = 0, own = 0;
	enum ac_err err;
	size_t i;

	err = run_space(&done, &taken, s, s, name, e, f);
	for (i = 0; i < h->nspaces && !err; i++)
		if (share_of(h->spaces[i], s))
			err = run_space(&done, &own, s, h->spaces[i], name, e, f);
	if (!err && own)
		err = pass_on(s, name, f);
	if (!err && !done.tried)
		err = name ? ac_fault(f, AC_ENOTFOUND, "there is no remote %.80s; remote list shows them", name)
		    : ac_fault(f, AC_ENOTFOUND, "no remote is defined; add one with remote add, or use send and receive");
	if (!err)
		err = heard(&done, s, e, f);
	if (!err)
		*out = done;
	return err;
}
