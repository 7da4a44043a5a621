/*
 * watch.c - the rule engine from outside: connections come and go, each PDU is handed to the rules of its phase and type.
 * The rules themselves are in rules_*.c, one file an area. No I/O, no clock, no allocation after assay_watch_new.
 * RFC 7143 sections 4.2.4 (phases), 11.14 and 11.15 (the end of a connection).
 */
#include <stdlib.h>
#include <string.h>

#include "proto/watch_private.h"

struct assay_watch *assay_watch_new(assay_finding_fn *callback, void *payload)
{
	struct assay_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->found = callback;
	w->payload = payload;
	assay_watch_clear(w);
	return w;
}

/* Only what says that a place is taken: each is zeroed when it is taken again. */
void assay_watch_clear(struct assay_watch *w)
{
	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++)
		w->connection[i].used = false;
	for (unsigned i = 0; i < WATCH_SESSIONS; i++)
		w->session[i].used = false;
	for (unsigned i = 0; i < w->tasks_touched; i++)
		w->task[i].state = TASK_FREE;
	w->tasks_touched = 0;
	for (unsigned i = 0; i < WATCH_BUCKETS; i++)
		w->bucket[i] = -1;
	w->opened = 0;
	w->challenges = 0;
	w->victim = 0;
}

int assay_watch_account(struct assay_watch *w, enum assay_role role, const struct assay_chap_account *account,
	const char *target)
{
	if (!account->secret)
		return 0;
	if (w->accounts == ASSAY_WATCH_ACCOUNTS)
		return ASSAY_E_LIMIT;
	w->account[w->accounts].role = role;
	w->account[w->accounts].target = target;
	w->account[w->accounts++].account = *account;
	return 0;
}

void assay_watch_unordered(struct assay_watch *w)
{
	w->unordered = true;
}

void assay_watch_free(struct assay_watch *w)
{
	free(w);
}

static struct watch_connection *connection_of(const struct assay_watch *w, int connection)
{
	const struct watch_connection *c;

	if (connection < 0)
		return NULL;
	c = &w->connection[connection % WATCH_CONNECTIONS];
	return c->used && c->number == (uint32_t)connection ? (struct watch_connection *)c : NULL;
}

/* A slot that was never used, else the closed connection that was opened first. */
static struct watch_connection *slot(struct assay_watch *w)
{
	struct watch_connection *oldest = NULL;

	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++) {
		struct watch_connection *c = &w->connection[i];

		if (!c->used)
			return c;
		if (c->closed && (!oldest || c->opened < oldest->opened))
			oldest = c;
	}
	return oldest;
}

int assay_watch_open(struct assay_watch *w, bool mid_stream)
{
	struct watch_connection *c = slot(w);
	uint32_t number;

	if (!c)
		return ASSAY_E_LIMIT;
	number = (uint32_t)(c - w->connection);
	if (c->used) {
		number = c->number + WATCH_CONNECTIONS;
		watch_tasks_void(w, c->number);
		watch_session_leave(w, c);
	}
	if (number > INT32_MAX)
		return ASSAY_E_LIMIT;
	memset(c, 0, sizeof(*c));
	c->used = true;
	c->number = number;
	c->opened = w->opened++;
	c->session = WATCH_SESSIONS;
	c->phase = mid_stream ? PHASE_UNKNOWN : PHASE_START;
	c->params_known = !mid_stream;
	assay_params_default(&c->params);
	c->recv_limit[ASSAY_TO_TARGET] = c->params.target_max_recv;
	c->recv_limit[ASSAY_TO_INITIATOR] = c->params.initiator_max_recv;
	if (mid_stream) {
		watch_missed(w, c, ASSAY_TO_TARGET);
		watch_missed(w, c, ASSAY_TO_INITIATOR);
	}
	return (int)number;
}

bool assay_rules_read_data(uint8_t opcode)
{
	return opcode != ASSAY_SCSI_COMMAND && opcode != ASSAY_DATA_OUT && opcode != ASSAY_DATA_IN;
}

/* ---- phases ---- */

/* A login goes on that was taken for over. */
static void not_yet(struct watch_event *e)
{
	watch_missed(e->w, e->c, ASSAY_TO_TARGET);
	watch_missed(e->w, e->c, ASSAY_TO_INITIATOR);
	e->c->phase = PHASE_UNKNOWN;
}

static void full_to_target(struct watch_event *e)
{
	if (e->pdu->opcode == ASSAY_LOGIN_REQUEST && e->c->inferred) {
		not_yet(e);
		return;
	}
	if (e->pdu->opcode == ASSAY_LOGIN_REQUEST) {
		FOUND(e, LOGIN_SECOND, ("no Login Request in the full feature phase"), ("a Login Request"));
		watch_missed(e->w, e->c,
			ASSAY_TO_TARGET); /* what follows here is not followed, and belongs to the session */
		e->c->phase = PHASE_BROKEN;
		return;
	}
	rules_exp_stat_sn(e);
	switch (e->pdu->opcode) {
	case ASSAY_NOP_OUT: rules_nop_out(e); break;
	case ASSAY_SCSI_COMMAND: rules_command(e); break;
	case ASSAY_TASK_MANAGEMENT_REQUEST: rules_task_management(e); break;
	case ASSAY_TEXT_REQUEST: rules_text_request(e); break;
	case ASSAY_DATA_OUT: rules_data_out(e); break;
	case ASSAY_LOGOUT_REQUEST: rules_logout_request(e); break;
	case ASSAY_SNACK_REQUEST: rules_snack(e); break;
	default: break;
	}
}

/* Sections 4.3 and 7.4.3. */
static void discovery(struct watch_event *e)
{
	switch (e->pdu->opcode) {
	case ASSAY_SCSI_RESPONSE:
	case ASSAY_TASK_MANAGEMENT_RESPONSE:
	case ASSAY_DATA_IN:
	case ASSAY_R2T:
		FOUND(e, DISCOVERY_ACCEPTED, ("a Reject of what is neither SendTargets nor a logout"),
			("%s", assay_opcode_name(e->pdu->opcode)));
		break;
	case ASSAY_NOP_IN:
	case ASSAY_ASYNC_MESSAGE:
		FOUND(e, DISCOVERY_RESPONSES, ("only Text and Logout Responses, and Rejects"),
			("%s", assay_opcode_name(e->pdu->opcode)));
		break;
	default: break;
	}
}

static void full_to_initiator(struct watch_event *e)
{
	if (e->pdu->opcode == ASSAY_LOGIN_RESPONSE && e->c->inferred) {
		not_yet(e);
		return;
	}
	if (e->pdu->opcode == ASSAY_LOGIN_RESPONSE) {
		if (e->c->login.extra)
			e->c->login.extra--;
		else
			FOUND(e, LOGIN_ONE_RESPONSE, ("no Login Response in the full feature phase"),
				("a Login Response"));
		e->c->stat_known = false; /* its StatSN is one that the initiator may heed */
		e->c->stat_broken = true;
		return;
	}
	rules_response_numbers(e);
	if (e->c->params_known && e->c->params.discovery)
		discovery(e);
	switch (e->pdu->opcode) {
	case ASSAY_NOP_IN: rules_nop_in(e); break;
	case ASSAY_SCSI_RESPONSE: rules_scsi_response(e); break;
	case ASSAY_TASK_MANAGEMENT_RESPONSE: rules_task_management_response(e); break;
	case ASSAY_TEXT_RESPONSE: rules_text_response(e); break;
	case ASSAY_DATA_IN: rules_data_in(e); break;
	case ASSAY_LOGOUT_RESPONSE: rules_logout_response(e); break;
	case ASSAY_R2T: rules_r2t(e); break;
	case ASSAY_ASYNC_MESSAGE: rules_async(e); break;
	case ASSAY_REJECT: rules_reject(e); break;
	default: break;
	}
}

/* A connection whose login was not seen may belong to any session that may have several: not all of its commands are known then, nor their order. */
static void may_belong(struct watch_event *e)
{
	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++) {
		const struct watch_connection *c = &e->w->connection[i];
		struct watch_session *s;

		if (!c->used || c->closed || c == e->c || c->phase != PHASE_FULL ||
			c->session == WATCH_SESSIONS)
			continue;
		s = &e->w->session[c->session];
		if (s->params_known && s->params.max_connections <= 1)
			continue;
		s->several = s->blind = true;
	}
}

/* A capture that begins somewhere: PDUs of the full feature phase tell that it is there, a final Login Response that it
 * comes next. */
static void unknown(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_session *s;

	if (pdu->opcode == ASSAY_LOGIN_REQUEST)
		return;
	if (pdu->opcode == ASSAY_LOGIN_RESPONSE)
		e->c->stat_known = false; /* it took a number that is not judged here */
	if (pdu->opcode == ASSAY_LOGIN_RESPONSE &&
		(pdu->status_class || !pdu->transit || pdu->nsg != ASSAY_STAGE_FULL_FEATURE))
		return;
	if (e->c->login.requests &&
		e->dir == ASSAY_TO_TARGET) { /* its login may go on: what the target says will tell */
		watch_missed(e->w, e->c, ASSAY_TO_TARGET); /* a request that is passed over takes a number */
		return;
	}
	e->c->phase = PHASE_FULL;
	e->c->inferred = true;
	e->c->params_known = false;
	if (e->c->session == WATCH_SESSIONS) {
		s = watch_session_new(e->w);
		if (!s) {
			e->c->phase = PHASE_DEAD;
			return;
		}
		s->several = true; /* as far as anybody can tell */
		watch_session_join(e->w, e->c, s);
	}
	e->s = &e->w->session[e->c->session];
	e->s->blind = true;
	may_belong(e);
	if (pdu->opcode == ASSAY_LOGIN_RESPONSE)
		return;
	if (e->dir == ASSAY_TO_TARGET)
		full_to_target(e);
	else
		full_to_initiator(e);
}

/* Section 4.2.4: what is no login PDU, before or during login. */
static void login_to_target(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	if (e->pdu->opcode == ASSAY_LOGIN_REQUEST) {
		c->phase = PHASE_LOGIN;
		rules_login_request(e);
		return;
	}
	if (c->phase == PHASE_START) {
		FOUND(e, LOGIN_FIRST, ("a Login Request"), ("%s", assay_opcode_name(e->pdu->opcode)));
		c->phase = PHASE_REFUSED;
		return;
	}
	FOUND(e, LOGIN_ONLY_INITIATOR, ("a Login Request"), ("%s", assay_opcode_name(e->pdu->opcode)));
	c->login.refuse_due = !c->login.pending;
	c->login.refuse_number = e->number;
	c->phase = PHASE_BROKEN;
}

static void login_to_initiator(struct watch_event *e)
{
	if (e->pdu->opcode != ASSAY_LOGIN_RESPONSE) {
		FOUND(e, LOGIN_ONLY_TARGET, ("a Login Response"), ("%s", assay_opcode_name(e->pdu->opcode)));
		e->c->login.extra += e->c->login
					     .pending; /* it may stand for the answer, and take its number */
		e->c->login.pending = 0;
		e->c->stat_known = false;
		return;
	}
	rules_login_response(e);
}

static void broken_to_initiator(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	bool reject = pdu->opcode == ASSAY_LOGIN_RESPONSE && pdu->status_class;

	if (e->c->phase == PHASE_REFUSED && !reject)
		FOUND(e, LOGIN_FIRST_REFUSED, ("the connection closed"),
			("%s", assay_opcode_name(pdu->opcode)));
	if (e->c->login.refuse_due && !(reject && pdu->status_class == 0x02 && pdu->status_detail == 0x0b))
		FOUND(e, LOGIN_REFUSES_OTHERS, ("Login Response status 0x020b"),
			("%s status 0x%02x%02x", assay_opcode_name(pdu->opcode), pdu->status_class,
				pdu->status_detail));
	e->c->login.refuse_due = false;
	e->c->phase = PHASE_BROKEN;
}

static void rejected(struct watch_event *e)
{
	if (e->c->broken ||
		(e->dir == ASSAY_TO_INITIATOR && e->c->blind)) /* it may answer what was not seen */
		return;
	FOUND(e, LOGIN_AFTER_REJECT, ("the connection closed after the login was refused"),
		("%s", assay_opcode_name(e->pdu->opcode)));
	e->c->phase = PHASE_BROKEN;
}

static void logged_out(struct watch_event *e)
{
	if (e->dir == ASSAY_TO_INITIATOR) {
		if (!e->c->broken)
			FOUND(e, LOGOUT_LAST_TARGET, ("the connection closed after the Logout Response"),
				("%s", assay_opcode_name(e->pdu->opcode)));
		return;
	}
	if (rules_is_new_request(e->pdu))
		FOUND(e, LOGOUT_LAST_INITIATOR, ("no request after the logout of this connection"),
			("%s", assay_opcode_name(e->pdu->opcode)));
	e->c->broken = true;
}

static void dispatch(struct watch_event *e)
{
	bool to_target = e->dir == ASSAY_TO_TARGET;

	switch (e->c->phase) {
	case PHASE_START:
	case PHASE_LOGIN:
		if (to_target)
			login_to_target(e);
		else
			login_to_initiator(e);
		break;
	case PHASE_FULL:
		if (to_target)
			full_to_target(e);
		else
			full_to_initiator(e);
		if (e->s && e->s->crowded)
			rules_crowded(e);
		break;
	case PHASE_UNKNOWN: unknown(e); break;
	case PHASE_REFUSED:
	case PHASE_BROKEN:
		if (!to_target)
			broken_to_initiator(e);
		break;
	case PHASE_REJECTED: rejected(e); break;
	case PHASE_LOGGED_OUT: logged_out(e); break;
	default: break;
	}
}

/* Field by field: zeroing the room for words would cost more than most rules. */
static void event_begin(
	struct watch_event *e, struct assay_watch *w, struct watch_connection *c, enum assay_dir dir)
{
	e->w = w;
	e->c = c;
	e->s = c->session < WATCH_SESSIONS ? &w->session[c->session] : NULL;
	e->pdu = NULL;
	e->dir = dir;
	e->sender = dir == ASSAY_TO_TARGET ? ASSAY_INITIATOR : ASSAY_TARGET;
	e->number = 0;
	e->task = NULL;
	e->void_task = false;
	e->replayed = false;
}

void assay_watch_pdu(struct assay_watch *w, int connection, enum assay_dir dir, const struct assay_pdu *pdu,
	uint64_t number)
{
	struct watch_connection *c = connection_of(w, connection);
	struct watch_event e;

	if (!c || c->closed || (c->phase == PHASE_DEAD && !c->over))
		return;
	event_begin(&e, w, c, dir);
	e.pdu = pdu;
	e.number = number;
	if (dir == ASSAY_TO_TARGET && pdu->bhs)
		memcpy(c->header[c->headers++ % WATCH_HEADERS], pdu->bhs, ASSAY_BHS_LENGTH);
	if (c->phase == PHASE_DEAD) {
		if (!pdu->bad_digests)
			rules_after_over(&e);
		return;
	}
	if (!rules_format(&e))
		return;
	rules_login_unoffered(&e);
	rules_auth_distrust(&e);
	dispatch(&e);
	if (e.void_task && e.task)
		e.task->is_void = true;
}

void assay_watch_gap(struct assay_watch *w, int connection, enum assay_dir dir)
{
	struct watch_connection *c = connection_of(w, connection);

	if (c && !c->closed)
		watch_missed(w, c, dir);
}

void assay_watch_company(struct assay_watch *w, int connection)
{
	const struct watch_connection *c = connection_of(w, connection);

	if (c && !c->closed && c->session < WATCH_SESSIONS) {
		w->session[c->session].company = true;
		watch_company(&w->session[c->session]);
	}
}

void assay_watch_late(struct assay_watch *w, int connection)
{
	struct watch_connection *c = connection_of(w, connection);

	if (!c || c->closed)
		return;
	c->over = OVER_UNJUDGED;
	if (c->session < WATCH_SESSIONS)
		w->session[c->session].crowded = false;
}

void assay_watch_close(struct assay_watch *w, int connection, enum assay_role by)
{
	struct watch_connection *c = connection_of(w, connection);
	struct watch_event e;

	if (!c || c->closed)
		return;
	event_begin(&e, w, c, ASSAY_TO_INITIATOR);
	if (c->login.refuse_due && by == ASSAY_TARGET) {
		e.number = c->login.refuse_number;
		found(&e, RULE_LOGIN_REFUSES_OTHERS,
			say(e.expected, "Login Response status 0x020b, then the connection closed"),
			say(e.got, "the connection closed"));
	}
	watch_tasks_void(w, c->number);
	c->closed = true;
}

unsigned assay_watch_digests(const struct assay_watch *w, int connection, enum assay_dir dir)
{
	const struct watch_connection *c = connection_of(w, connection);

	(void)dir; /* both directions change with the final Login Response */
	return c ? c->digests : 0;
}

const struct assay_params *assay_watch_params(const struct assay_watch *w, int connection)
{
	const struct watch_connection *c = connection_of(w, connection);

	return c ? &c->params : NULL;
}
