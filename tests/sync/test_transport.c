/* SPDX-License-Identifier: ISC */
/*
 * The carriers against real servers on this machine (tests/lib/serve.py), both
 * ways, checked with stock git; then everything that can go wrong, each with
 * the words that the person gets. Runs from the root of the repository.
 */
#include <errno.h>
#include <git2.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "sync/cred.h"
#include "sync/transport.h"

#define BLOB (3u << 20)

static char tmp[64];

/* ------------------------------------------------------------------- helping */

static void AC_PRINTF(3, 4)
text(char *out, size_t cap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	assert_true((size_t)vsnprintf(out, cap, fmt, ap) < cap);
	va_end(ap);
}

static void AC_PRINTF(1, 2)
shell(const char *fmt, ...)
{
	char line[4096];
	va_list ap;

	va_start(ap, fmt);
	assert_true(vsnprintf(line, sizeof line, fmt, ap) < (int)sizeof line);
	va_end(ap);
	if (system(line))
		fail_msg("failed: %s", line);
}

static void
put(const char *name, const char *words, mode_t mode)
{
	char path[256];
	FILE *f;

	text(path, sizeof path, "%s/%s", tmp, name);
	assert_non_null(f = fopen(path, "w"));
	assert_true(fputs(words, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
get(char *out, size_t cap, const char *name)
{
	char path[256];
	FILE *f;

	out[0] = 0;
	text(path, sizeof path, "%s/%s", tmp, name);
	if (!(f = fopen(path, "r")))
		return;
	out[fread(out, 1, cap - 1, f)] = 0;
	fclose(f);
}

struct server {
	char url[512], ca[256], ssh[1024];
	pid_t pid;
	FILE *out;
};

static bool
word(char *out, size_t cap, const char *line, const char *name)
{
	size_t n = strlen(name);
	const char *s = line + n + 1;

	if (strncmp(line, name, n) || line[n] != '=')
		return false;
	text(out, cap, "%.*s", (int)strcspn(*s == '\'' ? s + 1 : s, "'\n"), *s == '\'' ? s + 1 : s);
	return true;
}

static void
serve(struct server *s, const char *args)
{
	char line[2048], no[32] = "";

	memset(s, 0, sizeof *s);
	text(line, sizeof line, "exec python3 tests/lib/serve.py %s 2>>%s/servers.log", args, tmp);
	assert_non_null(s->out = popen(line, "r"));
	while (fgets(line, sizeof line, s->out) && !word(line, sizeof line, line, "READY")) {
		word(s->url, sizeof s->url, line, "URL");
		word(s->ca, sizeof s->ca, line, "CA");
		word(s->ssh, sizeof s->ssh, line, "SSH");
		word(no, sizeof no, line, "PID");
	}
	s->pid = (pid_t)atoi(no);
	assert_true(s->pid > 1);
	if (s->ca[0])
		setenv("AFTERCARE_CA_FILE", s->ca, 1);
	if (s->ssh[0])
		setenv("AFTERCARE_SSH", s->ssh, 1);
}

static void
end(struct server *s)
{
	kill(s->pid, SIGTERM);
	pclose(s->out);
	unsetenv("AFTERCARE_CA_FILE");
	unsetenv("AFTERCARE_SSH");
}

/* hub.git with one commit that holds BLOB bytes which do not compress. */
static int
setup(void **state)
{
	(void)state;
	shell("rm -rf %s/hub.git %s/work %s/mine %s/helped; cd %s && git init -q --bare -b main hub.git && "
		"git -C hub.git config http.receivepack true && git init -q -b main work && cd work && "
		"head -c %u /dev/urandom >blob && git add blob && git commit -qm one && "
		"git push -q ../hub.git main && git init -q --bare -b main ../mine", tmp, tmp, tmp, tmp, tmp, BLOB);
	put("gitconfig", "", 0600);
	ac_transport_limits(NULL);
	ac_transport_reset();
	return 0;
}

/* No process is left behind, not even a dead one. */
static int
teardown(void **state)
{
	(void)state;
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static git_repository *
mine(void)
{
	git_repository *r;
	char path[256];

	text(path, sizeof path, "%s/mine", tmp);
	assert_int_equal(git_repository_open_bare(&r, path), 0);
	return r;
}

/* Without url.insteadOf: libgit2 1.5 leaks memory when it looks for that. */
static git_remote *
remote_of(git_repository *r, const char *url)
{
	git_remote_create_options o = GIT_REMOTE_CREATE_OPTIONS_INIT;
	git_remote *remote;

	o.repository = r;
	o.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
	assert_int_equal(git_remote_create_with_opts(&remote, url, &o), 0);
	return remote;
}

static int
fetch(const char *url, const char *name)
{
	char *spec = (char *)"+refs/heads/*:refs/heads/*", whole[1024];
	git_strarray specs = { &spec, 1 };
	git_repository *r = mine();
	git_remote *remote;
	int rc;

	text(whole, sizeof whole, "%s%s", url, name);
	ac_transport_reset();
	remote = remote_of(r, whole);
	rc = git_remote_fetch(remote, &specs, NULL, NULL);
	git_remote_free(remote);
	git_repository_free(r);
	return rc;
}

static int
push(const char *url, const char *name, const char *spec)
{
	char *one = (char *)spec, whole[1024];
	git_strarray specs = { &one, 1 };
	git_repository *r = mine();
	git_remote *remote;
	int rc;

	text(whole, sizeof whole, "%s%s", url, name);
	ac_transport_reset();
	remote = remote_of(r, whole);
	rc = git_remote_push(remote, &specs, NULL);
	git_remote_free(remote);
	git_repository_free(r);
	return rc;
}

static void
says(const char *words)
{
	if (!strstr(ac_transport_error(), words))
		fail_msg("wanted \"%s\", got \"%s\" (%s)", words, ac_transport_error(),
			git_error_last() ? git_error_last()->message : "");
}

static void
good(int rc)
{
	if (rc)
		fail_msg("%d: \"%s\" (%s)", rc, ac_transport_error(), git_error_last()->message);
}

/* Fetches, adds a commit with a second large blob, pushes; git looks at both. */
static void
both_ways(const char *url)
{
	uint64_t in, out;

	good(fetch(url, "/hub.git"));
	ac_transport_counts(&in, &out);
	assert_true(in > BLOB && out > 0 && out < 10000);
	shell("cd %s && test $(git -C mine rev-parse main) = $(git -C hub.git rev-parse main) && "
		"git -C mine fsck --full 2>/dev/null", tmp);
	good(fetch(url, "/hub.git"));
	ac_transport_counts(&in, NULL);
	assert_true(in < 10000);
	shell("cd %s/work && head -c %u /dev/urandom >second && git add second && git commit -qm two && "
		"git push -q ../mine main", tmp, BLOB);
	good(push(url, "/hub.git", "refs/heads/main:refs/heads/main"));
	ac_transport_counts(&in, &out);
	assert_true(out > BLOB && in < 10000);
	shell("cd %s && test $(git -C work rev-parse main) = $(git -C hub.git rev-parse main) && "
		"git -C hub.git fsck --full 2>/dev/null", tmp);
	good(push(url, "/hub.git", "refs/heads/main:refs/heads/small"));
	good(push(url, "/hub.git", ":refs/heads/small"));
}

static void
with(struct server *s, const char *kind, const char *more)
{
	char args[512];

	text(args, sizeof args, "%s %s %s", kind, tmp, more);
	serve(s, args);
}

/* ------------------------------------------------------------------- as it should */

static void
http_plain(void **state)
{
	struct server s;

	(void)state;
	with(&s, "http", "");
	both_ways(s.url);
	end(&s);
}

static void
https_plain(void **state)
{
	struct server s;

	(void)state;
	with(&s, "https", "");
	both_ways(s.url);
	end(&s);
}

static void
ssh_plain(void **state)
{
	struct server s;

	(void)state;
	with(&s, "ssh", "");
	both_ways(s.url);
	end(&s);
}

/* A helper that gives what is in the file `pass`, and notes what it is told. */
static void
helper(const char *pass)
{
	char line[512];

	text(line, sizeof line, "[credential]\n\thelper = /bin/false\n\thelper = %s/helper --some\n", tmp);
	put("gitconfig", line, 0600);
	put("pass", pass, 0600);
	text(line, sizeof line, "#!/bin/sh\ncd %s\n{ echo \"$*\"; cat; } >>helped\n"
		"[ \"$2\" != get ] || { echo username=ben; echo password=$(cat pass); }\n", tmp);
	put("helper", line, 0700);
	text(line, sizeof line, "%s/helped", tmp);
	unlink(line);
}

static void
with_password(const char *kind)
{
	struct server s;
	char url[1024], told[4096];

	with(&s, kind, "--auth ben:s3cret");
	helper("s3cret");
	both_ways(s.url);
	get(told, sizeof told, "helped");
	assert_non_null(strstr(told, "--some get\nprotocol=http"));
	assert_non_null(strstr(told, "host=127.0.0.1:"));
	assert_non_null(strstr(told, "--some store\n"));
	assert_non_null(strstr(told, "password=s3cret\n"));
	assert_null(strstr(told, "erase"));
	/* in the address: the helper is left alone */
	helper("other");
	text(url, sizeof url, "%.*sben:s3cret@%s", (int)(strstr(s.url, "//") + 2 - s.url), s.url,
		strstr(s.url, "//") + 2);
	good(fetch(url, "/hub.git"));
	get(told, sizeof told, "helped");
	assert_string_equal(told, "");
	end(&s);
}

static void
http_password(void **state)
{
	(void)state;
	with_password("http");
}

static void
https_password(void **state)
{
	(void)state;
	with_password("https");
}

/* ------------------------------------------------------------- as it should not */

static void
wrong_password(void **state)
{
	struct server s;
	char url[1024], told[4096];

	(void)state;
	with(&s, "http", "--auth ben:s3cret");
	helper("wr0ng");
	assert_int_equal(fetch(s.url, "/hub.git"), GIT_EAUTH);
	says("did not accept the user name and password");
	get(told, sizeof told, "helped");
	assert_non_null(strstr(told, "--some erase\n"));
	assert_null(strstr(told, "store"));
	helper("s3cret");
	text(url, sizeof url, "http://ben:wr0ng@%s", s.url + 7);
	assert_true(fetch(url, "/hub.git") < 0);
	says("did not accept");
	assert_null(strstr(ac_transport_error(), "wr0ng"));
	assert_null(strstr(git_error_last()->message, "wr0ng"));
	put("gitconfig", "", 0600);
	assert_true(push(s.url, "/hub.git", "refs/heads/main:refs/heads/main") < 0);
	says("no credential helper");
	end(&s);
}

static void
statuses(void **state)
{
	struct server s;

	(void)state;
	with(&s, "http", "");
	assert_int_equal(fetch(s.url, "/other.git"), GIT_ENOTFOUND);
	says("no repository at this address (404)");
	says(s.url);
	s.url[strlen(s.url) - 4] = 0; /* without /git */
	assert_true(fetch(s.url, "/forbidden/hub.git") < 0);
	says("forbids this (403); ask who runs it for the right to read");
	assert_true(push(s.url, "/forbidden/hub.git", "refs/heads/main:refs/heads/main") < 0);
	says("right to write");
	assert_true(fetch(s.url, "/broken/hub.git") < 0);
	says("the server failed (500)");
	assert_true(fetch(s.url, "/moved/hub.git") < 0);
	says("has moved (301)");
	end(&s);
	assert_true(fetch(s.url, "/hub.git") < 0);
	says("refused");
}

static void
addresses(void **state)
{
	static const struct { const char *url, *words; } bad[] = {
		{ "http://example.org/hub.git", "plain http is for this machine only" },
		{ "http://127.0.0.1.example.org/hub.git", "plain http is for this machine only" },
		{ "http://localhost.example.org/hub.git", "plain http is for this machine only" },
		{ "http://127.0.0.1@example.org/hub.git", "plain http is for this machine only" },
		{ "http://[::2]/hub.git", "plain http is for this machine only" },
		{ "http://[::1]:1/hub.git", "refused" },
		{ "http://localhost:1/hub.git", "refused" },
		{ "https://nowhere.invalid/hub.git", "no host of that name" },
		{ "https://127.0.0.1:1/hub.git?x=1", "no ?" },
		{ "https://127.0.0.1:x/hub.git", "is not an address" },
		{ "ssh://-oProxyCommand=touch%20x/hub.git", "is not an address for ssh" },
		{ "ssh://-oProxyCommand=x@host/hub.git", "is not an address for ssh" },
		{ "-oProxyCommand=x:hub.git", "is not an address for ssh" },
		{ "ssh://ho`st`/hub.git", "is not an address for ssh" },
		{ "ssh://host/hub%0a.git", "is not an address for ssh" },
		{ "ssh://host/hub%00.git", "is not an address for ssh" },
		{ "host:-hub.git", "is not an address for ssh" },
		{ "host:a\nb", "is not an address for ssh" },
		{ "ssh://u:s3cret@host/x", "ssh://host/x is not an address for ssh" },
		{ "ssh://host:0/x", "is not an address for ssh" },
		{ "ssh://host:99999/x", "is not an address for ssh" },
		{ "ssh://host", "is not an address for ssh" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_true(fetch(bad[i].url, "") < 0);
		says(bad[i].words);
		assert_null(strstr(ac_transport_error(), "s3cret"));
	}
}

/* A program in ssh's place notes its arguments: what would have been run. */
static void
ssh_arguments(void **state)
{
	static const struct { const char *url, *want; } good_ones[] = {
		{ "ssh://host/a/b.git", "host|git-upload-pack '/a/b.git'|" },
		{ "ssh://me@host:2222/a%20b", "-p|2222|me@host|git-upload-pack '/a b'|" },
		{ "ssh://host:22/~ann/x", "-p|22|host|git-upload-pack '~ann/x'|" },
		{ "ssh://me@[::1]:22/x", "-p|22|me@::1|git-upload-pack '/x'|" },
		{ "me@host:x.git", "me@host|git-upload-pack 'x.git'|" },
		{ "host:/x'y!;z", "host|git-upload-pack '/x'\\''y'\\!';z'|" },
		{ "me@[::1]:x", "me@::1|git-upload-pack 'x'|" },
	};
	char line[512], told[1024];
	size_t i;

	(void)state;
	text(line, sizeof line, "#!/bin/sh\nprintf '%%s|' \"$@\" >%s/told\necho 'no \033[1mway' >&2\nexit 7\n", tmp);
	put("ssh", line, 0700);
	text(line, sizeof line, "%s/ssh  -F none", tmp);
	setenv("AFTERCARE_SSH", line, 1);
	for (i = 0; i < sizeof good_ones / sizeof *good_ones; i++) {
		assert_true(fetch(good_ones[i].url, "") < 0);
		says("ssh could not go on: no [1mway");
		get(told, sizeof told, "told");
		assert_memory_equal(told, "-F|none|", 8);
		assert_non_null(strstr(told, "-oConnectTimeout=20|"));
		assert_non_null(strstr(told, good_ones[i].want));
	}
	setenv("AFTERCARE_SSH", "/nowhere/ssh", 1);
	assert_true(fetch("host:x", "") < 0);
	says("/nowhere/ssh could not be started");
	unsetenv("AFTERCARE_SSH");
}

static void
silence(void **state)
{
	struct ac_transport_limits l = { .connect_seconds = 1, .stall_seconds = 1 };
	struct server s;
	char url[600];
	time_t t = time(NULL);

	(void)state;
	with(&s, "silent", "");
	ac_transport_limits(&l);
	assert_true(fetch(s.url, "/hub.git") < 0);
	says("said nothing for 1 seconds");
	text(url, sizeof url, "https%s", s.url + 4);
	assert_true(fetch(url, "/hub.git") < 0);
	says("no connection within 1 seconds");
	put("ssh", "#!/bin/sh\nexec sleep 100\n", 0700);
	text(url, sizeof url, "%s/ssh", tmp);
	setenv("AFTERCARE_SSH", url, 1);
	assert_true(fetch("host:x", "") < 0);
	says("said nothing for 1 seconds");
	assert_true(time(NULL) - t < 15);
	end(&s);
}

static void
dies(void **state)
{
	struct server s;
	char url[600];

	(void)state;
	with(&s, "http", "--cut 100000");
	assert_true(fetch(s.url, "/hub.git") < 0);
	says(s.url);
	assert_true(strstr(ac_transport_error(), "broke off") || strstr(ac_transport_error(), "in the middle"));
	end(&s);
	with(&s, "https", "--cut 100000");
	assert_true(fetch(s.url, "/hub.git") < 0);
	assert_true(strstr(ac_transport_error(), "broke off") || strstr(ac_transport_error(), "in the middle"));
	end(&s);
	with(&s, "ssh", "--cut 100000");
	assert_true(fetch(s.url, "/hub.git") < 0);
	says("ssh could not go on");
	end(&s);
	/* ends with status 0 and half a pack */
	text(url, sizeof url, "#!/bin/sh\nfor c; do :; done\neval \"$c\" | dd bs=4096 count=25 2>/dev/null\n");
	put("ssh", url, 0700);
	text(url, sizeof url, "%s/ssh", tmp);
	setenv("AFTERCARE_SSH", url, 1);
	text(url, sizeof url, "host:%s/hub.git", tmp);
	assert_true(fetch(url, "") < 0);
	says("in the middle of its answer");
	/* lists its branches and goes: our writing ends at a closed door, not by a signal */
	put("ssh", "#!/bin/sh\nfor c; do :; done\neval \"$c\" </dev/null\n", 0700);
	good(fetch(url + 5, ""));
	assert_true(push(url, "", "refs/heads/main:refs/heads/other") < 0);
	says("ssh could not go on: fatal: ");
	unsetenv("AFTERCARE_SSH");
}

static void
ceiling(void **state)
{
	struct ac_transport_limits l = { .max_bytes = BLOB / 2 };
	const char *kinds[] = { "http", "ssh" };
	struct server s;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		with(&s, kinds[i], "");
		ac_transport_limits(&l);
		assert_true(fetch(s.url, "/hub.git") < 0);
		says("more than the 1572864 bytes allowed");
		ac_transport_limits(NULL);
		good(fetch(s.url, "/hub.git"));
		end(&s);
		setup(NULL);
	}
}

static void
trust(void **state)
{
	struct server s;
	char url[1024];

	(void)state;
	with(&s, "https", "");
	unsetenv("AFTERCARE_CA_FILE");
	assert_int_equal(fetch(s.url, "/hub.git"), GIT_ECERTIFICATE);
	says("of no authority that this device trusts: if the server is your own, name a file");
	setenv("AFTERCARE_CA_FILE", "/dev/null", 1);
	assert_int_equal(fetch(s.url, "/hub.git"), GIT_ECERTIFICATE);
	says("AFTERCARE_CA_FILE");
	setenv("AFTERCARE_CA_FILE", s.ca, 1);
	text(url, sizeof url, "https://localhost%s", strchr(s.url + 8, ':'));
	assert_int_equal(fetch(url, "/hub.git"), GIT_ECERTIFICATE);
	says("cannot be trusted (");
	says("check the address");
	end(&s);
	with(&s, "https", "--expired");
	assert_int_equal(fetch(s.url, "/hub.git"), GIT_ECERTIFICATE);
	says("has expired: check this device's date, and ask who runs the server");
	end(&s);
	with(&s, "ssh", "");
	setenv("AFTERCARE_SSH", "ssh -F /dev/null -oUserKnownHostsFile=/dev/null -oStrictHostKeyChecking=yes", 1);
	assert_true(fetch(s.url, "/hub.git") < 0);
	says("does not know this server's host key: connect with ssh once");
	/* the host is known by another key */
	shell("ssh-keygen -q -t ed25519 -N '' -f %s/key && printf '[127.0.0.1]:%.5s ' >%s/known && cat %s/key.pub >>%s/known",
		tmp, strstr(s.url, "1:") + 2, tmp, tmp, tmp);
	text(url, sizeof url, "ssh -F /dev/null -oUserKnownHostsFile=%s/known -oStrictHostKeyChecking=yes", tmp);
	setenv("AFTERCARE_SSH", url, 1);
	assert_true(fetch(s.url, "/hub.git") < 0);
	says("shows another host key than before");
	says("ssh-keygen -R");
	/* the right host, and a key that it does not take */
	text(url, sizeof url, "ssh -F /dev/null -i %s/key -oIdentitiesOnly=yes -oIdentityAgent=none"
		" -oUserKnownHostsFile=/dev/null -oStrictHostKeyChecking=no", tmp);
	setenv("AFTERCARE_SSH", url, 1);
	assert_true(fetch(s.url, "/hub.git") < 0);
	says("takes none of the keys that ssh has here");
	end(&s);
}

/* The pass to the right place is taken over https, and never down to http; what
 * the helpers know for the first place is not told to the second. */
static void
redirects(void **state)
{
	struct server to, s;
	char more[600], base[600], told[4096];

	(void)state;
	with(&to, "https", "--auth ben:s3cret");
	helper("s3cret");
	text(more, sizeof more, "--moved %s", to.url);
	with(&s, "https", more);
	/* both authorities in one file */
	text(base, sizeof base, "%s/ca", tmp);
	shell("cat %s %s >%s", s.ca, to.ca, base);
	setenv("AFTERCARE_CA_FILE", base, 1);
	text(base, sizeof base, "%.*s/moved", (int)strlen(s.url) - 4, s.url);
	both_ways(base);
	get(told, sizeof told, "helped");
	text(base, sizeof base, "host=%.*s\n", (int)strcspn(to.url + 8, "/"), to.url + 8);
	assert_non_null(strstr(told, base));
	text(base, sizeof base, "host=%.*s\n", (int)strcspn(s.url + 8, "/"), s.url + 8);
	assert_null(strstr(told, base));
	end(&s);
	end(&to);
	with(&s, "https", "--moved http://127.0.0.1:1");
	text(base, sizeof base, "%.*s/moved", (int)strlen(s.url) - 4, s.url);
	assert_true(fetch(base, "/hub.git") < 0);
	says("not https");
	end(&s);
}

/* ------------------------------------------------------------------ helpers */

static void
helpers(void **state)
{
	static const struct { const char *config, *user, *pass; } t[] = {
		{ "[credential]\n\thelper = \"!f() { echo username=u; echo password=p; }; f\"", "u", "p" },
		{ "[credential]\n\thelper = given a b", "a", "b" },
		{ "[credential]\n\thelper = given a \n\thelper = given c d", "c", "d" },
		{ "[credential]\n\thelper = given a b\n\thelper =", NULL, NULL },
		{ "[credential]\n\thelper = missing\n\thelper = given a b", "a", "b" },
		{ "[credential]\n\thelper = \"!echo quit=1 #\"\n\thelper = given a b", NULL, NULL },
		{ "[credential]\n\thelper = \"!exit 1;\"\n\thelper = given a b", "a", "b" },
		{ "[credential]\n\thelper = \"!echo password=b #\"\n\tusername = me", "me", "b" },
		{ "[credential \"https://HOST.example:8443\"]\n\thelper = given a b", "a", "b" },
		{ "[credential \"https://host.example:8443/hubs/\"]\n\thelper = given a b", "a", "b" },
		{ "[credential \"https://host.example:8443/hub\"]\n\thelper = given a b", NULL, NULL },
		{ "[credential \"https://host.example\"]\n\thelper = given a b", NULL, NULL },
		{ "[credential \"http://host.example:8443\"]\n\thelper = given a b", NULL, NULL },
		{ "[credential \"https://me@host.example:8443\"]\n\thelper = given a b", NULL, NULL },
		{ "[user]\n\tname = x", NULL, NULL },
	};
	struct ac_cred_for w = { "https", "host.example:8443", "hubs/ann.git", NULL };
	struct ac_cred c = { 0 };
	size_t i;

	(void)state;
	shell("mkdir -p %s/bin", tmp);
	put("bin/git-credential-given", "#!/bin/sh\necho username=$1\n[ $# -lt 3 ] || echo password=$2\n", 0700);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		put("gitconfig", t[i].config, 0600);
		if (!t[i].user) {
			assert_int_equal(ac_cred_get(&c, &w), AC_ENOTFOUND);
			assert_int_equal(c.pass.len, 0);
			continue;
		}
		assert_int_equal(ac_cred_get(&c, &w), AC_OK);
		assert_string_equal((char *)c.user.p, t[i].user);
		assert_string_equal((char *)c.pass.p, t[i].pass);
		ac_cred_free(&c);
	}
	put("gitconfig", t[1].config, 0600);
	w.host = "host\nhost=other";
	assert_int_equal(ac_cred_get(&c, &w), AC_EUSAGE);
}

/* git's own helper, which lies beside git's programs and not in PATH. */
static void
helper_of_git(void **state)
{
	struct ac_cred_for w = { "https", "host.example", "hub.git", NULL };
	struct ac_cred c = { 0 };
	char line[256];

	(void)state;
	text(line, sizeof line, "[credential]\n\thelper = store --file %s/kept\n\tuseHttpPath = true\n", tmp);
	put("gitconfig", line, 0600);
	assert_int_equal(ac_cred_get(&c, &w), AC_ENOTFOUND);
	assert_int_equal(ac_buf_add(&c.user, "ben", 4), AC_OK);
	assert_int_equal(ac_buf_add(&c.pass, "s3cret", 7), AC_OK);
	ac_cred_tell(&w, &c, true);
	ac_cred_free(&c);
	get(line, sizeof line, "kept");
	assert_string_equal(line, "https://ben:s3cret@host.example/hub.git\n");
	assert_int_equal(ac_cred_get(&c, &w), AC_OK);
	assert_string_equal((char *)c.pass.p, "s3cret");
	ac_cred_tell(&w, &c, false);
	ac_cred_free(&c);
	assert_int_equal(ac_cred_get(&c, &w), AC_ENOTFOUND);
}

static void
shown(void **state)
{
	static const struct { const char *url, *want; } t[] = {
		{ "https://host/x", "https://host/x" },
		{ "https://token@host/x", "https://host/x" },
		{ "https://me:pw@host/x", "https://host/x" },
		{ "https://me:p@w@host/x", "https://host/x" },
		{ "https://me:p/w@host/x", "https://host/x" },
		{ "https://host/x@y", "https://host/x@y" },
		{ "ssh://me@host/x", "ssh://me@host/x" },
		{ "ssh://me:pw@host/x", "ssh://host/x" },
		{ "me@host:x", "me@host:x" },
		{ "me@host:\033x", "me@host:?x" },
	};
	char out[AC_TRANSPORT_SHOWN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		ac_transport_shown(out, t[i].url);
		assert_string_equal(out, t[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown),
		cmocka_unit_test_teardown(helpers, teardown),
		cmocka_unit_test_teardown(helper_of_git, teardown),
		cmocka_unit_test_setup_teardown(http_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(https_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(ssh_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(http_password, setup, teardown),
		cmocka_unit_test_setup_teardown(https_password, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_password, setup, teardown),
		cmocka_unit_test_setup_teardown(statuses, setup, teardown),
		cmocka_unit_test_setup_teardown(addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(ssh_arguments, setup, teardown),
		cmocka_unit_test_setup_teardown(silence, setup, teardown),
		cmocka_unit_test_setup_teardown(dies, setup, teardown),
		cmocka_unit_test_setup_teardown(ceiling, setup, teardown),
		cmocka_unit_test_setup_teardown(trust, setup, teardown),
		cmocka_unit_test_setup_teardown(redirects, setup, teardown),
	};
	struct ac_fault f;
	char path[4096];
	int rc;

	snprintf(tmp, sizeof tmp, "/tmp/transport-XXXXXX");
	if (!mkdtemp(tmp))
		return 1;
	text(path, sizeof path, "%s/gitconfig", tmp);
	setenv("GIT_CONFIG_GLOBAL", path, 1);
	text(path, sizeof path, "%s/bin:%s", tmp, getenv("PATH"));
	setenv("PATH", path, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "t", 1);
	setenv("GIT_AUTHOR_EMAIL", "t@example.org", 1);
	setenv("GIT_COMMITTER_NAME", "t", 1);
	setenv("GIT_COMMITTER_EMAIL", "t@example.org", 1);
	setenv("GIT_TERMINAL_PROMPT", "0", 1);
	unsetenv("GIT_EXEC_PATH");
	put("gitconfig", "", 0600);
	if (ac_transport_register(&f) || ac_transport_register(&f))
		return 1;
	/* libgit2 looks for the person's configuration in these folders, not in the environment */
	put(".gitconfig", "[include]\n\tpath = gitconfig\n", 0600);
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, tmp);
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM, "");
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	shell("rm -rf %s", tmp);
	return rc;
}
