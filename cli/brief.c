/* SPDX-License-Identifier: ISC */
/*
 * What somebody new looks for first, in a few lines: whose record it is, diagnoses,
 * allergies, medicines.
 *
 * Method: what is going on before what is over, cancers before other diagnoses, the newest
 * first among equals. The order alone is a guess, by words and codes; nothing is left out for
 * it. Of many the first are shown and the others counted.
 */
#include "standing.h"
#include "whose.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MOST 8 /* of a kind */

enum { FIRST, NEXT, OVER, RANKS };

struct item { const char *text; struct item *next; };
struct brief {
	struct cli *c;
	struct item *first[RANKS], **last[RANKS];
	size_t n, over;
	bool pills;
	const struct whose *whose;
	const char *today;
};

static void
keep(struct brief *b, int rank, const char *text)
{
	struct item *it;

	for (int i = 0; b->pills && i < RANKS; i++) /* one drug is often ordered and taken */
		for (it = b->first[i]; it != NULL; it = it->next)
			if (strcasecmp(it->text, text) == 0)
				return;
	if ((it = ac_arena_get(&b->c->arena, sizeof *it)) == NULL) {
		out_lost();
		return;
	}
	it->text = text;
	*b->last[rank] = it;
	b->last[rank] = &it->next;
	b->n++;
}

static int
each_problem(void *ctx, const struct ac_row *r)
{
	struct brief *b = ctx;
	const char *state = "", *from = date_shown(b->c, r->date), *title = clean(b->c, *r->title != '\0' ? r->title : r->ref);
	int rank;

	if (r->body == NULL) {
		keep(b, FIRST, text_of(b->c, _("%s (in dispute: `aftercare show %s`)"), title, clean(b->c, r->ref)));
		return 0;
	}
	if (whose_foreign(b->whose, r->body))
		return 0;
	if (standing_wrong(r->body))
		return 0;
	if (ac_say_standing(&state, &b->c->arena, r->body) != AC_OK)
		out_lost();
	state = clean(b->c, state);
	rank = standing_cancer(r->body, r->title) ? FIRST : standing_over(r->body) ? OVER : NEXT;
	if (rank == OVER) {
		b->over++;
		return 0;
	}
	keep(b, rank, *from == '\0' && *state == '\0' ? title : *from == '\0' ? text_of(b->c, _("%s (%s)"), title, state)
		: *state == '\0' ? text_of(b->c, _("%s (since %s)"), title, from)
		: text_of(b->c, _("%s (%s, since %s)"), title, state, from));
	return 0;
}

static int
each_allergy(void *ctx, const struct ac_row *r)
{
	struct brief *b = ctx;
	const char *state = "", *title = clean(b->c, *r->title != '\0' ? r->title : r->ref);
	const char *risk = ac_val_str(r->body, "criticality");

	if (r->body != NULL && (whose_foreign(b->whose, r->body) || standing_over(r->body) || standing_wrong(r->body)))
		return 0;
	if (r->body != NULL && ac_say_standing(&state, &b->c->arena, r->body) != AC_OK)
		out_lost();
	if (r->body == NULL)
		state = _("in dispute");
	keep(b, r->body == NULL || (risk != NULL && strcmp(risk, "high") == 0) ? FIRST : NEXT,
		*state != '\0' ? text_of(b->c, _("%s (%s)"), title, clean(b->c, state)) : title);
	return 0;
}

static int
each_pill(void *ctx, const struct ac_row *r)
{
	struct brief *b = ctx;
	const char *title = row_about(b->c, r), *dose = r->body != NULL ? ac_doc_result(&b->c->arena, r->body) : "", *state = ac_val_str(r->body, "status");

	title = *title == '\0' ? r->ref : *dose != '\0' ? text_of(b->c, _("%s, %s"), title, dose) : title;
	title = clean(b->c, title);
	if (r->body == NULL)
		keep(b, FIRST, text_of(b->c, _("%s (in dispute: `aftercare show %s`)"), title, clean(b->c, r->ref)));
	else if (!whose_foreign(b->whose, r->body) && standing_taken(r->body, b->today))
		keep(b, NEXT, strcmp(state, "on-hold") == 0 ? text_of(b->c, _("%s (paused)"), title) : title);
	return 0;
}

#define LABELS 13 /* columns of the names, where there is room for them beside the texts */
#define BESIDE 60

static void
line(struct cli *c, const char *label, const char *text)
{
	int room = out_width() < BESIDE ? 2 : LABELS, taken = 0;

	if (room == LABELS) {
		taken = text_width(label) < LABELS ? LABELS : text_width(label) + 1;
		out_printf("%s%*s", label, taken - text_width(label), "");
	} else if (*label != '\0') {
		out_printf("%s\n", label);
	}
	text = text_wrap(c, text_of(c, "%*s%s", taken > 0 ? taken : room, "", text), out_width(), room + (taken == 0 ? 2 : 0));
	out_printf("%s", strlen(text) > (size_t)taken ? text + taken : text);
}

static const char *
types_word(struct cli *c, const char *const *types)
{
	const char *out = types[0];

	for (size_t i = 1; types[i] != NULL; i++)
		out = text_of(c, "%s,%s", out, types[i]);
	return out;
}

static enum ac_err
section(struct cli *c, const struct whose *whose, const char *today, const char *label, const char *none, const char *const *types,
	int (*each)(void *ctx, const struct ac_row *r), bool pills)
{
	struct ac_filter q = { .types = types, .bodies = true };
	struct brief b = { .c = c, .pills = pills, .whose = whose, .today = today };
	size_t told = 0;
	enum ac_err err;

	for (int i = 0; i < RANKS; i++)
		b.last[i] = &b.first[i];
	if ((err = ac_list(c->space, &q, each, &b, &c->fault)) != AC_OK)
		return err;
	if (b.n == 0)
		line(c, label, none);
	for (int i = 0; i < RANKS; i++)
		for (const struct item *it = b.first[i]; it != NULL && told < MOST; it = it->next)
			line(c, told++ == 0 ? label : "", it->text);
	if (b.n > told)
		line(c, "", text_of(c, _("and %zu more: `aftercare list %s`"), b.n - told, types_word(c, types)));
	if (b.over > 0)
		line(c, "", text_of(c, _("and %zu that are over: `aftercare list %s`"), b.over, types_word(c, types)));
	return AC_OK;
}

int
brief_print(struct cli *c)
{
	static const char *const problems[] = { "Condition", NULL }, *const allergies[] = { "AllergyIntolerance", NULL },
		*const pills[] = { "MedicationStatement", "MedicationRequest", NULL };
	const char *bold = out_color(c) ? "\033[1m" : "", *end = out_color(c) ? "\033[0m" : "";
	struct whose whose = { 0 };
	char today[40];
	enum ac_err err = date_day(c, today, NULL);

	if (err != AC_OK || (err = whose_read(c, &whose)) != AC_OK)
		return fail(c, err);
	out_printf("\n%s%s%s\n", bold, text_of(c, _("In short: %s"), clean(c, ac_space_patient(c->space))), end);
	err = section(c, &whose, today, _("Diagnoses"), _("none recorded"), problems, each_problem, false);
	if (err == AC_OK)
		err = section(c, &whose, today, _("Allergies"), _("none recorded"), allergies, each_allergy, false);
	if (err == AC_OK)
		err = section(c, &whose, today, _("Medicines"), _("none in use recorded"), pills, each_pill, true);
	return err == AC_OK ? DONE : fail(c, err);
}
