/* SPDX-License-Identifier: ISC */
/* What the sealed state keeps of one space under a name: a map of space hex to values. */
#include "sync/exchange.h"

const struct ac_val *
ac_mark_get(const struct ac_space *s, const char *name)
{
	const struct ac_val *all = ac_state_get(s->home, name);
	char hex[17];

	ac_crypto_hex(hex, s->sid, 8);
	return all ? ac_val_get(all, hex) : NULL;
}

enum ac_err
ac_mark_put(struct ac_space *s, const char *name, const struct ac_val *v, struct ac_fault *f)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	struct ac_arena a = { 0 };
	const struct ac_val *all;
	enum ac_err err;
	char hex[17];

	ac_crypto_hex(hex, s->sid, 8);
	/* over reading and writing: another process may mark another space */
	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_state_load(s->home, f)))
		goto out;
	all = ac_state_get(s->home, name);
	if (!all || all->kind != AC_MAP)
		all = &empty;
	all = v ? ac_val_set(&a, all, hex, v) : ac_val_unset(&a, all, hex);
	err = all ? ac_state_put(s->home, name, all, f) : AC_ENOMEM;
out:
	ac_home_unlock(s->home);
	ac_arena_free(&a);
	return err;
}
