/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/home.h"

struct ac_space *
ac_space_new(struct ac_home *h, enum ac_space_kind kind)
{
	struct ac_space *s;

	if (h->nspaces == sizeof h->spaces / sizeof *h->spaces || !(s = calloc(1, sizeof *s)))
		return NULL;
	if (!(s->secret = ac_crypto_secret_new(sizeof *s->secret))) {
		free(s);
		return NULL;
	}
	s->home = h;
	s->kind = kind;
	ac_crypto_random(s->secret, sizeof *s->secret);
	ac_crypto_random(s->sid, sizeof s->sid);
	ac_crypto_random(&s->incarnation, sizeof s->incarnation);
	ac_space_derive(s);
	h->spaces[h->nspaces++] = s;
	return s;
}

void
ac_space_drop(struct ac_home *h, struct ac_space *s)
{
	size_t i;

	for (i = 0; i < h->nspaces; i++)
		if (h->spaces[i] == s) {
			memmove(&h->spaces[i], &h->spaces[i + 1], (h->nspaces - i - 1) * sizeof h->spaces[0]);
			h->nspaces--;
			break;
		}
	ac_crypto_secret_free(s->secret);
	ac_crypto_secret_free(s->epochs.keys);
	ac_crypto_secret_free(s->derived.keys);
	ac_crypto_secret_free(s->owners.keys);
	ac_members_free(&s->members);
	free(s);
}

void
ac_space_branch(unsigned char branch[static 16], const struct ac_space *s, const unsigned char pk[static 32],
	uint32_t incarnation)
{
	unsigned char in[36];

	memcpy(in, pk, 32);
	ac_bytes_put32(in + 32, incarnation);
	ac_crypto_hash(branch, 16, in, sizeof in, s->secret->name_key, 32);
}

void
ac_space_files(unsigned char out[static 8], const struct ac_space *s)
{
	unsigned char wide[16];

	/* BLAKE2b of libsodium has at least 16 bytes */
	ac_crypto_hash(wide, 16, "files", 5, s->secret->name_key, 32);
	memcpy(out, wide, 8);
}

void
ac_space_invites(unsigned char out[static 8], const unsigned char sid[static 8])
{
	unsigned char in[16] = "invites", wide[16];

	memcpy(in + 8, sid, 8);
	ac_crypto_hash(wide, 16, in, sizeof in, NULL, 0);
	memcpy(out, wide, 8);
}

void
ac_space_derive(struct ac_space *s)
{
	static const char import[] = "aftercare import salt";
	unsigned char hash[32];

	ac_crypto_hash(s->secret->import_key, 32, import, sizeof import - 1, s->secret->name_key, 32);
	ac_crypto_sign_public(s->sign_pk, s->secret->seed);
	ac_crypto_dh_public(s->dh_pk, s->secret->dh);
	ac_crypto_hash(hash, 32, s->sign_pk, 32, NULL, 0);
	memcpy(s->me, hash, 8);
	ac_space_branch(s->branch, s, s->sign_pk, s->incarnation);
}

struct ac_space *
ac_space_find(struct ac_home *h, const unsigned char sid[static 8])
{
	size_t i;

	for (i = 0; i < h->nspaces; i++)
		if (!memcmp(h->spaces[i]->sid, sid, 8))
			return h->spaces[i];
	return NULL;
}

/* ------------------------------------------------------------------- keys */

void
ac_space_key_hash(unsigned char hash[static 32], const unsigned char key[static 32])
{
	static const char label[] = "aftercare key";

	ac_crypto_hash(hash, 32, label, sizeof label - 1, key, 32);
}

const struct ac_key *
ac_space_ring_find(const struct ac_keyring *r, const unsigned char hash[static 32])
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (!memcmp(r->keys[i].hash, hash, 32))
			return &r->keys[i];
	return NULL;
}

enum ac_err
ac_space_ring_add(struct ac_keyring *r, const unsigned char key[static 32])
{
	unsigned char hash[32];
	struct ac_key *k, *more;

	ac_space_key_hash(hash, key);
	if (ac_space_ring_find(r, hash))
		return AC_OK;
	if (r->n == r->cap) {
		if (!(more = ac_crypto_secret_new((r->cap + 16) * 2 * sizeof *more)))
			return AC_ENOMEM;
		if (r->n)
			memcpy(more, r->keys, r->n * sizeof *more);
		ac_crypto_secret_free(r->keys);
		r->keys = more;
		r->cap = (r->cap + 16) * 2;
	}
	k = &r->keys[r->n++];
	memset(k, 0, sizeof *k);
	memcpy(k->hash, hash, 32);
	memcpy(k->key, key, 32);
	return AC_OK;
}

enum ac_err
ac_space_seal_key(unsigned char key[static 32], struct ac_space *s, bool one, struct ac_fault *f)
{
	const struct ac_key *set[AC_EPOCHS_TOGETHER];
	size_t i, n = 0;

	for (i = 0; i < s->epochs.n && n < AC_EPOCHS_TOGETHER; i++)
		if (s->epochs.keys[i].newest)
			set[n++] = &s->epochs.keys[i];
	if (!n)
		return ac_fault(f, AC_EREFUSED, "this device holds no key to write to the record of %s", s->patient);
	for (i = 1; one && i < n; i++)
		if (set[i]->clean && !set[0]->clean)
			set[0] = set[i];
	if (n == 1 || one)
		memcpy(key, set[0]->key, 32);
	else
		ac_epochs_derive(key, set, n);
	return AC_OK;
}

enum ac_err
ac_space_each_key(struct ac_space *s,
	enum ac_err (*try)(void *ctx, const unsigned char key[static 32], struct ac_fault *f), void *ctx,
	struct ac_fault *f)
{
	enum ac_err err;
	size_t i;

	for (i = s->epochs.n; i-- > 0;)
		if ((err = try(ctx, s->epochs.keys[i].key, f)) != AC_ELOCKED)
			return err;
	/* by a writer that is no owner, between epochs made apart */
	for (i = s->derived.n; i-- > 0;)
		if ((err = try(ctx, s->derived.keys[i].key, f)) != AC_ELOCKED)
			return err;
	return AC_ELOCKED;
}

static void
box_ad(unsigned char ad[static 24], const struct ac_space *s)
{
	memcpy(ad, "aftercare owners", 16);
	memcpy(ad + 16, s->sid, 8);
}

enum ac_err
ac_space_box(struct ac_val *out, struct ac_arena *a, struct ac_space *s, const void *p, size_t n,
	struct ac_fault *f)
{
	unsigned char ad[24], *b = ac_arena_get(a, n + 40);
	const struct ac_key *k;

	if (!b)
		return AC_ENOMEM;
	if (!(k = ac_space_ring_find(&s->owners, s->owners_now)))
		return ac_fault(f, AC_EREFUSED, "only an owner of the record can do this, and this device is none");
	box_ad(ad, s);
	ac_crypto_random(b, 24);
	ac_crypto_xseal(b + 24, b + 24 + n, p, n, ad, sizeof ad, b, k->key);
	*out = ac_val_bytes(b, n + 40);
	return AC_OK;
}

bool
ac_space_unbox(struct ac_buf *out, struct ac_space *s, const unsigned char *p, size_t n)
{
	unsigned char ad[24];
	size_t i;

	if (n < 40 || ac_buf_room(out, n))
		return false;
	box_ad(ad, s);
	for (i = s->owners.n; i-- > 0;)
		if (ac_crypto_xopen(out->p + out->len, p + 24, n - 40, p + n - 16, ad, sizeof ad, p,
		    s->owners.keys[i].key)) {
			out->len += n - 40;
			return true;
		}
	return false;
}

/* ------------------------------------------------------------------- loading */

static enum ac_err
load_owners(struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT key FROM owners WHERE space = ? ORDER BY id", "i", s->id);
	enum ac_err err = AC_OK;
	const void *key;
	size_t n;

	while (!err && ac_rows_next(&q)) {
		key = ac_rows_blob(&q, 0, &n);
		if (n == 32)
			err = ac_space_ring_add(&s->owners, key);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

struct log {
	struct ac_mentry *e;
	size_t n;
	struct ac_index *ix;
	int64_t space;
};

static int64_t
seen(void *ctx, const unsigned char *branch, uint32_t seq, const unsigned char *other)
{
	struct log *l = ctx;
	int64_t got = -1;

	if (!memcmp(branch, other, 16))
		return (int64_t)seq - 1;
	if (ac_index_int(&got, l->ix, NULL, "SELECT max(oseq) FROM seen WHERE chain = (SELECT id FROM chain WHERE "
	    "space = ? AND branch = ?) AND other = ? AND seq <= ? HAVING max(oseq) IS NOT NULL", "ibbi",
	    l->space, branch, (size_t)16, other, (size_t)16, (int64_t)seq))
		return -1;
	return got;
}

static bool
stands(void *ctx, const unsigned char *branch, int64_t seq, const unsigned char *hash)
{
	struct log *l = ctx;
	int64_t n = 0;

	return !ac_index_int(&n, l->ix, NULL, "SELECT count(*) FROM segment g JOIN chain c ON c.id = g.chain WHERE c.space = ?"
	    " AND c.branch = ? AND g.seq = ? AND g.hash = ?", "ibib", l->space, branch, (size_t)16, seq, hash, (size_t)32)
	    && n > 0;
}

static enum ac_err
read_log(struct log *l, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	struct ac_rows q;
	struct ac_mentry *e;
	enum ac_err err;
	int64_t count = 0;
	const void *p;
	size_t n;

	if ((err = ac_index_int(&count, ix, f, "SELECT count(*) FROM mlog WHERE space = ?", "i", s->id)))
		return err;
	if (!(l->e = ac_arena_get(a, (size_t)(count + 1) * sizeof *l->e)))
		return AC_ENOMEM;
	q = ac_index_query(ix, "SELECT c.branch, m.writer, m.hash, m.seq, m.clock, m.entry, " PAST_FORK("m.")
		" FROM mlog m JOIN chain c ON c.id = m.chain WHERE m.space = ? ORDER BY m.clock, m.hash, m.n", "i", s->id);
	while (!err && ac_rows_next(&q) && l->n < (size_t)count) {
		e = &l->e[l->n++];
		p = ac_rows_blob(&q, 0, &n);
		memcpy(e->branch, p, 16);
		p = ac_rows_blob(&q, 1, &n);
		memcpy(e->writer, p, 8);
		p = ac_rows_blob(&q, 2, &n);
		memcpy(e->hash, p, 32);
		e->seq = (uint32_t)ac_rows_int(&q, 3);
		e->clock = (uint64_t)ac_rows_int(&q, 4);
		p = ac_rows_blob(&q, 5, &n);
		err = ac_mp_read(&e->e, a, p, n, f);
		e->forked = ac_rows_int(&q, 6) != 0;
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

/* Keys known from joining: they open. */
static enum ac_err
start_ring(struct ac_keyring *r, const struct ac_val *start, uint32_t which)
{
	const struct ac_val *list = start ? ac_entry_arr(start, which) : NULL;
	enum ac_err err = AC_OK;
	uint32_t i;

	for (i = 0; list && i < list->n && !err; i++)
		if (list->items[i].kind == AC_BIN && list->items[i].n == 32)
			err = ac_space_ring_add(r, list->items[i].bin);
	return err;
}

enum ac_err
ac_space_load(struct ac_space *s, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	struct ac_arena a = { 0 };
	struct log l = { .ix = ix };
	struct ac_members_chains chains = { seen, stands, &l };
	unsigned char root_branch[16] = { 0 };
	struct ac_rows q;
	enum ac_err err;
	const void *p;
	size_t n;

	err = ac_index_int(&s->id, ix, f, "SELECT id FROM space WHERE sid = ?", "b", s->sid, (size_t)8);
	if (err == AC_ENOTFOUND) {
		(void)ac_fault_past(f);
		if ((err = ac_index_run(ix, f, "INSERT INTO space(sid) VALUES(?)", "b", s->sid, (size_t)8)))
			return err;
		s->id = ac_index_last_id(ix);
	} else if (err)
		return err;
	if ((err = start_ring(&s->epochs, s->start_keys, 0)) || (err = start_ring(&s->owners, s->start_keys, 1)))
		return err;
	if ((err = load_owners(s, f)))
		return err;
	q = ac_index_query(ix, "SELECT branch FROM chain JOIN segment ON segment.chain = chain.id "
		"WHERE space = ? AND segment.seq = 0 AND segment.hash = ?", "ib", s->id, s->root, (size_t)32);
	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 16)
		memcpy(root_branch, p, 16);
	if ((err = ac_rows_end(&q, f)))
		return err;
	l.space = s->id;
	if ((err = read_log(&l, &a, s, f)))
		goto out;
	if ((err = ac_members_compute(&s->members, l.e, l.n, root_branch, &chains, f)))
		goto out;
	err = ac_epochs_load(s, f);
out:
	ac_arena_free(&a);
	return err;
}
