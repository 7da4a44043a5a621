/*
 * send.c - requests, right by default, and any bytes at all: made, sent, counted, and shown to the tap before they leave.
 * It never waits for an answer or for the command window. RFC 7143 sections 4.2.2.1 and 11.
 */
#include <stdlib.h>
#include <string.h>

#include "initiator/internal.h"

#define PIECES_MAX (1 << 20) /* bytes of an unfinished PDU of ours that are held to judge it once whole */

/* What a request carries besides its opcode, so that it is right by default. */
static const struct request_default {
	uint8_t opcode;
	bool final, immediate, counted; /* counted: takes a CmdSN unless it is immediate */
	bool tagged; /* has an ITT of its own */
	bool no_ttt; /* has a Target Transfer Tag, with nothing to refer to */
} request_defaults[] = {
	{ ASSAY_NOP_OUT, true, false, true, true, true },
	{ ASSAY_SCSI_COMMAND, true, false, true, true, false },
	{ ASSAY_TASK_MANAGEMENT_REQUEST, true, true, true, true, false },
	{ ASSAY_LOGIN_REQUEST, false, true, false, true, false },
	{ ASSAY_TEXT_REQUEST, true, false, true, true, true },
	{ ASSAY_DATA_OUT, true, false, false, false, true },
	{ ASSAY_LOGOUT_REQUEST, true, true, true, true, false },
	{ ASSAY_SNACK_REQUEST, true, false, false, false, true },
};

static const struct request_default *default_of(uint8_t opcode)
{
	for (size_t n = 0; n < sizeof(request_defaults) / sizeof(request_defaults[0]); n++)
		if (request_defaults[n].opcode == opcode)
			return &request_defaults[n];
	return NULL;
}

void assay_make(struct assay_initiator *i, struct assay_pdu *out, enum assay_opcode opcode)
{
	const struct request_default *d = default_of((uint8_t)opcode);

	*out = (struct assay_pdu){
		.opcode = (uint8_t)opcode,
		.itt = ASSAY_TAG_RESERVED,
		.cmd_sn = i->session->cmd_sn,
		.exp_stat_sn = i->exp_stat_sn,
		.attr = opcode == ASSAY_SCSI_COMMAND ? ASSAY_ATTR_SIMPLE : 0,
		.rtt = ASSAY_TAG_RESERVED,
		.cid = i->cid,
		.isid = i->session->isid,
		.tsih = i->session->tsih,
		.final = d && d->final,
		.immediate = d && d->immediate,
	};
	if (d && d->tagged)
		out->itt = assay_session_tag(i->session);
	if (d && d->no_ttt)
		out->ttt = ASSAY_TAG_RESERVED;
}

void assay_numbers_sent(struct assay_session *s, const struct assay_pdu *pdu)
{
	const struct request_default *d = default_of(pdu->opcode);

	if (!d || !d->counted || pdu->immediate || pdu->cmd_sn != s->cmd_sn)
		return;
	s->cmd_sn++;
	if (pdu->opcode == ASSAY_SCSI_COMMAND) {
		s->recent[s->recent_next] = (struct assay_sent_command){ pdu->itt, pdu->cmd_sn };
		s->recent_next = (s->recent_next + 1) % (sizeof(s->recent) / sizeof(s->recent[0]));
	}
}

/* Keeps the start of a PDU whose rest is not sent yet. False when that is too much: then nothing can be cut any more. */
static bool hold_piece(struct assay_initiator *i, const uint8_t *bytes, size_t length)
{
	size_t needed = i->pieces_length + length;

	if (needed > PIECES_MAX)
		return false;
	if (needed > i->pieces_capacity) {
		uint8_t *grown = realloc(i->pieces, needed);

		if (!grown)
			return false;
		i->pieces = grown;
		i->pieces_capacity = needed;
	}
	memcpy(i->pieces + i->pieces_length, bytes, length);
	i->pieces_length = needed;
	return true;
}

/* Shows the tap bytes that are part of a PDU begun earlier, or begin one. */
static void show_pieces(struct assay_initiator *i, const uint8_t *bytes, size_t length, bool counting)
{
	struct assay_tap *tap = i->config->tap;
	struct assay_pdu pdu;
	size_t at = 0;
	long n;

	i->last_sent = assay_tap_piece(
		tap, i->connection, ASSAY_TO_TARGET, bytes, length, assay_stream_now(i->stream));
	if (i->cannot_cut || i->ended)
		return;
	if (!hold_piece(i, bytes, length)) {
		i->cannot_cut = true;
		assay_tap_gap(tap, i->connection, ASSAY_TO_TARGET);
		return;
	}
	while ((n = assay_pdu_decode(&pdu, i->pieces + at, i->pieces_length - at, i->send_digests)) > 0) {
		assay_tap_whole(tap, i->connection, ASSAY_TO_TARGET, &pdu, i->last_sent);
		if (counting)
			assay_numbers_sent(i->session, &pdu);
		at += (size_t)n;
	}
	memmove(i->pieces, i->pieces + at, i->pieces_length - at);
	i->pieces_length -= at;
}

/* Shows the tap what is about to be sent, cut into PDUs as the target will cut it; no longer once it has gone. */
static void show(struct assay_initiator *i, const uint8_t *bytes, size_t length, bool counting)
{
	struct assay_pdu pdu;
	long n;

	while (length > 0 && i->pieces_length == 0 && !i->cannot_cut && !i->ended &&
		(n = assay_pdu_decode(&pdu, bytes, length, i->send_digests)) > 0) {
		i->last_sent = assay_tap_pdu(
			i->config->tap, i->connection, ASSAY_TO_TARGET, &pdu, assay_stream_now(i->stream));
		if (counting)
			assay_numbers_sent(i->session, &pdu);
		bytes += n;
		length -= (size_t)n;
	}
	if (length > 0)
		show_pieces(i, bytes, length, counting);
}

static int transmit(struct assay_initiator *i, const uint8_t *bytes, size_t length, bool counting)
{
	if (!i->stream)
		return assay_error_set(&i->error, ASSAY_E_INVAL, "the connection was closed by us");
	show(i, bytes, length, counting);

	int rc = assay_stream_send(i->stream, bytes, length, assay_initiator_deadline(i));

	if (assay_peer_left(rc))
		assay_find_end(i, rc);
	if (rc < 0)
		return assay_error_set(
			&i->error, rc, "%zu bytes could not be sent: %s", length, assay_err_name(rc));
	return 0;
}

int assay_send(struct assay_initiator *i, const struct assay_pdu *pdu)
{
	size_t needed = assay_pdu_encoded_length(pdu, i->send_digests);

	if (needed > i->send_capacity) {
		uint8_t *grown = realloc(i->send_buffer, needed);

		if (!grown)
			return assay_error_set(&i->error, ASSAY_E_NOMEM, "out of memory");
		i->send_buffer = grown;
		i->send_capacity = needed;
	}

	long length = assay_pdu_encode(i->send_buffer, i->send_capacity, pdu, i->send_digests);

	if (length < 0)
		return assay_error_set(&i->error, (int)length, "a %s cannot hold its segments",
			assay_opcode_name(pdu->opcode) ? assay_opcode_name(pdu->opcode) : "PDU");

	int rc = transmit(i, i->send_buffer, (size_t)length, false);

	/* Counted from the struct: with a length overridden, the bytes may not be one PDU. */
	if (rc == 0)
		assay_numbers_sent(i->session, pdu);
	return rc;
}

int assay_send_bytes(struct assay_initiator *i, const void *bytes, size_t length)
{
	return transmit(i, bytes, length, true);
}
