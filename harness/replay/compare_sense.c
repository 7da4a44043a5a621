/* compare_sense.c - the sense data of two answers beside each other, part by part. Which may differ stands in masks.def. SPC-4 section 4.5. */
#include <inttypes.h>
#include <string.h>

#include "codec/listing.h"
#include "replay/compare_private.h"

enum part { CODES, FORMAT, LENGTH, INFORMATION, INFORMATION_OF_RANGE, POINTER, POINTER_THERE, POINTER_BIT };

static const uint8_t masks[] = {
#define SENSE(part, how, why) [part] = how,
#include "replay/masks.def"
};

#define OUT_OF_RANGE 0x21 /* LOGICAL BLOCK ADDRESS OUT OF RANGE */

/* The sense key specific bytes of ILLEGAL REQUEST; those of other keys are counts and progress. */
struct pointer {
	bool there, in_cdb, has_bit;
	uint8_t bit;
	uint16_t field;
};

static struct pointer pointer_of(const struct assay_sense *s)
{
	if (s->key != 0x05 || !s->has_specific)
		return (struct pointer){ 0 };
	return (struct pointer){ .there = true,
		.in_cdb = s->specific[0] & 0x40,
		.has_bit = s->specific[0] & 0x08,
		.bit = s->specific[0] & 0x07,
		.field = (uint16_t)(s->specific[1] << 8 | s->specific[2]) };
}

static int differ(
	struct comparison *c, enum part part, const char *what, const char *captured, const char *live)
{
	return masks[part] == IGNORED
		       ? 0
		       : assay_replay_differ(c->out, masks[part] != NOTED, what, captured, live);
}

static const char *format_of(const struct assay_sense *s)
{
	static const char *const names[] = { "", ", deferred", ", descriptors", ", deferred, descriptors" };

	return s->code >= 0x70 && s->code <= 0x73 ? names[s->code - 0x70] : ", of no known format";
}

static void put_codes(char *out, size_t capacity, bool there, const struct assay_sense *s)
{
	if (there)
		snprintf(out, capacity, "%s 0x%02x/0x%02x (%s)%s", assay_sense_key_name(s->key), s->asc,
			s->ascq, assay_additional_sense_name(s->asc, s->ascq), format_of(s));
	else
		snprintf(out, capacity, "none");
}

static void put_information(char *out, size_t capacity, const struct assay_sense *s)
{
	if (s->has_information)
		snprintf(out, capacity, "0x%" PRIx64, s->information);
	else
		snprintf(out, capacity, "not valid");
}

static int compare_information(struct comparison *c, const struct assay_sense *a, const struct assay_sense *b)
{
	bool both = a->has_information && b->has_information;
	enum part part = !both && a->asc == OUT_OF_RANGE ? INFORMATION_OF_RANGE : INFORMATION;
	char captured[32], live[32];

	if (a->has_information == b->has_information && a->information == b->information)
		return 0;
	put_information(captured, sizeof(captured), a);
	put_information(live, sizeof(live), b);
	return differ(c, part, "sense INFORMATION", captured, live);
}

static void put_pointer(char *out, size_t capacity, const struct pointer *p)
{
	size_t used;

	if (!p->there) {
		snprintf(out, capacity, "none");
		return;
	}
	used = (size_t)snprintf(
		out, capacity, "byte %u of the %s", p->field, p->in_cdb ? "CDB" : "parameters");
	if (p->has_bit && used < capacity)
		snprintf(out + used, capacity - used, ", bit %u", p->bit);
}

static int compare_pointer(struct comparison *c, const struct assay_sense *sa, const struct assay_sense *sb)
{
	const struct pointer a = pointer_of(sa), b = pointer_of(sb);
	char captured[48], live[48];
	enum part part = POINTER;

	if (a.there == b.there && a.in_cdb == b.in_cdb && a.field == b.field) {
		if (a.has_bit == b.has_bit && (!a.has_bit || a.bit == b.bit))
			return 0;
		part = POINTER_BIT;
	} else if (a.there != b.there) {
		part = POINTER_THERE;
	}
	put_pointer(captured, sizeof(captured), &a);
	put_pointer(live, sizeof(live), &b);
	return differ(c, part, "sense field pointer", captured, live);
}

static int compare_length(struct comparison *c, const struct assay_sense *a, const struct assay_sense *b)
{
	static const char *const words[] = { "not what there is", "what there is" };

	if (a->length_fits == b->length_fits)
		return 0;
	return differ(c, LENGTH, "ADDITIONAL SENSE LENGTH", words[a->length_fits], words[b->length_fits]);
}

static bool same_codes(const struct assay_sense *a, const struct assay_sense *b)
{
	return a->key == b->key && a->asc == b->asc && a->ascq == b->ascq;
}

int assay_replay_compare_sense(struct comparison *c)
{
	struct assay_sense a, b;
	bool a_there = assay_sense_of(&a, c->captured), b_there = assay_sense_of(&b, c->live);
	char captured[128], live[128];
	enum part part = FORMAT;

	if (assay_replay_is_ignored(c, "sense"))
		return 0;
	if (a_there != b_there || !same_codes(&a, &b))
		part = CODES;
	else if (a.code == b.code)
		return compare_information(c, &a, &b) + compare_pointer(c, &a, &b) +
		       compare_length(c, &a, &b);
	put_codes(captured, sizeof(captured), a_there, &a);
	put_codes(live, sizeof(live), b_there, &b);
	return differ(c, part, "sense", captured, live);
}
