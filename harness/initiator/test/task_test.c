/* task_test.c - SCSI tasks: what is sent with which parameters, and what comes back, right and hostile. */
#include <stdlib.h>
#include <string.h>

#include "codec/ahs.h"
#include "initiator/test/script.h"
#include "test/unit.h"

#define LUN (UINT64_C(1) << 48)

static const uint8_t cdb[10] = { 0x2a };

/* A connection with these parameters, as if negotiated. */
static struct assay_initiator *logged_in(struct assay_initiator_config *c, struct script **out,
	const struct assay_params *params, void (*fn)(struct script *s, const struct assay_pdu *request))
{
	struct script *s = script_new(script_agree);

	*out = s;
	*c = script_config(s);

	struct assay_initiator *i = script_open(c);

	CU_ASSERT_EQUAL_FATAL(assay_login(i), 0);
	if (params)
		i->negotiation.params = *params;
	s->answer = fn;
	s->count = 0;
	return i;
}

static void say_r2t(struct script *s, const struct assay_pdu *command, uint32_t offset, uint32_t length)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_R2T, command);
	pdu.lun = LUN;
	pdu.ttt = 0x900 + offset;
	pdu.buffer_offset = offset;
	pdu.desired_data_transfer_length = length;
	script_say(s, &pdu);
}

/* A write target: takes data, asks for what is missing in bursts of 3000, then answers. Notes sums in the last request slots. */
static struct {
	uint32_t edtl, at, asked;
	struct assay_pdu command;
	uint8_t data[65536];
} disk;

static void next_burst(struct script *s)
{
	if (disk.at >= disk.edtl) {
		script_agree(s, &disk.command);
	} else {
		uint32_t length = disk.edtl - disk.at < 3000 ? disk.edtl - disk.at : 3000;

		disk.asked = disk.at + length;
		say_r2t(s, &disk.command, disk.at, length);
	}
}

static void write_target(struct script *s, const struct assay_pdu *request)
{
	if (request->opcode == ASSAY_SCSI_COMMAND) {
		disk.command = *request;
		disk.edtl = request->expected_data_transfer_length;
		disk.at = 0;
		disk.asked = 0;
	}
	CU_ASSERT_FATAL(disk.at + request->data_length <= sizeof(disk.data));
	CU_ASSERT(request->opcode == ASSAY_SCSI_COMMAND || request->buffer_offset == disk.at);
	if (request->data_length > 0)
		memcpy(disk.data + disk.at, request->data, request->data_length);
	disk.at += request->data_length;
	if (disk.asked)
		CU_ASSERT_EQUAL(request->final, disk.at == disk.asked);
	if (request->final)
		next_burst(s);
}

static uint8_t pattern[65536];

static void check_write(bool immediate, bool initial_r2t, uint32_t first_burst, uint32_t length,
	uint32_t expect_immediate, uint32_t expect_unsolicited)
{
	struct assay_params p;
	struct assay_initiator_config c;
	struct script *s;
	struct assay_task task;

	assay_params_default(&p);
	p.immediate_data = immediate;
	p.initial_r2t = initial_r2t;
	p.first_burst_length = first_burst;
	p.target_max_recv = 1000;

	struct assay_initiator *i = logged_in(&c, &s, &p, write_target);

	assay_task_init(&task, LUN, cdb, sizeof(cdb));
	task.data_out = pattern;
	task.write_length = length;
	CU_ASSERT_EQUAL(assay_task_run(i, &task), 0);
	CU_ASSERT_TRUE(task.done);
	CU_ASSERT_EQUAL(disk.at, length);
	CU_ASSERT_EQUAL(memcmp(disk.data, pattern, length), 0);
	CU_ASSERT_EQUAL(s->heard[0].data_length, expect_immediate);
	CU_ASSERT_EQUAL(s->heard[0].final, expect_unsolicited == 0);
	CU_ASSERT_TRUE(s->heard[0].write && !s->heard[0].read && s->heard[0].attr == ASSAY_ATTR_SIMPLE);

	uint32_t unsolicited = 0, data_sn = 0;

	for (size_t n = 1; n < s->count; n++) {
		const struct assay_pdu *d = &s->heard[n];

		CU_ASSERT(d->data_length <= 1000);
		CU_ASSERT_EQUAL(d->data_sn, data_sn);
		data_sn = d->final ? 0 : data_sn + 1;
		CU_ASSERT_EQUAL(d->lun, d->ttt == ASSAY_TAG_RESERVED ? 0 : LUN);
		unsolicited += d->ttt == ASSAY_TAG_RESERVED ? d->data_length : 0;
	}
	CU_ASSERT_EQUAL(unsolicited, expect_unsolicited);
	assay_initiator_free(i);
	free(s);
}

static void writes_as_negotiated(void)
{
	for (size_t n = 0; n < sizeof(pattern); n++)
		pattern[n] = (uint8_t)(n * 7 + n / 256);
	check_write(true, true, 4000, 10000, 1000, 0);
	check_write(false, true, 4000, 10000, 0, 0);
	check_write(true, false, 4000, 10000, 1000, 3000);
	check_write(false, false, 4000, 10000, 0, 4000);
	check_write(false, false, 4000, 2500, 0, 2500);
	check_write(true, false, 600, 10000, 600, 0);
	check_write(true, true, 4000, 512, 512, 0);
}

static void a_test_decides_otherwise(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, NULL, write_target);
	struct assay_task task;

	assay_task_init(&task, LUN, cdb, sizeof(cdb));
	task.data_out = pattern;
	task.write_length = 20000;
	task.edtl = 20;
	task.immediate_data = 100;
	task.unsolicited = 300;
	task.attr = ASSAY_ATTR_ORDERED;
	task.immediate = true;
	CU_ASSERT_EQUAL(assay_task_start(i, &task), 0);
	CU_ASSERT_EQUAL(s->heard[0].expected_data_transfer_length, 20);
	CU_ASSERT_EQUAL(s->heard[0].data_length, 100);
	CU_ASSERT_EQUAL(s->heard[0].attr, ASSAY_ATTR_ORDERED);
	CU_ASSERT_TRUE(s->heard[0].immediate && !s->heard[0].final);
	CU_ASSERT_EQUAL(s->heard[1].data_length, 300);
	CU_ASSERT_EQUAL(s->heard[1].buffer_offset, 100);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 1);
	CU_ASSERT_EQUAL(assay_data_out(i, &task, 5, 19999, 2), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_data_out(i, &task, 5, 400, 0), 0);
	assay_initiator_free(i);
	free(s);
}

/* Data-In in two PDUs and one beyond the buffer, status in the last; or a CHECK CONDITION. */
static void read_target(struct script *s, const struct assay_pdu *request)
{
	static const uint8_t sense[20] = { 0, 18, 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0x01 };
	static const uint8_t descriptor[10] = { 0, 8, 0x72, 6, 0x29, 2 };
	struct assay_pdu pdu;

	if (request->opcode != ASSAY_SCSI_COMMAND)
		return;
	for (unsigned n = 0; n < 3 && s->step == 0; n++) {
		script_make(s, &pdu, ASSAY_DATA_IN, request);
		pdu.final = n == 2;
		pdu.data_sn = n;
		pdu.buffer_offset = n * 100;
		pdu.data = pattern + n * 100;
		pdu.data_length = 100;
		pdu.acknowledge = n == 1;
		pdu.ttt = n == 1 ? 0x55 : ASSAY_TAG_RESERVED;
		pdu.status_present = n == 2;
		pdu.underflow = n == 2;
		pdu.residual_count = n == 2 ? 50 : 0;
		if (n == 2)
			s->stat_sn++;
		script_say(s, &pdu);
	}
	if (s->step == 0)
		return;
	script_make(s, &pdu, ASSAY_SCSI_RESPONSE, request);
	pdu.status = 2;
	pdu.exp_data_sn = 3;
	pdu.overflow = 1;
	pdu.residual_count = 8;
	pdu.data = s->step == 1 ? sense : descriptor;
	pdu.data_length = s->step == 1 ? sizeof(sense) : sizeof(descriptor);
	script_say(s, &pdu);
}

static void reads_and_sense(void)
{
	struct assay_params p;
	struct assay_initiator_config c;
	struct script *s;
	struct assay_task task;
	uint8_t in[260];

	assay_params_default(&p);
	p.error_recovery_level = 1;

	struct assay_initiator *i = logged_in(&c, &s, &p, read_target);

	memset(in, 0xee, sizeof(in));
	assay_task_init(&task, LUN, cdb, sizeof(cdb));
	task.data_in = in;
	task.read_length = 250;
	CU_ASSERT_EQUAL(assay_task_run(i, &task), 0);
	CU_ASSERT_EQUAL(memcmp(in, pattern, 250), 0);
	CU_ASSERT_EQUAL(in[250], 0xee);
	CU_ASSERT_EQUAL(task.data_in_length, 250);
	CU_ASSERT_EQUAL(task.data_in_pdus, 3);
	CU_ASSERT_TRUE(task.status_in_data && task.underflow && task.residual_count == 50);
	CU_ASSERT_EQUAL(i->exp_stat_sn, 102);
	CU_ASSERT_EQUAL(s->heard[1].opcode, ASSAY_SNACK_REQUEST);
	CU_ASSERT_EQUAL(s->heard[1].ttt, 0x55);
	CU_ASSERT_EQUAL(s->heard[1].beg_run, 2);
	CU_ASSERT_EQUAL(s->heard[1].itt, ASSAY_TAG_RESERVED);

	s->step = 1;
	CU_ASSERT_EQUAL(assay_task_run(i, &task), 0);
	CU_ASSERT_EQUAL(task.status, 2);
	CU_ASSERT_EQUAL(task.exp_data_sn, 3);
	CU_ASSERT_TRUE(task.overflow && !task.underflow && !task.status_in_data);
	CU_ASSERT_EQUAL(task.sense_length, 18);
	CU_ASSERT(task.sense_key == 5 && task.asc == 0x24 && task.ascq == 1);
	s->step = 2;
	CU_ASSERT_EQUAL(assay_task_run(i, &task), 0);
	CU_ASSERT(task.sense_key == 6 && task.asc == 0x29 && task.ascq == 2);
	assay_initiator_free(i);
	free(s);
}

static void long_cdbs_and_both_ways(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, NULL, script_agree);
	struct assay_task task;
	uint8_t long_cdb[32], in[16];

	for (size_t n = 0; n < sizeof(long_cdb); n++)
		long_cdb[n] = (uint8_t)n;
	assay_task_init(&task, LUN, long_cdb, sizeof(long_cdb));
	task.data_in = in;
	task.read_length = sizeof(in);
	task.data_out = pattern;
	task.write_length = 16;
	CU_ASSERT_EQUAL(assay_task_run(i, &task), 0);
	CU_ASSERT_TRUE(s->heard[0].read && s->heard[0].write);
	CU_ASSERT_EQUAL(memcmp(s->heard[0].cdb, long_cdb, 16), 0);
	CU_ASSERT_EQUAL(s->heard[0].total_ahs_length, 7);
	assay_initiator_free(i);
	free(s);
}

/* Answers only when both commands are here, the second first. */
static void reordering(struct script *s, const struct assay_pdu *request)
{
	if (s->count < 2)
		return;
	script_agree(s, request);
	script_agree(s, &s->heard[0]);
}

static void several_in_flight(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, NULL, reordering);
	struct assay_task tasks[2];

	for (int n = 0; n < 2; n++) {
		assay_task_init(&tasks[n], LUN, cdb, 6);
		CU_ASSERT_EQUAL(assay_task_start(i, &tasks[n]), 0);
	}
	CU_ASSERT_EQUAL(assay_tasks_finish(i, tasks, 2), 0);
	CU_ASSERT_TRUE(tasks[0].done && tasks[1].done);
	CU_ASSERT_EQUAL(s->heard[1].cmd_sn, 2);
	assay_initiator_free(i);
	free(s);
}

/* What a target must never say of a write of 100 bytes. */
static void hostile(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu, other = *request;

	switch (s->step) {
	case 0: say_r2t(s, request, 90, 11); break;
	case 1: say_r2t(s, request, 0xffffffff, 0xffffffff); break;
	case 2: say_r2t(s, request, 0, 0); break;
	case 3: say_r2t(s, request, 0, 4); break; /* for ever */
	case 4:
		other.itt = 0x7777;
		script_agree(s, &other);
		break;
	case 5:
		script_make(s, &pdu, ASSAY_REJECT, NULL);
		script_say(s, &pdu);
		break;
	case 6:
		script_make(s, &pdu, ASSAY_TEXT_RESPONSE, request);
		script_say(s, &pdu);
		break;
	case 7: s->closing = true; break;
	default: break; /* a stall */
	}
}

static void hostile_targets(void)
{
	static const int expected[] = { ASSAY_E_PROTOCOL, ASSAY_E_PROTOCOL, ASSAY_E_PROTOCOL,
		ASSAY_E_PROTOCOL, ASSAY_E_PROTOCOL, ASSAY_E_REJECT, ASSAY_E_PROTOCOL, ASSAY_E_CLOSED,
		ASSAY_E_TIMEOUT };

	for (unsigned step = 0; step < sizeof(expected) / sizeof(expected[0]); step++) {
		struct assay_initiator_config c;
		struct script *s;
		struct assay_initiator *i = logged_in(&c, &s, NULL, hostile);
		struct assay_task task;

		i->negotiation.params.immediate_data = false;
		s->step = step;
		assay_task_init(&task, LUN, cdb, sizeof(cdb));
		task.data_out = pattern;
		task.write_length = 100;
		CU_ASSERT_EQUAL(assay_task_run(i, &task), expected[step]);
		CU_ASSERT_FALSE(task.done);
		CU_ASSERT_NOT_EQUAL(i->error.message[0], '\0');
		assay_initiator_free(i);
		free(s);
	}
}

/* One byte at a time, each just before the deadline. */
static void trickle_on(struct script *s)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_DATA_IN, &s->heard[0]);
	pdu.data = pattern;
	pdu.data_length = 1;
	script_say(s, &pdu);
	s->timer = s->clock.now + 4 * ASSAY_SECOND;
}

static void trickle(struct script *s, const struct assay_pdu *request)
{
	(void)request;
	s->on_timer = trickle_on;
	s->timer = s->clock.now + 4 * ASSAY_SECOND;
}

static void a_trickle_ends(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, NULL, trickle);
	struct assay_task task;
	uint8_t in[512];

	assay_task_init(&task, LUN, cdb, sizeof(cdb));
	task.data_in = in;
	task.read_length = sizeof(in);
	CU_ASSERT_EQUAL(assay_task_run(i, &task), ASSAY_E_TIMEOUT);
	CU_ASSERT(s->clock.now <= 10 * c.timeout);
	assay_initiator_free(i);
	free(s);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(writes_as_negotiated),
	UNIT_TEST(a_test_decides_otherwise),
	UNIT_TEST(reads_and_sense),
	UNIT_TEST(long_cdbs_and_both_ways),
	UNIT_TEST(several_in_flight),
	UNIT_TEST(hostile_targets),
	UNIT_TEST(a_trickle_ends),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("task", tests);
}
