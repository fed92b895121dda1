/* SPDX-License-Identifier: ISC */
#include "whose.h"

#include <string.h>

struct patients { struct cli *c; const char **refs; size_t n, cap; enum ac_err err; };

static int
each_patient(void *ctx, const struct ac_row *r)
{
	struct patients *p = ctx;

	if (p->n == p->cap) {
		size_t cap = p->cap != 0 ? p->cap * 2 : 8;
		const char **more = ac_arena_get(&p->c->arena, cap * sizeof *more);

		if (more == NULL) {
			p->err = AC_ENOMEM;
			return 1;
		}
		if (p->n != 0)
			memcpy(more, p->refs, p->n * sizeof *more);
		p->refs = more;
		p->cap = cap;
	}
	p->refs[p->n++] = text_of(p->c, "%s", r->ref);
	return 0;
}

struct person { const char *ref, *title; const struct ac_val *body; };

static enum ac_err
read_persons(struct cli *c, struct person **out, const struct patients *p)
{
	struct person *list = ac_arena_get(&c->arena, (p->n + 1) * sizeof *list);

	if (list == NULL)
		return AC_ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		struct ac_shown s = { 0 };
		enum ac_err err = ac_show(&s, &c->arena, c->space, p->refs[i], NULL, &c->fault);

		if (err != AC_OK && err != AC_ENOTFOUND)
			return err;
		list[i] = (struct person){ p->refs[i], s.merged != NULL ? ac_doc_title(&c->arena, s.merged) : "", s.merged };
	}
	*out = list;
	return AC_OK;
}

/* 2: it is the vault's name, in any order; 1: it has all its words; 0: it has not. */
static int
fits(const struct person *p, const char *name)
{
	if (p->body == NULL || *name == '\0' || !text_has_whole(p->title, name))
		return 0;
	return text_has_whole(name, p->title) ? 2 : 1;
}

/* Sets the first that fits at least so well; unclear: another who fits is another person. */
static bool
choose(struct whose *w, const struct person *list, size_t n, const char *name, int least)
{
	const struct person *one = NULL;

	for (size_t i = 0; i < n && !w->unclear; i++) {
		if (list[i].body == NULL || fits(&list[i], name) < least)
			continue;
		one = one != NULL ? one : &list[i];
		w->unclear = ac_person_differs(one->body, list[i].body);
	}
	if (one == NULL || w->unclear)
		return one != NULL;
	w->patient = one->body;
	w->ref = one->ref;
	return true;
}

/* Who has the vault's name, else its words, else whoever is there. */
static void
own(struct whose *w, const struct person *list, size_t n, const char *name)
{
	for (int least = 2; least >= 0 && !choose(w, list, n, name, least); least--)
		;
}

enum ac_err
whose_read(struct cli *c, struct whose *out)
{
	static const char *const types[] = { "Patient", NULL };
	const struct ac_filter q = { .types = types };
	struct patients p = { .c = c };
	struct whose w = { .ref = "", .names = "" };
	struct person *list = NULL;
	enum ac_err err = ac_list(c->space, &q, each_patient, &p, &c->fault);

	if (err == AC_OK)
		err = p.err;
	if (err == AC_OK)
		err = read_persons(c, &list, &p);
	if (err == AC_OK && (w.others = ac_arena_get(&c->arena, (p.n + 1) * sizeof *w.others)) == NULL)
		err = AC_ENOMEM;
	if (err != AC_OK)
		return err;
	own(&w, list, p.n, ac_space_patient(c->space));
	for (size_t i = 0; i < p.n; i++) {
		bool other = w.patient != NULL && list[i].body != NULL && ac_person_differs(w.patient, list[i].body);

		if (other)
			w.others[w.n++] = text_of(c, "%.*s", (int)strcspn(list[i].ref, "~"), list[i].ref);
		if (other || w.unclear)
			w.names = *w.names != '\0' ? text_of(c, _("%s, %s"), w.names, list[i].title) : list[i].title;
	}
	*out = w;
	return AC_OK;
}

static bool
is_other(const struct whose *w, const char *s)
{
	for (size_t i = 0; s != NULL && i < w->n; i++) {
		size_t n = strlen(s), k = strlen(w->others[i]);

		if (n >= k && strcmp(s + n - k, w->others[i]) == 0 && (n == k || s[n - k - 1] == '/'))
			return true;
	}
	return false;
}

bool
whose_foreign(const struct whose *w, const struct ac_val *doc)
{
	static const char *const names[] = { "subject", "patient", "beneficiary", "for" };
	const struct ac_val *list = ac_val_get(doc, "participant");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_other(w, ac_val_str(ac_val_get(doc, names[i]), "reference")))
			return true;
	for (uint32_t i = 0; w->n > 0 && list != NULL && list->kind == AC_ARR && i < list->n; i++)
		if (is_other(w, ac_val_str(ac_val_get(&list->items[i], "actor"), "reference")))
			return true;
	return false;
}

bool
whose_other(const struct whose *w, const char *ref)
{
	size_t k = strcspn(ref, "~");

	for (size_t i = 0; i < w->n; i++)
		if (strncmp(ref, w->others[i], k) == 0 && w->others[i][k] == '\0')
			return strcmp(ref, w->ref) != 0;
	return false;
}
