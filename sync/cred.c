/* SPDX-License-Identifier: ISC */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/child.h"
#include "sync/cred.h"

#define ANSWER_MAX  (64u << 10)
#define HELPERS_MAX 16
#define PATIENCE_MS (300 * 1000)   /* a helper may ask the person */

struct helpers {
	char *line[HELPERS_MAX];
	size_t n;
	bool use_path;
	char *user;                    /* credential.username */
};

static void
helpers_free(struct helpers *h)
{
	while (h->n)
		free(h->line[--h->n]);
	free(h->user);
	h->user = NULL;
}

/* Does the URL of a credential.URL.key fit? Protocol and host must be equal, a
 * path is a beginning that ends at a slash, a user must be the one wanted. */
static bool
url_fits(const char *url, size_t n, const struct ac_cred_for *w)
{
	size_t np = strlen(w->protocol), nh;
	const char *end = url + n, *at, *slash;

	if (n < np + 3 || memcmp(url, w->protocol, np) || memcmp(url + np, "://", 3))
		return false;
	url += np + 3;
	slash = memchr(url, '/', (size_t)(end - url));
	if (!slash)
		slash = end;
	at = memchr(url, '@', (size_t)(slash - url));
	if (at) {
		if (!w->user || strlen(w->user) != (size_t)(at - url) || memcmp(url, w->user, (size_t)(at - url)))
			return false;
		url = at + 1;
	}
	nh = (size_t)(slash - url);
	if (strlen(w->host) != nh || strncasecmp(url, w->host, nh))
		return false;
	while (slash < end && *slash == '/')
		slash++;
	while (end > slash && end[-1] == '/')
		end--;
	nh = (size_t)(end - slash);
	return !nh || (w->path && !strncmp(w->path, slash, nh) && (!w->path[nh] || w->path[nh] == '/'));
}

/* One entry of the configuration: credential.KEY or credential.URL.KEY. An empty
 * helper forgets those before it. */
static int
take_entry(struct helpers *h, const git_config_entry *e, const struct ac_cred_for *w)
{
	const char *name = e->name + strlen("credential."), *key = strrchr(name, '.');
	const char *value = e->value ? e->value : "true";
	int on;

	if (key && !url_fits(name, (size_t)(key - name), w))
		return 0;
	key = key ? key + 1 : name;
	if (!strcmp(key, "usehttppath")) {
		h->use_path = !git_config_parse_bool(&on, value) && on;
	} else if (!strcmp(key, "username")) {
		free(h->user);
		return (h->user = strdup(value)) ? 0 : -1;
	} else if (!strcmp(key, "helper")) {
		if (!*value) {
			while (h->n)
				free(h->line[--h->n]);
		} else if (h->n < HELPERS_MAX) {
			return (h->line[h->n++] = strdup(value)) ? 0 : -1;
		}
	}
	return 0;
}

static enum ac_err
helpers_read(struct helpers *h, const struct ac_cred_for *w)
{
	git_config *c = NULL;
	git_config_iterator *it = NULL;
	git_config_entry *e;
	enum ac_err err = AC_ENOTFOUND;

	*h = (struct helpers){ 0 };
	if (git_config_open_default(&c) || git_config_iterator_new(&it, c))
		goto out;
	/* not by a pattern: libgit2 1.5 leaks 20 KiB for each entry that fails to match */
	while (!git_config_next(&e, it))
		if (!strncmp(e->name, "credential.", 11) && take_entry(h, e, w)) {
			err = AC_ENOMEM;
			goto out;
		}
	if (h->n)
		err = AC_OK;
out:
	git_config_iterator_free(it);
	git_config_free(c);
	return err;
}

/* The shell's line for a helper. A name is looked for beside git's own programs
 * too, as git does when it runs them. */
static enum ac_err
shell_line(struct ac_buf *b, const char *helper, const char *verb)
{
	const char *before = *helper == '!' || *helper == '/' ? "" : "git-credential-";

	helper += *helper == '!';
	return ac_buf_addf(b, "PATH=\"${GIT_EXEC_PATH:-/usr/lib/git-core}:/usr/libexec/git-core:$PATH\"\n%s%s %s%c",
		before, helper, verb, 0);
}

static bool
carries(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return false;
	return true;
}

static enum ac_err
question(struct ac_buf *b, const struct helpers *h, const struct ac_cred_for *w, const struct ac_cred *c)
{
	const char *user = c->user.len ? (const char *)c->user.p : w->user ? w->user : h->user;
	enum ac_err err;

	if (!carries(w->protocol) || !carries(w->host) || !carries(user) || (h->use_path && !carries(w->path)) ||
	    (c->pass.len && !carries((const char *)c->pass.p)))
		return AC_EUSAGE;
	if ((err = ac_buf_addf(b, "protocol=%s\nhost=%s\n", w->protocol, w->host)))
		return err;
	if (h->use_path && w->path && (err = ac_buf_addf(b, "path=%s\n", w->path)))
		return err;
	if (user && (err = ac_buf_addf(b, "username=%s\n", user)))
		return err;
	/* added whole: formatting would leave a copy behind */
	if (c->pass.len && ((err = ac_buf_add(b, "password=", 9)) ||
	    (err = ac_buf_add(b, c->pass.p, c->pass.len - 1)) || (err = ac_buf_add(b, "\n", 1))))
		return err;
	return ac_buf_add(b, "\n", 1);
}

/* Runs one helper; its answer, if any, is added to `out` and NUL-ended. */
static enum ac_err
run(struct ac_buf *out, const char *helper, const char *verb, const struct ac_buf *in)
{
	struct ac_buf line = { 0 };
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", NULL, NULL };
	struct ac_child c = { .io = -1, .err = -1 };
	unsigned char *p;
	enum ac_child_end r = AC_CHILD_OK;
	enum ac_err err = shell_line(&line, helper, verb);
	size_t n;

	if (err)
		goto out;
	argv[2] = (char *)line.p;
	err = AC_ENOTFOUND;
	if (ac_child_start(&c, argv, NULL))
		goto out;
	/* one that does not read (it knows by itself) is as good as one that does */
	r = ac_child_write(&c, in->p, in->len, PATIENCE_MS);
	ac_child_shut(&c);
	while (r == AC_CHILD_OK || r == AC_CHILD_EOF) {
		if ((err = ac_buf_room(out, 1024)))
			goto out;
		p = out->p + out->len;
		n = out->cap - out->len;
		if ((r = ac_child_read(&c, p, &n, PATIENCE_MS)) != AC_CHILD_OK)
			break;
		out->len += n;
	}
	err = ac_buf_add(out, "", 1);
out:
	if (ac_child_stop(&c, 2000) && !err)
		err = AC_ENOTFOUND;
	ac_buf_free(&line);
	return err;
}

static enum ac_err
keep(struct ac_buf *b, const char *s, size_t n)
{
	enum ac_err err;

	ac_buf_reset(b);
	if ((err = ac_buf_add(b, s, n)))
		return err;
	return ac_buf_add(b, "", 1);
}

/* Lines of key=value; what we do not know is passed over. quit: ask no further. */
static enum ac_err
answer(struct ac_cred *c, bool *quit, const char *s)
{
	enum ac_err err = AC_OK;
	size_t n;

	for (; *s && !err; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		if (!strncmp(s, "username=", 9))
			err = keep(&c->user, s + 9, n - 9);
		else if (!strncmp(s, "password=", 9))
			err = keep(&c->pass, s + 9, n - 9);
		else if (!strncmp(s, "quit=1", 6) || !strncmp(s, "quit=true", 9))
			*quit = true;
	}
	return err;
}

enum ac_err
ac_cred_get(struct ac_cred *out, const struct ac_cred_for *w)
{
	struct helpers h = { 0 };
	struct ac_cred c = { 0 };
	struct ac_buf in = { .max = ANSWER_MAX }, said = { .max = ANSWER_MAX };
	bool quit = false;
	enum ac_err err;
	size_t i;

	if ((err = helpers_read(&h, w)))
		goto out;
	for (i = 0; i < h.n && !quit && !(c.user.len && c.pass.len); i++) {
		ac_buf_reset(&in);
		ac_buf_reset(&said);
		if ((err = question(&in, &h, w, &c)))
			goto out;
		if (run(&said, h.line[i], "get", &in) == AC_OK &&
		    (err = answer(&c, &quit, (const char *)said.p)))
			goto out;
	}
	if (!c.user.len && c.pass.len && (w->user || h.user) &&
	    (err = keep(&c.user, w->user ? w->user : h.user, strlen(w->user ? w->user : h.user))))
		goto out;
	err = AC_ENOTFOUND;
	if (c.user.len && c.pass.len) {
		*out = c;
		c = (struct ac_cred){ 0 };
		err = AC_OK;
	}
out:
	ac_cred_free(&c);
	ac_buf_free(&said);
	ac_buf_free(&in);
	helpers_free(&h);
	return err;
}

void
ac_cred_tell(const struct ac_cred_for *w, const struct ac_cred *c, bool worked)
{
	struct helpers h = { 0 };
	struct ac_buf in = { .max = ANSWER_MAX }, said = { .max = ANSWER_MAX };
	size_t i;

	if (helpers_read(&h, w) || question(&in, &h, w, c))
		goto out;
	for (i = 0; i < h.n; i++) {
		ac_buf_reset(&said);
		if (run(&said, h.line[i], worked ? "store" : "erase", &in))
			continue; /* what it failed to note we cannot mend */
	}
out:
	ac_buf_free(&said);
	ac_buf_free(&in);
	helpers_free(&h);
}

void
ac_cred_free(struct ac_cred *c)
{
	ac_buf_free(&c->user);
	ac_buf_free(&c->pass);
}
