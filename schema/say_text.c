/* SPDX-License-Identifier: ISC */
/*
 * Pieces of text: made fit for a line, cut, joined, and put into patterns. Every
 * piece has a ceiling, so that no value, however large, takes more than a few.
 */
#include <string.h>

#include "schema/utf8.h"
#include "schema/say.h"

#define JSON 300u /* characters of a value that nobody knows */

size_t
ac_say_point(const char *s, size_t n, uint32_t *point)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = ac_utf8_step(u, u + n), i;

	*point = len == 1 ? u[0] : len ? u[0] & (0x7fu >> len) : 0;
	for (i = 1; i < len; i++)
		*point = *point << 6 | (u[i] & 0x3fu);
	return len ? len : 1;
}

bool
ac_say_hidden(uint32_t p)
{
	return p < 0x20 || (p >= 0x7f && p < 0xa0) || p == 0xad || p == 0x61c || p == 0x200b
		|| p == 0x200e || p == 0x200f || (p >= 0x2028 && p <= 0x202e) || (p >= 0x2060 && p <= 0x206f)
		|| p == 0xfeff || (p >= 0xfff9 && p <= 0xfffb);
}

const char *
ac_say_keep(struct ac_say *w, const struct ac_buf *b)
{
	const char *s = w->err ? NULL : ac_arena_text(w->a, b->len ? (const char *)b->p : "", b->len);

	if (!s && !w->err)
		w->err = AC_ENOMEM;
	return s ? s : "";
}

void
ac_say_put(struct ac_say *w, struct ac_buf *b, const void *s, size_t n)
{
	if (!w->err)
		w->err = ac_buf_add(b, s, n);
}

const char *
ac_say_cut(struct ac_say *w, const char *s, size_t n, size_t max)
{
	struct ac_buf b = { 0 };
	const char *out;
	size_t i, len, chars = 0;
	uint32_t p;

	for (i = 0; i < n && !w->err; i += len, chars++) {
		len = ac_say_point(s + i, n - i, &p);
		if (chars == max - 1 && i + len < n) {
			ac_say_put(w, &b, "\xe2\x80\xa6", 3);
			break;
		}
		if (p == '\n' || p == '\t')
			ac_say_put(w, &b, " ", 1);
		else if (p == '\r')
			chars--;
		else if (ac_say_hidden(p))
			ac_say_put(w, &b, "\xef\xbf\xbd", 3);
		else
			ac_say_put(w, &b, s + i, len);
	}
	out = ac_say_keep(w, &b);
	ac_buf_free(&b);
	return out;
}

const char *
ac_say_text(struct ac_say *w, const char *s, size_t n)
{
	return ac_say_cut(w, s, n, AC_MAX_WORDS);
}

bool
ac_say_blank(const char *s)
{
	return !s[strspn(s, " ")];
}

const char *
ac_say_str(struct ac_say *w, const struct ac_val *map, const char *key)
{
	const struct ac_val *v = ac_val_get(map, key);

	return v && v->kind == AC_STR ? ac_say_text(w, v->s, v->n) : "";
}

/* The argument of the place at *p, which is behind the '%'; NULL: it is no place. */
static const char *
place(const char **p, const char *const *args, size_t n, size_t *next)
{
	const char *s = *p;
	size_t i = *next;

	if (*s >= '1' && *s <= '9' && s[1] == '$') {
		i = (size_t)(*s - '1');
		s += 2;
	} else if (*s == 's') {
		(*next)++;
	}
	if (*s != 's' || i >= n)
		return NULL;
	*p = s + 1;
	return args[i];
}

const char *
ac_say_fill(struct ac_say *w, const char *pattern, const char *const *args, size_t n)
{
	struct ac_buf b = { 0 };
	const char *p = pattern, *arg, *out;
	size_t next = 0, len;

	while (*p) {
		len = strcspn(p, "%");
		ac_say_put(w, &b, p, len);
		p += len;
		if (*p && *++p) {
			if ((arg = place(&p, args, n, &next)))
				ac_say_put(w, &b, arg, strlen(arg));
			else
				ac_say_put(w, &b, p++, 1);
		}
	}
	out = ac_say_keep(w, &b);
	ac_buf_free(&b);
	return out;
}

void
ac_say_add(struct ac_say *w, struct ac_say_list *l, const char *s)
{
	if (ac_say_blank(s) || l->b.len > AC_SAY_PIECE)
		return;
	if (l->b.len)
		ac_say_put(w, &l->b, _(", "), strlen(_(", ")));
	ac_say_put(w, &l->b, s, strlen(s));
	if (l->b.len > AC_SAY_PIECE)
		ac_say_put(w, &l->b, "\xe2\x80\xa6", 3);
}

const char *
ac_say_joined(struct ac_say *w, struct ac_say_list *l)
{
	const char *out = ac_say_keep(w, &l->b);

	ac_buf_free(&l->b);
	return out;
}

const char *
ac_say_child(struct ac_say *w, const struct ac_val *map, const char *key, const char *type)
{
	return ac_say_of(w, type, ac_val_get(map, key));
}

/* The first that is not blank; "" if none is. */
const char *
ac_say_either(const char *a, const char *b)
{
	return ac_say_blank(a) ? b : a;
}

static enum ac_err
no_bytes(void *ctx, struct ac_buf *raw, const struct ac_blob *blob, struct ac_fault *f)
{
	(void)ctx, (void)raw, (void)blob, (void)f;
	return AC_OK;
}

const char *
ac_say_spelled(struct ac_say *w, const struct ac_val *v, size_t max)
{
	const struct ac_blob_source none = { no_bytes, NULL };
	struct ac_buf b = { .max = SIZE_MAX / 2 };
	const char *out = "";

	if (ac_val_later(v)) /* which has no spelling */
		return _("data of a newer version of aftercare");
	if (!w->err)
		w->err = ac_json_write(&b, v, &none, NULL);
	if (!w->err)
		out = ac_say_cut(w, (const char *)b.p, b.len, max);
	ac_buf_free(&b);
	return out;
}

const char *
ac_say_json(struct ac_say *w, const struct ac_val *v)
{
	return ac_say_spelled(w, v, JSON);
}

