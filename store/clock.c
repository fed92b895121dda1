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

static enum ac_err
last(uint64_t *out, struct ac_home *h, struct ac_fault *f)
{
	int64_t v = 0;
	enum ac_err err = ac_index_int(&v, h->index, f, "SELECT val FROM meta WHERE key = 'clock'", "");

	if (err && err != AC_ENOTFOUND)
		return err;
	*out = (uint64_t)v;
	return AC_OK;
}

enum ac_err
ac_clock_now(uint64_t *out, struct ac_home *h, struct ac_fault *f)
{
	uint64_t seen = 0, wall = (uint64_t)ac_clock_ms() << 16;
	enum ac_err err = last(&seen, h, f);

	if (err)
		return err;
	*out = wall > seen ? wall : seen + 1;
	return AC_OK;
}

enum ac_err
ac_clock_saw(struct ac_home *h, uint64_t clock, bool *ahead, struct ac_fault *f)
{
	uint64_t seen = 0, wall = (uint64_t)ac_clock_ms() << 16;
	enum ac_err err;

	*ahead = clock > wall + AHEAD;
	if (*ahead)
		return AC_OK;
	if ((err = last(&seen, h, f)))
		return err;
	if (clock <= seen)
		return AC_OK;
	return ac_index_run(h->index, f, "INSERT OR REPLACE INTO meta VALUES('clock', ?)", "i", (int64_t)clock);
}
