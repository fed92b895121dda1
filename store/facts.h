/* SPDX-License-Identifier: ISC */
/*
 * store/facts.h: what the index keeps of a body. All of it is a function of the
 * body alone, so it may be computed ahead, and on another thread.
 */
#ifndef AC_STORE_FACTS_H
#define AC_STORE_FACTS_H

#include "schema/schema.h"

/* A zeroed struct is empty. It may be filled again and again. */
struct ac_facts {
	struct ac_buf bytes;      /* canonical msgpack */
	int64_t weight;           /* store/docs_limit.h */
	const char *type, *id;    /* that it says, in it; NULL: none */
	uint64_t updated;         /* its meta.lastUpdated as a clock, the time of an import of it; 0: none */
	struct ac_buf words;      /* for full text, codes as words among them; NUL-ended */
	const char *date, *title; /* in the arena */
	size_t errors, issues;    /* of validation: errors; errors and warnings */
	bool holds;               /* there are attachments in it */
	bool whole;               /* all of it, not only the bytes */
};

/* The bytes, and what the body says of itself. AC_ELIMIT: too large for one document. */
AC_MUST enum ac_err ac_facts_bytes(struct ac_facts *out, const struct ac_val *body);
/* Whatever else; findings of validation go to each, which may be NULL. */
AC_MUST enum ac_err ac_facts_rest(struct ac_facts *out, struct ac_arena *a, const struct ac_val *body,
	void (*each)(void *ctx, const struct ac_issue *issue), void *ctx);
/* Its meta.lastUpdated as a clock; 0: none. A body that is NULL says nothing. */
uint64_t ac_facts_updated(const struct ac_val *body);
void ac_facts_free(struct ac_facts *f);

/* A word that full text has of documents with that code, of that system or (NULL) of any.
 * No text has it: it begins with a character for private use. */
#define AC_FACTS_CODE 20 /* with its NUL */
void ac_facts_code(char out[static AC_FACTS_CODE], const char *system, const char *code);

#endif
