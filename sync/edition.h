/* SPDX-License-Identifier: ISC */
/* sync/edition.h: who writes by later rules of merging than this program's, told once. */
#ifndef AC_SYNC_EDITION_H
#define AC_SYNC_EDITION_H

#include "sync/exchange.h"

/* A notice when a member of the space, or of one of its shares, is seen to write by a later
 * edition than any that was told. Without somebody to tell nothing is marked as told. */
AC_MUST enum ac_err ac_edition_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f);

#endif
