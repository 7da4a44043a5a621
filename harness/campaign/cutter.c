/* cutter.c - the cutting of a stream into PDUs by their lengths; see cutter.h. It holds one header and no data. */
#include "campaign/cutter.h"

#include <string.h>

bool assay_cutter_feed(struct assay_cutter *c, const uint8_t *bytes, size_t length, unsigned digests,
	assay_cut_fn *told, void *payload)
{
	struct assay_pdu bhs;

	while (length > 0) {
		size_t part = c->have < ASSAY_BHS_LENGTH ? ASSAY_BHS_LENGTH - c->have : c->left;

		if (part > length)
			part = length;
		if (c->have < ASSAY_BHS_LENGTH) {
			memcpy(c->header + c->have, bytes, part);
			c->have += (unsigned)part;
			if (c->have < ASSAY_BHS_LENGTH)
				return true;
			c->left = assay_pdu_wire_length(c->header, digests) - ASSAY_BHS_LENGTH;
			assay_pdu_decode_bhs(&bhs, c->header);
			if (!told(payload, &bhs, false))
				return false;
		} else {
			c->left -= part;
		}
		bytes += part;
		length -= part;
		if (c->left > 0)
			continue;
		c->have = 0;
		assay_pdu_decode_bhs(&bhs, c->header);
		if (!told(payload, &bhs, true))
			return false;
	}
	return true;
}
