/* requirement.c - finds a row of the requirement catalogues. The rows themselves are made at build time by embed.cmake. */
#include "cli/requirement.h"

#include <string.h>

const struct assay_requirement *assay_requirement_find(const char *id)
{
	for (size_t i = 0; i < assay_requirement_count; i++)
		if (strcmp(assay_requirements[i].id, id) == 0)
			return &assay_requirements[i];
	return NULL;
}
