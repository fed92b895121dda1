/* SPDX-License-Identifier: ISC */
/* `add`: a form, filled in, becomes one document. */
#include "cli.h"

#include <string.h>
#include <strings.h>

#include "add.h"

/* Without a terminal an answer reads the same, and is not to be missed with --quiet. */
static void
tell(struct cli *c, int indent, const char *s)
{
	if (c->json)
		note(c, "%s", s);
	else
		out_line(c, indent, s);
}

/* --------------------------------------------------------------- whom to call */

struct found { struct cli *c; char (*refs)[AC_REF_MAX]; size_t n, room; enum ac_err err; };

static int
gather(void *ctx, const struct ac_row *row)
{
	struct found *f = ctx;

	if (f->n == f->room) {
		char (*more)[AC_REF_MAX] = ac_arena_get(&f->c->arena, (f->room * 2 + 16) * sizeof *more);

		if (more == NULL) {
			f->err = AC_ENOMEM;
			return 1;
		}
		if (f->n > 0)
			memcpy(more, f->refs, f->n * sizeof *more);
		f->refs = more;
		f->room = f->room * 2 + 16;
	}
	strcpy(f->refs[f->n++], row->ref);
	return 0;
}

/* The documents of a type with a code. */
static enum ac_err
find(struct cli *c, struct found *f, const char *type, const char *code)
{
	const char *const types[] = { type, NULL };
	struct ac_filter q = { .types = types, .code = code };
	enum ac_err err;

	*f = (struct found){ .c = c };
	err = ac_list(c->space, &q, gather, f, &c->fault);
	return err != AC_OK ? err : f->err;
}

/* NULL: it is in dispute, or gone since. */
static enum ac_err
body_of(const struct ac_val **body, struct cli *c, const char *ref)
{
	struct ac_shown s = { 0 };
	enum ac_err err = ac_show(&s, &c->arena, c->space, ref, NULL, &c->fault);

	if (err == AC_ENOTFOUND) {
		err = ac_fault_past(&c->fault);
	}
	if (err == AC_OK)
		*body = s.body;
	return err;
}

static enum ac_err
contacts(size_t *n, struct cli *c, const char *today)
{
	struct found f;
	enum ac_err err = find(c, &f, "CareTeam", "symptoms");

	*n = 0;
	for (size_t i = 0; i < f.n && err == AC_OK; i++) {
		const struct ac_val *body = NULL;
		const char *line, *item;

		if ((err = body_of(&body, c, f.refs[i])) != AC_OK || body == NULL)
			continue;
		item = ac_form_beside(&line, &c->arena, body, today);
		if (item == NULL || strcmp(item, "symptoms") != 0)
			continue;
		if ((*n)++ == 0)
			tell(c, 0, _("Whom you can call:"));
		tell(c, 4, text_of(c, "  %s", line));
	}
	return err;
}

/* It is written by now: what cannot be read of whom to call is said, and exit 3. */
static int
call(struct cli *c, const struct ac_form_made *m, const char *today)
{
	enum ac_err err;
	size_t n;

	if (m->call == AC_CALL_NOBODY)
		return DONE;
	if (m->call == AC_CALL_LISTED)
		tell(c, 0, _("This is one of the symptoms to report (Canadian Cancer Society): tell your care team."));
	if (m->call == AC_CALL_TELL)
		tell(c, 0, _("Tell your care team about it."));
	if ((err = contacts(&n, c, today)) != AC_OK) {
		(void)fail(c, err);
		tell(c, 0, _("It is kept, but not all whom you noted to call could be read."));
	} else if (n == 0) {
		tell(c, 0, _("You have noted nobody to call yet; `aftercare add contact` keeps a name and a number."));
	}
	if (m->call == AC_CALL_DISTRESS)
		tell(c, 0, _("A helpline of the American Cancer Society answers day and night: 1-800-227-2345."));
	else
		tell(c, 0, _("If it cannot wait, call the emergency number where you are."));
	return err != AC_OK ? NOTED : DONE;
}

/* ------------------------------------------------------------------- checking */

/* The item of the plan that a word names, as the plan has it: AC_ENOTFOUND without a plan. */
enum ac_err
add_item(struct cli *c, const char **item, const char *word)
{
	struct ac_careplan p;
	char today[40];
	const char *found = NULL;
	enum ac_err err = date_day(c, today, NULL);

	if (err == AC_OK)
		err = ac_careplan_read(&p, &c->arena, c->space, today, &c->fault);
	for (size_t k = 0; err == AC_OK && k < p.plan.nrows; k++) {
		const char *one = p.plan.rows[k].item;

		if (strcmp(one, word) == 0) {
			*item = one;
			return AC_OK;
		}
		if (strncmp(one, word, strlen(word)) != 0 || (found != NULL && strcmp(found, one) == 0))
			continue;
		if (found != NULL)
			return ac_fault(&c->fault, AC_EUSAGE, _("%s fits several items of the plan; `aftercare plan show` lists their names"), word);
		found = one;
	}
	if (err != AC_OK)
		return err;
	if (found == NULL)
		return ac_fault(&c->fault, AC_EUSAGE, _("the plan has no item %s; `aftercare plan show` lists their names"), word);
	*item = found;
	return AC_OK;
}

/* --item as the plan has it. Without a plan it is not asked for. */
static int
plan_item(struct cli *c, struct add *a)
{
	int i = add_field(a->in.form, "item", 4);
	const char *word = i >= 0 ? a->in.answers[i] : NULL, *none;
	enum ac_err err;

	if (i < 0 || (word != NULL && *word == '\0'))
		return 0;
	err = add_item(c, word != NULL ? &a->in.answers[i] : &none, word != NULL ? word : "");
	if (word == NULL && (err == AC_OK || err == AC_EUSAGE || err == AC_ENOTFOUND)) {
		(void)ac_fault_past(&c->fault);
		if (err == AC_ENOTFOUND)
			a->in.answers[i] = "";
		return 0;
	}
	return err != AC_OK ? fail(c, err) : 0;
}

/* What can hardly be meant so is asked about; without a terminal --yes says that it is. */
static int
doubtful(struct cli *c, struct add *a, struct ac_form_made *m)
{
	int unit = add_field(a->in.form, "unit", 4), value = add_field(a->in.form, "value", 5);
	enum ac_err err;

	if (m->doubt == NULL || c->yes)
		return 0;
	if (!add_may_ask(c))
		return m->meant != NULL ? fail_with(c, USAGE, _("%s Give the unit with --unit, or confirm it with --yes."), m->doubt)
			: fail_with(c, USAGE, _("%s Correct it, or confirm it with --yes."), m->doubt);
	if (m->meant == NULL || unit < 0 || value < 0)
		return prompt_confirm(c, "%s", m->doubt);
	prompt_say(text_wrap(c, m->doubt, prompt_width(), 0));
	if (!prompt_yes(c, text_of(c, _("Is it %s %s? [Y/n] "), clean(c, a->in.answers[value]), m->meant), true))
		return prompt_confirm(c, _("Then it is kept as it was typed."));
	a->in.answers[unit] = m->meant;
	err = ac_form_make(m, &c->arena, &a->in, &c->fault);
	return err != AC_OK ? fail(c, err) : 0;
}

/* -------------------------------------------------------------------- writing */

/* The supplement of that name that is not discussed yet, or NULL. */
static enum ac_err
undiscussed(const struct ac_val **out, char ref[AC_REF_MAX], struct cli *c, const struct ac_val *made)
{
	const char *name = ac_val_str(ac_val_get(made, "medicationCodeableConcept"), "text");
	struct found f;
	enum ac_err err;

	*out = NULL;
	if (name == NULL)
		return AC_OK;
	err = find(c, &f, "MedicationStatement", "not-discussed");
	for (size_t i = 0; i < f.n && err == AC_OK && *out == NULL; i++) {
		const struct ac_val *body = NULL;
		const char *other;

		if ((err = body_of(&body, c, f.refs[i])) != AC_OK)
			break;
		other = ac_val_str(ac_val_get(body, "medicationCodeableConcept"), "text");
		if (other != NULL && strcasecmp(other, name) == 0) {
			strcpy(ref, f.refs[i]);
			*out = body;
		}
	}
	return err;
}

/* That one, with what the form says now in its place. */
static const struct ac_val *
discussed(struct cli *c, const struct ac_val *was, const struct ac_val *made)
{
	static const char *const taken[] = { "category", "dosage", "reasonCode", "effectivePeriod" };
	const struct ac_val *notes = ac_val_get(was, "note"), *more = ac_val_get(made, "note"), *v;

	for (size_t i = 0; was != NULL && i < sizeof taken / sizeof *taken; i++)
		if ((v = ac_val_get(made, taken[i])) != NULL)
			was = ac_val_set(&c->arena, was, taken[i], v);
	for (uint32_t i = 0; notes != NULL && more != NULL && i < more->n; i++)
		notes = ac_val_append(&c->arena, notes, &more->items[i]);
	if (notes == NULL)
		notes = more;
	return was != NULL && notes != NULL ? ac_val_set(&c->arena, was, "note", notes) : NULL;
}

/* In a line, as lists have it, and with the time of what is to come. */
static const char *
told(struct cli *c, const struct ac_val *body)
{
	const char *title = clean(c, ac_doc_said(&c->arena, body)), *start = ac_val_str(body, "start");

	return start == NULL ? title : text_of(c, "%s, %.10s %.5s", title, start, start + 11);
}

static int
write_it(struct cli *c, const struct add *a, const struct ac_form_made *m)
{
	int i = add_field(a->in.form, "discussed", 9);
	const struct ac_val *was = NULL, *body = m->body;
	struct ac_buf json = { 0 };
	struct ac_wrote w = { 0 };
	char ref[AC_REF_MAX];
	enum ac_err err = AC_OK;

	if (i >= 0 && a->in.answers[i] != NULL && *a->in.answers[i] != '\0')
		err = undiscussed(&was, ref, c, m->body);
	if (err != AC_OK) /* a second one beside it would be worse than none */
		return fail(c, err);
	if (was != NULL)
		body = discussed(c, was, m->body);
	err = body != NULL ? ac_json_write(&json, body, NULL, &c->fault) : AC_ENOMEM;
	if (err == AC_OK && was != NULL)
		err = ac_edit(&w, c->space, ref, json.p, json.len, 0, &c->fault);
	else if (err == AC_OK)
		err = ac_put(&w, c->space, json.p, json.len, 0, &c->fault);
	ac_buf_free(&json);
	if (err != AC_OK)
		return fail(c, err);
	if (!c->json)
		out_line(c, 0, told(c, body));
	return wrote(c, &w, was != NULL ? "Changed" : "Stored");
}

int
cmd_add(struct cli *c)
{
	struct add a = { .in = { .form = ac_form_find(c->command->name + strlen("add ")) } };
	const struct ac_val *person;
	struct ac_form_made m;
	char now[40];
	enum ac_err err;
	int rc;

	date_local(now, date_now());
	a.in.now = now;
	if ((rc = add_given(c, &a)) != 0)
		return rc;
	if (add_lacks(&a) && !add_may_ask(c)) {
		for (int i = 0; a.in.form->fields[i].name != NULL; i++)
			if (ac_form_check(&a.in, i, &c->fault) != AC_OK)
				return fail(c, AC_EUSAGE);
	}
	if ((rc = home_space(c)) != 0 || (rc = plan_item(c, &a)) != 0 || (rc = add_asked(c, &a)) != 0)
		return rc;
	err = ac_subject(&a.in.subject, &person, &c->arena, c->space, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	a.in.sex = ac_val_str(person, "gender");
	err = ac_form_make(&m, &c->arena, &a.in, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	if ((rc = doubtful(c, &a, &m)) != 0 || (rc = write_it(c, &a, &m)) != 0)
		return rc;
	if (*m.about != '\0')
		tell(c, 0, m.about);
	now[10] = '\0';
	return call(c, &m, now);
}
