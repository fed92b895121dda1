/* SPDX-License-Identifier: ISC */
/*
 * dict.c: makes store/dict.c, and weighs what a dictionary is worth.
 *
 *   dict train SIZE VOCABULARY FILE...   writes C to standard output
 *   dict weigh FILE...                   mean bytes of one edit, kind by kind
 *
 * FILEs hold FHIR JSON, one value a line or one in all; Bundles give their
 * entries. Each resource becomes a sample as a segment of one edit has it: the
 * list of heads, then one version entry. VOCABULARY's lines become the far end
 * of the dictionary as they stand, the trained part lies nearer to the text.
 * Equal input gives equal output with one version of zstd.
 */
#define ZDICT_STATIC_LINKING_ONLY
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zdict.h>
#include <zstd.h>

#include "schema/schema.h"
#include "store/press.h"

#define MAX_SAMPLES 100000
#define TOO_LONG (64u << 10) /* a sample that large teaches little */

struct set {
	struct ac_buf bytes;
	size_t sizes[MAX_SAMPLES], json[MAX_SAMPLES];
	char types[MAX_SAMPLES][40];
	unsigned n;
};

static struct set set;

static void
must(enum ac_err err, const char *what, const struct ac_fault *f)
{
	if (!err)
		return;
	fprintf(stderr, "dict: %s: %d %s\n", what, (int)err, f ? f->text : "");
	exit(1);
}

static void
slurp(struct ac_buf *b, const char *name)
{
	FILE *in = fopen(name, "rb");
	char part[65536];
	size_t n;

	b->max = (size_t)1 << 30;
	if (!in) {
		fprintf(stderr, "dict: %s: %s\n", name, strerror(errno));
		exit(1);
	}
	while ((n = fread(part, 1, sizeof part, in)) > 0)
		must(ac_buf_add(b, part, n), name, NULL);
	fclose(in);
}

/* Bytes that nothing can shrink, the same each time. */
static void
noise(unsigned char *p, size_t n)
{
	static uint64_t x = 88172645463325252u;

	for (; n; n--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*p++ = (unsigned char)(x >> 32);
	}
}

static void
sample(const struct ac_val *body)
{
	unsigned char parent[32], salt[16];
	const char *id = ac_val_str(body, "id"), *type = ac_val_str(body, "resourceType");
	struct ac_val none = { .kind = AC_ARR }, nil = { .kind = AC_NIL }, up = ac_val_bytes(parent, 32),
		parents = { .kind = AC_ARR, .n = 1, .items = &up }, entry, both[2], all = { .kind = AC_ARR, .n = 2 };
	struct ac_val items[11] = { ac_val_int(1), ac_val_text(""), nil, id ? nil : ac_val_text("none"), parents,
		ac_val_int(0), ac_val_bool(true), ac_val_int(AC_OP_SET), ac_val_bytes(salt, 16), nil, *body };
	struct ac_buf json = { .max = (size_t)1 << 30 };
	size_t was = set.bytes.len;

	if (set.n == MAX_SAMPLES)
		return;
	noise(parent, sizeof parent);
	noise(salt, sizeof salt);
	entry = (struct ac_val){ .kind = AC_ARR, .n = 11, .items = items };
	both[0] = none;
	both[1] = entry;
	all.items = both;
	must(ac_mp_write(&set.bytes, &all), "msgpack", NULL);
	must(ac_json_write(&json, body, NULL, NULL), "json", NULL);
	if (json.len > TOO_LONG) {
		set.bytes.len = was;
	} else {
		snprintf(set.types[set.n], sizeof set.types[0], "%s", type);
		set.json[set.n] = json.len;
		set.sizes[set.n++] = set.bytes.len - was;
	}
	ac_buf_free(&json);
}

static void
resources(const struct ac_val *v)
{
	const struct ac_val *entries, *r;
	const char *type = ac_val_str(v, "resourceType");
	uint32_t i;

	if (!type)
		return;
	if (strcmp(type, "Bundle") != 0) {
		sample(v);
		return;
	}
	if (!(entries = ac_val_get(v, "entry")) || entries->kind != AC_ARR)
		return;
	for (i = 0; i < entries->n; i++)
		if ((r = ac_val_get(&entries->items[i], "resource")))
			resources(r);
}

/* Calls each for the whole text, or where that is no JSON for each line. */
static void
values(const char *name, void (*each)(const struct ac_val *))
{
	struct ac_buf text = { 0 };
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	const char *p, *end, *nl;

	slurp(&text, name);
	if (!ac_json_read(&v, &a, text.p, text.len, NULL)) {
		each(v);
		text.len = 0;
	}
	p = (const char *)text.p;
	for (end = p + text.len; p < end; p = nl + 1) {
		if (!(nl = memchr(p, '\n', (size_t)(end - p))))
			nl = end;
		ac_arena_free(&a);
		a = (struct ac_arena){ 0 };
		if (nl > p && !ac_json_read(&v, &a, p, (size_t)(nl - p), NULL))
			each(v);
	}
	ac_arena_free(&a);
	ac_buf_free(&text);
}

static struct ac_buf vocabulary = { .max = 1u << 20 };

static void
word(const struct ac_val *v)
{
	must(ac_mp_write(&vocabulary, v), "vocabulary", NULL);
}

/* In rows of strings: a third of the size of a list of numbers, which compilers take as long for. */
enum { ROW = 1000, WIDE = 110 };

static void
print_c(const unsigned char *p, size_t n)
{
	size_t i, at = 0;

	printf("/* SPDX-License-Identifier: ISC */\n"
		"/* Made by tests/tools/make_dict.sh with zstd %s; never edited, never made again. */\n"
		"#include <string.h>\n\n#include \"store/dict.h\"\n\nenum { ROW = %d };\n\nstatic const char rows[][ROW + 1] = {",
		ZSTD_versionString(), ROW);
	for (i = 0; i < n; i++) {
		if (i % ROW == 0 || at >= WIDE) {
			printf(i % ROW ? "\"\n\"" : i ? "\",\n\"" : "\n\"");
			at = 0;
		}
		if (p[i] == '"' || p[i] == '\\')
			at += (size_t)printf("\\%c", p[i]);
		else if (p[i] < 32 || p[i] > 126 || p[i] == '?') /* ?? would begin a trigraph */
			at += (size_t)printf("\\%03o", p[i]);
		else
			at += (size_t)printf("%c", p[i]);
	}
	printf("\"\n};\n\nconst size_t ac_dict_1_size = %zu;\n\nvoid\nac_dict_1(unsigned char *out)\n{\n"
		"\tsize_t at;\n\n\tfor (at = 0; at < ac_dict_1_size; at += ROW)\n"
		"\t\tmemcpy(out + at, rows[at / ROW], ac_dict_1_size - at < ROW ? ac_dict_1_size - at : ROW);\n}\n", n);
}

static int
train(size_t size, const char *words)
{
	unsigned char *part = malloc(size), *out = malloc(size);
	ZDICT_cover_params_t cover = { .k = 1000, .d = 8, .steps = 4, .nbThreads = 1, .splitPoint = 1.0,
		.zParams = { .compressionLevel = 19, .dictID = 1 } };
	ZDICT_params_t fin = { .compressionLevel = 19, .dictID = 1 };
	size_t n, header;

	values(words, word);
	if (!part || !out || vocabulary.len + 4096 > size)
		return 1;
	n = ZDICT_trainFromBuffer_cover(part, size - vocabulary.len - 1024, set.bytes.p, set.sizes, set.n, cover);
	if (ZDICT_isError(n))
		goto bad;
	/* the trainer's own header gives way to one for the whole content */
	header = ZDICT_getDictHeaderSize(part, n);
	must(ac_buf_add(&vocabulary, part + header, n - header), "content", NULL);
	n = ZDICT_finalizeDictionary(out, size, vocabulary.p, vocabulary.len, set.bytes.p, set.sizes, set.n, fin);
	if (ZDICT_isError(n))
		goto bad;
	fprintf(stderr, "dict: %u samples, %zu bytes, dictionary %zu\n", set.n, set.bytes.len, n);
	print_c(out, n);
	return 0;
bad:
	fprintf(stderr, "dict: %s\n", ZDICT_getErrorName(n));
	return 1;
}

static void
weigh(const char *type)
{
	size_t at = 0, json = 0, raw = 0, with = 0, without = 0, count = 0;
	struct ac_buf b = { 0 };
	unsigned i;

	for (i = 0; i < set.n; at += set.sizes[i++]) {
		if (type && strcmp(type, set.types[i]) != 0)
			continue;
		count++;
		json += set.json[i];
		raw += set.sizes[i];
		must(ac_press_shrink(&b, set.bytes.p + at, set.sizes[i], 0, NULL), "shrink", NULL);
		without += b.len;
		ac_buf_reset(&b);
		must(ac_press_shrink(&b, set.bytes.p + at, set.sizes[i], 1, NULL), "shrink", NULL);
		with += b.len;
		ac_buf_reset(&b);
	}
	ac_buf_free(&b);
	if (count)
		printf("%-22s %6zu json %7.0f raw %7.0f without %7.0f with %6.0f = %.1f%%\n", type ? type : "all", count,
			(double)json / (double)count, (double)raw / (double)count, (double)without / (double)count,
			(double)with / (double)count, 100.0 * (double)with / (double)json);
}

static void
weigh_all(void)
{
	unsigned i, j;

	for (i = 0; i < set.n; i++) {
		for (j = 0; j < i && strcmp(set.types[i], set.types[j]) != 0; j++)
			;
		if (j == i)
			weigh(set.types[i]);
	}
	weigh(NULL);
}

int
main(int argc, char **argv)
{
	bool teach = argc > 4 && !strcmp(argv[1], "train");
	int i;

	if (!teach && (argc < 3 || strcmp(argv[1], "weigh") != 0)) {
		fprintf(stderr, "usage: dict train SIZE VOCABULARY FILE... | dict weigh FILE...\n");
		return 2;
	}
	set.bytes.max = (size_t)1 << 30;
	for (i = teach ? 4 : 2; i < argc; i++)
		values(argv[i], resources);
	if (teach)
		return train((size_t)atoi(argv[2]), argv[3]);
	weigh_all();
	return 0;
}
