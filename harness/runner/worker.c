/*
 * worker.c - the child process of one test: registers it with CUnit as a suite of one test, runs it through CUnit, closes what it opened, and tells the
 * runner. It must not print, and must leave nothing behind.
 */
#include "runner/worker.h"

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/random.h"
#include "runner/command.h"
#include "runner/context.h"
#include "runner/evidence.h"
#include "runner/hash.h"
#include "runner/token.h"

/* CUnit's functions have no argument, and a signal handler has none either. One test a process: this is it. */
static struct assay_t context;

uint64_t assay_worker_seed(uint64_t run_seed, const char *test_id)
{
	uint64_t state = assay_hash_text(ASSAY_HASH_START ^ run_seed, test_id);

	return assay_splitmix(&state);
}

void assay_worker_warm_up(void)
{
	uint8_t response[ASSAY_CHAP_RESPONSE_MAX] = { 0 };

	assay_chap_compute(response, ASSAY_CHAP_MD5, 0, "", 0, response, 0);
}

void assay_child_begin(pid_t parent)
{
	struct rlimit none = { 0, 0 };
	sigset_t no_signals;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGINT, SIG_IGN); /* the terminal sends it to all of us: the runner decides */
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&no_signals);
	sigprocmask(SIG_SETMASK, &no_signals, NULL);
}

void assay_child_end(int status)
{
	extern int __llvm_profile_write_file(void) __attribute__((weak));

	if (__llvm_profile_write_file) /* the coverage build */
		__llvm_profile_write_file();
	_exit(status);
}

/* The runner says that the time is over. Leaving the test from a signal handler is not safe in general: should it go wrong, the runner kills us a moment later
 * and its verdict is the same, only the evidence is thinner. */
static void time_over(int signal_number)
{
	(void)signal_number;
	if (context.inside) {
		context.inside = 0;
		context.end = ASSAY_END_TIMED_OUT;
		siglongjmp(context.out, 1);
	}
}

/* What CUnit calls. */
static void run_test(void)
{
	if (!sigsetjmp(context.out, 1)) {
		context.inside = 1;
		context.test->run(&context);
		context.inside = 0;
		context.end = ASSAY_END_RETURNED;
	}
	context.inside = 0;
	if (context.end == ASSAY_END_TIMED_OUT)
		assay_fail_deadline(&context);
	assay_context_close_connections(&context);
	assay_context_tidy(&context);
}

/* Through CUnit; false when CUnit cannot. */
static bool run_in_cunit(void)
{
	char suite_name[64];
	CU_pSuite suite;

	snprintf(suite_name, sizeof(suite_name), "%.*s", (int)strcspn(context.test->id, "."),
		context.test->id);
	if (CU_initialize_registry() != CUE_SUCCESS)
		return false;
	suite = CU_add_suite(suite_name, NULL, NULL);
	return suite && CU_add_test(suite, context.test->id, run_test) && CU_run_all_tests() == CUE_SUCCESS;
}

static enum assay_verdict decide(const char **reason)
{
	struct assay_t *t = &context;
	bool clean = !t->must_broken && !t->should_broken;

	*reason = NULL;
	if (clean != (CU_get_number_of_failures() == 0)) {
		*reason = "CUnit counts other failures than the runner";
		return ASSAY_ERROR;
	}
	if (t->leave.refused[0]) {
		*reason = t->leave.refused;
		return ASSAY_ERROR;
	}
	if (t->end == ASSAY_END_TIMED_OUT)
		return ASSAY_TIMEOUT;
	if (t->end == ASSAY_END_RETURNED && !assay_context_sent(t) &&
		!assay_token_in(t->test->tags, "connect-only")) {
		*reason = "the test sent nothing";
		return ASSAY_ERROR;
	}
	if (t->end == ASSAY_END_RETURNED && !t->claims) {
		*reason = "the test claimed nothing";
		return ASSAY_ERROR;
	}
	if (t->must_broken)
		return ASSAY_FAIL;
	if (t->end == ASSAY_END_PRECONDITION) {
		*reason = t->words;
		return ASSAY_ERROR;
	}
	if (t->should_broken)
		return ASSAY_WARN;
	if (t->end == ASSAY_END_SKIPPED) {
		*reason = t->words;
		return ASSAY_SKIP;
	}
	if (t->end == ASSAY_END_STOPPED && !t->claims) {
		*reason = "the test stopped and claimed nothing";
		return ASSAY_ERROR;
	}
	return ASSAY_PASS;
}

static void write_evidence(struct assay_outcome *o)
{
	const struct assay_worker_spec *spec = context.spec;
	const struct assay_evidence e = { spec->test->id, context.tap, context.failures,
		context.failure_count };
	struct assay_error err = { 0 };
	bool wanted = o->verdict != ASSAY_PASS && (o->verdict != ASSAY_SKIP || o->pdus_sent);

	if (!spec->evidence || (!wanted && !spec->always_evidence))
		return;
	if (assay_evidence_traces(spec->evidence, &e, &err) < 0)
		o->trouble = assay_arena_printf(&context.arena, "%s", err.message);
	else
		o->evidence = true;
}

static void work(const struct assay_worker_spec *spec, int fd)
{
	struct assay_outcome o = { .verdict = ASSAY_ERROR };
	struct assay_error err = { 0 };
	uint64_t start = assay_command_clock();
	bool ran = false;

	assay_reply_hello(fd);
	if (assay_context_open(&context, spec, fd, &err) < 0) {
		o.reason = err.message;
	} else {
		signal(SIGTERM, time_over);
		ran = run_in_cunit();
		signal(SIGTERM, SIG_IGN);
		o.reason = "CUnit did not run the test";
	}
	if (ran)
		o.verdict = decide(&o.reason);
	o.duration = assay_command_clock() - start;
	if (context.tap) {
		o.pdus_sent = assay_tap_pdus(context.tap, ASSAY_TO_TARGET);
		o.pdus_received = assay_tap_pdus(context.tap, ASSAY_TO_INITIATOR);
		write_evidence(&o);
	}
	assay_reply_end(fd, &o);
	assay_context_free(&context);
	CU_cleanup_registry();
}

pid_t assay_worker_start(int *fd, const struct assay_worker_spec *spec, struct assay_error *err)
{
	int fds[2];
	pid_t parent = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return assay_error_set(err, ASSAY_E_IO, "socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		assay_child_begin(parent);
		close(fds[0]);
		work(spec, fds[1]);
		assay_child_end(0);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return assay_error_set(err, ASSAY_E_IO, "fork: %s", strerror(errno));
	}
	*fd = fds[0];
	return pid;
}
