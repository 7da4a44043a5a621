/* command.h - runs a program of the profile to its end, with a deadline; its output is kept up to a limit. No shell. */
#ifndef ASSAY_RUNNER_COMMAND_H
#define ASSAY_RUNNER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"

struct assay_command_result {
	int status; /* wait status: 0 when it ended well */
	bool missing; /* there is no such program */
	bool timed_out; /* and was killed */
	char how[48]; /* "exit status 1", "signal 9", in words */
	char head[256]; /* the first line that it printed, as far as it fits */
	char tail[1024]; /* the last of what it printed, one line */
};

/* The end of a program's output as it is. */
struct assay_command_keep {
	char *text; /* the caller's: capacity bytes, terminated */
	size_t capacity;
	uint64_t total; /* bytes that it printed in all */
};

/* timeout in nanoseconds. 0 when the command ran (look at out->status), or ASSAY_E_IO. It gets a process group of its own, and dies with us. */
int assay_command_run(
	struct assay_command_result *out, char *const *words, uint64_t timeout, struct assay_error *err);

/* The same; more than the tail of its output in keep (NULL: not wanted). */
int assay_command_run_keep(struct assay_command_result *out, struct assay_command_keep *keep,
	char *const *words, uint64_t timeout, struct assay_error *err);

/* For who forks by itself: in the child, between fork and exec. Standard input is empty, output goes to fd, nothing else is open; never returns.
 * The process dies with parent, which is the caller's getpid() before the fork. */
void assay_command_exec(char *const *words, int fd, int parent) __attribute__((noreturn));
/* SIGKILL for every child of this process, which has one thread; where it is their reaper (PR_SET_CHILD_SUBREAPER), what they leave comes to it in turn. They are to be waited for. */
void assay_command_kill_children(void);
/* A wait status in words. */
void assay_command_how(char *out, unsigned capacity, int status);
/* Now, monotonic, nanoseconds. */
uint64_t assay_command_clock(void);

#endif
