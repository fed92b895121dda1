/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
cmd_attachment_add(struct cli *c)
{
	const char *path = c->args.words[0], *to = args_value(c, "to");
	struct ac_wrote w = { 0 };
	char ref[AC_REF_MAX];
	enum ac_err err;
	int rc;

	if (access(path, R_OK) != 0)
		return fail_with(c, FAILED, "%s cannot be read; nothing was added.", path);
	if ((rc = home_space(c)) != 0 || (to != NULL && (rc = home_ref(c, ref, to, true)) != 0))
		return rc;
	err = ac_attachment_add(&w, c->space, path, to != NULL ? ref : NULL, args_value(c, "title"), &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Added");
}

struct listing { struct cli *c; struct table *table; };

static int
each(void *ctx, const struct ac_attachment *a)
{
	struct listing *l = ctx;
	struct ac_buf *b = out_buf();
	char size[32];

	snprintf(size, sizeof size, "%llu", (unsigned long long)a->size);
	if (!l->c->json) {
		table_row(l->table, (const char *[]){ a->ref, a->title, a->type, size, a->here ? _("here") : _("elsewhere") });
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "ref", a->ref);
	json_str(b, "title", a->title);
	json_str(b, "type", a->type);
	json_int(b, "size", a->size);
	json_str(b, "hash", a->hash);
	json_bool(b, "here", a->here);
	json_close(b, '}');
	json_row_end(b);
	return 0;
}

int
cmd_attachment_list(struct cli *c)
{
	struct listing l = { c, NULL };
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	if (!c->json)
		l.table = table_new(c, "*Ref|Title|Type|*Bytes|Where");
	err = ac_attachment_list(c->space, each, &l, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	table_print(l.table, false);
	return DONE;
}

/* What another device calls a file is no path: one name, in this folder. */
static void
safe_name(char out[static 300], const char *name)
{
	size_t k = 0;

	for (const char *p = name; *p != '\0' && k < 255; p++)
		if ((unsigned char)*p >= 0x20 && *p != '/' && *p != 0x7F && !(k == 0 && (*p == '.' || *p == '-')))
			out[k++] = *p;
	out[k] = '\0';
	if (k == 0)
		strcpy(out, "attachment");
}

static enum ac_err
read_or_fetch(struct cli *c, const char *ref, const struct ac_sink *sink, char name[static 256])
{
	enum ac_err err = ac_attachment_read(c->space, ref, sink, name, &c->fault);

	if (err != AC_ENET && err != AC_ENOTFOUND)
		return err;
	err = ac_attachment_fetch(c->space, ref, NULL, &c->fault);
	return err == AC_OK ? ac_attachment_read(c->space, ref, sink, name, &c->fault) : err;
}

/* Without -o the bytes go where standard output goes, and on a terminal into a file
 * by the attachment's own name. */
static int
get_named(struct cli *c, const char *ref)
{
	struct file_out o = { .fd = -1 };
	struct ac_sink sink;
	char name[256] = "", safe[300];
	enum ac_err err = file_out_open(c, &o, "attachment");
	int rc = 0;

	sink = file_out_sink(&o);
	if (err == AC_OK)
		err = read_or_fetch(c, ref, &sink, name);
	safe_name(safe, name);
	if (err == AC_OK && access(safe, F_OK) == 0)
		rc = prompt_confirm(c, "%s is here already and would be replaced.", safe);
	if (err == AC_OK && rc == 0) {
		strcpy(o.path, safe);
		err = file_out_done(c, &o);
	}
	file_out_drop(&o);
	if (err != AC_OK)
		return fail(c, err);
	if (rc == 0)
		out_printf("%s\n", clean(c, safe));
	return rc;
}

static int
get_to(struct cli *c, const char *ref, const char *file)
{
	struct file_out o = { .fd = -1 };
	struct ac_sink sink;
	char name[256] = "";
	enum ac_err err = file_out_open(c, &o, file);

	sink = file_out_sink(&o);
	if (err == AC_OK)
		err = read_or_fetch(c, ref, &sink, name);
	if (err == AC_OK)
		err = file_out_done(c, &o);
	file_out_drop(&o);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json) {
		json_open(out_buf(), NULL, '{');
		json_str(out_buf(), "ref", ref);
		json_str(out_buf(), "file", file);
		json_close(out_buf(), '}');
		json_row_end(out_buf());
	}
	return DONE;
}

int
cmd_attachment_get(struct cli *c)
{
	const char *file = args_value(c, "o");
	struct ac_sink sink = out_sink();
	char ref[AC_REF_MAX], name[256] = "";
	enum ac_err err;
	int rc;

	if (c->json && (file == NULL || strcmp(file, "-") == 0))
		return fail_with(c, USAGE, "`attachment get` with --json needs a file to write to: -o FILE.");
	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], false)) != 0)
		return rc;
	if (file != NULL && strcmp(file, "-") != 0)
		return get_to(c, ref, file);
	if (file == NULL && out_terminal())
		return get_named(c, ref);
	err = read_or_fetch(c, ref, &sink, name);
	return err == AC_OK ? DONE : fail(c, err);
}
