/* mutate.h - the table of changes: which there are, what they apply to, how one is drawn. Private to campaign/; encode.h has what they do. */
#ifndef ASSAY_CAMPAIGN_MUTATE_H
#define ASSAY_CAMPAIGN_MUTATE_H

#include "campaign/case.h"
#include "campaign/random.h"

struct assay_change_type {
	const char *name; /* as case.h: "field", "key-twice" */
	uint8_t weight; /* how often it is drawn */
	bool (*applies)(const struct assay_step *step);
	/* Draws what is not kind and step. */
	void (*draw)(struct assay_change *out, const struct assay_step *step, struct assay_random *r);
};

extern const struct assay_change_type assay_change_types[ASSAY_CHANGE_KINDS];

/* Draws a change for one of the steps, each as likely. False when none was found that applies: there is nothing to change. */
bool assay_change_draw(
	struct assay_change *out, const struct assay_step *steps, unsigned count, struct assay_random *r);

/* What KEY_VALUE and KEY_ADD put in, by the change's value. Terminated. */
const char *assay_nasty_value(uint64_t value);
const char *assay_nasty_pair(uint64_t value);

#endif
