/* scsi_buffer.c - the buffers that answers are built in: kept by the device and lent to commands, so that a steady load does not allocate. */
#include "target/scsi_internal.h"

#include <stdlib.h>

#define SMALLEST    4096u
#define SPARE_MAX   16u
#define SPARE_LARGE (1u << 20) /* larger ones are not kept */

static struct assay_scsi_buffer *take_spare(struct assay_scsi_device *d, size_t size)
{
	for (struct assay_scsi_buffer **at = &d->spare; *at; at = &(*at)->next) {
		struct assay_scsi_buffer *b = *at;

		if (b->capacity < size)
			continue;
		*at = b->next;
		d->spare_count--;
		return b;
	}
	return NULL;
}

uint8_t *assay_scsi_room(struct assay_scsi_command *c, size_t size)
{
	struct assay_scsi_device *d = c->nexus->device;
	struct assay_scsi_buffer *b = take_spare(d, size);

	if (!b) {
		size_t capacity = size < SMALLEST ? SMALLEST : size;

		b = malloc(sizeof(*b) + capacity);
		if (!b) {
			c->status = ASSAY_SCSI_BUSY;
			return NULL;
		}
		b->device = d;
		b->capacity = capacity;
	}
	b->next = c->buffer; /* a second one of the same command: all are returned together */
	c->buffer = b;
	return b->bytes;
}

void assay_scsi_give(struct assay_scsi_command *c, size_t length)
{
	c->data_in = c->buffer->bytes;
	c->data_in_given = length < c->data_in_length ? (uint32_t)length : c->data_in_length;
	c->status = ASSAY_SCSI_GOOD;
}

void assay_scsi_command_done(struct assay_scsi_command *c)
{
	while (c->buffer) {
		struct assay_scsi_buffer *b = c->buffer;
		struct assay_scsi_device *d = b->device;

		c->buffer = b->next;
		if (d->spare_count >= SPARE_MAX || b->capacity > SPARE_LARGE) {
			free(b);
			continue;
		}
		b->next = d->spare;
		d->spare = b;
		d->spare_count++;
	}
	if (c->unit)
		assay_scsi_unit_release(c->unit);
	c->unit = NULL;
	c->data_in = NULL;
	c->data_in_given = 0;
}

void assay_scsi_drop_spares(struct assay_scsi_device *d)
{
	while (d->spare) {
		struct assay_scsi_buffer *b = d->spare;

		d->spare = b->next;
		free(b);
	}
}
