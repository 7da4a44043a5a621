/* copy.c - see copy.h. */
#include "capture/copy.h"

/* libpcap has numbers of its own for raw IP, which mean other things in a file. */
static uint16_t link_of(uint32_t link)
{
	return link == 12 || link == 14 ? 101 : (uint16_t)link;
}

static uint32_t interface_of(struct assay_copy *c, uint16_t link)
{
	for (uint32_t i = 0; i < c->links; i++)
		if (c->link[i] == link)
			return i;
	if (c->links == ASSAY_COPY_LINKS)
		return c->links - 1;
	assay_block_interface(&c->blocks, link);
	c->link[c->links] = link;
	return c->links++;
}

void assay_copy_begin(struct assay_copy *c, FILE *file, const char *comment)
{
	*c = (struct assay_copy){ .blocks.file = file };
	assay_block_section(&c->blocks, comment);
}

void assay_copy_packet(struct assay_copy *c, const struct assay_packet *p)
{
	const struct assay_piece piece = { p->bytes, p->captured };
	const struct assay_block_packet packet = { .interface = interface_of(c, link_of(p->link)),
		.time = p->time,
		.piece = &piece,
		.pieces = 1,
		.length = p->length,
		.comment = p->comment,
		.comment_length = p->comment_length };

	assay_block_packet(&c->blocks, &packet);
}
