/* negotiation_digests.c - HeaderDigest and DataDigest: RFC 7143 sections 6.2.1 and 13.1. What a wrong digest does is digest_errors.c's. */
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

#define UNKNOWN "Y-net.iscsi-assay.sum9" /* a digest that no target has */

/* Section 6.2.1: None stands for a missing function, and can be chosen only where it was offered. */
static void none_not_offered(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "HeaderDigest", "CRC32C", NULL);

	assay_expect_one_of(t, i, "HeaderDigest", "CRC32C", ASSAY_OR_REJECT | ASSAY_OR_REFUSED);
}

static void none_not_offered_for_data(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "DataDigest", "CRC32C", NULL);

	assay_expect_one_of(t, i, "DataDigest", "CRC32C", ASSAY_OR_REJECT | ASSAY_OR_REFUSED);
}

/* The same section: no more can CRC32C, where only None was offered. */
static void crc_not_offered(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "HeaderDigest", "None", "DataDigest", "None", NULL);

	assay_expect_one_of(t, i, "HeaderDigest", "None", ASSAY_OR_REJECT | ASSAY_OR_REFUSED);
	assay_expect_one_of(t, i, "DataDigest", "None", ASSAY_OR_REJECT | ASSAY_OR_REFUSED);
}

/* The same section: the list is in order of preference, and the first value that the target supports is the answer. What it supports is what
 * it agrees to when nothing else is offered. */
static void first_of_list(struct assay_t *t, const char *key, const char *first, const char *list)
{
	struct assay_initiator *i = assay_offer(t, key, first, NULL);
	struct assay_pair pair;

	if (!assay_login_answer(i, &pair, key) || !assay_value_is(&pair, first))
		assay_skip(t, "not-offered");
	i = assay_offer(t, key, list, NULL);
	EXPECT_KEY(t, i, key, first);
}

static void header_digest_preferred(struct assay_t *t)
{
	first_of_list(t, "HeaderDigest", "CRC32C", "CRC32C,None");
}

static void data_digest_preferred(struct assay_t *t)
{
	first_of_list(t, "DataDigest", "CRC32C", "CRC32C,None");
}

static void no_header_digest_preferred(struct assay_t *t)
{
	first_of_list(t, "HeaderDigest", "None", "None,CRC32C");
}

static void no_data_digest_preferred(struct assay_t *t)
{
	first_of_list(t, "DataDigest", "None", "None,CRC32C");
}

/* The same section: a value that is not understood is passed over. */
static void unknown_digest_passed_over(struct assay_t *t)
{
	first_of_list(t, "HeaderDigest", "None", UNKNOWN ",None");
}

/* Section 6.1: values are case sensitive, so that none and crc32c are two more that nobody knows. */
static void digest_case(struct assay_t *t)
{
	first_of_list(t, "DataDigest", "None", "none,crc32c,None");
}

/* Section 6.2.1: where no value will do there is Reject, or the end of the login. */
static void unknown_digest_alone(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "DataDigest", UNKNOWN, NULL);

	assay_expect_one_of(t, i, "DataDigest", "Reject", ASSAY_OR_REFUSED);
}

/* An empty list offers nothing that could be chosen. */
static void empty_digest_list(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "HeaderDigest", "", NULL);

	assay_expect_one_of(t, i, "HeaderDigest", "Reject", ASSAY_OR_REFUSED);
}

/* Section 13.1: a digest that was agreed on is there from the first PDU of the full feature phase, over header and padded data. */
static void digests_in_force(struct assay_t *t, const char *header, const char *data)
{
	struct assay_initiator *i = assay_connect_with(t, "HeaderDigest", header, "DataDigest", data, NULL);
	struct assay_pdu pong;

	/* what was offered: a target that insists on one digest got it */
	header = i->config->wants.value[ASSAY_KEY_HEADER_DIGEST];
	data = i->config->wants.value[ASSAY_KEY_DATA_DIGEST];
	EXPECT_EQ(t, i->negotiation.params.header_digest, header[0] == 'C');
	EXPECT_EQ(t, i->negotiation.params.data_digest, data[0] == 'C');
	REQUIRE(t, i, assay_nop(i, "seven b", 7, &pong));
	EXPECT_EQ(t, pong.data_length, 7);
	EXPECT_ALIVE(t, i);
}

static void header_digest_in_force(struct assay_t *t)
{
	digests_in_force(t, "CRC32C,None", "None");
}

static void data_digest_in_force(struct assay_t *t)
{
	digests_in_force(t, "None", "CRC32C,None");
}

static void both_digests_in_force(struct assay_t *t)
{
	digests_in_force(t, "CRC32C,None", "CRC32C,None");
}

static const struct assay_test tests[] = {
	{ .id = "negotiation.none-not-offered",
		.reqs = "R7143-6.2.1-03",
		.section = "6.2.1",
		.level = MUST,
		.run = none_not_offered,
		.desc = "answers HeaderDigest=CRC32C with CRC32C or Reject, never None",
		.defects = "digest-none-unoffered" },
	{ .id = "negotiation.none-not-offered-for-data",
		.reqs = "R7143-6.2.1-03",
		.section = "6.2.1",
		.level = MUST,
		.run = none_not_offered_for_data,
		.desc = "answers DataDigest=CRC32C with CRC32C or Reject, never None",
		.defects = "digest-none-unoffered" },
	{ .id = "negotiation.crc-not-offered",
		.reqs = "R7143-6.2.1-05",
		.section = "6.2.1",
		.level = MUST,
		.run = crc_not_offered,
		.desc = "answers digests of None alone with None or a refusal, never CRC32C",
		.defects = "digest-crc-unoffered" },
	{ .id = "negotiation.header-digest-preferred",
		.reqs = "R7143-6.2.1-01",
		.section = "6.2.1",
		.level = MUST,
		.run = header_digest_preferred,
		.needs = ASSAY_NEED_HEADER_DIGEST,
		.desc = "answers HeaderDigest=CRC32C,None with CRC32C, which it supports",
		.defects = "digest-order-ignored" },
	{ .id = "negotiation.data-digest-preferred",
		.reqs = "R7143-6.2.1-01",
		.section = "6.2.1",
		.level = MUST,
		.run = data_digest_preferred,
		.needs = ASSAY_NEED_DATA_DIGEST,
		.desc = "answers DataDigest=CRC32C,None with CRC32C, which it supports",
		.defects = "digest-order-ignored" },
	{ .id = "negotiation.no-header-digest-preferred",
		.reqs = "R7143-6.2.1-01",
		.section = "6.2.1",
		.level = MUST,
		.run = no_header_digest_preferred,
		.desc = "answers HeaderDigest=None,CRC32C with None, where None alone will do",
		.defects = "digest-order-ignored" },
	{ .id = "negotiation.no-data-digest-preferred",
		.reqs = "R7143-6.2.1-01",
		.section = "6.2.1",
		.level = MUST,
		.run = no_data_digest_preferred,
		.desc = "answers DataDigest=None,CRC32C with None, where None alone will do",
		.defects = "digest-order-ignored" },
	{ .id = "negotiation.unknown-digest-passed-over",
		.reqs = "R7143-6.2.1-04",
		.section = "6.2.1",
		.level = MUST,
		.run = unknown_digest_passed_over,
		.desc = "passes over a digest that it does not know and takes the next",
		.defects = "digest-unknown-chosen" },
	{ .id = "negotiation.digest-case",
		.reqs = "R7143-6.1-06 R7143-6.2.1-04",
		.section = "6.1",
		.level = MUST,
		.run = digest_case,
		.desc = "does not take none and crc32c for digests",
		.defects = "digest-unknown-chosen" },
	{ .id = "negotiation.unknown-digest-alone",
		.reqs = "R7143-6.2.1-05 R7143-6.2.1-06",
		.section = "6.2.1",
		.level = MUST,
		.run = unknown_digest_alone,
		.desc = "answers a digest that it does not know with Reject or ends the login",
		.defects = "digest-none-unoffered digest-unknown-chosen" },
	{ .id = "negotiation.empty-digest-list",
		.reqs = "R7143-6.2.1-05",
		.section = "6.2.1",
		.level = MUST,
		.run = empty_digest_list,
		.desc = "answers an empty list of digests with Reject or ends the login",
		.defects = "digest-none-unoffered" },
	{ .id = "negotiation.header-digest-in-force",
		.reqs = "R7143-13.1-02 R7143-13.1-04",
		.section = "13.1",
		.level = MUST,
		.run = header_digest_in_force,
		.needs = ASSAY_NEED_HEADER_DIGEST,
		.desc = "sends right header digests once CRC32C is agreed on, and no data digests",
		.defects = "digest-wrong" },
	{ .id = "negotiation.data-digest-in-force",
		.reqs = "R7143-13.1-02 R7143-13.1-04",
		.section = "13.1",
		.level = MUST,
		.run = data_digest_in_force,
		.needs = ASSAY_NEED_DATA_DIGEST,
		.desc = "sends right data digests once CRC32C is agreed on, and no header digests",
		.defects = "digest-wrong" },
	{ .id = "negotiation.both-digests-in-force",
		.reqs = "R7143-13.1-02 R7143-13.1-04",
		.section = "13.1",
		.level = MUST,
		.run = both_digests_in_force,
		.needs = ASSAY_NEED_HEADER_DIGEST | ASSAY_NEED_DATA_DIGEST,
		.desc = "sends right digests of both kinds once they are agreed on",
		.defects = "digest-wrong" },
};

const struct assay_suite assay_suite_negotiation_digests = {
	.name = "negotiation",
	.desc = "HeaderDigest and DataDigest",
	ASSAY_TESTS(tests),
};
