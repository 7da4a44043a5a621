/* keys_test.c - the key table against a second reading of RFC 7143 section 13, and what is said of values, answers and outcomes. */
#include <stdio.h>
#include <string.h>

#include "proto/keys.h"
#include "test/unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Each row as the section's Use, Senders, Scope, range, default and result function lines say it; letters of its own so that
 * the table under test is not repeated in its own words. */
struct row {
	const char *name;
	const char *section;
	/* S, O, F: security stage, operational stage, full feature phase; I: IO; L: LO; W: session-wide; D: irrelevant in a
	 * discovery session; M: may be repeated; X: obsolete */
	const char *use;
	char senders; /* i, t or b(oth) */
	const char *result; /* declared choice and or min max */
	unsigned long low, high; /* numbers */
	const char *initial;
};

static const struct row rows[] = {
	{ "AuthMethod", "12.1", "SI", 'b', "choice", 0, 0, NULL },
	{ "CHAP_A", "12.1.3", "SI", 'b', "choice", 0, 0, NULL },
	{ "CHAP_I", "12.1.3", "SI", 'b', "declared", 0, 255, NULL },
	{ "CHAP_C", "12.1.3", "SI", 'b', "declared", 1, 1024, NULL },
	{ "CHAP_N", "12.1.3", "SI", 'b', "declared", 1, 255, NULL },
	{ "CHAP_R", "12.1.3", "SI", 'b', "declared", 1, 1024, NULL },
	{ "HeaderDigest", "13.1", "OI", 'b', "choice", 0, 0, "None" },
	{ "DataDigest", "13.1", "OI", 'b', "choice", 0, 0, "None" },
	{ "MaxConnections", "13.2", "OLWD", 'b', "min", 1, 65535, "1" },
	{ "SendTargets", "13.3", "FW", 'i', "declared", 0, 223, NULL },
	{ "TargetName", "13.4", "SOFWM", 'b', "declared", 0, 0, NULL },
	{ "InitiatorName", "13.5", "SOIW", 'i', "declared", 0, 0, NULL },
	{ "TargetAlias", "13.6", "SOFW", 't', "declared", 0, 255, NULL },
	{ "InitiatorAlias", "13.7", "SOFW", 'i', "declared", 0, 255, NULL },
	{ "TargetAddress", "13.8", "SOFWM", 't', "declared", 0, 0, NULL },
	{ "TargetPortalGroupTag", "13.9", "SOIW", 't', "declared", 2, 2, NULL },
	{ "InitialR2T", "13.10", "OLWD", 'b', "or", 0, 0, "Yes" },
	{ "ImmediateData", "13.11", "OLWD", 'b', "and", 0, 0, "Yes" },
	{ "MaxRecvDataSegmentLength", "13.12", "OF", 'b', "declared", 512, 16777215, "8192" },
	{ "MaxBurstLength", "13.13", "OLWD", 'b', "min", 512, 16777215, "262144" },
	{ "FirstBurstLength", "13.14", "OLWD", 'b', "min", 512, 16777215, "65536" },
	{ "DefaultTime2Wait", "13.15", "OLW", 'b', "max", 0, 3600, "2" },
	{ "DefaultTime2Retain", "13.16", "OLW", 'b', "min", 0, 3600, "20" },
	{ "MaxOutstandingR2T", "13.17", "OLWD", 'b', "min", 1, 65535, "1" },
	{ "DataPDUInOrder", "13.18", "OLWD", 'b', "or", 0, 0, "Yes" },
	{ "DataSequenceInOrder", "13.19", "OLWD", 'b', "or", 0, 0, "Yes" },
	{ "ErrorRecoveryLevel", "13.20", "OLW", 'b', "min", 0, 2, "0" },
	{ "SessionType", "13.21", "SOLW", 'i', "declared", 0, 0, "Normal" },
	{ "TaskReporting", "13.23", "OLWD", 'b', "choice", 0, 0, "RFC3720" },
	{ "iSCSIProtocolLevel", "7.1.1", "OLWD", 'b', "min", 0, 31, "1" },
	{ "IFMarker", "13.25", "OIX", 'b', "and", 0, 0, "No" },
	{ "OFMarker", "13.25", "OIX", 'b', "and", 0, 0, "No" },
	{ "IFMarkInt", "13.25", "OIX", 'b', "choice", 1, 65535, "2048~2048" },
	{ "OFMarkInt", "13.25", "OIX", 'b', "choice", 1, 65535, "2048~2048" },
	{ "X#NodeArchitecture", "13.26", "OLW", 'b', "declared", 0, 255, "None" },
};

static const struct assay_key *key_of(const char *name)
{
	return assay_key_at(assay_key_find(name, strlen(name)));
}

static unsigned flags_of(const char *use)
{
	static const char letters[] = "SOFILWDXM";
	static const unsigned flags[] = { ASSAY_KEY_IN_SECURITY, ASSAY_KEY_IN_OPERATIONAL,
		ASSAY_KEY_IN_FULL_FEATURE, ASSAY_KEY_INITIAL, ASSAY_KEY_LEADING, ASSAY_KEY_SESSION_WIDE,
		ASSAY_KEY_NOT_IN_DISCOVERY, ASSAY_KEY_OBSOLETE, ASSAY_KEY_MULTIPLE };
	unsigned all = 0;

	for (; *use; use++)
		all |= flags[strchr(letters, *use) - letters];
	return all;
}

static void table(void)
{
	static const char *const results[] = { "declared", "choice", "and", "or", "min", "max" };

	CU_ASSERT_EQUAL_FATAL(COUNT(rows), ASSAY_KEY_COUNT);
	CU_ASSERT_TRUE(ASSAY_KEY_COUNT <= 64); /* the engine's bit sets */
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		const struct assay_key *key = key_of(row->name);
		enum assay_role sender = row->senders == 'i'   ? ASSAY_INITIATOR
					 : row->senders == 't' ? ASSAY_TARGET
							       : ASSAY_BOTH;

		CU_ASSERT_PTR_NOT_NULL_FATAL(key);
		CU_ASSERT_STRING_EQUAL(key->section, row->section);
		CU_ASSERT_STRING_EQUAL(key->rfc, strcmp(row->name, "iSCSIProtocolLevel") ? "7143" : "7144");
		CU_ASSERT_EQUAL(key->flags, flags_of(row->use));
		CU_ASSERT_EQUAL(key->sender, sender);
		CU_ASSERT_STRING_EQUAL(results[key->result], row->result);
		CU_ASSERT_EQUAL(key->minimum, row->low);
		CU_ASSERT_EQUAL(key->maximum, row->high);
		CU_ASSERT_EQUAL(!key->initial, !row->initial);
		if (key->initial && row->initial)
			CU_ASSERT_STRING_EQUAL(key->initial, row->initial);
		if (key->initial)
			CU_ASSERT_EQUAL(assay_key_value_check(key, key->initial, strlen(key->initial), NULL),
				ASSAY_OK);
		CU_ASSERT_EQUAL(key->values != NULL, key->type == ASSAY_TYPE_LIST);
	}
}

static void find(void)
{
	CU_ASSERT_EQUAL(assay_key_find("HeaderDigest", 12), ASSAY_KEY_HEADER_DIGEST);
	CU_ASSERT_EQUAL(assay_key_find("headerdigest", 12), ASSAY_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(assay_key_find("HeaderDigest", 11), ASSAY_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(assay_key_find("HeaderDigestX", 13), ASSAY_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(assay_key_find("", 0), ASSAY_KEY_UNKNOWN);
	CU_ASSERT_PTR_NULL(assay_key_at(ASSAY_KEY_UNKNOWN));
}

static void allowed(void)
{
	const struct assay_key *name = assay_key_at(ASSAY_KEY_TARGET_NAME),
			       *mrdsl = key_of("MaxRecvDataSegmentLength");

	CU_ASSERT_TRUE(assay_key_allowed(name, ASSAY_INITIATOR, ASSAY_KEY_IN_SECURITY));
	CU_ASSERT_TRUE(assay_key_allowed(name, ASSAY_INITIATOR, ASSAY_KEY_IN_OPERATIONAL));
	CU_ASSERT_FALSE(assay_key_allowed(name, ASSAY_INITIATOR, ASSAY_KEY_IN_FULL_FEATURE));
	CU_ASSERT_FALSE(assay_key_allowed(name, ASSAY_TARGET, ASSAY_KEY_IN_OPERATIONAL));
	CU_ASSERT_TRUE(assay_key_allowed(name, ASSAY_TARGET, ASSAY_KEY_IN_FULL_FEATURE));
	CU_ASSERT_FALSE(assay_key_allowed(mrdsl, ASSAY_TARGET, ASSAY_KEY_IN_SECURITY));
	CU_ASSERT_TRUE(assay_key_allowed(mrdsl, ASSAY_TARGET, ASSAY_KEY_IN_FULL_FEATURE));
	CU_ASSERT_FALSE(assay_key_allowed(key_of("SessionType"), ASSAY_TARGET, ASSAY_KEY_IN_OPERATIONAL));
	CU_ASSERT_FALSE(
		assay_key_allowed(key_of("TargetPortalGroupTag"), ASSAY_INITIATOR, ASSAY_KEY_IN_OPERATIONAL));
}

static void specials(void)
{
	CU_ASSERT_EQUAL(assay_value_special("None", 4), ASSAY_VALUE_NONE);
	CU_ASSERT_EQUAL(assay_value_special("Reject", 6), ASSAY_VALUE_REJECT);
	CU_ASSERT_EQUAL(assay_value_special("Irrelevant", 10), ASSAY_VALUE_IRRELEVANT);
	CU_ASSERT_EQUAL(assay_value_special("NotUnderstood", 13), ASSAY_VALUE_NOT_UNDERSTOOD);
	CU_ASSERT_EQUAL(assay_value_special("reject", 6), ASSAY_VALUE_PLAIN);
	CU_ASSERT_EQUAL(assay_value_special("None,CRC32C", 11), ASSAY_VALUE_PLAIN);
	CU_ASSERT_EQUAL(assay_value_special("", 0), ASSAY_VALUE_PLAIN);
}

static const struct {
	const char *key, *value;
	bool good;
} values[] = {
	{ "HeaderDigest", "CRC32C,None", true },
	{ "HeaderDigest", "Y-com.example.sum,CRC32C", true },
	{ "HeaderDigest", "", false },
	{ "HeaderDigest", "CRC32C,,None", false },
	{ "HeaderDigest", "CRC32C,", false },
	{ "HeaderDigest", "CRC32C,Reject", false },
	{ "HeaderDigest", "NotUnderstood", false },
	{ "HeaderDigest", "CRC 32C", false },
	{ "AuthMethod", "CHAP,None", true },
	{ "AuthMethod", "Irrelevant", false },
	{ "CHAP_A", "5,7", true },
	{ "CHAP_I", "0", true },
	{ "CHAP_I", "255", true },
	{ "CHAP_I", "256", false },
	{ "CHAP_I", "-1", false },
	{ "CHAP_I", "0xff", true },
	{ "CHAP_N", "", false },
	{ "CHAP_N", "a", true },
	{ "CHAP_C", "0x00", true },
	{ "CHAP_C", "0bAA==", true },
	{ "CHAP_C", "17", false },
	{ "CHAP_C", "0x", false },
	{ "CHAP_R", "0xzz", false },
	{ "MaxConnections", "1", true },
	{ "MaxConnections", "65535", true },
	{ "MaxConnections", "0", false },
	{ "MaxConnections", "65536", false },
	{ "MaxConnections", "0x10", true },
	{ "MaxConnections", "0X10", true },
	{ "MaxConnections", "010", false },
	{ "MaxConnections", " 1", false },
	{ "MaxConnections", "1 ", false },
	{ "MaxConnections", "1~4", false },
	{ "MaxConnections", "", false },
	{ "MaxConnections", "18446744073709551617", false },
	{ "MaxConnections", "None", false },
	{ "InitialR2T", "Yes", true },
	{ "InitialR2T", "No", true },
	{ "InitialR2T", "yes", false },
	{ "InitialR2T", "Y", false },
	{ "InitialR2T", "1", false },
	{ "InitialR2T", "", false },
	{ "MaxRecvDataSegmentLength", "512", true },
	{ "MaxRecvDataSegmentLength", "511", false },
	{ "MaxRecvDataSegmentLength", "16777215", true },
	{ "MaxRecvDataSegmentLength", "16777216", false },
	{ "MaxBurstLength", "512", true },
	{ "MaxBurstLength", "0", false },
	{ "FirstBurstLength", "16777216", false },
	{ "DefaultTime2Wait", "3600", true },
	{ "DefaultTime2Wait", "3601", false },
	{ "DefaultTime2Retain", "0", true },
	{ "MaxOutstandingR2T", "0", false },
	{ "ErrorRecoveryLevel", "2", true },
	{ "ErrorRecoveryLevel", "3", false },
	{ "iSCSIProtocolLevel", "0", true },
	{ "iSCSIProtocolLevel", "31", true },
	{ "iSCSIProtocolLevel", "32", false },
	{ "SessionType", "Discovery", true },
	{ "SessionType", "Normal", true },
	{ "SessionType", "discovery", false },
	{ "SessionType", "Normal,Discovery", false },
	{ "SessionType", "None", false },
	{ "TaskReporting", "RFC3720,ResponseFence,FastAbort", true },
	{ "TargetPortalGroupTag", "0", true },
	{ "TargetPortalGroupTag", "65535", true },
	{ "TargetPortalGroupTag", "65536", false },
	{ "TargetPortalGroupTag", "0xffff", true },
	{ "TargetPortalGroupTag", "0x10000", false },
	{ "TargetPortalGroupTag", "0bAAE=", true },
	{ "TargetPortalGroupTag", "one", false },
	{ "TargetName", "iqn.2026-01.com.example:t", true },
	{ "TargetName", "", false },
	{ "TargetName", "target", false },
	{ "InitiatorName", "eui.020000023B040506", true },
	{ "InitiatorAlias", "Web Server 4", true },
	{ "TargetAddress", "10.0.0.1:5003,1", true },
	{ "TargetAddress", "[1080::8:800:200C:417A]:5003,1", true },
	{ "TargetAddress", "", false },
	{ "SendTargets", "All", true },
	{ "SendTargets", "", true },
	{ "SendTargets", "iqn.2026-01.com.example:t", true },
	{ "SendTargets", "all", false },
	{ "IFMarkInt", "2048~4096", true },
	{ "IFMarkInt", "4096~2048", false },
	{ "IFMarkInt", "2048", true },
	{ "IFMarkInt", "0~1", false },
	{ "OFMarkInt", "1~65536", false },
	{ "IFMarker", "No", true },
	{ "X#NodeArchitecture", "ExampleOS/v1234,X/1", true },
};

static void value_check(void)
{
	for (size_t i = 0; i < COUNT(values); i++) {
		struct assay_error err = { 0 };
		int r = assay_key_value_check(
			key_of(values[i].key), values[i].value, strlen(values[i].value), &err);

		if ((r == ASSAY_OK) != values[i].good)
			printf("\n%s=%s: %d %s\n", values[i].key, values[i].value, r, err.message);
		CU_ASSERT_EQUAL(r, values[i].good ? ASSAY_OK : ASSAY_E_SYNTAX);
		if (!values[i].good)
			CU_ASSERT_NOT_EQUAL(err.message[0], '\0');
	}
}

/* Lengths at the limits, which do not read well in a table. */
static void value_lengths(void)
{
	char text[2 * 1024 + 4];

	memset(text, 'a', sizeof(text));
	CU_ASSERT_EQUAL(assay_key_value_check(key_of("CHAP_N"), text, 255, NULL), ASSAY_OK);
	CU_ASSERT_EQUAL(assay_key_value_check(key_of("CHAP_N"), text, 256, NULL), ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(assay_key_value_check(key_of("InitiatorAlias"), text, 255, NULL), ASSAY_OK);
	CU_ASSERT_EQUAL(assay_key_value_check(key_of("InitiatorAlias"), text, 256, NULL), ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(assay_key_value_check(key_of("HeaderDigest"), text, 255, NULL), ASSAY_OK);
	CU_ASSERT_EQUAL(assay_key_value_check(key_of("HeaderDigest"), text, 256, NULL), ASSAY_E_SYNTAX);
	memcpy(text, "0x", 2);
	CU_ASSERT_EQUAL(assay_key_value_check(key_of("CHAP_C"), text, 2 + 2 * 1024, NULL), ASSAY_OK);
	CU_ASSERT_EQUAL(
		assay_key_value_check(key_of("CHAP_C"), text, 2 + 2 * 1024 + 2, NULL), ASSAY_E_SYNTAX);
}

static const struct {
	const char *key, *offer, *answer;
	bool good;
} answers[] = {
	/* lists: section 6.2.1 */
	{ "HeaderDigest", "CRC32C,None", "CRC32C", true },
	{ "HeaderDigest", "CRC32C,None", "None", true },
	{ "HeaderDigest", "CRC32C", "None", false },
	{ "HeaderDigest", "None", "CRC32C", false },
	{ "HeaderDigest", "CRC32C", "Reject", true },
	{ "HeaderDigest", "CRC32C,None", "CRC32C,None", false },
	{ "HeaderDigest", "CRC32C,None", "", false },
	{ "HeaderDigest", "CRC32C,None", "crc32c", false },
	{ "HeaderDigest", "CRC32C,", "", false },
	{ "HeaderDigest", "CRC32C,None", "CRC", false },
	{ "HeaderDigest", "CRC32C,None", "Irrelevant", false },
	{ "DataDigest", "CRC32C,None", "NotUnderstood", false },
	{ "AuthMethod", "CHAP,None", "Reject", true },
	{ "AuthMethod", "CHAP", "None", false },
	{ "AuthMethod", "CHAP", "Irrelevant", false },
	{ "TaskReporting", "RFC3720,ResponseFence", "FastAbort", false },
	{ "TaskReporting", "RFC3720,ResponseFence", "ResponseFence", true },
	{ "TaskReporting", "RFC3720,ResponseFence", "Irrelevant", true },
	{ "CHAP_A", "5,7", "7", true },
	{ "CHAP_A", "5", "7", false },
	/* Minimum */
	{ "MaxConnections", "4", "4", true },
	{ "MaxConnections", "4", "1", true },
	{ "MaxConnections", "4", "5", false },
	{ "MaxConnections", "4", "0", false },
	{ "MaxConnections", "4", "0x2", true },
	{ "MaxConnections", "4", "two", false },
	{ "MaxConnections", "4", "Irrelevant", true },
	{ "MaxConnections", "4", "NotUnderstood", false },
	{ "MaxConnections", "4", "Reject", false },
	{ "MaxConnections", "0", "Reject", true },
	{ "MaxConnections", "0", "1", true },
	{ "MaxConnections", "0", "0", false },
	{ "MaxConnections", "70000", "65536", false },
	{ "MaxConnections", "70000", "65535", true },
	{ "MaxConnections", "bad", "Reject", true },
	{ "MaxConnections", "4", "None", false },
	{ "MaxBurstLength", "4096", "4097", false },
	{ "MaxBurstLength", "4096", "511", false },
	{ "ErrorRecoveryLevel", "2", "0", true },
	{ "ErrorRecoveryLevel", "0", "1", false },
	{ "iSCSIProtocolLevel", "2", "NotUnderstood", true },
	{ "iSCSIProtocolLevel", "1", "2", false },
	{ "iSCSIProtocolLevel", "2", "1", true },
	/* Maximum */
	{ "DefaultTime2Wait", "5", "5", true },
	{ "DefaultTime2Wait", "5", "3600", true },
	{ "DefaultTime2Wait", "5", "4", false },
	{ "DefaultTime2Wait", "5", "3601", false },
	{ "DefaultTime2Wait", "4000", "3600", true },
	/* AND and OR: section 6.2.2 */
	{ "ImmediateData", "Yes", "Yes", true },
	{ "ImmediateData", "Yes", "No", true },
	{ "ImmediateData", "No", "No", true },
	{ "ImmediateData", "No", "Yes", false },
	{ "InitialR2T", "No", "Yes", true },
	{ "InitialR2T", "No", "No", true },
	{ "InitialR2T", "Yes", "Yes", true },
	{ "InitialR2T", "Yes", "No", false },
	{ "InitialR2T", "Yes", "yes", false },
	{ "InitialR2T", "Yes", "Reject", false },
	{ "InitialR2T", "Maybe", "Reject", true },
	{ "InitialR2T", "Maybe", "No", true },
	{ "InitialR2T", "Yes", "Irrelevant", true },
	/* obsolete: section 13.25 */
	{ "IFMarker", "No", "No", true },
	{ "IFMarker", "Yes", "Reject", true },
	{ "IFMarker", "Yes", "Yes", false },
	{ "OFMarker", "Yes", "NotUnderstood", false },
	{ "IFMarkInt", "2048~4096", "Reject", true },
	{ "IFMarkInt", "2048~4096", "2048", false },
	{ "OFMarkInt", "2048", "NotUnderstood", false },
	{ "OFMarkInt", "2048", "Irrelevant", false },
	/* declared */
	{ "MaxRecvDataSegmentLength", "4096", "65536", true },
	{ "MaxRecvDataSegmentLength", "4096", "1", false },
	{ "MaxRecvDataSegmentLength", "4096", "Reject", false },
	{ "MaxRecvDataSegmentLength", "1", "Reject", true },
	{ "MaxRecvDataSegmentLength", "4096", "NotUnderstood", false },
	{ "InitiatorAlias", "a", "NotUnderstood", false },
	{ "InitiatorAlias", "a", "b", false },
	{ "SessionType", "Discovery", "Discovery", false },
	{ "SendTargets", "All", "Reject", true },
	{ "X#NodeArchitecture", "A/1", "NotUnderstood", true },
	{ "X#NodeArchitecture", "A/1", "B/1", true },
};

static void answer_check(void)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct assay_error err = { 0 };
		int r = assay_key_answer_check(key_of(answers[i].key), answers[i].offer,
			strlen(answers[i].offer), answers[i].answer, strlen(answers[i].answer), &err);

		if ((r == ASSAY_OK) != answers[i].good)
			printf("\n%s: %s -> %s: %d %s\n", answers[i].key, answers[i].offer, answers[i].answer,
				r, err.message);
		CU_ASSERT_EQUAL(r, answers[i].good ? ASSAY_OK : ASSAY_E_PROTOCOL);
		if (!answers[i].good)
			CU_ASSERT_NOT_EQUAL(err.message[0], '\0');
	}
}

static const struct {
	const char *key, *offer, *answer; /* answer NULL: none came */
	bool optional; /* may this offer stay without an answer? */
	long outcome; /* -1: there is none */
} outcomes[] = {
	{ "ImmediateData", "No", NULL, true, 0 },
	{ "ImmediateData", "Yes", NULL, false, -1 },
	{ "InitialR2T", "Yes", NULL, true, 1 },
	{ "InitialR2T", "No", NULL, false, -1 },
	{ "DataPDUInOrder", "Yes", NULL, true, 1 },
	{ "DataSequenceInOrder", "Yes", NULL, true, 1 },
	{ "InitialR2T", "No", "Yes", false, 1 },
	{ "ImmediateData", "Yes", "No", false, 0 },
	{ "MaxConnections", "4", NULL, false, -1 },
	{ "MaxConnections", "4", "0x2", false, 2 },
	{ "MaxConnections", "4", "Reject", false, -1 },
	{ "MaxConnections", "4", "Irrelevant", false, -1 },
	{ "HeaderDigest", "CRC32C,None", "CRC32C", false, 1 },
	{ "HeaderDigest", "CRC32C,None", "None", false, 0 },
	{ "HeaderDigest", "CRC32C,None", NULL, false, -1 },
	{ "TaskReporting", "FastAbort,ResponseFence,RFC3720", "FastAbort", false, 2 },
	{ "SessionType", "Discovery", NULL, true, 1 },
	{ "SessionType", "Normal", NULL, true, 0 },
	{ "TargetPortalGroupTag", "0bAAE=", NULL, true, 1 },
	{ "TargetPortalGroupTag", "258", NULL, true, 258 },
	{ "MaxRecvDataSegmentLength", "0x1000", NULL, true, 4096 },
	{ "TargetName", "iqn.a", NULL, true, -1 },
};

static void outcome(void)
{
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		const struct assay_key *key = key_of(outcomes[i].key);
		const char *offer = outcomes[i].offer, *answer = outcomes[i].answer;
		uint64_t number = 99;
		int r = assay_key_outcome(
			&number, key, offer, strlen(offer), answer, answer ? strlen(answer) : 0);

		CU_ASSERT_EQUAL(assay_key_answer_optional(key, offer, strlen(offer)), outcomes[i].optional);
		CU_ASSERT_EQUAL(r, outcomes[i].outcome < 0 ? ASSAY_E_SYNTAX : ASSAY_OK);
		if (outcomes[i].outcome >= 0)
			CU_ASSERT_EQUAL(number, (uint64_t)outcomes[i].outcome);
	}
}

static void show(void)
{
	char out[ASSAY_SHOW_MAX], longer[200];

	memset(longer, 'x', sizeof(longer));
	CU_ASSERT_STRING_EQUAL(assay_key_show(out, "a\x1b[2J\n\xff z", 9), "a?[2J?? z");
	CU_ASSERT_EQUAL(strlen(assay_key_show(out, longer, sizeof(longer))), ASSAY_SHOW_MAX - 1);
}

static CU_TestInfo tests[] = {
	{ "the table is section 13", table },
	UNIT_TEST(find),
	{ "who may say what where", allowed },
	{ "special values", specials },
	{ "values", value_check },
	{ "lengths", value_lengths },
	{ "answers", answer_check },
	{ "outcomes", outcome },
	{ "values in messages", show },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("keys", tests);
}
