/* SPDX-License-Identifier: ISC */
/*
 * Method: one ephemeral X25519 key per segment; a wrap's key is HKDF over the shared
 * secret, salted with the member's symmetric secret, so that traffic recorded today
 * stays closed to who can break X25519 later. Wraps carry no name: each is tried.
 */
#include <string.h>

#include "store/bytes.h"
#include "store/home.h"

#define WRAP 48

static void
wrap_key(unsigned char out[static 32], const char *label, const struct ac_wraps *w, const struct ac_place *at,
	const unsigned char shared[static 32], const unsigned char psk[static 32],
	const unsigned char recipient[static 32])
{
	unsigned char info[24 + 8 + 16 + 4 + 32 + 32 + 32] = { 0 }, *p = info;

	memcpy(p, label, strlen(label));
	memcpy(p += 24, at->space, 8);
	memcpy(p += 8, at->branch, 16);
	ac_bytes_put32(p += 16, w->seq);
	memcpy(p += 4, w->epoch, 32);
	memcpy(p += 32, w->ephemeral, 32);
	memcpy(p + 32, recipient, 32);
	ac_crypto_hkdf(out, 32, psk, 32, shared, 32, info, sizeof info);
}

static const char label_epoch[] = "aftercare wrap epoch 1";
static const char label_owners[] = "aftercare wrap owners 1";
static const unsigned char zero_nonce[24];

enum ac_err
ac_keys_unwrap(unsigned char epoch[static 32], unsigned char owners[static 32], bool *has_owners,
	const struct ac_wraps *w, const struct ac_place *at, const struct ac_identity *who)
{
	unsigned char shared[32], ke[32], ko[32], got[32], hash[32];
	bool has_epoch = false;
	uint16_t i;

	*has_owners = false;
	if (!ac_crypto_dh(shared, who->dh, w->ephemeral))
		return AC_ELOCKED;
	wrap_key(ke, label_epoch, w, at, shared, who->psk, who->dh_pk);
	wrap_key(ko, label_owners, w, at, shared, who->psk, who->dh_pk);
	for (i = 0; i < w->n; i++) {
		const unsigned char *p = w->wraps + (size_t)i * WRAP;

		if (!has_epoch && ac_crypto_xopen(got, p, 32, p + 32, NULL, 0, zero_nonce, ke)) {
			ac_space_key_hash(hash, got);
			if (ac_crypto_equal(hash, w->epoch, 32)) {
				memcpy(epoch, got, 32);
				has_epoch = true;
			}
		} else if (!*has_owners && ac_crypto_xopen(got, p, 32, p + 32, NULL, 0, zero_nonce, ko)) {
			memcpy(owners, got, 32);
			*has_owners = true;
		}
	}
	ac_wipe(shared, 32);
	ac_wipe(ke, 32);
	ac_wipe(ko, 32);
	ac_wipe(got, 32);
	return has_epoch ? AC_OK : AC_ELOCKED;
}

/* Of the clear part, with the first n wraps, and of where it stands. */
static void
clear_hash(unsigned char out[static 32], const char *label, const struct ac_wraps *w, size_t n, const struct ac_place *at,
	const unsigned char name_key[static 32])
{
	unsigned char head[70];
	struct ac_hash h;

	ac_bytes_put16(head, w->n);
	ac_bytes_put32(head + 2, w->seq);
	memcpy(head + 6, w->epoch, 32);
	memcpy(head + 38, w->ephemeral, 32);
	ac_crypto_hash_init(&h, 32, name_key, 32);
	ac_crypto_hash_add(&h, label, strlen(label));
	ac_crypto_hash_add(&h, head, sizeof head);
	ac_crypto_hash_add(&h, w->wraps, n * WRAP);
	ac_crypto_hash_add(&h, at->space, 8);
	ac_crypto_hash_add(&h, at->branch, 16);
	ac_crypto_hash_end(&h, out, 32);
}

void
ac_keys_mark(unsigned char mark[static 32], const struct ac_wraps *w, const struct ac_place *at,
	const unsigned char name_key[static 32])
{
	clear_hash(mark, "aftercare keys mark", w, w->n, at, name_key);
}

/* ---------------------------------------------------------------- the clear signature */

/* It stands where two more wraps would, each half sealed under a key that members know: so
 * nobody else can tell it from them. */
#define SIGNATURE 2

static const unsigned char half_nonce[SIGNATURE][24] = { { 1 }, { 2 } };

static void
signing(unsigned char key[static 32], unsigned char input[static 56], const struct ac_wraps *w, const struct ac_place *at,
	const unsigned char name_key[static 32])
{
	memcpy(input, "aftercare keys signed 1\0", 24);
	clear_hash(input + 24, "aftercare keys signed", w, (size_t)w->n - SIGNATURE, at, name_key);
	clear_hash(key, "aftercare keys signature", w, (size_t)w->n - SIGNATURE, at, name_key);
}

bool
ac_keys_signed(const struct ac_wraps *w, const struct ac_place *at, const unsigned char name_key[static 32],
	const struct ac_members *m)
{
	unsigned char key[32], input[56], sig[64];
	const unsigned char *p;
	bool yes = false;
	size_t i;

	if (w->n < SIGNATURE)
		return false;
	signing(key, input, w, at, name_key);
	for (i = 0; i < SIGNATURE; i++) {
		p = w->wraps + (w->n - SIGNATURE + i) * WRAP;
		if (!ac_crypto_xopen(sig + 32 * i, p, 32, p + 32, NULL, 0, half_nonce[i], key))
			break;
	}
	ac_wipe(key, sizeof key);
	if (i < SIGNATURE)
		return false;
	for (i = 0; i < m->n && !yes; i++)
		yes = m->m[i].role == AC_OWNER && !m->m[i].removed && !m->m[i].suspended
		    && ac_crypto_verify(sig, input, sizeof input, m->m[i].sign);
	return yes;
}

/* -------------------------------------------------------------------- making */

struct making {
	struct ac_space *s;
	struct ac_arena *a;
	struct ac_wraps w;
	struct ac_place at;
	unsigned char esk[32], epoch[32], owners[32];
	struct ac_buf wraps;
	struct ac_val *covers;
	size_t ncovers;
};

static enum ac_err
wrap_one(struct making *k, const char *label, const unsigned char dh_pk[static 32],
	const unsigned char psk[static 32], const unsigned char key[static 32])
{
	unsigned char shared[32], wk[32], out[WRAP];
	enum ac_err err = AC_OK;

	if (!ac_crypto_dh(shared, k->esk, dh_pk))
		return AC_OK; /* a key of small order shares nothing with anybody */
	wrap_key(wk, label, &k->w, &k->at, shared, psk, dh_pk);
	ac_crypto_xseal(out, out + 32, key, 32, NULL, 0, zero_nonce, wk);
	err = ac_buf_add(&k->wraps, out, WRAP);
	ac_wipe(shared, 32);
	ac_wipe(wk, 32);
	return err;
}

static enum ac_err
wrap_for(struct making *k, const unsigned char *id, const unsigned char *dh_pk, const unsigned char *psk,
	enum ac_role role)
{
	enum ac_err err = wrap_one(k, label_epoch, dh_pk, psk, k->epoch);

	if (!err && role == AC_OWNER)
		err = wrap_one(k, label_owners, dh_pk, psk, k->owners);
	if (!err)
		*ac_entry_at(k->covers, k->ncovers++) = ac_val_bytes(id, 8);
	return err;
}

/* The symmetric secret that an owners-only box holds, or that this device has itself. */
static bool
secret_of(struct ac_buf *psk, struct ac_space *s, const struct ac_member *m, const struct ac_val *box)
{
	ac_buf_reset(psk);
	if (m && !memcmp(m->id, s->me, 8))
		return !ac_buf_add(psk, s->secret->psk, 32);
	return box && ac_space_unbox(psk, s, box->bin, box->n) && psk->len == 32;
}

/* Nobody is left out in silence: who cannot reach a member makes no epoch. */
static enum ac_err
unreachable(const char *who, struct ac_fault *f)
{
	return ac_fault(f, AC_EREFUSED, "this device lacks the owners' key by which new keys reach %.100s; sync with another "
		"owner's device first", who);
}

static enum ac_err
wrap_all(struct making *k, struct ac_fault *f)
{
	const struct ac_members *m = &k->s->members;
	const struct ac_invite *inv;
	struct ac_buf psk = { 0 };
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < m->n && !err; i++) {
		if (m->m[i].removed)
			continue;
		inv = ac_members_invite(m, m->m[i].invite);
		err = !secret_of(&psk, k->s, &m->m[i], inv ? inv->box : m->m[i].box) ? unreachable(m->m[i].device, f)
		    : wrap_for(k, m->m[i].id, m->m[i].dh, psk.p, m->m[i].suspended ? AC_READER : m->m[i].role);
	}
	for (i = 0; i < m->ni && !err; i++)
		if (ac_members_open(&m->i[i]))
			err = !secret_of(&psk, k->s, NULL, m->i[i].box) ? unreachable(m->i[i].name, f)
			    : wrap_for(k, m->i[i].pk, m->i[i].dh, psk.p, m->i[i].role);
	ac_buf_free(&psk);
	return err;
}

/* Up to a multiple of 8 with real wraps to keys that nobody keeps. */
static enum ac_err
pad(struct making *k)
{
	unsigned char sk[32], pk[32], junk[32];
	enum ac_err err = AC_OK;

	while (!err && (k->wraps.len / WRAP + SIGNATURE) % 8) {
		ac_crypto_random(sk, 32);
		ac_crypto_random(junk, 32);
		ac_crypto_dh_public(pk, sk);
		err = wrap_one(k, label_epoch, pk, sk, junk);
	}
	return err;
}

static enum ac_err
sign(struct making *k)
{
	unsigned char key[32], input[56], sig[64], out[WRAP];
	enum ac_err err = AC_OK;
	size_t i;

	k->w.n = (uint16_t)(k->wraps.len / WRAP + SIGNATURE);
	k->w.wraps = k->wraps.p;
	signing(key, input, &k->w, &k->at, k->s->secret->name_key);
	ac_crypto_sign(sig, input, sizeof input, k->s->secret->seed);
	for (i = 0; i < SIGNATURE && !err; i++) {
		ac_crypto_xseal(out, out + 32, sig + 32 * i, 32, NULL, 0, half_nonce[i], key);
		err = ac_buf_add(&k->wraps, out, WRAP);
	}
	ac_wipe(key, sizeof key);
	k->w.wraps = k->wraps.p;
	return err;
}

static struct ac_val *
keys_of(struct ac_arena *a, const struct ac_keyring *r, const unsigned char *except)
{
	struct ac_val *list = ac_entry_list(a, r->n);
	size_t i, n = 0;

	if (!list)
		return NULL;
	for (i = 0; i < r->n; i++)
		if (memcmp(r->keys[i].key, except, 32))
			*ac_entry_at(list, n++) = ac_val_bytes(r->keys[i].key, 32);
	list->n = (uint32_t)n;
	return list;
}

static struct ac_val *
snapshot(struct ac_arena *a, const struct ac_members *m)
{
	struct ac_val *list = ac_entry_list(a, m->n), *one;
	size_t i;

	for (i = 0; list && i < m->n; i++) {
		if (!(one = ac_entry_list(a, 3)))
			return NULL;
		*ac_entry_at(one, 0) = ac_val_bytes(m->m[i].id, 8);
		*ac_entry_at(one, 1) = ac_val_int(m->m[i].role);
		*ac_entry_at(one, 2) = ac_val_bool(m->m[i].removed);
		*ac_entry_at(list, i) = *one;
	}
	return list;
}

/* [kind, epoch hash, name key, owners hash, earlier epochs, box of earlier owners keys, covers, snapshot] */
static enum ac_err
keys_entry(struct ac_val *out, struct making *k, struct ac_fault *f)
{
	struct ac_val *e = ac_entry_list(k->a, 8), *epochs, *owners, *snap;
	unsigned char *owners_hash = ac_arena_get(k->a, 32), *epoch_hash = ac_arena_get(k->a, 32);
	struct ac_buf b = { 0 };
	enum ac_err err = AC_ENOMEM;

	epochs = keys_of(k->a, &k->s->epochs, k->epoch);
	owners = keys_of(k->a, &k->s->owners, k->owners);
	snap = snapshot(k->a, &k->s->members);
	if (!e || !owners_hash || !epoch_hash || !epochs || !owners || !snap)
		goto out;
	memcpy(epoch_hash, k->w.epoch, 32);
	ac_space_key_hash(owners_hash, k->owners);
	*ac_entry_at(e, 0) = ac_val_int(AC_ENTRY_KEYS);
	*ac_entry_at(e, 1) = ac_val_bytes(epoch_hash, 32);
	*ac_entry_at(e, 2) = ac_val_bytes(k->s->secret->name_key, 32);
	*ac_entry_at(e, 3) = ac_val_bytes(owners_hash, 32);
	*ac_entry_at(e, 4) = *epochs;
	if ((err = ac_mp_write(&b, owners)) || (err = ac_space_box(ac_entry_at(e, 5), k->a, k->s, b.p, b.len, f)))
		goto out;
	k->covers->n = (uint32_t)k->ncovers;
	*ac_entry_at(e, 6) = *k->covers;
	*ac_entry_at(e, 7) = *snap;
	*out = *e;
out:
	ac_buf_free(&b);
	return err;
}

/* The owners key stays while no owner has left since it was drawn. */
static bool
owner_left(const struct ac_space *s)
{
	size_t i;

	for (i = 0; i < s->members.n; i++)
		if (s->members.m[i].removed && s->members.m[i].role == AC_OWNER)
			return true;
	return false;
}

static enum ac_err
draw(struct making *k, struct ac_space *s)
{
	const struct ac_key *now = ac_space_ring_find(&s->owners, s->owners_now);
	enum ac_err err;

	ac_crypto_random(k->epoch, 32);
	ac_crypto_random(k->esk, 32);
	ac_crypto_dh_public(k->w.ephemeral, k->esk);
	ac_space_key_hash(k->w.epoch, k->epoch);
	if (now && !owner_left(s))
		memcpy(k->owners, now->key, 32);
	else
		ac_crypto_random(k->owners, 32);
	if ((err = ac_space_ring_add(&s->owners, k->owners)))
		return err;
	ac_space_key_hash(s->owners_now, k->owners);
	return AC_OK;
}

enum ac_err
ac_keys_segment(struct ac_buf *out, unsigned char hash[static 32], struct ac_space *s, uint32_t seq,
	const unsigned char prev[static 32], uint64_t clock, const struct ac_val *heads, const struct ac_val *more,
	struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct making k = { .s = s, .a = &a, .w.seq = seq };
	struct ac_segment seg = { .kind = AC_SEGMENT_KEYS, .incarnation = s->incarnation, .seq = seq, .clock = clock,
		.edition = ac_segment_edition(), .number = ac_segment_number() };
	struct ac_val *list = ac_entry_list(&a, 2 + (more ? more->n : 0));
	enum ac_err err = AC_ENOMEM;
	uint32_t i;

	if (!list || !(k.covers = ac_entry_list(&a, s->members.n + s->members.ni)))
		goto out;
	memcpy(k.at.space, s->sid, 8);
	memcpy(k.at.branch, s->branch, 16);
	if ((err = draw(&k, s)) || (err = wrap_all(&k, f)))
		goto out;
	if (!k.wraps.len) {
		err = ac_fault(f, AC_EINTERNAL, "a new epoch would be readable by nobody");
		goto out;
	}
	if ((err = pad(&k)) || (err = sign(&k)))
		goto out;
	*ac_entry_at(list, 0) = *heads;
	if ((err = keys_entry(ac_entry_at(list, 1), &k, f)))
		goto out;
	for (i = 0; more && i < more->n; i++)
		*ac_entry_at(list, 2 + i) = more->items[i];
	seg.entries = list;
	memcpy(seg.writer, s->me, 8);
	memcpy(seg.prev, prev, 32);
	ac_keys_mark(k.w.mark, &k.w, &k.at, s->secret->name_key);
	if ((err = ac_segment_seal(out, &seg, &k.w, &k.at, k.epoch, s->secret->seed, f)))
		goto out;
	memcpy(hash, seg.hash, 32);
out:
	ac_wipe(&k.esk, sizeof k.esk);
	ac_wipe(&k.epoch, sizeof k.epoch);
	ac_wipe(&k.owners, sizeof k.owners);
	ac_buf_free(&k.wraps);
	ac_arena_free(&a);
	return err;
}
