/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>

struct state {
	struct cli *c;
	struct ac_buf remotes, alerts;
	size_t failed, nalerts, nremotes;
};

static int
each_remote(void *ctx, const struct ac_remote_row *r)
{
	struct state *s = ctx;
	struct ac_buf *b = &s->remotes;
	bool bad = r->error != NULL && *r->error != '\0';

	s->failed += bad;
	s->nremotes++;
	if (!s->c->json) {
		if (ac_buf_addf(b, "remote %s: last reached %s, %llu unsent%s%s\n", clean(s->c, r->name),
		    date_text(s->c, r->last_ok), (unsigned long long)r->unsent, bad ? "; " : "", clean(s->c, r->error)) != AC_OK)
			out_lost();
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "name", r->name);
	json_str(b, "url", r->url);
	json_time(b, "last_ok", r->last_ok);
	json_int(b, "unsent", r->unsent);
	json_str(b, "error", r->error);
	json_close(b, '}');
	return 0;
}

static int
each_alert(void *ctx, const struct ac_alert *a)
{
	struct state *s = ctx;

	s->nalerts++;
	if (s->c->json)
		alert_json(&s->alerts, NULL, a);
	else if (ac_buf_addf(&s->alerts, "alert %s (%s), %s: %s\n", clean(s->c, a->id), clean(s->c, a->kind),
	    date_text(s->c, a->time), clean(s->c, a->message)) != AC_OK)
		out_lost();
	return 0;
}

static void
status_json(const struct state *s, const struct ac_counts *n, const struct ac_backup_mark *m)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_int(b, "documents", n->documents);
	json_int(b, "versions", n->versions);
	json_int(b, "conflicts", n->conflicts);
	json_int(b, "flagged", n->flagged);
	json_int(b, "devices", n->devices);
	json_int(b, "shares", n->shares);
	json_open(b, "remotes", '[');
	out_write(s->remotes.p, s->remotes.len);
	json_close(b, ']');
	json_open(b, "backup", '{');
	json_time(b, "time", m->time);
	json_str(b, "file", m->file);
	json_time(b, "verified", m->verified);
	json_close(b, '}');
	json_open(b, "alerts", '[');
	out_write(s->alerts.p, s->alerts.len);
	json_close(b, ']');
	json_close(b, '}');
	json_row_end(b);
}

static void
status_text(struct cli *c, const struct state *s, const struct ac_counts *n, const struct ac_backup_mark *m)
{
	out_printf("records of %s: %llu documents, %llu versions\n", clean(c, ac_space_patient(c->space)),
		(unsigned long long)n->documents, (unsigned long long)n->versions);
	out_printf("conflicts: %llu, flagged: %llu, devices: %llu, shares: %llu\n", (unsigned long long)n->conflicts,
		(unsigned long long)n->flagged, (unsigned long long)n->devices, (unsigned long long)n->shares);
	out_write(s->remotes.p, s->remotes.len);
	if (s->nremotes == 0)
		out_printf("no remote: these records are on this device alone (aftercare help remote)\n");
	if (m->time == 0)
		out_printf("backup: never (aftercare help backup)\n");
	else
		out_printf("backup: %s%s%s, verified %s\n", date_text(c, m->time),
			m->file != NULL && *m->file != '\0' ? " to " : "", clean(c, m->file), date_text(c, m->verified));
	out_write(s->alerts.p, s->alerts.len);
}

int
cmd_status(struct cli *c)
{
	struct state s = { .c = c, .remotes = { .max = SIZE_MAX / 2 }, .alerts = { .max = SIZE_MAX / 2 } };
	struct ac_backup_mark m = { 0 };
	struct ac_counts n = { 0 };
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	err = ac_counts(&n, c->space, &c->fault);
	if (err == AC_OK)
		err = ac_remote_list(c->space, each_remote, &s, &c->fault);
	if (err == AC_OK)
		err = ac_backup_last(&m, c->space, &c->fault);
	if (err == AC_OK)
		err = ac_alerts(c->home, each_alert, &s, &c->fault);
	if (err != AC_OK)
		rc = fail(c, err);
	else if (c->json)
		status_json(&s, &n, &m);
	else
		status_text(c, &s, &n, &m);
	if (rc == 0 && (n.conflicts > 0 || s.nalerts > 0 || s.failed > 0))
		rc = NOTED;
	ac_buf_free(&s.remotes);
	ac_buf_free(&s.alerts);
	return rc;
}

int
cmd_alert_clear(struct cli *c)
{
	enum ac_err err;
	int rc = home_open(c);

	if (rc != 0)
		return rc;
	err = ac_alert_clear(c->home, c->args.words[0], &c->fault);
	return err == AC_OK ? DONE : fail(c, err);
}
