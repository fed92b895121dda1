/* SPDX-License-Identifier: ISC */
/*
 * Method: the state "later" has rows [branch, number, made in, remote, named] for each space. A
 * row counts as long as the chain here ends before that number, so that nothing has to be
 * taken back when a later program takes the branch in. What this home's own branches hold
 * beyond what was read is known from opening it. Entries that are kept unshown are rows of
 * the index (slog) of a kind that nobody here asks for.
 */
#include <stdio.h>
#include <string.h>

#include "sync/later.h"

#define NAME "later"
#define TOLD "unshown"
#define ROWS 1024u

/* Kinds that this program knows and keeps there. */
#define KNOWN "8, 9, 11, 12, 13, 15, 16, 17, 18"

/* ------------------------------------------------------------- what waits, by remote */

static bool
row_of(struct ac_later_branch *out, const char **remote, const struct ac_val *v)
{
	const unsigned char *branch;
	const char *made;

	if (v->kind != AC_ARR || !ac_entry_bin(&branch, v, 0, 16) || !ac_entry_int(&out->next, v, 1)
	    || !ac_entry_text(&made, v, 2) || !ac_entry_text(remote, v, 3) || v->n < 5 || !ac_entry_int(&out->named, v, 4))
		return false;
	memcpy(out->branch, branch, 16);
	snprintf(out->made, sizeof out->made, "%s", made);
	return true;
}

static const struct ac_val *
add_row(struct ac_arena *a, const struct ac_val *list, const struct ac_later_branch *b, const char *remote)
{
	struct ac_val *v = ac_entry_list(a, 5);

	if (!v || !list)
		return NULL;
	*ac_entry_at(v, 0) = ac_val_bytes(b->branch, 16);
	*ac_entry_at(v, 1) = ac_val_int(b->next);
	*ac_entry_at(v, 2) = ac_val_text(b->made);
	*ac_entry_at(v, 3) = ac_val_text(remote);
	*ac_entry_at(v, 4) = ac_val_int(b->named);
	return ac_val_append(a, list, v);
}

/* Has the chain here come past where it waited? */
static bool
passed(struct ac_space *s, const struct ac_later_branch *b)
{
	int64_t seq = -1;

	return !ac_index_int(&seq, s->home->index, NULL, "SELECT seq FROM chain WHERE space = ? AND branch = ?", "ib", s->id,
		b->branch, (size_t)16) && seq >= b->next;
}

enum ac_err
ac_later_note(struct ac_space *s, const char *remote, const struct ac_later_branch *list, size_t n, struct ac_fault *f)
{
	static const struct ac_val none = { .kind = AC_ARR };
	const struct ac_val *was, *now = &none;
	struct ac_arena a = { 0 };
	struct ac_later_branch b;
	const char *at;
	enum ac_err err;
	size_t i;

	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_state_load(s->home, f)))
		goto out;
	/* a copy: putting the mark reads the state anew */
	if ((was = ac_mark_get(s, NAME)) && !(was = ac_val_copy(&a, was))) {
		err = AC_ENOMEM;
		goto out;
	}
	/* the eldest go first: received files have a name each, and are no remote that is asked again */
	for (i = was && was->kind == AC_ARR && was->n > ROWS ? was->n - ROWS : 0; was && was->kind == AC_ARR && i < was->n && now; i++)
		if (row_of(&b, &at, &was->items[i]) && strcmp(at, remote) && !passed(s, &b))
			now = ac_val_append(&a, now, &was->items[i]);
	for (i = 0; i < n && now; i++)
		now = add_row(&a, now, &list[i], remote);
	if (!now)
		err = AC_ENOMEM;
	else if (was ? !ac_val_equal(was, now) : now->n > 0)
		err = ac_mark_put(s, NAME, now->n ? now : NULL, f);
out:
	ac_home_unlock(s->home);
	ac_arena_free(&a);
	return err;
}

bool
ac_later_elsewhere(const struct ac_space *s, const char *remote, const unsigned char branch[static 16], int64_t seq)
{
	const struct ac_val *all = ac_mark_get(s, NAME);
	struct ac_later_branch b;
	const char *at;
	uint32_t i;

	for (i = 0; all && all->kind == AC_ARR && i < all->n; i++)
		if (row_of(&b, &at, &all->items[i]) && b.named > seq && !memcmp(b.branch, branch, 16) && strcmp(at, remote))
			return true;
	return false;
}

/* ------------------------------------------------------------------------- showing */

struct walk {
	int (*each)(void *ctx, const struct ac_later *l);
	void *ctx;
	bool stop;
};

static const struct ac_member *
writer(const struct ac_space *s, const void *p, size_t n)
{
	return p && n == 8 ? ac_members_find(&s->members, p) : NULL;
}

static void
show(struct walk *w, const struct ac_space *s, const struct ac_member *m, struct ac_later *l)
{
	char name[AC_DEVICE_NAME] = "";

	if (m)
		ac_device_name(name, s, m);
	l->device = name;
	l->person = !m ? "" : m->given[0] ? m->given : m->person;
	l->here = m && !memcmp(m->id, s->me, 8);
	w->stop = w->each(w->ctx, l) != 0;
}

static enum ac_err
show_branch(struct walk *w, struct ac_space *s, const unsigned char branch[static 16], int64_t next, const char *made,
	struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT writer, seq FROM chain WHERE space = ? AND branch = ?", "ib", s->id,
		branch, (size_t)16);
	struct ac_later l = { .made = made };
	const struct ac_member *m = NULL;
	int64_t seq = -1;
	const void *p;
	enum ac_err err;
	size_t n;

	if (ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		m = writer(s, p, n);
		seq = ac_rows_int(&q, 1);
	}
	if ((err = ac_rows_end(&q, f)) || seq >= next || (m && m->removed))
		return err;
	show(w, s, m, &l);
	return AC_OK;
}

/* Of several remotes that show the same one is enough, and none of what is here. */
static bool
shown_before(const struct ac_space *s, const struct ac_val *all, uint32_t i)
{
	const struct ac_home *h = s->home;
	struct ac_later_branch a, b;
	const char *at;
	uint32_t j;
	size_t k;

	if (!row_of(&a, &at, &all->items[i]))
		return true;
	for (k = 0; k < h->nwaits; k++)
		if (h->waits[k].s == s && !memcmp(h->waits[k].branch, a.branch, 16))
			return true;
	for (j = 0; j < i; j++)
		if (row_of(&b, &at, &all->items[j]) && !memcmp(a.branch, b.branch, 16))
			return true;
	return false;
}

static enum ac_err
show_waiting(struct walk *w, struct ac_space *s, struct ac_fault *f)
{
	const struct ac_val *all = ac_mark_get(s, NAME);
	const struct ac_home *h = s->home;
	struct ac_later_branch b;
	const char *at;
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < h->nwaits && !err && !w->stop; i++)
		if (h->waits[i].s == s)
			err = show_branch(w, s, h->waits[i].branch, INT64_MAX, h->waits[i].later, f);
	for (i = 0; all && all->kind == AC_ARR && i < all->n && !err && !w->stop; i++)
		if (!shown_before(s, all, (uint32_t)i) && row_of(&b, &at, &all->items[i]))
			err = show_branch(w, s, b.branch, b.next, b.made, f);
	return err;
}

static enum ac_err
show_unshown(struct walk *w, struct ac_space *s, struct ac_fault *f)
{
	/* the later program that a test makes of this one knows what it wrote itself */
	bool later = ac_segment_number() > AC_DOCUMENT_NUMBER;
	struct ac_rows q = ac_index_query(s->home->index, "SELECT writer, count(*) FROM slog WHERE space = ? AND kind NOT IN ("
		KNOWN ") AND NOT ? GROUP BY writer", "ii", s->id, (int64_t)later);
	const struct ac_member *m;
	struct ac_later l;
	const void *p;
	size_t n;

	while (!w->stop && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		if (!(m = writer(s, p, n)) || m->removed)
			continue;
		l = (struct ac_later){ .made = "", .entries = (uint64_t)ac_rows_int(&q, 1) };
		show(w, s, m, &l);
	}
	return ac_rows_end(&q, f);
}

typedef enum ac_err part(struct walk *w, struct ac_space *s, struct ac_fault *f);

/* The space and its shares. */
static enum ac_err
each_space(struct walk *w, struct ac_space *s, part *show_part, struct ac_fault *f)
{
	struct ac_home *h = s->home;
	enum ac_err err = show_part(w, s, f);
	size_t i;

	for (i = 0; i < h->nspaces && !err && !w->stop; i++)
		if (h->spaces[i]->kind == AC_SPACE_SHARE_OWN && !memcmp(h->spaces[i]->vault, s->sid, 8))
			err = show_part(w, h->spaces[i], f);
	return err;
}

enum ac_err
ac_later(struct ac_space *s, int (*each)(void *ctx, const struct ac_later *l), void *ctx, struct ac_fault *f)
{
	struct walk w = { each, ctx, false };
	enum ac_err err = each_space(&w, s, show_waiting, f);

	return err ? err : each_space(&w, s, show_unshown, f);
}

/* ------------------------------------------------------------------------- telling */

struct news {
	char who[600], made[AC_SEGMENT_MADE];
	size_t n;
	uint64_t entries;
};

static int
gather(void *ctx, const struct ac_later *l)
{
	struct news *w = ctx;
	size_t at = strlen(w->who);
	char who[200];

	w->entries += l->entries;
	if (!w->n++)
		snprintf(w->made, sizeof w->made, "%s", l->made);
	if (w->n > 3)
		return 0;
	if (l->here)
		snprintf(who, sizeof who, "%s", ac_words("this device"));
	else if (!l->device[0])
		snprintf(who, sizeof who, "%s", ac_words("a device that is not known yet"));
	else if (l->person[0])
		snprintf(who, sizeof who, ac_words("device %.90s of %.70s"), l->device, l->person);
	else
		snprintf(who, sizeof who, ac_words("device %.90s"), l->device);
	snprintf(w->who + at, sizeof w->who - at, l->made[0] ? "%s%s (%s)" : "%s%s%s", w->n > 1 ? ", " : "", who, l->made);
	return 0;
}

static enum ac_err
tell_waiting(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct news n = { 0 };
	struct walk w = { gather, &n, false };
	char text[1200], more[40] = "";
	enum ac_err err = each_space(&w, s, show_waiting, f);

	if (err || !n.n)
		return err;
	if (n.n > 3)
		snprintf(more, sizeof more, ac_words(" and %zu more"), n.n - 3);
	snprintf(text, sizeof text, ac_words("part of the record of %.200s is written in a form of a newer version of aftercare and"
		" waits until this program is updated: what comes from %s%s; nothing is lost, get a version of aftercare that reads %s"),
		s->patient,
		n.who, more, n.made);
	e->notice(e->ctx, text);
	return AC_OK;
}

static enum ac_err
tell_unshown(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct news n = { 0 };
	struct walk w = { gather, &n, false };
	struct ac_val yes = ac_val_bool(true);
	char text[1200], more[40] = "";
	bool told;
	enum ac_err err = each_space(&w, s, show_unshown, f);

	if (err)
		return err;
	/* one of two processes that learn it at once tells it */
	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_state_load(s->home, f)))
		goto out;
	told = ac_mark_get(s, TOLD) != NULL;
	if (told == (n.n > 0) || (err = ac_mark_put(s, TOLD, n.n ? &yes : NULL, f)) || !n.n)
		goto out;
	if (n.n > 3)
		snprintf(more, sizeof more, ac_words(" and %zu more"), n.n - 3);
	snprintf(text, sizeof text, ac_words("the record of %.200s holds what only a newer version of aftercare can show, from %s%s:"
		" it is kept and passed on as it is; update aftercare on this device"), s->patient, n.who, more);
	e->notice(e->ctx, text);
out:
	ac_home_unlock(s->home);
	return err;
}

enum ac_err
ac_later_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	enum ac_err err;

	if (!e || !e->notice || ac_space_closed(s))
		return AC_OK;
	return (err = tell_waiting(s, e, f)) ? err : tell_unshown(s, e, f);
}
