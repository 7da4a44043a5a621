/* blocks_out.c - see blocks_out.h. draft-ietf-opsawg-pcapng: SHB, IDB, EPB, in the writer's byte order, of which the first block tells. */
#include "capture/blocks_out.h"

#include <string.h>

#define SECTION   0x0a0d0d0au
#define INTERFACE 1u
#define PACKET    6u

enum option { OPT_END = 0, OPT_COMMENT = 1, SHB_USERAPPL = 4, IF_TSRESOL = 9 };

static void put(struct assay_blocks_out *b, const void *bytes, size_t length)
{
	if (length > 0 && !b->failed && fwrite(bytes, 1, length, b->file) != length)
		b->failed = true;
}

static void put32(struct assay_blocks_out *b, uint32_t v)
{
	put(b, &v, sizeof(v));
}

static size_t padded(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

static size_t option_length(size_t length)
{
	return length > 0 ? 4 + padded(length) : 0;
}

/* Nothing at all for an empty value. */
static void put_option(struct assay_blocks_out *b, uint16_t code, const void *value, size_t length)
{
	const uint16_t head[2] = { code, (uint16_t)length };

	if (length == 0)
		return;
	put(b, head, sizeof(head));
	put(b, value, length);
	put(b, "\0\0\0", padded(length) - length);
}

void assay_block_section(struct assay_blocks_out *b, const char *comment)
{
	static const char application[] = "iscsi-assay";
	const uint16_t version[2] = { 1, 0 };
	size_t words = comment ? strnlen(comment, ASSAY_COMMENT_MAX) : 0;
	uint32_t length = (uint32_t)(28 + option_length(words) + option_length(sizeof(application) - 1) + 4);

	put32(b, SECTION);
	put32(b, length);
	put32(b, 0x1a2b3c4d);
	put(b, version, sizeof(version));
	put32(b, UINT32_MAX); /* the section's length: not said */
	put32(b, UINT32_MAX);
	put_option(b, OPT_COMMENT, comment, words);
	put_option(b, SHB_USERAPPL, application, sizeof(application) - 1);
	put32(b, OPT_END);
	put32(b, length);
}

void assay_block_interface(struct assay_blocks_out *b, uint16_t link)
{
	const uint16_t links[2] = { link, 0 };
	const uint8_t nanoseconds = 9;
	uint32_t length = (uint32_t)(20 + option_length(1) + 4);

	put32(b, INTERFACE);
	put32(b, length);
	put(b, links, sizeof(links));
	put32(b, 0); /* no snap length */
	put_option(b, IF_TSRESOL, &nanoseconds, 1);
	put32(b, OPT_END);
	put32(b, length);
}

void assay_block_packet(struct assay_blocks_out *b, const struct assay_block_packet *p)
{
	size_t captured = 0;
	size_t words = p->comment_length < ASSAY_COMMENT_MAX ? p->comment_length : ASSAY_COMMENT_MAX;
	uint32_t block;

	for (size_t i = 0; i < p->pieces; i++)
		captured += p->piece[i].length;
	block = (uint32_t)(32 + padded(captured) + (words > 0 ? option_length(words) + 4 : 0));
	put32(b, PACKET);
	put32(b, block);
	put32(b, p->interface);
	put32(b, (uint32_t)(p->time >> 32));
	put32(b, (uint32_t)p->time);
	put32(b, (uint32_t)captured);
	put32(b, p->length);
	for (size_t i = 0; i < p->pieces; i++)
		put(b, p->piece[i].bytes, p->piece[i].length);
	put(b, "\0\0\0", padded(captured) - captured);
	put_option(b, OPT_COMMENT, p->comment, words);
	if (words > 0)
		put32(b, OPT_END);
	put32(b, block);
}
