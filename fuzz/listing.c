/*
 * listing.c - the fuzz entry of the decoded listing. Input as that of pdu.c: a byte with the digests in force, then PDUs. The listing never
 * fails: it has as many bytes as it says, none that a terminal would obey, the same ones whatever the room; no CHAP_R is in it.
 */
#include <string.h>

#include "codec/listing.h"
#include "fuzz/formats.h"
#include "fuzz/fuzz.h"

#define ROOM (1 << 20)

typedef size_t listing_fn(char *out, size_t capacity, const struct assay_pdu *pdu);

/* What stands for bytes that are left out is the only word of the listing's own that is no ASCII. */
static bool may_stand(const char *at, bool lines)
{
	static const char dots[] = "\u2026";

	if ((unsigned char)*at < 0x80)
		return (*at >= ' ' && *at <= '~') || (lines && *at == '\n');
	while ((*at & 0xc0) == 0x80)
		at--;
	return !strncmp(at, dots, sizeof(dots) - 1);
}

/* Returns the length. */
static size_t check(listing_fn *list, const struct assay_pdu *pdu, bool lines)
{
	static char whole[ROOM];
	char cut[64];
	size_t length = list(whole, sizeof(whole), pdu);

	if (length == 0 || length >= sizeof(whole) || strlen(whole) != length)
		assay_fuzz_fail(
			"opcode 0x%02x: a listing of %zu bytes says %zu", pdu->opcode, strlen(whole), length);
	for (size_t i = 0; i < length; i++)
		if (!may_stand(whole + i, lines))
			assay_fuzz_fail("opcode 0x%02x: byte 0x%02x in a listing", pdu->opcode,
				(unsigned char)whole[i]);
	if (list(cut, sizeof(cut), pdu) != length ||
		strlen(cut) != (length < sizeof(cut) ? length : sizeof(cut) - 1) ||
		memcmp(cut, whole, strlen(cut)) != 0)
		assay_fuzz_fail("opcode 0x%02x: a listing that is cut differs", pdu->opcode);
	if (list(NULL, 0, pdu) != length)
		assay_fuzz_fail("opcode 0x%02x: a listing without room has another length", pdu->opcode);
	return length;
}

static void one(const uint8_t *data, size_t size)
{
	unsigned digests = size ? data[0] & (ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST) : 0;
	struct assay_pdu pdu;
	long used;

	for (size_t at = 1; at < size; at += (size_t)used) {
		used = assay_pdu_decode(&pdu, data + at, size - at, digests);
		if (used < 0)
			return;
		check(assay_listing_brief, &pdu, false);
		check(assay_listing_full, &pdu, true);
	}
}

const struct assay_fuzz_entry assay_fuzz_entry_listing = {
	.name = "listing",
	.desc = "any PDU is listed, in printable bytes, as long as said",
	.one = one,
	.max_len = ASSAY_FUZZ_PDUS_MAX,
	.shape = ASSAY_FUZZ_PDUS,
	.prefix = 1,
	.digests_in_prefix = true,
};
