/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>

void
alert_json(struct ac_buf *b, const char *key, const struct ac_alert *a)
{
	json_open(b, key, '{');
	json_str(b, "id", a->id);
	json_str(b, "kind", a->kind);
	json_str(b, "space", a->space);
	json_str(b, "chain", a->chain);
	json_str(b, "remote", a->remote);
	json_time(b, "time", a->time);
	json_str(b, "message", a->message);
	json_close(b, '}');
}

static void
on_remote(void *ctx, const struct ac_synced *r)
{
	struct exchange *x = ctx;
	struct ac_buf *b = &x->remotes;
	struct cli *c = x->c;

	if (!r->ok && x->error[0] == '\0')
		snprintf(x->error, sizeof x->error, "%.300s: %.800s", clean(c, r->name), clean(c, r->error));
	if (!c->json) {
		if (r->ok)
			out_printf(_("%s: received %llu, sent %llu\n"), clean(c, r->name), (unsigned long long)r->received,
				(unsigned long long)r->sent);
		else
			out_printf(_("%s: failed: %s\n"), clean(c, r->name), clean(c, r->error));
		return;
	}
	json_open(b, NULL, '{');
	json_str(b, "name", r->name);
	json_bool(b, "ok", r->ok);
	json_int(b, "received", r->received);
	json_int(b, "sent", r->sent);
	json_int(b, "bytes_in", r->bytes_in);
	json_int(b, "bytes_out", r->bytes_out);
	json_str(b, "error", r->error);
	json_close(b, '}');
}

static void
on_alert(void *ctx, const struct ac_alert *a)
{
	struct exchange *x = ctx;

	if (x->c->json)
		alert_json(&x->alerts, NULL, a);
	else
		out_printf(_("alert %s (%s): %s\n"), clean(x->c, a->id), clean(x->c, _(a->kind)), clean(x->c, a->message));
}

static void
on_notice(void *ctx, const char *s)
{
	struct exchange *x = ctx;

	/* Standard error waits with it until the outcome is known: an error is one line. */
	if (!x->c->quiet && ac_buf_addf(&x->notices, "%s\n", clean(x->c, s)) != AC_OK)
		out_lost();
}

void
exchange_start(struct exchange *x, struct cli *c)
{
	memset(x, 0, sizeof *x);
	x->c = c;
	x->remotes.max = x->alerts.max = x->notices.max = SIZE_MAX / 2;
	x->events.remote = on_remote;
	x->events.alert = on_alert;
	x->events.notice = on_notice;
	x->events.ctx = x;
	x->events.progress = progress(c);
}

void
exchange_notices(struct exchange *x)
{
	progress_clear();
	if (x->notices.len > 0)
		fwrite(x->notices.p, 1, x->notices.len, stderr);
	ac_buf_reset(&x->notices);
}

void
exchange_free(struct exchange *x)
{
	ac_buf_free(&x->remotes);
	ac_buf_free(&x->alerts);
	ac_buf_free(&x->notices);
}

int
exchange_answer(struct exchange *x, const struct ac_sync_result *r)
{
	struct cli *c = x->c;
	struct ac_buf *b = out_buf();

	if (r->tried > 0 && r->failed >= r->tried) {
		if (r->tried == 1)
			return fail_with(c, FAILED, "%s", x->error[0] != '\0' ? x->error : _("The exchange failed."));
		return fail_with(c, FAILED, "None of %llu could be exchanged with; the first said: %s",
			(unsigned long long)r->tried, x->error);
	}
	exchange_notices(x);
	if (c->json) {
		json_open(b, NULL, '{');
		json_open(b, "remotes", '[');
		out_write(x->remotes.p, x->remotes.len);
		json_close(b, ']');
		json_open(b, "alerts", '[');
		out_write(x->alerts.p, x->alerts.len);
		json_close(b, ']');
		json_close(b, '}');
		json_row_end(b);
	} else if (r->new_conflicts > 0) {
		out_printf(P_("%llu new conflict or proposal; `aftercare conflicts` shows them.\n",
			"%llu new conflicts or proposals; `aftercare conflicts` shows them.\n", r->new_conflicts),
			(unsigned long long)r->new_conflicts);
	}
	return r->failed > 0 || r->new_alerts > 0 || r->new_conflicts > 0 ? NOTED : DONE;
}
