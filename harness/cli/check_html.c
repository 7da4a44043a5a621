/*
 * check_html.c - what the command check found as one page: findings as rows that open to their PDU, then connections with their names and keys, requests with the time to their answers, and
 * what was missing. Built of report/page.h, which escapes: strings of either side reach the file by no other way.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/check.h"
#include "codec/listing.h"
#include "report/page.h"
#include "report/print.h"

#define LISTINGS_MAX (8u << 20) /* bytes of listings in one page: it must open at once */

static const struct assay_timeline_counts *counts_of(const struct assay_check *k)
{
	return assay_timeline_counts(k->timeline);
}

static void number_fact(FILE *out, const char *label, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	assay_page_fact(out, label, text);
}

static void facts(FILE *out, const struct assay_check *k, const struct assay_run_info *info)
{
	const struct assay_timeline_counts *t = counts_of(k);
	char took[32];

	snprintf(took, sizeof(took), "%.6f s", (double)info->duration / 1e9);
	assay_page_facts_begin(out);
	number_fact(out, "findings (MUST)", k->findings);
	number_fact(out, "warnings (SHOULD)", k->warnings);
	number_fact(out, "connections", t->connections);
	number_fact(out, "PDUs to targets", t->pdus[ASSAY_TO_TARGET]);
	number_fact(out, "PDUs to initiators", t->pdus[ASSAY_TO_INITIATOR]);
	number_fact(out, "packets", k->packets);
	assay_page_fact(out, "captured", info->started);
	assay_page_fact(out, "over", took);
	assay_page_fact(out, "stopped early", k->stopped);
	assay_page_facts_end(out);
}

/* ---- findings ---- */

static enum assay_verdict verdict_of(const struct assay_rule *rule)
{
	return rule->level == ASSAY_MUST ? ASSAY_FAIL : ASSAY_WARN;
}

static bool is_first(const struct assay_check_record *r, size_t i)
{
	for (size_t n = 0; n < i; n++)
		if (r->finding[n].rule == r->finding[i].rule)
			return false;
	return true;
}

static void filters(FILE *out, const struct assay_check *k)
{
	static const char *const sides[] = { "initiator", "target", NULL };
	static const char *rules[ASSAY_CHECK_RULES + 1], *connections[ASSAY_SUMMARY_CONNECTIONS + 1];
	static char numbers[ASSAY_SUMMARY_CONNECTIONS][24];
	size_t verdicts[ASSAY_VERDICT_COUNT] = { 0 }, count = 0;
	const struct assay_check_record *r = k->record;

	for (size_t i = 0; i < r->count; i++) {
		verdicts[verdict_of(r->finding[i].rule)]++;
		if (is_first(r, i) && count < ASSAY_CHECK_RULES)
			rules[count++] = r->finding[i].rule->id;
	}
	for (size_t i = 0; i < k->summary->connection_count; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%" PRIu64, k->summary->connection[i].number);
		connections[i] = numbers[i];
	}
	assay_page_filters_begin(out);
	assay_page_filter_verdicts(out, verdicts);
	assay_page_filter_checks(out, "side", "Broken by", sides);
	assay_page_filter_choice(out, "rule", "Rule", rules);
	assay_page_filter_choice(out, "connection", "Connection", connections);
	assay_page_filter_texts(out);
	assay_page_filters_end(out, "findings and warnings", r->count);
}

static void answer(FILE *out, const char *label, const char *class, const char *value)
{
	if (!value)
		return;
	assay_html_element(out, "dt", NULL, label);
	assay_html_element(out, "dd", class, value);
}

static void put_opened(FILE *out, const struct assay_check_finding *f, size_t *room)
{
	size_t length = f->listing ? strlen(f->listing) : 0;

	fputs("<tr class=\"more\"><td></td><td colspan=\"5\"><details><summary>expected ", out);
	assay_html_put(out, f->expected);
	fputs(", got ", out);
	assay_html_put(out, f->got);
	fputs("</summary><div class=\"opened\"><dl class=\"answers\">", out);
	answer(out, "expected", "mono", f->expected);
	answer(out, "got", "mono", f->got);
	answer(out, "frame", NULL, f->place);
	answer(out, "comment", NULL, f->comment);
	fputs("</dl>", out);
	if (length && length <= *room) {
		fputs("<div class=\"listing\"><pre tabindex=\"0\">\n", out);
		assay_html_put(out, f->listing);
		fputs("</pre></div>", out);
		*room -= length;
	} else if (length) {
		assay_html_element(out, "p", "note", "This page is full: check --json has the PDU.");
	}
	fputs("</div></details></td></tr>\n", out);
}

static void put_finding(FILE *out, const struct assay_check_finding *f, size_t *room)
{
	const char *side = assay_check_side(f->offender);
	char id[24];

	snprintf(id, sizeof(id), "%" PRIu64, f->number);
	fprintf(out,
		"<tbody class=\"row\" id=\"test=%s\" data-verdict=\"%s\" data-side=\"%s\" data-rule=\"%s\" "
		"data-connection=\"%" PRIu64 "\" data-req=\"%s\"><tr><td>",
		id, assay_verdict_name(verdict_of(f->rule)), side, f->rule->id, f->connection, f->rule->reqs);
	assay_page_badge(out, verdict_of(f->rule), NULL, assay_level_name(f->rule->level));
	fputs("</td><td>", out);
	assay_page_link(out, "id", "test", id);
	fputs(" <span class=\"id\">", out);
	assay_html_put(out, f->rule->id);
	fprintf(out, "</span><p>the %s ", side);
	assay_html_put(out, f->rule->desc);
	fputs("</p></td>", out);
	assay_html_element(out, "td", "level", side);
	fputs("<td class=\"reqs\">", out);
	assay_page_reqs(out, f->rule->reqs);
	fputs("</td><td class=\"section\">", out);
	assay_print_section(out, f->rule->section, assay_html_put);
	fprintf(out, "</td><td class=\"number\">%" PRIu64 "</td></tr>\n", f->connection);
	put_opened(out, f, room);
	fputs("</tbody>\n", out);
}

static void put_findings(FILE *out, const struct assay_check *k)
{
	static const char *const heads[] = { ":Level", ":Finding", ":Broken by", "reqs:Requirements",
		"section:Section", "number:Connection", NULL };
	char words[ASSAY_FOUND_WORDS];
	size_t room = LISTINGS_MAX;

	assay_page_table_begin(out, "run", heads);
	for (size_t i = 0; i < k->record->count; i++)
		put_finding(out, &k->record->finding[i], &room);
	assay_page_table_end(out);
	if (assay_check_number(k) > k->record->count)
		fprintf(out,
			"<p class=\"note\">%s in all: of one rule and side the first %d are listed.</p>\n",
			assay_found_words(words, k->findings, k->warnings), ASSAY_CHECK_LISTED);
}

/* ---- tables ---- */

/* Heads and their classes as assay_page_table_begin has them. */
static void table_begin(FILE *out, const char *title, const char *const *heads)
{
	assay_html_element(out, "h2", NULL, title);
	fputs("\n<div class=\"scroll\"><table class=\"summary\"><thead><tr>", out);
	for (; *heads; heads++) {
		size_t words = strcspn(*heads, ":");

		fprintf(out, "<th scope=\"col\" class=\"%.*s\">", (int)words, *heads);
		assay_html_put(out, *heads + words + 1);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>\n", out);
}

static void table_end(FILE *out)
{
	fputs("</tbody></table></div>\n", out);
}

static void put_number(FILE *out, uint64_t value)
{
	fprintf(out, "<td class=\"number\">%" PRIu64 "</td>", value);
}

static void put_keys(FILE *out, const struct assay_summary_connection *c)
{
	const struct assay_params *p = &c->params;

	if (!c->params_known || !c->full)
		return;
	fprintf(out, "<p class=\"quiet\">AuthMethod=");
	assay_html_put(out, p->auth_method[0] ? p->auth_method : "-");
	fprintf(out, " HeaderDigest=%s DataDigest=%s", p->header_digest ? "CRC32C" : "None",
		p->data_digest ? "CRC32C" : "None");
	if (!p->discovery)
		fprintf(out,
			" InitialR2T=%s ImmediateData=%s MaxBurstLength=%u FirstBurstLength=%u "
			"MaxOutstandingR2T=%u ErrorRecoveryLevel=%u",
			p->initial_r2t ? "Yes" : "No", p->immediate_data ? "Yes" : "No", p->max_burst_length,
			p->first_burst_length, p->max_outstanding_r2t, p->error_recovery_level);
	fprintf(out, " MaxRecvDataSegmentLength=%u (initiator) %u (target)</p>", p->initiator_max_recv,
		p->target_max_recv);
}

static void put_session(FILE *out, const struct assay_summary_connection *c)
{
	fputs("<td>", out);
	if (c->params_known) {
		fputs("<p>", out);
		assay_html_put(out, c->params.discovery ? "discovery, " : "");
		assay_html_put(out, c->params.initiator_name);
		assay_html_put(out, c->params.target_name[0] ? " at " : "");
		assay_html_put(out, c->params.target_name);
		fprintf(out, ", ISID 0x%012" PRIx64 ", TSIH %u, CID %u%s</p>", c->isid, c->tsih, c->cid,
			c->full ? "" : ", not logged in");
	}
	if (c->login_seen && c->login_status)
		fprintf(out, "<p>login status 0x%04x: %s</p>", c->login_status,
			assay_login_status_name((uint8_t)(c->login_status >> 8), (uint8_t)c->login_status));
	put_keys(out, c);
	if (c->mid_stream)
		fputs("<p class=\"quiet\">its start is not there</p>", out);
	if (!c->judged)
		fputs("<p class=\"quiet\">not judged: more than 64 connections at a time</p>", out);
	fputs("</td>", out);
}

static void put_connections(FILE *out, const struct assay_check *k)
{
	static const char *const heads[] = { "number:No", ":Initiator", ":Target", ":Session", "number:PDUs",
		"number:Data bytes", "number:Lost", "number:Skipped", "number:Overlaps", "number:Findings",
		"number:Warnings", ":End", NULL };
	const struct assay_summary *s = k->summary;
	char end[ASSAY_CHECK_END];

	table_begin(out, "Connections", heads);
	for (size_t i = 0; i < s->connection_count; i++) {
		const struct assay_summary_connection *c = &s->connection[i];

		fputs("<tr>", out);
		put_number(out, c->number);
		assay_html_element(out, "td", NULL, assay_check_end(end, &c->initiator));
		assay_html_element(out, "td", NULL, assay_check_end(end, &c->target));
		put_session(out, c);
		put_number(out, c->pdus[ASSAY_TO_TARGET] + c->pdus[ASSAY_TO_INITIATOR]);
		put_number(out, c->data_bytes[ASSAY_TO_TARGET] + c->data_bytes[ASSAY_TO_INITIATOR]);
		put_number(out, c->lost_bytes);
		put_number(out, c->skipped_bytes);
		put_number(out, c->conflicts);
		put_number(out, c->findings);
		put_number(out, c->warnings);
		assay_html_element(out, "td", NULL, assay_check_how(c));
		fputs("</tr>\n", out);
	}
	table_end(out);
	if (counts_of(k)->connections > s->connection_count)
		fprintf(out, "<p class=\"note\">and %" PRIu64 " connections more</p>\n",
			counts_of(k)->connections - s->connection_count);
}

/* ---- requests ---- */

static void put_time(FILE *out, uint64_t nanoseconds)
{
	fprintf(out, "<td class=\"number\">%.1f \xc2\xb5s</td>", (double)nanoseconds / 1e3);
}

/* A bar a bucket, from the first that is not empty to the last; its words say the same. */
static void put_histogram(FILE *out, const struct assay_summary_row *row)
{
	unsigned first = ASSAY_SUMMARY_BUCKETS, last = 0;
	uint64_t most = 1;

	for (unsigned n = 0; n < ASSAY_SUMMARY_BUCKETS; n++) {
		if (!row->bucket[n])
			continue;
		first = n < first ? n : first;
		last = n;
		most = row->bucket[n] > most ? row->bucket[n] : most;
	}
	fputs("<td>", out);
	if (row->answered) {
		fprintf(out, "<svg class=\"histogram\" viewBox=\"0 0 %u 20\" role=\"img\" aria-label=\"",
			(last - first + 1) * 10);
		for (unsigned n = first; n <= last; n++)
			fprintf(out, "%sbelow %" PRIu64 " \xc2\xb5s: %" PRIu64, n > first ? ", " : "",
				UINT64_C(1) << n, row->bucket[n]);
		fputs("\">", out);
		for (unsigned n = first; n <= last; n++) {
			double height = 20.0 * (double)row->bucket[n] / (double)most;

			fprintf(out,
				"<rect x=\"%u\" y=\"%.2f\" width=\"9\" height=\"%.2f\"><title>below %" PRIu64
				" \xc2\xb5s: %" PRIu64 "</title></rect>",
				(n - first) * 10, 20 - height, height, UINT64_C(1) << n, row->bucket[n]);
		}
		fputs("</svg>", out);
	}
	fputs("</td>", out);
}

static void put_requests(FILE *out, const struct assay_check *k)
{
	static const char *const heads[] = { ":Request", "number:Count", "number:Answered", "number:Failed",
		"number:Least", "number:Mean", "number:Most",
		":Time to the answer: each bar is for twice that of the one before", NULL };

	table_begin(out, "Requests", heads);
	for (unsigned n = 0; n < ASSAY_SUMMARY_ROWS; n++) {
		const struct assay_summary_row *row = &k->summary->row[n];

		if (!row->count)
			continue;
		fputs("<tr><td>", out);
		if (n < 256)
			fprintf(out, "0x%02x ", n);
		assay_html_put(out, assay_summary_row_name(n));
		fputs("</td>", out);
		put_number(out, row->count);
		put_number(out, row->answered);
		put_number(out, row->failed);
		put_time(out, row->least);
		put_time(out, row->answered ? row->sum / row->answered : 0);
		put_time(out, row->most);
		put_histogram(out, row);
		fputs("</tr>\n", out);
	}
	table_end(out);
}

/* ---- what was lost ---- */

static void put_missing(FILE *out, const struct assay_check *k)
{
	static const char *const heads[] = { ":What is missing, or came otherwise", "number:Count", NULL };
	const struct assay_reassembly_counts *tcp = assay_reassembly_counts(
		assay_timeline_reassembly(k->timeline));
	const struct assay_timeline_counts *t = counts_of(k);
	const struct {
		const char *words;
		uint64_t count;
	} rows[] = {
		{ "bytes that are not in the capture", t->lost_bytes },
		{ "bytes that were skipped: no whole PDU", t->skipped_bytes },
		{ "PDUs that are there by their header only", t->cut_pdus },
		{ "bytes that might still have come, and were not waited for", tcp->given_up_bytes },
		{ "connections forgotten for newer ones", tcp->given_up_flows },
		{ "PDUs too long to be held", t->too_long },
		{ "connections that were not judged", t->unjudged },
		{ "packets cut off before the end of their headers, or malformed", k->bad },
		{ "packets of a link type that is not read", k->unknown_link },
		{ "IP datagrams whose fragments are not all there", k->fragments_lost },
		{ "IP fragments that repeat bytes with another content", k->fragment_conflicts },
		{ "segments out of order", tcp->reordered },
		{ "bytes repeated", tcp->repeated_bytes },
		{ "segments that repeat bytes with another content", tcp->conflicts },
		{ "the file ends inside of a packet", k->truncated },
		{ "flows of something else", t->other_flows },
		{ "of them, flows that may be iSCSI: too many of their bytes are missing", t->untold_flows },
	};

	table_begin(out, "Lost", heads);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].count)
			continue;
		fputs("<tr>", out);
		assay_html_element(out, "td", NULL, rows[i].words);
		put_number(out, rows[i].count);
		fputs("</tr>\n", out);
	}
	table_end(out);
}

void assay_check_html(FILE *out, const struct assay_check *k)
{
	struct assay_run_info info;

	assay_check_info(&info, k);
	assay_page_begin(out, "check", info.target);
	facts(out, k, &info);
	filters(out, k);
	put_findings(out, k);
	put_connections(out, k);
	put_requests(out, k);
	put_missing(out, k);
	assay_page_end(out, &info);
}
