/* mask_text.c - which parts of key=value pairs are masked, and how: as the key table (proto/keys.h) has them. RFC 7143 sections 4.2.7, 6.1, 12.1 and 13. */
#include <ctype.h>
#include <string.h>

#include "capture/mask_private.h"
#include "proto/keys.h"

static bool begins(const char *at, size_t length, const char *with)
{
	return length >= strlen(with) && memcmp(at, with, strlen(with)) == 0;
}

/* ---- values ---- */

/* The date of an iqn. name stays, as its form is part of the name's. */
static void mask_name(const struct assay_mask *m, char *at, size_t length)
{
	static const size_t head = 12; /* "iqn.2001-04." */
	struct chain c;
	size_t keep = 0;

	chain_begin(&c, m, OF_NAME);
	if (begins(at, length, "iqn."))
		for (keep = 4; keep < length && keep < head &&
			       (isdigit((unsigned char)at[keep]) || at[keep] == '-' || at[keep] == '.');)
			keep++;
	else if (begins(at, length, "eui.") || begins(at, length, "naa."))
		keep = 4;
	mask_words(&c, at + keep, length - keep, keep == 4 && at[0] != 'i');
}

static unsigned digit(char c)
{
	return (unsigned)(c - '0');
}

/* A part of an IPv4 address: one that it may have for such a one, otherwise not. */
static void mask_octet(struct chain *c, char *at, size_t length)
{
	unsigned value = length == 3 ? digit(at[0]) * 100 + digit(at[1]) * 10 + digit(at[2]) : 0;
	size_t from = 0;

	if (length > 1 && at[0] == '0') {
		from = 1; /* a leading zero stays one */
	} else if (length == 3) {
		(void)chain_turn(c, digit(at[0]), 10);
		at[0] = value > 255 ? '9' : '1';
		from = 1;
	} else if (length == 2) {
		at[0] = (char)('1' + chain_turn(c, digit(at[0]) - 1, 9));
		from = 1;
	}
	for (size_t i = from; i < length; i++)
		at[i] = (char)('0' + chain_turn(c, digit(at[i]), 10));
}

static void mask_ipv4(struct chain *c, char *at, size_t length)
{
	while (length) {
		size_t part = 0;

		while (part < length && isdigit((unsigned char)at[part]))
			part++;
		mask_octet(c, at, part);
		part += part < length; /* the dot */
		at += part;
		length -= part;
	}
}

static bool only(const char *at, size_t length, const char *these)
{
	for (size_t i = 0; i < length; i++)
		if (!at[i] || !strchr(these, at[i]))
			return false;
	return true;
}

static void mask_host(const struct assay_mask *m, char *at, size_t length)
{
	const char *dot = memchr(at, '.', length);
	struct chain c;
	size_t tail;

	chain_begin(&c, m, OF_HOST);
	if (only(at, length, "0123456789.")) {
		mask_ipv4(&c, at, length);
	} else if (length && at[0] == '[') {
		tail = length;
		while (dot && tail > 0 && at[tail - 1] != ':') /* an IPv4 address at its end */
			tail--;
		mask_words(&c, at, dot ? tail : length, true);
		if (dot && only(at + tail, length - tail, "0123456789."))
			mask_ipv4(&c, at + tail, length - tail);
		else if (dot)
			mask_words(&c, at + tail, length - tail, true);
	} else {
		mask_words(&c, at, length, false);
	}
}

/* "host[:port][,tag]": ports and tags are no secret. */
static void mask_portal(const struct assay_mask *m, char *at, size_t length)
{
	size_t host = 0;
	struct chain c;

	if (length && at[0] == '[') {
		while (host < length && at[host] != ']')
			host++;
	} else {
		while (host < length && at[host] != ':' && at[host] != ',')
			host++;
	}
	mask_host(m, at, host);
	if (only(at + host, length - host, "]:,0123456789xXabcdefABCDEF"))
		return;
	chain_begin(&c, m, OF_WORDS);
	mask_words(&c, at + host, length - host, true);
}

/* Base64: bits behind the last byte stay as they are. */
static void mask_base64(struct chain *c, char *at, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t end = length;

	while (end > 0 && at[end - 1] == '=')
		end--;
	for (size_t i = 0; i < end; i++) {
		const char *found = at[i] ? strchr(digits, at[i]) : NULL;
		unsigned step = i + 1 < end || length == end ? 1 : length - end == 1 ? 4 : 16, value;

		if (!found)
			continue;
		value = (unsigned)(found - digits);
		at[i] = digits[chain_turn(c, value / step, 64 / step) * step + value % step];
	}
}

static void mask_binary(const struct assay_mask *m, char *at, size_t length)
{
	struct chain c;

	chain_begin(&c, m, OF_BINARY);
	if (begins(at, length, "0b") || begins(at, length, "0B"))
		mask_base64(&c, at + 2, length - 2);
	else if (begins(at, length, "0x") || begins(at, length, "0X"))
		mask_words(&c, at + 2, length - 2, true);
	else
		mask_words(&c, at, length, true);
}

static void mask_free_text(const struct assay_mask *m, char *at, size_t length)
{
	struct chain c;

	chain_begin(&c, m, OF_WORDS);
	mask_words(&c, at, length, false);
}

/* An item of a list that the standard has, or one that means something in every key. */
static bool is_known(const struct assay_key *key, const char *item, size_t length)
{
	return assay_value_special(item, length) != ASSAY_VALUE_PLAIN ||
	       (key->type == ASSAY_TYPE_BOOLEAN &&
		       assay_key_value_check(key, item, length, NULL) == ASSAY_OK) ||
	       (key->values && assay_list_has(key->values, strlen(key->values), item, length));
}

/* What a negotiation says stays: values of the standard, and numbers. What is neither can be anything. */
static void mask_operational(const struct assay_mask *m, const struct assay_key *key, char *at, size_t length)
{
	const char *item;
	size_t item_length, offset = 0;
	uint64_t number;

	if (assay_value_number(&number, at, length) == ASSAY_OK || only(at, length, "0123456789xX~,"))
		return;
	while (assay_list_next(&item, &item_length, &offset, at, length) > 0)
		if (!is_known(key, item, item_length))
			mask_free_text(m, at + (item - at), item_length);
}

static void mask_value(const struct assay_mask *m, enum assay_key_id id, char *at, size_t length)
{
	const struct assay_key *key = assay_key_at(id);

	if (!length || assay_value_special(at, length) >= ASSAY_VALUE_REJECT)
		return;
	switch (id) {
	case ASSAY_KEY_SEND_TARGETS:
		if (length != 3 || memcmp(at, "All", 3))
			mask_name(m, at, length);
		break;
	case ASSAY_KEY_TARGET_NAME:
	case ASSAY_KEY_INITIATOR_NAME: mask_name(m, at, length); break;
	case ASSAY_KEY_TARGET_ADDRESS: mask_portal(m, at, length); break;
	case ASSAY_KEY_CHAP_C:
	case ASSAY_KEY_CHAP_R: mask_binary(m, at, length); break;
	case ASSAY_KEY_CHAP_N:
	case ASSAY_KEY_TARGET_ALIAS:
	case ASSAY_KEY_INITIATOR_ALIAS:
	case ASSAY_KEY_NODE_ARCHITECTURE:
	case ASSAY_KEY_UNKNOWN: mask_free_text(m, at, length); break;
	default: mask_operational(m, key, at, length); break;
	}
}

/* ---- pairs ---- */

/* The name of a key that nobody knows may be anything, too; its family stays. */
static void mask_key(const struct assay_mask *m, char *at, size_t length)
{
	size_t family = length > 1 && strchr("XYZ", at[0]) && strchr("-#", at[1]) && at[1] ? 2 : 0;

	mask_free_text(m, at + family, length - family);
}

static void mask_pair(const struct assay_mask *m, char *at, size_t length)
{
	const char *equals = memchr(at, '=', length);
	size_t key = equals ? (size_t)(equals - at) : length;
	enum assay_key_id id = assay_key_find(at, key);

	if (id == ASSAY_KEY_UNKNOWN || !equals)
		mask_key(m, at, key);
	if (equals)
		mask_value(m, id, at + key + 1, length - key - 1);
}

void assay_mask_text(const struct assay_mask *m, char *text, size_t length, bool tail)
{
	for (size_t at = 0; at < length;) {
		size_t part = strnlen(text + at, length - at);

		if (tail)
			mask_free_text(m, text + at, part);
		else
			mask_pair(m, text + at, part);
		tail = false;
		at += part + 1;
	}
}
