/* SPDX-License-Identifier: ISC */
/*
 * What a hostile text can make the two readers allocate: the peak of live bytes
 * against the bytes of input, for inputs that are nothing but one trick. Under a
 * sanitiser, which has its own allocator, only the outcomes are looked at.
 */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schema/schema.h"

/* ----------------------------------------------------------------- counting */

static size_t live, peak;

#ifndef __SANITIZE_ADDRESS__
#define COUNTED 1
void *__libc_calloc(size_t n, size_t size);
void *__libc_malloc(size_t n);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);
void *calloc(size_t n, size_t size);
void *malloc(size_t n);
void *realloc(void *p, size_t n);
void free(void *p);

static void *
counted(void *p)
{
	live += p ? malloc_usable_size(p) : 0;
	peak = live > peak ? live : peak;
	return p;
}

void *
calloc(size_t n, size_t size)
{
	return counted(__libc_calloc(n, size));
}

void *
malloc(size_t n)
{
	return counted(__libc_malloc(n));
}

void *
realloc(void *p, size_t n)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *q = __libc_realloc(p, n);

	if (q || !n)
		live -= had;
	return counted(q);
}

void
free(void *p)
{
	live -= p ? malloc_usable_size(p) : 0;
	__libc_free(p);
}
#endif

/* ------------------------------------------------------------------- inputs */

/* `open`, then `unit` again and again with `between`, then `close`; in `unit` a #
 * is eight digits that count. Where `head` is the 32-bit form of a msgpack head,
 * it and the count (of bytes, for text and bytes) stand in front, 16 bits wide
 * where these suffice. */
struct trick {
	const char *name, *open, *unit, *between, *close;
	enum ac_err want;
	unsigned char head;
};

static size_t
put(unsigned char *out, const char *s)
{
	size_t n = strlen(s), i;

	for (i = 0; i < n; i++)
		out[i] = (unsigned char)s[i];
	return n;
}

static size_t
unit(unsigned char *out, const char *s, unsigned k)
{
	size_t n = 0;
	char digits[16];

	for (; *s; s++)
		if (*s == '#') {
			snprintf(digits, sizeof digits, "%08u", k);
			n += put(out + n, digits);
		} else {
			out[n++] = (unsigned char)*s;
		}
	return n;
}

/* The text in out, which has room for `size` bytes and a head; how many. */
static size_t
fill(unsigned char *out, size_t size, const struct trick *t)
{
	size_t one = strlen(t->unit) + 7 + strlen(t->between), tail = strlen(t->close), n = 0;
	uint32_t k = 0, count, wide, i;

	n += put(out, t->open);
	for (; n + one + tail < size; k++) {
		n += k ? put(out + n, t->between) : 0;
		n += unit(out + n, t->unit, k);
	}
	n += put(out + n, t->close);
	if (!t->head)
		return n;
	count = t->head == 0xdd || t->head == 0xdf ? k : (uint32_t)n;
	wide = count > 0xffff ? 4 : 2;
	memmove(out + 1 + wide, out, n);
	out[0] = (unsigned char)(t->head - (wide == 2));
	for (i = 0; i < wide; i++)
		out[1 + i] = (unsigned char)(count >> 8 * (wide - 1 - i));
	return 1 + wide + n;
}

#define P16 "xxxxxxxxxxxxxxxx"
#define P128 P16 P16 P16 P16 P16 P16 P16 P16

static const struct trick json[] = {
	{ "nesting", "", "[", "", "", AC_ELIMIT },
	{ "nesting of objects", "", "{\"\":", "", "", AC_ELIMIT },
	{ "nesting, wide", "", "[[[[[[[[[[]]]]]]]]]]", ",", "", AC_EINVAL },
	{ "closing", "[", "]", "", "", AC_EINVAL },
	{ "numbers", "[", "1", ",", "]", AC_OK },
	{ "numbers, no end", "[", "1", ",", "", AC_EINVAL },
	{ "decimals", "[", "1.5", ",", "]", AC_OK },
	{ "exponents", "[", "1e1", ",", "]", AC_OK },
	{ "empty arrays", "[", "[]", ",", "]", AC_OK },
	{ "empty objects", "[", "{}", ",", "]", AC_OK },
	{ "arrays of one", "[", "[1]", ",", "]", AC_OK },
	{ "empty strings", "[", "\"\"", ",", "]", AC_OK },
	{ "short strings", "[", "\"a\"", ",", "]", AC_OK },
	{ "a long string", "[\"", "a-", "", "\"]", AC_OK },
	{ "a long string, no end", "[\"", "a-", "", "", AC_EINVAL },
	{ "a long string of bytes", "[\"", "AAAA", "", "\"]", AC_OK },
	{ "a long string of escapes", "[\"", "\\n", "", "\"]", AC_OK },
	{ "a long string of long escapes", "[\"", "\\u20ac", "", "\"]", AC_OK },
	{ "names", "{", "\"#\":1", ",", "}", AC_OK },
	{ "names, one twice", "{", "\"#\":1", ",", ",\"00000007\":1}", AC_EINVAL },
	{ "names, no end", "{", "\"#\":1", ",", "", AC_EINVAL },
	{ "names that differ at the end", "{", "\"" P128 "#\":1", ",", "}", AC_OK },
	{ "names that differ at the front", "{", "\"#" P128 "\":1", ",", "}", AC_OK },
	{ "one name", "{", "\"a\":1", ",", "}", AC_EINVAL },
	{ "objects of two", "[", "{\"a\":1,\"b\":1}", ",", "]", AC_OK },
	{ "white space", "[", " \n", "", "]", AC_OK },
};

static const struct trick msgpack[] = {
	{ "nesting", "", "\x91", "", "", AC_EINVAL },
	{ "nesting of maps", "", "\x81\xa0", "", "", AC_EINVAL },
	{ "claims", "", "\xdd\xff\xff\xff\xff", "", "", AC_EINVAL },
	{ "claims that nearly hold", "", "\xdc\x01\x01", "", "", AC_EINVAL },
	{ "nils", "", "\xc0", "", "", AC_OK, 0xdd },
	{ "nils, one too few", "\xdc\xff\xff", "\xc0", "", "", AC_EINVAL },
	{ "numbers", "", "\x01", "", "", AC_OK, 0xdd },
	{ "decimals", "", "\xd5\x01\xff\x0a", "", "", AC_OK, 0xdd },
	{ "exponents", "", "\xc7\x03\x02" "1e2", "", "", AC_OK, 0xdd },
	{ "empty arrays", "", "\x90", "", "", AC_OK, 0xdd },
	{ "empty maps", "", "\x80", "", "", AC_OK, 0xdd },
	{ "arrays of one", "", "\x91\x01", "", "", AC_OK, 0xdd },
	{ "maps of one", "", "\x81\xa0\x01", "", "", AC_OK, 0xdd },
	{ "empty strings", "", "\xa0", "", "", AC_OK, 0xdd },
	{ "short strings", "", "\xa1" "a", "", "", AC_OK, 0xdd },
	{ "one byte each", "", "\xc4\x01\x01", "", "", AC_OK, 0xdd },
	{ "a long string", "", "a", "", "", AC_OK, 0xdb },
	{ "bytes", "", "a", "", "", AC_OK, 0xc6 },
	{ "names", "", "\xa8#\x01", "", "", AC_OK, 0xdf },
	{ "names that differ at the end", "", "\xd9\x88" P128 "#\x01", "", "", AC_OK, 0xdf },
	{ "names that differ at the front", "", "\xd9\x88#" P128 "\x01", "", "", AC_OK, 0xdf },
	{ "one name", "", "\xa1" "a\x01", "", "", AC_EINVAL, 0xdf },
	{ "empty names", "", "\xa0\x90", "", "", AC_EINVAL, 0xdf },
};

/* -------------------------------------------------------------- what is read */

typedef enum ac_err (*reader)(const struct ac_val **out, struct ac_arena *a, const void *p, size_t n,
	struct ac_fault *f);

/* The peak of bytes that reading takes, the value's own included. */
static size_t
reading(reader read, const unsigned char *p, size_t n, size_t max, const struct trick *t)
{
	struct ac_arena a = { .max = max };
	const struct ac_val *v = NULL;
	struct ac_fault f = { .text = "" };
	size_t before = live, took;
	enum ac_err err;

	peak = live;
	err = read(&v, &a, p, n, &f);
	took = peak - before;
	if (err != t->want && !(max && err == AC_ELIMIT))
		fail_msg("%s: error %d, not %d: %s", t->name, err, t->want, f.text);
	ac_arena_free(&a);
	if (live != before)
		fail_msg("%s: %zu bytes are left", t->name, live - before);
	return took;
}

/* No trick takes more than `base` and `each` for a byte of input; nor, whatever
 * the input, much more than a multiple of what the arena may have. */
static void
bounded(reader read, const struct trick *tricks, size_t n, size_t base, size_t each)
{
	static const size_t sizes[] = { 6000, 300000, 5u << 18 };
	size_t i, k, len, took, worst = 0, most = 0, small = 1u << 20;
	unsigned char *p = malloc(sizes[2] + 1024);

	for (i = 0; i < n; i++)
		for (k = 0; k < sizeof sizes / sizeof *sizes; k++) {
			len = fill(p, sizes[k], &tricks[i]);
			took = reading(read, p, len, 0, &tricks[i]);
			if (took > base + each * len)
				fail_msg("%s: %zu bytes to read %zu", tricks[i].name, took, len);
			worst = len > 1u << 20 && took / len > worst ? took / len : worst;
			took = reading(read, p, len, small, &tricks[i]);
			if (took > base + 4 * small + 4 * len)
				fail_msg("%s: %zu bytes to read %zu with a ceiling", tricks[i].name, took, len);
			most = took > most ? took : most;
		}
	free(p);
#ifdef COUNTED
	printf("# %zu tricks; of a long input %zu bytes to read one, and %zu kB under a ceiling of %zu\n",
		n, worst, most >> 10, small >> 10);
	assert_true(worst > 10);
#else
	printf("# %zu tricks; a sanitiser counts no bytes\n", n);
#endif
}

static void
json_tricks(void **state)
{
	(void)state;
	bounded(ac_json_read, json, sizeof json / sizeof *json, 100000, 128);
}

static void
msgpack_tricks(void **state)
{
	(void)state;
	bounded(ac_mp_read, msgpack, sizeof msgpack / sizeof *msgpack, 20000, 64);
}

/* What is refused by its first pass costs nothing at all. */
static void
nothing_for_nothing(void **state)
{
	static const struct trick deep[] = {
		{ "nesting", "", "[", "", "", AC_ELIMIT }, { "claims", "", "\xdd\xff\xff\xff\xff", "", "", AC_EINVAL },
	};
	size_t n = 4u << 20, len;
	unsigned char *p = malloc(n + 1024);

	(void)state;
	len = fill(p, n, &deep[0]);
	assert_int_equal(reading(ac_json_read, p, len, 0, &deep[0]), 0);
	len = fill(p, n, &deep[1]);
	assert_int_equal(reading(ac_mp_read, p, len, 0, &deep[1]), 0);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_tricks), cmocka_unit_test(msgpack_tricks),
		cmocka_unit_test(nothing_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
