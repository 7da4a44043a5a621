/*
 * login_text.c - what the text of a login says: who logs in to what (first request), keys to answer, keys of our own. RFC 7143 sections 6.3.1,
 * 11.13.5 (status codes) and 13. Judging single keys is proto/negotiation.c's, CHAP is security.c's.
 */
#include <stdio.h>
#include <string.h>

#include "target/machine.h"

/* Where the first request's TSIH leads. 0 or a status. */
static unsigned find_session(const struct assay_target_conn *c)
{
	const struct assay_tgt_login *l = c->login;
	const struct assay_tgt_session *s = assay_tgt_session_find(c->target, l, c->portal, true);

	if (!l->tsih || (s && assay_tgt_session_conn(s, l->cid)))
		return 0;
	if (s)
		return assay_tgt_session_full(s) ? 0x0206 : 0;
	for (s = c->target->sessions; s; s = s->next)
		if (s->tsih == l->tsih && s->isid == l->isid && s->node == l->node &&
			strcmp(s->params.initiator_name, l->initiator_name) == 0)
			return 0x0208; /* through another portal group */
	return assay_tgt_defective(c->target, ASSAY_DEFECT_TSIH_UNKNOWN_ACCEPTED) ||
			       assay_tgt_defective(c->target, ASSAY_DEFECT_TSIH_UNKNOWN_NEW)
		       ? 0
		       : 0x020a;
}

/* TargetName and SessionType of the first request. 0 or a status. */
static unsigned find_node(struct assay_target_conn *c)
{
	struct assay_tgt_login *l = c->login;
	const struct assay_tgt_portal *portal = &c->target->portals[c->portal];
	struct assay_pair pair;
	bool discovery = false;

	if (assay_text_find(&pair, l->text.bytes, l->text.length, "SessionType")) {
		discovery = assay_value_is(&pair, "Discovery");
		if (!discovery && !assay_value_is(&pair, "Normal") &&
			!assay_tgt_defective(c->target, ASSAY_DEFECT_SESSION_TYPE_UNCHECKED))
			return 0x0209;
		if (discovery && c->portal &&
			assay_tgt_defective(c->target, ASSAY_DEFECT_DISCOVERY_FIRST_PORTAL_ONLY))
			return 0x0209;
	}
	if (!assay_text_find(&pair, l->text.bytes, l->text.length, "TargetName"))
		return discovery ? 0 : 0x0207;
	l->node = assay_tgt_node_find(c->target, pair.value, pair.value_length);
	if (!l->node || !assay_tgt_node_has_portal(l->node, portal))
		return 0x0203;
	if (!assay_tgt_node_admits(c, l->node, l->initiator_name))
		return 0x0202;
	return 0;
}

static void prepare(struct assay_target_conn *c)
{
	struct assay_tgt_login *l = c->login;
	const struct assay_tgt_session *s;

	if (l->node)
		l->wants = l->node->wants;
	else
		assay_tgt_default_wants(&l->wants);
	snprintf(l->tpgt, sizeof(l->tpgt), "%u", c->target->portals[c->portal].tpgt);
	if (!assay_tgt_defective(c->target, ASSAY_DEFECT_TPGT_OMITTED))
		l->wants.value[ASSAY_KEY_TARGET_PORTAL_GROUP_TAG] = l->tpgt;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_NONE_CHOSEN))
		l->wants.value[ASSAY_KEY_AUTH_METHOD] = "None,CHAP";
	assay_negotiation_init(&l->negotiation, ASSAY_TARGET, &l->wants,
		l->tsih == 0 || assay_tgt_defective(c->target, ASSAY_DEFECT_LEADING_ONLY_UNCHECKED));
	s = l->tsih ? assay_tgt_session_find(c->target, l, c->portal, true) : NULL;
	if (s)
		assay_params_join(&l->negotiation.params, &s->params);
	assay_tgt_security_prepare(c);
	l->identified = true;
}

/* The good names that some defects refuse. */
static bool name_refused_wrongly(const struct assay_target *t, const char *name)
{
	if (assay_tgt_defective(t, ASSAY_DEFECT_NAME_LIMIT_64) && strlen(name) > 64)
		return true;
	return assay_tgt_defective(t, ASSAY_DEFECT_IQN_NAMES_ONLY) && strncmp(name, "iqn.", 4) != 0;
}

static unsigned identify(struct assay_target_conn *c)
{
	struct assay_tgt_login *l = c->login;
	struct assay_pair pair;
	unsigned status;

	if (!assay_text_find(&pair, l->text.bytes, l->text.length, "InitiatorName"))
		return 0x0207;
	if (assay_name_check(pair.value, pair.value_length, NULL) < 0)
		return 0x0200;
	assay_value_copy(l->initiator_name, sizeof(l->initiator_name), &pair);
	if (name_refused_wrongly(c->target, l->initiator_name))
		return 0x0200;
	status = find_node(c);
	if (!status)
		status = find_session(c);
	if (status)
		return status;
	prepare(c);
	if (l->stage == ASSAY_STAGE_OPERATIONAL && l->node && l->node->in_name &&
		!assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_SKIPPABLE))
		return 0x0201;
	return 0;
}

/* Keys that were said before may not be said again, and each has its stage (section 6.3). */
static int take_pairs(struct assay_target_conn *c, struct assay_text *made, enum assay_phase phase)
{
	struct assay_tgt_login *l = c->login;
	bool again = assay_tgt_defective(c->target, ASSAY_DEFECT_RENEGOTIATION_ACCEPTED),
	     anywhere = assay_tgt_defective(c->target, ASSAY_DEFECT_STAGE_OF_KEYS_UNCHECKED);

	if (assay_tgt_defective(c->target, ASSAY_DEFECT_HEXADECIMAL_REFUSED) && l->text.length &&
		memmem(l->text.bytes, l->text.length, "=0x", 3))
		return ASSAY_E_PROTOCOL;
	if (again || anywhere)
		return assay_tgt_take_loosely(&l->negotiation, made, &l->text, phase, again, anywhere);
	return assay_negotiation_take_text(&l->negotiation, made, l->text.bytes, l->text.length, phase, NULL);
}

unsigned assay_tgt_login_text(struct assay_target_conn *c, struct assay_text *answer, bool transit)
{
	struct assay_tgt_login *l = c->login;
	bool security = l->stage == ASSAY_STAGE_SECURITY;
	enum assay_phase phase = security ? ASSAY_PHASE_SECURITY : ASSAY_PHASE_OPERATIONAL;
	struct assay_text made;
	unsigned status = l->identified ? 0 : identify(c);
	int rc;

	if (status == 0x0207 && !transit && assay_tgt_defective(c->target, ASSAY_DEFECT_LOGIN_LATE_NAMES))
		return 0; /* perhaps the next request has them */
	/* The second half of the room is for answers as they are made, the first for what is said. */
	assay_text_init(&made, answer->buf + answer->capacity / 2, answer->capacity / 2);
	answer->capacity /= 2;
	if (!status)
		status = assay_tgt_spoil_request(c, answer);
	if (status)
		return status;
	rc = take_pairs(c, &made, phase);
	if (rc < 0 && assay_tgt_defective(c->target, ASSAY_DEFECT_SESSION_TYPE_UNCHECKED))
		rc = 0;
	if (rc >= 0)
		rc = assay_negotiation_declare_all(&l->negotiation, &made, phase);
	if (rc >= 0 && security)
		status = assay_tgt_security_text(c, &made, transit);
	if (rc >= 0)
		rc = assay_tgt_spoil_answer(c, answer, &made, &l->text);
	if (rc < 0)
		return rc == ASSAY_E_LIMIT ? 0x0302 : 0x0200;
	return status;
}
