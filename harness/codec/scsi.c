/* scsi.c - the tables and the arithmetic of scsi.h. */
#include "codec/scsi.h"

#include <string.h>

#include "codec/bytes.h"

/* Where commands that name blocks keep LBA and length, by operation code. */
static const struct {
	uint8_t operation_code;
	uint8_t lba_byte, lba_bytes;
	uint8_t length_byte, length_bytes;
} block_commands[] = {
	{ 0x28, 2, 4, 7, 2 },
	{ 0x2a, 2, 4, 7, 2 },
	{ 0x2e, 2, 4, 7, 2 },
	{ 0x2f, 2, 4, 7, 2 },
	{ 0x34, 2, 4, 7, 2 },
	{ 0x35, 2, 4, 7, 2 },
	{ 0x41, 2, 4, 7, 2 },
	{ 0x88, 2, 8, 10, 4 },
	{ 0x89, 2, 8, 13, 1 },
	{ 0x8a, 2, 8, 10, 4 },
	{ 0x8e, 2, 8, 10, 4 },
	{ 0x8f, 2, 8, 10, 4 },
	{ 0x90, 2, 8, 10, 4 },
	{ 0x91, 2, 8, 10, 4 },
	{ 0x93, 2, 8, 10, 4 },
	{ 0xa8, 2, 4, 6, 4 },
	{ 0xaa, 2, 4, 6, 4 },
	{ 0xae, 2, 4, 6, 4 },
	{ 0xaf, 2, 4, 6, 4 },
};

static uint64_t number_at(const uint8_t *at, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | at[i];
	return number;
}

bool assay_cdb_blocks(uint64_t *lba, uint64_t *blocks, const uint8_t cdb[16])
{
	/* a 6-byte READ or WRITE of 0 blocks is one of 256, and its LBA has 21 bits */
	if (cdb[0] == 0x08 || cdb[0] == 0x0a) {
		*lba = assay_get_be24(cdb + 1) & 0x1fffff;
		*blocks = cdb[4] ? cdb[4] : 256u;
		return true;
	}
	for (size_t i = 0; i < sizeof(block_commands) / sizeof(block_commands[0]); i++)
		if (block_commands[i].operation_code == cdb[0]) {
			*lba = number_at(cdb + block_commands[i].lba_byte, block_commands[i].lba_bytes);
			*blocks = number_at(
				cdb + block_commands[i].length_byte, block_commands[i].length_bytes);
			return true;
		}
	return false;
}

/* Two bytes of SenseLength stand before it. */
static const uint8_t *sense_data(size_t *length, const struct assay_pdu *pdu)
{
	size_t said;

	if (pdu->opcode != ASSAY_SCSI_RESPONSE && (pdu->opcode != ASSAY_ASYNC_MESSAGE || pdu->async_event))
		return NULL;
	if (pdu->data_length < 3)
		return NULL;
	said = assay_get_be16(pdu->data);
	*length = said < pdu->data_length - 2 ? said : pdu->data_length - 2;
	return *length ? pdu->data + 2 : NULL;
}

static void read_fixed(struct assay_sense *out, const uint8_t *sense, size_t length)
{
	out->key = length > 2 ? sense[2] & 0x0f : 0;
	out->asc = length > 12 ? sense[12] : 0;
	out->ascq = length > 13 ? sense[13] : 0;
	out->has_information = sense[0] & 0x80 && length > 6;
	if (out->has_information)
		out->information = assay_get_be32(sense + 3);
	out->has_specific = length > 17 && sense[15] & 0x80;
	if (out->has_specific)
		memcpy(out->specific, sense + 15, sizeof(out->specific));
}

static void read_descriptors(struct assay_sense *out, const uint8_t *sense, size_t length)
{
	out->key = length > 1 ? sense[1] & 0x0f : 0;
	out->asc = length > 2 ? sense[2] : 0;
	out->ascq = length > 3 ? sense[3] : 0;
	for (size_t at = 8; at + 1 < length; at += sense[at + 1] + 2u) {
		const uint8_t *d = sense + at;
		size_t left = length - at;

		if (d[0] == 0x00 && left >= 12 && d[2] & 0x80) {
			out->has_information = true;
			out->information = assay_get_be64(d + 4);
		}
		if (d[0] == 0x02 && left >= 7 && d[4] & 0x80) {
			out->has_specific = true;
			memcpy(out->specific, d + 4, sizeof(out->specific));
		}
	}
}

bool assay_sense_of(struct assay_sense *out, const struct assay_pdu *pdu)
{
	size_t length;
	const uint8_t *sense = sense_data(&length, pdu);

	*out = (struct assay_sense){ 0 };
	if (!sense)
		return false;
	out->code = sense[0] & 0x7f;
	if (out->code == 0x70 || out->code == 0x71)
		read_fixed(out, sense, length);
	else if (out->code == 0x72 || out->code == 0x73)
		read_descriptors(out, sense, length);
	out->length_fits = length < 8 || sense[7] + 8u == length;
	return true;
}
