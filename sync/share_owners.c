/* SPDX-License-Identifier: ISC */
/*
 * Method: a device has other keys in a share than in the vault, so that nothing public
 * links the two. Each owner's device says in the vault's chain which key in a share is
 * its own, signed by both. When an owner's device is removed from the vault, the next
 * owner that looks removes its key from the share, and renews the share's standing
 * secret, which the removed one knew: the new one stands in a box under an owners key
 * that it never had.
 */
#include <string.h>

#include "sync/share_rows.h"

static void
link_input(unsigned char out[static 48], const struct ac_space *vault, const unsigned char sid[static 8],
	const unsigned char member[static 8])
{
	memcpy(out, "aftercare share owner 1\0", 24);
	memcpy(out + 24, vault->sid, 8);
	memcpy(out + 32, sid, 8);
	memcpy(out + 40, member, 8);
}

/* The member of the vault whose key in the share this is, or NULL. */
static enum ac_err
whose(const struct ac_member **out, struct ac_space *vault, const unsigned char sid[static 8],
	const unsigned char sign[static 32], struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(vault->home->index, "SELECT entry, writer FROM slog WHERE space = ? AND kind = ?"
		" ORDER BY clock, chain, seq, n", "ii", vault->id, (int64_t)AC_ENTRY_SHARE_OWNER);
	const unsigned char *s, *pk, *sig;
	unsigned char in[48], writer[8];
	struct ac_arena a = { 0 };
	const struct ac_val *e;
	const void *p;
	size_t n;

	*out = NULL;
	while (!*out && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 1, &n)) || n != 8)
			continue;
		memcpy(writer, p, 8);
		p = ac_rows_blob(&q, 0, &n);
		if (!ac_mp_read(&e, &a, p, n, NULL) && ac_entry_is(e, AC_ENTRY_SHARE_OWNER, 4) && ac_entry_bin(&s, e, 1, 8)
		    && ac_entry_bin(&pk, e, 2, 32) && ac_entry_bin(&sig, e, 3, 64) && !memcmp(s, sid, 8) && !memcmp(pk, sign, 32)) {
			link_input(in, vault, sid, writer);
			if (ac_crypto_verify(sig, in, sizeof in, sign))
				*out = ac_members_find(&vault->members, writer);
		}
		ac_arena_free(&a);
	}
	return ac_rows_end(&q, f);
}

enum ac_err
ac_share_own(struct ac_space *share, struct ac_space *vault, struct ac_fault *f)
{
	struct ac_val e[4], entry = { .kind = AC_ARR, .n = 4, .items = e };
	const struct ac_member *m;
	unsigned char in[48], sig[64];
	struct ac_append b = { 0 };
	enum ac_err err = whose(&m, vault, share->sid, share->sign_pk, f);

	if (err || m)
		return err;
	link_input(in, vault, share->sid, vault->me);
	ac_crypto_sign(sig, in, sizeof in, share->secret->seed);
	e[0] = ac_val_int(AC_ENTRY_SHARE_OWNER);
	e[1] = ac_val_bytes(share->sid, 8);
	e[2] = ac_val_bytes(share->sign_pk, 32);
	e[3] = ac_val_bytes(sig, 64);
	if (!(err = ac_append_begin(&b, vault, f)) && !(err = ac_append_entry(&b, &entry, 120, f)))
		err = ac_append_commit(&b, f);
	ac_append_end(&b);
	return err;
}

static enum ac_err
remove_gone(struct ac_space *share, struct ac_space *vault, struct ac_fault *f)
{
	const struct ac_member *w;
	unsigned char ids[256][8];
	enum ac_err err = AC_OK;
	size_t n = 0, i;

	for (i = 0; i < share->members.n && n < 256 && !err; i++) {
		const struct ac_member *m = &share->members.m[i];

		if (m->role != AC_OWNER || m->removed || !memcmp(m->id, share->me, 8))
			continue;
		if (!(err = whose(&w, vault, share->sid, m->sign, f)) && w && w->removed)
			memcpy(ids[n++], m->id, 8);
	}
	for (i = 0; i < n && !err; i++)
		err = ac_member_remove(share, ids[i], f);
	return err;
}

/* The old standing invites go, the new one comes, in one batch. */
static enum ac_err
exchange(struct ac_space *share, const unsigned char secret[static 32], struct ac_fault *f)
{
	struct ac_val e[10], cancel[2] = { ac_val_int(AC_ENTRY_CANCEL) };
	struct ac_val list = { .kind = AC_ARR, .n = 2, .items = cancel }, invite = { .kind = AC_ARR, .n = 10, .items = e };
	struct ac_append b = { 0 };
	struct ac_arena a = { 0 };
	struct ac_invite_keys k;
	char pk[65];
	enum ac_err err;
	size_t i;

	ac_invite_derive(&k, secret);
	ac_invite_kit_text(pk, secret);
	err = ac_append_begin(&b, share, f);
	for (i = 0; i < share->members.ni && !err; i++)
		if (share->members.i[i].standing == AC_KIT && !share->members.i[i].cancelled) {
			cancel[1] = ac_val_bytes(share->members.i[i].pk, 32);
			err = ac_append_entry(&b, &list, 50, f);
		}
	if (!err && !(err = ac_invite_entry(e, &a, share, &k, AC_OWNER, AC_KIT, "owners", pk, 0, f))
	    && !(err = ac_append_entry(&b, &invite, 300, f)))
		err = ac_append_commit(&b, f);
	ac_append_end(&b);
	if (!err)
		err = ac_append_rotate(share, f);
	ac_wipe(&k, sizeof k);
	ac_arena_free(&a);
	return err;
}

/* Told in the vault after the share has it: who dies in between does both again. */
static enum ac_err
renew_secret(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r, struct ac_fault *f)
{
	struct ac_share_record now = *r;
	struct ac_buf plain = { 0 };
	struct ac_arena a = { 0 };
	struct ac_val box;
	enum ac_err err;

	/* of an owners key that this device has not got: another owner's to do */
	if (!ac_space_unbox(&plain, vault, r->box->bin, r->box->n) || plain.len < 64) {
		err = AC_OK;
		goto out;
	}
	ac_crypto_random(plain.p, 32);
	if ((err = exchange(share, plain.p, f)) || (err = ac_append_rotate(vault, f))
	    || (err = ac_space_box(&box, &a, vault, plain.p, plain.len, f)))
		goto out;
	now.box = &box;
	err = ac_share_put(vault, &now, f);
out:
	ac_buf_free(&plain);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_share_owners(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r, struct ac_fault *f)
{
	bool gone = false;
	enum ac_err err;
	size_t i;

	for (i = 0; i < vault->members.n; i++)
		gone |= vault->members.m[i].removed && vault->members.m[i].role == AC_OWNER
		    && vault->members.m[i].removed_at > r->clock;
	if (!gone)
		return AC_OK;
	return (err = remove_gone(share, vault, f)) ? err : renew_secret(share, vault, r, f);
}
