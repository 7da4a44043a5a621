/* tmf.h - task management as tests ask for it: requests that can be changed, and responses while tasks go on. RFC 7143 sections 11.5 and 11.6. */
#ifndef ASSAY_SUITES_TARGET_TMF_H
#define ASSAY_SUITES_TARGET_TMF_H

#include "suites/target/scsi.h"

struct assay_transfer;

enum assay_function {
	ASSAY_ABORT_TASK = 1,
	ASSAY_ABORT_TASK_SET = 2,
	ASSAY_CLEAR_ACA = 3,
	ASSAY_CLEAR_TASK_SET = 4,
	ASSAY_LOGICAL_UNIT_RESET = 5,
	ASSAY_TARGET_WARM_RESET = 6,
	ASSAY_TARGET_COLD_RESET = 7,
	ASSAY_TASK_REASSIGN = 8,
};

/* The responses of section 11.6.1 as bits of a set. */
enum assay_tmf_response {
	ASSAY_COMPLETE = 1,
	ASSAY_NO_TASK = 2,
	ASSAY_NO_LUN = 4,
	ASSAY_STILL_ALLEGIANT = 8,
	ASSAY_NO_REASSIGNMENT = 16,
	ASSAY_NOT_SUPPORTED = 32,
	ASSAY_NOT_AUTHORIZED = 64,
	ASSAY_FUNCTION_REJECTED = 128,
};

/* A request of a function for a logical unit, immediate and right; the last two say the task, where the function is for one. */
struct assay_pdu assay_tmf(struct assay_initiator *i, enum assay_function function, uint64_t lun);
struct assay_pdu assay_tmf_abort(struct assay_initiator *i, const struct assay_transfer *w);

/* A session with the keys SOLICITED, to ask for the function there. Every unit has ABORT TASK SET (SAM-5), and one test holds its absence against the target: that
 * function is tried without tasks first, and where it is not supported, response 5, the test that asks is blocked by the other. */
struct assay_initiator *assay_tmf_connect(struct assay_t *t, enum assay_function function, uint64_t lun);

/* Receives until the response to the request with that ITT comes; PDUs of the writes (NULL-terminated; NULL: none) are taken meanwhile, their R2Ts answered. A
 * PDU of anything else is a FAIL. */
struct assay_pdu assay_tmf_await(
	struct assay_t *t, struct assay_initiator *i, uint32_t itt, struct assay_transfer *const *writes);
/* Sends the request, and the same. */
struct assay_pdu assay_tmf_run(struct assay_t *t, struct assay_initiator *i, const struct assay_pdu *request);

/* Claims that nothing more comes for tasks that are over, whatever data for them was on its way: a ping and some reads show it, of which the reads go the way
 * that the writes' data went. Rejects of the data may come. The reads may end in any way. */
void assay_tmf_expect_over(struct assay_t *t, struct assay_initiator *i, const char *file, int line);
#define EXPECT_OVER(t, i) assay_tmf_expect_over((t), (i), __FILE__, __LINE__)

/* Claims that the response is one of a set of enum assay_tmf_response. */
void assay_tmf_expect(
	struct assay_t *t, const struct assay_pdu *pdu, unsigned set, const char *file, int line);
#define EXPECT_TMF(t, pdu, set) assay_tmf_expect((t), (pdu), (set), __FILE__, __LINE__)

#endif
