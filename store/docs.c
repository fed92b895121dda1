/* SPDX-License-Identifier: ISC */
/*
 * Method: a version row says where its bytes stand (chain, number, place); a document
 * row holds the view. Where a new version's parents are all the heads of an
 * undisputed document, its body is the view; in every other case the graph is read
 * (docs_graph.c) and schema's ac_view_make decides.
 */
#include <string.h>

#include "store/docs_limit.h"
#include "store/home.h"

/* ------------------------------------------------------- names of imports */

enum ac_err
ac_docs_salt(unsigned char salt[static 16], struct ac_space *s, const struct ac_version *v)
{
	unsigned char id[32];

	return ac_docs_name(id, salt, NULL, s, v);
}

/* The salt comes out of what stands before it, so both are found in one pass. */
enum ac_err
ac_docs_name(unsigned char id[static 32], unsigned char salt[static 16], size_t *size, const struct ac_space *s,
	const struct ac_version *v)
{
	static const unsigned char zero[AC_ENTRY_SALT];
	struct ac_version bare = *v;
	struct ac_buf b = { .max = AC_ENTRY_NAMED_MAX };
	struct ac_hash before, all;
	enum ac_err err;

	bare.salt = zero;
	if ((err = ac_buf_room(&b, (v->facts ? v->facts->bytes.len : 0) + 1024)))
		goto out;
	if ((err = ac_entry_version_bytes(&b, &bare)))
		goto out;
	ac_crypto_hash_init(&before, 32, NULL, 0);
	ac_crypto_hash_add(&before, b.p, b.len - AC_ENTRY_SALT);
	all = before;
	ac_crypto_hash_end(&before, id, 32);
	ac_crypto_hash(salt, AC_ENTRY_SALT, id, 32, s->secret->import_key, 32);
	ac_crypto_hash_add(&all, salt, AC_ENTRY_SALT);
	ac_crypto_hash_end(&all, id, 32);
	if (size)
		*size = b.len;
out:
	ac_buf_free(&b);
	return err;
}

/* ------------------------------------------------------------------- rows */

struct row {
	int64_t doc;
	const char *type, *rid, *source; /* the latter two of a fresh one */
	const struct ac_val *body;     /* NULL: deleted, or in facts alone, which hold no attachments then */
	const struct ac_facts *facts;  /* of the body, where they are known; else NULL */
	unsigned char *heads;
	size_t nheads;
	int64_t flags, conflicts, proposals;
	uint64_t time;
	const unsigned char *author;   /* 8 bytes; NULL: an import */
	const char *url;
	int64_t weight, omitted;
	const unsigned char *omits;    /* 8 bytes; NULL: nobody's */
};

static bool
is_gone(const struct row *r)
{
	return !r->body && !r->facts;
}

static enum ac_err
put_words(struct ac_space *s, const struct row *r, const struct ac_facts *facts, bool fresh, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;

	if (is_gone(r))
		return AC_OK;
	if (fresh)
		return ac_index_run(ix, f, "INSERT INTO words(rowid, w) VALUES(?,?)", "it", r->doc,
			(const char *)facts->words.p);
	return ac_index_run(ix, f, "INSERT INTO words(rowid, w) SELECT wording << 32 | id, ? FROM doc WHERE id = ?", "ti",
		(const char *)facts->words.p, r->doc);
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
	if (is_gone(r))
		r->flags |= AC_DOC_DELETED;
	else if (facts->errors)
		r->flags |= AC_DOC_FLAGGED;
	if (fresh) {
		err = ac_index_run(ix, f, "INSERT INTO doc(space, source, type, rid, url, date, title, flags, heads,"
			" time, author, proposals, conflicts, body, weight) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "ittttttibibiibi",
			s->id, r->source, r->type, r->rid, r->url, facts->date, facts->title, r->flags, r->heads,
			r->nheads * 32, (int64_t)r->time, r->author, (size_t)8, r->proposals, r->conflicts,
			facts->bytes.p, facts->bytes.len, r->weight);
		r->doc = ac_index_last_id(ix);
		if (err)
			goto out;
	} else if ((err = ac_index_run(ix, f, "UPDATE doc SET date = ?, title = ?, flags = ?, heads = ?, time = ?,"
	    " author = ?, proposals = ?, conflicts = ?, body = ?, url = coalesce(?, url), wording = wording + 1,"
	    " weight = ?, omitted = ?, omits = ? WHERE id = ?", "ttibibiibtiibi",
	    facts->date, facts->title, r->flags, r->heads, r->nheads * 32, (int64_t)r->time, r->author, (size_t)8,
	    r->proposals, r->conflicts, facts->bytes.p, facts->bytes.len, r->url, r->weight, r->omitted,
	    r->omits, (size_t)8, r->doc)))
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
	int64_t doc, flags, weight;
	unsigned char heads[64 * 32];
	size_t nheads;
	bool known;
};

static enum ac_err
find_doc(struct standing *out, struct ac_space *s, const struct ac_version *v, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id, flags, heads, weight FROM doc WHERE "
		"space = ? AND type = ? AND rid = ? AND source = ?", "ittt", s->id, v->type, v->id, v->source);
	const void *p;
	size_t n;

	memset(out, 0, sizeof *out);
	if (ac_rows_next(&q)) {
		out->known = true;
		out->doc = ac_rows_int(&q, 0);
		out->flags = ac_rows_int(&q, 1);
		out->weight = ac_rows_int(&q, 3);
		p = ac_rows_blob(&q, 2, &n);
		if (p && n <= sizeof out->heads) {
			memcpy(out->heads, p, n);
			out->nheads = n / 32;
		} else
			out->flags |= AC_DOC_CONFLICT; /* too many to compare here: the slow way */
	}
	return ac_rows_end(&q, f);
}

/* Are the parents exactly the heads of a document that nobody disputes, not even in what is not
 * shown, and of which nothing is left out? */
static bool
continues(const struct standing *d, const struct ac_version *v, int64_t weight)
{
	uint32_t i;

	if (d->flags & (AC_DOC_CONFLICT | AC_DOC_PROPOSAL | AC_DOC_INCOMPLETE | AC_DOC_OVERFULL
	    | AC_DOC_HIDDEN) || d->nheads != v->parents->n || d->weight + weight > ac_docs_limit())
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
		" WHERE v.tag = ? AND v.vid = ? AND d.space = ?", "ibi", ac_index_tag(vid), vid, (size_t)32, s->id);

	*out = !err;
	return err == AC_ENOTFOUND ? ac_fault_past(f) : err;
}

static enum ac_err
put_version(struct ac_space *s, int64_t doc, const struct ac_version *v, const unsigned char vid[static 32],
	int64_t chain, uint32_t seq, uint32_t n, int guest, int64_t weight, struct ac_fault *f)
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
		err = ac_index_run(ix, f, "INSERT INTO version(doc, vid, tag, parents, time, author, op, guest, chain, seq, n,"
			" weight) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)", "ibibibiiiiii", doc, vid, (size_t)32, ac_index_tag(vid), parents.p, parents.len,
			(int64_t)v->time, v->member, (size_t)8, (int64_t)v->op, (int64_t)guest, chain, (int64_t)seq,
			(int64_t)n, weight);
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
	int64_t weight = ac_docs_limit_version(v);
	struct standing d = { 0 };
	bool there = false, direct;
	enum ac_err err;

	*fresh = false;
	*doc = 0;
	if (!v->first && ((err = has_version(&there, s, vid, f)) || (!there && (err = find_doc(&d, s, v, f)))))
		return err;
	if (there) /* it counts as long as one of its places does */
		return ac_index_run(ix, f, "INSERT OR IGNORE INTO also SELECT v.id, ?1, ?2, ?3 FROM version v JOIN doc d"
			" ON d.id = v.doc WHERE d.space = ?4 AND v.tag = ?5 AND v.vid = ?6 AND (v.chain, v.seq, v.n) != (?1, ?2, ?3)", "iiiiib",
			chain, (int64_t)seq, (int64_t)n, s->id, ac_index_tag(vid), vid, (size_t)32);
	*fresh = true;
	direct = d.known ? continues(&d, v, weight) && !guest : !v->parents->n;
	memcpy(head, vid, 32);
	r.doc = d.doc;
	r.weight = d.weight + weight;
	if (direct && (err = put_row(s, &r, !d.known, f)))
		return err;
	if (!direct && !d.known) {
		if ((err = ac_index_run(ix, f, "INSERT INTO doc(space, source, type, rid, url, date, title, flags, heads,"
		    " time, proposals, conflicts) VALUES(?,?,?,?,?,'','',0,x'',0,0,0)", "itttt", s->id, v->source, v->type,
		    v->id, v->url)))
			return err;
		r.doc = ac_index_last_id(ix);
	}
	if ((err = put_version(s, r.doc, v, vid, chain, seq, n, guest, weight, f)))
		return err;
	if (!direct)
		*doc = r.doc;
	if (v->unwanted)
		return AC_OK;
	return ac_index_run(ix, f, "DELETE FROM wanted WHERE space = ? AND vid = ?", "ib", s->id, vid, (size_t)32);
}

/* ------------------------------------------------------------------ views */

static enum ac_err
row_of(struct row *r, struct ac_arena *a, const struct ac_graph *g)
{
	const struct ac_view *v = &g->view;
	uint32_t i, newest = 0;

	*r = (struct row){ .doc = g->doc, .type = g->type, .body = v->body, .nheads = v->nheads, .weight = g->weight,
		.omitted = g->omitted, .omits = g->omitted ? g->omits : NULL };
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
	    | (v->incomplete ? AC_DOC_INCOMPLETE : 0) | (r->proposals ? AC_DOC_PROPOSAL : 0)
	    | (g->omitted ? AC_DOC_OVERFULL : 0) | (v->hidden ? AC_DOC_HIDDEN : 0);
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
			" proposals = 0, weight = 0, omitted = 0 WHERE id = ?", "ii", (int64_t)AC_DOC_DELETED, doc);
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
