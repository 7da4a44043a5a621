/*
 * snack_requests.c - SNACK at ErrorRecoveryLevel 0: RFC 7143 section 11.16. Recovery within a connection is not agreed on there, and what is asked for here was
 * never sent, or is acknowledged: each is rejected. The reason is protocol error (section 11.16); section 11.17.1 has others that name the same: SNACK reject, command
 * not supported, invalid data ack, invalid PDU field. A close is error recovery too (section 7.1.4.4). Silence is none.
 */
#include "suites/target/common.h"
#include "suites/target/target_suites.h"

enum { DATA = 0, STATUS = 1, DATA_ACK = 2, R_DATA = 3 };

/* A SNACK of that type with the tags that the type wants, for nothing yet. */
static struct assay_pdu snack(struct assay_initiator *i, uint8_t type)
{
	struct assay_pdu pdu;

	assay_make(i, &pdu, ASSAY_SNACK_REQUEST);
	pdu.snack_type = type;
	return pdu;
}

static void expect_refusal(struct assay_t *t, struct assay_initiator *i, const struct assay_pdu *pdu)
{
	REQUIRE(t, i, assay_send(i, pdu));
	EXPECT_REFUSED(t, i, 0x03, 0x04, 0x05, 0x08, 0x09);
}

static struct assay_initiator *at_level_zero(struct assay_t *t)
{
	return assay_connect_with(t, "ErrorRecoveryLevel", "0", NULL);
}

/* A status that was never sent cannot be sent again. */
static void status_not_sent(struct assay_t *t)
{
	struct assay_initiator *i = at_level_zero(t);
	struct assay_pdu pdu = snack(i, STATUS);

	pdu.itt = ASSAY_TAG_RESERVED;
	pdu.beg_run = i->exp_stat_sn + 10;
	pdu.run_length = 1;
	expect_refusal(t, i, &pdu);
}

/* One that the initiator has acknowledged is gone. */
static void status_acknowledged(struct assay_t *t)
{
	struct assay_initiator *i = at_level_zero(t);
	struct assay_pdu pdu;

	REQUIRE(t, i, assay_nop(i, NULL, 0, NULL));
	pdu = snack(i, STATUS);
	pdu.itt = ASSAY_TAG_RESERVED;
	pdu.beg_run = i->exp_stat_sn - 1;
	pdu.run_length = 1;
	expect_refusal(t, i, &pdu);
}

/* Data of a task that never was. */
static void data_of_no_task(struct assay_t *t)
{
	struct assay_initiator *i = at_level_zero(t);
	struct assay_pdu pdu = snack(i, DATA);

	pdu.run_length = 1;
	expect_refusal(t, i, &pdu);
}

/* R-Data: the same, with the SNACK Tag that it wants. */
static void r_data_of_no_task(struct assay_t *t)
{
	struct assay_initiator *i = at_level_zero(t);
	struct assay_pdu pdu = snack(i, R_DATA);

	pdu.ttt = 0x1234;
	expect_refusal(t, i, &pdu);
}

/* An acknowledgement of data for which none was asked with the A bit. */
static void data_ack_unasked(struct assay_t *t)
{
	struct assay_initiator *i = at_level_zero(t);
	struct assay_pdu pdu = snack(i, DATA_ACK);

	pdu.itt = ASSAY_TAG_RESERVED;
	pdu.ttt = 0x1234;
	pdu.lun = assay_lun(t);
	pdu.beg_run = 1;
	expect_refusal(t, i, &pdu);
}

/* The types 4 to 15 are reserved. */
static void unassigned_types(struct assay_t *t)
{
	static const uint8_t types[] = { 4, 9, 15 };

	for (size_t n = 0; n < sizeof(types); n++) {
		struct assay_initiator *i = at_level_zero(t);
		struct assay_pdu pdu = snack(i, types[n]);

		expect_refusal(t, i, &pdu);
	}
}

#define SNACK(name, function, requirement, what)                                                             \
	{                                                                                                    \
		.id = "snack." name, .reqs = requirement, .section = "11.16", .level = MUST,                 \
		.run = function, .desc = "rejects " what " at ErrorRecoveryLevel 0",                         \
		.defects = "snack-ignored"                                                                   \
	}

static const struct assay_test tests[] = {
	SNACK("status-not-sent", status_not_sent, "R7143-11.16-05", "a SNACK for a status that was not sent"),
	SNACK("status-acknowledged", status_acknowledged, "R7143-11.16-05",
		"a SNACK for a status that was acknowledged"),
	SNACK("data-of-no-task", data_of_no_task, "R7143-11.16-05", "a Data SNACK for a task that never was"),
	SNACK("r-data-of-no-task", r_data_of_no_task, "R7143-11.16-05",
		"an R-Data SNACK for a task that never was"),
	SNACK("data-ack-unasked", data_ack_unasked, "R7143-11.16-05", "a DataACK that was not asked for"),
	SNACK("unassigned-types", unassigned_types, "R7143-11.16.1-02 R7143-11-03",
		"SNACKs of types that are not assigned"),
};

const struct assay_suite assay_suite_snack_requests = {
	.name = "snack",
	.desc = "SNACK Request at ErrorRecoveryLevel 0",
	ASSAY_TESTS(tests),
};
