/* scsi_persistent_in.c - PERSISTENT RESERVE IN: keys, reservation, capabilities, full status. SPC-4 section 6.15. */
#include "target/scsi_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/bytes.h"

#define STATUS_MAX (24 + 4 + ASSAY_SCSI_NAME_MAX + 24) /* bytes of a full status descriptor */

static size_t read_keys(const struct assay_scsi_persistent *p, uint8_t *out)
{
	for (unsigned i = 0; i < p->count; i++)
		assay_put_be64(out + 8 * i, p->registrants[i].key);
	return 8 * (size_t)p->count;
}

static size_t read_reservation(const struct assay_scsi_persistent *p, uint8_t *out)
{
	if (!p->type)
		return 0;
	memset(out, 0, 16);
	if (!assay_scsi_is_all_registrants(p->type))
		assay_put_be64(out, p->registrants[p->holder].key);
	out[13] = p->type; /* scope: logical unit */
	return 16;
}

/* SPC-4 section 7.6.4.6: the iSCSI initiator port's TransportID. */
static size_t put_transport_id(uint8_t *out, const struct assay_scsi_registrant *r)
{
	size_t length, padded;

	length = (size_t)snprintf((char *)out + 4, ASSAY_SCSI_NAME_MAX + 24, "%s,i,0x%012" PRIx64,
		r->initiator, r->isid & UINT64_C(0xffffffffffff));
	padded = (length + 4) & ~(size_t)3;
	memset(out + 4 + length, 0, padded - length);
	out[0] = 0x45; /* format 01b, iSCSI */
	out[1] = 0;
	assay_put_be16(out + 2, (uint16_t)padded);
	return 4 + padded;
}

static size_t read_full_status(const struct assay_scsi_persistent *p, uint8_t *out)
{
	size_t length = 0;

	for (unsigned i = 0; i < p->count; i++) {
		const struct assay_scsi_registrant *r = &p->registrants[i];
		bool holder = p->type && (assay_scsi_is_all_registrants(p->type) || i == p->holder);
		uint8_t *d = out + length;
		size_t id;

		memset(d, 0, 24);
		assay_put_be64(d, r->key);
		d[12] = holder ? 0x01 : 0;
		d[13] = holder ? p->type : 0;
		assay_put_be16(d + 18, r->tpgt); /* relative target port identifier */
		id = put_transport_id(d + 24, r);
		assay_put_be32(d + 20, (uint32_t)id);
		length += 24 + id;
	}
	return length;
}

static void capabilities(struct assay_scsi_command *c, uint8_t *out)
{
	memset(out, 0, 8);
	out[1] = 8;
	out[3] = 0x80; /* TMV: the type mask is valid */
	out[4] = ASSAY_SCSI_DEFECT(c, PR_MASK_WRONG) ? 0x0a
						     : 0xea; /* WR_EX_AR, EX_AC_RO, WR_EX_RO, EX_AC, WR_EX */
	out[5] = 0x01; /* EX_AC_AR */
	assay_scsi_give(c, 8);
}

/* The defect: zeros for the twelve digits behind ",i,0x" of each descriptor. */
static void drop_isids(uint8_t *out, size_t length)
{
	for (size_t at = 0; at + 24 < length; at += 24 + assay_get_be32(out + at + 20)) {
		char *name = (char *)out + at + 28;

		memset(name + strlen(name) - 12, '0', 12);
	}
}

void assay_scsi_persistent_in(struct assay_scsi_command *c)
{
	static size_t (*const actions[])(const struct assay_scsi_persistent *p,
		uint8_t *out) = { [0] = read_keys, [1] = read_reservation, [3] = read_full_status };
	const struct assay_scsi_persistent *p = &c->unit->persistent;
	uint8_t *out = assay_scsi_room(c, 32 + (size_t)p->count * STATUS_MAX);
	size_t length;

	if (!out)
		return;
	if (c->operation->action == 2) {
		capabilities(c, out);
		return;
	}
	length = actions[c->operation->action](p, out + 8);
	if (c->operation->action == 3 && ASSAY_SCSI_DEFECT(c, PR_ISID_LEFT_OUT))
		drop_isids(out + 8, length);
	if (c->operation->action == 0 && length > 8 && ASSAY_SCSI_DEFECT(c, PR_KEYS_FIRST_ONLY))
		length = 8;
	if (c->operation->action == 1 && length && ASSAY_SCSI_DEFECT(c, PR_TYPE_WRONG))
		out[8 + 13] ^= 0x02;
	assay_put_be32(out, p->generation);
	if (c->data_in_length >= 8 && c->data_in_length < 8 + length &&
		ASSAY_SCSI_DEFECT(c, PR_LENGTH_TRUNCATED))
		length = c->data_in_length - 8;
	assay_put_be32(out + 4, (uint32_t)length);
	assay_scsi_give(c, 8 + length);
}
