/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>

static const char GLOBAL[] =
	"Options that every command takes, before or behind it:\n"
	"  --home DIR             the home; else $AFTERCARE_HOME, else $XDG_DATA_HOME/aftercare,\n"
	"                         else ~/.local/share/aftercare\n"
	"  --patient WHO          whose records, by the name or its beginning\n"
	"  --passphrase-file F    the passphrase is F's first line; - is standard input\n"
	"  --json                 the answer as JSON: one object, or one a line\n"
	"  --quiet                no word but errors and the answer\n"
	"  --no-color             no colours ($NO_COLOR does the same)\n"
	"  --yes                  confirms what would be asked\n"
	"  -h, --help             about a command; --version\n";

static const char CODES[] =
	"Exit: 0 done; 1 failed, nothing changed; 2 wrong usage; 3 done, with something to look at;\n"
	"4 locked, or a wrong passphrase. The manual page tells the rest: man aftercare.\n";

static void
one_line(const struct command *k)
{
	out_printf("  %-18s %s\n", k->name, k->help);
}

static int
everything(void)
{
	out_printf("aftercare: medical records, encrypted, on your own devices\n\n"
		"usage: aftercare [options] COMMAND ...\n\n");
	for (const struct command *k = commands; k->name != NULL; k++)
		one_line(k);
	out_printf("\n%s\n%s", GLOBAL, CODES);
	return DONE;
}

/* What a line of standard input may begin with. */
static void
fields(const struct ac_form *form)
{
	out_printf("  fields:");
	for (int i = 0; form->fields[i].name != NULL; i++)
		out_printf("%s %s", i > 0 ? "," : "", form->fields[i].name);
	out_printf("\n  (one `field: answer` a line, with -; on a terminal, without words, each is asked for)\n");
}

static void
about(const struct command *k)
{
	out_printf("usage: aftercare %s%s%s\n\n  %s\n", k->name, *k->usage != '\0' ? " " : "", k->usage, k->help);
	if (k->run == cmd_add)
		fields(ac_form_find(k->name + strlen("add ")));
}

static int
family(struct cli *c, const char *one)
{
	size_t n = strlen(one), found = 0;

	for (const struct command *k = commands; k->name != NULL; k++)
		if (strncmp(k->name, one, n) == 0 && k->name[n] == ' ') {
			about(k);
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
	about(k);
	out_printf("\n%s", GLOBAL);
	return DONE;
}
