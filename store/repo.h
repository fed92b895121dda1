/* SPDX-License-Identifier: ISC */
/*
 * store/repo.h: batches of segments as commits in a bare git repository
 * (store/FORMAT.md, "Batches"). It knows git, and nothing of keys.
 *
 * A batch is one commit whose tree holds its segments under the names 0000,
 * 0001, … and whose other fields are constants, so that a commit is determined
 * by its segments and its parent, and is refused if it is anything else.
 */
#ifndef AC_STORE_REPO_H
#define AC_STORE_REPO_H

#include "schema/schema.h"

struct git_repository;
struct ac_repo;

#define AC_BATCH_MAX 4096  /* segments of one batch */

struct ac_oid { unsigned char id[20]; };

/* Process-wide set-up of libgit2; called by open, and safe to call again. */
AC_MUST enum ac_err ac_repo_init(struct ac_fault *f);

/* create: makes it where it is absent, with the settings that sealed blobs want. */
AC_MUST enum ac_err ac_repo_open(struct ac_repo **out, const char *path, bool create, struct ac_fault *f);
void ac_repo_close(struct ac_repo *r);
struct git_repository *ac_repo_git(struct ac_repo *r); /* borrowed, for sync */
const char *ac_repo_path(const struct ac_repo *r);

/* Writes a batch; no ref moves. parent NULL: the first. The objects are durable. */
AC_MUST enum ac_err ac_repo_write(struct ac_oid *out, struct ac_repo *r, const struct ac_oid *parent,
	const struct ac_buf *segments, size_t n, struct ac_fault *f);

/* Reads what a batch is made of: parent (has_parent false: the first) and blob ids,
 * at most AC_BATCH_MAX. AC_ECORRUPT: anything but the one form. AC_ENOTFOUND: an
 * object is missing. */
struct ac_batch {
	bool has_parent;
	struct ac_oid parent;
	struct ac_oid blobs[AC_BATCH_MAX];
	size_t n;
};
AC_MUST enum ac_err ac_repo_read(struct ac_batch *out, struct ac_repo *r, const struct ac_oid *commit,
	struct ac_fault *f);
/* The parent that a commit of any form names first. AC_ENOTFOUND: it is not here, or no
 * commit, or names none. */
AC_MUST enum ac_err ac_repo_parent(struct ac_oid *out, struct ac_repo *r, const struct ac_oid *commit);
/* Appends a blob's bytes. AC_ELIMIT when over `max`. */
AC_MUST enum ac_err ac_repo_blob(struct ac_buf *out, struct ac_repo *r, const struct ac_oid *id,
	size_t max, struct ac_fault *f);
/* A blob of at most max bytes is there. */
bool ac_repo_fits(struct ac_repo *r, const struct ac_oid *id, size_t max);
bool ac_repo_has(struct ac_repo *r, const struct ac_oid *id);

/* Objects of another folder become readable here, until ac_repo_reopen. */
AC_MUST enum ac_err ac_repo_alternate(struct ac_repo *r, const char *objects, struct ac_fault *f);
AC_MUST enum ac_err ac_repo_reopen(struct ac_repo *r, struct ac_fault *f);
/* Copies commits (each with its tree and blobs) that are readable here into the folder
 * `objects` of a repository, durably: few as loose objects, many as one pack. Adds the
 * bytes written to *bytes. */
AC_MUST enum ac_err ac_repo_copy(struct ac_repo *r, const char *objects, const struct ac_oid *commits, size_t n,
	uint64_t *bytes, struct ac_fault *f);

/* repack.c: small objects that lie loose in the folder `objects` go into a pack when so
 * many are in none; then those that a pack has are removed. grace: not before that pack is
 * so many seconds old, for a folder that others write to without a lock; 0: at once, small
 * packs are put together too and empty folders go, for a home whose lock is held. r gives
 * the settings that packs are made with. Nothing is lost by an error, nor by dying. */
AC_MUST enum ac_err ac_repo_repack(struct ac_repo *r, const char *objects, size_t many, unsigned grace,
	struct ac_fault *f);
/* Is it time to? About; it costs next to nothing. */
bool ac_repo_crowded(const char *objects, size_t many);
#define AC_REPO_MANY 2048

/* The ref of a branch: refs/heads/<space>/<branch>, in hex. */
void ac_repo_ref_name(char out[static 80], const unsigned char space[static 8],
	const unsigned char branch[static 16]);
bool ac_repo_ref_parse(unsigned char space[static 8], unsigned char branch[static 16], const char *name);
/* AC_ENOTFOUND: no such ref. */
AC_MUST enum ac_err ac_repo_ref_get(struct ac_oid *out, struct ac_repo *r, const char *name, struct ac_fault *f);
/* Compare and swap: old NULL means that it must not exist. AC_EBUSY: it changed. */
AC_MUST enum ac_err ac_repo_ref_set(struct ac_repo *r, const char *name, const struct ac_oid *to,
	const struct ac_oid *old, struct ac_fault *f);
AC_MUST enum ac_err ac_repo_ref_delete(struct ac_repo *r, const char *name, struct ac_fault *f);
/* One that still is at `was`. AC_EBUSY: it moved. Gone already: AC_OK. */
AC_MUST enum ac_err ac_repo_ref_drop(struct ac_repo *r, const char *name, const struct ac_oid *was, struct ac_fault *f);
/* Every ref whose name begins with prefix, in the order of names. */
AC_MUST enum ac_err ac_repo_refs(struct ac_repo *r, const char *prefix,
	enum ac_err (*each)(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f),
	void *ctx, struct ac_fault *f);
/* Removes left-over .lock files of refs and half-written objects; only while the home's
 * lock is held. */
void ac_repo_unlock_stale(struct ac_repo *r);

#endif
