/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "sync/keysjson.h"

static const char format[] = "aftercare backup ";
#define EDITION "1"

static const char *const kinds[] = { "vault", "share", "shared with me" };

/* ------------------------------------------------------------------- writing */

static const struct ac_val *
put(struct ac_arena *a, const struct ac_val *map, const char *key, const struct ac_val *v)
{
	return map && v ? ac_val_set(a, map, key, v) : NULL;
}

static const struct ac_val *
put_text(struct ac_arena *a, const struct ac_val *map, const char *key, const char *s)
{
	struct ac_val v = ac_val_text(s);

	return put(a, map, key, &v);
}

static struct ac_val
hex(struct ac_arena *a, const unsigned char *p, size_t n)
{
	char *s = ac_arena_get(a, 2 * n + 1);

	if (!s)
		return (struct ac_val){ .kind = AC_NIL };
	ac_crypto_hex(s, p, n);
	return ac_val_text(s);
}

static const struct ac_val *
put_hex(struct ac_arena *a, const struct ac_val *map, const char *key, const unsigned char *p, size_t n)
{
	struct ac_val v = hex(a, p, n);

	return v.kind == AC_STR ? put(a, map, key, &v) : NULL;
}

static const struct ac_val *
hex_list(struct ac_arena *a, const struct ac_val *keys)
{
	struct ac_val *list = ac_entry_list(a, keys->n);
	uint32_t i;

	for (i = 0; list && i < keys->n; i++)
		*ac_entry_at(list, i) = hex(a, keys->items[i].bin, 32);
	return list;
}

static const struct ac_val *
remote_list(struct ac_arena *a, const struct ac_val *remotes)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	struct ac_val *list = ac_entry_list(a, remotes ? remotes->n : 0);
	const struct ac_val *one;
	uint32_t i;

	for (i = 0; list && remotes && i < remotes->n; i++) {
		one = put(a, &empty, "name", &remotes->items[i].items[0]);
		if (!(one = put(a, one, "url", &remotes->items[i].items[1])))
			return NULL;
		*ac_entry_at(list, i) = *one;
	}
	return list;
}

static const struct ac_val *
space_value(struct ac_arena *a, const struct ac_keysjson_space *s)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	const struct ac_val *v;

	v = put_hex(a, &empty, "space", s->sid, 8);
	v = put_text(a, v, "kind", kinds[s->kind]);
	v = put_hex(a, v, "vault", s->vault, 8);
	v = put_hex(a, v, "root", s->root, 32);
	v = put_hex(a, v, "name_key", s->name_key, 32);
	v = put(a, v, "epoch_keys", hex_list(a, s->epochs));
	v = put(a, v, "owners_keys", hex_list(a, s->owners));
	v = put(a, v, "remotes", remote_list(a, s->remotes));
	if (s->missing && s->missing->n)
		v = put(a, v, "missing", hex_list(a, s->missing));
	return s->has_invite ? put_hex(a, v, "invite", s->invite, 32) : v;
}

enum ac_err
ac_keysjson_write(struct ac_buf *out, const struct ac_keysjson *k, struct ac_fault *f)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	struct ac_arena a = { 0 };
	struct ac_val *spaces = ac_entry_list(&a, k->n);
	const struct ac_val *v, *one;
	char when[32];
	enum ac_err err = AC_ENOMEM;
	size_t i;

	for (i = 0; spaces && i < k->n; i++) {
		if (!(one = space_value(&a, &k->space[i])))
			goto out;
		*ac_entry_at(spaces, i) = *one;
	}
	ac_time_write(when, k->time);
	v = put_text(&a, &empty, "format", "aftercare backup " EDITION);
	v = put_text(&a, v, "time", when);
	v = put_text(&a, v, "patient", k->patient);
	v = put_text(&a, v, "person", k->person);
	if ((v = put(&a, v, "spaces", spaces)))
		err = ac_json_write_pretty(out, v, NULL, f);
out:
	ac_arena_free(&a);
	return err;
}

/* ------------------------------------------------------------------- reading */

static bool
get_hex(unsigned char *out, size_t n, const struct ac_val *map, const char *key)
{
	const char *s = ac_val_str(map, key);

	return s && strlen(s) == 2 * n && ac_crypto_unhex(out, n, s);
}

static const struct ac_val *
get_keys(struct ac_arena *a, const struct ac_val *map, const char *key)
{
	const struct ac_val *hexes = ac_val_get(map, key);
	struct ac_val *list;
	unsigned char *p;
	uint32_t i;

	if (!hexes || hexes->kind != AC_ARR || !(list = ac_entry_list(a, hexes->n)))
		return NULL;
	for (i = 0; i < hexes->n; i++) {
		if (!(p = ac_arena_get(a, 32)) || hexes->items[i].kind != AC_STR || hexes->items[i].n != 64
		    || !ac_crypto_unhex(p, 32, hexes->items[i].s))
			return NULL;
		*ac_entry_at(list, i) = ac_val_bytes(p, 32);
	}
	return list;
}

static const struct ac_val *
get_remotes(struct ac_arena *a, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(v, "remotes"), *name, *url;
	struct ac_val *out, *one;
	uint32_t i;

	if (!list || list->kind != AC_ARR || !(out = ac_entry_list(a, list->n)))
		return NULL;
	for (i = 0; i < list->n; i++) {
		name = ac_val_get(&list->items[i], "name");
		url = ac_val_get(&list->items[i], "url");
		if (!name || name->kind != AC_STR || !url || url->kind != AC_STR || !(one = ac_entry_list(a, 2)))
			return NULL;
		*ac_entry_at(one, 0) = *name;
		*ac_entry_at(one, 1) = *url;
		*ac_entry_at(out, i) = *one;
	}
	return out;
}

static bool
get_space(struct ac_keysjson_space *s, struct ac_arena *a, const struct ac_val *v)
{
	const char *kind = ac_val_str(v, "kind");
	size_t i;

	for (i = 0; kind && i < 3; i++)
		if (!strcmp(kind, kinds[i]))
			break;
	if (!kind || i == 3)
		return false;
	s->kind = (enum ac_space_kind)i;
	s->has_invite = ac_val_get(v, "invite") != NULL;
	if (ac_val_get(v, "missing") && !(s->missing = get_keys(a, v, "missing")))
		return false;
	return get_hex(s->sid, 8, v, "space") && get_hex(s->vault, 8, v, "vault") && get_hex(s->root, 32, v, "root")
	    && get_hex(s->name_key, 32, v, "name_key") && (s->epochs = get_keys(a, v, "epoch_keys"))
	    && (s->owners = get_keys(a, v, "owners_keys")) && (s->remotes = get_remotes(a, v))
	    && (!s->has_invite || get_hex(s->invite, 32, v, "invite"));
}

enum ac_err
ac_keysjson_read(struct ac_keysjson *out, struct ac_arena *a, const void *p, size_t n, struct ac_fault *f)
{
	struct ac_fault odd = { 0 };
	const struct ac_val *v, *spaces;
	struct ac_keysjson k = { 0 };
	const char *s;
	enum ac_err err;
	uint32_t i;

	/* the reader's sentence may show what it read: keys */
	err = ac_json_read(&v, a, p, n, &odd);
	ac_wipe(&odd, sizeof odd);
	if (err)
		return ac_fault(f, err, "keys.json of the backup is not JSON");
	if (!(s = ac_val_str(v, "format")) || strncmp(s, format, sizeof format - 1))
		return ac_fault(f, AC_EINVAL, "keys.json is not that of a backup");
	if (strcmp(s + sizeof format - 1, EDITION))
		return ac_fault(f, AC_EVERSION, "the backup is of format %.20s; get a version of aftercare that reads it (this one reads %s)",
			s + sizeof format - 1, EDITION);
	k.patient = ac_val_str(v, "patient");
	k.person = ac_val_str(v, "person");
	spaces = ac_val_get(v, "spaces");
	if (!(s = ac_val_str(v, "time")) || !ac_time_read(s, &k.time) || !k.patient || !k.person || !spaces
	    || spaces->kind != AC_ARR || !spaces->n || spaces->n > AC_KEYSJSON_SPACES)
		return ac_fault(f, AC_EINVAL, "keys.json of the backup lacks something that its format asks for");
	if (!(k.space = ac_arena_get(a, spaces->n * sizeof *k.space)))
		return AC_ENOMEM;
	for (i = 0; i < spaces->n; i++)
		if (!get_space(&k.space[k.n++], a, &spaces->items[i]))
			return ac_fault(f, AC_EINVAL, "keys.json of the backup lacks something that its format asks for");
	*out = k;
	return AC_OK;
}
