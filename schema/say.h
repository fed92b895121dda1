/* SPDX-License-Identifier: ISC */
/*
 * schema/say.h, private to the room: what the files of a person's words share.
 *
 * Every word that a person reads stands in a table as N_("…") or is used as
 * _("…"): whole patterns, never fragments to be glued. A pattern's places are
 * `%s`, or `%1$s` and so on where a language wants another order.
 */
#ifndef AC_SAY_H
#define AC_SAY_H

#include "schema/fhir.h"

#define N_(s) (s)
#define _(s)  ac_words(s)

/* One telling. err: the first failure; texts made after it are "". */
struct ac_say {
	struct ac_arena *a;
	unsigned depth;
	enum ac_err err;
};

#define AC_SAY_PIECE (4u * AC_MAX_WORDS) /* bytes after which a list is long enough */

/* Several texts as one: "a, b, c". Blank ones are passed over. */
struct ac_say_list { struct ac_buf b; };
void ac_say_add(struct ac_say *w, struct ac_say_list *l, const char *s);
const char *ac_say_joined(struct ac_say *w, struct ac_say_list *l); /* frees the list */

/* The pattern with its places filled. */
const char *ac_say_fill(struct ac_say *w, const char *pattern, const char *const *args, size_t n);
#define AC_SAY_FILL(w, pattern, ...) \
	ac_say_fill((w), (pattern), (const char *const[]){ __VA_ARGS__ }, \
		sizeof (const char *const[]){ __VA_ARGS__ } / sizeof (const char *))

/* Foreign text made fit: one line, at most AC_MAX_WORDS characters. */
const char *ac_say_text(struct ac_say *w, const char *s, size_t n);
const char *ac_say_str(struct ac_say *w, const struct ac_val *map, const char *key); /* "" if none */
bool ac_say_blank(const char *s);
/* A point that a reader would not see, or that a terminal obeys. */
bool ac_say_hidden(uint32_t point);
size_t ac_say_point(const char *s, size_t n, uint32_t *point); /* its bytes, 1 or more */

const char *ac_say_either(const char *a, const char *b); /* the first that is not blank */
void ac_say_put(struct ac_say *w, struct ac_buf *b, const void *s, size_t n);
const char *ac_say_keep(struct ac_say *w, const struct ac_buf *b);
const char *ac_say_cut(struct ac_say *w, const char *s, size_t n, size_t max); /* as _text; max: characters */
const char *ac_say_spelled(struct ac_say *w, const struct ac_val *v, size_t max); /* JSON */
const char *ac_say_json(struct ac_say *w, const struct ac_val *v);                /* the same, short */

/* "" where v is NULL. */
const char *ac_say_of(struct ac_say *w, const char *type, const struct ac_val *v);
const char *ac_say_child(struct ac_say *w, const struct ac_val *map, const char *key, const char *type);

const char *ac_say_bytes(struct ac_say *w, uint64_t n); /* "data of 73 bytes" */

/* say_name.c, say_amount.c: the datatypes. */
const char *ac_say_coding(struct ac_say *w, const struct ac_val *v);
const char *ac_say_concept(struct ac_say *w, const struct ac_val *v);
const char *ac_say_identifier(struct ac_say *w, const struct ac_val *v);
const char *ac_say_reference(struct ac_say *w, const struct ac_val *v);
const char *ac_say_human_name(struct ac_say *w, const struct ac_val *v);
const char *ac_say_address(struct ac_say *w, const struct ac_val *v);
const char *ac_say_contact_point(struct ac_say *w, const struct ac_val *v);
const char *ac_say_contact_detail(struct ac_say *w, const struct ac_val *v);
const char *ac_say_annotation(struct ac_say *w, const struct ac_val *v);
const char *ac_say_attachment(struct ac_say *w, const struct ac_val *v);
const char *ac_say_signature(struct ac_say *w, const struct ac_val *v);
const char *ac_say_related(struct ac_say *w, const struct ac_val *v);
const char *ac_say_expression(struct ac_say *w, const struct ac_val *v);
const char *ac_say_usage(struct ac_say *w, const struct ac_val *v);
const char *ac_say_narrative(struct ac_say *w, const struct ac_val *v);
const char *ac_say_quantity(struct ac_say *w, const struct ac_val *v);
const char *ac_say_duration(struct ac_say *w, const struct ac_val *v);
const char *ac_say_money(struct ac_say *w, const struct ac_val *v);
const char *ac_say_range(struct ac_say *w, const struct ac_val *v);
const char *ac_say_ratio(struct ac_say *w, const struct ac_val *v);
const char *ac_say_period(struct ac_say *w, const struct ac_val *v);
const char *ac_say_reference_range(struct ac_say *w, const struct ac_val *v);
const char *ac_say_sampled(struct ac_say *w, const struct ac_val *v);
const char *ac_say_dosage(struct ac_say *w, const struct ac_val *v);

/* say_time.c */
const char *ac_say_date(struct ac_say *w, const char *s);   /* date, dateTime, instant */
const char *ac_say_clock(struct ac_say *w, const char *s);  /* time */
const char *ac_say_span(struct ac_say *w, const char *value, const char *unit); /* "5 days"; "": no unit of time */
const char *ac_say_timing(struct ac_say *w, const struct ac_val *v);

/* say_label.c: the name of a frame's element; base: a choice's without its type.
 * frame NULL: unknown. */
const char *ac_say_name(struct ac_say *w, const struct ac_r4_frame *frame, const char *base, size_t n);
/* An element that only holds others: what stands in it needs no mention of it. */
bool ac_say_quiet(const char *base);

/* The frame of a value: of a resource, what it says that it is. */
const struct ac_r4_frame *ac_say_frame(const struct ac_r4_frame *f, const struct ac_val *v);

#endif
