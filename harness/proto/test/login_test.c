/*
 * login_test.c - whole logins of the two sides against one another, for all combinations of groups of wanted values: both must
 * come to the same, every answer must stand to its offer, and the results must be those of a second, simpler reckoning.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "side.h"
#include "test/unit.h"

/* How the text goes; any of them together. */
enum {
	REVERSED = 1 /* offers in reverse order */,
	PROPOSES = 2 /* the target offers too */,
	SILENT = 4 /* the target leaves out what needs no answer */,
	WAYS = 8
};

#define KEYS   5
#define VALUES 4

/* Keys and the values that each side may want, NULL (the default, not offered) being one of them. */
struct group {
	const char *name;
	struct {
		enum assay_key_id id;
		bool initiator_only; /* the target has no word in it */
		unsigned count;
		const char *value[VALUES];
	} key[KEYS]; /* those that are not used have no values */
};

static const struct group groups[] = {
	{ "unsolicited data",
		{ { ASSAY_KEY_INITIAL_R2T, false, 3, { NULL, "Yes", "No" } },
			{ ASSAY_KEY_IMMEDIATE_DATA, false, 3, { NULL, "Yes", "No" } },
			{ ASSAY_KEY_MAX_BURST_LENGTH, false, 3, { NULL, "4096", "1048576" } },
			{ ASSAY_KEY_FIRST_BURST_LENGTH, false, 3, { NULL, "512", "524288" } } } },
	{ "order and recovery",
		{ { ASSAY_KEY_ERROR_RECOVERY_LEVEL, false, 3, { NULL, "0", "2" } },
			{ ASSAY_KEY_DATA_SEQUENCE_IN_ORDER, false, 3, { NULL, "Yes", "No" } },
			{ ASSAY_KEY_MAX_OUTSTANDING_R2T, false, 3, { NULL, "2", "8" } },
			{ ASSAY_KEY_MAX_CONNECTIONS, false, 2, { NULL, "4" } },
			{ ASSAY_KEY_SESSION_TYPE, true, 3, { NULL, "Normal", "Discovery" } } } },
	{ "lists", { { ASSAY_KEY_HEADER_DIGEST, false, 4, { NULL, "CRC32C", "None,CRC32C", "CRC32C,None" } },
			   { ASSAY_KEY_DATA_DIGEST, false, 3, { NULL, "CRC32C,None", "CRC32C" } },
			   { ASSAY_KEY_TASK_REPORTING, false, 4,
				   { NULL, "RFC3720", "ResponseFence,RFC3720",
					   "FastAbort,ResponseFence,RFC3720" } } } },
	{ "numbers", { { ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, false, 3, { NULL, "512", "0x40000" } },
			     { ASSAY_KEY_DEFAULT_TIME2WAIT, false, 3, { NULL, "0", "60" } },
			     { ASSAY_KEY_DEFAULT_TIME2RETAIN, false, 3, { NULL, "0", "60" } },
			     { ASSAY_KEY_PROTOCOL_LEVEL, false, 3, { NULL, "0", "2" } } } },
	{ "other keys",
		{ { ASSAY_KEY_DATA_PDU_IN_ORDER, false, 3, { NULL, "Yes", "No" } },
			{ ASSAY_KEY_IF_MARKER, true, 2, { NULL, "No" } },
			{ ASSAY_KEY_NODE_ARCHITECTURE, false, 2, { NULL, "Example/1" } },
			{ ASSAY_KEY_AUTH_METHOD, false, 4, { NULL, "CHAP", "CHAP,None", "None" } } } },
};

/* ---- the second reckoning ---- */

static uint64_t number_of(enum assay_key_id id, const char *value)
{
	const struct assay_key *key = assay_key_at(id);

	if (key->type == ASSAY_TYPE_BOOLEAN)
		return !strcmp(value, "Yes");
	if (key->type == ASSAY_TYPE_LIST)
		return (uint64_t)(strstr(key->values, value) -
				  key->values); /* a place is as good as another */
	return strtoull(value, NULL, 0);
}

static uint64_t in_force(const struct assay_params *p, enum assay_key_id id)
{
	static const char *const tasks[] = { "RFC3720", "ResponseFence", "FastAbort" };

	switch (id) {
	case ASSAY_KEY_HEADER_DIGEST: return number_of(id, p->header_digest ? "CRC32C" : "None");
	case ASSAY_KEY_DATA_DIGEST: return number_of(id, p->data_digest ? "CRC32C" : "None");
	case ASSAY_KEY_TASK_REPORTING: return number_of(id, tasks[p->task_reporting]);
	case ASSAY_KEY_INITIAL_R2T: return p->initial_r2t;
	case ASSAY_KEY_IMMEDIATE_DATA: return p->immediate_data;
	case ASSAY_KEY_DATA_PDU_IN_ORDER: return p->data_pdu_in_order;
	case ASSAY_KEY_DATA_SEQUENCE_IN_ORDER: return p->data_sequence_in_order;
	case ASSAY_KEY_MAX_CONNECTIONS: return p->max_connections;
	case ASSAY_KEY_MAX_BURST_LENGTH: return p->max_burst_length;
	case ASSAY_KEY_FIRST_BURST_LENGTH: return p->first_burst_length;
	case ASSAY_KEY_MAX_OUTSTANDING_R2T: return p->max_outstanding_r2t;
	case ASSAY_KEY_DEFAULT_TIME2WAIT: return p->default_time2wait;
	case ASSAY_KEY_DEFAULT_TIME2RETAIN: return p->default_time2retain;
	case ASSAY_KEY_ERROR_RECOVERY_LEVEL: return p->error_recovery_level;
	case ASSAY_KEY_PROTOCOL_LEVEL: return p->protocol_level;
	default: abort();
	}
}

/* The first of the offered list that stands in the other, else what was in force. */
static uint64_t chosen(enum assay_key_id id, const char *offered, const char *supported)
{
	char copy[64], *item, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", offered);
	while ((item = strsep(&rest, ",")))
		if (strstr(supported, item))
			return number_of(id, item);
	return number_of(id, assay_key_at(id)->initial);
}

static uint64_t reckon(enum assay_key_id id, const char *i, const char *t, unsigned way, bool discovery)
{
	const struct assay_key *key = assay_key_at(id);
	bool said = i || (t && way & PROPOSES);
	const char *ours = i ? i : key->initial, *theirs = t ? t : key->initial;
	uint64_t a, b;

	if (discovery && id == ASSAY_KEY_ERROR_RECOVERY_LEVEL)
		return 0;
	if (!said || (discovery && key->flags & ASSAY_KEY_NOT_IN_DISCOVERY))
		return number_of(id, key->initial);
	if (key->result == ASSAY_RESULT_CHOICE)
		return i ? chosen(id, ours, theirs) : chosen(id, theirs, ours);
	a = number_of(id, ours);
	b = number_of(id, theirs);
	switch (key->result) {
	case ASSAY_RESULT_AND: return a & b;
	case ASSAY_RESULT_OR: return a | b;
	case ASSAY_RESULT_MAX: return a > b ? a : b;
	default: return a < b ? a : b;
	}
}

/* What section 13 says of two keys together. A target that answers FirstBurstLength leaves room for the MaxBurstLength that it
 * wants, which may still be offered. */
static uint64_t bounded(
	enum assay_key_id id, uint64_t value, const struct side *i, const struct side *t, bool said)
{
	const char *burst = t->wants.value[ASSAY_KEY_MAX_BURST_LENGTH];
	const struct assay_params *p = &i->n.params;

	if (id == ASSAY_KEY_FIRST_BURST_LENGTH) {
		if (i->wants.value[id] && burst && value > number_of(id, burst))
			value = number_of(id, burst);
		if (said && p->initial_r2t && !p->immediate_data)
			value = 0; /* irrelevant: anything */
		else if (value > p->max_burst_length)
			value = p->max_burst_length;
	}
	if (id == ASSAY_KEY_MAX_OUTSTANDING_R2T && p->error_recovery_level && p->data_sequence_in_order)
		value = 1;
	return value;
}

static void check_results(const struct group *g, const struct side *i, const struct side *t, unsigned way)
{
	const struct assay_params *p = &i->n.params;

	CU_ASSERT_EQUAL(memcmp(p, &t->n.params, sizeof(*p)), 0);
	CU_ASSERT_TRUE(p->first_burst_length <= p->max_burst_length);
	for (unsigned k = 0; k < KEYS && g->key[k].count; k++) {
		enum assay_key_id id = g->key[k].id;
		const char *iw = i->wants.value[id], *tw = t->wants.value[id];
		uint64_t expected;

		if (assay_key_at(id)->flags & ASSAY_KEY_OBSOLETE ||
			assay_key_at(id)->result == ASSAY_RESULT_DECLARED || id == ASSAY_KEY_AUTH_METHOD)
			continue;
		expected = bounded(
			id, reckon(id, iw, tw, way, p->discovery), i, t, iw || (tw && way & PROPOSES));
		if (expected && expected != in_force(p, id))
			printf("\n%s way %u: %s %s / %s is %llu, not %llu\n", g->name, way,
				assay_key_at(id)->name, iw ? iw : "-", tw ? tw : "-",
				(unsigned long long)in_force(p, id), (unsigned long long)expected);
		if (id != ASSAY_KEY_FIRST_BURST_LENGTH || expected)
			CU_ASSERT_EQUAL(in_force(p, id), expected);
	}
}

static void check_declared(const struct side *i, const struct side *t)
{
	const struct assay_params *p = &i->n.params;
	const char *iw = i->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH];
	const char *tw = t->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH];
	const char *st = i->wants.value[ASSAY_KEY_SESSION_TYPE];

	CU_ASSERT_EQUAL(p->initiator_max_recv, iw ? strtoul(iw, NULL, 0) : 8192);
	CU_ASSERT_EQUAL(p->target_max_recv, tw ? strtoul(tw, NULL, 0) : 8192);
	CU_ASSERT_EQUAL(p->discovery, st && !strcmp(st, "Discovery"));
	CU_ASSERT_STRING_EQUAL(p->initiator_name, "iqn.2026-01.com.example:i");
	CU_ASSERT_EQUAL(p->target_portal_group_tag, 7);
}

/* ---- a login ---- */

/* Copies a text with its pairs in reverse order, or without those answers to offers that need none. */
static void copy_text(
	struct assay_text *out, const struct assay_text *in, unsigned way, const struct assay_text *offers)
{
	struct assay_pair pair[64], offer;
	size_t offset = 0, count = 0;

	while (assay_text_next(&pair[count], &offset, in->buf, in->length) > 0)
		count++;
	for (size_t n = 0; n < count; n++) {
		const struct assay_pair *p = &pair[way & REVERSED ? count - 1 - n : n];
		const struct assay_key *key = assay_key_at(assay_key_find(p->key, p->key_length));

		if (way & SILENT && key->type == ASSAY_TYPE_BOOLEAN &&
			assay_text_find(&offer, offers->buf, offers->length, key->name) &&
			assay_key_answer_optional(key, offer.value, offer.value_length) &&
			assay_value_is(p, "Irrelevant") == false && assay_value_is(p, "Reject") == false)
			continue;
		assay_text_append_pair(out, p);
	}
}

/* Does every answer in the text stand to its offer? */
static void check_answers(const struct assay_text *offers, const struct assay_text *answers)
{
	struct assay_error err = { 0 };
	struct assay_pair offer, answer;
	size_t offset = 0;

	while (assay_text_next(&offer, &offset, offers->buf, offers->length) > 0) {
		const struct assay_key *key = assay_key_at(assay_key_find(offer.key, offer.key_length));
		int r;

		if (!assay_text_find(&answer, answers->buf, answers->length, key->name)) {
			CU_ASSERT_TRUE(assay_key_answer_optional(key, offer.value, offer.value_length));
			continue;
		}
		r = assay_key_answer_check(
			key, offer.value, offer.value_length, answer.value, answer.value_length, &err);
		if (r < 0)
			printf("\n%s\n", err.message);
		CU_ASSERT_EQUAL(r, ASSAY_OK);
	}
}

/* One request and its response; with PROPOSES, the request that answers the target's own offers too. */
static void stage(struct side *i, struct side *t, enum assay_phase phase, unsigned way)
{
	char request_buf[2048], response_buf[2048], last_buf[2048];
	struct assay_text request, response, last, own;
	int r;

	assay_text_init(&request, request_buf, sizeof(request_buf));
	assay_text_init(&response, response_buf, sizeof(response_buf));
	assay_text_init(&last, last_buf, sizeof(last_buf));
	assay_text_init(&i->said, i->buf, sizeof(i->buf));
	assay_text_init(&t->said, t->buf, sizeof(t->buf));
	CU_ASSERT_EQUAL(assay_negotiation_offer_all(&i->n, &i->said, phase), ASSAY_OK);
	copy_text(&request, &i->said, way & REVERSED, NULL);
	r = assay_negotiation_take_text(&t->n, &t->said, request.buf, request.length, phase, &t->err);
	CU_ASSERT_EQUAL(r, ASSAY_OK);
	check_answers(&request, &t->said);
	copy_text(&response, &t->said, way & ~REVERSED, &request);
	own = response;
	own.buf += response.length;
	own.capacity -= response.length;
	own.length = 0;
	r = way & PROPOSES ? assay_negotiation_offer_all(&t->n, &own, phase)
			   : assay_negotiation_declare_all(&t->n, &own, phase);
	CU_ASSERT_EQUAL(r, ASSAY_OK);
	response.length += own.length;
	r = assay_negotiation_take_text(&i->n, &last, response.buf, response.length, phase, &i->err);
	if (r < 0)
		printf("\n%s\n", i->err.message);
	CU_ASSERT_EQUAL(r, ASSAY_OK);
	CU_ASSERT_FALSE(assay_negotiation_pending(&i->n));
	check_answers(&own, &last);
	assay_text_init(&t->said, t->buf, sizeof(t->buf));
	CU_ASSERT_EQUAL(assay_negotiation_take_text(&t->n, &t->said, last.buf, last.length, phase, &t->err),
		ASSAY_OK);
	CU_ASSERT_EQUAL(t->said.length, 0);
	CU_ASSERT_FALSE(assay_negotiation_pending(&t->n));
}

static void login(const struct group *g, struct side *i, struct side *t, unsigned way)
{
	struct assay_wants iw = i->wants, tw = t->wants;

	begin(i, ASSAY_INITIATOR);
	begin(t, ASSAY_TARGET);
	i->wants = iw;
	t->wants = tw;
	stage(i, t, ASSAY_PHASE_SECURITY, way);
	stage(i, t, ASSAY_PHASE_OPERATIONAL, way);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&i->n, &i->err), ASSAY_OK);
	CU_ASSERT_EQUAL(assay_negotiation_finish(&t->n, &t->err), ASSAY_OK);
	check_results(g, i, t, way);
	check_declared(i, t);
}

/* Every combination of the group's values on both sides, each in every way. */
static void combine(const struct group *g, struct side *i, struct side *t, unsigned key)
{
	if (key == KEYS || !g->key[key].count) {
		for (unsigned way = 0; way < WAYS; way++)
			login(g, i, t, way);
		return;
	}
	for (unsigned a = 0; a < g->key[key].count; a++) {
		i->wants.value[g->key[key].id] = g->key[key].value[a];
		for (unsigned b = 0; b < (g->key[key].initiator_only ? 1 : g->key[key].count); b++) {
			t->wants.value[g->key[key].id] = g->key[key].value[b];
			combine(g, i, t, key + 1);
		}
	}
}

static void run(const struct group *g)
{
	static struct side i, t;

	memset(&i.wants, 0, sizeof(i.wants));
	memset(&t.wants, 0, sizeof(t.wants));
	i.wants.value[ASSAY_KEY_INITIATOR_NAME] = "iqn.2026-01.com.example:i";
	i.wants.value[ASSAY_KEY_TARGET_NAME] = "iqn.2026-01.com.example:t";
	t.wants.value[ASSAY_KEY_TARGET_PORTAL_GROUP_TAG] = "7";
	combine(g, &i, &t, 0);
}

static void unsolicited(void)
{
	run(&groups[0]);
}

static void recovery(void)
{
	run(&groups[1]);
}

static void lists(void)
{
	run(&groups[2]);
}

static void numbers(void)
{
	run(&groups[3]);
}

static void others(void)
{
	run(&groups[4]);
}

static CU_TestInfo tests[] = {
	{ "unsolicited data", unsolicited },
	{ "order and recovery", recovery },
	UNIT_TEST(lists),
	UNIT_TEST(numbers),
	{ "other keys", others },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("login", tests);
}
