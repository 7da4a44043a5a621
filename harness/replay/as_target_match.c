/* as_target_match.c - which captured request a live one is, and which connection: the next of its kind, the same in what it asks for if there is one. RFC 7143 section 11. */
#include <string.h>

#include "codec/text.h"
#include "replay/as_target_private.h"

#define BINDABLE                                                                                             \
	16 /* captured connections, the next ones, among which the one that a live connection begins like is looked for */

/* May it be that request at all, though it may differ from it? */
static bool is_alike(const struct assay_pdu *captured, const struct assay_pdu *live)
{
	if (captured->opcode != live->opcode)
		return false;
	switch (live->opcode) {
	case ASSAY_SCSI_COMMAND: return captured->cdb[0] == live->cdb[0];
	case ASSAY_NOP_OUT: return (captured->itt == ASSAY_TAG_RESERVED) == (live->itt == ASSAY_TAG_RESERVED);
	default: return true;
	}
}

static bool same_text(const struct assay_pdu *captured, const struct assay_pdu *live)
{
	return captured->data_length == live->data_length &&
	       (!live->data_length || !memcmp(captured->data, live->data, live->data_length));
}

/* Does it ask for the same? */
static bool is_same(const struct assay_pdu *captured, const struct assay_pdu *live)
{
	switch (live->opcode) {
	case ASSAY_SCSI_COMMAND:
		return captured->lun == live->lun && !memcmp(captured->cdb, live->cdb, sizeof(live->cdb));
	case ASSAY_LOGIN_REQUEST: return captured->csg == live->csg && captured->transit == live->transit;
	case ASSAY_TASK_MANAGEMENT_REQUEST: return captured->function == live->function;
	case ASSAY_LOGOUT_REQUEST: return captured->reason == live->reason;
	case ASSAY_TEXT_REQUEST: return same_text(captured, live);
	default: return true;
	}
}

uint32_t target_match(const struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	const struct assay_replay_target *t = k->t;
	uint32_t length = target_length(k), alike = ASSAY_SCRIPT_NONE;

	for (uint32_t n = k->cursor; n < length && n - k->cursor < TARGET_WINDOW; n++) {
		uint32_t item = target_item(k, n);
		const struct assay_script_item *i = &t->s->items[item];

		if (!target_is_request(i) || t->state[item] >= TARGET_GIVEN_UP || !is_alike(&i->pdu, pdu))
			continue;
		if (is_same(&i->pdu, pdu))
			return item;
		if (alike == ASSAY_SCRIPT_NONE)
			alike = item;
	}
	return alike;
}

/* ---- connections ---- */

static const struct assay_pdu *first_request(const struct assay_replay_target *t, uint32_t connection)
{
	for (uint32_t n = t->begins[connection]; n < t->begins[connection + 1]; n++)
		if (target_is_request(&t->s->items[t->order[n]]) && t->state[t->order[n]] != TARGET_SKIPPED)
			return &t->s->items[t->order[n]].pdu;
	return NULL;
}

/* Whose login is not in the capture begins like every login that is for a target. */
static bool is_login_for_a_target(const struct assay_pdu *pdu)
{
	struct assay_pair type;

	return pdu->opcode == ASSAY_LOGIN_REQUEST &&
	       !(pdu->data_length && assay_text_find(&type, pdu->data, pdu->data_length, "SessionType") &&
		       assay_value_is(&type, "Discovery"));
}

bool target_bind(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	struct assay_replay_target *t = k->t;
	uint32_t found = ASSAY_SCRIPT_NONE, looked = 0;

	for (uint32_t c = 0; c < t->s->connection_count && looked < BINDABLE; c++) {
		bool own = t->s->connections[c].mid_stream;
		const struct assay_pdu *first;

		if (!t->playable[c] || t->played[c])
			continue;
		looked++;
		first = first_request(t, c);
		if (own ? !is_login_for_a_target(pdu) : !is_alike(first, pdu))
			continue;
		if (found == ASSAY_SCRIPT_NONE)
			found = c;
		if (own || is_same(first, pdu)) {
			found = c;
			break;
		}
	}
	if (found == ASSAY_SCRIPT_NONE)
		return false;
	t->played[found] = true;
	t->counts.connections++;
	k->connection = found;
	if (t->at)
		t->at[t->s->connections[found].opened] = k->accepted;
	return true;
}
