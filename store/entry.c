/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/bytes.h"
#include "store/crypto.h"
#include "store/docs_limit.h"
#include "store/entry.h"

#define VERSION_ITEMS 11  /* kind, source, type, id, parents, time, author, op, salt, url, body */

struct ac_val *
ac_entry_list(struct ac_arena *a, size_t n)
{
	struct ac_val *list = ac_arena_get(a, sizeof *list);

	if (!list || !(list->items = ac_arena_get(a, (n ? n : 1) * sizeof *list)))
		return NULL;
	list->kind = AC_ARR;
	list->n = (uint32_t)n;
	return list;
}

struct ac_val *
ac_entry_at(struct ac_val *list, size_t i)
{
	return (struct ac_val *)&list->items[i];
}

bool
ac_entry_is(const struct ac_val *e, enum ac_entry_kind kind, size_t items)
{
	return e->kind == AC_ARR && e->n >= 1 && e->items[0].kind == AC_INT
	    && e->items[0].i == (int64_t)kind && e->n >= items;
}

bool
ac_entry_bin(const unsigned char **out, const struct ac_val *e, size_t i, size_t n)
{
	if (i >= e->n || e->items[i].kind != AC_BIN || (n && e->items[i].n != n))
		return false;
	*out = e->items[i].bin;
	return true;
}

bool
ac_entry_int(int64_t *out, const struct ac_val *e, size_t i)
{
	if (i >= e->n || e->items[i].kind != AC_INT)
		return false;
	*out = e->items[i].i;
	return true;
}

bool
ac_entry_text(const char **out, const struct ac_val *e, size_t i)
{
	if (i >= e->n || e->items[i].kind != AC_STR)
		return false;
	*out = e->items[i].s;
	return true;
}

const struct ac_val *
ac_entry_arr(const struct ac_val *e, size_t i)
{
	return i < e->n && e->items[i].kind == AC_ARR ? &e->items[i] : NULL;
}

static struct ac_val
nil(void)
{
	return (struct ac_val){ .kind = AC_NIL };
}

/* items 1 to 10 of the entry; a name has the same in another order */
static void
fill(struct ac_val *items, const struct ac_version *v)
{
	items[1] = ac_val_text(v->source);
	items[2] = ac_val_text(v->type);
	items[3] = ac_val_text(v->id);
	items[4] = *v->parents;
	items[5] = ac_val_int((int64_t)v->time);
	items[6] = v->member ? ac_val_bytes(v->member, 8) : nil();
	items[7] = ac_val_int(v->op);
	items[8] = ac_val_bytes(v->salt, 16);
	items[9] = v->url ? ac_val_text(v->url) : nil();
	items[10] = v->body ? *v->body : nil();
}

enum ac_err
ac_entry_array(struct ac_buf *out, size_t n)
{
	unsigned char head[5] = { (unsigned char)(0x90 | n) };

	if (n < 16)
		return ac_buf_add(out, head, 1);
	head[0] = n <= UINT16_MAX ? 0xdc : 0xdd;
	if (n <= UINT16_MAX)
		ac_bytes_put16(head + 1, (uint16_t)n);
	else
		ac_bytes_put32(head + 1, (uint32_t)n);
	return ac_buf_add(out, head, n <= UINT16_MAX ? 3 : 5);
}

enum ac_err
ac_entry_version_bytes(struct ac_buf *out, const struct ac_version *v)
{
	static const unsigned char order[] = { 1, 2, 3, 4, 5, 6, 7, 9, 10, 8 };
	struct ac_val items[VERSION_ITEMS];
	enum ac_err err;
	size_t i;

	fill(items, v);
	err = ac_entry_array(out, sizeof order);
	for (i = 0; i < sizeof order && !err; i++) {
		if (order[i] == 10 && v->facts)
			err = ac_buf_add(out, v->facts->bytes.p, v->facts->bytes.len);
		else
			err = ac_mp_write(out, &items[order[i]]);
	}
	return err;
}

enum ac_err
ac_entry_version_id(unsigned char id[static 32], const struct ac_version *v)
{
	struct ac_buf b = { .max = AC_ENTRY_NAMED_MAX };
	enum ac_err err;

	if (!(err = ac_entry_version_bytes(&b, v)))
		ac_crypto_hash(id, 32, b.p, b.len, NULL, 0);
	ac_buf_free(&b);
	return err;
}

static const char *
body_text(const struct ac_val *body, const char *name)
{
	return body ? ac_val_str(body, name) : NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* In an entry the author is true for the segment's writer, nil for an import,
 * else the member; time is the distance from the segment's clock. What the body
 * says is not said again. */
enum ac_err
ac_entry_version_write(struct ac_val *out, struct ac_arena *a, const struct ac_version *v,
	const unsigned char writer[static 8], uint64_t clock, bool derived)
{
	struct ac_val *list = ac_entry_list(a, VERSION_ITEMS + (v->guest || v->nmore) + v->nmore);
	bool apart = !v->body && v->facts;

	if (!list)
		return AC_ENOMEM;
	fill(ac_entry_at(list, 0), v);
	if (v->guest)
		*ac_entry_at(list, VERSION_ITEMS) = ac_val_bool(true);
	if (v->nmore)
		memcpy(ac_entry_at(list, AC_ENTRY_VERSION_ITEMS), v->more, v->nmore * sizeof *list);
	*ac_entry_at(list, 0) = ac_val_int(AC_ENTRY_VERSION);
	if (same_text(v->type, apart ? v->facts->type : body_text(v->body, "resourceType")))
		*ac_entry_at(list, 2) = nil();
	if (same_text(v->id, apart ? v->facts->id : body_text(v->body, "id")))
		*ac_entry_at(list, 3) = nil();
	if (v->member) {
		*ac_entry_at(list, 5) = ac_val_int((int64_t)(clock - v->time));
		if (!memcmp(v->member, writer, 8))
			*ac_entry_at(list, 6) = ac_val_bool(true);
	} else if (v->time == (apart ? v->facts->updated : ac_facts_updated(v->body))) {
		*ac_entry_at(list, 5) = nil();
	}
	if (derived)
		*ac_entry_at(list, 8) = nil();
	*out = *list;
	return AC_OK;
}

static bool
parents_ok(const struct ac_val *parents)
{
	uint32_t i;

	if (!parents || parents->n > AC_MAX_HEADS)
		return false;
	for (i = 0; i < parents->n; i++) {
		if (parents->items[i].kind != AC_BIN || parents->items[i].n != 32)
			return false;
		/* ascending, so that one set of parents has one spelling */
		if (i && memcmp(parents->items[i - 1].bin, parents->items[i].bin, 32) >= 0)
			return false;
	}
	return true;
}

static bool
author_ok(struct ac_version *v, const struct ac_val *author, const unsigned char *writer)
{
	if (author->kind == AC_NIL)
		v->member = NULL;
	else if (author->kind == AC_BOOL && author->b)
		v->member = writer;
	else if (author->kind == AC_BIN && author->n == 8 && memcmp(author->bin, writer, 8))
		v->member = author->bin;
	else
		return false;
	return true;
}

/* Item i, or where it is nil what the body has under that name. */
static bool
own_or_body(const char **out, const struct ac_val *e, size_t i, const struct ac_val *body, const char *name)
{
	if (e->items[i].kind == AC_NIL)
		return (*out = body_text(body, name)) != NULL;
	return ac_entry_text(out, e, i);
}

static bool
read_time(struct ac_version *v, const struct ac_val *e, uint64_t clock)
{
	int64_t time;

	if (!v->member && e->items[5].kind == AC_NIL) {
		v->time = ac_facts_updated(v->body);
		return true;
	}
	if (!ac_entry_int(&time, e, 5))
		return false;
	v->time = v->member ? clock - (uint64_t)time : (uint64_t)time;
	return true;
}

enum ac_err
ac_entry_version_read(struct ac_version *v, bool *derived, const struct ac_val *e,
	const unsigned char writer[static 8], uint64_t clock)
{
	const struct ac_val *items = e->items;
	int64_t op;

	memset(v, 0, sizeof *v);
	if (!ac_entry_is(e, AC_ENTRY_VERSION, VERSION_ITEMS))
		return AC_ECORRUPT;
	if (items[10].kind != AC_NIL) {
		v->body = &items[10];
		if (!ac_mp_is_body(v->body))
			return AC_ECORRUPT;
	}
	if (!ac_entry_text(&v->source, e, 1) || !own_or_body(&v->type, e, 2, v->body, "resourceType")
	    || !own_or_body(&v->id, e, 3, v->body, "id") || !(v->parents = ac_entry_arr(e, 4)) || !parents_ok(v->parents)
	    || !author_ok(v, &items[6], writer) || !read_time(v, e, clock)
	    || !ac_entry_int(&op, e, 7) || op < 0 || op > 255)
		return AC_ECORRUPT;
	v->op = (enum ac_op)op;
	*derived = items[8].kind == AC_NIL;
	if (!*derived && !ac_entry_bin(&v->salt, e, 8, 16))
		return AC_ECORRUPT;
	if (items[9].kind != AC_NIL && !ac_entry_text(&v->url, e, 9))
		return AC_ECORRUPT;
	v->guest = e->n > VERSION_ITEMS && items[VERSION_ITEMS].kind == AC_BOOL && items[VERSION_ITEMS].b;
	v->weight = ac_docs_limit_version(v);
	return v->type[0] && v->id[0] && ac_docs_limit_may(v) ? AC_OK : AC_ECORRUPT;
}
