/* SPDX-License-Identifier: ISC */
/*
 * atoms.h: bodies split into atoms (private to schema/).
 *
 * A body is a tree of boxes (the document, objects and matched items whose
 * elements are atoms of their own) and of leaves (groups of elements, matched
 * items that are one value, and what no item of an array matches). How a body
 * splits depends on that body and the tables of merge.c, with one exception:
 * an element that is not the array or object its rule expects in any one of
 * the bodies is a plain element in all of them.
 *
 * Calling order: _init, _scan of every body, _add of every body by ascending
 * node, _seal; then read; _free.
 */
#ifndef AFTERCARE_ATOMS_H
#define AFTERCARE_ATOMS_H

#include "schema/merge.h"
#include "schema/schema.h"

#define AC_NONE UINT32_MAX

enum ac_atom_kind {
	AC_ATOM_OBJECT, /* box: the document itself (atom 0), or one object of it */
	AC_ATOM_BOX,    /* box: a matched item */
	AC_ATOM_ITEM,   /* leaf: a matched item */
	AC_ATOM_REST,   /* leaf: the items of an array that have no key of their own */
	AC_ATOM_FIELDS  /* leaf: a group of elements, or a single one with its `_` sibling */
};

struct ac_atom {
	enum ac_atom_kind kind;
	uint32_t box;                 /* the box it stands in; 0 for the document */
	uint32_t first, next;         /* a box's atoms; AC_NONE ends */
	const struct ac_merge_rule *rule;   /* of all but FIELDS; NULL: the document */
	const struct ac_merge_group *group; /* FIELDS; NULL: an element by itself */
	const char *name;             /* the array's or object's key, or the base name; no NUL */
	uint32_t nname;
	const char *item;             /* the item's key */
	uint32_t nitem;
	uint64_t hash;
	uint32_t begin, end;          /* its entries */
	uint32_t stamp, count;        /* of the body being split */
};

/* One atom in one body. Equal values have equal numbers. */
struct ac_entry {
	uint32_t atom, node;
	uint32_t value;               /* > 0 */
	uint32_t place;               /* of an item: where it stood in its array */
	const struct ac_val *at;      /* FIELDS: a map of the elements, REST: the items, else the value */
};

struct ac_atoms {
	struct ac_arena arena;
	struct ac_merge rules;
	bool plain[64];               /* by rules.rule: not what the rule expects somewhere */
	struct ac_atom *atom;
	uint32_t natom, atom_cap;
	struct ac_entry *entry;
	size_t nentry, entry_cap;
	uint32_t *atom_slot, *value_slot;
	uint32_t natom_slot, nvalue_slot;
	struct ac_value { uint64_t hash; uint32_t atom; const struct ac_val *at; } *value;
	uint32_t nvalue, value_cap;
};

AC_MUST enum ac_err ac_atoms_init(struct ac_atoms *s, const char *type);
void ac_atoms_free(struct ac_atoms *s);
void ac_atoms_scan(struct ac_atoms *s, const struct ac_val *body);
AC_MUST enum ac_err ac_atoms_add(struct ac_atoms *s, uint32_t node, const struct ac_val *body);
AC_MUST enum ac_err ac_atoms_seal(struct ac_atoms *s);

const struct ac_entry *ac_atoms_entry(const struct ac_atoms *s, uint32_t atom, uint32_t node);
bool ac_atoms_is_box(const struct ac_atom *a);

/* The rule of a key in a box, unless it is plain here. */
const struct ac_merge_rule *ac_atoms_rule(const struct ac_atoms *s, const struct ac_merge_rule *box,
	const struct ac_pair *pair);

/* AC_NONE: no body holds it. The atom of a pair (FIELDS or OBJECT), of an
 * array's item, and of an array's rest. */
AC_MUST enum ac_err ac_atoms_item(struct ac_atoms *s, uint32_t *out, uint32_t box,
	const struct ac_merge_rule *rule, const struct ac_pair *array, const struct ac_val *item);
uint32_t ac_atoms_rest(const struct ac_atoms *s, uint32_t box, const struct ac_pair *array);
uint32_t ac_atoms_object(const struct ac_atoms *s, uint32_t box, const struct ac_pair *pair);
uint32_t ac_atoms_fields(const struct ac_atoms *s, uint32_t box, const struct ac_pair *pair);

/* What an item is matched by, appended to out; nothing where it has no key. */
AC_MUST enum ac_err ac_atoms_key(struct ac_buf *out, const struct ac_merge_rule *rule,
	const struct ac_val *item);

/* The same value: as ac_val_equal, but the order of an object's keys does not
 * matter (up to 128 of them). */
bool ac_atoms_same(const struct ac_val *a, const struct ac_val *b);

/* Order of keys: by name, `_name` right behind its element. */
int ac_atoms_order(const struct ac_pair *a, const struct ac_pair *b);

#endif
