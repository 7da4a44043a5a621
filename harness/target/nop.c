/* nop.c - NOP-Out and NOP-In: pings both ways, and the window shown when nothing else can. RFC 7143 sections 11.4.11, 11.18 and 11.19. */
#include "target/machine.h"

void assay_tgt_nop_out(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	const struct assay_target *t = c->target;
	struct assay_pdu in = { .opcode = ASSAY_NOP_IN,
		.final = 1,
		.itt = pdu->itt,
		.ttt = ASSAY_TAG_RESERVED,
		.data = pdu->data,
		.data_length = pdu->data_length };

	if (pdu->ttt != ASSAY_TAG_RESERVED) {
		if (pdu->ttt != c->ping_ttt) {
			assay_tgt_reject(c, pdu, ASSAY_TGT_INVALID_FIELD);
			return;
		}
		c->ping_ttt = ASSAY_TAG_RESERVED;
	}
	if (pdu->itt == ASSAY_TAG_RESERVED && !assay_tgt_defective(t, ASSAY_DEFECT_NOP_ANSWERS_ALL)) {
		if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_UNTAGGED_CLOSES))
			assay_tgt_finish(c);
		return;
	}
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_SILENT) ||
		(pdu->itt == 0 && assay_tgt_defective(t, ASSAY_DEFECT_NOP_TAG_ZERO_IS_NONE)) ||
		(assay_tgt_waits_for_data(c->session) &&
			assay_tgt_defective(t, ASSAY_DEFECT_NOP_WAITS_FOR_TASKS)))
		return;
	if (in.data_length > c->initiator_max_recv &&
		!assay_tgt_defective(t, ASSAY_DEFECT_NOP_DATA_UNLIMITED))
		in.data_length = c->initiator_max_recv;
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_DATA_LOST))
		in.data_length = 0;
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_DATA_PADDED))
		in.data_length = (in.data_length + 3) / 4 * 4;
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_DATA_SHORT) && in.data_length > 4096)
		in.data_length = 4096;
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_DATA_INVENTED) && !in.data_length) {
		in.data = pdu->bhs;
		in.data_length = 4;
	}
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_TTT_VALID))
		in.ttt = 1;
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_WRONG_ITT))
		in.itt = pdu->itt + 1;
	if (assay_tgt_defective(t, ASSAY_DEFECT_NOP_FIRST_CONNECTION))
		c = c->session->conns[0];
	assay_tgt_send(c, &in, ASSAY_TGT_NUMBERED);
}

static void send_own(struct assay_target_conn *c, uint32_t ttt)
{
	struct assay_pdu in = { .opcode = ASSAY_NOP_IN, .final = 1, .itt = ASSAY_TAG_RESERVED, .ttt = ttt };

	assay_tgt_send(c, &in, ASSAY_TGT_SHOWN);
}

void assay_tgt_ping(struct assay_target_conn *c)
{
	if (c->ping_ttt != ASSAY_TAG_RESERVED)
		return;
	c->ping_ttt = assay_tgt_new_ttt(c->session);
	send_own(c, c->ping_ttt);
}

void assay_tgt_show_window(struct assay_tgt_session *s)
{
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++) {
		if (!s->conns[i])
			continue;
		send_own(s->conns[i], ASSAY_TAG_RESERVED);
		return;
	}
}
