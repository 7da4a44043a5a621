/*
 * play.c - the player from outside, and the way through a case: its steps in order, then the sentinels, then all connections reset. No outcome is decided here but a broken rule
 * and an answer that was due in a case in which nothing was changed.
 */
#include "campaign/play.h"

#include <stdlib.h>
#include <string.h>

#include "campaign/play_internal.h"
#include "codec/lun.h"

#define TAP_LIMIT  (512u * 1024) /* bytes of PDUs kept of one case */
#define SLOW_TIMES 4 /* so many times the slowest answer of right scenarios is slow */

const char *assay_outcome_name(enum assay_outcome outcome)
{
	static const char *const names[] = { "ok", "gone", "wedged", "slow", "refused", "rule", "memory",
		"sanitizer", "output" };

	return (unsigned)outcome < sizeof(names) / sizeof(names[0]) ? names[outcome] : "?";
}

/* ---- the player ---- */

static bool listed(const struct assay_rule *const *rules, unsigned count, const struct assay_rule *rule)
{
	for (unsigned n = 0; n < count; n++)
		if (rules[n] == rule)
			return true;
	return false;
}

/* A finding of the rule engine; payload is the player. */
static void found(void *payload, const struct assay_finding *finding)
{
	struct assay_player *p = payload;
	struct assay_played *played = p->played;

	if (!played || p->options.no_rules)
		return;
	if (finding->offender == ASSAY_INITIATOR) {
		played->ours++;
		return;
	}
	if (listed(p->known, p->known_count, finding->rule) ||
		listed(played->rules, played->rule_count, finding->rule))
		return;
	if (played->rule_count < ASSAY_PLAYED_RULES)
		played->rules[played->rule_count++] = finding->rule;
	play_outcome(p, ASSAY_OUTCOME_RULE, "%s: expected %.60s, got %.60s", finding->rule->id,
		finding->expected, finding->got);
}

static void set_up(
	struct assay_player *p, const struct assay_profile *profile, const struct assay_play_options *options)
{
	double factor = profile->setup.timing_factor > 0 ? profile->setup.timing_factor : 1;

	p->profile = profile;
	p->options = *options;
	p->patience = options->patience ? options->patience : (uint64_t)(factor * (double)ASSAY_SECOND);
	p->slow = options->slow ? options->slow : p->patience / 2;
	p->usual = p->patience / 64;
	assay_leave_init(&p->leave, NULL);
	p->leave.write = profile->setup.write_lun_given;
	p->leave.write_lun = profile->setup.write_lun;
	p->leave.disruptive = options->disruptive;
	assay_dial_config(&p->config, p->dial, profile, 0);
	if (p->lean)
		p->config.dialer = assay_tcp_lean_dialer(p->lean);
	p->config.tap = p->tap;
}

int assay_player_new(struct assay_player **out, const struct assay_profile *profile,
	const struct assay_play_options *options, struct assay_error *err)
{
	struct assay_player *p = calloc(1, sizeof(*p));
	int rc = 0;

	*out = NULL;
	if (p) {
		p->tap = assay_tap_new(TAP_LIMIT, found, p);
		p->states = assay_state_graph_new();
		p->encoder = calloc(1, sizeof(*p->encoder));
	}
	if (!p || !p->tap || !p->states || !p->encoder)
		rc = assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (rc == 0)
		rc = assay_dial_open(&p->dial, profile, profile->defects, 0, err);
	if (rc == 0 && !profile->builtin)
		rc = assay_tcp_lean_new(&p->lean, profile->setup.host, profile->setup.port, err);
	if (rc < 0) {
		assay_player_free(p);
		return rc;
	}
	set_up(p, profile, options);
	*out = p;
	return 0;
}

void assay_player_free(struct assay_player *p)
{
	if (!p)
		return;
	p->played = NULL;
	for (unsigned n = 0; n < ASSAY_CASE_CONNECTIONS; n++)
		assay_initiator_free(p->connections[n].i);
	assay_initiator_free(p->sentinel.i);
	assay_dial_close(p->dial);
	assay_tcp_lean_free(p->lean);
	assay_tap_free(p->tap);
	assay_state_graph_free(p->states);
	free(p->encoder);
	free(p);
}

const struct assay_rule *const *assay_player_known(const struct assay_player *p, unsigned *count)
{
	*count = p->known_count;
	return p->known;
}

struct assay_tap *assay_player_tap(struct assay_player *p)
{
	return p->tap;
}

const struct assay_change_bounds *assay_player_bounds(const struct assay_player *p)
{
	return p->encoder->bounds;
}

struct assay_state_graph *assay_player_states(struct assay_player *p)
{
	return p->states;
}

/* ---- steps ---- */

static bool applies(const struct assay_player *p, const struct play_connection *k, const struct assay_step *s)
{
	const struct {
		uint16_t only;
		bool holds;
	} conditions[] = {
		{ ASSAY_ONLY_FULL, k->phase == ASSAY_STATE_FULL || k->phase == ASSAY_STATE_DISCOVERY },
		{ ASSAY_ONLY_IMMEDIATE_DATA, k->immediate_data },
		{ ASSAY_ONLY_UNSOLICITED, k->unsolicited },
		{ ASSAY_ONLY_R2T, k->r2t.there },
		{ ASSAY_ONLY_RECOVERY, k->recovery > 0 },
		{ ASSAY_ONLY_CHAP, p->profile->setup.chap_account.name != NULL },
		{ ASSAY_ONLY_MORE, k->more },
		{ ASSAY_ONLY_CONNECTIONS, k->i && k->i->session->tsih && k->connections > 1 },
		{ ASSAY_ONLY_PING, k->ping.there },
	};

	for (size_t n = 0; n < sizeof(conditions) / sizeof(conditions[0]); n++)
		if ((s->only & conditions[n].only) && !conditions[n].holds)
			return false;
	return true;
}

/* The tag that this kind of PDU answers. */
static struct play_tag *tag_for(struct play_connection *k, uint8_t opcode)
{
	switch (opcode) {
	case ASSAY_DATA_OUT: return &k->r2t;
	case ASSAY_NOP_OUT: return &k->ping;
	default: return &k->text;
	}
}

static uint32_t ref_cmd_sn(const struct assay_session *session, uint32_t rtt)
{
	for (size_t n = 0; n < sizeof(session->recent) / sizeof(session->recent[0]); n++)
		if (session->recent[n].itt == rtt)
			return session->recent[n].cmd_sn;
	return session->cmd_sn;
}

static struct assay_live_values live_values(
	const struct assay_player *p, struct play_connection *k, const struct assay_step *s)
{
	const struct assay_setup *setup = &p->profile->setup;
	const struct play_tag *tag = tag_for(k, s->pdu.opcode);
	const struct assay_session *session = k->i->session;

	return (struct assay_live_values){
		.initiator_name = p->config.initiator_name,
		.target_name = p->config.target_name ? p->config.target_name : "",
		.chap_target = setup->chap_target ? setup->chap_target : "",
		.chap = k->reply,
		.chap_length = k->reply_length,
		.named = k->proved && s->pdu.opcode == ASSAY_LOGIN_REQUEST,
		.lun = assay_lun_from_number(setup->lun),
		.write_lun = assay_lun_from_number(setup->write_lun_given ? setup->write_lun : setup->lun),
		.cmd_sn = session->cmd_sn,
		.exp_stat_sn = k->i->exp_stat_sn,
		.ref_cmd_sn = s->live & ASSAY_LIVE_REF_CMD_SN ? ref_cmd_sn(session, s->pdu.rtt) : 0,
		.ttt = tag->there ? tag->ttt : ASSAY_TAG_RESERVED,
		.ttt_lun = tag->lun,
		.ttt_has_lun = tag->there && tag->has_lun,
		.r2t_offset = k->r2t.offset,
		.r2t_length = k->r2t.length,
		.r2t_sent = k->r2t.sent,
		.most = k->i->negotiation.params.target_max_recv,
		.tsih = session->tsih,
		.digests = k->i->send_digests,
	};
}

/* A tag was used: what of it is left. */
static void use_tag(
	struct play_connection *k, const struct assay_step *s, const struct assay_live_values *live)
{
	struct play_tag *tag = tag_for(k, s->pdu.opcode);
	uint32_t sent = s->pdu.data_length;

	if (!(s->live & ASSAY_LIVE_TTT))
		return;
	if (!(s->live & ASSAY_LIVE_R2T)) {
		tag->there = false;
		return;
	}
	sent = sent < live->r2t_length ? sent : live->r2t_length;
	sent = sent < live->most ? sent : live->most;
	tag->offset += sent;
	tag->length -= sent;
	tag->sent++;
	tag->there = tag->length > 0;
}

/* Discovery has accounts of its own. */
static bool needs_proof(
	const struct assay_player *p, const struct play_connection *k, const struct assay_step *s)
{
	static const char discovery[] = "SessionType=Discovery";

	return p->proves && k->phase == ASSAY_STATE_START && s->pdu.opcode == ASSAY_LOGIN_REQUEST &&
	       s->pdu.csg == ASSAY_STAGE_OPERATIONAL &&
	       !memmem(s->pdu.data, s->pdu.data_length, discovery, sizeof(discovery) - 1);
}

static void send_step(struct assay_player *p, struct play_connection *k, unsigned index)
{
	const struct assay_step *s = &p->c->steps[index];
	struct assay_live_values live;
	struct assay_wire wire;

	if (!k->open || k->finished || !applies(p, k, s))
		return;
	if (needs_proof(p, k, s))
		play_prove(p, k, &s->pdu);
	if (!k->open)
		return;
	live = live_values(p, k, s);
	assay_case_encode(&wire, p->encoder, p->c, index, &live);
	k->discovery = k->discovery || (s->pdu.opcode == ASSAY_LOGIN_REQUEST &&
					       memmem(wire.bytes, wire.length, "SessionType=Discovery",
						       sizeof("SessionType=Discovery")));
	play_send(p, k, &wire);
	use_tag(k, s, &live);
}

/* Where nothing was changed an answer must come, so it has its time; else it need not, and is waited for a little. */
static uint64_t time_for(const struct assay_player *p, const struct play_connection *k)
{
	if (k->tagged)
		return play_life_time(p, k);
	return p->changed || p->deaf ? play_grace(p) : p->patience;
}

/*
 * None came in its time. A sign of life is asked for, which comes behind it: what is lost without a word is no more than that. Returns whether to go on.
 */
static bool missing(struct assay_player *p, struct play_connection *k)
{
	if (!k->tagged) {
		play_ask_life(p, k);
		if (k->tagged)
			return true;
		if (p->changed)
			return false;
	}
	play_silent(p, k, k->tagged ? "a NOP-Out" : "a right request");
	return false;
}

static void await(struct assay_player *p, struct play_connection *k)
{
	struct assay_pdu pdu;
	bool going = true;

	k->tagged = false;
	while (going && k->open && play_waits(k)) {
		int rc = play_take(p, k, &pdu, time_for(p, k));

		if (rc == 0)
			going = missing(p, k);
		else if (rc > 0 && k->tagged && play_is_life(k, &pdu))
			going = false;
		else if (rc > 0 && !k->tagged)
			play_took(p, k, "an answer");
	}
}

static void open_step(struct assay_player *p, struct play_connection *k, const struct assay_step *s)
{
	struct play_connection *joins = s->joins >= 0 ? &p->connections[s->joins] : NULL;
	struct assay_error err = { 0 };
	int rc = play_open(p, k, joins, 0, &err);

	/* Whether the target is there is asked again by the sentinel. */
	if (assay_err_is_ours(rc))
		p->fault = rc;
}

static void step(struct assay_player *p, unsigned index)
{
	const struct assay_step *s = &p->c->steps[index];
	struct play_connection *k = &p->connections[s->connection];

	switch (s->kind) {
	case ASSAY_STEP_OPEN: open_step(p, k, s); break;
	case ASSAY_STEP_SEND: send_step(p, k, index); break;
	case ASSAY_STEP_AWAIT: await(p, k); break;
	case ASSAY_STEP_HALF_CLOSE: play_half_close(k); break;
	case ASSAY_STEP_RESET: play_reset(k); break;
	default:
		if (k->i)
			assay_initiator_close(k->i);
		k->open = false;
		break;
	}
}

/* ---- a case ---- */

static void begin(struct assay_played *out, struct assay_player *p)
{
	*out = (struct assay_played){ 0 };
	out->last = (struct assay_state){ ASSAY_STATE_START, ASSAY_STATE_NOTHING, ASSAY_STATE_NOTHING, 0 };
	p->played = out;
	p->began = assay_tcp_clock();
	p->fault = 0;
	p->changed = p->entered = false;
	p->pdus = 0;
	assay_tap_clear(p->tap);
}

static int end(struct assay_player *p)
{
	struct assay_played *played = p->played;

	for (unsigned n = 0; n < ASSAY_CASE_CONNECTIONS; n++)
		played->unanswered += p->connections[n].pending_count;
	play_sentinels(p);
	played->took = assay_tcp_clock() - p->began;
	if (p->options.coverage)
		played->new_edges += p->options.coverage(p->options.payload);
	p->played = NULL;
	return p->fault;
}

int assay_play(struct assay_played *out, struct assay_player *p, const struct assay_case *c)
{
	begin(out, p);
	p->c = c;
	for (unsigned n = 0; n < c->order_count && p->fault == 0 && out->outcome != ASSAY_OUTCOME_WEDGED;
		n++) {
		/* Up to where the order becomes another one than the scenario's, all is as it should be, and has its answers. */
		p->changed = p->changed || c->order[n] != n;
		step(p, c->order[n]);
	}
	return end(p);
}

int assay_play_bytes(
	struct assay_played *out, struct assay_player *p, const void *bytes, size_t length, bool login_first)
{
	struct play_connection *k = &p->connections[0];
	struct assay_wire wire = { .bytes = bytes, .length = length, .changed = true };
	struct assay_case login;

	begin(out, p);
	(void)assay_case_right(
		&login, 0); /* which begins with a connection, a Login Request and its answer */
	p->c = &login;
	for (unsigned n = 0; n < (login_first ? 3 : 1) && p->fault == 0; n++)
		step(p, login.order[n]);
	if (k->open)
		play_send(p, k, &wire);
	await(p, k);
	return end(p);
}

/* ---- what is known ---- */

static void learn_rules(struct assay_player *p, const struct assay_played *played)
{
	for (unsigned n = 0; n < played->rule_count && p->known_count < PLAY_KNOWN; n++)
		p->known[p->known_count++] = played->rules[n];
}

/* One scenario as it is. 0, or an error in words when the target is not there or not well. */
static int learn_one(struct assay_player *p, unsigned scenario, uint64_t *slowest, struct assay_error *err)
{
	struct assay_played played;
	struct assay_case c;
	int rc;

	(void)assay_case_right(&c, scenario);
	rc = assay_play(&played, p, &c);
	if (rc < 0)
		return assay_error_set(err, rc, "scenario %s: %s", c.scenario, assay_err_name(rc));
	learn_rules(p, &played);
	if (played.slowest > *slowest)
		*slowest = played.slowest;
	if (played.outcome == ASSAY_OUTCOME_OK || played.outcome == ASSAY_OUTCOME_RULE ||
		played.outcome == ASSAY_OUTCOME_SLOW)
		return 0;
	return assay_error_set(err, played.outcome == ASSAY_OUTCOME_REFUSED ? ASSAY_E_LOGIN : ASSAY_E_CONNECT,
		"before anything was broken, in scenario %s: %s", c.scenario, played.words);
}

int assay_player_learn(struct assay_player *p, struct assay_error *err)
{
	uint64_t slowest = 0;
	bool in = false;
	int rc = 0;

	p->learning = true;
	/* the first scenario logs in without CHAP */
	if (p->config.account.name) {
		rc = learn_one(p, 0, &slowest, err);
		p->proves = !p->entered;
	}
	for (unsigned n = 0; n < assay_scenario_count() && rc == 0; n++) {
		rc = learn_one(p, n, &slowest, err);
		in = in || p->entered;
	}
	p->learning = false;
	/* Its challenge alone is answer enough for the sentinel. */
	if (rc == 0 && p->proves && !in)
		rc = assay_error_set(err, ASSAY_E_LOGIN,
			"before anything was broken, no login comes to its end, with the account either: are "
			"its name and secret right?");
	/* Where every login takes a second, one is not slow. */
	if (!p->options.slow && p->slow < SLOW_TIMES * slowest)
		p->slow = SLOW_TIMES * slowest;
	return rc;
}

const char *assay_player_forgives(const struct assay_player *p)
{
	if (p->deaf)
		return "sessions of this target fall silent in right scenarios, too: that is no finding here";
	if (p->deaf_with_r2t)
		return "sessions of this target say nothing while they wait for data: that is no finding "
		       "here";
	return "";
}
