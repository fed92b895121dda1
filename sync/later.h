/* SPDX-License-Identifier: ISC */
/*
 * sync/later.h: what a later program wrote and this one does not read. Whole segments wait
 * where they are, at a remote or in a file, and the state remembers of each remote where;
 * entries, and values in documents, are kept in segments that are here. Nothing of it is
 * trouble: it is told, and shown as long as it is so. See ac_later in sync.h.
 */
#ifndef AC_SYNC_LATER_H
#define AC_SYNC_LATER_H

#include "sync/exchange.h"

/* From segment `next` on a branch waits for a program that reads what it is made in. */
struct ac_later_branch {
	unsigned char branch[16];
	int64_t next;
	char made[AC_SEGMENT_MADE];
	int64_t named;            /* heads of another name these segments by hash, before this number; 0: do not */
};

/* What waits of the space at this remote now, in place of what was known of it. n 0: nothing. */
AC_MUST enum ac_err ac_later_note(struct ac_space *s, const char *remote, const struct ac_later_branch *list, size_t n,
	struct ac_fault *f);
/* Does the branch wait at another remote than this, with a segment that others name, of that number or
 * a later one? */
bool ac_later_elsewhere(const struct ac_space *s, const char *remote, const unsigned char branch[static 16], int64_t seq);
/* Once for each run: all that waits of the space and its shares, in one sentence. And once for
 * all, whose entries are kept unshown. Without somebody to tell nothing is marked as told. */
AC_MUST enum ac_err ac_later_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f);

#endif
