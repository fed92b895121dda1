/* SPDX-License-Identifier: ISC */
/*
 * Version graphs over the shapes: a version is a row of numbers, one for each
 * slot (0: absent; a box: 0 or 1), its body is built from them, and a body is
 * read back into numbers. Whatever a body holds beyond what could have been
 * put into a slot whole is no row of numbers at all: reading it fails.
 */
#ifndef GRAPHS_H
#define GRAPHS_H

#include "history.h"
#include "shapes.h"

#define NODES 12
#define KEYS 64
#define BODIES 4096

typedef unsigned char row[SLOTS];

struct graph {
	struct ac_node node[NODES];
	uint32_t parents[NODES][NODES];
	row state[NODES];
	uint32_t n;
};

/* An element that a slot of fields may hold, with its value in each of the slot's. */
struct key {
	const char *name;
	uint32_t box, slot;
	const struct ac_val *in[VALUES + 1];
};

static const struct shape *S;
static const char *star;                        /* the name in place of "*" */
static uint32_t nslot, nvalue[SLOTS], nkey;     /* nvalue: absent not counted */
static const struct ac_val *value[SLOTS][VALUES + 1], *seed_of[SLOTS];
static struct key keys[KEYS];
static struct ac_arena shape_arena, view_arena;
static struct graph G;

static struct body {
	row state;
	bool back;
	const struct ac_val *val;
} bodies[BODIES];
static uint32_t nbody;

/* ------------------------------------------------------------------ chance */

static uint64_t chance;

static uint32_t
rnd(uint32_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (uint32_t)((chance * 0x2545f4914f6cdd1du) >> 33) % below;
}

/* ------------------------------------------------------------------- slots */

static bool
is_box(uint32_t a)
{
	return S->slot[a].kind <= BOX;
}

static const char *
key_of(uint32_t a)
{
	return S->slot[a].key && *S->slot[a].key == '*' ? star : S->slot[a].key;
}

static bool
same_array(uint32_t a, uint32_t b)
{
	return S->slot[a].box == S->slot[b].box && S->slot[b].kind != OBJECT && S->slot[b].kind != FIELDS
		&& b && !strcmp(key_of(a), key_of(b));
}

/* Whether a slot is, or stands in, a box; all stand in the document, 0. */
static bool
is_within(uint32_t a, uint32_t box)
{
	return a == box || !box || (a && is_within((uint32_t)S->slot[a].box, box));
}

static void
add_keys(uint32_t a)
{
	const struct ac_val *v;
	uint32_t k, i, p;

	for (k = 1; S->slot[a].kind == FIELDS && k <= nvalue[a]; k++)
		for (v = value[a][k], p = 0; p < v->n; p++) {
			for (i = 0; i < nkey && (keys[i].slot != a || strcmp(keys[i].name, v->pairs[p].key)); i++)
				;
			assert_true(i < KEYS);
			keys[i].name = v->pairs[p].key;
			keys[i].box = (uint32_t)S->slot[a].box;
			keys[i].slot = a;
			keys[i].in[k] = &v->pairs[p].val;
			nkey += i == nkey;
		}
}

/* From here on documents are of this shape. name: what "*" stands for. */
static void
use(const struct shape *s, const char *name)
{
	char constant[100];
	uint32_t a, k;

	S = s;
	star = name;
	ac_arena_free(&shape_arena);
	memset(bodies, 0, sizeof bodies);
	memset(keys, 0, sizeof keys);
	nkey = nbody = 0;
	snprintf(constant, sizeof constant, "{'resourceType':'%s','id':'x'}", s->type);
	seed_of[0] = history_json(&shape_arena, constant);
	for (a = 0; a < SLOTS && (!a || s->slot[a].kind != DOC); a++) {
		for (k = 0; k < VALUES && s->slot[a].value[k]; k++)
			value[a][k + 1] = history_json(&shape_arena, s->slot[a].value[k] + 1);
		nvalue[a] = s->slot[a].kind <= BOX ? 1 : k;
		if (a)
			seed_of[a] = history_json(&shape_arena, s->slot[a].seed ? s->slot[a].seed : "{}");
		add_keys(a);
	}
	nslot = a;
}

/* ------------------------------------------------------------------ bodies */

static const struct ac_val *build(const unsigned char *st, uint32_t box, bool back);

static struct ac_pair
pair_of(const char *key, const struct ac_val *v)
{
	return (struct ac_pair){ .key = key, .nkey = (uint32_t)strlen(key), .val = *v };
}

static const struct ac_val *
build_array(const unsigned char *st, uint32_t of, bool back)
{
	struct ac_val items[SLOTS * 4], *out = ac_arena_get(&shape_arena, sizeof *out);
	uint32_t i, a, n = 0, k;

	for (i = 1; i < nslot; i++) {
		a = back ? nslot - i : i;
		if (!same_array(of, a) || !st[a])
			continue;
		if (S->slot[a].kind == BOX)
			items[n++] = *build(st, a, back);
		else if (S->slot[a].kind == ITEM)
			items[n++] = *value[a][st[a]];
		else
			for (k = 0; k < value[a][st[a]]->n; k++)
				items[n++] = value[a][st[a]]->items[k];
	}
	*out = (struct ac_val){ .kind = AC_ARR, .n = n };
	out->items = memcpy(ac_arena_get(&shape_arena, n * sizeof *items), items, n * sizeof *items);
	return out;
}

static const struct ac_val *
build(const unsigned char *st, uint32_t box, bool back)
{
	struct ac_val *out = ac_arena_get(&shape_arena, sizeof *out);
	struct ac_pair p[KEYS];
	uint32_t i, a, n = 0, k;

	for (k = 0; k < seed_of[box]->n; k++)
		p[n++] = seed_of[box]->pairs[k];
	for (i = 1; i < nslot; i++) {
		a = back ? nslot - i : i;
		if ((uint32_t)S->slot[a].box != box || !st[a])
			continue;
		for (k = 0; S->slot[a].kind == FIELDS && k < value[a][st[a]]->n; k++)
			p[n++] = value[a][st[a]]->pairs[k];
		if (S->slot[a].kind == OBJECT)
			p[n++] = pair_of(key_of(a), build(st, a, back));
		if (S->slot[a].kind == FIELDS || S->slot[a].kind == OBJECT)
			continue;
		for (k = 0; k < n && strcmp(p[k].key, key_of(a)); k++)
			;
		if (k == n)
			p[n++] = pair_of(key_of(a), build_array(st, a, back));
	}
	*out = (struct ac_val){ .kind = AC_MAP, .n = n };
	out->pairs = memcpy(ac_arena_get(&shape_arena, n * sizeof *p), p, n * sizeof *p);
	return out;
}

/* The body of these values, one for the same; back: its elements the other way round.
 * Between two graphs `forget` makes room. */
static const struct ac_val *
body_of(const unsigned char *st, bool back)
{
	uint32_t i, a, at = back;

	for (a = 0; a < SLOTS; a++)
		at = (at ^ st[a]) * 0x01000193u;
	for (i = (at ^ at >> 15) % BODIES; bodies[i].val; i = (i + 1) % BODIES)
		if (bodies[i].back == back && !memcmp(bodies[i].state, st, SLOTS))
			return bodies[i].val;
	nbody++;
	memcpy(bodies[i].state, st, SLOTS);
	bodies[i].back = back;
	return bodies[i].val = build(st, 0, back);
}

static void
forget(void)
{
	if (nbody > BODIES / 2 || shape_arena.used > (4u << 20))
		use(S, star);
}

/* ---------------------------------------------------------------- and back */

static bool read_object(const struct ac_val *obj, uint32_t box, unsigned char *st, uint32_t *place);

static bool
has_seed(const struct ac_val *item, uint32_t a)
{
	const struct ac_val *v;
	uint32_t k;

	for (k = 0; k < seed_of[a]->n; k++)
		if (!(v = ac_val_get(item, seed_of[a]->pairs[k].key)) || !history_same(v, &seed_of[a]->pairs[k].val))
			return false;
	return true;
}

/* The slot of `like`'s array that an item is in, and which of its values; 0: none. */
static uint32_t
read_item(const struct ac_val *item, uint32_t like, unsigned char *val)
{
	uint32_t a, k;

	for (a = 1; a < nslot; a++) {
		if (!same_array(like, a))
			continue;
		*val = 1;
		if (S->slot[a].kind == BOX && has_seed(item, a))
			return a;
		for (k = 1; S->slot[a].kind == ITEM && k <= nvalue[a]; k++)
			if (history_same(item, value[a][k])) {
				*val = (unsigned char)k;
				return a;
			}
	}
	return 0;
}

static bool
read_rest(const struct ac_val *rest, uint32_t n, uint32_t like, uint32_t at, unsigned char *st, uint32_t *place)
{
	uint32_t a, k, i;

	for (a = 1; a < nslot && !(S->slot[a].kind == REST && same_array(like, a)); a++)
		;
	for (k = 1; a < nslot && k <= nvalue[a]; k++) {
		if (value[a][k]->n != n)
			continue;
		for (i = 0; i < n && history_same(&rest[i], &value[a][k]->items[i]); i++)
			;
		if (i == n) {
			st[a] = (unsigned char)k;
			place[a] = at;
			return true;
		}
	}
	return false;
}

static bool
read_array(const struct ac_val *arr, uint32_t like, unsigned char *st, uint32_t *place)
{
	struct ac_val rest[SLOTS * 4];
	uint32_t i, a, n = 0, at = 0;
	unsigned char val;

	if (arr->kind != AC_ARR || !arr->n || arr->n > SLOTS * 4)
		return false;
	for (i = 0; i < arr->n; i++) {
		if (!(a = read_item(&arr->items[i], like, &val))) {
			at = n ? at : i;
			rest[n++] = arr->items[i];
			continue;
		}
		if (st[a])
			return false;
		st[a] = val;
		place[a] = i;
		if (S->slot[a].kind == BOX && !read_object(&arr->items[i], a, st, place))
			return false;
	}
	return !n || read_rest(rest, n, like, at, st, place);
}

static bool
read_object(const struct ac_val *obj, uint32_t box, unsigned char *st, uint32_t *place)
{
	uint32_t p, i, a, k, left[SLOTS], got[SLOTS] = { 0 };
	const struct ac_pair *pair;
	const struct ac_val *v;

	for (p = 0; p < obj->n; p++) {
		pair = &obj->pairs[p];
		for (i = 0; i < nkey && (keys[i].box != box || (keys[i].name != pair->key
		     && strcmp(keys[i].name, pair->key))); i++)
			;
		if (i < nkey) {
			a = keys[i].slot;
			left[a] = got[a]++ ? left[a] : ~0u;
			for (k = 1; k <= nvalue[a]; k++)
				if (!keys[i].in[k] || !history_same(keys[i].in[k], &pair->val))
					left[a] &= ~(1u << k);
			continue;
		}
		if ((v = ac_val_get(seed_of[box], pair->key))) {
			if (!history_same(v, &pair->val))
				return false;
			continue;
		}
		for (a = 1; a < nslot && ((uint32_t)S->slot[a].box != box || !key_of(a)
		     || strcmp(key_of(a), pair->key)); a++)
			;
		if (a == nslot)
			return false;
		st[a] = S->slot[a].kind == OBJECT;
		if (st[a] ? !read_object(&pair->val, a, st, place) : !read_array(&pair->val, a, st, place))
			return false;
	}
	for (a = 1; a < nslot; a++) {
		if (!got[a])
			continue;
		for (k = 1; k <= nvalue[a] && !(left[a] >> k & 1 && value[a][k]->n == got[a]); k++)
			;
		if (k > nvalue[a])
			return false;
		st[a] = (unsigned char)k;
	}
	return true;
}

/* What a body holds in each slot, and where its items stand. False: something
 * that is no slot's. */
static bool
read_body(const struct ac_val *body, unsigned char *st, uint32_t *place)
{
	memset(st, 0, SLOTS);
	memset(place, 0, SLOTS * sizeof *place);
	st[0] = body != NULL;
	return !body || read_object(body, 0, st, place);
}

/* Whether v has the box that the atom stands in. */
static bool
here(uint32_t v, uint32_t a)
{
	return !a || (G.state[v][S->slot[a].box] && here(v, (uint32_t)S->slot[a].box));
}

#endif
