/*
 * leave.h - a dialer in front of a test's own that lets no command through that would write to a logical unit for which the user gave no leave. It guards against
 * mistakes of tests, not against malice: it looks at whole PDUs as the initiator sends them.
 */
#ifndef ASSAY_RUNNER_LEAVE_H
#define ASSAY_RUNNER_LEAVE_H

#include <stdbool.h>

#include "transport/stream.h"

struct assay_leave {
	struct assay_dialer dialer; /* for the test's connections */
	struct assay_dialer *inner;
	bool write; /* the test needs to write, and write_lun was given for it */
	uint32_t write_lun;
	const uint32_t *luns; /* that the target has: a WRITE to any other is harmless, and tests try it */
	size_t lun_count;
	char refused[96]; /* words about the first that was refused; "" while there is none */
};

void assay_leave_init(struct assay_leave *l, struct assay_dialer *inner);

#endif
