/*
 * watch_state.c - what the rule engine remembers: sessions, tasks, findings on their way out. No rule is judged here.
 * RFC 7143 sections 4.2.1 (sessions), 11.2.1.8 (Initiator Task Tags).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "proto/watch_private.h"

#define KEEP                                                    0
#define VOID                                                    1
#define X(symbol, id, level, role, effect, section, reqs, desc) effect,
static const uint8_t effects[] = {
#include "proto/rules.def"
};
#undef X
#undef KEEP
#undef VOID

const char *say(char out[WATCH_WORDS], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(out, WATCH_WORDS, format, arguments);
	va_end(arguments);
	return out;
}

void found_against(struct watch_event *e, enum assay_role offender, enum watch_rule rule,
	const char *expected, const char *got)
{
	size_t count;
	struct assay_finding finding = { .rule = &assay_rules(&count)[rule],
		.offender = offender,
		.connection = e->c->number,
		.pdu = e->number };

	if (effects[rule]) {
		e->void_task = true;
		if (offender == ASSAY_INITIATOR && (e->c->phase == PHASE_START || e->c->phase == PHASE_LOGIN))
			e->c->broken = true;
	}
	snprintf(finding.expected, sizeof(finding.expected), "%s", expected);
	snprintf(finding.got, sizeof(finding.got), "%s", got);
	if (e->w->found)
		e->w->found(e->w->payload, &finding);
}

void found(struct watch_event *e, enum watch_rule rule, const char *expected, const char *got)
{
	found_against(e, e->sender, rule, expected, got);
}

/* ---- sessions ---- */

unsigned watch_session_index(const struct assay_watch *w, const struct watch_session *s)
{
	return (unsigned)(s - w->session);
}

/* There is one more than connections, so one is free whenever a connection has none. */
struct watch_session *watch_session_new(struct assay_watch *w)
{
	for (unsigned i = 0; i < WATCH_SESSIONS; i++) {
		struct watch_session *s = &w->session[i];

		if (!s->used) {
			memset(s, 0, sizeof(*s));
			s->used = true;
			return s;
		}
	}
	return NULL;
}

void watch_session_join(struct assay_watch *w, struct watch_connection *c, struct watch_session *s)
{
	c->session = (uint8_t)watch_session_index(w, s);
	if (++s->references > 1)
		s->several = true;
}

static unsigned bucket_of(unsigned session, uint32_t itt)
{
	uint32_t hash = (itt ^ session * 0x9e3779b1u) * 0x85ebca6bu;

	return (hash >> 16) % WATCH_BUCKETS;
}

static void task_unlink(struct assay_watch *w, struct watch_task *t)
{
	int16_t *link = &w->bucket[bucket_of(t->session, t->itt)];
	int16_t index = (int16_t)(t - w->task);

	while (*link >= 0 && *link != index)
		link = &w->key[*link].next;
	if (*link == index)
		*link = w->key[index].next;
	t->state = TASK_FREE;
}

void watch_session_leave(struct assay_watch *w, struct watch_connection *c)
{
	struct watch_session *s = &w->session[c->session];

	if (c->session == WATCH_SESSIONS)
		return;
	c->session = WATCH_SESSIONS;
	if (--s->references)
		return;
	for (unsigned i = 0; i < w->tasks_touched; i++)
		if (w->task[i].state != TASK_FREE && &w->session[w->task[i].session] == s)
			task_unlink(w, &w->task[i]);
	s->used = false;
}

bool watch_session_has_cid(const struct watch_session *s, uint16_t cid)
{
	for (unsigned i = 0; i < s->cid_count && i < WATCH_CIDS; i++)
		if (s->cids[i] == cid)
			return true;
	return false;
}

/* ---- tasks ---- */

struct watch_task *watch_task_find(struct assay_watch *w, const struct watch_session *s, uint32_t itt)
{
	unsigned session = watch_session_index(w, s);

	for (int16_t i = w->bucket[bucket_of(session, itt)]; i >= 0; i = w->key[i].next)
		if (w->key[i].itt == itt && w->key[i].session == session)
			return &w->task[i];
	return NULL;
}

/* A place for a task: a free one or one that is over, a few steps on; else the next one loses its task. */
static struct watch_task *task_place(struct assay_watch *w)
{
	struct watch_task *t;

	for (unsigned i = 0; i < 32; i++) {
		t = &w->task[(w->victim + i) % WATCH_TASKS];
		if (t->state != TASK_LIVE) {
			w->victim = (w->victim + i + 1) % WATCH_TASKS;
			return t;
		}
	}
	t = &w->task[w->victim];
	w->victim = (w->victim + 1) % WATCH_TASKS;
	w->session[t->session].forgot = true;
	return t;
}

/* The place that is likely the next task's: it was not looked at for long, and is far away by then. */
static void fetch(const struct watch_task *t)
{
	for (size_t at = 0; at < offsetof(struct watch_task, r2t); at += 64)
		__builtin_prefetch((const char *)t + at, 1);
}

struct watch_task *watch_task_new(struct watch_event *e)
{
	struct watch_task *t = watch_task_find(e->w, e->s, e->pdu->itt);
	unsigned session = watch_session_index(e->w, e->s);
	int16_t *head = &e->w->bucket[bucket_of(session, e->pdu->itt)], index;

	if (!t)
		t = task_place(e->w);
	if (t->state != TASK_FREE)
		task_unlink(e->w, t);
	if (t >= &e->w->task[e->w->tasks_touched])
		e->w->tasks_touched = (unsigned)(t - e->w->task) + 1;
	memset(t, 0, offsetof(struct watch_task, r2t)); /* those count from outstanding on */
	t->state = TASK_LIVE;
	t->opcode = e->pdu->opcode;
	t->session = (uint8_t)session;
	t->connection = e->c->number;
	t->immediate = e->pdu->immediate;
	t->itt = e->pdu->itt;
	t->cmd_sn = e->pdu->cmd_sn;
	t->lun = e->pdu->lun;
	index = (int16_t)(t - e->w->task);
	e->w->key[index] = (struct watch_task_key){ t->itt, *head, t->session };
	*head = index;
	fetch(&e->w->task[e->w->victim]);
	return t;
}

/* Is that tag of no task another one than the last of its kind? All that comes for one such task is one fault. */
bool watch_stranger(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	bool again = c->stranger_known[e->dir] && c->stranger[e->dir] == e->pdu->itt;

	c->stranger_known[e->dir] = true;
	c->stranger[e->dir] = e->pdu->itt;
	return !again;
}

void watch_tasks_void(struct assay_watch *w, uint32_t connection)
{
	for (unsigned i = 0; i < w->tasks_touched; i++)
		if (w->task[i].state != TASK_FREE && w->task[i].connection == connection)
			w->task[i].is_void = true;
}

/* What another connection may have said, as far as the session may have one: it is over with knowing all commands, and their order. */
void watch_company(struct watch_session *s)
{
	if (s->company && s->params.max_connections > 1)
		s->several = s->blind = true;
}

/* Does the session have another connection that has not ended? */
bool watch_has_company(const struct watch_event *e)
{
	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++) {
		const struct watch_connection *c = &e->w->connection[i];

		if (c->used && c != e->c && !c->closed && c->session == e->c->session)
			return true;
	}
	return false;
}

/*
 * Was all seen that the session's numbers rest on? In a capture what another connection has said may come later, and be missing before anything tells so; and another one may be of the session
 * that could not be told to be.
 */
bool watch_order_known(const struct watch_event *e)
{
	if (!e->w->unordered || !e->s->several)
		return true;
	return e->s->references > 1 && !watch_has_company(e);
}

/* PDUs of that direction were not seen, or cannot be trusted. */
void watch_missed(struct assay_watch *w, struct watch_connection *c, enum assay_dir dir)
{
	struct watch_session *s = c->session < WATCH_SESSIONS ? &w->session[c->session] : NULL;

	watch_tasks_void(w, c->number);
	memset(&c->text, 0, sizeof(c->text));
	c->keys.is_void = true;
	c->keys.side[dir].unseen = true;
	c->keys.side[dir].continuing = false;
	if (c->phase == PHASE_START || c->phase == PHASE_LOGIN)
		c->phase = PHASE_UNKNOWN;
	c->closing = false;
	if (dir == ASSAY_TO_INITIATOR) {
		c->deaf = true;
		c->stat_known = false;
		c->window_known = false;
		if (s) {
			s->window_known = false;
			s->cmd_known =
				false; /* a command may have been rejected, and its number used again */
		}
		return;
	}
	c->blind = true;
	c->cmd_known = false;
	c->after_immediate = false;
	c->unsolicited_done = c->unsolicited_orders;
	if (s) {
		s->blind = true;
		s->cmd_known = false;
		s->hole = false;
		s->refused = false;
	}
}
