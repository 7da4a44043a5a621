/* vpd.c - reads vital product data and LUN inventories for tests; what it REQUIREs is what a test cannot go on without. */
#include "suites/target/vpd.h"

#include "codec/bytes.h"
#include "codec/lun.h"

struct assay_vpd assay_vpd_read(struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint8_t page)
{
	struct assay_task *task = assay_scsi_on(t, i, lun, scsi_cdb_inquiry(1, page, ASSAY_VPD_MAX));
	struct assay_vpd vpd = { assay_scsi_data(task), task->data_in_length };

	REQUIRE_THAT(t, task->status == 0, "GOOD for INQUIRY of a VPD page", "status 0x%02x, page 0x%02x",
		task->status, page);
	REQUIRE_THAT(t, vpd.length >= 4, "at least the four bytes of a page header", "%u bytes", vpd.length);
	REQUIRE_THAT(t, vpd.bytes[1] == page, "the page that was asked for", "page 0x%02x", vpd.bytes[1]);
	REQUIRE_THAT(t, 4u + assay_get_be16(vpd.bytes + 2) == vpd.length || vpd.length == ASSAY_VPD_MAX,
		"PAGE LENGTH of the bytes that follow", "%u with %u bytes after it",
		assay_get_be16(vpd.bytes + 2), vpd.length - 4);
	return vpd;
}

bool assay_vpd_offers(struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint8_t page)
{
	struct assay_task *task = assay_scsi_on(t, i, lun, scsi_cdb_inquiry(1, 0x00, 255));

	for (uint32_t n = 4; task->status == 0 && n < task->data_in_length; n++)
		if (assay_scsi_data(task)[n] == page)
			return true;
	return false;
}

struct assay_vpd assay_vpd_optional(struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint8_t page)
{
	struct assay_vpd none = { NULL, 0 };

	return assay_vpd_offers(t, i, lun, page) ? assay_vpd_read(t, i, lun, page) : none;
}

int assay_designator_next(struct assay_designator *out, uint32_t *offset, const struct assay_vpd *page)
{
	const uint8_t *d = page->bytes + 4 + *offset;
	uint32_t left = page->length - 4 - *offset;

	if (left == 0)
		return 0;
	if (left < 4 || left < 4u + d[3])
		return -1;
	*out = (struct assay_designator){
		.protocol = d[0] >> 4,
		.code_set = d[0] & 0xf,
		.piv = d[1] >> 7,
		.association = (d[1] >> 4) & 3,
		.type = d[1] & 0xf,
		.value = d + 4,
		.length = d[3],
	};
	*offset += 4u + d[3];
	return 1;
}

int assay_designator_find(
	struct assay_designator *out, const struct assay_vpd *page, uint8_t association, uint8_t type)
{
	uint32_t offset = 0;

	while (assay_designator_next(out, &offset, page) == 1)
		if (out->association == association &&
			(type ? out->type == type
			      : out->type == 1 || out->type == 2 || out->type == 3 || out->type == 8))
			return 1;
	return 0;
}

size_t assay_report_luns(struct assay_t *t, struct assay_initiator *i, uint64_t *out)
{
	static const uint8_t cdb[12] = {
		0xa0, [8] = (8 + 8 * ASSAY_LUNS_MAX) >> 8, [9] = (8 + 8 * ASSAY_LUNS_MAX) & 0xff
	};
	struct assay_task *task = assay_scsi_cdb(t, i, 0, cdb, sizeof(cdb), 8 + 8 * ASSAY_LUNS_MAX, NULL, 0);
	const uint8_t *data = assay_scsi_data(task);
	size_t count;

	REQUIRE_THAT(t, task->status == 0, "GOOD for REPORT LUNS", "status 0x%02x", task->status);
	REQUIRE_THAT(t, task->data_in_length >= 8, "at least the header of eight bytes", "%u bytes",
		task->data_in_length);
	count = (task->data_in_length - 8) / 8;
	for (size_t n = 0; n < count; n++)
		out[n] = assay_get_be64(data + 8 + 8 * n);
	return count;
}

uint64_t assay_missing_lun(struct assay_t *t, struct assay_initiator *i)
{
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t count = assay_report_luns(t, i, luns), n;

	for (uint32_t number = 250; number > 0; number--) {
		for (n = 0; n < count; n++) {
			struct assay_lun_parts parts;

			assay_lun_parse(&parts,
				luns[n]); /* flat space addressing reaches the unit of that number too */
			if (luns[n] == assay_lun_from_number(number) ||
				(parts.simple && parts.number == number))
				break;
		}
		if (n == count)
			return assay_lun_from_number(number);
	}
	assay_skip(t, "not-offered");
}
