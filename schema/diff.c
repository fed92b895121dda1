/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "schema/atoms.h"

struct diff {
	struct ac_arena *arena;
	struct ac_atoms atoms;      /* for its rules */
	struct ac_change *change;
	size_t n, cap;
};

/* The keys of an array's items; n 0: none of its own. */
struct keys {
	struct { const char *p; size_t n; } *k;
};

static enum ac_err object(struct diff *d, const struct ac_merge_rule *box, const char *path,
	const struct ac_val *from, const struct ac_val *to);

static enum ac_err
add(struct diff *d, const char *path, const struct ac_val *from, const struct ac_val *to, bool safety)
{
	size_t cap = d->cap ? d->cap * 2 : 16;
	struct ac_change *c;

	if (d->n == d->cap) {
		if (!(c = ac_arena_get(d->arena, cap * sizeof *c)))
			return AC_ENOMEM;
		if (d->n)
			memcpy(c, d->change, d->n * sizeof *c);
		d->change = c;
		d->cap = cap;
	}
	d->change[d->n++] = (struct ac_change){ path, from, to, safety };
	return AC_OK;
}

/* path.key or path.key[index]; NULL: no memory */
static const char *
join(struct diff *d, const char *path, const struct ac_pair *key, uint32_t index)
{
	struct ac_buf b = { 0 };
	enum ac_err err = ac_buf_addf(&b, "%s%s", path, *path ? "." : "");
	char *out = NULL;

	if (!err)
		err = ac_buf_add(&b, key->key, key->nkey);
	if (!err && index != AC_NONE)
		err = ac_buf_addf(&b, "[%u]", index);
	if (!err)
		out = ac_arena_text(d->arena, (const char *)b.p, b.len);
	ac_buf_free(&b);
	return out;
}

static bool
same(const struct ac_val *a, const struct ac_val *b)
{
	return !a || !b ? a == b : ac_atoms_same(a, b);
}

/* ------------------------------------------------------------------ arrays */

static enum ac_err
read_keys(struct diff *d, struct keys *out, const struct ac_merge_rule *rule, const struct ac_val *arr)
{
	uint32_t n = arr ? arr->n : 0, i, k;
	struct ac_buf key = { 0 };
	enum ac_err err = AC_OK;

	if (!(out->k = ac_arena_get(&d->atoms.arena, n * sizeof *out->k)))
		return AC_ENOMEM;
	for (i = 0; !err && i < n; i++) {
		ac_buf_reset(&key);
		if (arr->items[i].kind != AC_MAP || (err = ac_atoms_key(&key, rule, &arr->items[i])))
			continue;
		out->k[i].n = key.len;
		if (!(out->k[i].p = ac_arena_text(&d->atoms.arena, (const char *)key.p, key.len)))
			err = AC_ENOMEM;
	}
	ac_buf_free(&key);
	/* what two items have is neither's: marked from the end, so that all of three fall */
	for (i = 0; !err && i < n; i++) {
		size_t len = out->k[i].n;
		bool twice = false;

		for (k = i + 1; len && k < n; k++)
			if (out->k[k].n == len && !memcmp(out->k[k].p, out->k[i].p, len)) {
				out->k[k].n = 0;
				twice = true;
			}
		if (twice)
			out->k[i].n = 0;
	}
	return err;
}

static uint32_t
find(const struct keys *in, uint32_t n, const struct keys *of, uint32_t i)
{
	uint32_t k;

	for (k = 0; of->k[i].n && k < n; k++)
		if (in->k[k].n == of->k[i].n && !memcmp(in->k[k].p, of->k[i].p, in->k[k].n))
			return k;
	return AC_NONE;
}

static const struct ac_val *
unmatched(struct diff *d, const struct ac_val *arr, const struct keys *keys)
{
	struct ac_val *out = ac_arena_get(d->arena, sizeof *out);
	struct ac_val *items = ac_arena_get(d->arena, (arr ? arr->n : 0) * sizeof *items);
	uint32_t i, n = 0;

	if (!out || !items)
		return NULL;
	for (i = 0; arr && i < arr->n; i++)
		if (!keys->k[i].n)
			items[n++] = arr->items[i];
	*out = (struct ac_val){ .kind = AC_ARR, .n = n, .items = items };
	return out;
}

static enum ac_err
rest(struct diff *d, const char *path, const struct ac_val *from, const struct keys *kf,
	const struct ac_val *to, const struct keys *kt)
{
	const struct ac_val *f = unmatched(d, from, kf), *t = unmatched(d, to, kt);

	if (!f || !t)
		return AC_ENOMEM;
	return same(f, t) ? AC_OK : add(d, path, f->n ? f : NULL, t->n ? t : NULL, false);
}

static enum ac_err
array(struct diff *d, const struct ac_merge_rule *rule, const char *path, const struct ac_pair *key,
	const struct ac_val *from, const struct ac_val *to)
{
	uint32_t i, k, last = 0, nf = from ? from->n : 0, nt = to ? to->n : 0;
	const char *whole = join(d, path, key, AC_NONE), *p;
	size_t before = d->n;
	bool moved = false;
	struct keys kf, kt;
	enum ac_err err;

	if (!whole)
		return AC_ENOMEM;
	if ((err = read_keys(d, &kf, rule, from)) || (err = read_keys(d, &kt, rule, to)))
		return err;
	for (i = 0; !err && i < nt; i++) {
		if (!kt.k[i].n)
			continue;
		if (!(p = join(d, path, key, i)))
			return AC_ENOMEM;
		k = find(&kf, nf, &kt, i);
		if (k == AC_NONE) {
			err = add(d, p, NULL, &to->items[i], false);
			continue;
		}
		moved |= k < last;
		last = k;
		if (rule->shape == AC_SHAPE_BOXES)
			err = object(d, rule, p, &from->items[k], &to->items[i]);
		else if (!same(&from->items[k], &to->items[i]))
			err = add(d, p, &from->items[k], &to->items[i], false);
	}
	for (i = 0; !err && i < nf; i++) {
		if (!kf.k[i].n || find(&kt, nt, &kf, i) != AC_NONE)
			continue;
		if (!(p = join(d, path, key, i)))
			return AC_ENOMEM;
		err = add(d, p, &from->items[i], NULL, false);
	}
	if (!err)
		err = rest(d, whole, from, &kf, to, &kt);
	/* an order is no atom, but a person may want to see that it changed */
	if (!err && d->n == before && moved)
		err = add(d, whole, from, to, false);
	return err;
}

/* ----------------------------------------------------------------- objects */

/* The elements of the atom that a key is of. NULL: no memory. */
static const struct ac_val *
fields(struct diff *d, const struct ac_val *obj, const struct ac_merge_group *g, const char *base,
	uint32_t nbase)
{
	struct ac_val *map = ac_arena_get(&d->atoms.arena, sizeof *map);
	struct ac_pair *pairs = ac_arena_get(&d->atoms.arena, obj->n * sizeof *pairs);
	const char *b;
	uint32_t i, n = 0, nb;

	if (!map || !pairs)
		return NULL;
	for (i = 0; i < obj->n; i++) {
		b = ac_merge_base(obj->pairs[i].key, obj->pairs[i].nkey, &nb);
		if (g ? ac_merge_group(&d->atoms.rules, NULL, b, nb) == g
		    : nb == nbase && !memcmp(b, base, nb))
			pairs[n++] = obj->pairs[i];
	}
	*map = (struct ac_val){ .kind = AC_MAP, .n = n, .pairs = pairs };
	return map;
}

static enum ac_err
element(struct diff *d, const struct ac_merge_rule *box, const char *path, const struct ac_pair *key,
	const struct ac_val *from, const struct ac_val *to)
{
	const struct ac_val *f = ac_val_get(from, key->key), *t = ac_val_get(to, key->key), *maps[2];
	const struct ac_merge_group *g;
	bool safety = false;
	const char *base, *p;
	uint32_t n;

	if (same(f, t))
		return AC_OK;
	base = ac_merge_base(key->key, key->nkey, &n);
	g = ac_merge_group(&d->atoms.rules, box, base, n);
	if (!box) {
		maps[0] = fields(d, from, g, base, n);
		maps[1] = fields(d, to, g, base, n);
		if (!maps[0] || !maps[1])
			return AC_ENOMEM;
		safety = ac_merge_critical(g, maps, 2);
	}
	return (p = join(d, path, key, AC_NONE)) ? add(d, p, f, t, safety) : AC_ENOMEM;
}

static enum ac_err
pair(struct diff *d, const struct ac_merge_rule *box, const char *path, const struct ac_pair *key,
	const struct ac_val *from, const struct ac_val *to)
{
	const struct ac_merge_rule *rule = ac_atoms_rule(&d->atoms, box, key);
	const struct ac_val *f = ac_val_get(from, key->key), *t = ac_val_get(to, key->key);
	const char *p;

	if (!rule)
		return element(d, box, path, key, from, to);
	if (rule->shape != AC_SHAPE_OBJECT)
		return array(d, rule, path, key, f, t);
	if (!(p = join(d, path, key, AC_NONE)))
		return AC_ENOMEM;
	return f && t ? object(d, rule, p, f, t) : add(d, p, f, t, false);
}

static enum ac_err
object(struct diff *d, const struct ac_merge_rule *box, const char *path, const struct ac_val *from,
	const struct ac_val *to)
{
	enum ac_err err = AC_OK;
	uint32_t i;

	for (i = 0; !err && i < to->n; i++)
		err = pair(d, box, path, &to->pairs[i], from, to);
	for (i = 0; !err && i < from->n; i++)
		if (!ac_val_get(to, from->pairs[i].key))
			err = pair(d, box, path, &from->pairs[i], from, to);
	return err;
}

enum ac_err
ac_diff(const struct ac_change **out, size_t *n, struct ac_arena *a, const struct ac_val *from,
	const struct ac_val *to)
{
	const char *type = ac_val_str(to ? to : from, "resourceType");
	struct diff *d = calloc(1, sizeof *d);
	enum ac_err err = AC_OK;

	if (!d)
		return AC_ENOMEM;
	d->arena = a;
	if (!from || !to || from->kind != AC_MAP || to->kind != AC_MAP) {
		if (!same(from, to))
			err = add(d, "", from, to, true);
	} else if (!(err = ac_atoms_init(&d->atoms, type ? type : ""))) {
		ac_atoms_scan(&d->atoms, from);
		ac_atoms_scan(&d->atoms, to);
		err = object(d, NULL, "", from, to);
	}
	if (!err) {
		*out = d->change;
		*n = d->n;
	}
	ac_atoms_free(&d->atoms);
	free(d);
	return err;
}
