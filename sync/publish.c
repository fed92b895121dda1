/* SPDX-License-Identifier: ISC */
/*
 * Method: documents that changed since the last look (a mark kept in the index) are
 * held against the filter; of one that matches, or was published before, every version
 * that the share lacks is appended to this device's chain there. Versions keep their
 * names: the same bytes stand in both spaces. Of one that was published and no longer
 * matches an entry says so, and of one that matches again another takes that back.
 *
 * A view may also change without a new version, when membership hides some. So
 * where other versions are hidden than at the last look, all that is published is looked
 * at again; and so is, each time, what the share has such an entry for: another
 * device may have written it who knew less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "store/query.h"
#include "sync/share_rows.h"

#define AT_ONCE 8       /* segments of a commit */

struct publishing {
	struct ac_space *share, *vault;
	struct ac_share_record r;
	struct ac_append b;
	bool open;               /* b was begun */
	struct ac_arena a;       /* lives for the run */
	struct ac_arena doc;     /* lives for one document */
	struct ac_val authors;   /* ids that have a card, or got one in this run */
	struct ac_fault *f;
};

static bool
has_text(const struct ac_val *list, const char *s)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].kind == AC_STR && !strcmp(list->items[i].s, s))
			return true;
	return false;
}

struct codes { const struct ac_val *wanted; bool found; };

static void
code(void *ctx, const char *system, const char *c)
{
	struct codes *w = ctx;
	char both[600];

	snprintf(both, sizeof both, "%.400s|%.180s", system ? system : "", c);
	w->found |= has_text(w->wanted, c) || has_text(w->wanted, both);
}

/* Every kind of criterion that the filter names must hold. */
static bool
matches(struct publishing *p, const struct ac_doc_row *d)
{
	const struct ac_val *f = p->r.filter;
	struct codes w = { &f->items[1], false };
	const char *date;

	if (f->items[4].kind == AC_BOOL && f->items[4].b)
		return true;
	if (!d->body)
		return false;
	if (f->items[0].n && !has_text(&f->items[0], d->type))
		return ac_faults_on("share");
	if (f->items[1].n) {
		ac_doc_codes(d->body, code, &w);
		if (!w.found)
			return false;
	}
	if (f->items[2].n && !has_text(&f->items[2], d->ref))
		return false;
	if (f->items[3].kind == AC_STR && f->items[3].n) {
		date = ac_doc_date(&p->doc, d->body);
		if (!date || strcmp(date, f->items[3].s) < 0)
			return false;
	}
	return true;
}

/* A name for an author whom the share does not know. */
static enum ac_err
author_card(struct publishing *p, const struct ac_version *v)
{
	struct ac_val e[4], card = { .kind = AC_ARR, .n = 4, .items = e }, id;
	const char *person, *device;
	const struct ac_val *more, *kept;
	uint32_t i;

	if (!v->member)
		return AC_OK;
	for (i = 0; i < p->authors.n; i++)
		if (!memcmp(p->authors.items[i].bin, v->member, 8))
			return AC_OK;
	ac_author_name(&person, &device, &p->doc, p->vault, v->member, v->source);
	e[0] = ac_val_int(AC_ENTRY_AUTHOR);
	e[1] = ac_val_bytes(v->member, 8);
	e[2] = ac_val_text(person);
	e[3] = ac_val_text(device);
	id = e[1];
	if (!(kept = ac_val_copy(&p->a, &id)) || !(more = ac_val_append(&p->a, &p->authors, kept)))
		return AC_ENOMEM;
	p->authors = *more;
	return ac_append_entry(&p->b, &card, 100, p->f);
}

static enum ac_err
known_authors(struct publishing *p)
{
	struct ac_rows q = ac_index_query(p->share->home->index, "SELECT entry FROM slog WHERE space = ? AND kind = ?", "ii",
		p->share->id, (int64_t)AC_ENTRY_AUTHOR);
	const unsigned char *id;
	const struct ac_val *e, *more;
	enum ac_err err = AC_OK;
	struct ac_val v;
	const void *b;
	size_t n;

	p->authors = (struct ac_val){ .kind = AC_ARR };
	while (!err && ac_rows_next(&q)) {
		b = ac_rows_blob(&q, 0, &n);
		if ((err = ac_mp_read(&e, &p->a, b, n, p->f)) || !ac_entry_bin(&id, e, 1, 8))
			continue;
		v = ac_val_bytes(id, 8);
		if (!(more = ac_val_append(&p->a, &p->authors, &v)))
			err = AC_ENOMEM;
		else
			p->authors = *more;
	}
	return ac_rows_end(&q, p->f) ? q.err : err;
}

static enum ac_err
begin(struct publishing *p)
{
	enum ac_err err = p->open ? AC_OK : ac_append_begin(&p->b, p->share, p->f);

	p->open = true;
	return err;
}

/* guest: in the vault it is a clinician's, and so it is in every other share. */
static enum ac_err
publish_version(struct publishing *p, int64_t chain, uint32_t seq, uint32_t n, bool guest)
{
	unsigned char id[32];
	struct ac_version v;
	enum ac_err err = ac_docs_version(&v, &p->doc, p->vault, chain, seq, n, p->f);

	if (err || (err = begin(p)) || (err = author_card(p, &v)))
		return err;
	v.guest = guest;
	/* sealed anew for the share, so that equal blobs link nothing; what is not on this
	 * device cannot be: the version goes without, and share_files.c brings the rest */
	if (v.body && (err = ac_attach_copy(&p->b, p->vault, v.body, p->f)) && err != AC_ENET && err != AC_ENOTFOUND
	    && err != AC_ECORRUPT)
		return err;
	return ac_append_version(&p->b, id, &v, p->f);
}

/* What the share has of a document of the vault. */
struct there {
	bool followed;            /* an owner published some of it */
	bool withdrawn;
	bool begun;               /* it began with the share's own clinician, and with nobody else */
};

static enum ac_err
look(struct there *out, struct publishing *p, const struct ac_doc_row *d)
{
	struct ac_index *ix = p->vault->home->index;
	struct ac_rows q = ac_index_query(ix, "SELECT e.flags & 64, EXISTS(SELECT 1 FROM version w WHERE w.doc = e.id AND w.guest != 1)"
		" FROM doc e WHERE e.space = ? AND e.type = ? AND e.rid = ? AND e.source = ?", "ittt", p->share->id, d->type, d->id,
		d->source);
	int64_t begun = 0;
	bool known;
	enum ac_err err;

	memset(out, 0, sizeof *out);
	if ((known = ac_rows_next(&q))) {
		out->withdrawn = ac_rows_int(&q, 0) != 0;
		out->followed = ac_rows_int(&q, 1) != 0;
	}
	if ((err = ac_rows_end(&q, p->f)) || !known)
		return err;
	/* a second beginning is easily made: it must not open to him what others wrote */
	err = ac_index_int(&begun, ix, p->f, "SELECT count(*) > 0 AND coalesce(min(EXISTS(SELECT 1 FROM version w JOIN doc e ON"
		" e.id = w.doc WHERE w.tag = v.tag AND w.vid = v.vid AND e.space = ?2 AND w.guest = 1)), 0) FROM version v WHERE v.doc = ?1 AND"
		" length(coalesce(v.parents, x'')) = 0", "ii", d->doc, p->share->id);
	out->begun = begun != 0;
	return err;
}

static enum ac_err
say(struct publishing *p, const struct ac_doc_row *d, bool withdrawn)
{
	struct ac_val e[5], entry = { .kind = AC_ARR, .n = 5, .items = e };
	enum ac_err err = begin(p);

	ac_withdrawn_entry(e, d->source, d->type, d->id, withdrawn);
	return err ? err : ac_append_entry(&p->b, &entry, 40 + strlen(d->source) + strlen(d->type) + strlen(d->id), p->f);
}

/* A version of the vault; held: the share has it; past: what the share has was built on it. */
struct known {
	unsigned char vid[32];
	const unsigned char *parents;
	size_t nparents;
	int64_t chain;
	uint32_t seq, n, place;
	bool guest, held, past;
};

static int
by_vid(const void *a, const void *b)
{
	return memcmp(((const struct known *)a)->vid, ((const struct known *)b)->vid, 32);
}

static int
by_place(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static enum ac_err
read_known(struct known **out, size_t *n, struct publishing *p, int64_t doc)
{
	struct ac_index *ix = p->vault->home->index;
	struct ac_rows q;
	struct known *k;
	unsigned char *copy;
	int64_t count = 0;
	const void *b;
	enum ac_err err;
	size_t size;

	*n = 0;
	if ((err = ac_index_int(&count, ix, p->f, "SELECT count(*) FROM version WHERE doc = ? AND shown", "i", doc)))
		return err;
	if (!(*out = ac_arena_get(&p->doc, ((size_t)count + 1) * sizeof **out)))
		return AC_ENOMEM;
	q = ac_index_query(ix, "SELECT v.chain, v.seq, v.n, v.guest, v.vid, v.parents, EXISTS(SELECT 1 FROM version w JOIN doc e ON"
		" e.id = w.doc WHERE w.tag = v.tag AND w.vid = v.vid AND e.space = ?2) FROM version v WHERE v.doc = ?1 AND v.shown ORDER BY v.id", "ii",
		doc, p->share->id);
	while (ac_rows_next(&q) && *n < (size_t)count) {
		k = &(*out)[*n];
		if (!(b = ac_rows_blob(&q, 4, &size)) || size != 32)
			continue;
		memset(k, 0, sizeof *k);
		memcpy(k->vid, b, 32);
		k->chain = ac_rows_int(&q, 0);
		k->seq = (uint32_t)ac_rows_int(&q, 1);
		k->n = (uint32_t)ac_rows_int(&q, 2);
		k->guest = ac_rows_int(&q, 3) != 0;
		k->held = ac_rows_int(&q, 6) != 0;
		k->place = (uint32_t)(*n)++;
		b = ac_rows_blob(&q, 5, &size);
		if (!(copy = ac_arena_get(&p->doc, size + 1))) {
			err = AC_ENOMEM;
			break;
		}
		if (b)
			memcpy(copy, b, size);
		k->parents = copy;
		k->nparents = size / 32;
	}
	return ac_rows_end(&q, p->f) ? q.err : err;
}

/* Without history: what came before what the share has is not for it, nor, as long as it
 * has nothing, what came before the heads. */
static enum ac_err
mark_past(struct known *k, size_t n, struct publishing *p)
{
	struct known *one, key, **stack = ac_arena_get(&p->doc, (n + 1) * sizeof *stack);
	bool any = false;
	size_t top = 0, i, j;

	if (!stack)
		return AC_ENOMEM;
	qsort(k, n, sizeof *k, by_vid);
	for (i = 0; i < n; i++)
		any |= k[i].held;
	for (i = 0; i < n; i++) {
		if (any && !k[i].held)
			continue;
		stack[top++] = &k[i];
		while (top) {
			one = stack[--top];
			for (j = 0; j < one->nparents; j++) {
				memcpy(key.vid, one->parents + j * 32, 32);
				struct known *parent = bsearch(&key, k, n, sizeof *k, by_vid);

				if (!parent || parent->past)
					continue;
				parent->past = true;
				stack[top++] = parent;
			}
		}
	}
	qsort(k, n, sizeof *k, by_place);
	return AC_OK;
}

/* The versions that the share lacks, oldest first. */
static enum ac_err
publish_lacking(struct publishing *p, int64_t doc)
{
	bool no_history = p->r.filter->items[5].kind == AC_BOOL && p->r.filter->items[5].b;
	struct known *k;
	enum ac_err err;
	size_t n, i;

	if ((err = read_known(&k, &n, p, doc)) || (no_history && (err = mark_past(k, n, p))))
		return err;
	for (i = 0; i < n && !err; i++)
		if (!k[i].held && !k[i].past)
			err = publish_version(p, k[i].chain, k[i].seq, k[i].n, k[i].guest);
	return err;
}

static enum ac_err
publish_doc(struct publishing *p, int64_t doc)
{
	struct ac_doc_row d;
	struct there t;
	enum ac_err err;
	bool in;

	if ((err = ac_query_doc(&d, &p->doc, p->vault, doc, p->f)) || (err = look(&t, p, &d)))
		return err;
	if (!d.nheads) /* all of it is hidden: nobody who belongs to the vault sees it */
		return t.followed && !t.withdrawn ? say(p, &d, true) : AC_OK;
	in = matches(p, &d);
	if (!t.followed && !t.begun && !in)
		return AC_OK;
	if ((err = publish_lacking(p, doc)) || !t.followed)
		return err;
	/* a deletion is published, and is what the other side sees: it takes nothing back */
	if (!in && d.body && !t.withdrawn && !t.begun)
		return say(p, &d, true);
	return in && t.withdrawn ? say(p, &d, false) : AC_OK;
}

/* ----------------------------------------------------- which documents to look at */

struct docs { int64_t *id; size_t n, cap; };

static enum ac_err
add_doc(struct docs *l, int64_t id)
{
	int64_t *more;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		if (!(more = realloc(l->id, l->cap * sizeof *more)))
			return AC_ENOMEM;
		l->id = more;
	}
	l->id[l->n++] = id;
	return AC_OK;
}

static enum ac_err
add_docs(struct docs *l, struct ac_rows q, struct ac_fault *f)
{
	enum ac_err err = AC_OK;

	while (!err && ac_rows_next(&q))
		err = add_doc(l, ac_rows_int(&q, 0));
	return ac_rows_end(&q, f) ? q.err : err;
}

/* What the share has an entry for. */
static enum ac_err
add_spoken_of(struct docs *l, struct publishing *p)
{
	struct ac_index *ix = p->vault->home->index;
	struct ac_rows q = ac_index_query(ix, "SELECT entry FROM slog WHERE space = ? AND kind = ?", "ii", p->share->id,
		(int64_t)AC_ENTRY_WITHDRAWN);
	const char *source, *type, *id;
	struct ac_arena a = { 0 };
	const struct ac_val *e;
	enum ac_err err = AC_OK;
	const void *b;
	size_t n;

	while (!err && ac_rows_next(&q)) {
		b = ac_rows_blob(&q, 0, &n);
		if (!(err = ac_mp_read(&e, &a, b, n, p->f)) && ac_entry_text(&source, e, 1) && ac_entry_text(&type, e, 2)
		    && ac_entry_text(&id, e, 3))
			err = add_docs(l, ac_index_query(ix, "SELECT id FROM doc WHERE space = ? AND type = ? AND rid = ? AND source = ?",
				"ittt", p->vault->id, type, id, source), p->f);
		ac_arena_free(&a);
	}
	return ac_rows_end(&q, p->f) ? q.err : err;
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* How far the last look came (last), and what was hidden then (a sum over row numbers). */
struct marks { char last_key[32], hidden_key[32]; int64_t last, hidden; };

static enum ac_err
mark(int64_t *out, struct ac_index *ix, const char *key, struct ac_fault *f)
{
	enum ac_err err = ac_index_int(out, ix, f, "SELECT val FROM meta WHERE key = ?", "t", key);

	return err == AC_ENOTFOUND ? ac_fault_past(f) : err;
}

static enum ac_err
to_look_at(struct docs *l, struct marks *now, struct publishing *p)
{
	struct ac_index *ix = p->vault->home->index;
	int64_t last = 0, hidden = 0;
	enum ac_err err;

	snprintf(now->last_key, sizeof now->last_key, "published:");
	snprintf(now->hidden_key, sizeof now->hidden_key, "hidden:");
	ac_crypto_hex(now->last_key + 10, p->share->sid, 8);
	ac_crypto_hex(now->hidden_key + 7, p->share->sid, 8);
	if ((err = mark(&last, ix, now->last_key, p->f)) || (err = mark(&hidden, ix, now->hidden_key, p->f))
	    || (err = ac_index_int(&now->last, ix, p->f, "SELECT coalesce(max(id), 0) FROM version", ""))
	    || (err = ac_index_int(&now->hidden, ix, p->f, "SELECT coalesce(sum(v.id), 0) * 31 + count(*) FROM"
		" version v WHERE v.shown = 0 AND v.chain IN (SELECT id FROM chain WHERE space = ?)", "i", p->vault->id))
	    || (err = add_spoken_of(l, p)))
		return err;
	if (now->last > last && (err = add_docs(l, ac_index_query(ix, "SELECT DISTINCT v.doc FROM version v JOIN doc d ON d.id = v.doc"
	    " WHERE v.id > ? AND d.space = ?", "ii", last, p->vault->id), p->f)))
		return err;
	if (now->hidden != hidden && (err = add_docs(l, ac_index_query(ix, "SELECT d.id FROM doc e JOIN doc d ON d.space = ? AND"
	    " d.type = e.type AND d.rid = e.rid AND d.source = e.source WHERE e.space = ?", "ii", p->vault->id, p->share->id), p->f)))
		return err;
	if (l->n)
		qsort(l->id, l->n, sizeof *l->id, by_number);
	return AC_OK;
}

static enum ac_err
keep_marks(const struct marks *now, struct publishing *p)
{
	struct ac_index *ix = p->vault->home->index;
	int64_t last = 0, hidden = 0;
	enum ac_err err;

	if ((err = mark(&last, ix, now->last_key, p->f)) || (err = mark(&hidden, ix, now->hidden_key, p->f)))
		return err;
	if (last != now->last && (err = ac_index_run(ix, p->f, "INSERT OR REPLACE INTO meta VALUES(?, ?)", "ti", now->last_key,
	    now->last)))
		return err;
	return hidden == now->hidden ? AC_OK : ac_index_run(ix, p->f, "INSERT OR REPLACE INTO meta VALUES(?, ?)", "ti",
		now->hidden_key, now->hidden);
}

static enum ac_err
find_record(struct publishing *p)
{
	struct ac_share_record *r;
	enum ac_err err;
	size_t n, i;

	if ((err = ac_share_rows(&r, &n, &p->a, p->vault, p->f)))
		return err;
	for (i = 0; i < n; i++)
		if (!memcmp(r[i].sid, p->share->sid, 8)) {
			p->r = r[i];
			return AC_OK;
		}
	return ac_fault(p->f, AC_EINTERNAL, "a share has no entry in its vault");
}

enum ac_err
ac_share_publish(struct ac_space *share, struct ac_space *vault, struct ac_fault *f)
{
	struct publishing p = { .share = share, .vault = vault, .f = f };
	struct docs l = { 0 };
	struct marks now = { 0 };
	enum ac_err err;
	size_t i;

	if ((err = ac_home_lock(vault->home, f)))
		return err;
	if ((err = find_record(&p)) || p.r.state != AC_SHARE_OPEN || p.r.filter->n > AC_SHARE_FILTER || (err = known_authors(&p))
	    || (err = to_look_at(&l, &now, &p)))
		goto out;
	for (i = 0; i < l.n && !err; i++) {
		if (i && l.id[i] == l.id[i - 1])
			continue;
		err = publish_doc(&p, l.id[i]);
		ac_arena_free(&p.doc);
		/* a large record in parts: who stops in between does the rest at the next run */
		if (!err && ac_sealer_count(p.b.sealer) >= AT_ONCE)
			err = ac_append_commit(&p.b, f);
	}
	if (!err && p.open)
		err = ac_append_commit(&p.b, f);
	if (!err)
		err = keep_marks(&now, &p);
out:
	if (p.open || p.b.s)
		ac_append_end(&p.b);
	ac_home_unlock(vault->home);
	ac_arena_free(&p.doc);
	ac_arena_free(&p.a);
	free(l.id);
	return err;
}
