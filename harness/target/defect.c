/* defect.c - the table of defects, from defect.def. */
#include "target/defect.h"

#include <string.h>

static const struct assay_defect_info defects[] = {
#define X(symbol, name, reqs, desc) { name, reqs, desc },
#include "target/defect.def"
#undef X
};

const struct assay_defect_info *assay_defect_at(enum assay_defect defect)
{
	return &defects[defect];
}

int assay_defect_find(const char *name)
{
	for (int i = 0; i < ASSAY_DEFECT_COUNT; i++)
		if (strcmp(defects[i].name, name) == 0)
			return i;
	return -1;
}
