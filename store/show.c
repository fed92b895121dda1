/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "schema/faults.h"
#include "store/home.h"
#include "store/query.h"

static const char *
keep(struct ac_arena *a, const char *s)
{
	return ac_arena_text(a, s, strlen(s));
}

static const unsigned char *
keep_blob(struct ac_arena *a, struct ac_rows *q, int col, size_t *n)
{
	const void *p = ac_rows_blob(q, col, n);
	unsigned char *copy = p ? ac_arena_get(a, *n) : NULL;

	if (copy)
		memcpy(copy, p, *n);
	else
		*n = 0;
	return copy;
}

enum ac_err
ac_query_doc(struct ac_doc_row *out, struct ac_arena *a, struct ac_space *s, int64_t doc, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT type, rid, source, flags, conflicts, proposals, heads, time,"
		" author, body, omitted, omits FROM doc WHERE id = ?", "i", doc);
	struct ac_doc_row r = { .doc = doc };
	enum ac_err err = AC_OK;
	const void *p;
	size_t n;

	if (ac_rows_next(&q)) {
		r.type = keep(a, ac_rows_text(&q, 0));
		r.id = keep(a, ac_rows_text(&q, 1));
		r.source = keep(a, ac_rows_text(&q, 2));
		r.flags = ac_rows_int(&q, 3);
		r.conflicts = ac_rows_int(&q, 4);
		r.proposals = ac_rows_int(&q, 5);
		r.heads = keep_blob(a, &q, 6, &n);
		r.nheads = n / 32;
		r.time = (uint64_t)ac_rows_int(&q, 7);
		r.author = keep_blob(a, &q, 8, &n);
		if ((p = ac_rows_blob(&q, 9, &n)))
			err = ac_mp_read(&r.body, a, p, n, f);
		r.omitted = (uint64_t)ac_rows_int(&q, 10);
		r.omits = keep_blob(a, &q, 11, &n);
	}
	if (ac_rows_end(&q, f))
		return q.err;
	if (err || (err = ac_query_ref_of(r.ref, s, doc, f)))
		return err;
	*out = r;
	return AC_OK;
}

enum ac_err
ac_query_body(struct ac_version *out, struct ac_arena *a, struct ac_space *s, int64_t doc,
	const unsigned char vid[static 32], struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT chain, seq, n FROM version WHERE doc = ? AND vid = ?", "ib",
		doc, vid, (size_t)32);
	int64_t chain = 0;
	uint32_t seq = 0, n = 0;
	bool got;

	if ((got = ac_rows_next(&q))) {
		chain = ac_rows_int(&q, 0);
		seq = (uint32_t)ac_rows_int(&q, 1);
		n = (uint32_t)ac_rows_int(&q, 2);
	}
	if (ac_rows_end(&q, f))
		return q.err;
	if (!got)
		return ac_fault(f, AC_ENOTFOUND, "a version is not here");
	return ac_docs_version(out, a, s, chain, seq, n, f);
}

/* Kept unshown because its writer was removed before others had seen it? */
static bool
is_late(const struct ac_space *s, bool shown, const void *writer, size_t n)
{
	const struct ac_member *m = !shown && writer && n == 8 ? ac_members_find(&s->members, writer) : NULL;

	return m && m->removed;
}

enum ac_err
ac_query_late(bool *late, struct ac_space *s, int64_t doc, const unsigned char *vid, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT DISTINCT c.writer FROM version v JOIN chain c ON c.id = v.chain"
		" WHERE v.doc = ?1 AND (?2 IS NULL OR v.vid = ?2) AND NOT v.shown", "ib", doc, vid, (size_t)32);
	const void *p;
	size_t n;

	*late = false;
	while (!*late && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		*late = is_late(s, false, p, n);
	}
	return ac_rows_end(&q, f);
}

static const char *
hex(struct ac_arena *a, const unsigned char *vid)
{
	char *p = ac_arena_get(a, 65);

	if (p)
		ac_crypto_hex(p, vid, 32);
	return p;
}

static enum ac_err
parents_of(struct ac_shown *out, struct ac_arena *a, const struct ac_val *parents)
{
	const char **list = ac_arena_get(a, (parents->n + 1) * sizeof *list);
	uint32_t i;

	if (!list)
		return AC_ENOMEM;
	for (i = 0; i < parents->n; i++)
		if (!(list[i] = hex(a, parents->items[i].bin)))
			return AC_ENOMEM;
	out->parents = list;
	out->nparents = parents->n;
	return AC_OK;
}

/* From the index: the segment that holds the version may be a whole import. */
static enum ac_err
parents_of_head(struct ac_shown *out, struct ac_arena *a, struct ac_space *s, const struct ac_doc_row *r,
	struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT parents FROM version WHERE doc = ? AND vid = ?", "ib", r->doc,
		r->heads, (size_t)32);
	struct ac_val *list = NULL;
	const unsigned char *p;
	size_t n = 0, i;

	if (ac_rows_next(&q)) {
		p = keep_blob(a, &q, 0, &n);
		list = ac_entry_list(a, n / 32);
		for (i = 0; list && i < n / 32; i++)
			*ac_entry_at(list, i) = ac_val_bytes(p + i * 32, 32);
	}
	if (ac_rows_end(&q, f))
		return q.err;
	return list ? parents_of(out, a, list) : ac_fault(f, AC_EINTERNAL, "a head is not in the index; run verify");
}

static enum ac_err
show_version(struct ac_shown *out, struct ac_arena *a, struct ac_space *s, const struct ac_doc_row *r,
	const unsigned char vid[static 32], struct ac_fault *f)
{
	struct ac_version v = { 0 };
	enum ac_err err;

	if ((err = ac_query_body(&v, a, s, r->doc, vid, f)) || (err = ac_query_late(&out->late, s, r->doc, vid, f)))
		return err;
	/* who wrote it keeps what it wrote */
	if (out->late && ac_space_role(s) != AC_OWNER && (!v.member || memcmp(v.member, s->me, 8)))
		return ac_fault(f, AC_EREFUSED, "only an owner's device shows what a removed device wrote after its removal");
	out->version = hex(a, vid);
	out->time = (int64_t)(v.time >> 16);
	ac_author_name(&out->author, &out->device, a, s, v.member, v.source);
	out->body = out->merged = v.body;
	out->deleted = !v.body;
	return parents_of(out, a, v.parents);
}

static enum ac_err
show_sides(struct ac_shown *out, struct ac_arena *a, struct ac_space *s, const struct ac_doc_row *r,
	struct ac_fault *f)
{
	struct ac_shown_side *sides = ac_arena_get(a, (r->nheads + 1) * sizeof *sides);
	struct ac_version v;
	enum ac_err err;
	size_t i;

	if (!sides)
		return AC_ENOMEM;
	for (i = 0; i < r->nheads; i++) {
		if ((err = ac_query_body(&v, a, s, r->doc, r->heads + i * 32, f)))
			return err;
		sides[i].version = hex(a, r->heads + i * 32);
		sides[i].time = (int64_t)(v.time >> 16);
		sides[i].body = v.body;
		ac_author_name(&sides[i].author, &sides[i].device, a, s, v.member, v.source);
	}
	out->sides = sides;
	out->nsides = r->nheads;
	return AC_OK;
}

/* A document without any version that counts. */
static enum ac_err
nothing(const struct ac_doc_row *r, struct ac_space *s, struct ac_fault *f)
{
	bool late;
	enum ac_err err = ac_query_late(&late, s, r->doc, NULL, f);

	if (err)
		return err;
	if (late && ac_space_role(s) == AC_OWNER)
		return ac_fault(f, AC_ENOTFOUND, "%s is no part of the record: a device wrote it after it was removed; history shows it,"
			" and revert adopts a version", r->ref);
	return ac_fault(f, AC_ENOTFOUND, "there is no document %.200s; list shows what there is", r->ref);
}

static enum ac_err
gone(const struct ac_shown *sh, struct ac_fault *f)
{
	char when[32];

	ac_time_write(when, sh->time);
	return ac_fault(f, AC_ENOTFOUND, "%s was deleted on %.10s by %s; history shows its versions, and revert brings one back",
		sh->ref, when, sh->author);
}

static void
author_of(struct ac_author_info *out, struct ac_arena *a, struct ac_space *s, const struct ac_doc_row *r)
{
	static const unsigned char nobody[8];

	ac_author_name(&out->author, &out->device, a, s, r->omits && memcmp(r->omits, nobody, 8) ? r->omits : NULL, r->source);
}

enum ac_err
ac_overfull(struct ac_space *s, int (*each)(void *ctx, const struct ac_overfull *o), void *ctx, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id FROM doc INDEXED BY doc_flags WHERE space = ? AND flags != 0 AND (flags & 128) != 0"
		" AND (flags & 72) = 0 ORDER BY type, rid, source", "i", s->id);
	enum ac_err err = AC_OK;
	bool stop = false;

	while (!err && !stop && ac_rows_next(&q)) {
		struct ac_arena a = { 0 };
		struct ac_doc_row r = { 0 };
		struct ac_overfull o;

		if (!(err = ac_query_doc(&r, &a, s, ac_rows_int(&q, 0), f))) {
			o = (struct ac_overfull){ .ref = r.ref, .omitted = r.omitted };
			author_of(&o.by, &a, s, &r);
			stop = each(ctx, &o) != 0;
		}
		ac_arena_free(&a);
	}
	return ac_rows_end(&q, err ? NULL : f) && !err ? q.err : err;
}

enum ac_err
ac_show(struct ac_shown *out, struct ac_arena *a, struct ac_space *s, const char *ref, const char *version,
	struct ac_fault *f)
{
	struct ac_shown sh = { 0 };
	struct ac_doc_row r;
	unsigned char vid[32];
	char full[AC_REF_MAX], *heads;
	enum ac_err err;
	int64_t doc;

	if ((err = ac_query_ref(full, &doc, s, ref, f)) || (err = ac_query_doc(&r, a, s, doc, f)))
		return err;
	if (ac_faults_named("AFTERCARE_UNREAD", r.ref))
		return ac_fault(f, AC_ECORRUPT, "%.200s is damaged", r.ref);
	sh.ref = keep(a, r.ref);
	sh.type = r.type;
	sh.flagged = r.flags & AC_DOC_FLAGGED;
	sh.incomplete = r.flags & AC_DOC_INCOMPLETE;
	if (version) {
		if ((err = ac_query_version(vid, s, doc, r.ref, version, f))
		    || (err = show_version(&sh, a, s, &r, vid, f)))
			return err;
		*out = sh;
		return AC_OK;
	}
	if (!r.nheads)
		return nothing(&r, s, f);
	if ((sh.omitted = r.omitted))
		author_of(&sh.omits, a, s, &r);
	sh.conflict = r.flags & AC_DOC_CONFLICT;
	sh.safety = r.flags & AC_DOC_SAFETY;
	sh.deleted = r.flags & AC_DOC_DELETED;
	if ((err = ac_query_heads(&heads, a, r.heads, r.nheads * 32)))
		return err;
	sh.version = heads;
	sh.time = (int64_t)(r.time >> 16);
	ac_author_name(&sh.author, &sh.device, a, s, r.author, r.source);
	if (r.nheads == 1 && (err = parents_of_head(&sh, a, s, &r, f)))
		return err;
	sh.merged = r.body;
	sh.body = sh.safety ? NULL : r.body;
	if (sh.safety && (err = show_sides(&sh, a, s, &r, f)))
		return err;
	if (sh.deleted && !sh.conflict)
		return gone(&sh, f);
	if (r.flags & AC_DOC_WITHDRAWN)
		return ac_withdrawn_say(s, doc, sh.ref, f);
	*out = sh;
	return AC_OK;
}

/* ----------------------------------------------------------------- history */

struct pasts {
	struct ac_space *s;
	int (*each)(void *ctx, const struct ac_past *p);
	void *ctx;
	bool late;                /* what came after a removal too */
	uint64_t left;            /* how many more are wanted */
};

static enum ac_err
past(struct ac_rows *q, struct pasts *h, struct ac_fault *f)
{
	struct ac_space *s = h->s;
	struct ac_arena a = { 0 };
	struct ac_past p = { 0 };
	char ref[AC_REF_MAX] = "";
	const unsigned char *vid, *parents, *member;
	const char **list;
	enum ac_err err;
	size_t n, np, nm, i;

	if (!ac_rows_int(q, 8)) {
		vid = ac_rows_blob(q, 9, &n);
		if (!h->late || !(p.late = is_late(s, false, vid, n)))
			return AC_OK;
	}
	if ((err = ac_query_ref_of(ref, s, ac_rows_int(q, 0), f)))
		goto out;
	vid = ac_rows_blob(q, 1, &n);
	parents = ac_rows_blob(q, 2, &np);
	member = ac_rows_blob(q, 4, &nm);
	err = AC_ENOMEM;
	if (!vid || n != 32 || !(list = ac_arena_get(&a, (np / 32 + 1) * sizeof *list)) || !(p.version = hex(&a, vid)))
		goto out;
	for (i = 0; i < np / 32; i++)
		if (!(list[i] = hex(&a, parents + i * 32)))
			goto out;
	p.ref = ref;
	p.parents = list;
	p.nparents = np / 32;
	p.time = ac_rows_int(q, 3) >> 16;
	ac_author_name(&p.author, &p.device, &a, s, nm == 8 ? member : NULL, ac_rows_text(q, 7));
	p.op = ac_op_name(ac_rows_int(q, 6) && s->kind == AC_SPACE_VAULT ? AC_OP_CONTRIBUTE : (enum ac_op)ac_rows_int(q, 5));
	h->left = h->each(h->ctx, &p) ? 0 : h->left - 1;
	err = AC_OK;
out:
	ac_arena_free(&a);
	return err;
}

#define PAST "SELECT v.doc, v.vid, v.parents, v.time, v.author, v.op, v.guest, d.source, v.shown, CASE WHEN v.shown THEN NULL" \
	" ELSE (SELECT writer FROM chain WHERE id = v.chain) END FROM version v JOIN doc d ON d.id = v.doc WHERE "

static enum ac_err
each_past(struct ac_rows q, struct pasts *h, struct ac_fault *f)
{
	enum ac_err err = AC_OK;

	while (!err && h->left && ac_rows_next(&q))
		err = past(&q, h, f);
	return ac_rows_end(&q, f) ? q.err : err;
}

enum ac_err
ac_history(struct ac_space *s, const char *ref, int (*each)(void *ctx, const struct ac_past *p), void *ctx,
	struct ac_fault *f)
{
	struct pasts h = { s, each, ctx, ac_space_role(s) == AC_OWNER, UINT64_MAX };
	char full[AC_REF_MAX];
	int64_t doc;
	enum ac_err err = ac_query_ref(full, &doc, s, ref, f);

	if (err)
		return err;
	return each_past(ac_index_query(s->home->index, PAST "v.doc = ? ORDER BY v.time DESC, v.id DESC", "i", doc), &h, f);
}

enum ac_err
ac_log(struct ac_space *s, uint64_t limit, int (*each)(void *ctx, const struct ac_past *p), void *ctx,
	struct ac_fault *f)
{
	struct pasts h = { s, each, ctx, false, limit ? limit : UINT64_MAX };

	return each_past(ac_index_query(s->home->index, PAST "v.shown AND d.space = ? ORDER BY v.time DESC, v.id DESC LIMIT ?",
		"ii", s->id, limit ? (int64_t)limit : (int64_t)-1), &h, f);
}

enum ac_err
ac_late(struct ac_space *s, uint64_t limit, int (*each)(void *ctx, const struct ac_past *p), void *ctx,
	struct ac_fault *f)
{
	struct pasts h = { s, each, ctx, true, limit ? limit : UINT64_MAX };

	if (ac_space_role(s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only an owner's device shows what a removed device wrote after its removal");
	return each_past(ac_index_query(s->home->index, PAST "v.shown = 0 AND d.space = ? ORDER BY v.time DESC, v.id DESC", "i",
		s->id), &h, f);
}

enum ac_err
ac_compare(const struct ac_change **out, size_t *n, struct ac_arena *a, struct ac_space *s, const char *ref,
	const char *v1, const char *v2, struct ac_fault *f)
{
	char full[AC_REF_MAX];
	unsigned char one[32], two[32];
	struct ac_version from, to;
	struct ac_doc_row r;
	int64_t doc;
	enum ac_err err;

	if ((err = ac_query_ref(full, &doc, s, ref, f)) || (err = ac_query_version(one, s, doc, full, v1, f))
	    || (err = ac_query_body(&from, a, s, doc, one, f)))
		return err;
	if (v2) {
		if ((err = ac_query_version(two, s, doc, full, v2, f)) || (err = ac_query_body(&to, a, s, doc, two, f)))
			return err;
	} else {
		if ((err = ac_query_doc(&r, a, s, doc, f)))
			return err;
		to.body = r.body;
	}
	return ac_diff(out, n, a, from.body, to.body);
}

/* --------------------------------------------------------------- conflicts */

/* Does every side have the same under this key of a group? */
static bool
agreed(const struct ac_dispute *d, const char *key)
{
	const struct ac_val *first = ac_val_get(d->sides[0].value, key), *v;
	uint32_t i;

	for (i = 1; i < d->nsides; i++) {
		v = ac_val_get(d->sides[i].value, key);
		if (v != first && (!v || !first || !ac_val_equal(v, first)))
			return false;
	}
	return true;
}

/* Of a group, a person is shown what differs: the value at the dispute's path where that
 * is all, else the elements that differ; NULL: this side has none of them. */
static const struct ac_val *
telling(struct ac_arena *a, const struct ac_dispute *d, const struct ac_val *value)
{
	const struct ac_val *out = value;
	uint32_t i;

	if (!value || value->kind != AC_MAP || !d->path[0] || !d->safety)
		return value;
	for (i = 0; i < d->nsides; i++) /* a group on every side, that names the path's element */
		if (d->sides[i].value && d->sides[i].value->kind != AC_MAP)
			return value;
	if (strpbrk(d->path, ".["))
		return value;
	for (i = 0; i < value->n && out; i++)
		if (agreed(d, value->pairs[i].key))
			out = ac_val_unset(a, out, value->pairs[i].key);
	if (out && out->n == 1 && !strcmp(out->pairs[0].key, d->path))
		return &out->pairs[0].val;
	return !out ? value : out->n ? out : NULL;
}

static const char *
subject(struct ac_arena *a, const struct ac_graph *g, const struct ac_dispute *d)
{
	const char *one = "", *s;
	uint32_t i;

	for (i = 0; i < d->nsides; i++) {
		if (!*(s = ac_doc_subject(a, g->nodes[d->sides[i].node].body)))
			continue;
		if (*one && strcmp(one, s))
			return "";
		one = s;
	}
	return one;
}

static enum ac_err
disputes(struct ac_space *s, int64_t doc, int (*each)(void *ctx, const struct ac_disputed *d), void *ctx, bool *stop,
	struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_disputed_side *sides;
	struct ac_disputed d;
	struct ac_graph g;
	char ref[AC_REF_MAX];
	enum ac_err err;
	uint32_t i, j;

	if ((err = ac_query_ref_of(ref, s, doc, f)) || (err = ac_docs_graph(&g, &a, s, doc, f)))
		goto out;
	for (i = 0; i < g.view.ndisputes && !*stop; i++) {
		const struct ac_dispute *in = &g.view.disputes[i];

		if (!(sides = ac_arena_get(&a, (in->nsides + 1) * sizeof *sides))) {
			err = AC_ENOMEM;
			goto out;
		}
		for (j = 0; j < in->nsides; j++) {
			const struct ac_node *node = &g.nodes[in->sides[j].node];

			sides[j].version = hex(&a, node->id);
			sides[j].time = (int64_t)(node->time >> 16);
			sides[j].value = telling(&a, in, in->sides[j].value);
			sides[j].whole = in->sides[j].value;
			sides[j].proposed = j >= in->naccepted;
			ac_author_name(&sides[j].author, &sides[j].device, &a, s, g.versions[in->sides[j].node].member,
				g.source);
		}
		d = (struct ac_disputed){ .ref = ref, .type = g.type, .path = in->path, .subject = subject(&a, &g, in),
			.proposal = in->proposal, .safety = in->safety, .fields = in->fields, .sides = sides,
			.nsides = in->nsides };
		*stop = each(ctx, &d) != 0;
	}
out:
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_conflicts(struct ac_space *s, const char *ref, int (*each)(void *ctx, const struct ac_disputed *d), void *ctx,
	struct ac_fault *f)
{
	char full[AC_REF_MAX];
	struct ac_rows q;
	bool stop = false;
	int64_t doc;
	enum ac_err err = AC_OK;

	if (ref)
		return (err = ac_query_ref(full, &doc, s, ref, f)) ? err : disputes(s, doc, each, ctx, &stop, f);
	q = ac_index_query(s->home->index, "SELECT id FROM doc INDEXED BY doc_flags WHERE space = ? AND flags != 0 AND (flags & 33) != 0 AND (flags & 64) = 0 ORDER BY type,"
		" rid, source", "i", s->id);
	while (!err && !stop && ac_rows_next(&q))
		err = disputes(s, ac_rows_int(&q, 0), each, ctx, &stop, f);
	return ac_rows_end(&q, f) ? q.err : err;
}

/* The rows that need a look are few: they have an index of their own. */
static enum ac_err
count_flagged(struct ac_counts *c, uint64_t *deleted, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT coalesce(sum((flags & 72) != 0), 0), coalesce(sum((conflicts +"
		" proposals) * ((flags & 64) = 0)), 0), coalesce(sum((flags & 76) = 4), 0) FROM doc INDEXED BY doc_flags WHERE space = ? AND flags != 0", "i", s->id);

	if (ac_rows_next(&q)) {
		*deleted = (uint64_t)ac_rows_int(&q, 0);
		c->conflicts = (uint64_t)ac_rows_int(&q, 1);
		c->flagged = (uint64_t)ac_rows_int(&q, 2);
	}
	return ac_rows_end(&q, f);
}

enum ac_err
ac_query_disputes(uint64_t *out, struct ac_space *s, struct ac_fault *f)
{
	struct ac_counts c = { 0 };
	uint64_t deleted;
	enum ac_err err = count_flagged(&c, &deleted, s, f);

	*out = c.conflicts;
	return err;
}

enum ac_err
ac_counts(struct ac_counts *out, struct ac_space *s, struct ac_fault *f)
{
	struct ac_counts c = { 0 };
	uint64_t deleted = 0;
	int64_t all = 0, versions = 0, shares = 0;
	struct ac_index *ix = s->home->index;
	enum ac_err err;
	size_t i;

	if ((err = count_flagged(&c, &deleted, s, f))
	    || (err = ac_index_int(&all, ix, f, "SELECT count(*) FROM doc WHERE space = ?", "i", s->id))
	    || (err = ac_index_int(&versions, ix, f, "SELECT count(*) FROM version WHERE shown AND chain IN (SELECT id FROM chain"
		" WHERE space = ?)", "i", s->id))
	    || (err = ac_index_int(&shares, ix, f, "SELECT count(*) FROM share WHERE space = ? AND closed = 0", "i", s->id)))
		return err;
	c.documents = (uint64_t)all - deleted;
	c.versions = (uint64_t)versions;
	c.shares = (uint64_t)shares;
	for (i = 0; i < s->members.n; i++)
		c.devices += !s->members.m[i].removed;
	*out = c;
	return AC_OK;
}
