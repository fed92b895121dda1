/* SPDX-License-Identifier: ISC */
/*
 * sync/files.h: the bytes of attachments as they pass between homes: branches in a
 * space's namespace of attachments, which a sync of chains leaves alone. What is in them
 * needs no belief: a chunk opens only under its file's key, and a file is what its hash
 * says (store/chunks.h).
 */
#ifndef AC_SYNC_FILES_H
#define AC_SYNC_FILES_H

#include "store/chunks.h"
#include "sync/bundle.h"
#include "sync/exchange.h"

/* A sync fetches attachments for a share's sake alone, and then no larger ones than this,
 * and no more than this in one run. */
#define AC_FILES_ONE ((uint64_t)32 << 20)
#define AC_FILES_RUN ((uint64_t)256 << 20)

/* files.c: a branch that lies in a quarantine (or a repository beside) becomes ours. One
 * that does not continue what is here is kept beside it, under another name. */
AC_MUST enum ac_err ac_files_move(struct ac_space *s, const char *name, const struct ac_oid *tip, struct ac_fault *f);
/* Every branch of attachments of s that a quarantine holds whole. */
AC_MUST enum ac_err ac_files_take(struct ac_space *s, struct ac_quarantine *q, struct ac_fault *f);
/* The bytes of one attachment, from the remotes that carry s. AC_ENOTFOUND: no entry of s
 * is about it. AC_ENET: nowhere; the sentence says who had it last. */
AC_MUST enum ac_err ac_files_fetch(struct ac_space *s, const unsigned char hash[static 32], struct ac_fault *f);
/* All that is not here, as far as remotes have it. */
AC_MUST enum ac_err ac_files_fetch_missing(struct ac_space *s, struct ac_fault *f);
/* Every attachment of s with its size; a call back that returns an error ends it. */
AC_MUST enum ac_err ac_files_each(struct ac_space *s,
	enum ac_err (*each)(void *ctx, const unsigned char hash[static 32], uint64_t size, struct ac_fault *f), void *ctx,
	struct ac_fault *f);

/* Is `base` the commit `tip` or one that it stands upon? false also where it cannot be read. */
bool ac_files_contains(struct ac_repo *r, const struct ac_oid *tip, const struct ac_oid *base);
int ac_files_by_id(const void *a, const void *b); /* orders struct ac_oid */

/* covered.c: branches of attachments that this device wrote, and on which a hub shows something
 * else. What of them the hub lacks is said again on another branch. */
struct ac_covered_branch { unsigned char branch[16]; struct ac_oid theirs, ours; };
struct ac_covered { struct ac_covered_branch *b; size_t n; };
/* Which branches of the home, anybody's, a remote that was listed shows so. */
AC_MUST enum ac_err ac_covered_find(struct ac_covered *out, struct ac_space *s, const struct ac_quarantine *q,
	struct ac_fault *f);
/* Of this device's, which are what remains in c: an alert, and what is to be said. No quarantine
 * is open. *alerts: counts the new ones. *again: set where there is more to push. */
AC_MUST enum ac_err ac_covered_answer(struct ac_covered *c, struct ac_space *s, const struct ac_remote *r,
	const struct ac_sync_events *e, uint64_t *alerts, bool *again, struct ac_fault *f);
void ac_covered_free(struct ac_covered *c);

/* holders.c: large attachments that all others of a space have said they have need not
 * go into a file for them. */
/* Says in this device's chain which it has, as far as it did not say so before. */
AC_MUST enum ac_err ac_holders_say(struct ac_space *s, struct ac_fault *f);
struct ac_holders { struct ac_space *s; struct ac_holding *list; size_t n; bool stranger; };
AC_MUST enum ac_err ac_holders_load(struct ac_holders *out, struct ac_space *s, struct ac_fault *f);
void ac_holders_free(struct ac_holders *h);
/* Has every other member it, and is nobody about to join? */
bool ac_holders_all(const struct ac_holders *h, const unsigned char hash[static 32]);
/* The member that said so last, or stored it; false: nobody. */
bool ac_holders_last(unsigned char member[static 8], struct ac_space *s, const unsigned char hash[static 32]);

/* share_files.c: attachments between a share and its vault, sealed anew on the way. */
/* What the share's writers attached comes into the vault, as far as it took their versions
 * in; what was published without its bytes gets them. Fetches what is not here, within the
 * ceilings above; of a closed share whatever its size, and nothing goes there any more.
 * *out: what is still owed. Until in is 0 the share's attachments must stay on its remotes. */
struct ac_share_files { uint64_t in, out; };
AC_MUST enum ac_err ac_share_files(struct ac_share_files *out, struct ac_space *share, struct ac_space *vault,
	bool closed, struct ac_fault *f);
/* A version of the share, by its row, was taken in just now: what it needs is looked at. */
AC_MUST enum ac_err ac_share_files_again(struct ac_space *share, int64_t version, struct ac_fault *f);
/* Brings one attachment of a vault from whichever of its shares has it. AC_ENOTFOUND: no
 * share speaks of it. */
AC_MUST enum ac_err ac_share_files_one(struct ac_space *vault, const unsigned char hash[static 32], struct ac_fault *f);

#endif
