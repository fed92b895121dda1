/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "schema/schema.h"

#define CHUNK ((size_t)16 << 10)

struct ac_chunk {
	struct ac_chunk *next;
	size_t len, cap;
	max_align_t data[];
};

void *
ac_arena_get(struct ac_arena *a, size_t n)
{
	size_t max = a->max ? a->max : (size_t)1 << 30, cap;
	struct ac_chunk *c = a->chunks;
	void *p;

	if (n > max || a->used > max - n)
		return NULL;
	n = (n + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
	if (!c || c->cap - c->len < n) {
		/* chunks grow with the arena, so that a large one has few */
		cap = a->used / 4 > CHUNK ? a->used / 4 : CHUNK;
		if (cap < n)
			cap = n;
		if (!(c = calloc(1, sizeof *c + cap)))
			return NULL;
		c->cap = cap;
		c->next = a->chunks;
		a->chunks = c;
	}
	p = (unsigned char *)c->data + c->len;
	c->len += n;
	a->used += n;
	return p;
}

char *
ac_arena_text(struct ac_arena *a, const char *s, size_t n)
{
	char *p = n < SIZE_MAX ? ac_arena_get(a, n + 1) : NULL;

	if (p && n)
		memcpy(p, s, n);
	return p;
}

void
ac_arena_reset(struct ac_arena *a)
{
	struct ac_chunk *c = a->chunks, *first;

	/* the first made is the smallest: what one large value needed is not kept */
	for (first = c; first && first->next; first = first->next)
		;
	for (; c != first; c = a->chunks) {
		a->chunks = c->next;
		ac_wipe(c->data, c->len);
		free(c);
	}
	if (first) { /* wiped is zeroed */
		ac_wipe(first->data, first->len);
		first->len = 0;
	}
	a->used = 0;
}

void
ac_arena_free(struct ac_arena *a)
{
	struct ac_chunk *c, *next;

	for (c = a->chunks; c; c = next) {
		next = c->next;
		ac_wipe(c->data, c->len);
		free(c);
	}
	a->chunks = NULL;
	a->used = 0;
}

/* A test asks for the text that finds no memory, by its number. */
static bool
refused(void)
{
	unsigned at = ac_faults_number("AFTERCARE_TEXTS", 0);
	static unsigned n;

	return at != 0 && at == ++n;
}

const char *
ac_arena_printf(struct ac_arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p = NULL;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && !refused() && (p = ac_arena_get(a, (size_t)n + 1)))
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}
