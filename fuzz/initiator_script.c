/* initiator_script.c - see initiator_script.h. It judges what the initiator promises of its own memory, and nothing of the target. */
#include "fuzz/initiator_script.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "target/target.h"

#define CONNECTIONS 3
#define READ_BYTES  1024 /* bytes */
#define WRITE_BYTES 2048

struct script {
	const struct assay_fuzz_script_watcher *watcher;
	struct assay_initiator_config config;
	struct assay_initiator *connections[CONNECTIONS];
	unsigned count;
	uint32_t last_itt;
	bool regardless;
};

static void before(const struct script *s, struct assay_initiator *i)
{
	s->watcher->before(s->watcher->payload, i);
}

static void after(const struct script *s, struct assay_initiator *i, const char *call, long result)
{
	s->watcher->after(s->watcher->payload, i, call, result);
}

/* ---- login ---- */

static void configure(struct script *s, uint8_t how, struct assay_dialer *dialer, struct assay_tap *tap)
{
	struct assay_initiator_config *c = &s->config;
	unsigned way = how & ASSAY_FUZZ_LOGIN_WAY;

	*c = (struct assay_initiator_config){ .dialer = dialer,
		.host = "127.0.0.1",
		.port = 3260,
		.tap = tap,
		.initiator_name = "iqn.2026-01.test:fuzz",
		.discovery = how & ASSAY_FUZZ_DISCOVERY,
		.isid = UINT64_C(0x00023d000001),
		.timeout = ASSAY_FUZZ_SCRIPT_TIMEOUT,
		.seed = 1 };
	if (!c->discovery)
		c->target_name = way == 1   ? ASSAY_DEFAULT_CHAP
				 : way == 2 ? ASSAY_DEFAULT_MUTUAL
					    : ASSAY_DEFAULT_NAME;
	if (way == 1 || way == 2)
		c->account = (struct assay_chap_account){ ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET };
	if (way == 2)
		c->target_account = (struct assay_chap_account){ ASSAY_DEFAULT_TARGET_USER,
			ASSAY_DEFAULT_TARGET_SECRET };
	c->wants.value[ASSAY_KEY_HEADER_DIGEST] = how & ASSAY_FUZZ_WITH_DIGESTS ? "CRC32C" : "None";
	c->wants.value[ASSAY_KEY_DATA_DIGEST] = how & ASSAY_FUZZ_WITH_DIGESTS ? "CRC32C,None" : "None";
	c->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = "8192";
	c->wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "4";
	if (!(how & ASSAY_FUZZ_SMALL))
		return;
	c->wants.value[ASSAY_KEY_INITIAL_R2T] = "No";
	c->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = "512";
	c->wants.value[ASSAY_KEY_MAX_BURST_LENGTH] = "2048";
	c->wants.value[ASSAY_KEY_FIRST_BURST_LENGTH] = "1024";
	c->wants.value[ASSAY_KEY_MAX_OUTSTANDING_R2T] = "2";
	c->wants.value[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = "2";
}

/* As a test would: some keys of its own, a stay in the stage, then on. */
static int login_by_hand(struct assay_initiator *i)
{
	int rc;

	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	rc = assay_login_security(i, ASSAY_STAGE_OPERATIONAL);
	if (rc < 0 || i->full_feature)
		return rc;
	assay_login_key(i, "ErrorRecoveryLevel", "0");
	assay_login_key(i, "X-test.key", "1");
	rc = assay_login_send(i, ASSAY_STAY);
	if (rc < 0 || i->full_feature || i->login.request.csg != ASSAY_STAGE_OPERATIONAL)
		return rc;
	assay_login_raw(i, "MaxBurstLength=65536", sizeof("MaxBurstLength=65536"));
	return assay_login_send(i, ASSAY_STAGE_FULL_FEATURE);
}

static int login(struct script *s, struct assay_initiator *i, bool by_hand)
{
	int rc;

	before(s, i);
	rc = by_hand ? login_by_hand(i) : assay_login(i);
	after(s, i, "login", rc);
	if (!by_hand && rc == 0 && !i->full_feature)
		assay_fuzz_fail("a login succeeds, and the full feature phase is not reached");
	return rc;
}

/* ---- tasks ---- */

/* The buffers are taken anew, so that a sanitizer sees a byte written beyond them. */
static void fill_task(struct assay_task *task, uint32_t read, uint32_t write)
{
	static const uint8_t read_10[10] = { 0x28, [8] = READ_BYTES / 512 },
			     write_10[10] = { 0x2a, [8] = WRITE_BYTES / 512 }, test_unit_ready[6] = { 0 },
			     xdwriteread_10[10] = { 0x53, [8] = 1 };

	if (read && write)
		assay_task_init(task, 0, xdwriteread_10, sizeof(xdwriteread_10));
	else if (read || write)
		assay_task_init(task, 0, read ? read_10 : write_10, sizeof(read_10));
	else
		assay_task_init(task, 0, test_unit_ready, sizeof(test_unit_ready));
	task->read_length = read;
	task->write_length = write;
	task->data_in = read ? malloc(read) : NULL;
	task->data_out = write ? calloc(1, write) : NULL;
}

static void check_task(struct assay_task *task, long result)
{
	if (task->data_in_length > task->read_length || task->sense_length > sizeof(task->sense))
		assay_fuzz_fail("a task has %u bytes of data of %u, %zu of sense", task->data_in_length,
			task->read_length, task->sense_length);
	if (result == 0 && !task->done)
		assay_fuzz_fail("a task succeeds, and no response came");
	free(task->data_in);
	free((void *)task->data_out);
}

static long run_task(struct script *s, struct assay_initiator *i, uint32_t read, uint32_t write)
{
	struct assay_task task;
	long rc;

	fill_task(&task, read, write);
	rc = assay_task_run(i, &task);
	s->last_itt = task.itt;
	check_task(&task, rc);
	return rc;
}

static long run_tasks(struct assay_initiator *i)
{
	struct assay_task tasks[3];
	long rc = 0;

	fill_task(&tasks[0], READ_BYTES, 0);
	fill_task(&tasks[1], 0, WRITE_BYTES);
	fill_task(&tasks[2], 0, 0);
	for (unsigned n = 0; n < 3 && rc == 0; n++) {
		rc = assay_await_window(i);
		rc = rc == 0 ? assay_task_start(i, &tasks[n]) : rc;
	}
	if (rc == 0)
		rc = assay_tasks_finish(i, tasks, 3);
	for (unsigned n = 0; n < 3; n++)
		check_task(&tasks[n], rc);
	return rc;
}

/* ---- the other calls ---- */

static long text(struct assay_initiator *i, bool send_targets)
{
	static const char keys[] = "MaxRecvDataSegmentLength=1024\0X-fuzz=1";
	const char *answer = NULL;
	long rc = send_targets ? assay_send_targets(i, &answer, i->config->discovery ? "All" : "")
			       : assay_text(i, &answer, keys, sizeof(keys));

	if (rc > ASSAY_TEXT_MAX || (rc >= 0 && (size_t)rc != i->login.answer_length))
		assay_fuzz_fail("a text of %ld bytes, %zu held", rc, i->login.answer_length);
	return rc;
}

static long call(struct script *s, struct assay_initiator *i, enum assay_fuzz_call what)
{
	static const char ping[] = "what comes back must be this";
	struct assay_pdu pdu;

	switch (what) {
	case ASSAY_FUZZ_CALL_TASK: return run_task(s, i, 0, 0);
	case ASSAY_FUZZ_CALL_READ: return run_task(s, i, READ_BYTES, 0);
	case ASSAY_FUZZ_CALL_WRITE: return run_task(s, i, 0, WRITE_BYTES);
	case ASSAY_FUZZ_CALL_BOTH_WAYS: return run_task(s, i, 512, 512);
	case ASSAY_FUZZ_CALL_TASKS: return run_tasks(i);
	case ASSAY_FUZZ_CALL_NOP: return assay_nop(i, ping, sizeof(ping), &pdu);
	case ASSAY_FUZZ_CALL_BARRIER: return assay_barrier(i);
	case ASSAY_FUZZ_CALL_ABORT_TASK: return assay_task_management(i, 1, 0, s->last_itt, NULL);
	case ASSAY_FUZZ_CALL_RESET: return assay_task_management(i, 5, 0, ASSAY_TAG_RESERVED, NULL);
	case ASSAY_FUZZ_CALL_TEXT: return text(i, false);
	case ASSAY_FUZZ_CALL_SEND_TARGETS: return text(i, true);
	case ASSAY_FUZZ_CALL_RECEIVE: return assay_recv(i, &pdu);
	case ASSAY_FUZZ_CALL_AWAIT_CLOSE: return assay_await_close(i, &pdu);
	case ASSAY_FUZZ_CALL_LOGOUT: return assay_logout(i, 1, NULL);
	default: return 0;
	}
}

static const char *const call_names[] = { "no call", "task", "read", "write", "both ways", "tasks", "nop",
	"barrier", "abort task", "reset", "text", "SendTargets", "receive", "await close", "connection",
	"logout" };

/* The current connection is the one that was opened last. NULL: none could be. */
static struct assay_initiator *connect(struct script *s)
{
	struct assay_initiator *first = s->connections[0], *i;
	struct assay_error err;
	int rc;

	if (s->count == CONNECTIONS)
		return NULL;
	rc = first ? assay_initiator_open_in(&i, &s->config, first->session, (uint16_t)s->count, &err)
		   : assay_initiator_open(&i, &s->config, &err);
	if (rc < 0)
		return NULL;
	s->connections[s->count++] = i;
	s->watcher->opened(s->watcher->payload, i);
	return i;
}

static void run_calls(struct script *s, const uint8_t *script)
{
	struct assay_initiator *i = s->connections[0];

	for (unsigned n = 0; n < 6; n++) {
		enum assay_fuzz_call what = script[1 + n / 2] >> (n % 2 ? 0 : 4) & 0x0f;
		struct assay_initiator *next;
		long rc;

		if (what == ASSAY_FUZZ_CALL_NONE)
			continue;
		if (what == ASSAY_FUZZ_CALL_CONNECTION) {
			next = connect(s);
			i = next ? next : i;
			if (next && login(s, i, false) < 0 && !s->regardless)
				return;
			continue;
		}
		before(s, i);
		rc = call(s, i, what);
		after(s, i, call_names[what], rc);
		if ((rc < 0 || what == ASSAY_FUZZ_CALL_LOGOUT) && !s->regardless)
			return;
	}
}

void assay_fuzz_script_run(const uint8_t script[ASSAY_FUZZ_SCRIPT_LENGTH], struct assay_dialer *dialer,
	struct assay_tap *tap, const struct assay_fuzz_script_watcher *watcher)
{
	struct script s = { .watcher = watcher, .regardless = script[0] & ASSAY_FUZZ_REGARDLESS };
	struct assay_initiator *i;

	configure(&s, script[0], dialer, tap);
	i = connect(&s);
	if (i && (login(&s, i, (script[0] & ASSAY_FUZZ_LOGIN_WAY) == 3) == 0 || s.regardless))
		run_calls(&s, script);
	while (s.count)
		assay_initiator_free(s.connections[--s.count]);
}
