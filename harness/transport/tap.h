/*
 * tap.h - what was said on every connection of a test, kept in bounded memory for the evidence, and given to the rule
 * engine as it passes. Either side's machine calls it with each PDU that it sends or receives.
 */
#ifndef ASSAY_TRANSPORT_TAP_H
#define ASSAY_TRANSPORT_TAP_H

#include "proto/rules.h"

enum assay_tap_kind {
	ASSAY_TAP_OPEN,	 /* a connection; bytes: "local remote" as text */
	ASSAY_TAP_PDU,
	ASSAY_TAP_BYTES, /* what is no PDU: raw bytes of a test, a cut-off end */
	ASSAY_TAP_CLOSE, /* dir: who closed. ASSAY_TO_INITIATOR: the target did */
	ASSAY_TAP_RESET,
};

struct assay_tap_record {
	uint64_t time;	   /* nanoseconds since the tap was made, in the stream's time */
	uint64_t number;   /* 1, 2, 3 … over all connections; what "#3" in a failure means */
	uint32_t connection; /* 0, 1, 2 … */
	uint8_t kind;	   /* enum assay_tap_kind */
	uint8_t dir;	   /* enum assay_dir */
	uint8_t digests;   /* enum assay_digests present in the PDU */
	uint32_t length;   /* bytes on the wire */
	uint32_t kept;	   /* bytes kept, less than length when the tap is nearly full (but always the 48 of the header) */
	const uint8_t *bytes;
};

struct assay_tap;

/* limit: bytes of PDUs that are kept at most. Findings go to found. NULL: out of memory. */
struct assay_tap *assay_tap_new(size_t limit, assay_finding_fn *found, void *payload);
void assay_tap_free(struct assay_tap *t);

/* All return the number of the record (0 when nothing was kept); open sets *connection. tap may be NULL everywhere: then nothing happens. */
uint64_t assay_tap_open(struct assay_tap *t, uint32_t *connection, const char *local, const char *remote, uint64_t now);
/* pdu->wire must be set (encode first, then decode); number says which PDU of ours a finding means. */
uint64_t assay_tap_pdu(struct assay_tap *t, uint32_t connection, enum assay_dir dir, const struct assay_pdu *pdu, uint64_t now);
uint64_t assay_tap_bytes(struct assay_tap *t, uint32_t connection, enum assay_dir dir, const void *bytes, size_t length, uint64_t now);
uint64_t assay_tap_close(struct assay_tap *t, uint32_t connection, enum assay_dir by, bool reset, uint64_t now);

size_t assay_tap_count(const struct assay_tap *t);
const struct assay_tap_record *assay_tap_at(const struct assay_tap *t, size_t index);
/* PDUs that our side sent and received so far: a test that sent nothing is an ERROR. */
size_t assay_tap_pdus(const struct assay_tap *t, enum assay_dir dir);

#endif
