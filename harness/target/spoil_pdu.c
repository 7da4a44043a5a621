/*
 * spoil_pdu.c - what the defects do to PDUs on their way out: fields changed, PDUs that nobody asked for. Each line breaks what a rule of the protocol says of any
 * PDU of its type, wherever it comes from; a defect of one place is at that place. Without a defect nothing here is called.
 */
#include <string.h>

#include "codec/digest.h"
#include "codec/layout.h"
#include "target/machine.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A field of struct assay_pdu, not of a PDU type: numbers only. */
#define FIELD(m)                                                                                             \
	{                                                                                                    \
		.offset = offsetof(struct assay_pdu, m), .size = sizeof(((struct assay_pdu *)0)->m)          \
	}
#define ALWAYS                                                                                               \
	{                                                                                                    \
		.size = 0                                                                                    \
	}
#define DEFECT(symbol) ASSAY_DEFECT_##symbol

/* ---- fields ---- */

enum how { SET, LESS, DATA, AHS }; /* to value; by value; value bytes of a segment */

static const struct change {
	enum assay_defect defect;
	enum assay_opcode opcode;
	struct assay_field when; /* only where this one is not 0 */
	enum how how;
	struct assay_field field; /* of SET and LESS */
	uint64_t value;
} changes[] = {
	{ DEFECT(AHS_ON_NOP_IN), ASSAY_NOP_IN, ALWAYS, AHS, ALWAYS, 8 },
	{ DEFECT(NOP_FINAL_MISSING), ASSAY_NOP_IN, ALWAYS, SET, FIELD(final), 0 },
	{ DEFECT(NOP_ANSWERED_BY_NOP_OUT), ASSAY_NOP_IN, ALWAYS, SET, FIELD(opcode), ASSAY_NOP_OUT },
	{ DEFECT(NOP_OPCODE_UNASSIGNED), ASSAY_NOP_IN, ALWAYS, SET, FIELD(opcode), 0x3b },
	{ DEFECT(NOP_ANSWERED_BY_TEXT), ASSAY_NOP_IN, ALWAYS, SET, FIELD(opcode), ASSAY_TEXT_RESPONSE },
	{ DEFECT(EXPCMDSN_BACK), ASSAY_NOP_IN, ALWAYS, LESS, FIELD(exp_cmd_sn), 1 },
	{ DEFECT(MAXCMDSN_BACK), ASSAY_NOP_IN, ALWAYS, LESS, FIELD(max_cmd_sn), 8 },
	{ DEFECT(REJECT_IS_SCSI_RESPONSE), ASSAY_REJECT, ALWAYS, SET, FIELD(opcode), ASSAY_SCSI_RESPONSE },
	{ DEFECT(LOGOUT_DATA), ASSAY_LOGOUT_RESPONSE, ALWAYS, DATA, ALWAYS, 8 },
	{ DEFECT(LOGOUT_RESPONSE_UNKNOWN), ASSAY_LOGOUT_RESPONSE, ALWAYS, SET, FIELD(response), 9 },
	{ DEFECT(TMF_RESPONSE_UNASSIGNED), ASSAY_TASK_MANAGEMENT_RESPONSE, ALWAYS, SET, FIELD(response), 8 },
	{ DEFECT(DATA_IN_ACK_UNTAGGED), ASSAY_DATA_IN, ALWAYS, SET, FIELD(acknowledge), 1 },
	/* not in the first one, so that what has but one is as it should be */
	{ DEFECT(DATA_IN_ACK_OFTEN), ASSAY_DATA_IN, FIELD(buffer_offset), SET, FIELD(acknowledge), 1 },
	{ DEFECT(DATA_IN_ACK_OFTEN), ASSAY_DATA_IN, FIELD(buffer_offset), SET, FIELD(ttt), 7 },
	{ DEFECT(DATA_IN_ACK_OFTEN), ASSAY_DATA_IN, FIELD(buffer_offset), SET, FIELD(lun),
		UINT64_C(1) << 48 },
	{ DEFECT(R2T_OVERLAPS), ASSAY_R2T, FIELD(buffer_offset), LESS, FIELD(buffer_offset), 4 },
	{ DEFECT(SCSI_RESPONSE_UNASSIGNED), ASSAY_SCSI_RESPONSE, ALWAYS, SET, FIELD(response), 2 },
	{ DEFECT(SCSI_STATUS_UNASSIGNED), ASSAY_SCSI_RESPONSE, ALWAYS, SET, FIELD(status), 0x3e },
	{ DEFECT(SNACK_TAG_INVENTED), ASSAY_SCSI_RESPONSE, ALWAYS, SET, FIELD(snack_tag), 1 },
	{ DEFECT(RESIDUAL_BOTH_WAYS), ASSAY_SCSI_RESPONSE, ALWAYS, SET, FIELD(overflow), 1 },
	{ DEFECT(RESIDUAL_BOTH_WAYS), ASSAY_SCSI_RESPONSE, ALWAYS, SET, FIELD(underflow), 1 },
	{ DEFECT(RESIDUAL_OF_FAILURE), ASSAY_SCSI_RESPONSE, ALWAYS, SET, FIELD(response), 1 },
	{ DEFECT(RESIDUAL_OF_FAILURE), ASSAY_SCSI_RESPONSE, ALWAYS, SET, FIELD(underflow), 1 },
	{ DEFECT(RESIDUAL_WRONG_FLAG), ASSAY_DATA_IN, FIELD(underflow), SET, FIELD(overflow), 1 },
	{ DEFECT(RESIDUAL_WRONG_FLAG), ASSAY_DATA_IN, FIELD(overflow), SET, FIELD(underflow), 0 },
	{ DEFECT(RESIDUAL_UNFLAGGED), ASSAY_DATA_IN, ALWAYS, SET, FIELD(underflow), 0 },
	{ DEFECT(RESIDUAL_UNFLAGGED), ASSAY_DATA_IN, ALWAYS, SET, FIELD(overflow), 0 },
	{ DEFECT(LOGIN_STATUS_UNASSIGNED), ASSAY_LOGIN_RESPONSE, FIELD(status_class), SET,
		FIELD(status_detail), 0x3f },
	{ DEFECT(LOGIN_REJECT_WITH_T), ASSAY_LOGIN_RESPONSE, FIELD(status_class), SET, FIELD(transit), 1 },
	{ DEFECT(VERSION_UNOFFERED), ASSAY_LOGIN_RESPONSE, ALWAYS, SET, FIELD(version_active), 1 },
};

static void change(struct assay_pdu *pdu, const struct change *c)
{
	static const uint8_t segment[8] = { 0, 5, 2 }; /* as an AHS: a bidirectional read length of 0 */

	switch (c->how) {
	case SET: assay_field_set(pdu, &c->field, c->value); break;
	case LESS: assay_field_set(pdu, &c->field, assay_field_get(pdu, &c->field) - c->value); break;
	case DATA:
		pdu->data = segment;
		pdu->data_length = (uint32_t)c->value;
		break;
	case AHS:
		pdu->ahs = segment;
		pdu->ahs_length = (uint32_t)c->value;
		break;
	}
}

static bool applies(const struct assay_target *t, enum assay_defect defect, enum assay_opcode opcode,
	const struct assay_field *when, const struct assay_pdu *pdu, uint8_t pdu_opcode)
{
	return pdu_opcode == opcode && assay_tgt_defective(t, defect) &&
	       (!when->size || assay_field_get(pdu, when));
}

/* ---- digests and padding ---- */

/* Returns how many bytes too many follow the PDU. */
static size_t spoil_digests(const struct assay_target_conn *c, struct assay_pdu *pdu)
{
	const struct assay_target *t = c->target;

	if (assay_tgt_defective(t, ASSAY_DEFECT_HEADER_DIGEST_WRONG)) {
		pdu->overrides |= ASSAY_OVERRIDE_HEADER_DIGEST;
		pdu->header_digest = 0x5b5b5b5b;
	}
	if (assay_tgt_defective(t, ASSAY_DEFECT_DATA_DIGEST_WRONG) ||
		assay_tgt_defective(t, ASSAY_DEFECT_DATA_DIGEST_WITHOUT_PADDING)) {
		pdu->overrides |= ASSAY_OVERRIDE_DATA_DIGEST;
		pdu->data_digest = assay_digest(pdu->data, pdu->data_length) ^
				   (assay_tgt_defective(t, ASSAY_DEFECT_DATA_DIGEST_WRONG) ? 1u : 0u);
	}
	return c->digests & ASSAY_DATA_DIGEST && !pdu->data_length &&
			       assay_tgt_defective(t, ASSAY_DEFECT_DATA_DIGEST_ON_EMPTY)
		       ? 4
		       : 0;
}

size_t assay_tgt_spoil_pdu(const struct assay_target_conn *c, struct assay_pdu *pdu)
{
	uint8_t opcode = pdu->opcode;

	for (size_t i = 0; i < COUNT(changes); i++)
		if (applies(c->target, changes[i].defect, changes[i].opcode, &changes[i].when, pdu, opcode))
			change(pdu, &changes[i]);
	return spoil_digests(c, pdu);
}

void assay_tgt_spoil_bytes(
	const struct assay_target_conn *c, const struct assay_pdu *pdu, uint8_t *bytes, size_t length)
{
	const struct assay_target *t = c->target;

	if (c->digests && assay_tgt_defective(t, ASSAY_DEFECT_DIGEST_WRONG))
		bytes[c->digests & ASSAY_HEADER_DIGEST ? ASSAY_BHS_LENGTH : length - 1] ^= 1;
	if (pdu->opcode == ASSAY_NOP_IN && !c->digests &&
		assay_tgt_defective(t, ASSAY_DEFECT_NOP_RESERVED_SET))
		memset(bytes + 36, 0x5a, 12);
	if (pdu->data_length % 4 && !(c->digests & ASSAY_DATA_DIGEST) &&
		assay_tgt_defective(t, ASSAY_DEFECT_PADDING_NOT_ZERO))
		bytes[length - 1] = 0xff;
}

/* ---- PDUs ---- */

#define NONE ASSAY_TAG_RESERVED

static const struct addition {
	enum assay_defect defect;
	enum assay_opcode opcode; /* of the PDU beside which it is sent */
	struct assay_field when; /* only where this field of it is not 0 */
	enum assay_tgt_beside beside;
	enum assay_tgt_numbering numbering;
	struct assay_pdu pdu; /* opcode 0: the same PDU once more; ITT 0: that of the PDU */
} additions[] = {
	{ DEFECT(ASYNC_EVENT_UNASSIGNED), ASSAY_NOP_IN, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_NUMBERED,
		{ .opcode = ASSAY_ASYNC_MESSAGE, .final = 1, .itt = NONE, .async_event = 100 } },
	{ DEFECT(ASYNC_WITH_ITT), ASSAY_NOP_IN, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_NUMBERED,
		{ .opcode = ASSAY_ASYNC_MESSAGE, .final = 1, .async_event = 255 } },
	{ DEFECT(ASYNC_RESERVED_SET), ASSAY_NOP_IN, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_NUMBERED,
		{ .opcode = ASSAY_ASYNC_MESSAGE,
			.final = 1,
			.itt = NONE,
			.async_event = 4,
			.parameter1 = 1 } },
	{ DEFECT(ASYNC_TASKS_TERMINATED), ASSAY_NOP_IN, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_NUMBERED,
		{ .opcode = ASSAY_ASYNC_MESSAGE, .final = 1, .itt = NONE, .async_event = 5 } },
	{ DEFECT(ASYNC_STATSN_STUCK), ASSAY_NOP_IN, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_SHOWN,
		{ .opcode = ASSAY_ASYNC_MESSAGE, .final = 1, .itt = NONE, .async_event = 255 } },
	{ DEFECT(NOP_IN_UNASKED_WITH_DATA), ASSAY_NOP_IN, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_SHOWN,
		{ .opcode = ASSAY_NOP_IN,
			.final = 1,
			.itt = NONE,
			.ttt = NONE,
			.data = (const uint8_t *)"ping",
			.data_length = 4 } },
	{ DEFECT(RESPONSE_TWICE), ASSAY_NOP_IN, ALWAYS, ASSAY_TGT_AFTER, ASSAY_TGT_NUMBERED, { 0 } },
	{ DEFECT(SCSI_RESPONSE_EARLY), ASSAY_R2T, ALWAYS, ASSAY_TGT_AFTER, ASSAY_TGT_NUMBERED,
		{ .opcode = ASSAY_SCSI_RESPONSE, .final = 1 } },
	{ DEFECT(DATA_IN_UNASKED), ASSAY_SCSI_RESPONSE, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_UNNUMBERED,
		{ .opcode = ASSAY_DATA_IN, .final = 1, .ttt = NONE } },
	{ DEFECT(R2T_UNASKED), ASSAY_SCSI_RESPONSE, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_SHOWN,
		{ .opcode = ASSAY_R2T, .final = 1, .ttt = 1, .desired_data_transfer_length = 512 } },
	{ DEFECT(LOGIN_ANSWERED_TWICE), ASSAY_LOGIN_RESPONSE, ALWAYS, ASSAY_TGT_AFTER, ASSAY_TGT_NUMBERED,
		{ 0 } },
	{ DEFECT(LOGIN_NOP_IN), ASSAY_LOGIN_RESPONSE, ALWAYS, ASSAY_TGT_BEFORE, ASSAY_TGT_SHOWN,
		{ .opcode = ASSAY_NOP_IN, .final = 1, .itt = NONE, .ttt = NONE } },
	{ DEFECT(LOGIN_REJECT_NOT_LAST), ASSAY_LOGIN_RESPONSE, FIELD(status_class), ASSAY_TGT_AFTER,
		ASSAY_TGT_SHOWN, { .opcode = ASSAY_NOP_IN, .final = 1, .itt = NONE, .ttt = NONE } },
	{ DEFECT(LOGOUT_SPEAKS_ON), ASSAY_LOGOUT_RESPONSE, ALWAYS, ASSAY_TGT_AFTER, ASSAY_TGT_SHOWN,
		{ .opcode = ASSAY_NOP_IN, .final = 1, .itt = NONE, .ttt = NONE } },
};

void assay_tgt_add_pdus(
	struct assay_target_conn *c, const struct assay_pdu *pdu, enum assay_tgt_beside beside)
{
	struct assay_target *t = c->target;

	if (t->adding)
		return;
	t->adding = true;
	for (size_t i = 0; i < COUNT(additions); i++) {
		const struct addition *a = &additions[i];
		struct assay_pdu more = a->pdu.opcode ? a->pdu : *pdu;

		if (a->beside != beside || !applies(t, a->defect, a->opcode, &a->when, pdu, pdu->opcode))
			continue;
		if (!more.itt)
			more.itt = pdu->itt;
		assay_tgt_send(c, &more, a->numbering);
	}
	t->adding = false;
}
