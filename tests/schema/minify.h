/* SPDX-License-Identifier: ISC */
/*
 * A second opinion on minified JSON that shares nothing with the library: works
 * on text that is known to be good JSON, drops the white space outside strings
 * and spells each string's escapes as RFC 8785 does.
 */
#ifndef TESTS_SCHEMA_MINIFY_H
#define TESTS_SCHEMA_MINIFY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One code point as UTF-8. */
static inline size_t
minify_utf8(char *o, unsigned long c)
{
	if (c < 0x80)
		return (void)(o[0] = (char)c), 1;
	if (c < 0x800) {
		o[0] = (char)(0xc0 | c >> 6);
		o[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		o[0] = (char)(0xe0 | c >> 12);
		o[1] = (char)(0x80 | (c >> 6 & 63));
		o[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	o[0] = (char)(0xf0 | c >> 18);
	o[1] = (char)(0x80 | (c >> 12 & 63));
	o[2] = (char)(0x80 | (c >> 6 & 63));
	o[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* Re-spells one character of a string. */
static inline size_t
minify_char(char *o, unsigned long c)
{
	switch (c) {
	case '"': return (size_t)sprintf(o, "\\\"");
	case '\\': return (size_t)sprintf(o, "\\\\");
	case 8: return (size_t)sprintf(o, "\\b");
	case 9: return (size_t)sprintf(o, "\\t");
	case 10: return (size_t)sprintf(o, "\\n");
	case 12: return (size_t)sprintf(o, "\\f");
	case 13: return (size_t)sprintf(o, "\\r");
	}
	return c < 32 ? (size_t)sprintf(o, "\\u%04lx", c) : minify_utf8(o, c);
}

static inline unsigned long
minify_hex(const char *p)
{
	char h[5] = { p[0], p[1], p[2], p[3], 0 };

	return strtoul(h, NULL, 16);
}

/* The character at *p, which moves behind it: an escape is undone. A byte of a
 * longer UTF-8 sequence is given as it is, with *raw set. */
static inline unsigned long
minify_next(const char **p, int *raw)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *s = *p, *at;
	unsigned long c;

	*raw = 0;
	if (*s != '\\') {
		*raw = (unsigned char)*s >= 0x80;
		*p = s + 1;
		return (unsigned char)*s;
	}
	*p = s + 2;
	if (s[1] != 'u')
		return (at = strchr(from, s[1])) ? (unsigned char)to[at - from] : (unsigned char)s[1];
	c = minify_hex(s + 2);
	*p = s + 6;
	if (c >= 0xd800 && c < 0xdc00) {
		c = 0x10000 + ((c - 0xd800) << 10) + (minify_hex(s + 8) - 0xdc00);
		*p = s + 12;
	}
	return c;
}

/* malloc'ed; *len its length. */
static inline char *
minify(const void *text, size_t n, size_t *len)
{
	const char *p = text, *end = p + n;
	char *out = malloc(6 * n + 8), *o = out;
	unsigned long c;
	int raw;

	if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	while (p < end) {
		if (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') {
			p++;
			continue;
		}
		if (*p != '"') {
			*o++ = *p++;
			continue;
		}
		*o++ = *p++;
		while (*p != '"') {
			c = minify_next(&p, &raw);
			if (raw)
				*o++ = (char)c;
			else
				o += minify_char(o, c);
		}
		*o++ = *p++;
	}
	*len = (size_t)(o - out);
	return out;
}

#endif
