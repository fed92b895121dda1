/* SPDX-License-Identifier: ISC */
/* cli/html.h: markup of ours around text of others. */
#ifndef HTML_H
#define HTML_H

#include "cli.h"

/* After the first error nothing more is written. */
struct html { struct cli *c; struct ac_buf *b; enum ac_err err; };

/* The pattern's own text is markup; each %s is made printable, cut at HTML_LONGEST characters
 * and escaped, so that it is text inside an element and inside a quoted attribute. */
#define HTML_LONGEST 700
void html(struct html *h, const char *fmt, ...) AC_PRINTF(2, 3);

#endif
