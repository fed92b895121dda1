/* SPDX-License-Identifier: ISC */
/* sync/share.h: what a sync does between taking and pushing. */
#ifndef AC_SYNC_SHARE_H
#define AC_SYNC_SHARE_H

#include "sync/exchange.h"

/* For an owner: closes invites and shares that have expired, starts the epoch that a
 * use or a close calls for, takes contributions of this vault's shares in, publishes
 * what matches. Idempotent. Adds the versions taken in to *taken (NULL: not wanted). */
AC_MUST enum ac_err ac_share_answer(struct ac_space *s, const struct ac_sync_events *e, uint64_t *taken,
	struct ac_fault *f);

/* An own share by the name that the owner gave it. */
AC_MUST enum ac_err ac_share_space(struct ac_space **out, struct ac_space *s, const char *name, struct ac_fault *f);

#endif
