/* connect.c - a test's connections: opened with a copy of its configuration, logged in, owned by the context. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/lun.h"
#include "runner/context.h"

#define READY_TRIES 8 /* pending unit attentions that are taken before we give up */

/* The peer's doing is a FAIL, ours an ERROR; neither returns. */
static void give_up(struct assay_t *t, int result, const char *what, const char *message)
{
	if (assay_err_is_ours(result))
		assay_context_leave(
			t, ASSAY_END_PRECONDITION, assay_arena_printf(&t->arena, "%s: %s", what, message));
	assay_fail_claim(t, what, __FILE__, 0, what,
		assay_arena_printf(
			&t->arena, "%s%s%s", assay_err_name(result), message[0] ? ": " : "", message));
	assay_stop(t);
}

static struct assay_initiator_config *copy_config(struct assay_t *t)
{
	struct assay_initiator_config *copy = assay_alloc(t, sizeof(*copy));

	*copy = t->config;
	if (t->config.isid == t->next_isid) /* another session than the ones before, unless the test chose */
		t->config.isid = ++t->next_isid;
	return copy;
}

/* A login that the test has left half-way: a target may serve one at a time, and would let the next wait. */
static void close_unfinished(struct assay_t *t)
{
	for (size_t n = 0; n < t->connection_count; n++) {
		struct assay_initiator *i = t->connections[n].initiator;

		if (i->stream && !i->full_feature && !t->connections[n].kept)
			assay_initiator_close(i);
	}
}

void assay_keep(struct assay_t *t, const struct assay_initiator *i)
{
	for (size_t n = 0; n < t->connection_count; n++)
		if (t->connections[n].initiator == i)
			t->connections[n].kept = true;
}

/* Connects; session NULL: a new one. */
static struct assay_initiator *open_connection(struct assay_t *t, const struct assay_initiator_config *config,
	struct assay_session *session, uint16_t cid)
{
	struct assay_initiator *i = NULL;
	struct assay_error err = { 0 };
	int r;

	if (t->connection_count == ASSAY_CONTEXT_CONNECTIONS)
		assay_context_leave(t, ASSAY_END_PRECONDITION, "more connections than a test may open");
	close_unfinished(t);
	if (session)
		r = assay_initiator_open_in(&i, config, session, cid, &err);
	else
		r = assay_initiator_open(&i, config, &err);
	if (r < 0)
		give_up(t, r, "a connection to the target", err.message);
	t->connections[t->connection_count].initiator = i;
	t->connections[t->connection_count].kept = false;
	t->connections[t->connection_count++].reject_taken = 0;
	return i;
}

struct assay_initiator *assay_connect(struct assay_t *t)
{
	return open_connection(t, copy_config(t), NULL, 0);
}

struct assay_initiator *assay_connect_into(struct assay_t *t, struct assay_initiator *i, uint16_t cid)
{
	struct assay_initiator_config *copy = assay_alloc(t, sizeof(*copy));

	*copy = t->config;
	copy->isid = i->session->isid;
	return open_connection(t, copy, i->session, cid);
}

/* Takes unit attentions until TEST UNIT READY is GOOD. */
static void make_ready(struct assay_t *t, struct assay_initiator *i, uint64_t lun)
{
	static const uint8_t test_unit_ready[6] = { 0 };
	struct assay_task task;
	char name[32];

	for (int tries = 0; tries < READY_TRIES; tries++) {
		int r;

		assay_task_init(&task, lun, test_unit_ready, sizeof(test_unit_ready));
		r = assay_task_run(i, &task);
		if (r < 0)
			give_up(t, r, "an answer to TEST UNIT READY", i->error.message);
		if (!task.response && !task.status)
			return;
	}
	assay_lun_print(name, sizeof(name), lun);
	assay_fail_claim(t, "LUN ready", __FILE__, 0,
		"the logical unit under test is ready: TEST UNIT READY ends with GOOD",
		assay_arena_printf(&t->arena,
			"LUN %s: response 0x%02x, status 0x%02x, sense %x/%02x/%02x after %d tries", name,
			task.response, task.status, task.sense_key, task.asc, task.ascq, READY_TRIES));
	assay_stop(t);
}

static struct assay_initiator *log_in(struct assay_t *t, const struct assay_initiator_config *config)
{
	struct assay_initiator *i = open_connection(t, config, NULL, 0);
	int r = assay_login(i);

	if (r < 0)
		give_up(t, r,
			config->discovery ? "a login to a discovery session" : "a login to a normal session",
			i->error.message);
	if (!config->discovery)
		make_ready(t, i, assay_lun(t));
	if (!config->discovery && t->setup.write_lun_given && t->setup.write_lun != t->setup.lun)
		make_ready(t, i, assay_write_lun(t));
	return i;
}

struct assay_initiator *assay_connect_full_feature(struct assay_t *t)
{
	return log_in(t, copy_config(t));
}

/* The target lets nobody in without that digest. */
static bool insists(const struct assay_t *t, enum assay_key_id id)
{
	const struct assay_profile *p = t->spec->profile;

	return (id == ASSAY_KEY_HEADER_DIGEST && p->header_digest > 1) ||
	       (id == ASSAY_KEY_DATA_DIGEST && p->data_digest > 1);
}

struct assay_initiator *assay_connect_with(struct assay_t *t, ...)
{
	struct assay_initiator_config *config = copy_config(t);
	const char *key, *value;
	va_list args;

	va_start(args, t);
	while ((key = va_arg(args, const char *))) {
		enum assay_key_id id = assay_key_find(key, strlen(key));

		value = va_arg(args, const char *);
		if (id == ASSAY_KEY_UNKNOWN || !value)
			break;
		if (!insists(t, id)) /* then it has what the target wants already */
			config->wants.value[id] = value;
	}
	va_end(args);
	if (key)
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(
				&t->arena, "assay_connect_with: no such key, or no value: %s", key));
	return log_in(t, config);
}

struct assay_initiator *assay_connect_discovery(struct assay_t *t)
{
	struct assay_initiator_config *config = copy_config(t);

	assay_dial_aim(config, &t->setup, NULL);
	return log_in(t, config);
}

long assay_require_ok(struct assay_t *t, long result, struct assay_initiator *i, const char *what,
	const char *file, int line)
{
	const char *message = i ? i->error.message : "";
	const char *words;

	assay_note_claim(t);
	if (result >= 0)
		return result;
	words = assay_arena_printf(
		&t->arena, "%s%s%s", assay_err_name((int)result), message[0] ? ": " : "", message);
	if (assay_err_is_ours((int)result))
		assay_context_leave(
			t, ASSAY_END_PRECONDITION, assay_arena_printf(&t->arena, "%s: %s", what, words));
	assay_fail_claim(
		t, what, file, line, assay_arena_printf(&t->arena, "success of the step %s", what), words);
	assay_stop(t);
}
