/*
 * encode.c - bytes of a step: what is right, then what the changes make of it, then digests over that. Nothing is judged and nothing refused; what is too long for
 * the room is cut. RFC 7143 section 11.
 */
#include "campaign/encode.h"

#include <string.h>

#include "campaign/encode_change.h"
#include "codec/bytes.h"
#include "codec/digest.h"

/* ---- text ---- */

static size_t put(uint8_t *out, size_t at, const char *bytes, size_t length)
{
	if (length > ASSAY_WIRE_DATA - at)
		length = ASSAY_WIRE_DATA - at;
	memcpy(out + at, bytes, length);
	return at + length;
}

/* What stands in braces. Moves *text behind it; returns false for a brace that is only a brace. */
static bool place(
	size_t *at, uint8_t *out, const char **text, const char *end, const struct assay_live_values *live)
{
	const struct {
		const char *name, *value;
	} places[] = { { "{initiator}", live->initiator_name }, { "{target}", live->target_name },
		{ "{chap-target}", live->chap_target } };

	for (size_t n = 0; n < sizeof(places) / sizeof(places[0]); n++) {
		size_t length = strlen(places[n].name);

		if ((size_t)(end - *text) < length || memcmp(*text, places[n].name, length))
			continue;
		*text += length;
		*at = put(out, *at, places[n].value, strlen(places[n].value));
		return true;
	}
	if (end - *text >= 6 && !memcmp(*text, "{chap}", 6)) {
		*text += 6;
		*at = put(out, *at, live->chap, live->chap_length);
		return true;
	}
	return false;
}

/* Names stand first. */
static const char *behind_names(const char *text, const char *end)
{
	static const char *const names[] = { "InitiatorName=", "SessionType=", "TargetName=" };

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		size_t length = strlen(names[n]);

		if ((size_t)(end - text) < length || memcmp(text, names[n], length))
			continue;
		text = memchr(text, 0, (size_t)(end - text));
		text = text ? text + 1 : end;
	}
	return text;
}

static uint32_t expand(
	uint8_t *out, const uint8_t *template, uint32_t length, const struct assay_live_values *live)
{
	const char *text = (const char *)template, *end = text + length;
	size_t at = 0;

	if (live->named)
		text = behind_names(text, end);
	while (text < end) {
		const char *brace = memchr(text, '{', (size_t)(end - text));
		size_t plain = (size_t)((brace ? brace : end) - text);

		at = put(out, at, text, plain);
		text += plain;
		if (brace && !place(&at, out, &text, end, live))
			at = put(out, at, text++, 1);
	}
	return (uint32_t)at;
}

/* ---- what is right ---- */

static void fill_tag(struct assay_pdu *pdu, const struct assay_step *s, const struct assay_live_values *live)
{
	pdu->ttt = live->ttt;
	if (live->ttt_has_lun)
		pdu->lun = live->ttt_lun;
	if (!(s->live & ASSAY_LIVE_R2T))
		return;
	pdu->buffer_offset = live->r2t_offset;
	pdu->data_sn = live->r2t_sent;
	if (pdu->data_length > live->r2t_length)
		pdu->data_length = live->r2t_length;
	if (pdu->data_length > live->most)
		pdu->data_length = live->most;
	pdu->final = pdu->data_length == live->r2t_length;
}

static void fill(struct assay_working *w, struct assay_encoder *e, const struct assay_step *s,
	const struct assay_live_values *live)
{
	struct assay_pdu *pdu = &w->pdu;

	*pdu = s->pdu;
	if (s->live & ASSAY_LIVE_CMD_SN)
		pdu->cmd_sn = live->cmd_sn;
	if (s->live & ASSAY_LIVE_EXP_STAT_SN)
		pdu->exp_stat_sn = live->exp_stat_sn;
	if (s->live & ASSAY_LIVE_TSIH)
		pdu->tsih = live->tsih;
	if (s->live & ASSAY_LIVE_REF_CMD_SN)
		pdu->ref_cmd_sn = live->ref_cmd_sn;
	if (s->live & ASSAY_LIVE_LUN)
		pdu->lun = pdu->write || pdu->opcode == ASSAY_DATA_OUT ? live->write_lun : live->lun;
	if (s->live & ASSAY_LIVE_TTT)
		fill_tag(pdu, s, live);
	if (s->live & ASSAY_LIVE_TEXT)
		pdu->data_length = expand(e->data, s->pdu.data, s->pdu.data_length, live);
	else if (pdu->data_length)
		memcpy(e->data, s->pdu.data, pdu->data_length);
	if (pdu->ahs_length)
		memcpy(e->ahs, s->pdu.ahs, pdu->ahs_length);
	pdu->data = e->data;
	pdu->ahs = e->ahs;
	w->data = e->data;
	w->ahs = e->ahs;
}

/* ---- bytes ---- */

static size_t segment(uint8_t *out, size_t at, const uint8_t *bytes, size_t length)
{
	memcpy(out + at, bytes, length);
	memset(out + at + length, 0, assay_padded(length) - length);
	return at + assay_padded(length);
}

static size_t digest(uint8_t *out, size_t at, size_t from, bool wrong)
{
	assay_put_be32(out + at, assay_digest(out + from, at - from) ^ (wrong ? 0x01000000u : 0));
	return at + 4;
}

static size_t assemble(struct assay_encoder *e, struct assay_working *w, unsigned digests)
{
	const struct assay_pdu *pdu = &w->pdu;
	size_t at = ASSAY_BHS_LENGTH, data;

	assay_pdu_encode_bhs(e->bytes, pdu);
	assay_change_header(e->bytes, w);
	at = segment(e->bytes, at, w->ahs, pdu->ahs_length);
	if (digests & ASSAY_HEADER_DIGEST)
		at = digest(e->bytes, at, 0, w->wrong_header_digest);
	data = at;
	at = segment(e->bytes, at, w->data, pdu->data_length);
	if ((digests & ASSAY_DATA_DIGEST) && pdu->data_length)
		at = digest(e->bytes, at, data, w->wrong_data_digest);
	return at;
}

/* Keeps the splits in order, each once and within. */
static void split_at(struct assay_wire *wire, size_t at)
{
	unsigned n = wire->splits;

	if (n == ASSAY_WIRE_SPLITS || at == 0 || at >= wire->length)
		return;
	for (; n > 0 && wire->split[n - 1] >= at; n--)
		if (wire->split[n - 1] == at)
			return;
	memmove(&wire->split[n + 1], &wire->split[n], (wire->splits - n) * sizeof(wire->split[0]));
	wire->split[n] = at;
	wire->splits++;
}

/* What is changed of the way that it goes out. */
static void change_way(
	struct assay_wire *wire, const struct assay_change *change, struct assay_change_bounds *bounds)
{
	switch (change->kind) {
	case ASSAY_CHANGE_SPLIT:
		if (wire->length > 1)
			split_at(wire, 1 + assay_change_place(bounds, change, (uint32_t)wire->length - 1));
		break;
	case ASSAY_CHANGE_HALF_CLOSE:
	case ASSAY_CHANGE_RESET:
		wire->length = assay_change_place(bounds, change, (uint32_t)wire->length + 1);
		while (wire->splits && wire->split[wire->splits - 1] >= wire->length)
			wire->splits--;
		wire->end = change->kind == ASSAY_CHANGE_RESET ? ASSAY_WIRE_RESET : ASSAY_WIRE_HALF_CLOSED;
		break;
	default: break;
	}
}

void assay_case_encode(struct assay_wire *out, struct assay_encoder *e, const struct assay_case *c,
	unsigned step, const struct assay_live_values *live)
{
	struct assay_working w = { .header_changes = 0 };

	*out = (struct assay_wire){ .bytes = e->bytes };
	fill(&w, e, &c->steps[step], live);
	for (unsigned n = 0; n < c->change_count; n++)
		if (c->changes[n].step == step && !(c->cut.changes >> n & 1)) {
			out->changed = true;
			w.bounds = &e->bounds[n];
			assay_change_apply(&w, &c->changes[n]);
		}
	out->length = assemble(e, &w, live->digests);
	out->sync_lost = w.wrong_header_digest && (live->digests & ASSAY_HEADER_DIGEST);
	for (unsigned n = 0; out->changed && n < c->change_count; n++)
		if (c->changes[n].step == step && !(c->cut.changes >> n & 1))
			change_way(out, &c->changes[n], &e->bounds[n]);
}
