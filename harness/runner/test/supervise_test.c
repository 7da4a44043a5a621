/*
 * supervise_test.c - targets that are started for a run: one that comes up, and ones that do not, die, ignore SIGTERM, leave children; and that nothing is left
 * behind, not even when the harness is killed. The target is this very program: `supervise_test serve PORT`.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/ports.h"
#include "runner/profile_internal.h"
#include "runner/supervise.h"
#include "target/server.h"
#include "test.h"
#include "test/unit.h"

#define INI  "supervise_test.ini"
#define NOTE "supervise_test.note"

static char self[4096];

/* --- what the target's side does --- */

/* Says on its output who it is, and who else is there. */
static void print_pids(pid_t child)
{
	printf("pids %d %d\n", (int)getpid(), (int)child);
	fflush(stdout);
}

static int serve(const char *port, const char *note, bool stubborn)
{
	struct assay_target *t = assay_target_new();
	struct assay_server *server = NULL;
	struct assay_error err = { 0 };
	pid_t child = fork();

	if (stubborn)
		signal(SIGTERM, SIG_IGN);
	if (child == 0) { /* a helper that has left the group, and does not go by itself */
		setsid();
		signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
	print_pids(child);
	if (note) {
		char pid[16];

		snprintf(pid, sizeof(pid), "%d", (int)getpid());
		write_file(note, pid);
	}
	if (!t || assay_target_add_defaults(t, &err))
		return 1;
	assay_target_set_portal_port(t, 0, (uint16_t)atoi(port));
	if (assay_server_open(&server, t, &err)) {
		printf("%s\n", err.message);
		return 1;
	}
	return assay_server_run(server, -1) < 0;
}

/* --- the harness's side --- */

static struct assay_profile *profile_for(const char *command, const char *more)
{
	struct assay_profile *p;
	struct assay_error err = { 0 };
	FILE *file = fopen(INI, "w");

	if (!file)
		abort();
	fprintf(file,
		"[target]\nurl = iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME
		"/1\n[exec]\ncommand = %s\n%s\n",
		command, more);
	fclose(file);
	if (assay_profile_read(&p, INI, &err)) {
		fprintf(stderr, "\n%s\n", err.message);
		abort();
	}
	unlink(INI);
	return p;
}

static bool is_gone(int pid)
{
	return kill(pid, 0) && errno == ESRCH;
}

static void wait_gone(int pid)
{
	const struct timespec pause = { 0, 10000000 };
	uint64_t end = assay_command_clock() + UINT64_C(15000000000);

	while (!is_gone(pid) && assay_command_clock() < end)
		nanosleep(&pause, NULL);
	CU_ASSERT(is_gone(pid));
}

static void wait_removed(const char *path)
{
	const struct timespec pause = { 0, 10000000 };
	uint64_t end = assay_command_clock() + UINT64_C(15000000000);

	while (!access(path, F_OK) && assay_command_clock() < end)
		nanosleep(&pause, NULL);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

/* The log from the n-th "pids" on; the guard takes what the target printed when its turn comes, which may be later than the target's answer. */
static const char *log_from_pids(struct assay_supervised *s, int n)
{
	const struct timespec pause = { 0, 10000000 };
	uint64_t end = assay_command_clock() + UINT64_C(15000000000);
	const char *at;

	for (;;) {
		int found = 0;

		for (at = strstr(assay_supervise_log(s), "pids "); at && ++found < n;)
			at = strstr(at + 1, "pids ");
		if (at || assay_command_clock() >= end)
			return at;
		nanosleep(&pause, NULL);
	}
}

static void read_pids(const char *log, int *target, int *helper)
{
	const char *at = log ? strstr(log, "pids ") : NULL;

	*target = *helper = 0;
	CU_ASSERT_FATAL(at && sscanf(at, "pids %d %d", target, helper) == 2);
}

static void comes_up(void)
{
	struct assay_profile *p = profile_for("/proc/self/exe serve {port}",
		"setup = touch {dir}/made\nsetup = cp {dir}/made " NOTE "\nstop = rm " NOTE
		"\nready-timeout = 20");
	struct assay_supervised *s = NULL;
	struct assay_error err = { 0 };
	int target, helper, status, r = assay_supervise_start(&s, p, NULL, &err);

	if (r)
		fprintf(stderr, "\n%s\n", err.message);
	CU_ASSERT_EQUAL_FATAL(r, 0);
	CU_ASSERT(assay_supervise_alive(s, &status));
	CU_ASSERT(p->setup.port > 1024);
	CU_ASSERT_EQUAL(access(NOTE, F_OK), 0);
	read_pids(log_from_pids(s, 1), &target, &helper);
	CU_ASSERT(!is_gone(target) && !is_gone(helper));
	assay_supervise_stop(s);
	CU_ASSERT(is_gone(target));
	CU_ASSERT(is_gone(helper)); /* though it had left the group and ignores SIGTERM */
	CU_ASSERT_NOT_EQUAL(access(NOTE, F_OK), 0); /* the stop line ran */
	assay_profile_free(p);
}

static void dies_and_restarts(void)
{
	struct assay_profile *p = profile_for("/proc/self/exe stubborn {port}", "ready-timeout = 20");
	struct assay_supervised *s = NULL;
	struct assay_error err = { 0 };
	int target, helper, again, status = 0;
	uint64_t end = assay_command_clock() + UINT64_C(10000000000);

	CU_ASSERT_EQUAL_FATAL(assay_supervise_start(&s, p, NULL, &err), 0);
	read_pids(log_from_pids(s, 1), &target, &helper);
	kill(target, SIGKILL);
	while (assay_supervise_alive(s, &status) && assay_command_clock() < end)
		;
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CU_ASSERT_EQUAL_FATAL(assay_supervise_restart(s, false, NULL, &err), 0);
	CU_ASSERT(is_gone(helper));
	CU_ASSERT(assay_supervise_alive(s, &status));
	read_pids(log_from_pids(s, 2), &again, &helper);
	CU_ASSERT_NOT_EQUAL(again, target);
	assay_supervise_stop(s); /* it ignores SIGTERM */
	CU_ASSERT(is_gone(again) && is_gone(helper));
	assay_profile_free(p);
}

static bool has_seen(const char *name)
{
	bool there = access(name, F_OK) == 0;

	unlink(name);
	return there;
}

/* A restart that keeps the folder finds in it what was there; another one does not. And the log is told from a mark on. */
static void restarts_with_its_folder(void)
{
	struct assay_profile *p = profile_for("/proc/self/exe serve {port}",
		"setup = sh -c 'test ! -e {dir}/made || touch " NOTE "'\nsetup = touch {dir}/made\n"
		"ready-timeout = 20");
	struct assay_supervised *s = NULL;
	struct assay_error err = { 0 };
	const char *log;
	size_t mark;

	CU_ASSERT_EQUAL_FATAL(assay_supervise_start(&s, p, NULL, &err), 0);
	CU_ASSERT_FALSE(has_seen(NOTE));
	assay_supervise_log_since(s, 0);
	mark = assay_supervise_log_mark(s);
	CU_ASSERT_EQUAL_FATAL(assay_supervise_restart(s, true, NULL, &err), 0);
	CU_ASSERT(has_seen(NOTE));
	log = assay_supervise_log_since(s, mark);
	CU_ASSERT_EQUAL(strncmp(log, "pids ", 5), 0);
	CU_ASSERT_PTR_EQUAL(strchr(log, '\n'), log + strlen(log) - 1);
	CU_ASSERT_EQUAL(assay_supervise_log_since(s, assay_supervise_log_mark(s))[0], 0);
	CU_ASSERT_EQUAL_FATAL(assay_supervise_restart(s, false, NULL, &err), 0);
	CU_ASSERT_FALSE(has_seen(NOTE));
	assay_supervise_stop(s);
	assay_profile_free(p);
}

static void does_not_come_up(void)
{
	static const volatile int pressed = SIGINT;
	static const struct {
		const char *command, *more;
		int result;
		const char *why;
		const volatile int *stop;
	} rows[] = {
		{ "/proc/self/exe silent", "ready-timeout = 0.3", ASSAY_E_CONNECT,
			"did not come up within 0.3 s", NULL },
		{ "/proc/self/exe silent", "ready-timeout = 3", ASSAY_E_CONNECT, "it printed: here I am",
			NULL },
		{ "/proc/self/exe silent", "ready-timeout = 60", ASSAY_E_CONNECT, "interrupted", &pressed },
		{ "sh -c 'echo bad config; exit 7'", "", ASSAY_E_CONNECT, "exit status 7: bad config", NULL },
		{ "sh -c 'kill -SEGV $$'", "", ASSAY_E_CONNECT, "signal 11", NULL },
		{ "no-such-program-here", "", ASSAY_E_SYNTAX, "no-such-program-here", NULL },
		{ "/proc/self/exe silent", "setup = sh -c 'echo setup says no; false'\nready-timeout = 0.3",
			ASSAY_E_CONNECT, "setup says no", NULL },
		{ "/proc/self/exe silent", "setup = no-such-tool-here", ASSAY_E_SYNTAX, "no-such-tool-here",
			NULL },
		{ "sh -c 'echo the secret is hush-hush; exit 1'", "[chap]\nuser = u\nsecret = hush-hush",
			ASSAY_E_CONNECT, "the secret is *********", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_profile *p = profile_for(rows[i].command, rows[i].more);
		struct assay_supervised *s = NULL;
		struct assay_error err = { 0 };

		CU_ASSERT_EQUAL(assay_supervise_start(&s, p, rows[i].stop, &err), rows[i].result);
		CU_ASSERT_PTR_NULL(s);
		ASSERT_HAS(err.message, rows[i].why);
		CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
		assay_profile_free(p);
	}
}

/* The shell gives way to this program, which it does not find under /proc/self/exe. */
static struct assay_profile *profile_for_shell(const char *first, const char *mode)
{
	static char command[5000];
	struct assay_profile *p = profile_for("true", "ready-timeout = 20");

	snprintf(command, sizeof(command), "sh -c '%s; exec \"$0\" %s {port}' '%s'", first, mode, self);
	p->exec.command = command;
	return p;
}

static void log_is_bounded(void)
{
	struct assay_profile *p = profile_for_shell("seq 1 100000", "serve");
	struct assay_supervised *s = NULL;
	struct assay_error err = { 0 };
	const char *log;

	CU_ASSERT_EQUAL_FATAL(assay_supervise_start(&s, p, NULL, &err), 0);
	log_from_pids(s, 1);
	log = assay_supervise_log(s);
	CU_ASSERT(strlen(log) <= 16384);
	ASSERT_HAS(log, "99999 100000 pids ");
	assay_supervise_stop(s);
	assay_profile_free(p);
}

/* SIGKILL for the harness: target, helper, guard and folder go all the same. */
static void harness_is_killed(void)
{
	int fds[2], target, helper;
	char line[512] = "", dir[256] = "";
	pid_t harness;
	FILE *in;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	harness = fork();
	if (!harness) {
		struct assay_profile *p = profile_for_shell("echo dir {dir} end", "stubborn");
		struct assay_supervised *s;
		struct assay_error err;

		if (assay_supervise_start(&s, p, NULL, &err))
			dprintf(fds[1], "failed: %s\n", err.message);
		else
			dprintf(fds[1], "%.400s\n", log_from_pids(s, 1) ? assay_supervise_log(s) : "");
		for (;;)
			pause();
	}
	close(fds[1]);
	in = fdopen(fds[0], "r");
	CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), in));
	read_pids(line, &target, &helper);
	CU_ASSERT_EQUAL(sscanf(line, "dir %255s", dir), 1);
	CU_ASSERT_EQUAL(access(dir, F_OK), 0);
	kill(harness, SIGKILL);
	waitpid(harness, NULL, 0);
	wait_gone(target);
	wait_gone(helper);
	fclose(in);
	wait_removed(dir);
}

/* As many as no birthday would let be different by chance. */
static void ports_are_apart(void)
{
	static bool seen[65536];
	int fds[512];

	for (size_t n = 0; n < 512; n++) {
		uint16_t port = 0;

		fds[n] = assay_port_reserve(&port, NULL);
		CU_ASSERT_FATAL(fds[n] >= 0);
		CU_ASSERT_FALSE(seen[port]);
		seen[port] = true;
	}
	for (size_t n = 0; n < 512; n++)
		close(fds[n]);
}

static void no_descriptors(void)
{
	struct rlimit before, none;
	struct assay_error err = { 0 };
	uint16_t port = 0;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	CU_ASSERT_EQUAL(assay_port_reserve(&port, &err), ASSAY_E_IO);
	setrlimit(RLIMIT_NOFILE, &before);
	ASSERT_HAS(err.message, strerror(EMFILE));
	CU_ASSERT_EQUAL(port, 0);
}

static CU_TestInfo tests[] = {
	{ "comes up and is ended", comes_up },
	{ "dies and is started again", dies_and_restarts },
	{ "is started again with its folder", restarts_with_its_folder },
	{ "does not come up", does_not_come_up },
	{ "a long log", log_is_bounded },
	{ "the harness is killed", harness_is_killed },
	{ "a port for each", ports_are_apart },
	{ "no descriptors", no_descriptors },
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return 1;
	if (argc >= 3)
		return serve(argv[2], argv[3], !strcmp(argv[1], "stubborn"));
	if (argc == 2) {
		printf("here I am\n");
		fflush(stdout);
		for (;;)
			pause();
	}
	return unit_run_in_folder("supervise", tests);
}
