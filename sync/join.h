/* SPDX-License-Identifier: ISC */
/* sync/join.h: joins that wait for a file. */
#ifndef AC_SYNC_JOIN_H
#define AC_SYNC_JOIN_H

#include "sync/exchange.h"

bool ac_join_pending(const struct ac_space *s);
/* Completes it from what `send` made on the other side. */
AC_MUST enum ac_err ac_join_complete(struct ac_space *s, const char *path, const struct ac_sync_events *e,
	struct ac_fault *f);

#endif
