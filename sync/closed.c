/* SPDX-License-Identifier: ISC */
/*
 * Method: the vault's entry says that a share is closed, and that is what its branches
 * are deleted by: no other entry names them. One branch stays on each hub, that in which
 * the removals stand: it holds no document, and by it the other side hears that its
 * access has ended. A branch is deleted at the value that was listed, and only if what it
 * holds is here, or in the vault: what somebody pushed a moment ago is taken first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/closed.h"
#include "sync/share_rows.h"
#include "sync/tombstone.h"

bool
ac_closed_is(struct ac_closed *out, struct ac_space *s)
{
	struct ac_space *vault = s->kind == AC_SPACE_SHARE_OWN ? ac_space_find(s->home, s->vault) : NULL;
	struct ac_share_record *r;
	struct ac_arena a = { 0 };
	bool yes = false;
	size_t n = 0, i;

	if (vault && ac_share_rows(&r, &n, &a, vault, NULL))
		n = 0;
	for (i = 0; vault && i < n && !yes; i++)
		if (!memcmp(r[i].sid, s->sid, 8) && r[i].state == AC_SHARE_CLOSED) {
			yes = true;
			out->share = s;
			snprintf(out->name, sizeof out->name, "%s", r[i].name);
			ac_space_files(out->files, s);
			ac_space_invites(out->invites, s->sid);
		}
	ac_arena_free(&a);
	return yes;
}

/* Does a removal, or the cancel of a code, stand in this chain? */
static bool
ends_something(struct ac_space *s, int64_t chain)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT entry FROM mlog WHERE space = ? AND chain = ?", "ii", s->id, chain);
	struct ac_arena a = { 0 };
	const struct ac_val *e;
	bool yes = false;
	const void *p;
	size_t n;

	while (!yes && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		yes = !ac_mp_read(&e, &a, p, n, NULL) && (ac_entry_is(e, AC_ENTRY_REMOVE, 3) || ac_entry_is(e, AC_ENTRY_CANCEL, 2));
	}
	ac_arena_free(&a);
	return !ac_rows_end(&q, NULL) && yes;
}

/* The branch by which the other side hears of the end: an owner's, in which that stands, and
 * no document. branch NULL: is there any? */
static bool
farewell(const struct ac_closed *c, const unsigned char *branch)
{
	struct ac_space *s = c->share;
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id, writer FROM chain WHERE space = ?1 AND (?2 IS NULL OR branch ="
		" ?2) AND NOT EXISTS(SELECT 1 FROM version WHERE chain = chain.id)", "ib", s->id, branch, (size_t)16);
	const struct ac_member *m;
	bool yes = false;
	const void *p;
	size_t n;

	while (!yes && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 1, &n);
		yes = p && n == 8 && (m = ac_members_find(&s->members, p)) && m->role == AC_OWNER
		    && ends_something(s, ac_rows_int(&q, 0));
	}
	return !ac_rows_end(&q, NULL) && yes;
}

bool
ac_closed_names(const struct ac_closed *c, const unsigned char ns[static 8], const unsigned char branch[static 16])
{
	if (!memcmp(ns, c->share->sid, 8))
		return !farewell(c, branch);
	return !memcmp(ns, c->files, 8) || !memcmp(ns, c->invites, 8);
}

/* Every attachment that stands there is in the vault too. */
static bool
in_vault(const struct ac_closed *c, const unsigned char *branch)
{
	struct ac_space *vault = ac_space_find(c->share->home, c->share->vault);
	int64_t n = 0, missing = 1;

	return vault && !ac_index_int(&n, vault->home->index, NULL, "SELECT count(*) FROM blob WHERE space = ? AND branch = ?",
		"ib", c->share->id, branch, (size_t)16) && n > 0
	    && !ac_index_int(&missing, vault->home->index, NULL, "SELECT count(*) FROM blob b WHERE b.space = ?1 AND b.branch = ?2"
		" AND NOT EXISTS(SELECT 1 FROM blob v WHERE v.space = ?3 AND v.hash = b.hash)", "ibi", c->share->id, branch,
		(size_t)16, vault->id) && !missing;
}

bool
ac_closed_held(const struct ac_closed *c, const unsigned char ns[static 8], const unsigned char branch[static 16],
	const struct ac_oid *at)
{
	return !memcmp(ns, c->invites, 8) || ac_repo_has(c->share->home->repo, at)
	    || (!memcmp(ns, c->files, 8) && in_vault(c, branch));
}

bool
ac_closed_over(struct ac_space *s)
{
	struct ac_closed c;

	return ac_space_closed(s) || ac_closed_is(&c, s);
}

/* ------------------------------------------------------------------ on a hub */

struct listed { const struct ac_ref **named; size_t n; bool told; /* the farewell is there */ };

static enum ac_err
look(struct listed *out, const struct ac_closed *c, const struct ac_quarantine *q)
{
	unsigned char ns[8], branch[16];
	size_t i;

	memset(out, 0, sizeof *out);
	if (!(out->named = calloc(q->n + 1, sizeof *out->named)))
		return AC_ENOMEM;
	for (i = 0; i < q->n; i++) {
		if (!ac_repo_ref_parse(ns, branch, q->refs[i].name))
			continue;
		if (ac_closed_names(c, ns, branch))
			out->named[out->n++] = &q->refs[i];
		else if (!memcmp(ns, c->share->sid, 8))
			out->told = true;
	}
	return AC_OK;
}

bool
ac_closed_unsettled(struct ac_space *s, const struct ac_quarantine *q)
{
	struct ac_closed c;
	struct listed l = { 0 };
	bool yes;

	if (!ac_closed_is(&c, s))
		return true;
	yes = look(&l, &c, q) || l.n || (!l.told && farewell(&c, NULL));
	free(l.named);
	return yes;
}

static void
mark_name(char out[static 160], const struct ac_space *s, const char *what, const char *remote)
{
	char sid[17];

	ac_crypto_hex(sid, s->sid, 8);
	snprintf(out, 160, "%s:%s:%.100s", what, sid, remote);
}

static int64_t
mark(struct ac_space *s, const char *what, const char *remote)
{
	char name[160];
	int64_t n = -1;

	mark_name(name, s, what, remote);
	return ac_index_int(&n, s->home->index, NULL, "SELECT val FROM meta WHERE key = ?", "t", name) ? -1 : n;
}

static enum ac_err
set_mark(struct ac_space *s, const char *what, const char *remote, int64_t n, struct ac_fault *f)
{
	char name[160];

	mark_name(name, s, what, remote);
	return ac_index_run(s->home->index, f, "INSERT OR REPLACE INTO meta VALUES(?, ?)", "ti", name, n);
}

int64_t
ac_closed_remain(struct ac_space *s, const char *remote)
{
	return mark(s, "remain", remote);
}

static void
notice(const struct ac_sync_events *e, const char *sentence)
{
	if (e && e->notice)
		e->notice(e->ctx, sentence);
}

/* What went, and what remains and why. */
static void
tell(const struct ac_closed *c, const char *remote, const char *url, size_t gone, size_t refused, size_t unread,
	const struct ac_sync_events *e)
{
	char text[700];
	const char *path;

	if (gone) {
		snprintf(text, sizeof text, ac_words_plural("%.100s: %zu branch of the closed share %.200s was removed there",
			"%.100s: %zu branches of the closed share %.200s were removed there", gone), remote, gone, c->name);
		notice(e, text);
	}
	if (refused) {
		snprintf(text, sizeof text, ac_remote_is_path(url, &path)
			? ac_words_plural("%.100s: %zu branch of the closed share %.200s remains there, for it could not be written;"
				" `aftercare hub prune DIR` removes them where the hub is a folder", "%.100s: %zu branches of the closed share"
				" %.200s remain there, for it could not be written; `aftercare hub prune DIR` removes them where the hub is a"
				" folder", refused)
			: ac_words_plural("%.100s: %zu branch of the closed share %.200s remains there, for it does not let them be"
				" deleted; `aftercare hub prune DIR` removes them where the hub is a folder", "%.100s: %zu branches of the"
				" closed share %.200s remain there, for it does not let them be deleted; `aftercare hub prune DIR` removes them"
				" where the hub is a folder", refused), remote, refused, c->name);
		notice(e, text);
	}
	if (unread) {
		snprintf(text, sizeof text, ac_words_plural("%.100s: %zu branch of the closed share %.200s remains there, because what"
			" is on them is not on this device: sync again here, or on the patient's other devices", "%.100s: %zu branches of"
			" the closed share %.200s remain there, because what is on them is not on this device: sync again here, or on the"
			" patient's other devices", unread), remote, unread, c->name);
		notice(e, text);
	}
}

static enum ac_err
delete_named(const struct ac_closed *c, struct listed *l, const char *url)
{
	unsigned char ns[8], branch[16];
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		if (ac_repo_ref_parse(ns, branch, l->named[i]->name) && ac_closed_held(c, ns, branch, &l->named[i]->at))
			l->named[n++] = l->named[i];
	l->n = n;
	return n ? ac_tombstone_delete(c->share, url, l->named, n) : AC_OK;
}

enum ac_err
ac_closed_sweep(struct ac_space *s, struct ac_quarantine *q, const char *remote, const char *url,
	const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_closed c;
	struct listed l = { 0 };
	size_t had, tried, left;
	enum ac_err err = AC_OK;

	if (!ac_closed_is(&c, s) || (err = look(&l, &c, q)))
		return err;
	/* first that which tells the other side: a sync that met somebody else's does it next */
	if (!l.told && farewell(&c, NULL))
		goto out;
	had = left = l.n;
	tried = 0;
	if (had) {
		if ((err = delete_named(&c, &l, url)))
			goto out;
		tried = l.n;
		free(l.named);
		l.named = NULL;
		if ((err = ac_quarantine_list(q, url, f)) || (err = look(&l, &c, q)))
			goto out;
		left = l.n;
	}
	if ((int64_t)left != ac_closed_remain(s, remote) || left < had) {
		tell(&c, remote, url, left < had ? had - left : 0, tried > had - left ? tried - (had - left) : 0,
			left < had - tried ? left : had - tried, e);
		err = set_mark(s, "remain", remote, (int64_t)left, f);
	}
out:
	free(l.named);
	return err;
}

/* -------------------------------------------------------------- joined unseen */

/* Is it the chain of one whose joining is void, because his code was closed before anybody
 * heard of him? The code is known, his first segment is signed by it, and he is no member:
 * nothing that he wrote is ever taken. */
static bool
void_joining(struct ac_space *s, const unsigned char branch[static 16])
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT writer FROM chain WHERE space = ? AND branch = ?", "ib", s->id,
		branch, (size_t)16);
	bool yes = false;
	const void *p;
	size_t n;

	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 8)
		yes = !ac_members_find(&s->members, p);
	return !ac_rows_end(&q, NULL) && yes;
}

static enum ac_err
keep_one(struct ac_space *s, const struct ac_ref *ref, const unsigned char branch[static 16], struct ac_fault *f)
{
	struct ac_repo *repo = s->home->repo;
	struct ac_oid *commits = NULL;
	uint64_t segments, bytes = 0;
	char objects[4200];
	bool found;
	enum ac_err err;
	size_t n;

	snprintf(objects, sizeof objects, "%.4000s/objects", ac_repo_path(repo));
	if (!(err = ac_lineage(&commits, &n, &segments, &found, repo, &ref->at, NULL, f))
	    && !(err = ac_repo_copy(repo, objects, commits, n, &bytes, f)))
		err = ac_remote_saw(s, "joined unseen", s->sid, branch, &ref->at, f); /* no remote's name has a space */
	free(commits);
	return err;
}

enum ac_err
ac_closed_keep(struct ac_space *s, const struct ac_quarantine *q, const struct ac_sync_events *e, struct ac_fault *f)
{
	unsigned char ns[8], branch[16];
	struct ac_closed c;
	enum ac_err err;
	char text[700];
	size_t i, n = 0;

	if (!ac_closed_is(&c, s))
		return AC_OK;
	if ((err = ac_home_lock(s->home, f)))
		return err;
	for (i = 0; i < q->n && !err; i++) {
		const struct ac_ref *r = &q->refs[i];

		if (!ac_repo_ref_parse(ns, branch, r->name) || memcmp(ns, s->sid, 8) || !r->looked || r->junk
		    || ac_repo_has(q->ours, &r->at) || !void_joining(s, branch))
			continue;
		err = keep_one(s, r, branch, f);
		n++;
	}
	ac_home_unlock(s->home);
	if (err || !n)
		return err;
	snprintf(text, sizeof text, ac_words("somebody joined the share %.200s by its code, and wrote, before it was known there"
		" that the share is closed: it is no part of the record, and is kept on this device unread"), c.name);
	notice(e, text);
	return AC_OK;
}

/* --------------------------------------------------------------- after the close */

struct late {
	int (*each)(void *ctx, const struct ac_share_late *l);
	void *ctx;
	int64_t n;
	bool stop;
};

/* A version that stands past a removed member's cut. Not of one of two who came by one
 * code: nothing of theirs was ever believed. */
static bool
is_late(const struct ac_space *share, const unsigned char *writer, const unsigned char *branch, int64_t seq)
{
	const struct ac_member *m = ac_members_find(&share->members, writer);

	return m && m->role != AC_OWNER && m->removed && !m->reused
	    && ac_members_cut(&share->members, m->id, branch, (uint32_t)seq);
}

static enum ac_err
late_one(struct late *l, struct ac_space *share, struct ac_rows *q, const unsigned char *writer, struct ac_fault *f)
{
	struct ac_share_late one = { .ref = ac_rows_text(q, 0) };
	struct ac_arena a = { 0 };
	struct ac_version v;
	const void *vid;
	enum ac_err err;
	char hex[65];
	size_t n;

	l->n++;
	if (!l->each || l->stop)
		return AC_OK;
	if (!(vid = ac_rows_blob(q, 1, &n)) || n != 32)
		return AC_OK;
	ac_crypto_hex(hex, vid, 32);
	if ((err = ac_docs_version(&v, &a, share, ac_rows_int(q, 4), (uint32_t)ac_rows_int(q, 5), (uint32_t)ac_rows_int(q, 6), f)))
		goto out;
	one.version = hex;
	one.time = (int64_t)(v.time >> 16);
	one.body = v.body;
	one.title = v.body ? ac_doc_title(&a, v.body) : "";
	one.author = ac_members_find(&share->members, writer)->person;
	one.device = ac_members_find(&share->members, writer)->device;
	l->stop = l->each(l->ctx, &one) != 0;
out:
	ac_arena_free(&a);
	return err;
}

static enum ac_err
each_late(struct late *l, struct ac_space *share, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(share->home->index, "SELECT d.type || '/' || d.rid, v.vid, c.writer, c.branch, v.chain,"
		" v.seq, v.n FROM chain c JOIN version v ON v.chain = c.id JOIN doc d ON d.id = v.doc WHERE c.space = ? AND v.shown = 0"
		" AND v.guest = 1 ORDER BY v.time, v.vid", "i", share->id);
	const void *writer, *branch;
	unsigned char id[8];
	enum ac_err err = AC_OK;
	size_t nw, nb;

	while (!err && ac_rows_next(&q)) {
		writer = ac_rows_blob(&q, 2, &nw);
		branch = ac_rows_blob(&q, 3, &nb);
		if (!writer || nw != 8 || !branch || nb != 16 || !is_late(share, writer, branch, ac_rows_int(&q, 5)))
			continue;
		memcpy(id, writer, 8);
		err = late_one(l, share, &q, id, f);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

enum ac_err
ac_share_late(struct ac_space *s, const unsigned char space[static 8],
	int (*each)(void *ctx, const struct ac_share_late *l), void *ctx, struct ac_fault *f)
{
	struct late l = { .each = each, .ctx = ctx };
	struct ac_space *share = ac_space_find(s->home, space);
	struct ac_closed c;

	return share && !memcmp(share->vault, s->sid, 8) && ac_closed_is(&c, share) ? each_late(&l, share, f) : AC_OK;
}

enum ac_err
ac_closed_late(struct ac_space *share, const char *name, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct late l = { 0 };
	int64_t n, was;
	char text[800];
	enum ac_err err = each_late(&l, share, f);

	n = l.n;
	was = mark(share, "late", "");
	was = was < 0 ? 0 : was;
	if (err || n == was)
		return err;
	if (n > was) {
		snprintf(text, sizeof text, ac_words_plural("%.200s wrote %lld version after the share was closed: kept apart; share"
			" show lists them", "%.200s wrote %lld versions after the share was closed: kept apart; share show lists them",
			n - was), name, (long long)(n - was));
		notice(e, text);
	}
	return set_mark(share, "late", "", n, f);
}

/* ------------------------------------------------------------- what could be read */

enum ac_err
ac_closed_carry(struct ac_space *s, const char *ref, const struct ac_oid *at, struct ac_fault *f)
{
	unsigned char sid[8], branch[16];

	if (s->kind != AC_SPACE_SHARE_OWN || !ac_repo_ref_parse(sid, branch, ref) || memcmp(sid, s->sid, 8))
		return AC_OK;
	return ac_remote_saw(s, "on its way", sid, branch, at, f); /* no remote's name has a space */
}

struct carried {
	struct ac_space *s;
	struct { unsigned char branch[16]; int64_t seq; } own[256];
	size_t n;
};

/* The furthest number of each branch that any remote was seen to have. */
static enum ac_err
furthest(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct carried *k = ctx;
	struct ac_oid *commits = NULL;
	unsigned char sid[8], branch[16];
	uint64_t segments = 0;
	char ref[80];
	bool found;
	enum ac_err err;
	size_t n, i;

	/* refs/remotes/<16>/<16>/<32> */
	if (strlen(name) != 13 + 16 + 1 + 16 + 1 + 32)
		return AC_OK;
	snprintf(ref, sizeof ref, "refs/heads/%s", name + 13 + 17);
	if (!ac_repo_ref_parse(sid, branch, ref) || memcmp(sid, k->s->sid, 8))
		return AC_OK;
	if ((err = ac_lineage(&commits, &n, &segments, &found, k->s->home->repo, at, NULL, f)))
		return err;
	free(commits);
	for (i = 0; i < k->n; i++)
		if (!memcmp(k->own[i].branch, branch, 16))
			break;
	if (i == sizeof k->own / sizeof *k->own)
		return AC_OK;
	if (i == k->n) {
		memcpy(k->own[k->n++].branch, branch, 16);
		k->own[i].seq = -1;
	}
	if ((int64_t)segments - 1 > k->own[i].seq)
		k->own[i].seq = (int64_t)segments - 1;
	return AC_OK;
}

/* What another device wrote came here through a hub or a file. */
static bool
left(const struct carried *k, const unsigned char *writer, const unsigned char *branch, int64_t seq)
{
	size_t i;

	if (memcmp(writer, k->s->me, 8))
		return true;
	for (i = 0; i < k->n; i++)
		if (!memcmp(k->own[i].branch, branch, 16))
			return seq <= k->own[i].seq;
	return false;
}

enum ac_err
ac_closed_readable(struct ac_space *share, int (*each)(void *ctx, const char *ref, const char *version), void *ctx,
	struct ac_fault *f)
{
	struct carried *k = calloc(1, sizeof *k);
	const void *vid, *writer, *branch;
	enum ac_err err = k ? AC_OK : AC_ENOMEM;
	size_t n, nw, nb;
	struct ac_rows q;
	char hex[65];

	if (k)
		k->s = share;
	if (err || (err = ac_repo_refs(share->home->repo, "refs/remotes/", furthest, k, f)))
		goto out;
	q = ac_index_query(share->home->index, "SELECT d.type || '/' || d.rid, v.vid, c.writer, c.branch, v.seq FROM version v"
		" JOIN doc d ON d.id = v.doc JOIN chain c ON c.id = v.chain WHERE d.space = ? AND v.guest != 1 ORDER BY d.type,"
		" d.rid, v.time", "i", share->id);
	while (ac_rows_next(&q)) {
		vid = ac_rows_blob(&q, 1, &n);
		writer = ac_rows_blob(&q, 2, &nw);
		branch = ac_rows_blob(&q, 3, &nb);
		if (!vid || n != 32 || !writer || nw != 8 || !branch || nb != 16 || !left(k, writer, branch, ac_rows_int(&q, 4)))
			continue;
		ac_crypto_hex(hex, vid, 32);
		if (each && each(ctx, ac_rows_text(&q, 0), hex))
			break;
	}
	err = ac_rows_end(&q, f);
out:
	free(k);
	return err;
}
