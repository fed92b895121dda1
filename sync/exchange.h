/* SPDX-License-Identifier: ISC */
/*
 * sync/exchange.h: what the files of this room share: remotes and alerts as the
 * home keeps them, fetching into a quarantine, pushing without force.
 */
#ifndef AC_SYNC_EXCHANGE_H
#define AC_SYNC_EXCHANGE_H

#include "store/home.h"
#include "sync/sync.h"

bool ac_exchange_empty_folder(const char *path);

/* remote.c: a remote of a space, from the home's state. Text lives in the arena. */
struct ac_remote {
	const char *name, *url, *error;
	int64_t last_ok;
};
AC_MUST enum ac_err ac_remote_load(struct ac_remote **out, size_t *n, struct ac_arena *a, struct ac_space *s,
	struct ac_fault *f);
/* After a run: when it last went well, or what went wrong. */
AC_MUST enum ac_err ac_remote_note(struct ac_space *s, const char *name, int64_t ok, const char *error,
	struct ac_fault *f);
/* A URL as it is kept. */
AC_MUST enum ac_err ac_remote_whole(char out[static 4200], const char *url, struct ac_fault *f);
bool ac_remote_is_path(const char *url, const char **path);
/* refs/remotes/<16 hex of the name>/<space>/<branch>: what a remote was last seen to have */
void ac_remote_ref(char out[static 128], const char *remote, const unsigned char space[static 8],
	const unsigned char branch[static 16]);
/* Notes that the remote has the branch at that commit, under the home's lock: who holds it takes any
 * lock of libgit2's for a dead process's. That another sync noted something meanwhile is no error. */
AC_MUST enum ac_err ac_remote_saw(struct ac_space *s, const char *remote, const unsigned char space[static 8],
	const unsigned char branch[static 16], const struct ac_oid *at, struct ac_fault *f);

/* alert.c: kept until cleared; one condition is one alert. *fresh: new in this run. */
AC_MUST enum ac_err ac_alert_add(struct ac_space *s, const char *kind, const unsigned char *branch, int64_t seq,
	const char *remote, const char *message, const struct ac_sync_events *e, bool *fresh, struct ac_fault *f);

/* quarantine.c: a repository beside ours, with ours as its alternate, into which things
 * come before they are believed. */
struct ac_ref {
	char name[80];
	struct ac_oid at;         /* as the other side shows it */
	bool looked;              /* fetched, and looked through: */
	bool junk;                /* something on it is no batch, or is not there whole */
	bool has_good;
	struct ac_oid good;       /* the newest commit from which all is whole batches */
};
struct ac_quarantine {
	struct ac_home *h;
	char dir[4200];
	int lock;                 /* flock on dir: who finds it free may remove it */
	struct git_repository *git;
	struct ac_repo *ours;     /* the home's objects without the quarantine's */
	struct ac_ref *refs; size_t n, cap; /* what the other side has, of what was asked for */
	struct ac_ref *shown; size_t nshown; /* what the remote had shown before this listing */
	uint64_t bytes_in, bytes_out;
	char stuck[500];          /* push: why a branch does not move there though nobody moved it; or "" */
};
AC_MUST enum ac_err ac_quarantine_open(struct ac_quarantine *q, struct ac_home *h, struct ac_fault *f);
void ac_quarantine_close(struct ac_quarantine *q); /* removes it */
/* Notes what the remote had shown of the space until now; to be called before the fetch. Another
 * sync of this home may learn more meanwhile: an older listing is no going back then. */
AC_MUST enum ac_err ac_quarantine_shown(struct ac_quarantine *q, const struct ac_space *s, const char *remote,
	struct ac_fault *f);
/* Fetches every branch below refs/heads/<space> for each of the n spaces; only: that one. */
AC_MUST enum ac_err ac_quarantine_fetch(struct ac_quarantine *q, const char *url, const unsigned char (*spaces)[8],
	size_t n, const char *only, struct ac_fault *f);
AC_MUST enum ac_err ac_quarantine_list(struct ac_quarantine *q, const char *url, struct ac_fault *f); /* refs alone */
AC_MUST enum ac_err ac_quarantine_file(struct ac_quarantine *q, const char *path, struct ac_fault *f); /* a bundle */
/* Says in words for a person what the system said of a hub in a folder, as it stands in f. */
AC_MUST enum ac_err ac_hub_failed(const char *path, bool reading, enum ac_err err, struct ac_fault *f);
const struct ac_oid *ac_quarantine_ref(const struct ac_quarantine *q, const char *name);

/* take.c: verifies what a quarantine holds of a space's chains, moves in what is good,
 * reports the rest. */
struct ac_taken {
	uint64_t versions, conflicts, alerts;
	bool retry;
	char later[AC_SEGMENT_MADE]; /* something waits that is made in this, of a later version; "": nothing */
};
AC_MUST enum ac_err ac_take(struct ac_taken *out, struct ac_quarantine *q, struct ac_space *s, const char *remote,
	bool last, const struct ac_sync_events *e, struct ac_fault *f);

/* overfull.c: a notice, at each run as long as it is so, of documents of which versions are
 * left out (ac_overfull). */
AC_MUST enum ac_err ac_overfull_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f);

/* push.c: what the remote lacks of this space, without force, read back. */
AC_MUST enum ac_err ac_push(struct ac_quarantine *q, struct ac_space *s, const char *remote, const char *url,
	uint64_t *versions, bool *again, struct ac_fault *f);
/* Versions of our chains that a remote was not seen to have. */
AC_MUST enum ac_err ac_push_unsent(uint64_t *out, struct ac_space *s, const char *remote, struct ac_fault *f);

/* lineage.c: the commits from `tip` back to (without) `base`; base NULL: all. *found:
 * base was met (always true for NULL). newest first; free with free(). */
AC_MUST enum ac_err ac_lineage(struct ac_oid **commits, size_t *n, uint64_t *segments, bool *found, struct ac_repo *r,
	const struct ac_oid *tip, const struct ac_oid *base, struct ac_fault *f);
/* Does one of these commits hold the segment of this hash? */
bool ac_lineage_holds(struct ac_repo *r, const struct ac_oid *commits, size_t n, const unsigned char hash[static 32]);

/* causal.c: the order in which branches that go to a hub together are moved there, so that
 * what it shows after each move names nothing that it does not show. A move puts branch
 * `which` at its commit of that index. They are in the order of their steps, counted from 1;
 * none names what another branch's move of the same step brings. */
struct ac_carried { const unsigned char *branch; const struct ac_oid *commits; size_t n; }; /* newest first */
struct ac_move { size_t which, commit, step; };
AC_MUST enum ac_err ac_causal_order(struct ac_move **out, size_t *n, struct ac_space *s, const struct ac_carried *c,
	size_t nc, struct ac_fault *f); /* free with free() */

/* invite.c: invites and codes. */
struct ac_code {
	unsigned char secret[32], space[8], root[32];
	bool share;
	int64_t expires;
	unsigned char branch[16], hash[32]; /* the inviter's newest segment: the floor */
	int64_t seq;
	const char *patient, *person;       /* whose record; the joiner's name as given */
	const char **remotes; size_t nremotes;  /* name, url in turn */
};
AC_MUST enum ac_err ac_code_write(char out[static 2048], const struct ac_code *c, struct ac_fault *f);
AC_MUST enum ac_err ac_code_read(struct ac_code *out, struct ac_arena *a, const char *text, struct ac_fault *f);
/* Records an invite, writes its branch; the code names the space's remotes. */
AC_MUST enum ac_err ac_invite_make(struct ac_code *code, struct ac_arena *a, struct ac_space *s, const char *name,
	const char *person, enum ac_role role, int64_t expires, struct ac_fault *f);
/* The branch that carries an invite's wrap. */
void ac_invite_ref(char out[static 80], const unsigned char space[static 8], const unsigned char secret[static 32]);
/* Opens the wrap: name key and start keys into s. */
AC_MUST enum ac_err ac_invite_open(struct ac_space *s, const struct ac_buf *segment, const struct ac_code *c,
	struct ac_fault *f);

/* mark.c: what the state keeps of one space under a name. Nobody else's marks are lost by
 * putting one; v NULL: none any more. */
const struct ac_val *ac_mark_get(const struct ac_space *s, const char *name);
AC_MUST enum ac_err ac_mark_put(struct ac_space *s, const char *name, const struct ac_val *v, struct ac_fault *f);

/* device.c: the one name by which a member's device is shown and removed: its own, with
 * ~ and the member id in hex where that names several, or is made to look so. */
#define AC_DEVICE_NAME 300
void ac_device_name(char out[static AC_DEVICE_NAME], const struct ac_space *s, const struct ac_member *m);
const char *ac_device_role(enum ac_role role);
/* Removes a member, closes an invite; each starts a new epoch. */
AC_MUST enum ac_err ac_member_remove(struct ac_space *s, const unsigned char id[static 8], struct ac_fault *f);
AC_MUST enum ac_err ac_invite_close(struct ac_space *s, const unsigned char pk[static 32], struct ac_fault *f);
/* Of a share: are there members who are no owners, or codes that can be used? */
bool ac_member_guests(const struct ac_space *s);
/* Removes and closes all of these, on a new incarnation that those removed can read when
 * every other branch is gone; then a new epoch. */
AC_MUST enum ac_err ac_member_close(struct ac_space *s, struct ac_fault *f);

#endif
