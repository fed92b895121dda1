/* SPDX-License-Identifier: ISC */
/* Questions, people, and how fresh what each device told is. */
#include "report_page.h"

#include <string.h>

/* ------------------------------------------------------------------ questions */

static bool
is_question(const struct doc *d)
{
	static const char *const open[] = { "draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold", NULL };
	const struct ac_val *codings = page_list(ac_val_get(d->body, "code"), "coding");

	for (uint32_t i = 0; i < codings->n; i++)
		if (strcmp(page_str(&codings->items[i], "system"), "urn:aftercare:plan-item") == 0
		    && strcmp(page_str(&codings->items[i], "code"), "questions") == 0)
			return page_among(page_str(d->body, "status"), open);
	return false;
}

void
section_questions(struct page *p)
{
	struct html *h = &p->h;
	size_t n = 0;

	html(h, "<section><h2>%s</h2>\n", _("Questions for the care team"));
	for (const struct doc *d = page_next(p, NULL, "Task"); d != NULL; d = page_next(p, d, "Task")) {
		const char *to = page_str(ac_val_get(d->body, "owner"), "display");

		if (!is_question(d))
			continue;
		html(h, n++ == 0 ? "<ol>\n" : "");
		html(h, "<li><bdi>%s</bdi> <small>%s", page_str(d->body, "description"), page_day(p, page_str(d->body, "authoredOn")));
		html(h, *to != '\0' ? " · <bdi>%s</bdi></small>" : "%s</small>", to);
		disputes_of(p, d);
		html(h, "</li>\n");
	}
	html(h, n > 0 ? "</ol>\n</section>\n" : "<p>%s</p>\n</section>\n", _("None is noted."));
}

/* ------------------------------------------------------------------- contacts */

struct contacts { struct page *p; const char **seen; size_t n, cap; };

static bool
seen(struct contacts *k, const char *name)
{
	const char **list;

	for (size_t i = 0; i < k->n; i++)
		if (strcasecmp(k->seen[i], name) == 0)
			return true;
	list = page_more(k->p, k->seen, k->n, &k->cap, sizeof *list);
	if (list != NULL) {
		k->seen = list;
		k->seen[k->n++] = name;
	}
	return false;
}

static void
contact(struct contacts *k, const char *name, const char *role, const struct ac_val *telecom)
{
	enum { MOST = 24 };
	struct html *h = &k->p->h;

	if (*name == '\0' || k->n >= MOST || seen(k, name))
		return;
	html(h, "<tr><th scope=\"row\"><bdi>%s</bdi> <small><bdi>%s</bdi></small></th><td class=\"reach\">", name, role);
	for (uint32_t i = 0; i < telecom->n && i < 4; i++)
		html(h, "%s<bdi>%s</bdi>", i > 0 ? "<br>" : "", page_str(&telecom->items[i], "value"));
	html(h, "</td></tr>\n");
}

static const char *
name_of(struct page *p, const struct doc *d)
{
	const struct ac_val *names = page_list(d->body, "name");

	if (names->n > 0)
		return page_say(p, "HumanName", &names->items[0]);
	return page_str(d->body, "name");
}

static const char *
first_said(struct page *p, const struct ac_val *map, const char *key)
{
	const struct ac_val *list = page_list(map, key);

	return list->n > 0 ? page_say(p, "CodeableConcept", &list->items[0]) : "";
}

/* Of a Practitioner: the address of one of the roles too. */
static const struct ac_val *
telecom_of(struct page *p, const struct doc *d)
{
	const struct ac_val *own = page_list(d->body, "telecom");

	for (const struct doc *r = page_next(p, NULL, "PractitionerRole"); r != NULL && own->n == 0; r = page_next(p, r, "PractitionerRole"))
		if (page_ref(p, page_str(ac_val_get(r->body, "practitioner"), "reference")) == d)
			own = page_list(r->body, "telecom");
	return own;
}

/* "nurse; call for: fever" of a team that can be called. */
static const char *
team_role(struct page *p, const struct doc *d)
{
	const struct ac_val *list = page_list(d->body, "participant");
	const char *role = list->n == 1 ? first_said(p, &list->items[0], "role") : "", *reason = first_said(p, d->body, "reasonCode");

	if (*reason == '\0')
		return role;
	return *role != '\0' ? text_of(p->c, _("%s; call for: %s"), role, reason) : text_of(p->c, _("call for: %s"), reason);
}

static void
team(struct contacts *k)
{
	struct page *p = k->p;

	for (const struct doc *d = page_next(p, NULL, "CareTeam"); d != NULL; d = page_next(p, d, "CareTeam")) {
		const struct ac_val *list = page_list(d->body, "participant");
		const char *status = page_str(d->body, "status");

		if (*status != '\0' && strcmp(status, "active") != 0)
			continue;
		if (page_list(d->body, "telecom")->n > 0)
			contact(k, name_of(p, d), team_role(p, d), page_list(d->body, "telecom"));
		for (uint32_t i = 0; i < list->n; i++) {
			const struct ac_val *member = ac_val_get(&list->items[i], "member");
			const struct doc *who = page_ref(p, page_str(member, "reference"));
			const char *name = page_str(member, "display");

			if (who == NULL && strstr(page_str(member, "reference"), "Patient/") != NULL)
				continue;
			if (who != NULL && *name_of(p, who) != '\0')
				name = name_of(p, who);
			contact(k, name, first_said(p, &list->items[i], "role"), who != NULL ? telecom_of(p, who) : page_list(NULL, ""));
		}
	}
}

static void
emergency(struct contacts *k)
{
	struct page *p = k->p;
	const struct ac_val *list = page_list(p->whose.patient, "contact");

	for (uint32_t i = 0; i < list->n; i++)
		contact(k, page_say(p, "HumanName", ac_val_get(&list->items[i], "name")), first_said(p, &list->items[i], "relationship"),
			page_list(&list->items[i], "telecom"));
}

/* Everyone else who can be reached. */
static void
others(struct contacts *k, const char *type, const char *role)
{
	struct page *p = k->p;

	for (const struct doc *d = page_next(p, NULL, type); d != NULL; d = page_next(p, d, type)) {
		const struct ac_val *telecom = telecom_of(p, d), *active = ac_val_get(d->body, "active");
		const char *said = first_said(p, d->body, strcmp(type, "Organization") == 0 ? "type" : "relationship");

		if (telecom->n > 0 && (active == NULL || active->kind != AC_BOOL || active->b))
			contact(k, name_of(p, d), *said != '\0' ? said : role, telecom);
	}
}

static void
insurance(struct contacts *k)
{
	struct page *p = k->p;

	for (const struct doc *d = page_next(p, NULL, "Coverage"); d != NULL; d = page_next(p, d, "Coverage")) {
		const struct ac_val *payors = page_list(d->body, "payor");
		const char *end = page_day(p, page_str(ac_val_get(d->body, "period"), "end"));

		if (strcmp(page_str(d->body, "status"), "active") != 0 || payors->n == 0)
			continue;
		html(&p->h, "<tr><th scope=\"row\"><bdi>%s</bdi> <small>%s</small></th><td><bdi>%s</bdi></td></tr>\n", page_say(p, "Reference", &payors->items[0]),
			*end != '\0' ? text_of(p->c, _("insurance, until %s"), end) : _("insurance"), page_str(d->body, "subscriberId"));
	}
}

void
section_contacts(struct page *p)
{
	struct contacts k = { .p = p };
	struct html *h = &p->h;
	size_t start;

	html(h, "<section><h2>%s</h2>\n<table><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>"
		"<tbody>\n", _("Contacts"), _("Who"), _("Phone or mail"));
	start = h->b->len;
	team(&k);
	emergency(&k);
	others(&k, "RelatedPerson", _("support"));
	others(&k, "Practitioner", _("care team"));
	others(&k, "Organization", _("institution"));
	insurance(&k);
	if (h->b->len == start)
		html(h, "<tr><td colspan=\"2\">%s</td></tr>\n", _("Nobody is recorded."));
	html(h, "</tbody></table></section>\n");
}

/* -------------------------------------------------------------------- devices */

static int
each_device(void *ctx, const struct ac_freshness *fr)
{
	struct page *p = ctx;

	html(&p->h, "<tr><th scope=\"row\"><bdi>%s</bdi></th><td>%s%s</td></tr>\n", fr->device, fr->here ? _("this one")
		: fr->newest != 0 ? page_moment(p, fr->newest) : _("never"), !fr->here && date_ahead(fr->newest) ? _(" (its clock is ahead)") : "");
	return p->h.err != AC_OK;
}

void
section_devices(struct page *p)
{
	struct html *h = &p->h;
	int64_t since = 0;
	enum ac_err err;

	html(h, "<section><h2>%s</h2>\n<p class=\"small\">%s</p>\n<table><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>"
		"<tbody>\n", _("How fresh this is"), _("What a device wrote after it was last heard is not in this page."), _("Device"),
		_("Last heard"));
	err = ac_freshness(p->c->space, each_device, p, &p->c->fault);
	if (h->err == AC_OK)
		h->err = err;
	html(h, "</tbody></table>\n");
	if (!ac_freshness_proved(p->c->space, &since))
		html(h, "<p class=\"small\">%s</p>\n", text_of(p->c, _("These records were restored on %s, and no other device has confirmed yet that"
			" what was found then was the newest."), page_moment(p, since)));
	html(h, "</section>\n");
}
