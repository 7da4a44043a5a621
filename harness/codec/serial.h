/* serial.h - serial number arithmetic, RFC 1982 with SERIAL_BITS 32 (RFC 7143 section 4.2.2: CmdSN, StatSN, DataSN). */
#ifndef ASSAY_CODEC_SERIAL_H
#define ASSAY_CODEC_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* a < b. Undefined by the RFC when the distance is 2^31; then false both ways here. */
static inline bool assay_sn_lt(uint32_t a, uint32_t b)
{
	return a != b && b - a < UINT32_C(0x80000000);
}

static inline bool assay_sn_le(uint32_t a, uint32_t b)
{
	return a == b || assay_sn_lt(a, b);
}

static inline bool assay_sn_gt(uint32_t a, uint32_t b)
{
	return assay_sn_lt(b, a);
}

static inline bool assay_sn_ge(uint32_t a, uint32_t b)
{
	return assay_sn_le(b, a);
}

#endif
