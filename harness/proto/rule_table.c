/*
 * rule_table.c - the public table of protocol rules, made from rules.def. It judges nothing: see watch.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/rules.h"

#define INITIATOR ASSAY_INITIATOR
#define TARGET    ASSAY_TARGET
#define BOTH      ASSAY_BOTH
#define MUST      ASSAY_MUST
#define SHOULD    ASSAY_SHOULD

#define X(symbol, id, level, role, effect, section, reqs, desc) { id, reqs, section, level, role, desc },
static const struct assay_rule rules[] = {
#include "proto/rules.def"
};
#undef X

#define RULES (sizeof(rules) / sizeof(rules[0]))

const struct assay_rule *assay_rules(size_t *count)
{
	*count = RULES;
	return rules;
}

const struct assay_rule *assay_rule_find(const char *id)
{
	size_t low = 0, high = RULES;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(id, rules[middle].id);

		if (!order)
			return &rules[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *assay_found_words(char out[ASSAY_FOUND_WORDS], uint64_t findings, uint64_t warnings)
{
	snprintf(out, ASSAY_FOUND_WORDS, "%" PRIu64 " finding%s, %" PRIu64 " warning%s", findings,
		findings == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
	return out;
}
