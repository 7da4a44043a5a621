/* nasty.c - see nasty.h. */
#include "report/test/nasty.h"

static const struct assay_failure failures[] = {
	{ .rule = "statsn-step",
		.reqs = "R7143-4.2.2.2-02",
		.section = "4.2.2.2",
		.claim = "raises StatSN",
		.sent = "#3 NOP-Out",
		.expected = HOSTILE,
		.got = HOSTILE,
		.file = "rules.c",
		.line = 12 },
	{ .expected = "Reject", .got = "nothing \xed\xa0\x80 \xff", .should = true },
};

struct assay_test_result assay_nasty_results[ASSAY_VERDICT_COUNT] = {
	{ .id = "login.pass", .area = "login", .verdict = ASSAY_PASS },
	{ .id = "login.fail",
		.area = "login",
		.verdict = ASSAY_FAIL,
		.raw = ASSAY_FAIL,
		.failures = failures,
		.failure_count = 2,
		.signature = "rule statsn-step",
		.evidence = "login.fail",
		.again = "iscsi-assay run --seed 0x1 login.fail" },
	{ .id = "nop.warn",
		.area = "nop",
		.verdict = ASSAY_WARN,
		.raw = ASSAY_WARN,
		.failures = failures + 1,
		.failure_count = 1 },
	{ .id = "nop.skip",
		.area = "nop",
		.verdict = ASSAY_SKIP,
		.raw = ASSAY_SKIP,
		.reason = "needs-write-lun" },
	{ .id = "login.xfail",
		.area = "login",
		.verdict = ASSAY_XFAIL,
		.raw = ASSAY_FAIL,
		.failures = failures,
		.failure_count = 1,
		.baseline = "known # since 1.0",
		.baseline_verdicts = "FAIL|CRASH",
		.baseline_signature = "*" },
	{ .id = "login.xpass", .area = "login", .verdict = ASSAY_XPASS, .baseline = HOSTILE },
	{ .id = "login.error",
		.area = "login",
		.verdict = ASSAY_ERROR,
		.raw = ASSAY_ERROR,
		.reason = HOSTILE },
	{ .id = "login.timeout",
		.area = "login",
		.verdict = ASSAY_TIMEOUT,
		.raw = ASSAY_TIMEOUT,
		.reason = "after 5 s" },
	{ .id = "login.crash",
		.area = "login",
		.verdict = ASSAY_CRASH,
		.raw = ASSAY_CRASH,
		.reason = "no sanity login" },
};

struct assay_run assay_nasty_run = {
	.info = { .version = "0.1.0",
		.suite_revision = "abc",
		.target = "iscsi://h/" HOSTILE "/1",
		.implementation = HOSTILE,
		.implementation_name = "tgt",
		.implementation_version = HOSTILE,
		.seed = UINT64_MAX,
		.jobs = 2,
		.started = "2026-01-01T00:00:00Z",
		.duration = 1234567890,
		.stopped = "crash" },
	.results = assay_nasty_results,
	.count = ASSAY_VERDICT_COUNT,
	.unexpected = 5,
	.exit = ASSAY_EXIT_CRASH,
};

void assay_nasty_complete(void)
{
	for (size_t i = 0; i < ASSAY_VERDICT_COUNT; i++) {
		assay_nasty_results[i].desc = "does what \xe2\x80\x9cmust\xe2\x80\x9d be done " HOSTILE;
		assay_nasty_results[i].reqs = "R7143-4.2.2.2-02 R7143-1-1";
		assay_nasty_results[i].section = "4.2.2.2";
		assay_nasty_results[i].level = "MUST";
		assay_nasty_results[i].duration = 1000001;
		assay_nasty_results[i].shard = 1;
		assay_nasty_run.verdicts[i] = 1;
	}
}
