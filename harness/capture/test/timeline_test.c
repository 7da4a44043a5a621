/*
 * timeline_test.c - which flows are iSCSI, PDUs whatever the segments are, gaps and the way on behind them, digests from the login and by trying, and that the rules see both sides. Segments are made here,
 * of PDUs made by the codec.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/timeline.h"
#include "test/unit.h"

#define INITIATOR 0
#define TARGET    1

static struct world {
	struct assay_timeline *t;
	char pdus
		[8192]; /* in their order: "> Login Request;", "< Login Response;"; "cut" before one of which the header alone is there */
	char rules[1024]; /* of the findings */
	char ends[256];
	unsigned connections;
	bool mid_stream;
	struct assay_params params;
	uint32_t sent[2]; /* bytes by side */
	uint16_t port;
	uint64_t frame;
	uint8_t wire[1 << 17]; /* one PDU, or several */
	size_t length;
} w;

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	(void)payload;
	w.connections++;
	w.mid_stream = c->mid_stream;
	CU_ASSERT_EQUAL(c->initiator->port, w.port);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	size_t at = strlen(w.pdus);

	(void)payload, (void)c;
	snprintf(w.pdus + at, sizeof(w.pdus) - at, "%s%s %s;", p->cut ? "cut" : "",
		p->dir == ASSAY_TO_TARGET ? ">" : "<", assay_opcode_name(p->pdu->opcode));
	CU_ASSERT_EQUAL(p->pdu->bad_digests, 0);
	CU_ASSERT(p->first_frame <= p->frame);
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at)
{
	(void)payload, (void)c, (void)at;
	snprintf(w.rules + strlen(w.rules), sizeof(w.rules) - strlen(w.rules), "%s by %d;", f->rule->id,
		f->offender);
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	(void)payload, (void)frame, (void)time;
	if (c->params)
		w.params = *c->params;
	snprintf(w.ends + strlen(w.ends), sizeof(w.ends) - strlen(w.ends), "%d by %d;", how, by);
}

static void start(void)
{
	static const struct assay_timeline_events events = {
		.open = on_open, .pdu = on_pdu, .finding = on_finding, .close = on_close
	};

	assay_timeline_free(w.t);
	memset(&w, 0, sizeof(w));
	w.t = assay_timeline_new(NULL, &events, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w.t);
	w.port = 50000;
}

/* ---- segments ---- */

static void segment(
	unsigned side, uint8_t flags, uint32_t offset, const void *bytes, uint32_t length, uint32_t captured)
{
	const struct assay_endpoint end[2] = { { { 192, 0, 2, 1 }, 4, w.port },
		{ { 192, 0, 2, 2 }, 4, 9999 } };
	const struct assay_segment s = { .from = end[side],
		.to = end[!side],
		.flags = (uint8_t)(flags | ASSAY_TCP_ACK),
		.seq = 1000 + offset,
		.ack = 1000 + w.sent[!side],
		.data = bytes,
		.captured = captured,
		.length = length,
		.frame = ++w.frame,
		.time = w.frame * 1000 };

	assay_timeline_segment(w.t, &s);
}

static void handshake(void)
{
	w.sent[0] = w.sent[1] = 0;
	segment(INITIATOR, ASSAY_TCP_SYN, UINT32_MAX, NULL, 0, 0);
	segment(TARGET, ASSAY_TCP_SYN, UINT32_MAX, NULL, 0, 0);
}

static void finish(void)
{
	segment(TARGET, ASSAY_TCP_FIN, w.sent[TARGET], NULL, 0, 0);
	segment(INITIATOR, ASSAY_TCP_FIN, w.sent[INITIATOR], NULL, 0, 0);
	assay_timeline_end(w.t);
}

/* What is in w.wire goes out in segments of at most size bytes. */
static void send_cut(unsigned side, size_t size)
{
	for (size_t at = 0; at < w.length; at += size) {
		uint32_t part = (uint32_t)(w.length - at < size ? w.length - at : size);

		segment(side, 0, w.sent[side], w.wire + at, part, part);
		w.sent[side] += part;
	}
	w.length = 0;
}

static void send(unsigned side)
{
	send_cut(side, sizeof(w.wire));
}

/* It is sent, but the capture has not got it. */
static void send_unseen(unsigned side)
{
	w.sent[side] += (uint32_t)w.length;
	w.length = 0;
}

static void put(const struct assay_pdu *pdu, unsigned digests)
{
	long length = assay_pdu_encode(w.wire + w.length, sizeof(w.wire) - w.length, pdu, digests);

	CU_ASSERT_FATAL(length > 0);
	w.length += (size_t)length;
}

/* ---- a session ---- */

static void put_login(const char *keys, size_t length)
{
	put(&(struct assay_pdu){ .opcode = ASSAY_LOGIN_REQUEST,
		    .immediate = 1,
		    .transit = 1,
		    .csg = ASSAY_STAGE_OPERATIONAL,
		    .nsg = ASSAY_STAGE_FULL_FEATURE,
		    .isid = UINT64_C(0x800000000001),
		    .itt = 1,
		    .cmd_sn = 1,
		    .data = (const uint8_t *)keys,
		    .data_length = (uint32_t)length },
		0);
}

static void put_login_answer(const char *keys, size_t length)
{
	put(&(struct assay_pdu){ .opcode = ASSAY_LOGIN_RESPONSE,
		    .transit = 1,
		    .csg = ASSAY_STAGE_OPERATIONAL,
		    .nsg = ASSAY_STAGE_FULL_FEATURE,
		    .isid = UINT64_C(0x800000000001),
		    .tsih = 7,
		    .itt = 1,
		    .stat_sn = 100,
		    .exp_cmd_sn = 1,
		    .max_cmd_sn = 33,
		    .data = (const uint8_t *)keys,
		    .data_length = (uint32_t)length },
		0);
}

static const char names[] =
	"InitiatorName=iqn.2026-01.test:i\0TargetName=iqn.2026-01.test:t\0SessionType=Normal";
static const char tpgt[] = "TargetPortalGroupTag=1";

static void login(void)
{
	handshake();
	put_login(names, sizeof(names));
	send(INITIATOR);
	put_login_answer(tpgt, sizeof(tpgt));
	send(TARGET);
}

static void put_read(uint32_t n, uint32_t length, unsigned digests)
{
	put(&(struct assay_pdu){ .opcode = ASSAY_SCSI_COMMAND,
		    .final = 1,
		    .read = 1,
		    .attr = ASSAY_ATTR_SIMPLE,
		    .itt = 10 + n,
		    .cmd_sn = 1 + n,
		    .exp_stat_sn = 101 + n,
		    .expected_data_transfer_length = length,
		    .cdb = { 0x28, [7] = (uint8_t)(length / 512 >> 8), [8] = (uint8_t)(length / 512) } },
		digests);
}

static void put_data_in(uint32_t n, uint32_t length, unsigned digests)
{
	static uint8_t bytes[65536];

	put(&(struct assay_pdu){ .opcode = ASSAY_DATA_IN,
		    .final = 1,
		    .status_present = 1,
		    .itt = 10 + n,
		    .ttt = ASSAY_TAG_RESERVED,
		    .stat_sn = 101 + n,
		    .exp_cmd_sn = 2 + n,
		    .max_cmd_sn = 34 + n,
		    .data = bytes,
		    .data_length = length },
		digests);
}

static void put_ping(unsigned side, uint32_t n)
{
	bool out = side == INITIATOR;

	put(&(struct assay_pdu){ .opcode = out ? ASSAY_NOP_OUT : ASSAY_NOP_IN,
		    .final = 1,
		    .itt = 10 + n,
		    .ttt = ASSAY_TAG_RESERVED,
		    .cmd_sn = 1 + n,
		    .exp_stat_sn = 101 + n,
		    .stat_sn = 101 + n,
		    .exp_cmd_sn = 2 + n,
		    .max_cmd_sn = 34 + n },
		0);
}

static void reads(uint32_t from, uint32_t to, unsigned digests)
{
	for (uint32_t n = from; n < to; n++) {
		put_read(n, 4096, digests);
		send(INITIATOR);
		put_data_in(n, 4096, digests);
		send_cut(TARGET, 1448);
	}
}

#define LOGIN    "> Login Request;< Login Response;"
#define ONE_READ "> SCSI Command;< SCSI Data-In;"

/* ---- tests ---- */

static void a_session_is_right(void)
{
	start();
	login();
	reads(0, 3, 0);
	finish();
	CU_ASSERT_STRING_EQUAL(w.pdus, LOGIN ONE_READ ONE_READ ONE_READ);
	CU_ASSERT_STRING_EQUAL(w.rules, "");
	CU_ASSERT_STRING_EQUAL(w.ends, "0 by 2;");
	CU_ASSERT(!w.mid_stream);
	CU_ASSERT_STRING_EQUAL(w.params.target_name, "iqn.2026-01.test:t");
	CU_ASSERT_EQUAL(
		assay_timeline_counts(w.t)->lost_bytes + assay_timeline_counts(w.t)->skipped_bytes, 0);
}

static void segments_of_any_size(void)
{
	for (size_t size = 1; size < 150; size += 6) {
		start();
		handshake();
		put_login(names, sizeof(names));
		send_cut(INITIATOR, size);
		put_login_answer(tpgt, sizeof(tpgt));
		send_cut(TARGET, size);
		put_ping(INITIATOR, 0);
		send_cut(INITIATOR, size);
		put_ping(TARGET, 0);
		send_cut(TARGET, size);
		put_read(1, 512, 0);
		send_cut(INITIATOR, size);
		put_data_in(1, 512, 0);
		send_cut(TARGET, size);
		finish();
		CU_ASSERT_STRING_EQUAL(w.pdus, LOGIN "> NOP-Out;< NOP-In;" ONE_READ);
		CU_ASSERT_STRING_EQUAL(w.rules, "");
	}
}

static void both_sides_are_judged(void)
{
	start();
	login();
	put_read(0, 512, 0);
	send(INITIATOR);
	put_data_in(5, 512, 0); /* an ITT that nobody asked for, a StatSN that is not next */
	send(TARGET);
	put_read(7, 512, 0); /* a CmdSN that is not next */
	send(INITIATOR);
	finish();
	CU_ASSERT_PTR_NOT_NULL(strstr(w.rules, "by 2;"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.rules, "by 1;"));
}

static void digests_from_the_login(void)
{
	static const char keys[] = "InitiatorName=iqn.2026-01.test:i\0TargetName=iqn.2026-01.test:"
				   "t\0SessionType=Normal\0HeaderDigest=CRC32C\0DataDigest=CRC32C";
	static const char answer[] = "TargetPortalGroupTag=1\0HeaderDigest=CRC32C\0DataDigest=CRC32C";

	start();
	handshake();
	put_login(keys, sizeof(keys));
	send(INITIATOR);
	put_login_answer(answer, sizeof(answer));
	send(TARGET);
	reads(0, 2, ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST);
	finish();
	CU_ASSERT_STRING_EQUAL(w.pdus, LOGIN ONE_READ ONE_READ);
	CU_ASSERT_STRING_EQUAL(w.rules, "");
}

static void without_its_start(void)
{
	for (unsigned way = 0; way < 8; way++) {
		start();
		put_data_in(0, 4096, way % 4);
		memmove(w.wire, w.wire + 1001, w.length -= 1001); /* the end of a PDU */
		send_cut(TARGET, way < 4 ? 1448 : w.length - 4); /* a digest in a packet of its own */
		for (uint32_t n = 1; n < 4; n++) {
			put_read(n, 4096, way % 4);
			send(INITIATOR);
			put_data_in(n, 4096, way % 4);
			send_cut(TARGET, way < 4 ? 1448 : w.length - 4);
		}
		finish();
		CU_ASSERT(w.mid_stream);
		CU_ASSERT_EQUAL(w.connections, 1);
		CU_ASSERT_STRING_EQUAL(w.pdus, ONE_READ ONE_READ ONE_READ);
		CU_ASSERT_STRING_EQUAL(w.rules, "");
	}
}

/* Data that is missing from a PDU costs that one only; the next is where it should be. */
static void a_gap_in_data(void)
{
	start();
	login();
	reads(0, 1, 0);
	put_read(1, 8192, 0);
	send(INITIATOR);
	put_data_in(1, 8192, 0);
	segment(TARGET, 0, w.sent[TARGET], w.wire, 1448, 1448);
	segment(TARGET, 0, w.sent[TARGET] + 2896, w.wire + 2896, (uint32_t)w.length - 2896,
		(uint32_t)w.length - 2896);
	send_unseen(TARGET);
	reads(2, 4, 0);
	finish();
	CU_ASSERT_STRING_EQUAL(w.pdus, LOGIN ONE_READ "> SCSI Command;cut< SCSI Data-In;" ONE_READ ONE_READ);
	CU_ASSERT_STRING_EQUAL(w.rules, "");
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->lost_bytes, 1448);
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->skipped_bytes, 0);
}

static void a_gap_over_headers(void)
{
	start();
	login();
	reads(0, 1, 0);
	put_read(1, 512, 0);
	put_read(2, 512, 0);
	send_unseen(INITIATOR);
	put_data_in(1, 512, 0);
	put_data_in(2, 512, 0);
	send(TARGET);
	reads(3, 5, 0);
	finish();
	CU_ASSERT_PTR_NOT_NULL(strstr(w.pdus, LOGIN ONE_READ));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.pdus, ONE_READ ONE_READ));
	CU_ASSERT_STRING_EQUAL(w.rules, "");
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->lost_bytes, 96);
}

static void a_gap_before_anything_is_known(void)
{
	uint32_t length;

	start();
	handshake();
	put_login(names, sizeof(names));
	length = (uint32_t)w.length;
	send_unseen(INITIATOR);
	put_login_answer(tpgt, sizeof(tpgt));
	send(TARGET);
	reads(0, 1, 0);
	finish();
	CU_ASSERT_STRING_EQUAL(w.pdus, "< Login Response;" ONE_READ);
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->lost_bytes, length);
	w.port++, handshake(); /* too little of any PDU is there */
	segment(INITIATOR, 0, 0, w.wire, 400, 40);
	finish();
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->untold_flows, 1);
}

static void cut_by_the_snap_length(void)
{
	start();
	login();
	for (uint32_t n = 0; n < 4; n++) {
		put_read(n, 4096, 0);
		send(INITIATOR);
		put_data_in(n, 4096, 0);
		segment(TARGET, 0, w.sent[TARGET], w.wire, (uint32_t)w.length, 100);
		send_unseen(TARGET);
	}
	finish();
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->untold_flows, 0);
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->cut_pdus, 4);
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->pdus[ASSAY_TO_INITIATOR], 5);
	CU_ASSERT_STRING_EQUAL(w.rules, "");
}

static void other_protocols(void)
{
	static const char *const said[][2] = {
		{ "GET / HTTP/1.1\r\nHost: example.com\r\nAccept: text/html\r\n\r\n",
			"HTTP/1.1 200 OK\r\nServer: example\r\nContent-Length: 0\r\n\r\n" },
		{ "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 and some more\r\n",
			"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 and some more\r\n" },
	};
	static const char zeros[20000];

	for (unsigned n = 0; n < 3; n++) {
		start();
		handshake();
		for (unsigned side = 0; side < 2; side++) {
			w.length = n < 2 ? strlen(said[n][side]) : sizeof(zeros);
			memcpy(w.wire, n < 2 ? said[n][side] : zeros, w.length);
			send(side);
		}
		finish();
		CU_ASSERT_EQUAL(w.connections, 0);
		CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->other_flows, 1);
		CU_ASSERT_STRING_EQUAL(w.pdus, "");
	}
}

/* What begins wrongly is iSCSI all the same, and is judged. */
static void a_first_pdu_that_is_no_login(void)
{
	start();
	handshake();
	put_ping(INITIATOR, 0);
	send(INITIATOR);
	put_ping(TARGET, 0);
	send(TARGET);
	finish();
	CU_ASSERT_STRING_EQUAL(w.pdus, "> NOP-Out;< NOP-In;");
	CU_ASSERT_PTR_NOT_NULL(strstr(w.rules, "login-first by 1;"));
}

static void many_connections(void)
{
	start();
	for (unsigned n = 0; n < 3000; n++) {
		login();
		finish();
		w.pdus[0] = w.ends[0] = 0;
		w.port++;
	}
	CU_ASSERT_EQUAL(w.connections, 3000);
	CU_ASSERT_EQUAL(assay_timeline_counts(w.t)->unjudged, 0);
	CU_ASSERT_STRING_EQUAL(w.rules, "");
}

static CU_TestInfo tests[] = { UNIT_TEST(a_session_is_right), UNIT_TEST(segments_of_any_size),
	UNIT_TEST(both_sides_are_judged), UNIT_TEST(digests_from_the_login), UNIT_TEST(without_its_start),
	UNIT_TEST(a_gap_in_data), UNIT_TEST(a_gap_over_headers), UNIT_TEST(a_gap_before_anything_is_known),
	UNIT_TEST(cut_by_the_snap_length), UNIT_TEST(other_protocols),
	UNIT_TEST(a_first_pdu_that_is_no_login), UNIT_TEST(many_connections), CU_TEST_INFO_NULL };

int main(void)
{
	int failed = unit_run("timeline", tests);

	assay_timeline_free(w.t);
	return failed;
}
