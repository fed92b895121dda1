/* SPDX-License-Identifier: ISC */
/*
 * Method: libgit2 pulls, libcurl pushes. A request's body is gathered whole (in
 * memory, past 1 MiB in a nameless file: it is sealed bytes and no secret), so
 * that its length is known and it can be sent again after a 401. The answer is
 * not gathered: each read turns libcurl's wheel until some bytes are there, and
 * a small buffer that is full pauses the transfer.
 *
 * Nothing of an answer reaches libgit2 unless its status is 200 and its type is
 * that of git's protocol.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sync/cred.h"
#include "sync/transport.h"

#define BODY_IN_MEMORY (1u << 20)
#define BODY_MAX       (512u << 20)
#define WINDOW         (256u << 10)
#define TALK_MAX       (1u << 20)  /* headers, and the words of an answer that is no 200 */
#define REDIRECTS      5

struct http {
	git_smart_subtransport base;
	CURLM *multi;
	CURLU *url;                   /* of the repository, without user and password */
	char *text, *host, *path, *scheme; /* the parts of url; host with its port */
	char *user;                   /* that the address names, or NULL */
	struct ac_cred cred;          /* what we prove ourselves with; empty: nothing */
	bool asked;                   /* the helpers have been asked in this conversation */
	bool helped;                  /* cred is theirs and they do not know yet whether it works */
	char shown[AC_TRANSPORT_SHOWN];
};

struct stream {
	git_smart_subtransport_stream base;
	struct http *h;
	CURL *easy;
	struct curl_slist *headers;
	const char *service;          /* git-upload-pack, git-receive-pack */
	bool ls, asked;               /* asked: the request has been made */
	char *body;                   /* BODY_IN_MEMORY once needed */
	FILE *spill;                  /* all of the body, when it is more */
	size_t nbody, sent;
	unsigned char *in;            /* WINDOW bytes */
	size_t at, len;
	size_t talk;
	bool headed;                  /* the answer's headers have come to their end */
	bool paused, over, done;
	CURLcode result;
	uint64_t last;                /* when a byte moved */
	char error[CURL_ERROR_SIZE];
};

bool
ac_http_init(void)
{
	return !curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ----------------------------------------------------------------- addresses */

static void
forget_url(struct http *h)
{
	curl_url_cleanup(h->url);
	curl_free(h->text);
	curl_free(h->host);
	curl_free(h->path);
	curl_free(h->scheme);
	h->url = NULL;
	h->text = h->host = h->path = h->scheme = NULL;
}

static void
forget_cred(struct http *h)
{
	ac_cred_free(&h->cred);
	h->asked = h->helped = false;
	free(h->user);
	h->user = NULL;
}

static bool
is_loopback(const char *host)
{
	struct in_addr a;
	struct in6_addr a6;
	char bare[64];
	size_t n = strlen(host);

	if (!strcasecmp(host, "localhost"))
		return true;
	if (inet_pton(AF_INET, host, &a) == 1)
		return ntohl(a.s_addr) >> 24 == 127;
	if (n < 3 || n >= sizeof bare || host[0] != '[')
		return false;
	memcpy(bare, host + 1, n - 2);
	bare[n - 2] = 0;
	return inet_pton(AF_INET6, bare, &a6) == 1 && !memcmp(&a6, &in6addr_loopback, sizeof a6);
}

/* host, or host:port when the address names one. */
static char *
host_and_port(CURLU *u, const char *host)
{
	char *port = NULL, *out = NULL;

	if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT))
		return strdup(host);
	if (asprintf(&out, "%s:%s", host, port) < 0)
		out = NULL;
	curl_free(port);
	return out;
}

static int
no_memory(void)
{
	return ac_transport_fail(-1, "There is not enough memory for the transfer.");
}

/* Takes user and password out of the address. */
static int
split_user(struct http *h, CURLU *u)
{
	char *user = NULL, *pass = NULL;
	int rc = 0;

	if (!curl_url_get(u, CURLUPART_USER, &user, CURLU_URLDECODE) && !(h->user = strdup(user)))
		rc = -1;
	if (!rc && user && !curl_url_get(u, CURLUPART_PASSWORD, &pass, CURLU_URLDECODE) &&
	    (ac_buf_add(&h->cred.user, user, strlen(user) + 1) ||
	     ac_buf_add(&h->cred.pass, pass, strlen(pass) + 1)))
		rc = -1;
	if (pass)
		ac_wipe(pass, strlen(pass));
	curl_free(pass);
	curl_free(user);
	if (curl_url_set(u, CURLUPART_USER, NULL, 0) || curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) ||
	    curl_url_set(u, CURLUPART_OPTIONS, NULL, 0))
		rc = -1;
	return rc ? no_memory() : 0;
}

static bool
has_query(CURLU *u)
{
	char *s = NULL;

	if (!curl_url_get(u, CURLUPART_QUERY, &s, 0) || !curl_url_get(u, CURLUPART_FRAGMENT, &s, 0)) {
		curl_free(s);
		return true;
	}
	return false;
}

/* Sets h->url and its parts to `u`, which it takes. */
static int
take_url(struct http *h, CURLU *u)
{
	char *host = NULL, *slash;
	int rc = -1;

	forget_url(h);
	h->url = u;
	if (has_query(u)) {
		ac_transport_fail(-1, "%s: the address of a repository has no ? and no #.", h->shown);
		goto out;
	}
	if (curl_url_get(u, CURLUPART_HOST, &host, 0) || curl_url_get(u, CURLUPART_SCHEME, &h->scheme, 0) ||
	    curl_url_get(u, CURLUPART_PATH, &h->path, 0)) {
		no_memory();
		goto out;
	}
	if (strcmp(h->scheme, "https") && (strcmp(h->scheme, "http") || !is_loopback(host))) {
		ac_transport_fail(-1, "%s: plain http is for this machine only; use https.", h->shown);
		goto out;
	}
	for (slash = h->path + strlen(h->path); slash > h->path && slash[-1] == '/'; )
		*--slash = 0;
	if (curl_url_set(u, CURLUPART_PATH, *h->path ? h->path : "/", 0) ||
	    curl_url_get(u, CURLUPART_URL, &h->text, 0) || !(h->host = host_and_port(u, host))) {
		no_memory();
		goto out;
	}
	rc = 0;
out:
	curl_free(host);
	return rc;
}

static int
parse(struct http *h, const char *url)
{
	CURLU *u = curl_url();

	forget_cred(h);
	ac_transport_shown(h->shown, url);
	if (!u)
		return no_memory();
	if (curl_url_set(u, CURLUPART_URL, url, 0)) {
		curl_url_cleanup(u);
		return ac_transport_fail(-1, "%s is not an address: check how it is written.", h->shown);
	}
	if (split_user(h, u)) {
		curl_url_cleanup(u);
		return -1;
	}
	return take_url(h, u);
}

/* The address of one request: the repository's and `tail`. */
static char *
address(const struct http *h, const char *tail, const char *service)
{
	size_t n = strlen(h->text);
	char *s;

	while (n && h->text[n - 1] == '/')
		n--;
	return asprintf(&s, "%.*s%s%s", (int)n, h->text, tail, service) < 0 ? NULL : s;
}

/* After a redirect the conversation goes on at the new place. A password that
 * the address held is for the old place alone. */
static int
learn_place(struct stream *s)
{
	struct http *h = s->h;
	char was[AC_TRANSPORT_SHOWN], *now = NULL, *end, *host = NULL, tail[64];
	size_t n = (size_t)snprintf(tail, sizeof tail, "/info/refs?service=%s", s->service);
	CURLU *u = NULL;
	long hops = 0;
	int rc = -1;

	curl_easy_getinfo(s->easy, CURLINFO_REDIRECT_COUNT, &hops);
	if (!s->ls || !hops)
		return 0;
	memcpy(was, h->shown, sizeof was);
	if (curl_easy_getinfo(s->easy, CURLINFO_EFFECTIVE_URL, &now) || !now || !(now = strdup(now)) ||
	    !(u = curl_url()) || !(host = strdup(h->host))) {
		no_memory();
		goto out;
	}
	end = now + strlen(now) - n;
	if (end < now || strcmp(end, tail)) {
		ac_transport_fail(-1, "%s sends us to a place that is no repository: check the address.", was);
		goto out;
	}
	*end = 0;
	if (curl_url_set(u, CURLUPART_URL, now, 0) || curl_url_set(u, CURLUPART_USER, NULL, 0) ||
	    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0)) {
		ac_transport_fail(-1, "%s sends us to an address that cannot be read.", was);
		goto out;
	}
	ac_transport_shown(h->shown, now);
	rc = take_url(h, u);
	u = NULL;
	if (!rc && strcmp(host, h->host))
		forget_cred(h);
out:
	curl_url_cleanup(u);
	free(host);
	free(now);
	return rc;
}

/* ------------------------------------------------------------------ failures */

/* What OpenSSL found wrong with the certificate (X509_V_ERR_...). */
enum { NOT_YET_VALID = 9, HAS_EXPIRED = 10, SELF_SIGNED = 18, UNKNOWN_IN_CHAIN = 19, UNKNOWN_ISSUER = 20,
	UNKNOWN_LEAF = 21 };

static int
fail_trust(struct stream *s)
{
	const char *u = s->h->shown;
	long found = 0;

	curl_easy_getinfo(s->easy, CURLINFO_SSL_VERIFYRESULT, &found);
	switch (found) {
	case NOT_YET_VALID:
	case HAS_EXPIRED:
		return ac_transport_fail(GIT_ECERTIFICATE, found == HAS_EXPIRED
			? "%s: the server's certificate has expired: check this device's date, and ask who runs the server to renew it."
			: "%s: the server's certificate is not valid yet: check this device's date, and ask who runs the server to renew"
				" it.", u);
	case SELF_SIGNED:
	case UNKNOWN_IN_CHAIN:
	case UNKNOWN_ISSUER:
	case UNKNOWN_LEAF:
		return ac_transport_fail(GIT_ECERTIFICATE, "%s: the server's certificate is of no authority that this device"
			" trusts: if the server is your own, name a file with its certificate in AFTERCARE_CA_FILE.", u);
	default:
		return ac_transport_fail(GIT_ECERTIFICATE, "%s: the server's certificate cannot be trusted (%.200s): check the"
			" address.", u, s->error[0] ? s->error : curl_easy_strerror(s->result));
	}
}

static int
fail_transfer(struct stream *s)
{
	struct ac_transport_limits l = ac_transport_limits_now();
	const char *u = s->h->shown;

	switch (s->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return ac_transport_fail(-1, "%s: no host of that name was found; check the address and the network.", u);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return ac_transport_fail(-1, "%s: the proxy that is set was not found.", u);
	case CURLE_COULDNT_CONNECT:
		return ac_transport_fail(-1, "%s: the connection was refused; is the server running?", u);
	case CURLE_OPERATION_TIMEDOUT:
		return ac_transport_fail(-1, "%s: no connection within %u seconds; try again later.", u,
			l.connect_seconds);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CERTPROBLEM:
		return fail_trust(s);
	case CURLE_SSL_CACERT_BADFILE:
		return ac_transport_fail(GIT_ECERTIFICATE, "%s: the file of AFTERCARE_CA_FILE holds no certificate that can be"
			" read.", u);
	case CURLE_TOO_MANY_REDIRECTS:
		return ac_transport_fail(-1, "%s sends us from place to place without end.", u);
	case CURLE_UNSUPPORTED_PROTOCOL:
		return ac_transport_fail(-1, "%s sends us to an address that is not https; that is not followed.", u);
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		return ac_transport_fail(-1, "%s: the connection broke off before all had arrived; try again.", u);
	case CURLE_WRITE_ERROR:
		return ac_transport_fail(-1, "%s: the server talks on and on; is this a git repository's address?", u);
	case CURLE_OUT_OF_MEMORY:
		return no_memory();
	default:
		return ac_transport_fail(-1, "%s: the transfer failed (%s).", u, curl_easy_strerror(s->result));
	}
}

static int
fail_status(struct stream *s, long status)
{
	struct http *h = s->h;
	const char *u = h->shown;

	if (status == 401)
		return ac_transport_fail(GIT_EAUTH, h->cred.pass.len ?
			"%s: the server did not accept the user name and password." :
			"%s: the server wants a user name and password, and no credential helper of git gave them.",
			u);
	if (status == 403)
		return ac_transport_fail(-1, strcmp(s->service, "git-receive-pack")
			? "%s: the server forbids this (403); ask who runs it for the right to read."
			: "%s: the server forbids this (403); ask who runs it for the right to write.", u);
	if (status == 404 || status == 410)
		return ac_transport_fail(GIT_ENOTFOUND, "%s: there is no repository at this address (%ld).", u, status);
	if (status == 407)
		return ac_transport_fail(-1, "%s: the proxy wants a user name and password (407).", u);
	if (status == 413)
		return ac_transport_fail(-1, "%s: the server does not take a request this large (413).", u);
	if (status >= 300 && status < 400)
		return ac_transport_fail(-1, "%s has moved (%ld), and this redirect is not followed; check the address.",
			u, status);
	if (status >= 500)
		return ac_transport_fail(-1, "%s: the server failed (%ld); try again later.", u, status);
	return ac_transport_fail(-1, "%s: the server answered %ld.", u, status);
}

static int
fail_stalled(struct stream *s)
{
	return ac_transport_fail(-1, "%s: the server said nothing for %u seconds; try again later.",
		s->h->shown, ac_transport_limits_now().stall_seconds);
}

static int
fail_over(struct stream *s)
{
	return ac_transport_fail(-1, "%s: the server sent more than the %llu bytes allowed and was cut off.",
		s->h->shown, (unsigned long long)ac_transport_limits_now().max_bytes);
}

/* ------------------------------------------------------------ libcurl's side */

static long
status_of(const struct stream *s)
{
	long status = 0;

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static bool
talk_fits(struct stream *s, size_t n)
{
	s->talk += n;
	return s->talk <= TALK_MAX;
}

/* The words of an answer that is no 200 are read and dropped. */
static size_t
on_answer(char *p, size_t size, size_t n, void *ctx)
{
	struct stream *s = ctx;

	n *= size;
	if (status_of(s) == 200 && n > WINDOW - s->len) {
		s->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	s->last = ac_transport_clock();
	if (!ac_transport_in(n)) {
		s->over = true;
		return 0;
	}
	if (status_of(s) != 200)
		return talk_fits(s, n) ? n : 0;
	memcpy(s->in + s->len, p, n);
	s->len += n;
	return n;
}

static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct stream *s = ctx;

	n *= size;
	s->headed = n <= 2 && memchr(p, '\n', n);
	s->last = ac_transport_clock();
	return talk_fits(s, n) ? n : 0;
}

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct stream *s = ctx;

	n *= size;
	if (n > s->nbody - s->sent)
		n = s->nbody - s->sent;
	if (!s->spill)
		memcpy(p, s->body + s->sent, n);
	else if (fread(p, 1, n, s->spill) != n)
		return CURL_READFUNC_ABORT;
	s->sent += n;
	s->last = ac_transport_clock();
	ac_transport_out(n);
	return n;
}

static int
on_rewind(void *ctx, curl_off_t to, int whence)
{
	struct stream *s = ctx;

	if (whence != SEEK_SET || to < 0 || (uint64_t)to > s->nbody)
		return CURL_SEEKFUNC_FAIL;
	if (s->spill && fseeko(s->spill, (off_t)to, SEEK_SET))
		return CURL_SEEKFUNC_FAIL;
	s->sent = (size_t)to;
	return CURL_SEEKFUNC_OK;
}

/* With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to us; the process's own setting
 * is not ours to change, so the thread holds the signal back meanwhile. */
static void
hold_pipe(sigset_t *before)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &one, before);
}

static void
release_pipe(const sigset_t *before)
{
	struct timespec now = { 0 };
	sigset_t one;

	if (sigismember(before, SIGPIPE))
		return;
	sigemptyset(&one);
	sigaddset(&one, SIGPIPE);
	while (sigtimedwait(&one, NULL, &now) > 0)
		;
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* One turn; false: libcurl itself failed. */
static bool
turn(struct stream *s)
{
	int left, running;
	sigset_t before;
	CURLMsg *m;
	bool ok = true;

	hold_pipe(&before);
	if (s->paused && s->len == 0) {
		s->paused = false;
		/* calls on_answer, whose refusal it returns */
		s->result = curl_easy_pause(s->easy, CURLPAUSE_CONT);
		s->done = s->result != CURLE_OK;
	}
	if (!s->done)
		ok = !curl_multi_perform(s->h->multi, &running);
	release_pipe(&before);
	while (ok && !s->done && (m = curl_multi_info_read(s->h->multi, &left)))
		if (m->msg == CURLMSG_DONE && m->easy_handle == s->easy) {
			s->done = true;
			s->result = m->data.result;
		}
	return ok;
}

/* Before the connection stands libcurl's own limit holds. */
static bool
stalled(const struct stream *s)
{
	curl_off_t ready = 0;

	curl_easy_getinfo(s->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
	return ready > 0 && ac_transport_clock() - s->last > ac_transport_limits_now().stall_seconds * 1000ull;
}

/* Goes on until bytes are there or the transfer is over. */
static int
drive(struct stream *s)
{
	curl_off_t before = 0, ready = 0;

	s->last = ac_transport_clock();
	for (;;) {
		if (!turn(s))
			return ac_transport_fail(-1, "%s: the transfer could not go on.", s->h->shown);
		if (s->over)
			return fail_over(s);
		if (s->len > s->at || s->done)
			return 0;
		curl_easy_getinfo(s->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
		if (ready != before)
			s->last = ac_transport_clock();
		before = ready;
		if (stalled(s))
			return fail_stalled(s);
		curl_multi_poll(s->h->multi, NULL, 0, 200, NULL);
	}
}

/* ------------------------------------------------------------------- request */

static void
stop(struct stream *s)
{
	if (s->easy) {
		curl_multi_remove_handle(s->h->multi, s->easy);
		curl_easy_cleanup(s->easy);
	}
	curl_slist_free_all(s->headers);
	s->easy = NULL;
	s->headers = NULL;
	s->at = s->len = s->sent = s->talk = 0;
	s->headed = s->paused = s->over = s->done = false;
	s->result = CURLE_OK;
}

static bool
add_header(struct stream *s, const char *before, const char *service, const char *after)
{
	char line[96];
	struct curl_slist *l;

	snprintf(line, sizeof line, "%s%s%s", before, service, after);
	if (!(l = curl_slist_append(s->headers, line)))
		return false;
	s->headers = l;
	return true;
}

/* git's own setting goes before the environment's, which libcurl reads itself.
 * This machine is never asked for through a proxy. */
static bool
set_proxy(struct stream *s)
{
	git_config *c = NULL;
	git_buf v = { 0 };
	bool ok = true;

	if (!strcmp(s->h->scheme, "http"))
		return !curl_easy_setopt(s->easy, CURLOPT_NOPROXY, "*");
	if (!git_config_open_default(&c) && !git_config_get_string_buf(&v, c, "http.proxy"))
		ok = !curl_easy_setopt(s->easy, CURLOPT_PROXY, v.ptr);
	git_buf_dispose(&v);
	git_config_free(c);
	return ok;
}

static bool
set_common(struct stream *s)
{
	const char *ca = getenv("AFTERCARE_CA_FILE");
	struct http *h = s->h;
	CURL *e = s->easy;
	bool tls = !strcmp(h->scheme, "https");
	long wait = (long)ac_transport_limits_now().connect_seconds;

	return !curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) && !curl_easy_setopt(e, CURLOPT_ERRORBUFFER, s->error) &&
		!curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, h->scheme) &&
		!curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "https") &&
		!curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, s->ls && tls ? 1L : 0L) &&
		!curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long)REDIRECTS) &&
		!curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, wait) &&
		!curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
		!curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
		!curl_easy_setopt(e, CURLOPT_USERAGENT, "git/2.0 (aftercare " AC_VERSION ")") &&
		!curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
		!curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_answer) && !curl_easy_setopt(e, CURLOPT_WRITEDATA, s) &&
		!curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) && !curl_easy_setopt(e, CURLOPT_HEADERDATA, s) &&
		(!ca || !*ca || !curl_easy_setopt(e, CURLOPT_CAINFO, ca)) && set_proxy(s);
}

static bool
set_cred(struct stream *s)
{
	const struct ac_cred *c = &s->h->cred;

	if (!c->user.len || !c->pass.len)
		return true;
	return !curl_easy_setopt(s->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) &&
		!curl_easy_setopt(s->easy, CURLOPT_USERNAME, (const char *)c->user.p) &&
		!curl_easy_setopt(s->easy, CURLOPT_PASSWORD, (const char *)c->pass.p);
}

static bool
set_request(struct stream *s)
{
	char *to = s->ls ? address(s->h, "/info/refs?service=", s->service) : address(s->h, "/", s->service);
	CURL *e = s->easy;
	bool ok = to && !curl_easy_setopt(e, CURLOPT_URL, to);

	free(to);
	if (!ok)
		return false;
	if (s->ls)
		return add_header(s, "Pragma: no-cache", "", "") &&
			!curl_easy_setopt(e, CURLOPT_HTTPHEADER, s->headers);
	return add_header(s, "Content-Type: application/x-", s->service, "-request") &&
		add_header(s, "Accept: application/x-", s->service, "-result") && add_header(s, "Expect:", "", "") &&
		!curl_easy_setopt(e, CURLOPT_HTTPHEADER, s->headers) && !curl_easy_setopt(e, CURLOPT_POST, 1L) &&
		!curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->nbody) &&
		!curl_easy_setopt(e, CURLOPT_READFUNCTION, on_body) && !curl_easy_setopt(e, CURLOPT_READDATA, s) &&
		!curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_rewind) && !curl_easy_setopt(e, CURLOPT_SEEKDATA, s);
}

static int
ask(struct stream *s)
{
	stop(s);
	s->error[0] = 0;
	if (s->spill && fseeko(s->spill, 0, SEEK_SET))
		return ac_transport_fail(-1, "%s: the temporary file of the request cannot be read.", s->h->shown);
	if (!(s->easy = curl_easy_init()) || !set_common(s) || !set_cred(s) || !set_request(s) ||
	    curl_multi_add_handle(s->h->multi, s->easy))
		return no_memory();
	return drive(s);
}

static struct ac_cred_for
cred_for(const struct http *h)
{
	return (struct ac_cred_for){ h->scheme, h->host, h->path + (*h->path == '/'), h->user };
}

/* A 401: what failed is forgotten by those who gave it; the helpers are asked once. */
static bool
find_cred(struct http *h)
{
	struct ac_cred_for w = cred_for(h);

	if (h->helped)
		ac_cred_tell(&w, &h->cred, false);
	h->helped = false;
	if (h->asked || h->cred.pass.len)
		return false;
	h->asked = true;
	ac_cred_free(&h->cred);
	h->helped = ac_cred_get(&h->cred, &w) == AC_OK;
	return h->helped;
}

static void
praise_cred(struct http *h)
{
	struct ac_cred_for w = cred_for(h);

	if (h->helped)
		ac_cred_tell(&w, &h->cred, true);
	h->helped = false;
}

static int
check_type(struct stream *s)
{
	char want[64];
	const char *got = NULL;

	snprintf(want, sizeof want, "application/x-%s-%s", s->service, s->ls ? "advertisement" : "result");
	if (!curl_easy_getinfo(s->easy, CURLINFO_CONTENT_TYPE, &got) && got && !strcmp(got, want))
		return 0;
	return ac_transport_fail(-1, "%s: there is a server but no git repository at this address.", s->h->shown);
}

/* Makes the request, again if a password has to be found, and judges the answer. */
static int
request(struct stream *s)
{
	long status;
	int rc;

	s->asked = true;
	for (;;) {
		if ((rc = ask(s)))
			return rc;
		status = status_of(s);
		/* libcurl takes a connection that broke off among the headers for their end */
		if (s->done && !s->result && !s->headed)
			s->result = CURLE_RECV_ERROR;
		if (s->done && s->result)
			return fail_transfer(s);
		if ((rc = learn_place(s)))
			return rc;
		if (status != 401 || !find_cred(s->h))
			break;
	}
	if (status != 200)
		return fail_status(s, status);
	praise_cred(s->h);
	return check_type(s);
}

/* ------------------------------------------------------------ libgit2's side */

static int
stream_read(git_smart_subtransport_stream *base, char *p, size_t n, size_t *got)
{
	struct stream *s = (struct stream *)base;
	int rc;

	*got = 0;
	if (!s->asked && (rc = request(s)))
		return rc;
	if (s->at == s->len) {
		s->at = s->len = 0;
		if (!s->done && (rc = drive(s)))
			return rc;
		if (s->done && s->result && s->len == 0)
			return fail_transfer(s);
	}
	if (n > s->len - s->at)
		n = s->len - s->at;
	memcpy(p, s->in + s->at, n);
	s->at += n;
	*got = n;
	/* an end is no failure here, but if libgit2 wanted more this was the cause */
	if (!n)
		ac_transport_fail(0, "%s: the server stopped in the middle of its answer; try again.", s->h->shown);
	return 0;
}

static int
spill(struct stream *s)
{
	if (s->spill)
		return 0;
	if (!(s->spill = tmpfile()) || fwrite(s->body, 1, s->nbody, s->spill) != s->nbody)
		return ac_transport_fail(-1, "%s: no room for the temporary file of the request.", s->h->shown);
	free(s->body);
	s->body = NULL;
	return 0;
}

static int
stream_write(git_smart_subtransport_stream *base, const char *p, size_t n)
{
	struct stream *s = (struct stream *)base;

	if (s->ls || s->asked)
		return ac_transport_fail(-1, "%s: a request was made out of turn.", s->h->shown);
	if (n > BODY_MAX - s->nbody)
		return ac_transport_fail(-1, "%s: more than %u MiB would have to be sent at once.", s->h->shown,
			BODY_MAX >> 20);
	if (n > BODY_IN_MEMORY - (s->spill ? BODY_IN_MEMORY : s->nbody) && spill(s))
		return -1;
	if (s->spill) {
		if (fwrite(p, 1, n, s->spill) != n)
			return ac_transport_fail(-1, "%s: no room for the temporary file of the request.", s->h->shown);
	} else {
		if (!s->body && !(s->body = malloc(BODY_IN_MEMORY)))
			return no_memory();
		memcpy(s->body + s->nbody, p, n);
	}
	s->nbody += n;
	return 0;
}

static void
stream_free(git_smart_subtransport_stream *base)
{
	struct stream *s = (struct stream *)base;

	if (!s)
		return;
	stop(s);
	if (s->spill)
		fclose(s->spill);
	free(s->body);
	free(s->in);
	free(s);
}

static int
http_action(git_smart_subtransport_stream **out, git_smart_subtransport *base, const char *url,
	git_smart_service_t action)
{
	struct http *h = (struct http *)base;
	bool ls = action == GIT_SERVICE_UPLOADPACK_LS || action == GIT_SERVICE_RECEIVEPACK_LS;
	struct stream *s;

	if (ls)
		ac_transport_begin();
	if ((ls || !h->url) && parse(h, url))
		return -1;
	if (!(s = calloc(1, sizeof *s)) || !(s->in = malloc(WINDOW))) {
		free(s);
		return no_memory();
	}
	s->base.subtransport = base;
	s->base.read = stream_read;
	s->base.write = stream_write;
	s->base.free = stream_free;
	s->h = h;
	s->ls = ls;
	s->service = action == GIT_SERVICE_UPLOADPACK_LS || action == GIT_SERVICE_UPLOADPACK ?
		"git-upload-pack" : "git-receive-pack";
	*out = &s->base;
	return 0;
}

static int
http_close(git_smart_subtransport *base)
{
	struct http *h = (struct http *)base;

	forget_url(h);
	forget_cred(h);
	return 0;
}

static void
http_free(git_smart_subtransport *base)
{
	struct http *h = (struct http *)base;

	http_close(base);
	curl_multi_cleanup(h->multi);
	free(h);
}

int
ac_http_open(git_smart_subtransport **out, git_transport *owner, void *param)
{
	struct http *h = calloc(1, sizeof *h);

	(void)owner;
	(void)param;
	if (!h || !(h->multi = curl_multi_init())) {
		free(h);
		return no_memory();
	}
	h->base.action = http_action;
	h->base.close = http_close;
	h->base.free = http_free;
	*out = &h->base;
	return 0;
}
