/*
 * text.c - the fuzz entry of key=value text and of the values in it, RFC 7143 sections 6.1 and 4.2.7. Input: text. Pairs lie within the bytes
 * and are found again by their keys; what the writers make of a value that the readers take is read as the same value.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/name.h"
#include "codec/text.h"
#include "fuzz/formats.h"
#include "fuzz/fuzz.h"
#include "proto/keys.h"

static void check_number(const struct assay_pair *p)
{
	uint64_t low, high, again;
	char text[64];
	int length;

	if (assay_value_number(&low, p->value, p->value_length) == 0) {
		length = snprintf(text, sizeof(text), "%" PRIu64, low);
		if (assay_value_number(&again, text, (size_t)length) < 0 || again != low)
			assay_fuzz_fail("%" PRIu64 " is not read as itself", low);
	}
	if (assay_value_range(&low, &high, p->value, p->value_length) == 0) {
		length = snprintf(text, sizeof(text), "%" PRIu64 "~%" PRIu64, low, high);
		if (assay_value_range(&low, &again, text, (size_t)length) < 0 || again != high)
			assay_fuzz_fail("%s is not read as itself", text);
	}
}

static void check_binary(const struct assay_pair *p)
{
	static uint8_t bytes[ASSAY_FUZZ_TEXT_MAX], again[ASSAY_FUZZ_TEXT_MAX];
	static char form[2 * ASSAY_FUZZ_TEXT_MAX + 3];
	long length = assay_value_binary(bytes, sizeof(bytes), p->value, p->value_length), n;

	if (length <= 0)
		return;
	for (int base64 = 0; base64 < 2; base64++) {
		n = base64 ? assay_binary_to_base64(form, sizeof(form), bytes, (size_t)length)
			   : assay_binary_to_hex(form, sizeof(form), bytes, (size_t)length);
		if (n < 0 || n != (long)strlen(form) ||
			assay_value_binary(again, sizeof(again), form, (size_t)n) != length ||
			memcmp(again, bytes, (size_t)length) != 0)
			assay_fuzz_fail("%ld bytes as %s are not read as themselves", length,
				base64 ? "base64" : "hex");
	}
	if (length > 1 &&
		assay_value_binary(again, (size_t)length - 1, p->value, p->value_length) != ASSAY_E_LIMIT)
		assay_fuzz_fail("a binary value of %ld bytes fits into one less", length);
}

/* The items and the commas between them are the whole value. */
static void check_list(const struct assay_pair *p)
{
	size_t offset = 0, sum = 0, count = 0, length;
	const char *item;

	while (assay_list_next(&item, &length, &offset, p->value, p->value_length)) {
		if (item < p->value || item + length > p->value + p->value_length)
			assay_fuzz_fail("an item of a list lies outside of it");
		if (!assay_list_has(p->value, p->value_length, item, length))
			assay_fuzz_fail("a list does not have its own item");
		sum += length;
		count++;
	}
	if (count ? sum + count - 1 != p->value_length : p->value_length != 0)
		assay_fuzz_fail("%zu items of %zu bytes in a list of %zu", count, sum, p->value_length);
}

static void check_names(const struct assay_pair *p)
{
	struct assay_address address;
	struct assay_error err = { 0 };

	if (assay_name_check(p->value, p->value_length, &err) < 0 && !err.message[0])
		assay_fuzz_fail("a name is refused without words");
	err.message[0] = 0;
	if (assay_address_parse(&address, p->value, p->value_length, &err) < 0) {
		if (!err.message[0])
			assay_fuzz_fail("an address is refused without words");
		return;
	}
	if (!address.host[0] || !memchr(address.host, 0, sizeof(address.host)) || address.tpgt < -1 ||
		address.tpgt > 65535)
		assay_fuzz_fail("an address of '%.20s', group %d", address.host, address.tpgt);
}

/* A value that is well formed for its key stands as the answer to itself or not at all; what stands has a result. */
static void check_key(const struct assay_pair *p, const struct assay_pair *before)
{
	const struct assay_key *key = assay_key_at(assay_key_find(p->key, p->key_length));
	struct assay_error err = { 0 };
	char shown[ASSAY_SHOW_MAX];
	uint64_t outcome;

	if (!key)
		return;
	if (strlen(key->name) != p->key_length || memcmp(key->name, p->key, p->key_length) != 0)
		assay_fuzz_fail("the row of another key was found");
	if (assay_key_value_check(key, p->value, p->value_length, &err) < 0 && !err.message[0])
		assay_fuzz_fail("%s: a value is refused without words", key->name);
	for (const char *c = assay_key_show(shown, p->value, p->value_length); *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			assay_fuzz_fail("%s: shown with a byte 0x%02x", key->name, (unsigned char)*c);
	(void)assay_key_answer_optional(key, p->value, p->value_length);
	if (!before)
		return;
	/* the pair before is the offer, whatever its key */
	err.message[0] = 0;
	if (assay_key_answer_check(
		    key, before->value, before->value_length, p->value, p->value_length, &err) < 0) {
		if (!err.message[0])
			assay_fuzz_fail("%s: an answer is refused without words", key->name);
		return;
	}
	if (key->type == ASSAY_TYPE_NUMBER && key->result != ASSAY_RESULT_DECLARED &&
		assay_value_special(p->value, p->value_length) == ASSAY_VALUE_PLAIN &&
		assay_key_outcome(
			&outcome, key, before->value, before->value_length, p->value, p->value_length) == 0 &&
		(outcome < key->minimum || outcome > key->maximum))
		assay_fuzz_fail("%s: agreed on %" PRIu64, key->name, outcome);
}

static void check_pair(const struct assay_pair *p, const uint8_t *data, size_t size, bool whole)
{
	const char *start = (const char *)data, *end = start + size;
	struct assay_pair found;
	char key[ASSAY_FUZZ_TEXT_MAX + 1];

	if (p->key < start || p->key + p->key_length > end ||
		(whole && (p->value < start || p->value + p->value_length >= end)))
		assay_fuzz_fail("a pair lies outside of the text");
	if (memchr(p->key, '=', p->key_length) || memchr(p->key, 0, p->key_length) ||
		memchr(p->value, 0, p->value_length))
		assay_fuzz_fail("a pair is cut at the wrong place");
	if (!whole)
		return;
	memcpy(key, p->key, p->key_length);
	key[p->key_length] = 0;
	if (!assay_pair_is(p, key) || !assay_text_count(data, size, key) ||
		!assay_text_find(&found, data, size, key) || found.key > p->key)
		assay_fuzz_fail("a pair is not found by its key");
}

static void one(const uint8_t *data, size_t size)
{
	static uint8_t copy[ASSAY_FUZZ_TEXT_MAX];
	struct assay_pair pair, before;
	struct assay_text text;
	size_t offset = 0, last = 0, pairs = 0, sum = 0;
	bool yes;
	int r;

	assay_text_init(&text, copy, sizeof(copy));
	while ((r = assay_text_next(&pair, &offset, data, size)) == 1) {
		if (offset <= last || offset > size)
			assay_fuzz_fail("the offset went from %zu to %zu of %zu", last, offset, size);
		last = offset;
		check_pair(&pair, data, size, true);
		check_number(&pair);
		check_binary(&pair);
		check_list(&pair);
		check_names(&pair);
		(void)assay_value_boolean(&yes, pair.value, pair.value_length);
		check_key(&pair, pairs ? &before : NULL);
		if (assay_text_append_pair(&text, &pair) < 0)
			assay_fuzz_fail("a pair does not fit where it came from");
		sum += pair.key_length + 1 + pair.value_length + 1;
		if (text.length != sum || text.overflow)
			assay_fuzz_fail("%zu bytes were appended, not %zu", text.length, sum);
		before = pair;
		pairs++;
	}
	if (r != 0 && r != ASSAY_E_SYNTAX && r != ASSAY_E_SHORT)
		assay_fuzz_fail("the walk ended with %d", r);
	if (r == ASSAY_E_SHORT)
		check_pair(&pair, data, size, false);
	for (offset = 0; pairs && assay_text_next(&pair, &offset, copy, text.length) == 1;)
		pairs--;
	if (pairs || offset != text.length)
		assay_fuzz_fail("what was appended does not have the same pairs");
}

const struct assay_fuzz_entry assay_fuzz_entry_text = {
	.name = "text",
	.desc = "pairs lie within their text; a value that is taken, written again, is the same value",
	.one = one,
	.max_len = ASSAY_FUZZ_TEXT_MAX,
	.shape = ASSAY_FUZZ_TEXT,
};
