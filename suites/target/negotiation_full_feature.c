/* negotiation_full_feature.c - negotiation by Text Requests: RFC 7143 sections 6.4, 7.12 and 13.12. The exchange as such is text_exchange.c's. */
#include <string.h>

#include "suites/target/offer.h"
#include "suites/target/talk.h"
#include "suites/target/target_suites.h"

/* One Text Request with one pair, and its whole answer. */
static long say(struct assay_initiator *i, const char **answer, const char *text)
{
	return assay_text(i, answer, text, strlen(text) + 1);
}

static struct assay_initiator *connect_receiving(struct assay_t *t, const char *length)
{
	assay_config(t)->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = length;
	return assay_connect_full_feature(t);
}

/* Section 13.12: MaxRecvDataSegmentLength may be declared anew at any time, and holds from the end of the exchange on. */
static void receive_length_lowered(struct assay_t *t)
{
	struct assay_initiator *i = connect_receiving(t, "65536");
	const char *answer;

	REQUIRE(t, i, say(i, &answer, "MaxRecvDataSegmentLength=1024"));
	assay_expect_pieces(t, i, 1024);
}

/* Section 6.4: once an exchange is over the next one may declare it again. */
static void receive_length_lowered_twice(struct assay_t *t)
{
	struct assay_initiator *i = connect_receiving(t, "65536");
	const char *answer;

	REQUIRE(t, i, say(i, &answer, "MaxRecvDataSegmentLength=8192"));
	REQUIRE(t, i, say(i, &answer, "MaxRecvDataSegmentLength=512"));
	assay_expect_pieces(t, i, 512);
}

/* Section 13.12: it is declarative: at most the target's own length comes back. */
static void receive_length_unanswered(struct assay_t *t)
{
	struct assay_initiator *i = connect_receiving(t, "65536");
	struct assay_pair pair;
	const char *answer;
	uint64_t number;
	long length = REQUIRE(t, i, say(i, &answer, "MaxRecvDataSegmentLength=4096"));
	bool said = assay_text_find(&pair, answer, (size_t)length, "MaxRecvDataSegmentLength") == 1;

	EXPECT(t,
		!said || (assay_value_number(&number, pair.value, pair.value_length) == 0 && number >= 512 &&
				 number <= 16777215),
		"no answer, or the target's own length", "MaxRecvDataSegmentLength=%.*s",
		said ? (int)pair.value_length : 0, said ? pair.value : "");
}

/* What comes of a Text Request that says a key twice, on a session whose Text Requests get answers at all. */
static long say_twice(struct assay_initiator **i, struct assay_t *t)
{
	const char *answer;

	*i = assay_talker(t, connect_receiving(t, "65536"));
	return assay_text(*i, &answer, TEXT("MaxRecvDataSegmentLength=8192\0MaxRecvDataSegmentLength=4096"));
}

/* Section 6.4: no key should be said twice in one negotiation. Section 6.3 has the same sentence about the login with "MUST be detected" behind it; here a target answers with a
 * Reject "if such an attempt is detected", and section 7.10 asks for no check that is not required: to take it is no broken MUST. */
static void repeated(struct assay_t *t)
{
	struct assay_initiator *i;
	long result = say_twice(&i, t);

	EXPECT(t, result == ASSAY_E_REJECT, "a Reject in place of the Text Response", "%s",
		result < 0 ? assay_err_name((int)result) : "a Text Response");
}

/* The same section: a Reject is how a target says that it has detected it, and its reason is Protocol Error then. It resets the negotiation, not the session. */
static void repeated_reason(struct assay_t *t)
{
	struct assay_initiator *i;

	if (say_twice(&i, t) != ASSAY_E_REJECT)
		assay_skip(t, "blocked-by:negotiation.repeated-key-in-text");
	EXPECT_REJECT(t, i, 0x04);
	EXPECT_ALIVE(t, i);
}

/* Section 7.12: of a negotiation that fails nothing takes effect. */
static void failed_leaves_all(struct assay_t *t)
{
	static const char text[] = "MaxRecvDataSegmentLength=65536\0MaxRecvDataSegmentLength=65536";
	struct assay_initiator *i = assay_talker(t, connect_receiving(t, "512"));
	const char *answer;
	long result = assay_text(i, &answer, text, sizeof(text));

	if (result != ASSAY_E_REJECT)
		assay_skip(t, "blocked-by:negotiation.repeated-key-in-text");
	assay_expect_pieces(t, i, 512);
}

/* Section 6.2 holds here too: NotUnderstood. */
static void unknown(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pair pair;
	const char *answer;
	long length = REQUIRE(t, i, say(i, &answer, "X-net.iscsi-assay.no_such_key=1"));

	EXPECT(t,
		assay_text_find(&pair, answer, (size_t)length, "X-net.iscsi-assay.no_such_key") == 1 &&
			assay_value_is(&pair, "NotUnderstood"),
		"X-net.iscsi-assay.no_such_key=NotUnderstood", "%.*s",
		length > 0 ? (int)strnlen(answer, (size_t)length) : 0, answer);
}

/* Section 13: keys for the login alone (IO, LO) and those of the security stage are not negotiated here: a Reject, no value, or the end of the connection.
 * The session, if it goes on, stays as it was. */
static void not_negotiated(struct assay_t *t, const char *key, const char *text)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const char *answer;
	long result = say(i, &answer, text);
	bool ended = result == ASSAY_E_CLOSED || result == ASSAY_E_RESET;

	if (result != ASSAY_E_REJECT && !ended)
		REQUIRE(t, i, result);
	assay_expect_no_value(t, i, key);
	if (!ended)
		EXPECT_ALIVE(t, i);
}

static void header_digest(struct assay_t *t)
{
	not_negotiated(t, "HeaderDigest", "HeaderDigest=CRC32C,None");
}

static void data_digest(struct assay_t *t)
{
	not_negotiated(t, "DataDigest", "DataDigest=CRC32C,None");
}

static void max_burst_length(struct assay_t *t)
{
	not_negotiated(t, "MaxBurstLength", "MaxBurstLength=512");
}

static void immediate_data(struct assay_t *t)
{
	not_negotiated(t, "ImmediateData", "ImmediateData=Yes");
}

static void auth_method(struct assay_t *t)
{
	not_negotiated(t, "AuthMethod", "AuthMethod=None");
}

static void max_connections(struct assay_t *t)
{
	not_negotiated(t, "MaxConnections", "MaxConnections=1");
}

static const struct assay_test tests[] = {
	{ .id = "negotiation.receive-length-lowered",
		.reqs = "R7143-13.12-04",
		.section = "13.12",
		.level = MUST,
		.run = receive_length_lowered,
		.desc = "keeps to a MaxRecvDataSegmentLength that a Text Request declares",
		.defects = "text-receive-length-ignored" },
	{ .id = "negotiation.receive-length-lowered-twice",
		.reqs = "R7143-13.12-04",
		.section = "6.4",
		.level = MUST,
		.run = receive_length_lowered_twice,
		.desc = "keeps to the last of several MaxRecvDataSegmentLength declared in exchanges of "
			"their own",
		.defects = "text-receive-length-ignored" },
	{ .id = "negotiation.receive-length-unanswered",
		.reqs = "R7143-13-03",
		.section = "13.12",
		.level = MUST,
		.run = receive_length_unanswered,
		.desc = "answers a declared MaxRecvDataSegmentLength with nothing but its own",
		.defects = "text-receive-length-rejected" },
	{ .id = "negotiation.repeated-key-in-text",
		.reqs = "R7143-6.4-10",
		.section = "6.4",
		.level = SHOULD,
		.run = repeated,
		.desc = "rejects a Text Request that says a key twice",
		.defects = "text-renegotiation-accepted" },
	{ .id = "negotiation.repeated-key-in-text-reason",
		.reqs = "R7143-6.4-10",
		.section = "6.4",
		.level = MUST,
		.run = repeated_reason,
		.desc = "gives Protocol Error as the reason when it rejects a Text Request that says a key "
			"twice",
		.defects = "reject-wrong-reason" },
	{ .id = "negotiation.failed-text-leaves-all",
		.reqs = "R7143-7.12-02 R7143-7.12-03",
		.section = "7.12",
		.level = MUST,
		.run = failed_leaves_all,
		.desc = "lets nothing of a failed text negotiation take effect",
		.defects = "text-failure-half-done" },
	{ .id = "negotiation.unknown-key-in-text",
		.reqs = "R7143-6.2-08",
		.section = "6.2",
		.level = MUST,
		.run = unknown,
		.desc = "answers an unknown key in a Text Request with NotUnderstood",
		.defects = "unknown-key-ignored" },
	{ .id = "negotiation.header-digest-in-text",
		.reqs = "R7143-6.4-12 R7143-13-02",
		.section = "13",
		.level = MUST,
		.run = header_digest,
		.desc = "agrees to no HeaderDigest in the full feature phase",
		.defects = "text-login-keys-accepted" },
	{ .id = "negotiation.data-digest-in-text",
		.reqs = "R7143-6.4-12 R7143-13-02",
		.section = "13",
		.level = MUST,
		.run = data_digest,
		.desc = "agrees to no DataDigest in the full feature phase",
		.defects = "text-login-keys-accepted" },
	{ .id = "negotiation.max-burst-length-in-text",
		.reqs = "R7143-6.4-12 R7143-13-01",
		.section = "13",
		.level = MUST,
		.run = max_burst_length,
		.desc = "agrees to no MaxBurstLength in the full feature phase",
		.defects = "text-login-keys-accepted" },
	{ .id = "negotiation.immediate-data-in-text",
		.reqs = "R7143-6.4-12 R7143-13-01",
		.section = "13",
		.level = MUST,
		.run = immediate_data,
		.desc = "agrees to no ImmediateData in the full feature phase",
		.defects = "text-login-keys-accepted" },
	{ .id = "negotiation.max-connections-in-text",
		.reqs = "R7143-6.4-12 R7143-13-01",
		.section = "13",
		.level = MUST,
		.run = max_connections,
		.desc = "agrees to no MaxConnections in the full feature phase",
		.defects = "text-login-keys-accepted" },
	{ .id = "negotiation.auth-method-in-text",
		.reqs = "R7143-6.3-08",
		.section = "6.3",
		.level = MUST,
		.run = auth_method,
		.desc = "agrees to no AuthMethod in the full feature phase",
		.defects = "text-login-keys-accepted" },
};

const struct assay_suite assay_suite_negotiation_full_feature = {
	.name = "negotiation",
	.desc = "negotiation by Text Requests in the full feature phase",
	ASSAY_TESTS(tests),
};
