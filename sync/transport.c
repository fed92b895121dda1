/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "schema/faults.h"
#include "sync/transport.h"

#define CONNECT_SECONDS 20
#define STALL_SECONDS   60

static _Thread_local struct ac_transport_limits limits;
static _Thread_local uint64_t in_bytes, out_bytes;
static _Thread_local char sentence[sizeof ((struct ac_fault *)0)->text];

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool registered;

static git_smart_subtransport_definition http = { ac_http_open, 1, NULL };
static git_smart_subtransport_definition ssh = { ac_ssh_open, 0, NULL };

/* The reference on libgit2 is kept for good: at its last shutdown it would
 * forget what was registered. Registered carriers go before the built-in ones. */
static void
start(void)
{
	registered = ac_http_init() && git_libgit2_init() > 0 &&
		!git_transport_register("https", git_transport_smart, &http) &&
		!git_transport_register("http", git_transport_smart, &http) &&
		!git_transport_register("ssh", git_transport_smart, &ssh);
}

enum ac_err
ac_transport_register(struct ac_fault *f)
{
	if (pthread_once(&once, start) || !registered)
		return ac_fault(f, AC_EINTERNAL, "The network libraries did not start.");
	return AC_OK;
}

void
ac_transport_limits(const struct ac_transport_limits *l)
{
	limits = l ? *l : (struct ac_transport_limits){ 0 };
}

struct ac_transport_limits
ac_transport_limits_now(void)
{
	struct ac_transport_limits l = limits;

	if (!l.connect_seconds)
		l.connect_seconds = ac_faults_number("AFTERCARE_CONNECT_SECONDS", CONNECT_SECONDS);
	if (!l.stall_seconds)
		l.stall_seconds = ac_faults_number("AFTERCARE_STALL_SECONDS", STALL_SECONDS);
	return l;
}

void
ac_transport_counts(uint64_t *in, uint64_t *out)
{
	if (in)
		*in = in_bytes;
	if (out)
		*out = out_bytes;
}

void
ac_transport_reset(void)
{
	in_bytes = out_bytes = 0;
	sentence[0] = 0;
}

const char *
ac_transport_error(void)
{
	return sentence;
}

void
ac_transport_begin(void)
{
	sentence[0] = 0;
}

int
ac_transport_fail(int code, const char *fmt, ...)
{
	va_list ap;

	if (!sentence[0]) {
		va_start(ap, fmt);
		vsnprintf(sentence, sizeof sentence, ac_words(fmt), ap);
		va_end(ap);
	}
	git_error_set_str(GIT_ERROR_NET, sentence);
	return code;
}

bool
ac_transport_in(size_t n)
{
	in_bytes += n;
	return !limits.max_bytes || in_bytes <= limits.max_bytes;
}

void
ac_transport_out(size_t n)
{
	out_bytes += n;
}

uint64_t
ac_transport_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The @ that ends what may be secret, or NULL. Where a colon stands before the
 * path and an @ after that, a slash may be part of a password: then the last @. */
static const char *
last_at(const char *host)
{
	size_t n = strcspn(host, "/");
	const char *at = memrchr(host, '@', n);

	return memchr(host, ':', n) ? strrchr(host, '@') : at;
}

/* The user of an ssh address is part of where one goes; that of an https address
 * may be an access token, so all before the @ is left out there. */
void
ac_transport_shown(char out[static AC_TRANSPORT_SHOWN], const char *url)
{
	const char *host = strstr(url, "://"), *at;
	bool web = !strncmp(url, "http", 4);

	host = host ? host + 3 : url;
	at = last_at(host);
	if (at && !memchr(host, ':', (size_t)(at - host)) && !web)
		at = NULL;
	snprintf(out, AC_TRANSPORT_SHOWN, "%.*s%s", (int)(host - url < 16 ? host - url : 16), url,
		at ? at + 1 : host);
	for (; *out; out++)
		if (*out < ' ' || *out > '~')
			*out = '?';
}

int
ac_transport_remote(git_remote **out, git_repository *repo, const char *url)
{
	git_remote_create_options o;

	git_remote_create_options_init(&o, GIT_REMOTE_CREATE_OPTIONS_VERSION);
	o.repository = repo;
	o.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
	return git_remote_create_with_opts(out, url, &o);
}
