/* SPDX-License-Identifier: ISC */
/*
 * Method: a version row says where its bytes stand (chain, number, place); a document
 * row holds the view. Where a new version's parents are all the heads of an
 * undisputed document, its body is the view; in every other case the graph is read
 * and schema's ac_view_make decides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/home.h"

#define KEPT 8

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

/* The salt out of the bytes that the version has without one. */
static void
derive_salt(unsigned char salt[static 16], const struct ac_space *s, const struct ac_buf *bytes)
{
	static const char label[] = "aftercare import salt";
	unsigned char key[32], id[32];

	ac_crypto_hash(id, 32, bytes->p, bytes->len, NULL, 0);
	ac_crypto_hash(key, 32, label, sizeof label - 1, s->secret->name_key, 32);
	ac_crypto_hash(salt, 16, id, 32, key, 32);
	ac_wipe(key, sizeof key);
}

enum ac_err
ac_docs_salt(unsigned char salt[static 16], struct ac_space *s, const struct ac_version *v)
{
	unsigned char id[32];

	return ac_docs_name(id, salt, NULL, s, v);
}

enum ac_err
ac_docs_name(unsigned char id[static 32], unsigned char salt[static 16], size_t *size, const struct ac_space *s,
	const struct ac_version *v)
{
	static const unsigned char zero[16];
	struct ac_version bare = *v;
	struct ac_buf b = { .max = AC_MAX_BODY };
	enum ac_err err;
	size_t at = 0;

	bare.salt = zero;
	if ((err = ac_buf_room(&b, (v->facts ? v->facts->bytes.len : 0) + 1024)))
		goto out;
	if ((err = ac_entry_version_bytes(&b, &at, &bare)))
		goto out;
	derive_salt(salt, s, &b);
	memcpy(b.p + at, salt, 16);
	ac_crypto_hash(id, 32, b.p, b.len, NULL, 0);
	if (size)
		*size = b.len;
out:
	ac_buf_free(&b);
	return err;
}

/* ------------------------------------------------------- segments, opened */

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

/* ------------------------------------------------------------------- rows */

struct row {
	int64_t doc;
	const char *type, *rid, *source; /* the latter two of a fresh one */
	const struct ac_val *body;
	const struct ac_facts *facts;  /* of the body, where they are known; else NULL */
	unsigned char *heads;
	size_t nheads;
	int64_t flags, conflicts, proposals;
	uint64_t time;
	const unsigned char *author;   /* 8 bytes; NULL: an import */
	const char *url;
};

static enum ac_err
put_codes(struct ac_index *ix, int64_t doc, const struct ac_buf *codes, struct ac_fault *f)
{
	const char *p = (const char *)codes->p, *end = codes->len ? p + codes->len : p, *system, *q, *other;
	enum ac_err err = AC_OK;

	while (p < end && !err) {
		system = p + strlen(p) + 1;
		q = system + strlen(system) + 1;
		if (q == end)
			return ac_index_run(ix, f, "INSERT OR IGNORE INTO code(code, doc, system) VALUES(?,?,?)", "tit", p, doc,
				system);
		other = q + strlen(q) + 1;
		err = ac_index_run(ix, f, "INSERT OR IGNORE INTO code(code, doc, system) VALUES(?,?,?),(?,?,?)", "tittit", p,
			doc, system, q, doc, other);
		p = other + strlen(other) + 1;
	}
	return err;
}

static enum ac_err
put_words(struct ac_space *s, const struct row *r, const struct ac_facts *facts, bool fresh, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	enum ac_err err;

	if (!fresh && (err = ac_index_run(ix, f, "DELETE FROM code WHERE doc = ?", "i", r->doc)))
		return err;
	if (!r->body)
		return AC_OK;
	if (fresh)
		err = ac_index_run(ix, f, "INSERT INTO words(rowid, w) VALUES(?,?)", "it", r->doc,
			(const char *)facts->words.p);
	else
		err = ac_index_run(ix, f, "INSERT INTO words(rowid, w) SELECT wording << 32 | id, ? FROM doc WHERE id = ?", "ti",
			(const char *)facts->words.p, r->doc);
	return err ? err : put_codes(ix, r->doc, &facts->codes, f);
}

/* Which attachments a body names. */
static enum ac_err
put_holds(struct ac_space *s, int64_t doc, const struct ac_val *v, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	uint32_t i;

	if (v->kind == AC_BLOB)
		return ac_index_run(s->home->index, f, "INSERT OR IGNORE INTO holds(space, hash, doc) VALUES(?,?,?)", "ibi",
			s->id, v->blob->hash, (size_t)32, doc);
	for (i = 0; v->kind == AC_ARR && i < v->n && !err; i++)
		err = put_holds(s, doc, &v->items[i], f);
	for (i = 0; v->kind == AC_MAP && i < v->n && !err; i++)
		err = put_holds(s, doc, &v->pairs[i].val, f);
	return err;
}

static enum ac_err
put_row(struct ac_space *s, struct row *r, bool fresh, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	struct ac_arena a = { 0 };
	struct ac_facts own = { .date = "", .title = "" };
	const struct ac_facts *facts = r->facts ? r->facts : &own;
	enum ac_err err = AC_OK;

	if (r->body && facts == &own && ((err = ac_facts_bytes(&own, r->body))
	    || (err = ac_facts_rest(&own, &a, r->body, NULL, NULL))))
		goto out;
	if (!r->body)
		r->flags |= AC_DOC_DELETED;
	else if (facts->errors)
		r->flags |= AC_DOC_FLAGGED;
	if (fresh) {
		err = ac_index_run(ix, f, "INSERT INTO doc(space, source, type, rid, url, date, title, flags, heads,"
			" time, author, proposals, conflicts, body) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "ittttttibibiib",
			s->id, r->source, r->type, r->rid, r->url, facts->date, facts->title, r->flags, r->heads,
			r->nheads * 32, (int64_t)r->time, r->author, (size_t)8, r->proposals, r->conflicts,
			facts->bytes.p, facts->bytes.len);
		r->doc = ac_index_last_id(ix);
		if (err)
			goto out;
	} else if ((err = ac_index_run(ix, f, "UPDATE doc SET date = ?, title = ?, flags = ?, heads = ?, time = ?,"
	    " author = ?, proposals = ?, conflicts = ?, body = ?, url = coalesce(?, url), wording = wording + 1"
	    " WHERE id = ?", "ttibibiibti",
	    facts->date, facts->title, r->flags, r->heads, r->nheads * 32, (int64_t)r->time, r->author, (size_t)8,
	    r->proposals, r->conflicts, facts->bytes.p, facts->bytes.len, r->url, r->doc)))
		goto out;
	if (!fresh && (err = ac_index_run(ix, f, "DELETE FROM holds WHERE space = ? AND doc = ?", "ii", s->id, r->doc)))
		goto out;
	if (r->body && facts->holds && (err = put_holds(s, r->doc, r->body, f)))
		goto out;
	err = put_words(s, r, facts, fresh, f);
out:
	ac_facts_free(&own);
	ac_arena_free(&a);
	return err;
}

/* --------------------------------------------------------------- versions */

struct standing {
	int64_t doc, flags, proposals, conflicts;
	unsigned char heads[64 * 32];
	size_t nheads;
	bool known;
};

static enum ac_err
find_doc(struct standing *out, struct ac_space *s, const struct ac_version *v, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id, flags, proposals, conflicts, heads FROM doc WHERE "
		"space = ? AND type = ? AND rid = ? AND source = ?", "ittt", s->id, v->type, v->id, v->source);
	const void *p;
	size_t n;

	memset(out, 0, sizeof *out);
	if (ac_rows_next(&q)) {
		out->known = true;
		out->doc = ac_rows_int(&q, 0);
		out->flags = ac_rows_int(&q, 1);
		out->proposals = ac_rows_int(&q, 2);
		out->conflicts = ac_rows_int(&q, 3);
		p = ac_rows_blob(&q, 4, &n);
		if (p && n <= sizeof out->heads) {
			memcpy(out->heads, p, n);
			out->nheads = n / 32;
		} else
			out->flags |= AC_DOC_CONFLICT; /* too many to compare here: the slow way */
	}
	return ac_rows_end(&q, f);
}

/* Are the parents exactly the heads of a document that nobody disputes? */
static bool
continues(const struct standing *d, const struct ac_version *v)
{
	uint32_t i;

	if (d->flags & (AC_DOC_CONFLICT | AC_DOC_PROPOSAL | AC_DOC_INCOMPLETE) || d->nheads != v->parents->n)
		return false;
	for (i = 0; i < v->parents->n; i++)
		if (memcmp(v->parents->items[i].bin, d->heads + (size_t)i * 32, 32))
			return false;
	return true;
}

static enum ac_err
has_version(bool *out, struct ac_space *s, const unsigned char vid[static 32], struct ac_fault *f)
{
	int64_t id;
	enum ac_err err = ac_index_int(&id, s->home->index, f, "SELECT v.id FROM version v JOIN doc d ON d.id = v.doc"
		" WHERE v.vid = ? AND d.space = ?", "bi", vid, (size_t)32, s->id);

	*out = !err;
	return err == AC_ENOTFOUND ? AC_OK : err;
}

static enum ac_err
put_version(struct ac_space *s, int64_t doc, const struct ac_version *v, const unsigned char vid[static 32],
	int64_t chain, uint32_t seq, uint32_t n, int guest, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	struct ac_buf parents = { 0 };
	enum ac_err err = AC_OK;
	bool there;
	uint32_t i;

	for (i = 0; i < v->parents->n && !err; i++) {
		if ((err = ac_buf_add(&parents, v->parents->items[i].bin, 32))
		    || (err = has_version(&there, s, v->parents->items[i].bin, f)) || there)
			continue;
		err = ac_index_run(ix, f, "INSERT OR IGNORE INTO wanted VALUES(?,?,?)", "ibi", s->id,
			v->parents->items[i].bin, (size_t)32, doc);
	}
	if (!err)
		err = ac_index_run(ix, f, "INSERT INTO version(doc, vid, parents, time, author, op, guest, chain, seq, n)"
			" VALUES(?,?,?,?,?,?,?,?,?,?)", "ibbibiiiii", doc, vid, (size_t)32, parents.p, parents.len,
			(int64_t)v->time, v->member, (size_t)8, (int64_t)v->op, (int64_t)guest, chain, (int64_t)seq,
			(int64_t)n);
	ac_buf_free(&parents);
	return err;
}

enum ac_err
ac_docs_add(struct ac_space *s, const struct ac_version *v, const unsigned char vid[static 32], int64_t chain,
	uint32_t seq, uint32_t n, int guest, int64_t *doc, bool *fresh, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	unsigned char head[32];
	struct row r = { .type = v->type, .rid = v->id, .source = v->source, .body = v->body, .facts = v->facts, .heads = head,
		.nheads = 1, .time = v->time, .author = v->member, .url = v->url };
	struct standing d;
	bool there, direct;
	enum ac_err err;

	*fresh = false;
	*doc = 0;
	memset(&d, 0, sizeof d);
	there = false;
	if (!v->first && ((err = has_version(&there, s, vid, f)) || (!there && (err = find_doc(&d, s, v, f)))))
		return err;
	if (there) /* it counts as long as one of its places does */
		return ac_index_run(ix, f, "INSERT OR IGNORE INTO also SELECT v.id, ?1, ?2, ?3 FROM version v JOIN doc d"
			" ON d.id = v.doc WHERE d.space = ?4 AND v.vid = ?5 AND (v.chain, v.seq, v.n) != (?1, ?2, ?3)", "iiiib",
			chain, (int64_t)seq, (int64_t)n, s->id, vid, (size_t)32);
	*fresh = true;
	direct = d.known ? continues(&d, v) && !guest : !v->parents->n;
	memcpy(head, vid, 32);
	r.doc = d.doc;
	if (direct && (err = put_row(s, &r, !d.known, f)))
		return err;
	if (!direct && !d.known) {
		if ((err = ac_index_run(ix, f, "INSERT INTO doc(space, source, type, rid, url, date, title, flags, heads,"
		    " time, proposals, conflicts) VALUES(?,?,?,?,?,'','',0,x'',0,0,0)", "itttt", s->id, v->source, v->type,
		    v->id, v->url)))
			return err;
		r.doc = ac_index_last_id(ix);
	}
	if ((err = put_version(s, r.doc, v, vid, chain, seq, n, guest, f)))
		return err;
	if (!direct)
		*doc = r.doc;
	if (v->unwanted)
		return AC_OK;
	return ac_index_run(ix, f, "DELETE FROM wanted WHERE space = ? AND vid = ?", "ib", s->id, vid, (size_t)32);
}

/* ------------------------------------------------------------------ graphs */

struct place { int64_t chain; uint32_t seq, n; bool guest; unsigned char branch[16]; };

static enum ac_err
read_nodes(struct ac_graph *g, struct place **places, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q;
	struct ac_node *node;
	struct place *p;
	const void *b;
	enum ac_err err;
	int64_t count = 0;
	size_t n;

	if ((err = ac_index_int(&count, s->home->index, f, "SELECT count(*) FROM version WHERE doc = ? AND shown", "i",
	    g->doc)))
		return err;
	if (count > (int64_t)AC_MAX_VERSIONS)
		return ac_fault(f, AC_ELIMIT, "%s/%s has too many versions", g->type, g->rid);
	g->nodes = ac_arena_get(a, (size_t)(count + 1) * sizeof *g->nodes);
	g->versions = ac_arena_get(a, (size_t)(count + 1) * sizeof *g->versions);
	*places = ac_arena_get(a, (size_t)(count + 1) * sizeof **places);
	if (!g->nodes || !g->versions || !*places)
		return AC_ENOMEM;
	q = ac_index_query(s->home->index, "SELECT v.vid, v.chain, v.seq, v.n, v.guest, c.branch FROM version v JOIN chain c"
		" ON c.id = v.chain WHERE v.doc = ? AND v.shown ORDER BY v.id", "i", g->doc);
	while (ac_rows_next(&q) && g->n < count) {
		node = &g->nodes[g->n];
		p = &(*places)[g->n++];
		if ((b = ac_rows_blob(&q, 0, &n)) && n == 32)
			memcpy(node->id, b, 32);
		p->chain = ac_rows_int(&q, 1);
		p->seq = (uint32_t)ac_rows_int(&q, 2);
		p->n = (uint32_t)ac_rows_int(&q, 3);
		p->guest = ac_rows_int(&q, 4) != 0;
		if ((b = ac_rows_blob(&q, 5, &n)) && n == 16)
			memcpy(p->branch, b, 16);
	}
	return ac_rows_end(&q, f);
}

static uint32_t
node_of(const struct ac_graph *g, const uint32_t *sorted, const unsigned char *vid)
{
	uint32_t lo = 0, hi = g->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = memcmp(g->nodes[sorted[mid]].id, vid, 32);

		if (!c)
			return sorted[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return UINT32_MAX;
}

static const struct ac_node *sort_nodes; /* qsort has no context; one thread per home */

static int
by_id(const void *a, const void *b)
{
	return memcmp(sort_nodes[*(const uint32_t *)a].id, sort_nodes[*(const uint32_t *)b].id, 32);
}

/* For finding what a version without its parents had seen. */
struct seeing {
	struct ac_graph *g;
	const struct place *places;
	struct ac_space *s;
	uint32_t *kin;       /* of each node the first in the same chain */
	int64_t *upto;       /* of that one: the last number that the version in hand had seen of its chain */
	uint32_t *asked;     /* for which version that was asked; g->n: none yet */
	uint32_t *list;      /* room for all nodes, twice */
	unsigned char *mark;
};

/* Up to which number had the version's segment seen the chain of node i? -1: nothing of it. */
static enum ac_err
seen_of(int64_t *out, struct seeing *w, uint32_t v, uint32_t i, struct ac_fault *f)
{
	const struct place *at = &w->places[v];
	uint32_t k = w->kin[i];
	enum ac_err err = AC_OK;

	if (w->asked[k] != v) {
		err = ac_index_int(&w->upto[k], w->s->home->index, f, "SELECT max(oseq) FROM seen WHERE chain = ? AND other = ?"
			" AND seq <= ? HAVING max(oseq) IS NOT NULL", "ibi", at->chain, w->places[i].branch, (size_t)16,
			(int64_t)at->seq);
		if (err == AC_ENOTFOUND) {
			w->upto[k] = -1;
			err = AC_OK;
		}
		w->asked[k] = v;
	}
	*out = w->upto[k];
	return err;
}

/* Everything of this document that the version's segment had seen. */
static enum ac_err
implied(uint32_t *n, struct seeing *w, uint32_t v, struct ac_fault *f)
{
	const struct place *at = &w->places[v], *p;
	int64_t seen;
	enum ac_err err;
	uint32_t i;

	*n = 0;
	for (i = 0; i < w->g->n; i++) {
		p = &w->places[i];
		if (i == v)
			continue;
		if (p->chain == at->chain)
			seen = (int64_t)at->seq - (p->n < at->n ? 0 : 1);
		else if ((err = seen_of(&seen, w, v, i, f)))
			return err;
		if ((int64_t)p->seq <= seen)
			w->list[(*n)++] = i;
	}
	return AC_OK;
}

/* Does a way along parents lead from one node to another? What is added to the parents
 * that versions name must never close a circle, whatever times and heads a hostile writer
 * made up. `seen`: n flags, zero but for nodes from which no way leads there. */
static bool
reaches(const struct ac_graph *g, uint32_t from, uint32_t to, unsigned char *seen, uint32_t *stack)
{
	uint32_t n = 0, j, at;

	if (seen[from])
		return false;
	stack[n++] = from;
	seen[from] = 1;
	while (n) {
		at = stack[--n];
		if (at == to)
			return true;
		for (j = 0; j < g->nodes[at].nparents; j++)
			if (!seen[g->nodes[at].parents[j]]) {
				seen[g->nodes[at].parents[j]] = 1;
				stack[n++] = g->nodes[at].parents[j];
			}
	}
	return false;
}

/* The version gets what it had seen for parents: of all that only what is no parent of
 * another of them, which says the same. */
static enum ac_err
imply(struct seeing *w, struct ac_arena *a, uint32_t v, struct ac_fault *f)
{
	struct ac_graph *g = w->g;
	uint32_t i, j, n, kept = 0, *list = w->list, *parents;
	enum ac_err err = implied(&n, w, v, f);

	if (err)
		return err;
	memset(w->mark, 0, g->n);
	for (i = 0; i < n; i++)
		if (!reaches(g, list[i], v, w->mark, list + g->n))
			list[kept++] = list[i];
		else
			memset(w->mark, 0, g->n);
	memset(w->mark, 0, g->n);
	for (i = 0; i < kept; i++)
		for (j = 0; j < g->nodes[list[i]].nparents; j++)
			w->mark[g->nodes[list[i]].parents[j]] = 1;
	for (i = 0, n = kept, kept = 0; i < n; i++)
		if (!w->mark[list[i]])
			list[kept++] = list[i];
	if (!(parents = ac_arena_get(a, (kept + 1) * sizeof *parents)))
		return AC_ENOMEM;
	memcpy(parents, list, kept * sizeof *parents);
	g->nodes[v].parents = parents;
	g->nodes[v].nparents = kept;
	return AC_OK;
}

static enum ac_err
imply_all(struct ac_graph *g, const struct place *places, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct seeing w = { .g = g, .places = places, .s = s };
	uint32_t i, j;
	enum ac_err err = AC_OK;

	for (i = 0; i < g->n && !g->nodes[i].incomplete; i++)
		;
	if (i == g->n)
		return AC_OK;
	w.kin = ac_arena_get(a, g->n * sizeof *w.kin);
	w.upto = ac_arena_get(a, g->n * sizeof *w.upto);
	w.asked = ac_arena_get(a, g->n * sizeof *w.asked);
	w.list = ac_arena_get(a, (size_t)g->n * 2 * sizeof *w.list);
	w.mark = ac_arena_get(a, g->n);
	if (!w.kin || !w.upto || !w.asked || !w.list || !w.mark)
		return AC_ENOMEM;
	for (i = 0; i < g->n; i++) {
		for (j = 0; j < i && (w.kin[j] != j || places[j].chain != places[i].chain); j++)
			;
		w.kin[i] = j;
		w.asked[i] = g->n;
	}
	for (i = 0; i < g->n && !err; i++)
		if (g->nodes[i].incomplete)
			err = imply(&w, a, i, f);
	return err;
}

static enum ac_err
link_nodes(struct ac_graph *g, struct place *places, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	uint32_t *sorted = ac_arena_get(a, (g->n + 1) * sizeof *sorted), *parents, i, j, at;
	const struct ac_version *v;

	if (!sorted)
		return AC_ENOMEM;
	for (i = 0; i < g->n; i++)
		sorted[i] = i;
	sort_nodes = g->nodes;
	qsort(sorted, g->n, sizeof *sorted, by_id);
	for (i = 0; i < g->n; i++) {
		v = &g->versions[i];
		if (!(parents = ac_arena_get(a, (v->parents->n + 1) * sizeof *parents)))
			return AC_ENOMEM;
		for (j = 0; j < v->parents->n; j++) {
			if ((at = node_of(g, sorted, v->parents->items[j].bin)) == UINT32_MAX) {
				g->nodes[i].incomplete = true;
				break;
			}
			parents[g->nodes[i].nparents++] = at;
		}
		if (g->nodes[i].incomplete)
			g->nodes[i].nparents = 0;
		g->nodes[i].parents = parents;
	}
	return imply_all(g, places, a, s, f);
}

static int
by_time(const void *a, const void *b)
{
	const struct ac_node *v = &sort_nodes[*(const uint32_t *)a], *w = &sort_nodes[*(const uint32_t *)b];

	if (v->time != w->time)
		return v->time < w->time ? -1 : 1;
	return memcmp(v->id, w->id, 32);
}

/* Is no version older than one it came from? Then no way leads from an older to a later. */
static bool
in_order(const struct ac_graph *g)
{
	uint32_t i, j;

	for (i = 0; i < g->n; i++)
		for (j = 0; j < g->nodes[i].nparents; j++)
			if (g->nodes[g->nodes[i].parents[j]].time > g->nodes[i].time)
				return false;
	return true;
}

static enum ac_err
add_parent(struct ac_node *node, struct ac_arena *a, uint32_t parent)
{
	uint32_t *parents = ac_arena_get(a, (node->nparents + (size_t)1) * sizeof *parents);

	if (!parents)
		return AC_ENOMEM;
	if (node->nparents)
		memcpy(parents, node->parents, node->nparents * sizeof *parents);
	parents[node->nparents++] = parent;
	node->parents = parents;
	return AC_OK;
}

/* Two devices may import an earlier and a later export of one source apart: the server's
 * own order (meta.lastUpdated) says which came first, so the later descends from the
 * newest of the earlier ones. */
static enum ac_err
order_imports(struct ac_graph *g, struct ac_arena *a)
{
	uint32_t *list = ac_arena_get(a, (g->n + 1) * sizeof *list), *stack = ac_arena_get(a, (g->n + 1) * sizeof *stack);
	uint32_t i, j, n = 0, before = UINT32_MAX, at;
	unsigned char *seen = ac_arena_get(a, g->n + 1);
	bool ordered = in_order(g), has;
	enum ac_err err;

	if (!list || !stack || !seen)
		return AC_ENOMEM;
	for (i = 0; i < g->n; i++)
		if (g->nodes[i].op == AC_OP_IMPORT && !g->versions[i].member && g->nodes[i].time)
			list[n++] = i;
	sort_nodes = g->nodes;
	qsort(list, n, sizeof *list, by_time);
	for (i = 1; i < n; i++) {
		at = list[i];
		if (g->nodes[list[i - 1]].time < g->nodes[at].time)
			before = list[i - 1];
		for (j = 0, has = before == UINT32_MAX; j < g->nodes[at].nparents && !has; j++)
			has = g->nodes[at].parents[j] == before;
		if (!has && !ordered)
			memset(seen, 0, g->n);
		if (!has && (ordered || !reaches(g, before, at, seen, stack)) && (err = add_parent(&g->nodes[at], a, before)))
			return err;
	}
	return AC_OK;
}

/* Equal authors get equal numbers. */
static void
number_authors(struct ac_graph *g)
{
	uint32_t i, j;

	for (i = 0; i < g->n; i++) {
		const unsigned char *m = g->versions[i].member;

		g->nodes[i].author = i;
		for (j = 0; j < i; j++) {
			const unsigned char *o = g->versions[j].member;

			if (g->nodes[j].author == j && (m && o ? !memcmp(m, o, 8) : m == o)) {
				g->nodes[i].author = j;
				break;
			}
		}
	}
}

/* Only an owner settles: what another member calls so is an edit. */
static enum ac_op
op_of(const struct ac_space *s, const struct ac_version *v)
{
	const struct ac_member *m = v->member ? ac_members_find(&s->members, v->member) : NULL;

	return v->op == AC_OP_RESOLVE && m && m->role != AC_OWNER ? AC_OP_EDIT : v->op;
}

enum ac_err
ac_docs_graph(struct ac_graph *out, struct ac_arena *a, struct ac_space *s, int64_t doc, struct ac_fault *f)
{
	struct ac_graph g = { .doc = doc };
	struct place *places = NULL;
	struct ac_rows q = ac_index_query(s->home->index, "SELECT type, source, rid FROM doc WHERE id = ?", "i", doc);
	enum ac_err err;
	uint32_t i;

	if (ac_rows_next(&q)) {
		snprintf(g.type, sizeof g.type, "%s", ac_rows_text(&q, 0));
		snprintf(g.source, sizeof g.source, "%s", ac_rows_text(&q, 1));
		snprintf(g.rid, sizeof g.rid, "%s", ac_rows_text(&q, 2));
	}
	if ((err = ac_rows_end(&q, f)) || (err = read_nodes(&g, &places, a, s, f)))
		return err;
	for (i = 0; i < g.n; i++) {
		if ((err = ac_docs_version(&g.versions[i], a, s, places[i].chain, places[i].seq, places[i].n, f)))
			return err;
		g.nodes[i].time = g.versions[i].time;
		g.nodes[i].op = op_of(s, &g.versions[i]);
		g.nodes[i].body = g.versions[i].body;
		g.nodes[i].guest = places[i].guest;
	}
	number_authors(&g);
	if ((err = link_nodes(&g, places, a, s, f)) || (err = order_imports(&g, a)) || (err = ac_view_make(&g.view, a, g.type, g.nodes, g.n, f)))
		return err;
	*out = g;
	return AC_OK;
}

static enum ac_err
row_of(struct row *r, struct ac_arena *a, const struct ac_graph *g)
{
	const struct ac_view *v = &g->view;
	uint32_t i, newest = 0;

	*r = (struct row){ .doc = g->doc, .type = g->type, .body = v->body, .nheads = v->nheads };
	if (!(r->heads = ac_arena_get(a, (size_t)(v->nheads + 1) * 32)))
		return AC_ENOMEM;
	for (i = 0; i < v->nheads; i++) {
		memcpy(r->heads + (size_t)i * 32, g->nodes[v->heads[i]].id, 32);
		if (g->nodes[v->heads[i]].time >= g->nodes[v->heads[newest]].time)
			newest = i;
	}
	for (i = 0; i < v->ndisputes; i++)
		if (v->disputes[i].proposal)
			r->proposals++;
		else
			r->conflicts++;
	r->flags = (v->conflict ? AC_DOC_CONFLICT : 0) | (v->safety ? AC_DOC_SAFETY : 0)
	    | (v->incomplete ? AC_DOC_INCOMPLETE : 0) | (r->proposals ? AC_DOC_PROPOSAL : 0);
	if (v->nheads) {
		r->time = g->nodes[v->heads[newest]].time;
		r->author = g->versions[v->heads[newest]].member;
		r->url = g->versions[v->heads[newest]].url;
	}
	return AC_OK;
}

enum ac_err
ac_docs_view(struct ac_space *s, int64_t doc, bool *disputed, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_graph g;
	struct row r;
	int64_t had = 0;
	enum ac_err err;

	*disputed = false;
	if ((err = ac_index_int(&had, s->home->index, f, "SELECT conflicts + proposals FROM doc WHERE id = ?", "i", doc)))
		return err;
	if ((err = ac_docs_graph(&g, &a, s, doc, f)))
		goto out;
	if (!g.n) { /* all that was known of it stands past a removed member's cut */
		err = ac_index_run(s->home->index, f, "UPDATE doc SET flags = ?, heads = x'', body = NULL, conflicts = 0,"
			" proposals = 0 WHERE id = ?", "ii", (int64_t)AC_DOC_DELETED, doc);
		goto out;
	}
	if ((err = row_of(&r, &a, &g)))
		goto out;
	*disputed = r.conflicts + r.proposals > had;
	err = put_row(s, &r, false, f);
out:
	ac_arena_free(&a);
	return err;
}

/* ----------------------------------------------------------- removed members */

/* Had the segment `seq` of this branch seen the removal that made a cut? */
static bool
had_seen(struct ac_space *s, const struct ac_cut *cut, const unsigned char *branch, int64_t seq)
{
	int64_t saw = -1;

	if (!memcmp(branch, cut->by_branch, 16))
		return seq >= (int64_t)cut->by_seq;
	return !ac_index_int(&saw, s->home->index, NULL, "SELECT max(e.oseq) FROM seen e JOIN chain c ON c.id = e.chain WHERE"
	    " c.space = ? AND c.branch = ? AND e.other = ? AND e.seq <= ? HAVING max(e.oseq) IS NOT NULL", "ibbi", s->id,
	    branch, (size_t)16, cut->by_branch, (size_t)16, seq) && saw >= (int64_t)cut->by_seq;
}

/* Has an owner, who had not seen the removal, named this segment as seen? */
static bool
adopted(struct ac_space *s, const struct ac_cut *cut, const unsigned char *branch, int64_t seq)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT c.writer, e.seq, c.branch FROM seen e JOIN chain c"
		" ON c.id = e.chain WHERE c.space = ? AND e.other = ? AND e.oseq >= ?", "ibi", s->id, branch,
		(size_t)16, seq);
	const struct ac_member *m;
	bool yes = false;
	const void *p;
	size_t n;

	while (!yes && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 8 || !(m = ac_members_find(&s->members, p))
		    || m->role != AC_OWNER || m->removed)
			continue;
		yes = (p = ac_rows_blob(&q, 2, &n)) && n == 16 && !had_seen(s, cut, p, ac_rows_int(&q, 1));
	}
	return ac_rows_end(&q, NULL) == AC_OK && yes;
}

/* Does what stands at this place count? Not what a member wrote whose admission was voided. */
static bool
should_show(struct ac_space *s, const unsigned char writer[static 8], const unsigned char *branch, int64_t seq)
{
	const struct ac_member *m = ac_members_find(&s->members, writer);
	size_t i;

	if (!m || m->suspended)
		return false;
	if (!ac_members_cut(&s->members, m->id, branch, (uint32_t)seq))
		return true;
	/* one of two who came by one invite was never believed, so it was never named in good faith */
	for (i = 0; i < s->members.ncuts && !m->reused; i++)
		if (!memcmp(s->members.cuts[i].member, m->id, 8) && adopted(s, &s->members.cuts[i], branch, seq))
			return true;
	return false;
}

/* A relayed segment counts while its writer does. Of a removed one it is like a segment
 * past the cut: an owner who had not seen the removal must have carried it. */
static bool
relay_counts(struct ac_space *s, const unsigned char writer[static 8], const unsigned char carrier[static 8],
	const unsigned char branch[static 16], int64_t seq)
{
	const struct ac_member *m = ac_members_find(&s->members, writer), *by = ac_members_find(&s->members, carrier);
	size_t i;

	if (!m || m->suspended)
		return false;
	if (!m->removed)
		return true;
	if (!by || by->role != AC_OWNER || by->removed || by->suspended || m->reused)
		return false;
	for (i = 0; i < s->members.ncuts; i++)
		if (!memcmp(s->members.cuts[i].member, m->id, 8) && !had_seen(s, &s->members.cuts[i], branch, seq))
			return true;
	return false;
}

/* Does what stands at this place count, in its writer's chain or carried in another's? */
static bool
place_counts(struct ac_space *s, int64_t chain, const unsigned char writer[static 8], const unsigned char branch[static 16],
	int64_t seq)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT writer FROM arm WHERE chain = ? AND rseq = ? AND writer IS NOT"
		" NULL", "ii", chain, seq);
	bool relayed, counts = false;
	const void *p;
	size_t n;

	if ((relayed = ac_rows_next(&q)))
		counts = (p = ac_rows_blob(&q, 0, &n)) && n == 8 && relay_counts(s, p, writer, branch, seq);
	if (ac_rows_end(&q, NULL))
		return false;
	return relayed ? counts : should_show(s, writer, branch, seq);
}

/* The same version may stand in a chain that counts: two devices imported one file. */
static enum ac_err
shown_elsewhere(bool *out, struct ac_space *s, int64_t version, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT c.writer, c.branch, a.seq, a.chain FROM also a JOIN chain c"
		" ON c.id = a.chain WHERE a.version = ?", "i", version);
	const void *w, *b;
	size_t nw, nb;

	*out = false;
	while (!*out && ac_rows_next(&q)) {
		w = ac_rows_blob(&q, 0, &nw);
		b = ac_rows_blob(&q, 1, &nb);
		*out = w && b && nw == 8 && nb == 16 && place_counts(s, ac_rows_int(&q, 3), w, b, ac_rows_int(&q, 2));
	}
	return ac_rows_end(&q, f);
}

struct cutting {
	struct ac_space *s;
	enum ac_err (*touch)(void *ctx, int64_t doc);
	void *ctx;
	struct ac_fault *f;
};

/* The versions of one segment, or (hidden) only those of a chain that are hidden. */
static enum ac_err
judge_versions(struct cutting *c, int64_t chain, int64_t seq, bool counts, bool hidden)
{
	struct ac_rows q = hidden ? ac_index_query(c->s->home->index, "SELECT id, doc, shown FROM version WHERE chain = ?1"
		" AND shown = 0 AND seq NOT IN (SELECT rseq FROM arm WHERE chain = ?1)", "i", chain)
	    : ac_index_query(c->s->home->index, "SELECT id, doc, shown FROM version WHERE chain = ? AND seq = ?", "ii", chain,
		seq);
	enum ac_err err = AC_OK;
	bool show;

	while (!err && ac_rows_next(&q)) {
		show = counts;
		if (!show && (err = shown_elsewhere(&show, c->s, ac_rows_int(&q, 0), c->f)))
			break;
		if (show == (ac_rows_int(&q, 2) != 0))
			continue;
		if (!(err = ac_index_run(c->s->home->index, c->f, "UPDATE version SET shown = ? WHERE id = ?", "ii",
		    (int64_t)show, ac_rows_int(&q, 0))))
			err = c->touch(c->ctx, ac_rows_int(&q, 1));
	}
	return ac_rows_end(&q, c->f) ? q.err : err;
}

static enum ac_err
judge_chain(struct cutting *c, int64_t chain, const unsigned char branch[static 16], const unsigned char writer[static 8])
{
	const struct ac_member *m = ac_members_find(&c->s->members, writer);
	bool whole = m && !m->removed && !m->suspended;
	enum ac_err err = AC_OK;
	struct ac_rows q;

	if (whole && (err = judge_versions(c, chain, 0, true, true)))
		return err;
	q = whole ? ac_index_query(c->s->home->index, "SELECT rseq FROM arm WHERE chain = ?", "i", chain)
	    : ac_index_query(c->s->home->index, "SELECT DISTINCT seq FROM version WHERE chain = ?", "i", chain);
	while (!err && ac_rows_next(&q))
		err = judge_versions(c, chain, ac_rows_int(&q, 0),
			place_counts(c->s, chain, writer, branch, ac_rows_int(&q, 0)), false);
	return ac_rows_end(&q, c->f) ? q.err : err;
}

enum ac_err
ac_docs_cuts(struct ac_space *s, enum ac_err (*touch)(void *ctx, int64_t doc), void *ctx, struct ac_fault *f)
{
	struct cutting c = { s, touch, ctx, f };
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id, branch, writer FROM chain WHERE space = ?", "i", s->id);
	enum ac_err err = AC_OK;
	const void *b, *w;
	size_t nb, nw;

	while (!err && ac_rows_next(&q)) {
		b = ac_rows_blob(&q, 1, &nb);
		w = ac_rows_blob(&q, 2, &nw);
		if (b && w && nb == 16 && nw == 8)
			err = judge_chain(&c, ac_rows_int(&q, 0), b, w);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}
