/* implementation.h - which implementation a run is about, and which version of it: what tells the columns of a matrix apart. */
#ifndef ASSAY_RUNNER_IMPLEMENTATION_H
#define ASSAY_RUNNER_IMPLEMENTATION_H

#include "runner/arena.h"
#include "runner/profile.h"
#include "runner/result.h"

#define ASSAY_VERSION_TEXT_MAX 96 /* bytes of a version, with its end */

/* Sets the name and the version of info from the profile; its version command is run, so the target that it may ask is up by now. Strings
 * go into the arena. A command that fails leaves the version NULL: it is a help to the reader, and no reason to judge nothing. */
void assay_implementation_fill(
	struct assay_run_info *info, struct assay_arena *arena, const struct assay_profile *profile);

/* What a version command said, for people: one line, printable, without the implementation's name before it ("tgt\t1:1.0.85" of dpkg-query is "1:1.0.85").
 * "" when nothing is left. */
void assay_implementation_clean(
	char out[ASSAY_VERSION_TEXT_MAX], const char *said, const char *implementation);

#endif
