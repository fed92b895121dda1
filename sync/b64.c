/* SPDX-License-Identifier: ISC */
#include "sync/b64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
ac_b64_encode(char *out, const void *p, size_t n)
{
	const unsigned char *in = p;
	unsigned bits = 0, have = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		bits = (bits << 8 | in[i]) & 0xffff;
		for (have += 8; have >= 6; have -= 6)
			*out++ = digits[bits >> (have - 6) & 63];
	}
	if (have)
		*out++ = digits[bits << (6 - have) & 63];
	*out = 0;
}

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

bool
ac_b64_decode(void *out, size_t max, size_t *nout, const char *s, size_t n)
{
	unsigned char *p = out;
	unsigned bits = 0, have = 0;
	size_t i, len = 0;
	int v;

	if (n % 4 == 1 || n / 4 * 3 + (n % 4 ? n % 4 - 1 : 0) > max)
		return false;
	for (i = 0; i < n; i++) {
		if ((v = value(s[i])) < 0)
			return false;
		bits = (bits << 6 | (unsigned)v) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			p[len++] = (unsigned char)(bits >> have);
		}
	}
	if (bits & ((1u << have) - 1))
		return false;
	*nout = len;
	return true;
}
