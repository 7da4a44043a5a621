/*
 * scsi_names.c - how a logical unit names itself: the serial number of VPD page 80h and the designators of page 83h, in tgt's scheme or in a NAA one.
 * The only place where names are made, so that the pages agree. SPC-4 sections 7.8.5 and 7.8.15.
 */
#include "target/scsi_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/lun.h"

#define NAA_LOCAL (UINT64_C(3) << 60)

enum { BINARY = 1, ASCII = 2, UTF8 = 3 }; /* code set */
enum { T10 = 1, NAA = 3, RELATIVE_PORT = 4, PORT_GROUP = 5, SCSI_NAME = 8 }; /* designator type */
enum { OF_UNIT = 0x00, OF_PORT = 0x90, OF_TARGET = 0xa0, ISCSI = 0x50 }; /* PIV, association; protocol */

uint64_t assay_scsi_naa(const struct assay_scsi_unit *u)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (u->device->ids == ASSAY_ID_IET)
		return NAA_LOCAL | (uint64_t)u->device->tid << 32 | u->identity;
	for (const char *p = u->device->name; *p; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	h ^= u->identity;
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd); /* spread the LUN over all bits */
	h ^= h >> 33;
	return NAA_LOCAL | (h & ((UINT64_C(1) << 60) - 1));
}

void assay_scsi_serial(char out[40], const struct assay_scsi_unit *u)
{
	char digits[32];

	if (u->device->ids != ASSAY_ID_IET) {
		snprintf(out, 40, "%016" PRIx64, assay_scsi_naa(u));
		return;
	}
	snprintf(digits, sizeof(digits), "beaf%u%" PRIu32, u->device->tid, u->identity);
	snprintf(out, 40, "%36s", digits); /* right-justified, as tgt has it */
}

const char *assay_scsi_vendor(const struct assay_scsi_device *d)
{
	return d->ids == ASSAY_ID_IET ? "IET     " : "ASSAY   ";
}

/* A designator; length is rounded up to whole words of NULs where the standard pads: SCSI names. Bytes written. */
static size_t put(
	uint8_t *out, uint8_t code_set, uint8_t type, uint8_t association, const void *bytes, size_t length)
{
	size_t padded = type == SCSI_NAME ? (length + 4) & ~(size_t)3 : length;

	out[0] = (uint8_t)(code_set | (association == OF_UNIT ? 0 : ISCSI));
	out[1] = (uint8_t)(type | association);
	out[2] = 0;
	out[3] = (uint8_t)padded;
	memset(out + 4, 0, padded);
	memcpy(out + 4, bytes, length);
	return 4 + padded;
}

static size_t put_unit(uint8_t *out, const struct assay_scsi_unit *u)
{
	const struct assay_scsi_device *d = u->device;
	char text[ASSAY_SCSI_NAME_MAX + 32];
	uint8_t naa[8];
	size_t n;
	int length;

	if (d->ids == ASSAY_ID_IET)
		length = snprintf(
			text, sizeof(text), "%s%04x%04" PRIx32, assay_scsi_vendor(d), d->tid, u->identity);
	else
		length = snprintf(
			text, sizeof(text), "%s%016" PRIx64, assay_scsi_vendor(d), assay_scsi_naa(u));
	n = put(out, ASCII, T10, OF_UNIT, text, (size_t)length);
	assay_put_be64(naa, assay_scsi_naa(u));
	n += put(out + n, BINARY, NAA, OF_UNIT, naa, sizeof(naa));
	if (d->ids == ASSAY_ID_IET)
		return n;
	length = snprintf(
		text, sizeof(text), "%s,L,0x%016" PRIx64, d->name, assay_lun_from_number(u->identity));
	return n + put(out + n, UTF8, SCSI_NAME, OF_UNIT, text, (size_t)length);
}

static size_t put_port(uint8_t *out, const struct assay_scsi_nexus *n)
{
	uint8_t word[4] = { 0, 0, (uint8_t)(n->tpgt >> 8), (uint8_t)n->tpgt };
	char text[ASSAY_SCSI_NAME_MAX + 32];
	size_t at;
	int length;

	at = put(out, BINARY, RELATIVE_PORT, OF_PORT, word, sizeof(word));
	at += put(out + at, BINARY, PORT_GROUP, OF_PORT, word, sizeof(word));
	length = snprintf(text, sizeof(text), "%s,t,0x%04x", n->device->name, n->tpgt);
	at += put(out + at, UTF8, SCSI_NAME, OF_PORT, text, (size_t)length);
	return at + put(out + at, UTF8, SCSI_NAME, OF_TARGET, n->device->name, strlen(n->device->name));
}

size_t assay_scsi_designators(uint8_t *out, const struct assay_scsi_nexus *n, const struct assay_scsi_unit *u)
{
	size_t length = u ? put_unit(out, u) : 0;

	return length + put_port(out + length, n);
}
