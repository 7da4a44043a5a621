/*
 * scsi_inquiry.c - INQUIRY: standard data and the vital product data pages, one function a page. SPC-4 sections 6.4 and 7.8, SBC-3 section 6.6.
 * What a page promises here, the command table and the handlers must keep.
 */
#include "target/scsi_internal.h"

#include <string.h>

#include "codec/bytes.h"

#define DISK       0x00 /* peripheral device types */
#define WELL_KNOWN 0x1e
#define NO_DEVICE  0x7f /* qualifier 011b, type 1Fh: the target cannot have a device there */

#define STANDARD_LENGTH 96
#define PAGE_MAX        (4 + ASSAY_SCSI_DESIGNATORS_MAX)

static uint8_t peripheral(const struct assay_scsi_command *c)
{
	if (c->unit)
		return DISK;
	if (ASSAY_SCSI_DEFECT(c, UNKNOWN_LUN_INQUIRY_CONNECTED))
		return DISK;
	return c->lun == ASSAY_SCSI_REPORT_LUNS_LUN ? WELL_KNOWN : NO_DEVICE;
}

static uint8_t additional_length(const struct assay_scsi_command *c)
{
	if (ASSAY_SCSI_DEFECT(c, INQUIRY_ADDITIONAL_LENGTH_WRONG))
		return STANDARD_LENGTH - 5 + 8;
	if (ASSAY_SCSI_DEFECT(c, INQUIRY_ADDITIONAL_LENGTH_TRUNCATED) && c->data_in_length >= 5 &&
		c->data_in_length < STANDARD_LENGTH)
		return (uint8_t)(c->data_in_length - 5);
	return STANDARD_LENGTH - 5;
}

static size_t standard(const struct assay_scsi_command *c, uint8_t *out)
{
	static const uint16_t versions[] = { 0x00a0, 0x0960, 0x0460,
		0x04c0 }; /* SAM-5, iSCSI, SPC-4, SBC-3 */

	out[2] = ASSAY_SCSI_DEFECT(c, INQUIRY_VERSION_RESERVED) ? 0x1e : 0x06; /* SPC-4 */
	out[3] = ASSAY_SCSI_DEFECT(c, INQUIRY_FORMAT_1) ? 0x11 : 0x12; /* HISUP, response data format 2 */
	out[4] = additional_length(c);
	out[5] = 0x10; /* TPGS: implicit */
	out[7] = ASSAY_SCSI_DEFECT(c, INQUIRY_CMDQUE_ZERO) ? 0 : 0x02; /* CMDQUE */
	memcpy(out + 8, assay_scsi_vendor(c->nexus->device), 8);
	memcpy(out + 16,
		ASSAY_SCSI_DEFECT(c, INQUIRY_TEXT_NUL_PADDED) ? "VIRTUAL-DISK\0\0\0" : "VIRTUAL-DISK    ",
		16);
	memcpy(out + 32, "0001", 4);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		assay_put_be16(out + 58 + 2 * i, versions[i]);
	return STANDARD_LENGTH;
}

static size_t supported_pages(const struct assay_scsi_command *c, uint8_t *out);

static size_t serial_number(const struct assay_scsi_command *c, uint8_t *out)
{
	char serial[40];

	assay_scsi_serial(serial, c->unit);
	memcpy(out, serial, strlen(serial));
	if (ASSAY_SCSI_DEFECT(c, SERIAL_BINARY))
		out[0] = 0x01;
	return strlen(serial);
}

static size_t identification(const struct assay_scsi_command *c, uint8_t *out)
{
	return assay_scsi_designators(out, c->nexus, c->unit);
}

static size_t extended(const struct assay_scsi_command *c, uint8_t *out)
{
	(void)c;
	out[5 - 4] = 0x07; /* HEADSUP, ORDSUP, SIMPSUP */
	out[7 - 4] = 0x01; /* LUICLR */
	return 0x3c;
}

static size_t mode_policy(const struct assay_scsi_command *c, uint8_t *out)
{
	(void)c;
	out[0] = 0x3f; /* all pages and subpages: */
	out[1] = 0xff;
	out[2] = 0x00; /* shared by all nexuses */
	return 4;
}

static size_t block_limits(const struct assay_scsi_command *c, uint8_t *out)
{
	uint8_t *page = out - 4; /* offsets as the standard counts them */
	uint32_t block_size = c->unit->medium.block_size;

	page[4] = 0x01; /* WSNZ: WRITE SAME does not take 0 blocks */
	page[5] = ASSAY_SCSI_DEFECT(c, VPD_COMPARE_WRITE_ZERO) ? 0 : ASSAY_SCSI_COMPARE_WRITE_BLOCKS;
	assay_put_be32(page + 8, ASSAY_SCSI_TRANSFER_BYTES / block_size);
	assay_put_be32(page + 20, ASSAY_SCSI_UNMAP_BYTES / block_size);
	assay_put_be32(page + 24, ASSAY_SCSI_UNMAP_DESCRIPTORS);
	assay_put_be32(page + 28, 4096 / block_size); /* optimal unmap granularity: a page of memory */
	assay_put_be32(page + 32, 0x80000000u); /* aligned at LBA 0 */
	assay_put_be64(page + 36, ASSAY_SCSI_WRITE_SAME_BYTES / block_size);
	return ASSAY_SCSI_DEFECT(c, VPD_BLOCK_LIMITS_SHORT) ? 0x10 : 0x3c;
}

static size_t block_characteristics(const struct assay_scsi_command *c, uint8_t *out)
{
	assay_put_be16(out, ASSAY_SCSI_DEFECT(c, VPD_ROTATION_RATE_RESERVED) ? 2 : 1); /* does not rotate */
	return 0x3c;
}

static size_t provisioning(const struct assay_scsi_command *c, uint8_t *out)
{
	(void)c;
	out[1] = 0xe4; /* LBPU, LBPWS, LBPWS10, LBPRZ */
	out[2] = 0x02; /* thin */
	return 4;
}

/* Ascending. */
static const struct {
	uint8_t code;
	uint8_t peripherals; /* 1: a disk has it; 2: the well-known unit; 4: no unit */
	size_t (*page)(const struct assay_scsi_command *c, uint8_t *out);
} pages[] = {
	{ 0x00, 7, supported_pages },
	{ 0x80, 1, serial_number },
	{ 0x83, 3, identification },
	{ 0x86, 3, extended },
	{ 0x87, 1, mode_policy },
	{ 0xb0, 1, block_limits },
	{ 0xb1, 1, block_characteristics },
	{ 0xb2, 1, provisioning },
};
#define PAGES (sizeof(pages) / sizeof(pages[0]))

static bool has_page(const struct assay_scsi_command *c, size_t i)
{
	uint8_t type = peripheral(c);

	if (pages[i].code == 0xb2 && ASSAY_SCSI_DEFECT(c, VPD_NO_PROVISIONING_PAGE))
		return false;
	return pages[i].peripherals & (type == DISK ? 1 : type == WELL_KNOWN ? 2 : 4);
}

static size_t supported_pages(const struct assay_scsi_command *c, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < PAGES; i++)
		if (has_page(c, i))
			out[n++] = pages[i].code;
	if (n > 2 && ASSAY_SCSI_DEFECT(c, VPD_PAGES_UNSORTED)) {
		out[n - 1] = out[n - 2];
		out[n - 2] = 0xb2;
	}
	if (ASSAY_SCSI_DEFECT(c, VPD_LISTED_PAGE_MISSING))
		out[n++] = 0xc0;
	return n;
}

static void vital_product_data(struct assay_scsi_command *c, uint8_t *out)
{
	for (size_t i = 0; i < PAGES; i++) {
		size_t length;

		if (pages[i].code != c->cdb[2] || !has_page(c, i))
			continue;
		length = pages[i].page(c, out + 4);
		out[0] = ASSAY_SCSI_DEFECT(c, VPD_DEVICE_TYPE_WRONG) ? 0x05 : peripheral(c);
		out[1] = pages[i].code;
		assay_put_be16(out + 2, (uint16_t)length);
		if (ASSAY_SCSI_DEFECT(c, VPD_LENGTH_TRUNCATED) && c->data_in_length > 4 &&
			c->data_in_length < 4 + length)
			assay_put_be16(out + 2, (uint16_t)(c->data_in_length - 4));
		assay_scsi_give(c, 4 + length);
		return;
	}
	if (ASSAY_SCSI_DEFECT(c, VPD_UNKNOWN_PAGE_ACCEPTED)) {
		out[1] = c->cdb[2];
		assay_scsi_give(c, 4);
		return;
	}
	assay_scsi_bad_cdb(c, 2, 7);
}

int assay_scsi_prepare_inquiry(struct assay_scsi_command *c)
{
	if (!(c->cdb[1] & 0x01) && c->cdb[2] && !ASSAY_SCSI_DEFECT(c, INQUIRY_PAGE_WITHOUT_EVPD_ACCEPTED))
		return assay_scsi_bad_cdb(c, 2, 7);
	c->data_in_length = assay_get_be16(c->cdb + 3);
	if (ASSAY_SCSI_DEFECT(c, INQUIRY_ALLOCATION_ONE_BYTE))
		c->data_in_length &= 0xff;
	if (!c->data_in_length && ASSAY_SCSI_DEFECT(c, ALLOCATION_LENGTH_ZERO_REFUSED))
		return assay_scsi_bad_cdb(c, 3, 7);
	return 0;
}

void assay_scsi_inquiry(struct assay_scsi_command *c)
{
	uint8_t *out = assay_scsi_room(c, PAGE_MAX);

	if (!out)
		return;
	memset(out, 0, PAGE_MAX);
	if (c->cdb[1] & 0x01) {
		vital_product_data(c, out);
		return;
	}
	out[0] = peripheral(c);
	assay_scsi_give(c, standard(c, out));
}
