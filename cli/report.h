/* SPDX-License-Identifier: ISC */
/*
 * cli/report.h: a patient's record as one page of HTML, for people.
 *
 * The page holds all that it shows: no script, no request, no font or picture from elsewhere.
 * Whatever comes from records is made printable and escaped.
 */
#ifndef REPORT_H
#define REPORT_H

#include "cli.h"

struct report_options {
	const char *since;   /* a FHIR date: what changed since then; NULL: since the last visit */
};

/* The page of c->space (which home_space has set) is appended to `out`, which the caller
 * frees; a wide `max` is wise, for a long record makes a long page. AC_EUSAGE: `since` is no
 * date; AC_ENOMEM: a text of it, or of what was made before, was lost. On an error c->fault has the sentence, and what stands in `out` is no page. */
enum ac_err report_html(struct cli *c, struct ac_buf *out, const struct report_options *o) AC_MUST;

#endif
