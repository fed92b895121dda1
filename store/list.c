/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/home.h"
#include "store/query.h"

/* With its source where two sources hold the same type and id. */
#define REF "d.type || '/' || d.rid || CASE WHEN EXISTS(SELECT 1 FROM doc o WHERE o.space = d.space AND " \
	"o.type = d.type AND o.rid = d.rid AND o.source != d.source) THEN '~' || d.source ELSE '' END"
#define COLUMNS "SELECT d.id, " REF ", d.type, d.date, d.title, d.heads, d.flags, d.author, d.source, d.body FROM doc d "
#define WHERE "WHERE d.space = ?1 AND (d.flags & 72) = 0 AND (?2 IS NULL OR d.type IN (SELECT value FROM json_each(?2)))" \
	" AND (?3 IS NULL OR d.date >= ?3) AND (?4 IS NULL OR (d.date != '' AND substr(d.date, 1, length(?4)) <= ?4))" \
	" AND (?5 = 0 OR (d.flags & 4) != 0) "
#define ORDER "ORDER BY d.date DESC, d.type, d.rid, d.source LIMIT ?6"

enum ac_err
ac_query_heads(char **out, struct ac_arena *a, const unsigned char *heads, size_t n)
{
	size_t i, count = n / 32;
	char *p = ac_arena_get(a, count * 65 + 1);

	if (!p)
		return AC_ENOMEM;
	*out = p;
	for (i = 0; i < count; i++, p += 64) {
		if (i)
			*p++ = '+';
		ac_crypto_hex(p, heads + i * 32, 32);
	}
	return AC_OK;
}

/* ["Observation","Condition"] */
static enum ac_err
types_json(struct ac_buf *out, const char *const *types)
{
	struct ac_val items[256], list = { .kind = AC_ARR, .items = items };

	for (; *types && list.n < 256; types++)
		items[list.n++] = ac_val_text(*types);
	return ac_json_write(out, &list, NULL, NULL);
}

/* Every word, quoted, so that none is an operator. */
static enum ac_err
match(struct ac_buf *out, const char *words)
{
	const unsigned char *p = (const unsigned char *)words;
	enum ac_err err = AC_OK;
	size_t n;

	while (*p && !err) {
		for (n = 0; p[n] && (isalnum(p[n]) || p[n] >= 0x80); n++)
			;
		if (n)
			err = ac_buf_addf(out, "\"%.*s\" ", (int)n, (const char *)p);
		p += n ? n : 1;
	}
	return err ? err : ac_buf_add(out, "", 1);
}

/* Behind the words, if there are any. code: as it is, or behind its system and a bar. */
static enum ac_err
match_code(struct ac_buf *out, const char *code)
{
	const char *bar = strrchr(code, '|');
	char *system = bar ? strndup(code, (size_t)(bar - code)) : NULL, word[AC_FACTS_CODE];

	if (bar && !system)
		return AC_ENOMEM;
	ac_facts_code(word, system, bar ? bar + 1 : code);
	free(system);
	if (out->len)
		out->len--; /* the NUL */
	return ac_buf_add(out, word, sizeof word);
}

static enum ac_err
row(struct ac_rows *q, struct ac_space *s, bool body, int (*each)(void *ctx, const struct ac_row *row), void *ctx,
	bool *stop)
{
	struct ac_arena a = { 0 };
	const char *device;
	struct ac_row r = { 0 };
	const void *heads, *author, *p;
	char *version;
	enum ac_err err;
	size_t n, nauthor, nbody;

	heads = ac_rows_blob(q, 5, &n);
	author = ac_rows_blob(q, 7, &nauthor);
	err = ac_query_heads(&version, &a, heads, n);
	if (!err && body && (p = ac_rows_blob(q, 9, &nbody)))
		err = ac_mp_read(&r.body, &a, p, nbody, NULL);
	if (!err) {
		r.ref = ac_rows_text(q, 1);
		r.type = ac_rows_text(q, 2);
		r.date = ac_rows_text(q, 3);
		r.title = ac_rows_text(q, 4);
		r.version = version;
		r.conflict = ac_rows_int(q, 6) & AC_DOC_CONFLICT;
		r.flagged = ac_rows_int(q, 6) & AC_DOC_FLAGGED;
		ac_author_name(&r.author, &device, &a, s, nauthor == 8 ? author : NULL, ac_rows_text(q, 8));
		*stop = each(ctx, &r) != 0;
	}
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_list(struct ac_space *s, const struct ac_filter *f, int (*each)(void *ctx, const struct ac_row *row), void *ctx,
	struct ac_fault *fault)
{
	struct ac_buf types = { 0 }, words = { 0 };
	struct ac_rows q;
	bool stop = false;
	enum ac_err err = AC_OK;
	int64_t limit = f->limit ? (int64_t)f->limit : -1;

	if (f->types && ((err = types_json(&types, f->types)) || (err = ac_buf_add(&types, "", 1))))
		goto out;
	if (f->words && (err = match(&words, f->words)))
		goto out;
	if (f->words && words.len <= 1)
		goto out; /* no word: nothing is found */
	if (f->code && (err = match_code(&words, f->code)))
		goto out;
#define ARGS s->id, (const char *)types.p, f->since, f->until, (int64_t)f->flagged, limit
	if (words.len)
		q = ac_index_query(s->home->index, COLUMNS WHERE "AND d.id IN (SELECT rowid & 4294967295 FROM words WHERE words MATCH ?7)"
			" AND (d.wording << 32 | d.id) IN (SELECT rowid FROM words WHERE words MATCH ?7) "
			ORDER, "itttiit", ARGS, (const char *)words.p);
	else
		q = ac_index_query(s->home->index, COLUMNS WHERE ORDER, "itttii", ARGS);
	while (!err && !stop && ac_rows_next(&q))
		err = row(&q, s, f->bodies, each, ctx, &stop);
	if (ac_rows_end(&q, fault))
		err = q.err;
out:
	ac_buf_free(&types);
	ac_buf_free(&words);
	return err;
}

/* -------------------------------------------------------------------- REF */

struct wanted { char type[128], id[512], source[512]; bool has_id, has_source; };

static bool
split(struct wanted *w, const char *ref)
{
	const char *slash = strchr(ref, '/'), *tilde = slash ? strchr(slash, '~') : NULL;
	size_t ntype = slash ? (size_t)(slash - ref) : strlen(ref);
	size_t nid = !slash ? 0 : tilde ? (size_t)(tilde - slash - 1) : strlen(slash + 1);

	memset(w, 0, sizeof *w);
	if (!ref[0] || ntype >= sizeof w->type || nid >= sizeof w->id || (tilde && strlen(tilde) >= sizeof w->source))
		return false;
	memcpy(w->type, ref, ntype);
	if (slash)
		memcpy(w->id, slash + 1, nid);
	if (tilde)
		strcpy(w->source, tilde + 1);
	w->has_id = slash != NULL;
	w->has_source = tilde != NULL;
	return true;
}

struct found {
	int64_t doc;
	char ref[AC_REF_MAX];
	size_t n;
	char names[400];
};

static enum ac_err
look(struct found *out, struct ac_rows *q, struct ac_fault *f)
{
	memset(out, 0, sizeof *out);
	while (out->n < 6 && ac_rows_next(q)) {
		if (!out->n++) {
			out->doc = ac_rows_int(q, 0);
			snprintf(out->ref, sizeof out->ref, "%s", ac_rows_text(q, 1));
		}
		if (strlen(out->names) + strlen(ac_rows_text(q, 1)) + 3 < sizeof out->names)
			sprintf(out->names + strlen(out->names), "%s%s", out->names[0] ? ", " : "", ac_rows_text(q, 1));
	}
	return ac_rows_end(q, f);
}

#define FIND "SELECT d.id, " REF " FROM doc d WHERE d.space = ?1 AND d.type "

enum ac_err
ac_query_ref(char out[static AC_REF_MAX], int64_t *doc, struct ac_space *s, const char *ref, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	struct found got = { 0 };
	struct wanted w;
	struct ac_rows q;
	enum ac_err err;

	if (!split(&w, ref))
		return ac_fault(f, AC_EUSAGE, "a REF is Type/id, as list shows them, or its beginning");
	if (w.has_id) {
		q = ac_index_query(ix, FIND "= ?2 AND d.rid = ?3 AND (?4 IS NULL OR d.source = ?4)", "ittt", s->id, w.type,
			w.id, w.has_source ? w.source : NULL);
		if ((err = look(&got, &q, f)))
			return err;
		if (!got.n && w.has_source) {
			q = ac_index_query(ix, FIND "= ?2 AND d.rid = ?3 AND substr(d.source, 1, length(?4)) = ?4", "ittt",
				s->id, w.type, w.id, w.source);
			if ((err = look(&got, &q, f)))
				return err;
		}
		if (!got.n && !w.has_source) {
			q = ac_index_query(ix, FIND "= ?2 AND d.rid >= ?3 AND d.rid < ?3 || '~' AND (d.flags & 72) = 0", "itt",
				s->id, w.type, w.id);
			if ((err = look(&got, &q, f)))
				return err;
		}
	} else {
		q = ac_index_query(ix, FIND ">= ?2 AND d.type < ?2 || '~' AND (d.flags & 72) = 0", "it", s->id, w.type);
		if ((err = look(&got, &q, f)))
			return err;
	}
	if (!got.n)
		return ac_fault(f, AC_ENOTFOUND, "there is no document %.200s; list shows what there is", ref);
	if (got.n > 1)
		return ac_fault(f, AC_EAMBIGUOUS, "%.200s fits several documents: %s%s; write one of them out", ref, got.names,
			got.n > 5 ? ", …" : "");
	snprintf(out, AC_REF_MAX, "%s", got.ref);
	*doc = got.doc;
	return AC_OK;
}

enum ac_err
ac_ref(char out[static AC_REF_MAX], struct ac_space *s, const char *ref, struct ac_fault *f)
{
	int64_t doc;

	return ac_query_ref(out, &doc, s, ref, f);
}

/* "Type/id" of a reference that ends so, and what stands before it as its source; false: it
 * does not. */
static bool
local(struct wanted *w, const char *reference)
{
	size_t n = strlen(reference);
	const char *history = strstr(reference, "/_history/"), *id, *type, *end = history ? history : reference + n;

	for (id = end; id > reference && id[-1] != '/'; id--)
		;
	if (id == reference)
		return false;
	for (type = id - 1; type > reference && type[-1] != '/'; type--)
		;
	memset(w, 0, sizeof *w);
	if ((size_t)(id - 1 - type) >= sizeof w->type || (size_t)(end - id) >= sizeof w->id)
		return false;
	memcpy(w->type, type, (size_t)(id - 1 - type));
	memcpy(w->id, id, (size_t)(end - id));
	w->has_source = type > reference;
	if (w->has_source && (size_t)(type - 1 - reference) >= sizeof w->source)
		return false;
	if (w->has_source)
		memcpy(w->source, reference, (size_t)(type - 1 - reference));
	return true;
}

/* A reference that is a REF with its source; false: it is none. */
static bool
sourced(struct wanted *w, const char *reference)
{
	return strchr(reference, '~') && split(w, reference) && w->has_source && !strchr(w->type, ':') && !strchr(w->id, '/');
}

enum ac_err
ac_query_named(int64_t *doc, struct ac_space *s, const char *reference, const char *source, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	struct wanted w;
	struct ac_rows q;
	int64_t got = 0;

	q = ac_index_query(ix, "SELECT d.id FROM doc d WHERE d.url = ?2 AND +d.space = ?1 AND (d.flags & 72) = 0"
		" ORDER BY d.source IS NOT ?3, d.source LIMIT 1", "itt", s->id, reference, source);
	if (ac_rows_next(&q))
		got = ac_rows_int(&q, 0);
	if (ac_rows_end(&q, f))
		return q.err;
	if (!got && (sourced(&w, reference) || local(&w, reference))) {
		q = ac_index_query(ix, "SELECT d.id FROM doc d WHERE d.space = ?1 AND d.type = ?2 AND d.rid = ?3"
			" AND (?4 IS NULL OR d.source = ?4) AND (d.flags & 72) = 0 ORDER BY d.source IS NOT ?5, d.source LIMIT 1",
			"itttt", s->id, w.type, w.id, w.has_source ? w.source : NULL, source);
		if (ac_rows_next(&q))
			got = ac_rows_int(&q, 0);
		if (ac_rows_end(&q, f))
			return q.err;
	}
	*doc = got;
	return AC_OK;
}

enum ac_err
ac_reference(const char **ref, const char **title, struct ac_arena *a, struct ac_space *s, const char *reference,
	struct ac_fault *f)
{
	const char *got_ref = "", *got_title = "";
	struct ac_doc_row r = { 0 };
	struct ac_rows q;
	int64_t doc = 0;
	enum ac_err err = ac_query_named(&doc, s, reference, NULL, f);

	if (err || (doc && (err = ac_query_doc(&r, a, s, doc, f))))
		return err;
	q = ac_index_query(s->home->index, "SELECT " REF ", d.title FROM doc d WHERE d.id = ?", "i", doc);
	if (ac_rows_next(&q)) {
		got_ref = ac_arena_text(a, ac_rows_text(&q, 0), strlen(ac_rows_text(&q, 0)));
		got_title = r.body ? ac_doc_said(a, r.body) : ac_arena_text(a, ac_rows_text(&q, 1), strlen(ac_rows_text(&q, 1)));
	}
	if (ac_rows_end(&q, f))
		return q.err;
	if (!got_ref || !got_title)
		return AC_ENOMEM;
	*ref = got_ref;
	*title = got_title;
	return AC_OK;
}

enum ac_err
ac_query_ref_of(char out[static AC_REF_MAX], struct ac_space *s, int64_t doc, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT " REF " FROM doc d WHERE d.id = ?", "i", doc);

	if (ac_rows_next(&q))
		snprintf(out, AC_REF_MAX, "%s", ac_rows_text(&q, 0));
	return ac_rows_end(&q, f);
}

enum ac_err
ac_query_version(unsigned char vid[static 32], struct ac_space *s, int64_t doc, const char *ref, const char *version,
	struct ac_fault *f)
{
	struct ac_rows q;
	char hex[65];
	const void *p;
	size_t n, fits = 0, len = strlen(version);

	if (len < 8 || len > 64 || strspn(version, "0123456789abcdef") != len)
		return ac_fault(f, AC_EUSAGE, "a version is written as 8 or more lower-case hex digits, as history shows them");
	q = ac_index_query(s->home->index, "SELECT vid FROM version WHERE doc = ?", "i", doc);
	while (ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 32)
			continue;
		ac_crypto_hex(hex, p, 32);
		if (!strncmp(hex, version, len)) {
			memcpy(vid, p, 32);
			fits++;
		}
	}
	if (ac_rows_end(&q, f))
		return q.err;
	if (fits == 1)
		return AC_OK;
	return ac_fault(f, fits ? AC_EAMBIGUOUS : AC_ENOTFOUND, fits ? "%.64s fits several versions of %s; write more of it"
		: "there is no version %.64s of %s; history shows them", version, ref);
}
