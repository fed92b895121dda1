/* SPDX-License-Identifier: ISC */
/*
 * schema/plan.h: care plans taken apart. Private to this room.
 *
 * plan_template.c reads a template, plan_library.c joins them; plan_facts.c, plan_activity.c,
 * plan_record.c and plan_cover.c read what a CarePlan and the documents say, plan_items.c which
 * items that makes, plan_run.c when one is due; plan.c puts all together.
 */
#ifndef AC_PLAN_H
#define AC_PLAN_H

#include "schema/day.h"
#include "schema/schema.h"

/* --------------------------------------------------------------- templates */

struct ac_plan_source { const char *id, *name, *url; };

struct ac_plan_code {
	const char *system, *code;
	const char **types;            /* of resources that it counts in */
	size_t ntypes;
};
struct ac_plan_test {
	const char *name;
	struct ac_plan_code *codes;
	size_t ncodes;
};

struct ac_plan_span { /* an interval with its slack; none where max is 0 */
	uint32_t min, max;
	enum ac_day_unit unit;
	uint32_t early, late;          /* days */
};

struct ac_plan_line {
	const struct ac_plan_source *source;
	char mark;
	bool reviewed;
};

struct ac_plan_ending {                /* that an insurance gives the date; rule NULL: it does not */
	uint32_t early;                /* days */
	const char *rule;
	struct ac_plan_line line;
};

struct ac_plan_phase {
	uint32_t from, until;          /* months; UINT32_MAX: no end */
	struct ac_plan_span every;
	struct ac_plan_ending coverage; /* only where there is no interval */
	const char *rule;
	struct ac_plan_line line;
};

struct ac_plan_when {
	const char *exposure, *unit;   /* unit: of a dose; NULL: none compared */
	const struct ac_val *at_least, *below;
	bool unknown;                  /* its dose */
};

struct ac_plan_item {
	const char *name, *title, *reason;
	const struct ac_plan_test **tests;
	struct ac_plan_when *when;
	struct ac_plan_phase *phases;
	size_t ntests, nwhen, nphases;
	bool beside;
	struct ac_plan_line line;
};

struct ac_plan_kin { /* an exposure and the wider ones that it is too */
	struct ac_plan_exposure exposure;
	const char **is;
	size_t nis;
};

struct ac_plan_file {
	struct ac_plan_template about; /* stage NULL: a part */
	uint32_t age_from;             /* 0: any */
	struct ac_plan_source *sources;
	struct ac_plan_kin *kin;
	struct ac_plan_test *tests;
	struct ac_plan_item *items;
	size_t nsources, nkin, ntests, nitems;
	const struct ac_plan_file **with; /* parts, as they are listed */
	size_t nwith;
};

struct ac_plan_library {
	struct ac_plan_file *files;
	const struct ac_plan_file **templates;
	const struct ac_plan_kin **kin;
	size_t nfiles, ntemplates, nkin;
};

/* plan_template.c's hands, which plan_library.c uses too. After the first `wrong` all of
 * them give something empty, and err says why. */
struct ac_plan_reader {
	struct ac_plan_library *lib;
	const struct ac_plan_text *text;
	struct ac_plan_file *file;
	struct ac_arena *a;
	struct ac_fault *f;
	enum ac_err err;
};
const struct ac_val *ac_plan_template_read(struct ac_plan_reader *r); /* text into file, but for names
                                                                         of other files */
void ac_plan_template_wrong(struct ac_plan_reader *r, const struct ac_val *v, const char *what,
	const char *name);
void *ac_plan_template_get(struct ac_plan_reader *r, size_t n, size_t size); /* n of them */
const struct ac_val *ac_plan_template_array(struct ac_plan_reader *r, const struct ac_val *map,
	const char *key, bool must);
const char **ac_plan_template_texts(struct ac_plan_reader *r, const struct ac_val *map, const char *key,
	size_t *n);

/* NULL: none. */
const struct ac_plan_file *ac_plan_library_find(const struct ac_plan_library *lib, const char *name,
	size_t nname, uint32_t edition);
const struct ac_plan_kin *ac_plan_library_kin(const struct ac_plan_library *lib, const char *code);

/* The texts compiled in, and how many; NULL: no memory. */
const struct ac_plan_text *ac_plan_data(struct ac_arena *a, size_t *n);

/* ------------------------------------------------------------------- facts */

enum ac_plan_stage { /* in the order in which one day's are weighed */
	AC_PLAN_RELAPSED, AC_PLAN_IN_TREATMENT, AC_PLAN_ONGOING, AC_PLAN_OFF_TREATMENT
};
extern const char *const ac_plan_stage_names[4];

struct ac_plan_date { bool known; struct ac_days days; const char *text; };

struct ac_plan_since { enum ac_plan_stage stage; struct ac_plan_date date; };

struct ac_plan_dose {
	const char *code, *ref;
	bool counts;                   /* false: taken back */
	const struct ac_val *value;    /* NULL: not known */
	const char *unit;
};

struct ac_plan_coding { const char *system, *code; };

struct ac_plan_activity {
	const char *id, *item;         /* never NULL; item: its code of urn:aftercare:plan-item, or "" */
	const char *title, *why;       /* "" where not */
	const char *label;             /* what its code is called */
	const char *by;
	bool clinician;
	bool off;                      /* removed, or resting */
	bool timed;                    /* it has a timing, if only one that is not counted */
	struct ac_plan_span every;
	struct ac_plan_date start, end;
	struct ac_plan_coding *codes;  /* the others */
	size_t ncodes;
};

struct ac_plan_skip { const char *item; int32_t due; const char *why, *by; bool clinician; };

struct ac_plan_record {
	const char *ref, *type;
	struct ac_days days;
	bool booked;                   /* else done */
	struct ac_plan_coding *codes;
	size_t ncodes;
};

struct ac_plan_cover { const char *ref; struct ac_days end; };

struct ac_plan_facts {
	bool open;                     /* the plan is in force */
	const struct ac_plan_file **templates; /* by name */
	const struct ac_plan_file **files;     /* these and their parts, by name, the newest edition first */
	const char **missing;          /* NAME:EDITION, in order */
	struct ac_plan_since *stages;  /* by date */
	struct ac_plan_date *ends;     /* by date */
	struct ac_plan_dose *doses;    /* by code, then known ones first, the largest first */
	struct ac_plan_dose *gone;     /* those that were taken back, by code and ref */
	struct ac_plan_activity *activities; /* a clinician's first, then by id */
	struct ac_plan_skip *skips;
	struct ac_plan_record *records;/* by first day, last day, ref */
	struct ac_plan_cover *covers;  /* Coverages that end and that no later one follows, by day; each day once */
	size_t ntemplates, nfiles, nmissing, nstages, nends, ndoses, ngone, nactivities, nskips, nrecords, ncovers;
	struct ac_plan_date created;
};

/* What the readers of facts share. After the first error they gather nothing more. */
struct ac_plan_reading {
	struct ac_plan_facts *out;
	const struct ac_plan_input *in;
	struct ac_arena *a;
	const struct ac_plan_author *authors; /* by activity; plan_activity.c's */
	enum ac_err err;
};
/* Room for n of that size in the arena; NULL, and err says so, where there is none. */
void *ac_plan_get(struct ac_plan_reading *x, size_t n, size_t size);

/* plan_read.c: whether a word is in a list that ends with NULL; a date as written; dates as far as
 * known, those that are not first. */
bool ac_plan_read_is(const char *s, const char *const *words);
struct ac_plan_date ac_plan_read_date(const char *s);
int ac_plan_read_order(const struct ac_plan_date *x, const struct ac_plan_date *y);

/* activities and skips; records; covers. AC_ENOMEM. */
AC_MUST enum ac_err ac_plan_activities(struct ac_plan_facts *out, struct ac_arena *a,
	const struct ac_plan_input *in);
AC_MUST enum ac_err ac_plan_records(struct ac_plan_facts *out, struct ac_arena *a,
	const struct ac_plan_input *in);
AC_MUST enum ac_err ac_plan_covers(struct ac_plan_facts *out, struct ac_arena *a,
	const struct ac_plan_input *in);

AC_MUST enum ac_err ac_plan_facts(struct ac_plan_facts *out, struct ac_arena *a,
	const struct ac_plan_input *in, struct ac_fault *f);
/* An exposure as the plan's own files know it; NULL: they do not. What other files the program
 * has must not matter. */
const struct ac_plan_kin *ac_plan_facts_kin(const struct ac_plan_facts *facts, const char *code);

/* <0, 0, >0: two numbers of any spelling, exactly. */
int ac_plan_dose_order(const struct ac_val *x, const struct ac_val *y);
int ac_plan_dose_tie(const struct ac_val *x, const struct ac_val *y); /* two spellings of one */
/* A number as it was spelled, in the arena; NULL: no memory. */
const char *ac_plan_dose_text(struct ac_arena *a, const struct ac_val *v);

/* ------------------------------------------------------------------- items */

/* An item in force: of a template, changed by an activity or not, or an
 * activity's own (item NULL). */
struct ac_plan_entry {
	const char *name;
	const struct ac_plan_item *item;
	const struct ac_plan_activity *act;
	const char *exposure;          /* "" where none put it there */
	const struct ac_plan_test **tests; /* beside its own code, any of these satisfies it */
	size_t ntests;
};

/* The items of one stage; `stage` NULL: only those that belong to none. `day`: on
 * which activities are weighed. `taken` has one mark for each activity, set where an item of
 * this stage is its. */
AC_MUST enum ac_err ac_plan_items(struct ac_plan_entry **out, size_t *n, struct ac_arena *a,
	const struct ac_plan_facts *facts, const enum ac_plan_stage *stage, int32_t day, bool *taken);

bool ac_plan_entry_matches(const struct ac_plan_entry *e, const struct ac_plan_record *r);

/* -------------------------------------------------------------------- rows */

/* One run of one item, appended to rows that grow in the arena. */
struct ac_plan_rows { struct ac_plan_row *row; size_t n, cap; };

struct ac_plan_run {
	const struct ac_plan_facts *facts;
	const struct ac_plan_entry *entry;
	struct ac_plan_date anchor;
	int32_t on;
	bool past;                     /* the stage is over: keep what is done or skipped */
	size_t before;                 /* rows before this one were made for other stages */
};

AC_MUST enum ac_err ac_plan_run(struct ac_plan_rows *out, struct ac_arena *a, const struct ac_plan_run *run);

#endif
