/* negotiation_test.c - one side at a time: results, and the sequences of sections 6.2 to 6.4 and 13. */
#include <stdio.h>
#include <string.h>

#include "side.h"
#include "test/unit.h"

#define OK           ASSAY_OK
#define BAD          ASSAY_E_PROTOCOL
#define SECURITY     ASSAY_PHASE_SECURITY
#define OPERATIONAL  ASSAY_PHASE_OPERATIONAL
#define FULL_FEATURE ASSAY_PHASE_FULL_FEATURE

/* ---- results ---- */

static void defaults(void)
{
	struct assay_params p;

	assay_params_default(&p);
	CU_ASSERT_STRING_EQUAL(p.initiator_name, "");
	CU_ASSERT_STRING_EQUAL(p.auth_method, "");
	CU_ASSERT_EQUAL(p.target_portal_group_tag, -1);
	CU_ASSERT_FALSE(p.discovery || p.header_digest || p.data_digest);
	CU_ASSERT_TRUE(p.initial_r2t && p.immediate_data && p.data_pdu_in_order && p.data_sequence_in_order);
	CU_ASSERT_EQUAL(p.max_connections, 1);
	CU_ASSERT_EQUAL(p.initiator_max_recv, 8192);
	CU_ASSERT_EQUAL(p.target_max_recv, 8192);
	CU_ASSERT_EQUAL(p.max_burst_length, 262144);
	CU_ASSERT_EQUAL(p.first_burst_length, 65536);
	CU_ASSERT_EQUAL(p.default_time2wait, 2);
	CU_ASSERT_EQUAL(p.default_time2retain, 20);
	CU_ASSERT_EQUAL(p.max_outstanding_r2t, 1);
	CU_ASSERT_EQUAL(p.error_recovery_level, 0);
	CU_ASSERT_EQUAL(p.protocol_level, 1);
	CU_ASSERT_EQUAL(p.task_reporting, 0);
}

static void join(void)
{
	struct assay_params session, p;

	assay_params_default(&session);
	session.max_burst_length = 4096;
	session.header_digest = session.data_digest = true;
	session.initiator_max_recv = session.target_max_recv = 65536;
	strcpy(session.auth_method, "CHAP");
	strcpy(session.target_name, "iqn.2026-01.com.example:t");
	assay_params_join(&p, &session);
	CU_ASSERT_EQUAL(p.max_burst_length, 4096);
	CU_ASSERT_STRING_EQUAL(p.target_name, session.target_name);
	CU_ASSERT_FALSE(p.header_digest || p.data_digest);
	CU_ASSERT_EQUAL(p.initiator_max_recv + p.target_max_recv, 2 * 8192);
	CU_ASSERT_STRING_EQUAL(p.auth_method, "");
}

static void declarations(void)
{
	struct side s;

	begin(&s, ASSAY_TARGET);
	CU_ASSERT_EQUAL(
		hear(&s,
			"InitiatorName=iqn.2026-01.com.example:i;InitiatorAlias=My host;SessionType=Normal;"
			"TargetName=iqn.2026-01.com.example:t;MaxRecvDataSegmentLength=0x10000;X#"
			"NodeArchitecture=A/1;",
			OPERATIONAL),
		OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "");
	CU_ASSERT_STRING_EQUAL(s.n.params.initiator_name, "iqn.2026-01.com.example:i");
	CU_ASSERT_STRING_EQUAL(s.n.params.initiator_alias, "My host");
	CU_ASSERT_STRING_EQUAL(s.n.params.target_name, "iqn.2026-01.com.example:t");
	CU_ASSERT_EQUAL(s.n.params.initiator_max_recv, 65536);
	CU_ASSERT_EQUAL(s.n.params.target_max_recv, 8192);

	begin(&s, ASSAY_INITIATOR);
	CU_ASSERT_EQUAL(hear(&s,
				"TargetPortalGroupTag=0;TargetAlias=Disk;MaxRecvDataSegmentLength=512;"
				"TargetAddress=10.0.0.1:3260,1;TargetAddress=10.0.0.2:3260,1;",
				OPERATIONAL),
		OK);
	CU_ASSERT_EQUAL(s.n.params.target_portal_group_tag, 0);
	CU_ASSERT_STRING_EQUAL(s.n.params.target_alias, "Disk");
	CU_ASSERT_EQUAL(s.n.params.target_max_recv, 512);
}

static void twice_over_texts(void)
{
	struct side s;

	begin(&s, ASSAY_TARGET);
	CU_ASSERT_EQUAL(hear(&s, "MaxConnections=2;InitiatorAlias=a;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(hear(&s, "ImmediateData=No;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(hear(&s, "MaxConnections=2;", OPERATIONAL), BAD);
	CU_ASSERT_EQUAL(hear(&s, "InitiatorAlias=a;", OPERATIONAL), BAD);
	assay_negotiation_restart(&s.n);
	CU_ASSERT_EQUAL(hear(&s, "InitiatorAlias=a;MaxRecvDataSegmentLength=512;", FULL_FEATURE), OK);
	CU_ASSERT_EQUAL(hear(&s, "MaxRecvDataSegmentLength=512;", FULL_FEATURE), BAD);
	CU_ASSERT_EQUAL(s.n.params.initiator_max_recv, 512);
	CU_ASSERT_FALSE(s.n.params.immediate_data);
}

static void leading_only(void)
{
	struct side s;

	for (int id = 0; id < ASSAY_KEY_COUNT; id++) {
		const struct assay_key *key = assay_key_at(id);
		char text[128];

		if (!(key->flags & ASSAY_KEY_LEADING) || !(key->sender & ASSAY_INITIATOR))
			continue;
		snprintf(text, sizeof(text), "%s=%s;", key->name, key->initial);
		begin(&s, ASSAY_TARGET);
		s.n.leading = false;
		CU_ASSERT_EQUAL(hear(&s, text, OPERATIONAL), BAD);
		s.n.leading = true;
		CU_ASSERT_EQUAL(hear(&s, text, OPERATIONAL), OK);
		quiet(&s);
		begin(&s, ASSAY_INITIATOR);
		s.n.leading = false;
		s.wants.value[id] = key->initial;
		CU_ASSERT_EQUAL(assay_negotiation_offer_all(&s.n, &s.said, OPERATIONAL), OK);
		CU_ASSERT_EQUAL(s.said.length, 0);
	}
}

/* ---- discovery, irrelevance, integrity ---- */

static void discovery(void)
{
	struct side s;

	begin(&s, ASSAY_TARGET);
	s.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "4";
	s.wants.value[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = "2";
	CU_ASSERT_EQUAL(
		hear(&s,
			"MaxConnections=4;InitialR2T=No;ImmediateData=No;MaxBurstLength=512;FirstBurstLength="
			"512;"
			"MaxOutstandingR2T=2;DataPDUInOrder=No;DataSequenceInOrder=No;iSCSIProtocolLevel=1;"
			"TaskReporting=RFC3720,ResponseFence;HeaderDigest=None;ErrorRecoveryLevel=2;IFMarker="
			"No;"
			"DefaultTime2Wait=0;SessionType=Discovery;",
			OPERATIONAL),
		OK);
	CU_ASSERT_STRING_EQUAL(says(&s),
		"MaxConnections=Irrelevant;InitialR2T=Irrelevant;ImmediateData=Irrelevant;MaxBurstLength="
		"Irrelevant;"
		"DataPDUInOrder=Irrelevant;DataSequenceInOrder=Irrelevant;iSCSIProtocolLevel=Irrelevant;"
		"TaskReporting=Irrelevant;HeaderDigest=None;ErrorRecoveryLevel=0;IFMarker=Reject;"
		"DefaultTime2Wait=2;"
		"FirstBurstLength=Irrelevant;MaxOutstandingR2T=Irrelevant;");
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, &s.err), OK);
	CU_ASSERT_TRUE(s.n.params.discovery);
	CU_ASSERT_EQUAL(s.n.params.max_connections, 1);
	CU_ASSERT_TRUE(s.n.params.initial_r2t && s.n.params.immediate_data);

	begin(&s, ASSAY_TARGET); /* SessionType said too late: what was settled is overridden */
	s.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "4";
	s.wants.value[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = "2";
	CU_ASSERT_EQUAL(hear(&s, "MaxConnections=4;ErrorRecoveryLevel=2;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(hear(&s, "SessionType=Discovery;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, &s.err), OK);
	CU_ASSERT_EQUAL(s.n.params.max_connections, 1);
	CU_ASSERT_EQUAL(s.n.params.error_recovery_level, 0);

	begin(&s, ASSAY_INITIATOR); /* and an initiator does not offer what is irrelevant */
	s.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "4";
	s.wants.value[ASSAY_KEY_HEADER_DIGEST] = "None";
	s.wants.value[ASSAY_KEY_SESSION_TYPE] = "Discovery";
	s.wants.value[ASSAY_KEY_INITIATOR_NAME] = "iqn.2026-01.com.example:i";
	CU_ASSERT_EQUAL(assay_negotiation_offer_all(&s.n, &s.said, OPERATIONAL), OK);
	CU_ASSERT_STRING_EQUAL(
		says(&s), "InitiatorName=iqn.2026-01.com.example:i;SessionType=Discovery;HeaderDigest=None;");
}

static void first_burst(void)
{
	struct side s;

	begin(&s, ASSAY_TARGET); /* irrelevant where nothing is unsolicited, whatever the order */
	CU_ASSERT_EQUAL(hear(&s, "FirstBurstLength=4096;ImmediateData=No;InitialR2T=Yes;", OPERATIONAL), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "ImmediateData=No;InitialR2T=Yes;FirstBurstLength=Irrelevant;");
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), OK);

	begin(&s, ASSAY_TARGET); /* InitialR2T may still come as No */
	CU_ASSERT_EQUAL(hear(&s, "FirstBurstLength=4096;ImmediateData=No;", OPERATIONAL), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "ImmediateData=No;FirstBurstLength=4096;");

	begin(&s, ASSAY_TARGET); /* never above MaxBurstLength, whatever the order */
	s.wants.value[ASSAY_KEY_FIRST_BURST_LENGTH] = "1048576";
	s.wants.value[ASSAY_KEY_MAX_BURST_LENGTH] = "1048576";
	CU_ASSERT_EQUAL(hear(&s, "FirstBurstLength=65536;MaxBurstLength=8192;", OPERATIONAL), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "MaxBurstLength=8192;FirstBurstLength=8192;");
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), OK);

	begin(&s, ASSAY_TARGET); /* alone: the default MaxBurstLength bounds it */
	s.wants.value[ASSAY_KEY_FIRST_BURST_LENGTH] = "1048576";
	s.wants.value[ASSAY_KEY_MAX_BURST_LENGTH] = "1048576";
	CU_ASSERT_EQUAL(hear(&s, "FirstBurstLength=1048576;", OPERATIONAL), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "FirstBurstLength=262144;");
	CU_ASSERT_EQUAL(hear(&s, "MaxBurstLength=4096;", OPERATIONAL), OK); /* too late to be kept */
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), BAD);

	begin(&s, ASSAY_TARGET); /* MaxBurstLength alone takes the default FirstBurstLength down */
	CU_ASSERT_EQUAL(hear(&s, "MaxBurstLength=4096;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), OK);
	CU_ASSERT_EQUAL(s.n.params.first_burst_length, 4096);

	begin(&s, ASSAY_INITIATOR); /* a target that answers badly */
	quiet(&s);
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_MAX_BURST_LENGTH, "4096");
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_FIRST_BURST_LENGTH, "8192");
	CU_ASSERT_EQUAL(hear(&s, "MaxBurstLength=4096;FirstBurstLength=8192;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), BAD);
}

static void recovery_and_r2t(void)
{
	struct side s;

	begin(&s, ASSAY_TARGET); /* section 13.19 */
	s.wants.value[ASSAY_KEY_MAX_OUTSTANDING_R2T] = "8";
	s.wants.value[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = "1";
	CU_ASSERT_EQUAL(
		hear(&s, "MaxOutstandingR2T=8;ErrorRecoveryLevel=1;DataSequenceInOrder=Yes;", OPERATIONAL),
		OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "ErrorRecoveryLevel=1;DataSequenceInOrder=Yes;MaxOutstandingR2T=1;");
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), OK);

	begin(&s, ASSAY_TARGET);
	s.wants.value[ASSAY_KEY_MAX_OUTSTANDING_R2T] = "8";
	s.wants.value[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = "1";
	CU_ASSERT_EQUAL(hear(&s, "MaxOutstandingR2T=8;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(hear(&s, "ErrorRecoveryLevel=1;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), BAD);

	begin(&s, ASSAY_TARGET);
	s.wants.value[ASSAY_KEY_MAX_OUTSTANDING_R2T] = "8";
	s.wants.value[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = "1";
	s.wants.value[ASSAY_KEY_DATA_SEQUENCE_IN_ORDER] = "No";
	CU_ASSERT_EQUAL(
		hear(&s, "MaxOutstandingR2T=8;ErrorRecoveryLevel=1;DataSequenceInOrder=No;", OPERATIONAL),
		OK);
	CU_ASSERT_EQUAL(s.n.params.max_outstanding_r2t, 8);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), OK);
}

/* ---- our offers and their answers ---- */

static void wanted_offers(void)
{
	struct side s;

	begin(&s, ASSAY_INITIATOR);
	s.wants.value[ASSAY_KEY_AUTH_METHOD] = "CHAP,None";
	s.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "4";
	s.wants.value[ASSAY_KEY_SESSION_TYPE] = "Normal";
	s.wants.value[ASSAY_KEY_TARGET_NAME] = "iqn.2026-01.com.example:t";
	s.wants.value[ASSAY_KEY_INITIATOR_NAME] = "iqn.2026-01.com.example:i";
	s.wants.value[ASSAY_KEY_TARGET_ALIAS] = "not ours to say";
	s.wants.value[ASSAY_KEY_CHAP_A] = "5";
	CU_ASSERT_EQUAL(assay_negotiation_offer_all(&s.n, &s.said, SECURITY), OK);
	CU_ASSERT_STRING_EQUAL(says(&s),
		"InitiatorName=iqn.2026-01.com.example:i;TargetName=iqn.2026-01.com.example:t;"
		"SessionType=Normal;AuthMethod=CHAP,None;");
	CU_ASSERT_TRUE(assay_negotiation_pending(&s.n));
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), BAD);
	CU_ASSERT_EQUAL(hear(&s, "AuthMethod=CHAP;", SECURITY), OK);
	CU_ASSERT_STRING_EQUAL(s.n.params.auth_method, "CHAP");
	CU_ASSERT_FALSE(assay_negotiation_pending(&s.n));
	quiet(&s);
	CU_ASSERT_EQUAL(assay_negotiation_offer_all(&s.n, &s.said, OPERATIONAL), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "MaxConnections=4;");
	CU_ASSERT_EQUAL(hear(&s, "MaxConnections=2;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(s.n.params.max_connections, 2);
	CU_ASSERT_EQUAL(hear(&s, "MaxConnections=2;", OPERATIONAL), BAD); /* answered already */
	quiet(&s);
	CU_ASSERT_EQUAL(assay_negotiation_offer_all(&s.n, &s.said, OPERATIONAL), OK);
	CU_ASSERT_EQUAL(s.said.length, 0);
}

static void send_targets(void)
{
	struct side s;

	begin(&s, ASSAY_INITIATOR);
	s.wants.value[ASSAY_KEY_SEND_TARGETS] = "All";
	CU_ASSERT_EQUAL(assay_negotiation_offer_all(&s.n, &s.said, FULL_FEATURE), OK);
	CU_ASSERT_EQUAL(s.said.length, 0); /* a question, not a parameter: said only when asked for */
	CU_ASSERT_EQUAL(assay_negotiation_offer(&s.n, &s.said, ASSAY_KEY_SEND_TARGETS), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "SendTargets=All;");
	CU_ASSERT_EQUAL(
		hear(&s, "TargetName=iqn.2026-01.a:t;TargetAddress=a:1,1;TargetAddress=b:1,1;", FULL_FEATURE),
		OK);
	CU_ASSERT_STRING_EQUAL(s.n.params.target_name, ""); /* the target's own names are no login's */
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), OK);
}

static void declare_all(void)
{
	struct side s;

	begin(&s, ASSAY_TARGET);
	s.wants.value[ASSAY_KEY_TARGET_ALIAS] = "Disk";
	s.wants.value[ASSAY_KEY_TARGET_PORTAL_GROUP_TAG] = "1";
	s.wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = "65536";
	s.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "4";
	CU_ASSERT_EQUAL(assay_negotiation_declare_all(&s.n, &s.said, SECURITY), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "TargetPortalGroupTag=1;TargetAlias=Disk;");
	quiet(&s);
	CU_ASSERT_EQUAL(assay_negotiation_declare_all(&s.n, &s.said, OPERATIONAL), OK);
	CU_ASSERT_STRING_EQUAL(says(&s), "MaxRecvDataSegmentLength=65536;");
	CU_ASSERT_EQUAL(s.n.params.target_max_recv, 65536);
	CU_ASSERT_EQUAL(s.n.params.target_portal_group_tag, 1);
}

static void optional_answers(void)
{
	struct side s;

	begin(&s, ASSAY_INITIATOR); /* ImmediateData=No and InitialR2T=Yes settle themselves */
	CU_ASSERT_EQUAL(assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_IMMEDIATE_DATA, "No"), OK);
	CU_ASSERT_EQUAL(assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_INITIAL_R2T, "Yes"), OK);
	CU_ASSERT_FALSE(assay_negotiation_pending(&s.n));
	CU_ASSERT_FALSE(s.n.params.immediate_data);
	CU_ASSERT_EQUAL(hear(&s, "ImmediateData=Yes;", OPERATIONAL), BAD);
	CU_ASSERT_EQUAL(hear(&s, "ImmediateData=No;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&s.n, NULL), OK);
	CU_ASSERT_FALSE(s.n.params.immediate_data);

	begin(&s, ASSAY_INITIATOR); /* Irrelevant leaves what was in force */
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_IMMEDIATE_DATA, "No");
	CU_ASSERT_EQUAL(hear(&s, "ImmediateData=Irrelevant;", OPERATIONAL), OK);
	CU_ASSERT_TRUE(s.n.params.immediate_data);

	begin(&s, ASSAY_INITIATOR); /* the other value must be answered */
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_IMMEDIATE_DATA, "Yes");
	CU_ASSERT_TRUE(assay_negotiation_pending(&s.n));
	CU_ASSERT_EQUAL(hear(&s, "ImmediateData=No;", OPERATIONAL), OK);
	CU_ASSERT_FALSE(assay_negotiation_pending(&s.n));
	CU_ASSERT_FALSE(s.n.params.immediate_data);
}

static void wrong_offers(void)
{
	struct side s;
	char list[600];

	begin(&s,
		ASSAY_INITIATOR); /* what a test says on purpose is answered by Reject or by something admissible */
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_MAX_BURST_LENGTH, "0");
	CU_ASSERT_EQUAL(hear(&s, "MaxBurstLength=Reject;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(s.n.params.max_burst_length, 262144);

	begin(&s, ASSAY_INITIATOR);
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, "1");
	CU_ASSERT_EQUAL(s.n.params.initiator_max_recv, 8192);
	CU_ASSERT_EQUAL(hear(&s, "MaxRecvDataSegmentLength=Reject;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(hear(&s, "MaxRecvDataSegmentLength=4096;", OPERATIONAL), OK);
	CU_ASSERT_EQUAL(s.n.params.target_max_recv, 4096);

	begin(&s, ASSAY_INITIATOR);
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, "4096");
	CU_ASSERT_EQUAL(hear(&s, "MaxRecvDataSegmentLength=NotUnderstood;", OPERATIONAL), BAD);

	begin(&s, ASSAY_INITIATOR);
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_HEADER_DIGEST, "CRC32C");
	CU_ASSERT_EQUAL(hear(&s, "HeaderDigest=None;", OPERATIONAL), BAD);

	begin(&s, ASSAY_INITIATOR); /* too long to be kept: any answer is taken */
	memset(list, 'x', sizeof(list));
	memcpy(list + sizeof(list) - 8, ",CRC32C", 8);
	assay_negotiation_offer_value(&s.n, &s.said, ASSAY_KEY_HEADER_DIGEST, list);
	CU_ASSERT_EQUAL(hear(&s, "HeaderDigest=CRC32C;", OPERATIONAL), OK);
	CU_ASSERT_TRUE(s.n.params.header_digest);

	begin(&s, ASSAY_INITIATOR);
	CU_ASSERT_EQUAL(assay_negotiation_offer(&s.n, &s.said, ASSAY_KEY_TARGET_NAME), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_negotiation_offer(&s.n, &s.said, ASSAY_KEY_UNKNOWN), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(
		assay_negotiation_offer(&s.n, &s.said, ASSAY_KEY_MAX_CONNECTIONS), OK); /* its default */
	CU_ASSERT_STRING_EQUAL(says(&s), "MaxConnections=1;");
}

static void no_room(void)
{
	struct assay_pair offer = { "MaxConnections", 14, "4", 1 }, unknown = { "X-a", 3, "4", 1 };
	struct side s;

	begin(&s, ASSAY_TARGET);
	assay_text_init(&s.said, s.buf, 4);
	CU_ASSERT_EQUAL(assay_negotiation_take(&s.n, &s.said, &offer, OPERATIONAL, &s.err), ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(assay_negotiation_take(&s.n, &s.said, &unknown, OPERATIONAL, &s.err), ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(assay_negotiation_offer(&s.n, &s.said, ASSAY_KEY_MAX_CONNECTIONS), ASSAY_E_LIMIT);
	CU_ASSERT_FALSE(assay_negotiation_pending(&s.n));
	quiet(&s);
	CU_ASSERT_EQUAL(assay_negotiation_take(&s.n, &s.said, &offer, OPERATIONAL, &s.err), OK);
}

/* Every prefix of a text, and every byte of it changed: no crash, no offer of ours left in a wrong state. */
static void garbage(void)
{
	static const char text[] =
		"InitiatorName=iqn.2026-01.com.example:i\0SessionType=Normal\0HeaderDigest=CRC32C,None\0"
		"InitialR2T=No\0MaxBurstLength=0x10000\0FirstBurstLength=4096\0IFMarkInt=1~2\0X-a=\0";
	char bytes[sizeof(text)];
	struct side s;

	for (size_t length = 0; length < sizeof(text); length++) {
		begin(&s, ASSAY_TARGET);
		(void)assay_negotiation_take_text(&s.n, &s.said, text, length, OPERATIONAL, &s.err);
		for (int byte = 0; byte < 256; byte += 3) {
			memcpy(bytes, text, sizeof(text));
			bytes[length] = (char)byte;
			begin(&s, ASSAY_TARGET);
			(void)assay_negotiation_take_text(
				&s.n, &s.said, bytes, sizeof(text) - 1, OPERATIONAL, &s.err);
			CU_ASSERT_EQUAL(s.n.offered, 0);
			CU_ASSERT_TRUE(s.said.length <= s.said.capacity);
		}
	}
}

static CU_TestInfo tests[] = {
	UNIT_TEST(defaults),
	UNIT_TEST(join),
	UNIT_TEST(declarations),
	{ "twice over several texts", twice_over_texts },
	{ "leading only", leading_only },
	UNIT_TEST(discovery),
	{ "FirstBurstLength", first_burst },
	{ "recovery level and R2Ts", recovery_and_r2t },
	{ "wanted offers", wanted_offers },
	{ "SendTargets", send_targets },
	{ "declarations of ours", declare_all },
	{ "optional answers", optional_answers },
	{ "wrong offers", wrong_offers },
	{ "no room", no_room },
	UNIT_TEST(garbage),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("negotiation", tests);
}
