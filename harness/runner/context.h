/*
 * context.h - the inside of struct assay_t, for the runner's own files. One lives in each worker, for one test. It owns what the test opened.
 */
#ifndef ASSAY_RUNNER_CONTEXT_H
#define ASSAY_RUNNER_CONTEXT_H

#include <setjmp.h>
#include <signal.h>

#include "runner/arena.h"
#include "runner/dial.h"
#include "runner/worker.h"
#include "transport/leave.h"

#define ASSAY_IGNORED_MAX         16 /* rules that one test may forgive */
#define ASSAY_TAP_LIMIT           (8u << 20) /* bytes of PDUs kept for the evidence of one test */
#define ASSAY_CONTEXT_CONNECTIONS 64 /* of one test; the rule engine follows as many */

/* How a test ended. */
enum assay_end {
	ASSAY_END_RUNNING,
	ASSAY_END_RETURNED, /* its function came to its end */
	ASSAY_END_STOPPED, /* a failure ended it, or assay_stop */
	ASSAY_END_SKIPPED, /* words: the reason */
	ASSAY_END_PRECONDITION, /* words: what we could not do; nothing was decided */
	ASSAY_END_TIMED_OUT, /* the runner asked it to end */
};

struct assay_t {
	const struct assay_worker_spec *spec;
	const struct assay_test *test;
	struct assay_setup setup;
	struct assay_initiator_config config; /* of the next connection; each takes a copy */
	uint64_t next_isid; /* what config.isid is unless the test changed it */
	struct assay_dial *dial;
	struct assay_leave leave; /* in front of it */
	struct assay_tap *tap;
	struct assay_arena arena;
	struct {
		struct assay_initiator *initiator;
		uint64_t reject_taken; /* tap number of the last Reject that a claim has used up */
		bool kept; /* its login may stay half-way while others come */
	} connections[ASSAY_CONTEXT_CONNECTIONS];
	size_t connection_count;
	size_t claims; /* that held or not */
	uint64_t since,
		at; /* #N: of the newest claim or precondition, what it rests on: as struct assay_failure has it */
	struct assay_failure failures[ASSAY_FAILURES_MAX]; /* for the evidence; strings in the arena */
	size_t failure_count; /* kept */
	size_t failures_dropped;
	bool must_broken, should_broken;
	const struct assay_rule *rules_broken[ASSAY_FAILURES_MAX]; /* a rule is reported once a test */
	size_t rule_count;
	const char *about; /* requirement ids of the claims that follow; NULL: the record's */
	enum assay_level level; /* of the claims that follow */
	const char *ignored[ASSAY_IGNORED_MAX];
	size_t ignored_count;
	bool unit_added; /* and not removed yet */
	uint64_t random; /* state of assay_fill */
	enum assay_end end;
	const char *words;
	sigjmp_buf out; /* to where the test's function was called */
	volatile sig_atomic_t inside; /* out may be used */
	int fd; /* the pipe to the runner */
};

/* Opens target or dialer and tap. 0 or a negative error of ours. */
int assay_context_open(
	struct assay_t *t, const struct assay_worker_spec *spec, int fd, struct assay_error *err);
/* Closes the connections, newest first; findings that this brings still count. */
void assay_context_close_connections(struct assay_t *t);
/* Takes back what the test changed at the target and did not take back itself; once its function is left. */
void assay_context_tidy(struct assay_t *t);
void assay_context_free(struct assay_t *t);

/* Leaves the test's function. words are kept as they are: the arena's or a literal. */
void assay_context_leave(struct assay_t *t, enum assay_end end, const char *words) __attribute__((noreturn));

/* A broken claim; all texts may be temporary. mark: what stays the same over runs, for the signature. */
void assay_fail_claim(struct assay_t *t, const char *mark, const char *file, int line, const char *expected,
	const char *got);
/* A claim that held. */
void assay_hold_claim(struct assay_t *t, int line);
/* A claim or a precondition is about to be judged: what came since the one before is what it rests on. */
void assay_note_claim(struct assay_t *t);
/* The rule engine's finding; payload is the context. */
void assay_fail_rule(void *payload, const struct assay_finding *finding);
/* The time is over. */
void assay_fail_deadline(struct assay_t *t);

/* "#3 NOP-Out ITT=0x3 …": the last of ours before that tap number; NULL: none. In the arena. */
const char *assay_context_last_sent(struct assay_t *t, uint64_t before);
/* The record with that tap number; NULL when it was not kept. */
const struct assay_tap_record *assay_context_record(const struct assay_t *t, uint64_t number);
/* Was anything sent, PDU or bytes? */
bool assay_context_sent(const struct assay_t *t);
/* Where the claims about a Reject remember what they used; never NULL for a connection of this test. */
uint64_t *assay_context_reject_taken(struct assay_t *t, const struct assay_initiator *i);

/* Sorted and joined marks: "claim:1a2b3c4d,rule:statsn-step"; capacity at least 256. TIMEOUT and CRASH are one word. "" for nothing. */
void assay_signature(char *out, size_t capacity, enum assay_verdict verdict,
	const char (*marks)[ASSAY_MARK_MAX], size_t count);

#endif
