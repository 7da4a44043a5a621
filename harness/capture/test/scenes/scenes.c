/* scenes.c - what is played; see scenes.h. Small numbers everywhere, so that every kind of PDU comes after a few hundred bytes. */
#include "scenes.h"

#include <string.h>

#include "codec/lun.h"
#include "target/target.h"

#define LUN 1

static struct assay_initiator *log_in(struct stage *s)
{
	struct assay_initiator *i;

	SURE(NULL, assay_initiator_open(&i, &s->config, NULL));
	SURE(i, assay_login(i));
	return i;
}

static void log_out(struct assay_initiator *i)
{
	SURE(i, assay_logout(i, 0, NULL));
	assay_initiator_free(i);
}

static void want(struct stage *s, enum assay_key_id key, const char *value)
{
	s->config.wants.value[key] = value;
}

/* ---- login ---- */

static void play_login(struct stage *s)
{
	struct assay_initiator *i;

	SURE(NULL, assay_initiator_open(&i, &s->config, NULL));
	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	assay_login_key(i, "AuthMethod", "CHAP,None");
	SURE(i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
	assay_login_key(i, "HeaderDigest", "None,CRC32C");
	assay_login_key(i, "DataDigest", "None");
	assay_login_key(i, "InitialR2T", "Yes");
	assay_login_key(i, "MaxConnections", "1");
	assay_login_key(i, "InitiatorAlias", "a scene");
	i->login.request.cont = 1;
	SURE(i, assay_login_send(i, ASSAY_STAY));
	assay_login_key(i, "MaxBurstLength", "65536");
	assay_login_key(i, "FirstBurstLength", "8192");
	assay_login_key(i, "MaxRecvDataSegmentLength", "4096");
	assay_login_key(i, "DefaultTime2Wait", "2");
	SURE(i, assay_login_send(i, ASSAY_STAY));
	SURE(i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE));
	SURE(i, assay_nop(i, "ping", 4, NULL));
	SURE(i, assay_nop(i, "pong!", 5, NULL));
	log_out(i);
}

static void play_chap(struct stage *s)
{
	s->config.target_name = ASSAY_DEFAULT_MUTUAL;
	s->config.account = (struct assay_chap_account){ ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET };
	s->config.target_account = (struct assay_chap_account){ ASSAY_DEFAULT_TARGET_USER,
		ASSAY_DEFAULT_TARGET_SECRET };
	log_out(log_in(s));
}

static void play_refused(struct stage *s)
{
	struct assay_initiator *i;

	s->config.target_name = ASSAY_DEFAULT_NAME ".nobody";
	SURE(NULL, assay_initiator_open(&i, &s->config, NULL));
	SURE(i, assay_login(i) == ASSAY_E_LOGIN ? 0 : ASSAY_E_PROTOCOL);
	assay_initiator_free(i);
}

/* A discovery session refuses commands. */
static void play_discovery(struct stage *s)
{
	struct assay_initiator *i;
	struct assay_task task;
	const char *targets;

	s->config.discovery = true;
	s->config.target_name = NULL;
	SURE(NULL, assay_initiator_open(&i, &s->config, NULL));
	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	assay_login_key(i, "ErrorRecoveryLevel", "0");
	SURE(i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE));
	SURE(i, (int)assay_send_targets(i, &targets, "All"));
	assay_task_init(&task, assay_lun_from_number(LUN), (const uint8_t[6]){ 0 }, 6);
	SURE(i, assay_task_run(i, &task) == ASSAY_E_REJECT ? 0 : ASSAY_E_PROTOCOL);
	log_out(i);
}

/* ---- commands ---- */

static void run(struct assay_initiator *i, struct assay_task *task)
{
	SURE(i, assay_task_run(i, task));
	SURE(i, task->done ? 0 : ASSAY_E_PROTOCOL);
}

/* A transfer of whole blocks from block 8 on, by READ(10) or WRITE(10). */
static void transfer(struct assay_task *task, struct stage *s, uint8_t operation, uint32_t bytes, void *where)
{
	uint8_t cdb[10] = { operation, 0, 0, 0, 0, 8, 0, 0, (uint8_t)(bytes / 512), 0 };

	(void)s;
	assay_task_init(task, assay_lun_from_number(LUN), cdb, sizeof(cdb));
	if (operation == 0x2a) {
		task->data_out = where;
		task->write_length = bytes;
	} else {
		task->data_in = where;
		task->read_length = bytes;
	}
}

/* No unit attention is in the way of what follows. */
static void test_unit_ready(struct assay_initiator *i)
{
	struct assay_task task;

	assay_task_init(&task, assay_lun_from_number(LUN), (const uint8_t[6]){ 0 }, 6);
	run(i, &task);
}

/* Immediate data, unsolicited data, two R2Ts at a time, each answered by two PDUs; then one without unsolicited data. */
static void play_write(struct stage *s)
{
	struct assay_initiator *i;
	struct assay_task task;

	want(s, ASSAY_KEY_INITIAL_R2T, "No");
	want(s, ASSAY_KEY_IMMEDIATE_DATA, "Yes");
	want(s, ASSAY_KEY_FIRST_BURST_LENGTH, "1024");
	want(s, ASSAY_KEY_MAX_BURST_LENGTH, "1024");
	want(s, ASSAY_KEY_MAX_OUTSTANDING_R2T, "2");
	i = log_in(s);
	i->negotiation.params.target_max_recv = 512; /* for small PDUs */
	test_unit_ready(i);
	transfer(&task, s, 0x2a, 4096, s->data);
	task.immediate_data = 256;
	run(i, &task);
	transfer(&task, s, 0x2a, 1024, s->data);
	task.immediate_data = 0;
	task.unsolicited = 0;
	run(i, &task);
	transfer(&task, s, 0x2a, 512, s->data);
	run(i, &task);
	log_out(i);
}

/* Sequences of two PDUs, then residuals both ways, and a command that fails. */
static void play_read(struct stage *s)
{
	struct assay_initiator *i;
	struct assay_task task;

	want(s, ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, "512");
	want(s, ASSAY_KEY_MAX_BURST_LENGTH, "1024");
	i = log_in(s);
	test_unit_ready(i);
	transfer(&task, s, 0x28, 2048, s->data);
	run(i, &task);
	transfer(&task, s, 0x28, 512, s->data);
	task.edtl = task.read_length = 1024;
	run(i, &task);
	transfer(&task, s, 0x28, 1024, s->data);
	task.edtl = task.read_length = 512;
	run(i, &task);
	assay_task_init(&task, assay_lun_from_number(LUN), (const uint8_t[6]){ 0xc1 }, 6);
	run(i, &task);
	log_out(i);
}

/* Both ways at once, and a CDB that goes on in an additional header segment. */
static void play_segments(struct stage *s)
{
	struct assay_initiator *i;
	struct assay_task task;
	uint8_t read[512], long_cdb[32] = { 0x7f, [7] = 24, [8] = 0x00, [9] = 0x09 };

	want(s, ASSAY_KEY_INITIAL_R2T, "Yes");
	want(s, ASSAY_KEY_IMMEDIATE_DATA, "No");
	i = log_in(s);
	test_unit_ready(i);
	transfer(&task, s, 0x28, 512, read);
	task.data_out = s->data;
	task.write_length = 512;
	run(i, &task);
	assay_task_init(&task, assay_lun_from_number(LUN), long_cdb, sizeof(long_cdb));
	run(i, &task);
	log_out(i);
}

static void play_digests(struct stage *s)
{
	struct assay_initiator *i;
	struct assay_task task;

	want(s, ASSAY_KEY_HEADER_DIGEST, "CRC32C");
	want(s, ASSAY_KEY_DATA_DIGEST, "CRC32C");
	i = log_in(s);
	SURE(i, assay_nop(i, "seven b", 7, NULL));
	test_unit_ready(i);
	transfer(&task, s, 0x2a, 512, s->data);
	run(i, &task);
	transfer(&task, s, 0x28, 512, s->data);
	run(i, &task);
	SURE(i, assay_nop(i, "", 0, NULL));
	log_out(i);
}

/* ---- task management, text, logout ---- */

static void play_management(struct stage *s)
{
	struct assay_initiator *i;
	struct assay_task task;
	struct assay_pdu pdu, r2t;

	want(s, ASSAY_KEY_INITIAL_R2T, "Yes");
	want(s, ASSAY_KEY_IMMEDIATE_DATA, "No");
	i = log_in(s);
	test_unit_ready(i);
	transfer(&task, s, 0x2a, 1024, s->data);
	SURE(i, assay_task_start(i, &task));
	SURE(i, assay_recv(i, &pdu)); /* its R2T */
	SURE(i, assay_task_management(i, 1, task.lun, task.itt, NULL)); /* ABORT TASK */
	SURE(i, assay_task_management(i, 1, task.lun, task.itt, NULL)); /* again: there is none */
	transfer(&task, s, 0x2a, 1024, s->data);
	SURE(i, assay_task_start(i, &task));
	SURE(i, assay_recv(i, &r2t));
	assay_make(i, &pdu, ASSAY_TASK_MANAGEMENT_REQUEST);
	pdu.function = 5; /* LOGICAL UNIT RESET: waits for the data that was asked for */
	pdu.lun = task.lun;
	SURE(i, assay_send(i, &pdu));
	SURE(i, assay_data_out(i, &task, r2t.ttt, 0, 1024));
	SURE(i, assay_await(i, &pdu, pdu.itt));
	test_unit_ready(i);
	SURE(i, assay_nop(i, NULL, 0, NULL));
	log_out(i);
}

static void play_text(struct stage *s)
{
	static const char shorter[] = "MaxRecvDataSegmentLength=2048", unknown[] = "X-net.iscsi-assay=1";
	struct assay_initiator *i = log_in(s);
	const char *answer;

	SURE(i, (int)assay_text(i, &answer, unknown, sizeof(unknown)));
	SURE(i, (int)assay_text(i, &answer, shorter, sizeof(shorter)));
	SURE(i, (int)assay_send_targets(i, &answer, ""));
	SURE(i, assay_nop(i, NULL, 0, NULL));
	log_out(i);
}

/* Two connections; the first one is logged out by the second one, which ends the session. */
static void play_connections(struct stage *s)
{
	struct assay_initiator *first, *second;
	struct assay_task task;

	want(s, ASSAY_KEY_MAX_CONNECTIONS, "2");
	want(s, ASSAY_KEY_INITIAL_R2T, "Yes");
	want(s, ASSAY_KEY_IMMEDIATE_DATA, "No");
	first = log_in(s);
	SURE(first, assay_initiator_open_in(&second, &s->config, first->session, 1, NULL));
	SURE(second, assay_login(second));
	test_unit_ready(first);
	SURE(second, assay_nop(second, "two", 3, NULL));
	transfer(&task, s, 0x2a, 512, s->data);
	run(second, &task);
	SURE(first, assay_nop(first, NULL, 0, NULL));
	SURE(first, assay_logout(first, 1, NULL));
	assay_initiator_free(first);
	SURE(second, assay_nop(second, NULL, 0, NULL));
	log_out(second);
}

/* ---- what the built-in target has not got ---- */

#define NAMES "InitiatorName=iqn.2026-01.test:i|TargetName=iqn.2026-01.test:t"

/* Data and statuses asked for again, data acknowledged, a task and a connection taken over. */
static const char recovery[] = "login "
			       "ErrorRecoveryLevel=2|MaxConnections=2|DefaultTime2Retain=20|MaxBurstLength="
			       "512|InitialR2T=Yes|ImmediateData=No\n"
			       "command r=1 edtl=1024 lun=0x0001000000000000\n"
			       "data-in data=512 acknowledge=1 ttt=0x77 lun=0x0001000000000000\n"
			       "snack snack_type=2 itt=0xffffffff lun=0x0001000000000000 ttt=0x77 beg_run=1\n"
			       "data-in data=512 offset=512 data_sn=1\n"
			       "response exp_data_sn=2\n"
			       "nop-out itt=2 data=4\n"
			       "nop-in itt=2 data=4\n"
			       "nop-out itt=3 exp_stat_sn+=-1\n"
			       "nop-in itt=3\n"
			       "snack snack_type=1 itt=0xffffffff beg_run=102 run_length=1 exp_stat_sn=102\n"
			       "nop-in itt=2 data=4 stat_sn=102\n"
			       "nop-out itt=4 exp_stat_sn=104\n"
			       "nop-in itt=4 stat_sn=104\n"
			       "command itt=5 r=1 edtl=512\n"
			       "snack snack_type=0 itt=5 beg_run=0 run_length=0\n"
			       "data-in itt=5 data=512\n"
			       "response itt=5 exp_data_sn=1\n"
			       "tmf itt=6 function=8 rtt=5\n"
			       "tmf-response itt=6 response=1\n"
			       "open\n"
			       "login-request t=1 csg=1 nsg=3 tsih=7 cid=1 itt=7 text=" NAMES "\n"
			       "login-response t=1 csg=1 nsg=3 tsih=7 itt=7 text=TargetPortalGroupTag=1\n"
			       "logout i=1 itt=8 reason=2 cid=0\n"
			       "logout-response itt=8 time2wait=2 time2retain=20\n"
			       "nop-out itt=9\n"
			       "nop-in itt=9\n"
			       "logout i=1 itt=10 reason=0\n"
			       "logout-response itt=10\n"
			       "close initiator\n"
			       "c0; close target";

/* The target asks, tells of its counters, and of events. */
static const char pings[] = "login\n"
			    "nop-in itt=0xffffffff ttt=0x21 lun=0x0001000000000000\n"
			    "nop-out i=1 itt=0xffffffff ttt=0x21 lun=0x0001000000000000\n"
			    "nop-in itt=0xffffffff\n"
			    "nop-out itt=2 data=5\n"
			    "nop-in itt=2 data=5\n"
			    "async async_event=0 lun=0x0001000000000000 hex=00087000060000000000\n"
			    "async async_event=2 parameter1=3 parameter2=2 parameter3=20\n"
			    "async async_event=4 parameter3=3\n"
			    "nop-out itt=3\n"
			    "nop-in itt=3\n"
			    "async async_event=1 parameter3=3\n"
			    "logout i=1 itt=4\n"
			    "logout-response itt=4 time2wait=2\n"
			    "close target";

/* Two writes at a time, and two R2Ts of one. */
static const char bursts[] =
	"login InitialR2T=No|ImmediateData=No|MaxOutstandingR2T=2|MaxBurstLength=1024|FirstBurstLength=1024\n"
	"command itt=1 w=1 f=0 edtl=3072 lun=0x0001000000000000\n"
	"command itt=2 w=1 f=0 edtl=512 lun=0x0001000000000000\n"
	"data-out itt=1 data=512 f=0\n"
	"data-out itt=1 data=512 offset=512 data_sn=1\n"
	"data-out itt=2 data=512\n"
	"r2t itt=1 lun=0x0001000000000000 ttt=0x41 offset=1024 want=1024\n"
	"r2t itt=1 lun=0x0001000000000000 ttt=0x42 r2t_sn=1 offset=2048 want=1024\n"
	"response itt=2\n"
	"data-out itt=1 lun=0x0001000000000000 ttt=0x41 offset=1024 data=1024\n"
	"data-out itt=1 lun=0x0001000000000000 ttt=0x42 offset=2048 data=1024\n"
	"response itt=1\n"
	"logout i=1 itt=3\n"
	"logout-response itt=3\n"
	"close initiator";

static const char redirect[] = "login-request t=1 nsg=3 text=" NAMES "\n"
			       "login-response class=1 detail=1 text=TargetAddress=192.0.2.7:3260\n"
			       "close target";

/* The target offers, in the security and in the operational stage; answers are cut by the C bit. */
static const char offers[] =
	"login-request csg=0 t=1 nsg=1 text=" NAMES "|AuthMethod=None\n"
	"login-response csg=0 t=1 nsg=1 text=TargetPortalGroupTag=1|AuthMethod=None\n"
	"login-request csg=1 text=HeaderDigest=None|ErrorRecoveryLevel=0|IFMarker=Yes\n"
	"login-response csg=1 c=1 text=HeaderDigest=None|ErrorReco\\\n"
	"login-request csg=1\n"
	"login-response csg=1 "
	"text=veryLevel=0|IFMarker=Reject|OFMarker=Yes|MaxBurstLength=16384|InitialR2T=Yes|DataDigest=None,"
	"CRC32C|TargetAlias=t\n"
	"login-request csg=1 t=1 nsg=3 text=MaxBurstLength=8192|InitialR2T=Yes|DataDigest=None|OFMarker=No\n"
	"login-response csg=1 t=1 nsg=3 tsih=7\n"
	"text-request f=0 c=1 text=X-a=1\\\n"
	"text-response f=0 ttt=0x31\n"
	"text-request f=0 c=0 ttt=0x31 text=23\n"
	"text-response f=0 c=1 ttt=0x32 text=X-a=NotUnder\\\n"
	"text-request f=1 ttt=0x32\n"
	"text-response text=stood\n"
	"text-request itt=2 f=0 text=SendTargets=All\n"
	"text-response itt=2 f=0 ttt=0x33 text=TargetName=iqn.2026-01.test:t|TargetAddress=192.0.2.2:3260,1\n"
	"text-request itt=2 f=1 ttt=0x33\n"
	"text-response itt=2 text=TargetAddress=192.0.2.3:3260,1\n"
	"logout i=1 itt=3\n"
	"logout-response itt=3\n"
	"close initiator";

const struct scene scenes[] = {
	{ "login", "a login through both stages, cut by the C bit; pings", play_login, NULL },
	{ "chap", "CHAP, both sides", play_chap, NULL },
	{ "refused", "a login to a target that is not there", play_refused, NULL },
	{ "discovery", "a discovery session: SendTargets, and a command that it rejects", play_discovery,
		NULL },
	{ "write", "writes: immediate, unsolicited and solicited data", play_write, NULL },
	{ "read", "reads: sequences, residuals, sense data", play_read, NULL },
	{ "segments", "a bidirectional command and a long CDB", play_segments, NULL },
	{ "digests", "header and data digests", play_digests, NULL },
	{ "management", "task management: a task aborted, a logical unit reset", play_management, NULL },
	{ "text", "text in the full feature phase", play_text, NULL },
	{ "connections", "a session of two connections", play_connections, NULL },
	{ "recovery", "ErrorRecoveryLevel 2: SNACKs, a logout for recovery (scripted)", NULL, recovery },
	{ "pings", "pings and events of the target (scripted)", NULL, pings },
	{ "bursts", "two writes and two R2Ts at a time (scripted)", NULL, bursts },
	{ "redirect", "a login that is sent elsewhere (scripted)", NULL, redirect },
	{ "offers", "a target that offers, texts cut by the C bit (scripted)", NULL, offers },
	{ NULL, NULL, NULL, NULL },
};
