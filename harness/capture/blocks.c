/* blocks.c - the block reader of pcapng; see blocks.h. It keeps the interfaces of a section and nothing else. */
#include "capture/blocks.h"

#include <string.h>

#define SECTION       0x0a0d0d0au
#define INTERFACE     1u
#define PACKET_OLD    2u
#define PACKET_SIMPLE 3u
#define PACKET        6u
#define MAGIC         0x1a2b3c4du
#define NANO          UINT64_C(1000000000)

enum option { END = 0, COMMENT = 1, RESOLUTION = 9, OFFSET = 14 };

static uint32_t get32(const struct assay_blocks *b, const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return b->swapped ? __builtin_bswap32(v) : v;
}

static uint16_t get16(const struct assay_blocks *b, const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return b->swapped ? __builtin_bswap16(v) : v;
}

static size_t padded(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

bool assay_blocks_is(const uint8_t *bytes, size_t length)
{
	static const uint8_t section[] = { 0x0a, 0x0d, 0x0d, 0x0a };

	return length >= 4 && memcmp(bytes, section, 4) == 0;
}

/* Finds an option; returns its length, -1 when it is not there or the list is malformed. */
static long find_option(
	const uint8_t **out, const struct assay_blocks *b, enum option code, const uint8_t *at, size_t length)
{
	while (length >= 4) {
		unsigned this = get16(b, at);
		size_t value = get16(b, at + 2);

		if (this == END || value > length - 4)
			return -1;
		if (this == code) {
			*out = at + 4;
			return (long)value;
		}
		if (padded(value) > length - 4)
			return -1;
		at += 4 + padded(value);
		length -= 4 + padded(value);
	}
	return -1;
}

/* Time stamps of any resolution as nanoseconds. */
static uint64_t nanoseconds(uint64_t stamp, const struct assay_interface *i)
{
	uint64_t divisor = 1, seconds, part;
	unsigned power = i->resolution & 0x7f;

	if (i->resolution & 0x80) {
		if (power > 63)
			return 0;
		divisor = UINT64_C(1) << power;
	} else {
		for (unsigned n = 0; n < power && n < 19; n++)
			divisor *= 10;
	}
	seconds = stamp / divisor + (uint64_t)i->offset;
	part = (uint64_t)((unsigned __int128)(stamp % divisor) * NANO / divisor);
	return seconds * NANO + part;
}

static int take_interface(struct assay_blocks *b, const uint8_t *body, size_t length, struct assay_error *err)
{
	struct assay_interface *i;
	const uint8_t *value;

	if (length < 8)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"at byte %llu: an interface of %zu bytes; 8 at least", (unsigned long long)b->place,
			length);
	if (b->interface_count == ASSAY_BLOCK_INTERFACES)
		return assay_error_set(err, ASSAY_E_LIMIT,
			"at byte %llu: more than %d interfaces in a section", (unsigned long long)b->place,
			ASSAY_BLOCK_INTERFACES);
	i = &b->interfaces[b->interface_count++];
	*i = (struct assay_interface){ .link = get16(b, body), .snap = get32(b, body + 4), .resolution = 6 };
	if (find_option(&value, b, RESOLUTION, body + 8, length - 8) == 1)
		i->resolution = value[0];
	if (find_option(&value, b, OFFSET, body + 8, length - 8) == 8) {
		uint64_t low = get32(b, value), high = get32(b, value + 4);

		i->offset = (int64_t)(b->swapped ? low << 32 | high : high << 32 | low);
	}
	return 0;
}

/* Where the fields of a packet block stand. */
struct place {
	uint32_t interface, captured, length;
	uint64_t stamp;
	size_t head; /* bytes before the packet's */
};

static bool read_place(
	struct place *p, const struct assay_blocks *b, uint32_t type, const uint8_t *body, size_t length)
{
	*p = (struct place){ .head = type == PACKET_SIMPLE ? 4 : 20 };
	if (length < p->head)
		return false;
	if (type == PACKET_SIMPLE) {
		p->length = p->captured = get32(b, body);
		if (p->captured > length - p->head)
			p->captured = (uint32_t)(length - p->head);
		if (b->interface_count && b->interfaces[0].snap && p->captured > b->interfaces[0].snap)
			p->captured = b->interfaces[0].snap;
		return true;
	}
	p->interface = type == PACKET ? get32(b, body) : get16(b, body);
	p->stamp = (uint64_t)get32(b, body + 4) << 32 | get32(b, body + 8);
	p->captured = get32(b, body + 12);
	p->length = get32(b, body + 16);
	return p->captured <= length - p->head;
}

static int take_packet(struct assay_packet *out, struct assay_blocks *b, uint32_t type, const uint8_t *body,
	size_t length, struct assay_error *err)
{
	struct place p;
	const uint8_t *comment = NULL;
	size_t end;
	long comment_length;

	if (!read_place(&p, b, type, body, length))
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"at byte %llu: a packet that is longer than its block", (unsigned long long)b->place);
	if (p.interface >= b->interface_count)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"at byte %llu: a packet of interface %u; the section has %u",
			(unsigned long long)b->place, p.interface, b->interface_count);
	*out = (struct assay_packet){ .frame = ++b->frames,
		.link = b->interfaces[p.interface].link,
		.bytes = body + p.head,
		.captured = p.captured,
		.length = p.length };
	if (type != PACKET_SIMPLE)
		out->time = nanoseconds(p.stamp, &b->interfaces[p.interface]);
	end = p.head + padded(p.captured);
	if (type == PACKET_SIMPLE || end >= length)
		return 0;
	comment_length = find_option(&comment, b, COMMENT, body + end, length - end);
	if (comment_length > 0) {
		out->comment = (const char *)comment;
		out->comment_length = (uint32_t)comment_length;
	}
	return 0;
}

/* A section's byte order, before its length can be read. */
static int begin_section(struct assay_blocks *b, const uint8_t *bytes, struct assay_error *err)
{
	uint32_t magic;

	memcpy(&magic, bytes + 8, sizeof(magic));
	if (magic != MAGIC && magic != __builtin_bswap32(MAGIC))
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"at byte %llu: a section of pcapng with the byte order 0x%08x; 0x1a2b3c4d is needed",
			(unsigned long long)b->place, magic);
	b->swapped = magic != MAGIC;
	b->begun = true;
	b->interface_count = 0;
	return 0;
}

/* The block's length, 0 when more bytes are needed, or an error. */
static long measure(
	size_t *need, struct assay_blocks *b, const uint8_t *bytes, size_t length, struct assay_error *err)
{
	uint32_t total;
	int r;

	*need = 12;
	if (length < 12)
		return 0;
	if (assay_blocks_is(bytes, length)) {
		r = begin_section(b, bytes, err);
		if (r < 0)
			return r;
	} else if (!b->begun) {
		return assay_error_set(err, ASSAY_E_SYNTAX, "does not begin with a section of pcapng");
	}
	total = get32(b, bytes + 4);
	if (total < 12 || total % 4 || total > ASSAY_BLOCK_MAX)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"at byte %llu: a block of %u bytes; a multiple of 4 from 12 to %u is allowed",
			(unsigned long long)b->place, total, ASSAY_BLOCK_MAX);
	*need = total;
	return length < total ? 0 : (long)total;
}

bool assay_blocks_hole(size_t *from, size_t *to, const struct assay_blocks *b,
	const struct assay_hole_rule *rule, const uint8_t *bytes, size_t length)
{
	uint32_t type = get32(b, bytes), total = get32(b, bytes + 4);
	struct place p;

	if ((type != PACKET && type != PACKET_OLD) || length < ASSAY_BLOCK_HEAD)
		return false;
	if (!read_place(&p, b, type, bytes + 8, total - 12))
		return false;
	*from = length;
	*to = ASSAY_BLOCK_HEAD + p.captured - (p.captured < rule->tail ? p.captured : rule->tail);
	return length >= ASSAY_BLOCK_HEAD + rule->head && *to > length;
}

long assay_blocks_next(struct assay_packet *out, bool *packet, size_t *need, struct assay_blocks *b,
	const uint8_t *bytes, size_t length, struct assay_error *err)
{
	long total = measure(need, b, bytes, length, err);
	uint32_t type;
	int r = 0;

	*packet = false;
	if (total <= 0)
		return total;
	type = get32(b, bytes);
	if (get32(b, bytes + total - 4) != (uint32_t)total)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"at byte %llu: a block of %ld bytes that ends with another length",
			(unsigned long long)b->place, total);
	if (type == INTERFACE) {
		r = take_interface(b, bytes + 8, (size_t)total - 12, err);
	} else if (type == PACKET || type == PACKET_SIMPLE || type == PACKET_OLD) {
		r = take_packet(out, b, type, bytes + 8, (size_t)total - 12, err);
		*packet = r == 0;
	}
	b->place += (uint64_t)total;
	return r < 0 ? r : total;
}
