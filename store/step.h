/* SPDX-License-Identifier: ISC */
/*
 * store/step.h: what changes a care plan: documents gathered in one step and written at once.
 *
 * A step begins, is given documents, and ends. After the first error everything gives
 * something harmless and nothing is written; ac_step_end tells it.
 */
#ifndef AC_STORE_STEP_H
#define AC_STORE_STEP_H

#include "store/careplan.h"
#include "store/write.h"

struct ac_step {
	struct ac_space *s;            /* NULL: the lock is not held */
	struct ac_arena a;
	struct ac_fault *f;
	struct ac_careplan plan;
	const char *subject;           /* JSON of a Reference */
	const struct ac_val *careplan; /* as it is to be */
	struct ac_write_doc docs[40];
	size_t n;
	enum ac_err err;
};

/* Takes the lock; ac_step_plan reads the plan in force besides, as it is on that day. */
AC_MUST enum ac_err ac_step_begin(struct ac_step *w, struct ac_space *s, struct ac_fault *f);
AC_MUST enum ac_err ac_step_plan(struct ac_step *w, struct ac_space *s, const char *today, struct ac_fault *f);
/* Whose documents these are: `reference`, or who the record is of. */
void ac_step_subject(struct ac_step *w, const char *reference);
/* Writes all; the answer tells of document `of`, which stands first in the chain, so that an undo
 * knows it. Frees the step whatever happened. */
AC_MUST enum ac_err ac_step_end(struct ac_wrote *out, struct ac_step *w, size_t of);

void ac_step_wrong(struct ac_step *w, enum ac_err err); /* the first one stays */
const char *ac_step_quoted(struct ac_step *w, const char *s); /* a string as JSON */
AC_PRINTF(2, 3) const char *ac_step_said(struct ac_step *w, const char *fmt, ...);
const struct ac_val *ac_step_json(struct ac_step *w, const char *text);
/* A document that the plan is made of. NULL: not here, and the step is wrong. */
const struct ac_val *ac_step_body(struct ac_step *w, const char *ref);
/* One more document; ref NULL: a new one. */
void ac_step_put(struct ac_step *w, const char *ref, const struct ac_val *body);
/* One more item, as JSON, of a list of the plan. */
void ac_step_append(struct ac_step *w, const char *key, const char *text);

/* Each puts one more Observation and returns its reference. */
const char *ac_careplan_observation_stage(struct ac_step *w, const char *stage, const char *since);
const char *ac_careplan_observation_end(struct ac_step *w, const char *when);
/* refs: documents that it is known by. */
const char *ac_careplan_observation_exposure(struct ac_step *w, const struct ac_plan_library *lib,
	const struct ac_careplan_exposure *e, const char *const *refs, size_t n);
/* One that says that the person did not have it. */
const char *ac_careplan_observation_refused(struct ac_step *w, const struct ac_plan_library *lib, const char *exposure);
/* Its dose as a Quantity; NULL: none is given, or the step is wrong. */
const char *ac_careplan_observation_dose(struct ac_step *w, const struct ac_plan_library *lib,
	const struct ac_careplan_exposure *e);

/* The newest edition of a template. NULL: there is none, and the step is wrong. */
const struct ac_plan_template *ac_careplan_template_of(struct ac_step *w, const struct ac_plan_library *lib,
	const char *name);
/* The only template for a stage, in its newest edition. NULL: there are several, or the stage
 * is none, and the step is wrong. */
const struct ac_plan_template *ac_careplan_template_only(struct ac_step *w, const char *stage);
/* Does the plan follow some edition of it; of one that is for that stage? */
bool ac_careplan_template_followed(const struct ac_step *w, const struct ac_plan_template *t);
bool ac_careplan_template_for(const struct ac_step *w, const char *stage);

/* The item that a word names: the row that is open, else any of its rows. NULL: none, and the
 * step is wrong. */
const struct ac_plan_row *ac_careplan_item_of(struct ac_step *w, const char *word);
const char *ac_careplan_item_code(struct ac_step *w, const struct ac_plan_row *row); /* a Coding as JSON */
bool ac_careplan_item_has(const struct ac_val *concept, const char *item); /* the item's code */
/* The document with the item's code: `code` where the type has it, else one more concept of
 * what kind of visit it was. */
const struct ac_val *ac_careplan_item_mark(struct ac_step *w, const struct ac_val *body, const struct ac_plan_row *row,
	const char *ref);
/* The plan with this activity, in the place of the one of that id. */
void ac_careplan_item_set(struct ac_step *w, const char *id, const struct ac_val *v);

#endif
