/* SPDX-License-Identifier: ISC */
/* The first page of a handoff: whose record it is, what is in it and what is not, and as of when. */
#include "handoff.h"

#include <string.h>

static void
text(struct handoff *h, int indent, const char *s)
{
	const char *lines = text_wrap(h->c, text_of(h->c, "%*s%s", indent, "", s), 76, indent);

	if (h->err == AC_OK)
		h->err = ac_buf_add(&h->readme, lines, strlen(lines));
}

static void
title(struct handoff *h, const char *s)
{
	text(h, 0, "");
	text(h, 0, s);
	text(h, 0, "");
}

static const char *
moment(struct cli *c, int64_t ms)
{
	struct ac_val v;
	const char *out = "";
	char s[32];

	ac_time_write(s, ms);
	v = ac_val_text(s);
	if (ac_say_value(&out, &c->arena, "instant", &v) != AC_OK)
		out_lost();
	return text_of(c, _("%s UTC"), out);
}

static int
each_heard(void *ctx, const struct ac_freshness *fr)
{
	struct handoff *h = ctx;
	struct cli *c = h->c;

	text(h, 2, fr->newest == 0 ? text_of(c, _("%s: wrote nothing yet"), clean(c, fr->device))
		: fr->here ? text_of(c, _("%s (this was made on it): last wrote %s"), clean(c, fr->device), moment(c, fr->newest))
		: text_of(c, _("%s: last heard %s"), clean(c, fr->device), moment(c, fr->newest)));
	return 0;
}

static void
scan_line(struct handoff *h, const struct scan *s)
{
	struct cli *c = h->c;
	const char *what = *s->title != '\0' ? clean(c, s->title) : clean(c, s->ref);

	text(h, 4, s->missing ? text_of(c, _("%s (%s), %llu bytes"), what, clean(c, s->ref), (unsigned long long)s->size)
		: text_of(c, _("%s: %s (%s), %llu bytes"), strchr(s->name, '/') + 1, what, clean(c, s->ref), (unsigned long long)s->size));
}

static void
contents(struct handoff *h)
{
	struct cli *c = h->c;

	title(h, _("IN THIS FOLDER"));
	text(h, 2, _("report.html: the record to read, in any browser. Start here."));
	text(h, 2, text_of(c, _("records.json: the same and more for another program: %llu records as HL7 FHIR R4, a Bundle of the"
		" type collection."), (unsigned long long)h->records));
	if (h->nscans > h->nmissing)
		text(h, 2, text_of(c, _("attachments: %zu scans and documents as files:"), h->nscans - h->nmissing));
	for (const struct scan *s = h->first; s != NULL; s = s->next)
		if (!s->missing)
			scan_line(h, s);
	if (h->none || h->only != NULL)
		text(h, 2, _("Other scans and documents of the record were left out on purpose; records.json names them all."));
}

const char *
handoff_page_unwritten(struct cli *c, const struct unwritten *u)
{
	const char *ref = clean(c, u->ref), *what = *u->title != '\0' ? clean(c, u->title) : ref;

	return u->version == NULL ? text_of(c, "%s (%s)", what, ref)
		: text_of(c, _("%s (%s), version %s"), what, ref, short_version(c, u->version));
}

static void
missing(struct handoff *h)
{
	struct cli *c = h->c;

	if (h->nmissing == 0 && h->nunwritten == 0)
		return;
	title(h, _("WHAT IS MISSING"));
	if (h->nmissing > 0)
		text(h, 2, _("These belong in here. Their bytes were on no device that could be asked:"));
	for (const struct scan *s = h->first; s != NULL; s = s->next)
		if (s->missing)
			scan_line(h, s);
	if (h->nunwritten > 0)
		text(h, 2, text_of(c, P_("%zu record is not in records.json: a newer version of Aftercare put something into it that the one that"
			" made this cannot write there. A newer version shows it and hands it over; ask for it:",
			"%zu records are not in records.json: a newer version of Aftercare put something into them that the one that made"
			" this cannot write there. A newer version shows them and hands them over; ask for them:", h->nunwritten), h->nunwritten));
	for (const struct unwritten *u = h->unwritten; u != NULL; u = u->next)
		text(h, 4, handoff_page_unwritten(c, u));
}

static int
each_open(void *ctx, const struct ac_disputed *d)
{
	struct handoff *h = ctx;

	h->proposals += d->proposal;
	h->conflicts += !d->proposal && !d->safety;
	return 0;
}

static void
disagreements(struct handoff *h)
{
	struct cli *c = h->c;

	title(h, _("WHERE IT DISAGREES WITH ITSELF"));
	text(h, 2, h->disputed == 0 ? _("No record is in dispute.")
		: text_of(c, P_("%llu record is in dispute: two people or devices wrote different things and nobody has settled it. Each"
		" side stands in records.json as a record of its own: its id ends in -v and eight digits, it has the tag in-dispute,"
		" and a note says who wrote it and when. Take none of them as settled; ask.",
		"%llu records are in dispute: two people or devices wrote different things and nobody has settled it. Each"
		" side stands in records.json as a record of its own: its id ends in -v and eight digits, it has the tag in-dispute,"
		" and a note says who wrote it and when. Take none of them as settled; ask.", h->disputed), (unsigned long long)h->disputed));
	for (const struct unwritten *u = h->unwritten; u != NULL; u = u->next)
		if (u->version != NULL) {
			text(h, 2, _("A side that records.json does not have is named above, under what is missing."));
			break;
		}
	if (h->conflicts > 0)
		text(h, 2, text_of(c, _("In %llu other places, which decide no treatment, the later of two values stands."),
			(unsigned long long)h->conflicts));
	if (h->proposals > 0)
		text(h, 2, text_of(c, _("%llu changes that clinicians propose wait for an answer and are not in records.json."),
			(unsigned long long)h->proposals));
}

enum ac_err
handoff_page(struct handoff *h, bool sealed)
{
	struct cli *c = h->c;
	const char *who = clean(c, ac_space_patient(c->space));
	enum ac_err err = ac_conflicts(c->space, NULL, each_open, h, &c->fault);

	if (err != AC_OK)
		return err;
	text(h, 0, text_of(c, _("THE MEDICAL RECORD OF %s"), who));
	text(h, 0, "");
	text(h, 0, text_of(c, _("Handed over on %s."), moment(c, date_now())));
	text(h, 0, _("It was put together with the program Aftercare by the person or by somebody who helps, from what"
		" hospitals gave them and what they wrote themselves. No hospital vouches for it. What is corrected later is not in here."));
	if (*h->whose.names != '\0')
		text(h, 0, text_of(c, _("The record also holds documents about others: %s. Look whose each one is."), clean(c, h->whose.names)));
	contents(h);
	missing(h);
	disagreements(h);
	title(h, _("AS OF WHEN"));
	text(h, 2, _("What a device wrote after the time beside it is not in here."));
	if ((err = ac_freshness(c->space, each_heard, h, &c->fault)) != AC_OK)
		return err;
	title(h, _("HOW TO OPEN IT"));
	if (sealed)
		text(h, 2, _("The file is of the format age (age-encryption.org), and inside is a tar archive. `age -d -i KEY FILE |"
			" tar xf -` opens it with a key, `age -d FILE | tar xf -` with a passphrase, and makes this folder."));
	text(h, 2, _("These files are not sealed: whoever has them reads them. Keep them as you would keep the record itself."));
	return h->err;
}
