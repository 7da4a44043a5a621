/*
 * play.h - plays cases against a live target and says what became of it. It is all of the campaign that touches a connection. It starts no process, writes no file and judges
 * by four oracles only: does this session still answer, does another one, how long did it take, and what does the rule engine say. The end of a case is told
 * by sentinels that must be answered, never by waiting.
 */
#ifndef ASSAY_CAMPAIGN_PLAY_H
#define ASSAY_CAMPAIGN_PLAY_H

#include "campaign/case.h"
#include "campaign/state.h"
#include "runner/profile.h"
#include "transport/tap.h"

#define ASSAY_PLAYED_RULES 8

enum assay_outcome {
	ASSAY_OUTCOME_OK,
	ASSAY_OUTCOME_GONE, /* no connection */
	ASSAY_OUTCOME_WEDGED, /* this or another session gets no answer */
	ASSAY_OUTCOME_SLOW, /* all was answered, but one answer took too long */
	ASSAY_OUTCOME_REFUSED, /* the sanity login is refused, or hung up on, for as long as an answer may take */
	ASSAY_OUTCOME_RULE, /* the target broke a rule that it keeps in right scenarios */
	ASSAY_OUTCOME_MEMORY, /* not play's to say: the process grew */
	ASSAY_OUTCOME_SANITIZER, /* nor this: a report in the target's log */
	ASSAY_OUTCOME_OUTPUT, /* nor this: an initiator said that all is well, and other things than without changes */
};

const char *assay_outcome_name(enum assay_outcome outcome); /* "gone"; never NULL */

struct assay_played {
	enum assay_outcome outcome;
	const struct assay_rule
		*rules[ASSAY_PLAYED_RULES]; /* broken by the target and not known, each once, in order */
	unsigned rule_count;
	uint64_t took; /* nanoseconds, sentinels included */
	uint64_t slowest; /* nanoseconds of the slowest answer */
	unsigned
		new_edges; /* of the state graph, and of the target's own code where options.coverage is set */
	struct assay_state last; /* of the connection that last had an answer, before the sentinels */
	uint8_t last_opcode; /* of the last PDU that the case sent */
	unsigned ours; /* rules that we broke, findings counted: a right scenario breaks none */
	unsigned unanswered; /* requests without an answer when the steps were over, before the sentinels */
	bool withheld; /* something that the user gave no leave for was not sent */
	char words
		[160]; /* about the outcome: "no answer to a NOP-Out within 1.0 s on connection 0"; "" for OK */
};

struct assay_play_options {
	uint64_t patience; /* nanoseconds for one answer; 0: one second times the profile's timing factor */
	uint64_t
		slow; /* nanoseconds from which on an answer is slow; 0: half of patience, or four times what the slowest took that was learnt */
	bool no_rules; /* the rule engine does not watch */
	bool disruptive; /* resets, reservations and the like may be sent; writes: as the profile's write LUN says */
	/* Asked once at the end of each case: how many edges of the target's own code were new. NULL: no such feedback. */
	unsigned (*coverage)(void *payload);
	/* Asked when an answer is overdue: is the target at work, or waiting for a processor? Then it has its time once more, three times at most. NULL: that is not known. */
	bool (*busy)(void *payload);
	void *payload;
};

/* Owns the connections (whose memory is used again), the tap, the state graph. Not for several threads at once. */
struct assay_player;

/* Makes no connection. The profile outlives the player. A profile of the built-in target is played over memory streams: there time is virtual. 0, or a negative error of ours. */
int assay_player_new(struct assay_player **out, const struct assay_profile *profile,
	const struct assay_play_options *options, struct assay_error *err);
void assay_player_free(struct assay_player *p);

/* Plays each scenario as it is; what rules the target breaks there are known from then on and make no outcome. 0; ASSAY_E_CONNECT, ASSAY_E_LOGIN … in words when the target is
 * not there or not well before anything was broken: then nothing can be judged. */
int assay_player_learn(struct assay_player *p, struct assay_error *err);
/* The known rules; *count is set. The player's. */
const struct assay_rule *const *assay_player_known(const struct assay_player *p, unsigned *count);

/* What else the target does in right scenarios that is therefore no outcome, in words; "" for nothing. */
const char *assay_player_forgives(const struct assay_player *p);

/* Plays one. 0 with *out set, whatever the target did; a negative error below ASSAY_E_FATAL for a fault of ours. After another outcome than OK and RULE the next
 * case may fare badly for this one's sake: the caller sees to the target first. */
int assay_play(struct assay_played *out, struct assay_player *p, const struct assay_case *c);
/* The same for bytes without structure, sent on one connection: the baseline that cases are measured by. login_first: after a right login. */
int assay_play_bytes(
	struct assay_played *out, struct assay_player *p, const void *bytes, size_t length, bool login_first);

/* The PDUs of the case played last, sentinels included, until the next one. */
struct assay_tap *assay_player_tap(struct assay_player *p);
/* As struct assay_rig says. */
const struct assay_change_bounds *assay_player_bounds(const struct assay_player *p);
struct assay_state_graph *assay_player_states(struct assay_player *p);

#endif
