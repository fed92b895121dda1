/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

static const char *
user_folder(void)
{
	const struct passwd *pw;
	const char *h = env("HOME");

	if (h != NULL)
		return h;
	pw = getpwuid(getuid());
	return pw != NULL ? pw->pw_dir : NULL;
}

enum ac_err
home_path(struct cli *c)
{
	const char *h = c->home_option != NULL ? c->home_option : env("AFTERCARE_HOME");
	int n = -1;

	if (h != NULL && *h != '\0')
		n = snprintf(c->home_path, sizeof c->home_path, "%s", h);
	else if (c->home_option != NULL)
		return ac_fault(&c->fault, AC_EUSAGE, "--home needs the name of a folder.");
	else if ((h = env("XDG_DATA_HOME")) != NULL)
		n = snprintf(c->home_path, sizeof c->home_path, "%s/aftercare", h);
	else if ((h = user_folder()) != NULL)
		n = snprintf(c->home_path, sizeof c->home_path, "%s/.local/share/aftercare", h);
	if (n < 0 || (size_t)n >= sizeof c->home_path)
		return ac_fault(&c->fault, AC_EUSAGE, "The home's folder cannot be named; give --home DIR.");
	return AC_OK;
}

int
home_unborn(struct cli *c)
{
	DIR *d = opendir(c->home_path);
	const struct dirent *e;
	bool empty = true;

	if (d == NULL && errno == ENOENT)
		return 0;
	if (d == NULL)
		return fail_with(c, FAILED, "The home %s cannot be used (%s).", c->home_path, ac_words_error(errno));
	while (empty && (e = readdir(d)) != NULL)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(d);
	if (empty)
		return 0;
	return fail_with(c, FAILED, "There is something in %s already; name an empty folder with --home.", c->home_path);
}

static enum ac_err
open_with_agent(struct cli *c)
{
	unsigned char key[32];
	enum ac_err err = AC_ELOCKED;

	/* A passphrase given on the command line is meant: it decides. */
	if (c->passphrase_option || !agent_key(c, key))
		return AC_ELOCKED;
	err = ac_home_open(&c->home, c->home_path, NULL, 0, key, progress(c), &c->fault);
	ac_wipe(key, sizeof key);
	return err;
}

int
home_open(struct cli *c)
{
	enum ac_err err;

	if (c->home != NULL)
		return 0;
	if (!ac_home_there(c->home_path))
		return fail_with(c, FAILED, "There is no home at %s; make one with `aftercare init`, or name it with --home.",
			c->home_path);
	err = open_with_agent(c);
	if (err == AC_ELOCKED) {
		(void)ac_fault_past(&c->fault);
		err = secret_passphrase(c, false);
		if (err == AC_OK)
			err = ac_home_open(&c->home, c->home_path, (const char *)c->passphrase.p,
				c->passphrase.len, NULL, progress(c), &c->fault);
	}
	return err == AC_OK ? 0 : fail(c, err);
}

int
home_space(struct cli *c)
{
	int rc = home_open(c);
	enum ac_err err;

	if (rc != 0)
		return rc;
	err = ac_home_patient(&c->space, c->home, c->patient, &c->fault);
	return err == AC_OK ? 0 : fail(c, err);
}

static int
confirm_number(struct cli *c, const char *word, const char *ref)
{
	struct ac_shown s = { 0 };
	const char *title = "";

	if (ac_show(&s, &c->arena, c->space, ref, NULL, NULL) == AC_OK && s.merged != NULL)
		title = ac_doc_said(&c->arena, s.merged);
	if (*title != '\0')
		return prompt_confirm(c, "%s is %s, %s.", word, ref, clean(c, title));
	return prompt_confirm(c, "%s is %s.", word, ref);
}

int
home_ref(struct cli *c, char ref[AC_REF_MAX], const char *word, bool writes)
{
	enum ac_err err;
	int rc;

	if (numbers_find(c, ref, word)) {
		rc = writes ? confirm_number(c, word, ref) : 0;
		if (rc != 0)
			return rc;
		word = ref;
	}
	err = ac_ref(ref, c->space, word, &c->fault);
	return err == AC_OK ? 0 : fail(c, err);
}

int
home_version(struct cli *c, const char *v)
{
	size_t n = strlen(v);

	if (n >= 8 && n <= AC_VERSION_HEX && strspn(v, "0123456789abcdef") == n)
		return 0;
	return fail_with(c, USAGE, "%s is no version: give 8 or more of its digits, in lower-case hex.", clean(c, v));
}
