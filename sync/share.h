/* SPDX-License-Identifier: ISC */
/* sync/share.h: what a sync does between taking and pushing. */
#ifndef AC_SYNC_SHARE_H
#define AC_SYNC_SHARE_H

#include "sync/exchange.h"

/* For an owner: closes invites and shares that have expired, starts the epoch that a
 * use or a close calls for, takes contributions of this vault's shares in, publishes
 * what matches. Idempotent. Adds the versions taken in to *taken (NULL: not wanted).
 * fetched: what of s was brought in before. Of a vault with shares that the same run is
 * still to fetch, nothing that they hold is taken or closed yet. */
enum ac_fetched { AC_FETCHED_VAULT, AC_FETCHED_SHARE, AC_FETCHED_FILE };
AC_MUST enum ac_err ac_share_answer(struct ac_space *s, enum ac_fetched fetched, const struct ac_sync_events *e,
	uint64_t *taken, struct ac_fault *f);

/* Before a close: fetches and takes what the share's remotes have of it, publishing
 * nothing. A remote that fails is a notice. */
AC_MUST enum ac_err ac_sync_share_in(struct ac_space *vault, struct ac_space *share, const struct ac_sync_events *e,
	struct ac_fault *f);
/* Tells that this device's access to s has ended, and how much written here was not delivered. */
AC_MUST enum ac_err ac_sync_tell_ended(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f);

/* Of a share accepted from a patient: the end that the patient set, once it is past and
 * nothing ended it before; else 0. */
int64_t ac_share_ended(struct ac_space *s);

/* An own share by the name that the owner gave it. */
AC_MUST enum ac_err ac_share_space(struct ac_space **out, struct ac_space *s, const char *name, struct ac_fault *f);

#endif
