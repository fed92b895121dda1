/* SPDX-License-Identifier: ISC */
/* An appointment for an item. One step moves what was booked, and closes what was missed. */
#include <string.h>

#include "store/step.h"

static void
set(struct ac_step *w, const struct ac_val **body, const char *path, const char *text)
{
	const struct ac_val *v = ac_step_json(w, ac_step_quoted(w, text));

	if (!w->err)
		ac_step_wrong(w, ac_path_set(body, &w->a, *body, path, v, w->f));
}

/* The appointment to come gets another time. */
static void
move(struct ac_step *w, const char *ref, const struct ac_careplan_booking *o)
{
	const struct ac_val *body = ac_step_body(w, ref);

	set(w, &body, "start", o->start);
	set(w, &body, "end", o->end);
	ac_step_put(w, ref, body);
}

static void
settle(struct ac_step *w, const char *ref, const char *status)
{
	const struct ac_val *body = ac_step_body(w, ref);

	set(w, &body, "status", status);
	ac_step_put(w, ref, body);
}

static void
make(struct ac_step *w, const struct ac_plan_row *row, const struct ac_careplan_booking *o)
{
	char id[37];

	ac_write_uuid(id);
	ac_step_put(w, NULL, ac_step_json(w, ac_step_said(w, "{\"resourceType\":\"Appointment\",\"id\":\"%s\",\"status\":\"booked\","
		"\"serviceType\":[{\"coding\":[%s]}],\"description\":%s,\"start\":%s,\"end\":%s,\"participant\":[{\"actor\":%s,"
		"\"status\":\"accepted\"}%s%s%s]}", id, ac_careplan_item_code(w, row), ac_step_quoted(w, row->title),
		ac_step_quoted(w, o->start), ac_step_quoted(w, o->end), w->subject, o->with ? ",{\"actor\":{\"display\":" : "",
		o->with ? ac_step_quoted(w, o->with) : "", o->with ? "},\"status\":\"accepted\"}" : "")));
}

enum ac_err
ac_careplan_book(struct ac_wrote *out, struct ac_space *s, const char *item, const struct ac_careplan_booking *o,
	const char *today, struct ac_fault *f)
{
	const struct ac_plan_row *row = NULL;
	struct ac_step w;

	if (!ac_step_plan(&w, s, today, f))
		row = ac_careplan_item_of(&w, item);
	if (row && *row->booked && !o->with) {
		move(&w, row->booked, o);
	} else if (row) {
		make(&w, row, o);
		if (*row->booked)
			settle(&w, row->booked, "cancelled");
	}
	if (row && *row->missed)
		settle(&w, row->missed, "noshow");
	return ac_step_end(out, &w, 0);
}
