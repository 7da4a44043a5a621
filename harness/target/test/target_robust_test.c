/*
 * target_robust_test.c - hostile input: a whole conversation cut at every byte, ended at every byte, and changed at random; garbage before and after a login.
 * What is claimed is that the machine survives (the sanitizers watch), answers the same however its input is cut, and goes on serving others.
 */
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "test/unit.h"

static struct assay_target *t;
static struct peer p;
static uint8_t *script; /* what an initiator says in a conversation of every kind of PDU */
static size_t script_length;

/* ---- numbers that are the same each time ---- */

static uint64_t state;

static uint32_t draw(void)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33);
}

/* ---- the conversation ---- */

static void say(struct assay_pdu pdu)
{
	struct assay_pdu in;

	peer_send(&p, &pdu);
	while (peer_take(&p, &in))
		;
}

static void say_write(uint32_t blocks, uint32_t immediate, uint32_t unsolicited)
{
	static uint8_t data[65536];
	struct assay_pdu command = peer_write(&p, 0, 8, blocks), in;
	struct assay_pdu out = { .opcode = ASSAY_DATA_OUT,
		.itt = command.itt,
		.ttt = ASSAY_TAG_RESERVED,
		.final = 1,
		.data = data };

	command.data = data;
	command.data_length = immediate;
	command.final = !unsolicited;
	peer_send(&p, &command);
	out.buffer_offset = immediate;
	out.data_length = unsolicited;
	if (unsolicited)
		peer_send(&p, &out);
	while (peer_take(&p, &in)) {
		if (in.opcode != ASSAY_R2T)
			continue;
		out.ttt = in.ttt;
		out.buffer_offset = in.buffer_offset;
		out.data_length = in.desired_data_transfer_length;
		peer_send(&p, &out);
	}
}

static void say_scsi(const char *cdb, size_t length, uint32_t expected)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_SCSI_COMMAND);

	memcpy(pdu.cdb, cdb, length);
	pdu.read = expected > 0;
	pdu.expected_data_transfer_length = expected;
	say(pdu);
}

static void say_ahead(void)
{
	struct assay_pdu first = peer_request(&p, ASSAY_SCSI_COMMAND),
			 second = peer_request(&p, ASSAY_NOP_OUT);

	say(second);
	say(first);
}

static void say_tmf(uint8_t function)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_TASK_MANAGEMENT_REQUEST);

	pdu.function = function;
	pdu.rtt = p.itt - 2;
	pdu.ref_cmd_sn = p.cmd_sn - 2;
	say(pdu);
}

static void say_text(const char *text, size_t length)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_TEXT_REQUEST);

	pdu.data = (const uint8_t *)text;
	pdu.data_length = (uint32_t)length;
	say(pdu);
}

static void say_logout(void)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_LOGOUT_REQUEST);

	say(pdu);
}

static void converse(void)
{
	struct assay_pdu in;

	peer_login_request(&p, ASSAY_STAGE_SECURITY, ASSAY_STAGE_OPERATIONAL,
		"InitiatorName=" PEER_NAME "\nTargetName=" ASSAY_DEFAULT_NAME "\nAuthMethod=CHAP,None\n");
	while (peer_take(&p, &in))
		;
	peer_login_request(&p, ASSAY_STAGE_OPERATIONAL, ASSAY_STAGE_FULL_FEATURE,
		"HeaderDigest=None\nInitialR2T=No\nFirstBurstLength=2048\nMaxBurstLength="
		"2048\nMaxRecvDataSegmentLength=1024\n"
		"MaxOutstandingR2T=2\nX-test=1\nErrorRecoveryLevel=2\n");
	while (peer_take(&p, &in))
		;
	say_scsi("\0\0\0\0\0\0", 6, 0);
	say_scsi("\x12\0\0\0\xff\0", 6, 255);
	say_scsi("\x12\x01\x83\0\xff\0", 6, 255);
	say_scsi("\xa0\0\0\0\0\0\0\0\x10\0\0\0", 12, 4096);
	say_scsi("\x28\0\0\0\0\0\0\0\x08\0", 10, 4096);
	say_scsi("\x1a\0\x3f\0\xff\0", 6, 255);
	say_write(2, 1024, 0);
	say_write(16, 512, 1536);
	say_write(12, 0, 0);
	say_write(2, 512, 0);
	say_ahead();
	say_tmf(1);
	say_tmf(2);
	say_tmf(5);
	say_text("SendTargets=\0", 13);
	say_text("MaxRecvDataSegmentLength=2048\0X-y=2\0", 37);
	say((struct assay_pdu){
		.opcode = ASSAY_SNACK_REQUEST, .final = 1, .itt = 9, .ttt = ASSAY_TAG_RESERVED });
	say_tmf(6);
	say_logout();
}

/* ---- helpers ---- */

static void begin(void)
{
	t = peer_target();
	peer_open(&p, t, 0);
}

static void end(void)
{
	uint8_t *keep = p.bytes;

	assay_target_conn_close(p.c, p.now);
	assay_target_free(t);
	p = (struct peer){ .bytes = keep };
}

/* Takes everything that is there to send. */
static size_t drain(uint8_t *out, size_t room)
{
	const uint8_t *bytes;
	size_t length, total = 0;

	while ((length = assay_target_output(p.c, &bytes)) > 0) {
		if (out && total + length <= room)
			memcpy(out + total, bytes, length);
		total += length;
		assay_target_output_sent(p.c, length);
	}
	return total;
}

/* Somebody else can still log in. */
static bool others_are_served(void)
{
	struct peer q = { 0 };
	bool served;

	peer_open(&q, t, 1);
	served = peer_login(&q, ASSAY_DEFAULT_SECOND, "") && peer_alive(&q);
	peer_close(&q);
	return served;
}

/* ---- tests ---- */

static void cut_anywhere_answers_the_same(void)
{
	static const size_t steps[] = { 0, 1, 2, 3, 7, 47, 48, 49, 1000 };
	uint8_t *first = malloc(PEER_BUFFER), *other = malloc(PEER_BUFFER);
	size_t first_length = 0;

	CU_ASSERT_FATAL(first && other);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		size_t step = steps[i] ? steps[i] : script_length, length = 0;
		uint8_t *into = i ? other : first;

		begin();
		for (size_t at = 0; at < script_length; at += step) {
			size_t part = script_length - at < step ? script_length - at : step;

			assay_target_input(p.c, script + at, part, 0);
			if (step < script_length)
				length += drain(into + length, PEER_BUFFER - length);
		}
		length += drain(into + length, PEER_BUFFER - length);
		CU_ASSERT_TRUE(assay_target_closing(p.c)); /* it ends with a logout */
		if (!i)
			first_length = length;
		CU_ASSERT_EQUAL(length, first_length);
		CU_ASSERT_EQUAL(memcmp(first, into, length), 0);
		end();
	}
	CU_ASSERT_TRUE(first_length > 6000);
	free(first);
	free(other);
}

static void ended_anywhere(void)
{
	for (size_t length = 0; length < script_length; length += length < 2000 ? 1 : 101) {
		begin();
		assay_target_input(p.c, script, length, 0);
		if (length % 3 == 0)
			drain(NULL, 0);
		if (length % 2) {
			assay_target_input_end(p.c, 0);
			CU_ASSERT_TRUE(assay_target_closing(p.c));
		}
		if (length % 500 == 0)
			CU_ASSERT_TRUE(others_are_served());
		end();
	}
}

static void garbage(void)
{
	uint8_t bytes[4096];

	for (unsigned round = 0; round < 2000; round++) {
		size_t length = draw() % sizeof(bytes);

		begin();
		for (size_t i = 0; i < length; i++)
			bytes[i] = (uint8_t)draw();
		if (round % 2)
			CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, ""));
		if (round % 4 >= 2 && length > 8) { /* with lengths that fit, so that more of it is PDUs */
			bytes[4] = bytes[5] = bytes[6] = 0;
			bytes[0] &= 0x3f;
		}
		assay_target_input(p.c, bytes, length, 0);
		drain(NULL, 0);
		if (round % 100 == 0)
			CU_ASSERT_TRUE(others_are_served());
		end();
	}
}

/* Changes some bytes of the conversation; headers more often than data, lengths less often since they end it. */
static void mutate(uint8_t *bytes, size_t length)
{
	unsigned changes = 1 + draw() % 6;
	size_t at = 0, pdus[256], count = 0;

	while (at + ASSAY_BHS_LENGTH <= length && count < 256) {
		pdus[count++] = at;
		at += assay_pdu_wire_length(bytes + at, 0);
	}
	while (changes--) {
		size_t pdu = pdus[draw() % count], byte = draw() % ASSAY_BHS_LENGTH;

		if (byte >= 4 && byte < 8 && draw() % 8)
			byte = 0;
		if (draw() % 8 == 0)
			byte = draw() % (length - pdu);
		if (pdu + byte >= length)
			continue;
		switch (draw() % 4) {
		case 0: bytes[pdu + byte] ^= (uint8_t)(1u << draw() % 8); break;
		case 1: bytes[pdu + byte] = (uint8_t)draw(); break;
		case 2: bytes[pdu + byte] = draw() % 2 ? 0xff : 0; break;
		default: bytes[pdu + byte]++; break;
		}
	}
}

static void mutants(void)
{
	uint8_t *bytes = malloc(script_length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	for (unsigned round = 0; round < 3000; round++) {
		size_t at = 0;

		memcpy(bytes, script, script_length);
		mutate(bytes, script_length);
		begin();
		while (at < script_length) {
			size_t part = 1 + draw() % 3000;

			part = part < script_length - at ? part : script_length - at;
			assay_target_input(p.c, bytes + at, part, 0);
			at += part;
			if (draw() % 2)
				drain(NULL, 0);
		}
		if (draw() % 4 == 0)
			assay_target_tick(t, assay_target_next_timer(t));
		if (round % 100 == 0)
			CU_ASSERT_TRUE(others_are_served());
		end();
	}
	free(bytes);
}

/* Every defect stays within its own connection: no crash, and the program is not stuck. */
static void defects_survive_the_conversation(void)
{
	for (int defect = 0; defect < ASSAY_DEFECT_COUNT; defect++) {
		begin();
		assay_target_set_defect(t, (enum assay_defect)defect);
		assay_target_input(p.c, script, script_length, 0);
		drain(NULL, 0);
		end();
	}
}

/* A peer that never reads: what it makes us hold has an end. */
static void a_peer_that_does_not_read(void)
{
	struct assay_pdu nop;
	static uint8_t data[262144];
	unsigned sent = 0;

	begin();
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, "MaxRecvDataSegmentLength=262144\n"));
	while (sent < 1000 && !assay_target_closing(p.c)) {
		nop = peer_request(&p, ASSAY_NOP_OUT);
		nop.data = data;
		nop.data_length = sizeof(data);
		peer_send(&p, &nop);
		sent++;
	}
	CU_ASSERT_TRUE(sent < 100);
	CU_ASSERT_TRUE(others_are_served());
	end();
}

static void too_many_connections(void)
{
	struct assay_target_conn *conns[300];
	unsigned count = 0;

	begin();
	while (count < 300 && (conns[count] = assay_target_accept(t, 0, "many", 0)))
		count++;
	CU_ASSERT_EQUAL(count, 255);
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, ""));
	while (count--)
		assay_target_conn_close(conns[count], 0);
	CU_ASSERT_TRUE(others_are_served());
	end();
}

static CU_TestInfo tests[] = {
	{ "cut anywhere", cut_anywhere_answers_the_same },
	{ "ended anywhere", ended_anywhere },
	UNIT_TEST(garbage),
	UNIT_TEST(mutants),
	{ "defects", defects_survive_the_conversation },
	{ "no reader", a_peer_that_does_not_read },
	{ "too many", too_many_connections },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	script = malloc(PEER_BUFFER);
	if (!script)
		return 1;
	begin();
	p.record = script;
	converse();
	script_length = p.recorded;
	end();
	failed = unit_run("robust", tests);
	free(script);
	free(p.bytes);
	return failed || !script_length;
}
