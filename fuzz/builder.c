/*
 * builder.c - the fuzz entry in which our two sides talk to each other, both right, beside the rule engine: whatever they say is in order, so a finding is a
 * false alarm or a fault of one of the three. Input: five bytes that choose what is negotiated, then a byte for what is done and one for how. No hostile bytes here.
 */
#include <stdio.h>
#include <string.h>

#include "codec/listing.h"
#include "codec/lun.h"
#include "fuzz/fuzz.h"
#include "initiator/initiator.h"
#include "runner/dial.h"
#include "target/target.h"

#define MAX_LEN    64
#define CHOICES    5
#define TAP_BYTES  (256 << 10)
#define BUFFER     (64 << 10)
#define BLOCK      512
#define TASKS      3 /* in flight together */
#define SECOND_CID 2

struct scene {
	struct assay_profile *profile;
	struct assay_dial *dial;
	struct assay_initiator_config config;
	struct assay_initiator *first, *second; /* NULL: not connected */
};

static uint8_t buffers[TASKS][BUFFER];

static struct assay_tap *tap; /* of the input that is run */

/* What was said until something failed. */
static void list_all(void)
{
	char line[512];

	for (size_t n = 0; n < assay_tap_count(tap); n++) {
		const struct assay_tap_record *r = assay_tap_at(tap, n);
		struct assay_pdu pdu;

		if (r->kind != ASSAY_TAP_PDU || assay_pdu_decode(&pdu, r->bytes, r->kept, r->digests) < 0)
			continue;
		assay_listing_brief(line, sizeof(line), &pdu);
		fprintf(stderr, "#%llu connection %u: %s\n", (unsigned long long)r->number, r->connection,
			line);
	}
}

static void found(void *payload, const struct assay_finding *f)
{
	(void)payload;
	list_all();
	assay_fuzz_fail("%s: blames the %s at PDU %llu of what is right: expected %s; got %s", f->rule->id,
		f->offender == ASSAY_TARGET ? "target" : "initiator", (unsigned long long)f->pdu, f->expected,
		f->got);
}

/* A right step fails only when the other side is gone. */
static void must(const struct assay_initiator *i, int r, const char *what)
{
	if (r >= 0)
		return;
	list_all();
	assay_fuzz_fail("%s: %s (%s)", what, i->error.message, assay_err_name(r));
}

/* What a byte's two low bits choose of a key's values; NULL: not offered. */
static const struct {
	enum assay_key_id id;
	const char *value[4];
} choices[] = {
	{ ASSAY_KEY_HEADER_DIGEST, { NULL, "CRC32C", "CRC32C,None", "None,CRC32C" } },
	{ ASSAY_KEY_DATA_DIGEST, { NULL, "CRC32C", "CRC32C,None", "None" } },
	{ ASSAY_KEY_INITIAL_R2T, { NULL, "Yes", "No", "No" } },
	{ ASSAY_KEY_IMMEDIATE_DATA, { NULL, "Yes", "No", "Yes" } },
	{ ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, { NULL, "512", "8192", "65536" } },
	{ ASSAY_KEY_MAX_BURST_LENGTH, { NULL, "1024", "16384", "262144" } },
	{ ASSAY_KEY_FIRST_BURST_LENGTH, { NULL, "512", "1024", "1000" } },
	{ ASSAY_KEY_MAX_OUTSTANDING_R2T, { NULL, "1", "2", "65535" } },
	{ ASSAY_KEY_MAX_CONNECTIONS, { NULL, "2", "4", "65535" } },
	{ ASSAY_KEY_ERROR_RECOVERY_LEVEL, { NULL, "0", "1", "2" } },
	{ ASSAY_KEY_DATA_PDU_IN_ORDER, { NULL, "Yes", "No", NULL } },
	{ ASSAY_KEY_DATA_SEQUENCE_IN_ORDER, { NULL, "Yes", "No", NULL } },
	{ ASSAY_KEY_TASK_REPORTING,
		{ NULL, "RFC3720", "FastAbort,ResponseFence,RFC3720", "ResponseFence,RFC3720" } },
	{ ASSAY_KEY_PROTOCOL_LEVEL, { NULL, "1", "2", "1" } },
	{ ASSAY_KEY_DEFAULT_TIME2WAIT, { NULL, "0", "3600", "2" } },
	{ ASSAY_KEY_DEFAULT_TIME2RETAIN, { NULL, "0", "3600", "20" } },
	{ ASSAY_KEY_INITIATOR_ALIAS, { NULL, "a", "b", "an alias" } },
};

static void choose(struct scene *s, const uint8_t *data)
{
	static const char *const targets[] = { ASSAY_DEFAULT_NAME, ASSAY_DEFAULT_CHAP, ASSAY_DEFAULT_MUTUAL,
		ASSAY_DEFAULT_SECOND };

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		s->config.wants.value[choices[i].id] = choices[i].value[data[i / 4] >> i % 4 * 2 & 3];
	assay_dial_aim(&s->config, &s->profile->setup, targets[data[4] >> 2 & 3]);
	if (data[4] & 0x10)
		assay_dial_aim(&s->config, &s->profile->setup, NULL);
	if (data[4] & 0x20)
		s->config.chap_algorithms = "7,6,5";
}

static void login(struct scene *s)
{
	struct assay_error err = { 0 };

	assay_initiator_free(s->second);
	assay_initiator_free(s->first);
	s->first = s->second = NULL;
	if (assay_initiator_open(&s->first, &s->config, &err) < 0)
		assay_fuzz_fail("no connection: %s", err.message);
	must(s->first, assay_login(s->first), "a right login");
}

/* Another connection of the session, where that was agreed on. */
static void join(struct scene *s)
{
	struct assay_error err = { 0 };

	if (s->second || s->first->session->params.max_connections < 2 || s->config.discovery)
		return;
	if (assay_initiator_open_in(&s->second, &s->config, s->first->session, SECOND_CID, &err) < 0)
		assay_fuzz_fail("no second connection: %s", err.message);
	must(s->second, assay_login(s->second), "a second login");
}

/* A read, a write or none of both, as the byte says: up to some blocks, all of them or with a residual. */
static void prepare(struct assay_task *task, uint8_t *buffer, uint8_t how, unsigned n)
{
	uint8_t blocks = (uint8_t)(1 + (how >> 2 & 31));
	uint8_t cdb[16] = { 0x28, 0, 0, 0, 0, (uint8_t)n, 0, 0, blocks };
	uint32_t length = BLOCK * (uint32_t)blocks;

	switch (how & 3) {
	case 0: cdb[0] = 0x2a; break;
	case 1: break;
	case 2: memcpy(cdb, (uint8_t[]){ 0x12, 0, 0, 0, how, 0 }, 6); break; /* INQUIRY */
	default: memset(cdb, 0, sizeof(cdb)); break; /* TEST UNIT READY */
	}
	assay_task_init(task, assay_lun_from_number(1), cdb, cdb[0] < 0x20 ? 6 : 10);
	if ((how & 3) == 0) {
		task->data_out = buffer;
		task->write_length = length;
	} else if ((how & 3) < 3) {
		task->data_in = buffer;
		task->read_length = (how & 3) == 1 ? length : 255;
	}
}

static void run_tasks(struct assay_initiator *i, uint8_t how, size_t count)
{
	struct assay_task tasks[TASKS];

	for (size_t n = 0; n < count; n++) {
		prepare(&tasks[n], buffers[n], (uint8_t)(how + n), (unsigned)n);
		if (count > 1)
			must(i, assay_await_window(i), "a window for a command");
		must(i, count > 1 ? assay_task_start(i, &tasks[n]) : assay_task_run(i, &tasks[n]),
			"a command");
	}
	if (count > 1)
		must(i, assay_tasks_finish(i, tasks, count), "commands in flight together");
}

/* Says on a connection that all that came on it is here, which a target waits for before it answers task management on another (section 4.2.2.3.1). */
static void acknowledge(struct assay_initiator *i)
{
	struct assay_pdu nop;

	assay_make(i, &nop, ASSAY_NOP_OUT);
	nop.immediate = 1;
	nop.itt = ASSAY_TAG_RESERVED;
	must(i, assay_send(i, &nop), "a NOP-Out that asks for nothing");
}

static void manage(const struct scene *s, struct assay_initiator *i, uint8_t how)
{
	static const uint8_t functions[] = { 1, 2, 5,
		9 }; /* ABORT TASK, ABORT TASK SET, LOGICAL UNIT RESET, QUERY TASK */
	bool level_2 = i->session->params.protocol_level >= 2; /* RFC 7144: QUERY TASK */
	uint8_t function = functions[level_2 ? how & 3 : (how & 3) % 3];
	bool one_task = function == 1 || function == 9;
	uint32_t recent = i->session->next_itt - 1u - (how >> 2 & 3);

	if (s->second)
		acknowledge(i == s->first ? s->second : s->first);
	must(i,
		assay_task_management(
			i, function, assay_lun_from_number(1), one_task ? recent : ASSAY_TAG_RESERVED, NULL),
		"task management");
}

static void text(struct assay_initiator *i, const struct scene *s, uint8_t how)
{
	static const char declared[] = "MaxRecvDataSegmentLength=4096";
	const char *out;
	long r;

	if (how & 1)
		r = assay_text(i, &out, declared, sizeof(declared));
	else
		r = assay_send_targets(i, &out, s->config.discovery ? "All" : "");
	must(i, (int)(r < 0 ? r : 0), "a text exchange");
}

enum act {
	PING,
	BARRIER,
	TASK,
	TASKS_TOGETHER,
	MANAGE,
	TEXT,
	JOIN,
	OTHER_CONNECTION,
	LOGOUT,
	LOGOUT_CONNECTION,
	ACTS
};

static void act(struct scene *s, uint8_t what, uint8_t how)
{
	struct assay_initiator *i = s->second && what & 0x80 ? s->second : s->first;
	enum act act = (enum act)((what & 0x7f) % ACTS);

	if (s->config.discovery && act != TEXT &&
		act != LOGOUT) /* section 4.3: nothing else is for a discovery session */
		return;
	switch (act) {
	case PING: must(i, assay_nop(i, buffers[0], how, NULL), "a ping"); break;
	case BARRIER: must(i, assay_barrier(i), "a barrier"); break;
	case TASK: run_tasks(i, how, 1); break;
	case TASKS_TOGETHER: run_tasks(i, how, TASKS); break;
	case MANAGE: manage(s, i, how); break;
	case TEXT: text(i, s, s->config.discovery ? 0 : how); break;
	case JOIN: join(s); break;
	case LOGOUT:
		must(i, assay_logout(i, 0, NULL), "a logout");
		login(s);
		break;
	case LOGOUT_CONNECTION:
		must(i, assay_logout(i, 1, NULL), "a logout of a connection");
		login(s);
		break;
	default: break;
	}
}

static void one(const uint8_t *data, size_t size)
{
	struct scene s = { 0 };
	struct assay_error err = { 0 };

	if (size < CHOICES)
		return;
	if (assay_profile_builtin(&s.profile, &err) < 0 ||
		assay_dial_open(&s.dial, s.profile, NULL, 1, &err) < 0)
		assay_fuzz_fail("no built-in target: %s", err.message);
	tap = assay_tap_new(TAP_BYTES, found, NULL);
	if (!tap)
		assay_fuzz_fail("out of memory");
	assay_dial_config(&s.config, s.dial, s.profile, 1);
	s.config.tap = tap;
	choose(&s, data);
	login(&s);
	for (size_t at = CHOICES; at + 1 < size; at += 2)
		act(&s, data[at], data[at + 1]);
	assay_initiator_free(s.second);
	assay_initiator_free(s.first);
	assay_tap_free(tap);
	assay_dial_close(s.dial);
	assay_profile_free(s.profile);
}

const struct assay_fuzz_entry assay_fuzz_entry_builder = {
	.name = "builder",
	.desc = "our initiator and our target, both right, are never blamed by the rules",
	.one = one,
	.max_len = MAX_LEN,
};
