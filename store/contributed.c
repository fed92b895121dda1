/* SPDX-License-Identifier: ISC */
/*
 * What a share's writer wrote, as the vault keeps it (store/FORMAT.md,
 * "Contributions"): the version with the writer's own signature over its name, so
 * that it stays verifiable when the share is gone.
 *
 * [kind, version entry, share, signing key, signature, role, name, device, clock]
 */
#include <string.h>

#include "store/home.h"

static void
member_id(unsigned char id[static 8], const unsigned char pk[static 32])
{
	unsigned char hash[32];

	ac_crypto_hash(hash, 32, pk, 32, NULL, 0);
	memcpy(id, hash, 8);
}

void
ac_contributed_input(unsigned char out[static 65], const unsigned char vid[static 32],
	const unsigned char share[static 8], enum ac_role role)
{
	memset(out, 0, 65);
	memcpy(out, "aftercare contribution 1", 24);
	memcpy(out + 24, vid, 32);
	memcpy(out + 56, share, 8);
	out[64] = (unsigned char)role;
}

enum ac_err
ac_contributed_read(struct ac_version *out, const struct ac_val *e, unsigned char writer[static 8])
{
	const unsigned char *pk;
	int64_t clock;
	bool derived;

	if (!ac_entry_is(e, AC_ENTRY_CONTRIBUTED, 9) || !ac_entry_arr(e, 1) || !ac_entry_bin(&pk, e, 3, 32)
	    || !ac_entry_int(&clock, e, 8))
		return AC_ECORRUPT;
	member_id(writer, pk);
	if (ac_entry_version_read(out, &derived, ac_entry_arr(e, 1), writer, (uint64_t)clock) || derived)
		return AC_ECORRUPT;
	return AC_OK;
}

bool
ac_contributed_signed(const struct ac_val *e, const unsigned char vid[static 32])
{
	const unsigned char *share, *pk, *sig;
	unsigned char in[65];
	int64_t role;

	if (!ac_entry_bin(&share, e, 2, 8) || !ac_entry_bin(&pk, e, 3, 32) || !ac_entry_bin(&sig, e, 4, 64)
	    || !ac_entry_int(&role, e, 5))
		return false;
	ac_contributed_input(in, vid, share, (enum ac_role)role);
	return ac_crypto_verify(sig, in, sizeof in, pk);
}

/* [kind, member id, person, device]: a name for an author who is no member here. One is
 * enough for each author. */
static enum ac_err
author_card(struct ac_space *s, const struct ac_val *e, const unsigned char *writer, int64_t chain, uint32_t seq,
	uint32_t n, struct ac_fault *f)
{
	struct ac_val card[4], list = { .kind = AC_ARR, .n = 4, .items = card };
	struct ac_buf b = { 0 };
	int64_t has = 0;
	enum ac_err err;

	if ((err = ac_index_int(&has, s->home->index, f, "SELECT EXISTS(SELECT 1 FROM slog WHERE space = ? AND kind = ? AND writer = ?)",
	    "iib", s->id, (int64_t)AC_ENTRY_AUTHOR, writer, (size_t)8)) || has)
		return err;
	card[0] = ac_val_int(AC_ENTRY_AUTHOR);
	card[1] = ac_val_bytes(writer, 8);
	card[2] = e->items[6];
	card[3] = e->items[7];
	if (!(err = ac_mp_write(&b, &list)))
		err = ac_index_run(s->home->index, f, "INSERT INTO slog VALUES(?,?,?,?,?,?,?,?)", "iiiiibib", s->id, chain,
			(int64_t)seq, (int64_t)n, (int64_t)AC_ENTRY_AUTHOR, writer, (size_t)8, (int64_t)0, b.p, b.len);
	ac_buf_free(&b);
	return err;
}

enum ac_err
ac_contributed_take(struct ac_space *s, const struct ac_val *e, int64_t chain, uint32_t seq, uint32_t n,
	const struct ac_member *by, bool *fresh, struct ac_fault *f, enum ac_err (*touch)(void *ctx, int64_t doc),
	void *ctx)
{
	unsigned char id[32], writer[8];
	struct ac_version v;
	int64_t doc;
	enum ac_err err;

	*fresh = false;
	/* only an owner takes a contribution in, and only what its writer signed */
	if (!by || by->role != AC_OWNER || ac_contributed_read(&v, e, writer) || e->items[6].kind != AC_STR || e->items[7].kind != AC_STR)
		return AC_OK;
	if ((err = ac_entry_version_id(id, &v)))
		return err;
	if (!ac_contributed_signed(e, id))
		return AC_OK;
	if ((err = ac_docs_add(s, &v, id, chain, seq, n, true, &doc, fresh, f)) || !*fresh)
		return err;
	if ((err = author_card(s, e, writer, chain, seq, n, f)))
		return err;
	return doc ? touch(ctx, doc) : AC_OK;
}
