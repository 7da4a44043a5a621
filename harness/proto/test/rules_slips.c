/*
 * rules_slips.c - timelines with one slip: a number, a flag or a key that is wrong once, and everything after it right. The rule is found once, and nothing is said of what rests on the slip.
 * Beside them the same fault made again and again, which is found again and again (script.h).
 */
#include "rules_cases.h"

#define NAMES  "InitiatorName=iqn.2026-01.test:i|TargetName=iqn.2026-01.test:t"
#define TAG    "TargetPortalGroupTag=1"
#define FREE   "login InitialR2T=No|MaxBurstLength=4096|FirstBurstLength=1024;"
/* a login of three requests */
#define FIRST  "login-request text=" NAMES ";login-response text=" TAG ";"
#define LAST   ";login-request t=1 nsg=3;login-response t=1 nsg=3 tsih=7"
#define STAGES "login-request csg=0 t=1 nsg=1 text=" NAMES "|AuthMethod=None;"

#define I ASSAY_INITIATOR
#define T ASSAY_TARGET

const struct rules_slip rules_slips[] = {
	/* StatSN: one step too far, one back, of a response that is said twice; then stuck, and in steps of two */
	{ "statsn-step", T, 1,
		"login; nop-out; nop-in stat_sn+=1; nop-out exp_stat_sn=102; nop-in stat_sn=102; nop-out "
		"exp_stat_sn=103; nop-in stat_sn=103" },
	{ "statsn-step", T, 1,
		"login; nop-out; nop-in; nop-out; nop-in stat_sn=101; nop-out exp_stat_sn=103; nop-in "
		"stat_sn=103" },
	{ "statsn-step", T, 1,
		"login; nop-out; nop-in stat_sn=200; nop-out exp_stat_sn=201; nop-in stat_sn=201; nop-out "
		"exp_stat_sn=202; nop-in stat_sn=202" },
	{ "response-once", T, 1,
		"login; nop-out; nop-in; nop-in stat_sn=101; nop-out exp_stat_sn=102; nop-in stat_sn=102" },
	{ "nop-in-itt", T, 1,
		"login; nop-out; nop-in itt=9; nop-in stat_sn=101; nop-out exp_stat_sn=102; nop-in "
		"stat_sn=102" },
	{ "statsn-step", T, 2,
		"login; nop-out; nop-in; nop-out exp_stat_sn=102; nop-in stat_sn=101; nop-out "
		"exp_stat_sn=102; nop-in stat_sn=101" },
	{ "statsn-step", T, 3,
		"login; nop-out; nop-in stat_sn=102; nop-out; nop-in stat_sn=104; nop-out; nop-in "
		"stat_sn=106" },
	/* ExpCmdSN and MaxCmdSN: ahead, of a rejected command, behind, too much credit; and ahead by more each time */
	{ "expcmdsn-ahead", T, 1, "login; nop-out; nop-in exp_cmd_sn=52; nop-out; nop-in; nop-out; nop-in" },
	{ "expcmdsn-ahead", T, 1,
		"login; nop-out; nop-in exp_cmd_sn=60; nop-out; nop-in exp_cmd_sn=60; nop-out; nop-in "
		"exp_cmd_sn=60" },
	{ "expcmdsn-ahead", T, 3,
		"login; nop-out; nop-in exp_cmd_sn=60; nop-out; nop-in exp_cmd_sn=61; nop-out; nop-in "
		"exp_cmd_sn=62" },
	{ "expcmdsn-login", T, 1,
		"login-request text=" NAMES ";login-response exp_cmd_sn=51 text=" TAG LAST },
	{ "expcmdsn-login", T, 1,
		"login-request text=" NAMES ";login-response exp_cmd_sn=51 text=" TAG
		";login-request t=1 nsg=3;login-response t=1 nsg=3 tsih=7 exp_cmd_sn=51" },
	{ "reject-cmdsn", T, 1,
		"login; command; reject exp_cmd_sn=51; logout i=1 cmd_sn=50; logout-response exp_cmd_sn=50" },
	{ "maxcmdsn-back", T, 1, "login; nop-out; nop-in max_cmd_sn=400; nop-out; nop-in; nop-out; nop-in" },
	{ "maxcmdsn-back", T, 2,
		"login; nop-out; nop-in; nop-out; nop-in max_cmd_sn=81; nop-out; nop-in max_cmd_sn=80" },
	/* CmdSN: a number twice, one beyond the window; and two gaps */
	{ "cmdsn-order", I, 1,
		"login; nop-out; nop-in; nop-out cmd_sn=50; nop-in exp_cmd_sn=51; nop-out cmd_sn=52" },
	{ "cmdsn-window", I, 1,
		"login; nop-out; nop-in; nop-out cmd_sn=900; nop-in exp_cmd_sn=51; nop-out i=1 cmd_sn=52" },
	{ "cmdsn-order", I, 2, "login; nop-out; nop-in; nop-out itt=2 cmd_sn=52; nop-out itt=3 cmd_sn=54" },
	{ "cmdsn-immediate", I, 1,
		"login; nop-out i=1 cmd_sn=51; nop-in exp_cmd_sn=50; nop-out i=1 cmd_sn=51; nop-in "
		"exp_cmd_sn=50; nop-out cmd_sn=50; nop-in exp_cmd_sn=51; nop-out; nop-in" },
	/* an immediate request that gives the number of a rejected command, which is to be used again */
	{ "command-attr", I, 1,
		"login; command attr=6; reject exp_cmd_sn=50; logout i=1 cmd_sn=50; logout-response "
		"exp_cmd_sn=50" },
	{ "reject-header", T, 1,
		"login; command; reject exp_cmd_sn=50 hex=0102; logout itt=2 i=1 cmd_sn=50; logout-response "
		"itt=2 exp_cmd_sn=50" },
	/* what is the same through a login */
	{ "login-isid", I, 1, FIRST "login-request isid=1; login-response" LAST },
	{ "login-itt", I, 1, FIRST "login-request itt=9; login-response" LAST },
	{ "login-cid", I, 1, FIRST "login-request cid=9; login-response" LAST },
	{ "login-tsih", I, 1, FIRST "login-request tsih=9; login-response" LAST },
	{ "cmdsn-login", I, 1, FIRST "login-request cmd_sn=51; login-response" LAST },
	{ "login-version", I, 1,
		"login-request version_max=1 text=" NAMES "; login-response text=" TAG LAST },
	{ "login-version-kept", I, 1, FIRST "login-request version_max=1; login-response" LAST },
	{ "login-version-max", T, 1, FIRST "login-request; login-response version_max=1" LAST },
	{ "login-version-active", T, 1, FIRST "login-request; login-response version_active=1" LAST },
	{ "login-version-active", T, 1,
		"login-request text=" NAMES "; login-response version_active=1 text=" TAG LAST },
	/* stages: the initiator in the wrong one, the target in another, further than it was asked, or where nobody asked */
	{ "login-stage-current", I, 1, FIRST "login-request csg=0 text=MaxConnections=1; login-response" },
	{ "login-stage", I, 1, "login-request csg=2 text=" NAMES "|MaxConnections=1" },
	{ "login-csg", T, 1,
		FIRST
		"login-request text=MaxConnections=1; login-response csg=0 "
		"text=MaxConnections=1;login-request csg=1 t=1 nsg=3;login-response csg=1 t=1 nsg=3 tsih=7" },
	{ "login-csg", T, 1, STAGES "login-response csg=1 t=1 nsg=1 text=" TAG "|AuthMethod=None" LAST },
	{ "login-nsg", T, 1,
		STAGES "login-response csg=0 t=1 nsg=3 text=" TAG
		       "|AuthMethod=None;login-request csg=1 t=1 nsg=3;login-response csg=1 t=1 nsg=3 "
		       "tsih=7;nop-out;nop-in" },
	{ "login-nsg", T, 1,
		STAGES "login-response csg=0 t=1 nsg=2 text=" TAG
		       "|AuthMethod=None;login-request csg=1 t=1 nsg=3;login-response csg=1 t=1 nsg=3 "
		       "tsih=7;nop-out;nop-in" },
	{ "login-stage", T, 1,
		STAGES
		"login-response csg=0 t=1 nsg=0 text=" TAG
		"|AuthMethod=None;login-request csg=1 t=1 nsg=3;login-response csg=1 t=1 nsg=3 tsih=7" },
	{ "login-transit", T, 1,
		FIRST "login-request text=MaxConnections=1; login-response csg=1 t=1 nsg=0;login-request "
		      "csg=1 t=1 nsg=3;login-response csg=1 t=1 nsg=3 tsih=7 text=MaxConnections=1" },
	{ "continue-final", T, 1,
		STAGES "login-response csg=0 c=1 t=1 nsg=1 text=" TAG
		       "|AuthMethod=None;login-request csg=1 text=X-a=1;login-response csg=1" LAST },
	{ "login-one-request", I, 1,
		FIRST "login-request text=MaxConnections=1;login-request "
		      "text=MaxConnections=1;login-response text=MaxConnections=1;login-response" LAST },
	{ "login-one-request", I, 1,
		FIRST "login-request text=MaxConnections=1;login-request "
		      "text=MaxConnections=1;login-response text=MaxConnections=1" LAST },
	{ "login-only-target", T, 1,
		FIRST "login-request;nop-in itt=1 stat_sn=101;login-request exp_stat_sn=102;login-response "
		      "stat_sn=102" LAST },
	{ "login-one-response", T, 1, FIRST "login-request;login-response;login-response" LAST },
	/* keys: said too early, said again by the side that may only offer once, cut in two by a C bit that is not set */
	{ "key-security-stage", I, 1,
		"login-request csg=0 t=1 nsg=1 text=" NAMES
		"|MaxConnections=1;login-response t=1 nsg=1 text=" TAG
		";login-request t=1 nsg=3 text=MaxConnections=1;login-response t=1 nsg=3 tsih=7 "
		"text=MaxConnections=1" },
	{ "key-repeated", T, 1,
		"login-request text=" NAMES "|MaxConnections=1;login-response text=" TAG
		"|MaxConnections=1;login-request;login-response text=MaxConnections=1" LAST },
	{ "key-format", T, 1,
		"login-request text=" NAMES "|MaxConnections=1;login-response text=" TAG
		"|MaxConn\\;login-request;login-response text=ections=1" LAST },
	/* data: a PDU that is missing, one that is another task's */
	{ "data-out-numbering", I, 1,
		FREE "command w=1 f=0 edtl=1024; data-out data=512 offset=512 data_sn=1; response" },
	{ "data-out-numbering", I, 1,
		"login; command w=1 edtl=8; r2t want=8; data-out ttt=0x10 data=4 offset=4 data_sn=1; "
		"response" },
	{ "data-out-order", I, 1,
		FREE "command w=1 f=0 edtl=1024; data-out data=508 f=0; data-out data=512 offset=512 "
		     "data_sn=1; response" },
	{ "data-in-numbering", T, 1,
		"login; command r=1 edtl=12; data-in data=4 f=0; data-in data=4 offset=8 data_sn=2 s=1" },
	{ "r2t-numbering", T, 1,
		"login; command w=1 edtl=8; r2t want=8; r2t want=8; data-out ttt=0x10 data=8; response" },
	{ "sense-length", T, 1, "login; command; response status=2 hex=00" },
	/* text: an end that was not asked for, a tag that is none, an answer to nothing, a request with another tag */
	{ "text-final", T, 1,
		"login; text-request f=0 text=X-a=1; text-response; text-request ttt=0xffffffff text=X-b=1; "
		"text-response" },
	{ "text-final", T, 2,
		"login; text-request f=0 text=X-a=1; text-response; text-request itt=2 f=0 text=X-b=1; "
		"text-response itt=2" },
	{ "text-more-ttt", T, 1,
		"login; text-request f=0 text=X-a=1; text-response f=0; text-request ttt=8; text-response" },
	{ "response-itt", T, 1,
		"login; text-request text=X-a=1; text-response itt=9; text-request itt=2 text=X-b=1; "
		"text-response itt=2" },
	{ "text-sequence", I, 1,
		"login; text-request f=0 text=X-a=1; text-response f=0 ttt=8; text-request itt=9 f=0 ttt=8; "
		"text-response f=0 ttt=9; text-request ttt=9; text-response" },
	{ "text-sequence", I, 1,
		"login; text-request f=0 text=X-a=1; text-response f=0 ttt=8; text-request itt=9 f=0 ttt=8; "
		"text-response itt=9" },
	/* what may be the end of a login; a login of a session that is not known, beside one that may be it */
	{ "login-stage", T, 1,
		"login-request t=1 nsg=3 text=" NAMES ";login-response t=1 nsg=2 tsih=7 text=" TAG
		";nop-out;nop-in;nop-out;nop-in" },
	{ "login-tsih-early", T, 1,
		"login-request t=1 nsg=3 text=" NAMES ";login-response nsg=3 tsih=7 text=" TAG
		";nop-out;nop-in" },
	{ "login-tsih-echo", T, 1,
		"login MaxConnections=2;open;login-request t=1 nsg=3 tsih=8 cid=1 text=" NAMES
		";login-response t=1 nsg=3 tsih=7 text=" TAG
		";nop-out;nop-in;c0;nop-out cmd_sn=51;nop-in;c1;nop-out cmd_sn=53;nop-in exp_cmd_sn=54" },
	{ "key-security-stage", I, 1,
		"login-request csg=0 text=" NAMES "|MaxConnections=1|InitialR2T=No|ImmediateData=No" },
	{ "key-leading", I, 1,
		"login;open;login-request t=1 nsg=3 tsih=7 cid=1 text=" NAMES
		"|MaxConnections=1|InitialR2T=No" },
	/* all that comes for a task that there is not; and for two of them */
	{ "response-itt", T, 1,
		"login; command r=1 edtl=8; data-in itt=9 data=4 f=0; data-in itt=9 data=4 offset=4 "
		"data_sn=1; response itt=9 exp_data_sn=2" },
	{ "response-itt", T, 2, "login; response itt=8; response itt=9 stat_sn=102" },
	{ "data-out-itt", I, 1,
		"login; data-out itt=9 data=4 f=0; data-out itt=9 data=4 offset=4 data_sn=1" },
	{ "data-out-itt", I, 2,
		"login; data-out itt=9 data=4 f=0; data-out itt=8 data=4 offset=4 data_sn=1" },
	/* behind a gap it is the same fault */
	{ "expstatsn-ahead", I, 1,
		"login; nop-out exp_stat_sn=900; nop-in stat_sn=101; gap initiator; nop-out itt=3; nop-in "
		"itt=3 "
		"stat_sn=102; nop-out itt=4 exp_stat_sn=900; nop-in itt=4 stat_sn=103; nop-out itt=5 "
		"exp_stat_sn=900" },
	{ "expstatsn-back", I, 1,
		"login; nop-out; nop-in; nop-out exp_stat_sn=102; nop-in; nop-out exp_stat_sn=101; nop-in; "
		"nop-out "
		"exp_stat_sn=101" },
	/* an R2T with the number that the status should have had, and one with no number that could be */
	{ "statsn-r2t", T, 1,
		"login MaxOutstandingR2T=2; command w=1 edtl=8; r2t want=4 stat_sn=200; r2t want=4 offset=4 "
		"ttt=0x11 r2t_sn=1; data-out ttt=0x10 data=4; data-out ttt=0x11 data=4 offset=4; response" },
	{ "statsn-r2t", T, 2,
		"login MaxOutstandingR2T=2; command w=1 edtl=8; r2t want=4 stat_sn=200; r2t want=4 offset=4 "
		"ttt=0x11 r2t_sn=1 stat_sn=300; data-out ttt=0x10 data=4; data-out ttt=0x11 data=4 offset=4; "
		"response" },
};

const size_t rules_slip_count = sizeof(rules_slips) / sizeof(rules_slips[0]);
