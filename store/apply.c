/* SPDX-License-Identifier: ISC */
/*
 * Method: each tip is walked back to what is applied, then its commits are tried
 * oldest first, each under a savepoint: a commit is taken whole or not at all. A
 * commit may wait (its writer's admission or its key has not arrived) while others
 * go on; rounds are made until none moves. A commit that cannot be right stops its
 * chain and is reported. Documents are computed once, at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "store/apply.h"

#define COMMITS_MAX ((size_t)1 << 20)

/* ------------------------------------------------------------------ findings */

static void
report(struct ac_apply_work *w, const struct ac_apply_chain *c, const char *kind, int64_t seq, const char *text)
{
	struct ac_finding fd = { .kind = kind, .seq = (uint32_t)seq };

	memcpy(fd.place.space, c->tip->s->sid, 8);
	memcpy(fd.place.branch, c->tip->branch, 16);
	snprintf(fd.text, sizeof fd.text, "%s", ac_words(text));
	c->tip->stopped = true;
	if (w->ap->finding)
		w->ap->finding(w->ap->ctx, &fd);
}

/* A clock that is ahead is told once: not again for what is written before this device's
 * own time has caught up with it. The chain goes on. */
static enum ac_err
report_clock(struct ac_apply_work *w, const struct ac_apply_chain *c, int64_t seq, uint64_t clock)
{
	bool was = c->tip->stopped;
	int64_t known = 0;
	enum ac_err err;

	if ((err = ac_index_int(&known, w->h->index, w->f, "SELECT ahead FROM chain WHERE id = ?", "i", c->id)))
		return err;
	if (known >> 16 < ac_clock_ms()) {
		report(w, c, "clock", seq, "its times are over an hour ahead of this device's clock");
		c->tip->stopped = was;
	}
	return ac_index_run(w->h->index, w->f, "UPDATE chain SET ahead = ? WHERE id = ?", "ii",
		clock > INT64_MAX ? INT64_MAX : (int64_t)clock, c->id);
}

/* ------------------------------------------------------------ one segment */

static enum ac_err
try_key(void *ctx, const unsigned char key[static 32], struct ac_fault *f)
{
	struct ac_apply_opening *o = ctx;
	enum ac_err err = ac_segment_open(&o->seg, &o->arena, o->bytes->p, o->bytes->len, &o->at, key, f);

	if (!err)
		memcpy(o->key, key, 32);
	return err;
}

/* The standing invite by which this device joined is wrapped for too: epochs that began
 * after a backup was made, and before its restorer was known, open with it. */
static bool
unwrap_as_invite(unsigned char epoch[static 32], unsigned char owners[static 32], bool *has_owners,
	const struct ac_space *s, const struct ac_wraps *w, const struct ac_place *at)
{
	struct ac_invite_keys k;
	struct ac_identity id = { k.dh, k.dh_pk, k.psk };
	const struct ac_val *list = s->start_keys ? ac_entry_arr(s->start_keys, 2) : NULL;
	const unsigned char *secret;
	bool got = false;
	uint32_t i;

	for (i = 0; list && i < list->n && !got; i++) {
		if (!ac_entry_bin(&secret, list, i, 32))
			continue;
		ac_invite_derive(&k, secret);
		got = !ac_keys_unwrap(epoch, owners, has_owners, w, at, &id);
	}
	ac_wipe(&k, sizeof k);
	return got;
}

/* Keys from a keys segment's wraps, as candidates: they open, they do not yet seal. */
static enum ac_err
unwrap(struct ac_space *s, const struct ac_wraps *w, const struct ac_place *at)
{
	struct ac_identity me = { s->secret->dh, s->dh_pk, s->secret->psk };
	unsigned char epoch[32], owners[32];
	bool has_owners;
	enum ac_err err;

	if (ac_keys_unwrap(epoch, owners, &has_owners, w, at, &me)
	    && !unwrap_as_invite(epoch, owners, &has_owners, s, w, at))
		return AC_OK;
	err = ac_space_ring_add(&s->epochs, epoch);
	if (!err && has_owners)
		err = ac_space_ring_add(&s->owners, owners);
	ac_wipe(epoch, 32);
	ac_wipe(owners, 32);
	return err;
}

enum ac_err
ac_apply_earlier_keys(struct ac_space *s, const struct ac_val *e)
{
	const struct ac_val *list = ac_entry_arr(e, 4), *box;
	struct ac_arena a = { 0 };
	struct ac_buf plain = { 0 };
	enum ac_err err = AC_OK;
	uint32_t i;

	for (i = 0; list && i < list->n && !err; i++)
		if (list->items[i].kind == AC_BIN && list->items[i].n == 32)
			err = ac_space_ring_add(&s->epochs, list->items[i].bin);
	if (!err && e->n > 5 && e->items[5].kind == AC_BIN
	    && ac_space_unbox(&plain, s, e->items[5].bin, e->items[5].n)
	    && !ac_mp_read(&box, &a, plain.p, plain.len, NULL) && box->kind == AC_ARR)
		for (i = 0; i < box->n && !err; i++)
			if (box->items[i].kind == AC_BIN && box->items[i].n == 32)
				err = ac_space_ring_add(&s->owners, box->items[i].bin);
	ac_buf_free(&plain);
	ac_arena_free(&a);
	return err;
}

void
ac_apply_close(struct ac_apply_opening *o)
{
	ac_wipe(o->key, sizeof o->key);
	ac_segment_close(&o->seg);
	ac_arena_free(&o->arena);
}

enum ac_err
ac_apply_open(struct ac_apply_opening *o, struct ac_space *s, const struct ac_buf *bytes, struct ac_fault *f)
{
	enum ac_segment_kind kind;
	struct ac_wraps w;
	const unsigned char *owners;
	unsigned char mark[32];
	const struct ac_key *k;
	enum ac_err err;
	uint32_t i;

	o->bytes = bytes;
	memcpy(o->at.space, s->sid, 8);
	if ((err = ac_segment_peek(&kind, &w, bytes->p, bytes->len, f)))
		return err;
	if (kind == AC_SEGMENT_INVITE)
		return ac_fault(f, AC_ECORRUPT, "an invite stands in a chain");
	if (kind == AC_SEGMENT_DATA)
		return ac_space_each_key(s, try_key, o, f);
	ac_keys_mark(mark, &w, &o->at, s->secret->name_key);
	if (!ac_crypto_equal(mark, w.mark, 32))
		return ac_fault(f, AC_ECORRUPT, "it looks like the beginning of an epoch, and nobody of this record made it");
	if (!ac_space_ring_find(&s->epochs, w.epoch) && (err = unwrap(s, &w, &o->at)))
		return err;
	if (!(k = ac_space_ring_find(&s->epochs, w.epoch)))
		return AC_ELOCKED;
	if ((err = try_key(o, k->key, f)))
		return err;
	/* an epoch key that another epoch carried came without the owners key beside it */
	for (i = 1; i < o->seg.entries->n; i++)
		if (ac_entry_is(&o->seg.entries->items[i], AC_ENTRY_KEYS, 8)
		    && ac_entry_bin(&owners, &o->seg.entries->items[i], 3, 32) && !ac_space_ring_find(&s->owners, owners))
			return unwrap(s, &w, &o->at);
	return AC_OK;
}

/* The Ed25519 key that this segment must be signed with, and whether it may be: a
 * member's, or that of a first segment which brings its own admission. */
static enum ac_verdict
writer_key(unsigned char pk[static 32], struct ac_apply_chain *c, struct ac_apply_opening *o, const char **why)
{
	struct ac_space *s = c->tip->s;
	const struct ac_member *m = ac_members_find(&s->members, o->seg.writer);
	const struct ac_val *e = NULL;
	const unsigned char *sign, *dh, *inv, *sig;
	unsigned char in[128], hash[32];
	bool genesis = !memcmp(o->seg.hash, s->root, 32);
	uint32_t i;

	if (m) {
		memcpy(pk, m->sign, 32);
		return AC_TAKEN;
	}
	*why = AC_WORD("its writer is no member");
	if (o->seg.seq != 0)
		return AC_PENDING;
	for (i = 1; i < o->seg.entries->n; i++)
		if (ac_entry_is(e = &o->seg.entries->items[i], AC_ENTRY_JOIN, 8))
			break;
	if (i == o->seg.entries->n)
		return AC_PENDING; /* a later incarnation of somebody not yet admitted */
	if (!ac_entry_bin(&sign, e, 1, 32) || !ac_entry_bin(&dh, e, 2, 32))
		return AC_BAD;
	ac_crypto_hash(hash, 32, sign, 32, NULL, 0);
	if (memcmp(hash, o->seg.writer, 8))
		return AC_BAD;
	memcpy(pk, sign, 32);
	if (genesis)
		return AC_TAKEN;
	if (!ac_entry_bin(&inv, e, 5, 32) || !ac_entry_bin(&sig, e, 6, 64))
		return AC_BAD;
	if (!ac_members_invite(&s->members, inv))
		return AC_PENDING;
	ac_append_join_input(in, s, sign, dh, inv);
	*why = AC_WORD("its admission is not signed by the invite it names");
	return ac_crypto_verify(sig, in, sizeof in, inv) ? AC_TAKEN : AC_BAD;
}

static enum ac_verdict
check(struct ac_apply_chain *c, struct ac_apply_opening *o, const char **why)
{
	struct ac_space *s = c->tip->s;
	unsigned char pk[32], branch[16];
	enum ac_verdict v;

	*why = AC_WORD("its number does not follow");
	if ((int64_t)o->seg.seq != c->seq + 1)
		return AC_BAD;
	*why = AC_WORD("its link does not match the segment before");
	if (memcmp(o->seg.prev, c->hash, 32)) /* zero before the first */
		return AC_BAD;
	if ((v = writer_key(pk, c, o, why)) != AC_TAKEN)
		return v;
	*why = AC_WORD("its writer has another branch");
	ac_space_branch(branch, s, pk, o->seg.incarnation);
	if (memcmp(branch, c->tip->branch, 16))
		return AC_BAD;
	*why = AC_WORD("its signature is not its writer's");
	return ac_segment_signed_by(&o->seg, pk) ? AC_TAKEN : AC_BAD;
}

/* ------------------------------------------------------------- taking it in */

static enum ac_err
touch(void *ctx, int64_t doc)
{
	struct ac_apply_work *w = ctx;
	int64_t *more;

	if (w->ndocs && w->docs[w->ndocs - 1] == doc)
		return AC_OK;
	if (w->ndocs == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 256;
		if (!(more = realloc(w->docs, w->cap * sizeof *more)))
			return AC_ENOMEM;
		w->docs = more;
	}
	w->docs[w->ndocs++] = doc;
	return AC_OK;
}

static enum ac_err
keep_entry(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o, uint32_t seq, uint32_t n,
	const struct ac_val *e, bool member)
{
	struct ac_buf b = { 0 };
	enum ac_err err = ac_mp_write(&b, e);

	if (err)
		return err;
	if (member)
		err = ac_index_run(w->h->index, w->f, "INSERT INTO mlog VALUES(?,?,?,?,?,?,?,?)", "iiiibibb",
			c->tip->s->id, c->id, (int64_t)seq, (int64_t)n, o->seg.writer, (size_t)8,
			(int64_t)o->seg.clock, o->seg.hash, (size_t)32, b.p, b.len);
	else
		err = ac_index_run(w->h->index, w->f, "INSERT OR IGNORE INTO slog VALUES(?,?,?,?,?,?,?,?)", "iiiiibib",
			c->tip->s->id, c->id, (int64_t)seq, (int64_t)n, e->items[0].i,
			o->seg.writer, (size_t)8, (int64_t)o->seg.clock, b.p, b.len);
	ac_buf_free(&b);
	return err;
}

/* A keys entry into the index; what its epoch is good for is asked of the members each time. */
static enum ac_err
take_keys(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o, const struct ac_val *e)
{
	struct ac_space *s = c->tip->s;
	unsigned char hash[32];
	struct ac_buf b = { 0 };
	enum ac_err err = ac_mp_write(&b, e);

	ac_space_key_hash(hash, o->key);
	if (!err)
		err = ac_index_run(w->h->index, w->f, "INSERT INTO epoch(space, chain, seq, hash, key, entry) VALUES(?,?,?,?,?,?)",
			"iiibbb", s->id, c->id, (int64_t)o->seg.seq, hash, (size_t)32, o->key, (size_t)32, b.p, b.len);
	ac_buf_free(&b);
	return err;
}

/* Owners keys into the index, now that the segment is verified. */
static enum ac_err
take_owners(struct ac_apply_work *w, struct ac_space *s, const struct ac_val *e)
{
	enum ac_err err = ac_apply_earlier_keys(s, e);
	size_t i;

	for (i = 0; i < s->owners.n && !err; i++)
		err = ac_index_run(w->h->index, w->f, "INSERT OR IGNORE INTO owners(space, hash, key) VALUES(?,?,?)", "ibb",
			s->id, s->owners.keys[i].hash, (size_t)32, s->owners.keys[i].key, (size_t)32);
	return err;
}

enum ac_err
ac_apply_named(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_version *v,
	const unsigned char id[static 32], uint32_t seq, uint32_t n, const struct ac_member *m)
{
	struct ac_space *s = c->tip->s;
	int guest = s->kind == AC_SPACE_VAULT ? 0 : m && m->role != AC_OWNER ? AC_GUEST_HERE : v->guest ? AC_GUEST_PUBLISHED : 0;
	bool fresh;
	int64_t doc;
	enum ac_err err = ac_docs_add(s, v, id, c->id, seq, n, guest, &doc, &fresh, w->f);

	if (err || !fresh)
		return err;
	w->ap->versions++;
	return doc ? touch(w, doc) : AC_OK;
}

/* What a later program wrote and this one cannot show, or not wholly, is noted, so that it
 * can be told of: the segment keeps it. */
static enum ac_err
keep_later(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o, uint32_t seq, uint32_t n,
	const struct ac_val *e)
{
	return ac_segment_later(&o->seg) ? keep_entry(w, c, o, seq, n, e, false) : AC_OK;
}

static enum ac_err
take_version(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o, uint32_t seq,
	uint32_t n, const struct ac_val *e, const struct ac_member *m)
{
	struct ac_space *s = c->tip->s;
	unsigned char id[32], salt[16];
	struct ac_version v;
	bool derived;
	enum ac_err err;

	if (m && m->role == AC_READER)
		return AC_OK;
	if (ac_entry_version_read(&v, &derived, e, o->seg.writer, o->seg.clock))
		return keep_later(w, c, o, seq, n, e);
	if (v.body && ac_segment_later(&o->seg) && ac_val_later(v.body) && (err = keep_later(w, c, o, seq, n, e)))
		return err;
	/* only an owner who publishes into a share writes in another's name */
	if (v.member && memcmp(v.member, o->seg.writer, 8) && (s->kind == AC_SPACE_VAULT || !m || m->role != AC_OWNER))
		return AC_OK;
	if (ac_faults_on("join") && !strcmp(v.type, "Patient") && memcmp(o->seg.writer, s->me, 8))
		return AC_OK;
	if ((err = derived ? ac_docs_name(id, salt, NULL, s, &v) : ac_entry_version_id(id, &v)))
		return err;
	if (derived)
		v.salt = salt;
	return ac_apply_named(w, c, &v, id, seq, n, m);
}

enum ac_err
ac_apply_heads(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o)
{
	const struct ac_val *list = &o->seg.entries->items[0], *one;
	const unsigned char *branch, *hash;
	enum ac_err err = AC_OK;
	int64_t seq;
	uint32_t i;

	for (i = 0; i < list->n && !err; i++) {
		one = &list->items[i];
		if (one->kind != AC_ARR || !ac_entry_bin(&branch, one, 0, 16) || !ac_entry_int(&seq, one, 1)
		    || !ac_entry_bin(&hash, one, 2, 32))
			continue;
		err = ac_index_run(w->h->index, w->f, "INSERT OR REPLACE INTO seen VALUES(?,?,?,?,?)", "ibiib", c->id,
			branch, (size_t)16, (int64_t)o->seg.seq, seq, hash, (size_t)32);
	}
	return err;
}

enum ac_err
ac_apply_blob(struct ac_apply_work *w, const struct ac_apply_chain *c, uint32_t seq, uint32_t n,
	const struct ac_val *e)
{
	const unsigned char *hash, *key, *branch;
	struct ac_buf b = { 0 };
	enum ac_err err;
	int64_t size;

	if (!ac_entry_bin(&hash, e, 1, 32) || !ac_entry_int(&size, e, 2) || !ac_entry_bin(&key, e, 3, 32)
	    || !ac_entry_bin(&branch, e, 4, 16) || !ac_entry_arr(e, 5))
		return AC_OK;
	if (!(err = ac_mp_write(&b, ac_entry_arr(e, 5))))
		err = ac_index_run(w->h->index, w->f, "INSERT OR IGNORE INTO blob VALUES(?,?,?,?,?,?,?,?,?)", "ibiiiibbb",
			c->tip->s->id, hash, (size_t)32, c->id, (int64_t)seq, (int64_t)n, size, key, (size_t)32,
			branch, (size_t)16, b.p, b.len);
	ac_buf_free(&b);
	return err;
}

enum ac_err
ac_apply_document(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o, uint32_t seq,
	uint32_t n, const struct ac_val *e, const struct ac_member *m)
{
	bool fresh = false;
	enum ac_err err = AC_OK;

	if (ac_entry_is(e, AC_ENTRY_VERSION, 1))
		return take_version(w, c, o, seq, n, e, m);
	if (ac_entry_is(e, AC_ENTRY_CONTRIBUTED, 1)) {
		err = ac_contributed_take(c->tip->s, e, c->id, seq, n, m, &fresh, w->f, touch, w);
		w->ap->versions += fresh;
	} else if (ac_entry_is(e, AC_ENTRY_BLOB, 1) && (!m || m->role != AC_READER))
		err = ac_apply_blob(w, c, seq, n, e);
	return err;
}

/* An own share, for counting: once closed it stays so. */
static enum ac_err
note_share(struct ac_apply_work *w, struct ac_space *s, const struct ac_val *e, const struct ac_member *by)
{
	const unsigned char *sid;
	int64_t state;

	if (!by || by->role != AC_OWNER || !ac_entry_bin(&sid, e, 1, 8) || !ac_entry_int(&state, e, 8))
		return AC_OK;
	return ac_index_run(w->h->index, w->f, "INSERT INTO share VALUES(?,?,?) ON CONFLICT DO UPDATE SET closed = max(closed,"
		" excluded.closed)", "ibi", s->id, sid, (size_t)8, (int64_t)(state == 1));
}

static bool
of_members(int64_t kind)
{
	return kind == AC_ENTRY_INVITE || kind == AC_ENTRY_CANCEL || kind == AC_ENTRY_REMOVE
	    || kind == AC_ENTRY_JOIN;
}

static bool
of_documents(int64_t kind)
{
	return kind == AC_ENTRY_VERSION || kind == AC_ENTRY_CONTRIBUTED || kind == AC_ENTRY_BLOB;
}

static bool
brings_epoch(const struct ac_space *s, const struct ac_apply_chain *c, const struct ac_apply_opening *o)
{
	const struct ac_member *m = ac_members_find(&s->members, o->seg.writer);

	return !memcmp(o->seg.hash, s->root, 32) || (m && m->role == AC_OWNER && !m->suspended
	    && !ac_members_cut(&s->members, m->id, c->tip->branch, o->seg.seq));
}

static enum ac_err
take_entries(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o)
{
	struct ac_space *s = c->tip->s;
	const struct ac_member *m = ac_members_find(&s->members, o->seg.writer);
	struct ac_relay relay;
	enum ac_err err = AC_OK;
	const struct ac_val *e, *keys = NULL;
	uint32_t n;

	if (ac_relay_of(&relay, &o->seg, s->sid))
		return m && m->role != AC_READER ? ac_apply_relay(w, c, o->seg.seq, &relay) : AC_OK;
	for (n = 1; n < o->seg.entries->n && !err; n++) {
		e = &o->seg.entries->items[n];
		if (e->kind != AC_ARR || !e->n || e->items[0].kind != AC_INT)
			continue;
		if (of_members(e->items[0].i)) {
			w->reload = true;
			err = keep_entry(w, c, o, o->seg.seq, n, e, true);
		} else if (e->items[0].i == AC_ENTRY_KEYS) {
			if (!keys && o->seg.kind == AC_SEGMENT_KEYS)
				keys = e;
		} else if (of_documents(e->items[0].i))
			err = ac_apply_document(w, c, o, o->seg.seq, n, e, m);
		else if (e->items[0].i == AC_ENTRY_AUTHOR && (!m || m->role != AC_OWNER))
			continue; /* names are an owner's to give */
		else if (!(err = keep_entry(w, c, o, o->seg.seq, n, e, false)) && e->items[0].i == AC_ENTRY_SHARE)
			err = note_share(w, s, e, m);
	}
	if (err || !keys || (m && m->role != AC_OWNER) || (err = take_keys(w, c, o, keys)))
		return err;
	/* a first segment may bring its writer's admission and an epoch at once */
	if (!m && w->reload && (err = ac_space_load(s, w->f)))
		return err;
	w->reload = true;
	return brings_epoch(s, c, o) ? take_owners(w, s, keys) : AC_OK;
}

enum ac_err
ac_apply_note_chain(struct ac_apply_work *w, struct ac_apply_chain *c, const unsigned char writer[static 8],
	uint32_t incarnation)
{
	enum ac_err err;

	if (c->id)
		return AC_OK;
	err = ac_index_run(w->h->index, w->f, "INSERT INTO chain(space, branch, writer, incarnation, seq, hash, oid,"
		" clock) VALUES(?,?,?,?,-1,x'',x'',0)", "ibbi", c->tip->s->id, c->tip->branch, (size_t)16, writer, (size_t)8,
		(int64_t)incarnation);
	c->id = ac_index_last_id(w->h->index);
	return err;
}

enum ac_err
ac_apply_note_segment(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o,
	const struct ac_oid *blob)
{
	struct ac_space *s = c->tip->s;
	struct ac_index *ix = w->h->index;
	bool ahead;
	enum ac_err err;

	if ((err = ac_apply_note_chain(w, c, o->seg.writer, o->seg.incarnation)))
		return err;
	c->seq = o->seg.seq;
	memcpy(c->hash, o->seg.hash, 32);
	if ((err = ac_index_run(ix, w->f, "INSERT INTO segment VALUES(?,?,?,?,?,?,?)", "iibbiib", c->id,
		(int64_t)o->seg.seq, o->seg.hash, (size_t)32, blob->id, (size_t)20, (int64_t)o->seg.kind,
		(int64_t)o->seg.clock, o->key, (size_t)32)))
		return err;
	if ((err = ac_clock_saw(w->h, o->seg.clock, &ahead, w->f)))
		return err;
	if (ahead && memcmp(o->seg.writer, s->me, 8) && (err = report_clock(w, c, o->seg.seq, o->seg.clock)))
		return err;
	return ac_index_run(ix, w->f, "UPDATE chain SET seq = ?, hash = ?, clock = ?, edition = max(edition, ?) WHERE id = ?",
		"ibiii", (int64_t)o->seg.seq, o->seg.hash, (size_t)32, (int64_t)o->seg.clock,
		(int64_t)o->seg.edition, c->id);
}

/* Bytes that are not there, or not what they were, stop their chain and no other. */
static bool
unreadable(enum ac_err err)
{
	return err == AC_ECORRUPT || err == AC_ENOTFOUND || err == AC_EIO || err == AC_ELIMIT;
}

static enum ac_err
take_segment(enum ac_verdict *verdict, struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_oid *blob)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_apply_opening o = { 0 };
	struct ac_fault said = { 0 };
	enum ac_segment_kind kind;
	const char *why = "";
	enum ac_err err;

	memcpy(o.at.branch, c->tip->branch, 16);
	*verdict = AC_BAD;
	if (!(err = ac_repo_blob(&bytes, w->h->repo, blob, AC_SEGMENT_MAX, &said)))
		err = ac_apply_open(&o, c->tip->s, &bytes, &said);
	if (err == AC_EVERSION) {
		/* its beginning is in the clear: a hub may have made it, so nobody is accused */
		*verdict = AC_PENDING;
		ac_segment_made(c->tip->later, bytes.p, bytes.len);
		err = AC_OK;
		goto out;
	}
	if (err == AC_ELOCKED) {
		*verdict = AC_PENDING;
		c->tip->sealed = true;
		if (!ac_segment_peek(&kind, NULL, bytes.p, bytes.len, NULL) && kind == AC_SEGMENT_KEYS)
			c->tip->uncovered = true;
		err = AC_OK;
		goto out;
	}
	if (unreadable(err)) {
		report(w, c, "corrupt", c->seq + 1, said.text);
		err = AC_OK;
		goto out;
	}
	if (err) {
		err = ac_fault(w->f, err, "%s", said.text[0] ? said.text : ac_words("a segment could not be read"));
		goto out;
	}
	*verdict = check(c, &o, &why);
	if (*verdict == AC_BAD)
		report(w, c, "forged", o.seg.seq, why);
	if (*verdict != AC_TAKEN)
		goto out;
	if ((err = ac_apply_note_segment(w, c, &o, blob)) || (err = ac_apply_heads(w, c, &o))
	    || (err = take_entries(w, c, &o)))
		goto out;
	w->ap->segments++;
	if (w->reload) {
		w->reload = false;
		err = ac_space_load(c->tip->s, w->f);
	}
out:
	ac_apply_close(&o);
	ac_buf_free(&bytes);
	return err;
}

/* -------------------------------------------------------------- one commit */

static enum ac_err
take_commit(enum ac_verdict *verdict, struct ac_apply_work *w, struct ac_apply_chain *c)
{
	const struct ac_oid *commit = &c->commits[c->n - 1];
	struct ac_apply_chain was = *c;
	uint64_t versions = w->ap->versions, segments = w->ap->segments;
	size_t ndocs = w->ndocs, i;
	struct ac_fault said = { 0 };
	enum ac_err err;

	err = ac_repo_read(w->batch, w->h->repo, commit, &said);
	if (unreadable(err)) {
		*verdict = AC_BAD;
		report(w, c, "corrupt", c->seq + 1, said.text);
		return AC_OK;
	}
	if (err)
		return ac_fault(w->f, err, "%s", said.text);
	if ((err = ac_index_run(w->h->index, w->f, "SAVEPOINT batch", "")))
		return err;
	*verdict = AC_TAKEN;
	for (i = 0; i < w->batch->n && *verdict == AC_TAKEN && !err; i++)
		err = take_segment(verdict, w, c, &w->batch->blobs[i]);
	if (err)
		return err;
	if (*verdict == AC_TAKEN) {
		c->n--;
		c->tip->verified = *commit;
		c->tip->moved = true;
		if ((err = ac_index_run(w->h->index, w->f, "UPDATE chain SET oid = ? WHERE id = ?", "bi", commit->id,
			(size_t)20, c->id)))
			return err;
	} else {
		if ((err = ac_index_run(w->h->index, w->f, "ROLLBACK TO batch", "")))
			return err;
		w->ap->versions = versions;
		w->ap->segments = segments;
		w->ndocs = ndocs;
		*c = was;
		if ((err = ac_space_load(c->tip->s, w->f)))
			return err;
	}
	return ac_index_run(w->h->index, w->f, "RELEASE batch", "");
}

/* ------------------------------------------------------------------ chains */

/* The commits from the tip back to what is applied, newest first. */
static enum ac_err
walk(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_oid *applied, bool has_applied)
{
	struct ac_oid at = c->tip->oid, *more;
	struct ac_fault said = { 0 };
	size_t cap = 0;
	enum ac_err err;

	while (!has_applied || memcmp(&at, applied, sizeof at)) {
		if (c->n == cap) {
			cap = cap ? 2 * cap : 64;
			if (cap > COMMITS_MAX || !(more = realloc(c->commits, cap * sizeof *more)))
				return AC_ENOMEM;
			c->commits = more;
		}
		c->commits[c->n++] = at;
		err = ac_repo_read(w->batch, w->h->repo, &at, &said);
		if (unreadable(err)) {
			/* nothing before it can be found through it */
			c->n = 0;
			report(w, c, "corrupt", c->seq + 1, said.text);
			return AC_OK;
		}
		if (err)
			return ac_fault(w->f, err, "%s", said.text);
		if (!w->batch->has_parent) {
			if (!has_applied)
				return AC_OK;
			c->n = 0;
			report(w, c, "fork", c->seq + 1, "a branch does not continue what this device has of it");
			return AC_OK;
		}
		at = w->batch->parent;
	}
	return AC_OK;
}

enum ac_err
ac_apply_find_chain(struct ac_apply_work *w, struct ac_apply_chain *c, struct ac_oid *applied, bool *has)
{
	struct ac_rows q;
	const void *p;
	size_t n;

	*has = false;
	c->seq = -1;
	q = ac_index_query(w->h->index, "SELECT id, seq, hash, oid FROM chain WHERE space = ? AND branch = ?", "ib",
		c->tip->s->id, c->tip->branch, (size_t)16);
	if (ac_rows_next(&q)) {
		c->id = ac_rows_int(&q, 0);
		c->seq = ac_rows_int(&q, 1);
		if ((p = ac_rows_blob(&q, 2, &n)) && n == 32)
			memcpy(c->hash, p, 32);
		if ((p = ac_rows_blob(&q, 3, &n)) && n == 20) {
			memcpy(applied->id, p, 20);
			c->tip->verified = *applied;
			*has = true;
		}
	}
	return ac_rows_end(&q, w->f);
}

static enum ac_err
start(struct ac_apply_work *w, struct ac_apply_chain *c)
{
	struct ac_oid applied;
	bool has;
	enum ac_err err = ac_apply_find_chain(w, c, &applied, &has);

	return err ? err : walk(w, c, &applied, has);
}

/* Candidate keys out of every keys segment that waits, so that the earlier segments of
 * a space open for a device that joined late. They are candidates: only what verifies
 * from the root makes a key one to seal under. */
static enum ac_err
scan_keys(struct ac_apply_work *w, struct ac_apply_chain *c)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	enum ac_segment_kind kind;
	struct ac_apply_opening o;
	enum ac_err err = AC_OK;
	struct ac_wraps wr;
	size_t i, j;
	uint32_t k;

	for (i = 0; i < c->n && !err; i++) {
		/* what cannot be read is judged when its turn comes */
		if (ac_repo_read(w->batch, w->h->repo, &c->commits[i], NULL))
			break;
		for (j = 0; j < w->batch->n && !err; j++) {
			ac_buf_reset(&bytes);
			if (ac_repo_blob(&bytes, w->h->repo, &w->batch->blobs[j], AC_SEGMENT_MAX, NULL)
			    || ac_segment_peek(&kind, &wr, bytes.p, bytes.len, NULL) || kind != AC_SEGMENT_KEYS)
				continue;
			memset(&o, 0, sizeof o);
			memcpy(o.at.branch, c->tip->branch, 16);
			if (!ac_apply_open(&o, c->tip->s, &bytes, NULL))
				for (k = 1; k < o.seg.entries->n && !err; k++)
					if (ac_entry_is(&o.seg.entries->items[k], AC_ENTRY_KEYS, 8))
						err = ac_apply_earlier_keys(c->tip->s, &o.seg.entries->items[k]);
			ac_apply_close(&o);
		}
	}
	ac_buf_free(&bytes);
	return err;
}

/* Takes what one chain has, as far as it goes. *moved: at least one commit. */
static enum ac_err
advance(struct ac_apply_work *w, struct ac_apply_chain *c, bool *moved)
{
	enum ac_verdict verdict = AC_TAKEN;
	enum ac_err err = AC_OK;

	c->tip->waiting = c->tip->sealed = c->tip->uncovered = false;
	c->tip->later[0] = 0;
	while (c->n && !c->tip->stopped && !err) {
		if ((err = take_commit(&verdict, w, c)) || verdict == AC_BAD)
			break;
		if (verdict == AC_PENDING) {
			c->tip->waiting = true;
			break;
		}
		*moved = true;
	}
	c->tip->next = c->seq + 1;
	return err;
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

enum ac_err
ac_apply_settle(struct ac_apply_work *w, struct ac_space *s)
{
	enum ac_err err = ac_docs_cuts(s, touch, w, w->f);
	bool disputed;
	size_t i;

	if (w->ndocs)
		qsort(w->docs, w->ndocs, sizeof *w->docs, by_number);
	for (i = 0; i < w->ndocs && !err; i++) {
		if (i && w->docs[i] == w->docs[i - 1])
			continue;
		err = ac_docs_view(s, w->docs[i], &disputed, w->f);
		w->ap->conflicts += disputed;
	}
	w->ndocs = 0;
	return err;
}

/* The tips of one space. */
static enum ac_err
apply_space(struct ac_apply_work *w, struct ac_apply_chain *chains, size_t n, struct ac_space *s)
{
	enum ac_err err = AC_OK;
	bool moved = true;
	size_t i;

	for (i = 0; i < n && !err; i++)
		if (chains[i].tip->s == s && !(err = start(w, &chains[i])) && chains[i].n)
			err = scan_keys(w, &chains[i]);
	while (moved && !err) {
		moved = false;
		for (i = 0; i < n && !err; i++)
			if (chains[i].tip->s == s)
				err = advance(w, &chains[i], &moved);
		/* a removed member's branch may have come to where it was cut */
		if (!err && moved && s->members.ncuts)
			err = ac_space_load(s, w->f);
	}
	for (moved = !err; moved && !err;)
		err = ac_apply_relay_retry(&moved, w, s);
	if (err || (err = ac_apply_settle(w, s)))
		return err;
	for (i = 0; i < n; i++)
		if (chains[i].tip->s == s && chains[i].tip->waiting)
			w->ap->pending += chains[i].n;
	return s->kind == AC_SPACE_VAULT ? AC_OK : ac_withdrawn_settle(s, w->f);
}

enum ac_err
ac_apply_tips(struct ac_apply *ap, struct ac_tip *tips, size_t n, struct ac_fault *f)
{
	struct ac_apply_work w = { .ap = ap, .h = ap->h, .f = f };
	struct ac_apply_chain *chains = calloc(n ? n : 1, sizeof *chains);
	enum ac_err err = AC_OK;
	size_t i, j;

	w.batch = malloc(sizeof *w.batch);
	if (!chains || !w.batch) {
		err = AC_ENOMEM;
		goto out;
	}
	for (i = 0; i < n; i++) {
		chains[i].tip = &tips[i];
		tips[i].moved = tips[i].stopped = tips[i].waiting = false;
		tips[i].later[0] = 0;
	}
	for (i = 0; i < n && !err; i++) {
		for (j = 0; j < i; j++)
			if (tips[j].s == tips[i].s)
				break;
		if (j == i)
			err = apply_space(&w, chains, n, tips[i].s);
	}
out:
	for (i = 0; chains && i < n; i++)
		free(chains[i].commits);
	free(chains);
	free(w.batch);
	free(w.docs);
	return err;
}

static enum ac_err
judge_segment(enum ac_verdict *verdict, const char **kind, struct ac_apply_work *w, struct ac_apply_chain *c,
	const struct ac_oid *blob)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_apply_opening o = { 0 };
	const char *why;
	enum ac_err err;

	*verdict = AC_BAD;
	*kind = "corrupt";
	memcpy(o.at.branch, c->tip->branch, 16);
	if (ac_repo_blob(&bytes, w->h->repo, blob, AC_SEGMENT_MAX, NULL)) {
		err = AC_OK;
		goto out;
	}
	err = ac_apply_open(&o, c->tip->s, &bytes, NULL);
	if (err == AC_ENOMEM || err == AC_EIO)
		goto out;
	if (err == AC_EVERSION) {
		*kind = "later";
		ac_segment_made(c->tip->later, bytes.p, bytes.len);
	}
	if (!err && (*verdict = check(c, &o, &why)) == AC_TAKEN) {
		c->seq = o.seg.seq;
		memcpy(c->hash, o.seg.hash, 32);
	} else if (!err)
		*kind = "forged";
	err = AC_OK;
out:
	ac_apply_close(&o);
	ac_buf_free(&bytes);
	return err;
}

enum ac_err
ac_apply_judge(size_t *good, const char **kind, char later[static AC_SEGMENT_MADE], struct ac_space *s,
	const unsigned char branch[static 16], const struct ac_oid *commits, size_t n, int64_t seq,
	const unsigned char hash[static 32], struct ac_fault *f)
{
	struct ac_tip tip = { .s = s };
	struct ac_apply_chain c = { .tip = &tip, .seq = seq };
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_apply_work w = { .h = s->home, .batch = b, .f = f };
	enum ac_verdict verdict = AC_TAKEN;
	enum ac_err err = b ? AC_OK : AC_ENOMEM;
	size_t i, j;

	memcpy(tip.branch, branch, 16);
	memcpy(c.hash, hash, 32);
	*good = 0;
	*kind = NULL;
	for (i = n; i-- > 0 && !err && verdict == AC_TAKEN; *good += !err && verdict == AC_TAKEN) {
		if (ac_repo_read(b, s->home->repo, &commits[i], NULL)) {
			verdict = AC_BAD;
			*kind = "corrupt";
			break;
		}
		for (j = 0; j < b->n && !err && verdict == AC_TAKEN; j++)
			err = judge_segment(&verdict, kind, &w, &c, &b->blobs[j]);
	}
	if (!err && verdict == AC_TAKEN)
		*kind = NULL;
	memcpy(later, tip.later, sizeof tip.later);
	free(b);
	return err;
}

bool
ac_apply_is_chain(struct ac_repo *r, const struct ac_oid *tip)
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	enum ac_segment_kind kind;
	bool yes = true;

	/* what cannot be told is treated as a chain, so that it is judged and not passed over */
	if (b && !ac_repo_read(b, r, tip, NULL) && !ac_repo_blob(&bytes, r, &b->blobs[0], AC_SEGMENT_MAX, NULL))
		yes = bytes.len < 4 || memcmp(bytes.p, "ACFC", 4) != 0;
	if (yes && bytes.len && !ac_segment_peek(&kind, NULL, bytes.p, bytes.len, NULL))
		yes = kind != AC_SEGMENT_INVITE;
	ac_buf_free(&bytes);
	free(b);
	return yes;
}

