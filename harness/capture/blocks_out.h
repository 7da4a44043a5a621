/* blocks_out.h - the blocks of a pcapng, written to a file of the caller's: a section, its interfaces, packets with a comment each. Nothing is kept but whether a write failed. */
#ifndef ASSAY_CAPTURE_BLOCKS_OUT_H
#define ASSAY_CAPTURE_BLOCKS_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ASSAY_COMMENT_MAX 4096 /* bytes; a longer one is cut */

struct assay_blocks_out {
	FILE *file;
	bool failed; /* a write did; what follows is dropped */
};

/* Bytes of a packet that lie one behind the other. */
struct assay_piece {
	const void *bytes;
	size_t length;
};

/* A packet as its block has it. */
struct assay_block_packet {
	uint32_t interface; /* 0 for the first one written, 1 … */
	uint64_t time; /* nanoseconds */
	const struct assay_piece *piece;
	size_t pieces;
	uint32_t length; /* bytes on the wire; the pieces may be fewer */
	const char *comment; /* NULL: none */
	size_t comment_length;
};

/* comment: NULL, none. */
void assay_block_section(struct assay_blocks_out *b, const char *comment);
/* Time stamps in nanoseconds, no snap length. */
void assay_block_interface(struct assay_blocks_out *b, uint16_t link);
void assay_block_packet(struct assay_blocks_out *b, const struct assay_block_packet *p);

#endif
