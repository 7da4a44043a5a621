/* command.c - fork, exec, read the output, wait, kill at the deadline. */
#include "runner/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MISSING 127

uint64_t assay_command_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void assay_command_exec(char *const *words, int fd, int parent)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(MISSING);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(MISSING);
	close_range(3, ~0U, 0);
	execvp(words[0], words);
	dprintf(2, "%s: %s\n", words[0], strerror(errno));
	_exit(MISSING);
}

void assay_command_kill_children(void)
{
	char path[64], text[4096];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(text, sizeof(text), file))
		for (char *at = text, *end; *at; at = end) {
			long pid = strtol(at, &end, 10);

			if (end == at)
				break;
			if (pid > 0)
				kill((pid_t)pid, SIGKILL);
			end += strspn(end, " \n");
		}
	fclose(file);
}

void assay_command_how(char *out, unsigned capacity, int status)
{
	if (WIFSIGNALED(status))
		snprintf(out, capacity, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(out, capacity, "exit status %d", WEXITSTATUS(status));
}

/* Keeps the first line, its end included. */
static void keep_head(struct assay_command_result *out, const char *bytes, size_t length)
{
	size_t have = strlen(out->head);

	for (size_t i = 0; i < length && have + 1 < sizeof(out->head); i++) {
		if (have && out->head[have - 1] == '\n')
			return;
		out->head[have++] = bytes[i] ? bytes[i] : ' ';
	}
}

/* Appends to a text of that capacity, dropping the oldest. */
static void keep_end(char *text, size_t capacity, const char *bytes, size_t length)
{
	size_t room = capacity - 1, have = strlen(text);

	if (length > room) {
		bytes += length - room;
		length = room;
	}
	if (have + length > room) {
		size_t drop = have + length - room;

		memmove(text, text + drop, have - drop);
		have -= drop;
	}
	for (size_t i = 0; i < length; i++)
		text[have + i] = bytes[i] ? bytes[i] : ' ';
	text[have + length] = 0;
}

static void keep_output(
	struct assay_command_result *out, struct assay_command_keep *keep, char *bytes, size_t length)
{
	if (keep) {
		keep_end(keep->text, keep->capacity, bytes, length);
		keep->total += length;
	}
	for (size_t i = 0; i < length; i++) /* the tail is one line */
		bytes[i] = (unsigned char)bytes[i] < ' ' ? ' ' : bytes[i];
	keep_end(out->tail, sizeof(out->tail), bytes, length);
}

/* Reads until the process has ended and the output that is there was read; a daemon that keeps the pipe open is not waited for. */
static void watch(
	struct assay_command_result *out, struct assay_command_keep *keep, int fd, int process, uint64_t end)
{
	struct pollfd fds[2] = { { fd, POLLIN, 0 }, { process, POLLIN, 0 } };
	char bytes[1024];

	for (;;) {
		uint64_t now = assay_command_clock();
		int left = fds[1].fd < 0 || now >= end ? 0 : (int)((end - now) / 1000000 + 1);
		int ready = poll(now < end ? fds : fds + 1, now < end ? 2 : 1, left);
		ssize_t n = 0;

		if (ready < 0 && errno == EINTR)
			continue;
		if (now >= end) { /* what prints without pause gets no more time than what is silent */
			out->timed_out = fds[1].fd >= 0 && ready <= 0;
			return;
		}
		if (ready <= 0) {
			out->timed_out = fds[1].fd >= 0;
			return;
		}
		if (fds[0].revents) {
			n = read(fd, bytes, sizeof(bytes));
			if (n > 0) {
				keep_head(out, bytes, (size_t)n);
				keep_output(out, keep, bytes, (size_t)n);
			} else {
				fds[0].fd = -1;
			}
		}
		if (fds[1].revents)
			fds[1].fd = -1;
		if (fds[0].fd < 0 && fds[1].fd < 0)
			return;
	}
}

int assay_command_run(
	struct assay_command_result *out, char *const *words, uint64_t timeout, struct assay_error *err)
{
	return assay_command_run_keep(out, NULL, words, timeout, err);
}

int assay_command_run_keep(struct assay_command_result *out, struct assay_command_keep *keep,
	char *const *words, uint64_t timeout, struct assay_error *err)
{
	uint64_t end = assay_command_clock() + timeout;
	int pipe_fds[2], process, parent = getpid();
	pid_t pid;

	*out = (struct assay_command_result){ 0 };
	if (keep) {
		keep->text[0] = 0;
		keep->total = 0;
	}
	if (pipe2(pipe_fds, O_CLOEXEC))
		return assay_error_set(err, ASSAY_E_IO, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		assay_command_exec(words, pipe_fds[1], parent);
	close(pipe_fds[1]);
	if (pid < 0) {
		close(pipe_fds[0]);
		return assay_error_set(err, ASSAY_E_IO, "fork: %s", strerror(errno));
	}
	setpgid(pid, pid);
	process = pidfd_open(pid, 0);
	watch(out, keep, pipe_fds[0], process, end);
	if (out->timed_out || process < 0) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &out->status, 0) < 0 && errno == EINTR)
		;
	if (process >= 0)
		close(process);
	close(pipe_fds[0]);
	out->missing = WIFEXITED(out->status) && WEXITSTATUS(out->status) == MISSING;
	assay_command_how(out->how, sizeof(out->how), out->status);
	if (out->timed_out)
		snprintf(out->how, sizeof(out->how), "no end within %.1f s", (double)timeout / 1e9);
	return 0;
}
