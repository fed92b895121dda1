/* SPDX-License-Identifier: ISC */
/*
 * Method: the text is scanned (json_scan.h), then yajl parses it in one piece.
 * A value that is complete goes on a stack; when an object or array closes, its
 * items leave the stack for the arena in one copy, so that growth costs nothing
 * there. Tokens arrive in order, so a value's offset is found by stepping over
 * what yajl does not report (white space, commas, colons) from where the token
 * before it ended.
 */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "schema/base64.h"
#include "schema/json_scan.h"
#include "schema/keys.h"
#include "schema/number.h"

/* An item of an open container; the key is an object's. */
struct item {
	struct ac_pair pair;
	uint32_t keyat;
};

struct frame {
	size_t base;      /* of the stack when it opened */
	uint32_t at;
	struct item key;  /* under which it goes into its own container */
};

/* yajl does not check its allocations and would leave text in freed memory.
 * Its needs are known: it gets one block that suffices, wiped at the end. */
struct pool {
	unsigned char *p;
	size_t len, cap, last;
};

struct reader {
	struct ac_json_text t;
	struct ac_arena *a;
	struct pool pool;
	yajl_handle yajl;
	size_t seen;      /* end of the last token that yajl reported */
	struct ac_buf stack;
	struct frame frames[AC_MAX_DEPTH];
	uint32_t depth;
	struct item key;
	struct ac_val root;
	enum ac_err err;
};

/* ------------------------------------------------------------ yajl's memory */

#define FIRST_STACK ((size_t)8 << 10) /* of values that wait for their container: enough for most */
#define POOL_ALIGN 16u
/* handle, lexer, parser stack and number buffer, with much to spare; and below 64 KiB, where
 * glibc tidies its heap at each free */
#define POOL_BASE ((size_t)32 << 10)

static void *
pool_malloc(void *ctx, size_t n)
{
	struct pool *m = ctx;

	if (n > m->cap || (n = (n + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN) > m->cap - m->len)
		return NULL;
	m->last = m->len;
	m->len += n;
	return m->p + m->last;
}

static void *
pool_realloc(void *ctx, void *old, size_t n)
{
	struct pool *m = ctx;
	size_t from = old ? (size_t)((unsigned char *)old - m->p) : 0, have = m->len - from;
	unsigned char *p;

	if (old && from == m->last) {
		m->len = from; /* the newest block grows where it is */
		return pool_malloc(m, n);
	}
	/* what lies behind an older block is copied with it, which does no harm */
	if ((p = pool_malloc(m, n)) && old)
		memcpy(p, old, n < have ? n : have);
	return p;
}

static void
pool_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

static enum ac_err
pool_open(struct pool *m, size_t longest)
{
	/* yajl's buffer doubles up to what the longest string needs: the sum of
	 * all its sizes is below four times that */
	m->cap = POOL_BASE + 4 * (longest + 1);
	return (m->p = malloc(m->cap)) ? AC_OK : AC_ENOMEM;
}

static void
pool_close(struct pool *m)
{
	if (m->p)
		ac_wipe(m->p, m->len);
	free(m->p);
}

/* ----------------------------------------------------------------- building */

static int
stop(struct reader *r, enum ac_err err)
{
	r->err = err;
	return 0;
}

/* The arena or the stack gave nothing: why. */
static int
stop_memory(struct reader *r, bool limit)
{
	if (limit)
		return stop(r, ac_json_fail(&r->t, AC_ELIMIT, r->seen,
			"the JSON text needs more memory than is allowed for one; split it"));
	return stop(r, ac_fault(r->t.f, AC_ENOMEM, "there is not enough memory to read the JSON text"));
}

static void *
get(struct reader *r, size_t n)
{
	size_t max = r->a->max ? r->a->max : (size_t)1 << 30;
	void *p = ac_arena_get(r->a, n);

	if (!p)
		stop_memory(r, n > max || r->a->used > max - n);
	return p;
}

static const char *
text(struct reader *r, const void *s, size_t n)
{
	char *p = get(r, n + 1);

	if (p)
		memcpy(p, s, n);
	return p;
}

/* The `at` of the token that yajl has just reported. */
static uint32_t
here(struct reader *r)
{
	size_t p = ac_json_token(&r->t, r->seen);

	while (p < r->t.n && (r->t.p[p] == ',' || r->t.p[p] == ':'))
		p = ac_json_token(&r->t, p + 1);
	r->seen = r->t.start + yajl_get_bytes_consumed(r->yajl);
	return (uint32_t)p + 1;
}

static int
push(struct reader *r, const struct ac_val *v)
{
	enum ac_err err;

	if (!r->depth) {
		r->root = *v;
		return 1;
	}
	r->key.pair.val = *v;
	if ((err = ac_buf_add(&r->stack, &r->key, sizeof r->key)))
		return stop_memory(r, err == AC_ELIMIT);
	return 1;
}

static int
open_container(void *ctx)
{
	struct reader *r = ctx;

	/* the scan has counted the brackets: there is room */
	r->frames[r->depth++] = (struct frame){ r->stack.len, here(r), r->key };
	return 1;
}

static int
close_container(struct reader *r, struct ac_val *v)
{
	struct frame *f = &r->frames[--r->depth];

	here(r);
	v->at = f->at;
	r->stack.len = f->base;
	r->key = f->key;
	return push(r, v);
}

/* The items on the stack that belong to the innermost container. */
static const struct item *
items(const struct reader *r, uint32_t *n)
{
	size_t base = r->frames[r->depth - 1].base;

	*n = (uint32_t)((r->stack.len - base) / sizeof(struct item));
	return *n ? (const struct item *)(const void *)(r->stack.p + base) : NULL;
}

static int
end_array(void *ctx)
{
	struct reader *r = ctx;
	struct ac_val v = { .kind = AC_ARR }, *copy;
	const struct item *it = items(r, &v.n);
	uint32_t i;

	if (!(copy = get(r, v.n * sizeof *copy)))
		return 0;
	for (i = 0; i < v.n; i++)
		copy[i] = it[i].pair.val;
	v.items = copy;
	return close_container(r, &v);
}

static int
end_map(void *ctx)
{
	struct reader *r = ctx;
	struct ac_val v = { .kind = AC_MAP };
	const struct item *it = items(r, &v.n);
	struct ac_pair *copy;
	uint32_t i, twice;

	if (!(copy = get(r, v.n * sizeof *copy)))
		return 0;
	for (i = 0; i < v.n; i++)
		copy[i] = it[i].pair;
	if (ac_keys_twice(&twice, copy, v.n))
		return stop_memory(r, false);
	if (twice < v.n)
		return stop(r, ac_json_fail(&r->t, AC_EINVAL, it[twice].keyat - 1,
			"an object has the same name twice; keep one of them"));
	v.pairs = copy;
	return close_container(r, &v);
}

static int
map_key(void *ctx, const unsigned char *s, size_t n)
{
	struct reader *r = ctx;

	r->key.keyat = here(r);
	r->key.pair.nkey = (uint32_t)n;
	return (r->key.pair.key = text(r, s, n)) != NULL;
}

static int
scalar_null(void *ctx)
{
	struct reader *r = ctx;
	struct ac_val v = { .kind = AC_NIL, .at = here(r) };

	return push(r, &v);
}

static int
scalar_bool(void *ctx, int b)
{
	struct reader *r = ctx;
	struct ac_val v = { .kind = AC_BOOL, .at = here(r), .b = b != 0 };

	return push(r, &v);
}

static int
scalar_number(void *ctx, const char *s, size_t n)
{
	struct reader *r = ctx;
	uint32_t at = here(r);
	struct ac_val v;

	if (!ac_number_read(&v, s, n))
		return stop(r, ac_json_fail(&r->t, AC_EINVAL, at - 1,
			"a number is not spelled as JSON spells numbers; correct the file"));
	v.at = at;
	if (v.kind == AC_NUM && !(v.s = text(r, s, n)))
		return 0;
	return push(r, &v);
}

static int
scalar_string(void *ctx, const unsigned char *s, size_t n)
{
	struct reader *r = ctx;
	struct ac_val v = { .kind = AC_STR, .n = (uint32_t)n, .at = here(r) };
	unsigned char *raw;

	if (!ac_base64_is((const char *)s, n)) {
		v.s = text(r, s, n);
		return v.s ? push(r, &v) : 0;
	}
	v.kind = AC_BIN;
	v.n = (uint32_t)ac_base64_raw((const char *)s, n);
	if (!(raw = get(r, v.n)))
		return 0;
	ac_base64_decode(raw, (const char *)s, n);
	v.bin = raw;
	return push(r, &v);
}

/* ------------------------------------------------------------------ parsing */

/* yajl says that the grammar is broken. It has consumed the text up to `upto`,
 * the token that broke it included; the fault names where that token begins. */
static enum ac_err
broken(struct reader *r, size_t upto)
{
	bool done = !r->depth && r->root.at;
	size_t p, end;

	for (p = r->seen; (p = ac_json_token(&r->t, p)) < r->t.n; p = end)
		if ((end = ac_json_token_end(&r->t, p)) >= upto || done)
			break;
	if (p == r->t.n || (upto > r->t.n && !done))
		return ac_json_fail(&r->t, AC_EINVAL, r->t.n,
			"the JSON text ends too early; check that the file is complete");
	return ac_json_fail(&r->t, AC_EINVAL, p, "%s",
		done ? "more follows after the end of the JSON value; keep one value"
		: "this is not JSON from here on; correct the file");
}

static enum ac_err
parse(struct reader *r)
{
	static const yajl_callbacks calls = {
		.yajl_null = scalar_null, .yajl_boolean = scalar_bool, .yajl_number = scalar_number,
		.yajl_string = scalar_string, .yajl_map_key = map_key,
		.yajl_start_map = open_container, .yajl_end_map = end_map,
		.yajl_start_array = open_container, .yajl_end_array = end_array,
	};
	yajl_alloc_funcs memory = { pool_malloc, pool_realloc, pool_free, &r->pool };
	yajl_status status;

	if (!(r->yajl = yajl_alloc(&calls, &memory, r)))
		return ac_fault(r->t.f, AC_ENOMEM, "there is not enough memory to read the JSON text");
	yajl_config(r->yajl, yajl_dont_validate_strings, 1); /* the scan did */
	status = yajl_parse(r->yajl, r->t.p + r->t.start, r->t.n - r->t.start);
	if (status == yajl_status_error)
		return broken(r, r->t.start + yajl_get_bytes_consumed(r->yajl));
	if (status == yajl_status_ok && yajl_complete_parse(r->yajl) == yajl_status_error)
		return broken(r, r->t.n + 1);
	return r->err;
}

enum ac_err
ac_json_read(const struct ac_val **out, struct ac_arena *a, const void *p, size_t n,
	struct ac_fault *f)
{
	struct reader r = { .t = { .p = p, .n = n, .f = f }, .a = a };
	struct ac_val *v;
	enum ac_err err;

	if (f)
		f->line = f->column = 0;
	r.stack.max = a->max ? a->max : (size_t)1 << 30;
	if ((err = ac_json_scan(&r.t)))
		goto out;
	r.seen = r.t.start;
	if (r.stack.max > 8 * FIRST_STACK && (err = ac_buf_room(&r.stack, n < FIRST_STACK ? n : FIRST_STACK))) {
		ac_fault(f, err, "there is not enough memory to read the JSON text");
		goto out;
	}
	if ((err = pool_open(&r.pool, r.t.longest))) {
		ac_fault(f, err, "there is not enough memory to read the JSON text");
		goto out;
	}
	if ((err = parse(&r)))
		goto out;
	if (!(v = get(&r, sizeof *v))) {
		err = r.err;
		goto out;
	}
	*v = r.root;
	*out = v;
out:
	ac_buf_free(&r.stack);
	pool_close(&r.pool);
	ac_wipe(&r, sizeof r);
	return err;
}
