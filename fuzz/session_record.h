/* session_record.h - inputs of the session entries from what a tap saw. */
#ifndef ASSAY_FUZZ_SESSION_RECORD_H
#define ASSAY_FUZZ_SESSION_RECORD_H

#include "transport/tap.h"

/*
 * Writes what one side said on all connections as records of session_input.h, at most capacity bytes, with the leads of target_session.c
 * (dir ASSAY_TO_TARGET) or initiator_session.c. Bytes that are no whole PDU are left out. Returns the bytes written.
 */
size_t assay_fuzz_session_of_tap(
	uint8_t *out, size_t capacity, const struct assay_tap *t, enum assay_dir dir);

#endif
