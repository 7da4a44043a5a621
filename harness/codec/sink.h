/*
 * sink.h - a text that grows in the caller's buffer and counts on when it is full, as snprintf does. Private to codec/:
 * what the parts of the listing write into.
 */
#ifndef ASSAY_CODEC_SINK_H
#define ASSAY_CODEC_SINK_H

#include <stddef.h>
#include <stdint.h>

struct assay_sink {
	char *out; /* the caller's; NULL when capacity is 0 */
	size_t capacity; /* bytes of out, the NUL among them */
	size_t length; /* bytes that the whole text has, written or not */
};

void assay_sink_printf(struct assay_sink *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes of a peer: printable ASCII as it is, a backslash doubled, all others as \xNN. */
void assay_sink_escaped(struct assay_sink *s, const void *bytes, size_t length);

/* "28 00 1f", no line end. */
void assay_sink_hex(struct assay_sink *s, const uint8_t *bytes, size_t length);

/* The right column of a dump: printable ASCII as it is, a dot for all others. */
void assay_sink_printable(struct assay_sink *s, const uint8_t *bytes, size_t length);

/* Terminates what there is, also when it was cut; returns the length of the whole. */
size_t assay_sink_end(struct assay_sink *s);

#endif
