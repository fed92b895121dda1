/* SPDX-License-Identifier: ISC */
/*
 * Method: a document's attachments name their branch and chunks; the branch is fetched
 * from the first remote that has it. What comes is held to the one form of a batch, and
 * each chunk opens only under its file's own key, so nothing else needs to be believed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/query.h"
#include "sync/share.h"

struct fetching {
	struct ac_space *s;
	struct ac_remote *r;
	size_t nr;
	struct ac_fault *f;
};

/* Are all chunks here? And the branch that has them. */
static enum ac_err
look(bool *here, bool *known, unsigned char branch[static 16], struct fetching *w, const struct ac_blob *blob)
{
	struct ac_rows q = ac_index_query(w->s->home->index, "SELECT branch, chunks FROM blob WHERE space = ? AND hash = ?", "ib",
		w->s->id, blob->hash, (size_t)32);
	const unsigned char *id;
	const struct ac_val *list;
	struct ac_arena a = { 0 };
	struct ac_oid oid;
	const void *p;
	enum ac_err err = AC_OK;
	size_t n;
	uint32_t i;

	*here = *known = false;
	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 16) {
		*known = *here = true;
		memcpy(branch, p, 16);
		p = ac_rows_blob(&q, 1, &n);
		err = ac_mp_read(&list, &a, p, n, w->f);
		for (i = 0; !err && list->kind == AC_ARR && i < list->n; i++)
			if (ac_entry_bin(&id, list, i, 20)) {
				memcpy(oid.id, id, 20);
				*here &= ac_repo_has(w->s->home->repo, &oid);
			}
	}
	ac_arena_free(&a);
	return ac_rows_end(&q, w->f) ? q.err : err;
}

static enum ac_err
move_in(struct fetching *w, const char *name, const struct ac_oid *tip)
{
	struct ac_repo *repo = w->s->home->repo;
	struct ac_oid *commits = NULL, was;
	uint64_t segments, bytes = 0;
	char objects[4200];
	bool found, had = !ac_repo_ref_get(&was, repo, name, NULL);
	enum ac_err err;
	size_t n;

	snprintf(objects, sizeof objects, "%.4000s/objects", ac_repo_path(repo));
	if ((err = ac_lineage(&commits, &n, &segments, &found, repo, tip, had ? &was : NULL, w->f)))
		return err;
	if (!found) /* another branch of that name: ours stays */
		err = ac_fault(w->f, AC_ECORRUPT, "the hub's branch does not continue what this device has of it");
	else if (!(err = ac_repo_copy(repo, objects, commits, n, &bytes, w->f)))
		err = ac_repo_ref_set(repo, name, tip, had ? &was : NULL, w->f);
	free(commits);
	return err;
}

static enum ac_err
from_remote(struct fetching *w, const char *url, const unsigned char files[static 8], const char *name)
{
	struct ac_quarantine q;
	const struct ac_oid *at;
	enum ac_err err;

	if ((err = ac_home_lock(w->s->home, w->f)))
		return err;
	if ((err = ac_quarantine_open(&q, w->s->home, w->f)))
		goto out;
	if (!(err = ac_quarantine_fetch(&q, url, (const unsigned char (*)[8])files, 1, name, w->f))) {
		at = ac_quarantine_ref(&q, name);
		err = at ? move_in(w, name, at) : ac_fault(w->f, AC_ENET, "%.200s does not have it", url);
	}
	ac_quarantine_close(&q);
out:
	ac_home_unlock(w->s->home);
	return err;
}

static enum ac_err
fetch_one(struct fetching *w, const struct ac_blob *blob)
{
	unsigned char branch[16], files[8];
	bool here, known;
	char name[80];
	enum ac_err err;
	size_t i;

	if ((err = look(&here, &known, branch, w, blob)) || here)
		return err;
	/* a clinician's may stand in a share alone */
	if (!known && ((err = ac_share_bring(w->s, blob->hash, w->f)) || (err = look(&here, &known, branch, w, blob)) || here))
		return err;
	if (!known)
		return ac_fault(w->f, AC_ENOTFOUND, "no device has said yet where the bytes of this attachment are; sync first");
	if (!w->nr)
		return ac_fault(w->f, AC_ENET, "the attachment is not on this device, and no remote is defined to get it from");
	ac_space_files(files, w->s);
	ac_repo_ref_name(name, files, branch);
	for (i = 0, err = AC_ENET; i < w->nr && err; i++) {
		err = from_remote(w, w->r[i].url, files, name);
		if (!err && !(err = look(&here, &known, branch, w, blob)) && !here)
			err = ac_fault(w->f, AC_ENET, "%.200s has a part of the attachment only", w->r[i].url);
	}
	return err;
}

/* A share without a remote of its own goes where its vault goes. */
static enum ac_err
remotes_of(struct fetching *w, struct ac_arena *a)
{
	struct ac_space *vault = w->s->kind == AC_SPACE_SHARE_OWN ? ac_space_find(w->s->home, w->s->vault) : NULL;
	enum ac_err err = ac_remote_load(&w->r, &w->nr, a, w->s, w->f);

	return err || w->nr || !vault ? err : ac_remote_load(&w->r, &w->nr, a, vault, w->f);
}

enum ac_err
ac_attachment_bring(struct ac_space *s, const unsigned char hash[static 32], struct ac_fault *f)
{
	struct fetching w = { .s = s, .f = f };
	struct ac_blob blob = { 0 };
	struct ac_arena a = { 0 };
	enum ac_err err;

	memcpy(blob.hash, hash, 32);
	if (!(err = remotes_of(&w, &a)))
		err = fetch_one(&w, &blob);
	ac_arena_free(&a);
	return err;
}

static enum ac_err
walk(struct fetching *w, const struct ac_val *v)
{
	enum ac_err err = AC_OK;
	uint32_t i;

	if (v->kind == AC_BLOB)
		return fetch_one(w, v->blob);
	for (i = 0; v->kind == AC_ARR && i < v->n && !err; i++)
		err = walk(w, &v->items[i]);
	for (i = 0; v->kind == AC_MAP && i < v->n && !err; i++)
		err = walk(w, &v->pairs[i].val);
	return err;
}

enum ac_err
ac_attachment_fetch(struct ac_space *s, const char *ref, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct fetching w = { .s = s, .f = f };
	struct ac_arena a = { 0 };
	struct ac_doc_row d;
	char full[AC_REF_MAX];
	int64_t doc;
	enum ac_err err;

	(void)e;
	if ((err = ac_query_ref(full, &doc, s, ref, f)) || (err = ac_query_doc(&d, &a, s, doc, f))
	    || (err = ac_remote_load(&w.r, &w.nr, &a, s, f)))
		goto out;
	if (d.body)
		err = walk(&w, d.body);
out:
	ac_arena_free(&a);
	return err;
}
