/*
 * listing.c - a PDU's fields for people, walked from the layout table; RFC 7143 section 11. Describes what is there and judges
 * nothing but what shows by itself: reserved bits that are set, digests that do not match.
 */
#include "codec/listing.h"

#include <inttypes.h>

#include "codec/layout.h"
#include "codec/layout_table.h"
#include "codec/listing_data.h"
#include "codec/lun.h"
#include "codec/sink.h"

enum style {
	DECIMAL, /* numbers and lengths */
	TAG, /* hexadecimal; all ones are the reserved value */
	HEX, /* hexadecimal */
	LUN, /* as an administrator says it */
	COMMAND, /* the CDB */
};

/* How a field is shown; what is not named here is DECIMAL, shown in brief when not 0, without a meaning. */
struct row {
	uint8_t style;
	uint8_t zero; /* shown in brief also when 0 */
	const char *(*meaning)(const struct assay_pdu *pdu);
};

static const char *meaning_attr(const struct assay_pdu *pdu)
{
	return assay_attr_name(pdu->attr);
}

static const char *meaning_csg(const struct assay_pdu *pdu)
{
	return assay_stage_name(pdu->csg);
}

static const char *meaning_nsg(const struct assay_pdu *pdu)
{
	return assay_stage_name(pdu->nsg);
}

static const char *meaning_function(const struct assay_pdu *pdu)
{
	return assay_tmf_function_name(pdu->function);
}

static const char *meaning_reason(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_REJECT ? assay_reject_reason_name(pdu->reason)
					   : assay_logout_reason_name(pdu->reason);
}

static const char *meaning_snack(const struct assay_pdu *pdu)
{
	return assay_snack_type_name(pdu->snack_type);
}

static const char *meaning_response(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_SCSI_RESPONSE: return assay_scsi_response_name(pdu->response);
	case ASSAY_TASK_MANAGEMENT_RESPONSE: return assay_tmf_response_name(pdu->response);
	default: return assay_logout_response_name(pdu->response);
	}
}

static const char *meaning_status(const struct assay_pdu *pdu)
{
	return assay_scsi_status_name(pdu->status);
}

static const char *meaning_login(const struct assay_pdu *pdu)
{
	return assay_login_status_name(pdu->status_class, pdu->status_detail);
}

static const char *meaning_async(const struct assay_pdu *pdu)
{
	return assay_async_event_name(pdu->async_event);
}

static const struct row rows[ASSAY_FIELD_COUNT] = {
	[ASSAY_FIELD_opcode] = { HEX, 0, NULL },
	[ASSAY_FIELD_attr] = { DECIMAL, 0, meaning_attr },
	[ASSAY_FIELD_csg] = { DECIMAL, 1, meaning_csg },
	[ASSAY_FIELD_nsg] = { DECIMAL, 0, meaning_nsg },
	[ASSAY_FIELD_function] = { DECIMAL, 1, meaning_function },
	[ASSAY_FIELD_reason] = { HEX, 1, meaning_reason },
	[ASSAY_FIELD_snack_type] = { DECIMAL, 1, meaning_snack },
	[ASSAY_FIELD_response] = { HEX, 1, meaning_response },
	[ASSAY_FIELD_status] = { HEX, 1, meaning_status },
	[ASSAY_FIELD_version_max] = { HEX, 0, NULL },
	[ASSAY_FIELD_version_min] = { HEX, 0, NULL },
	[ASSAY_FIELD_version_active] = { HEX, 0, NULL },
	[ASSAY_FIELD_status_class] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_status_detail] = { DECIMAL, 1, meaning_login },
	[ASSAY_FIELD_async_event] = { DECIMAL, 1, meaning_async },
	[ASSAY_FIELD_lun] = { LUN, 0, NULL },
	[ASSAY_FIELD_isid] = { HEX, 0, NULL },
	[ASSAY_FIELD_tsih] = { HEX, 0, NULL },
	[ASSAY_FIELD_itt] = { TAG, 1, NULL },
	[ASSAY_FIELD_ttt] = { TAG, 1, NULL },
	[ASSAY_FIELD_rtt] = { TAG, 1, NULL },
	[ASSAY_FIELD_snack_tag] = { TAG, 0, NULL },
	[ASSAY_FIELD_cmd_sn] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_exp_stat_sn] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_stat_sn] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_exp_cmd_sn] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_max_cmd_sn] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_data_sn] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_r2t_sn] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_buffer_offset] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_desired_data_transfer_length] = { DECIMAL, 1, NULL },
	[ASSAY_FIELD_cdb] = { COMMAND, 1, NULL },
};

static void put_value(struct assay_sink *s, const struct assay_pdu *pdu, uint8_t index)
{
	uint64_t value = assay_field_get(pdu, assay_field_at(index));
	char lun[24];

	switch (rows[index].style) {
	case TAG:
	case HEX: assay_sink_printf(s, "0x%" PRIx64, value); break;
	case LUN:
		assay_lun_print(lun, sizeof(lun), value);
		assay_sink_printf(s, "%s", lun);
		break;
	case COMMAND: assay_listing_cdb(s, pdu->cdb); break;
	default: assay_sink_printf(s, "%" PRIu64, value); break;
	}
}

static void put_opcode(struct assay_sink *s, const struct assay_pdu *pdu)
{
	const char *name = assay_opcode_name(pdu->opcode);

	if (name)
		assay_sink_printf(s, "%s", name);
	else
		assay_sink_printf(s, "opcode 0x%02x (not defined)", pdu->opcode);
}

/* Types in which F says something; in the others the bit is fixed to 1. */
static int final_matters(uint8_t opcode)
{
	return opcode == ASSAY_SCSI_COMMAND || opcode == ASSAY_DATA_OUT || opcode == ASSAY_DATA_IN ||
	       opcode == ASSAY_TEXT_REQUEST || opcode == ASSAY_TEXT_RESPONSE || !assay_opcode_name(opcode);
}

static void put_meaning(struct assay_sink *s, const struct assay_pdu *pdu, uint8_t index)
{
	put_value(s, pdu, index);
	if (rows[index].meaning)
		assay_sink_printf(s, " (%s)", rows[index].meaning(pdu));
}

size_t assay_listing_value(char *out, size_t capacity, const struct assay_pdu *pdu, uint8_t field)
{
	struct assay_sink s = { .out = out, .capacity = capacity };

	put_meaning(&s, pdu, field);
	return assay_sink_end(&s);
}

static void put_brief_field(
	struct assay_sink *s, const struct assay_pdu *pdu, const struct assay_layout_entry *e)
{
	const struct assay_field *field = assay_field_at(e->field);
	const struct row *row = &rows[e->field];
	uint64_t value = assay_field_get(pdu, field);

	if (e->field == ASSAY_FIELD_opcode || (e->field == ASSAY_FIELD_nsg && !pdu->transit))
		return;
	if (e->field == ASSAY_FIELD_final && !final_matters(pdu->opcode)) {
		if (!value)
			assay_sink_printf(s, " F=0");
		return;
	}
	if (!value && !row->zero)
		return;
	if (e->bits == 1) {
		assay_sink_printf(s, " %s", field->name);
		return;
	}
	if (row->style == COMMAND)
		assay_sink_printf(s, " ");
	else
		assay_sink_printf(s, " %s=", field->name);
	put_meaning(s, pdu, e->field);
}

size_t assay_listing_brief(char *out, size_t capacity, const struct assay_pdu *pdu)
{
	struct assay_sink s = { .out = out, .capacity = capacity };
	const struct assay_layout *layout = assay_layout_of(pdu->opcode);

	put_opcode(&s, pdu);
	for (size_t i = 0; i < layout->count; i++)
		put_brief_field(&s, pdu, &layout->entries[i]);
	assay_listing_sense(&s, pdu);
	if (pdu->bad_digests & ASSAY_HEADER_DIGEST)
		assay_sink_printf(&s, " header digest wrong");
	if (pdu->bad_digests & ASSAY_DATA_DIGEST)
		assay_sink_printf(&s, " data digest wrong");
	return assay_sink_end(&s);
}

static void put_full_field(struct assay_sink *s, const struct assay_pdu *pdu, uint8_t index)
{
	assay_sink_printf(s, "  %-27s ", assay_field_at(index)->name);
	put_value(s, pdu, index);
	if (rows[index].meaning)
		assay_sink_printf(s, "  %s", rows[index].meaning(pdu));
	if (rows[index].style == TAG && assay_field_get(pdu, assay_field_at(index)) == ASSAY_TAG_RESERVED)
		assay_sink_printf(s, "  reserved value");
	if (rows[index].style == COMMAND) {
		assay_sink_printf(s, "\n  %-27s ", "");
		assay_sink_hex(s, pdu->cdb, sizeof(pdu->cdb));
	}
	assay_sink_printf(s, "\n");
}

static void put_reserved(struct assay_sink *s, const struct assay_pdu *pdu)
{
	const uint8_t *reserved = assay_layout_reserved(pdu->opcode);

	if (!pdu->bhs)
		return;
	for (size_t i = 0; i < ASSAY_BHS_LENGTH; i++)
		if (pdu->bhs[i] & reserved[i])
			assay_sink_printf(s, "  reserved bits 0x%02x are set in byte %zu\n",
				pdu->bhs[i] & reserved[i], i);
}

static void put_digest(
	struct assay_sink *s, const struct assay_pdu *pdu, unsigned which, const char *name, uint32_t value)
{
	if (pdu->digests & which)
		assay_sink_printf(s, "  %-27s 0x%08" PRIx32 "  %s\n", name, value,
			pdu->bad_digests & which ? "wrong" : "right");
}

size_t assay_listing_full(char *out, size_t capacity, const struct assay_pdu *pdu)
{
	struct assay_sink s = { .out = out, .capacity = capacity };
	const struct assay_layout *layout = assay_layout_of(pdu->opcode);

	put_opcode(&s, pdu);
	if (pdu->wire_length)
		assay_sink_printf(&s, ", %" PRIu32 " bytes", pdu->wire_length);
	assay_sink_printf(&s, "\n");
	for (size_t i = 0; i < layout->count; i++)
		if (layout->entries[i].field !=
			ASSAY_FIELD_bit7) /* a reserved bit, named below when it is set */
			put_full_field(&s, pdu, layout->entries[i].field);
	put_reserved(&s, pdu);
	put_digest(&s, pdu, ASSAY_HEADER_DIGEST, "Header-Digest", pdu->header_digest);
	assay_listing_segments(&s, pdu);
	put_digest(&s, pdu, ASSAY_DATA_DIGEST, "Data-Digest", pdu->data_digest);
	return assay_sink_end(&s);
}
