/* SPDX-License-Identifier: ISC */
/*
 * Method: the versions and blobs of a batch go into the index with the places that they
 * will have, in a transaction that stays open until the branch has moved. Then the rows
 * of chain and segments follow, as they do for a batch of another's, and are believed
 * because the repository gives back the bytes that were sealed.
 */
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"

struct ac_own {
	struct ac_apply ap;
	struct ac_tip tip;
	struct ac_apply_chain c;
	struct ac_apply_work w;
	bool open;                /* the transaction is */
	bool unwanted;            /* no document waits for any version */
};

enum ac_err
ac_apply_own_begin(struct ac_own **out, struct ac_space *s, struct ac_fault *f)
{
	const struct ac_member *m = ac_members_find(&s->members, s->me);
	struct ac_oid applied;
	struct ac_own *o;
	int64_t waits = 0;
	enum ac_err err;
	bool has;

	*out = NULL;
	if (!m || m->role == AC_READER || m->suspended)
		return AC_OK;
	if (!(o = calloc(1, sizeof *o)))
		return AC_ENOMEM;
	o->ap.h = s->home;
	o->tip.s = s;
	memcpy(o->tip.branch, s->branch, 16);
	o->c.tip = &o->tip;
	o->w = (struct ac_apply_work){ .ap = &o->ap, .h = s->home, .f = f };
	if ((err = ac_index_begin(s->home->index, f)))
		goto out;
	o->open = true;
	if ((err = ac_apply_find_chain(&o->w, &o->c, &applied, &has))
	    || (err = ac_apply_note_chain(&o->w, &o->c, s->me, s->incarnation))
	    || (err = ac_index_int(&waits, s->home->index, f, "SELECT EXISTS(SELECT 1 FROM wanted)", "")))
		goto out;
	o->unwanted = !waits;
	*out = o;
	o = NULL;
out:
	ac_apply_own_drop(o);
	return err;
}

enum ac_err
ac_apply_own_version(struct ac_own *o, const struct ac_version *version, const unsigned char id[static 32], uint32_t seq,
	uint32_t n, struct ac_fault *f)
{
	struct ac_version v = *version;

	o->w.f = f;
	/* a version with parents may be the first that makes others be waited for */
	v.unwanted = o->unwanted = o->unwanted && !v.parents->n;
	return ac_apply_named(&o->w, &o->c, &v, id, seq, n, ac_members_find(&o->tip.s->members, o->tip.s->me));
}

enum ac_err
ac_apply_own_blob(struct ac_own *o, const struct ac_val *e, uint32_t seq, uint32_t n, struct ac_fault *f)
{
	o->w.f = f;
	return ac_apply_blob(&o->w, &o->c, seq, n, e);
}

/* Does the repository give back these bytes, and in this order? */
static enum ac_err
reads_back(struct ac_apply_work *w, const struct ac_oid *commit, const struct ac_buf *bytes, size_t n, struct ac_fault *f)
{
	struct ac_buf b = { .max = AC_SEGMENT_MAX };
	enum ac_err err = ac_repo_read(w->batch, w->h->repo, commit, f);
	size_t i;

	if (!err && w->batch->n != n)
		err = AC_ECORRUPT;
	for (i = 0; i < n && !err; i++) {
		ac_buf_reset(&b);
		if (!(err = ac_repo_blob(&b, w->h->repo, &w->batch->blobs[i], AC_SEGMENT_MAX, f))
		    && (b.len != bytes[i].len || memcmp(b.p, bytes[i].p, b.len)))
			err = AC_ECORRUPT;
	}
	ac_buf_free(&b);
	return err;
}

enum ac_err
ac_apply_own_end(struct ac_own *o, const struct ac_oid *commit, const struct ac_segment *segs, const struct ac_buf *bytes,
	size_t n, const struct ac_val *heads, const unsigned char key[static 32], struct ac_fault *f)
{
	const struct ac_val first = { .kind = AC_ARR, .n = 1, .items = heads };
	struct ac_apply_opening at = { 0 };
	enum ac_err err;
	size_t i;

	o->w.f = f;
	if (!(o->w.batch = malloc(sizeof *o->w.batch)))
		return AC_ENOMEM;
	err = reads_back(&o->w, commit, bytes, n, f);
	memcpy(at.key, key, 32);
	for (i = 0; i < n && !err; i++) {
		at.seg = segs[i];
		at.seg.entries = &first;
		if ((int64_t)segs[i].seq != o->c.seq + 1 || memcmp(segs[i].prev, o->c.hash, 32))
			err = AC_EINTERNAL;
		else if (!(err = ac_apply_note_segment(&o->w, &o->c, &at, &o->w.batch->blobs[i])) && !i)
			err = ac_apply_heads(&o->w, &o->c, &at);
	}
	ac_wipe(at.key, sizeof at.key);
	if (err || (err = ac_index_run(o->w.h->index, f, "UPDATE chain SET oid = ? WHERE id = ?", "bi", commit->id, (size_t)20,
	    o->c.id)))
		return err;
	if ((err = ac_apply_settle(&o->w, o->tip.s)) || (err = ac_index_commit(o->w.h->index, f)))
		return err;
	o->open = false;
	return AC_OK;
}

void
ac_apply_own_drop(struct ac_own *o)
{
	if (!o)
		return;
	if (o->open)
		ac_index_abort(o->w.h->index);
	free(o->w.batch);
	free(o->w.docs);
	free(o);
}
