/* login_text.c - text in the login: the C bit, syntax and lengths of keys: RFC 7143 sections 6.1, 6.2 and 11.12.2. */
#include <stdio.h>
#include <string.h>

#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* Section 6.2: a request with C=1 is answered by a response with no text, T=0. The pair may be cut anywhere. */
static void continued_request(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	struct assay_text *keys = &i->login.keys;
	char rest[256];
	size_t cut, length;

	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	cut = keys->length - 5;
	length = keys->length - cut;
	memcpy(rest, keys->buf + cut, length);
	keys->length = cut;
	i->login.request.cont = 1;
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_EQ(t, i->login.answer_length, 0);
	EXPECT_EQ(t, i->login.response.transit, 0);
	assay_login_raw(i, rest, length);
	assay_login_key(i, "AuthMethod", assay_login_method(t));
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_EQ(t, i->login.response.status_class, 0);
}

/* The same with the cut inside a key that is negotiated: the parts make one pair. */
static void key_cut_in_two(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	assay_login_raw(i, "ErrorRecovery", 13);
	i->login.request.cont = 1;
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	assay_login_raw(i, "Level=0", 8);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_KEY(t, i, "ErrorRecoveryLevel", "0");
}

/* Section 6.2: C=1 excludes T=1. A login that says both is broken (section 7.7); a target that need not notice (7.10) still has text to wait for: it answers
 * with no text and T=0. */
static void continued_and_transit(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	int result;

	assay_login_operational(t, i);
	i->login.request.cont = 1;
	result = assay_login_send(i, ASSAY_STAGE_FULL_FEATURE);
	if (result != 0 || i->login.response.transit)
		EXPECT_LOGIN_STATUS(t, i, result, 0);
	else
		EXPECT_EQ(t, i->login.answer_length, 0);
}

/* Section 6.1: 8192 bytes of keys in one sequence are the least that a target must take. */
static void eight_kilobytes_of_keys(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	char key[64], value[201];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assay_login_operational(t, i);
	for (unsigned n = 0; i->login.keys.length + 240 < 8192; n++) {
		snprintf(key, sizeof(key), "X-net.iscsi-assay.%u", n);
		assay_login_key(i, key, value);
	}
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_KEY(t, i, "X-net.iscsi-assay.0", "NotUnderstood");
	EXPECT_KEY(t, i, "X-net.iscsi-assay.30", "NotUnderstood");
}

/* Section 6.1: numbers in hexadecimal, 0x or 0X, are the same numbers. */
static void hexadecimal_number(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	assay_login_key(i, "MaxBurstLength", "0x1000");
	assay_login_key(i, "FirstBurstLength", "0X400");
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	assay_expect_number_from(t, i, "MaxBurstLength", 512, 4096, 0);
	assay_expect_number_from(t, i, "FirstBurstLength", 512, 1024, ASSAY_OR_IRRELEVANT);
}

/* Section 6.1: keys are case sensitive: this one is not known. */
static void keys_are_case_sensitive(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	assay_login_key(i, "IMMEDIATEDATA", "Yes");
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_KEY(t, i, "IMMEDIATEDATA", "NotUnderstood");
}

/*
 * A login request that announces 16 megabytes. Section 13.12 requires of whoever sends that a data segment does not exceed the receiver's
 * MaxRecvDataSegmentLength, 8192 as long as nothing was declared, and section 7.7 calls inconsistent fields a format error, which ends the connection. But nothing
 * says that a receiver has to notice: section 7.10 frees it from checks that the document does not require, and one that takes longer segments than it must may
 * wait for this one. So it is a SHOULD, for the sake of all who serve strangers: nobody has proved who he is here, and whoever waits has to keep what comes.
 */
static void oversized_request(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	char *value = assay_alloc(t, 12000);

	memset(value, 'v', 11999);
	assay_login_operational(t, i);
	i->login.request.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
	i->login.request.data_segment_length = ASSAY_DATA_SEGMENT_MAX;
	REQUIRE(t, i, assay_login_request(i, ASSAY_STAGE_FULL_FEATURE));
	assay_send_bytes(i, value, 12000);
	EXPECT_LOGIN_STATUS(t, i, assay_login_response(i), 0);
}

static const struct assay_test tests[] = {
	{ .id = "login.continued-request",
		.reqs = "R7143-6.2-02 R7143-6.1-07",
		.section = "6.2",
		.level = MUST,
		.run = continued_request,
		.desc = "answers C=1 with an empty response and joins the parts",
		.defects = "login-c-ignored login-continue-answered" },
	{ .id = "login.key-cut-in-two",
		.reqs = "R7143-6.1-07",
		.section = "6.1",
		.level = MUST,
		.run = key_cut_in_two,
		.desc = "joins a key that the C bit cuts in two",
		.defects = "login-c-ignored" },
	{ .id = "login.continued-and-transit",
		.reqs = "R7143-6.2-01",
		.section = "6.2",
		.level = MUST,
		.run = continued_and_transit,
		.desc = "refuses a Login Request with both C=1 and T=1, or heeds C",
		.defects = "login-c-with-t-accepted" },
	{ .id = "login.eight-kilobytes-of-keys",
		.reqs = "R7143-6.1-04",
		.section = "6.1",
		.level = MUST,
		.run = eight_kilobytes_of_keys,
		.desc = "takes 8192 bytes of keys in one sequence",
		.defects = "login-text-2k" },
	{ .id = "login.hexadecimal-number",
		.reqs = "R7143-6.1-08",
		.section = "6.1",
		.level = MUST,
		.run = hexadecimal_number,
		.desc = "takes numbers in hexadecimal, 0x and 0X",
		.defects = "hexadecimal-refused" },
	{ .id = "login.keys-are-case-sensitive",
		.reqs = "R7143-6.1-06",
		.section = "6.1",
		.level = MUST,
		.run = keys_are_case_sensitive,
		.desc = "does not know IMMEDIATEDATA",
		.defects = "unknown-key-ignored" },
	{ .id = "login.oversized-request",
		.reqs = "R7143-7.7-03",
		.section = "7.7",
		.level = SHOULD,
		.run = oversized_request,
		.desc = "ends a login whose request announces more data than it may carry",
		.defects = "too-long-ignored" },
};

const struct assay_suite assay_suite_login_text = {
	.name = "login",
	.desc = "text of the login: C bit, syntax, lengths",
	ASSAY_TESTS(tests),
};
