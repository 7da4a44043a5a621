/*
 * hostile.c - what captures cost that were made to be slow, in time of the processor for each packet, as a ratio to right ones in the same run. Segments go straight into a timeline: no file, no link layer.
 * With a number of packets as its word it prints the table; exit 1 when a ratio is above BOUND, as then something grows faster than the capture.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/summary.h"
#include "capture/timeline.h"
#include "codec/bytes.h"

#define RESERVED 0xffffffffu
#define LIE      ((2u << 20) + 4) /* bytes of data that a header promises, behind which there is no header */
#define BOUND    20 /* of the ratio: what grows faster than the capture has hundreds */

static struct assay_timeline *timeline;
static uint64_t frame = 1; /* of the next segment */
static uint16_t port = 1024;

/* A segment of side 0, who initiates, or 1. */
static void send_segment(
	unsigned side, uint8_t flags, uint32_t seq, uint32_t ack, const void *bytes, uint32_t length)
{
	const struct assay_endpoint end[2] = { { { 192, 0, 2, 1 }, 4, port }, { { 192, 0, 2, 2 }, 4, 3260 } };
	const struct assay_segment s = { .from = end[side],
		.to = end[!side],
		.flags = (uint8_t)(flags | ASSAY_TCP_ACK),
		.seq = seq,
		.ack = ack,
		.data = bytes,
		.captured = bytes ? length : 0,
		.length = length,
		.frame = frame,
		.time = frame * 1000 };

	assay_timeline_segment(timeline, &s);
	frame++;
}

static void begin(void)
{
	port++;
	send_segment(0, ASSAY_TCP_SYN, 999, 0, NULL, 0);
	send_segment(1, ASSAY_TCP_SYN, 999, 1000, NULL, 0);
}

/* A PDU of no more than its header. */
static void header(uint8_t out[ASSAY_BHS_LENGTH], uint8_t opcode, uint32_t itt, uint32_t data)
{
	struct assay_pdu pdu = { .opcode = opcode,
		.final = 1,
		.itt = itt,
		.ttt = RESERVED,
		.cmd_sn = itt,
		.exp_stat_sn = itt,
		.exp_cmd_sn = itt,
		.max_cmd_sn = itt + 32,
		.stat_sn = itt,
		.data_segment_length = data,
		.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH };

	assay_pdu_encode_bhs(out, &pdu);
}

/* Login Request and Response, both final and without keys: 48 bytes of each side. */
static void login(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST, .transit = 1, .csg = 1, .nsg = 3 };
	uint8_t bhs[ASSAY_BHS_LENGTH];

	begin();
	assay_pdu_encode_bhs(bhs, &pdu);
	send_segment(0, 0, 1000, 1000, bhs, sizeof(bhs));
	pdu.opcode = ASSAY_LOGIN_RESPONSE;
	pdu.tsih = 1;
	pdu.exp_cmd_sn = 0;
	pdu.max_cmd_sn = 32;
	assay_pdu_encode_bhs(bhs, &pdu);
	send_segment(1, 0, 1000, 1048, bhs, sizeof(bhs));
}

/* ---- stories: so many packets ---- */

static void right_ones(size_t packets)
{
	uint8_t bhs[ASSAY_BHS_LENGTH];

	login();
	for (uint32_t n = 0; n < packets / 2; n++) {
		header(bhs, ASSAY_SCSI_COMMAND, n, 0);
		send_segment(0, 0, 1048 + n * 48, 1048 + n * 48, bhs, sizeof(bhs));
		header(bhs, ASSAY_SCSI_RESPONSE, n, 0);
		send_segment(1, 0, 1048 + n * 48, 1096 + n * 48, bhs, sizeof(bhs));
	}
}

static void seven_bytes_each(size_t packets)
{
	uint8_t pdus[48 * 7];

	login();
	for (uint32_t n = 0; n < packets; n++) {
		if (n % 48 == 0)
			for (uint32_t i = 0; i < 7; i++)
				header(pdus + 48 * i, ASSAY_SCSI_COMMAND, n / 48 * 7 + i, 0);
		send_segment(0, 0, 1048 + n * 7, 1048, pdus + n % 48 * 7, 7);
	}
}

static void a_connection_for_each(size_t packets)
{
	for (size_t n = 0; n < packets; n += 4)
		login();
}

static void connections_of_something_else(size_t packets)
{
	for (size_t n = 0; n < packets; n++) {
		port++;
		send_segment(0, 0, 1000, 1000, "GET / HTTP/1.1\r\n", 16);
	}
}

/* The first byte never comes, and nobody acknowledges it. Places are in units of two bytes, each segment has one. */
static void out_of_order(size_t packets, uint32_t (*place)(uint32_t n))
{
	login();
	for (uint32_t n = 0; n < packets; n++)
		send_segment(0, 0, 1050 + place(n) * 2, 1048, "x", 1);
}

static uint32_t ascending_twice(uint32_t n)
{
	return n % 8192 < 4096 ? n % 8192 * 2 : n % 8192 % 4096 * 2 + 1;
}

static uint32_t descending(uint32_t n)
{
	return 8192 - n % 8192;
}

static uint32_t scattered(uint32_t n)
{
	return n * 2654435761u >> 19;
}

static void every_second_one_twice(size_t packets)
{
	out_of_order(packets, ascending_twice);
}

static void backwards(size_t packets)
{
	out_of_order(packets, descending);
}

static void in_no_order(size_t packets)
{
	out_of_order(packets, scattered);
}

/* What a side sends begins earlier with each packet, and answers what never came. */
static void earlier_with_each(size_t packets)
{
	port++;
	send_segment(0, ASSAY_TCP_SYN, 999, 0, NULL, 0);
	for (uint32_t n = 0; n < packets; n++)
		send_segment(1, 0, 4000000 - n * 2, 5000, "x", 1);
}

/* Every second PDU is missing, and was acknowledged. */
static void with_gaps(size_t packets)
{
	uint8_t bhs[ASSAY_BHS_LENGTH];

	login();
	for (uint32_t n = 0; n < packets / 2; n++) {
		header(bhs, ASSAY_SCSI_COMMAND, n, 0);
		send_segment(0, 0, 1048 + n * 96, 1048 + n * 48, bhs, sizeof(bhs));
		header(bhs, ASSAY_SCSI_RESPONSE, n, 0);
		send_segment(1, 0, 1048 + n * 48, 1048 + (n + 1) * 96, bhs, sizeof(bhs));
	}
}

/* From the middle: headers, each of which says that data follows, behind which there is none. */
static void headers_that_lie(size_t packets)
{
	uint8_t bhs[ASSAY_BHS_LENGTH];

	port++;
	for (uint32_t n = 0; n < packets; n++) {
		header(bhs, ASSAY_SCSI_COMMAND, n, LIE / 4);
		bhs[1] = 0x81;
		send_segment(0, 0, 1000 + n * 48, 1000, bhs, sizeof(bhs));
	}
}

/* A login, a gap, and then such headers. */
static void headers_that_lie_later(size_t packets)
{
	uint8_t bhs[ASSAY_BHS_LENGTH];

	login();
	send_segment(1, 0, 1048, 1064, NULL, 0);
	for (uint32_t n = 0; n < packets; n++) {
		header(bhs, ASSAY_SCSI_COMMAND, n, LIE);
		send_segment(0, 0, 1064 + n * 48, 1048, bhs, sizeof(bhs));
	}
}

/* From the middle, told by two right headers: which digests there are is not known. */
static void headers_that_lie_in_the_middle(size_t packets)
{
	uint8_t bhs[2 * ASSAY_BHS_LENGTH];

	port++;
	header(bhs, ASSAY_SCSI_COMMAND, 1, 0);
	header(bhs + 48, ASSAY_SCSI_COMMAND, 2, 0);
	send_segment(0, 0, 1000, 1000, bhs, sizeof(bhs));
	send_segment(1, 0, 1000, 1100, NULL, 0);
	for (uint32_t n = 0; n < packets; n++) {
		header(bhs, ASSAY_SCSI_COMMAND, n, LIE);
		send_segment(0, 0, 1100 + n * 48, 1000, bhs, 48);
	}
}

static void nothing_but_noise(size_t packets)
{
	static uint8_t noise[1 << 16];
	unsigned seed = 1;

	login();
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)rand_r(&seed);
	send_segment(1, 0, 1048, 1064, NULL, 0);
	for (uint32_t n = 0; n < packets; n++)
		send_segment(0, 0, 1064 + n * 48, 1048, noise + n * 48 % 65000, 48);
}

static void the_same_again(size_t packets)
{
	static const uint8_t bytes[1400];

	login();
	for (size_t n = 0; n < packets; n++)
		send_segment(0, 0, 1048, 1048, bytes, sizeof(bytes));
}

/* ---- the table ---- */

static const struct story {
	const char *name;
	void (*play)(size_t packets);
} stories[] = {
	{ "right ones", right_ones },
	{ "seven bytes each", seven_bytes_each },
	{ "an iSCSI connection for each four", a_connection_for_each },
	{ "a connection of something else for each", connections_of_something_else },
	{ "out of order: every second byte, then the others", every_second_one_twice },
	{ "out of order: backwards", backwards },
	{ "out of order: scattered", in_no_order },
	{ "the start is earlier with each", earlier_with_each },
	{ "every second PDU is missing", with_gaps },
	{ "headers that lie about their length", headers_that_lie },
	{ "the same behind a gap", headers_that_lie_later },
	{ "the same where digests are not known", headers_that_lie_in_the_middle },
	{ "noise behind a gap", nothing_but_noise },
	{ "1400 bytes, again and again", the_same_again },
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double measure(const struct story *story, size_t packets)
{
	double begun;

	assay_timeline_clear(timeline);
	begun = seconds();
	story->play(packets);
	assay_timeline_end(timeline);
	return (seconds() - begun) / (double)packets;
}

int main(int argc, char **argv)
{
	static const struct assay_timeline_events events = { .no_data = true };
	size_t packets = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	double right;
	int failed = 0;

	timeline = assay_timeline_new(NULL, &events, NULL);
	if (!timeline || packets < 1000)
		return 2;
	measure(&stories[0], packets / 10); /* warm */
	right = measure(&stories[0], packets);
	printf("| packets | each | ratio |\n|---|---|---|\n");
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		double each = measure(&stories[i], packets), ratio = each / right;

		printf("| %s | %.2f us | %.1f |%s\n", stories[i].name, each * 1e6, ratio,
			ratio > BOUND ? " too much" : "");
		fflush(stdout);
		failed |= ratio > BOUND;
	}
	assay_timeline_free(timeline);
	return failed;
}
