/* SPDX-License-Identifier: ISC */
#include "report_page.h"
#include "report_style.h"

#include <string.h>
#include <time.h>

/* The language of this program's own words on the page, as a language tag: a translation gives
 * its own. */
#define LANGUAGE _("en")

static void
begin(struct page *p)
{
	html(&p->h, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"
		" base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n<style>\n",
		LANGUAGE, text_of(p->c, _("Health record of %s"), ac_space_patient(p->c->space)));
	html(&p->h, REPORT_SCREEN);
	html(&p->h, REPORT_PLOTS);
	html(&p->h, REPORT_PAPER);
	html(&p->h, "</style>\n</head>\n<body>\n<main>\n");
}

static void
end(struct page *p)
{
	html(&p->h, "<footer class=\"small\"><p>%s</p></footer>\n</main>\n</body>\n</html>\n",
		_("Made by Aftercare. Nothing on this page was reviewed for the patient, and it is no medical advice. It holds health records:"
		" keep it as you would keep them."));
}

static void
today(struct page *p)
{
	time_t now = (time_t)(p->now / 1000);
	struct tm t;
	char s[16];

	localtime_r(&now, &t);
	strftime(s, sizeof s, "%Y-%m-%d", &t);
	p->today = text_of(p->c, "%s", s);
}

enum ac_err
report_html(struct cli *c, struct ac_buf *out, const struct report_options *o)
{
	struct page p = { .c = c, .h = { c, out, AC_OK }, .o = o, .now = date_now() };
	int64_t ms;
	enum ac_err err;

	if (o->since != NULL && !ac_time_read(o->since, &ms))
		return ac_fault(&c->fault, AC_EUSAGE, "%s is no date.", clean(c, o->since));
	today(&p);
	if ((err = page_read(&p)) != AC_OK)
		return err;
	begin(&p);
	section_who(&p);
	disputes_banner(&p);
	html(&p.h, "<div class=\"glance\">\n");
	section_diagnosis(&p);
	section_exposures(&p);
	section_medications(&p);
	section_allergies(&p);
	section_due(&p);
	html(&p.h, "</div>\n");
	section_treatment(&p);
	section_plan(&p);
	section_labs(&p);
	section_changes(&p);
	section_questions(&p);
	section_contacts(&p);
	disputes_left(&p);
	section_devices(&p);
	end(&p);
	return p.h.err == AC_OK && out_is_lost() ? AC_ENOMEM : p.h.err; /* a page with holes is none */
}

int
cmd_report(struct cli *c)
{
	const char *file = c->args.words[0];
	struct ac_buf b = { .max = SIZE_MAX / 2 };
	struct report_options o = { 0 };
	char from[40];
	enum ac_err err;
	int rc;

	if ((rc = date_option(c, "since", from, &o.since)) != 0 || (rc = file_may(c, file)) != 0 || (rc = home_space(c)) != 0)
		return rc;
	err = report_html(c, &b, &o);
	return file_answer(c, err, file, &b, "bytes", b.len,
		text_of(c, _("The record is in %s. It is not sealed: whoever has the file reads it."), clean(c, file)));
}
