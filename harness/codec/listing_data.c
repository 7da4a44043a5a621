/*
 * listing_data.c - what a PDU carries, in words: CDB (SPC-4, SBC-3), AHS (RFC 7143 section 11.2.2), sense data, text,
 * the header inside a Reject, and a dump of other data. Every byte is a peer's: none is trusted, all is bounded.
 */
#include "codec/listing_data.h"

#include <inttypes.h>
#include <string.h>

#include "codec/ahs.h"
#include "codec/bytes.h"
#include "codec/listing.h"
#include "codec/scsi.h"
#include "codec/text.h"

#define VALUE_BYTES 512 /* of a text value */

/* Operation codes that a service action (low five bits of byte 1) tells apart. */
static const struct {
	uint8_t operation_code, service_action;
	const char *name;
} service_actions[] = {
	{ 0x5e, 0x00, "READ KEYS" },
	{ 0x5e, 0x01, "READ RESERVATION" },
	{ 0x5e, 0x02, "REPORT CAPABILITIES" },
	{ 0x5e, 0x03, "READ FULL STATUS" },
	{ 0x5f, 0x00, "REGISTER" },
	{ 0x5f, 0x01, "RESERVE" },
	{ 0x5f, 0x02, "RELEASE" },
	{ 0x5f, 0x03, "CLEAR" },
	{ 0x5f, 0x04, "PREEMPT" },
	{ 0x5f, 0x05, "PREEMPT AND ABORT" },
	{ 0x5f, 0x06, "REGISTER AND IGNORE EXISTING KEY" },
	{ 0x5f, 0x07, "REGISTER AND MOVE" },
	{ 0x9e, 0x10, "READ CAPACITY(16)" },
	{ 0x9e, 0x12, "GET LBA STATUS" },
	{ 0xa3, 0x05, "REPORT IDENTIFYING INFORMATION" },
	{ 0xa3, 0x0a, "REPORT TARGET PORT GROUPS" },
	{ 0xa3, 0x0c, "REPORT SUPPORTED OPERATION CODES" },
	{ 0xa3, 0x0d, "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS" },
	{ 0xa3, 0x0f, "REPORT TIMESTAMP" },
	{ 0xa4, 0x0a, "SET TARGET PORT GROUPS" },
};

void assay_listing_cdb(struct assay_sink *s, const uint8_t cdb[16])
{
	uint64_t lba, blocks;

	assay_sink_printf(s, "%s", assay_cdb_name(cdb[0]));
	for (size_t i = 0; i < sizeof(service_actions) / sizeof(service_actions[0]); i++)
		if (service_actions[i].operation_code == cdb[0] &&
			service_actions[i].service_action == (cdb[1] & 0x1f))
			assay_sink_printf(s, " %s", service_actions[i].name);
	if (assay_cdb_blocks(&lba, &blocks, cdb))
		assay_sink_printf(s, " LBA=%" PRIu64 " blocks=%" PRIu64, lba, blocks);
	if (cdb[0] == 0x12 && (cdb[1] & 1))
		assay_sink_printf(s, " VPD page 0x%02x", cdb[2]);
	if (cdb[0] == 0x12)
		assay_sink_printf(s, " allocation length=%u", assay_get_be16(cdb + 3));
}

void assay_listing_sense(struct assay_sink *s, const struct assay_pdu *pdu)
{
	struct assay_sense sense;

	if (!assay_sense_of(&sense, pdu))
		return;
	if (sense.code < 0x70 || sense.code > 0x73) {
		assay_sink_printf(s, " sense=response code 0x%02x, not known", sense.code);
		return;
	}
	assay_sink_printf(s, " sense=%s%s 0x%02x/0x%02x (%s)", sense.code & 1 ? "deferred " : "",
		assay_sense_key_name(sense.key), sense.asc, sense.ascq,
		assay_additional_sense_name(sense.asc, sense.ascq));
}

static void list_dump(struct assay_sink *s, const uint8_t *bytes, size_t length)
{
	size_t shown = length < ASSAY_LISTING_DATA ? length : ASSAY_LISTING_DATA;

	for (size_t i = 0; i < shown; i += 16) {
		size_t row = shown - i < 16 ? shown - i : 16;

		assay_sink_printf(s, "    %04zx  ", i);
		assay_sink_hex(s, bytes + i, row);
		assay_sink_printf(s, "%*s  |", (int)(3 * (16 - row)), "");
		assay_sink_printable(s, bytes + i, row);
		assay_sink_printf(s, "|\n");
	}
	if (shown < length)
		assay_sink_printf(s, "    … %zu bytes more\n", length - shown);
}

static int is_login(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_LOGIN_REQUEST || pdu->opcode == ASSAY_LOGIN_RESPONSE;
}

/*
 * CHAP_R proves a secret and can be searched offline, so its value is never shown. With the C bit the pair may be cut anywhere:
 * at the front of a Login PDU the rest of its key, a piece without '=', and one with base64's padding alone behind it stay
 * hidden too.
 */
static int is_secret(const struct assay_pair *pair, const struct assay_pdu *pdu)
{
	static const char key[] = "CHAP_R";
	size_t length = sizeof(key) - 1;

	if (assay_pair_is(pair, key))
		return 1;
	if (!is_login(pdu) || (const uint8_t *)pair->key != pdu->data)
		return 0;
	if (pair->value_length == 0 || assay_value_is(pair, "="))
		return 1;
	return pair->key_length < length &&
	       !memcmp(pair->key, key + length - pair->key_length, pair->key_length);
}

static void list_pair(
	struct assay_sink *s, const struct assay_pair *pair, int rc, const struct assay_pdu *pdu)
{
	size_t shown = pair->value_length < VALUE_BYTES ? pair->value_length : VALUE_BYTES;
	size_t key_shown = pair->key_length < VALUE_BYTES ? pair->key_length : VALUE_BYTES;
	int has_equals = pair->value != pair->key + pair->key_length;

	assay_sink_printf(s, "    ");
	if (is_secret(pair, pdu)) {
		if (assay_pair_is(pair, "CHAP_R"))
			assay_sink_printf(s, "CHAP_R=<%zu bytes, not shown>", pair->value_length);
		else
			assay_sink_printf(s, "<%zu bytes without a value, not shown>",
				pair->key_length + pair->value_length);
	} else {
		assay_sink_escaped(s, pair->key, key_shown);
		if (has_equals)
			assay_sink_printf(s, "=");
		assay_sink_escaped(s, pair->value, shown);
		if (shown < pair->value_length || key_shown < pair->key_length)
			assay_sink_printf(s, "… (key %zu bytes, value %zu bytes)", pair->key_length,
				pair->value_length);
	}
	if (!has_equals)
		assay_sink_printf(s, "  (no '=')");
	if (rc == ASSAY_E_SHORT)
		assay_sink_printf(s, "  (no NUL at the end)");
	assay_sink_printf(s, "\n");
}

static void list_text(struct assay_sink *s, const struct assay_pdu *pdu)
{
	struct assay_pair pair;
	size_t offset = 0;
	int rc;

	while ((rc = assay_text_next(&pair, &offset, pdu->data, pdu->data_length)) != 0)
		list_pair(s, &pair, rc, pdu);
}

static void list_ahs(struct assay_sink *s, const struct assay_pdu *pdu)
{
	struct assay_ahs segment;
	size_t offset = 0;
	int rc;

	while ((rc = assay_ahs_next(&segment, &offset, pdu->ahs, pdu->ahs_length)) == 1) {
		if (segment.type == ASSAY_AHS_BIDI_READ_LENGTH && segment.length >= 5) {
			assay_sink_printf(s,
				"  AHS Bidirectional Read Expected Data Transfer Length %" PRIu32 "\n",
				assay_get_be32(segment.specific + 1));
			continue;
		}
		assay_sink_printf(s, "  AHS %s (type %u), AHSLength %u: ",
			segment.type == ASSAY_AHS_EXTENDED_CDB ? "Extended CDB" : "unknown", segment.type,
			segment.length);
		assay_sink_hex(s, segment.specific, segment.length);
		assay_sink_printf(s, "\n");
	}
	if (rc < 0)
		assay_sink_printf(s, "  AHS runs past TotalAHSLength\n");
}

void assay_listing_segments(struct assay_sink *s, const struct assay_pdu *pdu)
{
	list_ahs(s, pdu);
	if (!pdu->data_length)
		return;
	assay_sink_printf(s, "  Data segment, %" PRIu32 " bytes", pdu->data_length);
	assay_listing_sense(s, pdu);
	assay_sink_printf(s, "\n");
	if (is_login(pdu) || pdu->opcode == ASSAY_TEXT_REQUEST || pdu->opcode == ASSAY_TEXT_RESPONSE) {
		list_text(s, pdu);
		return;
	}
	if (pdu->opcode == ASSAY_REJECT && pdu->data_length >= ASSAY_BHS_LENGTH) {
		struct assay_pdu bad;
		char line[512];

		assay_pdu_decode_bhs(&bad, pdu->data);
		assay_listing_brief(line, sizeof(line), &bad);
		assay_sink_printf(s, "    header of: %s\n", line);
	}
	list_dump(s, pdu->data, pdu->data_length);
}
