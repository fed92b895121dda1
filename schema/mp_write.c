/* SPDX-License-Identifier: ISC */
#include <msgpack.h>
#include <string.h>

#include "schema/keys.h"
#include "schema/mp.h"
#include "schema/number.h"
#include "schema/utf8.h"

/* msgpack-c knows failure only as not 0; why is kept here. Every value is
 * checked on its way out: what could not be read again must not be stored. */
struct writer {
	msgpack_packer pk;
	struct ac_buf *out;
	size_t start;
	enum ac_err err;
};

static int
sink(void *ctx, const char *p, size_t n)
{
	struct writer *w = ctx;

	if (n > AC_MAX_BODY - (w->out->len - w->start))
		w->err = AC_ELIMIT;
	else if (n > w->out->cap - w->out->len)
		w->err = ac_buf_add(w->out, p, n);
	else if (n == 1) /* heads, most of which are one byte */
		w->out->p[w->out->len++] = (unsigned char)*p;
	else {
		memcpy(w->out->p + w->out->len, p, n);
		w->out->len += n;
	}
	return w->err ? -1 : 0;
}

static bool
fail(struct writer *w, enum ac_err err)
{
	w->err = err;
	return false;
}

static bool
put_text(struct writer *w, const char *s, uint32_t n)
{
	if (n > AC_MAX_STRING)
		return fail(w, AC_ELIMIT);
	if (!ac_utf8_ok(s, n))
		return fail(w, AC_EINVAL);
	return !msgpack_pack_str_with_body(&w->pk, s, n);
}

/* Two integers have 18 bytes at most. */
struct small {
	size_t n;
	char p[32];
};

static int
sink_small(void *ctx, const char *p, size_t n)
{
	struct small *s = ctx;

	if (n > sizeof s->p - s->n)
		return -1;
	memcpy(s->p + s->n, p, n);
	s->n += n;
	return 0;
}

static bool
put_dec(struct writer *w, const struct ac_val *v)
{
	char spelled[AC_MAX_NUMBER];
	struct small in = { 0 };
	msgpack_packer pk;

	if (!ac_number_text(spelled, v))
		return fail(w, AC_EINVAL);
	msgpack_packer_init(&pk, &in, sink_small);
	return !msgpack_pack_int32(&pk, v->dec.exponent) && !msgpack_pack_int64(&pk, v->dec.mantissa)
		&& !msgpack_pack_ext_with_body(&w->pk, in.p, in.n, AC_MP_DEC);
}

static bool
put_num(struct writer *w, const struct ac_val *v)
{
	struct ac_val again;

	if (!ac_number_read(&again, v->s, v->n) || again.kind != AC_NUM)
		return fail(w, AC_EINVAL);
	return !msgpack_pack_ext_with_body(&w->pk, v->s, v->n, AC_MP_NUM);
}

static bool
put_blob(struct writer *w, const struct ac_blob *blob)
{
	unsigned char b[AC_MP_BLOB_SIZE];
	unsigned i;

	for (i = 0; i < 32; i++)
		b[i] = blob->hash[i];
	for (i = 0; i < 8; i++)
		b[32 + i] = (unsigned char)(blob->size >> (56 - 8 * i));
	return !msgpack_pack_ext_with_body(&w->pk, b, sizeof b, AC_MP_BLOB);
}

static bool
put_later(struct writer *w, const struct ac_val *v)
{
	return !msgpack_pack_ext_with_body(&w->pk, v->bin + 1, v->n - 1, (int8_t)v->bin[0]);
}

static bool put_value(struct writer *w, const struct ac_val *v, unsigned depth);

static bool
put_array(struct writer *w, const struct ac_val *v, unsigned depth)
{
	uint32_t i;

	if (depth >= AC_MAX_DEPTH)
		return fail(w, AC_ELIMIT);
	if (msgpack_pack_array(&w->pk, v->n))
		return false;
	for (i = 0; i < v->n; i++)
		if (!put_value(w, &v->items[i], depth + 1))
			return false;
	return true;
}

static bool
put_map(struct writer *w, const struct ac_val *v, unsigned depth)
{
	uint32_t i, twice;
	enum ac_err err;

	if (depth >= AC_MAX_DEPTH)
		return fail(w, AC_ELIMIT);
	if ((err = ac_keys_twice(&twice, v->pairs, v->n)))
		return fail(w, err);
	if (twice < v->n)
		return fail(w, AC_EINVAL);
	if (msgpack_pack_map(&w->pk, v->n))
		return false;
	for (i = 0; i < v->n; i++)
		if (!put_text(w, v->pairs[i].key, v->pairs[i].nkey)
		    || !put_value(w, &v->pairs[i].val, depth + 1))
			return false;
	return true;
}

static bool
put_value(struct writer *w, const struct ac_val *v, unsigned depth)
{
	switch (v->kind) {
	case AC_NIL:
		return !msgpack_pack_nil(&w->pk);
	case AC_BOOL:
		return !(v->b ? msgpack_pack_true(&w->pk) : msgpack_pack_false(&w->pk));
	case AC_INT:
		return !msgpack_pack_int64(&w->pk, v->i);
	case AC_UINT:
		return v->u > INT64_MAX ? !msgpack_pack_uint64(&w->pk, v->u) : fail(w, AC_EINVAL);
	case AC_DEC:
		return put_dec(w, v);
	case AC_NUM:
		return put_num(w, v);
	case AC_STR:
		return put_text(w, v->s, v->n);
	case AC_BIN:
		return !msgpack_pack_bin_with_body(&w->pk, v->bin, v->n);
	case AC_BLOB:
		return put_blob(w, v->blob);
	case AC_LATER:
		return v->n && v->bin[0] > AC_MP_BLOB && v->bin[0] <= INT8_MAX ? put_later(w, v) : fail(w, AC_EINVAL);
	case AC_ARR:
		return put_array(w, v, depth);
	case AC_MAP:
		return put_map(w, v, depth);
	}
	return fail(w, AC_EINTERNAL);
}

enum ac_err
ac_mp_write_in(struct ac_buf *out, const struct ac_val *v, unsigned depth)
{
	struct writer w = { .out = out, .start = out->len };

	msgpack_packer_init(&w.pk, &w, sink);
	if (put_value(&w, v, depth))
		return AC_OK;
	if (out->len > w.start) {
		ac_wipe(out->p + w.start, out->len - w.start);
		out->len = w.start;
	}
	return w.err ? w.err : AC_EINTERNAL;
}

enum ac_err
ac_mp_write(struct ac_buf *out, const struct ac_val *v)
{
	return ac_mp_write_in(out, v, 0);
}
