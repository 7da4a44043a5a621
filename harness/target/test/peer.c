/* peer.c - see peer.h. */
#include "peer.h"

#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"

struct assay_target *peer_target(void)
{
	struct assay_target *t = assay_target_new();

	if (!t || assay_target_add_defaults(t, NULL) < 0)
		abort();
	assay_target_set_seed(t, 1);
	assay_target_set_portal_port(t, 0, 3260);
	assay_target_set_portal_port(t, 1, 3261);
	return t;
}

void peer_open(struct peer *p, struct assay_target *t, unsigned portal)
{
	uint8_t *bytes = p->bytes;

	*p = (struct peer){
		.t = t, .isid = 0x800000010000, .cid = 1, .cmd_sn = 100, .now = p->now, .bytes = bytes
	};
	if (!p->bytes)
		p->bytes = malloc(PEER_BUFFER);
	p->c = assay_target_accept(t, portal, "peer", p->now);
	if (!p->bytes || !p->c)
		abort();
}

void peer_close(struct peer *p)
{
	if (p->c)
		assay_target_conn_close(p->c, p->now);
	free(p->bytes);
	*p = (struct peer){ 0 };
}

void peer_bytes(struct peer *p, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	if (p->record) {
		if (length > PEER_BUFFER - p->recorded)
			abort();
		memcpy(p->record + p->recorded, bytes, length);
		p->recorded += length;
	}
	while (length) {
		size_t part = p->step && p->step < length ? p->step : length;

		assay_target_input(p->c, at, part, p->now);
		at += part;
		length -= part;
	}
}

void peer_send(struct peer *p, struct assay_pdu *pdu)
{
	size_t length = assay_pdu_encoded_length(pdu, p->digests);
	uint8_t *bytes = malloc(length);

	if (!bytes || assay_pdu_encode(bytes, length, pdu, p->digests) < 0)
		abort();
	peer_bytes(p, bytes, length);
	free(bytes);
}

/* Moves what the target has to send to us, as far as there is room. */
static void pull(struct peer *p)
{
	const uint8_t *out;
	size_t length;

	memmove(p->bytes, p->bytes + p->start, p->end - p->start);
	p->end -= p->start;
	p->start = 0;
	while (p->end < PEER_BUFFER / 2 && (length = assay_target_output(p->c, &out)) > 0) {
		if (length > PEER_BUFFER - p->end)
			abort();
		memcpy(p->bytes + p->end, out, length);
		p->end += length;
		assay_target_output_sent(p->c, length);
	}
}

bool peer_take(struct peer *p, struct assay_pdu *out)
{
	long used;

	pull(p);
	used = assay_pdu_decode(out, p->bytes, p->end, p->digests);
	if (used < 0 || out->bad_digests)
		return false;
	p->start = (size_t)used;
	if (out->opcode != ASSAY_DATA_IN || out->status_present)
		p->stat_sn = out->stat_sn;
	return true;
}

bool peer_expect(struct peer *p, struct assay_pdu *out, uint8_t opcode)
{
	return peer_take(p, out) && out->opcode == opcode;
}

bool peer_over(struct peer *p)
{
	pull(p);
	return p->end == 0 && assay_target_closing(p->c);
}

bool peer_silent(struct peer *p)
{
	pull(p);
	return p->end == 0 && !assay_target_closing(p->c);
}

/* ---- login ---- */

void peer_login_request(struct peer *p, unsigned csg, int nsg, const char *text)
{
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = nsg >= 0,
		.csg = (uint8_t)csg,
		.nsg = nsg >= 0 ? (uint8_t)nsg : 0,
		.isid = p->isid,
		.tsih = p->tsih,
		.cid = p->cid,
		.itt = p->itt,
		.cmd_sn = p->cmd_sn };
	size_t length = strlen(text);
	uint8_t *bytes = malloc(length + 1);

	if (!bytes)
		abort();
	for (size_t i = 0; i < length; i++)
		bytes[i] = text[i] == '\n' ? 0 : (uint8_t)text[i];
	pdu.data = bytes;
	pdu.data_length = (uint32_t)length;
	peer_send(p, &pdu);
	free(bytes);
}

unsigned peer_login_status(struct peer *p, unsigned csg, int nsg, const char *text)
{
	struct assay_pdu pdu;

	peer_login_request(p, csg, nsg, text);
	if (!peer_expect(p, &pdu, ASSAY_LOGIN_RESPONSE))
		return 0x10000;
	return (unsigned)pdu.status_class << 8 | pdu.status_detail;
}

static bool login(struct peer *p, const char *first, const char *target, const char *more)
{
	char text[2048];
	struct assay_pdu pdu;

	strcpy(text, "InitiatorName=" PEER_NAME "\n");
	strcat(text, first);
	strcat(text, target);
	strcat(text, more);
	peer_login_request(p, ASSAY_STAGE_OPERATIONAL, ASSAY_STAGE_FULL_FEATURE, text);
	if (!peer_expect(p, &pdu, ASSAY_LOGIN_RESPONSE) || pdu.status_class || !pdu.transit)
		return false;
	p->tsih = pdu.tsih;
	return true;
}

bool peer_login(struct peer *p, const char *target, const char *more)
{
	char line[256] = "\n";

	memcpy(line, target, strlen(target));
	strcpy(line + strlen(target), "\n");
	return login(p, "TargetName=", line, more);
}

bool peer_discovery(struct peer *p)
{
	return login(p, "SessionType=Discovery\n", "", "");
}

/* ---- requests ---- */

struct assay_pdu peer_request(struct peer *p, uint8_t opcode)
{
	return (struct assay_pdu){ .opcode = opcode,
		.final = 1,
		.itt = ++p->itt,
		.ttt = ASSAY_TAG_RESERVED,
		.cmd_sn = p->cmd_sn++,
		.exp_stat_sn = p->stat_sn + 1 };
}

static struct assay_pdu transfer(struct peer *p, uint8_t code, uint64_t lun, uint32_t lba, uint32_t blocks)
{
	struct assay_pdu pdu = peer_request(p, ASSAY_SCSI_COMMAND);

	pdu.lun = lun << 48;
	pdu.attr = ASSAY_ATTR_SIMPLE;
	pdu.expected_data_transfer_length = blocks * 512;
	pdu.cdb[0] = code;
	assay_put_be32(pdu.cdb + 2, lba);
	assay_put_be16(pdu.cdb + 7, (uint16_t)blocks);
	return pdu;
}

struct assay_pdu peer_read(struct peer *p, uint64_t lun, uint32_t lba, uint32_t blocks)
{
	struct assay_pdu pdu = transfer(p, 0x28, lun, lba, blocks);

	pdu.read = 1;
	return pdu;
}

struct assay_pdu peer_write(struct peer *p, uint64_t lun, uint32_t lba, uint32_t blocks)
{
	struct assay_pdu pdu = transfer(p, 0x2a, lun, lba, blocks);

	pdu.write = 1;
	return pdu;
}

void peer_clear_attentions(struct peer *p, uint64_t lun)
{
	for (int i = 0; i < 8; i++) {
		struct assay_pdu pdu = peer_request(p, ASSAY_SCSI_COMMAND);

		pdu.lun = lun << 48;
		peer_send(p, &pdu);
		if (!peer_expect(p, &pdu, ASSAY_SCSI_RESPONSE) || pdu.status == 0)
			return;
	}
}

bool peer_alive(struct peer *p)
{
	struct assay_pdu ping = peer_request(p, ASSAY_NOP_OUT), pdu;

	peer_send(p, &ping);
	return peer_expect(p, &pdu, ASSAY_NOP_IN) && pdu.itt == ping.itt;
}
