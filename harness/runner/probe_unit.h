/* probe_unit.h - what the probe asks a logical unit: is it there, is it a disk, may it be written, how large is it, who made it. */
#ifndef ASSAY_RUNNER_PROBE_UNIT_H
#define ASSAY_RUNNER_PROBE_UNIT_H

#include "runner/run.h"

/* A command that reads, again while a unit attention stands. The bytes that came, or a negative error: ASSAY_E_REJECT when it did not end GOOD, with *sense
 * (may be NULL) the additional sense code and qualifier, asc << 8 | ascq. */
long assay_probe_read(unsigned *sense, struct assay_initiator *i, uint32_t lun, const void *cdb,
	size_t cdb_length, void *data, uint32_t length);

/* The unit under test: sets lun_missing, device_type, vendor, product, revision, blocks and block_size. */
void assay_probe_unit(struct assay_probe *out, struct assay_initiator *i, uint32_t lun);
/* The unit that may be written: sets write_blocks and write_block_size, or write_trouble when it can't be. */
void assay_probe_write_unit(struct assay_probe *out, struct assay_initiator *i, uint32_t lun);

#endif
