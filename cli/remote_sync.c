/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
cmd_hub_init(struct cli *c)
{
	enum ac_err err = ac_hub_init(c->args.words[0], &c->fault);
	char real[PATH_MAX];
	const char *path;

	if (err != AC_OK)
		return fail(c, err);
	path = realpath(c->args.words[0], real) != NULL ? real : c->args.words[0];
	if (c->json) {
		json_open(out_buf(), NULL, '{');
		json_str(out_buf(), "path", path);
		json_close(out_buf(), '}');
		json_row_end(out_buf());
	} else {
		out_printf(_("%s is a hub; next: aftercare remote add NAME %s\n"), clean(c, path), clean(c, path));
	}
	return DONE;
}

int
cmd_hub_prune(struct cli *c)
{
	uint64_t removed = 0, kept = 0;
	enum ac_err err;
	int rc = home_open(c);

	if (rc != 0)
		return rc;
	err = ac_hub_prune(c->home, c->args.words[0], &removed, &kept, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json) {
		json_open(out_buf(), NULL, '{');
		json_str(out_buf(), "path", c->args.words[0]);
		json_int(out_buf(), "removed", removed);
		json_int(out_buf(), "kept", kept);
		json_close(out_buf(), '}');
		json_row_end(out_buf());
	} else {
		out_printf(_("%llu branches removed\n"), (unsigned long long)removed);
		if (kept > 0)
			note(c, "%llu branches of closed shares stay, for what is on them is not on this device; sync, then prune again.",
				(unsigned long long)kept);
	}
	return DONE;
}

/* A hub named by a path is the same hub from any folder. "host:path" is ssh's. */
const char *
absolute_url(struct cli *c, const char *url)
{
	char real[PATH_MAX], both[2 * PATH_MAX];
	size_t first = strcspn(url, ":/");

	if (url[0] == '/' || url[first] == ':')
		return url;
	if (realpath(url, real) != NULL)
		return ac_arena_text(&c->arena, real, strlen(real));
	if (getcwd(real, sizeof real) == NULL)
		return url;
	snprintf(both, sizeof both, "%s/%s", real, url);
	return ac_arena_text(&c->arena, both, strlen(both));
}

/* A name is typed, and stands in front of a colon. */
static int
check_name(struct cli *c, const char *name)
{
	size_t n = strlen(name);

	if (n >= 1 && n <= 64 && name[0] != '-' && name[0] != '.' && strpbrk(name, ":/\\ \t\r\n") == NULL)
		return 0;
	return fail_with(c, USAGE, "%s is no name for a remote; use one word of up to 64 letters.", clean(c, name));
}

int
cmd_remote_add(struct cli *c)
{
	const char *name = c->args.words[0], *url = c->args.words[1];
	enum ac_err err;
	int rc = check_name(c, name);

	if (rc == 0 && *url == '\0')
		rc = fail_with(c, USAGE, "The URL of the remote is empty; give a folder, ssh or https address.");
	if (rc != 0 || (rc = home_space(c)) != 0)
		return rc;
	err = ac_remote_add(c->space, name, absolute_url(c, url), &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	note(c, "Added %s; `aftercare sync` exchanges with it.", name);
	return DONE;
}

struct listing { struct cli *c; struct table *table; };

static int
each(void *ctx, const struct ac_remote_row *r)
{
	struct listing *l = ctx;
	struct ac_buf *b = out_buf();

	if (!l->c->json) {
		table_row(l->table, (const char *[]){ r->name, r->url, date_text(l->c, r->last_ok), r->error });
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "name", r->name);
	json_str(b, "url", r->url);
	json_time(b, "last_ok", r->last_ok);
	json_str(b, "error", r->error);
	json_close(b, '}');
	json_row_end(b);
	return 0;
}

int
cmd_remote_list(struct cli *c)
{
	struct listing l = { c, NULL };
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	if (!c->json)
		l.table = table_new(c, "*Name|URL|Last reached|Trouble");
	err = ac_remote_list(c->space, each, &l, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	table_print(l.table, false);
	return DONE;
}

int
cmd_remote_remove(struct cli *c)
{
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	err = ac_remote_remove(c->space, c->args.words[0], &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	note(c, "Forgot %s; what lies there stays.", c->args.words[0]);
	return DONE;
}

int
cmd_sync(struct cli *c)
{
	struct ac_sync_result r = { 0 };
	struct exchange x;
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	exchange_start(&x, c);
	err = ac_sync(&r, c->space, c->args.n > 0 ? c->args.words[0] : NULL, &x.events, &c->fault);
	rc = err != AC_OK ? fail(c, err) : exchange_answer(&x, &r);
	exchange_free(&x);
	return rc;
}

int
cmd_send(struct cli *c)
{
	const char *file = c->args.words[0];
	struct ac_synced r = { 0 };
	enum ac_err err;
	int rc;

	if (strcmp(file, "-") == 0)
		return fail_with(c, USAGE, "`send` writes a file; name one.");
	if ((rc = home_space(c)) != 0)
		return rc;
	err = ac_send(c->space, args_value(c, "space"), file, &r, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json) {
		json_open(out_buf(), NULL, '{');
		json_str(out_buf(), "file", file);
		json_int(out_buf(), "sent", r.sent);
		json_int(out_buf(), "bytes", r.bytes_out);
		json_int(out_buf(), "attachments", r.files);
		json_int(out_buf(), "attachment_bytes", r.file_bytes);
		json_close(out_buf(), '}');
		json_row_end(out_buf());
	} else {
		out_printf(_("%s holds %llu versions and %llu attachments (%llu bytes) for the other side, who runs: aftercare"
			" receive FILE\n"), clean(c, file), (unsigned long long)r.sent, (unsigned long long)r.files,
			(unsigned long long)r.file_bytes);
	}
	if (r.spared > 0)
		note(c, P_("%llu large attachment was left out: everybody else in the record has said to have it.",
			"%llu large attachments were left out: everybody else in the record has said to have them.", r.spared),
			(unsigned long long)r.spared);
	return DONE;
}

static void
receive_one(struct exchange *x, const char *path, struct ac_sync_result *all)
{
	struct ac_sync_result r = { 0 };
	struct cli *c = x->c;
	struct ac_synced row = { .name = path, .error = c->fault.text };
	enum ac_err err = ac_receive(&r, c->space, path, &x->events, &c->fault);

	if (err != AC_OK) {
		x->events.remote(x, &row);
		r = (struct ac_sync_result){ .tried = 1, .failed = 1 };
	}
	all->tried += r.tried != 0 ? r.tried : 1;
	all->failed += r.failed;
	all->new_alerts += r.new_alerts;
	all->new_conflicts += r.new_conflicts;
}

int
cmd_receive(struct cli *c)
{
	struct ac_sync_result all = { 0 };
	struct exchange x;
	int rc;

	for (int i = 0; i < c->args.n; i++)
		if (access(c->args.words[i], R_OK) != 0)
			return fail_with(c, FAILED, "%s cannot be read; nothing was received.", c->args.words[i]);
	if ((rc = home_space(c)) != 0)
		return rc;
	exchange_start(&x, c);
	for (int i = 0; i < c->args.n; i++)
		receive_one(&x, c->args.words[i], &all);
	rc = exchange_answer(&x, &all);
	exchange_free(&x);
	return rc;
}
