/*
 * mutator_text.c - the changes of key=value text, RFC 7143 section 6.1: pairs added, taken out, repeated, moved, and values where things turn.
 * The keys and what they may hold come from proto/keys.h. In place, within the room that it is given.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz/mutator_private.h"
#include "proto/keys.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PAIRS_MAX    64

/* The bytes of a pair with its NUL, where there is one. */
struct span {
	size_t start, length;
};

static size_t cut_pairs(struct span *out, const uint8_t *text, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < size && count < PAIRS_MAX;) {
		const uint8_t *nul = memchr(text + at, 0, size - at);
		size_t end = nul ? (size_t)(nul - text) + 1 : size;

		out[count++] = (struct span){ at, end - at };
		at = end;
	}
	return count;
}

/* Puts new bytes in place of old ones. Returns the new size; what does not fit changes nothing. */
static size_t replace(
	uint8_t *text, size_t size, size_t max, struct span old, const void *bytes, size_t length)
{
	size_t after = old.start + old.length;

	if (size - old.length + length > max)
		return size;
	memmove(text + old.start + length, text + after, size - after);
	if (length)
		memcpy(text + old.start, bytes, length);
	return size - old.length + length;
}

static const char *some_special(struct assay_fuzz_random *r)
{
	static const char *const values[] = { "None", "Reject", "Irrelevant", "NotUnderstood", "?", "", "Yes",
		"No", "All", "0", "1", "-1", "65535", "65536", "16777215", "16777216", "4294967295",
		"4294967296", "18446744073709551616", "0x0", "0xffffff", "0X1", "00512", "512~8192",
		"8192~512", "CRC32C,None", "None,CRC32C", "CHAP,None", "CHAP", "KRB5", "5", "7,5",
		"Discovery", "Normal", "RFC3720,FastAbort", "0x", "0b", "0bQUJD", "0x414243",
		"iqn.2026-01.test:a", "eui.0123456789abcdef", "naa.52004567ba64678d", "127.0.0.1:3260,1",
		"[::1]:3260,2", "a,,b", "," };

	return values[assay_fuzz_below(r, COUNT(values))];
}

/* A value that the key's row allows, or one beside it. Returns its length. */
static size_t some_value(char *out, size_t capacity, struct assay_fuzz_random *r, const struct assay_key *key)
{
	int length;

	switch (assay_fuzz_below(r, 6)) {
	case 0:
		length = snprintf(out, capacity, "%s", key && key->values ? key->values : some_special(r));
		break;
	case 1:
		length = snprintf(out, capacity, "%s", key && key->initial ? key->initial : some_special(r));
		break;
	case 2:
		length = snprintf(out, capacity, "%u", (key ? key->minimum : 0) + assay_fuzz_below(r, 3) - 1);
		break;
	case 3:
		length = snprintf(out, capacity, "%u", (key ? key->maximum : 0) + assay_fuzz_below(r, 3) - 1);
		break;
	case 4: length = snprintf(out, capacity, "%0*d", (int)(1 + assay_fuzz_below(r, 256)), 1); break;
	default: length = snprintf(out, capacity, "%s", some_special(r)); break;
	}
	return (size_t)length < capacity ? (size_t)length : capacity - 1;
}

static size_t add_pair(struct assay_fuzz_random *r, uint8_t *text, size_t size, size_t max, size_t at)
{
	const struct assay_key *key = assay_key_at((enum assay_key_id)assay_fuzz_below(r, ASSAY_KEY_COUNT));
	char pair[512];
	int length = snprintf(
		pair, sizeof(pair), "%s=", assay_fuzz_below(r, 16) ? key->name : "X-org.example.key");

	length += (int)some_value(pair + length, sizeof(pair) - (size_t)length, r, key);
	return replace(text, size, max, (struct span){ at, 0 }, pair, (size_t)length + 1);
}

static size_t new_value(struct assay_fuzz_random *r, uint8_t *text, size_t size, size_t max, struct span pair)
{
	const uint8_t *equals = memchr(text + pair.start, '=', pair.length);
	char value[300];
	struct span old;

	if (!equals)
		return size;
	old.start = (size_t)(equals - text) + 1;
	old.length = pair.start + pair.length - old.start;
	if (old.length && !text[old.start + old.length - 1])
		old.length--;
	return replace(text, size, max, old, value,
		some_value(value, sizeof(value), r,
			assay_key_at(assay_key_find(
				(const char *)text + pair.start, (size_t)(equals - text) - pair.start))));
}

/* One item of the value's list taken out, or the value cut. */
static size_t shorter_value(
	struct assay_fuzz_random *r, uint8_t *text, size_t size, size_t max, struct span pair)
{
	const uint8_t *comma = memchr(text + pair.start, ',', pair.length);
	size_t start = comma ? (size_t)(comma - text)
			     : pair.start + assay_fuzz_below(r, (uint32_t)pair.length);

	return replace(text, size, max, (struct span){ start, pair.start + pair.length - start }, "", 1);
}

static size_t blind_pair(
	struct assay_fuzz_change *c, uint8_t *text, size_t size, size_t max, struct span pair)
{
	uint8_t copy[512];
	size_t length;

	if (pair.length > sizeof(copy) - 1)
		return size;
	memcpy(copy, text + pair.start, pair.length);
	length = c->blind(copy, pair.length, sizeof(copy));
	return replace(text, size, max, pair, copy, length);
}

static size_t copy_pair(
	struct assay_fuzz_random *r, uint8_t *text, size_t size, size_t max, struct span from, struct span to)
{
	uint8_t copy[512];
	size_t at = assay_fuzz_below(r, 2) ? to.start : size;

	if (from.length > sizeof(copy))
		return size;
	memcpy(copy, text + from.start, from.length);
	return replace(text, size, max, (struct span){ at, 0 }, copy, from.length);
}

size_t assay_fuzz_change_text(struct assay_fuzz_change *c, uint8_t *text, size_t size, size_t max)
{
	struct span pairs[PAIRS_MAX], a, b;
	struct assay_fuzz_random *r = &c->random;
	size_t count = cut_pairs(pairs, text, size);

	if (!count)
		return add_pair(r, text, size, max, 0);
	a = pairs[assay_fuzz_below(r, (uint32_t)count)];
	b = pairs[assay_fuzz_below(r, (uint32_t)count)];
	switch (assay_fuzz_below(r, 12)) {
	case 0:
	case 1:
	case 2: return add_pair(r, text, size, max, assay_fuzz_below(r, 2) ? a.start : size);
	case 3:
	case 4:
	case 5: return new_value(r, text, size, max, a);
	case 6: return shorter_value(r, text, size, max, a);
	case 7: return replace(text, size, max, a, NULL, 0);
	case 8: return copy_pair(r, text, size, max, a, b);
	case 9: return blind_pair(c, text, size, max, a);
	case 10:
		return text[size - 1] ? replace(text, size, max, (struct span){ size, 0 }, "", 1)
				      : size - 1; /* the last NUL */
	default: return c->blind(text, size, max);
	}
}
