/* text_exchange.c - Text Request and Response: tags, F and C bits, long answers, resets: RFC 7143 sections 6.1, 6.2, 6.4, 11.10 and 11.11. */
#include <stdio.h>
#include <string.h>

#include "proto/keys.h"
#include "suites/target/talk.h"
#include "suites/target/target_suites.h"

#define OWN_LIMIT 512 /* bytes: the least MaxRecvDataSegmentLength that there is */

/* A key that the target does not know is answered with NotUnderstood. */
static void unknown_key(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu pdu = assay_talk_first(i, false),
			 response = assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.key=1"));

	assay_expect_value(t, &response, "X-net.iscsi-assay.key", "NotUnderstood");
}

/* With nothing more to come, F=1 is answered by F=1, and then the Target Transfer Tag is the reserved one. */
static void final_answer(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, false),
			 response = assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.key=1"));

	EXPECT_EQ(t, response.final, 1);
	EXPECT_EQ(t, response.ttt, ASSAY_TAG_RESERVED);
	EXPECT_EQ(t, response.cont, 0);
}

/* F=1 leaves the initiator no turn to answer: what the target says then on its own is declared, not offered. */
static void final_offers_nothing(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, false),
			 response = assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.key=1"));
	struct assay_pair pair;
	size_t offset = 0;

	while (assay_text_next(&pair, &offset, response.data, response.data_length) == 1) {
		const struct assay_key *key = assay_key_at(assay_key_find(pair.key, pair.key_length));

		EXPECT(t,
			!response.final || assay_pair_is(&pair, "X-net.iscsi-assay.key") ||
				(key && key->result == ASSAY_RESULT_DECLARED),
			"no offer in a Text Response with F=1", "%.*s", (int)pair.key_length, pair.key);
	}
}

/* Section 11.11.5: each Text Response takes a StatSN. */
static void takes_stat_sn(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	uint32_t next = i->exp_stat_sn;
	struct assay_pdu pdu = assay_talk_first(i, false), answer;

	answer = assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.key=1"));
	EXPECT_EQ(t, answer.stat_sn, next);
	REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
	EXPECT_EQ(t, answer.stat_sn, next + 1);
}

/* The initiator ends the exchange: F=0 is never answered by F=1, and without F there is a Target Transfer Tag to go on with. */
static void open_answer(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, false), response;

	pdu.final = 0;
	response = assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.one=1"));
	EXPECT_EQ(t, response.final, 0);
	EXPECT(t, response.ttt != ASSAY_TAG_RESERVED, "a Target Transfer Tag other than 0xffffffff",
		"0xffffffff");
	pdu.final = 1;
	response = assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.two=2"));
	assay_expect_value(t, &response, "X-net.iscsi-assay.two", "NotUnderstood");
	EXPECT_EQ(t, response.final, 1);
}

/* C=1: the text goes on. The answer is empty; the parts make one text, wherever they were cut. */
static void continued(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, false), response;

	pdu.final = 0;
	pdu.cont = 1;
	response = assay_talk(t, i, &pdu, "X-net.iscsi-ass", 15);
	EXPECT_EQ(t, response.data_length, 0);
	EXPECT_EQ(t, response.final, 0);
	pdu.final = 1;
	pdu.cont = 0;
	response = assay_talk(t, i, &pdu, TEXT("ay.cut=in two"));
	assay_expect_value(t, &response, "X-net.iscsi-assay.cut", "NotUnderstood");
}

/* C=1 and F=1 contradict each other. Refused; or taken for what C says, then the answer is empty. */
static void continued_and_final(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, true), answer = { 0 };
	int result;

	pdu.cont = 1;
	assay_say(t, i, &pdu, TEXT("X-net.iscsi-assay.key=1"));
	result = assay_recv(i, &answer);
	EXPECT(t,
		result == ASSAY_E_CLOSED || result == ASSAY_E_RESET ||
			(result == 0 && answer.opcode == ASSAY_REJECT) ||
			(result == 0 && answer.opcode == ASSAY_TEXT_RESPONSE && !answer.data_length &&
				!answer.final),
		"a Reject, a close, or an empty Text Response with F=0", "%s, opcode 0x%02x, F=%u, %u bytes",
		assay_err_name(result), answer.opcode, answer.final, answer.data_length);
}

/* Keys in one text that all come back as NotUnderstood: an answer of a length that we choose. */
static size_t many_keys(char *text, size_t capacity, unsigned count, const char *value)
{
	size_t length = 0;

	for (unsigned n = 0; n < count; n++)
		length += (size_t)snprintf(
				  text + length, capacity - length, "X-net.iscsi-assay.%u=%s", n, value) +
			  1;
	return length;
}

static void expect_all_answered(struct assay_t *t, const char *text, size_t length, unsigned count)
{
	char key[64];
	unsigned answered = 0;

	for (unsigned n = 0; n < count; n++) {
		snprintf(key, sizeof(key), "X-net.iscsi-assay.%u", n);
		answered += assay_text_count(text, length, key) == 1;
	}
	EXPECT_EQ(t, answered, count);
}

/* A long answer goes in parts: none longer than we take, F=0 and a Target Transfer Tag but on the last, no key lost. */
static void long_answer(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(
		t, assay_connect_with(t, "MaxRecvDataSegmentLength", "512", NULL));
	char text[2048], whole[4096];
	size_t said = many_keys(text, OWN_LIMIT, 18, "1"), length = 0;
	struct assay_pdu pdu = assay_talk_first(i, false), response = assay_talk(t, i, &pdu, text, said);
	unsigned parts = 1;

	for (;; parts++) {
		EXPECT(t, response.data_length <= OWN_LIMIT, "at most 512 bytes in a part", "%u",
			response.data_length);
		REQUIRE_THAT(t, length + response.data_length < sizeof(whole), "an end", "%zu bytes", length);
		memcpy(whole + length, response.data, response.data_length);
		length += response.data_length;
		if (response.final || parts > 8)
			break;
		EXPECT(t, response.ttt != ASSAY_TAG_RESERVED, "a Target Transfer Tag with F=0", "0xffffffff");
		response = assay_talk(t, i, &pdu, NULL, 0);
	}
	EXPECT(t, parts > 1, "more than one part", "%u", parts);
	expect_all_answered(t, whole, length, 18);
}

/* Section 6.1: 8192 bytes of text in one sequence are the least that a target takes. */
static void eight_kilobytes(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	char text[8192], value[181];
	const char *answer;
	size_t length;
	long answered;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	length = many_keys(text, sizeof(text), 40, value);
	answered = REQUIRE(t, i, assay_text(i, &answer, text, length));
	expect_all_answered(t, answer, (size_t)answered, 40);
}

/* A negotiation may take its time: six exchanges at least. */
static void six_exchanges(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, false), response;
	char text[64], key[64];

	pdu.final = 0;
	for (int n = 0; n < 6; n++) {
		snprintf(key, sizeof(key), "X-net.iscsi-assay.exchange.%d", n);
		pdu.final = n == 5;
		response = assay_talk(
			t, i, &pdu, text, (size_t)snprintf(text, sizeof(text), "%s=1", key) + 1);
		assay_expect_value(t, &response, key, "NotUnderstood");
	}
	EXPECT_EQ(t, response.final, 1);
}

/* A Target Transfer Tag that the target never gave refers to nothing. */
static void unknown_ttt(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, true);

	pdu.ttt = 0x7ffffff0;
	assay_say(t, i, &pdu, TEXT("X-net.iscsi-assay.key=1"));
	EXPECT_REFUSED(t, i, 0x04, 0x09, 0x0a);
}

/* One that was good until the exchange ended is stale. */
static void stale_ttt(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, true), old;

	pdu.final = 0;
	assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.one=1"));
	old = pdu;
	pdu.final = old.final = 1;
	assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.two=2"));
	assay_say(t, i, &old, TEXT("X-net.iscsi-assay.three=3"));
	EXPECT_REFUSED(t, i, 0x04, 0x09, 0x0a);
}

/* TTT 0xffffffff begins anew: what the target held of an exchange with that ITT is gone, half a key too. */
static void new_request_resets(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, false), response;

	pdu.final = 0;
	pdu.cont = 1;
	assay_talk(t, i, &pdu, "X-net.iscsi-assay.first=ha", 26);
	pdu.final = 1;
	pdu.cont = 0;
	pdu.ttt = ASSAY_TAG_RESERVED;
	pdu.lun = 0;
	response = assay_talk(t, i, &pdu, TEXT("X-net.iscsi-assay.second=2"));
	assay_expect_value(t, &response, "X-net.iscsi-assay.second", "NotUnderstood");
	EXPECT_EQ(t, assay_text_count(response.data, response.data_length, "X-net.iscsi-assay.first"), 0);
}

/* Section 11: reserved fields say nothing. */
static void reserved_fields_ignored(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, false);
	uint8_t *wire;
	size_t length;

	pdu.data = (const uint8_t *)"X-net.iscsi-assay.key=1";
	pdu.data_length = 24;
	wire = assay_request_bytes(t, i, &pdu, &length);
	wire[1] |= 0x3f;
	memset(wire + 2, 0xff, 2);
	memset(wire + 32, 0xff, 16);
	REQUIRE(t, i, assay_request_bytes_send(i, wire, length));
	EXPECT_NEXT(t, i, NULL, ASSAY_TEXT_RESPONSE, pdu.itt, "a Text Response as if reserved fields were 0");
}

static const struct assay_test tests[] = {
	{ .id = "text.unknown-key",
		.reqs = "R7143-6.2-08",
		.section = "6.2",
		.level = MUST,
		.run = unknown_key,
		.desc = "answers an unknown key with NotUnderstood",
		.defects = "unknown-key-ignored" },
	{ .id = "text.final-answer",
		.reqs = "R7143-11.11.1-02 R7143-11.11.4-02",
		.section = "11.11.1",
		.level = MUST,
		.run = final_answer,
		.desc = "ends an exchange with F=1 and the TTT 0xffffffff",
		.defects = "text-final-with-ttt" },
	{ .id = "text.final-offers-nothing",
		.reqs = "R7143-11.11.1-01 R7143-6.4-07",
		.section = "11.11.1",
		.level = MUST,
		.run = final_offers_nothing,
		.desc = "offers nothing that needs an answer with F=1",
		.defects = "text-final-offers" },
	{ .id = "text.takes-stat-sn",
		.reqs = "R7143-4.2.2.2-04",
		.section = "11.11.5",
		.level = MUST,
		.run = takes_stat_sn,
		.desc = "raises StatSN with a Text Response",
		.defects = "statsn-text-stuck" },
	{ .id = "text.open-answer",
		.reqs = "R7143-11.11.1-03 R7143-11.11.1-04 R7143-6.4-08",
		.section = "11.11.1",
		.level = MUST,
		.run = open_answer,
		.desc = "answers F=0 with F=0 and a TTT to go on with",
		.defects = "text-f-for-f0 text-no-ttt" },
	{ .id = "text.continued",
		.reqs = "R7143-6.2-02 R7143-6.1-07",
		.section = "6.2",
		.level = MUST,
		.run = continued,
		.desc = "answers C=1 with an empty response and joins the parts",
		.defects = "text-c-bit-ignored text-c-bit-answered" },
	{ .id = "text.continued-and-final",
		.reqs = "R7143-6.2-01 R7143-6.2-02",
		.section = "6.2",
		.level = MUST,
		.run = continued_and_final,
		.desc = "does not take a Text Request with C=1 and F=1 for a whole text",
		.defects = "text-c-with-f-accepted" },
	{ .id = "text.long-answer",
		.reqs = "R7143-11.11.6-01 R7143-11.10.4-01 R7143-11.11.4-01",
		.section = "11.10.4",
		.level = MUST,
		.run = long_answer,
		.desc = "gives a long answer in parts within the initiator's MaxRecvDataSegmentLength",
		.defects = "text-max-recv-ignored text-long-cut text-long-final" },
	{ .id = "text.eight-kilobytes",
		.reqs = "R7143-6.1-04",
		.section = "6.1",
		.level = MUST,
		.run = eight_kilobytes,
		.desc = "takes 8192 bytes of text in one sequence",
		.defects = "text-limit-2k" },
	{ .id = "text.six-exchanges",
		.reqs = "R7143-6.2-24",
		.section = "6.2",
		.level = SHOULD,
		.run = six_exchanges,
		.desc = "allows six exchanges in one negotiation",
		.defects = "text-three-exchanges" },
	{ .id = "text.unknown-ttt",
		.reqs = "R7143-11.17.1-05",
		.section = "11.11.4",
		.level = SHOULD,
		.run = unknown_ttt,
		.desc = "refuses a Text Request with a TTT that it never gave",
		.defects = "text-stale-ttt-accepted" },
	{ .id = "text.stale-ttt",
		.reqs = "R7143-11.17.1-05",
		.section = "11.11.4",
		.level = SHOULD,
		.run = stale_ttt,
		.desc = "refuses a Text Request with the TTT of an exchange that is over",
		.defects = "text-stale-ttt-accepted" },
	{ .id = "text.new-request-resets",
		.reqs = "R7143-6.4-09",
		.section = "11.10.4",
		.level = MUST,
		.run = new_request_resets,
		.desc = "begins anew with a Text Request whose TTT is 0xffffffff",
		.defects = "text-reset-keeps-text" },
	{ .id = "text.reserved-fields-ignored",
		.reqs = "R7143-11-02",
		.section = "11",
		.level = MUST,
		.run = reserved_fields_ignored,
		.desc = "ignores reserved fields of a Text Request",
		.defects = "reserved-fields-checked" },
};

const struct assay_suite assay_suite_text_exchange = {
	.name = "text",
	.desc = "Text Request and Response: tags, F and C bits, long answers, resets",
	ASSAY_TESTS(tests),
};
