/*
 * rules_test.c - every rule is broken by a timeline that blames the right side, and by nothing in the one beside it; and what the
 * engine must not say: after gaps, in the middle of streams, after what the other side broke, with its tables full.
 */
#include <stdio.h>
#include <string.h>

#include "rules_cases.h"
#include "script.h"
#include "test/unit.h"

static void show(const char *what, const char *script, const struct script_result *r)
{
	printf("\n%s: %s\n", what, script);
	if (r->error[0])
		printf("  %s\n", r->error);
	for (unsigned i = 0; i < r->count && i < SCRIPT_FINDINGS; i++) {
		const struct assay_finding *f = &r->finding[i];

		printf("  #%llu %s by the %s: expected %s; got %s\n", (unsigned long long)f->pdu, f->rule->id,
			f->offender == ASSAY_INITIATOR ? "initiator" : "target", f->expected, f->got);
	}
}

/* All findings are of these rules (offender 0: any side); the first one is there. */
static bool only(const struct script_result *r, const char *rule, enum assay_role offender, const char *also)
{
	bool seen = !rule;

	if (r->error[0] || r->count > SCRIPT_FINDINGS)
		return false;
	for (unsigned i = 0; i < r->count; i++) {
		const struct assay_finding *f = &r->finding[i];

		if (rule && !strcmp(f->rule->id, rule) && f->offender == offender)
			seen = true;
		else if (!also || strcmp(f->rule->id, also))
			return false;
		if (!(f->rule->role & f->offender) || !f->expected[0] || !f->got[0])
			return false;
	}
	return seen;
}

static void silent(const char *script)
{
	struct script_result r;
	bool ok;

	script_play(&r, script);
	ok = only(&r, NULL, 0, NULL);
	CU_ASSERT(ok);
	if (!ok)
		show("nobody is to blame", script, &r);
}

static void each_rule_is_found(void)
{
	struct script_result r;

	for (size_t i = 0; i < rules_case_count; i++) {
		const struct rules_case *c = &rules_cases[i];
		bool ok;

		CU_ASSERT_PTR_NOT_NULL(assay_rule_find(c->rule));
		script_play(&r, c->bad);
		ok = only(&r, c->rule, c->offender, c->also);
		CU_ASSERT(ok);
		if (!ok)
			show(c->rule, c->bad, &r);
		script_play(&r, c->good);
		ok = only(&r, NULL, 0, c->also);
		CU_ASSERT(ok);
		if (!ok)
			show("good for the rule", c->good, &r);
	}
}

/* A rule without a timeline is a claim without a proof. */
static void each_rule_has_a_timeline(void)
{
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	for (size_t i = 0; i < count; i++) {
		unsigned roles = 0;

		for (size_t k = 0; k < rules_case_count; k++)
			if (!strcmp(rules_cases[k].rule, rules[i].id))
				roles |= rules_cases[k].offender;
		CU_ASSERT_EQUAL(roles, (unsigned)rules[i].role);
		if (roles != (unsigned)rules[i].role)
			printf("\n%s has no timeline for each side\n", rules[i].id);
	}
}

#define NAMES "InitiatorName=iqn.2026-01.test:i|TargetName=iqn.2026-01.test:t"
#define TAG   "TargetPortalGroupTag=1"
#define FREE  "login InitialR2T=No|MaxBurstLength=4096|FirstBurstLength=1024;"
#define ADD(cid)                                                                                             \
	"open;login-request t=1 nsg=3 tsih=7 cid=" cid " text=" NAMES                                        \
	";login-response t=1 nsg=3 tsih=7 text=" TAG ";"

/* What is right, though it looks odd. */
static const char *const right[] = {
	/* numbers wrap */
	"start 0xffffffff; login-request t=1 nsg=3 text=" NAMES
	"; login-response t=1 nsg=3 tsih=7 stat_sn=0xfffffffe text=" TAG
	"; nop-out; nop-in max_cmd_sn=30; nop-out; nop-in; nop-out; nop-in",
	/* a window that is closed, and an immediate command all the same */
	"login-request t=1 nsg=3 text=" NAMES "; login-response t=1 nsg=3 tsih=7 max_cmd_sn=50 text=" TAG
	"; nop-out; nop-in max_cmd_sn=50; nop-out i=1 itt=2; nop-in itt=2 max_cmd_sn=50",
	/* the TSIH of a session that is over, given again to the same initiator */
	"login MaxConnections=2; nop-out; nop-in; nop-out; nop-in; close initiator; open; start 50; "
	"login-request t=1 "
	"nsg=3 text=" NAMES "|MaxConnections=2; login-response t=1 nsg=3 tsih=7 text=" TAG
	"|MaxConnections=2;" ADD(
		"1") "nop-out itt=5 cmd_sn=50; nop-in itt=5 exp_cmd_sn=51; c1; nop-out itt=6 "
		     "cmd_sn=51; nop-in itt=6 exp_cmd_sn=52",
	/* both stages, keys over several exchanges, a pair split over two PDUs, a target that stays in the stage */
	"login-request t=1 csg=0 nsg=1 text=" NAMES "|AuthMethod=None; login-response t=1 nsg=1 text=" TAG
	"|AuthMethod=None"
	"; login-request c=1 text=MaxConnections=1|MaxBurst\\; login-response; login-request t=1 "
	"nsg=3 text=Length=4096"
	"; login-response text=MaxConnections=1|MaxRecvDataSegmentLength=8192"
	"; login-request t=1 nsg=3; login-response t=1 nsg=3 tsih=7 text=MaxBurstLength=4096",
	/* CHAP both ways */
	"login-request csg=0 text=" NAMES "|AuthMethod=CHAP,None; login-response text=" TAG "|AuthMethod=CHAP"
	"; login-request text=CHAP_A=7,5; login-response text=CHAP_A=5|CHAP_I=9|CHAP_C=0x0102"
	"; login-request t=1 nsg=1 text=CHAP_N=a|CHAP_R=0x00|CHAP_I=3|CHAP_C=0x0a0b"
	"; login-response t=1 nsg=1 text=CHAP_N=t|CHAP_R=0x01; login-request t=1 nsg=3; "
	"login-response t=1 nsg=3 tsih=1",
	/* CHAP that fails */
	"login-request csg=0 text=" NAMES "|AuthMethod=CHAP; login-response text=" TAG "|AuthMethod=CHAP"
	"; login-request text=CHAP_A=5; login-response class=2 detail=1; close target",
	/* immediate data, unsolicited data and two R2Ts, the second over several Data-Out */
	"login InitialR2T=No|MaxBurstLength=1024|FirstBurstLength=1024|MaxOutstandingR2T=2; command "
	"w=1 f=0 edtl=3072 data=512"
	"; data-out data=256 offset=512 f=0; data-out data=256 offset=768 data_sn=1"
	"; r2t want=1024 offset=1024; r2t want=1024 offset=2048 ttt=0x11 r2t_sn=1; data-out ttt=0x10 "
	"offset=1024 data=1024"
	"; data-out ttt=0x11 offset=2048 data=512 f=0; data-out ttt=0x11 offset=2560 data=512 "
	"data_sn=1; response",
	/* R2Ts while unsolicited data is under way, and tags that are used again */
	FREE "command w=1 f=0 edtl=2048; r2t want=512 offset=1024; data-out data=1024; data-out "
	     "ttt=0x10 data=512 offset=1024"
	     "; r2t want=512 offset=1536 r2t_sn=1; data-out ttt=0x10 data=512 offset=1536; response",
	/* a read in three sequences, one PDU of it empty */
	"login MaxBurstLength=512; command r=1 edtl=1536; data-in data=256 f=0; data-in data=256 "
	"offset=256 data_sn=1"
	"; data-in data=0 offset=512 data_sn=2 f=0; data-in data=512 offset=512 data_sn=3; data-in "
	"data=512 offset=1024 data_sn=4 s=1",
	/* less data than expected with CHECK CONDITION says nothing of residuals */
	"login; command r=1 edtl=512; data-in data=4; response status=2 exp_data_sn=1 "
	"hex=00047000020000000000",
	/* a TMF response ends what came before it, not what came after */
	"login; command lun=1; tmf itt=2 function=2 lun=1; command itt=3 lun=1; tmf-response itt=2; "
	"response itt=3",
	"login; command lun=1; tmf itt=2 function=5 lun=1; command itt=3 lun=1; tmf-response itt=2; "
	"nop-out itt=4; nop-in itt=4",
	/* a command that was rejected is sent again with its number */
	"login; command; reject exp_cmd_sn=50; command cmd_sn=50; response",
	/* an opcode that is left to vendors, refused */
	"login; nop-out opcode=0x1d from=initiator; reject reason=5 exp_cmd_sn=50; nop-out itt=2; "
	"nop-in itt=2",
	/* a ping of the target's before, between and after answers; its answer is a ping too */
	"login; nop-in itt=0xffffffff ttt=1; nop-out; nop-in itt=0xffffffff; nop-in; nop-out itt=5 "
	"ttt=1; nop-in itt=5",
	/* SendTargets in pieces */
	"discovery; text-request text=SendTargets=All; text-response f=0 c=1 ttt=8 "
	"text=TargetName=iqn.2026-01.test:t|TargetAddr\\"
	"; text-request ttt=8; text-response text=ess=192.0.2.1:3260,1; logout; logout-response; "
	"close target",
	/* a Text Request that is sent again for want of an acknowledgment */
	"login; text-request text=X-a=1; text-request cmd_sn=50 text=X-a=1; text-response; nop-out itt=2; "
	"nop-in itt=2",
	/* a negotiation that is reset */
	"login; text-request f=0 text=MaxRecvDataSegmentLength=4096; text-response f=0 ttt=8"
	"; text-request text=MaxRecvDataSegmentLength=2048; text-response; command r=1 edtl=2048; "
	"data-in data=2048 s=1",
	/* two connections: CmdSN passes in any order, StatSN is each one's own */
	"login MaxConnections=2;" ADD("1") "c0; command itt=1 cmd_sn=51; c1; command itt=2 cmd_sn=50"
					   "; response itt=2 exp_cmd_sn=52; c0; response itt=1 "
					   "exp_cmd_sn=52; logout itt=4 reason=1 cid=1 cmd_sn=52"
					   "; logout-response itt=4 exp_cmd_sn=53; nop-out itt=5 "
					   "cmd_sn=53; nop-in itt=5 exp_cmd_sn=54 max_cmd_sn=90",
	/* a session that is reinstated: the old one is over */
	"login; command; open; login; nop-out; nop-in; c0; nop-in itt=0xffffffff stat_sn=9; close "
	"target",
	/* connection reinstatement */
	"login; command; open; login-request t=1 nsg=3 tsih=7 text=" NAMES
	"; login-response t=1 nsg=3 tsih=7 text=" TAG
	"; c0; response stat_sn=77; c1; nop-out itt=9; nop-in itt=9",
	/* a SNACK brings data and status again */
	"login ErrorRecoveryLevel=1; command r=1 edtl=8; data-in data=4 f=0; data-in data=4 offset=4 "
	"data_sn=1; response exp_data_sn=2"
	"; snack exp_stat_sn=101 snack_type=0 run_length=0; data-in data=4 f=0; data-in data=4 offset=4 "
	"data_sn=1"
	"; snack snack_type=1 itt=0xffffffff; response exp_data_sn=2 stat_sn=101; nop-out itt=2; "
	"nop-in itt=2 stat_sn=102",
	/* recovery R2T */
	"login ErrorRecoveryLevel=1; command w=1 edtl=8; r2t want=8; data-out ttt=0x10 data=4 f=0"
	"; data-out ttt=0x10 data=4 offset=4 data_sn=1; r2t want=4 offset=0 ttt=0x11 r2t_sn=1; "
	"data-out ttt=0x11 data=4; response",
	/* task reassignment */
	"login ErrorRecoveryLevel=2|MaxConnections=2; command;" ADD(
		"1") "logout itt=2 reason=2 cid=0; logout-response itt=2"
		     "; tmf itt=3 function=8 rtt=1; tmf-response itt=3; response itt=1",
};

static void right_timelines_are_silent(void)
{
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		silent(right[i]);
}

/* What was not seen is not judged: captures that begin somewhere or have holes; several connections that are not in step. */
static void the_unseen_is_not_judged(void)
{
	struct script_result r;

	for (size_t i = 0; i < rules_unseen_count; i++)
		silent(rules_unseen[i]);
	script_play(&r, "unordered; login; company; nop-in itt=0xffffffff exp_cmd_sn=57");
	CU_ASSERT(only(&r, "expcmdsn-ahead", ASSAY_TARGET, NULL)); /* MaxConnections=1: it has no other */
	script_play(&r, "unordered; login MaxConnections=2;" ADD(
				"1") "c0; close initiator; c1; nop-in itt=0xffffffff "
				     "exp_cmd_sn=57");
	CU_ASSERT(only(&r, "expcmdsn-ahead", ASSAY_TARGET, NULL)); /* nor has it any more */
}

static void one_side_alone_is_to_blame(void)
{
	struct script_result r;

	for (size_t i = 0; i < rules_fault_count; i++) {
		bool ok;

		script_play(&r, rules_faults[i].script);
		ok = !r.error[0] && r.count && r.count <= SCRIPT_FINDINGS;
		for (unsigned k = 0; k < r.count && k < SCRIPT_FINDINGS; k++)
			ok &= r.finding[k].offender == rules_faults[i].whose;
		CU_ASSERT(ok);
		if (!ok)
			show(rules_faults[i].whose == ASSAY_TARGET ? "the target alone is to blame"
								   : "the initiator alone is to blame",
				rules_faults[i].script, &r);
	}
}

static void one_fault_is_one_finding(void)
{
	struct script_result r;

	for (size_t i = 0; i < rules_slip_count; i++) {
		const struct rules_slip *s = &rules_slips[i];
		bool ok;

		script_play(&r, s->script);
		ok = only(&r, s->rule, s->whose, NULL) && r.count == s->findings;
		CU_ASSERT(ok);
		if (!ok)
			show(s->rule, s->script, &r);
	}
}

/* More tasks and connections than the tables hold: nothing is said of what had to be forgotten. */
static void full_tables_forget(void)
{
	static char script[200000];
	size_t n = (size_t)snprintf(script, sizeof(script), "login;");

	for (unsigned i = 0; i < 1500; i++)
		n += (size_t)snprintf(
			script + n, sizeof(script) - n, "command itt=%u i=1 r=1 edtl=4;", i + 10);
	for (unsigned i = 0; i < 1500; i++)
		n += (size_t)snprintf(script + n, sizeof(script) - n, "data-in itt=%u data=4 s=1;", i + 10);
	silent(script);

	n = (size_t)snprintf(script, sizeof(script), "login;");
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(script + n, sizeof(script) - n,
			"open; start 50; login-request isid=%u t=1 nsg=3 text=" NAMES ";"
			"login-response isid=%u t=1 nsg=3 tsih=%u text=" TAG
			"; nop-out; nop-in; close initiator;",
			i + 9, i + 9, i + 9);
	n += (size_t)snprintf(
		script + n, sizeof(script) - n, "c0; start 50; nop-out; nop-in; c50; nop-in itt=77");
	silent(script);
}

static void connections_have_a_limit(void)
{
	struct assay_watch *w = assay_watch_new(NULL, NULL);
	int number = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	for (int i = 0; i < 64; i++)
		CU_ASSERT_EQUAL(assay_watch_open(w, false), i);
	CU_ASSERT_EQUAL(assay_watch_open(w, false), ASSAY_E_LIMIT);
	assay_watch_close(w, 5, ASSAY_BOTH);
	number = assay_watch_open(w, false);
	CU_ASSERT(number >= 64);
	CU_ASSERT_PTR_NULL(assay_watch_params(w, 5));
	CU_ASSERT_PTR_NULL(assay_watch_params(w, -1));
	CU_ASSERT_PTR_NULL(assay_watch_params(w, 9999));
	CU_ASSERT_PTR_NOT_NULL(assay_watch_params(w, number));
	assay_watch_gap(w, 5, ASSAY_TO_TARGET);
	assay_watch_close(w, 5, ASSAY_BOTH);
	assay_watch_free(w);
	assay_watch_free(NULL);
}

/* ---- anything at all ---- */

static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A PDU of fields that are small numbers or extremes, so that they meet what went before; text or bytes as data. */
static void random_pdu(struct assay_pdu *pdu, uint8_t *wire, size_t capacity, uint32_t *state, bool target)
{
	static const uint8_t opcodes[] = { 0, 1, 2, 3, 3, 3, 4, 4, 5, 5, 6, 0x10, 0x1c, 0x1f };
	static const uint8_t answers[] = { 0x20, 0x21, 0x22, 0x23, 0x23, 0x23, 0x24, 0x24, 0x25, 0x25, 0x26,
		0x31, 0x32, 0x3f };
	static const char *const texts[] = { "InitiatorName=iqn.2026-01.test:i",
		"TargetName=iqn.2026-01.test:t", "MaxConnections=2", "HeaderDigest=None", "AuthMethod=CHAP",
		"CHAP_A=5", "CHAP_C=0x01", "SendTargets=All", "=", "x", "MaxBurstLength=Reject" };
	size_t length = 0;

	memset(wire, 0, capacity);
	for (unsigned i = 0; i < ASSAY_BHS_LENGTH; i++)
		wire[i] = random_next(state) % 4   ? 0
			  : random_next(state) % 8 ? (uint8_t)(random_next(state) % 4)
						   : 0xff;
	wire[0] = target ? answers[random_next(state) % sizeof(answers)]
			 : opcodes[random_next(state) % sizeof(opcodes)];
	wire[0] |= random_next(state) % 2 && !target ? 0x40 : 0;
	wire[1] = (uint8_t)(random_next(state) % 2 ? 0x87 : random_next(state));
	wire[4] = random_next(state) % 8 ? 0 : (uint8_t)(random_next(state) % 5);
	while (random_next(state) % 4 && length < 200) {
		const char *text = texts[random_next(state) % (sizeof(texts) / sizeof(texts[0]))];

		memcpy(wire + ASSAY_BHS_LENGTH + 4u * wire[4] + length, text, strlen(text));
		length += strlen(text) + random_next(state) % 2;
	}
	wire[5] = wire[6] = 0;
	wire[7] = (uint8_t)length;
	(void)assay_pdu_decode(pdu, wire, capacity, random_next(state) % 16 ? 0 : random_next(state) % 4);
}

static void count_findings(void *payload, const struct assay_finding *finding)
{
	CU_ASSERT(finding->offender & finding->rule->role);
	++*(unsigned *)payload;
}

/* Whatever comes, the engine keeps to its memory (the sanitizers look on) and blames only who may be blamed. */
static void anything_may_come(void)
{
	uint32_t state = 20260101;
	unsigned findings = 0;
	uint8_t wire[1024];
	struct assay_pdu pdu;
	struct assay_watch *w = assay_watch_new(count_findings, &findings);
	int last = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	for (unsigned i = 0; i < 200000; i++) {
		int connection = last - (int)(random_next(&state) % 4);
		bool target = random_next(&state) % 2;

		if (i % 300 == 0) {
			assay_watch_close(w, last - 5, ASSAY_BOTH);
			last = assay_watch_open(w, random_next(&state) % 4 == 0);
			CU_ASSERT(last >= 0);
		} else if (random_next(&state) % 500 == 0) {
			assay_watch_gap(w, connection, target ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET);
		}
		random_pdu(&pdu, wire, sizeof(wire), &state, target);
		assay_watch_pdu(w, connection, target ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET, &pdu, i);
	}
	CU_ASSERT(findings > 1000);
	assay_watch_free(w);
}

static CU_TestInfo tests[] = {
	{ "each rule is found", each_rule_is_found },
	{ "each rule has a timeline", each_rule_has_a_timeline },
	{ "right timelines are silent", right_timelines_are_silent },
	{ "the unseen is not judged", the_unseen_is_not_judged },
	{ "one side alone is to blame", one_side_alone_is_to_blame },
	{ "one fault is one finding", one_fault_is_one_finding },
	{ "full tables forget", full_tables_forget },
	{ "connections have a limit", connections_have_a_limit },
	{ "anything may come", anything_may_come },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("rules", tests);
}
