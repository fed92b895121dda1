/* SPDX-License-Identifier: ISC */
/*
 * Method: the bytes are walked once without allocating anything, and all that
 * is not canonical is refused; only then are values made, in sizes that the
 * walk has proved. msgpack-c packs (mp_write.c) but does not unpack: its zone
 * would be a second copy of the document, in memory that nobody wipes.
 */
#include <string.h>

#include "schema/keys.h"
#include "schema/mp.h"
#include "schema/mp_head.h"
#include "schema/number.h"
#include "schema/utf8.h"

/* ----------------------------------------------------------------- walking */

static bool
walk_text(struct ac_mp_walk *w, uint32_t n)
{
	if (n > AC_MAX_STRING)
		return ac_mp_stop(w, "a string is too long");
	if (!ac_utf8_ok(w->p, n))
		return ac_mp_stop(w, "a string is not UTF-8, or holds NUL");
	w->p += n;
	return true;
}

/* Two integers that fill the n bytes, of which the first is negative. */
static bool
walk_dec(struct ac_mp_walk *w, uint32_t n, struct ac_dec *dec)
{
	struct ac_mp_walk in = { w->start, w->p, w->p + n, NULL };
	struct ac_mp_head e, m;
	struct ac_val v;
	char spelled[AC_MAX_NUMBER];

	if (!ac_mp_head(&in, &e) || !ac_mp_head(&in, &m) || in.p != in.end
	    || e.kind != AC_INT || m.kind != AC_INT || e.i >= 0 || e.i < -(int64_t)AC_MAX_NUMBER)
		return ac_mp_stop(w, "a decimal is not an exponent and a mantissa");
	*dec = (struct ac_dec){ m.i, (int32_t)e.i };
	v = (struct ac_val){ .kind = AC_DEC, .dec = *dec };
	if (!ac_number_text(spelled, &v))
		return ac_mp_stop(w, "a decimal has too many digits");
	w->p += n;
	return true;
}

static bool
walk_num(struct ac_mp_walk *w, uint32_t n)
{
	struct ac_val v;

	if (!ac_number_read(&v, (const char *)w->p, n))
		return ac_mp_stop(w, "a number's text is no number");
	if (v.kind != AC_NUM)
		return ac_mp_stop(w, "a number is text that has a shorter form");
	w->p += n;
	return true;
}

static bool walk_value(struct ac_mp_walk *w, unsigned depth);

static bool
walk_items(struct ac_mp_walk *w, const struct ac_mp_head *h, unsigned depth)
{
	struct ac_mp_head key;
	uint32_t i;

	if (depth >= AC_MAX_DEPTH)
		return ac_mp_stop(w, "it is nested too deep");
	for (i = 0; i < h->n; i++) {
		if (h->kind == AC_MAP) {
			if (!ac_mp_head(w, &key))
				return false;
			if (key.kind != AC_STR)
				return ac_mp_stop(w, "a key is not a string");
			if (!walk_text(w, key.n))
				return false;
		}
		if (!walk_value(w, depth + 1))
			return false;
	}
	return true;
}

static bool
walk_value(struct ac_mp_walk *w, unsigned depth)
{
	struct ac_dec dec;
	struct ac_mp_head h;

	if (!ac_mp_head(w, &h))
		return false;
	switch (h.kind) {
	case AC_NIL: case AC_BOOL: case AC_INT: case AC_UINT:
		return true;
	case AC_DEC:
		return walk_dec(w, h.n, &dec);
	case AC_NUM:
		return walk_num(w, h.n);
	case AC_STR:
		return walk_text(w, h.n);
	case AC_BLOB:
		if (h.n != AC_MP_BLOB_SIZE)
			return ac_mp_stop(w, "an attachment's name has a wrong length");
		w->p += h.n;
		return true;
	case AC_BIN: case AC_LATER:
		w->p += h.n;
		return true;
	case AC_ARR: case AC_MAP:
		return walk_items(w, &h, depth);
	}
	return false;
}

/* ---------------------------------------------------------------- building */

/* The bytes were walked: no head fails here, and no length lies. */
struct build {
	struct ac_mp_walk w;
	struct ac_arena *a;
	enum ac_err err;
};

static void *
get(struct build *b, size_t n)
{
	size_t max = b->a->max ? b->a->max : (size_t)1 << 30;
	void *p = ac_arena_get(b->a, n);

	if (!p)
		b->err = n > max || b->a->used > max - n ? AC_ELIMIT : AC_ENOMEM;
	return p;
}

/* n bytes with a NUL behind them */
static const void *
take(struct build *b, uint32_t n)
{
	char *p = get(b, (size_t)n + 1);

	if (p)
		memcpy(p, b->w.p, n);
	b->w.p += n;
	return p;
}

static bool
build_blob(struct build *b, struct ac_val *v)
{
	struct ac_blob *blob = get(b, sizeof *blob);

	if (!blob)
		return false;
	memcpy(blob->hash, b->w.p, sizeof blob->hash);
	b->w.p += sizeof blob->hash;
	v->blob = blob;
	v->n = 0;
	return ac_mp_big_endian(&b->w, &blob->size, 8);
}

/* The type, then the bytes. */
static bool
build_later(struct build *b, struct ac_val *v, const struct ac_mp_head *h)
{
	unsigned char *p = get(b, (size_t)h->n + 1);

	if (!p)
		return false;
	p[0] = h->type;
	memcpy(p + 1, b->w.p, h->n);
	b->w.p += h->n;
	v->bin = p;
	v->n = h->n + 1;
	return true;
}

static bool build_value(struct build *b, struct ac_val *v);

static bool
build_array(struct build *b, struct ac_val *v)
{
	struct ac_val *items = get(b, v->n * sizeof *items);
	uint32_t i;

	if (!items)
		return false;
	for (i = 0; i < v->n; i++)
		if (!build_value(b, &items[i]))
			return false;
	v->items = items;
	return true;
}

static bool
build_map(struct build *b, struct ac_val *v)
{
	struct ac_pair *pairs = get(b, v->n * sizeof *pairs);
	uint32_t i, twice;
	struct ac_mp_head key;

	if (!pairs)
		return false;
	for (i = 0; i < v->n; i++) {
		if (!ac_mp_head(&b->w, &key) || !(pairs[i].key = take(b, key.n)))
			return false;
		pairs[i].nkey = key.n;
		if (!build_value(b, &pairs[i].val))
			return false;
	}
	if ((b->err = ac_keys_twice(&twice, pairs, v->n)))
		return false;
	if (twice < v->n) {
		b->err = AC_EINVAL;
		return ac_mp_stop(&b->w, "a map has a key twice");
	}
	v->pairs = pairs;
	return true;
}

static bool
build_value(struct build *b, struct ac_val *v)
{
	struct ac_mp_head h;

	if (!ac_mp_head(&b->w, &h))
		return false;
	*v = (struct ac_val){ .kind = h.kind, .n = h.n };
	switch (h.kind) {
	case AC_NIL:
		return true;
	case AC_BOOL:
		v->b = h.b;
		return true;
	case AC_INT:
		v->i = h.i;
		return true;
	case AC_UINT:
		v->u = h.u;
		return true;
	case AC_DEC:
		v->n = 0;
		return walk_dec(&b->w, h.n, &v->dec);
	case AC_NUM: case AC_STR:
		return (v->s = take(b, h.n)) != NULL;
	case AC_BIN:
		return (v->bin = take(b, h.n)) != NULL;
	case AC_BLOB:
		return build_blob(b, v);
	case AC_LATER:
		return build_later(b, v, &h);
	case AC_ARR:
		return build_array(b, v);
	case AC_MAP:
		return build_map(b, v);
	}
	return false;
}

enum ac_err
ac_mp_read(const struct ac_val **out, struct ac_arena *a, const void *p, size_t n,
	struct ac_fault *f)
{
	struct ac_mp_walk w = { p, p, (const unsigned char *)p + n, NULL };
	struct build b = { .w = w, .a = a, .err = AC_EINTERNAL };
	struct ac_val *v;

	if (n > AC_MAX_BODY)
		return ac_fault(f, AC_ELIMIT, "a record of %zu bytes is over the %u allowed", n, AC_MAX_BODY);
	if (walk_value(&w, 0) && w.p != w.end)
		ac_mp_stop(&w, "more follows after its end");
	if (w.why)
		return ac_fault(f, AC_EINVAL, "a record is no canonical msgpack at byte %zu: %s",
			(size_t)(w.p - w.start), ac_words(w.why));
	if ((v = get(&b, sizeof *v)) && build_value(&b, v)) {
		*out = v;
		return AC_OK;
	}
	if (b.w.why)
		return ac_fault(f, b.err, "a record is no canonical msgpack before byte %zu: %s",
			(size_t)(b.w.p - b.w.start), ac_words(b.w.why));
	return ac_fault(f, b.err, b.err == AC_ELIMIT ? "a record needs more memory than is allowed for one"
		: "there is not enough memory to read a record");
}
