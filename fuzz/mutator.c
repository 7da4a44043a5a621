/* mutator.c - the mutator from outside: which kind of change, how many, and crossover; see mutator.h. */
#include "fuzz/mutator.h"

#include <string.h>

#include "codec/random.h"
#include "fuzz/mutator_private.h"

#define BLIND_OF_8 2 /* of eight inputs, this many are changed without looking */

static struct assay_fuzz_stream first, second;

uint32_t assay_fuzz_below(struct assay_fuzz_random *r, uint32_t n)
{
	return (uint32_t)(assay_splitmix(&r->state) >> 32) % n;
}

static size_t mutate_pdus(struct assay_fuzz_change *c, const struct assay_fuzz_entry *entry, uint8_t *data,
	size_t size, size_t max)
{
	static uint8_t copy[1 << 16];
	unsigned changes = 1 + assay_fuzz_below(&c->random, 3);

	if (size > sizeof(copy))
		return c->blind(data, size, max);
	memcpy(copy, data, size); /* the pieces are views, and data is written over */
	if (!assay_fuzz_stream_read(&first, entry, copy, size))
		return c->blind(data, size, max);
	c->stream = &first;
	assay_fuzz_scratch_reset();
	while (changes--)
		assay_fuzz_change_pdus(c);
	return assay_fuzz_stream_write(data, max, &first);
}

size_t assay_fuzz_mutate(const struct assay_fuzz_entry *entry, uint8_t *data, size_t size, size_t max,
	unsigned seed, assay_fuzz_blind_fn *blind)
{
	struct assay_fuzz_change c = { .random = { seed }, .blind = blind };
	size_t made = 0;

	if (entry->shape == ASSAY_FUZZ_BYTES || assay_fuzz_below(&c.random, 8) < BLIND_OF_8)
		return blind(data, size, max);
	if (entry->shape == ASSAY_FUZZ_PDUS)
		made = mutate_pdus(&c, entry, data, size, max);
	else if (size >= entry->prefix && !(entry->prefix && assay_fuzz_below(&c.random, 8) == 0))
		made = entry->prefix + assay_fuzz_change_text(&c, data + entry->prefix, size - entry->prefix,
					       max - entry->prefix);
	else if (entry->prefix && size >= entry->prefix) {
		data[assay_fuzz_below(&c.random, (uint32_t)entry->prefix)] = (uint8_t)assay_fuzz_below(
			&c.random, 256);
		made = size;
	}
	return made ? made : blind(data, size, max);
}

/* Up to a PDU of the one, from a PDU of the other on; or one PDU of the other put in. */
static size_t cross_pdus(
	const struct assay_fuzz_entry *entry, struct assay_fuzz_random *r, uint8_t *out, size_t max)
{
	size_t from, count, cut = assay_fuzz_below(r, (uint32_t)first.count + 1);

	if (!second.count)
		return 0;
	from = assay_fuzz_below(r, (uint32_t)second.count);
	count = assay_fuzz_below(r, 2) ? 1 : second.count - from;
	if (count > ASSAY_FUZZ_PIECES_MAX - cut)
		count = ASSAY_FUZZ_PIECES_MAX - cut;
	if (count == 1 && first.count < ASSAY_FUZZ_PIECES_MAX) {
		memmove(&first.pieces[cut + 1], &first.pieces[cut],
			(first.count - cut) * sizeof(first.pieces[0]));
		first.count++;
	} else {
		first.count = cut + count;
		first.tail_length = 0;
	}
	memcpy(&first.pieces[cut], &second.pieces[from], count * sizeof(first.pieces[0]));
	for (size_t i = 0; entry->digests_in_prefix && i < first.count; i++)
		first.pieces[i].digests = first.prefix[0] & (ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST);
	return assay_fuzz_stream_write(out, max, &first);
}

/* The end of the pair that at lies in. */
static size_t pair_end(const uint8_t *text, size_t size, size_t at)
{
	const uint8_t *nul = at < size ? memchr(text + at, 0, size - at) : NULL;

	return nul ? (size_t)(nul - text) + 1 : size;
}

static size_t cross_text(struct assay_fuzz_random *r, const uint8_t *a, size_t a_size, const uint8_t *b,
	size_t b_size, uint8_t *out, size_t max)
{
	size_t head = pair_end(a, a_size, assay_fuzz_below(r, (uint32_t)a_size + 1));
	size_t from = pair_end(b, b_size, assay_fuzz_below(r, (uint32_t)b_size + 1));
	size_t rest = b_size - from;

	if (head > max)
		head = max;
	if (rest > max - head)
		rest = max - head;
	memcpy(out, a, head);
	memcpy(out + head, b + from, rest);
	return head + rest;
}

size_t assay_fuzz_cross(const struct assay_fuzz_entry *entry, const uint8_t *a, size_t a_size,
	const uint8_t *b, size_t b_size, uint8_t *out, size_t max, unsigned seed)
{
	struct assay_fuzz_random r = { seed };
	size_t prefix = entry->prefix;

	if (entry->shape == ASSAY_FUZZ_PDUS && assay_fuzz_stream_read(&first, entry, a, a_size) &&
		assay_fuzz_stream_read(&second, entry, b, b_size))
		return cross_pdus(entry, &r, out, max);
	if (entry->shape != ASSAY_FUZZ_TEXT || a_size < prefix || b_size < prefix || max < prefix)
		return 0;
	memcpy(out, a, prefix);
	return prefix + cross_text(&r, a + prefix, a_size - prefix, b + prefix, b_size - prefix, out + prefix,
				max - prefix);
}
