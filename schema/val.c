/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/schema.h"

struct ac_val
ac_val_int(int64_t i)
{
	return (struct ac_val){ .kind = AC_INT, .i = i };
}

struct ac_val
ac_val_bool(bool b)
{
	return (struct ac_val){ .kind = AC_BOOL, .b = b };
}

struct ac_val
ac_val_text(const char *s)
{
	return (struct ac_val){ .kind = AC_STR, .n = (uint32_t)strlen(s), .s = s };
}

struct ac_val
ac_val_bytes(const void *p, size_t n)
{
	return (struct ac_val){ .kind = AC_BIN, .n = (uint32_t)n, .bin = p };
}

/* Index of the key, or n where it is not. */
static uint32_t
find(const struct ac_val *map, const char *key)
{
	size_t nkey = strlen(key);
	uint32_t i;

	for (i = 0; i < map->n; i++)
		if (map->pairs[i].nkey == nkey && !memcmp(map->pairs[i].key, key, nkey))
			break;
	return i;
}

const struct ac_val *
ac_val_get(const struct ac_val *map, const char *key)
{
	uint32_t i;

	if (!map || map->kind != AC_MAP || (i = find(map, key)) == map->n)
		return NULL;
	return &map->pairs[i].val;
}

const struct ac_val *
ac_val_list(const struct ac_val *map, const char *key)
{
	static const struct ac_val none = { .kind = AC_ARR };
	const struct ac_val *v = ac_val_get(map, key);

	return v && v->kind == AC_ARR ? v : &none;
}

const char *
ac_val_str(const struct ac_val *map, const char *key)
{
	const struct ac_val *v = ac_val_get(map, key);

	return v && v->kind == AC_STR ? v->s : NULL;
}

bool
ac_val_equal(const struct ac_val *a, const struct ac_val *b)
{
	uint32_t i;

	if (a == b)
		return true;
	if (!a || !b || a->kind != b->kind)
		return false;
	switch (a->kind) {
	case AC_NIL:
		return true;
	case AC_BOOL:
		return a->b == b->b;
	case AC_INT:
		return a->i == b->i;
	case AC_UINT:
		return a->u == b->u;
	case AC_DEC:
		return a->dec.mantissa == b->dec.mantissa && a->dec.exponent == b->dec.exponent;
	case AC_NUM:
	case AC_STR:
		return a->n == b->n && !memcmp(a->s, b->s, a->n);
	case AC_BIN:
	case AC_LATER:
		return a->n == b->n && (!a->n || !memcmp(a->bin, b->bin, a->n));
	case AC_BLOB:
		return a->blob->size == b->blob->size && !memcmp(a->blob->hash, b->blob->hash, 32);
	case AC_ARR:
		if (a->n != b->n)
			return false;
		for (i = 0; i < a->n; i++)
			if (!ac_val_equal(&a->items[i], &b->items[i]))
				return false;
		return true;
	case AC_MAP:
		if (a->n != b->n)
			return false;
		for (i = 0; i < a->n; i++)
			if (a->pairs[i].nkey != b->pairs[i].nkey
			    || memcmp(a->pairs[i].key, b->pairs[i].key, a->pairs[i].nkey)
			    || !ac_val_equal(&a->pairs[i].val, &b->pairs[i].val))
				return false;
		return true;
	}
	return false;
}

bool
ac_val_later(const struct ac_val *v)
{
	bool yes = v->kind == AC_LATER;
	uint32_t i;

	for (i = 0; v->kind == AC_ARR && i < v->n && !yes; i++)
		yes = ac_val_later(&v->items[i]);
	for (i = 0; v->kind == AC_MAP && i < v->n && !yes; i++)
		yes = ac_val_later(&v->pairs[i].val);
	return yes;
}

const struct ac_val *
ac_val_set(struct ac_arena *a, const struct ac_val *map, const char *key, const struct ac_val *val)
{
	uint32_t n = map ? map->n : 0, i = map ? find(map, key) : 0;
	uint32_t now = i == n ? n + 1 : n;
	struct ac_pair *pairs = ac_arena_get(a, now * sizeof *pairs);
	struct ac_val *out = ac_arena_get(a, sizeof *out);

	if (!pairs || !out)
		return NULL;
	if (n)
		memcpy(pairs, map->pairs, n * sizeof *pairs);
	if (i == n) {
		pairs[i].nkey = (uint32_t)strlen(key);
		if (!(pairs[i].key = ac_arena_text(a, key, pairs[i].nkey)))
			return NULL;
	}
	pairs[i].val = *val;
	*out = (struct ac_val){ .kind = AC_MAP, .n = now, .pairs = pairs };
	return out;
}

const struct ac_val *
ac_val_unset(struct ac_arena *a, const struct ac_val *map, const char *key)
{
	uint32_t i = find(map, key);
	struct ac_pair *pairs;
	struct ac_val *out;

	if (i == map->n)
		return map;
	pairs = ac_arena_get(a, map->n * sizeof *pairs);
	out = ac_arena_get(a, sizeof *out);
	if (!pairs || !out)
		return NULL;
	memcpy(pairs, map->pairs, i * sizeof *pairs);
	memcpy(pairs + i, map->pairs + i + 1, (map->n - i - 1) * sizeof *pairs);
	*out = (struct ac_val){ .kind = AC_MAP, .n = map->n - 1, .pairs = pairs };
	return out;
}

const struct ac_val *
ac_val_append(struct ac_arena *a, const struct ac_val *arr, const struct ac_val *val)
{
	uint32_t n = arr ? arr->n : 0;
	struct ac_val *items = ac_arena_get(a, (n + 1) * sizeof *items);
	struct ac_val *out = ac_arena_get(a, sizeof *out);

	if (!items || !out)
		return NULL;
	if (n)
		memcpy(items, arr->items, n * sizeof *items);
	items[n] = *val;
	*out = (struct ac_val){ .kind = AC_ARR, .n = n + 1, .items = items };
	return out;
}

/* Copies what *v points at into the arena, in place. */
static bool
own(struct ac_arena *a, struct ac_val *v)
{
	struct ac_val *items;
	struct ac_pair *pairs;
	struct ac_blob *blob;
	unsigned char *bin;
	uint32_t i;

	switch (v->kind) {
	case AC_NUM:
	case AC_STR:
		return (v->s = ac_arena_text(a, v->s, v->n)) != NULL;
	case AC_BIN:
	case AC_LATER:
		if (!(bin = ac_arena_get(a, v->n)))
			return false;
		if (v->n)
			memcpy(bin, v->bin, v->n);
		v->bin = bin;
		return true;
	case AC_BLOB:
		if (!(blob = ac_arena_get(a, sizeof *blob)))
			return false;
		*blob = *v->blob;
		v->blob = blob;
		return true;
	case AC_ARR:
		if (!(items = ac_arena_get(a, v->n * sizeof *items)))
			return false;
		for (i = 0; i < v->n; i++) {
			items[i] = v->items[i];
			if (!own(a, &items[i]))
				return false;
		}
		v->items = items;
		return true;
	case AC_MAP:
		if (!(pairs = ac_arena_get(a, v->n * sizeof *pairs)))
			return false;
		for (i = 0; i < v->n; i++) {
			pairs[i] = v->pairs[i];
			if (!(pairs[i].key = ac_arena_text(a, v->pairs[i].key, v->pairs[i].nkey))
			    || !own(a, &pairs[i].val))
				return false;
		}
		v->pairs = pairs;
		return true;
	default:
		return true;
	}
}

const struct ac_val *
ac_val_copy(struct ac_arena *a, const struct ac_val *v)
{
	struct ac_val *out = ac_arena_get(a, sizeof *out);

	if (!out)
		return NULL;
	*out = *v;
	return own(a, out) ? out : NULL;
}

/* ------------------------------------------------------------------ replacing */

struct replacing {
	struct ac_arena *a;
	bool (*pick)(const struct ac_val *v);
	enum ac_err (*put)(struct ac_val *v, void *ctx, struct ac_fault *f);
	void *ctx;
	struct ac_fault *f;
};

static bool
holds(const struct ac_val *v, bool (*pick)(const struct ac_val *v))
{
	bool yes = pick(v);
	uint32_t i;

	for (i = 0; v->kind == AC_ARR && i < v->n && !yes; i++)
		yes = holds(&v->items[i], pick);
	for (i = 0; v->kind == AC_MAP && i < v->n && !yes; i++)
		yes = holds(&v->pairs[i].val, pick);
	return yes;
}

static enum ac_err
replace(struct ac_val *v, const struct replacing *r)
{
	struct ac_pair *pairs;
	struct ac_val *items;
	enum ac_err err = AC_OK;
	uint32_t i, n = 0;

	if (!holds(v, r->pick))
		return AC_OK;
	if (r->pick(v))
		return r->put(v, r->ctx, r->f);
	if (v->kind == AC_ARR) {
		if (!(items = ac_arena_get(r->a, v->n * sizeof *items)))
			return AC_ENOMEM;
		memcpy(items, v->items, v->n * sizeof *items);
		for (i = 0; i < v->n && !err; i++)
			err = replace(&items[i], r);
		v->items = items;
		return err;
	}
	if (!(pairs = ac_arena_get(r->a, v->n * sizeof *pairs)))
		return AC_ENOMEM;
	for (i = 0; i < v->n && !err; i++) {
		pairs[n] = v->pairs[i];
		err = replace(&pairs[n].val, r);
		n += pairs[n].val.kind != AC_NIL || v->pairs[i].val.kind == AC_NIL;
	}
	v->pairs = pairs;
	v->n = n;
	return err;
}

enum ac_err
ac_val_replace(const struct ac_val **out, struct ac_arena *a, const struct ac_val *v,
	bool (*pick)(const struct ac_val *v), enum ac_err (*put)(struct ac_val *v, void *ctx, struct ac_fault *f),
	void *ctx, struct ac_fault *f)
{
	const struct replacing r = { a, pick, put, ctx, f };
	struct ac_val *copy;
	enum ac_err err;

	*out = v;
	if (!holds(v, pick))
		return AC_OK;
	if (!(copy = ac_arena_get(a, sizeof *copy)))
		return AC_ENOMEM;
	*copy = *v;
	if ((err = replace(copy, &r)))
		return err;
	*out = copy;
	return AC_OK;
}
