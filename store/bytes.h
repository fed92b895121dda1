/* SPDX-License-Identifier: ISC */
/* store/bytes.h: big-endian integers in bytes; every format here is big-endian. */
#ifndef AC_STORE_BYTES_H
#define AC_STORE_BYTES_H

#include <stdint.h>

static inline void
ac_bytes_put16(unsigned char *p, uint16_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static inline void
ac_bytes_put32(unsigned char *p, uint32_t v)
{
	ac_bytes_put16(p, (uint16_t)(v >> 16));
	ac_bytes_put16(p + 2, (uint16_t)v);
}

static inline void
ac_bytes_put64(unsigned char *p, uint64_t v)
{
	ac_bytes_put32(p, (uint32_t)(v >> 32));
	ac_bytes_put32(p + 4, (uint32_t)v);
}

static inline uint16_t
ac_bytes_get16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
ac_bytes_get32(const unsigned char *p)
{
	return (uint32_t)ac_bytes_get16(p) << 16 | ac_bytes_get16(p + 2);
}

static inline uint64_t
ac_bytes_get64(const unsigned char *p)
{
	return (uint64_t)ac_bytes_get32(p) << 32 | ac_bytes_get32(p + 4);
}

#endif
