/* medium.h - the medium of the unit under test as tests look at it: its size, a region to write, reads and writes in one line. */
#ifndef ASSAY_SUITES_TARGET_MEDIUM_H
#define ASSAY_SUITES_TARGET_MEDIUM_H

#include "suites/target/scsi.h"

/* What READ CAPACITY says, by the 10-byte form where that suffices. */
struct assay_medium {
	uint64_t last_lba;
	uint32_t block_size; /* bytes */
};

/* Asks a LUN; REQUIREs an answer. */
struct assay_medium assay_medium(struct assay_t *t, struct assay_initiator *i, uint64_t lun);
/* The same of a unit that holds so many bytes from its block 0; a smaller one is a skip. */
struct assay_medium assay_medium_of(
	struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint64_t bytes);

/* The region that this test may write, and a pattern for count blocks of it. */
struct assay_place {
	uint64_t lba;
	uint32_t blocks, block_size;
	uint32_t length; /* bytes of the pattern */
	uint8_t *pattern;
};
struct assay_place assay_place(struct assay_t *t, uint32_t blocks);

/* READ(10) and WRITE(10) of whole blocks on the LUN that may be written (its LBAs are below 2^32 for a region); the task ends in any status. */
struct assay_task *assay_read10(
	struct assay_t *t, struct assay_initiator *i, uint64_t lba, uint32_t blocks, uint32_t block_size);
struct assay_task *assay_write10(
	struct assay_t *t, struct assay_initiator *i, const struct assay_place *place);

/* EXPECTs that the place holds these bytes. */
void assay_expect_medium(
	struct assay_t *t, struct assay_initiator *i, const struct assay_place *place, const void *bytes);

#endif
