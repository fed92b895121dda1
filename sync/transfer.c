/* SPDX-License-Identifier: ISC */
/*
 * The exchange as one file, over any channel: a git bundle of chains, open invites and
 * attachments. Where there is no hub a file is the only way for a scan, so all go into it
 * but the large ones that everybody else in the space has said to have.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "store/file.h"
#include "sync/bundle.h"
#include "sync/closed.h"
#include "sync/exchange.h"
#include "sync/files.h"
#include "sync/freshness.h"
#include "sync/join.h"
#include "sync/edition.h"
#include "sync/joined.h"
#include "sync/later.h"
#include "sync/share.h"

/* ------------------------------------------------------------------ attachments */

struct place { unsigned char branch[16], hash[32]; uint64_t size; };
struct sending {
	struct ac_bundle_refs *refs;
	struct ac_synced *row;
	struct ac_space *s;
	struct ac_holders holders;
	struct place *at; size_t n; /* what the space's entries say */
};

static enum ac_err
load_places(struct sending *w, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(w->s->home->index, "SELECT branch, hash, size FROM blob WHERE space = ?", "i", w->s->id);
	struct place *more;
	enum ac_err err = AC_OK;
	size_t cap = 0, nb, nh;
	const void *b, *h;

	while (!err && ac_rows_next(&q)) {
		if (!(b = ac_rows_blob(&q, 0, &nb)) || nb != 16 || !(h = ac_rows_blob(&q, 1, &nh)) || nh != 32)
			continue;
		if (w->n == cap) {
			cap = cap ? 2 * cap : 64;
			if (!(more = realloc(w->at, cap * sizeof *more))) {
				err = AC_ENOMEM;
				break;
			}
			w->at = more;
		}
		memcpy(w->at[w->n].branch, b, 16);
		memcpy(w->at[w->n].hash, h, 32);
		w->at[w->n++].size = (uint64_t)ac_rows_int(&q, 2);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

static bool
spared(const struct sending *w, const struct place *at)
{
	return at->size > AC_CHUNK_SMALL && ac_holders_all(&w->holders, at->hash);
}

/* A branch that holds nothing but large attachments which all others have. */
static bool
needless(const struct sending *w, const unsigned char branch[static 16])
{
	bool named = false;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (memcmp(w->at[i].branch, branch, 16))
			continue;
		if (!spared(w, &w->at[i]))
			return false;
		named = true;
	}
	return named;
}

static enum ac_err
count_file(void *ctx, const unsigned char hash[static 32], uint64_t size, struct ac_fault *f)
{
	struct sending *w = ctx;

	(void)f;
	if (!ac_chunks_here(w->s, hash))
		return AC_OK;
	if (size > AC_CHUNK_SMALL && ac_holders_all(&w->holders, hash))
		w->row->spared++;
	else {
		w->row->files++;
		w->row->file_bytes += size;
	}
	return AC_OK;
}

static enum ac_err
add_files(struct ac_bundle_refs *refs, struct ac_synced *row, struct ac_space *s, struct ac_fault *f)
{
	struct sending w = { .refs = refs, .row = row, .s = s };
	unsigned char files[8], sid[8], branch[16];
	size_t first = refs->n, kept = first, i;
	enum ac_err err;

	ac_space_files(files, s);
	if ((err = ac_holders_say(s, f)) || (err = ac_holders_load(&w.holders, s, f)) || (err = load_places(&w, f))
	    || (err = ac_bundle_refs_add(refs, s->home->repo, files, f)))
		goto out;
	for (i = first; i < refs->n; i++)
		if (ac_repo_ref_parse(sid, branch, refs->ref[i].name) && !needless(&w, branch))
			refs->ref[kept++] = refs->ref[i];
	refs->n = kept;
	err = ac_files_each(s, count_file, &w, f);
out:
	ac_holders_free(&w.holders);
	free(w.at);
	return err;
}

/* ------------------------------------------------------------------------- send */

/* Attachments first: what this device says of them is in the chain that is packed. */
static enum ac_err
add_space(struct ac_bundle_refs *refs, struct ac_synced *row, struct ac_space *s, struct ac_fault *f)
{
	unsigned char invites[8], ns[8], branch[16];
	size_t i, n = refs->n;
	struct ac_closed c;
	enum ac_err err;

	ac_space_invites(invites, s->sid);
	if ((err = add_files(refs, row, s, f)) || (err = ac_bundle_refs_add(refs, s->home->repo, s->sid, f))
	    || (err = ac_bundle_refs_add(refs, s->home->repo, invites, f)) || !ac_closed_is(&c, s))
		return err;
	/* of a closed share only that which tells the other side */
	for (i = n; i < refs->n; i++)
		if (ac_repo_ref_parse(ns, branch, refs->ref[i].name) && !ac_closed_names(&c, ns, branch))
			refs->ref[n++] = refs->ref[i];
	refs->n = n;
	return AC_OK;
}

/* What went into a file may be read by whoever gets it. */
static enum ac_err
carried(const struct ac_bundle_refs *refs, struct ac_home *h, struct ac_fault *f)
{
	unsigned char ns[8], branch[16];
	enum ac_err err = AC_OK;
	struct ac_space *s;
	size_t i;

	for (i = 0; i < refs->n && !err; i++)
		if (ac_repo_ref_parse(ns, branch, refs->ref[i].name) && (s = ac_space_find(h, ns)))
			err = ac_closed_carry(s, refs->ref[i].name, &refs->ref[i].at, f);
	return err;
}

static enum ac_err
gather(struct ac_bundle_refs *refs, struct ac_synced *row, struct ac_space *s, struct ac_space *share, struct ac_fault *f)
{
	struct ac_home *h = s->home;
	enum ac_err err;
	size_t i;

	if (share)
		return add_space(refs, row, share, f);
	if ((err = add_space(refs, row, s, f)))
		return err;
	for (i = 0; i < h->nspaces && !err; i++)
		if (h->spaces[i]->kind == AC_SPACE_SHARE_OWN && !memcmp(h->spaces[i]->vault, s->sid, 8))
			err = add_space(refs, row, h->spaces[i], f);
	return err;
}

struct counting { struct ac_sink to; uint64_t n; };

static enum ac_err
count_write(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	struct counting *c = ctx;

	c->n += n;
	return c->to.write(c->to.ctx, p, n, f);
}

enum ac_err
ac_send(struct ac_space *s, const char *share, const char *path, struct ac_synced *out, struct ac_fault *f)
{
	struct ac_bundle_refs refs = { 0 };
	struct ac_file_out *file = NULL;
	struct counting c = { 0 };
	struct ac_sink sink = { count_write, &c };
	struct ac_space *only = NULL;
	struct ac_synced row = { .name = path, .ok = true, .error = "" };
	struct ac_counts counts;
	enum ac_err err;

	if (ac_join_pending(s))
		return ac_fault(f, AC_EREFUSED, "this device has not joined yet: receive the other side's file first");
	if (share && (err = ac_share_space(&only, s, share, f)))
		return err;
	if ((err = ac_share_answer(s, AC_FETCHED_FILE, NULL, NULL, f)) || (err = gather(&refs, &row, s, only, f)))
		goto out;
	if ((err = ac_file_out_new(&file, path, 0600, true, f)))
		goto out;
	c.to = ac_file_out_sink(file);
	if ((err = ac_bundle_write(&sink, s->home->repo, &refs, f)) || (err = carried(&refs, s->home, f))
	    || (err = ac_file_out_commit(file, f)))
		goto out;
	if ((err = ac_counts(&counts, only ? only : s, f)))
		goto out;
	row.sent = counts.versions;
	row.bytes_out = c.n;
	*out = row;
out:
	ac_file_out_free(file);
	ac_bundle_refs_free(&refs);
	return err;
}

static enum ac_err
take(struct ac_sync_result *out, struct ac_synced *row, struct ac_space *s, struct ac_quarantine *q, const char *path,
	const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_taken t;
	enum ac_err err = ac_take(&t, q, s, path, false, e, f);

	if (err || (err = ac_files_take(s, q, f)))
		return err;
	row->received += t.versions;
	out->new_conflicts += t.conflicts;
	out->new_alerts += t.alerts;
	return AC_OK;
}

static enum ac_err
one_file(struct ac_sync_result *out, struct ac_synced *row, struct ac_space *s, const char *path,
	const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_home *h = s->home;
	struct ac_quarantine q;
	unsigned char sid[8], branch[16];
	bool ours = false;
	enum ac_err err;
	size_t i, j;

	if (ac_join_pending(s) && (err = ac_join_complete(s, path, e, f)))
		return err;
	if ((err = ac_quarantine_open(&q, h, f)))
		return err;
	if ((err = ac_quarantine_file(&q, path, f)))
		goto out;
	row->bytes_in = q.bytes_in;
	if (ac_faults_on("receive"))
		goto out;
	for (i = 0; i < h->nspaces && !err; i++) {
		for (j = 0; j < q.n; j++)
			if (ac_repo_ref_parse(sid, branch, q.refs[j].name) && !memcmp(sid, h->spaces[i]->sid, 8))
				break;
		if (j == q.n || (h->spaces[i] != s && memcmp(h->spaces[i]->vault, s->sid, 8)))
			continue;
		ours = true;
		err = take(out, row, h->spaces[i], &q, path, e, f);
	}
	if (!err && !ours)
		err = ac_fault(f, AC_EREFUSED, "%.300s holds nothing of the record of %s", path, s->patient);
	if (!err)
		err = ac_space_closed(s) ? ac_sync_tell_ended(s, e, f) : ac_share_answer(s, AC_FETCHED_FILE, e, &row->received, f);
	if (!err && !(err = ac_joined_answer(s, f)) && !(err = ac_freshness_check(s, f)) && !(err = ac_joined_tell(s, e, f))
	    && !(err = ac_edition_tell(s, e, f)) && !(err = ac_later_tell(s, e, f)))
		err = ac_overfull_tell(s, e, f);
out:
	ac_quarantine_close(&q);
	return err;
}

enum ac_err
ac_receive(struct ac_sync_result *out, struct ac_space *s, const char *path, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	struct ac_sync_result done = { .tried = 1 };
	struct ac_synced row = { .name = path, .error = "" };
	enum ac_err err = one_file(&done, &row, s, path, e, f);

	if (err)
		return err;
	row.ok = true;
	if (e && e->remote)
		e->remote(e->ctx, &row);
	*out = done;
	return AC_OK;
}
