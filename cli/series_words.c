/* SPDX-License-Identifier: ISC */
/* A series in words. */
#include "series_read.h"

#include <string.h>

const char *
point_words(struct cli *c, const struct point *p)
{
	const char *value = series_readable(c, p->value, p->at);

	if (*p->shown == '\0' || *p->shown == '{' || strcmp(p->shown, "1") == 0)
		return text_of(c, "%s%s", p->comparator, value);
	return text_of(c, strcmp(p->shown, "%") == 0 ? "%s%s%s" : "%s%s %s", p->comparator, value, p->shown);
}

const char *
point_range(struct cli *c, const struct point *p)
{
	if (*p->low != '\0' && *p->high != '\0')
		return text_of(c, _("%s to %s"), p->low, p->high);
	if (*p->low != '\0')
		return text_of(c, _("at least %s"), p->low);
	return *p->high != '\0' ? text_of(c, _("up to %s"), p->high) : "";
}

static const char *
point_judged(struct cli *c, const struct point *p)
{
	const char *words = point_words(c, p), *range = point_range(c, p);

	if (*range == '\0')
		return words;
	return text_of(c, p->out < 0 ? _("%s, below the normal range (%s)") : p->out > 0 ? _("%s, above the normal range (%s)")
		: _("%s, within the normal range (%s)"), words, range);
}

/* Of one in dispute all sides. */
const char *
series_latest(struct cli *c, const struct series *s)
{
	const struct point *p = &s->p[s->n - 1];
	const char *day = date_shown(c, p->date), *out = "";
	size_t from = s->n - 1;

	if (!p->conflict)
		return text_of(c, _("%s: %s"), day, point_judged(c, p));
	while (from > 0 && s->p[from - 1].conflict && strcmp(s->p[from - 1].ref, p->ref) == 0)
		from--;
	for (size_t i = from; i < s->n; i++) {
		const char *one = text_of(c, _("%s by %s"), point_judged(c, &s->p[i]), s->p[i].by);

		out = *out != '\0' ? text_of(c, _("%s; %s"), out, one) : one;
	}
	return text_of(c, _("%s: in dispute, %s"), day, out);
}
