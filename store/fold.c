/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/home.h"

/* Latin letters of U+00C0 to U+017F without their marks, two characters each where a
 * letter stands for two; '.' keeps the place of what has no such form. */
static const char latin[] =
	"a a a a a a aec e e e e i i i i d n o o o o o . o u u u u y thss"
	"a a a a a a aec e e e e i i i i d n o o o o o . o u u u u y thy "
	"a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g g g g g h h h h "
	"i i i i i i i i i i ijijj j k k k l l l l l l l l l l n n n n n n n n n o o o o o o oeoe"
	"r r r r r r s s s s s s s s t t t t t t u u u u u u u u u u u u w w y y y z z z z z z s ";

enum ac_err
ac_fold(struct ac_buf *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	enum ac_err err = AC_OK;
	unsigned c;
	char low;

	for (; *p && !err; p++) {
		if (*p < 0x80) {
			low = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : (char)*p;
			err = ac_buf_add(out, &low, 1);
			continue;
		}
		c = (*p & 0x1fu) << 6 | (p[1] & 0x3fu);
		if (*p >= 0xc3 && *p <= 0xc5 && p[1] && c >= 0xc0 && c < 0x180 && latin[(c - 0xc0) * 2] != '.') {
			const char *l = latin + (c - 0xc0) * 2;

			err = ac_buf_add(out, l, l[1] == ' ' ? 1 : 2);
			p++;
		} else if (*p == 0xcc || (*p == 0xcd && p[1] < 0xb0))
			p += p[1] != 0; /* a combining mark */
		else
			err = ac_buf_add(out, p, 1);
	}
	return err;
}
