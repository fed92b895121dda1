/* SPDX-License-Identifier: ISC */
/*
 * sync/bundle.h: a git bundle (version 2, no prerequisites) of a space's branches:
 * what stock `git clone` and `git bundle verify` take. It knows git, and nothing of
 * keys; what is in a bundle is not verified here.
 */
#ifndef AC_SYNC_BUNDLE_H
#define AC_SYNC_BUNDLE_H

#include "store/repo.h"

#define AC_BUNDLE_REFS ((size_t)1 << 20)

struct ac_bundle_ref {
	char name[80];            /* refs/heads/<space>/<branch> */
	struct ac_oid at;
};
struct ac_bundle_refs {
	struct ac_bundle_ref *ref; /* malloc; free with ac_bundle_refs_free */
	size_t n, cap;
};
void ac_bundle_refs_free(struct ac_bundle_refs *l);
/* Adds what refs/heads holds of one space now. */
AC_MUST enum ac_err ac_bundle_refs_add(struct ac_bundle_refs *l, struct ac_repo *r, const unsigned char space[static 8],
	struct ac_fault *f);

/* Header and pack, in constant memory but for the names of the objects. */
AC_MUST enum ac_err ac_bundle_write(const struct ac_sink *to, struct ac_repo *r, const struct ac_bundle_refs *l,
	struct ac_fault *f);
/* Takes the objects into r and lists the refs, setting none. AC_EINVAL: no such
 * bundle. AC_ECORRUPT: its pack is damaged. */
AC_MUST enum ac_err ac_bundle_read(struct ac_bundle_refs *l, struct ac_repo *r, const struct ac_source *from,
	struct ac_fault *f);

#endif
