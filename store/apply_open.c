/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/apply.h"

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

enum ac_verdict
ac_apply_check(struct ac_apply_chain *c, struct ac_apply_opening *o, const char **why)
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
