/* verdict.c - a failed claim as a comment, and back; see verdict.h. What is read is bounded and cleaned, whoever wrote it. */
#include "capture/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXPECTED "; expected: "
#define GOT      "; got: "

/* ---- writing ---- */

static void put_span(char *out, size_t capacity, const char *text, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used + 1 < capacity; i++)
		out[used++] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	out[used] = '\0';
	if (used < length && capacity > 4)
		memcpy(out + capacity - 4, "...", 4);
}

void assay_claim_put(char *out, size_t capacity, const char *text)
{
	put_span(out, capacity, text ? text : "", text ? strlen(text) : 0);
}

/* What separates the parts is not in them. */
static void put_part(char *out, size_t capacity, const char *text)
{
	assay_claim_put(out, capacity, text);
	for (char *at = out; (at = strchr(at, ';')) != NULL; at++)
		*at = ',';
}

void assay_claim_write(char *out, size_t capacity, uint64_t number, const struct assay_claim *c)
{
	char more[32] = "", claim[sizeof(c->claim)], expected[sizeof(c->expected)];

	if (c->more)
		snprintf(more, sizeof(more), ", %u more", c->more);
	put_part(claim, sizeof(claim), c->claim);
	put_part(expected, sizeof(expected), c->expected);
	snprintf(out, capacity,
		"#%" PRIu64 " %s %s, PDUs #%" PRIu64 " to #%" PRIu64 ", %s%s%s%s: %s" EXPECTED "%s" GOT "%s",
		number, c->should ? "WARN" : "FAIL", c->test, c->since, c->at, c->reqs,
		c->rule[0] ? ", rule " : "", c->rule, more, claim, expected, c->got);
}

/* ---- reading ---- */

/* A decimal number behind a word; false when it is not that. */
static bool take_number(uint64_t *out, const char **at, const char *before)
{
	size_t length = strlen(before), digits;

	if (strncmp(*at, before, length) != 0)
		return false;
	digits = strspn(*at + length, "0123456789");
	if (!digits || digits > 18)
		return false;
	*out = 0;
	for (size_t i = 0; i < digits; i++)
		*out = *out * 10 + (uint64_t)((*at)[length + i] - '0');
	*at += length + digits;
	return true;
}

static bool take_word(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

/* What stands before the separator, which is passed over. */
static bool take_until(char *out, size_t capacity, const char **at, const char *separator)
{
	const char *end = strstr(*at, separator);

	if (!end)
		return false;
	put_span(out, capacity, *at, (size_t)(end - *at));
	*at = end + strlen(separator);
	return true;
}

/* Requirements, and what else there is of the head, up to its colon. */
static bool take_head(struct assay_claim *out, const char **at)
{
	char head[ASSAY_CLAIM_LINE], *part, *next;
	uint64_t more;

	if (!take_until(head, sizeof(head), at, ": "))
		return false;
	for (part = head; part; part = next) {
		const char *number = part;

		next = strstr(part, ", ");
		if (next) {
			*next = '\0';
			next += 2;
		}
		if (part == head)
			assay_claim_put(out->reqs, sizeof(out->reqs), part);
		else if (!strncmp(part, "rule ", 5))
			assay_claim_put(out->rule, sizeof(out->rule), part + 5);
		else if (take_number(&more, &number, "") && !strcmp(number, " more"))
			out->more = more < 1000 ? (unsigned)more : 1000;
		else
			return false;
	}
	return true;
}

bool assay_claim_read(struct assay_claim *out, const char *comment)
{
	const char *at = comment;
	uint64_t number;
	bool should;

	if (!comment || !take_number(&number, &at, "#"))
		return false;
	should = take_word(&at, " WARN ");
	if (!should && !take_word(&at, " FAIL "))
		return false;
	*out = (struct assay_claim){ .should = should };
	if (!take_until(out->test, sizeof(out->test), &at, ", PDUs ") ||
		!take_number(&out->since, &at, "#") || !take_number(&out->at, &at, " to #") ||
		out->since > out->at || number > out->at || !take_word(&at, ", "))
		return false;
	if (!take_head(out, &at) || !take_until(out->claim, sizeof(out->claim), &at, EXPECTED) ||
		!take_until(out->expected, sizeof(out->expected), &at, GOT))
		return false;
	assay_claim_put(out->got, sizeof(out->got), at);
	return true;
}

uint64_t assay_comment_number(const char *comment)
{
	uint64_t number;

	return comment && take_number(&number, &comment, "#") ? number : 0;
}
