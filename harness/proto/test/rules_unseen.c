/* rules_unseen.c - timelines in which nobody can be blamed, as something was not seen: captures that begin somewhere, or have holes, or have what was said on several connections in another order. */
#include "rules_cases.h"

#define NAMES "InitiatorName=iqn.2026-01.test:i|TargetName=iqn.2026-01.test:t"
#define TAG   "TargetPortalGroupTag=1"
#define ADD(cid)                                                                                             \
	"open;login-request t=1 nsg=3 tsih=7 cid=" cid " text=" NAMES                                        \
	";login-response t=1 nsg=3 tsih=7 text=" TAG ";"
#define SEEN_ONCE "login-request t=1 nsg=3 text=" NAMES "; login-response t=1 nsg=3 tsih=7 text=" TAG ";"
#define TWO       "unordered; login MaxConnections=2;" ADD("1")

const char *const rules_unseen[] = {
	"open mid; data-in itt=9 data=4 data_sn=77 offset=9000 s=1 stat_sn=5; nop-in itt=4 "
	"stat_sn=6; response itt=3 stat_sn=7",
	"open mid; data-out itt=9 data=4 ttt=5 data_sn=3; command itt=3 w=1 f=0 data=200000 "
	"edtl=9000000 cmd_sn=7; r2t itt=3 want=9000000",
	"open mid; nop-out cmd_sn=9; nop-in exp_cmd_sn=10 max_cmd_sn=20; nop-out cmd_sn=10; nop-in "
	"exp_cmd_sn=11 max_cmd_sn=20",
	"open mid; login-response csg=0 text=X-a=1; login-request csg=3; login-response t=1 nsg=3; "
	"nop-out itt=3; nop-in itt=3",
	"open mid; text-request itt=4 ttt=7 text=A=b; text-response itt=4; logout itt=5 cid=9 "
	"reason=1; logout-response itt=5",
	"open mid; nop-out i=1 itt=0xffffffff ttt=77",
	"login; gap target; response itt=77; data-in itt=78 data=4; nop-out cmd_sn=70; nop-in "
	"exp_cmd_sn=71 max_cmd_sn=99",
	"login; command; gap initiator; nop-out itt=2 exp_stat_sn=500; nop-in itt=2 stat_sn=600 "
	"max_cmd_sn=70; nop-out itt=3 ttt=9; nop-in itt=3",
	"login; command w=1 edtl=8; gap initiator; data-out ttt=0x99 data=8; response; command "
	"itt=1; response",
	"login-request text=" NAMES "|MaxConnections=1; gap initiator; login-request t=1 nsg=3; "
	"login-response t=1 nsg=3 tsih=2; nop-out; nop-in",
	"login-request text=" NAMES "; login-response text=" TAG
	"; login-request t=1 nsg=3; gap target; login-response t=1 nsg=3 tsih=2; nop-out; nop-in",
	"gap target; nop-in itt=0xffffffff; nop-out itt=3; nop-in itt=3",
	"login-request text=" NAMES "; login-response text=" TAG
	"; gap target; login-response t=1 nsg=3 tsih=7; nop-in itt=0xffffffff; nop-out itt=3; nop-in "
	"itt=3",
	/* the rest of a pair whose start was missed, and what goes on with it */
	"login; gap target; text-request f=0 ttt=7 text=alue|X-b=1; text-response f=0 ttt=8; "
	"text-request ttt=8 text=X-c=1; text-response text=X-c=1",
	"login; text-request f=0 text=X-a=1; gap initiator; text-request f=0 ttt=7; text-response "
	"f=0 ttt=8 c=1 text=alue|X-b; text-request f=0 ttt=8; text-response f=0 ttt=9 text==2; "
	"text-request ttt=9; text-response",
	/* a connection whose login was missed may have any CID */
	"open mid; logout reason=1 cid=0; nop-out itt=2; nop-in itt=2; logout-response; nop-out "
	"itt=3; nop-in itt=3",
	"login-request t=1 nsg=3 cid=7 text=" NAMES "; gap initiator; logout itt=3 reason=1 cid=7; "
	"logout-response itt=3",
	/* a connection that may be of any session with several */
	"login-request t=1 nsg=3 text=" NAMES "|MaxConnections=4; login-response t=1 nsg=3 tsih=2 "
	"text=" TAG "|MaxConnections=4; nop-out itt=2 cmd_sn=50; nop-in itt=2 exp_cmd_sn=51; open "
	"mid; nop-out itt=3 cmd_sn=51; nop-in itt=3 exp_cmd_sn=52; c0; nop-out itt=4 cmd_sn=52; "
	"nop-in itt=4 exp_cmd_sn=53; nop-out itt=5 cmd_sn=53; nop-in itt=5 exp_cmd_sn=57",
	/* a SNACK that was missed may have had a response come again */
	"open mid; response itt=3 stat_sn=7; response itt=4 stat_sn=8; response itt=3 stat_sn=7",
	/* a login of which part was missed, and what is said in it that belongs behind it */
	"login-request text=" NAMES "; login-response text=" TAG
	"; gap initiator; nop-out; login-response class=2 detail=11",
	/* a Reject that was missed may have made a number free again */
	"login; command; gap initiator; logout itt=3 cmd_sn=50; logout-response itt=3",
	/* requests that may be part of a login take numbers all the same */
	"login-request t=1 nsg=3 text=" NAMES "; gap initiator; command itt=3 cmd_sn=50; nop-out i=1 itt=4 "
	"cmd_sn=51; nop-in itt=4 exp_cmd_sn=51",
	/* a login that goes on behind what seemed to be its end */
	"open mid; nop-out itt=3; login-request; login-response t=1 nsg=3 tsih=7; nop-out itt=4; "
	"nop-in itt=4",
	/* what a SNACK has come again tells nothing of the count, nor does one number alone */
	"open mid; snack snack_type=1 itt=0xffffffff; nop-in itt=3 stat_sn=102; nop-out itt=4 "
	"exp_stat_sn=104; "
	"nop-in itt=4 stat_sn=104",
	"login; command itt=3; gap initiator; response itt=3 stat_sn=77; nop-out itt=4 exp_stat_sn=104; "
	"nop-in "
	"itt=4 "
	"stat_sn=104; nop-out itt=5 exp_stat_sn=105; nop-in itt=5 stat_sn=105",
	/* an answer to what was said, and missed, behind a login that was refused */
	"login-request t=1 nsg=3 text=" NAMES "; login-response class=2 detail=1; gap target; login-response "
	"class=2 detail=11",
	/* an added connection of a session that we do not know */
	"login-request t=1 nsg=3 tsih=99 cid=3 cmd_sn=700 text=" NAMES
	"; login-response t=1 nsg=3 tsih=99 exp_cmd_sn=650 max_cmd_sn=720 text=" TAG
	"; nop-out cmd_sn=702; nop-in exp_cmd_sn=703 max_cmd_sn=900; command w=1 edtl=99999999 "
	"data=200000 cmd_sn=703",
	/* a command that its acknowledgment overtakes, a window that a command does, and a tag that is free again */
	TWO "c0; nop-in itt=0xffffffff exp_cmd_sn=51; c1; nop-out itt=2 cmd_sn=50; nop-in itt=2 "
	    "exp_cmd_sn=51",
	TWO "nop-out itt=2 cmd_sn=300; c0; nop-in itt=0xffffffff max_cmd_sn=300",
	TWO "c0; command itt=5 cmd_sn=50; c1; command itt=5 cmd_sn=51; c0; response itt=5; c1; "
	    "response itt=5",
	/* a command that was lost, with the tag of one that is over on another connection */
	"login MaxConnections=2; command itt=5; response itt=5;" ADD("1") "gap target; response itt=5",
	"login MaxConnections=2; command itt=5 w=1 edtl=4;" ADD("1") "gap target; data-out itt=5 data=4 "
								     "ttt=9; tmf i=1 itt=6 function=1 "
								     "rtt=5 ref_cmd_sn=99",
	"login MaxConnections=2|ErrorRecoveryLevel=1; command itt=5; response itt=5;" ADD(
		"1") "gap target; snack itt=5 ttt=0xffffffff",
	/* a request that waited for missing bytes until the session was logged out */
	TWO "logout itt=9 reason=0; logout-response itt=9; c0; late; nop-out itt=3",
	/* a login before and behind a translation of addresses: neither takes the other's place */
	SEEN_ONCE "open; start 50;" SEEN_ONCE
		  "c0; nop-out itt=2; nop-in itt=2; c1; start 50; nop-out itt=2; nop-in itt=2",
	/* a connection of the session that is not known to be one yet */
	"unordered; login MaxConnections=2; company; nop-in itt=0xffffffff exp_cmd_sn=57; nop-out "
	"itt=4 "
	"cmd_sn=70",
	"unordered; login-request t=1 nsg=3 text=" NAMES
	"|MaxConnections=2; company; login-response t=1 nsg=3 "
	"tsih=7 text=" TAG "|MaxConnections=2; nop-in itt=0xffffffff exp_cmd_sn=57",
};

const size_t rules_unseen_count = sizeof(rules_unseen) / sizeof(rules_unseen[0]);
