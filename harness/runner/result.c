/* result.c - names for what result.h numbers. Its own library, because report/ links it and nothing else of this folder. */
#include "runner/result.h"

const char *assay_verdict_name(enum assay_verdict verdict)
{
	static const char *const names[ASSAY_VERDICT_COUNT] = {
		[ASSAY_PASS] = "PASS",
		[ASSAY_FAIL] = "FAIL",
		[ASSAY_WARN] = "WARN",
		[ASSAY_SKIP] = "SKIP",
		[ASSAY_XFAIL] = "XFAIL",
		[ASSAY_XPASS] = "XPASS",
		[ASSAY_ERROR] = "ERROR",
		[ASSAY_TIMEOUT] = "TIMEOUT",
		[ASSAY_CRASH] = "CRASH",
	};

	return (unsigned)verdict < ASSAY_VERDICT_COUNT ? names[verdict] : "?";
}

bool assay_verdict_unexpected(enum assay_verdict verdict, bool strict)
{
	switch (verdict) {
	case ASSAY_FAIL:
	case ASSAY_TIMEOUT:
	case ASSAY_XPASS:
	case ASSAY_ERROR:
	case ASSAY_CRASH: return true;
	case ASSAY_WARN: return strict;
	default: return false;
	}
}
