/*
 * initiator_script.h - what the test initiator does in the entry initiator_session, as the first bytes of an input say it: how it logs in, then some calls.
 * The same script runs against a hostile target and, to record seeds, against a right one.
 */
#ifndef ASSAY_FUZZ_INITIATOR_SCRIPT_H
#define ASSAY_FUZZ_INITIATOR_SCRIPT_H

#include "initiator/initiator.h"

#define ASSAY_FUZZ_SCRIPT_LENGTH  4 /* bytes */
#define ASSAY_FUZZ_SCRIPT_TIMEOUT (4 * ASSAY_SECOND) /* of each answer */

/* Byte 0. */
#define ASSAY_FUZZ_LOGIN_WAY    0x03 /* 0 without authentication, 1 CHAP, 2 mutual CHAP, 3 by hand */
#define ASSAY_FUZZ_DISCOVERY    0x04
#define ASSAY_FUZZ_WITH_DIGESTS 0x08
#define ASSAY_FUZZ_SMALL        0x10 /* short segments and bursts, ErrorRecoveryLevel 2 offered */
#define ASSAY_FUZZ_REGARDLESS   0x20 /* goes on after a call that failed, as no right initiator would */
#define ASSAY_FUZZ_SILENT       0x40 /* a target that has said all neither speaks nor closes */

/* Bytes 1 to 3: six calls, four bits each, the high ones first. */
enum assay_fuzz_call {
	ASSAY_FUZZ_CALL_NONE,
	ASSAY_FUZZ_CALL_TASK,
	ASSAY_FUZZ_CALL_READ,
	ASSAY_FUZZ_CALL_WRITE,
	ASSAY_FUZZ_CALL_BOTH_WAYS,
	ASSAY_FUZZ_CALL_TASKS, /* three in flight */
	ASSAY_FUZZ_CALL_NOP,
	ASSAY_FUZZ_CALL_BARRIER,
	ASSAY_FUZZ_CALL_ABORT_TASK,
	ASSAY_FUZZ_CALL_RESET,
	ASSAY_FUZZ_CALL_TEXT,
	ASSAY_FUZZ_CALL_SEND_TARGETS,
	ASSAY_FUZZ_CALL_RECEIVE,
	ASSAY_FUZZ_CALL_AWAIT_CLOSE,
	ASSAY_FUZZ_CALL_CONNECTION, /* another one of the session; what follows is said there */
	ASSAY_FUZZ_CALL_LOGOUT,
};

/* What looks on. Every call is told before and after; result: what it returned. */
struct assay_fuzz_script_watcher {
	void (*opened)(void *payload, struct assay_initiator *i);
	void (*before)(void *payload, struct assay_initiator *i);
	void (*after)(void *payload, struct assay_initiator *i, const char *call, long result);
	void *payload;
};

/* Runs the script. dialer: where the target is; tap: sees what is said. */
void assay_fuzz_script_run(const uint8_t script[ASSAY_FUZZ_SCRIPT_LENGTH], struct assay_dialer *dialer,
	struct assay_tap *tap, const struct assay_fuzz_script_watcher *watcher);

#endif
