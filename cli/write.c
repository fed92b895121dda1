/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>

int
write_flags(const struct cli *c)
{
	return args_flag(c, "force") ? AC_FORCE : 0;
}

int
wrote(struct cli *c, const struct ac_wrote *w, const char *verb)
{
	struct ac_buf *b = out_buf();
	bool forced = w->flagged && args_flag(c, "force");

	if (c->json) {
		json_open(b, NULL, '{');
		json_str(b, "ref", w->ref);
		json_str(b, "version", w->version);
		json_bool(b, "flagged", w->flagged);
		json_close(b, '}');
		json_row_end(b);
	} else {
		out_line(c, 0, text_of(c, _("%s %s, version %s"), _(verb), clean(c, w->ref), short_version(c, w->version)));
		if (w->flagged && w->issue[0] != '\0')
			note(c, "It does not follow FHIR's rules: %s", w->issue);
	}
	/* Stored flagged against a refusal is something to look at. */
	return forced ? NOTED : DONE;
}

int
cmd_put(struct cli *c)
{
	struct ac_buf text = { .max = AC_MAX_JSON };
	struct ac_wrote w = { 0 };
	enum ac_err err;
	int rc;

	err = file_read(c, &text, c->args.words[0], "the document");
	rc = err != AC_OK ? fail(c, err) : home_space(c);
	if (rc == 0) {
		err = ac_put(&w, c->space, text.p, text.len, write_flags(c), &c->fault);
		rc = err != AC_OK ? fail(c, err) : wrote(c, &w, "Stored");
	}
	ac_buf_free(&text);
	return rc;
}

/* PATH=VALUE words; "-" alone: one a line from standard input. */
static const char **
read_sets(struct cli *c, const char *const *words, int nwords, size_t *n)
{
	struct ac_buf b = { 0 };
	const char **list = NULL;
	size_t k = 0, lines = 1;
	char *text, *save = NULL;

	*n = (size_t)nwords;
	if (nwords != 1 || strcmp(words[0], "-") != 0) {
		list = ac_arena_get(&c->arena, (*n + 1) * sizeof *list);
		if (list != NULL)
			memcpy(list, words, *n * sizeof *list);
		return list;
	}
	if (file_read(c, &b, "-", "the fields") == AC_OK
	    && (text = ac_arena_text(&c->arena, b.p != NULL ? (const char *)b.p : "", b.len)) != NULL) {
		for (const char *p = text; *p != '\0'; p++)
			lines += *p == '\n';
		list = ac_arena_get(&c->arena, (lines + 1) * sizeof *list);
		for (char *l = strtok_r(text, "\r\n", &save); list != NULL && l != NULL; l = strtok_r(NULL, "\r\n", &save))
			list[k++] = l;
		*n = k;
	}
	ac_buf_free(&b);
	return list;
}

int
sets_of(struct cli *c, int from, const char ***out, size_t *n)
{
	*out = read_sets(c, c->args.words + from, c->args.n - from, n);
	if (*out == NULL)
		return fail(c, c->fault.text[0] != '\0' ? AC_EUSAGE : AC_ENOMEM);
	if (*n == 0)
		return fail_with(c, USAGE, "There is no field to set; write PATH=VALUE, one a line.");
	for (size_t i = 0; i < *n; i++) {
		const char *eq = strchr((*out)[i], '=');

		if (eq == NULL || eq == (*out)[i])
			return fail_with(c, USAGE, "Each field is written PATH=VALUE, PATH:=JSON, or PATH= to delete it.");
	}
	return 0;
}

int
cmd_set(struct cli *c)
{
	struct ac_wrote w = { 0 };
	char ref[AC_REF_MAX];
	const char **sets;
	size_t n;
	enum ac_err err;
	int rc;

	if ((rc = sets_of(c, 1, &sets, &n)) != 0)
		return rc;
	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], true)) != 0)
		return rc;
	err = ac_set(&w, c->space, ref, sets, n, write_flags(c), &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Changed");
}

int
cmd_rm(struct cli *c)
{
	struct ac_wrote w = { 0 };
	char ref[AC_REF_MAX];
	enum ac_err err;
	int rc;

	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], true)) != 0)
		return rc;
	err = ac_rm(&w, c->space, ref, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	note(c, "Its history stays: `aftercare history %s` shows it, `aftercare undo` takes this back.", ref);
	return wrote(c, &w, "Deleted");
}

