/* SPDX-License-Identifier: ISC */
/*
 * A path is walked along both bodies by the same rules that split them: an item
 * of an array is the other's item with the same key, wherever it stands there.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/atoms.h"

struct take {
	struct ac_arena *arena;
	struct ac_atoms atoms;
	struct ac_fault *f;
};

struct step {
	struct ac_pair key;   /* its val is not used */
	uint32_t index;       /* AC_NONE: none given */
	const char *rest;     /* of the path */
};

static enum ac_err take_object(struct take *t, const struct ac_val **out, const struct ac_merge_rule *box,
	const struct ac_val *base, const struct ac_val *from, const char *path);

static enum ac_err
read_step(struct take *t, struct step *s, const char *path)
{
	size_t n = strcspn(path, ".[");
	char *end = NULL, *key = ac_arena_text(t->arena, path, n);
	unsigned long i;

	if (!key)
		return AC_ENOMEM;
	*s = (struct step){ .key = { .key = key, .nkey = (uint32_t)n }, .index = AC_NONE };
	path += n;
	if (*path == '[') {
		i = path[1] >= '0' && path[1] <= '9' ? strtoul(path + 1, &end, 10) : 0;
		if (!end || *end != ']' || i >= AC_NONE)
			n = 0;
		else
			path = end + 1;
		s->index = (uint32_t)i;
	}
	s->rest = *path == '.' ? path + 1 : path;
	if (!n || (*path && *path != '.' && *path != '['))
		return ac_fault(t->f, AC_EUSAGE, "This is no path of a field; `aftercare conflicts` "
			"lists the ones to settle.");
	return AC_OK;
}

/* The object with one element put in its place or, NULL, taken away. */
static enum ac_err
set(struct take *t, const struct ac_val **out, const struct ac_val *obj, const char *key,
	const struct ac_val *v)
{
	if (v && (v->kind == AC_MAP || v->kind == AC_ARR) && !v->n)
		v = NULL;
	*out = v ? ac_val_set(t->arena, obj, key, v) : ac_val_unset(t->arena, obj, key);
	return *out ? AC_OK : AC_ENOMEM;
}

/* ------------------------------------------------------------------ arrays */

/* The key of item i, if no other item of the array has it. */
static enum ac_err
own_key(struct ac_buf *key, const struct ac_merge_rule *rule, const struct ac_val *arr, uint32_t i)
{
	struct ac_buf other = { 0 };
	enum ac_err err = AC_OK;
	uint32_t k;

	ac_buf_reset(key);
	if (arr->items[i].kind == AC_MAP)
		err = ac_atoms_key(key, rule, &arr->items[i]);
	for (k = 0; !err && key->len && k < arr->n; k++) {
		ac_buf_reset(&other);
		if (k == i || arr->items[k].kind != AC_MAP
		    || (err = ac_atoms_key(&other, rule, &arr->items[k])))
			continue;
		if (other.len == key->len && !memcmp(other.p, key->p, key->len))
			ac_buf_reset(key);
	}
	ac_buf_free(&other);
	return err;
}

/* *out: where in arr the only item of that key is; AC_NONE. */
static enum ac_err
find_key(uint32_t *out, const struct ac_merge_rule *rule, const struct ac_val *arr, const struct ac_buf *key)
{
	struct ac_buf k = { 0 };
	enum ac_err err = AC_OK;
	uint32_t i, n = 0;

	*out = AC_NONE;
	for (i = 0; !err && arr && i < arr->n; i++) {
		ac_buf_reset(&k);
		if (arr->items[i].kind == AC_MAP && !(err = ac_atoms_key(&k, rule, &arr->items[i]))
		    && k.len == key->len && !memcmp(k.p, key->p, k.len)) {
			*out = i;
			n++;
		}
	}
	if (n != 1)
		*out = AC_NONE;
	ac_buf_free(&k);
	return err;
}

/* arr with item i replaced, or without it. */
static enum ac_err
put_item(struct take *t, struct ac_val *out, const struct ac_val *arr, uint32_t i,
	const struct ac_val *v)
{
	struct ac_val *items = ac_arena_get(t->arena, arr->n * sizeof *items);
	uint32_t k, n = 0;

	if (!items)
		return AC_ENOMEM;
	for (k = 0; k < arr->n; k++) {
		if (k != i)
			items[n++] = arr->items[k];
		else if (v && !(v->kind == AC_MAP && !v->n))
			items[n++] = *v;
	}
	*out = (struct ac_val){ .kind = AC_ARR, .n = n, .items = items };
	return AC_OK;
}

/* Copies from's unmatched items behind `to`. */
static enum ac_err
add_unmatched(struct ac_val *to, uint32_t *n, const struct ac_merge_rule *rule, const struct ac_val *from,
	struct ac_buf *key)
{
	enum ac_err err = AC_OK;
	uint32_t i;

	for (i = 0; !err && from && i < from->n; i++)
		if (!(err = own_key(key, rule, from, i)) && !key->len)
			to[(*n)++] = from->items[i];
	return err;
}

static enum ac_err
put_rest(struct take *t, struct ac_val *out, const struct ac_merge_rule *rule, const struct ac_val *arr,
	const struct ac_val *from)
{
	size_t max = (size_t)arr->n + (from ? from->n : 0);
	struct ac_val *items = ac_arena_get(t->arena, max * sizeof *items);
	enum ac_err err = items ? AC_OK : AC_ENOMEM;
	struct ac_buf key = { 0 };
	uint32_t i, n = 0;
	bool put = false;

	for (i = 0; !err && i < arr->n; i++) {
		if ((err = own_key(&key, rule, arr, i)))
			break;
		if (key.len) {
			items[n++] = arr->items[i];
			continue;
		}
		if (!put)
			err = add_unmatched(items, &n, rule, from, &key);
		put = true;
	}
	ac_buf_free(&key);
	if (!err)
		*out = (struct ac_val){ .kind = AC_ARR, .n = n, .items = items };
	return err;
}

static enum ac_err
take_item(struct take *t, struct ac_val *out, const struct ac_merge_rule *rule, const struct step *s,
	const struct ac_val *arr, const struct ac_val *from)
{
	const struct ac_val *theirs = NULL, *mixed;
	struct ac_buf key = { 0 };
	uint32_t i = AC_NONE;
	enum ac_err err;

	if ((err = own_key(&key, rule, arr, s->index)))
		goto out;
	if (!key.len) {
		err = put_rest(t, out, rule, arr, from);
		goto out;
	}
	if ((err = find_key(&i, rule, from, &key)))
		goto out;
	theirs = i == AC_NONE ? NULL : &from->items[i];
	if (rule->shape == AC_SHAPE_BOXES && *s->rest) {
		/* no such item there: they have no word on what is in it */
		*out = *arr;
		if (!theirs || (err = take_object(t, &mixed, rule, &arr->items[s->index], theirs,
			s->rest)))
			goto out;
		theirs = mixed;
	}
	err = put_item(t, out, arr, s->index, theirs);
out:
	ac_buf_free(&key);
	return err;
}

/* ----------------------------------------------------------------- objects */

static bool
same_atom(const struct take *t, const struct ac_merge_rule *box, const struct ac_pair *a,
	const struct ac_pair *b)
{
	uint32_t na, nb;
	const char *x = ac_merge_base(a->key, a->nkey, &na), *y = ac_merge_base(b->key, b->nkey, &nb);
	const struct ac_merge_group *g = ac_merge_group(&t->atoms.rules, box, x, na);
	const struct ac_merge_group *h = ac_merge_group(&t->atoms.rules, box, y, nb);

	if (ac_atoms_rule(&t->atoms, box, b))
		return false;
	return g || h ? g == h : na == nb && !memcmp(x, y, na);
}

static enum ac_err
take_fields(struct take *t, const struct ac_val **out, const struct ac_merge_rule *box,
	const struct ac_val *base, const struct ac_val *from, const struct ac_pair *key)
{
	struct ac_val *obj = ac_arena_get(t->arena, sizeof *obj);
	struct ac_pair *pairs = ac_arena_get(t->arena, ((size_t)base->n + from->n) * sizeof *pairs);
	uint32_t i, k, n = 0;
	bool put = false;

	if (!obj || !pairs)
		return AC_ENOMEM;
	for (i = 0; i <= base->n; i++) {
		if (i < base->n && !same_atom(t, box, key, &base->pairs[i])) {
			pairs[n++] = base->pairs[i];
			continue;
		}
		for (k = 0; !put && k < from->n; k++)
			if (same_atom(t, box, key, &from->pairs[k]))
				pairs[n++] = from->pairs[k];
		put = true;
	}
	*obj = (struct ac_val){ .kind = AC_MAP, .n = n, .pairs = pairs };
	*out = obj;
	return AC_OK;
}

static enum ac_err
take_object(struct take *t, const struct ac_val **out, const struct ac_merge_rule *box,
	const struct ac_val *base, const struct ac_val *from, const char *path)
{
	const struct ac_merge_rule *rule;
	const struct ac_val *b, *theirs, *v;
	struct ac_val arr;
	struct step s;
	enum ac_err err;

	if ((err = read_step(t, &s, path)))
		return err;
	rule = ac_atoms_rule(&t->atoms, box, &s.key);
	if (!rule)
		return take_fields(t, out, box, base, from, &s.key);
	b = ac_val_get(base, s.key.key);
	theirs = v = ac_val_get(from, s.key.key);
	if (rule->shape == AC_SHAPE_OBJECT && b && *s.rest) {
		*out = base;
		if (!theirs || (err = take_object(t, &v, rule, b, theirs, s.rest)))
			return err;
	} else if (rule->shape != AC_SHAPE_OBJECT && s.index != AC_NONE) {
		if (!b || s.index >= b->n)
			return ac_fault(t->f, AC_EUSAGE, "There is no item %lu in that list; `aftercare "
				"conflicts` lists the paths to settle.", (unsigned long)s.index);
		if ((err = take_item(t, &arr, rule, &s, b, theirs)))
			return err;
		v = &arr;
	}
	return set(t, out, base, s.key.key, v);
}

enum ac_err
ac_view_take(const struct ac_val **out, struct ac_arena *a, const char *type,
	const struct ac_val *base, const char *path, const struct ac_val *from, struct ac_fault *f)
{
	struct take *t;
	enum ac_err err;

	if (!*path) {
		*out = from && base ? base : from;
		return AC_OK;
	}
	if (!base) { /* settled as deleted: nothing to set */
		*out = NULL;
		return AC_OK;
	}
	if (!from)
		return ac_fault(f, AC_EUSAGE, "That version deleted the document and has no value for "
			"a field; name one that has.");
	if (base->kind != AC_MAP || from->kind != AC_MAP)
		return ac_fault(f, AC_EINVAL, "A version of this document is not a resource. "
			"Run `aftercare verify`.");
	if (!(t = calloc(1, sizeof *t)))
		return AC_ENOMEM;
	t->arena = a;
	t->f = f;
	if (!(err = ac_atoms_init(&t->atoms, type))) {
		ac_atoms_scan(&t->atoms, base);
		ac_atoms_scan(&t->atoms, from);
		err = take_object(t, out, NULL, base, from, path);
	}
	ac_atoms_free(&t->atoms);
	free(t);
	return err;
}
