/* SPDX-License-Identifier: ISC */
/* Whose document is it? A record may hold several Patients: one person as several sources
 * write them, or a family that was imported as it came. */
#include <string.h>

#include "store/careplan.h"

/* What names a resource within a reference: behind the last slash or, of a URN, colon. */
static const char *
tail(const char *reference)
{
	const char *p = strrchr(reference, '/');

	if (!p)
		p = strrchr(reference, ':');
	return p ? p + 1 : reference;
}

static enum ac_err
patient(const struct ac_val **body, struct ac_arena *a, struct ac_space *s, const char *id, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id FROM doc WHERE space = ? AND type = 'Patient' AND rid = ?"
		" AND (flags & 72) = 0 ORDER BY source LIMIT 1", "it", s->id, id);
	struct ac_doc_row r;
	int64_t doc = 0;
	enum ac_err err;

	*body = NULL;
	if (ac_rows_next(&q))
		doc = ac_rows_int(&q, 0);
	if ((err = ac_rows_end(&q, f)) || !doc || (err = ac_query_doc(&r, a, s, doc, f)))
		return err;
	*body = r.body;
	return AC_OK;
}

enum ac_err
ac_careplan_person(const char **id, const struct ac_val **body, struct ac_arena *a, struct ac_space *s,
	const char *reference, struct ac_fault *f)
{
	struct ac_rows q;
	const char **list;
	const struct ac_val *one;
	size_t n = 0, cap = 256, i;
	enum ac_err err;

	*id = NULL;
	*body = NULL;
	if (reference) {
		*id = tail(reference);
		return patient(body, a, s, *id, f);
	}
	if (!(list = ac_arena_get(a, cap * sizeof *list)))
		return AC_ENOMEM;
	q = ac_index_query(s->home->index, "SELECT DISTINCT rid FROM doc WHERE space = ? AND type = 'Patient'"
		" AND (flags & 72) = 0 ORDER BY rid LIMIT 256", "i", s->id);
	while (n < cap && ac_rows_next(&q)) {
		const char *rid = ac_rows_text(&q, 0);

		list[n++] = ac_arena_text(a, rid, strlen(rid));
	}
	if ((err = ac_rows_end(&q, f)))
		return err;
	for (i = 0; i < n; i++) {
		if (!list[i])
			return AC_ENOMEM;
		if ((err = patient(&one, a, s, list[i], f)))
			return err;
		if (one && *body && ac_person_differs(*body, one)) {
			*id = NULL;
			*body = NULL;
			return AC_OK;
		}
		if (one && !*body) {
			*id = list[i];
			*body = one;
		}
	}
	return AC_OK;
}

/* Of a reference to a Patient: is that another person? */
static enum ac_err
another(bool *out, struct ac_arena *a, struct ac_space *s, const char *reference, const char *id,
	const struct ac_val *person, struct ac_fault *f)
{
	const struct ac_val *body;
	enum ac_err err;

	if (!reference || reference[0] == '#' || (id && !strcmp(tail(reference), id)))
		return AC_OK;
	if ((err = patient(&body, a, s, tail(reference), f)))
		return err;
	*out = *out || (body && (!person || ac_person_differs(person, body)));
	return AC_OK;
}

enum ac_err
ac_careplan_foreign(bool *out, struct ac_arena *a, struct ac_space *s, const struct ac_val *doc, const char *id,
	const struct ac_val *person, struct ac_fault *f)
{
	const struct ac_val *list = ac_val_get(doc, "participant");
	enum ac_err err;
	uint32_t i;

	*out = false;
	if ((err = another(out, a, s, ac_val_str(ac_val_get(doc, "subject"), "reference"), id, person, f))
	    || (err = another(out, a, s, ac_val_str(ac_val_get(doc, "beneficiary"), "reference"), id, person, f)))
		return err;
	for (i = 0; list && list->kind == AC_ARR && i < list->n && !err; i++)
		err = another(out, a, s, ac_val_str(ac_val_get(&list->items[i], "actor"), "reference"), id, person, f);
	return err;
}

enum ac_err
ac_subject(const struct ac_val **reference, const struct ac_val **person, struct ac_arena *a, struct ac_space *s,
	struct ac_fault *f)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	const struct ac_val *body, *out;
	struct ac_val text;
	const char *id;
	char *ref;
	enum ac_err err;

	if ((err = ac_careplan_person(&id, &body, a, s, NULL, f)))
		return err;
	if (!(ref = ac_arena_get(a, strlen("Patient/") + (id ? strlen(id) : 0) + 1)))
		return AC_ENOMEM;
	if (id) {
		strcpy(ref, "Patient/");
		strcat(ref, id);
	}
	text = ac_val_text(id ? ref : s->patient);
	if (!(out = ac_val_set(a, &empty, id ? "reference" : "display", &text)))
		return AC_ENOMEM;
	*reference = out;
	*person = body;
	return AC_OK;
}

enum ac_err
ac_subject_other(bool *out, struct ac_arena *a, struct ac_space *s, const struct ac_val *doc, const char *reference,
	struct ac_fault *f)
{
	static const char *const places[] = { "subject", "patient", "beneficiary", "for" };
	const struct ac_val *person;
	const char *id;
	enum ac_err err = ac_careplan_person(&id, &person, a, s, reference, f);
	size_t i;

	*out = false;
	for (i = 0; !err && i < sizeof places / sizeof *places; i++)
		err = another(out, a, s, ac_val_str(ac_val_get(doc, places[i]), "reference"), id, person, f);
	return err;
}
