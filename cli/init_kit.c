/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A sheet is never written over another one: the older may be the only copy. */
static int
kit_file_free(struct cli *c, const char *file)
{
	if (file == NULL || access(file, F_OK) != 0)
		return 0;
	return fail_with(c, FAILED, "%s is there already; name a new file for the kit.", file);
}

static int
write_page(struct cli *c, const struct ac_kit *kit, struct file_out *o)
{
	struct ac_buf page = { .max = 4u << 20 };
	struct ac_sink sink = file_out_sink(o);
	enum ac_err err = kitpage_html(c, &page, kit);

	if (err == AC_OK)
		err = sink.write(sink.ctx, page.p, page.len, &c->fault);
	if (err == AC_OK)
		err = file_out_done(c, o);
	else
		file_out_drop(o);
	ac_buf_free(&page);
	return err == AC_OK ? 0 : fail(c, err);
}

static void
kit_json(const struct ac_kit *kit, const char *file)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "patient", kit->person);
	json_str(b, "space", kit->space);
	json_str(b, "root", kit->root);
	json_str(b, "file", file);
	if (file == NULL)
		json_str(b, "kit", kit->secret);
	json_close(b, '}');
	json_row_end(b);
}

/* then: what is to be done where standard output takes nothing. */
static int
hand_over(struct cli *c, const unsigned char kit[static 32], const char *file, struct file_out *o, const char *then)
{
	struct ac_kit sheet = { 0 };
	enum ac_err err = ac_kit_sheet(&sheet, &c->arena, c->space, kit, &c->fault);
	int rc = 0;

	if (err != AC_OK)
		return fail(c, err);
	if (file != NULL)
		rc = write_page(c, &sheet, o);
	if (rc == 0 && c->json)
		kit_json(&sheet, file);
	else if (rc == 0 && file != NULL)
		out_printf(_("The recovery kit is in %s: print it, then delete the file.\n"), clean(c, file));
	else if (rc == 0)
		kitpage_print(c, &sheet);
	if (rc == 0 && file == NULL)
		rc = out_now(c, then);
	ac_wipe(sheet.secret, sizeof sheet.secret);
	return rc;
}

/* The file is made before the kit, so that no kit stands that nobody was shown. */
static int
open_page(struct cli *c, const char *file, struct file_out *o)
{
	int rc = kit_file_free(c, file);
	enum ac_err err;

	o->fd = -1;
	o->tmp[0] = '\0';
	if (rc != 0 || file == NULL)
		return rc;
	err = file_out_open(c, o, file);
	return err == AC_OK ? 0 : fail(c, err);
}

static int
make_or_open_home(struct cli *c, bool *made)
{
	enum ac_err err;
	int rc;

	*made = false;
	if (ac_home_there(c->home_path))
		return home_open(c);
	if ((rc = home_unborn(c)) != 0)
		return rc;
	err = secret_passphrase(c, true);
	if (err == AC_OK)
		err = ac_home_create(&c->home, c->home_path, (const char *)c->passphrase.p, c->passphrase.len,
			secret_home_flags(), &c->fault);
	*made = err == AC_OK;
	return err == AC_OK ? 0 : fail(c, err);
}

/* --patient could not tell two people of one name apart. */
static int
check_person(struct cli *c, const char *name)
{
	for (size_t i = 0; i < ac_home_spaces(c->home); i++)
		if (strcmp(ac_space_patient(ac_home_space(c->home, i)), name) == 0)
			return fail_with(c, FAILED, "The records of %s are in this home already; give the other person"
				" a name of their own, or another home.", name);
	return 0;
}

int
cmd_init(struct cli *c)
{
	const char *name = args_value(c, "name"), *device = args_value(c, "device"), *file = args_value(c, "kit");
	unsigned char kit[32] = { 0 };
	struct file_out page;
	bool made = false;
	enum ac_err err;
	int rc;

	if (name == NULL || *name == '\0' || device == NULL || *device == '\0')
		return fail_with(c, USAGE, "`init` needs the patient and this device: --name \"Ana Ruiz\" --device laptop.");
	if ((rc = open_page(c, file, &page)) != 0)
		return rc;
	if ((rc = make_or_open_home(c, &made)) != 0 || (rc = check_person(c, name)) != 0)
		goto out;
	err = ac_vault_create(&c->space, c->home, name, device, kit, &c->fault);
	if (err != AC_OK) {
		rc = fail(c, err);
		goto out;
	}
	/* A vault whose kit nobody was shown is not kept where that can be helped. */
	rc = hand_over(c, kit, file, &page, made ? _("; no vault was made.") : _("; the vault stands, but its kit"
		" was not shown: run `aftercare kit renew`."));
	if (rc == 0)
		note(c, "A vault for %s is in %s.", name, c->home_path);
	made = made && rc != 0;
out:
	ac_wipe(kit, sizeof kit);
	file_out_drop(&page);
	if (made) {
		/* The home was made a moment ago and holds nothing yet. */
		ac_home_close(c->home);
		c->home = NULL;
		file_remove_tree(c->home_path);
	}
	return rc;
}

int
cmd_kit_check(struct cli *c)
{
	struct ac_buf text = { 0 }, key = { 0 };
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	err = secret_identity(c, &text);
	if (err == AC_OK)
		err = secret_key_run(c, &key, &text);
	if (err == AC_OK)
		err = ac_kit_check(c->space, (const char *)key.p, &c->fault);
	ac_buf_free(&text);
	ac_buf_free(&key);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json)
		out_printf("{\"ok\":true}\n");
	else
		out_printf(_("This is the standing kit of %s's records.\n"), clean(c, ac_space_patient(c->space)));
	return DONE;
}

int
cmd_kit_renew(struct cli *c)
{
	const char *file = args_value(c, "kit");
	unsigned char kit[32] = { 0 };
	struct file_out page;
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0 || (rc = open_page(c, file, &page)) != 0)
		return rc;
	err = ac_kit_renew(c->space, kit, &c->fault);
	rc = err != AC_OK ? fail(c, err) : hand_over(c, kit, file, &page,
		_("; the old kit is retired and the new one was not shown: run `aftercare kit renew` again."));
	ac_wipe(kit, sizeof kit);
	file_out_drop(&page);
	return rc;
}
