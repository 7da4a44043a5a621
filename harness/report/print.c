/* print.c - see print.h. UTF-8 as RFC 3629 has it. */
#include "report/print.h"

#include <poll.h>
#include <string.h>

/* The length of the UTF-8 character that begins at s, 0 when none does; reads no byte behind a NUL. */
static unsigned utf8_length(const unsigned char *s)
{
	unsigned length = s[0] < 0x80   ? 1
			  : s[0] < 0xc2 ? 0
			  : s[0] < 0xe0 ? 2
			  : s[0] < 0xf0 ? 3
			  : s[0] < 0xf5 ? 4
					: 0;

	for (unsigned i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (length < 3)
		return length;
	if (s[0] == 0xe0 && s[1] < 0xa0) /* overlong */
		return 0;
	if (s[0] == 0xed && s[1] > 0x9f) /* a surrogate */
		return 0;
	if (s[0] == 0xf0 && s[1] < 0x90) /* overlong */
		return 0;
	if (s[0] == 0xf4 && s[1] > 0x8f) /* above U+10FFFF */
		return 0;
	return length;
}

uint32_t assay_utf8_next(const char **s)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	const unsigned char *at = (const unsigned char *)*s;
	unsigned length = utf8_length(at);
	uint32_t character;

	if (*at == 0)
		return 0;
	if (length == 0) {
		*s += 1;
		return ASSAY_REPLACEMENT;
	}
	character = at[0] & first_bits[length];
	for (unsigned i = 1; i < length; i++)
		character = character << 6 | (at[i] & 0x3f);
	*s += length;
	return character;
}

void assay_utf8_put(FILE *out, uint32_t c)
{
	if (c < 0x80) {
		putc((int)c, out);
		return;
	}
	if (c < 0x800) {
		putc((int)(0xc0 | c >> 6), out);
	} else {
		if (c < 0x10000) {
			putc((int)(0xe0 | c >> 12), out);
		} else {
			putc((int)(0xf0 | c >> 18), out);
			putc((int)(0x80 | (c >> 12 & 0x3f)), out);
		}
		putc((int)(0x80 | (c >> 6 & 0x3f)), out);
	}
	putc((int)(0x80 | (c & 0x3f)), out);
}

void assay_print_clean(FILE *out, const char *s)
{
	uint32_t c;

	while (s && (c = assay_utf8_next(&s)) != 0) {
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			fprintf(out, "\\x%02x", (unsigned)c);
		else
			assay_utf8_put(out, c);
	}
}

bool assay_reader_gone(FILE *out)
{
	struct pollfd p = { .fd = fileno(out), .events = POLLOUT };

	return p.fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLERR);
}

void assay_print_section(FILE *out, const char *section, void (*put)(FILE *out, const char *s))
{
	size_t digits = strspn(section, "0123456789");

	if (section[digits] == ':')
		fprintf(out, "RFC %.*s section ", (int)digits, section);
	else if (digits)
		fputs("RFC 7143 section ", out);
	else if (section[0] && (!section[1] || section[1] == '.')) /* "C" */
		fputs("RFC 7143 appendix ", out);
	put(out, section[digits] == ':' ? section + digits + 1 : section);
}
