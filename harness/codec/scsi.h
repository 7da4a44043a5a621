/* scsi.h - what little of SCSI the harness itself must understand in order to compare: which blocks a CDB names (SBC-3), and key and codes of sense data (SPC-4 section 4.5). Nothing allocates. */
#ifndef ASSAY_CODEC_SCSI_H
#define ASSAY_CODEC_SCSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/pdu.h"

/* LBA and number of blocks of a command that names them (READ, WRITE, VERIFY and their like of 6, 10, 12 and 16 bytes). False for any other command. */
bool assay_cdb_blocks(uint64_t *lba, uint64_t *blocks, const uint8_t cdb[16]);

struct assay_sense {
	uint8_t code; /* response code: 0x70 to 0x73; of any other the rest is 0 */
	uint8_t key, asc, ascq; /* what is cut off reads as 0 */
	bool has_information; /* VALID */
	uint64_t information;
	bool has_specific; /* SKSV */
	uint8_t specific[3]; /* the sense key specific bytes, the one with SKSV first */
	bool length_fits; /* ADDITIONAL SENSE LENGTH is what there is behind it */
};

/* The sense data of a SCSI Response or of an Asynchronous Message (sections 11.4.7.2 and 11.9.4; SPC-4 sections 4.5.2 and 4.5.3). False where there is none. */
bool assay_sense_of(struct assay_sense *out, const struct assay_pdu *pdu);

#endif
