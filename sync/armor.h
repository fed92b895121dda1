/* SPDX-License-Identifier: ISC */
/*
 * sync/armor.h: reads age's text form (the PEM lines of C2SP age.md) as the
 * bytes inside it. Strict: lines of 64 columns but for the last, canonical
 * padded base64, nothing else between the two marks, and only white space, at
 * most 1024 bytes, before and behind them. Lines end in LF or CRLF.
 */
#ifndef AC_SYNC_ARMOR_H
#define AC_SYNC_ARMOR_H

#include "schema/schema.h"

struct ac_armor {
	struct ac_source from;
	char in[4096];
	size_t at, len;              /* of in */
	bool eof;
	unsigned char out[48];       /* the last line, decoded */
	size_t out_at, out_len;
	enum { AC_ARMOR_BEFORE, AC_ARMOR_BODY, AC_ARMOR_SHORT, AC_ARMOR_DONE } state;
	uint32_t line;
};

/* `first` is the one byte already taken from `from`. */
void ac_armor_init(struct ac_armor *a, const struct ac_source *from, unsigned char first);

/* An ac_source's read with ctx a struct ac_armor. AC_EINVAL: not such text. The
 * end is only reported after the closing mark and all behind it were read. */
AC_MUST enum ac_err ac_armor_read(void *ctx, void *p, size_t *n, struct ac_fault *f);

#endif
