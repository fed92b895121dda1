/* SPDX-License-Identifier: ISC */
/*
 * Method: an invite made for the backup goes into the chain first, so that the chains
 * packed already name it. Branches and keys are taken under the home's lock, the slow
 * rest without it: what the branches name does not change. Attachments that are not here
 * are fetched before, and those that nobody gave are named beside the keys. The pack is made once into
 * an unnamed file (its bytes are sealed segments) because tar wants its size; what is
 * readable is made twice, first to count, so that it is nowhere but in the stream.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/file.h"
#include "sync/age.h"
#include "sync/backup.h"
#include "sync/bundle.h"
#include "sync/files.h"
#include "sync/keysjson.h"
#include "sync/kit.h"
#include "sync/share_rows.h"
#include "sync/tar.h"

static const char readme[] =
"A BACKUP OF A MEDICAL RECORD\n"
"\n"
"This archive was made by the program Aftercare. It holds a person's medical record,\n"
"all of its history, and the keys that open it. Whoever can read this text can read\n"
"all of the record: keep it as you would keep the record itself.\n"
"\n"
"With the program\n"
"\n"
"    aftercare restore FILE --identity KIT\n"
"\n"
"makes a working copy on a new device, where FILE is the sealed file that this text\n"
"came out of, and KIT a text that holds the secret key (AGE-SECRET-KEY-1...), as the\n"
"printed recovery kit does.\n"
"\n"
"Without the program\n"
"\n"
"The sealed file is of the format age, version 1 (age-encryption.org), and inside is\n"
"a tar archive. Where the secret key stands in the file key.txt:\n"
"\n"
"    age -d -i key.txt FILE | tar xf -\n"
"\n"
"gives these files:\n"
"\n"
"  README.txt      this text\n"
"  keys.json       the keys, as text\n"
"  chains.bundle   the record: a git bundle. `git clone --mirror chains.bundle record`\n"
"                  makes a repository of it. Its branches are refs/heads/SPACE/BRANCH;\n"
"                  each commit holds files 0000, 0001, ..., which are sealed segments\n"
"                  of the record, or the sealed parts of its attachments.\n"
"  readable/       only if it was asked for: the record as it was seen at the time, as\n"
"                  FHIR R4 resources, one a line, a file for each type\n"
"\n"
"keys.json names each space (the record itself is of the kind vault; others hold what\n"
"was shared with clinicians): its number, the BLAKE2b-256 of its first segment (root),\n"
"the key that names its branches (name_key), the keys that segments are sealed with\n"
"(epoch_keys, the oldest first), the keys of what only owners may read (owners_keys),\n"
"and the secret by which the holder of this backup may join as an owner (invite). An\n"
"owner sees that invite in the list of invites, under the name of this backup, and can\n"
"cancel it. No device's own signing key is in here. Attachments that could not be had\n"
"when the backup was made stand there under missing, each by the BLAKE2b-256 of its bytes.\n"
"\n"
"A segment opens with XChaCha20-Poly1305 under one of the epoch keys, and is then\n"
"compressed with zstd; inside are entries in msgpack, each version of a document\n"
"being a FHIR resource. The formats are described, byte by byte, in the documents\n"
"schema/FORMAT.md, store/FORMAT.md and sync/PROTOCOL.md of the program's source, and\n"
"tests/ in that source has a second reader, written in Python, that needs this archive\n"
"and nothing else.\n";

/* ---------------------------------------------------------------- the state */

/* [time, file, verified] of a space in the map "backups". */
static const struct ac_val *
mark_of(struct ac_space *s)
{
	const struct ac_val *all = ac_state_get(s->home, "backups"), *m;
	char hex[17];

	ac_crypto_hex(hex, s->sid, 8);
	m = all ? ac_val_get(all, hex) : NULL;
	return m && m->kind == AC_ARR && m->n == 3 ? m : NULL;
}

enum ac_err
ac_backup_last(struct ac_backup_mark *out, struct ac_space *s, struct ac_fault *f)
{
	const struct ac_val *m = mark_of(s);
	struct ac_backup_mark mark = { .file = "" };

	if (m && (!ac_entry_int(&mark.time, m, 0) || !ac_entry_text(&mark.file, m, 1)
	    || !ac_entry_int(&mark.verified, m, 2)))
		return ac_fault(f, AC_ECORRUPT, "what the home remembers of its last backup does not read back; make a new one");
	*out = mark;
	return AC_OK;
}

enum ac_err
ac_backup_note(struct ac_space *s, const char *file, int64_t time, int64_t verified, struct ac_fault *f)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	struct ac_arena a = { 0 };
	struct ac_val *m = ac_entry_list(&a, 3);
	struct ac_backup_mark was;
	const struct ac_val *all;
	enum ac_err err;
	char hex[17];

	if (!m)
		return AC_ENOMEM;
	/* over reading and writing: another process may note a backup of another space */
	if ((err = ac_home_lock(s->home, f)))
		goto out;
	if (!ac_state_load(s->home, NULL) && !verified && !ac_backup_last(&was, s, NULL) && !strcmp(was.file, file))
		verified = was.time == time ? was.verified : 0;
	*ac_entry_at(m, 0) = ac_val_int(time);
	*ac_entry_at(m, 1) = ac_val_text(file);
	*ac_entry_at(m, 2) = ac_val_int(verified);
	ac_crypto_hex(hex, s->sid, 8);
	all = ac_state_get(s->home, "backups");
	all = all ? ac_val_copy(&a, all) : &empty;
	if (!all || !(all = ac_val_set(&a, all, hex, m)))
		err = AC_ENOMEM;
	else
		err = ac_state_put(s->home, "backups", all, f);
	ac_home_unlock(s->home);
out:
	ac_arena_free(&a);
	return err;
}

/* ------------------------------------------------------------- the invite */

static bool
name_taken(const struct ac_members *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->ni; i++)
		if (!strcmp(m->i[i].name, name))
			return true;
	return false;
}

static void
name_backup(char out[static 64], const struct ac_members *m, int64_t now)
{
	char when[32];
	unsigned n;

	ac_time_write(when, now);
	snprintf(out, 64, "backup %.10s", when);
	for (n = 2; name_taken(m, out) && n < 100000; n++)
		snprintf(out, 64, "backup %.10s no %u", when, n);
}

static enum ac_err
invite(struct ac_space *s, const unsigned char secret[static 32], int64_t now, struct ac_fault *f)
{
	struct ac_val e[10], list = { .kind = AC_ARR, .n = 10, .items = e };
	struct ac_append b = { 0 };
	struct ac_arena a = { 0 };
	struct ac_invite_keys k;
	char name[64];
	enum ac_err err;

	ac_invite_derive(&k, secret);
	if ((err = ac_append_begin(&b, s, f)))
		goto out;
	name_backup(name, &s->members, now);
	if ((err = ac_invite_entry(e, &a, s, &k, AC_OWNER, AC_BACKUP, name, "", 0, f)))
		goto out;
	if (!(err = ac_append_entry(&b, &list, 300, f)))
		err = ac_append_commit(&b, f);
out:
	ac_append_end(&b);
	ac_wipe(&k, sizeof k);
	ac_arena_free(&a);
	return err;
}

/* Nobody holds the secret of a backup that was not made: what fails here leaves a name
 * in the list of invites. */
static void
take_back(struct ac_space *s, const unsigned char secret[static 32])
{
	struct ac_invite_keys k;

	ac_invite_derive(&k, secret);
	(void)!ac_invite_close(s, k.pk, NULL);
	ac_wipe(&k, sizeof k);
}

/* ---------------------------------------------------------------- gathering */

struct making {
	struct ac_space *s;
	const struct ac_backup_options *o;
	struct ac_arena arena;
	unsigned char invite[32];
	bool invited;
	int64_t now;
	struct ac_bundle_refs refs;
	struct ac_buf keys;        /* keys.json */
	int pack;                  /* fd of chains.bundle */
	uint64_t npack;
	const char **types;        /* readable */
	size_t ntypes;
	struct ac_space **spaces;  /* that are in it, and what is missing of each */
	const struct ac_val **missing;
	size_t nspaces;
};

static const struct ac_val *
ring(struct ac_arena *a, const struct ac_keyring *r, bool none)
{
	struct ac_val *list = ac_entry_list(a, none ? 0 : r->n);
	uint32_t i;

	for (i = 0; list && i < list->n; i++) {
		unsigned char *p = ac_arena_get(a, 32);

		if (!p)
			return NULL;
		memcpy(p, r->keys[i].key, 32);
		*ac_entry_at(list, i) = ac_val_bytes(p, 32);
	}
	return list;
}

static enum ac_err
remotes(const struct ac_val **out, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_val *list, *one;
	struct ac_remote *r;
	enum ac_err err;
	size_t n, i;

	if ((err = ac_remote_load(&r, &n, a, s, f)))
		return err;
	list = ac_entry_list(a, n);
	for (i = 0; list && i < n; i++) {
		if (!(one = ac_entry_list(a, 2)))
			return AC_ENOMEM;
		*ac_entry_at(one, 0) = ac_val_text(r[i].name);
		*ac_entry_at(one, 1) = ac_val_text(r[i].url);
		*ac_entry_at(list, i) = *one;
	}
	*out = list;
	return list ? AC_OK : AC_ENOMEM;
}

/* The secret by which each owner's device joins a share by itself: it lies in the vault,
 * boxed for owners. */
static enum ac_err
share_secret(struct ac_keysjson_space *out, struct making *m, struct ac_fault *f)
{
	struct ac_buf plain = { 0 };
	struct ac_share_record *r;
	enum ac_err err;
	size_t n, i;

	if ((err = ac_share_rows(&r, &n, &m->arena, m->s, f)))
		return err;
	for (i = 0; i < n && !out->has_invite; i++) {
		if (memcmp(r[i].sid, out->sid, 8) || !ac_space_unbox(&plain, m->s, r[i].box->bin, r[i].box->n)
		    || plain.len < 64)
			continue;
		memcpy(out->invite, plain.p, 32);
		out->has_invite = true;
	}
	ac_buf_free(&plain);
	return AC_OK;
}

/* Attachments of which git here lacks a part. */
struct lacking { struct ac_space *s; struct ac_arena *a; const struct ac_val *list; };

static enum ac_err
add_missing(void *ctx, const unsigned char hash[static 32], uint64_t size, struct ac_fault *f)
{
	struct lacking *l = ctx;
	unsigned char *copy;
	struct ac_val v;

	(void)size;
	(void)f;
	if (ac_chunks_here(l->s, hash))
		return AC_OK;
	if (!(copy = ac_arena_get(l->a, 32)))
		return AC_ENOMEM;
	memcpy(copy, hash, 32);
	v = ac_val_bytes(copy, 32);
	return (l->list = ac_val_append(l->a, l->list, &v)) ? AC_OK : AC_ENOMEM;
}

static enum ac_err
list_missing(const struct ac_val **out, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	static const struct ac_val none = { .kind = AC_ARR };
	struct lacking l = { s, a, &none };
	enum ac_err err = ac_files_each(s, add_missing, &l, f);

	if (!err)
		*out = l.list;
	return err;
}

static enum ac_err
add_space(struct ac_keysjson *k, struct making *m, struct ac_space *s, struct ac_fault *f)
{
	struct ac_keysjson_space *out = &k->space[k->n++];
	bool reads = m->o->read_only || !m->invited;
	unsigned char files[8];
	enum ac_err err;

	memcpy(out->sid, s->sid, 8);
	memcpy(out->root, s->root, 32);
	memcpy(out->vault, s->vault, 8);
	memcpy(out->name_key, s->secret->name_key, 32);
	out->kind = s->kind;
	out->epochs = ring(&m->arena, &s->epochs, false);
	out->owners = ring(&m->arena, &s->owners, reads);
	if (!out->epochs || !out->owners)
		return AC_ENOMEM;
	if (s == m->s && m->invited) {
		memcpy(out->invite, m->invite, 32);
		out->has_invite = true;
	}
	if (s != m->s && m->invited && (err = share_secret(out, m, f)))
		return err;
	if ((err = remotes(&out->remotes, &m->arena, s, f)) || (err = list_missing(&out->missing, &m->arena, s, f)))
		return err;
	m->missing[m->nspaces] = out->missing;
	m->spaces[m->nspaces++] = s;
	ac_space_files(files, s);
	if ((err = ac_bundle_refs_add(&m->refs, s->home->repo, s->sid, f)))
		return err;
	return ac_bundle_refs_add(&m->refs, s->home->repo, files, f);
}

static bool
belongs(const struct making *m, const struct ac_space *s)
{
	return s == m->s || (s->kind == AC_SPACE_SHARE_OWN && !memcmp(s->vault, m->s->sid, 8));
}

/* Branches and keys as of one moment; the lock is held. */
static enum ac_err
gather(struct making *m, struct ac_fault *f)
{
	struct ac_home *h = m->s->home;
	const struct ac_member *me = ac_members_find(&m->s->members, m->s->me);
	struct ac_keysjson k = { .time = m->now, .patient = m->s->patient };
	enum ac_err err;
	size_t i;

	k.person = me ? me->person : m->s->patient;
	k.space = ac_arena_get(&m->arena, h->nspaces * sizeof *k.space);
	m->spaces = ac_arena_get(&m->arena, h->nspaces * sizeof *m->spaces);
	m->missing = ac_arena_get(&m->arena, h->nspaces * sizeof *m->missing);
	if (!k.space || !m->spaces || !m->missing)
		return AC_ENOMEM;
	if ((err = add_space(&k, m, m->s, f)))
		return err;
	for (i = 0; i < h->nspaces && !err; i++)
		if (h->spaces[i] != m->s && belongs(m, h->spaces[i]))
			err = add_space(&k, m, h->spaces[i], f);
	return err ? err : ac_keysjson_write(&m->keys, &k, f);
}

static enum ac_err
list_types(struct making *m, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(m->s->home->index, "SELECT DISTINCT type FROM doc WHERE space = ? AND body IS NOT"
		" NULL ORDER BY type", "i", m->s->id);
	enum ac_err err = AC_OK;
	const char **more, *t;
	size_t cap = 0;

	while (!err && ac_rows_next(&q)) {
		t = ac_rows_text(&q, 0);
		if (strlen(t) > 60 || strspn(t, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != strlen(t))
			continue;
		if (m->ntypes == cap) {
			cap = cap ? 2 * cap : 256;
			if (!(more = ac_arena_get(&m->arena, cap * sizeof *more)))
				err = AC_ENOMEM;
			else {
				if (m->ntypes)
					memcpy(more, m->types, m->ntypes * sizeof *more);
				m->types = more;
			}
		}
		if (!err && !(m->types[m->ntypes++] = ac_arena_text(&m->arena, t, strlen(t))))
			err = AC_ENOMEM;
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

/* ------------------------------------------------------------- chains.bundle */

struct to_fd {
	int fd;
	uint64_t n;
};

static enum ac_err
write_fd(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	const unsigned char *at = p;
	struct to_fd *t = ctx;
	ssize_t one;

	for (; n; n -= (size_t)one, at += one) {
		one = write(t->fd, at, n);
		if (one < 0 && errno == EINTR)
			one = 0;
		if (one < 0)
			return ac_fault(f, AC_EIO, "the chains could not be packed: %s", ac_words_error(errno));
		t->n += (uint64_t)one;
	}
	return AC_OK;
}

/* A file without a name in a folder: not every file system of a stick knows such. */
static int
unnamed_in(const char *dir)
{
	char path[4200];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof path, "%.4100s/.aftercare-XXXXXX", dir);
	if ((fd = mkostemp(path, O_CLOEXEC)) >= 0)
		unlink(path);
	return fd;
}

/* Beside the backup, for the disk that is to hold it has room; else in the home. */
static int
unnamed(const char *path, const struct ac_home *h)
{
	const char *slash = strrchr(path, '/');
	char dir[4100];
	int fd = -1;

	if (strcmp(path, "-")) {
		snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
		fd = unnamed_in(dir);
	}
	return fd >= 0 ? fd : unnamed_in(h->path);
}

static enum ac_err
pack(struct making *m, const char *path, struct ac_fault *f)
{
	struct to_fd t = { .fd = m->pack = unnamed(path, m->s->home) };
	struct ac_sink to = { write_fd, &t };
	enum ac_err err;

	if (m->pack < 0)
		return ac_fault(f, AC_EIO, "no temporary file could be made beside %s: %s", path, ac_words_error(errno));
	if ((err = ac_bundle_write(&to, m->s->home->repo, &m->refs, f)))
		return err;
	m->npack = t.n;
	return lseek(m->pack, 0, SEEK_SET) ? ac_fault(f, AC_EIO, "the packed chains could not be read back") : AC_OK;
}

static enum ac_err
copy_pack(const struct ac_sink *to, struct making *m, struct ac_fault *f)
{
	unsigned char *p = malloc(1 << 16);
	uint64_t left = m->npack;
	enum ac_err err = p ? AC_OK : AC_ENOMEM;
	ssize_t n;

	while (left && !err) {
		n = read(m->pack, p, 1 << 16);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || (uint64_t)n > left) {
			err = ac_fault(f, AC_EIO, "the packed chains could not be read back");
			break;
		}
		err = to->write(to->ctx, p, (size_t)n, f);
		left -= (uint64_t)n;
	}
	free(p);
	return err;
}

/* -------------------------------------------------------------- the payload */

static enum ac_err
put_member(const struct ac_sink *to, struct making *m, const char *name, const void *p, size_t n, struct ac_fault *f)
{
	enum ac_err err = ac_tar_head(to, name, n, m->now / 1000, f);

	if (!err)
		err = to->write(to->ctx, p, n, f);
	return err ? err : ac_tar_pad(to, n, f);
}

/* The chains have it all; only what is beside them cannot be. */
static enum ac_err
unreadable(enum ac_err err, struct ac_fault *f)
{
	struct ac_fault why = { 0 };

	if ((err != AC_EVERSION && err != AC_ENET && err != AC_ENOTFOUND) || !f)
		return err;
	why = *f;
	return ac_fault(f, err, "make the backup without --readable, it keeps everything all the same; the readable part cannot be written: %.500s",
		why.text);
}

static enum ac_err
put_readable(const struct ac_sink *to, struct making *m, const char *type, struct ac_fault *f)
{
	struct ac_tar_counted first = { .to = NULL }, again = { .to = to };
	struct ac_sink count = { ac_tar_count, &first }, out = { ac_tar_count, &again };
	const char *types[2] = { type, NULL };
	char name[AC_TAR_NAME];
	uint64_t disputed;
	enum ac_err err;

	snprintf(name, sizeof name, AC_BACKUP_FOLDER "%s.ndjson", type);
	if ((err = ac_export(m->s, NULL, 0, types, AC_NDJSON, &count, &disputed, f))
	    || (err = ac_tar_head(to, name, first.n, m->now / 1000, f))
	    || (err = ac_export(m->s, NULL, 0, types, AC_NDJSON, &out, &disputed, f)))
		return err;
	if (first.n != again.n)
		return ac_fault(f, AC_EBUSY, "the record changed while it was written out; make the backup again");
	return ac_tar_pad(to, first.n, f);
}

static enum ac_err
put_payload(const struct ac_sink *to, struct making *m, struct ac_fault *f)
{
	enum ac_err err;
	size_t i;

	if ((err = put_member(to, m, AC_BACKUP_README, readme, sizeof readme - 1, f))
	    || (err = put_member(to, m, AC_BACKUP_KEYS, m->keys.p, m->keys.len, f))
	    || (err = ac_tar_head(to, AC_BACKUP_CHAINS, m->npack, m->now / 1000, f)) || (err = copy_pack(to, m, f))
	    || (err = ac_tar_pad(to, m->npack, f)))
		return err;
	for (i = 0; i < m->ntypes && !err; i++)
		err = unreadable(put_readable(to, m, m->types[i], f), f);
	return err ? err : ac_tar_end(to, f);
}

/* ------------------------------------------------------------- sealing it */

static void
add_key(unsigned char *keys, size_t *n, const unsigned char pk[static 32])
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (!memcmp(keys + i * 32, pk, 32))
			return;
	memcpy(keys + (*n)++ * 32, pk, 32);
}

/* The kit's public key, this home's own, and each that was named. */
static enum ac_err
recipients(unsigned char *keys, size_t *n, struct making *m, struct ac_fault *f)
{
	const struct ac_members *who = &m->s->members;
	unsigned char pk[32];
	enum ac_err err;
	size_t i;

	*n = 0;
	for (i = 0; i < who->ni && *n < AC_MAX_AGE_RECIPIENTS / 2; i++)
		if (ac_members_open(&who->i[i]) && ac_kit_public(pk, &who->i[i]))
			add_key(keys, n, pk);
	ac_crypto_dh_public(pk, m->s->home->age);
	add_key(keys, n, pk);
	for (i = 0; i < m->o->nto; i++) {
		if (*n == AC_MAX_AGE_RECIPIENTS)
			return ac_fault(f, AC_EUSAGE, "a backup can be sealed to %u keys at most", AC_MAX_AGE_RECIPIENTS);
		if ((err = ac_age_recipient_parse(pk, m->o->to[i], f)))
			return err;
		add_key(keys, n, pk);
	}
	return AC_OK;
}

static enum ac_err
seal(const struct ac_sink *to, const struct ac_age_recipients *r, struct making *m, struct ac_fault *f)
{
	struct ac_age_seal *s = NULL;
	struct ac_sink inner;
	enum ac_err err;

	if ((err = ac_age_seal_new(&s, r, to, f)))
		return err;
	inner = ac_age_seal_sink(s);
	if (!(err = put_payload(&inner, m, f)))
		err = ac_age_seal_end(s, f);
	ac_age_seal_free(s);
	return err;
}

/* Everything that can be refused is refused before anything is written. */
static enum ac_err
check(struct making *m, const char *path, const struct ac_sink *to, struct ac_fault *f)
{
	const struct ac_backup_options *o = m->o;

	if (o->passphrase && o->nto)
		return ac_fault(f, AC_EUSAGE, "a file is sealed either to keys or to a passphrase; leave one of the two out");
	if (!strcmp(path, "-") && !to)
		return ac_fault(f, AC_EUSAGE, "there is nowhere to write the backup to");
	if (!o->read_only && ac_space_role(m->s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only an owner of the record of %s can make a backup that writes again; "
			"make one with --read-only", m->s->patient);
	return AC_OK;
}

static enum ac_err
prepare(struct making *m, struct ac_fault *f)
{
	unsigned char secret[32];
	enum ac_err err;

	/* the invite and what is gathered are of one moment */
	if ((err = ac_home_lock(m->s->home, f)))
		return err;
	if (!m->o->read_only) {
		ac_crypto_random(secret, 32);
		if ((err = invite(m->s, secret, m->now, f)))
			goto out;
		memcpy(m->invite, secret, 32);
		m->invited = true;
	}
	err = gather(m, f);
	if (!err && m->o->readable)
		err = list_types(m, f);
out:
	ac_wipe(secret, sizeof secret);
	ac_home_unlock(m->s->home);
	return err;
}

/* Before the lock is taken: a download may last. */
static enum ac_err
fetch(struct making *m, struct ac_fault *f)
{
	struct ac_home *h = m->s->home;
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < h->nspaces && !err; i++)
		if (belongs(m, h->spaces[i]))
			err = ac_files_fetch_missing(h->spaces[i], f);
	return err;
}

struct telling { const struct making *m; const struct ac_val *missing; bool *told; };

static int
tell_one(void *ctx, const struct ac_attachment *a)
{
	struct telling *t = ctx;
	unsigned char hash[32];
	uint32_t i;

	for (i = 0; i < t->missing->n && ac_crypto_unhex(hash, 32, a->hash); i++)
		if (!memcmp(t->missing->items[i].bin, hash, 32)) {
			t->told[i] = true;
			t->m->o->missing(t->m->o->ctx, a);
		}
	return 0;
}

/* By the documents that have them now; else they are an earlier version's. */
static void
tell_missing(const struct making *m)
{
	struct ac_attachment a = { .ref = "", .title = "", .type = "" };
	struct telling t = { .m = m };
	size_t i;
	uint32_t j;

	for (i = 0; i < m->nspaces && m->o->missing; i++) {
		t.missing = m->missing[i];
		if (!t.missing->n || !(t.told = calloc(t.missing->n, sizeof *t.told)))
			continue;
		if (!ac_attachment_list(m->spaces[i], tell_one, &t, NULL))
			for (j = 0; j < t.missing->n; j++) {
				ac_crypto_hex(a.hash, t.missing->items[j].bin, 32);
				if (!t.told[j])
					m->o->missing(m->o->ctx, &a);
			}
		free(t.told);
	}
}

/* The full path, so that it is known from every folder. */
static void
note(struct making *m, const char *path)
{
	char *full = strcmp(path, "-") ? realpath(path, NULL) : NULL;

	/* the backup is made; that it is not remembered is no reason to call it not made */
	if (ac_backup_note(m->s, full ? full : path, m->now, 0, NULL))
		m->now = 0;
	free(full);
}

enum ac_err
ac_backup(struct ac_backup_done *out, struct ac_space *s, const char *path, const struct ac_sink *to,
	const struct ac_backup_options *o, struct ac_fault *f)
{
	struct making m = { .s = s, .o = o, .keys = { .max = AC_KEYSJSON_MAX }, .pack = -1, .now = ac_clock_ms() };
	unsigned char keys[(AC_MAX_AGE_RECIPIENTS + 1) * 32];
	struct ac_age_recipients r = { .keys = keys, .pass = o->passphrase, .npass = o->npassphrase };
	struct ac_backup_done done = { 0 };
	struct ac_file_out *file = NULL;
	struct ac_sink sink;
	struct ac_tar_counted c = { .to = &sink };
	struct ac_sink counting = { ac_tar_count, &c };
	enum ac_err err;
	size_t i;

	if ((err = check(&m, path, to, f)) || (!o->passphrase && (err = recipients(keys, &r.nkeys, &m, f))))
		return err;
	if (o->passphrase)
		r.keys = NULL;
	if (!strcmp(path, "-"))
		sink = *to;
	else {
		if ((err = ac_file_out_new(&file, path, 0600, o->overwrite, f)))
			return err;
		sink = ac_file_out_sink(file);
	}
	if ((err = fetch(&m, f)) || (err = prepare(&m, f)) || (err = pack(&m, path, f)))
		goto out;
	if ((err = seal(&counting, &r, &m, f)) || (file && (err = ac_file_out_commit(file, f))))
		goto out;
	note(&m, path);
	for (i = 0; i < m.nspaces; i++)
		done.missing += m.missing[i]->n;
	tell_missing(&m);
	done.bytes = c.n;
	done.recipients = o->passphrase ? 1 : r.nkeys;
	*out = done;
out:
	if (err && m.invited)
		take_back(s, m.invite);
	if (m.pack >= 0)
		close(m.pack);
	ac_file_out_free(file);
	ac_wipe(m.invite, sizeof m.invite);
	ac_buf_free(&m.keys);
	ac_bundle_refs_free(&m.refs);
	ac_arena_free(&m.arena);
	return err;
}
