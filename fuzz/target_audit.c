/*
 * target_audit.c - the sums and limits of the built-in target's machine, see target_audit.h: bytes held, places of the command window, references
 * to data, what waits to be sent. A sum that is wrong is a leak, or an underflow, that only a long run would show.
 */
#include "fuzz/target_audit.h"

#include "fuzz/fuzz.h"
#include "target/machine.h"
#include "target/scsi_internal.h"

#define OUTPUT_MAX ((size_t)16 << 20) /* bytes of a connection's own output, as its buffer grows */

static void expect(const char *what, size_t is, size_t counted)
{
	if (is != counted)
		assay_fuzz_fail("%s: the machine says %zu, there are %zu", what, is, counted);
}

static void limit(const char *what, size_t is, size_t most)
{
	if (is > most)
		assay_fuzz_fail("%s: %zu, more than %zu", what, is, most);
}

/* ---- a connection ---- */

static unsigned references_to(const struct assay_target *t, const struct assay_tgt_task *task)
{
	unsigned count = 0;

	for (const struct assay_target_conn *c = t->conns; c; c = c->next)
		for (unsigned i = 0; i < c->out.count; i++)
			count += c->out.segments[(c->out.first + i) % ASSAY_TGT_SEGMENTS].task == task;
	return count;
}

static void audit_output(const struct assay_tgt_output *o)
{
	size_t queued = 0, own = 0;

	for (unsigned i = 0; i < o->count; i++) {
		const struct assay_tgt_segment *s = &o->segments[(o->first + i) % ASSAY_TGT_SEGMENTS];

		queued += s->length;
		own += s->bytes ? 0 : s->length;
	}
	expect("bytes of output", o->queued, queued);
	expect("bytes of the output buffer", o->end - o->start, own);
	limit("capacity of the output buffer", o->capacity, OUTPUT_MAX);
}

static void audit_conn(const struct assay_target_conn *c)
{
	unsigned immediate = 0;

	for (const struct assay_tgt_task *task = c->session ? c->session->tasks : NULL; task;
		task = task->next)
		immediate += task->conn == c && task->immediate && task->state != ASSAY_TGT_DRAINING;
	if (c->session)
		expect("immediate tasks", c->immediate_tasks, immediate);
	limit("immediate tasks", c->immediate_tasks, ASSAY_TGT_IMMEDIATE_MAX);
	limit("ended tags", c->ended_count, ASSAY_TGT_ENDED);
	limit("bytes of input", c->in.end, c->in.size);
	audit_output(&c->out);
	if (c->login) {
		limit("bytes of login text", c->login->text.length, ASSAY_TGT_TEXT_MAX);
		limit("bytes of login answer", c->login->answer.length, ASSAY_TGT_ANSWER_MAX);
		limit("bytes of login sent", c->login->answered, c->login->answer.length);
	}
	if (c->text) {
		limit("bytes of text", c->text->request.length, ASSAY_TGT_TEXT_MAX);
		limit("bytes of answer", c->text->answer.length, ASSAY_TGT_ANSWER_MAX);
		limit("bytes of answer sent", c->text->answered, c->text->answer.length);
	}
}

/* ---- a session ---- */

static void audit_task(const struct assay_tgt_session *s, const struct assay_tgt_task *task)
{
	if (task->session != s)
		assay_fuzz_fail("task 0x%x is in the list of another session", task->itt);
	expect("references to a task's data", task->references, references_to(s->target, task));
	limit("R2Ts of a task", task->r2t_count, ASSAY_TGT_R2T_MAX);
	limit("bytes received of a task", task->place ? task->received : 0, task->place_size);
	if (task->state == ASSAY_TGT_DRAINING)
		return;
	if (task->state == ASSAY_TGT_HELD && s->held[task->cmd_sn % ASSAY_TGT_WINDOW].task != task)
		assay_fuzz_fail(
			"task 0x%x waits for a gap to close, and the window does not know it", task->itt);
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++)
		if (s->conns[i] == task->conn)
			return;
	assay_fuzz_fail("task 0x%x has a connection that is not its session's", task->itt);
}

static void audit_session(const struct assay_tgt_session *s)
{
	unsigned places = 0, ordered = 0;
	size_t bytes = 0;

	for (const struct assay_tgt_task *task = s->tasks; task; task = task->next) {
		bool live = task->state != ASSAY_TGT_DRAINING;

		audit_task(s, task);
		bytes += task->bytes_held;
		places += live && task->has_place;
		ordered += live && task->state != ASSAY_TGT_HELD && task->attr == ASSAY_ATTR_ORDERED;
	}
	for (unsigned i = 0; i < ASSAY_TGT_WINDOW; i++)
		bytes += s->held[i].bytes ? s->held[i].pdu.wire_length : 0;
	expect("bytes held by a session", s->bytes_held, bytes);
	expect("places of the command window", s->places, places);
	expect("ordered tasks", s->fixed_order, ordered);
	limit("places of the command window", s->places, ASSAY_TGT_WINDOW);
	limit("bytes held by a session", s->bytes_held, ASSAY_TGT_HELD_MAX);
	expect("users of a session", s->uses, 0);
	if (s->ended || s->delivering)
		assay_fuzz_fail("a session is %s between two calls", s->ended ? "ended" : "delivering");
}

void assay_fuzz_audit(const struct assay_target *t)
{
	unsigned conns = 0;
	size_t bytes = 0;

	for (const struct assay_target_conn *c = t->conns; c; c = c->next, conns++)
		audit_conn(c);
	for (const struct assay_tgt_session *s = t->sessions; s; s = s->next) {
		audit_session(s);
		bytes += s->bytes_held;
	}
	expect("connections", t->conn_count, conns);
	expect("bytes held by all sessions", t->bytes_held, bytes);
	limit("bytes held by all sessions", t->bytes_held, ASSAY_TGT_ALL_HELD_MAX);
}

static void audit_device(const struct assay_scsi_device *d)
{
	if (d->nexuses)
		assay_fuzz_fail(
			"target %u knows a nexus of %s, without a session", d->tid, d->nexuses->initiator);
	for (unsigned i = 0; i < d->unit_count; i++) {
		const struct assay_scsi_unit *u = d->units[i];

		if (!u)
			continue;
		expect("references to a logical unit", u->references, 1);
		if (u->reserved_by)
			assay_fuzz_fail("LUN %u is reserved by a nexus that is gone", u->number);
	}
}

void assay_fuzz_audit_empty(const struct assay_target *t)
{
	expect("connections", t->conn_count, 0);
	expect("bytes held by all sessions", t->bytes_held, 0);
	if (t->conns || t->sessions || t->dirty)
		assay_fuzz_fail("%s is left after the last connection", t->conns      ? "a connection"
									: t->sessions ? "a session"
										      : "a dirty connection");
	for (const struct assay_tgt_node *node = t->nodes; node; node = node->next)
		audit_device(node->device);
}
