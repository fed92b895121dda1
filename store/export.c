/* SPDX-License-Identifier: ISC */
/*
 * Method: documents go out one by one, each built in memory but for its attachments.
 * An attachment's place in the text is held by random bytes, which are then looked for
 * and replaced by the attachment's base64 as it is read: its size does not matter.
 *
 * A document in a safety-critical dispute has no single body. Each distinct head goes
 * out as a resource of its own, told apart by id, tag and note.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/fhir.h"
#include "store/chunks.h"
#include "store/query.h"

#define HOLD   192                /* raw bytes that stand for an attachment */
#define HELD   (HOLD / 3 * 4)
#define BUFFER ((size_t)64 << 10)

struct held { char text[HELD]; struct ac_blob blob; };

struct export {
	struct ac_space *s;
	const struct ac_sink *to;
	enum ac_export_format format;
	struct ac_buf text, out;
	struct held *held;
	size_t nheld;
	uint64_t n;              /* resources written */
	const struct ac_export_choice *choice; /* NULL: all goes along */
	uint64_t *urls;          /* hashes of the fullUrls written, by open addressing */
	size_t nurls, curls;
};

/* --------------------------------------------------------------------- output */

static enum ac_err
flush(struct export *x, struct ac_fault *f)
{
	enum ac_err err = x->out.len ? x->to->write(x->to->ctx, x->out.p, x->out.len, f) : AC_OK;

	ac_buf_reset(&x->out);
	return err;
}

static enum ac_err
put(struct export *x, const void *p, size_t n, struct ac_fault *f)
{
	enum ac_err err;

	if (x->out.len + n > BUFFER && (err = flush(x, f)))
		return err;
	return n > BUFFER ? x->to->write(x->to->ctx, p, n, f) : ac_buf_add(&x->out, p, n);
}

/* ----------------------------------------------------------------- attachments */

/* Bytes of any lengths in, base64 out. */
struct coder {
	struct export *x;
	unsigned char left[3];
	size_t nleft;
};

static enum ac_err
encode(struct coder *c, const unsigned char *p, size_t n, struct ac_fault *f)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char out[4 * 1024];
	enum ac_err err = AC_OK;
	size_t k = 0, i;
	uint32_t v;

	for (i = 0; i < n && !err; i++) {
		c->left[c->nleft++] = p[i];
		if (c->nleft < 3)
			continue;
		v = (uint32_t)c->left[0] << 16 | (uint32_t)c->left[1] << 8 | c->left[2];
		out[k++] = (unsigned char)abc[v >> 18];
		out[k++] = (unsigned char)abc[v >> 12 & 63];
		out[k++] = (unsigned char)abc[v >> 6 & 63];
		out[k++] = (unsigned char)abc[v & 63];
		c->nleft = 0;
		if (k == sizeof out) {
			err = put(c->x, out, k, f);
			k = 0;
		}
	}
	if (!err && k)
		err = put(c->x, out, k, f);
	ac_wipe(out, sizeof out);
	return err;
}

static enum ac_err
encode_some(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	return encode(ctx, p, n, f);
}

static enum ac_err
encode_last(struct coder *c, struct ac_fault *f)
{
	static const unsigned char zero[2];
	size_t n = c->nleft, at;
	enum ac_err err;

	if (!n)
		return AC_OK;
	if ((err = encode(c, zero, 3 - n, f)))
		return err;
	/* the four characters just written stand at the end of the buffer */
	for (at = c->x->out.len - (3 - n); at < c->x->out.len; at++)
		c->x->out.p[at] = '=';
	return AC_OK;
}

/* Where the place for an attachment is held. */
struct holding { struct export *x; struct ac_arena *a; };

static bool
is_blob(const struct ac_val *v)
{
	return v->kind == AC_BLOB;
}

static enum ac_err
hold_place(struct ac_val *v, const struct holding *h, struct ac_fault *f)
{
	struct export *x = h->x;
	unsigned char *bytes = ac_arena_get(h->a, HOLD);
	struct coder c = { .x = x };
	struct ac_buf real = x->out;
	struct held *more = realloc(x->held, (x->nheld + 1) * sizeof *more);
	enum ac_err err;

	if (more)
		x->held = more;
	if (!more || !bytes)
		return AC_ENOMEM;
	ac_crypto_random(bytes, HOLD);
	memset(&x->out, 0, sizeof x->out);
	if (!(err = encode(&c, bytes, HOLD, f))) {
		memcpy(x->held[x->nheld].text, x->out.p, HELD);
		x->held[x->nheld++].blob = *v->blob;
		*v = ac_val_bytes(bytes, HOLD);
	}
	ac_buf_free(&x->out);
	x->out = real;
	return err;
}

/* An attachment whose bytes stay here: its element goes without them. */
static bool
stays(const struct export *x, const struct ac_val *v)
{
	char hash[65];

	if (!x->choice)
		return false;
	ac_crypto_hex(hash, v->blob->hash, 32);
	return !x->choice->with(x->choice->ctx, hash);
}

static enum ac_err
place(struct ac_val *v, void *ctx, struct ac_fault *f)
{
	struct holding *h = ctx;

	if (!stays(h->x, v))
		return hold_place(v, h, f);
	*v = (struct ac_val){ .kind = AC_NIL };
	return AC_OK;
}

static enum ac_err
put_text(struct export *x, const char *ref, struct ac_fault *f)
{
	const unsigned char *p = x->text.p, *end = p + x->text.len, *at;
	struct coder c;
	struct ac_sink into = { encode_some, &c };
	enum ac_err err;
	size_t i;

	for (i = 0; i < x->nheld; i++) {
		/* places were held in the order of the text */
		if (!(at = memmem(p, (size_t)(end - p), x->held[i].text, HELD)))
			return ac_fault(f, AC_EINTERNAL, "the place of an attachment was lost");
		if ((err = put(x, p, (size_t)(at - p), f)))
			return err;
		c = (struct coder){ .x = x };
		err = ac_chunks_get(x->s, x->held[i].blob.hash, &into, f);
		if (err == AC_ENET || err == AC_ENOTFOUND)
			return ac_fault(f, err, "the attachment of %.200s is not on this device: run attachment get for it first, "
				"or leave the document out", ref);
		if (err || (err = encode_last(&c, f)))
			return err;
		p = at + HELD;
	}
	return put(x, p, (size_t)(end - p), f);
}

/* ------------------------------------------------------------------- resources */

/* A body that no JSON has, where that is told and the others go out. */
static bool
left_out(const struct export *x, const struct ac_val *body)
{
	return x->choice && x->choice->left && ac_val_later(body);
}

static enum ac_err
leave_out(struct export *x, int64_t doc, const char *version, const struct ac_val *body, struct ac_fault *f)
{
	char full[AC_REF_MAX];
	enum ac_err err = ac_query_ref_of(full, x->s, doc, f);

	if (!err)
		x->choice->left(x->choice->ctx, full, version, body);
	return err;
}

/* A Bundle may hold each fullUrl once. Two that hash alike cost the second its fullUrl,
 * which may be left out. */
static bool
first_time(struct export *x, const char *url)
{
	uint64_t h, *t, full[2];
	size_t cap, i, j;

	ac_crypto_hash(full, sizeof full, url, strlen(url), NULL, 0);
	h = full[0] | 1; /* 0 is a free place */
	if (2 * x->nurls >= x->curls) {
		cap = x->curls ? 2 * x->curls : 1024;
		if (!(t = calloc(cap, sizeof *t)))
			return false;
		for (i = 0; i < x->curls; i++) {
			for (j = x->urls[i] >> 1 & (cap - 1); x->urls[i] && t[j]; j = (j + 1) & (cap - 1))
				;
			if (x->urls[i])
				t[j] = x->urls[i];
		}
		free(x->urls);
		x->urls = t;
		x->curls = cap;
	}
	for (i = h >> 1 & (x->curls - 1); x->urls[i]; i = (i + 1) & (x->curls - 1))
		if (x->urls[i] == h)
			return false;
	x->urls[i] = h;
	x->nurls++;
	return true;
}

static bool
is_uuid(const char *s)
{
	size_t i;

	for (i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !s[i] || !strchr("0123456789abcdef", s[i]))
			return false;
	return !s[36];
}

/* The document's fullUrl, NULL where it has none that means something outside the file
 * it came in. */
static const char *
full_url(struct ac_arena *a, const char *url, const char *id)
{
	char *out;

	if (!strncmp(url, "http://", 7) || !strncmp(url, "https://", 8) || !strncmp(url, "urn:", 4))
		return url;
	if (!is_uuid(id) || !(out = ac_arena_get(a, 46)))
		return NULL;
	snprintf(out, 46, "urn:uuid:%s", id);
	return out;
}

static enum ac_err
resource(struct export *x, struct ac_arena *a, const char *ref, const char *url, const struct ac_val *body,
	struct ac_fault *f)
{
	struct holding h = { x, a };
	const struct ac_val *held = NULL;
	struct ac_val name;
	enum ac_err err = AC_OK;

	ac_buf_reset(&x->text);
	x->text.max = AC_MAX_JSON;
	x->nheld = 0;
	if (x->format == AC_BUNDLE) {
		err = ac_buf_addf(&x->text, "%s{", x->n ? ",\n" : ",\"entry\":[\n");
		if (!err && url && first_time(x, url)) {
			name = ac_val_text(url);
			if (!(err = ac_buf_addf(&x->text, "\"fullUrl\":"))
			    && !(err = ac_json_write(&x->text, &name, NULL, f)))
				err = ac_buf_addf(&x->text, ",");
		}
		if (!err)
			err = ac_buf_addf(&x->text, "\"resource\":");
	}
	if (!err)
		err = ac_val_replace(&held, a, body, is_blob, place, &h, f);
	if (!err)
		err = ac_json_write(&x->text, held, NULL, f);
	if (err == AC_EVERSION)
		ac_fault(f, err, "a newer version of aftercare put something into %.200s that this one cannot write as JSON: get that"
			" version, or leave the document out", ref);
	if (!err)
		err = ac_buf_addf(&x->text, x->format == AC_BUNDLE ? "}" : "\n");
	if (err)
		return err;
	x->n++;
	return put_text(x, ref, f);
}

/* -------------------------------------------------------------------- disputes */

struct side {
	const struct ac_version *v;
	const char *hex;         /* of the version's name */
	bool deleted_too;        /* another side deleted the document */
	bool unseen;             /* another side is left out */
	size_t of;               /* sides */
};

static enum ac_err
add_note(const struct ac_val **body, struct export *x, struct ac_arena *a, const struct side *d, struct ac_fault *f)
{
	const char *type = d->v->type, *who, *device, *kind;
	const struct ac_val *list = ac_val_get(*body, "note");
	char path[48], now[32], words[400];
	struct ac_val v;
	unsigned n = list && list->kind == AC_ARR ? list->n : 0;
	enum ac_err err;

	kind = ac_fhir_path_type(type, "note[0].authorString");
	if (!kind || strcmp(kind, "string") || (list && list->kind != AC_ARR))
		return AC_OK;
	ac_author_name(&who, &device, a, x->s, d->v->member, d->v->source);
	ac_time_write(now, (int64_t)(d->v->time >> 16));
	snprintf(path, sizeof path, "note[%u].authorString", n);
	v = ac_val_text(who);
	if ((err = ac_path_set(body, a, *body, path, &v, f)))
		return err;
	snprintf(path, sizeof path, "note[%u].time", n);
	v = ac_val_text(ac_arena_text(a, now, strlen(now)));
	if ((err = ac_path_set(body, a, *body, path, &v, f)))
		return err;
	snprintf(words, sizeof words, "Not settled: this is one of %zu versions of this record that disagree.%s%s", d->of,
		d->deleted_too ? " Another one deleted it." : "",
		d->unseen ? " Another one is not here: it needs a newer version of aftercare." : "");
	snprintf(path, sizeof path, "note[%u].text", n);
	v = ac_val_text(ac_arena_text(a, words, strlen(words)));
	return ac_path_set(body, a, *body, path, &v, f);
}

static enum ac_err
add_tag(const struct ac_val **body, struct ac_arena *a, struct ac_fault *f)
{
	static const char *const tag[3][2] = { { "system", "urn:aftercare:tag" }, { "code", "in-dispute" },
		{ "display", "One of several versions that disagree" } };
	const struct ac_val *list = ac_path_get(*body, "meta.tag");
	unsigned n = list && list->kind == AC_ARR ? list->n : 0;
	enum ac_err err = AC_OK;
	struct ac_val v;
	char path[48];
	size_t i;

	for (i = 0; i < 3 && !err; i++) {
		snprintf(path, sizeof path, "meta.tag[%u].%s", n, tag[i][0]);
		v = ac_val_text(tag[i][1]);
		err = ac_path_set(body, a, *body, path, &v, f);
	}
	return err;
}

static enum ac_err
put_side(struct export *x, struct ac_arena *a, const char *ref, const char *url, const struct side *d,
	struct ac_fault *f)
{
	const struct ac_val *body = d->v->body;
	const char *id = ac_val_str(body, "id"), *slash;
	char name[80], *own = NULL;
	struct ac_val v;
	enum ac_err err;

	snprintf(name, sizeof name, "%.54s-v%.8s", id ? id : d->v->id, d->hex);
	v = ac_val_text(name);
	if (!(body = ac_val_set(a, body, "id", &v)))
		return AC_ENOMEM;
	if ((err = add_tag(&body, a, f)) || (err = add_note(&body, x, a, d, f)))
		return err;
	/* where the URL ends in the id, that of the side ends in the side's */
	if (url && (slash = strrchr(url, '/')) && id && !strcmp(slash + 1, id)) {
		if (!(own = ac_arena_get(a, (size_t)(slash - url) + sizeof name + 2)))
			return AC_ENOMEM;
		sprintf(own, "%.*s/%s", (int)(slash - url), url, name);
	}
	return resource(x, a, ref, own, body, f);
}

static enum ac_err
put_sides(struct export *x, struct ac_arena *a, int64_t doc, const char *ref, const char *url, struct ac_fault *f)
{
	struct side *sides;
	struct ac_graph g;
	bool deleted = false, unseen = false;
	enum ac_err err;
	size_t n = 0, i;
	char *hex;
	uint32_t h, node;

	if ((err = ac_docs_graph(&g, a, x->s, doc, f)))
		return err;
	if (!(sides = ac_arena_get(a, (g.view.nheads + 1) * sizeof *sides)))
		return AC_ENOMEM;
	for (h = 0; h < g.view.nheads; h++) {
		node = g.view.heads[h];
		deleted |= !g.versions[node].body;
		for (i = 0; i < n && g.versions[node].body; i++)
			if (ac_val_equal(sides[i].v->body, g.versions[node].body))
				break;
		if (i < n || !g.versions[node].body)
			continue;
		if (!(hex = ac_arena_get(a, 65)))
			return AC_ENOMEM;
		ac_crypto_hex(hex, g.nodes[node].id, 32);
		sides[n].v = &g.versions[node];
		sides[n++].hex = hex;
		unseen |= left_out(x, g.versions[node].body);
	}
	for (i = 0; i < n && !err; i++) {
		sides[i].of = n + deleted;
		sides[i].deleted_too = deleted;
		sides[i].unseen = unseen;
		if (left_out(x, sides[i].v->body))
			err = leave_out(x, doc, sides[i].hex, sides[i].v->body, f);
		else
			err = put_side(x, a, ref, url, &sides[i], f);
	}
	return err;
}

/* ------------------------------------------------------------------- documents */

static enum ac_err
document(struct export *x, int64_t doc, uint64_t *disputed, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(x->s->home->index, "SELECT type || '/' || rid, rid, coalesce(url, ''), flags, body"
		" FROM doc WHERE id = ?", "i", doc);
	const struct ac_val *body = NULL;
	struct ac_arena a = { 0 };
	const char *ref = "", *id = "", *url = "";
	int64_t flags = 0;
	enum ac_err err = AC_OK;
	const void *p;
	size_t n;

	if (ac_rows_next(&q)) {
		ref = ac_arena_text(&a, ac_rows_text(&q, 0), strlen(ac_rows_text(&q, 0)));
		id = ac_arena_text(&a, ac_rows_text(&q, 1), strlen(ac_rows_text(&q, 1)));
		url = ac_arena_text(&a, ac_rows_text(&q, 2), strlen(ac_rows_text(&q, 2)));
		flags = ac_rows_int(&q, 3);
		if ((p = ac_rows_blob(&q, 4, &n)))
			err = ac_mp_read(&body, &a, p, n, f);
	}
	if (ac_rows_end(&q, f))
		err = q.err;
	else if (!ref || !id || !url)
		err = AC_ENOMEM;
	if (err)
		goto out;
	url = full_url(&a, url, id);
	if (flags & AC_DOC_WITHDRAWN)
		err = ac_withdrawn_say(x->s, doc, ref, f);
	else if (flags & AC_DOC_SAFETY) {
		++*disputed;
		err = put_sides(x, &a, doc, ref, url, f);
	} else if (body && left_out(x, body))
		err = leave_out(x, doc, NULL, body, f);
	else if (body)
		err = resource(x, &a, ref, url, body, f);
	else
		err = ac_fault(f, AC_ENOTFOUND, "%.200s is deleted; revert brings a version back", ref);
out:
	ac_arena_free(&a);
	return err;
}

static bool
wanted(const char *type, const char *const *types)
{
	size_t i;

	for (i = 0; types && types[i]; i++)
		if (!strcmp(types[i], type))
			return true;
	return !types;
}

static enum ac_err
all(struct export *x, const char *const *types, uint64_t *disputed, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(x->s->home->index, "SELECT id, type FROM doc WHERE space = ? AND ((flags & 8) = 0"
		" OR (flags & 2) != 0) AND (flags & 64) = 0 ORDER BY type, rid, source", "i", x->s->id);
	enum ac_err err = AC_OK;

	while (!err && ac_rows_next(&q))
		if (wanted(ac_rows_text(&q, 1), types))
			err = document(x, ac_rows_int(&q, 0), disputed, f);
	return ac_rows_end(&q, err ? NULL : f) && !err ? q.err : err;
}

static enum ac_err
some(struct export *x, const char *const *refs, size_t n, const char *const *types, uint64_t *disputed,
	struct ac_fault *f)
{
	char full[AC_REF_MAX];
	enum ac_err err = AC_OK;
	int64_t doc;
	size_t i;

	for (i = 0; i < n && !err; i++) {
		if ((err = ac_query_ref(full, &doc, x->s, refs[i], f)))
			break;
		*strchr(full, '/') = 0;
		if (wanted(full, types))
			err = document(x, doc, disputed, f);
	}
	return err;
}

enum ac_err
ac_export(struct ac_space *s, const char *const *refs, size_t nrefs, const char *const *types,
	enum ac_export_format format, const struct ac_sink *to, uint64_t *disputed, struct ac_fault *f)
{
	uint64_t n;

	return ac_export_with(s, refs, nrefs, types, format, NULL, to, &n, disputed, f);
}

enum ac_err
ac_export_with(struct ac_space *s, const char *const *refs, size_t nrefs, const char *const *types,
	enum ac_export_format format, const struct ac_export_choice *choice, const struct ac_sink *to, uint64_t *resources,
	uint64_t *disputed, struct ac_fault *f)
{
	static const char begin[] = "{\"resourceType\":\"Bundle\",\"type\":\"collection\"";
	struct export x = { .s = s, .to = to, .format = format, .choice = choice };
	uint64_t count = 0;
	enum ac_err err = AC_OK;

	x.out.max = 2 * BUFFER;
	if (format == AC_BUNDLE)
		err = put(&x, begin, sizeof begin - 1, f);
	if (!err)
		err = refs ? some(&x, refs, nrefs, types, &count, f) : all(&x, types, &count, f);
	if (!err && format == AC_BUNDLE) /* FHIR has no empty arrays */
		err = x.n ? put(&x, "]}\n", 3, f) : put(&x, "}\n", 2, f);
	if (!err && !(err = flush(&x, f))) {
		*disputed = count;
		*resources = x.n;
	}
	ac_buf_free(&x.text);
	ac_buf_free(&x.out);
	free(x.held);
	free(x.urls);
	return err;
}
