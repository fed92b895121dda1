/* SPDX-License-Identifier: ISC */
/* cli/series_read.h: what the files that make a series share. */
#ifndef SERIES_READ_H
#define SERIES_READ_H

#include "series.h"

struct reading {
	struct cli *c;
	const struct series_options *o;
	const struct ac_lab *lab;       /* the common test that it is; NULL: none */
	const char *const *codes;
	const char **refs; size_t nrefs, crefs;
	struct point *p; size_t n, cap;
	const char *title;              /* of the latest document */
	int64_t titled;
	struct names { const char *code, *title; } *found; size_t nfound, cfound; /* by a name */
	const char *parts;              /* of documents with this code that have only parts: their names */
	int64_t since;
	struct ac_arena one;            /* of the document that is read: what lasts is copied */
	enum ac_err err;
};

/* series.c: room for one more at the end; NULL, and err is set, without memory. The Observations
 * with that code, or in which all the words occur, added to refs; and each once. */
void *series_more(struct reading *r, void *list, size_t n, size_t *cap, size_t size);
enum ac_err series_find(struct reading *r, const char *code, const char *words) AC_MUST;
void series_sort(struct reading *r);

/* series_code.c: into r->codes and r->lab what a word stands for; no code where it names nothing here. */
enum ac_err series_codes(struct reading *r, const char *word) AC_MUST;

/* series_unit.c: numbers as texts, and all points in one unit, judged, by date. */
const char *series_spelled(struct cli *c, const struct ac_val *v);   /* NULL: "" */
const char *series_readable(struct cli *c, const char *as_written, double x); /* at most a few digits */
enum ac_err series_settle(struct reading *r, struct series *out) AC_MUST;

#endif
