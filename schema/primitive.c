/* SPDX-License-Identifier: ISC */
/*
 * Method: hand-written, because FHIR's own expressions are informative and their
 * \s and \S mean ASCII; a Unicode-aware class refuses good Japanese records. A
 * long base64 text is already bytes here (AC_BIN, AC_BLOB): it is a valid
 * base64Binary, and for the text primitives it has no white space in it.
 */
#include <string.h>

#include "schema/moment.h"
#include "schema/primitive.h"
#include "schema/xhtml.h"

#define MAX_STRING_CHARS 1048576u

static bool
space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
spaceless(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (space(s[i]))
			return false;
	return true;
}

/* Single spaces inside, none at the ends. */
static bool
code(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (space(s[i]) && (!i || i + 1 == n || space(s[i - 1])))
			return false;
	return true;
}

static bool
digits(const char **s)
{
	const char *p = *s;

	if (*p < '0' || *p > '9')
		return false;
	while (*p >= '0' && *p <= '9')
		p++;
	if (**s == '0' && p != *s + 1)
		return false;
	*s = p;
	return true;
}

static bool
oid(const char *s)
{
	if (strncmp(s, "urn:oid:", 8) || s[8] < '0' || s[8] > '2' || s[9] != '.')
		return false;
	s += 9;
	while (*s == '.') {
		s++;
		if (!digits(&s))
			return false;
	}
	return !*s;
}

static bool
uuid(const char *s)
{
	size_t i;

	if (strncmp(s, "urn:uuid:", 9) || strlen(s) != 45)
		return false;
	for (s += 9, i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !strchr("0123456789abcdef", s[i]))
			return false;
	return true;
}

/* White space is allowed in R4 (official examples have it). */
static bool
base64(const char *s, size_t n)
{
	size_t i, used = 0, pad = 0;

	for (i = 0; i < n; i++) {
		if (space(s[i]))
			continue;
		if (s[i] == '=')
			pad++;
		else if (pad || !((s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z')
		    || (s[i] >= '0' && s[i] <= '9') || s[i] == '+' || s[i] == '/'))
			return false;
		used++;
	}
	return used && used % 4 == 0 && pad <= 2;
}

static bool
control(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 32 && s[i] != '\t' && s[i] != '\r' && s[i] != '\n')
			return true;
	return false;
}

static size_t
characters(const char *s, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

static const char *
date_wrong(enum ac_r4_kind kind, const char *s)
{
	struct ac_moment m;
	bool ok = ac_time_parse(&m, s);

	if (kind == AC_R4_DATE)
		return ok && m.hour < 0 ? NULL : AC_WORD("is no date (YYYY, YYYY-MM or YYYY-MM-DD, a real day)");
	if (kind == AC_R4_INSTANT)
		return ok && m.hour >= 0 ? NULL : AC_WORD("is no instant (YYYY-MM-DDThh:mm:ss with a time zone)");
	return ok ? NULL : AC_WORD("is no dateTime (a date, or YYYY-MM-DDThh:mm:ss with a time zone)");
}

static const char *
text_wrong(enum ac_r4_kind kind, const char *s, size_t n)
{
	size_t used;

	if (!n)
		return AC_WORD("is an empty string");
	/* only string and markdown may hold U+0000, and then badly */
	if (memchr(s, 0, n) && kind != AC_R4_STRING && kind != AC_R4_MARKDOWN)
		return AC_WORD("holds a zero character");
	switch (kind) {
	case AC_R4_DATE: case AC_R4_DATETIME: case AC_R4_INSTANT:
		return date_wrong(kind, s);
	case AC_R4_TIME:
		return (used = ac_time_clock(NULL, s)) && used == n ? NULL : AC_WORD("is no time (hh:mm:ss)");
	case AC_R4_CODE:
		return code(s, n) ? NULL : AC_WORD("is no code (white space only single and inside)");
	case AC_R4_ID:
		return ac_fhir_id_ok(s) ? NULL : AC_WORD("is no id (1 to 64 of A-Z, a-z, 0-9, - and .)");
	case AC_R4_URI: case AC_R4_URL: case AC_R4_CANONICAL:
		return spaceless(s, n) ? NULL : AC_WORD("has white space in an address");
	case AC_R4_OID:
		return oid(s) ? NULL : AC_WORD("is no oid (urn:oid:1.2.3)");
	case AC_R4_UUID:
		return uuid(s) ? NULL : AC_WORD("is no uuid (urn:uuid: and 36 lower-case characters)");
	case AC_R4_BASE64:
		return base64(s, n) ? NULL : AC_WORD("is no base64");
	case AC_R4_MARKDOWN:
		if (control(s, n))
			return AC_WORD("holds a control character");
		/* fall through */
	case AC_R4_STRING:
		return characters(s, n) > MAX_STRING_CHARS ? AC_WORD("is over 1,048,576 characters long") : NULL;
	case AC_R4_XHTML:
		return ac_xhtml_wrong(s, n);
	default:
		return AC_WORD("is a string where none belongs");
	}
}

/* Bytes that stand for a base64 text. */
static const char *
bytes_wrong(enum ac_r4_kind kind, const struct ac_val *v)
{
	uint64_t raw = v->kind == AC_BIN ? v->n : v->blob->size;

	switch (kind) {
	case AC_R4_BASE64: case AC_R4_URI: case AC_R4_URL: case AC_R4_CANONICAL: case AC_R4_CODE:
		return NULL;
	case AC_R4_STRING: case AC_R4_MARKDOWN:
		return (raw + 2) / 3 * 4 > MAX_STRING_CHARS ? AC_WORD("is over 1,048,576 characters long") : NULL;
	default:
		return text_wrong(kind, "?", 1);
	}
}

static const char *
integer_wrong(enum ac_r4_kind kind, const struct ac_val *v)
{
	/* -0 is a number that no integer gives back */
	bool zero = v->kind == AC_NUM && !strcmp(v->s, "-0");
	int64_t i = zero ? 0 : v->i;

	if (v->kind != AC_INT && !(zero && kind == AC_R4_INTEGER))
		return v->kind == AC_UINT ? AC_WORD("is over 2147483647") : AC_WORD("is no whole number without point and exponent");
	if (i > INT32_MAX || i < INT32_MIN)
		return AC_WORD("is outside -2147483648 to 2147483647");
	if (kind == AC_R4_POSITIVE && i < 1)
		return AC_WORD("is not 1 or more");
	return kind == AC_R4_UNSIGNED && i < 0 ? AC_WORD("is below 0") : NULL;
}

const char *
ac_primitive_wrong(enum ac_r4_kind kind, const struct ac_val *v)
{
	bool whole = kind == AC_R4_INTEGER || kind == AC_R4_POSITIVE || kind == AC_R4_UNSIGNED;

	switch (v->kind) {
	case AC_LATER:
		return NULL;
	case AC_NIL:
		return AC_WORD("is null, which stands only in lists beside an extension");
	case AC_ARR:
		return AC_WORD("is an array where one value belongs");
	case AC_MAP:
		return AC_WORD("is an object where a simple value belongs");
	case AC_BOOL:
		return kind == AC_R4_BOOLEAN ? NULL : AC_WORD("is true or false where another value belongs");
	case AC_INT: case AC_UINT: case AC_DEC: case AC_NUM:
		if (whole)
			return integer_wrong(kind, v);
		return kind == AC_R4_DECIMAL ? NULL : AC_WORD("is a number where another value belongs");
	case AC_BIN: case AC_BLOB: case AC_STR:
		if (kind == AC_R4_BOOLEAN || kind == AC_R4_DECIMAL || whole)
			return kind == AC_R4_BOOLEAN ? AC_WORD("is a string where true or false belongs")
				: AC_WORD("is a string where a number belongs");
		return v->kind == AC_STR ? text_wrong(kind, v->s, v->n) : bytes_wrong(kind, v);
	}
	return AC_WORD("is no value of FHIR");
}

const char *
ac_primitive_odd(enum ac_r4_kind kind, const struct ac_val *v)
{
	if (v->kind != AC_STR)
		return NULL;
	if (kind == AC_R4_STRING && control(v->s, v->n))
		return AC_WORD("holds a control character");
	return kind == AC_R4_XHTML ? ac_xhtml_odd(v->s, v->n) : NULL;
}
