/* common.h - claims and small steps that tests of several areas need: refusals in either of their forms, the next PDU, pings that no window
 * holds up, a write that waits for its data. */
#ifndef ASSAY_SUITES_TARGET_COMMON_H
#define ASSAY_SUITES_TARGET_COMMON_H

#include "suites/target/scsi.h"

/*
 * What came is refused: by a Reject with one of these reasons, or by the end of the connection (sections 7.1.4.4 and 7.7 leave either side that way
 * out of any error).
 */
#define EXPECT_REFUSED(t, i, ...) assay_expect_refused((t), (i), __FILE__, __LINE__, __VA_ARGS__, -1)
void assay_expect_refused(struct assay_t *t, struct assay_initiator *i, const char *file, int line, ...);

/* The next PDU is of that opcode and has that ITT; expected says so in words. *out (may be NULL) is that PDU. When it is not, the test ends. */
#define EXPECT_NEXT(t, i, out, opcode, itt, expected)                                                        \
	assay_expect_next((t), (i), (out), (opcode), (itt), (expected), __FILE__, __LINE__)
void assay_expect_next(struct assay_t *t, struct assay_initiator *i, struct assay_pdu *out, uint8_t opcode,
	uint32_t itt, const char *expected, const char *file, int line);

/* The target says nothing but the answer to an immediate ping, which the command window does not hold up; *out (may be NULL) is that answer. */
#define EXPECT_QUIET(t, i, out) assay_expect_quiet((t), (i), (out), __FILE__, __LINE__)
void assay_expect_quiet(
	struct assay_t *t, struct assay_initiator *i, struct assay_pdu *out, const char *file, int line);

/* Sends a ping with that CmdSN, whatever the session's own is; returns its ITT. */
uint32_t assay_send_ping(struct assay_t *t, struct assay_initiator *i, uint32_t cmd_sn);

/* A request as its bytes on the wire, for tests that write where no field is; lives as long as the test. */
uint8_t *assay_request_bytes(
	struct assay_t *t, struct assay_initiator *i, const struct assay_pdu *pdu, size_t *length);
/* Sends them, with the digest of the header as it is now where digests are in force; for a request without AHS. */
int assay_request_bytes_send(struct assay_initiator *i, uint8_t *bytes, size_t length);

/* A session in which a write sends nothing before it is asked: what a test needs that wants a task to stay. */
struct assay_initiator *assay_connect_solicited(struct assay_t *t);

/* A write of one block that waits: its first R2T came, no data was sent. Needs ASSAY_NEED_WRITE and a session as above. */
struct assay_waiting {
	struct assay_task *task;
	struct assay_pdu command; /* as it was sent, but for ExpStatSN */
	struct assay_pdu r2t;
};
struct assay_waiting assay_waiting_write(struct assay_t *t, struct assay_initiator *i);
/* Sends the data that was asked for; EXPECTs GOOD. */
void assay_finish_write(struct assay_t *t, struct assay_initiator *i, struct assay_waiting *w);

#endif
