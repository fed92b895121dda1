/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <msgpack.h>

#include "schema/schema.h"
#include "shared.h"

/* ------------------------------------------------------------------ helpers */

/* Hexadecimal digits, spaces and dashes passed over. */
static size_t
unhex(unsigned char *out, const char *s)
{
	char pair[3] = "";
	size_t n = 0;

	while (*s) {
		if (*s == ' ' || *s == '-') {
			s++;
			continue;
		}
		pair[0] = *s++;
		pair[1] = *s++;
		out[n++] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return n;
}

/* What msgpack-c makes of the same bytes must be the same value. */
static bool
agrees(const struct ac_val *v, const msgpack_object *o)
{
	const msgpack_object_str *key;
	uint32_t i;

	switch (v->kind) {
	case AC_NIL:
		return o->type == MSGPACK_OBJECT_NIL;
	case AC_BOOL:
		return o->type == MSGPACK_OBJECT_BOOLEAN && o->via.boolean == v->b;
	case AC_INT:
		return v->i < 0 ? o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && o->via.i64 == v->i
			: o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 == (uint64_t)v->i;
	case AC_UINT:
		return o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 == v->u;
	case AC_DEC:
		return o->type == MSGPACK_OBJECT_EXT && o->via.ext.type == 1;
	case AC_NUM:
		return o->type == MSGPACK_OBJECT_EXT && o->via.ext.type == 2 && o->via.ext.size == v->n
			&& !memcmp(o->via.ext.ptr, v->s, v->n);
	case AC_BLOB:
		return o->type == MSGPACK_OBJECT_EXT && o->via.ext.type == 3
			&& !memcmp(o->via.ext.ptr, v->blob->hash, 32);
	case AC_LATER:
		return o->type == MSGPACK_OBJECT_EXT && o->via.ext.type == v->bin[0] && o->via.ext.size == v->n - 1
			&& !memcmp(o->via.ext.ptr, v->bin + 1, v->n - 1);
	case AC_STR:
		return o->type == MSGPACK_OBJECT_STR && o->via.str.size == v->n
			&& (!v->n || !memcmp(o->via.str.ptr, v->s, v->n)) && !v->s[v->n];
	case AC_BIN:
		return o->type == MSGPACK_OBJECT_BIN && o->via.bin.size == v->n
			&& (!v->n || !memcmp(o->via.bin.ptr, v->bin, v->n));
	case AC_ARR:
		if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != v->n)
			return false;
		for (i = 0; i < v->n; i++)
			if (!agrees(&v->items[i], &o->via.array.ptr[i]))
				return false;
		return true;
	case AC_MAP:
		if (o->type != MSGPACK_OBJECT_MAP || o->via.map.size != v->n)
			return false;
		for (i = 0; i < v->n; i++) {
			key = &o->via.map.ptr[i].key.via.str;
			if (o->via.map.ptr[i].key.type != MSGPACK_OBJECT_STR || key->size != v->pairs[i].nkey
			    || (key->size && memcmp(key->ptr, v->pairs[i].key, key->size))
			    || !agrees(&v->pairs[i].val, &o->via.map.ptr[i].val))
				return false;
		}
		return true;
	}
	return false;
}

static unsigned
depth(const struct ac_val *v)
{
	unsigned most = 0, d;
	uint32_t i;

	if (v->kind != AC_ARR && v->kind != AC_MAP)
		return 0;
	for (i = 0; i < v->n; i++) {
		d = depth(v->kind == AC_ARR ? &v->items[i] : &v->pairs[i].val);
		most = d > most ? d : most;
	}
	return most + 1;
}

/* True when the bytes are read; then they must be written again the same, and
 * msgpack-c must see the same value in them. */
static bool
holds(const void *p, size_t n)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	const struct ac_val *v = NULL;
	struct ac_fault f = { .text = "" };
	msgpack_unpacked u;
	size_t off = 0;
	enum ac_err err = ac_mp_read(&v, &a, p, n, &f);

	if (err) {
		assert_true(err == AC_EINVAL || err == AC_ELIMIT);
		assert_null(v);
		assert_true(strlen(f.text) > 10);
		ac_arena_free(&a);
		return false;
	}
	assert_int_equal(ac_mp_write(&b, v), AC_OK);
	assert_int_equal(b.len, n);
	assert_memory_equal(b.p, p, n);
	msgpack_unpacked_init(&u);
	if (depth(v) < 32) { /* deeper it cannot */
		assert_int_equal(msgpack_unpack_next(&u, p, n, &off), MSGPACK_UNPACK_SUCCESS);
		assert_int_equal(off, n);
		assert_true(agrees(v, &u.data));
	}
	msgpack_unpacked_destroy(&u);
	ac_buf_free(&b);
	ac_arena_free(&a);
	return true;
}

/* The same on a heap block of exactly n bytes, so that a sanitizer sees a read
 * past the end. */
static bool
holds_exactly(const unsigned char *p, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1);
	bool ok;

	memcpy(copy, p, n);
	ok = holds(copy, n);
	free(copy);
	return ok;
}

static bool
holds_hex(const char *hex)
{
	unsigned char b[4096];

	return holds_exactly(b, unhex(b, hex));
}

/* -------------------------------------------------------------------- tables */

static const char *const good[] = {
	"c0", "c2", "c3",
	/* integers at the borders of their forms */
	"00", "7f", "cc80", "ccff", "cd0100", "cdffff", "ce00010000", "ceffffffff",
	"cf0000000100000000", "cf7fffffffffffffff", "cf8000000000000000", "cfffffffffffffffff",
	"ff", "e0", "d0df", "d080", "d1ff7f", "d18000", "d2ffff7fff", "d280000000",
	"d3ffffffff7fffffff", "d38000000000000000",
	/* text */
	"a0", "a161", "a2c3a9", "a3e282ac", "a4f09f9880", "a4f48fbfbf",
	/* bytes of any length */
	"c400", "c40100", "c403ffffff",
	/* containers */
	"90", "80", "9101", "93010203", "81a16101", "82a16101a16202",
	"81a09181a16180",
	/* decimals: 1.0, 0.00, -0.5, 12.345, the largest mantissas */
	"d501ff0a", "d501fe00", "d501fffb", "d601fdcd3039",
	"c70a01ffcf7fffffffffffffff", "c70a01ffd38000000000000000",
	"d601d1fc0201", /* exponent -1022 */
	/* numbers as text: 1e2, -0, -0.0, 1E+2, 18446744073709551616 */
	"c70302316532", "d5022d30", "d6022d302e30", "d60231452b32",
	"c714023138343436373434303733373039353531363136",
	/* ext types of a later version, in their shortest forms */
	"d40400", "d57f0102", "d804000102030405060708090a0b0c0d0e0f", "c70004", "c70304010203", "9281a16bd40500a161",
	NULL
};

static void
accepted(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; good[i]; i++)
		if (!holds_hex(good[i]))
			fail_msg("%s was refused", good[i]);
}

static const char *const bad[] = {
	"", "c1", "0000", "c0c0", "9001",
	/* floats */
	"ca00000000", "cb0000000000000000", "cb3ff0000000000000",
	/* integers in longer forms than they need */
	"cc00", "cc7f", "cd0000", "cd00ff", "ce00000000", "ce0000ffff", "cf0000000000000000",
	"cf00000000ffffffff", "d000", "d07f", "d0e0", "d0ff", "d100ff", "d1ff80", "d10080", "d2ffff8000",
	"d200000001", "d3ffffffff80000000", "d30000000000000001", "d37fffffffffffffff",
	/* text in longer forms */
	"d900", "d90161", "da000161", "db0000000161",
	/* text that is none */
	"a180", "a1ff", "a1c3", "a2c080", "a3eda080", "a3edbfbf", "a4f4908080", "a3e0809f", "a100", "a3610062", "a86100626262626262", "aa616161616161616100ff",
	/* bytes, containers in longer forms */
	"c50000", "c5000100", "c600000000", "c60000000100", "dc0000", "dc000101", "dd00000000",
	"de0000", "de0001a16101", "df00000000",
	/* broken off */
	"cc", "cd01", "ce010000", "cf01", "d0", "d3ff", "a1", "a3c3a9", "d9", "d920", "c4", "c401", "c7", "c703",
	"c70302", "d4", "d401", "d501ff", "91", "9201", "81", "81a1", "81a161", "82a16101", "dc", "dd0000",
	/* claims */
	"ddffffffff", "dfffffffff", "dbffffffff", "c6ffffffff", "c9ffffffff01", "dd00010000", "9fc0c0",
	"8fc0", "dcffff", "deffff", "ddffffffff01", "c8ffff01",
	/* keys */
	"8101c0", "81c0c0", "8190c0", "81c40161c0", "81a180c0", "81d90161c0", "82a16101a16102",
	"83a16101a16202a16103", "8180c0", "81a100c0",
	/* extension types that are not ours, or in a wrong form */
	"d40000", "d48000", "d4ff00", "c70104ff", "c8000304010203", "d404", "c70304", "c0d40400", "d5ff0a00", "c70101ff", "c70201ff0a", "c8000201ff0a", "c8000302316532",
	"c90000000302316532", "c70001", "c70002", "c70003", "c70201ff0a",
	/* decimals: exponent not below zero, not integers, not two, not shortest */
	"d501000a", "d501010a", "d401ff", "d601ff0a0000", "d501ffc0", "d501c00a", "d501a00a", "c70301ffcc0a",
	"c70301d0ff0a", "d601ffcd000a", "c70401fdcd3039", "d601d1fbff01", "d601d1fc0001", "d601d1fc02ff", "c70b01ffcf800000000000000000",
	"c70a01ffcf8000000000000000", "d601d1fc0101", "d501ff90",
	/* numbers as text that other kinds give back, or that are none */
	"d4022d", "d40231", "d5022d31", "c70302312e30", "d6022e316532", "d60230316532", "d502 3165", "d5022b31",
	"d6024e614e20", "d602 31653220", "d602 00653220", "c713 02 39323233333732303336383534373735383037",
	/* attachments of a wrong size */
	"c72703 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00000000000100",
	NULL
};

static void
refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; bad[i]; i++)
		if (holds_hex(bad[i]))
			fail_msg("%s was accepted", bad[i]);
}

static void
values(void **state)
{
	static const struct { const char *hex, *json; } rows[] = {
		{ "d501ff0a", "1.0" }, { "d501fe00", "0.00" }, { "d501fffb", "-0.5" },
		{ "d601fdcd3039", "12.345" }, { "c70a01ffd38000000000000000", "-922337203685477580.8" },
		{ "c70302316532", "1e2" }, { "d5022d30", "-0" }, { "cfffffffffffffffff", "18446744073709551615" },
		{ "d38000000000000000", "-9223372036854775808" }, { "82a162c0a161c3", "{\"b\":null,\"a\":true}" },
		{ "d501fd01", "0.001" }, { "82a161d601fecd0276a16292ffc0", "{\"a\":6.30,\"b\":[-1,null]}" },
	};
	unsigned char b[64];
	const struct ac_val *v;
	struct ac_arena a = { 0 };
	struct ac_buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		ac_buf_reset(&out);
		assert_int_equal(ac_mp_read(&v, &a, b, unhex(b, rows[i].hex), NULL), AC_OK);
		assert_int_equal(v->at, 0);
		assert_int_equal(ac_json_write(&out, v, NULL, NULL), AC_OK);
		assert_int_equal(out.len, strlen(rows[i].json));
		assert_memory_equal(out.p, rows[i].json, out.len);
		/* and from JSON to the same bytes */
		assert_int_equal(ac_json_read(&v, &a, rows[i].json, strlen(rows[i].json), NULL), AC_OK);
		ac_buf_reset(&out);
		assert_int_equal(ac_mp_write(&out, v), AC_OK);
		assert_int_equal(out.len, unhex(b, rows[i].hex));
		assert_memory_equal(out.p, b, out.len);
	}
	ac_buf_free(&out);
	ac_arena_free(&a);
}

static void
blob(void **state)
{
	static const char hex[] = "c72803 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		"0000000000012345";
	unsigned char b[64];
	const struct ac_val *v;
	struct ac_arena a = { 0 };

	(void)state;
	assert_true(holds_hex(hex));
	assert_int_equal(ac_mp_read(&v, &a, b, unhex(b, hex), NULL), AC_OK);
	assert_int_equal(v->kind, AC_BLOB);
	assert_int_equal(v->blob->size, 0x12345);
	assert_int_equal(v->blob->hash[31], 0x1f);
	ac_arena_free(&a);
}

/* Every length at which a form gives way to the next. */
static void
lengths(void **state)
{
	static const size_t n[] = { 0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 257, 65535, 65536, 65537 };
	char *s = malloc(70000);
	struct ac_val *items = calloc(70000, sizeof *items), v;
	struct ac_pair *pairs = calloc(70000, sizeof *pairs);
	char (*names)[8] = malloc(70000 * sizeof *names);
	struct ac_buf b = { 0 };
	size_t i, k;

	(void)state;
	memset(s, 'x', 70000);
	for (k = 0; k < 70000; k++) {
		snprintf(names[k], sizeof *names, "%zu", k);
		pairs[k] = (struct ac_pair){ .key = names[k], .nkey = (uint32_t)strlen(names[k]) };
	}
	for (i = 0; i < sizeof n / sizeof *n; i++) {
		struct ac_val all[] = {
			{ .kind = AC_STR, .n = (uint32_t)n[i], .s = s },
			{ .kind = AC_BIN, .n = (uint32_t)n[i], .bin = (unsigned char *)s },
			{ .kind = AC_ARR, .n = (uint32_t)n[i], .items = items },
			{ .kind = AC_MAP, .n = (uint32_t)n[i], .pairs = pairs },
		};

		for (k = 0; k < 4; k++) {
			ac_buf_reset(&b);
			assert_int_equal(ac_mp_write(&b, &all[k]), AC_OK);
			assert_true(holds_exactly(b.p, b.len));
			assert_false(holds_exactly(b.p, b.len - 1));
		}
	}
	/* a number's text in ext 8 and ext 16 */
	memset(s, '9', 1024);
	for (i = 20; i <= 1024; i += i < 300 ? 1 : 181) {
		v = (struct ac_val){ .kind = AC_NUM, .n = (uint32_t)i, .s = s };
		ac_buf_reset(&b);
		assert_int_equal(ac_mp_write(&b, &v), AC_OK);
		assert_true(holds_exactly(b.p, b.len));
	}
	v.n = 1025;
	assert_int_equal(ac_mp_write(&b, &v), AC_EINVAL);
	ac_buf_free(&b);
	free(s);
	free(items);
	free(pairs);
	free(names);
}

/* The longest that a shorter form holds, in the next form. */
static void
long_forms(void **state)
{
	static const struct { unsigned head, width; size_t n; enum ac_kind kind; } rows[] = {
		{ 0xd9, 1, 31, AC_STR }, { 0xda, 2, 255, AC_STR }, { 0xdb, 4, 65535, AC_STR },
		{ 0xc5, 2, 255, AC_BIN }, { 0xc6, 4, 65535, AC_BIN }, { 0xdc, 2, 15, AC_ARR },
		{ 0xdd, 4, 65535, AC_ARR }, { 0xde, 2, 15, AC_MAP }, { 0xdf, 4, 65535, AC_MAP },
	};
	unsigned char *b = malloc(600000);
	size_t i, k, len, more;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		for (more = 0; more < 2; more++) {
			size_t n = rows[i].n + more;

			b[0] = (unsigned char)rows[i].head;
			for (k = 0; k < rows[i].width; k++)
				b[1 + k] = (unsigned char)(n >> 8 * (rows[i].width - 1 - k));
			len = 1 + rows[i].width;
			for (k = 0; k < n; k++)
				len += (size_t)(rows[i].kind == AC_MAP
					? sprintf((char *)b + len, "%c%06zu%c", 0xa6, k, 1) : sprintf((char *)b + len, "x"));
			if (holds_exactly(b, len) != (more == 1))
				fail_msg("row %zu, %zu", i, n);
		}
	free(b);
}

static void
nesting(void **state)
{
	size_t n = 100000;
	unsigned char *b = malloc(n + 1), *m = malloc(3 * n);
	size_t i;

	(void)state;
	memset(b, 0x91, n);
	b[63] = 0x90;
	assert_true(holds(b, 64));
	b[63] = 0x91;
	b[64] = 0xc0;
	assert_true(holds(b, 65));
	b[64] = 0x90;
	assert_false(holds(b, 65));
	b[64] = 0x91;
	b[n] = 0xc0;
	assert_false(holds(b, n + 1));
	for (i = 0; i + 3 <= 3 * n; i += 3)
		memcpy(m + i, "\x81\xa1" "a", 3);
	assert_false(holds(m, 3 * n));
	m[3 * 64] = 0xc0;
	assert_true(holds(m, 3 * 64 + 1));
	free(b);
	free(m);
}

/* Claims of many items, one inside the other, must not be believed. */
static void
bounded(void **state)
{
	unsigned char b[400];
	struct ac_arena a = { .max = 64 };
	const struct ac_val *v;
	struct ac_fault f;
	size_t i;

	(void)state;
	memset(b, 0xc0, sizeof b);
	for (i = 0; i < 60; i++)
		memcpy(b + 3 * i, "\xdc\x00\x60", 3);
	/* 96 items promised at each of 60 levels, 220 bytes there: never reaches the arena */
	assert_int_equal(ac_mp_read(&v, &a, b, sizeof b, &f), AC_EINVAL);
	assert_int_equal(a.used, 0);
	assert_int_equal(ac_mp_read(&v, &a, "\xdd\xff\xff\xff\xff", 5, &f), AC_EINVAL);
	assert_int_equal(a.used, 0);
	/* honest, but more than the arena may hold */
	b[0] = 0xdc;
	b[1] = 0;
	b[2] = 100;
	memset(b + 3, 0xc0, 100);
	assert_int_equal(ac_mp_read(&v, &a, b, 103, &f), AC_ELIMIT);
	ac_arena_free(&a);
	assert_int_equal(ac_mp_read(&v, &a, b, (size_t)AC_MAX_BODY + 1, &f), AC_ELIMIT);
}

static void
writing(void **state)
{
	struct ac_pair twice[] = {
		{ .key = "a", .nkey = 1 }, { .key = "b", .nkey = 1 }, { .key = "a", .nkey = 1 },
	};
	struct ac_pair key[] = { { .key = "a\xff", .nkey = 2 } };
	struct ac_val nest[66];
	const struct ac_val wrong[] = {
		{ .kind = AC_MAP, .n = 3, .pairs = twice },
		{ .kind = AC_MAP, .n = 1, .pairs = key },
		{ .kind = AC_STR, .n = 1, .s = "\xff" },
		{ .kind = AC_STR, .n = 3, .s = "a\0b" },
		{ .kind = AC_UINT, .u = 5 },
		{ .kind = AC_DEC, .dec = { 1, 0 } },
		{ .kind = AC_DEC, .dec = { 1, 3 } },
		{ .kind = AC_DEC, .dec = { 1, -1023 } },
		{ .kind = AC_DEC, .dec = { -1, -1022 } },
		{ .kind = AC_DEC, .dec = { 1, INT32_MIN } },
		{ .kind = AC_NUM, .n = 1, .s = "1" },
		{ .kind = AC_NUM, .n = 3, .s = "NaN" },
		{ .kind = AC_NUM, .n = 0, .s = "" },
	};
	struct ac_buf b = { 0 };
	struct ac_val v;
	size_t i;

	(void)state;
	assert_int_equal(ac_buf_add(&b, "abc", 3), AC_OK);
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct ac_val list[2] = { ac_val_int(7), wrong[i] };
		struct ac_val arr = { .kind = AC_ARR, .n = 2, .items = list };

		if (ac_mp_write(&b, &wrong[i]) != AC_EINVAL || ac_mp_write(&b, &arr) != AC_EINVAL)
			fail_msg("row %zu was written", i);
		assert_int_equal(b.len, 3);
	}
	for (i = 0; i < 66; i++)
		nest[i] = (struct ac_val){ .kind = AC_ARR, .n = i < 65, .items = &nest[i < 65 ? i + 1 : i] };
	assert_int_equal(ac_mp_write(&b, &nest[0]), AC_ELIMIT);
	assert_int_equal(ac_mp_write(&b, &nest[1]), AC_ELIMIT);
	assert_int_equal(b.len, 3);
	assert_int_equal(ac_mp_write(&b, &nest[2]), AC_OK);
	assert_int_equal(b.len, 67);
	ac_buf_free(&b);
	b.max = 10;
	v = ac_val_text("twelve bytes");
	assert_int_equal(ac_mp_write(&b, &v), AC_ELIMIT);
	assert_int_equal(b.len, 0);
	ac_buf_free(&b);
}

static void
bodies(void **state)
{
	char text[257];
	unsigned char raw[200] = { 0 };
	struct ac_pair p = { .key = "data", .nkey = 4 };
	struct ac_val map = { .kind = AC_MAP, .n = 1, .pairs = &p }, arr = { .kind = AC_ARR, .n = 1, .items = &p.val };
	struct ac_pair outer = { .key = "x", .nkey = 1 };
	struct ac_val deep = { .kind = AC_MAP, .n = 1, .pairs = &outer };

	(void)state;
	memset(text, 'A', 256);
	text[256] = 0;
	p.val = ac_val_text("x");
	outer.val = arr;
	assert_true(ac_mp_is_body(&map));
	assert_true(ac_mp_is_body(&deep));
	assert_false(ac_mp_is_body(&p.val));
	assert_false(ac_mp_is_body(&arr));
	assert_false(ac_mp_is_body(NULL));
	/* 189 bytes are 252 characters of base64, 190 are 256 */
	p.val = ac_val_bytes(raw, 189);
	assert_false(ac_mp_is_body(&map));
	assert_false(ac_mp_is_body(&deep));
	p.val = ac_val_bytes(raw, 190);
	assert_true(ac_mp_is_body(&map));
	assert_true(ac_mp_is_body(&deep));
	p.val = ac_val_text(text);
	assert_false(ac_mp_is_body(&map));
	assert_false(ac_mp_is_body(&deep));
	text[255] = '-';
	assert_true(ac_mp_is_body(&map));
}

/* ------------------------------------------------------------------ mutations */

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Whatever is accepted after a flip, a cut or an insertion is written again the
 * same (holds() says so); and most is refused. */
static unsigned
mutate(const unsigned char *p, size_t n, unsigned rounds, uint64_t *seed)
{
	unsigned char *b = malloc(n + 8);
	unsigned accepted_n = 0, i, k;
	size_t len, at;

	for (i = 0; i < rounds; i++) {
		memcpy(b, p, n);
		len = n;
		for (k = 0; k <= next(seed) % 2; k++) {
			at = next(seed) % len;
			switch (next(seed) % 5) {
			case 0:
				b[at] ^= (unsigned char)(1u << next(seed) % 8);
				break;
			case 1:
				b[at] = (unsigned char)next(seed);
				break;
			case 2:
				b[at] = (unsigned char)(0xc0 + next(seed) % 64);
				break;
			case 3:
				len = at + 1;
				break;
			default:
				memmove(b + at, b + at + 1, len - at - 1);
				len -= len > 1;
			}
		}
		accepted_n += holds_exactly(b, len);
	}
	free(b);
	return accepted_n;
}

static void
mutations(void **state)
{
	static const char json[] = "{\"resourceType\":\"Observation\",\"id\":\"x1\",\"n\":[0,-1,127,128,255,256,65535,65536,"
		"4294967296,-32,-33,-128,-129,-32769,18446744073709551615],\"d\":[1.0,0.00,-0.5,12.345,1e2,-0.0],"
		"\"t\":[\"\",\"\xc3\xa9\xe2\x82\xac\",true,false,null],\"o\":{\"a\":{},\"b\":[],\"c\":[{\"a\":1,\"b\":2}]}}";
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	const struct ac_val *v;
	uint64_t seed = 0x9e3779b97f4a7c15;
	unsigned ok;
	size_t i;

	(void)state;
	assert_int_equal(ac_json_read(&v, &a, json, sizeof json - 1, NULL), AC_OK);
	assert_int_equal(ac_mp_write(&b, v), AC_OK);
	assert_true(holds(b.p, b.len));
	for (i = 0; i < b.len; i++)
		assert_false(holds_exactly(b.p, i));
	ok = mutate(b.p, b.len, 30000, &seed);
	printf("# %u of 30000 changed records accepted\n", ok);
	assert_true(ok > 100 && ok < 25000);
	for (i = 0; good[i]; i++) {
		unsigned char one[64];

		mutate(one, unhex(one, good[i]), 300, &seed);
	}
	ac_buf_free(&b);
	ac_arena_free(&a);
}

/* ---------------------------------------------------------------- shared data */

struct tally { unsigned texts, encodings, accepted; };

static void
mutate_text(void *ctx, const unsigned char *p, size_t n)
{
	struct tally *t = ctx;
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	const struct ac_val *v;
	uint64_t seed = n * 2654435761u + 1;

	if (n < 20000 && !ac_json_read(&v, &a, p, n, NULL)) {
		assert_int_equal(ac_mp_write(&b, v), AC_OK);
		assert_true(holds_exactly(b.p, b.len));
		mutate(b.p, b.len, 20, &seed);
		t->texts++;
	}
	ac_buf_free(&b);
	ac_arena_free(&a);
}

static void
mutate_file(void *ctx, const struct shared_file *f)
{
	shared_texts(f, mutate_text, ctx);
}

static void
records(void **state)
{
	static const char *const kinds[] = { ".json", ".ndjson", NULL };
	struct tally t = { 0 };
	unsigned n = shared_each("dev/hl7-examples", kinds, mutate_file, &t)
		+ shared_each("dev/mcode", kinds, mutate_file, &t);

	(void)state;
	if (!n) {
		printf("# no shared data\n");
		return;
	}
	printf("# files %u, %u records changed 20 times each\n", n, t.texts);
	assert_true(t.texts > 100);
}

/* The suite gives several encodings of each value, the shortest among them: of
 * those of a value at most one is canonical. Floats, times and extensions of
 * other types have none. */
static void
suite_value(struct tally *t, const struct ac_val *test)
{
	const struct ac_val *list = ac_val_get(test, "msgpack");
	bool foreign = ac_val_get(test, "ext") || ac_val_get(test, "timestamp");
	const struct ac_val *number = ac_val_get(test, "number");
	unsigned ok = 0;
	uint32_t i;

	assert_non_null(list);
	for (i = 0; i < list->n; i++) {
		t->encodings++;
		ok += holds_hex(list->items[i].s);
	}
	foreign = foreign || (number && number->kind == AC_DEC);
	if (!foreign && !ac_val_get(test, "bignum") && ok != 1)
		fail_msg("%u encodings of one value are accepted, first %s", ok, list->items[0].s);
	assert_true(ok <= 1);
	t->accepted += ok;
}

static void
suite_file(void *ctx, const struct shared_file *f)
{
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	uint32_t i, k;

	assert_int_equal(ac_json_read(&v, &a, f->p, f->n, NULL), AC_OK);
	for (i = 0; i < v->n; i++)
		for (k = 0; k < v->pairs[i].val.n; k++)
			suite_value(ctx, &v->pairs[i].val.items[k]);
	ac_arena_free(&a);
}

static void
msgpack_suite(void **state)
{
	static const char *const json[] = { "suite.json", NULL };
	struct tally t = { 0 };
	unsigned n = shared_each("suites/msgpack-test-suite", json, suite_file, &t);

	(void)state;
	if (!n) {
		printf("# no shared data\n");
		return;
	}
	printf("# files %u of msgpack-test-suite, %u of %u encodings are canonical\n", n, t.accepted, t.encodings);
	assert_true(t.encodings >= 233 && t.accepted >= 50);
}

/* A value of a later version is carried as it is beside what is changed, and never guessed at. */
static void
later(void **state)
{
	static const char hex[] = "84 ac7265736f7572636554797065 ab4f62736572766174696f6e a6737461747573 a566696e616c"
		" a4636f6465 81a474657874a178 a9656666656374697665 d50501ff";
	unsigned char b[256];
	size_t n = unhex(b, hex), errors = 0;
	struct ac_arena a = { 0 }, other = { 0 };
	struct ac_buf json = { 0 }, out = { 0 };
	const struct ac_val *v, *copy, *changed, *was;
	struct ac_val text = ac_val_text("amended");
	struct ac_fault f = { .text = "" };

	(void)state;
	assert_int_equal(ac_mp_read(&v, &a, b, n, NULL), AC_OK);
	assert_true(ac_mp_is_body(v) && ac_val_later(v) && !ac_val_later(ac_val_get(v, "code")));
	was = ac_val_get(v, "effective");
	assert_int_equal(was->kind, AC_LATER);
	assert_memory_equal(was->bin, "\5\1\xff", was->n);
	assert_non_null(copy = ac_val_copy(&other, v));
	assert_true(ac_val_equal(v, copy));
	assert_int_equal(ac_json_write(&json, v, NULL, &f), AC_EVERSION);
	assert_true(!json.len && strstr(f.text, "newer version"));
	assert_int_equal(ac_path_set(&changed, &a, v, "status", &text, NULL), AC_OK);
	assert_true(ac_val_equal(ac_val_get(changed, "effective"), was) && !ac_val_equal(changed, v));
	assert_int_equal(ac_mp_write(&out, changed), AC_OK);
	assert_memory_equal(out.p + out.len - 4, b + n - 4, 4);
	((unsigned char *)(uintptr_t)was->bin)[2] ^= 1;
	assert_false(ac_val_equal(v, copy));
	/* unknown where FHIR has an element: no word on it */
	assert_int_equal(ac_path_set(&changed, &a, copy, "code", was, NULL), AC_OK);
	assert_int_equal(ac_path_set(&changed, &a, changed, "effective", NULL, NULL), AC_OK);
	assert_int_equal(ac_validate(changed, NULL, NULL, &errors), AC_OK);
	assert_int_equal(errors, 0);
	ac_buf_free(&out);
	ac_buf_free(&json);
	ac_arena_free(&other);
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted), cmocka_unit_test(refused), cmocka_unit_test(values),
		cmocka_unit_test(blob), cmocka_unit_test(lengths), cmocka_unit_test(long_forms), cmocka_unit_test(nesting),
		cmocka_unit_test(bounded), cmocka_unit_test(writing), cmocka_unit_test(bodies),
		cmocka_unit_test(later), cmocka_unit_test(mutations), cmocka_unit_test(msgpack_suite), cmocka_unit_test(records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
