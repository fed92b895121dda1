/* SPDX-License-Identifier: ISC */
#include "made.h"

#include "sync/age.h"
#include "sync/backup.h"
#include "sync/files.h"
#include "sync/tar.h"

static struct ac_home *home;
static struct ac_space *space;
static unsigned char kit[32];
static char kit_text[80];
static const char *file;

static int
setup(void **state)
{
	if (made_setup(state))
		return -1;
	home = made_make("home", &space, kit);
	made_fill(space);
	ac_age_identity_format(kit_text, kit);
	file = made_path("b.age");
	file = strdup(file);
	return 0;
}

static int
teardown(void **state)
{
	ac_home_close(home);
	free((char *)file);
	return made_teardown(state);
}

static struct ac_backup_done
backup(const char *path, const struct ac_backup_options *o)
{
	static const struct ac_backup_options plain;
	struct ac_backup_done done;

	MUST(ac_backup(&done, space, path, NULL, o ? o : &plain, &fault));
	return done;
}

static struct ac_restore
way(const char *to)
{
	struct ac_restore r = { .home = to, .passphrase = PASS, .npassphrase = strlen(PASS), .home_flags = AC_HOME_QUICK,
		.file = file, .identity = kit_text, .device = "phone" };

	return r;
}

static void
no_home(const char *path)
{
	char beside[300];

	assert_false(ac_home_there(path));
	assert_false(made_exists(path));
	snprintf(beside, sizeof beside, "%s.restoring", path);
	assert_false(made_exists(beside));
}

static void
equal_and_writable(void **state)
{
	struct ac_home *h = NULL, *h2 = NULL;
	struct ac_space *s = NULL, *s2 = NULL;
	struct ac_restore r = way(made_path("copy"));
	struct ac_backup_done done = backup(file, NULL);
	struct ac_verified v;
	struct stat st;

	(void)state;
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(done.bytes, st.st_size);
	assert_int_equal(done.recipients, 2);
	assert_int_equal(done.missing, 0);
	MUST(ac_restore(&h, &s, &r, NULL, &fault));
	made_same(space, s);
	assert_string_equal(ac_space_patient(s), "Ana Ruiz");
	assert_int_equal(ac_space_role(s), AC_OWNER);
	assert_string_equal(ac_home_path(h), r.home);
	made_put(s, "{\"resourceType\":\"Observation\",\"id\":\"new\",\"status\":\"final\",\"code\":{\"text\":\"x\"}}");
	MUST(ac_verify(&v, h, NULL, NULL, NULL, &fault));
	assert_int_equal(v.bad, 0);
	ac_home_close(h);
	/* opened again from nothing but its files: the index is rebuilt from the chains */
	assert_int_equal(unlink(made_path("copy/index")), 0);
	MUST(ac_home_open(&h, r.home, PASS, strlen(PASS), NULL, NULL, &fault));
	assert_int_equal(ac_space_role(ac_home_space(h, 0)), AC_OWNER);
	made_put(ac_home_space(h, 0), "{\"resourceType\":\"Basic\",\"id\":\"b\",\"code\":{\"text\":\"x\"}}");
	ac_home_close(h);
	/* the passphrase is reset with the kit, and one backup restores more than once */
	MUST(ac_home_reset(r.home, kit, "another one", 11, &fault));
	r.home = made_path("copy2");
	assert_int_equal(mkdir(r.home, 0755), 0);
	MUST(ac_restore(&h2, &s2, &r, NULL, &fault));
	made_same(space, s2);
	made_put(s2, "{\"resourceType\":\"Basic\",\"id\":\"b\",\"code\":{\"text\":\"y\"}}");
	ac_home_close(h2);
}

static void
refuses(void **state)
{
	static const struct ac_backup_options over = { .overwrite = true };
	struct ac_backup_options both = { .passphrase = "p", .npassphrase = 1, .nto = 1 }, o = { 0 };
	const char *to[] = { "age1nonsense" };
	struct ac_home *h = NULL;
	struct ac_space *s = NULL;
	struct ac_restore r = way(made_path("none"));
	struct ac_backup_done done;
	char other[80];
	unsigned char sk[32];
	size_t i, open = 0;

	(void)state;
	both.to = to;
	assert_int_equal(ac_backup(&done, space, file, NULL, &o, &fault), AC_EEXIST);
	assert_int_equal(ac_backup(&done, space, made_path("x"), NULL, &both, &fault), AC_EUSAGE);
	o.to = to;
	o.nto = 1;
	assert_int_equal(ac_backup(&done, space, made_path("x"), NULL, &o, &fault), AC_EUSAGE);
	assert_false(made_exists(made_path("x")));
	assert_int_equal(ac_backup(&done, space, made_path("no/such/x"), NULL, &over, &fault), AC_ENOTFOUND);
	/* an invite is left open only for a backup that was made */
	for (i = 0; i < space->members.ni; i++)
		open += space->members.i[i].standing == AC_BACKUP && ac_members_open(&space->members.i[i]);
	assert_int_equal(open, 1);
	/* a wrong key, no key, no file, a place that is taken */
	ac_crypto_random(sk, 32);
	ac_age_identity_format(other, sk);
	r.identity = other;
	assert_int_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_ELOCKED);
	r.identity = "nothing";
	assert_int_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_EINVAL);
	r.identity = NULL;
	assert_int_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_ELOCKED);
	r.identity = kit_text;
	r.file = made_path("nothing");
	assert_int_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_ENOTFOUND);
	no_home(r.home);
	r.file = file;
	r.home = made_path("home");
	assert_int_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_EEXIST);
	assert_true(ac_home_there(r.home));
}

static void
flip(const char *from, const char *to, size_t at, size_t cut)
{
	struct ac_buf b = { .max = 1 << 28 };

	MUST(ac_file_read(&b, from, 1 << 28, &fault));
	if (cut)
		b.len -= cut;
	else
		b.p[at] ^= 0x10;
	MUST(ac_file_put(to, b.p, b.len, 0600, &fault));
	ac_buf_free(&b);
}

/* Each changed byte fails: all of the header, and places over the whole file. */
static void
changed_bytes(void **state)
{
	struct ac_restore r = way(made_path("bad"));
	struct ac_home *h = NULL;
	struct ac_space *s = NULL;
	struct stat st;
	size_t at, step;

	(void)state;
	assert_int_equal(stat(file, &st), 0);
	r.file = made_path("bad.age");
	step = (size_t)st.st_size / 24;
	for (at = 0; at < (size_t)st.st_size; at += at < 400 ? 13 : step) {
		flip(file, r.file, at, 0);
		if (!ac_restore(&h, &s, &r, NULL, &fault))
			fail_msg("a changed byte %zu was not noticed", at);
		no_home(r.home);
	}
	flip(file, r.file, (size_t)st.st_size - 1, 0);
	assert_int_not_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_OK);
	for (at = 1; at < (size_t)st.st_size; at += at < 20 ? 7 : step) {
		flip(file, r.file, 0, at);
		assert_int_not_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_OK);
		no_home(r.home);
	}
	assert_int_equal(unlink(r.file), 0);
}

static void
passphrase(void **state)
{
	struct ac_backup_options o = { .passphrase = "for this file", .npassphrase = 13 };
	struct ac_restore r = way(made_path("by-pass"));
	struct ac_home *h = NULL;
	struct ac_space *s = NULL;

	(void)state;
	assert_int_equal(backup(made_path("p.age"), &o).recipients, 1);
	r.file = made_path("p.age");
	assert_int_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_ELOCKED);
	r.identity = NULL;
	r.sealed = "for that file";
	r.nsealed = 13;
	assert_int_equal(ac_restore(&h, &s, &r, NULL, &fault), AC_ELOCKED);
	no_home(r.home);
	r.sealed = "for this file";
	MUST(ac_restore(&h, &s, &r, NULL, &fault));
	made_same(space, s);
	ac_home_close(h);
}

static void
read_only(void **state)
{
	struct ac_backup_options o = { .read_only = true };
	struct ac_restore r = way(made_path("reader"));
	struct ac_home *h = NULL;
	struct ac_space *s = NULL;
	struct ac_wrote w;
	static const char json[] = "{\"resourceType\":\"Basic\",\"id\":\"r\",\"code\":{\"text\":\"x\"}}";
	size_t before = space->members.ni;

	(void)state;
	backup(made_path("r.age"), &o);
	assert_int_equal(space->members.ni, before);
	r.file = made_path("r.age");
	MUST(ac_restore(&h, &s, &r, NULL, &fault));
	made_same(space, s);
	assert_int_equal(ac_space_role(s), AC_READER);
	assert_int_equal(s->owners.n, 0);
	assert_int_equal(ac_put(&w, s, json, strlen(json), 0, &fault), AC_EREFUSED);
	ac_home_close(h);
}

/* What the owner wrote after the backup reaches the restored device: the epoch that began
 * then is wrapped for the backup's invite. */
static void
later_chains(void **state)
{
	struct ac_restore r = way(made_path("later"));
	struct ac_home *h = NULL;
	struct ac_space *s = NULL;
	char cmd[700], name[80];
	struct ac_oid at, was;

	(void)state;
	backup(made_path("l.age"), NULL);
	made_put(space, "{\"resourceType\":\"Basic\",\"id\":\"later\",\"code\":{\"text\":\"x\"}}");
	r.file = made_path("l.age");
	MUST(ac_restore(&h, &s, &r, NULL, &fault));
	snprintf(cmd, sizeof cmd, "cp -r %s/home/repo.git/objects %s/later/repo.git/", made_top, made_top);
	assert_int_equal(system(cmd), 0);
	ac_repo_ref_name(name, space->sid, space->branch);
	MUST(ac_repo_ref_get(&at, home->repo, name, &fault));
	MUST(ac_repo_ref_get(&was, h->repo, name, &fault));
	assert_memory_not_equal(&at, &was, sizeof at);
	ac_home_close(h);
	MUST(ac_home_open(&h, r.home, PASS, strlen(PASS), NULL, NULL, &fault));
	MUST(ac_repo_ref_set(h->repo, name, &at, &was, &fault));
	MUST(ac_home_lock(h, &fault));
	ac_home_unlock(h);
	made_same(space, ac_home_space(h, 0));
	ac_home_close(h);
}

/* ---------------------------------------------------------------- the stock tools */

static void
shell(const char *fmt, ...) AC_PRINTF(1, 2);
static void
shell(const char *fmt, ...)
{
	char cmd[4000] = "exec 2>&1; set -e; ";
	size_t n = strlen(cmd);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd + n, sizeof cmd - n, fmt, ap);
	va_end(ap);
	if (system(cmd))
		fail_msg("failed: %s", cmd);
}

static void
stock_tools(void **state)
{
	struct ac_backup_options o = { .readable = true };
	struct ac_buf b = { .max = 1 << 24 };
	char key[120], hex[65];

	(void)state;
	if (system("command -v age >/dev/null && command -v git >/dev/null && command -v tar >/dev/null")) {
		print_message("# age, git or tar are not here\n");
		skip();
	}
	backup(made_path("s.age"), &o);
	snprintf(key, sizeof key, "%s\n", kit_text);
	MUST(ac_file_put(made_path("key.txt"), key, strlen(key), 0600, &fault));
	shell("cd %s; mkdir out; age -d -i key.txt s.age | tar xf - -C out; cd out; test -s README.txt; test -s keys.json;"
		" git init -q --bare check; git -C check bundle verify ../chains.bundle >/dev/null;"
		" git clone -q --mirror chains.bundle clone; git -C clone fsck --strict >/dev/null", made_top);
	shell("cd %s/out; test $(git -C clone for-each-ref | wc -l) = $(git -C ../home/repo.git for-each-ref | wc -l);"
		" test $(wc -l <readable/Observation.ndjson) = 3; test -s readable/Patient.ndjson", made_top);
	/* the keys of the chains are in there, the device's own are not */
	MUST(ac_file_read(&b, made_path("out/keys.json"), 1 << 20, &fault));
	MUST(ac_buf_add(&b, "", 1));
	ac_crypto_hex(hex, space->epochs.keys[0].key, 32);
	assert_non_null(strstr((char *)b.p, hex));
	ac_crypto_hex(hex, space->secret->seed, 32);
	assert_null(strstr((char *)b.p, hex));
	ac_crypto_hex(hex, space->secret->dh, 32);
	assert_null(strstr((char *)b.p, hex));
	ac_buf_free(&b);
}

/* ---------------------------------------------------------------------- the proof */

static void
count_bad(void *ctx, const struct ac_bad *b)
{
	assert_true(b->what[0] && b->affects[0] && b->message[0]);
	++*(int *)ctx;
}

static void
proof(void **state)
{
	struct ac_restore r = { .file = made_path("v.age") };
	struct ac_backup_mark mark;
	struct ac_verified v, alone;
	struct stat st;
	int n = 0;

	(void)state;
	backup(r.file, NULL);
	MUST(ac_backup_last(&mark, space, &fault));
	assert_true(mark.time > 0 && !mark.verified);
	assert_string_equal(mark.file, r.file);
	MUST(ac_backup_verify(&v, &r, space, count_bad, &n, &fault));
	assert_int_equal(v.bad, 0);
	assert_int_equal(n, 0);
	assert_true(v.segments > 5 && v.versions > 6);
	assert_true(made_exists(v.certificate));
	MUST(ac_backup_last(&mark, space, &fault));
	assert_true(mark.verified > 0);
	/* the living record goes on: the backup is a beginning of it */
	made_put(space, "{\"resourceType\":\"Basic\",\"id\":\"on\",\"code\":{\"text\":\"x\"}}");
	MUST(ac_backup_verify(&v, &r, space, count_bad, &n, &fault));
	assert_int_equal(v.bad, 0);
	/* without a home */
	r.identity = kit_text;
	MUST(ac_backup_verify(&alone, &r, NULL, count_bad, &n, &fault));
	assert_int_equal(alone.bad, 0);
	assert_int_equal(alone.segments, v.segments);
	assert_string_equal(alone.certificate, "");
	/* damage is an answer */
	assert_int_equal(stat(r.file, &st), 0);
	flip(r.file, made_path("w.age"), (size_t)st.st_size / 2, 0);
	r.file = made_path("w.age");
	MUST(ac_backup_verify(&v, &r, space, count_bad, &n, &fault));
	assert_int_equal(v.bad, 1);
	assert_int_equal(n, 1);
	assert_true(made_exists(v.certificate));
}

/* Sealed to this home by another: it opens, and is not the record. */
static void
another_record(void **state)
{
	struct ac_restore r = { .file = made_path("o.age") };
	struct ac_backup_options o = { .nto = 1 };
	unsigned char kit2[32], age[32], pk[32];
	struct ac_backup_done done;
	struct ac_verified v;
	struct ac_home *h2;
	struct ac_space *s2;
	char text[80];
	const char *to[] = { text };
	int n = 0;

	(void)state;
	h2 = made_make("other", &s2, kit2);
	made_fill(s2);
	ac_home_age(home, age);
	ac_crypto_dh_public(pk, age);
	ac_age_recipient_format(text, pk);
	o.nto = 0;
	MUST(ac_backup(&done, s2, r.file, NULL, &o, &fault));
	o.nto = 1;
	assert_int_equal(ac_backup_verify(&v, &r, space, count_bad, &n, &fault), AC_ELOCKED);
	o.to = to;
	o.overwrite = true;
	MUST(ac_backup(&done, s2, r.file, NULL, &o, &fault));
	assert_int_equal(done.recipients, 3);
	MUST(ac_backup_verify(&v, &r, space, count_bad, &n, &fault));
	assert_int_equal(v.bad, 1);
	assert_int_equal(n, 1);
	MUST(ac_backup_verify(&v, &r, s2, count_bad, &n, &fault));
	assert_int_equal(v.bad, 0);
	ac_home_close(h2);
}

/* An owner who cancels the invite of a backup makes it one that only reads. */
static void
cancelled(void **state)
{
	struct ac_val e[2] = { ac_val_int(AC_ENTRY_CANCEL) }, list = { .kind = AC_ARR, .n = 2, .items = e };
	struct ac_restore r = { .file = made_path("c.age") };
	struct ac_append b;
	struct ac_verified v;
	unsigned char pk[32];
	int n = 0;

	(void)state;
	backup(r.file, NULL);
	memcpy(pk, space->members.i[space->members.ni - 1].pk, 32); /* members are read anew below */
	e[1] = ac_val_bytes(pk, 32);
	MUST(ac_append_begin(&b, space, &fault));
	MUST(ac_append_entry(&b, &list, 64, &fault));
	MUST(ac_append_commit(&b, &fault));
	ac_append_end(&b);
	MUST(ac_backup_verify(&v, &r, space, count_bad, &n, &fault));
	assert_int_equal(v.bad, 1);
}

/* ------------------------------------------------ what else belongs to a record */

static enum ac_err
to_buf(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	(void)f;
	return ac_buf_add(ctx, p, n);
}

static int
count_remote(void *ctx, const struct ac_remote_row *r)
{
	assert_string_equal(r->name, "hub");
	++*(int *)ctx;
	return 0;
}

static int
count_share(void *ctx, const struct ac_share_row *r)
{
	assert_string_equal(r->name, "Dr Lee");
	++*(int *)ctx;
	return 0;
}

static int
keep_ref(void *ctx, const struct ac_attachment *a)
{
	snprintf(ctx, AC_REF_MAX, "%s", a->ref);
	assert_true(a->here);
	return 0;
}

/* Attachments, remotes and shares come back; the restored device owns the share too. */
static void
whole_record(void **state)
{
	struct ac_share_options all = { .filter = { .all = true } };
	struct ac_restore r = way(made_path("whole"));
	struct ac_buf got = { .max = 1 << 22 };
	struct ac_sink to = { to_buf, &got };
	static unsigned char scan[300000];
	static struct ac_invited code;
	struct ac_sync_result sr;
	struct ac_home *h = NULL;
	struct ac_space *s = NULL, *share;
	char ref[AC_REF_MAX] = "", name[256];
	struct ac_wrote w;
	int remotes = 0, shares = 0;
	size_t i;

	(void)state;
	ac_crypto_random(scan, sizeof scan);
	MUST(ac_file_put(made_path("scan.bin"), scan, sizeof scan, 0600, &fault));
	MUST(ac_attachment_add(&w, space, made_path("scan.bin"), NULL, "Scan", &fault));
	MUST(ac_hub_init(made_path("hub"), &fault));
	MUST(ac_remote_add(space, "hub", made_path("hub"), &fault));
	MUST(ac_share_create(&code, space, "Dr Lee", &all, &fault));
	assert_int_equal(backup(made_path("f.age"), NULL).missing, 0);
	r.file = made_path("f.age");
	MUST(ac_restore(&h, &s, &r, NULL, &fault));
	made_same(space, s);
	MUST(ac_attachment_list(s, keep_ref, ref, &fault));
	MUST(ac_attachment_read(s, ref, &to, name, &fault));
	assert_int_equal(got.len, sizeof scan);
	assert_memory_equal(got.p, scan, sizeof scan);
	MUST(ac_remote_list(s, count_remote, &remotes, &fault));
	assert_int_equal(remotes, 1);
	MUST(ac_share_list(s, NULL, count_share, &shares, &fault));
	assert_int_equal(shares, 1);
	made_put(s, "{\"resourceType\":\"Basic\",\"id\":\"by-copy\",\"code\":{\"text\":\"x\"}}");
	MUST(ac_sync(&sr, s, NULL, NULL, &fault));
	MUST(ac_sync(&sr, s, NULL, NULL, &fault));
	assert_int_equal(sr.failed, 0);
	for (i = 0, share = NULL; i < h->nspaces; i++)
		if (h->spaces[i]->kind == AC_SPACE_SHARE_OWN)
			share = h->spaces[i];
	assert_non_null(share);
	assert_int_equal(ac_space_role(share), AC_OWNER);
	/* and the first device learns of what was written */
	MUST(ac_sync(&sr, space, NULL, NULL, &fault));
	assert_int_equal(sr.failed + sr.new_alerts, 0);
	MUST(ac_sync(&sr, s, NULL, NULL, &fault));
	made_same(space, s);
	ac_home_close(h);
	ac_buf_free(&got);
}

static void
keep_alert(void *ctx, const struct ac_alert *a)
{
	assert_string_equal(a->kind, "corrupt");
	++*(int *)ctx;
}

/* Junk that stands under a branch of the record is told of and left out. */
static void
junk_chain(void **state)
{
	struct ac_restore r = way(made_path("junk"));
	struct ac_buf junk = { 0 };
	unsigned char branch[16];
	struct ac_home *h = NULL;
	struct ac_space *s = NULL;
	struct ac_verified v;
	struct ac_oid at;
	int alerts = 0, n = 0;
	struct ac_sync_events e = { .alert = keep_alert, .ctx = &alerts };
	char name[80];

	(void)state;
	ac_crypto_random(branch, 16);
	MUST(ac_buf_addf(&junk, "this is no segment"));
	MUST(ac_repo_write(&at, home->repo, NULL, &junk, 1, &fault));
	ac_repo_ref_name(name, space->sid, branch);
	MUST(ac_repo_ref_set(home->repo, name, &at, NULL, &fault));
	backup(made_path("j.age"), NULL);
	MUST(ac_repo_ref_delete(home->repo, name, &fault));
	r.file = made_path("j.age");
	MUST(ac_restore(&h, &s, &r, &e, &fault));
	assert_int_equal(alerts, 1);
	assert_int_equal(ac_repo_ref_get(&at, h->repo, name, &fault), AC_ENOTFOUND);
	made_same(space, s);
	ac_home_close(h);
	r.identity = NULL;
	MUST(ac_backup_verify(&v, &r, space, count_bad, &n, &fault));
	assert_int_equal(v.bad, 1);
	ac_buf_free(&junk);
}

/* Junk on top of a good chain: the good is kept, and only that. */
static void
junk_on_top(void **state)
{
	struct ac_backup_options o = { .read_only = true };
	struct ac_restore r = way(made_path("top"));
	struct ac_buf junk = { 0 };
	struct ac_home *h = NULL;
	struct ac_space *s = NULL;
	struct ac_oid was, at;
	int alerts = 0;
	struct ac_sync_events e = { .alert = keep_alert, .ctx = &alerts };
	char name[80];

	(void)state;
	MUST(ac_buf_addf(&junk, "this is no segment"));
	ac_repo_ref_name(name, space->sid, space->branch);
	MUST(ac_repo_ref_get(&was, home->repo, name, &fault));
	MUST(ac_repo_write(&at, home->repo, &was, &junk, 1, &fault));
	MUST(ac_repo_ref_set(home->repo, name, &at, &was, &fault));
	backup(made_path("t.age"), &o);
	MUST(ac_repo_ref_set(home->repo, name, &was, &at, &fault));
	r.file = made_path("t.age");
	MUST(ac_restore(&h, &s, &r, &e, &fault));
	assert_int_equal(alerts, 1);
	MUST(ac_repo_ref_get(&at, h->repo, name, &fault));
	assert_memory_equal(&at, &was, sizeof at);
	made_same(space, s);
	ac_home_close(h);
	ac_buf_free(&junk);
}

/* ------------------------------------------------------------------------- tar */

struct mem { const unsigned char *p; size_t n, at; };

static enum ac_err
from_mem(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct mem *m = ctx;

	(void)f;
	if (*n > 100)
		*n = 100;
	if (*n > m->n - m->at)
		*n = m->n - m->at;
	memcpy(p, m->p + m->at, *n);
	m->at += *n;
	return AC_OK;
}

static void
tar_streams(void **state)
{
	struct ac_buf b = { 0 };
	struct ac_sink to = { to_buf, &b };
	struct mem m;
	struct ac_tar t = { .from = { from_mem, &m } };
	struct ac_tar_member e;
	bool end = false;
	size_t i;

	(void)state;
	MUST(ac_tar_head(&to, "a", 3, 1000, &fault));
	MUST(to.write(to.ctx, "abc", 3, &fault));
	MUST(ac_tar_pad(&to, 3, &fault));
	MUST(ac_tar_head(&to, "b/c", 0, 1000, &fault));
	MUST(ac_tar_end(&to, &fault));
	assert_int_equal(b.len % 512, 0);
	m = (struct mem){ b.p, b.len, 0 };
	MUST(ac_tar_next(&e, &end, &t, &fault));
	assert_string_equal(e.name, "a");
	assert_int_equal(e.size, 3);
	MUST(ac_tar_next(&e, &end, &t, &fault));
	assert_string_equal(e.name, "b/c");
	MUST(ac_tar_next(&e, &end, &t, &fault));
	assert_true(end);
	/* nothing may stand behind the end, however far behind */
	for (i = 0; i < 1500; i += 700) {
		static unsigned char behind[8192];

		memcpy(behind, b.p, b.len);
		behind[b.len + i] = 1;
		m = (struct mem){ behind, b.len + 2000, 0 };
		t = (struct ac_tar){ .from = { from_mem, &m } };
		MUST(ac_tar_next(&e, &end, &t, &fault));
		MUST(ac_tar_next(&e, &end, &t, &fault));
		assert_int_equal(ac_tar_next(&e, &end, &t, &fault), AC_EINVAL);
	}
	/* each byte of the first header counts */
	for (i = 0; i < 512; i++) {
		b.p[i] ^= 1;
		m = (struct mem){ b.p, b.len, 0 };
		t = (struct ac_tar){ .from = { from_mem, &m } };
		assert_int_equal(ac_tar_next(&e, &end, &t, &fault) == AC_OK, i == 154 || i == 155);
		b.p[i] ^= 1;
	}
	for (i = 1; i < b.len - 1024; i += 100) { /* and so does the end */
		m = (struct mem){ b.p, i, 0 };
		t = (struct ac_tar){ .from = { from_mem, &m } };
		end = false;
		while (!ac_tar_next(&e, &end, &t, &fault) && !end)
			;
		assert_false(end);
	}
	/* a size that octal cannot say */
	b.len = 0;
	MUST(ac_tar_head(&to, "big", (uint64_t)20 << 30, 1000, &fault));
	m = (struct mem){ b.p, b.len, 0 };
	t = (struct ac_tar){ .from = { from_mem, &m } };
	MUST(ac_tar_next(&e, &end, &t, &fault));
	assert_true(e.size == (uint64_t)20 << 30);
	ac_buf_free(&b);
}

struct told { unsigned listed, bad; char message[200]; };

static void
tell(void *ctx, const struct ac_bad *bad)
{
	struct told *t = ctx;

	t->listed += bad->listed;
	t->bad += !bad->listed;
	if (!bad->listed)
		snprintf(t->message, sizeof t->message, "%s", bad->message);
}

/* An attachment that a backup lacks and does not list is damage; one that it lists is not. */
static void
attachment_left_out(void **state)
{
	size_t n = 2000000; /* which has a branch of its own */
	unsigned char *bytes = malloc(n), files[8], hash[32];
	struct ac_chunks_at at;
	struct ac_restore r = way("");
	struct ac_verified v;
	struct told t = { 0 };
	struct ac_wrote w;
	struct ac_oid tip;
	char ref[80], path[4400];

	(void)state;
	ac_crypto_random(bytes, n);
	ac_crypto_hash(hash, 32, bytes, n, NULL, 0);
	MUST(ac_file_put(made_path("left.bin"), bytes, n, 0600, &fault));
	MUST(ac_attachment_add(&w, space, made_path("left.bin"), NULL, "Scan", &fault));
	MUST(ac_chunks_find(&at, space, hash, &fault));
	ac_space_files(files, space);
	ac_repo_ref_name(ref, files, at.branch);
	MUST(ac_repo_ref_get(&tip, home->repo, ref, &fault));
	MUST(ac_repo_ref_delete(home->repo, ref, &fault)); /* the bytes stay, and no branch has them */
	assert_int_equal(backup(made_path("left.age"), NULL).missing, 0);
	r.file = made_path("left.age");
	MUST(ac_backup_verify(&v, &r, space, tell, &t, &fault));
	assert_int_equal(v.bad, 1);
	assert_int_equal(t.bad, 1);
	assert_non_null(strstr(t.message, "does not say so"));
	/* and now they are not here */
	snprintf(path, sizeof path, "find %s/repo.git/objects -type f -size +1500k -delete", home->path);
	assert_int_equal(system(path), 0);
	MUST(ac_repo_reopen(home->repo, &fault));
	assert_false(ac_chunks_here(space, hash));
	memset(&t, 0, sizeof t);
	assert_int_equal(backup(made_path("listed.age"), NULL).missing, 1);
	r.file = made_path("listed.age");
	MUST(ac_backup_verify(&v, &r, space, tell, &t, &fault));
	assert_int_equal(v.bad, 0);
	assert_int_equal(t.listed, 1);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_and_writable), cmocka_unit_test(refuses), cmocka_unit_test(changed_bytes),
		cmocka_unit_test(passphrase), cmocka_unit_test(read_only), cmocka_unit_test(later_chains),
		cmocka_unit_test(stock_tools), cmocka_unit_test(proof), cmocka_unit_test(another_record), cmocka_unit_test(cancelled),
		cmocka_unit_test(whole_record), cmocka_unit_test(junk_chain), cmocka_unit_test(junk_on_top),
		cmocka_unit_test(attachment_left_out), cmocka_unit_test(tar_streams),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
