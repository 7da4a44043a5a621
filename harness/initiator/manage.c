/*
 * manage.c - NOP, logout and task management: one request, one answer each, judged by nobody here.
 * RFC 7143 sections 11.5, 11.6, 11.14, 11.15, 11.18 and 11.19.
 */
#include "initiator/internal.h"

#define ABORT_TASK 1 /* section 11.5.1 */
#define QUERY_TASK 9 /* RFC 7144 section 6.1 */
#define ASIDE_MAX  10000 /* PDUs of SCSI tasks that are passed over before a Task Management Response */

/* Waits for the window where the request needs it, sends it, and receives its answer, which must have that opcode. */
static int ask(struct assay_initiator *i, struct assay_pdu *out, struct assay_pdu *request, uint8_t opcode)
{
	int rc = request->immediate ? 0 : assay_await_window(i);

	if (rc < 0)
		return rc;
	request->exp_stat_sn = i->exp_stat_sn;
	rc = assay_send(i, request);
	if (rc == 0)
		rc = assay_await(i, out, request->itt);
	if (rc == 0 && out->opcode != opcode)
		rc = assay_unexpected(i, out, assay_opcode_name(opcode));
	return rc;
}

int assay_logout(struct assay_initiator *i, uint8_t reason, struct assay_pdu *response)
{
	struct assay_pdu request, answer;

	assay_make(i, &request, ASSAY_LOGOUT_REQUEST);
	request.reason = reason;
	if (reason == 0)
		request.cid = 0; /* section 11.14.3: reserved */

	int rc = ask(i, response ? response : &answer, &request, ASSAY_LOGOUT_RESPONSE);

	if (rc == 0 && reason <= 1)
		i->full_feature = false;
	return rc;
}

int assay_nop(struct assay_initiator *i, const void *data, size_t length, struct assay_pdu *out)
{
	struct assay_pdu request, answer;

	if (length > ASSAY_DATA_SEGMENT_MAX)
		return assay_error_set(&i->error, ASSAY_E_INVAL, "a data segment has %u bytes at most",
			ASSAY_DATA_SEGMENT_MAX);
	assay_make(i, &request, ASSAY_NOP_OUT);
	request.data = data;
	request.data_length = (uint32_t)length;
	return ask(i, out ? out : &answer, &request, ASSAY_NOP_IN);
}

int assay_barrier(struct assay_initiator *i)
{
	int rc = assay_nop(i, NULL, 0, NULL);

	/* For the barrier a Reject is only something else that came. */
	if (rc == ASSAY_E_REJECT)
		i->error.code = rc = ASSAY_E_PROTOCOL;
	return rc;
}

/* Belongs to a SCSI task and may come while a task management function is at work. */
static bool of_a_task(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_SCSI_RESPONSE || pdu->opcode == ASSAY_DATA_IN || pdu->opcode == ASSAY_R2T;
}

int assay_task_management(
	struct assay_initiator *i, uint8_t function, uint64_t lun, uint32_t rtt, struct assay_pdu *response)
{
	uint64_t deadline = assay_initiator_deadline(i);
	struct assay_pdu request, answer;
	int rc;

	response = response ? response : &answer;
	assay_make(i, &request, ASSAY_TASK_MANAGEMENT_REQUEST);
	request.function = function;
	request.lun = lun;
	request.rtt = rtt;
	/* Section 11.5.5: of a task created by an immediate command, RefCmdSN is the request's own CmdSN. */
	if ((function == ABORT_TASK || function == QUERY_TASK) &&
		!assay_session_cmd_sn_of(i->session, rtt, &request.ref_cmd_sn))
		request.ref_cmd_sn = request.cmd_sn;
	rc = assay_send(i, &request);
	for (int aside = 0; rc == 0 && aside < ASIDE_MAX; aside++) {
		rc = assay_recv_until(i, response, deadline);
		if (rc < 0)
			return rc;
		if (response->opcode == ASSAY_TASK_MANAGEMENT_RESPONSE && response->itt == request.itt)
			return 0;
		if (!of_a_task(response))
			return assay_unexpected(i, response, "the Task Management Response awaited");
	}
	return rc < 0 ? rc
		      : assay_error_set(
				&i->error, ASSAY_E_PROTOCOL, "no answer among %d PDUs of tasks", ASIDE_MAX);
}
