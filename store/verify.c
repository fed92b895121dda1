/* SPDX-License-Identifier: ISC */
/*
 * Method: branches are read from git and each chain is walked from its tip to its
 * beginning, then checked from its beginning to its tip by the rules of the format
 * and not by the code that took it in (apply.c). Damage to one segment does not hide
 * the next. The index is only compared with what was found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/chunks.h"
#include "store/verify.h"

#define SHOWN 5        /* documents named where a segment is lost */
#define COMMITS_MAX ((size_t)1 << 20)

struct run {
	struct ac_home *h;
	struct ac_space *s;
	struct ac_verified *out;
	struct ac_verify_heads *heads;
	void (*each)(void *ctx, const struct ac_bad *bad);
	void *ctx;
	const struct ac_progress *progress;
	struct ac_batch *batch;
	struct ac_fault *f;
	unsigned char key[32];         /* the last that opened a segment */
	unsigned char (*vids)[32];     /* versions that the chains of s give */
	size_t nvids, capvids;
	uint64_t members;              /* membership entries in the chains of s */
	uint64_t total;
	int64_t rows;                  /* versions that the index has of the chains seen */
};

struct walk {
	const char *name;              /* of the ref */
	unsigned char branch[16];
	struct ac_oid tip, *commits;   /* newest first */
	size_t n;
	bool whole;                    /* reaches the beginning */
	int64_t id, seq, last;         /* index row; number checked last, -1; index's last */
	unsigned char hash[32];
	bool linked;                   /* hash is that of segment seq */
	unsigned char joined[32];      /* the key that its first segment brought */
	bool has_joined;
};

static void
bad(struct run *r, const char *what, const char *affects, const char *message)
{
	struct ac_bad b = { .what = what, .affects = affects, .message = ac_words(message) };

	r->out->bad++;
	if (r->each)
		r->each(r->ctx, &b);
}

/* The documents whose versions stand in a segment, as far as the index knows. */
static void
affected(char out[static 512], struct run *r, const struct walk *w, int64_t seq)
{
	struct ac_rows q = ac_index_query(r->h->index, "SELECT DISTINCT d.type || '/' || d.rid FROM version v JOIN doc d ON"
		" d.id = v.doc WHERE v.chain = ? AND v.seq = ? ORDER BY 1", "ii", w->id, seq);
	size_t n = 0, len = 0;

	out[0] = 0;
	for (; ac_rows_next(&q); n++)
		if (n < SHOWN && len < 400)
			len += (size_t)snprintf(out + len, 512 - len, "%s%.80s", n ? ", " : "", ac_rows_text(&q, 0));
	if (n > SHOWN)
		snprintf(out + len, 512 - len, ac_words(" and %zu more"), n - SHOWN);
	if (ac_rows_end(&q, NULL) || !n)
		snprintf(out, 512, ac_words("the record of %s"), r->s->patient);
}

static void
bad_segment(struct run *r, const struct walk *w, int64_t seq, const char *message)
{
	char what[160], hex[33], affects[512];

	ac_crypto_hex(hex, w->branch, 16);
	snprintf(what, sizeof what, ac_words("segment %lld of chain %s"), (long long)seq, hex);
	affected(affects, r, w, seq);
	bad(r, what, affects, message);
}

static void
bad_chain(struct run *r, const unsigned char branch[static 16], const char *message)
{
	char what[160], hex[33], affects[300];

	ac_crypto_hex(hex, branch, 16);
	snprintf(what, sizeof what, ac_words("chain %s"), hex);
	snprintf(affects, sizeof affects, ac_words("the record of %s"), r->s->patient);
	bad(r, what, affects, message);
}

/* A failure of the system ends the run; damage does not. */
static bool
fatal(enum ac_err err)
{
	return err == AC_ENOMEM || err == AC_EINTERNAL || err == AC_EBUSY;
}

/* ------------------------------------------------------------------ versions */

static enum ac_err
keep_vid(struct run *r, const unsigned char vid[static 32])
{
	unsigned char (*more)[32];

	if (r->nvids == r->capvids) {
		r->capvids = r->capvids ? 2 * r->capvids : 1024;
		if (!(more = realloc(r->vids, r->capvids * sizeof *more)))
			return AC_ENOMEM;
		r->vids = more;
	}
	memcpy(r->vids[r->nvids++], vid, 32);
	return AC_OK;
}

/* A document's row must hold the body of its only head, where nobody disputes it. */
static enum ac_err
compare_body(bool *same, const struct ac_version *v, const void *row, size_t n)
{
	struct ac_buf b = { 0 };
	enum ac_err err = v->body ? ac_mp_write(&b, v->body) : AC_OK;

	*same = !err && b.len == n && (!n || !memcmp(b.p, row, n));
	ac_buf_free(&b);
	return err;
}

static enum ac_err
check_row(struct run *r, const struct walk *w, int64_t seq, const struct ac_version *v,
	const unsigned char vid[static 32])
{
	struct ac_rows q = ac_index_query(r->h->index, "SELECT d.heads, d.flags, d.body, d.proposals FROM version v JOIN doc d"
		" ON d.id = v.doc WHERE v.tag = ? AND v.vid = ? AND d.space = ?", "ibi", ac_index_tag(vid), vid, (size_t)32, r->s->id);
	const void *p, *body;
	enum ac_err err = AC_OK;
	bool there, same = true;
	size_t n, nbody;

	if ((there = ac_rows_next(&q))) {
		p = ac_rows_blob(&q, 0, &n);
		body = ac_rows_blob(&q, 2, &nbody);
		if (n == 32 && !memcmp(p, vid, 32) && !ac_rows_int(&q, 3)
		    && !(ac_rows_int(&q, 1) & (AC_DOC_CONFLICT | AC_DOC_PROPOSAL | AC_DOC_INCOMPLETE)))
			err = compare_body(&same, v, body, nbody);
	}
	if (ac_rows_end(&q, r->f) || err)
		return q.err ? q.err : err;
	if (!there)
		bad_segment(r, w, seq, "the index lacks a version that this segment holds; the index must be rebuilt");
	else if (!same)
		bad_segment(r, w, seq, "the index shows another text than the version says; the index must be rebuilt");
	return AC_OK;
}

static bool
in_index(struct run *r, const unsigned char vid[static 32])
{
	int64_t id;

	return !ac_index_int(&id, r->h->index, NULL, "SELECT v.id FROM version v JOIN doc d ON d.id = v.doc WHERE v.tag = ?"
		" AND v.vid = ? AND d.space = ?", "ibi", ac_index_tag(vid), vid, (size_t)32, r->s->id);
}

static enum ac_err
check_version(struct run *r, const struct walk *w, const struct ac_segment *seg, const struct ac_val *e,
	const struct ac_member *m)
{
	unsigned char id[32], salt[16], writer[8];
	struct ac_version v;
	bool derived = false;
	enum ac_err err;

	if (ac_entry_is(e, AC_ENTRY_CONTRIBUTED, 9)) {
		if (ac_contributed_read(&v, e, writer) || ac_entry_version_id(id, &v)) {
			if (!ac_segment_later(seg))
				bad_segment(r, w, seg->seq, "a clinician's version in it does not read back");
			return AC_OK;
		}
		if (m && m->role == AC_OWNER && !ac_contributed_signed(e, id)) {
			bad_segment(r, w, seg->seq, "a clinician's version in it is not signed by its writer");
			return AC_OK;
		}
		/* whether it was taken is a rule of the share, not of the bytes */
		if (!in_index(r, id))
			return AC_OK;
		r->out->versions++;
		return keep_vid(r, id);
	}
	if (m && m->role == AC_READER)
		return AC_OK;
	if (ac_entry_version_read(&v, &derived, e, seg->writer, seg->clock)) {
		if (!ac_segment_later(seg))
			bad_segment(r, w, seg->seq, "a version in it does not read back");
		return AC_OK;
	}
	if (derived) {
		if ((err = ac_docs_salt(salt, r->s, &v)))
			return err;
		v.salt = salt;
	}
	if ((err = ac_entry_version_id(id, &v)) || (err = keep_vid(r, id)))
		return err;
	r->out->versions++;
	return check_row(r, w, seg->seq, &v, id);
}

/* --------------------------------------------------------------- attachments */

/* How many of the chunks git has. */
static uint32_t
chunks_here(struct run *r, const struct ac_val *chunks)
{
	struct ac_oid oid;
	uint32_t i, here = 0;

	for (i = 0; i < chunks->n; i++) {
		if (chunks->items[i].kind != AC_BIN || chunks->items[i].n != 20)
			return 0;
		memcpy(oid.id, chunks->items[i].bin, 20);
		here += ac_repo_has(r->h->repo, &oid);
	}
	return here;
}

/* The bytes of an attachment that is here, opened and compared with its hash. An entry
 * that leads to other bytes is its writer's lie and no damage, while another entry about
 * the same attachment leads to the true ones, or may: each is counted by the one that does. */
static enum ac_err
check_blob(struct run *r, const struct walk *w, const struct ac_segment *seg, uint32_t n, const struct ac_val *e)
{
	struct ac_chunks_at *all = NULL, at;
	struct ac_fault said = { 0 };
	const struct ac_val *chunks;
	const unsigned char *hash;
	enum ac_err err;
	size_t places;

	if (!ac_entry_bin(&hash, e, 1, 32) || !(chunks = ac_entry_arr(e, 5))) {
		if (!ac_segment_later(seg))
			bad_segment(r, w, seg->seq, "an attachment's entry in it does not read back");
		return AC_OK;
	}
	if (!chunks_here(r, chunks))
		return AC_OK;
	if ((err = ac_chunks_places(&all, &places, r->s, hash, r->f)))
		return err;
	free(all);
	err = ac_chunks_find(&at, r->s, hash, &said);
	if (fatal(err))
		return ac_fault(r->f, err, "%s", said.text);
	if (!err)
		r->out->attachments += at.chain == w->id && at.seq == (int64_t)seg->seq && at.n == n;
	else if (err == AC_ENET && places == 1)
		bad_segment(r, w, seg->seq, "of an attachment some parts are here and some are not");
	else if (err != AC_ENET)
		bad_segment(r, w, seg->seq, said.text);
	return AC_OK;
}

/* ------------------------------------------------------------------ segments */

struct opening {
	struct ac_segment seg;
	struct ac_arena arena;
	struct ac_buf bytes;
	struct ac_place at;
	unsigned char key[32];
};

static enum ac_err
try_key(void *ctx, const unsigned char key[static 32], struct ac_fault *f)
{
	struct opening *o = ctx;
	enum ac_err err = ac_segment_open(&o->seg, &o->arena, o->bytes.p, o->bytes.len, &o->at, key, f);

	if (!err)
		memcpy(o->key, key, 32);
	return err;
}

static enum ac_err
open_one(struct opening *o, struct run *r, const struct walk *w, const struct ac_oid *blob, struct ac_fault *said)
{
	enum ac_err err;

	memcpy(o->at.space, r->s->sid, 8);
	memcpy(o->at.branch, w->branch, 16);
	if ((err = ac_repo_blob(&o->bytes, r->h->repo, blob, AC_SEGMENT_MAX, said)))
		return err;
	if ((err = try_key(o, r->key, said)) == AC_ELOCKED)
		err = ac_space_each_key(r->s, try_key, o, said);
	if (!err)
		memcpy(r->key, o->key, 32);
	else if (err == AC_ELOCKED)
		ac_fault(said, err, "no key held here opens it");
	return err;
}

/* A joining that an owner closed the invite of meanwhile is kept and counts for nothing:
 * its writer is no member, and brings the key itself. */
static const unsigned char *
writer_key(struct run *r, struct walk *w, const struct ac_segment *g)
{
	const struct ac_member *m = ac_members_find(&r->s->members, g->writer);
	const unsigned char *pk;
	uint32_t i;

	if (m)
		return m->sign;
	for (i = 1; !g->seq && i < g->entries->n; i++)
		if (ac_entry_is(&g->entries->items[i], AC_ENTRY_JOIN, 8) && ac_entry_bin(&pk, &g->entries->items[i], 1, 32)) {
			memcpy(w->joined, pk, 32);
			w->has_joined = true;
		}
	return w->has_joined ? w->joined : NULL;
}

static const char *
misplaced(struct run *r, struct walk *w, const struct ac_segment *g)
{
	const unsigned char *pk = writer_key(r, w, g);
	unsigned char hash[32], branch[16];
	static const unsigned char zero[32];

	if ((w->whole || w->seq >= 0) && (int64_t)g->seq != w->seq + 1)
		return AC_WORD("its number does not follow");
	if (!g->seq ? memcmp(g->prev, zero, 32) != 0 : w->linked && memcmp(g->prev, w->hash, 32) != 0)
		return AC_WORD("its link does not match the segment before");
	if (!pk)
		return AC_WORD("its writer is no member");
	ac_crypto_hash(hash, 32, pk, 32, NULL, 0);
	if (memcmp(hash, g->writer, 8))
		return AC_WORD("its writer's key is not the writer's");
	ac_space_branch(branch, r->s, pk, g->incarnation);
	if (memcmp(branch, w->branch, 16))
		return AC_WORD("its writer has another branch");
	return ac_segment_signed_by(g, pk) ? NULL : AC_WORD("its signature is not its writer's");
}

static bool
of_members(int64_t kind)
{
	return kind == AC_ENTRY_INVITE || kind == AC_ENTRY_CANCEL || kind == AC_ENTRY_REMOVE || kind == AC_ENTRY_JOIN;
}

static enum ac_err
check_entries(struct run *r, const struct walk *w, const struct ac_segment *g)
{
	const struct ac_member *m = ac_members_find(&r->s->members, g->writer);
	const struct ac_val *e;
	enum ac_err err = AC_OK;
	uint32_t i;

	for (i = 1; i < g->entries->n && !err; i++) {
		e = &g->entries->items[i];
		if (e->kind != AC_ARR || !e->n || e->items[0].kind != AC_INT) {
			if (!ac_segment_later(g))
				bad_segment(r, w, g->seq, "an entry in it has no kind");
			continue;
		}
		r->members += of_members(e->items[0].i);
		if (e->items[0].i == AC_ENTRY_VERSION || e->items[0].i == AC_ENTRY_CONTRIBUTED)
			err = check_version(r, w, g, e, m);
		else if (e->items[0].i == AC_ENTRY_BLOB)
			err = check_blob(r, w, g, i, e);
	}
	return err;
}

/* A segment of another arm of somebody's chain: it counts if its writer signed it. */
static enum ac_err
check_relay(struct run *r, const struct walk *w, const struct ac_segment *g, const struct ac_relay *relay)
{
	struct opening o = { .bytes = relay->bytes, .at = relay->at };
	const struct ac_member *by = ac_members_find(&r->s->members, g->writer), *m;
	unsigned char branch[16];
	enum ac_err err = by && by->role != AC_READER ? ac_space_each_key(r->s, try_key, &o, NULL) : AC_ELOCKED;
	const struct ac_val *e;
	uint32_t i;

	if (err) {
		err = fatal(err) ? err : AC_OK;
		goto out;
	}
	if (!(m = ac_members_find(&r->s->members, o.seg.writer)))
		goto out;
	ac_space_branch(branch, r->s, m->sign, o.seg.incarnation);
	if (memcmp(branch, relay->at.branch, 16) || !ac_segment_signed_by(&o.seg, m->sign))
		goto out;
	o.seg.seq = g->seq; /* where it stands, for what is said of it */
	for (i = 1; i < o.seg.entries->n && !err; i++) {
		e = &o.seg.entries->items[i];
		if (ac_entry_is(e, AC_ENTRY_VERSION, 1) || ac_entry_is(e, AC_ENTRY_CONTRIBUTED, 1))
			err = check_version(r, w, &o.seg, e, m);
		else if (ac_entry_is(e, AC_ENTRY_BLOB, 1))
			err = check_blob(r, w, &o.seg, i, e);
	}
out:
	ac_wipe(o.key, sizeof o.key);
	ac_segment_close(&o.seg);
	ac_arena_free(&o.arena);
	return err;
}

/* What the index has of a segment. */
static enum ac_err
check_known(struct run *r, const struct walk *w, const struct ac_segment *g, const struct ac_oid *blob)
{
	struct ac_rows q = ac_index_query(r->h->index, "SELECT hash, blob FROM segment WHERE chain = ? AND seq = ?", "ii",
		w->id, (int64_t)g->seq);
	const void *p;
	bool same = false;
	size_t n;

	if (ac_rows_next(&q))
		same = (p = ac_rows_blob(&q, 0, &n)) && n == 32 && !memcmp(p, g->hash, 32)
		    && (p = ac_rows_blob(&q, 1, &n)) && n == 20 && !memcmp(p, blob->id, 20);
	if (ac_rows_end(&q, r->f))
		return q.err;
	if (!same)
		bad_segment(r, w, g->seq, "the index knows another segment in its place");
	return AC_OK;
}

static enum ac_err
check_segment(struct run *r, struct walk *w, const struct ac_oid *blob)
{
	struct opening o = { .bytes = { .max = AC_SEGMENT_MAX } };
	struct ac_fault said = { 0 };
	struct ac_relay relay;
	const char *why;
	enum ac_err err = open_one(&o, r, w, blob, &said);

	if (err) {
		if (fatal(err))
			ac_fault(r->f, err, "%s", said.text);
		else {
			bad_segment(r, w, w->seq + 1, said.text);
			err = AC_OK;
		}
		w->seq += w->seq >= 0 || w->whole; /* the next one follows it, unlinked */
		w->linked = false;
		goto out;
	}
	if ((why = misplaced(r, w, &o.seg)))
		bad_segment(r, w, o.seg.seq, why);
	w->seq = o.seg.seq;
	w->linked = true;
	memcpy(w->hash, o.seg.hash, 32);
	r->out->segments++;
	if (why)
		goto out;
	if ((int64_t)o.seg.seq <= w->last && (err = check_known(r, w, &o.seg, blob)))
		goto out;
	err = ac_relay_of(&relay, &o.seg, r->s->sid) ? check_relay(r, w, &o.seg, &relay) : check_entries(r, w, &o.seg);
out:
	if (r->progress)
		r->progress->step(r->progress->ctx, "verifying", r->out->segments, r->total);
	ac_wipe(o.key, sizeof o.key);
	ac_segment_close(&o.seg);
	ac_arena_free(&o.arena);
	ac_buf_free(&o.bytes);
	return err;
}

/* -------------------------------------------------------------------- chains */

/* The commits from the tip to the beginning, or to where they cannot be read. */
static enum ac_err
collect(struct run *r, struct walk *w)
{
	struct ac_oid at = w->tip, *more;
	struct ac_fault said = { 0 };
	char text[900];
	size_t cap = 0;
	enum ac_err err;

	for (;;) {
		if ((err = ac_repo_read(r->batch, r->h->repo, &at, &said))) {
			if (fatal(err))
				return ac_fault(r->f, err, "%s", said.text);
			snprintf(text, sizeof text, ac_words("%s; nothing before it can be reached"), said.text);
			bad_chain(r, w->branch, text);
			return AC_OK;
		}
		if (w->n == cap) {
			cap = cap ? 2 * cap : 64;
			if (cap > COMMITS_MAX || !(more = realloc(w->commits, cap * sizeof *more)))
				return AC_ENOMEM;
			w->commits = more;
		}
		w->commits[w->n++] = at;
		if (!r->batch->has_parent) {
			w->whole = true;
			return AC_OK;
		}
		at = r->batch->parent;
	}
}

static enum ac_err
check_batch(struct run *r, struct walk *w, const struct ac_oid *commit, bool chain)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_fault said = { 0 };
	enum ac_err err = ac_repo_read(r->batch, r->h->repo, commit, r->f);
	size_t i;

	for (i = 0; !err && i < r->batch->n; i++) {
		if (chain) {
			err = check_segment(r, w, &r->batch->blobs[i]);
			continue;
		}
		/* an attachment's: opened where its entry stands; that git has every byte of the
		 * branch is proved here */
		ac_buf_reset(&bytes);
		err = ac_repo_blob(&bytes, r->h->repo, &r->batch->blobs[i], AC_SEGMENT_MAX, &said);
		if (err && !fatal(err)) {
			bad_chain(r, w->branch, said.text);
			err = AC_OK;
		}
	}
	ac_buf_free(&bytes);
	return err;
}

/* The index's row of a chain. */
static enum ac_err
known(struct run *r, struct walk *w)
{
	struct ac_rows q = ac_index_query(r->h->index, "SELECT id, seq FROM chain WHERE space = ? AND branch = ?", "ib",
		r->s->id, w->branch, (size_t)16);
	int64_t n = 0;
	enum ac_err err;

	w->id = 0;
	w->last = -1;
	if (ac_rows_next(&q)) {
		w->id = ac_rows_int(&q, 0);
		w->last = ac_rows_int(&q, 1);
	}
	if ((err = ac_rows_end(&q, r->f)))
		return err;
	if (w->id && (err = ac_index_int(&n, r->h->index, r->f, "SELECT count(*) FROM version WHERE chain = ? AND seq <= ?",
	    "ii", w->id, w->last)))
		return err;
	r->rows += n;
	return AC_OK;
}

static enum ac_err
keep_head(struct run *r, const struct walk *w)
{
	struct ac_verify_heads *l = r->heads;
	struct ac_verify_head *more, *one;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		if (!(more = realloc(l->head, l->cap * sizeof *more)))
			return AC_ENOMEM;
		l->head = more;
	}
	one = &l->head[l->n++];
	memcpy(one->space, r->s->sid, 8);
	memcpy(one->branch, w->branch, 16);
	memcpy(one->hash, w->hash, 32);
	one->commit = w->tip;
	one->seq = w->seq;
	return AC_OK;
}

static enum ac_err
check_ref(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct run *r = ctx;
	struct walk w = { .name = name, .tip = *at, .seq = -1, .linked = true };
	unsigned char sid[8], files[8];
	enum ac_err err;
	bool chain;
	size_t i;

	(void)f;
	ac_space_files(files, r->s);
	if (!ac_repo_ref_parse(sid, w.branch, name) || (memcmp(sid, r->s->sid, 8) && memcmp(sid, files, 8)))
		return AC_OK;
	if ((err = known(r, &w)))
		return err;
	chain = w.id || (!memcmp(sid, r->s->sid, 8) && ac_apply_is_chain(r->h->repo, at));
	if ((err = collect(r, &w)))
		goto out;
	w.linked = w.whole;
	for (i = w.n; i-- > 0 && !err;)
		err = check_batch(r, &w, &w.commits[i], chain);
	if (err || !chain || !w.n)
		goto out;
	if (w.seq < w.last)
		bad_chain(r, w.branch, "it is shorter in the store than the index knows it: its end was lost");
	err = keep_head(r, &w);
out:
	free(w.commits);
	return err;
}

/* Chains that the index knows and that no branch holds any more. */
static enum ac_err
check_lost(struct run *r)
{
	struct ac_rows q = ac_index_query(r->h->index, "SELECT branch FROM chain WHERE space = ? AND seq >= 0", "i",
		r->s->id);
	unsigned char branch[16];
	struct ac_oid at;
	const void *p;
	char name[80];
	size_t n;

	while (ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 16)
			continue;
		memcpy(branch, p, 16);
		ac_repo_ref_name(name, r->s->sid, branch);
		if (ac_repo_ref_get(&at, r->h->repo, name, NULL))
			bad_chain(r, branch, "its branch is gone from the store; sync, or restore a backup");
	}
	return ac_rows_end(&q, r->f);
}

static int
by_vid(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* The index holds as many versions and membership entries as the chains give. */
static enum ac_err
check_counts(struct run *r)
{
	char text[200];
	size_t i, distinct = 0;
	int64_t members = 0;
	enum ac_err err;

	if (r->nvids)
		qsort(r->vids, r->nvids, 32, by_vid);
	for (i = 0; i < r->nvids; i++)
		distinct += !i || memcmp(r->vids[i - 1], r->vids[i], 32) != 0;
	if ((err = ac_index_int(&members, r->h->index, r->f, "SELECT count(*) FROM mlog WHERE space = ?", "i", r->s->id)))
		return err;
	if (r->rows != (int64_t)distinct || (uint64_t)members != r->members) {
		snprintf(text, sizeof text, ac_words("it holds %lld versions and %lld entries about members, the chains %zu and %llu; it"
			" must be rebuilt"), (long long)r->rows, (long long)members, distinct,
			(unsigned long long)r->members);
		bad(r, ac_words("the index"), r->s->patient, text);
	}
	return AC_OK;
}

static enum ac_err
check_space(struct run *r, struct ac_space *s)
{
	uint64_t before = r->out->bad;
	enum ac_err err;

	r->s = s;
	r->nvids = 0;
	r->members = 0;
	r->rows = 0;
	if ((err = ac_repo_refs(r->h->repo, "refs/heads/", check_ref, r, r->f)) || (err = check_lost(r)))
		return err;
	/* where segments are lost the counts cannot agree, and were told already */
	return r->out->bad == before ? check_counts(r) : AC_OK;
}

enum ac_err
ac_verify_run(struct ac_verified *out, struct ac_verify_heads *heads, struct ac_home *h,
	void (*each)(void *ctx, const struct ac_bad *bad), void *ctx, const struct ac_progress *progress,
	struct ac_fault *f)
{
	struct run r = { .h = h, .out = out, .heads = heads, .each = each, .ctx = ctx, .progress = progress, .f = f };
	enum ac_err err = AC_OK;
	int64_t total = 0;
	size_t i;

	memset(out, 0, sizeof *out);
	if (!(r.batch = malloc(sizeof *r.batch)))
		return AC_ENOMEM;
	if ((err = ac_index_int(&total, h->index, f, "SELECT coalesce(sum(seq + 1), 0) FROM chain", "")))
		goto out;
	r.total = (uint64_t)total;
	for (i = 0; i < h->nspaces && !err; i++)
		err = check_space(&r, h->spaces[i]);
out:
	ac_wipe(r.key, sizeof r.key);
	free(r.vids);
	free(r.batch);
	return err;
}

/* Branches and index are compared as of one moment. Damage may keep a writer from
 * beginning; it must not keep anybody from finding it. */
static enum ac_err
hold(bool *held, struct ac_home *h, struct ac_fault *f)
{
	enum ac_err err = ac_home_lock(h, f);

	*held = !err;
	return fatal(err) ? err : AC_OK;
}

enum ac_err
ac_verify(struct ac_verified *out, struct ac_home *h, void (*each)(void *ctx, const struct ac_bad *bad), void *ctx,
	const struct ac_progress *progress, struct ac_fault *f)
{
	struct ac_verify_heads heads = { 0 };
	enum ac_err err;
	bool held;

	if ((err = hold(&held, h, f)))
		return err;
	if (!(err = ac_verify_run(out, &heads, h, each, ctx, progress, f)) && h->nspaces)
		err = ac_certify(out, &heads, h->spaces[0], NULL, f);
	if (held)
		ac_home_unlock(h);
	free(heads.head);
	return err;
}
