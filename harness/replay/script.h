/*
 * script.h - a capture as what is to be played: its PDUs, ends and gaps in their order, and which of them belong together. Fed with the events of a timeline; no file, no clock, nothing is judged.
 * All bytes are copied, within a limit: from where it is reached on the capture is not played, and that is known. RFC 7143 sections 4.2 (tags), 11.4, 11.7, 11.8 (data of a task).
 */
#ifndef ASSAY_REPLAY_SCRIPT_H
#define ASSAY_REPLAY_SCRIPT_H

#include "capture/timeline.h"

#define ASSAY_SCRIPT_NONE   UINT32_MAX /* no such item, task, session */
#define ASSAY_SCRIPT_CLAIMS 64 /* failed claims that are held; those behind are not */

enum assay_script_kind {
	ASSAY_SCRIPT_OPEN, /* a connection; the initiator opened it */
	ASSAY_SCRIPT_PDU,
	ASSAY_SCRIPT_CLOSE, /* dir: who did first; ASSAY_TO_TARGET: the initiator */
	ASSAY_SCRIPT_RESET, /* the same */
	ASSAY_SCRIPT_GAP, /* bytes of dir are not there */
	ASSAY_SCRIPT_PART, /* bytes that are of no whole PDU: the last ones of their side's stream, as many of them as one packet had */
	ASSAY_SCRIPT_FIN, /* dir: whose; it has closed, before the other side has, and something else came before that did, too */
};

struct assay_script_item {
	uint8_t kind; /* enum assay_script_kind */
	uint8_t dir; /* enum assay_dir */
	bool cut; /* a PDU of which only the header is there */
	bool end_known; /* CLOSE, RESET: the capture has it; else the connection was open when the capture ended */
	uint32_t connection; /* index */
	uint32_t task; /* index: a request, and what answers it or belongs to it; ASSAY_SCRIPT_NONE */
	uint32_t
		next; /* item: the next write data, or R2T, or Data-In, of the task, or Asynchronous Message of the connection, or the next part of such a stream; ASSAY_SCRIPT_NONE */
	uint64_t number; /* of the PDU, as `check` tells it; of others: that of the last PDU before */
	uint64_t mark; /* OPEN, PDU: the #N that its comment begins with, as failures name it; 0: none */
	uint64_t frame; /* with its last byte */
	uint64_t time; /* nanoseconds since 1970 */
	/* PDU: its segments, bhs and wire are the script's. PART: wire and wire_length are its bytes, NULL where there are none to send, as those were the beginning of a PDU that became whole; of the first
	 * part bhs (NULL: not all of it is there) and all that the header says, also where that comes with later parts, which lie right behind it */
	struct assay_pdu pdu;
};

/* A request, from an initiator: every PDU of one but Data-Out and SNACK, and a NOP-Out that answers a ping; and the first part of what never became one, where that was answered: its answer's own task is not set. */
struct assay_script_task {
	uint32_t session, connection;
	uint32_t request; /* item */
	uint32_t
		before; /* task: with the same tag, and without an answer when this one began; ASSAY_SCRIPT_NONE */
	uint32_t
		answer; /* item: the PDU that ended it (for a SCSI command the status); ASSAY_SCRIPT_NONE while nothing did */
	uint32_t first_data,
		last_data; /* items with write data: the command itself, then Data-Outs in their order */
	uint64_t data_end; /* bytes: the highest offset that any of them reaches */
	uint32_t first_r2t, last_r2t; /* items */
	uint32_t first_read, last_read; /* items: Data-Ins */
};

struct assay_script_connection {
	uint64_t number; /* the timeline's */
	struct assay_endpoint initiator, target;
	bool mid_stream, judged;
	uint32_t
		session; /* index; each connection has one from its start on, which its login may change to an older one */
	uint32_t opened, ended; /* items; ended: ASSAY_SCRIPT_NONE while it is open */
	uint32_t last_answer; /* item: the last PDU of the target; ASSAY_SCRIPT_NONE */
	uint32_t first_event, last_event; /* items: Asynchronous Messages */
	uint16_t cid; /* of its first Login Request */
	bool login_seen;
	uint64_t gaps; /* bytes that are not there or were passed over, both sides */
};

struct assay_script_session {
	uint64_t isid; /* of the leading login */
	uint16_t tsih; /* of the last Login Response of its leading connection; 0: none ended well */
	uint32_t leading; /* connection */
};

/* A claim of the test that left the capture (capture/verdict.h). */
struct assay_script_claim {
	struct assay_claim claim;
	uint32_t item; /* at which it is told */
};

struct assay_script {
	struct assay_script_item *items;
	struct assay_script_connection *connections;
	struct assay_script_task *tasks;
	struct assay_script_session *sessions;
	uint32_t item_count, connection_count, task_count, session_count;
	struct assay_script_claim claims[ASSAY_SCRIPT_CLAIMS];
	uint32_t claim_count;
	uint64_t pdus[2]; /* by enum assay_dir */
	uint64_t parts; /* connections whose initiator's stream ends within a PDU */
	bool full; /* the limit was reached, or memory was: what came later is not here */
	uint64_t left_out; /* PDUs of those */
	struct assay_script_private *private;
};

/* limit: bytes of everything that is kept. NULL: out of memory. */
struct assay_script *assay_script_new(size_t limit);
void assay_script_free(struct assay_script *s);

/* The events of a timeline; of each, number, frame, time and the bytes are taken over. */
void assay_script_open(struct assay_script *s, const struct assay_timeline_connection *c);
void assay_script_pdu(struct assay_script *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_pdu *p);
void assay_script_stand(struct assay_script *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_stand *stand);
void assay_script_loss(struct assay_script *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_loss *l);
void assay_script_close(struct assay_script *s, const struct assay_timeline_connection *c,
	enum assay_flow_end how, enum assay_role by, uint64_t frame, uint64_t time);

/*
 * The bytes [offset, offset + length) of what a task wrote in the capture, out of immediate, unsolicited and solicited data in the order in which they were sent; the last ones count.
 * Returns how many of the bytes are there, from offset on without a hole: fewer than length where the capture has no more.
 */
uint32_t assay_script_write_data(uint8_t *out, const struct assay_script *s,
	const struct assay_script_task *task, uint32_t offset, uint32_t length);

/* The same of what it read, from the start of its buffer. */
uint32_t assay_script_read_data(
	uint8_t *out, const struct assay_script *s, const struct assay_script_task *task, uint32_t length);

#endif
