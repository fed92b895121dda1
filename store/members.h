/* SPDX-License-Identifier: ISC */
/*
 * store/members.h: who belongs to a space: a pure function of the membership
 * entries of its chains (store/FORMAT.md, "Members"). It lives in the store
 * because nothing can be read without it; sync acts on it.
 */
#ifndef AC_STORE_MEMBERS_H
#define AC_STORE_MEMBERS_H

#include "store/entry.h"
#include "store/store.h"

enum ac_standing { AC_SINGLE = 0, AC_KIT = 1, AC_BACKUP = 2 };

struct ac_member {
	unsigned char id[8], sign[32], dh[32], invite[32]; /* invite zero: the founder */
	unsigned char first[32];      /* hash of its first segment */
	unsigned char branch[16];     /* it joined on */
	char person[256], device[256], given[256]; /* given: the name that the invite gave */
	enum ac_role role;
	enum ac_standing standing;    /* of its invite */
	uint64_t since;               /* clock */
	unsigned rank;                /* smaller is senior */
	const struct ac_val *box;     /* owners-only: the founder's symmetric secret; else NULL */
	bool removed, suspended;      /* suspended: two joins by one invite */
	bool reused;                  /* its invite was, whatever came of it */
	uint64_t removed_at;
};
struct ac_invite {
	unsigned char pk[32], dh[32], by[8];
	char name[256], person[256];
	enum ac_role role;
	enum ac_standing standing;
	int64_t expires;              /* ms, 0 never */
	uint64_t since;
	const struct ac_val *box;     /* owners-only: the symmetric secret */
	unsigned char branch[16];     /* of a single invite: what carries its wrap */
	bool has_branch, cancelled;
	uint64_t cancelled_at;
	unsigned uses;
};
struct ac_cut {                   /* nothing of this branch counts past seq; -1: nothing at all */
	unsigned char member[8], branch[16], hash[32]; /* hash: of the segment where the remover cut it */
	int64_t seq;
	unsigned char by_branch[16];  /* where the removal stands */
	uint32_t by_seq;
};
struct ac_members {
	struct ac_member *m; size_t n;
	struct ac_invite *i; size_t ni;
	struct ac_cut *cuts; size_t ncuts;
	struct ac_arena arena;
};

/* An entry where it stands. */
struct ac_mentry {
	unsigned char branch[16], writer[8], hash[32]; /* hash: of its segment */
	uint32_t seq;
	uint64_t clock;
	bool forked;                  /* past a fork of its branch, where only joins count */
	const struct ac_val *e;
};
/* What the chains say of themselves. */
struct ac_members_chains {
	/* the number of the last segment of `other` that the segment (branch, seq) had seen, or -1 */
	int64_t (*seen)(void *ctx, const unsigned char *branch, uint32_t seq, const unsigned char *other);
	/* does the segment of this hash stand at (branch, seq)? */
	bool (*stands)(void *ctx, const unsigned char *branch, int64_t seq, const unsigned char *hash);
	void *ctx;
};
/* Replaces *out; free with ac_members_free. */
AC_MUST enum ac_err ac_members_compute(struct ac_members *out, const struct ac_mentry *entries, size_t n,
	const unsigned char root_branch[static 16], const struct ac_members_chains *chains, struct ac_fault *f);
void ac_members_free(struct ac_members *m);

const struct ac_member *ac_members_find(const struct ac_members *m, const unsigned char id[static 8]);
const struct ac_invite *ac_members_invite(const struct ac_members *m, const unsigned char pk[static 32]);
/* May this member's segment (branch, seq) count at all? */
bool ac_members_cut(const struct ac_members *m, const unsigned char id[static 8],
	const unsigned char branch[static 16], uint32_t seq);

/* Is the invite one that keys are wrapped for: standing, or single and not used or closed? */
bool ac_members_open(const struct ac_invite *i);
/* Do these 8-byte ids (of members, and of invites: the beginning of pk) name exactly
 * those that keys are to be wrapped for? */
bool ac_members_covered(const struct ac_members *m, const struct ac_val *covers);

#endif
