/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>

static enum ac_err
new_passphrase(struct cli *c, struct ac_buf *out)
{
	const char *file = args_value(c, "new-passphrase-file");

	if (file != NULL)
		return secret_first_line(c, out, file, "the new passphrase");
	if (!prompt_there())
		return ac_fault(&c->fault, AC_ELOCKED,
			"No new passphrase: there is no terminal to ask on; give --new-passphrase-file F.");
	return secret_twice(c, out, "New passphrase");
}

static int
reset(struct cli *c)
{
	struct ac_buf text = { 0 }, key = { 0 }, fresh = { 0 };
	unsigned char kit[32] = { 0 };
	enum ac_err err;

	if (!ac_home_there(c->home_path))
		return fail_with(c, FAILED, "There is no home at %s; name it with --home.", c->home_path);
	err = secret_identity(c, &text);
	if (err == AC_OK)
		err = secret_key_run(c, &key, &text);
	if (err == AC_OK)
		err = ac_kit_secret(kit, (const char *)key.p, &c->fault);
	if (err == AC_OK)
		err = new_passphrase(c, &fresh);
	if (err == AC_OK)
		err = ac_home_reset(c->home_path, kit, (const char *)fresh.p, fresh.len, &c->fault);
	ac_wipe(kit, sizeof kit);
	ac_buf_free(&text);
	ac_buf_free(&key);
	ac_buf_free(&fresh);
	return err == AC_OK ? DONE : fail(c, err);
}

static int
change(struct cli *c)
{
	struct ac_buf fresh = { 0 };
	enum ac_err err;
	int rc = home_open(c);

	if (rc != 0)
		return rc;
	err = new_passphrase(c, &fresh);
	if (err == AC_OK)
		err = ac_home_passphrase(c->home, (const char *)fresh.p, fresh.len, &c->fault);
	ac_buf_free(&fresh);
	return err == AC_OK ? DONE : fail(c, err);
}

int
cmd_passphrase(struct cli *c)
{
	int rc;

	if (!args_flag(c, "reset") && args_value(c, "identity") != NULL)
		return fail_with(c, USAGE, "--identity goes with --reset, for a forgotten passphrase.");
	rc = args_flag(c, "reset") ? reset(c) : change(c);
	if (rc == DONE) {
		(void)agent_stop(c);
		note(c, "The passphrase is changed.");
	}
	return rc;
}

static int
give_key(struct cli *c, struct agent *a, int64_t ms)
{
	unsigned char key[32];
	enum ac_err err;

	ac_home_key(c->home, key);
	err = agent_give(c, a, key, ms);
	ac_wipe(key, sizeof key);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json) {
		json_open(out_buf(), NULL, '{');
		json_time(out_buf(), "until", date_now() + ms);
		json_close(out_buf(), '}');
		json_row_end(out_buf());
	} else {
		note(c, "Unlocked until %s; `aftercare lock` ends it.", date_text(c, date_now() + ms));
	}
	return DONE;
}

int
cmd_unlock(struct cli *c)
{
	const char *how_long = args_value(c, "for");
	struct agent a = { -1 };
	int64_t ms = 15 * 60 * 1000;
	enum ac_err err;
	int rc;

	if (how_long != NULL && (err = date_duration(c, &ms, how_long)) != AC_OK)
		return fail(c, err);
	if (!ac_home_there(c->home_path))
		return home_open(c); /* says that there is none */
	err = agent_prepare(c, &a);
	rc = err != AC_OK ? fail(c, err) : home_open(c);
	if (rc == 0)
		rc = give_key(c, &a, ms);
	agent_drop(&a);
	return rc;
}

int
cmd_lock(struct cli *c)
{
	if (!ac_home_there(c->home_path))
		return home_open(c);
	note(c, agent_stop(c) ? "Locked." : "It was locked already.");
	return DONE;
}
