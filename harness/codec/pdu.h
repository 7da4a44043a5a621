/*
 * pdu.h - one iSCSI PDU as a struct, and the way to and from bytes. RFC 7143 section 11.
 *
 * One flat struct serves all 18 types: a field has the RFC's name and the same meaning wherever it appears, and the
 * layout table (layout.h) says which fields a type has and in which bits they travel. Numbers are in host order.
 * Nothing here allocates, does I/O, or reads a byte that it was not given.
 */
#ifndef ASSAY_CODEC_PDU_H
#define ASSAY_CODEC_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"

#define ASSAY_BHS_LENGTH       48 /* bytes of a basic header segment */
#define ASSAY_AHS_MAX          1020 /* bytes: TotalAHSLength counts 255 four-byte words at most */
#define ASSAY_DATA_SEGMENT_MAX 0xffffffu /* bytes: DataSegmentLength has 24 bits */
#define ASSAY_TAG_RESERVED     0xffffffffu /* the reserved value of ITT and TTT */

/* Section 11.2.1.2. Initiator opcodes are below 0x20, target opcodes from 0x20 on. */
enum assay_opcode {
	ASSAY_NOP_OUT = 0x00,
	ASSAY_SCSI_COMMAND = 0x01,
	ASSAY_TASK_MANAGEMENT_REQUEST = 0x02,
	ASSAY_LOGIN_REQUEST = 0x03,
	ASSAY_TEXT_REQUEST = 0x04,
	ASSAY_DATA_OUT = 0x05,
	ASSAY_LOGOUT_REQUEST = 0x06,
	ASSAY_SNACK_REQUEST = 0x10,
	ASSAY_NOP_IN = 0x20,
	ASSAY_SCSI_RESPONSE = 0x21,
	ASSAY_TASK_MANAGEMENT_RESPONSE = 0x22,
	ASSAY_LOGIN_RESPONSE = 0x23,
	ASSAY_TEXT_RESPONSE = 0x24,
	ASSAY_DATA_IN = 0x25,
	ASSAY_LOGOUT_RESPONSE = 0x26,
	ASSAY_R2T = 0x31,
	ASSAY_ASYNC_MESSAGE = 0x32,
	ASSAY_REJECT = 0x3f,
};

/* Which digests the PDUs of a direction carry; negotiated by HeaderDigest and DataDigest (section 13.1). */
enum assay_digests {
	ASSAY_HEADER_DIGEST = 1,
	ASSAY_DATA_DIGEST = 2,
};

/* What encode takes from the struct as it stands instead of computing it: how a test says something wrong. */
enum assay_override {
	ASSAY_OVERRIDE_TOTAL_AHS_LENGTH = 1, /* total_ahs_length rather than the length of ahs */
	ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH = 2, /* data_segment_length rather than data_length */
	ASSAY_OVERRIDE_HEADER_DIGEST = 4, /* header_digest rather than the CRC32C of the header */
	ASSAY_OVERRIDE_DATA_DIGEST = 8, /* data_digest rather than the CRC32C of data and padding */
};

/* Task attributes, section 11.3.1. */
enum assay_attr {
	ASSAY_ATTR_UNTAGGED = 0,
	ASSAY_ATTR_SIMPLE = 1,
	ASSAY_ATTR_ORDERED = 2,
	ASSAY_ATTR_HEAD_OF_QUEUE = 3,
	ASSAY_ATTR_ACA = 4,
};

/* Login stages, sections 11.12.3 and 6.3; the values of CSG and NSG. */
enum assay_stage {
	ASSAY_STAGE_SECURITY = 0,
	ASSAY_STAGE_OPERATIONAL = 1,
	ASSAY_STAGE_RESERVED = 2,
	ASSAY_STAGE_FULL_FEATURE = 3,
};

/* AsyncEvent, section 11.9.1; what lies between is reserved. */
enum assay_async_event {
	ASSAY_ASYNC_SCSI_EVENT,
	ASSAY_ASYNC_LOGOUT_REQUEST,
	ASSAY_ASYNC_CONNECTION_DROP,
	ASSAY_ASYNC_SESSION_DROP,
	ASSAY_ASYNC_NEGOTIATION_REQUEST,
	ASSAY_ASYNC_TASK_TERMINATION,
	ASSAY_ASYNC_VENDOR = 248, /* the first of those that are a vendor's */
};

struct assay_pdu {
	/* byte 0 and 1 */
	uint8_t opcode; /* enum assay_opcode; 6 bits, unknown ones are decoded too */
	uint8_t bit7; /* byte 0 bit 7: reserved in every PDU */
	uint8_t immediate; /* I: immediate delivery; requests only */
	uint8_t final; /* F; also the bit that a type fixes to 1 (SCSI Response, R2T, NOP, …) */
	uint8_t read; /* R: SCSI Command expects input data */
	uint8_t write; /* W: SCSI Command expects output data */
	uint8_t attr; /* ATTR: enum assay_attr */
	uint8_t acknowledge; /* A: Data-In asks for a DataACK SNACK */
	uint8_t status_present; /* S: Data-In carries status */
	uint8_t bidi_overflow; /* o: SCSI Response, bidirectional read residual overflow */
	uint8_t bidi_underflow; /* u: the same, underflow */
	uint8_t overflow; /* O: residual overflow; SCSI Response and Data-In */
	uint8_t underflow; /* U: residual underflow */
	uint8_t transit; /* T: login stage transition */
	uint8_t cont; /* C: text continues in the next PDU; login and text */
	uint8_t csg; /* current stage, enum assay_stage */
	uint8_t nsg; /* next stage, enum assay_stage */
	uint8_t function; /* task management function, section 11.5.1 */
	uint8_t reason; /* Logout Request reason (11.14.1), Reject reason (11.17.1) */
	uint8_t snack_type; /* SNACK type, section 11.16.1 */
	uint8_t response; /* SCSI, TMF and Logout Response */
	uint8_t status; /* SCSI status: SCSI Response and Data-In with S */
	uint8_t version_max; /* Login Request and Response */
	uint8_t version_min; /* Login Request */
	uint8_t version_active; /* Login Response */
	uint8_t status_class; /* Login Response, section 11.13.5 */
	uint8_t status_detail;
	uint8_t async_event; /* enum assay_async_event */
	uint8_t async_vcode;

	/* lengths */
	uint8_t total_ahs_length; /* four-byte words, as on the wire */
	uint32_t data_segment_length; /* bytes, as on the wire, padding not counted */

	/* tags and numbers */
	uint64_t lun; /* eight bytes, the first one on the wire is the most significant (lun.h) */
	uint64_t isid; /* 48 bits: Login */
	uint16_t tsih; /* Login */
	uint16_t cid; /* Login, Logout Request */
	uint32_t itt; /* Initiator Task Tag */
	uint32_t ttt; /* Target Transfer Tag; SNACK: TTT or SNACK tag */
	uint32_t rtt; /* Referenced Task Tag: TMF Request */
	uint32_t snack_tag; /* SCSI Response: SNACK Tag */
	uint32_t cmd_sn;
	uint32_t exp_stat_sn;
	uint32_t stat_sn;
	uint32_t exp_cmd_sn;
	uint32_t max_cmd_sn;
	uint32_t ref_cmd_sn; /* TMF Request */
	uint32_t exp_data_sn; /* SCSI Response, TMF Request */
	uint32_t data_sn; /* Data-In, Data-Out; Reject: DataSN/R2TSN */
	uint32_t r2t_sn; /* R2T */
	uint32_t buffer_offset; /* bytes: Data-In, Data-Out, R2T */
	uint32_t desired_data_transfer_length; /* bytes: R2T */
	uint32_t expected_data_transfer_length; /* bytes: SCSI Command */
	uint32_t residual_count; /* bytes: SCSI Response, Data-In */
	uint32_t bidi_residual_count; /* bytes: SCSI Response, bidirectional read */
	uint32_t beg_run; /* SNACK */
	uint32_t run_length; /* SNACK */
	uint16_t time2wait; /* seconds: Logout Response */
	uint16_t time2retain; /* seconds: Logout Response */
	uint16_t parameter1; /* Async Message */
	uint16_t parameter2;
	uint16_t parameter3;
	uint8_t cdb[16]; /* SCSI Command: the first 16 bytes of the CDB */

	/* segments: views into the caller's bytes, never owned. NULL with length 0 where there is none. */
	const uint8_t *ahs; /* all additional header segments, padding within */
	uint32_t ahs_length; /* bytes */
	const uint8_t *data; /* the data segment, without padding */
	uint32_t data_length; /* bytes */

	uint32_t header_digest; /* as on the wire, as the big-endian number of its four bytes */
	uint32_t data_digest;
	uint8_t digests; /* decode: enum assay_digests that are present on the wire */
	uint8_t bad_digests; /* decode: those of them that are wrong */
	uint8_t overrides; /* encode: enum assay_override */

	const uint8_t *bhs; /* decode: the 48 bytes as they came, else NULL */
	const uint8_t *wire; /* decode: the whole PDU as it came (starts at bhs) */
	uint32_t wire_length; /* decode: bytes of the whole PDU with AHS, digests and padding */
};

/*
 * Reads one PDU from the start of buf. digests: enum assay_digests in force. Refuses only what has no length: a bad
 * field, digest or opcode is decoded and left to the rules. *out is a view into buf.
 * Returns the bytes consumed, or ASSAY_E_SHORT when the PDU is not complete yet.
 */
long assay_pdu_decode(struct assay_pdu *out, const uint8_t *buf, size_t length, unsigned digests);

/* Reads only the 48 bytes of the header: no segments, no digests; bhs, wire are set, wire_length is 48. */
void assay_pdu_decode_bhs(struct assay_pdu *out, const uint8_t bhs[ASSAY_BHS_LENGTH]);

/* The whole length in bytes, from 1, that a header announces: BHS, AHS, digests, data, padding. */
size_t assay_pdu_wire_length(const uint8_t bhs[ASSAY_BHS_LENGTH], unsigned digests);

/* Writes the 48 bytes of the header; bits that the type's layout does not name are 0. Both length fields are computed
 * from ahs_length and data_length unless pdu->overrides says otherwise. */
void assay_pdu_encode_bhs(uint8_t out[ASSAY_BHS_LENGTH], const struct assay_pdu *pdu);

/*
 * Writes the whole PDU: header, AHS (padded to four bytes), digests in force, data, padding of zeros. Lengths and
 * digests are computed unless pdu->overrides says otherwise.
 * Returns the bytes written, or ASSAY_E_LIMIT when capacity is too small, ASSAY_E_INVAL when a segment is longer than
 * its length field can say.
 */
long assay_pdu_encode(uint8_t *out, size_t capacity, const struct assay_pdu *pdu, unsigned digests);

/* The bytes that assay_pdu_encode would write. */
size_t assay_pdu_encoded_length(const struct assay_pdu *pdu, unsigned digests);

/* "NOP-Out", "SCSI Response"; NULL for an opcode that the standard does not define. */
const char *assay_opcode_name(uint8_t opcode);

/* True for opcodes that a target sends (0x20 to 0x3f). */
static inline bool assay_opcode_from_target(uint8_t opcode)
{
	return (opcode & 0x20) != 0;
}

#endif
