/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/crypto.h"
#include "store/docs_limit.h"

struct sink {
	struct ac_facts *to;
	void (*each)(void *ctx, const struct ac_issue *issue);
	void *ctx;
	enum ac_err err;
};

uint64_t
ac_facts_updated(const struct ac_val *body)
{
	const char *s = body ? ac_val_str(ac_val_get(body, "meta"), "lastUpdated") : NULL;
	int64_t ms;

	return s && ac_time_read(s, &ms) && ms > 0 && ms < (int64_t)1 << 46 ? (uint64_t)ms << 16 : 0;
}

enum ac_err
ac_facts_bytes(struct ac_facts *out, const struct ac_val *body)
{
	ac_buf_reset(&out->bytes);
	out->whole = false;
	out->type = ac_val_str(body, "resourceType");
	out->id = ac_val_str(body, "id");
	out->updated = ac_facts_updated(body);
	if ((out->weight = ac_docs_limit_body(body)) > ac_docs_limit_one())
		return AC_ELIMIT;
	return ac_mp_write(&out->bytes, body);
}

static void
issue(void *ctx, const struct ac_issue *i)
{
	struct sink *s = ctx;

	s->to->issues++;
	if (s->each)
		s->each(s->ctx, i);
}

void
ac_facts_code(char out[static AC_FACTS_CODE], const char *system, const char *code)
{
	unsigned char hashes[16];

	ac_crypto_short(hashes, code, strlen(code));
	ac_crypto_short(hashes + 8, system ? system : "", system ? strlen(system) : 0);
	if (system)
		ac_crypto_short(hashes, hashes, sizeof hashes);
	memcpy(out, "\xee\x80\x80", 3); /* U+E000 */
	ac_crypto_hex(out + 3, hashes, 8);
}

static void
word(struct sink *s, const char *system, const char *c)
{
	char text[AC_FACTS_CODE];

	ac_facts_code(text, system, c);
	text[AC_FACTS_CODE - 1] = ' ';
	if (!s->err)
		s->err = ac_buf_add(&s->to->words, text, sizeof text);
}

static void
code(void *ctx, const char *system, const char *c)
{
	word(ctx, NULL, c);
	word(ctx, system, c);
}

static bool
holds(const struct ac_val *v)
{
	bool yes = v->kind == AC_BLOB;
	uint32_t i;

	for (i = 0; v->kind == AC_ARR && i < v->n && !yes; i++)
		yes = holds(&v->items[i]);
	for (i = 0; v->kind == AC_MAP && i < v->n && !yes; i++)
		yes = holds(&v->pairs[i].val);
	return yes;
}

enum ac_err
ac_facts_rest(struct ac_facts *out, struct ac_arena *a, const struct ac_val *body,
	void (*each)(void *ctx, const struct ac_issue *issue), void *ctx)
{
	struct sink s = { out, each, ctx, AC_OK };
	enum ac_err err;

	ac_buf_reset(&out->words);
	out->issues = out->errors = 0;
	out->holds = holds(body);
	out->date = ac_doc_date(a, body);
	out->title = ac_doc_title(a, body);
	if (!out->date || !out->title)
		return AC_ENOMEM;
	if ((err = ac_validate(body, issue, &s, &out->errors)) || (err = ac_doc_words(&out->words, body)))
		return err;
	ac_doc_codes(body, code, &s);
	if (s.err || (err = ac_buf_add(&out->words, "", 1)))
		return s.err ? s.err : err;
	out->whole = true;
	return AC_OK;
}

void
ac_facts_free(struct ac_facts *f)
{
	ac_buf_free(&f->bytes);
	ac_buf_free(&f->words);
}
