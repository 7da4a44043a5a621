/*
 * coverage_map.h - which code of an instrumented target a case has reached: the campaign's end of coverage_layout.h. Feedback beside state.h's, where the target was built with
 * clang -fsanitize-coverage=trace-pc-guard and fuzz/coverage_runtime.c. It plays nothing and judges nothing.
 */
#ifndef ASSAY_CAMPAIGN_COVERAGE_MAP_H
#define ASSAY_CAMPAIGN_COVERAGE_MAP_H

#include "codec/error.h"

struct assay_coverage_map;

/* Makes the shared file and says its name in the environment, so that a target that is started from here on finds it. One at a time. 0, ASSAY_E_IO or ASSAY_E_NOMEM. */
int assay_coverage_map_new(struct assay_coverage_map **out, struct assay_error *err);
/* Removes the file, and the name from the environment. NULL is fine. */
void assay_coverage_map_free(struct assay_coverage_map *map);

/*
 * How many edges were gone through since the last call that never were before, or more times than ever (as powers of two count), and begins anew. As
 * assay_play_options.coverage wants it: payload is the map. Call it when the target is at rest: after a sentinel was answered.
 */
unsigned assay_coverage_map_take(void *payload);

/* Edges that the target has (0: none that is instrumented was started), and that any case went through. */
unsigned assay_coverage_map_edges(const struct assay_coverage_map *map);
unsigned assay_coverage_map_reached(const struct assay_coverage_map *map);

#endif
