/* case.c - cases from ids. */
#include "campaign/case.h"

#include <string.h>

int assay_case_make(struct assay_case *out, const struct assay_case_id *id, const struct assay_case_cut *cut)
{
	if (id->depth == 0 || id->depth > ASSAY_CASE_DEPTH)
		return ASSAY_E_INVAL;
	memset(out, 0, sizeof(*out));
	out->id = *id;
	if (cut)
		out->cut = *cut;
	return 0;
}

unsigned assay_scenario_count(void)
{
	return 0;
}
const char *assay_scenario_name(unsigned scenario)
{
	(void)scenario;
	return NULL;
}
int assay_case_right(struct assay_case *out, unsigned scenario)
{
	(void)out;
	(void)scenario;
	return ASSAY_E_INVAL;
}
void assay_case_describe(FILE *out, const struct assay_case *c)
{
	(void)c;
	fprintf(out, "\n");
}
const char *assay_change_print(
	char *out, size_t capacity, const struct assay_case *c, const struct assay_change *change)
{
	(void)c;
	(void)change;
	snprintf(out, capacity, "%s", "");
	return out;
}
