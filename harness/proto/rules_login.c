/*
 * rules_login.c - Login Requests: the initiator's part of the login phase, and to which session a login belongs.
 * The target's part is in rules_login_answer.c, the keys in rules_keys.c and rules_auth.c.
 * RFC 7143 sections 6.3, 6.3.1 and 11.12.
 */
#include <string.h>

#include "proto/watch_private.h"

/* ---- the session ---- */

static bool named(const char *known, const struct assay_pdu *pdu, const char *key)
{
	struct assay_pair pair;

	if (!assay_text_find(&pair, pdu->data, pdu->data_length, key))
		return true; /* not in this PDU: no reason against it */
	return strlen(known) == pair.value_length && !memcmp(known, pair.value, pair.value_length);
}

/* When the last of its connections that are not over was opened, from 1 on; 0: all are over. */
static uint64_t opened_last(const struct assay_watch *w, const struct watch_session *s)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++) {
		const struct watch_connection *c = &w->connection[i];

		if (c->used && !c->closed && c->phase != PHASE_DEAD &&
			c->session == (uint8_t)(s - w->session) && c->opened >= last)
			last = c->opened + 1;
	}
	return last;
}

/* The session that the request names. A TSIH may be given again once its session is over: then it is of the newer one. */
static struct watch_session *existing(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_session *newest = NULL;

	for (unsigned i = 0; i < WATCH_SESSIONS; i++) {
		struct watch_session *s = &e->w->session[i];

		if (s->used && s->tsih == pdu->tsih && s->isid == pdu->isid &&
			named(s->params.initiator_name, pdu, "InitiatorName") &&
			named(s->params.target_name, pdu, "TargetName") &&
			(!newest || opened_last(e->w, s) > opened_last(e->w, newest)))
			newest = s;
	}
	return newest;
}

/* The first Login Request of a connection: TSIH 0 makes a session, another one names one that we may know. */
static void join(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	const struct assay_pdu *pdu = e->pdu;
	struct watch_session *s = pdu->tsih ? existing(e) : NULL;

	c->leading = !pdu->tsih;
	c->cid = pdu->cid;
	c->cid_known = true;
	if (s) {
		c->params = s->params;
		c->params.header_digest = false;
		c->params.data_digest = false;
		c->params.initiator_max_recv = 8192;
		c->params.target_max_recv = 8192;
		c->params_known = s->params_known;
	} else {
		s = watch_session_new(e->w);
		if (!s) {
			c->phase = PHASE_DEAD;
			return;
		}
		for (unsigned i = 0; !c->leading && i < WATCH_SESSIONS; i++)
			if (e->w->session[i].tsih == pdu->tsih || e->w->session[i].isid == pdu->isid)
				e->w->session[i].several = true; /* it may be of that one */
		s->several = !c->leading;
		s->isid = pdu->isid;
		s->blind = !c->leading;
		c->params_known = c->leading;
		if (c->leading) {
			s->cmd_known = s->cmd_was_known = true;
			s->cmd_sn = pdu->cmd_sn;
		}
	}
	watch_session_join(e->w, c, s);
	e->s = s;
}

/* ---- requests ---- */

/* What is the same through a login. One fault in the first request, or in one of the others, is one. */
enum { VERSION = 1, ITT = 2, ISID = 4, TSIH = 8, CID = 16, CMD_SN = 32 };

static bool differs(struct watch_event *e, unsigned what, bool different)
{
	struct watch_login *l = &e->c->login;
	bool told = l->told & what;

	if (different)
		l->told = (uint16_t)(l->told | what);
	return different && !told;
}

static void version(struct watch_event *e, const struct assay_pdu *first)
{
	const struct assay_pdu *pdu = e->pdu;

	if (e->c->login.requests == 0) {
		if (differs(e, VERSION, pdu->version_min || pdu->version_max))
			FOUND(e, LOGIN_VERSION, ("Version-min 0x00, Version-max 0x00"),
				("Version-min 0x%02x, Version-max 0x%02x", pdu->version_min,
					pdu->version_max));
	} else if (differs(e, VERSION,
			   pdu->version_min != first->version_min ||
				   pdu->version_max != first->version_max)) {
		FOUND(e, LOGIN_VERSION_KEPT,
			("Version-min 0x%02x, Version-max 0x%02x", first->version_min, first->version_max),
			("Version-min 0x%02x, Version-max 0x%02x", pdu->version_min, pdu->version_max));
	}
}

/* The stage that the PDU says, and its flags. */
static void stage(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_login *l = &e->c->login;

	if (pdu->csg > ASSAY_STAGE_OPERATIONAL)
		FOUND(e, LOGIN_STAGE, ("CSG 0 or 1"), ("CSG %u", pdu->csg));
	else if (l->requests && !e->c->broken && !l->stage_unsure && pdu->csg != l->stage)
		FOUND(e, LOGIN_STAGE_CURRENT, ("CSG %u", l->stage), ("CSG %u", pdu->csg));
	else if (pdu->transit && (pdu->nsg == ASSAY_STAGE_RESERVED || pdu->nsg <= pdu->csg))
		FOUND(e, LOGIN_STAGE, ("NSG 1 or 3, later than CSG %u", pdu->csg), ("NSG %u", pdu->nsg));
	if (pdu->cont && pdu->transit)
		FOUND(e, CONTINUE_FINAL, ("C or T, not both"), ("C and T"));
}

/* The stage whose keys it may say; both where the one that it says is wrong. */
static unsigned key_stage(const struct watch_event *e)
{
	const struct watch_login *l = &e->c->login;
	uint8_t csg = e->pdu->csg;

	if (csg > ASSAY_STAGE_OPERATIONAL || (l->requests && (l->stage_unsure || csg != l->stage)))
		return ASSAY_KEY_IN_SECURITY | ASSAY_KEY_IN_OPERATIONAL;
	return csg == ASSAY_STAGE_SECURITY ? ASSAY_KEY_IN_SECURITY : ASSAY_KEY_IN_OPERATIONAL;
}

/* What all requests of a login have in common. */
static void same(struct watch_event *e, const struct assay_pdu *first)
{
	const struct assay_pdu *pdu = e->pdu;

	if (differs(e, ITT, pdu->itt != first->itt))
		FOUND(e, LOGIN_ITT, ("ITT 0x%x", first->itt), ("ITT 0x%x", pdu->itt));
	if (differs(e, ISID, pdu->isid != first->isid))
		FOUND(e, LOGIN_ISID, ("ISID 0x%012llx", (unsigned long long)first->isid),
			("ISID 0x%012llx", (unsigned long long)pdu->isid));
	if (differs(e, TSIH, pdu->tsih != first->tsih))
		FOUND(e, LOGIN_TSIH, ("TSIH %u", first->tsih), ("TSIH %u", pdu->tsih));
	if (differs(e, CID, pdu->cid != first->cid))
		FOUND(e, LOGIN_CID, ("CID %u", first->cid), ("CID %u", pdu->cid));
	if (e->c->leading && differs(e, CMD_SN, pdu->cmd_sn != first->cmd_sn)) {
		FOUND(e, CMDSN_LOGIN, ("CmdSN %u through the whole leading login", first->cmd_sn),
			("CmdSN %u", pdu->cmd_sn));
		cmd_sn_may_be(e->s, pdu->cmd_sn);
	}
}

/* Sections 6.3 and 13.4: what the first set of pairs must name. */
static void names(struct watch_event *e)
{
	uint64_t set = e->c->keys.side[ASSAY_TO_TARGET].set;
	bool target = set & UINT64_C(1) << ASSAY_KEY_TARGET_NAME;

	e->c->login.names_seen = true;
	e->c->login.tag_due = target;
	if (e->c->keys.side[ASSAY_TO_TARGET].lost || e->c->keys.is_void)
		return;
	if (!(set & UINT64_C(1) << ASSAY_KEY_INITIATOR_NAME))
		FOUND(e, LOGIN_INITIATOR_NAME, ("InitiatorName in the first Login Request"), ("none"));
	if (!target && !e->c->params.discovery)
		FOUND(e, LOGIN_TARGET_NAME, ("TargetName in the first Login Request"),
			("none, and no SessionType=Discovery"));
}

void rules_login_request(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_login *l = &c->login;
	const struct assay_pdu *pdu = e->pdu;

	if (l->pending) {
		FOUND(e, LOGIN_ONE_REQUEST, ("the answer to the last Login Request first"),
			("another Login Request"));
		c->keys.is_void = true; /* its text is not read */
		l->extra++;
		return;
	}
	l->pending++;
	if (!pdu->immediate)
		FOUND(e, LOGIN_IMMEDIATE, ("I set"), ("I=0"));
	version(e, &l->first);
	stage(e);
	if (l->requests) {
		same(e, &l->first);
		rules_exp_stat_sn(e);
	} else {
		if (pdu->itt == ASSAY_TAG_RESERVED)
			FOUND(e, ITT_RESERVED, ("an ITT other than 0xffffffff"), ("0xffffffff"));
		if (pdu->isid >> 46 == 3)
			FOUND(e, LOGIN_ISID_TYPE, ("an ISID of type 0, 1 or 2"), ("type 3"));
		l->first = *pdu;
		l->stage = pdu->csg;
		join(e);
	}
	rules_keys_continue(e, c->keys.side[ASSAY_TO_INITIATOR].continuing);
	rules_keys(e, key_stage(e), pdu->cont);
	if (!pdu->cont && !l->names_seen)
		names(e);
	if (!pdu->cont && !c->keys.side[ASSAY_TO_INITIATOR].continuing)
		rules_auth_request(e);
	l->request = *pdu;
	l->requests++;
}

/* Section 6.2.1: who offered a list treats a value that is not on it as a protocol error, and so the login is over (section 7.12). What says so may still come. */
void rules_login_unoffered(struct watch_event *e)
{
	struct watch_login *l = &e->c->login;
	uint8_t opcode = e->pdu->opcode;

	if (l->unoffered_to != e->sender)
		return;
	l->unoffered_to = 0;
	if (opcode == ASSAY_LOGOUT_REQUEST || (opcode == ASSAY_LOGIN_RESPONSE && e->pdu->status_class))
		return;
	FOUND(e, ANSWER_LIST_ACCEPTED,
		("the end of the login, because %s was answered with a value that was not offered",
			assay_key_at((enum assay_key_id)l->unoffered_key)->name),
		("%s", assay_opcode_name(opcode)));
}
