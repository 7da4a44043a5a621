/* ids.h - inside report/ only: a table from ids (of tests, of areas) to numbers; balanced, so that no choice of ids makes it slow. */
#ifndef ASSAY_REPORT_IDS_H
#define ASSAY_REPORT_IDS_H

#include <stddef.h>
#include <stdint.h>

#define ASSAY_IDS_NONE SIZE_MAX

struct assay_ids {
	void *root; /* NULL: empty */
};

/* The number of an id, to be read or set; ASSAY_IDS_NONE when it was not there before. The id is not copied. Valid until the table is freed. */
size_t *assay_ids_at(struct assay_ids *ids, const char *id);
/* The number of an id, ASSAY_IDS_NONE when it is not there. */
size_t assay_ids_find(const struct assay_ids *ids, const char *id);
void assay_ids_free(struct assay_ids *ids);

#endif
