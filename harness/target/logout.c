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
	const struct assay_target *t = c->target;
	struct assay_tgt_session *s = c->session;

	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_ANSWERS_PENDING))
		for (unsigned n = 0; n < ASSAY_TGT_WINDOW; n++, s->exp_cmd_sn++)
			assay_tgt_deliver_held(s);
	if (pdu->cid && pdu->cid != c->cid &&
		assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_SESSION_CHECKS_CID)) {
		respond(c, pdu, CID_NOT_FOUND);
		return;
	}
	respond(c, pdu, CLOSED);
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_STAYS_OPEN))
		return;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_ENDS_ALL_SESSIONS))
		for (struct assay_tgt_session *other = t->sessions, *next; other; other = next) {
			next = other->next;
			if (other != s)
				assay_tgt_session_end(other, NULL);
		}
	if (!assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_SESSION_LEAVES_CONNECTIONS))
		assay_tgt_session_end(s, c);
	assay_tgt_finish(c);
}

static void close_connection(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_target_conn *named = assay_tgt_session_conn(c->session, pdu->cid);
	const struct assay_target *t = c->target;

	if (assay_tgt_waits_for_data(c->session) &&
		assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_WAITS_FOR_TASKS))
		return;
	if (named && named != c)
		assay_tgt_drop(named);
	respond(c, pdu, named ? CLOSED : CID_NOT_FOUND);
	if (named != c || assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_STAYS_OPEN))
		return;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGOUT_CONNECTION_ENDS_SESSION))
		assay_tgt_session_end(c->session, c);
	assay_tgt_finish(c);
}

void assay_tgt_logout(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	if (c->session->params.discovery && pdu->reason != CLOSE_SESSION) {
		assay_tgt_reject(c, pdu, ASSAY_TGT_PROTOCOL_ERROR);
		return;
	}
	if (!pdu->immediate && assay_tgt_defective(c->target, ASSAY_DEFECT_LOGOUT_MUST_BE_IMMEDIATE)) {
		assay_tgt_reject(c, pdu, ASSAY_TGT_PROTOCOL_ERROR);
		return;
	}
	switch (pdu->reason) {
	case CLOSE_SESSION: close_session(c, pdu); break;
	case CLOSE_CONNECTION: close_connection(c, pdu); break;
	case REMOVE_FOR_RECOVERY: respond(c, pdu, RECOVERY_NOT_SUPPORTED); break;
	default:
		if (assay_tgt_defective(c->target, ASSAY_DEFECT_LOGOUT_REASON_UNCHECKED))
			close_session(c, pdu);
		else
			assay_tgt_reject(c, pdu, ASSAY_TGT_INVALID_FIELD);
		break;
	}
}
