/* checksum.h - the Internet checksum, RFC 1071. */
#ifndef ASSAY_CAPTURE_CHECKSUM_H
#define ASSAY_CAPTURE_CHECKSUM_H

#include "codec/bytes.h"

/* Adds 16-bit words to a sum; length is even but for the last piece. */
static inline uint64_t assay_sum_words(uint64_t sum, const uint8_t *bytes, size_t length)
{
	for (; length > 1; length -= 2, bytes += 2)
		sum += assay_get_be16(bytes);
	return length ? sum + ((uint64_t)bytes[0] << 8) : sum;
}

/* What goes into the header: 0 for bytes that have their right checksum among them. */
static inline uint16_t assay_checksum(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

#endif
