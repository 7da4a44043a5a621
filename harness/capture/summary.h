/*
 * summary.h - what was in a capture, beside findings: connections with their names and keys, PDUs by type, requests by kind with the time to their answer. Fed with the events of a timeline;
 * its memory is fixed, so of very many connections only the first ones are listed, and all are counted.
 */
#ifndef ASSAY_CAPTURE_SUMMARY_H
#define ASSAY_CAPTURE_SUMMARY_H

#include "capture/timeline.h"

#define ASSAY_SUMMARY_CONNECTIONS 64 /* listed */
#define ASSAY_SUMMARY_BUCKETS     32 /* bucket n: from 2^(n-1) to 2^n microseconds, bucket 0 less than one */

/* Requests of one kind: a SCSI operation code, or a type of PDU. */
struct assay_summary_row {
	uint64_t count; /* requests */
	uint64_t answered; /* those whose answer was seen */
	uint64_t failed; /* answered otherwise than GOOD, or its like */
	uint64_t least, most, sum; /* nanoseconds to the answer */
	uint64_t bucket[ASSAY_SUMMARY_BUCKETS];
};

/* Rows: operation codes 0 to 255, then these. */
enum assay_summary_kind {
	ASSAY_SUMMARY_LOGIN = 256,
	ASSAY_SUMMARY_TEXT,
	ASSAY_SUMMARY_NOP_OUT,
	ASSAY_SUMMARY_TASK_MANAGEMENT,
	ASSAY_SUMMARY_LOGOUT,
	ASSAY_SUMMARY_ROWS
};

struct assay_summary_connection {
	uint64_t number;
	struct assay_endpoint initiator, target;
	bool mid_stream, judged, closed;
	enum assay_flow_end how; /* where closed */
	enum assay_role by;
	uint64_t isid; /* of the last Login Request */
	uint16_t tsih, cid; /* of the final Login Response */
	bool full; /* a login succeeded */
	uint16_t login_status; /* of the last Login Response: class and detail */
	bool login_seen;
	bool params_known;
	struct assay_params params;
	uint64_t pdus[2], data_bytes[2]; /* by enum assay_dir */
	uint64_t lost_bytes, skipped_bytes, findings, warnings, conflicts;
	uint64_t first_frame, last_frame, first_time, last_time;
	char comment[ASSAY_TIMELINE_COMMENT]; /* of its first packet; empty: none */
};

struct assay_summary {
	uint64_t pdus[64]; /* by opcode */
	uint64_t data_bytes[2]; /* data segments, by enum assay_dir */
	uint64_t unmeasured; /* requests forgotten before their answer: too many at a time */
	struct assay_summary_row row[ASSAY_SUMMARY_ROWS];
	size_t connection_count; /* listed */
	struct assay_summary_connection connection[ASSAY_SUMMARY_CONNECTIONS];
	struct assay_summary_tasks *tasks; /* its own */
};

/* NULL: out of memory. */
struct assay_summary *assay_summary_new(void);
void assay_summary_free(struct assay_summary *s);

void assay_summary_open(struct assay_summary *s, const struct assay_timeline_connection *c);
void assay_summary_pdu(struct assay_summary *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_pdu *p);
void assay_summary_finding(
	struct assay_summary *s, const struct assay_timeline_connection *c, const struct assay_finding *f);
void assay_summary_loss(struct assay_summary *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_loss *l);
void assay_summary_conflict(struct assay_summary *s, const struct assay_timeline_connection *c);
void assay_summary_close(struct assay_summary *s, const struct assay_timeline_connection *c,
	enum assay_flow_end how, enum assay_role by, uint64_t frame, uint64_t time);

/* "READ(10)", "Login". Never NULL. */
const char *assay_summary_row_name(unsigned row);

#endif
