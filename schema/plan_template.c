/* SPDX-License-Identifier: ISC */
/*
 * Templates read, as schema/PLAN.md has them.
 *
 * Method: the first wrong thing is kept as the fault, and from then on every reader gives
 * something harmless, so that nothing has to ask after each step. Files are read one by one,
 * then the names between them are resolved, parts before those that take them in.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

struct reader {
	struct ac_plan_library *lib;
	const struct ac_plan_text *text;
	struct ac_plan_file *file;
	struct ac_arena *a;
	struct ac_fault *f;
	enum ac_err err;
};

/* ------------------------------------------------------------------- words */

static void
wrong(struct reader *r, const struct ac_val *v, const char *what, const char *name)
{
	uint32_t line = 0, column = 0;

	if (r->err)
		return;
	ac_json_position(r->text->text, r->text->n, v ? v->at : 0, &line, &column);
	r->err = ac_fault(r->f, AC_EINVAL, "%s, line %u: %s%s%s.", r->text->name, line, what,
		*name ? " " : "", name);
	if (r->f) {
		r->f->line = line;
		r->f->column = column;
	}
}

static void *
get(struct reader *r, size_t n, size_t size)
{
	void *p = r->err ? NULL : ac_arena_get(r->a, (n ? n : 1) * size);

	if (!p && !r->err)
		r->err = ac_fault(r->f, AC_ENOMEM, "There is not enough memory to read the templates.");
	return p;
}

/* Only these keys: a list of words between spaces. */
static void
keys(struct reader *r, const struct ac_val *map, const char *list)
{
	const char *at;
	uint32_t i;

	if (map->kind != AC_MAP) {
		wrong(r, map, "here belongs an object", "");
		return;
	}
	for (i = 0; i < map->n; i++) {
		const struct ac_pair *p = &map->pairs[i];

		for (at = strstr(list, p->key); at; at = strstr(at + 1, p->key))
			if ((at == list || at[-1] == ' ') && (at[p->nkey] == ' ' || !at[p->nkey]))
				break;
		if (!at || !p->nkey || strchr(p->key, ' '))
			wrong(r, &p->val, "there is no such key here:", p->key);
	}
}

static const char *
text(struct reader *r, const struct ac_val *map, const char *key, bool must)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (!v && !must)
		return "";
	if (!v)
		wrong(r, map, "here lacks the key", key);
	else if (v->kind != AC_STR || !v->n || strlen(v->s) != v->n)
		wrong(r, v, "here belongs a text:", key);
	else
		return v->s;
	return "";
}

/* A name of lower-case letters, digits and hyphens. */
static const char *
name(struct reader *r, const struct ac_val *map, const char *key)
{
	const char *s = text(r, map, key, true);

	if (strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(s))
		wrong(r, ac_val_get(map, key), "a name has lower-case letters, digits and hyphens only:", s);
	return s;
}

static uint32_t
number(struct reader *r, const struct ac_val *map, const char *key, uint32_t absent)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (!v)
		return absent;
	if (v->kind == AC_INT && v->i >= 0 && v->i <= (int64_t)AC_MAX_PLAN_NUMBER)
		return (uint32_t)v->i;
	wrong(r, v, "here belongs a whole number that is not too large:", key);
	return absent;
}

static bool
yes(struct reader *r, const struct ac_val *map, const char *key, bool must)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (v && v->kind == AC_BOOL)
		return v->b;
	if (v || must)
		wrong(r, v ? v : map, "here belongs true or false:", key);
	return false;
}

static const struct ac_val nothing = { .kind = AC_ARR };

static const struct ac_val *
array(struct reader *r, const struct ac_val *map, const char *key, bool must)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (v && v->kind == AC_ARR && (v->n || !strcmp(key, "items")))
		return v;
	if (v || must)
		wrong(r, v ? v : map, "here belongs an array that is not empty:", key);
	return &nothing;
}

static const char **
texts(struct reader *r, const struct ac_val *map, const char *key, size_t *n)
{
	const struct ac_val *v = array(r, map, key, false);
	const char **out = get(r, v->n, sizeof *out);
	uint32_t i;

	for (i = 0; out && i < v->n; i++) {
		out[i] = v->items[i].kind == AC_STR ? v->items[i].s : "";
		if (!*out[i])
			wrong(r, &v->items[i], "here belongs a text:", key);
	}
	*n = out ? v->n : 0;
	return out;
}

/* ------------------------------------------------------------------- lines */

static struct ac_plan_line
line(struct reader *r, const struct ac_val *map)
{
	const char *id = text(r, map, "source", true), *mark = text(r, map, "mark", true);
	struct ac_plan_line out = { .mark = *mark, .reviewed = yes(r, map, "reviewed", true) };
	size_t i;

	if (strcmp(mark, "V") && strcmp(mark, "M"))
		wrong(r, map, "a mark is V or M, and not", mark);
	if (out.mark == 'M' && out.reviewed)
		wrong(r, map, "a line from memory is not reviewed", "");
	for (i = 0; i < r->file->nsources && !out.source; i++)
		if (!strcmp(r->file->sources[i].id, id))
			out.source = &r->file->sources[i];
	if (!out.source)
		wrong(r, map, "there is no such source here:", id);
	return out;
}

static void
span(struct reader *r, struct ac_plan_span *out, const struct ac_val *v)
{
	const char *unit = text(r, v, "unit", false);

	out->min = number(r, v, "min", 0);
	out->max = number(r, v, "max", 0);
	out->early = number(r, v, "early", 0);
	out->late = number(r, v, "late", 0);
	if (!ac_val_get(v, "min") && !ac_val_get(v, "max") && !*unit) {
		if (out->early || out->late)
			wrong(r, v, "slack without an interval", "");
		return;
	}
	if (!ac_day_unit(&out->unit, unit))
		wrong(r, v, "a unit is d, wk, mo or a, and not", unit);
	/* a month has 28 days at least */
	if (!out->min || out->max < out->min
	    || out->early >= ac_day_about(out->min, out->unit) - (out->unit == AC_DAY_MO ? 2 * out->min : 0))
		wrong(r, v, "an interval has min and max, min is not more than max, and early is shorter", "");
}

static void
phases(struct reader *r, struct ac_plan_item *item, const struct ac_val *map)
{
	const struct ac_val *list = array(r, map, "phases", true);
	struct ac_plan_phase *p = item->phases = get(r, list->n, sizeof *p);
	uint32_t i;

	for (i = 0; p && i < list->n; i++) {
		const struct ac_val *v = &list->items[i];

		keys(r, v, "from until min max unit early late rule source mark reviewed");
		p[i].from = number(r, v, "from", UINT32_MAX);
		p[i].until = number(r, v, "until", UINT32_MAX);
		p[i].rule = text(r, v, "rule", true);
		p[i].line = line(r, v);
		span(r, &p[i].every, v);
		if (p[i].from != (i ? p[i - 1].until : 0) || p[i].until <= p[i].from)
			wrong(r, v, "phases follow each other from 0 without a gap", "");
		item->nphases = i + 1;
	}
}

static void
conditions(struct reader *r, struct ac_plan_item *item, const struct ac_val *map)
{
	const struct ac_val *list = array(r, map, "when", false);
	struct ac_plan_when *w = item->when = get(r, list->n, sizeof *w);
	uint32_t i;

	for (i = 0; w && i < list->n; i++) {
		const struct ac_val *v = &list->items[i], *low, *high;
		const char *dose;

		keys(r, v, "exposure at_least below unit dose");
		w[i].exposure = name(r, v, "exposure");
		low = w[i].at_least = ac_val_get(v, "at_least");
		high = w[i].below = ac_val_get(v, "below");
		dose = text(r, v, "dose", false);
		w[i].unknown = *dose;
		if ((low && low->kind != AC_INT && low->kind != AC_DEC)
		    || (high && high->kind != AC_INT && high->kind != AC_DEC))
			wrong(r, v, "a dose is a number", "");
		if (low || high)
			w[i].unit = text(r, v, "unit", true);
		else if (ac_val_get(v, "unit"))
			wrong(r, v, "a unit without a dose", "");
		if (w[i].unknown && (low || high || strcmp(dose, "unknown")))
			wrong(r, v, "a dose is compared or unknown", "");
		item->nwhen = i + 1;
	}
}

static void
items(struct reader *r, const struct ac_val *list)
{
	struct ac_plan_item *t = r->file->items = get(r, list->n, sizeof *t);
	uint32_t i;

	for (i = 0; t && i < list->n; i++) {
		const struct ac_val *v = &list->items[i];

		keys(r, v, "item title reason tests when beside source mark reviewed phases");
		t[i].name = name(r, v, "item");
		t[i].title = text(r, v, "title", true);
		t[i].reason = text(r, v, "reason", true);
		t[i].beside = yes(r, v, "beside", false);
		t[i].line = line(r, v);
		conditions(r, &t[i], v);
		phases(r, &t[i], v);
		r->file->nitems = i + 1;
	}
}

/* -------------------------------------------------------------------- file */

static void
sources(struct reader *r, const struct ac_val *list)
{
	struct ac_plan_source *s = r->file->sources = get(r, list->n, sizeof *s);
	uint32_t i;

	for (i = 0; s && i < list->n; i++) {
		keys(r, &list->items[i], "id name url");
		s[i].id = name(r, &list->items[i], "id");
		s[i].name = text(r, &list->items[i], "name", true);
		s[i].url = text(r, &list->items[i], "url", false);
		r->file->nsources = i + 1;
	}
}

static void
exposures(struct reader *r, const struct ac_val *list)
{
	struct ac_plan_kin *k = r->file->kin = get(r, list->n, sizeof *k);
	uint32_t i;

	for (i = 0; k && i < list->n; i++) {
		const struct ac_val *v = &list->items[i];

		keys(r, v, "exposure title unit is");
		k[i].exposure.code = name(r, v, "exposure");
		k[i].exposure.title = text(r, v, "title", true);
		k[i].exposure.unit = text(r, v, "unit", false);
		k[i].is = texts(r, v, "is", &k[i].nis);
		r->file->nkin = i + 1;
	}
}

static void
tests(struct reader *r, const struct ac_val *list)
{
	struct ac_plan_test *t = r->file->tests = get(r, list->n, sizeof *t);
	uint32_t i, j;

	for (i = 0; t && i < list->n; i++) {
		const struct ac_val *codes;
		struct ac_plan_code *c;

		keys(r, &list->items[i], "test codes");
		t[i].name = name(r, &list->items[i], "test");
		codes = array(r, &list->items[i], "codes", true);
		c = t[i].codes = get(r, codes->n, sizeof *c);
		for (j = 0; c && j < codes->n; j++) {
			keys(r, &codes->items[j], "system code types");
			c[j].system = text(r, &codes->items[j], "system", true);
			c[j].code = text(r, &codes->items[j], "code", true);
			array(r, &codes->items[j], "types", true);
			c[j].types = texts(r, &codes->items[j], "types", &c[j].ntypes);
			t[i].ncodes = j + 1;
		}
		r->file->ntests = i + 1;
	}
}

static void
about(struct reader *r, const struct ac_val *v)
{
	struct ac_plan_template *t = &r->file->about;
	const char *source, *stage;
	size_t i;

	if (number(r, v, "format", 0) != 1)
		wrong(r, v, "the format is 1", "");
	t->name = name(r, v, "name");
	if (!(t->edition = number(r, v, "edition", 0)))
		wrong(r, v, "an edition is 1 or more", "");
	t->title = text(r, v, "title", true);
	t->about = text(r, v, "about", true);
	r->file->age_from = number(r, v, "age_from", 0);
	stage = text(r, v, "stage", false);
	for (i = 0; i < 4 && strcmp(stage, ac_plan_stage_names[i]); i++)
		;
	if (*stage && i == 4)
		wrong(r, v, "there is no such stage:", stage);
	t->stage = *stage ? stage : NULL;
	source = text(r, v, "source", true);
	for (i = 0; i < r->file->nsources && strcmp(r->file->sources[i].id, source); i++)
		;
	if (i == r->file->nsources) {
		wrong(r, v, "there is no such source here:", source);
		return;
	}
	t->source = r->file->sources[i].name;
	t->url = r->file->sources[i].url;
}

static const struct ac_val *
file(struct reader *r)
{
	const struct ac_val *v = NULL;

	if ((r->err = ac_json_read(&v, r->a, r->text->text, r->text->n, r->f)))
		return NULL;
	keys(r, v, "format name edition title about stage age_from source with sources exposures tests items");
	sources(r, array(r, v, "sources", true));
	about(r, v);
	exposures(r, array(r, v, "exposures", false));
	tests(r, array(r, v, "tests", false));
	items(r, array(r, v, "items", true));
	return v;
}

/* ------------------------------------------------------------ between files */

const struct ac_plan_file *
ac_plan_library_find(const struct ac_plan_library *lib, const char *s, size_t n, uint32_t edition)
{
	size_t i;

	for (i = 0; i < lib->nfiles; i++)
		if (lib->files[i].about.edition == edition && strlen(lib->files[i].about.name) == n
		    && !memcmp(lib->files[i].about.name, s, n))
			return &lib->files[i];
	return NULL;
}

const struct ac_plan_kin *
ac_plan_library_kin(const struct ac_plan_library *lib, const char *code)
{
	size_t i;

	for (i = 0; i < lib->nkin; i++)
		if (!strcmp(lib->kin[i]->exposure.code, code))
			return lib->kin[i];
	return NULL;
}

/* The file and its parts: i from 0; NULL past the end. */
static const struct ac_plan_file *
seen(const struct ac_plan_file *f, size_t i)
{
	return !i ? f : i <= f->nwith ? f->with[i - 1] : NULL;
}

static void
parts(struct reader *r, const struct ac_val *v)
{
	const struct ac_val *list = array(r, v, "with", false);
	const struct ac_plan_file *part;
	const char *s, *colon;
	uint32_t i;

	r->file->with = get(r, list->n, sizeof *r->file->with);
	for (i = 0; r->file->with && i < list->n; i++) {
		s = list->items[i].kind == AC_STR ? list->items[i].s : "";
		colon = strchr(s, ':');
		part = colon ? ac_plan_library_find(r->lib, s, (size_t)(colon - s),
			(uint32_t)strtoul(colon + 1, NULL, 10)) : NULL;
		if (!part || part->about.stage || part == r->file)
			wrong(r, &list->items[i], "there is no such part:", s);
		else
			r->file->with[r->file->nwith++] = part;
	}
}

static void
test_names(struct reader *r, struct ac_plan_item *item, const struct ac_val *v)
{
	const char **names = texts(r, v, "tests", &item->ntests);
	const struct ac_plan_file *f;
	size_t i, j, k;

	item->tests = get(r, item->ntests, sizeof *item->tests);
	for (i = 0; !r->err && i < item->ntests; i++) {
		for (j = 0; (f = seen(r->file, j)); j++)
			for (k = 0; k < f->ntests; k++)
				if (!strcmp(f->tests[k].name, names[i]))
					item->tests[i] = &f->tests[k];
		if (!item->tests[i])
			wrong(r, v, "there is no such test:", names[i]);
	}
}

static void
known_exposures(struct reader *r, const struct ac_val *v)
{
	const struct ac_plan_kin *kin;
	size_t i, j;

	for (i = 0; i < r->file->nkin; i++)
		for (j = 0; j < r->file->kin[i].nis; j++)
			if (!ac_plan_library_kin(r->lib, r->file->kin[i].is[j]))
				wrong(r, v, "there is no such exposure:", r->file->kin[i].is[j]);
	for (i = 0; i < r->file->nitems; i++)
		for (j = 0; j < r->file->items[i].nwhen; j++) {
			const struct ac_plan_when *w = &r->file->items[i].when[j];

			if (!(kin = ac_plan_library_kin(r->lib, w->exposure)))
				wrong(r, v, "there is no such exposure:", w->exposure);
			else if (w->unit && strcmp(w->unit, kin->exposure.unit))
				wrong(r, v, "the dose is not in the unit of its exposure:", w->exposure);
		}
}

/* Items that stand twice; and whether every line is reviewed. */
static void
whole(struct reader *r, const struct ac_val *v)
{
	const struct ac_plan_file *f, *g;
	size_t i, j, k, l;

	r->file->about.reviewed = true;
	for (i = 0; (f = seen(r->file, i)); i++)
		for (k = 0; k < f->nitems; k++) {
			if (!f->items[k].line.reviewed)
				r->file->about.reviewed = false;
			for (j = 0; j < f->items[k].nphases; j++)
				if (!f->items[k].phases[j].line.reviewed)
					r->file->about.reviewed = false;
			for (j = i; (g = seen(r->file, j)); j++)
				for (l = j == i ? k + 1 : 0; l < g->nitems; l++)
					if (!strcmp(f->items[k].name, g->items[l].name))
						wrong(r, v, "an item stands twice:", g->items[l].name);
		}
}

static int
by_name(const void *x, const void *y)
{
	const struct ac_plan_file *a = *(const struct ac_plan_file *const *)x;
	const struct ac_plan_file *b = *(const struct ac_plan_file *const *)y;
	int c = strcmp(a->about.name, b->about.name);

	return c ? c : (a->about.edition > b->about.edition) - (a->about.edition < b->about.edition);
}

static int
by_code(const void *x, const void *y)
{
	return strcmp((*(const struct ac_plan_kin *const *)x)->exposure.code,
		(*(const struct ac_plan_kin *const *)y)->exposure.code);
}

static void
lists(struct reader *r, size_t kin)
{
	struct ac_plan_library *lib = r->lib;
	size_t i, j;

	lib->templates = get(r, lib->nfiles, sizeof *lib->templates);
	lib->kin = get(r, kin, sizeof *lib->kin);
	for (i = 0; !r->err && i < lib->nfiles; i++) {
		if (lib->files[i].about.stage)
			lib->templates[lib->ntemplates++] = &lib->files[i];
		for (j = 0; j < lib->files[i].nkin; j++)
			if (!ac_plan_library_kin(lib, lib->files[i].kin[j].exposure.code))
				lib->kin[lib->nkin++] = &lib->files[i].kin[j];
	}
	if (r->err)
		return;
	qsort(lib->templates, lib->ntemplates, sizeof *lib->templates, by_name);
	qsort(lib->kin, lib->nkin, sizeof *lib->kin, by_code);
}

enum ac_err
ac_plan_library_read(const struct ac_plan_library **out, struct ac_arena *a,
	const struct ac_plan_text *text_of, size_t n, struct ac_fault *f)
{
	struct reader r = { .a = a, .f = f };
	const struct ac_val **docs;
	const struct ac_val *list;
	size_t i, j, kin = 0;

	r.lib = get(&r, 1, sizeof *r.lib);
	docs = get(&r, n, sizeof *docs);
	if (r.err || !(r.lib->files = get(&r, n, sizeof *r.lib->files)))
		return r.err;
	for (i = 0; i < n && !r.err; i++) {
		r.text = &text_of[i];
		r.file = &r.lib->files[i];
		docs[i] = file(&r);
		if (!r.err && ac_plan_library_find(r.lib, r.file->about.name, strlen(r.file->about.name),
		    r.file->about.edition))
			wrong(&r, docs[i], "this template was there already:", r.file->about.name);
		r.lib->nfiles = i + 1;
		kin += r.file->nkin;
	}
	lists(&r, kin);
	for (i = 0; i < n && !r.err; i++) {
		r.text = &text_of[i];
		r.file = &r.lib->files[i];
		parts(&r, docs[i]);
		list = ac_val_get(docs[i], "items");
		for (j = 0; j < r.file->nitems; j++)
			test_names(&r, &r.file->items[j], &list->items[j]);
		known_exposures(&r, docs[i]);
		whole(&r, docs[i]);
	}
	if (!r.err)
		*out = r.lib;
	return r.err;
}

enum ac_err
ac_plan_library_builtin(const struct ac_plan_library **out, struct ac_arena *a, struct ac_fault *f)
{
	size_t n = 0;
	const struct ac_plan_text *data = ac_plan_data(a, &n);

	if (!data)
		return ac_fault(f, AC_ENOMEM, "There is not enough memory to read the templates.");
	return ac_plan_library_read(out, a, data, n, f);
}

const struct ac_plan_template *
ac_plan_library_template(const struct ac_plan_library *lib, size_t i)
{
	return i < lib->ntemplates ? &lib->templates[i]->about : NULL;
}

const struct ac_plan_exposure *
ac_plan_library_exposure(const struct ac_plan_library *lib, size_t i)
{
	return i < lib->nkin ? &lib->kin[i]->exposure : NULL;
}
