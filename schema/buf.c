/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

enum ac_err
ac_buf_room(struct ac_buf *b, size_t n)
{
	size_t max = b->max ? b->max : AC_MAX_BODY, cap;
	unsigned char *p;

	if (b->cap - b->len >= n)
		return AC_OK;
	if (n > max || b->len > max - n)
		return AC_ELIMIT;
	cap = b->cap ? b->cap : 64;
	while (cap - b->len < n)
		cap *= 2;
	if (cap > max)
		cap = max;
	/* no realloc: the old bytes would stay behind unwiped */
	if (!(p = malloc(cap)))
		return AC_ENOMEM;
	if (b->len)
		memcpy(p, b->p, b->len);
	if (b->p)
		ac_wipe(b->p, b->cap);
	free(b->p);
	b->p = p;
	b->cap = cap;
	return AC_OK;
}

enum ac_err
ac_buf_add(struct ac_buf *b, const void *p, size_t n)
{
	enum ac_err err = ac_buf_room(b, n);

	if (err)
		return err;
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	return AC_OK;
}

enum ac_err
ac_buf_addf(struct ac_buf *b, const char *fmt, ...)
{
	enum ac_err err;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return AC_EINTERNAL;
	if ((err = ac_buf_room(b, (size_t)n + 1)))
		return err;
	va_start(ap, fmt);
	vsnprintf((char *)b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return AC_OK;
}

void
ac_buf_reset(struct ac_buf *b)
{
	if (b->p)
		ac_wipe(b->p, b->len);
	b->len = 0;
}

void
ac_buf_free(struct ac_buf *b)
{
	if (b->p)
		ac_wipe(b->p, b->cap);
	free(b->p);
	b->p = NULL;
	b->len = b->cap = 0;
}
