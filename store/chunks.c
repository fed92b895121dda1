/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schema/faults.h"
#include "store/bytes.h"
#include "store/chunks.h"
#include "store/press.h"

#define HEAD    8
#define TAG     16
#define AT_ONCE 4   /* chunks of one commit, and so in memory */
#define BLOB_MAX (AC_CHUNK + AC_CHUNK / 8 + 64)

static const unsigned char head[HEAD] = { 'A', 'C', 'F', 'C', 1, 0, 0, 0 };

static void
nonce_of(unsigned char nonce[static 24], uint64_t number, bool last)
{
	memset(nonce, 0, 16);
	ac_bytes_put64(nonce + 16, number << 1 | last);
}

static uint64_t
chunks_of(uint64_t size)
{
	return size ? (size + AC_CHUNK - 1) / AC_CHUNK : 1;
}

/* ------------------------------------------------------------------ reading */

struct file {
	uint64_t size;
	unsigned char key[32];
	struct ac_arena arena;
	const struct ac_val *oids;
};

static void
file_close(struct file *o)
{
	ac_wipe(o->key, sizeof o->key);
	ac_arena_free(&o->arena);
	memset(o, 0, sizeof *o);
}

static bool
oid_at(struct ac_oid *oid, const struct file *o, uint32_t i)
{
	const unsigned char *p;

	if (!ac_entry_bin(&p, o->oids, i, 20))
		return false;
	memcpy(oid->id, p, 20);
	return true;
}

/* What one entry says. AC_EINVAL: nothing that could be a file. */
static enum ac_err
file_open(struct file *o, struct ac_space *s, const unsigned char *hash, const struct ac_chunks_at *at, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT size, key, chunks FROM blob WHERE space = ? AND hash = ? AND"
		" chain = ? AND seq = ? AND n = ?", "ibiii", s->id, hash, (size_t)32, at->chain, at->seq, at->n);
	enum ac_err err = AC_EINVAL;
	struct ac_oid oid;
	const void *p;
	size_t n;
	uint32_t i;

	if (ac_rows_next(&q)) {
		o->size = (uint64_t)ac_rows_int(&q, 0);
		if ((p = ac_rows_blob(&q, 1, &n)) && n == 32)
			memcpy(o->key, p, 32);
		p = ac_rows_blob(&q, 2, &n);
		err = p ? ac_mp_read(&o->oids, &o->arena, p, n, NULL) : AC_EINVAL;
	}
	if (ac_rows_end(&q, f))
		return q.err;
	if (err == AC_ENOMEM)
		return err;
	if (err || o->oids->kind != AC_ARR || o->oids->n != chunks_of(o->size))
		return AC_EINVAL;
	for (i = 0; i < o->oids->n; i++)
		if (!oid_at(&oid, o, i))
			return AC_EINVAL;
	return AC_OK;
}

/* The plain bytes of a chunk: from *p, *n of them, inside `b`. */
static enum ac_err
open_chunk(const unsigned char **p, size_t *n, struct ac_buf *b, const struct file *o, uint32_t i, struct ac_fault *f)
{
	bool last = i + 1 == o->oids->n;
	size_t want = last ? (size_t)(o->size - (uint64_t)i * AC_CHUNK) : AC_CHUNK, len, k;
	unsigned char nonce[24], *plain = b->p + HEAD;

	len = last ? ac_press_padme(4 + want) : want;
	if (b->len != HEAD + len + TAG || memcmp(b->p, head, HEAD))
		goto bad;
	nonce_of(nonce, i, last);
	if (!ac_crypto_xopen(plain, plain, len, plain + len, head, HEAD, nonce, o->key))
		goto bad;
	if (last && ac_bytes_get32(plain) != want)
		goto bad;
	for (k = 4 + want; last && k < len; k++)
		if (plain[k])
			goto bad;
	*p = plain + (last ? 4 : 0);
	*n = want;
	return AC_OK;
bad:
	return ac_fault(f, AC_ECORRUPT, "a chunk of an attachment is damaged; run verify");
}

/* Reads and opens the i-th. */
static enum ac_err
next_chunk(const unsigned char **p, size_t *n, struct ac_buf *b, struct ac_space *s, const struct file *o, uint32_t i,
	struct ac_fault *f)
{
	struct ac_oid oid;
	enum ac_err err;

	ac_buf_reset(b);
	b->max = BLOB_MAX;
	if (!oid_at(&oid, o, i))
		return ac_fault(f, AC_ECORRUPT, "the list of an attachment's chunks is damaged; run verify");
	err = ac_repo_blob(b, s->home->repo, &oid, BLOB_MAX, f);
	return err ? err : open_chunk(p, n, b, o, i, f);
}

/* Every chunk opens, and together they are the file. */
static enum ac_err
prove(struct ac_space *s, const struct file *o, const unsigned char hash[static 32], struct ac_fault *f)
{
	const unsigned char *p = NULL;
	struct ac_buf b = { 0 };
	unsigned char got[32];
	struct ac_hash h;
	enum ac_err err = AC_OK;
	size_t n = 0;
	uint32_t i;

	ac_crypto_hash_init(&h, 32, NULL, 0);
	for (i = 0; i < o->oids->n && !err; i++)
		if (!(err = next_chunk(&p, &n, &b, s, o, i, f)))
			ac_crypto_hash_add(&h, p, n);
	ac_crypto_hash_end(&h, got, 32);
	if (!err && memcmp(got, hash, 32))
		err = ac_fault(f, AC_ECORRUPT, "the bytes of an attachment are not those it was made of; run verify");
	ac_buf_free(&b);
	return err;
}

/* ------------------------------------------------------------------- places */

static bool
all_here(struct ac_space *s, const unsigned char *hash, const struct ac_chunks_at *at)
{
	struct file o = { 0 };
	struct ac_oid oid;
	bool here = !file_open(&o, s, hash, at, NULL);
	uint32_t i;

	for (i = 0; here && i < o.oids->n; i++)
		here = oid_at(&oid, &o, i) && ac_repo_has(s->home->repo, &oid);
	file_close(&o);
	return here;
}

/* Each writer's first entry before anybody's second, so that whoever writes many false
 * ones stands behind everybody else with all but one of them. */
enum ac_err
ac_chunks_places(struct ac_chunks_at **out, size_t *n, struct ac_space *s, const unsigned char hash[static 32],
	struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT b.chain, b.seq, b.n, b.size, b.branch, c.writer = ?3 AS own,"
		" row_number() OVER (PARTITION BY c.writer ORDER BY b.chain, b.seq, b.n) AS k FROM blob b JOIN chain c ON"
		" c.id = b.chain WHERE b.space = ?1 AND b.hash = ?2 ORDER BY k, own DESC, b.chain LIMIT ?4", "ibbi", s->id,
		hash, (size_t)32, s->me, (size_t)8, (int64_t)AC_CHUNKS_PLACES);
	struct ac_chunks_at *list = NULL, *more;
	enum ac_err err = AC_OK;
	size_t cap = 0, len, i;
	const void *p;

	*n = 0;
	while (!err && ac_rows_next(&q)) {
		if (*n == cap) {
			cap = cap ? 2 * cap : 4;
			if (!(more = realloc(list, cap * sizeof *more))) {
				err = AC_ENOMEM;
				break;
			}
			list = more;
		}
		list[*n] = (struct ac_chunks_at){ .chain = ac_rows_int(&q, 0), .seq = ac_rows_int(&q, 1), .n = ac_rows_int(&q, 2),
			.size = (uint64_t)ac_rows_int(&q, 3), .own = ac_rows_int(&q, 5) != 0 };
		if ((p = ac_rows_blob(&q, 4, &len)) && len == 16)
			memcpy(list[(*n)++].branch, p, 16);
	}
	if (ac_rows_end(&q, f))
		err = q.err;
	for (i = 0; !err && i < *n; i++)
		list[i].here = all_here(s, hash, &list[i]);
	if (err)
		free(list);
	else
		*out = list;
	return err;
}

/* trusting: what this device stored itself, and nobody else says a thing of, is not read
 * to its end before it is read. */
static enum ac_err
find(struct ac_chunks_at *out, struct file *o, struct ac_space *s, const unsigned char *hash, bool trusting,
	struct ac_fault *f)
{
	struct ac_chunks_at *at = NULL;
	struct ac_fault said = { 0 };
	bool elsewhere = false;
	enum ac_err err, bad = AC_OK;
	size_t n, i;

	if ((err = ac_chunks_places(&at, &n, s, hash, f)))
		return err;
	if (!n)
		err = ac_fault(f, AC_ENOTFOUND, "the store has no such attachment");
	for (i = 0; i < n; i++) {
		if (!at[i].here) {
			elsewhere = true;
			continue;
		}
		if ((err = file_open(o, s, hash, &at[i], f)))
			goto out; /* it was opened a moment ago */
		if ((trusting && n == 1 && at[i].own) || !(bad = prove(s, o, hash, &said))) {
			*out = at[i];
			goto out;
		}
		file_close(o);
		if (bad == AC_ENOMEM || bad == AC_EINTERNAL) {
			err = bad;
			goto out;
		}
	}
	if (n && elsewhere)
		err = ac_fault(f, AC_ENET, "its bytes are on no device reached yet: run attachment get with a remote");
	else if (n)
		err = ac_fault(f, bad ? bad : AC_ECORRUPT, "%s", said.text);
out:
	free(at);
	return err;
}

enum ac_err
ac_chunks_find(struct ac_chunks_at *out, struct ac_space *s, const unsigned char hash[static 32], struct ac_fault *f)
{
	struct file o = { 0 };
	enum ac_err err = find(out, &o, s, hash, false, f);

	file_close(&o);
	return err;
}

/* ------------------------------------------------------------------ writing */

struct writing {
	struct ac_append *b;
	const struct ac_source *from;
	struct ac_hash hash;
	unsigned char key[32], branch[16];
	uint64_t left, number, count;
	struct ac_buf plain, sealed[AT_ONCE];
	struct ac_oid tip, was;
	bool has_tip, has_was;
	struct ac_arena arena;
	struct ac_val *oids;
	struct ac_batch *batch;
};

/* A branch of this device's chain: a copied home that goes on as a new incarnation
 * gets other branches, so that none of them ever forks. */
static void
branch_of(unsigned char branch[static 16], const struct ac_space *s, const unsigned char *hash, uint64_t size)
{
	unsigned char in[64];
	time_t now = (time_t)(ac_clock_ms() / 1000);
	struct tm tm;
	size_t n;

	if (size > AC_CHUNK_SMALL) {
		memcpy(in, "file", 4);
		memcpy(in + 4, hash, 32);
		n = 36;
	} else {
		memcpy(in, "files", 5);
		gmtime_r(&now, &tm);
		n = 5 + strftime((char *)in + 5, 16, "%Y-%m", &tm);
	}
	memcpy(in + n, s->branch, 16);
	ac_crypto_hash(branch, 16, in, n + 16, s->secret->name_key, 32);
}

static enum ac_err
read_full(struct writing *w, unsigned char *p, size_t n, struct ac_fault *f)
{
	enum ac_err err;
	size_t got;

	while (n) {
		got = n;
		if ((err = w->from->read(w->from->ctx, p, &got, f)))
			return err;
		if (!got)
			return ac_fault(f, AC_EREFUSED, "a file became shorter while it was read; try again");
		ac_crypto_hash_add(&w->hash, p, got);
		p += got;
		n -= got;
	}
	return AC_OK;
}

static enum ac_err
seal_chunk(struct ac_buf *out, struct writing *w, struct ac_fault *f)
{
	bool last = w->number + 1 == w->count;
	size_t take = w->left < AC_CHUNK ? (size_t)w->left : AC_CHUNK;
	size_t n = last ? ac_press_padme(4 + take) : take, at = last ? 4 : 0;
	unsigned char nonce[24];
	enum ac_err err;

	ac_buf_reset(&w->plain);
	if ((err = ac_buf_room(&w->plain, n)))
		return err;
	memset(w->plain.p, 0, n);
	w->plain.len = n;
	if (last)
		ac_bytes_put32(w->plain.p, (uint32_t)take);
	if ((err = read_full(w, w->plain.p + at, take, f)))
		return err;
	ac_buf_reset(out);
	out->max = BLOB_MAX;
	if ((err = ac_buf_add(out, head, HEAD)) || (err = ac_buf_room(out, n + TAG)))
		return err;
	nonce_of(nonce, w->number, last);
	ac_crypto_xseal(out->p + HEAD, out->p + HEAD + n, w->plain.p, n, head, HEAD, nonce, w->key);
	out->len = HEAD + n + TAG;
	w->left -= take;
	w->number++;
	return AC_OK;
}

/* One commit of a few chunks; no ref moves yet. */
static enum ac_err
write_some(struct writing *w, struct ac_fault *f)
{
	struct ac_repo *r = w->b->s->home->repo;
	size_t first = (size_t)w->number, n, i;
	unsigned char *copy;
	struct ac_oid at;
	enum ac_err err;

	for (n = 0; n < AT_ONCE && w->number < w->count; n++)
		if ((err = seal_chunk(&w->sealed[n], w, f)))
			return err;
	if ((err = ac_repo_write(&at, r, w->has_tip ? &w->tip : NULL, w->sealed, n, f))
	    || (err = ac_repo_read(w->batch, r, &at, f)))
		return err;
	if (w->batch->n != n)
		return ac_fault(f, AC_EINTERNAL, "a batch of chunks does not read back");
	w->tip = at;
	w->has_tip = true;
	for (i = 0; i < n; i++) {
		if (!(copy = ac_arena_get(&w->arena, 20)))
			return AC_ENOMEM;
		memcpy(copy, w->batch->blobs[i].id, 20);
		*ac_entry_at(w->oids, first + i) = ac_val_bytes(copy, 20);
	}
	return AC_OK;
}

static enum ac_err
move_branch(struct writing *w, struct ac_fault *f)
{
	unsigned char files[8];
	char name[80];

	ac_space_files(files, w->b->s);
	ac_repo_ref_name(name, files, w->branch);
	return ac_repo_ref_set(w->b->s->home->repo, name, &w->tip, w->has_was ? &w->was : NULL, f);
}

void
ac_chunks_beside(unsigned char branch[static 16], const struct ac_space *s)
{
	static const char label[] = "aftercare files beside 1";
	unsigned char key[32];

	ac_crypto_hash(key, 32, label, sizeof label - 1, s->secret->seed, 32);
	ac_crypto_hash(branch, 16, branch, 16, key, 32);
	ac_wipe(key, sizeof key);
}

/* The branch where this one goes on: the last one beside it. */
static enum ac_err
find_branch(struct writing *w, struct ac_fault *f)
{
	struct ac_repo *r = w->b->s->home->repo;
	unsigned char files[8], next[16];
	struct ac_oid at;
	char name[80];
	enum ac_err err;

	ac_space_files(files, w->b->s);
	for (;;) {
		memcpy(next, w->branch, 16);
		ac_chunks_beside(next, w->b->s);
		ac_repo_ref_name(name, files, next);
		if ((err = ac_repo_ref_get(&at, r, name, f)))
			break;
		memcpy(w->branch, next, 16);
	}
	if (err != AC_ENOTFOUND)
		return err;
	(void)ac_fault_past(f);
	ac_repo_ref_name(name, files, w->branch);
	err = ac_repo_ref_get(&w->was, w->b->s->home->repo, name, f);
	w->has_was = w->has_tip = !err;
	w->tip = w->was;
	return err == AC_ENOTFOUND ? ac_fault_past(f) : err;
}

/* [kind, hash, size, key, branch, [blob, ...]] */
static enum ac_err
add_entry(struct writing *w, const unsigned char *hash, uint64_t size, struct ac_fault *f)
{
	struct ac_val e[6], list = { .kind = AC_ARR, .n = 6, .items = e };

	e[0] = ac_val_int(AC_ENTRY_BLOB);
	e[1] = ac_val_bytes(hash, 32);
	e[2] = ac_val_int((int64_t)size);
	e[3] = ac_val_bytes(w->key, 32);
	e[4] = ac_val_bytes(w->branch, 16);
	e[5] = *w->oids;
	return ac_append_entry(w->b, &list, 128 + (size_t)w->count * 22, f);
}

/* Stored in this space already, so that it need not be again? What another member says
 * of it is believed only when the bytes are here and are the file's: else a false entry
 * would keep the true bytes out. */
static bool
known(const struct ac_append *b, const unsigned char *hash)
{
	struct ac_chunks_at at;
	struct file o = { 0 };
	bool yes;
	size_t i;

	for (i = 0; i < b->nblobs; i++)
		if (!memcmp(b->blobs[i], hash, 32))
			return true;
	yes = !find(&at, &o, b->s, hash, true, NULL);
	file_close(&o);
	return yes;
}

enum ac_err
ac_chunks_put(struct ac_append *b, const unsigned char hash[static 32], uint64_t size,
	const struct ac_source *from, struct ac_fault *f)
{
	struct writing w = { .b = b, .from = from, .left = size, .count = chunks_of(size) };
	unsigned char got[32];
	enum ac_err err = AC_OK;
	size_t i;

	if (known(b, hash))
		return AC_OK;
	if (w.count > AC_CHUNKS_MAX)
		return ac_fault(f, AC_ELIMIT, "the file is over %llu GiB, which is the most that one attachment may have",
			(unsigned long long)(AC_CHUNKS_MAX * (uint64_t)AC_CHUNK >> 30));
	ac_crypto_random(w.key, 32);
	ac_crypto_hash_init(&w.hash, 32, NULL, 0);
	branch_of(w.branch, b->s, hash, size);
	if (!(w.batch = ac_arena_get(&w.arena, sizeof *w.batch))
	    || !(w.oids = ac_entry_list(&w.arena, (size_t)w.count))) {
		err = AC_ENOMEM;
		goto out;
	}
	if ((err = find_branch(&w, f)))
		goto out;
	while (w.number < w.count)
		if ((err = write_some(&w, f)))
			goto out;
	ac_crypto_hash_end(&w.hash, got, 32);
	if (memcmp(got, hash, 32)) {
		err = ac_fault(f, AC_EREFUSED, "a file changed while it was read; try again");
		goto out;
	}
	if ((err = move_branch(&w, f)) || (err = add_entry(&w, hash, size, f)))
		goto out;
	err = ac_append_knows(b, hash);
out:
	ac_wipe(w.key, sizeof w.key);
	ac_arena_free(&w.arena);
	ac_buf_free(&w.plain);
	for (i = 0; i < AT_ONCE; i++)
		ac_buf_free(&w.sealed[i]);
	return err;
}

/* ------------------------------------------------------------------ bringing out */

enum ac_err
ac_chunks_get(struct ac_space *s, const unsigned char hash[static 32], const struct ac_sink *to, struct ac_fault *f)
{
	const unsigned char *p = NULL;
	struct ac_chunks_at at;
	struct ac_buf b = { 0 };
	struct file o = { 0 };
	unsigned char got[32];
	struct ac_hash h;
	enum ac_err err;
	size_t n = 0;
	uint32_t i;

	if ((err = find(&at, &o, s, hash, true, f)))
		goto out;
	ac_crypto_hash_init(&h, 32, NULL, 0);
	for (i = 0; i < o.oids->n; i++) {
		if ((err = next_chunk(&p, &n, &b, s, &o, i, f)))
			goto out;
		ac_crypto_hash_add(&h, p, n);
		if (ac_faults_on("attachment") && n > (1u << 20))
			b.p[p - b.p] ^= 1;
		if ((err = to->write(to->ctx, p, n, f)))
			goto out;
	}
	ac_crypto_hash_end(&h, got, 32);
	if (memcmp(got, hash, 32))
		err = ac_fault(f, AC_ECORRUPT, "the bytes of an attachment are not those it was made of; run verify");
out:
	file_close(&o);
	ac_buf_free(&b);
	return err;
}

/* The plain bytes of a file in a space, to be read. */
struct reading {
	struct ac_space *s;
	struct file file;
	struct ac_buf b;
	const unsigned char *p;
	size_t n;                /* left at p */
	uint32_t next;
};

static enum ac_err
read_chunks(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct reading *r = ctx;
	enum ac_err err;

	while (!r->n && r->next < r->file.oids->n)
		if ((err = next_chunk(&r->p, &r->n, &r->b, r->s, &r->file, r->next++, f)))
			return err;
	if (*n > r->n)
		*n = r->n;
	if (*n)
		memcpy(p, r->p, *n);
	r->p += *n;
	r->n -= *n;
	return AC_OK;
}

enum ac_err
ac_chunks_copy(struct ac_append *b, struct ac_space *from, const unsigned char hash[static 32], struct ac_fault *f)
{
	struct reading r = { .s = from };
	struct ac_source source = { read_chunks, &r };
	struct ac_chunks_at at;
	enum ac_err err;

	if (known(b, hash))
		return AC_OK;
	if (!(err = find(&at, &r.file, from, hash, true, f)))
		err = ac_chunks_put(b, hash, r.file.size, &source, f);
	file_close(&r.file);
	ac_buf_free(&r.b);
	return err;
}

bool
ac_chunks_here(struct ac_space *s, const unsigned char hash[static 32])
{
	struct ac_chunks_at *at = NULL, one;
	bool here = false;
	size_t n, i;

	if (ac_chunks_places(&at, &n, s, hash, NULL))
		return false;
	for (i = 0; i < n; i++)
		here |= at[i].here;
	if (here && n > 1) /* somebody says false things of it, or it was stored twice */
		here = !ac_chunks_find(&one, s, hash, NULL);
	free(at);
	return here;
}
