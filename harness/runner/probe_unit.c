/* probe_unit.c - what the probe asks a logical unit; see probe_unit.h. It judges nothing: what is not answered counts as not said. SPC-4, SBC-3. */
#include "runner/probe_unit.h"

#include <stdio.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/lun.h"
#include "initiator/initiator.h"

#define READY_TRIES   8
#define NO_SUCH_UNIT  0x2500 /* LOGICAL UNIT NOT SUPPORTED */
#define QUALIFIER_NO  3 /* there cannot be a unit at this LUN */
#define DIRECT_ACCESS 0x00

/* INQUIRY's first bytes, as far as they were said. */
struct unit {
	bool said, missing;
	uint8_t type;
	uint8_t data[96];
};

long assay_probe_read(unsigned *sense, struct assay_initiator *i, uint32_t lun, const void *cdb,
	size_t cdb_length, void *data, uint32_t length)
{
	struct assay_task task;
	int r = 0;

	for (int tries = 0; tries < READY_TRIES; tries++) {
		assay_task_init(&task, assay_lun_from_number(lun), cdb, cdb_length);
		task.data_in = data;
		task.read_length = length;
		r = assay_task_run(i, &task);
		if (r == ASSAY_E_TIMEOUT) /* whoever is silent now is not waited for again and again */
			assay_initiator_close(i);
		if (r < 0)
			return r;
		if (!task.response && !task.status)
			return task.data_in_length;
		if (task.sense_key != 6) /* UNIT ATTENTION: the next try may be answered */
			break;
	}
	if (sense)
		*sense = (unsigned)task.asc << 8 | task.ascq;
	return ASSAY_E_REJECT;
}

static struct unit inquire(struct assay_initiator *i, uint32_t lun)
{
	static const uint8_t cdb[6] = { 0x12, 0, 0, 0, 96, 0 };
	struct unit u = { .said = false };
	unsigned sense = 0;
	long got = assay_probe_read(&sense, i, lun, cdb, sizeof(cdb), u.data, sizeof(u.data));

	u.said = got >= 36;
	u.type = u.data[0] & 0x1f;
	u.missing = (u.said && u.data[0] >> 5 == QUALIFIER_NO) || (got < 0 && sense == NO_SUCH_UNIT);
	return u;
}

/* Text of INQUIRY data without its trailing blanks; what does not print is a '?'. */
static void copy_text(char *out, const uint8_t *text, size_t length)
{
	memset(out, 0, length + 1);
	while (length && (text[length - 1] == ' ' || !text[length - 1]))
		length--;
	for (size_t n = 0; n < length; n++)
		out[n] = text[n] >= ' ' && text[n] < 0x7f ? (char)text[n] : '?';
}

static void probe_capacity(uint64_t *blocks, uint32_t *block_size, struct assay_initiator *i, uint32_t lun)
{
	static const uint8_t long_cdb[16] = { 0x9e, 0x10, [13] = 32 }, short_cdb[10] = { 0x25 };
	uint8_t data[32] = { 0 };

	*blocks = 0;
	*block_size = 0;
	if (assay_probe_read(NULL, i, lun, long_cdb, sizeof(long_cdb), data, sizeof(data)) >= 12) {
		*blocks = assay_get_be64(data) + 1;
		*block_size = assay_get_be32(data + 8);
	} else if (i->stream && assay_probe_read(NULL, i, lun, short_cdb, sizeof(short_cdb), data, 8) == 8) {
		*blocks = (uint64_t)assay_get_be32(data) + 1;
		*block_size = assay_get_be32(data + 4);
	}
}

void assay_probe_unit(struct assay_probe *out, struct assay_initiator *i, uint32_t lun)
{
	struct unit u = inquire(i, lun);

	out->lun_missing = u.missing;
	if (!u.said || u.missing)
		return;
	out->device_type = u.type;
	copy_text(out->vendor, u.data + 8, 8);
	copy_text(out->product, u.data + 16, 16);
	copy_text(out->revision, u.data + 32, 4);
	if (i->stream && u.type == DIRECT_ACCESS)
		probe_capacity(&out->blocks, &out->block_size, i, lun);
}

/* MODE SENSE's WP bit; false where the unit does not say. */
static bool write_protected(struct assay_initiator *i, uint32_t lun)
{
	static const uint8_t cdb[6] = { 0x1a, 0x08, 0x3f, 0, 255, 0 };
	uint8_t data[255] = { 0 };

	return assay_probe_read(NULL, i, lun, cdb, sizeof(cdb), data, sizeof(data)) >= 4 && data[2] & 0x80;
}

void assay_probe_write_unit(struct assay_probe *out, struct assay_initiator *i, uint32_t lun)
{
	struct unit u = inquire(i, lun);
	char *why = out->write_trouble;
	size_t size = sizeof(out->write_trouble);

	if (u.missing)
		snprintf(why, size, "there is none");
	else if (u.said && u.type != DIRECT_ACCESS)
		snprintf(why, size, "it is no disk (peripheral device type 0x%02x)", u.type);
	else if (i->stream && write_protected(i, lun))
		snprintf(why, size, "it is write protected (MODE SENSE says WP=1)");
	else if (i->stream)
		probe_capacity(&out->write_blocks, &out->write_block_size, i, lun);
}
