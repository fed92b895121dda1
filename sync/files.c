/* SPDX-License-Identifier: ISC */
/*
 * Method: an entry about an attachment names its branch and chunks; the branch is fetched
 * from a remote into a quarantine and its whole batches are moved in. Entries are tried
 * one after the other until the bytes have the hash, so a false one costs a fetch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/files.h"

/* The name of a branch that stands beside ours of the same name. */
static void
beside(char out[static 80], const char *name, const struct ac_oid *tip)
{
	unsigned char files[8], branch[16], in[36];

	if (!ac_repo_ref_parse(files, branch, name))
		memset(files, 0, sizeof files);
	memcpy(in, branch, 16);
	memcpy(in + 16, tip->id, 20);
	ac_crypto_hash(branch, 16, in, sizeof in, NULL, 0);
	ac_repo_ref_name(out, files, branch);
}

bool
ac_files_contains(struct ac_repo *repo, const struct ac_oid *tip, const struct ac_oid *base)
{
	struct ac_oid *commits = NULL;
	uint64_t segments;
	bool found = false;
	size_t n;

	if (ac_lineage(&commits, &n, &segments, &found, repo, tip, base, NULL))
		found = false;
	free(commits);
	return found;
}

enum ac_err
ac_files_move(struct ac_space *s, const char *name, const struct ac_oid *tip, struct ac_fault *f)
{
	struct ac_repo *repo = s->home->repo;
	struct ac_oid *commits = NULL, was;
	uint64_t segments, bytes = 0;
	char objects[4200], other[80];
	bool found, had = !ac_repo_ref_get(&was, repo, name, NULL);
	enum ac_err err;
	size_t n;

	if (had && ac_files_contains(repo, &was, tip))
		return AC_OK;
	snprintf(objects, sizeof objects, "%.4000s/objects", ac_repo_path(repo));
	if ((err = ac_lineage(&commits, &n, &segments, &found, repo, tip, had ? &was : NULL, f)))
		return err;
	if (!found) {
		beside(other, name, tip);
		name = other;
		had = !ac_repo_ref_get(&was, repo, name, NULL);
	}
	if (!(err = ac_repo_copy(repo, objects, commits, n, &bytes, f)))
		err = ac_repo_ref_set(repo, name, tip, had ? &was : NULL, f);
	free(commits);
	return err;
}

/* As far as the branch is whole batches. */
static const struct ac_oid *
good(const struct ac_ref *ref)
{
	return !ref->looked ? &ref->at : ref->has_good ? &ref->good : NULL;
}

enum ac_err
ac_files_take(struct ac_space *s, struct ac_quarantine *q, struct ac_fault *f)
{
	unsigned char files[8], sid[8], branch[16];
	const struct ac_oid *tip;
	enum ac_err err;
	size_t i;

	ac_space_files(files, s);
	if ((err = ac_home_lock(s->home, f)))
		return err;
	for (i = 0; i < q->n && !err; i++)
		if (ac_repo_ref_parse(sid, branch, q->refs[i].name) && !memcmp(sid, files, 8) && (tip = good(&q->refs[i])))
			err = ac_files_move(s, q->refs[i].name, tip, f);
	ac_home_unlock(s->home);
	return err;
}

/* --------------------------------------------------------------- from a remote */

int
ac_files_by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ac_oid));
}

/* The chunks that entries name on a branch, in order. */
static enum ac_err
named(struct ac_oid **out, size_t *n, struct ac_space *s, const unsigned char branch[static 16], struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT chunks FROM blob WHERE space = ? AND branch = ?", "ib", s->id, branch,
		(size_t)16);
	struct ac_oid *list = NULL, *more;
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	const unsigned char *id;
	enum ac_err err = AC_OK;
	const void *p;
	size_t len;
	uint32_t i;

	*n = 0;
	while (!err && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &len)) || (err = ac_mp_read(&v, &a, p, len, NULL)) || v->kind != AC_ARR) {
			err = err == AC_ENOMEM ? err : AC_OK;
			continue;
		}
		if (!(more = realloc(list, (*n + v->n + 1) * sizeof *more))) {
			err = AC_ENOMEM;
			break;
		}
		list = more;
		for (i = 0; i < v->n; i++)
			if (ac_entry_bin(&id, v, i, 20))
				memcpy(list[(*n)++].id, id, 20);
	}
	if (ac_rows_end(&q, f))
		err = q.err;
	ac_arena_free(&a);
	if (err) {
		free(list);
		return err;
	}
	if (*n)
		qsort(list, *n, sizeof *list, ac_files_by_id);
	*out = list;
	return AC_OK;
}

/* The newest commit of a branch that holds what an entry names there. What somebody put on top
 * is not carried to other hubs. AC_ENET: there is none. */
static enum ac_err
spoken_of(struct ac_oid *out, struct ac_space *s, const unsigned char branch[static 16], const struct ac_oid *tip,
	struct ac_fault *f)
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_oid *ids = NULL, *commits = NULL;
	size_t n = 0, m = 0, i, j;
	uint64_t segments;
	bool found;
	enum ac_err err = b ? AC_OK : AC_ENOMEM, end = AC_ENET;

	if (err || (err = named(&ids, &n, s, branch, f)) || (err = ac_lineage(&commits, &m, &segments, &found, s->home->repo, tip, NULL, f)))
		goto out;
	for (i = 0; i < m && n && end && !(err = ac_repo_read(b, s->home->repo, &commits[i], f)); i++)
		for (j = 0; j < b->n && end; j++)
			if (bsearch(&b->blobs[j], ids, n, sizeof *ids, ac_files_by_id)) {
				*out = commits[i];
				end = AC_OK;
			}
	if (!err && end)
		err = ac_fault(f, AC_ENET, "it does not have them");
out:
	free(b);
	free(ids);
	free(commits);
	return err;
}

static enum ac_err
from_remote(struct ac_space *s, const char *url, const unsigned char branch[static 16], struct ac_fault *f)
{
	unsigned char files[8];
	struct ac_quarantine q;
	const struct ac_oid *tip = NULL;
	struct ac_oid upto;
	char name[80];
	enum ac_err err;
	size_t i;

	ac_space_files(files, s);
	ac_repo_ref_name(name, files, branch);
	if ((err = ac_quarantine_open(&q, s->home, f)))
		return err;
	if ((err = ac_quarantine_fetch(&q, url, (const unsigned char (*)[8])files, 1, name, f)))
		goto out;
	for (i = 0; i < q.n && !tip; i++)
		if (!strcmp(q.refs[i].name, name))
			tip = good(&q.refs[i]);
	if (!tip)
		err = ac_fault(f, AC_ENET, "it does not have them");
	else if (!(err = spoken_of(&upto, s, branch, tip, f)) && !(err = ac_home_lock(s->home, f))) {
		err = ac_files_move(s, name, &upto, f);
		ac_home_unlock(s->home);
	}
out:
	ac_quarantine_close(&q);
	return err;
}

/* A share of ours goes where its vault goes, unless it has a remote of its own. */
static enum ac_err
remotes_of(struct ac_remote **r, size_t *n, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_space *vault = s->kind == AC_SPACE_SHARE_OWN ? ac_space_find(s->home, s->vault) : NULL;
	enum ac_err err = ac_remote_load(r, n, a, s, f);

	return !err && !*n && vault ? ac_remote_load(r, n, a, vault, f) : err;
}

/* Who had it last, for a person to turn to; "": nobody but this device, which lost it. */
static void
last_had(char out[static 600], struct ac_space *s, const unsigned char *hash, const struct ac_chunks_at *at,
	const struct ac_remote *r, size_t nr)
{
	const char *person = "", *device = "";
	unsigned char member[8], files[8];
	struct ac_arena a = { 0 };
	struct ac_oid oid;
	char name[128];
	size_t i, len;

	if (ac_holders_last(member, s, hash))
		ac_author_name(&person, &device, &a, s, member, NULL);
	out[0] = 0;
	len = (size_t)snprintf(out, 600, device[0] ? ac_words("%.200s on %.200s") : "%.200s%.200s", person, device);
	ac_space_files(files, s);
	for (i = 0; i < nr && len < 500; i++) {
		ac_remote_ref(name, r[i].name, files, at->branch);
		if (!ac_repo_ref_get(&oid, s->home->repo, name, NULL))
			len += (size_t)snprintf(out + len, 600 - len, len ? ac_words(" and the remote %.60s") : ac_words("the remote %.60s"),
				r[i].name);
	}
	ac_arena_free(&a);
}

/* From one remote after the other, until an entry leads to the file. */
static enum ac_err
try_places(struct ac_space *s, const unsigned char *hash, const struct ac_chunks_at *at, size_t n,
	const struct ac_remote *r, size_t nr, struct ac_fault *said)
{
	struct ac_chunks_at one;
	enum ac_err err = AC_ENET;
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; !at[i].here && j < nr; j++) {
			err = from_remote(s, r[j].url, at[i].branch, said);
			if (err == AC_ENOMEM || err == AC_EINTERNAL || err == AC_EBUSY)
				return err;
			if (!err && !ac_chunks_find(&one, s, hash, said))
				return AC_OK;
		}
	return AC_ENET;
}

enum ac_err
ac_files_fetch(struct ac_space *s, const unsigned char hash[static 32], struct ac_fault *f)
{
	struct ac_chunks_at *at = NULL, one;
	struct ac_fault said = { 0 };
	struct ac_remote *r = NULL;
	struct ac_arena a = { 0 };
	char who[600];
	size_t n, nr;
	enum ac_err err;

	if ((err = ac_chunks_find(&one, s, hash, f)) != AC_ENET)
		return err;
	if ((err = ac_chunks_places(&at, &n, s, hash, f)) || (err = remotes_of(&r, &nr, &a, s, f)))
		goto out;
	err = try_places(s, hash, at, n, r, nr, &said);
	if (err == AC_ENET) {
		last_had(who, s, hash, &at[0], r, nr);
		if (nr && who[0])
			ac_fault(f, err, "the bytes of this attachment are not on this device, and no remote gave them (%.60s: %.300s); %s had"
				" them last: have them sent, or sync there first", r[nr - 1].name, said.text, who);
		else if (nr)
			ac_fault(f, err, "the bytes of this attachment are not on this device, and no remote gave them (%.60s: %.300s);"
				" nobody else has said to have them: restore them from a backup", r[nr - 1].name, said.text);
		else if (who[0])
			ac_fault(f, err, "the bytes of this attachment are not on this device, and no remote is defined to get them from; %s"
				" had them last: have them sent, or sync there first", who);
		else
			ac_fault(f, err, "the bytes of this attachment are not on this device, and no remote is defined to get them from;"
				" nobody else has said to have them: restore them from a backup");
	} else if (err)
		ac_fault(f, err, "%s", said.text);
out:
	free(at);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_files_each(struct ac_space *s,
	enum ac_err (*each)(void *ctx, const unsigned char hash[static 32], uint64_t size, struct ac_fault *f), void *ctx,
	struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT hash, min(size) FROM blob WHERE space = ? GROUP BY hash", "i",
		s->id);
	struct { unsigned char hash[32]; uint64_t size; } *list = NULL, *more;
	size_t n = 0, cap = 0, len, i;
	enum ac_err err = AC_OK;
	const void *p;

	/* first all, for a call back may write */
	while (!err && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &len)) || len != 32)
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			if (!(more = realloc(list, cap * sizeof *more))) {
				err = AC_ENOMEM;
				break;
			}
			list = more;
		}
		memcpy(list[n].hash, p, 32);
		list[n++].size = (uint64_t)ac_rows_int(&q, 1);
	}
	if (ac_rows_end(&q, f))
		err = q.err;
	for (i = 0; i < n && !err; i++)
		err = each(ctx, list[i].hash, list[i].size, f);
	free(list);
	return err;
}

/* -------------------------------------------------------------- all that is missing */

struct sweeping {
	struct ac_space *s;
	const char *url;
	const struct ac_ref *refs; size_t n;
};

static bool
shows(const struct sweeping *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (!strcmp(w->refs[i].name, name))
			return true;
	return false;
}

static enum ac_err
sweep_one(void *ctx, const unsigned char hash[static 32], uint64_t size, struct ac_fault *f)
{
	struct sweeping *w = ctx;
	struct ac_chunks_at *at, one;
	unsigned char files[8];
	enum ac_err err;
	char name[80];
	size_t n, i;

	(void)size;
	if ((err = ac_chunks_places(&at, &n, w->s, hash, f)))
		return err;
	ac_space_files(files, w->s);
	for (i = 0; i < n && (err = ac_chunks_find(&one, w->s, hash, NULL)) == AC_ENET; i++) {
		ac_repo_ref_name(name, files, at[i].branch);
		if (at[i].here || !shows(w, name))
			continue;
		err = from_remote(w->s, w->url, at[i].branch, NULL);
		if (err == AC_ENOMEM || err == AC_EINTERNAL)
			break;
	}
	free(at);
	return err == AC_ENOMEM || err == AC_EINTERNAL ? err : AC_OK;
}

/* A remote is asked once what it has: one that is away costs one wait. */
enum ac_err
ac_files_fetch_missing(struct ac_space *s, struct ac_fault *f)
{
	struct sweeping w = { .s = s };
	struct ac_quarantine q;
	struct ac_remote *r;
	struct ac_arena a = { 0 };
	enum ac_err err;
	size_t n, i;

	if ((err = remotes_of(&r, &n, &a, s, f)))
		goto out;
	for (i = 0; i < n && !err; i++) {
		if ((err = ac_quarantine_open(&q, s->home, f)))
			break;
		w.url = r[i].url;
		w.n = 0;
		if (!ac_quarantine_list(&q, r[i].url, NULL)) {
			w.refs = q.refs;
			w.n = q.n;
		}
		err = w.n ? ac_files_each(s, sweep_one, &w, f) : AC_OK;
		ac_quarantine_close(&q);
	}
out:
	ac_arena_free(&a);
	return err;
}
