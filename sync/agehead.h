/* SPDX-License-Identifier: ISC */
/*
 * sync/agehead.h: the header of an age file, from its first line to the line of
 * its MAC, as text in memory: a function of its arguments and, in writing, of
 * random numbers.
 */
#ifndef AC_SYNC_AGEHEAD_H
#define AC_SYNC_AGEHEAD_H

#include "sync/age.h"

#define AC_AGEHEAD_KEY 16  /* bytes of a file key */

/* Appends a header that wraps file_key for r. Errors: as ac_age_seal_new. */
AC_MUST enum ac_err ac_agehead_write(struct ac_buf *out, const unsigned char file_key[static AC_AGEHEAD_KEY],
	const struct ac_age_recipients *r, struct ac_fault *f);

/* Takes a header of exactly n bytes. All of it is checked before an identity is
 * tried, and file_key is set only when its MAC fits. Errors: as ac_age_open_new. */
AC_MUST enum ac_err ac_agehead_read(unsigned char file_key[static AC_AGEHEAD_KEY], const void *head, size_t n,
	const struct ac_age_identities *ids, struct ac_fault *f);

/* For the reader of a stream: is this line, with its LF, the first of an age
 * header (AC_EINVAL, AC_EVERSION), and is it one that can only be the last? */
AC_MUST enum ac_err ac_agehead_first(const void *line, size_t n, struct ac_fault *f);
bool ac_agehead_last(const void *line, size_t n);

#endif
