/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "store/home.h"

static const char *
keep(struct ac_arena *a, const char *s)
{
	const char *copy = ac_arena_text(a, s, strlen(s));

	return copy ? copy : "";
}

/* A card for somebody who is no member here: the owner's name for a clinician, or the
 * author of a version published into a share. */
static bool
card(const char **author, const char **device, struct ac_arena *a, struct ac_space *s, const unsigned char *member)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT entry FROM slog WHERE space = ? AND kind = ? AND "
		"(writer = ? OR kind = 11)", "iib", s->id, (int64_t)AC_ENTRY_AUTHOR, member, (size_t)8);
	const unsigned char *id;
	const struct ac_val *e;
	bool found = false;
	const void *p;
	size_t n;

	while (!found && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		if (ac_mp_read(&e, a, p, n, NULL) || !ac_entry_is(e, AC_ENTRY_AUTHOR, 4)
		    || !ac_entry_bin(&id, e, 1, 8) || memcmp(id, member, 8))
			continue;
		found = ac_entry_text(author, e, 2) && ac_entry_text(device, e, 3);
	}
	return !ac_rows_end(&q, NULL) && found;
}

void
ac_author_name(const char **author, const char **device, struct ac_arena *a, struct ac_space *s,
	const unsigned char *member, const char *source)
{
	const struct ac_member *m;

	*device = "";
	if (!member) {
		*author = keep(a, source && source[0] ? source : "import");
		return;
	}
	if ((m = ac_members_find(&s->members, member))) {
		*author = keep(a, m->given[0] ? m->given : m->person);
		*device = keep(a, m->device);
		return;
	}
	*author = "unknown";
	card(author, device, a, s, member);
}
