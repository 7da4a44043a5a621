/*
 * login.c - the login phase, PDU by PDU: what each Login Request's header must say, text that spans several, stages, and the answer. What the text
 * says is login_text.c's. RFC 7143 sections 4.2.4, 6.3, 11.12 and 11.13.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "target/machine.h"

#define MOVED 0x0101 /* Target Moved Temporarily: said by defects only */

void assay_tgt_login_free(struct assay_tgt_login *l)
{
	if (!l)
		return;
	assay_tgt_buffer_clear(&l->text);
	assay_tgt_buffer_clear(&l->answer);
	free(l);
}

/* The counters of a session that is there already, or what the first command will have. */
static void fill_counters(const struct assay_target_conn *c, struct assay_pdu *pdu)
{
	const struct assay_tgt_login *l = c->login;
	const struct assay_tgt_session *s = NULL;

	if (l->tsih && l->identified)
		s = assay_tgt_session_find(c->target, l, c->portal, true);
	pdu->exp_cmd_sn = s ? s->exp_cmd_sn : l->cmd_sn;
	pdu->max_cmd_sn = s ? assay_tgt_max_cmd_sn(s) : l->cmd_sn + ASSAY_TGT_WINDOW - 1;
	if (l->negotiation.params.discovery &&
		assay_tgt_defective(c->target, ASSAY_DEFECT_DISCOVERY_WINDOW_STUCK))
		pdu->max_cmd_sn = l->cmd_sn;
}

void assay_tgt_login_reject(struct assay_target_conn *c, unsigned status)
{
	static const char elsewhere[] = "TargetAddress=127.0.0.1:3260,1";
	const struct assay_tgt_login *l = c->login;
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_RESPONSE,
		.isid = l->isid,
		.tsih = l->tsih,
		.itt = l->itt,
		.status_class = (uint8_t)(status >> 8),
		.status_detail = (uint8_t)status,
		.data = l->answer.bytes,
		/* AuthMethod=Reject is said besides; what is left of another answer is not. */
		.data_length = status == 0x0201 ? (uint32_t)l->answer.length : 0 };

	assay_tgt_fault_refused(c);
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_REJECT_SILENT)) {
		assay_tgt_drop(c);
		return;
	}
	if (status == MOVED && assay_tgt_defective(c->target, ASSAY_DEFECT_REDIRECT_WITH_TAG)) {
		pdu.data = (const uint8_t *)elsewhere;
		pdu.data_length = sizeof(elsewhere);
	}
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_REJECT_GENERIC))
		pdu.status_detail = 0;
	assay_tgt_send(c, &pdu, ASSAY_TGT_NUMBERED);
	if (!assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_REJECT_STAYS_OPEN))
		assay_tgt_finish(c);
}

/* ---- the header ---- */

/* What a Login Request must keep to by itself. 0 or a status. */
static unsigned check_flags(const struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	if (!pdu->transit && pdu->nsg &&
		assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_NSG_ALWAYS_CHECKED))
		return 0x0200;
	if (pdu->csg > ASSAY_STAGE_OPERATIONAL &&
		!assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_STAGE_UNCHECKED))
		return 0x0200;
	if (!pdu->transit)
		return 0;
	if (pdu->cont && !assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_C_WITH_T_ACCEPTED))
		return 0x0200;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_STAGE_UNCHECKED))
		return 0;
	return pdu->nsg == ASSAY_STAGE_RESERVED || pdu->nsg <= pdu->csg ? 0x0200 : 0;
}

/* What some defects refuse a login for. */
static bool refuses_wrongly(const struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	const struct assay_target *t = c->target;

	if (assay_tgt_defective(t, ASSAY_DEFECT_CID_FFFF_REFUSED) && pdu->cid == 0xffff)
		return true;
	if (assay_tgt_defective(t, ASSAY_DEFECT_ISID_OUI_ONLY) && pdu->isid >> 46)
		return true;
	if (assay_tgt_defective(t, ASSAY_DEFECT_VERSION_MAX_CHECKED) && pdu->version_max)
		return true;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_RESERVED_CHECKED) && assay_get_be16(pdu->bhs + 22))
		return true;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_ONE_AT_A_TIME))
		for (const struct assay_target_conn *other = t->conns; other; other = other->next)
			if (other != c && other->login && other->login->started)
				return true;
	return false;
}

static unsigned first_request(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_login *l = c->login;

	l->started = true;
	l->isid = pdu->isid;
	l->tsih = pdu->tsih;
	l->cid = pdu->cid;
	l->itt = pdu->itt;
	l->cmd_sn = pdu->cmd_sn;
	l->stage = pdu->csg;
	if (pdu->version_min > 0 && !assay_tgt_defective(c->target, ASSAY_DEFECT_VERSION_UNCHECKED))
		return 0x0205;
	if (refuses_wrongly(c, pdu))
		return 0x0200;
	return check_flags(c, pdu);
}

static unsigned further_request(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_login *l = c->login;

	if (pdu->itt != l->itt || pdu->isid != l->isid || pdu->tsih != l->tsih || pdu->cid != l->cid)
		return 0x0200;
	if (++l->requests > 3 && assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_LIMIT_FOUR))
		return 0x0200;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_STAGE_JUMP))
		l->stage = pdu->csg;
	if (pdu->csg != l->stage && !assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_STAGE_UNCHECKED))
		return 0x0200;
	return check_flags(c, pdu);
}

/* ---- the answer ---- */

/* What some defects make of a response's header. */
static void spoil(const struct assay_target_conn *c, const struct assay_pdu *request, struct assay_pdu *pdu)
{
	const struct assay_target *t = c->target;

	if (assay_tgt_defective(t, ASSAY_DEFECT_TSIH_ZERO))
		pdu->tsih = 0;
	if (assay_tgt_defective(t, ASSAY_DEFECT_TSIH_EARLY) && !pdu->tsih)
		pdu->tsih = 0x1111;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_ISID_CHANGED))
		pdu->isid ^= 1;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_ITT_CHANGED))
		pdu->itt ^= 1;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_CSG_CHANGED))
		pdu->csg ^= 1;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_NSG_STAYS) && pdu->transit)
		pdu->nsg = pdu->csg;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_NSG_EXCEEDED) && pdu->transit)
		pdu->nsg = ASSAY_STAGE_FULL_FEATURE;
	if (assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_TRANSIT_UNASKED) && !request->transit)
		pdu->transit = 1;
	if (assay_tgt_defective(t, ASSAY_DEFECT_VERSION_CHANGES) && pdu->transit)
		pdu->version_max = 1;
	if (request->tsih && assay_tgt_defective(t, ASSAY_DEFECT_LOGIN_TSIH_NOT_ECHOED))
		pdu->tsih++;
	if (assay_tgt_defective(t, ASSAY_DEFECT_VERSION_ECHOED))
		pdu->version_active = request->version_max;
}

static void respond(struct assay_target_conn *c, const struct assay_pdu *request, bool transit,
	const uint8_t *text, size_t length, bool cont)
{
	const struct assay_tgt_login *l = c->login;
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_RESPONSE,
		.transit = transit,
		.cont = cont,
		.csg = request->csg,
		.nsg = transit ? request->nsg : 0,
		.isid = l->isid,
		.tsih = c->session ? c->session->tsih : l->tsih,
		.itt = l->itt,
		.data = text,
		.data_length = (uint32_t)length };

	fill_counters(c, &pdu);
	spoil(c, request, &pdu);
	assay_tgt_send(c, &pdu, ASSAY_TGT_NUMBERED);
}

/* The connection joins its session. 0 or a status. */
static unsigned enter(struct assay_target_conn *c)
{
	struct assay_tgt_login *l = c->login;
	struct assay_params *p = &l->negotiation.params;

	if (assay_negotiation_finish(&l->negotiation, NULL) < 0)
		return 0x0200;
	if (l->node && l->node->header_digest_required && !p->header_digest && !p->discovery)
		return 0x0200;
	c->cid = l->cid;
	c->initiator_max_recv = p->initiator_max_recv;
	c->target_max_recv = p->target_max_recv;
	if (!assay_tgt_conn_grow(c))
		return 0x0302;
	return assay_tgt_session_enter(c);
}

/* The final response is on its way: from the next PDU on the negotiated digests are there. */
static void become_full(struct assay_target_conn *c)
{
	const struct assay_params *p = &c->login->negotiation.params;

	c->digests = (p->header_digest ? ASSAY_HEADER_DIGEST : 0u) |
		     (p->data_digest ? ASSAY_DATA_DIGEST : 0u);
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_DIGEST_NONE_UNOFFERED))
		c->digests = 0; /* as it said */
	c->in.digests = c->digests;
	c->deadline = UINT64_MAX;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_STATSN_RESTARTS_AFTER_LOGIN))
		c->stat_sn = 1;
	assay_tgt_login_free(c->login);
	c->login = NULL;
}

static bool stage_done(const struct assay_target_conn *c)
{
	const struct assay_tgt_login *l = c->login;

	if (assay_negotiation_pending(&l->negotiation))
		return false;
	if (l->stage != ASSAY_STAGE_SECURITY || !l->node || !l->node->in_name)
		return true;
	return l->authenticated || assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_SKIPPABLE);
}

static bool is_moved(const struct assay_target *t)
{
	return assay_tgt_defective(t, ASSAY_DEFECT_REDIRECT_WITHOUT_ADDRESS) ||
	       assay_tgt_defective(t, ASSAY_DEFECT_REDIRECT_WITH_TAG);
}

/* Sends the next part of the answer, and with the last one leaves the stage if that was asked for. */
static void answer(struct assay_target_conn *c, const struct assay_pdu *request)
{
	struct assay_tgt_login *l = c->login;
	size_t left = l->answer.length - l->answered;
	size_t part = left < ASSAY_TGT_LOGIN_SEGMENT ? left : ASSAY_TGT_LOGIN_SEGMENT;
	const uint8_t *text = l->answer.bytes ? l->answer.bytes + l->answered : NULL;
	bool transit = request->transit && part == left && stage_done(c);
	bool full = transit && request->nsg == ASSAY_STAGE_FULL_FEATURE;
	unsigned status = is_moved(c->target) ? MOVED : full ? enter(c) : 0;

	if (status) {
		assay_tgt_login_reject(c, status);
		return;
	}
	if (full && assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_DIGEST))
		c->digests = l->negotiation.params.header_digest ? ASSAY_HEADER_DIGEST : 0u;
	respond(c, request, transit, text, part, part < left);
	l->answered += part;
	if (part == left) {
		l->answered = 0;
		assay_tgt_buffer_clear(&l->answer);
	}
	if (transit)
		l->stage = request->nsg;
	if (full)
		become_full(c);
}

/* A whole text is there. */
static unsigned take_text(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_login *l = c->login;
	struct assay_text made;
	char *room = malloc(ASSAY_TGT_ANSWER_MAX);
	unsigned status = 0x0302;

	assay_tgt_fault_login(c, pdu);
	if (room) {
		assay_text_init(&made, room, ASSAY_TGT_ANSWER_MAX);
		status = assay_tgt_login_text(c, &made, pdu->transit);
		/* A refused AuthMethod is said in words too (section 6.3.2). */
		if ((!status || status == 0x0201) &&
			!assay_tgt_buffer_add(&l->answer, made.buf, made.length, ASSAY_TGT_ANSWER_MAX))
			status = 0x0302;
	}
	free(room);
	assay_tgt_buffer_clear(&l->text);
	return status;
}

/* ---- */

static bool continues(const struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	if (pdu->transit && assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_C_WITH_T_ACCEPTED))
		return false;
	return pdu->cont && !assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_C_IGNORED);
}

static size_t text_max(const struct assay_target_conn *c)
{
	return assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_TEXT_2K) ? 2048 : ASSAY_TGT_TEXT_MAX;
}

static unsigned request_text(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_login *l = c->login;

	if (l->answer.length) /* the rest of our answer is asked for, and nothing else may be said */
		return pdu->data_length || pdu->cont ? 0x0200 : 0;
	if (!assay_tgt_buffer_add(&l->text, pdu->data, pdu->data_length, text_max(c)))
		return 0x0200;
	return continues(c, pdu) ? 0 : take_text(c, pdu);
}

void assay_tgt_login_pdu(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	static const uint8_t alias[] = "TargetAlias=disk";
	const bool early = assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_CONTINUE_ANSWERED);
	struct assay_tgt_login *l = c->login;
	unsigned status;

	if (!l->started && pdu->opcode == ASSAY_NOP_OUT &&
		assay_tgt_defective(c->target, ASSAY_DEFECT_FIRST_PDU_TAKEN)) {
		struct assay_pdu in = {
			.opcode = ASSAY_NOP_IN, .final = 1, .itt = pdu->itt, .ttt = ASSAY_TAG_RESERVED
		};

		assay_tgt_send(c, &in, ASSAY_TGT_NUMBERED);
		return;
	}
	if (pdu->opcode != ASSAY_LOGIN_REQUEST) {
		if ((!l->started && !assay_tgt_defective(c->target, ASSAY_DEFECT_FIRST_PDU_ANSWERED)) ||
			assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_NO_020B))
			assay_tgt_drop(c);
		else
			assay_tgt_login_reject(c, 0x020b);
		return;
	}
	status = l->started ? further_request(c, pdu) : first_request(c, pdu);
	if (!status)
		status = request_text(c, pdu);
	if (status)
		assay_tgt_login_reject(c, status);
	else if (continues(c, pdu))
		respond(c, pdu, false, alias, early ? sizeof(alias) : 0, false);
	else
		answer(c, pdu);
}
