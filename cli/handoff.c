/* SPDX-License-Identifier: ISC */
/*
 * A record for somebody without this program: a first page, the page to read, the record as
 * FHIR, and chosen attachments as files.
 *
 * Method: what can be refused is refused first; then what is chosen and not here is fetched,
 * so that the first page can say what is missing; then everything is written at once.
 */
#include "report.h"
#include "whose.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 60 /* of an attachment's title in its file's name */

/* Bytes that a document holds: kept apart (hash), or in the document itself, as its i-th. */
struct scan {
	struct handoff *h;
	const char *ref, *title, *type, *name;
	char hash[65];
	size_t i;
	uint64_t size;
	bool missing;
	struct scan *next;
};

/* What a later version wrote and no JSON can say: a document, or the side of one that a version names. */
struct unwritten {
	const char *ref, *title, *version;
	struct unwritten *next;
};

struct handoff {
	struct cli *c;
	struct ac_buf report, readme;
	const char **only; size_t nonly; /* documents whose attachments go along; NULL: of all */
	bool none;
	struct scan *first, **last;
	size_t nscans, nmissing;
	struct unwritten *unwritten, **last_unwritten;
	size_t nunwritten;
	uint64_t records, disputed, conflicts, proposals;
	struct whose whose;
	enum ac_err err;
};

/* ---------------------------------------------------------------- attachments */

static bool
base64_bytes(unsigned char *out, size_t *n, const char *s)
{
	static const char ABC[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;

	for (*n = 0; *s != '\0' && *s != '='; s++) {
		const char *p = strchr(ABC, *s);

		if (isspace((unsigned char)*s))
			continue;
		if (p == NULL)
			return false;
		bits = bits << 6 | (unsigned)(p - ABC);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*n)++] = (unsigned char)(bits >> have);
		}
	}
	return *n > 0;
}

/* The i-th value that holds bytes and says of what kind they are; *i counts down. */
static const struct ac_val *
find(const struct ac_val *v, size_t *i, const struct ac_val **in)
{
	const struct ac_val *data = v->kind == AC_MAP && ac_val_str(v, "contentType") != NULL ? ac_val_get(v, "data") : NULL;
	const struct ac_val *out = NULL;

	if (data != NULL && (data->kind == AC_BLOB || data->kind == AC_BIN || (data->kind == AC_STR && data->n > 0)) && (*i)-- == 0) {
		*in = v;
		return data;
	}
	for (uint32_t k = 0; out == NULL && (v->kind == AC_MAP || v->kind == AC_ARR) && k < v->n; k++)
		out = find(v->kind == AC_MAP ? &v->pairs[k].val : &v->items[k], i, in);
	return out;
}

static enum ac_err
data_bytes(const struct ac_val *data, struct cli *c, const struct ac_sink *to, uint64_t *size, struct ac_fault *f)
{
	unsigned char *p;
	size_t n = 0;

	if (data->kind == AC_BIN) {
		*size = data->n;
		return to != NULL ? to->write(to->ctx, data->bin, data->n, f) : AC_OK;
	}
	p = ac_arena_get(&c->arena, data->n + 1);
	if (p == NULL)
		return AC_ENOMEM;
	if (!base64_bytes(p, &n, data->s))
		n = 0;
	*size = n;
	return to != NULL ? to->write(to->ctx, p, n, f) : AC_OK;
}

/* A folder in the clear is not left half written because somebody pressed a key: between
 * two files it is looked whether somebody did. */
static void
hold_signals(sigset_t *was)
{
	sigset_t these;

	sigemptyset(&these);
	sigaddset(&these, SIGINT);
	sigaddset(&these, SIGTERM);
	sigaddset(&these, SIGHUP);
	sigaddset(&these, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &these, was);
}

static bool
stopped(void)
{
	sigset_t now;

	return sigpending(&now) == 0 && (sigismember(&now, SIGINT) == 1 || sigismember(&now, SIGTERM) == 1
		|| sigismember(&now, SIGHUP) == 1 || sigismember(&now, SIGQUIT) == 1);
}

/* From the document again, so that no more than one is held. */
static enum ac_err
scan_write(void *ctx, const struct ac_sink *to, struct ac_fault *f)
{
	struct scan *s = ctx;
	struct ac_arena a = { 0 };
	struct ac_shown now = { 0 };
	const struct ac_val *data, *in;
	size_t i = s->i;
	uint64_t n;
	enum ac_err err;

	if (stopped())
		return ac_fault(f, AC_EREFUSED, "%s", _("Nothing was handed over."));
	if (s->hash[0] != '\0')
		return ac_attachment_bytes(s->h->c->space, s->hash, to, f);
	if ((err = ac_show(&now, &a, s->h->c->space, s->ref, NULL, f)) == AC_OK) {
		data = now.body != NULL ? find(now.body, &i, &in) : NULL;
		err = data != NULL && data->kind != AC_BLOB ? data_bytes(data, s->h->c, to, &n, f)
			: ac_fault(f, AC_EBUSY, _("the record changed while it was handed over; do it again"));
	}
	ac_arena_free(&a);
	return err;
}

static const char *
ending(const char *type)
{
	static const struct { const char *type, *end; } ENDS[] = {
		{ "application/pdf", ".pdf" }, { "image/png", ".png" }, { "image/jpeg", ".jpg" }, { "image/tiff", ".tif" },
		{ "image/gif", ".gif" }, { "image/svg+xml", ".svg" }, { "text/plain", ".txt" }, { "text/html", ".html" },
		{ "application/xml", ".xml" }, { "text/xml", ".xml" }, { "application/json", ".json" }, { "application/dicom", ".dcm" },
		{ "text/rtf", ".rtf" }, { "application/rtf", ".rtf" }, { "application/zip", ".zip" }, { "text/csv", ".csv" },
	};
	size_t n = strcspn(type, "; ");

	for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
		if (strlen(ENDS[i].type) == n && strncmp(ENDS[i].type, type, n) == 0)
			return ENDS[i].end;
	return "";
}

/* A name on any system: what a title has beside letters and digits becomes a dash. */
static const char *
file_name(struct cli *c, size_t number, const char *title, const char *type)
{
	const char *s = clean(c, title), *end = ending(type);
	char out[NAME_MAX_BYTES + 1];
	size_t k = 0, len;
	uint32_t p;

	for (; *s != '\0' && (len = text_decode(s, strlen(s), &p)) != 0 && k + len <= NAME_MAX_BYTES; s += len) {
		if (p == 0xFFFD || (p < 0x80 && !isalnum((int)p) && (p != '.' || k == 0 || out[k - 1] == '.') && p != '_')) {
			if (k > 0 && out[k - 1] != '-')
				out[k++] = '-';
			continue;
		}
		memcpy(out + k, s, len);
		k += len;
	}
	while (k > 0 && (out[k - 1] == '-' || out[k - 1] == '.'))
		k--;
	out[k] = '\0';
	len = strlen(end);
	if (k >= len && strcasecmp(out + k - len, end) == 0)
		end = "";
	return text_of(c, "attachments/%03zu%s%s%s", number, k > 0 ? "-" : "", out, end);
}

static bool
chosen(const struct handoff *h, const char *ref)
{
	for (size_t i = 0; i < h->nonly; i++)
		if (strcmp(h->only[i], ref) == 0)
			return true;
	return h->only == NULL && !h->none;
}

static void
add_scan(struct handoff *h, const struct ac_row *r, size_t i, const struct ac_val *in, const struct ac_val *data)
{
	struct cli *c = h->c;
	struct scan *s = ac_arena_get(&c->arena, sizeof *s);
	const char *title = ac_val_str(in, "title");

	if (s == NULL) {
		h->err = AC_ENOMEM;
		return;
	}
	s->h = h;
	s->i = i;
	s->ref = text_of(c, "%s", r->ref);
	s->title = text_of(c, "%s", title != NULL && *title != '\0' ? title : r->title);
	s->type = text_of(c, "%s", ac_val_str(in, "contentType"));
	if (data->kind == AC_BLOB) {
		for (size_t k = 0; k < 32; k++)
			sprintf(s->hash + 2 * k, "%02x", data->blob->hash[k]);
		s->size = data->blob->size;
		s->missing = !ac_attachment_here(c->space, s->hash);
	} else if ((h->err = data_bytes(data, c, NULL, &s->size, &c->fault)) != AC_OK || s->size == 0) {
		return;
	}
	s->name = file_name(c, ++h->nscans, s->title, s->type);
	*h->last = s;
	h->last = &s->next;
}

static int
each_row(void *ctx, const struct ac_row *r)
{
	struct handoff *h = ctx;

	h->records++;
	if (r->body == NULL)
		return 0;
	for (size_t i = 0; chosen(h, r->ref) && h->err == AC_OK; i++) {
		const struct ac_val *data, *in;
		size_t k = i;

		if ((data = find(r->body, &k, &in)) == NULL)
			break;
		add_scan(h, r, i, in, data);
	}
	return h->err != AC_OK;
}

/* What is chosen and not here is asked for; a document once. */
static enum ac_err
fetch(struct handoff *h)
{
	struct cli *c = h->c;
	const char *asked = "";

	for (struct scan *s = h->first; s != NULL; s = s->next) {
		enum ac_err err = AC_OK;

		if (!s->missing)
			continue;
		if (strcmp(asked, s->ref) != 0)
			err = ac_attachment_fetch(c->space, s->ref, NULL, &c->fault);
		if (err != AC_OK && err != AC_ENET && err != AC_ENOTFOUND && err != AC_ECORRUPT)
			return err;
		asked = s->ref;
		(void)ac_fault_past(&c->fault);
		s->missing = !ac_attachment_here(c->space, s->hash);
		h->nmissing += s->missing;
	}
	return AC_OK;
}

static bool
goes_along(void *ctx, const char hash[static 65])
{
	const struct handoff *h = ctx;

	if (h->only == NULL && !h->none) /* of sides in dispute too, which have no file here */
		return ac_attachment_here(h->c->space, hash);
	for (const struct scan *s = h->first; s != NULL; s = s->next)
		if (strcmp(s->hash, hash) == 0)
			return !s->missing;
	return false;
}

static enum ac_err
choose(struct handoff *h)
{
	struct ac_filter q = { .bodies = true };
	struct cli *c = h->c;
	enum ac_err err = ac_list(c->space, &q, each_row, h, &c->fault);

	if (err == AC_OK)
		err = h->err;
	for (size_t i = 0; i < h->nonly && err == AC_OK; i++) {
		struct scan *s = h->first;

		while (s != NULL && strcmp(s->ref, h->only[i]) != 0)
			s = s->next;
		if (s == NULL)
			err = ac_fault(&c->fault, AC_ENOTFOUND,
				_("%s has no attachment; `aftercare attachment list` shows which documents have one."), clean(c, h->only[i]));
	}
	return err == AC_OK ? fetch(h) : err;
}

/* ----------------------------------------------------------------- first page */

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

static const char *
unwritten_name(struct cli *c, const struct unwritten *u)
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
		text(h, 4, unwritten_name(c, u));
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
		: text_of(c, _("%llu records are in dispute: two people or devices wrote different things and nobody has settled it. Each"
		" side stands in records.json as a record of its own: its id ends in -v and eight digits, it has the tag in-dispute,"
		" and a note says who wrote it and when. Take none of them as settled; ask."), (unsigned long long)h->disputed));
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

static enum ac_err
first_page(struct handoff *h, bool sealed)
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

/* --------------------------------------------------------------------- command */

static enum ac_err
buf_write(void *ctx, const struct ac_sink *to, struct ac_fault *f)
{
	const struct ac_buf *b = ctx;

	return to->write(to->ctx, b->p, b->len, f);
}

static void
note_unwritten(void *ctx, const char *ref, const char *version, const struct ac_val *body)
{
	struct handoff *h = ctx;
	struct unwritten *u = ac_arena_get(&h->c->arena, sizeof *u);

	if (u == NULL) {
		out_lost();
		return;
	}
	u->ref = text_of(h->c, "%s", ref);
	u->title = text_of(h->c, "%s", ac_doc_said(&h->c->arena, body));
	u->version = version != NULL ? text_of(h->c, "%s", version) : NULL;
	*h->last_unwritten = u;
	h->last_unwritten = &u->next;
	h->nunwritten++;
}

/* It was noted when the records were counted. */
static void
noted_already(void *ctx, const char *ref, const char *version, const struct ac_val *body)
{
	(void)ctx;
	(void)ref;
	(void)version;
	(void)body;
}

static enum ac_err
count_nothing(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	(void)ctx;
	(void)p;
	(void)n;
	(void)f;
	return AC_OK;
}

static enum ac_err
hand_over(struct handoff *h, struct ac_handoff_done *done, const char *path, const struct ac_handoff_options *how)
{
	struct ac_handoff_options o = *how;
	struct cli *c = h->c;
	struct ac_export_choice count = { .with = goes_along, .left = note_unwritten, .ctx = h },
		choice = { .with = goes_along, .left = noted_already, .ctx = h };
	struct ac_sink none = { count_nothing, NULL };
	struct report_options about = { 0 };
	struct ac_handoff_part *parts;
	sigset_t was;
	size_t n = 3;
	enum ac_err err;

	if ((err = choose(h)) != AC_OK || (err = whose_read(c, &h->whose)) != AC_OK
	    || (err = report_html(c, &h->report, &about)) != AC_OK
	    || (err = ac_export_with(c->space, NULL, 0, NULL, AC_BUNDLE, &count, &none, &h->records, &h->disputed, &c->fault)) != AC_OK
	    || (err = first_page(h, o.nto > 0 || o.passphrase != NULL)) != AC_OK)
		return err;
	parts = ac_arena_get(&c->arena, (3 + h->nscans) * sizeof *parts);
	if (parts == NULL || out_is_lost())
		return AC_ENOMEM;
	parts[0] = (struct ac_handoff_part){ "README.txt", h->readme.len, buf_write, &h->readme };
	parts[1] = (struct ac_handoff_part){ "report.html", h->report.len, buf_write, &h->report };
	parts[2] = (struct ac_handoff_part){ "records.json", 0, NULL, NULL };
	for (struct scan *s = h->first; s != NULL; s = s->next)
		if (!s->missing)
			parts[n++] = (struct ac_handoff_part){ s->name, s->size, scan_write, s };
	o.parts = parts;
	o.nparts = n;
	o.choice = &choice;
	hold_signals(&was);
	err = ac_handoff(done, c->space, path, &o, &c->fault);
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	return err;
}

static int
answer(struct handoff *h, const char *path, const struct ac_handoff_done *d)
{
	struct cli *c = h->c;
	struct ac_buf *b = out_buf();

	if (c->json) {
		json_open(b, NULL, '{');
		json_str(b, "file", path);
		json_int(b, "bytes", d->bytes);
		json_int(b, "recipients", d->recipients);
		json_int(b, "records", h->records);
		json_int(b, "disputed", h->disputed);
		json_int(b, "attachments", h->nscans - h->nmissing);
		json_int(b, "missing", h->nmissing);
		json_close(b, '}');
		json_row_end(b);
	} else if (d->recipients > 0) {
		out_line(c, 0, text_of(c, _("%s: %llu bytes, sealed to %llu recipients; `age -d` and `tar` open it."), clean(c, path),
			(unsigned long long)d->bytes, (unsigned long long)d->recipients));
	} else {
		out_line(c, 0, text_of(c, _("The record is in the folder %s, and is not sealed."), clean(c, path)));
	}
	for (const struct scan *s = h->first; s != NULL; s = s->next)
		if (s->missing)
			note(c, _("Not in it: %s (%s), %llu bytes; no device that could be asked has it."), clean(c, s->title), clean(c, s->ref),
				(unsigned long long)s->size);
	for (const struct unwritten *u = h->unwritten; u != NULL; u = u->next)
		note(c, _("Not in its records.json: %s; a newer version of aftercare put something into it that this one cannot write there."
			" Update aftercare and hand the record over again."), unwritten_name(c, u));
	if (h->disputed > 0)
		note(c, _("%llu documents are in dispute; each side stands by itself."), (unsigned long long)h->disputed);
	return h->nmissing > 0 || h->nunwritten > 0 || h->disputed > 0 ? NOTED : DONE;
}

/* Which attachments: --attach REF..., --attachments all or none; all where nothing is said. */
static int
read_choice(struct handoff *h)
{
	struct cli *c = h->c;
	const char *which = args_value(c, "attachments");
	int rc = args_list(c, "attach", false, &h->only, &h->nonly);

	if (rc != 0)
		return rc;
	if (which != NULL && h->nonly > 0)
		return fail_with(c, USAGE, "%s", _("Give --attach or --attachments, not both."));
	if (which != NULL && strcmp(which, "all") != 0 && strcmp(which, "none") != 0)
		return fail_with(c, USAGE, _("--attachments is all or none, not %s; single ones are --attach REF."), clean(c, which));
	h->none = which != NULL && strcmp(which, "none") == 0;
	return 0;
}

static int
full_refs(struct handoff *h)
{
	char ref[AC_REF_MAX];
	int rc;

	for (size_t i = 0; i < h->nonly; i++) {
		if ((rc = home_ref(h->c, ref, h->only[i], false)) != 0)
			return rc;
		h->only[i] = text_of(h->c, "%s", ref);
	}
	return 0;
}

static int
check_words(struct cli *c, struct ac_handoff_options *o, const char **path)
{
	const char *dir = args_value(c, "plain");
	bool pass = args_value(c, "sealed-with-file") != NULL;
	const char **to;
	int rc = args_list(c, "to", true, &to, &o->nto);

	if (rc != 0)
		return rc;
	o->to = to;
	if (dir != NULL && (o->nto > 0 || pass || c->args.n > 0))
		return fail_with(c, USAGE, "%s", _("--plain DIR stands alone: nothing in it is sealed."));
	if (dir == NULL && c->args.n == 0)
		return fail_with(c, USAGE, "%s", _("Name the file to make, FILE.age, or a folder with --plain DIR."));
	if (dir == NULL && o->nto == 0 && !pass)
		return fail_with(c, USAGE, "%s", _("Say who may open it: --to age1..., or --sealed-with-file FILE for a passphrase."));
	if (o->nto > 0 && pass)
		return fail_with(c, USAGE, "%s", _("A passphrase seals a file alone; leave --to or --sealed-with-file out."));
	*path = dir != NULL ? dir : c->args.words[0];
	if (strcmp(*path, "-") == 0 || **path == '\0')
		return fail_with(c, USAGE, "%s", _("What is handed over needs a file or a folder of its own."));
	for (size_t i = 0; i < o->nto; i++)
		if (ac_recipient_check(o->to[i], &c->fault) != AC_OK)
			return fail_with(c, USAGE, _("--to takes an age recipient, age1..., not %s."), clean(c, o->to[i]));
	return 0;
}

int
cmd_handoff(struct cli *c)
{
	struct handoff h = { .c = c, .report = { .max = SIZE_MAX / 2 }, .readme = { .max = SIZE_MAX / 2 }, .last = &h.first,
		.last_unwritten = &h.unwritten };
	struct ac_handoff_options o = { 0 };
	struct ac_handoff_done d = { 0 };
	struct ac_buf sealing = { 0 };
	const char *path = NULL, *today;
	char day[40];
	enum ac_err err = AC_OK;
	int rc;

	if ((rc = check_words(c, &o, &path)) != 0 || (rc = read_choice(&h)) != 0)
		return rc;
	if (args_value(c, "plain") != NULL && (rc = prompt_confirm(c, _("Nothing in %s will be sealed: whoever gets at the folder reads"
	    " the whole record."), clean(c, path))) != 0)
		return rc;
	if (ac_home_there(c->home_path))
		err = secret_sealing(c, &sealing, true);
	if ((rc = err != AC_OK ? fail(c, err) : home_space(c)) == 0 && sealing.len > 0 && sealing.len == c->passphrase.len
	    && memcmp(sealing.p, c->passphrase.p, sealing.len) == 0)
		rc = fail_with(c, USAGE, "%s", _("The sealing passphrase must differ from the home's; put another one into the file."));
	if (rc == 0)
		rc = full_refs(&h);
	if (rc != 0)
		goto out;
	today = date_day(c, day, NULL) == AC_OK ? day : "record";
	o.folder = text_of(c, "handoff-%s", today);
	o.passphrase = sealing.len > 0 ? (const char *)sealing.p : NULL;
	o.npassphrase = sealing.len;
	err = hand_over(&h, &d, path, &o);
	rc = err != AC_OK ? fail(c, err) : answer(&h, path, &d);
out:
	ac_buf_free(&sealing);
	ac_buf_free(&h.report);
	ac_buf_free(&h.readme);
	return rc;
}
