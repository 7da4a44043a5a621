/*
 * redact.h - a capture's copy that others may see: the same packets at the same times, in which names, addresses, what proves who one is, and data are masked, in every packet that carries them.
 * Lengths stay; digests that were right are right again, and wrong ones stay wrong; so the rules find in it what they find in the capture. What can't be told to be a PDU is masked whole.
 * Packets in, packets out, in their order: a packet is written once all its bytes have been told. Memory is bounded: of a packet that would wait for too long the rest is left out, as by a
 * snap length, and so is the payload of IP fragments; both are counted.
 *
 * What stays: headers of PDUs (CDBs, LUNs, tags, ISIDs), sense data, keys of the standard that no name is in, TCP ports and options, times.
 */
#ifndef ASSAY_CAPTURE_REDACT_H
#define ASSAY_CAPTURE_REDACT_H

#include <stdio.h>

#include "capture/packet.h"
#include "codec/error.h"

struct assay_redact_counts {
	uint64_t packets;
	uint64_t masked_bytes; /* of TCP payload, all that was looked at; headers of PDUs are among them */
	uint64_t left_out_bytes; /* of TCP payload and fragments: not written */
};

struct assay_redact;

/* limit: bytes of packets that may wait; 0: 64 MiB. 0, ASSAY_E_NOMEM or ASSAY_E_CRYPTO. The file stays the caller's. */
int assay_redact_new(struct assay_redact **out, FILE *file, size_t limit);
/* 0, ASSAY_E_IO once a write failed, ASSAY_E_NOMEM. */
int assay_redact_packet(struct assay_redact *r, const struct assay_packet *packet);
/* The capture is over: what waits is written. As above. */
int assay_redact_end(struct assay_redact *r);
const struct assay_redact_counts *assay_redact_counts(const struct assay_redact *r);
void assay_redact_free(struct assay_redact *r);

#endif
