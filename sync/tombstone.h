/* SPDX-License-Identifier: ISC */
/* sync/tombstone.h: branches that have served, taken off the hubs. */
#ifndef AC_SYNC_TOMBSTONE_H
#define AC_SYNC_TOMBSTONE_H

#include "sync/exchange.h"

/* Does an owner's tombstone in s name this branch? */
bool ac_tombstone_names(struct ac_space *s, const unsigned char ns[static 8], const unsigned char branch[static 16]);
/* For an owner: an entry for each invite's branch that has served. Idempotent. */
AC_MUST enum ac_err ac_tombstone_bury(struct ac_space *s, struct ac_fault *f);
/* Deletes branches of a remote, each as it was listed, where the remote lets it: whether it
 * did is seen by listing again. */
AC_MUST enum ac_err ac_tombstone_delete(struct ac_space *s, const char *url, const struct ac_ref *const *refs, size_t n);
/* Deletes, where the remote lets it, what q lists and a tombstone names. */
AC_MUST enum ac_err ac_tombstone_sweep(struct ac_space *s, const struct ac_quarantine *q, const char *url);

#endif
