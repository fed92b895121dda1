/* SPDX-License-Identifier: ISC */
/*
 * Method: the index says in which segment a thing stands and which key opens it. The
 * segments that were opened last are kept, because neighbours are often asked for
 * together. Of a segment that carries another, the one inside is what is read.
 */
#include <stdlib.h>
#include <string.h>

#include "store/home.h"

#define KEPT 8
#define KEPT_BYTES ((size_t)64 << 20) /* of values, in all but the segment in hand */

struct kept {
	int64_t chain;
	uint32_t seq;
	struct ac_segment seg;
	struct ac_arena arena;
	uint64_t used;
};
struct ac_cache {
	struct kept kept[KEPT];
	uint64_t tick;
};

static void
forget(struct kept *k)
{
	ac_segment_close(&k->seg);
	ac_arena_free(&k->arena);
	memset(k, 0, sizeof *k);
}

void
ac_docs_cache_free(struct ac_cache *c)
{
	size_t i;

	for (i = 0; c && i < KEPT; i++)
		forget(&c->kept[i]);
	free(c);
}

static enum ac_err
open_kept(struct kept *k, struct ac_space *s, int64_t chain, uint32_t seq, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT g.blob, g.key, c.branch FROM segment g JOIN chain c"
		" ON c.id = g.chain WHERE g.chain = ? AND g.seq = ?", "ii", chain, (int64_t)seq);
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	unsigned char key[32] = { 0 };
	struct ac_place at = { 0 };
	struct ac_oid oid = { 0 };
	const void *p;
	enum ac_err err;
	size_t n;

	if (ac_rows_next(&q)) {
		if ((p = ac_rows_blob(&q, 0, &n)) && n == 20)
			memcpy(oid.id, p, 20);
		if ((p = ac_rows_blob(&q, 1, &n)) && n == 32)
			memcpy(key, p, 32);
		if ((p = ac_rows_blob(&q, 2, &n)) && n == 16)
			memcpy(at.branch, p, 16);
	}
	if ((err = ac_rows_end(&q, f)))
		return err;
	memcpy(at.space, s->sid, 8);
	if ((err = ac_repo_blob(&bytes, s->home->repo, &oid, AC_SEGMENT_MAX, f)))
		goto out;
	err = ac_segment_open(&k->seg, &k->arena, bytes.p, bytes.len, &at, key, f);
	k->chain = chain;
	k->seq = seq;
out:
	ac_wipe(key, sizeof key);
	ac_buf_free(&bytes);
	return err;
}

/* Of a segment that carries another, the one inside, where a key for it is known. */
static enum ac_err
step_in(struct kept *k, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT key FROM arm WHERE chain = ? AND rseq = ? AND key IS NOT NULL",
		"ii", k->chain, (int64_t)k->seq);
	struct ac_segment outer = k->seg;
	unsigned char key[32];
	struct ac_relay r;
	bool known = false;
	enum ac_err err;
	const void *p;
	size_t n;

	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 32) {
		memcpy(key, p, 32);
		known = true;
	}
	err = ac_rows_end(&q, f);
	if (!err && known && ac_relay_of(&r, &outer, s->sid)
	    && !(err = ac_segment_open(&k->seg, &k->arena, r.bytes.p, r.bytes.len, &r.at, key, f)))
		ac_segment_close(&outer);
	ac_wipe(key, sizeof key);
	return err;
}

enum ac_err
ac_docs_relay(struct ac_relay *out, struct ac_arena *a, struct ac_space *s, int64_t chain, uint32_t seq, struct ac_fault *f)
{
	struct kept k = { 0 };
	struct ac_relay r;
	enum ac_err err = open_kept(&k, s, chain, seq, f);

	if (!err && !ac_relay_of(&r, &k.seg, s->sid))
		err = ac_fault(f, AC_ECORRUPT, "the index points past a segment; run verify");
	if (!err) {
		*out = r;
		if (!(out->bytes.p = ac_arena_get(a, r.bytes.len + 1)))
			err = AC_ENOMEM;
		else
			memcpy(out->bytes.p, r.bytes.p, r.bytes.len);
	}
	forget(&k);
	return err;
}

/* Segments that unpack to much are not kept beside others. */
static void
make_room(struct ac_cache *c, const struct kept *in_hand)
{
	struct kept *old;
	size_t i, sum;

	do {
		for (i = 0, sum = 0, old = NULL; i < KEPT; i++) {
			if (&c->kept[i] == in_hand || !c->kept[i].seg.entries)
				continue;
			sum += c->kept[i].arena.used;
			if (!old || c->kept[i].used < old->used)
				old = &c->kept[i];
		}
		if (sum > KEPT_BYTES)
			forget(old);
	} while (sum > KEPT_BYTES);
}

static enum ac_err
entry_at(const struct ac_val **out, struct ac_segment **seg, struct ac_space *s, int64_t chain, uint32_t seq,
	uint32_t n, struct ac_fault *f)
{
	struct ac_cache *c = s->home->cache;
	struct kept *k, *old;
	enum ac_err err;
	size_t i;

	if (!c && !(c = s->home->cache = calloc(1, sizeof *c)))
		return AC_ENOMEM;
	for (i = 0, k = NULL, old = &c->kept[0]; i < KEPT && !k; i++) {
		if (c->kept[i].chain == chain && c->kept[i].seq == seq && c->kept[i].seg.entries)
			k = &c->kept[i];
		if (c->kept[i].used < old->used)
			old = &c->kept[i];
	}
	if (!k) {
		forget(old);
		if ((err = open_kept(old, s, chain, seq, f)) || (err = step_in(old, s, f))) {
			forget(old);
			return err;
		}
		k = old;
		make_room(c, k);
	}
	k->used = ++c->tick;
	if (n >= k->seg.entries->n)
		return ac_fault(f, AC_ECORRUPT, "the index points past a segment; run verify");
	*out = &k->seg.entries->items[n];
	*seg = &k->seg;
	return AC_OK;
}

enum ac_err
ac_docs_entry(const struct ac_val **out, struct ac_arena *a, struct ac_space *s, int64_t chain, uint32_t seq, uint32_t n,
	struct ac_fault *f)
{
	const struct ac_val *e = NULL;
	struct ac_segment *seg = NULL;
	enum ac_err err = entry_at(&e, &seg, s, chain, seq, n, f);

	if (!err && !(*out = ac_val_copy(a, e)))
		err = AC_ENOMEM;
	return err;
}

enum ac_err
ac_docs_version(struct ac_version *out, struct ac_arena *a, struct ac_space *s, int64_t chain, uint32_t seq,
	uint32_t n, struct ac_fault *f)
{
	const struct ac_val *e = NULL;
	struct ac_segment *seg = NULL;
	unsigned char *bytes = ac_arena_get(a, 16 + 8 + 8);
	bool derived;
	enum ac_err err;

	if (!bytes)
		return AC_ENOMEM;
	if ((err = entry_at(&e, &seg, s, chain, seq, n, f)))
		return err;
	if (!(e = ac_val_copy(a, e)))
		return AC_ENOMEM;
	memcpy(bytes + 16, seg->writer, 8);
	if (ac_entry_is(e, AC_ENTRY_CONTRIBUTED, 9))
		err = ac_contributed_read(out, e, bytes + 16);
	else if (!(err = ac_entry_version_read(out, &derived, e, bytes + 16, seg->clock)) && derived) {
		err = ac_docs_salt(bytes, s, out);
		out->salt = bytes;
	}
	return err ? ac_fault(f, AC_ECORRUPT, "a version in the store does not read back; run verify") : AC_OK;
}
