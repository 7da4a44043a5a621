/* fake_target.h - targets in a child of the test: the built-in one over TCP, and one that logs everybody in and then goes wrong in a way of one's choice. */
#ifndef ASSAY_CAMPAIGN_TEST_FAKE_TARGET_H
#define ASSAY_CAMPAIGN_TEST_FAKE_TARGET_H

#include <stdint.h>
#include <sys/types.h>

enum fake_way {
	FAKE_BUILTIN, /* the built-in target, which does not go wrong */
	FAKE_DEAF_SESSION, /* the first session gets no answer after its login; others get theirs */
	FAKE_DEAF_LOGIN, /* after a NOP-Out nobody's login is answered */
	FAKE_GONE, /* ends when it sees a NOP-Out */
	FAKE_REFUSES, /* after a NOP-Out every login is refused */
	FAKE_HANGS_UP, /* after a NOP-Out every new connection is closed */
	FAKE_CLOSES, /* closes the connection when it sees a NOP-Out, and goes on: its right */
};

struct fake_target {
	pid_t pid;
	int life; /* the child ends when this is closed */
	uint16_t port;
};

/* Aborts when there is no memory, port or process. */
void fake_target_start(struct fake_target *out, enum fake_way way);
void fake_target_stop(struct fake_target *t);

#endif
