/* as_target_world.c - see as_target_world.h. */
#include "as_target_world.h"

#include <stdlib.h>
#include <string.h>

struct world w;

static const struct assay_endpoint ends[2] = { { { 192, 0, 2, 1 }, 4, 50000 },
	{ { 192, 0, 2, 2 }, 4, 3260 } };

/* ---- the capture ---- */

void captured(unsigned connection, struct assay_pdu pdu)
{
	uint8_t wire[4096];
	long length;
	struct assay_pdu decoded;
	struct assay_timeline_pdu p = { .number = ++w.number,
		.frame = w.number,
		.time = w.captured_time,
		.dir = pdu.opcode & 0x20 ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET,
		.pdu = &decoded };

	length = assay_pdu_encode(wire, sizeof(wire), &pdu, w.captured_digests);
	CU_ASSERT_FATAL(length > 0);
	assay_pdu_decode(&decoded, wire, (size_t)length, w.captured_digests);
	assay_script_pdu(w.s, &w.connections[connection], &p);
}

void open_captured(unsigned n)
{
	w.connections[n] = (struct assay_timeline_connection){
		.number = n + 1, .initiator = &ends[0], .target = &ends[1], .judged = true, .slot = n
	};
	assay_script_open(w.s, &w.connections[n]);
}

struct assay_pdu login_request(uint64_t isid, uint32_t itt, uint32_t cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = 1,
		.nsg = 3,
		.isid = isid,
		.itt = itt,
		.cmd_sn = cmd_sn,
		TEXT(KEYS) };
}

struct assay_pdu login_response(uint16_t tsih, uint32_t max_cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_LOGIN_RESPONSE,
		.transit = 1,
		.csg = 1,
		.nsg = 3,
		.isid = UINT64_C(0x800000000001),
		.tsih = tsih,
		.itt = 1,
		.stat_sn = 50,
		.exp_cmd_sn = 100,
		.max_cmd_sn = max_cmd_sn,
		TEXT("TargetPortalGroupTag=1") };
}

void captured_login(unsigned connection)
{
	open_captured(connection);
	captured(connection, login_request(UINT64_C(0x800000000001), 1, 100));
	captured(connection, login_response((uint16_t)(7 + connection), 131));
}

struct assay_pdu command(uint32_t itt, uint32_t cmd_sn, uint8_t operation_code)
{
	return (struct assay_pdu){ .opcode = ASSAY_SCSI_COMMAND,
		.final = 1,
		.attr = 1,
		.itt = itt,
		.cmd_sn = cmd_sn,
		.exp_stat_sn = 51,
		.cdb = { operation_code } };
}

struct assay_pdu response(uint32_t itt, uint32_t stat_sn, uint32_t exp_cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_SCSI_RESPONSE,
		.final = 1,
		.itt = itt,
		.stat_sn = stat_sn,
		.exp_cmd_sn = exp_cmd_sn,
		.max_cmd_sn = exp_cmd_sn + 31 };
}

void captured_end(unsigned connection, enum assay_role by, enum assay_flow_end how)
{
	assay_script_close(w.s, &w.connections[connection], how, by, ++w.number, w.captured_time);
}

void captured_stand(unsigned connection, size_t held)
{
	const struct assay_timeline_stand stand = {
		.dir = ASSAY_TO_INITIATOR, .held = held, .frame = ++w.number, .time = w.captured_time
	};

	assay_script_stand(w.s, &w.connections[connection], &stand);
}

void captured_rest(unsigned connection, const void *bytes, size_t length)
{
	const struct assay_timeline_loss loss = { .bytes = length,
		.skipped = true,
		.dir = ASSAY_TO_INITIATOR,
		.rest = bytes,
		.digests = w.captured_digests };

	assay_script_loss(w.s, &w.connections[connection], &loss);
}

struct assay_script *take_capture(void)
{
	struct assay_script *s = w.s;

	w.s = NULL;
	live_clear();
	return s;
}

/* ---- the live side ---- */

static void found(void *payload, const struct assay_finding *finding)
{
	(void)payload;
	w.findings += finding->offender == ASSAY_INITIATOR;
}

static void differs(
	void *payload, const struct assay_replay_place *place, const struct assay_replay_differences *d)
{
	(void)payload;
	(void)place;
	w.noted += !d->counting;
	w.differing += d->counting > 0;
	for (size_t n = 0; n < d->count; n++)
		if (d->difference[n].counts)
			memcpy(w.what, d->difference[n].what, sizeof(w.what));
}

void live_clear(void)
{
	assay_replay_target_free(w.t);
	assay_script_free(w.s);
	assay_tap_free(w.tap);
	memset(&w, 0, sizeof(w));
	w.s = assay_script_new(1 << 24);
	w.tap = assay_tap_new(1 << 20, found, NULL);
	w.names.target_address = ADDRESS;
	w.now = 1;
	CU_ASSERT_FATAL(w.s && w.tap);
}

void live_play(enum assay_replay_data data)
{
	const struct assay_replay_target_options o = { .names = &w.names,
		.data = data,
		.tap = w.tap,
		.patience = PATIENCE,
		.verbatim = w.verbatim,
		.pace = w.pace,
		.stop_at = w.stop_at,
		.differs = differs };

	CU_ASSERT_EQUAL_FATAL(assay_replay_target_new(&w.t, w.s, &o), 0);
}

void live_say(struct assay_pdu pdu)
{
	uint8_t wire[4096];
	long length = assay_pdu_encode(wire, sizeof(wire), &pdu, w.digests);

	CU_ASSERT_FATAL(length > 0);
	for (long n = 0; n < length; n++) /* however the bytes come */
		assay_replay_target_input(w.k, wire + n, 1, ++w.now);
}

/* The next PDU that the target has sent; false: there is none. */
bool live_hear(void)
{
	const uint8_t *out;
	size_t length = assay_replay_target_output(w.k, &out);
	long used;

	CU_ASSERT_FATAL(length <= sizeof(w.in));
	if (!length)
		return false;
	used = assay_pdu_decode(&w.got, out, length, w.digests);
	CU_ASSERT_FATAL(used > 0);
	memcpy(w.in, out, (size_t)used);
	assay_pdu_decode(&w.got, w.in, (size_t)used, w.digests);
	assay_replay_target_sent(w.k, (size_t)used, w.now);
	return true;
}

void live_expect(uint8_t opcode, uint32_t itt)
{
	CU_ASSERT_TRUE_FATAL(live_hear());
	CU_ASSERT_EQUAL(w.got.opcode, opcode);
	CU_ASSERT_EQUAL(w.got.itt, itt);
}

void connect_live(void)
{
	w.k = assay_replay_target_accept(w.t, "t", "i", ++w.now);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w.k);
}

void live_login(void)
{
	connect_live();
	live_say(login_request(UINT64_C(0x400000123456), 77, 9000));
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
}

void live_leave(void)
{
	assay_replay_target_closed(w.k, ASSAY_INITIATOR, false, ++w.now);
}

int run_world(const char *name, CU_TestInfo *tests)
{
	int failed = unit_run(name, tests);

	assay_replay_target_free(w.t);
	assay_script_free(w.s);
	assay_tap_free(w.tap);
	return failed;
}
