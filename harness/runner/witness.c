/*
 * witness.c - cuts the bytes of a served target's connections into PDUs and gives them to one watch, as a tap does for a test: sessions have several
 * connections, and rules know both. It changes nothing that is sent and never makes the server wait. RFC 7143 section 4.2.
 */
#include "runner/witness.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/framer.h"
#include "runner/witness_internal.h"

#define FIRST_SIZE 16384u /* bytes of a framer's first buffer */

uint64_t witness_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* ---- connections ---- */

static void *opened(void *payload, const char *peer)
{
	struct assay_witness *w = payload;
	struct witness_connection *c = calloc(1, sizeof(*c));

	w->connections++;

	if (!c || (c->watched = assay_watch_open(w->watch, false)) < 0) {
		w->unseen++;
		free(c);
		return NULL;
	}
	c->number = w->connections;
	c->held.opened = witness_clock();
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	return c;
}

/* What the watch finds from here on concerns that PDU; NULL: the end of the connection. */
static void begin(struct assay_witness *w, struct witness_connection *c, const struct assay_pdu *pdu)
{
	w->current = c;
	w->current_pdu = pdu;
	w->comment[0] = 0;
	w->told = false;
}

static void end(struct assay_witness *w, struct witness_connection *c)
{
	w->current = NULL;
	if (w->told && !c->captured)
		witness_capture(w, c);
}

/* From here on nothing of that direction can be told apart. */
static void lose(struct assay_witness *w, struct witness_connection *c, enum assay_dir dir)
{
	if (!c->flow[0].lost && !c->flow[1].lost)
		w->unseen++;
	c->flow[dir].lost = true;
	assay_watch_gap(w->watch, c->watched, dir);
}

static void closed(void *payload, void *connection, enum assay_role by)
{
	struct assay_witness *w = payload;
	struct witness_connection *c = connection;

	begin(w, c, NULL);
	assay_watch_close(w->watch, c->watched, by);
	end(w, c);
	if (assay_held_end(&c->held, by, witness_clock()) < 0)
		w->failed = true;
	for (unsigned d = 0; d < 2; d++)
		free(c->flow[d].framer.buf);
	free(c);
}

/* ---- PDUs ---- */

/* A session is one that reaches the full feature phase with a leading login. */
static void count(struct assay_witness *w, struct witness_connection *c, enum assay_dir dir,
	const struct assay_pdu *pdu)
{
	w->pdus[dir]++;
	if (pdu->opcode == ASSAY_LOGIN_REQUEST)
		c->leading = !pdu->tsih;
	else if (pdu->opcode == ASSAY_LOGIN_RESPONSE && !pdu->status_class && pdu->transit &&
		 pdu->nsg == ASSAY_STAGE_FULL_FEATURE && c->leading)
		w->sessions++;
}

/* A target may reject a PDU when it has seen no more than its header: the rules know only whole ones, and are told that one is missing. */
static bool rejects_early(const struct witness_connection *c, enum assay_dir dir, const struct assay_pdu *pdu)
{
	const struct assay_framer *f = &c->flow[ASSAY_TO_TARGET].framer;

	return dir == ASSAY_TO_INITIATOR && pdu->opcode == ASSAY_REJECT &&
	       pdu->data_length >= ASSAY_BHS_LENGTH && assay_framer_pending(f) >= ASSAY_BHS_LENGTH &&
	       !memcmp(f->buf + f->start, pdu->data, ASSAY_BHS_LENGTH);
}

static void take_pdu(struct assay_witness *w, struct witness_connection *c, enum assay_dir dir,
	const struct assay_pdu *pdu)
{
	count(w, c, dir, pdu);
	if (rejects_early(c, dir, pdu))
		assay_watch_gap(w->watch, c->watched, ASSAY_TO_TARGET);
	begin(w, c, pdu);
	assay_watch_pdu(w->watch, c->watched, dir, pdu, ++w->last_number);
	end(w, c);
	if (assay_held_add(&c->held, pdu, dir, w->last_number, witness_clock(),
		    w->comment[0] ? w->comment : NULL) < 0)
		w->failed = true;
}

/* Makes the buffer long enough for the PDU whose header has come. */
static bool grow(struct witness_flow *f)
{
	size_t size = FIRST_SIZE;
	uint8_t *at;

	if (f->framer.buf) {
		size = assay_pdu_wire_length(f->framer.buf + f->framer.start, f->framer.digests);
		assay_framer_space(&f->framer, &at); /* what is held is at the front now */
	}
	at = size <= ASSAY_WITNESS_PDU ? realloc(f->framer.buf, size) : NULL;
	if (!at)
		return false;
	f->framer.buf = at;
	f->framer.size = size;
	return true;
}

/* All PDUs that are whole. False when the stream can no longer be followed. */
static bool take_pdus(struct assay_witness *w, struct witness_connection *c, enum assay_dir dir)
{
	struct witness_flow *f = &c->flow[dir];
	struct assay_pdu pdu;
	int r;

	for (;;) {
		f->framer.digests = assay_watch_digests(w->watch, c->watched, dir);
		r = assay_framer_next(&f->framer, &pdu);
		if (r == 1)
			take_pdu(w, c, dir, &pdu);
		else if (r == 0)
			return true;
		else if (!grow(f))
			return false;
	}
}

static void take_bytes(struct assay_witness *w, struct witness_connection *c, enum assay_dir dir,
	const uint8_t *bytes, size_t length)
{
	struct witness_flow *f = &c->flow[dir];

	if (!f->framer.buf && !f->lost && !grow(f))
		lose(w, c, dir);
	while (length && !f->lost) {
		uint8_t *at;
		size_t space = assay_framer_space(&f->framer, &at), part = length < space ? length : space;

		memcpy(at, bytes, part);
		assay_framer_commit(&f->framer, part);
		bytes += part;
		length -= part;
		if (!take_pdus(w, c, dir))
			lose(w, c, dir);
	}
}

static void took(void *payload, void *connection, enum assay_dir dir, const struct iovec *iov, size_t length)
{
	for (; length; iov++) {
		size_t part = length < iov->iov_len ? length : iov->iov_len;

		take_bytes(payload, connection, dir, iov->iov_base, part);
		length -= part;
	}
}

/* ---- begin and end ---- */

static int allow(struct assay_witness *w, const char *const *allowed, struct assay_error *err)
{
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	w->rules = count;
	w->tally = calloc(count, sizeof(*w->tally));
	if (!w->tally)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	for (; allowed && *allowed; allowed++) {
		const struct assay_rule *rule = assay_rule_find(*allowed);

		if (!rule || !(rule->role & ASSAY_INITIATOR))
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"--allow: '%.100s' is no rule that an initiator can break; a finding names "
				"its rule",
				*allowed);
		w->tally[rule - rules].allowed = true;
	}
	return 0;
}

static int open_findings(struct assay_witness *w, struct assay_error *err)
{
	char path[sizeof(w->dir) + 32];

	snprintf(path, sizeof(path), "%s/findings.ndjson", w->dir);
	w->findings = fopen(path, "we");
	return w->findings ? 0 : assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerrordesc_np(errno));
}

static void dispose(struct assay_witness *w)
{
	if (w->findings && fclose(w->findings) != 0)
		w->failed = true;
	if (w->watch)
		assay_watch_free(w->watch);
	free(w->tally);
	free(w);
}

int assay_witness_new(struct assay_witness **out, const char *dir, const char *const *allowed, bool strict,
	FILE *live, struct assay_error *err)
{
	struct assay_witness *w = calloc(1, sizeof(*w));
	int r;

	*out = NULL;
	if (!w)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	w->live = live;
	w->strict = strict;
	w->watch = assay_watch_new(witness_found, w);
	r = w->watch ? allow(w, allowed, err) : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (r >= 0 && snprintf(w->dir, sizeof(w->dir), "%s", dir) >= (int)sizeof(w->dir))
		r = assay_error_set(err, ASSAY_E_LIMIT, "the folder's name is too long");
	if (r >= 0)
		r = open_findings(w, err);
	if (r < 0) {
		dispose(w);
		return r;
	}
	*out = w;
	return 0;
}

struct assay_server_observer assay_witness_observer(struct assay_witness *w)
{
	return (struct assay_server_observer){
		.payload = w, .opened = opened, .bytes = took, .closed = closed
	};
}

long assay_witness_end(struct assay_witness *w, FILE *out, struct assay_error *err)
{
	long found = witness_summary(w, out);
	bool failed;

	if (fflush(w->findings) != 0 || ferror(w->findings))
		w->failed = true;
	failed = w->failed;
	dispose(w);
	return failed ? assay_error_set(err, ASSAY_E_IO, "findings could not all be written") : found;
}
