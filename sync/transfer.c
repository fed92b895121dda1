/* SPDX-License-Identifier: ISC */
/* The exchange as one file, over any channel: a git bundle of chains and open invites. */
#include <stdio.h>
#include <string.h>

#include "schema/faults.h"
#include "store/file.h"
#include "sync/bundle.h"
#include "sync/closed.h"
#include "sync/join.h"
#include "sync/share.h"

static enum ac_err
add_space(struct ac_bundle_refs *refs, struct ac_space *s, struct ac_fault *f)
{
	unsigned char invites[8], ns[8], branch[16];
	size_t i, n = refs->n;
	struct ac_closed c;
	enum ac_err err;

	ac_space_invites(invites, s->sid);
	if ((err = ac_bundle_refs_add(refs, s->home->repo, s->sid, f))
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
gather(struct ac_bundle_refs *refs, struct ac_space *s, struct ac_space *share, struct ac_fault *f)
{
	struct ac_home *h = s->home;
	enum ac_err err;
	size_t i;

	if (share)
		return add_space(refs, share, f);
	if ((err = add_space(refs, s, f)))
		return err;
	for (i = 0; i < h->nspaces && !err; i++)
		if (h->spaces[i]->kind == AC_SPACE_SHARE_OWN && !memcmp(h->spaces[i]->vault, s->sid, 8))
			err = add_space(refs, h->spaces[i], f);
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
	struct ac_counts counts;
	enum ac_err err;

	if (ac_join_pending(s))
		return ac_fault(f, AC_EREFUSED, "this device has not joined yet: receive the other side's file first");
	if (share && (err = ac_share_space(&only, s, share, f)))
		return err;
	if ((err = ac_share_answer(s, AC_FETCHED_FILE, NULL, NULL, f)) || (err = gather(&refs, s, only, f)))
		goto out;
	if ((err = ac_file_out_new(&file, path, 0600, true, f)))
		goto out;
	c.to = ac_file_out_sink(file);
	if ((err = ac_bundle_write(&sink, s->home->repo, &refs, f)) || (err = carried(&refs, s->home, f))
	    || (err = ac_file_out_commit(file, f)))
		goto out;
	if ((err = ac_counts(&counts, only ? only : s, f)))
		goto out;
	out->name = path;
	out->ok = true;
	out->sent = counts.versions;
	out->bytes_out = c.n;
	out->error = "";
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

	if (err)
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
