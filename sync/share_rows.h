/* SPDX-License-Identifier: ISC */
/* sync/share_rows.h: a vault's shares as its chains say, and what passes between. */
#ifndef AC_SYNC_SHARE_ROWS_H
#define AC_SYNC_SHARE_ROWS_H

#include "sync/exchange.h"

enum { AC_SHARE_OPEN = 0, AC_SHARE_CLOSED = 1 };
enum { AC_SHARE_FILTER = 6 };  /* items of a filter; one that has more may mean less than these say */

struct ac_share_record {
	unsigned char sid[8], root[32];
	const struct ac_val *e, *box, *filter; /* filter: [types, codes, refs, since, all, no history] */
	const char *name;
	int64_t role, expires, state;
	uint64_t clock;           /* of the entry that counts */
	uint64_t closed_at;       /* clock of the entry that closed it */
};
/* The remote of its own, "": none, or not for this device to know. Lives in the arena. */
AC_MUST enum ac_err ac_share_remote(const char **url, struct ac_arena *a, struct ac_space *vault,
	const struct ac_share_record *r);
AC_MUST enum ac_err ac_share_rows(struct ac_share_record **out, size_t *n, struct ac_arena *a, struct ac_space *s,
	struct ac_fault *f);

/* The entry anew, as the record now says. */
AC_MUST enum ac_err ac_share_put(struct ac_space *vault, const struct ac_share_record *r, struct ac_fault *f);

/* share_owners.c. Says in the vault which key in the share is this device's; before it
 * joins there. */
AC_MUST enum ac_err ac_share_own(struct ac_space *share, struct ac_space *vault, struct ac_fault *f);
/* Owners whose devices were removed from the vault leave the share, and what they knew of it
 * opens nothing any more. For an owner of both. */
AC_MUST enum ac_err ac_share_owners(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r,
	struct ac_fault *f);

/* publish.c: versions of the vault that the filter wants and the share lacks. */
AC_MUST enum ac_err ac_share_publish(struct ac_space *share, struct ac_space *vault, struct ac_fault *f);

/* contribute.c: versions that the share's writers wrote, into the vault. */
AC_MUST enum ac_err ac_share_contributions(struct ac_space *share, struct ac_space *vault,
	const struct ac_share_record *r, const struct ac_sync_events *e, uint64_t *taken, struct ac_fault *f);

#endif
