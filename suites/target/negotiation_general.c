/* negotiation_general.c - unknown, declared and obsolete keys: RFC 7143 sections 6.2, 6.3 and 13. */
#include <string.h>

#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* Section 6.2: a key that is not understood is answered with NotUnderstood, and does no harm otherwise. */
static void not_understood(struct assay_t *t, const char *key)
{
	struct assay_initiator *i = assay_offer(t, key, "1,2,three", "ErrorRecoveryLevel", "0", NULL);

	EXPECT_KEY(t, i, key, "NotUnderstood");
	EXPECT_KEY(t, i, "ErrorRecoveryLevel", "0");
}

static void private_key(struct assay_t *t)
{
	not_understood(t, "X-net.iscsi-assay.no_such_key");
}

static void unknown_key(struct assay_t *t)
{
	not_understood(t, "NoSuchKey");
}

/* Section 6.1: 63 characters make the longest key. */
static void longest_unknown_key(struct assay_t *t)
{
	not_understood(t, "K23456789012345678901234567890123456789012345678901234567890123");
}

/* Section 6.2: all keys of the standard are understood; each is offered with its default here. */
static const char *const standard[][2] = {
	{ "HeaderDigest", "None,CRC32C" },
	{ "DataDigest", "None,CRC32C" },
	{ "MaxConnections", "1" },
	{ "InitiatorAlias", "assay" },
	{ "InitialR2T", "No" },
	{ "ImmediateData", "Yes" },
	{ "MaxRecvDataSegmentLength", "8192" },
	{ "MaxBurstLength", "262144" },
	{ "FirstBurstLength", "65536" },
	{ "DefaultTime2Wait", "2" },
	{ "DefaultTime2Retain", "20" },
	{ "MaxOutstandingR2T", "1" },
	{ "DataPDUInOrder", "No" },
	{ "DataSequenceInOrder", "No" },
	{ "ErrorRecoveryLevel", "0" },
	{ "IFMarker", "No" },
	{ "OFMarker", "No" },
};

static struct assay_initiator *offer_standard(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	for (unsigned k = 0; k < sizeof(standard) / sizeof(standard[0]); k++)
		assay_login_key(i, standard[k][0], standard[k][1]);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	return i;
}

static void standard_keys_understood(struct assay_t *t)
{
	struct assay_initiator *i = offer_standard(t);
	struct assay_pair pair;
	size_t offset = 0;

	while (assay_text_next(&pair, &offset, i->login.answer, i->login.answer_length) == 1)
		EXPECT(t, !assay_value_is(&pair, "NotUnderstood"), "no key of the standard is NotUnderstood",
			"%.*s=NotUnderstood", (int)pair.key_length, pair.key);
}

/* Section 6.2: a negotiation ends with its answer; only declarations and values that decide alone go without. */
static void every_offer_answered(struct assay_t *t)
{
	struct assay_initiator *i = offer_standard(t);

	for (unsigned k = 0; k < sizeof(standard) / sizeof(standard[0]); k++) {
		enum assay_key_id id = assay_key_find(standard[k][0], strlen(standard[k][0]));
		struct assay_pair pair;

		if (!assay_key_answer_optional(assay_key_at(id), standard[k][1], strlen(standard[k][1])))
			EXPECT(t, assay_login_answer(i, &pair, standard[k][0]),
				"each offer that needs it is answered in the response to its request",
				"no %s", standard[k][0]);
	}
}

/* Section 13: what is declared has no answer, and is the initiator's alone to say. */
static void declarations_unanswered(struct assay_t *t)
{
	static const char *const declared[] = { "InitiatorName", "TargetName", "SessionType",
		"InitiatorAlias" };
	struct assay_initiator *i = assay_offer(t, "InitiatorAlias", "assay", NULL);
	struct assay_pair pair;

	for (unsigned k = 0; k < sizeof(declared) / sizeof(declared[0]); k++)
		EXPECT(t, !assay_login_refused(i) && !assay_login_answer(i, &pair, declared[k]),
			"no key that the initiator declared comes back", "%s=… in the answer", declared[k]);
}

/* Sections 6.1 and 13.7: an alias is UTF-8 text of up to 255 bytes. */
static void longest_alias(struct assay_t *t)
{
	char alias[256] = "";
	struct assay_initiator *i;

	for (unsigned k = 0; k < 127; k++)
		memcpy(alias + 2 * k, "\xc3\xa4", 2);
	i = assay_offer(t, "InitiatorAlias", alias, "ErrorRecoveryLevel", "0", NULL);
	EXPECT_KEY(t, i, "ErrorRecoveryLevel", "0");
}

/* Section 13.26: what the initiator says of its architecture changes nothing. It may be unknown to the target. */
static void node_architecture(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "X#NodeArchitecture", "AssayOS/1.0,Assay_SW_Initiator/1.0",
		"ErrorRecoveryLevel", "0", NULL);
	struct assay_pair pair;
	bool said = assay_login_answer(i, &pair, "X#NodeArchitecture") == 1;

	EXPECT_KEY(t, i, "ErrorRecoveryLevel", "0");
	EXPECT(t, !said || (!assay_value_is(&pair, "Reject") && !assay_value_is(&pair, "Irrelevant")),
		"no answer, NotUnderstood, or the target's own architecture", "X#NodeArchitecture=%.*s",
		said ? (int)pair.value_length : 0, said ? pair.value : "");
}

/* Section 13.23: RFC3720 is the default of every target, so that it is the answer where it comes first. */
static void task_reporting(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "TaskReporting", "RFC3720,ResponseFence,FastAbort", NULL);

	EXPECT_KEY(t, i, "TaskReporting", "RFC3720");
}

static void task_reporting_from_list(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(
		t, "TaskReporting", "SomethingElse,ResponseFence,RFC3720", NULL);

	EXPECT_KEY(t, i, "TaskReporting", "ResponseFence", "RFC3720");
}

/* Section 13.25: markers are gone: Reject, or else No. */
static void markers(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "IFMarker", "Yes", "OFMarker", "Yes", NULL);

	EXPECT_KEY(t, i, "IFMarker", "Reject", "No");
	EXPECT_KEY(t, i, "OFMarker", "Reject", "No");
}

static void marker_intervals(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "IFMarkInt", "2048~4096", "OFMarkInt", "2048", NULL);

	EXPECT_KEY(t, i, "IFMarkInt", "Reject");
	EXPECT_KEY(t, i, "OFMarkInt", "Reject");
}

/* Section 6.2: a negotiation may take at least six exchanges. */
static void six_exchanges(struct assay_t *t)
{
	static const char *const keys[] = { "X-net.iscsi-assay.one", "X-net.iscsi-assay.two",
		"X-net.iscsi-assay.three", "X-net.iscsi-assay.four", "X-net.iscsi-assay.five",
		"X-net.iscsi-assay.six" };
	struct assay_initiator *i = assay_connect(t);
	struct assay_pair pair;

	assay_login_operational(t, i);
	for (unsigned k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		assay_offer_more(t, i, keys[k], "1", NULL);
		EXPECT(t, assay_login_answer(i, &pair, keys[k]), "an answer in each of six exchanges",
			"none for %s in exchange %u", keys[k], k + 1);
	}
}

static const struct assay_test tests[] = {
	{ .id = "negotiation.private-key",
		.reqs = "R7143-6.2-08",
		.section = "6.2",
		.level = MUST,
		.run = private_key,
		.desc = "answers a private X- key with NotUnderstood",
		.defects = "unknown-key-ignored" },
	{ .id = "negotiation.unknown-key",
		.reqs = "R7143-6.2-08",
		.section = "6.2",
		.level = MUST,
		.run = unknown_key,
		.desc = "answers a key of no standard with NotUnderstood",
		.defects = "unknown-key-ignored" },
	{ .id = "negotiation.longest-unknown-key",
		.reqs = "R7143-6.2-08 R7143-6.1-02",
		.section = "6.1",
		.level = MUST,
		.run = longest_unknown_key,
		.desc = "answers a key of 63 characters with NotUnderstood",
		.defects = "unknown-key-ignored" },
	{ .id = "negotiation.standard-keys-understood",
		.reqs = "R7143-6.2-10 R7143-6.2-16",
		.section = "6.2",
		.level = MUST,
		.run = standard_keys_understood,
		.desc = "understands every operational key of the standard",
		.defects = "standard-key-not-understood" },
	{ .id = "negotiation.every-offer-answered",
		.reqs = "R7143-6.2.2-01 R7143-6.2.1-01",
		.section = "6.2.2",
		.level = MUST,
		.run = every_offer_answered,
		.desc = "answers every offer that needs an answer",
		.defects = "boolean-unanswered" },
	{ .id = "negotiation.declarations-unanswered",
		.reqs = "R7143-13-03 R7143-13.21-04",
		.section = "13",
		.level = MUST,
		.run = declarations_unanswered,
		.desc = "does not answer what the initiator declares",
		.defects = "declaration-answered" },
	{ .id = "negotiation.longest-alias",
		.reqs = "R7143-6.1-10",
		.section = "6.1",
		.level = MUST,
		.run = longest_alias,
		.desc = "takes an InitiatorAlias of 254 bytes of UTF-8",
		.defects = "alias-limit" },
	{ .id = "negotiation.node-architecture",
		.reqs = "R7143-13.26.2-01 R7143-13.26.2-02",
		.section = "13.26.2",
		.level = MUST,
		.run = node_architecture,
		.desc = "goes on with a login that declares X#NodeArchitecture",
		.defects = "node-architecture-rejected" },
	{ .id = "negotiation.task-reporting",
		.reqs = "R7143-6.2.1-01 R7143-6.2-16",
		.section = "13.23",
		.level = MUST,
		.run = task_reporting,
		.desc = "answers TaskReporting with RFC3720 where that is preferred",
		.defects = "standard-key-not-understood" },
	{ .id = "negotiation.task-reporting-from-list",
		.reqs = "R7143-6.2.1-04 R7143-6.2-16",
		.section = "13.23",
		.level = MUST,
		.run = task_reporting_from_list,
		.desc = "answers TaskReporting with a value of the list that the standard knows",
		.defects = "standard-key-not-understood" },
	{ .id = "negotiation.markers",
		.reqs = "R7143-13.25-03",
		.section = "13.25",
		.level = MUST,
		.run = markers,
		.desc = "answers the obsolete IFMarker and OFMarker with Reject or No",
		.defects = "marker-not-understood" },
	{ .id = "negotiation.marker-intervals",
		.reqs = "R7143-13.25-04 R7143-13.25-05",
		.section = "13.25",
		.level = MUST,
		.run = marker_intervals,
		.desc = "answers the obsolete IFMarkInt and OFMarkInt with Reject",
		.defects = "marker-not-understood" },
	{ .id = "negotiation.six-exchanges",
		.reqs = "R7143-6.2-24",
		.section = "6.2",
		.level = SHOULD,
		.run = six_exchanges,
		.desc = "takes at least six exchanges in a negotiation",
		.defects = "login-limit-four" },
};

const struct assay_suite assay_suite_negotiation_general = {
	.name = "negotiation",
	.desc = "unknown, declared and obsolete keys",
	ASSAY_TESTS(tests),
};
