/* script_test.c - what belongs together in a capture that is to be played, the data of its tasks, and the limit of its memory. Events are made here, of PDUs made by the codec. */
#include <stdlib.h>
#include <string.h>

#include "replay/script.h"
#include "test/unit.h"

#define ISID UINT64_C(0x800000000001)

static struct world {
	struct assay_script *s;
	struct assay_timeline_connection connections[3];
	uint64_t number;
} w;

static const struct assay_endpoint ends[2] = { { { 192, 0, 2, 1 }, 4, 50000 },
	{ { 192, 0, 2, 2 }, 4, 3260 } };

static void start(size_t limit)
{
	assay_script_free(w.s);
	memset(&w, 0, sizeof(w));
	w.s = assay_script_new(limit);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w.s);
}

static void open_connection(unsigned n)
{
	w.connections[n] = (struct assay_timeline_connection){
		.number = n + 1, .initiator = &ends[0], .target = &ends[1], .judged = true, .slot = n
	};
	assay_script_open(w.s, &w.connections[n]);
}

/* Returns its item; the bytes that it was given with are gone by then. */
static uint32_t give(unsigned connection, const struct assay_pdu *pdu)
{
	uint8_t *wire = malloc(70000);
	long length = assay_pdu_encode(wire, 70000, pdu, 0);
	struct assay_pdu decoded;
	struct assay_timeline_pdu p = { .number = ++w.number,
		.frame = w.number + 10,
		.time = w.number * 1000,
		.dir = pdu->opcode & 0x20 ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET,
		.pdu = &decoded };

	CU_ASSERT_FATAL(length > 0);
	CU_ASSERT_EQUAL_FATAL(assay_pdu_decode(&decoded, wire, (size_t)length, 0), length);
	assay_script_pdu(w.s, &w.connections[connection], &p);
	memset(wire, 0xee, 70000);
	free(wire);
	return w.s->item_count - 1;
}

static const struct assay_script_task *task(uint32_t item)
{
	CU_ASSERT_FATAL(w.s->items[item].task < w.s->task_count);
	return &w.s->tasks[w.s->items[item].task];
}

static void login(unsigned connection, uint16_t tsih, uint16_t cid)
{
	uint32_t request, answer;

	open_connection(connection);
	request = give(connection,
		&(struct assay_pdu){
			.opcode = ASSAY_LOGIN_REQUEST, .isid = ISID, .tsih = tsih, .cid = cid, .itt = 1 });
	answer = give(connection,
		&(struct assay_pdu){ .opcode = ASSAY_LOGIN_RESPONSE, .isid = ISID, .tsih = 7, .itt = 1 });
	CU_ASSERT_EQUAL(task(request)->answer, answer);
	CU_ASSERT_EQUAL(task(answer)->request, request);
}

static uint32_t data_out(uint32_t itt, uint32_t offset, const char *data)
{
	return give(0, &(struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
			       .itt = itt,
			       .buffer_offset = offset,
			       .data = (const uint8_t *)data,
			       .data_length = (uint32_t)strlen(data) });
}

static uint32_t write_command(unsigned connection, uint32_t itt, const char *immediate)
{
	return give(connection, &(struct assay_pdu){ .opcode = ASSAY_SCSI_COMMAND,
					.write = 1,
					.itt = itt,
					.data = (const uint8_t *)immediate,
					.data_length = (uint32_t)strlen(immediate) });
}

static void expect_data(uint32_t item, uint32_t offset, uint32_t length, const char *expected)
{
	uint8_t out[64] = "";

	CU_ASSERT_EQUAL(assay_script_write_data(out, w.s, task(item), offset, length), strlen(expected));
	CU_ASSERT_EQUAL(memcmp(out, expected, strlen(expected)), 0);
}

/* ---- tests ---- */

static void test_write_data(void)
{
	uint32_t command, r2t, status;

	start(1 << 20);
	login(0, 0, 0);
	command = write_command(0, 2, "abcd");
	data_out(2, 4, "efgh");
	r2t = give(0, &(struct assay_pdu){ .opcode = ASSAY_R2T, .itt = 2, .ttt = 9, .buffer_offset = 8 });
	CU_ASSERT_EQUAL(task(command)->answer, ASSAY_SCRIPT_NONE);
	data_out(2, 12, "mnop"); /* out of order */
	data_out(2, 8, "ijkl");
	data_out(3, 0, "xxxx"); /* of a task that is not there */
	status = give(0, &(struct assay_pdu){ .opcode = ASSAY_SCSI_RESPONSE, .itt = 2 });
	CU_ASSERT_EQUAL(task(command)->answer, status);
	CU_ASSERT_EQUAL(w.s->items[r2t].task, w.s->items[command].task);
	CU_ASSERT_EQUAL(task(command)->data_end, 16);
	expect_data(command, 0, 16, "abcdefghijklmnop");
	expect_data(command, 2, 11, "cdefghijklm");
	expect_data(command, 10, 20, "klmnop");
	expect_data(command, 16, 4, "");
}

static void test_hole(void)
{
	uint32_t command;

	start(1 << 20);
	login(0, 0, 0);
	command = write_command(0, 2, "abcd");
	data_out(2, 8, "ijkl");
	expect_data(command, 0, 12, "abcd");
	expect_data(command, 8, 4, "ijkl");
	expect_data(command, 4, 8, "");
}

/* The same tag again, once its task has ended, is another task's. */
static void test_tag_again(void)
{
	uint32_t first, second, status;

	start(1 << 20);
	login(0, 0, 0);
	first = write_command(0, 2, "ab");
	status = give(0, &(struct assay_pdu){ .opcode = ASSAY_DATA_IN, .itt = 2, .status_present = 1 });
	second = write_command(0, 2, "cd");
	CU_ASSERT_EQUAL(task(first)->answer, status);
	CU_ASSERT_EQUAL(task(second)->answer, ASSAY_SCRIPT_NONE);
	data_out(2, 2, "ef");
	expect_data(first, 0, 4, "ab");
	expect_data(second, 0, 4, "cdef");
}

static void test_read_data(void)
{
	uint32_t command;
	uint8_t out[16];

	start(1 << 20);
	login(0, 0, 0);
	command = give(0, &(struct assay_pdu){ .opcode = ASSAY_SCSI_COMMAND, .read = 1, .itt = 2 });
	for (unsigned n = 0; n < 3; n++)
		give(0, &(struct assay_pdu){ .opcode = ASSAY_DATA_IN,
				.itt = 2,
				.status_present = n == 2,
				.buffer_offset = 4 * n,
				.data = (const uint8_t *)"abcdefghijkl" + 4 * n,
				.data_length = 4 });
	CU_ASSERT_EQUAL(assay_script_read_data(out, w.s, task(command), 16), 12);
	CU_ASSERT_EQUAL(memcmp(out, "abcdefghijkl", 12), 0);
	CU_ASSERT_EQUAL(assay_script_read_data(out, w.s, task(command), 6), 6);
	CU_ASSERT_EQUAL(task(command)->data_end, 0);
}

static void test_sessions(void)
{
	uint32_t command, answer;

	start(1 << 20);
	login(0, 0, 0);
	login(1, 7, 1); /* joins */
	login(2, 0, 0);
	CU_ASSERT_EQUAL(w.s->connections[1].session, w.s->connections[0].session);
	CU_ASSERT_NOT_EQUAL(w.s->connections[2].session, w.s->connections[0].session);
	CU_ASSERT_EQUAL(w.s->connections[1].cid, 1);
	(void)give(
		1, &(struct assay_pdu){ .opcode = ASSAY_LOGIN_RESPONSE, .isid = ISID, .tsih = 9, .itt = 1 });
	CU_ASSERT_EQUAL(
		w.s->sessions[w.s->connections[0].session].tsih, 7); /* a wrong echo names no session */
	command = write_command(0, 2, "");
	answer = give(1, &(struct assay_pdu){ .opcode = ASSAY_SCSI_RESPONSE, .itt = 2 });
	CU_ASSERT_EQUAL(w.s->items[answer].task, w.s->items[command].task);
	answer = give(2, &(struct assay_pdu){ .opcode = ASSAY_SCSI_RESPONSE, .itt = 2 });
	CU_ASSERT_EQUAL(w.s->items[answer].task, ASSAY_SCRIPT_NONE);
}

static void test_reject(void)
{
	uint8_t header[ASSAY_BHS_LENGTH];
	uint32_t command, reject, status;

	start(1 << 20);
	login(0, 0, 0);
	command = write_command(0, 2, "");
	assay_pdu_encode_bhs(header, &w.s->items[command].pdu);
	reject = give(0, &(struct assay_pdu){ .opcode = ASSAY_REJECT,
				 .itt = ASSAY_TAG_RESERVED,
				 .data = header,
				 .data_length = sizeof(header) });
	CU_ASSERT_EQUAL(task(command)->answer, reject);
	status = give(0, &(struct assay_pdu){ .opcode = ASSAY_SCSI_RESPONSE, .itt = 2 });
	CU_ASSERT_EQUAL(task(command)->answer, status);
}

/* A command with a tag that is in use is refused, and the answer that comes later is the first one's. */
static void test_tag_in_use(void)
{
	uint8_t header[ASSAY_BHS_LENGTH];
	uint32_t first, second, reject, status;

	start(1 << 20);
	login(0, 0, 0);
	first = write_command(0, 2, "");
	second = write_command(0, 2, "");
	assay_pdu_encode_bhs(header, &w.s->items[second].pdu);
	reject = give(0, &(struct assay_pdu){ .opcode = ASSAY_REJECT,
				 .itt = ASSAY_TAG_RESERVED,
				 .data = header,
				 .data_length = sizeof(header) });
	status = give(0, &(struct assay_pdu){ .opcode = ASSAY_SCSI_RESPONSE, .itt = 2 });
	CU_ASSERT_EQUAL(task(second)->answer, reject);
	CU_ASSERT_EQUAL(task(first)->answer, status);
	CU_ASSERT_EQUAL(w.s->connections[0].last_answer, status);
}

static void test_pings(void)
{
	uint32_t ping, pong, asked;

	start(1 << 20);
	login(0, 0, 0);
	ping = give(0, &(struct assay_pdu){ .opcode = ASSAY_NOP_IN, .itt = ASSAY_TAG_RESERVED, .ttt = 5 });
	pong = give(0, &(struct assay_pdu){ .opcode = ASSAY_NOP_OUT, .itt = ASSAY_TAG_RESERVED, .ttt = 5 });
	CU_ASSERT_EQUAL(w.s->items[ping].task, ASSAY_SCRIPT_NONE);
	CU_ASSERT_EQUAL(w.s->items[pong].task, ASSAY_SCRIPT_NONE);
	asked = give(0, &(struct assay_pdu){ .opcode = ASSAY_NOP_OUT, .itt = 4, .ttt = ASSAY_TAG_RESERVED });
	CU_ASSERT_EQUAL(task(asked)->request, asked);
}

static void test_ends(void)
{
	const struct assay_timeline_loss loss = { 12, false, 30, 40, ASSAY_TO_INITIATOR, NULL, 0 };

	start(1 << 20);
	login(0, 0, 0);
	assay_script_loss(w.s, &w.connections[0], &loss);
	CU_ASSERT_EQUAL(w.s->connections[0].gaps, 12);
	CU_ASSERT_EQUAL(w.s->items[w.s->item_count - 1].kind, ASSAY_SCRIPT_GAP);
	assay_script_close(w.s, &w.connections[0], ASSAY_FLOW_RESET, ASSAY_TARGET, 31, 41);
	CU_ASSERT_EQUAL(w.s->items[w.s->item_count - 1].kind, ASSAY_SCRIPT_RESET);
	CU_ASSERT_EQUAL(w.s->items[w.s->item_count - 1].dir, ASSAY_TO_INITIATOR);
	CU_ASSERT(w.s->items[w.s->item_count - 1].end_known);
	CU_ASSERT_EQUAL(w.s->items[w.s->item_count - 1].number, 2);
	open_connection(1);
	assay_script_close(w.s, &w.connections[1], ASSAY_FLOW_OPEN, ASSAY_BOTH, 32, 42);
	CU_ASSERT_FALSE(w.s->items[w.s->item_count - 1].end_known);
}

/* What does not fit is counted, and what was there stays as it is. */
static void test_limit(void)
{
	static uint8_t data[60000];
	uint32_t kept;

	start(4 << 20);
	login(0, 0, 0);
	for (unsigned n = 0; n < 200; n++)
		give(0, &(struct assay_pdu){ .opcode = ASSAY_SCSI_COMMAND,
				.write = 1,
				.itt = 2 + n,
				.data = data,
				.data_length = sizeof(data) });
	CU_ASSERT(w.s->full);
	kept = w.s->item_count;
	CU_ASSERT(kept > 30 && kept < 100);
	CU_ASSERT_EQUAL(w.s->pdus[ASSAY_TO_TARGET] + w.s->pdus[ASSAY_TO_INITIATOR] + w.s->left_out, 202);
	CU_ASSERT_EQUAL(w.s->items[kept - 1].pdu.data_length, sizeof(data));
	open_connection(1);
	assay_script_close(w.s, &w.connections[0], ASSAY_FLOW_FIN, ASSAY_TARGET, 31, 41);
	CU_ASSERT_EQUAL(w.s->item_count, kept);
	start(0);
	open_connection(0);
	write_command(0, 1, "");
	CU_ASSERT_EQUAL(w.s->left_out, 1);
	CU_ASSERT_EQUAL(w.s->item_count, 0);
}

static CU_TestInfo tests[] = {
	{ "the data of a write", test_write_data },
	{ "a hole in it", test_hole },
	{ "a tag used again", test_tag_again },
	{ "the data of a read", test_read_data },
	{ "sessions and their connections", test_sessions },
	{ "a Reject and what it refuses", test_reject },
	{ "a tag in use", test_tag_in_use },
	{ "pings", test_pings },
	{ "gaps and ends", test_ends },
	{ "the limit", test_limit },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed = unit_run("script", tests);

	assay_script_free(w.s);
	return failed;
}
