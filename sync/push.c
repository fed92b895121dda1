/* SPDX-License-Identifier: ISC */
/*
 * Method: a path hub is written by us: objects first, then each branch by compare and
 * swap with the value just read, never backwards, in causal order. Other hubs get a push
 * without force, the others' branches before our own. So a hub that shows a segment shows
 * what it was written upon.
 */
#include <dirent.h>
#include <fcntl.h>
#include <git2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "schema/faults.h"
#include "sync/child.h"
#include "sync/closed.h"
#include "sync/exchange.h"
#include "sync/transport.h"

struct branch {
	char name[80];
	unsigned char branch[16];
	struct ac_oid ours, theirs;
	bool there;
	bool refused;            /* by the server, in this try */
	bool moving;             /* in the push that is being put together, to: */
	size_t at;               /* index of a commit; n: none yet */
	struct ac_oid *commits;
	size_t n;
	uint64_t versions;
};
struct pushing {
	struct ac_quarantine *q;
	struct ac_space *s;
	const char *remote, *url;
	struct branch *b;
	size_t n, cap;
	bool *again;
	bool stop;               /* something did not move: nothing more of this namespace in this try */
	unsigned char sid[8];    /* the namespace: of chains or of invites */
	struct ac_closed over;   /* a share that was closed: hardly anything of it goes */
	bool is_over;
	struct ac_fault *f;
};

/* Versions in the last k segments of a chain. */
static enum ac_err
versions_in(uint64_t *out, struct ac_space *s, const unsigned char branch[static 16], uint64_t segments,
	struct ac_fault *f)
{
	int64_t n = 0;
	enum ac_err err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM version v JOIN chain c ON c.id = v.chain "
		"WHERE c.space = ? AND c.branch = ? AND v.seq > c.seq - ?", "ibi", s->id, branch, (size_t)16, (int64_t)segments);

	*out += (uint64_t)n;
	return err;
}

static enum ac_err
consider(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct pushing *p = ctx;
	const struct ac_oid *theirs = ac_quarantine_ref(p->q, name);
	struct branch b = { .ours = *at, .there = theirs != NULL }, *more;
	unsigned char sid[8];
	uint64_t segments = 0;
	bool found = true;
	enum ac_err err;

	if (!ac_repo_ref_parse(sid, b.branch, name) || memcmp(sid, p->sid, 8))
		return AC_OK;
	if (p->is_over && ac_closed_names(&p->over, sid, b.branch))
		return AC_OK;
	if (theirs && !memcmp(theirs, at, sizeof *at))
		return AC_OK;
	snprintf(b.name, sizeof b.name, "%s", name);
	if (theirs) {
		b.theirs = *theirs;
		if (!ac_repo_has(p->s->home->repo, theirs))
			return AC_OK; /* it has more than was verified here, or something else: take says so */
	}
	if ((err = ac_lineage(&b.commits, &b.n, &segments, &found, p->s->home->repo, at, theirs, f)))
		return err;
	if (!found) { /* theirs is no beginning of ours */
		free(b.commits);
		return AC_OK;
	}
	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 16;
		if (!(more = realloc(p->b, p->cap * sizeof *more))) {
			free(b.commits);
			return AC_ENOMEM;
		}
		p->b = more;
	}
	b.at = b.n;
	err = versions_in(&b.versions, p->s, b.branch, segments, f);
	p->b[p->n++] = b;
	return err;
}

static const unsigned char *order_own; /* our branch goes last */

static int
causal(const void *a, const void *b)
{
	const struct branch *x = a, *y = b;
	int ox = !memcmp(x->branch, order_own, 16), oy = !memcmp(y->branch, order_own, 16);

	return ox != oy ? ox - oy : strcmp(x->name, y->name);
}

/* A process that died while it moved this branch leaves git's lock file, which nobody
 * else removes. One that was seen unchanged for so long is taken for left over: whoever
 * moves a branch holds it for some milliseconds. Seen by us, because the clock of a
 * shared folder is not ours. */
#define STALE_MS 3000

/* An object of a hub is removed from where it lay when the pack that has it is so old:
 * a folder that is shared over a network shows its changes late, and in any order. */
#define HUB_GRACE (48u * 3600)

static void
wait_for_lock(const char *path, const char *ref)
{
	char lock[4300];
	struct stat was, now;
	int ms;

	snprintf(lock, sizeof lock, "%.4000s/%s.lock", path, ref);
	if (stat(lock, &was))
		return;
	for (ms = 0; ms < STALE_MS; ms += 50) {
		usleep(50000);
		if (stat(lock, &now) || now.st_ino != was.st_ino || now.st_mtim.tv_sec != was.st_mtim.tv_sec
		    || now.st_mtim.tv_nsec != was.st_mtim.tv_nsec)
			return;
	}
	unlink(lock);
}

static enum ac_err
order(struct ac_move **moves, size_t *n, struct pushing *p)
{
	struct ac_carried *c = calloc(p->n + 1, sizeof *c);
	enum ac_err err = AC_ENOMEM;
	size_t i;

	for (i = 0; i < p->n && c; i++)
		c[i] = (struct ac_carried){ p->b[i].branch, p->b[i].commits, p->b[i].n };
	if (c)
		err = ac_causal_order(moves, n, p->s, c, p->n, p->f);
	free(c);
	return err;
}

static enum ac_err
move_refs(struct pushing *p, struct ac_repo *hub, const char *path)
{
	struct ac_move *moves = NULL;
	struct branch *b;
	enum ac_err err;
	size_t n = 0, i;

	if ((err = order(&moves, &n, p)))
		return err;
	for (i = 0; i < n; i++) {
		b = &p->b[moves[i].which];
		err = ac_repo_ref_set(hub, b->name, &b->commits[moves[i].commit], b->there ? &b->theirs : NULL, p->f);
		if (err == AC_EBUSY) { /* somebody moved it, or is about to: fetch and try again */
			wait_for_lock(path, b->name);
			*p->again = true;
			b->versions = 0;
			err = AC_OK;
			break; /* what comes later may name it */
		}
		if (err)
			break;
		b->there = true;
		b->theirs = b->commits[moves[i].commit];
		p->q->bytes_out += 100;
		if (ac_faults_on("push"))
			raise(SIGKILL);
	}
	free(moves);
	return err;
}

/* What killed processes left half written, by the names that libgit2 gives it. A day is
 * more than any object or pack takes to be written, and more than clocks differ; if one
 * were being written all the same, its writer would fail and do it again. */
#define BEGUN_SECONDS (24 * 3600)

static void
sweep_begun(const char *folder, const char *prefix)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, prefix, strlen(prefix)) && !fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW)
		    && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > BEGUN_SECONDS)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

static enum ac_err
to_path(struct pushing *p, const char *path)
{
	struct ac_repo *hub = NULL;
	char objects[4200], packs[4300];
	enum ac_err err;
	size_t i;

	if ((err = ac_repo_open(&hub, path, false, p->f)))
		return ac_fault(p->f, AC_ENET, "there is no hub at %.300s; plug it in, or make one with hub init", path);
	snprintf(objects, sizeof objects, "%.4000s/objects", path);
	snprintf(packs, sizeof packs, "%s/pack", objects);
	sweep_begun(objects, "tmp_object_git2_");
	sweep_begun(packs, "pack_git2_");
	for (i = 0; i < p->n && !err; i++)
		err = ac_repo_copy(p->s->home->repo, objects, p->b[i].commits, p->b[i].n, &p->q->bytes_out, p->f);
	if (!err)
		err = move_refs(p, hub, path);
	if (!err && ac_repo_crowded(objects, AC_REPO_MANY))
		(void)!ac_repo_repack(p->s->home->repo, objects, AC_REPO_MANY, HUB_GRACE, NULL);
	ac_repo_close(hub);
	return err ? ac_hub_failed(path, false, err, p->f) : AC_OK;
}

#define SAID_MAX ((uint64_t)64 << 20) /* what a server may say in a push: its branches, a report */

/* One push to a server, of some of the branches. */
struct sending {
	struct pushing *p;
	uint64_t bytes;
	char status[100];        /* the first refusal's, made printable */
	bool for_good;           /* which is no matter of who was first */
	struct ac_words words;   /* what the server said besides */
};

static int
sent_bytes(unsigned int current, unsigned int total, size_t bytes, void *ctx)
{
	(void)current;
	(void)total;
	((struct sending *)ctx)->bytes = bytes;
	return 0;
}

static int
server_words(const char *text, int n, void *ctx)
{
	ac_words_keep(&((struct sending *)ctx)->words, text, n > 0 ? (size_t)n : 0);
	return 0;
}

/* What git's own server and others say when somebody else moves the same branch. */
static bool
lost_race(const char *status)
{
	static const char *const known[] = { "failed to update ref", "fetch first", "non-fast-forward",
		"already exists", "stale info", "lock" };
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strstr(status, known[i]))
			return true;
	return false;
}

static int
told(const char *ref, const char *status, void *ctx)
{
	struct sending *s = ctx;
	struct ac_words w = { 0 };
	size_t i;

	if (!status)
		return 0;
	*s->p->again = s->p->stop = true;
	for (i = 0; i < s->p->n; i++)
		s->p->b[i].refused |= !strcmp(s->p->b[i].name, ref);
	if (!s->status[0] || (!s->for_good && !lost_race(status))) {
		ac_words_keep(&w, status, strlen(status));
		snprintf(s->status, sizeof s->status, "%.99s", w.s);
		s->for_good = !lost_race(status);
	}
	return 0;
}

static enum ac_err
send_failed(struct sending *s, const char *shown)
{
	const git_error *e = git_error_last();
	const char *why = s->words.n ? s->words.s : e && e->message ? e->message : ac_words("it gave no reason");

	if (ac_transport_error()[0])
		return ac_fault(s->p->f, AC_ENET, "%s", ac_transport_error());
	if (s->for_good)
		return ac_fault(s->p->f, AC_ENET, "%s: the server refused what was sent (%s)%s%s; ask who runs it", shown,
			s->status, s->words.n ? ": " : "", s->words.s);
	return ac_fault(s->p->f, AC_ENET, "%s: the server could not keep what was sent: %s", shown, why);
}

static bool
is_own(const struct pushing *p, const struct branch *b)
{
	return !memcmp(b->branch, p->s->branch, 16);
}

/* libgit2 1.5 pushes branches only, and what goes now may be less than the home's branch is:
 * the quarantine has branches of its own. */
static int
source(char out[static 80], const struct pushing *p, const struct branch *b)
{
	git_reference *ref = NULL;
	git_oid oid, has;
	int rc;

	snprintf(out, 80, "%.79s", b->name);
	if (!git_reference_name_to_id(&has, p->q->git, out) && !memcmp(has.id, b->commits[b->at].id, 20))
		return 0;
	memcpy(oid.id, b->commits[b->at].id, 20);
	snprintf(out, 80, "refs/pushing/%zu", (size_t)(b - p->b));
	rc = git_reference_create(&ref, p->q->git, out, &oid, 1, NULL);
	git_reference_free(ref);
	return rc;
}

static enum ac_err
add_specs(git_strarray *specs, const struct pushing *p, bool own)
{
	const struct branch *b;
	char from[80];

	for (b = p->b; b < p->b + p->n; b++) {
		if (!b->moving || is_own(p, b) != own)
			continue;
		if (source(from, p, b))
			return ac_fault(p->f, AC_EIO, "%.300s could not be written", p->q->dir);
		if (asprintf(&specs->strings[specs->count], "%s:%s", from, b->name) < 0)
			return AC_ENOMEM;
		specs->count++;
	}
	return AC_OK;
}

static enum ac_err
one_push(struct pushing *p, bool own)
{
	git_push_options o;
	git_remote *remote = NULL;
	git_strarray specs = { calloc(p->n + 1, sizeof(char *)), 0 };
	struct sending s = { .p = p };
	char shown[AC_TRANSPORT_SHOWN];
	enum ac_err err = AC_OK;
	int rc = 0;

	if (!specs.strings)
		return AC_ENOMEM;
	if ((err = add_specs(&specs, p, own)) || !specs.count)
		goto out;
	git_push_options_init(&o, GIT_PUSH_OPTIONS_VERSION);
	o.pb_parallelism = 1;
	o.callbacks.push_transfer_progress = sent_bytes;
	o.callbacks.push_update_reference = told;
	o.callbacks.sideband_progress = server_words;
	o.callbacks.payload = &s;
	ac_transport_reset();
	ac_transport_limits(&(struct ac_transport_limits){ .max_bytes = SAID_MAX });
	rc = ac_transport_remote(&remote, p->q->git, p->url);
	if (!rc)
		rc = git_remote_push(remote, &specs, &o);
	p->q->bytes_out += s.bytes + specs.count * 100;
	if (rc == GIT_ENONFASTFORWARD)
		*p->again = p->stop = true;
	else if (rc || s.for_good) {
		ac_transport_shown(shown, p->url);
		err = send_failed(&s, shown);
	}
out:
	git_remote_free(remote);
	while (specs.count)
		free(specs.strings[--specs.count]);
	free(specs.strings);
	return err;
}

/* Our own branch goes in a push of its own, when those of others are there: also where steps
 * go together. */
static enum ac_err
push_moving(struct pushing *p)
{
	enum ac_err err = one_push(p, false);
	size_t i;

	if (!err && !p->stop)
		err = one_push(p, true);
	for (i = 0; i < p->n; i++)
		p->b[i].moving = false;
	return err;
}

/* Bytes of a commit's blobs. */
static enum ac_err
weigh(uint64_t *out, struct pushing *p, git_odb *odb, struct ac_batch *b, const struct ac_oid *commit)
{
	git_object_t type;
	git_oid oid;
	enum ac_err err = ac_repo_read(b, p->s->home->repo, commit, p->f);
	size_t i, n;

	*out = 0;
	for (i = 0; i < b->n && !err; i++) {
		memcpy(oid.id, b->blobs[i].id, 20);
		if (!git_odb_read_header(&n, &type, odb, &oid))
			*out += n;
	}
	return err;
}

/* As much goes in one push as a server takes and a broken connection may cost. */
#define PORTION (64u << 20)

/* A server moves the branches of a push one after the other, and may die in between, or refuse
 * one and take the rest: so a push holds moves of one step alone. Each costs a connection: of
 * more steps than these, which chains have that answered each other long before this hub was
 * there, the first go together. */
#define STEPS 64

static enum ac_err
to_server(struct pushing *p)
{
	uint64_t portion = ac_faults_number("AFTERCARE_PORTION", PORTION), total = 0, size;
	size_t steps = (size_t)ac_faults_number("AFTERCARE_STEPS", STEPS);
	struct ac_batch *batch = malloc(sizeof *batch);
	struct ac_move *moves = NULL;
	git_odb *odb = NULL;
	struct branch *b;
	enum ac_err err;
	size_t n = 0, i, together;

	if (!batch || git_repository_odb(&odb, ac_repo_git(p->s->home->repo))) {
		err = AC_ENOMEM;
		goto out;
	}
	if ((err = order(&moves, &n, p)))
		goto out;
	together = n && moves[n - 1].step > steps ? moves[n - 1].step - steps : 0;
	for (i = 0; i < n && !err && !p->stop; i++) {
		b = &p->b[moves[i].which];
		if (i && moves[i].step != moves[i - 1].step && moves[i].step > together + 1) {
			total = 0;
			if ((err = push_moving(p)) || p->stop)
				break;
		}
		while (b->at > moves[i].commit && !(err = weigh(&size, p, odb, batch, &b->commits[b->at - 1])) && !p->stop) {
			if (total && total + size > portion) {
				err = push_moving(p);
				total = 0;
				if (err || p->stop)
					break;
			}
			total += size;
			b->at--;
			b->moving = true;
		}
	}
	if (!err && !p->stop)
		err = push_moving(p);
out:
	git_odb_free(odb);
	free(batch);
	free(moves);
	return err;
}

/* A refusal where nobody else had moved the branch, that may still be another's doing. */
static void
note_stuck(struct pushing *p, const struct branch *b, const struct ac_oid *now)
{
	char shown[AC_TRANSPORT_SHOWN];

	if (!b->refused || (now != NULL) != b->there || (now && memcmp(now, &b->theirs, sizeof *now)))
		return;
	ac_transport_shown(shown, p->url);
	snprintf(p->q->stuck, sizeof p->q->stuck, ac_words("%.200s: the server does not move a branch; sync again, and if it stays"
		" so have the lock file %.80s.lock removed there, which a killed process left"), shown, b->name);
}

/* Read back: what the remote shows now is at least what we have. */
static enum ac_err
read_back(struct pushing *p, uint64_t *versions)
{
	const struct ac_oid *now;
	enum ac_err err = ac_quarantine_list(p->q, p->url, p->f);
	size_t i;

	for (i = 0; i < p->n && !err; i++) {
		now = ac_quarantine_ref(p->q, p->b[i].name);
		if (!now || memcmp(now, &p->b[i].ours, sizeof *now)) {
			note_stuck(p, &p->b[i], now);
			*p->again = true;
			continue;
		}
		*versions += p->b[i].versions;
		err = ac_remote_saw(p->s, p->remote, p->sid, p->b[i].branch, now, p->f);
	}
	return err;
}

static enum ac_err
push_namespace(struct pushing *p, uint64_t *versions)
{
	char prefix[64], hex[17];
	const char *path;
	enum ac_err err;
	size_t i;

	p->n = 0;
	p->stop = false;
	ac_crypto_hex(hex, p->sid, 8);
	snprintf(prefix, sizeof prefix, "refs/heads/%s/", hex);
	if ((err = ac_repo_refs(p->s->home->repo, prefix, consider, p, p->f)) || !p->n)
		goto out;
	order_own = p->s->branch;
	qsort(p->b, p->n, sizeof *p->b, causal);
	for (i = 0; i < p->n && !err; i++)
		err = ac_closed_carry(p->s, p->b[i].name, &p->b[i].ours, p->f);
	if (err)
		goto out;
	err = ac_remote_is_path(p->url, &path) ? to_path(p, path) : to_server(p);
	if (!err)
		err = read_back(p, versions);
out:
	for (i = 0; i < p->n; i++)
		free(p->b[i].commits);
	return err;
}

enum ac_err
ac_push(struct ac_quarantine *q, struct ac_space *s, const char *remote, const char *url, uint64_t *versions,
	bool *again, struct ac_fault *f)
{
	struct pushing p = { .q = q, .s = s, .remote = remote, .url = url, .again = again, .f = f };
	uint64_t none = 0;
	enum ac_err err;

	*again = false;
	q->stuck[0] = 0;
	p.is_over = ac_closed_is(&p.over, s);
	/* invites and attachments first: what is published may need them */
	ac_space_invites(p.sid, s->sid);
	if ((err = push_namespace(&p, &none)))
		goto out;
	ac_space_files(p.sid, s);
	if ((err = push_namespace(&p, &none)))
		goto out;
	memcpy(p.sid, s->sid, 8);
	err = push_namespace(&p, versions);
out:
	free(p.b);
	return err;
}

struct unsent { struct ac_space *s; const char *remote; uint64_t n; };

static enum ac_err
count_unsent(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct unsent *u = ctx;
	unsigned char sid[8], branch[16];
	struct ac_oid theirs, *commits = NULL;
	char remote[128];
	uint64_t segments = 0;
	bool found, known;
	enum ac_err err;
	size_t n;

	if (!ac_repo_ref_parse(sid, branch, name) || memcmp(sid, u->s->sid, 8))
		return AC_OK;
	ac_remote_ref(remote, u->remote, sid, branch);
	known = !ac_repo_ref_get(&theirs, u->s->home->repo, remote, NULL);
	if (known && !memcmp(&theirs, at, sizeof theirs))
		return AC_OK;
	if (known && !ac_repo_has(u->s->home->repo, &theirs))
		known = false;
	if ((err = ac_lineage(&commits, &n, &segments, &found, u->s->home->repo, at, known ? &theirs : NULL, f)))
		return err;
	free(commits);
	return found ? versions_in(&u->n, u->s, branch, segments, f) : AC_OK;
}

enum ac_err
ac_push_unsent(uint64_t *out, struct ac_space *s, const char *remote, struct ac_fault *f)
{
	struct unsent u = { s, remote, 0 };
	char prefix[64], hex[17];
	enum ac_err err;

	ac_crypto_hex(hex, s->sid, 8);
	snprintf(prefix, sizeof prefix, "refs/heads/%s/", hex);
	if (!(err = ac_repo_refs(s->home->repo, prefix, count_unsent, &u, f)))
		*out = u.n;
	return err;
}
