/*
 * witness_held.h - the last PDUs of one watched connection, and its capture once there was a finding. Private to the witness.
 */
#ifndef ASSAY_RUNNER_WITNESS_HELD_H
#define ASSAY_RUNNER_WITNESS_HELD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "codec/pdu.h"
#include "proto/role.h"

/* A PDU as it was on the wire. */
struct assay_held_pdu {
	struct assay_held_pdu *next;
	uint64_t number, time; /* time: nanoseconds since 1970 */
	uint32_t length;
	uint8_t dir, digests;
	uint8_t bytes[];
};

struct assay_held {
	struct assay_held_pdu *first, *last;
	struct assay_held_pdu
		*login_end; /* the last one of the start, which is never forgotten; NULL: none yet */
	size_t bytes, start_bytes; /* of all; of the start */
	uint64_t forgotten;
	uint64_t opened; /* nanoseconds since 1970 */
	struct assay_pcapng *capture; /* NULL: no finding yet, or no more is written */
	FILE *file;
	size_t written; /* bytes of PDUs in the capture */
};

/* comment: words for this PDU's packet, NULL: none. Negative when the capture cannot be written. */
int assay_held_add(struct assay_held *h, const struct assay_pdu *pdu, enum assay_dir dir, uint64_t number,
	uint64_t time, const char *comment);
/* Begins the capture, with all that is held. Negative when it cannot be written. */
int assay_held_capture(struct assay_held *h, const char *path, const char *comment);
/* A PDU that is held; NULL: it is not. */
const struct assay_held_pdu *assay_held_find(const struct assay_held *h, uint64_t number);
/* Ends the capture, if there is one, and forgets all. by: who closed. */
int assay_held_end(struct assay_held *h, enum assay_role by, uint64_t time);

#endif
