/* SPDX-License-Identifier: ISC */
#include "schema/mp.h"
#include "schema/mp_head.h"

bool
ac_mp_stop(struct ac_mp_walk *w, const char *why)
{
	w->why = why;
	return false;
}

bool
ac_mp_big_endian(struct ac_mp_walk *w, uint64_t *u, unsigned n)
{
	*u = 0;
	if ((size_t)(w->end - w->p) < n)
		return ac_mp_stop(w, "it ends too early");
	while (n--)
		*u = *u << 8 | *w->p++;
	return true;
}

/* A length in 1 << log bytes that is at least what shorter forms cannot say. */
static bool
length(struct ac_mp_walk *w, struct ac_mp_head *h, enum ac_kind kind, unsigned log, uint64_t least)
{
	uint64_t u;

	h->kind = kind;
	if (!ac_mp_big_endian(w, &u, 1u << log))
		return false;
	h->n = (uint32_t)u;
	return u >= least || ac_mp_stop(w, "a length is not in its shortest form");
}

static bool
head_uint(struct ac_mp_walk *w, struct ac_mp_head *h, unsigned log)
{
	static const uint64_t least[] = { 1u << 7, 1u << 8, 1u << 16, UINT64_C(1) << 32 };

	if (!ac_mp_big_endian(w, &h->u, 1u << log))
		return false;
	h->kind = h->u > INT64_MAX ? AC_UINT : AC_INT;
	h->i = (int64_t)h->u;
	return h->u >= least[log] || ac_mp_stop(w, "a number is not in its shortest form");
}

static bool
head_int(struct ac_mp_walk *w, struct ac_mp_head *h, unsigned log)
{
	static const int64_t below[] = { -(1 << 5), -(1 << 7), -(1 << 15), -(INT64_C(1) << 31) };
	unsigned unused = 64 - (8u << log);
	uint64_t u;

	if (!ac_mp_big_endian(w, &u, 1u << log))
		return false;
	h->kind = AC_INT;
	h->i = (int64_t)(u << unused) >> unused; /* brings the sign along */
	return h->i < below[log] || ac_mp_stop(w, "a number is not in its shortest form");
}

/* The type byte behind an ext's length. */
static bool
head_ext(struct ac_mp_walk *w, struct ac_mp_head *h)
{
	uint64_t type;

	if (!ac_mp_big_endian(w, &type, 1))
		return false;
	switch (type) {
	case AC_MP_DEC:
		h->kind = AC_DEC;
		return true;
	case AC_MP_NUM:
		h->kind = AC_NUM;
		return true;
	case AC_MP_BLOB:
		h->kind = AC_BLOB;
		return true;
	}
	if (type > INT8_MAX || !type)
		return ac_mp_stop(w, "an extension type is not allowed");
	h->kind = AC_LATER;
	h->type = (unsigned char)type;
	return true;
}

static bool
is_fixext(uint32_t n)
{
	return n == 1 || n == 2 || n == 4 || n == 8 || n == 16;
}

static bool
head_long(struct ac_mp_walk *w, struct ac_mp_head *h, unsigned c)
{
	switch (c) {
	case 0xc0:
		h->kind = AC_NIL;
		return true;
	case 0xc2: case 0xc3:
		h->kind = AC_BOOL;
		h->b = c & 1;
		return true;
	case 0xc4: case 0xc5: case 0xc6:
		return length(w, h, AC_BIN, c - 0xc4, c == 0xc4 ? 0 : c == 0xc5 ? 1u << 8 : 1u << 16);
	case 0xc7: case 0xc8: case 0xc9:
		if (!length(w, h, AC_NIL, c - 0xc7, c == 0xc7 ? 0 : c == 0xc8 ? 1u << 8 : 1u << 16))
			return false;
		if (is_fixext(h->n))
			return ac_mp_stop(w, "a length is not in its shortest form");
		return head_ext(w, h);
	case 0xcc: case 0xcd: case 0xce: case 0xcf:
		return head_uint(w, h, c - 0xcc);
	case 0xd0: case 0xd1: case 0xd2: case 0xd3:
		return head_int(w, h, c - 0xd0);
	case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:
		h->n = 1u << (c - 0xd4);
		return head_ext(w, h);
	case 0xd9: case 0xda: case 0xdb:
		return length(w, h, AC_STR, c - 0xd9, c == 0xd9 ? 1u << 5 : c == 0xda ? 1u << 8 : 1u << 16);
	case 0xdc: case 0xdd:
		return length(w, h, AC_ARR, c - 0xdb, c == 0xdc ? 1u << 4 : 1u << 16);
	case 0xde: case 0xdf:
		return length(w, h, AC_MAP, c - 0xdd, c == 0xde ? 1u << 4 : 1u << 16);
	}
	return ac_mp_stop(w, "a type is not allowed"); /* float, and the byte that is never used */
}

bool
ac_mp_head(struct ac_mp_walk *w, struct ac_mp_head *h)
{
	uint64_t c, need;

	*h = (struct ac_mp_head){ .kind = AC_NIL };
	if (!ac_mp_big_endian(w, &c, 1))
		return false;
	if (c < 0x80 || c >= 0xe0)
		*h = (struct ac_mp_head){ .kind = AC_INT, .i = c < 0x80 ? (int64_t)c : (int64_t)c - 256 };
	else if (c < 0x90)
		*h = (struct ac_mp_head){ .kind = AC_MAP, .n = c & 15 };
	else if (c < 0xa0)
		*h = (struct ac_mp_head){ .kind = AC_ARR, .n = c & 15 };
	else if (c < 0xc0)
		*h = (struct ac_mp_head){ .kind = AC_STR, .n = c & 31 };
	else if (!head_long(w, h, (unsigned)c))
		return false;
	need = h->kind == AC_MAP ? 2 * (uint64_t)h->n : h->n; /* an item has a byte at least */
	return need <= (uint64_t)(w->end - w->p) || ac_mp_stop(w, "it ends too early");
}
