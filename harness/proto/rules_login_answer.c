/*
 * rules_login_answer.c - Login Responses: the target's part of the login phase, and what is in force when it ends.
 * What a target does after the initiator broke the login is not judged, but for codes, numbers and tags of its own.
 * RFC 7143 sections 6.3, 6.3.1 and 11.13.
 */
#include <string.h>

#include "codec/name.h"
#include "proto/watch_private.h"

/* ---- statuses ---- */

static void status(struct watch_event *e)
{
	/* the highest detail of each class, section 11.13.5 */
	static const uint8_t details[] = { 0x00, 0x02, 0x0b, 0x02 };
	uint8_t class = e->pdu->status_class, detail = e->pdu->status_detail;

	if (class >= sizeof(details) || detail > details[class] || (class == 1 && !detail))
		FOUND(e, LOGIN_STATUS, ("an assigned status"), ("0x%02x%02x", class, detail));
}

/* Sections 11.13.5 and 13.8. */
static void redirection(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct assay_address address;
	struct assay_error why = { 0 };
	struct assay_pair pair;
	size_t offset = 0, addresses = 0;
	char text[ASSAY_SHOW_MAX];

	while (assay_text_next(&pair, &offset, pdu->data, pdu->data_length) > 0) {
		if (!assay_pair_is(&pair, "TargetAddress"))
			continue;
		addresses++;
		if (assay_address_parse(&address, pair.value, pair.value_length, &why) < 0)
			FOUND(e, KEY_VALUE, ("TargetAddress as its section 13.8 says"), ("%s", why.message));
		else if (address.tpgt >= 0)
			FOUND(e, LOGIN_REDIRECT_TAG, ("TargetAddress without a portal group tag"),
				("%s", assay_key_show(text, pair.value, pair.value_length)));
	}
	if (!addresses && !pdu->cont)
		FOUND(e, LOGIN_REDIRECT, ("one or more TargetAddress"), ("none"));
}

static void refusal(struct watch_event *e)
{
	if (e->pdu->transit)
		FOUND(e, LOGIN_REJECT_TRANSIT, ("T=0 with status class %u", e->pdu->status_class), ("T=1"));
	if (e->pdu->status_class == 1)
		redirection(e);
	rules_auth_refusal(e);
	e->c->phase = PHASE_REJECTED;
}

/* ---- what is returned as it came ---- */

static void echoed(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu, *request = &e->c->login.request;

	if (pdu->itt != request->itt)
		FOUND(e, LOGIN_ITT, ("ITT 0x%x", request->itt), ("ITT 0x%x", pdu->itt));
	if (!pdu->status_class && pdu->isid != request->isid)
		FOUND(e, LOGIN_ISID, ("ISID 0x%012llx", (unsigned long long)request->isid),
			("ISID 0x%012llx", (unsigned long long)pdu->isid));
}

/* Said once; rules_login.c has the lower bits. */
enum { VERSION_ACTIVE = 0x100, VERSION_MAX = 0x200 };

static void version(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu, *request = &e->c->login.request;
	struct watch_login *l = &e->c->login;

	if (!l->responses) {
		l->version_active = pdu->version_active;
		l->version_max = pdu->version_max;
		if (pdu->version_active < request->version_min ||
			pdu->version_active > request->version_max) {
			FOUND(e, LOGIN_VERSION_ACTIVE,
				("Version-active 0x%02x to 0x%02x", request->version_min,
					request->version_max),
				("0x%02x", pdu->version_active));
			l->told |= VERSION_ACTIVE;
		}
		return;
	}
	if (pdu->version_active != l->version_active && !(l->told & VERSION_ACTIVE)) {
		FOUND(e, LOGIN_VERSION_ACTIVE, ("Version-active 0x%02x", l->version_active),
			("0x%02x", pdu->version_active));
		l->told |= VERSION_ACTIVE;
	}
	if (pdu->version_max != l->version_max && !(l->told & VERSION_MAX)) {
		FOUND(e, LOGIN_VERSION_MAX, ("Version-max 0x%02x", l->version_max),
			("0x%02x", pdu->version_max));
		l->told |= VERSION_MAX;
	}
}

static void tsih(struct watch_event *e, bool final)
{
	uint16_t asked = e->c->login.request.tsih, is = e->pdu->tsih;

	if (asked) {
		if (is != asked)
			FOUND(e, LOGIN_TSIH_ECHO, ("TSIH %u", asked), ("TSIH %u", is));
	} else if (final) {
		if (!is)
			FOUND(e, LOGIN_TSIH_FINAL, ("a TSIH other than 0"), ("TSIH 0"));
	} else if (is) {
		FOUND(e, LOGIN_TSIH_EARLY, ("TSIH 0 until the login ends"), ("TSIH %u", is));
	}
}

/* ---- stages ---- */

static void stage(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu, *request = &e->c->login.request;

	if (pdu->csg != request->csg)
		FOUND(e, LOGIN_CSG, ("CSG %u", request->csg), ("CSG %u", pdu->csg));
	if (pdu->cont && pdu->transit)
		FOUND(e, CONTINUE_FINAL, ("C or T, not both"), ("C and T"));
	if (!pdu->transit)
		return;
	if (!request->transit)
		FOUND(e, LOGIN_TRANSIT, ("T=0, as in the request"), ("T=1"));
	else if (pdu->nsg > request->nsg)
		FOUND(e, LOGIN_NSG, ("NSG %u at most", request->nsg), ("NSG %u", pdu->nsg));
	else if (pdu->nsg == ASSAY_STAGE_RESERVED || pdu->nsg <= request->csg)
		FOUND(e, LOGIN_STAGE, ("NSG 1 or 3, later than CSG %u", request->csg), ("NSG %u", pdu->nsg));
}

/* Does it move to another stage, as far as the request allows that? */
static bool moves(const struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu, *request = &e->c->login.request;

	if (!pdu->transit || pdu->cont)
		return false;
	return e->c->broken || (request->transit && pdu->nsg != ASSAY_STAGE_RESERVED &&
				       pdu->nsg > request->csg && pdu->nsg <= request->nsg);
}

/* The login may be over, and may not. */
static void over(struct watch_event *e)
{
	watch_missed(e->w, e->c, ASSAY_TO_TARGET);
	if (e->s)
		e->s->several = true; /* connections may be added that are not recognised */
}

/* It says that it does, and may not: what either side takes for the stage now is open. */
static void lost(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	c->login.stage_unsure = true;
	if (e->pdu->cont) {
		c->keys.is_void = true;
		c->login.tag_due = false;
	}
	if (e->pdu->nsg == ASSAY_STAGE_FULL_FEATURE ||
		(c->login.request.transit && c->login.request.nsg == ASSAY_STAGE_FULL_FEATURE))
		over(e);
}

static unsigned key_stage(const struct watch_event *e)
{
	uint8_t csg = e->c->broken ? e->pdu->csg : e->c->login.request.csg;

	if (e->c->login.stage_unsure)
		return ASSAY_KEY_IN_SECURITY | ASSAY_KEY_IN_OPERATIONAL;
	return csg == ASSAY_STAGE_SECURITY ? ASSAY_KEY_IN_SECURITY : ASSAY_KEY_IN_OPERATIONAL;
}

/* Section 6.3.1: as soon as the target can say it. */
static void portal_group_tag(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	const struct watch_side *said = &c->keys.side[ASSAY_TO_INITIATOR];

	if (!c->login.tag_due || e->pdu->cont || c->login.request.cont)
		return;
	c->login.tag_due = false;
	if (!(said->set & UINT64_C(1) << ASSAY_KEY_TARGET_PORTAL_GROUP_TAG) && !said->lost)
		FOUND(e, LOGIN_TPGT, ("TargetPortalGroupTag in the first Login Response"), ("none"));
}

/* ---- the end ---- */

/* The same login, before and behind whatever gives it other addresses: it begins with the same request and has the same TSIH. */
static bool is_seen_twice(const struct watch_event *e, const struct watch_connection *other)
{
	uint8_t first[ASSAY_BHS_LENGTH], its_first[ASSAY_BHS_LENGTH];

	if (e->w->session[other->session].tsih != e->pdu->tsih)
		return false;
	assay_pdu_encode_bhs(first, &e->c->login.first);
	assay_pdu_encode_bhs(its_first, &other->login.first);
	return !memcmp(first, its_first, sizeof(first));
}

/* Unnamed sessions, and those whose portal group is not known, may as well be at different places. */
static bool is_certain(const struct watch_event *e, const struct watch_connection *other)
{
	const struct watch_connection *c = e->c;

	return c->params_known && other->params_known && c->params.discovery == other->params.discovery &&
	       c->params.target_name[0] && c->params.target_portal_group_tag >= 0 && !c->broken &&
	       !is_seen_twice(e, other);
}

/* Sections 6.3.4 and 6.3.5: what a login displaces is over, without a word. */
static void reinstate(struct watch_event *e)
{
	const struct watch_connection *c = e->c;
	const struct watch_session *s = e->s;

	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++) {
		struct watch_connection *other = &e->w->connection[i];
		const struct watch_session *its = other->used && other->session < WATCH_SESSIONS
							  ? &e->w->session[other->session]
							  : NULL;
		bool same_connection, same_session;

		if (other == c || !its)
			continue;
		same_connection = its == s && other->cid == c->cid;
		same_session = its != s && c->leading && its->isid == s->isid &&
			       !strcmp(its->params.initiator_name, c->params.initiator_name) &&
			       !strcmp(its->params.target_name, c->params.target_name) &&
			       its->params.target_portal_group_tag == c->params.target_portal_group_tag;
		if (same_connection)
			e->w->session[other->session].reassign = true;
		if (same_connection || same_session) {
			watch_tasks_void(e->w, other->number);
			if (other->phase == PHASE_FULL)
				rules_over(other, is_certain(e, other) ? OVER_REINSTATED : OVER_UNJUDGED);
		}
	}
}

static void integrity(struct watch_event *e)
{
	const struct watch_connection *c = e->c;
	const struct assay_params *p = &c->params;

	if (c->keys.key[ASSAY_KEY_FIRST_BURST_LENGTH].state != KEY_SETTLED ||
		c->keys.key[ASSAY_KEY_MAX_BURST_LENGTH].state != KEY_SETTLED || p->discovery ||
		(p->initial_r2t && !p->immediate_data) || p->first_burst_length <= p->max_burst_length)
		return;
	FOUND(e, FIRST_BURST_INTEGRITY,
		("FirstBurstLength %u at most, as MaxBurstLength", p->max_burst_length),
		("FirstBurstLength %u", p->first_burst_length));
}

/* Section 13.19: only the last R2T can be tried again, so there is but one. The target answers last. */
static void one_r2t(struct watch_event *e)
{
	const struct assay_params *p = &e->c->params;

	if (e->c->leading && !p->discovery && p->error_recovery_level && p->data_sequence_in_order &&
		p->max_outstanding_r2t > 1)
		FOUND(e, MAX_OUTSTANDING_R2T,
			("MaxOutstandingR2T 1 with ErrorRecoveryLevel %u and DataSequenceInOrder=Yes",
				p->error_recovery_level),
			("MaxOutstandingR2T %u", p->max_outstanding_r2t));
}

static void final(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_session *s = e->s;

	if (!c->broken && !c->keys.is_void)
		integrity(e), one_r2t(e);
	c->phase = PHASE_FULL;
	c->digests = (uint8_t)((c->params.header_digest ? ASSAY_HEADER_DIGEST : 0) |
			       (c->params.data_digest ? ASSAY_DATA_DIGEST : 0));
	if (c->broken)
		c->params_known = false;
	c->broken = false;
	c->blind |= c->login.extra >
		    0; /* what the target makes of the request that came too early is its own affair */
	c->recv_limit[ASSAY_TO_TARGET] = c->params.target_max_recv;
	c->recv_limit[ASSAY_TO_INITIATOR] = c->params.initiator_max_recv;
	if (!s)
		return;
	reinstate(e);
	if (c->leading) {
		s->tsih = e->pdu->tsih;
		s->params = c->params;
		s->params_known = c->params_known;
		watch_company(s);
	}
	if (!watch_session_has_cid(s, c->cid)) {
		if (s->cid_count < WATCH_CIDS)
			s->cids[s->cid_count] = c->cid;
		s->cid_count++;
	}
	rules_connection_added(e);
	rules_keys_restart(&c->keys);
}

/* One response a request; those that came too early may get theirs, too. */
static bool answers(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	if (c->login.pending) {
		c->login.pending--;
	} else if (c->login.extra) {
		c->login.extra--;
	} else {
		FOUND(e, LOGIN_ONE_RESPONSE, ("no Login Response without a request"), ("one"));
		c->stat_other_known = true;
		c->stat_other = e->pdu->stat_sn + 1;
		if (assay_sn_gt(c->stat_other, c->stat_limit))
			c->stat_limit = c->stat_other;
		return false;
	}
	return true;
}

void rules_login_response(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_login *l = &c->login;
	const struct assay_pdu *pdu = e->pdu;
	bool stage_ends = moves(e), ends = stage_ends && pdu->nsg == ASSAY_STAGE_FULL_FEATURE;

	if (!answers(e))
		return;
	status(e);
	if (!c->broken)
		echoed(e);
	if (pdu->status_class) {
		refusal(e);
		return;
	}
	rules_response_numbers(e);
	if (!l->responses && c->leading && !c->broken && e->s && pdu->exp_cmd_sn != l->request.cmd_sn)
		FOUND(e, EXPCMDSN_LOGIN, ("ExpCmdSN %u, the CmdSN of the login", l->request.cmd_sn),
			("ExpCmdSN %u", pdu->exp_cmd_sn));
	if (!c->broken) {
		stage(e);
		version(e);
		if (stage_ends || !pdu->transit)
			tsih(e, ends);
		rules_keys_continue(e, l->request.cont);
	}
	rules_keys(e, key_stage(e), pdu->cont && !pdu->transit);
	if (!c->broken)
		portal_group_tag(e);
	if (!pdu->cont && !l->request.cont)
		rules_auth_response(e);
	if (stage_ends)
		rules_keys_end(e, RULE_LOGIN_TRANSIT_OFFER);
	l->response = *pdu;
	l->responses++;
	c->keys.rounds++;
	if (stage_ends) {
		l->stage = pdu->nsg;
		l->stage_unsure = false;
	} else if (pdu->transit) {
		lost(e);
	} else if (pdu->tsih && !l->request.tsih && l->request.transit &&
		   l->request.nsg == ASSAY_STAGE_FULL_FEATURE) {
		over(e); /* it gives a TSIH as if it was */
	}
	if (ends)
		final(e);
}
