/* SPDX-License-Identifier: ISC */
/* cli/whose.h: whose a document is, where a vault also holds records of another person. */
#ifndef WHOSE_H
#define WHOSE_H

#include "cli.h"

struct whose {
	const struct ac_val *patient; /* the person's Patient; NULL: none */
	const char *ref;              /* its REF, "" where none */
	const char **others; size_t n;/* references of other persons' Patients */
	const char *names;            /* theirs, or, where it is unclear whose record it is, all; "" */
	bool unclear;                 /* several persons, and the vault's name is of none or of several: all counts */
};

enum ac_err whose_read(struct cli *c, struct whose *out) AC_MUST;
bool whose_foreign(const struct whose *w, const struct ac_val *doc);
bool whose_other(const struct whose *w, const char *ref); /* is it another person's Patient? */

#endif
