/*
 * mutator_pdu.c - the changes of PDUs: a table of them with their weights. Fields come from codec/layout.h, so that a change sets what the PDU
 * really has. After a change lengths and digests are right, unless the change was to make them wrong.
 */
#include <string.h>

#include "codec/ahs.h"
#include "codec/bytes.h"
#include "codec/layout.h"
#include "fuzz/mutator_private.h"

#define BOTH         (ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Where changed segments lie until the input is written. */
static uint8_t scratch[1 << 16];
static size_t scratch_used;

void assay_fuzz_scratch_reset(void)
{
	scratch_used = 0;
}

/* Room for a segment that starts as a copy; NULL: there is no more. */
static uint8_t *scratch_copy(const uint8_t *bytes, size_t length, size_t room)
{
	uint8_t *at = scratch + scratch_used;

	if (length > room || sizeof(scratch) - scratch_used < room)
		return NULL;
	scratch_used += room;
	if (length)
		memcpy(at, bytes, length);
	return at;
}

static struct assay_fuzz_piece *any_piece(struct assay_fuzz_change *c)
{
	return &c->stream->pieces[assay_fuzz_below(&c->random, (uint32_t)c->stream->count)];
}

static uint8_t opcode_of(const struct assay_fuzz_piece *p)
{
	return p->bhs[0] & 0x3f;
}

/* --- fields --- */

static uint64_t entry_get(const uint8_t *bhs, const struct assay_layout_entry *e)
{
	uint64_t value = 0;

	if (e->bits < 8)
		return (bhs[e->byte] >> e->shift) & ((1u << e->bits) - 1);
	for (unsigned i = 0; i < e->bits / 8u; i++)
		value = value << 8 | bhs[e->byte + i];
	return value;
}

static void entry_put(uint8_t *bhs, const struct assay_layout_entry *e, uint64_t value)
{
	if (e->bits < 8) {
		uint8_t mask = (uint8_t)(((1u << e->bits) - 1) << e->shift);

		bhs[e->byte] = (uint8_t)((bhs[e->byte] & ~mask) | ((value << e->shift) & mask));
		return;
	}
	for (unsigned i = e->bits / 8u; i-- > 0; value >>= 8)
		bhs[e->byte + i] = (uint8_t)value;
}

static const struct assay_layout_entry *any_entry(
	struct assay_fuzz_change *c, const struct assay_fuzz_piece *p)
{
	const struct assay_layout *layout = assay_layout_of(opcode_of(p));

	return &layout->entries[assay_fuzz_below(&c->random, (uint32_t)layout->count)];
}

/* A value where things turn, near the one that is there, or any. */
static uint64_t some_value(struct assay_fuzz_change *c, uint64_t now, unsigned bits)
{
	static const uint64_t turns[] = { 0, 1, 2, 3, 4, 8, 16, 255, 256, 512, 4096, 8192, 65535, 65536,
		262144, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	uint64_t top = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

	switch (assay_fuzz_below(&c->random, 6)) {
	case 0: return now + 1;
	case 1: return now - 1;
	case 2: return now ^ UINT64_C(1) << assay_fuzz_below(&c->random, bits);
	case 3: return turns[assay_fuzz_below(&c->random, COUNT(turns))];
	case 4: return top - assay_fuzz_below(&c->random, 2);
	default:
		return (uint64_t)assay_fuzz_below(&c->random, UINT32_MAX) << 32 |
		       assay_fuzz_below(&c->random, UINT32_MAX);
	}
}

static void change_field(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c);
	const struct assay_layout_entry *e = any_entry(c, p);

	if (e->bits > 64) /* the CDB */
		p->bhs[e->byte + assay_fuzz_below(&c->random, e->bits / 8u)] = (uint8_t)some_value(c, 0, 8);
	else
		entry_put(p->bhs, e, some_value(c, entry_get(p->bhs, e), e->bits));
}

/* The same field of another PDU, or one more or less: tags and numbers then belong together. */
static void change_field_to_others(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c), *from = any_piece(c);
	const struct assay_layout_entry *e = any_entry(c, p);
	const struct assay_layout_entry *theirs = assay_layout_find(
		opcode_of(from), assay_field_at(e->field)->member);

	if (theirs && e->byte > 3 && e->bits <= 64)
		entry_put(p->bhs, e, entry_get(from->bhs, theirs) + assay_fuzz_below(&c->random, 3) - 1);
}

static uint8_t any_opcode(struct assay_fuzz_change *c)
{
	if (assay_fuzz_below(&c->random, 16) == 0)
		return (uint8_t)assay_fuzz_below(&c->random, 64);
	return assay_opcodes[assay_fuzz_below(&c->random, COUNT(assay_opcodes))];
}

static void change_opcode(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c);

	p->bhs[0] = (uint8_t)((p->bhs[0] & 0xc0) | any_opcode(c));
}

static void change_reserved(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c);
	const uint8_t *reserved = assay_layout_reserved(opcode_of(p));
	unsigned at = assay_fuzz_below(&c->random, ASSAY_BHS_LENGTH);

	for (unsigned i = 0; i < ASSAY_BHS_LENGTH && !reserved[at]; i++)
		at = (at + 1) % ASSAY_BHS_LENGTH;
	p->bhs[at] ^= (uint8_t)(reserved[at] & (1u << assay_fuzz_below(&c->random, 8)));
}

/* CmdSN, ExpStatSN, StatSN or DataSN made to follow on each other from a PDU on, as a sender that keeps count has them. */
static void change_numbering(struct assay_fuzz_change *c)
{
	static const char *const names[] = { "cmd_sn", "exp_stat_sn", "stat_sn", "data_sn", "itt" };
	const char *name = names[assay_fuzz_below(&c->random, COUNT(names))];
	size_t i = assay_fuzz_below(&c->random, (uint32_t)c->stream->count);
	bool known = false;
	uint64_t value = 0;

	for (; i < c->stream->count; i++) {
		struct assay_fuzz_piece *p = &c->stream->pieces[i];
		const struct assay_layout_entry *e = assay_layout_find(opcode_of(p), name);

		if (!e)
			continue;
		if (known)
			entry_put(p->bhs, e, value);
		value = entry_get(p->bhs, e) +
			!(p->bhs[0] & 0x40 && name[0] == 'c'); /* immediate: no CmdSN of its own */
		known = true;
	}
}

static void change_cdb(struct assay_fuzz_change *c)
{
	static const uint8_t operations[] = { 0x00, 0x03, 0x12, 0x15, 0x16, 0x17, 0x1a, 0x1b, 0x1d, 0x25,
		0x28, 0x2a, 0x2e, 0x2f, 0x34, 0x35, 0x41, 0x42, 0x4d, 0x53, 0x55, 0x5a, 0x5e, 0x5f, 0x7f,
		0x83, 0x88, 0x89, 0x8a, 0x8e, 0x8f, 0x93, 0x9e, 0xa0, 0xa3, 0xa8, 0xaa };
	struct assay_fuzz_piece *p = any_piece(c);

	if (opcode_of(p) != ASSAY_SCSI_COMMAND)
		return;
	if (assay_fuzz_below(&c->random, 2))
		p->bhs[32] = operations[assay_fuzz_below(&c->random, COUNT(operations))];
	else
		p->bhs[32 + assay_fuzz_below(&c->random, 16)] = (uint8_t)some_value(c, 0, 8);
}

/* --- segments --- */

static void change_ahs(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c);
	uint8_t specific[64], *ahs = scratch_copy(p->ahs, p->ahs_length, ASSAY_AHS_MAX);
	uint8_t type = (uint8_t)assay_fuzz_below(&c->random, 4);
	long length;

	if (!ahs)
		return;
	for (size_t i = 0; i < sizeof(specific); i++)
		specific[i] = (uint8_t)assay_fuzz_below(&c->random, 256);
	switch (assay_fuzz_below(&c->random, 3)) {
	case 0:
		length = assay_ahs_append(ahs, ASSAY_AHS_MAX, p->ahs_length, type, specific,
			type == ASSAY_AHS_BIDI_READ_LENGTH
				? 5
				: (uint16_t)(1 + assay_fuzz_below(&c->random, 60)));
		break;
	case 1: length = 4 * (long)assay_fuzz_below(&c->random, p->ahs_length / 4 + 1); break;
	default: length = (long)c->blind(ahs, p->ahs_length, ASSAY_AHS_MAX); break;
	}
	if (length < 0)
		return;
	memset(ahs + length, 0, assay_padded((size_t)length) - (size_t)length);
	p->ahs = ahs;
	p->ahs_length = (uint32_t)assay_padded((size_t)length);
}

static bool has_text(const struct assay_fuzz_piece *p)
{
	return (opcode_of(p) & 0x1f) == ASSAY_LOGIN_REQUEST || (opcode_of(p) & 0x1f) == ASSAY_TEXT_REQUEST;
}

static void change_data(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c);
	uint8_t *data = scratch_copy(p->data, p->data_length, ASSAY_FUZZ_SEGMENT_MAX);

	if (!data)
		return;
	p->data = data;
	if (has_text(p) && assay_fuzz_below(&c->random, 8))
		p->data_length = (uint32_t)assay_fuzz_change_text(
			c, data, p->data_length, ASSAY_FUZZ_SEGMENT_MAX);
	else
		p->data_length = (uint32_t)c->blind(data, p->data_length, ASSAY_FUZZ_SEGMENT_MAX);
}

/* A segment of another length, zeros or what was there. */
static void change_data_length(struct assay_fuzz_change *c)
{
	static const uint32_t lengths[] = { 0, 1, 3, 4, 16, 512, 513, 1024, 2048 };
	struct assay_fuzz_piece *p = any_piece(c);
	uint32_t length = lengths[assay_fuzz_below(&c->random, COUNT(lengths))];
	uint8_t *data = scratch_copy(p->data, p->data_length, ASSAY_FUZZ_SEGMENT_MAX);

	if (!data)
		return;
	if (length > p->data_length)
		memset(data + p->data_length, 0, length - p->data_length);
	p->data = data;
	p->data_length = length;
}

/* The header says another length than there is: all that follows is read at another place. */
static void change_length_said(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c);

	if (!p->lies) {
		p->bhs[4] = (uint8_t)(assay_padded(p->ahs_length) / 4);
		assay_put_be24(p->bhs + 5, p->data_length);
	}
	p->lies = true;
	if (assay_fuzz_below(&c->random, 3) == 0)
		p->bhs[4] = (uint8_t)some_value(c, p->bhs[4], 8);
	else
		assay_put_be24(p->bhs + 5,
			(uint32_t)some_value(c, assay_get_be24(p->bhs + 5), 24) & ASSAY_DATA_SEGMENT_MAX);
}

/* --- digests --- */

static void change_digests(struct assay_fuzz_change *c)
{
	struct assay_fuzz_stream *s = c->stream;
	uint8_t digests = (uint8_t)assay_fuzz_below(&c->random, BOTH + 1);
	size_t i = s->entry->digests_in_prefix ? 0 : assay_fuzz_below(&c->random, (uint32_t)s->count);

	if (s->entry->digests_in_prefix)
		s->prefix[0] = (uint8_t)((s->prefix[0] & ~BOTH) | digests);
	for (; i < s->count; i++)
		s->pieces[i].digests = digests;
}

static void spoil_digest(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *p = any_piece(c);

	p->spoilt ^= (uint8_t)(1 + assay_fuzz_below(&c->random, BOTH));
}

/* --- the stream --- */

static void insert_copy(struct assay_fuzz_change *c, const struct assay_fuzz_piece *from)
{
	struct assay_fuzz_stream *s = c->stream;
	size_t at = assay_fuzz_below(&c->random, (uint32_t)s->count + 1);
	struct assay_fuzz_piece copy = *from;

	if (s->count == ASSAY_FUZZ_PIECES_MAX)
		return;
	memmove(&s->pieces[at + 1], &s->pieces[at], (s->count - at) * sizeof(s->pieces[0]));
	s->pieces[at] = copy;
	s->count++;
}

static void repeat_pdu(struct assay_fuzz_change *c)
{
	insert_copy(c, any_piece(c));
}

/* A new one of any type, with the tags and numbers of one that is there. */
static void insert_pdu(struct assay_fuzz_change *c)
{
	static const uint8_t no_lead[16];
	struct assay_fuzz_piece fresh = { .lead = no_lead };

	if (c->stream->count)
		fresh = *any_piece(c);
	memset(fresh.bhs + 32, 0, 16);
	fresh.ahs_length = 0;
	fresh.data_length = 0;
	fresh.lies = false;
	fresh.bhs[0] = any_opcode(c);
	fresh.bhs[1] = 0x80;
	insert_copy(c, &fresh);
}

static void drop_pdu(struct assay_fuzz_change *c)
{
	struct assay_fuzz_stream *s = c->stream;
	size_t at = assay_fuzz_below(&c->random, (uint32_t)s->count);

	memmove(&s->pieces[at], &s->pieces[at + 1], (s->count - at - 1) * sizeof(s->pieces[0]));
	s->count--;
}

static void swap_pdus(struct assay_fuzz_change *c)
{
	struct assay_fuzz_piece *a = any_piece(c), *b = any_piece(c), kept = *a;

	*a = *b;
	*b = kept;
}

static void cut_end(struct assay_fuzz_change *c)
{
	if (c->stream->tail_length)
		c->stream->tail_length = assay_fuzz_below(&c->random, (uint32_t)c->stream->tail_length);
	else
		c->stream->count = 1 + assay_fuzz_below(&c->random, (uint32_t)c->stream->count);
}

/* What the entry itself put before PDUs, or before all of them. */
static void change_own(struct assay_fuzz_change *c)
{
	const struct assay_fuzz_entry *entry = c->stream->entry;
	uint32_t all = (uint32_t)(entry->prefix + entry->lead), at;
	struct assay_fuzz_piece *p = any_piece(c);
	uint8_t *lead = scratch_copy(p->lead, entry->lead, entry->lead);

	if (!all || !lead)
		return;
	at = assay_fuzz_below(&c->random, all);
	if (at < entry->lead) {
		lead[at] = (uint8_t)some_value(c, lead[at], 8);
		p->lead = lead;
	} else {
		c->stream->prefix[at - entry->lead] = (uint8_t)some_value(
			c, c->stream->prefix[at - entry->lead], 8);
	}
}

static const struct {
	void (*change)(struct assay_fuzz_change *c);
	unsigned weight;
} changes[] = {
	{ change_field, 20 },
	{ change_field_to_others, 10 },
	{ change_opcode, 4 },
	{ change_reserved, 2 },
	{ change_numbering, 6 },
	{ change_cdb, 6 },
	{ change_ahs, 4 },
	{ change_data, 20 },
	{ change_data_length, 4 },
	{ change_length_said, 3 },
	{ change_digests, 3 },
	{ spoil_digest, 2 },
	{ repeat_pdu, 6 },
	{ insert_pdu, 6 },
	{ drop_pdu, 6 },
	{ swap_pdus, 4 },
	{ cut_end, 2 },
	{ change_own, 6 },
};

void assay_fuzz_change_pdus(struct assay_fuzz_change *c)
{
	unsigned all = 0, chosen, i = 0;

	if (!c->stream->count) {
		insert_pdu(c);
		return;
	}
	for (size_t k = 0; k < COUNT(changes); k++)
		all += changes[k].weight;
	chosen = assay_fuzz_below(&c->random, all);
	while (chosen >= changes[i].weight)
		chosen -= changes[i++].weight;
	changes[i].change(c);
}
