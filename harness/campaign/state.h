/*
 * state.h - what a target's answers tell of the state that it is in, and the graph of what followed what. It is the feedback of a campaign against a target that was
 * not instrumented: a case that makes a new edge is worth children. Fixed size, no I/O but the writer.
 */
#ifndef ASSAY_CAMPAIGN_STATE_H
#define ASSAY_CAMPAIGN_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ASSAY_STATE_EDGES 16384 /* that a graph can hold; what comes after is not new */

enum assay_state_phase {
	ASSAY_STATE_START, /* connected, nothing said */
	ASSAY_STATE_SECURITY, /* a login in its security stage, as far as the target went along */
	ASSAY_STATE_OPERATIONAL,
	ASSAY_STATE_FULL, /* full feature phase of a normal session */
	ASSAY_STATE_DISCOVERY, /* and of a discovery session */
	ASSAY_STATE_ENDED, /* the target closed, or a login was refused */
};

/* What stands for an answer opcode where none came. */
enum { ASSAY_STATE_NOTHING = 0xfd, ASSAY_STATE_CLOSED = 0xfe, ASSAY_STATE_RESET = 0xff };

struct assay_state {
	uint8_t phase; /* enum assay_state_phase */
	uint8_t request; /* opcode of the last PDU that we sent; ASSAY_STATE_NOTHING at the start */
	uint8_t answer; /* opcode of what came, or one of the above */
	uint32_t
		detail; /* login: class and detail; Reject: reason; SCSI: response, status, and sense key and asc; TMF and logout: response; Async: event */
};

struct assay_pdu;
struct assay_state_graph;

/* The state that an answer shows. pdu: what came; NULL for answer NOTHING, CLOSED or RESET. */
void assay_state_of(
	struct assay_state *out, uint8_t phase, uint8_t request, uint8_t answer, const struct assay_pdu *pdu);
/* "full NOP-Out -> Reject 0x09"; returns out. */
const char *assay_state_print(char *out, size_t capacity, const struct assay_state *s);

struct assay_state_graph *assay_state_graph_new(void); /* NULL: out of memory */
void assay_state_graph_free(struct assay_state_graph *g);
/* One step; returns whether the edge is new. */
bool assay_state_graph_add(
	struct assay_state_graph *g, const struct assay_state *from, const struct assay_state *to);
unsigned assay_state_graph_edges(const struct assay_state_graph *g);
unsigned assay_state_graph_states(const struct assay_state_graph *g);
/* Graphviz. Returns 0, or ASSAY_E_IO when the file failed. */
int assay_state_graph_write(FILE *out, const struct assay_state_graph *g);

#endif
