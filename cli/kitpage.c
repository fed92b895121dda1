/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>
#include <time.h>

static void
today(char out[static 16])
{
	time_t now = time(NULL);
	struct tm t;

	localtime_r(&now, &t);
	strftime(out, 16, "%Y-%m-%d", &t);
}

void
kitpage_print(struct cli *c, const struct ac_kit *kit)
{
	char date[16];

	today(date);
	out_printf(_("Recovery kit of %s, made %s\n\n  %s\n\n"), clean(c, kit->person), date, kit->secret);
	qr_print(c, out_buf(), kit->secret);
	out_printf(_("\nSpace  %s\nRoot   %s\n"), kit->space, kit->root);
	for (size_t i = 0; i < kit->nremotes; i++)
		out_printf(_("Hub    %s\n"), clean(c, kit->remotes[i]));
	out_printf("%s", _("\nWrite it down or print it, and keep it where you keep your passport. Whoever has it\n"
		"can read everything; without it and without a device the records are lost.\n"
		"It is not shown again: `aftercare kit check` proves a sheet, `aftercare kit renew` replaces it.\n"));
}

static enum ac_err
escaped(struct ac_buf *b, const char *s)
{
	enum ac_err err = AC_OK;

	for (; *s != '\0' && err == AC_OK; s++) {
		const char *e = *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : *s == '"' ? "&quot;" : NULL;

		err = e != NULL ? ac_buf_add(b, e, strlen(e)) : ac_buf_add(b, s, 1);
	}
	return err;
}

static enum ac_err
add(struct ac_buf *b, const char *s)
{
	return ac_buf_add(b, s, strlen(s));
}

static const char STYLE[] =
	"<style>body{font:11pt/1.45 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}\n"
	"h1{font-size:1.5em}code{font:bold 11pt monospace;overflow-wrap:anywhere}\n"
	"td{padding:.15em 1em .15em 0;vertical-align:top}.key{border:1px solid #000;padding:.8em;margin:1em 0}\n"
	"@page{margin:18mm}</style></head><body>\n";

/* What the sheet says below the key, a paragraph or an item each, as HTML. */
static const struct { const char *begin, *words, *end; } HOW[] = {
	{ "<h2>", N_("What this sheet does"), "</h2>\n" },
	{ "<p>", N_("It opens the whole of these records, without any device and without a passphrase. Keep it like a\n"
	            "passport: on paper, in a safe place, perhaps a second print with someone you trust. Delete the file\n"
	            "once it is printed."), "</p>\n" },
	{ "<h2>", N_("To use it"), "</h2>\n<ol>\n" },
	{ "<li>", N_("Install Aftercare on any computer."), "</li>\n" },
	{ "<li>", N_("Put the key above into a text file, say <code>kit.txt</code>; all on one line."), "</li>\n" },
	{ "<li>", N_("From a backup file: <code>aftercare restore BACKUP --identity kit.txt</code>"), "</li>\n" },
	{ "<li>", N_("From a hub: <code>aftercare restore --remote URL --identity kit.txt</code>"), "</li>\n</ol>\n" },
	{ "<p>", N_("The key is also an ordinary age identity: a backup opens with the age program alone,\n"
	            "<code>age -d -i kit.txt BACKUP &gt; backup.tar</code>, and tells in its README.txt how to go on."), "</p>\n" },
	{ "<h2>", N_("Now and then"), "</h2>\n" },
	{ "<p>", N_("<code>aftercare kit check --identity kit.txt</code> proves that the sheet still stands;\n"
	            "<code>aftercare kit renew</code> makes a new one and ends this one."), "</p>\n</body></html>\n" },
};

static enum ac_err
how(struct ac_buf *b)
{
	enum ac_err err = AC_OK;

	for (size_t i = 0; i < sizeof HOW / sizeof *HOW && err == AC_OK; i++)
		err = ac_buf_addf(b, "%s%s%s", HOW[i].begin, _(HOW[i].words), HOW[i].end);
	return err;
}

enum ac_err
kitpage_html(struct cli *c, struct ac_buf *b, const struct ac_kit *kit)
{
	char date[16];
	enum ac_err err = ac_buf_addf(b, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title>\n%s",
		_("en"), _("Recovery kit"), STYLE);

	today(date);
	if (err == AC_OK)
		err = add(b, "<h1>");
	if (err == AC_OK)
		err = escaped(b, text_of(c, _("Recovery kit of %s"), kit->person));
	if (err == AC_OK)
		err = ac_buf_addf(b, "</h1>\n<p>Aftercare, %s</p>\n<div class=\"key\"><p><code>%s</code></p>\n", date, kit->secret);
	if (err == AC_OK)
		err = qr_svg(b, kit->secret);
	if (err == AC_OK)
		err = ac_buf_addf(b, "</div>\n<table>\n<tr><td>%s</td><td><code>%s</code></td></tr>\n"
			"<tr><td>%s</td><td><code>%s</code></td></tr>\n", _("Space"), kit->space, _("Root fingerprint"), kit->root);
	for (size_t i = 0; i < kit->nremotes && err == AC_OK; i++) {
		err = ac_buf_addf(b, "<tr><td>%s</td><td><code>", _("Hub"));
		if (err == AC_OK)
			err = escaped(b, kit->remotes[i]);
		if (err == AC_OK)
			err = add(b, "</code></td></tr>\n");
	}
	if (err == AC_OK)
		err = add(b, "</table>\n");
	return err == AC_OK ? how(b) : err;
}
