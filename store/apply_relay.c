/* SPDX-License-Identifier: ISC */
/*
 * Method: whoever was on one arm of a fork carries it into a chain that all have. Such a
 * segment counts for its documents alone, so it goes past the rules for chains (number,
 * link, heads, membership): its writer's signature on the right branch is enough.
 */
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"

/* What a relayed segment holds of documents. Its keys open what stands beside it. */
static enum ac_err
relayed_entries(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *in, uint32_t rseq,
	const struct ac_member *m)
{
	struct ac_space *s = c->tip->s;
	enum ac_err err = AC_OK;
	const struct ac_val *e;
	uint32_t n;

	for (n = 1; n < in->seg.entries->n && !err; n++) {
		e = &in->seg.entries->items[n];
		err = ac_entry_is(e, AC_ENTRY_KEYS, 8) ? ac_apply_earlier_keys(s, e)
		    : ac_apply_document(w, c, in, rseq, n, e, m);
	}
	return err;
}

enum ac_err
ac_apply_relay(struct ac_apply_work *w, struct ac_apply_chain *c, uint32_t rseq, const struct ac_relay *r)
{
	struct ac_space *s = c->tip->s;
	struct ac_apply_opening in = { .at = r->at };
	const struct ac_member *m = NULL;
	unsigned char branch[16];
	bool ahead, opens;
	enum ac_err err = ac_apply_open(&in, s, &r->bytes, NULL);

	/* of a later version: it waits, like one that no key opens */
	if (err && err != AC_ELOCKED && err != AC_EVERSION) {
		err = err == AC_ENOMEM || err == AC_EIO ? err : AC_OK;
		goto out;
	}
	if (!err && (m = ac_members_find(&s->members, in.seg.writer))) {
		ac_space_branch(branch, s, m->sign, in.seg.incarnation);
		if (memcmp(branch, r->at.branch, 16) || !ac_segment_signed_by(&in.seg, m->sign))
			goto out;
	}
	opens = m != NULL;
	if ((err = ac_index_run(w->h->index, w->f, "INSERT OR REPLACE INTO arm VALUES(?,?,?,?,?,?,?,?,?)", "ibbiiibib",
	    s->id, r->at.branch, (size_t)16, r->hash, (size_t)32, c->id, (int64_t)rseq, opens ? (int64_t)in.seg.seq : -1,
	    m ? m->id : NULL, (size_t)8, opens ? (int64_t)in.seg.kind : 0, opens ? in.key : NULL, (size_t)32)))
		goto out;
	w->reload |= opens; /* it may show a fork, which membership knows of */
	if (!opens || (err = relayed_entries(w, c, &in, rseq, m)))
		goto out;
	err = ac_clock_saw(w->h, in.seg.clock, &ahead, w->f);
out:
	ac_apply_close(&in);
	return err;
}

enum ac_err
ac_apply_relay_retry(bool *taken, struct ac_apply_work *w, struct ac_space *s)
{
	struct ac_rows q = ac_index_query(w->h->index, "SELECT chain, rseq FROM arm WHERE space = ? AND key IS NULL", "i", s->id);
	struct { int64_t chain; uint32_t seq; } *todo = NULL, *more;
	struct ac_tip tip = { .s = s };
	struct ac_apply_chain c = { .tip = &tip };
	struct ac_relay relay;
	struct ac_arena a = { 0 };
	enum ac_err err = AC_OK;
	size_t n = 0, i;

	while (!err && ac_rows_next(&q)) {
		if (!(more = realloc(todo, (n + 1) * sizeof *more))) {
			err = AC_ENOMEM;
			break;
		}
		todo = more;
		todo[n].chain = ac_rows_int(&q, 0);
		todo[n++].seq = (uint32_t)ac_rows_int(&q, 1);
	}
	if (ac_rows_end(&q, w->f) || err)
		err = q.err ? q.err : err;
	for (i = 0; i < n && !err; i++) {
		c.id = todo[i].chain;
		if (!(err = ac_docs_relay(&relay, &a, s, c.id, todo[i].seq, w->f)))
			err = ac_apply_relay(w, &c, todo[i].seq, &relay);
		ac_arena_free(&a);
	}
	*taken = w->reload;
	if (!err && w->reload) {
		w->reload = false;
		err = ac_space_load(s, w->f);
	}
	free(todo);
	return err;
}
