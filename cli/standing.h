/* SPDX-License-Identifier: ISC */
/* cli/standing.h: what is going on and what is over, for the lists that a person looks at. The
 * guesses order a list; what `wrong` and `taken` leave out stands in `list` and `show`. */
#ifndef STANDING_H
#define STANDING_H

#include "cli.h"

bool standing_cancer(const struct ac_val *condition, const char *title); /* by ICD-10, ICD-O or the words of its title */
bool standing_over(const struct ac_val *doc);   /* resolved, inactive, or its end is recorded */
bool standing_wrong(const struct ac_val *doc);  /* refuted or entered in error */
/* Is a medicine taken, paused or to be begun, and did its last day not pass? today: YYYY-MM-DD */
bool standing_taken(const struct ac_val *doc, const char *today);

#endif
