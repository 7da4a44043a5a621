/*
 * state.c - the states of a target as its answers show them, and the graph of what followed what: two open-addressed tables of fixed size.
 * It knows no connection and no case. RFC 7143 sections 11.4 (status and sense), 11.13.5 (login status), 11.17.1 (Reject reasons).
 */
#include "campaign/state.h"

#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/pdu.h"

#define EDGE_SLOTS  (2 * ASSAY_STATE_EDGES) /* a power of two, at most half of them in use */
#define STATES      4096
#define STATE_SLOTS (2 * STATES)

struct edge {
	uint64_t from, to; /* keys; both 0: free, for no state has the key 0 */
	uint64_t count;
};

struct assay_state_graph {
	struct edge edge[EDGE_SLOTS];
	uint64_t state[STATE_SLOTS]; /* keys; 0: free */
	unsigned edges, states;
};

/* ---- a state ---- */

/* Status, sense key and additional code of a SCSI Response; the response code where the target did not even try. */
static uint32_t scsi_detail(const struct assay_pdu *pdu)
{
	const uint8_t *sense = pdu->data ? pdu->data + 2 : NULL;
	size_t length = pdu->data_length > 2 ? pdu->data_length - 2 : 0;
	uint32_t key = 0, code = 0;

	if (length > 12 && (sense[0] & 0x7e) == 0x70) { /* fixed format, SPC-4 section 4.5.3 */
		key = sense[2] & 0xf;
		code = sense[12];
	} else if (length > 2 && (sense[0] & 0x7e) == 0x72) {
		key = sense[1] & 0xf;
		code = sense[2];
	}
	return (uint32_t)pdu->response << 24 | (uint32_t)pdu->status << 16 | key << 8 | code;
}

static uint32_t detail_of(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_LOGIN_RESPONSE:
		return (uint32_t)pdu->status_class << 24 | (uint32_t)pdu->status_detail << 16 |
		       (uint32_t)pdu->transit << 8 | (uint32_t)(pdu->csg << 2 | pdu->nsg);
	case ASSAY_REJECT: return pdu->reason;
	case ASSAY_SCSI_RESPONSE: return scsi_detail(pdu);
	case ASSAY_DATA_IN: return pdu->status_present ? (uint32_t)pdu->status + 1 : 0;
	case ASSAY_TASK_MANAGEMENT_RESPONSE:
	case ASSAY_LOGOUT_RESPONSE: return pdu->response;
	case ASSAY_TEXT_RESPONSE: return (uint32_t)(pdu->final << 1 | pdu->cont);
	case ASSAY_ASYNC_MESSAGE: return pdu->async_event;
	case ASSAY_NOP_IN: return pdu->itt == ASSAY_TAG_RESERVED;
	default: return 0;
	}
}

void assay_state_of(
	struct assay_state *out, uint8_t phase, uint8_t request, uint8_t answer, const struct assay_pdu *pdu)
{
	*out = (struct assay_state){ .phase = phase, .request = request, .answer = answer };
	if (pdu)
		out->detail = detail_of(pdu);
}

static const char *phase_name(uint8_t phase)
{
	static const char *const names[] = { "start", "security", "operational", "full", "discovery",
		"ended" };

	return phase < sizeof(names) / sizeof(names[0]) ? names[phase] : "?";
}

/* Returns buf or something static. */
static const char *opcode_words(char *buf, size_t capacity, uint8_t opcode)
{
	const char *name = opcode < 0x40 ? assay_opcode_name(opcode) : NULL;

	switch (opcode) {
	case ASSAY_STATE_NOTHING: return "nothing";
	case ASSAY_STATE_CLOSED: return "closed";
	case ASSAY_STATE_RESET: return "reset";
	default: break;
	}
	if (name)
		return name;
	snprintf(buf, capacity, "opcode 0x%02x", opcode);
	return buf;
}

const char *assay_state_print(char *out, size_t capacity, const struct assay_state *s)
{
	char request[16], answer[16], detail[16] = "";

	if (s->detail)
		snprintf(detail, sizeof(detail), " 0x%x", s->detail);
	snprintf(out, capacity, "%s %s -> %s%s", phase_name(s->phase),
		opcode_words(request, sizeof(request), s->request),
		opcode_words(answer, sizeof(answer), s->answer), detail);
	return out;
}

/* ---- the graph ---- */

/* Never 0: bit 63. */
static uint64_t key_of(const struct assay_state *s)
{
	return UINT64_C(1) << 63 | (uint64_t)s->phase << 48 | (uint64_t)s->request << 40 |
	       (uint64_t)s->answer << 32 | s->detail;
}

static struct assay_state state_of(uint64_t key)
{
	return (struct assay_state){ .phase = (uint8_t)(key >> 48 & 0x7f),
		.request = (uint8_t)(key >> 40),
		.answer = (uint8_t)(key >> 32),
		.detail = (uint32_t)key };
}

static size_t hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ (b << 31 | b >> 33)) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h ^ h >> 32);
}

static void note_state(struct assay_state_graph *g, uint64_t key)
{
	size_t at = hash(key, 0) % STATE_SLOTS;

	while (g->state[at] && g->state[at] != key)
		at = (at + 1) % STATE_SLOTS;
	if (g->state[at] || g->states == STATES)
		return;
	g->state[at] = key;
	g->states++;
}

struct assay_state_graph *assay_state_graph_new(void)
{
	return calloc(1, sizeof(struct assay_state_graph));
}

void assay_state_graph_free(struct assay_state_graph *g)
{
	free(g);
}

bool assay_state_graph_add(
	struct assay_state_graph *g, const struct assay_state *from, const struct assay_state *to)
{
	uint64_t a = key_of(from), b = key_of(to);
	size_t at = hash(a, b) % EDGE_SLOTS;

	while (g->edge[at].count && (g->edge[at].from != a || g->edge[at].to != b))
		at = (at + 1) % EDGE_SLOTS;
	if (g->edge[at].count) {
		g->edge[at].count++;
		return false;
	}
	if (g->edges == ASSAY_STATE_EDGES)
		return false;
	g->edge[at] = (struct edge){ a, b, 1 };
	g->edges++;
	note_state(g, a);
	note_state(g, b);
	return true;
}

unsigned assay_state_graph_edges(const struct assay_state_graph *g)
{
	return g->edges;
}

unsigned assay_state_graph_states(const struct assay_state_graph *g)
{
	return g->states;
}

int assay_state_graph_write(FILE *out, const struct assay_state_graph *g)
{
	char words[96];

	fprintf(out, "digraph states {\n\trankdir=LR;\n\tnode [shape=box, fontname=monospace];\n");
	for (size_t n = 0; n < STATE_SLOTS; n++) {
		struct assay_state s = state_of(g->state[n]);

		if (g->state[n])
			fprintf(out, "\t\"%llx\" [label=\"%s\"];\n", (unsigned long long)g->state[n],
				assay_state_print(words, sizeof(words), &s));
	}
	for (size_t n = 0; n < EDGE_SLOTS; n++)
		if (g->edge[n].count)
			fprintf(out, "\t\"%llx\" -> \"%llx\" [label=\"%llu\"];\n",
				(unsigned long long)g->edge[n].from, (unsigned long long)g->edge[n].to,
				(unsigned long long)g->edge[n].count);
	fprintf(out, "}\n");
	return ferror(out) ? ASSAY_E_IO : 0;
}
