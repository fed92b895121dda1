/* SPDX-License-Identifier: ISC */
/*
 * The language of what is said. Method: the catalogs are gettext's, in ../share/locale beside the
 * folder of the program, as built and as installed. A locale that the system never generated is
 * no obstacle: gettext obeys LANGUAGE in any locale but "C", and C.UTF-8 is always there. Only
 * words change; numbers and their decimal point stay as they are.
 */
#include "cli.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define DOMAIN "aftercare"

static const char *
one(const char *s)
{
	return dgettext(DOMAIN, s);
}

static const char *
many(const char *s, const char *p, unsigned long n)
{
	return dngettext(DOMAIN, s, p, n);
}

/* The locale that is asked for; NULL: none, or English as it is in the source. */
static const char *
wanted(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *s = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names && (s == NULL || *s == '\0'); i++)
		s = getenv(names[i]);
	if (s == NULL || *s == '\0' || strcmp(s, "POSIX") == 0 || strcmp(s, "C") == 0 || strncmp(s, "C.", 2) == 0)
		return NULL;
	return s;
}

static bool
for_program(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* /proc is closed to a process that nobody may look into: the name it was started by. */
static bool
catalogs(char out[static PATH_MAX + 32])
{
	const char *started = (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr) */
	char *path = started != NULL ? realpath(started, NULL) : NULL, *end;
	bool there = false;

	for (int up = 0; path != NULL && up < 2 && (end = strrchr(path, '/')) != NULL; up++) {
		*end = '\0';
		there = up == 1;
	}
	if (there)
		there = snprintf(out, PATH_MAX + 32, "%s/share/locale", path) < PATH_MAX + 32;
	free(path);
	return there;
}

void
words_begin(int argc, char **argv)
{
	const char *name = wanted(), *language = getenv("LANGUAGE");
	char dir[PATH_MAX + 32];

	if (name == NULL || for_program(argc, argv) || !catalogs(dir))
		return;
	if (setlocale(LC_MESSAGES, name) == NULL) {
		if (setlocale(LC_MESSAGES, "C.UTF-8") == NULL)
			return;
		if ((language == NULL || *language == '\0') && setenv("LANGUAGE", name, 1) != 0)
			return;
	}
	/* other libraries' words, which the system may have, must be UTF-8 too */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (bindtextdomain(DOMAIN, dir) == NULL || bind_textdomain_codeset(DOMAIN, "UTF-8") == NULL)
		return;
	ac_words_set(one, many);
}
