/* SPDX-License-Identifier: ISC */
/*
 * store/home.h: the inside of an open home, shared by the files of the store and
 * by sync above it. Applications use store/store.h.
 */
#ifndef AC_STORE_HOME_H
#define AC_STORE_HOME_H

#include "store/crypto.h"
#include "store/entry.h"
#include "store/index.h"
#include "store/members.h"
#include "store/relay.h"
#include "store/repo.h"
#include "store/sealer.h"
#include "store/segment.h"
#include "store/store.h"

/* Lives in secret memory. */
struct ac_space_secret {
	unsigned char seed[32];   /* Ed25519 */
	unsigned char dh[32];     /* X25519 */
	unsigned char psk[32];    /* this member's symmetric secret */
	unsigned char name_key[32];
	unsigned char import_key[32]; /* of name_key: the salts of imports */
};

struct ac_key {               /* one epoch key, or one owners key; in secret memory */
	unsigned char hash[32], key[32];
	bool newest;              /* verified from the root, and no other such epoch names it as earlier */
	bool clean;               /* covers all members and standing invites, and nobody else */
};
struct ac_keyring {
	struct ac_key *keys;      /* ac_crypto_secret_new */
	size_t n, cap;
};

enum ac_space_kind { AC_SPACE_VAULT = 0, AC_SPACE_SHARE_OWN = 1, AC_SPACE_SHARE_TAKEN = 2 };

struct ac_space {
	struct ac_home *home;
	unsigned char sid[8], root[32];
	unsigned char vault[8];   /* AC_SPACE_SHARE_OWN: the vault it belongs to */
	enum ac_space_kind kind;
	char patient[256];
	struct ac_space_secret *secret;
	unsigned char sign_pk[32], dh_pk[32];
	unsigned char me[8];      /* member id: first 8 bytes of BLAKE2b-256 of sign_pk */
	uint32_t incarnation;
	bool renew;               /* start a new incarnation before the next append */
	unsigned char branch[16]; /* of the present incarnation */
	int64_t id;               /* row in the index; 0: not loaded */
	struct ac_keyring epochs, owners;
	struct ac_keyring derived;/* of sets of epochs that were newest together */
	bool uncarried;           /* a key is held that no newest epoch tells to all who belong */
	unsigned char owners_now[32]; /* hash of the owners key to box under */
	struct ac_members members;
	/* kept in the key file, known from joining: [epoch keys, owners keys, secrets of
	 * standing invites whose wraps this device may open] */
	struct ac_val *start_keys;
};

struct ac_home {
	char path[4096];
	unsigned char *inner;         /* 32, secret: seals the key file's body and the state */
	unsigned char *index_key;     /* 32, secret */
	unsigned char *age;           /* 32, secret */
	unsigned char machine[32];    /* hash of machine id and inode when last written */
	unsigned char head[104];      /* the key file's head: parameters and the wrapped inner key */
	struct { unsigned char sid[8], wrapped[72]; } kits[64]; /* the inner key for each vault's kit */
	size_t nkits;
	struct ac_repo *repo;
	struct ac_index *index;
	int lock;                     /* fd while held, else -1 */
	unsigned depth;               /* of ac_home_lock */
	struct ac_space *spaces[4096];
	size_t nspaces;
	struct ac_state *state;
	struct ac_arena arena;        /* for what lives as long as the home */
	const struct ac_progress *progress;
	uint64_t keys_ino; int64_t keys_ns; /* of the key file when last read */
	int64_t applied;              /* segments in the index when last read */
	struct ac_cache *cache;       /* opened segments of this process */
	struct ac_waits *waits;       /* what stands in branches here and is of a later version */
	size_t nwaits;
};

/* keyfile.c */
AC_MUST enum ac_err ac_keyfile_save(struct ac_home *h, struct ac_fault *f);
/* One of: pass; key (the inner key); kit (a recovery kit's secret). */
AC_MUST enum ac_err ac_keyfile_load(struct ac_home *h, const char *pass, size_t n, const unsigned char *key,
	const unsigned char *kit, struct ac_fault *f);
/* A new head for a passphrase; quick: for tests. Saves nothing. */
AC_MUST enum ac_err ac_keyfile_seal(struct ac_home *h, const char *pass, size_t n, bool quick, struct ac_fault *f);
/* The slot by which a vault's kit opens this key file; replaces the vault's last one. */
AC_MUST enum ac_err ac_keyfile_kit(struct ac_home *h, const unsigned char sid[static 8],
	const unsigned char kit[static 32], struct ac_fault *f);
/* What tells a copied home from its original. */
void ac_keyfile_machine(unsigned char out[static 32], const struct ac_home *h);

/* space.c: spaces in memory. */
struct ac_space *ac_space_new(struct ac_home *h, enum ac_space_kind kind); /* fresh keys; in h->spaces */
void ac_space_drop(struct ac_home *h, struct ac_space *s);
void ac_space_derive(struct ac_space *s);        /* public halves, id, branch, from the secrets */
void ac_space_branch(unsigned char branch[static 16], const struct ac_space *s,
	const unsigned char pk[static 32], uint32_t incarnation);
/* Attachments and invites stand in namespaces of their own, so that a sync of chains
 * need not touch them: the first 8 bytes of refs/heads/<these>/<branch>. */
void ac_space_files(unsigned char out[static 8], const struct ac_space *s);
void ac_space_invites(unsigned char out[static 8], const unsigned char sid[static 8]);
struct ac_space *ac_space_find(struct ac_home *h, const unsigned char sid[static 8]);
/* Reads keys and members of the space from the index; again after every change. */
AC_MUST enum ac_err ac_space_load(struct ac_space *s, struct ac_fault *f);
/* A key into a ring, once. */
AC_MUST enum ac_err ac_space_ring_add(struct ac_keyring *r, const unsigned char key[static 32]);
const struct ac_key *ac_space_ring_find(const struct ac_keyring *r, const unsigned char hash[static 32]);
void ac_space_key_hash(unsigned char hash[static 32], const unsigned char key[static 32]);
/* The key that this device seals under now: the newest epoch's, or one derived from
 * all newest in sorted order; one: any single newest, for a join, which says nothing
 * that needs the others and must open for every member. AC_EREFUSED: none is held. */
AC_MUST enum ac_err ac_space_seal_key(unsigned char key[static 32], struct ac_space *s, bool one, struct ac_fault *f);
/* Calls `try` with every key that a segment may be sealed under, likeliest first,
 * until it returns anything but AC_ELOCKED. */
AC_MUST enum ac_err ac_space_each_key(struct ac_space *s,
	enum ac_err (*try)(void *ctx, const unsigned char key[static 32], struct ac_fault *f), void *ctx,
	struct ac_fault *f);
/* epochs.c: what each epoch is good for, from the index and the members of now. */
#define AC_EPOCHS_TOGETHER 16 /* newest epochs that one key is derived from */
AC_MUST enum ac_err ac_epochs_load(struct ac_space *s, struct ac_fault *f); /* a part of ac_space_load */
void ac_epochs_derive(unsigned char out[static 32], const struct ac_key *const *set, size_t n);
/* Of a row with chain and seq: does it stand past a fork? What begins a chain does not. */
#define PAST_FORK(t) "(" t "seq > 0 AND EXISTS(SELECT 1 FROM fork k WHERE k.chain = " t "chain AND k.seq <= " t "seq))"
/* Owners-only boxes: nonce, ciphertext, tag. */
AC_MUST enum ac_err ac_space_box(struct ac_val *out, struct ac_arena *a, struct ac_space *s,
	const void *p, size_t n, struct ac_fault *f);
AC_MUST bool ac_space_unbox(struct ac_buf *out, struct ac_space *s, const unsigned char *p, size_t n);

/* home.c: the lock that writers take; it nests. After it is taken the index is as new
 * as the chains. */
AC_MUST enum ac_err ac_home_lock(struct ac_home *h, struct ac_fault *f);
void ac_home_unlock(struct ac_home *h);
AC_MUST enum ac_err ac_home_catch_up(struct ac_home *h, struct ac_fault *f);
/* With the lock held: a branch is put on another arm of its fork, and the index is made
 * anew. A process that dies in between leaves a home without an index, which the next
 * command rebuilds. */
AC_MUST enum ac_err ac_home_switch(struct ac_home *h, const char *ref, const struct ac_oid *to,
	const struct ac_oid *from, struct ac_fault *f);

/* clock.c: hybrid logical clock, ms << 16 | counter. */
AC_MUST enum ac_err ac_clock_now(uint64_t *out, struct ac_home *h, struct ac_fault *f);
AC_MUST enum ac_err ac_clock_saw(struct ac_home *h, uint64_t clock, bool *ahead, struct ac_fault *f);
int64_t ac_clock_ms(void);

/* append.c: one batch of this device onto its chain. */
struct ac_own;
struct ac_append {
	struct ac_space *s;
	struct ac_arena arena;    /* of the heads */
	struct ac_arena scratch;  /* of one version */
	struct ac_buf raw;        /* the entries of the segment that is being gathered */
	size_t n, bytes;          /* how many; estimate of their size */
	struct ac_val heads;      /* of the batch's first segment */
	uint64_t clock;           /* for versions and the segment */
	struct ac_sealer *sealer; /* the segments of this batch before that; NULL: none yet */
	struct ac_own *own;       /* the batch goes into the index as it comes; NULL: when it is written */
	unsigned char key[32];    /* that it is sealed under */
	unsigned char prev[32];   /* hash of the last segment of the batch before */
	uint32_t seq;             /* of the segment that is being gathered */
	bool first, joining, bulk, bare;
	struct ac_oid tip; bool has_tip;
	unsigned char (*blobs)[32]; /* attachments stored in this batch, which the index has not yet */
	size_t nblobs;
};
/* begin takes the lock, makes sure that an owner writes under a clean epoch and a
 * copied home on a new incarnation. commit writes, moves the branch, applies. end
 * frees, and lets go of the lock; safe after any failure. */
AC_MUST enum ac_err ac_append_begin(struct ac_append *b, struct ac_space *s, struct ac_fault *f);
/* Many versions follow: they go into the index while they are at hand, in one transaction
 * from here to the commit, which the caller may read in. Again after each commit; else
 * the next version says so by itself. */
AC_MUST enum ac_err ac_append_bulk(struct ac_append *b, struct ac_fault *f);
/* The same on a new incarnation, which whoever belongs to the space can read without any
 * other branch of this device. */
AC_MUST enum ac_err ac_append_alone(struct ac_append *b, struct ac_space *s, struct ac_fault *f);
AC_MUST enum ac_err ac_append_entry(struct ac_append *b, const struct ac_val *e, size_t bytes, struct ac_fault *f);
AC_MUST enum ac_err ac_append_single(struct ac_append *b, const struct ac_val *e, size_t bytes, struct ac_fault *f); /* in a segment of its own */
void ac_append_heads(struct ac_append *b); /* the commit writes a segment, if only of what was seen */
AC_MUST enum ac_err ac_append_version(struct ac_append *b, unsigned char id[static 32], struct ac_version *v,
	struct ac_fault *f);
AC_MUST enum ac_err ac_append_knows(struct ac_append *b, const unsigned char hash[static 32]); /* into blobs */
AC_MUST enum ac_err ac_append_commit(struct ac_append *b, struct ac_fault *f);
void ac_append_end(struct ac_append *b);
/* The first segment of a space: keys, the founder's join, the kit as a standing invite. */
AC_MUST enum ac_err ac_append_genesis(struct ac_space *s, const char *person, const char *device,
	const unsigned char kit[static 32], const struct ac_val *terms, struct ac_fault *f);
/* A joiner's first segment: signed by both keys. */
AC_MUST enum ac_err ac_append_join(struct ac_space *s, const char *person, const char *device,
	const unsigned char invite[static 32], struct ac_fault *f);
/* What the invite's key signs in a join: 128 bytes. */
void ac_append_join_input(unsigned char out[static 128], const struct ac_space *s, const unsigned char sign[static 32],
	const unsigned char dh[static 32], const unsigned char invite[static 32]);
/* A new epoch where the present one covers more, or less, than the members that now are. */
AC_MUST enum ac_err ac_append_rotate(struct ac_space *s, struct ac_fault *f);
/* A new incarnation now, because a hub took the present branch away past number `after`
 * (-1: all of it): what stood there is said again. */
AC_MUST enum ac_err ac_append_renew(struct ac_space *s, int64_t after, struct ac_fault *f);

/* renew.c: what stood in a branch of this device past number `after`. */
/* Did an epoch begin there? (false for who is no owner) */
AC_MUST enum ac_err ac_renew_keys(bool *out, struct ac_space *s, const unsigned char branch[static 16], int64_t after,
	struct ac_fault *f);
AC_MUST enum ac_err ac_renew_again(struct ac_append *b, const unsigned char branch[static 16], int64_t after,
	struct ac_fault *f);

/* keys.c: keys segments. */
struct ac_identity { const unsigned char *dh, *dh_pk, *psk; };
/* The epoch key (and the owners key, when wrapped too) for an identity. AC_ELOCKED: none. */
AC_MUST enum ac_err ac_keys_unwrap(unsigned char epoch[static 32], unsigned char owners[static 32], bool *has_owners,
	const struct ac_wraps *w, const struct ac_place *at, const struct ac_identity *who);
/* The mark of a keys segment: a member that it is not wrapped for can tell that somebody who
 * knows the space wrote it. */
void ac_keys_mark(unsigned char mark[static 32], const struct ac_wraps *w, const struct ac_place *at,
	const unsigned char name_key[static 32]);
/* Is it signed, in the clear part, by an owner in good standing of these members? So it is no false
 * beginning, also for who it is not wrapped for. */
bool ac_keys_signed(const struct ac_wraps *w, const struct ac_place *at, const unsigned char name_key[static 32],
	const struct ac_members *m);
/* A keys segment for the members and open invites of s: appended to `out`. `more`
 * are further entries (genesis: the founder's join, the kit, the terms). */
AC_MUST enum ac_err ac_keys_segment(struct ac_buf *out, unsigned char hash[static 32], struct ac_space *s,
	uint32_t seq, const unsigned char prev[static 32], uint64_t clock, const struct ac_val *heads,
	const struct ac_val *more, struct ac_fault *f);

/* invite.c: what an invite's 32-byte secret derives. */
struct ac_invite_keys { unsigned char seed[32], pk[32], dh[32], dh_pk[32], psk[32], branch_key[32]; };
void ac_invite_derive(struct ac_invite_keys *out, const unsigned char secret[static 32]);
/* What a kit's invite has for a person: its X25519 public key in hex, so that a backup
 * can be sealed to a kit that is not at hand. */
void ac_invite_kit_text(char out[static 65], const unsigned char kit[static 32]);
/* The branch that carries the wrap of a single invite. */
void ac_invite_branch(unsigned char branch[static 16], const unsigned char space[static 8],
	const struct ac_invite_keys *k);
AC_MUST enum ac_err ac_invite_entry(struct ac_val e[static 10], struct ac_arena *a, struct ac_space *s,
	const struct ac_invite_keys *k, enum ac_role role, enum ac_standing standing, const char *name,
	const char *person, int64_t expires, struct ac_fault *f);

struct ac_waits { struct ac_space *s; unsigned char branch[16]; char later[AC_SEGMENT_MADE]; };

/* apply.c: takes segments of chains into the index. */
enum ac_verdict { AC_TAKEN, AC_PENDING, AC_BAD };
struct ac_finding {           /* what was wrong with a chain */
	const char *kind;         /* an alert's: corrupt, forged, fork, rollback, … */
	struct ac_place place;
	uint32_t seq;
	char text[400];
};
struct ac_apply {
	struct ac_home *h;
	void (*finding)(void *ctx, const struct ac_finding *fd);
	void *ctx;
	uint64_t versions;        /* out: new versions taken */
	uint64_t conflicts;       /* out: documents that became disputed */
	uint64_t segments;        /* out */
	uint64_t pending;         /* out: segments left for later */
};
struct ac_tip {               /* a branch to be brought up to a commit */
	struct ac_space *s;
	unsigned char branch[16];
	struct ac_oid oid;
	struct ac_oid verified;   /* out: the last commit taken whole */
	bool moved;               /* out: verified is later than what was applied before */
	bool stopped;             /* out: something after it is bad */
	bool waiting;             /* out: something after it is pending */
	bool sealed;              /* out: what waits opens with no key that is held */
	bool uncovered;           /* out: what waits is an owner's keys segment with no wrap for this device */
	char later[AC_SEGMENT_MADE]; /* out: what waits is of a later version, and made in this; "": is not */
	int64_t next;             /* out: number of the segment that did not come in */
};
/* Inside one index transaction: verifies and takes what the tips hold beyond what is
 * applied, in any order that works. Moves no ref. */
AC_MUST enum ac_err ac_apply_tips(struct ac_apply *ap, struct ac_tip *tips, size_t n, struct ac_fault *f);

/* How far do the n commits (newest first) of a chain hold that stand on its segment
 * number seq with this hash? *good: how many do; *kind: why the next does not (corrupt,
 * forged, or later: made in `later`; NULL: all hold). Takes nothing in. */
AC_MUST enum ac_err ac_apply_judge(size_t *good, const char **kind, char later[static AC_SEGMENT_MADE], struct ac_space *s,
	const unsigned char branch[static 16], const struct ac_oid *commits, size_t n, int64_t seq,
	const unsigned char hash[static 32], struct ac_fault *f);

/* Is this the tip of a chain, or of a branch of another use (attachments, an invite)? */
bool ac_apply_is_chain(struct ac_repo *r, const struct ac_oid *tip);

/* apply_own.c: this device's own batch, taken in while it is written. begin opens a
 * transaction of the index (*out is NULL, and none is open, where the batch must go by
 * ac_apply_tips); each version and blob is named with its place to be; end, once the
 * branch stands at the commit, sees that the repository gives back the segments, notes
 * them and commits. What is dropped before that leaves the index as it was. A call that
 * failed is followed by drop and nothing else. */
AC_MUST enum ac_err ac_apply_own_begin(struct ac_own **out, struct ac_space *s, struct ac_fault *f);
AC_MUST enum ac_err ac_apply_own_version(struct ac_own *o, const struct ac_version *v, const unsigned char id[static 32],
	uint32_t seq, uint32_t n, struct ac_fault *f);
AC_MUST enum ac_err ac_apply_own_blob(struct ac_own *o, const struct ac_val *e, uint32_t seq, uint32_t n, struct ac_fault *f);
AC_MUST enum ac_err ac_apply_own_end(struct ac_own *o, const struct ac_oid *commit, const struct ac_segment *segs,
	const struct ac_buf *bytes, size_t n, const struct ac_val *heads, const unsigned char key[static 32],
	struct ac_fault *f);
void ac_apply_own_drop(struct ac_own *o); /* NULL: nothing */

/* fold.c: lower case, Latin letters without their marks. */
AC_MUST enum ac_err ac_fold(struct ac_buf *out, const char *s);

/* docs.c: documents out of versions. */
/* The salt of an import: derived under a key that the vault's members hold. */
AC_MUST enum ac_err ac_docs_salt(unsigned char salt[static 16], struct ac_space *s, const struct ac_version *v);
/* An import's salt, and with it its name and the size of its canonical bytes, in one go. */
AC_MUST enum ac_err ac_docs_name(unsigned char id[static 32], unsigned char salt[static 16], size_t *size,
	const struct ac_space *s, const struct ac_version *v);
AC_MUST enum ac_err ac_docs_add(struct ac_space *s, const struct ac_version *v, const unsigned char vid[static 32],
	int64_t chain, uint32_t seq, uint32_t n, int guest, int64_t *doc, bool *fresh, struct ac_fault *f);
/* guest: written by who is no owner, here; or elsewhere, and published here by an owner. */
enum { AC_GUEST_HERE = 1, AC_GUEST_PUBLISHED = 2 };
/* Computes the view of a document anew and writes its row. *disputed: it became so. */
AC_MUST enum ac_err ac_docs_view(struct ac_space *s, int64_t doc, bool *disputed, struct ac_fault *f);

/* docs_graph.c: a document as values: nodes and view, for show, conflicts, resolve. */
struct ac_graph {
	struct ac_node *nodes; uint32_t n;
	struct ac_view view;
	struct ac_version *versions; /* parallel to nodes; bodies and names borrowed from the arena */
	char type[128], source[512], rid[512];
	int64_t doc;
	int64_t weight;              /* of all its versions that count (docs_limit.h) */
	uint32_t omitted;            /* how many of them are not among the nodes: they were too many */
	unsigned char omits[8];      /* who wrote most of these; zeros: imports */
};
AC_MUST enum ac_err ac_docs_graph(struct ac_graph *out, struct ac_arena *a, struct ac_space *s, int64_t doc,
	struct ac_fault *f);

/* docs_read.c: what stands in segments, read again. */
/* An entry as it stands in its segment. */
AC_MUST enum ac_err ac_docs_entry(const struct ac_val **out, struct ac_arena *a, struct ac_space *s, int64_t chain,
	uint32_t seq, uint32_t n, struct ac_fault *f);
/* A version by its row: decoded from its segment. */
AC_MUST enum ac_err ac_docs_version(struct ac_version *out, struct ac_arena *a, struct ac_space *s,
	int64_t chain, uint32_t seq, uint32_t n, struct ac_fault *f);
/* The segment that the one at (chain, seq) carries; its bytes are copied into a. */
AC_MUST enum ac_err ac_docs_relay(struct ac_relay *out, struct ac_arena *a, struct ac_space *s, int64_t chain, uint32_t seq,
	struct ac_fault *f);
void ac_docs_cache_free(struct ac_cache *c);

/* docs_cuts.c: after membership moved, hides what is past a removed member's cut and
 * shows what is not; each document that this concerns goes to `touch`. */
AC_MUST enum ac_err ac_docs_cuts(struct ac_space *s, enum ac_err (*touch)(void *ctx, int64_t doc), void *ctx,
	struct ac_fault *f);

/* contributed.c: what a share's writer wrote, taken into the vault. */
void ac_contributed_input(unsigned char out[static 65], const unsigned char vid[static 32],
	const unsigned char share[static 8], enum ac_role role);
/* Did its writer sign this version, for that share? */
bool ac_contributed_signed(const struct ac_val *e, const unsigned char vid[static 32]);
/* writer: out, the author's id; out->member points there. */
AC_MUST enum ac_err ac_contributed_read(struct ac_version *out, const struct ac_val *e, unsigned char writer[static 8]);
AC_MUST enum ac_err ac_contributed_take(struct ac_space *s, const struct ac_val *e, int64_t chain, uint32_t seq,
	uint32_t n, const struct ac_member *by, bool *fresh, struct ac_fault *f,
	enum ac_err (*touch)(void *ctx, int64_t doc), void *ctx);

enum { AC_DOC_CONFLICT = 1, AC_DOC_SAFETY = 2, AC_DOC_FLAGGED = 4, AC_DOC_DELETED = 8,
       AC_DOC_INCOMPLETE = 16, AC_DOC_PROPOSAL = 32, AC_DOC_WITHDRAWN = 64, AC_DOC_OVERFULL = 128,
       AC_DOC_HIDDEN = 256 };

/* withdrawn.c: documents that have left a share's filter, as its owners' entries say. */
void ac_withdrawn_entry(struct ac_val e[static 5], const char *source, const char *type, const char *id, bool withdrawn);
/* Sets and clears AC_DOC_WITHDRAWN of the share's documents. */
AC_MUST enum ac_err ac_withdrawn_settle(struct ac_space *s, struct ac_fault *f);
/* AC_ENOTFOUND with the sentence for who asks for a withdrawn document. */
AC_MUST enum ac_err ac_withdrawn_say(struct ac_space *s, int64_t doc, const char *ref, struct ac_fault *f);

/* attach.c: inline data over AC_MAX_INLINE becomes an attachment of the same batch; *out
 * is the body to store. b NULL: only what that body would be. */
AC_MUST enum ac_err ac_attach_detach(const struct ac_val **out, struct ac_arena *a, struct ac_append *b,
	const struct ac_val *body, struct ac_fault *f);
/* The attachments of a body that goes into another space, sealed anew in that batch,
 * before its version. AC_ENET: the bytes of one are not on this device. */
AC_MUST enum ac_err ac_attach_copy(struct ac_append *b, struct ac_space *from, const struct ac_val *body,
	struct ac_fault *f);

/* state.c: sealed small things that no chain holds. */
AC_MUST enum ac_err ac_state_load(struct ac_home *h, struct ac_fault *f);
AC_MUST enum ac_err ac_state_save(struct ac_home *h, struct ac_fault *f);
/* A map at a name; changing a state is get, change, put (which saves). */
const struct ac_val *ac_state_get(struct ac_home *h, const char *name);
AC_MUST enum ac_err ac_state_put(struct ac_home *h, const char *name, const struct ac_val *v, struct ac_fault *f);
void ac_state_free(struct ac_home *h);

/* author.c: names of members and sources. Text lives in the arena. */
void ac_author_name(const char **author, const char **device, struct ac_arena *a, struct ac_space *s,
	const unsigned char *member, const char *source);

#endif
