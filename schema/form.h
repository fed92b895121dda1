/* SPDX-License-Identifier: ISC */
/*
 * schema/form.h, private to the room: what the forms share.
 *
 * Bodies are made as JSON text, in which every word of the person was quoted by the JSON
 * writer; one reading at the end makes the value.
 */
#ifndef AC_SCHEMA_FORM_H
#define AC_SCHEMA_FORM_H

#include "schema/schema.h"

#define AC_FORM_SUPPLEMENT "urn:aftercare:supplement"
#define AC_FORM_UCUM "http://unitsofmeasure.org"

struct ac_form_work {
	struct ac_arena *a;
	const struct ac_form_input *in;
	struct ac_form_made *out;
	struct ac_fault *f;
	enum ac_err err;
	const char *json;            /* the body, as far as it is made */
};

/* The answer; NULL: none. Blanks around it are gone. */
const char *ac_form_answer(struct ac_form_work *w, const char *field);
bool ac_form_among(const char *list, const char *s); /* in words with | between */
const char *ac_form_trim(struct ac_arena *a, const char *s);
/* Sets the error and the field, once. */
void ac_form_wrong(struct ac_form_work *w, const char *field, const char *fmt, ...) AC_PRINTF(3, 4);
void ac_form_failed(struct ac_form_work *w, enum ac_err err);

const char *ac_form_quote(struct ac_form_work *w, const char *s);        /* as JSON */
const char *ac_form_said(struct ac_form_work *w, const char *fmt, ...) AC_PRINTF(2, 3); /* in the arena; never NULL */
/* `fmt` with the quoted answer in its one %s; "" without an answer. */
const char *ac_form_if(struct ac_form_work *w, const char *fmt, const char *answer);
const char *ac_form_subject(struct ac_form_work *w);                     /* a Reference as JSON */
const char *ac_form_when(struct ac_form_work *w, const char *field);     /* the answer, else now; quoted */
const char *ac_form_telecom(struct ac_form_work *w);                     /* phone and email: ,"telecom":[…] or "" */

/* A number as people write it, "4,2" and ".5" too, as JSON has it. *end is behind it. False: none, or
 * it can be read in two ways. */
enum { AC_FORM_NUMBER = 24 };
bool ac_form_number(char out[static AC_FORM_NUMBER], const char *s, const char **end);
const char *ac_form_quantity(struct ac_form_work *w, const char *comparator, const char *number, const char *unit);

/* How people write a UCUM unit; NULL: they write none. */
const char *ac_form_unit_words(const char *unit);

/* The day of FHIR's text is after today. */
bool ac_form_ahead(const struct ac_form_input *in, const char *date);

/* symptom.c: a symptom that has a code, or that is to be told of. */
struct ac_symptom {
	const char *title;           /* "Fatigue" */
	const char *names;           /* what people call it, with | between */
	const char *code, *display;  /* SNOMED CT */
	bool listed;                 /* among the symptoms to report of the Canadian Cancer Society */
	bool tell;                   /* to be told of; no source was read for it */
};
/* NULL: none. They stand one behind the other, and a NULL title ends them. */
const struct ac_symptom *ac_symptom_find(const char *word);
const struct ac_symptom *ac_symptom_titled(const char *title); /* by that alone */

bool ac_lab_has(const struct ac_lab *lab, const char *loinc); /* is it one of its codes? */

/* form_text.c: the text of a CodeableConcept, and the display of a Coding, as they are said to a person:
 * through ac_words where a form or a plan wrote it, else as it stands. NULL: it has none. Never stored. */
const char *ac_form_text(const struct ac_val *concept);
const char *ac_form_display(const struct ac_val *coding);
/* The title of a CarePlan of a template, the description of an Appointment of a plan's item: texts of a
 * template, which go through ac_words where they are said. NULL: neither. */
const struct ac_val *ac_form_plan_text(const struct ac_val *doc);

void ac_form_lab(struct ac_form_work *w);
void ac_form_weight(struct ac_form_work *w);
void ac_form_symptom(struct ac_form_work *w);
void ac_form_distress(struct ac_form_work *w);
void ac_form_activity(struct ac_form_work *w);
void ac_form_note(struct ac_form_work *w);
void ac_form_medication(struct ac_form_work *w);
void ac_form_supplement(struct ac_form_work *w);
void ac_form_appointment(struct ac_form_work *w);
void ac_form_question(struct ac_form_work *w);
void ac_form_contact(struct ac_form_work *w);
void ac_form_support(struct ac_form_work *w);
void ac_form_insurance(struct ac_form_work *w);

struct ac_say;
/* What one field alone can be held against: a pattern with a place for the answer, and where it has
 * a second one, for *more. NULL: nothing is wrong with it. */
const char *ac_form_lab_wrong(const char **more, struct ac_say *say, const struct ac_form_input *in, const char *field,
	const char *answer);
bool ac_form_grade(unsigned *grade, const char *s);

#endif
