/* sanity.c - asks a target whether it is there. It judges nothing but that. */
#include "runner/sanity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "initiator/initiator.h"
#include "runner/command.h"
#include "runner/dial.h"
#include "runner/worker.h"

#define TRIES 3
#define PAUSE 200000000L /* nanoseconds between them */

int assay_sanity_answers(const struct assay_profile *profile, bool discovery, uint64_t timeout, uint64_t seed,
	struct assay_error *err)
{
	struct assay_initiator_config config;
	struct assay_initiator *i = NULL;
	struct assay_dial *dial;
	int r = assay_dial_open(&dial, profile, NULL, seed, err);

	if (r < 0)
		return r;
	assay_dial_config(&config, dial, profile, seed ^ 0x5a); /* another session than the test's */
	config.timeout = timeout;
	config.discovery = discovery || !config.target_name;
	r = assay_initiator_open(&i, &config, err);
	if (r >= 0) {
		r = assay_login(i);
		if (r >= 0)
			assay_logout(i, 0, NULL);
		else if (err)
			*err = i->error;
		if (i->login.response.opcode == ASSAY_LOGIN_RESPONSE)
			r = 0;
	}
	assay_initiator_free(i);
	assay_dial_close(dial);
	return r;
}

static int ask(const struct assay_profile *profile, uint64_t timeout, uint64_t seed)
{
	struct timespec pause = { 0, PAUSE };

	for (int tries = 0; tries < TRIES; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		if (assay_sanity_answers(profile, false, timeout, seed + (uint64_t)tries, NULL) >= 0)
			return 0;
	}
	return 1;
}

pid_t assay_sanity_start(int *fd, uint64_t *deadline, const struct assay_profile *profile, uint64_t seed,
	struct assay_error *err)
{
	double factor = profile->setup.timing_factor > 0 ? profile->setup.timing_factor : 1;
	uint64_t timeout = (uint64_t)(2 * factor * (double)ASSAY_SECOND);
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
