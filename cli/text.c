/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct range { uint32_t from, to; };

/* Marks that take no column of their own. */
static const struct range ZERO[] = {
	{ 0x300, 0x36F }, { 0x483, 0x489 }, { 0x591, 0x5BD }, { 0x5BF, 0x5BF }, { 0x5C1, 0x5C2 },
	{ 0x5C4, 0x5C5 }, { 0x5C7, 0x5C7 }, { 0x610, 0x61A }, { 0x64B, 0x65F }, { 0x670, 0x670 },
	{ 0x6D6, 0x6DC }, { 0x6DF, 0x6E4 }, { 0x6E7, 0x6E8 }, { 0x6EA, 0x6ED }, { 0x900, 0x902 },
	{ 0x93A, 0x93A }, { 0x93C, 0x93C }, { 0x941, 0x948 }, { 0x94D, 0x94D }, { 0x951, 0x957 },
	{ 0xE31, 0xE31 }, { 0xE34, 0xE3A }, { 0xE47, 0xE4E }, { 0x1160, 0x11FF }, { 0x1AB0, 0x1AFF },
	{ 0x1DC0, 0x1DFF }, { 0x200B, 0x200D }, { 0x20D0, 0x20FF }, { 0x302A, 0x302D },
	{ 0x3099, 0x309A }, { 0xFE00, 0xFE0F },
	{ 0xFE20, 0xFE2F }, { 0xE0100, 0xE01EF },
};
static const struct range WIDE[] = {
	{ 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF },
	{ 0x4E00, 0x9FFF }, { 0xA000, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF },
	{ 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F },
	{ 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
};
/* What a terminal would obey instead of showing: C1 controls, and the marks that
 * turn the direction of writing, with which one name can look like another. */
static const struct range OBEYED[] = {
	{ 0x00, 0x1F }, { 0x7F, 0x9F }, { 0x61C, 0x61C }, { 0x200E, 0x200F },
	{ 0x2028, 0x202E }, { 0x2066, 0x2069 }, { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB },
};

static bool
among(const struct range *r, size_t n, uint32_t p)
{
	for (size_t i = 0; i < n; i++)
		if (p >= r[i].from && p <= r[i].to)
			return true;
	return false;
}
#define AMONG(table, p) among(table, sizeof(table) / sizeof *(table), p)

size_t
text_decode(const char *s, size_t n, uint32_t *point)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len;
	uint32_t p;

	if (n == 0)
		return 0;
	if (u[0] < 0x80) {
		*point = u[0];
		return 1;
	}
	len = u[0] >= 0xF0 && u[0] < 0xF5 ? 4 : u[0] >= 0xE0 && u[0] < 0xF0 ? 3 : u[0] >= 0xC2 && u[0] < 0xE0 ? 2 : 0;
	if (len == 0 || len > n)
		return 0;
	p = u[0] & (0x7Fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 0;
		p = p << 6 | (u[i] & 0x3Fu);
	}
	if ((len == 3 && p < 0x800) || (len == 4 && p < 0x10000) || p > 0x10FFFF || (p >= 0xD800 && p < 0xE000))
		return 0;
	*point = p;
	return len;
}

static const char *
printable(struct cli *c, const char *s, size_t n, const char *indent)
{
	size_t grow = indent != NULL ? strlen(indent) + 1 : 3, k = 0;
	char *out = ac_arena_get(&c->arena, n * (grow > 3 ? grow : 3) + 1);

	if (out == NULL) {
		out_lost();
		return "";
	}
	for (size_t i = 0; i < n; ) {
		uint32_t p = 0;
		size_t len = text_decode(s + i, n - i, &p);

		if (len != 0 && indent != NULL && p == '\n') {
			out[k++] = '\n';
			memcpy(out + k, indent, strlen(indent));
			k += strlen(indent);
		} else if (len != 0 && (p == '\n' || p == '\t')) {
			out[k++] = ' ';
		} else if (len == 0 || AMONG(OBEYED, p)) {
			if (p != '\r') {
				memcpy(out + k, "\xEF\xBF\xBD", 3);
				k += 3;
			}
			len = len == 0 ? 1 : len;
		} else {
			memcpy(out + k, s + i, len);
			k += len;
		}
		i += len;
	}
	out[k] = '\0';
	return out;
}

const char *
clean(struct cli *c, const char *s)
{
	return s == NULL ? "" : printable(c, s, strlen(s), NULL);
}

const char *
clean_lines(struct cli *c, const char *s, size_t n, const char *indent)
{
	return printable(c, s, n, indent);
}

static int
point_width(uint32_t p)
{
	if (p < 0x300)
		return 1;
	return AMONG(ZERO, p) ? 0 : AMONG(WIDE, p) ? 2 : 1;
}

int
text_width(const char *s)
{
	size_t n = strlen(s), len;
	uint32_t p;
	int w = 0;

	for (size_t i = 0; i < n && (len = text_decode(s + i, n - i, &p)) != 0; i += len)
		w += point_width(p);
	return w;
}

size_t
text_fit(const char *s, int columns)
{
	size_t n = strlen(s), len, i;
	uint32_t p;

	for (i = 0; i < n && (len = text_decode(s + i, n - i, &p)) != 0; i += len)
		if ((columns -= point_width(p)) < 0)
			break;
	return i;
}

/* Bytes of the line that s begins with: up to a blank where one is, else what fits. */
static size_t
line_end(const char *s, int columns)
{
	size_t fits = text_fit(s, columns), n;
	uint32_t p;

	if (s[fits] == '\0' || s[fits] == ' ')
		return fits;
	for (n = fits; n > 0 && s[n - 1] != ' '; n--)
		;
	if (n > 0 && strspn(s, " ") < n)
		return n;
	/* a point wider than the line, or bytes that are no UTF-8, stand alone */
	if (fits > strspn(s, " "))
		return fits;
	n = text_decode(s + fits, strlen(s + fits), &p);
	return fits + (n > 0 ? n : 1);
}

const char *
text_wrap(struct cli *c, const char *s, int columns, int indent)
{
	struct ac_buf b = { 0 };
	enum ac_err err = AC_OK;
	const char *out = NULL;
	int room = columns;

	do {
		size_t n = line_end(s, room), len = n;

		while (len > 0 && s[len - 1] == ' ')
			len--;
		if (room != columns)
			err = ac_buf_addf(&b, "%*s", indent, "");
		if (err == AC_OK)
			err = ac_buf_add(&b, s, len);
		if (err == AC_OK)
			err = ac_buf_add(&b, "\n", 1);
		s += n + strspn(s + n, " ");
		room = columns - indent;
	} while (*s != '\0' && err == AC_OK);
	if (err == AC_OK)
		out = ac_arena_text(&c->arena, b.len > 0 ? (const char *)b.p : "", b.len);
	ac_buf_free(&b);
	if (out == NULL)
		out_lost();
	return out != NULL ? out : "";
}

/* Of a word: letters, digits, and all that is not ASCII. */
static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || ((unsigned char)c & 0x80) != 0;
}

static bool
has_word(const char *text, const char *word, size_t n, bool whole)
{
	for (const char *s = text; *s != '\0'; s++)
		if (strncasecmp(s, word, n) == 0 && (!whole || ((s == text || !in_word(s[-1])) && !in_word(s[n]))))
			return true;
	return false;
}

static bool
has_words(const char *text, const char *words, bool whole)
{
	while (*words != '\0') {
		size_t n = 0;

		while (words[n] != '\0' && (whole ? in_word(words[n]) : words[n] != ' '))
			n++;
		if (n > 0 && !has_word(text, words, n, whole))
			return false;
		words += n + (words[n] != '\0');
	}
	return true;
}

bool
text_has(const char *text, const char *words)
{
	return has_words(text, words, false);
}

bool
text_has_whole(const char *text, const char *words)
{
	return has_words(text, words, true);
}

const char *
text_of(struct cli *c, const char *fmt, ...)
{
	const char *out;
	va_list ap;

	va_start(ap, fmt);
	out = ac_arena_printf(&c->arena, fmt, ap);
	va_end(ap);
	if (out == NULL)
		out_lost();
	return out != NULL ? out : "";
}

const char *
short_version(struct cli *c, const char *version)
{
	char *out = ac_arena_get(&c->arena, strlen(version) + 1);
	size_t k = 0;

	if (out == NULL) {
		out_lost();
		return "";
	}
	for (const char *p = version; *p != '\0'; ) {
		size_t len = strcspn(p, "+"), take = len < 8 ? len : 8;

		memcpy(out + k, p, take);
		k += take;
		p += len;
		if (*p == '+')
			out[k++] = *p++;
	}
	return out;
}
