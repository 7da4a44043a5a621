/* leave_test.c - what a test may send with the leave that the user gave, and what not: each command that writes or disturbs, each unit. */
#include <string.h>

#include "codec/lun.h"
#include "codec/pdu.h"
#include "test/unit.h"
#include "transport/leave.h"

/* A stream that counts what reaches it. */
static struct {
	struct assay_stream stream;
	unsigned sent;
} far;

static int far_send(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline)
{
	(void)s, (void)bytes, (void)length, (void)deadline;
	far.sent++;
	return 0;
}

static void far_close(struct assay_stream *s)
{
	(void)s;
}

static const struct assay_stream_ops far_ops = { .send = far_send, .close = far_close };

static int far_dial(struct assay_dialer *d, struct assay_stream **out, const char *host, uint16_t port,
	const char *source, uint64_t timeout, struct assay_error *err)
{
	(void)d, (void)host, (void)port, (void)source, (void)timeout, (void)err;
	far.stream.ops = &far_ops;
	*out = &far.stream;
	return 0;
}

static struct assay_dialer inner = { far_dial };
static const uint32_t luns[] = { 0, 1, 22 };

/* Does it pass? refused tells the same. */
static bool passes(const struct assay_leave *with, const struct assay_pdu *pdu)
{
	struct assay_leave leave;
	struct assay_stream *s;
	uint8_t bytes[ASSAY_BHS_LENGTH];
	unsigned before = far.sent;

	assay_leave_init(&leave, &inner);
	leave.write = with->write;
	leave.write_lun = with->write_lun;
	leave.disruptive = with->disruptive;
	leave.luns = with->luns;
	leave.lun_count = with->lun_count;
	CU_ASSERT_EQUAL_FATAL(leave.dialer.dial(&leave.dialer, &s, "h", 1, NULL, 1, NULL), 0);
	assay_pdu_encode_bhs(bytes, pdu);
	CU_ASSERT_EQUAL(assay_stream_send(s, bytes, sizeof(bytes), 1) == 0, far.sent == before + 1);
	CU_ASSERT_EQUAL(!leave.refused[0], far.sent == before + 1);
	assay_stream_close(s);
	return far.sent == before + 1;
}

static bool command(const struct assay_leave *with, uint8_t opcode, uint64_t lun)
{
	struct assay_pdu pdu = { .opcode = ASSAY_SCSI_COMMAND, .lun = lun, .cdb = { opcode } };

	return passes(with, &pdu);
}

static bool function(const struct assay_leave *with, uint8_t number, uint64_t lun)
{
	struct assay_pdu pdu = { .opcode = ASSAY_TASK_MANAGEMENT_REQUEST, .lun = lun, .function = number };

	return passes(with, &pdu);
}

static const struct assay_leave none = { .luns = luns, .lun_count = 3 };
static const struct assay_leave writer = { .luns = luns, .lun_count = 3, .write = true, .write_lun = 22 };
static const struct assay_leave disturber = { .luns = luns, .lun_count = 3, .disruptive = true };
static const struct assay_leave unknown = { 0 };

static void writes(void)
{
	static const uint8_t writers[] = { 0x04, 0x07, 0x0a, 0x2a, 0x2e, 0x3b, 0x3f, 0x41, 0x42, 0x48, 0x7f,
		0x83, 0x89, 0x8a, 0x8b, 0x8e, 0x93, 0x9c, 0xaa, 0xae };

	for (size_t i = 0; i < sizeof(writers); i++) {
		CU_ASSERT_FALSE(command(&none, writers[i], assay_lun_from_number(22)));
		CU_ASSERT_FALSE(command(&disturber, writers[i], assay_lun_from_number(22)));
		CU_ASSERT_FALSE(command(&writer, writers[i], assay_lun_from_number(1)));
		CU_ASSERT_TRUE(command(&writer, writers[i], assay_lun_from_number(22)));
		CU_ASSERT_TRUE(command(&writer, writers[i], assay_lun_flat(22)));
		CU_ASSERT_TRUE(command(&none, writers[i], assay_lun_from_number(250)));
	}
}

static void reads(void)
{
	static const uint8_t readers[] = { 0x00, 0x03, 0x08, 0x12, 0x1a, 0x25, 0x28, 0x2f, 0x35, 0x5e, 0x88,
		0x9e, 0xa0, 0xa3, 0xa8 };

	for (size_t i = 0; i < sizeof(readers); i++)
		CU_ASSERT_TRUE(command(&none, readers[i], assay_lun_from_number(1)));
}

/* What chance made may be any command: only what is known to leave all as it is goes out without leave. */
static void chance(void)
{
	for (unsigned code = 0; code < 256; code++) {
		struct assay_pdu pdu = { .opcode = ASSAY_SCSI_COMMAND,
			.lun = assay_lun_from_number(22),
			.cdb = { (uint8_t)code } };
		bool reads = code == 0x00 || code == 0x12 || code == 0x28 || code == 0x88 || code == 0xa0;
		bool never = code == 0x10 || code == 0x2a || code == 0x2c || code == 0x41 || code == 0x94 ||
			     code == 0xff;

		CU_ASSERT(!reads || assay_leave_allows(&none, &pdu));
		CU_ASSERT(!never || !assay_leave_allows(&none, &pdu));
		CU_ASSERT(!never || assay_leave_allows(&writer, &pdu));
	}
}

/* Where the target does not say which units it has, any may be there; and so may one behind a LUN of several levels. */
static void unknown_units(void)
{
	CU_ASSERT_FALSE(command(&unknown, 0x2a, assay_lun_from_number(250)));
	CU_ASSERT_FALSE(function(&unknown, 5, assay_lun_from_number(250)));
	CU_ASSERT_FALSE(command(&none, 0x2a, UINT64_C(0x0001000100000000)));
	CU_ASSERT_TRUE(command(&unknown, 0x28, assay_lun_from_number(250)));
}

static void disturbs(void)
{
	static const uint8_t disturbing[] = { 0x15, 0x16, 0x1b, 0x1d, 0x4c, 0x55, 0x56, 0x5f, 0xa4 };
	uint64_t lun = assay_lun_from_number(1);

	for (size_t i = 0; i < sizeof(disturbing); i++) {
		CU_ASSERT_FALSE(command(&none, disturbing[i], lun));
		CU_ASSERT_TRUE(command(&disturber, disturbing[i], lun));
	}
	for (uint8_t f = 4; f <= 7; f++) {
		CU_ASSERT_FALSE(function(&none, f, lun));
		CU_ASSERT_TRUE(function(&disturber, f, lun));
	}
	for (uint8_t f = 1; f <= 3; f++)
		CU_ASSERT_TRUE(function(&none, f, lun));
	CU_ASSERT_TRUE(function(&none, 5, assay_lun_from_number(250)));
	CU_ASSERT_FALSE(function(&none, 6, assay_lun_from_number(250)));
}

static CU_TestInfo tests[] = {
	UNIT_TEST(writes),
	UNIT_TEST(reads),
	UNIT_TEST(chance),
	UNIT_TEST(unknown_units),
	UNIT_TEST(disturbs),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("leave", tests);
}
