/* compare_tell.c - differences for people: what was asked, each difference, both listings. It judges nothing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "replay/compare.h"

#define LISTING 8192 /* bytes of one PDU's; longer ones are cut */

static void tell_listing(FILE *out, const char *label, const struct assay_pdu *pdu)
{
	char *text = pdu ? malloc(LISTING) : NULL;
	const char *end;

	if (!text)
		return;
	assay_listing_full(text, LISTING, pdu);
	for (const char *line = text; *line; line = *end ? end + 1 : end, label = "") {
		end = line + strcspn(line, "\n");
		fprintf(out, "     %-9s %.*s\n", label, (int)(end - line), line);
	}
	free(text);
}

static void tell_request(FILE *out, const struct assay_replay_place *p)
{
	char brief[512];

	if (!p->request)
		return;
	assay_listing_brief(brief, sizeof(brief), p->request);
	fprintf(out, "     sent      ");
	if (p->request_number)
		fprintf(out, "#%" PRIu64 " ", p->request_number);
	fprintf(out, "%s\n", brief);
}

void assay_replay_tell(
	FILE *out, const struct assay_replay_place *place, const struct assay_replay_differences *differences)
{
	const struct assay_pdu *about = place->captured ? place->captured : place->live;
	const char *name = about ? assay_opcode_name(about->opcode) : NULL;

	fputs(differences->counting ? "DIFFERS" : "NOTE", out);
	if (place->number)
		fprintf(out, " #%" PRIu64, place->number);
	if (place->frame)
		fprintf(out, " (frame %" PRIu64 ")", place->frame);
	if (place->connection)
		fprintf(out, " on connection %" PRIu64, place->connection);
	else
		fputs(" on a connection that is not in the capture", out);
	fprintf(out, "%s%s%s\n", name ? ": " : "", name ? name : "",
		place->follows ? ", which follows from what is not reproduced" : "");
	assay_replay_tell_details(out, place, differences);
}

void assay_replay_tell_details(
	FILE *out, const struct assay_replay_place *place, const struct assay_replay_differences *differences)
{
	tell_request(out, place);
	for (size_t i = 0; i < differences->count; i++) {
		const struct assay_replay_difference *d = &differences->difference[i];

		fprintf(out, "     %s: %s in the capture, %s live%s\n", d->what, d->captured, d->live,
			d->counts ? "" : " (may differ)");
	}
	if (differences->more)
		fprintf(out, "     and %zu more\n", differences->more);
	tell_listing(out, "captured", place->captured);
	tell_listing(out, "live", place->live);
}
