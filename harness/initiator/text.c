/*
 * text.c - text exchanges in the full feature phase, SendTargets among them. It joins the parts of an answer within
 * bounds and answers no offer of the target's. RFC 7143 sections 6.4, 11.10, 11.11 and appendix C.
 */
#include <stdio.h>
#include <string.h>

#include "initiator/internal.h"

/* A declared MaxRecvDataSegmentLength is in force at once, section 13.12. */
static void note_declared(struct assay_initiator *i, enum assay_role by, const void *text, size_t length)
{
	const struct assay_key *key = assay_key_at(ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH);
	struct assay_pair pair;

	if (assay_text_find(&pair, text, length, key->name) == 1 &&
		assay_key_value_check(key, pair.value, pair.value_length, NULL) == 0)
		assay_params_record(&i->negotiation.params, ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, by,
			pair.value, pair.value_length);
}

/* Sends one Text Request and receives its answer. */
static int exchange(
	struct assay_initiator *i, struct assay_pdu *response, struct assay_pdu *request, uint64_t deadline)
{
	int rc = assay_await_window(i);

	if (rc < 0)
		return rc;
	request->cmd_sn = i->session->cmd_sn;
	request->exp_stat_sn = i->exp_stat_sn;
	rc = assay_send(i, request);
	if (rc == 0)
		rc = assay_recv_until(i, response, deadline);
	if (rc == 0 && (response->opcode != ASSAY_TEXT_RESPONSE || response->itt != request->itt))
		rc = assay_unexpected(i, response, "the Text Response awaited");
	return rc;
}

/* The next request goes on where the response stopped. */
static void follow(struct assay_pdu *request, const struct assay_pdu *response)
{
	request->ttt = response->final ? ASSAY_TAG_RESERVED : response->ttt;
	request->lun = response->final ? 0 : response->lun;
}

/* Sends all of the text, with C=1 on all parts but the last. *response is the answer to the last. */
static int say(struct assay_initiator *i, struct assay_pdu *response, struct assay_pdu *request,
	const uint8_t *text, size_t length, uint64_t deadline)
{
	uint32_t most = i->negotiation.params.target_max_recv;

	for (; length > most; length -= most, text += most) {
		struct assay_pdu part = *request;
		int rc;

		part.final = 0;
		part.cont = 1;
		part.data = text;
		part.data_length = most;
		rc = exchange(i, response, &part, deadline);
		if (rc < 0)
			return rc;
		follow(request, response);
	}
	request->data = text;
	request->data_length = (uint32_t)length;
	return exchange(i, response, request, deadline);
}

long assay_text(struct assay_initiator *i, const char **out, const void *text, size_t length)
{
	uint64_t deadline = assay_initiator_deadline(i);
	struct assay_pdu request, response;
	int rc;

	*out = i->login.answer;
	i->login.answer_length = 0;
	if (length > ASSAY_TEXT_MAX)
		return assay_error_set(
			&i->error, ASSAY_E_LIMIT, "a text of more than %d bytes", ASSAY_TEXT_MAX);
	assay_make(i, &request, ASSAY_TEXT_REQUEST);
	rc = say(i, &response, &request, text, length, deadline);
	for (int part = 0; rc == 0 && part < ASSAY_PARTS_MAX; part++) {
		rc = assay_answer_add(i, &response);
		if (rc < 0)
			return rc;
		if (response.final && !response.cont) {
			note_declared(i, ASSAY_INITIATOR, text, length);
			note_declared(i, ASSAY_TARGET, i->login.answer, i->login.answer_length);
			return (long)i->login.answer_length;
		}
		follow(&request, &response);
		request.data = NULL;
		request.data_length = 0;
		rc = exchange(i, &response, &request, deadline);
	}
	return rc < 0 ? rc
		      : assay_error_set(&i->error, ASSAY_E_PROTOCOL,
				"the target's text goes on after %d parts", ASSAY_PARTS_MAX);
}

long assay_send_targets(struct assay_initiator *i, const char **out, const char *value)
{
	char text[ASSAY_NAME_MAX + 32];
	int length = snprintf(text, sizeof(text), "SendTargets=%s", value);

	*out = i->login.answer;
	if (length < 0 || (size_t)length >= sizeof(text))
		return assay_error_set(
			&i->error, ASSAY_E_INVAL, "SendTargets: the value is longer than a name");
	return assay_text(i, out, text, (size_t)length + 1);
}
