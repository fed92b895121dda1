/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/base64.h"
#include "schema/number.h"
#include "schema/schema.h"

struct writer {
	struct ac_buf *out;
	const struct ac_blob_source *blobs;
	struct ac_fault *f;
	bool pretty;
};

static enum ac_err
said(struct writer *w, enum ac_err err)
{
	if (err == AC_ELIMIT)
		return ac_fault(w->f, err,
			"the JSON text grows past its ceiling; write fewer records at once");
	return err ? ac_fault(w->f, err, "there is not enough memory to write the JSON text") : AC_OK;
}

static enum ac_err
put(struct writer *w, const void *p, size_t n)
{
	return said(w, ac_buf_add(w->out, p, n));
}

static enum ac_err
put_char(struct writer *w, char c)
{
	return put(w, &c, 1);
}

static enum ac_err
put_indent(struct writer *w, unsigned depth)
{
	enum ac_err err;

	if (!w->pretty)
		return AC_OK;
	if ((err = put_char(w, '\n')))
		return err;
	while (depth-- && !err)
		err = put(w, "  ", 2);
	return err;
}

/* RFC 8785, 3.2.2.2: five short escapes, \u00xx in lower case for the other
 * controls, quote and backslash; all else as it is. */
static enum ac_err
put_escape(struct writer *w, unsigned char c)
{
	static const char hex[] = "0123456789abcdef", from[] = "\b\t\n\f\r\"\\", to[] = "btnfr\"\\";
	const char *at = strchr(from, c);
	char s[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (!at || !c)
		return put(w, s, 6);
	s[1] = to[at - from];
	return put(w, s, 2);
}

static enum ac_err
put_string(struct writer *w, const char *s, size_t n)
{
	enum ac_err err = put_char(w, '"');
	size_t i, from = 0;

	for (i = 0; i < n && !err; i++) {
		if ((unsigned char)s[i] >= 0x20 && s[i] != '"' && s[i] != '\\')
			continue;
		err = put(w, s + from, i - from);
		if (!err)
			err = put_escape(w, (unsigned char)s[i]);
		from = i + 1;
	}
	if (!err)
		err = put(w, s + from, n - from);
	return err ? err : put_char(w, '"');
}

static enum ac_err
put_base64(struct writer *w, const unsigned char *p, size_t n)
{
	size_t size = ac_base64_size(n);
	enum ac_err err = put_char(w, '"');

	if (err)
		return err;
	if ((err = said(w, ac_buf_room(w->out, size))))
		return err;
	ac_base64_encode((char *)w->out->p + w->out->len, p, n);
	w->out->len += size;
	return put_char(w, '"');
}

static enum ac_err
put_blob(struct writer *w, const struct ac_blob *blob)
{
	struct ac_buf raw = { .max = AC_MAX_STRING };
	enum ac_err err;

	if (!w->blobs || !w->blobs->read)
		return ac_fault(w->f, AC_ENOTFOUND,
			"the document's attachment is not on this device; fetch it first");
	if (!(err = w->blobs->read(w->blobs->ctx, &raw, blob, w->f))) {
		if (raw.len == blob->size)
			err = put_base64(w, raw.p, raw.len);
		else
			err = ac_fault(w->f, AC_ECORRUPT,
				"the document's attachment has not the size that the document names; fetch it again");
	}
	ac_buf_free(&raw);
	return err;
}

static enum ac_err
put_number(struct writer *w, const struct ac_val *v)
{
	char s[AC_MAX_NUMBER];
	size_t n = ac_number_text(s, v);

	if (!n)
		return ac_fault(w->f, AC_EINTERNAL, "a number in the document has a form that no reader gives");
	return put(w, s, n);
}

static enum ac_err put_value(struct writer *w, const struct ac_val *v, unsigned depth);

static enum ac_err
put_pair(struct writer *w, const struct ac_pair *p, unsigned depth)
{
	enum ac_err err = put_string(w, p->key, p->nkey);

	if (!err)
		err = w->pretty ? put(w, ": ", 2) : put_char(w, ':');
	return err ? err : put_value(w, &p->val, depth);
}

static enum ac_err
put_container(struct writer *w, const struct ac_val *v, unsigned depth)
{
	bool map = v->kind == AC_MAP;
	enum ac_err err;
	uint32_t i;

	if (depth >= AC_MAX_DEPTH)
		return ac_fault(w->f, AC_ELIMIT, "the document is nested more than %u deep", AC_MAX_DEPTH);
	err = put_char(w, map ? '{' : '[');
	for (i = 0; i < v->n && !err; i++) {
		if (i)
			err = put_char(w, ',');
		if (!err)
			err = put_indent(w, depth + 1);
		if (!err)
			err = map ? put_pair(w, &v->pairs[i], depth + 1)
				: put_value(w, &v->items[i], depth + 1);
	}
	if (!err && v->n)
		err = put_indent(w, depth);
	return err ? err : put_char(w, map ? '}' : ']');
}

static enum ac_err
put_value(struct writer *w, const struct ac_val *v, unsigned depth)
{
	switch (v->kind) {
	case AC_NIL:
		return put(w, "null", 4);
	case AC_BOOL:
		return v->b ? put(w, "true", 4) : put(w, "false", 5);
	case AC_INT:
	case AC_UINT:
	case AC_DEC:
		return put_number(w, v);
	case AC_NUM:
		return put(w, v->s, v->n);
	case AC_STR:
		return put_string(w, v->s, v->n);
	case AC_BIN:
		return put_base64(w, v->bin, v->n);
	case AC_BLOB:
		return put_blob(w, v->blob);
	case AC_LATER:
		return ac_fault(w->f, AC_EVERSION, "a newer version of aftercare put a value into it that this one cannot write as JSON;"
			" get that version");
	case AC_ARR:
	case AC_MAP:
		return put_container(w, v, depth);
	}
	return ac_fault(w->f, AC_EINTERNAL, "a value in the document has no kind");
}

/* On failure `out` is as it was; what was written behind its end is wiped. */
static enum ac_err
write_all(struct writer *w, const struct ac_val *v)
{
	size_t before = w->out->len;
	enum ac_err err = put_value(w, v, 0);

	if (err && w->out->len > before) {
		ac_wipe(w->out->p + before, w->out->len - before);
		w->out->len = before;
	}
	return err;
}

enum ac_err
ac_json_write(struct ac_buf *out, const struct ac_val *v, const struct ac_blob_source *blobs,
	struct ac_fault *f)
{
	struct writer w = { out, blobs, f, false };

	return write_all(&w, v);
}

enum ac_err
ac_json_write_pretty(struct ac_buf *out, const struct ac_val *v,
	const struct ac_blob_source *blobs, struct ac_fault *f)
{
	struct writer w = { out, blobs, f, true };

	return write_all(&w, v);
}

const char *
ac_json_quote(struct ac_arena *a, const char *s)
{
	struct ac_val v = ac_val_text(s);
	struct ac_buf b = { 0 };
	const char *out = NULL;

	if (!ac_json_write(&b, &v, NULL, NULL))
		out = ac_arena_text(a, (const char *)b.p, b.len);
	ac_buf_free(&b);
	return out;
}
