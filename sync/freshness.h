/* SPDX-License-Identifier: ISC */
/* sync/freshness.h: is what this home found when it was made the newest there was? */
#ifndef AC_SYNC_FRESHNESS_H
#define AC_SYNC_FRESHNESS_H

#include "store/verify.h"
#include "sync/exchange.h"

/* Unproved from now on. backup: ms of the backup that it came from, 0 from a hub. floor:
 * of a code whose hub did not reach it, else NULL. */
AC_MUST enum ac_err ac_freshness_begin(struct ac_space *s, int64_t backup, const struct ac_code *floor,
	struct ac_fault *f);
/* After something came: proved, if another device bears it out. */
AC_MUST enum ac_err ac_freshness_check(struct ac_space *s, struct ac_fault *f);
/* A backup that was proved, and that says nothing else than what is here. */
AC_MUST enum ac_err ac_freshness_backup(struct ac_space *s, const struct ac_verify_heads *heads, int64_t time,
	struct ac_fault *f);

#endif
