/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "sync/exchange.h"

struct found { char first[700]; size_t n; };

static int
each(void *ctx, const struct ac_overfull *o)
{
	struct found *w = ctx;

	if (!w->n++)
		snprintf(w->first, sizeof w->first, *o->by.device
			? ac_words("%.200s has more versions, or larger ones, than can be put together: the eldest %llu of %.150s on %.100s"
				" are left out of what is shown")
			: ac_words("%.200s has more versions, or larger ones, than can be put together: the eldest %llu of %.150s%.100s are"
				" left out of what is shown"), o->ref, (unsigned long long)o->omitted, o->by.author, o->by.device);
	return 0;
}

enum ac_err
ac_overfull_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct found w = { .n = 0 };
	char text[1000], more[80] = "";
	enum ac_err err;

	if (!e || !e->notice || ac_space_closed(s))
		return AC_OK;
	if ((err = ac_overfull(s, each, &w, f)) || !w.n)
		return err;
	if (w.n > 1)
		snprintf(more, sizeof more, ac_words(", and so it is with %zu more (status lists them)"), w.n - 1);
	snprintf(text, sizeof text, ac_words("%s%s; history has all of them, rm takes the document out of the record, and device"
		" remove or revoke ends who writes so"), w.first, more);
	e->notice(e->ctx, text);
	return AC_OK;
}
