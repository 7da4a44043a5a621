/* talk.c - the steps of a text exchange in the full feature phase. Judges nothing but that the answer is one. */
#include "suites/target/talk.h"

struct assay_pdu assay_talk_first(struct assay_initiator *i, bool immediate)
{
	struct assay_pdu pdu;

	assay_make(i, &pdu, ASSAY_TEXT_REQUEST);
	pdu.immediate = immediate;
	return pdu;
}

void assay_say(
	struct assay_t *t, struct assay_initiator *i, struct assay_pdu *pdu, const char *text, size_t length)
{
	REQUIRE(t, i, assay_await_window(i));
	pdu->cmd_sn = i->session->cmd_sn;
	pdu->exp_stat_sn = i->exp_stat_sn;
	pdu->data = (const uint8_t *)text;
	pdu->data_length = (uint32_t)length;
	REQUIRE(t, i, assay_send(i, pdu));
}

struct assay_pdu assay_talk(
	struct assay_t *t, struct assay_initiator *i, struct assay_pdu *pdu, const char *text, size_t length)
{
	struct assay_pdu response;

	assay_say(t, i, pdu, text, length);
	EXPECT_NEXT(t, i, &response, ASSAY_TEXT_RESPONSE, pdu->itt, "a Text Response with the request's ITT");
	pdu->ttt = response.ttt;
	pdu->lun = response.lun;
	return response;
}

struct assay_initiator *assay_talker(struct assay_t *t, struct assay_initiator *i)
{
	const char *answer;
	long result = assay_text(i, &answer, "X-net.iscsi-assay.key=1", 24);

	if (result == ASSAY_E_CLOSED || result == ASSAY_E_RESET)
		assay_skip(t, "blocked-by:text.unknown-key");
	return i;
}

void assay_expect_value(
	struct assay_t *t, const struct assay_pdu *response, const char *key, const char *value)
{
	struct assay_pair pair;
	bool found = assay_text_find(&pair, response->data, response->data_length, key) == 1;

	EXPECT(t, found && assay_value_is(&pair, value),
		"each key answered, NotUnderstood where it is not known", "%s=%.*s", key,
		found ? (int)pair.value_length : 6, found ? pair.value : "(none)");
}
