/* SPDX-License-Identifier: ISC */
/*
 * Attachments as documents see them: a DocumentReference, or another document that
 * has a place for one, holds an AC_BLOB where FHIR has base64. The bytes themselves
 * are chunks.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/chunks.h"
#include "store/query.h"
#include "store/write.h"

#define MEMORY_MAX ((size_t)256 << 20) /* of an attachment read whole */

/* ------------------------------------------------------------------- detach */

struct bytes { const unsigned char *p; size_t n; };

static enum ac_err
read_bytes(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct bytes *from = ctx;

	(void)f;
	if (*n > from->n)
		*n = from->n;
	memcpy(p, from->p, *n);
	from->p += *n;
	from->n -= *n;
	return AC_OK;
}

/* b NULL: only as it would be. */
struct detaching { struct ac_arena *a; struct ac_append *b; };

static bool
is_large(const struct ac_val *v)
{
	return v->kind == AC_BIN && v->n > AC_MAX_INLINE;
}

static enum ac_err
detach(struct ac_val *v, void *ctx, struct ac_fault *f)
{
	struct detaching *d = ctx;
	struct bytes bytes = { v->bin, v->n };
	struct ac_source from = { read_bytes, &bytes };
	struct ac_blob *blob = ac_arena_get(d->a, sizeof *blob);

	if (!blob)
		return AC_ENOMEM;
	blob->size = v->n;
	ac_crypto_hash(blob->hash, 32, v->bin, v->n, NULL, 0);
	*v = (struct ac_val){ .kind = AC_BLOB, .at = v->at, .blob = blob };
	return d->b ? ac_chunks_put(d->b, blob->hash, blob->size, &from, f) : AC_OK;
}

enum ac_err
ac_attach_detach(const struct ac_val **out, struct ac_arena *a, struct ac_append *b, const struct ac_val *body,
	struct ac_fault *f)
{
	struct detaching d = { a, b };

	return ac_val_replace(out, a, body, is_large, detach, &d, f);
}

enum ac_err
ac_attach_copy(struct ac_append *b, struct ac_space *from, const struct ac_val *body, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	uint32_t i;

	if (body->kind == AC_BLOB)
		return ac_chunks_copy(b, from, body->blob->hash, f);
	for (i = 0; body->kind == AC_ARR && i < body->n && !err; i++)
		err = ac_attach_copy(b, from, &body->items[i], f);
	for (i = 0; body->kind == AC_MAP && i < body->n && !err; i++)
		err = ac_attach_copy(b, from, &body->pairs[i].val, f);
	return err;
}

/* ------------------------------------------------------------------ reading */

struct into { struct ac_buf *raw; size_t start; };

static enum ac_err
to_memory(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	struct into *in = ctx;

	if (n > MEMORY_MAX || in->raw->len - in->start > MEMORY_MAX - n)
		return ac_fault(f, AC_ELIMIT, "an attachment is too large to be shown inside its document; get it as a file");
	return ac_buf_add(in->raw, p, n);
}

static enum ac_err
read_blob(void *ctx, struct ac_buf *raw, const struct ac_blob *blob, struct ac_fault *f)
{
	struct into in = { raw, raw->len };
	struct ac_sink to = { to_memory, &in };
	size_t max = raw->max;
	enum ac_err err;

	if (!raw->max || raw->max < MEMORY_MAX)
		raw->max = MEMORY_MAX;
	err = ac_chunks_get(ctx, blob->hash, &to, f);
	raw->max = max;
	return err == AC_ENET ? AC_ENOTFOUND : err;
}

struct ac_blob_source
ac_space_blobs(struct ac_space *s)
{
	return (struct ac_blob_source){ read_blob, s };
}

/* ------------------------------------------------------------------ listing */

/* Calls `each` for every attachment in a value; `in` is the object that holds it.
 * Small data that stands inline (AC_BIN under "data") is one too, where wanted. */
static int
find_blobs(const struct ac_val *v, const struct ac_val *in, const char *key, bool small,
	int (*each)(void *ctx, const struct ac_val *in, const struct ac_val *blob), void *ctx)
{
	int stop = 0;
	uint32_t i;

	if (v->kind == AC_BLOB || (small && v->kind == AC_BIN && !strcmp(key, "data")))
		return each(ctx, in, v);
	for (i = 0; v->kind == AC_ARR && i < v->n && !stop; i++)
		stop = find_blobs(&v->items[i], in, key, small, each, ctx);
	for (i = 0; v->kind == AC_MAP && i < v->n && !stop; i++)
		stop = find_blobs(&v->pairs[i].val, v, v->pairs[i].key, small, each, ctx);
	return stop;
}

struct listing {
	struct ac_space *s;
	const struct ac_doc_row *row;
	struct ac_arena *arena;
	int (*each)(void *ctx, const struct ac_attachment *a);
	void *ctx;
};

static const char *
title_of(struct ac_arena *a, const struct ac_val *doc, const struct ac_val *in)
{
	const char *title = ac_val_str(in, "title");

	return title ? title : ac_doc_title(a, doc);
}

static int
list_one(void *ctx, const struct ac_val *in, const struct ac_val *v)
{
	struct listing *l = ctx;
	struct ac_attachment at = { .ref = l->row->ref, .type = ac_val_str(in, "contentType"), .size = v->blob->size };

	at.title = title_of(l->arena, l->row->body, in);
	if (!at.type)
		at.type = "";
	ac_crypto_hex(at.hash, v->blob->hash, 32);
	at.here = ac_chunks_here(l->s, v->blob->hash);
	return l->each(l->ctx, &at);
}

enum ac_err
ac_attachment_list(struct ac_space *s, int (*each)(void *ctx, const struct ac_attachment *a), void *ctx,
	struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT d.id FROM doc d WHERE d.space = ?1 AND d.id IN "
		"(SELECT doc FROM holds WHERE space = ?1) ORDER BY d.date DESC, d.type, d.rid, d.source", "i", s->id);
	enum ac_err err = AC_OK;
	int stop = 0;

	while (!err && !stop && ac_rows_next(&q)) {
		struct ac_arena a = { 0 };
		struct ac_doc_row row;
		struct listing l = { s, &row, &a, each, ctx };

		if (!(err = ac_query_doc(&row, &a, s, ac_rows_int(&q, 0), f)) && row.body && !(row.flags & AC_DOC_WITHDRAWN))
			stop = find_blobs(row.body, row.body, "", false, list_one, &l);
		ac_arena_free(&a);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

/* -------------------------------------------------------------------- bytes */

struct first { const struct ac_val *in, *blob; };

static int
take_first(void *ctx, const struct ac_val *in, const struct ac_val *v)
{
	struct first *o = ctx;

	o->in = in;
	o->blob = v;
	return 1;
}

/* A name for a file: no folder, nothing hidden, no control character. */
static void
file_name(char out[static 256], const char *title)
{
	size_t n = 0;

	while (*title == '.' || *title == ' ')
		title++;
	for (; *title && n < 200; title++)
		out[n++] = (unsigned char)*title < 0x20 || *title == 0x7f || *title == '/' || *title == '\\' ? '_' : *title;
	while (n && ((unsigned char)*title & 0xc0) == 0x80 && ((unsigned char)out[n - 1] & 0x80)) {
		/* cut inside a character: take all of it away */
		if (((unsigned char)out[--n] & 0xc0) == 0xc0)
			break;
	}
	out[n] = 0;
	if (!n)
		strcpy(out, "attachment");
}

enum ac_err
ac_attachment_read(struct ac_space *s, const char *ref, const struct ac_sink *to, char name[static 256],
	struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct first at = { 0 };
	struct ac_doc_row row;
	char full[AC_REF_MAX];
	int64_t doc;
	enum ac_err err;

	if ((err = ac_query_ref(full, &doc, s, ref, f)) || (err = ac_query_doc(&row, &a, s, doc, f)))
		goto out;
	if (!row.body || !find_blobs(row.body, row.body, "", true, take_first, &at)) {
		err = ac_fault(f, AC_ENOTFOUND, "%s has no attachment; attachment list shows which documents have", full);
		goto out;
	}
	if (at.blob->kind == AC_BIN)
		err = to->write(to->ctx, at.blob->bin, at.blob->n, f);
	else
		err = ac_chunks_get(s, at.blob->blob->hash, to, f);
	if (err == AC_ENOTFOUND) /* the document is there: sync may know of a place */
		err = AC_ENET;
	if (!err)
		file_name(name, title_of(&a, row.body, at.in));
out:
	ac_arena_free(&a);
	return err;
}

bool
ac_attachment_here(struct ac_space *s, const char hash[static 65])
{
	unsigned char h[32];

	return ac_crypto_unhex(h, 32, hash) && ac_chunks_here(s, h);
}

enum ac_err
ac_attachment_bytes(struct ac_space *s, const char hash[static 65], const struct ac_sink *to, struct ac_fault *f)
{
	unsigned char h[32];
	enum ac_err err = ac_crypto_unhex(h, 32, hash) ? ac_chunks_get(s, h, to, f)
		: ac_fault(f, AC_EUSAGE, "an attachment goes by 64 hex digits");

	return err == AC_ENOTFOUND ? AC_ENET : err;
}

/* ------------------------------------------------------------------- adding */

struct file {
	int fd;
	char first[16]; /* bytes, for guessing what it is */
	struct ac_blob blob;
};

static enum ac_err
read_fd(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	ssize_t got = read(*(int *)ctx, p, *n);

	if (got < 0)
		return ac_fault(f, AC_EIO, "a file could not be read: %s", ac_words_error(errno));
	*n = (size_t)got;
	return AC_OK;
}

static enum ac_err
hash_file(struct file *o, struct ac_fault *f)
{
	struct ac_buf b = { 0 };
	struct ac_hash h;
	enum ac_err err = ac_buf_room(&b, (size_t)1 << 20);
	size_t n;

	ac_crypto_hash_init(&h, 32, NULL, 0);
	while (!err) {
		n = (size_t)1 << 20;
		if ((err = read_fd(&o->fd, b.p, &n, f)) || !n)
			break;
		b.len = n;
		if (!o->blob.size)
			memcpy(o->first, b.p, n < sizeof o->first ? n : sizeof o->first);
		ac_crypto_hash_add(&h, b.p, n);
		o->blob.size += n;
	}
	ac_crypto_hash_end(&h, o->blob.hash, 32);
	if (!err && lseek(o->fd, 0, SEEK_SET))
		err = ac_fault(f, AC_EIO, "a file could not be read again: %s", ac_words_error(errno));
	ac_buf_free(&b);
	return err;
}

static enum ac_err
open_file(struct file *o, const char *path, struct ac_fault *f)
{
	struct stat st;

	if ((o->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return ac_fault(f, AC_ENOTFOUND, "%.300s cannot be opened: %s", path, ac_words_error(errno));
	if (fstat(o->fd, &st) || !S_ISREG(st.st_mode))
		return ac_fault(f, AC_EUSAGE, "%.300s is no file; an attachment is one", path);
	if (!st.st_size)
		return ac_fault(f, AC_EREFUSED, "%.300s is empty: there is nothing to keep", path);
	return hash_file(o, f);
}

static const char *
guess_type(const struct file *o, const char *path)
{
	static const struct { const char *magic; size_t n; const char *type; } magics[] = {
		{ "%PDF-", 5, "application/pdf" }, { "\x89PNG\r\n\x1a\n", 8, "image/png" },
		{ "\xff\xd8\xff", 3, "image/jpeg" }, { "GIF8", 4, "image/gif" }, { "II*\0", 4, "image/tiff" },
		{ "MM\0*", 4, "image/tiff" }, { "PK\3\4", 4, "application/zip" } };
	static const struct { const char *end, *type; } ends[] = {
		{ ".txt", "text/plain" }, { ".html", "text/html" }, { ".htm", "text/html" }, { ".csv", "text/csv" },
		{ ".xml", "application/xml" }, { ".json", "application/json" }, { ".dcm", "application/dicom" },
		{ ".rtf", "application/rtf" }, { ".svg", "image/svg+xml" }, { ".webp", "image/webp" },
		{ ".heic", "image/heic" }, { ".mp3", "audio/mpeg" }, { ".m4a", "audio/mp4" }, { ".wav", "audio/wav" },
		{ ".mp4", "video/mp4" }, { ".mov", "video/quicktime" }, { ".md", "text/markdown" },
		{ ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
		{ ".odt", "application/vnd.oasis.opendocument.text" }, { ".pdf", "application/pdf" },
		{ ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" } };
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 0; dot && i < sizeof ends / sizeof *ends; i++)
		if (!strcasecmp(dot, ends[i].end))
			return ends[i].type;
	for (i = 0; i < sizeof magics / sizeof *magics; i++)
		if (o->blob.size >= magics[i].n && !memcmp(o->first, magics[i].magic, magics[i].n))
			return magics[i].type;
	return "application/octet-stream";
}

/* An Attachment, in R4's order of elements. */
static const struct ac_val *
attachment_of(struct ac_arena *a, const struct file *o, const char *path, const char *title)
{
	struct ac_val v, *map = ac_arena_get(a, sizeof *map);
	const struct ac_val *at = map;

	if (!map)
		return NULL;
	map->kind = AC_MAP;
	v = ac_val_text(guess_type(o, path));
	at = ac_val_set(a, at, "contentType", &v);
	v = (struct ac_val){ .kind = AC_BLOB, .blob = &o->blob };
	at = at ? ac_val_set(a, at, "data", &v) : NULL;
	v = ac_val_int((int64_t)o->blob.size);
	if (at && o->blob.size <= INT32_MAX) /* FHIR's unsignedInt ends there */
		at = ac_val_set(a, at, "size", &v);
	v = ac_val_text(title);
	return at ? ac_val_set(a, at, "title", &v) : NULL;
}

static enum ac_err
set_text(const struct ac_val **body, struct ac_arena *a, const char *path, const char *text, struct ac_fault *f)
{
	struct ac_val v = ac_val_text(text);

	return ac_path_set(body, a, *body, path, &v, f);
}

static enum ac_err
new_document(const struct ac_val **out, struct ac_arena *a, const struct ac_val *at, const char *title,
	const char *id, struct ac_fault *f)
{
	struct ac_val *map = ac_arena_get(a, sizeof *map);
	const struct ac_val *body = map;
	char now[32];
	enum ac_err err;

	if (!map)
		return AC_ENOMEM;
	map->kind = AC_MAP;
	ac_time_write(now, ac_clock_ms());
	if ((err = set_text(&body, a, "resourceType", "DocumentReference", f)) || (err = set_text(&body, a, "id", id, f))
	    || (err = set_text(&body, a, "status", "current", f))
	    || (err = set_text(&body, a, "type.text", title, f))
	    || (err = set_text(&body, a, "date", ac_arena_text(a, now, strlen(now)), f)))
		return err;
	err = ac_path_set(&body, a, body, "content[0].attachment", at, f);
	*out = body;
	return err;
}

/* Where a type has room for one more attachment. */
static enum ac_err
add_to(const struct ac_val **out, struct ac_arena *a, const struct ac_doc_row *row, const struct ac_val *at,
	struct ac_fault *f)
{
	/* a list's next item, then what is inside it; or the one place there is */
	static const struct { const char *type, *list, *inside; } places[] = {
		{ "DocumentReference", "content", ".attachment" }, { "DiagnosticReport", "presentedForm", "" },
		{ "Consent", NULL, "sourceAttachment" }, { "Media", NULL, "content" }, { "Patient", "photo", "" },
		{ "Person", NULL, "photo" }, { "Practitioner", "photo", "" }, { "RelatedPerson", "photo", "" },
		{ "Communication", "payload", ".contentAttachment" }, { "Contract", "legal", ".contentAttachment" } };
	const struct ac_val *list;
	char path[80];
	size_t i;

	for (i = 0; i < sizeof places / sizeof *places; i++)
		if (!strcmp(places[i].type, row->type))
			break;
	if (i == sizeof places / sizeof *places)
		return ac_fault(f, AC_EREFUSED, "a %s has no place for an attachment; leave --to out to get a document of its own",
			row->type);
	if (!places[i].list) {
		if (ac_path_get(row->body, places[i].inside))
			return ac_fault(f, AC_EREFUSED, "%s has an attachment already and has place for one", row->ref);
		return ac_path_set(out, a, row->body, places[i].inside, at, f);
	}
	list = ac_val_get(row->body, places[i].list);
	snprintf(path, sizeof path, "%s[%u]%s", places[i].list, list && list->kind == AC_ARR ? list->n : 0,
		places[i].inside);
	return ac_path_set(out, a, row->body, path, at, f);
}

static enum ac_err
find_to(struct ac_doc_row *row, struct ac_arena *a, struct ac_space *s, const char *to, struct ac_fault *f)
{
	char full[AC_REF_MAX];
	int64_t doc;
	enum ac_err err;

	if ((err = ac_query_ref(full, &doc, s, to, f)) || (err = ac_query_doc(row, a, s, doc, f)))
		return err;
	if (row->flags & AC_DOC_WITHDRAWN)
		return ac_withdrawn_say(s, doc, full, f);
	if (row->flags & AC_DOC_CONFLICT)
		return ac_fault(f, AC_EREFUSED, "%s is in dispute: settle it with resolve before other changes", full);
	return row->body ? AC_OK : ac_fault(f, AC_ENOTFOUND, "%s is deleted; revert brings a version back", full);
}

static enum ac_err
heads_of(struct ac_val *out, struct ac_arena *a, const struct ac_doc_row *row)
{
	struct ac_val *list = ac_entry_list(a, row->nheads);
	size_t i;

	if (!list)
		return AC_ENOMEM;
	for (i = 0; i < row->nheads; i++)
		*ac_entry_at(list, i) = ac_val_bytes(row->heads + i * 32, 32);
	*out = *list;
	return AC_OK;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

enum ac_err
ac_attachment_add(struct ac_wrote *out, struct ac_space *s, const char *path, const char *to, const char *title,
	struct ac_fault *f)
{
	struct file o = { .fd = -1 };
	struct ac_source from = { read_fd, &o.fd };
	struct ac_doc_row row = { .type = "DocumentReference", .source = "" };
	struct ac_version v = { .op = to ? AC_OP_EDIT : AC_OP_PUT };
	const struct ac_val *at, *body = NULL;
	struct ac_arena a = { 0 };
	struct ac_append b = { 0 };
	struct ac_wrote w = { 0 };
	struct ac_val parents;
	unsigned char vid[32];
	char id[37];
	enum ac_err err;

	if (ac_space_role(s) == AC_READER)
		return ac_fault(f, AC_EREFUSED, "this device can only read the record of %s", s->patient);
	if ((err = open_file(&o, path, f)) || (err = ac_append_begin(&b, s, f)))
		goto out;
	if (!title || !title[0])
		title = base_name(path);
	ac_write_uuid(id);
	row.id = id;
	if (to && (err = find_to(&row, &a, s, to, f)))
		goto out;
	if (!(at = attachment_of(&a, &o, path, title))) {
		err = AC_ENOMEM;
		goto out;
	}
	if ((err = to ? add_to(&body, &a, &row, at, f) : new_document(&body, &a, at, title, id, f))
	    || (err = ac_mp_body(&body, &a, body)))
		goto out;
	if ((err = ac_write_validate(&w, row.body, body, 0, f)) || (err = heads_of(&parents, &a, &row)))
		goto out;
	if ((err = ac_chunks_put(&b, o.blob.hash, o.blob.size, &from, f)))
		goto out;
	v.source = row.source;
	v.type = row.type;
	v.id = row.id;
	v.time = b.clock;
	v.member = s->me;
	v.parents = &parents;
	v.body = body;
	if ((err = ac_append_version(&b, vid, &v, f)) || (err = ac_append_commit(&b, f)))
		goto out;
	ac_crypto_hex(w.version, vid, 32);
	snprintf(w.ref, sizeof w.ref, "%s/%s", row.type, row.id);
	if (to)
		snprintf(w.ref, sizeof w.ref, "%s", row.ref);
	*out = w;
out:
	ac_append_end(&b);
	ac_arena_free(&a);
	if (o.fd >= 0)
		close(o.fd);
	return err;
}
