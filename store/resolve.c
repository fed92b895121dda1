/* SPDX-License-Identifier: ISC */
/*
 * Method: the new body starts from the view's (the later value in each disputed
 * place); the taken version's values, then the sets, or a whole body, go over it.
 * Each disputed safety-critical atom must have been named by one of the three.
 */
#include <stdio.h>
#include <string.h>

#include "store/home.h"
#include "store/query.h"
#include "store/write.h"

struct settling {
	struct ac_append b;
	struct ac_arena a;
	struct ac_graph g;
	struct ac_space *s;
	char ref[AC_REF_MAX];
	const struct ac_val *body;
};

/* Does PATH=VALUE speak of this element, or of the same choice with another type? */
static bool
speaks_of(const char *set, const char *path)
{
	size_t n, m = strcspn(set, ".[:="), k = 0;

	path += *path == '_';
	n = strcspn(path, ".[");
	while (k < n && k < m && path[k] == set[k])
		k++;
	return (k == n && k == m) || (k > 0 && k < n && k < m && path[k] >= 'A' && path[k] <= 'Z'
		&& set[k] >= 'A' && set[k] <= 'Z');
}

static bool
any_speaks(const char *const *sets, size_t n, const char *path)
{
	while (n-- > 0)
		if (speaks_of(sets[n], path))
			return true;
	return false;
}

/* A group is one atom, and its value holds the element that gives it its path. */
static bool
is_group(const struct ac_dispute *d)
{
	uint32_t i;

	for (i = 0; i < d->nsides; i++)
		if (d->sides[i].value && d->sides[i].value->kind == AC_MAP && ac_val_get(d->sides[i].value, d->path))
			return true;
	return false;
}

static bool
differs(const struct ac_dispute *d, const char *key)
{
	const struct ac_val *first = ac_val_get(d->sides[0].value, key), *v;
	uint32_t i;

	for (i = 1; i < d->nsides; i++) {
		v = ac_val_get(d->sides[i].value, key);
		if (v != first && (!v || !first || !ac_val_equal(v, first)))
			return true;
	}
	return false;
}

/* What is still open: of a group each element in which the sides differ must be spoken
 * of, for the later side's value stands in the others. NULL: nothing. */
static const char *
unnamed(const struct ac_dispute *d, const char *const *sets, size_t n)
{
	const struct ac_val *value;
	uint32_t i, k;

	if (!is_group(d))
		return any_speaks(sets, n, d->path) ? NULL : d->path;
	for (i = 0; i < d->nsides; i++) {
		value = d->sides[i].value;
		for (k = 0; value && k < value->n; k++)
			if (differs(d, value->pairs[k].key) && !any_speaks(sets, n, value->pairs[k].key))
				return value->pairs[k].key;
	}
	return NULL;
}

static enum ac_err
take(struct settling *w, int64_t doc, const char *version, struct ac_fault *f)
{
	unsigned char vid[32];
	struct ac_version v;
	enum ac_err err;
	uint32_t i;

	if ((err = ac_query_version(vid, w->s, doc, w->ref, version, f))
	    || (err = ac_query_body(&v, &w->a, w->s, doc, vid, f)))
		return err;
	for (i = 0; i < w->g.view.ndisputes && !err; i++) {
		if (!w->g.view.disputes[i].path[0]) { /* deletion against edit */
			if (!v.body) {
				w->body = NULL;
				return AC_OK;
			}
			continue;
		}
		err = ac_view_take(&w->body, &w->a, w->g.type, w->body, w->g.view.disputes[i].path, v.body, f);
	}
	return err;
}

/* Every safety-critical dispute is named, or the sentence says which is not. */
static enum ac_err
complete(struct settling *w, bool whole, const char *const *sets, size_t n, struct ac_fault *f)
{
	const char *open;
	uint32_t i;

	for (i = 0; i < w->g.view.ndisputes && !whole; i++) {
		const struct ac_dispute *d = &w->g.view.disputes[i];

		if (d->safety && !d->proposal && (open = unnamed(d, sets, n)))
			return ac_fault(f, AC_EREFUSED, "%s of %s is in dispute and must be settled by name: --take VERSION, or %s=VALUE",
				*open ? open : ac_words("its deletion"), w->ref, *open ? open : ac_words("PATH"));
	}
	return AC_OK;
}

static enum ac_err
settle(struct ac_wrote *out, struct settling *w, int flags, struct ac_fault *f)
{
	struct ac_val *parents = ac_entry_list(&w->a, w->g.view.nheads);
	struct ac_version v = { .source = w->g.source, .type = w->g.type, .id = w->g.rid, .time = w->b.clock,
		.member = w->s->me, .op = AC_OP_RESOLVE, .body = w->body };
	unsigned char vid[32];
	enum ac_err err;
	uint32_t i;

	if (!parents)
		return AC_ENOMEM;
	for (i = 0; i < parents->n; i++)
		*ac_entry_at(parents, i) = ac_val_bytes(w->g.nodes[w->g.view.heads[i]].id, 32);
	v.parents = parents;
	if (w->body && (err = ac_attach_detach(&v.body, &w->a, &w->b, w->body, f)))
		return err;
	if ((err = ac_write_validate(out, w->g.view.body, v.body, flags, f)))
		return err;
	if ((err = ac_append_version(&w->b, vid, &v, f)) || (err = ac_append_commit(&w->b, f)))
		return err;
	ac_crypto_hex(out->version, vid, 32);
	snprintf(out->ref, sizeof out->ref, "%s", w->ref);
	return AC_OK;
}

enum ac_err
ac_resolve(struct ac_wrote *out, struct ac_space *s, const char *ref, const char *version, const char *const *sets,
	size_t nsets, const void *json, size_t n, int flags, struct ac_fault *f)
{
	struct settling w = { .s = s };
	struct ac_wrote done = { 0 };
	int64_t doc;
	enum ac_err err;
	size_t i;

	if (ac_space_role(s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only the patient's own devices can settle a dispute in the record of %s", s->patient);
	if ((err = ac_append_begin(&w.b, s, f)) || (err = ac_query_ref(w.ref, &doc, s, ref, f))
	    || (err = ac_docs_graph(&w.g, &w.a, s, doc, f)))
		goto out;
	if (!w.g.view.ndisputes) {
		err = ac_fault(f, AC_EREFUSED, "%s is not in dispute; set or edit change it", w.ref);
		goto out;
	}
	if (!version && !nsets && !json) {
		err = ac_fault(f, AC_EUSAGE, "say how to settle %s: --take VERSION, or PATH=VALUE", w.ref);
		goto out;
	}
	w.body = w.g.view.body;
	if (json && ((err = ac_json_read(&w.body, &w.a, json, n, f)) || (err = ac_doc_check(w.body, f))))
		goto out;
	if (version && (err = take(&w, doc, version, f)))
		goto out;
	if ((err = complete(&w, version || json, sets, nsets, f)))
		goto out;
	for (i = 0; i < nsets && !err; i++)
		err = w.body ? ac_write_set(&w.body, &w.a, sets[i], f)
		    : ac_fault(f, AC_EUSAGE, "%s would be deleted: nothing can be set in it", w.ref);
	if (err)
		goto out;
	if (!(err = settle(&done, &w, flags, f)))
		*out = done;
out:
	ac_append_end(&w.b);
	ac_arena_free(&w.a);
	return err;
}
