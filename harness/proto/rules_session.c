/*
 * rules_session.c - what a session allows of its connections together: how many there may be, and what is over for one of them by what was said on another. Connections are
 * parted streams: what passes on one may have been sent before what passed on the other. So a side is only blamed once its own PDUs show that it knew.
 * RFC 7143 sections 6.3.4, 6.3.5, 11.13.5, 11.14 and 13.2.
 */
#include "proto/watch_private.h"

/* Is it the first answer, on this connection, to what was asked since? */
static bool is_served(struct watch_event *e)
{
	struct watch_served *served = &e->c->served;
	const struct assay_pdu *pdu = e->pdu;

	if (e->dir == ASSAY_TO_TARGET) {
		if (!served->asked && pdu->itt != ASSAY_TAG_RESERVED && pdu->opcode != ASSAY_DATA_OUT &&
			pdu->opcode != ASSAY_SNACK_REQUEST) {
			served->asked = true;
			served->itt = pdu->itt;
		}
		return false;
	}
	if (served->is || !served->asked || pdu->itt != served->itt)
		return false;
	served->is = true;
	return true;
}

/* ---- too many connections ---- */

static bool is_open(const struct assay_watch *w, const struct watch_session *s, unsigned i)
{
	const struct watch_connection *c = &w->connection[i];

	return c->used && !c->closed && !c->closing && c->phase == PHASE_FULL &&
	       c->session == watch_session_index(w, s);
}

/* A connection was added, and is there. Whether the target still keeps all the others is not known yet. */
void rules_connection_added(struct watch_event *e)
{
	struct watch_session *s = e->s;
	unsigned count = 0;

	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++)
		count += is_open(e->w, s, i);
	s->crowded = s->params_known && count > s->params.max_connections;
	for (unsigned i = 0; s->crowded && i < WATCH_CONNECTIONS; i++)
		if (is_open(e->w, s, i))
			e->w->connection[i].served = (struct watch_served){ .is = &e->w->connection[i] ==
										  e->c };
}

/* Each PDU of a session that may have too many. */
void rules_crowded(struct watch_event *e)
{
	struct watch_session *s = e->s;
	unsigned count = 0;

	if (!is_served(e))
		return;
	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++)
		count += is_open(e->w, s, i) && e->w->connection[i].served.is;
	if (count <= s->params.max_connections)
		return;
	FOUND(e, CONNECTIONS_MAX, ("%u connections at most, as MaxConnections", s->params.max_connections),
		("requests answered on %u", count));
	s->crowded = false;
}

/* ---- connections that are over ---- */

void rules_over(struct watch_connection *c, enum watch_over why)
{
	c->phase = PHASE_DEAD;
	c->over = (uint8_t)why;
	c->served = (struct watch_served){ false };
}

/* What still passes on such a connection. */
void rules_after_over(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	if (c->over == OVER_REINSTATED) {
		if (!is_served(e))
			return;
		FOUND(e, REINSTATED_SERVED, ("the connection closed: a login has taken its place"),
			("%s to a request behind that", assay_opcode_name(e->pdu->opcode)));
	} else if (e->dir == ASSAY_TO_TARGET) {
		if (!rules_is_new_request(e->pdu))
			return;
		FOUND(e, LOGOUT_LAST_INITIATOR,
			("no request on any connection after the logout of the session"),
			("%s", assay_opcode_name(e->pdu->opcode)));
	} else {
		return;
	}
	c->over = OVER_UNJUDGED;
}
