/* verdict.c - exit codes. Names of verdicts are in result.c. */
#include "runner/verdict.h"

int assay_exit_code(const size_t verdicts[ASSAY_VERDICT_COUNT], const struct assay_exit_facts *facts)
{
	size_t all = 0, ran;

	for (size_t v = 0; v < ASSAY_VERDICT_COUNT; v++)
		all += verdicts[v];
	ran = all - verdicts[ASSAY_SKIP];
	if (facts->usage)
		return ASSAY_EXIT_USAGE;
	if (facts->signal)
		return 128 + facts->signal;
	if (facts->harness || verdicts[ASSAY_ERROR])
		return ASSAY_EXIT_HARNESS;
	if (facts->unreachable)
		return ASSAY_EXIT_UNREACHABLE;
	if (facts->crash || verdicts[ASSAY_CRASH])
		return ASSAY_EXIT_CRASH;
	if (facts->max_time)
		return ASSAY_EXIT_MAX_TIME;
	if (verdicts[ASSAY_FAIL] || verdicts[ASSAY_TIMEOUT] || verdicts[ASSAY_XPASS] ||
		(facts->strict && verdicts[ASSAY_WARN]))
		return ASSAY_EXIT_FAIL;
	if (facts->findings)
		return ASSAY_EXIT_FINDINGS;
	if (!all || ran < facts->min_run)
		return ASSAY_EXIT_NOTHING;
	return ran ? ASSAY_EXIT_OK : ASSAY_EXIT_SKIPPED;
}
