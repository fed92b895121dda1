/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
role_name(enum ac_role role)
{
	return role == AC_OWNER ? N_("owner") : role == AC_WRITER ? N_("writer") : N_("reader");
}

enum ac_err
role_read(struct cli *c, enum ac_role *out, const char *s)
{
	for (enum ac_role r = AC_OWNER; r <= AC_READER; r++)
		if (strcmp(role_name(r), s) == 0) {
			*out = r;
			return AC_OK;
		}
	return ac_fault(&c->fault, AC_EUSAGE, "--role is owner, writer or reader, not %s.", clean(c, s));
}

struct listing { struct cli *c; struct table *table; bool invites; };

static const char *
remark(struct cli *c, const struct ac_member_row *m)
{
	return m->here ? _("this one") : m->late == 0 ? "" : text_of(c, P_("%llu late version, kept unshown",
		"%llu late versions, kept unshown", m->late), (unsigned long long)m->late);
}

static int
each(void *ctx, const struct ac_member_row *m)
{
	struct listing *l = ctx;
	struct ac_buf *b = out_buf();

	if (!l->c->json) {
		table_row(l->table, (const char *[]){ m->name, m->person, _(role_name(m->role)), _(m->state),
			date_text(l->c, m->since), remark(l->c, m) });
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "name", m->name);
	json_str(b, "person", m->person);
	json_str(b, "role", role_name(m->role));
	json_str(b, "state", m->state);
	json_time(b, "since", m->since);
	if (!l->invites) {
		json_bool(b, "this", m->here);
		if (m->late)
			json_int(b, "late", m->late);
	}
	json_close(b, '}');
	json_row_end(b);
	return 0;
}

static int
list_members(struct cli *c, bool invites)
{
	struct listing l = { c, NULL, invites };
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	if (!c->json)
		l.table = table_new(c, "*Name|Person|*Role|*State|Since|");
	err = invites ? ac_invite_list(c->space, each, &l, &c->fault) : ac_device_list(c->space, each, &l, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	table_print(l.table, false);
	return DONE;
}

int
cmd_device_list(struct cli *c)
{
	return list_members(c, false);
}

int
cmd_invite_list(struct cli *c)
{
	return list_members(c, true);
}

void
invited_print(struct cli *c, struct ac_invited *i, const char *next)
{
	struct ac_buf *b = out_buf();

	if (c->json) {
		json_open(b, NULL, '{');
		json_str(b, "code", i->code);
		json_time(b, "expires", i->expires);
		json_close(b, '}');
		json_row_end(b);
	} else {
		out_printf("%s\n\n", i->code);
		if (isatty(STDOUT_FILENO)) /* in a file or a pipe it would be in the code's way */
			qr_print(c, b, i->code);
		out_printf(_("\nGood until %s, and for one use.\n%s\n"), date_text(c, i->expires), next);
	}
	ac_wipe(i->code, sizeof i->code);
	if (!i->published)
		note(c, "on no remote yet: run sync or send");
}

int
cmd_device_invite(struct cli *c)
{
	const char *role = args_value(c, "role"), *expires = args_value(c, "expires"), *as = args_value(c, "as");
	enum ac_role r = AC_OWNER;
	struct ac_invited i = { 0 };
	int64_t ms = 0;
	enum ac_err err = AC_OK;
	int rc;

	if (role != NULL)
		err = role_read(c, &r, role);
	if (err == AC_OK)
		err = date_expiry(c, &ms, expires != NULL ? expires : "24h");
	if (err == AC_OK && as != NULL && *as == '\0')
		err = ac_fault(&c->fault, AC_EUSAGE, "--as needs the person's name.");
	if (err != AC_OK)
		return fail(c, err);
	if ((rc = home_space(c)) != 0)
		return rc;
	err = ac_device_invite(&i, c->space, as, r, ms - date_now(), &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	invited_print(c, &i, _("On the other device: aftercare join --device NAME"));
	return DONE;
}

int
cmd_device_remove(struct cli *c)
{
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	err = ac_device_remove(c->space, c->args.words[0], &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	note(c, "%s is removed; the others learn of it at their next sync.", c->args.words[0]);
	return DONE;
}

int
cmd_invite_cancel(struct cli *c)
{
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	err = ac_invite_cancel(c->space, c->args.words[0], &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	note(c, "The code is cancelled; the remotes hear of it with the next `aftercare sync`.");
	return DONE;
}

/* ---------------------------------------------------------------------- join */

static enum ac_err
read_code(struct cli *c, struct ac_buf *code)
{
	const char *file = args_value(c, "code-file");
	enum ac_err err;

	code->max = 64u << 10;
	if (file != NULL)
		err = file_read(c, code, file, "the code");
	else if (prompt_there())
		err = prompt_line(c, code, _("Code: "), true);
	else
		err = ac_fault(&c->fault, AC_ELOCKED, "No code: there is no terminal to ask on; give --code-file FILE.");
	if (err == AC_OK)
		err = ac_buf_add(code, "", 1);
	if (err == AC_OK && strspn((const char *)code->p, " \t\r\n") == strlen((const char *)code->p))
		err = ac_fault(&c->fault, AC_EUSAGE, "There is no code in it; ask for one with `device invite` or `share create`.");
	return err;
}

/* A home that is there is joined with its own key; a new one gets a passphrase. */
static int
credentials(struct cli *c, struct ac_join *j, unsigned char key[static 32])
{
	bool there = ac_home_there(c->home_path);
	enum ac_err err;
	int rc;

	if (!there && (rc = home_unborn(c)) != 0)
		return rc;
	if (there && !c->passphrase_option && agent_key(c, key)) {
		j->key = key;
		return 0;
	}
	err = secret_passphrase(c, !there);
	if (err != AC_OK)
		return fail(c, err);
	j->passphrase = (const char *)c->passphrase.p;
	j->npassphrase = c->passphrase.len;
	return 0;
}

static void
joined(struct cli *c, const char *device)
{
	struct ac_buf *b = out_buf();

	if (c->json) {
		json_open(b, NULL, '{');
		json_str(b, "patient", ac_space_patient(c->space));
		json_str(b, "role", role_name(ac_space_role(c->space)));
		json_str(b, "device", device);
		json_close(b, '}');
		json_row_end(b);
	} else {
		out_printf(_("Joined the records of %s as %s.\n"), clean(c, ac_space_patient(c->space)),
			_(role_name(ac_space_role(c->space))));
	}
}

static int
run_join(struct cli *c, struct ac_join *j)
{
	struct exchange x;
	enum ac_err err;
	int rc = DONE;

	exchange_start(&x, c);
	err = ac_join(&c->home, &c->space, j, &x.events, &c->fault);
	ac_buf_reset(out_buf());  /* the first sync's rows are not the answer */
	if (err == AC_OK) {
		exchange_notices(&x);
		joined(c, j->device);
	} else {
		rc = fail(c, err);
	}
	exchange_free(&x);
	return rc;
}

int
cmd_join(struct cli *c)
{
	const char *remote = args_value(c, "remote");
	unsigned char key[32] = { 0 };
	struct ac_buf code = { 0 };
	struct ac_join j = { .home = c->home_path, .device = args_value(c, "device"), .person = args_value(c, "name"),
		.files = c->args.words, .nfiles = (size_t)c->args.n };
	enum ac_err err;
	int rc;

	if (j.device == NULL || *j.device == '\0')
		return fail_with(c, USAGE, "`join` needs a name for this device: --device NAME.");
	for (int i = 0; i < c->args.n; i++)
		if (access(c->args.words[i], R_OK) != 0)
			return fail_with(c, FAILED, "%s cannot be read; nothing was joined.", c->args.words[i]);
	j.remote = remote != NULL ? absolute_url(c, remote) : NULL;
	j.home_flags = secret_home_flags();
	err = read_code(c, &code);
	j.code = (const char *)code.p;
	rc = err != AC_OK ? fail(c, err) : credentials(c, &j, key);
	if (rc == 0)
		rc = run_join(c, &j);
	ac_wipe(key, sizeof key);
	ac_buf_free(&code);
	return rc;
}

/* ------------------------------------------------------------------- patients */

/* As of when each other device was last heard. */
struct hearing { struct cli *c; struct ac_buf text; };

static int
each_heard(void *ctx, const struct ac_freshness *fr)
{
	struct hearing *h = ctx;

	if (fr->here)
		return 0;
	if (ac_buf_addf(&h->text, "%s%s %.16s", h->text.len > 0 ? ", " : "", clean(h->c, fr->device),
	    date_text(h->c, fr->newest)) != AC_OK)
		out_lost();
	return 0;
}

struct patients { struct cli *c; struct table *table; size_t i; enum ac_err err; };

static int
each_patient(void *ctx, const struct ac_patient_row *r)
{
	struct patients *l = ctx;
	struct hearing h = { .c = l->c, .text = { .max = SIZE_MAX / 2 } };
	struct ac_buf *b = out_buf();
	char n[3][32];

	/* the rows come in the order of the home's spaces */
	l->err = ac_freshness(ac_home_space(l->c->home, l->i++), each_heard, &h, &l->c->fault);
	if (l->err == AC_OK)
		l->err = ac_buf_add(&h.text, "", 1);
	if (l->err != AC_OK)
		goto out;
	if (!l->c->json) {
		snprintf(n[0], sizeof *n, "%llu", (unsigned long long)r->fresh);
		snprintf(n[1], sizeof *n, "%llu", (unsigned long long)r->overdue);
		snprintf(n[2], sizeof *n, "%llu", (unsigned long long)r->conflicts);
		table_row(l->table, (const char *[]){ r->patient, n[0], n[1], n[2], _(r->state), date_text(l->c, r->synced),
			(const char *)h.text.p });
		goto out;
	}
	json_open(b, NULL, '{');
	json_str(b, "patient", r->patient);
	json_int(b, "new", r->fresh);
	json_int(b, "overdue", r->overdue);
	json_int(b, "conflicts", r->conflicts);
	json_str(b, "state", r->state);
	json_time(b, "synced", r->synced);
	json_close(b, '}');
	json_row_end(b);
out:
	ac_buf_free(&h.text);
	return l->err != AC_OK;
}

int
cmd_patients(struct cli *c)
{
	struct patients l = { .c = c };
	char today[40];
	enum ac_err err = date_day(c, today, NULL);
	int rc = home_open(c);

	if (rc != 0)
		return rc;
	if (err != AC_OK)
		return fail(c, err);
	if (!c->json)
		l.table = table_new(c, "Patient|*New|*Overdue|*Conflicts|*State|Synchronised|Last heard");
	err = ac_patients(c->home, today, each_patient, &l, &c->fault);
	if (err != AC_OK || l.err != AC_OK)
		return fail(c, err != AC_OK ? err : l.err);
	table_print(l.table, false);
	return DONE;
}
