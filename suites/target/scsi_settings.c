/* scsi_settings.c - what MODE SELECT does to a unit and who hears of it; self-test, timeouts and port groups: SPC-4 sections 6 and 7.5. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

#define CACHING 0x08
#define CONTROL 0x0a

/* A page of the unit that is written: its current values and those that can be changed, as a parameter list for MODE SELECT(6) with zeros before. */
struct page {
	uint8_t list[4 + 64];
	uint8_t changeable[4 + 64];
	uint32_t length; /* bytes of the list */
};

static const uint8_t *sense_page(
	struct assay_t *t, struct assay_initiator *i, int pc, uint8_t code, uint32_t *length)
{
	struct assay_task *task = assay_scsi_on(
		t, i, assay_write_lun(t), scsi_cdb_modesense6(1, pc, code, 0, 64));

	if (task->status != 0 || task->data_in_length < 4 + 12)
		assay_skip(t, "not-offered");
	*length = task->data_in_length;
	return assay_scsi_data(task);
}

static struct page read_page(struct assay_t *t, struct assay_initiator *i, uint8_t code)
{
	struct page page = { .length = 0 };
	uint32_t same;
	const uint8_t *data = sense_page(t, i, 0, code, &page.length);

	memcpy(page.list + 4, data + 4, page.length - 4);
	page.list[4] &= 0x7f; /* PS is reserved in MODE SELECT */
	data = sense_page(t, i, 1, code, &same);
	REQUIRE_THAT(t, same == page.length, "pages of one length", "%u and %u bytes", page.length, same);
	memcpy(page.changeable + 4, data + 4, same - 4);
	return page;
}

static struct assay_task *select_page(
	struct assay_t *t, struct assay_initiator *i, const struct page *page, uint32_t length)
{
	return assay_scsi_offered(
		t, assay_scsi_write(t, i, scsi_cdb_modeselect6(1, 0, (int)length), page->list, length));
}

/* The page with one bit turned over, set by this nexus: a skip where that bit cannot be changed. */
static struct page change(
	struct assay_t *t, struct assay_initiator *i, uint8_t code, unsigned byte, uint8_t bit)
{
	struct page page = read_page(t, i, code);

	if (!(page.changeable[4 + byte] & bit))
		assay_skip(t, "not-offered");
	page.list[4 + byte] ^= bit;
	EXPECT_GOOD(t, select_page(t, i, &page, page.length));
	page.list[4 + byte] ^= bit;
	return page;
}

/* What cannot be changed is refused: INVALID FIELD IN PARAMETER LIST. RLEC, GLTSD, D_SENSE or SWP, whichever is fixed. */
static void fixed_values(struct assay_t *t)
{
	static const uint8_t bits[][2] = { { 2, 0x02 }, { 2, 0x01 }, { 2, 0x04 }, { 4, 0x08 } };
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct page page = read_page(t, i, CONTROL);
	struct assay_task *task;
	unsigned n = 0;

	while (n < 4 && page.changeable[4 + bits[n][0]] & bits[n][1])
		n++;
	if (n == 4)
		assay_skip(t, "not-offered");
	page.list[4 + bits[n][0]] ^= bits[n][1];
	task = select_page(t, i, &page, page.length);
	EXPECT_SENSE(t, task, 0x5, 0x2600);
}

/* An error in a list keeps all of it from taking effect: WCE is as before when an unknown page comes behind it. */
static void all_or_nothing(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct page page = read_page(t, i, CACHING), after;

	if (!(page.changeable[4 + 2] & 0x04) || page.length + 10 > sizeof(page.list))
		assay_skip(t, "not-offered");
	page.list[4 + 2] ^= 0x04;
	page.list[page.length] = 0x2d;
	page.list[page.length + 1] = 8;
	EXPECT_SENSE(t, select_page(t, i, &page, page.length + 10), 0x5, 0x2600);
	after = read_page(t, i, CACHING);
	page.list[4 + 2] ^= 0x04;
	EXPECT_EQ(t, after.list[4 + 2], page.list[4 + 2]);
	select_page(t, i, &page, page.length);
}

/* SP=1 where nothing can be saved: INVALID FIELD IN CDB. That nothing can is what MODE SENSE for saved values says. */
static void save_pages(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct page page = read_page(t, i, CACHING);
	struct assay_task *saved = assay_scsi_on(
		t, i, assay_write_lun(t), scsi_cdb_modesense6(1, 3, CACHING, 0, 64));

	if (saved->status != 2 || saved->asc != 0x39)
		assay_skip(t, "not-offered");
	EXPECT_SENSE(t,
		assay_scsi_offered(t, assay_scsi_write(t, i, scsi_cdb_modeselect6(1, 1, (int)page.length),
					      page.list, page.length)),
		0x5, 0x2400);
}

/* Another nexus hears of changed parameters: MODE PARAMETERS CHANGED. */
static void change_told(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *other = assay_connect_full_feature(t);
	struct page before = change(t, i, CACHING, 2, 0x04);
	struct assay_task *task = assay_scsi_on(t, other, assay_write_lun(t), scsi_cdb_testunitready());

	EXPECT_GOOD(t, select_page(t, i, &before, before.length));
	EXPECT_SENSE(t, task, 0x6, 0x2a01);
}

/* SWP=1: writes end DATA PROTECT, WRITE PROTECTED. */
static void software_write_protect(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct page before = change(t, i, CONTROL, 4, 0x08);
	struct assay_task *task = assay_write10(t, i, &place);

	EXPECT_GOOD(t, select_page(t, i, &before, before.length));
	if (before.list[4 + 4] & 0x08)
		assay_skip(t, "not-offered"); /* it was protected before */
	EXPECT_SENSE(t, task, 0x7, 0x2700);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
}

/* D_SENSE chooses the format of sense data. */
static void descriptor_sense(struct assay_t *t)
{
	const uint8_t unknown[6] = { 0x1f };
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct page before = change(t, i, CONTROL, 2, 0x04);
	struct assay_task *task = assay_scsi_cdb(
		t, i, assay_write_lun(t), unknown, sizeof(unknown), 0, NULL, 0);
	uint8_t format = before.list[4 + 2] & 0x04 ? 0x70 : 0x72;

	EXPECT_GOOD(t, select_page(t, i, &before, before.length));
	EXPECT_SENSE(t, task, 0x5, 0x2000);
	EXPECT_EQ(t, task->sense[0] & 0x7f, format);
}

/* A self-test ends GOOD, or there is none: the command or its bit are refused. */
static void self_test(struct assay_t *t)
{
	const uint8_t cdb[6] = { 0x1d, 0x04 };
	struct assay_task *task = assay_scsi_cdb(
		t, assay_connect_full_feature(t), assay_lun(t), cdb, sizeof(cdb), 0, NULL, 0);

	EXPECT(t,
		task->status == 0 || (task->status == 2 && task->sense_key == 5 &&
					     (task->asc == 0x20 || task->asc == 0x24)),
		"GOOD, or CHECK CONDITION 20h/00h or 24h/00h", "status 0x%02x, sense %x/%02x/%02x",
		task->status, task->sense_key, task->asc, task->ascq);
}

/* RCTD=1: every descriptor of a command says CTDP=1 and a timeouts descriptor of twelve bytes follows it. */
static void command_timeouts(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_report_supported_opcodes(1, 0, 0, 0, 8192));
	const uint8_t *data = assay_scsi_data(task);
	uint32_t at = 4;

	if (task->status == 2)
		assay_skip(t, "not-offered");
	while (at + 8 <= task->data_in_length && data[at + 5] & 0x02 && at + 20 <= task->data_in_length &&
		assay_get_be16(data + at + 8) == 10)
		at += 20;
	EXPECT_EQ(t, at, task->data_in_length);
}

/* The port's number by page 83h's designator of that type, or a skip where there is none. */
static uint16_t port_number(struct assay_t *t, const struct assay_vpd *page, uint8_t type)
{
	struct assay_designator found;

	if (!assay_designator_find(&found, page, 1, type) || found.length != 4)
		assay_skip(t, "not-offered");
	return assay_get_be16(found.value + 2);
}

/* Is the port in the list of target port group descriptors, in that group? */
static bool lists_port(const struct assay_task *task, uint16_t group, uint16_t port)
{
	const uint8_t *data = assay_scsi_data(task);
	uint32_t ports;

	for (uint32_t at = 4; at + 8 <= task->data_in_length; at += 8 + 4 * ports) {
		ports = data[at + 7];
		for (uint32_t n = 0; n < ports && at + 12 + 4 * n <= task->data_in_length; n++)
			if (assay_get_be16(data + at + 2) == group &&
				assay_get_be16(data + at + 10 + 4 * n) == port)
				return true;
	}
	return false;
}

static struct assay_task *report_port_groups(struct assay_t *t, struct assay_initiator *i, uint16_t length)
{
	uint8_t cdb[12] = { 0xa3, 0x0a, [8] = (uint8_t)(length >> 8), [9] = (uint8_t)length };
	struct assay_task *inquiry = assay_scsi(t, i, scsi_cdb_inquiry(0, 0, 36));

	if (inquiry->data_in_length < 6 || !(assay_scsi_data(inquiry)[5] & 0x30)) /* TPGS */
		assay_skip(t, "not-offered");
	return assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 2048, NULL, 0);
}

/* Where TPGS is said, the list of groups has this session's port, in the group that page 83h gives it. */
static void port_groups(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = report_port_groups(t, i, 2048);
	struct assay_vpd page = assay_vpd_read(t, i, assay_lun(t), 0x83);
	uint16_t port = port_number(t, &page, 4), group = port_number(t, &page, 5);

	EXPECT_GOOD(t, task);
	EXPECT(t, lists_port(task, group, port), "relative port and group of page 83h in the list",
		"no port %u in a group %u", port, group);
}

/* A short allocation length cuts the data, not what RETURN DATA LENGTH says. */
static void port_groups_truncated(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *whole = report_port_groups(t, i, 2048), *cut = report_port_groups(t, i, 8);

	EXPECT_GOOD(t, whole);
	EXPECT_EQ(t, cut->data_in_length, 8);
	EXPECT_EQ(t, assay_get_be32(assay_scsi_data(cut)), whole->data_in_length - 4);
}

#define TEST(slug, requirements, clause, need, function, words, defect)                                      \
	{                                                                                                    \
		.id = "scsi." slug, .reqs = requirements, .section = clause, .level = MUST, .needs = need,   \
		.run = function, .desc = words, .defects = defect                                            \
	}

#define CHANGES (ASSAY_NEED_WRITE | ASSAY_NEED_DISRUPTIVE | ASSAY_NEED_EXCLUSIVE)

static const struct assay_test tests[] = {
	TEST("mode-fixed-values", "S-MODE-06", "SPC-4 7.5.1", CHANGES, fixed_values,
		"refuses to change what it says cannot be changed", "mode-fixed-accepted"),
	TEST("mode-all-or-nothing", "S-MODE-12", "SPC-4 6.11", CHANGES, all_or_nothing,
		"changes nothing by a parameter list with an error in it", "mode-select-partial"),
	TEST("mode-save-pages", "S-MODE-10", "SPC-4 6.11", CHANGES, save_pages,
		"refuses SP=1 where it saves nothing", "mode-sp-ignored"),
	TEST("mode-change-told", "S-UNIT-ATTENTION-07", "SPC-4 6.11", CHANGES, change_told,
		"tells the other nexus of changed mode parameters with 2Ah/01h", "mode-change-untold"),
	TEST("mode-software-write-protect", "S-MODE-08 S-WRITE-04", "SPC-4 7.5.8", CHANGES,
		software_write_protect, "refuses to write with 27h/00h while SWP=1", "swp-ignored"),
	TEST("mode-descriptor-sense", "S-MODE-08", "SPC-4 7.5.8", CHANGES, descriptor_sense,
		"sends sense data in the format that D_SENSE says", "d-sense-ignored"),
	TEST("self-test", "S-MISC-02", "SPC-4 6.42", ASSAY_NEED_DISRUPTIVE, self_test,
		"ends a self-test GOOD, or says that it has none", "self-test-not-ready"),
	TEST("supported-operations-timeouts", "S-RSOC-03", "SPC-4 6.35", 0, command_timeouts,
		"adds a timeouts descriptor to each command for RCTD=1", "rsoc-no-timeouts"),
	TEST("port-groups", "S-RTPG-01 S-VPD-05", "SPC-4 6.37", 0, port_groups,
		"lists the port and the group that page 83h names", "rtpg-port-wrong"),
	TEST("port-groups-truncated", "S-RTPG-02 S-CDB-08", "SPC-4 6.37", 0, port_groups_truncated,
		"cuts the list of port groups, and not its length", "rtpg-length-truncated"),
};

const struct assay_suite assay_suite_scsi_settings = {
	.name = "scsi",
	.desc = "What MODE SELECT changes, self-test, command timeouts, port groups",
	ASSAY_TESTS(tests),
};
