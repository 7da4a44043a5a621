/* check_tell.c - what the command check found, for people. Strings of either side never steer the terminal. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "codec/listing.h"
#include "report/print.h"

const char *assay_check_end(char out[ASSAY_CHECK_END], const struct assay_endpoint *e)
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(e->family == 4 ? AF_INET : AF_INET6, e->address, address, sizeof(address));
	snprintf(out, ASSAY_CHECK_END, e->family == 4 ? "%s:%u" : "[%s]:%u", address, e->port);
	return out;
}

const char *assay_check_side(enum assay_role role)
{
	return role == ASSAY_INITIATOR ? "initiator" : role == ASSAY_TARGET ? "target" : "not known";
}

const char *assay_check_how(const struct assay_summary_connection *c)
{
	return !c->closed ? "open" : c->how == ASSAY_FLOW_RESET ? "reset" : "closed";
}

/* ---- findings ---- */

static double seconds_of(const struct assay_check *k, uint64_t time)
{
	return time > k->first_time ? (double)(time - k->first_time) / 1e9 : 0;
}

static void put_field(const char *name, const char *value)
{
	printf("     %-9s ", name);
	assay_print_clean(stdout, value);
	putchar('\n');
}

void assay_check_place(char out[ASSAY_CHECK_PLACE], const struct assay_check *k,
	const struct assay_timeline_connection *c, const struct assay_timeline_pdu *at)
{
	char first[64] = "";

	if (at->pdu && at->first_frame != at->frame)
		snprintf(first, sizeof(first), " (its first byte in %" PRIu64 ")", at->first_frame);
	snprintf(out, ASSAY_CHECK_PLACE,
		"%" PRIu64 "%s, %.6f s, connection %" PRIu64 ", PDU #%" PRIu64 "%s%s", at->frame, first,
		seconds_of(k, at->time), c->number, at->number, at->pdu ? ", sent by the " : "",
		!at->pdu ? ""
			 : assay_check_side(at->dir == ASSAY_TO_TARGET ? ASSAY_INITIATOR : ASSAY_TARGET));
}

/* The lines of a listing, further in. */
static void put_listing(const char *listing)
{
	char line[1024];

	while (*listing) {
		size_t length = strcspn(listing, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)length, listing);
		fputs("       ", stdout);
		assay_print_clean(stdout, line);
		putchar('\n');
		listing += length + (listing[length] == '\n');
	}
}

void assay_check_tell(const struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at, const char *listing)
{
	char place[ASSAY_CHECK_PLACE];

	printf("%s %s  by the %s  %s  ", assay_level_name(f->rule->level), f->rule->id,
		assay_check_side(f->offender), f->rule->reqs);
	assay_print_section(stdout, f->rule->section, assay_print_clean);
	printf("  %s %" PRIu64 "\n", assay_level_finding(f->rule->level), assay_check_number(k));
	printf("     rule      %s %s\n", f->offender == ASSAY_TARGET ? "the target" : "the initiator",
		f->rule->desc);
	assay_check_place(place, k, c, at);
	put_field("frame", place);
	if (at->comment)
		put_field("comment", at->comment);
	put_field("expected", f->expected);
	put_field("got", f->got);
	put_listing(listing);
	putchar('\n');
}

/* ---- what was in it ---- */

static void put_keys(const struct assay_params *p)
{
	printf("     keys      AuthMethod=%s HeaderDigest=%s DataDigest=%s",
		p->auth_method[0] ? p->auth_method : "-", p->header_digest ? "CRC32C" : "None",
		p->data_digest ? "CRC32C" : "None");
	if (!p->discovery)
		printf(" InitialR2T=%s ImmediateData=%s MaxBurstLength=%u FirstBurstLength=%u "
		       "MaxOutstandingR2T=%u ErrorRecoveryLevel=%u",
			p->initial_r2t ? "Yes" : "No", p->immediate_data ? "Yes" : "No", p->max_burst_length,
			p->first_burst_length, p->max_outstanding_r2t, p->error_recovery_level);
	printf(" MaxRecvDataSegmentLength=%u (initiator) %u (target)\n", p->initiator_max_recv,
		p->target_max_recv);
}

static void put_losses(const struct assay_summary_connection *c)
{
	if (c->lost_bytes)
		printf("     lost      %" PRIu64 " bytes are not in the capture\n", c->lost_bytes);
	if (c->skipped_bytes)
		printf("     skipped   %" PRIu64 " bytes were no whole PDU\n", c->skipped_bytes);
	if (c->conflicts)
		printf("     overlap   %" PRIu64
		       " segments repeat bytes with another content; the first ones counted\n",
			c->conflicts);
	if (!c->judged)
		printf("     unjudged  more than 64 connections at a time\n");
}

static void put_connection(const struct assay_check *k, const struct assay_summary_connection *c)
{
	char a[ASSAY_CHECK_END], b[ASSAY_CHECK_END], found[ASSAY_FOUND_WORDS];

	printf("connection %" PRIu64 "  %s -> %s  frames %" PRIu64 "-%" PRIu64 ", %.6f s, %" PRIu64
	       " + %" PRIu64 " PDUs, %" PRIu64 " + %" PRIu64 " bytes of data, %s",
		c->number, assay_check_end(a, &c->initiator), assay_check_end(b, &c->target), c->first_frame,
		c->last_frame, seconds_of(k, c->first_time), c->pdus[ASSAY_TO_TARGET],
		c->pdus[ASSAY_TO_INITIATOR], c->data_bytes[ASSAY_TO_TARGET],
		c->data_bytes[ASSAY_TO_INITIATOR], assay_check_how(c));
	if (c->closed)
		printf(" by %s%s", c->by == ASSAY_BOTH ? "" : "the ", assay_check_side(c->by));
	printf("%s, %s\n", c->mid_stream ? ", its start is not there" : "",
		assay_found_words(found, c->findings, c->warnings));
	if (c->comment[0])
		put_field("comment", c->comment);
	if (c->params_known) {
		printf("     session   %s", c->params.discovery ? "discovery, " : "");
		assay_print_clean(stdout, c->params.initiator_name);
		fputs(c->params.target_name[0] ? " at " : "", stdout);
		assay_print_clean(stdout, c->params.target_name);
		printf(", ISID 0x%012" PRIx64 ", TSIH %u, CID %u%s\n", c->isid, c->tsih, c->cid,
			c->full ? "" : ", not logged in");
	}
	if (c->login_seen && c->login_status)
		printf("     login     status 0x%04x: %s\n", c->login_status,
			assay_login_status_name((uint8_t)(c->login_status >> 8), (uint8_t)c->login_status));
	if (c->params_known && c->full)
		put_keys(&c->params);
	put_losses(c);
}

static void put_time(uint64_t nanoseconds)
{
	if (nanoseconds < 1000000)
		printf(" %7.1f us", (double)nanoseconds / 1e3);
	else if (nanoseconds < UINT64_C(10000000000))
		printf(" %7.1f ms", (double)nanoseconds / 1e6);
	else
		printf(" %7.1f s ", (double)nanoseconds / 1e9);
}

/* "<1us 3, <2us 7": how many took how long. */
static void put_histogram(const struct assay_summary_row *row)
{
	const char *separator = "  ";

	for (unsigned n = 0; n < ASSAY_SUMMARY_BUCKETS; n++) {
		uint64_t limit = UINT64_C(1) << n;

		if (!row->bucket[n])
			continue;
		if (limit < 1000)
			printf("%s<%" PRIu64 "us %" PRIu64, separator, limit, row->bucket[n]);
		else
			printf("%s<%" PRIu64 "ms %" PRIu64, separator, (limit + 999) / 1000, row->bucket[n]);
		separator = ", ";
	}
}

static void put_rows(const struct assay_summary *s)
{
	bool begun = false;

	for (unsigned n = 0; n < ASSAY_SUMMARY_ROWS; n++) {
		const struct assay_summary_row *row = &s->row[n];

		if (!row->count)
			continue;
		if (!begun)
			puts("request                            count answered  failed      least       "
			     "mean       "
			     "most  how many took how long");
		begun = true;
		if (n < 256)
			printf("0x%02x ", n);
		printf("%-*s %7" PRIu64 " %8" PRIu64 " %7" PRIu64, n < 256 ? 27 : 32,
			assay_summary_row_name(n), row->count, row->answered, row->failed);
		if (row->answered) {
			put_time(row->least);
			put_time(row->sum / row->answered);
			put_time(row->most);
			put_histogram(row);
		}
		putchar('\n');
	}
}

static void put_rules(const struct assay_check *k)
{
	for (size_t i = 0; i < k->rules; i++) {
		const struct assay_check_count *c = &k->rule[i];

		printf("%-10s %s by the %s, %" PRIu64 " times%s\n",
			c->rule->level == ASSAY_MUST ? "broken" : "warning", c->rule->id,
			assay_check_side(c->offender), c->count,
			c->count > ASSAY_CHECK_LISTED ? ", of which the first ones are listed" : "");
	}
}

static void put_packets(const struct assay_check *k)
{
	const struct assay_reassembly_counts *tcp = assay_reassembly_counts(
		assay_timeline_reassembly(k->timeline));
	const struct assay_timeline_counts *t = assay_timeline_counts(k->timeline);

	printf("packets    %" PRIu64 ", of them %" PRIu64 " of TCP; %" PRIu64 " out of order, %" PRIu64
	       " bytes repeated, %" PRIu64 " flows of something else\n",
		k->packets, tcp->segments, tcp->reordered, tcp->repeated_bytes, t->other_flows);
	if (tcp->conflicts)
		printf("overlap    %" PRIu64
		       " segments repeat bytes with another content; the first ones counted\n",
			tcp->conflicts);
	if (t->untold_flows)
		printf("untold     %" PRIu64 " of those flows may be iSCSI: too many of their bytes are "
		       "missing, lost or cut off by the snap length\n",
			t->untold_flows);
	if (k->bad)
		printf("malformed  %" PRIu64
		       " packets are cut off before the end of their headers, or malformed\n",
			k->bad);
	if (k->unknown_link)
		printf("unknown    %" PRIu64 " packets of link type %u, which is not read\n", k->unknown_link,
			k->link);
	if (k->fragment_conflicts)
		printf("overlap    %" PRIu64
		       " IP fragments repeat bytes with another content; such datagrams were given up\n",
			k->fragment_conflicts);
	if (k->fragments_lost)
		printf("fragments  %" PRIu64 " IP datagrams whose fragments are not all there\n",
			k->fragments_lost);
	if (t->lost_bytes || t->skipped_bytes || t->cut_pdus)
		printf("lost       %" PRIu64 " bytes are not in the capture, %" PRIu64
		       " were skipped, %" PRIu64 " PDUs are there by their header only\n",
			t->lost_bytes, t->skipped_bytes, t->cut_pdus);
	if (tcp->given_up_bytes || tcp->given_up_flows || t->too_long || t->unjudged)
		printf("given up   %" PRIu64 " bytes that might still have come, %" PRIu64
		       " connections forgotten for newer ones, %" PRIu64 " PDUs too long, %" PRIu64
		       " connections not judged\n",
			tcp->given_up_bytes, tcp->given_up_flows, t->too_long, t->unjudged);
	if (k->truncated)
		puts("truncated  the file ends inside of a packet");
}

/* What the test that left the capture found itself. */
static void put_claims(const struct assay_check *k)
{
	for (uint64_t n = 0; n < k->claims && n < ASSAY_CHECK_CLAIMS; n++) {
		const struct assay_check_claim *c = &k->claim[n];

		assay_claim_tell(&c->claim, "says the capture", NULL);
		printf("     frame     %" PRIu64 ", connection %" PRIu64 ", PDU #%" PRIu64 "\n\n", c->frame,
			c->connection, c->pdu);
	}
	if (k->claims > ASSAY_CHECK_CLAIMS)
		printf("and %" PRIu64 " claims more that failed, says the capture\n",
			k->claims - ASSAY_CHECK_CLAIMS);
}

void assay_check_sum(const struct assay_check *k)
{
	const struct assay_timeline_counts *t = assay_timeline_counts(k->timeline);
	char found[ASSAY_FOUND_WORDS];

	put_claims(k);
	for (size_t i = 0; i < k->summary->connection_count; i++)
		put_connection(k, &k->summary->connection[i]);
	if (t->connections > k->summary->connection_count)
		printf("and %" PRIu64 " connections more\n", t->connections - k->summary->connection_count);
	put_rows(k->summary);
	put_packets(k);
	put_rules(k);
	if (!t->connections)
		puts("no iSCSI in it");
	else
		printf("%" PRIu64 " connection%s, %" PRIu64 " PDUs to targets, %" PRIu64
		       " to initiators, %s\n",
			t->connections, assay_plural(t->connections), t->pdus[ASSAY_TO_TARGET],
			t->pdus[ASSAY_TO_INITIATOR], assay_found_words(found, k->findings, k->warnings));
}
