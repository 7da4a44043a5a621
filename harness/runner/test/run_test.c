/*
 * run_test.c - whole runs of small fake suites: every verdict, every exit code, evidence, interruption, and that no process is left. CUnit cannot run within
 * CUnit, and a worker is a fork of us: so main runs everything first, and the CUnit tests look at what came of it.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_suites.h"
#include "runner/run.h"
#include "target/server.h"
#include "test.h"
#include "transport/tcp.h"

#define OUT      "run_test.out"
#define BASELINE "run_test.baseline"
#define PROFILE  "run_test.ini"

/* One run and what came of it. */
struct trial {
	struct assay_run_options options;
	const char *select[4];
	const char *rerun[3];
	const char *baseline; /* text of the file */
	const char *defect;
	const char *url; /* NULL: the built-in target */
	const char *ini; /* a profile, rather than a URL */
	int stop_after; /* results after which the user presses Ctrl-C */
	/* what came */
	int exit;
	struct assay_run *run;
	struct assay_error err;
	struct assay_profile *profile;
	size_t begun, started, told, ended;
	bool orphans;
};

static volatile int stop_flag;

static void on_begin(void *payload, const struct assay_run_info *info, size_t planned)
{
	struct trial *t = payload;

	(void)info, (void)planned;
	t->begun++;
}

static void on_started(void *payload, const char *id, size_t running)
{
	struct trial *t = payload;

	(void)id, (void)running;
	t->started++;
}

static void on_result(void *payload, const struct assay_test_result *result, size_t done, size_t planned)
{
	struct trial *t = payload;

	(void)result, (void)planned;
	t->told++;
	if (t->stop_after && done >= (size_t)t->stop_after)
		stop_flag = SIGINT;
}

static int on_end(void *payload, const struct assay_run *run)
{
	struct trial *t = payload;

	(void)run;
	t->ended++;
	return 0;
}

static void carry_out(struct trial *t)
{
	static unsigned char defects[(ASSAY_DEFECT_COUNT + 7) / 8];
	const struct assay_reporter reporter = { t, on_begin, on_started, on_result, on_end };
	const struct assay_reporter *const reporters[] = { &reporter, NULL };
	struct assay_run_options *o = &t->options;
	int r;

	if (t->ini) {
		write_file(PROFILE, t->ini);
		r = assay_profile_read(&t->profile, PROFILE, &t->err);
	} else {
		r = t->url ? assay_profile_from_url(&t->profile, t->url, &t->err)
			   : assay_profile_builtin(&t->profile, &t->err);
	}

	if (r)
		abort();
	memset(defects, 0, sizeof(defects));
	if (t->defect) {
		int n = assay_defect_find(t->defect);

		if (n < 0)
			abort();
		defects[n / 8] |= (unsigned char)(1u << n % 8);
		t->profile->defects = defects;
	}
	if (t->baseline) {
		write_file(BASELINE, t->baseline);
		o->baseline_path = BASELINE;
	}
	stop_flag = 0;
	o->suites = o->suites ? o->suites : fake_suites;
	o->select = t->select;
	o->rerun = t->rerun[0] ? t->rerun : NULL;
	o->profile = t->profile;
	o->reporters = reporters;
	o->stop = &stop_flag;
	o->again = "iscsi-assay run";
	t->exit = assay_run(&t->run, o, &t->err);
	t->orphans = waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

static const struct assay_test_result *result_of(const struct trial *t, const char *id)
{
	for (size_t i = 0; t->run && i < t->run->count; i++)
		if (!strcmp(t->run->results[i].id, id))
			return &t->run->results[i];
	return NULL;
}

/* --- every verdict --- */

static struct trial plain = { .options = { .jobs = 4, .output = OUT, .seed = 0x5eed },
	.select = { "@plain", "fake.pass" } };

static void verdicts(void)
{
	static const struct {
		const char *id;
		enum assay_verdict verdict;
		const char *reason;
	} rows[] = {
		{ "fake.pass", ASSAY_PASS, NULL },
		{ "fake.fail", ASSAY_FAIL, NULL },
		{ "fake.fail-otherwise", ASSAY_FAIL, NULL },
		{ "fake.warn", ASSAY_WARN, NULL },
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
		{ "fake.precondition", ASSAY_ERROR, "expected other numbers, got 2" },
		{ "fake.asks-too-much", ASSAY_ERROR, "NoSuchKey" },
		{ "fake.refused", ASSAY_FAIL, NULL },
		{ "fake.misbehaves", ASSAY_PASS, NULL },
		{ "fake.fails-often", ASSAY_FAIL, NULL },
		{ "fake.writes", ASSAY_PASS, NULL },
		{ "fake.controls", ASSAY_PASS, NULL },
		{ "fake.writes-without-leave", ASSAY_ERROR, "no leave" },
		{ "fake.writes-to-nobody", ASSAY_PASS, NULL },
		{ "fake.kills-by-control", ASSAY_SKIP, "needs-control" },
		{ "fake.numbers", ASSAY_PASS, NULL },
	};

	CU_ASSERT_EQUAL(plain.run->count, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct assay_test_result *r = result_of(&plain, rows[i].id);

		CU_ASSERT_PTR_NOT_NULL_FATAL(r);
		if (r->verdict != rows[i].verdict)
			fprintf(stderr, "\n%s: %s %s\n", r->id, assay_verdict_name(r->verdict),
				r->reason ? r->reason : "");
		CU_ASSERT_EQUAL(r->verdict, rows[i].verdict);
		CU_ASSERT_EQUAL(r->raw, rows[i].verdict);
		if (rows[i].reason)
			ASSERT_HAS(r->reason, rows[i].reason);
		else
			CU_ASSERT_PTR_NULL(r->reason);
		CU_ASSERT((r->signature != NULL) == (r->verdict == ASSAY_FAIL || r->verdict == ASSAY_WARN ||
							    r->verdict == ASSAY_TIMEOUT));
		CU_ASSERT_STRING_EQUAL(r->area, "fake");
	}
	CU_ASSERT_EQUAL(plain.exit, 5);
	CU_ASSERT_EQUAL((int)plain.run->exit, 5);
	CU_ASSERT_EQUAL(plain.run->unexpected, 16);
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

static bool exists(const char *id, const char *name)
{
	char path[256];
	struct stat s;

	snprintf(path, sizeof(path), OUT "/%s/%s", id, name);
	return stat(path, &s) == 0 && s.st_size > 0;
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
static struct trial out_of_time = { .options = { .max_time = 100000000, .deadline_ms = 60000 },
	.select = { "fake.fail", "fake.slow" } };
static struct trial interrupted = { .options.jobs = 2, .select = { "@plain" }, .stop_after = 2 };
static struct trial no_folder = { .options.output = "no/such/folder", .select = { "fake.fail" } };
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
	ASSERT_HAS(bad_baseline.err.message, BASELINE ":1: fake.pass");
	ASSERT_HAS(unreachable.err.message, "127.0.0.1");
	ASSERT_HAS(no_folder.err.message, "no/such/folder");
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

/* --- a target over TCP that is killed --- */

static struct trial tcp = { .options = { .jobs = 2, .output = OUT },
	.select = { "fake.pass", "fake.watches" } };
static struct trial killed = { .options = { .timing_factor = 0.1 },
	.select = { "fake.pass", "fake.kills-target", "fake.watches" } };

/* Serves the built-in target in a child; its port through a pipe. */
static void serve(int out)
{
	struct assay_target *t = assay_target_new();
	struct assay_server *server = NULL;
	struct assay_error err;
	uint16_t port;

	if (!t || assay_target_add_defaults(t, &err) || assay_server_open(&server, t, &err))
		_exit(1);
	port = assay_server_port(server, 0);
	if (write(out, &port, sizeof(port)) != sizeof(port))
		_exit(1);
	assay_server_run(server, -1);
	_exit(0);
}

static void with_server(struct trial *t)
{
	static char url[128];
	uint16_t port = 0;
	int fds[2];

	if (pipe(fds))
		abort();
	fake_target_pid = fork();
	if (!fake_target_pid)
		serve(fds[1]);
	if (read(fds[0], &port, sizeof(port)) != sizeof(port))
		abort();
	snprintf(url, sizeof(url), "iscsi://127.0.0.1:%u/" ASSAY_DEFAULT_NAME "/1", port);
	t->url = url;
	carry_out(t);
	kill(fake_target_pid, SIGKILL);
	waitpid(fake_target_pid, NULL, 0);
	fake_target_pid = 0;
	close(fds[0]);
	close(fds[1]);
}

static void over_tcp(void)
{
	const struct assay_test_result *r = result_of(&killed, "fake.kills-target");

	CU_ASSERT_EQUAL(tcp.exit, 0);
	CU_ASSERT_EQUAL(tcp.run->count, 2);
	ASSERT_HAS(tcp.run->info.implementation, " ");
	CU_ASSERT_EQUAL(killed.exit, 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->verdict, ASSAY_CRASH);
	CU_ASSERT_STRING_EQUAL(r->signature, "crash");
	CU_ASSERT_STRING_EQUAL(killed.run->info.stopped, "crash");
	CU_ASSERT_EQUAL(result_of(&killed, "fake.pass")->verdict, ASSAY_PASS);
	CU_ASSERT_PTR_NULL(result_of(&killed, "fake.watches")); /* the suite ends with it */
}

/* A target of ours that is killed is started again, and the run goes on. */
static struct trial restarted = { .options.output = OUT,
	.select = { "fake.pass", "fake.kills-by-control", "fake.watches" },
	.ini = "[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME "/1\n[exec]\n"
	       "command = ./supervise_test serve {port} {dir}/pid\nready-timeout = 30\n"
	       "[control]\nkill = sh -c 'kill -9 $(cat {dir}/pid)'\n" };
static struct trial not_there = { .select = { "fake.pass" },
	.ini = "[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME
	       "/1\n[exec]\ncommand = false\n" };
static struct trial no_program = { .select = { "fake.pass" },
	.ini = "[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME
	       "/1\n[exec]\ncommand = no-such-program\n" };

static void supervised(void)
{
	const struct assay_test_result *r = result_of(&restarted, "fake.kills-by-control");

	if (restarted.err.message[0])
		fprintf(stderr, "\n%s\n", restarted.err.message);
	CU_ASSERT_EQUAL(restarted.exit, 6);
	CU_ASSERT_EQUAL(restarted.run->count, 3);
	CU_ASSERT_PTR_NULL(restarted.run->info.stopped);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->verdict, ASSAY_CRASH);
	ASSERT_HAS(r->reason, "ended with signal 9");
	CU_ASSERT_EQUAL(result_of(&restarted, "fake.watches")->verdict, ASSAY_PASS);
	CU_ASSERT_FALSE(restarted.orphans);
	CU_ASSERT_EQUAL(not_there.exit, 3);
	CU_ASSERT_EQUAL(no_program.exit, 2);
	ASSERT_HAS(no_program.err.message, "no-such-program");
}

/* --- the selftest --- */

static struct {
	size_t clean, kills, misses, uncaught;
	int exit;
} self;

static void on_selftest(void *payload, const struct assay_selftest_result *r)
{
	(void)payload;
	if (!r->test)
		self.uncaught++;
	else if (!r->defect)
		self.clean += r->verdict == ASSAY_PASS;
	else if (r->killed)
		self.kills++;
	else
		self.misses++;
}

static void selftest(void)
{
	CU_ASSERT_EQUAL(
		self.exit, 1); /* fake.waits-for-close does not catch the defect that its record names */
	CU_ASSERT_EQUAL(self.clean, 2);
	CU_ASSERT_EQUAL(self.kills, 1);
	CU_ASSERT_EQUAL(self.misses, 1);
	CU_ASSERT_EQUAL(self.uncaught, 0); /* told only when all tests are selected */
}

static void carry_out_all(void)
{
	static struct trial *const trials[] = { &plain, &clean, &old_id, &warned, &strict, &failed,
		&bad_selector, &bad_baseline, &unreachable, &nothing_left, &too_few, &all_skipped,
		&out_of_time, &interrupted, &no_folder, &not_passed_again, &twice, &stuck, &right };
	static const struct assay_suite *both[3];
	static const char *const chosen[] = { "fake.watches", "fake.waits-for-close", NULL };
	struct assay_run_options o = { .suites = fake_suites, .select = chosen, .jobs = 2 };
	struct assay_error err;

	both[0] = both[1] = fake_suites[0];
	twice.options.suites = both;
	out_of_time.select[1] = "fake.hangs";
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		carry_out(trials[i]);
	snprintf(known, sizeof(known), "fake.watches FAIL %s # known\n",
		stuck.run->count ? stuck.run->results[0].signature : "*");
	carry_out(&expected);
	carry_out(&other_signature);
	carry_out(&passed_after_all);
	with_server(&tcp);
	with_server(&killed);
	carry_out(&restarted);
	carry_out(&not_there);
	carry_out(&no_program);
	self.exit = assay_selftest(&o, on_selftest, NULL, &err);
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		assay_profile_free(trials[i]->profile);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "every verdict", verdicts },
		{ "the five questions", failure_says_all },
		{ "evidence", evidence },
		{ "every exit code", exit_codes },
		{ "Ctrl-C", ctrl_c },
		{ "findings of the rules", rules },
		{ "baselines", baselines },
		{ "a target over TCP", over_tcp },
		{ "a supervised target", supervised },
		{ "the selftest", selftest },
	};
	int result;

	if (system("rm -rf " OUT) || mkdir(OUT, 0777))
		return 1;
	carry_out_all();
	result = run_unit_tests("run", tests, sizeof(tests) / sizeof(tests[0]));
	return system("rm -rf " OUT " " BASELINE " " PROFILE) ? 1 : result;
}
