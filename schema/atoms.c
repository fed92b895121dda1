/* SPDX-License-Identifier: ISC */
/*
 * Method: one walk of each body. Atoms and values are interned in two hash
 * tables, so that later steps compare numbers. The hashes are no fence: equal
 * hashes are always compared in full.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/atoms.h"

#define SAME_MAX 128u /* keys of an object that are compared in any order */

/* -------------------------------------------------------------- comparing */

static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *c = p;

	while (n--)
		h = (h ^ *c++) * 0x100000001b3u;
	return h;
}

static uint64_t
finish(uint64_t h)
{
	h = (h ^ (h >> 31)) * 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

static uint64_t
hash(const struct ac_val *v)
{
	uint64_t h = 0xcbf29ce484222325u + (uint64_t)v->kind, sum = 0, t;
	uint32_t i;

	switch (v->kind) {
	case AC_NIL:
		break;
	case AC_BOOL:
		h = mix(h, v->b ? "t" : "f", 1);
		break;
	case AC_INT:
	case AC_UINT:
		h = mix(h, &v->u, sizeof v->u);
		break;
	case AC_DEC:
		h = mix(h, &v->dec.mantissa, sizeof v->dec.mantissa);
		h = mix(h, &v->dec.exponent, sizeof v->dec.exponent);
		break;
	case AC_NUM:
	case AC_STR:
		h = mix(h, v->s, v->n);
		break;
	case AC_BIN:
	case AC_LATER:
		h = mix(h, v->bin, v->n);
		break;
	case AC_BLOB:
		h = mix(h, v->blob->hash, sizeof v->blob->hash);
		break;
	case AC_ARR:
		for (i = 0; i < v->n; i++) {
			t = hash(&v->items[i]);
			h = mix(h, &t, sizeof t);
		}
		break;
	case AC_MAP: /* a sum: keys in any order */
		for (i = 0; i < v->n; i++) {
			t = hash(&v->pairs[i].val);
			sum += finish(mix(mix(h, v->pairs[i].key, v->pairs[i].nkey), &t, sizeof t));
		}
		h = mix(h, &sum, sizeof sum);
		break;
	}
	return finish(h);
}

static bool
same_key(const struct ac_pair *a, const struct ac_pair *b)
{
	return a->nkey == b->nkey && !memcmp(a->key, b->key, a->nkey);
}

static const struct ac_val *
pair_like(const struct ac_val *map, const struct ac_pair *p, uint32_t hint)
{
	uint32_t i;

	if (same_key(&map->pairs[hint], p))
		return &map->pairs[hint].val;
	if (map->n > SAME_MAX)
		return NULL;
	for (i = 0; i < map->n; i++)
		if (same_key(&map->pairs[i], p))
			return &map->pairs[i].val;
	return NULL;
}

bool
ac_atoms_same(const struct ac_val *a, const struct ac_val *b)
{
	const struct ac_val *v;
	uint32_t i;

	if (a == b)
		return true;
	if (a->kind != b->kind || (a->kind != AC_ARR && a->kind != AC_MAP))
		return ac_val_equal(a, b);
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		v = a->kind == AC_ARR ? &b->items[i] : pair_like(b, &a->pairs[i], i);
		if (!v || !ac_atoms_same(a->kind == AC_ARR ? &a->items[i] : &a->pairs[i].val, v))
			return false;
	}
	return true;
}

int
ac_atoms_order(const struct ac_pair *a, const struct ac_pair *b)
{
	uint32_t ua = a->nkey > 1 && a->key[0] == '_', ub = b->nkey > 1 && b->key[0] == '_';
	uint32_t na = a->nkey - ua, nb = b->nkey - ub;
	int c = memcmp(a->key + ua, b->key + ub, na < nb ? na : nb);

	if (c)
		return c;
	if (na != nb)
		return na < nb ? -1 : 1;
	return (int)ua - (int)ub;
}

/* -------------------------------------------------------------- interning */

/* Makes room for one more element; the old array stays in the arena. */
static void *
grow(struct ac_arena *a, void *p, size_t n, size_t cap, size_t size, size_t *newcap)
{
	void *q;

	if (n < cap)
		return p;
	*newcap = cap ? cap * 2 : 64;
	if (*newcap > UINT32_MAX / 2 || !(q = ac_arena_get(a, *newcap * size)))
		return NULL;
	if (n)
		memcpy(q, p, n * size);
	return q;
}

static uint64_t
atom_hash(uint32_t box, enum ac_atom_kind kind, const char *name, uint32_t nname,
	const char *item, uint32_t nitem)
{
	uint64_t h = mix(0xcbf29ce484222325u, &box, sizeof box);
	uint32_t k = kind;

	h = mix(mix(h, &k, sizeof k), name, nname);
	return finish(mix(mix(h, "", 1), item, nitem));
}

static uint32_t
find_atom(const struct ac_atoms *s, uint64_t h, uint32_t box, enum ac_atom_kind kind,
	const char *name, uint32_t nname, const char *item, uint32_t nitem)
{
	const struct ac_atom *a;
	uint32_t i;

	if (!s->natom_slot)
		return AC_NONE;
	for (i = (uint32_t)h & (s->natom_slot - 1); s->atom_slot[i];
	     i = (i + 1) & (s->natom_slot - 1)) {
		a = &s->atom[s->atom_slot[i] - 1];
		if (a->hash == h && a->box == box && a->kind == kind && a->nname == nname
		    && a->nitem == nitem && !memcmp(a->name, name, nname)
		    && (!nitem || !memcmp(a->item, item, nitem)))
			return s->atom_slot[i] - 1;
	}
	return AC_NONE;
}

static enum ac_err
room_atom(struct ac_atoms *s)
{
	uint32_t n = s->natom_slot ? s->natom_slot * 2 : 256, i, k, *slot;
	size_t cap = s->atom_cap;
	void *p = grow(&s->arena, s->atom, s->natom, cap, sizeof *s->atom, &cap);

	if (!p)
		return AC_ENOMEM;
	s->atom = p;
	s->atom_cap = (uint32_t)cap;
	if ((uint64_t)s->natom * 2 < s->natom_slot)
		return AC_OK;
	if (!(slot = ac_arena_get(&s->arena, n * sizeof *slot)))
		return AC_ENOMEM;
	for (k = 0; k < s->natom; k++) {
		for (i = (uint32_t)s->atom[k].hash & (n - 1); slot[i]; i = (i + 1) & (n - 1))
			;
		slot[i] = k + 1;
	}
	s->atom_slot = slot;
	s->natom_slot = n;
	return AC_OK;
}

/* The number of an atom, made where it is new. `item` is copied. */
static enum ac_err
intern_atom(struct ac_atoms *s, uint32_t *out, const struct ac_atom *like)
{
	uint64_t h = atom_hash(like->box, like->kind, like->name, like->nname, like->item, like->nitem);
	enum ac_err err;
	struct ac_atom *a;
	uint32_t i;

	*out = find_atom(s, h, like->box, like->kind, like->name, like->nname, like->item, like->nitem);
	if (*out != AC_NONE)
		return AC_OK;
	if ((err = room_atom(s)))
		return err;
	a = &s->atom[s->natom];
	*a = *like;
	a->hash = h;
	a->first = AC_NONE;
	a->next = AC_NONE;
	if (like->nitem && !(a->item = ac_arena_text(&s->arena, like->item, like->nitem)))
		return AC_ENOMEM;
	for (i = (uint32_t)h & (s->natom_slot - 1); s->atom_slot[i]; i = (i + 1) & (s->natom_slot - 1))
		;
	s->atom_slot[i] = s->natom + 1;
	if (s->natom) { /* the document stands in no box */
		a->next = s->atom[a->box].first;
		s->atom[a->box].first = s->natom;
	}
	*out = s->natom++;
	return AC_OK;
}

static enum ac_err
room_value(struct ac_atoms *s)
{
	uint32_t n = s->nvalue_slot ? s->nvalue_slot * 2 : 1024, i, k, *slot;
	size_t cap = s->value_cap;
	void *p = grow(&s->arena, s->value, s->nvalue, cap, sizeof *s->value, &cap);

	if (!p)
		return AC_ENOMEM;
	s->value = p;
	s->value_cap = (uint32_t)cap;
	if ((uint64_t)s->nvalue * 2 < s->nvalue_slot)
		return AC_OK;
	if (!(slot = ac_arena_get(&s->arena, n * sizeof *slot)))
		return AC_ENOMEM;
	for (k = 0; k < s->nvalue; k++) {
		for (i = (uint32_t)s->value[k].hash & (n - 1); slot[i]; i = (i + 1) & (n - 1))
			;
		slot[i] = k + 1;
	}
	s->value_slot = slot;
	s->nvalue_slot = n;
	return AC_OK;
}

/* The number (> 0) of a value; *at becomes the first one with the same bytes. */
static enum ac_err
intern_value(struct ac_atoms *s, uint32_t *out, uint32_t atom, const struct ac_val **at)
{
	uint64_t h = finish(hash(*at) ^ ((uint64_t)atom << 32 | atom));
	enum ac_err err;
	uint32_t i, k;

	if ((err = room_value(s)))
		return err;
	for (i = (uint32_t)h & (s->nvalue_slot - 1); (k = s->value_slot[i]);
	     i = (i + 1) & (s->nvalue_slot - 1))
		if (s->value[k - 1].hash == h && s->value[k - 1].atom == atom
		    && ac_atoms_same(s->value[k - 1].at, *at))
			break;
	if (!k) {
		s->value[s->nvalue] = (struct ac_value){ h, atom, *at };
		k = s->value_slot[i] = ++s->nvalue;
	} else if (ac_val_equal(s->value[k - 1].at, *at)) {
		*at = s->value[k - 1].at;
	}
	*out = k;
	return AC_OK;
}

static enum ac_err
add_entry(struct ac_atoms *s, uint32_t atom, uint32_t node, uint32_t place, const struct ac_val *at)
{
	size_t cap = s->entry_cap;
	struct ac_entry *e = grow(&s->arena, s->entry, s->nentry, cap, sizeof *e, &cap);
	enum ac_err err;
	uint32_t value = 1;

	if (!e)
		return AC_ENOMEM;
	s->entry = e;
	s->entry_cap = cap;
	/* a box is there or not; what is in it are atoms of their own */
	if (!ac_atoms_is_box(&s->atom[atom]) && (err = intern_value(s, &value, atom, &at)))
		return err;
	e[s->nentry++] = (struct ac_entry){ atom, node, value, place, at };
	return AC_OK;
}

/* -------------------------------------------------------------- item keys */

static const struct ac_val *
down(const struct ac_val *v, const char *path)
{
	char name[32];
	size_t n;

	while (v && *path) {
		n = strcspn(path, ".");
		if (n >= sizeof name)
			return NULL;
		memcpy(name, path, n);
		name[n] = 0;
		v = ac_val_get(v, name);
		path += n + (path[n] == '.');
	}
	return v;
}

static const struct ac_val *
text(const struct ac_val *map, const char *key)
{
	const struct ac_val *v = ac_val_get(map, key);

	return v && v->kind == AC_STR && v->n ? v : NULL;
}

/* kind, length of the first part, both parts: no two keys run together */
static enum ac_err
put_key(struct ac_buf *out, char kind, const struct ac_val *a, const struct ac_val *b)
{
	uint32_t na = a ? a->n : 0;
	enum ac_err err = ac_buf_addf(out, "%c%u:", kind, na);

	if (!err && a)
		err = ac_buf_add(out, a->s, a->n);
	if (!err)
		err = ac_buf_add(out, b->s, b->n);
	return err;
}

static enum ac_err
code_key(struct ac_buf *out, const struct ac_val *v)
{
	const struct ac_val *codings = ac_val_get(v, "coding"), *code;
	uint32_t i;

	if (v && v->kind == AC_STR)
		return v->n ? put_key(out, 'c', NULL, v) : AC_OK;
	if ((code = text(v, "code")))
		return put_key(out, 'c', text(v, "system"), code);
	for (i = 0; codings && codings->kind == AC_ARR && i < codings->n; i++)
		if ((code = text(&codings->items[i], "code")))
			return put_key(out, 'c', text(&codings->items[i], "system"), code);
	return AC_OK;
}

static enum ac_err
ident_key(struct ac_buf *out, const struct ac_val *v)
{
	const struct ac_val *value = text(v, "value");

	return value ? put_key(out, 'n', text(v, "system"), value) : AC_OK;
}

enum ac_err
ac_atoms_key(struct ac_buf *out, const struct ac_merge_rule *rule, const struct ac_val *item)
{
	const struct ac_val *v = text(item, "id");

	if (v)
		return put_key(out, 'i', NULL, v);
	v = down(item, rule->at);
	switch (rule->key) {
	case AC_KEY_ID:
		return AC_OK;
	case AC_KEY_IDENT:
		return ident_key(out, v);
	case AC_KEY_CODE:
		return code_key(out, v);
	case AC_KEY_REF:
		if (text(v, "reference"))
			return put_key(out, 'r', NULL, text(v, "reference"));
		return ident_key(out, ac_val_get(v, "identifier"));
	}
	return AC_OK;
}

/* --------------------------------------------------------------- splitting */

bool
ac_atoms_is_box(const struct ac_atom *a)
{
	return a->kind == AC_ATOM_OBJECT || a->kind == AC_ATOM_BOX;
}

static uint32_t
rule_number(const struct ac_atoms *s, const struct ac_merge_rule *rule)
{
	uint32_t i = 0;

	while (s->rules.rule[i] != rule)
		i++;
	return i;
}

/* An object, or an array of objects; an array of primitives goes with its `_`
 * sibling and is no business of a rule. */
static bool
fits(const struct ac_merge_rule *rule, const struct ac_val *v)
{
	uint32_t i;

	if (rule->shape == AC_SHAPE_OBJECT)
		return v->kind == AC_MAP;
	for (i = 0; v->kind == AC_ARR && i < v->n; i++)
		if (v->items[i].kind != AC_MAP)
			return false;
	return v->kind == AC_ARR;
}

const struct ac_merge_rule *
ac_atoms_rule(const struct ac_atoms *s, const struct ac_merge_rule *box, const struct ac_pair *pair)
{
	const struct ac_merge_rule *rule = ac_merge_rule(&s->rules, box, pair->key, pair->nkey);

	return rule && !s->plain[rule_number(s, rule)] ? rule : NULL;
}

static void
scan(struct ac_atoms *s, const struct ac_merge_rule *box, const struct ac_val *obj)
{
	const struct ac_merge_rule *rule;
	const struct ac_val *v;
	uint32_t i, k;

	if (obj->kind != AC_MAP)
		return;
	for (i = 0; i < obj->n; i++) {
		v = &obj->pairs[i].val;
		if (!(rule = ac_merge_rule(&s->rules, box, obj->pairs[i].key, obj->pairs[i].nkey)))
			continue;
		if (!fits(rule, v))
			s->plain[rule_number(s, rule)] = true;
		else if (rule->shape == AC_SHAPE_OBJECT)
			scan(s, rule, v);
		else if (rule->shape == AC_SHAPE_BOXES)
			for (k = 0; k < v->n; k++)
				scan(s, rule, &v->items[k]);
	}
}

void
ac_atoms_scan(struct ac_atoms *s, const struct ac_val *body)
{
	if (body)
		scan(s, NULL, body);
}

enum ac_err
ac_atoms_init(struct ac_atoms *s, const char *type)
{
	struct ac_atom root = { .kind = AC_ATOM_OBJECT, .name = "", .item = "" };
	uint32_t atom;

	memset(s, 0, sizeof *s);
	s->arena.max = SIZE_MAX / 2;
	ac_merge_for(&s->rules, type);
	return intern_atom(s, &atom, &root);
}

void
ac_atoms_free(struct ac_atoms *s)
{
	ac_arena_free(&s->arena);
}

static struct ac_atom
fields_like(const struct ac_atoms *s, uint32_t box, const struct ac_pair *pair)
{
	struct ac_atom a = { .kind = AC_ATOM_FIELDS, .box = box, .item = "" };

	a.name = ac_merge_base(pair->key, pair->nkey, &a.nname);
	a.group = ac_merge_group(&s->rules, s->atom[box].rule, a.name, a.nname);
	if (a.group) { /* a name that no other group or element of the box has */
		a.name = a.group->names;
		a.nname = (uint32_t)strlen(a.name);
	}
	return a;
}

static struct ac_atom
named_like(uint32_t box, enum ac_atom_kind kind, const struct ac_merge_rule *rule,
	const struct ac_pair *pair)
{
	return (struct ac_atom){ .kind = kind, .box = box, .rule = rule, .name = pair->key,
		.nname = pair->nkey, .item = "" };
}

static enum ac_err split(struct ac_atoms *s, uint32_t box, uint32_t node, const struct ac_val *obj);

/* The elements of one atom as a map, sorted, so that equal is equal. */
static enum ac_err
add_fields(struct ac_atoms *s, uint32_t node, const struct ac_val *obj, const uint32_t *of,
	uint32_t from)
{
	uint32_t atom = of[from], i, k, n = s->atom[atom].count;
	struct ac_pair *pairs = ac_arena_get(&s->arena, n * sizeof *pairs);
	struct ac_val *map = ac_arena_get(&s->arena, sizeof *map);

	if (!pairs || !map)
		return AC_ENOMEM;
	*map = (struct ac_val){ .kind = AC_MAP, .n = n, .pairs = pairs };
	for (i = from, n = 0; n < map->n; i++) {
		if (of[i] != atom)
			continue;
		for (k = n++; k > 0 && ac_atoms_order(&pairs[k - 1], &obj->pairs[i]) > 0; k--)
			pairs[k] = pairs[k - 1];
		pairs[k] = obj->pairs[i];
	}
	return add_entry(s, atom, node, 0, map);
}

static enum ac_err
add_rest(struct ac_atoms *s, uint32_t box, const struct ac_merge_rule *rule, uint32_t node,
	const struct ac_pair *array, const uint32_t *of, uint32_t n)
{
	struct ac_atom like = named_like(box, AC_ATOM_REST, rule, array);
	struct ac_val *rest = ac_arena_get(&s->arena, sizeof *rest), *items;
	uint32_t i, k, atom, place = AC_NONE;
	enum ac_err err;

	if (!rest || !(items = ac_arena_get(&s->arena, n * sizeof *items)))
		return AC_ENOMEM;
	for (i = k = 0; i < array->val.n; i++)
		if (of[i] == AC_NONE) {
			place = k ? place : i;
			items[k++] = array->val.items[i];
		}
	*rest = (struct ac_val){ .kind = AC_ARR, .n = n, .items = items };
	if ((err = intern_atom(s, &atom, &like)))
		return err;
	return add_entry(s, atom, node, place, rest);
}

/* The atom that an item's key names, counted for this node. */
static enum ac_err
key_item(struct ac_atoms *s, uint32_t *out, uint32_t box, const struct ac_merge_rule *rule,
	uint32_t node, const struct ac_pair *array, const struct ac_val *item, struct ac_buf *key)
{
	struct ac_atom like = named_like(box, rule->shape == AC_SHAPE_BOXES ? AC_ATOM_BOX
		: AC_ATOM_ITEM, rule, array), *a;
	enum ac_err err;

	*out = AC_NONE;
	ac_buf_reset(key);
	if (item->kind != AC_MAP)
		return AC_OK;
	if ((err = ac_atoms_key(key, rule, item)) || !key->len)
		return err;
	like.item = (const char *)key->p;
	like.nitem = (uint32_t)key->len;
	if ((err = intern_atom(s, out, &like)))
		return err;
	a = &s->atom[*out];
	a->count = a->stamp == node + 1 ? a->count + 1 : 1;
	a->stamp = node + 1;
	return AC_OK;
}

static enum ac_err
split_array(struct ac_atoms *s, uint32_t box, const struct ac_merge_rule *rule, uint32_t node,
	const struct ac_pair *array)
{
	uint32_t n = array->val.n, i, rest = 0, *of = calloc(n ? n : 1, sizeof *of);
	struct ac_buf key = { 0 };
	enum ac_err err = of ? AC_OK : AC_ENOMEM;

	for (i = 0; !err && i < n; i++)
		err = key_item(s, &of[i], box, rule, node, array, &array->val.items[i], &key);
	for (i = 0; !err && i < n; i++) {
		/* a key that two items have matches neither */
		if (of[i] != AC_NONE && s->atom[of[i]].count > 1)
			of[i] = AC_NONE;
		if (of[i] == AC_NONE)
			rest++;
		else if (!(err = add_entry(s, of[i], node, i, &array->val.items[i]))
		         && rule->shape == AC_SHAPE_BOXES)
			err = split(s, of[i], node, &array->val.items[i]);
	}
	if (!err && rest)
		err = add_rest(s, box, rule, node, array, of, rest);
	ac_buf_free(&key);
	free(of);
	return err;
}

static enum ac_err
split_object(struct ac_atoms *s, uint32_t box, const struct ac_merge_rule *rule, uint32_t node,
	const struct ac_pair *pair)
{
	struct ac_atom like = named_like(box, AC_ATOM_OBJECT, rule, pair);
	enum ac_err err;
	uint32_t atom;

	if ((err = intern_atom(s, &atom, &like)) || (err = add_entry(s, atom, node, 0, &pair->val)))
		return err;
	return split(s, atom, node, &pair->val);
}

/* Marks which FIELDS atom each pair is of; AC_NONE where a rule takes it. */
static enum ac_err
mark_fields(struct ac_atoms *s, uint32_t box, uint32_t node, const struct ac_val *obj, uint32_t *of)
{
	struct ac_atom like, *a;
	enum ac_err err;
	uint32_t i;

	for (i = 0; i < obj->n; i++) {
		of[i] = AC_NONE;
		if (ac_atoms_rule(s, s->atom[box].rule, &obj->pairs[i]))
			continue;
		like = fields_like(s, box, &obj->pairs[i]);
		if ((err = intern_atom(s, &of[i], &like)))
			return err;
		a = &s->atom[of[i]];
		a->count = a->stamp == node + 1 ? a->count + 1 : 1;
		a->stamp = node + 1;
	}
	return AC_OK;
}

static enum ac_err
split(struct ac_atoms *s, uint32_t box, uint32_t node, const struct ac_val *obj)
{
	uint32_t n = obj->n, i, *of = calloc(n ? n : 1, sizeof *of);
	const struct ac_merge_rule *rule;
	enum ac_err err = of ? mark_fields(s, box, node, obj, of) : AC_ENOMEM;

	for (i = 0; !err && i < n; i++) {
		if (of[i] != AC_NONE) {
			if (s->atom[of[i]].stamp == node + 1) {
				err = add_fields(s, node, obj, of, i);
				s->atom[of[i]].stamp = 0; /* added */
			}
			continue;
		}
		rule = ac_atoms_rule(s, s->atom[box].rule, &obj->pairs[i]);
		err = rule->shape == AC_SHAPE_OBJECT ? split_object(s, box, rule, node, &obj->pairs[i])
			: split_array(s, box, rule, node, &obj->pairs[i]);
	}
	free(of);
	return err;
}

enum ac_err
ac_atoms_add(struct ac_atoms *s, uint32_t node, const struct ac_val *body)
{
	enum ac_err err;

	if (!body)
		return AC_OK;
	if ((err = add_entry(s, 0, node, 0, body)))
		return err;
	return split(s, 0, node, body);
}

/* Entries by atom, then node: a counting sort, which keeps the order of nodes. */
enum ac_err
ac_atoms_seal(struct ac_atoms *s)
{
	struct ac_entry *sorted = ac_arena_get(&s->arena, (s->nentry + 1) * sizeof *sorted);
	uint32_t a, at = 0;
	size_t i;

	if (!sorted || s->nentry > UINT32_MAX)
		return AC_ENOMEM;
	for (i = 0; i < s->nentry; i++)
		s->atom[s->entry[i].atom].end++;
	for (a = 0; a < s->natom; a++) {
		s->atom[a].begin = at;
		at += s->atom[a].end;
		s->atom[a].end = s->atom[a].begin;
	}
	for (i = 0; i < s->nentry; i++)
		sorted[s->atom[s->entry[i].atom].end++] = s->entry[i];
	s->entry = sorted;
	return AC_OK;
}

/* ----------------------------------------------------------------- reading */

const struct ac_entry *
ac_atoms_entry(const struct ac_atoms *s, uint32_t atom, uint32_t node)
{
	uint32_t lo, hi, mid;

	if (atom == AC_NONE)
		return NULL;
	for (lo = s->atom[atom].begin, hi = s->atom[atom].end; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (s->entry[mid].node < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->atom[atom].end && s->entry[lo].node == node ? &s->entry[lo] : NULL;
}

static uint32_t
find_like(const struct ac_atoms *s, const struct ac_atom *a)
{
	return find_atom(s, atom_hash(a->box, a->kind, a->name, a->nname, a->item, a->nitem),
		a->box, a->kind, a->name, a->nname, a->item, a->nitem);
}

enum ac_err
ac_atoms_item(struct ac_atoms *s, uint32_t *out, uint32_t box, const struct ac_merge_rule *rule,
	const struct ac_pair *array, const struct ac_val *item)
{
	struct ac_atom like = named_like(box, rule->shape == AC_SHAPE_BOXES ? AC_ATOM_BOX
		: AC_ATOM_ITEM, rule, array);
	struct ac_buf key = { 0 };
	enum ac_err err = item->kind == AC_MAP ? ac_atoms_key(&key, rule, item) : AC_OK;

	like.item = (const char *)key.p;
	like.nitem = (uint32_t)key.len;
	if (!err)
		*out = key.len ? find_like(s, &like) : AC_NONE;
	ac_buf_free(&key);
	return err;
}

uint32_t
ac_atoms_rest(const struct ac_atoms *s, uint32_t box, const struct ac_pair *array)
{
	struct ac_atom like = named_like(box, AC_ATOM_REST, NULL, array);

	return find_like(s, &like);
}

uint32_t
ac_atoms_object(const struct ac_atoms *s, uint32_t box, const struct ac_pair *pair)
{
	struct ac_atom like = named_like(box, AC_ATOM_OBJECT, NULL, pair);

	return find_like(s, &like);
}

uint32_t
ac_atoms_fields(const struct ac_atoms *s, uint32_t box, const struct ac_pair *pair)
{
	struct ac_atom like = fields_like(s, box, pair);

	return find_like(s, &like);
}
