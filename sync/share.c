/* SPDX-License-Identifier: ISC */
/*
 * Method: a share is a space whose owners are the vault's. The vault keeps an entry
 * for it: [kind, space, root, box, name, filter, role, expires, state], the newest of
 * which counts; the box (for owners) holds the share's standing owner secret and its
 * name key, by which each owner's device joins it without asking, and the address of
 * its own remote, if it has one.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "sync/closed.h"
#include "sync/files.h"
#include "sync/share.h"
#include "sync/share_rows.h"
#include "sync/tombstone.h"

#define CODE_LIFE ((int64_t)14 * 24 * 3600 * 1000)
#define BOX 64          /* the standing owner secret, the name key; then the remote */

/* ------------------------------------------------------------- vault entries */

enum ac_err
ac_share_rows(struct ac_share_record **out, size_t *n, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT g.entry, g.writer, c.branch, g.seq, g.clock FROM slog g JOIN"
		" chain c ON c.id = g.chain WHERE g.space = ? AND g.kind = ? ORDER BY g.clock, c.branch, g.seq, g.n", "ii", s->id, (int64_t)AC_ENTRY_SHARE);
	struct ac_share_record *list = NULL, *r;
	const struct ac_member *m;
	const unsigned char *sid, *root;
	const struct ac_val *e;
	size_t count = 0, i, bytes;
	enum ac_err err = AC_OK;
	const void *p;

	if (!(list = ac_arena_get(a, 4096 * sizeof *list)))
		err = AC_ENOMEM;
	while (!err && ac_rows_next(&q) && count < 4096) {
		p = ac_rows_blob(&q, 1, &bytes);
		if (bytes != 8 || !(m = ac_members_find(&s->members, p)) || m->role != AC_OWNER || m->suspended)
			continue;
		/* what a removed owner wrote past the cut has no say */
		p = ac_rows_blob(&q, 2, &bytes);
		if (bytes != 16 || ac_members_cut(&s->members, m->id, p, (uint32_t)ac_rows_int(&q, 3)))
			continue;
		p = ac_rows_blob(&q, 0, &bytes);
		if ((err = ac_mp_read(&e, a, p, bytes, f)) || !ac_entry_is(e, AC_ENTRY_SHARE, 9)
		    || !ac_entry_bin(&sid, e, 1, 8) || !ac_entry_bin(&root, e, 2, 32) || e->items[3].kind != AC_BIN)
			continue;
		for (i = 0; i < count; i++)
			if (!memcmp(list[i].sid, sid, 8))
				break;
		r = &list[i];
		/* closed stays closed, whatever an owner who had not seen it says */
		if (i < count && r->state == AC_SHARE_CLOSED)
			continue;
		memset(r, 0, sizeof *r);
		memcpy(r->sid, sid, 8);
		memcpy(r->root, root, 32);
		r->e = e;
		r->box = &e->items[3];
		if (!ac_entry_text(&r->name, e, 4) || !(r->filter = ac_entry_arr(e, 5)) || !ac_entry_int(&r->role, e, 6)
		    || !ac_entry_int(&r->expires, e, 7) || !ac_entry_int(&r->state, e, 8) || r->filter->n < 6)
			continue;
		r->clock = (uint64_t)ac_rows_int(&q, 4);
		if (r->state == AC_SHARE_CLOSED)
			r->closed_at = (uint64_t)ac_rows_int(&q, 4);
		if (i == count)
			count++;
	}
	if (ac_rows_end(&q, f))
		return q.err;
	*out = list;
	*n = count;
	return err;
}

enum ac_err
ac_share_remote(const char **url, struct ac_arena *a, struct ac_space *vault, const struct ac_share_record *r)
{
	struct ac_buf plain = { 0 };

	*url = "";
	if (ac_space_unbox(&plain, vault, r->box->bin, r->box->n) && plain.len > BOX)
		*url = ac_arena_text(a, (const char *)plain.p + BOX, plain.len - BOX);
	ac_buf_free(&plain);
	return *url ? AC_OK : AC_ENOMEM;
}

static enum ac_err
find_row(struct ac_share_record *out, struct ac_arena *a, struct ac_space *s, const char *name, struct ac_fault *f)
{
	struct ac_share_record *r;
	enum ac_err err;
	size_t n, i, fits = 0;

	if ((err = ac_share_rows(&r, &n, a, s, f)))
		return err;
	for (i = 0; i < n; i++)
		if (!strcmp(r[i].name, name)) {
			/* an open one before closed ones of the same name */
			if (!fits || out->state == AC_SHARE_CLOSED)
				*out = r[i];
			fits++;
		}
	return fits ? AC_OK : ac_fault(f, AC_ENOTFOUND, "there is no share %.80s; share list shows them", name);
}

enum ac_err
ac_share_space(struct ac_space **out, struct ac_space *s, const char *name, struct ac_fault *f)
{
	struct ac_share_record r = { 0 };
	struct ac_arena a = { 0 };
	enum ac_err err = find_row(&r, &a, s, name, f);

	if (!err && !(*out = ac_space_find(s->home, r.sid)))
		err = ac_fault(f, AC_ENOTFOUND, "the share %.80s has not arrived on this device yet; sync first", name);
	ac_arena_free(&a);
	return err;
}

static struct ac_val
texts(struct ac_arena *a, const char *const *s)
{
	size_t n = 0, i;
	struct ac_val *list;

	while (s && s[n])
		n++;
	if (!(list = ac_entry_list(a, n)))
		return (struct ac_val){ .kind = AC_NIL };
	for (i = 0; i < n; i++)
		*ac_entry_at(list, i) = ac_val_text(s[i]);
	return *list;
}

/* [types, codes, refs, since, all, no history] */
static struct ac_val
filter_value(struct ac_arena *a, const struct ac_share_options *o)
{
	struct ac_val *v = ac_entry_list(a, AC_SHARE_FILTER + ac_faults_later("filter"));

	if (!v)
		return (struct ac_val){ .kind = AC_NIL };
	*ac_entry_at(v, 0) = texts(a, o->filter.types);
	*ac_entry_at(v, 1) = texts(a, o->filter.codes);
	*ac_entry_at(v, 2) = texts(a, o->filter.refs);
	*ac_entry_at(v, 3) = ac_val_text(o->filter.since ? o->filter.since : "");
	*ac_entry_at(v, 4) = ac_val_bool(o->filter.all);
	*ac_entry_at(v, 5) = ac_val_bool(o->no_history);
	return *v;
}

#define ITEMS 9

/* The vault's entry for a share, new or changed. was: the entry that it takes the place of. */
static enum ac_err
put_row(struct ac_space *s, const unsigned char sid[static 8], const unsigned char root[static 32],
	const struct ac_val *box, const char *name, const struct ac_val *filter, int64_t role, int64_t expires,
	int64_t state, const struct ac_val *was, struct ac_fault *f)
{
	struct ac_append b = { 0 };
	struct ac_arena a = { 0 };
	struct ac_val *entry = ac_entry_list(&a, was && was->n > ITEMS ? was->n : ITEMS), *e;
	enum ac_err err = AC_ENOMEM;

	if (!entry)
		goto out;
	e = ac_entry_at(entry, 0);
	/* items of a later version stay */
	if (entry->n > ITEMS)
		memcpy(e + ITEMS, was->items + ITEMS, (entry->n - ITEMS) * sizeof *e);

	e[0] = ac_val_int(AC_ENTRY_SHARE);
	e[1] = ac_val_bytes(sid, 8);
	e[2] = ac_val_bytes(root, 32);
	e[3] = *box;
	e[4] = ac_val_text(name);
	e[5] = *filter;
	e[6] = ac_val_int(role);
	e[7] = ac_val_int(expires);
	e[8] = ac_val_int(state);
	if (!(err = ac_append_begin(&b, s, f)) && !(err = ac_append_entry(&b, entry, 300, f)))
		err = ac_append_commit(&b, f);
out:
	ac_append_end(&b);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_share_put(struct ac_space *vault, const struct ac_share_record *r, struct ac_fault *f)
{
	return put_row(vault, r->sid, r->root, r->box, r->name, r->filter, r->role, r->expires, r->state, r->e, f);
}

/* ------------------------------------------------------------------- creating */

static enum ac_err
check_new(struct ac_arena *a, struct ac_space *s, const char *name, const struct ac_share_options *o, struct ac_fault *f)
{
	struct ac_share_record *r;
	char full[AC_REF_MAX];
	enum ac_err err;
	size_t n, i;

	if (s->kind != AC_SPACE_VAULT || ac_space_role(s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only the patient's own devices can share the record of %s", s->patient);
	if (!name[0] || strlen(name) > 200)
		return ac_fault(f, AC_EUSAGE, "the name of a share must have 1 to 200 bytes");
	if (o->filter.all + (o->filter.types != NULL) + (o->filter.codes != NULL) + (o->filter.refs != NULL)
	    + (o->filter.since != NULL) == 0)
		return ac_fault(f, AC_EUSAGE, "say what to share: --types, --code, --since, --ref or --all");
	for (i = 0; o->filter.refs && o->filter.refs[i]; i++)
		if ((err = ac_ref(full, s, o->filter.refs[i], f)))
			return err;
	if ((err = ac_share_rows(&r, &n, a, s, f)))
		return err;
	for (i = 0; i < n; i++)
		if (!strcmp(r[i].name, name) && r[i].state != AC_SHARE_CLOSED)
			return ac_fault(f, AC_EEXIST, "there is a share %.80s already; revoke it first, or choose another name", name);
	return AC_OK;
}

/* REFs are kept in full, so that a later document does not make one ambiguous. */
static enum ac_err
full_refs(const char ***out, struct ac_arena *a, struct ac_space *s, const char *const *refs, struct ac_fault *f)
{
	char full[AC_REF_MAX];
	const char **list;
	enum ac_err err;
	size_t n = 0, i;

	while (refs && refs[n])
		n++;
	if (!(list = ac_arena_get(a, (n + 1) * sizeof *list)))
		return AC_ENOMEM;
	for (i = 0; i < n; i++) {
		if ((err = ac_ref(full, s, refs[i], f)))
			return err;
		list[i] = ac_arena_text(a, full, strlen(full));
	}
	*out = n ? list : NULL;
	return AC_OK;
}

static enum ac_err
own_device(char person[static 256], char device[static 256], const struct ac_space *s)
{
	const struct ac_member *m = ac_members_find(&s->members, s->me);

	if (!m)
		return AC_EINTERNAL;
	/* copies: whoever takes the home's lock may read the members anew */
	snprintf(person, 256, "%s", m->given[0] ? m->given : m->person);
	snprintf(device, 256, "%s", m->device);
	return AC_OK;
}

/* The space itself, and the box for the vault. */
static enum ac_err
make_space(struct ac_space **out, struct ac_val *box, struct ac_arena *a, struct ac_space *s,
	const struct ac_share_options *o, struct ac_fault *f)
{
	unsigned char secret[BOX + 4096];
	struct ac_val e[3], terms = { .kind = AC_ARR, .n = 3, .items = e };
	char person[256], device[256];
	size_t nurl = o->remote ? strlen(o->remote) : 0;
	struct ac_space *share;
	enum ac_err err;

	if (nurl > sizeof secret - BOX)
		return ac_fault(f, AC_EUSAGE, "the URL of the remote is too long");
	if ((err = own_device(person, device, s)))
		return err;
	if (!(share = ac_space_new(s->home, AC_SPACE_SHARE_OWN)))
		return AC_ENOMEM;
	snprintf(share->patient, sizeof share->patient, "%s", s->patient);
	memcpy(share->vault, s->sid, 8);
	ac_crypto_random(secret, 32);
	memcpy(secret + 32, share->secret->name_key, 32);
	if (nurl)
		memcpy(secret + BOX, o->remote, nurl);
	if ((err = ac_space_load(share, f)) || (err = ac_space_box(box, a, s, secret, BOX + nurl, f)))
		goto out;
	/* what the other side is told of it */
	e[0] = ac_val_int(AC_ENTRY_TERMS);
	e[1] = ac_val_int(o->write ? AC_WRITER : AC_READER);
	e[2] = ac_val_int(o->expires);
	err = ac_append_genesis(share, person, device, secret, &terms, f);
out:
	ac_wipe(secret, sizeof secret);
	if (err)
		ac_space_drop(s->home, share);
	else
		*out = share;
	return err;
}

/* A remote of the share's own, under a name that tells whose it is. */
static enum ac_err
add_remote(struct ac_space *share, const char *name, const char *url, struct ac_fault *f)
{
	char slug[64] = "share-";
	size_t n = strlen(slug);

	for (; *name && n < sizeof slug - 1; name++)
		slug[n++] = isalnum((unsigned char)*name) ? *name : '-';
	slug[n] = 0;
	return ac_remote_add(share, slug, url, f);
}

/* Has any remote of this space been reached since? */
static bool
carried(struct ac_space *s, int64_t since)
{
	struct ac_arena a = { 0 };
	struct ac_remote *r;
	bool yes = false;
	size_t n, i;

	if (!ac_remote_load(&r, &n, &a, s, NULL))
		for (i = 0; i < n; i++)
			yes |= r[i].last_ok >= since;
	ac_arena_free(&a);
	return yes;
}

enum ac_err
ac_share_create(struct ac_invited *out, struct ac_space *s, const char *name, const struct ac_share_options *o,
	struct ac_fault *f)
{
	struct ac_share_options opt = *o;
	struct ac_arena a = { 0 };
	struct ac_code code = { 0 };
	struct ac_space *share = NULL;
	struct ac_val box, filter;
	struct ac_sync_result r;
	struct ac_remote *remotes;
	const char **refs;
	enum ac_role role = o->write ? AC_WRITER : AC_READER;
	int64_t until = ac_clock_ms() + CODE_LIFE, began = ac_clock_ms();
	char url[4200];
	enum ac_err err;
	size_t n;

	if (o->expires && o->expires < until)
		until = o->expires;
	if ((err = check_new(&a, s, name, o, f)) || (err = full_refs(&refs, &a, s, o->filter.refs, f)))
		goto out;
	opt.filter.refs = refs;
	if (o->remote && (err = ac_remote_whole(url, o->remote, f)))
		goto out;
	opt.remote = o->remote ? url : NULL;
	if ((err = make_space(&share, &box, &a, s, &opt, f)))
		goto out;
	filter = filter_value(&a, &opt);
	if (filter.kind == AC_NIL) {
		err = AC_ENOMEM;
		goto out;
	}
	if ((err = ac_share_own(share, s, f))
	    || (err = put_row(s, share->sid, share->root, &box, name, &filter, role, o->expires, AC_SHARE_OPEN, NULL, f)))
		goto out;
	if (o->remote && (err = add_remote(share, name, opt.remote, f)))
		goto out;
	if ((err = ac_share_publish(share, s, f)) || (err = ac_invite_make(&code, &a, share, name, name, role, until, f)))
		goto out;
	code.share = true;
	code.person = "";
	if (!o->remote) { /* it goes where the vault goes */
		if ((err = ac_remote_load(&remotes, &n, &a, s, f)))
			goto out;
		code.nremotes = n;
		if (!(code.remotes = ac_arena_get(&a, (2 * n + 1) * sizeof *code.remotes))) {
			err = AC_ENOMEM;
			goto out;
		}
		while (n-- > 0) {
			code.remotes[2 * n] = remotes[n].name;
			code.remotes[2 * n + 1] = remotes[n].url;
		}
	}
	if ((err = ac_code_write(out->code, &code, f)))
		goto out;
	out->expires = until;
	out->published = code.nremotes && !ac_sync(&r, s, NULL, NULL, NULL) && carried(o->remote ? share : s, began);
out:
	ac_wipe(&code, sizeof code);
	ac_arena_free(&a);
	return err;
}

/* ------------------------------------------------------------------- answering */

/* A share of the vault that this device has not: made, so that the next fetch brings
 * its chains. */
static enum ac_err
adopt(struct ac_space *s, const struct ac_share_record *r, struct ac_fault *f)
{
	struct ac_buf plain = { 0 };
	struct ac_space *share;
	struct ac_val *start, *one;
	char *url = NULL;
	enum ac_err err = AC_OK;

	if (!ac_space_unbox(&plain, s, r->box->bin, r->box->n) || plain.len < BOX)
		goto out; /* of owners keys that this device has not got: not for it */
	if (!(share = ac_space_new(s->home, AC_SPACE_SHARE_OWN))) {
		err = AC_ENOMEM;
		goto out;
	}
	memcpy(share->sid, r->sid, 8);
	memcpy(share->root, r->root, 32);
	memcpy(share->vault, s->sid, 8);
	snprintf(share->patient, sizeof share->patient, "%s", s->patient);
	memcpy(share->secret->name_key, plain.p + 32, 32);
	/* the standing secret opens the wraps made for it */
	start = ac_entry_list(&s->home->arena, 3);
	one = ac_entry_list(&s->home->arena, 1);
	if (!start || !one) {
		err = AC_ENOMEM;
		goto out;
	}
	*ac_entry_at(one, 0) = ac_val_bytes(plain.p, 32);
	*ac_entry_at(start, 0) = *ac_entry_list(&s->home->arena, 0);
	*ac_entry_at(start, 1) = *ac_entry_list(&s->home->arena, 0);
	*ac_entry_at(start, 2) = *one;
	share->start_keys = (struct ac_val *)ac_val_copy(&s->home->arena, start);
	ac_space_derive(share);
	if ((err = ac_keyfile_save(s->home, f)) || (err = ac_space_load(share, f)) || plain.len == BOX)
		goto out;
	if (!(url = strndup((const char *)plain.p + BOX, plain.len - BOX)))
		err = AC_ENOMEM;
	else
		err = add_remote(share, r->name, url, f);
	free(url);
out:
	ac_buf_free(&plain);
	return err;
}

/* A joining that came to nothing, because the standing secret was renewed by who had not
 * seen it: its keys cannot be used again. */
static enum ac_err
new_keys(struct ac_space *share, struct ac_fault *f)
{
	int64_t n = 0;
	enum ac_err err = ac_index_int(&n, share->home->index, f, "SELECT count(*) FROM chain WHERE space = ? AND writer = ?", "ib",
		share->id, share->me, (size_t)8);

	if (err || !n)
		return err;
	ac_crypto_random(share->secret->seed, 32);
	ac_crypto_random(share->secret->dh, 32);
	ac_crypto_random(&share->incarnation, sizeof share->incarnation);
	ac_space_derive(share);
	return AC_OK;
}

/* Joins a share of ours as one more owner, once its root is here. */
static enum ac_err
join_own(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r, struct ac_fault *f)
{
	struct ac_buf plain = { 0 };
	char person[256], device[256];
	struct ac_invite_keys k;
	enum ac_err err = AC_OK;

	if (ac_members_find(&share->members, share->me) || !ac_space_unbox(&plain, vault, r->box->bin, r->box->n)
	    || plain.len < BOX)
		goto out;
	ac_invite_derive(&k, plain.p);
	if (ac_members_invite(&share->members, k.pk) && !(err = own_device(person, device, vault))) {
		memcpy(share->secret->psk, k.psk, 32);
		if (!(err = new_keys(share, f)) && !(err = ac_keyfile_save(vault->home, f)) && !(err = ac_share_own(share, vault, f)))
			err = ac_append_join(share, person, device, plain.p, f);
	}
	ac_wipe(&k, sizeof k);
out:
	ac_buf_free(&plain);
	return err;
}

/* The vault's entry says so first: whatever dies after it, nothing more is published, and
 * the rest is done at the next run. */
static enum ac_err
close_share(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r, struct ac_fault *f)
{
	struct ac_share_files left;
	enum ac_err err = ac_share_files(&left, share, vault, true, f);

	if (!err)
		err = put_row(vault, share->sid, share->root, r->box, r->name, r->filter, r->role, r->expires, AC_SHARE_CLOSED, r->e, f);
	return err || !ac_member_guests(share) ? err : ac_member_close(share, f);
}

static enum ac_err
expired_invites(struct ac_space *s, struct ac_fault *f)
{
	unsigned char pk[32];
	enum ac_err err = AC_OK;
	bool more = true;
	size_t i;

	while (more && !err) {
		more = false;
		for (i = 0; i < s->members.ni && !more; i++) {
			const struct ac_invite *v = &s->members.i[i];

			if (v->standing == AC_SINGLE && !v->uses && !v->cancelled && v->expires && v->expires < ac_clock_ms()) {
				memcpy(pk, v->pk, 32);
				more = true;
			}
		}
		if (more)
			err = ac_invite_close(s, pk, f);
	}
	return err;
}

/* Two joins by one invite: told once. */
static enum ac_err
reused(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	bool fresh;
	size_t i;

	for (i = 0; i < s->members.n && !err; i++)
		if (s->members.m[i].suspended && !s->members.m[i].removed)
			err = ac_alert_add(s, "invite-reused", s->members.m[i].invite, 0, "",
				ac_words("two devices joined by one code: both can only read until device remove takes one away"), e,
				&fresh, f);
	return err;
}

/* Attachments that are owed after this run are told of each time, until they are there. */
static enum ac_err
files(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	struct ac_share_files left;
	char text[700];
	enum ac_err err = ac_share_files(&left, share, vault, r->state == AC_SHARE_CLOSED, f);

	if (err || !e || !e->notice)
		return err;
	if (left.in) {
		snprintf(text, sizeof text, ac_words_plural("%llu attachment that %.200s added is not in your record yet: attachment get"
			" brings each, or a sync when its remote has it", "%llu attachments that %.200s added are not in your record yet:"
			" attachment get brings each, or a sync when its remote has it", left.in), (unsigned long long)left.in, r->name);
		e->notice(e->ctx, text);
	}
	if (left.out) {
		snprintf(text, sizeof text, ac_words_plural("%llu attachment in the share %.200s is not there yet: this device lacks the"
			" bytes; get them here, or sync a device that has them", "%llu attachments in the share %.200s are not there yet:"
			" this device lacks the bytes; get them here, or sync a device that has them", left.out),
			(unsigned long long)left.out, r->name);
		e->notice(e->ctx, text);
	}
	return AC_OK;
}

static bool
expired(const struct ac_share_record *r)
{
	return r->expires && r->expires < ac_clock_ms();
}

/* Does any remote bring this share? */
static bool
has_remote(struct ac_space *share, struct ac_space *vault)
{
	return carried(share, INT64_MIN) || carried(vault, INT64_MIN);
}

static enum ac_err
expire(struct ac_space *vault, struct ac_space *share, const struct ac_share_record *r, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	char text[700], when[32];
	enum ac_err err = close_share(share, vault, r, f);

	if (err || !e || !e->notice)
		return err;
	ac_time_write(when, r->expires);
	snprintf(text, sizeof text, ac_words("the share %.200s ended on %.10s and is closed"), r->name, when);
	e->notice(e->ctx, text);
	return AC_OK;
}

static enum ac_err
answer_share(struct ac_space *vault, const struct ac_share_record *r, enum ac_fetched how, const struct ac_sync_events *e,
	uint64_t *taken, struct ac_fault *f)
{
	struct ac_space *share = ac_space_find(vault->home, r->sid);
	bool whole;
	enum ac_err err;

	if (!share) /* of a closed one there is nothing to be had any more */
		return r->state == AC_SHARE_CLOSED ? AC_OK : adopt(vault, r, f);
	if ((err = join_own(share, vault, r, f)) || ac_space_role(share) != AC_OWNER)
		return err;
	if (r->state != AC_SHARE_CLOSED && (err = ac_share_owners(share, vault, r, f)))
		return err;
	/* all that there is to know of it now */
	whole = how == AC_FETCHED_SHARE || !has_remote(share, vault);
	if ((whole || how == AC_FETCHED_FILE) && (err = ac_share_contributions(share, vault, r, e, taken, f)))
		return err;
	if (r->state == AC_SHARE_CLOSED) {
		/* who closed it may have been stopped halfway */
		if (whole && ac_member_guests(share) && (err = ac_member_close(share, f)))
			return err;
		return (err = files(share, vault, r, e, f)) ? err : ac_closed_late(share, r->name, e, f);
	}
	/* what the clinician wrote up to then comes first */
	if (expired(r))
		return whole ? expire(vault, share, r, e, f) : AC_OK;
	if ((err = expired_invites(share, f)) || (err = ac_append_rotate(share, f)) || (err = ac_tombstone_bury(share, f)))
		return err;
	if ((err = ac_share_publish(share, vault, f)))
		return err;
	return files(share, vault, r, e, f);
}

enum ac_err
ac_share_answer(struct ac_space *s, enum ac_fetched fetched, const struct ac_sync_events *e, uint64_t *taken,
	struct ac_fault *f)
{
	struct ac_space *vault = s->kind == AC_SPACE_VAULT ? s : ac_space_find(s->home, s->vault);
	struct ac_share_record *r;
	struct ac_arena a = { 0 };
	enum ac_err err;
	size_t n, i;

	if ((err = reused(s, e, f)))
		return err;
	if (!vault || s->kind == AC_SPACE_SHARE_TAKEN || ac_space_role(vault) != AC_OWNER)
		return AC_OK;
	if (s == vault && ((err = expired_invites(vault, f)) || (err = ac_append_rotate(vault, f))
	    || (err = ac_tombstone_bury(vault, f))))
		return err;
	if ((err = ac_share_rows(&r, &n, &a, vault, f)))
		goto out;
	for (i = 0; i < n && !err; i++)
		if (s == vault || !memcmp(r[i].sid, s->sid, 8))
			err = answer_share(vault, &r[i], fetched, e, taken, f);
out:
	ac_arena_free(&a);
	return err;
}

/* --------------------------------------------------------------------- ending */

/* Notices alone pass: the rows and alerts of these runs are no part of the answer. But of
 * a remote that was to lose the share's branches it is said that it was not reached. */
struct ending {
	const struct ac_sync_events *e;
	const char *name;
	struct ac_remote *r;
	size_t nr;
};

static void
pass_notice(void *ctx, const char *sentence)
{
	struct ending *w = ctx;

	if (w->e && w->e->notice)
		w->e->notice(w->e->ctx, sentence);
}

static void
not_reached(void *ctx, const struct ac_synced *row)
{
	struct ending *w = ctx;
	char text[800];
	size_t i;

	for (i = 0; i < w->nr && strcmp(w->r[i].name, row->name); i++)
		;
	if (row->ok || i == w->nr)
		return;
	snprintf(text, sizeof text, ac_words("%.100s: what the share %.200s has there remains until a sync reaches it: %.300s"),
		row->name, w->name, row->error);
	pass_notice(w, text);
}

/* The remotes that carry a share: its own, or else the vault's. */
static enum ac_err
remotes_of(struct ending *w, struct ac_arena *a, struct ac_space *share, struct ac_space *vault, struct ac_fault *f)
{
	enum ac_err err = ac_remote_load(&w->r, &w->nr, a, share, f);

	return err || w->nr ? err : ac_remote_load(&w->r, &w->nr, a, vault, f);
}

enum ac_err
ac_share_revoke(struct ac_space *s, const char *name, const struct ac_sync_events *e,
	int (*each)(void *ctx, const char *ref, const char *version), void *ctx, struct ac_fault *f)
{
	struct ac_share_record r = { 0 };
	struct ac_arena a = { 0 };
	struct ending w = { .e = e, .name = name };
	struct ac_sync_events quiet = { .notice = pass_notice, .ctx = &w };
	struct ac_sync_result done;
	struct ac_space *share;
	enum ac_err err;

	if (ac_space_role(s) != AC_OWNER) {
		err = ac_fault(f, AC_EREFUSED, "only the patient's own devices can revoke a share of the record of %s", s->patient);
		goto out;
	}
	if ((err = find_row(&r, &a, s, name, f)))
		goto out;
	if (r.state == AC_SHARE_CLOSED) {
		err = ac_fault(f, AC_EREFUSED, "the share %.80s is closed already", name);
		goto out;
	}
	if (!(share = ac_space_find(s->home, r.sid)) || ac_space_role(share) != AC_OWNER) {
		err = ac_fault(f, AC_EREFUSED, "the share %.80s has not arrived on this device yet; sync first", name);
		goto out;
	}
	/* what was written up to now counts, and what cannot be fetched now comes too late */
	if ((err = ac_sync_share_in(s, share, &quiet, f)) || (err = ac_share_contributions(share, s, &r, &quiet, NULL, f))
	    || (err = close_share(share, s, &r, f)) || (err = ac_closed_readable(share, each, ctx, f)))
		goto out;
	if ((err = remotes_of(&w, &a, share, s, f)))
		goto out;
	quiet.remote = not_reached;
	(void)!ac_sync(&done, s, NULL, &quiet, NULL);
out:
	ac_arena_free(&a);
	return err;
}
