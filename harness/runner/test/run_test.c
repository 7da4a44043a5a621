/*
 * run_test.c - whole runs of small fake suites: every verdict, every exit code, evidence, interruption, rules and baselines, and that no process is left.
 */
#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "fake_suites.h"
#include "test.h"
#include "test/unit.h"
#include "trial.h"

/* --- every verdict --- */

static struct trial plain = { .options = { .jobs = 4, .output = OUT, .seed = 0x5eed },
	.select = { "@plain", "fake.pass" } };

static const struct {
	const char *id;
	enum assay_verdict verdict;
	const char *reason;
} verdict_rows[] = {
	{ "fake.pass", ASSAY_PASS, NULL },
	{ "fake.fail", ASSAY_FAIL, NULL },
	{ "fake.fail-otherwise", ASSAY_FAIL, NULL },
	{ "fake.warn", ASSAY_WARN, NULL },
	{ "fake.fails-lightly", ASSAY_WARN, NULL },
	{ "fake.fails-lightly-and-then", ASSAY_FAIL, NULL },
	{ "fake.skip", ASSAY_SKIP, "not-offered" },
	{ "fake.bad-skip", ASSAY_ERROR, "too-lazy" },
	{ "fake.dies", ASSAY_ERROR, "signal 9" },
	{ "fake.exits", ASSAY_ERROR, "exit status 0" },
	{ "fake.hangs", ASSAY_TIMEOUT, "no end within 0.1 s" },
	{ "fake.loops", ASSAY_TIMEOUT, "no end within 0.1 s" },
	{ "fake.hangs-for-good", ASSAY_TIMEOUT, "no end within 0.1 s" },
	{ "fake.sends-nothing", ASSAY_ERROR, "sent nothing" },
	{ "fake.waits-for-close", ASSAY_PASS, NULL },
	{ "fake.claims-nothing", ASSAY_ERROR, "claimed nothing" },
	{ "fake.stops", ASSAY_PASS, NULL },
	{ "fake.stops-at-once", ASSAY_ERROR, "claimed nothing" },
	{ "fake.precondition", ASSAY_FAIL, NULL },
	{ "fake.asks-too-much", ASSAY_ERROR, "NoSuchKey" },
	{ "fake.refused", ASSAY_FAIL, NULL },
	{ "fake.misbehaves", ASSAY_PASS, NULL },
	{ "fake.fails-often", ASSAY_FAIL, NULL },
	{ "fake.writes", ASSAY_PASS, NULL },
	{ "fake.controls", ASSAY_PASS, NULL },
	{ "fake.writes-without-leave", ASSAY_ERROR, "no leave" },
	{ "fake.writes-to-nobody", ASSAY_PASS, NULL },
	{ "fake.kills-by-control", ASSAY_PASS, NULL }, /* the built-in target survives add-lun */
	{ "fake.numbers", ASSAY_PASS, NULL },
};

static void verdicts(void)
{
	CU_ASSERT_EQUAL(plain.run->count, sizeof(verdict_rows) / sizeof(verdict_rows[0]));
	for (size_t i = 0; i < sizeof(verdict_rows) / sizeof(verdict_rows[0]); i++) {
		const struct assay_test_result *r = result_of(&plain, verdict_rows[i].id);

		CU_ASSERT_PTR_NOT_NULL_FATAL(r);
		if (r->verdict != verdict_rows[i].verdict)
			fprintf(stderr, "\n%s: %s %s\n", r->id, assay_verdict_name(r->verdict),
				r->reason ? r->reason : "");
		CU_ASSERT_EQUAL(r->verdict, verdict_rows[i].verdict);
		CU_ASSERT_EQUAL(r->raw, verdict_rows[i].verdict);
		if (verdict_rows[i].reason)
			ASSERT_HAS(r->reason, verdict_rows[i].reason);
		else
			CU_ASSERT_PTR_NULL(r->reason);
		CU_ASSERT((r->signature != NULL) == (r->verdict == ASSAY_FAIL || r->verdict == ASSAY_WARN ||
							    r->verdict == ASSAY_TIMEOUT));
		CU_ASSERT_STRING_EQUAL(r->area, "fake");
	}
	CU_ASSERT_EQUAL(plain.exit, 5);
	CU_ASSERT_EQUAL((int)plain.run->exit, 5);
	CU_ASSERT_EQUAL(plain.run->unexpected, 17);
	CU_ASSERT(plain.begun == 1 && plain.ended == 1);
	CU_ASSERT_EQUAL(plain.told, plain.run->count);
	CU_ASSERT_EQUAL(plain.started, plain.run->count);
	CU_ASSERT_FALSE(plain.orphans);
	for (size_t i = 1; i < plain.run->count; i++) /* the order of the suites, whatever ended first */
		CU_ASSERT_STRING_EQUAL(plain.run->results[i].id, fake_suites[0]->tests[i].id);
}

/* The five questions. */
static void failure_says_all(void)
{
	const struct assay_test_result *r = result_of(&plain, "fake.fail");
	const struct assay_failure *f = r->failures;

	CU_ASSERT_EQUAL_FATAL(r->failure_count, 2);
	CU_ASSERT_STRING_EQUAL(f->claim, "the target does as fail");
	CU_ASSERT_STRING_EQUAL(f->reqs, "R7143-4.2.2.2-02");
	CU_ASSERT_STRING_EQUAL(f->expected, "a CID of 7");
	CU_ASSERT_STRING_EQUAL(f->got, "0");
	CU_ASSERT_STRING_EQUAL(f->file, "fake_suites.c");
	ASSERT_HAS(f->sent, "SCSI Command");
	CU_ASSERT_EQUAL(f->sent[0], '#');
	CU_ASSERT_STRING_EQUAL(r->again, "iscsi-assay run --seed 0x5eed fake.fail");
	CU_ASSERT(r->pdus_sent >= 2 && r->pdus_received >= 2);
	CU_ASSERT_EQUAL(result_of(&plain, "fake.dies")->failure_count, 2); /* told before it died */
	CU_ASSERT_EQUAL(result_of(&plain, "fake.fails-often")->failure_count, 32);
	ASSERT_HAS(result_of(&plain, "fake.hangs")->failures[0].expected, "within 0.1 s");
	CU_ASSERT_EQUAL(result_of(&plain, "fake.hangs-for-good")->failure_count, 0);
	ASSERT_HAS(result_of(&plain, "fake.refused")->failures[0].got, "login");
}

static void evidence(void)
{
	const char *text;
	json_t *json;

	for (size_t i = 0; i < plain.run->count; i++) {
		const struct assay_test_result *r = &plain.run->results[i];
		bool wanted = r->verdict != ASSAY_PASS;

		CU_ASSERT_EQUAL(exists(r->id, "result.json"), wanted);
		CU_ASSERT_EQUAL(exists(r->id, "trace.pcapng"), wanted);
		CU_ASSERT_EQUAL(exists(r->id, "pdus.txt"), wanted);
		CU_ASSERT_EQUAL(r->evidence != NULL, wanted);
	}
	json = json_load_file(OUT "/fake.fail/result.json", 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	text = json_string_value(json_object_get(json, "verdict"));
	CU_ASSERT_STRING_EQUAL(text, "FAIL");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(json, "failures")), 2);
	json_decref(json);
}

/* --- exit codes --- */

static struct trial clean = { .options.jobs = 2, .select = { "fake.pass", "fake.stops" } };
static struct trial old_id = { .select = { "fake.old-pass" } };
static struct trial warned = { .select = { "fake.warn" } };
static struct trial strict = { .options.strict = true, .select = { "fake.warn" } };
static struct trial failed = { .select = { "fake.fail", "fake.pass" } };
static struct trial bad_selector = { .select = { "no.such" } };
static struct trial bad_baseline = { .select = { "fake.pass" }, .baseline = "fake.pass FAIL *\n" };
static struct trial unreachable = { .url = "iscsi://127.0.0.1:1/iqn.2026-01.net.example:t/1",
	.select = { "fake.pass" } };
static struct trial nothing_left = { .options = { .shard = 2, .shards = 2 }, .select = { "fake.pass" } };
static struct trial too_few = { .options.min_run = 2, .select = { "fake.pass" } };
static struct trial all_skipped = { .select = { "fake.skip" } };
static struct trial out_of_time = { .options = { .max_time = 1000000000, .deadline_ms = 60000 },
	.select = { "fake.fail", "fake.hangs-long" } };
static struct trial interrupted = { .options.jobs = 2, .select = { "@plain" }, .stop_after = 2 };
static struct trial no_folder = { .options.output = "no/such/folder", .select = { "fake.fail" } };
static struct trial no_room = { .options.output = OUT "/small", .select = { "fake.fail", "fake.pass" } };
static struct trial not_passed_again = { .select = { NULL }, .rerun = { "fake.fail", "fake.old-pass" } };
static struct trial twice;

static void exit_codes(void)
{
	static const struct {
		const struct trial *trial;
		int exit;
		size_t results;
	} rows[] = {
		{ &clean, 0, 2 },
		{ &old_id, 0, 1 },
		{ &warned, 0, 1 },
		{ &strict, 1, 1 },
		{ &failed, 1, 2 },
		{ &bad_selector, 2, 0 },
		{ &bad_baseline, 2, 0 },
		{ &unreachable, 3, 0 },
		{ &nothing_left, 4, 0 },
		{ &too_few, 4, 1 },
		{ &all_skipped, 77, 1 },
		{ &out_of_time, 7, 1 },
		{ &no_folder, 5, 1 },
		{ &no_room, 5, 2 },
		{ &not_passed_again, 1, 2 },
		{ &twice, 5, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].trial->exit != rows[i].exit)
			fprintf(stderr, "\nrow %zu: %d %s\n", i, rows[i].trial->exit,
				rows[i].trial->err.message);
		CU_ASSERT_EQUAL(rows[i].trial->exit, rows[i].exit);
		CU_ASSERT_EQUAL(rows[i].trial->run->count, rows[i].results);
		CU_ASSERT_FALSE(rows[i].trial->orphans);
	}
	ASSERT_HAS(bad_selector.err.message, "no.such");
	ASSERT_HAS(bad_baseline.err.message, ".baseline:1: fake.pass");
	ASSERT_HAS(unreachable.err.message, "127.0.0.1");
	ASSERT_HAS(no_folder.err.message, "no/such/folder");
	ASSERT_HAS(no_room.err.message, "evidence fake.fail/trace.pcapng: File too large");
	ASSERT_HAS(twice.err.message, "fake.pass");
	CU_ASSERT_STRING_EQUAL(out_of_time.run->info.stopped, "max-time");
	CU_ASSERT_PTR_NULL(clean.run->info.stopped);
	CU_ASSERT_EQUAL(unreachable.begun, 0);
}

static void ctrl_c(void)
{
	CU_ASSERT_EQUAL(interrupted.exit, 130);
	CU_ASSERT_STRING_EQUAL(interrupted.run->info.stopped, "interrupted");
	CU_ASSERT(interrupted.run->count >= 2 && interrupted.run->count < 10);
	CU_ASSERT_EQUAL(interrupted.ended, 1); /* what was done is written */
	CU_ASSERT_FALSE(interrupted.orphans);
}

/* --- rules, baselines --- */

static struct trial stuck = { .defect = "statsn-stuck", .select = { "fake.watches" } };
static struct trial right = { .select = { "fake.watches" } };
static char known[256];
static struct trial expected = {
	.defect = "statsn-stuck", .options.output = OUT, .select = { "fake.watches" }, .baseline = known
};
static struct trial other_signature = { .defect = "statsn-stuck",
	.select = { "fake.watches" },
	.baseline = "fake.watches FAIL rule:other # known\n" };
static struct trial passed_after_all = {
	.options.output = OUT, .select = { "fake.watches" }, .baseline = "fake.watches FAIL * # known\n"
};

static void rules(void)
{
	const struct assay_test_result *r = result_of(&stuck, "fake.watches");

	CU_ASSERT_EQUAL(stuck.exit, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_FATAL(r->failure_count > 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->failures[0].rule);
	ASSERT_HAS(r->signature, r->failures[0].rule);
	CU_ASSERT_EQUAL(right.exit, 0);
}

static void baselines(void)
{
	const struct assay_test_result *r = result_of(&expected, "fake.watches");

	CU_ASSERT_EQUAL(expected.exit, 0);
	CU_ASSERT_EQUAL(r->verdict, ASSAY_XFAIL);
	CU_ASSERT_EQUAL(r->raw, ASSAY_FAIL);
	CU_ASSERT_STRING_EQUAL(r->baseline, "known");
	r = result_of(&other_signature, "fake.watches");
	CU_ASSERT_EQUAL(other_signature.exit, 1);
	CU_ASSERT_EQUAL(r->verdict, ASSAY_FAIL);
	ASSERT_HAS(r->reason, "rule:other");
	r = result_of(&passed_after_all, "fake.watches");
	CU_ASSERT_EQUAL(passed_after_all.exit, 1);
	CU_ASSERT_EQUAL(r->verdict, ASSAY_XPASS);
	CU_ASSERT(exists("fake.watches", "trace.pcapng"));
}

/* As if the disk were full after some bytes. */
static void without_room(struct trial *t)
{
	struct rlimit before, little;

	if (getrlimit(RLIMIT_FSIZE, &before))
		abort();
	little = before;
	little.rlim_cur = 300;
	signal(SIGXFSZ, SIG_IGN);
	if (mkdir(t->options.output, 0777) || setrlimit(RLIMIT_FSIZE, &little))
		abort();
	carry_out(t);
	if (setrlimit(RLIMIT_FSIZE, &before))
		abort();
	signal(SIGXFSZ, SIG_DFL);
}

static void carry_out_all(void)
{
	static struct trial *const trials[] = { &plain, &clean, &old_id, &warned, &strict, &failed,
		&bad_selector, &bad_baseline, &unreachable, &nothing_left, &too_few, &all_skipped,
		&out_of_time, &interrupted, &no_folder, &not_passed_again, &twice, &stuck, &right };
	static const struct assay_suite *both[3];

	both[0] = both[1] = fake_suites[0];
	twice.options.suites = both;
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		carry_out(trials[i]);
	snprintf(known, sizeof(known), "fake.watches FAIL %s # known\n",
		stuck.run->count ? stuck.run->results[0].signature : "*");
	carry_out(&expected);
	carry_out(&other_signature);
	carry_out(&passed_after_all);
	without_room(&no_room);
}

static CU_TestInfo tests[] = {
	{ "every verdict", verdicts },
	{ "the five questions", failure_says_all },
	UNIT_TEST(evidence),
	{ "every exit code", exit_codes },
	{ "Ctrl-C", ctrl_c },
	{ "findings of the rules", rules },
	UNIT_TEST(baselines),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int result;

	trials_begin();
	carry_out_all();
	result = unit_run("run", tests);
	trials_end();
	return result;
}
