/* strict.c - two PDUs of a target, all of them; see strict.h. RFC 7143 section 11. */
#include "replay/strict.h"

#include <inttypes.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/layout.h"
#include "codec/listing.h"
#include "replay/strict_text.h"

#define SAYS_NOTHING UINT32_MAX /* a step that there is nothing to reckon from */

/* ---- tags of the target's choice ---- */

/* Are both new, or both the ones that went together before? Then they do from now on. */
static bool pair_up(struct assay_strict_pair *pairs, size_t *count, uint64_t captured, uint64_t live)
{
	size_t kept = *count < ASSAY_STRICT_PAIRS ? *count : ASSAY_STRICT_PAIRS;

	for (size_t n = 0; n < kept; n++)
		if (pairs[n].value[0] == captured || pairs[n].value[1] == live)
			return pairs[n].value[0] == captured && pairs[n].value[1] == live;
	pairs[(*count)++ % ASSAY_STRICT_PAIRS] = (struct assay_strict_pair){ { captured, live } };
	return true;
}

static bool same_ttt(struct assay_strict *s, uint32_t captured, uint32_t live)
{
	if (captured == ASSAY_TAG_RESERVED || live == ASSAY_TAG_RESERVED || !captured || !live)
		return captured == live;
	return pair_up(s->ttts, &s->ttt_count, captured, live);
}

static bool same_tsih(struct assay_strict *s, uint16_t captured, uint16_t live)
{
	if (!captured || !live)
		return captured == live;
	return pair_up(s->tsihs, &s->tsih_count, captured, live);
}

/* ---- numbers ---- */

#define NEAR 8 /* StatSNs of two connections that are no further apart may be of one count */

/* StatSN goes on from the one before it on its connection, or is the very same in spite of it, or goes on from another connection's. 0 is what a PDU without one has. */
static bool same_stat_sn(const struct assay_strict *s, const struct assay_strict_line *line,
	const struct assay_strict_exchange *x)
{
	uint32_t captured = x->captured->stat_sn, live = x->live->stat_sn;

	if (!captured || !live || !line->stat_known)
		return !captured == !live;
	if (captured - line->stat_sn[0] == live - line->stat_sn[1] || captured == live)
		return true;
	return s->stat_known && captured - s->stat_sn[0] == live - s->stat_sn[1] &&
	       captured - s->stat_sn[0] + NEAR <= 2 * NEAR;
}

/* ExpCmdSN and MaxCmdSN, from the ExpCmdSN before, else from the request. */
static bool same_cmd_sn(const struct assay_strict_line *line, const struct assay_strict_exchange *x,
	uint32_t captured, uint32_t live)
{
	if (line->cmd_known)
		return captured - line->exp_cmd_sn[0] == live - line->exp_cmd_sn[1];
	if (x->captured_request && x->live_request)
		return captured - x->captured_request->cmd_sn == live - x->live_request->cmd_sn;
	return !captured == !live;
}

static void note_numbers(
	struct assay_strict *s, struct assay_strict_line *line, const struct assay_strict_exchange *x)
{
	if (x->captured->stat_sn && x->live->stat_sn) {
		s->stat_known = line->stat_known = true;
		s->stat_sn[0] = line->stat_sn[0] = x->captured->stat_sn;
		s->stat_sn[1] = line->stat_sn[1] = x->live->stat_sn;
	}
	if (assay_layout_find(x->captured->opcode, "ExpCmdSN")) {
		line->cmd_known = true;
		line->exp_cmd_sn[0] = x->captured->exp_cmd_sn;
		line->exp_cmd_sn[1] = x->live->exp_cmd_sn;
	}
}

/* ---- the header ---- */

static bool same_lun(const struct assay_strict_exchange *x)
{
	return x->captured->lun == x->live->lun ||
	       (x->lun_mapped && x->captured->lun == x->captured_lun && x->live->lun == x->live_lun);
}

static bool same_field(struct assay_strict *s, const struct assay_strict_line *line,
	const struct assay_strict_exchange *x, const struct assay_field *field)
{
	const struct assay_pdu *captured = x->captured, *live = x->live;

	switch (field->offset) {
	case offsetof(struct assay_pdu, data_segment_length): return true; /* what it holds is looked at */
	case offsetof(struct assay_pdu, itt): return captured->itt == x->itt || x->stray;
	case offsetof(struct assay_pdu, ttt): return same_ttt(s, captured->ttt, live->ttt);
	case offsetof(struct assay_pdu, tsih): return same_tsih(s, captured->tsih, live->tsih);
	case offsetof(struct assay_pdu, isid):
		return captured->isid == live->isid ||
		       (captured->isid == x->isid[0]) == (live->isid == x->isid[1]);
	case offsetof(struct assay_pdu, lun): return same_lun(x);
	case offsetof(struct assay_pdu, stat_sn): return same_stat_sn(s, line, x);
	case offsetof(struct assay_pdu, exp_cmd_sn):
		return same_cmd_sn(line, x, captured->exp_cmd_sn, live->exp_cmd_sn);
	case offsetof(struct assay_pdu, max_cmd_sn):
		return same_cmd_sn(line, x, captured->max_cmd_sn, live->max_cmd_sn);
	default: return assay_field_get(captured, field) == assay_field_get(live, field);
	}
}

/* How far a number of the session is from what it is reckoned from; SAYS_NOTHING for other fields. */
static uint32_t step_of(const struct assay_strict_line *line, const struct assay_strict_exchange *x,
	const struct assay_field *field, unsigned side)
{
	const struct assay_pdu *pdu = side ? x->live : x->captured;

	if (field->offset == offsetof(struct assay_pdu, stat_sn) && line->stat_known)
		return pdu->stat_sn - line->stat_sn[side];
	if (field->offset == offsetof(struct assay_pdu, exp_cmd_sn) && line->cmd_known)
		return pdu->exp_cmd_sn - line->exp_cmd_sn[side];
	if (field->offset == offsetof(struct assay_pdu, max_cmd_sn) && line->cmd_known)
		return pdu->max_cmd_sn - line->exp_cmd_sn[side];
	return SAYS_NOTHING;
}

static int differ_field(struct assay_replay_differences *out, const struct assay_strict_line *line,
	const struct assay_strict_exchange *x, const struct assay_layout_entry *e)
{
	const struct assay_field *field = assay_field_at(e->field);
	char text[2][96];

	for (unsigned side = 0; side < 2; side++) {
		uint32_t step = step_of(line, x, field, side);
		size_t used = assay_listing_value(
			text[side], sizeof(text[side]), side ? x->live : x->captured, e->field);

		if (step != SAYS_NOTHING && used < sizeof(text[side]))
			snprintf(text[side] + used, sizeof(text[side]) - used, " (%+" PRId32 ")",
				(int32_t)step);
	}
	return assay_replay_differ(out, true, field->name, text[0], text[1]);
}

/* Bits that no field has. */
static bool same_reserved(const struct assay_pdu *captured, const struct assay_pdu *live)
{
	const uint8_t *reserved = assay_layout_reserved(captured->opcode);

	for (unsigned n = 0; captured->bhs && live->bhs && n < ASSAY_BHS_LENGTH; n++)
		if ((captured->bhs[n] ^ live->bhs[n]) & reserved[n])
			return false;
	return true;
}

static int compare_header(struct assay_replay_differences *out, struct assay_strict *s,
	const struct assay_strict_line *line, const struct assay_strict_exchange *x)
{
	const struct assay_layout *layout = assay_layout_of(x->captured->opcode);
	int count = 0;

	for (size_t n = 0; n < layout->count; n++)
		if (!same_field(s, line, x, assay_field_at(layout->entries[n].field)))
			count += differ_field(out, line, x, &layout->entries[n]);
	if (!same_reserved(x->captured, x->live))
		count += assay_replay_differ(out, true, "reserved bits", "others", "others");
	if (x->captured->digests != x->live->digests)
		count += assay_replay_differ(out, true, "digests", "others are there", "others are there");
	if (x->captured->bad_digests != x->live->bad_digests)
		count += assay_replay_differ(out, true, "digests",
			x->captured->bad_digests ? "wrong" : "right",
			x->live->bad_digests ? "wrong" : "right");
	return count;
}

/* ---- segments ---- */

static bool same_bytes(const void *a, size_t a_length, const void *b, size_t b_length)
{
	return a_length == b_length && (!b_length || !memcmp(a, b, b_length));
}

/* What fills the last word of the data segment. */
static uint32_t padding_of(const struct assay_pdu *pdu)
{
	uint32_t padding = 0, length = assay_padded(pdu->data_length) - pdu->data_length;

	if (!pdu->wire || !pdu->data || pdu->data + pdu->data_length + length > pdu->wire + pdu->wire_length)
		return 0;
	memcpy(&padding, pdu->data + pdu->data_length, length);
	return padding;
}

/* The header in a Reject, but for what the replay wrote anew in the request: LUN or ISID, tags, numbers. */
static bool same_rejected(const struct assay_pdu *captured, const struct assay_pdu *live)
{
	static const struct {
		uint8_t from, to;
	} parts[] = { { 0, 8 }, { 34, ASSAY_BHS_LENGTH } };

	if (captured->data_length < ASSAY_BHS_LENGTH || live->data_length < ASSAY_BHS_LENGTH)
		return same_bytes(captured->data, captured->data_length, live->data, live->data_length);
	for (unsigned n = 0; n < sizeof(parts) / sizeof(parts[0]); n++)
		if (memcmp(captured->data + parts[n].from, live->data + parts[n].from,
			    parts[n].to - parts[n].from) != 0)
			return false;
	return same_bytes(captured->data + ASSAY_BHS_LENGTH, captured->data_length - ASSAY_BHS_LENGTH,
		live->data + ASSAY_BHS_LENGTH, live->data_length - ASSAY_BHS_LENGTH);
}

static int compare_segments(
	struct assay_replay_differences *out, struct assay_strict *s, const struct assay_strict_exchange *x)
{
	const struct assay_pdu *captured = x->captured, *live = x->live;
	char text[2][40];
	int count = 0;

	if (!same_bytes(captured->ahs, captured->ahs_length, live->ahs, live->ahs_length))
		count += assay_replay_differ(out, true, "additional headers", "others", "others");
	if (!padding_of(captured) != !padding_of(live))
		count += assay_replay_differ(out, true, "padding", padding_of(captured) ? "not zero" : "zero",
			padding_of(live) ? "not zero" : "zero");
	switch (captured->opcode) {
	case ASSAY_LOGIN_RESPONSE:
	case ASSAY_TEXT_RESPONSE: return count + assay_strict_text(out, s, x);
	case ASSAY_REJECT:
		if (same_rejected(captured, live))
			return count;
		break;
	default:
		if (same_bytes(captured->data, captured->data_length, live->data, live->data_length))
			return count;
		break;
	}
	snprintf(text[0], sizeof(text[0]), "%" PRIu32 " bytes", captured->data_length);
	snprintf(text[1], sizeof(text[1]), "%" PRIu32 " bytes%s", live->data_length,
		captured->data_length == live->data_length ? ", others" : "");
	return count + assay_replay_differ(out, true, "data", text[0], text[1]);
}

int assay_strict_compare(struct assay_replay_differences *out, struct assay_strict *s,
	struct assay_strict_line *line, const struct assay_strict_exchange *x)
{
	char text[2][160];
	int count;

	if (x->captured->opcode != x->live->opcode) {
		assay_listing_brief(text[0], sizeof(text[0]), x->captured);
		assay_listing_brief(text[1], sizeof(text[1]), x->live);
		return assay_replay_differ(out, true, "type", text[0], text[1]);
	}
	count = compare_header(out, s, line, x) + compare_segments(out, s, x);
	note_numbers(s, line, x);
	return count;
}
