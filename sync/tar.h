/* SPDX-License-Identifier: ISC */
/*
 * sync/tar.h: a backup's payload as a tar stream (POSIX ustar; sizes of 8 GiB and
 * more in GNU's binary form). Writing: head, exactly `size` bytes to the same sink,
 * pad, for each member; then end. Reading takes regular files with plain names only,
 * in one pass and constant memory, and reads the stream to its true end.
 */
#ifndef AC_SYNC_TAR_H
#define AC_SYNC_TAR_H

#include "schema/schema.h"

#define AC_TAR_NAME 100

/* AC_EUSAGE: a name that is empty or over AC_TAR_NAME - 1 bytes. seconds: since 1970. */
AC_MUST enum ac_err ac_tar_head(const struct ac_sink *to, const char *name, uint64_t size, int64_t seconds,
	struct ac_fault *f);
AC_MUST enum ac_err ac_tar_pad(const struct ac_sink *to, uint64_t size, struct ac_fault *f);
AC_MUST enum ac_err ac_tar_end(const struct ac_sink *to, struct ac_fault *f);

/* How long a member will be, told before it is written: a sink over ac_tar_count counts, and
 * passes on. */
struct ac_tar_counted {
	const struct ac_sink *to;  /* NULL: only counts */
	uint64_t n;
};
AC_MUST enum ac_err ac_tar_count(void *counted, const void *p, size_t n, struct ac_fault *f);

struct ac_tar {
	struct ac_source from;
	uint64_t left;       /* bytes of the present member that are not read yet */
	unsigned pad;
};
struct ac_tar_member {
	char name[AC_TAR_NAME + 1];
	uint64_t size;
};
/* Goes past what is left of the present member to the next; *end: there is none, and
 * nothing but zeros stood behind. AC_EINVAL: not such a tar. */
AC_MUST enum ac_err ac_tar_next(struct ac_tar_member *out, bool *end, struct ac_tar *t, struct ac_fault *f);
/* The present member's bytes; borrows t. */
struct ac_source ac_tar_source(struct ac_tar *t);

#endif
