/*
 * scsi_report.c - MAINTENANCE IN: REPORT SUPPORTED OPERATION CODES, REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS, REPORT TARGET PORT GROUPS. SPC-4
 * sections 6.27, 6.34 and 6.35. What is reported comes from the command table and the device, not from a list of its own.
 */
#include "target/scsi_internal.h"

#include <string.h>

#include "codec/bytes.h"

#define TIMEOUTS 12 /* bytes of a command timeouts descriptor */

/* No timeouts are known: zeros behind the length. */
static size_t put_timeouts(uint8_t *out)
{
	memset(out, 0, TIMEOUTS);
	out[1] = TIMEOUTS - 2;
	return TIMEOUTS;
}

static void all_commands(struct assay_scsi_command *c, bool timeouts)
{
	uint8_t *out = assay_scsi_room(c, 4 + assay_scsi_operation_count * (8 + TIMEOUTS));
	size_t length = 4;

	if (!out)
		return;
	for (unsigned i = 0; i < assay_scsi_operation_count; i++) {
		const struct assay_scsi_operation *o = &assay_scsi_operations[i];
		bool action = o->action != ASSAY_SCSI_NO_ACTION;
		uint8_t *d = out + length;

		if (o->opcode == 0x12 && ASSAY_SCSI_DEFECT(c, RSOC_INCOMPLETE))
			continue;

		memset(d, 0, 8);
		d[0] = o->opcode;
		d[3] = action ? o->action : 0;
		d[5] = (uint8_t)((timeouts ? 0x02 : 0) | (action ? 0x01 : 0)); /* CTDP, SERVACTV */
		d[7] = o->length;
		length += 8;
		if (timeouts)
			length += put_timeouts(out + length);
	}
	assay_put_be32(out, (uint32_t)(length - (ASSAY_SCSI_DEFECT(c, RSOC_LENGTH_WRONG) ? 0 : 4)));
	assay_scsi_give(c, length);
}

static void one_command(struct assay_scsi_command *c, const struct assay_scsi_operation *o, bool timeouts)
{
	uint8_t *out = assay_scsi_room(c, 4 + 16 + TIMEOUTS);
	size_t length = 4;

	if (!out)
		return;
	memset(out, 0, 4);
	out[1] = 0x01; /* not supported */
	if (o) {
		out[1] = (uint8_t)(0x03 | (timeouts ? 0x80 : 0)); /* in conformance with the standard; CTDP */
		out[3] = o->length;
		memcpy(out + 4, o->usage, o->length);
		out[4] = o->opcode;
		if (o->action != ASSAY_SCSI_NO_ACTION)
			out[5] = (uint8_t)((out[5] & 0xe0) | o->action);
		length += o->length;
		if (timeouts)
			length += put_timeouts(out + length);
	}
	assay_scsi_give(c, length);
}

void assay_scsi_report_opcodes(struct assay_scsi_command *c)
{
	unsigned options = c->cdb[2] & 0x07, action = assay_get_be16(c->cdb + 4);
	bool timeouts = c->cdb[2] & 0x80 && !ASSAY_SCSI_DEFECT(c, RSOC_NO_TIMEOUTS), known, has_actions;
	const struct assay_scsi_operation *o;

	if (options > 3) {
		assay_scsi_bad_cdb(c, 2, 2);
		return;
	}
	if (options == 0) {
		all_commands(c, timeouts);
		return;
	}
	o = assay_scsi_find_operation(
		c->nexus->device, c->cdb[3], action > 0x1f ? 0x20 : (uint8_t)action, &known);
	has_actions = known && (!o || o->action != ASSAY_SCSI_NO_ACTION);
	if ((options == 1 && has_actions) || (options == 2 && known && !has_actions)) {
		assay_scsi_bad_cdb(c, 2, 2); /* the option does not suit the command */
		return;
	}
	if ((options == 3 && !has_actions && action) || ASSAY_SCSI_DEFECT(c, RSOC_SUPPORT_WRONG))
		o = NULL;
	one_command(c, o, timeouts);
}

void assay_scsi_report_tmfs(struct assay_scsi_command *c)
{
	size_t length = c->cdb[2] & 0x80 ? 16 : 4; /* REPD: with timeouts, of which none are known */
	uint8_t *out = assay_scsi_room(c, 16);

	if (!out)
		return;
	memset(out, 0, 16);
	out[0] = 0xda; /* ABORT TASK, ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET, TARGET RESET */
	out[3] = (uint8_t)(length - 4);
	assay_scsi_give(c, length);
}

void assay_scsi_report_port_groups(struct assay_scsi_command *c)
{
	const struct assay_scsi_device *d = c->nexus->device;
	bool extended = c->cdb[1] & 0x20;
	size_t length = extended ? 8 : 4;
	uint8_t *out = assay_scsi_room(c, 8 + 12 * ASSAY_SCSI_PORTS_MAX);

	if (!out)
		return;
	memset(out, 0, 8 + 12 * ASSAY_SCSI_PORTS_MAX);
	if (extended)
		out[4] = 0x10; /* format type: extended header; no implicit transition time */
	for (unsigned i = 0; i < d->port_count; i++, length += 12) {
		uint8_t *group = out + length;

		group[1] = 0x01; /* active/optimized, and never anything else */
		assay_put_be16(group + 2, d->ports[i]);
		group[7] = 1; /* its one port, by the number that VPD page 83h gives it */
		assay_put_be16(
			group + 10, (uint16_t)(d->ports[i] + 100 * ASSAY_SCSI_DEFECT(c, RTPG_PORT_WRONG)));
	}
	assay_put_be32(out, (uint32_t)(length - 4));
	if (c->data_in_length >= 4 && c->data_in_length < length &&
		ASSAY_SCSI_DEFECT(c, RTPG_LENGTH_TRUNCATED))
		assay_put_be32(out, c->data_in_length - 4);
	assay_scsi_give(c, length);
}
