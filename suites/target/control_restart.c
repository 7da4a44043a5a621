/* control_restart.c - what a restart of the target leaves: no session, what was stored, and a unit attention. RFC 7143 sections 6.3.1 and 6.3.5, SAM-5 section 5.14,
 * SBC-3 section 4.10. */
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

#define RESTART_NEEDS (ASSAY_NEED_RESTART | ASSAY_NEED_DISRUPTIVE)
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

/* SAM-5: after power on, and what amounts to it, every nexus has a unit attention 29h. 29h/07h is the loss of a nexus, and of the former one nothing is left. */
static void power_on(struct assay_t *t)
{
	struct assay_initiator *old = assay_connect_full_feature(t), *i;
	struct assay_task *task;

	assay_control(t, "restart");
	assay_config(t)->isid = old->session->isid;
	i = assay_connect(t);
	REQUIRE(t, i, assay_login(i));
	task = assay_scsi(t, i, scsi_cdb_testunitready());
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
		.desc = "has a power-on unit attention after its restart",
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
