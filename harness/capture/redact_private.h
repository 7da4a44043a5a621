/* redact_private.h - what redact.c (packets that wait), redact_packet.c (their headers), redact_pdu.c (PDUs) and redact_stream.c (bytes in their order) share. */
#ifndef ASSAY_CAPTURE_REDACT_PRIVATE_H
#define ASSAY_CAPTURE_REDACT_PRIVATE_H

#include "capture/copy.h"
#include "capture/mask.h"
#include "capture/redact.h"
#include "capture/timeline.h"

#define PAST                                                                                                 \
	8192 /* bytes of a side that are remembered for what comes again: as far as the reassembly compares */
#define HEADERS 32 /* of an initiator, last ones: what a Reject may return */
#define CHAINS  4096 /* a power of two */
#define HIDDEN  0xff /* begins no PDU */

/* A packet that waits, and what will be written for it. */
struct waiting {
	struct waiting *next; /* in the order of the capture */
	struct waiting *after, *before; /* of its chain, while pending */
	size_t size; /* of all of it, bytes */
	bool pending; /* bytes of its payload have not been told */
	struct assay_endpoint from, to;
	uint32_t seq; /* of the first byte of payload */
	uint32_t payload, payload_length; /* where it lies in bytes, and what of it is there */
	uint32_t done; /* bytes of payload that were told */
	uint32_t due; /* and that will be: the others are no part of the stream */
	uint32_t told_from; /* the first one that was told while it came; payload_length: none */
	struct assay_segment segment;
	struct assay_packet packet; /* bytes: to be written; comment: its own, or NULL */
	char comment[24];
	const uint8_t *was; /* the payload as it came */
	uint8_t bytes[]; /* to be written, then the payload as it came */
};

/* What one side sent last. */
struct past {
	uint32_t end; /* sequence number behind the last byte that was told */
	uint32_t kept; /* and behind the last one that was there */
	uint32_t length; /* bytes before that which are known, PAST at most */
	bool known;
	uint8_t was[PAST], is[PAST]; /* by sequence number modulo PAST */
};

/* PDUs of one side that wait for the rest of a text. */
struct deferred {
	uint8_t *bytes;
	size_t length, size;
	uint32_t seq;
	uint32_t count;
	bool tail; /* the text so far was masked without its end */
	struct {
		uint32_t length;
		uint8_t digests;
	} * pdu;
	uint32_t room; /* PDUs that fit */
};

/* The last headers of an initiator, as hashes. */
struct seen {
	uint64_t header[HEADERS];
	uint64_t count;
};

struct assay_redact {
	struct assay_mask mask;
	struct assay_copy copy;
	struct assay_timeline *timeline;
	struct assay_fragments *fragments;
	struct assay_redact_counts counts;
	size_t limit, held; /* bytes of packets that wait */
	size_t deferred_bytes; /* of all sides */
	struct waiting *first, *last;
	struct waiting *now; /* the packet that is just given in */
	struct waiting *chain[CHAINS], *chain_end[CHAINS]; /* pending ones, by their ends */
	uint8_t *scratch; /* PDUs as they will be */
	size_t scratch_size;
	bool nomem;
	struct deferred deferred[ASSAY_FLOWS_MAX][2];
	struct seen seen[ASSAY_FLOWS_MAX];
	struct past past[ASSAY_FLOWS_MAX][2];
};

/* redact_packet.c: what identifies hosts, and all but the TCP payload of a segment. */
void redact_headers(const struct assay_redact *r, struct waiting *w, enum assay_packet_kind kind);
/* The TCP checksum, once the payload is what it will be. */
void redact_checksum(struct waiting *w);

/* redact_pdu.c: a header in place: of one that its side cannot mean, which may be data out of step, only what PDUs are cut by stays. Returns whether it was such a one. */
bool redact_bhs(uint8_t bhs[ASSAY_BHS_LENGTH], int dir);
/* A PDU in place; text is not touched. */
void redact_pdu(
	const struct assay_redact *r, const struct seen *seen, uint8_t *wire, const struct assay_pdu *pdu);
/* Its padding and its digests, once it is masked. */
void redact_seal(uint8_t *wire, const struct assay_pdu *pdu);
bool redact_is_text(const struct assay_pdu *pdu);
void redact_see(struct seen *seen, const struct assay_pdu *pdu);

/* redact_stream.c */
void redact_stretch(void *payload, const struct assay_timeline_stretch *s);
void redact_over(void *payload, uint32_t slot, const struct assay_endpoint end[2]);
/* Parts of the packet that was just given in that were told before: from what is remembered. */
void redact_again(struct assay_redact *r, struct waiting *w, uint32_t slot, unsigned side);

/* redact.c */
unsigned chain_of(const struct assay_endpoint *from, const struct assay_endpoint *to);
/* Nothing of it is waited for any more: what was not told stays hidden. */
void finish_waiting(struct assay_redact *r, struct waiting *w);

#endif
