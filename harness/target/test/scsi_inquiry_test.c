/* scsi_inquiry_test.c - INQUIRY, its pages, REPORT LUNS and how units name themselves; libiscsi decodes a second time. SPC-4 sections 6.4, 6.33, 7.8. */
#include "scsi_fixture.h"
#include "test/unit.h"

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <stdio.h>

static struct fixture f;

static const struct outcome *page(struct assay_scsi_nexus *n, uint64_t lun, uint8_t code)
{
	return COMMAND(n, lun, 0x12, 0x01, code, 0x10, 0);
}

static void fields(void)
{
	static const struct scsi_case cases[] = {
		{ "whole", UNIT(0), { 0x12, 0, 0, 0, 255 }, 0, 0, -1, 96 },
		{ "cut", UNIT(0), { 0x12, 0, 0, 0, 5 }, 0, 0, -1, 5 },
		{ "16-bit allocation length", UNIT(0), { 0x12, 0, 0, 1, 0 }, 0, 0, -1, 96 },
		{ "nothing asked for", UNIT(0), { 0x12, 0, 0, 0, 0 }, 0, 0, -1, 0 },
		{ "page without EVPD", UNIT(0), { 0x12, 0, 0x83, 0, 255 }, 2, 0x052400, 2, 0 },
		{ "CMDDT", UNIT(0), { 0x12, 0x02, 0, 0, 255 }, 2, 0x052400, 1, 0 },
		{ "a page that there is none of", UNIT(0), { 0x12, 0x01, 0x99, 0, 255 }, 2, 0x052400, 2, 0 },
		{ "page 00h", UNIT(0), { 0x12, 0x01, 0x00, 0, 255 }, 0, 0, -1, 12 },
		{ "page 80h", UNIT(0), { 0x12, 0x01, 0x80, 0, 255 }, 0, 0, -1, 40 },
		{ "page 86h", UNIT(0), { 0x12, 0x01, 0x86, 0, 255 }, 0, 0, -1, 64 },
		{ "page B0h", UNIT(0), { 0x12, 0x01, 0xb0, 0, 255 }, 0, 0, -1, 64 },
		{ "page B1h", UNIT(0), { 0x12, 0x01, 0xb1, 0, 255 }, 0, 0, -1, 64 },
		{ "page B2h", UNIT(0), { 0x12, 0x01, 0xb2, 0, 255 }, 0, 0, -1, 8 },
		{ "NACA", UNIT(0), { 0x12, 0, 0, 0, 255, 0x04 }, 2, 0x052400, 5, 0 },
		{ "no unit", UNIT(77), { 0x12, 0, 0, 0, 255 }, 0, 0, -1, 96 },
		{ "no unit, page 00h", UNIT(77), { 0x12, 1, 0, 0, 255 }, 0, 0, -1, 5 },
		{ "no unit, page 83h", UNIT(77), { 0x12, 1, 0x83, 0, 255 }, 2, 0x052400, 2, 0 },
		{ "well-known unit", UNIT(0xc101), { 0x12, 0, 0, 0, 255 }, 0, 0, -1, 96 },
		{ "well-known unit, TEST UNIT READY", UNIT(0xc101), { 0 }, 0, 0, -1, 0 },
		{ "well-known unit, READ", UNIT(0xc101), { 0x28 }, 2, 0x052000, -1, 0 },
		{ "a well-known unit that there is none of", UNIT(0xc102), { 0 }, 2, 0x052500, -1, 0 },
		{ "REPORT LUNS", UNIT(0), { 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 8 + 6 * 8 },
		{ "REPORT LUNS, well-known ones", UNIT(0), { 0xa0, 0, 1, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1,
			16 },
		{ "REPORT LUNS, all", UNIT(1), { 0xa0, 0, 2, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 8 + 7 * 8 },
		{ "REPORT LUNS of the well-known unit", UNIT(0xc101), { 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0 }, 0,
			0, -1, 8 + 6 * 8 },
		{ "REPORT LUNS, reserved selection", UNIT(0), { 0xa0, 0, 3, 0, 0, 0, 0, 0, 1, 0 }, 2,
			0x052400, 2, 0 },
		{ "REPORT LUNS, too short", UNIT(0), { 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 15 }, 2, 0x052400, 6,
			0 },
		{ "REPORT LUNS, no unit", UNIT(77), { 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0 }, 2, 0x052500, -1, 0 },
	};

	run_cases(f.first, cases, sizeof(cases) / sizeof(cases[0]));
}

static void standard_data(void)
{
	const struct outcome *o = COMMAND(f.first, UNIT(22), 0x12, 0, 0, 0, 255);

	CU_ASSERT(o->data[0] == 0 && o->data[2] == 6 && (o->data[3] & 0xf) == 2 && o->data[4] == 91);
	CU_ASSERT(memcmp(o->data + 8, "IET     VIRTUAL-DISK    0001", 28) == 0);
	CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(22), 0x12, 0, 0, 0, 5)->data[4], 91);
	CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(77), 0x12, 0, 0, 0, 255)->data[0], 0x7f);
	CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(0xc101), 0x12, 0, 0, 0, 255)->data[0], 0x1e);
}

/* What tgtd sends for target 1, LUN 22. */
static void tgt_names(void)
{
	static const uint8_t designators[] = { 0x02, 0x01, 0x00, 0x10, 'I', 'E', 'T', ' ', ' ', ' ', ' ', ' ',
		'0', '0', '0', '1', '0', '0', '1', '6', /**/
		0x01, 0x03, 0x00, 0x08, 0x30, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x16 };
	const struct outcome *o = page(f.first, UNIT(22), 0x80);

	CU_ASSERT_EQUAL(assay_get_be16(o->data + 2), 36);
	CU_ASSERT(memcmp(o->data + 4, "                             beaf122", 36) == 0);
	o = page(f.first, UNIT(22), 0x83);
	CU_ASSERT(memcmp(o->data + 4, designators, sizeof(designators)) == 0);
	CU_ASSERT_EQUAL(assay_get_be16(o->data + 2) + 4u, o->length);
}

/* The port of the second nexus, behind the unit's own names. */
static void port_names(void)
{
	static const char name[] = TARGET_NAME ",t,0x0002";
	const struct outcome *o = page(f.second, UNIT(22), 0x83);
	unsigned seen = 0;

	for (uint32_t at = 4; at < o->length; at += 4u + o->data[at + 3]) {
		const uint8_t *d = o->data + at;

		if (d[1] == 0x94 || d[1] == 0x95) /* PIV, port; relative port, port group */
			CU_ASSERT_EQUAL(assay_get_be32(d + 4), 2);
		if (d[1] == 0x98) {
			CU_ASSERT_EQUAL(d[0], 0x53);
			CU_ASSERT_EQUAL(d[3] % 4, 0);
			CU_ASSERT(memcmp(d + 4, name, sizeof(name)) == 0);
		}
		seen |= 1u << (d[1] & 0xf);
	}
	CU_ASSERT_EQUAL(seen, 1u << 1 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 8);
}

/* Two targets and their units: no name twice. */
static void naa_names(void)
{
	static const char *const targets[] = { TARGET_NAME, TARGET_NAME ".second" };
	uint8_t seen[8][8];
	unsigned count = 0;

	for (unsigned t = 0; t < 2; t++) {
		struct assay_scsi_device *d = assay_scsi_device_new(t + 1, targets[t], ASSAY_ID_NAA, NULL);
		struct assay_scsi_nexus *n = assay_scsi_nexus_new(d, FIRST_NAME, 1, 1);

		for (uint32_t lun = 0; lun < 4; lun++) {
			const struct assay_lun_spec spec = { .lun = lun, .blocks = 8, .block_size = 512 };
			char serial[17];
			const struct outcome *o;

			CU_ASSERT_EQUAL(assay_scsi_add_lun(d, &spec, NULL), 0);
			o = page(n, UNIT(lun), 0x83);
			CU_ASSERT_EQUAL(o->data[4 + 4 + 24 + 1], 0x03); /* behind the T10 one */
			memcpy(seen[count], o->data + 4 + 4 + 24 + 4, 8);
			CU_ASSERT_EQUAL(seen[count][0] >> 4, 3);
			snprintf(serial, sizeof(serial), "%016llx",
				(unsigned long long)assay_get_be64(seen[count]));
			CU_ASSERT(memcmp(o->data + 4 + 4 + 8, serial, 16) == 0);
			CU_ASSERT(memcmp(page(n, UNIT(lun), 0x80)->data + 4, serial, 16) == 0);
			for (unsigned i = 0; i < count; i++)
				CU_ASSERT(memcmp(seen[i], seen[count], 8) != 0);
			count++;
		}
		assay_scsi_nexus_free(n);
		assay_scsi_device_free(d);
	}
}

/* Every listed page is there, ascending, and says its own code. */
static void listed_pages(void)
{
	uint8_t codes[64], count;
	const struct outcome *o = page(f.first, UNIT(2), 0x00);

	count = o->data[3];
	memcpy(codes, o->data + 4, count);
	for (uint8_t i = 0; i < count; i++) {
		CU_ASSERT(i == 0 || codes[i] > codes[i - 1]);
		o = page(f.first, UNIT(2), codes[i]);
		EXPECT_GOOD(o);
		CU_ASSERT_EQUAL(o->data[1], codes[i]);
		CU_ASSERT_EQUAL(assay_get_be16(o->data + 2) + 4u, o->length);
	}
	o = page(f.first, UNIT(2), 0xb0);
	CU_ASSERT_EQUAL(assay_get_be32(o->data + 8), (16u << 20) / 4096);
	CU_ASSERT_EQUAL(assay_get_be32(o->data + 28), 1);
}

static void report_luns(void)
{
	static const uint64_t luns[] = { UNIT(0), UNIT(1), UNIT(22), UNIT(2), UNIT(3), UNIT(0x4000 | 300) };
	const struct outcome *o = COMMAND(f.first, UNIT(0), 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 16);

	CU_ASSERT_EQUAL(assay_get_be32(o->data), 48); /* all of them, though one fits */
	CU_ASSERT_EQUAL(o->length, 16);
	o = COMMAND(f.first, UNIT(0), 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
	for (unsigned i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(assay_get_be64(o->data + 8 + 8 * i), luns[i]);
	}
}

/* A LUN map of one initiator: it alone sees it, and it hides the unit that all others see. */
static void maps(void)
{
	struct assay_lun_spec spec = { .lun = 9, .blocks = 16, .block_size = 512, .initiator = SECOND_NAME };

	CU_ASSERT_EQUAL(assay_scsi_add_lun(f.device, &spec, NULL), 0);
	CU_ASSERT(assay_scsi_add_lun(f.device, &spec, NULL) < 0);
	EXPECT_SENSE(COMMAND(f.first, UNIT(9), 0), 0x052500);
	EXPECT_GOOD(COMMAND(f.first, UNIT(1), 0));
	spec.initiator = NULL;
	spec.blocks = 32;
	CU_ASSERT_EQUAL(assay_scsi_add_lun(f.device, &spec, NULL), 0);
	CU_ASSERT_EQUAL(
		assay_get_be32(COMMAND(f.second, UNIT(0), 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0)->data), 7 * 8);
	COMMAND(f.first, UNIT(9), 0);
	COMMAND(f.second, UNIT(9), 0);
	CU_ASSERT_EQUAL(assay_get_be32(COMMAND(f.first, UNIT(9), 0x25)->data), 31);
	CU_ASSERT_EQUAL(assay_get_be32(COMMAND(f.second, UNIT(9), 0x25)->data), 15);
	CU_ASSERT_EQUAL(page(f.first, UNIT(9), 0x83)->data[4 + 4 + 8 + 4], '8'); /* identity 8000h: its own */
	CU_ASSERT_EQUAL(assay_scsi_remove_lun(f.device, 9), 0);
	CU_ASSERT(assay_scsi_remove_lun(f.device, 9) < 0);
	fixture_calm(f.first);
	fixture_calm(f.second);
}

/* --- libiscsi as a second reader --- */

static void *decode(struct scsi_task *task, const struct outcome *o)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(task);
	task->datain.data = (unsigned char *)o->data;
	task->datain.size = (int)o->length;
	return scsi_datain_unmarshall(task);
}

static void release(struct scsi_task *task)
{
	task->datain.data = NULL;
	scsi_free_scsi_task(task);
}

static void second_reader(void)
{
	struct scsi_task *task = scsi_cdb_inquiry(0, 0, 255);
	struct scsi_inquiry_standard *standard = decode(
		task, command_out(f.first, UNIT(1), task->cdb, 16, NULL, 0));

	CU_ASSERT(standard && standard->cmdque && standard->version == 6 &&
		  standard->response_data_format == 2);
	CU_ASSERT(standard && standard->tpgs == 1);
	release(task);

	task = scsi_cdb_inquiry(1, SCSI_INQUIRY_PAGECODE_BLOCK_LIMITS, 255);
	struct scsi_inquiry_block_limits *limits = decode(
		task, command_out(f.first, UNIT(1), task->cdb, 16, NULL, 0));
	CU_ASSERT(limits && limits->wsnz == 1 && limits->max_cmp == 128 && limits->max_xfer_len == 32768);
	CU_ASSERT(limits && limits->max_unmap_bdc == 32 && limits->max_ws_len == 32768);
	release(task);

	task = scsi_cdb_inquiry(1, SCSI_INQUIRY_PAGECODE_LOGICAL_BLOCK_PROVISIONING, 255);
	struct scsi_inquiry_logical_block_provisioning *b2 = decode(
		task, command_out(f.first, UNIT(1), task->cdb, 16, NULL, 0));
	CU_ASSERT(b2 && b2->lbpu && b2->lbpws && b2->lbpws10 && b2->lbprz && b2->provisioning_type == 2);
	release(task);

	task = scsi_cdb_readcapacity16();
	struct scsi_readcapacity16 *capacity = decode(
		task, command_out(f.first, UNIT(1), task->cdb, 16, NULL, 0));
	CU_ASSERT(
		capacity && capacity->returned_lba == FIRST_BLOCKS - 1 && capacity->lbpme && capacity->lbprz);
	release(task);

	task = scsi_reportluns_cdb(0, 256);
	struct scsi_reportluns_list *luns = decode(
		task, command_out(f.first, UNIT(1), task->cdb, 16, NULL, 0));
	CU_ASSERT(luns && luns->num == 6 && luns->luns[2] == 22);
	release(task);

	task = scsi_cdb_modesense6(0, SCSI_MODESENSE_PC_CURRENT, SCSI_MODEPAGE_CACHING, 0, 255);
	struct scsi_mode_sense *sense = decode(task, command_out(f.first, UNIT(1), task->cdb, 16, NULL, 0));
	CU_ASSERT(sense && sense->pages && sense->pages->page_code == 8 && sense->pages->caching.wce == 1);
	release(task);
}

static CU_TestInfo tests[] = {
	{ "fields of the CDB", fields },
	{ "standard data", standard_data },
	{ "tgt's names", tgt_names },
	{ "the port's names", port_names },
	{ "NAA names", naa_names },
	{ "listed pages", listed_pages },
	{ "REPORT LUNS", report_luns },
	{ "LUN maps", maps },
	{ "libiscsi reads the same", second_reader },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	fixture_open(&f);
	failed = unit_run("inquiry", tests);
	fixture_close(&f);
	return failed;
}
