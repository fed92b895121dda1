/* SPDX-License-Identifier: ISC */
/* cli/handoff.h, private to handoff*.c: a record on its way to somebody without this program. */
#ifndef HANDOFF_H
#define HANDOFF_H

#include "whose.h"

/* Bytes that a document holds: kept apart (hash), or in the document itself, as its i-th. */
struct scan {
	struct handoff *h;
	const char *ref, *title, *type, *name;
	char hash[65];
	size_t i;
	uint64_t size;
	bool missing;
	struct scan *next;
};

/* What a later version wrote and no JSON can say: a document, or the side of one that a version names. */
struct unwritten {
	const char *ref, *title, *version;
	struct unwritten *next;
};

struct handoff {
	struct cli *c;
	struct ac_buf report, readme;
	const char **only; size_t nonly; /* documents whose attachments go along; NULL: of all */
	bool none;
	struct scan *first, **last;
	size_t nscans, nmissing;
	struct unwritten *unwritten, **last_unwritten;
	size_t nunwritten;
	uint64_t records, disputed, conflicts, proposals;
	struct whose whose;
	enum ac_err err;
};

/* handoff_files.c: the attachments. Finds those that were chosen, and fetches what is not here. */
enum ac_err handoff_files_choose(struct handoff *h) AC_MUST;
bool handoff_files_with(void *ctx, const char hash[static 65]); /* of a handoff: do these bytes go along? */
enum ac_err handoff_files_write(void *ctx, const struct ac_sink *to, struct ac_fault *f) AC_MUST; /* of a scan: its bytes */

/* handoff_page.c: README.txt, into h->readme. */
enum ac_err handoff_page(struct handoff *h, bool sealed) AC_MUST;
const char *handoff_page_unwritten(struct cli *c, const struct unwritten *u); /* its title and name */

#endif
