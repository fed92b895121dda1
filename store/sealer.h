/* SPDX-License-Identifier: ISC */
/*
 * store/sealer.h: the segments of one batch, compressed and sealed one after the
 * other, each linked to the one before, and each opened again to see that it gives
 * what it was made of. From the second on a thread does it, while the caller gathers
 * the next.
 */
#ifndef AC_STORE_SEALER_H
#define AC_STORE_SEALER_H

#include "store/segment.h"

struct ac_sealer;

/* seed, pk: the writer's; seed is borrowed. AC_ENOMEM. */
AC_MUST enum ac_err ac_sealer_new(struct ac_sealer **out, const struct ac_place *at,
	const unsigned char seed[static 32], const unsigned char pk[static 32], const unsigned char prev[static 32]);
/* Takes raw, the entries' bytes, also on failure. more: others will follow, so it may
 * be done meanwhile. What went wrong with an earlier one may be said here. */
AC_MUST enum ac_err ac_sealer_put(struct ac_sealer *s, const struct ac_segment *seg, struct ac_buf *raw,
	const unsigned char key[static 32], bool more, struct ac_fault *f);
/* Waits until all is done, and shows it: n segments, their bytes beside them; prev is the
 * hash of the last. They live until the sealer is freed. */
AC_MUST enum ac_err ac_sealer_done(struct ac_sealer *s, const struct ac_segment **segs, const struct ac_buf **bytes,
	size_t *n, struct ac_fault *f);
size_t ac_sealer_count(const struct ac_sealer *s); /* taken so far; NULL: 0 */
void ac_sealer_free(struct ac_sealer *s);

#endif
