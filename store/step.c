/* SPDX-License-Identifier: ISC */
/*
 * Several documents of a plan, gathered and written at once.
 *
 * A step holds the home's lock from its reading to its writing, so that two processes do not
 * overwrite each other's activities. Bodies are made as JSON text, in which every word that is
 * not ours was quoted by the JSON writer.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/step.h"

void
ac_step_wrong(struct ac_step *w, enum ac_err err)
{
	if (!w->err)
		w->err = err;
}

const char *
ac_step_quoted(struct ac_step *w, const char *s)
{
	const char *out = ac_json_quote(&w->a, s ? s : "");

	if (!out)
		ac_step_wrong(w, AC_ENOMEM);
	return out ? out : "\"\"";
}

const char *
ac_step_said(struct ac_step *w, const char *fmt, ...)
{
	const char *out;
	va_list ap;

	va_start(ap, fmt);
	out = ac_arena_printf(&w->a, fmt, ap);
	va_end(ap);
	if (!out)
		ac_step_wrong(w, AC_ENOMEM);
	return out ? out : "";
}

const struct ac_val *
ac_step_json(struct ac_step *w, const char *text)
{
	const struct ac_val *v = NULL;

	if (!w->err)
		w->err = ac_json_read(&v, &w->a, text, strlen(text), w->f);
	return w->err ? NULL : v;
}

const struct ac_val *
ac_step_body(struct ac_step *w, const char *ref)
{
	size_t i;

	for (i = 0; i < w->plan.input.ndocs; i++)
		if (!strcmp(w->plan.input.docs[i].ref, ref))
			return w->plan.input.docs[i].body;
	ac_step_wrong(w, ac_fault(w->f, AC_ENOTFOUND, "%.200s is not here", ref));
	return NULL;
}

void
ac_step_put(struct ac_step *w, const char *ref, const struct ac_val *body)
{
	if (!w->err && w->n == sizeof w->docs / sizeof *w->docs)
		ac_step_wrong(w, ac_fault(w->f, AC_ELIMIT, "this would change more than %zu documents at once; give fewer at a time, or change"
			" some of them by `set` before", sizeof w->docs / sizeof *w->docs));
	if (!w->err)
		w->docs[w->n++] = (struct ac_write_doc){ .ref = ref, .body = body };
}

void
ac_step_append(struct ac_step *w, const char *key, const char *text)
{
	const struct ac_val *list = ac_val_get(w->careplan, key), *v = ac_step_json(w, text);
	uint32_t n = list && list->kind == AC_ARR ? list->n : 0;

	if (!w->err)
		w->err = ac_path_set(&w->careplan, &w->a, w->careplan, ac_step_said(w, "%s[%u]", key, (unsigned)n), v, w->f);
}

/* ------------------------------------------------------------ begin and end */
enum ac_err
ac_step_begin(struct ac_step *w, struct ac_space *s, struct ac_fault *f)
{
	memset(w, 0, sizeof *w);
	w->f = f;
	if (!(w->err = ac_home_lock(s->home, f)))
		w->s = s;
	return w->err;
}

void
ac_step_subject(struct ac_step *w, const char *reference)
{
	const char *id;
	const struct ac_val *person;

	if (!w->err)
		w->err = ac_careplan_person(&id, &person, &w->a, w->s, reference, w->f);
	if (w->err)
		return;
	w->subject = reference ? ac_step_said(w, "{\"reference\":%s}", ac_step_quoted(w, reference))
		: id ? ac_step_said(w, "{\"reference\":%s}", ac_step_quoted(w, ac_step_said(w, "Patient/%s", id)))
		: ac_step_said(w, "{\"display\":%s}", ac_step_quoted(w, w->s->patient));
}

enum ac_err
ac_step_plan(struct ac_step *w, struct ac_space *s, const char *today, struct ac_fault *f)
{
	if (!ac_step_begin(w, s, f))
		w->err = ac_careplan_read(&w->plan, &w->a, s, today, f);
	if (w->err)
		return w->err;
	w->careplan = w->plan.body;
	ac_step_subject(w, ac_val_str(ac_val_get(w->plan.body, "subject"), "reference"));
	return w->err;
}

enum ac_err
ac_step_end(struct ac_wrote *out, struct ac_step *w, size_t of)
{
	struct ac_write_doc first = w->docs[of];
	enum ac_err err = w->err;

	memmove(w->docs + 1, w->docs, of * sizeof first);
	w->docs[0] = first;
	if (!err && !(err = ac_write_docs(w->docs, w->n, w->s, w->f)))
		*out = w->docs[0].wrote;
	if (w->s)
		ac_home_unlock(w->s->home);
	ac_arena_free(&w->a);
	return err;
}
