/* SPDX-License-Identifier: ISC */
/* add.h: what the files of `add` share. */
#ifndef ADD_H
#define ADD_H

#include "cli.h"

struct add {
	struct ac_form_input in;
	int given;             /* fields that the command line or standard input answered */
};

int add_field(const struct ac_form *form, const char *name, size_t n); /* -1: none */
/* From words, options and `-`: 0, or an exit code after one sentence. */
int add_given(struct cli *c, struct add *a);
bool add_lacks(const struct add *a);          /* something that must be known is not */
bool add_may_ask(const struct cli *c);
/* Asks for what is missing; for everything where nothing was given. */
int add_asked(struct cli *c, struct add *a);
enum ac_err add_item(struct cli *c, const char **item, const char *word) AC_MUST;

#endif
