/*
 * run.h - runs tests: selection, features, worker processes, deadlines, baselines, supervised targets. cli/ fills struct assay_run_options
 * from the command line and a profile, report/ hears of it through reporters.
 */
#ifndef ASSAY_RUNNER_RUN_H
#define ASSAY_RUNNER_RUN_H

#include "runner/profile.h"
#include "runner/result.h"
#include "runner/test.h"

struct assay_run_options {
	const struct assay_suite *const *suites; /* NULL-terminated */
	const char *const *select; /* selectors in order, NULL-terminated; none: everything */
	struct assay_profile *
		profile; /* never NULL: the built-in one when no target was named. A supervised target is started, and its places filled in here */
	const char *baseline_path; /* NULL: none */
	const char *
		output; /* folder for evidence, exists; NULL: no evidence is written. selftest: of defects alone, in a folder for each */
	const char *
		again; /* the words that run this again, before seed and id: "iscsi-assay run -t …"; no secrets */
	unsigned jobs; /* worker processes at once, from 1 */
	uint64_t seed;
	unsigned shard, shards; /* K of N, from 1; N 1 for all */
	uint64_t max_time; /* nanoseconds, 0: none */
	size_t min_run; /* fewer: exit 4 */
	unsigned deadline_ms; /* default for one test; scaled by timing_factor */
	double timing_factor;
	bool strict;
	bool disruptive;
	bool every_defect; /* selftest: also with the defects that a record does not name */
	const char *const *rerun; /* ids from --rerun-failed, NULL-terminated; NULL: not asked for */
	/* Called once when the target has answered and tests are about to run, before any reporter: what an earlier run left can go, and
	 * reporters may still be set. 0, or a negative error with words in err: nothing is run, exit 5. May be NULL. */
	int (*ready)(void *payload, struct assay_error *err);
	void *ready_payload;
	const struct assay_reporter *const *reporters; /* NULL-terminated */
	const volatile int *stop; /* set by a signal handler: 0, or the signal's number */
};

/* Runs. *out is freed by assay_run_free, and valid whenever the result is not negative. Returns enum assay_exit (or 128+signal), negative never. */
int assay_run(struct assay_run **out, const struct assay_run_options *options, struct assay_error *err);
void assay_run_free(struct assay_run *run);

/* Are the records whole: ids unique slugs, each with requirement, section, description and a defect? 0, or ASSAY_E_INVAL naming the first that is not. */
int assay_check_records(const struct assay_suite *const *suites, struct assay_error *err);

/* The id of today for an id, or for one that a test had before; NULL: no test has or had it. */
const char *assay_current_id(const struct assay_suite *const *suites, const char *id);

#define ASSAY_REGION_BLOCKS 2048 /* blocks that assay_region gives a test at least */

/* What a target offers, from a handful of logins. Used by features and by `probe`. */
struct assay_probe {
	bool reachable;
	bool header_digest, data_digest; /* agreed to when offered with None as second choice */
	uint32_t max_connections;
	uint32_t error_recovery_level;
	struct assay_params params; /* of a session that offers the most */
	char vendor[9], product[17], revision[5]; /* INQUIRY */
	uint32_t lun_count;
	uint32_t luns[256]; /* REPORT LUNS */
	bool lun_missing; /* the target says that there is no unit at the LUN under test */
	uint8_t device_type; /* of the LUN under test; 0, a disk, where it is not said */
	uint64_t blocks; /* of the LUN under test */
	uint32_t block_size; /* bytes */
	uint64_t write_blocks; /* of the LUN that may be written; 0 when there is none */
	uint32_t write_block_size;
	char write_trouble[80]; /* why tests cannot write to that LUN; "" when they can */
	char targets[4096]; /* SendTargets=All, a line "name address" each */
	char second_host
		[256]; /* another portal that the target announces, with --follow-portals where none was named; "" for none */
	uint16_t second_port;
	char why[256]; /* when not reachable or refused */
};
/* Asks until then at most (nanoseconds of assay_command_clock, UINT64_MAX for no end), and no longer than until *stop is set (may be NULL).
 * 0, or a negative error: the target cannot be reached or refuses the login (words in err). */
int assay_probe_target(struct assay_probe *out, const struct assay_profile *profile, uint64_t until,
	const volatile int *stop, struct assay_error *err);

/* Takes over what the probe found into the profile: the portal that was followed. */
void assay_probe_adopt(struct assay_profile *profile, const struct assay_probe *probe);

/* Is what the user named there: the logical unit under test, and one that can be written? 0; ASSAY_E_CONNECT; or ASSAY_E_SYNTAX. */
int assay_probe_check(
	const struct assay_probe *probe, const struct assay_profile *profile, struct assay_error *err);

/* Which selected tests apply, and if not, why: "not-offered" …; NULL when it applies. */
const char *assay_skip_reason(
	const struct assay_test *test, const struct assay_profile *profile, const struct assay_probe *probe);

/* One test against the built-in target with one defect; for selftest. test NULL: at the end, when all tests were selected, what nothing catches: a defect
 * (defect is set), or a rule of the engine about targets that fired for no defect (by is set; verdict SKIP with a reason where none can make it). */
struct assay_selftest_result {
	const char *test;
	const char *defect; /* NULL: without any, must PASS */
	bool other; /* the record does not name the defect: any verdict will do but ERROR, TIMEOUT and CRASH */
	enum assay_verdict verdict;
	bool killed; /* a defect's run that ended in FAIL or WARN; an ERROR or a SKIP decides nothing, and in virtual time a TIMEOUT is a loop of ours */
	const char *by; /* rule id that caught it, or NULL: the test's own claim */
	const char *reason; /* words of an ERROR, SKIP or TIMEOUT; or NULL */
};
/* Every selected test without defect and with each defect that its record names (with every_defect: with all others, too), in the order of the suites. Calls
 * each(payload, result). Returns enum assay_exit: 1 when a test does not pass without a defect, or does not catch one that it names, or comes to no verdict with
 * another, or no test names a defect, or no defect makes a rule fire. */
int assay_selftest(const struct assay_run_options *options,
	void (*each)(void *payload, const struct assay_selftest_result *), void *payload,
	struct assay_error *err);

/* Selection, section "Commands" of the design: id globs, rfc7143:6.2, requirement ids, level:must, @tag, leading '-'. *chosen has one bool a test in the order of the suites.
 * 0, or ASSAY_E_SYNTAX naming a selector that matches nothing. */
int assay_select(bool *chosen, const struct assay_suite *const *suites, const char *const *select,
	struct assay_error *err);

#endif
