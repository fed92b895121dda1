/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>

static int
row(void *ctx, const char *key, const char *value)
{
	struct cli *c = ctx;
	struct ac_buf *b = out_buf();

	if (!c->json) {
		out_printf("%s %s\n", clean(c, key), clean(c, value));
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "key", key);
	json_str(b, "value", value);
	json_close(b, '}');
	json_row_end(b);
	return 0;
}

static int
check_key(struct cli *c, const char *key)
{
	static const char *const KEYS[] = { "editor", "color" };

	for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
		if (strcmp(KEYS[i], key) == 0)
			return 0;
	return fail_with(c, USAGE, "There is no setting %s; there are editor and color.", clean(c, key));
}

static int
print_one(struct cli *c, const char *key)
{
	const char *v = ac_config_get(c->home, key);

	if (v == NULL)
		return fail_with(c, FAILED, "%s is not set; set it with `aftercare config %s VALUE`.", key, key);
	if (c->json)
		(void)row(c, key, v);
	else
		out_printf("%s\n", clean(c, v));
	return DONE;
}

int
cmd_config(struct cli *c)
{
	const char *key = c->args.n > 0 ? c->args.words[0] : NULL, *value = c->args.n > 1 ? c->args.words[1] : NULL;
	bool unset = args_flag(c, "unset");
	enum ac_err err;
	int rc;

	if (unset && (key == NULL || value != NULL))
		return fail_with(c, USAGE, "`config --unset` takes one key and no value.");
	if (key != NULL && (rc = check_key(c, key)) != 0)
		return rc;
	if (value != NULL && strcmp(key, "color") == 0 && strcmp(value, "auto") != 0 && strcmp(value, "never") != 0)
		return fail_with(c, USAGE, "color is auto or never, not %s.", clean(c, value));
	if ((rc = home_open(c)) != 0)
		return rc;
	if (key == NULL) {
		(void)ac_config_each(c->home, row, c);
		return DONE;
	}
	if (value == NULL && !unset)
		return print_one(c, key);
	err = ac_config_set(c->home, key, value, &c->fault);
	return err == AC_OK ? DONE : fail(c, err);
}
