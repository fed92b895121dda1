/* SPDX-License-Identifier: ISC */
/*
 * Method: one job may wait while one is worked on, so that memory stays at a few
 * segments. What the thread makes is its own until it was joined.
 */
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/crypto.h"
#include "store/sealer.h"
#include "store/thread.h"

struct job {
	struct ac_segment seg;
	struct ac_buf raw;
	unsigned char key[32];
};

struct ac_sealer {
	struct ac_place at;
	const unsigned char *seed;
	unsigned char pk[32], prev[32];
	size_t count;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	struct job job;            /* that waits */
	bool waits, end;
	enum ac_err err;           /* of the first that failed; nothing is made after */
	struct ac_fault fault;
	struct ac_segment *segs;   /* what was made */
	struct ac_buf *bytes;
	size_t n, cap;
};

enum ac_err
ac_sealer_new(struct ac_sealer **out, const struct ac_place *at, const unsigned char seed[static 32],
	const unsigned char pk[static 32], const unsigned char prev[static 32])
{
	struct ac_sealer *s = calloc(1, sizeof *s);

	if (!s || pthread_mutex_init(&s->lock, NULL)) {
		free(s);
		return AC_ENOMEM;
	}
	if (pthread_cond_init(&s->turn, NULL)) {
		pthread_mutex_destroy(&s->lock);
		free(s);
		return AC_ENOMEM;
	}
	s->at = *at;
	s->seed = seed;
	memcpy(s->pk, pk, 32);
	memcpy(s->prev, prev, 32);
	*out = s;
	return AC_OK;
}

static void
drop(struct job *j)
{
	ac_buf_free(&j->raw);
	ac_wipe(j->key, sizeof j->key);
}

static enum ac_err
room(struct ac_sealer *s)
{
	size_t cap = s->cap ? 2 * s->cap : 4;
	struct ac_segment *segs;
	struct ac_buf *bytes;

	if (s->n < s->cap)
		return AC_OK;
	if (!(segs = realloc(s->segs, cap * sizeof *segs)))
		return AC_ENOMEM;
	s->segs = segs;
	if (!(bytes = realloc(s->bytes, cap * sizeof *bytes)))
		return AC_ENOMEM;
	s->bytes = bytes;
	s->cap = cap;
	return AC_OK;
}

static enum ac_err
work(struct ac_sealer *s, struct job *j, struct ac_fault *f)
{
	struct ac_buf out = { .max = AC_SEGMENT_MAX };
	struct ac_segment *seg = &j->seg;
	enum ac_err err;

	memcpy(seg->prev, s->prev, 32);
	seg->raw = &j->raw;
	if ((err = room(s)) || (err = ac_segment_seal(&out, seg, NULL, &s->at, j->key, s->seed, f))
	    || (err = ac_segment_proves(seg, out.p, out.len, &s->at, j->key, s->pk, f))) {
		ac_buf_free(&out);
		return err;
	}
	seg->raw = NULL;
	memcpy(s->prev, seg->hash, 32);
	s->segs[s->n] = *seg;
	s->bytes[s->n++] = out;
	return AC_OK;
}

static void
work_and_note(struct ac_sealer *s, struct job *j)
{
	struct ac_fault said = { 0 };
	enum ac_err err = s->err ? s->err : work(s, j, &said);

	drop(j);
	pthread_mutex_lock(&s->lock);
	if (err && !s->err) {
		s->err = err;
		s->fault = said;
	}
	pthread_mutex_unlock(&s->lock);
}

static void *
run(void *ctx)
{
	struct ac_sealer *s = ctx;
	struct job j;

	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (!s->waits && !s->end)
			pthread_cond_wait(&s->turn, &s->lock);
		if (!s->waits) {
			pthread_mutex_unlock(&s->lock);
			return NULL;
		}
		j = s->job;
		memset(&s->job, 0, sizeof s->job);
		s->waits = false;
		pthread_cond_signal(&s->turn);
		pthread_mutex_unlock(&s->lock);
		work_and_note(s, &j);
		ac_wipe(&j, sizeof j);
	}
}

static enum ac_err
failed(struct ac_sealer *s, struct ac_fault *f)
{
	if (s->err && s->fault.text[0] && f)
		*f = s->fault;
	return s->err;
}

enum ac_err
ac_sealer_put(struct ac_sealer *s, const struct ac_segment *seg, struct ac_buf *raw, const unsigned char key[static 32],
	bool more, struct ac_fault *f)
{
	struct job j = { .seg = *seg, .raw = *raw };
	enum ac_err err;

	memset(raw, 0, sizeof *raw);
	memcpy(j.key, key, 32);
	s->count++;
	if (more && !s->running)
		s->running = ac_thread_start(&s->thread, run, s);
	if (!s->running) {
		work_and_note(s, &j);
		return failed(s, f);
	}
	pthread_mutex_lock(&s->lock);
	while (s->waits)
		pthread_cond_wait(&s->turn, &s->lock);
	s->job = j;
	s->waits = true;
	pthread_cond_signal(&s->turn);
	err = failed(s, f);
	pthread_mutex_unlock(&s->lock);
	ac_wipe(&j, sizeof j);
	return err;
}

static void
join(struct ac_sealer *s)
{
	if (!s->running)
		return;
	pthread_mutex_lock(&s->lock);
	s->end = true;
	pthread_cond_signal(&s->turn);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->running = s->end = false;
}

enum ac_err
ac_sealer_done(struct ac_sealer *s, const struct ac_segment **segs, const struct ac_buf **bytes, size_t *n,
	struct ac_fault *f)
{
	join(s);
	*segs = s->segs;
	*bytes = s->bytes;
	*n = s->n;
	return failed(s, f);
}

size_t
ac_sealer_count(const struct ac_sealer *s)
{
	return s ? s->count : 0;
}

void
ac_sealer_free(struct ac_sealer *s)
{
	size_t i;

	if (!s)
		return;
	join(s);
	for (i = 0; i < s->n; i++)
		ac_buf_free(&s->bytes[i]);
	free(s->segs);
	free(s->bytes);
	pthread_cond_destroy(&s->turn);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
