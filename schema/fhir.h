/* SPDX-License-Identifier: ISC */
/*
 * schema/fhir.h: what FHIR R4 (4.0.1) says a type is made of. Private to this
 * room.
 *
 * The tables (schema/r4.c, readable in schema/r4.tsv) are constant data without
 * pointers: names are offsets into one string, so nothing is done at start-up.
 * A *frame* is a type, or an element that has elements of its own
 * ("Observation.component"); a frame has its base's elements too.
 */
#ifndef AC_FHIR_H
#define AC_FHIR_H

#include "schema/schema.h"

enum ac_r4_kind { /* in the order of tests/tools/make_r4.py */
	AC_R4_RESOURCE, AC_R4_ABSTRACT, AC_R4_COMPLEX, AC_R4_BACKBONE,
	AC_R4_BASE64, AC_R4_BOOLEAN, AC_R4_CANONICAL, AC_R4_CODE, AC_R4_DATE, AC_R4_DATETIME,
	AC_R4_DECIMAL, AC_R4_ID, AC_R4_INSTANT, AC_R4_INTEGER, AC_R4_MARKDOWN, AC_R4_OID,
	AC_R4_POSITIVE, AC_R4_STRING, AC_R4_TIME, AC_R4_UNSIGNED, AC_R4_URI, AC_R4_URL,
	AC_R4_UUID, AC_R4_XHTML
};

enum {
	AC_R4_MIN = 1,     /* at least one */
	AC_R4_MANY = 2,    /* any number: an array in JSON */
	AC_R4_CHOICE = 4,  /* name[x]: the type is part of the property's name */
	AC_R4_BARE = 8,    /* no _name beside it */
	AC_R4_NONE = 0xffff
};

struct ac_r4_frame { uint16_t name, base, elem; uint8_t nelems, kind; };
struct ac_r4_elem { uint16_t name; uint8_t flags, ntypes; uint16_t types, set; };
struct ac_r4_set { uint16_t system, member, n; };

extern const char ac_r4_names[];
extern const uint16_t ac_r4_nframes;
extern const struct ac_r4_frame ac_r4_frames[]; /* by name */
extern const struct ac_r4_elem ac_r4_elems[];   /* of each frame, by name */
extern const uint16_t ac_r4_types[];            /* frame numbers */
extern const char ac_r4_codes[];
extern const struct ac_r4_set ac_r4_sets[];     /* 0: none */
extern const uint16_t ac_r4_members[];          /* of each set, by code */

/* One JSON property of a frame. */
struct ac_fhir_hit {
	const struct ac_r4_elem *elem;
	const struct ac_r4_frame *type;
	bool under; /* the property was _name: id and extensions of a primitive */
};

const struct ac_r4_frame *ac_fhir_frame(const char *path);    /* NULL: none */
const struct ac_r4_frame *ac_fhir_base(const struct ac_r4_frame *f);
const char *ac_fhir_name(const struct ac_r4_frame *f);
bool ac_fhir_primitive(const struct ac_r4_frame *f);

/* The element behind a property name ("valueQuantity", "_birthDate"). `type` is
 * never a Resource's own: for contained it is the abstract "Resource". */
bool ac_fhir_find(struct ac_fhir_hit *out, const struct ac_r4_frame *f, const char *key, size_t nkey);

const char *ac_fhir_elem_name(const struct ac_r4_elem *e);    /* a choice's without [x] */
const struct ac_r4_frame *ac_fhir_elem_type(const struct ac_r4_elem *e, size_t i);

/* Is the code in a required set? `system` is the set's, for messages and Codings. */
bool ac_fhir_set_has(uint16_t set, const char *code);
const char *ac_fhir_set_system(uint16_t set);

/* The FHIR type at a PATH of a document ("valueQuantity.value" of Observation is
 * "decimal"); elements with elements of their own are "BackboneElement" or
 * "Element". NULL: unknown. */
const char *ac_fhir_path_type(const char *type, const char *path);

#endif
