/*
 * evidence.h - what a test that did not pass leaves: DIR/<id>/trace.pcapng, pdus.txt, result.json and, where the target logged something meanwhile, target.log, all bounded. Secrets are in none of them: listings leave
 * CHAP proofs out, and profiles are not written.
 */
#ifndef ASSAY_RUNNER_EVIDENCE_H
#define ASSAY_RUNNER_EVIDENCE_H

#include "codec/error.h"
#include "runner/result.h"
#include "transport/tap.h"

#define ASSAY_LISTING_LIMIT (4L << 20) /* bytes of pdus.txt */

/* What was said, and what did not hold. */
struct assay_evidence {
	const char *id; /* of the test: the folder's name */
	const struct assay_tap *tap; /* NULL: nothing was kept (the worker died); the files say so */
	const struct assay_failure *
		failures; /* each is told in the capture, at the PDU at which it was found (capture/verdict.h) */
	size_t failure_count;
};

/* Makes DIR/<id> and writes trace.pcapng and pdus.txt there. 0 or ASSAY_E_IO, ASSAY_E_NOMEM. */
int assay_evidence_traces(const char *dir, const struct assay_evidence *e, struct assay_error *err);
/* Writes DIR/<id>/result.json; and empty traces when the worker wrote none. */
int assay_evidence_result(const char *dir, const struct assay_test_result *result,
	const struct assay_run_info *info, bool traces, struct assay_error *err);

/* What the target logged meanwhile: target.log in the folder of that test. 0 or ASSAY_E_IO, ASSAY_E_LIMIT. */
int assay_evidence_log(const char *dir, const char *id, const char *text, struct assay_error *err);

#endif
