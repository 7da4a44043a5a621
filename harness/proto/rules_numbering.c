/*
 * rules_numbering.c - StatSN and ExpStatSN of a connection; CmdSN, ExpCmdSN and MaxCmdSN of a session. It numbers, the other
 * files judge what the PDUs say. RFC 7143 sections 4.2.2.1, 4.2.2.2, 7.3 (the CmdSN of a rejected command), 11.4.9 to 11.4.11.
 */
#include <string.h>

#include "proto/watch_private.h"

/* ---- StatSN ---- */

enum { COUNTS, SHOWS_NEXT, HAS_NONE };

static int stat_kind(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_DATA_IN: return pdu->status_present ? COUNTS : HAS_NONE;
	case ASSAY_R2T: return SHOWS_NEXT;
	case ASSAY_NOP_IN: return pdu->itt == ASSAY_TAG_RESERVED ? SHOWS_NEXT : COUNTS;
	default: return COUNTS;
	}
}

/* The rule that a wrong StatSN breaks: the PDU before is known not to have counted, or to have counted wrongly. */
static enum watch_rule stat_rule(const struct watch_connection *c, uint32_t stat_sn)
{
	if (stat_sn == c->stat_sn + 1 && c->stat_peek)
		return c->stat_peek == ASSAY_R2T ? RULE_STATSN_R2T : RULE_STATSN_NOP_IN;
	if (stat_sn != c->stat_sn - 1)
		return RULE_STATSN_STEP;
	switch (c->stat_opcode) {
	case ASSAY_LOGIN_RESPONSE: return RULE_STATSN_LOGIN;
	case ASSAY_ASYNC_MESSAGE: return RULE_STATSN_ASYNC;
	case ASSAY_REJECT: return RULE_STATSN_REJECT;
	default: return RULE_STATSN_STEP;
	}
}

/* After a wrong number the count may go on from it, or as if it had been right, or had not been there: that is no second fault. */
static void stat_sn_goes_back(struct watch_connection *c, uint32_t stat_sn)
{
	if (c->stat_other_known && (stat_sn == c->stat_other || stat_sn + 1 == c->stat_other))
		c->stat_sn = stat_sn;
	c->stat_other_known = false;
}

/* A SNACK had it come again, or one that was not seen may have. */
static bool may_be_replayed(const struct watch_connection *c)
{
	return c->snacked || (c->blind && !(c->params_known && !c->params.error_recovery_level));
}

/* It answers a request that came since the count is known: no answer that came before. */
static bool is_fresh(const struct watch_event *e)
{
	const struct watch_task *t = e->s ? watch_task_find(e->w, e->s, e->pdu->itt) : NULL;

	return t && t->state == TASK_LIVE && !t->is_void && t->connection == e->c->number;
}

/* While one number alone tells the count, another one is no fault: that one may be wrong, or one of the past. */
static bool tells_anew(const struct watch_connection *c, uint32_t stat_sn)
{
	return c->stat_unsure && !(may_be_replayed(c) && assay_sn_lt(stat_sn, c->stat_sn));
}

static void stat_sn_next(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	const struct assay_pdu *pdu = e->pdu;

	if (!c->stat_known)
		return;
	c->stat_peek = pdu->opcode;
	stat_sn_goes_back(c, pdu->stat_sn);
	if (tells_anew(c, pdu->stat_sn))
		c->stat_sn = pdu->stat_sn;
	if (pdu->stat_sn == c->stat_sn)
		return;
	found(e, pdu->opcode == ASSAY_R2T ? RULE_STATSN_R2T : RULE_STATSN_NOP_IN,
		say(e->expected, "StatSN %u, the next one", c->stat_sn),
		say(e->got, "StatSN %u", pdu->stat_sn));
	c->stat_other_known = true;
	c->stat_other = pdu->stat_sn + 1;
}

/* The answer to a task that the last response answered already, bit for bit: said by a rule of its own. */
static bool said_again(const struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_task *t;

	if (!pdu->bhs || memcmp(e->c->stat_header, pdu->bhs, ASSAY_BHS_LENGTH) != 0 || !e->s)
		return false;
	t = watch_task_find(e->w, e->s, pdu->itt);
	return t && t->state == TASK_DONE && !t->is_void;
}

/* This number, or the one before it: told where it is known which. */
static void stat_sn_wrong(struct watch_event *e, bool known)
{
	struct watch_connection *c = e->c;

	if (known)
		found(e, stat_rule(c, e->pdu->stat_sn), say(e->expected, "StatSN %u", c->stat_sn),
			say(e->got, "StatSN %u", e->pdu->stat_sn));
	c->stat_broken = true;
	c->stat_other_known = true;
	c->stat_other = c->stat_sn + 1;
	if (assay_sn_gt(c->stat_other, c->stat_limit))
		c->stat_limit = c->stat_other;
}

static void stat_sn_counts(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	uint32_t stat_sn = e->pdu->stat_sn;

	if (c->stat_known)
		stat_sn_goes_back(c, stat_sn);
	if (c->stat_known && stat_sn != c->stat_sn && tells_anew(c, stat_sn)) {
		stat_sn_wrong(e, false);
	} else if (c->stat_known && stat_sn != c->stat_sn) {
		e->replayed = may_be_replayed(c) && assay_sn_lt(stat_sn, c->stat_sn) && !is_fresh(e);
		c->stat_unsure |= e->replayed &&
				  !c->snacked; /* for all that is known; else that number was wrong */
		if (e->replayed || said_again(e))
			return;
		stat_sn_wrong(e, true);
	}
	if (!c->stat_known || assay_sn_gt(stat_sn + 1, c->stat_limit))
		c->stat_limit = stat_sn + 1;
	if (e->pdu->bhs)
		memcpy(c->stat_header, e->pdu->bhs, ASSAY_BHS_LENGTH);
	if (!c->stat_known)
		c->stat_unsure = c->deaf || c->blind;
	else if (!may_be_replayed(c) || is_fresh(e))
		c->stat_unsure = false;
	c->stat_known = true;
	c->stat_sn = stat_sn + 1;
	c->stat_opcode = e->pdu->opcode;
	c->stat_peek = 0;
}

void rules_exp_stat_sn(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	uint32_t exp_stat_sn = e->pdu->exp_stat_sn;

	if (!c->stat_known)
		return;
	if (assay_sn_gt(exp_stat_sn, c->stat_limit) &&
		(c->stat_unsure || (c->exp_stat_told && assay_sn_le(exp_stat_sn, c->exp_stat_ahead))))
		c->stat_limit = exp_stat_sn;
	if (assay_sn_gt(exp_stat_sn, c->stat_limit)) {
		FOUND(e, EXPSTATSN_AHEAD, ("ExpStatSN %u at most", c->stat_limit),
			("ExpStatSN %u", exp_stat_sn));
		c->stat_limit = c->exp_stat_ahead = exp_stat_sn; /* said once, also behind a gap */
		c->exp_stat_told = true;
		return;
	}
	if (c->exp_stat_known && !c->stat_broken && assay_sn_lt(exp_stat_sn, c->exp_stat_sn)) {
		FOUND(e, EXPSTATSN_BACK, ("ExpStatSN %u or later", c->exp_stat_sn),
			("ExpStatSN %u", exp_stat_sn));
	}
	c->exp_stat_known = true;
	c->exp_stat_sn = exp_stat_sn;
}

/* ---- CmdSN ---- */

#define SLIP 64 /* the furthest that a count is taken to have slipped */

/* After a wrong number the count may go on from it, or as if it had been right: that is no second fault. */
void cmd_sn_may_be(struct watch_session *s, uint32_t cmd_sn)
{
	if (assay_sn_gt(cmd_sn, s->cmd_sn + SLIP) || assay_sn_lt(cmd_sn, s->cmd_sn - SLIP) ||
		(s->window_known && assay_sn_gt(cmd_sn, s->max_cmd_sn + 1)))
		return;
	s->cmd_other_known = true;
	s->cmd_other = cmd_sn;
}

/* A number that was not sent. What the target has acknowledged before is said already. */
static void leave_hole(struct watch_session *s, uint32_t cmd_sn)
{
	if (s->hole || s->unsure || s->several || (s->window_known && assay_sn_gt(s->exp_cmd_sn, cmd_sn)))
		return;
	s->hole = true;
	s->hole_at = cmd_sn;
}

static void cmd_sn_goes_back(struct watch_session *s, uint32_t cmd_sn)
{
	if (s->cmd_other_known && cmd_sn == s->cmd_other) {
		if (assay_sn_gt(cmd_sn, s->cmd_sn))
			leave_hole(s, s->cmd_sn);
		s->cmd_top_known |= assay_sn_gt(s->cmd_sn, s->cmd_other);
		s->cmd_top = s->cmd_sn;
		s->cmd_sn = s->cmd_other;
	}
	s->cmd_other_known = false;
}

/* A CmdSN that is not the session's next one. */
static void out_of_order(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_session *s = e->s;
	uint32_t cmd_sn = e->pdu->cmd_sn, want = s->cmd_sn;
	enum watch_rule rule = RULE_CMDSN_ORDER;

	if (assay_sn_lt(cmd_sn, want)) {
		if (s->hole && cmd_sn == s->hole_at)
			s->hole = false;
		else if (s->refused && cmd_sn == s->refused_at)
			s->refused = false;
		else if (!s->several || (c->cmd_known && assay_sn_le(cmd_sn, c->last_cmd_sn))) {
			FOUND(e, CMDSN_ORDER, ("CmdSN %u", want), ("CmdSN %u", cmd_sn));
			s->repeated = true;
			s->repeated_at = cmd_sn;
			cmd_sn_may_be(s, want + 1);
		}
		return;
	}
	s->cmd_sn = cmd_sn + 1;
	if (s->several)
		return;
	if (!c->cmd_known && !s->blind)
		rule = RULE_CMDSN_LOGIN;
	if (cmd_sn == want + 1 && c->after_immediate)
		rule = RULE_CMDSN_IMMEDIATE_COUNTED;
	found(e, rule, say(e->expected, "CmdSN %u", want), say(e->got, "CmdSN %u", cmd_sn));
	cmd_sn_may_be(s, want + 1);
	leave_hole(s, want);
}

/* Where the next CmdSN is not known, this one tells, unless the target must ignore it (section 4.2.2.1) or later ones were sent: then it tells nothing. */
static bool know_cmd_sn(struct watch_session *s, uint32_t cmd_sn)
{
	if (s->cmd_known)
		return true;
	if (s->window_known && (assay_sn_lt(cmd_sn, s->exp_cmd_sn) || assay_sn_gt(cmd_sn, s->max_cmd_sn + 1)))
		return false;
	if (s->cmd_was_known && assay_sn_lt(cmd_sn, s->cmd_sn))
		return false;
	s->cmd_sn = cmd_sn;
	s->cmd_known = s->cmd_was_known = true;
	return true;
}

static void immediate(struct watch_event *e)
{
	struct watch_session *s = e->s;
	uint32_t cmd_sn = e->pdu->cmd_sn;

	if (!know_cmd_sn(s, cmd_sn))
		return;
	if (s->cmd_other_known && cmd_sn == s->cmd_other && assay_sn_gt(cmd_sn, s->cmd_sn))
		return; /* said before; the commands before it may yet come */
	cmd_sn_goes_back(s, cmd_sn);
	e->c->after_immediate = cmd_sn == s->cmd_sn;
	if (s->refused && cmd_sn == s->refused_at && cmd_sn + 1 == s->cmd_sn)
		return; /* section 7.3: the next command is to have that number again */
	if (cmd_sn != s->cmd_sn && !s->several) {
		FOUND(e, CMDSN_IMMEDIATE, ("CmdSN %u", s->cmd_sn),
			("CmdSN %u in an immediate command", cmd_sn));
		if (assay_sn_gt(cmd_sn, s->cmd_sn))
			cmd_sn_may_be(s, cmd_sn);
	}
}

/* Called for every new command; not for one that is sent again. */
void rules_request_numbers(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_session *s = e->s;
	uint32_t cmd_sn = e->pdu->cmd_sn;

	if (e->pdu->immediate) {
		immediate(e);
		return;
	}
	if (!know_cmd_sn(s, cmd_sn))
		return;
	cmd_sn_goes_back(s, cmd_sn);
	if (s->window_known && assay_sn_gt(cmd_sn, s->max_cmd_sn) && watch_order_known(e)) {
		FOUND(e, CMDSN_WINDOW, ("CmdSN %u at most", s->max_cmd_sn), ("CmdSN %u", cmd_sn));
		if (cmd_sn == s->cmd_sn)
			s->cmd_sn++;
		else
			cmd_sn_may_be(s, s->cmd_sn + 1);
		return;
	}
	if (cmd_sn == s->cmd_sn) {
		s->cmd_sn++;
		if (e->task)
			e->task->counted = true;
	} else {
		out_of_order(e);
	}
	c->after_immediate = false;
	c->cmd_known = true;
	c->last_cmd_sn = cmd_sn;
}

/* A request that is not defined, or of the wrong side: whether it took a number, and whether the target counts it, is open. */
void rules_unnumbered(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	if (e->dir == ASSAY_TO_INITIATOR) {
		c->stat_known = false;
		return;
	}
	c->cmd_known = false;
	if (e->s) {
		e->s->cmd_known = false;
		e->s->unsure |= e->s->hole;
		e->s->hole = false;
		e->s->refused = false;
	}
	if (c->phase == PHASE_START || c->phase == PHASE_LOGIN)
		c->phase = PHASE_BROKEN;
}

/* A request whose data segment arrived broken: the target discards it, so its number is missing. */
void rules_discarded(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_session *s = e->s;

	if (pdu->opcode == ASSAY_DATA_OUT) {
		e->task = watch_task_find(e->w, s, pdu->itt);
		if (e->task)
			e->task->is_void = true;
		return;
	}
	if (pdu->immediate || !s->cmd_known || s->several || pdu->cmd_sn != s->cmd_sn)
		return;
	s->cmd_sn++;
	if (!s->hole && !s->unsure) {
		s->hole = true;
		s->hole_at = pdu->cmd_sn;
	}
}

/* ---- ExpCmdSN and MaxCmdSN ---- */

/* What ExpCmdSN must not pass. */
void rules_holes(struct watch_event *e)
{
	struct watch_session *s = e->s;
	uint32_t exp = e->pdu->exp_cmd_sn;

	if ((s->hole || s->refused) && !watch_order_known(e))
		s->hole = s->refused = false; /* it may have come on another connection */
	if (s->hole && assay_sn_gt(exp, s->hole_at)) {
		FOUND(e, EXPCMDSN_HOLE, ("ExpCmdSN %u, the missing one", s->hole_at), ("ExpCmdSN %u", exp));
		s->hole = false;
		e->c->exp_cmd_sn = s->hole_at; /* what is no acknowledgment cannot be taken back */
	}
	if (s->refused && assay_sn_gt(exp, s->refused_at)) {
		FOUND(e, REJECT_CMDSN, ("ExpCmdSN %u, the CmdSN of the rejected command", s->refused_at),
			("ExpCmdSN %u", exp));
		s->refused = false;
		e->c->exp_cmd_sn = s->refused_at;
		cmd_sn_may_be(s, s->refused_at);
	}
}

/* An ExpCmdSN that acknowledges what was not sent: no acknowledgment that could be taken back, and one value of it is one fault. */
static bool ahead(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	const struct watch_session *s = e->s;
	uint32_t exp = e->pdu->exp_cmd_sn;
	bool first = c->phase == PHASE_LOGIN && c->leading && !c->login.responses, /* has a rule of its own */
		again = c->ahead_known && exp == c->ahead;

	if (!s->cmd_known || s->blind || s->unsure || !assay_sn_gt(exp, s->cmd_sn) ||
		(s->cmd_top_known && assay_sn_le(exp, s->cmd_top)) || !watch_order_known(e))
		return false;
	if (!first && !again)
		FOUND(e, EXPCMDSN_AHEAD, ("ExpCmdSN %u at most: no command was sent beyond", s->cmd_sn),
			("ExpCmdSN %u", exp));
	c->ahead_known = true;
	c->ahead = exp;
	return true;
}

static void window(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_session *s = e->s;
	uint32_t exp = e->pdu->exp_cmd_sn, max = e->pdu->max_cmd_sn;

	if (assay_sn_lt(max, exp - 1)) {
		FOUND(e, MAXCMDSN_FLOOR, ("MaxCmdSN %u or later, ExpCmdSN is %u", exp - 1, exp),
			("MaxCmdSN %u", max));
		return;
	}
	if (c->window_known && assay_sn_lt(max, c->max_cmd_sn))
		FOUND(e, MAXCMDSN_BACK, ("MaxCmdSN %u or later", c->max_cmd_sn), ("MaxCmdSN %u", max));
	c->max_cmd_sn = max;
	if (!ahead(e)) {
		if (c->window_known && assay_sn_lt(exp, c->exp_cmd_sn))
			FOUND(e, EXPCMDSN_BACK, ("ExpCmdSN %u or later", c->exp_cmd_sn),
				("ExpCmdSN %u", exp));
		c->exp_cmd_sn = exp;
	} else if (!c->window_known) {
		c->exp_cmd_sn = s->cmd_sn;
	}
	c->window_known = true;
	if (!s->window_known || assay_sn_gt(exp, s->exp_cmd_sn))
		s->exp_cmd_sn = exp;
	if (!s->window_known || assay_sn_gt(max, s->max_cmd_sn))
		s->max_cmd_sn = max;
	s->window_known = true;
}

void rules_response_numbers(struct watch_event *e)
{
	int kind = stat_kind(e->pdu);

	window(e);
	rules_holes(e);
	if (kind == COUNTS)
		stat_sn_counts(e);
	else if (kind == SHOWS_NEXT)
		stat_sn_next(e);
}

/* Section 4.2.2.1: the acknowledgment comes no later than the response. */
void rules_acknowledged(struct watch_event *e)
{
	const struct watch_task *t = e->task;

	if (t->immediate || !e->s->window_known || assay_sn_gt(e->s->exp_cmd_sn, t->cmd_sn))
		return;
	if (assay_sn_lt(e->pdu->max_cmd_sn, e->pdu->exp_cmd_sn - 1)) /* ignored, and a finding already */
		return;
	FOUND(e, STATUS_BEFORE_ACK,
		("ExpCmdSN %u or later with the response to CmdSN %u", t->cmd_sn + 1, t->cmd_sn),
		("ExpCmdSN %u", e->pdu->exp_cmd_sn));
}
