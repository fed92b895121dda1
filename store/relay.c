/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/entry.h"
#include "store/relay.h"

bool
ac_relay_of(struct ac_relay *out, const struct ac_segment *seg, const unsigned char space[static 8])
{
	const unsigned char *branch;
	const struct ac_val *e;

	if (seg->entries->n != 2 || !ac_entry_is(e = &seg->entries->items[1], AC_ENTRY_RELAY, 3)
	    || !ac_entry_bin(&branch, e, 1, 16) || e->items[2].kind != AC_BIN)
		return false;
	memcpy(out->at.space, space, 8);
	memcpy(out->at.branch, branch, 16);
	out->bytes = (struct ac_buf){ .p = (unsigned char *)e->items[2].bin, .len = e->items[2].n };
	ac_crypto_hash(out->hash, 32, out->bytes.p, out->bytes.len, NULL, 0);
	return true;
}

void
ac_relay_entry(struct ac_val e[static 3], const unsigned char branch[static 16], const struct ac_buf *bytes)
{
	e[0] = ac_val_int(AC_ENTRY_RELAY);
	e[1] = ac_val_bytes(branch, 16);
	e[2] = ac_val_bytes(bytes->p, bytes->len);
}
