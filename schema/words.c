/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/schema.h"

static ac_words_one one_of;
static ac_words_many many_of;

void
ac_words_set(ac_words_one one, ac_words_many many)
{
	one_of = one;
	many_of = many;
}

const char *
ac_words(const char *s)
{
	return one_of && *s ? one_of(s) : s;
}

const char *
ac_words_plural(const char *one, const char *many, unsigned long n)
{
	return many_of ? many_of(one, many, n) : n == 1 ? one : many;
}

const char *
ac_words_error(int e)
{
	const char *s = strerrordesc_np(e);

	return ac_words(s ? s : "Unknown error");
}
