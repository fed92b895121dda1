/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sync/closed.h"
#include "sync/later.h"

/* The state "remotes": an array of [space, name, url, last_ok, error]. */

bool
ac_exchange_empty_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool yes = d != NULL;

	while (yes && (e = readdir(d)))
		yes = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	if (d)
		closedir(d);
	return yes;
}

bool
ac_remote_is_path(const char *url, const char **path)
{
	if (!strncmp(url, "file://", 7)) {
		*path = url + 7;
		return true;
	}
	*path = url;
	if (url[0] == '/' || url[0] == '.')
		return true;
	return !strstr(url, "://") && !strchr(url, ':');
}

void
ac_remote_ref(char out[static 128], const char *remote, const unsigned char space[static 8],
	const unsigned char branch[static 16])
{
	unsigned char hash[16];
	char r[17], s[17], b[33];

	ac_crypto_hash(hash, 16, remote, strlen(remote), NULL, 0);
	ac_crypto_hex(r, hash, 8);
	ac_crypto_hex(s, space, 8);
	ac_crypto_hex(b, branch, 16);
	snprintf(out, 128, "refs/remotes/%s/%s/%s", r, s, b);
}

enum ac_err
ac_remote_saw(struct ac_space *s, const char *remote, const unsigned char space[static 8],
	const unsigned char branch[static 16], const struct ac_oid *at, struct ac_fault *f)
{
	struct ac_oid was;
	char name[128];
	enum ac_err err;
	bool had;

	ac_remote_ref(name, remote, space, branch);
	had = !ac_repo_ref_get(&was, s->home->repo, name, NULL);
	if (had && !memcmp(&was, at, sizeof was))
		return AC_OK;
	if ((err = ac_home_lock(s->home, f)))
		return err;
	err = ac_repo_ref_set(s->home->repo, name, at, had ? &was : NULL, f);
	ac_home_unlock(s->home);
	return err == AC_EBUSY ? AC_OK : err;
}

static bool
row_of(const struct ac_val *v, const struct ac_space *s)
{
	const unsigned char *sid;

	return v->kind == AC_ARR && v->n >= 5 && ac_entry_bin(&sid, v, 0, 8) && !memcmp(sid, s->sid, 8);
}

enum ac_err
ac_remote_load(struct ac_remote **out, size_t *n, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	const struct ac_val *all = ac_state_get(s->home, "remotes");
	struct ac_remote *r;
	uint32_t i;

	(void)f;
	*n = 0;
	if (!(*out = ac_arena_get(a, ((all ? all->n : 0) + 1) * sizeof **out)))
		return AC_ENOMEM;
	if (all)
		all = ac_val_copy(a, all);
	for (i = 0; all && i < all->n; i++) {
		r = &(*out)[*n];
		if (row_of(&all->items[i], s) && ac_entry_text(&r->name, &all->items[i], 1)
		    && ac_entry_text(&r->url, &all->items[i], 2) && ac_entry_int(&r->last_ok, &all->items[i], 3)
		    && ac_entry_text(&r->error, &all->items[i], 4))
			(*n)++;
	}
	return AC_OK;
}

/* Rewrites the rows: `change` says what becomes of each row of s (NULL: goes). */
static enum ac_err
rewrite(struct ac_space *s, const char *name, const struct ac_val *row, struct ac_fault *f)
{
	const struct ac_val *all;
	struct ac_arena a = { 0 };
	struct ac_val *list;
	const char *has;
	uint32_t i, n = 0;
	enum ac_err err;

	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_state_load(s->home, f)))
		goto out;
	all = ac_state_get(s->home, "remotes");
	if (!(list = ac_entry_list(&a, (all ? all->n : 0) + 1))) {
		err = AC_ENOMEM;
		goto out;
	}
	for (i = 0; all && i < all->n; i++)
		if (!row_of(&all->items[i], s) || !ac_entry_text(&has, &all->items[i], 1) || strcmp(has, name))
			*ac_entry_at(list, n++) = all->items[i];
		else if (row) {
			*ac_entry_at(list, n++) = *row;
			row = NULL;
		}
	if (row)
		*ac_entry_at(list, n++) = *row;
	list->n = n;
	err = ac_state_put(s->home, "remotes", list, f);
out:
	ac_home_unlock(s->home);
	ac_arena_free(&a);
	return err;
}

static enum ac_err
put(struct ac_space *s, const char *name, const char *url, int64_t last_ok, const char *error, struct ac_fault *f)
{
	struct ac_val items[5], row = { .kind = AC_ARR, .n = 5, .items = items };

	items[0] = ac_val_bytes(s->sid, 8);
	items[1] = ac_val_text(name);
	items[2] = ac_val_text(url);
	items[3] = ac_val_int(last_ok);
	items[4] = ac_val_text(error);
	return rewrite(s, name, &row, f);
}

static bool
name_ok(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			return false;
	return name[0] && name[0] != '-' && strlen(name) <= 64;
}

/* A relative path becomes absolute: later commands run elsewhere. */
enum ac_err
ac_remote_whole(char out[static 4200], const char *url, struct ac_fault *f)
{
	char cwd[4096];
	const char *path;

	if (strlen(url) > 4000 || strpbrk(url, "\n\r\t"))
		return ac_fault(f, AC_EUSAGE, "the URL of the remote is too long or holds a line break");
	if (!ac_remote_is_path(url, &path)) {
		snprintf(out, 4200, "%s", url);
		return AC_OK;
	}
	if (path[0] == '/')
		snprintf(out, 4200, "%s", path);
	else if (!getcwd(cwd, sizeof cwd))
		return ac_fault(f, AC_EIO, "the working folder cannot be read; give the hub's whole path");
	else if (snprintf(out, 4200, "%s/%s", cwd, path) >= 4200)
		return ac_fault(f, AC_EUSAGE, "the path of the hub is too long");
	return AC_OK;
}

static bool
scheme_ok(const char *url)
{
	const char *path;

	return ac_remote_is_path(url, &path) || !strncmp(url, "https://", 8) || !strncmp(url, "http://", 7)
	    || !strncmp(url, "ssh://", 6) || !strstr(url, "://");
}

enum ac_err
ac_remote_add(struct ac_space *s, const char *name, const char *url, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_remote *r;
	char full[4200];
	enum ac_err err;
	size_t n, i;

	if (!name_ok(name))
		return ac_fault(f, AC_EUSAGE, "a remote's name is made of letters, digits, '-', '_' and '.'");
	if (!url[0] || !scheme_ok(url))
		return ac_fault(f, AC_EUSAGE, "'%.200s' is no path, https or ssh URL", url);
	if ((err = ac_remote_whole(full, url, f)) || (err = ac_remote_load(&r, &n, &a, s, f)))
		goto out;
	for (i = 0; i < n; i++)
		if (!strcmp(r[i].name, name)) {
			err = strcmp(r[i].url, full) ? ac_fault(f, AC_EEXIST, "there is a remote %s already; remove it first", name)
			    : ac_fault(f, AC_EEXIST, "the remote %s is there already", name);
			goto out;
		}
	err = put(s, name, full, 0, "", f);
out:
	ac_arena_free(&a);
	return err;
}

static enum ac_err
find(struct ac_remote *out, struct ac_arena *a, struct ac_space *s, const char *name, struct ac_fault *f)
{
	struct ac_remote *r;
	enum ac_err err;
	size_t n, i;

	if ((err = ac_remote_load(&r, &n, a, s, f)))
		return err;
	for (i = 0; i < n; i++)
		if (!strcmp(r[i].name, name)) {
			*out = r[i];
			return AC_OK;
		}
	return ac_fault(f, AC_ENOTFOUND, "there is no remote %.80s; remote list shows them", name);
}

/* A share of the vault s, open, with a remote of its own? */
static bool
of_share(const struct ac_space *share, const struct ac_space *s)
{
	struct ac_closed c;

	return share->kind == AC_SPACE_SHARE_OWN && !memcmp(share->vault, s->sid, 8)
	    && !ac_closed_is(&c, (struct ac_space *)share);
}

enum ac_err
ac_remote_remove(struct ac_space *s, const char *name, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_remote r;
	enum ac_err err = find(&r, &a, s, name, f);
	size_t i;

	for (i = 0; err == AC_ENOTFOUND && i < s->home->nspaces; i++)
		if (of_share(s->home->spaces[i], s) && !find(&r, &a, s->home->spaces[i], name, NULL))
			err = ac_fault(f, AC_EREFUSED, "%.80s is a share's own remote, and goes when the share is revoked", name);
	if (!err)
		err = rewrite(s, name, NULL, f);
	for (i = 0; i < s->home->nspaces && !err; i++)
		if (s->home->spaces[i] == s || of_share(s->home->spaces[i], s))
			err = ac_later_note(s->home->spaces[i], name, NULL, 0, f);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_remote_note(struct ac_space *s, const char *name, int64_t ok, const char *error, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_remote r;
	enum ac_err err = find(&r, &a, s, name, f);

	if (!err)
		err = put(s, name, r.url, ok ? ok : r.last_ok, error, f);
	ac_arena_free(&a);
	return err;
}

static enum ac_err
list(struct ac_space *s, int (*each)(void *ctx, const struct ac_remote_row *r), void *ctx, bool *stop, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_remote_row row;
	struct ac_remote *r;
	enum ac_err err;
	size_t n, i;

	*stop = false;
	if ((err = ac_remote_load(&r, &n, &a, s, f)))
		goto out;
	for (i = 0; i < n && !*stop; i++) {
		row = (struct ac_remote_row){ .name = r[i].name, .url = r[i].url, .last_ok = r[i].last_ok, .error = r[i].error };
		if ((err = ac_push_unsent(&row.unsent, s, r[i].name, f)))
			break;
		*stop = each(ctx, &row) != 0;
	}
out:
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_remote_list(struct ac_space *s, int (*each)(void *ctx, const struct ac_remote_row *r), void *ctx, struct ac_fault *f)
{
	bool stop;
	enum ac_err err = list(s, each, ctx, &stop, f);
	size_t i;

	for (i = 0; !err && !stop && i < s->home->nspaces; i++)
		if (of_share(s->home->spaces[i], s))
			err = list(s->home->spaces[i], each, ctx, &stop, f);
	return err;
}
