/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/number.h"

#define DIGITS_MAX 20 /* of a uint64_t */

struct parts {
	bool minus, exponent;
	const char *whole, *frac;
	size_t nwhole, nfrac;
};

static size_t
digits(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return (size_t)(p - s);
}

/* number = [ "-" ] int [ frac ] [ exp ], RFC 8259 section 6 */
static bool
split(struct parts *o, const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	size_t k;

	memset(o, 0, sizeof *o);
	if (p < end && *p == '-') {
		o->minus = true;
		p++;
	}
	o->whole = p;
	o->nwhole = digits(p, end);
	if (!o->nwhole || (*p == '0' && o->nwhole > 1))
		return false;
	p += o->nwhole;
	if (p < end && *p == '.') {
		o->frac = ++p;
		if (!(o->nfrac = digits(p, end)))
			return false;
		p += o->nfrac;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		o->exponent = true;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!(k = digits(p, end)))
			return false;
		p += k;
	}
	return p == end;
}

/* *u = *u followed by the digits; false: more than 64 bits. */
static bool
gather(uint64_t *u, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (__builtin_mul_overflow(*u, 10u, u)
		    || __builtin_add_overflow(*u, (unsigned)(s[i] - '0'), u))
			return false;
	return true;
}

/* *i = the signed number; false: it is -0, or does not fit. */
static bool
sign(int64_t *i, bool minus, uint64_t u)
{
	if (!minus) {
		*i = (int64_t)u;
		return u <= INT64_MAX;
	}
	if (!u || u > (uint64_t)INT64_MAX + 1)
		return false;
	*i = (int64_t)(0 - u);
	return true;
}

bool
ac_number_read(struct ac_val *out, const char *s, size_t n)
{
	struct ac_val v = { .kind = AC_NUM, .n = (uint32_t)n, .s = s };
	struct parts o;
	uint64_t u = 0;
	int64_t i;

	if (n > AC_MAX_NUMBER || !split(&o, s, n))
		return false;
	if (!o.exponent && gather(&u, o.whole, o.nwhole) && gather(&u, o.frac, o.nfrac)) {
		if (sign(&i, o.minus, u) && o.nfrac)
			v = (struct ac_val){ .kind = AC_DEC, .dec = { i, -(int32_t)o.nfrac } };
		else if (sign(&i, o.minus, u))
			v = (struct ac_val){ .kind = AC_INT, .i = i };
		else if (!o.minus && !o.nfrac)
			v = (struct ac_val){ .kind = AC_UINT, .u = u };
	}
	*out = v;
	return true;
}

/* Decimal digits of u, at the end of d; returns how many. */
static size_t
spell(char d[static DIGITS_MAX], uint64_t u)
{
	size_t n = 0;

	do
		d[DIGITS_MAX - ++n] = (char)('0' + u % 10);
	while (u /= 10);
	return n;
}

size_t
ac_number_text(char out[static AC_MAX_NUMBER], const struct ac_val *v)
{
	bool minus = (v->kind == AC_INT && v->i < 0) || (v->kind == AC_DEC && v->dec.mantissa < 0);
	uint64_t u = v->kind == AC_UINT ? v->u
		: (uint64_t)(v->kind == AC_INT ? v->i : v->dec.mantissa);
	size_t n, frac, pad, len = 0;
	char d[DIGITS_MAX];

	if (v->kind == AC_UINT && v->u <= INT64_MAX)
		return 0;
	if (v->kind == AC_DEC && (v->dec.exponent >= 0 || v->dec.exponent < -(int32_t)AC_MAX_NUMBER))
		return 0;
	frac = v->kind == AC_DEC ? (size_t)-v->dec.exponent : 0;
	n = spell(d, minus ? 0 - u : u);
	pad = n > frac ? 0 : frac + 1 - n; /* zeros before the first digit */
	if (minus + pad + n + (frac > 0) > AC_MAX_NUMBER)
		return 0;
	if (minus)
		out[len++] = '-';
	memset(out + len, '0', pad);
	memcpy(out + len + pad, d + DIGITS_MAX - n, n);
	len += pad + n;
	if (frac) {
		memmove(out + len - frac + 1, out + len - frac, frac);
		out[len - frac] = '.';
		len++;
	}
	return len;
}
