/* SPDX-License-Identifier: ISC */
/*
 * The answers to a form: from words and options, from lines on standard input, or asked.
 *
 * Method: words fill the fields that may be given by their place. A field of a number takes the
 * next word that begins like one, and the words before it belong together, so that `vitamin d 30`
 * and `short of breath` need no quotes; what is left over belongs to the last such field.
 */
#include "cli.h"

#include <string.h>

#include "add.h"

enum { TRIES = 3 };

int
add_field(const struct ac_form *form, const char *name, size_t n)
{
	for (int i = 0; form->fields[i].name != NULL; i++)
		if (strlen(form->fields[i].name) == n && memcmp(form->fields[i].name, name, n) == 0)
			return i;
	return -1;
}

static int
set(struct cli *c, struct add *a, int i, const char *answer)
{
	if (a->in.answers[i] != NULL)
		return fail_with(c, USAGE, _("--%s is given twice; once is enough."), a->in.form->fields[i].name);
	a->in.answers[i] = answer;
	a->given++;
	return 0;
}

/* --------------------------------------------------------------------- dates */

/* Dates as people write them, as FHIR has them. */
static int
dates(struct cli *c, struct add *a, int i)
{
	const struct ac_form_field *f = &a->in.form->fields[i];
	char *buf;
	enum ac_err err;

	if ((f->kind != AC_FIELD_DATE && f->kind != AC_FIELD_MOMENT) || a->in.answers[i] == NULL || *a->in.answers[i] == '\0')
		return 0;
	if ((buf = ac_arena_get(&c->arena, 40)) == NULL)
		return fail(c, AC_ENOMEM);
	err = date_moment(c, buf, a->in.answers[i]);
	if (err != AC_OK)
		return fail(c, err);
	a->in.answers[i] = buf;
	return 0;
}

/* --------------------------------------------------------------------- words */

static bool
numberlike(const char *s)
{
	s += strspn(s, "<>= ");
	return (*s >= '0' && *s <= '9') || (*s == '.' && s[1] >= '0' && s[1] <= '9');
}

/* The words from `from` up to `to`, with blanks between. */
static const char *
join(struct cli *c, int from, int to)
{
	const char *s = c->args.words[from];

	for (int i = from + 1; i < to; i++)
		s = text_of(c, "%s %s", s, c->args.words[i]);
	return s;
}

/* Does what the field is asked for begin with a number? */
static bool
wants_number(const struct ac_form_field *f)
{
	return f->kind == AC_FIELD_NUMBER || f->kind == AC_FIELD_MOMENT || strcmp(f->name, "value") == 0 || strcmp(f->name, "dose") == 0;
}

/* Is that word a grade? Else it belongs to the symptom. */
static bool
grade(const struct add *a, int i, const char *word)
{
	struct ac_form_input in = a->in;

	in.answers[i] = word;
	return ac_form_check(&in, i, NULL) == AC_OK;
}

static int
words(struct cli *c, struct add *a)
{
	const struct ac_form_field *f = a->in.form->fields;
	int n = c->args.n, at = 0, rc = 0;

	for (int i = 0; rc == 0 && at < n && f[i].name != NULL && f[i].word; i++) {
		bool last = !f[i + 1].word || f[i + 1].name == NULL;
		int to = last ? n : at + 1, next = at + 1;

		/* A date and a time are one answer. */
		if (f[i].kind == AC_FIELD_MOMENT && to < n && strchr(c->args.words[to], ':') != NULL)
			to++;
		if (!last && wants_number(&f[i + 1])) {
			while (next < n && !numberlike(c->args.words[next]) && strcmp(c->args.words[next], "today") != 0)
				next++;
			if (next < n)
				to = next;
			else if (strcmp(f[i + 1].name, "value") != 0)
				to = n; /* no number is there: all of it is the name */
		}
		if (strcmp(f[i + 1].name, "grade") == 0)
			to = n - (n - at > 1 && grade(a, i + 1, c->args.words[n - 1]));
		/* "10 mg" and "4 g" need no quotes either. */
		if (strcmp(f[i].name, "dose") == 0 && to < n && strspn(c->args.words[at], "0123456789.,") == strlen(c->args.words[at]))
			to++;
		rc = set(c, a, i, join(c, at, to));
		at = to;
	}
	return rc;
}

/* --------------------------------------------------------------------- lines */

/* `field: what it is`; a line that begins with a blank goes on with the one before. */
static int
line(struct cli *c, struct add *a, char *l, int *last)
{
	char *colon = strchr(l, ':');
	int i;

	if (*l == '\0')
		return 0;
	if ((*l == ' ' || *l == '\t') && *last >= 0) {
		a->in.answers[*last] = text_of(c, "%s\n%s", a->in.answers[*last], l + strspn(l, " \t"));
		return 0;
	}
	i = colon != NULL ? add_field(a->in.form, l, strcspn(l, ": ")) : -1;
	if (i < 0)
		return fail_with(c, USAGE, _("A line is written `field: answer`, and %s is none of this form; `aftercare help %s` lists its fields."),
			clean(c, text_of(c, "%.*s", colon != NULL ? (int)(colon - l) : 40, l)), c->command->name);
	*last = i;
	return set(c, a, i, colon + 1 + strspn(colon + 1, " \t"));
}

static int
lines(struct cli *c, struct add *a)
{
	struct ac_buf b = { .max = 1u << 20 };
	enum ac_err err = file_read(c, &b, "-", "the answers");
	char *text = err == AC_OK ? ac_arena_text(&c->arena, b.p != NULL ? (const char *)b.p : "", b.len) : NULL;
	int last = -1, rc = 0;
	size_t n = 0;

	if (err == AC_OK && text != NULL && (b.len > 0 && memchr(b.p, '\0', b.len) != NULL))
		rc = fail_with(c, USAGE, "%s", _("The answers hold a byte of no text."));
	else if (text == NULL)
		rc = fail(c, err != AC_OK ? err : AC_ENOMEM);
	ac_buf_free(&b);
	if (text != NULL && strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (char *l = text; rc == 0 && l != NULL && *l != '\0'; l += n) {
		n = strcspn(l, "\n");
		if (l[n] == '\n')
			l[n++] = '\0';
		if (*l != '\0' && l[strlen(l) - 1] == '\r')
			l[strlen(l) - 1] = '\0';
		rc = line(c, a, l, &last);
	}
	return rc;
}

int
add_given(struct cli *c, struct add *a)
{
	const struct ac_form_field *f = a->in.form->fields;
	const char *v;
	int rc = 0;

	if (c->args.n == 1 && strcmp(c->args.words[0], "-") == 0)
		rc = lines(c, a);
	else
		rc = words(c, a);
	for (int i = 0; rc == 0 && f[i].name != NULL; i++) {
		if (f[i].kind == AC_FIELD_FLAG && args_flag(c, f[i].name))
			rc = set(c, a, i, "yes");
		else if (f[i].kind != AC_FIELD_FLAG && (v = args_value(c, f[i].name)) != NULL)
			rc = set(c, a, i, v);
	}
	for (int i = 0; rc == 0 && f[i].name != NULL; i++)
		rc = dates(c, a, i);
	/* What was given is right or refused before anything is asked or opened. */
	for (int i = 0; rc == 0 && f[i].name != NULL; i++)
		if (a->in.answers[i] != NULL && *a->in.answers[i] != '\0' && ac_form_check(&a->in, i, &c->fault) != AC_OK)
			rc = fail(c, AC_EUSAGE);
	return rc;
}

/* -------------------------------------------------------------------- asking */

bool
add_may_ask(const struct cli *c)
{
	return !args_flag(c, "no-input") && prompt_there();
}

static void
say(struct cli *c, const char *s)
{
	prompt_say(text_wrap(c, clean(c, s), prompt_width(), 0));
}

/* One question, until its answer can be. An empty answer to what must be known ends it. */
static int
ask(struct cli *c, struct add *a, int i)
{
	const struct ac_form_field *f = &a->in.form->fields[i];
	struct ac_buf b = { 0 };
	enum ac_err err;
	int rc = 0;

	for (int tries = 0;; tries++) {
		say(c, _(f->ask));
		err = prompt_line(c, &b, "> ", false);
		if (err != AC_OK) {
			rc = fail(c, err);
			break;
		}
		a->in.answers[i] = ac_arena_text(&c->arena, (const char *)b.p, b.len);
		if (a->in.answers[i] == NULL) {
			rc = fail(c, AC_ENOMEM);
			break;
		}
		if (a->in.answers[i][strspn(a->in.answers[i], " \t")] == '\0') {
			a->in.answers[i] = NULL;
			if (f->required)
				rc = fail_with(c, USAGE, "%s", _("Nothing was answered, and nothing was done."));
			break;
		}
		if (f->kind == AC_FIELD_DATE || f->kind == AC_FIELD_MOMENT) {
			char *buf = ac_arena_get(&c->arena, 40);

			if (buf != NULL && date_moment(c, buf, a->in.answers[i]) == AC_OK)
				a->in.answers[i] = buf;
		}
		err = ac_form_check(&a->in, i, &c->fault);
		if (err == AC_OK && strcmp(f->name, "item") == 0)
			err = add_item(c, &a->in.answers[i], a->in.answers[i]);
		if (err == AC_OK)
			break;
		if (tries + 1 == TRIES) {
			rc = fail(c, err);
			break;
		}
		say(c, text_of(c, "%s.", c->fault.text));
		(void)ac_fault_past(&c->fault);
	}
	ac_buf_free(&b);
	return rc;
}

int
add_asked(struct cli *c, struct add *a)
{
	const struct ac_form_field *f = a->in.form->fields;
	bool all = a->given == 0;
	int rc = 0;

	for (int i = 0; rc == 0 && f[i].name != NULL; i++)
		if (a->in.answers[i] == NULL && f[i].ask != NULL && (all || f[i].required))
			rc = ask(c, a, i);
	return rc;
}

bool
add_lacks(const struct add *a)
{
	const struct ac_form_field *f = a->in.form->fields;

	for (int i = 0; f[i].name != NULL; i++)
		if (f[i].required && (a->in.answers[i] == NULL || *a->in.answers[i] == '\0'))
			return true;
	return false;
}
