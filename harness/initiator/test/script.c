/* script.c - the scripted target of the initiator's tests. */
#include "initiator/test/script.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(struct script *s, const struct assay_pdu *request)
{
	if (s->count < SCRIPT_KEPT) {
		struct assay_pdu *kept = &s->heard[s->count];

		*kept = *request;
		kept->data = s->texts + s->texts_used;
		if (kept->data_length > sizeof(s->texts) - s->texts_used)
			kept->data_length = (uint32_t)(sizeof(s->texts) - s->texts_used);
		if (kept->data_length > 0)
			memcpy(s->texts + s->texts_used, request->data, kept->data_length);
		s->texts_used += kept->data_length;
	}
	s->count++;
}

static void script_input(void *peer, const void *bytes, size_t length, uint64_t now)
{
	struct script *s = peer;
	const uint8_t *at = bytes;

	(void)now;
	while (length > 0) {
		uint8_t *space;
		size_t room = assay_framer_space(&s->framer, &space);
		size_t n = length < room ? length : room;
		struct assay_pdu pdu;

		CU_ASSERT_FATAL(n > 0);
		memcpy(space, at, n);
		assay_framer_commit(&s->framer, n);
		at += n;
		length -= n;
		while (assay_framer_next(&s->framer, &pdu) == 1) {
			if (pdu.cmd_sn == s->exp_cmd_sn && !pdu.immediate && pdu.opcode != ASSAY_DATA_OUT &&
				pdu.opcode != ASSAY_SNACK_REQUEST) {
				s->exp_cmd_sn++;
				s->max_cmd_sn++;
			}
			keep(s, &pdu);
			s->answer(s, &pdu);
		}
	}
}

static size_t script_output(void *peer, const uint8_t **out)
{
	struct script *s = peer;
	size_t n = s->out_end - s->out_start;

	*out = s->out + s->out_start;
	return s->end != SCRIPT_GOES_ON && n > s->cut - s->said ? s->cut - s->said : n;
}

static void script_consumed(void *peer, size_t length)
{
	struct script *s = peer;

	s->out_start += length;
	s->said += length;
	if (s->out_start == s->out_end)
		s->out_start = s->out_end = 0;
}

static bool script_closing(void *peer)
{
	const struct script *s = peer;

	return s->closing || (s->end == SCRIPT_CLOSES && s->said == s->cut);
}

static uint64_t script_next_timer(void *peer)
{
	return ((struct script *)peer)->timer;
}

static void script_tick(void *peer, uint64_t now)
{
	struct script *s = peer;

	if (now < s->timer)
		return;
	s->timer = UINT64_MAX;
	s->on_timer(s);
}

static void script_closed(void *peer, bool reset)
{
	struct script *s = peer;

	s->closed++;
	s->resets += reset;
}

static void script_finished(void *peer)
{
	(void)peer;
}

static const struct assay_memory_peer_ops script_ops = {
	.input = script_input,
	.output = script_output,
	.consumed = script_consumed,
	.closing = script_closing,
	.next_timer = script_next_timer,
	.tick = script_tick,
	.closed = script_closed,
	.finished = script_finished,
};

static int script_dial(struct assay_dialer *d, struct assay_stream **out, const char *host, uint16_t port,
	const char *source, uint64_t timeout, struct assay_error *err)
{
	struct script *s = (struct script *)d;

	(void)source, (void)timeout;
	*out = NULL;
	if (port != 3260)
		return assay_error_set(err, ASSAY_E_CONNECT, "%s port %u: nobody is there", host, port);
	return assay_memory_stream(out, &script_ops, s, &s->clock);
}

struct script *script_new(void (*fn)(struct script *s, const struct assay_pdu *request))
{
	struct script *s = calloc(1, sizeof(*s));

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	s->dialer.dial = script_dial;
	assay_framer_init(&s->framer, s->in, sizeof(s->in));
	s->answer = fn;
	s->stat_sn = 100;
	s->exp_cmd_sn = 1;
	s->max_cmd_sn = 32;
	s->timer = UINT64_MAX;
	return s;
}

struct assay_initiator_config script_config(struct script *s)
{
	return (struct assay_initiator_config){
		.dialer = &s->dialer,
		.host = "script",
		.port = 3260,
		.initiator_name = "iqn.2026-01.test:initiator",
		.target_name = "iqn.2026-01.test:target",
		.isid = 0x800012345678,
		.timeout = 5 * ASSAY_SECOND,
		.seed = 1,
	};
}

static void found(void *payload, const struct assay_finding *finding)
{
	struct script *s = payload;

	if (finding->offender != ASSAY_INITIATOR)
		return;
	s->blamed++;
	printf("#%llu breaks %s: expected %s, got %s\n", (unsigned long long)finding->pdu, finding->rule->id,
		finding->expected, finding->got);
}

struct assay_tap *script_watch(struct script *s)
{
	struct assay_tap *tap = assay_tap_new(1 << 20, found, s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(tap);
	return tap;
}

void script_make(struct script *s, struct assay_pdu *out, uint8_t opcode, const struct assay_pdu *request)
{
	bool status = opcode != ASSAY_R2T && opcode != ASSAY_DATA_IN && request;

	*out = (struct assay_pdu){
		.opcode = opcode,
		.final = 1,
		.itt = request ? request->itt : ASSAY_TAG_RESERVED,
		.ttt = ASSAY_TAG_RESERVED,
		.stat_sn = s->stat_sn,
		.exp_cmd_sn = s->exp_cmd_sn,
		.max_cmd_sn = s->max_cmd_sn,
	};
	if (status || opcode == ASSAY_REJECT || opcode == ASSAY_ASYNC_MESSAGE)
		s->stat_sn++;
}

void script_say_bytes(struct script *s, const void *bytes, size_t length)
{
	CU_ASSERT_FATAL(length <= SCRIPT_OUT - s->out_end);
	memcpy(s->out + s->out_end, bytes, length);
	s->out_end += length;
}

void script_say(struct script *s, const struct assay_pdu *pdu)
{
	long n = assay_pdu_encode(s->out + s->out_end, SCRIPT_OUT - s->out_end, pdu, s->digests);

	CU_ASSERT_FATAL(n > 0);
	s->out_end += (size_t)n;
}

void script_login(struct script *s, const struct assay_pdu *request, const char *text, size_t length)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_LOGIN_RESPONSE, request);
	pdu.final = 0;
	pdu.transit = request->transit;
	pdu.csg = request->csg;
	pdu.nsg = request->nsg;
	pdu.isid = request->isid;
	pdu.tsih = request->transit && request->nsg == ASSAY_STAGE_FULL_FEATURE && !request->tsih
			   ? 7
			   : request->tsih;
	pdu.data = (const uint8_t *)text;
	pdu.data_length = (uint32_t)length;
	script_say(s, &pdu);
}

void script_agree(struct script *s, const struct assay_pdu *request)
{
	static const uint8_t answers[][2] = {
		{ ASSAY_NOP_OUT, ASSAY_NOP_IN },
		{ ASSAY_SCSI_COMMAND, ASSAY_SCSI_RESPONSE },
		{ ASSAY_TASK_MANAGEMENT_REQUEST, ASSAY_TASK_MANAGEMENT_RESPONSE },
		{ ASSAY_TEXT_REQUEST, ASSAY_TEXT_RESPONSE },
		{ ASSAY_LOGOUT_REQUEST, ASSAY_LOGOUT_RESPONSE },
	};
	struct assay_pdu pdu;

	if (request->opcode == ASSAY_LOGIN_REQUEST) {
		script_login(s, request, "", 0);
		return;
	}
	for (size_t n = 0; n < sizeof(answers) / sizeof(answers[0]); n++) {
		if (answers[n][0] != request->opcode || request->itt == ASSAY_TAG_RESERVED)
			continue;
		script_make(s, &pdu, answers[n][1], request);
		if (pdu.opcode == ASSAY_NOP_IN) {
			pdu.data = request->data;
			pdu.data_length = request->data_length;
		}
		script_say(s, &pdu);
	}
}

struct assay_initiator *script_open(const struct assay_initiator_config *config)
{
	struct assay_initiator *i = NULL;
	struct assay_error err = { 0 };

	CU_ASSERT_EQUAL_FATAL(assay_initiator_open(&i, config, &err), 0);
	return i;
}

bool script_heard(const struct script *s, size_t request, const char *key, const char *value)
{
	struct assay_pair pair;

	return request < s->count && request < SCRIPT_KEPT &&
	       assay_text_find(&pair, s->heard[request].data, s->heard[request].data_length, key) == 1 &&
	       assay_value_is(&pair, value);
}
