/* SPDX-License-Identifier: ISC */
/*
 * What every change by a person goes through: the lock, the document as it stands,
 * the rules (role, dispute, validation), one version whose parents are all heads.
 */
#include <stdio.h>
#include <string.h>

#include "store/home.h"
#include "store/query.h"
#include "store/write.h"

struct change {
	struct ac_append b;
	struct ac_arena a;
	struct ac_space *s;
	struct ac_doc_row r;
	bool known;               /* the document exists (perhaps deleted) */
	int flags;
};

static void
finish(struct change *c)
{
	ac_append_end(&c->b);
	ac_arena_free(&c->a);
}

static enum ac_err
start(struct change *c, struct ac_space *s, int flags, struct ac_fault *f)
{
	memset(c, 0, sizeof *c);
	c->s = s;
	c->flags = flags;
	if (ac_space_role(s) == AC_READER)
		return ac_fault(f, AC_EREFUSED, "this device can only read the record of %s", s->patient);
	return ac_append_begin(&c->b, s, f);
}

static enum ac_err
load(struct change *c, const char *ref, struct ac_fault *f)
{
	char full[AC_REF_MAX];
	int64_t doc;
	enum ac_err err;

	if ((err = ac_query_ref(full, &doc, c->s, ref, f)) || (err = ac_query_doc(&c->r, &c->a, c->s, doc, f)))
		return err;
	c->known = true;
	return AC_OK;
}

static enum ac_err
undisputed(const struct change *c, struct ac_fault *f)
{
	if (c->known && c->r.flags & AC_DOC_WITHDRAWN)
		return ac_withdrawn_say(c->s, c->r.doc, c->r.ref, f);
	if (c->known && c->r.flags & AC_DOC_CONFLICT)
		return ac_fault(f, AC_EREFUSED, "%s is in dispute: settle it with resolve before other changes", c->r.ref);
	return AC_OK;
}

/* ---------------------------------------------------------------- validation */

struct first {
	size_t errors;
	char text[512];
};

static void
note(void *ctx, const struct ac_issue *i)
{
	struct first *w = ctx;

	if (i->error && !w->errors++)
		snprintf(w->text, sizeof w->text, "%s: %s", i->path, i->message);
}

enum ac_err
ac_write_validate(struct ac_wrote *out, const struct ac_val *was, const struct ac_val *body, int flags,
	struct ac_fault *f)
{
	struct first now = { 0 }, then = { 0 };
	enum ac_err err;
	size_t n;

	if (!body)
		return AC_OK;
	if ((err = ac_validate(body, note, &now, &n)))
		return err;
	if (was && (err = ac_validate(was, note, &then, &n)))
		return err;
	out->flagged = now.errors > 0;
	snprintf(out->issue, sizeof out->issue, "%s", now.text);
	if (now.errors > then.errors && !(flags & AC_FORCE))
		return ac_fault(f, AC_EREFUSED, "%s; correct it, or keep it all the same with --force", now.text);
	return AC_OK;
}

/* -------------------------------------------------------------------- writing */

static enum ac_err
parents(struct ac_val *out, struct change *c)
{
	struct ac_val *list = ac_entry_list(&c->a, c->known ? c->r.nheads : 0);
	size_t i;

	if (!list)
		return AC_ENOMEM;
	for (i = 0; i < list->n; i++)
		*ac_entry_at(list, i) = ac_val_bytes(c->r.heads + i * 32, 32);
	*out = *list;
	return AC_OK;
}

static enum ac_err
wrote(struct ac_wrote *out, struct change *c, const unsigned char vid[static 32], struct ac_fault *f)
{
	struct ac_rows q;

	ac_crypto_hex(out->version, vid, 32);
	if (c->known) {
		snprintf(out->ref, sizeof out->ref, "%s", c->r.ref);
		return AC_OK;
	}
	q = ac_index_query(c->s->home->index, "SELECT doc FROM version WHERE tag = ? AND vid = ?", "ib", ac_index_tag(vid), vid, (size_t)32);
	if (!ac_rows_next(&q))
		return ac_rows_end(&q, f) ? q.err : ac_fault(f, AC_EINTERNAL, "what was written is not in the index");
	c->r.doc = ac_rows_int(&q, 0);
	if (ac_rows_end(&q, f))
		return q.err;
	return ac_query_ref_of(out->ref, c->s, c->r.doc, f);
}

/* The one way of a body into the chain; *vid is its version. Equal to what stands: nothing is
 * added, and it is the one that stands. */
static enum ac_err
add(struct ac_wrote *out, unsigned char vid[static 32], bool *added, struct change *c, const char *source, const char *type,
	const char *id, const struct ac_val *body, enum ac_op op, struct ac_fault *f)
{
	struct ac_version v = { .source = source, .type = type, .id = id, .time = c->b.clock, .member = c->s->me,
		.op = op };
	struct ac_val p;
	enum ac_err err;

	*added = false;
	/* what was built here, and read from no JSON, may hold a text that is none */
	if (body && ((err = ac_mp_body(&body, &c->a, body)) || (err = ac_attach_detach(&body, &c->a, &c->b, body, f))))
		return err;
	if (c->known && op != AC_OP_RESOLVE && op != AC_OP_UNDO && c->r.nheads == 1
	    && (body ? c->r.body && ac_val_equal(body, c->r.body) : !c->r.body)) {
		out->flagged = c->r.flags & AC_DOC_FLAGGED;
		memcpy(vid, c->r.heads, 32);
		return AC_OK;
	}
	if (c->known && c->r.body && body && (op == AC_OP_PUT || op == AC_OP_EDIT) && ac_val_later(c->r.body))
		return ac_fault(f, AC_EVERSION, "%s holds something of a newer version of aftercare, which a whole new text would drop:"
			" change single elements with set, or get that version", c->r.ref);
	if ((err = ac_write_validate(out, c->known ? c->r.body : NULL, body, c->flags, f)) || (err = parents(&p, c)))
		return err;
	v.parents = &p;
	v.body = body;
	*added = true;
	return ac_append_version(&c->b, vid, &v, f);
}

static enum ac_err
store(struct ac_wrote *out, struct change *c, const char *source, const char *type, const char *id,
	const struct ac_val *body, enum ac_op op, struct ac_fault *f)
{
	unsigned char vid[32];
	bool added;
	enum ac_err err;

	if ((err = add(out, vid, &added, c, source, type, id, body, op, f)) || (added && (err = ac_append_commit(&c->b, f))))
		return err;
	return wrote(out, c, vid, f);
}

void
ac_write_uuid(char out[static 37])
{
	unsigned char b[16];
	char hex[33];

	ac_crypto_random(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	ac_crypto_hex(hex, b, 16);
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static enum ac_err
read_body(const struct ac_val **out, struct ac_arena *a, const void *json, size_t n, struct ac_fault *f)
{
	enum ac_err err = ac_json_read(out, a, json, n, f);

	return err ? err : ac_doc_check(*out, f);
}

/* The one document of this type and id, from whatever source. */
static enum ac_err
find_key(struct change *c, const char *type, const char *id, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(c->s->home->index, "SELECT id FROM doc WHERE space = ? AND type = ? AND rid = ?"
		" ORDER BY source != '', source", "itt", c->s->id, type, id);
	int64_t doc = 0;
	size_t n = 0;

	while (ac_rows_next(&q))
		if (!n++)
			doc = ac_rows_int(&q, 0);
	if (ac_rows_end(&q, f) || !n)
		return q.err;
	if (n > 1)
		return ac_fault(f, AC_EAMBIGUOUS, "several sources hold %s/%s: use edit with Type/id~SOURCE", type, id);
	c->known = true;
	return ac_query_doc(&c->r, &c->a, c->s, doc, f);
}

enum ac_err
ac_put(struct ac_wrote *out, struct ac_space *s, const void *json, size_t n, int flags, struct ac_fault *f)
{
	struct ac_wrote w = { 0 };
	const struct ac_val *body;
	struct change c;
	struct ac_val v;
	const char *type, *id;
	char fresh[37];
	enum ac_err err;

	if ((err = start(&c, s, flags, f)) || (err = read_body(&body, &c.a, json, n, f)))
		goto out;
	type = ac_val_str(body, "resourceType");
	if (!ac_val_get(body, "id")) {
		ac_write_uuid(fresh);
		v = ac_val_text(fresh);
		if (!(body = ac_val_set(&c.a, body, "id", &v))) {
			err = AC_ENOMEM;
			goto out;
		}
	}
	if (!(id = ac_val_str(body, "id")) || !id[0]) {
		err = ac_fault(f, AC_EINVAL, "the id of the resource is no text; leave it out to get a new one");
		goto out;
	}
	if ((err = find_key(&c, type, id, f)) || (err = undisputed(&c, f)))
		goto out;
	if (!(err = store(&w, &c, c.known ? c.r.source : "", type, id, body, AC_OP_PUT, f)))
		*out = w;
out:
	finish(&c);
	return err;
}

/* The new body must be of the same document. */
static enum ac_err
same_document(const struct change *c, const struct ac_val *body, struct ac_fault *f)
{
	const char *type = ac_val_str(body, "resourceType"), *id = ac_val_str(body, "id");

	if (!type || strcmp(type, c->r.type))
		return ac_fault(f, AC_EREFUSED, "%s cannot become another type of resource; put makes a new document", c->r.ref);
	if (c->r.body && ac_val_str(c->r.body, "id") && (!id || strcmp(id, ac_val_str(c->r.body, "id"))))
		return ac_fault(f, AC_EREFUSED, "the id of %s cannot change; put makes a new document", c->r.ref);
	return AC_OK;
}

static enum ac_err
present(const struct change *c, struct ac_fault *f)
{
	return c->r.body ? AC_OK : ac_fault(f, AC_ENOTFOUND, "%s is deleted; revert brings a version back", c->r.ref);
}

enum ac_err
ac_edit(struct ac_wrote *out, struct ac_space *s, const char *ref, const void *json, size_t n, int flags,
	struct ac_fault *f)
{
	struct ac_wrote w = { 0 };
	const struct ac_val *body;
	struct change c;
	enum ac_err err;

	if ((err = start(&c, s, flags, f)) || (err = load(&c, ref, f)) || (err = undisputed(&c, f))
	    || (err = present(&c, f)) || (err = read_body(&body, &c.a, json, n, f)) || (err = same_document(&c, body, f)))
		goto out;
	if (!(err = store(&w, &c, c.r.source, c.r.type, c.r.id, body, AC_OP_EDIT, f)))
		*out = w;
out:
	finish(&c);
	return err;
}

enum ac_err
ac_write_set(const struct ac_val **body, struct ac_arena *a, const char *set, struct ac_fault *f)
{
	const char *eq = strchr(set, '=');
	const struct ac_val *v = NULL;
	bool json = eq && eq > set && eq[-1] == ':';
	size_t n = eq ? (size_t)(eq - set) - json : 0;
	char *path;
	enum ac_err err = AC_OK;

	if (!eq || !n)
		return ac_fault(f, AC_EUSAGE, "'%.80s' is no PATH=VALUE", set);
	if (!(path = ac_arena_text(a, set, n)))
		return AC_ENOMEM;
	if (json)
		err = ac_json_read(&v, a, eq + 1, strlen(eq + 1), f);
	else if (eq[1])
		err = ac_path_value(&v, a, *body, path, eq + 1, f);
	return err ? err : ac_path_set(body, a, *body, path, v, f);
}

enum ac_err
ac_set(struct ac_wrote *out, struct ac_space *s, const char *ref, const char *const *sets, size_t n, int flags,
	struct ac_fault *f)
{
	struct ac_wrote w = { 0 };
	const struct ac_val *body;
	struct change c;
	enum ac_err err;
	size_t i;

	if ((err = start(&c, s, flags, f)) || (err = load(&c, ref, f)) || (err = undisputed(&c, f))
	    || (err = present(&c, f)))
		goto out;
	body = c.r.body;
	for (i = 0; i < n && !err; i++)
		err = ac_write_set(&body, &c.a, sets[i], f);
	if (err || (err = ac_doc_check(body, f)) || (err = same_document(&c, body, f)))
		goto out;
	if (!(err = store(&w, &c, c.r.source, c.r.type, c.r.id, body, AC_OP_SET, f)))
		*out = w;
out:
	finish(&c);
	return err;
}

enum ac_err
ac_rm(struct ac_wrote *out, struct ac_space *s, const char *ref, struct ac_fault *f)
{
	struct ac_wrote w = { 0 };
	struct change c;
	enum ac_err err;

	if ((err = start(&c, s, 0, f)) || (err = load(&c, ref, f)) || (err = undisputed(&c, f))
	    || (err = present(&c, f)))
		goto out;
	if (!(err = store(&w, &c, c.r.source, c.r.type, c.r.id, NULL, AC_OP_RM, f)))
		*out = w;
out:
	finish(&c);
	return err;
}

enum ac_err
ac_revert(struct ac_wrote *out, struct ac_space *s, const char *ref, const char *version, struct ac_fault *f)
{
	struct ac_wrote w = { 0 };
	unsigned char vid[32];
	struct ac_version v;
	struct change c;
	bool late;
	enum ac_err err;

	/* an earlier version may break rules of today: it stood once, and stands again */
	if ((err = start(&c, s, AC_FORCE, f)) || (err = load(&c, ref, f)) || (err = undisputed(&c, f))
	    || (err = ac_query_version(vid, s, c.r.doc, c.r.ref, version, f))
	    || (err = ac_query_body(&v, &c.a, s, c.r.doc, vid, f)) || (err = ac_query_late(&late, s, c.r.doc, vid, f)))
		goto out;
	if (late && ac_space_role(s) != AC_OWNER) {
		err = ac_fault(f, AC_EREFUSED, "only an owner's device can adopt what a removed device wrote after its removal");
		goto out;
	}
	if (!(err = store(&w, &c, c.r.source, c.r.type, c.r.id, v.body, AC_OP_REVERT, f)))
		*out = w;
out:
	finish(&c);
	return err;
}

/* -------------------------------------------------------------- several at once */

static enum ac_err
one_of_several(struct ac_write_doc *d, unsigned char vid[static 32], bool *any, struct change *c, struct ac_fault *f)
{
	const char *type = ac_val_str(d->body, "resourceType"), *id = ac_val_str(d->body, "id");
	bool added;
	enum ac_err err;

	c->known = false;
	if (d->ref) {
		if ((err = load(c, d->ref, f)) || (err = undisputed(c, f)) || (err = present(c, f))
		    || (err = ac_doc_check(d->body, f)) || (err = same_document(c, d->body, f)))
			return err;
		type = c->r.type;
		id = c->r.id;
	}
	err = add(&d->wrote, vid, &added, c, d->ref ? c->r.source : "", type, id, d->body, d->ref ? AC_OP_SET : AC_OP_PUT, f);
	*any = *any || added;
	return err;
}

enum ac_err
ac_write_docs(struct ac_write_doc *docs, size_t n, struct ac_space *s, struct ac_fault *f)
{
	struct change c;
	unsigned char (*vids)[32] = NULL;
	bool any = false;
	enum ac_err err;
	size_t i;

	if ((err = start(&c, s, 0, f)))
		goto out;
	if (!(vids = ac_arena_get(&c.a, (n + 1) * sizeof *vids))) {
		err = AC_ENOMEM;
		goto out;
	}
	for (i = 0; i < n && !err; i++)
		err = one_of_several(&docs[i], vids[i], &any, &c, f);
	if (!err && any)
		err = ac_append_commit(&c.b, f);
	for (i = 0; i < n && !err; i++) {
		if ((c.known = docs[i].ref != NULL))
			snprintf(c.r.ref, sizeof c.r.ref, "%s", docs[i].ref);
		err = wrote(&docs[i].wrote, &c, vids[i], f);
	}
out:
	finish(&c);
	return err;
}

/* ------------------------------------------------------------------------ undo */

/* One document as if the version had not been. */
static enum ac_err
take_back(struct ac_wrote *out, struct change *c, const struct ac_undo_doc *d, struct ac_fault *f)
{
	const struct ac_val *before, *body;
	unsigned char vid[32];
	struct ac_version v;
	bool added;
	enum ac_err err;

	if ((err = ac_query_doc(&c->r, &c->a, c->s, d->doc, f)))
		return err;
	c->known = true;
	if ((err = undisputed(c, f)) || (err = ac_query_body(&v, &c->a, c->s, d->doc, d->vid, f))
	    || (err = ac_undo_before(&before, &c->a, c->s, &c->r, v.parents, f))
	    || (err = ac_undo_without(&body, &c->a, &c->r, v.body, before, f))
	    || (err = add(out, vid, &added, c, c->r.source, c->r.type, c->r.id, body, AC_OP_UNDO, f)))
		return err;
	return wrote(out, c, vid, f);
}

enum ac_err
ac_undo(const struct ac_wrote **out, size_t *n, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	const struct ac_undo_doc *docs;
	struct ac_wrote *w = NULL;
	struct change c;
	enum ac_err err;
	size_t count, i;

	if ((err = start(&c, s, AC_FORCE, f)) || (err = ac_undo_find(&docs, &count, &c.a, s, f)))
		goto out;
	if (!(w = ac_arena_get(a, count * sizeof *w)))
		err = AC_ENOMEM;
	for (i = 0; i < count && !err; i++)
		err = take_back(&w[i], &c, &docs[i], f);
	if (err || (err = ac_append_commit(&c.b, f)))
		goto out;
	*out = w;
	*n = count;
out:
	finish(&c);
	return err;
}
