/* sync.h - does a PDU begin here? How flows of iSCSI are told from others, on any port, and where a stream is taken up again behind a gap. Nothing is kept. RFC 7143 section 11.2. */
#ifndef ASSAY_CAPTURE_SYNC_H
#define ASSAY_CAPTURE_SYNC_H

#include <stdbool.h>

#include "codec/pdu.h"
#include "proto/role.h"

#define ASSAY_SYNC_DIGESTS_UNKNOWN 0x80u

/* What is known before looking. */
struct assay_sync_ask {
	int dir; /* enum assay_dir; -1: either */
	unsigned digests; /* enum assay_digests in force, or ASSAY_SYNC_DIGESTS_UNKNOWN */
	bool anywhere; /* nothing says that one begins just here: more is wanted of it */
	bool whole; /* they begin where a packet does */
	bool end; /* the bytes end where a packet ends, as the last PDU of a burst does */
	uint64_t tried; /* bytes of data of which the digest was tried so far; counted on */
	uint64_t may_try; /* so many; a PDU that would take more is none */
};

enum assay_sync_answer {
	ASSAY_SYNC_NO,
	ASSAY_SYNC_WAIT, /* more bytes would tell */
	ASSAY_SYNC_YES,
	ASSAY_SYNC_NEXT, /* yes, as what follows it is a header too */
};

/* Is the first byte of a header one of the standard's, with bit 7 clear? */
bool assay_sync_opcode(uint8_t first);
/* Could these 48 bytes be a header that way (dir -1: either)? */
bool assay_sync_header(const uint8_t bhs[ASSAY_BHS_LENGTH], int dir);

/* *digests: those of the PDU, as far as it tells. A Login PDU is believed as it is (anywhere: when there is text in it); another one when its header digest is right, when it ends where the packet does
 * (anywhere: when it begins where one does, too), or when another header follows. */
enum assay_sync_answer assay_sync_at(
	unsigned *digests, struct assay_sync_ask *ask, const uint8_t *bytes, size_t length);

/* The digests that a PDU carries, where that is not known: by trying. header_known: the header's are as *digests says. Returns whether it could be told. */
bool assay_sync_digests(unsigned *digests, bool header_known, const uint8_t *bytes, size_t length, bool end);

#endif
