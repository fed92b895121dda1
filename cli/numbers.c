/* SPDX-License-Identifier: ISC */
/*
 * The numbers that the last `list` or `find` showed on this terminal: names of
 * documents, one a line, behind a line that says when, and for which home and
 * patient; the file's name says the terminal. Ten minutes later they mean nothing any more.
 */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD_MS (10 * 60 * 1000)
#define MOST 10000

static bool
file_name(const struct cli *c, char out[static PATH_MAX], bool *runtime)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *tty = ttyname(STDIN_FILENO);
	char name[128];
	size_t k = 0;

	if (tty == NULL)
		tty = ttyname(STDERR_FILENO);
	if (tty == NULL)
		return false;
	for (; *tty != '\0' && k < sizeof name - 1; tty++)
		name[k++] = isalnum((unsigned char)*tty) ? *tty : '-';
	name[k] = '\0';
	*runtime = run != NULL && *run == '/' && access(run, W_OK) == 0;
	return snprintf(out, PATH_MAX, "%s/%snumbers%s", *runtime ? run : c->home_path,
		*runtime ? "aftercare-" : "", name) < PATH_MAX;
}

static void
header(struct cli *c, char out[static PATH_MAX + 64])
{
	char real[PATH_MAX];
	unsigned char id[8];

	ac_space_id(c->space, id);
	if (realpath(c->home_path, real) == NULL)
		real[0] = '\0';
	snprintf(out, PATH_MAX + 64, "%02x%02x%02x%02x%02x%02x%02x%02x %s\n",
		id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], real);
}

void
numbers_save(struct cli *c, const char *const *refs, size_t n)
{
	char path[PATH_MAX], first[PATH_MAX + 64];
	struct ac_buf b = { 0 };
	struct file_out o;
	struct ac_sink sink;
	bool runtime, ok;

	if (!out_terminal() || !prompt_there() || !file_name(c, path, &runtime))
		return;
	header(c, first);
	ok = ac_buf_addf(&b, "%lld %s", (long long)date_now(), first) == AC_OK;
	for (size_t i = 0; ok && i < n && i < MOST; i++)
		ok = ac_buf_addf(&b, "%s\n", refs[i]) == AC_OK;
	/* A list that cannot be numbered is still a list: nothing is said. */
	if (ok && file_out_open(c, &o, path) == AC_OK) {
		sink = file_out_sink(&o);
		if (sink.write(sink.ctx, b.p, b.len, NULL) != AC_OK || file_out_done(c, &o) != AC_OK)
			file_out_drop(&o);
	}
	(void)ac_fault_past(&c->fault);
	ac_buf_free(&b);
}

static bool
nth_line(FILE *in, char ref[AC_REF_MAX], unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (fgets(ref, AC_REF_MAX, in) == NULL)
			return false;
	ref[strcspn(ref, "\n")] = '\0';
	return ref[0] != '\0';
}

bool
numbers_find(struct cli *c, char ref[AC_REF_MAX], const char *word)
{
	char path[PATH_MAX], want[PATH_MAX + 64], have[PATH_MAX + 96], *end;
	unsigned long n;
	long long then;
	bool runtime, found = false;
	FILE *in;

	if (strlen(word) > 5 || word[0] < '1' || strspn(word, "0123456789") != strlen(word))
		return false;
	if (!prompt_there() || !file_name(c, path, &runtime))
		return false;
	n = strtoul(word, NULL, 10);
	in = fopen(path, "re");
	if (in == NULL)
		return false;
	header(c, want);
	if (fgets(have, sizeof have, in) != NULL) {
		then = strtoll(have, &end, 10);
		if (*end == ' ' && strcmp(end + 1, want) == 0 && date_now() - then >= 0 && date_now() - then < GOOD_MS)
			found = nth_line(in, ref, n);
	}
	fclose(in);
	return found;
}
