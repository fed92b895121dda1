/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "schema/json_scan.h"
#include "schema/utf8.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

void
ac_json_position(const void *text, size_t n, uint32_t at, uint32_t *line, uint32_t *column)
{
	const char *p = text, *end, *nl;

	*line = *column = 0;
	if (!at)
		return;
	end = p + (at - 1 < n ? at - 1 : n);
	for (*line = 1; (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1)
		++*line;
	*column = (uint32_t)(end - p) + 1;
}

enum ac_err
ac_json_fail(const struct ac_json_text *t, enum ac_err err, size_t offset, const char *fmt, ...)
{
	char sentence[sizeof t->f->text];
	va_list ap;

	if (!t->f)
		return err;
	va_start(ap, fmt);
	vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	ac_json_position(t->p, t->n, (uint32_t)offset + 1, &t->f->line, &t->f->column);
	return ac_fault(t->f, err, "%s", sentence);
}

static bool
is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* what numbers, true, false and null are made of, and misspellings of them */
static bool
is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		|| c == '-' || c == '+' || c == '.';
}

static size_t
word_end(const struct ac_json_text *t, size_t at)
{
	while (at < t->n && is_word(t->p[at]))
		at++;
	return at;
}

/* ------------------------------------------------------------------ strings */

/* Bytes at p that are ASCII and neither control, quote nor backslash. */
static size_t
plain(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *from = p;
	uint64_t w;

	for (; end - p >= 8; p += 8) {
		memcpy(&w, p, 8);
		if ((w | (w - EACH(0x20)) | ((w ^ EACH('"')) - EACH(1)) | ((w ^ EACH('\\')) - EACH(1)))
		    & EACH(0x80))
			break;
	}
	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return (size_t)(p - from);
}

/* The four hexadecimal digits at p, or -1. */
static int
hex4(const unsigned char *p, const unsigned char *end)
{
	int v = 0, i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		v *= 16;
		if (p[i] >= '0' && p[i] <= '9')
			v += p[i] - '0';
		else if (p[i] >= 'a' && p[i] <= 'f')
			v += p[i] - 'a' + 10;
		else if (p[i] >= 'A' && p[i] <= 'F')
			v += p[i] - 'A' + 10;
		else
			return -1;
	}
	return v;
}

/* One \uXXXX, or two that are a surrogate pair. */
static enum ac_err
scan_unicode(const struct ac_json_text *t, size_t *at, size_t *len)
{
	const unsigned char *p = t->p + *at, *end = t->p + t->n;
	int v = hex4(p + 2, end), low;

	if (v < 0)
		return ac_json_fail(t, AC_EINVAL, *at,
			"a \\u escape in a string lacks its four hexadecimal digits; correct the file");
	if (!v)
		return ac_json_fail(t, AC_EINVAL, *at,
			"a string holds the character NUL, which FHIR forbids; remove it");
	*at += 6;
	*len += v < 0x80 ? 1 : v < 0x800 ? 2 : 3;
	if (v < 0xd800 || v > 0xdfff)
		return AC_OK;
	low = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, end) : -1;
	if (v > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return ac_json_fail(t, AC_EINVAL, *at - 6,
			"a string holds half of a surrogate pair, which is no character; correct the file");
	*at += 6;
	*len += 1;
	return AC_OK;
}

static enum ac_err
scan_escape(const struct ac_json_text *t, size_t *at, size_t *len)
{
	unsigned char c = *at + 1 < t->n ? t->p[*at + 1] : 0;

	if (c == 'u')
		return scan_unicode(t, at, len);
	if (!c || !strchr("\"\\/bfnrt", c))
		return ac_json_fail(t, AC_EINVAL, *at,
			"a backslash in a string begins no escape that JSON has; correct the file");
	*at += 2;
	*len += 1;
	return AC_OK;
}

/* From the opening quote at *at to behind the closing one. */
static enum ac_err
scan_string(struct ac_json_text *t, size_t *at)
{
	const unsigned char *end = t->p + t->n;
	size_t i = *at + 1, len = 0, step;
	enum ac_err err;

	for (;;) {
		step = plain(t->p + i, end);
		i += step;
		len += step;
		if (len > AC_MAX_STRING)
			return ac_json_fail(t, AC_ELIMIT, *at,
				"a string is longer than the %u bytes allowed; store the data as an attachment",
				AC_MAX_STRING);
		if (i == t->n)
			return ac_json_fail(t, AC_EINVAL, *at,
				"a string has no closing quote; check that the file is complete");
		if (t->p[i] == '"')
			break;
		if (t->p[i] == '\\') {
			if ((err = scan_escape(t, &i, &len)))
				return err;
			continue;
		}
		if (t->p[i] < 0x20)
			return ac_json_fail(t, AC_EINVAL, i,
				"a string holds a bare control character (0x%02x); write it as an escape", t->p[i]);
		if (!(step = ac_utf8_step(t->p + i, end)))
			return ac_json_fail(t, AC_EINVAL, i,
				"a string holds bytes that are not UTF-8; save the file as UTF-8");
		i += step;
		len += step;
	}
	if (len > t->longest)
		t->longest = len;
	*at = i + 1;
	return AC_OK;
}

/* ---------------------------------------------------------------- the text */

static enum ac_err
scan_word(const struct ac_json_text *t, size_t *at)
{
	size_t end = word_end(t, *at);

	if (end == *at)
		return ac_json_fail(t, AC_EINVAL, *at,
			"a byte stands here (0x%02x) that JSON has no use for outside a string; correct the file",
			t->p[*at]);
	if (end - *at > AC_MAX_NUMBER)
		return ac_json_fail(t, AC_ELIMIT, *at,
			"a number is longer than the %u characters allowed; correct the file", AC_MAX_NUMBER);
	*at = end;
	return AC_OK;
}

static enum ac_err
scan_size(struct ac_json_text *t)
{
	size_t i;

	if (t->n > AC_MAX_JSON)
		return ac_json_fail(t, AC_ELIMIT, 0,
			"the JSON text is longer than the %u bytes allowed; split it", AC_MAX_JSON);
	t->start = t->n >= 3 && !memcmp(t->p, "\xef\xbb\xbf", 3) ? 3 : 0;
	for (i = t->start; i < t->n && is_space(t->p[i]); i++)
		;
	if (i == t->n)
		return ac_json_fail(t, AC_EINVAL, 0, "there is no JSON here, the text is empty");
	return AC_OK;
}

enum ac_err
ac_json_scan(struct ac_json_text *t)
{
	enum ac_err err = scan_size(t);
	size_t i = t->start, depth = 0;

	while (!err && i < t->n) {
		switch (t->p[i]) {
		case ' ': case '\t': case '\n': case '\r': case ',': case ':':
			i++;
			break;
		case '{': case '[':
			if (++depth > AC_MAX_DEPTH)
				return ac_json_fail(t, AC_ELIMIT, i,
					"objects and arrays are nested more than %u deep; no FHIR resource is",
					AC_MAX_DEPTH);
			i++;
			break;
		case '}': case ']':
			depth -= depth > 0;
			i++;
			break;
		case '"':
			err = scan_string(t, &i);
			break;
		default:
			err = scan_word(t, &i);
		}
	}
	return err;
}

size_t
ac_json_token(const struct ac_json_text *t, size_t at)
{
	while (at < t->n && is_space(t->p[at]))
		at++;
	return at;
}

size_t
ac_json_token_end(const struct ac_json_text *t, size_t at)
{
	if (t->p[at] != '"')
		return is_word(t->p[at]) ? word_end(t, at) : at + 1;
	for (at++; t->p[at] != '"'; at++)
		at += t->p[at] == '\\';
	return at + 1;
}
