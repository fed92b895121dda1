/* SPDX-License-Identifier: ISC */
#include <signal.h>

#include "store/thread.h"

bool
ac_thread_start(pthread_t *out, void *(*run)(void *ctx), void *ctx)
{
	sigset_t all, was;
	bool ok;

	/* a thread begins with its maker's mask */
	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &was))
		return false;
	ok = !pthread_create(out, NULL, run, ctx);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return ok;
}
