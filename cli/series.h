/* SPDX-License-Identifier: ISC */
/*
 * cli/series.h: the values of one measurement over time, and how they are drawn.
 * Texts are foreign: as the record has them; they live in c->arena.
 */
#ifndef SERIES_H
#define SERIES_H

#include "cli.h"
#include "whose.h"

struct point {
	const char *ref, *version, *by; /* by: whose side of a dispute, else "" */
	const char *date;               /* as written, or "" */
	int64_t ms;
	const char *comparator, *value; /* "<", "4.2" */
	const char *unit, *shown;       /* UCUM's; as people write it */
	const char *low, *high;         /* the normal range, in the same unit, or "" */
	const char *was;                /* as written, where it was converted; else "" */
	double at, floor, ceiling;      /* value, low and high, to draw */
	int out;                        /* -1 below its range, 1 above, 0 within or not known */
	bool conflict;                  /* one of several sides in dispute */
};

struct series {
	const char *code;               /* the first of its codes */
	const char *title;
	const char *unit, *shown;       /* of the points that are drawn */
	const struct ac_lab *lab;       /* the common test that it is; NULL: none */
	const char *range_from;         /* whose range it is, where no laboratory gave one; else NULL */
	const struct point *p;          /* those, by date */
	size_t n;
	const struct point *apart;      /* of other units, or without a date, by date */
	size_t napart;
};

struct series_options {
	const char *since;              /* a FHIR date, or NULL */
	const struct whose *whose;      /* whose documents count */
};

/* What a person types: a code, SYSTEM|CODE, or a name. No value at all is no error. AC_EAMBIGUOUS:
 * the name fits several; AC_EUSAGE: what it names has parts, and they are measured. */
enum ac_err series_read(struct cli *c, struct series *out, const char *word, const struct series_options *o) AC_MUST;
/* The latest, in words: "4 Mar 2021: 4.2 10*9/L, within the normal range (4.0 to 11.0)". */
const char *series_latest(struct cli *c, const struct series *s);
const char *series_number(struct cli *c, double x, int places);      /* with a point, whatever the locale */
const char *point_words(struct cli *c, const struct point *p);       /* "<4.2 10*9/L" */
const char *point_range(struct cli *c, const struct point *p);       /* "4.0 to 11.0", "up to 5"; "": none */

/* plot.c: what is common to both drawings. */
struct plot_scale { double low, high, step; int steps, places; };    /* round bounds; places behind the point */
struct plot_scale plot_scale(const struct series *s, int steps);
const char *plot_label(struct cli *c, const struct plot_scale *y, double x);
/* The normal range as it is drawn; false: none is known. */
bool plot_band(const struct series *s, const struct plot_scale *y, double *from, double *to);

void plot_text(struct cli *c, const struct series *s, int columns);  /* into the out buffer */
/* An accessible picture, appended. `alone`: as a file of its own, with its style; else the
 * page's style counts. id: unique in the page. */
enum ac_err plot_svg(struct cli *c, struct ac_buf *out, const struct series *s, const char *id, bool alone) AC_MUST;

#endif
