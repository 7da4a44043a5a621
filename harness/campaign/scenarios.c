/*
 * scenarios.c - right sequences of every phase, as data: what is sent here unchanged breaks no rule, whatever the target negotiates. It holds no logic; what depends on
 * the target's answers is a live field or a step that is passed over. Data is 512 bytes where it goes out unasked: no target may negotiate less (sections 13.12, 13.14).
 * RFC 7143 sections 6.3 (login), 4.2.5 (data), 11.5 (task management), 11.16 (SNACK), 11.14 (logout), 6.3.5 (reinstatement), appendix C (SendTargets).
 */
#include "campaign/scenarios.h"

#define COUNT(a) (uint8_t)(sizeof(a) / sizeof((a)[0]))

#define NUMBERS (ASSAY_LIVE_CMD_SN | ASSAY_LIVE_EXP_STAT_SN)

/* ISIDs of the random form (section 11.12.5): two of the campaign's own; play gives the sentinel a third. */
#define ISID(n) (UINT64_C(0x80a5fa220000) | (n))

#define TEXT(s) .data = (const uint8_t *)(s), .data_length = sizeof(s) - 1

static const uint8_t pattern[8192] = { 0xa5, 0x5a, 1, 2, 3, 4, 5, 6, 7, 8 };

#define DATA(n) .data = pattern, .data_length = (n)

/* ---- steps ---- */

#define OPEN(c)                                                                                              \
	{                                                                                                    \
		.kind = ASSAY_STEP_OPEN, .connection = (c), .joins = -1                                      \
	}
#define JOIN(c, s)                                                                                           \
	{                                                                                                    \
		.kind = ASSAY_STEP_OPEN, .connection = (c), .joins = (s)                                     \
	}
#define AWAIT(c)                                                                                             \
	{                                                                                                    \
		.kind = ASSAY_STEP_AWAIT, .connection = (c), .joins = -1                                     \
	}

/* A PDU: connection, live fields, conditions, and the members of the struct. */
#define SEND(c, l, o, ...)                                                                                   \
	{                                                                                                    \
		.kind = ASSAY_STEP_SEND, .connection = (c), .joins = -1, .live = (l), .only = (o),           \
		.pdu = { __VA_ARGS__ }                                                                       \
	}

#define LOGIN(c, o, i, ...)                                                                                  \
	SEND(c, NUMBERS | ASSAY_LIVE_TEXT | ASSAY_LIVE_TSIH, o, .opcode = ASSAY_LOGIN_REQUEST,               \
		.immediate = 1, .isid = ISID(i), .itt = 1, __VA_ARGS__)
#define TO_OPERATIONAL .csg = ASSAY_STAGE_SECURITY, .transit = 1, .nsg = ASSAY_STAGE_OPERATIONAL
#define TO_FULL        .csg = ASSAY_STAGE_OPERATIONAL, .transit = 1, .nsg = ASSAY_STAGE_FULL_FEATURE

#define FULL(c, l, o, op, ...)                                                                               \
	SEND(c, NUMBERS | (l), ASSAY_ONLY_FULL | (o), .opcode = ASSAY_##op, .final = 1, __VA_ARGS__)
#define COMMAND(c, o, i, length, ...)                                                                        \
	FULL(c, ASSAY_LIVE_LUN, o, SCSI_COMMAND, .itt = (i), .attr = ASSAY_ATTR_SIMPLE,                      \
		.expected_data_transfer_length = (length), __VA_ARGS__)
#define NOP(c, i, ...) FULL(c, 0, 0, NOP_OUT, .itt = (i), .ttt = ASSAY_TAG_RESERVED, __VA_ARGS__)
#define TMF(c, i, f, ...)                                                                                    \
	FULL(c, ASSAY_LIVE_LUN, 0, TASK_MANAGEMENT_REQUEST, .immediate = 1, .itt = (i), .function = (f),     \
		__VA_ARGS__)
#define LOGOUT(c, o, i, why, ...)                                                                            \
	FULL(c, 0, o, LOGOUT_REQUEST, .immediate = 1, .itt = (i), .reason = (why), __VA_ARGS__)
#define DATA_OUT(c, l, o, i, ...)                                                                            \
	SEND(c, ASSAY_LIVE_EXP_STAT_SN | ASSAY_LIVE_LUN | (l), ASSAY_ONLY_FULL | (o),                        \
		.opcode = ASSAY_DATA_OUT, .final = 1, .itt = (i), __VA_ARGS__)

/* ---- the text of logins ---- */

#define WHO   "InitiatorName={initiator}\0SessionType=Normal\0TargetName={target}\0"
#define NAMES WHO "MaxRecvDataSegmentLength=8192\0"

/* What a connection after the first says. */
#define JOINING "InitiatorName={initiator}\0TargetName={target}\0MaxRecvDataSegmentLength=8192\0"

/* Into the full feature phase by one request; and more keys. */
#define ENTER_WITH(c, i, keys) OPEN(c), LOGIN(c, 0, i, TO_FULL, TEXT(NAMES keys)), AWAIT(c)
#define ENTER(c, i)                                                                                          \
	ENTER_WITH(c, i, "InitialR2T=No\0ImmediateData=Yes\0FirstBurstLength=65536\0MaxBurstLength=262144\0")

/* ---- commands ---- */

#define TEST_UNIT_READY  .cdb = { 0x00 }
#define INQUIRY          .read = 1, .cdb = { 0x12, 0, 0, 0, 96 }
#define INQUIRY_VPD(p)   .read = 1, .cdb = { 0x12, 1, (p), 0, 252 }
#define READ_CAPACITY    .read = 1, .cdb = { 0x25 }
#define READ_CAPACITY_16 .read = 1, .cdb = { 0x9e, 0x10, [13] = 32 }
#define REPORT_LUNS      .read = 1, .cdb = { 0xa0, [8] = 1 }
#define MODE_SENSE       .read = 1, .cdb = { 0x1a, 0, 0x3f, 0, 192 }
#define REQUEST_SENSE    .read = 1, .cdb = { 0x03, 0, 0, 0, 252 }
#define READ_10(blocks)  .read = 1, .cdb = { 0x28, [8] = (blocks) }
#define READ_16(blocks)  .read = 1, .cdb = { 0x88, [13] = (blocks) }
#define WRITE_10(blocks) .write = 1, .cdb = { 0x2a, [8] = (blocks) }
#define WRITE_16(blocks) .write = 1, .cdb = { 0x8a, [13] = (blocks) }

/* The unit attention of a new session is taken. */
#define READY(c) COMMAND(c, 0, 15, 0, TEST_UNIT_READY), AWAIT(c)

/* ---- login ---- */

static const struct assay_step login_operational[] = { ENTER(0, 0), NOP(0, 2), AWAIT(0) };

static const struct assay_step login_security[] = { OPEN(0),
	LOGIN(0, 0, 0, TO_OPERATIONAL, TEXT(WHO "AuthMethod=None\0")), AWAIT(0),
	LOGIN(0, ASSAY_ONLY_MORE, 0, TO_FULL,
		TEXT("MaxRecvDataSegmentLength=8192\0HeaderDigest=None\0DataDigest=None\0ImmediateData="
		     "Yes\0")),
	AWAIT(0), NOP(0, 2), AWAIT(0) };

static const struct assay_step login_rounds[] = { OPEN(0),
	LOGIN(0, 0, 0, .csg = ASSAY_STAGE_OPERATIONAL, TEXT(WHO "InitiatorAlias=a\0ErrorRecoveryLevel=0\0")),
	AWAIT(0),
	LOGIN(0, ASSAY_ONLY_MORE, 0, .csg = ASSAY_STAGE_OPERATIONAL, .cont = 1,
		TEXT("MaxConnections=1\0InitialR2T=Yes\0MaxBurst")),
	AWAIT(0),
	LOGIN(0, ASSAY_ONLY_MORE, 0, TO_FULL,
		TEXT("Length=262144\0FirstBurstLength=65536\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0"
		     "MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0DataSequenceInOrder="
		     "Yes\0MaxRecvDataSegmentLength=8192\0")),
	AWAIT(0), NOP(0, 2), AWAIT(0) };

static const struct assay_step login_chap[] = { OPEN(0),
	LOGIN(0, ASSAY_ONLY_CHAP, 0, .csg = ASSAY_STAGE_SECURITY,
		TEXT("InitiatorName={initiator}\0SessionType=Normal\0TargetName={chap-target}\0AuthMethod="
		     "CHAP,None\0")),
	AWAIT(0),
	LOGIN(0, ASSAY_ONLY_CHAP | ASSAY_ONLY_MORE, 0, .csg = ASSAY_STAGE_SECURITY, TEXT("CHAP_A=5\0")),
	AWAIT(0), LOGIN(0, ASSAY_ONLY_CHAP | ASSAY_ONLY_MORE, 0, TO_OPERATIONAL, TEXT("{chap}")), AWAIT(0),
	LOGIN(0, ASSAY_ONLY_CHAP | ASSAY_ONLY_MORE, 0, TO_FULL, TEXT("MaxRecvDataSegmentLength=8192\0")),
	AWAIT(0), NOP(0, 2), AWAIT(0) };

static const struct assay_step login_digests[] = {
	ENTER_WITH(0, 0, "HeaderDigest=CRC32C,None\0DataDigest=CRC32C,None\0ImmediateData=Yes\0"), READY(0),
	NOP(0, 2, DATA(5)), AWAIT(0), COMMAND(0, 0, 3, 96, INQUIRY), AWAIT(0),
	COMMAND(0, ASSAY_ONLY_IMMEDIATE_DATA, 4, 512, WRITE_10(1), DATA(512)), AWAIT(0)
};

/* ---- discovery and text ---- */

#define ASK(c, i, ...)                                                                                       \
	FULL(c, ASSAY_LIVE_TEXT, 0, TEXT_REQUEST, .itt = (i), .ttt = ASSAY_TAG_RESERVED, __VA_ARGS__)
#define GO_ON(c, i) FULL(c, ASSAY_LIVE_TTT, ASSAY_ONLY_MORE, TEXT_REQUEST, .itt = (i))

static const struct assay_step discovery[] = { OPEN(0),
	LOGIN(0, 0, 0, TO_FULL,
		TEXT("InitiatorName={initiator}\0SessionType=Discovery\0MaxRecvDataSegmentLength=8192\0")),
	AWAIT(0), ASK(0, 2, TEXT("SendTargets=All\0")), AWAIT(0), GO_ON(0, 2), AWAIT(0),
	ASK(0, 3, TEXT("SendTargets={target}\0")), AWAIT(0), GO_ON(0, 3), AWAIT(0), LOGOUT(0, 0, 4, 0),
	AWAIT(0) };

static const struct assay_step text[] = { ENTER(0, 0), ASK(0, 2, TEXT("SendTargets=\0")), AWAIT(0),
	GO_ON(0, 2), AWAIT(0), ASK(0, 3, TEXT("MaxRecvDataSegmentLength=16384\0")), AWAIT(0), GO_ON(0, 3),
	AWAIT(0), NOP(0, 4), AWAIT(0) };

/* ---- commands and data ---- */

static const struct assay_step commands[] = { ENTER(0, 0), COMMAND(0, 0, 2, 0, TEST_UNIT_READY), AWAIT(0),
	COMMAND(0, 0, 3, 96, INQUIRY), AWAIT(0), COMMAND(0, 0, 4, 8, READ_CAPACITY), AWAIT(0),
	COMMAND(0, 0, 5, 32, READ_CAPACITY_16), AWAIT(0), COMMAND(0, 0, 6, 256, REPORT_LUNS), AWAIT(0),
	COMMAND(0, 0, 7, 192, MODE_SENSE), AWAIT(0), COMMAND(0, 0, 8, 252, INQUIRY_VPD(0x83)), AWAIT(0),
	COMMAND(0, 0, 9, 252, REQUEST_SENSE), AWAIT(0) };

static const struct assay_step reads[] = { ENTER(0, 0), READY(0), COMMAND(0, 0, 2, 512, READ_10(1)), AWAIT(0),
	COMMAND(0, 0, 3, 4096, READ_16(8)), AWAIT(0), COMMAND(0, 0, 4, 16384, READ_10(32)), AWAIT(0),
	COMMAND(0, 0, 5, 100, READ_10(1)), AWAIT(0), COMMAND(0, 0, 6, 2048, READ_10(1)), AWAIT(0) };

static const struct assay_step pipelined[] = { ENTER(0, 0), READY(0), COMMAND(0, 0, 2, 0, TEST_UNIT_READY),
	COMMAND(0, 0, 3, 512, READ_10(1)), COMMAND(0, 0, 4, 96, INQUIRY), NOP(0, 5, DATA(16)), AWAIT(0) };

static const struct assay_step queueing[] = { ENTER(0, 0), READY(0),
	FULL(0, ASSAY_LIVE_LUN, 0, SCSI_COMMAND, .itt = 2, .attr = ASSAY_ATTR_ORDERED,
		.expected_data_transfer_length = 512, READ_10(1)),
	AWAIT(0),
	FULL(0, ASSAY_LIVE_LUN, 0, SCSI_COMMAND, .itt = 3, .attr = ASSAY_ATTR_HEAD_OF_QUEUE, TEST_UNIT_READY),
	AWAIT(0),
	FULL(0, ASSAY_LIVE_LUN, 0, SCSI_COMMAND, .itt = 4, .attr = ASSAY_ATTR_UNTAGGED, TEST_UNIT_READY),
	AWAIT(0),
	FULL(0, ASSAY_LIVE_LUN, 0, SCSI_COMMAND, .immediate = 1, .itt = 5, .attr = ASSAY_ATTR_SIMPLE,
		.expected_data_transfer_length = 96, INQUIRY),
	AWAIT(0) };

static const struct assay_step write_immediate[] = { ENTER(0, 0), READY(0),
	COMMAND(0, ASSAY_ONLY_IMMEDIATE_DATA, 2, 512, WRITE_10(1), DATA(512)), AWAIT(0),
	COMMAND(0, ASSAY_ONLY_IMMEDIATE_DATA, 3, 512, WRITE_16(1), DATA(512)), AWAIT(0),
	COMMAND(0, 0, 4, 512, READ_10(1)), AWAIT(0) };

static const struct assay_step write_unsolicited[] = { ENTER(0, 0), READY(0),
	SEND(0, NUMBERS | ASSAY_LIVE_LUN, ASSAY_ONLY_FULL | ASSAY_ONLY_UNSOLICITED,
		.opcode = ASSAY_SCSI_COMMAND, .itt = 2, .attr = ASSAY_ATTR_SIMPLE,
		.expected_data_transfer_length = 512, WRITE_10(1)),
	DATA_OUT(0, 0, ASSAY_ONLY_UNSOLICITED, 2, .ttt = ASSAY_TAG_RESERVED, DATA(512)), AWAIT(0),
	COMMAND(0, 0, 3, 0, TEST_UNIT_READY), AWAIT(0) };

#define SOLICITED ASSAY_LIVE_TTT | ASSAY_LIVE_R2T

static const struct assay_step write_solicited[] = { ENTER_WITH(0, 0, "InitialR2T=Yes\0ImmediateData=No\0"),
	READY(0), COMMAND(0, 0, 2, 4096, WRITE_10(8)), AWAIT(0),
	DATA_OUT(0, SOLICITED, ASSAY_ONLY_R2T, 2, DATA(4096)), AWAIT(0),
	DATA_OUT(0, SOLICITED, ASSAY_ONLY_R2T, 2, DATA(4096)), AWAIT(0), COMMAND(0, 0, 3, 4096, WRITE_16(8)),
	AWAIT(0), DATA_OUT(0, SOLICITED, ASSAY_ONLY_R2T, 3, DATA(4096)), AWAIT(0) };

/* Section 11.2.2.3: READ(32), whose last 16 bytes are in an AHS. */
static const uint8_t read_32[20] = { 0, 17, 1, [19] = 1 };
static const struct assay_step extended_cdb[] = { ENTER(0, 0), READY(0),
	COMMAND(0, 0, 2, 512, .read = 1, .cdb = { 0x7f, [7] = 24, [9] = 9 }, .ahs = read_32,
		.ahs_length = sizeof(read_32)),
	AWAIT(0), COMMAND(0, 0, 3, 0, TEST_UNIT_READY), AWAIT(0) };

static const struct assay_step reservations[] = { ENTER(0, 0), READY(0),
	COMMAND(0, 0, 2, 256, .read = 1, .cdb = { 0x5e, 0, [7] = 1 }), AWAIT(0),
	COMMAND(0, 0, 3, 256, .read = 1, .cdb = { 0x5e, 1, [7] = 1 }), AWAIT(0),
	COMMAND(0, 0, 4, 8, .read = 1, .cdb = { 0x5e, 2, [8] = 8 }), AWAIT(0) };

/* ---- task management ---- */

enum {
	ABORT_TASK = 1,
	ABORT_TASK_SET,
	CLEAR_ACA,
	CLEAR_TASK_SET,
	LU_RESET,
	WARM_RESET,
	COLD_RESET,
	REASSIGN
};

static const struct assay_step abort_task[] = { ENTER_WITH(0, 0, "InitialR2T=Yes\0ImmediateData=No\0"),
	READY(0), COMMAND(0, 0, 2, 4096, WRITE_10(8)), AWAIT(0),
	FULL(0, ASSAY_LIVE_LUN | ASSAY_LIVE_REF_CMD_SN, 0, TASK_MANAGEMENT_REQUEST, .immediate = 1, .itt = 3,
		.function = ABORT_TASK, .rtt = 2),
	AWAIT(0), COMMAND(0, 0, 4, 0, TEST_UNIT_READY), AWAIT(0) };

/* Section 4.2.3.3: data that was asked for still goes out. */
static const struct assay_step abort_task_set[] = { ENTER_WITH(0, 0, "InitialR2T=Yes\0ImmediateData=No\0"),
	READY(0), COMMAND(0, 0, 2, 4096, WRITE_10(8)), AWAIT(0),
	TMF(0, 3, ABORT_TASK_SET, .rtt = ASSAY_TAG_RESERVED),
	DATA_OUT(0, SOLICITED, ASSAY_ONLY_R2T, 2, DATA(4096)), AWAIT(0),
	TMF(0, 4, CLEAR_ACA, .rtt = ASSAY_TAG_RESERVED), AWAIT(0), COMMAND(0, 0, 5, 512, READ_10(1)),
	AWAIT(0) };

static const struct assay_step resets[] = { ENTER(0, 0), COMMAND(0, 0, 2, 0, TEST_UNIT_READY), AWAIT(0),
	TMF(0, 3, CLEAR_TASK_SET, .rtt = ASSAY_TAG_RESERVED), AWAIT(0),
	TMF(0, 4, LU_RESET, .rtt = ASSAY_TAG_RESERVED), AWAIT(0), COMMAND(0, 0, 5, 0, TEST_UNIT_READY),
	AWAIT(0), COMMAND(0, 0, 6, 252, REQUEST_SENSE), AWAIT(0), COMMAND(0, 0, 7, 96, INQUIRY), AWAIT(0) };

static const struct assay_step warm_reset[] = { ENTER(0, 0), COMMAND(0, 0, 2, 0, TEST_UNIT_READY), AWAIT(0),
	FULL(0, 0, 0, TASK_MANAGEMENT_REQUEST, .immediate = 1, .itt = 3, .function = WARM_RESET,
		.rtt = ASSAY_TAG_RESERVED),
	AWAIT(0), COMMAND(0, 0, 4, 0, TEST_UNIT_READY), AWAIT(0) };

/* ---- NOP, SNACK ---- */

static const struct assay_step nops[] = { ENTER(0, 0), NOP(0, 2), AWAIT(0), NOP(0, 3, DATA(512)), AWAIT(0),
	NOP(0, 4, .immediate = 1, DATA(3)), AWAIT(0),
	FULL(0, 0, 0, NOP_OUT, .immediate = 1, .itt = ASSAY_TAG_RESERVED, .ttt = ASSAY_TAG_RESERVED),
	FULL(0, ASSAY_LIVE_TTT, ASSAY_ONLY_PING, NOP_OUT, .immediate = 1, .itt = ASSAY_TAG_RESERVED),
	NOP(0, 5), AWAIT(0) };

/* Section 11.16: a Status SNACK for nothing that is missing asks for all that is not acknowledged; only above level 0. */
static const struct assay_step snacks[] = { ENTER_WITH(0, 0, "ErrorRecoveryLevel=2\0"), READY(0),
	COMMAND(0, 0, 2, 512, READ_10(1)), AWAIT(0),
	FULL(0, 0, ASSAY_ONLY_RECOVERY, SNACK_REQUEST, .itt = ASSAY_TAG_RESERVED, .ttt = ASSAY_TAG_RESERVED,
		.snack_type = 1),
	NOP(0, 3), AWAIT(0) };

/* ---- logout, and the end and the return of sessions and connections ---- */

static const struct assay_step logout_session[] = { ENTER(0, 0), COMMAND(0, 0, 2, 0, TEST_UNIT_READY),
	AWAIT(0), LOGOUT(0, 0, 3, 0), AWAIT(0) };

static const struct assay_step logout_connection[] = { ENTER(0, 0), NOP(0, 2), AWAIT(0), LOGOUT(0, 0, 3, 1),
	AWAIT(0), { .kind = ASSAY_STEP_CLOSE, .connection = 0, .joins = -1 }, ENTER(1, 0), NOP(1, 2),
	AWAIT(1) };

static const struct assay_step session_reinstated[] = { ENTER(0, 0), COMMAND(0, 0, 2, 0, TEST_UNIT_READY),
	AWAIT(0), ENTER(1, 0), COMMAND(1, 0, 2, 0, TEST_UNIT_READY), AWAIT(1), NOP(1, 3), AWAIT(1) };

static const struct assay_step two_sessions[] = { ENTER(0, 0), ENTER(1, 1), COMMAND(0, 0, 2, 512, READ_10(1)),
	COMMAND(1, 0, 2, 512, READ_10(1)), AWAIT(0), AWAIT(1), LOGOUT(0, 0, 3, 0), AWAIT(0), NOP(1, 3),
	AWAIT(1) };

#define SECOND(cid_) LOGIN(1, ASSAY_ONLY_CONNECTIONS, 0, TO_FULL, .cid = (cid_), TEXT(JOINING))

static const struct assay_step two_connections[] = { ENTER_WITH(0, 0, "MaxConnections=2\0"), NOP(0, 2),
	AWAIT(0), JOIN(1, 0), SECOND(1), AWAIT(1), NOP(1, 3), AWAIT(1), COMMAND(0, 0, 4, 96, INQUIRY),
	AWAIT(0), COMMAND(1, 0, 5, 96, INQUIRY), AWAIT(1), LOGOUT(1, 0, 6, 1, .cid = 1), AWAIT(1), NOP(0, 7),
	AWAIT(0) };

/* Section 6.3.4: the same CID again, while the old connection is still there. */
static const struct assay_step connection_reinstated[] = { ENTER_WITH(0, 0, "MaxConnections=2\0"), NOP(0, 2),
	AWAIT(0), JOIN(1, 0), SECOND(0), AWAIT(1), NOP(1, 3), AWAIT(1) };

static const struct assay_step half_closed[] = { ENTER(0, 0), COMMAND(0, 0, 2, 96, INQUIRY), AWAIT(0),
	{ .kind = ASSAY_STEP_HALF_CLOSE, .connection = 0, .joins = -1 } };

/* ---- all of them ---- */

/* body: steps before it are the login. */
#define ROW(slug, steps_, body_, weight_)                                                                    \
	{                                                                                                    \
		.name = slug, .steps = steps_, .count = COUNT(steps_), .body = body_, .weight = weight_      \
	}
#define NO_BODY ASSAY_SCENARIO_NO_BODY

const struct assay_scenario assay_scenarios[] = {
	ROW("login-operational", login_operational, 3, 6),
	ROW("login-security", login_security, NO_BODY, 4),
	ROW("login-rounds", login_rounds, NO_BODY, 4),
	ROW("login-chap", login_chap, NO_BODY, 4),
	ROW("login-digests", login_digests, 3, 3),
	ROW("discovery", discovery, NO_BODY, 4),
	ROW("text", text, 3, 3),
	ROW("commands", commands, 3, 4),
	ROW("reads", reads, 3, 3),
	ROW("pipelined", pipelined, 3, 3),
	ROW("queueing", queueing, 3, 2),
	ROW("write-immediate", write_immediate, 3, 3),
	ROW("write-unsolicited", write_unsolicited, 3, 3),
	ROW("write-solicited", write_solicited, 3, 4),
	ROW("extended-cdb", extended_cdb, 3, 2),
	ROW("reservations", reservations, 3, 1),
	ROW("abort-task", abort_task, 3, 3),
	ROW("abort-task-set", abort_task_set, 3, 3),
	ROW("resets", resets, 3, 2),
	ROW("warm-reset", warm_reset, 3, 1),
	ROW("nops", nops, 3, 3),
	ROW("snacks", snacks, 3, 2),
	ROW("logout-session", logout_session, 3, 2),
	ROW("logout-connection", logout_connection, NO_BODY, 2),
	ROW("session-reinstated", session_reinstated, NO_BODY, 2),
	ROW("two-sessions", two_sessions, NO_BODY, 2),
	ROW("two-connections", two_connections, NO_BODY, 2),
	ROW("connection-reinstated", connection_reinstated, NO_BODY, 2),
	ROW("half-closed", half_closed, NO_BODY, 1),
};

const unsigned assay_scenario_total = sizeof(assay_scenarios) / sizeof(assay_scenarios[0]);
