/* SPDX-License-Identifier: ISC */
/*
 * Method: one walk over the tokens (json_scan.h), a function for each rule of the
 * grammar. An item that is complete goes on a stack; when its object or array closes,
 * the items leave the stack for the arena in one copy, so that growth costs nothing
 * there.
 */
#include <string.h>

#include "schema/base64.h"
#include "schema/json_scan.h"
#include "schema/keys.h"
#include "schema/number.h"

#define FIRST_STACK ((size_t)8 << 10) /* of values that wait for their container: enough for most */

/* An item of an open container; the key is an object's. */
struct item {
	struct ac_pair pair;
	uint32_t keyat;
};

struct reader {
	struct ac_json_text t;
	struct ac_arena *a;
	struct ac_buf stack;
	unsigned depth;
};

/* ----------------------------------------------------------------- building */

/* The arena or the stack gave nothing: why. */
static enum ac_err
no_memory(struct reader *r, bool limit)
{
	if (limit)
		return ac_json_fail(&r->t, AC_ELIMIT, r->t.at,
			"the JSON text needs more memory than is allowed for one; split it");
	return ac_fault(r->t.f, AC_ENOMEM, "there is not enough memory to read the JSON text");
}

static enum ac_err
get(void *out, struct reader *r, size_t n)
{
	size_t max = r->a->max ? r->a->max : (size_t)1 << 30;
	void *p = ac_arena_get(r->a, n);

	memcpy(out, &p, sizeof p);
	return p ? AC_OK : no_memory(r, n > max || r->a->used > max - n);
}

/* With a NUL, which the arena has put there. */
static enum ac_err
text(const char **out, struct reader *r, const struct ac_json_token *s)
{
	unsigned char *p;
	enum ac_err err = get(&p, r, s->len + 1);

	if (err)
		return err;
	if (s->len < s->n)
		ac_json_unescape(p, s);
	else
		memcpy(p, s->p, s->n);
	*out = (const char *)p;
	return AC_OK;
}

static enum ac_err
push(struct reader *r, const struct item *it)
{
	enum ac_err err = ac_buf_add(&r->stack, it, sizeof *it);

	return err ? no_memory(r, err == AC_ELIMIT) : AC_OK;
}

/* The items above base, which leave the stack with this. */
static const struct item *
take(struct reader *r, size_t base, uint32_t *n)
{
	*n = (uint32_t)((r->stack.len - base) / sizeof(struct item));
	r->stack.len = base;
	return *n ? (const struct item *)(const void *)(r->stack.p + base) : NULL;
}

static enum ac_err
close_array(struct ac_val *v, struct reader *r, size_t base)
{
	const struct item *it = take(r, base, &v->n);
	struct ac_val *copy;
	enum ac_err err = get(&copy, r, v->n * sizeof *copy);
	uint32_t i;

	for (i = 0; i < v->n && !err; i++)
		copy[i] = it[i].pair.val;
	v->items = copy;
	return err;
}

static enum ac_err
close_object(struct ac_val *v, struct reader *r, size_t base)
{
	const struct item *it = take(r, base, &v->n);
	struct ac_pair *copy;
	enum ac_err err = get(&copy, r, v->n * sizeof *copy);
	uint32_t i, twice;

	if (err)
		return err;
	for (i = 0; i < v->n; i++)
		copy[i] = it[i].pair;
	if (ac_keys_twice(&twice, copy, v->n))
		return no_memory(r, false);
	if (twice < v->n)
		return ac_json_fail(&r->t, AC_EINVAL, it[twice].keyat - 1,
			"an object has the same name twice; keep one of them");
	v->pairs = copy;
	return AC_OK;
}

/* ------------------------------------------------------------------ grammar */

static enum ac_err value(struct ac_val *v, struct reader *r);

/* What stands here fits nowhere. */
static enum ac_err
broken(struct reader *r)
{
	struct ac_json_token word;
	size_t at = r->t.at;
	enum ac_err err;

	if (at == r->t.n)
		return ac_json_fail(&r->t, AC_EINVAL, at, "the JSON text ends too early; check that the file is complete");
	if (!memchr("{}[],:\"", r->t.p[at], 7)) {
		if ((err = ac_json_word(&word, &r->t)))
			return err;
		if (r->t.at == r->t.n) /* it may go on */
			return broken(r);
	}
	return ac_json_fail(&r->t, AC_EINVAL, at, "this is not JSON from here on; correct the file");
}

static enum ac_err
expect(struct reader *r, int c)
{
	if (ac_json_peek(&r->t) != c)
		return broken(r);
	r->t.at++;
	return AC_OK;
}

static enum ac_err
key(struct item *it, struct reader *r)
{
	struct ac_json_token s;
	enum ac_err err;

	if (ac_json_peek(&r->t) != '"')
		return broken(r);
	it->keyat = (uint32_t)r->t.at + 1;
	if ((err = ac_json_string(&s, &r->t)) || (err = text(&it->pair.key, r, &s)))
		return err;
	it->pair.nkey = (uint32_t)s.len;
	return expect(r, ':');
}

static enum ac_err
container(struct ac_val *v, struct reader *r, bool object)
{
	size_t base = r->stack.len;
	int end = object ? '}' : ']';
	struct item it;
	enum ac_err err = AC_OK;

	if (++r->depth > AC_MAX_DEPTH)
		return ac_json_fail(&r->t, AC_ELIMIT, r->t.at, "objects and arrays are nested more than %u deep; no FHIR resource is",
			AC_MAX_DEPTH);
	v->kind = object ? AC_MAP : AC_ARR;
	r->t.at++;
	if (ac_json_peek(&r->t) != end)
		for (;;) {
			memset(&it, 0, sizeof it);
			if ((object && (err = key(&it, r))) || (err = value(&it.pair.val, r)) || (err = push(r, &it)))
				return err;
			if (ac_json_peek(&r->t) != ',')
				break;
			r->t.at++;
		}
	if ((err = expect(r, end)))
		return err;
	r->depth--;
	return object ? close_object(v, r, base) : close_array(v, r, base);
}

static enum ac_err
string(struct ac_val *v, struct reader *r)
{
	struct ac_json_token s;
	const char *p;
	unsigned char *raw;
	enum ac_err err;

	if ((err = ac_json_string(&s, &r->t)))
		return err;
	p = (const char *)s.p;
	if ((s.len < s.n || !ac_base64_is(p, s.n)) && (err = text(&p, r, &s)))
		return err;
	v->kind = AC_STR;
	v->n = (uint32_t)s.len;
	v->s = p;
	if (!ac_base64_is(p, s.len))
		return AC_OK;
	v->kind = AC_BIN;
	v->n = (uint32_t)ac_base64_raw(p, s.len);
	if ((err = get(&raw, r, v->n)))
		return err;
	ac_base64_decode(raw, p, s.len);
	v->bin = raw;
	return AC_OK;
}

static bool
spells(const struct ac_json_token *w, const char *s)
{
	return w->n == strlen(s) && !memcmp(w->p, s, w->n);
}

static enum ac_err
word(struct ac_val *v, struct reader *r)
{
	size_t at = r->t.at;
	struct ac_json_token w;
	enum ac_err err;

	if (memchr("}],:", r->t.p[at], 4))
		return broken(r);
	if ((err = ac_json_word(&w, &r->t)))
		return err;
	if (*w.p == '-' || (*w.p >= '0' && *w.p <= '9')) {
		if (ac_number_read(v, (const char *)w.p, w.n))
			return v->kind == AC_NUM ? text(&v->s, r, &w) : AC_OK;
		return r->t.at == r->t.n ? broken(r) : ac_json_fail(&r->t, AC_EINVAL, at,
			"a number is not spelled as JSON spells numbers; correct the file");
	}
	v->kind = spells(&w, "null") ? AC_NIL : AC_BOOL;
	v->b = spells(&w, "true");
	if (v->kind == AC_NIL || v->b || spells(&w, "false"))
		return AC_OK;
	r->t.at = at;
	return broken(r);
}

static enum ac_err
value(struct ac_val *v, struct reader *r)
{
	int c = ac_json_peek(&r->t);
	uint32_t at = (uint32_t)r->t.at + 1;
	enum ac_err err;

	memset(v, 0, sizeof *v);
	if (c == '{' || c == '[')
		err = container(v, r, c == '{');
	else if (c == '"')
		err = string(v, r);
	else if (c < 0)
		err = broken(r);
	else
		err = word(v, r);
	v->at = at;
	return err;
}

static enum ac_err
whole(struct ac_val **out, struct reader *r)
{
	struct ac_val root;
	enum ac_err err = value(&root, r);

	if (err)
		return err;
	if (ac_json_peek(&r->t) >= 0)
		return ac_json_fail(&r->t, AC_EINVAL, r->t.at, "more follows after the end of the JSON value; keep one value");
	if (!(err = get(out, r, sizeof root)))
		**out = root;
	return err;
}

enum ac_err
ac_json_read(const struct ac_val **out, struct ac_arena *a, const void *p, size_t n,
	struct ac_fault *f)
{
	struct reader r = { .t = { .p = p, .n = n, .f = f }, .a = a };
	struct ac_val *v = NULL;
	enum ac_err err;

	if (f)
		f->line = f->column = 0;
	r.stack.max = a->max ? a->max : (size_t)1 << 30;
	if ((err = ac_json_start(&r.t)))
		return err;
	if (r.stack.max > 8 * FIRST_STACK && (err = ac_buf_room(&r.stack, n < FIRST_STACK ? n : FIRST_STACK)))
		ac_fault(f, err, "there is not enough memory to read the JSON text");
	else if (!(err = whole(&v, &r)))
		*out = v;
	ac_buf_free(&r.stack);
	return err;
}
