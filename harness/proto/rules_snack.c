/*
 * rules_snack.c - SNACKs: what they may ask for, and what a DataACK acknowledges.
 * RFC 7143 sections 4.2.5.1, 7.1.5, 11.7.2, 11.7.4 and 11.16.
 */
#include "proto/watch_private.h"

enum { DATA, STATUS, DATA_ACK, R_DATA };

/* A Data-In asks for an acknowledgment. */
void rules_ack_wanted(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	c->ack[c->acks++ % WATCH_ACKS] = (struct watch_ack){ e->pdu->ttt, e->pdu->data_sn, e->pdu->lun };
}

/* Sections 11.16.5 and 11.16.6: it names the Data-In that asked, and acknowledges at least that one. */
static void acknowledgment(struct watch_event *e)
{
	const struct watch_connection *c = e->c;
	const struct assay_pdu *pdu = e->pdu;
	uint64_t kept = c->acks < WATCH_ACKS ? c->acks : WATCH_ACKS;
	bool tag = false, lun = false, run = false;
	uint32_t data_sn = 0;

	if (c->deaf)
		return;
	for (uint64_t i = 0; i < kept; i++) {
		const struct watch_ack *a = &c->ack[i];
		bool same = a->ttt == pdu->ttt;

		tag |= same;
		if (!same || a->lun != pdu->lun)
			continue;
		lun = true;
		run |= assay_sn_gt(pdu->beg_run, a->data_sn);
		data_sn = a->data_sn;
	}
	if (!lun && c->acks > WATCH_ACKS)
		return; /* it may mean one that is forgotten */
	if (!lun)
		FOUND(e, SNACK_ACK_TAG, ("TTT and LUN of a Data-In with the A bit"),
			("TTT 0x%x%s", pdu->ttt, tag ? " with another LUN" : ""));
	else if (!run)
		FOUND(e, SNACK_ACK_RUN, ("BegRun %u or more, behind the Data-In that asked", data_sn + 1),
			("BegRun %u", pdu->beg_run));
}

/* Sections 4.2.5.1 and 11.16.1. */
static void of_its_task(struct watch_event *e, const struct watch_task *t)
{
	if (!t || t->is_void)
		return;
	if (t->connection != e->c->number && e->c->blind)
		return; /* it may be another one's tag */
	if (t->connection != e->c->number && !e->s->reassign)
		FOUND(e, SNACK_CONNECTION, ("a SNACK on the connection of ITT 0x%x", t->itt),
			("another connection"));
	else if (t->status_known && assay_sn_gt(e->pdu->exp_stat_sn, t->status_sn))
		FOUND(e, SNACK_ACKNOWLEDGED,
			("no SNACK for ITT 0x%x once its StatSN %u is acknowledged", t->itt, t->status_sn),
			("ExpStatSN %u", e->pdu->exp_stat_sn));
}

static void of_statuses(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if ((pdu->beg_run || pdu->run_length) && assay_sn_lt(pdu->beg_run, pdu->exp_stat_sn))
		FOUND(e, SNACK_ACKNOWLEDGED, ("BegRun %u or more, ExpStatSN", pdu->exp_stat_sn),
			("BegRun %u", pdu->beg_run));
}

static void fields(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	bool of_a_task = pdu->snack_type == DATA || pdu->snack_type == R_DATA;

	if ((pdu->itt == ASSAY_TAG_RESERVED) == of_a_task)
		FOUND(e, SNACK_FIELDS,
			("ITT %s in a SNACK of type %u", of_a_task ? "of the command" : "0xffffffff",
				pdu->snack_type),
			("ITT 0x%x", pdu->itt));
	if (pdu->snack_type <= 1 && pdu->ttt != ASSAY_TAG_RESERVED)
		FOUND(e, SNACK_FIELDS, ("TTT 0xffffffff in a SNACK of type %u", pdu->snack_type),
			("TTT 0x%x", pdu->ttt));
	if (pdu->snack_type == 3 && (!pdu->ttt || pdu->ttt == ASSAY_TAG_RESERVED))
		FOUND(e, SNACK_FIELDS, ("a SNACK Tag other than 0 and 0xffffffff"), ("0x%x", pdu->ttt));
	if (pdu->snack_type == 3 && pdu->beg_run)
		FOUND(e, SNACK_FIELDS, ("BegRun 0 in a SNACK of type 3"), ("BegRun %u", pdu->beg_run));
	if (pdu->snack_type >= 2 && pdu->run_length)
		FOUND(e, SNACK_FIELDS, ("RunLength 0 in a SNACK of type %u", pdu->snack_type),
			("RunLength %u", pdu->run_length));
}

void rules_snack(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	bool of_a_task = pdu->snack_type == DATA || pdu->snack_type == R_DATA;
	struct watch_task *t;

	e->c->snacked = true;
	e->task = t = of_a_task ? watch_task_find(e->w, e->s, pdu->itt) : NULL;
	if (pdu->snack_type > 3) {
		FOUND(e, SNACK_TYPE, ("type 0 to 3"), ("type %u", pdu->snack_type));
		return;
	}
	fields(e);
	if (e->c->params_known && !e->c->params.error_recovery_level)
		FOUND(e, SNACK_LEVEL, ("no SNACK at ErrorRecoveryLevel 0"),
			("a SNACK of type %u", pdu->snack_type));
	else if (pdu->snack_type == DATA_ACK)
		acknowledgment(e);
	else if (pdu->snack_type == STATUS)
		of_statuses(e);
	else
		of_its_task(e, t);
	if (t)
		t->is_void = true; /* its data may come again, in other pieces */
}
