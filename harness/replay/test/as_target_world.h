/* as_target_world.h - for the tests of the target's role: a capture that is made of PDUs, the target that plays it, and a live initiator of PDUs. Bytes in memory; time is a number. */
#ifndef ASSAY_REPLAY_AS_TARGET_WORLD_H
#define ASSAY_REPLAY_AS_TARGET_WORLD_H

#include "replay/as_target.h"
#include "test/unit.h"

#define PATIENCE UINT64_C(1000)
#define ADDRESS  "192.0.2.9:3260"

struct world {
	struct assay_script *s;
	struct assay_timeline_connection connections[2];
	uint64_t number;
	unsigned captured_digests,
		digests; /* enum assay_digests, of what is captured next and of the live connection */
	uint64_t captured_time; /* of what is captured next, nanoseconds */
	struct assay_tap *tap;
	struct assay_replay_names names;
	/* options, for live_play */
	bool verbatim, pace;
	uint64_t stop_at;
	struct assay_replay_target *t;
	struct assay_replay_target_link *k;
	uint64_t now;
	uint64_t findings, noted, differing; /* rules broken by the initiator; PDUs told */
	char what[72]; /* of the last difference that counts */
	uint8_t in[8192]; /* what the target sent */
	size_t held;
	struct assay_pdu got;
};
extern struct world w;

#define TEXT(t) .data = (const uint8_t *)(t), .data_length = sizeof(t)
#define KEYS    "InitiatorName=iqn.2026-01.test:i\0TargetName=iqn.2026-01.test:t"

void captured(unsigned connection, struct assay_pdu pdu);
void open_captured(unsigned n);
struct assay_pdu login_request(uint64_t isid, uint32_t itt, uint32_t cmd_sn);
struct assay_pdu login_response(uint16_t tsih, uint32_t max_cmd_sn);
void captured_login(unsigned connection);
struct assay_pdu command(uint32_t itt, uint32_t cmd_sn, uint8_t operation_code);
struct assay_pdu response(uint32_t itt, uint32_t stat_sn, uint32_t exp_cmd_sn);
/* The end of a connection. by: who made it. */
void captured_end(unsigned connection, enum assay_role by, enum assay_flow_end how);
/* The target has sent the first held bytes of a PDU so far. */
void captured_stand(unsigned connection, size_t held);
/* They never became a whole one. */
void captured_rest(unsigned connection, const void *bytes, size_t length);
/* The capture so far is the caller's, and a new one begins. */
struct assay_script *take_capture(void);
/* Everything new. */
void live_clear(void);
/* The capture is whole: it is played from here. */
void live_play(enum assay_replay_data data);
/* The live initiator sends it, byte by byte. */
void live_say(struct assay_pdu pdu);
/* The next PDU that the target has sent is in w.got; false: there is none. */
bool live_hear(void);
void live_expect(uint8_t opcode, uint32_t itt);
void connect_live(void);
void live_login(void);
void live_leave(void);
/* Runs them as the suite of that name, for main to return. */
int run_world(const char *name, CU_TestInfo *tests);

#endif
