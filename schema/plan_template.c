/* SPDX-License-Identifier: ISC */
/*
 * One template file, as schema/PLAN.md has it.
 *
 * Method: the first wrong thing is kept as the fault, and from then on every reader gives
 * something harmless, so that nothing has to ask after each step.
 */
#include <string.h>

#include "schema/plan.h"

/* ------------------------------------------------------------------- words */

void
ac_plan_template_wrong(struct ac_plan_reader *r, const struct ac_val *v, const char *what, const char *name)
{
	uint32_t line = 0, column = 0;

	if (r->err)
		return;
	ac_json_position(r->text->text, r->text->n, v ? v->at : 0, &line, &column);
	r->err = ac_fault(r->f, AC_EINVAL, "%s, line %u: %s%s%s.", r->text->name, line, ac_words(what),
		*name ? " " : "", name);
	if (r->f) {
		r->f->line = line;
		r->f->column = column;
	}
}

void *
ac_plan_template_get(struct ac_plan_reader *r, size_t n, size_t size)
{
	void *p = r->err ? NULL : ac_arena_get(r->a, (n ? n : 1) * size);

	if (!p && !r->err)
		r->err = ac_fault(r->f, AC_ENOMEM, "There is not enough memory to read the templates.");
	return p;
}

/* Only these keys: a list of words between spaces. */
static void
keys(struct ac_plan_reader *r, const struct ac_val *map, const char *list)
{
	const char *at;
	uint32_t i;

	if (map->kind != AC_MAP) {
		ac_plan_template_wrong(r, map, "here belongs an object", "");
		return;
	}
	for (i = 0; i < map->n; i++) {
		const struct ac_pair *p = &map->pairs[i];

		for (at = strstr(list, p->key); at; at = strstr(at + 1, p->key))
			if ((at == list || at[-1] == ' ') && (at[p->nkey] == ' ' || !at[p->nkey]))
				break;
		if (!at || !p->nkey || strchr(p->key, ' '))
			ac_plan_template_wrong(r, &p->val, "there is no such key here:", p->key);
	}
}

static const char *
text(struct ac_plan_reader *r, const struct ac_val *map, const char *key, bool must)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (!v && !must)
		return "";
	if (!v)
		ac_plan_template_wrong(r, map, "here lacks the key", key);
	else if (v->kind != AC_STR || !v->n || strlen(v->s) != v->n)
		ac_plan_template_wrong(r, v, "here belongs a text:", key);
	else
		return v->s;
	return "";
}

/* A name of lower-case letters, digits and hyphens. */
static const char *
name(struct ac_plan_reader *r, const struct ac_val *map, const char *key)
{
	const char *s = text(r, map, key, true);

	if (strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(s))
		ac_plan_template_wrong(r, ac_val_get(map, key), "a name has lower-case letters, digits and hyphens only:", s);
	return s;
}

static uint32_t
number(struct ac_plan_reader *r, const struct ac_val *map, const char *key, uint32_t absent)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (!v)
		return absent;
	if (v->kind == AC_INT && v->i >= 0 && v->i <= (int64_t)AC_MAX_PLAN_NUMBER)
		return (uint32_t)v->i;
	ac_plan_template_wrong(r, v, "here belongs a whole number that is not too large:", key);
	return absent;
}

static bool
yes(struct ac_plan_reader *r, const struct ac_val *map, const char *key, bool must)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (v && v->kind == AC_BOOL)
		return v->b;
	if (v || must)
		ac_plan_template_wrong(r, v ? v : map, "here belongs true or false:", key);
	return false;
}

static const struct ac_val nothing = { .kind = AC_ARR };

const struct ac_val *
ac_plan_template_array(struct ac_plan_reader *r, const struct ac_val *map, const char *key, bool must)
{
	const struct ac_val *v = ac_val_get(map, key);

	if (v && v->kind == AC_ARR && (v->n || !strcmp(key, "items")))
		return v;
	if (v || must)
		ac_plan_template_wrong(r, v ? v : map, "here belongs an array that is not empty:", key);
	return &nothing;
}

const char **
ac_plan_template_texts(struct ac_plan_reader *r, const struct ac_val *map, const char *key, size_t *n)
{
	const struct ac_val *v = ac_plan_template_array(r, map, key, false);
	const char **out = ac_plan_template_get(r, v->n, sizeof *out);
	uint32_t i;

	for (i = 0; out && i < v->n; i++) {
		out[i] = v->items[i].kind == AC_STR ? v->items[i].s : "";
		if (!*out[i])
			ac_plan_template_wrong(r, &v->items[i], "here belongs a text:", key);
	}
	*n = out ? v->n : 0;
	return out;
}

/* ------------------------------------------------------------------- lines */

static struct ac_plan_line
line(struct ac_plan_reader *r, const struct ac_val *map)
{
	const char *id = text(r, map, "source", true), *mark = text(r, map, "mark", true);
	struct ac_plan_line out = { .mark = *mark, .reviewed = yes(r, map, "reviewed", true) };
	size_t i;

	if (strcmp(mark, "V") && strcmp(mark, "M"))
		ac_plan_template_wrong(r, map, "a mark is V or M, and not", mark);
	if (out.mark == 'M' && out.reviewed)
		ac_plan_template_wrong(r, map, "a line from memory is not reviewed", "");
	for (i = 0; i < r->file->nsources && !out.source; i++)
		if (!strcmp(r->file->sources[i].id, id))
			out.source = &r->file->sources[i];
	if (!out.source)
		ac_plan_template_wrong(r, map, "there is no such source here:", id);
	return out;
}

static void
span(struct ac_plan_reader *r, struct ac_plan_span *out, const struct ac_val *v)
{
	const char *unit = text(r, v, "unit", false);

	out->min = number(r, v, "min", 0);
	out->max = number(r, v, "max", 0);
	out->early = number(r, v, "early", 0);
	out->late = number(r, v, "late", 0);
	if (!ac_val_get(v, "min") && !ac_val_get(v, "max") && !*unit) {
		if (out->early || out->late)
			ac_plan_template_wrong(r, v, "slack without an interval", "");
		return;
	}
	if (!ac_day_unit(&out->unit, unit))
		ac_plan_template_wrong(r, v, "a unit is d, wk, mo or a, and not", unit);
	/* a month has 28 days at least */
	if (!out->min || out->max < out->min
	    || out->early >= ac_day_about(out->min, out->unit) - (out->unit == AC_DAY_MO ? 2 * out->min : 0))
		ac_plan_template_wrong(r, v, "an interval has min and max, min is not more than max, and early is shorter", "");
}

static void
coverage(struct ac_plan_reader *r, struct ac_plan_phase *p, const struct ac_val *v)
{
	if (!v)
		return;
	keys(r, v, "early rule source mark reviewed");
	p->coverage.early = number(r, v, "early", 0);
	p->coverage.rule = text(r, v, "rule", true);
	p->coverage.line = line(r, v);
	if (p->every.max)
		ac_plan_template_wrong(r, v, "an interval has its own dates, so it takes none of an insurance", "");
}

static void
phases(struct ac_plan_reader *r, struct ac_plan_item *item, const struct ac_val *map)
{
	const struct ac_val *list = ac_plan_template_array(r, map, "phases", true);
	struct ac_plan_phase *p = item->phases = ac_plan_template_get(r, list->n, sizeof *p);
	uint32_t i;

	for (i = 0; p && i < list->n; i++) {
		const struct ac_val *v = &list->items[i];

		keys(r, v, "from until min max unit early late rule coverage source mark reviewed");
		p[i].from = number(r, v, "from", UINT32_MAX);
		p[i].until = number(r, v, "until", UINT32_MAX);
		p[i].rule = text(r, v, "rule", true);
		p[i].line = line(r, v);
		span(r, &p[i].every, v);
		coverage(r, &p[i], ac_val_get(v, "coverage"));
		if (p[i].from != (i ? p[i - 1].until : 0) || p[i].until <= p[i].from)
			ac_plan_template_wrong(r, v, "phases follow each other from 0 without a gap", "");
		item->nphases = i + 1;
	}
}

static void
conditions(struct ac_plan_reader *r, struct ac_plan_item *item, const struct ac_val *map)
{
	const struct ac_val *list = ac_plan_template_array(r, map, "when", false);
	struct ac_plan_when *w = item->when = ac_plan_template_get(r, list->n, sizeof *w);
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
			ac_plan_template_wrong(r, v, "a dose is a number", "");
		if (low || high)
			w[i].unit = text(r, v, "unit", true);
		else if (ac_val_get(v, "unit"))
			ac_plan_template_wrong(r, v, "a unit without a dose", "");
		if (w[i].unknown && (low || high || strcmp(dose, "unknown")))
			ac_plan_template_wrong(r, v, "a dose is compared or unknown", "");
		item->nwhen = i + 1;
	}
}

static void
items(struct ac_plan_reader *r, const struct ac_val *list)
{
	struct ac_plan_item *t = r->file->items = ac_plan_template_get(r, list->n, sizeof *t);
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
sources(struct ac_plan_reader *r, const struct ac_val *list)
{
	struct ac_plan_source *s = r->file->sources = ac_plan_template_get(r, list->n, sizeof *s);
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
exposures(struct ac_plan_reader *r, const struct ac_val *list)
{
	struct ac_plan_kin *k = r->file->kin = ac_plan_template_get(r, list->n, sizeof *k);
	uint32_t i;

	for (i = 0; k && i < list->n; i++) {
		const struct ac_val *v = &list->items[i];

		keys(r, v, "exposure title unit is found_by");
		k[i].exposure.code = name(r, v, "exposure");
		k[i].exposure.title = text(r, v, "title", true);
		k[i].exposure.unit = text(r, v, "unit", false);
		k[i].is = ac_plan_template_texts(r, v, "is", &k[i].nis);
		k[i].exposure.found_by = ac_plan_template_texts(r, v, "found_by", &k[i].exposure.nfound_by);
		r->file->nkin = i + 1;
	}
}

static void
tests(struct ac_plan_reader *r, const struct ac_val *list)
{
	struct ac_plan_test *t = r->file->tests = ac_plan_template_get(r, list->n, sizeof *t);
	uint32_t i, j;

	for (i = 0; t && i < list->n; i++) {
		const struct ac_val *codes;
		struct ac_plan_code *c;

		keys(r, &list->items[i], "test codes");
		t[i].name = name(r, &list->items[i], "test");
		codes = ac_plan_template_array(r, &list->items[i], "codes", true);
		c = t[i].codes = ac_plan_template_get(r, codes->n, sizeof *c);
		for (j = 0; c && j < codes->n; j++) {
			keys(r, &codes->items[j], "system code types");
			c[j].system = text(r, &codes->items[j], "system", true);
			c[j].code = text(r, &codes->items[j], "code", true);
			ac_plan_template_array(r, &codes->items[j], "types", true);
			c[j].types = ac_plan_template_texts(r, &codes->items[j], "types", &c[j].ntypes);
			t[i].ncodes = j + 1;
		}
		r->file->ntests = i + 1;
	}
}

static void
about(struct ac_plan_reader *r, const struct ac_val *v)
{
	struct ac_plan_template *t = &r->file->about;
	const char *source, *stage;
	size_t i;

	if (number(r, v, "format", 0) != 1)
		ac_plan_template_wrong(r, v, "the format is 1", "");
	t->name = name(r, v, "name");
	if (!(t->edition = number(r, v, "edition", 0)))
		ac_plan_template_wrong(r, v, "an edition is 1 or more", "");
	t->title = text(r, v, "title", true);
	t->about = text(r, v, "about", true);
	r->file->age_from = number(r, v, "age_from", 0);
	stage = text(r, v, "stage", false);
	for (i = 0; i < 4 && strcmp(stage, ac_plan_stage_names[i]); i++)
		;
	if (*stage && i == 4)
		ac_plan_template_wrong(r, v, "there is no such stage:", stage);
	t->stage = *stage ? stage : NULL;
	source = text(r, v, "source", true);
	for (i = 0; i < r->file->nsources && strcmp(r->file->sources[i].id, source); i++)
		;
	if (i == r->file->nsources) {
		ac_plan_template_wrong(r, v, "there is no such source here:", source);
		return;
	}
	t->source = r->file->sources[i].name;
	t->url = r->file->sources[i].url;
}

const struct ac_val *
ac_plan_template_read(struct ac_plan_reader *r)
{
	const struct ac_val *v = NULL;

	if ((r->err = ac_json_read(&v, r->a, r->text->text, r->text->n, r->f)))
		return NULL;
	keys(r, v, "format name edition title about stage age_from source with sources exposures tests items");
	sources(r, ac_plan_template_array(r, v, "sources", true));
	about(r, v);
	exposures(r, ac_plan_template_array(r, v, "exposures", false));
	tests(r, ac_plan_template_array(r, v, "tests", false));
	items(r, ac_plan_template_array(r, v, "items", true));
	return v;
}
