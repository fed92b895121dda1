/* SPDX-License-Identifier: ISC */
/*
 * store/segment.h: one sealed unit of a chain, as bytes (store/FORMAT.md,
 * "Segments"). It knows keys and signatures, not members: whether the writer
 * may write, and whether number and link follow, is store/apply_open.c's to say.
 */
#ifndef AC_STORE_SEGMENT_H
#define AC_STORE_SEGMENT_H

#include "store/crypto.h"

#define AC_SEGMENT_VERSION 1                   /* a test build: AFTERCARE_FORMAT; it reads up to AFTERCARE_READS */
#define AC_SEGMENT_RAW_MAX ((size_t)80 << 20)  /* entries of one segment, unpacked */
#define AC_SEGMENT_MAX     ((size_t)96 << 20)  /* sealed bytes */
#define AC_WRAPS_MAX       4096
#define AC_DOCUMENT_NUMBER 0

/* The merge edition that this program writes by: AC_MERGE_EDITION. A test build takes
 * another from AFTERCARE_EDITION. */
uint16_t ac_segment_edition(void);
/* Its document number: AC_DOCUMENT_NUMBER; a test build takes another from
 * AFTERCARE_NUMBER. */
uint8_t ac_segment_number(void);

enum ac_segment_kind { AC_SEGMENT_DATA = 1, AC_SEGMENT_KEYS = 2, AC_SEGMENT_INVITE = 3 };

/* Where a segment stands: sealed into its associated data. */
struct ac_place {
	unsigned char space[8], branch[16];
};

struct ac_segment {
	enum ac_segment_kind kind;
	unsigned char writer[8];
	uint32_t incarnation, seq;
	unsigned char prev[32];      /* BLAKE2b-256 of the segment before; zero for the first */
	uint64_t clock;              /* hybrid logical clock at writing */
	uint16_t edition;            /* the writer's merge edition */
	uint8_t number;              /* the writer's document number */
	const struct ac_val *entries;/* AC_ARR: heads, then entries */
	const struct ac_buf *raw;    /* seal: their canonical msgpack, where it is at hand; else NULL */
	unsigned char hash[32];      /* of the sealed bytes; set by both calls */
	struct ac_buf signed_bytes;  /* open: what the signature covers */
	unsigned char signature[64];
};

/* The clear part of a keys segment. */
struct ac_wraps {
	uint32_t seq;
	unsigned char epoch[32];     /* hash of the epoch key */
	unsigned char ephemeral[32];
	unsigned char mark[32];      /* by who knows the space's name key: ac_keys_mark */
	uint16_t n;
	const unsigned char *wraps;  /* n times 48 bytes */
};

/* Appends the sealed bytes to `out`. wraps: only for AC_SEGMENT_KEYS. */
AC_MUST enum ac_err ac_segment_seal(struct ac_buf *out, struct ac_segment *s, const struct ac_wraps *wraps,
	const struct ac_place *at, const unsigned char key[static 32], const unsigned char seed[static 32],
	struct ac_fault *f);

/* Kind, and the wraps of a keys segment, of bytes that may be anything.
 * AC_ECORRUPT: no segment. AC_EVERSION: a later format; the sentence names it. It is in the
 * clear, so that anybody may have written it there. */
AC_MUST enum ac_err ac_segment_peek(enum ac_segment_kind *kind, struct ac_wraps *wraps,
	const unsigned char *p, size_t n, struct ac_fault *f);

/* Opens with one key. AC_ELOCKED: not sealed under it. AC_ECORRUPT: sealed under it,
 * and yet no segment. AC_EVERSION: of a later format, or packed with a later dictionary.
 * Free with ac_segment_close. */
AC_MUST enum ac_err ac_segment_open(struct ac_segment *out, struct ac_arena *a,
	const unsigned char *p, size_t n, const struct ac_place *at, const unsigned char key[static 32],
	struct ac_fault *f);
/* Does p open, under this key, to exactly what seal was given (out of `raw`), signed by pk?
 * Nothing is made of the entries: their bytes are compared. */
AC_MUST enum ac_err ac_segment_proves(const struct ac_segment *s, const unsigned char *p, size_t n,
	const struct ac_place *at, const unsigned char key[static 32], const unsigned char pk[static 32],
	struct ac_fault *f);
/* Was it written by a later program than this? What does not read back is no damage then. */
bool ac_segment_later(const struct ac_segment *s);
/* What a segment is made in that was refused with AC_EVERSION: "segment format 9". */
#define AC_SEGMENT_MADE 32
void ac_segment_made(char out[static AC_SEGMENT_MADE], const unsigned char *p, size_t n);
bool ac_segment_signed_by(const struct ac_segment *s, const unsigned char pk[static 32]);
void ac_segment_close(struct ac_segment *s);

#endif
