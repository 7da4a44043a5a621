/* scsi_reservations.c - RESERVE and RELEASE, persistent reservations: SPC-2 section 5.5, SPC-4 sections 5.13, 6.15 and 6.16. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

#define KEY_A UINT64_C(0x6173736179000001)
#define KEY_B UINT64_C(0x6173736179000002)

enum service_action {
	REGISTER = 0,
	RESERVE = 1,
	RELEASE = 2,
	CLEAR = 3,
	PREEMPT = 4,
	REGISTER_AND_IGNORE = 6
};
enum type { WRITE_EXCLUSIVE = 1, EXCLUSIVE_ACCESS = 3, WRITE_EXCLUSIVE_REGISTRANTS = 5 };

/* Two initiator ports on the unit that may be written. */
struct pair {
	struct assay_initiator *a, *b;
};

static struct pair connect_pair(struct assay_t *t)
{
	struct pair pair = { .a = assay_connect_full_feature(t) };

	pair.b = assay_connect_full_feature(t);
	return pair;
}

static struct assay_task *reserve_out(struct assay_t *t, struct assay_initiator *i,
	enum service_action action, enum type type, uint64_t key, uint64_t new_key)
{
	uint8_t *list = assay_alloc(t, 24), cdb[10] = { 0x5f, (uint8_t)action, (uint8_t)type, [8] = 24 };

	assay_put_be64(list, key);
	assay_put_be64(list + 8, new_key);
	return assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), 0, list, 24);
}

static struct assay_task *reserve_in(
	struct assay_t *t, struct assay_initiator *i, uint8_t action, uint16_t length)
{
	uint8_t cdb[10] = { 0x5e, action, [7] = (uint8_t)(length >> 8), [8] = (uint8_t)length };

	return assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), length, NULL, 0);
}

/* Registers a key for each, or skips where there are no persistent reservations. Keys of an earlier life are cleared. */
static void register_both(struct assay_t *t, const struct pair *pair)
{
	struct assay_task *task = reserve_out(t, pair->a, REGISTER_AND_IGNORE, 0, 0, KEY_A);

	if (task->status == 2 && task->sense_key == 5)
		assay_skip(t, "not-offered");
	REQUIRE_THAT(t, task->status == 0, "GOOD for REGISTER AND IGNORE EXISTING KEY", "status 0x%02x",
		task->status);
	reserve_out(t, pair->a, CLEAR, 0, KEY_A, 0);
	assay_scsi_ready(t, pair->b, assay_write_lun(t));
	REQUIRE_THAT(t, reserve_out(t, pair->a, REGISTER_AND_IGNORE, 0, 0, KEY_A)->status == 0,
		"GOOD for REGISTER", "an error");
	REQUIRE_THAT(t, reserve_out(t, pair->b, REGISTER_AND_IGNORE, 0, 0, KEY_B)->status == 0,
		"GOOD for REGISTER", "an error");
}

/* READ KEYS returns what was registered, by whatever nexus. */
static void read_keys(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_task *task;
	unsigned found = 0;

	register_both(t, &pair);
	task = reserve_in(t, pair.a, 0, 256);
	EXPECT_GOOD(t, task);
	for (uint32_t at = 8; at + 8 <= task->data_in_length; at += 8) {
		uint64_t key = assay_get_be64(assay_scsi_data(task) + at);

		found += (key == KEY_A) + (key == KEY_B);
	}
	EXPECT_EQ(t, found, 2);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* REGISTER with a key that is not the nexus's own: RESERVATION CONFLICT. */
static void register_wrong_key(struct assay_t *t)
{
	struct pair pair = connect_pair(t);

	register_both(t, &pair);
	EXPECT_EQ(t, reserve_out(t, pair.a, REGISTER, 0, KEY_A + 100, KEY_A + 1)->status, 0x18);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* Who is not registered cannot reserve. */
static void reserve_unregistered(struct assay_t *t)
{
	struct pair pair = connect_pair(t);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.b, REGISTER, 0, KEY_B, 0));
	EXPECT_EQ(t, reserve_out(t, pair.b, RESERVE, WRITE_EXCLUSIVE, KEY_B, 0)->status, 0x18);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* Write Exclusive: others read but do not write; the holder does both. */
static void write_exclusive(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_place place = assay_place(t, 1);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	EXPECT_GOOD(t, assay_write10(t, pair.a, &place));
	EXPECT_GOOD(t, assay_read10(t, pair.b, place.lba, 1, place.block_size));
	EXPECT_EQ(t, assay_write10(t, pair.b, &place)->status, 0x18);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* Exclusive Access: others do not read either; INQUIRY and REPORT LUNS they may. */
static void exclusive_access(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_place place = assay_place(t, 1);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, EXCLUSIVE_ACCESS, KEY_A, 0));
	EXPECT_EQ(t, assay_read10(t, pair.b, place.lba, 1, place.block_size)->status, 0x18);
	EXPECT_GOOD(t, assay_scsi_on(t, pair.b, assay_write_lun(t), scsi_cdb_inquiry(0, 0, 36)));
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* READ RESERVATION names holder's key and type; with none, nothing. */
static void read_reservation(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_task *none, *held;

	register_both(t, &pair);
	none = reserve_in(t, pair.a, 1, 64);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	held = reserve_in(t, pair.b, 1, 64);
	EXPECT_EQ(t, none->data_in_length, 8);
	REQUIRE_THAT(t, held->data_in_length == 24, "24 bytes", "%u", held->data_in_length);
	EXPECT_EQ(t, assay_get_be64(assay_scsi_data(held) + 8), KEY_A);
	EXPECT_EQ(t, assay_scsi_data(held)[21] & 0xf, WRITE_EXCLUSIVE);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* RELEASE by another than the holder does nothing, and is GOOD. */
static void release_by_other(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_place place = assay_place(t, 1);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	EXPECT_GOOD(t, reserve_out(t, pair.b, RELEASE, WRITE_EXCLUSIVE, KEY_B, 0));
	EXPECT_EQ(t, assay_write10(t, pair.b, &place)->status, 0x18);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* PREEMPT takes reservation and registration from the holder. */
static void preempt(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_place place = assay_place(t, 1);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	EXPECT_GOOD(t, reserve_out(t, pair.b, PREEMPT, WRITE_EXCLUSIVE, KEY_B, KEY_A));
	assay_scsi_ready(t, pair.a, assay_write_lun(t));
	EXPECT_GOOD(t, assay_write10(t, pair.b, &place));
	EXPECT_EQ(t, assay_write10(t, pair.a, &place)->status, 0x18);
	EXPECT_GOOD(t, reserve_out(t, pair.b, CLEAR, 0, KEY_B, 0));
}

/* CLEAR takes all away: everyone may write again. */
static void clear(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_place place = assay_place(t, 1);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	EXPECT_GOOD(t, reserve_out(t, pair.b, CLEAR, 0, KEY_B, 0));
	assay_scsi_ready(t, pair.a, assay_write_lun(t));
	EXPECT_GOOD(t, assay_write10(t, pair.b, &place));
	EXPECT_EQ(t, reserve_in(t, pair.a, 0, 256)->data_in_length, 8);
}

/* PRGENERATION rises with REGISTER, not with RESERVE. */
static void generation(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	uint32_t before, reserved, registered;

	register_both(t, &pair);
	before = assay_get_be32(assay_scsi_data(reserve_in(t, pair.a, 0, 256)));
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	reserved = assay_get_be32(assay_scsi_data(reserve_in(t, pair.a, 0, 256)));
	EXPECT_GOOD(t, reserve_out(t, pair.a, REGISTER, 0, KEY_A, KEY_A + 16));
	registered = assay_get_be32(assay_scsi_data(reserve_in(t, pair.a, 0, 256)));
	EXPECT_EQ(t, reserved, before);
	EXPECT_EQ(t, registered, before + 1);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A + 16, 0));
}

/* A parameter list of another length than 24: PARAMETER LIST LENGTH ERROR. */
static void list_length(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	uint8_t *list = assay_alloc(t, 24);
	const uint8_t cdb[10] = { 0x5f, REGISTER_AND_IGNORE, [8] = 16 };

	register_both(t, &pair);
	EXPECT_SENSE(
		t, assay_scsi_cdb(t, pair.a, assay_write_lun(t), cdb, sizeof(cdb), 0, list, 16), 0x5, 0x1a00);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* RESERVE(6): the other nexus gets RESERVATION CONFLICT until RELEASE(6). */
static void reserve_6(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_task *reserved = assay_scsi_on(t, pair.a, assay_write_lun(t), scsi_cdb_reserve6()),
			  *other;

	if (reserved->status == 2 && reserved->asc == 0x20)
		assay_skip(t, "not-offered");
	other = assay_read10(t, pair.b, place.lba, 1, place.block_size);
	EXPECT_GOOD(t, assay_scsi_on(t, pair.b, assay_write_lun(t), scsi_cdb_release6()));
	EXPECT_EQ(t, assay_read10(t, pair.b, place.lba, 1, place.block_size)->status, 0x18);
	EXPECT_GOOD(t, assay_scsi_on(t, pair.a, assay_write_lun(t), scsi_cdb_release6()));
	EXPECT_GOOD(t, reserved);
	EXPECT_EQ(t, other->status, 0x18);
	EXPECT_GOOD(t, assay_read10(t, pair.b, place.lba, 1, place.block_size));
}

/* REPORT CAPABILITIES is of 8 bytes, and its mask, when valid, says what RESERVE takes. */
static void capabilities(struct assay_t *t)
{
	static const struct {
		uint8_t type, byte, mask;
	} types[] = { { 1, 4, 0x02 }, { 3, 4, 0x08 }, { 5, 4, 0x20 }, { 6, 4, 0x40 }, { 7, 4, 0x80 },
		{ 8, 5, 0x01 } };
	struct pair pair = connect_pair(t);
	struct assay_task *task;
	const uint8_t *data;

	register_both(t, &pair);
	task = reserve_in(t, pair.a, 2, 64);
	data = assay_scsi_data(task);
	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length == 8 && assay_get_be16(data) == 8, "8 bytes, and LENGTH 8",
		"%u bytes, LENGTH %u", task->data_in_length, assay_get_be16(data));
	for (size_t n = 0; data[3] & 0x80 && n < sizeof(types) / sizeof(types[0]); n++) {
		bool said = data[types[n].byte] & types[n].mask;

		task = reserve_out(t, pair.a, RESERVE, types[n].type, KEY_A, 0);
		EXPECT(t, (task->status == 0) == said, "RESERVE of a type as the mask says",
			"type %u: mask %d, status 0x%02x", types[n].type, said, task->status);
		reserve_out(t, pair.a, RELEASE, types[n].type, KEY_A, 0);
		/* a unit attention for the release would be another fault than a wrong mask */
		assay_scsi_ready(t, pair.a, assay_write_lun(t));
	}
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* READ FULL STATUS names the initiator port of a registration by an iSCSI TransportID of format 01b: name, ",i,0x", ISID. */
static void full_status(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_task *task;
	const uint8_t *data, *id = NULL;
	char port[300];

	register_both(t, &pair);
	task = reserve_in(t, pair.a, 3, 1024);
	if (task->status == 2 && task->asc == 0x24)
		assay_skip(t, "not-offered");
	EXPECT_GOOD(t, task);
	data = assay_scsi_data(task);
	for (uint32_t at = 8; at + 28 <= task->data_in_length; at += 24 + assay_get_be32(data + at + 20))
		if (assay_get_be64(data + at) == KEY_A)
			id = data + at + 24;
	snprintf(port, sizeof(port), "%s,i,0x%012" PRIx64, pair.a->config->initiator_name,
		pair.a->session->isid);
	REQUIRE_THAT(t, id && id + 4 + strlen(port) <= data + task->data_in_length, "a descriptor of the key",
		"none that is whole");
	EXPECT_EQ(t, id[0], 0x45);
	EXPECT(t, strncasecmp((const char *)id + 4, port, strlen(port)) == 0,
		"the name and ISID of the initiator port", "%.*s", (int)strlen(port), (const char *)id + 4);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* A service action of PERSISTENT RESERVE IN that there is none of. */
static void reserved_action(struct assay_t *t)
{
	EXPECT_SENSE(t, assay_scsi_offered(t, reserve_in(t, assay_connect_full_feature(t), 0x1f, 64)), 0x5,
		0x2400);
}

/* A short allocation length cuts the data, not what ADDITIONAL LENGTH says. */
static void keys_truncated(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_task *whole, *cut;

	register_both(t, &pair);
	whole = reserve_in(t, pair.a, 0, 256);
	cut = reserve_in(t, pair.a, 0, 8);
	EXPECT_EQ(t, cut->data_in_length, 8);
	EXPECT_EQ(t, assay_get_be32(assay_scsi_data(cut) + 4), assay_get_be32(assay_scsi_data(whole) + 4));
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* The holder may reserve again what it has; another type conflicts. */
static void reserve_again(struct assay_t *t)
{
	struct pair pair = connect_pair(t);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	EXPECT_EQ(t, reserve_out(t, pair.a, RESERVE, EXCLUSIVE_ACCESS, KEY_A, 0)->status, 0x18);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* A registration is the I_T nexus's, not the session's: it is there after a logout, for the same name and ISID. */
static void survives_logout(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_initiator *again;

	register_both(t, &pair);
	assay_config(t)->isid = pair.a->session->isid;
	REQUIRE(t, pair.a, assay_logout(pair.a, 0, NULL));
	again = assay_connect_full_feature(t);
	EXPECT_GOOD(t, reserve_out(t, again, RESERVE, WRITE_EXCLUSIVE, KEY_A, 0));
	EXPECT_GOOD(t, reserve_out(t, pair.b, CLEAR, 0, KEY_B, 0));
}

/* The release of a reservation for registrants is told to the other ones: RESERVATIONS RELEASED. */
static void release_told(struct assay_t *t)
{
	struct pair pair = connect_pair(t);

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.a, RESERVE, WRITE_EXCLUSIVE_REGISTRANTS, KEY_A, 0));
	EXPECT_GOOD(t, assay_scsi_ready(t, pair.b, assay_write_lun(t)));
	EXPECT_GOOD(t, reserve_out(t, pair.a, RELEASE, WRITE_EXCLUSIVE_REGISTRANTS, KEY_A, 0));
	EXPECT_SENSE(t, assay_scsi_on(t, pair.b, assay_write_lun(t), scsi_cdb_testunitready()), 0x6, 0x2a04);
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
}

/* RESERVE(6) of an unregistered nexus conflicts as long as another one is registered. */
static void reserve_6_beside_keys(struct assay_t *t)
{
	struct pair pair = connect_pair(t);
	struct assay_task *task;

	register_both(t, &pair);
	EXPECT_GOOD(t, reserve_out(t, pair.b, REGISTER, 0, KEY_B, 0));
	task = assay_scsi_on(t, pair.b, assay_write_lun(t), scsi_cdb_reserve6());
	assay_scsi_on(t, pair.b, assay_write_lun(t), scsi_cdb_release6());
	EXPECT_GOOD(t, reserve_out(t, pair.a, CLEAR, 0, KEY_A, 0));
	assay_scsi_offered(t, task);
	EXPECT_EQ(t, task->status, 0x18);
}

#define TEST(slug, requirements, clause, function, words, defect)                                            \
	{                                                                                                    \
		.id = "scsi." slug, .reqs = requirements, .section = clause, .level = MUST,                  \
		.needs = ASSAY_NEED_WRITE | ASSAY_NEED_DISRUPTIVE | ASSAY_NEED_EXCLUSIVE, .run = function,   \
		.desc = words, .defects = defect                                                             \
	}

static const struct assay_test tests[] = {
	TEST("persistent-read-keys", "S-PERSISTENT-RESERVE-IN-01 S-PERSISTENT-RESERVE-OUT-04", "SPC-4 6.15.2",
		read_keys, "returns the keys that nexuses registered", "pr-keys-first-only"),
	TEST("persistent-register-wrong-key", "S-PERSISTENT-RESERVE-OUT-02", "SPC-4 5.13.7",
		register_wrong_key, "answers REGISTER with a wrong key with RESERVATION CONFLICT",
		"pr-key-unchecked"),
	TEST("persistent-reserve-unregistered", "S-PERSISTENT-RESERVE-OUT-03", "SPC-4 5.13.8",
		reserve_unregistered, "lets only registered nexuses reserve", "pr-reserve-unregistered"),
	TEST("persistent-write-exclusive", "S-PERSISTENT-RESERVE-OUT-11", "SPC-4 5.13.1", write_exclusive,
		"keeps others from writing under Write Exclusive, not from reading",
		"pr-write-not-fenced pr-read-fenced"),
	TEST("persistent-exclusive-access", "S-PERSISTENT-RESERVE-OUT-11 S-STATUS-04 S-REPORT-LUNS-01",
		"SPC-4 5.13.1", exclusive_access,
		"keeps others from reading under Exclusive Access, not from INQUIRY", "pr-read-not-fenced"),
	TEST("persistent-read-reservation", "S-PERSISTENT-RESERVE-IN-02", "SPC-4 6.15.3", read_reservation,
		"names the holder's key and the type of a reservation", "pr-type-wrong"),
	TEST("persistent-release-by-other", "S-PERSISTENT-RESERVE-OUT-07", "SPC-4 5.13.11.2",
		release_by_other, "leaves a reservation alone when another than its holder releases",
		"pr-release-by-anyone"),
	TEST("persistent-preempt", "S-PERSISTENT-RESERVE-OUT-08", "SPC-4 5.13.11.4", preempt,
		"takes reservation and registration from the one preempted", "pr-preempt-keeps-victim"),
	TEST("persistent-clear", "S-PERSISTENT-RESERVE-OUT-10", "SPC-4 5.13.11.6", clear,
		"takes all keys and the reservation away by CLEAR", "pr-clear-keeps-keys"),
	TEST("persistent-generation", "S-PERSISTENT-RESERVE-OUT-05", "SPC-4 6.15.2", generation,
		"raises PRGENERATION with REGISTER, not with RESERVE", "pr-generation-stuck"),
	TEST("persistent-list-length", "S-PERSISTENT-RESERVE-OUT-01", "SPC-4 6.16.3", list_length,
		"refuses a parameter list that is not of 24 bytes with 1Ah/00h", "pr-length-unchecked"),
	TEST("persistent-capabilities", "S-PERSISTENT-RESERVE-IN-03", "SPC-4 6.15.4", capabilities,
		"takes the types of reservation that REPORT CAPABILITIES says", "pr-mask-wrong"),
	TEST("persistent-full-status", "S-PERSISTENT-RESERVE-IN-04", "SPC-4 7.6.4.6", full_status,
		"names registered initiator ports by name and ISID", "pr-isid-left-out"),
	TEST("persistent-in-reserved-action", "S-PERSISTENT-RESERVE-IN-05 S-CDB-02", "SPC-4 6.15.1",
		reserved_action, "refuses a reserved service action of PERSISTENT RESERVE IN",
		"service-action-unchecked"),
	TEST("persistent-keys-truncated", "S-PERSISTENT-RESERVE-IN-06 S-CDB-08", "SPC-4 6.15.2",
		keys_truncated, "cuts the list of keys, and not its ADDITIONAL LENGTH",
		"pr-length-truncated"),
	TEST("persistent-reserve-again", "S-PERSISTENT-RESERVE-OUT-06", "SPC-4 5.13.9", reserve_again,
		"lets the holder reserve again with the same type only", "pr-reserve-again-conflicts"),
	TEST("persistent-survives-logout", "S-PERSISTENT-RESERVE-OUT-13", "SPC-4 5.13.7", survives_logout,
		"keeps a registration for the initiator port that logged out", "pr-lost-at-logout"),
	TEST("persistent-release-told", "S-PERSISTENT-RESERVE-OUT-16", "SPC-4 5.13.11.2", release_told,
		"tells the other registrants of a release with 2Ah/04h", "pr-release-untold"),
	TEST("reserve-beside-keys", "S-RESERVE-RELEASE-03", "SPC-4 5.13.3", reserve_6_beside_keys,
		"answers RESERVE(6) with RESERVATION CONFLICT where others are registered",
		"reserve-beside-keys"),
	TEST("reserve-release", "S-RESERVE-RELEASE-01 S-RESERVE-RELEASE-02", "SPC-2 7.21", reserve_6,
		"fences others by RESERVE(6) until the holder releases",
		"reserve-not-fenced release-by-anyone"),
};

const struct assay_suite assay_suite_scsi_reservations = {
	.name = "scsi",
	.desc = "RESERVE, RELEASE, persistent reservations",
	ASSAY_TESTS(tests),
};
