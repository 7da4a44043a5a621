/* mutate.h - the table of changes: which there are, what they apply to, how one is drawn. Private to campaign/; encode.h has what they do. */
#ifndef ASSAY_CAMPAIGN_MUTATE_H
#define ASSAY_CAMPAIGN_MUTATE_H

#include "campaign/case.h"
#include "campaign/random.h"

/* What is simpler among the places, or the values, of a kind of change. */
enum assay_simpler {
	ASSAY_SIMPLER_NONE, /* it has none, or one is as simple as another */
	ASSAY_SIMPLER_LOW, /* the lower number */
	ASSAY_SIMPLER_ONE, /* the same, and 0 is no change */
	ASSAY_SIMPLER_NEAR, /* the smaller difference, 1 before -1; 0 is no change */
	ASSAY_SIMPLER_LENGTH, /* NEAR where the change's field says that it is a difference; else LOW */
	ASSAY_SIMPLER_VALUE, /* the shorter of assay_nasty_value */
	ASSAY_SIMPLER_PAIR, /* the shorter of assay_nasty_pair */
	ASSAY_SIMPLER_BYTES, /* fewer bytes, and each the lower; without the first ones the place is further on */
};

struct assay_change_type {
	const char *name; /* as case.h: "field", "key-twice" */
	uint8_t weight; /* how often it is drawn */
	bool (*applies)(const struct assay_step *step);
	/* Draws what is not kind and step. */
	void (*draw)(struct assay_change *out, const struct assay_step *step, struct assay_random *r);
	uint8_t place, value; /* enum assay_simpler */
};

extern const struct assay_change_type assay_change_types[ASSAY_CHANGE_KINDS];

/* Draws a change for one of the steps, each as likely. False when none was found that applies: there is nothing to change. */
bool assay_change_draw(
	struct assay_change *out, const struct assay_step *steps, unsigned count, struct assay_random *r);

/* What KEY_VALUE and KEY_ADD put in, by the change's value modulo how many there are. Terminated. */
#define ASSAY_NASTY_VALUES 47
#define ASSAY_NASTY_PAIRS  48
const char *assay_nasty_value(uint64_t value);
const char *assay_nasty_pair(uint64_t value);

/* DATA_BYTES: how many bytes of the value, lowest first, are put in from the place on: 1 to 8. The count is in the value's highest bits, which are the last of eight bytes, too. */
static inline unsigned assay_change_bytes(uint64_t value)
{
	return 1 + (unsigned)(value >> 61);
}

#endif
