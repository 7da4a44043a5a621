/*
 * task.c - a SCSI task from its command to its end: creation, the turn that its attribute gives it, execution. RFC 7143 sections 11.3 and 7.6, SAM-5
 * section 8 (task attributes). The data goes through data_out.c and data_in.c.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/ahs.h"
#include "target/machine.h"

#define EXECUTED_BYTES_MAX                                                                                   \
	(32u << 20) /* bytes of data that executed tasks of a session hold before others wait */

/* ---- creation ---- */

/* The CDB with what an extended CDB AHS adds. */
static void take_cdb(struct assay_tgt_task *task, const struct assay_pdu *pdu)
{
	struct assay_ahs ahs;
	size_t offset = 0, length = sizeof(pdu->cdb);

	memcpy(task->cdb, pdu->cdb, sizeof(pdu->cdb));
	while (assay_ahs_next(&ahs, &offset, pdu->ahs, pdu->ahs_length) == 1) {
		size_t more = ahs.length > 1 ? ahs.length - 1u : 0;

		if (ahs.type != ASSAY_AHS_EXTENDED_CDB || length > sizeof(pdu->cdb))
			continue;
		if (more > sizeof(task->cdb) - length)
			more = sizeof(task->cdb) - length;
		memcpy(task->cdb + length, ahs.specific + 1, more);
		length += more;
	}
	task->command.cdb = task->cdb;
	task->command.cdb_length = length;
}

/* Lengths both ways: section 11.3.4. */
static void take_lengths(struct assay_tgt_task *task, const struct assay_pdu *pdu)
{
	task->edtl = pdu->write ? pdu->expected_data_transfer_length : 0;
	if (pdu->read && pdu->write)
		assay_ahs_bidi_read_length(&task->read_edtl, pdu->ahs, pdu->ahs_length);
	else
		task->read_edtl = pdu->read ? pdu->expected_data_transfer_length : 0;
}

static void append(struct assay_tgt_task *task)
{
	struct assay_tgt_session *s = task->session;

	task->next = NULL;
	task->prev = s->tasks_last;
	*(s->tasks_last ? &s->tasks_last->next : &s->tasks) = task;
	s->tasks_last = task;
}

static void unlink_task(struct assay_tgt_task *task)
{
	struct assay_tgt_session *s = task->session;

	*(task->prev ? &task->prev->next : &s->tasks) = task->next;
	*(task->next ? &task->next->prev : &s->tasks_last) = task->prev;
}

struct assay_tgt_task *assay_tgt_task_new(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->session = c->session;
	task->conn = c;
	task->state = ASSAY_TGT_HELD;
	task->itt = pdu->itt;
	task->cmd_sn = pdu->cmd_sn;
	task->lun = pdu->lun;
	task->attr = pdu->attr;
	task->immediate = pdu->immediate;
	task->read = pdu->read;
	task->write = pdu->write;
	task->unsolicited_open = pdu->write &&
				 (!pdu->final || (!c->session->params.initial_r2t &&
							 assay_tgt_defective(c->target,
								 ASSAY_DEFECT_WAITS_FOR_UNSOLICITED)));
	take_cdb(task, pdu);
	take_lengths(task, pdu);
	task->command.lun = pdu->lun;
	if (task->immediate)
		c->immediate_tasks++;
	append(task);
	return task;
}

bool assay_tgt_task_holds(struct assay_tgt_task *task, size_t bytes)
{
	if (!assay_tgt_session_hold(task->session, bytes))
		return false;
	task->bytes_held += bytes;
	return true;
}

/* Where the data goes: into the medium where nothing speaks against it, else into a buffer. False: no room. */
static bool find_place(struct assay_tgt_task *task)
{
	uint32_t size = task->command.data_out_length < task->edtl ? task->command.data_out_length
								   : task->edtl;
	uint8_t *early = task->place, *place = NULL;
	uint32_t early_size = task->received < task->place_size ? task->received : task->place_size;

	/* Others may read the medium before this task has its turn: only where order does not count. */
	if (task->attr <= ASSAY_ATTR_SIMPLE && size)
		place = assay_scsi_write_place(task->session->nexus, &task->command);
	task->place_owned = !place && size;
	if (task->place_owned && (!assay_tgt_task_holds(task, size) || !(place = malloc(size)))) {
		task->place_owned = early != NULL;
		return false;
	}
	if (early && place)
		memcpy(place, early, early_size < size ? early_size : size);
	free(early);
	task->place = place;
	task->place_size = size;
	return true;
}

static void fail(struct assay_tgt_task *task, uint8_t status)
{
	task->executed = true;
	task->command.status = status;
	task->command.data_in_given = 0;
	task->command.sense_length = 0;
}

/* Looks at the command. What is wrong with it already is answered when no data is on its way any more. */
static void begin(struct assay_tgt_task *task)
{
	struct assay_tgt_session *s = task->session;

	if (task->attr == ASSAY_ATTR_ACA) {
		assay_tgt_sense(
			&task->command, 0x05, 0x49, 0x00); /* no ACA condition is ever there: NORMACA is 0 */
		task->executed = true;
	} else if (task->attr == ASSAY_ATTR_HEAD_OF_QUEUE &&
		   assay_tgt_defective(s->target, ASSAY_DEFECT_HEAD_OF_QUEUE_REFUSED)) {
		assay_tgt_sense(&task->command, 0x05, 0x49, 0x00);
		task->executed = true;
	} else if (assay_scsi_parse(s->nexus, &task->command)) {
		task->executed = true;
		task->command.data_in_given = 0;
	} else if (!find_place(task)) {
		fail(task, 0x28); /* TASK SET FULL */
	}
}

void assay_tgt_task_deliver(struct assay_tgt_task *task, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = task->session;

	unlink_task(task);
	append(task);
	task->state = ASSAY_TGT_COLLECT;
	if (!task->immediate) {
		task->has_place = true;
		s->places++;
	}
	s->fixed_order += task->attr == ASSAY_ATTR_ORDERED;
	begin(task);
	if (pdu)
		assay_tgt_immediate_data(task, pdu);
	assay_tgt_solicit(task);
}

struct assay_tgt_task *assay_tgt_task_find(const struct assay_tgt_session *s, uint32_t itt)
{
	for (struct assay_tgt_task *task = s->tasks; task; task = task->next)
		if (task->itt == itt && task->state != ASSAY_TGT_DRAINING)
			return task;
	return NULL;
}

bool assay_tgt_waits_for_data(const struct assay_tgt_session *s)
{
	for (const struct assay_tgt_task *task = s->tasks; task; task = task->next)
		if (task->state == ASSAY_TGT_COLLECT)
			return true;
	return false;
}

/* ---- execution ---- */

/* May it run before all tasks of its unit that are older? */
static bool has_turn(const struct assay_tgt_task *task)
{
	const struct assay_tgt_session *s = task->session;

	bool waits = task->attr == ASSAY_ATTR_ORDERED ||
		     (task->attr == ASSAY_ATTR_HEAD_OF_QUEUE &&
			     assay_tgt_defective(s->target, ASSAY_DEFECT_HEAD_OF_QUEUE_WAITS));

	if (!s->fixed_order || (task->attr == ASSAY_ATTR_HEAD_OF_QUEUE && !waits) ||
		assay_tgt_defective(s->target, ASSAY_DEFECT_ORDERED_IGNORED))
		return true;
	for (const struct assay_tgt_task *old = s->tasks; old != task; old = old->next) {
		if (old->lun != task->lun || old->state == ASSAY_TGT_HELD)
			continue;
		if (waits || (old->attr == ASSAY_ATTR_ORDERED && !old->executed))
			return false;
	}
	return true;
}

static void execute(struct assay_tgt_task *task)
{
	struct assay_scsi_command *command = &task->command;

	if (assay_tgt_defective(task->session->target, ASSAY_DEFECT_DIRECTION_HANGS) &&
		(command->data_out_length > 0) != task->write) {
		task->state = ASSAY_TGT_COLLECT; /* and waits for ever */
		return;
	}

	if (task->executed) {
		assay_tgt_answer(task);
		return;
	}
	task->executed = true;
	if (task->failed_asc) {
		assay_tgt_sense(command, 0x0b, task->failed_asc, task->failed_ascq);
	} else {
		command->data_out = task->place;
		command->data_out_given = task->place_size;
		if (command->data_in_length)
			assay_tgt_task_holds(task, command->data_in_length);
		assay_scsi_execute(task->session->nexus, command);
	}
	assay_tgt_answer(task);
}

void assay_tgt_task_collected(struct assay_tgt_task *task)
{
	task->state = ASSAY_TGT_READY;
	if (task->aborting)
		assay_tgt_tmf_progress(task->session);
	else
		assay_tgt_run_ready(task->session);
}

void assay_tgt_run_ready(struct assay_tgt_session *s)
{
	struct assay_tgt_task *task = s->tasks;

	if (s->ended)
		return;
	while (task) {
		struct assay_tgt_task *next = task->next;

		if (task->state == ASSAY_TGT_READY && !task->aborting && has_turn(task)) {
			if (s->bytes_held > EXECUTED_BYTES_MAX && task->command.data_in_length)
				return;
			execute(task);
			next = s->tasks; /* others may have got their turn, or gone */
		}
		task = next;
	}
}

/* ---- the end ---- */

static void unlink_sending(struct assay_tgt_task *task)
{
	struct assay_target_conn *c = task->conn;
	struct assay_tgt_task *before = NULL, *at = c->sending;

	while (at && at != task) {
		before = at;
		at = at->next_sending;
	}
	if (!at)
		return;
	*(before ? &before->next_sending : &c->sending) = task->next_sending;
	if (c->sending_last == task)
		c->sending_last = before;
}

static void forget_in_window(struct assay_tgt_task *task)
{
	struct assay_tgt_held *h = &task->session->held[task->cmd_sn % ASSAY_TGT_WINDOW];

	if (h->task == task) {
		*h = (struct assay_tgt_held){ 0 };
	}
}

static void task_free(struct assay_tgt_task *task)
{
	unlink_task(task);
	assay_scsi_command_done(&task->command);
	assay_tgt_session_unhold(task->session, task->bytes_held);
	free(task);
}

void assay_tgt_task_end(struct assay_tgt_task *task)
{
	struct assay_tgt_session *s = task->session;

	if (task->state == ASSAY_TGT_HELD)
		forget_in_window(task);
	else
		s->fixed_order -= task->attr == ASSAY_ATTR_ORDERED;
	if (task->state == ASSAY_TGT_SENDING)
		unlink_sending(task);
	if (task->immediate)
		task->conn->immediate_tasks--;
	if (task->has_place)
		s->places--;
	if (task->place_owned)
		free(task->place);
	task->place = NULL;
	task->state = ASSAY_TGT_DRAINING;
	if (!task->references)
		task_free(task);
}

void assay_tgt_task_abort(struct assay_tgt_task *task)
{
	if (task->unsolicited_open || task->r2t_count)
		assay_tgt_remember_ended(task->conn, task->itt);
	assay_tgt_task_end(task);
}

void assay_tgt_task_unreference(struct assay_tgt_task *task)
{
	if (--task->references == 0 && task->state == ASSAY_TGT_DRAINING)
		task_free(task);
}
