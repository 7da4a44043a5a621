/*
 * hole.h - bytes of a packet that were not read, as perhaps nobody wants them. They have their place in memory; who looks at bytes that may be among them says so first (assay_want), and what is near them comes, too.
 * Under AddressSanitizer holes are poisoned, so that who forgets to is found.
 */
#ifndef ASSAY_CAPTURE_HOLE_H
#define ASSAY_CAPTURE_HOLE_H

#include <stddef.h>
#include <stdint.h>

#define ASSAY_HOLE_PARTS 4 /* that one falls into; then more is read than was wanted */
#define ASSAY_HOLE_LEAST 2048u /* bytes that are read at once, and of a part */

struct assay_hole {
	struct assay_hole_part {
		uint8_t *from, *to;
	} part[ASSAY_HOLE_PARTS]; /* by address */
	unsigned parts; /* 0: all bytes are there */
	void (*fill)(void *reader, uint8_t *at, size_t length); /* puts bytes there */
	void *reader;
};

/* Bytes are not there from now on: the only part. */
void assay_hole_begin(struct assay_hole *hole, uint8_t *from, uint8_t *to);
/* The memory is for other use. */
void assay_hole_end(struct assay_hole *hole);
/* As assay_want, where there is a hole. */
void assay_hole_want(struct assay_hole *hole, const uint8_t *at, size_t length);

/* These bytes are looked at, or kept: has them there. hole: that of their packet, may be NULL. */
static inline void assay_want(struct assay_hole *hole, const uint8_t *at, size_t length)
{
	if (hole && hole->parts && length)
		assay_hole_want(hole, at, length);
}

#endif
