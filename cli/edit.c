/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>

/* Where the edited text goes: `edit` and `resolve --edit` differ in this only. */
typedef enum ac_err store_fn(struct ac_wrote *out, struct ac_space *s, const char *ref,
	const void *json, size_t n, int flags, struct ac_fault *f);

static enum ac_err
store_resolve(struct ac_wrote *out, struct ac_space *s, const char *ref,
	const void *json, size_t n, int flags, struct ac_fault *f)
{
	return ac_resolve(out, s, ref, NULL, NULL, 0, json, n, flags, f);
}

static enum ac_err
pretty(struct cli *c, struct ac_buf *text, const struct ac_val *body, const char *ref)
{
	struct ac_blob_source blobs = ac_space_blobs(c->space);
	enum ac_err err = ac_json_write_pretty(text, body, &blobs, &c->fault);

	if (err == AC_ENOTFOUND) {
		ac_buf_reset(text);
		err = ac_attachment_fetch(c->space, ref, NULL, &c->fault);
		if (err == AC_OK)
			err = ac_json_write_pretty(text, body, &blobs, &c->fault);
	}
	if (err == AC_OK && (text->len == 0 || text->p[text->len - 1] != '\n'))
		err = ac_buf_add(text, "\n", 1);
	return err;
}

/* On a terminal a text that is refused is offered again. */
static int
edit_loop(struct cli *c, struct editor *e, const struct ac_buf *before, const char *ref, store_fn *store,
	bool must_change)
{
	struct ac_buf after = { .max = AC_MAX_JSON };
	struct ac_wrote w = { 0 };
	enum ac_err err;
	int rc;

	for (;;) {
		err = editor_run(c, e, &after);
		if (err != AC_OK)
			break;
		if (must_change && after.len == before->len && memcmp(after.p, before->p, after.len) == 0) {
			ac_buf_free(&after);
			note(c, "%s is unchanged.", ref);
			return DONE;
		}
		err = store(&w, c->space, ref, after.p, after.len, write_flags(c), &c->fault);
		if ((err != AC_EINVAL && err != AC_EREFUSED && err != AC_ELIMIT) || !prompt_there())
			break;
		note(c, "%s", c->fault.text);
		if (!prompt_yes(c, _("Edit it again? [Y/n] "), true))
			break;
	}
	ac_buf_free(&after);
	rc = err == AC_OK ? wrote(c, &w, "Changed") : fail(c, err);
	return rc;
}

int
edit_document(struct cli *c, const char *ref, bool resolving)
{
	struct ac_buf text = { .max = SIZE_MAX / 2 };
	struct editor e = { .dir = "" };
	struct ac_shown s = { 0 };
	const struct ac_val *body;
	enum ac_err err;
	int rc;

	err = ac_show(&s, &c->arena, c->space, ref, NULL, &c->fault);
	if (err == AC_OK && s.safety && !resolving)
		err = ac_fault(&c->fault, AC_EREFUSED, "%s is in dispute; settle it with `aftercare resolve %s`.", ref, ref);
	body = s.body != NULL ? s.body : s.merged;
	for (size_t i = s.nsides; body == NULL && i > 0; i--)
		body = s.sides[i - 1].body;
	if (err == AC_OK && body == NULL)
		err = ac_fault(&c->fault, AC_ENOTFOUND, "%s is deleted; bring it back with `aftercare revert`.", ref);
	if (err == AC_OK)
		err = pretty(c, &text, body, ref);
	if (err == AC_OK)
		err = editor_start(c, &e, text.p, text.len);
	if (err == AC_OK)
		rc = edit_loop(c, &e, &text, ref, resolving ? store_resolve : ac_edit, !resolving);
	else
		rc = fail(c, err);
	editor_end(&e);
	ac_buf_free(&text);
	return rc;
}

int
cmd_edit(struct cli *c)
{
	char ref[AC_REF_MAX];
	int rc;

	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], true)) != 0)
		return rc;
	return edit_document(c, ref, false);
}
