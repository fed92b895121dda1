/* SPDX-License-Identifier: ISC */
/*
 * Method: one walk over the arguments. Until the command is known only the
 * global options are; the command's name is the first one or two words; from
 * there its own options are known too. "--" ends the options; "-" is a word.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char GLOBAL[] = "home: patient: passphrase-file: json quiet no-color yes help version";

/* Options that belong to what is not here yet. */
static const struct { const char *command, *option; } NOT_YET[] = {
	{ "sync", "watch" }, { "verify", "repair" },
};

enum shape { UNKNOWN, FLAG, VALUE, VALUES };

static enum shape
option_shape(const char *spec, const char *name, size_t n)
{
	for (const char *p = spec; p != NULL && *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, ": "), all = strcspn(p, " ");

		if (len == n && memcmp(p, name, n) == 0)
			return all == len ? FLAG : p[all - 1] == '*' ? VALUES : VALUE;
		p += all;
	}
	return UNKNOWN;
}

/* True when it was a global option. */
static bool
take_global(struct cli *c, const char *name, const char *value)
{
	if (strcmp(name, "home") == 0)
		c->home_option = value;
	else if (strcmp(name, "patient") == 0)
		c->patient = value;
	else if (strcmp(name, "passphrase-file") == 0)
		c->passphrase_file = value, c->passphrase_option = true;
	else if (strcmp(name, "json") == 0)
		c->json = true;
	else if (strcmp(name, "quiet") == 0)
		c->quiet = true;
	else if (strcmp(name, "no-color") == 0)
		c->no_color = true;
	else if (strcmp(name, "yes") == 0)
		c->yes = true;
	else if (strcmp(name, "help") == 0)
		c->help = true;
	else if (strcmp(name, "version") == 0)
		c->version = true;
	else
		return false;
	return true;
}

static int
unknown_option(struct cli *c, const char *word)
{
	const char *name = c->command != NULL ? c->command->name : NULL;

	for (size_t i = 0; name != NULL && i < sizeof NOT_YET / sizeof *NOT_YET; i++)
		if (strcmp(NOT_YET[i].command, name) == 0 && strcmp(NOT_YET[i].option, word + 2) == 0)
			return fail_with(c, USAGE, "`%s %s` comes in a later version; leave the option out.",
				name, word);
	return fail_with(c, USAGE, "There is no option %s here; see `aftercare help%s%s`.",
		clean(c, word), name != NULL ? " " : "", name != NULL ? name : "");
}

/* The option at argv[i]; *step says how many arguments it took. */
static int
read_option(struct cli *c, char **argv, int i, int argc, int *step)
{
	const char *word = argv[i], *name = word + 2, *value = NULL;
	size_t n;
	enum shape shape;
	bool mine;

	*step = 1;
	if (strcmp(word, "-h") == 0)
		name = "help";
	else if (word[1] != '-')
		name = word + 1;
	n = strcspn(name, "=");
	shape = option_shape(c->command != NULL ? c->command->options : NULL, name, n);
	mine = shape != UNKNOWN;
	if (!mine)
		shape = option_shape(GLOBAL, name, n);
	/* One dash is for one letter, two for a name. */
	if (shape == UNKNOWN || ((word[1] == '-') != (n > 1) && strcmp(word, "-h") != 0))
		return unknown_option(c, word);
	if (shape == FLAG && name[n] == '=')
		return fail_with(c, USAGE, "The option --%.*s takes no value.", (int)n, name);
	if (shape != FLAG && name[n] == '=') {
		value = name + n + 1;
	} else if (shape != FLAG) {
		if (i + 1 >= argc)
			return fail_with(c, USAGE, "The option %s needs a value behind it.", word);
		value = argv[i + 1];
		*step = 2;
	}
	char *key = ac_arena_text(&c->arena, name, n);
	if (key == NULL)
		return fail_with(c, FAILED, "There is no memory left.");
	if (!mine && take_global(c, key, value))
		return 0;
	if (shape != VALUES && (args_value(c, key) != NULL || args_flag(c, key)))
		return fail_with(c, USAGE, "The option %s is given twice; once is enough.", word);
	c->args.options[c->args.noptions].name = key;
	c->args.options[c->args.noptions++].value = value;
	return 0;
}

static int
no_command(struct cli *c, const char *one, const char *two, bool group)
{
	bool was;
	int used;

	if (command_find(later, one, two, &used, &was) != NULL)
		return fail_with(c, USAGE, "`%s%s%s` comes in a later version; `aftercare help` lists what is here.",
			one, used == 2 ? " " : "", used == 2 ? two : "");
	if (!group)
		return fail_with(c, USAGE, "There is no command %s; `aftercare help` lists them.", clean(c, one));
	if (two == NULL)
		return fail_with(c, USAGE, "`%s` needs a second word; see `aftercare help %s`.", one, one);
	return fail_with(c, USAGE, "There is no command %s %s; see `aftercare help %s`.", one, clean(c, two), one);
}

/* The words so far name a command, or may with one more (then 0, none yet). */
static int
name_command(struct cli *c, bool last)
{
	const char *one = c->args.words[0], *two = c->args.n > 1 ? c->args.words[1] : NULL;
	bool group;
	int used = 0;

	c->command = command_find(commands, one, two, &used, &group);
	if (c->command != NULL) {
		c->args.n -= used;
		return 0;
	}
	if (!last && c->args.n == 1 && (group || command_find(later, one, NULL, &used, &group) == NULL))
		if (group)
			return 0;
	if (c->help && group && two == NULL)
		return 0; /* help for the family */
	return no_command(c, one, two, group);
}

static int
check_count(struct cli *c)
{
	const struct command *k = c->command;

	if (c->help || c->version || k == NULL)
		return 0;
	if (c->args.n < k->min)
		return fail_with(c, USAGE, "`%s` needs more: aftercare %s %s.", k->name, k->name, usage_words(c, k->usage));
	if (k->max >= 0 && c->args.n > k->max)
		return fail_with(c, USAGE, "`%s` does not know what to do with %s; usage: aftercare %s %s.",
			k->name, clean(c, c->args.words[k->max]), k->name, usage_words(c, k->usage));
	return 0;
}

/* Is this word read from standard input? */
static bool
word_reads(const struct cli *c, int i)
{
	int (*run)(struct cli *) = c->command->run;

	if (strcmp(c->args.words[i], "-") != 0)
		return false;
	if (run == cmd_import || run == cmd_validate)
		return true;
	if (run == cmd_put || run == cmd_find || run == cmd_add)
		return c->args.n == 1;
	return (run == cmd_set || run == cmd_resolve) && i == 1 && c->args.n == 2;
}

/* Two that read standard input are refused before either has read a byte. */
static int
check_stdin(struct cli *c)
{
	static const char *const FILES[] = { "code-file", "identity", "new-passphrase-file", "sealed-with-file" };
	const char *reader[2] = { secret_from_stdin(c), NULL };
	int n = reader[0] != NULL;

	for (size_t i = 0; i < sizeof FILES / sizeof *FILES && n < 2; i++) {
		const char *v = args_value(c, FILES[i]);

		if (v != NULL && strcmp(v, "-") == 0)
			reader[n++] = FILES[i];
	}
	for (int i = 0; i < c->args.n && n < 2; i++)
		if (word_reads(c, i))
			reader[n++] = _("what the command reads");
	if (n < 2)
		return 0;
	return fail_with(c, USAGE, "Standard input cannot be both %s and %s; give one of them as a file.",
		reader[0], reader[1]);
}

/* A code or a key among the arguments is known to every program on the machine by
 * now. It is refused where it stands, and no sentence repeats it. */
static bool
is_secret(const char *word)
{
	static const char *const BEGIN[] = { "AGE-SECRET-KEY-1", "aftercare1" };
	const char *value = word[0] == '-' ? strchr(word, '=') : NULL;

	word = value != NULL ? value + 1 : word;
	for (size_t i = 0; i < sizeof BEGIN / sizeof *BEGIN; i++)
		if (strncasecmp(word, BEGIN[i], strlen(BEGIN[i])) == 0 && strlen(word) > 40)
			return true;
	return false;
}

int
args_read(struct cli *c, int argc, char **argv)
{
	bool options = true;
	int rc, step;

	for (int i = 1; i < argc; i++)
		if (is_secret(argv[i]))
			return fail_with(c, USAGE, "A code or a kit's key is never an argument, where other programs see it;"
				" put it into a file, or type it where it is asked for.");
	c->args.words = calloc((size_t)argc + 1, sizeof *c->args.words);
	c->args.options = calloc((size_t)argc + 1, sizeof *c->args.options);
	if (c->args.words == NULL || c->args.options == NULL)
		return fail_with(c, FAILED, "There is no memory left.");
	for (int i = 1; i < argc; i += step) {
		const char *word = argv[i];

		step = 1;
		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (options && word[0] == '-' && word[1] != '\0') {
			if ((rc = read_option(c, argv, i, argc, &step)) != 0)
				return rc;
		} else {
			c->args.words[c->args.n++] = word;
			if (c->command == NULL && (rc = name_command(c, false)) != 0)
				return rc;
		}
	}
	if (c->command == NULL && c->args.n > 0 && (rc = name_command(c, true)) != 0)
		return rc;
	rc = check_count(c);
	return rc != 0 || c->command == NULL || c->help || c->version ? rc : check_stdin(c);
}

void
args_free(struct cli *c)
{
	free(c->args.words);
	free(c->args.options);
}

const char *
args_value(const struct cli *c, const char *name)
{
	const char *v = NULL;

	for (int i = 0; i < c->args.noptions; i++)
		if (strcmp(c->args.options[i].name, name) == 0)
			v = c->args.options[i].value;
	return v;
}

bool
args_flag(const struct cli *c, const char *name)
{
	for (int i = 0; i < c->args.noptions; i++)
		if (strcmp(c->args.options[i].name, name) == 0)
			return true;
	return false;
}

static size_t
count_items(const struct cli *c, const char *name, bool split)
{
	size_t n = 0;

	for (int i = 0; i < c->args.noptions; i++) {
		if (strcmp(c->args.options[i].name, name) != 0)
			continue;
		n++;
		for (const char *p = c->args.options[i].value; split && *p != '\0'; p++)
			n += *p == ',';
	}
	return n;
}

/* Adds the items of a value that are not blank: 0, or an exit code after one sentence. */
static int
add_items(struct cli *c, const char **list, size_t *n, const char *p, bool split)
{
	for (;;) {
		size_t len = split ? strcspn(p, ",") : strlen(p);

		if (strspn(p, " \t\r\n") < len && (list[(*n)++] = ac_arena_text(&c->arena, p, len)) == NULL)
			return fail(c, AC_ENOMEM);
		if (p[len] == '\0')
			return 0;
		p += len + 1;
	}
}

int
args_list(struct cli *c, const char *name, bool split, const char ***out, size_t *n)
{
	size_t max = count_items(c, name, split), k = 0;
	const char **list;
	int rc;

	*out = NULL;
	*n = 0;
	if (max == 0)
		return 0;
	if ((list = ac_arena_get(&c->arena, (max + 1) * sizeof *list)) == NULL)
		return fail(c, AC_ENOMEM);
	for (int i = 0; i < c->args.noptions; i++) {
		size_t before = k;

		if (strcmp(c->args.options[i].name, name) != 0)
			continue;
		if ((rc = add_items(c, list, &k, c->args.options[i].value, split)) != 0)
			return rc;
		if (k == before)
			return fail_with(c, USAGE, "Nothing is named behind --%s; name it, or leave the option out.", name);
	}
	list[k] = NULL;
	*out = list;
	*n = k;
	return 0;
}

int
args_limit(struct cli *c, uint64_t *out)
{
	const char *v = args_value(c, "limit");
	char *end;
	unsigned long long n;

	if (v == NULL)
		return 0;
	errno = 0;
	n = strtoull(v, &end, 10);
	if (v[0] < '0' || v[0] > '9' || *end != '\0' || errno != 0)
		return fail_with(c, USAGE, "--limit takes a whole number, not %s.", clean(c, v));
	if (n == 0)
		return fail_with(c, USAGE, "--limit 0 would show nothing; leave it out for everything.");
	*out = n;
	return 0;
}

int
args_types(struct cli *c, const char *const *types)
{
	static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	for (; types != NULL && *types != NULL; types++) {
		const char *t = *types;

		if (t[0] < 'A' || t[0] > 'Z' || strspn(t, LETTERS) != strlen(t))
			return fail_with(c, USAGE, "%s is no FHIR type; write Observation or Condition,Procedure.", clean(c, t));
	}
	return 0;
}
