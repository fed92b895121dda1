/* SPDX-License-Identifier: ISC */
/*
 * store/press.h: how segments are made small, and their length made vague.
 *
 * Compressed bytes are one zstd frame (RFC 8878) without its first five bytes,
 * which are always 28 B5 2F FD 00: the magic, and a frame header that holds no
 * content size, checksum or dictionary number. The segment says size and
 * dictionary, and is sealed. The window is at most 8 MiB.
 *
 * Dictionary 0 is none; 1 is the first one, in store/dict.c. A dictionary never
 * changes: a better one gets the next number. How it was trained is told in
 * schema/README.md.
 */
#ifndef AC_STORE_PRESS_H
#define AC_STORE_PRESS_H

#include "schema/schema.h"

#define AC_PRESS_DICT 1u      /* the newest dictionary */
#define AC_PRESS_WINDOW_LOG 23

/* Appends to out. Equal input need not give equal bytes with another zstd.
 * AC_ENOMEM, AC_ELIMIT (out's ceiling), AC_EINVAL (no such dictionary). */
AC_MUST enum ac_err ac_press_shrink(struct ac_buf *out, const void *p, size_t n, unsigned dict,
	struct ac_fault *f);

/* Appends exactly `exact` bytes to out, for which room is found first: AC_ELIMIT
 * when they are over its ceiling. AC_ECORRUPT: the n bytes are not one frame of
 * the above form, or give another number of bytes. AC_EVERSION: a dictionary
 * that is not here. */
AC_MUST enum ac_err ac_press_grow(struct ac_buf *out, const void *p, size_t n, size_t exact,
	unsigned dict, struct ac_fault *f);

/*
 * Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
 * Communication with PURBs", 2019): the length to which n bytes are padded. With
 * E = floor(log2 n) and S = floor(log2 E) + 1 it is n rounded up to a multiple of
 * 2^(E-S): so many lengths look alike that O(log log n) bits of n remain, for at
 * most 12 % more, and less the longer n is. n < 2 is itself; what would not fit
 * a size_t is n.
 */
size_t ac_press_padme(size_t n);

#endif
