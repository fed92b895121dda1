/* SPDX-License-Identifier: ISC */
/* sync/backup.h: what backup and restore share. */
#ifndef AC_SYNC_BACKUP_H
#define AC_SYNC_BACKUP_H

#include "store/home.h"
#include "sync/sync.h"

/* The members of a backup, in this order. */
#define AC_BACKUP_README "README.txt"
#define AC_BACKUP_KEYS   "keys.json"
#define AC_BACKUP_CHAINS "chains.bundle"
#define AC_BACKUP_FOLDER "readable/"

/* Remembers a backup of s in the state; verified 0: leaves that as it is for the same
 * file, else none. */
AC_MUST enum ac_err ac_backup_note(struct ac_space *s, const char *file, int64_t time, int64_t verified,
	struct ac_fault *f);

/* restore.c: the chains of a backup into a home that is made for them. join: as a new
 * device, by the backup's invite; else nothing is written, as for a proof. */
struct ac_backup_missing { unsigned char space[8], hash[32]; };
struct ac_backup_opened {
	struct ac_home *home;
	struct ac_space *space;
	int64_t time;              /* of the backup */
	bool has_invite;
	unsigned char invite[32];  /* its public key */
	const struct ac_backup_missing *missing; size_t nmissing; /* as keys.json says; in the home's arena */
};
AC_MUST enum ac_err ac_backup_open(struct ac_backup_opened *out, const struct ac_restore *r,
	const unsigned char *identity, bool join, void (*finding)(void *ctx, const struct ac_finding *fd), void *ctx,
	struct ac_fault *f);

#endif
