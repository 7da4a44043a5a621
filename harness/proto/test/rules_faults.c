/*
 * rules_faults.c - timelines in which one side breaks the protocol and the other goes on as it may: what follows is its own affair, as long as the
 * standard leaves it that (script.h).
 */
#include "rules_cases.h"

#define NAMES "InitiatorName=iqn.2026-01.test:i|TargetName=iqn.2026-01.test:t"
#define TAG   "TargetPortalGroupTag=1"
#define FREE  "login InitialR2T=No|MaxBurstLength=4096|FirstBurstLength=1024;"

#define I ASSAY_INITIATOR
#define T ASSAY_TARGET

const struct rules_fault rules_faults[] = {
	/* a tag used twice: rejected, answered once, answered twice */
	{ I, "login; command; command cmd_sn=51; reject reason=7; response" },
	{ I, "login; command; command cmd_sn=51; response; response" },
	{ I, "login; command w=1 edtl=8; command r=1 edtl=8 cmd_sn=51; data-in data=8; r2t want=8; "
	     "response status=2 hex=000470000b00" },
	/* beyond the window, twice the same number, a number left out: silently ignored, or answered later */
	{ I, "login; command cmd_sn=200; nop-out i=1 itt=2; nop-in itt=2" },
	{ I, "login; command; response; command itt=2 cmd_sn=50; nop-out itt=3; nop-in itt=3" },
	{ I, "login; command; response; command itt=2 cmd_sn=52; nop-out i=1 itt=3; nop-in itt=3 "
	     "exp_cmd_sn=51" },
	/* data that is longer than may be, immediate or unsolicited when it may not be, too much of it */
	{ I, "login MaxRecvDataSegmentLength=512; command w=1 edtl=1024 data=1024; reject exp_cmd_sn=50" },
	{ I, "login MaxRecvDataSegmentLength=512; command w=1 edtl=1024 data=1024; response status=2 "
	     "hex=000470000b00" },
	{ I, "login ImmediateData=No; command w=1 edtl=8 data=8; response" },
	{ I, "login; command w=1 edtl=8; data-out data=8; response status=2 hex=000470000b00" },
	{ I, "login; command w=1 edtl=8; data-out data=8; reject" },
	{ I, FREE "command w=1 f=0 edtl=2048; data-out data=512; response status=2 hex=000470000b00" },
	/* Data-Out out of place, then any end */
	{ I, "login; command w=1 edtl=8; r2t want=8; data-out ttt=0x77 data=8; reject reason=9; response "
	     "status=2 hex=000470000b00" },
	{ I, "login; command w=1 edtl=8; r2t want=8; data-out ttt=0x10 data=8 data_sn=5; response "
	     "status=2 hex=000470000b00" },
	{ I, "login; command w=1 edtl=8; r2t want=8; data-out ttt=0x10 data=4; response; nop-out itt=2; "
	     "nop-in itt=2" },
	{ I, "login; command w=1 edtl=8; r2t want=8; data-out ttt=0x10 data=8 offset=4; response "
	     "underflow=1 residual=3" },
	/* digests: a command whose data is broken is discarded; of a broken header nothing is known */
	{ I, "login DataDigest=CRC32C; command w=1 edtl=4 data=4 bad=2; reject reason=2 exp_cmd_sn=50; "
	     "command w=1 edtl=4 data=4 cmd_sn=50; response" },
	{ I, "login HeaderDigest=CRC32C; command bad=1; nop-out itt=2; nop-in itt=2; response; close "
	     "target" },
	{ I, "login DataDigest=CRC32C; command w=1 edtl=4; r2t want=4; data-out ttt=0x10 data=4 bad=2; "
	     "reject reason=2; response status=2 hex=000470000b00" },
	/* reserved and undefined */
	{ I, "login; command opcode=0x21 from=initiator; reject; close target" },
	{ I, "login; nop-out opcode=0x09 from=initiator; reject; nop-out itt=2; nop-in itt=2" },
	/* a number that was taken back, used again behind a request of which nothing is known */
	{ I, "login; command attr=6; nop-out opcode=0x09 from=initiator itt=2; reject exp_cmd_sn=50 "
	     "hex="
	     "01860000000000000000000000000000000000010000000000000032000000650000000000000000000000000000000"
	     "0; command itt=3 cmd_sn=50; "
	     "reject exp_cmd_sn=50; response itt=3 exp_cmd_sn=51" },
	{ I, "login; command itt=0xffffffff; response itt=0xffffffff; nop-out; nop-in" },
	{ I, "login; nop-out itt=0xffffffff; nop-in itt=0xffffffff; nop-out; nop-in" },
	{ I, "login; command attr=6; reject exp_cmd_sn=50; nop-out i=1 itt=2 cmd_sn=51; nop-in itt=2 "
	     "exp_cmd_sn=50" },
	{ I, "login; command attr=6; response status=2 hex=000470000500; nop-out itt=2; nop-in itt=2" },
	{ I, "login; tmf function=99; tmf-response response=5; tmf function=99 itt=3; reject" },
	/* a command that was never sent counts as received when it is aborted */
	{ I, "login; tmf itt=2 rtt=5 cmd_sn=51 ref_cmd_sn=50; tmf-response itt=2 exp_cmd_sn=51; "
	     "nop-out itt=3 cmd_sn=51; nop-in itt=3 exp_cmd_sn=52" },
	/* and so may all that is missing when the target is reset */
	{ I, "login; tmf itt=2 function=6 cmd_sn=52; tmf-response itt=2 exp_cmd_sn=52; "
	     "nop-out itt=3 cmd_sn=52; nop-in itt=3 exp_cmd_sn=53" },
	{ I, "login; command attr=6; reject exp_cmd_sn=50; tmf itt=2 function=6 cmd_sn=51; "
	     "tmf-response itt=2 exp_cmd_sn=51; nop-out itt=3 cmd_sn=51; nop-in itt=3 exp_cmd_sn=52" },
	{ I, "login; nop-out ttt=0; tmf itt=2 function=6 cmd_sn=51; reject exp_cmd_sn=50 "
	     "hex="
	     "00800000000000000000000000000000000000010000000000000032000000650000000000000000000000000000000"
	     "00000; "
	     "tmf-response itt=2 exp_cmd_sn=51" },
	/* a Login Request too early: its text is answered with the next one's, or it is answered when the login is over */
	{ I, "login-request c=1 text=" NAMES "\\; login-request t=1 nsg=3 text=|1bad=x; login-response; "
	     "login-response t=1 nsg=3 tsih=7 text=" TAG "|1bad=NotUnderstood; nop-out; nop-in" },
	{ I, "login-request t=1 nsg=3 text=" NAMES "; login-request t=1 nsg=3 text=" NAMES
	     "; login-response t=1 nsg=3 tsih=7 text=" TAG "; login-response t=1 nsg=3 tsih=7 text=" TAG },
	{ I, "login-request t=1 nsg=3 text=" NAMES "; login-request t=1 nsg=3 text=" NAMES
	     "; login-response t=1 nsg=3 tsih=7 text=" TAG "; reject "
	     "hex="
	     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	     "0" },
	{ I, "login; logout reason=9; reject exp_cmd_sn=50; logout cmd_sn=50; logout-response" },
	{ I, "login; logout reason=9; logout-response response=3; nop-out itt=2; nop-in itt=2" },
	{ I, "login; logout; command itt=2; logout-response; reject stat_sn=103" },
	{ I, "login; snack snack_type=9; reject; nop-out itt=2; nop-in itt=2" },
	/* a count that jumps by half of all numbers */
	{ I, "login-request csg=0 t=1 nsg=1 cmd_sn=0x80000032 text=" NAMES
	     "; login-response t=1 nsg=1 exp_cmd_sn=0x80000032 max_cmd_sn=0x80000060 text=" TAG
	     "; login-request t=1 nsg=3; login-response "
	     "t=1 nsg=3 tsih=7 exp_cmd_sn=0x80000032 max_cmd_sn=0x80000060; nop-out i=1 itt=3 cmd_sn=52; "
	     "nop-in itt=3 exp_cmd_sn=0x80000032 max_cmd_sn=0x80000060" },
	/* a length that is declared by a request with a fault of another kind */
	{ I, "login; nop-out; nop-in; text-request itt=2 exp_stat_sn=102 f=0 "
	     "text=MaxRecvDataSegmentLength=16384; text-response itt=2 f=0 ttt=8; text-request itt=2 ttt=8 "
	     "exp_stat_sn=101; "
	     "text-response itt=2; nop-out itt=3 data=8000; nop-in itt=3 data=8000; command itt=4 r=1 "
	     "edtl=16384; data-in itt=4 data=16384 s=1" },
	/* text: two requests at once, a stale tag, a repeated key */
	{ I, "login; text-request text=X-a=1; text-request itt=2 text=X-a=1; reject; text-response" },
	{ I, "login; text-request text=X-a=1; text-request itt=2 text=X-a=1; text-response; text-response "
	     "itt=2" },
	{ I, "login; text-request ttt=9; reject; nop-out itt=2; nop-in itt=2" },
	{ I, "login; text-request ttt=9 text=X-a=1; text-response; nop-out itt=2; nop-in itt=2" },
	{ I, "login; text-request text=MaxRecvDataSegmentLength=512|MaxRecvDataSegmentLength=1024; "
	     "reject; nop-out itt=2; nop-in itt=2" },
	{ I, "login; text-request text=HeaderDigest=CRC32C; text-response text=HeaderDigest=Reject; "
	     "nop-out itt=2; nop-in itt=2" },
	/* login: refused, or accepted all the same */
	{ I, "login-request csg=2 text=" NAMES "; login-response class=2; close target" },
	{ I, "login-request t=1 csg=1 nsg=2 text=" NAMES
	     "; login-response t=1 nsg=3 tsih=4; nop-out; nop-in" },
	{ I, "login-request text=TargetName=iqn.2026-01.test:t; login-response class=2 detail=7; close "
	     "target" },
	{ I, "login-request version_min=4 version_max=9 text=" NAMES
	     "; login-response class=2 detail=5; close target" },
	{ I, "login-request version_min=0 version_max=9 text=" NAMES "; login-response text=" TAG },
	{ I, "login-request text=" NAMES
	     "|MaxConnections=1|MaxConnections=2; login-response class=2; close target" },
	{ I, "login-request text=" NAMES
	     "|MaxConnections=1|MaxConnections=2; login-response text=MaxConnections=1|MaxConnections=2" },
	{ I, "login-request t=1 nsg=3 text=" NAMES
	     "|MaxConnections=Reject; login-response t=1 nsg=3 tsih=3" },
	{ I, "login-request t=1 nsg=3 text=" NAMES
	     "|MaxBurstLength=1; login-response t=1 nsg=3 tsih=3 text=" TAG "|MaxBurstLength=Reject" },
	{ I, "login-request csg=0 t=1 nsg=3 text=" NAMES
	     "|HeaderDigest=CRC32C; login-response t=1 nsg=3 tsih=3 text=" TAG
	     "|HeaderDigest=NotUnderstood; nop-out; nop-in" },
	{ I, "login-request text=" NAMES "; login-request; login-response; login-response" },
	{ I, "login-request text=" NAMES "; login-response text=" TAG
	     "; login-request itt=9; login-response itt=1" },
	{ I, "login-request text=garbage; login-response class=2; close target" },
	{ I, "nop-out; close target" },
	{ I, "login; login-request; reject; login-response; close target" },
	/* a name that is no key, given back as one that is not understood */
	{ I, "login-request text=" NAMES "|1bad=x; login-response text=" TAG "|1bad=NotUnderstood" },
	/* after what is no request of an initiator, its count is learnt again: not from what the target must ignore, nor from what came before */
	{ I, "login; nop-out itt=5; nop-in itt=5; command opcode=0x31 from=initiator; reject; nop-out itt=3 "
	     "cmd_sn=7; nop-out itt=2 cmd_sn=51; nop-in itt=2 exp_cmd_sn=52" },
	{ I, "login; nop-out itt=5; nop-in itt=5; command opcode=0x31 from=initiator; reject; logout i=1 "
	     "cmd_sn=7; logout-response exp_cmd_sn=51" },
	{ I, "login; nop-out itt=5 cmd_sn=51; command opcode=0x31 from=initiator; reject exp_cmd_sn=50; "
	     "nop-out itt=6 cmd_sn=50; nop-in itt=6 exp_cmd_sn=52" },
	{ I, "login; logout reason=9; reject exp_cmd_sn=50; command opcode=0x31 from=initiator; reject "
	     "exp_cmd_sn=50; nop-out itt=2 cmd_sn=50; nop-in itt=2 exp_cmd_sn=51" },
	/* a login in the full feature phase: what follows on that connection still counts in its session */
	{ I, "login MaxConnections=2; login-request; reject; command; response; open;login-request t=1 nsg=3 "
	     "tsih=7 cid=1 text=" NAMES ";login-response t=1 nsg=3 tsih=7 text=" TAG },
	/* a tag that waits on one connection, with a number that came early, is used on another: either is answered */
	{ I, "login MaxConnections=2; text-request itt=3 cmd_sn=51 text=X-a=1; open;login-request t=1 nsg=3 "
	     "tsih=7 cid=1 text=" NAMES ";login-response t=1 nsg=3 tsih=7 text=" TAG
	     " exp_cmd_sn=50; command itt=3 cmd_sn=50; c0; text-response itt=3 exp_cmd_sn=52" },
	/* a command that is aborted before it and others are sent counts as received when its turn comes */
	{ I, "login; tmf i=1 itt=5 rtt=3 cmd_sn=52 ref_cmd_sn=51; tmf-response itt=5 exp_cmd_sn=50; nop-out "
	     "itt=6 cmd_sn=50; nop-in itt=6 exp_cmd_sn=52; nop-out itt=7 cmd_sn=52; nop-in itt=7 "
	     "exp_cmd_sn=53" },
	/* a count that goes back to where it was before the login: the target goes on from what the login said */
	{ I, "login-request csg=0 t=1 nsg=1 cmd_sn=53 text=" NAMES
	     "; login-response t=1 nsg=1 exp_cmd_sn=53 max_cmd_sn=90 text=" TAG
	     "; login-request t=1 nsg=3 cmd_sn=51; login-response t=1 nsg=3 "
	     "tsih=7 exp_cmd_sn=53 max_cmd_sn=90; nop-out cmd_sn=51; nop-out i=1 itt=3 cmd_sn=52; nop-in "
	     "itt=3 exp_cmd_sn=53 max_cmd_sn=90" },
	/* an initiator heeds the number of a response that should not have come */
	{ T, "login; nop-out; nop-in; login-response stat_sn=500; nop-out itt=2 exp_stat_sn=501; nop-in "
	     "itt=2 stat_sn=501; nop-out itt=3 exp_stat_sn=502" },
};

const size_t rules_fault_count = sizeof(rules_faults) / sizeof(rules_faults[0]);
