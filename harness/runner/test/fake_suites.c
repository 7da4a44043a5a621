/* fake_suites.c - tests that end in every way that a test can end. */
#include "fake_suites.h"

#include <signal.h>
#include <unistd.h>

volatile int fake_target_pid;

static void passes(struct assay_t *t)
{
	EXPECT_ALIVE(t, assay_connect_full_feature(t));
}

static void fails(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	EXPECT(t, i->cid == 7, "a CID of 7", "%u", i->cid);
	EXPECT_EQ(t, i->session->isid & 1, 9);
}

static void fails_otherwise(struct assay_t *t)
{
	EXPECT(t, !assay_connect_full_feature(t), "nothing", "something");
}

static void fails_lightly(struct assay_t *t)
{
	EXPECT_ALIVE(t, assay_connect_full_feature(t));
	assay_at_level(t, SHOULD);
	fails(t);
}

static void fails_lightly_and_then(struct assay_t *t)
{
	fails_lightly(t);
	assay_at_level(t, MUST);
	fails(t);
}

static void skips(struct assay_t *t)
{
	assay_connect_full_feature(t);
	assay_skip(t, "not-offered");
}

static void skips_for_no_reason(struct assay_t *t)
{
	assay_connect_full_feature(t);
	assay_skip(t, "too-lazy");
}

static void dies(struct assay_t *t)
{
	fails(t);
	raise(SIGKILL);
}

static void exits(struct assay_t *t)
{
	EXPECT_ALIVE(t, assay_connect_full_feature(t));
	_exit(0);
}

static void hangs(struct assay_t *t)
{
	EXPECT_ALIVE(t, assay_connect_full_feature(t));
	for (;;)
		pause();
}

static void loops(struct assay_t *t)
{
	volatile unsigned n = 0;

	EXPECT_ALIVE(t, assay_connect_full_feature(t));
	for (;;)
		n++;
}

static void hangs_for_good(struct assay_t *t)
{
	signal(SIGTERM, SIG_IGN);
	hangs(t);
}

static void sends_nothing(struct assay_t *t)
{
	EXPECT(t, assay_connect(t), "a connection", "none");
}

static void waits_for_close(struct assay_t *t)
{
	assay_config(t)->timeout = 600 * ASSAY_SECOND;
	EXPECT_CLOSE(t, assay_connect(t));
}

static void claims_nothing(struct assay_t *t)
{
	assay_connect_full_feature(t);
}

static void stops(struct assay_t *t)
{
	EXPECT_ALIVE(t, assay_connect_full_feature(t));
	assay_stop(t);
}

static void stops_at_once(struct assay_t *t)
{
	assay_connect_full_feature(t);
	assay_stop(t);
}

static void has_precondition(struct assay_t *t)
{
	assay_connect_full_feature(t);
	REQUIRE_THAT(t, 1 + 1 == 3, "other numbers", "%d", 2);
}

static void asks_too_much(struct assay_t *t)
{
	assay_connect_with(t, "NoSuchKey", "Yes", NULL);
}

static void is_refused(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_config(t)->target_name = "iqn.2026-01.net.iscsi-assay:no-such-target";
	i = assay_connect(t);
	REQUIRE(t, i, assay_login(i));
}

static void misbehaves(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu ping;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.ttt =
		5; /* with a valid ITT, TTT is the reserved value: our own fault, and no finding against the target */
	ping.bit7 = 1;
	REQUIRE(t, i, assay_send(i, &ping));
	EXPECT(t, 1, "", "%s", "");
}

static void watches(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	EXPECT(t, assay_nop(i, NULL, 0, NULL) >= 0, "an answer", "none");
}

static void fails_often(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	for (int n = 0; n < 100; n++)
		EXPECT(t, i->cid > 7, "more", "less");
}

static void writes(struct assay_t *t)
{
	uint32_t blocks = 0, block_size = 0;

	assay_connect_full_feature(t);
	assay_region(t, &blocks, &block_size);
	EXPECT(t, blocks >= 2048 && block_size >= 512, "a region", "%u blocks of %u", blocks, block_size);
}

static void controls(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	assay_control(t, "add-lun");
	assay_control(t, "remove-lun");
	assay_control(t, "restart");
	EXPECT_CLOSE(t, i);
	EXPECT_ALIVE(t, assay_connect_full_feature(t));
}

static void writes_without_leave(struct assay_t *t)
{
	static const uint8_t cdb[10] = { 0x2a, [8] = 1 };
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint8_t *block = assay_alloc(t, 512);
	struct assay_task task;

	assay_task_init(&task, assay_lun(t), cdb, sizeof(cdb));
	task.data_out = block;
	task.write_length = 512;
	EXPECT(t, assay_task_run(i, &task) >= 0, "an answer", "none");
}

/* The same to a unit that the target does not have is harmless. */
static void writes_to_nobody(struct assay_t *t)
{
	static const uint8_t cdb[10] = { 0x2a, [8] = 1 };
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint8_t *block = assay_alloc(t, 512);
	struct assay_task task;

	assay_task_init(&task, UINT64_C(99) << 48, cdb, sizeof(cdb));
	task.data_out = block;
	task.write_length = 512;
	REQUIRE(t, i, assay_task_run(i, &task));
	EXPECT_SENSE(t, &task, 5, 0x2500);
}

static void kills_by_control(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	assay_control(t, "add-lun"); /* the profile's line for it kills the target */
	EXPECT_ALIVE(t, i);
}

static void kills_target(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	kill(fake_target_pid, SIGKILL);
	EXPECT_ALIVE(t, i);
}

static void uses_numbers(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *other = assay_connect_full_feature(t);
	unsigned char a[16], *kept = assay_alloc(t, 16);

	assay_fill(t, a, sizeof(a));
	for (int n = 0; n < 16; n++)
		kept[n] = a[n];
	EXPECT(t, i->session->isid != other->session->isid, "another ISID", "the same");
	EXPECT_ALIVE(t, i);
	EXPECT_ALIVE(t, other);
}

#define ROW(name, strength, function, ...)                                                                   \
	{                                                                                                    \
		.id = "fake." name, .reqs = "R7143-4.2.2.2-02", .section = "4.2", .level = strength,         \
		.desc = "does as " name, .defects = "statsn-stuck", .run = function, __VA_ARGS__             \
	}

static const struct assay_test tests[] = {
	ROW("pass", MUST, passes, .aliases = "fake.old-pass"),
	ROW("fail", MUST, fails, .tags = "plain"),
	ROW("fail-otherwise", MUST, fails_otherwise, .tags = "plain"),
	ROW("warn", SHOULD, fails, .tags = "plain"),
	ROW("fails-lightly", MUST, fails_lightly, .tags = "plain"),
	ROW("fails-lightly-and-then", MUST, fails_lightly_and_then, .tags = "plain"),
	ROW("skip", MUST, skips, .tags = "plain"),
	ROW("bad-skip", MUST, skips_for_no_reason, .tags = "plain"),
	ROW("dies", MUST, dies, .tags = "plain"),
	ROW("exits", MUST, exits, .tags = "plain"),
	ROW("hangs", MUST, hangs, .tags = "plain", .deadline_ms = 150),
	ROW("loops", MUST, loops, .tags = "plain", .deadline_ms = 150),
	ROW("hangs-for-good", MUST, hangs_for_good, .tags = "plain", .deadline_ms = 150),
	ROW("sends-nothing", MUST, sends_nothing, .tags = "plain"),
	ROW("waits-for-close", MUST, waits_for_close, .tags = "plain connect-only"),
	ROW("claims-nothing", MUST, claims_nothing, .tags = "plain"),
	ROW("stops", MUST, stops, .tags = "plain"),
	ROW("stops-at-once", MUST, stops_at_once, .tags = "plain"),
	ROW("precondition", MUST, has_precondition, .tags = "plain"),
	ROW("asks-too-much", MUST, asks_too_much, .tags = "plain"),
	ROW("refused", MUST, is_refused, .tags = "plain"),
	ROW("misbehaves", MUST, misbehaves, .tags = "plain"),
	ROW("fails-often", MUST, fails_often, .tags = "plain"),
	ROW("writes", MUST, writes, .tags = "plain", .needs = ASSAY_NEED_WRITE),
	ROW("controls", MUST, controls, .tags = "plain", .needs = ASSAY_NEED_RESTART | ASSAY_NEED_LUN_CHANGE),
	ROW("writes-without-leave", MUST, writes_without_leave, .tags = "plain"),
	ROW("writes-to-nobody", MUST, writes_to_nobody, .tags = "plain"),
	ROW("kills-by-control", MUST, kills_by_control, .tags = "plain", .needs = ASSAY_NEED_LUN_CHANGE),
	ROW("numbers", MUST, uses_numbers, .tags = "plain"),
	ROW("kills-target", MUST, kills_target),
	ROW("watches", MUST, watches),
	ROW("hangs-long", MUST, hangs),
};
static const struct assay_suite suite = { "fake", "fake tests", tests, sizeof(tests) / sizeof(tests[0]) };
const struct assay_suite *const fake_suites[] = { &suite, NULL };
