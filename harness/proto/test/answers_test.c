/* answers_test.c - every key offered to either side, and every pair that ends a negotiation: tables only. */
#include <stdio.h>
#include <string.h>

#include "side.h"
#include "test/unit.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define OK           ASSAY_OK
#define BAD          ASSAY_E_PROTOCOL
#define SECURITY     ASSAY_PHASE_SECURITY
#define OPERATIONAL  ASSAY_PHASE_OPERATIONAL
#define FULL_FEATURE ASSAY_PHASE_FULL_FEATURE

/* ---- every key, both sides ---- */

static const struct {
	const char *key, *offer;
	const char *want; /* of the answering side; NULL: the default */
	const char *answer; /* exactly; NULL: the login ends */
} offers[] = {
	{ "AuthMethod", "CHAP,None", NULL, "None" },
	{ "AuthMethod", "CHAP,None", "CHAP", "CHAP" },
	{ "AuthMethod", "KRB5,CHAP,None", "None,CHAP", "CHAP" },
	{ "AuthMethod", "CHAP", "None", "Reject" },
	{ "AuthMethod", "Z-x,SRP", "CHAP,None", "Reject" },
	{ "AuthMethod", "Reject", "CHAP", NULL },
	{ "HeaderDigest", "CRC32C,None", NULL, "None" },
	{ "HeaderDigest", "CRC32C", NULL, "Reject" },
	{ "HeaderDigest", "CRC32C,None", "CRC32C,None", "CRC32C" },
	{ "HeaderDigest", "None,CRC32C", "CRC32C,None", "None" },
	{ "HeaderDigest", "Y-a,CRC32C", "CRC32C", "CRC32C" },
	{ "HeaderDigest", "", NULL, "Reject" },
	{ "HeaderDigest", "CRC32C,Irrelevant", "CRC32C", NULL },
	{ "DataDigest", "CRC32C,None", "None,CRC32C", "CRC32C" },
	{ "DataDigest", "None", "CRC32C", "Reject" },
	{ "MaxConnections", "8", NULL, "1" },
	{ "MaxConnections", "8", "4", "4" },
	{ "MaxConnections", "2", "4", "2" },
	{ "MaxConnections", "0x8", "65535", "8" },
	{ "MaxConnections", "0", "4", "Reject" },
	{ "MaxConnections", "65536", "4", "Reject" },
	{ "MaxConnections", "2~4", "4", "Reject" },
	{ "MaxConnections", "lots", "4", "Reject" },
	{ "MaxConnections", "", "4", "Reject" },
	{ "MaxConnections", "Reject", "4", NULL },
	{ "MaxConnections", "Irrelevant", "4", NULL },
	{ "MaxConnections", "NotUnderstood", "4", NULL },
	{ "InitialR2T", "No", NULL, "Yes" },
	{ "InitialR2T", "No", "No", "No" },
	{ "InitialR2T", "Yes", "No", "Yes" },
	{ "InitialR2T", "yes", "No", "Reject" },
	{ "InitialR2T", "NotUnderstood", "No", NULL },
	{ "ImmediateData", "Yes", NULL, "Yes" },
	{ "ImmediateData", "Yes", "No", "No" },
	{ "ImmediateData", "No", "Yes", "No" },
	{ "MaxBurstLength", "1048576", NULL, "262144" },
	{ "MaxBurstLength", "4096", NULL, "4096" },
	{ "MaxBurstLength", "16777216", NULL, "Reject" },
	{ "MaxBurstLength", "511", NULL, "Reject" },
	{ "FirstBurstLength", "131072", NULL, "65536" },
	{ "FirstBurstLength", "131072", "1048576", "131072" },
	{ "FirstBurstLength", "1048576", "1048576", "262144" },
	{ "DefaultTime2Wait", "0", NULL, "2" },
	{ "DefaultTime2Wait", "9", "5", "9" },
	{ "DefaultTime2Wait", "3601", NULL, "Reject" },
	{ "DefaultTime2Retain", "3600", NULL, "20" },
	{ "DefaultTime2Retain", "0", NULL, "0" },
	{ "MaxOutstandingR2T", "16", NULL, "1" },
	{ "MaxOutstandingR2T", "16", "8", "8" },
	{ "DataPDUInOrder", "No", "No", "No" },
	{ "DataPDUInOrder", "No", NULL, "Yes" },
	{ "DataPDUInOrder", "Yes", "No", "Yes" },
	{ "DataSequenceInOrder", "No", "No", "No" },
	{ "DataSequenceInOrder", "No", "Yes", "Yes" },
	{ "ErrorRecoveryLevel", "2", NULL, "0" },
	{ "ErrorRecoveryLevel", "2", "1", "1" },
	{ "ErrorRecoveryLevel", "3", "1", "Reject" },
	{ "TaskReporting", "FastAbort,ResponseFence,RFC3720", NULL, "RFC3720" },
	{ "TaskReporting", "FastAbort,ResponseFence,RFC3720", "RFC3720,ResponseFence", "ResponseFence" },
	{ "TaskReporting", "FastAbort", NULL, "Reject" },
	{ "iSCSIProtocolLevel", "2", NULL, "1" },
	{ "iSCSIProtocolLevel", "0", NULL, "0" },
	{ "iSCSIProtocolLevel", "2", "2", "2" },
	{ "iSCSIProtocolLevel", "32", NULL, "Reject" },
	{ "IFMarker", "No", NULL, "Reject" },
	{ "OFMarker", "Yes", NULL, "Reject" },
	{ "IFMarkInt", "2048~4096", NULL, "Reject" },
	{ "OFMarkInt", "Reject", NULL, NULL },
	{ "OFMarkInt", "64", NULL, "Reject" },
	{ "X-com.example.key", "1", NULL, "NotUnderstood" },
	{ "headerdigest", "None", NULL, "NotUnderstood" },
	{ "HeaderDigest ", "None", NULL, "NotUnderstood" },
};

static void one_answer(size_t i, enum assay_role role)
{
	struct assay_pair offer = { offers[i].key, strlen(offers[i].key), offers[i].offer,
		strlen(offers[i].offer) };
	enum assay_key_id id = id_of(offers[i].key);
	char expected[128];
	struct side s;
	int r;

	begin(&s, role);
	if (id != ASSAY_KEY_UNKNOWN)
		s.wants.value[id] = offers[i].want;
	r = assay_negotiation_take(
		&s.n, &s.said, &offer, id == ASSAY_KEY_AUTH_METHOD ? SECURITY : OPERATIONAL, &s.err);
	CU_ASSERT_EQUAL(r, offers[i].answer ? OK : BAD);
	snprintf(expected, sizeof(expected), "%s=%s;", offers[i].key,
		offers[i].answer ? offers[i].answer : "");
	if (strcmp(says(&s), offers[i].answer ? expected : ""))
		printf("\n%s=%s: %s, not %s\n", offers[i].key, offers[i].offer, s.buf, expected);
	CU_ASSERT_STRING_EQUAL(s.buf, offers[i].answer ? expected : "");
	if (id != ASSAY_KEY_UNKNOWN && offers[i].answer) /* and the proposer has to take it */
		CU_ASSERT_EQUAL(
			assay_key_answer_check(assay_key_at(id), offers[i].offer, strlen(offers[i].offer),
				offers[i].answer, strlen(offers[i].answer), NULL),
			OK);
}

static void answers(void)
{
	for (size_t i = 0; i < COUNT(offers); i++) {
		one_answer(i, ASSAY_TARGET);
		one_answer(i, ASSAY_INITIATOR);
	}
}

/* What ends a negotiation at once: which side hears it, what, and in which phase. */
static const struct {
	enum assay_role role;
	enum assay_phase phase;
	const char *text;
	int result;
} errors[] = {
	/* said twice: section 6.3 */
	{ ASSAY_TARGET, OPERATIONAL, "MaxConnections=2;MaxConnections=2;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "MaxRecvDataSegmentLength=512;MaxRecvDataSegmentLength=512;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "InitiatorName=iqn.2026-01.a:i;InitiatorName=iqn.2026-01.a:i;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "TargetName=iqn.2026-01.a:t;TargetName=iqn.2026-01.a:t;", BAD },
	{ ASSAY_TARGET, SECURITY, "AuthMethod=None;AuthMethod=None;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "IFMarker=No;IFMarker=No;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "TargetAlias=a;TargetAlias=a;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "TargetAddress=a:1;TargetAddress=b:1;", OK },
	{ ASSAY_INITIATOR, FULL_FEATURE, "TargetName=iqn.2026-01.a:t;TargetName=iqn.2026-01.a:u;", OK },
	/* in the wrong stage */
	{ ASSAY_TARGET, SECURITY, "MaxConnections=2;", BAD },
	{ ASSAY_TARGET, SECURITY, "MaxRecvDataSegmentLength=512;", BAD },
	{ ASSAY_TARGET, SECURITY, "InitiatorAlias=a;", OK },
	{ ASSAY_TARGET, OPERATIONAL, "AuthMethod=None;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "CHAP_A=5;", BAD },
	{ ASSAY_TARGET, SECURITY, "CHAP_A=5;", OK },
	{ ASSAY_TARGET, OPERATIONAL, "SendTargets=All;", BAD },
	{ ASSAY_TARGET, FULL_FEATURE, "SendTargets=All;", OK },
	{ ASSAY_TARGET, FULL_FEATURE, "HeaderDigest=None;", BAD },
	{ ASSAY_TARGET, FULL_FEATURE, "MaxBurstLength=512;", BAD },
	{ ASSAY_TARGET, FULL_FEATURE, "InitiatorName=iqn.2026-01.a:i;", BAD },
	{ ASSAY_TARGET, FULL_FEATURE, "TargetName=iqn.2026-01.a:t;", BAD },
	{ ASSAY_TARGET, FULL_FEATURE, "MaxRecvDataSegmentLength=512;InitiatorAlias=b;", OK },
	/* by the wrong side */
	{ ASSAY_TARGET, OPERATIONAL, "TargetPortalGroupTag=1;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "TargetAlias=a;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "InitiatorName=iqn.2026-01.a:i;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "SessionType=Normal;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "TargetName=iqn.2026-01.a:t;", BAD },
	{ ASSAY_INITIATOR, FULL_FEATURE, "SendTargets=All;", BAD },
	/* declared out of range or malformed */
	{ ASSAY_TARGET, OPERATIONAL, "MaxRecvDataSegmentLength=511;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "MaxRecvDataSegmentLength=Reject;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "SessionType=discovery;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "InitiatorName=nobody;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "TargetPortalGroupTag=65536;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "TargetAddress=;", BAD },
	/* keys nobody knows */
	{ ASSAY_TARGET, OPERATIONAL, "=1;", BAD },
	{ ASSAY_TARGET, OPERATIONAL, "X-a=NotUnderstood;", BAD },
	{ ASSAY_INITIATOR, OPERATIONAL, "X-a=NotUnderstood;", OK },
	{ ASSAY_TARGET, OPERATIONAL, "X-3456789012345678901234567890123456789012345678901234567890123=1;",
		OK },
	{ ASSAY_TARGET, OPERATIONAL, "X-34567890123456789012345678901234567890123456789012345678901234=1;",
		BAD },
	/* no pairs */
	{ ASSAY_TARGET, OPERATIONAL, "", OK },
	{ ASSAY_TARGET, OPERATIONAL, ";;;", OK },
	{ ASSAY_TARGET, OPERATIONAL, "MaxConnections=2;;ImmediateData=No;", OK },
	{ ASSAY_TARGET, OPERATIONAL, "MaxConnections;", ASSAY_E_SYNTAX },
	{ ASSAY_TARGET, OPERATIONAL, "MaxConnections=2", ASSAY_E_SYNTAX },
	{ ASSAY_TARGET, OPERATIONAL, "ImmediateData=Yes;MaxConnections=2", ASSAY_E_SYNTAX },
};

static void protocol_errors(void)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct side s;
		int r;

		begin(&s, errors[i].role);
		r = hear(&s, errors[i].text, errors[i].phase);
		if (r != errors[i].result)
			printf("\n%s: %d %s\n", errors[i].text, r, s.err.message);
		CU_ASSERT_EQUAL(r, errors[i].result);
		CU_ASSERT_EQUAL(r == OK, s.err.message[0] == '\0');
	}
}

static CU_TestInfo tests[] = {
	{ "answers of every key", answers },
	{ "protocol errors", protocol_errors },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("answers", tests);
}
