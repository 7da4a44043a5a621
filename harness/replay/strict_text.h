/* strict_text.h - the text of two PDUs of a target, for strict.h: every pair in its place. What is of a target's own choice (an address, a challenge) is the same when it has the same form. Private to strict.c. */
#ifndef ASSAY_REPLAY_STRICT_TEXT_H
#define ASSAY_REPLAY_STRICT_TEXT_H

#include "replay/strict.h"

/* As assay_strict_compare. */
int assay_strict_text(
	struct assay_replay_differences *out, struct assay_strict *s, const struct assay_strict_exchange *x);

#endif
