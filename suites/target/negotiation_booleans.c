/* negotiation_booleans.c - boolean keys and keys that others make irrelevant: RFC 7143 sections 6.2, 6.2.2, 13.10, 13.11, 13.18, 13.19. */
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* Section 6.2.2: the value that decides a result alone (No for AND, Yes for OR) may stay without an answer, and cannot be overruled. The
 * other is answered with the result. */
static void boolean(struct assay_t *t, const char *key, const char *decisive, const char *open)
{
	assay_expect_one_of(t, assay_offer(t, key, decisive, NULL), key, decisive, ASSAY_OR_NOTHING);
	assay_expect_one_of(t, assay_offer(t, key, open, NULL), key, "Yes,No", 0);
}

static void initial_r2t(struct assay_t *t)
{
	boolean(t, "InitialR2T", "Yes", "No");
}

static void immediate_data(struct assay_t *t)
{
	boolean(t, "ImmediateData", "No", "Yes");
}

static void data_pdu_in_order(struct assay_t *t)
{
	boolean(t, "DataPDUInOrder", "Yes", "No");
}

static void data_sequence_in_order(struct assay_t *t)
{
	boolean(t, "DataSequenceInOrder", "Yes", "No");
}

/* Section 6.1: a boolean is Yes or No, as written. All else is answered with Reject or an admissible value, or ends the login. */
static void malformed(struct assay_t *t, const char *key)
{
	static const char *const values[] = { "yes", "NO", "True", "1", "", "Yes,No", "None" };

	for (unsigned k = 0; k < sizeof(values) / sizeof(values[0]); k++)
		assay_expect_one_of(t, assay_offer(t, key, values[k], NULL), key, "Yes,No",
			ASSAY_OR_REJECT | ASSAY_OR_REFUSED);
}

static void malformed_and(struct assay_t *t)
{
	malformed(t, "ImmediateData");
}

static void malformed_or(struct assay_t *t)
{
	malformed(t, "DataPDUInOrder");
}

/* Section 6.2: Reject, Irrelevant and NotUnderstood answer; as an offer they are not admissible. */
static void reserved_words(struct assay_t *t)
{
	static const char *const words[] = { "Reject", "Irrelevant", "NotUnderstood" };

	for (unsigned k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		assay_expect_one_of(t, assay_offer(t, "ImmediateData", words[k], NULL), "ImmediateData",
			"Yes,No", ASSAY_OR_REJECT | ASSAY_OR_REFUSED);
}

/* Section 13.14: with InitialR2T=Yes and ImmediateData=No there is no first burst, and its length may be called irrelevant. */
static void irrelevant_first_burst(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(
		t, "InitialR2T", "Yes", "ImmediateData", "No", "FirstBurstLength", "4192", NULL);

	assay_expect_number_from(t, i, "FirstBurstLength", 512, 4192, ASSAY_OR_IRRELEVANT);
}

static struct assay_initiator *offer_in_discovery(struct assay_t *t, const char *key, const char *value)
{
	struct assay_initiator *i;

	assay_aim(t, NULL);
	i = assay_connect(t);
	assay_login_operational(t, i);
	assay_offer_more(t, i, key, value, NULL);
	return i;
}

/* Section 13: these keys are irrelevant in a discovery session. Section 6.2: they may be answered so, or as ever; they are understood. */
static void irrelevant_in_discovery(struct assay_t *t)
{
	static const struct {
		const char *key, *offer;
		uint32_t low, high;
	} numbers[] = {
		{ "MaxConnections", "4", 1, 4 },
		{ "MaxBurstLength", "65536", 512, 65536 },
		{ "FirstBurstLength", "4096", 512, 4096 },
		{ "MaxOutstandingR2T", "4", 1, 4 },
	};
	static const char *const booleans[][2] = { { "InitialR2T", "No" }, { "ImmediateData", "Yes" },
		{ "DataPDUInOrder", "No" }, { "DataSequenceInOrder", "No" } };

	for (unsigned k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
		assay_expect_number_from(t, offer_in_discovery(t, numbers[k].key, numbers[k].offer),
			numbers[k].key, numbers[k].low, numbers[k].high, ASSAY_OR_IRRELEVANT);
	for (unsigned k = 0; k < sizeof(booleans) / sizeof(booleans[0]); k++)
		assay_expect_one_of(t, offer_in_discovery(t, booleans[k][0], booleans[k][1]), booleans[k][0],
			"Yes,No", ASSAY_OR_IRRELEVANT);
}

/* Section 7.4.1: a discovery session recovers nothing; ErrorRecoveryLevel is answered with 0. */
static void no_recovery_in_discovery(struct assay_t *t)
{
	EXPECT_KEY(t, offer_in_discovery(t, "ErrorRecoveryLevel", "2"), "ErrorRecoveryLevel", "0");
}

static const struct assay_test tests[] = {
	{ .id = "negotiation.initial-r2t",
		.reqs = "R7143-13.10-01 R7143-6.2.2-06",
		.section = "13.10",
		.level = MUST,
		.run = initial_r2t,
		.desc = "never overrules InitialR2T=Yes, and answers No with the result",
		.defects = "initialr2t-overruled boolean-unanswered" },
	{ .id = "negotiation.immediate-data",
		.reqs = "R7143-13.11-06 R7143-6.2.2-06",
		.section = "13.11",
		.level = MUST,
		.run = immediate_data,
		.desc = "never overrules ImmediateData=No, and answers Yes with the result",
		.defects = "boolean-overruled boolean-unanswered" },
	{ .id = "negotiation.data-pdu-in-order",
		.reqs = "R7143-13.18-01 R7143-6.2.2-06",
		.section = "13.18",
		.level = MUST,
		.run = data_pdu_in_order,
		.desc = "never overrules DataPDUInOrder=Yes, and answers No with the result",
		.defects = "boolean-overruled boolean-unanswered" },
	{ .id = "negotiation.data-sequence-in-order",
		.reqs = "R7143-13.19-03 R7143-6.2.2-06",
		.section = "13.19",
		.level = MUST,
		.run = data_sequence_in_order,
		.desc = "never overrules DataSequenceInOrder=Yes, and answers No with the result",
		.defects = "boolean-overruled boolean-unanswered" },
	{ .id = "negotiation.malformed-and-boolean",
		.reqs = "R7143-6.2.2-09 R7143-6.2.2-03",
		.section = "6.2.2",
		.level = MUST,
		.run = malformed_and,
		.desc = "answers ImmediateData with anything but Yes and No by Reject or an admissible value",
		.defects = "boolean-echoed" },
	{ .id = "negotiation.malformed-or-boolean",
		.reqs = "R7143-6.2.2-09 R7143-6.2.2-03",
		.section = "6.2.2",
		.level = MUST,
		.run = malformed_or,
		.desc = "answers DataPDUInOrder with anything but Yes and No by Reject or an admissible "
			"value",
		.defects = "boolean-echoed" },
	{ .id = "negotiation.reserved-words-offered",
		.reqs = "R7143-6.2.2-03",
		.section = "6.2",
		.level = MUST,
		.run = reserved_words,
		.desc = "takes Reject, Irrelevant and NotUnderstood for no admissible offers",
		.defects = "reserved-words-ignored" },
	{ .id = "negotiation.irrelevant-first-burst",
		.reqs = "R7143-13.14-02 R7143-6.2.2-01",
		.section = "13.14",
		.level = MUST,
		.run = irrelevant_first_burst,
		.desc = "answers FirstBurstLength with a value or Irrelevant where there is no first burst",
		.defects = "number-above-offer" },
	{ .id = "negotiation.irrelevant-in-discovery",
		.reqs = "R7143-6.2-16 R7143-6.2.2-01",
		.section = "13",
		.level = MUST,
		.run = irrelevant_in_discovery,
		.desc = "answers what does not matter in a discovery session with Irrelevant or a value",
		.defects = "irrelevant-not-understood" },
	{ .id = "negotiation.no-recovery-in-discovery",
		.reqs = "R7143-7.4.1-01",
		.section = "7.4.1",
		.level = MUST,
		.run = no_recovery_in_discovery,
		.desc = "answers ErrorRecoveryLevel in a discovery session with 0",
		.defects = "erl-raised" },
};

const struct assay_suite assay_suite_negotiation_booleans = {
	.name = "negotiation",
	.desc = "boolean keys, and keys that others make irrelevant",
	ASSAY_TESTS(tests),
};
