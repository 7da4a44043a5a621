/* encode_change.h - what each change does to a PDU that is about to be sent. Private to encode.c. */
#ifndef ASSAY_CAMPAIGN_ENCODE_CHANGE_H
#define ASSAY_CAMPAIGN_ENCODE_CHANGE_H

#include "campaign/encode.h"

/* A PDU in the making. */
struct assay_working {
	struct assay_pdu pdu; /* lengths of the segments are in it */
	uint8_t *data; /* ASSAY_WIRE_DATA bytes of room */
	uint8_t *ahs; /* ASSAY_AHS_MAX bytes of room */
	const struct assay_change
		*header[ASSAY_CASE_CHANGES]; /* for the bytes of the header, once they are there */
	unsigned header_changes;
	struct assay_change_bounds *bounds; /* of the change that is done now */
	bool wrong_header_digest, wrong_data_digest;
};

/* A place among so many, at least one; and notes in the bounds how many there are. */
uint32_t assay_change_place(
	struct assay_change_bounds *bounds, const struct assay_change *change, uint32_t of);
/* Does it, or puts it off until the header is made. */
void assay_change_apply(struct assay_working *w, const struct assay_change *change);
/* Does what was put off. */
void assay_change_header(uint8_t bhs[ASSAY_BHS_LENGTH], const struct assay_working *w);

#endif
