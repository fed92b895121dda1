/* SPDX-License-Identifier: ISC */
/*
 * Method: while documents are compared and stored, a thread walks the same folders in
 * the same order and finds of each file what depends on its bytes alone. It keeps to
 * small files that are one document each, of which a folder may hold many. All others,
 * and whatever is odd about a file, it leaves to the reader that can say what is wrong.
 *
 * What it finds waits in a ring. The two agree by the path: what was found of a file
 * that the other does not come to next is not taken.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/import.h"
#include "store/thread.h"

/* As many as are looked at while a batch is written: then neither waits for the other. */
#define RING  8192u                 /* files, at most, that wait */
#define HELD  ((size_t)12 << 20)    /* their bytes; with what was found they take some three times as much */
#define SOME  32u                   /* are worth waking the other for */
#define LARGE ((size_t)256 << 10)   /* no small file */
#define VALUE ((size_t)256 << 10)   /* most take less */

struct ac_import_ahead {
	const struct ac_space *s;
	const char *source, *path;
	pthread_t thread;
	bool running;
	struct ac_arena scratch;    /* the thread's */
	/* the thread's own count of what it made, which the other may not know yet */
	size_t ready, bytes;
	/* the taker's own, of what it took; and up to where it knows of more */
	size_t used, gone, known;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	/* under the lock: those counts as they were last shown */
	size_t made, put;
	size_t taken, got;
	bool hungry, sleeps;        /* who waits: the taker, the thread */
	bool end, stop;             /* all is made; nobody takes any more */
	struct ac_import_found ring[RING]; /* from taken to made the taker's, then the thread's */
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

/* What key and facts point to leaves the scratch arena. */
static bool
keep_words(struct ac_import_found *o)
{
	const char **all[] = { &o->key.type, &o->key.id, &o->facts.date, &o->facts.title };
	bool says_id = o->facts.id && !strcmp(o->facts.id, o->key.id);
	size_t at[4], i;

	for (i = 0; i < 4; i++) {
		at[i] = o->words.len;
		if (ac_buf_add(&o->words, *all[i], strlen(*all[i]) + 1))
			return false;
	}
	for (i = 0; i < 4; i++)
		*all[i] = (const char *)o->words.p + at[i];
	o->facts.type = o->key.type;
	o->facts.id = says_id ? o->key.id : NULL;
	return true;
}

static void
find(struct ac_import_found *o, struct ac_import_ahead *a, int dir, const char *path, const char *name)
{
	struct ac_import_doc d = { .arena = &a->scratch, .facts = &o->facts };

	ac_buf_reset(&o->path);
	ac_buf_reset(&o->text);
	ac_buf_reset(&o->words);
	ac_arena_reset(&a->scratch);
	o->ready = !ac_buf_add(&o->path, path, strlen(path) + 1)
	    && read_small(&o->text, dir, name)
	    && !ac_json_read(&d.body, d.arena, o->text.p, o->text.len, NULL)
	    && !ac_doc_check(d.body, NULL) && !is_bundle(d.body) && !ac_import_deep(d.body)
	    && !ac_attach_detach(&d.bare, d.arena, NULL, d.body, NULL)
	    && !ac_facts_bytes(&o->facts, d.bare) && ac_mp_is_body(d.bare)
	    && !ac_facts_rest(&o->facts, d.arena, d.bare, NULL, NULL)
	    && !ac_import_name(&o->key, &o->name, a->s, a->source, &d)
	    && keep_words(o);
}

/* ------------------------------------------------------------------ the thread */

/* What was made is shown to the taker. */
static void
show(struct ac_import_ahead *a)
{
	a->made = a->ready;
	a->put = a->bytes;
	if (a->hungry && (a->made - a->taken >= SOME || a->sleeps || a->end))
		pthread_cond_broadcast(&a->turn);
}

/* The place for the next file, or NULL: nobody wants it. */
static struct ac_import_found *
place(struct ac_import_ahead *a)
{
	bool stop;

	if (a->ready % (SOME / 2) && a->bytes - a->put < HELD / 8)
		return &a->ring[a->ready % RING]; /* there was room for that many */
	pthread_mutex_lock(&a->lock);
	show(a);
	/* once it is full, half of it shall be empty before it is worth waking up */
	if (a->made - a->taken > RING - SOME || a->put - a->got >= HELD) {
		a->sleeps = true;
		show(a);
		while (!a->stop && (a->made - a->taken > RING / 2 || a->put - a->got >= HELD))
			pthread_cond_wait(&a->turn, &a->lock);
		a->sleeps = false;
	}
	stop = a->stop;
	pthread_mutex_unlock(&a->lock);
	return stop ? NULL : &a->ring[a->ready % RING];
}

static bool
folder(struct ac_import_ahead *a, const char *path, unsigned depth)
{
	struct ac_import_found *o;
	struct dirent **list = NULL;
	bool go = true;
	char name[4096];
	int n, i, dir;

	if (depth > AC_IMPORT_FOLDERS || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return true;
	n = ac_import_names(&list, path);
	for (i = 0; i < n; i++) {
		if (go && list[i]->d_name[0] != '.' && ac_import_join(name, path, list[i]->d_name)) {
			if (list[i]->d_type == DT_DIR)
				go = folder(a, name, depth + 1);
			else if (ac_import_ahead_may(list[i]) && (go = (o = place(a)) != NULL)) {
				find(o, a, dir, name, list[i]->d_name);
				a->bytes += o->text.len;
				a->ready++;
			}
		}
		free(list[i]);
	}
	free(list);
	close(dir);
	return go;
}

static void *
run(void *ctx)
{
	struct ac_import_ahead *a = ctx;

	folder(a, a->path, 0);
	pthread_mutex_lock(&a->lock);
	a->end = true;
	show(a);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ------------------------------------------------------------------- the taker */

struct ac_import_ahead *
ac_import_ahead_new(const struct ac_space *s, const char *source, const char *path)
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
	a->s = s;
	a->source = source;
	a->path = path;
	(void)!ac_arena_get(&a->scratch, VALUE); /* its first piece is kept */
	a->running = ac_thread_start(&a->thread, run, a);
	return a;
}

/* The taker's count is shown to the thread, and the thread's seen. */
static void
look(struct ac_import_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->taken = a->used;
	a->got = a->gone;
	if (a->sleeps && a->made - a->taken <= RING / 2)
		pthread_cond_broadcast(&a->turn);
	while (a->used == a->known) {
		a->known = a->made;
		if (a->end || (a->known - a->used >= SOME || (a->sleeps && a->known != a->used)))
			break;
		a->known = a->used;
		a->hungry = true;
		pthread_cond_wait(&a->turn, &a->lock);
	}
	a->hungry = false;
	pthread_mutex_unlock(&a->lock);
}

struct ac_import_found *
ac_import_ahead_take(struct ac_import_ahead *a, const char *path)
{
	struct ac_import_found *o;

	if (!a || !a->running)
		return NULL;
	if (a->used == a->known || a->used % SOME == 0)
		look(a);
	o = &a->ring[a->used % RING];
	if (a->used == a->known || !o->path.len || strcmp((const char *)o->path.p, path))
		return NULL;
	a->gone += o->text.len;
	a->used++; /* it is given back when the next is asked for, or later */
	return o->ready ? o : NULL;
}

void
ac_import_ahead_free(struct ac_import_ahead *a)
{
	size_t i;

	if (!a)
		return;
	if (a->running) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_broadcast(&a->turn);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	for (i = 0; i < RING; i++) {
		ac_buf_free(&a->ring[i].path);
		ac_buf_free(&a->ring[i].text);
		ac_buf_free(&a->ring[i].words);
		ac_facts_free(&a->ring[i].facts);
	}
	ac_arena_free(&a->scratch);
	pthread_cond_destroy(&a->turn);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
