/* scsi_fixture.c - see scsi_fixture.h. */
#include "scsi_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static void add(struct fixture *f, uint32_t lun, uint64_t blocks, uint32_t block_size, bool read_only)
{
	const struct assay_lun_spec spec = {
		.lun = lun, .blocks = blocks, .block_size = block_size, .read_only = read_only
	};
	struct assay_error err = { 0 };

	if (assay_scsi_add_lun(f->device, &spec, &err)) {
		fprintf(stderr, "LUN %u: %s\n", lun, err.message);
		exit(2);
	}
}

void fixture_open(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->device = assay_scsi_device_new(1, TARGET_NAME, ASSAY_ID_IET, f->defects);
	add(f, 0, FIRST_BLOCKS, 512, false);
	add(f, 1, FIRST_BLOCKS, 512, false);
	add(f, 22, FIRST_BLOCKS, 512, false);
	add(f, 2, 256, 4096, false);
	add(f, 3, FIRST_BLOCKS, 512, true);
	add(f, 300, FIRST_BLOCKS, 512, false);
	f->first = assay_scsi_nexus_new(f->device, FIRST_NAME, 0x800001, 1);
	f->second = assay_scsi_nexus_new(f->device, SECOND_NAME, 0x800002, 2);
	fixture_calm(f->first);
	fixture_calm(f->second);
}

void fixture_close(struct fixture *f)
{
	assay_scsi_nexus_free(f->first);
	assay_scsi_nexus_free(f->second);
	assay_scsi_device_free(f->device);
}

void fixture_defect(struct fixture *f, enum assay_defect defect)
{
	memset(f->defects, 0, sizeof(f->defects));
	f->defects[defect / 8] = (unsigned char)(1u << (defect % 8));
}

void fixture_calm(struct assay_scsi_nexus *n)
{
	static const uint64_t luns[] = { UNIT(0), UNIT(1), UNIT(22), UNIT(2), UNIT(3), UNIT(0x4000 | 300) };

	for (size_t i = 0; i < sizeof(luns) / sizeof(luns[0]); i++)
		for (int again = 0; again < 16; again++)
			if (COMMAND(n, luns[i], 0x03, 0, 0, 0, 18)->data[2] == 0)
				break;
}

static void note_sense(struct outcome *o, const struct assay_scsi_command *c)
{
	const uint8_t *s = c->sense;

	o->sense_length = c->sense_length;
	memcpy(o->sense, s, sizeof(o->sense));
	if (!c->sense_length)
		return;
	if ((s[0] & 0x7e) == 0x70)
		o->code = (uint32_t)(s[2] & 0xf) << 16 | (uint32_t)s[12] << 8 | s[13];
	else
		o->code = (uint32_t)(s[1] & 0xf) << 16 | (uint32_t)s[2] << 8 | s[3];
}

const struct outcome *command_out(struct assay_scsi_nexus *n, uint64_t lun, const uint8_t *cdb,
	size_t cdb_length, const void *data, uint32_t length)
{
	static struct outcome o;
	struct assay_scsi_command c;
	uint8_t *exact = malloc(length ? length : 1),
		*cdb_exact = malloc(cdb_length); /* for the address sanitizer */

	memset(&c, 0xa5, sizeof(c));
	memset(&o, 0, sizeof(o));
	memcpy(cdb_exact, cdb, cdb_length);
	c.lun = lun;
	c.cdb = cdb_exact;
	c.cdb_length = cdb_length;
	o.parsed = assay_scsi_parse(n, &c);
	o.wanted_out = c.data_out_length;
	o.wanted_in = c.data_in_length;
	if (o.parsed == 0) {
		if (length)
			memcpy(exact, data, length);
		c.data_out = exact;
		c.data_out_given = length < c.data_out_length ? length : c.data_out_length;
		assay_scsi_execute(n, &c);
	}
	o.status = c.status;
	note_sense(&o, &c);
	o.length = c.data_in_given;
	if ((c.data_in_given && !c.data_in) || c.data_in_given > o.wanted_in) {
		fprintf(stderr, "command %02x: %u bytes of data-in at %p, %u asked for\n", cdb[0],
			c.data_in_given, (const void *)c.data_in, o.wanted_in);
		abort();
	}
	if (o.length)
		memcpy(o.data, c.data_in, o.length < sizeof(o.data) ? o.length : sizeof(o.data));
	assay_scsi_command_done(&c);
	assay_scsi_command_done(&c);
	free(exact);
	free(cdb_exact);
	return &o;
}

void run_cases(struct assay_scsi_nexus *n, const struct scsi_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct scsi_case *s = &cases[i];
		const struct outcome *o = command_out(n, s->lun, s->cdb, 16, NULL, 0);
		int32_t field = o->sense[15] & 0x80 ? assay_get_be16(o->sense + 16) : -1;
		bool ok = o->status == s->status && (o->status != 2 || o->code == s->code) &&
			  (s->field_byte < 0 || field == s->field_byte) &&
			  (s->length < 0 || (int32_t)o->length == s->length);

		if (!ok)
			fprintf(stderr, "\n%s: status %02x sense %06x field %d length %u\n", s->name,
				o->status, o->code, field, o->length);
		CU_ASSERT(ok);
	}
}
