/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include "schema/base64.h"
#include "schema/schema.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0 to 63, or -1. Inline data is no secret of ours: no constant time is needed. */
static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t
padding(const char *s, size_t n)
{
	return n < 4 || s[n - 1] != '=' ? 0 : s[n - 2] != '=' ? 1 : 2;
}

bool
ac_base64_is(const char *s, size_t n)
{
	size_t pad = padding(s, n), i;

	if (n < AC_MIN_BASE64 || n % 4)
		return false;
	for (i = 0; i < n - pad; i++)
		if (value(s[i]) < 0)
			return false;
	/* the bits of the last character that no byte holds */
	return !pad || !(value(s[n - pad - 1]) & (pad == 1 ? 3 : 15));
}

size_t
ac_base64_raw(const char *s, size_t n)
{
	return n / 4 * 3 - padding(s, n);
}

void
ac_base64_decode(unsigned char *out, const char *s, size_t n)
{
	size_t raw = ac_base64_raw(s, n), i, k = 0;
	uint32_t bits = 0;

	for (i = 0; i < n; i++) {
		bits = bits << 6 | (s[i] == '=' ? 0u : (uint32_t)value(s[i]));
		if (i % 4 != 3)
			continue;
		out[k++] = (unsigned char)(bits >> 16);
		if (k < raw)
			out[k++] = (unsigned char)(bits >> 8);
		if (k < raw)
			out[k++] = (unsigned char)bits;
	}
}

size_t
ac_base64_size(size_t n)
{
	return (n / 3 + (n % 3 > 0)) * 4;
}

void
ac_base64_encode(char *out, const unsigned char *p, size_t n)
{
	uint32_t bits;
	size_t i, left;

	for (i = 0; i < n; i += 3, out += 4) {
		left = n - i;
		bits = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0)
			| (left > 2 ? p[i + 2] : 0);
		out[0] = alphabet[bits >> 18];
		out[1] = alphabet[bits >> 12 & 63];
		out[2] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		out[3] = left > 2 ? alphabet[bits & 63] : '=';
	}
}
