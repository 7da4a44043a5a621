/*
 * guard.c - starts the target, keeps the end of its output, and sees to it that nothing of it outlives the harness. It does no more than that: no allocation, no
 * printing, no shared memory but the one it was given.
 */
#include "runner/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/command.h"

#define STOP_LINE_TIME UINT64_C(3000000000) /* nanoseconds for one stop line */
#define STOP_TIME      UINT64_C(10000000000) /* for all of them */
#define TERM_TIME      UINT64_C(1000000000) /* from SIGTERM to SIGKILL */
#define KILL_TIME      UINT64_C(5000000000) /* how long the dead may take to go */

struct guard {
	const struct assay_guard_spec *spec;
	pid_t target;
	int log, signals;
	bool childless;
};

static void keep_log(struct guard *g)
{
	struct assay_guard_shared *shared = g->spec->shared;
	size_t at = atomic_load(&shared->written) % ASSAY_GUARD_LOG;
	ssize_t n = read(g->log, shared->log + at, ASSAY_GUARD_LOG - at);

	if (n > 0) {
		atomic_fetch_add(&shared->written, (size_t)n);
		return;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(g->log);
		g->log = -1;
	}
}

/* What it has printed so far. */
static void read_up(struct guard *g)
{
	for (int reads = 0; g->log >= 0 && reads < 64; reads++) {
		struct pollfd p = { g->log, POLLIN, 0 };

		if (poll(&p, 1, 0) <= 0)
			break;
		keep_log(g);
	}
}

static void target_gone(struct guard *g, int status)
{
	read_up(g); /* its last words, before it is told */
	atomic_store(&g->spec->shared->status, status);
	atomic_store(&g->spec->shared->gone, 1);
}

/* A program that puts itself into the background ends well and leaves children, which come to us: it is still there as long as one of them is. */
static void reap(struct guard *g)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(g->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != g->target)
			continue;
		if (status)
			target_gone(g, status);
		g->target = 0;
	}
	g->childless = pid < 0 && errno == ECHILD;
	if (g->childless && !atomic_load(&g->spec->shared->gone))
		target_gone(g, 0);
}

/* The harness says something, or has let go. Returns whether this is the end. */
static bool listen_to_harness(struct guard *g)
{
	char asked;

	if (read(g->spec->life, &asked, 1) != 1 || asked == ASSAY_GUARD_END)
		return true;
	read_up(g);
	atomic_fetch_add(&g->spec->shared->read_up, 1);
	return false;
}

/* One step of watching. Returns true once the harness has let go (when it is looked for). */
static bool step(struct guard *g, bool look, int milliseconds)
{
	struct pollfd fds[3] = { { g->log, POLLIN, 0 }, { g->signals, POLLIN, 0 },
		{ look ? g->spec->life : -1, POLLIN, 0 } };

	if (poll(fds, 3, milliseconds) <= 0)
		return false;
	if (fds[0].revents)
		keep_log(g);
	if (fds[1].revents)
		reap(g);
	return fds[2].revents && listen_to_harness(g);
}

static void start_target(struct guard *g)
{
	int fds[2], self = getpid();

	if (pipe2(fds, O_CLOEXEC))
		_exit(1);
	g->target = fork();
	if (g->target == 0)
		assay_command_exec(g->spec->command, fds[1], self);
	close(fds[1]);
	g->log = fds[0];
	fcntl(g->log, F_SETFL, O_NONBLOCK);
	if (g->target > 0)
		setpgid(g->target, g->target);
}

static void run_stop_lines(const struct guard *g)
{
	uint64_t end = assay_command_clock() + STOP_TIME;

	for (size_t i = 0; i < g->spec->stop_count && assay_command_clock() < end; i++) {
		struct assay_command_result result;
		struct assay_error err;

		assay_command_run(&result, g->spec->stop[i], STOP_LINE_TIME, &err);
	}
}

static void end_target(struct guard *g)
{
	pid_t group = g->target;
	uint64_t term_end, kill_end;

	if (!atomic_load(&g->spec->shared->gone))
		run_stop_lines(g);
	reap(g);
	if (!g->childless && group > 0)
		kill(-group, SIGTERM);
	term_end = assay_command_clock() + TERM_TIME;
	while (!g->childless && assay_command_clock() < term_end)
		step(g, false, 50);
	if (!g->childless && group > 0)
		kill(-group, SIGKILL);
	kill_end = assay_command_clock() + KILL_TIME;
	while (!g->childless && assay_command_clock() < kill_end) {
		assay_command_kill_children();
		step(g, false, 20);
		reap(g);
	}
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	remove(path);
	return 0;
}

void assay_guard_run(const struct assay_guard_spec *spec)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT };
	struct guard g = { .spec = spec };
	sigset_t child;

	/* Nothing of the harness's stays open here: not its files, and not the pipes by which other guards learn of its end. */
	if (spec->life > 3)
		close_range(3, (unsigned)spec->life - 1, 0);
	close_range((unsigned)spec->life + 1, ~0U, 0);
	setpgid(0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "assay-guard");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN); /* the harness decides, or its end */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
	g.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g.signals < 0)
		_exit(1);
	start_target(&g);
	if (g.target < 0)
		target_gone(&g, 1 << 8);
	while (!step(&g, true, 10000))
		;
	end_target(&g);
	if (!atomic_load(&spec->shared->keep))
		nftw(spec->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	_exit(0);
}
