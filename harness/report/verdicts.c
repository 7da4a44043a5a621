/* verdicts.c - see verdicts.h. */
#include "report/verdicts.h"

#include <string.h>

int assay_verdict_badness(enum assay_verdict raw)
{
	switch (raw) {
	case ASSAY_PASS: return 0;
	case ASSAY_WARN: return 1;
	case ASSAY_FAIL:
	case ASSAY_TIMEOUT: return 2;
	case ASSAY_CRASH: return 3;
	default: return -1;
	}
}

/* The verdict that begins there, and *words moved behind it and its '|'; -1 for a word that is none. */
static int next(const char **words)
{
	size_t length = strcspn(*words, "|");
	int found = -1;

	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
		if (strlen(assay_verdict_name(v)) == length &&
			memcmp(*words, assay_verdict_name(v), length) == 0)
			found = v;
	*words += length + ((*words)[length] == '|');
	return found;
}

const char *assay_result_varies(const struct assay_test_result *r)
{
	const char *words = r->baseline_verdicts;

	if (!words || !strchr(words, '|'))
		return NULL;
	while (*words)
		if (next(&words) == (int)r->raw)
			return r->baseline_verdicts;
	return NULL;
}

enum assay_verdict assay_verdict_worst(const char *verdicts)
{
	enum assay_verdict worst = ASSAY_PASS;

	while (*verdicts) {
		int v = next(&verdicts);

		if (v >= 0 && assay_verdict_badness(v) > assay_verdict_badness(worst))
			worst = v;
	}
	return worst;
}
