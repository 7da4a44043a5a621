/*
 * initiator_run.h - one run of an initiator's command against the built-in target, whose answers are changed between machine and socket. Private to campaign/: initiators.c makes
 * the cases and judges; initiator_run.c has the process and the sockets, initiator_link.c a connection's bytes.
 */
#ifndef ASSAY_CAMPAIGN_INITIATOR_RUN_H
#define ASSAY_CAMPAIGN_INITIATOR_RUN_H

#include <netinet/in.h>

#include "campaign/case.h"
#include "campaign/encode.h"
#include "campaign/state.h"
#include "codec/framer.h"
#include "target/target.h"
#include "transport/tap.h"

#define INITIATOR_LINKS  16 /* connections of one run at a time */
#define INITIATOR_OUTPUT 16384 /* bytes of the command's output that are kept, the last ones */

/* Which digests a direction carries, as its Login Responses say. */
struct initiator_digests {
	unsigned said, in_force;
};

struct initiator_link {
	int fd; /* -1: free */
	struct assay_target_conn *machine; /* NULL: the target has ended its side */
	struct assay_framer answers,
		requests; /* what the machine made; what the initiator sent, for the tap */
	struct initiator_digests right,
		shown; /* by the answers as they were made; and as they were changed */
	bool lost; /* the initiator's bytes can no longer be followed */
	bool calm; /* no answer is changed here */
	uint32_t tapped; /* its number in the tap */
	uint8_t *held; /* an answer that waits for the next one to overtake it */
	size_t held_length;
	/* to be sent */
	uint8_t *pending;
	size_t length, capacity;
	size_t cut; /* bytes from here on go in a segment of their own; 0: none */
	bool half_close, reset; /* once all is sent */
	bool half_closed;
};

struct initiator_run {
	/* set by the caller */
	char *const *words;
	int listener;
	uint16_t port;
	uint64_t deadline; /* nanoseconds for the whole run */
	const volatile int *stop; /* may be NULL */
	struct assay_case *made; /* its steps are answers; NULL: nothing is changed */
	struct assay_encoder *encoder;
	struct assay_tap *tap;
	struct assay_state_graph *graph;
	/* Called with each answer before it is changed; NULL: nobody learns. */
	void (*learn)(void *payload, unsigned number, const struct assay_pdu *answer);
	void *payload;
	/* what became of it */
	unsigned answers; /* that the machine made */
	unsigned changed; /* of them, changed */
	uint8_t first_changed; /* opcode of the first of them as it was right */
	struct assay_state state; /* answer: what the initiator sent last */
	unsigned new_edges;
	bool calmed; /* it fell silent after a change, its connections were reset, and from there on nothing was changed */
	bool timed_out; /* and did not end all the same */
	int status; /* wait status */
	size_t printed; /* bytes in all */
	uint64_t hash; /* of all that it printed */
	char output[INITIATOR_OUTPUT + 1]; /* the last of it, terminated */
	/* private */
	struct assay_target *target;
	struct initiator_link links[INITIATOR_LINKS];
	uint64_t begun, moved; /* monotonic nanoseconds: the start, and when something happened last */
};

/* Runs the command to its end. 0, or ASSAY_E_NOMEM, ASSAY_E_IO: a fault of ours. */
int initiator_run(struct initiator_run *r, struct assay_error *err);

/* --- initiator_link.c --- */

/* Buffers of a new connection. False: out of memory. */
bool initiator_link_open(struct initiator_link *k, struct initiator_run *r);
void initiator_link_free(struct initiator_link *k);
/* Takes what the machine has made, changed, into what is to be sent. False: out of memory. */
bool initiator_link_pull(struct initiator_link *k, struct initiator_run *r);
/* The initiator's bytes: to the tap, then to the machine. */
void initiator_link_take(
	struct initiator_link *k, struct initiator_run *r, const uint8_t *bytes, size_t length, uint64_t now);

#endif
