/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>

static const char *const GLOBAL = N_(
	"Options that every command takes, before or behind it:\n"
	"  --home DIR             the home; else $AFTERCARE_HOME, else $XDG_DATA_HOME/aftercare,\n"
	"                         else ~/.local/share/aftercare\n"
	"  --patient WHO          whose records, by the name or its beginning\n"
	"  --passphrase-file F    the passphrase is F's first line; - is standard input\n"
	"  --json                 the answer as JSON: one object, or one a line\n"
	"  --quiet                no word but errors and the answer\n"
	"  --no-color             no colours ($NO_COLOR does the same)\n"
	"  --yes                  confirms what would be asked\n"
	"  -h, --help             about a command; --version\n");

static const char *const CODES = N_(
	"Exit: 0 done; 1 failed, nothing changed; 2 wrong usage; 3 done, with something to look at;\n"
	"4 locked, or a wrong passphrase. The manual page tells the rest: man aftercare.\n");

static bool
capital(char ch)
{
	return ch >= 'A' && ch <= 'Z';
}

/* What stands for a value is a word in capitals. */
const char *
usage_words(struct cli *c, const char *usage)
{
	const char *out = "";

	for (const char *p = usage; *p != '\0'; ) {
		size_t n = 0;

		while (capital(p[n]))
			n++;
		if (n > 1) {
			out = text_of(c, "%s%s", out, _(text_of(c, "%.*s", (int)n, p)));
		} else {
			n = n == 0 ? strcspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : n;
			out = text_of(c, "%s%.*s", out, (int)n, p);
		}
		p += n;
	}
	return out;
}

static void
one_line(const struct command *k)
{
	out_printf("  %-18s %s\n", k->name, _(k->help));
}

static int
everything(void)
{
	out_printf("%s", _("aftercare: medical records, encrypted, on your own devices\n\n"
		"usage: aftercare [options] COMMAND ...\n\n"));
	for (const struct command *k = commands; k->name != NULL; k++)
		one_line(k);
	out_printf("\n%s\n%s", _(GLOBAL), _(CODES));
	return DONE;
}

/* What a line of standard input may begin with. */
static void
fields(const struct ac_form *form)
{
	out_printf("  %s", _("fields:"));
	for (int i = 0; form->fields[i].name != NULL; i++)
		out_printf("%s %s", i > 0 ? "," : "", form->fields[i].name);
	out_printf("\n  %s\n", _("(one `field: answer` a line, with -; on a terminal, without words, each is asked for)"));
}

static void
about(struct cli *c, const struct command *k)
{
	out_printf(_("usage: aftercare %s\n\n  %s\n"), *k->usage != '\0' ? text_of(c, "%s %s", k->name, usage_words(c, k->usage))
		: k->name, _(k->help));
	if (k->run == cmd_add)
		fields(ac_form_find(k->name + strlen("add ")));
}

static int
family(struct cli *c, const char *one)
{
	size_t n = strlen(one), found = 0;

	for (const struct command *k = commands; k->name != NULL; k++)
		if (strncmp(k->name, one, n) == 0 && k->name[n] == ' ') {
			about(c, k);
			out_printf("\n");
			found++;
		}
	if (found == 0)
		return fail_with(c, USAGE, "There is no command %s; `aftercare help` lists them.", clean(c, one));
	return DONE;
}

int
cmd_help(struct cli *c)
{
	const struct command *k = c->command;
	int used, n = c->args.n;
	bool group;

	/* `help X`, or `X --help`. */
	if (k != NULL && k->run == cmd_help && !c->help) {
		if (n == 0)
			return everything();
		k = command_find(commands, c->args.words[0], n > 1 ? c->args.words[1] : NULL, &used, &group);
		if (k == NULL || used < n) {
			if (n > 1)
				return fail_with(c, USAGE, "There is no command %s %s; `aftercare help` lists them.",
					clean(c, c->args.words[0]), clean(c, c->args.words[1]));
			return family(c, c->args.words[0]);
		}
	}
	if (k == NULL && n > 0)
		return family(c, c->args.words[0]);
	if (k == NULL && !c->help)
		return fail_with(c, USAGE, "Name a command; `aftercare help` lists them.");
	if (k == NULL)
		return everything();
	about(c, k);
	out_printf("\n%s", _(GLOBAL));
	return DONE;
}
