/* SPDX-License-Identifier: ISC */
/*
 * store/chunks.h: the bytes of attachments, sealed in chunks on git branches of
 * their own (store/FORMAT.md, "Attachments"). A file is known by the BLAKE2b-256
 * of its bytes and stored once in a space. Memory does not grow with it.
 *
 * A chunk is one git blob: "ACFC", version 1, three zero bytes, ciphertext, tag.
 * XChaCha20-Poly1305 under the file's own random key; the nonce is 16 zero bytes
 * and, big-endian in 8 bytes, twice the chunk's number, plus one for the last; the
 * associated data is those first 8 bytes. Each chunk but the last holds exactly
 * AC_CHUNK bytes. The last holds its length in 4 bytes, big-endian, up to AC_CHUNK
 * bytes, and zeros up to what Padmé says.
 */
#ifndef AC_STORE_CHUNKS_H
#define AC_STORE_CHUNKS_H

#include "store/home.h"

#define AC_CHUNK        ((size_t)4 << 20)
#define AC_CHUNK_SMALL  ((uint64_t)1 << 20)   /* files up to this share a branch a month */
#define AC_CHUNKS_MAX   65536u                /* of one file: 256 GiB */
#define AC_CHUNKS_PLACES 1024                 /* entries about one file that are tried */

/* An entry that says where a file's bytes are. Any member may write one about any file,
 * and it may be false: what it leads to is the file when the hash fits, and not before. */
struct ac_chunks_at {
	int64_t chain, seq, n;    /* where the entry stands */
	uint64_t size;
	unsigned char branch[16]; /* that holds the chunks, in the namespace of attachments */
	bool own;                 /* this device's */
	bool here;                /* all that it names is on this device */
};
/* Every one about a file, in the order in which they are to be tried; free with free(). */
AC_MUST enum ac_err ac_chunks_places(struct ac_chunks_at **out, size_t *n, struct ac_space *s,
	const unsigned char hash[static 32], struct ac_fault *f);
/* The first that leads to the file here. Errors as of ac_chunks_get. */
AC_MUST enum ac_err ac_chunks_find(struct ac_chunks_at *out, struct ac_space *s, const unsigned char hash[static 32],
	struct ac_fault *f);

/* Stores what `from` gives, unless the space has it already and it is here; the entry that
 * says so goes into the batch, before the version that needs it. AC_EREFUSED: `from` did
 * not give these bytes. */
AC_MUST enum ac_err ac_chunks_put(struct ac_append *b, const unsigned char hash[static 32], uint64_t size,
	const struct ac_source *from, struct ac_fault *f);

/* The name of the branch that takes the place of one that a hub covers with something else. Nobody
 * but this device can tell it before it is there. What is put goes there once it is. */
void ac_chunks_beside(unsigned char branch[static 16], const struct ac_space *s);

/* Writes the bytes, checked. AC_ENOTFOUND: no entry of the space is about it. AC_ENET: its
 * bytes are not on this device. AC_ECORRUPT: what is here is something else. What was
 * written before an error is to be thrown away. */
AC_MUST enum ac_err ac_chunks_get(struct ac_space *s, const unsigned char hash[static 32],
	const struct ac_sink *to, struct ac_fault *f);

/* The same bytes in another space of this home, sealed anew, so that equal attachments
 * link no two spaces. Errors as of both. */
AC_MUST enum ac_err ac_chunks_copy(struct ac_append *b, struct ac_space *from, const unsigned char hash[static 32],
	struct ac_fault *f);

/* Are all the bytes on this device? (proved where more than one entry is about them) */
bool ac_chunks_here(struct ac_space *s, const unsigned char hash[static 32]);

#endif
