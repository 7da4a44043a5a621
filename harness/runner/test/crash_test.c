/*
 * crash_test.c - runs against targets that are killed, over TCP and supervised, and the selftest: what becomes of the run then.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_suites.h"
#include "target/server.h"
#include "target/target.h"
#include "test.h"
#include "test/unit.h"
#include "trial.h"

/* --- a target over TCP that is killed --- */

static struct trial tcp = { .options = { .jobs = 2, .output = OUT },
	.select = { "fake.pass", "fake.watches" } };
static struct trial killed = { .options = { .timing_factor = 0.1 },
	.select = { "fake.pass", "fake.kills-target", "fake.watches" } };

/* That it dies is known; that what comes after it was not run is no less a crash. */
static struct trial killed_as_expected = { .options = { .timing_factor = 0.1 },
	.baseline = "fake.kills-target CRASH * # known\n",
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
	CU_ASSERT_EQUAL(result_of(&killed_as_expected, "fake.kills-target")->verdict, ASSAY_XFAIL);
	CU_ASSERT_EQUAL(killed_as_expected.exit, 6);
}

/* A target of ours that is killed is started again, and the run goes on. */
static struct trial restarted = { .options.output = OUT,
	.select = { "fake.pass", "fake.kills-by-control", "fake.watches" },
	.ini = "[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME "/1\n[exec]\n"
	       "command = sh -c 'exec \"$TEST_PROGRAMS/supervise_test\" serve {port} "
	       "{dir}/pid'\nready-timeout = 30\n"
	       "[control]\nadd-lun = sh -c 'kill -9 $(cat {dir}/pid)' {lun}\nremove-lun = true {lun}\n" };
/* A test that wants it gets a target that no other has used; each start leaves a line. */
#define STARTS_NOTED                                                                                         \
	"[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME "/1\n[exec]\n"                        \
	"command = sh -c 'echo >>starts; exec \"$TEST_PROGRAMS/supervise_test\" serve {port} {dir}/pid'\n"   \
	"ready-timeout = 30\n"
#define FRESH STARTS_NOTED "[run]\nfresh = "
static struct trial renewed = { .select = { "fake.pass", "fake.watches" }, .ini = FRESH "fake.pass\n" };
static struct trial fresh_already = { .select = { "fake.pass" }, .ini = FRESH "fake.pass\n" };
static struct trial no_such_test = { .select = { "fake.pass" }, .ini = FRESH "fake.none\n" };
/* Each job has a target of its own; one of them dies, and it alone is started again. */
static struct trial one_each = { .options = { .output = OUT, .jobs = 3 },
	.select = { "fake.pass", "fake.kills-by-control", "fake.watches" },
	.ini = STARTS_NOTED "for-each-job = yes\n[control]\n"
			    "add-lun = sh -c 'kill -9 $(cat {dir}/pid)' {lun}\nremove-lun = true {lun}\n" };
static struct trial one_each_followed = { .options.jobs = 2,
	.select = { "fake.pass" },
	.ini = STARTS_NOTED "for-each-job = yes\n[target]\nfollow-portals = yes\n" };
static size_t starts[4];

static size_t count_starts(struct trial *t)
{
	FILE *file;
	size_t count = 0;

	carry_out(t);
	file = fopen("starts", "re");
	while (file && fgetc(file) != EOF)
		count++;
	if (file)
		fclose(file);
	unlink("starts");
	return count;
}

static void fresh_target(void)
{
	CU_ASSERT_EQUAL(renewed.exit, 0);
	CU_ASSERT_EQUAL(renewed.run->count, 2);
	CU_ASSERT_EQUAL(starts[0], 2);
	CU_ASSERT_EQUAL(fresh_already.exit, 0);
	CU_ASSERT_EQUAL(starts[1], 1);
	CU_ASSERT_EQUAL(no_such_test.exit, 2);
	CU_ASSERT_EQUAL(starts[2], 0);
	ASSERT_HAS(no_such_test.err.message, "fake.none");
}

static void target_for_each_job(void)
{
	const struct assay_test_result *r = result_of(&one_each, "fake.kills-by-control");

	CU_ASSERT_EQUAL(one_each.exit, 6);
	CU_ASSERT_EQUAL(one_each.run->count, 3);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->verdict, ASSAY_CRASH);
	CU_ASSERT_EQUAL(result_of(&one_each, "fake.pass")->verdict, ASSAY_PASS);
	CU_ASSERT_EQUAL(result_of(&one_each, "fake.watches")->verdict, ASSAY_PASS);
	CU_ASSERT_EQUAL(starts[3], 4);
	CU_ASSERT_FALSE(one_each.orphans);
	CU_ASSERT_EQUAL(one_each_followed.exit, 2);
	ASSERT_HAS(one_each_followed.err.message, "for-each-job");
}

/* A test asks for a restart: the supervisor's, that needs no line; or that of a line, for a target that is not ours to start. */
static struct trial controlled = { .options.output = OUT,
	.select = { "fake.controls", "fake.watches" },
	.ini = "[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME "/1\n[exec]\n"
	       "command = sh -c 'exec \"$TEST_PROGRAMS/supervise_test\" serve {port} {dir}/pid'\n"
	       "setup = touch {dir}/here\nready-timeout = 30\n"
	       "[control]\nadd-lun = test {lun} = 2 -a -e {dir}/here\nremove-lun = true {lun}\n" };
/* What alive says goes before what the target answers; what logs says is kept, as far as it is new. */
static struct trial said_dead = { .options.output = OUT,
	.select = { "fake.fail", "fake.warn" },
	.ini = "[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME "/1\n[exec]\n"
	       "command = sh -c 'exec \"$TEST_PROGRAMS/supervise_test\" serve {port} {dir}/pid'\n"
	       "ready-timeout = 30\n"
	       "[control]\nalive = false\nlogs = sh -c 'echo once more >>{dir}/log; cat {dir}/log'\n" };
static bool kept_log;

static void control_verbs(void)
{
	const struct assay_test_result *r = result_of(&said_dead, "fake.fail");

	CU_ASSERT_EQUAL(controlled.exit, 0);
	CU_ASSERT_EQUAL(controlled.run->count, 2);
	CU_ASSERT_FALSE(controlled.orphans);
	CU_ASSERT_EQUAL(said_dead.exit, 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->verdict, ASSAY_CRASH);
	ASSERT_HAS(r->reason, "alive line");
	CU_ASSERT(kept_log);
}

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
	static const char *const chosen[] = { "fake.watches", "fake.waits-for-close", NULL };
	struct assay_run_options o = { .suites = fake_suites, .select = chosen, .jobs = 2 };
	struct assay_error err;

	setenv("TEST_PROGRAMS", program_folder, 1);
	with_server(&tcp);
	with_server(&killed);
	with_server(&killed_as_expected);
	carry_out(&restarted);
	starts[0] = count_starts(&renewed);
	starts[1] = count_starts(&fresh_already);
	starts[2] = count_starts(&no_such_test);
	starts[3] = count_starts(&one_each);
	carry_out(&one_each_followed);
	carry_out(&controlled);
	carry_out(&said_dead);
	kept_log = exists("fake.fail", "target.log");
	carry_out(&not_there);
	carry_out(&no_program);
	self.exit = assay_selftest(&o, on_selftest, NULL, &err);
}

static CU_TestInfo tests[] = {
	{ "a target over TCP", over_tcp },
	{ "a supervised target", supervised },
	{ "a fresh target", fresh_target },
	{ "a target for each job", target_for_each_job },
	{ "control verbs", control_verbs },
	{ "the selftest", selftest },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int result;

	trials_begin();
	carry_out_all();
	result = unit_run("crash", tests);
	trials_end();
	return result;
}
