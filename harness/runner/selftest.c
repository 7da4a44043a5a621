/*
 * selftest.c - shows that every check can fail: each test on the right built-in target, where it must pass, and on one with each defect that its record names,
 * where it must not. What no test and no rule catches is told at the end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/rules.h"
#include "runner/command.h"
#include "runner/context.h"
#include "runner/plan.h"
#include "runner/pool.h"
#include "runner/token.h"
#include "target/defect.h"

#define DEADLINE_MS 10000

struct job {
	const struct assay_test *test;
	const char *defect; /* name, or NULL */
	unsigned char defects[ASSAY_DEFECT_BYTES];
	bool ended;
	struct assay_selftest_result result;
};

struct selftest {
	const struct assay_run_options *options;
	struct assay_profile *profile;
	struct assay_probe probe;
	struct assay_arena arena;
	struct assay_plan plan;
	struct assay_pool *pool;
	struct job *jobs;
	size_t count, started, told;
	bool caught[ASSAY_DEFECT_COUNT];
	bool *fired; /* by rule */
	bool failed, trouble;
	void (*each)(void *payload, const struct assay_selftest_result *);
	void *payload;
};

static size_t count_words(const char *list)
{
	char word[64];
	size_t count = 0;

	while (assay_token_next(word, sizeof(word), &list))
		count++;
	return count;
}

static void add_job(struct selftest *s, const struct assay_test *test, const char *defect, bool other)
{
	struct job *job = &s->jobs[s->count++];
	int number = defect ? assay_defect_find(defect) : -1;

	job->test = test;
	job->defect = assay_arena_strdup(&s->arena, defect);
	job->result = (struct assay_selftest_result){
		.test = test->id, .defect = job->defect, .other = other, .verdict = ASSAY_ERROR
	};
	if (number >= 0)
		assay_defect_add(job->defects, (enum assay_defect)number);
	if (!defect || number >= 0)
		return;
	job->result.reason = "the built-in target has no such defect";
	job->ended = true;
}

/* What another defect does to a test is not said, but there is a verdict. */
static void add_others(struct selftest *s, const struct assay_test *test)
{
	for (unsigned n = 0; n < ASSAY_DEFECT_COUNT; n++) {
		const char *name = assay_defect_at((enum assay_defect)n)->name;

		if (!assay_token_in(test->defects, name))
			add_job(s, test, name, true);
	}
}

static int make_jobs(struct selftest *s, struct assay_error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < s->plan.count; i++)
		count += 1 + count_words(s->plan.items[i].test->defects) +
			 (s->options->every_defect ? ASSAY_DEFECT_COUNT : 0);
	s->jobs = assay_arena_alloc(&s->arena, (count + 1) * sizeof(*s->jobs));
	if (!s->jobs)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct assay_test *test = s->plan.items[i].test;
		const char *list = test->defects;
		char word[64];

		add_job(s, test, NULL, false);
		while (assay_token_next(word, sizeof(word), &list))
			add_job(s, test, word, false);
		if (s->options->every_defect)
			add_others(s, test);
	}
	return 0;
}

static bool is_well(const struct assay_selftest_result *r)
{
	if (!r->defect)
		return r->verdict == ASSAY_PASS;
	if (r->other)
		return r->verdict != ASSAY_ERROR && r->verdict != ASSAY_TIMEOUT && r->verdict != ASSAY_CRASH;
	return r->killed;
}

/* In the order of the jobs, as far as they have ended without a gap. */
static void tell(struct selftest *s)
{
	for (; s->told < s->count && s->jobs[s->told].ended; s->told++) {
		const struct job *job = &s->jobs[s->told];

		s->failed = s->failed || !is_well(&job->result);
		s->each(s->payload, &job->result);
	}
}

static void job_done(void *payload, const struct assay_worker_spec *spec, const struct assay_outcome *o)
{
	struct selftest *s = payload;
	struct job *job = &s->jobs[spec->index];
	bool own_claim = false;
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	job->ended = true;
	job->result.verdict = o->verdict;
	job->result.reason = o->reason;
	job->result.killed = job->defect && (o->verdict == ASSAY_FAIL || o->verdict == ASSAY_WARN);
	for (size_t i = 0; i < o->failure_count; i++) {
		const struct assay_rule *rule = o->failures[i].rule ? assay_rule_find(o->failures[i].rule)
								    : NULL;

		own_claim = own_claim || !o->failures[i].rule;
		if (rule && job->defect)
			s->fired[rule - rules] = true;
	}
	if (o->failure_count && !own_claim)
		job->result.by = o->failures[0].rule;
	if (job->result.killed && !job->result.other)
		s->caught[assay_defect_find(job->defect)] = true;
	tell(s);
}

/* A folder for each defect, as its tests have one each in there. */
static int make_folder(struct selftest *s, const struct job *job, const char **out, struct assay_error *err)
{
	*out = NULL;
	if (!s->options->output || !job->defect)
		return 0;
	*out = assay_arena_printf(&s->arena, "%s/%s", s->options->output, job->defect);
	if (!*out)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (mkdir(*out, 0777) && errno != EEXIST)
		return assay_error_set(err, ASSAY_E_IO, "%.180s: %s", *out, strerror(errno));
	return 0;
}

static int start_job(struct selftest *s, struct assay_error *err)
{
	struct job *job = &s->jobs[s->started++];
	const struct assay_run_options *o = s->options;
	unsigned ms = job->test->deadline_ms ? job->test->deadline_ms
		      : o->deadline_ms       ? o->deadline_ms
					     : DEADLINE_MS;
	struct assay_worker_spec spec = {
		.test = job->test,
		.index = (size_t)(job - s->jobs),
		.profile = s->profile,
		.defects = job->defects,
		.seed = assay_worker_seed(o->seed, job->test->id),
		.block_count = s->probe.write_blocks,
		.block_size = s->probe.write_block_size,
		.luns = s->probe.luns,
		.lun_count = s->probe.lun_count,
		.deadline = (uint64_t)ms * ASSAY_MILLISECOND,
	};

	if (job->ended)
		return 0;
	if (make_folder(s, job, &spec.evidence, err) < 0)
		return ASSAY_E_IO;
	return assay_pool_start(s->pool, &spec, err);
}

static void loop(struct selftest *s, struct assay_error *err)
{
	const volatile int *stop = s->options->stop;

	while (!(stop && *stop) && !s->trouble) {
		while (s->started < s->count && assay_pool_slot(s->pool) >= 0 && !s->trouble)
			s->trouble = start_job(s, err) < 0;
		tell(s);
		if (!assay_pool_running(s->pool))
			return;
		assay_pool_wait(s->pool, UINT64_MAX, NULL);
	}
}

/* Rules about targets that no defect can break before a test of ours, and why; their timelines in proto's rules_test prove them. */
static const struct {
	const char *rule, *why;
} unreachable[] = {
	{ "answer-list-accepted",
		"a target breaks it when a list of its own is answered wrongly, and the built-in one offers "
		"none" },
	{ "digest-presence",
		"our initiator cuts PDUs as the digests were agreed, so that one too many or too few is a "
		"wrong header digest or no PDU at all" },
};

static const char *why_unreachable(const struct assay_rule *rule)
{
	for (size_t i = 0; i < sizeof(unreachable) / sizeof(unreachable[0]); i++)
		if (strcmp(unreachable[i].rule, rule->id) == 0)
			return unreachable[i].why;
	return NULL;
}

/* A rule about targets is to fire for some defect, unless the table says that it cannot: then it must not. */
static void tell_rule(struct selftest *s, const struct assay_rule *rule, bool fired)
{
	struct assay_selftest_result r = { .by = rule->id, .reason = why_unreachable(rule) };

	if (!(rule->role & ASSAY_TARGET) || (fired && !r.reason))
		return;
	r.killed = fired;
	r.verdict = fired || !r.reason ? ASSAY_FAIL : ASSAY_SKIP;
	s->failed = s->failed || r.verdict == ASSAY_FAIL;
	s->each(s->payload, &r);
}

/* Only when all tests were there to catch it. */
static void tell_uncaught(struct selftest *s)
{
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	for (unsigned n = 0; n < ASSAY_DEFECT_COUNT; n++) {
		struct assay_selftest_result r = { .defect = assay_defect_at((enum assay_defect)n)->name,
			.verdict = ASSAY_FAIL };

		if (s->caught[n])
			continue;
		s->failed = true;
		s->each(s->payload, &r);
	}
	for (size_t n = 0; n < count; n++)
		tell_rule(s, &rules[n], s->fired[n]);
}

static int prepare(struct selftest *s, struct assay_error *err)
{
	struct assay_run_options options = *s->options;
	size_t rules;
	int r = assay_profile_builtin(&s->profile, err);

	assay_worker_warm_up();

	assay_rules(&rules);
	s->fired = calloc(rules + 1, sizeof(*s->fired));
	if (!s->fired)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	options.profile = s->profile;
	if (!r)
		r = assay_plan_make(&s->plan, &s->arena, &options, err);
	if (!r)
		r = make_jobs(s, err);
	if (!r)
		r = assay_probe_target(&s->probe, s->profile, UINT64_MAX, options.stop, err);
	if (!r) {
		s->pool = assay_pool_new(options.jobs ? options.jobs : 1, &s->arena, job_done, NULL, s);
		r = s->pool ? 0 : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	}
	return r;
}

static int exit_of(const struct selftest *s, int result)
{
	if (result == ASSAY_E_SYNTAX)
		return ASSAY_EXIT_USAGE;
	if (s->options->stop && *s->options->stop)
		return 128 + *s->options->stop;
	if (result || s->trouble)
		return ASSAY_EXIT_HARNESS;
	if (s->failed)
		return ASSAY_EXIT_FAIL;
	return s->plan.count ? ASSAY_EXIT_OK : ASSAY_EXIT_NOTHING;
}

int assay_selftest(const struct assay_run_options *options,
	void (*each)(void *payload, const struct assay_selftest_result *), void *payload,
	struct assay_error *err)
{
	struct selftest *s = calloc(1, sizeof(*s));
	size_t all = 0;
	int result;

	if (!s)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory"), ASSAY_EXIT_HARNESS;
	s->options = options;
	s->each = each;
	s->payload = payload;
	result = prepare(s, err);
	if (!result)
		loop(s, err);
	for (const struct assay_suite *const *suite = options->suites; *suite; suite++)
		all += (*suite)->count;
	if (!result && s->told == s->count && s->plan.count == all)
		tell_uncaught(s);
	assay_pool_free(s->pool);
	result = exit_of(s, result);
	assay_profile_free(s->profile);
	assay_arena_free(&s->arena);
	free(s->fired);
	free(s);
	return result;
}
