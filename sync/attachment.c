/* SPDX-License-Identifier: ISC */
/* The bytes of a document's attachments, when they are asked for. */
#include "store/query.h"
#include "sync/files.h"

struct fetching {
	struct ac_space *s;
	struct ac_fault *f;
};

/* In a vault also from its shares: what a clinician attached may be there alone. */
static enum ac_err
fetch_one(struct fetching *w, const struct ac_blob *blob)
{
	struct ac_fault said = { 0 }, there = { 0 };
	enum ac_err err = ac_files_fetch(w->s, blob->hash, &said), one;

	if ((err != AC_ENOTFOUND && err != AC_ENET) || w->s->kind != AC_SPACE_VAULT)
		goto out;
	one = ac_share_files_one(w->s, blob->hash, &there);
	if (!one)
		return AC_OK;
	if (err == AC_ENOTFOUND && one == AC_ENET)
		return ac_fault(w->f, one, "%s", there.text);
out:
	if (err == AC_ENOTFOUND)
		return ac_fault(w->f, AC_ENET, "no device has said yet where the bytes of this attachment are: sync, or receive a "
			"file from who has them");
	return err ? ac_fault(w->f, err, "%s", said.text) : AC_OK;
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
	struct fetching w = { s, f };
	struct ac_arena a = { 0 };
	struct ac_doc_row d;
	char full[AC_REF_MAX];
	int64_t doc;
	enum ac_err err;

	(void)e;
	if (!(err = ac_query_ref(full, &doc, s, ref, f)) && !(err = ac_query_doc(&d, &a, s, doc, f)) && d.body)
		err = walk(&w, d.body);
	ac_arena_free(&a);
	return err;
}
