/* campaign_internal.h - what the files of the campaign share. Not for others. */
#ifndef ASSAY_CAMPAIGN_CAMPAIGN_INTERNAL_H
#define ASSAY_CAMPAIGN_CAMPAIGN_INTERNAL_H

#include "campaign/campaign.h"
#include "campaign/growth.h"
#include "campaign/journal.h"
#include "campaign/schedule.h"
#include "campaign/try.h"

#define ASSAY_SUSPECTS 8 /* cases before one that does not do it again: it may have been one of them */

struct assay_campaign {
	struct assay_campaign_options options;
	struct assay_campaign_status status;
	struct assay_journal journal;
	struct assay_schedule schedule;
	struct assay_findings findings;
	struct assay_growth growth;
	const struct assay_rig *rig;
	struct assay_case_id late[ASSAY_SUSPECTS]; /* ring: played before the one that is played now */
	uint64_t late_count;
	char folder[4096]; /* of the findings */
	uint64_t begun; /* monotonic nanoseconds */
	uint64_t told; /* when progress was told last */
	uint64_t saved; /* and when the last checkpoint was */
	double seconds_before; /* of the stretches before this one */
	unsigned starts; /* of the other side, when it began */
	unsigned depth; /* of findings found while one was repeated */
	bool gone; /* the other side does not come back: nothing is repeated any more */
	const char *why; /* it stopped; NULL: all cases were played */
};

/* What the journal holds, into c. As assay_campaign_new. */
int assay_campaign_read(struct assay_campaign *c, struct assay_error *err);
/* What plays for it, until it is stopped or --max-time is over. */
struct assay_trier assay_campaign_trier(struct assay_campaign *c);
/* Whatever the judged case shows. 0, or a negative error of the rig or of a file. */
int assay_campaign_take(struct assay_campaign *c, const struct assay_case_name *name,
	const struct assay_judged *judged, struct assay_error *err);
/* Numbers of the status that are counted elsewhere. */
void assay_campaign_count(struct assay_campaign *c);
/* fuzz.json and summary.md. 0 or ASSAY_E_IO … in words. */
int assay_campaign_summary(struct assay_campaign *c, struct assay_error *err);

#endif
