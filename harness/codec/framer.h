/*
 * framer.h - cuts a byte stream into PDUs. Bytes in, PDU views out; the buffer is the caller's and bounds what a peer
 * can make us hold. Used by both sides' sessions, by the tap and by captures.
 */
#ifndef ASSAY_CODEC_FRAMER_H
#define ASSAY_CODEC_FRAMER_H

#include "codec/pdu.h"

struct assay_framer {
	uint8_t *buf; /* the caller's */
	size_t size; /* bytes of buf: the longest PDU that can be held */
	size_t start; /* first byte that is not yet given out */
	size_t end; /* one past the last byte held */
	unsigned
		digests; /* enum assay_digests in force for the next PDU; the caller changes it after login */
};

void assay_framer_init(struct assay_framer *f, uint8_t *buf, size_t size);

/* Where to put the next bytes: sets *out, returns how many fit (0: take PDUs out first, or the PDU is too long).
 * Moves what is held to the front, so every view given out before is void. */
size_t assay_framer_space(struct assay_framer *f, uint8_t **out);

/* Says that n bytes were put there. */
void assay_framer_commit(struct assay_framer *f, size_t n);

/* The next PDU as a view into the buffer, valid until the next assay_framer_space.
 * Returns 1, 0 when bytes are missing, ASSAY_E_TOO_LONG when the header announces more than the buffer holds. */
int assay_framer_next(struct assay_framer *f, struct assay_pdu *out);

/* Bytes held that are not a whole PDU yet. */
static inline size_t assay_framer_pending(const struct assay_framer *f)
{
	return f->end - f->start;
}

#endif
