/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "store/apply.h"

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

enum ac_err
ac_apply_entries(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o)
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
