/* discovery.c - the answer to SendTargets. RFC 7143 appendix C and section 13.8. */
#include <stdio.h>
#include <string.h>

#include "target/machine.h"

static bool put(struct assay_tgt_buffer *out, const char *key, const char *value)
{
	return assay_tgt_buffer_add(out, key, strlen(key), ASSAY_TGT_ANSWER_MAX) &&
	       assay_tgt_buffer_add(out, "=", 1, ASSAY_TGT_ANSWER_MAX) &&
	       assay_tgt_buffer_add(out, value, strlen(value) + 1, ASSAY_TGT_ANSWER_MAX);
}

/* A portal that listens everywhere is announced under the address that the initiator used; NULL: it is of the other family, and nobody knows ours there. */
static const char *host_of(const struct assay_target_conn *c, const struct assay_tgt_portal *portal)
{
	bool four = strcmp(portal->host, "0.0.0.0") == 0, six = strcmp(portal->host, "::") == 0;

	if ((!four && !six) || !c->local[0])
		return portal->host;
	return six == (strchr(c->local, ':') != NULL) ? c->local : NULL;
}

static bool put_address(const struct assay_target_conn *c, struct assay_tgt_buffer *out,
	const struct assay_tgt_portal *portal)
{
	const char *host = host_of(c, portal);
	bool six = host && strchr(host, ':');
	unsigned port = portal->port + assay_tgt_defective(c->target, ASSAY_DEFECT_ADDRESS_WRONG_PORT);
	char text[ASSAY_HOST_MAX + 32];

	if (!host)
		return true;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_ADDRESS_NO_TPGT))
		snprintf(text, sizeof(text), "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "", port);
	else
		snprintf(text, sizeof(text), "%s%s%s:%u,%u", six ? "[" : "", host, six ? "]" : "", port,
			portal->tpgt);
	return put(out, "TargetAddress", text);
}

/* A record: the name, and every portal that leads to it. A target without one is not shown. */
static bool put_node(
	const struct assay_target_conn *c, struct assay_tgt_buffer *out, const struct assay_tgt_node *node)
{
	const struct assay_target *t = c->target;
	bool named = false, ok = true;

	for (unsigned i = 0; ok && i < t->portal_count; i++) {
		if (!assay_tgt_node_has_portal(node, &t->portals[i]))
			continue;
		if (!named && assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_ADDRESS_FIRST))
			ok = put_address(c, out, &t->portals[i]);
		if (!named)
			ok = named = ok && put(out, "TargetName", node->name);
		if (assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_OTHER_KEYS))
			ok = ok && put(out, "TargetAlias", "disk");
		ok = ok && put_address(c, out, &t->portals[i]);
		if (assay_tgt_defective(t, ASSAY_DEFECT_ADDRESSES_INCOMPLETE))
			break;
	}
	return ok;
}

static bool visible(const struct assay_target_conn *c, const struct assay_tgt_node *node)
{
	if ((node->acl || node->acl_address) &&
		assay_tgt_defective(c->target, ASSAY_DEFECT_ACL_HIDES_FROM_ALL))
		return false;
	return assay_tgt_node_admits(c, node, c->session->params.initiator_name);
}

unsigned assay_tgt_send_targets(
	struct assay_target_conn *c, struct assay_tgt_buffer *out, const struct assay_pair *pair)
{
	const struct assay_tgt_session *s = c->session;
	const struct assay_target *t = c->target;
	bool discovery = s->params.discovery, all = assay_value_is(pair, "All"), ok = true;
	const struct assay_tgt_node *node = s->node;

	if (assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_CASE_INSENSITIVE) && pair->value_length == 3)
		all = strncasecmp(pair->value, "all", 3) == 0;
	if (assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_NAME_IGNORED) && pair->value_length)
		all = true;
	if (assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_EMPTY_SHOWS_ALL) && !pair->value_length)
		all = true;
	if (assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_SHOWS_NONE))
		return 0;

	if (all && !discovery && pair->value_length &&
		!assay_tgt_defective(c->target, ASSAY_DEFECT_SENDTARGETS_ALL_IN_NORMAL))
		return ASSAY_TGT_PROTOCOL_ERROR;
	if (all) {
		for (node = c->target->nodes; ok && node; node = node->next)
			ok = !visible(c, node) || put_node(c, out, node);
		return ok ? 0 : ASSAY_TGT_LONG_OPERATION;
	}
	if (pair->value_length && assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_BY_NAME_EMPTY))
		return 0;
	if (pair->value_length) {
		node = assay_tgt_node_find(c->target, pair->value, pair->value_length);
		if (!discovery && node != s->node)
			node = NULL; /* a normal session speaks of its own target only */
	}
	if (node && visible(c, node))
		ok = put_node(c, out, node);
	return ok ? 0 : ASSAY_TGT_LONG_OPERATION;
}
