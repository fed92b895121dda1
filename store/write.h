/* SPDX-License-Identifier: ISC */
/* store/write.h: what set and resolve share, and what undo takes back. */
#ifndef AC_STORE_WRITE_H
#define AC_STORE_WRITE_H

#include "store/query.h"

/* One PATH=VALUE, PATH:=JSON or PATH= over a body. */
AC_MUST enum ac_err ac_write_set(const struct ac_val **body, struct ac_arena *a, const char *set, struct ac_fault *f);
/* A validation error that `was` (NULL: nothing) did not have is refused without AC_FORCE;
 * fills out->flagged and out->issue. */
AC_MUST enum ac_err ac_write_validate(struct ac_wrote *out, const struct ac_val *was, const struct ac_val *body,
	int flags, struct ac_fault *f);

/* A document as a whole: a new one (ref NULL), or what stands in the place of one now. */
struct ac_write_doc {
	const char *ref;
	const struct ac_val *body;    /* a new one has its id */
	struct ac_wrote wrote;        /* out */
};
/* All of them or none, in one step; valid, or AC_EREFUSED. */
AC_MUST enum ac_err ac_write_docs(struct ac_write_doc *docs, size_t n, struct ac_space *s, struct ac_fault *f);
void ac_write_uuid(char out[static 37]);

/* undo.c: the versions of this device's last step that were not taken back, as the chain has
 * them. AC_ENOTFOUND: none is left; AC_EREFUSED: it is an import. */
struct ac_undo_doc { int64_t doc; unsigned char vid[32]; };
AC_MUST enum ac_err ac_undo_find(const struct ac_undo_doc **out, size_t *n, struct ac_arena *a, struct ac_space *s,
	struct ac_fault *f);
/* What stood in a document before a version of these parents; NULL: nothing. AC_EREFUSED:
 * it was in dispute. */
AC_MUST enum ac_err ac_undo_before(const struct ac_val **body, struct ac_arena *a, struct ac_space *s,
	const struct ac_doc_row *r, const struct ac_val *parents, struct ac_fault *f);
/* The document as it stands, but for what a write changed: `left` is what it left behind,
 * `before` what stood before it; NULL: deleted. AC_EREFUSED: somebody has changed the same
 * since. */
AC_MUST enum ac_err ac_undo_without(const struct ac_val **body, struct ac_arena *a, const struct ac_doc_row *r,
	const struct ac_val *left, const struct ac_val *before, struct ac_fault *f);

#endif
