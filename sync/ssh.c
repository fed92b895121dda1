/* SPDX-License-Identifier: ISC */
/*
 * Method: one ssh process per conversation; both of libgit2's steps (the list,
 * then the exchange) use its one stream. Host, user and path end up in another
 * program's arguments and in a shell at the far side, so only what is plainly
 * harmless is let through, and nothing that could be read as an option.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/child.h"
#include "sync/transport.h"

#define WORDS_MAX   32             /* of AFTERCARE_SSH */
#define ADDRESS_MAX 4096
#define PARTING_MS  3000

extern char **environ;

struct place {
	char *text;                    /* owns what the others point into */
	const char *user, *host, *port, *path; /* user, port: NULL for none */
};

struct ssh {
	git_smart_subtransport base;
	struct stream *stream;         /* the conversation, or NULL */
};

struct stream {
	git_smart_subtransport_stream base;
	struct ssh *s;
	struct ac_child child;
	char shown[AC_TRANSPORT_SHOWN];
	bool ended;
};

/* ----------------------------------------------------------------- addresses */

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place; false: a % without two digits. */
static bool
percent_decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s != '%') {
			*to++ = *s;
			continue;
		}
		if (hex(s[1]) < 0 || hex(s[2]) < 0 || !(hex(s[1]) | hex(s[2])))
			return false;
		*to++ = (char)(hex(s[1]) << 4 | hex(s[2]));
		s += 2;
	}
	*to = 0;
	return true;
}

static bool
only(const char *s, const char *more)
{
	if (!*s || *s == '-')
		return false;
	for (; *s; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') && !(*s >= '0' && *s <= '9') &&
		    !strchr(more, *s))
			return false;
	return true;
}

static bool
is_port(const char *s)
{
	size_t n = strspn(s, "0123456789");
	long port = n && n < 6 && !s[n] ? strtol(s, NULL, 10) : 0;

	return port > 0 && port < 65536;
}

static bool
is_path(const char *s)
{
	if (!*s || *s == '-')
		return false;
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return false;
	return true;
}

/* user@host, host possibly in brackets; what follows the host is `*rest`. */
static bool
split_host(struct place *p, char *s, char **rest)
{
	char *at = strrchr(s, '@'), *end;

	if (at) {
		*at = 0;
		p->user = s;
		s = at + 1;
	}
	p->host = s;
	end = s + strcspn(s, ":");
	if (*s == '[') {
		p->host = s + 1;
		if (!(end = strchr(s, ']')))
			return false;
		*end++ = 0;
	}
	*rest = end;
	return true;
}

/* ssh://[user@]host[:port]/path, as git reads it: a ~ after the slash is a home. */
static bool
parse_url(struct place *p, char *s, char *copy)
{
	char *slash = strchr(s, '/'), *rest;

	if (!slash)
		return false;
	copy += slash - s;
	*slash = 0;
	if (!split_host(p, s, &rest) || (*rest && *rest != ':'))
		return false;
	if (*rest) {
		*rest++ = 0;
		p->port = *rest ? rest : NULL;
	}
	p->path = copy[1] == '~' ? copy + 1 : copy;
	return percent_decode(copy) && (!p->user || percent_decode(s));
}

/* [user@]host:path. A slash before the colon is a path of this machine. */
static bool
parse_short(struct place *p, char *s)
{
	char *bracket = strchr(s, '['), *at = strchr(s, '@'), *colon, *rest;

	if (bracket && bracket != s && bracket != at + 1)
		bracket = NULL;
	if (bracket && (bracket = strstr(bracket, "]:")))
		colon = bracket + 1;
	else
		colon = strchr(s, ':');
	if (!colon || memchr(s, '/', (size_t)(colon - s)))
		return false;
	*colon = 0;
	p->path = colon + 1;
	return split_host(p, s, &rest) && !*rest;
}

static bool
parse(struct place *p, const char *url)
{
	size_t n = strlen(url);
	bool whole = !strncmp(url, "ssh://", 6);

	*p = (struct place){ 0 };
	if (n >= ADDRESS_MAX || !(p->text = malloc(2 * (n + 1))))
		return false;
	memcpy(p->text, url, n + 1);
	memcpy(p->text + n + 1, url, n + 1);
	return (whole ? parse_url(p, p->text + 6, p->text + n + 1 + 6) : parse_short(p, p->text)) &&
		only(p->host, "._-:%") && (!p->user || only(p->user, "._-+=@")) &&
		(!p->port || is_port(p->port)) && is_path(p->path);
}

/* ------------------------------------------------------------------- command */

static bool
has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What the far side's shell is given: one word for the path, whatever it holds. */
static enum ac_err
far_command(struct ac_buf *b, const char *service, const char *path)
{
	enum ac_err err = ac_buf_addf(b, "%s '", service);

	for (; *path && !err; path++)
		err = *path == '\'' || *path == '!' ? ac_buf_addf(b, "'\\%c'", *path) : ac_buf_add(b, path, 1);
	return err ? err : ac_buf_add(b, "'", 2);
}

/* The caller's environment but git's choice of protocol, which libgit2 does not
 * speak past version 0. The array alone is ours. */
static char **
far_environ(void)
{
	size_t n = 0, k = 0, i;
	char **e;

	while (environ[n])
		n++;
	if (!(e = calloc(n + 1, sizeof *e)))
		return NULL;
	for (i = 0; i < n; i++)
		if (strncmp(environ[i], "GIT_PROTOCOL=", 13))
			e[k++] = environ[i];
	return e;
}

/* argv from AFTERCARE_SSH's words (in `words`, which is cut up) and the place. */
static bool
arguments(char *argv[static WORDS_MAX + 10], char *words, const struct place *p, char *far, struct ac_buf *b)
{
	size_t n = 0, wait, to;
	char *save = NULL, *w;

	for (w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (n == WORDS_MAX)
			return false;
		argv[n++] = w;
	}
	if (!n)
		argv[n++] = (char *)"ssh";
	if (ac_buf_addf(b, "-oConnectTimeout=%u%c", ac_transport_limits_now().connect_seconds, 0))
		return false;
	wait = 0;
	to = b->len;
	if (ac_buf_addf(b, "%s%s%s%c", p->user ? p->user : "", p->user ? "@" : "", p->host, 0))
		return false;
	if (!has_terminal())
		argv[n++] = (char *)"-oBatchMode=yes";
	argv[n++] = (char *)b->p + wait;
	if (p->port) {
		argv[n++] = (char *)"-p";
		argv[n++] = (char *)p->port;
	}
	argv[n++] = (char *)b->p + to;
	argv[n++] = far;
	argv[n] = NULL;
	return true;
}

static int
start(struct stream *s, const struct place *p, const char *service)
{
	const char *set = getenv("AFTERCARE_SSH");
	struct ac_buf far = { 0 }, b = { 0 };
	char *argv[WORDS_MAX + 10], **env = far_environ(), *words = strdup(set ? set : "");
	int rc = -1, no;

	if (!env || !words || far_command(&far, service, p->path)) {
		ac_transport_fail(-1, "There is not enough memory for the transfer.");
		goto out;
	}
	if (!arguments(argv, words, p, (char *)far.p, &b)) {
		ac_transport_fail(-1, "AFTERCARE_SSH has too many words.");
		goto out;
	}
	if ((no = ac_child_start(&s->child, argv, env))) {
		ac_transport_fail(-1, "%s: the program %.80s could not be started (%s); is it installed?",
			s->shown, argv[0], ac_words_error(no));
		goto out;
	}
	rc = 0;
out:
	ac_buf_free(&far);
	ac_buf_free(&b);
	free(words);
	free(env);
	return rc;
}

/* -------------------------------------------------------------------- stream */

static int
wait_ms(void)
{
	unsigned s = ac_transport_limits_now().stall_seconds;

	return s > 1000000 ? 1000000000 : (int)s * 1000;
}

/* Where ssh itself refuses or is refused: what it says of that, and what helps. Its words
 * are never translated. */
static const struct { const char *words, *advice; } known_words[] = {
	{ "has changed and you have requested strict checking", AC_WORD("the server shows another host key than before, so it may be"
	    " another machine: ask who runs it, then take the old key out with ssh-keygen -R and connect with ssh once") },
	{ "Host key verification failed", AC_WORD("ssh does not know this server's host key: connect with ssh once, and compare the"
	    " key that it shows") },
	{ "Permission denied (", AC_WORD("the server takes none of the keys that ssh has here: put one there, or load it with"
	    " ssh-add") },
};

static const char *
advice(const struct stream *s)
{
	size_t i;

	for (i = 0; i < sizeof known_words / sizeof *known_words; i++)
		if (strstr(s->child.words.s, known_words[i].words))
			return ac_words(known_words[i].advice);
	return NULL;
}

/* ssh has closed its end: say why. With status 0 that may be the proper end;
 * `code` is returned then, and the sentence is there if libgit2 wanted more. */
static int
fail_ended(struct stream *s, int code)
{
	int status;

	if (s->ended)
		return ac_transport_fail(code, "%s: the conversation is over.", s->shown);
	s->ended = true;
	status = ac_child_stop(&s->child, PARTING_MS);
	if (status && advice(s))
		return ac_transport_fail(-1, "%s: %s.", s->shown, advice(s));
	if (status && s->child.words.n)
		return ac_transport_fail(-1, "%s: ssh could not go on: %s", s->shown, s->child.words.s);
	if (status)
		return ac_transport_fail(-1, "%s: ssh ended with status %d and gave no reason.", s->shown, status);
	if (s->child.words.n)
		return ac_transport_fail(code, "%s: the server stopped in the middle of its answer: %s", s->shown, s->child.words.s);
	return ac_transport_fail(code, "%s: the server stopped in the middle of its answer; try again.", s->shown);
}

static int
fail_wait(struct stream *s, enum ac_child_end why)
{
	if (why == AC_CHILD_LATE)
		return ac_transport_fail(-1, "%s: the server said nothing for %u seconds; try again later.",
			s->shown, ac_transport_limits_now().stall_seconds);
	return ac_transport_fail(-1, "%s: the connection to ssh failed.", s->shown);
}

static int
stream_read(git_smart_subtransport_stream *base, char *p, size_t n, size_t *got)
{
	struct stream *s = (struct stream *)base;
	enum ac_child_end r;

	*got = 0;
	r = ac_child_read(&s->child, p, &n, wait_ms());
	if (r == AC_CHILD_EOF)
		return fail_ended(s, 0);
	if (r)
		return fail_wait(s, r);
	if (!ac_transport_in(n))
		return ac_transport_fail(-1, "%s: the server sent more than the %llu bytes allowed and was cut off.",
			s->shown, (unsigned long long)ac_transport_limits_now().max_bytes);
	*got = n;
	return 0;
}

static int
stream_write(git_smart_subtransport_stream *base, const char *p, size_t n)
{
	struct stream *s = (struct stream *)base;
	enum ac_child_end r = ac_child_write(&s->child, p, n, wait_ms());

	if (r == AC_CHILD_EOF)
		return fail_ended(s, -1);
	if (r)
		return fail_wait(s, r);
	ac_transport_out(n);
	return 0;
}

static void
stream_free(git_smart_subtransport_stream *base)
{
	struct stream *s = (struct stream *)base;

	if (!s)
		return;
	if (s->s->stream == s)
		s->s->stream = NULL;
	ac_child_stop(&s->child, PARTING_MS);
	free(s);
}

static int
stream_new(git_smart_subtransport_stream **out, struct ssh *h, const char *url, const char *service)
{
	struct place p = { 0 };
	struct stream *s = calloc(1, sizeof *s);
	int rc = -1;

	if (!s) {
		ac_transport_fail(-1, "There is not enough memory for the transfer.");
		goto out;
	}
	s->s = h;
	s->child.io = s->child.err = -1;
	s->base.subtransport = &h->base;
	s->base.read = stream_read;
	s->base.write = stream_write;
	s->base.free = stream_free;
	ac_transport_shown(s->shown, url);
	if (!parse(&p, url)) {
		ac_transport_fail(-1, "%s is not an address for ssh; write ssh://user@host/path or user@host:path.",
			s->shown);
		goto out;
	}
	if ((rc = start(s, &p, service)))
		goto out;
	h->stream = s;
	*out = &s->base;
	s = NULL;
out:
	if (s)
		stream_free(&s->base);
	free(p.text);
	return rc;
}

static int
ssh_action(git_smart_subtransport_stream **out, git_smart_subtransport *base, const char *url,
	git_smart_service_t action)
{
	struct ssh *h = (struct ssh *)base;
	bool fetch = action == GIT_SERVICE_UPLOADPACK_LS || action == GIT_SERVICE_UPLOADPACK;

	if (action == GIT_SERVICE_UPLOADPACK || action == GIT_SERVICE_RECEIVEPACK) {
		if (!h->stream)
			return ac_transport_fail(-1, "The conversation with the remote has not begun.");
		*out = &h->stream->base;
		return 0;
	}
	ac_transport_begin();
	return stream_new(out, h, url, fetch ? "git-upload-pack" : "git-receive-pack");
}

/* libgit2 frees the stream itself, after this or before it. */
static int
ssh_close(git_smart_subtransport *base)
{
	(void)base;
	return 0;
}

static void
ssh_free(git_smart_subtransport *base)
{
	free(base);
}

int
ac_ssh_open(git_smart_subtransport **out, git_transport *owner, void *param)
{
	struct ssh *h = calloc(1, sizeof *h);

	(void)owner;
	(void)param;
	if (!h)
		return ac_transport_fail(-1, "There is not enough memory for the transfer.");
	h->base.action = ssh_action;
	h->base.close = ssh_close;
	h->base.free = ssh_free;
	*out = &h->base;
	return 0;
}
