/* reject.c - what is answered to a PDU that cannot be taken: Reject (RFC 7143 sections 7.3 and 11.17), or the end of the session (section 7.7). */
#include <string.h>

#include "target/machine.h"

void assay_tgt_reject(struct assay_target_conn *c, const struct assay_pdu *pdu, enum assay_tgt_reject reason)
{
	uint8_t header[ASSAY_BHS_LENGTH + ASSAY_AHS_MAX];
	uint32_t length = ASSAY_BHS_LENGTH + pdu->ahs_length;
	struct assay_pdu out = { .opcode = ASSAY_REJECT,
		.final = 1,
		.reason = (uint8_t)reason,
		.itt = ASSAY_TAG_RESERVED,
		.data = header };

	if (assay_tgt_defective(c->target, ASSAY_DEFECT_REJECT_SILENT))
		return;
	/* Section 7.3: the CmdSN of what is rejected does not count as received. */
	if (c->session->delivering == pdu && !assay_tgt_defective(c->target, ASSAY_DEFECT_REJECT_TAKES_CMDSN))
		c->session->exp_cmd_sn = pdu->cmd_sn;
	memcpy(header, pdu->bhs, ASSAY_BHS_LENGTH);
	if (pdu->ahs_length)
		memcpy(header + ASSAY_BHS_LENGTH, pdu->ahs, pdu->ahs_length);
	out.data_length = length < c->initiator_max_recv ? length : c->initiator_max_recv;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_REJECT_NO_HEADER))
		out.data_length = 0;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_REJECT_WRONG_REASON))
		out.reason = 0x0b;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_REJECT_COPIES_ITT))
		out.itt = pdu->itt;
	assay_tgt_send(c, &out, ASSAY_TGT_NUMBERED);
}

void assay_tgt_format_error(struct assay_target_conn *c)
{
	if (!assay_tgt_defective(c->target, ASSAY_DEFECT_FORMAT_ERROR_IGNORED))
		assay_tgt_session_end(c->session, NULL);
}
