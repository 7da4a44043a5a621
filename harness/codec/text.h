/*
 * text.h - key=value pairs and the forms of values. RFC 7143 sections 6.1 and 6.2.
 * Views into the caller's bytes; keys and values are not terminated. No allocation.
 */
#ifndef ASSAY_CODEC_TEXT_H
#define ASSAY_CODEC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"

#define ASSAY_KEY_NAME_MAX   63 /* bytes, section 6.1 */
#define ASSAY_TEXT_VALUE_MAX 255 /* bytes, section 6.1: unless a key says otherwise */

/* One pair. */
struct assay_pair {
	const char *key; /* key_length bytes before the first '=' */
	size_t key_length;
	const char *value; /* value_length bytes up to the NUL */
	size_t value_length;
};

/*
 * Steps through text: *offset starts at 0. Returns 1 with *out set, 0 at the end (lone NULs between pairs are passed over),
 * ASSAY_E_SYNTAX for a pair with no '=' (out holds it as a key), ASSAY_E_SHORT for a last pair with no NUL
 * (out holds what there is: with C=1 it continues in the next PDU).
 */
int assay_text_next(struct assay_pair *out, size_t *offset, const void *text, size_t length);

/* The first pair with that key; a pair that does not end with NUL is not one yet. Returns 1 or 0. */
int assay_text_find(struct assay_pair *out, const void *text, size_t length, const char *key);

/* How often the key stands there. */
size_t assay_text_count(const void *text, size_t length, const char *key);

/* A growing text in the caller's buffer. */
struct assay_text {
	char *buf;
	size_t capacity;
	size_t length; /* bytes used, each pair with its NUL */
	bool overflow; /* an append did not fit: nothing of it was written */
};

void assay_text_init(struct assay_text *t, void *buf, size_t capacity);
/* Appends key=value and NUL. 0 or ASSAY_E_LIMIT. */
int assay_text_append(struct assay_text *t, const char *key, const char *value);
int assay_text_append_pair(struct assay_text *t, const struct assay_pair *pair);
int assay_text_appendf(struct assay_text *t, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool assay_pair_is(const struct assay_pair *pair, const char *key);
bool assay_value_is(const struct assay_pair *pair, const char *value);
/* Copies a value as a terminated string, cut to fit. */
void assay_value_copy(char *out, size_t capacity, const struct assay_pair *pair);

/* Values. Each returns 0 or ASSAY_E_SYNTAX, for the whole value, nothing before or after. */
int assay_value_number(
	uint64_t *out, const char *value, size_t length); /* decimal or 0x hexadecimal constant */
int assay_value_boolean(bool *out, const char *value, size_t length); /* "Yes" or "No", case counts */
int assay_value_range(uint64_t *low, uint64_t *high, const char *value, size_t length); /* "a~b" */

/* Binary values, section 6.1: 0x/0X hexadecimal, 0b/0B base64 (decimal is numeric only). Returns bytes, ASSAY_E_SYNTAX,
 * or ASSAY_E_LIMIT when they do not fit. */
long assay_value_binary(uint8_t *out, size_t capacity, const char *value, size_t length);
/* Writes the form, terminated; no bytes give the bare prefix, which is malformed. Returns the length without NUL or
 * ASSAY_E_LIMIT. */
long assay_binary_to_hex(char *out, size_t capacity, const uint8_t *bytes, size_t length);
long assay_binary_to_base64(char *out, size_t capacity, const uint8_t *bytes, size_t length);

/* Steps through a list value: *offset starts at 0; returns 1 with the item, 0 at the end. Empty items are items. */
int assay_list_next(const char **item, size_t *item_length, size_t *offset, const char *value, size_t length);
bool assay_list_has(const char *value, size_t length, const char *item, size_t item_length);

#endif
