/* mutator_stream.c - an input taken apart into PDUs, and written again; see mutator_private.h. It judges nothing: what is no PDU is a tail. */
#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/pdu.h"
#include "fuzz/mutator_private.h"

#define BOTH (ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST)

/* Is what follows the end, or a PDU of a type that there is? */
static bool goes_on(const uint8_t *at, size_t left, size_t used, size_t lead)
{
	return used == left || (left - used > lead && assay_opcode_name(at[used + lead] & 0x3f));
}

/* The digests that a PDU carries are those that come out right, most of them first; else what the one before it had, or none, by what follows. */
static long decode(struct assay_pdu *out, unsigned *digests, const struct assay_fuzz_entry *entry,
	const uint8_t *at, size_t left)
{
	long used;

	for (unsigned tried = BOTH; !entry->digests_in_prefix && tried > 0; tried--) {
		used = assay_pdu_decode(out, at, left, tried);
		if (used > 0 && !out->bad_digests && out->digests) {
			*digests = tried == BOTH || !out->data_length ? *digests | out->digests : tried;
			return assay_pdu_decode(out, at, left, *digests);
		}
	}
	used = assay_pdu_decode(out, at, left, *digests);
	if (entry->digests_in_prefix || (used > 0 && goes_on(at, left, (size_t)used, entry->lead)))
		return used;
	used = assay_pdu_decode(out, at, left, 0);
	if (used > 0 && goes_on(at, left, (size_t)used, entry->lead)) {
		*digests = 0;
		return used;
	}
	return assay_pdu_decode(out, at, left, *digests);
}

bool assay_fuzz_stream_read(
	struct assay_fuzz_stream *out, const struct assay_fuzz_entry *entry, const uint8_t *data, size_t size)
{
	unsigned digests = 0;
	size_t at = entry->prefix;

	if (size < entry->prefix || entry->prefix > sizeof(out->prefix))
		return false;
	out->entry = entry;
	out->count = 0;
	memcpy(out->prefix, data, entry->prefix);
	if (entry->digests_in_prefix)
		digests = data[0] & BOTH;
	while (out->count < ASSAY_FUZZ_PIECES_MAX && size - at > entry->lead) {
		struct assay_fuzz_piece *piece = &out->pieces[out->count];
		struct assay_pdu pdu;
		long used = decode(&pdu, &digests, entry, data + at + entry->lead, size - at - entry->lead);

		if (used < 0)
			break;
		*piece = (struct assay_fuzz_piece){ .lead = data + at,
			.ahs = pdu.ahs,
			.ahs_length = pdu.ahs_length,
			.data = pdu.data,
			.data_length = pdu.data_length,
			.digests = (uint8_t)digests,
			.spoilt = pdu.bad_digests };
		memcpy(piece->bhs, pdu.bhs, ASSAY_BHS_LENGTH);
		out->count++;
		at += entry->lead + (size_t)used;
	}
	out->tail = data + at;
	out->tail_length = size - at;
	return true;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t length)
{
	if (length)
		memcpy(at, bytes, length);
	memset(at + length, 0, assay_padded(length) - length);
	return at + assay_padded(length);
}

static uint8_t *put_digest(uint8_t *at, const uint8_t *of, bool spoilt)
{
	assay_put_be32(at, assay_digest(of, (size_t)(at - of)) ^ (spoilt ? 1 : 0));
	return at + 4;
}

static size_t piece_write(uint8_t *out, size_t capacity, const struct assay_fuzz_piece *p, size_t lead)
{
	size_t most = lead + ASSAY_BHS_LENGTH + 4 + assay_padded(p->ahs_length) +
		      assay_padded(p->data_length) + 4;
	uint8_t *bhs = out + lead, *at = bhs + ASSAY_BHS_LENGTH, *data;

	if (most > capacity)
		return 0;
	memcpy(out, p->lead, lead);
	memcpy(bhs, p->bhs, ASSAY_BHS_LENGTH);
	if (!p->lies) {
		bhs[4] = (uint8_t)(assay_padded(p->ahs_length) / 4);
		assay_put_be24(bhs + 5, p->data_length);
	}
	at = put(at, p->ahs, p->ahs_length);
	if (p->digests & ASSAY_HEADER_DIGEST)
		at = put_digest(at, bhs, p->spoilt & ASSAY_HEADER_DIGEST);
	data = at;
	at = put(at, p->data, p->data_length);
	if ((p->digests & ASSAY_DATA_DIGEST) && p->data_length)
		at = put_digest(at, data, p->spoilt & ASSAY_DATA_DIGEST);
	return (size_t)(at - out);
}

size_t assay_fuzz_stream_write(uint8_t *out, size_t capacity, const struct assay_fuzz_stream *s)
{
	size_t used = s->entry->prefix, tail = s->tail_length;

	if (used > capacity)
		return 0;
	memcpy(out, s->prefix, used);
	for (size_t i = 0; i < s->count; i++)
		used += piece_write(out + used, capacity - used, &s->pieces[i], s->entry->lead);
	if (tail > capacity - used)
		tail = capacity - used;
	if (tail)
		memcpy(out + used, s->tail, tail);
	return used + tail;
}
