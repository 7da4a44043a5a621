/*
 * peer.h - the other end in the machine's own tests: says any PDU and takes what comes back, with no socket and no clock. It shares nothing with the
 * project's initiator, and judges nothing: the tests do.
 */
#ifndef ASSAY_TARGET_TEST_PEER_H
#define ASSAY_TARGET_TEST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/pdu.h"
#include "target/target.h"

#define PEER_NAME   "iqn.2026-01.net.iscsi-assay:peer"
#define PEER_BUFFER (4u << 20)

struct peer {
	struct assay_target *t;
	struct assay_target_conn *c;
	uint64_t now; /* nanoseconds */
	uint64_t isid;
	uint16_t tsih;
	uint16_t cid;
	uint32_t itt; /* of the last request of ours */
	uint32_t cmd_sn; /* of the next command */
	uint32_t stat_sn; /* the last that came */
	unsigned digests;
	size_t step; /* bytes that are handed over at once; 0: all */
	uint8_t *bytes; /* what came and was not taken yet */
	size_t start, end;
	uint8_t *record; /* NULL, or room for PEER_BUFFER bytes: what was sent */
	size_t recorded;
};

/* A target with the defaults, repeatable. */
struct assay_target *peer_target(void);
/* A fresh connection on a portal. */
void peer_open(struct peer *p, struct assay_target *t, unsigned portal);
void peer_close(struct peer *p);

void peer_bytes(struct peer *p, const void *bytes, size_t length);
/* Encodes and sends; CmdSN and tags as the PDU has them. */
void peer_send(struct peer *p, struct assay_pdu *pdu);
/* The next PDU of the target: true, with *out valid until the next call. */
bool peer_take(struct peer *p, struct assay_pdu *out);
/* Takes one PDU and says whether it has that opcode. */
bool peer_expect(struct peer *p, struct assay_pdu *out, uint8_t opcode);
/* Nothing is left to take and the target wants to close. */
bool peer_over(struct peer *p);
/* Nothing is left to take and the target does not want to close. */
bool peer_silent(struct peer *p);

/* One Login Request with text made of "key=value" pairs ended by '\n'. */
void peer_login_request(struct peer *p, unsigned csg, int nsg, const char *text);
/* The same and its answer: 0xCCDD of the status, or 0x10000 when none came. */
unsigned peer_login_status(struct peer *p, unsigned csg, int nsg, const char *text);
/* A whole login in one request, with more keys; true when in the full feature phase. */
bool peer_login(struct peer *p, const char *target, const char *more);
bool peer_discovery(struct peer *p);

/* Requests of the full feature phase: the next tag and CmdSN, filled in. */
struct assay_pdu peer_request(struct peer *p, uint8_t opcode);
struct assay_pdu peer_read(struct peer *p, uint64_t lun, uint32_t lba, uint32_t blocks);
struct assay_pdu peer_write(struct peer *p, uint64_t lun, uint32_t lba, uint32_t blocks);
/* TEST UNIT READY until the unit attentions are gone. */
void peer_clear_attentions(struct peer *p, uint64_t lun);
/* A ping is answered: everything before it was taken in. */
bool peer_alive(struct peer *p);

#endif
