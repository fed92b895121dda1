/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "sync/armor.h"
#include "sync/b64.h"

#define COLUMNS 64
#define MAX_WHITE 1024u

static const char begin_mark[] = "-----BEGIN AGE ENCRYPTED FILE-----";
static const char end_mark[] = "-----END AGE ENCRYPTED FILE-----";

void
ac_armor_init(struct ac_armor *a, const struct ac_source *from, unsigned char first)
{
	memset(a, 0, sizeof *a);
	a->from = *from;
	a->in[0] = (char)first;
	a->len = 1;
	a->line = 1;
}

static enum ac_err
broken(struct ac_armor *a, const char *what, struct ac_fault *f)
{
	if (f)
		f->line = a->line;
	return ac_fault(f, AC_EINVAL, "the armor of this age file is damaged at line %lu: %s; "
		"get another copy of the file", (unsigned long)a->line, ac_words(what));
}

/* *c is the next character, or -1 at the end. It stays next until taken. */
static enum ac_err
peek(struct ac_armor *a, int *c, struct ac_fault *f)
{
	size_t n = sizeof a->in;
	enum ac_err err;

	if (a->at == a->len && !a->eof) {
		if ((err = a->from.read(a->from.ctx, a->in, &n, f)))
			return err;
		a->at = 0;
		a->len = n;
		a->eof = n == 0;
	}
	*c = a->at < a->len ? (unsigned char)a->in[a->at] : -1;
	return AC_OK;
}

static void
take(struct ac_armor *a)
{
	if (a->in[a->at++] == '\n')
		a->line++;
}

/* A line without its end (LF or CRLF). *n is -1 where there is no line. */
static enum ac_err
get_line(struct ac_armor *a, char line[COLUMNS + 2], int *n, struct ac_fault *f)
{
	enum ac_err err;
	int len = 0, c;

	while (!(err = peek(a, &c, f)) && c >= 0 && c != '\n') {
		if (len == COLUMNS + 1 || (len == COLUMNS && c != '\r'))
			return broken(a, "the line is longer than 64 characters", f);
		line[len++] = (char)c;
		take(a);
	}
	if (err)
		return err;
	*n = c < 0 && !len ? -1 : len;
	if (len && line[len - 1] == '\r')
		*n = len - 1;
	if (c == '\n')
		take(a);
	return AC_OK;
}

static bool
is_line(const char *line, int n, const char *mark)
{
	return n == (int)strlen(mark) && !memcmp(line, mark, (size_t)n);
}

/* White space up to the next other character; it must start a line or be the end. */
static enum ac_err
skip_white(struct ac_armor *a, struct ac_fault *f)
{
	bool fresh = true;
	unsigned count;
	enum ac_err err;
	int c;

	for (count = 0; !(err = peek(a, &c, f)) && c > 0 && strchr(" \t\r\n", c); count++) {
		if (count == MAX_WHITE)
			return broken(a, "there is too much white space around it", f);
		fresh = c == '\n';
		take(a);
	}
	if (!err && c >= 0 && !fresh)
		return broken(a, "a mark does not start its line", f);
	return err;
}

static enum ac_err
open_mark(struct ac_armor *a, struct ac_fault *f)
{
	char line[COLUMNS + 2];
	enum ac_err err;
	int n;

	if ((err = skip_white(a, f)) || (err = get_line(a, line, &n, f)))
		return err;
	if (!is_line(line, n, begin_mark))
		return broken(a, "the line that begins armor is not there", f);
	a->state = AC_ARMOR_BODY;
	return AC_OK;
}

static enum ac_err
close_mark(struct ac_armor *a, struct ac_fault *f)
{
	enum ac_err err;
	int c;

	if ((err = skip_white(a, f)) || (err = peek(a, &c, f)))
		return err;
	if (c >= 0)
		return broken(a, "there is text behind its last line", f);
	a->state = AC_ARMOR_DONE;
	return AC_OK;
}

static bool
decode(struct ac_armor *a, const char *line, size_t n)
{
	size_t pad = 0;

	if (n == 0 || n % 4)
		return false;
	while (pad < 2 && line[n - 1 - pad] == '=')
		pad++;
	a->out_at = 0;
	return ac_b64_decode(a->out, sizeof a->out, &a->out_len, line, n - pad);
}

static enum ac_err
body_line(struct ac_armor *a, struct ac_fault *f)
{
	char line[COLUMNS + 2];
	enum ac_err err;
	int n;

	if ((err = get_line(a, line, &n, f)))
		return err;
	if (n < 0)
		return broken(a, "its last line is not there", f);
	if (is_line(line, n, end_mark))
		return close_mark(a, f);
	if (a->state == AC_ARMOR_SHORT)
		return broken(a, "the line before ends too early", f);
	if (!decode(a, line, (size_t)n))
		return broken(a, "the line is not base64 in its canonical form", f);
	if (a->out_len < sizeof a->out)
		a->state = AC_ARMOR_SHORT;
	return AC_OK;
}

enum ac_err
ac_armor_read(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct ac_armor *a = ctx;
	enum ac_err err = AC_OK;

	if (a->state == AC_ARMOR_BEFORE)
		err = open_mark(a, f);
	while (!err && a->out_at == a->out_len && a->state != AC_ARMOR_DONE)
		err = body_line(a, f);
	if (err)
		return err;
	if (*n > a->out_len - a->out_at)
		*n = a->out_len - a->out_at;
	memcpy(p, a->out + a->out_at, *n);
	a->out_at += *n;
	return AC_OK;
}
