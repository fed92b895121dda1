/* SPDX-License-Identifier: ISC */
/*
 * Values that read the same, or that nobody can name: as JSON in which nothing is
 * hidden, from shortly before the place at which they part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/say_parts.h"

#define LEAD 30u /* characters told before that place */

/* JSON in which every hidden point is spelled. */
static void
spell(struct ac_say_telling *t, struct ac_buf *out, const struct ac_val *v)
{
	struct ac_buf b = { .max = SIZE_MAX / 2 };
	char hex[16];
	size_t i, len;
	uint32_t p;

	if (v && !t->w.err)
		t->w.err = ac_json_write(&b, v, NULL, NULL);
	if (t->w.err == AC_ENOTFOUND) { /* large data inside: its hash and size stand for it */
		ac_buf_reset(&b);
		t->w.err = ac_mp_write(&b, v);
	}
	for (i = 0; i < b.len && !t->w.err; i += len) {
		len = ac_say_point((const char *)b.p + i, b.len - i, &p);
		if (!p) { /* no UTF-8 */
			snprintf(hex, sizeof hex, "\\x%02x", b.p[i]);
			t->w.err = ac_buf_add(out, hex, strlen(hex));
		} else if (ac_say_hidden(p)) {
			snprintf(hex, sizeof hex, "\\u%04x", (unsigned)p);
			t->w.err = ac_buf_add(out, hex, strlen(hex));
		} else {
			t->w.err = ac_buf_add(out, b.p + i, len);
		}
	}
	ac_buf_free(&b);
}

/* Bytes that all texts begin with which are not the first one again. */
static size_t
common(const struct ac_buf *b, size_t n)
{
	size_t len = SIZE_MAX, i, at;

	for (i = 1; i < n; i++) {
		size_t both = b[i].len < b[0].len ? b[i].len : b[0].len;

		for (at = 0; at < both && b[i].p[at] == b[0].p[at]; at++)
			;
		if (at < len && (at < both || b[i].len != b[0].len))
			len = at;
	}
	return len == SIZE_MAX ? 0 : len;
}

/* Of three, two may part from each other much later than from the third. */
static void
part_rest(struct ac_say_telling *t, const struct ac_say_at *s, const char **text)
{
	char number[24];
	size_t i, k;

	for (i = 1; i < t->n; i++)
		for (k = 0; k < i; k++)
			if (!strcmp(text[i], text[k]) && !ac_say_same(s[i].v, s[k].v)) {
				snprintf(number, sizeof number, "%zu", i + 1);
				text[i] = AC_SAY_FILL(&t->w, _("%s (another one, number %s)"), text[i], number);
			}
}

void
ac_say_tell_spelled(struct ac_say_telling *t, const char *label, const struct ac_say_at *s)
{
	struct ac_buf *b = calloc(t->n, sizeof *b);
	const char **text = ac_say_room(t, t->n * sizeof *text), *p;
	size_t i, from, back = 0;

	if (!b)
		t->w.err = AC_ENOMEM;
	for (i = 0; b && text && i < t->n; i++) {
		b[i].max = SIZE_MAX / 2;
		spell(t, &b[i], s[i].v);
	}
	for (from = b && text && !t->w.err ? common(b, t->n) : 0; from > 0 && back < LEAD; from--)
		back += (b[0].p[from - 1] & 0xc0) != 0x80;
	for (i = 0; b && text && i < t->n && !t->w.err; i++) {
		p = s[i].v ? ac_say_text(&t->w, (const char *)b[i].p + from, b[i].len - from) : _("nothing");
		text[i] = from && s[i].v ? AC_SAY_FILL(&t->w, "\xe2\x80\xa6%s", p) : p;
	}
	if (!t->w.err)
		part_rest(t, s, text);
	if (!t->w.err)
		ac_say_part(t, label, text);
	for (i = 0; b && i < t->n; i++)
		ac_buf_free(&b[i]);
	free(b);
}
