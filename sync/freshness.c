/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "sync/exchange.h"

enum ac_err
ac_freshness(struct ac_space *s, int (*each)(void *ctx, const struct ac_freshness *fr), void *ctx, struct ac_fault *f)
{
	struct ac_rows q;
	struct ac_freshness row;
	enum ac_err err = AC_OK;
	bool stop = false;
	size_t i;

	for (i = 0; i < s->members.n && !stop && !err; i++) {
		q = ac_index_query(s->home->index, "SELECT coalesce(max(clock), 0) FROM chain WHERE space = ? AND writer = ?", "ib",
			s->id, s->members.m[i].id, (size_t)8);
		row = (struct ac_freshness){ .device = s->members.m[i].device };
		if (ac_rows_next(&q))
			row.newest = ac_rows_int(&q, 0) >> 16;
		err = ac_rows_end(&q, f);
		stop = !err && each(ctx, &row);
	}
	return err;
}
