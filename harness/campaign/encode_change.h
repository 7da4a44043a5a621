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
	bool wrong_header_digest, wrong_data_digest;
};

/* Does it, or puts it off until the header is made. */
void assay_change_apply(struct assay_working *w, const struct assay_change *change);
/* Does what was put off. */
void assay_change_header(uint8_t bhs[ASSAY_BHS_LENGTH], const struct assay_working *w);

#endif
