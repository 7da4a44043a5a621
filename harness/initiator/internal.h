/* internal.h - what the files of this folder share. Not for other folders. */
#ifndef ASSAY_INITIATOR_INTERNAL_H
#define ASSAY_INITIATOR_INTERNAL_H

#include "initiator/initiator.h"

#define ASSAY_LOGIN_TEXT_MAX                                                                                 \
	8192 /* bytes of a login PDU: MaxRecvDataSegmentLength before it is negotiated, section 13.12 */
#define ASSAY_PARTS_MAX 256 /* PDUs of one text: a peer that continues for ever is stopped here */

/* When a call that begins now has waited enough. */
uint64_t assay_initiator_deadline(struct assay_initiator *i);

/* As assay_recv_any and assay_recv, with a deadline of the caller's. */
int assay_recv_any_until(struct assay_initiator *i, struct assay_pdu *out, uint64_t deadline);
int assay_recv_until(struct assay_initiator *i, struct assay_pdu *out, uint64_t deadline);

/* Words for a PDU that came where another was expected; returns ASSAY_E_REJECT for a Reject, else ASSAY_E_PROTOCOL. */
int assay_unexpected(struct assay_initiator *i, const struct assay_pdu *pdu, const char *expected);

/* True for a send that failed because the peer went away: what it said before may still be read. */
static inline bool assay_peer_left(int rc)
{
	return rc == ASSAY_E_CLOSED || rc == ASSAY_E_RESET;
}

/* A send failed like that: the tap has the target's end of the connection, unless something that it said before is still to be read. */
void assay_find_end(struct assay_initiator *i, int why);

/* An ITT that no other request of this session has. */
uint32_t assay_session_tag(struct assay_session *s);

/* The CmdSN of a SCSI Command sent lately; true with *out set, false when it is not known (or was immediate). */
bool assay_session_cmd_sn_of(const struct assay_session *s, uint32_t itt, uint32_t *out);

/* Adds a part of an answer to login.answer. 0 or ASSAY_E_TOO_LONG. */
int assay_answer_add(struct assay_initiator *i, const struct assay_pdu *part);

#endif
