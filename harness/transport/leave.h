/*
 * leave.h - a dialer in front of a test's own that lets nothing through for which the user gave no leave: no command that would write to a logical unit, no reset,
 * reservation or setting that others would feel. It guards against mistakes of tests, not against malice: it looks at whole PDUs as the initiator sends them.
 */
#ifndef ASSAY_TRANSPORT_LEAVE_H
#define ASSAY_TRANSPORT_LEAVE_H

#include <stdbool.h>

#include "codec/pdu.h"
#include "transport/stream.h"

struct assay_leave {
	struct assay_dialer dialer; /* for the test's connections */
	struct assay_dialer *inner;
	bool write; /* the test needs to write, and write_lun was given for it */
	uint32_t write_lun;
	bool disruptive; /* the test needs to be, and the user allowed it */
	const uint32_t *luns; /* that the target has: what goes to any other is harmless, and tests try it */
	size_t lun_count; /* 0: not known, any may be there */
	char refused[96]; /* words about the first that was refused; "" while there is none */
};

/* May a PDU with that header go out? For those who send what chance made and look at it themselves: a command whose operation code is not known to leave everything as it is counts as a writer. */
bool assay_leave_allows(const struct assay_leave *l, const struct assay_pdu *bhs);

void assay_leave_init(struct assay_leave *l, struct assay_dialer *inner);

#endif
