/* lun_ids.c - SCSI ids: designators and serial numbers of logical units, and tgt's scheme for them: SPC-4 sections 7.8.6 and 7.8.18, SAM-5. */
#include <stdio.h>
#include <string.h>

#include "codec/lun.h"
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

/* An id of one logical unit, as a string of bytes to compare. */
struct id {
	uint8_t bytes[260];
	size_t length;
};

/* The designator that names the logical unit: type and value. A unit without page 0x83 has none: scsi.vpd-supported-pages judges that. */
static struct id designator_of(struct assay_t *t, struct assay_initiator *i, uint64_t lun)
{
	struct assay_designator d;
	struct id id = { .length = 0 };
	struct assay_vpd page;

	if (!assay_vpd_offers(t, i, lun, 0x83))
		return id;
	page = assay_vpd_read(t, i, lun, 0x83);
	REQUIRE_THAT(t, assay_designator_find(&d, &page, 0, 0),
		"a designator of the logical unit in page 0x83", "none");
	id.bytes[0] = d.type;
	memcpy(id.bytes + 1, d.value, d.length);
	id.length = 1u + d.length;
	return id;
}

/* The unit serial number; none where there is no page 0x80, which is optional, or where it is all blanks: not available. */
static struct id serial_of(struct assay_t *t, struct assay_initiator *i, uint64_t lun)
{
	struct id id = { .length = 0 };
	struct assay_vpd page;
	size_t blank = 0;

	if (!assay_vpd_offers(t, i, lun, 0x80))
		return id;
	page = assay_vpd_read(t, i, lun, 0x80);
	id.length = page.length - 4 < sizeof(id.bytes) ? page.length - 4 : sizeof(id.bytes);
	memcpy(id.bytes, page.bytes + 4, id.length);
	while (blank < id.length && id.bytes[blank] == ' ')
		blank++;
	if (blank == id.length)
		id.length = 0;
	return id;
}

static bool same(const struct id *a, const struct id *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* tgt's scheme, page 0x83: "IET     ", target id and LUN in hexadecimal, four digits each, as a T10 vendor ID designator. */
static void tgt_designator(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t count = assay_report_luns(t, i, luns);

	for (size_t n = 0; n < count; n++) {
		struct assay_vpd page = assay_vpd_read(t, i, luns[n], 0x83);
		struct assay_lun_parts parts;
		struct assay_designator d;
		char expected[32];

		assay_lun_parse(&parts, luns[n]);
		snprintf(expected, sizeof(expected), "IET     %04x%04x", assay_setup(t)->target_id,
			parts.number);
		REQUIRE_THAT(t, assay_designator_find(&d, &page, 0, 1), "a T10 vendor ID designator",
			"none on LUN %u", parts.number);
		EXPECT(t, d.length >= 16 && memcmp(d.value, expected, 16) == 0, expected, "%.*s", d.length,
			(const char *)d.value);
		EXPECT_EQ(t, d.code_set, 2);
	}
}

/* tgt's scheme, page 0x80: "beaf", target id and LUN in decimal, right-justified in the field. */
static void tgt_serial(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t count = assay_report_luns(t, i, luns);

	for (size_t n = 0; n < count; n++) {
		struct id serial = serial_of(t, i, luns[n]);
		struct assay_lun_parts parts;
		char expected[32];
		size_t length, blank = 0;

		assay_lun_parse(&parts, luns[n]);
		length = (size_t)snprintf(
			expected, sizeof(expected), "beaf%u%u", assay_setup(t)->target_id, parts.number);
		while (blank < serial.length && serial.bytes[blank] == ' ')
			blank++;
		EXPECT(t,
			serial.length - blank == length &&
				memcmp(serial.bytes + blank, expected, length) == 0,
			expected, "\"%.*s\"", (int)serial.length, (const char *)serial.bytes);
	}
}

/* The ids of all logical units that a session sees, appended to a list; a unit without one cannot be told from another. */
static size_t collect(struct assay_t *t, struct assay_initiator *i, struct id *ids, size_t count,
	struct id (*get)(struct assay_t *, struct assay_initiator *, uint64_t))
{
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t found = assay_report_luns(t, i, luns);

	for (size_t n = 0; n < found && count < 2 * ASSAY_LUNS_MAX; n++) {
		ids[count] = get(t, i, luns[n]);
		count += ids[count].length > 0;
	}
	return count;
}

/* A session with the second target, whatever LUNs it has. Its account, where it is one that we know. */
static struct assay_initiator *to_second_target(struct assay_t *t)
{
	const struct assay_setup *setup = assay_setup(t);
	struct assay_initiator *i;

	assay_aim(t, setup->second_target);
	i = assay_connect(t);
	REQUIRE(t, i, assay_login(i));
	return i;
}

/* An id names one logical unit of the whole server: no two share it, over all LUNs and, where another target was named, over both. */
static void unique(struct assay_t *t, struct id (*get)(struct assay_t *, struct assay_initiator *, uint64_t))
{
	struct id *ids = assay_alloc(t, 2 * ASSAY_LUNS_MAX * sizeof(*ids));
	size_t count = collect(t, assay_connect_full_feature(t), ids, 0, get);

	if (assay_setup(t)->second_target)
		count = collect(t, to_second_target(t), ids, count, get);
	if (count < 2)
		assay_skip(t, "not-offered");
	for (size_t a = 0; a < count; a++)
		for (size_t b = a + 1; b < count; b++)
			EXPECT(t, !same(&ids[a], &ids[b]), "an id of its own for each logical unit",
				"unit %zu and unit %zu of %zu have the same", a + 1, b + 1, count);
}

static void designators_unique(struct assay_t *t)
{
	unique(t, designator_of);
}

static void serials_unique(struct assay_t *t)
{
	unique(t, serial_of);
}

/* An id stays: the same in another session. */
static void stable_over_sessions(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j;
	struct id designator = designator_of(t, i, assay_lun(t)), serial = serial_of(t, i, assay_lun(t)),
		  again;

	j = assay_connect_full_feature(t);
	again = designator_of(t, j, assay_lun(t));
	EXPECT(t, same(&designator, &again), "the same designator in another session", "another one");
	again = serial_of(t, j, assay_lun(t));
	EXPECT(t, same(&serial, &again), "the same serial number in another session", "another one");
}

/* And in the session of another initiator. There the LUN may stand for another unit, with ids of its own: a unit that one of its ids tells to be the same
 * has both of them. */
static void same_for_initiators(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j;
	struct id designator = designator_of(t, i, assay_lun(t)), serial = serial_of(t, i, assay_lun(t));
	struct id theirs, their_serial;
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t count, n = 0;

	if (!designator.length || !serial.length)
		assay_skip(t, "not-offered");
	j = assay_login_as(t, "iqn.2026-01.net.iscsi-assay:somebody-else");
	count = assay_report_luns(t, j, luns);
	while (n < count && luns[n] != assay_lun(t))
		n++;
	if (n == count)
		assay_skip(t, "not-declared"); /* LUNs that this initiator sees */
	theirs = designator_of(t, j, assay_lun(t));
	their_serial = serial_of(t, j, assay_lun(t));
	EXPECT(t, same(&designator, &theirs) == same(&serial, &their_serial),
		"designator and serial number of one unit, or both of another", "the same %s, another %s",
		same(&serial, &their_serial) ? "serial number" : "designator",
		same(&serial, &their_serial) ? "designator" : "serial number");
}

/* And it is the same by whatever path the unit is reached. */
static void same_over_portals(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j;
	struct id designator = designator_of(t, i, assay_lun(t)), serial = serial_of(t, i, assay_lun(t)),
		  again;

	assay_config(t)->host = assay_setup(t)->second_host;
	assay_config(t)->port = assay_setup(t)->second_port;
	j = assay_connect_full_feature(t);
	again = designator_of(t, j, assay_lun(t));
	EXPECT(t, same(&designator, &again), "the same designator over the other portal", "another one");
	again = serial_of(t, j, assay_lun(t));
	EXPECT(t, same(&serial, &again), "the same serial number over the other portal", "another one");
}

/* All pages speak of one device: qualifier and type agree with the standard data. */
static void pages_agree(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *standard = assay_scsi(t, i, scsi_cdb_inquiry(0, 0, 96));
	static const uint8_t pages[] = { 0x00, 0x80, 0x83 };

	EXPECT_GOOD(t, standard);
	for (size_t n = 0; n < sizeof(pages); n++)
		if (assay_vpd_offers(t, i, assay_lun(t), pages[n]))
			EXPECT_EQ(t, assay_vpd_read(t, i, assay_lun(t), pages[n]).bytes[0],
				assay_scsi_data(standard)[0]);
}

/* RFC 7143 section 4.4.2: the target port's SCSI name string: target name, ",t,0x" and the portal group tag in hexadecimal, NUL padded to four bytes. */
static void port_name(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_vpd page = assay_vpd_read(t, i, assay_lun(t), 0x83);
	struct assay_designator d;
	char expected[ASSAY_NAME_MAX + 16];
	size_t length;

	if (!assay_designator_find(&d, &page, 1, 8) || i->negotiation.params.target_portal_group_tag < 0)
		assay_skip(t, "not-offered");
	length = (size_t)snprintf(expected, sizeof(expected), "%s,t,0x%04x", assay_config(t)->target_name,
		(unsigned)i->negotiation.params.target_portal_group_tag);
	EXPECT(t, d.length > length && strncasecmp((const char *)d.value, expected, length) == 0, expected,
		"%.*s", d.length, (const char *)d.value);
	EXPECT_EQ(t, d.length % 4, 0);
	for (size_t n = length; n < d.length; n++)
		EXPECT_EQ(t, d.value[n], 0);
	if (d.piv)
		EXPECT_EQ(t, d.protocol, 5);
}

static const struct assay_test tests[] = {
	{ .id = "lun.tgt-designator",
		.reqs = "S-VPD-03",
		.section = "SPC-4 7.8.6",
		.level = MUST,
		.needs = ASSAY_NEED_IET_IDS,
		.run = tgt_designator,
		.desc = "names each unit IET, target id and LUN in hexadecimal, four digits each (tgt's "
			"scheme)",
		.defects = "id-lun-decimal" },
	{ .id = "lun.tgt-serial",
		.reqs = "S-VPD-07",
		.section = "SPC-4 7.8.18",
		.level = MUST,
		.needs = ASSAY_NEED_IET_IDS,
		.run = tgt_serial,
		.desc = "gives each unit the serial number beaf, target id and LUN, right-justified (tgt's "
			"scheme)",
		.defects = "serial-left-justified" },
	{ .id = "lun.designators-unique",
		.reqs = "S-VPD-04 S-VPD-03",
		.section = "SPC-4 7.8.6",
		.level = MUST,
		.needs = ASSAY_NEED_SECOND_LUN,
		.run = designators_unique,
		.desc = "has a designator of its own for each logical unit of the server",
		.defects = "id-same-for-all" },
	{ .id = "lun.serials-unique",
		.reqs = "S-VPD-07",
		.section = "SPC-4 7.8.18",
		.level = MUST,
		.needs = ASSAY_NEED_SECOND_LUN,
		.run = serials_unique,
		.desc = "has a serial number of its own for each logical unit of the server",
		.defects = "serial-same-for-all" },
	{ .id = "lun.ids-stable-over-sessions",
		.reqs = "S-VPD-04",
		.section = "SPC-4 7.8.6",
		.level = MUST,
		.run = stable_over_sessions,
		.desc = "gives a unit the same ids in every session",
		.defects = "id-changes-by-session" },
	{ .id = "lun.ids-same-for-initiators",
		.reqs = "S-VPD-04",
		.section = "SPC-4 7.8.6",
		.level = MUST,
		.run = same_for_initiators,
		.desc = "gives a unit the same ids for every initiator",
		.defects = "id-changes-by-initiator" },
	{ .id = "lun.ids-same-over-portals",
		.reqs = "S-VPD-04",
		.section = "SPC-4 7.8.6",
		.level = MUST,
		.needs = ASSAY_NEED_SECOND_PORTAL,
		.run = same_over_portals,
		.desc = "gives a unit the same ids over every portal",
		.defects = "id-changes-by-portal" },
	{ .id = "lun.pages-agree",
		.reqs = "S-VPD-02",
		.section = "SPC-4 7.8",
		.level = MUST,
		.run = pages_agree,
		.desc = "says the same peripheral qualifier and device type in all pages",
		.defects = "vpd-device-type-wrong" },
	{ .id = "lun.port-name",
		.reqs = "R7143-4.4.2-03 S-VPD-06",
		.section = "4.4.2",
		.level = MUST,
		.run = port_name,
		.desc = "names its port by target name, ,t,0x and portal group tag, NUL padded",
		.defects = "port-name-unpadded" },
};

const struct assay_suite assay_suite_lun_ids = {
	.name = "lun",
	.desc = "SCSI ids: designators, serial numbers, tgt's scheme",
	ASSAY_TESTS(tests),
};
