/* SPDX-License-Identifier: ISC */
/* tests/schema/corpus.h: the shared FHIR files, where there are any. */
#ifndef TEST_CORPUS_H
#define TEST_CORPUS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

static inline const char *
corpus_dir(void)
{
	const char *s = getenv("AFTERCARE_FHIR");

	return s && *s ? s : "../shared/fhir";
}

/* A whole file, NUL-ended, to be freed; NULL where there is none. */
static inline char *
corpus_read(const char *name, size_t *n)
{
	char path[1024], *text = NULL;
	FILE *f;
	long size;

	snprintf(path, sizeof path, "%s/%s", corpus_dir(), name);
	if (!(f = fopen(path, "rb")))
		return NULL;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	if (size >= 0 && (text = malloc((size_t)size + 1))) {
		*n = fread(text, 1, (size_t)size, f);
		text[*n] = 0;
	}
	fclose(f);
	return text;
}

/* The next line at *p, cut off in place; NULL at the end. */
static inline char *
corpus_line(char **p)
{
	char *line = *p, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	*p = end ? end + 1 : line + strlen(line);
	if (end)
		*end = 0;
	return line;
}

#endif
