/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/faults.h"
#include "store/home.h"

static void
label(unsigned char out[static 32], const char *what, const unsigned char secret[static 32])
{
	ac_crypto_hkdf(out, 32, NULL, 0, secret, 32, what, strlen(what));
}

void
ac_invite_derive(struct ac_invite_keys *out, const unsigned char secret[static 32])
{
	label(out->seed, "aftercare invite sign 1", secret);
	label(out->dh, "aftercare invite wrap 1", secret);
	label(out->psk, "aftercare invite psk 1", secret);
	label(out->branch_key, "aftercare invite branch 1", secret);
	ac_crypto_sign_public(out->pk, out->seed);
	ac_crypto_dh_public(out->dh_pk, out->dh);
}

void
ac_invite_kit_text(char out[static 65], const unsigned char kit[static 32])
{
	unsigned char pk[32];

	ac_crypto_dh_public(pk, kit);
	ac_crypto_hex(out, pk, 32);
}

void
ac_invite_branch(unsigned char branch[static 16], const unsigned char space[static 8], const struct ac_invite_keys *k)
{
	ac_crypto_hash(branch, 16, space, 8, k->branch_key, 32);
}

/* [kind, pk, dh pk, role, standing, name, person, expires, box of the symmetric secret, branch] */
enum ac_err
ac_invite_entry(struct ac_val e[static 10], struct ac_arena *a, struct ac_space *s, const struct ac_invite_keys *k,
	enum ac_role role, enum ac_standing standing, const char *name, const char *person, int64_t expires,
	struct ac_fault *f)
{
	unsigned char *branch;

	e[0] = ac_val_int(AC_ENTRY_INVITE);
	e[1] = ac_val_bytes(k->pk, 32);
	e[2] = ac_val_bytes(k->dh_pk, 32);
	e[3] = ac_val_int(ac_faults_later("role") ? 9 : (int64_t)role);
	e[4] = ac_val_int(ac_faults_later("standing") && standing == AC_SINGLE ? 9 : (int64_t)standing);
	e[5] = ac_val_text(name);
	e[6] = ac_val_text(person);
	e[7] = ac_val_int(expires);
	e[9] = (struct ac_val){ .kind = AC_NIL };
	if (standing == AC_SINGLE) { /* so that any owner can take it off the hubs when it is used */
		if (!(branch = ac_arena_get(a, 16)))
			return AC_ENOMEM;
		ac_invite_branch(branch, s->sid, k);
		e[9] = ac_val_bytes(branch, 16);
	}
	return ac_space_box(&e[8], a, s, k->psk, 32, f);
}
