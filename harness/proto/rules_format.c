/*
 * rules_format.c - what can be said of one PDU by itself: opcode, reserved and fixed bits, segments, padding, digests.
 * RFC 7143 sections 11.1, 11.2, 13.1 and the "reserved" of every format in section 11. It keeps no state.
 */
#include <string.h>

#include "codec/ahs.h"
#include "codec/layout.h"
#include "proto/watch_private.h"

/* What section 11 fixes for a type. */
enum { FIXED_FINAL = 1, NO_DATA = 2, HAS_AHS = 4 };

static const uint8_t forms[64] = {
	[ASSAY_NOP_OUT] = FIXED_FINAL,
	[ASSAY_SCSI_COMMAND] = HAS_AHS,
	[ASSAY_TASK_MANAGEMENT_REQUEST] = FIXED_FINAL | NO_DATA,
	[ASSAY_LOGOUT_REQUEST] = FIXED_FINAL | NO_DATA,
	[ASSAY_SNACK_REQUEST] = FIXED_FINAL | NO_DATA,
	[ASSAY_NOP_IN] = FIXED_FINAL,
	[ASSAY_SCSI_RESPONSE] = FIXED_FINAL,
	[ASSAY_TASK_MANAGEMENT_RESPONSE] = FIXED_FINAL | NO_DATA,
	[ASSAY_LOGOUT_RESPONSE] = FIXED_FINAL | NO_DATA,
	[ASSAY_R2T] = FIXED_FINAL | NO_DATA,
	[ASSAY_ASYNC_MESSAGE] = FIXED_FINAL,
	[ASSAY_REJECT] = FIXED_FINAL,
};

/* RFC 7144 sections 5.1.1 and 5.2.1: from iSCSIProtocolLevel 2 on, a command has a priority and a response a status qualifier. */
static bool is_of_level_2(const struct watch_event *e, unsigned byte)
{
	const struct watch_connection *c = e->c;

	if (c->phase == PHASE_FULL && c->params_known && c->params.protocol_level < 2)
		return false;
	return (e->pdu->opcode == ASSAY_SCSI_COMMAND && byte / 2 == 1) ||
	       (e->pdu->opcode == ASSAY_SCSI_RESPONSE && byte / 8 == 1);
}

/* Section 11: bits that no field of the type uses. Bit 7 of byte 0 is a field of ours, and reserved all the same. */
static void reserved(struct watch_event *e)
{
	const uint8_t *mask = assay_layout_reserved(e->pdu->opcode), *bhs = e->pdu->bhs;
	uint64_t bits = bhs[0] & 0x80, of_mask, of_bhs;

	for (unsigned i = 0; i < ASSAY_BHS_LENGTH; i += 8) {
		memcpy(&of_mask, mask + i, 8);
		memcpy(&of_bhs, bhs + i, 8);
		bits |= of_mask & of_bhs;
	}
	if (!bits)
		return;
	for (unsigned i = 0; i < ASSAY_BHS_LENGTH; i++) {
		uint8_t set = bhs[i] & (uint8_t)(mask[i] | (i ? 0 : 0x80));

		if (!set || is_of_level_2(e, i))
			continue;
		found(e, e->sender == ASSAY_INITIATOR ? RULE_RESERVED_INITIATOR : RULE_RESERVED_TARGET,
			say(e->expected, "reserved bits 0 in byte %u of a %s", i,
				assay_opcode_name(e->pdu->opcode)),
			say(e->got, "0x%02x there", set));
		return;
	}
}

/* Sections 11.2.1.5, 11.2.2. */
static void segments(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct assay_ahs ahs;
	size_t offset = 0;
	int more;

	if (!pdu->total_ahs_length)
		return;
	if (!(forms[pdu->opcode] & HAS_AHS)) {
		FOUND(e, AHS_ONLY_ON_COMMAND, ("TotalAHSLength 0 in a %s", assay_opcode_name(pdu->opcode)),
			("TotalAHSLength %u", pdu->total_ahs_length));
		return;
	}
	while ((more = assay_ahs_next(&ahs, &offset, pdu->ahs, pdu->ahs_length)) > 0) {
		if (ahs.type == ASSAY_AHS_EXTENDED_CDB && ahs.length < 2)
			FOUND(e, AHS_EXTENDED_CDB, ("AHSLength of at least 2, for a CDB of 17 bytes"),
				("AHSLength %u", ahs.length));
		else if (ahs.type != ASSAY_AHS_EXTENDED_CDB && ahs.type != ASSAY_AHS_BIDI_READ_LENGTH) {
			FOUND(e, AHS_FORMAT, ("AHSType 1 or 2"), ("AHSType %u", ahs.type));
			return;
		}
	}
	if (more < 0)
		FOUND(e, AHS_FORMAT, ("segments that end with TotalAHSLength"), ("one that runs past it"));
}

/* Section 11.1. */
static void padding(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	size_t at = pdu->data_length ? (size_t)(pdu->data - pdu->wire) + pdu->data_length : 0;

	for (; at % 4 && at < pdu->wire_length; at++) {
		if (!pdu->wire[at])
			continue;
		FOUND(e, PADDING, ("padding of zeros"), ("0x%02x in the padding", pdu->wire[at]));
		return;
	}
}

/* Section 13.1. In the full feature phase it takes the login to know what was agreed. */
static void digests(struct watch_event *e)
{
	const struct watch_connection *c = e->c;
	unsigned want = 0;

	if (c->phase == PHASE_FULL) {
		if (!c->params_known)
			return;
		if (c->params.header_digest)
			want |= ASSAY_HEADER_DIGEST;
		if (c->params.data_digest && e->pdu->data_segment_length)
			want |= ASSAY_DATA_DIGEST;
	} else if (c->phase != PHASE_START && c->phase != PHASE_LOGIN) {
		return;
	}
	if (e->pdu->digests != want)
		FOUND(e, DIGEST_PRESENCE,
			("%s header digest, %s data digest", want & ASSAY_HEADER_DIGEST ? "a" : "no",
				want & ASSAY_DATA_DIGEST ? "a" : "no"),
			("%s header digest, %s data digest",
				e->pdu->digests & ASSAY_HEADER_DIGEST ? "a" : "no",
				e->pdu->digests & ASSAY_DATA_DIGEST ? "a" : "no"));
}

/* Section 11.7.1, 13.12. Login runs with the default. */
static void length(struct watch_event *e)
{
	const struct watch_connection *c = e->c;
	uint32_t limit = c->recv_limit[e->dir];

	if (forms[e->pdu->opcode] & NO_DATA && e->pdu->data_segment_length)
		FOUND(e, NO_DATA_SEGMENT, ("DataSegmentLength 0 in a %s", assay_opcode_name(e->pdu->opcode)),
			("DataSegmentLength %u", e->pdu->data_segment_length));
	if (c->phase == PHASE_START || c->phase == PHASE_LOGIN)
		limit = 8192;
	else if (c->phase != PHASE_FULL || !c->params_known)
		return;
	if (e->pdu->data_segment_length > limit)
		FOUND(e, MAX_RECV, ("at most %u bytes, the receiver's MaxRecvDataSegmentLength", limit),
			("DataSegmentLength %u", e->pdu->data_segment_length));
}

/* A PDU whose digest is wrong is as good as lost; of a request with a good header only the data is (section 7.8). */
static bool intact(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->bad_digests & ASSAY_HEADER_DIGEST) {
		FOUND(e, HEADER_DIGEST, ("the CRC32C of the header"), ("0x%08x", pdu->header_digest));
		watch_missed(e->w, e->c, e->dir);
		return false;
	}
	if (pdu->bad_digests & ASSAY_DATA_DIGEST) {
		FOUND(e, DATA_DIGEST, ("the CRC32C of the data"), ("0x%08x", pdu->data_digest));
		if (e->dir == ASSAY_TO_TARGET && e->s && pdu->opcode <= ASSAY_LOGOUT_REQUEST)
			rules_discarded(e);
		else
			watch_missed(e->w, e->c, e->dir);
		return false;
	}
	return true;
}

bool rules_format(struct watch_event *e)
{
	uint8_t opcode = e->pdu->opcode & 0x3f;
	bool vendor = (opcode >= 0x1c && opcode <= 0x1e) || (opcode >= 0x3c && opcode <= 0x3e);

	if (e->pdu->bad_digests & ASSAY_HEADER_DIGEST)
		return intact(e);
	if (assay_opcode_from_target(opcode) != (e->sender == ASSAY_TARGET)) {
		FOUND(e, OPCODE_DIRECTION,
			("an opcode of the %s", e->sender == ASSAY_TARGET ? "target" : "initiator"),
			("opcode 0x%02x", opcode));
		rules_unnumbered(e);
		return false;
	}
	if (!assay_opcode_name(opcode)) {
		if (!vendor)
			FOUND(e, OPCODE_UNASSIGNED, ("an assigned opcode"), ("opcode 0x%02x", opcode));
		rules_unnumbered(e);
		return false;
	}
	if (e->pdu->bhs) {
		reserved(e);
		padding(e);
	}
	if (forms[opcode] & FIXED_FINAL && !e->pdu->final)
		FOUND(e, FINAL_BIT, ("bit 7 of byte 1 set in a %s", assay_opcode_name(opcode)), ("0"));
	segments(e);
	digests(e);
	length(e);
	return intact(e);
}
