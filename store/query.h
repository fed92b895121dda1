/* SPDX-License-Identifier: ISC */
/* store/query.h: names into rows, for the files that read and write documents. */
#ifndef AC_STORE_QUERY_H
#define AC_STORE_QUERY_H

#include "store/home.h"

/* REF or its unique beginning: the full REF, and the row. */
AC_MUST enum ac_err ac_query_ref(char out[static AC_REF_MAX], int64_t *doc, struct ac_space *s, const char *ref,
	struct ac_fault *f);
AC_MUST enum ac_err ac_query_ref_of(char out[static AC_REF_MAX], struct ac_space *s, int64_t doc, struct ac_fault *f);
/* The row that a reference in a document leads to: a fullUrl, or exactly that type and id, of the
 * source where it names one (as a URL does), else of `source` (NULL: none in particular), else the
 * first by source. 0: nothing here, or deleted. */
AC_MUST enum ac_err ac_query_named(int64_t *doc, struct ac_space *s, const char *reference, const char *source,
	struct ac_fault *f);
/* A version's beginning in hex, among those of one document. */
AC_MUST enum ac_err ac_query_version(unsigned char vid[static 32], struct ac_space *s, int64_t doc, const char *ref,
	const char *version, struct ac_fault *f);
/* Heads (32 bytes each) as hex joined by '+'. */
AC_MUST enum ac_err ac_query_heads(char **out, struct ac_arena *a, const unsigned char *heads, size_t n);

/* Disputed atoms and proposals of a space. */
AC_MUST enum ac_err ac_query_disputes(uint64_t *out, struct ac_space *s, struct ac_fault *f);

/* show.c: a document's row. */
struct ac_doc_row {
	int64_t doc, flags, conflicts, proposals;
	char ref[AC_REF_MAX];
	const char *type, *id, *source;
	const unsigned char *heads; size_t nheads;
	const struct ac_val *body;  /* NULL: deleted */
	uint64_t time;
	const unsigned char *author;
	uint64_t omitted;           /* AC_DOC_OVERFULL: versions left out */
	const unsigned char *omits; /* who wrote most of them; NULL: none */
};
AC_MUST enum ac_err ac_query_doc(struct ac_doc_row *out, struct ac_arena *a, struct ac_space *s, int64_t doc,
	struct ac_fault *f);
/* A version of a document by its id. */
AC_MUST enum ac_err ac_query_body(struct ac_version *out, struct ac_arena *a, struct ac_space *s, int64_t doc,
	const unsigned char vid[static 32], struct ac_fault *f);
/* Is this version of a document (NULL: any of it) kept unshown because it came after its
 * writer's removal? */
AC_MUST enum ac_err ac_query_late(bool *late, struct ac_space *s, int64_t doc, const unsigned char *vid,
	struct ac_fault *f);

#endif
