/* SPDX-License-Identifier: ISC */
/*
 * store/docs_limit.h: how much of one document is put together. Without a bound a member
 * could write a document of a few sealed bytes that needs more memory than the others'
 * devices have, or names that no buffer holds. The numbers are in schema/FORMAT.md, "Overfull documents".
 */
#ifndef AC_STORE_DOCS_LIMIT_H
#define AC_STORE_DOCS_LIMIT_H

#include "store/entry.h"
#include "store/facts.h"

/* What is known of a version before its body is read. */
struct ac_docs_cand {
	unsigned char vid[32], author[8], branch[16];
	bool guest, named;   /* named: by its author; else an import */
	bool out;            /* left out */
	uint64_t time;
	int64_t weight, chain;
	uint32_t seq, n;
};

/* What the versions of one document may weigh together. */
int64_t ac_docs_limit(void);
/* What a body may weigh by itself: more is no version, to whoever writes or reads it. */
int64_t ac_docs_limit_one(void);
/* What a body weighs, and a version with or without one. */
int64_t ac_docs_limit_body(const struct ac_val *v);
int64_t ac_docs_limit_version(const struct ac_version *v);
/* Is it of a size that a version may have, its key and body? */
bool ac_docs_limit_may(const struct ac_version *v);

/* Marks what is left out so that the rest is within the limit; one version stays whatever
 * it weighs. Depends on the set alone. AC_ENOMEM. */
AC_MUST enum ac_err ac_docs_limit_cut(struct ac_docs_cand *c, size_t n);
/* Of what is left and still too wide, whose versions begin the most branches: all of that
 * author's are marked; of a single author all but the newest. nodes: parallel to c,
 * linked. *any: false where there is nothing to leave out. AC_ENOMEM. */
AC_MUST enum ac_err ac_docs_limit_widest(bool *any, struct ac_docs_cand *c, const struct ac_node *nodes, uint32_t n);

#endif
