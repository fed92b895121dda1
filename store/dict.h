/* SPDX-License-Identifier: ISC */
/* store/dict.h: the zstd dictionaries, written by tests/tools/make_dict.sh. */
#ifndef AC_STORE_DICT_H
#define AC_STORE_DICT_H

#include <stddef.h>

extern const size_t ac_dict_1_size;
void ac_dict_1(unsigned char *out); /* ac_dict_1_size bytes */

#endif
