/* negotiation_numbers.c - numerical keys: ranges, result functions, integrity between keys: RFC 7143 sections 6.2.2 and 13. */
#include <inttypes.h>
#include <stdio.h>

#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* A key with the range that its section gives. */
struct number {
	const char *key;
	uint32_t minimum, maximum;
	bool greatest; /* the result function is Maximum, else Minimum */
	unsigned instead; /* what any offer of it may be answered with */
};

#define SEGMENT_MAX 16777215

static const struct number max_connections = { "MaxConnections", 1, 65535, false, 0 };
static const struct number max_burst_length = { "MaxBurstLength", 512, SEGMENT_MAX, false, 0 };
static const struct number first_burst_length = { "FirstBurstLength", 512, SEGMENT_MAX, false, 0 };
static const struct number time2wait = { "DefaultTime2Wait", 0, 3600, true, 0 };
static const struct number time2retain = { "DefaultTime2Retain", 0, 3600, false, 0 };
static const struct number outstanding_r2t = { "MaxOutstandingR2T", 1, 65535, false, 0 };
static const struct number recovery_level = { "ErrorRecoveryLevel", 0, 2, false, 0 };
/* RFC 7144 section 7.1.1: a target of before that standard does not know the key. */
static const struct number protocol_level = { "iSCSIProtocolLevel", 0, 31, false, ASSAY_OR_NOT_UNDERSTOOD };

static struct assay_initiator *offer(struct assay_t *t, const struct number *n, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, value);
	return assay_offer(t, n->key, text, NULL);
}

/* Section 6.2.2: an offer within the range, its ends included, is answered within what the result function leaves: at most the
 * offer (Minimum) or at least (Maximum). */
static void within(struct assay_t *t, const struct number *n)
{
	const uint32_t offers[] = { n->minimum, n->minimum + (n->maximum - n->minimum) / 2, n->maximum };

	for (unsigned k = 0; k < 3; k++)
		assay_expect_number_from(t, offer(t, n, offers[k]), n->key,
			n->greatest ? offers[k] : n->minimum, n->greatest ? n->maximum : offers[k],
			n->instead);
}

static void max_connections_within(struct assay_t *t)
{
	within(t, &max_connections);
}

static void max_burst_length_within(struct assay_t *t)
{
	within(t, &max_burst_length);
}

static void first_burst_length_within(struct assay_t *t)
{
	within(t, &first_burst_length);
}

static void time2wait_within(struct assay_t *t)
{
	within(t, &time2wait);
}

static void time2retain_within(struct assay_t *t)
{
	within(t, &time2retain);
}

static void outstanding_r2t_within(struct assay_t *t)
{
	within(t, &outstanding_r2t);
}

static void recovery_level_within(struct assay_t *t)
{
	within(t, &recovery_level);
}

static void protocol_level_within(struct assay_t *t)
{
	within(t, &protocol_level);
}

/* Section 6.2.2: an offer outside the range is answered with Reject or with an admissible value; section 7.12 allows the end of
 * the login too. */
static void outside(struct assay_t *t, const struct number *n)
{
	const unsigned instead = n->instead | ASSAY_OR_REJECT | ASSAY_OR_REFUSED;

	assay_expect_number_from(t, offer(t, n, n->maximum + 1), n->key, n->minimum, n->maximum, instead);
	if (n->minimum > 0)
		assay_expect_number_from(
			t, offer(t, n, n->minimum - 1), n->key, n->minimum, n->maximum, instead);
}

static void max_connections_outside(struct assay_t *t)
{
	outside(t, &max_connections);
}

static void max_burst_length_outside(struct assay_t *t)
{
	outside(t, &max_burst_length);
}

static void first_burst_length_outside(struct assay_t *t)
{
	outside(t, &first_burst_length);
}

static void times_outside(struct assay_t *t)
{
	outside(t, &time2wait);
	outside(t, &time2retain);
}

static void outstanding_r2t_outside(struct assay_t *t)
{
	outside(t, &outstanding_r2t);
}

static void recovery_level_outside(struct assay_t *t)
{
	outside(t, &recovery_level);
}

/* Section 6.1: what is no decimal or hexadecimal constant is no number, a range neither, nor 2**64 and more. It is answered like any other
 * offer that is not admissible. */
static void malformed_numbers(struct assay_t *t)
{
	static const char *const malformed[] = { "", "many", "-1", "4096x", " 4096", "0x", "0xfg", "1,2",
		"512~4096", "18446744073709555712" };

	for (unsigned k = 0; k < sizeof(malformed) / sizeof(malformed[0]); k++)
		assay_expect_number_from(t, assay_offer(t, "MaxBurstLength", malformed[k], NULL),
			"MaxBurstLength", 512, SEGMENT_MAX, ASSAY_OR_REJECT | ASSAY_OR_REFUSED);
}

static uint64_t answered(struct assay_initiator *i, const char *key, uint64_t otherwise)
{
	struct assay_pair pair;
	uint64_t number = otherwise;

	if (assay_login_answer(i, &pair, key))
		(void)assay_value_number(&number, pair.value, pair.value_length);
	return number;
}

/* Section 6.2: the rules between keys are looked after when all of their values are known: in the answers, or else by refusing the login in the end. */
static void sound(struct assay_t *t, struct assay_initiator *i, bool kept, const char *expected)
{
	if (!kept && !assay_login_refused(i))
		(void)assay_login_finish(i);
	EXPECT(t, kept || !i->full_feature, expected, "a session without");
}

/* Section 13.14: FirstBurstLength never exceeds MaxBurstLength. */
static void first_burst_above_max(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(
		t, "FirstBurstLength", "65536", "MaxBurstLength", "4096", NULL);

	sound(t, i, answered(i, "FirstBurstLength", 0) <= answered(i, "MaxBurstLength", 4096),
		"FirstBurstLength at or below MaxBurstLength, or a refused login");
}

/* Section 13.19: above ErrorRecoveryLevel 0, with DataSequenceInOrder=Yes, MaxOutstandingR2T is 1. */
static void recovery_and_outstanding_r2t(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(
		t, "MaxOutstandingR2T", "8", "DataSequenceInOrder", "Yes", "ErrorRecoveryLevel", "2", NULL);

	sound(t, i, answered(i, "ErrorRecoveryLevel", 0) == 0 || answered(i, "MaxOutstandingR2T", 1) == 1,
		"MaxOutstandingR2T=1 with error recovery in ordered sequences, or a refused login");
}

/* Section 13.12: each side declares what it can receive, and the other keeps to it from the first PDU of the full feature phase. */
static void receives(struct assay_t *t, const char *declared, uint32_t most)
{
	struct assay_initiator *i;

	assay_config(t)->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = declared;
	i = assay_connect_full_feature(t);
	assay_expect_pieces(t, i, most);
}

static void smallest_receive_length(struct assay_t *t)
{
	receives(t, "512", 512);
}

static void odd_receive_length(struct assay_t *t)
{
	receives(t, "1001", 1001);
}

static void undeclared_receive_length(struct assay_t *t)
{
	receives(t, NULL, 8192);
}

/* The greatest value is as good as any other: the login ends well. */
static void greatest_receive_length(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "16777215", NULL);

	EXPECT_ALIVE(t, i);
}

/* Section 13.12: what the target declares lies within the range. */
static void declared_receive_length(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "MaxRecvDataSegmentLength", "8192", NULL);

	assay_expect_number_from(t, i, "MaxRecvDataSegmentLength", 512, SEGMENT_MAX, ASSAY_OR_NOTHING);
}

static const struct assay_test tests[] = {
	{ .id = "negotiation.max-connections",
		.reqs = "R7143-13.2-01",
		.section = "13.2",
		.level = MUST,
		.run = max_connections_within,
		.desc = "answers MaxConnections with at most the offer, from 1 to 65535",
		.defects = "number-above-offer" },
	{ .id = "negotiation.max-burst-length",
		.reqs = "R7143-13.13-01",
		.section = "13.13",
		.level = MUST,
		.run = max_burst_length_within,
		.desc = "answers MaxBurstLength with at most the offer, from 512 to 16777215",
		.defects = "burst-too-large" },
	{ .id = "negotiation.first-burst-length",
		.reqs = "R7143-13.14-02",
		.section = "13.14",
		.level = MUST,
		.run = first_burst_length_within,
		.desc = "answers FirstBurstLength with at most the offer, from 512 to 16777215",
		.defects = "number-above-offer" },
	{ .id = "negotiation.default-time2wait",
		.reqs = "R7143-13.15-01",
		.section = "13.15",
		.level = MUST,
		.run = time2wait_within,
		.desc = "answers DefaultTime2Wait with at least the offer, from 0 to 3600",
		.defects = "number-below-offer" },
	{ .id = "negotiation.default-time2retain",
		.reqs = "R7143-13.16-01",
		.section = "13.16",
		.level = MUST,
		.run = time2retain_within,
		.desc = "answers DefaultTime2Retain with at most the offer, from 0 to 3600",
		.defects = "number-above-offer" },
	{ .id = "negotiation.max-outstanding-r2t",
		.reqs = "R7143-13.17-01",
		.section = "13.17",
		.level = MUST,
		.run = outstanding_r2t_within,
		.desc = "answers MaxOutstandingR2T with at most the offer, from 1 to 65535",
		.defects = "number-above-offer" },
	{ .id = "negotiation.error-recovery-level",
		.reqs = "R7143-13.20-01",
		.section = "13.20",
		.level = MUST,
		.run = recovery_level_within,
		.desc = "answers ErrorRecoveryLevel with at most the offer, from 0 to 2",
		.defects = "erl-raised" },
	{ .id = "negotiation.protocol-level",
		.reqs = "R7144-7.1.1-02",
		.section = "RFC 7144 7.1.1",
		.level = MUST,
		.run = protocol_level_within,
		.desc = "answers iSCSIProtocolLevel with at most the offer, or with NotUnderstood",
		.defects = "number-above-offer" },
	{ .id = "negotiation.max-connections-out-of-range",
		.reqs = "R7143-6.2.2-03 R7143-13.2-01",
		.section = "6.2.2",
		.level = MUST,
		.run = max_connections_outside,
		.desc = "answers MaxConnections=0 and 65536 with Reject or a value within the range",
		.defects = "number-out-of-range" },
	{ .id = "negotiation.max-burst-length-out-of-range",
		.reqs = "R7143-6.2.2-03 R7143-13.13-01",
		.section = "6.2.2",
		.level = MUST,
		.run = max_burst_length_outside,
		.desc = "answers MaxBurstLength=511 and 16777216 with Reject or a value within the range",
		.defects = "number-out-of-range" },
	{ .id = "negotiation.first-burst-length-out-of-range",
		.reqs = "R7143-6.2.2-03 R7143-13.14-02",
		.section = "6.2.2",
		.level = MUST,
		.run = first_burst_length_outside,
		.desc = "answers FirstBurstLength=511 and 16777216 with Reject or a value within the range",
		.defects = "number-out-of-range" },
	{ .id = "negotiation.times-out-of-range",
		.reqs = "R7143-6.2.2-03 R7143-13.15-01 R7143-13.16-01",
		.section = "6.2.2",
		.level = MUST,
		.run = times_outside,
		.desc = "answers DefaultTime2Wait=3601 and DefaultTime2Retain=3601 with Reject or a value "
			"within the range",
		.defects = "number-out-of-range" },
	{ .id = "negotiation.max-outstanding-r2t-out-of-range",
		.reqs = "R7143-6.2.2-03 R7143-13.17-01",
		.section = "6.2.2",
		.level = MUST,
		.run = outstanding_r2t_outside,
		.desc = "answers MaxOutstandingR2T=0 and 65536 with Reject or a value within the range",
		.defects = "number-out-of-range" },
	{ .id = "negotiation.error-recovery-level-out-of-range",
		.reqs = "R7143-6.2.2-03 R7143-13.20-01",
		.section = "6.2.2",
		.level = MUST,
		.run = recovery_level_outside,
		.desc = "answers ErrorRecoveryLevel=3 with Reject or a value within the range",
		.defects = "number-out-of-range" },
	{ .id = "negotiation.malformed-numbers",
		.reqs = "R7143-6.2.2-03 R7143-6.1-03",
		.section = "6.1",
		.level = MUST,
		.run = malformed_numbers,
		.desc = "answers what is no number with Reject or a value within the range",
		.defects = "number-out-of-range reject-unsaid" },
	{ .id = "negotiation.first-burst-above-max-burst",
		.reqs = "R7143-13.14-01 R7143-6.2-21",
		.section = "13.14",
		.level = MUST,
		.run = first_burst_above_max,
		.desc = "keeps FirstBurstLength at or below MaxBurstLength",
		.defects = "first-burst-above-max" },
	{ .id = "negotiation.error-recovery-and-outstanding-r2t",
		.reqs = "R7143-13.19-02 R7143-6.2-21",
		.section = "13.19",
		.level = MUST,
		.run = recovery_and_outstanding_r2t,
		.desc = "answers MaxOutstandingR2T with 1 where it agrees to recover errors in ordered "
			"sequences",
		.defects = "erl-raised" },
	{ .id = "negotiation.smallest-receive-length",
		.reqs = "R7143-13.12-02",
		.section = "13.12",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = smallest_receive_length,
		.desc = "sends data segments of at most 512 bytes where the initiator declared so",
		.defects = "max-recv-ignored" },
	{ .id = "negotiation.odd-receive-length",
		.reqs = "R7143-13.12-02",
		.section = "13.12",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = odd_receive_length,
		.desc = "sends data segments of at most 1001 bytes where the initiator declared so",
		.defects = "max-recv-ignored" },
	{ .id = "negotiation.undeclared-receive-length",
		.reqs = "R7143-13.12-03",
		.section = "13.12",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = undeclared_receive_length,
		.desc = "sends data segments of at most 8192 bytes where the initiator declared nothing",
		.defects = "max-recv-ignored" },
	{ .id = "negotiation.greatest-receive-length",
		.reqs = "R7143-13.12-02",
		.section = "13.12",
		.level = MUST,
		.run = greatest_receive_length,
		.desc = "takes MaxRecvDataSegmentLength=16777215",
		.defects = "receive-length-limit" },
	{ .id = "negotiation.declared-receive-length",
		.reqs = "R7143-13.12-02",
		.section = "13.12",
		.level = MUST,
		.run = declared_receive_length,
		.desc = "declares a MaxRecvDataSegmentLength from 512 to 16777215, if any",
		.defects = "receive-length-out-of-range" },
};

const struct assay_suite assay_suite_negotiation_numbers = {
	.name = "negotiation",
	.desc = "numerical keys: ranges and result functions",
	ASSAY_TESTS(tests),
};
