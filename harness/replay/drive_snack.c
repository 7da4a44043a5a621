/* drive_snack.c - DataACKs: each with the tag that the live target gave with the Data-In that asks for it, and numbers as far from that one's as the captured ones were. RFC 7143 sections 11.7.2, 11.16. */
#include "replay/drive.h"

#define BACK 65536 /* items that are looked through for the Data-In that a DataACK answers */

/* The captured Data-In that a captured DataACK answers; ASSAY_SCRIPT_NONE: there is none that gave its tag. */
static uint32_t asked_by(const struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	uint32_t oldest = item > BACK ? item - BACK : 0;

	for (uint32_t n = item; n-- > oldest;) {
		const struct assay_script_item *in = &d->s->items[n];

		if (in->kind == ASSAY_SCRIPT_PDU && in->connection == i->connection &&
			in->pdu.opcode == ASSAY_DATA_IN && in->pdu.acknowledge && in->pdu.ttt == i->pdu.ttt)
			return n;
	}
	return ASSAY_SCRIPT_NONE;
}

void drive_asked(struct drive *d, uint32_t task, const struct assay_pdu *live)
{
	for (uint32_t n = d->s->tasks[task].first_read; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next) {
		if (!d->s->items[n].pdu.acknowledge || d->bound[n].bound)
			continue;
		d->bound[n] = (struct drive_bound){
			.bound = true, .tag = { live->ttt, live->lun }, .data_sn = live->data_sn
		};
		return;
	}
}

bool drive_acknowledge(const struct drive *d, uint32_t item, struct assay_rewrite *r)
{
	const struct assay_script_item *i = &d->s->items[item];
	uint32_t in = i->pdu.opcode == ASSAY_SNACK_REQUEST && i->pdu.snack_type == ASSAY_REWRITE_DATA_ACK &&
				      !d->o->verbatim
			      ? asked_by(d, item)
			      : ASSAY_SCRIPT_NONE;
	const struct drive_bound *live = in == ASSAY_SCRIPT_NONE ? NULL : &d->bound[in];

	if (!live)
		return true; /* it was wrong in the capture, and stays so */
	if (!live->bound)
		return false;
	r->tagged = r->acknowledges = true;
	r->captured_tag = (struct assay_rewrite_tag){ d->s->items[in].pdu.ttt, d->s->items[in].pdu.lun };
	r->live_tag = live->tag;
	r->captured_data_sn = d->s->items[in].pdu.data_sn;
	r->live_data_sn = live->data_sn;
	return true;
}
