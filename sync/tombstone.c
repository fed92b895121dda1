/* SPDX-License-Identifier: ISC */
/*
 * Method: the branch of an invite that was used, cancelled or has expired is named by an
 * owner's entry in the chain, [kind, namespace, branch]; whoever pushes takes it off the
 * remote. A branch without a tombstone is never deleted anywhere.
 */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/tombstone.h"
#include "sync/transport.h"

bool
ac_tombstone_names(struct ac_space *s, const unsigned char ns[static 8], const unsigned char branch[static 16])
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT g.entry, g.writer, c.branch, g.seq FROM slog g JOIN chain c ON"
		" c.id = g.chain WHERE g.space = ? AND g.kind = ?", "ii",
		s->id, (int64_t)AC_ENTRY_TOMBSTONE);
	const unsigned char *n, *b;
	unsigned char own[8];
	const struct ac_member *m;
	struct ac_arena a = { 0 };
	const struct ac_val *e;
	bool yes = false;
	const void *p;
	size_t len;

	/* a space names branches of its own alone */
	ac_space_invites(own, s->sid);
	while (!memcmp(own, ns, 8) && !yes && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 1, &len);
		if (len != 8 || !(m = ac_members_find(&s->members, p)) || m->role != AC_OWNER || m->suspended)
			continue;
		p = ac_rows_blob(&q, 2, &len);
		if (len != 16 || ac_members_cut(&s->members, m->id, p, (uint32_t)ac_rows_int(&q, 3)))
			continue;
		p = ac_rows_blob(&q, 0, &len);
		yes = !ac_mp_read(&e, &a, p, len, NULL) && ac_entry_is(e, AC_ENTRY_TOMBSTONE, 3)
		    && ac_entry_bin(&n, e, 1, 8) && ac_entry_bin(&b, e, 2, 16) && !memcmp(n, ns, 8)
		    && !memcmp(b, branch, 16);
	}
	ac_arena_free(&a);
	return !ac_rows_end(&q, NULL) && yes;
}

enum ac_err
ac_tombstone_bury(struct ac_space *s, struct ac_fault *f)
{
	struct ac_val e[3], entry = { .kind = AC_ARR, .n = 3, .items = e };
	struct ac_append b = { 0 };
	unsigned char ns[8];
	bool open = false;
	char name[80];
	struct ac_oid at;
	enum ac_err err = AC_OK;
	size_t i;

	ac_space_invites(ns, s->sid);
	if ((err = ac_home_lock(s->home, f)))
		return err;
	for (i = 0; i < s->members.ni && !err; i++) {
		const struct ac_invite *v = &s->members.i[i];
		unsigned char branch[16];

		if (v->standing != AC_SINGLE || !v->has_branch || (!v->uses && !v->cancelled))
			continue;
		memcpy(branch, v->branch, 16);
		ac_repo_ref_name(name, ns, branch);
		if (!ac_repo_ref_get(&at, s->home->repo, name, NULL) && (err = ac_repo_ref_delete(s->home->repo, name, f)))
			break;
		if (ac_tombstone_names(s, ns, branch))
			continue;
		if (!open && (err = ac_append_begin(&b, s, f)))
			break;
		open = true;
		e[0] = ac_val_int(AC_ENTRY_TOMBSTONE);
		e[1] = ac_val_bytes(ns, 8);
		e[2] = ac_val_bytes(branch, 16);
		err = ac_append_entry(&b, &entry, 40, f);
	}
	if (!err && open)
		err = ac_append_commit(&b, f);
	if (b.s)
		ac_append_end(&b);
	ac_home_unlock(s->home);
	return err;
}

static void
delete_path(const char *path, const struct ac_ref *const *refs, size_t n)
{
	struct ac_repo *hub = NULL;
	size_t i;

	if (ac_repo_open(&hub, path, false, NULL))
		return;
	for (i = 0; i < n; i++)
		(void)!ac_repo_ref_drop(hub, refs[i]->name, &refs[i]->at, NULL); /* somebody else was first */
	ac_repo_close(hub);
}

/* A server may refuse; hub prune does it there. */
static enum ac_err
delete_server(struct ac_space *s, const char *url, const struct ac_ref *const *refs, size_t n)
{
	git_remote *remote = NULL;
	git_strarray specs = { calloc(n, sizeof(char *)), 0 };
	size_t i;

	if (!specs.strings)
		return AC_ENOMEM;
	for (i = 0; i < n; i++)
		if (asprintf(&specs.strings[specs.count], ":%s", refs[i]->name) >= 0)
			specs.count++;
	if (specs.count && !ac_transport_remote(&remote, ac_repo_git(s->home->repo), url))
		(void)!git_remote_push(remote, &specs, NULL);
	git_remote_free(remote);
	for (i = 0; i < specs.count; i++)
		free(specs.strings[i]);
	free(specs.strings);
	return AC_OK;
}

enum ac_err
ac_tombstone_delete(struct ac_space *s, const char *url, const struct ac_ref *const *refs, size_t n)
{
	const char *path;

	if (!ac_remote_is_path(url, &path))
		return delete_server(s, url, refs, n);
	delete_path(path, refs, n);
	return AC_OK;
}

enum ac_err
ac_tombstone_sweep(struct ac_space *s, const struct ac_quarantine *q, const char *url)
{
	unsigned char ns[8], sid[8], branch[16];
	const struct ac_ref **named = calloc(q->n + 1, sizeof *named);
	enum ac_err err = AC_OK;
	size_t i, n = 0;

	if (!named)
		return AC_ENOMEM;
	ac_space_invites(ns, s->sid);
	for (i = 0; i < q->n; i++)
		if (ac_repo_ref_parse(sid, branch, q->refs[i].name) && !memcmp(sid, ns, 8) && ac_tombstone_names(s, ns, branch))
			named[n++] = &q->refs[i];
	if (n)
		err = ac_tombstone_delete(s, url, named, n);
	free(named);
	return err;
}
