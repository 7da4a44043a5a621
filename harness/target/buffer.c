/* buffer.c - bytes that grow up to a limit: text of a peer's, and our answer to it. */
#include <stdlib.h>
#include <string.h>

#include "target/machine.h"

bool assay_tgt_buffer_add(struct assay_tgt_buffer *b, const void *bytes, size_t length, size_t limit)
{
	size_t need = b->length + length;

	if (length > limit || need > limit)
		return false;
	if (need > b->capacity) {
		size_t capacity = b->capacity ? b->capacity : 512;
		uint8_t *grown;

		while (capacity < need)
			capacity *= 2;
		grown = realloc(b->bytes, capacity);
		if (!grown)
			return false;
		b->bytes = grown;
		b->capacity = capacity;
	}
	if (length)
		memcpy(b->bytes + b->length, bytes, length);
	b->length = need;
	return true;
}

void assay_tgt_buffer_clear(struct assay_tgt_buffer *b)
{
	free(b->bytes);
	*b = (struct assay_tgt_buffer){ 0 };
}
