/* framer.c - PDUs out of a byte stream, RFC 7143 section 11.1. Holds no more than the caller's buffer. */
#include "codec/framer.h"

#include <string.h>

void assay_framer_init(struct assay_framer *f, uint8_t *buf, size_t size)
{
	*f = (struct assay_framer){ .buf = buf, .size = size };
}

size_t assay_framer_space(struct assay_framer *f, uint8_t **out)
{
	if (f->start) {
		memmove(f->buf, f->buf + f->start, f->end - f->start);
		f->end -= f->start;
		f->start = 0;
	}
	*out = f->buf + f->end;
	return f->size - f->end;
}

void assay_framer_commit(struct assay_framer *f, size_t n)
{
	f->end += n;
}

int assay_framer_next(struct assay_framer *f, struct assay_pdu *out)
{
	const uint8_t *at = f->buf + f->start;
	size_t held = f->end - f->start;
	long used;

	if (held < ASSAY_BHS_LENGTH)
		return 0;
	if (assay_pdu_wire_length(at, f->digests) > f->size)
		return ASSAY_E_TOO_LONG;
	used = assay_pdu_decode(out, at, held, f->digests);
	if (used == ASSAY_E_SHORT)
		return 0;
	f->start += (size_t)used;
	return 1;
}
