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
