/*
 * pcapng_tshark_test.c - tshark opens what we write: its iSCSI dissector sees each PDU, nothing is malformed, and no TCP
 * segment is out of place. Skipped (77) where there is no tshark.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/pcapng.h"
#include "codec/pdu.h"
#include "test/unit.h"

static char path[] = "/tmp/assay-pcapng-XXXXXX";
static uint8_t bulk[100000];

/* What is said, in order. */
static const struct line {
	uint8_t opcode;
	uint32_t data_length;
	const char *text;
} lines[] = {
	{ ASSAY_LOGIN_REQUEST, 0, "InitiatorName=iqn.2026-01.test:i" },
	{ ASSAY_LOGIN_RESPONSE, 0, "TargetPortalGroupTag=1" },
	{ ASSAY_SCSI_COMMAND, 0, NULL },
	{ ASSAY_DATA_IN, sizeof(bulk), NULL },
	{ ASSAY_SCSI_RESPONSE, 0, NULL },
	{ ASSAY_NOP_OUT, 0, NULL },
	{ ASSAY_NOP_IN, 0, NULL },
	{ ASSAY_TEXT_REQUEST, 0, "SendTargets=All" },
	{ ASSAY_TEXT_RESPONSE, 0, "TargetName=iqn.2026-01.test:t" },
	{ ASSAY_TASK_MANAGEMENT_REQUEST, 0, NULL },
	{ ASSAY_TASK_MANAGEMENT_RESPONSE, 0, NULL },
	{ ASSAY_ASYNC_MESSAGE, 0, NULL },
	{ ASSAY_LOGOUT_REQUEST, 0, NULL },
	{ ASSAY_LOGOUT_RESPONSE, 0, NULL },
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

static void write_line(struct assay_pcapng *p, const struct line *line, uint32_t connection, uint64_t time)
{
	static uint8_t wire[sizeof(bulk) + 256];
	struct assay_pdu pdu = {
		.opcode = line->opcode,
		.final = line->opcode != ASSAY_LOGIN_REQUEST && line->opcode != ASSAY_LOGIN_RESPONSE,
		.transit = line->opcode == ASSAY_LOGIN_REQUEST || line->opcode == ASSAY_LOGIN_RESPONSE,
		.immediate = line->opcode == ASSAY_LOGIN_REQUEST ||
			     line->opcode == ASSAY_TASK_MANAGEMENT_REQUEST ||
			     line->opcode == ASSAY_LOGOUT_REQUEST,
		.function = line->opcode == ASSAY_TASK_MANAGEMENT_REQUEST ? 5 : 0,
		.csg = 1,
		.nsg = 3,
		.itt = line->opcode == ASSAY_ASYNC_MESSAGE ? ASSAY_TAG_RESERVED : 5,
		.rtt = ASSAY_TAG_RESERVED,
		.ttt = ASSAY_TAG_RESERVED,
		.read = 1,
		.expected_data_transfer_length = sizeof(bulk),
		.cdb = { 0x28, 0, 0, 0, 0, 0, 0, 0, 195, 0 },
		.data = line->text          ? (const uint8_t *)line->text
			: line->data_length ? bulk
					    : NULL,
		.data_length = line->text ? (uint32_t)strlen(line->text) + 1 : line->data_length,
	};
	long n = assay_pdu_encode(wire, sizeof(wire), &pdu, 0);

	CU_ASSERT_FATAL(n > 0);
	CU_ASSERT_EQUAL(assay_pcapng_bytes(p, connection,
				assay_opcode_from_target(line->opcode) ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET,
				wire, (size_t)n, time, line->text),
		0);
}

static void write_capture(void)
{
	struct assay_pcapng *p = NULL;
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL_FATAL(assay_pcapng_begin(&p, file, "capture.tshark"), 0);
	for (uint32_t c = 0; c < 2; c++)
		assay_pcapng_open(p, c, c * 1000, NULL);
	for (size_t n = 0; n < LINES; n++)
		for (uint32_t c = 0; c < 2; c++)
			write_line(p, &lines[n], c, 10000 + n * 1000 + c);
	assay_pcapng_close(p, 0, ASSAY_TO_INITIATOR, false, 99000);
	assay_pcapng_close(p, 1, ASSAY_TO_TARGET, true, 99001);
	CU_ASSERT_EQUAL(assay_pcapng_end(p), 0);
	CU_ASSERT_EQUAL(fclose(file), 0);
}

/* What tshark says of the file; the whole output, or what fits. */
static void tshark(char *out, size_t capacity, const char *arguments)
{
	char command[512];
	FILE *pipe;
	size_t n;

	snprintf(command, sizeof(command),
		"tshark -n -r %s -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE %s 2>/dev/null", path,
		arguments);
	pipe = popen(command, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(pipe);
	n = fread(out, 1, capacity - 1, pipe);
	out[n] = '\0';
	CU_ASSERT_EQUAL(pclose(pipe), 0);
}

static void the_dissector_sees_each_pdu(void)
{
	char out[4096], expected[16];
	const char *at = out;

	tshark(out, sizeof(out), "-Y 'iscsi && tcp.stream == 1' -T fields -e iscsi.opcode");
	for (size_t n = 0; n < LINES; n++) {
		snprintf(expected, sizeof(expected), "0x%02x\n", lines[n].opcode);
		CU_ASSERT_EQUAL_FATAL(strncmp(at, expected, strlen(expected)), 0);
		at += strlen(expected);
	}
	CU_ASSERT_STRING_EQUAL(at, "");
}

static void nothing_is_out_of_place(void)
{
	char out[4096];

	tshark(out, sizeof(out),
		"-Y '_ws.malformed || tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status "
		"== 0'");
	CU_ASSERT_STRING_EQUAL(out, "");
	tshark(out, sizeof(out),
		"-Y 'tcp.checksum.status == 1 && ip.checksum.status == 1 && tcp.flags.fin == 1' -T fields -e "
		"tcp.stream");
	CU_ASSERT_STRING_EQUAL(out, "0\n0\n");
	tshark(out, sizeof(out), "-Y 'tcp.flags.reset == 1' -T fields -e tcp.stream -e frame.time_epoch");
	CU_ASSERT_STRING_EQUAL(out, "1\t0.000099001\n");
	tshark(out, sizeof(out), "-Y 'frame.comment contains \"SendTargets\"' -T fields -e tcp.stream");
	CU_ASSERT_STRING_EQUAL(out, "0\n1\n");
}

static CU_TestInfo tests[] = {
	UNIT_TEST(write_capture),
	UNIT_TEST(the_dissector_sees_each_pdu),
	UNIT_TEST(nothing_is_out_of_place),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	if (system("tshark --version >/dev/null 2>&1") != 0) {
		printf("skipped: there is no tshark (Debian package tshark)\n");
		return 77;
	}
	failed = unit_run("pcapng and tshark", tests);
	unlink(path);
	return failed;
}
