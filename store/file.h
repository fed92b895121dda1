/* SPDX-License-Identifier: ISC */
/*
 * store/file.h: files and folders, durably. "Durable" is said here once: a
 * temporary file in the same folder, write, fsync, rename, fsync of the folder,
 * checked close. Whoever looks sees the old file or the new one, whole, also
 * after a power cut; a failure before the rename leaves nothing behind.
 *
 * Paths appear in faults. Errors, unless a call says more:
 *   AC_ENOTFOUND no such file or folder    AC_EEXIST something is there already
 *   AC_EUSAGE    a folder where a file belongs, or the other way round
 *   AC_EIO       all else that the system refuses (space, rights, hardware)
 */
#ifndef AC_STORE_FILE_H
#define AC_STORE_FILE_H

#include <sys/types.h>

#include "schema/schema.h"

/* Replaces what is at path, or makes it with this mode less the umask. A link
 * to a file stays; what it names is replaced. Never with path "-". */
AC_MUST enum ac_err ac_file_put(const char *path, const void *p, size_t n, mode_t mode, struct ac_fault *f);

/* Appends the file to out. AC_ELIMIT: over max bytes, or over out's ceiling. */
AC_MUST enum ac_err ac_file_read(struct ac_buf *out, const char *path, size_t max, struct ac_fault *f);

/*
 * The same as a stream: new, any number of writes through the sink, commit; free
 * without a commit that succeeded takes everything back. NULL is allowed.
 * Without `replace` something at path is AC_EEXIST, in new and again in commit,
 * which never replaces what came meanwhile. NULL and "-" are standard output,
 * and a path to a terminal, pipe or device is written as it is: nothing can be
 * taken back there, and commit still checks that all arrived.
 */
struct ac_file_out;
AC_MUST enum ac_err ac_file_out_new(struct ac_file_out **out, const char *path, mode_t mode, bool replace,
	struct ac_fault *f);
struct ac_sink ac_file_out_sink(struct ac_file_out *o);
AC_MUST enum ac_err ac_file_out_commit(struct ac_file_out *o, struct ac_fault *f);
void ac_file_out_free(struct ac_file_out *o);

/* Makes path and the folders above it that are missing, each durably. */
AC_MUST enum ac_err ac_file_mkdirs(const char *path, mode_t mode, struct ac_fault *f);

/* Removes a file, a link (not what it points to) or a folder with all in it.
 * Nothing there is AC_OK. */
AC_MUST enum ac_err ac_file_remove_tree(const char *path, struct ac_fault *f);

/*
 * An advisory lock (flock) on a file made for it; it ends with unlock or the
 * process, never by itself. AC_EBUSY: another process held it for wait_ms
 * (0: one try). *fd is closed on exec. unlock takes -1.
 */
AC_MUST enum ac_err ac_file_lock(int *fd, const char *path, bool exclusive, unsigned wait_ms,
	struct ac_fault *f);
void ac_file_unlock(int fd);

#endif
