/* SPDX-License-Identifier: ISC */
/*
 * Method: what a chain that was cut off holds past a number is read again from its
 * segments and appended to the next incarnation. A version keeps its salt and time, so
 * it is the same version; entries of members and shares say the same twice. What only
 * means something at its old place (a joining, keys, an incarnation) stays behind.
 */
#include <string.h>

#include "store/home.h"

struct old {
	struct ac_oid blob;
	unsigned char key[32], writer[8];
};

static enum ac_err
chain_of(int64_t *chain, int64_t *last, struct ac_space *s, const unsigned char branch[static 16], struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id, seq FROM chain WHERE space = ? AND branch = ?", "ib",
		s->id, branch, (size_t)16);

	*chain = 0;
	*last = -1;
	if (ac_rows_next(&q)) {
		*chain = ac_rows_int(&q, 0);
		*last = ac_rows_int(&q, 1);
	}
	return ac_rows_end(&q, f);
}

enum ac_err
ac_renew_keys(bool *out, struct ac_space *s, const unsigned char branch[static 16], int64_t after, struct ac_fault *f)
{
	int64_t chain, last, n = 0;
	enum ac_err err = chain_of(&chain, &last, s, branch, f);

	*out = false;
	if (err || after >= last || ac_space_role(s) != AC_OWNER)
		return err;
	err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM segment WHERE chain = ? AND seq > ? AND kind = ?",
		"iii", chain, after, (int64_t)AC_SEGMENT_KEYS);
	*out = n > 0;
	return err;
}

static enum ac_err
find(struct old *o, struct ac_space *s, int64_t chain, int64_t seq, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT blob, key FROM segment WHERE chain = ? AND seq = ?", "ii",
		chain, seq);
	const void *p;
	size_t n;

	memset(o, 0, sizeof *o);
	if (ac_rows_next(&q)) {
		if ((p = ac_rows_blob(&q, 0, &n)) && n == 20)
			memcpy(o->blob.id, p, 20);
		if ((p = ac_rows_blob(&q, 1, &n)) && n == 32)
			memcpy(o->key, p, 32);
	}
	return ac_rows_end(&q, f);
}

static enum ac_err
say_again(struct ac_append *b, const struct ac_segment *seg, const struct ac_val *e, struct ac_fault *f)
{
	struct ac_buf size = { 0 };
	struct ac_version v;
	unsigned char id[32];
	bool derived;
	enum ac_err err;

	if (e->kind != AC_ARR || !e->n || e->items[0].kind != AC_INT || e->items[0].i == AC_ENTRY_JOIN
	    || e->items[0].i == AC_ENTRY_KEYS || e->items[0].i == AC_ENTRY_INCARNATION)
		return AC_OK;
	if (e->items[0].i == AC_ENTRY_VERSION && !ac_entry_version_read(&v, &derived, e, seg->writer, seg->clock)) {
		if (e->n > AC_ENTRY_VERSION_ITEMS) {
			v.more = e->items + AC_ENTRY_VERSION_ITEMS;
			v.nmore = e->n - AC_ENTRY_VERSION_ITEMS;
		}
		return ac_append_version(b, id, &v, f);
	}
	if (!(err = ac_mp_write(&size, e)))
		err = e->items[0].i == AC_ENTRY_RELAY ? ac_append_single(b, e, size.len, f)
		    : ac_append_entry(b, e, size.len, f);
	ac_buf_free(&size);
	return err;
}

static enum ac_err
segment_again(struct ac_append *b, const unsigned char branch[static 16], int64_t chain, int64_t seq, struct ac_fault *f)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_segment seg = { 0 };
	struct ac_arena a = { 0 };
	struct ac_place at;
	struct old o;
	enum ac_err err;
	uint32_t n;

	memcpy(at.space, b->s->sid, 8);
	memcpy(at.branch, branch, 16);
	if ((err = find(&o, b->s, chain, seq, f)) || (err = ac_repo_blob(&bytes, b->s->home->repo, &o.blob, AC_SEGMENT_MAX, f))
	    || (err = ac_segment_open(&seg, &a, bytes.p, bytes.len, &at, o.key, f)))
		goto out;
	for (n = 1; n < seg.entries->n && !err; n++)
		err = say_again(b, &seg, &seg.entries->items[n], f);
out:
	ac_wipe(&o, sizeof o);
	ac_segment_close(&seg);
	ac_arena_free(&a);
	ac_buf_free(&bytes);
	return err;
}

enum ac_err
ac_renew_again(struct ac_append *b, const unsigned char branch[static 16], int64_t after, struct ac_fault *f)
{
	int64_t chain, last, seq;
	enum ac_err err = chain_of(&chain, &last, b->s, branch, f);

	if (after >= last)
		return err;
	for (seq = after + 1; seq <= last && !err; seq++)
		err = segment_again(b, branch, chain, seq, f);
	return err;
}
