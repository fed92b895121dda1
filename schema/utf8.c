/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "schema/utf8.h"

static bool
tail(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
ac_utf8_step(const unsigned char *p, const unsigned char *end)
{
	size_t left = (size_t)(end - p);

	if (p[0] < 0x80)
		return p[0] ? 1 : 0;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		return left >= 2 && tail(p, 2) ? 2 : 0;
	if ((p[0] & 0xf0) == 0xe0) {
		if (left < 3 || !tail(p, 3))
			return 0;
		if (p[0] == 0xe0 && p[1] < 0xa0)
			return 0; /* overlong */
		if (p[0] == 0xed && p[1] > 0x9f)
			return 0; /* a surrogate */
		return 3;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		if (left < 4 || !tail(p, 4))
			return 0;
		if (p[0] == 0xf0 && p[1] < 0x90)
			return 0; /* overlong */
		if (p[0] == 0xf4 && p[1] > 0x8f)
			return 0; /* above U+10FFFF */
		return 4;
	}
	return 0;
}

bool
ac_utf8_ok(const void *s, size_t n)
{
	const unsigned char *p = s, *end = p + n;
	size_t step;
	uint64_t w;

	while (p < end) {
		if (end - p >= 8) {
			memcpy(&w, p, 8);
			/* eight bytes of 1 to 127: no high bit, and no borrow from a zero */
			if (!((w | (w - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080))) {
				p += 8;
				continue;
			}
		}
		if (!(step = ac_utf8_step(p, end)))
			return false;
		p += step;
	}
	return true;
}
