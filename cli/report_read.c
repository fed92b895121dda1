/* SPDX-License-Identifier: ISC */
/* What a report is made of, read once. */
#include "report_page.h"

#include <string.h>
#include <time.h>

static const char *const REPORT_TYPES[] = { "Condition", "AllergyIntolerance", "MedicationStatement", "MedicationRequest",
	"MedicationAdministration", "Medication", "Procedure", "Encounter", "Appointment", "CareTeam", "Practitioner",
	"PractitionerRole", "RelatedPerson", "Organization", "Coverage", "Task", NULL };

void *
page_more(struct page *p, void *list, size_t n, size_t *cap, size_t size)
{
	void *q;

	if (n < *cap)
		return list;
	q = ac_arena_get(&p->c->arena, (*cap * 2 + 32) * size);
	if (q == NULL) {
		p->h.err = AC_ENOMEM;
		return NULL;
	}
	if (n != 0)
		memcpy(q, list, n * size);
	*cap = *cap * 2 + 32;
	return q;
}

const char *
page_str(const struct ac_val *map, const char *key)
{
	const char *s = ac_val_str(map, key);

	return s != NULL ? s : "";
}

const struct ac_val *
page_list(const struct ac_val *map, const char *key)
{
	static const struct ac_val none = { .kind = AC_ARR };
	const struct ac_val *v = ac_val_get(map, key);

	return v != NULL && v->kind == AC_ARR ? v : &none;
}

const char *
page_code(const struct ac_val *map, const char *key)
{
	const struct ac_val *codings = page_list(ac_val_get(map, key), "coding");

	return codings->n > 0 ? page_str(&codings->items[0], "code") : "";
}

bool
page_among(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, s) == 0)
			return true;
	return false;
}

bool
page_shown(struct page *p, struct ac_shown *s, const char *ref, const char *version)
{
	enum ac_err err = ac_show(s, &p->c->arena, p->c->space, ref, version, &p->c->fault);

	if (err == AC_ENOTFOUND)
		(void)ac_fault_past(&p->c->fault);
	else if (err != AC_OK && p->h.err == AC_OK)
		p->h.err = err;
	return err == AC_OK;
}

const char *
page_say(struct page *p, const char *type, const struct ac_val *v)
{
	const char *out = "";

	if (v != NULL && p->h.err == AC_OK)
		p->h.err = ac_say_value(&out, &p->c->arena, type, v);
	return out;
}

const char *
page_note(struct page *p, const struct ac_val *annotation)
{
	const char *out = ac_form_note_text(&p->c->arena, annotation);

	return out != NULL ? out : "";
}

const char *
page_day(struct page *p, const char *date)
{
	return *date != '\0' ? date_shown(p->c, date) : "";
}

const char *
page_moment(struct page *p, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char day[16], hour[16];

	localtime_r(&t, &tm);
	strftime(day, sizeof day, "%Y-%m-%d", &tm);
	strftime(hour, sizeof hour, "%H:%M", &tm);
	return text_of(p->c, _("%s %s"), page_day(p, day), hour);
}

const char *
page_span(struct page *p, const struct ac_val *doc, const char *base)
{
	static const char *const ends[] = { "Period", "DateTime", "Date", "Age", "String", "", NULL };
	const char *from, *to;

	for (const char *const *e = ends; *e != NULL; e++) {
		const struct ac_val *v = ac_val_get(doc, text_of(p->c, "%s%s", base, *e));

		if (v == NULL)
			continue;
		if (v->kind == AC_STR)
			return strcmp(*e, "String") == 0 ? v->s : page_day(p, v->s);
		if (strcmp(*e, "Age") == 0)
			return text_of(p->c, _("at age %s"), page_say(p, "Age", v));
		from = page_day(p, page_str(v, "start"));
		to = page_day(p, page_str(v, "end"));
		if (*from != '\0' && strcmp(from, to) == 0)
			return from;
		if (*from != '\0')
			return *to != '\0' ? text_of(p->c, _("%s to %s"), from, to) : text_of(p->c, _("since %s"), from);
		return *to != '\0' ? text_of(p->c, _("until %s"), to) : "";
	}
	return "";
}

const struct doc *
page_next(const struct page *p, const struct doc *after, const char *type)
{
	for (size_t i = after != NULL ? (size_t)(after - p->doc) + 1 : 0; i < p->ndocs; i++)
		if (strcmp(p->doc[i].type, type) == 0)
			return &p->doc[i];
	return NULL;
}

const struct doc *
page_ref(const struct page *p, const char *reference)
{
	size_t n = strlen(reference);

	for (size_t i = 0; n > 0 && i < p->ndocs; i++) {
		size_t k = strcspn(p->doc[i].ref, "~");

		if (n >= k && strncmp(reference + n - k, p->doc[i].ref, k) == 0 && (n == k || reference[n - k - 1] == '/'))
			return &p->doc[i];
	}
	return NULL;
}

const char *
page_name(struct page *p, const struct doc *d)
{
	const char *s = ac_doc_subject(&p->c->arena, d->body);
	const struct doc *m;

	if (*s == '\0' && (m = page_ref(p, page_str(ac_val_get(d->body, "medicationReference"), "reference"))) != NULL)
		s = ac_doc_subject(&p->c->arena, m->body);
	return *s != '\0' ? s : d->ref;
}

/* ------------------------------------------------------------------- reading */

struct refs { struct page *p; const char **ref; size_t n, cap; };

static int
each_row(void *ctx, const struct ac_row *row)
{
	struct refs *r = ctx;
	const char **list = page_more(r->p, r->ref, r->n, &r->cap, sizeof *list);

	if (list == NULL)
		return 1;
	r->ref = list;
	r->ref[r->n++] = text_of(r->p->c, "%s", row->ref);
	return 0;
}

static enum ac_err
read_one(struct page *p, const char *ref)
{
	struct doc *list = page_more(p, p->doc, p->ndocs, &p->cap, sizeof *list);
	struct ac_shown s = { 0 };

	if (list == NULL)
		return AC_ENOMEM;
	p->doc = list;
	if (!page_shown(p, &s, ref, NULL) || s.merged == NULL || whose_foreign(&p->whose, s.merged))
		return p->h.err;
	if (strcmp(page_str(s.merged, "status"), "entered-in-error") != 0
	    && strcmp(page_code(s.merged, "verificationStatus"), "entered-in-error") != 0)
		p->doc[p->ndocs++] = (struct doc){ .ref = s.ref, .type = s.type, .date = ac_doc_date(&p->c->arena, s.merged),
			.body = s.merged, .author = s.author, .device = s.device, .time = s.time };
	return p->h.err;
}

static enum ac_err
read_type(struct page *p, const char *type)
{
	const char *const types[] = { type, NULL };
	const struct ac_filter q = { .types = types };
	struct refs r = { .p = p };
	enum ac_err err = ac_list(p->c->space, &q, each_row, &r, &p->c->fault);

	if (err == AC_OK)
		err = p->h.err;
	for (size_t i = 0; i < r.n && err == AC_OK; i++)
		err = read_one(p, r.ref[i]);
	return err;
}

static enum ac_err
read_plan(struct page *p)
{
	enum ac_err err = ac_careplan_read(&p->plan, &p->c->arena, p->c->space, p->today, &p->c->fault);

	p->planned = err == AC_OK;
	if (p->planned)
		err = ac_plan_words(&p->plan.plan, &p->c->arena);
	if (err == AC_ENOTFOUND) {
		err = ac_fault_past(&p->c->fault);
	}
	return err;
}

enum ac_err
page_read(struct page *p)
{
	enum ac_err err = whose_read(p->c, &p->whose);

	for (const char *const *t = REPORT_TYPES; *t != NULL && err == AC_OK; t++)
		err = read_type(p, *t);
	if (err == AC_OK)
		err = read_plan(p);
	if (err != AC_OK)
		return err;
	disputes_read(p);
	return p->h.err;
}
