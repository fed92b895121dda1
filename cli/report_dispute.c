/* SPDX-License-Identifier: ISC */
/* What is in dispute: every side of it with who wrote it and when, never one alone. */
#include "report_page.h"

#include <stdlib.h>
#include <string.h>

static const struct dispute_side *
sides(struct page *p, const struct ac_disputed *d)
{
	struct dispute_side *list = ac_arena_get(&p->c->arena, d->nsides * sizeof *list);

	for (size_t i = 0; list != NULL && i < d->nsides; i++) {
		const struct ac_disputed_side *s = &d->sides[i];

		list[i].who = s->device != NULL && *s->device != '\0' ? text_of(p->c, _("%s on %s"), s->author, s->device)
			: text_of(p->c, "%s", s->author);
		list[i].when = s->time != 0 ? page_moment(p, s->time) : "";
		list[i].proposed = s->proposed;
	}
	if (list == NULL)
		p->h.err = AC_ENOMEM;
	return list;
}

/* A version of the document (NULL: the view) is another person's; one that is not here is nobody's. */
static bool
foreign_at(struct page *p, const char *ref, const char *version, bool *there)
{
	struct ac_shown s = { 0 };

	*there = page_shown(p, &s, ref, version) && s.merged != NULL;
	return *there && whose_foreign(&p->whose, s.merged);
}

/* Whose it is stands seldom in what is disputed: the document says it, and of one that a side
 * deleted its versions. */
static bool
foreign(struct page *p, const struct ac_disputed *d)
{
	bool there, other = whose_other(&p->whose, d->ref) || foreign_at(p, d->ref, NULL, &there);

	for (size_t i = 0; !other && !there && i < d->nsides && p->h.err == AC_OK; i++)
		if (d->sides[i].version != NULL && foreign_at(p, d->ref, d->sides[i].version, &there))
			return true;
	return other;
}

static int
each(void *ctx, const struct ac_disputed *d)
{
	struct page *p = ctx;
	struct dispute *list = page_more(p, p->dispute, p->ndisputes, &p->dcap, sizeof *list), *x;
	const struct ac_val **values = ac_arena_get(&p->c->arena, (d->nsides + 1) * sizeof *values);

	if (list == NULL || values == NULL) {
		p->h.err = AC_ENOMEM;
		return 1;
	}
	p->dispute = list;
	if (foreign(p, d) || p->h.err != AC_OK)
		return p->h.err != AC_OK;
	x = &list[p->ndisputes];
	*x = (struct dispute){ .ref = text_of(p->c, "%s", d->ref), .subject = text_of(p->c, "%s", d->subject),
		.path = text_of(p->c, "%s", d->path), .proposal = d->proposal, .safety = d->safety, .nsides = d->nsides };
	x->side = sides(p, d);
	for (size_t i = 0; i < d->nsides; i++)
		values[i] = d->sides[i].whole;
	if (p->h.err == AC_OK)
		p->h.err = ac_say_parts(&x->part, &x->nparts, &p->c->arena, d->type, d->path, d->fields, values, d->nsides);
	p->ndisputes += p->h.err == AC_OK;
	return p->h.err != AC_OK;
}

static int
graver(const void *a, const void *b)
{
	const struct dispute *x = a, *y = b;

	if (x->safety != y->safety)
		return x->safety ? -1 : 1;
	if (x->proposal != y->proposal)
		return x->proposal ? 1 : -1;
	return strcmp(x->ref, y->ref) != 0 ? strcmp(x->ref, y->ref) : strcmp(x->path, y->path);
}

void
disputes_read(struct page *p)
{
	enum ac_err err = ac_conflicts(p->c->space, NULL, each, p, &p->c->fault);

	if (p->h.err == AC_OK)
		p->h.err = err;
	if (p->ndisputes > 0)
		qsort(p->dispute, p->ndisputes, sizeof *p->dispute, graver);
	for (size_t i = 0; i < p->ndocs; i++)
		for (size_t k = 0; k < p->ndisputes; k++)
			if (strcmp(p->doc[i].ref, p->dispute[k].ref) == 0)
				p->doc[i].disputed = true;
}

bool
disputes_at(const struct page *p, const char *ref, const char *element)
{
	for (size_t i = 0; i < p->ndisputes; i++)
		if (strcmp(p->dispute[i].ref, ref) == 0 && strncmp(p->dispute[i].path, element, strlen(element)) == 0)
			return true;
	return false;
}

static void
one(struct page *p, const struct dispute *d)
{
	struct html *h = &p->h;

	for (size_t i = 0; i < d->nparts; i++) {
		html(h, "<div class=\"both\"><p><b>%s</b> <bdi>%s</bdi></p><ul>", d->proposal ? _("Proposed:") : _("In dispute:"),
			d->part[i].label);
		for (size_t k = 0; k < d->nsides; k++)
			html(h, "<li><b><bdi>%s</bdi></b> <small><bdi>%s</bdi>%s%s%s</small></li>", d->part[i].text[k], d->side[k].who,
				*d->side[k].when != '\0' ? ", " : "", d->side[k].when, d->side[k].proposed ? _(" (a proposal)") : "");
		html(h, "</ul></div>\n");
	}
}

void
disputes_of(struct page *p, const struct doc *d)
{
	for (size_t i = 0; d->disputed && i < p->ndisputes; i++)
		if (strcmp(p->dispute[i].ref, d->ref) == 0) {
			one(p, &p->dispute[i]);
			p->dispute[i].shown = true;
		}
}

void
disputes_banner(struct page *p)
{
	size_t grave = 0, n = 0;

	for (size_t i = 0; i < p->ndisputes; i++) {
		grave += p->dispute[i].safety && !p->dispute[i].proposal;
		n += !p->dispute[i].proposal;
	}
	if (n == 0)
		return;
	html(&p->h, "<p class=\"warn\" role=\"note\"><b>%s</b> %s</p>\n",
		n == 1 ? _("One thing in this record is in dispute.") : text_of(p->c, _("%zu things in this record are in dispute."), n),
		grave > 0 ? _("Both sides are shown, with who wrote each and when. Do not rely on either before it is settled.")
		: _("Both sides are shown, with who wrote each and when."));
}

void
disputes_left(struct page *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->ndisputes; i++)
		n += !p->dispute[i].shown && p->dispute[i].nparts > 0;
	if (n == 0)
		return;
	html(&p->h, "<section><h2>%s</h2>\n<ul class=\"plain\">\n", _("Also in dispute or proposed"));
	for (size_t i = 0; i < p->ndisputes; i++)
		if (!p->dispute[i].shown && p->dispute[i].nparts > 0) {
			html(&p->h, "<li><bdi>%s</bdi>\n", *p->dispute[i].subject != '\0' ? p->dispute[i].subject : p->dispute[i].ref);
			one(p, &p->dispute[i]);
			html(&p->h, "</li>\n");
		}
	html(&p->h, "</ul></section>\n");
}
