/* SPDX-License-Identifier: ISC */
/*
 * Method: each chain's row keeps the greatest merge edition that its segments name. What
 * was told of is one number for each space in the state: the greatest edition until then.
 * So several devices that are updated one after the other are told of once.
 */
#include <stdio.h>
#include <string.h>

#include "sync/edition.h"

#define NAME "edition"

/* The members of one space whose edition is later than `than`. */
static enum ac_err
walk(bool *stop, struct ac_space *s, int64_t than, int (*each)(void *ctx, const struct ac_edition *n), void *ctx,
	struct ac_fault *f)
{
	char name[AC_DEVICE_NAME];
	struct ac_edition row;
	enum ac_err err = AC_OK;
	int64_t edition;
	size_t i;

	for (i = 0; i < s->members.n && !*stop && !err; i++) {
		const struct ac_member *m = &s->members.m[i];

		if (m->removed)
			continue;
		edition = 0;
		err = ac_index_int(&edition, s->home->index, f, "SELECT coalesce(max(edition), 0) FROM chain WHERE space = ? AND"
			" writer = ?", "ib", s->id, m->id, (size_t)8);
		if (err || edition <= than)
			continue;
		ac_device_name(name, s, m);
		row = (struct ac_edition){ .device = name, .person = m->given[0] ? m->given : m->person,
			.edition = (unsigned)edition, .ours = ac_segment_edition(), .here = !memcmp(m->id, s->me, 8) };
		*stop = each(ctx, &row) != 0;
	}
	return err;
}

static enum ac_err
newer(struct ac_space *s, int64_t than, int (*each)(void *ctx, const struct ac_edition *n), void *ctx, struct ac_fault *f)
{
	struct ac_home *h = s->home;
	bool stop = false;
	enum ac_err err = walk(&stop, s, than, each, ctx, f);
	size_t i;

	for (i = 0; i < h->nspaces && !err && !stop; i++)
		if (h->spaces[i]->kind == AC_SPACE_SHARE_OWN && !memcmp(h->spaces[i]->vault, s->sid, 8))
			err = walk(&stop, h->spaces[i], than, each, ctx, f);
	return err;
}

enum ac_err
ac_edition(struct ac_space *s, int (*each)(void *ctx, const struct ac_edition *n), void *ctx, struct ac_fault *f)
{
	return newer(s, ac_segment_edition(), each, ctx, f);
}

/* --------------------------------------------------------------------- telling */

struct news {
	unsigned edition;    /* the latest */
	char who[700];       /* whose */
};

static int
latest(void *ctx, const struct ac_edition *n)
{
	struct news *w = ctx;

	if (n->edition <= w->edition)
		return 0;
	w->edition = n->edition;
	if (n->here)
		snprintf(w->who, sizeof w->who, "%s", ac_words("this device wrote before"));
	else
		snprintf(w->who, sizeof w->who, ac_words("device %.299s of %.255s writes"), n->device, n->person);
	return 0;
}

enum ac_err
ac_edition_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct news w = { 0 };
	const struct ac_val *told;
	struct ac_val now;
	char text[1200];
	int64_t than;
	enum ac_err err;

	if (!e || !e->notice || ac_space_closed(s))
		return AC_OK;
	/* one of two processes that learn it at once tells it */
	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_state_load(s->home, f)))
		goto out;
	told = ac_mark_get(s, NAME);
	than = ac_segment_edition();
	if (told && told->kind == AC_INT && told->i > than)
		than = told->i;
	if ((err = newer(s, than, latest, &w, f)) || !w.edition)
		goto out;
	now = ac_val_int(w.edition);
	if ((err = ac_mark_put(s, NAME, &now, f)))
		goto out;
	snprintf(text, sizeof text, ac_words("%s with a newer version of aftercare (merge edition %u, here %u): nothing is lost, but"
		" what is in dispute in the record of %.255s may look different here until this program is updated; update aftercare"
		" on this device"), w.who, w.edition, ac_segment_edition(), s->patient);
	e->notice(e->ctx, text);
out:
	ac_home_unlock(s->home);
	return err;
}
