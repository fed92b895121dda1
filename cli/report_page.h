/* SPDX-License-Identifier: ISC */
/* cli/report_page.h: what the sections of a report share. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "html.h"
#include "report.h"
#include "series.h"

#ifndef N_
#define N_(s) (s) /* in a table: said where it is used */
#endif

struct doc {
	const char *ref, *type, *date;  /* date: as written, or "" */
	const struct ac_val *body;      /* of one in dispute, with the latest side's value: never
	                                   shown where it is disputed */
	const char *author, *device;
	int64_t time;
	bool disputed;                  /* conflict or proposal */
};

struct dispute_side { const char *who, *when; bool proposed; };
struct dispute {
	const char *ref, *subject, *path;
	bool proposal, safety;
	const struct dispute_side *side; size_t nsides;
	const struct ac_part *part; size_t nparts;
	bool shown;                     /* beside its document */
};

struct page {
	struct cli *c;
	struct html h;
	const struct report_options *o;
	struct whose whose;
	struct doc *doc; size_t ndocs, cap;        /* by type as REPORT_TYPES lists them, newest first */
	struct dispute *dispute; size_t ndisputes, dcap; /* safety-critical first */
	struct ac_careplan plan;
	bool planned;                   /* there is one */
	const char *today;              /* YYYY-MM-DD */
	int64_t now;
	size_t plots;
};

/* report_read.c */
enum ac_err page_read(struct page *p) AC_MUST;
const struct doc *page_next(const struct page *p, const struct doc *after, const char *type); /* NULL: begins; none */
const struct doc *page_ref(const struct page *p, const char *reference);  /* "Practitioner/x", or a URL that ends so */
/* A version of a document; NULL: the view. false: it is not there, or err is set. */
bool page_shown(struct page *p, struct ac_shown *s, const char *ref, const char *version);
const char *page_say(struct page *p, const char *type, const struct ac_val *v); /* a person's words; "" */
const char *page_note(struct page *p, const struct ac_val *annotation);              /* its text; "" where none */
const char *page_day(struct page *p, const char *date);        /* "4 March 2021"; "" where none */
const char *page_moment(struct page *p, int64_t ms);           /* "4 March 2021 09:10", local */
const char *page_name(struct page *p, const struct doc *d);    /* what it is about, without its result */
const char *page_str(const struct ac_val *map, const char *key);         /* "" where none */
const struct ac_val *page_list(const struct ac_val *map, const char *key); /* an array, empty where none */
const char *page_code(const struct ac_val *map, const char *key);        /* the first code of a CodeableConcept */
bool page_among(const char *s, const char *const *words);                /* NULL-ended */
/* "1 March 2021 to 3 April 2021", "since 1 March 2021"; of an element that is a choice or a Period. */
const char *page_span(struct page *p, const struct ac_val *doc, const char *base);
void *page_more(struct page *p, void *list, size_t n, size_t *cap, size_t size); /* room for one more; NULL: err is set */


/* report_dispute.c: both sides of what is in dispute, beside what it is about. */
void disputes_read(struct page *p);
void disputes_of(struct page *p, const struct doc *d);
bool disputes_at(const struct page *p, const char *ref, const char *element); /* is that element of it in dispute? */
void disputes_banner(struct page *p);
void disputes_left(struct page *p);    /* those that stand beside nothing */

/* The sections, in the order of the page. */
void section_who(struct page *p);
void section_diagnosis(struct page *p);
void section_exposures(struct page *p);
void section_medications(struct page *p);
void section_allergies(struct page *p);
void section_due(struct page *p);
void section_plan(struct page *p);
void section_treatment(struct page *p);
void section_labs(struct page *p);
void section_changes(struct page *p);
void section_questions(struct page *p);
void section_contacts(struct page *p);
void section_devices(struct page *p);

#endif
