/*
 * selftest.c - the command selftest: every test passes on the built-in target, and is failed by each defect that its record names.
 * It prints the counts, and lists what nothing kills.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "proto/rules.h"
#include "target/defect.h"

/* What is counted while it runs. */
struct tally {
	size_t tests, passed; /* without a defect */
	size_t pairs, killed; /* test and defect */
	size_t others, undecided; /* test and a defect that it does not name; of these without a verdict */
	size_t by_rule; /* of the killed: the rule engine alone saw it */
	size_t alive, unfired; /* defects that nothing kills; rules that no defect made fire */
	size_t excused; /* rules that none can make fire, with a reason */
	bool live; /* progress on a terminal */
	bool quiet; /* what is excused is counted only */
};

static void clear_line(const struct tally *t)
{
	if (t->live)
		fputs("\r\033[K", stderr);
}

static void complaint(const struct tally *t, const struct assay_selftest_result *r, const char *what)
{
	clear_line(t);
	printf("%s %s%s%s: %s%s%s\n", assay_verdict_name(r->verdict), r->test, r->defect ? " --defect " : "",
		r->defect ? r->defect : "", what, r->reason ? ": " : "", r->reason ? r->reason : "");
}

static void not_fired(struct tally *t, const struct assay_selftest_result *r)
{
	if (r->verdict == ASSAY_SKIP) {
		t->excused++;
		if (!t->quiet)
			printf("no test of targets can make the rule %s fire: %s\n", r->by, r->reason);
		return;
	}
	t->unfired++;
	if (r->killed)
		printf("the rule %s fired, though it is said that none can make it: %s\n", r->by, r->reason);
	else
		printf("nothing made the rule %s fire: %s\n", r->by, assay_rule_find(r->by)->desc);
}

/* At the end, when all tests were there to catch it: a defect that nothing kills, a rule that nothing made fire. */
static void not_caught(struct tally *t, const struct assay_selftest_result *r)
{
	clear_line(t);
	if (r->defect) {
		t->alive++;
		printf("nothing kills the defect %s: %s\n", r->defect,
			assay_defect_at(assay_defect_find(r->defect))->desc);
		return;
	}
	not_fired(t, r);
}

static void one(void *payload, const struct assay_selftest_result *r)
{
	struct tally *t = payload;

	if (!r->test) {
		not_caught(t, r);
		return;
	}
	if (t->live)
		fprintf(stderr, "\r\033[K%zu tests, %zu defects killed: %.40s", t->tests, t->killed, r->test);
	if (!r->defect) {
		t->tests++;
		t->passed += r->verdict == ASSAY_PASS;
		if (r->verdict != ASSAY_PASS)
			complaint(t, r, "does not pass on the built-in target");
		return;
	}
	if (r->other) {
		t->others++;
		if (r->verdict != ASSAY_ERROR && r->verdict != ASSAY_TIMEOUT && r->verdict != ASSAY_CRASH)
			return;
		t->undecided++;
		complaint(t, r, "a defect of the target is no reason for this verdict");
		return;
	}
	t->pairs++;
	t->killed += r->killed;
	t->by_rule += r->killed && r->by;
	if (!r->killed)
		complaint(t, r, "this defect survives");
}

int assay_cli_selftest(struct assay_cli *cli)
{
	struct tally t = { .live = isatty(STDERR_FILENO) && !cli->quiet, .quiet = cli->quiet };
	struct assay_run_options options;
	struct assay_error err = { 0 };
	struct assay_profile *profile;
	int result = assay_cli_profile(&profile, cli);

	if (!result)
		result = assay_output_fresh(cli->output);
	if (!result) {
		assay_cli_run_options(&options, cli, profile);
		options.output = cli->output;
		assay_signals_catch();
		result = assay_selftest(&options, one, &t, &err);
		clear_line(&t);
		if (err.message[0])
			assay_complain("%s", err.message);
		printf("%zu tests, %zu pass on the built-in target; %zu pairs of test and defect, %zu killed "
		       "(%zu by a rule alone); %zu of %d defects and %zu rules not caught; rules out of "
		       "reach: %zu\n",
			t.tests, t.passed, t.pairs, t.killed, t.by_rule, t.alive, (int)ASSAY_DEFECT_COUNT,
			t.unfired, t.excused);
		if (cli->every_defect)
			printf("%zu pairs of test and another defect, %zu without a verdict\n", t.others,
				t.undecided);
	}
	assay_profile_free(profile);
	return result;
}
