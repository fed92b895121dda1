/* SPDX-License-Identifier: ISC */
/*
 * The shared FHIR data and test suites, which lie beside the repository and not
 * in it. Where they are absent the callers see no file, and say so.
 */
#ifndef TESTS_SCHEMA_SHARED_H
#define TESTS_SCHEMA_SHARED_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct shared_file {
	const char *path, *name;
	unsigned char *p;
	size_t n;
};

static inline const char *
shared_root(void)
{
	const char *s = getenv("AFTERCARE_FHIR");

	return s ? s : "../shared/fhir";
}

static inline unsigned char *
shared_load(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	unsigned char *p = NULL;
	struct stat st;

	if (f && !fstat(fileno(f), &st) && (p = malloc((size_t)st.st_size + 1))) {
		*n = fread(p, 1, (size_t)st.st_size, f);
		p[*n] = 0;
	}
	if (f)
		fclose(f);
	return p;
}

static inline int
shared_suffix(const char *name, const char *suffix)
{
	size_t a = strlen(name), b = strlen(suffix);

	return a >= b && !strcmp(name + a - b, suffix);
}

/* Calls `each` for every file under `dir`, by name, whose name ends in one of
 * the suffixes; returns how many. */
static inline unsigned
shared_walk(const char *dir, const char *const *suffixes,
	void (*each)(void *ctx, const struct shared_file *f), void *ctx)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, NULL, alphasort), i, k;
	unsigned count = 0;
	char path[4096];
	struct stat st;

	for (i = 0; i < n; i++) {
		struct shared_file f = { .path = path, .name = list[i]->d_name };

		snprintf(path, sizeof path, "%s/%s", dir, f.name);
		if (f.name[0] != '.' && !stat(path, &st) && S_ISDIR(st.st_mode))
			count += shared_walk(path, suffixes, each, ctx);
		for (k = 0; f.name[0] != '.' && suffixes[k]; k++)
			if (shared_suffix(f.name, suffixes[k]) && (f.p = shared_load(path, &f.n))) {
				each(ctx, &f);
				free(f.p);
				count++;
				break;
			}
		free(list[i]);
	}
	free(list);
	return count;
}

/* The same under a folder of the shared data. */
static inline unsigned
shared_each(const char *folder, const char *const *suffixes,
	void (*each)(void *ctx, const struct shared_file *f), void *ctx)
{
	char dir[4096];

	snprintf(dir, sizeof dir, "%s/%s", shared_root(), folder);
	return shared_walk(dir, suffixes, each, ctx);
}

/* The JSON texts of a file: each line of NDJSON, else the whole. */
static inline void
shared_texts(const struct shared_file *f,
	void (*each)(void *ctx, const unsigned char *p, size_t n), void *ctx)
{
	const unsigned char *p = f->p, *end = p + f->n, *nl;

	if (!shared_suffix(f->name, "l") && !shared_suffix(f->name, ".ndjson")) {
		each(ctx, p, f->n);
		return;
	}
	for (; p < end; p = nl + 1) {
		if (!(nl = memchr(p, '\n', (size_t)(end - p))))
			nl = end;
		if (nl > p)
			each(ctx, p, (size_t)(nl - p));
	}
}

#endif
