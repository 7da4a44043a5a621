/* scsi_block.h - what the block commands share (scsi_block.c, scsi_verify.c, scsi_provision.c): the range of blocks that a CDB names. */
#ifndef ASSAY_TARGET_SCSI_BLOCK_H
#define ASSAY_TARGET_SCSI_BLOCK_H

#include "target/scsi_internal.h"

/* Sets lba and blocks from where a CDB of that length has them. */
void assay_scsi_decode_extent(struct assay_scsi_command *c);
bool assay_scsi_in_range(const struct assay_scsi_unit *u, uint64_t lba, uint64_t blocks);
/* LBA OUT OF RANGE when lba and blocks leave the unit; check_transfer looks at MAXIMUM TRANSFER LENGTH too. 0, or 1 with sense. */
int assay_scsi_check_extent(struct assay_scsi_command *c);
int assay_scsi_check_transfer(struct assay_scsi_command *c);
/* Data that was cut short (EDTL) is refused. 0, or 1 with sense. */
int assay_scsi_check_given(struct assay_scsi_command *c);
/* Where the CDB of that length has the number of blocks, for the field pointer. */
unsigned assay_scsi_length_byte(const struct assay_scsi_command *c);
/* The data-out to the medium, as much of it as there is. 0, or 1 with sense. */
/* Fewer bytes than the CDB asks for (EDTL is short): the whole blocks among them. */
uint32_t assay_scsi_blocks_given(const struct assay_scsi_command *c);
int assay_scsi_write_out(struct assay_scsi_command *c);
/* To stable storage, if FUA or a disabled write cache ask for it. 0, or 1 with sense. */
int assay_scsi_settle(struct assay_scsi_command *c, bool fua);

#endif
