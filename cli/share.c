/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>

/* The n of --ref as full names. `--ref A B C` too: the words behind the name are documents when
 * --ref is given. */
static int
share_refs(struct cli *c, struct ac_share_options *o, size_t n)
{
	const char *const *given = o->filter.refs;
	size_t more = c->args.n > 1 ? (size_t)c->args.n - 1 : 0;
	const char **refs;
	char ref[AC_REF_MAX];
	int rc;

	if (given == NULL)
		return 0;
	refs = ac_arena_get(&c->arena, (n + more + 1) * sizeof *refs);
	if (refs == NULL)
		return fail(c, AC_ENOMEM);
	for (size_t i = 0; i < n + more; i++) {
		if ((rc = home_ref(c, ref, i < n ? given[i] : c->args.words[1 + i - n], true)) != 0)
			return rc;
		if ((refs[i] = ac_arena_text(&c->arena, ref, strlen(ref))) == NULL)
			return fail(c, AC_ENOMEM);
	}
	o->filter.refs = refs;
	return 0;
}

static int
read_options(struct cli *c, struct ac_share_options *o, size_t *nrefs, char since[static 40])
{
	const char **types, **codes, **refs;
	const char *when = args_value(c, "since"), *expires = args_value(c, "expires"), *remote = args_value(c, "remote");
	enum ac_err err = AC_OK;
	size_t n;
	int rc;

	if ((rc = args_list(c, "types", true, &types, &n)) != 0 || (rc = args_list(c, "code", true, &codes, &n)) != 0
	    || (rc = args_list(c, "ref", true, &refs, nrefs)) != 0)
		return rc;
	o->filter.types = types;
	o->filter.codes = codes;
	o->filter.refs = refs;
	o->filter.all = args_flag(c, "all");
	o->write = args_flag(c, "write");
	o->no_history = args_flag(c, "no-history");
	o->remote = remote != NULL ? absolute_url(c, remote) : NULL;
	if (when != NULL) {
		err = date_when(c, since, when);
		o->filter.since = since;
	}
	if (err == AC_OK && expires != NULL)
		err = date_expiry(c, &o->expires, expires);
	if (err != AC_OK)
		return fail(c, err);
	if (args_types(c, o->filter.types) != 0)
		return USAGE;
	if (o->filter.types == NULL && o->filter.codes == NULL && when == NULL && !o->filter.all
	    && refs == NULL)
		return fail_with(c, USAGE, "Say what to share: --types, --code, --since, --ref, or --all for everything.");
	if (o->filter.all && (o->filter.types != NULL || o->filter.codes != NULL || when != NULL
	    || refs != NULL))
		return fail_with(c, USAGE, "--all is everything; leave the other filters out.");
	if (c->args.n > 1 && refs == NULL)
		return fail_with(c, USAGE, "A share has one name; %s is one word too many.", clean(c, c->args.words[1]));
	return 0;
}

/* What the other side does, and what the remote must let it do. */
static const char *
next_words(struct cli *c, const struct ac_share_options *o)
{
	struct ac_buf b = { 0 };
	const char *s, *where = o->remote != NULL ? clean(c, o->remote) : _("the remote");

	if (ac_buf_addf(&b, o->write
	    ? _("The other side runs: aftercare join --device NAME. It must be able to read and write %s.")
	    : _("The other side runs: aftercare join --device NAME. It must be able to reach %s; to join it\n"
	        "writes its own branch there, then reading is enough."), where) != AC_OK)
		out_lost();
	s = ac_arena_text(&c->arena, (const char *)b.p, b.len);
	ac_buf_free(&b);
	return s != NULL ? s : "";
}

int
cmd_share_create(struct cli *c)
{
	struct ac_share_options o = { .write = false };
	struct ac_invited i = { 0 };
	const char *name = c->args.words[0];
	char since[40];
	size_t nrefs;
	enum ac_err err;
	int rc;

	if (*name == '\0')
		return fail_with(c, USAGE, "The share needs a name: what you call the clinician.");
	if ((rc = read_options(c, &o, &nrefs, since)) != 0 || (rc = home_space(c)) != 0 || (rc = share_refs(c, &o, nrefs)) != 0)
		return rc;
	err = ac_share_create(&i, c->space, name, &o, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	invited_print(c, &i, next_words(c, &o));
	return DONE;
}

struct listing { struct cli *c; struct table *table; bool full; size_t n, late; enum ac_err err; };

static int
late_json(void *ctx, const struct ac_share_late *v)
{
	struct listing *l = ctx;
	struct ac_buf *b = out_buf();
	size_t at;

	json_open(b, NULL, '{');
	json_str(b, "ref", v->ref);
	json_str(b, "version", v->version);
	json_time(b, "time", v->time);
	json_str(b, "device", v->device);
	at = b->len;
	l->err = json_val(l->c, b, "resource", v->body, NULL);
	if (l->err == AC_ENOTFOUND) { /* an attachment's bytes, which nobody fetches for this */
		b->len = at;
		json_null(b, "resource");
		l->err = AC_OK;
	}
	json_close(b, '}');
	return l->err != AC_OK;
}

static void
share_json(struct listing *l, const struct ac_share_row *r, bool full)
{
	struct ac_buf *b = out_buf();
	size_t n = 0;

	while (r->types != NULL && r->types[n] != NULL)
		n++;
	json_open(b, NULL, '{');
	json_str(b, "name", r->name);
	json_str(b, "role", role_name(r->role));
	json_str(b, "state", r->state);
	json_hex_list(b, "types", r->types, n);
	json_time(b, "expires", r->expires);
	json_str(b, "remote", r->remote);
	if (full) {
		json_int(b, "published", r->published);
		json_int(b, "withdrawn", r->withdrawn);
		json_str(b, "own_name", r->own_name);
		json_open(b, "after_revocation", '[');
		if (l->err == AC_OK)
			l->err = ac_share_late(l->c->space, r->space, late_json, l, &l->c->fault);
		json_close(b, ']');
	}
	json_close(b, '}');
	json_row_end(b);
}

static const char *
type_words(struct cli *c, const char *const *types)
{
	struct ac_buf b = { 0 };
	const char *s = "";

	for (; types != NULL && *types != NULL; types++)
		if (ac_buf_addf(&b, "%s%s", b.len > 0 ? "," : "", *types) != AC_OK)
			out_lost();
	if (b.len > 0)
		s = ac_arena_text(&c->arena, (const char *)b.p, b.len);
	ac_buf_free(&b);
	return s != NULL ? s : "";
}

static int
late_text(void *ctx, const struct ac_share_late *v)
{
	struct listing *l = ctx;
	struct cli *c = l->c;

	if (l->late++ == 0)
		out_printf(_("after revocation, and no part of the record:\n"));
	out_printf(v->body != NULL ? _("  %s, version %s, by \"%s\" on %s, %s: %s\n")
		: _("  %s, version %s, by \"%s\" on %s, %s: (deleted)%s\n"), clean(c, v->ref), short_version(c, v->version),
		clean(c, v->author), clean(c, v->device), date_text(c, v->time), clean(c, v->title));
	return 0;
}

static void
share_text(struct listing *l, const struct ac_share_row *r)
{
	struct cli *c = l->c;

	out_printf(_("%s\nrole: %s\nstate: %s\n"), clean(c, r->name), _(role_name(r->role)), clean(c, _(r->state)));
	if (r->own_name != NULL && *r->own_name != '\0')
		out_printf(_("calls themselves: \"%s\"\n"), clean(c, r->own_name));
	if (r->types != NULL && *r->types != NULL)
		out_printf(_("types: %s\n"), clean(c, type_words(c, r->types)));
	out_printf(_("expires: %s\npublished: %llu versions\n"), date_text(c, r->expires), (unsigned long long)r->published);
	if (r->withdrawn > 0)
		out_printf(_("withdrawn: %llu documents that have left the filter\n"), (unsigned long long)r->withdrawn);
	if (r->remote != NULL && *r->remote != '\0')
		out_printf(_("remote: %s\n"), clean(c, r->remote));
	l->err = ac_share_late(c->space, r->space, late_text, l, &c->fault);
}

static int
each(void *ctx, const struct ac_share_row *r)
{
	struct listing *l = ctx;

	l->n++;
	if (l->c->json)
		share_json(l, r, l->full);
	else if (l->full)
		share_text(l, r);
	else
		table_row(l->table, (const char *[]){ r->name, _(role_name(r->role)), _(r->state), type_words(l->c, r->types),
			date_text(l->c, r->expires), r->remote });
	return l->err != AC_OK;
}

static int
list_shares(struct cli *c, const char *name)
{
	struct listing l = { .c = c, .full = name != NULL };
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	if (!c->json && name == NULL)
		l.table = table_new(c, "Name|*Role|*State|Types|Expires|Remote");
	err = ac_share_list(c->space, name, each, &l, &c->fault);
	if (err == AC_OK)
		err = l.err;
	if (err != AC_OK)
		return fail(c, err);
	if (name != NULL && l.n == 0)
		return fail_with(c, FAILED, "There is no share named %s; `aftercare share list` shows them.", clean(c, name));
	table_print(l.table, false);
	return DONE;
}

int
cmd_share_list(struct cli *c)
{
	return list_shares(c, NULL);
}

int
cmd_share_show(struct cli *c)
{
	return list_shares(c, c->args.words[0]);
}

static int
each_readable(void *ctx, const char *ref, const char *version)
{
	struct listing *l = ctx;
	struct ac_buf *b = out_buf();

	l->n++;
	if (!l->c->json) {
		table_row(l->table, (const char *[]){ ref, short_version(l->c, version) });
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "ref", ref);
	json_str(b, "version", version);
	json_close(b, '}');
	return 0;
}

int
cmd_share_revoke(struct cli *c)
{
	const char *name = c->args.words[0];
	struct listing l = { .c = c };
	struct ac_buf *b = out_buf();
	struct exchange x;
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	exchange_start(&x, c);
	if (c->json) {
		json_open(b, NULL, '{');
		json_str(b, "name", name);
		json_open(b, "readable", '[');
	} else {
		l.table = table_new(c, "*Ref|*Version");
	}
	err = ac_share_revoke(c->space, name, &x.events, each_readable, &l, &c->fault);
	if (err == AC_OK)
		exchange_notices(&x);
	exchange_free(&x);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json) {
		json_close(b, ']');
		json_close(b, '}');
		json_row_end(b);
		return DONE;
	}
	out_printf(_("%s is revoked. What was read cannot be unread; these %zu versions could be opened:\n"),
		clean(c, name), l.n);
	table_print(l.table, false);
	return DONE;
}
