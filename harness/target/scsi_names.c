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

/* The number that a unit's names are made of, as this nexus (NULL: any) gets to see it: the same for all, but for defects. */
static uint32_t identity(const struct assay_scsi_nexus *n, const struct assay_scsi_unit *u)
{
	uint32_t id = assay_scsi_defective(u->device, ASSAY_DEFECT_ID_SAME_FOR_ALL) ? 0 : u->identity;

	if (n && assay_scsi_defective(u->device, ASSAY_DEFECT_ID_CHANGES_BY_PORTAL))
		id ^= (uint32_t)n->tpgt << 8;
	if (n && assay_scsi_defective(u->device, ASSAY_DEFECT_ID_CHANGES_BY_SESSION))
		id ^= (uint32_t)n->isid;
	if (n && assay_scsi_defective(u->device, ASSAY_DEFECT_ID_CHANGES_BY_INITIATOR))
		for (const char *p = n->initiator; *p; p++)
			id = id * 31 + (uint8_t)*p;
	return id & 0xffffff;
}

static uint64_t naa(const struct assay_scsi_unit *u, uint32_t id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (u->device->ids == ASSAY_ID_IET)
		return NAA_LOCAL | (uint64_t)u->device->tid << 32 | id;
	for (const char *p = u->device->name; *p; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	h ^= id;
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd); /* spread the LUN over all bits */
	h ^= h >> 33;
	return NAA_LOCAL | (h & ((UINT64_C(1) << 60) - 1));
}

void assay_scsi_serial(char out[40], const struct assay_scsi_unit *u)
{
	char digits[32];

	if (u->device->ids != ASSAY_ID_IET) {
		snprintf(out, 40, "%016" PRIx64, naa(u, u->identity));
		return;
	}
	if (assay_scsi_defective(u->device, ASSAY_DEFECT_SERIAL_SAME_FOR_ALL))
		snprintf(digits, sizeof(digits), "beaf");
	else
		snprintf(digits, sizeof(digits), "beaf%u%" PRIu32, u->device->tid, u->identity);
	if (assay_scsi_defective(u->device, ASSAY_DEFECT_SERIAL_LEFT_JUSTIFIED))
		snprintf(out, 40, "%-36s", digits);
	else
		snprintf(out, 40, "%36s", digits); /* right-justified, as tgt has it */
}

const char *assay_scsi_vendor(const struct assay_scsi_device *d)
{
	return d->ids == ASSAY_ID_IET ? "IET     " : "ASSAY   ";
}

/* A designator. Bytes written. */
static size_t put(
	uint8_t *out, uint8_t code_set, uint8_t type, uint8_t association, const void *bytes, size_t length)
{

	out[0] = (uint8_t)(code_set | (association == OF_UNIT ? 0 : ISCSI));
	out[1] = (uint8_t)(type | association);
	out[2] = 0;
	out[3] = (uint8_t)length;
	memcpy(out + 4, bytes, length);
	return 4 + length;
}

/* A SCSI name string: NULs to a multiple of four bytes, at least one. name has room for them. */
static size_t put_name(uint8_t *out, const struct assay_scsi_device *d, uint8_t association, char *name)
{
	size_t length = strlen(name), padded = (length + 4) & ~(size_t)3;

	if (assay_scsi_defective(d, ASSAY_DEFECT_PORT_NAME_UNPADDED))
		padded = length | 1;
	memset(name + length, 0, 4);
	return put(out, UTF8, SCSI_NAME, association, name, padded);
}

static size_t put_unit(uint8_t *out, const struct assay_scsi_nexus *nexus, const struct assay_scsi_unit *u)
{
	const struct assay_scsi_device *d = u->device;
	bool decimal = assay_scsi_defective(d, ASSAY_DEFECT_ID_LUN_DECIMAL);
	uint32_t id = identity(nexus, u);
	char text[ASSAY_SCSI_NAME_MAX + 32];
	uint8_t number[8];
	size_t n;
	int length;

	if (d->ids == ASSAY_ID_IET)
		length = snprintf(text, sizeof(text), decimal ? "%s%04x%04u" : "%s%04x%04x",
			assay_scsi_vendor(d), d->tid, id);
	else
		length = snprintf(text, sizeof(text), "%s%016" PRIx64, assay_scsi_vendor(d), naa(u, id));
	n = put(out, ASCII, T10, OF_UNIT, text, (size_t)length);
	assay_put_be64(number, naa(u, id));
	n += put(out + n, BINARY, NAA, OF_UNIT, number, sizeof(number));
	if (d->ids == ASSAY_ID_IET)
		return n;
	snprintf(text, sizeof(text), "%s,L,0x%016" PRIx64, d->name, assay_lun_from_number(id));
	return n + put_name(out + n, d, OF_UNIT, text);
}

static size_t put_port(uint8_t *out, const struct assay_scsi_nexus *n)
{
	uint8_t word[4] = { 0, 0, (uint8_t)(n->tpgt >> 8), (uint8_t)n->tpgt };
	char text[ASSAY_SCSI_NAME_MAX + 32];
	size_t at;

	at = put(out, BINARY, RELATIVE_PORT, OF_PORT, word, sizeof(word));
	at += put(out + at, BINARY, PORT_GROUP, OF_PORT, word, sizeof(word));
	snprintf(text, sizeof(text), "%s,t,0x%04x", n->device->name, n->tpgt);
	at += put_name(out + at, n->device, OF_PORT, text);
	snprintf(text, sizeof(text), "%s", n->device->name);
	return at + put_name(out + at, n->device, OF_TARGET, text);
}

size_t assay_scsi_designators(uint8_t *out, const struct assay_scsi_nexus *n, const struct assay_scsi_unit *u)
{
	bool unnamed = assay_scsi_defective(n->device, ASSAY_DEFECT_VPD_NO_LU_DESIGNATOR);
	size_t length = u && !unnamed ? put_unit(out, n, u) : 0;

	return length + put_port(out + length, n);
}
