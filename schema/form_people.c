/* SPDX-License-Identifier: ISC */
/* The forms about people and times: appointments, questions, whom to call, who supports, insurance. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/form.h"
#include "schema/moment.h"
#include "schema/say.h"

static const char *
item(struct ac_form_work *w, const char *code)
{
	return ac_form_said(w, "{\"system\":\"" AC_PLAN_ITEMS "\",\"code\":%s}", ac_form_quote(w, code));
}

/* --------------------------------------------------------------- appointment */

/* That many minutes after a moment with its zone, in the same zone. */
static const char *
later(struct ac_form_work *w, const char *start, long minutes)
{
	struct ac_moment m;
	char out[32];
	int64_t ms;
	const char *zone = start + strlen(start) - (strchr(start, 'Z') ? 1 : 6);

	if (!ac_time_parse(&m, start) || !ac_time_read(start, &ms)) {
		ac_form_failed(w, AC_EINTERNAL);
		return "";
	}
	ac_time_write(out, ms + (int64_t)m.zone * 60000 + (int64_t)minutes * 60000);
	return ac_form_said(w, "%.19s%s", out, zone);
}

static const char *
actor(struct ac_form_work *w, const char *name)
{
	return ac_form_if(w, ",{\"actor\":{\"display\":%s},\"status\":\"accepted\"}", name);
}

void
ac_form_appointment(struct ac_form_work *w)
{
	const char *what = ac_form_answer(w, "what"), *on = ac_form_answer(w, "on"), *minutes = ac_form_answer(w, "minutes"), *of = ac_form_answer(w, "item");
	const char *end, *note = ac_form_answer(w, "note");
	long n = 30;

	if (minutes) {
		n = strtol(minutes, NULL, 10);
		if (n < 1 || n > 10080 || strspn(minutes, "0123456789") != strlen(minutes))
			ac_form_wrong(w, "minutes", _("an appointment takes from 1 to 10080 whole minutes"));
	}
	if (w->err || !what || !on)
		return;
	end = later(w, on, n);
	w->json = ac_form_said(w, "{\"resourceType\":\"Appointment\",\"status\":\"%s\"%s,\"description\":%s,\"start\":%s,\"end\":%s,\"minutesDuration\":%ld,\"created\":%s"
		"%s,\"participant\":[{\"actor\":%s,\"status\":\"accepted\"}%s%s]}", ac_form_ahead(w->in, on) || strncmp(on, w->in->now, 10) == 0 ? "booked" : "fulfilled",
		of ? ac_form_said(w, ",\"serviceType\":[{\"coding\":[%s]}]", item(w, of)) : "", ac_form_quote(w, what), ac_form_quote(w, on), ac_form_quote(w, end), n,
		ac_form_quote(w, w->in->now), ac_form_if(w, ",\"comment\":%s", note), ac_form_subject(w), actor(w, ac_form_answer(w, "with")),
		actor(w, ac_form_answer(w, "where")));
}

/* ------------------------------------------------------------------ question */

void
ac_form_question(struct ac_form_work *w)
{
	const char *text = ac_form_answer(w, "text");

	if (w->err || !text)
		return;
	w->json = ac_form_said(w, "{\"resourceType\":\"Task\",\"status\":\"requested\",\"intent\":\"proposal\",\"code\":{\"coding\":[%s],\"text\":"
		"\"%s\"},\"description\":%s,\"for\":%s,\"authoredOn\":%s%s%s}", item(w, "questions"), N_("Question for the care team"), ac_form_quote(w, text), ac_form_subject(w),
		ac_form_when(w, "on"), ac_form_if(w, ",\"owner\":{\"display\":%s}", ac_form_answer(w, "to")),
		ac_form_if(w, ",\"note\":[{\"text\":%s}]", ac_form_answer(w, "note")));
}

/* ---------------------------------------------------------------- whom to call */

/* A care team of one: the only resource that has the person's record, a number to call, and what
 * it is there for. */
void
ac_form_contact(struct ac_form_work *w)
{
	const char *name = ac_form_answer(w, "name"), *role = ac_form_answer(w, "role");

	if (w->err || !name)
		return;
	w->json = ac_form_said(w, "{\"resourceType\":\"CareTeam\",\"status\":\"active\",\"category\":[{\"coding\":[%s],\"text\":\"%s\"}],\"name\":%s,\"subject\":%s,"
		"\"participant\":[{%s\"member\":{\"display\":%s}}]%s%s%s%s}", item(w, "symptoms"), N_("Whom to call"), ac_form_quote(w, name), ac_form_subject(w),
		ac_form_if(w, "\"role\":[{\"text\":%s}],", role), ac_form_quote(w, name), ac_form_if(w, ",\"reasonCode\":[{\"text\":%s}]", ac_form_answer(w, "call-for")),
		ac_form_if(w, ",\"managingOrganization\":[{\"display\":%s}]", ac_form_answer(w, "where")), ac_form_telecom(w),
		ac_form_if(w, ",\"note\":[{\"text\":%s}]", ac_form_answer(w, "note")));
}

void
ac_form_support(struct ac_form_work *w)
{
	const char *name = ac_form_answer(w, "name"), *who = ac_form_answer(w, "who"), *group = ac_form_answer(w, "group");

	if (w->err || !name)
		return;
	if (group && !strcmp(group, "yes"))
		w->json = ac_form_said(w, "{\"resourceType\":\"CareTeam\",\"status\":\"active\",\"category\":[{\"coding\":[%s],\"text\":\"%s\"}],\"name\":%s,"
			"\"subject\":%s%s%s}", item(w, "people"), N_("People who support me"), ac_form_quote(w, name), ac_form_subject(w), ac_form_if(w, ",\"note\":[{\"text\":%s}]", who), ac_form_telecom(w));
	else
		w->json = ac_form_said(w, "{\"resourceType\":\"RelatedPerson\",\"active\":true,\"patient\":%s,\"relationship\":[{\"coding\":[%s],\"text\":%s}],\"name\":[{\"text\":%s}]%s}",
			ac_form_subject(w), item(w, "people"), ac_form_quote(w, who ? who : N_("supports me")), ac_form_quote(w, name), ac_form_telecom(w));
}

/* ----------------------------------------------------------------- insurance */

void
ac_form_insurance(struct ac_form_work *w)
{
	const char *insurer = ac_form_answer(w, "insurer"), *from = ac_form_answer(w, "from"), *until = ac_form_answer(w, "until");
	const char *plan = ac_form_answer(w, "plan"), *phone = ac_form_answer(w, "phone");

	if (from && until && strncmp(until, from, strlen(until) < strlen(from) ? strlen(until) : strlen(from)) < 0)
		ac_form_wrong(w, "until", _("it ends before it begins"));
	if (w->err || !insurer)
		return;
	w->json = ac_form_said(w, "{\"resourceType\":\"Coverage\"%s,\"status\":\"active\",\"type\":{\"text\":\"Health insurance\"}%s,\"beneficiary\":%s%s,"
		"\"payor\":[{%s\"display\":%s}]%s}",
		!phone ? "" : ac_form_said(w, ",\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"insurer\",\"name\":%s%s}]", ac_form_quote(w, insurer), ac_form_telecom(w)),
		ac_form_if(w, ",\"subscriberId\":%s", ac_form_answer(w, "number")), ac_form_subject(w),
		!from && !until ? "" : ac_form_said(w, ",\"period\":{%s%s%s}", ac_form_if(w, "\"start\":%s", from), from && until ? "," : "",
		ac_form_if(w, "\"end\":%s", until)), phone ? "\"reference\":\"#insurer\"," : "", ac_form_quote(w, insurer),
		ac_form_if(w, ",\"class\":[{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/coverage-class\",\"code\":\"plan\"}]},\"value\":%s}]", plan));
}
