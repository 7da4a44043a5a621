/*
 * strict.h - a PDU of a live target beside the captured one where a test's verdict rests on it: all that a test or a rule could look at, also what masks.def lets differ. Numbers and tags of the
 * session are the same when they stand to the ones before, and to the request, as the captured ones do. Nothing is judged, nothing allocates. Private to replay/.
 */
#ifndef ASSAY_REPLAY_STRICT_H
#define ASSAY_REPLAY_STRICT_H

#include "replay/compare.h"

#define ASSAY_STRICT_PAIRS 64 /* tags of the target's choice that are known at a time */

/* [0] captured, [1] live. */
struct assay_strict_pair {
	uint64_t value[2];
};

/* What came before, in the whole capture. Zeroed at first. */
struct assay_strict {
	struct assay_strict_pair ttts[ASSAY_STRICT_PAIRS], tsihs[ASSAY_STRICT_PAIRS];
	size_t ttt_count, tsih_count; /* ever; the newest ones are kept */
	uint64_t challenge[2]; /* a hash of the newest CHAP_C */
	bool stat_known;
	uint32_t stat_sn[2]; /* the newest, on whichever connection */
};

/* What came before on a connection. Zeroed at first. */
struct assay_strict_line {
	bool stat_known, cmd_known;
	uint32_t stat_sn[2], exp_cmd_sn[2];
};

struct assay_strict_exchange {
	const struct assay_pdu *captured, *live;
	const struct assay_pdu *captured_request, *live_request; /* NULL: they answer none that is known */
	uint32_t itt; /* the live one as the capture has it */
	bool stray; /* the captured one answers nothing that was asked, and so does the live one */
	uint64_t isid[2]; /* of the session */
	bool lun_mapped;
	uint64_t captured_lun, live_lun;
	const char *captured_target, *live_target; /* names; NULL: as captured */
};

/* Adds what differs, each as one that counts. Returns how many. */
int assay_strict_compare(struct assay_replay_differences *out, struct assay_strict *s,
	struct assay_strict_line *line, const struct assay_strict_exchange *x);

#endif
