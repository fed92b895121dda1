/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "sync/bech32.h"

static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static bool
is_upper(const char *hrp)
{
	for (; *hrp; hrp++)
		if (*hrp >= 'A' && *hrp <= 'Z')
			return true;
	return false;
}

/* One step of the BCH code over GF(32). */
static uint32_t
step(uint32_t sum, unsigned v)
{
	static const uint32_t gen[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = sum >> 25;
	int i;

	sum = (sum & 0x1ffffff) << 5 ^ v;
	for (i = 0; i < 5; i++)
		if (top >> i & 1)
			sum ^= gen[i];
	return sum;
}

static uint32_t
start(const char *hrp)
{
	uint32_t sum = 1;
	const char *s;

	for (s = hrp; *s; s++)
		sum = step(sum, (unsigned char)lower(*s) >> 5);
	sum = step(sum, 0);
	for (s = hrp; *s; s++)
		sum = step(sum, (unsigned char)lower(*s) & 31);
	return sum;
}

/* Group k of five bits, the last filled up with zeros. */
static unsigned
group(const unsigned char *p, size_t n, size_t k)
{
	size_t i = k * 5 / 8;
	unsigned pair = (unsigned)p[i] << 8 | (i + 1 < n ? p[i + 1] : 0u);

	return pair >> (11 - k * 5 % 8) & 31;
}

void
ac_bech32_encode(char *out, const char *hrp, const void *p, size_t n)
{
	size_t len = strlen(hrp), k;
	uint32_t sum = start(hrp);
	char *s = out + len;
	unsigned v;

	memcpy(out, hrp, len);
	*s++ = '1';
	for (k = 0; k < (n * 8 + 4) / 5; k++) {
		v = group(p, n, k);
		sum = step(sum, v);
		*s++ = digits[v];
	}
	for (k = 0; k < 6; k++)
		sum = step(sum, 0);
	sum ^= 1;
	for (k = 0; k < 6; k++)
		*s++ = digits[sum >> 5 * (5 - k) & 31];
	*s = 0;
	if (is_upper(hrp))
		for (s = out; *s; s++)
			*s = upper(*s);
}

static int
value(char c, bool big)
{
	const char *d;

	if (big ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z')
		return -1;
	d = c ? strchr(digits, lower(c)) : NULL;
	return d ? (int)(d - digits) : -1;
}

/* The checksum over prefix and digits; false: a character is no digit. */
static bool
sum_fits(const char *hrp, const char *s, size_t n)
{
	bool big = is_upper(hrp);
	uint32_t sum = start(hrp);
	size_t i;
	int v;

	for (i = 0; i < n; i++) {
		if ((v = value(s[i], big)) < 0)
			return false;
		sum = step(sum, (unsigned)v);
	}
	return sum == 1;
}

bool
ac_bech32_decode(void *p, size_t n, const char *hrp, const char *text)
{
	size_t len = strlen(hrp), groups = (n * 8 + 4) / 5, i, at = 0;
	unsigned bits = 0, have = 0;
	unsigned char *out = p;
	const char *s = text + len + 1;

	if (strncmp(text, hrp, len) || text[len] != '1' || strlen(s) != groups + 6 ||
	    !sum_fits(hrp, s, groups + 6))
		return false;
	/* the spare bits of the last group are zero, or it is another spelling */
	if ((unsigned)value(s[groups - 1], is_upper(hrp)) & ((1u << (groups * 5 - n * 8)) - 1))
		return false;
	for (i = 0; i < groups; i++) {
		bits = (bits << 5 | (unsigned)value(s[i], is_upper(hrp))) & 0xfff;
		have += 5;
		if (have >= 8) {
			have -= 8;
			out[at++] = (unsigned char)(bits >> have);
		}
	}
	return true;
}
