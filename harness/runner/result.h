/*
 * result.h - what a run found, as plain structs: the only thing that report/ knows. Strings belong to the run's arena
 * and live as long as it. Times in nanoseconds, never compared between machines.
 */
#ifndef ASSAY_RUNNER_RESULT_H
#define ASSAY_RUNNER_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum assay_verdict {
	ASSAY_PASS,
	ASSAY_FAIL, /* a MUST is broken */
	ASSAY_WARN, /* a SHOULD is */
	ASSAY_SKIP, /* with a reason from the fixed list */
	ASSAY_XFAIL, /* not passed, and the baseline says so */
	ASSAY_XPASS, /* passed, and the baseline says that it would not */
	ASSAY_ERROR, /* the harness or a precondition: nothing was decided */
	ASSAY_TIMEOUT, /* the test's own deadline */
	ASSAY_CRASH, /* the target no longer answers a sanity login, or nothing after it */
	ASSAY_VERDICT_COUNT
};

/* "PASS". */
const char *assay_verdict_name(enum assay_verdict verdict);
/* Must someone look at it? FAIL, TIMEOUT, XPASS, ERROR, CRASH, and WARN when strict. */
bool assay_verdict_unexpected(enum assay_verdict verdict, bool strict);

/* The exit codes of the design. */
enum assay_exit {
	ASSAY_EXIT_OK = 0,
	ASSAY_EXIT_FAIL = 1,
	ASSAY_EXIT_USAGE = 2,
	ASSAY_EXIT_UNREACHABLE = 3,
	ASSAY_EXIT_NOTHING = 4,
	ASSAY_EXIT_HARNESS = 5,
	ASSAY_EXIT_CRASH = 6,
	ASSAY_EXIT_MAX_TIME = 7,
	ASSAY_EXIT_FINDINGS = 8,
	ASSAY_EXIT_SKIPPED = 77,
};

/* One thing that did not hold: a claim of the test, or a rule. */
struct assay_failure {
	const char *rule; /* rule id when the engine found it, else NULL: the test's own claim */
	const char *reqs; /* requirement ids */
	const char *section; /* "4.2.4" */
	const char *claim; /* what must hold, in words */
	const char *sent; /* "#3 NOP-Out ITT=0x3 …": the last PDU of ours before; NULL when none */
	const char *expected; /* all acceptable outcomes */
	const char *got;
	const char *file; /* source of the claim */
	int line;
	uint64_t since,
		at; /* #N of what it rests on, at least: what came after the claim before it, up to what came last */
	bool should; /* a SHOULD: WARN rather than FAIL */
};

struct assay_test_result {
	const char *id;
	const char *area; /* "login": the id up to its first dot */
	const char *desc;
	const char *reqs;
	const char *section;
	const char *level; /* "MUST", "SHOULD", "MAY" */
	enum assay_verdict verdict; /* after the baseline was applied */
	enum assay_verdict raw; /* before */
	const char *
		reason; /* SKIP: of the fixed list; ERROR, TIMEOUT, CRASH: words; FAIL: which other signature the baseline expects; else NULL */
	const char *baseline; /* the why of the baseline's line, or NULL */
	const char *
		baseline_verdicts; /* what that line expects, "FAIL", or "FAIL|CRASH|PASS" where the target does now this, now that; NULL without a line */
	const char *baseline_signature; /* and in which way, "*" for any; NULL without a line */
	const char *
		signature; /* of what went wrong, the same over runs: "claim:1a2b3c4d,rule:statsn-step", "timeout", "crash"; NULL when nothing was decided against it */
	const struct assay_failure *failures;
	size_t failure_count;
	uint64_t duration; /* nanoseconds */
	uint64_t pdus_sent, pdus_received;
	const char *evidence; /* folder, relative to the output folder; NULL when none */
	const char *again; /* the command line that runs it again, no secrets */
	unsigned shard;
};

struct assay_run_info {
	const char *version; /* of iscsi-assay */
	const char *
		suite_revision; /* hash over the tests' records: results of different suites are told apart */
	const char *target; /* URL without secrets, or "built-in" */
	const char *profile; /* name, or NULL */
	const char *
		implementation; /* what the target says it is: vendor, product, revision of INQUIRY; or NULL */
	const char *
		implementation_name; /* what the profile says it is ("tgt"), else the profile's name; NULL without a profile */
	const char *implementation_version; /* what the profile's version command said, or NULL */
	uint64_t seed;
	unsigned jobs;
	bool strict; /* a WARN counts as a failure */
	const char *started; /* ISO 8601, UTC */
	uint64_t duration; /* nanoseconds */
	const char *stopped; /* why it ended early: "interrupted", "max-time", "crash", or NULL */
};

struct assay_run {
	struct assay_run_info info;
	const struct assay_test_result
		*results; /* in the order of the suites, whatever the order they ran in */
	size_t count;
	size_t verdicts[ASSAY_VERDICT_COUNT];
	size_t unexpected; /* FAIL, TIMEOUT, XPASS, ERROR, CRASH (and WARN under --strict) */
	enum assay_exit exit;
	const char *folder; /* where the folders of evidence are; NULL: nowhere */
};

/* How a run tells what happens while it happens; report/ has the implementations. Each may be NULL. */
struct assay_reporter {
	void *payload;
	void (*begin)(void *payload, const struct assay_run_info *info, size_t planned);
	void (*started)(void *payload, const char *id, size_t running);
	void (*result)(void *payload, const struct assay_test_result *result, size_t done, size_t planned);
	/* Returns 0, or a negative error when results could not be written. */
	int (*end)(void *payload, const struct assay_run *run);
};

#endif
