/* lun.h - the 64-bit LUN forms of SAM-5 section 4.7, carried big-endian in RFC 7143 section 11.2.1.6... LUN fields. */
#ifndef ASSAY_CODEC_LUN_H
#define ASSAY_CODEC_LUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum assay_lun_method {
	ASSAY_LUN_PERIPHERAL = 0, /* bus 0 and one byte, or another bus */
	ASSAY_LUN_FLAT = 1, /* 14 bits */
	ASSAY_LUN_LOGICAL_UNIT = 2,
	ASSAY_LUN_EXTENDED = 3,
};

/* A LUN taken apart. */
struct assay_lun_parts {
	enum assay_lun_method method; /* of the first level */
	uint8_t bus; /* peripheral: bus identifier */
	uint32_t number; /* the number within the method; what an administrator calls "LUN 22" */
	bool simple; /* one level only, all other bytes 0, and bus 0: number is the whole LUN */
};

/* The 64 bits of an administrator's LUN: peripheral up to 255, flat up to 16383, extended flat above (24 bits). */
uint64_t assay_lun_from_number(uint32_t number);
uint64_t assay_lun_flat(uint32_t number); /* flat space form, even below 256 */
void assay_lun_parse(struct assay_lun_parts *out, uint64_t lun);
/* "22", or "0x0100…" where it is not simple. Terminated, cut to fit. */
void assay_lun_print(char *out, size_t capacity, uint64_t lun);

#endif
