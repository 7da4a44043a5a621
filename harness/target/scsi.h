/*
 * scsi.h - the logical units: SCSI commands in, data, status and sense out. It knows no iSCSI: the session machine moves the data.
 * SPC-4/5 and SBC-3/4, as far as a disk must have them, and REPORT LUNS, TEST UNIT READY, INQUIRY, REQUEST SENSE for a LUN that does not exist (SAM-5).
 */
#ifndef ASSAY_TARGET_SCSI_H
#define ASSAY_TARGET_SCSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"
#include "target/target.h"

#define ASSAY_SENSE_MAX 32 /* bytes of sense data that we make: fixed format, 18, or with information */

struct assay_scsi_device; /* one target's logical units */
struct assay_scsi_nexus; /* an initiator's view of them: LUN map, unit attentions, reservations; one a session */

/*
 * From struct assay_target_spec. defects: the target's bit set (defect d is bit d % 8 of byte d / 8); the caller's, looked at with every command, so
 * that a defect can be switched on at any time; NULL: none. NULL: out of memory.
 */
struct assay_scsi_device *assay_scsi_device_new(
	unsigned tid, const char *target_name, enum assay_id_scheme ids, const unsigned char *defects);
/* After its nexuses are freed and its commands done. */
void assay_scsi_device_free(struct assay_scsi_device *d);
/* Sessions that see the unit get a unit attention. Commands that still point into a removed unit's medium may do so until they are done. 0 or negative. */
int assay_scsi_add_lun(
	struct assay_scsi_device *d, const struct assay_lun_spec *spec, struct assay_error *err);
int assay_scsi_remove_lun(struct assay_scsi_device *d,
	uint32_t lun); /* all units of that number; ASSAY_E_INVAL: there is none */
/* What the units of `from` hold goes to those of `to` with the same number and size; as assay_target_take_media. */
void assay_scsi_take_media(struct assay_scsi_device *to, struct assay_scsi_device *from);
/* The target is reached through this portal group too: REPORT TARGET PORT GROUPS lists it. A nexus makes its own known. 0 or ASSAY_E_LIMIT. */
int assay_scsi_add_port(struct assay_scsi_device *d, uint16_t tpgt);

/* What PREEMPT AND ABORT calls so that the tasks of another nexus on a unit end (TAS is 0: without a word to their initiator); payload is handed back. */
void assay_scsi_on_abort(struct assay_scsi_device *d,
	void (*abort_tasks)(void *payload, struct assay_scsi_nexus *victim, uint64_t lun), void *payload);

/*
 * A session begins and ends. A unit attention is pending on each unit: POWER ON OCCURRED, or I_T NEXUS LOSS OCCURRED for a nexus that was here before.
 * initiator: its name; isid and tpgt complete the I_T nexus. NULL: out of memory.
 */
struct assay_scsi_nexus *assay_scsi_nexus_new(
	struct assay_scsi_device *d, const char *initiator, uint64_t isid, uint16_t tpgt);
void assay_scsi_nexus_free(
	struct assay_scsi_nexus *n); /* its RESERVE and PREVENT go, its persistent registrations stay */

/* One command. */
struct assay_scsi_command {
	uint64_t lun; /* 64 bits as on the wire, most significant byte first */
	const uint8_t *cdb;
	size_t cdb_length; /* bytes: 16, or more with an extended CDB */
	/* assay_scsi_parse says how much data it wants: */
	uint32_t data_out_length; /* bytes that the CDB asks of the initiator */
	uint32_t
		data_in_length; /* bytes that the CDB asks of the device at most: allocation length or blocks */
	/* data out, all of it, when execute is called; fewer bytes than data_out_length when the initiator has no more (EDTL) */
	const uint8_t *data_out;
	uint32_t data_out_given;
	/* the result */
	uint8_t status; /* SCSI status */
	uint8_t sense[ASSAY_SENSE_MAX];
	size_t sense_length;
	const uint8_t *
		data_in; /* into the unit's medium (RAM) or the command's buffer: valid until assay_scsi_command_done */
	uint32_t data_in_given; /* bytes */
	/* private, from parse to done */
	struct assay_scsi_nexus *nexus;
	struct assay_scsi_unit *unit; /* NULL: no such unit, or the well-known one */
	const struct assay_scsi_operation *operation; /* the line of the command table */
	uint64_t lba;
	uint32_t blocks;
	struct assay_scsi_buffer *buffer;
};

/*
 * The caller sets lun, cdb and cdb_length. Looks at LUN, CDB, unit attentions and reservations: sets data_out_length and data_in_length and returns 0, or a
 * final status with sense and returns 1: nothing to transfer, answer now. What returned 0 ends with assay_scsi_command_done, executed or not.
 */
int assay_scsi_parse(struct assay_scsi_nexus *n, struct assay_scsi_command *c);
/* Where a WRITE's data should go: directly into RAM backing when that is possible, else NULL (the caller buffers). A hint: data at that place counts only after execute. */
uint8_t *assay_scsi_write_place(struct assay_scsi_nexus *n, struct assay_scsi_command *c);
/* Does it. Always ends with a status. */
void assay_scsi_execute(struct assay_scsi_nexus *n, struct assay_scsi_command *c);
/* Releases what the command holds; once more does no harm. */
void assay_scsi_command_done(struct assay_scsi_command *c);

/* Resets, for TMF: everyone on the unit (or all units) but for the nexus that asked gets a unit attention; RESERVE goes, persistent reservations stay. */
bool assay_scsi_lun_exists(struct assay_scsi_nexus *n, uint64_t lun);
void assay_scsi_lun_reset(struct assay_scsi_nexus *n, uint64_t lun);
void assay_scsi_target_reset(struct assay_scsi_nexus *n);
/* Tasks of this nexus were aborted on behalf of another one: COMMANDS CLEARED BY ANOTHER INITIATOR is pending for it. */
void assay_scsi_commands_cleared(struct assay_scsi_nexus *n, uint64_t lun);
/* Tasks of this nexus ended with their connection (RFC 7143 section 11.14.5): SOME COMMANDS CLEARED BY ISCSI PROTOCOL EVENT is pending for it. */
void assay_scsi_protocol_event(struct assay_scsi_nexus *n, uint64_t lun);

#endif
