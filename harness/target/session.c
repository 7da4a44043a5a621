/*
 * session.c - sessions: which one a login belongs to, how connections come and go, and what ends with them. RFC 7143 sections 4.4.3 (ISID RULE),
 * 6.3.1, 6.3.4, 6.3.5, 7.4.2 and 7.6. ErrorRecoveryLevel is 0 and DefaultTime2Retain 0: nothing outlives its connection.
 */
#include <stdlib.h>
#include <string.h>

#include "target/machine.h"

#define SESSIONS_MAX 128u /* of the whole server */

uint32_t assay_tgt_max_cmd_sn(const struct assay_tgt_session *s)
{
	if (assay_tgt_defective(s->target, ASSAY_DEFECT_MAXCMDSN_TOO_LOW))
		return s->exp_cmd_sn - 2;
	if (s->params.discovery && assay_tgt_defective(s->target, ASSAY_DEFECT_DISCOVERY_WINDOW_STUCK))
		return s->exp_cmd_sn - 1;
	return s->exp_cmd_sn + (ASSAY_TGT_WINDOW - s->places) - 1;
}

uint32_t assay_tgt_new_ttt(struct assay_tgt_session *s)
{
	if (++s->last_ttt == ASSAY_TAG_RESERVED)
		s->last_ttt = 1;
	return s->last_ttt;
}

static unsigned count_conns(const struct assay_tgt_session *s)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++)
		count += s->conns[i] != NULL;
	return count;
}

struct assay_target_conn *assay_tgt_session_conn(const struct assay_tgt_session *s, uint16_t cid)
{
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++)
		if (s->conns[i] && s->conns[i]->cid == cid)
			return s->conns[i];
	return NULL;
}

/* The same I_T nexus; a discovery session without a target name has its portal instead (section 7.4.2.1). */
static bool same_nexus(const struct assay_tgt_session *s, const struct assay_tgt_login *l, unsigned portal)
{
	if (s->isid != l->isid || s->node != l->node ||
		(strcmp(s->params.initiator_name, l->initiator_name) != 0 &&
			!assay_tgt_defective(s->target, ASSAY_DEFECT_SESSION_NAME_IGNORED)))
		return false;
	return s->node ? s->tpgt == s->target->portals[portal].tpgt : s->portal == portal;
}

struct assay_tgt_session *assay_tgt_session_find(
	const struct assay_target *t, const struct assay_tgt_login *login, unsigned portal, bool by_tsih)
{
	for (struct assay_tgt_session *s = t->sessions; s; s = s->next)
		if (same_nexus(s, login, portal) && (!by_tsih || s->tsih == login->tsih))
			return s;
	return NULL;
}

static uint16_t new_tsih(struct assay_target *t)
{
	if (assay_tgt_defective(t, ASSAY_DEFECT_TSIH_CONSTANT))
		return 1;
	for (;;) {
		const struct assay_tgt_session *s = t->sessions;

		while (s && s->tsih != (uint16_t)(t->last_tsih + 1))
			s = s->next;
		t->last_tsih++;
		if (!s && t->last_tsih)
			return t->last_tsih;
	}
}

static struct assay_tgt_session *session_new(struct assay_target_conn *c)
{
	const struct assay_tgt_login *l = c->login;
	struct assay_target *t = c->target;
	struct assay_tgt_session *s;
	unsigned count = 0;

	for (s = t->sessions; s; s = s->next)
		count++;
	s = count < SESSIONS_MAX ? calloc(1, sizeof(*s)) : NULL;
	if (!s)
		return NULL;
	s->target = t;
	s->node = l->node;
	s->portal = c->portal;
	s->tpgt = t->portals[c->portal].tpgt;
	s->isid = l->isid;
	s->tsih = new_tsih(t);
	s->params = l->negotiation.params;
	s->exp_cmd_sn = assay_tgt_defective(t, ASSAY_DEFECT_EXPCMDSN_FROM_ONE) ? 1 : l->cmd_sn;
	if (!s->params.discovery) {
		s->nexus = assay_scsi_nexus_new(l->node->device, l->initiator_name, l->isid, s->tpgt);
		if (!s->nexus) {
			free(s);
			return NULL;
		}
	}
	s->next = t->sessions;
	t->sessions = s;
	return s;
}

/* What a connection has in its session ends with it; section 11.14.5 wants the initiator to learn of it from its next command. */
static void detach(struct assay_target_conn *c)
{
	struct assay_tgt_session *s = c->session;
	struct assay_tgt_task *next;

	assay_tgt_tmf_forget(s, c);
	assay_tgt_forget_held(s, c);
	for (struct assay_tgt_task *task = s->tasks; task; task = next) {
		next = task->next;
		if (task->conn != c || task->state == ASSAY_TGT_DRAINING)
			continue;
		if (s->nexus && !assay_tgt_defective(s->target, ASSAY_DEFECT_LOGOUT_NO_UNIT_ATTENTION))
			assay_scsi_protocol_event(s->nexus, task->lun);
		assay_tgt_task_end(task);
	}
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++)
		if (s->conns[i] == c)
			s->conns[i] = NULL;
	c->session = NULL;
}

static bool add(struct assay_tgt_session *s, struct assay_target_conn *c)
{
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++) {
		if (s->conns[i])
			continue;
		s->conns[i] = c;
		c->session = s;
		return true;
	}
	return false;
}

bool assay_tgt_session_full(const struct assay_tgt_session *s)
{
	return count_conns(s) >= s->params.max_connections &&
	       !assay_tgt_defective(s->target, ASSAY_DEFECT_CONNECTIONS_UNLIMITED);
}

static unsigned join(struct assay_target_conn *c)
{
	struct assay_tgt_session *s = assay_tgt_session_find(c->target, c->login, c->portal, true);
	struct assay_target_conn *old;

	if (!s)
		return 0x020a;
	old = assay_tgt_session_conn(s, c->login->cid);
	if (assay_tgt_defective(c->target,
		    old ? ASSAY_DEFECT_CONNECTION_NOT_REINSTATED : ASSAY_DEFECT_SECOND_CONNECTION_REFUSED))
		return 0x0206;
	if (!old && (count_conns(s) == ASSAY_TGT_CONNECTIONS_MAX || assay_tgt_session_full(s)))
		return 0x0206;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_CONNECTION_LEFT_OPEN))
		old = NULL;
	if (old)
		detach(old);
	add(s, c);
	if (old) { /* connection reinstatement: an implicit logout, section 6.3.4 */
		assay_tgt_drop(old);
		assay_tgt_deliver_held(s);
		assay_tgt_tmf_progress(s);
	}
	return 0;
}

unsigned assay_tgt_session_enter(struct assay_target_conn *c)
{
	struct assay_tgt_session *s;

	if (c->login->tsih && (!assay_tgt_defective(c->target, ASSAY_DEFECT_TSIH_UNKNOWN_NEW) ||
				      assay_tgt_session_find(c->target, c->login, c->portal, true)))
		return join(c);
	s = assay_tgt_session_find(c->target, c->login, c->portal, false);
	if (s && !assay_tgt_defective(c->target, ASSAY_DEFECT_SESSION_NOT_REINSTATED))
		assay_tgt_session_end(s, NULL);
	s = session_new(c);
	if (!s)
		return 0x0302;
	add(s, c);
	return 0;
}

bool assay_tgt_session_hold(struct assay_tgt_session *s, size_t bytes)
{
	if (s->bytes_held + bytes > ASSAY_TGT_HELD_MAX ||
		s->target->bytes_held + bytes > ASSAY_TGT_ALL_HELD_MAX)
		return false;
	s->bytes_held += bytes;
	s->target->bytes_held += bytes;
	return true;
}

void assay_tgt_session_unhold(struct assay_tgt_session *s, size_t bytes)
{
	s->bytes_held -= bytes;
	s->target->bytes_held -= bytes;
}

void assay_tgt_session_release(struct assay_tgt_session *s)
{
	if (--s->uses == 0 && s->ended)
		free(s);
}

void assay_tgt_session_end(struct assay_tgt_session *s, struct assay_target_conn *but)
{
	struct assay_tgt_session **at = &s->target->sessions;
	struct assay_tgt_task *next;

	if (s->ended)
		return;
	s->uses++;
	s->ended = true;
	for (struct assay_tgt_task *task = s->tasks; task; task = next) {
		next = task->next;
		if (task->state != ASSAY_TGT_DRAINING)
			assay_tgt_task_end(task);
	}
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++) {
		struct assay_target_conn *c = s->conns[i];

		if (!c)
			continue;
		assay_tgt_tmf_forget(s, c);
		assay_tgt_forget_held(s, c);
		s->conns[i] = NULL;
		c->session = NULL;
		if (c == but)
			assay_tgt_output_own(c);
		else
			assay_tgt_drop(c);
	}
	assay_tgt_forget_held(s, NULL);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	assay_scsi_nexus_free(s->nexus);
	s->nexus = NULL;
	assay_tgt_session_release(s);
}

void assay_tgt_session_leave(struct assay_target_conn *c)
{
	struct assay_tgt_session *s = c->session;
	unsigned places;

	if (!s)
		return;
	s->uses++;
	places = s->places;
	detach(c);
	if (count_conns(s) == 0) {
		assay_tgt_session_end(s, NULL);
	} else {
		assay_tgt_run_ready(s);
		assay_tgt_tmf_progress(s);
		if (s->places != places)
			assay_tgt_show_window(s);
	}
	assay_tgt_session_release(s);
}
