/*
 * digest.c - CRC32C, RFC 7143 section 13.1: all ones at the start and at the end, sent least significant byte first.
 * ISA-L for long buffers; a header is too short for its set-up and takes the processor's instruction where there is one.
 */
#include "codec/digest.h"

#include <isa-l/crc.h>
#include <limits.h>
#include <string.h>

#define CRC_INIT  0xffffffffu
#define SHORT_MAX 128 /* bytes: below, the plain loop of instructions wins */

static uint32_t crc_long(uint32_t crc, const uint8_t *bytes, size_t length)
{
	while (length) {
		int part = length < INT_MAX ? (int)length : INT_MAX;

		/* ISA-L only reads; its prototype lacks the const */
		crc = crc32_iscsi((unsigned char *)bytes, part, crc);
		bytes += part;
		length -= (size_t)part;
	}
	return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_short(uint32_t crc, const uint8_t *bytes, size_t length)
{
	uint64_t wide = crc;

	for (; length >= 8; bytes += 8, length -= 8) {
		uint64_t word;

		memcpy(&word, bytes, sizeof(word));
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	for (; length; bytes++, length--)
		crc = __builtin_ia32_crc32qi(crc, *bytes);
	return crc;
}

static uint32_t crc_update(uint32_t crc, const uint8_t *bytes, size_t length)
{
	if (length <= SHORT_MAX && __builtin_cpu_supports("sse4.2"))
		return crc_short(crc, bytes, length);
	return crc_long(crc, bytes, length);
}
#else
static uint32_t crc_update(uint32_t crc, const uint8_t *bytes, size_t length)
{
	return crc_long(crc, bytes, length);
}
#endif

static uint32_t wire_order(uint32_t crc)
{
	return __builtin_bswap32(~crc);
}

uint32_t assay_digest(const void *bytes, size_t length)
{
	return wire_order(crc_update(CRC_INIT, bytes, length));
}

uint32_t assay_digest_padded(const void *bytes, size_t length, const uint8_t *padding, size_t padding_length)
{
	return wire_order(crc_update(crc_update(CRC_INIT, bytes, length), padding, padding_length));
}
