/* rewrite.c - see rewrite.h. */
#include "replay/rewrite.h"

#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/layout.h"
#include "codec/scsi.h"
#include "replay/tags.h"

#define ABORT_TASK                                                                                           \
	1 /* task management functions with a Referenced Task Tag: section 11.5.1, RFC 7144 section 4.2.3.1 */
#define TASK_REASSIGN 8
#define QUERY_TASK    9

/* ---- fields ---- */

static bool has(const struct assay_pdu *pdu, const char *field)
{
	return assay_layout_find(pdu->opcode, field) != NULL;
}

static void rewrite_login(struct assay_pdu *out, const struct assay_pdu *pdu, const struct assay_rewrite *r)
{
	out->isid = r->isid;
	if (pdu->tsih && pdu->tsih == r->captured.session->tsih)
		out->tsih = r->live.session->tsih;
}

static void rewrite_numbers(struct assay_pdu *out, const struct assay_pdu *pdu, const struct assay_rewrite *r)
{
	if (has(pdu, "CmdSN") && !r->first_login)
		out->cmd_sn = r->live.session->cmd_sn + (pdu->cmd_sn - r->captured.session->cmd_sn);
	if (has(pdu, "ExpStatSN") && r->captured.heard && r->live.heard)
		out->exp_stat_sn = r->live.exp_stat_sn + (pdu->exp_stat_sn - r->captured.exp_stat_sn);
	if (r->referenced && has(pdu, "RefCmdSN"))
		out->ref_cmd_sn = r->live_ref + (pdu->ref_cmd_sn - r->captured_ref);
}

/* BegRun: a StatSN, or the DataSN behind what is acknowledged. Runs of DataSNs and R2TSNs count from 0 in each task, and 0 stands for all. */
static void rewrite_run(struct assay_pdu *out, const struct assay_pdu *pdu, const struct assay_rewrite *r)
{
	if (pdu->snack_type == ASSAY_REWRITE_DATA_ACK && r->acknowledges)
		out->beg_run = r->live_data_sn + (pdu->beg_run - r->captured_data_sn);
	if (pdu->snack_type == ASSAY_REWRITE_STATUS && (pdu->beg_run || pdu->run_length) &&
		r->captured.heard && r->live.heard)
		out->beg_run = r->live.exp_stat_sn + (pdu->beg_run - r->captured.exp_stat_sn);
}

/* Whatever it is, it has a tag in that place (section 11.2.1.8). */
static void rewrite_tags(struct assay_pdu *out, const struct assay_pdu *pdu, uint32_t turn)
{
	out->itt = assay_tag_turn(pdu->itt, turn);
	if (pdu->opcode == ASSAY_TASK_MANAGEMENT_REQUEST &&
		(pdu->function == ABORT_TASK || pdu->function == TASK_REASSIGN ||
			pdu->function == QUERY_TASK))
		out->rtt = assay_tag_turn(pdu->rtt, turn);
}

void assay_rewrite_fields(struct assay_pdu *out, const struct assay_pdu *pdu, const struct assay_rewrite *r)
{
	*out = *pdu;
	rewrite_tags(out, pdu, r->turn);
	if (!assay_opcode_name(pdu->opcode))
		return;
	if (pdu->opcode == ASSAY_LOGIN_REQUEST)
		rewrite_login(out, pdu, r);
	rewrite_numbers(out, pdu, r);
	if (pdu->opcode == ASSAY_SNACK_REQUEST)
		rewrite_run(out, pdu, r);
	if (r->lun_mapped && pdu->lun == r->captured_lun && has(pdu, "LUN"))
		out->lun = r->live_lun;
	if (!r->tagged)
		return;
	if (pdu->ttt == r->captured_tag.ttt)
		out->ttt = r->live_tag.ttt;
	if (pdu->lun == r->captured_tag.lun)
		out->lun = r->live_tag.lun;
}

/* ---- bytes ---- */

/* Bits of the header that no field of this type has. */
static void keep_reserved(uint8_t *header, const struct assay_pdu *captured)
{
	const uint8_t *reserved = assay_layout_reserved(captured->opcode);

	for (unsigned n = 0; n < ASSAY_BHS_LENGTH; n++)
		header[n] |= captured->bhs[n] & reserved[n];
}

static size_t put_digest(uint8_t *at, uint32_t right, bool wrong)
{
	assay_put_be32(at, wrong ? ~right : right);
	return 4;
}

/* The padding as it was where the data is what it was, else zeros. */
static size_t put_padding(uint8_t *at, const struct assay_pdu *fields, const struct assay_pdu *captured)
{
	size_t length = assay_padded(fields->data_length) - fields->data_length;
	const uint8_t *was = captured->data + captured->data_length;

	if (fields->data == captured->data && fields->data_length == captured->data_length &&
		(size_t)(was - captured->wire) + length <= captured->wire_length)
		memcpy(at, was, length);
	else
		memset(at, 0, length);
	return length;
}

static size_t put_data(
	uint8_t *at, const struct assay_pdu *fields, const struct assay_pdu *captured, unsigned digests)
{
	size_t length = fields->data_length, padding;

	if (!length)
		return 0;
	memcpy(at, fields->data, length);
	padding = put_padding(at + length, fields, captured);
	if (digests & ASSAY_DATA_DIGEST)
		padding += put_digest(at + length + padding, assay_digest(at, length + padding),
			captured->bad_digests & ASSAY_DATA_DIGEST);
	return length + padding;
}

long assay_rewrite_encode(uint8_t *out, size_t capacity, const struct assay_pdu *fields,
	const struct assay_pdu *captured, unsigned digests)
{
	size_t head = ASSAY_BHS_LENGTH + fields->ahs_length;

	if (capacity < head + assay_padded(fields->data_length) + 8)
		return ASSAY_E_LIMIT;
	if (assay_opcode_name(captured->opcode)) {
		assay_pdu_encode_bhs(out, fields);
		keep_reserved(out, captured);
	} else {
		memcpy(out, captured->bhs, ASSAY_BHS_LENGTH);
		assay_put_be32(out + 16, fields->itt);
	}
	if (fields->ahs_length)
		memcpy(out + ASSAY_BHS_LENGTH, fields->ahs, fields->ahs_length);
	if (digests & ASSAY_HEADER_DIGEST)
		head += put_digest(
			out + head, assay_digest(out, head), captured->bad_digests & ASSAY_HEADER_DIGEST);
	return (long)(head + put_data(out + head, fields, captured, digests));
}

void assay_rewrite_part(
	uint8_t *bytes, size_t length, const struct assay_pdu *fields, const struct assay_pdu *captured)
{
	size_t head = ASSAY_BHS_LENGTH + captured->total_ahs_length * 4u;
	bool digest = captured->digests & ASSAY_HEADER_DIGEST && length >= head + 4 &&
		      assay_get_be32(bytes + head) == assay_digest(bytes, head);
	uint8_t header[ASSAY_BHS_LENGTH + 8];
	struct assay_pdu anew = *fields;

	anew.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH | ASSAY_OVERRIDE_TOTAL_AHS_LENGTH;
	(void)assay_rewrite_encode(header, sizeof(header), &anew, captured, 0);
	memcpy(bytes, header, ASSAY_BHS_LENGTH);
	if (digest)
		assay_put_be32(bytes + head, assay_digest(bytes, head));
}

/* ---- what a capture is about ---- */

static bool moves_blocks(const struct assay_pdu *pdu)
{
	uint64_t lba, blocks;

	return pdu->opcode == ASSAY_SCSI_COMMAND && (pdu->read || pdu->write) &&
	       assay_cdb_blocks(&lba, &blocks, pdu->cdb);
}

bool assay_script_io_lun(uint64_t *lun, const struct assay_script *s)
{
	for (uint32_t n = 0; n < s->task_count; n++) {
		const struct assay_pdu *pdu = &s->items[s->tasks[n].request].pdu;

		if (!moves_blocks(pdu))
			continue;
		*lun = pdu->lun;
		return true;
	}
	return false;
}

bool assay_script_has_io(const struct assay_script *s, uint64_t lun)
{
	for (uint32_t n = 0; n < s->task_count; n++) {
		const struct assay_pdu *pdu = &s->items[s->tasks[n].request].pdu;

		if (pdu->lun == lun && moves_blocks(pdu))
			return true;
	}
	return false;
}

/* Has the connection of a login come to the full feature phase? */
static bool succeeded(const struct assay_script *s, uint32_t connection)
{
	return s->sessions[s->connections[connection].session].tsih != 0;
}

/* Section 11.13.5: there is no target of that name. */
static bool not_found(const struct assay_script *s, const struct assay_script_task *login)
{
	const struct assay_pdu *answer = login->answer == ASSAY_SCRIPT_NONE ? NULL
									    : &s->items[login->answer].pdu;

	return answer && answer->opcode == ASSAY_LOGIN_RESPONSE && answer->status_class == 2 &&
	       answer->status_detail == 3;
}

/* The first one that an answer to SendTargets has. */
static bool announced_name(char *out, size_t capacity, const struct assay_script *s)
{
	struct assay_pair pair;

	for (uint32_t n = 0; n < s->item_count; n++) {
		const struct assay_pdu *pdu = &s->items[n].pdu;

		if (s->items[n].kind != ASSAY_SCRIPT_PDU || pdu->opcode != ASSAY_TEXT_RESPONSE ||
			!pdu->data_length ||
			!assay_text_find(&pair, pdu->data, pdu->data_length, "TargetName"))
			continue;
		assay_value_copy(out, capacity, &pair);
		return true;
	}
	return false;
}

bool assay_script_target_name(char *out, size_t capacity, const struct assay_script *s)
{
	bool found = false;

	for (uint32_t n = 0; n < s->task_count; n++) {
		const struct assay_pdu *pdu = &s->items[s->tasks[n].request].pdu;
		struct assay_pair pair;

		if (pdu->opcode != ASSAY_LOGIN_REQUEST || !pdu->data_length ||
			!assay_text_find(&pair, pdu->data, pdu->data_length, "TargetName"))
			continue;
		if ((found && !succeeded(s, s->tasks[n].connection)) || not_found(s, &s->tasks[n]))
			continue;
		assay_value_copy(out, capacity, &pair);
		found = true;
		if (succeeded(s, s->tasks[n].connection))
			return true;
	}
	return found || announced_name(out, capacity, s);
}

/* SPC-4: INQUIRY and REPORT LUNS are carried out in spite of a unit attention, and leave it. */
static bool leaves_attention(const struct assay_pdu *command)
{
	return command->cdb[0] == 0x12 || command->cdb[0] == 0xa0;
}

bool assay_script_begins_with_attention(const struct assay_script *s)
{
	struct assay_sense sense;

	for (uint32_t n = 0; n < s->task_count; n++) {
		const struct assay_script_task *t = &s->tasks[n];
		const struct assay_pdu *command = &s->items[t->request].pdu;

		if (command->opcode == ASSAY_SCSI_COMMAND && !leaves_attention(command) &&
			t->answer != ASSAY_SCRIPT_NONE)
			return assay_sense_of(&sense, &s->items[t->answer].pdu) && sense.key == 6 &&
			       sense.asc == 0x29;
	}
	return false;
}
