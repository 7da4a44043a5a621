/* encode.h - a step of a case as the bytes that go out: live fields filled in, changes done. Sans-I/O; private to campaign/. */
#ifndef ASSAY_CAMPAIGN_ENCODE_H
#define ASSAY_CAMPAIGN_ENCODE_H

#include "campaign/case.h"

#define ASSAY_WIRE_SPLITS 8
#define ASSAY_WIRE_DATA   (96 * 1024) /* bytes of a data segment at most, changes included */
#define ASSAY_WIRE_MAX    (ASSAY_WIRE_DATA + 2048) /* bytes of a whole step */

/* What only the player knows when a step is sent. Strings outlive the call. */
struct assay_live_values {
	const char *initiator_name, *target_name, *chap_target;
	const char *chap; /* text of chap_length bytes: the pairs that answer the target's challenge */
	size_t chap_length;
	bool named; /* who the two sides are was said in the stage before: not again in this one */
	uint64_t lun; /* the unit under test; for writers the one that may be written to */
	uint64_t write_lun;
	uint32_t cmd_sn, exp_stat_sn, ref_cmd_sn;
	uint32_t ttt;
	uint64_t ttt_lun;
	bool ttt_has_lun; /* what the tag came in had a LUN */
	uint32_t r2t_offset, r2t_length, r2t_sent; /* bytes; and PDUs sent for it */
	uint32_t most; /* bytes of a data segment that the target takes */
	uint16_t tsih;
	unsigned digests; /* enum assay_digests in force */
};

struct assay_wire {
	const uint8_t *bytes;
	size_t length;
	size_t split[ASSAY_WIRE_SPLITS]; /* ascending; where one segment ends and the next begins */
	unsigned splits;
	bool sync_lost; /* a header digest is wrong: the target need not know where the next PDU begins */
	bool changed; /* something of it is not as the scenario has it */
	enum {
		ASSAY_WIRE_ON,
		ASSAY_WIRE_HALF_CLOSED,
		ASSAY_WIRE_RESET
	} end; /* what comes after the last byte; length is cut to that */
};

/* Room for one step at a time. */
struct assay_encoder {
	uint8_t bytes[ASSAY_WIRE_MAX];
	uint8_t data[ASSAY_WIRE_DATA];
	uint8_t ahs[1024];
	struct assay_change_bounds bounds[ASSAY_CASE_CHANGES]; /* of the changes encoded last */
};

/* The bytes of a step of kind SEND; a view into the encoder. Changes that the case's cut leaves out are not done. */
void assay_case_encode(struct assay_wire *out, struct assay_encoder *e, const struct assay_case *c,
	unsigned step, const struct assay_live_values *live);

#endif
