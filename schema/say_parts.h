/* SPDX-License-Identifier: ISC */
/*
 * schema/say_parts.h, private to the room: values walked together, and what of
 * them is told.
 */
#ifndef AC_SAY_PARTS_H
#define AC_SAY_PARTS_H

#include "schema/say.h"

#define AC_SAY_DEEP 16u   /* levels that are walked */
#define AC_SAY_WIDE 500u  /* items or elements that are looked at one by one */

/* A value where it stands; v NULL: nothing. */
struct ac_say_at { const struct ac_val *v; const struct ac_r4_frame *type; };

struct ac_say_telling {
	struct ac_say w;
	struct ac_part *part;
	size_t nparts, cap, n; /* n: sides */
	unsigned depth;
};

/* One element of an object; base: a choice's name without its type. */
struct ac_say_element { const char *base; size_t n; bool under; const struct ac_r4_frame *type; };

void *ac_say_room(struct ac_say_telling *t, size_t n); /* zeroed; NULL: w.err is set */
bool ac_say_same(const struct ac_val *a, const struct ac_val *b);
bool ac_say_all_same(const struct ac_say_telling *t, const struct ac_say_at *s);
bool ac_say_wide(const struct ac_say_telling *t, const struct ac_say_at *s);
void ac_say_part(struct ac_say_telling *t, const char *label, const char *const *text);
struct ac_say_element ac_say_element_of(const struct ac_r4_frame *f, const struct ac_pair *p);
bool ac_say_same_element(const struct ac_say_element *a, const struct ac_say_element *b);

/* Each tells in what the sides at s, one for each of t->n, differ. label: what a text
 * of the whole is told under; inner: what stands before the names of what is in it
 * ("": nothing). */
void ac_say_tell(struct ac_say_telling *t, const char *label, const char *inner,
	const struct ac_say_at *s);
void ac_say_tell_elements(struct ac_say_telling *t, const char *inner, const struct ac_say_at *s);
void ac_say_tell_whole(struct ac_say_telling *t, const char *label, const struct ac_say_at *s);
void ac_say_tell_list(struct ac_say_telling *t, const char *label, const char *inner,
	const struct ac_say_at *s);
void ac_say_tell_spelled(struct ac_say_telling *t, const char *label, const struct ac_say_at *s);

#endif
