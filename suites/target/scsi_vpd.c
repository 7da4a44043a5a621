/* scsi_vpd.c - INQUIRY, vital product data: SPC-4 section 7.8, SBC-3 section 6.5. */
#include "codec/bytes.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

/* Page 0x00 lists pages in ascending order, among them itself and 0x83. */
static void supported_pages(struct assay_t *t)
{
	struct assay_vpd page = assay_vpd_read(t, assay_connect_full_feature(t), assay_lun(t), 0x00);
	bool has_names = false;

	REQUIRE_THAT(t, page.length > 4, "a list that is not empty", "an empty one");
	EXPECT_EQ(t, page.bytes[4], 0x00);
	for (uint32_t n = 4; n < page.length; n++) {
		has_names |= page.bytes[n] == 0x83;
		if (n > 4)
			EXPECT(t, page.bytes[n] > page.bytes[n - 1], "ascending page codes",
				"0x%02x after 0x%02x", page.bytes[n], page.bytes[n - 1]);
	}
	EXPECT(t, has_names, "page 0x83 in the list", "no 0x83");
}

/* What the list names can be read, and says its own page code and a length that fits. */
static void listed_pages_readable(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_vpd list = assay_vpd_read(t, i, assay_lun(t), 0x00);

	for (uint32_t n = 4; n < list.length; n++) {
		struct assay_task *task = assay_scsi(t, i, scsi_cdb_inquiry(1, list.bytes[n], 255));

		EXPECT_GOOD(t, task);
		EXPECT(t, task->data_in_length >= 4 && assay_scsi_data(task)[1] == list.bytes[n],
			"page code 0x00 to 0xff as listed", "page 0x%02x: %u bytes", list.bytes[n],
			task->data_in_length);
		EXPECT_EQ(t, assay_scsi_data(task)[0], list.bytes[0]);
	}
}

/* Each designator of page 0x83 ends within the page, and one of them names the logical unit by T10, EUI-64, NAA or SCSI name. */
static void device_identification(struct assay_t *t)
{
	struct assay_vpd page = assay_vpd_read(t, assay_connect_full_feature(t), assay_lun(t), 0x83);
	struct assay_designator d;
	uint32_t offset = 0;
	bool named = false;
	int more;

	while ((more = assay_designator_next(&d, &offset, &page)) == 1)
		named |= d.association == 0 && (d.type == 1 || d.type == 2 || d.type == 3 || d.type == 8);
	EXPECT(t, more == 0, "designators that end with the page", "one that runs past it at offset %u",
		offset + 4);
	EXPECT(t, named, "a designator of the logical unit (T10, EUI-64, NAA or SCSI name)", "none");
}

/* Lengths and forms of designators: NAA 8 or 16 bytes by its first digit, EUI-64 8, 12 or 16, relative port 4, binary ones in code set 1. */
static void designator_forms(struct assay_t *t)
{
	struct assay_vpd page = assay_vpd_read(t, assay_connect_full_feature(t), assay_lun(t), 0x83);
	struct assay_designator d;
	uint32_t offset = 0;

	while (assay_designator_next(&d, &offset, &page) == 1) {
		EXPECT(t, d.code_set >= 1 && d.code_set <= 3, "code set 1, 2 or 3", "%u", d.code_set);
		if (d.type == 3)
			EXPECT(t, d.code_set == 1 && d.length == (d.value[0] >> 4 == 6 ? 16 : 8),
				"an NAA name of 8 bytes, or 16 for NAA 6, binary", "%u bytes, NAA %u",
				d.length, d.value[0] >> 4);
		if (d.type == 2)
			EXPECT(t, d.code_set == 1 && (d.length == 8 || d.length == 12 || d.length == 16),
				"an EUI-64 name of 8, 12 or 16 bytes", "%u bytes", d.length);
		if (d.type == 4 || d.type == 5)
			EXPECT(t, d.length == 4 && d.association == 1, "four bytes, associated with the port",
				"%u bytes, association %u", d.length, d.association);
		if (d.type == 8)
			EXPECT(t, d.code_set == 3 && d.length % 4 == 0,
				"a SCSI name in UTF-8, padded to four bytes", "%u bytes, code set %u",
				d.length, d.code_set);
	}
}

/* A page that a unit need not have. */
static struct assay_vpd optional_page(struct assay_t *t, struct assay_initiator *i, uint8_t page)
{
	if (!assay_vpd_offers(t, i, assay_lun(t), page))
		assay_skip(t, "not-offered");
	return assay_vpd_read(t, i, assay_lun(t), page);
}

/* The unit serial number is ASCII. */
static void serial_is_ascii(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_vpd page = optional_page(t, i, 0x80);

	for (uint32_t n = 4; n < page.length; n++)
		EXPECT(t, page.bytes[n] >= 0x20 && page.bytes[n] <= 0x7e, "ASCII", "byte %u is 0x%02x", n,
			page.bytes[n]);
	EXPECT(t, page.length > 4, "a serial number that is not empty", "an empty one");
}

/* A page is cut at the allocation length; PAGE LENGTH stays whole. */
static void truncated(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_vpd whole = assay_vpd_read(t, i, assay_lun(t), 0x83);
	struct assay_task *cut = assay_scsi(t, i, scsi_cdb_inquiry(1, 0x83, 8));

	EXPECT_GOOD(t, cut);
	EXPECT_EQ(t, cut->data_in_length, 8);
	EXPECT_EQ(t, assay_get_be16(assay_scsi_data(cut) + 2), whole.length - 4);
}

/* Block limits are 60 bytes since SBC-3 (SBC-2: 12). */
static void block_limits_length(struct assay_t *t)
{
	struct assay_vpd page = optional_page(t, assay_connect_full_feature(t), 0xb0);

	EXPECT(t, page.length >= 64 || page.length == 16,
		"PAGE LENGTH 3Ch or more (SBC-3 and after it), or 0Ch (SBC-2)", "%02xh", page.length - 4);
}

/* MEDIUM ROTATION RATE: 0 not reported, 1 none, 0401h to FFFEh revolutions a minute. */
static void rotation_rate(struct assay_t *t)
{
	struct assay_vpd page = optional_page(t, assay_connect_full_feature(t), 0xb1);
	uint16_t rate;

	REQUIRE_THAT(t, page.length >= 6, "at least six bytes", "%u", page.length);
	rate = assay_get_be16(page.bytes + 4);
	EXPECT(t, rate <= 1 || (rate >= 0x0401 && rate <= 0xfffe), "0, 1, or 0401h to FFFEh", "%04xh", rate);
}

/* A unit whose READ CAPACITY(16) says LBPME=1 has page 0xB2. */
static void provisioning_page(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *capacity = assay_scsi(t, i, scsi_cdb_readcapacity16());

	if (capacity->status != 0 || capacity->data_in_length < 15 || !(assay_scsi_data(capacity)[14] & 0x80))
		assay_skip(t, "not-offered");
	EXPECT(t, assay_vpd_offers(t, i, assay_lun(t), 0xb2), "page 0xB2 in the list of pages, since LBPME=1",
		"no 0xB2");
}

static const struct assay_test tests[] = {
	{ .id = "scsi.vpd-supported-pages",
		.reqs = "S-VPD-01",
		.section = "SPC-4 7.8.16",
		.level = MUST,
		.run = supported_pages,
		.desc = "lists its VPD pages in ascending order, 0x00 and 0x83 among them",
		.defects = "vpd-pages-unsorted" },
	{ .id = "scsi.vpd-listed-pages-readable",
		.reqs = "S-VPD-02",
		.section = "SPC-4 7.8.16",
		.level = MUST,
		.run = listed_pages_readable,
		.desc = "returns every VPD page that it lists, with its page code",
		.defects = "vpd-listed-page-missing" },
	{ .id = "scsi.vpd-device-identification",
		.reqs = "S-VPD-03",
		.section = "SPC-4 7.8.6",
		.level = MUST,
		.run = device_identification,
		.desc = "names the logical unit in page 0x83",
		.defects = "vpd-no-lu-designator" },
	{ .id = "scsi.vpd-designator-forms",
		.reqs = "S-VPD-03 S-VPD-06",
		.section = "SPC-4 7.8.6",
		.level = MUST,
		.run = designator_forms,
		.desc = "gives designators lengths, code sets and associations that fit their types",
		.defects = "port-name-unpadded" },
	{ .id = "scsi.vpd-serial-is-ascii",
		.reqs = "S-VPD-07",
		.section = "SPC-4 7.8.18",
		.level = MUST,
		.run = serial_is_ascii,
		.desc = "has a unit serial number in ASCII",
		.defects = "serial-binary" },
	{ .id = "scsi.vpd-truncated",
		.reqs = "S-CDB-08",
		.section = "SPC-4 4.3.5.6",
		.level = MUST,
		.run = truncated,
		.desc = "cuts a VPD page at the allocation length, and not what PAGE LENGTH says",
		.defects = "vpd-length-truncated" },
	{ .id = "scsi.vpd-block-limits-length",
		.reqs = "S-VPD-10",
		.section = "SBC-3 6.5.3",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = block_limits_length,
		.desc = "gives page 0xB0 the length of the standard",
		.defects = "vpd-block-limits-short" },
	{ .id = "scsi.vpd-rotation-rate",
		.reqs = "S-VPD-12",
		.section = "SBC-3 6.5.2",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = rotation_rate,
		.desc = "has a medium rotation rate that exists in page 0xB1",
		.defects = "vpd-rotation-rate-reserved" },
	{ .id = "scsi.vpd-provisioning-page",
		.reqs = "S-VPD-14",
		.section = "SBC-3 6.5.4",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = provisioning_page,
		.desc = "has page 0xB2 when READ CAPACITY(16) says LBPME=1",
		.defects = "vpd-no-provisioning-page" },
};

const struct assay_suite assay_suite_scsi_vpd = {
	.name = "scsi",
	.desc = "INQUIRY: vital product data",
	ASSAY_TESTS(tests),
};
