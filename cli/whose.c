/* SPDX-License-Identifier: ISC */
#include "whose.h"

#include <string.h>

struct patients { struct cli *c; const char **refs; size_t n, cap; };

static int
each_patient(void *ctx, const struct ac_row *r)
{
	struct patients *p = ctx;

	if (p->n == p->cap) {
		size_t cap = p->cap != 0 ? p->cap * 2 : 8;
		const char **more = ac_arena_get(&p->c->arena, cap * sizeof *more);

		if (more == NULL)
			return 1;
		if (p->n != 0)
			memcpy(more, p->refs, p->n * sizeof *more);
		p->refs = more;
		p->cap = cap;
	}
	p->refs[p->n++] = text_of(p->c, "%s", r->ref);
	return 0;
}

/* The one whose name is the vault's; else the one that was there alone, or first. */
static enum ac_err
own(struct cli *c, struct whose *out, const struct patients *p)
{
	const char *name = ac_space_patient(c->space);
	enum ac_err err;

	for (size_t i = 0; i < p->n; i++) {
		struct ac_shown s;
		bool named;

		err = ac_show(&s, &c->arena, c->space, p->refs[i], NULL, &c->fault);
		if (err != AC_OK)
			return err;
		named = s.merged != NULL && strstr(ac_doc_title(&c->arena, s.merged), name) != NULL;
		if (s.merged == NULL || (out->patient != NULL && !named))
			continue;
		out->patient = s.merged;
		out->ref = s.ref;
		if (named)
			return AC_OK;
	}
	return AC_OK;
}

enum ac_err
whose_read(struct cli *c, struct whose *out)
{
	static const char *const types[] = { "Patient", NULL };
	const struct ac_filter q = { .types = types };
	struct patients p = { .c = c };
	struct whose w = { .ref = "" };
	enum ac_err err = ac_list(c->space, &q, each_patient, &p, &c->fault);

	if (err == AC_OK)
		err = own(c, &w, &p);
	if (err == AC_OK && p.n > 1 && (w.others = ac_arena_get(&c->arena, p.n * sizeof *w.others)) == NULL)
		err = AC_ENOMEM;
	for (size_t i = 0; i < p.n && p.n > 1 && err == AC_OK; i++) {
		struct ac_shown s;

		if (strcmp(p.refs[i], w.ref) == 0)
			continue;
		err = ac_show(&s, &c->arena, c->space, p.refs[i], NULL, &c->fault);
		if (err == AC_OK && s.merged != NULL && w.patient != NULL && ac_person_differs(w.patient, s.merged))
			w.others[w.n++] = text_of(c, "%.*s", (int)strcspn(p.refs[i], "~"), p.refs[i]);
	}
	if (err == AC_OK)
		*out = w;
	return err;
}

bool
whose_foreign(const struct whose *w, const struct ac_val *doc)
{
	static const char *const names[] = { "subject", "patient", "beneficiary" };
	const char *s = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names && s == NULL; i++)
		s = ac_val_str(ac_val_get(doc, names[i]), "reference");
	for (size_t i = 0; s != NULL && i < w->n; i++) {
		size_t n = strlen(s), k = strlen(w->others[i]);

		if (n >= k && strcmp(s + n - k, w->others[i]) == 0 && (n == k || s[n - k - 1] == '/'))
			return true;
	}
	return false;
}
