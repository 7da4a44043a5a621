/* witness_found.c - what the witness says: a line and a record a finding, the capture of its connection, the summary. It judges nothing. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "runner/witness.h"
#include "runner/witness_internal.h"

#define LISTING 16384 /* bytes of one PDU's listing; longer ones are cut */

static const char *name_of(enum assay_role role)
{
	return role == ASSAY_INITIATOR ? "initiator" : "target";
}

static bool excused(const struct assay_witness *w, const struct assay_finding *f)
{
	size_t count;

	return f->offender == ASSAY_INITIATOR && w->tally[f->rule - assay_rules(&count)].allowed;
}

/* The PDU that a finding means: the one being judged, or one before it that is held. */
static bool pdu_of(struct assay_pdu *out, const struct assay_witness *w, const struct assay_finding *f)
{
	const struct assay_held_pdu *p;

	if (w->current_pdu && f->pdu == w->last_number) {
		*out = *w->current_pdu;
		return true;
	}
	p = assay_held_find(&w->current->held, f->pdu);
	return p && assay_pdu_decode(out, p->bytes, p->length, p->digests) >= 0;
}

/* Text that a peer can have made: jansson takes UTF-8 only. */
static void set(json_t *record, const char *key, const char *text)
{
	json_t *value = json_string(text);

	json_object_set_new(record, key, value ? value : json_string("(no UTF-8)"));
}

static void write_record(struct assay_witness *w, json_t *record)
{
	if (!record || json_dumpf(record, w->findings, JSON_COMPACT | JSON_PRESERVE_ORDER) < 0 ||
		fputc('\n', w->findings) == EOF || fflush(w->findings) != 0)
		w->failed = true;
	json_decref(record);
}

static void record(struct assay_witness *w, const struct assay_finding *f, const struct assay_pdu *pdu)
{
	const struct assay_params *params = assay_watch_params(w->watch, w->current->watched);
	char *listing = malloc(LISTING);
	json_t *o = json_object();

	set(o, "type", assay_level_finding(f->rule->level));
	json_object_set_new(o, "connection", json_integer((json_int_t)w->current->number));
	set(o, "peer", w->current->peer);
	set(o, "initiator", params ? params->initiator_name : "");
	json_object_set_new(o, "pdu", json_integer((json_int_t)f->pdu));
	set(o, "against", name_of(f->offender));
	set(o, "rule", f->rule->id);
	set(o, "level", assay_level_name(f->rule->level));
	set(o, "section", f->rule->section);
	set(o, "reqs", f->rule->reqs);
	set(o, "expected", f->expected);
	set(o, "got", f->got);
	json_object_set_new(o, "allowed", json_boolean(excused(w, f)));
	if (listing && pdu) {
		assay_listing_full(listing, LISTING, pdu);
		set(o, "listing", listing);
	}
	free(listing);
	write_record(w, o);
}

static void tell(struct assay_witness *w, const struct assay_finding *f, const struct assay_pdu *pdu)
{
	char brief[512] = "";

	if (pdu)
		assay_listing_brief(brief, sizeof(brief), pdu);
	fprintf(w->live,
		"iscsi-assay: connection %" PRIu64 " (%s) #%" PRIu64
		": %s: the %s breaks %s (%s, section %s): expected %s, got %s; %s\n",
		w->current->number, w->current->peer, f->pdu, assay_level_finding(f->rule->level),
		name_of(f->offender), f->rule->id, assay_level_name(f->rule->level), f->rule->section,
		f->expected, f->got, brief);
	fflush(w->live);
}

void witness_found(void *payload, const struct assay_finding *f)
{
	struct assay_witness *w = payload;
	size_t count, used = strlen(w->comment);
	uint64_t *times = &w->tally[f->rule - assay_rules(&count)].against[f->offender];
	struct assay_pdu pdu;
	bool known = pdu_of(&pdu, w, f);

	snprintf(w->comment + used, sizeof(w->comment) - used, "%s%s: %s", used ? "; " : "",
		name_of(f->offender), f->rule->id);
	w->told |= !excused(w, f);
	if (++*times > ASSAY_WITNESS_TOLD)
		return;
	record(w, f, known ? &pdu : NULL);
	if (!excused(w, f))
		tell(w, f, known ? &pdu : NULL);
}

void witness_capture(struct assay_witness *w, struct witness_connection *c)
{
	char path[sizeof(w->dir) + 40], comment[128];

	c->captured = true;
	if (w->captures++ >= ASSAY_WITNESS_CAPTURES)
		return;
	snprintf(path, sizeof(path), "%s/connection-%" PRIu64 ".pcapng", w->dir, c->number);
	snprintf(comment, sizeof(comment),
		"connection %" PRIu64 " from %s; #N is the number that findings.ndjson names", c->number,
		c->peer);
	if (assay_held_capture(&c->held, path, comment) < 0)
		w->failed = true;
}

/* ---- the summary ---- */

/* How often one rule was broken by one side; what is held against it goes to *held, by level. */
static void sum(const struct assay_witness *w, size_t rule, enum assay_role role, FILE *out, json_t *list,
	uint64_t held[])
{
	const struct witness_tally *t = &w->tally[rule];
	bool allowed = role == ASSAY_INITIATOR && t->allowed;
	const struct assay_rule *r;
	size_t count;
	json_t *o;

	if (!t->against[role])
		return;
	r = &assay_rules(&count)[rule];
	fprintf(out, "  %-9s %-28s %" PRIu64 "%s%s\n", name_of(role), r->id, t->against[role],
		r->level == ASSAY_MUST ? "" : ", a warning", allowed ? ", allowed" : "");
	o = json_object();
	set(o, "against", name_of(role));
	set(o, "rule", r->id);
	set(o, "level", assay_level_name(r->level));
	json_object_set_new(o, "count", json_integer((json_int_t)t->against[role]));
	json_object_set_new(o, "allowed", json_boolean(allowed));
	json_array_append_new(list, o);
	if (!allowed)
		held[r->level] += t->against[role];
}

long witness_summary(struct assay_witness *w, FILE *out)
{
	json_t *o = json_object(), *list = json_array();
	uint64_t held[ASSAY_MAY + 1] = { 0 }, counting;
	char words[ASSAY_FOUND_WORDS];

	fprintf(out,
		"iscsi-assay: watched %" PRIu64 " connections, %" PRIu64 " sessions, %" PRIu64
		" PDUs to the target, %" PRIu64 " to the initiator\n",
		w->connections, w->sessions, w->pdus[ASSAY_TO_TARGET], w->pdus[ASSAY_TO_INITIATOR]);
	for (size_t i = 0; i < w->rules; i++) {
		sum(w, i, ASSAY_INITIATOR, out, list, held);
		sum(w, i, ASSAY_TARGET, out, list, held);
	}
	if (w->unseen)
		fprintf(out, "  %" PRIu64 " connections were not followed to their end\n", w->unseen);
	counting = held[ASSAY_MUST] + (w->strict ? held[ASSAY_SHOULD] : 0);
	fprintf(out, "iscsi-assay: %s\n", assay_found_words(words, held[ASSAY_MUST], held[ASSAY_SHOULD]));
	set(o, "type", "summary");
	json_object_set_new(o, "connections", json_integer((json_int_t)w->connections));
	json_object_set_new(o, "not_followed", json_integer((json_int_t)w->unseen));
	json_object_set_new(o, "sessions", json_integer((json_int_t)w->sessions));
	json_object_set_new(o, "pdus_to_target", json_integer((json_int_t)w->pdus[ASSAY_TO_TARGET]));
	json_object_set_new(o, "pdus_to_initiator", json_integer((json_int_t)w->pdus[ASSAY_TO_INITIATOR]));
	json_object_set_new(o, "findings", json_integer((json_int_t)held[ASSAY_MUST]));
	json_object_set_new(o, "warnings", json_integer((json_int_t)held[ASSAY_SHOULD]));
	json_object_set_new(o, "rules", list);
	write_record(w, o);
	return counting > LONG_MAX ? LONG_MAX : (long)counting;
}
