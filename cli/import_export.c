/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* -------------------------------------------------------------------- import */

struct importing {
	struct cli *c;
	struct ac_buf issues;   /* JSON items, or lines */
	uint64_t lines;
	char first[900];        /* the first refusal, for when nothing was taken */
};

static void
issue_json(struct ac_buf *b, const struct ac_import_issue *i)
{
	json_open(b, NULL, '{');
	json_str(b, "file", i->file);
	json_str(b, "ref", i->ref);
	json_str(b, "path", i->path);
	json_int(b, "line", i->line);
	json_int(b, "column", i->column);
	json_str(b, "severity", i->error ? "error" : "warning");
	json_str(b, "message", i->message);
	json_close(b, '}');
}

static void
issue_words(struct cli *c, char *s, size_t n, const struct ac_import_issue *i)
{
	char at[32] = "";

	if (i->line != 0)
		snprintf(at, sizeof at, ":%u:%u", (unsigned)i->line, (unsigned)i->column);
	snprintf(s, n, "%s%s%s%s%s%s: %s", clean(c, i->file), at, i->ref != NULL && *i->ref != '\0' ? " " : "",
		clean(c, i->ref), i->path != NULL && *i->path != '\0' ? " " : "", clean(c, i->path), clean(c, i->message));
}

static void
each_issue(void *ctx, const struct ac_import_issue *i)
{
	struct importing *m = ctx;
	char s[900];

	issue_words(m->c, s, sizeof s, i);
	if (i->refused && m->first[0] == '\0')
		memcpy(m->first, s, sizeof s);
	if (m->c->json)
		issue_json(&m->issues, i);
	else if ((i->error || i->refused) && ++m->lines <= 50)
		if (ac_buf_addf(&m->issues, "%s: %s\n", i->refused ? _("refused") : _("flagged"), s) != AC_OK)
			out_lost();
}

static bool
ask_whose(void *ctx, const char *file, const char *name)
{
	struct importing *m = ctx;
	char q[512];

	snprintf(q, sizeof q, _("%.200s is about another person, %.200s. Is it the same one? [y/N] "),
		clean(m->c, file), clean(m->c, name));
	return prompt_yes(m->c, q, false);
}

static void
import_json(const struct ac_import_counts *n, const struct ac_buf *issues)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_int(b, "files", n->files);
	json_int(b, "resources", n->resources);
	json_int(b, "new", n->added);
	json_int(b, "changed", n->changed);
	json_int(b, "same", n->same);
	json_int(b, "older", n->older);
	json_int(b, "flagged", n->flagged);
	json_int(b, "refused", n->refused);
	json_int(b, "skipped", n->skipped);
	json_open(b, "issues", '[');
	out_write(issues->p, issues->len);
	json_close(b, ']');
	json_close(b, '}');
	json_row_end(b);
}

static void
import_text(struct cli *c, const struct ac_import_counts *n, const struct importing *m)
{
	struct table *t = table_new(c, "*Type|*Documents");
	char s[32];

	for (size_t i = 0; i < n->ntypes; i++) {
		snprintf(s, sizeof s, "%llu", (unsigned long long)n->types[i].n);
		table_row(t, (const char *[]){ n->types[i].type, s });
	}
	table_print(t, false);
	out_printf(_("%llu documents: %llu new, %llu changed, %llu same, %llu older; %llu flagged, %llu refused; "
		"%llu skipped\n"), (unsigned long long)n->resources, (unsigned long long)n->added,
		(unsigned long long)n->changed, (unsigned long long)n->same, (unsigned long long)n->older,
		(unsigned long long)n->flagged, (unsigned long long)n->refused, (unsigned long long)n->skipped);
	if (c->quiet || m->issues.len == 0)
		return;
	progress_clear();
	fwrite(m->issues.p, 1, m->issues.len, stderr);
	if (m->lines > 50)
		note(c, "and %llu more; `aftercare list --flagged`, or --json, shows all.", (unsigned long long)m->lines - 50);
}

static int
import_answer(struct cli *c, const struct ac_import_counts *n, const struct importing *m)
{
	uint64_t taken = n->added + n->changed + n->same + n->older;

	if (n->refused > 0 && taken == 0)
		return fail_with(c, FAILED, "Nothing was taken: %s",
			m->first[0] != '\0' ? m->first : _("every document was refused."));
	if (c->json)
		import_json(n, &m->issues);
	else
		import_text(c, n, m);
	return n->refused > 0 || n->flagged > 0 ? NOTED : DONE;
}

/* What is misspelt is said before anything is taken. */
static int
check_paths(struct cli *c, bool *in)
{
	*in = false;
	for (int i = 0; i < c->args.n; i++) {
		const char *p = c->args.words[i];

		if (strcmp(p, "-") == 0) {
			if (file_stdin(c, "the records") != AC_OK)
				return fail(c, AC_EUSAGE);
			*in = true;
		} else if (access(p, R_OK) != 0) {
			return fail_with(c, FAILED, "%s cannot be read; nothing was imported.", p);
		}
	}
	return 0;
}

int
cmd_import(struct cli *c)
{
	struct importing m = { .c = c, .issues = { .max = SIZE_MAX / 2 } };
	struct ac_import_options o = { .strict = args_flag(c, "strict"), .source = args_value(c, "source"),
		.person = args_value(c, "person"), .issue = each_issue, .ctx = &m };
	struct ac_import_counts *n = ac_arena_get(&c->arena, sizeof *n);
	struct ac_source in = file_stdin_source();
	bool from_stdin;
	enum ac_err err;
	int rc = check_paths(c, &from_stdin);

	if (n == NULL)
		return fail(c, AC_ENOMEM);
	if (rc != 0 || (rc = home_space(c)) != 0)
		return rc;
	o.progress = progress(c);
	o.whose = prompt_there() && !c->yes && !c->json ? ask_whose : NULL;
	err = ac_import(n, c->space, c->args.words, (size_t)c->args.n, from_stdin ? &in : NULL, &o, &c->fault);
	rc = err != AC_OK ? fail(c, err) : import_answer(c, n, &m);
	ac_buf_free(&m.issues);
	return rc;
}

/* -------------------------------------------------------------------- export */

struct fetching {
	struct cli *c;
	const char *const *refs; size_t nrefs;
	const char *const *types;
	const char **want; size_t n, cap;
};

static bool
asked_for(const struct fetching *q, const char *ref)
{
	size_t len = strcspn(ref, "/");

	for (size_t i = 0; i < q->nrefs; i++)
		if (strcmp(q->refs[i], ref) == 0)
			return true;
	for (const char *const *t = q->types; t != NULL && *t != NULL; t++)
		if (strlen(*t) == len && strncmp(*t, ref, len) == 0)
			return true;
	return q->nrefs == 0 && q->types == NULL;
}

static int
note_missing(void *ctx, const struct ac_attachment *a)
{
	struct fetching *q = ctx;

	if (a->here || !asked_for(q, a->ref))
		return 0;
	if (q->n == q->cap) {
		size_t cap = q->cap != 0 ? q->cap * 2 : 16;
		const char **more = ac_arena_get(&q->c->arena, cap * sizeof *more);

		if (more == NULL)
			return 1;
		if (q->n != 0)
			memcpy(more, q->want, q->n * sizeof *more);
		q->want = more;
		q->cap = cap;
	}
	q->want[q->n++] = ac_arena_text(&q->c->arena, a->ref, strlen(a->ref));
	return 0;
}

/* Before the first byte leaves: a document whose bytes are elsewhere is fetched. */
static enum ac_err
bring_here(struct fetching *q)
{
	enum ac_err err = ac_attachment_list(q->c->space, note_missing, q, &q->c->fault);

	for (size_t i = 0; i < q->n && err == AC_OK; i++)
		err = ac_attachment_fetch(q->c->space, q->want[i], NULL, &q->c->fault);
	return err;
}

static int
full_refs(struct cli *c, const char ***out)
{
	const char **refs = ac_arena_get(&c->arena, ((size_t)c->args.n + 1) * sizeof *refs);
	char ref[AC_REF_MAX];
	int rc;

	if (refs == NULL)
		return fail(c, AC_ENOMEM);
	for (int i = 0; i < c->args.n; i++) {
		if ((rc = home_ref(c, ref, c->args.words[i], false)) != 0)
			return rc;
		refs[i] = ac_arena_text(&c->arena, ref, strlen(ref));
	}
	*out = refs;
	return 0;
}

static int
export_to(struct cli *c, const char **refs, const char **types, enum ac_export_format format, const char *file)
{
	struct file_out o = { .fd = -1 };
	struct ac_sink sink = out_sink();
	uint64_t disputed = 0;
	enum ac_err err = AC_OK;

	if (file != NULL) {
		err = file_out_open(c, &o, file);
		sink = file_out_sink(&o);
	}
	if (err == AC_OK)
		err = ac_export(c->space, refs, (size_t)c->args.n, types, format, &sink, &disputed, &c->fault);
	if (err == AC_OK && file != NULL)
		err = file_out_done(c, &o);
	if (file != NULL)
		file_out_drop(&o);
	if (err != AC_OK)
		return fail(c, err);
	if (disputed > 0)
		note(c, P_("%llu document is in dispute; each side stands by itself.", "%llu documents are in dispute; each side stands by itself.", disputed),
			(unsigned long long)disputed);
	return disputed > 0 ? NOTED : DONE;
}

int
cmd_export(struct cli *c)
{
	const char *format = args_value(c, "format"), *file = args_value(c, "o");
	const char **refs = NULL, **types;
	struct fetching q = { .c = c };
	enum ac_err err;
	size_t n;
	int rc;

	if (format != NULL && strcmp(format, "ips") == 0)
		return fail_with(c, USAGE, "The International Patient Summary comes in a later version; write bundle or ndjson.");
	if (format != NULL && strcmp(format, "bundle") != 0 && strcmp(format, "ndjson") != 0)
		return fail_with(c, USAGE, "--format is bundle or ndjson, not %s.", clean(c, format));
	if ((rc = args_list(c, "types", true, &types, &n)) != 0 || (rc = args_types(c, types)) != 0)
		return rc;
	if (types != NULL && c->args.n > 0)
		return fail_with(c, USAGE, "Give single documents or --types, not both.");
	if ((rc = home_space(c)) != 0 || (c->args.n > 0 && (rc = full_refs(c, &refs)) != 0))
		return rc;
	q.refs = refs;
	q.nrefs = (size_t)c->args.n;
	q.types = types;
	if ((err = bring_here(&q)) != AC_OK)
		return fail(c, err);
	if (file != NULL && strcmp(file, "-") == 0)
		file = NULL;
	return export_to(c, refs, types, format != NULL && strcmp(format, "ndjson") == 0 ? AC_NDJSON : AC_BUNDLE, file);
}
