/*
 * pool.h - workers side by side: starts them, reads what they say, ends those whose time is over, and asks after each that did not pass whether the target
 * still answers. It knows no suites and no baselines.
 */
#ifndef ASSAY_RUNNER_POOL_H
#define ASSAY_RUNNER_POOL_H

#include <signal.h>

#include "runner/worker.h"

struct assay_pool;

/* A test has ended. The strings of *outcome live in the pool's arena. */
typedef void assay_pool_done_fn(
	void *payload, const struct assay_worker_spec *spec, const struct assay_outcome *outcome);

/* A worker asks for a control verb and waits: 0, or a negative error with words. */
typedef int assay_pool_asked_fn(
	void *payload, const struct assay_worker_spec *spec, enum assay_verb verb, struct assay_error *err);

/* slots: workers at once, from 1. arena: for what the outcomes say. asked (may be NULL: nothing can be asked for). NULL: out of memory. */
struct assay_pool *assay_pool_new(unsigned slots, struct assay_arena *arena, assay_pool_done_fn *done,
	assay_pool_asked_fn *asked, void *payload);
/* Kills what still runs. */
void assay_pool_free(struct assay_pool *p);

size_t assay_pool_running(const struct assay_pool *p);
/* A free slot's number, from 0, or -1. */
int assay_pool_slot(const struct assay_pool *p);
/* Starts a test in a free slot; the spec is copied, what it points to is not. 0 or ASSAY_E_IO. */
int assay_pool_start(struct assay_pool *p, const struct assay_worker_spec *spec, struct assay_error *err);
/* Waits until something happened or until the time `until` (monotonic, UINT64_MAX: any), with signals as in mask (NULL: as they are); calls done for what ended. */
void assay_pool_wait(struct assay_pool *p, uint64_t until, const sigset_t *mask);

#endif
