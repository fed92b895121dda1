/* SPDX-License-Identifier: ISC */
/* An item that was done. */
#include <string.h>

#include "store/step.h"

/* A booked appointment whose day has come took place, if it is said to be done. */
static const struct ac_val *
fulfilled(struct ac_step *w, const struct ac_val *body, const char *today)
{
	const char *type = ac_val_str(body, "resourceType"), *status = ac_val_str(body, "status"), *start = ac_val_str(body, "start");
	const struct ac_val *v;

	if (!type || strcmp(type, "Appointment") != 0 || !status || strcmp(status, "booked") != 0 || !start
	    || strncmp(start, today, 10) > 0)
		return body;
	v = ac_step_json(w, "\"fulfilled\"");
	if (!w->err)
		ac_step_wrong(w, ac_path_set(&body, &w->a, body, "status", v, w->f));
	return body;
}

static void
done_by(struct ac_step *w, const struct ac_plan_row *row, const char *word, const char *today)
{
	struct ac_doc_row d;
	const char *id;
	const struct ac_val *person;
	char ref[AC_REF_MAX];
	bool foreign;
	int64_t doc;

	if ((w->err = ac_query_ref(ref, &doc, w->s, word, w->f)) || (w->err = ac_query_doc(&d, &w->a, w->s, doc, w->f))
	    || (w->err = ac_careplan_person(&id, &person, &w->a, w->s, ac_val_str(ac_val_get(w->plan.body, "subject"), "reference"),
	    w->f)))
		return;
	if (!d.body) {
		w->err = ac_fault(w->f, AC_ENOTFOUND, "%s is deleted; revert brings a version back", ref);
		return;
	}
	if ((w->err = ac_careplan_foreign(&foreign, &w->a, w->s, d.body, id, person, w->f)))
		return;
	if (foreign)
		w->err = ac_fault(w->f, AC_EREFUSED, "%s is another person's; it says nothing of this plan", ref);
	else
		ac_step_put(w, ac_step_said(w, "%s", ref), ac_careplan_item_mark(w, fulfilled(w, d.body, today), row, ref));
}

enum ac_err
ac_careplan_done(struct ac_wrote *out, struct ac_space *s, const char *item, const char *on, const char *ref,
	const char *today, struct ac_fault *f)
{
	const struct ac_plan_row *row = NULL;
	struct ac_step w;
	char id[37];

	if (!ac_step_plan(&w, s, today, f))
		row = ac_careplan_item_of(&w, item);
	if (row && ref)
		done_by(&w, row, ref, today);
	if (row && !ref) {
		ac_write_uuid(id);
		ac_step_put(&w, NULL, ac_step_json(&w, ac_step_said(&w, "{\"resourceType\":\"Procedure\",\"id\":\"%s\",\"status\":\"completed\",\"code\":{\"coding\":[%s],"
			"\"text\":%s},\"subject\":%s,\"performedDateTime\":%s}", id, ac_careplan_item_code(&w, row), ac_step_quoted(&w, row->title), w.subject,
			ac_step_quoted(&w, on))));
	}
	return ac_step_end(out, &w, 0);
}
