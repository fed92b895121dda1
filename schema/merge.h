/* SPDX-License-Identifier: ISC */
/*
 * merge.h: the tables of merge edition 1 (private to schema/).
 *
 * Which elements belong together, which arrays match item by item, which
 * spellings are one choice, what is safety-critical. Every device must split
 * every body alike for ever, so nothing here may change without a new edition;
 * for the same reason it does not use the tables of FHIR's definitions.
 */
#ifndef AFTERCARE_MERGE_H
#define AFTERCARE_MERGE_H

#include "schema/schema.h"

enum ac_shape {
	AC_SHAPE_OBJECT, /* one object; its elements are atoms */
	AC_SHAPE_ITEMS,  /* array; each matched item is an atom */
	AC_SHAPE_BOXES   /* array; each matched item is an object whose elements are atoms */
};

enum ac_key {
	AC_KEY_ID,   /* by element id alone */
	AC_KEY_IDENT,/* by id, else by Identifier: system and value */
	AC_KEY_CODE, /* by id, else by code, Coding or CodeableConcept: first system and code */
	AC_KEY_REF   /* by id, else by Reference: reference, else identifier */
};

/* How elements `names` (a list) of the object at path `in` of the `types` are
 * split. `at`: where in an item its key is, "" for the item itself. `path`: of
 * a shape with elements, where they stand. `again`: the same name inside an
 * item is the same rule (questionnaire items in items). */
struct ac_merge_rule {
	const char *types, *in, *names;
	enum ac_shape shape;
	enum ac_key key;
	const char *at, *path;
	bool again;
};

/* Elements that are one atom. `critical`: "*" always safety-critical; a list:
 * when one of these differs; NULL: only by entered-in-error. `silent`: a
 * server's bookkeeping, never in dispute: the latest is shown. `plain`: a side
 * that holds one element shows its value and not a map. */
struct ac_merge_group {
	const char *types, *in, *names, *critical;
	bool silent, plain;
};

/* The rows of one resource type. */
struct ac_merge {
	const struct ac_merge_rule *rule[64];
	const struct ac_merge_group *group[16];
	uint64_t rule_bits[64], group_bits[16]; /* of their names */
	uint32_t nrule, ngroup;
	bool known;
};

void ac_merge_for(struct ac_merge *r, const char *type);

/* The rule for a key of the object that `box` describes (NULL: the resource);
 * NULL: none, the element is an atom by itself or with its group. */
const struct ac_merge_rule *ac_merge_rule(const struct ac_merge *r, const struct ac_merge_rule *box,
	const char *key, uint32_t nkey);

/* What a key is called whatever its spelling: "_birthDate" is "birthDate",
 * "valueString" is "value[x]". Static, or a part of the key. */
const char *ac_merge_base(const char *key, uint32_t nkey, uint32_t *nbase);

/* The group that a base name belongs to, or NULL. */
const struct ac_merge_group *ac_merge_group(const struct ac_merge *r, const struct ac_merge_rule *box,
	const char *base, uint32_t nbase);

/* Walks a list of names; false at its end. */
bool ac_merge_next(const char **list, const char **name, uint32_t *n);

/* Whether these values of one atom of the resource's own elements, each a map
 * of its elements or NULL, make a safety-critical difference. */
bool ac_merge_critical(const struct ac_merge_group *g, const struct ac_val *const *maps, uint32_t n);

#endif
