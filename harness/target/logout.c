/* logout.c - Logout: of the session, of this connection, of another one. RFC 7143 sections 4.3, 11.14 and 11.15; no recovery at ErrorRecoveryLevel 0. */
#include "target/machine.h"

enum reason { CLOSE_SESSION = 0, CLOSE_CONNECTION = 1, REMOVE_FOR_RECOVERY = 2 };
enum response { CLOSED = 0, CID_NOT_FOUND = 1, RECOVERY_NOT_SUPPORTED = 2 };

static void respond(struct assay_target_conn *c, const struct assay_pdu *request, enum response response)
{
	const struct assay_params *p = &c->session->params;
	struct assay_pdu pdu = { .opcode = ASSAY_LOGOUT_RESPONSE,
		.final = 1,
		.itt = request->itt,
		.response = (uint8_t)response,
		.time2wait = (uint16_t)p->default_time2wait,
		.time2retain = (uint16_t)p->default_time2retain };

	if (assay_tgt_defective(c->target, ASSAY_DEFECT_LOGOUT_ALWAYS_SUCCEEDS))
		pdu.response = CLOSED;
	if (!assay_tgt_defective(c->target, ASSAY_DEFECT_LOGOUT_SILENT))
		assay_tgt_send(c, &pdu, ASSAY_TGT_NUMBERED);
}

static void close_session(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	respond(c, pdu, CLOSED);
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_LOGOUT_STAYS_OPEN))
		return;
	assay_tgt_session_end(c->session, c);
	assay_tgt_finish(c);
}

static void close_connection(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_target_conn *named = assay_tgt_session_conn(c->session, pdu->cid);

	if (named && named != c)
		assay_tgt_drop(named);
	respond(c, pdu, named ? CLOSED : CID_NOT_FOUND);
	if (named == c && !assay_tgt_defective(c->target, ASSAY_DEFECT_LOGOUT_STAYS_OPEN))
		assay_tgt_finish(c);
}

void assay_tgt_logout(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	if (c->session->params.discovery && pdu->reason != CLOSE_SESSION) {
		assay_tgt_reject(c, pdu, ASSAY_TGT_PROTOCOL_ERROR);
		return;
	}
	switch (pdu->reason) {
	case CLOSE_SESSION: close_session(c, pdu); break;
	case CLOSE_CONNECTION: close_connection(c, pdu); break;
	case REMOVE_FOR_RECOVERY: respond(c, pdu, RECOVERY_NOT_SUPPORTED); break;
	default: assay_tgt_reject(c, pdu, ASSAY_TGT_INVALID_FIELD); break;
	}
}
