/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "store/home.h"

#define AHEAD ((uint64_t)3600 * 1000 << 16)  /* never follow a clock that is further ahead */

int64_t
ac_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t
wall_clock(void)
{
	return (uint64_t)ac_clock_ms() << 16;
}

/* Is a chain of somebody else beyond `from`, and not beyond what was once believed? */
static enum ac_err
others_there(bool *yes, struct ac_home *h, uint64_t from, uint64_t to, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	int64_t n = 0;
	size_t i;

	for (i = 0; i < h->nspaces && !err && !n; i++)
		err = ac_index_int(&n, h->index, f, "SELECT count(*) FROM chain WHERE space = ? AND writer != ? AND clock > ? AND"
			" clock <= ?", "ibii", h->spaces[i]->id, h->spaces[i]->me, (size_t)8, (int64_t)from, (int64_t)to);
	*yes = n > 0;
	return err;
}

/* The greatest clock seen. One that is now over an hour ahead of the wall was this
 * device's own, written while its clock was wrong, and is forgotten; but if others have
 * been there too, then it is the wall that is wrong, and stands in the past. */
static enum ac_err
last(uint64_t *out, struct ac_home *h, uint64_t wall, struct ac_fault *f)
{
	int64_t v = 0;
	bool others;
	enum ac_err err = ac_index_int(&v, h->index, f, "SELECT val FROM meta WHERE key = 'clock'", "");

	if (err && err != AC_ENOTFOUND)
		return err;
	if ((uint64_t)v > wall + AHEAD) {
		if ((err = others_there(&others, h, wall + AHEAD, (uint64_t)v, f)))
			return err;
		if (!others && (err = ac_index_int(&v, h->index, f, "SELECT coalesce(max(clock), 0) FROM chain WHERE clock <= ?",
		    "i", (int64_t)(wall + AHEAD))))
			return err;
	}
	*out = (uint64_t)v;
	return AC_OK;
}

enum ac_err
ac_clock_now(uint64_t *out, struct ac_home *h, struct ac_fault *f)
{
	uint64_t seen = 0, wall = wall_clock();
	enum ac_err err = last(&seen, h, wall, f);

	if (err)
		return err;
	*out = wall > seen ? wall : seen + 1;
	return AC_OK;
}

enum ac_err
ac_clock_saw(struct ac_home *h, uint64_t clock, bool *ahead, struct ac_fault *f)
{
	uint64_t seen = 0, wall = wall_clock();
	enum ac_err err;

	*ahead = clock > wall + AHEAD;
	if ((err = last(&seen, h, wall, f)))
		return err;
	/* one tick further than what is believed already is this device's own next */
	if (clock <= seen || (*ahead && clock != seen + 1))
		return AC_OK;
	return ac_index_run(h->index, f, "INSERT OR REPLACE INTO meta VALUES('clock', ?)", "i", (int64_t)clock);
}
