/* mask.c - see mask.h. Each character is moved within its kind by a number that SHA-256 makes of the key and all characters before it: a bijection, so that two words stay two. */
#include "capture/mask.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "capture/mask_private.h"

int assay_mask_init(struct assay_mask *m)
{
	uint8_t hash[32];

	if (getrandom(m->key, sizeof(m->key), 0) != (ssize_t)sizeof(m->key) ||
		!EVP_Digest(m->key, sizeof(m->key), hash, NULL, EVP_sha256(), NULL))
		return ASSAY_E_CRYPTO;
	return 0;
}

/* A copy that is masked by half is worse than none. */
static void hash(uint8_t out[32], const uint8_t *bytes, size_t length)
{
	if (!EVP_Digest(bytes, length, out, NULL, EVP_sha256(), NULL))
		abort();
}

void chain_begin(struct chain *c, const struct assay_mask *m, enum context context)
{
	uint8_t bytes[ASSAY_MASK_KEY + 1];

	memcpy(bytes, m->key, ASSAY_MASK_KEY);
	bytes[ASSAY_MASK_KEY] = (uint8_t)context;
	hash(c->state, bytes, sizeof(bytes));
}

unsigned chain_turn(struct chain *c, unsigned value, unsigned n)
{
	unsigned turned = (value + 1 + (c->state[0] | (unsigned)c->state[1] << 8) % (n - 1)) % n;
	uint8_t bytes[34];

	memcpy(bytes, c->state, 32);
	bytes[32] = (uint8_t)value;
	bytes[33] = (uint8_t)n; /* the kind of character */
	hash(c->state, bytes, sizeof(bytes));
	return turned;
}

/* ---- characters ---- */

/* A run of letters or digits. */
static const struct kind {
	char first;
	uint8_t n;
} plain[] = { { '0', 10 }, { 'a', 26 }, { 'A', 26 } },
  hexadecimal[] = { { '0', 10 }, { 'a', 6 }, { 'A', 6 }, { 'g', 20 }, { 'G', 20 } };

/* A character for another one of as many bytes: one that a name may have, or one that it may not have, as it was. */
static size_t mask_character(uint8_t *at, size_t left)
{
	static const char *const stand_in[] = { NULL, NULL, "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x90\x8d\x88" };
	size_t length = at[0] >= 0xf0 && at[0] < 0xf8   ? 4
			: at[0] >= 0xe0 && at[0] < 0xf0 ? 3
			: at[0] >= 0xc2 && at[0] < 0xe0 ? 2
							: 1;

	for (size_t i = 1; i < length; i++)
		if (i >= left || (at[i] & 0xc0) != 0x80)
			length = 1;
	if (length == 1)
		at[0] = 0xff; /* no UTF-8, before and after */
	else
		memcpy(at, stand_in[length], length);
	return length;
}

void mask_words(struct chain *c, char *at, size_t length, bool hex)
{
	const struct kind *kinds = hex ? hexadecimal : plain;
	size_t count = hex ? sizeof(hexadecimal) / sizeof(kinds[0]) : sizeof(plain) / sizeof(kinds[0]);

	for (size_t i = 0; i < length;) {
		if (at[i] & 0x80) {
			i += mask_character((uint8_t *)at + i, length - i);
			continue;
		}
		if ((uint8_t)at[i] < 0x20 || at[i] == 0x7f)
			at[i] = 1;
		for (size_t k = 0; k < count; k++)
			if (at[i] >= kinds[k].first && at[i] < kinds[k].first + kinds[k].n) {
				unsigned value = (unsigned)(at[i] - kinds[k].first);

				at[i] = (char)(kinds[k].first + (int)chain_turn(c, value, kinds[k].n));
				break;
			}
		i++;
	}
}

/* ---- bytes ---- */

void assay_mask_address(const struct assay_mask *m, uint8_t *address, size_t length)
{
	struct chain c;

	chain_begin(&c, m, OF_ADDRESS);
	for (size_t i = 0; i < length; i++)
		address[i] = (uint8_t)chain_turn(&c, address[i], 256);
}

void assay_mask_echo(const struct assay_mask *m, uint8_t *data, size_t length)
{
	uint8_t all[32];
	struct chain c;

	chain_begin(&c, m, OF_ECHO);
	if (length > sizeof(all)) { /* its beginning says what it was a mask of */
		hash(all, data, length);
		memset(data, 0, length);
		length = sizeof(all);
		memcpy(data, all, length);
	}
	for (size_t i = 0; i < length; i++)
		data[i] = (uint8_t)chain_turn(&c, data[i], 256);
}
