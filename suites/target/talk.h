/* talk.h - the steps of a text exchange in the full feature phase, one PDU at a time, as its tests take them. */
#ifndef ASSAY_SUITES_TARGET_TALK_H
#define ASSAY_SUITES_TARGET_TALK_H

#include "suites/target/common.h"

/* A string literal with its NUL, as text. */
#define TEXT(literal) (literal), sizeof(literal)

/* i, when the target takes text at all. One that takes no Text Request in a normal session fails text.unknown-key; the other tests have nothing to
 * judge there and end as skipped. */
struct assay_initiator *assay_talker(struct assay_t *t, struct assay_initiator *i);

/* A first Text Request: final, without text. Immediate ones are for tests that expect a Reject: no CmdSN is lost with them. */
struct assay_pdu assay_talk_first(struct assay_initiator *i, bool immediate);
/* Sends the request with that text. */
void assay_say(
	struct assay_t *t, struct assay_initiator *i, struct assay_pdu *pdu, const char *text, size_t length);
/* The same, and takes the response; the request is then ready to go on where the response stopped. */
struct assay_pdu assay_talk(
	struct assay_t *t, struct assay_initiator *i, struct assay_pdu *pdu, const char *text, size_t length);
/* EXPECTs that the response gives the key that value. */
void assay_expect_value(
	struct assay_t *t, const struct assay_pdu *response, const char *key, const char *value);

#endif
