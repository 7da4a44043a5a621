/* scsi_sense.c - sense data, fixed and descriptor format. SPC-4 section 4.5. It keeps no state: what is pending is scsi_attention.c's. */
#include "target/scsi_internal.h"

#include <string.h>

#include "codec/bytes.h"

#define FIXED      0x70
#define DESCRIPTOR 0x72

struct sense {
	uint32_t code; /* enum assay_scsi_sense_code or an attention's */
	bool has_information;
	uint64_t information;
	bool has_field; /* sense key specific: the field pointer */
	bool in_cdb;
	uint8_t bit;
	uint16_t byte;
};

static void put_field(uint8_t out[3], const struct sense *s)
{
	out[0] = (uint8_t)(0x80 | (s->in_cdb ? 0x40 : 0) | 0x08 |
			   (s->bit & 7)); /* SKSV, C/D, BPV, bit pointer */
	assay_put_be16(out + 1, s->byte);
}

static size_t fixed_format(uint8_t *out, const struct sense *s)
{
	memset(out, 0, 18);
	out[0] = FIXED;
	out[2] = (uint8_t)(s->code >> 16);
	if (s->has_information && s->information <= UINT32_MAX) {
		out[0] |= 0x80; /* VALID */
		assay_put_be32(out + 3, (uint32_t)s->information);
	}
	out[7] = 18 - 8;
	out[12] = (uint8_t)(s->code >> 8);
	out[13] = (uint8_t)s->code;
	if (s->has_field)
		put_field(out + 15, s);
	return 18;
}

static size_t descriptor_format(uint8_t *out, const struct sense *s)
{
	size_t length = 8;

	memset(out, 0, ASSAY_SENSE_MAX);
	out[0] = DESCRIPTOR;
	out[1] = (uint8_t)(s->code >> 16);
	out[2] = (uint8_t)(s->code >> 8);
	out[3] = (uint8_t)s->code;
	if (s->has_information) {
		out[length + 1] = 0x0a; /* information descriptor, type 0 */
		out[length + 2] = 0x80;
		assay_put_be64(out + length + 4, s->information);
		length += 12;
	}
	if (s->has_field) {
		out[length] = 0x02; /* sense key specific descriptor */
		out[length + 1] = 0x06;
		put_field(out + length + 4, s);
		length += 8;
	}
	out[7] = (uint8_t)(length - 8);
	return length;
}

static int end_with(struct assay_scsi_command *c, const struct sense *s)
{
	c->status = ASSAY_SCSI_CHECK_CONDITION;
	c->data_in_given = 0;
	if (c->unit && c->unit->modes.d_sense && !ASSAY_SCSI_DEFECT(c, D_SENSE_IGNORED))
		c->sense_length = descriptor_format(c->sense, s);
	else
		c->sense_length = fixed_format(c->sense, s);
	if (ASSAY_SCSI_DEFECT(c, SENSE_LENGTH_WRONG))
		c->sense[7] = (uint8_t)(c->sense[7] + 200);
	if (ASSAY_SCSI_DEFECT(c, SENSE_VALID_ALWAYS))
		c->sense[0] |= 0x80;
	return 1;
}

int assay_scsi_check(struct assay_scsi_command *c, uint32_t code)
{
	return end_with(c, &(struct sense){ .code = code });
}

int assay_scsi_check_information(struct assay_scsi_command *c, uint32_t code, uint64_t information)
{
	return end_with(
		c, &(struct sense){ .code = code, .has_information = true, .information = information });
}

int assay_scsi_bad_cdb(struct assay_scsi_command *c, unsigned byte, unsigned bit)
{
	return end_with(c, &(struct sense){ .code = ASSAY_SENSE_BAD_CDB,
				   .has_field = true,
				   .in_cdb = true,
				   .byte = (uint16_t)(byte + ASSAY_SCSI_DEFECT(c, FIELD_POINTER_WRONG)),
				   .bit = (uint8_t)bit });
}

int assay_scsi_bad_parameter(struct assay_scsi_command *c, unsigned byte, unsigned bit)
{
	return end_with(c, &(struct sense){ .code = ASSAY_SENSE_BAD_PARAMETER,
				   .has_field = true,
				   .byte = (uint16_t)byte,
				   .bit = (uint8_t)bit });
}

size_t assay_scsi_sense_bytes(uint8_t *out, uint32_t code, bool descriptor)
{
	const struct sense s = { .code = code };

	return descriptor ? descriptor_format(out, &s) : fixed_format(out, &s);
}
