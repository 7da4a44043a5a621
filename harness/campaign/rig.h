/*
 * rig.h - what a campaign, a repetition and a minimiser play cases with: a few functions, so that none of them knows whether there is a live target behind it, an initiator
 * that is started for each case, or a test. rig_live.c has the one for targets.
 */
#ifndef ASSAY_CAMPAIGN_RIG_H
#define ASSAY_CAMPAIGN_RIG_H

#include "campaign/play.h"
#include "campaign/sanitizer.h"

struct assay_case_name {
	struct assay_case_id id;
	struct assay_case_cut cut;
};

/* A case that was played, and all that is known of what became of the other side. */
struct assay_judged {
	struct assay_played played; /* outcome is the whole verdict: memory and sanitizer included */
	bool ended; /* the process that we watch has ended */
	int status; /* its wait status */
	struct assay_sanitizer_report report; /* kind "": none */
	uint64_t growth; /* MEMORY: bytes that each play of the case costs */
};

struct assay_rig {
	/* Plays a case. When it returns 0 the other side is there and well again, whatever *out says; negative: it does not come back (ASSAY_E_CONNECT …), or
	 * a fault of ours; *out is set in either case. */
	int (*play)(void *payload, struct assay_judged *out, const struct assay_case_name *name,
		struct assay_error *err);
	/* Has the other side as if nothing had been played. May be NULL: it always is. */
	int (*fresh)(void *payload, struct assay_error *err);
	/* Bytes of memory that the other side holds; 0: not known. May be NULL. */
	uint64_t (*memory)(void *payload);
	/* How often the other side was started. May be NULL: never again. */
	unsigned (*starts)(void *payload);
	/* The case in words. */
	void (*describe)(void *payload, FILE *out, const struct assay_case_name *name);
	/* What of the case can be made less; its cut is of no account. */
	void (*shape)(void *payload, struct assay_case_shape *out, const struct assay_case_name *name);
	/* ASSAY_CASE_CHANGES of the changes as they were done last. May be NULL: not known. */
	const struct assay_change_bounds *(*bounds)(void *payload);
	/* The PDUs and the other side's log of the case played last; NULL and "": none. May be NULL. */
	struct assay_tap *(*tap)(void *payload);
	const char *(*log)(void *payload);
	/* States seen so far, and rules that are broken without any change; NULL: neither is known. */
	struct assay_state_graph *(*states)(void *payload);
	const struct assay_rule *const *(*known)(void *payload, unsigned *count);
	/* Edges of the other side's own code that were reached, of how many; of 0: it is not instrumented. May be NULL. */
	unsigned (*code)(void *payload, unsigned *of);
	void *payload;
};

#endif
