/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/faults.h"
#include "store/file.h"
#include "store/home.h"

#define LOCK_WAIT 60000u  /* ms that a writer waits for another */

static void
below(char out[static 4200], const struct ac_home *h, const char *name)
{
	snprintf(out, 4200, "%s/%s", h->path, name);
}

bool
ac_home_there(const char *path)
{
	char keys[4200];
	struct stat st;

	snprintf(keys, sizeof keys, "%s/keys", path);
	return stat(keys, &st) == 0;
}

static enum ac_err
new_home(struct ac_home **out, const char *path, struct ac_fault *f)
{
	struct ac_home *h;
	enum ac_err err;

	if ((err = ac_crypto_init(f)))
		return err;
	if (strlen(path) >= sizeof h->path - 64)
		return ac_fault(f, AC_EUSAGE, "the path of the home is too long");
	if (!(h = calloc(1, sizeof *h)))
		return AC_ENOMEM;
	h->lock = -1;
	snprintf(h->path, sizeof h->path, "%s", path);
	h->inner = ac_crypto_secret_new(32);
	h->index_key = ac_crypto_secret_new(32);
	h->age = ac_crypto_secret_new(32);
	if (!h->inner || !h->index_key || !h->age) {
		ac_home_close(h);
		return ac_fault(f, AC_ENOMEM, "no locked memory is left for keys");
	}
	*out = h;
	return AC_OK;
}

void
ac_home_close(struct ac_home *h)
{
	if (!h)
		return;
	while (h->nspaces)
		ac_space_drop(h, h->spaces[h->nspaces - 1]);
	ac_docs_cache_free(h->cache);
	free(h->waits);
	ac_index_close(h->index);
	ac_repo_close(h->repo);
	ac_state_free(h);
	ac_file_unlock(h->lock);
	ac_crypto_secret_free(h->inner);
	ac_crypto_secret_free(h->index_key);
	ac_crypto_secret_free(h->age);
	ac_arena_free(&h->arena);
	free(h);
}

static bool
empty(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool yes = true;

	if (!d)
		return errno == ENOENT;
	while (yes && (e = readdir(d)))
		yes = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	closedir(d);
	return yes;
}

static enum ac_err
open_index(struct ac_home *h, bool create, struct ac_fault *f)
{
	char path[4200];

	below(path, h, "index");
	return ac_index_open(&h->index, path, h->index_key, create, f);
}

static enum ac_err
open_repo(struct ac_home *h, struct ac_fault *f)
{
	char path[4200];

	below(path, h, "repo.git");
	return ac_repo_open(&h->repo, path, true, f);
}

enum ac_err
ac_home_create(struct ac_home **out, const char *path, const char *passphrase, size_t n, int flags,
	struct ac_fault *f)
{
	struct ac_home *h = NULL;
	enum ac_err err;

	if (!empty(path))
		return ac_fault(f, AC_EEXIST, "%s is not empty; name a new folder with --home", path);
	if ((err = ac_file_mkdirs(path, 0700, f)) || (err = new_home(&h, path, f)))
		return err;
	if (chmod(path, 0700))
		return ac_fault(f, AC_EIO, "%s could not be made private: %s", path, ac_words_error(errno));
	ac_crypto_random(h->inner, 32);
	ac_crypto_random(h->index_key, 32);
	ac_crypto_random(h->age, 32);
	ac_keyfile_machine(h->machine, h);
	if ((err = ac_keyfile_seal(h, passphrase, n, flags & AC_HOME_QUICK, f)))
		goto out;
	if ((err = open_repo(h, f)) || (err = open_index(h, true, f)) || (err = ac_state_load(h, f)))
		goto out;
	/* the key file last: a home is there when its key file is */
	if ((err = ac_keyfile_save(h, f)))
		goto out;
	*out = h;
	h = NULL;
out:
	ac_home_close(h);
	return err;
}

static enum ac_err
load_spaces(struct ac_home *h, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < h->nspaces && !err; i++)
		err = ac_space_load(h->spaces[i], f);
	return err;
}

/* ------------------------------------------------------------------ catching up */

struct gather {
	struct ac_home *h;
	struct ac_tip *tips;
	size_t n, cap;
	bool all;
};

static enum ac_err
gather_one(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct gather *g = ctx;
	struct ac_tip tip = { .oid = *at };
	unsigned char sid[8];
	struct ac_rows q;
	struct ac_tip *more;
	bool same = false;
	const void *p;
	size_t n;

	if (!ac_repo_ref_parse(sid, tip.branch, name) || !(tip.s = ac_space_find(g->h, sid)))
		return AC_OK;
	if (!ac_apply_is_chain(g->h->repo, at))
		return AC_OK;
	q = ac_index_query(g->h->index, "SELECT oid FROM chain WHERE space = ? AND branch = ?", "ib", tip.s->id,
		tip.branch, (size_t)16);
	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 20)
		same = !memcmp(p, at->id, 20);
	if (ac_rows_end(&q, f))
		return q.err;
	if (same)
		return AC_OK;
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 16;
		if (!(more = realloc(g->tips, g->cap * sizeof *more)))
			return AC_ENOMEM;
		g->tips = more;
	}
	g->tips[g->n++] = tip;
	return AC_OK;
}

static enum ac_err
gather(struct gather *g, struct ac_home *h, struct ac_fault *f)
{
	memset(g, 0, sizeof *g);
	g->h = h;
	return ac_repo_refs(h->repo, "refs/heads/", gather_one, g, f);
}

/* A newer program was here before, and its last segments wait for it. */
static enum ac_err
note_waits(struct ac_home *h, const struct gather *g)
{
	struct ac_waits *list = calloc(g->n, sizeof *list);
	size_t i;

	if (!list)
		return AC_ENOMEM;
	free(h->waits);
	h->waits = list;
	h->nwaits = 0;
	for (i = 0; i < g->n; i++) {
		if (!g->tips[i].later[0])
			continue;
		list[h->nwaits].s = g->tips[i].s;
		memcpy(list[h->nwaits].branch, g->tips[i].branch, 16);
		memcpy(list[h->nwaits++].later, g->tips[i].later, sizeof list->later);
	}
	return AC_OK;
}

/* Branches that moved without the index (a process died between the two, or the index
 * was lost) are taken in. */
enum ac_err
ac_home_catch_up(struct ac_home *h, struct ac_fault *f)
{
	struct ac_apply ap = { .h = h };
	struct gather g;
	enum ac_err err;

	if ((err = gather(&g, h, f)) || !g.n)
		goto out;
	if ((err = ac_index_begin(h->index, f)))
		goto out;
	if ((err = ac_apply_tips(&ap, g.tips, g.n, f)) || (err = ac_index_commit(h->index, f)))
		ac_index_abort(h->index);
	else
		err = note_waits(h, &g);
out:
	free(g.tips);
	return err;
}

static bool
behind(struct ac_home *h)
{
	struct gather g;
	bool yes = gather(&g, h, NULL) || g.n;

	free(g.tips);
	return yes;
}

/* What another process did to this home since: new spaces, incarnations, members. */
static enum ac_err
refresh(struct ac_home *h, struct ac_fault *f)
{
	enum ac_err err;

	if ((err = ac_keyfile_load(h, NULL, 0, h->inner, NULL, f)))
		return err;
	return load_spaces(h, f);
}

static bool
keys_changed(struct ac_home *h)
{
	char path[4200];
	struct stat st;

	below(path, h, "keys");
	if (stat(path, &st) || (st.st_ino == h->keys_ino && st.st_mtim.tv_nsec == h->keys_ns))
		return false;
	h->keys_ino = st.st_ino;
	h->keys_ns = st.st_mtim.tv_nsec;
	return true;
}

static bool
index_changed(struct ac_home *h)
{
	int64_t sum = 0;

	if (ac_index_int(&sum, h->index, NULL, "SELECT coalesce(sum(seq + 1), 0) FROM chain", "") || sum == h->applied)
		return false;
	h->applied = sum;
	return true;
}

enum ac_err
ac_home_lock(struct ac_home *h, struct ac_fault *f)
{
	char path[4200];
	enum ac_err err;

	if (h->depth++)
		return AC_OK;
	below(path, h, "lock");
	if ((err = ac_file_lock(&h->lock, path, true, LOCK_WAIT, NULL))) {
		h->depth--;
		return ac_fault(f, err, err == AC_EBUSY ? "another command is writing to %s; try again when it is done"
			: "%s could not be locked", h->path);
	}
	if (!h->index || !h->repo) /* being made or rebuilt */
		return AC_OK;
	ac_repo_unlock_stale(h->repo);
	if (keys_changed(h) || index_changed(h))
		err = refresh(h, f);
	if (!err)
		err = ac_home_catch_up(h, f);
	if (err)
		ac_home_unlock(h);
	return err;
}

/* A repository that could not be packed is as good as it was. */
static void
tidy(struct ac_home *h)
{
	size_t many = ac_faults_limit("AFTERCARE_LOOSE", AC_REPO_MANY);
	char path[4200];

	below(path, h, "repo.git/objects");
	if (h->repo && ac_repo_crowded(path, many))
		(void)!ac_repo_repack(h->repo, path, many, 0, NULL);
}

void
ac_home_unlock(struct ac_home *h)
{
	if (--h->depth)
		return;
	if (h->lock >= 0)
		tidy(h);
	ac_file_unlock(h->lock);
	h->lock = -1;
	if (h->index) {
		keys_changed(h);
		index_changed(h);
	}
}

/* ------------------------------------------------------------------- opening */

/* A new index under a new key, so that older pages never fit. */
static enum ac_err
rebuild(struct ac_home *h, struct ac_fault *f)
{
	char path[4200];
	enum ac_err err;

	below(path, h, "lock");
	if ((err = ac_file_lock(&h->lock, path, true, LOCK_WAIT, f)))
		return err;
	h->depth = 1;
	/* somebody else may just have done it */
	if ((err = ac_keyfile_load(h, NULL, 0, h->inner, NULL, f)))
		goto out;
	if (!open_index(h, false, NULL) && !load_spaces(h, NULL) && !ac_index_broken(h->index))
		goto out;
	ac_index_close(h->index);
	h->index = NULL;
	if (h->progress)
		h->progress->step(h->progress->ctx, ac_words("rebuilding the index"), 0, 0);
	ac_crypto_random(h->index_key, 32);
	if ((err = ac_keyfile_save(h, f)) || (err = open_index(h, true, f)) || (err = load_spaces(h, f)))
		goto out;
	ac_repo_unlock_stale(h->repo);
	err = ac_home_catch_up(h, f);
out:
	ac_home_unlock(h);
	return err;
}

enum ac_err
ac_home_switch(struct ac_home *h, const char *ref, const struct ac_oid *to, const struct ac_oid *from, struct ac_fault *f)
{
	char path[4200];
	enum ac_err err;

	below(path, h, "index");
	ac_docs_cache_free(h->cache);
	h->cache = NULL;
	ac_index_close(h->index);
	h->index = NULL;
	if ((err = ac_file_remove_tree(path, f)) || (err = ac_repo_ref_set(h->repo, ref, to, from, f)))
		return err;
	ac_crypto_random(h->index_key, 32);
	if ((err = ac_keyfile_save(h, f)) || (err = open_index(h, true, f)) || (err = load_spaces(h, f)))
		return err;
	return ac_home_catch_up(h, f);
}

enum ac_err
ac_home_open(struct ac_home **out, const char *path, const char *passphrase, size_t n,
	const unsigned char *key, const struct ac_progress *progress, struct ac_fault *f)
{
	struct ac_home *h = NULL;
	enum ac_err err;

	if ((err = new_home(&h, path, f)))
		return err;
	h->progress = progress;
	if ((err = ac_keyfile_load(h, passphrase, n, key, NULL, f)) || (err = ac_state_load(h, f))
	    || (err = open_repo(h, f)))
		goto out;
	err = open_index(h, false, f);
	if (!err && ((err = load_spaces(h, f)) || ac_index_broken(h->index))) {
		ac_index_close(h->index);
		h->index = NULL;
		err = err ? err : AC_ECORRUPT;
	}
	if (err == AC_ECORRUPT || err == AC_ENOTFOUND) {
		(void)ac_fault_past(f);
		err = rebuild(h, f);
	}
	if (err)
		goto out;
	keys_changed(h);
	index_changed(h);
	if (behind(h)) {
		if ((err = ac_home_lock(h, f)))
			goto out;
		ac_home_unlock(h);
	}
	*out = h;
	h = NULL;
out:
	ac_home_close(h);
	return err;
}

const char *
ac_home_path(const struct ac_home *h)
{
	return h->path;
}

void
ac_home_key(const struct ac_home *h, unsigned char key[static 32])
{
	memcpy(key, h->inner, 32);
}

void
ac_home_age(const struct ac_home *h, unsigned char secret[static 32])
{
	memcpy(secret, h->age, 32);
}

enum ac_err
ac_home_passphrase(struct ac_home *h, const char *passphrase, size_t n, struct ac_fault *f)
{
	enum ac_err err;

	if ((err = ac_home_lock(h, f)))
		return err;
	if (!(err = ac_keyfile_seal(h, passphrase, n, false, f)))
		err = ac_keyfile_save(h, f);
	ac_home_unlock(h);
	return err;
}

enum ac_err
ac_home_reset(const char *path, const unsigned char kit[static 32], const char *passphrase, size_t n,
	struct ac_fault *f)
{
	struct ac_home *h = NULL;
	enum ac_err err;

	if ((err = new_home(&h, path, f)))
		return err;
	if (!(err = ac_keyfile_load(h, NULL, 0, NULL, kit, f)) && !(err = ac_keyfile_seal(h, passphrase, n, false, f)))
		err = ac_keyfile_save(h, f);
	ac_home_close(h);
	return err;
}

/* ------------------------------------------------------------------- spaces */

enum ac_err
ac_vault_create(struct ac_space **out, struct ac_home *h, const char *person, const char *device,
	unsigned char kit[static 32], struct ac_fault *f)
{
	unsigned char secret[32];
	struct ac_space *s;
	enum ac_err err;

	if (!person[0] || !device[0] || strlen(person) > 200 || strlen(device) > 200)
		return ac_fault(f, AC_EUSAGE, "the names of person and device must have 1 to 200 bytes");
	if ((err = ac_home_lock(h, f)))
		return err;
	if (!(s = ac_space_new(h, AC_SPACE_VAULT))) {
		err = AC_ENOMEM;
		goto out;
	}
	snprintf(s->patient, sizeof s->patient, "%s", person);
	ac_crypto_random(secret, sizeof secret);
	if ((err = ac_space_load(s, f)) || (err = ac_append_genesis(s, person, device, secret, NULL, f))) {
		ac_space_drop(h, s);
		goto out;
	}
	memcpy(kit, secret, 32);
	*out = s;
out:
	ac_wipe(secret, sizeof secret);
	ac_home_unlock(h);
	return err;
}

static bool
person_sees(const struct ac_space *s)
{
	return s->kind != AC_SPACE_SHARE_OWN;
}

size_t
ac_home_spaces(struct ac_home *h)
{
	size_t n = 0, i;

	for (i = 0; i < h->nspaces; i++)
		n += person_sees(h->spaces[i]);
	return n;
}

struct ac_space *
ac_home_space(struct ac_home *h, size_t i)
{
	size_t j;

	for (j = 0; j < h->nspaces; j++)
		if (person_sees(h->spaces[j]) && !i--)
			return h->spaces[j];
	return NULL;
}

/* How well a person's words name a patient: 2 exactly, 1 as a beginning, 0 not. */
static int
names(const struct ac_space *s, const char *who)
{
	struct ac_buf a = { 0 }, b = { 0 };
	int how = 0;

	if (!ac_fold(&a, s->patient) && !ac_fold(&b, who) && b.len && a.len >= b.len && !memcmp(a.p, b.p, b.len))
		how = a.len == b.len ? 2 : 1;
	ac_buf_free(&a);
	ac_buf_free(&b);
	return how;
}

enum ac_err
ac_home_patient(struct ac_space **out, struct ac_home *h, const char *who, struct ac_fault *f)
{
	struct ac_space *s, *found = NULL;
	struct ac_buf list = { 0 };
	size_t i, n = ac_home_spaces(h), fits = 0;
	int how, best = 0;
	enum ac_err err;

	for (i = 0; i < n; i++) {
		s = ac_home_space(h, i);
		how = who ? names(s, who) : 1;
		if (how && how == best)
			fits++;
		if (how > best) {
			best = how;
			fits = 1;
			found = s;
		}
		if (ac_buf_addf(&list, "%s%s", i ? ", " : "", s->patient) || list.len > 300)
			break;
	}
	if (fits == 1) {
		*out = found;
		err = AC_OK;
	} else if (!n)
		err = ac_fault(f, AC_ENOTFOUND, "this home holds nobody's record; use init, join or restore");
	else
		err = ac_fault(f, AC_EUSAGE, who && !fits ? "nobody of that name is here; say --patient with one of: %.*s"
			: "several people's records are here; say --patient with one of: %.*s", (int)list.len, list.p);
	ac_buf_free(&list);
	return err;
}

const char *
ac_space_patient(const struct ac_space *s)
{
	return s->patient;
}

bool
ac_space_shared(const struct ac_space *s)
{
	return s->kind == AC_SPACE_SHARE_TAKEN;
}

enum ac_role
ac_space_role(const struct ac_space *s)
{
	const struct ac_member *m = ac_members_find(&s->members, s->me);

	return m && !m->suspended ? m->role : AC_READER;
}

bool
ac_space_closed(const struct ac_space *s)
{
	const struct ac_member *m = ac_members_find(&s->members, s->me);
	int64_t wrote = 0;

	if (m)
		return m->removed;
	/* it belonged, as far as it knew, and its code had been cancelled meanwhile */
	return s->id && s->home->index && !ac_index_int(&wrote, s->home->index, NULL, "SELECT count(*) FROM chain WHERE space = ? AND"
	    " writer = ?", "ib", s->id, s->me, (size_t)8) && wrote > 0;
}

void
ac_space_id(const struct ac_space *s, unsigned char id[static 8])
{
	memcpy(id, s->sid, 8);
}

void
ac_space_root(const struct ac_space *s, unsigned char root[static 32])
{
	memcpy(root, s->root, 32);
}
