/* SPDX-License-Identifier: ISC */
/*
 * store/relay.h: a segment of somebody's other arm of a fork, carried in another
 * member's chain (store/FORMAT.md, entry 16). It counts for its documents, by its own
 * writer's signature, and for nothing else.
 */
#ifndef AC_STORE_RELAY_H
#define AC_STORE_RELAY_H

#include "store/segment.h"

struct ac_relay {
	struct ac_place at;        /* of the segment inside */
	struct ac_buf bytes;       /* its sealed bytes, borrowed: not to be freed */
	unsigned char hash[32];
};
/* Does this segment carry another? (It then holds nothing else.) */
bool ac_relay_of(struct ac_relay *out, const struct ac_segment *seg, const unsigned char space[static 8]);
/* The entry for a sealed segment of `branch`; borrows both. */
void ac_relay_entry(struct ac_val e[static 3], const unsigned char branch[static 16], const struct ac_buf *bytes);

#endif
