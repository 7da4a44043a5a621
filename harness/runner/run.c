/*
 * run.c - a whole run: plan, target, workers, verdicts, reporters, exit code; see run.h. One process and one thread: everything that could hang or crash is in a
 * child of it.
 */
#include "runner/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/command.h"
#include "runner/context.h"
#include "runner/evidence.h"
#include "runner/fleet.h"
#include "runner/hash.h"
#include "runner/implementation.h"
#include "runner/plan.h"
#include "runner/pool.h"
#include "runner/profile_internal.h"
#include "runner/verdict.h"

#define DEADLINE_MS  10000
#define RESTARTS_MAX 20 /* of a supervised target that crashes again and again */

struct run {
	struct assay_run pub; /* first: what the caller sees */
	struct assay_arena arena;
	const struct assay_run_options *options;
	struct assay_profile *profile;
	struct assay_probe probe;
	struct assay_baseline *baseline;
	struct assay_fleet fleet;
	struct assay_plan plan;
	struct assay_pool *pool;
	struct assay_exit_facts facts;
	struct assay_error trouble; /* the first fault of ours */
	const char *again; /* options->again without what the profile knows to be secret */
	uint64_t began;
	size_t done;
	unsigned restarts;
	bool halt; /* start no more: the target is gone */
	bool renew; /* a target has to be started again because the next test wants a fresh one */
};

#define EACH_REPORTER(r, at)                                                                                 \
	for (const struct assay_reporter *const *at = (r)->options->reporters; at && *at; at++)

static void ours_failed(struct run *r, const struct assay_error *err)
{
	r->facts.harness = true;
	if (!r->trouble.message[0])
		r->trouble = *err;
}

/* --- results --- */

static const char *level_name(enum assay_level level)
{
	return level == ASSAY_MUST ? "MUST" : level == ASSAY_SHOULD ? "SHOULD" : "MAY";
}

static void describe(struct run *r, struct assay_test_result *out, const struct assay_test *test)
{
	*out = (struct assay_test_result){
		.id = test->id,
		.area = assay_arena_strndup(&r->arena, test->id, strcspn(test->id, ".")),
		.desc = test->desc,
		.reqs = test->reqs,
		.section = test->section,
		.level = level_name(test->level),
		.shard = r->options->shards ? r->options->shard : 1,
		.again = assay_arena_printf(&r->arena, "%s --seed 0x%llx %s",
			r->again ? r->again : "iscsi-assay run", (unsigned long long)r->options->seed,
			test->id),
	};
}

/* The folder, unless there is nothing to show. */
static void leave_evidence(
	struct run *r, struct assay_member *target, struct assay_plan_item *item, bool traces)
{
	struct assay_test_result *result = &item->result;
	const char *dir = r->options->output, *log;
	struct assay_error err = { 0 };
	int e;

	if (!dir || result->verdict == ASSAY_PASS || (result->verdict == ASSAY_SKIP && !traces))
		return;
	result->evidence = result->id;
	e = assay_evidence_result(dir, result, &r->pub.info, traces, &err);
	log = assay_keeper_log(&target->keeper, item->log_mark);
	if (e >= 0 && log)
		e = assay_evidence_log(dir, result->id, log, &err);
	if (e < 0)
		ours_failed(r, &err);
}

static void report(struct run *r, struct assay_plan_item *item)
{
	item->ended = true;
	r->pub.verdicts[item->result.verdict]++;
	r->pub.unexpected += assay_verdict_unexpected(item->result.verdict, r->options->strict);
	r->done++;
	EACH_REPORTER(r, at)
	if ((*at)->result)
		(*at)->result((*at)->payload, &item->result, r->done, r->plan.count);
}

static void report_skips(struct run *r)
{
	for (size_t i = 0; i < r->plan.count; i++) {
		struct assay_plan_item *item = &r->plan.items[i];

		if (!item->skip)
			continue;
		describe(r, &item->result, item->test);
		item->result.verdict = item->result.raw = ASSAY_SKIP;
		item->result.reason = item->skip;
		report(r, item);
	}
}

/* Is the target gone? Then the verdict is CRASH, and the run cannot go on as if nothing had been. */
static enum assay_verdict look_at_target(
	struct run *r, struct assay_member *m, const struct assay_outcome *o, const char **reason)
{
	if (!assay_keeper_gone(&m->keeper, reason, &r->arena)) {
		if (!o->dead)
			return o->verdict;
		*reason = o->dead;
		m->silent = true;
	}
	m->broken = assay_keeper_can_restart(&m->keeper);
	r->halt = r->halt || !m->broken;
	return ASSAY_CRASH;
}

static void test_done(void *payload, const struct assay_worker_spec *spec, const struct assay_outcome *o)
{
	struct run *r = payload;
	struct assay_member *target = assay_fleet_of_profile(&r->fleet, spec->profile);
	struct assay_plan_item *item = &r->plan.items[spec->index];
	struct assay_test_result *result = &item->result;
	char signature[256];

	describe(r, result, item->test);
	result->reason = o->reason;
	result->raw = look_at_target(r, target, o, &result->reason);
	result->failures = o->failures;
	result->failure_count = o->failure_count;
	result->duration = o->duration;
	result->pdus_sent = o->pdus_sent;
	result->pdus_received = o->pdus_received;
	assay_signature(signature, sizeof(signature), result->raw, (const char(*)[ASSAY_MARK_MAX])o->marks,
		o->failure_count);
	if (signature[0] && result->raw != ASSAY_ERROR && result->raw != ASSAY_PASS &&
		result->raw != ASSAY_SKIP)
		result->signature = assay_arena_strdup(&r->arena, signature);
	result->verdict = assay_baseline_apply(item->line, result->raw, result->signature);
	if (item->line) {
		result->baseline = item->line->why;
		result->baseline_verdicts = item->line->words;
		result->baseline_signature = item->line->signature;
	}
	if (item->line && item->line->verdicts & 1u << result->raw && result->verdict == result->raw)
		result->reason = assay_arena_printf(&r->arena,
			"the baseline (line %u) expects another signature: %s", item->line->line,
			item->line->signature);
	if (o->trouble) {
		struct assay_error err;

		assay_error_set(&err, ASSAY_E_IO, "%s", o->trouble);
		ours_failed(r, &err);
	}
	leave_evidence(r, target, item, o->evidence);
	report(r, item);
}

/* --- the loop --- */

static int start_test(struct run *r, struct assay_plan_item *item, struct assay_member *target)
{
	const struct assay_run_options *o = r->options;
	unsigned jobs = o->jobs ? o->jobs : 1;
	double factor = r->profile->setup.timing_factor > 0 ? r->profile->setup.timing_factor : 1;
	unsigned ms = item->test->deadline_ms ? item->test->deadline_ms
		      : o->deadline_ms        ? o->deadline_ms
					      : DEADLINE_MS;
	uint64_t share = r->probe.write_blocks / jobs;
	struct assay_worker_spec spec = {
		.test = item->test,
		.index = (size_t)(item - r->plan.items),
		.profile = target->profile,
		.defects = r->profile->defects,
		.seed = assay_worker_seed(o->seed, item->test->id),
		.block_count = r->probe.write_blocks,
		.block_size = r->probe.write_block_size,
		.luns = r->probe.luns,
		.lun_count = r->probe.lun_count,
		.deadline = (uint64_t)(ms * factor * (double)ASSAY_MILLISECOND),
		.evidence = o->output,
		.always_evidence = item->line != NULL,
		.check_alive = !r->profile->builtin,
	};
	struct assay_error err = { 0 };

	if (!r->profile->builtin && !assay_fleet_apart(&r->fleet) &&
		share >= ASSAY_REGION_BLOCKS) { /* each slot has its part */
		spec.first_block = share * (uint64_t)assay_pool_slot(r->pool);
		spec.block_count = share;
	}
	if (spec.block_count > UINT32_MAX)
		spec.block_count = UINT32_MAX;
	item->started = target->used = true;
	item->log_mark = assay_keeper_mark(&target->keeper);
	if (assay_pool_start(r->pool, &spec, &err) < 0) {
		ours_failed(r, &err);
		r->halt = true;
		return -1;
	}
	EACH_REPORTER(r, at)
	if ((*at)->started)
		(*at)->started((*at)->payload, item->test->id, assay_pool_running(r->pool));
	return 0;
}

/* Once nothing runs any more. */
static void restart_target(struct run *r)
{
	struct assay_error err = { 0 };

	if (!assay_fleet_broken(&r->fleet) || assay_pool_running(r->pool))
		return;
	r->restarts += !r->renew;
	r->renew = false;
	if (r->restarts > RESTARTS_MAX || assay_fleet_mend(&r->fleet, r->options->stop, &err) < 0)
		r->halt = true;
}

/* A test asks for a verb that only we can see to: no line says how. */
static int test_asks(
	void *payload, const struct assay_worker_spec *spec, enum assay_verb verb, struct assay_error *err)
{
	const struct run *r = payload;
	struct assay_member *target = assay_fleet_of_profile(&r->fleet, spec->profile);

	if (verb != ASSAY_VERB_RESTART || !assay_keeper_can_restart(&target->keeper))
		return assay_error_set(err, ASSAY_E_INVAL, "there is no way to do that");
	return assay_keeper_restart(&target->keeper, true, r->options->stop, err);
}

static bool may_start(const struct run *r)
{
	return !r->halt && !assay_fleet_broken(&r->fleet) && assay_pool_slot(r->pool) >= 0;
}

/* Starts what may start now. */
static void start_tests(struct run *r)
{
	struct assay_plan_item *item;

	while (may_start(r) && (item = assay_plan_next(&r->plan, assay_pool_running(r->pool)))) {
		struct assay_member *target = assay_fleet_of_slot(
			&r->fleet, (unsigned)assay_pool_slot(r->pool));

		r->renew = target->broken = item->fresh && target->used;
		if (r->renew || start_test(r, item, target) < 0)
			return;
	}
}

/* When --max-time is over. */
static uint64_t time_up(const struct run *r)
{
	return r->options->max_time ? r->began + r->options->max_time : UINT64_MAX;
}

/* Why it must end now; NULL: it need not. */
static const char *must_stop(struct run *r)
{
	if (r->options->stop && *r->options->stop) {
		r->facts.signal = *r->options->stop;
		return "interrupted";
	}
	if (assay_command_clock() >= time_up(r)) {
		r->facts.max_time = true;
		return "max-time";
	}
	return NULL;
}

static void loop(struct run *r, const sigset_t *mask)
{
	for (;;) {
		r->pub.info.stopped = must_stop(r);
		if (r->pub.info.stopped)
			return;
		restart_target(r);
		start_tests(r);
		if (r->renew)
			continue;
		if (!assay_pool_running(r->pool))
			break;
		assay_pool_wait(r->pool, time_up(r), mask);
	}
	if (r->done == r->plan.count)
		return;
	r->pub.info.stopped = must_stop(r); /* while the target was started again */
	if (r->pub.info.stopped)
		return;
	/* also where the baseline knows of it: the tests behind it were not run */
	r->pub.info.stopped = "crash";
	r->facts.crash = true;
}

/* --- before and after --- */

static void fill_info(struct run *r)
{
	const struct assay_run_options *o = r->options;
	uint64_t revision = ASSAY_HASH_START;
	time_t now = time(NULL);
	char started[32];
	struct tm utc;

	for (const struct assay_suite *const *s = o->suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++) {
			const struct assay_test *t = &(*s)->tests[i];

			revision = assay_hash_text(revision, t->id);
			revision = assay_hash_text(revision, t->reqs);
			revision = assay_hash_text(revision, t->desc);
		}
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	r->pub.info = (struct assay_run_info){
		.version = ASSAY_VERSION,
		.suite_revision = assay_arena_printf(&r->arena, "%016llx", (unsigned long long)revision),
		.target = r->profile->builtin ? "built-in" : assay_arena_strdup(&r->arena, r->profile->url),
		.profile = r->profile->name[0] ? assay_arena_strdup(&r->arena, r->profile->name) : NULL,
		.seed = o->seed,
		.jobs = o->jobs ? o->jobs : 1,
		.strict = o->strict,
		.started = assay_arena_strdup(&r->arena, started),
	};
	assay_implementation_fill(&r->pub.info, &r->arena, r->profile);
	if (r->probe.vendor[0] || r->probe.product[0])
		r->pub.info.implementation = assay_arena_printf(
			&r->arena, "%s %s %s", r->probe.vendor, r->probe.product, r->probe.revision);
}

/* Usage, then the target. Sets the facts that say which. */
static int prepare(struct run *r, struct assay_error *err)
{
	const struct assay_run_options *o = r->options;
	int result = assay_plan_make(&r->plan, &r->arena, o, err);

	if (!result && o->baseline_path)
		result = assay_baseline_read(&r->baseline, o->baseline_path, o->suites, err);
	if (result) {
		r->facts.usage = result == ASSAY_E_SYNTAX || result == ASSAY_E_IO;
		r->facts.harness = !r->facts.usage;
		return result;
	}
	if (!r->plan.count)
		return assay_error_set(err, ASSAY_E_SYNTAX, "nothing to run");
	result = assay_fleet_start(&r->fleet, r->profile, o->jobs ? o->jobs : 1, o->stop, err);
	r->facts.usage = result == ASSAY_E_SYNTAX;
	if (!result)
		result = assay_probe_target(&r->probe, r->profile, time_up(r), o->stop, err);
	assay_probe_adopt(r->profile, &r->probe);
	if (!result) {
		result = assay_probe_check(&r->probe, r->profile, err);
		r->facts.usage = result == ASSAY_E_SYNTAX;
	}
	if (result < 0 && !r->facts.usage) {
		r->facts.max_time = assay_command_clock() >= time_up(r);
		r->facts.harness = assay_err_is_ours(result);
		r->facts.unreachable = !r->facts.harness && !r->facts.max_time;
	}
	if (o->stop && *o->stop)
		r->facts.signal = *o->stop;
	if (!result && o->ready) {
		result = o->ready(o->ready_payload, err);
		r->facts.harness = result < 0;
	}
	return result;
}

static void run_tests(struct run *r)
{
	sigset_t stops, before;
	char *again = assay_arena_strdup(&r->arena, r->options->again);

	if (again)
		assay_profile_redact(r->profile, again);
	r->again = again;
	assay_worker_warm_up();
	fill_info(r);
	assay_plan_apply(&r->plan, r->options, r->profile->builtin || assay_fleet_apart(&r->fleet), &r->probe,
		r->baseline);
	EACH_REPORTER(r, at)
	if ((*at)->begin)
		(*at)->begin((*at)->payload, &r->pub.info, r->plan.count);
	report_skips(r);
	/* Between looking at the stop flag and waiting, no signal may come unseen. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGHUP);
	sigprocmask(SIG_BLOCK, &stops, &before);
	loop(r, &before);
	assay_pool_free(r->pool);
	r->pool = NULL;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Only what ended, in the order of the suites. */
static void gather(struct run *r)
{
	struct assay_test_result *results = assay_arena_alloc(
		&r->arena, (r->plan.count + 1) * sizeof(*results));

	r->pub.results = results;
	for (size_t i = 0; results && i < r->plan.count; i++)
		if (r->plan.items[i].ended)
			results[r->pub.count++] = r->plan.items[i].result;
	r->facts.harness = r->facts.harness || !results;
}

static void tell_end(struct run *r)
{
	EACH_REPORTER(r, at)
	{
		struct assay_error err;

		if (!(*at)->end || (*at)->end((*at)->payload, &r->pub) >= 0)
			continue;
		assay_error_set(&err, ASSAY_E_IO, "the results could not be written");
		ours_failed(r, &err);
	}
}

int assay_run(struct assay_run **out, const struct assay_run_options *options, struct assay_error *err)
{
	struct run *r = calloc(1, sizeof(*r));
	int result;

	*out = r ? &r->pub : NULL;
	if (!r)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory"), ASSAY_EXIT_HARNESS;
	r->options = options;
	r->profile = options->profile;
	r->profile->setup.disruptive |= options->disruptive;
	r->profile->setup.started |= r->profile->exec.command != NULL;
	if (options->timing_factor > 0)
		r->profile->setup.timing_factor = options->timing_factor;
	r->facts.strict = options->strict;
	r->facts.min_run = options->min_run;
	r->began = assay_command_clock();
	result = prepare(r, err);
	r->pool = result ? NULL
			 : assay_pool_new(
				   options->jobs ? options->jobs : 1, &r->arena, test_done, test_asks, r);
	if (r->pool) {
		run_tests(r);
		gather(r);
	}
	assay_fleet_stop(&r->fleet);
	r->pub.info.duration = assay_command_clock() - r->began;
	r->pub.folder = options->output;
	r->pub.exit = (enum assay_exit)assay_exit_code(r->pub.verdicts, &r->facts);
	if (!result) {
		tell_end(r);
		r->pub.exit = (enum assay_exit)assay_exit_code(r->pub.verdicts, &r->facts);
		if (err && r->trouble.message[0])
			*err = r->trouble;
	}
	return (int)r->pub.exit;
}

void assay_run_free(struct assay_run *run)
{
	struct run *r = (struct run *)run;

	if (!r)
		return;
	assay_baseline_free(r->baseline);
	assay_arena_free(&r->arena);
	free(r);
}
