/* scsi_attention.c - unit attention conditions: which are pending for which nexus on which unit. SAM-5 section 5.14. */
#include "target/scsi_internal.h"

static const uint32_t codes[ASSAY_ATTENTION_COUNT] = {
	/* "Power on, reset, or bus device reset occurred": of a nexus that was not there we cannot tell which of them it missed. iscsi-ls -s gives up at 29h/01h. */
	[ASSAY_ATTENTION_POWER_ON] = 0x062900,
	[ASSAY_ATTENTION_TARGET_RESET] = 0x062902,
	[ASSAY_ATTENTION_UNIT_RESET] = 0x062903,
	[ASSAY_ATTENTION_NEXUS_LOSS] = 0x062907,
	[ASSAY_ATTENTION_RESERVATIONS_PREEMPTED] = 0x062a03,
	[ASSAY_ATTENTION_RESERVATIONS_RELEASED] = 0x062a04,
	[ASSAY_ATTENTION_REGISTRATIONS_PREEMPTED] = 0x062a05,
	[ASSAY_ATTENTION_CAPACITY] = 0x062a09,
	[ASSAY_ATTENTION_MODE] = 0x062a01,
	[ASSAY_ATTENTION_CLEARED] = 0x062f00,
	[ASSAY_ATTENTION_PROTOCOL_EVENT] = 0x06477f,
	[ASSAY_ATTENTION_INVENTORY] = 0x063f0e,
};

void assay_scsi_attend(
	struct assay_scsi_nexus *n, const struct assay_scsi_unit *u, enum assay_scsi_attention a)
{
	n->attention[u->slot] |= (uint16_t)(1u << a);
}

void assay_scsi_attend_others(
	const struct assay_scsi_nexus *but, const struct assay_scsi_unit *u, enum assay_scsi_attention a)
{
	for (struct assay_scsi_nexus *n = u->device->nexuses; n; n = n->next)
		if (n != but && assay_scsi_visible(n, u))
			assay_scsi_attend(n, u, a);
}

void assay_scsi_attend_inventory(const struct assay_scsi_unit *changed)
{
	const struct assay_scsi_device *d = changed->device;

	if (assay_scsi_defective(d, ASSAY_DEFECT_UA_INVENTORY_UNTOLD))
		return;
	for (unsigned i = 0; i < d->unit_count; i++)
		if (d->units[i] && d->units[i] != changed)
			for (struct assay_scsi_nexus *n = d->nexuses; n; n = n->next)
				if (assay_scsi_visible(n, changed) && assay_scsi_visible(n, d->units[i]))
					assay_scsi_attend(n, d->units[i], ASSAY_ATTENTION_INVENTORY);
}

/* REPORT LUNS tells it, and so does the report by any unit (LUICLR in VPD page 86h says so). */
void assay_scsi_forget_inventory(struct assay_scsi_nexus *n)
{
	if (assay_scsi_defective(n->device, ASSAY_DEFECT_UA_INVENTORY_KEPT))
		return;
	for (unsigned i = 0; i < n->device->unit_count; i++)
		n->attention[i] &= (uint16_t) ~(1u << ASSAY_ATTENTION_INVENTORY);
}

uint32_t assay_scsi_take_attention(struct assay_scsi_nexus *n, const struct assay_scsi_unit *u)
{
	uint16_t *pending = &n->attention[u->slot];

	if (!*pending)
		return 0;
	enum assay_scsi_attention first = (enum assay_scsi_attention)__builtin_ctz(*pending);
	if (first == ASSAY_ATTENTION_INVENTORY)
		assay_scsi_forget_inventory(n);
	if (!assay_scsi_defective(n->device, ASSAY_DEFECT_UA_STICKY))
		*pending &= (uint16_t) ~(1u << first);
	return codes[first];
}
