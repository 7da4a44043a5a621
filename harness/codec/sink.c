/* sink.c - snprintf's contract over many calls. Allocates nothing. */
#include "codec/sink.h"

#include <stdarg.h>
#include <stdio.h>

static void put_char(struct assay_sink *s, char c)
{
	if (s->length < s->capacity)
		s->out[s->length] = c;
	s->length++;
}

void assay_sink_printf(struct assay_sink *s, const char *format, ...)
{
	size_t left = s->length < s->capacity ? s->capacity - s->length : 0;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(left ? s->out + s->length : NULL, left, format, ap);
	va_end(ap);
	if (n > 0)
		s->length += (size_t)n;
}

static void put_hex(struct assay_sink *s, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	put_char(s, digits[byte >> 4]);
	put_char(s, digits[byte & 15]);
}

void assay_sink_escaped(struct assay_sink *s, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++) {
		if (at[i] == '\\') {
			put_char(s, '\\');
			put_char(s, '\\');
		} else if (at[i] >= ' ' && at[i] <= '~') {
			put_char(s, (char)at[i]);
		} else {
			put_char(s, '\\');
			put_char(s, 'x');
			put_hex(s, at[i]);
		}
	}
}

void assay_sink_hex(struct assay_sink *s, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (i)
			put_char(s, ' ');
		put_hex(s, bytes[i]);
	}
}

void assay_sink_printable(struct assay_sink *s, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put_char(s, bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.');
}

size_t assay_sink_end(struct assay_sink *s)
{
	if (s->capacity)
		s->out[s->length < s->capacity ? s->length : s->capacity - 1] = '\0';
	return s->length;
}
