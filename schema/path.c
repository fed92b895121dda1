/* SPDX-License-Identifier: ISC */
/*
 * Method: a path is split into steps, a step being a key or an index; values
 * are not changed in place, so setting goes down along the steps and makes each
 * object and array anew on the way back.
 *
 * FHIR keeps the ids and extensions of a primitive array X in an array _X whose
 * items belong to X's by their place, with nulls where there is none. Both are
 * kept in step: an item that goes takes its place in both with it.
 */
#include <string.h>

#include "schema/path.h"
#include "schema/utf8.h"

#define INDEX_DIGITS 7u /* ten million items are in no document */

struct edit {
	struct ac_arena *a;
	const char *path;
	struct ac_path_step steps[AC_MAX_DEPTH];
	unsigned n;
	const struct ac_val *val; /* NULL: delete */
	struct ac_fault *f;
};

/* ------------------------------------------------------------------ splitting */

/* "[12]" at *p */
static bool
split_index(struct ac_path_step *s, const char **p)
{
	const char *d = *p + 1;
	size_t n = strspn(d, "0123456789"), i;

	if (!n || n > INDEX_DIGITS || (n > 1 && *d == '0') || d[n] != ']')
		return false;
	*s = (struct ac_path_step){ .end = d + n + 1 };
	for (i = 0; i < n; i++)
		s->n = s->n * 10 + (uint32_t)(d[i] - '0');
	*p = s->end;
	return true;
}

static bool
split_key(struct ac_path_step *s, const char **p)
{
	size_t n = strcspn(*p, ".[]");

	if (!n || n > AC_MAX_STRING || !ac_utf8_ok(*p, n))
		return false;
	*s = (struct ac_path_step){ *p, (uint32_t)n, *p + n };
	*p = s->end;
	return true;
}

unsigned
ac_path_split(struct ac_path_step steps[static AC_MAX_DEPTH], const char *path)
{
	const char *p = path;
	bool index = false;
	unsigned n = 0;

	while (n < AC_MAX_DEPTH) {
		if (!(index ? split_index(&steps[n], &p) : split_key(&steps[n], &p)))
			return 0;
		n++;
		if (!*p)
			return n;
		index = *p == '[';
		if (!index && *p++ != '.')
			return 0;
	}
	return 0;
}

enum ac_err
ac_path_bad(const char *path, struct ac_fault *f)
{
	return ac_fault(f, AC_EUSAGE,
		"\"%.200s\" is not a path; write names with dots and positions in brackets, as in name[0].family",
		path);
}

/* -------------------------------------------------------------------- getting */

const struct ac_val *
ac_path_child(const struct ac_val *v, const struct ac_path_step *s)
{
	uint32_t i;

	if (!s->key)
		return v->kind == AC_ARR && s->n < v->n ? &v->items[s->n] : NULL;
	for (i = 0; v->kind == AC_MAP && i < v->n; i++)
		if (v->pairs[i].nkey == s->n && !memcmp(v->pairs[i].key, s->key, s->n))
			return &v->pairs[i].val;
	return NULL;
}

const struct ac_val *
ac_path_get(const struct ac_val *doc, const char *path)
{
	struct ac_path_step steps[AC_MAX_DEPTH];
	unsigned n, i;

	if (!*path)
		return doc;
	n = ac_path_split(steps, path);
	for (i = 0; i < n && doc; i++)
		doc = ac_path_child(doc, &steps[i]);
	return n ? doc : NULL;
}

/* -------------------------------------------------------------------- setting */

static enum ac_err
no_memory(struct edit *e)
{
	return ac_fault(e->f, AC_ENOMEM, "there is not enough memory to change the document");
}

static enum ac_err
nothing_there(struct edit *e)
{
	return ac_fault(e->f, AC_ENOTFOUND, "the document has nothing at %.200s; there is nothing to delete",
		e->path);
}

/* Nothing but nulls: an array that says nothing. */
static bool
is_hollow(const struct ac_val *items, uint32_t n)
{
	while (n--)
		if (items[n].kind != AC_NIL)
			return false;
	return true;
}

/* *out = arr (NULL: none) with item i replaced, nulls before it where it is past
 * the end; a NULL item goes, or leaves a null where `slot`. *out = NULL: the
 * whole array goes. */
static bool
put_item(const struct ac_val **out, struct ac_arena *a, const struct ac_val *arr, uint32_t i,
	const struct ac_val *item, bool slot)
{
	uint32_t have = arr ? arr->n : 0, n = i < have ? have : i + 1;
	struct ac_val *items = ac_arena_get(a, n * sizeof *items), *v = ac_arena_get(a, sizeof *v);

	if (!items || !v)
		return false;
	if (have)
		memcpy(items, arr->items, have * sizeof *items);
	if (item || slot)
		items[i] = item ? *item : (struct ac_val){ .kind = AC_NIL };
	else
		memmove(&items[i], &items[i + 1], (--n - i) * sizeof *items);
	*v = (struct ac_val){ .kind = AC_ARR, .n = n, .items = items };
	*out = !item && is_hollow(items, n) ? NULL : v;
	return true;
}

/* Each of these gives what is at step i after the edit, from what is there now
 * (NULL: nothing); NULL out: it goes. */
static enum ac_err edit_value(const struct ac_val **out, struct edit *e, unsigned i,
	const struct ac_val *now, const struct ac_val *twin, bool slot);

static enum ac_err
edit_array(const struct ac_val **out, struct edit *e, unsigned i, const struct ac_val *now,
	const struct ac_val *twin, bool slot)
{
	uint32_t at = e->steps[i].n, have = now ? now->n : 0, most = have;
	const struct ac_val *item;
	enum ac_err err;

	if (now && now->kind != AC_ARR)
		return ac_fault(e->f, AC_EUSAGE, "%.*s is not an array; leave out [%u]",
			(int)(e->steps[i - 1].end - e->path), e->path, at);
	if (!e->val && at >= have)
		return nothing_there(e);
	if (twin && twin->n > most)
		most = twin->n;
	if (at > most)
		return ac_fault(e->f, AC_EUSAGE, "%.200s is too far behind the end of the array; the next is [%u]",
			e->path, have);
	if ((err = edit_value(&item, e, i + 1, at < have ? &now->items[at] : NULL, NULL, false)))
		return err;
	return put_item(out, e->a, now, at, item, slot) ? AC_OK : no_memory(e);
}

/* The array beside the one named key that is aligned with it: _X of X, X of _X. */
static const struct ac_val *
find_twin(const char **name, struct edit *e, const struct ac_val *map, const char *key)
{
	size_t n = strlen(key);
	const struct ac_val *v;
	char *beside;

	if (*key == '_')
		beside = ac_arena_text(e->a, key + 1, n - 1);
	else if ((beside = ac_arena_get(e->a, n + 2))) {
		beside[0] = '_';
		memcpy(beside + 1, key, n);
	}
	*name = beside;
	v = beside ? ac_val_get(map, beside) : NULL;
	return v && v->kind == AC_ARR ? v : NULL;
}

/* *map = the map with that key set, or without it. */
static bool
put_key(const struct ac_val **map, struct ac_arena *a, const char *key, const struct ac_val *v)
{
	if (v)
		*map = ac_val_set(a, *map, key, v);
	else if (*map)
		*map = ac_val_unset(a, *map, key);
	return !v || *map;
}

static enum ac_err
edit_map(const struct ac_val **out, struct edit *e, unsigned i, const struct ac_val *now)
{
	const struct ac_path_step *s = &e->steps[i], *next = i + 1 < e->n ? s + 1 : NULL;
	const struct ac_val *was = now ? ac_path_child(now, s) : NULL, *v, *twin = NULL, *map = now;
	char *key = ac_arena_text(e->a, s->key, s->n);
	const char *beside = NULL;
	enum ac_err err;

	if (!key)
		return no_memory(e);
	if (now && now->kind != AC_MAP)
		return ac_fault(e->f, AC_EUSAGE, "%.*s is not an object, so it has no %.200s",
			i ? (int)(e->steps[i - 1].end - e->path) : 12, i ? e->path : ac_words("the document"), key);
	if (!was && !e->val)
		return nothing_there(e);
	if (next && !next->key)
		twin = find_twin(&beside, e, now, key);
	if ((err = edit_value(&v, e, i + 1, was, twin, twin && *key == '_')))
		return err;
	if (!put_key(&map, e->a, key, v))
		return no_memory(e);
	/* an item of X went: its place in _X goes too */
	if (twin && !e->val && *key != '_' && next->n < twin->n && (!v || v->n < was->n)) {
		if (!put_item(&v, e->a, twin, next->n, NULL, false) || !put_key(&map, e->a, beside, v))
			return no_memory(e);
	}
	if (!map)
		return no_memory(e);
	*out = i && !map->n ? NULL : map;
	return AC_OK;
}

static enum ac_err
edit_value(const struct ac_val **out, struct edit *e, unsigned i, const struct ac_val *now,
	const struct ac_val *twin, bool slot)
{
	if (i == e->n) {
		*out = e->val;
		return AC_OK;
	}
	if (now && now->kind == AC_NIL)
		now = NULL;
	return e->steps[i].key ? edit_map(out, e, i, now) : edit_array(out, e, i, now, twin, slot);
}

enum ac_err
ac_path_set(const struct ac_val **out, struct ac_arena *a, const struct ac_val *doc,
	const char *path, const struct ac_val *val, struct ac_fault *f)
{
	struct edit e = { .a = a, .path = path, .val = val, .f = f };

	if (!(e.n = ac_path_split(e.steps, path)))
		return ac_path_bad(path, f);
	return edit_value(out, &e, 0, doc, NULL, false);
}
