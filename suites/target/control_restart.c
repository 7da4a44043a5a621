/* control_restart.c - what a restart of the target leaves: no session, what was stored, and a unit attention. RFC 7143 sections 6.3.1 and 6.3.5, SAM-5 section 5.14,
 * SBC-3 section 4.10. */
#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

#define RESTART_NEEDS (ASSAY_NEED_RESTART | ASSAY_NEED_DISRUPTIVE)
#define KEY           UINT64_C(0x6173736179000003)
#define ATTENTIONS    4 /* that may be pending at once */
#define RESTART_TIME  60000 /* milliseconds for a test: a target in a guest takes a while */

/* Section 6.3.1: a TSIH from before names a session that does not exist; the initiator's way back is a new session, with its old ISID if it likes. */
static void ends_sessions(struct assay_t *t)
{
	struct assay_initiator *old = assay_connect_full_feature(t), *joined, *new;

	assay_control(t, "restart");
	EXPECT_CLOSE(t, old);
	assay_ignore_rule(t, "login-tsih-echo"); /* it takes the session for one that still exists */
	joined = assay_connect_into(t, old, old->cid);
	EXPECT_LOGIN_STATUS(t, joined, assay_login(joined), 0x020a);
	assay_config(t)->isid = old->session->isid;
	new = assay_connect_full_feature(t);
	EXPECT_ALIVE(t, new);
}

/* SPC-4 section 6.14: registers new_key in the place of key, 0: none, for no longer than until power is lost. */
static void register_key(struct assay_t *t, struct assay_initiator *i, uint64_t key, uint64_t new_key)
{
	const uint8_t cdb[10] = { 0x5f, [8] = 24 };
	uint8_t list[24] = { 0 };

	assay_put_be64(list, key);
	assay_put_be64(list + 8, new_key);
	assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 0, list, sizeof(list));
}

/* SPC-4 section 6.15.2: PRGENERATION counts registrations, and begins again with 0 at power on. 0 also where there is none. */
static uint32_t generation(struct assay_t *t, struct assay_initiator *i)
{
	const uint8_t cdb[10] = { 0x5e, [8] = 8 };
	const struct assay_task *task = NULL;

	for (unsigned n = 0; !n || (n < ATTENTIONS && task->status == 2 && task->sense_key == 6); n++)
		task = assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 8, NULL, 0);
	return task->status == 0 && task->data_in_length >= 4 ? assay_get_be32(task->data_in) : 0;
}

/*
 * SAM-5: after power on, and what amounts to it, every nexus has a unit attention 29h. 29h/07h is the loss of a nexus, and of the former one nothing is left.
 * Whether an administrator's restart was a power on for the unit is not ours to say: he may have taken the target's service down and left the units as they were.
 * The unit's own count of registrations tells, and where it goes on nothing was to be told.
 */
static void power_on(struct assay_t *t)
{
	struct assay_initiator *old = assay_connect_full_feature(t), *i;
	struct assay_task *task;
	uint32_t before, after;

	register_key(t, old, 0, KEY);
	before = generation(t, old);
	if (!before)
		assay_skip(t, "not-offered");
	assay_control(t, "restart");
	assay_config(t)->isid = old->session->isid;
	i = assay_connect(t);
	REQUIRE(t, i, assay_login(i));
	task = assay_scsi(t, i, scsi_cdb_testunitready());
	after = generation(t, i);
	register_key(t, i, KEY, 0);
	if (after >= before)
		assay_skip(t, "needs-control");
	EXPECT(t, task->status == 2 && task->sense_key == 6 && task->asc == 0x29 && task->ascq != 7,
		"CHECK CONDITION, UNIT ATTENTION, 29h with another qualifier than 07h",
		"status 0x%02x, sense %x/%02x/%02x", task->status, task->sense_key, task->asc, task->ascq);
}

/* What SYNCHRONIZE CACHE has put down outlives the process that took it. A unit without that command has no cache. */
static void keeps_data(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 8);

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	assay_scsi_on(t, i, assay_write_lun(t),
		scsi_cdb_synchronizecache10((int)place.lba, (int)place.blocks, 0, 0));
	assay_control(t, "restart");
	i = assay_connect_full_feature(t);
	assay_expect_medium(t, i, &place, place.pattern);
}

static const struct assay_test tests[] = {
	{ .id = "control.restart-ends-sessions",
		.reqs = "R7143-6.3.1-07 R7143-6.3.1-03",
		.section = "6.3.1",
		.level = MUST,
		.needs = RESTART_NEEDS,
		.deadline_ms = RESTART_TIME,
		.run = ends_sessions,
		.desc = "knows no session of before its restart: closes it, answers its TSIH with 0x020A, "
			"and "
			"takes a new one",
		.defects = "tsih-unknown-new" },
	{ .id = "control.restart-power-on",
		.reqs = "S-UNIT-ATTENTION-05",
		.section = "SAM-5 5.14",
		.level = SHOULD,
		.needs = RESTART_NEEDS,
		.deadline_ms = RESTART_TIME,
		.run = power_on,
		.desc = "has a power-on unit attention after a restart that was one for the unit",
		.defects = "ua-none" },
	{ .id = "control.restart-keeps-data",
		.reqs = "S-SYNC-CACHE-03",
		.section = "SBC-3 4.10",
		.level = MUST,
		.needs = RESTART_NEEDS | ASSAY_NEED_WRITE | ASSAY_NEED_PERSISTENT,
		.deadline_ms = RESTART_TIME,
		.run = keeps_data,
		.desc = "still has after its restart what was synchronised before",
		.defects = "restart-loses-data" },
};

const struct assay_suite assay_suite_control_restart = {
	.name = "control",
	.desc = "what an administrator does while sessions are there: a restart",
	ASSAY_TESTS(tests),
};
