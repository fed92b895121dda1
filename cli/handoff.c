/* SPDX-License-Identifier: ISC */
/*
 * A record for somebody without this program: a first page, the page to read, the record as
 * FHIR, and chosen attachments as files.
 *
 * Method: what can be refused is refused first; then what is chosen and not here is fetched,
 * so that the first page can say what is missing; then everything is written at once.
 */
#include "handoff.h"
#include "report.h"

#include <signal.h>
#include <string.h>

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

static enum ac_err
hand_over(struct handoff *h, struct ac_handoff_done *done, const char *path, const struct ac_handoff_options *how)
{
	struct ac_handoff_options o = *how;
	struct cli *c = h->c;
	struct ac_export_choice count = { .with = handoff_files_with, .left = note_unwritten, .ctx = h },
		choice = { .with = handoff_files_with, .left = noted_already, .ctx = h };
	struct ac_sink none = { count_nothing, NULL };
	struct report_options about = { 0 };
	struct ac_handoff_part *parts;
	sigset_t was;
	size_t n = 3;
	enum ac_err err;

	if ((err = handoff_files_choose(h)) != AC_OK || (err = whose_read(c, &h->whose)) != AC_OK
	    || (err = report_html(c, &h->report, &about)) != AC_OK
	    || (err = ac_export_with(c->space, NULL, 0, NULL, AC_BUNDLE, &count, &none, &h->records, &h->disputed, &c->fault)) != AC_OK
	    || (err = handoff_page(h, o.nto > 0 || o.passphrase != NULL)) != AC_OK)
		return err;
	parts = ac_arena_get(&c->arena, (3 + h->nscans) * sizeof *parts);
	if (parts == NULL || out_is_lost())
		return AC_ENOMEM;
	parts[0] = (struct ac_handoff_part){ "README.txt", h->readme.len, buf_write, &h->readme };
	parts[1] = (struct ac_handoff_part){ "report.html", h->report.len, buf_write, &h->report };
	parts[2] = (struct ac_handoff_part){ "records.json", 0, NULL, NULL };
	for (struct scan *s = h->first; s != NULL; s = s->next)
		if (!s->missing)
			parts[n++] = (struct ac_handoff_part){ s->name, s->size, handoff_files_write, s };
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
			" Update aftercare and hand the record over again."), handoff_page_unwritten(c, u));
	if (h->disputed > 0)
		note(c, P_("%llu document is in dispute; each side stands by itself.", "%llu documents are in dispute; each side stands by itself.", h->disputed),
			(unsigned long long)h->disputed);
	return h->nmissing > 0 || h->nunwritten > 0 ? NOTED : DONE;
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
