/*
 * initiator_link.c - one connection of an initiator under test: cuts the machine's output into PDUs, changes those that the case means, and lets the tap see both directions as
 * they are on the wire. It reads no clock and touches no socket.
 */
#include <stdlib.h>
#include <string.h>

#include "campaign/initiator_run.h"
#include "codec/text.h"

#define FRAME        (1u << 20) /* bytes of the longest PDU that is looked at; a longer one passes as it is */
#define PENDING_MOST ((size_t)4 << 20) /* bytes that wait for an initiator that does not read */

bool initiator_link_open(struct initiator_link *k, struct initiator_run *r)
{
	uint8_t *answers = malloc(FRAME), *requests = malloc(FRAME);

	if (!answers || !requests) {
		free(answers);
		free(requests);
		return false;
	}
	assay_framer_init(&k->answers, answers, FRAME);
	assay_framer_init(&k->requests, requests, FRAME);
	assay_tap_open(r->tap, &k->tapped, "target", "initiator", r->moved - r->begun);
	return true;
}

void initiator_link_free(struct initiator_link *k)
{
	free(k->answers.buf);
	free(k->requests.buf);
	free(k->held);
	free(k->pending);
	*k = (struct initiator_link){ .fd = -1 };
}

/* ---- digests ---- */

static void follow(struct initiator_digests *d, const struct assay_pdu *pdu)
{
	struct assay_pair pair;

	if (pdu->opcode != ASSAY_LOGIN_RESPONSE)
		return;
	if (assay_text_find(&pair, pdu->data, pdu->data_length, "HeaderDigest") &&
		assay_value_is(&pair, "CRC32C"))
		d->said |= ASSAY_HEADER_DIGEST;
	if (assay_text_find(&pair, pdu->data, pdu->data_length, "DataDigest") &&
		assay_value_is(&pair, "CRC32C"))
		d->said |= ASSAY_DATA_DIGEST;
	if (!pdu->status_class && pdu->transit && pdu->nsg == ASSAY_STAGE_FULL_FEATURE)
		d->in_force = d->said;
}

/* ---- answers ---- */

static bool put(struct initiator_link *k, const uint8_t *bytes, size_t length)
{
	if (k->capacity - k->length < length) {
		size_t capacity = 2 * (k->length + length);
		uint8_t *grown = realloc(k->pending, capacity);

		if (!grown)
			return false;
		k->pending = grown;
		k->capacity = capacity;
	}
	memcpy(k->pending + k->length, bytes, length);
	k->length += length;
	return true;
}

/* What goes out as it goes out: to the tap as the PDU that an initiator will see in it, or as bytes where it can see none. */
static bool show(struct initiator_link *k, struct initiator_run *r, const uint8_t *bytes, size_t length)
{
	struct assay_pdu pdu;
	uint64_t now = r->moved - r->begun;

	if (!length)
		return true;
	if (assay_pdu_decode(&pdu, bytes, length, k->shown.in_force) == (long)length) {
		assay_tap_pdu(r->tap, k->tapped, ASSAY_TO_INITIATOR, &pdu, now);
		follow(&k->shown, &pdu);
	} else {
		assay_tap_bytes(r->tap, k->tapped, ASSAY_TO_INITIATOR, bytes, length, now);
	}
	return put(k, bytes, length);
}

/* What the case does with one answer. */
struct plan {
	bool changed, swapped;
	unsigned times;
};

static struct plan plan_of(const struct initiator_run *r, const struct initiator_link *k, unsigned n,
	const struct assay_pdu *pdu)
{
	const struct assay_case *c = r->made;
	struct plan plan = { .times = 1 };

	if (!c || k->calm || n >= c->step_count || pdu->data_length > ASSAY_WIRE_DATA)
		return plan;
	for (unsigned i = 0; i < c->change_count; i++) {
		if (c->changes[i].step != n || c->cut.changes >> i & 1)
			continue;
		plan.changed = true;
		switch (c->changes[i].kind) {
		case ASSAY_CHANGE_REPEAT: plan.times += (unsigned)c->changes[i].value % 8; break;
		case ASSAY_CHANGE_DROP: plan.times = 0; break;
		case ASSAY_CHANGE_SWAP: plan.swapped = true; break;
		default: break;
		}
	}
	return plan;
}

/* The answer waits, and goes out behind the next one. */
static bool hold(struct initiator_link *k, const uint8_t *bytes, size_t length)
{
	k->held = malloc(length ? length : 1);
	if (!k->held)
		return false;
	memcpy(k->held, bytes, length);
	k->held_length = length;
	return true;
}

static bool change(struct initiator_link *k, struct initiator_run *r, unsigned n, const struct assay_pdu *pdu,
	const struct plan *plan)
{
	const struct assay_live_values live = { .digests = k->right.in_force };
	struct assay_step *step = &r->made->steps[n];
	struct assay_wire wire;

	if (!r->changed++)
		r->first_changed = pdu->opcode;
	*step = (struct assay_step){ .kind = ASSAY_STEP_SEND, .pdu = *pdu };
	assay_case_encode(&wire, r->encoder, r->made, n, &live);
	if (plan->swapped && plan->times && !k->held)
		return hold(k, wire.bytes, wire.length);
	for (unsigned i = 0; i < plan->times; i++) {
		if (wire.splits && !k->cut)
			k->cut = k->length + wire.split[0];
		if (!show(k, r, wire.bytes, wire.length))
			return false;
	}
	k->half_close |= wire.end == ASSAY_WIRE_HALF_CLOSED;
	k->reset |= wire.end == ASSAY_WIRE_RESET;
	return true;
}

static bool answer(struct initiator_link *k, struct initiator_run *r, const struct assay_pdu *pdu)
{
	unsigned n = r->answers++;
	struct plan plan = plan_of(r, k, n, pdu);
	uint8_t *held = k->held;
	bool good;

	if (r->learn)
		r->learn(r->payload, n, pdu);
	good = plan.changed ? change(k, r, n, pdu, &plan) : show(k, r, pdu->wire, pdu->wire_length);
	follow(&k->right, pdu);
	r->state.request = pdu->opcode;
	if (held && good) {
		good = show(k, r, held, k->held_length);
		free(held);
		k->held = NULL;
	}
	return good;
}

bool initiator_link_pull(struct initiator_link *k, struct initiator_run *r)
{
	const uint8_t *out;
	size_t length;

	while (k->machine && !k->half_close && !k->reset && k->length < PENDING_MOST &&
		(length = assay_target_output(k->machine, &out)) > 0) {
		struct assay_pdu pdu;
		uint8_t *at;
		size_t space = assay_framer_space(&k->answers, &at);
		int got;

		length = length < space ? length : space;
		memcpy(at, out, length);
		assay_framer_commit(&k->answers, length);
		assay_target_output_sent(k->machine, length);
		do {
			k->answers.digests = k->right.in_force;
			got = assay_framer_next(&k->answers, &pdu);
			if (got == 1 && !answer(k, r, &pdu))
				return false;
		} while (got == 1 && !k->half_close && !k->reset);
		if (got < 0)
			return false;
	}
	return true;
}

/* ---- requests ---- */

/* The state graph of an initiator: which request follows which answer. */
static void step(struct initiator_run *r, const struct assay_pdu *pdu)
{
	struct assay_state to;

	assay_state_of(&to,
		pdu->opcode == ASSAY_LOGIN_REQUEST
			? pdu->csg == ASSAY_STAGE_SECURITY ? ASSAY_STATE_SECURITY : ASSAY_STATE_OPERATIONAL
			: ASSAY_STATE_FULL,
		r->state.request, pdu->opcode, NULL);
	r->new_edges += assay_state_graph_add(r->graph, &r->state, &to);
	r->state = to;
}

static void follow_requests(struct initiator_link *k, struct initiator_run *r)
{
	struct assay_pdu pdu;
	int got;

	do {
		k->requests.digests = k->shown.in_force;
		got = assay_framer_next(&k->requests, &pdu);
		if (got == 1) {
			assay_tap_pdu(r->tap, k->tapped, ASSAY_TO_TARGET, &pdu, r->moved - r->begun);
			step(r, &pdu);
		}
	} while (got == 1);
	if (got < 0) {
		k->lost = true;
		assay_tap_gap(r->tap, k->tapped, ASSAY_TO_TARGET);
	}
}

void initiator_link_take(
	struct initiator_link *k, struct initiator_run *r, const uint8_t *bytes, size_t length, uint64_t now)
{
	for (size_t at = 0; at < length && !k->lost;) {
		uint8_t *to;
		size_t space = assay_framer_space(&k->requests, &to);
		size_t part = length - at < space ? length - at : space;

		memcpy(to, bytes + at, part);
		assay_framer_commit(&k->requests, part);
		at += part;
		follow_requests(k, r);
	}
	assay_target_input(k->machine, bytes, length, now);
}
