/* SPDX-License-Identifier: ISC */
/*
 * store/thread.h: a helper thread. It is given bytes and gives bytes back: it
 * touches no home, no index, no repository and no outside state, and takes no
 * signals.
 */
#ifndef AC_STORE_THREAD_H
#define AC_STORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* False: none could be started; do the work yourself. */
bool ac_thread_start(pthread_t *out, void *(*run)(void *ctx), void *ctx);

#endif
