/* value.c - the forms of values, RFC 7143 section 6.1: numbers, ranges, booleans, binary strings. Part of text.h. */
#include <string.h>

#include "codec/text.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "0x", "0X" (letter 'x') or "0b", "0B" (letter 'b'), and something behind it. */
static bool has_prefix(const char *value, size_t length, char letter)
{
	return length > 2 && value[0] == '0' && (value[1] | 0x20) == letter;
}

static int hex_number(uint64_t *out, const char *digits, size_t length)
{
	uint64_t number = 0;

	for (size_t i = 0; i < length; i++) {
		int digit = hex_digit(digits[i]);

		if (digit < 0 || number >> 60)
			return ASSAY_E_SYNTAX;
		number = number << 4 | (uint64_t)digit;
	}
	*out = number;
	return 0;
}

int assay_value_number(uint64_t *out, const char *value, size_t length)
{
	uint64_t number = 0;

	if (has_prefix(value, length, 'x'))
		return hex_number(out, value + 2, length - 2);
	if (!length || (value[0] == '0' && length > 1))
		return ASSAY_E_SYNTAX;
	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9')
			return ASSAY_E_SYNTAX;
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, (uint64_t)(value[i] - '0'), &number))
			return ASSAY_E_SYNTAX;
	}
	*out = number;
	return 0;
}

int assay_value_boolean(bool *out, const char *value, size_t length)
{
	if (length == 3 && !memcmp(value, "Yes", 3))
		*out = true;
	else if (length == 2 && !memcmp(value, "No", 2))
		*out = false;
	else
		return ASSAY_E_SYNTAX;
	return 0;
}

int assay_value_range(uint64_t *low, uint64_t *high, const char *value, size_t length)
{
	const char *tilde = length ? memchr(value, '~', length) : NULL;
	uint64_t first, second;

	if (!tilde || assay_value_number(&first, value, (size_t)(tilde - value)) ||
		assay_value_number(&second, tilde + 1, length - (size_t)(tilde - value) - 1) ||
		second < first)
		return ASSAY_E_SYNTAX;
	*low = first;
	*high = second;
	return 0;
}

/* n digits are (n + 1) / 2 bytes; the most significant digit comes first, so an odd one stands alone at the front. */
static long hex_binary(uint8_t *out, size_t capacity, const char *digits, size_t length)
{
	size_t bytes = (length + 1) / 2;

	for (size_t i = 0; i < length; i++)
		if (hex_digit(digits[i]) < 0)
			return ASSAY_E_SYNTAX;
	if (bytes > capacity)
		return ASSAY_E_LIMIT;
	for (size_t i = 0, at = 0; i < bytes; i++) {
		unsigned high = i || length % 2 == 0 ? (unsigned)hex_digit(digits[at++]) : 0;

		out[i] = (uint8_t)(high << 4 | (unsigned)hex_digit(digits[at++]));
	}
	return (long)bytes;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648 section 4: whole groups of four, padded, and the bits behind the last byte 0. */
static long base64_binary(uint8_t *out, size_t capacity, const char *digits, size_t length)
{
	size_t pads = 0, bytes;
	uint32_t bits = 0;

	if (length % 4)
		return ASSAY_E_SYNTAX;
	while (pads < 2 && digits[length - 1 - pads] == '=')
		pads++;
	for (size_t i = 0; i < length - pads; i++)
		if (base64_digit(digits[i]) < 0)
			return ASSAY_E_SYNTAX;
	if (pads && (unsigned)base64_digit(digits[length - 1 - pads]) & ((1u << 2 * pads) - 1))
		return ASSAY_E_SYNTAX;
	bytes = length / 4 * 3 - pads;
	if (bytes > capacity)
		return ASSAY_E_LIMIT;
	for (size_t i = 0, at = 0; i < length && at < bytes; i++) {
		bits = bits << 6 | (digits[i] == '=' ? 0 : (uint32_t)base64_digit(digits[i]));
		if (i % 4 && at < bytes)
			out[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return (long)bytes;
}

long assay_value_binary(uint8_t *out, size_t capacity, const char *value, size_t length)
{
	if (has_prefix(value, length, 'x'))
		return hex_binary(out, capacity, value + 2, length - 2);
	if (has_prefix(value, length, 'b'))
		return base64_binary(out, capacity, value + 2, length - 2);
	return ASSAY_E_SYNTAX;
}

long assay_binary_to_hex(char *out, size_t capacity, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	if (capacity < 3 || (capacity - 3) / 2 < length)
		return ASSAY_E_LIMIT;
	*out++ = '0';
	*out++ = 'x';
	for (size_t i = 0; i < length; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
	return (long)(2 + 2 * length);
}

long assay_binary_to_base64(char *out, size_t capacity, const uint8_t *bytes, size_t length)
{
	if (capacity < 3 || (capacity - 3) / 4 < length / 3 + (length % 3 != 0))
		return ASSAY_E_LIMIT;
	*out++ = '0';
	*out++ = 'b';
	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				(left > 2 ? bytes[i + 2] : 0u);

		*out++ = base64_digits[bits >> 18];
		*out++ = base64_digits[(bits >> 12) & 63];
		*out++ = left > 1 ? base64_digits[(bits >> 6) & 63] : '=';
		*out++ = left > 2 ? base64_digits[bits & 63] : '=';
	}
	*out = '\0';
	return (long)(2 + (length + 2) / 3 * 4);
}
