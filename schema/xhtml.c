/* SPDX-License-Identifier: ISC */
/*
 * Method: one pass over the tags with a stack of where each open element's name
 * stands. It decides what is harmless formatting, it does not render: whoever
 * shows a narrative shows ac_xhtml_text.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/xhtml.h"

#define MAX_OPEN 256u

static const char allowed[] = " a abbr acronym b big blockquote br caption center cite code col colgroup dd"
	" del dfn dir div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map area ol p pre q s samp small"
	" span strike strong sub sup table tbody td tfoot th thead tr tt u ul var bdo address ";

struct tag {
	const char *name;
	size_t n;
	bool close, empty;
	const char *wrong;
};

static bool
name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		|| c == '-' || c == ':' || c == '_' || c == '.';
}

static bool
blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
listed(const char *name, size_t n)
{
	char word[16] = " ";

	if (!n || n > sizeof word - 3)
		return false;
	memcpy(word + 1, name, n);
	word[n + 1] = ' ';
	return strstr(allowed, word) != NULL;
}

/* Does an address run a program? Blanks and case inside the scheme hide nothing. */
static bool
active(const char *s, const char *end)
{
	static const char *const schemes[] = { "javascript:", "vbscript:" };
	char scheme[16];
	size_t n = 0, i;

	for (; s < end && n + 1 < sizeof scheme; s++)
		if ((unsigned char)*s > ' ')
			scheme[n++] = *s;
	scheme[n] = 0;
	for (i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (!strncasecmp(scheme, schemes[i], strlen(schemes[i])))
			return true;
	return false;
}

/* One attribute at p; NULL and t->wrong where it may not be. */
static const char *
attribute(struct tag *t, const char *p, const char *end)
{
	const char *name = p, *value;

	while (p < end && name_char(*p))
		p++;
	if (p == name) {
		t->wrong = AC_WORD("holds a tag that is not well-formed");
		return NULL;
	}
	if (p - name > 2 && !strncasecmp(name, "on", 2))
		t->wrong = AC_WORD("holds an event handler, which a narrative may not");
	while (p < end && blank(*p))
		p++;
	if (p == end || *p++ != '=')
		t->wrong = AC_WORD("holds an attribute without a value");
	while (p < end && blank(*p))
		p++;
	if (t->wrong)
		return NULL;
	if (p == end || (*p != '"' && *p != '\'') || !(value = memchr(p + 1, *p, (size_t)(end - p - 1)))) {
		t->wrong = AC_WORD("holds an attribute without quotes");
		return NULL;
	}
	if (active(p + 1, value))
		t->wrong = AC_WORD("holds a link that runs a program, which a narrative may not");
	return t->wrong ? NULL : value + 1;
}

/* The tag whose < is at p; the position behind its >, or NULL with t->wrong. */
static const char *
read_tag(struct tag *t, const char *p, const char *end)
{
	*t = (struct tag){ .name = ++p };
	if (p < end && *p == '/') {
		t->close = true;
		t->name = ++p;
	}
	while (p < end && name_char(*p))
		p++;
	t->n = (size_t)(p - t->name);
	if (!listed(t->name, t->n)) {
		t->wrong = AC_WORD("holds a tag that a narrative may not");
		return NULL;
	}
	for (;;) {
		while (p < end && blank(*p))
			p++;
		if (p < end && *p == '>')
			return p + 1;
		if (p + 1 < end && *p == '/' && p[1] == '>' && !t->close) {
			t->empty = true;
			return p + 2;
		}
		if (p >= end || t->close) {
			t->wrong = AC_WORD("holds a tag that is not well-formed");
			return NULL;
		}
		if (!(p = attribute(t, p, end)))
			return NULL;
	}
}

/* Behind a comment at p, or p. */
static const char *
comment(const char *p, const char *end)
{
	const char *close;

	if (end - p < 4 || memcmp(p, "<!--", 4))
		return p;
	close = memmem(p + 4, (size_t)(end - p - 4), "-->", 3);
	return close ? close + 3 : end;
}

const char *
ac_xhtml_wrong(const char *s, size_t n)
{
	const char *p = s, *end = s + n, *next;
	struct tag open[MAX_OPEN], t;
	size_t depth = 0;
	bool done = false;

	while (p < end) {
		if (blank(*p) || *p != '<') {
			if (!blank(*p) && !depth)
				return AC_WORD("is not one <div> element");
			p++;
			continue;
		}
		if ((next = comment(p, end)) != p) {
			p = next;
			continue;
		}
		if (!(p = read_tag(&t, p, end)))
			return t.wrong;
		if (!depth && (done || t.close || t.n != 3 || memcmp(t.name, "div", 3)))
			return AC_WORD("is not one <div> element");
		if (t.close) {
			depth--;
			if (open[depth].n != t.n || memcmp(open[depth].name, t.name, t.n))
				return AC_WORD("closes another tag than the one that is open");
		} else if (!t.empty) {
			if (depth == MAX_OPEN)
				return AC_WORD("is nested too deep");
			open[depth++] = t;
		}
		done = !depth;
	}
	return depth || !done ? AC_WORD("is not one <div> element") : NULL;
}

const char *
ac_xhtml_odd(const char *s, size_t n)
{
	const char *close = memchr(s, '>', n);

	bool tag = false;
	size_t i;

	if (close && !memmem(s, (size_t)(close - s), "xmlns", 5))
		return AC_WORD("lacks the namespace http://www.w3.org/1999/xhtml");
	if (memmem(s, n, "<img", 4))
		return NULL;
	for (i = 0; i < n; i++) {
		tag |= s[i] == '<';
		if (!tag && !blank(s[i]))
			return NULL;
		tag &= s[i] != '>';
	}
	return AC_WORD("is a narrative without text (FHIR's rule txt-2)");
}

static enum ac_err
add_char(struct ac_buf *out, unsigned long c)
{
	unsigned char u[4];

	if (c < 0x80)
		return ac_buf_add(out, (u[0] = (unsigned char)c, u), 1);
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return ac_buf_add(out, " ", 1);
	if (c < 0x800) {
		u[0] = (unsigned char)(0xc0 | c >> 6);
		u[1] = (unsigned char)(0x80 | (c & 63));
		return ac_buf_add(out, u, 2);
	}
	if (c < 0x10000) {
		u[0] = (unsigned char)(0xe0 | c >> 12);
		u[1] = (unsigned char)(0x80 | (c >> 6 & 63));
		u[2] = (unsigned char)(0x80 | (c & 63));
		return ac_buf_add(out, u, 3);
	}
	u[0] = (unsigned char)(0xf0 | c >> 18);
	u[1] = (unsigned char)(0x80 | (c >> 12 & 63));
	u[2] = (unsigned char)(0x80 | (c >> 6 & 63));
	u[3] = (unsigned char)(0x80 | (c & 63));
	return ac_buf_add(out, u, 4);
}

/* The reference at *p (an ampersand); anything unknown stays as it is. */
static enum ac_err
reference(struct ac_buf *out, const char **p, const char *end)
{
	static const struct { const char *name; unsigned c; } names[] = {
		{ "amp;", '&' }, { "lt;", '<' }, { "gt;", '>' }, { "quot;", '"' }, { "apos;", '\'' },
		{ "nbsp;", ' ' }, { "#160;", ' ' }, { "#xA0;", ' ' }
	};
	const char *s = *p + 1, *semi = memchr(s, ';', (size_t)(end - s));
	unsigned long c = 0;
	char *stop;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (semi && (size_t)(semi + 1 - s) == strlen(names[i].name)
		    && !memcmp(s, names[i].name, (size_t)(semi + 1 - s)))
			c = names[i].c;
	if (!c && semi && semi - s < 10 && *s == '#') {
		c = s[1] == 'x' ? strtoul(s + 2, &stop, 16) : strtoul(s + 1, &stop, 10);
		c = stop == semi ? c : 0;
	}
	*p = c ? semi + 1 : s;
	return c ? add_char(out, c < ' ' ? ' ' : c) : ac_buf_add(out, "&", 1);
}

enum ac_err
ac_xhtml_text(struct ac_buf *out, const char *s, size_t n)
{
	const char *p = s, *end = s + n, *next;
	enum ac_err err = AC_OK;

	while (p < end && !err) {
		if (*p == '&') {
			err = reference(out, &p, end);
		} else if (*p == '<') {
			if ((next = comment(p, end)) == p) {
				next = memchr(p, '>', (size_t)(end - p));
				next = next ? next + 1 : end;
			}
			p = next;
			err = ac_buf_add(out, " ", 1);
		} else {
			for (next = p; next < end && *next != '<' && *next != '&'; next++)
				;
			err = ac_buf_add(out, p, (size_t)(next - p));
			p = next;
		}
	}
	return err;
}
