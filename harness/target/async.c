/* async.c - Asynchronous Messages: a connection that the target gives up is announced on another one of its session. RFC 7143 sections 4.2.6, 7.1.4.3 and 11.9. */
#include "target/machine.h"

#define CONNECTION_DROP 2 /* AsyncEvent */

void assay_tgt_tell_of_drop(struct assay_target_conn *c)
{
	const struct assay_tgt_session *s = c->session;
	struct assay_pdu pdu = { .opcode = ASSAY_ASYNC_MESSAGE,
		.final = 1,
		.itt = ASSAY_TAG_RESERVED,
		.async_event = CONNECTION_DROP,
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
