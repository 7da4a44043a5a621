/* ids.c - see ids.h. The C library's tree. */
#include "report/ids.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct id_entry {
	const char *id;
	size_t number;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct id_entry *)a)->id, ((const struct id_entry *)b)->id);
}

size_t *assay_ids_at(struct assay_ids *ids, const char *id)
{
	struct id_entry *entry = malloc(sizeof(*entry)), **found;

	if (!entry)
		abort();
	*entry = (struct id_entry){ id, ASSAY_IDS_NONE };
	found = tsearch(entry, &ids->root, compare);
	if (!found)
		abort();
	if (*found != entry)
		free(entry);
	return &(*found)->number;
}

size_t assay_ids_find(const struct assay_ids *ids, const char *id)
{
	struct id_entry wanted = { id, 0 }, **found = tfind(&wanted, &ids->root, compare);

	return found ? (*found)->number : ASSAY_IDS_NONE;
}

void assay_ids_free(struct assay_ids *ids)
{
	tdestroy(ids->root, free);
	ids->root = NULL;
}
