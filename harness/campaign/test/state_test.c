/* state_test.c - the states that answers show, the graph of them, and the cutting of a stream that they rest on. */
#include <stdlib.h>
#include <string.h>

#include "campaign/cutter.h"
#include "campaign/state.h"
#include "test/unit.h"

static const char *words(const struct assay_pdu *pdu)
{
	static char out[96];
	struct assay_state s;

	assay_state_of(&s, ASSAY_STATE_FULL, ASSAY_SCSI_COMMAND, pdu->opcode, pdu);
	return assay_state_print(out, sizeof(out), &s);
}

static void answers_tell_states_apart(void)
{
	static const uint8_t fixed[20] = { 0, 18, 0x70, [4] = 6, [14] = 0x29 },
			     described[10] = { 0, 8, 0x72, 5, 0x24 };
	struct assay_pdu pdu = {
		.opcode = ASSAY_SCSI_RESPONSE, .status = 2, .data = fixed, .data_length = 20
	};
	struct assay_state s;
	char out[96];

	CU_ASSERT_STRING_EQUAL(words(&pdu), "full SCSI Command -> SCSI Response 0x20629");
	pdu.data = described;
	pdu.data_length = 10;
	CU_ASSERT_STRING_EQUAL(words(&pdu), "full SCSI Command -> SCSI Response 0x20524");
	pdu.data_length = 3; /* sense that is cut off */
	CU_ASSERT_STRING_EQUAL(words(&pdu), "full SCSI Command -> SCSI Response 0x20000");
	pdu = (struct assay_pdu){ .opcode = ASSAY_REJECT, .reason = 9 };
	CU_ASSERT_STRING_EQUAL(words(&pdu), "full SCSI Command -> Reject 0x9");
	pdu = (struct assay_pdu){ .opcode = 0x3d };
	CU_ASSERT_STRING_EQUAL(words(&pdu), "full SCSI Command -> opcode 0x3d");
	assay_state_of(&s, ASSAY_STATE_ENDED, ASSAY_STATE_NOTHING, ASSAY_STATE_RESET, NULL);
	CU_ASSERT_STRING_EQUAL(assay_state_print(out, sizeof(out), &s), "ended nothing -> reset");
}

static void an_edge_is_new_once(void)
{
	struct assay_state_graph *g = assay_state_graph_new();
	struct assay_state a = { ASSAY_STATE_START, ASSAY_STATE_NOTHING, ASSAY_STATE_NOTHING, 0 }, b = a;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	b.phase = ASSAY_STATE_FULL;
	CU_ASSERT(assay_state_graph_add(g, &a, &b));
	CU_ASSERT(!assay_state_graph_add(g, &a, &b));
	CU_ASSERT(assay_state_graph_add(g, &b, &a));
	CU_ASSERT(assay_state_graph_add(g, &a, &a));
	CU_ASSERT_EQUAL(assay_state_graph_edges(g), 3);
	CU_ASSERT_EQUAL(assay_state_graph_states(g), 2);
	CU_ASSERT_EQUAL(assay_state_graph_write(out, g), 0);
	fclose(out);
	CU_ASSERT_EQUAL(strncmp(text, "digraph states {", 16), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "[label=\"full nothing -> nothing\"]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "[label=\"2\"]"));
	free(text);
	assay_state_graph_free(g);
}

/* More than it holds: nothing is new any more, and nothing breaks. */
static void a_full_graph_says_nothing_is_new(void)
{
	struct assay_state_graph *g = assay_state_graph_new();
	struct assay_state a = { 0 }, b = { 0 };
	unsigned added = 0;

	for (uint32_t n = 0; n < 3 * ASSAY_STATE_EDGES; n++) {
		b.detail = n * 2654435761u;
		added += assay_state_graph_add(g, &a, &b);
	}
	CU_ASSERT_EQUAL(added, ASSAY_STATE_EDGES);
	CU_ASSERT_EQUAL(assay_state_graph_edges(g), ASSAY_STATE_EDGES);
	CU_ASSERT(assay_state_graph_states(g) > 1000);
	assay_state_graph_free(g);
}

struct cuts {
	unsigned headers, whole, stop_at;
	uint8_t opcodes[16];
};

static bool told(void *payload, const struct assay_pdu *bhs, bool whole)
{
	struct cuts *c = payload;

	if (!whole)
		return ++c->headers != c->stop_at;
	c->opcodes[c->whole++ % 16] = bhs->opcode;
	return true;
}

/* The same PDUs wherever the pieces end. */
static void a_stream_is_cut_by_its_lengths(void)
{
	uint8_t stream[48 + 8 + 48 + 48 + 4 + 12] = {
		0x40, [7] = 5, [56] = 0x01, [104] = 0x03, [108] = 1, [111] = 9
	};

	for (size_t piece = 1; piece <= sizeof(stream); piece++) {
		struct assay_cutter cutter = { .have = 0 };
		struct cuts c = { .headers = 0 };

		for (size_t at = 0; at < sizeof(stream); at += piece)
			CU_ASSERT(assay_cutter_feed(&cutter, stream + at,
				piece < sizeof(stream) - at ? piece : sizeof(stream) - at, 0, told, &c));
		CU_ASSERT(c.headers == 3 && c.whole == 3 && assay_cutter_aligned(&cutter));
		CU_ASSERT(c.opcodes[0] == 0 && c.opcodes[1] == 1 && c.opcodes[2] == 3);
	}
}

static void a_cutter_stops_where_it_is_told(void)
{
	uint8_t stream[48 * 3] = { 0 };
	struct assay_cutter cutter = { .have = 0 };
	struct cuts c = { .stop_at = 2 };

	CU_ASSERT(!assay_cutter_feed(&cutter, stream, sizeof(stream), 0, told, &c));
	CU_ASSERT(c.headers == 2 && c.whole == 1);
	cutter.have = 0;
	c.stop_at = 0;
	CU_ASSERT(assay_cutter_feed(&cutter, stream, 50, 0, told, &c));
	CU_ASSERT(!assay_cutter_aligned(&cutter));
}

static CU_TestInfo tests[] = {
	{ "answers tell states apart", answers_tell_states_apart },
	{ "an edge is new once", an_edge_is_new_once },
	{ "a full graph says nothing is new", a_full_graph_says_nothing_is_new },
	{ "a stream is cut by its lengths", a_stream_is_cut_by_its_lengths },
	{ "a cutter stops where it is told", a_cutter_stops_where_it_is_told },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("state", tests);
}
