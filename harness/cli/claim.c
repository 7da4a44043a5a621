/* claim.c - see claim.h. A claim is cleaned when it is read: it never steers the terminal. */
#include "cli/claim.h"

#include <stdio.h>

static void put_field(const char *name, const char *value)
{
	if (value[0])
		printf("     %-9s %s\n", name, value);
}

static const char *verdict_of(const struct assay_claim *claim)
{
	return claim->should ? "WARN" : "FAIL";
}

void assay_claim_tell(const struct assay_claim *claim, const char *what, const char *why)
{
	printf("%s %s  %s, %s%s%s\n", verdict_of(claim), claim->test, claim->reqs, what, why ? ": " : "",
		why ? why : "");
	put_field("claim", claim->claim);
	put_field("rule", claim->rule);
	put_field("expected", claim->expected);
	put_field("got", claim->got);
	if (claim->more)
		printf("     and       %u more at the same PDU\n", claim->more);
}

void assay_claim_json(struct assay_json *j, const struct assay_claim *claim)
{
	assay_json_string(j, "test", claim->test);
	assay_json_string(j, "verdict", verdict_of(claim));
	assay_json_words(j, "reqs", claim->reqs);
	assay_json_string(j, "rule", claim->rule[0] ? claim->rule : NULL);
	assay_json_string(j, "claim", claim->claim);
	assay_json_string(j, "expected", claim->expected);
	assay_json_string(j, "got", claim->got);
	assay_json_number(j, "since", claim->since);
	assay_json_number(j, "at", claim->at);
	assay_json_number(j, "more", claim->more);
}
