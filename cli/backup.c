/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
check_target(struct cli *c, const char *file, struct ac_backup_options *o)
{
	struct stat st;
	int rc;

	if (strcmp(file, "-") == 0) {
		if (c->json)
			return fail_with(c, USAGE, "`backup -` writes the backup itself to standard output; leave --json out.");
		if (out_terminal())
			return fail_with(c, USAGE, "`backup -` would fill the terminal; send it to a file or a program.");
		return 0;
	}
	if (stat(file, &st) != 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return fail_with(c, FAILED, "%s is a folder; name a file for the backup.", file);
	if (S_ISREG(st.st_mode) && (rc = prompt_confirm(c, "%s is there already and would be replaced.", file)) != 0)
		return rc;
	o->overwrite = true;
	return 0;
}

static int
check_recipients(struct cli *c, struct ac_backup_options *o)
{
	const char **to;
	int rc = args_list(c, "to", true, &to, &o->nto);

	if (rc != 0)
		return rc;
	o->to = to;
	if (o->nto > 0 && args_value(c, "sealed-with-file") != NULL)
		return fail_with(c, USAGE, "A passphrase seals a backup alone; leave --to or --sealed-with-file out.");
	for (size_t i = 0; i < o->nto; i++)
		if (strncmp(o->to[i], "age1", 4) != 0)
			return fail_with(c, USAGE, "--to takes an age recipient, age1..., not %s.", clean(c, o->to[i]));
	return 0;
}

static int
backup_answer(struct cli *c, const char *file, const struct ac_backup_done *d)
{
	struct ac_buf *b = out_buf();

	if (c->json) {
		json_open(b, NULL, '{');
		json_str(b, "file", file);
		json_int(b, "bytes", d->bytes);
		json_int(b, "recipients", d->recipients);
		json_close(b, '}');
		json_row_end(b);
	} else if (strcmp(file, "-") != 0) {
		out_printf(_("%s: %llu bytes, sealed to %llu recipients\n"), clean(c, file), (unsigned long long)d->bytes,
			(unsigned long long)d->recipients);
	}
	if (d->missing > 0)
		note(c, P_("%llu attachment is neither here nor on a remote that answers: not in the backup, which lists it.",
			"%llu attachments are neither here nor on a remote that answers: not in the backup, which lists them.",
			d->missing), (unsigned long long)d->missing);
	return d->missing > 0 ? NOTED : DONE;
}

static void
each_missing(void *ctx, const struct ac_attachment *a)
{
	struct cli *c = ctx;

	if (a->ref[0] == '\0')
		note(c, "Not in the backup: an attachment of an earlier version or a deleted document.");
	else
		note(c, "Not in the backup: %s (%s), %llu bytes.", clean(c, a->title), clean(c, a->ref),
			(unsigned long long)a->size);
}

int
cmd_backup(struct cli *c)
{
	const char *file = c->args.words[0];
	struct ac_backup_options o = { .readable = args_flag(c, "readable"), .read_only = args_flag(c, "read-only") };
	struct ac_backup_done d = { 0 };
	struct ac_buf sealing = { 0 };
	struct ac_sink sink = out_direct();
	enum ac_err err;
	int rc;

	if ((rc = check_recipients(c, &o)) != 0 || (rc = check_target(c, file, &o)) != 0)
		return rc;
	err = ac_home_there(c->home_path) ? secret_sealing(c, &sealing, true) : AC_OK;
	rc = err != AC_OK ? fail(c, err) : home_space(c);
	if (rc == 0 && sealing.len > 0 && sealing.len == c->passphrase.len
	    && memcmp(sealing.p, c->passphrase.p, sealing.len) == 0)
		rc = fail_with(c, USAGE, "The sealing passphrase must differ from the home's; put another one into the file.");
	if (rc != 0)
		goto out;
	o.missing = each_missing;
	o.ctx = c;
	o.passphrase = sealing.len > 0 ? (const char *)sealing.p : NULL;
	o.npassphrase = sealing.len;
	err = ac_backup(&d, c->space, file, strcmp(file, "-") == 0 ? &sink : NULL, &o, &c->fault);
	if (err == AC_OK && o.nto > 0)
		note(c, o.read_only ? "Whoever opens it with a --to key reads everything."
			: "Whoever opens it with a --to key reads everything and can join as an owner.");
	rc = err != AC_OK ? fail(c, err) : backup_answer(c, file, &d);
out:
	ac_buf_free(&sealing);
	return rc;
}

/* ------------------------------------------------------------------- restore */

static const char *
host_name(struct cli *c)
{
	char s[256];

	if (gethostname(s, sizeof s) != 0)
		return "restored";
	s[sizeof s - 1] = '\0';
	s[strcspn(s, ".")] = '\0';
	return s[0] != '\0' ? ac_arena_text(&c->arena, s, strlen(s)) : "restored";
}

/* What opens the file or the hub: an identity, a sealing passphrase, or a question. */
static enum ac_err
opening(struct cli *c, struct ac_restore *r, struct ac_buf *identity, struct ac_buf *sealed)
{
	enum ac_err err = secret_sealing(c, sealed, false);

	if (err == AC_OK && args_value(c, "sealed-with-file") == NULL)
		err = secret_identity(c, identity);
	r->sealed = sealed->len > 0 ? (const char *)sealed->p : NULL;
	r->nsealed = sealed->len;
	r->identity = identity->len > 0 ? (const char *)identity->p : NULL;
	return err;
}

/* A hub can serve an old state and nobody here could know; the person may. */
struct asking { struct cli *c; struct ac_buf text; size_t n; int rc; };

#define ASKED 12   /* devices named */

static int
each_fresh(void *ctx, const struct ac_freshness *fr)
{
	struct asking *q = ctx;

	if (q->n++ < ASKED && ac_buf_addf(&q->text, "%s%.60s %s", q->n > 1 ? ", " : "", clean(q->c, fr->device),
	    date_text(q->c, fr->newest)) != AC_OK)
		out_lost();
	return 0;
}

static enum ac_err
ask_fresh(void *ctx, struct ac_space *s, struct ac_fault *f)
{
	struct asking *q = ctx;
	struct cli *c = q->c;
	enum ac_err err = ac_freshness(s, each_fresh, q, f);

	if (err == AC_OK && q->n > ASKED)
		err = ac_buf_addf(&q->text, _(" and %zu more"), q->n - ASKED);
	if (err == AC_OK)
		err = ac_buf_add(&q->text, "", 1);
	if (err != AC_OK)
		return err;
	if (c->yes)
		note(c, "The newest that each device wrote there: %s.", (const char *)q->text.p);
	q->rc = prompt_confirm(c, "The newest that each device wrote there: %s. Is that as late as you remember?",
		(const char *)q->text.p);
	return q->rc == DONE ? AC_OK : AC_EREFUSED;
}

static int
restored(struct cli *c, const struct ac_restore *r)
{
	struct ac_counts n = { 0 };
	struct ac_buf *b = out_buf();
	enum ac_err err = ac_counts(&n, c->space, &c->fault);

	if (err != AC_OK)
		return fail(c, err);
	if (c->json) {
		json_open(b, NULL, '{');
		json_str(b, "patient", ac_space_patient(c->space));
		json_str(b, "device", r->device);
		json_int(b, "documents", n.documents);
		json_int(b, "versions", n.versions);
		json_close(b, '}');
		json_row_end(b);
	} else {
		out_printf(_("Restored the records of %s to %s: %llu documents, %llu versions.\n"),
			clean(c, ac_space_patient(c->space)), clean(c, c->home_path), (unsigned long long)n.documents,
			(unsigned long long)n.versions);
	}
	return DONE;
}

static int
run_restore(struct cli *c, const struct ac_restore *r)
{
	struct ac_restore how = *r;
	struct asking q = { .c = c };
	struct exchange x;
	enum ac_err err;

	how.fresh = ask_fresh;
	how.ctx = &q;
	exchange_start(&x, c);
	err = ac_restore(&c->home, &c->space, &how, &x.events, &c->fault);
	ac_buf_reset(out_buf());
	if (err == AC_OK)
		exchange_notices(&x);
	exchange_free(&x);
	ac_buf_free(&q.text);
	if (q.rc != DONE)
		return q.rc; /* it was told */
	return err == AC_OK ? restored(c, r) : fail(c, err);
}

int
cmd_restore(struct cli *c)
{
	const char *remote = args_value(c, "remote"), *device = args_value(c, "device");
	struct ac_buf identity = { 0 }, sealed = { 0 };
	struct ac_restore r = { .home = c->home_path, .home_flags = secret_home_flags() };
	enum ac_err err;
	int rc;

	if ((remote != NULL) == (c->args.n > 0))
		return fail_with(c, USAGE, "`restore` takes a backup FILE or --remote URL, one of them.");
	if (remote != NULL && args_value(c, "sealed-with-file") != NULL)
		return fail_with(c, USAGE, "A hub is opened with the recovery kit; leave --sealed-with-file out.");
	if (c->args.n > 0 && access(c->args.words[0], R_OK) != 0)
		return fail_with(c, FAILED, "%s cannot be read; nothing was restored.", c->args.words[0]);
	if ((rc = home_unborn(c)) != 0)
		return rc;
	r.file = c->args.n > 0 ? c->args.words[0] : NULL;
	r.remote = remote != NULL ? absolute_url(c, remote) : NULL;
	r.device = device != NULL ? device : host_name(c);
	err = opening(c, &r, &identity, &sealed);
	if (err == AC_OK)
		err = secret_passphrase(c, true);
	r.passphrase = (const char *)c->passphrase.p;
	r.npassphrase = c->passphrase.len;
	rc = err != AC_OK ? fail(c, err) : run_restore(c, &r);
	ac_buf_free(&identity);
	ac_buf_free(&sealed);
	return rc;
}

/* -------------------------------------------------------------------- verify */

struct verifying { struct cli *c; struct ac_buf bad, listed; size_t n; };

static void
each_bad(void *ctx, const struct ac_bad *bad)
{
	struct verifying *v = ctx;
	struct ac_buf *b = &v->bad;

	if (bad->listed) { /* standard error waits until the outcome is known */
		if (ac_buf_addf(&v->listed, _("Not in the backup, as it says itself: %s: %s.\n"), clean(v->c, bad->affects),
		    clean(v->c, bad->what)) != AC_OK)
			out_lost();
		return;
	}
	v->n++;
	if (!v->c->json) {
		if (ac_buf_addf(b, _("bad: %s: %s (affects %s)\n"), clean(v->c, bad->what), clean(v->c, bad->message),
		    clean(v->c, bad->affects)) != AC_OK)
			out_lost();
		return;
	}
	json_open(b, NULL, '{');
	json_str(b, "what", bad->what);
	json_str(b, "affects", bad->affects);
	json_str(b, "message", bad->message);
	json_close(b, '}');
}

static void
verify_answer(struct cli *c, const struct ac_verified *v, const struct verifying *all)
{
	struct ac_buf *b = out_buf();

	if (all->listed.len > 0 && !c->quiet)
		fwrite(all->listed.p, 1, all->listed.len, stderr);
	if (!c->json) {
		out_write(all->bad.p, all->bad.len);
		out_printf(all->n == 0 ? _("%llu segments, %llu versions, %llu attachments: all good\n")
			: _("%llu segments, %llu versions, %llu attachments: NOT all good\n"), (unsigned long long)v->segments,
			(unsigned long long)v->versions, (unsigned long long)v->attachments);
		if (v->certificate[0] != '\0')
			out_printf(_("certificate: %s\n"), clean(c, v->certificate));
		return;
	}
	json_open(b, NULL, '{');
	json_int(b, "segments", v->segments);
	json_int(b, "versions", v->versions);
	json_int(b, "attachments", v->attachments);
	json_open(b, "bad", '[');
	out_write(all->bad.p, all->bad.len);
	json_close(b, ']');
	json_str(b, "certificate", v->certificate);
	json_close(b, '}');
	json_row_end(b);
}

/* Beside a home that can be opened the backup is compared with it; alone the kit's
 * key or the sealing passphrase must open it. */
static int
verify_file(struct cli *c, struct ac_verified *v, struct verifying *all, enum ac_err *err)
{
	bool key = args_value(c, "identity") != NULL || args_value(c, "sealed-with-file") != NULL;
	struct ac_restore r = { .file = c->args.words[0], .home = c->home_path };
	struct ac_buf identity = { 0 }, sealed = { 0 };
	unsigned char probe[32];
	bool open = ac_home_there(c->home_path) && (!key || secret_offered(c) || agent_key(c, probe));
	int rc = 0;

	ac_wipe(probe, sizeof probe);
	if (access(r.file, R_OK) != 0)
		return fail_with(c, FAILED, "%s cannot be read; nothing was verified.", r.file);
	*err = key || !open ? opening(c, &r, &identity, &sealed) : AC_OK;
	if (*err == AC_OK && open)
		rc = home_space(c);
	if (rc == 0 && *err == AC_OK)
		*err = ac_backup_verify(v, &r, c->space, each_bad, all, &c->fault);
	ac_buf_free(&identity);
	ac_buf_free(&sealed);
	return rc;
}

int
cmd_verify(struct cli *c)
{
	struct verifying all = { .c = c, .bad = { .max = SIZE_MAX / 2 }, .listed = { .max = SIZE_MAX / 2 } };
	struct ac_verified *v = ac_arena_get(&c->arena, sizeof *v);
	enum ac_err err = AC_OK;
	int rc;

	if (v == NULL)
		return fail(c, AC_ENOMEM);
	if (c->args.n > 0) {
		rc = verify_file(c, v, &all, &err);
	} else if (args_value(c, "identity") != NULL || args_value(c, "sealed-with-file") != NULL) {
		rc = fail_with(c, USAGE, "--identity and --sealed-with-file open a backup; name its FILE.");
	} else if ((rc = home_open(c)) == 0) {
		err = ac_verify(v, c->home, each_bad, &all, progress(c), &c->fault);
	}
	if (rc == 0 && err != AC_OK)
		rc = fail(c, err);
	if (rc == 0) {
		verify_answer(c, v, &all);
		rc = all.n > 0 || v->bad > 0 ? NOTED : DONE;
	}
	ac_buf_free(&all.bad);
	ac_buf_free(&all.listed);
	return rc;
}
