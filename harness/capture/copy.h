/* copy.h - packets of a capture, written to another one of pcapng: one section, an interface for each link layer. Nothing is kept. */
#ifndef ASSAY_CAPTURE_COPY_H
#define ASSAY_CAPTURE_COPY_H

#include "capture/blocks_out.h"
#include "capture/packet.h"

#define ASSAY_COPY_LINKS 64

struct assay_copy {
	struct assay_blocks_out blocks; /* whether a write failed is there */
	uint16_t link[ASSAY_COPY_LINKS];
	uint32_t links;
};

/* The file stays the caller's. comment: of the section; NULL: none. */
void assay_copy_begin(struct assay_copy *c, FILE *file, const char *comment);
/* Beyond ASSAY_COPY_LINKS link layers the last one stands for all: they cannot be told apart then. */
void assay_copy_packet(struct assay_copy *c, const struct assay_packet *p);

#endif
