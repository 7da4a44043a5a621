/*
 * timeline.h - the PDUs of a capture in their order, and what the rules say of them. Segments in, events out: it finds the flows that are iSCSI by what they carry, cuts them into PDUs,
 * takes them up again behind a gap, and gives both sides of each to the rule engine. No file, no clock. Memory is bounded: see reassembly.h, and ASSAY_TIMELINE_BUFFERS.
 */
#ifndef ASSAY_CAPTURE_TIMELINE_H
#define ASSAY_CAPTURE_TIMELINE_H

#include "capture/reassembly.h"
#include "capture/verdict.h"
#include "proto/rules.h"

#define ASSAY_TIMELINE_BUFFERS                                                                               \
	(64u << 20) /* bytes of all PDUs that are not whole yet; longer ones are told by their header only */
#define ASSAY_TIMELINE_COMMENT                                                                               \
	ASSAY_CLAIM_LINE /* bytes of a packet's comment, with its end; a longer one is cut */
#define ASSAY_TIMELINE_NOTES                                                                                 \
	2048 /* comments that are held; that of a packet whose bytes waited for longer than that is gone */

/* A connection that carries iSCSI. */
struct assay_timeline_connection {
	uint64_t number; /* 1, 2, 3 … */
	const struct assay_endpoint *initiator, *target;
	bool mid_stream; /* its start is not in the capture */
	bool judged; /* false: more connections at a time than the rule engine follows */
	uint64_t frame, time; /* of its first packet */
	const struct assay_params *params; /* what was negotiated so far; NULL: not known */
	uint32_t slot; /* below ASSAY_FLOWS_MAX; free again after its end */
	const char *comment; /* of its first packet, in a pcapng; NULL: none */
};

struct assay_timeline_pdu {
	uint64_t number; /* 1, 2, 3 … over all connections */
	uint64_t first_frame, frame; /* the packets with its first and its last byte */
	uint64_t time; /* of that last one, nanoseconds since 1970 */
	enum assay_dir dir;
	bool cut; /* bytes of its data are missing: only the header is there, and it was not judged */
	const struct assay_pdu *pdu;
	const char *
		comment; /* of the packet with its first byte, else of that with its last, in a pcapng; NULL: none. Any bytes but 0; valid during the call */
};

struct assay_timeline_loss {
	uint64_t bytes; /* of the stream that are not in the capture, or that lie before the next PDU */
	bool skipped; /* they were there, but where a PDU begins could not be told */
	uint64_t frame, time;
	enum assay_dir dir;
	const uint8_t *
		rest; /* where skipped: the bytes, when they are the last of a stream of which nothing is missing, and begin a PDU that never became whole; else NULL */
	unsigned digests; /* of such a PDU */
};

/* Where one side's stream stands; only of streams of which nothing is missing. */
struct assay_timeline_stand {
	enum assay_dir dir;
	size_t held; /* bytes of a PDU that is not whole yet */
	bool end; /* it ends there, by a FIN; the other side's may go on */
	uint64_t frame, time;
};

/* What became of bytes of one side's stream. */
enum assay_timeline_fate {
	ASSAY_TIMELINE_WHOLE, /* a whole PDU; so too one that came too late to be judged */
	ASSAY_TIMELINE_PART, /* the beginning of a PDU whose data is not all there; its header is */
	ASSAY_TIMELINE_SKIPPED, /* no PDU that could be told, or data of one of which the beginning was told already */
	ASSAY_TIMELINE_LOST, /* they are not in the capture */
};
struct assay_timeline_stretch {
	const struct assay_endpoint *from, *to;
	uint32_t slot; /* of the connection, which need not be iSCSI */
	unsigned side; /* 0 or 1: of its ends */
	int dir; /* enum assay_dir; -1: not known, it is not told to be iSCSI */
	uint32_t seq; /* sequence number of the first byte */
	enum assay_timeline_fate fate;
	const uint8_t *bytes; /* NULL: they are not kept, or not there */
	uint64_t length;
	const struct assay_pdu *pdu; /* where WHOLE */
};

/* Valid during the call. at: the PDU that it is about, its pdu NULL where that was an earlier one. */
typedef void assay_timeline_finding_fn(void *payload, const struct assay_timeline_connection *connection,
	const struct assay_finding *finding, const struct assay_timeline_pdu *at);

/* Each may be NULL. */
struct assay_timeline_events {
	void (*open)(void *payload, const struct assay_timeline_connection *c);
	void (*pdu)(
		void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p);
	assay_timeline_finding_fn *finding; /* after the PDU's own event */
	void (*loss)(void *payload, const struct assay_timeline_connection *c,
		const struct assay_timeline_loss *l);
	/* A packet ended within a PDU, or a side has closed. */
	void (*stand)(void *payload, const struct assay_timeline_connection *c,
		const struct assay_timeline_stand *s);
	void (*conflict)(
		void *payload, const struct assay_timeline_connection *c, enum assay_dir dir, uint64_t frame);
	void (*close)(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
		enum assay_role by, uint64_t frame, uint64_t time);
	/* Every byte of every connection once, in the order of its side, until nobody wants the connection any more: then over, once or more. */
	void (*stretch)(void *payload, const struct assay_timeline_stretch *s);
	void (*over)(void *payload, uint32_t slot, const struct assay_endpoint end[2]);
	/* Nobody but the rules and listings looks into data: of what the rules do not look at (assay_rules_read_data), only the first ASSAY_LISTING_DATA bytes and the padding need be there, in the place where all
	 * would be. Not with stretch. */
	bool no_data;
};

struct assay_timeline_counts {
	uint64_t pdus[2]; /* by enum assay_dir; cut ones are among them */
	uint64_t cut_pdus, too_long; /* too_long: cut because there was no room */
	uint64_t lost_bytes, skipped_bytes; /* of iSCSI connections */
	uint64_t connections, unjudged, other_flows;
	uint64_t
		untold_flows; /* of the other flows: what they carry could not be told, as bytes are missing */
	uint64_t findings;
};

struct assay_timeline;

/* limits: of the reassembly; may be NULL. NULL: out of memory. */
struct assay_timeline *assay_timeline_new(const struct assay_reassembly_limits *limits,
	const struct assay_timeline_events *events, void *payload);
void assay_timeline_free(struct assay_timeline *t);
/* As new, with the memory that it has. */
void assay_timeline_clear(struct assay_timeline *t);

/* An account that proofs of CHAP are verified with: as assay_watch_account. */
int assay_timeline_account(struct assay_timeline *t, enum assay_role role,
	const struct assay_chap_account *account, const char *target);

void assay_timeline_segment(struct assay_timeline *t, const struct assay_segment *s);
void assay_timeline_end(struct assay_timeline *t);

/* As assay_reassembly_follows; flow: the slot. */
bool assay_timeline_follows(
	struct assay_segment_place *out, struct assay_timeline *t, const struct assay_segment *s);

const struct assay_timeline_counts *assay_timeline_counts(const struct assay_timeline *t);
const struct assay_reassembly *assay_timeline_reassembly(const struct assay_timeline *t);

#endif
