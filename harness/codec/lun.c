/* lun.c - LUN forms, SAM-5 section 4.7; the 64 bits travel as RFC 7143 section 11.2.1.7 says. */
#include "codec/lun.h"

#include <inttypes.h>
#include <stdio.h>

#define EXTENDED_FLAT      0xd2u /* method 3, three bytes follow, extended method 2 */
#define EXTENDED_FLAT_LONG 0xe2u /* the same, five bytes follow */

uint64_t assay_lun_from_number(uint32_t number)
{
	if (number <= 0xff)
		return (uint64_t)number << 48;
	return assay_lun_flat(number);
}

uint64_t assay_lun_flat(uint32_t number)
{
	if (number <= 0x3fff)
		return (uint64_t)(0x4000 | number) << 48;
	if (number <= 0xffffff)
		return (uint64_t)EXTENDED_FLAT << 56 | (uint64_t)number << 32;
	return (uint64_t)EXTENDED_FLAT_LONG << 56 | (uint64_t)number << 16;
}

static void parse_extended(struct assay_lun_parts *out, uint64_t lun)
{
	switch (lun >> 56) {
	case EXTENDED_FLAT:
		out->number = (uint32_t)(lun >> 32) & 0xffffff;
		out->simple = !(lun & 0xffffffff);
		break;
	case EXTENDED_FLAT_LONG:
		out->number = (uint32_t)(lun >> 16);
		out->simple = !(lun & 0xffff) && !((lun >> 48) & 0xff);
		break;
	default: out->number = (uint32_t)(lun >> 48) & 0xff; break;
	}
}

void assay_lun_parse(struct assay_lun_parts *out, uint64_t lun)
{
	uint16_t first = (uint16_t)(lun >> 48);
	bool one_level = !(lun & UINT64_C(0xffffffffffff));

	*out = (struct assay_lun_parts){ .method = (enum assay_lun_method)(first >> 14) };
	switch (out->method) {
	case ASSAY_LUN_PERIPHERAL:
		out->bus = (first >> 8) & 0x3f;
		out->number = first & 0xff;
		out->simple = one_level && !out->bus;
		break;
	case ASSAY_LUN_FLAT:
		out->number = first & 0x3fff;
		out->simple = one_level;
		break;
	case ASSAY_LUN_LOGICAL_UNIT:
		out->bus = (first >> 5) & 7;
		out->number = first & 0x1f;
		break;
	case ASSAY_LUN_EXTENDED: parse_extended(out, lun); break;
	}
}

void assay_lun_print(char *out, size_t capacity, uint64_t lun)
{
	struct assay_lun_parts parts;

	assay_lun_parse(&parts, lun);
	if (parts.simple)
		snprintf(out, capacity, "%" PRIu32, parts.number);
	else
		snprintf(out, capacity, "0x%016" PRIx64, lun);
}
