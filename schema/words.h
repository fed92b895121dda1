/* SPDX-License-Identifier: ISC */
/*
 * schema/words.h, private to the room: what the files of a person's words share.
 *
 * Every word that a person reads stands in a table as N_("…") or is used as
 * _("…"): whole patterns, never fragments to be glued. A pattern's places are
 * `%s`, or `%1$s` and so on where a language wants another order.
 */
#ifndef AC_WORDS_H
#define AC_WORDS_H

#include "schema/fhir.h"

#define N_(s) (s)
#define _(s)  (s)

/* One telling. err: the first failure; texts made after it are "". */
struct ac_words {
	struct ac_arena *a;
	unsigned depth;
	enum ac_err err;
};

/* Several texts as one: "a, b, c". Blank ones are passed over. */
struct ac_words_list { struct ac_buf b; };
void ac_words_add(struct ac_words *w, struct ac_words_list *l, const char *s);
const char *ac_words_joined(struct ac_words *w, struct ac_words_list *l); /* frees the list */

/* The pattern with its places filled. */
const char *ac_words_fill(struct ac_words *w, const char *pattern, const char *const *args, size_t n);
#define AC_FILL(w, pattern, ...) \
	ac_words_fill((w), (pattern), (const char *const[]){ __VA_ARGS__ }, \
		sizeof (const char *const[]){ __VA_ARGS__ } / sizeof (const char *))

/* Foreign text made fit: one line, at most AC_MAX_WORDS characters. */
const char *ac_words_text(struct ac_words *w, const char *s, size_t n);
const char *ac_words_str(struct ac_words *w, const struct ac_val *map, const char *key); /* "" if none */
bool ac_words_blank(const char *s);
/* A point that a reader would not see, or that a terminal obeys. */
bool ac_words_hidden(uint32_t point);
size_t ac_words_point(const char *s, size_t n, uint32_t *point); /* its bytes, 1 or more */

/* "" where v is NULL. */
const char *ac_words_say(struct ac_words *w, const char *type, const struct ac_val *v);
const char *ac_words_child(struct ac_words *w, const struct ac_val *map, const char *key, const char *type);

/* words_time.c */
const char *ac_words_date(struct ac_words *w, const char *s);   /* date, dateTime, instant */
const char *ac_words_clock(struct ac_words *w, const char *s);  /* time */
const char *ac_words_span(struct ac_words *w, const char *value, const char *unit); /* "5 days"; "": no unit of time */
const char *ac_words_timing(struct ac_words *w, const struct ac_val *v);

/* words_label.c: the name of a frame's element; base: a choice's without its type.
 * frame NULL: unknown. */
const char *ac_words_name(struct ac_words *w, const struct ac_r4_frame *frame, const char *base, size_t n);
/* An element that only holds others: what stands in it needs no mention of it. */
bool ac_words_quiet(const char *base);

/* The frame of a value: of a resource, what it says that it is. */
const struct ac_r4_frame *ac_words_frame(const struct ac_r4_frame *f, const struct ac_val *v);

#endif
