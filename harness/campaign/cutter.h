/* cutter.h - where PDUs begin and end in what we send, as the target will cut it, however broken: from the lengths in the headers alone. Private to campaign/. */
#ifndef ASSAY_CAMPAIGN_CUTTER_H
#define ASSAY_CAMPAIGN_CUTTER_H

#include "codec/pdu.h"

struct assay_cutter {
	uint8_t header[ASSAY_BHS_LENGTH];
	unsigned have; /* bytes of the header so far; all of them until the PDU is whole */
	uint64_t left; /* bytes until the PDU is whole, once the header is there */
};

/* Told of each header once its last byte is there (whole false) and of each PDU once it is whole; bhs has no segments. Returns false to stop. */
typedef bool assay_cut_fn(void *payload, const struct assay_pdu *bhs, bool whole);

/* Goes on with bytes. Returns false when told to stop; the cutter is of no use then. */
bool assay_cutter_feed(struct assay_cutter *c, const uint8_t *bytes, size_t length, unsigned digests,
	assay_cut_fn *told, void *payload);

/* Between two PDUs? Then the next byte is the first of a header. */
static inline bool assay_cutter_aligned(const struct assay_cutter *c)
{
	return c->have == 0;
}

#endif
