/* SPDX-License-Identifier: ISC */
/*
 * schema/mp.h, private to the room: the extension types of FORMAT.md, "Bodies".
 */
#ifndef AC_SCHEMA_MP_H
#define AC_SCHEMA_MP_H

enum ac_mp_ext { AC_MP_DEC = 1, AC_MP_NUM = 2, AC_MP_BLOB = 3 };

#define AC_MP_BLOB_SIZE 40u /* hash, then the size in 8 bytes, big-endian */

#endif
