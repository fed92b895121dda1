/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "schema/build.h"

struct build {
	struct ac_arena *arena;
	struct ac_atoms *atoms;
	const struct ac_graph *graph;
	struct ac_shown *shown;
	bool *done;               /* by atom: stands in the body already */
};

static enum ac_err object(struct build *b, struct ac_val *out, uint32_t box,
	const struct ac_val *src, uint32_t node);

static bool
in_array(const struct ac_atom *a, const struct ac_pair *array)
{
	return (a->kind == AC_ATOM_BOX || a->kind == AC_ATOM_ITEM || a->kind == AC_ATOM_REST)
		&& a->nname == array->nkey && !memcmp(a->name, array->key, array->nkey);
}

/* Items that the base lacks: by their writers, each writer's in his order. */
static int
by_writer(const void *pa, const void *pb, void *arg)
{
	const struct build *b = arg;
	const struct ac_shown *x = &b->shown[*(const uint32_t *)pa];
	const struct ac_shown *y = &b->shown[*(const uint32_t *)pb];

	if (x->node != y->node)
		return ac_graph_order(b->graph, x->node, y->node);
	return x->place < y->place ? -1 : x->place > y->place;
}

static int
by_name(const void *pa, const void *pb, void *arg)
{
	const struct build *b = arg;
	const struct ac_atom *x = &b->atoms->atom[*(const uint32_t *)pa];
	const struct ac_atom *y = &b->atoms->atom[*(const uint32_t *)pb];
	int c = memcmp(x->name, y->name, x->nname < y->nname ? x->nname : y->nname);

	if (c || x->nname != y->nname)
		return c ? c : x->nname < y->nname ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

/* ------------------------------------------------------------------ arrays */

struct items {
	struct ac_val *v;
	uint32_t n;
};

static enum ac_err
put_item(struct build *b, struct items *to, uint32_t atom, const struct ac_val *src, uint32_t node)
{
	struct ac_val v;
	enum ac_err err;

	b->done[atom] = true;
	if (!b->shown[atom].at)
		return AC_OK;
	if (b->atoms->atom[atom].kind == AC_ATOM_ITEM) {
		v = *b->shown[atom].at;
	} else {
		if ((err = object(b, &v, atom, src, node)))
			return err;
		if (!v.n)
			return AC_OK;
	}
	b->shown[atom].index = to->n;
	to->v[to->n++] = v;
	return AC_OK;
}

/* The unmatched items: each in its place if they are the source's own, else all
 * where its first one stood. */
static void
put_rest(struct build *b, struct items *to, uint32_t atom, const struct ac_val *item, uint32_t node)
{
	const struct ac_entry *e = ac_atoms_entry(b->atoms, atom, node);
	struct ac_shown *w = &b->shown[atom];
	bool own = item && e && w->at && e->value == w->value;
	uint32_t i;

	if (!b->done[atom])
		w->index = to->n;
	if (own)
		to->v[to->n++] = *item;
	else
		for (i = 0; !b->done[atom] && w->at && i < w->at->n; i++)
			to->v[to->n++] = w->at->items[i];
	b->done[atom] = true;
}

static enum ac_err
put_own(struct build *b, struct items *to, uint32_t box, const struct ac_merge_rule *rule,
	const struct ac_pair *array, uint32_t node)
{
	uint32_t i, atom, rest = ac_atoms_rest(b->atoms, box, array);
	const struct ac_val *item;
	enum ac_err err = AC_OK;

	for (i = 0; !err && array->val.kind == AC_ARR && i < array->val.n; i++) {
		item = &array->val.items[i];
		if ((err = ac_atoms_item(b->atoms, &atom, box, rule, array, item)))
			break;
		if (ac_atoms_entry(b->atoms, atom, node))
			err = put_item(b, to, atom, item, node);
		else
			put_rest(b, to, rest, item, node);
	}
	return err;
}

static enum ac_err
put_others(struct build *b, struct items *to, uint32_t box, const struct ac_pair *array,
	uint32_t *order)
{
	const struct ac_atom *a;
	enum ac_err err = AC_OK;
	uint32_t k, i, n = 0;

	for (k = b->atoms->atom[box].first; k != AC_NONE; k = a->next) {
		a = &b->atoms->atom[k];
		if (!b->done[k] && b->shown[k].at && in_array(a, array))
			order[n++] = k;
	}
	qsort_r(order, n, sizeof *order, by_writer, b);
	for (i = 0; !err && i < n; i++) {
		if (b->atoms->atom[order[i]].kind == AC_ATOM_REST)
			put_rest(b, to, order[i], NULL, b->shown[order[i]].node);
		else
			err = put_item(b, to, order[i], b->shown[order[i]].at, b->shown[order[i]].node);
	}
	return err;
}

/* The array `array.key`; array.val is the source's, if it has one. */
static enum ac_err
put_array(struct build *b, struct ac_val *out, uint32_t box, const struct ac_merge_rule *rule,
	const struct ac_pair *array, uint32_t node)
{
	uint32_t k, max = array->val.kind == AC_ARR ? array->val.n : 0, natoms = 1, *order;
	const struct ac_atom *a;
	struct items to = { 0 };
	enum ac_err err = AC_ENOMEM;

	for (k = b->atoms->atom[box].first; k != AC_NONE; k = a->next) {
		a = &b->atoms->atom[k];
		if (in_array(a, array) && b->shown[k].at) {
			max += a->kind == AC_ATOM_REST ? b->shown[k].at->n : 1;
			natoms++;
		}
	}
	to.v = ac_arena_get(b->arena, max * sizeof *to.v);
	order = calloc(natoms, sizeof *order);
	if (!to.v || !order)
		goto out;
	if (array->val.kind == AC_ARR && (err = put_own(b, &to, box, rule, array, node)))
		goto out;
	err = put_others(b, &to, box, array, order);
	*out = (struct ac_val){ .kind = AC_ARR, .n = to.n, .items = to.v };
out:
	free(order);
	return err;
}

/* ----------------------------------------------------------------- objects */

struct fields {
	struct ac_pair *p;
	uint32_t n;
};

static void
put_pair(struct fields *to, const struct ac_pair *name, const struct ac_val *v)
{
	to->p[to->n] = *name;
	to->p[to->n++].val = *v;
}

/* What is shown in the place of one of the source's pairs; with the first of an
 * atom's pairs goes what the source has no place for. No pair: all of it. */
static void
put_field(struct build *b, struct fields *to, uint32_t atom, const struct ac_pair *pair,
	const struct ac_val *src, uint32_t node)
{
	const struct ac_entry *e = ac_atoms_entry(b->atoms, atom, node);
	const struct ac_val *map = b->shown[atom].at, *v;
	bool own = pair && e && map && e->value == b->shown[atom].value;
	uint32_t i;

	if (own)
		put_pair(to, pair, &pair->val);
	else if (pair && (v = ac_val_get(map, pair->key)))
		put_pair(to, pair, v);
	for (i = 0; !own && !b->done[atom] && map && i < map->n; i++)
		if (!src || !ac_val_get(src, map->pairs[i].key))
			put_pair(to, &map->pairs[i], &map->pairs[i].val);
	b->done[atom] = true;
}

static enum ac_err
put_object(struct build *b, struct fields *to, uint32_t atom, const struct ac_pair *name,
	const struct ac_val *src, uint32_t node)
{
	enum ac_err err = AC_OK;
	struct ac_val v;

	b->done[atom] = true;
	if (!b->shown[atom].at || (err = object(b, &v, atom, src, node)))
		return err;
	if (v.n)
		put_pair(to, name, &v);
	return AC_OK;
}

static enum ac_err
put_pair_of(struct build *b, struct fields *to, uint32_t box, const struct ac_pair *pair,
	const struct ac_val *src, uint32_t node)
{
	const struct ac_merge_rule *rule = ac_atoms_rule(b->atoms, b->atoms->atom[box].rule, pair);
	enum ac_err err;
	struct ac_val v;

	if (!rule) {
		put_field(b, to, ac_atoms_fields(b->atoms, box, pair), pair, src, node);
		return AC_OK;
	}
	if (rule->shape == AC_SHAPE_OBJECT)
		return put_object(b, to, ac_atoms_object(b->atoms, box, pair), pair, &pair->val, node);
	if (!(err = put_array(b, &v, box, rule, pair, node)) && v.n)
		put_pair(to, pair, &v);
	return err;
}

/* What the source lacks, by name. An array is put at its first atom. */
static enum ac_err
put_missing(struct build *b, struct fields *to, uint32_t box, const uint32_t *order, uint32_t n)
{
	const struct ac_shown *w;
	const struct ac_atom *a;
	enum ac_err err = AC_OK;
	struct ac_pair name;
	uint32_t i;

	for (i = 0; !err && i < n; i++) {
		a = &b->atoms->atom[order[i]];
		w = &b->shown[order[i]];
		if (b->done[order[i]])
			continue;
		name = (struct ac_pair){ .key = a->name, .nkey = a->nname };
		if (a->kind == AC_ATOM_FIELDS)
			put_field(b, to, order[i], NULL, NULL, w->node);
		else if (a->kind == AC_ATOM_OBJECT)
			err = put_object(b, to, order[i], &name, w->at, w->node);
		else if (!(err = put_array(b, &name.val, box, a->rule, &name, w->node)) && name.val.n)
			put_pair(to, &name, &name.val);
	}
	return err;
}

/* A box in the order of `src`, which is `node`'s. */
static enum ac_err
object(struct build *b, struct ac_val *out, uint32_t box, const struct ac_val *src, uint32_t node)
{
	uint32_t k, i, max = src->n, n = 0, *order;
	enum ac_err err = AC_ENOMEM;
	struct fields to = { 0 };

	for (k = b->atoms->atom[box].first; k != AC_NONE; k = b->atoms->atom[k].next)
		if (b->shown[k].at) {
			max += b->atoms->atom[k].kind == AC_ATOM_FIELDS ? b->shown[k].at->n : 1;
			n++;
		}
	to.p = ac_arena_get(b->arena, max * sizeof *to.p);
	order = calloc(n + 1, sizeof *order);
	if (!to.p || !order)
		goto out;
	for (i = 0, err = AC_OK; !err && i < src->n; i++)
		err = put_pair_of(b, &to, box, &src->pairs[i], src, node);
	if (err)
		goto out;
	for (n = 0, k = b->atoms->atom[box].first; k != AC_NONE; k = b->atoms->atom[k].next)
		if (b->shown[k].at && !b->done[k])
			order[n++] = k;
	qsort_r(order, n, sizeof *order, by_name, b);
	err = put_missing(b, &to, box, order, n);
	*out = (struct ac_val){ .kind = AC_MAP, .n = to.n, .pairs = to.p };
out:
	free(order);
	return err;
}

enum ac_err
ac_build_body(const struct ac_val **out, struct ac_arena *a, struct ac_atoms *s,
	const struct ac_graph *g, struct ac_shown *shown, uint32_t base)
{
	struct build b = { .arena = a, .atoms = s, .graph = g, .shown = shown };
	struct ac_val *body = ac_arena_get(a, sizeof *body);
	enum ac_err err = AC_ENOMEM;

	b.done = calloc(s->natom, sizeof *b.done);
	if (body && b.done)
		err = object(&b, body, 0, g->nodes[base].body, base);
	if (!err)
		*out = body;
	free(b.done);
	return err;
}
