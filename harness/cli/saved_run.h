/* saved_run.h - a run read back from its run.json, whole: what a later command does with a run, it does with this one. */
#ifndef ASSAY_CLI_SAVED_RUN_H
#define ASSAY_CLI_SAVED_RUN_H

#include "codec/error.h"
#include "runner/result.h"

struct assay_saved_run;

/* 0; ASSAY_E_SYNTAX with words in err. *out is freed by assay_saved_run_free, whatever was returned. */
int assay_saved_run_read(struct assay_saved_run **out, const char *path, struct assay_error *err);
/* All of it, as the run itself had it; run.json written from it is the same, byte for byte. Belongs to the saved run. */
const struct assay_run *assay_saved_run_of(const struct assay_saved_run *s);
/* The ids of the results that were unexpected or warnings, NULL-terminated; the list is the caller's to free, its strings are the saved run's. */
const char **assay_saved_run_failed(const struct assay_saved_run *s);
void assay_saved_run_free(struct assay_saved_run *s);

#endif
