/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "sync/exchange.h"

#define COMMITS_MAX ((size_t)1 << 20)

enum ac_err
ac_lineage(struct ac_oid **commits, size_t *n, uint64_t *segments, bool *found, struct ac_repo *r,
	const struct ac_oid *tip, const struct ac_oid *base, struct ac_fault *f)
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_oid *list = NULL, *more, at = *tip;
	size_t count = 0, cap = 0;
	uint64_t segs = 0;
	enum ac_err err = b ? AC_OK : AC_ENOMEM;
	bool met = false;

	while (!err) {
		if (base && !memcmp(&at, base, sizeof at)) {
			met = true;
			break;
		}
		if (count == cap) {
			cap = cap ? 2 * cap : 64;
			if (cap > COMMITS_MAX || !(more = realloc(list, cap * sizeof *more))) {
				err = AC_ENOMEM;
				break;
			}
			list = more;
		}
		if ((err = ac_repo_read(b, r, &at, f)))
			break;
		list[count++] = at;
		segs += b->n;
		if (!b->has_parent)
			break;
		at = b->parent;
	}
	free(b);
	if (err) {
		free(list);
		return err;
	}
	*found = met || !base;
	*commits = list;
	*n = count;
	*segments = segs;
	return AC_OK;
}

bool
ac_lineage_holds(struct ac_repo *r, const struct ac_oid *commits, size_t n, const unsigned char hash[static 32])
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	unsigned char got[32];
	bool yes = false;
	size_t i, j;

	for (i = 0; b && i < n && !yes; i++) {
		if (ac_repo_read(b, r, &commits[i], NULL))
			break;
		for (j = 0; j < b->n && !yes; j++) {
			ac_buf_reset(&bytes);
			if (!ac_repo_blob(&bytes, r, &b->blobs[j], AC_SEGMENT_MAX, NULL)) {
				ac_crypto_hash(got, 32, bytes.p, bytes.len, NULL, 0);
				yes = !memcmp(got, hash, 32);
			}
		}
	}
	ac_buf_free(&bytes);
	free(b);
	return yes;
}
