/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUIET_MS 300 /* what is done by then needs no progress */
#define EVERY_MS 100

static int64_t began, shown;
static bool drawn;

static void
step(void *ctx, const char *what, uint64_t done, uint64_t of)
{
	int64_t now = date_now();
	char s[64] = "";

	if (now - began < QUIET_MS || now - shown < EVERY_MS)
		return;
	shown = now;
	drawn = true;
	if (of != 0)
		snprintf(s, sizeof s, " %d%%", (int)(done >= of ? 100 : done * 100 / of));
	else if (done != 0)
		snprintf(s, sizeof s, " %llu", (unsigned long long)done);
	fprintf(stderr, "\r\033[K%.60s%s", clean(ctx, _(what)), s);
	fflush(stderr);
}

const struct ac_progress *
progress(struct cli *c)
{
	static struct ac_progress p;

	if (c->quiet || c->json || isatty(STDERR_FILENO) != 1)
		return NULL;
	began = date_now();
	p.step = step;
	p.ctx = c;
	return &p;
}

void
progress_clear(void)
{
	if (drawn)
		fprintf(stderr, "\r\033[K");
	drawn = false;
}
