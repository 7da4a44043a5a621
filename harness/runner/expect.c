/*
 * expect.c - the claims of tests, each ends in assay_check: expected, all acceptable outcomes, and what came. What a claim compares is said in words that do not
 * change from run to run (they make the signature); numbers that do change stand only in what came.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "runner/context.h"

#define TEXT_MAX    768
#define EVENTS_MAX  16 /* pings and events that EXPECT_CLOSE passes over */
#define ALIVE_TRIES 4 /* unit attentions that EXPECT_ALIVE takes */

static void settle(struct assay_t *t, bool holds, const char *mark, const char *file, int line,
	const char *expected, const char *got)
{
	if (holds)
		assay_hold_claim(t, line);
	else
		assay_fail_claim(t, mark, file, line, expected, got);
}

void assay_check(struct assay_t *t, bool holds, bool require, const char *file, int line,
	const char *expected, const char *got_format, ...)
{
	char got[TEXT_MAX];
	va_list args;

	assay_note_claim(t);
	if (holds && require)
		return;
	if (require && t->failure_count) /* it follows from what was told already */
		assay_stop(t);
	va_start(args, got_format);
	vsnprintf(got, sizeof(got), got_format, args);
	va_end(args);
	settle(t, holds, expected, file, line, expected, got);
	if (require)
		assay_stop(t);
}

/* "i->login.response.transit" is "transit" to a reader; a call stays whole. */
static const char *short_name(const char *what)
{
	size_t length = strlen(what);

	if (strpbrk(what, "( +*/&|"))
		return what;
	while (length && what[length - 1] != '.' && what[length - 1] != '>')
		length--;
	return what + length;
}

void assay_expect_number(
	struct assay_t *t, const char *what, uint64_t got, uint64_t expected, const char *file, int line)
{
	char wanted[TEXT_MAX], came[TEXT_MAX];
	const char *format = expected > 9 || got > 9 ? "%s = %llu (0x%llx)" : "%s = %llu";

	snprintf(wanted, sizeof(wanted), format, short_name(what), (unsigned long long)expected,
		(unsigned long long)expected);
	snprintf(came, sizeof(came), format, short_name(what), (unsigned long long)got,
		(unsigned long long)got);
	settle(t, got == expected, what, file, line, wanted, came);
}

/* Why there is no answer to look at, or what it was. */
static void describe_login(char *out, size_t capacity, const struct assay_initiator *i, int result)
{
	const struct assay_pdu *r = &i->login.response;

	if (result == ASSAY_E_LOGIN || (result >= 0 && r->opcode == ASSAY_LOGIN_RESPONSE))
		snprintf(out, capacity, "Login Response status 0x%02x%02x (%s)", r->status_class,
			r->status_detail, assay_login_status_name(r->status_class, r->status_detail));
	else if (result < 0)
		snprintf(out, capacity, "%s%s%s", assay_err_name(result), i->error.message[0] ? ": " : "",
			i->error.message);
	else
		snprintf(out, capacity, "no Login Response");
}

static bool connection_ended(int code)
{
	return code == ASSAY_E_CLOSED || code == ASSAY_E_RESET;
}

void assay_expect_key(struct assay_t *t, struct assay_initiator *i, bool or_failure, const char *file,
	int line, const char *key, ...)
{
	char expected[TEXT_MAX], mark[TEXT_MAX], got[TEXT_MAX];
	int used = snprintf(expected, sizeof(expected), "%s=", key);
	struct assay_pair pair;
	bool holds = false, answered = assay_login_answer(i, &pair, key) == 1;
	const char *value, *between = "";
	va_list args;

	va_start(args, key);
	while ((value = va_arg(args, const char *))) {
		holds = holds || (answered && assay_value_is(&pair, value));
		if ((size_t)used < sizeof(expected))
			used += snprintf(
				expected + used, sizeof(expected) - (size_t)used, "%s%s", between, value);
		between = " or ";
	}
	va_end(args);
	if (or_failure && (size_t)used < sizeof(expected))
		snprintf(expected + used, sizeof(expected) - (size_t)used,
			", or a login refused as the initiator's fault (status class 2) or closed");
	if (or_failure && (i->login.response.status_class == 2 || connection_ended(i->error.code)))
		holds = true;
	if (answered)
		snprintf(got, sizeof(got), "%s=%.*s", key,
			(int)(pair.value_length < 300 ? pair.value_length : 300), pair.value);
	else {
		used = snprintf(got, sizeof(got), "no %s in the answer; ", key);
		describe_login(got + used, sizeof(got) - (size_t)used, i, i->error.code);
	}
	snprintf(mark, sizeof(mark), "%s", expected);
	settle(t, holds, mark, file, line, expected, got);
}

void assay_expect_login_status(
	struct assay_t *t, struct assay_initiator *i, int result, unsigned status, const char *file, int line)
{
	unsigned came = (unsigned)i->login.response.status_class << 8 | i->login.response.status_detail;
	char expected[TEXT_MAX], got[TEXT_MAX];
	bool holds;

	if (assay_err_is_ours(result))
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(&t->arena, "login: %s", i->error.message));
	if (status) {
		snprintf(expected, sizeof(expected), "Login Response status 0x%04x (%s)", status,
			assay_login_status_name((uint8_t)(status >> 8), (uint8_t)status));
		holds = result == ASSAY_E_LOGIN && came == status;
	} else {
		snprintf(expected, sizeof(expected),
			"a refused login: a Login Response with a status class of 2 or 3, or a close");
		holds = (result == ASSAY_E_LOGIN && came >= 0x0200) || connection_ended(result);
	}
	describe_login(got, sizeof(got), i, result);
	settle(t, holds, expected, file, line, expected, got);
}

/* A Reject that came last and that no claim has used up, else the next PDU. 0 with *pdu set, or a negative error. */
static int find_reject(struct assay_t *t, struct assay_initiator *i, struct assay_pdu *pdu)
{
	uint64_t *taken = assay_context_reject_taken(t, i);
	const struct assay_tap_record *r = assay_context_record(t, i->last_received);
	int result;

	if (r && r->kind == ASSAY_TAP_PDU && r->number != *taken && r->kept >= ASSAY_BHS_LENGTH) {
		assay_pdu_decode_bhs(pdu, r->bytes);
		if (pdu->opcode == ASSAY_REJECT) {
			*taken = r->number;
			return 0;
		}
	}
	result = assay_recv(i, pdu);
	if (result >= 0 && pdu->opcode == ASSAY_REJECT)
		*taken = i->last_received;
	return result;
}

void assay_expect_reject(struct assay_t *t, struct assay_initiator *i, const char *file, int line, ...)
{
	char expected[TEXT_MAX] = "Reject, reason ", got[TEXT_MAX];
	size_t used = strlen(expected);
	struct assay_pdu pdu;
	const char *between = "";
	bool holds = false;
	int reason, result = find_reject(t, i, &pdu);
	va_list args;

	if (assay_err_is_ours(result))
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(&t->arena, "receive: %s", i->error.message));
	va_start(args, line);
	while ((reason = va_arg(args, int)) >= 0) {
		holds = holds || (result >= 0 && pdu.opcode == ASSAY_REJECT && pdu.reason == reason);
		if (used < sizeof(expected))
			used += (size_t)snprintf(expected + used, sizeof(expected) - used, "%s0x%02x (%s)",
				between, (unsigned)reason, assay_reject_reason_name((uint8_t)reason));
		between = " or ";
	}
	va_end(args);
	if (result < 0)
		snprintf(got, sizeof(got), "%s: %s", assay_err_name(result), i->error.message);
	else
		assay_listing_brief(got, sizeof(got), &pdu);
	settle(t, holds, expected, file, line, expected, got);
}

static bool answers_nothing(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_ASYNC_MESSAGE ||
	       (pdu->opcode == ASSAY_NOP_IN && pdu->itt == ASSAY_TAG_RESERVED);
}

void assay_expect_close(struct assay_t *t, struct assay_initiator *i, const char *file, int line)
{
	static const char expected[] = "the target closes the connection, and sends nothing more";
	struct assay_pdu pdu;
	char got[TEXT_MAX];
	int result, events = 0;

	/* Pings of the target and events may be on their way; they answer nothing. */
	do
		result = assay_await_close(i, &pdu);
	while (result == 1 && answers_nothing(&pdu) && ++events < EVENTS_MAX);

	if (assay_err_is_ours(result))
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(&t->arena, "receive: %s", i->error.message));
	if (result == 1)
		assay_listing_brief(got, sizeof(got), &pdu);
	else if (result == ASSAY_E_TIMEOUT)
		snprintf(got, sizeof(got), "the connection is still open after %.1f s",
			(double)i->config->timeout / 1e9);
	else
		snprintf(got, sizeof(got), "%s: %s", assay_err_name(result), i->error.message);
	settle(t, result == 0, expected, file, line, expected, got);
}

void assay_expect_silence(struct assay_t *t, struct assay_initiator *i, const char *file, int line)
{
	static const char expected[] = "no PDU but the answer to the barrier (a NOP-Out) that was sent next";
	int result = assay_barrier(i);

	if (assay_err_is_ours(result))
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(&t->arena, "barrier: %s", i->error.message));
	settle(t, result >= 0, expected, file, line, expected,
		assay_arena_printf(&t->arena, "%s: %s", assay_err_name(result), i->error.message));
}

void assay_expect_alive(struct assay_t *t, struct assay_initiator *i, const char *file, int line)
{
	static const char expected[] = "the session still works: TEST UNIT READY ends with GOOD";
	static const uint8_t test_unit_ready[6] = { 0 };
	struct assay_task task = { 0 };
	char got[TEXT_MAX];
	int result = 0;

	for (int tries = 0; tries < ALIVE_TRIES && result >= 0; tries++) {
		assay_task_init(&task, assay_lun(t), test_unit_ready, sizeof(test_unit_ready));
		result = assay_task_run(i, &task);
		if (task.sense_key != 6)
			break;
	}
	if (assay_err_is_ours(result))
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(&t->arena, "TEST UNIT READY: %s", i->error.message));
	if (result < 0)
		snprintf(got, sizeof(got), "%s: %s", assay_err_name(result), i->error.message);
	else
		snprintf(got, sizeof(got), "response 0x%02x, status 0x%02x (%s), sense %x/%02x/%02x",
			task.response, task.status, assay_scsi_status_name(task.status), task.sense_key,
			task.asc, task.ascq);
	settle(t, result >= 0 && task.done && !task.response && !task.status, expected, file, line, expected,
		got);
}

static void describe_task(char *out, size_t capacity, const struct assay_task *task)
{
	if (!task->done)
		snprintf(out, capacity, "%s: no response", assay_cdb_name(task->cdb[0]));
	else
		snprintf(out, capacity, "%s: response 0x%02x, status 0x%02x (%s), sense %x/%02x/%02x (%s)",
			assay_cdb_name(task->cdb[0]), task->response, task->status,
			assay_scsi_status_name(task->status), task->sense_key, task->asc, task->ascq,
			assay_sense_key_name(task->sense_key));
}

void assay_expect_good(struct assay_t *t, const struct assay_task *task, const char *file, int line)
{
	char expected[TEXT_MAX], got[TEXT_MAX];

	snprintf(expected, sizeof(expected), "%s ends with status GOOD", assay_cdb_name(task->cdb[0]));
	describe_task(got, sizeof(got), task);
	settle(t, task->done && !task->response && !task->status, expected, file, line, expected, got);
}

void assay_expect_sense(
	struct assay_t *t, const struct assay_task *task, int key, int asc_ascq, const char *file, int line)
{
	char expected[TEXT_MAX], got[TEXT_MAX], code[32] = "any additional sense code";
	bool holds = task->done && !task->response && task->status == 2 && task->sense_length &&
		     task->sense_key == key;

	if (asc_ascq >= 0) {
		snprintf(code, sizeof(code), "%02x/%02x", (unsigned)asc_ascq >> 8 & 0xff,
			(unsigned)asc_ascq & 0xff);
		holds = holds && (task->asc << 8 | task->ascq) == asc_ascq;
	}
	snprintf(expected, sizeof(expected), "%s ends with CHECK CONDITION, sense key %x (%s), %s",
		assay_cdb_name(task->cdb[0]), (unsigned)key, assay_sense_key_name((uint8_t)key), code);
	describe_task(got, sizeof(got), task);
	settle(t, holds, expected, file, line, expected, got);
}
