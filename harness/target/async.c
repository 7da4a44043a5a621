/* async.c - Asynchronous Messages: a connection that the target gives up is announced on another one of its session; and what an administrator has announced. RFC 7143 sections 4.2.6, 7.1.4.3 and 11.9. */
#include <string.h>

#include "codec/lun.h"
#include "target/machine.h"

#define SECOND UINT64_C(1000000000)

void assay_tgt_tell_of_drop(struct assay_target_conn *c)
{
	const struct assay_tgt_session *s = c->session;
	struct assay_pdu pdu = { .opcode = ASSAY_ASYNC_MESSAGE,
		.final = 1,
		.itt = ASSAY_TAG_RESERVED,
		.async_event = ASSAY_ASYNC_CONNECTION_DROP,
		.parameter1 = c->cid };

	if (!s)
		return;
	pdu.parameter2 = (uint16_t)s->params.default_time2wait;
	pdu.parameter3 = (uint16_t)s->params.default_time2retain;
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++) {
		if (!s->conns[i] || s->conns[i] == c)
			continue;
		assay_tgt_send(s->conns[i], &pdu, ASSAY_TGT_NUMBERED);
		return;
	}
}

/* ---- what an administrator announces ---- */

/* UNIT ATTENTION, REPORTED LUNS DATA HAS CHANGED, behind its length: section 11.9.4. */
static const uint8_t luns_changed[] = { 0, 18, 0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x3f, 0x0e, 0, 0, 0,
	0 };

static void announce(struct assay_target_conn *c, uint8_t event, unsigned argument)
{
	const struct assay_params *p = &c->session->params;
	struct assay_pdu pdu = {
		.opcode = ASSAY_ASYNC_MESSAGE, .final = 1, .itt = ASSAY_TAG_RESERVED, .async_event = event
	};

	switch (event) {
	case ASSAY_ASYNC_SCSI_EVENT:
		pdu.lun = assay_lun_from_number(argument);
		pdu.data = luns_changed;
		pdu.data_length = sizeof(luns_changed);
		break;
	case ASSAY_ASYNC_LOGOUT_REQUEST:
	case ASSAY_ASYNC_NEGOTIATION_REQUEST: pdu.parameter3 = (uint16_t)argument; break;
	case ASSAY_ASYNC_CONNECTION_DROP:
	case ASSAY_ASYNC_SESSION_DROP:
		pdu.parameter1 = event == ASSAY_ASYNC_CONNECTION_DROP ? c->cid : 0;
		pdu.parameter2 = (uint16_t)p->default_time2wait;
		pdu.parameter3 = (uint16_t)p->default_time2retain;
		break;
	default: pdu.async_vcode = (uint8_t)argument; break;
	}
	assay_tgt_send(c, &pdu, ASSAY_TGT_NUMBERED);
	if (event == ASSAY_ASYNC_LOGOUT_REQUEST) /* who does not log out in time is dropped: section 11.9.1 */
		c->deadline = c->target->now + argument * SECOND;
}

/* The first connection that is told, and with ASSAY_ASYNC_SESSION_DROP all others of its session. The session goes with its last one. */
static void drop_announced(struct assay_target_conn *first, uint8_t event)
{
	struct assay_target_conn *going[ASSAY_TGT_CONNECTIONS_MAX];

	memcpy(going, first->session->conns, sizeof(going));
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++)
		if (going[i] && (event == ASSAY_ASYNC_SESSION_DROP || going[i] == first))
			assay_tgt_finish(going[i]);
}

int assay_target_announce(struct assay_target *t, uint8_t event, unsigned argument)
{
	int told = 0;

	if (event > ASSAY_ASYNC_NEGOTIATION_REQUEST && event < ASSAY_ASYNC_VENDOR)
		return ASSAY_E_INVAL;
	for (struct assay_tgt_session *s = t->sessions, *next; s; s = next) {
		struct assay_target_conn *c = NULL;

		next = s->next;
		for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX && !c; i++)
			c = s->conns[i] && !s->conns[i]->closing ? s->conns[i] : NULL;
		if (!c || !s->nexus) /* discovery: only answers go there */
			continue;
		announce(c, event, argument);
		assay_tgt_mark_dirty(c);
		told++;
		if (event == ASSAY_ASYNC_CONNECTION_DROP || event == ASSAY_ASYNC_SESSION_DROP)
			drop_announced(c, event);
	}
	return told;
}
