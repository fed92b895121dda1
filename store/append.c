/* SPDX-License-Identifier: ISC */
/*
 * Method: a batch gathers entries as bytes, seals them into segments of a few MiB
 * (sealer.c), writes them as one commit, moves the branch (the moment of truth), and
 * then takes its own commit into the index by the same path as anybody's (apply.c): what
 * was written is what can be read.
 *
 * Many versions (an import) go into the index while they are at hand, in a transaction
 * that is kept back until the branch has moved. That what was written is what can be read
 * is proved in two steps there: each segment was opened again, down to the bytes that it
 * was made of, and what the repository gives back is those segments. If anything is odd
 * the transaction is dropped, and the batch goes the other way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "store/bytes.h"
#include "store/docs_limit.h"
#include "store/home.h"

#define FULL ((size_t)4 << 20)   /* entries of one segment, before packing */

static enum ac_err
where(struct ac_append *b, struct ac_fault *f)
{
	struct ac_space *s = b->s;
	struct ac_rows q = ac_index_query(s->home->index,
		"SELECT seq, hash, oid FROM chain WHERE space = ? AND branch = ?", "ib", s->id, s->branch, (size_t)16);
	const void *p;
	size_t n;

	b->seq = 0;
	b->has_tip = false;
	memset(b->prev, 0, 32);
	if (ac_rows_next(&q)) {
		b->seq = (uint32_t)ac_rows_int(&q, 0) + 1;
		if ((p = ac_rows_blob(&q, 1, &n)) && n == 32)
			memcpy(b->prev, p, 32);
		if ((p = ac_rows_blob(&q, 2, &n)) && n == 20) {
			memcpy(b->tip.id, p, 20);
			b->has_tip = true;
		}
	}
	return ac_rows_end(&q, f);
}

/* What this device has seen of others' chains beyond what its own chain already says. Of
 * its own earlier incarnations nothing: one that a hub cut off would seem withheld. */
static enum ac_err
heads(struct ac_val *out, struct ac_append *b, struct ac_fault *f)
{
	struct ac_space *s = b->s;
	struct ac_rows q = ac_index_query(s->home->index,
		"SELECT c.branch, c.seq, c.hash FROM chain c WHERE c.space = ?1 AND c.writer != ?3 AND c.seq >= 0 AND "
		"c.seq > coalesce((SELECT max(oseq) FROM seen WHERE other = c.branch AND chain = "
		"(SELECT id FROM chain WHERE space = ?1 AND branch = ?2)), -1) ORDER BY c.branch",
		"ibb", s->id, s->branch, (size_t)16, s->me, (size_t)8);
	struct ac_val *list = ac_entry_list(&b->arena, 0), *one;
	enum ac_err err = AC_OK;
	const void *branch, *hash;
	unsigned char *copy;
	size_t n;

	while (!err && list && ac_rows_next(&q)) {
		branch = ac_rows_blob(&q, 0, &n);
		hash = ac_rows_blob(&q, 2, &n);
		one = ac_entry_list(&b->arena, 3);
		if (!one || !(copy = ac_arena_get(&b->arena, 48))) {
			err = AC_ENOMEM;
			break;
		}
		memcpy(copy, branch, 16);
		memcpy(copy + 16, hash, 32);
		*ac_entry_at(one, 0) = ac_val_bytes(copy, 16);
		*ac_entry_at(one, 1) = ac_val_int(ac_rows_int(&q, 1));
		*ac_entry_at(one, 2) = ac_val_bytes(copy + 16, 32);
		if (!(list = (struct ac_val *)ac_val_append(&b->arena, list, one)))
			err = AC_ENOMEM;
	}
	if (ac_rows_end(&q, f) || err)
		return q.err ? q.err : err;
	if (!list)
		return AC_ENOMEM;
	*out = *list;
	return AC_OK;
}

/* From here the batch is taken in by the long way. */
static void
not_ahead(struct ac_append *b)
{
	ac_apply_own_drop(b->own);
	b->own = NULL;
}

static enum ac_err
sealer(struct ac_append *b)
{
	struct ac_place at;

	if (b->sealer)
		return AC_OK;
	memcpy(at.space, b->s->sid, 8);
	memcpy(at.branch, b->s->branch, 16);
	return ac_sealer_new(&b->sealer, &at, b->s->secret->seed, b->s->sign_pk, b->prev);
}

/* Seals what was gathered; more: others follow. */
static enum ac_err
seal(struct ac_append *b, bool more, struct ac_fault *f)
{
	struct ac_space *s = b->s;
	struct ac_segment seg = { .kind = AC_SEGMENT_DATA, .incarnation = s->incarnation, .seq = b->seq,
		.clock = b->clock, .edition = ac_segment_edition(), .number = ac_segment_number() };
	struct ac_buf raw = { .max = AC_SEGMENT_RAW_MAX };
	static const struct ac_val none = { .kind = AC_ARR };
	unsigned char key[32];
	enum ac_err err;

	memcpy(seg.writer, s->me, 8);
	if (b->first && (err = heads(&b->heads, b, f)))
		goto out;
	if ((err = ac_buf_room(&raw, b->raw.len + 1024)) || (err = ac_entry_array(&raw, b->n + 1))
	    || (err = ac_mp_write_in(&raw, b->first ? &b->heads : &none, 1))
	    || (err = ac_buf_add(&raw, b->raw.p, b->raw.len)))
		goto out;
	if ((err = ac_space_seal_key(key, s, b->joining, f)))
		goto out;
	memcpy(b->key, key, 32);
	if (ac_sealer_count(b->sealer) == AC_BATCH_MAX)
		err = ac_fault(f, AC_ELIMIT, "too much at once; import it in parts");
	else if (!(err = sealer(b)))
		err = ac_sealer_put(b->sealer, &seg, &raw, key, more, f);
	b->seq++;
	b->first = false;
out:
	if (err == AC_ELIMIT && f && !f->text[0])
		ac_fault(f, err, "a batch of changes is too large for one segment (over 80 MiB)");
	if (err) /* the index must not have what no segment has */
		not_ahead(b);
	ac_wipe(key, sizeof key);
	ac_buf_free(&raw);
	ac_buf_reset(&b->raw);
	b->n = b->bytes = 0;
	return err;
}

/* The entry's bytes; those of a version's body, its eleventh item, may be at hand. */
static enum ac_err
entry_bytes(struct ac_buf *out, const struct ac_val *e, const struct ac_facts *body)
{
	enum ac_err err;
	uint32_t i;

	if (!body)
		return ac_mp_write_in(out, e, 1);
	err = ac_entry_array(out, e->n);
	for (i = 0; i < e->n && !err; i++)
		err = i == 10 ? ac_buf_add(out, body->bytes.p, body->bytes.len) : ac_mp_write_in(out, &e->items[i], 2);
	return err;
}

static enum ac_err
add(struct ac_append *b, const struct ac_val *e, const struct ac_facts *body, size_t bytes, struct ac_fault *f)
{
	size_t was;
	enum ac_err err;

	if (b->n && b->bytes + bytes > FULL && (err = seal(b, true, f)))
		return err;
	was = b->raw.len;
	b->raw.max = AC_SEGMENT_RAW_MAX;
	if ((err = ac_buf_room(&b->raw, b->bulk && !b->n ? FULL + FULL / 8 : bytes)) || (err = entry_bytes(&b->raw, e, body))) {
		b->raw.len = was;
		return err;
	}
	b->n++;
	b->bytes += bytes;
	return AC_OK;
}

enum ac_err
ac_append_entry(struct ac_append *b, const struct ac_val *e, size_t bytes, struct ac_fault *f)
{
	enum ac_err err = add(b, e, NULL, bytes, f);

	if (!err && b->own && (!ac_entry_is(e, AC_ENTRY_BLOB, 6) || (err = ac_apply_own_blob(b->own, e, b->seq, (uint32_t)b->n, f))))
		not_ahead(b);
	return err;
}

void
ac_append_heads(struct ac_append *b)
{
	b->bare = true;
}

enum ac_err
ac_append_single(struct ac_append *b, const struct ac_val *e, size_t bytes, struct ac_fault *f)
{
	enum ac_err err;

	if (b->n && (err = seal(b, true, f)))
		return err;
	return (err = ac_append_entry(b, e, bytes, f)) ? err : seal(b, true, f);
}

/* A version by somebody who is no owner of a share is signed by itself too, so that it
 * stays verifiable in the vault (store/FORMAT.md, "Contributions"). */
static enum ac_err
contribution(struct ac_val *e, struct ac_arena *a, struct ac_append *b, const unsigned char id[static 32])
{
	unsigned char in[65], *sig = ac_arena_get(a, 64);
	bool behind = e->n >= AC_ENTRY_VERSION_ITEMS; /* other items, which a nil left its place before */
	struct ac_val *list = ac_entry_list(a, e->n + !behind);

	if (!sig || !list)
		return AC_ENOMEM;
	ac_contributed_input(in, id, b->s->sid, ac_space_role(b->s));
	ac_crypto_sign(sig, in, sizeof in, b->s->secret->seed);
	memcpy(ac_entry_at(list, 0), e->items, e->n * sizeof *list);
	*ac_entry_at(list, AC_ENTRY_VERSION_ITEMS - 1) = ac_val_bytes(sig, 64);
	*e = *list;
	return AC_OK;
}

static enum ac_err
ahead(struct ac_append *b, struct ac_fault *f)
{
	/* what was gathered before is not in that transaction */
	if (b->own || b->n || b->sealer)
		return AC_OK;
	return ac_apply_own_begin(&b->own, b->s, f);
}

enum ac_err
ac_append_bulk(struct ac_append *b, struct ac_fault *f)
{
	b->bulk = true;
	return ahead(b, f);
}

/* For tests: what a later program may write. */
static const struct ac_val later_items[3] = { { .kind = AC_INT, .i = 99 }, { .kind = AC_STR, .n = 5, .s = "later" },
	{ .kind = AC_LATER, .n = 3, .bin = (const unsigned char *)"\x09\x01\x02" } };
static const struct ac_val later_entry = { .kind = AC_ARR, .n = 3, .items = later_items };

static enum ac_err
as_later(struct ac_version *v, struct ac_append *b)
{
	if (ac_faults_later("op"))
		v->op = (enum ac_op)42;
	if (ac_faults_later("items") && !v->nmore) {
		v->more = later_items + 1;
		v->nmore = 2;
	}
	if (!ac_faults_later("ext") || !v->body || v->facts)
		return AC_OK;
	v->body = ac_val_set(&b->arena, v->body, "language", &later_items[2]);
	return v->body ? AC_OK : AC_ENOMEM;
}

enum ac_err
ac_append_version(struct ac_append *b, unsigned char id[static 32], struct ac_version *v, struct ac_fault *f)
{
	bool derived = v->op == AC_OP_IMPORT && b->s->kind == AC_SPACE_VAULT && !v->salt;
	unsigned char salt[16];
	struct ac_buf bytes = { .max = AC_MAX_BODY };
	size_t size;
	struct ac_val e;
	enum ac_err err;

	if (b->bulk && (err = ahead(b, f)))
		return err;
	if ((err = as_later(v, b)))
		return err;
	v->weight = 0; /* the body may be another than it was read with */
	if (!ac_docs_limit_may(v))
		return ac_fault(f, AC_ELIMIT, "%.100s/%.100s is larger than one document may be, or its name is longer than 511 bytes",
			v->type, v->id);
	if (derived && v->name) {
		memcpy(id, v->name->id, 32);
		memset(salt, 0, sizeof salt); /* which the entry leaves out */
		size = v->name->size;
		err = AC_OK;
	} else if (derived)
		err = ac_docs_name(id, salt, &size, b->s, v);
	else {
		if (!v->salt)
			ac_crypto_random(salt, sizeof salt);
		if (!v->salt)
			v->salt = salt;
		if (!(err = ac_entry_version_bytes(&bytes, v)))
			ac_crypto_hash(id, 32, bytes.p, bytes.len, NULL, 0);
		size = bytes.len;
	}
	if (derived)
		v->salt = salt;
	if (err || (err = ac_entry_version_write(&e, &b->scratch, v, b->s->me, b->clock, derived)))
		goto out;
	if (b->s->kind == AC_SPACE_SHARE_TAKEN && (err = contribution(&e, &b->scratch, b, id)))
		goto out;
	if ((err = add(b, &e, v->facts, size + 80, f)))
		goto out;
	if (ac_faults_later("kind") && (err = ac_append_entry(b, &later_entry, 64, f)))
		goto out;
	if (!b->own)
		goto out;
	if ((err = ac_apply_own_version(b->own, v, id, b->seq, (uint32_t)b->n, f)))
		not_ahead(b);
out:
	if (v->salt == salt)
		v->salt = NULL;
	ac_arena_reset(&b->scratch);
	ac_buf_free(&bytes);
	return err;
}

static void
own_finding(void *ctx, const struct ac_finding *fd)
{
	ac_fault(ctx, AC_EINTERNAL, "what was just written does not read back (%s); run verify", fd->text);
}

/* By the long way: read, opened, parsed and judged like anybody's. */
static enum ac_err
take_in(struct ac_append *b, const struct ac_oid *at, struct ac_fault *f)
{
	struct ac_home *h = b->s->home;
	struct ac_fault why = { .text = "" };
	struct ac_apply ap = { .h = h, .finding = own_finding, .ctx = &why };
	struct ac_tip tip = { .s = b->s, .oid = *at };
	enum ac_err err;

	memcpy(tip.branch, b->s->branch, 16);
	if ((err = ac_index_begin(h->index, f)))
		return err;
	if ((err = ac_apply_tips(&ap, &tip, 1, f)) || (err = ac_index_commit(h->index, f))) {
		ac_index_abort(h->index);
		return err;
	}
	if (tip.moved)
		return AC_OK;
	return why.text[0] ? ac_fault(f, AC_EINTERNAL, "%s", why.text)
		: ac_fault(f, AC_EINTERNAL, "what was just written does not read back; run verify");
}

/* Writes the batch and takes it in. */
static enum ac_err
publish(struct ac_append *b, const struct ac_segment *segs, const struct ac_buf *bytes, size_t n, struct ac_fault *f)
{
	struct ac_home *h = b->s->home;
	struct ac_oid at;
	char name[80];
	enum ac_err err;

	if ((err = ac_repo_write(&at, h->repo, b->has_tip ? &b->tip : NULL, bytes, n, f)))
		return err;
	ac_repo_ref_name(name, b->s->sid, b->s->branch);
	if ((err = ac_repo_ref_set(h->repo, name, &at, b->has_tip ? &b->tip : NULL, f)))
		return err;
	/* written: from here on a failure is repaired by the next command's catch-up */
	if (b->own && ac_apply_own_end(b->own, &at, segs, bytes, n, &b->heads, b->key, NULL))
		not_ahead(b);
	if (!b->own && (err = take_in(b, &at, f)))
		return err;
	not_ahead(b);
	b->tip = at;
	b->has_tip = true;
	return AC_OK;
}

static void
drop_segments(struct ac_append *b)
{
	ac_sealer_free(b->sealer);
	b->sealer = NULL;
	ac_buf_reset(&b->raw);
	ac_arena_free(&b->arena);
	b->n = b->bytes = 0;
	not_ahead(b);
}

static enum ac_err
flush(struct ac_append *b, struct ac_fault *f)
{
	const struct ac_segment *segs;
	const struct ac_buf *bytes;
	enum ac_err err = AC_OK;
	size_t n;

	if (b->n || (b->bare && !b->sealer))
		err = seal(b, false, f);
	if (b->sealer && !err && !(err = ac_sealer_done(b->sealer, &segs, &bytes, &n, f)) && n) {
		memcpy(b->prev, segs[n - 1].hash, 32);
		err = publish(b, segs, bytes, n, f);
	}
	drop_segments(b);
	b->first = true;
	b->bare = false;
	b->nblobs = 0; /* the index has them now, or they are lost */
	return err;
}

/* A keys segment as a batch of its own. */
static enum ac_err
keys_batch(struct ac_append *b, const struct ac_val *more, bool genesis, struct ac_fault *f)
{
	struct ac_buf out = { .max = AC_SEGMENT_MAX };
	unsigned char hash[32];
	struct ac_val h;
	enum ac_err err;

	if ((err = heads(&h, b, f)))
		goto out;
	if ((err = ac_keys_segment(&out, hash, b->s, b->seq, b->prev, b->clock, &h, more, f)))
		goto out;
	if (genesis)
		memcpy(b->s->root, hash, 32);
	memcpy(b->prev, hash, 32);
	b->seq++;
	/* the key file names the root before anything of the space can be found */
	if (genesis && (err = ac_keyfile_save(b->s->home, f)))
		goto out;
	err = publish(b, NULL, &out, 1, f);
out:
	ac_buf_free(&out);
	ac_arena_free(&b->arena);
	return err;
}

/* An owner writes under exactly one epoch, that covers exactly who belongs. It carries to
 * everybody the keys of epochs that count for nothing: on another arm of a fork, or of an
 * owner who was removed by somebody who had not seen them. */
static bool
needs_epoch(const struct ac_space *s)
{
	size_t i, newest = 0, clean = 0;

	for (i = 0; i < s->epochs.n; i++)
		if (s->epochs.keys[i].newest) {
			newest++;
			clean += s->epochs.keys[i].clean;
		}
	return newest != 1 || clean != 1 || s->uncarried;
}

/* This device's join as it stands in its first segment; of the founder, whom the root
 * names, an empty list. */
static enum ac_err
admission(struct ac_val **out, struct ac_append *b, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(b->s->home->index, "SELECT entry FROM mlog WHERE space = ? AND writer = ? ORDER BY clock",
		"ib", b->s->id, b->s->me, (size_t)8);
	struct ac_val *list = ac_entry_list(&b->arena, 1);
	const unsigned char *invite;
	const struct ac_val *e = NULL;
	enum ac_err err = list ? AC_OK : AC_ENOMEM;
	const void *p;
	size_t n;

	while (!err && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		if (!(err = ac_mp_read(&e, &b->arena, p, n, f)) && ac_entry_is(e, AC_ENTRY_JOIN, 8))
			break;
	}
	if (ac_rows_end(&q, f) || err)
		return q.err ? q.err : err;
	if (!e || !ac_entry_is(e, AC_ENTRY_JOIN, 8))
		return ac_fault(f, AC_EINTERNAL, "this device's admission is not in the index; run verify");
	list->n = ac_entry_bin(&invite, e, 5, 32);
	*ac_entry_at(list, 0) = *e;
	*out = list;
	return AC_OK;
}

/* Names the last segment of the incarnation before, and says again what stood in it past
 * number `after`: a hub took that branch away, so nobody may ever see it there. The key
 * file is saved last. A process that dies before makes one incarnation more, in which
 * the same versions are the same again. `alone`: it can be read by who sees nothing else of
 * this device: an epoch of its own, and this device's admission once more. */
static enum ac_err
new_incarnation(struct ac_append *b, int64_t after, bool alone, struct ac_fault *f)
{
	struct ac_space *s = b->s;
	struct ac_val e[4] = { ac_val_int(AC_ENTRY_INCARNATION) };
	struct ac_val list = { .kind = AC_ARR, .n = 4, .items = e }, *more = NULL;
	unsigned char was[16], prev[32];
	uint32_t seq = b->seq, old = s->incarnation, r;
	bool keys = false;
	enum ac_err err;

	memcpy(was, s->branch, 16);
	memcpy(prev, b->prev, 32);
	do
		ac_crypto_random(&r, sizeof r);
	while (r == s->incarnation);
	s->incarnation = r;
	s->renew = false;
	ac_space_derive(s);
	e[1] = ac_val_bytes(was, 16);
	e[2] = ac_val_int((int64_t)seq - 1);
	e[3] = ac_val_bytes(prev, 32);
	if ((err = where(b, f)) || (err = ac_renew_keys(&keys, s, was, after, f))
	    || (alone && (err = admission(&more, b, f))))
		goto out;
	if (keys || alone) { /* an epoch that began there would open to nobody */
		if ((err = keys_batch(b, more, false, f)))
			goto out;
		b->clock++;
	}
	if ((err = ac_append_entry(b, &list, 64, f)) || (err = ac_renew_again(b, was, after, f)) || (err = flush(b, f)))
		goto out;
	ac_keyfile_machine(s->home->machine, s->home);
	err = ac_keyfile_save(s->home, f);
out:
	if (err) {
		s->incarnation = old;
		s->renew = true;
		ac_space_derive(s);
	}
	return err;
}

/* A copied home, or one on another machine, must not continue the original's chain. */
static enum ac_err
check_machine(struct ac_home *h, struct ac_fault *f)
{
	unsigned char now[32];
	size_t i;

	ac_keyfile_machine(now, h);
	if (!memcmp(now, h->machine, 32))
		return AC_OK;
	memcpy(h->machine, now, 32);
	for (i = 0; i < h->nspaces; i++)
		h->spaces[i]->renew = true;
	return ac_keyfile_save(h, f);
}

/* What a newer program wrote here before cannot be continued by one that does not read it. */
static enum ac_err
known_to_its_end(const struct ac_space *s, struct ac_fault *f)
{
	const struct ac_home *h = s->home;
	size_t i;

	for (i = 0; i < h->nwaits; i++)
		if (h->waits[i].s == s && !memcmp(h->waits[i].branch, s->branch, 16))
			return ac_fault(f, AC_EVERSION, "a newer version of aftercare wrote to the record of %.255s on this device before (%s):"
				" get that version; with this one it can be read", s->patient, h->waits[i].later);
	return AC_OK;
}

static enum ac_err
begin(struct ac_append *b, struct ac_space *s, int64_t after, bool alone, struct ac_fault *f)
{
	enum ac_err err;

	memset(b, 0, sizeof *b);
	if ((err = ac_home_lock(s->home, f)))
		return err;
	b->s = s;
	b->first = true;
	if ((err = check_machine(s->home, f)) || (err = where(b, f)))
		return err;
	if ((err = ac_clock_now(&b->clock, s->home, f)))
		return err;
	if (ac_space_closed(s))
		return ac_fault(f, AC_EREFUSED, "access to the record of %s has ended: nothing can be written to it",
			s->patient);
	if (!s->renew && (err = known_to_its_end(s, f)))
		return err;
	if (s->renew && b->seq) {
		if ((err = new_incarnation(b, after, alone, f)))
			return err;
		b->clock++;
	}
	if (ac_space_role(s) == AC_OWNER && needs_epoch(s)) {
		if ((err = keys_batch(b, NULL, false, f)))
			return err;
		b->clock++;
	}
	return AC_OK;
}

enum ac_err
ac_append_begin(struct ac_append *b, struct ac_space *s, struct ac_fault *f)
{
	return begin(b, s, INT64_MAX, false, f);
}

enum ac_err
ac_append_alone(struct ac_append *b, struct ac_space *s, struct ac_fault *f)
{
	s->renew = true;
	return begin(b, s, INT64_MAX, true, f);
}

enum ac_err
ac_append_knows(struct ac_append *b, const unsigned char hash[static 32])
{
	unsigned char (*more)[32] = realloc(b->blobs, (b->nblobs + 1) * sizeof *more);

	if (!more)
		return AC_ENOMEM;
	b->blobs = more;
	memcpy(b->blobs[b->nblobs++], hash, 32);
	return AC_OK;
}

enum ac_err
ac_append_commit(struct ac_append *b, struct ac_fault *f)
{
	return flush(b, f);
}

void
ac_append_end(struct ac_append *b)
{
	if (!b->s)
		return;
	drop_segments(b);
	ac_buf_free(&b->raw);
	ac_arena_free(&b->scratch);
	ac_wipe(b->key, sizeof b->key);
	free(b->blobs);
	ac_home_unlock(b->s->home);
	memset(b, 0, sizeof *b);
}

enum ac_err
ac_append_rotate(struct ac_space *s, struct ac_fault *f)
{
	struct ac_append b;
	enum ac_err err = ac_append_begin(&b, s, f); /* rotates by itself where it must */

	ac_append_end(&b);
	return err;
}

enum ac_err
ac_append_renew(struct ac_space *s, int64_t after, struct ac_fault *f)
{
	struct ac_append b;
	enum ac_err err;

	s->renew = true;
	err = begin(&b, s, after, false, f);
	ac_append_end(&b);
	return err;
}

/* -------------------------------------------------------------- beginnings */

/* [kind, sign pk, dh pk, person, device, invite pk, signature by the invite, box] */
static void
join_entry(struct ac_val e[static 8], const struct ac_space *s, const char *person, const char *device)
{
	size_t i;

	for (i = 0; i < 8; i++)
		e[i] = (struct ac_val){ .kind = AC_NIL };
	e[0] = ac_val_int(AC_ENTRY_JOIN);
	e[1] = ac_val_bytes(s->sign_pk, 32);
	e[2] = ac_val_bytes(s->dh_pk, 32);
	e[3] = ac_val_text(person);
	e[4] = ac_val_text(device);
}

void
ac_append_join_input(unsigned char out[static 128], const struct ac_space *s, const unsigned char sign[static 32],
	const unsigned char dh[static 32], const unsigned char invite[static 32])
{
	memset(out, 0, 128);
	memcpy(out, "aftercare join 1", 16);
	memcpy(out + 16, s->sid, 8);
	memcpy(out + 24, sign, 32);
	memcpy(out + 56, dh, 32);
	memcpy(out + 88, invite, 32);
}

enum ac_err
ac_append_genesis(struct ac_space *s, const char *person, const char *device, const unsigned char kit[static 32],
	const struct ac_val *terms, struct ac_fault *f)
{
	struct ac_append b = { .s = s, .first = true };
	struct ac_member me = { .role = AC_OWNER };
	struct ac_invite inv = { .role = AC_OWNER, .standing = AC_KIT };
	struct ac_invite_keys k;
	struct ac_val join[8], invite[10], list[3], all = { .kind = AC_ARR, .n = 1, .items = list };
	struct ac_arena a = { 0 };
	unsigned char owners[32];
	char pk[65];
	enum ac_err err;

	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_clock_now(&b.clock, s->home, f)))
		goto out;
	ac_crypto_random(owners, 32);
	ac_space_key_hash(s->owners_now, owners);
	if ((err = ac_space_ring_add(&s->owners, owners)))
		goto out;
	memcpy(me.id, s->me, 8);
	memcpy(me.sign, s->sign_pk, 32);
	memcpy(me.dh, s->dh_pk, 32);
	s->members.m = &me;
	s->members.n = 1;
	join_entry(join, s, person, device);
	list[0] = (struct ac_val){ .kind = AC_ARR, .n = 8, .items = join };
	if ((err = ac_space_box(&join[7], &a, s, s->secret->psk, 32, f)))
		goto out;
	if (kit) {
		ac_invite_derive(&k, kit);
		ac_invite_kit_text(pk, kit);
		if ((err = ac_invite_entry(invite, &a, s, &k, AC_OWNER, AC_KIT, "recovery kit", pk, 0, f)))
			goto out;
		memcpy(inv.pk, k.pk, 32);
		memcpy(inv.dh, k.dh_pk, 32);
		inv.box = &invite[8];
		s->members.i = &inv;
		s->members.ni = 1;
		list[all.n++] = (struct ac_val){ .kind = AC_ARR, .n = 10, .items = invite };
		/* a share's standing secret is every owner's: it opens no key file */
		if (s->kind == AC_SPACE_VAULT && (err = ac_keyfile_kit(s->home, s->sid, kit, f)))
			goto out;
	}
	if (terms)
		list[all.n++] = *terms;
	if ((err = keys_batch(&b, &all, true, f)))
		goto out;
	err = ac_space_load(s, f);
out:
	ac_wipe(&k, sizeof k);
	ac_wipe(owners, sizeof owners);
	if (s->members.m == &me)
		memset(&s->members, 0, sizeof s->members);
	ac_arena_free(&a);
	ac_append_end(&b);
	return err;
}

enum ac_err
ac_append_join(struct ac_space *s, const char *person, const char *device, const unsigned char invite[static 32],
	struct ac_fault *f)
{
	struct ac_append b = { .s = s, .first = true, .joining = true };
	unsigned char in[128], sig[64];
	struct ac_invite_keys k;
	struct ac_val join[8], e = { .kind = AC_ARR, .n = 8, .items = join };
	enum ac_err err;

	if ((err = ac_home_lock(s->home, f)))
		return err;
	ac_invite_derive(&k, invite);
	join_entry(join, s, person, device);
	ac_append_join_input(in, s, s->sign_pk, s->dh_pk, k.pk);
	ac_crypto_sign(sig, in, sizeof in, k.seed);
	join[5] = ac_val_bytes(k.pk, 32);
	join[6] = ac_val_bytes(sig, 64);
	if ((err = ac_clock_now(&b.clock, s->home, f)) || (err = where(&b, f)))
		goto out;
	if ((err = ac_append_entry(&b, &e, 300, f)))
		goto out;
	err = flush(&b, f);
out:
	ac_wipe(&k, sizeof k);
	ac_append_end(&b);
	return err;
}
