/* sanity.c - asks a target whether it is there. It judges nothing but that. */
#include "runner/sanity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codec/lun.h"
#include "initiator/initiator.h"
#include "runner/command.h"
#include "runner/control.h"
#include "runner/dial.h"
#include "runner/worker.h"

#define TRIES 3
#define PAUSE 200000000L /* nanoseconds between them */

/* How the child ends. */
enum { LIVES, NO_LOGIN, SILENT, SAID_GONE };

/* Does anything at all come for TEST UNIT READY, or for a ping? A wrong answer is an answer, and so is the end of the connection. */
static bool answers_commands(struct assay_initiator *i, const struct assay_profile *profile)
{
	static const uint8_t test_unit_ready[6] = { 0 };
	struct assay_task task;

	assay_task_init(
		&task, assay_lun_from_number(profile->setup.lun), test_unit_ready, sizeof(test_unit_ready));
	return assay_task_run(i, &task) != ASSAY_E_TIMEOUT || assay_nop(i, NULL, 0, NULL) != ASSAY_E_TIMEOUT;
}

/* One connection: a login, and then what and_commands says. */
static int try_once(const struct assay_profile *profile, bool discovery, bool and_commands, uint64_t timeout,
	uint64_t seed, struct assay_error *err)
{
	struct assay_initiator_config config;
	struct assay_initiator *i = NULL;
	struct assay_dial *dial;
	bool silent = false;
	int r = assay_dial_open(&dial, profile, NULL, seed, err);

	if (r < 0)
		return r;
	assay_dial_config(&config, dial, profile, seed ^ 0x5a); /* another session than the test's */
	config.timeout = timeout;
	if (discovery)
		assay_dial_aim(&config, &profile->setup, NULL);
	r = assay_initiator_open(&i, &config, err);
	if (r >= 0) {
		r = assay_login(i);
		if (r < 0 && err)
			*err = i->error;
		if (r >= 0 && and_commands && !config.discovery && !answers_commands(i, profile))
			silent = true;
		else if (r >= 0)
			assay_logout(i, 0, NULL);
		if (i->login.response.opcode == ASSAY_LOGIN_RESPONSE)
			r = silent ? SILENT : LIVES;
	}
	assay_initiator_free(i);
	assay_dial_close(dial);
	return r;
}

int assay_sanity_answers(const struct assay_profile *profile, bool discovery, uint64_t timeout, uint64_t seed,
	struct assay_error *err)
{
	return try_once(profile, discovery, false, timeout, seed, err);
}

/* For a step of the question, nanoseconds. */
static uint64_t patience(const struct assay_profile *profile)
{
	double factor = profile->setup.timing_factor > 0 ? profile->setup.timing_factor : 1;

	return (uint64_t)(2 * factor * (double)ASSAY_SECOND);
}

int assay_sanity_commands(const struct assay_profile *profile, uint64_t seed)
{
	int r = try_once(profile, false, true, patience(profile), seed, NULL);

	return r == SILENT ? ASSAY_E_TIMEOUT : r;
}

static int ask(const struct assay_profile *profile, uint64_t timeout, uint64_t seed)
{
	struct timespec pause = { 0, PAUSE };
	int r = NO_LOGIN;

	if (profile->control[ASSAY_VERB_ALIVE] &&
		assay_control_run(profile, ASSAY_VERB_ALIVE, 0, timeout, NULL, NULL) < 0)
		return SAID_GONE;
	for (int tries = 0; tries < TRIES; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		r = try_once(profile, false, true, timeout, seed + (uint64_t)tries, NULL);
		if (r == LIVES)
			return LIVES;
	}
	return r == SILENT ? SILENT : NO_LOGIN;
}

pid_t assay_sanity_start(int *fd, uint64_t *deadline, const struct assay_profile *profile, uint64_t seed,
	struct assay_error *err)
{
	uint64_t timeout = patience(profile);
	pid_t parent = getpid(), pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return assay_error_set(err, ASSAY_E_IO, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		assay_child_begin(parent);
		assay_child_end(ask(profile, timeout, seed));
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return assay_error_set(err, ASSAY_E_IO, "fork: %s", strerror(errno));
	}
	*fd = fds[0];
	*deadline = assay_command_clock() + 4 * TRIES * timeout;
	return pid;
}

const char *assay_sanity_trouble(int status)
{
	if (!status)
		return NULL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == SILENT)
		return "the target answers a sanity login, and no command after it";
	if (WIFEXITED(status) && WEXITSTATUS(status) == SAID_GONE)
		return "the target's alive line says that it is gone";
	return "the target no longer answers a sanity login";
}
