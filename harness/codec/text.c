/* text.c - key=value pairs, RFC 7143 section 6.1. Splits and joins; knows no key and judges no value's range. */
#include "codec/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int assay_text_next(struct assay_pair *out, size_t *offset, const void *text, size_t length)
{
	const char *bytes = text, *pair, *end, *equals;
	size_t left;

	while (*offset < length && bytes[*offset] == '\0')
		(*offset)++;
	if (*offset >= length)
		return 0;
	pair = bytes + *offset;
	left = length - *offset;
	end = memchr(pair, '\0', left);
	*offset = end ? (size_t)(end - bytes) + 1 : length;
	if (!end)
		end = pair + left;
	equals = memchr(pair, '=', (size_t)(end - pair));
	out->key = pair;
	out->key_length = (size_t)((equals ? equals : end) - pair);
	out->value = equals ? equals + 1 : end;
	out->value_length = (size_t)(end - out->value);
	if (end == bytes + length)
		return ASSAY_E_SHORT;
	return equals ? 1 : ASSAY_E_SYNTAX;
}

int assay_text_find(struct assay_pair *out, const void *text, size_t length, const char *key)
{
	struct assay_pair pair;
	size_t offset = 0;
	int rc;

	while ((rc = assay_text_next(&pair, &offset, text, length)) == 1 || rc == ASSAY_E_SYNTAX) {
		if (rc == 1 && assay_pair_is(&pair, key)) {
			*out = pair;
			return 1;
		}
	}
	return 0;
}

size_t assay_text_count(const void *text, size_t length, const char *key)
{
	struct assay_pair pair;
	size_t offset = 0, count = 0;
	int rc;

	while ((rc = assay_text_next(&pair, &offset, text, length)) == 1 || rc == ASSAY_E_SYNTAX)
		count += rc == 1 && assay_pair_is(&pair, key);
	return count;
}

void assay_text_init(struct assay_text *t, void *buf, size_t capacity)
{
	*t = (struct assay_text){ .buf = buf, .capacity = capacity };
}

int assay_text_append_pair(struct assay_text *t, const struct assay_pair *pair)
{
	size_t left = t->capacity - t->length;
	char *at = t->buf + t->length;

	if (pair->key_length >= left || pair->value_length >= left - pair->key_length ||
		left - pair->key_length - pair->value_length < 2) {
		t->overflow = true;
		return ASSAY_E_LIMIT;
	}
	if (pair->key_length)
		memcpy(at, pair->key, pair->key_length);
	at += pair->key_length;
	*at++ = '=';
	if (pair->value_length)
		memcpy(at, pair->value, pair->value_length);
	at += pair->value_length;
	*at++ = '\0';
	t->length = (size_t)(at - t->buf);
	return 0;
}

int assay_text_append(struct assay_text *t, const char *key, const char *value)
{
	return assay_text_append_pair(t, &(struct assay_pair){ .key = key,
						 .key_length = strlen(key),
						 .value = value,
						 .value_length = strlen(value) });
}

int assay_text_appendf(struct assay_text *t, const char *key, const char *format, ...)
{
	size_t left = t->capacity - t->length, key_length = strlen(key);
	va_list ap;
	int n = -1;

	if (key_length + 2 <= left) {
		va_start(ap, format);
		n = vsnprintf(t->buf + t->length + key_length + 1, left - key_length - 1, format, ap);
		va_end(ap);
	}
	if (n < 0 || (size_t)n >= left - key_length - 1) {
		t->overflow = true;
		return ASSAY_E_LIMIT;
	}
	memcpy(t->buf + t->length, key, key_length);
	t->buf[t->length + key_length] = '=';
	t->length += key_length + (size_t)n + 2;
	return 0;
}

static bool is_text(const char *bytes, size_t length, const char *text)
{
	return strlen(text) == length && !memcmp(bytes, text, length);
}

bool assay_pair_is(const struct assay_pair *pair, const char *key)
{
	return is_text(pair->key, pair->key_length, key);
}

bool assay_value_is(const struct assay_pair *pair, const char *value)
{
	return is_text(pair->value, pair->value_length, value);
}

void assay_value_copy(char *out, size_t capacity, const struct assay_pair *pair)
{
	size_t n = pair->value_length;

	if (!capacity)
		return;
	if (n > capacity - 1)
		n = capacity - 1;
	if (n)
		memcpy(out, pair->value, n);
	out[n] = '\0';
}

int assay_list_next(const char **item, size_t *item_length, size_t *offset, const char *value, size_t length)
{
	const char *comma;

	if (*offset > length)
		return 0;
	*item = value + *offset;
	comma = *offset < length ? memchr(*item, ',', length - *offset) : NULL;
	*item_length = comma ? (size_t)(comma - *item) : length - *offset;
	*offset += *item_length + 1;
	return 1;
}

bool assay_list_has(const char *value, size_t length, const char *item, size_t item_length)
{
	const char *found;
	size_t found_length, offset = 0;

	while (assay_list_next(&found, &found_length, &offset, value, length))
		if (found_length == item_length && (!item_length || !memcmp(found, item, item_length)))
			return true;
	return false;
}
