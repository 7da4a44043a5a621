/*
 * reply.h - what a worker tells the runner through its socket: a version, each failure as soon as it is found (so that a worker that dies or hangs loses
 * none), and the end. Bounded: lengths are checked before anything is kept, a worker that babbles is cut off. Both ends are the same
 * program, so numbers go in host order.
 */
#ifndef ASSAY_RUNNER_REPLY_H
#define ASSAY_RUNNER_REPLY_H

#include "codec/error.h"
#include "runner/arena.h"
#include "runner/result.h"

#define ASSAY_REPLY_VERSION    4
#define ASSAY_FAILURES_MAX     32 /* of one test; more are counted, not kept */
#define ASSAY_REPLY_STRING_MAX 2000 /* bytes of one string; longer ones are cut */
#define ASSAY_REPLY_MAX        (1 << 20) /* bytes of a whole reply */
#define ASSAY_MARK_MAX         64 /* bytes of one part of a signature */

/* What a test came to before the baseline. Strings belong to the arena that it was read into. */
struct assay_outcome {
	enum assay_verdict verdict;
	const char *reason; /* as struct assay_test_result has it */
	struct assay_failure *failures;
	char (*marks)[ASSAY_MARK_MAX]; /* of each failure: its part of the signature */
	size_t failure_count;
	uint64_t duration; /* nanoseconds */
	uint64_t pdus_sent, pdus_received;
	bool evidence; /* the worker has written traces */
	const char *trouble; /* what went wrong while it wrote them; NULL */
	bool ended; /* the worker came to its end */
	const char *dead; /* the target did not answer as it should afterwards: in what way; NULL: it did */
};

/* The worker's side: each writes one record. 0 or ASSAY_E_IO. */
int assay_reply_hello(int fd);
int assay_reply_failure(int fd, const struct assay_failure *failure, const char *mark);
int assay_reply_end(int fd, const struct assay_outcome *outcome);
/* Asks the runner for something (a number that both know), and waits for what came of it: 0, or a negative error with its words. */
int assay_reply_ask(int fd, uint32_t what, struct assay_error *err);

/* The runner's side. */
struct assay_reply {
	struct assay_arena *arena;
	struct assay_outcome outcome;
	unsigned char *pending; /* bytes of a record that is not whole yet */
	size_t pending_length, pending_capacity, total;
	bool greeted;
	bool asks; /* the worker waits for assay_reply_answer */
	uint32_t asked; /* for what */
};

void assay_reply_init(struct assay_reply *r, struct assay_arena *arena);
/* Takes bytes as they come. 0; ASSAY_E_SYNTAX for what is no reply of this version, ASSAY_E_LIMIT when it is too long, ASSAY_E_NOMEM. */
int assay_reply_feed(struct assay_reply *r, const void *bytes, size_t length);
/* Tells the worker that asked; err: words for a negative result. */
void assay_reply_answer(struct assay_reply *r, int fd, int result, const struct assay_error *err);
void assay_reply_release(struct assay_reply *r); /* the buffer; the outcome stays in the arena */

#endif
