/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

/* A test build may make homes that open at once; a real one never does, whatever
 * the environment says. */
int
secret_home_flags(void)
{
#ifdef AC_FAULTS
	const char *quick = getenv("AFTERCARE_QUICK_KDF");

	return quick != NULL && strcmp(quick, "1") == 0 ? AC_HOME_QUICK : 0;
#else
	return 0;
#endif
}

static const char *
passphrase_file(const struct cli *c)
{
	const char *env = getenv("AFTERCARE_PASSPHRASE_FILE");

	if (c->passphrase_file != NULL)
		return c->passphrase_file;
	return env != NULL && *env != '\0' ? env : NULL;
}

const char *
secret_from_stdin(const struct cli *c)
{
	const char *path = command_homeless(c->command) ? NULL : passphrase_file(c);

	return path != NULL && strcmp(path, "-") == 0 ? N_("the passphrase") : NULL;
}

bool
secret_offered(const struct cli *c)
{
	return passphrase_file(c) != NULL || prompt_there();
}

static enum ac_err
first_line(struct cli *c, struct ac_buf *out, int fd, const char *path)
{
	char ch;
	ssize_t r;
	enum ac_err err;

	/* A byte at a time: what follows the line on standard input is not ours. */
	while ((r = read(fd, &ch, 1)) == 1 && ch != '\n') {
		if (out->len >= LINE_MAX_BYTES)
			return ac_fault(&c->fault, AC_ELOCKED, "The first line of %s is too long for a passphrase.", path);
		if ((err = ac_buf_add(out, &ch, 1)) != AC_OK)
			return err;
	}
	if (r < 0)
		return ac_fault(&c->fault, AC_ELOCKED, "%s could not be read (%s).", path, ac_words_error(errno));
	if (out->len > 0 && out->p[out->len - 1] == '\r')
		out->len--;
	if (out->len == 0)
		return ac_fault(&c->fault, AC_ELOCKED, "%s has no passphrase on its first line.", path);
	return AC_OK;
}

enum ac_err
secret_first_line(struct cli *c, struct ac_buf *out, const char *path, const char *what)
{
	enum ac_err err;
	int fd;

	if (strcmp(path, "-") == 0) {
		err = file_stdin(c, what);
		return err != AC_OK ? err : first_line(c, out, STDIN_FILENO, _("Standard input"));
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return ac_fault(&c->fault, AC_ELOCKED, "The passphrase file %s could not be opened (%s).",
			path, ac_words_error(errno));
	err = first_line(c, out, fd, path);
	close(fd);
	return err;
}

static bool
same(const struct ac_buf *a, const struct ac_buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

enum ac_err
secret_twice(struct cli *c, struct ac_buf *out, const char *what)
{
	struct ac_buf again = { 0 };
	char q[128];
	enum ac_err err;

	snprintf(q, sizeof q, "%s: ", _(what));
	err = prompt_line(c, out, q, true);
	if (err == AC_OK && out->len == 0)
		err = ac_fault(&c->fault, AC_EUSAGE, "An empty passphrase protects nothing; choose another.");
	snprintf(q, sizeof q, _("%s, once more: "), _(what));
	if (err == AC_OK)
		err = prompt_line(c, &again, q, true);
	if (err == AC_OK && !same(out, &again))
		err = ac_fault(&c->fault, AC_EUSAGE, "The two passphrases differ; nothing was done.");
	ac_buf_free(&again);
	return err;
}

enum ac_err
secret_passphrase(struct cli *c, bool fresh)
{
	const char *path = passphrase_file(c);

	if (c->passphrase.len > 0)
		return AC_OK;
	if (path != NULL)
		return secret_first_line(c, &c->passphrase, path, "the passphrase");
	if (!prompt_there())
		return ac_fault(&c->fault, AC_ELOCKED,
			"No passphrase: there is no terminal to ask on; give --passphrase-file F, or run unlock first.");
	if (fresh)
		return secret_twice(c, &c->passphrase, "New passphrase");
	return prompt_line(c, &c->passphrase, _("Passphrase: "), true);
}

enum ac_err
secret_identity(struct cli *c, struct ac_buf *out)
{
	const char *path = args_value(c, "identity");
	enum ac_err err;

	if (path != NULL)
		err = file_read(c, out, path, "the identity");
	else if (prompt_there())
		err = prompt_line(c, out, _("The kit's key (AGE-SECRET-KEY-1...): "), true);
	else
		return ac_fault(&c->fault, AC_ELOCKED,
			"No key: there is no terminal to ask on; give the kit's key with --identity FILE.");
	if (err == AC_OK && (err = ac_buf_add(out, "", 1)) == AC_OK)
		out->len--;
	return err;
}

enum ac_err
secret_key_run(struct cli *c, struct ac_buf *run, const struct ac_buf *text)
{
	static const char MARK[] = "AGE-SECRET-KEY-1";
	const char *p = text->p != NULL ? strcasestr((const char *)text->p, MARK) : NULL;
	enum ac_err err = AC_OK;
	size_t n = 0;

	if (p == NULL)
		return ac_fault(&c->fault, AC_EINVAL, "There is no %s... in it; give the kit's sheet or its key.", MARK);
	while (isalnum((unsigned char)p[n]) || p[n] == '-')
		n++;
	err = ac_buf_add(run, p, n);
	for (size_t i = 0; err == AC_OK && i < n; i++)
		run->p[i] = (unsigned char)toupper(run->p[i]);
	if (err == AC_OK && (err = ac_buf_add(run, "", 1)) == AC_OK)
		run->len--;
	return err;
}

/* True when this passphrase opens the home: the two would be one. */
static enum ac_err
not_the_homes(struct cli *c, const struct ac_buf *sealing)
{
	struct ac_home *h = NULL;

	if (c->passphrase.len > 0) {
		if (!same(sealing, &c->passphrase))
			return AC_OK;
	} else {
		if (ac_home_open(&h, c->home_path, (const char *)sealing->p, sealing->len, NULL, NULL, NULL) != AC_OK)
			return AC_OK;
		ac_home_close(h);
	}
	return ac_fault(&c->fault, AC_EUSAGE,
		"The sealing passphrase must differ from the home's; put another one into the file.");
}

enum ac_err
secret_sealing(struct cli *c, struct ac_buf *out, bool against_home)
{
	const char *path = args_value(c, "sealed-with-file");
	enum ac_err err;

	if (path == NULL)
		return AC_OK;
	err = secret_first_line(c, out, path, "the sealing passphrase");
	if (err == AC_OK && against_home)
		err = not_the_homes(c, out);
	return err;
}
