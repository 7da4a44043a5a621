/*
 * play_test.c - the player: right scenarios break no rule and are answered, over memory streams and over TCP; cases end; and what a target does that goes away, falls
 * silent or refuses is told as what it is.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/play.h"
#include "fake_target.h"
#include "target/target.h"
#include "test/unit.h"
#include "transport/leave.h"

#define SHORT_PATIENCE                                                                                       \
	(150 * ASSAY_MILLISECOND) /* where what is awaited does not come; see with_more_patience */
#define LONG_PATIENCE (20 * ASSAY_SECOND)

static struct assay_profile *builtin;

static struct assay_player *new_player(const struct assay_profile *profile, uint64_t patience)
{
	struct assay_play_options options = { .disruptive = true, .patience = patience };
	struct assay_player *p;

	CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, profile, &options, NULL), 0);
	return p;
}

static void expect_right(struct assay_player *p, const struct assay_case *c)
{
	struct assay_played played;

	CU_ASSERT_EQUAL(assay_play(&played, p, c), 0);
	if (played.outcome || played.ours || played.unanswered || played.withheld)
		printf("\n%s: %s, %s, %u of ours, %u without answer\n", c->scenario,
			assay_outcome_name(played.outcome), played.words, played.ours, played.unanswered);
	CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_OK);
	CU_ASSERT(!played.ours && !played.unanswered && !played.withheld);
	CU_ASSERT(assay_tap_count(assay_player_tap(p)) > 4);
}

static void right_scenarios_are_right(void)
{
	struct assay_player *p = new_player(builtin, 0);
	struct assay_case c;

	for (unsigned n = 0; n < assay_scenario_count(); n++) {
		CU_ASSERT_EQUAL(assay_case_right(&c, n), 0);
		expect_right(p, &c);
	}
	CU_ASSERT(assay_state_graph_edges(assay_player_states(p)) > 40);
	assay_player_free(p);
}

/* Also after other cases, which must leave nothing behind in the player. */
static void a_case_is_played_again_the_same(void)
{
	static struct assay_case c;
	struct assay_played first, second, between;
	unsigned broken = 0;

	for (uint32_t n = 0; n < 300; n++) {
		struct assay_case_id id = { .seed = 9, .depth = 1, .path = { n } };
		struct assay_player *a = new_player(builtin, 0), *b = new_player(builtin, 0);

		assay_case_make(&c, &id, NULL);
		CU_ASSERT_EQUAL(assay_play(&first, a, &c), 0);
		size_t records = assay_tap_count(assay_player_tap(a));

		assay_case_right(&c, n % assay_scenario_count());
		CU_ASSERT_EQUAL(assay_play(&between, b, &c), 0);
		assay_case_make(&c, &id, NULL);
		CU_ASSERT_EQUAL(assay_play(&second, b, &c), 0);
		CU_ASSERT_EQUAL(first.outcome, ASSAY_OUTCOME_OK);
		CU_ASSERT(first.outcome == second.outcome && first.ours == second.ours);
		CU_ASSERT_EQUAL(assay_tap_count(assay_player_tap(b)), records);
		broken += first.ours > 0;
		assay_player_free(a);
		assay_player_free(b);
	}
	CU_ASSERT(broken > 100);
}

static void bytes_without_structure_are_played(void)
{
	struct assay_player *p = new_player(builtin, 0);
	uint8_t bytes[512];
	struct assay_played played;

	for (unsigned n = 0; n < 200; n++) {
		for (size_t at = 0; at < sizeof(bytes); at++)
			bytes[at] = (uint8_t)((at + 1) * (n + 7) * 2654435761u >> 13);
		CU_ASSERT_EQUAL(assay_play_bytes(&played, p, bytes, n % sizeof(bytes), n % 2), 0);
		CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_OK);
	}
	assay_player_free(p);
}

/* What a target breaks in right scenarios is known, and is no outcome any more. */
static void what_is_broken_anyway_is_learnt(void)
{
	unsigned char defects[(ASSAY_DEFECT_COUNT + 7) / 8] = { 0 };
	struct assay_profile wrong = *builtin;
	struct assay_player *p;
	struct assay_played played;
	struct assay_case c;
	unsigned known = 9;

	defects[ASSAY_DEFECT_AHS_ON_NOP_IN / 8] |= (unsigned char)(1u << ASSAY_DEFECT_AHS_ON_NOP_IN % 8);
	wrong.defects = defects;
	p = new_player(&wrong, 0);
	assay_case_right(&c, 0);
	CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
	CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_RULE);
	CU_ASSERT_EQUAL_FATAL(played.rule_count, 1);
	CU_ASSERT_EQUAL(strncmp(played.words, played.rules[0]->id, strlen(played.rules[0]->id)), 0);
	CU_ASSERT_EQUAL(assay_player_learn(p, NULL), 0);
	CU_ASSERT_PTR_EQUAL(assay_player_known(p, &known)[0], played.rules[0]);
	CU_ASSERT_EQUAL(known, 1);
	CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
	CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_OK);
	assay_player_free(p);
}

/* ---- over TCP ---- */

static struct assay_profile *profile_at(uint16_t port)
{
	struct assay_profile *profile;
	char url[128];

	snprintf(url, sizeof(url), "iscsi://127.0.0.1:%u/%s/1", port, ASSAY_DEFAULT_NAME);
	CU_ASSERT_EQUAL_FATAL(assay_profile_from_url(&profile, url, NULL), 0);
	return profile;
}

static void plays_over_tcp(void)
{
	static struct assay_case c;
	struct fake_target target;
	struct assay_profile *profile;
	struct assay_player *p;
	struct assay_played played;
	unsigned known = 9;

	fake_target_start(&target, FAKE_BUILTIN);
	profile = profile_at(target.port);
	profile->setup.write_lun_given = true;
	profile->setup.write_lun = 1;
	p = new_player(profile, LONG_PATIENCE);
	CU_ASSERT_EQUAL(assay_player_learn(p, NULL), 0);
	assay_player_known(p, &known);
	CU_ASSERT_EQUAL(known, 0);
	for (unsigned n = 0; n < assay_scenario_count(); n++) {
		assay_case_right(&c, n);
		expect_right(p, &c);
	}
	for (uint32_t n = 0; n < 200; n++) {
		struct assay_case_id id = { .seed = 1, .depth = 1, .path = { n } };

		assay_case_make(&c, &id, NULL);
		CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
		CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_OK);
	}
	assay_player_free(p);
	assay_profile_free(profile);
	fake_target_stop(&target);
}

static void nothing_goes_out_without_leave(void)
{
	static struct assay_case c;
	struct assay_play_options options = { .patience = LONG_PATIENCE };
	struct assay_profile careful = *builtin;
	struct assay_player *p;
	struct assay_played played;
	unsigned withheld = 0;

	careful.setup.write_lun_given = false;
	CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, &careful, &options, NULL), 0);
	for (unsigned n = 0; n < assay_scenario_count(); n++) {
		assay_case_right(&c, n);
		CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
		withheld += played.withheld;
		CU_ASSERT_EQUAL(played.withheld, strstr(c.scenario, "write") || strstr(c.scenario, "abort") ||
							 strstr(c.scenario, "reset") ||
							 !strcmp(c.scenario, "extended-cdb") ||
							 !strcmp(c.scenario, "login-digests"));
		for (size_t r = 0; r < assay_tap_count(assay_player_tap(p)); r++) {
			const struct assay_tap_record *record = assay_tap_at(assay_player_tap(p), r);

			CU_ASSERT(record->kind != ASSAY_TAP_PDU || record->dir != ASSAY_TO_TARGET ||
				  record->bytes[0] != ASSAY_SCSI_COMMAND || record->bytes[32] != 0x2a);
		}
	}
	CU_ASSERT(withheld > 5);
	assay_player_free(p);
}

/* Is there a header at the start of something sent that no leave was given for? Where the target begins a header is its own affair. */
static bool went_out(struct assay_player *p)
{
	static const struct assay_leave none;
	bool found = false;

	for (size_t r = 0; r < assay_tap_count(assay_player_tap(p)); r++) {
		const struct assay_tap_record *record = assay_tap_at(assay_player_tap(p), r);
		struct assay_pdu bhs;

		if (record->dir != ASSAY_TO_TARGET || record->kept < ASSAY_BHS_LENGTH ||
			(record->kind != ASSAY_TAP_PDU && record->kind != ASSAY_TAP_BYTES))
			continue;
		assay_pdu_decode_bhs(&bhs, record->bytes);
		found = found || !assay_leave_allows(&none, &bhs);
	}
	return found;
}

/* What begins a segment need not be meant as a header then. */
static bool splits(const struct assay_case *c)
{
	for (unsigned n = 0; n < c->change_count; n++)
		if (c->changes[n].kind == ASSAY_CHANGE_SPLIT)
			return true;
	return false;
}

/* Not behind a wrong length either, nor by a bit that makes another command of a harmless one. */
static void no_change_lets_it_out(void)
{
	static struct assay_case c;
	struct assay_play_options options = { .patience = LONG_PATIENCE };
	struct assay_profile careful = *builtin;
	struct assay_case_id id = { .seed = 1, .depth = 1 };
	struct assay_player *p;
	struct assay_played played;
	unsigned withheld = 0;

	careful.setup.write_lun_given = false;
	CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, &careful, &options, NULL), 0);
	for (id.path[0] = 0; id.path[0] < 4000; id.path[0]++) {
		CU_ASSERT_EQUAL_FATAL(assay_case_make(&c, &id, NULL), 0);
		CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
		CU_ASSERT_FALSE(!splits(&c) && went_out(p));
		withheld += played.withheld;
	}
	CU_ASSERT(withheld > 100);
	assay_player_free(p);
}

/* Plays the login with its NOP-Out against a target that goes wrong then. */
static void play_against(struct assay_played *out, enum fake_way way, uint64_t patience)
{
	/* Not every rule: it is a target of a hundred lines. */
	struct assay_play_options options = { .patience = patience, .no_rules = true };
	struct fake_target target;
	struct assay_profile *profile;
	struct assay_player *p;
	struct assay_case c;

	fake_target_start(&target, way);
	profile = profile_at(target.port);
	CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, profile, &options, NULL), 0);
	assay_case_right(&c, 0);
	CU_ASSERT_EQUAL(assay_play(out, p, &c), 0);
	assay_player_free(p);
	assay_profile_free(profile);
	fake_target_stop(&target);
}

/* The patience after one in which a target that answers did not come to it, as may be on a busy machine; false: no machine is that busy. */
static bool with_more_patience(uint64_t *patience)
{
	*patience *= 4;
	return *patience <= LONG_PATIENCE;
}

static void expect_outcome(
	enum fake_way way, enum assay_outcome outcome, const char *words, uint64_t patience)
{
	struct assay_played played;
	bool as_expected;

	do {
		play_against(&played, way, patience);
		as_expected = played.outcome == outcome && strstr(played.words, words);
	} while (!as_expected && played.outcome == ASSAY_OUTCOME_WEDGED && with_more_patience(&patience));
	CU_ASSERT(as_expected);
	if (!as_expected)
		printf("\n%s: %s\n", assay_outcome_name(played.outcome), played.words);
}

static void a_deaf_session_is_wedged(void)
{
	expect_outcome(
		FAKE_DEAF_SESSION, ASSAY_OUTCOME_WEDGED, "no answer to a NOP-Out within", SHORT_PATIENCE);
}

static void a_deaf_listener_is_wedged(void)
{
	expect_outcome(FAKE_DEAF_LOGIN, ASSAY_OUTCOME_WEDGED, "no answer to a login on a new connection",
		SHORT_PATIENCE);
}

static void an_ended_process_is_gone(void)
{
	expect_outcome(FAKE_GONE, ASSAY_OUTCOME_GONE, "refused", LONG_PATIENCE);
}

static void refusals_are_told(void)
{
	expect_outcome(FAKE_REFUSES, ASSAY_OUTCOME_REFUSED, "status 0x0300", SHORT_PATIENCE);
	expect_outcome(FAKE_HANGS_UP, ASSAY_OUTCOME_REFUSED, "closed before its login", SHORT_PATIENCE);
}

/* A target may end a connection: the next session is what counts. */
static void a_closed_connection_is_no_outcome(void)
{
	expect_outcome(FAKE_CLOSES, ASSAY_OUTCOME_OK, "", LONG_PATIENCE);
}

/* A target that never answers a NOP-Out is like that: what is learnt is forgiven. */
static void what_is_silent_anyway_is_forgiven(void)
{
	struct assay_play_options options = { .patience = SHORT_PATIENCE, .no_rules = true };
	struct fake_target target;
	struct assay_profile *profile;
	struct assay_player *p = NULL;
	struct assay_played played;
	struct assay_case c;
	int learnt;

	fake_target_start(&target, FAKE_DEAF_SESSION);
	profile = profile_at(target.port);
	do {
		assay_player_free(p);
		CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, profile, &options, NULL), 0);
		CU_ASSERT_STRING_EQUAL(assay_player_forgives(p), "");
		learnt = assay_player_learn(p, NULL);
	} while (learnt == ASSAY_E_CONNECT && with_more_patience(&options.patience));
	CU_ASSERT_EQUAL(learnt, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(assay_player_forgives(p), "fall silent"));
	assay_case_right(&c, 0);
	CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
	CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_OK);
	assay_player_free(p);
	assay_profile_free(profile);
	fake_target_stop(&target);
}

static void learning_needs_a_target(void)
{
	struct fake_target target;
	struct assay_profile *profile;
	struct assay_error err = { 0 };
	struct assay_player *p;

	fake_target_start(&target, FAKE_GONE);
	profile = profile_at(target.port);
	p = new_player(profile, LONG_PATIENCE);
	CU_ASSERT_EQUAL(assay_player_learn(p, &err), ASSAY_E_CONNECT);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(err.message, "before anything was broken, in scenario login-operational: "));
	assay_player_free(p);
	assay_profile_free(profile);
	fake_target_stop(&target);
}

/* An answer that took a nanosecond is too slow for those who say so. */
static void a_slow_answer_is_told(void)
{
	struct assay_play_options options = { .patience = LONG_PATIENCE, .slow = 1 };
	struct fake_target target;
	struct assay_profile *profile;
	struct assay_player *p;
	struct assay_played played;
	struct assay_case c;

	fake_target_start(&target, FAKE_BUILTIN);
	profile = profile_at(target.port);
	CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, profile, &options, NULL), 0);
	assay_case_right(&c, 0);
	CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
	CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_SLOW);
	CU_ASSERT(played.slowest > 0 && played.took >= played.slowest);
	assay_player_free(p);
	assay_profile_free(profile);
	fake_target_stop(&target);
}

static bool wake(void *payload)
{
	const struct fake_target *target = payload;

	kill(target->pid, SIGCONT);
	return true;
}

/* One that gets no processor is not silent: it has its time again. */
static void a_busy_target_is_waited_for(void)
{
	struct fake_target target;
	struct assay_play_options options = {
		.patience = SHORT_PATIENCE, .slow = LONG_PATIENCE, .busy = wake, .payload = &target
	};
	struct assay_profile *profile;
	struct assay_player *p;
	struct assay_played played;
	struct assay_case c;

	fake_target_start(&target, FAKE_BUILTIN);
	profile = profile_at(target.port);
	CU_ASSERT_EQUAL_FATAL(assay_player_new(&p, profile, &options, NULL), 0);
	assay_case_right(&c, 0);
	kill(target.pid, SIGSTOP);
	CU_ASSERT_EQUAL(assay_play(&played, p, &c), 0);
	CU_ASSERT_EQUAL(played.outcome, ASSAY_OUTCOME_OK);
	CU_ASSERT(played.slowest >= SHORT_PATIENCE);
	assay_player_free(p);
	assay_profile_free(profile);
	fake_target_stop(&target);
}

static CU_TestInfo tests[] = {
	{ "right scenarios are right", right_scenarios_are_right },
	{ "a case is played again the same", a_case_is_played_again_the_same },
	{ "bytes without structure are played", bytes_without_structure_are_played },
	{ "what is broken anyway is learnt", what_is_broken_anyway_is_learnt },
	{ "plays over tcp", plays_over_tcp },
	{ "nothing goes out without leave", nothing_goes_out_without_leave },
	{ "no change lets it out", no_change_lets_it_out },
	{ "a deaf session is wedged", a_deaf_session_is_wedged },
	{ "a deaf listener is wedged", a_deaf_listener_is_wedged },
	{ "an ended process is gone", an_ended_process_is_gone },
	{ "refusals are told", refusals_are_told },
	{ "a closed connection is no outcome", a_closed_connection_is_no_outcome },
	{ "what is silent anyway is forgiven", what_is_silent_anyway_is_forgiven },
	{ "learning needs a target", learning_needs_a_target },
	{ "a slow answer is told", a_slow_answer_is_told },
	{ "a busy target is waited for", a_busy_target_is_waited_for },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int result;

	if (assay_profile_builtin(&builtin, NULL) < 0)
		return 1;
	result = unit_run("play", tests);
	assay_profile_free(builtin);
	return result;
}
