/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/home.h"

/* The state "config": a map of texts. */

const char *
ac_config_get(struct ac_home *h, const char *key)
{
	return ac_val_str(ac_state_get(h, "config"), key);
}

enum ac_err
ac_config_set(struct ac_home *h, const char *key, const char *value, struct ac_fault *f)
{
	const struct ac_val *map;
	struct ac_arena a = { 0 };
	struct ac_val text;
	enum ac_err err;

	if ((err = ac_home_lock(h, f)))
		return err;
	if ((err = ac_state_load(h, f)))
		goto out;
	map = ac_state_get(h, "config");
	if (value) {
		text = ac_val_text(value);
		map = ac_val_set(&a, map, key, &text);
	} else if (map)
		map = ac_val_unset(&a, map, key);
	else
		goto out;
	err = map ? ac_state_put(h, "config", map, f) : AC_ENOMEM;
out:
	ac_home_unlock(h);
	ac_arena_free(&a);
	return err;
}

int
ac_config_each(struct ac_home *h, int (*each)(void *ctx, const char *key, const char *value), void *ctx)
{
	const struct ac_val *map = ac_state_get(h, "config");
	uint32_t i;
	int rc = 0;

	for (i = 0; map && i < map->n && !rc; i++)
		if (map->pairs[i].val.kind == AC_STR)
			rc = each(ctx, map->pairs[i].key, map->pairs[i].val.s);
	return rc;
}
