/*
 * rewrite.h - a captured request as it goes to a live target: fields and bytes, no I/O. What is right in the capture becomes what is right live, and what is wrong stays wrong in the same way: a number keeps
 * its distance to the right one, bits that no field has and padding stay, a wrong digest is wrong again. Text keys are rewrite_text.h's. RFC 7143 sections 4.2.2, 11.
 */
#ifndef ASSAY_REPLAY_REWRITE_H
#define ASSAY_REPLAY_REWRITE_H

#include "initiator/initiator.h"
#include "replay/script.h"

/* Types of SNACK, section 11.16.1. */
#define ASSAY_REWRITE_STATUS   1
#define ASSAY_REWRITE_DATA_ACK 2

/* How one side stands before the request. */
struct assay_rewrite_side {
	const struct assay_session *session; /* of the capture: kept with assay_numbers_sent and _heard */
	uint32_t exp_stat_sn;
	bool heard; /* exp_stat_sn is known */
};

/* A tag of the target's choice, and the LUN that goes with it. */
struct assay_rewrite_tag {
	uint32_t ttt;
	uint64_t lun;
};

struct assay_rewrite {
	struct assay_rewrite_side captured, live;
	bool first_login; /* the first request of its session: its CmdSN begins the live one's numbers, too */
	uint64_t isid; /* the live one */
	uint32_t turn; /* of Initiator Task Tags: assay_tag_turn_by, or 0 */
	bool lun_mapped;
	uint64_t captured_lun, live_lun; /* where lun_mapped */
	bool tagged; /* its Target Transfer Tag was of the captured target's choice, and its LUN with it */
	struct assay_rewrite_tag captured_tag, live_tag;
	bool acknowledges; /* DataACK: DataSN of the Data-In that asks for it */
	uint32_t captured_data_sn, live_data_sn;
	bool referenced; /* RefCmdSN: the captured and the live CmdSN of the task that it is about are known */
	uint32_t captured_ref, live_ref;
};

/* The fields of out that differ from pdu's; segments, bhs and wire stay pdu's. */
void assay_rewrite_fields(struct assay_pdu *out, const struct assay_pdu *pdu, const struct assay_rewrite *r);

/*
 * The bytes of fields, made from captured by assay_rewrite_fields and perhaps with another data segment; digests: enum assay_digests in force live.
 * An operation code that the standard does not define goes out as it is, but for the tag. Returns the bytes, or ASSAY_E_LIMIT when capacity is too small (captured's own length and eight bytes more do where
 * the data is not longer).
 */
long assay_rewrite_encode(uint8_t *out, size_t capacity, const struct assay_pdu *fields,
	const struct assay_pdu *captured, unsigned digests);

/* The same of what never became a whole PDU, in its place: length bytes, of which the header is there. Its lengths stay; its digest, where it is there, is right again where it was. */
void assay_rewrite_part(
	uint8_t *bytes, size_t length, const struct assay_pdu *fields, const struct assay_pdu *captured);

/* The logical unit whose blocks are read or written first in a capture: true with *lun set, false where there is none. */
bool assay_script_io_lun(uint64_t *lun, const struct assay_script *s);
/* Are blocks of that one read or written in it? */
bool assay_script_has_io(const struct assay_script *s, uint64_t lun);
/* The name of the target that the first login that succeeded was for, else the first login that found it, else the first one that a discovery found; false where there is none. out is cut to fit. */
bool assay_script_target_name(char *out, size_t capacity, const struct assay_script *s);
/* Is the answer to the first command that tells of one (no INQUIRY, no REPORT LUNS) a unit attention of a reset (SPC-4: additional sense code 0x29), as of a target that nobody has spoken to yet? */
bool assay_script_begins_with_attention(const struct assay_script *s);

#endif
