/* listing_data.h - the parts of the listing that explain what a PDU carries: CDB, AHS, data segment. Private to codec/. */
#ifndef ASSAY_CODEC_LISTING_DATA_H
#define ASSAY_CODEC_LISTING_DATA_H

#include "codec/pdu.h"
#include "codec/sink.h"

/* "READ(10) LBA=0 blocks=8" */
void assay_listing_cdb(struct assay_sink *s, const uint8_t cdb[16]);

/* " sense=ILLEGAL REQUEST 0x24/0x00 (invalid field in CDB)", with its leading blank; nothing when there is no sense data. */
void assay_listing_sense(struct assay_sink *s, const struct assay_pdu *pdu);

/* The lines of AHS and data segment. */
void assay_listing_segments(struct assay_sink *s, const struct assay_pdu *pdu);

#endif
