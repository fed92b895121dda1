/* SPDX-License-Identifier: ISC */
/* Templates joined: parts, tests and exposures are found by their names. */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

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
parts(struct ac_plan_reader *r, const struct ac_val *v)
{
	const struct ac_val *list = ac_plan_template_array(r, v, "with", false);
	const struct ac_plan_file *part;
	const char *s, *colon;
	uint32_t i;

	r->file->with = ac_plan_template_get(r, list->n, sizeof *r->file->with);
	for (i = 0; r->file->with && i < list->n; i++) {
		s = list->items[i].kind == AC_STR ? list->items[i].s : "";
		colon = strchr(s, ':');
		part = colon ? ac_plan_library_find(r->lib, s, (size_t)(colon - s),
			(uint32_t)strtoul(colon + 1, NULL, 10)) : NULL;
		if (!part || part->about.stage || part == r->file)
			ac_plan_template_wrong(r, &list->items[i], "there is no such part:", s);
		else
			r->file->with[r->file->nwith++] = part;
	}
}

static void
test_names(struct ac_plan_reader *r, struct ac_plan_item *item, const struct ac_val *v)
{
	const char **names = ac_plan_template_texts(r, v, "tests", &item->ntests);
	const struct ac_plan_file *f;
	size_t i, j, k;

	item->tests = ac_plan_template_get(r, item->ntests, sizeof *item->tests);
	for (i = 0; !r->err && i < item->ntests; i++) {
		for (j = 0; (f = seen(r->file, j)); j++)
			for (k = 0; k < f->ntests; k++)
				if (!strcmp(f->tests[k].name, names[i]))
					item->tests[i] = &f->tests[k];
		if (!item->tests[i])
			ac_plan_template_wrong(r, v, "there is no such test:", names[i]);
	}
}

static void
known_exposures(struct ac_plan_reader *r, const struct ac_val *v)
{
	const struct ac_plan_kin *kin;
	size_t i, j;

	for (i = 0; i < r->file->nkin; i++)
		for (j = 0; j < r->file->kin[i].nis; j++)
			if (!ac_plan_library_kin(r->lib, r->file->kin[i].is[j]))
				ac_plan_template_wrong(r, v, "there is no such exposure:", r->file->kin[i].is[j]);
	for (i = 0; i < r->file->nitems; i++)
		for (j = 0; j < r->file->items[i].nwhen; j++) {
			const struct ac_plan_when *w = &r->file->items[i].when[j];

			if (!(kin = ac_plan_library_kin(r->lib, w->exposure)))
				ac_plan_template_wrong(r, v, "there is no such exposure:", w->exposure);
			else if (w->unit && strcmp(w->unit, kin->exposure.unit))
				ac_plan_template_wrong(r, v, "the dose is not in the unit of its exposure:", w->exposure);
		}
}

/* Items that stand twice; and whether every line is reviewed. */
static void
whole(struct ac_plan_reader *r, const struct ac_val *v)
{
	const struct ac_plan_file *f, *g;
	size_t i, j, k, l;

	r->file->about.reviewed = true;
	for (i = 0; (f = seen(r->file, i)); i++)
		for (k = 0; k < f->nitems; k++) {
			if (!f->items[k].line.reviewed)
				r->file->about.reviewed = false;
			for (j = 0; j < f->items[k].nphases; j++)
				if (!f->items[k].phases[j].line.reviewed || (f->items[k].phases[j].coverage.rule
				    && !f->items[k].phases[j].coverage.line.reviewed))
					r->file->about.reviewed = false;
			for (j = i; (g = seen(r->file, j)); j++)
				for (l = j == i ? k + 1 : 0; l < g->nitems; l++)
					if (!strcmp(f->items[k].name, g->items[l].name))
						ac_plan_template_wrong(r, v, "an item stands twice:", g->items[l].name);
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
lists(struct ac_plan_reader *r, size_t kin)
{
	struct ac_plan_library *lib = r->lib;
	size_t i, j;

	lib->templates = ac_plan_template_get(r, lib->nfiles, sizeof *lib->templates);
	lib->kin = ac_plan_template_get(r, kin, sizeof *lib->kin);
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
	struct ac_plan_reader r = { .a = a, .f = f };
	const struct ac_val **docs;
	const struct ac_val *list;
	size_t i, j, kin = 0;

	r.lib = ac_plan_template_get(&r, 1, sizeof *r.lib);
	docs = ac_plan_template_get(&r, n, sizeof *docs);
	if (r.err || !(r.lib->files = ac_plan_template_get(&r, n, sizeof *r.lib->files)))
		return r.err;
	for (i = 0; i < n && !r.err; i++) {
		r.text = &text_of[i];
		r.file = &r.lib->files[i];
		docs[i] = ac_plan_template_read(&r);
		if (!r.err && ac_plan_library_find(r.lib, r.file->about.name, strlen(r.file->about.name),
		    r.file->about.edition))
			ac_plan_template_wrong(&r, docs[i], "this template was there already:", r.file->about.name);
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

void
ac_plan_library_codes(const struct ac_plan_library *lib,
	void (*each)(void *ctx, const char *system, const char *code), void *ctx)
{
	size_t i, j, k;

	for (i = 0; i < lib->nfiles; i++) {
		for (j = 0; j < lib->files[i].nitems; j++)
			each(ctx, AC_PLAN_ITEMS, lib->files[i].items[j].name);
		for (j = 0; j < lib->files[i].ntests; j++)
			for (k = 0; k < lib->files[i].tests[j].ncodes; k++)
				each(ctx, lib->files[i].tests[j].codes[k].system, lib->files[i].tests[j].codes[k].code);
	}
}
