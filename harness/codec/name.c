/*
 * name.c - iSCSI names, RFC 7143 section 4.2.7, with the characters that RFC 3722 forbids; target addresses, section
 * 13.8. Does not normalise, and resolves nothing.
 */
#include "codec/name.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "codec/text.h"

#define ISCSI_PORT 3260

/* What RFC 3722 sections 3 to 6 leave out beyond ASCII (tables B.2 in its common scripts, C.1.2 to C.9 of RFC 3454). */
static const struct {
	uint32_t first, last;
	const char *what;
} forbidden[] = {
	{ 0x80, 0x9f, "a control character" },
	{ 0xa0, 0xa0, "a space" },
	{ 0xc0, 0xd6, "an upper case letter" },
	{ 0xd8, 0xde, "an upper case letter" },
	{ 0x340, 0x341, "a deprecated character" },
	{ 0x391, 0x3a9, "an upper case letter" },
	{ 0x400, 0x42f, "an upper case letter" },
	{ 0x531, 0x556, "an upper case letter" },
	{ 0x6dd, 0x6dd, "a control character" },
	{ 0x70f, 0x70f, "a control character" },
	{ 0x1680, 0x1680, "a space" },
	{ 0x180e, 0x180e, "a control character" },
	{ 0x2000, 0x200b, "a space" },
	{ 0x200c, 0x200f, "a control character" },
	{ 0x2028, 0x202e, "a control character" },
	{ 0x202f, 0x202f, "a space" },
	{ 0x205f, 0x205f, "a space" },
	{ 0x2060, 0x206f, "a control character" },
	{ 0x2ff0, 0x2ffb, "an ideographic description character" },
	{ 0x3000, 0x3000, "a space" },
	{ 0x3002, 0x3002, "an ideographic full stop" },
	{ 0xd800, 0xdfff, "a surrogate" },
	{ 0xe000, 0xf8ff, "a private use character" },
	{ 0xfdd0, 0xfdef, "not a character" },
	{ 0xfeff, 0xfeff, "a control character" },
	{ 0xff21, 0xff3a, "an upper case letter" },
	{ 0xfff9, 0xffff, "a special character" },
	{ 0x1d173, 0x1d17a, "a control character" },
	{ 0xe0001, 0xe007f, "a tag character" },
	{ 0xf0000, 0x10ffff, "a private use character" },
};

/* One character of UTF-8 (RFC 3629: shortest form, up to U+10FFFF). Returns its bytes, 0 when it is malformed. */
static size_t utf8_next(uint32_t *out, const uint8_t *at, size_t left)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = at[0] < 0x80   ? 1
			: at[0] < 0xc0 ? 0
			: at[0] < 0xe0 ? 2
			: at[0] < 0xf0 ? 3
			: at[0] < 0xf8 ? 4
				       : 0;
	uint32_t code;

	if (!length || length > left)
		return 0;
	code = length == 1 ? at[0] : at[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < lowest[length] || code > 0x10ffff)
		return 0;
	*out = code;
	return length;
}

static const char *forbidden_character(uint32_t code)
{
	if (code < 0x80) {
		if ((code >= 'a' && code <= 'z') || (code >= '0' && code <= '9') || code == '-' ||
			code == '.' || code == ':')
			return NULL;
		return code >= 'A' && code <= 'Z' ? "an upper case letter"
						  : "not a letter, digit, '-', '.' or ':'";
	}
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (code >= forbidden[i].first && code <= forbidden[i].last)
			return forbidden[i].what;
	return (code & 0xfffe) == 0xfffe ? "not a character" : NULL;
}

static int check_characters(const char *name, size_t length, struct assay_error *err)
{
	for (size_t at = 0; at < length;) {
		uint32_t code;
		size_t step = utf8_next(&code, (const uint8_t *)name + at, length - at);
		const char *what;

		if (!step)
			return assay_error_set(err, ASSAY_E_SYNTAX, "iSCSI name: byte %zu is not UTF-8", at);
		what = forbidden_character(code);
		if (what)
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"iSCSI name: U+%04" PRIX32 " at byte %zu is %s", code, at, what);
		at += step;
	}
	return 0;
}

static bool is_digits(const char *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (at[i] < '0' || at[i] > '9')
			return false;
	return true;
}

/* "yyyy-mm." */
static bool is_date(const char *at, size_t length)
{
	int month;

	if (length < 8 || !is_digits(at, 4) || at[4] != '-' || !is_digits(at + 5, 2) || at[7] != '.')
		return false;
	month = (at[5] - '0') * 10 + at[6] - '0';
	return month >= 1 && month <= 12;
}

static int check_iqn(const char *name, size_t length, struct assay_error *err)
{
	const char *domain, *colon;
	size_t domain_length;

	if (!is_date(name + 4, length - 4))
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"iSCSI name: no date yyyy-mm and dot behind \"iqn.\" (months are 01 to 12)");
	domain = name + 12;
	domain_length = length - 12;
	colon = domain_length ? memchr(domain, ':', domain_length) : NULL;
	if (colon)
		domain_length = (size_t)(colon - domain);
	if (!domain_length)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "iSCSI name: no reversed domain name behind the date");
	for (size_t i = 0; i < domain_length; i++)
		if (domain[i] == '.' && (i == 0 || i + 1 == domain_length || domain[i + 1] == '.'))
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"iSCSI name: an empty label in the reversed domain name");
	return check_characters(name, length, err);
}

/* The digits of an "eui." or "naa." name. */
static bool is_hex_name(const char *name, size_t length, const char *designator, size_t digits)
{
	if (length != 4 + digits || memcmp(name, designator, 4))
		return false;
	for (size_t i = 4; i < length; i++)
		if (!name[i] || !strchr("0123456789abcdefABCDEF", name[i]))
			return false;
	return true;
}

int assay_name_check(const char *name, size_t length, struct assay_error *err)
{
	if (length > ASSAY_NAME_MAX)
		return assay_error_set(err, ASSAY_E_SYNTAX, "iSCSI name: %zu bytes, at most %d are allowed",
			length, ASSAY_NAME_MAX);
	if (length >= 4 && !memcmp(name, "iqn.", 4))
		return check_iqn(name, length, err) ? ASSAY_E_SYNTAX : ASSAY_NAME_IQN;
	if (is_hex_name(name, length, "eui.", 16))
		return ASSAY_NAME_EUI;
	if (is_hex_name(name, length, "naa.", 16) || is_hex_name(name, length, "naa.", 32))
		return ASSAY_NAME_NAA;
	return assay_error_set(err, ASSAY_E_SYNTAX,
		"iSCSI name: must be \"iqn.\" and a date and a domain, \"eui.\" and 16 hexadecimal digits, "
		"or \"naa.\" "
		"and 16 or 32");
}

static int bad_address(struct assay_error *err, const char *text, size_t length, const char *why)
{
	char shown[100];
	size_t n = length < sizeof(shown) - 1 ? length : sizeof(shown) - 1;

	for (size_t i = 0; i < n; i++)
		shown[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	shown[n] = '\0';
	return assay_error_set(err, ASSAY_E_SYNTAX,
		"target address \"%s\": %s; it is host[:port][,portal-group-tag], an IPv6 host in brackets",
		shown, why);
}

/* A host without brackets: an IPv4 address, or labels of letters, digits, '-' and '_'. */
static bool is_host(const char *host)
{
	struct in_addr v4;

	if (!host[strspn(host, "0123456789.")])
		return inet_pton(AF_INET, host, &v4) == 1;
	if (host[0] == '.' || strstr(host, ".."))
		return false;
	return !host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")];
}

/* Takes the host off the front of text. Returns its bytes with brackets, 0 when there is none that is valid. */
static size_t take_host(struct assay_address *out, const char *text, size_t length)
{
	bool bracketed = length && text[0] == '[';
	size_t skip = bracketed, end = skip;
	struct in6_addr v6;

	while (end < length && text[end] &&
		(bracketed ? text[end] != ']' : text[end] != ':' && text[end] != ','))
		end++;
	if (end - skip > ASSAY_HOST_MAX || end == skip || (bracketed && (end == length || text[end] != ']')))
		return 0;
	memcpy(out->host, text + skip, end - skip);
	out->host[end - skip] = '\0';
	if (bracketed ? inet_pton(AF_INET6, out->host, &v6) != 1 : !is_host(out->host))
		return 0;
	return end + skip;
}

int assay_address_parse(struct assay_address *out, const char *text, size_t length, struct assay_error *err)
{
	size_t at = take_host(out, text, length), end;
	uint64_t number;

	if (!at)
		return bad_address(err, text, length, "no valid host");
	out->port = ISCSI_PORT;
	out->tpgt = -1;
	if (at < length && text[at] == ':') {
		end = ++at;
		while (end < length && text[end] != ',')
			end++;
		if (assay_value_number(&number, text + at, end - at) || !number || number > UINT16_MAX)
			return bad_address(err, text, length, "the port is not a number from 1 to 65535");
		out->port = (uint16_t)number;
		at = end;
	}
	if (at < length && text[at] == ',') {
		at++;
		if (assay_value_number(&number, text + at, length - at) || number > UINT16_MAX)
			return bad_address(
				err, text, length, "the portal group tag is not a number from 0 to 65535");
		out->tpgt = (int)number;
		at = length;
	}
	return at == length ? 0 : bad_address(err, text, length, "something follows the host");
}
