/* SPDX-License-Identifier: ISC */
/*
 * Method: documents that changed since the last look (a mark kept in the index) are
 * held against the filter; of one that matches, or was published before, every version
 * that the share lacks is appended to this device's chain there. Versions keep their
 * names: the same bytes stand in both spaces.
 */
#include <stdio.h>
#include <string.h>

#include "schema/faults.h"
#include "store/query.h"
#include "sync/share_rows.h"

struct publishing {
	struct ac_space *share, *vault;
	struct ac_share_record r;
	struct ac_append b;
	bool open;               /* b was begun */
	struct ac_arena a;
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
		date = ac_doc_date(&p->a, d->body);
		if (!date || strcmp(date, f->items[3].s) < 0)
			return false;
	}
	return true;
}

static enum ac_err
count(int64_t *n, struct publishing *p, const char *sql, const struct ac_doc_row *d)
{
	return ac_index_int(n, p->share->home->index, p->f, sql, "ittt", p->share->id, d->type, d->id, d->source);
}

/* A name for an author whom the share does not know. */
static enum ac_err
author_card(struct publishing *p, const struct ac_version *v)
{
	struct ac_val e[4], card = { .kind = AC_ARR, .n = 4, .items = e }, id;
	const char *person, *device;
	const struct ac_val *more;
	uint32_t i;

	if (!v->member)
		return AC_OK;
	for (i = 0; i < p->authors.n; i++)
		if (!memcmp(p->authors.items[i].bin, v->member, 8))
			return AC_OK;
	ac_author_name(&person, &device, &p->a, p->vault, v->member, v->source);
	e[0] = ac_val_int(AC_ENTRY_AUTHOR);
	e[1] = ac_val_bytes(v->member, 8);
	e[2] = ac_val_text(person);
	e[3] = ac_val_text(device);
	id = e[1];
	if (!(more = ac_val_append(&p->a, &p->authors, &id)))
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
publish_version(struct publishing *p, int64_t chain, uint32_t seq, uint32_t n)
{
	unsigned char id[32];
	struct ac_version v;
	enum ac_err err = ac_docs_version(&v, &p->a, p->vault, chain, seq, n, p->f);

	if (err || (!p->open && (err = ac_append_begin(&p->b, p->share, p->f))))
		return err;
	p->open = true;
	if ((err = author_card(p, &v)))
		return err;
	/* sealed anew for the share, so that equal blobs link nothing; what is not on this
	 * device cannot be: the version goes without, and share_files.c brings the rest */
	if (v.body && (err = ac_attach_copy(&p->b, p->vault, v.body, p->f)) && err != AC_ENET && err != AC_ENOTFOUND
	    && err != AC_ECORRUPT)
		return err;
	return ac_append_version(&p->b, id, &v, p->f);
}

#define LACKING "SELECT v.chain, v.seq, v.n FROM version v WHERE v.doc = ?1 AND v.shown AND NOT EXISTS(SELECT 1 FROM version w" \
	" JOIN doc e ON e.id = w.doc WHERE w.vid = v.vid AND e.space = ?2)"

/* The versions of one document that the share lacks, oldest first. */
static enum ac_err
publish_doc(struct publishing *p, int64_t doc)
{
	struct ac_index *ix = p->vault->home->index;
	struct ac_doc_row d;
	struct ac_rows q;
	bool latest = p->r.filter->items[5].kind == AC_BOOL && p->r.filter->items[5].b;
	int64_t followed = 0;
	enum ac_err err;

	if ((err = ac_query_doc(&d, &p->a, p->vault, doc, p->f)) || (err = count(&followed, p,
	    "SELECT count(*) FROM version w JOIN doc d ON d.id = w.doc WHERE d.space = ? AND d.type = ? AND d.rid = ? AND"
	    " d.source = ? AND w.guest = 0", &d)))
		return err;
	if (!followed && !matches(p, &d))
		return AC_OK;
	if (latest && !followed)
		q = ac_index_query(ix, LACKING " AND NOT EXISTS(SELECT 1 FROM version x WHERE x.doc = v.doc AND x.shown AND"
			" instr(x.parents, v.vid) > 0) ORDER BY v.id", "ii", doc, p->share->id);
	else
		q = ac_index_query(ix, LACKING " ORDER BY v.id", "ii", doc, p->share->id);
	while (!err && ac_rows_next(&q))
		err = publish_version(p, ac_rows_int(&q, 0), (uint32_t)ac_rows_int(&q, 1), (uint32_t)ac_rows_int(&q, 2));
	return ac_rows_end(&q, p->f) ? q.err : err;
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
	struct ac_index *ix = vault->home->index;
	struct ac_rows q;
	int64_t mark = 0, last = 0;
	enum ac_err err;
	char key[32] = "published:";

	ac_crypto_hex(key + 10, share->sid, 8);
	if ((err = ac_home_lock(vault->home, f)))
		return err;
	if ((err = find_record(&p)) || p.r.state == AC_SHARE_CLOSED || (err = known_authors(&p)))
		goto out;
	err = ac_index_int(&mark, ix, f, "SELECT val FROM meta WHERE key = ?", "t", key);
	if (err && err != AC_ENOTFOUND)
		goto out;
	if ((err = ac_index_int(&last, ix, f, "SELECT coalesce(max(id), 0) FROM version", "")) || last <= mark)
		goto out;
	q = ac_index_query(ix, "SELECT DISTINCT v.doc FROM version v JOIN doc d ON d.id = v.doc WHERE v.id > ? AND d.space = ?"
		" ORDER BY v.doc", "ii", mark, vault->id);
	while (!err && ac_rows_next(&q))
		err = publish_doc(&p, ac_rows_int(&q, 0));
	if (ac_rows_end(&q, f))
		err = q.err;
	if (!err && p.open)
		err = ac_append_commit(&p.b, f);
	if (!err)
		err = ac_index_run(ix, f, "INSERT OR REPLACE INTO meta VALUES(?, ?)", "ti", key, last);
out:
	if (p.open || p.b.s)
		ac_append_end(&p.b);
	ac_home_unlock(vault->home);
	ac_arena_free(&p.a);
	return err;
}
