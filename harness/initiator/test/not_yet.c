#include "proto/rules.h"
/* not_yet.c - stands in for the rule engine until it is there: sees everything, says nothing. */
#include <stdlib.h>
#define W __attribute__((weak))
struct assay_watch {
	int x;
};
W struct assay_watch *assay_watch_new(assay_finding_fn *f, void *p)
{
	(void)f;
	(void)p;
	return calloc(1, 4);
}
W void assay_watch_free(struct assay_watch *w)
{
	free(w);
}
W int assay_watch_open(struct assay_watch *w, bool m)
{
	(void)w;
	(void)m;
	return 0;
}
W void assay_watch_pdu(struct assay_watch *w, int c, enum assay_dir d, const struct assay_pdu *p, uint64_t n)
{
	(void)w;
	(void)c;
	(void)d;
	(void)p;
	(void)n;
}
W void assay_watch_gap(struct assay_watch *w, int c, enum assay_dir d)
{
	(void)w;
	(void)c;
	(void)d;
}
W void assay_watch_close(struct assay_watch *w, int c, enum assay_role b)
{
	(void)w;
	(void)c;
	(void)b;
}
W const struct assay_params *assay_watch_params(const struct assay_watch *w, int c)
{
	(void)w;
	(void)c;
	return NULL;
}
