/*
 * tap.h - what was said on every connection of a test, kept in bounded memory for the evidence, and given to the rule
 * engine as it passes. Either side's machine calls it with each PDU that it sends or receives.
 */
#ifndef ASSAY_TRANSPORT_TAP_H
#define ASSAY_TRANSPORT_TAP_H

#include "proto/rules.h"

enum assay_tap_kind {
	ASSAY_TAP_OPEN, /* a connection; bytes: "local remote" as text */
	ASSAY_TAP_PDU,
	ASSAY_TAP_BYTES, /* what is no whole PDU: raw bytes of a test, a PDU sent in pieces, a cut-off end */
	ASSAY_TAP_CLOSE, /* dir: who closed. ASSAY_TO_INITIATOR: the target did */
	ASSAY_TAP_RESET,
};

struct assay_tap_record {
	uint64_t time; /* nanoseconds since the first record, in the stream's time */
	uint64_t number; /* 1, 2, 3 … over all connections; what "#3" in a failure means */
	uint32_t connection; /* 0, 1, 2 … */
	uint8_t kind; /* enum assay_tap_kind */
	uint8_t dir; /* enum assay_dir */
	uint8_t digests; /* enum assay_digests present in the PDU */
	uint32_t length; /* bytes on the wire */
	uint32_t kept; /* bytes kept, less than length when the tap fills (but always the 48 of the header) */
	const uint8_t *bytes;
};

struct assay_tap;

/* limit: bytes that are kept at most, records included. From half of it on only the start of long PDUs is kept, from three
 * quarters only headers; what comes after the end is counted and watched but not kept.
 * Findings go to found; NULL: no rules are watched. NULL: out of memory. */
struct assay_tap *assay_tap_new(size_t limit, assay_finding_fn *found, void *payload);
void assay_tap_free(struct assay_tap *t);
/* An account that proofs of CHAP are verified with: as assay_watch_account. */
void assay_tap_account(struct assay_tap *t, enum assay_role role, const struct assay_chap_account *account,
	const char *target);
/* Forgets all that was said and every connection: as new, with the memory that it has. Numbers begin again. */
void assay_tap_clear(struct assay_tap *t);

/* All return the number of the record, also of one that was not kept; open sets *connection. tap may be NULL everywhere:
 * then nothing happens and 0 is returned. */
uint64_t assay_tap_open(
	struct assay_tap *t, uint32_t *connection, const char *local, const char *remote, uint64_t now);
/* pdu->wire must be set (encode first, then decode); number says which PDU of ours a finding means. */
uint64_t assay_tap_pdu(struct assay_tap *t, uint32_t connection, enum assay_dir dir,
	const struct assay_pdu *pdu, uint64_t now);
/* Bytes after which the rules can no longer follow that direction. */
uint64_t assay_tap_bytes(struct assay_tap *t, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t length, uint64_t now);
/* Bytes that may become a PDU yet: kept as ASSAY_TAP_BYTES. Once the PDU is whole, assay_tap_whole gives it to the rules, under the number
 * of its last piece; when it never will be, assay_tap_gap says so. */
uint64_t assay_tap_piece(struct assay_tap *t, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t length, uint64_t now);
void assay_tap_whole(struct assay_tap *t, uint32_t connection, enum assay_dir dir,
	const struct assay_pdu *pdu, uint64_t number);
void assay_tap_gap(struct assay_tap *t, uint32_t connection, enum assay_dir dir);
uint64_t assay_tap_close(
	struct assay_tap *t, uint32_t connection, enum assay_dir by, bool reset, uint64_t now);

/* Records kept. A record is valid until the next call that adds one; its bytes stay as long as the tap. NULL past the end. */
size_t assay_tap_count(const struct assay_tap *t);
const struct assay_tap_record *assay_tap_at(const struct assay_tap *t, size_t index);
/* Records that did not fit. */
size_t assay_tap_dropped(const struct assay_tap *t);
/* PDUs and stretches of raw bytes that went that way so far: a test that sent nothing is an ERROR. */
size_t assay_tap_pdus(const struct assay_tap *t, enum assay_dir dir);
/* What the rules know of a connection (see assay_watch_params); NULL when no rules are watched. */
const struct assay_params *assay_tap_params(const struct assay_tap *t, uint32_t connection);
/* The digests in force for the next PDU of that direction, as far as the rules followed its login; 0 when no rules are watched. */
unsigned assay_tap_digests(const struct assay_tap *t, uint32_t connection, enum assay_dir dir);
/* Do the rules follow that connection? Not where more are open than they can follow. */
bool assay_tap_watches(const struct assay_tap *t, uint32_t connection);

#endif
