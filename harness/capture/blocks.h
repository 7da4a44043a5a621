/*
 * blocks.h - packets out of the blocks of a pcapng, bytes in, views out. libpcap reads pcapng too, but refuses a file whose interfaces differ in link type or snap length,
 * and drops the comments; so pcapng is read here, and libpcap reads pcap. Format: draft-ietf-opsawg-pcapng.
 */
#ifndef ASSAY_CAPTURE_BLOCKS_H
#define ASSAY_CAPTURE_BLOCKS_H

#include "capture/packet.h"
#include "codec/error.h"

#define ASSAY_BLOCK_MAX        (16u << 20) /* bytes of a block; a longer one is refused */
#define ASSAY_BLOCK_HEAD       28 /* bytes of a block before its packet */
#define ASSAY_BLOCK_INTERFACES 256 /* of one section */

struct assay_interface {
	uint32_t link; /* LINKTYPE_ */
	uint32_t snap; /* bytes; 0: no limit */
	uint8_t resolution; /* if_tsresol: of time stamps; 6 when not said */
	int64_t offset; /* seconds that are added to them */
};

/* Zeroed at the start. */
struct assay_blocks {
	bool begun; /* a section header was seen */
	bool swapped; /* numbers are in the other byte order than ours */
	uint32_t interface_count;
	struct assay_interface interfaces[ASSAY_BLOCK_INTERFACES];
	uint64_t frames, place; /* packets and bytes so far */
};

/* Is this the start of a pcapng? Needs four bytes. */
bool assay_blocks_is(const uint8_t *bytes, size_t length);

/*
 * One block from the start of bytes. Returns the bytes that it takes, with *packet true and *out set (views into bytes) where it has a packet; 0 when more bytes are needed: *need, at most
 * ASSAY_BLOCK_MAX; ASSAY_E_SYNTAX or ASSAY_E_LIMIT in words for what is no pcapng.
 */
long assay_blocks_next(struct assay_packet *out, bool *packet, size_t *need, struct assay_blocks *b,
	const uint8_t *bytes, size_t length, struct assay_error *err);

/* What may be left out of packets: a block of at least so many bytes goes without what lies between the first and the last bytes of its packet. */
struct assay_hole_rule {
	size_t least;
	size_t head, tail; /* head: no headers are longer in practice */
};

/* What rule allows to be left out of the block at the start of bytes, and that is not among them: from offset *from, which is length, up to *to. False: nothing. The block was measured by assay_blocks_next, and is no
 * whole one. */
bool assay_blocks_hole(size_t *from, size_t *to, const struct assay_blocks *b,
	const struct assay_hole_rule *rule, const uint8_t *bytes, size_t length);

#endif
