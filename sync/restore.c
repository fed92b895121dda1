/* SPDX-License-Identifier: ISC */
/*
 * Method: the sealed file is read once, in order: keys.json makes the spaces, then the
 * bundle's objects come into the new home's own repository. Branches are set only as
 * far as their chains verify. The home is built beside its place and moved there when
 * it works, so that an interrupted restore leaves no home.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/faults.h"
#include "store/file.h"
#include "sync/age.h"
#include "sync/backup.h"
#include "sync/bundle.h"
#include "sync/exchange.h"
#include "sync/freshness.h"
#include "sync/joined.h"
#include "sync/keysjson.h"
#include "sync/kit.h"
#include "sync/recover.h"
#include "sync/tar.h"

/* -------------------------------------------------------- opening the file */

struct sealed {
	int fd;
	struct ac_source from;
	unsigned char keys[AC_KIT_KEYS * 32];
	size_t nkeys;
	struct ac_age_open *age;
};

static enum ac_err
read_fd(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct sealed *s = ctx;
	ssize_t got;

	do
		got = read(s->fd, p, *n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ac_fault(f, AC_EIO, "the backup could not be read: %s", ac_words_error(errno));
	*n = (size_t)got;
	return AC_OK;
}

static void
close_file(struct sealed *s)
{
	ac_age_open_free(s->age);
	if (s->fd >= 0)
		close(s->fd);
	ac_wipe(s->keys, sizeof s->keys);
}

static enum ac_err
open_file(struct sealed *s, const struct ac_restore *r, const unsigned char *identity, struct ac_fault *f)
{
	struct ac_age_identities ids = { .keys = s->keys, .pass = r->sealed, .npass = r->nsealed };
	enum ac_err err;

	s->fd = -1;
	if (r->identity) {
		if ((err = ac_kit_find(s->keys, &s->nkeys, r->identity, f)))
			return err;
	} else if (identity) {
		memcpy(s->keys, identity, 32);
		s->nkeys = 1;
	} else if (!r->sealed)
		return ac_fault(f, AC_ELOCKED, "%s is sealed; give the recovery kit with --identity, or its passphrase "
			"with --sealed-with-file", r->file);
	ids.nkeys = s->nkeys;
	if ((s->fd = open(r->file, O_RDONLY | O_CLOEXEC)) < 0)
		return ac_fault(f, errno == ENOENT ? AC_ENOTFOUND : AC_EIO, "%s could not be opened: %s", r->file,
			ac_words_error(errno));
	s->from = (struct ac_source){ read_fd, s };
	return ac_age_open_new(&s->age, &ids, &s->from, f);
}

/* ---------------------------------------------------------------- the payload */

struct restoring {
	const struct ac_restore *r;
	struct ac_home *h;
	struct ac_arena arena;
	struct ac_keysjson keys;
	struct ac_space **space;    /* parallel to keys.space */
	bool has_keys, has_chains;
	struct ac_bundle_refs refs;
	char later[AC_SEGMENT_MADE]; /* some chain ends in this, of a later version; "": none */
	void (*finding)(void *ctx, const struct ac_finding *fd);
	void *ctx;
	struct ac_fault *f;
};

static enum ac_err
read_member(struct ac_buf *out, struct ac_tar *t, uint64_t size, struct ac_fault *f)
{
	struct ac_source from = ac_tar_source(t);
	enum ac_err err;
	size_t n;

	if (size > AC_KEYSJSON_MAX)
		return ac_fault(f, AC_ELIMIT, "keys.json of the backup is too large");
	if ((err = ac_buf_room(out, (size_t)size + 1)))
		return err;
	do {
		n = out->cap - out->len;
		if ((err = from.read(from.ctx, out->p + out->len, &n, f)))
			return err;
		out->len += n;
	} while (n);
	return AC_OK;
}

static struct ac_val *
start_keys(struct ac_home *h, const struct ac_keysjson_space *k)
{
	struct ac_arena a = { 0 };
	struct ac_val *list = ac_entry_list(&a, 3), *invites = ac_entry_list(&a, k->has_invite), *out = NULL;

	if (list && invites) {
		if (k->has_invite)
			*ac_entry_at(invites, 0) = ac_val_bytes(k->invite, 32);
		*ac_entry_at(list, 0) = *k->epochs;
		*ac_entry_at(list, 1) = *k->owners;
		*ac_entry_at(list, 2) = *invites;
		out = (struct ac_val *)ac_val_copy(&h->arena, list);
	}
	ac_arena_free(&a);
	return out;
}

/* A record of the space with keys of this new device. A member that came by an invite
 * has the invite's symmetric secret for its own. */
static enum ac_err
make_space(struct ac_space **out, struct restoring *x, const struct ac_keysjson_space *k)
{
	struct ac_invite_keys ik;
	struct ac_space *s;

	if (ac_space_find(x->h, k->sid))
		return ac_fault(x->f, AC_EINVAL, "keys.json of the backup names a space twice");
	if (!(s = ac_space_new(x->h, k->kind)))
		return AC_ENOMEM;
	memcpy(s->sid, k->sid, 8);
	memcpy(s->root, k->root, 32);
	memcpy(s->vault, k->vault, 8);
	memcpy(s->secret->name_key, k->name_key, 32);
	snprintf(s->patient, sizeof s->patient, "%s", x->keys.patient);
	if (k->has_invite) {
		ac_invite_derive(&ik, k->invite);
		memcpy(s->secret->psk, ik.psk, 32);
		ac_wipe(&ik, sizeof ik);
	}
	if (!(s->start_keys = start_keys(x->h, k)))
		return AC_ENOMEM;
	ac_space_derive(s);
	*out = s;
	return ac_space_load(s, x->f);
}

static enum ac_err
take_keys(struct restoring *x, struct ac_tar *t, uint64_t size)
{
	struct ac_buf b = { .max = AC_KEYSJSON_MAX + 4096 };
	enum ac_err err;
	size_t i;

	if ((err = read_member(&b, t, size, x->f)) || (err = ac_keysjson_read(&x->keys, &x->arena, b.p, b.len, x->f)))
		goto out;
	if (!(x->space = ac_arena_get(&x->arena, x->keys.n * sizeof *x->space))) {
		err = AC_ENOMEM;
		goto out;
	}
	for (i = 0; i < x->keys.n && !err; i++)
		err = make_space(&x->space[i], x, &x->keys.space[i]);
	x->has_keys = true;
out:
	ac_buf_free(&b);
	return err;
}

static enum ac_err
take_payload(struct restoring *x, struct ac_tar *t)
{
	struct ac_source from = ac_tar_source(t);
	struct ac_tar_member m;
	enum ac_err err;
	bool end;

	while (!(err = ac_tar_next(&m, &end, t, x->f)) && !end) {
		if (!strcmp(m.name, AC_BACKUP_README) || !strncmp(m.name, AC_BACKUP_FOLDER, strlen(AC_BACKUP_FOLDER)))
			continue;
		if (!strcmp(m.name, AC_BACKUP_KEYS) && !x->has_keys)
			err = take_keys(x, t, m.size);
		else if (!strcmp(m.name, AC_BACKUP_CHAINS) && x->has_keys && !x->has_chains) {
			err = ac_bundle_read(&x->refs, x->h->repo, &from, x->f);
			x->has_chains = true;
		} else
			err = ac_fault(x->f, AC_EINVAL, "the sealed file holds something that is no part of a backup");
		if (err)
			return err;
	}
	if (!err && !x->has_chains)
		err = ac_fault(x->f, AC_EINVAL, "the sealed file is no backup: it lacks keys or chains");
	return err;
}

/* ------------------------------------------------------------------ the chains */

static void
dropped(struct restoring *x, const char *kind, const unsigned char sid[static 8], const unsigned char branch[static 16],
	const char *why)
{
	struct ac_finding fd = { .kind = kind };

	memcpy(fd.place.space, sid, 8);
	memcpy(fd.place.branch, branch, 16);
	snprintf(fd.text, sizeof fd.text, "%s", why);
	if (x->finding)
		x->finding(x->ctx, &fd);
}

/* Attachments: every commit is of the one form, and every part is there. */
static enum ac_err
take_files(struct restoring *x, const struct ac_bundle_ref *ref, const unsigned char sid[static 8],
	const unsigned char branch[static 16])
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_oid at = ref->at;
	enum ac_err err = b ? AC_OK : AC_ENOMEM;
	bool more = true;
	size_t i;

	while (more && !err) {
		if ((err = ac_repo_read(b, x->h->repo, &at, NULL)))
			break;
		for (i = 0; i < b->n && !err; i++)
			err = ac_repo_has(x->h->repo, &b->blobs[i]) ? AC_OK : AC_ENOTFOUND;
		more = b->has_parent;
		at = b->parent;
	}
	free(b);
	if (err == AC_ECORRUPT || err == AC_ENOTFOUND || err == AC_EIO) {
		dropped(x, "corrupt", sid, branch, ac_words("attachments in the backup are damaged or not whole"));
		return AC_OK;
	}
	return err ? err : ac_repo_ref_set(x->h->repo, ref->name, &ref->at, NULL, x->f);
}

/* The space that a branch of attachments belongs to. */
static bool
is_files(struct restoring *x, const unsigned char sid[static 8])
{
	unsigned char files[8];
	size_t i;

	for (i = 0; i < x->keys.n; i++) {
		ac_space_files(files, x->space[i]);
		if (!memcmp(files, sid, 8))
			return true;
	}
	return false;
}

static enum ac_err
sort_refs(struct restoring *x, struct ac_tip *tips, size_t *n)
{
	unsigned char sid[8], branch[16];
	struct ac_space *s;
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < x->refs.n && !err; i++) {
		if (!ac_repo_ref_parse(sid, branch, x->refs.ref[i].name))
			return AC_EINTERNAL;
		s = ac_space_find(x->h, sid);
		if (s && ac_apply_is_chain(x->h->repo, &x->refs.ref[i].at)) {
			tips[*n].s = s;
			memcpy(tips[*n].branch, branch, 16);
			tips[(*n)++].oid = x->refs.ref[i].at;
		} else if (s || is_files(x, sid))
			err = take_files(x, &x->refs.ref[i], sid, branch);
		else
			err = ac_fault(x->f, AC_EINVAL, "the backup holds a branch of a space that its keys do not name");
	}
	return err;
}

static enum ac_err
set_refs(struct restoring *x, const struct ac_tip *tips, size_t n)
{
	enum ac_err err = AC_OK;
	char name[80];
	size_t i;

	/* what a later version wrote may hold the key to others */
	for (i = 0; i < n; i++)
		if (tips[i].later[0])
			memcpy(x->later, tips[i].later, sizeof x->later);
	for (i = 0; i < n && !err; i++) {
		if (tips[i].waiting && x->later[0])
			dropped(x, "later", tips[i].s->sid, tips[i].branch, tips[i].later[0] ? tips[i].later : x->later);
		else if (tips[i].waiting)
			dropped(x, "corrupt", tips[i].s->sid, tips[i].branch, ac_words("a chain in the backup is of somebody who is"
				" no member, or its key is missing"));
		if (!tips[i].moved)
			continue;
		ac_repo_ref_name(name, tips[i].s->sid, tips[i].branch);
		err = ac_repo_ref_set(x->h->repo, name, &tips[i].verified, NULL, x->f);
	}
	return err;
}

static enum ac_err
too_new(const struct restoring *x)
{
	return ac_fault(x->f, AC_EVERSION, "the backup holds the record in a form of a newer version of aftercare (%s): get that version"
		" first", x->later);
}

static enum ac_err
take_chains(struct restoring *x)
{
	struct ac_apply ap = { .h = x->h, .finding = x->finding, .ctx = x->ctx };
	struct ac_tip *tips = calloc(x->refs.n + 1, sizeof *tips);
	struct ac_index *ix = x->h->index;
	enum ac_err err;
	size_t n = 0;

	if (!tips)
		return AC_ENOMEM;
	if ((err = sort_refs(x, tips, &n)) || (err = ac_index_begin(ix, x->f)))
		goto out;
	if ((err = ac_apply_tips(&ap, tips, n, x->f)) || (err = set_refs(x, tips, n))
	    || (ac_faults_on("restore") && (err = ac_index_run(ix, x->f,
		"DELETE FROM version WHERE id = (SELECT max(id) FROM version)", "")))
	    || (err = ac_index_commit(ix, x->f))) {
		ac_index_abort(ix);
		if (err == AC_ENOTFOUND)
			err = ac_fault(x->f, AC_ECORRUPT, "the backup lacks part of its chains");
		goto out;
	}
	if (!x->space[0]->members.n && x->later[0])
		err = too_new(x);
	else if (!x->space[0]->members.n)
		err = ac_fault(x->f, AC_EFORGED, "the chains of the backup are not of the record that its keys name");
out:
	free(tips);
	return err;
}

/* ----------------------------------------------------------------- the new device */

/* A kit that opened the file also resets this home's passphrase. */
static enum ac_err
keep_kit(struct restoring *x, const struct sealed *in)
{
	enum ac_err err;
	size_t i;

	for (i = 0; i < in->nkeys; i++)
		if (ac_kit_invite(x->space[0], in->keys + i * 32)
		    && (err = ac_keyfile_kit(x->h, x->space[0]->sid, in->keys + i * 32, x->f)))
			return err;
	return ac_keyfile_save(x->h, x->f);
}

static enum ac_err
add_remotes(struct restoring *x)
{
	const struct ac_val *r;
	enum ac_err err = AC_OK;
	size_t i;
	uint32_t j;

	for (i = 0; i < x->keys.n; i++)
		for (j = 0; j < (r = x->keys.space[i].remotes)->n && !err; j++)
			err = ac_remote_add(x->space[i], r->items[j].items[0].s, r->items[j].items[1].s, x->f);
	return err;
}

static enum ac_err
join(struct restoring *x, const struct sealed *in)
{
	const struct ac_keysjson_space *k = &x->keys.space[0];
	const char *device = x->r->device ? x->r->device : "restored";
	char *full = realpath(x->r->file, NULL);
	struct ac_space *s = x->space[0];
	struct ac_invite_keys ik;
	enum ac_err err;
	bool known;

	if ((err = keep_kit(x, in)) || (err = ac_freshness_begin(s, x->keys.time, NULL, x->f)))
		goto out;
	if (k->has_invite) {
		if (strlen(device) > 200) {
			err = ac_fault(x->f, AC_EUSAGE, "the name of the device must have at most 200 bytes");
			goto out;
		}
		ac_invite_derive(&ik, k->invite);
		known = ac_members_invite(&s->members, ik.pk) != NULL;
		ac_wipe(&ik, sizeof ik);
		if (!known && x->later[0]) {
			err = too_new(x);
			goto out;
		}
		if ((err = ac_append_join(s, x->keys.person, device, k->invite, x->f)))
			goto out;
		if (ac_space_role(s) != AC_OWNER) {
			err = ac_fault(x->f, AC_EREFUSED, "the invite of this backup was cancelled; use another backup");
			goto out;
		}
		if ((err = ac_append_rotate(s, x->f)))
			goto out;
	}
	if ((err = ac_joined_known(s, x->f)) || (err = add_remotes(x)))
		goto out;
	err = ac_backup_note(s, full ? full : x->r->file, x->keys.time, 0, x->f);
out:
	free(full);
	return err;
}

/* What the backup says itself that it lacks. */
static enum ac_err
keep_missing(struct ac_backup_opened *out, struct restoring *x)
{
	struct ac_backup_missing *list;
	const struct ac_val *m;
	size_t n = 0, i;
	uint32_t j;

	for (i = 0; i < x->keys.n; i++)
		n += x->keys.space[i].missing ? x->keys.space[i].missing->n : 0;
	if (!n)
		return AC_OK;
	if (!(list = ac_arena_get(&x->h->arena, n * sizeof *list)))
		return AC_ENOMEM;
	out->missing = list;
	for (i = 0; i < x->keys.n; i++)
		for (j = 0; (m = x->keys.space[i].missing) && j < m->n; j++) {
			memcpy(list[out->nmissing].space, x->keys.space[i].sid, 8);
			memcpy(list[out->nmissing++].hash, m->items[j].bin, 32);
		}
	return AC_OK;
}

enum ac_err
ac_backup_open(struct ac_backup_opened *out, const struct ac_restore *r, const unsigned char *identity, bool as_device,
	void (*finding)(void *ctx, const struct ac_finding *fd), void *ctx, struct ac_fault *f)
{
	struct restoring x = { .r = r, .finding = finding, .ctx = ctx, .f = f };
	struct sealed in = { .fd = -1 };
	struct ac_invite_keys ik;
	struct ac_tar tar = { 0 };
	enum ac_err err;

	if ((err = open_file(&in, r, identity, f)))
		goto out;
	if ((err = ac_home_create(&x.h, r->home, r->passphrase, r->npassphrase, r->home_flags, f)))
		goto out;
	tar.from = ac_age_open_source(in.age);
	if ((err = take_payload(&x, &tar)) || (err = ac_keyfile_save(x.h, f)) || (err = take_chains(&x)))
		goto out;
	if (as_device && (err = join(&x, &in)))
		goto out;
	memset(out, 0, sizeof *out);
	if ((err = keep_missing(out, &x)))
		goto out;
	out->home = x.h;
	out->space = x.space[0];
	out->time = x.keys.time;
	if ((out->has_invite = x.keys.space[0].has_invite)) {
		ac_invite_derive(&ik, x.keys.space[0].invite);
		memcpy(out->invite, ik.pk, 32);
		ac_wipe(&ik, sizeof ik);
	}
	x.h = NULL;
out:
	ac_home_close(x.h);
	close_file(&in);
	ac_bundle_refs_free(&x.refs);
	ac_arena_free(&x.arena);
	return err;
}

/* ------------------------------------------------------------- where it stands */

struct place {
	char home[4096], work[4096];
	bool there, in_place;   /* an empty folder is there; it cannot be replaced */
};

static enum ac_err
find_place(struct place *p, const char *home, struct ac_fault *f)
{
	char parent[4200], repo[4200];
	struct stat st, up;
	struct dirent *e;
	size_t n = strlen(home);
	DIR *d;

	while (n > 1 && home[n - 1] == '/')
		n--;
	if (n > sizeof p->home - 100)
		return ac_fault(f, AC_EUSAGE, "the path of the home is too long");
	snprintf(p->home, sizeof p->home, "%.*s", (int)n, home);
	if ((d = opendir(p->home))) {
		p->there = true;
		while ((e = readdir(d)))
			if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
				break;
		closedir(d);
		if (e)
			return ac_fault(f, AC_EEXIST, "%s is not empty; name a new folder with --home", p->home);
	} else if (errno != ENOENT)
		return ac_fault(f, AC_EEXIST, "%s is there already and is no empty folder", p->home);
	/* the top of a mounted disk stays where it is */
	snprintf(parent, sizeof parent, "%s/..", p->home);
	p->in_place = p->there && (stat(p->home, &st) || stat(parent, &up) || st.st_dev != up.st_dev
		|| st.st_ino == up.st_ino);
	snprintf(p->work, sizeof p->work, p->in_place ? "%.3990s" : "%.3990s.restoring", p->home);
	/* what an interrupted restore left */
	snprintf(repo, sizeof repo, "%s/repo.git", p->work);
	return !p->in_place && !stat(repo, &st) ? ac_file_remove_tree(p->work, f) : AC_OK;
}

/* No home is left behind, and a folder that was there still is. */
static void
clear(const struct place *p)
{
	static const char *const parts[] = { "keys", "index", "index.dirty", "state", "lock", "repo.git", "certificates" };
	char path[4200];
	size_t i;

	for (i = 0; i < sizeof parts / sizeof *parts; i++) {
		snprintf(path, sizeof path, "%s/%s", p->work, parts[i]);
		if (ac_file_remove_tree(path, NULL))
			return;
	}
	if (!p->in_place)
		rmdir(p->work);
}

static enum ac_err
move(const struct place *p, struct ac_fault *f)
{
	char parent[4200], *slash;
	int fd;

	if (rename(p->work, p->home))
		return ac_fault(f, AC_EIO, "the restored home could not be moved to %s: %s", p->home, ac_words_error(errno));
	snprintf(parent, sizeof parent, "%s", p->home);
	if (!(slash = strrchr(parent, '/')))
		snprintf(parent, sizeof parent, ".");
	else
		slash[slash == parent] = 0;
	if ((fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
		fsync(fd);
		close(fd);
	}
	return AC_OK;
}

/* The home under its own name. */
static enum ac_err
reopen(struct ac_backup_opened *o, const struct place *p, struct ac_fault *f)
{
	unsigned char sid[8], *key = ac_crypto_secret_new(32);
	enum ac_err err;

	if (!key)
		return AC_ENOMEM;
	memcpy(sid, o->space->sid, 8);
	ac_home_key(o->home, key);
	ac_home_close(o->home);
	o->home = NULL;
	if (!(err = move(p, f)) && !(err = ac_home_open(&o->home, p->home, NULL, 0, key, NULL, f)))
		o->space = ac_space_find(o->home, sid);
	ac_crypto_secret_free(key);
	return err;
}

/* ------------------------------------------------------------------- restore */

/* What was dropped on the way: told, and kept, when the home stands. */
struct findings {
	struct ac_finding fd[64];
	size_t n;
};

static void
keep(void *ctx, const struct ac_finding *fd)
{
	struct findings *l = ctx;

	if (l->n < sizeof l->fd / sizeof *l->fd)
		l->fd[l->n++] = *fd;
}

/* The restored home lacks it; the backup has it still. */
static void
tell_later(const struct findings *l, const struct ac_sync_events *e)
{
	const char *made = NULL;
	char text[700];
	size_t n = 0, i;

	for (i = 0; i < l->n; i++)
		if (!strcmp(l->fd[i].kind, "later")) {
			made = l->fd[i].text;
			n++;
		}
	if (!n || !e || !e->notice)
		return;
	snprintf(text, sizeof text, ac_words_plural("%zu of the backup's chains end in a form of a newer version of aftercare (%.40s)"
		" and were restored up to there: keep the backup, and restore it with that version", "%zu of the backup's chains end in"
		" a form of a newer version of aftercare (%.40s) and were restored up to there: keep the backup, and restore it with"
		" that version", n), n, made);
	e->notice(e->ctx, text);
}

static enum ac_err
tell(const struct findings *l, struct ac_home *h, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_space *s;
	enum ac_err err = AC_OK;
	bool fresh;
	size_t i;

	tell_later(l, e);
	for (i = 0; i < l->n && !err; i++) {
		if (!strcmp(l->fd[i].kind, "later"))
			continue;
		if (!(s = ac_space_find(h, l->fd[i].place.space)))
			s = h->spaces[0]; /* a branch of attachments */
		err = ac_alert_add(s, l->fd[i].kind, l->fd[i].place.branch, l->fd[i].seq, ac_words("the backup"), l->fd[i].text, e,
			&fresh, f);
	}
	return err;
}

static enum ac_err
from_file(struct ac_home **out, struct ac_space **space, const struct ac_restore *r, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	struct findings *l = calloc(1, sizeof *l);
	struct ac_backup_opened o = { 0 };
	struct ac_restore at = *r;
	struct place p = { 0 };
	enum ac_err err;

	if (!l)
		return AC_ENOMEM;
	if ((err = find_place(&p, r->home, f)))
		goto out;
	at.home = p.work;
	if ((err = ac_backup_open(&o, &at, NULL, true, keep, l, f)) || (err = tell(l, o.home, e, f))
	    || (!p.in_place && (err = reopen(&o, &p, f)))) {
		ac_home_close(o.home);
		clear(&p);
		goto out;
	}
	*out = o.home;
	*space = o.space;
out:
	free(l);
	return err;
}

enum ac_err
ac_restore(struct ac_home **out, struct ac_space **space, const struct ac_restore *r, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	enum ac_err err;

	if ((err = ac_crypto_init(f)))
		return err;
	if (r->remote)
		return ac_recover(out, space, r, e, f);
	if (!r->file)
		return ac_fault(f, AC_EUSAGE, "name the backup to restore from, or a remote with --remote");
	return from_file(out, space, r, e, f);
}
