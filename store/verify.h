/* SPDX-License-Identifier: ISC */
/*
 * store/verify.h: the proof that every sealed byte of a home is what its writers
 * signed, and the certificate of it, for ac_verify and for the proof of a backup.
 */
#ifndef AC_STORE_VERIFY_H
#define AC_STORE_VERIFY_H

#include "store/home.h"

struct ac_verify_head {       /* a chain, as far as it was proved */
	unsigned char space[8], branch[16], hash[32];
	struct ac_oid commit;
	int64_t seq;
};
struct ac_verify_heads {
	struct ac_verify_head *head; /* malloc */
	size_t n, cap;
};

/* Reads git, not the index: each commit, segment, signature, version and attachment
 * of every space of h; then whether the index says the same. What is wrong goes to
 * `each` and is counted in out->bad. out->certificate is left "". */
AC_MUST enum ac_err ac_verify_run(struct ac_verified *out, struct ac_verify_heads *heads, struct ac_home *h,
	void (*each)(void *ctx, const struct ac_bad *bad), void *ctx, const struct ac_progress *progress,
	struct ac_fault *f);

/* Writes by->home/certificates/verify-<time>.json, signed by this device's key in
 * `by`, and puts its path into v->certificate. file NULL: of the home itself; else of
 * that backup. The signature covers every byte before `,"signature":`. */
AC_MUST enum ac_err ac_certify(struct ac_verified *v, const struct ac_verify_heads *heads,
	const struct ac_space *by, const char *file, struct ac_fault *f);

#endif
