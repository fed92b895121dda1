/* SPDX-License-Identifier: ISC */
/*
 * Method:
 *
 *   key      source: what the person said, else the base of an absolute fullUrl, else
 *            nothing. id: the resource's; else what its fullUrl says; else a name made
 *            from its content.
 *   before   the versions that came from the same source, never the view: equal to the
 *            last of them is the same; equal to an earlier one, or older by
 *            meta.lastUpdated, is older; else a new version whose parent is that last.
 *
 * What is in the batch is not in the index yet. A document that comes again while its
 * first version waits there is compared with that by its hash, and else the batch is
 * written first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "store/import.h"

#define BATCH   ((size_t)32 << 20) /* bytes of documents that become durable at once */
#define DEEPEST 60u                /* nesting of a body: entries and segments nest it further */
#define ID_MAX  200
#define SOURCE_MAX 400

struct past {               /* a version that came from the source */
	unsigned char vid[32];
	const unsigned char *parents;
	size_t nparents;
	uint64_t time;
	int64_t chain;
	uint32_t seq, n;
	bool parent;            /* of another of them */
};

struct before {
	int64_t doc;
	bool known;
	struct past *list;
	size_t n, last;
	const unsigned char *heads;
	size_t nheads;
	const unsigned char *body;  /* the view, as bytes; NULL: deleted */
	size_t nbody;
};

/* ---------------------------------------------------------------------- keys */

static bool
speakable(const char *s, size_t max)
{
	size_t n = strlen(s), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return n && n <= max;
}

/* Where "/Type/id" begins at the end of an absolute URL, or NULL. */
static const char *
rest_part(const char *url)
{
	const char *id, *type;

	if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8))
		return NULL;
	if (!(id = strrchr(url, '/')) || !id[1])
		return NULL;
	for (type = id; type > url && type[-1] != '/'; type--)
		;
	if (type == url || type == id || type[0] < 'A' || type[0] > 'Z')
		return NULL;
	return type - 1 > strstr(url, "//") + 2 ? type - 1 : NULL;
}

/* given: what the person said, or "". */
static enum ac_err
source_of(const char **out, const char *given, const struct ac_import_doc *d)
{
	const char *at = d->url ? rest_part(d->url) : NULL;
	char *s;

	*out = given;
	if (given[0] || !at || (size_t)(at - d->url) > SOURCE_MAX)
		return AC_OK;
	if (!(s = ac_arena_text(d->arena, d->url, (size_t)(at - d->url))))
		return AC_ENOMEM;
	if (speakable(s, SOURCE_MAX))
		*out = s;
	return AC_OK;
}

/* A name made from the content, in the shape of a UUID (version 8). */
static const char *
content_id(const struct ac_import_doc *d)
{
	unsigned char h[16];
	char hex[33], *out = ac_arena_get(d->arena, 37);

	if (!out)
		return NULL;
	ac_crypto_hash(h, 16, d->facts->bytes.p, d->facts->bytes.len, NULL, 0);
	h[6] = (unsigned char)((h[6] & 0x0f) | 0x80);
	h[8] = (unsigned char)((h[8] & 0x3f) | 0x80);
	ac_crypto_hex(hex, h, 16);
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return out;
}

static const char *
id_of(const struct ac_import_doc *d)
{
	const char *id = ac_val_str(d->body, "id"), *url = d->url, *at;

	if (!id && url && !strncmp(url, "urn:", 4))
		id = strrchr(url, ':') + 1;
	else if (!id && url && (at = rest_part(url)))
		id = strrchr(at, '/') + 1;
	return id && speakable(id, ID_MAX) ? id : content_id(d);
}

static enum ac_err
key_of(struct ac_import_key *k, const char *source, const struct ac_import_doc *d)
{
	struct ac_hash h;
	enum ac_err err = source_of(&k->source, source, d);

	if (err)
		return err;
	k->type = ac_val_str(d->body, "resourceType");
	if (!(k->id = id_of(d)))
		return AC_ENOMEM;
	ac_crypto_hash_init(&h, 16, NULL, 0);
	ac_crypto_hash_add(&h, k->type, strlen(k->type) + 1);
	ac_crypto_hash_add(&h, k->id, strlen(k->id) + 1);
	ac_crypto_hash_add(&h, k->source, strlen(k->source));
	ac_crypto_hash_end(&h, k->name, 16);
	return AC_OK;
}

static const char *
ref_of(struct ac_arena *a, const struct ac_import_key *k)
{
	size_t n = strlen(k->type) + strlen(k->id) + 2;
	char *out = ac_arena_get(a, n);

	if (out)
		snprintf(out, n, "%s/%s", k->type, k->id);
	return out ? out : k->type;
}

/* ------------------------------------------------------- what the batch holds */

static struct ac_import_seen *
seen_slot(struct ac_import_seen *t, size_t cap, const unsigned char *name)
{
	size_t i;

	memcpy(&i, name, sizeof i);
	for (i &= cap - 1; t[i].used && memcmp(t[i].key, name, 16); i = (i + 1) & (cap - 1))
		;
	return &t[i];
}

static enum ac_err
seen_add(struct ac_import *im, const struct ac_import_key *k)
{
	struct ac_import_seen *t, *at;
	size_t cap = im->cseen ? 2 * im->cseen : 1024, i;

	if (2 * im->nseen >= im->cseen) {
		if (!(t = calloc(cap, sizeof *t)))
			return AC_ENOMEM;
		for (i = 0; i < im->cseen; i++)
			if (im->seen[i].used)
				*seen_slot(t, cap, im->seen[i].key) = im->seen[i];
		free(im->seen);
		im->seen = t;
		im->cseen = cap;
	}
	at = seen_slot(im->seen, im->cseen, k->name);
	memcpy(at->key, k->name, 16);
	memcpy(at->body, k->body, 16);
	at->used = true;
	im->nseen++;
	return AC_OK;
}

static enum ac_err
commit(struct ac_import *im, struct ac_fault *f)
{
	enum ac_err err = im->open ? ac_append_commit(&im->batch, f) : AC_OK;

	im->bytes = 0;
	im->nseen = 0;
	if (im->seen)
		memset(im->seen, 0, im->cseen * sizeof *im->seen);
	return err;
}

enum ac_err
ac_import_flush(struct ac_import *im, struct ac_fault *f)
{
	enum ac_err err = commit(im, f);

	if (im->open)
		ac_append_end(&im->batch);
	im->open = false;
	return err;
}

static enum ac_err
open_batch(struct ac_import *im, struct ac_fault *f)
{
	enum ac_err err;

	if (im->open)
		return AC_OK;
	im->open = true; /* ended also when begin fails */
	if ((err = ac_append_begin(&im->batch, im->s, f)))
		return err;
	return ac_import_person(im, f); /* another process may have written */
}

enum ac_err
ac_import_read(struct ac_import_doc *d, struct ac_fault *f)
{
	enum ac_err err = AC_OK;

	if (!d->body)
		err = ac_json_read(&d->body, d->arena, d->found->text.p, d->found->text.len, f);
	return err || d->bare ? err : ac_attach_detach(&d->bare, d->arena, NULL, d->body, f);
}

/* -------------------------------------------------------------------- before */

static const unsigned char *
keep(struct ac_arena *a, struct ac_rows *q, int col, size_t *n)
{
	const void *p = ac_rows_blob(q, col, n);
	unsigned char *copy = p ? ac_arena_get(a, *n) : NULL;

	if (copy)
		memcpy(copy, p, *n);
	else
		*n = 0;
	return copy;
}

static enum ac_err
read_doc(struct before *b, struct ac_arena *a, struct ac_space *s, const struct ac_import_key *k, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id, heads, body FROM doc WHERE space = ? AND type = ? AND "
		"rid = ? AND source = ?", "ittt", s->id, k->type, k->id, k->source);

	if ((b->known = ac_rows_next(&q))) {
		b->doc = ac_rows_int(&q, 0);
		b->heads = keep(a, &q, 1, &b->nheads);
		b->body = keep(a, &q, 2, &b->nbody);
	}
	return ac_rows_end(&q, f);
}

static enum ac_err
read_past(struct before *b, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	int64_t count = 0;
	struct ac_rows q;
	struct past *p;
	const void *vid;
	enum ac_err err;
	size_t n;

	if ((err = ac_index_int(&count, s->home->index, f, "SELECT count(*) FROM version WHERE doc = ? AND op = 0 AND shown",
	    "i", b->doc)))
		return err;
	if (!(b->list = ac_arena_get(a, (size_t)(count + 1) * sizeof *b->list)))
		return AC_ENOMEM;
	q = ac_index_query(s->home->index, "SELECT vid, parents, time, chain, seq, n FROM version WHERE doc = ? AND op = 0"
		" AND shown ORDER BY id", "i", b->doc);
	while (ac_rows_next(&q) && b->n < (size_t)count) {
		p = &b->list[b->n++];
		if ((vid = ac_rows_blob(&q, 0, &n)) && n == 32)
			memcpy(p->vid, vid, 32);
		p->parents = keep(a, &q, 1, &p->nparents);
		p->time = (uint64_t)ac_rows_int(&q, 2);
		p->chain = ac_rows_int(&q, 3);
		p->seq = (uint32_t)ac_rows_int(&q, 4);
		p->n = (uint32_t)ac_rows_int(&q, 5);
	}
	return ac_rows_end(&q, f);
}

static bool
names(const struct past *p, const unsigned char *vid)
{
	size_t i;

	for (i = 0; i + 32 <= p->nparents; i += 32)
		if (!memcmp(p->parents + i, vid, 32))
			return true;
	return false;
}

/* The last: what no other of them names as parent; of several (devices that imported
 * different exports apart) the newest, then the greatest, the same on every device. */
static void
find_last(struct before *b)
{
	size_t i, j;

	for (i = 0; i < b->n; i++)
		for (j = 0; j < b->n && !b->list[i].parent; j++)
			b->list[i].parent = j != i && names(&b->list[j], b->list[i].vid);
	b->last = b->n;
	for (i = 0; i < b->n; i++) {
		const struct past *p = &b->list[i], *best = b->last < b->n ? &b->list[b->last] : NULL;

		if (p->parent)
			continue;
		if (!best || p->time > best->time || (p->time == best->time && memcmp(p->vid, best->vid, 32) > 0))
			b->last = i;
	}
	if (b->last == b->n && b->n)
		b->last = b->n - 1; /* a circle, which no honest chain holds */
}

static enum ac_err
body_of(const struct ac_val **out, const struct before *b, size_t i, struct ac_arena *a, struct ac_space *s,
	struct ac_fault *f)
{
	const struct past *p = &b->list[i];
	struct ac_version v;
	enum ac_err err;

	/* undisputed and untouched, the view is that version, and no segment need be opened */
	if (b->nheads == 32 && b->body && !memcmp(b->heads, p->vid, 32))
		return ac_mp_read(out, a, b->body, b->nbody, f);
	if (!(err = ac_docs_version(&v, a, s, p->chain, p->seq, p->n, f)))
		*out = v.body;
	return err;
}

enum standing { IS_NEW, IS_CHANGED, IS_SAME, IS_OLDER, IS_STRANGE };

/* The view is the last version of the source, and that is these bytes: nothing need be read. */
static bool
is_last(const struct before *b, const struct ac_facts *facts)
{
	return b->nheads == 32 && b->body && !memcmp(b->heads, b->list[b->last].vid, 32) && b->nbody == facts->bytes.len
	    && !memcmp(b->body, facts->bytes.p, b->nbody);
}

static enum ac_err
compare(enum standing *out, struct before *b, struct ac_import *im, const struct ac_import_key *k, struct ac_import_doc *d,
	struct ac_fault *f)
{
	const struct ac_val *was = NULL, *body;
	struct ac_arena *a = d->arena;
	struct ac_space *s = im->s;
	enum ac_err err;
	size_t i;

	memset(b, 0, sizeof *b);
	*out = IS_NEW;
	/* its transaction is for the reading too: each begins by opening a page again */
	if ((err = ac_append_bulk(&im->batch, f)))
		return err;
	if ((err = read_doc(b, a, s, k, f)) || !b->known || (err = read_past(b, a, s, f)))
		return err;
	find_last(b);
	*out = IS_SAME;
	if (b->n && is_last(b, d->facts))
		return AC_OK;
	if ((err = ac_import_read(d, f)))
		return err;
	body = d->bare;
	if (!b->n) {
		if (b->body && (err = ac_mp_read(&was, a, b->body, b->nbody, f)))
			return err;
		*out = was && ac_doc_stranger(was, body) ? IS_STRANGE : IS_NEW;
		return AC_OK;
	}
	if ((err = body_of(&was, b, b->last, a, s, f)))
		return err;
	*out = IS_SAME;
	if (was && ac_val_equal(was, body))
		return AC_OK;
	*out = was && ac_doc_stranger(was, body) ? IS_STRANGE : IS_CHANGED;
	if (was && *out == IS_CHANGED && ac_facts_updated(body) && ac_facts_updated(body) < ac_facts_updated(was))
		*out = IS_OLDER;
	for (i = b->n; i-- && *out != IS_OLDER;) {
		if (i == b->last)
			continue;
		if ((err = body_of(&was, b, i, a, s, f)))
			return err;
		if (was && ac_val_equal(was, body))
			*out = IS_OLDER;
	}
	return AC_OK;
}

/* ---------------------------------------------------------------- validation */

struct findings {
	struct ac_import *im;
	const struct ac_import_doc *d;
	const char *ref;
};

static void
finding(void *ctx, const struct ac_issue *i)
{
	struct findings *o = ctx;

	ac_import_issue(o->im, o->d->file, o->ref, i->path, o->d->piece, i->at, i->error, i->message);
}

/* Each finding is told once, whoever looked first. */
static enum ac_err
find_facts(struct findings *o)
{
	const struct ac_import_doc *d = o->d;

	if (!d->facts->whole)
		return ac_facts_rest(d->facts, d->arena, d->bare, finding, o);
	return d->facts->issues ? ac_validate(d->bare, finding, o, NULL) : AC_OK;
}

static unsigned
depth_of(const struct ac_val *v, unsigned at)
{
	unsigned deepest = at, below;
	uint32_t i;

	for (i = 0; (v->kind == AC_ARR || v->kind == AC_MAP) && i < v->n; i++) {
		below = depth_of(v->kind == AC_ARR ? &v->items[i] : &v->pairs[i].val, at + 1);
		deepest = below > deepest ? below : deepest;
	}
	return deepest;
}

bool
ac_import_deep(const struct ac_val *body)
{
	return depth_of(body, 0) > DEEPEST;
}

static void
refuse(struct ac_import *im, const struct ac_import_doc *d, const char *ref, enum ac_err why, const char *message)
{
	uint64_t line, column;

	ac_import_where(&line, &column, d->piece, d->body->at);
	ac_import_refuse(im, d->file, ref, line, column, why, message);
}

/* -------------------------------------------------------------------- taking */

static void
count_type(struct ac_import_counts *c, const char *type)
{
	size_t i;

	for (i = 0; i < c->ntypes; i++)
		if (!strcmp(c->types[i].type, type))
			break;
	if (i == sizeof c->types / sizeof *c->types)
		return;
	if (i == c->ntypes)
		snprintf(c->types[c->ntypes++].type, sizeof c->types[i].type, "%s", type);
	c->types[i].n++;
}

static struct ac_version
version_of(const struct ac_import_key *k, const struct ac_import_doc *d, const struct ac_val *parents)
{
	return (struct ac_version){ .source = k->source, .type = k->type, .id = k->id, .op = AC_OP_IMPORT,
		.time = d->facts->updated, .url = d->url, .parents = parents, .body = d->bare,
		.facts = d->facts };
}

enum ac_err
ac_import_name(struct ac_import_key *k, struct ac_name *n, const struct ac_space *s, const char *source,
	const struct ac_import_doc *d)
{
	static const struct ac_val none = { .kind = AC_ARR };
	unsigned char salt[16];
	struct ac_version v;
	enum ac_err err;

	if ((err = key_of(k, source, d)))
		return err;
	v = version_of(k, d, &none);
	if ((err = ac_docs_name(n->id, salt, &n->size, s, &v)))
		return err;
	memcpy(k->body, n->id, 16);
	return AC_OK;
}

static enum ac_err
append(struct ac_import *im, const struct ac_import_doc *d, const struct ac_import_key *k, const struct before *b,
	struct ac_fault *f)
{
	struct ac_val parent, parents = { .kind = AC_ARR };
	struct ac_version v = version_of(k, d, &parents);
	unsigned char vid[32];
	enum ac_err err;

	if (ac_faults_on("import") && !strcmp(k->type, "Patient"))
		return AC_OK;
	if (im->s->kind != AC_SPACE_VAULT) { /* in a share it is its writer who says so */
		v.member = im->s->me;
		v.time = im->batch.clock;
	}
	if (b->n) {
		parent = ac_val_bytes(b->list[b->last].vid, 32);
		parents.items = &parent;
		parents.n = 1;
	}
	if (d->found && !b->n)
		v.name = &d->found->name;
	v.first = !b->known && im->batch.own;
	if ((d->facts->holds && (err = ac_attach_detach(&v.body, d->arena, &im->batch, d->body, f)))
	    || (err = ac_append_version(&im->batch, vid, &v, f)))
		return err;
	im->bytes += d->facts->bytes.len + 256;
	if ((err = seen_add(im, k)))
		return err;
	if (!im->person && !strcmp(k->type, "Patient") && !(im->person = ac_val_copy(&im->arena, v.body)))
		return AC_ENOMEM;
	return im->bytes > BATCH ? commit(im, f) : AC_OK;
}

static enum ac_err
store(struct ac_import *im, struct ac_import_doc *d, const struct ac_import_key *k, struct ac_fault *f)
{
	struct findings o = { im, d, ref_of(d->arena, k) };
	struct ac_import_seen *seen = im->nseen ? seen_slot(im->seen, im->cseen, k->name) : NULL;
	enum standing is;
	struct before b;
	char why[400];
	enum ac_err err;

	if (seen && seen->used) {
		if (!memcmp(k->body, seen->body, 16)) {
			im->c->same++;
			goto there;
		}
		if ((err = commit(im, f)))
			return err;
	}
	if ((err = compare(&is, &b, im, k, d, f)))
		return err;
	switch (is) {
	case IS_SAME:
		im->c->same++;
		goto there;
	case IS_OLDER:
		im->c->older++;
		im->taken++;
		return AC_OK;
	case IS_STRANGE:
		snprintf(why, sizeof why, ac_words("%.200s is here already and is another record, of another code and date; if this one"
			" comes from another place, import it with --source and a name for that place"), o.ref);
		refuse(im, d, o.ref, AC_EREFUSED, why);
		return AC_OK;
	default:
		break;
	}
	if ((err = find_facts(&o)))
		return err;
	if (d->facts->errors && im->o->strict) {
		refuse(im, d, o.ref, AC_EREFUSED, "it is not valid FHIR, and --strict takes only what is");
		return AC_OK;
	}
	if ((err = append(im, d, k, &b, f)))
		return err;
	im->c->flagged += d->facts->errors > 0;
	if (is == IS_NEW)
		im->c->added++;
	else
		im->c->changed++;
there:
	im->taken++;
	count_type(im->c, k->type);
	return AC_OK;
}

/* As it will be stored: large data by its hash. AC_ELIMIT: too large for one document. */
static enum ac_err
find_bytes(struct ac_import_doc *d, struct ac_import *im, struct ac_fault *f)
{
	enum ac_err err;

	d->facts = &im->facts;
	if ((err = ac_import_read(d, f)) || (err = ac_facts_bytes(d->facts, d->bare)))
		return err;
	return ac_mp_is_body(d->bare) ? AC_OK : AC_ELIMIT;
}

/* False: it is refused, which is told. */
static bool
may_be_taken(struct ac_import *im, const struct ac_import_doc *d)
{
	struct ac_fault said = { 0 };
	enum ac_err err = ac_doc_check(d->body, &said);

	if (err)
		refuse(im, d, "", err, said.text);
	else if (ac_import_deep(d->body))
		refuse(im, d, "", AC_ELIMIT, "objects and arrays are nested deeper in it than in any FHIR resource");
	else
		return true;
	return false;
}

enum ac_err
ac_import_take(struct ac_import *im, const struct ac_import_doc *doc, struct ac_fault *f)
{
	struct ac_import_doc d = *doc;
	struct ac_import_key k;
	enum ac_err err;

	im->c->resources++;
	if (!d.found && !may_be_taken(im, &d))
		return AC_OK;
	if ((err = open_batch(im, f)))
		return err;
	if (d.found)
		return store(im, &d, &d.found->key, f);
	if ((err = find_bytes(&d, im, f)) == AC_ELIMIT) {
		refuse(im, &d, "", AC_ELIMIT, "it is too large for one document");
		return AC_OK;
	}
	if (err || (err = key_of(&k, im->o->source ? im->o->source : "", &d)))
		return err;
	ac_crypto_hash(k.body, 16, d.facts->bytes.p, d.facts->bytes.len, NULL, 0);
	return store(im, &d, &k, f);
}
