/*
 * security.c - the SecurityNegotiation stage: which method, and CHAP run by proto/chap.c. RFC 7143 sections 6.3.2, 9.2 and 12.1. Secrets stay in the
 * node's configuration and in no message.
 */
#include <string.h>

#include "target/machine.h"

#define CHALLENGE_LENGTH 32 /* bytes */

/* The secret of the account that the initiator names. */
static const char *find_secret(void *payload, const char *name, size_t length)
{
	const struct assay_target_conn *c = payload;
	const struct assay_tgt_node *node = c->login->node;

	if (length > strlen(node->in_name) && assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_USER_PREFIX))
		length = strlen(node->in_name);
	return strlen(node->in_name) == length && memcmp(node->in_name, name, length) == 0 ? node->in_secret
											   : NULL;
}

void assay_tgt_security_prepare(struct assay_target_conn *c)
{
	struct assay_tgt_login *l = c->login;

	if (!l->node || !l->node->in_name)
		return;
	l->chap = (struct assay_chap){ .target = true,
		.algorithms = "5,6,7,8",
		.mine = { l->node->out_name, l->node->out_secret },
		.lookup = find_secret,
		.payload = c,
		.challenge_length = CHALLENGE_LENGTH };
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_CHALLENGE_FIXED)) {
		memset(l->chap.challenge, 0x5a, CHALLENGE_LENGTH);
		return;
	}
	assay_tgt_random(c->target, &l->chap.id, sizeof(l->chap.id));
	assay_tgt_random(c->target, l->chap.challenge, CHALLENGE_LENGTH);
}

static bool has_chap_keys(const struct assay_tgt_login *l)
{
	struct assay_pair pair;
	size_t offset = 0;

	while (assay_text_next(&pair, &offset, l->text.bytes, l->text.length) == 1)
		if (pair.key_length > 5 && memcmp(pair.key, "CHAP_", 5) == 0)
			return true;
	return false;
}

static unsigned exchange(struct assay_target_conn *c, struct assay_text *answer)
{
	struct assay_tgt_login *l = c->login;
	int rc = assay_chap_take(&l->chap, answer, l->text.bytes, l->text.length, NULL);

	switch (assay_tgt_spoil_chap(c, answer, rc)) {
	case ASSAY_OK: l->authenticated = l->chap.state == ASSAY_CHAP_DONE; return 0;
	case ASSAY_E_AUTH:
		if (strcmp(l->chap.peer_name, l->node->in_name) != 0 &&
			assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_UNKNOWN_USER_TOLD))
			return 0x0203;
		return 0x0201;
	case ASSAY_E_PROTOCOL: return l->chap.missing ? 0x0207 : 0x0200;
	case ASSAY_E_SYNTAX: return 0x0200;
	default: return 0x0300;
	}
}

unsigned assay_tgt_security_text(struct assay_target_conn *c, struct assay_text *answer, bool transit)
{
	struct assay_tgt_login *l = c->login;
	const char *method = l->negotiation.params.auth_method;
	bool required = l->node && l->node->in_name;

	if (l->chap_selected)
		return exchange(c, answer);
	if (has_chap_keys(l)) /* the first step comes after the choice */
		return 0x0200;
	if (strcmp(method, "Reject") == 0)
		return 0x0201;
	l->chap_selected = required && strcmp(method, "CHAP") == 0;
	/* Nothing was offered, and the initiator wants to go on. */
	if (required && transit && !l->chap_selected &&
		!assay_tgt_defective(c->target, ASSAY_DEFECT_CHAP_SKIPPABLE))
		return 0x0201;
	return 0;
}
