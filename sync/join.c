/* SPDX-License-Identifier: ISC */
/*
 * Method: the code gives the invite's secret, the space and its root. The invite's
 * branch gives the name key and keys; the chains are verified from the root; only then
 * is an admission written, signed by the new device and by the invite. A home made for
 * the join is removed when it fails. Without a remote and without a file the join
 * waits in the home until `receive` brings one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/file.h"
#include "sync/exchange.h"
#include "sync/files.h"
#include "sync/freshness.h"
#include "sync/join.h"
#include "sync/joined.h"

struct joining {
	struct ac_home *h;
	struct ac_space *s;
	const struct ac_code *c;
	const char *device, *person, *where;
	const struct ac_sync_events *e;
	struct ac_fault *f;
};

static enum ac_err
invite_bytes(struct ac_buf *out, struct joining *j, struct ac_quarantine *q)
{
	struct ac_batch *b = malloc(sizeof *b);
	const struct ac_oid *at;
	char name[80];
	enum ac_err err;

	if (!b)
		return AC_ENOMEM;
	ac_invite_ref(name, j->c->space, j->c->secret);
	if (!(at = ac_quarantine_ref(q, name)))
		err = ac_fault(j->f, AC_EREFUSED, "the invite is not at %.200s: it was used, cancelled, has expired, or was not "
			"published yet; ask for a new code, or for a sync there", j->where);
	else if (!(err = ac_repo_read(b, j->h->repo, at, j->f)))
		err = ac_repo_blob(out, j->h->repo, &b->blobs[0], AC_SEGMENT_MAX, j->f);
	free(b);
	return err;
}

/* Is the segment that the code names there, and cannot be read here? */
static bool
floor_unread(struct joining *j, const struct ac_quarantine *q)
{
	struct ac_repo *r = j->h->repo;
	struct ac_oid *commits = NULL;
	const struct ac_oid *at;
	uint64_t segments;
	char name[80];
	bool found, yes;
	size_t n;

	ac_repo_ref_name(name, j->c->space, j->c->branch);
	if (!(at = ac_quarantine_ref(q, name)) || ac_lineage(&commits, &n, &segments, &found, r, at, NULL, NULL))
		return false;
	yes = ac_lineage_holds(r, commits, n, j->c->hash);
	free(commits);
	return yes;
}

static enum ac_err
too_new(struct joining *j, const char *made)
{
	return ac_fault(j->f, AC_EVERSION, "%.200s holds the record in a form of a newer version of aftercare (%s): get that version"
		" here first", j->where, made);
}

/* The root is there, and the inviter's chain reaches the floor that the code names. later:
 * what waits there is made in this. */
static enum ac_err
check_floor(struct joining *j, const struct ac_quarantine *from, const char *later)
{
	struct ac_index *ix = j->h->index;
	struct ac_rows q;
	bool root = false, floor = false, fresh;
	int64_t n;
	enum ac_err err;

	err = ac_index_int(&n, ix, j->f, "SELECT count(*) FROM segment g JOIN chain c ON c.id = g.chain WHERE c.space = ?"
		" AND g.seq = 0 AND g.hash = ?", "ib", j->s->id, j->s->root, (size_t)32);
	if (err)
		return err;
	root = n > 0;
	q = ac_index_query(ix, "SELECT 1 FROM segment g JOIN chain c ON c.id = g.chain WHERE c.space = ? AND c.branch = ?"
		" AND g.seq = ? AND g.hash = ?", "ibib", j->s->id, j->c->branch, (size_t)16, j->c->seq, j->c->hash,
		(size_t)32);
	floor = ac_rows_next(&q);
	if ((err = ac_rows_end(&q, j->f)))
		return err;
	if (!root && later[0])
		return too_new(j, later);
	if (!root)
		return ac_fault(j->f, AC_EREFUSED, "%.200s does not hold the beginning of the record that the code names; it may hold "
			"another's, or withhold it", j->where);
	if (!floor && (err = ac_freshness_begin(j->s, 0, j->c, j->f)))
		return err;
	if (!floor && later[0] && floor_unread(j, from))
		return AC_OK;
	if (!floor && (err = ac_alert_add(j->s, "withheld", j->c->branch, j->c->seq, j->where,
	    ac_words("the hub does not show what the inviting device had written when it made the code"), j->e, &fresh, j->f)))
		return err;
	return AC_OK;
}

static enum ac_err
check_invite(struct joining *j, const char *later)
{
	struct ac_invite_keys k;
	const struct ac_invite *inv;

	ac_invite_derive(&k, j->c->secret);
	inv = ac_members_invite(&j->s->members, k.pk);
	ac_wipe(&k, sizeof k);
	if (!inv && later[0])
		return too_new(j, later);
	if (!inv)
		return ac_fault(j->f, AC_EREFUSED, "the record does not know this invite yet; sync the inviting device, then try again");
	if (inv->cancelled)
		return ac_fault(j->f, AC_EREFUSED, "this invite was cancelled; ask for a new code");
	if (inv->standing == AC_SINGLE && inv->uses)
		return ac_fault(j->f, AC_EREFUSED, "this invite was used already; ask for a new code");
	if (inv->expires && inv->expires < ac_clock_ms())
		return ac_fault(j->f, AC_EREFUSED, "this invite has expired; ask for a new code");
	return AC_OK;
}

/* With the invite and the chains in the quarantine. */
static enum ac_err
complete(struct joining *j, struct ac_quarantine *q)
{
	struct ac_buf inv = { .max = AC_SEGMENT_MAX };
	struct ac_taken t;
	enum ac_err err;

	if ((err = invite_bytes(&inv, j, q)) || (err = ac_invite_open(j->s, &inv, j->c, j->f)))
		goto out;
	/* the key file before anything that only its keys can continue */
	if ((err = ac_keyfile_save(j->h, j->f)) || (err = ac_space_load(j->s, j->f)))
		goto out;
	if ((err = ac_take(&t, q, j->s, j->where, true, j->e, j->f)) || (err = check_floor(j, q, t.later))
	    || (err = check_invite(j, t.later)))
		goto out;
	if (!(err = ac_append_join(j->s, j->person, j->device, j->c->secret, j->f)))
		err = ac_joined_known(j->s, j->f);
out:
	ac_buf_free(&inv);
	return err;
}

static enum ac_err
by_remote(struct joining *j, const char *url)
{
	unsigned char spaces[2][8];
	struct ac_quarantine q;
	enum ac_err err;

	j->where = url;
	if ((err = ac_quarantine_open(&q, j->h, j->f)))
		return err;
	memcpy(spaces[0], j->c->space, 8);
	ac_space_invites(spaces[1], j->c->space);
	if (!(err = ac_quarantine_fetch(&q, url, (const unsigned char (*)[8])spaces, 2, NULL, j->f)))
		err = complete(j, &q);
	ac_quarantine_close(&q);
	return err;
}

static enum ac_err
by_file(struct joining *j, const char *path)
{
	struct ac_quarantine q;
	enum ac_err err;

	j->where = path;
	if ((err = ac_quarantine_open(&q, j->h, j->f)))
		return err;
	if (!(err = ac_quarantine_file(&q, path, j->f)) && !(err = complete(j, &q)))
		err = ac_files_take(j->s, &q, j->f);
	ac_quarantine_close(&q);
	return err;
}

/* The state "pending": an array of [space, code, device, person]. */
static enum ac_err
remember(struct joining *j, const char *code)
{
	const struct ac_val *all = ac_state_get(j->h, "pending");
	struct ac_val e[4], row = { .kind = AC_ARR, .n = 4, .items = e };
	struct ac_arena a = { 0 };
	enum ac_err err;

	e[0] = ac_val_bytes(j->s->sid, 8);
	e[1] = ac_val_text(code);
	e[2] = ac_val_text(j->device);
	e[3] = ac_val_text(j->person);
	all = ac_val_append(&a, all, &row);
	err = all ? ac_state_put(j->h, "pending", all, j->f) : AC_ENOMEM;
	ac_arena_free(&a);
	return err;
}

static const struct ac_val *
waiting(const struct ac_space *s)
{
	const struct ac_val *all = ac_state_get(s->home, "pending");
	const unsigned char *sid;
	uint32_t i;

	for (i = 0; all && i < all->n; i++)
		if (all->items[i].kind == AC_ARR && all->items[i].n == 4 && ac_entry_bin(&sid, &all->items[i], 0, 8)
		    && !memcmp(sid, s->sid, 8))
			return &all->items[i];
	return NULL;
}

bool
ac_join_pending(const struct ac_space *s)
{
	return waiting(s) != NULL;
}

static enum ac_err
forget(struct ac_space *s, struct ac_fault *f)
{
	const struct ac_val *all = ac_state_get(s->home, "pending"), *mine = waiting(s);
	struct ac_arena a = { 0 };
	struct ac_val *list = ac_entry_list(&a, all ? all->n : 0);
	enum ac_err err = AC_ENOMEM;
	uint32_t i, n = 0;

	if (list) {
		for (i = 0; all && i < all->n; i++)
			if (&all->items[i] != mine)
				*ac_entry_at(list, n++) = all->items[i];
		list->n = n;
		err = ac_state_put(s->home, "pending", list, f);
	}
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_join_complete(struct ac_space *s, const char *path, const struct ac_sync_events *e, struct ac_fault *f)
{
	const struct ac_val *row = waiting(s);
	struct ac_arena a = { 0 };
	struct ac_code code = { 0 };
	const char *text, *device, *person;
	struct joining j = { .h = s->home, .s = s, .c = &code, .e = e, .f = f };
	enum ac_err err = AC_OK;

	if (!row || !(row = ac_val_copy(&a, row)) || !ac_entry_text(&text, row, 1) || !ac_entry_text(&device, row, 2)
	    || !ac_entry_text(&person, row, 3))
		goto out;
	j.device = device;
	j.person = person;
	if (!(err = ac_code_read(&code, &a, text, f)) && !(err = by_file(&j, path)))
		err = forget(s, f);
out:
	ac_wipe(&code, sizeof code);
	ac_arena_free(&a);
	return err;
}

/* The first remote that works; what the others say is lost behind the last sentence. */
static enum ac_err
try_all(struct joining *j, const struct ac_join *in)
{
	struct stat st;
	enum ac_err err = AC_ENOTFOUND;
	size_t i;

	if (in->remote && !stat(in->remote, &st) && S_ISREG(st.st_mode))
		return by_file(j, in->remote);
	if (in->remote)
		return by_remote(j, in->remote);
	if (in->nfiles) {
		for (i = 0; i < in->nfiles && err; i++)
			err = by_file(j, in->files[i]);
		return err;
	}
	for (i = 0; i < j->c->nremotes && err; i++)
		err = by_remote(j, j->c->remotes[2 * i + 1]);
	return err;
}

static enum ac_err
take_remotes(struct joining *j, const struct ac_join *in)
{
	enum ac_err err = AC_OK;
	struct stat st;
	size_t i;

	if (in->remote && (stat(in->remote, &st) || !S_ISREG(st.st_mode)))
		return ac_remote_add(j->s, j->c->nremotes ? j->c->remotes[0] : "hub", in->remote, j->f);
	for (i = 0; i < j->c->nremotes && !err; i++)
		err = ac_remote_add(j->s, j->c->remotes[2 * i], j->c->remotes[2 * i + 1], j->f);
	return err;
}

static enum ac_err
make_space(struct joining *j)
{
	struct ac_space *s;

	if (ac_space_find(j->h, j->c->space))
		return ac_fault(j->f, AC_EEXIST, "this home has the record of %s already", j->c->patient);
	if (!(s = ac_space_new(j->h, j->c->share ? AC_SPACE_SHARE_TAKEN : AC_SPACE_VAULT)))
		return AC_ENOMEM;
	memcpy(s->sid, j->c->space, 8);
	memcpy(s->root, j->c->root, 32);
	snprintf(s->patient, sizeof s->patient, "%s", j->c->patient);
	j->s = s;
	return AC_OK;
}

static enum ac_err
run(struct joining *j, const struct ac_join *in)
{
	struct ac_sync_result r;
	bool offline = !in->remote && !in->nfiles && !j->c->nremotes;
	enum ac_err err;

	if (j->c->expires && j->c->expires < ac_clock_ms())
		return ac_fault(j->f, AC_EREFUSED, "this code has expired; ask for a new one");
	if ((err = make_space(j)))
		return err;
	j->person = in->person ? in->person : j->c->person[0] ? j->c->person : j->c->patient;
	if (offline) {
		if ((err = ac_keyfile_save(j->h, j->f)) || (err = ac_space_load(j->s, j->f)))
			return err;
		return remember(j, in->code);
	}
	if ((err = try_all(j, in)) || (err = take_remotes(j, in)))
		return err;
	/* published, so that others learn of it; a hub that fails now gets it at the next sync */
	if (ac_sync(&r, j->s, NULL, j->e, NULL))
		return AC_OK;
	return AC_OK;
}

enum ac_err
ac_join(struct ac_home **out, struct ac_space **space, const struct ac_join *in, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_code code = { 0 };
	struct joining j = { .c = &code, .device = in->device, .e = e, .f = f };
	bool made = !ac_home_there(in->home);
	enum ac_err err;

	if (!in->device || !in->device[0] || strlen(in->device) > 200)
		return ac_fault(f, AC_EUSAGE, "the name of the device must have 1 to 200 bytes");
	if ((err = ac_code_read(&code, &a, in->code, f)))
		goto out;
	err = made ? ac_home_create(&j.h, in->home, in->passphrase, in->npassphrase, in->home_flags, f)
	    : ac_home_open(&j.h, in->home, in->passphrase, in->npassphrase, in->key, NULL, f);
	if (err)
		goto out;
	if (!(err = run(&j, in))) {
		*out = j.h;
		*space = j.s;
		goto out;
	}
	if (!made && j.s) {
		ac_space_drop(j.h, j.s);
		(void)!ac_keyfile_save(j.h, NULL);
	}
	ac_home_close(j.h);
	if (made)
		(void)!ac_file_remove_tree(in->home, NULL);
out:
	ac_wipe(&code, sizeof code);
	ac_arena_free(&a);
	return err;
}
