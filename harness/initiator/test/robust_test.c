/*
 * robust_test.c - every call of the full feature phase against an answer that is stopped, stalled or garbled at each byte, and
 * against noise: an end within the deadline, an error that is the target's, and nothing written where it should not be.
 */
#include <stdlib.h>
#include <string.h>

#include "initiator/test/script.h"
#include "test/unit.h"

static uint8_t buffer[512];

/* ---- the calls ---- */

static long call_nop(struct assay_initiator *i)
{
	return assay_nop(i, "ping data", 9, NULL);
}

static long call_barrier(struct assay_initiator *i)
{
	return assay_barrier(i);
}

static long call_text(struct assay_initiator *i)
{
	const char *text;

	return assay_send_targets(i, &text, "All");
}

static long call_logout(struct assay_initiator *i)
{
	return assay_logout(i, 0, NULL);
}

static long call_task_management(struct assay_initiator *i)
{
	return assay_task_management(i, 5, 0, ASSAY_TAG_RESERVED, NULL);
}

static long call_read(struct assay_initiator *i)
{
	const uint8_t cdb[10] = { 0x28 };
	struct assay_task task;

	assay_task_init(&task, 0, cdb, sizeof(cdb));
	task.data_in = buffer;
	task.read_length = sizeof(buffer) - 1;
	buffer[sizeof(buffer) - 1] = 0xa5;

	int rc = assay_task_run(i, &task);

	CU_ASSERT_EQUAL(buffer[sizeof(buffer) - 1], 0xa5);
	CU_ASSERT(task.sense_length <= sizeof(task.sense) && task.data_in_length <= task.read_length);
	return rc;
}

static long call_write(struct assay_initiator *i)
{
	const uint8_t cdb[10] = { 0x2a };
	struct assay_task task;

	assay_task_init(&task, 0, cdb, sizeof(cdb));
	task.data_out = buffer;
	task.write_length = sizeof(buffer);
	task.immediate_data = 0;
	return assay_task_run(i, &task);
}

static long (*const calls[])(struct assay_initiator *i) = {
	call_nop,
	call_barrier,
	call_text,
	call_logout,
	call_task_management,
	call_read,
	call_write,
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* ---- the target ---- */

static void right(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	if (request->opcode == ASSAY_SCSI_COMMAND && request->read) {
		script_make(s, &pdu, ASSAY_DATA_IN, request);
		pdu.data = buffer;
		pdu.data_length = 200;
		script_say(s, &pdu);
	}
	if (request->opcode == ASSAY_SCSI_COMMAND && request->write) {
		script_make(s, &pdu, ASSAY_R2T, request);
		pdu.ttt = 9;
		pdu.desired_data_transfer_length = request->expected_data_transfer_length;
		script_say(s, &pdu);
	} else if (request->opcode == ASSAY_DATA_OUT && request->final) {
		script_make(s, &pdu, ASSAY_SCSI_RESPONSE, request);
		script_say(s, &pdu);
	} else {
		script_agree(s, request);
	}
}

/* Where in its output, and how, the target goes wrong. */
static struct {
	size_t at;
	uint8_t flip;
	uint64_t noise;
} fault;

static void garbling(struct script *s, const struct assay_pdu *request)
{
	size_t from = s->said, start = s->out_end;

	right(s, request);
	from += start;
	if (fault.at >= from && fault.at - from < s->out_end - start)
		s->out[start + fault.at - from] ^= fault.flip;
}

static void noisy(struct script *s, const struct assay_pdu *request)
{
	(void)request;
	if (s->count > 50)
		return;
	for (int n = 0; n < 1000; n++) {
		uint8_t byte;

		fault.noise = fault.noise * UINT64_C(6364136223846793005) + 1442695040888963407u;
		byte = (uint8_t)(fault.noise >> 56);
		/* Half of it noise in the shape of short PDUs, which gets further in. */
		if (n % 48 > 3 && n % 48 < 8 && s->step & 1)
			byte = 0;
		script_say_bytes(s, &byte, 1);
	}
}

static struct assay_initiator *logged_in(struct assay_initiator_config *c, struct script **out)
{
	struct script *s = script_new(script_agree);

	*out = s;
	*c = script_config(s);

	struct assay_initiator *i = script_open(c);

	CU_ASSERT_EQUAL_FATAL(assay_login(i), 0);
	s->said = 0;
	s->clock.now = 0;
	return i;
}

static void check(struct assay_initiator *i, struct script *s, long rc)
{
	CU_ASSERT(s->clock.now <= 10 * i->config->timeout);
	CU_ASSERT(rc >= 0 || (rc == i->error.code && !assay_err_is_ours((int)rc)));
	assay_initiator_free(i);
	free(s);
}

static void stopped_at_each_byte(void)
{
	for (size_t call = 0; call < CALLS; call++) {
		for (unsigned n = 0; n < 2000; n++) {
			struct assay_initiator_config c;
			struct script *s;
			struct assay_initiator *i = logged_in(&c, &s);

			s->answer = right;
			s->cut = n / 2;
			s->end = n & 1 ? SCRIPT_CLOSES : SCRIPT_STALLS;

			long rc = calls[call](i);
			bool stopped = s->said == s->cut && rc < 0;

			if (rc < 0)
				CU_ASSERT_EQUAL(rc, n & 1 ? ASSAY_E_CLOSED : ASSAY_E_TIMEOUT);
			check(i, s, rc);
			if (!stopped) {
				CU_ASSERT(n >= 2 * 48);
				break;
			}
		}
	}
}

static void garbled_at_each_byte(void)
{
	for (size_t call = 0; call < CALLS; call++) {
		for (fault.at = 0; fault.at < 320; fault.at++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				struct assay_initiator_config c;
				struct script *s;
				struct assay_initiator *i = logged_in(&c, &s);

				fault.flip = (uint8_t)(1u << bit);
				s->answer = garbling;
				check(i, s, calls[call](i));
			}
		}
	}
}

static void noise_instead_of_answers(void)
{
	for (unsigned n = 0; n < 700; n++) {
		struct assay_initiator_config c;
		struct script *s;
		struct assay_initiator *i = logged_in(&c, &s);

		fault.noise = n;
		s->step = n;
		s->answer = noisy;
		check(i, s, calls[n % CALLS](i));
	}
}

static void nonsense(struct script *s, const struct assay_pdu *request)
{
	static uint64_t state = 88172645463325252u;

	(void)request;
	for (int n = 0; n < 4096; n++) {
		uint8_t byte;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		byte = (uint8_t)state;
		script_say_bytes(s, &byte, 1);
	}
	s->closing = s->step & 1;
}

static void nonsense_is_an_error(void)
{
	for (unsigned n = 0; n < 200; n++) {
		struct script *s = script_new(nonsense);
		struct assay_initiator_config c = script_config(s);
		struct assay_initiator *i = script_open(&c);

		s->step = n;
		CU_ASSERT(assay_login(i) < 0);
		CU_ASSERT(!assay_err_is_ours(i->error.code));
		assay_initiator_free(i);
		free(s);
	}
}

/* A data segment of the greatest length: held when it comes, within 16 MiB, and a stall after its header is a timeout. */
static void huge_length(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_LOGIN_RESPONSE, request);
	pdu.data_segment_length = ASSAY_DATA_SEGMENT_MAX;
	pdu.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
	script_say(s, &pdu);
}

static void a_huge_length_is_bounded(void)
{
	struct script *s = script_new(huge_length);
	struct assay_initiator_config c = script_config(s);
	struct assay_initiator *i = script_open(&c);

	CU_ASSERT_EQUAL(assay_login(i), ASSAY_E_TIMEOUT);
	CU_ASSERT(i->framer.size <= 1u << 25);
	assay_initiator_free(i);
	free(s);
}

/* Goes on to the stage that we are in, or to the one that is none. */
static void leading_nowhere(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_LOGIN_RESPONSE, request);
	pdu.final = 0;
	pdu.transit = 1;
	pdu.csg = request->csg;
	pdu.nsg = s->step ? ASSAY_STAGE_RESERVED : request->csg;
	script_say(s, &pdu);
}

static void a_login_goes_on_or_ends(void)
{
	for (unsigned step = 0; step < 4; step++) {
		struct script *s = script_new(leading_nowhere);
		struct assay_initiator_config c = script_config(s);
		struct assay_initiator *i = script_open(&c);

		s->step = step % 2;
		if (step >= 2)
			c.wants.value[ASSAY_KEY_AUTH_METHOD] = "None";
		CU_ASSERT_EQUAL(assay_login(i), ASSAY_E_PROTOCOL);
		CU_ASSERT_PTR_NOT_NULL(strstr(i->error.message, "stage"));
		CU_ASSERT_EQUAL(s->count, 1);
		assay_initiator_free(i);
		free(s);
	}
}

/* Logs in; a ping it answers, with step, or not, and closes. */
static void closes_upon_a_ping(struct script *s, const struct assay_pdu *request)
{
	s->closing = request->opcode == ASSAY_NOP_OUT;
	if (!s->closing || s->step)
		script_agree(s, request);
}

/* What is sent in memory is always taken; over TCP not by who has gone. */
static int send_to_nobody(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline)
{
	(void)s, (void)bytes, (void)length, (void)deadline;
	return ASSAY_E_CLOSED;
}

static bool tells_the_end(const struct assay_tap *tap)
{
	const struct assay_tap_record *last = assay_tap_at(tap, assay_tap_count(tap) - 1);

	return last && last->kind == ASSAY_TAP_CLOSE && last->dir == ASSAY_TO_INITIATOR;
}

/* Whoever finds by sending that the target has closed leaves that in the tap, behind what the target still said. */
static void a_send_finds_the_end(void)
{
	for (unsigned step = 0; step < 2; step++) {
		struct script *s = script_new(closes_upon_a_ping);
		struct assay_initiator_config c = script_config(s);
		struct assay_stream_ops ops;
		struct assay_initiator *i;
		struct assay_pdu pdu;

		c.tap = script_watch(s);
		s->step = step;
		i = script_open(&c);
		CU_ASSERT_EQUAL(assay_login(i), 0);
		assay_make(i, &pdu, ASSAY_NOP_OUT);
		CU_ASSERT_EQUAL(assay_send(i, &pdu), 0);
		ops = *i->stream->ops;
		ops.send = send_to_nobody;
		i->stream->ops = &ops;
		CU_ASSERT_EQUAL(assay_send(i, &pdu), ASSAY_E_CLOSED);
		CU_ASSERT_EQUAL(tells_the_end(c.tap), !step);
		if (step)
			CU_ASSERT_EQUAL(assay_recv_any(i, &pdu), 0);
		CU_ASSERT_EQUAL(assay_recv_any(i, &pdu), ASSAY_E_CLOSED);
		CU_ASSERT(tells_the_end(c.tap));
		assay_initiator_free(i);
		assay_tap_free(c.tap);
		free(s);
	}
}

static CU_TestInfo tests[] = {
	UNIT_TEST(stopped_at_each_byte),
	UNIT_TEST(garbled_at_each_byte),
	UNIT_TEST(noise_instead_of_answers),
	UNIT_TEST(nonsense_is_an_error),
	UNIT_TEST(a_huge_length_is_bounded),
	UNIT_TEST(a_login_goes_on_or_ends),
	UNIT_TEST(a_send_finds_the_end),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("robust", tests);
}
