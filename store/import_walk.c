/* SPDX-License-Identifier: ISC */
/*
 * Method: bytes go by once, with a depth, whether a string is open, and the last
 * string of the outermost object, which may be the name "entry". What stands in that
 * array is cut into items; all else is kept as the shell. Whoever reads the items and
 * the shell as JSON has read every byte of the text.
 */
#include <stdlib.h>
#include <string.h>

#include "store/import.h"

#define READ ((size_t)256 << 10)

struct walk {
	struct ac_import_input *in;
	struct ac_import_shell *shell;
	ac_import_each *each;
	void *ctx;
	struct ac_fault *f;
	unsigned char *buf;
	size_t n, i;             /* in buf */
	size_t used;             /* of buf, at most */
	uint64_t line, start;    /* of the text: line number, offset of its first byte */
	uint64_t base;           /* offset of buf */
	bool end;
	struct ac_buf item;
};

static enum ac_err
more(struct walk *w)
{
	enum ac_err err;

	w->base += w->n;
	w->n = READ;
	w->i = 0;
	if ((err = ac_import_input_read(w->in, w->buf, &w->n, w->f))) {
		w->n = 0;
		return err;
	}
	w->end = !w->n;
	w->used = w->n > w->used ? w->n : w->used;
	return AC_OK;
}

/* The byte at hand, or -1 at the end; err is set when reading failed. */
static int
peek(struct walk *w, enum ac_err *err)
{
	if (w->i == w->n && !w->end && (*err = more(w)))
		return -1;
	return w->end ? -1 : w->buf[w->i];
}

static void
step(struct walk *w)
{
	if (w->buf[w->i] == '\n') {
		w->line++;
		w->start = w->base + w->i + 1;
	}
	w->i++;
}

static uint64_t
column(const struct walk *w)
{
	return w->base + w->i - w->start + 1;
}

static enum ac_err
start(struct walk *w)
{
	w->line = 1;
	if (!(w->buf = malloc(READ)))
		return AC_ENOMEM;
	w->item.max = AC_MAX_JSON;
	return ac_import_input_rewind(w->in, w->f);
}

static void
finish(struct walk *w)
{
	if (w->buf)
		ac_wipe(w->buf, w->used);
	free(w->buf);
	ac_buf_free(&w->item);
}

static bool
is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies n bytes at hand; with no place for them they are passed over. */
static enum ac_err
keep(struct walk *w, struct ac_buf *to, size_t n)
{
	enum ac_err err = to ? ac_buf_add(to, w->buf + w->i, n) : AC_OK;
	size_t i;

	for (i = 0; i < n; i++)
		step(w);
	return err;
}

/* From the opening quote to behind the closing one, or to the end of the text. */
static enum ac_err
string(struct walk *w, struct ac_buf *to)
{
	bool open = false, escape = false;
	enum ac_err err = AC_OK;
	size_t j;

	while (peek(w, &err) >= 0) {
		for (j = w->i; j < w->n; j++) {
			if (escape)
				escape = false;
			else if (w->buf[j] == '\\')
				escape = true;
			else if (w->buf[j] == '"') {
				if (open)
					return keep(w, to, j + 1 - w->i);
				open = true;
			}
		}
		if ((err = keep(w, to, w->n - w->i)))
			return err;
	}
	return err;
}

/* One value of any kind, from its first byte. */
static enum ac_err
value(struct walk *w, struct ac_buf *to)
{
	uint64_t depth = 0;
	enum ac_err err = AC_OK;
	size_t j;
	int c;

	while ((c = peek(w, &err)) >= 0) {
		if (c == '"') {
			if ((err = string(w, to)) || !depth)
				return err;
			continue;
		}
		if (!depth && (is_space(c) || c == ',' || c == ']' || c == '}'))
			return AC_OK;
		for (j = w->i; j < w->n && w->buf[j] != '"'; j++) {
			c = w->buf[j];
			if (!depth && (is_space(c) || c == ',' || c == ']' || c == '}'))
				break;
			if (c == '{' || c == '[')
				depth++;
			else if ((c == '}' || c == ']') && !--depth)
				return keep(w, to, j + 1 - w->i);
		}
		if ((err = keep(w, to, j - w->i)))
			return err;
	}
	return err;
}

static enum ac_err
give(struct walk *w, uint64_t line, uint64_t col, enum ac_err err)
{
	struct ac_import_piece piece = { w->item.p, w->item.len, line, col, err == AC_ELIMIT };

	return err == AC_ELIMIT || !err ? w->each(w->ctx, &piece, w->f) : err;
}

static enum ac_err
one_item(struct walk *w)
{
	uint64_t line = w->line, col = column(w);
	enum ac_err err;

	ac_buf_reset(&w->item);
	err = value(w, w->each ? &w->item : NULL);
	if (!w->each)
		return err;
	return give(w, line, col, err);
}

static enum ac_err
not_json(struct walk *w)
{
	if (w->f) {
		w->f->line = (uint32_t)w->line;
		w->f->column = (uint32_t)column(w);
	}
	return ac_fault(w->f, AC_EINVAL, "this is not JSON from here on; correct the file");
}

/* Behind the opening bracket of `entry`, up to its closing one, which stays. */
static enum ac_err
items(struct walk *w)
{
	bool any = false, wanted = true; /* an item may come */
	enum ac_err err = AC_OK;
	int c;

	while ((c = peek(w, &err)) >= 0) {
		if (is_space(c)) {
			step(w);
			continue;
		}
		if (c == ']' && (!wanted || !any))
			break;
		if (c == ',' && !wanted) {
			wanted = true;
			step(w);
			continue;
		}
		if (!wanted || c == ',' || c == ']' || c == '}' || c == ':')
			return not_json(w);
		if ((err = one_item(w)))
			return err;
		any = true;
		wanted = false;
	}
	w->shell->hole = true;
	w->shell->at = w->shell->text.len;
	w->shell->line = w->line;
	w->shell->column = column(w);
	return err;
}

/* How many bytes at hand neither nest nor begin a string; a name stays one only up to
 * its colon. */
static size_t
plain(const struct walk *w, bool *entry)
{
	size_t j;

	for (j = w->i; j < w->n && w->buf[j] != '"' && w->buf[j] != '{' && w->buf[j] != '}' && w->buf[j] != '['
	    && w->buf[j] != ']'; j++)
		*entry &= w->buf[j] == ':' || is_space(w->buf[j]);
	return j - w->i;
}

/* The outermost object, up to its end. */
static enum ac_err
object(struct walk *w)
{
	struct ac_buf *to = &w->shell->text;
	uint64_t depth = 0;
	size_t name = 0;
	bool entry = false;   /* the last string at depth 1 was "entry" */
	enum ac_err err = AC_OK;
	int c;

	while ((c = peek(w, &err)) >= 0) {
		if (c == '"') {
			name = to->len;
			if ((err = string(w, to)))
				return err;
			entry = depth == 1 && to->len - name == 7 && !memcmp(to->p + name, "\"entry\"", 7);
			continue;
		}
		if (!strchr("{}[]", c) || !c) {
			if ((err = keep(w, to, plain(w, &entry))))
				return err;
			continue;
		}
		depth += c == '{' || c == '[' ? 1 : (uint64_t)-1;
		if ((err = keep(w, to, 1)))
			return err;
		if (c == '[' && depth == 2 && entry && !w->shell->hole && (err = items(w)))
			return err;
		entry = false;
		if (!depth || depth > AC_MAX_DEPTH)
			break;
	}
	return err;
}

enum ac_err
ac_import_walk(struct ac_import_shell *shell, struct ac_import_input *in, ac_import_each *each, void *ctx,
	struct ac_fault *f)
{
	struct walk w = { .in = in, .shell = shell, .each = each, .ctx = ctx, .f = f };
	enum ac_err err = start(&w);
	bool closed = false;
	int c;

	memset(shell, 0, sizeof *shell);
	shell->text.max = AC_MAX_JSON;
	if (err)
		goto out;
	while ((c = peek(&w, &err)) >= 0 && c != '{' && !err) {
		/* space, a byte order mark, or what is no object: the reader of the shell judges */
		err = keep(&w, &shell->text, 1);
		if (c == '[' || c == '"')
			break;
	}
	if (!err && c == '{') {
		err = object(&w);
		closed = true;
	}
	/* the rest: normally nothing but space */
	while (!err && (c = peek(&w, &err)) >= 0 && !err) {
		if ((shell->lines = closed && c == '{'))
			break;
		err = keep(&w, &shell->text, 1);
	}
out:
	finish(&w);
	if (err == AC_ELIMIT)
		ac_fault(f, err, "the JSON text is longer than the %u bytes allowed for one document; split it", AC_MAX_JSON);
	return err;
}

enum ac_err
ac_import_lines(struct ac_import_input *in, ac_import_each *each, void *ctx, struct ac_fault *f)
{
	struct walk w = { .in = in, .each = each, .ctx = ctx, .f = f };
	const unsigned char *nl;
	bool blank = true, full;
	enum ac_err err = start(&w), kept = AC_OK;
	size_t n, i;

	while (!err && !w.end) {
		if (peek(&w, &err) >= 0) {
			nl = memchr(w.buf + w.i, '\n', w.n - w.i);
			n = nl ? (size_t)(nl - w.buf) - w.i : w.n - w.i;
			for (i = 0; blank && i < n; i++)
				blank = is_space(w.buf[w.i + i]);
			if (!kept)
				kept = ac_buf_add(&w.item, w.buf + w.i, n);
			w.i += n + (nl != NULL);
			full = nl != NULL;
		} else
			full = true;
		if (!err && full) {
			if (!blank)
				err = give(&w, w.line, 1, kept);
			w.line++;
			ac_buf_reset(&w.item);
			blank = true;
			kept = AC_OK;
		}
	}
	finish(&w);
	return err;
}
