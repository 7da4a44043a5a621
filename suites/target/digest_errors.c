/* digest_errors.c - header and data digests: that they are computed right, and what becomes of PDUs where they are wrong: RFC 7143 sections 7.8, 11.4.7.2 and 13.1. */
#include <string.h>

#include "suites/target/offer.h"
#include "suites/target/target_suites.h"
#include "suites/target/transfer.h"

#define WRONG_DIGEST 0x5a17c0deu /* one in 2^32 that it is right */

/* The keys that a test offers beside the digests. */
#define IMMEDIATE "InitialR2T", "Yes", "ImmediateData", "Yes"

static struct assay_initiator *agreed(struct assay_t *t, struct assay_initiator *i, unsigned digests)
{
	const struct assay_params *p = &i->negotiation.params;

	if ((digests & ASSAY_HEADER_DIGEST && !p->header_digest) ||
		(digests & ASSAY_DATA_DIGEST && !p->data_digest))
		assay_skip(t, "not-offered");
	return i;
}

static struct assay_initiator *header_session(struct assay_t *t)
{
	return agreed(t,
		assay_connect_with(t, "HeaderDigest", "CRC32C", "DataDigest", "None", IMMEDIATE, NULL),
		ASSAY_HEADER_DIGEST);
}

static struct assay_initiator *data_session(struct assay_t *t)
{
	return agreed(t,
		assay_connect_with(t, "HeaderDigest", "None", "DataDigest", "CRC32C", IMMEDIATE, NULL),
		ASSAY_DATA_DIGEST);
}

static struct assay_initiator *solicited_session(struct assay_t *t, const char *header, const char *data)
{
	return agreed(t, assay_connect_with(t, "HeaderDigest", header, "DataDigest", data, SOLICITED, NULL),
		(*header == 'C' ? ASSAY_HEADER_DIGEST : 0u) | (*data == 'C' ? ASSAY_DATA_DIGEST : 0u));
}

/* ---- right ones ---- */

/* Section 13.1: every PDU of the full feature phase has the digests that were agreed on: those of a ping, of a write with R2Ts, of a read. */
static void everything_works(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_place place = assay_place(t, 32);
	struct assay_pdu answer;

	REQUIRE(t, i, assay_nop(i, "ping!", 5, &answer));
	EXPECT(t, answer.data_length == 5 && memcmp(answer.data, "ping!", 5) == 0,
		"the five bytes of the ping", "%u bytes", answer.data_length);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	assay_expect_medium(t, i, &place, place.pattern);
}

static void header_digest(struct assay_t *t)
{
	everything_works(t, solicited_session(t, "CRC32C", "None"));
}

static void data_digest(struct assay_t *t)
{
	everything_works(t, solicited_session(t, "None", "CRC32C"));
}

static void both_digests(struct assay_t *t)
{
	everything_works(t, solicited_session(t, "CRC32C", "CRC32C"));
}

/* Section 13.1: padding is covered by the data digest, ours and the target's. */
static void padding(struct assay_t *t)
{
	struct assay_initiator *i = data_session(t);

	for (size_t length = 1; length <= 4; length++) {
		struct assay_pdu answer;

		REQUIRE(t, i, assay_nop(i, "pad", length, &answer));
		EXPECT_EQ(t, answer.data_length, length);
	}
}

/* Section 11.2.3: no data, no data digest: a ping without data is answered by 48 bytes, and the next PDU begins right behind. */
static void empty_segment(struct assay_t *t)
{
	struct assay_initiator *i = data_session(t);
	struct assay_pdu answer;

	for (unsigned n = 0; n < 2; n++) {
		REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
		EXPECT_EQ(t, answer.wire_length,
			ASSAY_BHS_LENGTH + (i->recv_digests & ASSAY_HEADER_DIGEST ? 4 : 0));
	}
	EXPECT_ALIVE(t, i);
}

/* Section 13.1: the header digest covers additional header segments: a command with a CDB of 32 bytes is answered, whatever the answer. Of a target that answers
 * none without a digest either, this cannot be told. */
static void additional_header(struct assay_t *t)
{
	struct assay_initiator *plain = assay_connect_with(t, "HeaderDigest", "None", NULL), *i;

	if (!assay_scsi_long(t, plain))
		assay_skip(t, "blocked-by:scsi.long-cdb");
	i = header_session(t);
	REQUIRE_THAT(t, assay_scsi_long(t, i), "an answer to a command with an additional header segment",
		"%s", i->error.message);
	EXPECT_ALIVE(t, i);
}

/* Section 13.1: digests begin with the full feature phase; the last Login Response has none. Which one is the last is the target's to say: it may answer T=1
 * with T=0 (section 6.3), and the initiator goes on. */
static void not_in_login(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	assay_login_key(i, "HeaderDigest", "CRC32C");
	assay_login_key(i, "DataDigest", "CRC32C");
	REQUIRE(t, i, assay_login_finish(i));
	REQUIRE_THAT(t, i->full_feature, "the full feature phase within 8 requests", "still logging in");
	EXPECT_ALIVE(t, agreed(t, i, ASSAY_HEADER_DIGEST));
}

/* ---- wrong header digests ---- */

/* Sends an immediate ping: the CmdSN of what was thrown away is missing. */
static uint32_t ping(struct assay_t *t, struct assay_transfer *w)
{
	struct assay_pdu nop;

	assay_make(w->i, &nop, ASSAY_NOP_OUT);
	nop.immediate = 1;
	assay_transfer_send(t, w, &nop);
	return nop.itt;
}

/* Section 7.8: what has a wrong header digest is thrown away or the connection ended; it is not answered. */
static void expect_discarded(struct assay_t *t, struct assay_transfer *w)
{
	struct assay_pdu answer = { 0 };
	uint32_t itt = ping(t, w);
	int result = assay_recv(w->i, &answer);

	EXPECT(t,
		result == ASSAY_E_CLOSED || result == ASSAY_E_RESET || result == ASSAY_E_TIMEOUT ||
			(result == 0 && answer.opcode == ASSAY_NOP_IN && answer.itt == itt),
		"the connection closed, or no answer but that to the next ping",
		"opcode 0x%02x, ITT 0x%08x (result %d)", answer.opcode, answer.itt, result);
}

static void bad_header_of_command(struct assay_t *t)
{
	struct assay_initiator *i = header_session(t);
	struct assay_transfer *w = assay_transfer_on_zeros(t, i, 0, 512);
	struct assay_pdu command = assay_transfer_command(w);

	if (!i->negotiation.params.immediate_data || w->place.length > i->negotiation.params.target_max_recv)
		assay_skip(t, "not-offered");
	command.data = w->place.pattern;
	command.data_length = w->place.length;
	command.overrides = ASSAY_OVERRIDE_HEADER_DIGEST;
	command.header_digest = WRONG_DIGEST;
	assay_transfer_send(t, w, &command);
	expect_discarded(t, w);
	assay_transfer_expect_zeros(t, w);
}

static void bad_header_of_data(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_on_zeros(t, solicited_session(t, "CRC32C", "None"), 0, 512);
	struct assay_pdu pdu;

	assay_transfer_start(t, w);
	assay_transfer_await_r2t(t, w);
	pdu = assay_transfer_data(w, 0, 0, 512);
	pdu.overrides = ASSAY_OVERRIDE_HEADER_DIGEST;
	pdu.header_digest = WRONG_DIGEST;
	assay_transfer_send(t, w, &pdu);
	expect_discarded(t, w);
}

/* The digest has to cover the additional header too: one that is right for the first 48 bytes alone is wrong. */
static void bad_header_of_additional(struct assay_t *t)
{
	struct assay_initiator *i = header_session(t);
	struct assay_transfer *w = assay_transfer_new(t, i, 0, 512);
	const uint8_t ahs[20] = { 0, 17, 1 };
	struct assay_pdu command;

	assay_make(i, &command, ASSAY_SCSI_COMMAND);
	command.lun = assay_lun(t);
	command.cdb[0] = 0x7f;
	command.cdb[7] = 24;
	command.ahs = ahs;
	command.ahs_length = sizeof(ahs);
	command.overrides = ASSAY_OVERRIDE_HEADER_DIGEST;
	command.header_digest = WRONG_DIGEST;
	assay_transfer_send(t, w, &command);
	expect_discarded(t, w);
}

/* ---- wrong data digests ---- */

static void spoil(struct assay_pdu *pdu)
{
	pdu->overrides = ASSAY_OVERRIDE_DATA_DIGEST;
	pdu->data_digest = WRONG_DIGEST;
}

/* Section 7.8: Reject with reason 0x02; or else session recovery, which is always allowed. True when the connection is still there. */
static bool expect_digest_reject(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_pdu answer = { 0 };
	int result = assay_recv(i, &answer);
	bool closed = result == ASSAY_E_CLOSED || result == ASSAY_E_RESET;

	EXPECT(t, closed || (result == 0 && answer.opcode == ASSAY_REJECT && answer.reason == 0x02),
		"Reject, reason 0x02 (data digest error), or the connection closed",
		"opcode 0x%02x, reason 0x%02x (result %d)", answer.opcode, answer.reason, result);
	return !closed;
}

/* Section 7.8: besides the Reject, the bytes are asked for again, or the write ends with the condition of section 11.4.7.2. */
static void expect_crc_error(struct assay_t *t, struct assay_transfer *w)
{
	const struct assay_task *task = w->task;

	EXPECT_REFUSED(t, w, ASSAY_CRC_ERROR);
	EXPECT(t, w->closed || (w->rejected && w->reason == 0x02),
		"Reject, reason 0x02 (data digest error), or the connection closed", "%s, reason 0x%02x",
		w->rejected ? "a Reject" : "no Reject", w->reason);
	if (task->done && task->status)
		EXPECT_SENSE(t, task, 0xb, 0x4705);
}

static void bad_data_solicited(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, solicited_session(t, "None", "CRC32C"), 0, 512);
	struct assay_pdu pdu = assay_transfer_data(w, 0, 0, w->r2t.desired_data_transfer_length);

	if (pdu.data_length > w->i->negotiation.params.target_max_recv)
		assay_skip(t, "not-offered");
	spoil(&pdu);
	assay_transfer_send(t, w, &pdu);
	expect_crc_error(t, w);
}

static void bad_data_with_header_digest(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, solicited_session(t, "CRC32C", "CRC32C"), 0, 1024);
	struct assay_pdu pdu = assay_transfer_data(w, 0, 0, 512);

	spoil(&pdu);
	assay_transfer_send(t, w, &pdu);
	assay_transfer_pieces(t, w, 1, 512, w->r2t.desired_data_transfer_length - 512, true);
	expect_crc_error(t, w);
}

static void bad_data_unsolicited(struct assay_t *t)
{
	struct assay_initiator *i = agreed(t,
		assay_connect_with(
			t, "HeaderDigest", "None", "DataDigest", "CRC32C", "InitialR2T", "No", NULL),
		ASSAY_DATA_DIGEST);
	struct assay_transfer *w = assay_transfer_new(t, i, 0, 512);
	struct assay_pdu pdu;

	if (i->negotiation.params.initial_r2t || w->place.length > i->negotiation.params.first_burst_length ||
		w->place.length > i->negotiation.params.target_max_recv)
		assay_skip(t, "not-offered");
	assay_transfer_announce(t, w);
	pdu = assay_transfer_data(w, 0, 0, w->place.length);
	spoil(&pdu);
	assay_transfer_send(t, w, &pdu);
	expect_crc_error(t, w);
}

/* Section 7.8: where the target ends the task, it waits for all of the data, up to F, before it says so. */
static void status_waits_for_data(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, solicited_session(t, "None", "CRC32C"), 0, 1024);
	struct assay_pdu pdu = assay_transfer_data(w, 0, 0, 512), answer = { 0 };
	uint32_t itt;

	spoil(&pdu);
	assay_transfer_send(t, w, &pdu);
	itt = ping(t, w);
	while (assay_recv(w->i, &answer) == 0 && answer.itt != itt && answer.opcode != ASSAY_SCSI_RESPONSE)
		;
	EXPECT(t, answer.opcode != ASSAY_SCSI_RESPONSE, "no SCSI Response before the Data-Out with F",
		"a SCSI Response, status 0x%02x", answer.status);
}

/* Section 7.8: a command with bad immediate data is thrown away, its CmdSN is still free; sent again as it should be, it is executed. */
static void bad_immediate_data(struct assay_t *t)
{
	struct assay_initiator *i = data_session(t);
	struct assay_transfer *w = assay_transfer_new(t, i, 0, 512);
	struct assay_pdu command = assay_transfer_command(w);

	if (!i->negotiation.params.immediate_data || w->place.length > i->negotiation.params.target_max_recv)
		assay_skip(t, "not-offered");
	command.data = w->place.pattern;
	command.data_length = w->place.length;
	spoil(&command);
	assay_transfer_send(t, w, &command);
	if (!expect_digest_reject(t, i))
		return;
	i->session->cmd_sn = command.cmd_sn;
	command.overrides = 0;
	assay_transfer_send(t, w, &command);
	EXPECT_WRITTEN(t, w);
}

/* The same of a request without a task: rejected, not answered; the right one is. */
static void bad_request(struct assay_t *t, enum assay_opcode opcode, enum assay_opcode response,
	const char *data, uint32_t length)
{
	struct assay_initiator *i = data_session(t);
	struct assay_pdu request, answer;

	assay_make(i, &request, opcode);
	request.data = (const uint8_t *)data;
	request.data_length = length;
	spoil(&request);
	REQUIRE(t, i, assay_send(i, &request));
	if (!expect_digest_reject(t, i))
		return;
	i->session->cmd_sn = request.cmd_sn;
	request.overrides = 0;
	request.exp_stat_sn = i->exp_stat_sn;
	REQUIRE(t, i, assay_send(i, &request));
	REQUIRE(t, i, assay_recv(i, &answer));
	EXPECT(t, answer.opcode == response && answer.itt == request.itt,
		"the answer to the request sent again", "opcode 0x%02x, ITT 0x%08x", answer.opcode,
		answer.itt);
}

static void bad_ping(struct assay_t *t)
{
	bad_request(t, ASSAY_NOP_OUT, ASSAY_NOP_IN, "ping", 4);
}

static void bad_text(struct assay_t *t)
{
	static const char text[] = "MaxRecvDataSegmentLength=65536";

	bad_request(t, ASSAY_TEXT_REQUEST, ASSAY_TEXT_RESPONSE, text, sizeof(text));
}

#define HEADER ASSAY_NEED_HEADER_DIGEST
#define DATA   ASSAY_NEED_DATA_DIGEST
#define WRITES ASSAY_NEED_WRITE

#define RECORD(name, requirements, where, need, function, claims, broken_by)                                 \
	{                                                                                                    \
		.id = "digest." name, .reqs = requirements, .section = where, .level = MUST,                 \
		.needs = (need), .run = function, .desc = claims, .defects = broken_by                       \
	}

static const struct assay_test tests[] = {
	RECORD("header", "R7143-13.1-01 R7143-13.1-02 R7143-13.1-04", "13.1", HEADER | WRITES, header_digest,
		"pings, reads and writes with header digests", "header-digest-wrong"),
	RECORD("data", "R7143-13.1-01 R7143-13.1-02 R7143-13.1-04", "13.1", DATA | WRITES, data_digest,
		"pings, reads and writes with data digests", "data-digest-wrong"),
	RECORD("both", "R7143-13.1-01 R7143-13.1-02 R7143-13.1-04", "13.1", HEADER | DATA | WRITES,
		both_digests, "pings, reads and writes with both digests",
		"header-digest-wrong data-digest-wrong"),
	RECORD("padding", "R7143-13.1-04", "13.1", DATA, padding,
		"computes data digests over data and padding", "data-digest-without-padding"),
	RECORD("no-data-no-digest", "R7143-13.1-05", "11.2.3", DATA, empty_segment,
		"sends no data digest where there is no data", "data-digest-on-empty"),
	RECORD("additional-header", "R7143-13.1-06", "13.1", HEADER | WRITES, additional_header,
		"checks header digests over additional header segments too", "header-digest-without-ahs"),
	RECORD("not-in-login", "R7143-13.1-07", "13.1", HEADER | DATA, not_in_login,
		"sends the last Login Response without digests", "login-digest"),
	RECORD("bad-header-of-command", "R7143-7.8-01", "7.8", HEADER | WRITES, bad_header_of_command,
		"throws away a command with a wrong header digest, or closes", "header-digest-unchecked"),
	RECORD("bad-header-of-data", "R7143-7.8-01", "7.8", HEADER | WRITES, bad_header_of_data,
		"throws away Data-Out with a wrong header digest, or closes", "header-digest-unchecked"),
	RECORD("bad-header-of-additional-header", "R7143-7.8-01 R7143-13.1-06", "7.8", HEADER | WRITES,
		bad_header_of_additional,
		"throws away a command with an additional header and a wrong header digest, or closes",
		"header-digest-unchecked"),
	RECORD("bad-data-solicited", "R7143-7.8-02 R7143-7.8-03 R7143-11.4.7.2-03", "7.8", DATA | WRITES,
		bad_data_solicited,
		"rejects solicited Data-Out with a wrong data digest and recovers or ends the task",
		"data-digest-unchecked reject-silent reject-wrong-reason"),
	RECORD("bad-data-with-header-digest", "R7143-7.8-02 R7143-7.8-03 R7143-11.4.7.2-03", "7.8",
		HEADER | DATA | WRITES, bad_data_with_header_digest,
		"rejects the first of several Data-Out for its data digest, header digests in use",
		"data-digest-unchecked"),
	RECORD("bad-data-unsolicited", "R7143-7.8-02 R7143-7.8-03 R7143-11.4.7.2-03", "7.8", DATA | WRITES,
		bad_data_unsolicited,
		"rejects unsolicited Data-Out with a wrong data digest and recovers or ends the task",
		"data-digest-unchecked"),
	RECORD("status-waits-for-data", "R7143-7.8-04", "7.8", DATA | WRITES, status_waits_for_data,
		"sends the status of a write with a digest error after the Data-Out with F",
		"response-before-final"),
	RECORD("bad-immediate-data", "R7143-7.8-02", "7.8", DATA | WRITES, bad_immediate_data,
		"rejects a command whose immediate data has a wrong digest, and takes it when sent again",
		"data-digest-unchecked reject-silent digest-error-counted"),
	RECORD("bad-ping", "R7143-7.8-02", "7.8", DATA, bad_ping,
		"rejects a NOP-Out with a wrong data digest, and answers it when sent again",
		"data-digest-unchecked reject-silent digest-error-counted"),
	RECORD("bad-text", "R7143-7.8-02", "7.8", DATA, bad_text,
		"rejects a Text Request with a wrong data digest, and answers it when sent again",
		"data-digest-unchecked reject-wrong-reason"),
};

const struct assay_suite assay_suite_digest_errors = {
	.name = "digest",
	.desc = "header and data digests",
	ASSAY_TESTS(tests),
};
