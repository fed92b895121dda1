/* SPDX-License-Identifier: ISC */
/* An occurrence that is left out. */
#include "store/step.h"

enum ac_err
ac_careplan_skip(struct ac_wrote *out, struct ac_space *s, const char *item, const char *why, const char *today,
	struct ac_fault *f)
{
	const struct ac_plan_row *row = NULL;
	const char *id;
	struct ac_step w;

	if (!ac_step_plan(&w, s, today, f))
		row = ac_careplan_item_of(&w, item);
	if (row && (row->state > AC_PLAN_NEXT || !*row->due)) {
		ac_step_wrong(&w, ac_fault(f, AC_EREFUSED, "%s has no date that is open, so there is nothing to skip", row->item));
		row = NULL;
	}
	if (row) {
		id = ac_step_said(&w, "skip.%s.%s", row->item, row->due);
		ac_careplan_item_set(&w, id, ac_step_json(&w, ac_step_said(&w, "{\"id\":%s,\"detail\":{\"code\":{\"coding\":[%s]},\"status\":\"cancelled\",\"statusReason\":"
			"{\"text\":%s},\"scheduledPeriod\":{\"start\":\"%s\",\"end\":\"%s\"},\"description\":%s}}", ac_step_quoted(&w, id),
			ac_careplan_item_code(&w, row), ac_step_quoted(&w, why), row->from, row->until, ac_step_quoted(&w, row->title))));
		ac_step_put(&w, w.plan.ref, w.careplan);
	}
	return ac_step_end(out, &w, 0);
}
