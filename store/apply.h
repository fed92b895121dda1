/* SPDX-License-Identifier: ISC */
/*
 * store/apply.h, private to taking batches in: what its files share. The contract of
 * the whole is in store/home.h.
 *
 *   apply.c          batches that come from others: each commit whole or not at all
 *   apply_open.c     one segment: opened, and is it its writer's
 *   apply_entries.c  what a segment says, as rows; the documents that it touched
 *   apply_own.c      this device's own batch, while it is written
 *   apply_relay.c    segments of another arm of a fork, carried in somebody's chain
 *
 * All of these are called inside a transaction of the index, which the caller drops after
 * an error. Errors are those of the index (AC_EIO, AC_ECORRUPT) and AC_ENOMEM unless
 * something else is said.
 */
#ifndef AC_STORE_APPLY_H
#define AC_STORE_APPLY_H

#include "store/home.h"

/* A chain that is brought up to its tip. */
struct ac_apply_chain {
	struct ac_tip *tip;       /* borrowed */
	struct ac_oid *commits;   /* not yet taken, newest first; owned */
	size_t n;
	int64_t id;               /* its row; 0: none yet */
	int64_t seq;              /* of the last segment taken, or -1 */
	unsigned char hash[32];   /* of that segment; zero before the first */
};

/* What one call has at hand for all its chains. */
struct ac_apply_work {
	struct ac_apply *ap;      /* borrowed: whom to tell, what to count */
	struct ac_home *h;
	struct ac_batch *batch;   /* the commit that was read last; owned */
	int64_t *docs;            /* whose view is to be computed anew; owned */
	size_t ndocs, cap;
	bool reload;              /* membership or keys moved: the space is to be loaded again */
	struct ac_fault *f;
};

/* A segment, opened. Set at.branch before, and all else to zero. */
struct ac_apply_opening {
	struct ac_segment seg;
	struct ac_arena arena;
	const struct ac_buf *bytes; /* borrowed */
	struct ac_place at;
	unsigned char key[32];      /* that it opened with */
};

/* ---------------------------------------- apply_open.c: segments and their keys */

/* Opens a segment with the keys that the space has; a keys segment's wraps may give new
 * ones, which are kept as candidates: they open, they do not yet seal. Whether its writer
 * signed it, and whether it follows, is not looked at. AC_ELOCKED: no key opens it.
 * AC_ECORRUPT: it is no segment of a chain here; AC_EVERSION: of a later version. `bytes` must outlive `o`;
 * close it also after an error. */
AC_MUST enum ac_err ac_apply_open(struct ac_apply_opening *o, struct ac_space *s, const struct ac_buf *bytes,
	struct ac_fault *f);
void ac_apply_close(struct ac_apply_opening *o);
/* The earlier keys that a keys entry carries, into the rings of the space. */
AC_MUST enum ac_err ac_apply_earlier_keys(struct ac_space *s, const struct ac_val *e);
/* Does an opened segment follow in its chain, and did a member write it there? AC_PENDING:
 * its writer's admission has not come. *why: what is wrong with one that is AC_BAD. */
enum ac_verdict ac_apply_check(struct ac_apply_chain *c, struct ac_apply_opening *o, const char **why);

/* ------------------------------------------------- apply.c: rows of the index */

/* What is applied of the chain of c->tip: its row, number and hash into c, and the last
 * commit taken whole (*has) into *applied and the tip. */
AC_MUST enum ac_err ac_apply_find_chain(struct ac_apply_work *w, struct ac_apply_chain *c, struct ac_oid *applied,
	bool *has);
/* The row of a chain that has none yet. */
AC_MUST enum ac_err ac_apply_note_chain(struct ac_apply_work *w, struct ac_apply_chain *c,
	const unsigned char writer[static 8], uint32_t incarnation);
/* The row of a segment that was judged and follows; c goes on to it. The clock has seen
 * its time after that; one that is far ahead is reported. */
AC_MUST enum ac_err ac_apply_note_segment(struct ac_apply_work *w, struct ac_apply_chain *c,
	const struct ac_apply_opening *o, const struct ac_oid *blob);

/* ------------------------------------------------ apply_entries.c: what a segment says */

/* All entries of a segment that was noted. */
AC_MUST enum ac_err ac_apply_entries(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o);
/* What a segment's first entry says that its writer had seen. */
AC_MUST enum ac_err ac_apply_heads(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o);
/* A version whose name is known, of entry n of segment seq of the chain. m: its writer,
 * or NULL. */
AC_MUST enum ac_err ac_apply_named(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_version *v,
	const unsigned char id[static 32], uint32_t seq, uint32_t n, const struct ac_member *m);
/* An entry that says where an attachment's bytes are. */
AC_MUST enum ac_err ac_apply_blob(struct ac_apply_work *w, const struct ac_apply_chain *c, uint32_t seq, uint32_t n,
	const struct ac_val *e);
/* Entry n of a segment, where it is about documents: a version, a contribution or an
 * attachment; nothing of any other kind, nor what its writer m may not write. `seq` is
 * where the entry stands in the chain c, which is not o's own number where o is carried
 * in another segment. */
AC_MUST enum ac_err ac_apply_document(struct ac_apply_work *w, struct ac_apply_chain *c,
	const struct ac_apply_opening *o, uint32_t seq, uint32_t n, const struct ac_val *e, const struct ac_member *m);
/* Once no segment follows: what counts after the removals that are known now is shown and
 * the rest hidden, and each document that any of this touched is computed anew. */
AC_MUST enum ac_err ac_apply_settle(struct ac_apply_work *w, struct ac_space *s);

/* ---------------------------------------------------- apply_relay.c: other arms */

/* The segment that number rseq of the chain c carries: noted, and its documents taken.
 * One that does not open yet, or whose writer is not known yet, is noted to be tried
 * again; one that its writer did not sign is passed over. Sets w->reload where a fork may
 * have come to light. */
AC_MUST enum ac_err ac_apply_relay(struct ac_apply_work *w, struct ac_apply_chain *c, uint32_t rseq,
	const struct ac_relay *r);
/* Those that wait, again: keys and members may have come since. *taken: one was, and the
 * space was loaded again, so that others may open now. */
AC_MUST enum ac_err ac_apply_relay_retry(bool *taken, struct ac_apply_work *w, struct ac_space *s);

#endif
