/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>

struct state {
	struct cli *c;
	struct ac_buf remotes, alerts, heard, joined, newer, later, overfull;
	size_t failed, nalerts, nremotes;
};

static struct ac_buf
growing(void)
{
	return (struct ac_buf){ .max = SIZE_MAX / 2 };
}

static int
each_remote(void *ctx, const struct ac_remote_row *r)
{
	struct state *s = ctx;
	struct ac_buf *b = &s->remotes;
	bool bad = r->error != NULL && *r->error != '\0';

	s->failed += bad;
	s->nremotes++;
	if (!s->c->json) {
		if (ac_buf_addf(b, bad ? _("remote %s: last reached %s, %llu unsent; %s\n") : _("remote %s: last reached %s, %llu unsent%s\n"),
		    clean(s->c, r->name), date_text(s->c, r->last_ok), (unsigned long long)r->unsent, clean(s->c, r->error)) != AC_OK)
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
	else if (ac_buf_addf(&s->alerts, _("alert %s (%s), %s: %s\n"), clean(s->c, a->id), clean(s->c, _(a->kind)),
	    date_text(s->c, a->time), clean(s->c, a->message)) != AC_OK)
		out_lost();
	return 0;
}

/* How old this device's knowledge of each other one is. */
static int
each_heard(void *ctx, const struct ac_freshness *fr)
{
	struct state *s = ctx;
	struct ac_buf *b = &s->heard;

	if (!fr->here && ac_buf_addf(b, date_ahead(fr->newest) ? _("device %s: last heard %s (its clock is ahead)\n")
	    : _("device %s: last heard %s\n"), clean(s->c, fr->device), date_text(s->c, fr->newest)) != AC_OK)
		out_lost();
	return 0;
}

static int
each_joined(void *ctx, const struct ac_joined *j)
{
	struct state *s = ctx;
	struct ac_buf *b = &s->joined;

	if (!s->c->json) {
		if (ac_buf_addf(b, _("joined with %s: device %s on %s (if this was not you: device remove, then %s)\n"),
		    j->kit ? _("the recovery kit") : clean(s->c, j->invite), clean(s->c, j->device), date_text(s->c, j->since),
		    j->kit ? "kit renew" : "invite cancel") != AC_OK)
			out_lost();
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "name", j->device);
	json_str(b, "person", j->person);
	json_str(b, "by", j->kit ? "kit" : "backup");
	json_time(b, "since", j->since);
	json_close(b, '}');
	return 0;
}

static int
each_newer(void *ctx, const struct ac_edition *n)
{
	struct state *s = ctx;
	struct ac_buf *b = &s->newer;

	if (!s->c->json) {
		if (ac_buf_addf(b, n->here
		    ? _("newer program: device %s, this one, had it before; what is in dispute may look different here until aftercare"
		        " is updated (merge edition %u, here %u)\n")
		    : _("newer program: device %s; what is in dispute may look different here until aftercare is updated (merge"
		        " edition %u, here %u)\n"), clean(s->c, n->device), n->edition, n->ours) != AC_OK)
			out_lost();
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "name", n->device);
	json_str(b, "person", n->person);
	json_int(b, "edition", n->edition);
	json_close(b, '}');
	return 0;
}

static int
each_later(void *ctx, const struct ac_later *l)
{
	struct state *s = ctx;
	struct ac_buf *b = &s->later;
	const char *who;
	enum ac_err err;

	if (s->c->json) {
		json_open(b, NULL, '{');
		json_str(b, "name", l->device);
		json_str(b, "person", l->person);
		json_str(b, "made", l->made);
		json_int(b, "entries", l->entries);
		json_close(b, '}');
		return 0;
	}
	who = l->here ? _("this device") : *l->device ? text_of(s->c, _("device %s"), clean(s->c, l->device))
		: _("a device not known yet");
	if (*l->made != '\0')
		err = ac_buf_addf(b, _("newer program: %s wrote what waits until aftercare is updated (%s)\n"), who,
			clean(s->c, l->made));
	else
		err = ac_buf_addf(b, _("newer program: %s wrote what is kept and cannot be shown until aftercare is updated (%llu)\n"),
			who, (unsigned long long)l->entries);
	if (err != AC_OK)
		out_lost();
	return 0;
}

static int
each_overfull(void *ctx, const struct ac_overfull *o)
{
	struct state *s = ctx;
	struct ac_buf *b = &s->overfull;

	if (!s->c->json) {
		if (ac_buf_addf(b, _("overfull: %s has more versions, or larger ones, than can be put together; the eldest %llu of %s"
		    " are left out (aftercare help rm)\n"), clean(s->c, o->ref), (unsigned long long)o->omitted,
		    *o->by.device != '\0' ? clean(s->c, o->by.device) : clean(s->c, o->by.author)) != AC_OK)
			out_lost();
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "ref", o->ref);
	json_int(b, "omitted", o->omitted);
	json_str(b, "author", o->by.author);
	json_str(b, "device", o->by.device);
	json_close(b, '}');
	return 0;
}

static void
list_json(struct ac_buf *b, const char *key, const struct ac_buf *items)
{
	json_open(b, key, '[');
	out_write(items->p, items->len);
	json_close(b, ']');
}

static void
status_json(const struct state *s, const struct ac_counts *n, const struct ac_backup_mark *m)
{
	struct ac_buf *b = out_buf();
	int64_t since;

	json_open(b, NULL, '{');
	json_int(b, "documents", n->documents);
	json_int(b, "versions", n->versions);
	json_int(b, "conflicts", n->conflicts);
	json_int(b, "flagged", n->flagged);
	json_int(b, "devices", n->devices);
	json_int(b, "shares", n->shares);
	list_json(b, "remotes", &s->remotes);
	json_open(b, "backup", '{');
	json_time(b, "time", m->time);
	json_str(b, "file", m->file);
	json_time(b, "verified", m->verified);
	json_close(b, '}');
	list_json(b, "alerts", &s->alerts);
	/* of what is not as usual */
	if (!ac_freshness_proved(s->c->space, &since))
		json_str(b, "freshness", "unproved");
	if (s->joined.len)
		list_json(b, "joined", &s->joined);
	if (s->newer.len)
		list_json(b, "newer", &s->newer);
	if (s->later.len)
		list_json(b, "later", &s->later);
	if (s->overfull.len)
		list_json(b, "overfull", &s->overfull);
	json_close(b, '}');
	json_row_end(b);
}

static void
status_text(struct cli *c, const struct state *s, const struct ac_counts *n, const struct ac_backup_mark *m)
{
	int64_t since;

	out_printf(_("records of %s: %llu documents, %llu versions\n"), clean(c, ac_space_patient(c->space)),
		(unsigned long long)n->documents, (unsigned long long)n->versions);
	out_printf(_("conflicts: %llu, flagged: %llu, devices: %llu, shares: %llu\n"), (unsigned long long)n->conflicts,
		(unsigned long long)n->flagged, (unsigned long long)n->devices, (unsigned long long)n->shares);
	if (!ac_freshness_proved(c->space, &since))
		out_printf(_("freshness unproved since %s: no other device has confirmed yet that what was found then was the newest"
			" (aftercare help restore)\n"), date_text(c, since));
	out_write(s->heard.p, s->heard.len);
	out_write(s->joined.p, s->joined.len);
	out_write(s->newer.p, s->newer.len);
	out_write(s->later.p, s->later.len);
	out_write(s->overfull.p, s->overfull.len);
	out_write(s->remotes.p, s->remotes.len);
	if (s->nremotes == 0)
		out_printf(_("no remote: these records are on this device alone (aftercare help remote)\n"));
	if (m->time == 0)
		out_printf(_("backup: never (aftercare help backup)\n"));
	else
		out_printf(m->file != NULL && *m->file != '\0' ? _("backup: %s to %s, verified %s\n") : _("backup: %s%s, verified %s\n"),
			date_text(c, m->time), clean(c, m->file), date_text(c, m->verified));
	out_write(s->alerts.p, s->alerts.len);
}

int
cmd_status(struct cli *c)
{
	struct state s = { .c = c, .remotes = growing(), .alerts = growing(), .heard = growing(), .joined = growing(),
		.newer = growing(), .later = growing(), .overfull = growing() };
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
		err = ac_freshness(c->space, each_heard, &s, &c->fault);
	if (err == AC_OK)
		err = ac_joined(c->space, each_joined, &s, &c->fault);
	if (err == AC_OK)
		err = ac_edition(c->space, each_newer, &s, &c->fault);
	if (err == AC_OK)
		err = ac_later(c->space, each_later, &s, &c->fault);
	if (err == AC_OK)
		err = ac_overfull(c->space, each_overfull, &s, &c->fault);
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
	ac_buf_free(&s.heard);
	ac_buf_free(&s.joined);
	ac_buf_free(&s.newer);
	ac_buf_free(&s.later);
	ac_buf_free(&s.overfull);
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
