/* SPDX-License-Identifier: ISC */
/* store/dict.h: the zstd dictionaries, written by tests/tools/make_dict.sh. */
#ifndef AC_STORE_DICT_H
#define AC_STORE_DICT_H

#include <stddef.h>

extern const unsigned char ac_dict_1[];
extern const size_t ac_dict_1_size;

#endif
