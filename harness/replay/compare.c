/* compare.c - two PDUs beside each other, field by field; see compare.h. What must be the same stands in masks.def and nowhere else. RFC 7143 section 11. */
#include "replay/compare.h"

#include <inttypes.h>
#include <string.h>

#include "codec/layout.h"
#include "codec/listing.h"
#include "proto/keys.h"
#include "replay/compare_private.h"

#define ANY       64 /* no opcode has that value */
#define ASSAY_ANY ANY

static const struct {
	uint8_t type;
	uint8_t how;
	uint16_t member; /* its place in struct assay_pdu, which is what tells a field */
} masks_of[] = {
#define MASK(type, member, how, why) { ASSAY_##type, how, offsetof(struct assay_pdu, member) },
#include "replay/masks.def"
};

enum how assay_replay_how(uint8_t type, const struct assay_field *field)
{
	enum how how = UNSAID;

	for (size_t i = 0; i < sizeof(masks_of) / sizeof(masks_of[0]); i++)
		if (masks_of[i].member == field->offset) {
			if (masks_of[i].type == type)
				return (enum how)masks_of[i].how;
			if (masks_of[i].type == ANY)
				how = (enum how)masks_of[i].how;
		}
	return how;
}

/* ---- differences ---- */

/* What came from a peer, in one line. */
static void put(char *out, size_t capacity, const char *text)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < capacity; i++)
		out[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	out[i] = '\0';
	if (text[i] && capacity > 4)
		memcpy(out + capacity - 4, "...", 4);
}

int assay_replay_differ(struct assay_replay_differences *out, bool counts, const char *what,
	const char *captured, const char *live)
{
	struct assay_replay_difference *d;

	out->counting += counts;
	if (out->count == ASSAY_REPLAY_DIFFERENCES) {
		out->more++;
		return counts;
	}
	d = &out->difference[out->count++];
	put(d->what, sizeof(d->what), what);
	put(d->captured, sizeof(d->captured), captured);
	put(d->live, sizeof(d->live), live);
	d->counts = counts;
	return counts;
}

bool assay_replay_is_ignored(const struct comparison *c, const char *name)
{
	const char *const *at = c->masks ? c->masks->ignored : NULL;

	for (; at && *at; at++)
		if (!strcmp(*at, name))
			return true;
	return false;
}

bool assay_replay_can_ignore(const char *name)
{
	bool key = assay_key_find(name, strlen(name)) != ASSAY_KEY_UNKNOWN || !strncmp(name, "X-", 2) ||
		   !strncmp(name, "X#", 2);

	for (size_t i = 0; !key && i < sizeof(assay_opcodes); i++)
		key = assay_layout_find(assay_opcodes[i], name) != NULL;
	return key || !strcmp(name, "sense");
}

/* ---- fields ---- */

static uint64_t field_of(const struct assay_pdu *pdu, const struct assay_field *field)
{
	return assay_field_get(pdu, field);
}

/* Both echo, or both do not; what no request stands behind is its sender's choice. */
static bool same_echo(const struct comparison *c, const struct assay_field *field)
{
	const struct assay_pdu *captured = c->exchange ? c->exchange->captured_request : NULL;
	const struct assay_pdu *live = c->exchange ? c->exchange->live_request : NULL;

	if (captured && live)
		return (field_of(c->captured, field) == field_of(captured, field)) ==
		       (field_of(c->live, field) == field_of(live, field));
	return field->size != 4 || (field_of(c->captured, field) == ASSAY_TAG_RESERVED) ==
					   (field_of(c->live, field) == ASSAY_TAG_RESERVED);
}

static bool same(const struct comparison *c, const struct assay_field *field, enum how how)
{
	uint64_t captured = field_of(c->captured, field), live = field_of(c->live, field);

	switch (how) {
	case MAPPED: return same_echo(c, field);
	case RESERVED: return (captured == ASSAY_TAG_RESERVED) == (live == ASSAY_TAG_RESERVED);
	case ZERO: return !captured == !live;
	case IGNORED: return true;
	default: break;
	}
	if (field->offset == offsetof(struct assay_pdu, cdb))
		return !memcmp(c->captured->cdb, c->live->cdb, sizeof(c->live->cdb));
	return captured == live;
}

/* Fields that say something only beside others. member: their place in the struct. */
static bool says(const struct assay_pdu *pdu, size_t member)
{
	switch (member) {
	case offsetof(struct assay_pdu, nsg):
		return pdu->transit && !(pdu->opcode == ASSAY_LOGIN_RESPONSE && pdu->status_class);
	case offsetof(struct assay_pdu, csg):
	case offsetof(struct assay_pdu, transit):
	case offsetof(struct assay_pdu, version_active):
	case offsetof(struct assay_pdu, tsih): /* section 11.13.5: not valid where the login failed */
		return !(pdu->opcode == ASSAY_LOGIN_RESPONSE && pdu->status_class);
	case offsetof(struct assay_pdu, residual_count): return pdu->overflow || pdu->underflow;
	case offsetof(struct assay_pdu, bidi_residual_count):
		return pdu->bidi_overflow || pdu->bidi_underflow;
	case offsetof(struct assay_pdu, status): return !pdu->response; /* section 11.4.3 */
	default: return true;
	}
}

/* A CDB's operation code says little where its arguments differ. */
static void put_cdb(char *out, size_t capacity, const struct assay_pdu *pdu)
{
	size_t used = (size_t)snprintf(out, capacity, "%s:", assay_cdb_name(pdu->cdb[0]));

	for (size_t i = 0; i < sizeof(pdu->cdb) && used < capacity; i++)
		used += (size_t)snprintf(out + used, capacity - used, " %02x", pdu->cdb[i]);
}

static void value_of(char *out, size_t capacity, const struct comparison *c, const struct assay_pdu *pdu,
	const struct assay_layout_entry *e, enum how how)
{
	const struct assay_field *field = assay_field_at(e->field);
	const struct assay_pdu *request = !c->exchange         ? NULL
					  : pdu == c->captured ? c->exchange->captured_request
							       : c->exchange->live_request;
	size_t used;

	if (field->offset == offsetof(struct assay_pdu, cdb)) {
		put_cdb(out, capacity, pdu);
		return;
	}
	used = assay_listing_value(out, capacity, pdu, e->field);
	if (how == MAPPED && request && used < capacity)
		snprintf(out + used, capacity - used, ", %s",
			field_of(pdu, field) == field_of(request, field) ? "the request's"
									 : "not the request's");
}

static int compare_field(struct comparison *c, const struct assay_layout_entry *e)
{
	const struct assay_field *field = assay_field_at(e->field);
	enum how how = assay_replay_how(c->type, field);
	char captured[160], live[160];

	if (!says(c->captured, field->offset) && !says(c->live, field->offset))
		return 0;
	if (same(c, field, how) || assay_replay_is_ignored(c, field->name))
		return 0;
	value_of(captured, sizeof(captured), c, c->captured, e, how);
	value_of(live, sizeof(live), c, c->live, e, how);
	return assay_replay_differ(c->out, how != NOTED, field->name, captured, live);
}

static int compare_fields(struct comparison *c)
{
	const struct assay_layout *layout = assay_layout_of(c->type);
	int counting = 0;

	for (size_t i = 0; i < layout->count; i++)
		if (assay_field_at(layout->entries[i].field)->offset != offsetof(struct assay_pdu, opcode))
			counting += compare_field(c, &layout->entries[i]);
	return counting;
}

/* ---- what a data segment holds ---- */

/* A ping's data comes back as it was sent, cut or not, on both sides alike. */
static int compare_ping(struct comparison *c)
{
	char captured[48], live[48];

	if (c->captured->itt == ASSAY_TAG_RESERVED && c->captured->opcode == ASSAY_NOP_IN)
		return 0; /* a target's own ping: its data is its own */
	if (c->captured->data_length == c->live->data_length &&
		(!c->live->data_length || !memcmp(c->captured->data, c->live->data, c->live->data_length)))
		return 0;
	snprintf(captured, sizeof(captured), "%" PRIu32 " bytes", c->captured->data_length);
	snprintf(live, sizeof(live), "%" PRIu32 " bytes%s", c->live->data_length,
		c->captured->data_length == c->live->data_length ? ", with another content" : "");
	return assay_replay_differ(c->out, true, "ping data", captured, live);
}

/* Which request was rejected: that much of the header in it. */
static int compare_rejected(struct comparison *c)
{
	const struct assay_pdu *both[2] = { c->captured, c->live };
	uint8_t opcode[2];
	char text[2][48];

	for (unsigned i = 0; i < 2; i++) {
		opcode[i] = both[i]->data_length ? both[i]->data[0] & 0x3f : ANY;
		snprintf(text[i], sizeof(text[i]), "%s",
			opcode[i] == ANY               ? "none"
			: assay_opcode_name(opcode[i]) ? assay_opcode_name(opcode[i])
						       : "an opcode that is not defined");
	}
	return opcode[0] == opcode[1] ? 0
				      : assay_replay_differ(c->out, true, "rejected PDU", text[0], text[1]);
}

static int compare_segment(struct comparison *c)
{
	switch (c->type) {
	case ASSAY_LOGIN_REQUEST:
	case ASSAY_LOGIN_RESPONSE:
	case ASSAY_TEXT_REQUEST:
	case ASSAY_TEXT_RESPONSE: return assay_replay_compare_text(c);
	case ASSAY_SCSI_RESPONSE:
	case ASSAY_ASYNC_MESSAGE: return assay_replay_compare_sense(c);
	case ASSAY_NOP_IN:
	case ASSAY_NOP_OUT: return compare_ping(c);
	case ASSAY_REJECT: return compare_rejected(c);
	default: return 0;
	}
}

static bool has_status(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_SCSI_RESPONSE || (pdu->opcode == ASSAY_DATA_IN && pdu->status_present);
}

int assay_replay_compare(struct assay_replay_differences *out, const struct assay_pdu *captured,
	const struct assay_pdu *live, const struct assay_replay_masks *masks,
	const struct assay_replay_exchange *exchange)
{
	struct comparison c = { .out = out,
		.captured = captured,
		.live = live,
		.masks = masks,
		.exchange = exchange,
		.type = captured->opcode };
	char text[2][160];

	if (has_status(captured) && has_status(live)) {
		c.type = ASSAY_SCSI_RESPONSE;
	} else if (captured->opcode != live->opcode) {
		assay_listing_brief(text[0], sizeof(text[0]), captured);
		assay_listing_brief(text[1], sizeof(text[1]), live);
		return assay_replay_differ(out, true, "type", text[0], text[1]);
	}
	return compare_fields(&c) + compare_segment(&c);
}
