/* SPDX-License-Identifier: ISC */
/* sync/closed.h: what is left of a share of ours that was closed: its branches on hubs,
 * and what its clinician wrote too late. */
#ifndef AC_SYNC_CLOSED_H
#define AC_SYNC_CLOSED_H

#include "sync/exchange.h"

/* A closed share, as long as its space is. */
struct ac_closed {
	struct ac_space *share;
	unsigned char files[8], invites[8];
	char name[256];           /* the patient's, of the share */
};
/* Is s a share of a vault here, that an owner of the vault has closed? */
bool ac_closed_is(struct ac_closed *out, struct ac_space *s);
/* Is a branch that may not stay on a hub: all but that which carries the removals? */
bool ac_closed_names(const struct ac_closed *c, const unsigned char ns[static 8], const unsigned char branch[static 16]);
/* Might somebody lose by its deletion what is nowhere else? */
bool ac_closed_held(const struct ac_closed *c, const unsigned char ns[static 8], const unsigned char branch[static 16],
	const struct ac_oid *at);
/* Nothing is missed of s: this device's access, or the share, has ended. */
bool ac_closed_over(struct ac_space *s);

/* With q listing a remote: deletes there what ac_closed_names and may be deleted, and
 * tells what went and what remains. */
AC_MUST enum ac_err ac_closed_sweep(struct ac_space *s, struct ac_quarantine *q, const char *remote, const char *url,
	const struct ac_sync_events *e, struct ac_fault *f);
/* With q holding what a remote has: what somebody wrote whose joining is void comes into the
 * home as it is, unverified, so that it may be deleted there; and that is told. */
AC_MUST enum ac_err ac_closed_keep(struct ac_space *s, const struct ac_quarantine *q, const struct ac_sync_events *e,
	struct ac_fault *f);
/* Does a remote that lists q have, or lack, anything of it that a sweep would change? */
bool ac_closed_unsettled(struct ac_space *s, const struct ac_quarantine *q);
/* How many branches were told to remain on a remote; -1: never looked. */
int64_t ac_closed_remain(struct ac_space *s, const char *remote);

/* Tells, once, that versions came that were written after the close. */
AC_MUST enum ac_err ac_closed_late(struct ac_space *share, const char *name, const struct ac_sync_events *e,
	struct ac_fault *f);

/* Remembers that a branch of a share is on its way to somebody, by push or by file: what
 * stands in it can be read from then on. Other spaces: nothing. */
AC_MUST enum ac_err ac_closed_carry(struct ac_space *s, const char *ref, const struct ac_oid *at, struct ac_fault *f);
/* Every version that owners put there and that has left this device. */
AC_MUST enum ac_err ac_closed_readable(struct ac_space *share,
	int (*each)(void *ctx, const char *ref, const char *version), void *ctx, struct ac_fault *f);

#endif
