/* SPDX-License-Identifier: ISC */
/*
 * Method: while documents are compared and stored, a thread reads the next files of
 * the folder and finds of each what depends on its bytes alone. It keeps to small files
 * that are one document each, of which a folder may hold many. All others, and whatever
 * is odd about a file, it leaves to the reader that can say what is wrong.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/import.h"
#include "store/thread.h"

#define RING  64u                   /* files, at most, that wait */
#define LARGE ((size_t)256 << 10)   /* no small file */
#define HELD  ((size_t)2 << 20)     /* bytes of files that wait */

struct ac_import_ahead {
	int dir;
	struct dirent **list;
	size_t n;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	/* under the lock */
	size_t made, taken, held;   /* files; bytes that wait */
	bool hungry, sleeps;        /* who waits: the taker, the thread */
	bool end, stop;             /* the list is at its end; nobody takes any more */
	struct ac_import_found ring[RING];
};

bool
ac_import_ahead_may(const struct dirent *d)
{
	return d->d_type == DT_REG && d->d_name[0] != '.' && ac_import_wanted(d->d_name) && !ac_import_by_line(d->d_name);
}

/* False: it is left to the other reader. */
static bool
read_small(struct ac_buf *text, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t got = -1;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size < LARGE
	    && !ac_buf_room(text, (size_t)st.st_size + 1))
		got = read(fd, text->p, (size_t)st.st_size + 1);
	close(fd);
	text->len = got > 0 ? (size_t)got : 0;
	return got > 0 && got == st.st_size;
}

static bool
is_bundle(const struct ac_val *v)
{
	const char *type = ac_val_str(v, "resourceType");

	return type && !strcmp(type, "Bundle");
}

static void
find(struct ac_import_found *o, int dir, const char *name)
{
	ac_buf_reset(&o->text);
	ac_arena_reset(&o->arena);
	o->ready = read_small(&o->text, dir, name)
	    && !ac_json_read(&o->body, &o->arena, o->text.p, o->text.len, NULL)
	    && !ac_doc_check(o->body, NULL) && !is_bundle(o->body)
	    && !ac_attach_detach(&o->bare, &o->arena, NULL, o->body, NULL)
	    && !ac_facts_bytes(&o->facts, o->bare) && ac_mp_is_body(o->bare)
	    && !ac_facts_rest(&o->facts, &o->arena, o->bare, NULL, NULL);
}

/* The place for the next file, or NULL: nobody wants it. */
static struct ac_import_found *
place(struct ac_import_ahead *a)
{
	bool stop;

	pthread_mutex_lock(&a->lock);
	/* once it is full, half of it shall be empty before it is worth waking up */
	if (a->made - a->taken == RING || a->held >= HELD) {
		a->sleeps = true;
		while (!a->stop && (a->made - a->taken > RING / 2 || a->held >= HELD))
			pthread_cond_wait(&a->turn, &a->lock);
		a->sleeps = false;
	}
	stop = a->stop;
	pthread_mutex_unlock(&a->lock);
	return stop ? NULL : &a->ring[a->made % RING];
}

static void *
run(void *ctx)
{
	struct ac_import_ahead *a = ctx;
	struct ac_import_found *o;
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (!ac_import_ahead_may(a->list[i]))
			continue;
		if (!(o = place(a)))
			break;
		find(o, a->dir, a->list[i]->d_name);
		pthread_mutex_lock(&a->lock);
		a->made++;
		a->held += o->text.len;
		if (a->hungry)
			pthread_cond_broadcast(&a->turn);
		pthread_mutex_unlock(&a->lock);
	}
	pthread_mutex_lock(&a->lock);
	a->end = true;
	pthread_cond_broadcast(&a->turn);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static struct ac_import_ahead *
make(void)
{
	struct ac_import_ahead *a = calloc(1, sizeof *a);

	if (!a || pthread_mutex_init(&a->lock, NULL)) {
		free(a);
		return NULL;
	}
	if (pthread_cond_init(&a->turn, NULL)) {
		pthread_mutex_destroy(&a->lock);
		free(a);
		return NULL;
	}
	return a;
}

struct ac_import_ahead *
ac_import_ahead_new(struct ac_import_ahead **spare, const char *path, struct dirent **list, size_t n)
{
	struct ac_import_ahead *a = *spare ? *spare : make();

	*spare = NULL;
	if (!a)
		return NULL;
	if ((a->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		*spare = a;
		return NULL;
	}
	a->list = list;
	a->n = n;
	a->made = a->taken = a->held = 0;
	a->hungry = a->sleeps = a->end = a->stop = false;
	a->running = ac_thread_start(&a->thread, run, a);
	return a;
}

struct ac_import_found *
ac_import_ahead_take(struct ac_import_ahead *a)
{
	struct ac_import_found *o = NULL;

	if (!a || !a->running)
		return NULL;
	pthread_mutex_lock(&a->lock);
	while (a->made == a->taken && !a->end) {
		a->hungry = true;
		pthread_cond_wait(&a->turn, &a->lock);
	}
	a->hungry = false;
	if (a->made != a->taken)
		o = &a->ring[a->taken % RING];
	pthread_mutex_unlock(&a->lock);
	return o && o->ready ? o : NULL;
}

void
ac_import_ahead_done(struct ac_import_ahead *a)
{
	if (!a || !a->running)
		return;
	pthread_mutex_lock(&a->lock);
	if (a->made != a->taken)
		a->held -= a->ring[a->taken++ % RING].text.len;
	if (a->sleeps && a->made - a->taken <= RING / 2)
		pthread_cond_broadcast(&a->turn);
	pthread_mutex_unlock(&a->lock);
}

void
ac_import_ahead_end(struct ac_import_ahead *a, struct ac_import_ahead **spare)
{
	if (!a)
		return;
	if (a->running) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_broadcast(&a->turn);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
		a->running = false;
	}
	close(a->dir);
	ac_import_ahead_free(*spare);
	*spare = a;
}

void
ac_import_ahead_free(struct ac_import_ahead *a)
{
	size_t i;

	if (!a)
		return;
	for (i = 0; i < RING; i++) {
		ac_buf_free(&a->ring[i].text);
		ac_arena_free(&a->ring[i].arena);
		ac_facts_free(&a->ring[i].facts);
	}
	pthread_cond_destroy(&a->turn);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
