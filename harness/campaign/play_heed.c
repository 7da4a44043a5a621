/*
 * play_heed.c - what answers and requests mean for the connection that they are on: which phase it is in, which tags wait, what was negotiated. It reads what came as it
 * stands and judges nothing; that is the rule engine's. RFC 7143 sections 6.3, 11.4 to 11.19, 12.1 (CHAP).
 */
#include <string.h>

#include "campaign/play_internal.h"
#include "codec/lun.h"

/* ---- what waits for an answer ---- */

static bool is_answered(const struct assay_pdu *bhs)
{
	switch (bhs->opcode) {
	case ASSAY_LOGIN_REQUEST: return true;
	case ASSAY_NOP_OUT:
	case ASSAY_SCSI_COMMAND:
	case ASSAY_TASK_MANAGEMENT_REQUEST:
	case ASSAY_TEXT_REQUEST:
	case ASSAY_LOGOUT_REQUEST: return bhs->itt != ASSAY_TAG_RESERVED;
	default: return false;
	}
}

static void block(struct play_connection *k, uint32_t itt, bool blocked)
{
	for (unsigned n = 0; n < k->pending_count; n++)
		if (k->pending[n].itt == itt && k->pending[n].opcode == ASSAY_SCSI_COMMAND)
			k->pending[n].blocked = blocked;
}

bool play_waits(const struct play_connection *k)
{
	for (unsigned n = 0; n < k->pending_count; n++)
		if (!k->pending[n].blocked)
			return true;
	return false;
}

void play_note_sent(struct play_connection *k, const struct assay_pdu *bhs)
{
	k->opcode = bhs->opcode;
	if (bhs->opcode == ASSAY_DATA_OUT && bhs->final)
		block(k, bhs->itt, false);
	if (!is_answered(bhs) || k->pending_count == PLAY_PENDING)
		return;
	k->pending[k->pending_count].itt = bhs->itt;
	k->pending[k->pending_count].blocked = false;
	k->pending[k->pending_count++].opcode = bhs->opcode;
}

static void answered(struct play_connection *k, uint32_t itt, bool login)
{
	for (unsigned n = 0; n < k->pending_count; n++) {
		if ((k->pending[n].opcode == ASSAY_LOGIN_REQUEST) != login ||
			(!login && k->pending[n].itt != itt))
			continue;
		k->pending_count--;
		memmove(&k->pending[n], &k->pending[n + 1], (k->pending_count - n) * sizeof(k->pending[0]));
		return;
	}
}

/* A function was done: what it aborted has no answer, and what it did not need not be waited for. */
static void commands_ended(struct play_connection *k)
{
	unsigned kept = 0;

	for (unsigned n = 0; n < k->pending_count; n++)
		if (k->pending[n].opcode != ASSAY_SCSI_COMMAND)
			k->pending[kept++] = k->pending[n];
	k->pending_count = kept;
}

static void heed_reject(struct play_connection *k, const struct assay_pdu *pdu)
{
	struct assay_pdu refused;

	if (pdu->data_length < ASSAY_BHS_LENGTH)
		return;
	assay_pdu_decode_bhs(&refused, pdu->data);
	answered(k, refused.itt, refused.opcode == ASSAY_LOGIN_REQUEST);
}

/* ---- login ---- */

static bool value_is(const struct play_connection *k, const char *key, const char *value)
{
	struct assay_pair pair;

	return assay_text_find(&pair, k->answer, k->answer_length, key) == 1 && assay_value_is(&pair, value);
}

static uint32_t number_of(const struct play_connection *k, const char *key, uint32_t otherwise)
{
	struct assay_pair pair;
	uint64_t number;

	if (assay_text_find(&pair, k->answer, k->answer_length, key) == 1 &&
		assay_value_number(&number, pair.value, pair.value_length) == 0 && number <= UINT32_MAX)
		return (uint32_t)number;
	return otherwise;
}

static bool says(const struct play_connection *k, const char *key)
{
	struct assay_pair pair;

	return assay_text_find(&pair, k->answer, k->answer_length, key) == 1;
}

/* What the target agreed to: what it says is what it must keep to, whatever was asked. */
static void heed_keys(struct play_connection *k)
{
	struct assay_params *params = &k->i->negotiation.params;

	if (says(k, "HeaderDigest"))
		params->header_digest = value_is(k, "HeaderDigest", "CRC32C");
	if (says(k, "DataDigest"))
		params->data_digest = value_is(k, "DataDigest", "CRC32C");
	if (says(k, "ImmediateData"))
		k->immediate_data = value_is(k, "ImmediateData", "Yes");
	if (says(k, "InitialR2T"))
		k->unsolicited = value_is(k, "InitialR2T", "No");
	params->target_max_recv = number_of(k, "MaxRecvDataSegmentLength", params->target_max_recv);
	k->recovery = (uint8_t)number_of(k, "ErrorRecoveryLevel", k->recovery);
	k->connections = number_of(k, "MaxConnections", k->connections);
}

/* The pairs that answer a challenge; none where there is no challenge in order. */
static void heed_chap(struct assay_player *p, struct play_connection *k)
{
	char first[64];
	struct assay_text text;

	if (!says(k, "CHAP_C") || !p->profile->setup.chap_account.name)
		return;
	k->chap = (struct assay_chap){ .algorithms = "5", .mine = p->profile->setup.chap_account };
	assay_text_init(&text, first, sizeof(first));
	if (assay_chap_begin(&k->chap, &text) < 0)
		return;
	assay_text_init(&text, k->reply, sizeof(k->reply));
	k->reply_length = assay_chap_take(&k->chap, &text, k->answer, k->answer_length, NULL) < 0
				  ? 0
				  : text.length;
}

static void enter_full(struct assay_player *p, struct play_connection *k, const struct assay_pdu *pdu)
{
	struct assay_initiator *i = k->i;
	const struct assay_params *params = &i->negotiation.params;

	k->phase = k->discovery ? ASSAY_STATE_DISCOVERY : ASSAY_STATE_FULL;
	p->entered = p->entered || (k != &p->sentinel && !k->discovery);
	if (i->session->tsih == 0)
		i->session->tsih = pdu->tsih;
	i->send_digests = i->recv_digests = (params->header_digest ? ASSAY_HEADER_DIGEST : 0u) |
					    (params->data_digest ? ASSAY_DATA_DIGEST : 0u);
	i->full_feature = true;
	/* What went out before it was known that digests are in force is cut in another way by the target. */
	if (i->send_digests && (k->used_since_login || !assay_cutter_aligned(&k->cutter))) {
		k->lost = true;
		assay_tap_gap(p->tap, i->connection, ASSAY_TO_TARGET);
	}
}

static void heed_login(struct assay_player *p, struct play_connection *k, const struct assay_pdu *pdu)
{
	size_t room = sizeof(k->answer) - k->answer_length;
	size_t length = pdu->data_length < room ? pdu->data_length : room;

	answered(k, pdu->itt, true);
	k->more = false;
	if (pdu->status_class) {
		k->refused = true;
		k->phase = ASSAY_STATE_ENDED;
		return;
	}
	if (length)
		memcpy(k->answer + k->answer_length, pdu->data, length);
	k->answer_length += length;
	k->more = !pdu->transit || pdu->nsg != ASSAY_STAGE_FULL_FEATURE;
	if (pdu->cont)
		return;
	heed_keys(k);
	heed_chap(p, k);
	k->answer_length = 0;
	if (k->phase == ASSAY_STATE_FULL || k->phase == ASSAY_STATE_DISCOVERY)
		return; /* that is the rules' business */
	if (!k->more)
		enter_full(p, k, pdu);
	else
		k->phase = (pdu->transit ? pdu->nsg : pdu->csg) == ASSAY_STAGE_SECURITY
				   ? ASSAY_STATE_SECURITY
				   : ASSAY_STATE_OPERATIONAL;
}

/* ---- all others ---- */

static struct play_tag tag_of(const struct assay_pdu *pdu)
{
	return (struct play_tag){ .there = pdu->ttt != ASSAY_TAG_RESERVED,
		.has_lun = true,
		.ttt = pdu->ttt,
		.lun = pdu->lun,
		.offset = pdu->buffer_offset,
		.length = pdu->desired_data_transfer_length };
}

static void heed_kind(struct assay_player *p, struct play_connection *k, const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_LOGIN_RESPONSE: heed_login(p, k, pdu); break;
	case ASSAY_REJECT: heed_reject(k, pdu); break;
	case ASSAY_R2T:
		k->r2t = tag_of(pdu);
		block(k, pdu->itt, true);
		break;
	case ASSAY_DATA_IN:
		if (pdu->status_present)
			answered(k, pdu->itt, false);
		break;
	case ASSAY_NOP_IN:
		if (pdu->itt == ASSAY_TAG_RESERVED)
			k->ping = tag_of(pdu);
		else
			answered(k, pdu->itt, false);
		break;
	case ASSAY_TEXT_RESPONSE:
		k->more = !pdu->final;
		k->text = tag_of(pdu);
		answered(k, pdu->itt, false);
		break;
	case ASSAY_LOGOUT_RESPONSE:
		k->refused = true;
		answered(k, pdu->itt, false);
		break;
	case ASSAY_SCSI_RESPONSE: answered(k, pdu->itt, false); break;
	case ASSAY_TASK_MANAGEMENT_RESPONSE:
		answered(k, pdu->itt, false);
		if (pdu->response == 0)
			commands_ended(k);
		break;
	default: break;
	}
}

static void move_to(struct assay_player *p, struct play_connection *k, const struct assay_state *to)
{
	if (assay_state_graph_add(p->states, &k->state, to))
		p->played->new_edges++;
	k->state = *to;
	p->played->last = *to;
}

void play_heed(struct assay_player *p, struct play_connection *k, const struct assay_pdu *pdu)
{
	struct assay_state to;

	if (pdu->bad_digests)
		return;
	heed_kind(p, k, pdu);
	if (k == &p->sentinel || play_is_a_life(pdu))
		return;
	assay_state_of(&to, k->phase, k->opcode, pdu->opcode, pdu);
	move_to(p, k, &to);
}

void play_heed_end(struct assay_player *p, struct play_connection *k, bool reset)
{
	struct assay_state to;

	k->open = false;
	k->pending_count = 0;
	k->r2t.there = k->text.there = k->ping.there = k->more = false;
	if (k == &p->sentinel)
		return;
	assay_state_of(&to, k->phase, k->opcode, reset ? ASSAY_STATE_RESET : ASSAY_STATE_CLOSED, NULL);
	move_to(p, k, &to);
	k->phase = ASSAY_STATE_ENDED;
}
