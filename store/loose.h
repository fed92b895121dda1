/* SPDX-License-Identifier: ISC */
/* store/loose.h: the file of a loose object, before libgit2 reads it, and as we write it. */
#ifndef AC_STORE_LOOSE_H
#define AC_STORE_LOOSE_H

#include "store/repo.h"

void ac_loose_path(char out[static 4300], const char *objects, const struct ac_oid *id);
/* Is it there, and cut short or no zlib stream? (false where it is in a pack, or absent) */
bool ac_loose_short(const char *objects, const struct ac_oid *id);
/* The object of that name, of type "blob", "tree" or "commit", stored and not deflated, and
 * safe against a power cut; nobody else's to read. What lies there under that name is replaced. AC_EIO. */
AC_MUST enum ac_err ac_loose_write(const char *objects, const struct ac_oid *id, const char *type, const void *p, size_t n,
	struct ac_fault *f);

#endif
