/*
 * connection.c - connections and the sessions that they share: made, closed, freed. It sends no PDU: no logout, no login.
 */
#include <stdlib.h>
#include <string.h>

#include "initiator/internal.h"

#define FIRST_CMD_SN   1
#define FIRST_ITT      1
#define RECEIVE_BUFFER (256 * 1024) /* bytes; grows for a longer PDU */

static void release(struct assay_session *s)
{
	if (--s->connections == 0)
		free(s);
}

static void session_begin(struct assay_session *s, const struct assay_initiator_config *config)
{
	s->tsih = 0;
	s->heard = false;
	s->recent_next = 0;
	s->isid = config->isid;
	s->cmd_sn = FIRST_CMD_SN;
	s->exp_cmd_sn = FIRST_CMD_SN;
	s->max_cmd_sn = FIRST_CMD_SN;
	s->next_itt = FIRST_ITT;
	assay_params_default(&s->params);
	for (size_t n = 0; n < sizeof(s->recent) / sizeof(s->recent[0]); n++)
		s->recent[n].itt = ASSAY_TAG_RESERVED;
}

static struct assay_session *session_new(const struct assay_initiator_config *config)
{
	struct assay_session *s = calloc(1, sizeof(*s));

	if (s)
		session_begin(s, config);
	return s;
}

static int prepare(struct assay_initiator *i)
{
	if (!i->framer.buf) {
		uint8_t *buf = malloc(RECEIVE_BUFFER);

		if (!buf)
			return ASSAY_E_NOMEM;
		assay_framer_init(&i->framer, buf, RECEIVE_BUFFER);
	}
	assay_text_init(&i->login.keys, i->login.said, sizeof(i->login.said));
	assay_negotiation_init(&i->negotiation, ASSAY_INITIATOR, &i->config->wants, i->session->tsih == 0);
	return 0;
}

static int connect_to_target(
	struct assay_initiator *i, const struct assay_initiator_config *config, struct assay_error *err)
{
	int rc = config->dialer->dial(
		config->dialer, &i->stream, config->host, config->port, config->source, config->timeout, err);

	if (rc == 0)
		assay_tap_open(config->tap, &i->connection, i->stream->local, i->stream->remote,
			assay_stream_now(i->stream));
	return rc;
}

static int open_in(struct assay_initiator **out, const struct assay_initiator_config *config,
	struct assay_session *session, uint16_t cid, struct assay_error *err)
{
	struct assay_initiator *i = calloc(1, sizeof(*i));
	int rc;

	*out = NULL;
	if (!i || !session) {
		free(i);
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	}
	i->config = config;
	i->session = session;
	i->cid = cid;
	session->connections++;
	rc = prepare(i);
	if (rc < 0)
		assay_error_set(err, rc, "out of memory");
	else
		rc = connect_to_target(i, config, err);
	if (rc < 0) {
		assay_initiator_free(i);
		return rc;
	}
	*out = i;
	return 0;
}

int assay_initiator_open(
	struct assay_initiator **out, const struct assay_initiator_config *config, struct assay_error *err)
{
	struct assay_session *s = session_new(config);
	int rc;

	if (s)
		s->connections++; /* ours, until the connection holds it */
	rc = open_in(out, config, s, 0, err);
	if (s)
		release(s);
	return rc;
}

int assay_initiator_open_in(struct assay_initiator **out, const struct assay_initiator_config *config,
	struct assay_session *session, uint16_t cid, struct assay_error *err)
{
	return open_in(out, config, session, cid, err);
}

static void end(struct assay_initiator *i, bool reset)
{
	if (!i->stream)
		return;
	if (!i->ended)
		assay_tap_close(
			i->config->tap, i->connection, ASSAY_TO_TARGET, reset, assay_stream_now(i->stream));
	i->ended = true;
	i->full_feature = false;
	if (reset)
		assay_stream_reset(i->stream);
	assay_stream_close(i->stream);
	i->stream = NULL;
}

int assay_initiator_finish(struct assay_initiator *i)
{
	int rc = i->stream ? assay_stream_finish(i->stream) : ASSAY_E_INVAL;

	i->finished = rc == 0;
	return rc == 0 ? 0
		       : assay_error_set(
				 &i->error, rc, "the connection cannot be closed: %s", assay_err_name(rc));
}

void assay_initiator_close(struct assay_initiator *i)
{
	end(i, false);
}

void assay_initiator_reset(struct assay_initiator *i)
{
	end(i, true);
}

/* The session of a connection that begins anew; false: out of memory. */
static bool change_session(
	struct assay_initiator *i, const struct assay_initiator_config *config, struct assay_session *session)
{
	if (!session && i->session->connections == 1) {
		session_begin(i->session, config);
		return true;
	}
	session = session ? session : session_new(config);
	if (!session)
		return false;
	session->connections++;
	release(i->session);
	i->session = session;
	return true;
}

/* All that a connection has been; its buffers stay. */
static void forget(struct assay_initiator *i, const struct assay_initiator_config *config, uint16_t cid)
{
	struct assay_login_state *l = &i->login;

	i->config = config;
	i->cid = cid;
	i->exp_stat_sn = 0;
	i->full_feature = i->cannot_cut = i->heard = i->ended = false;
	i->send_digests = i->recv_digests = 0;
	i->last_sent = i->last_received = 0;
	i->connection = 0;
	i->pieces_length = 0;
	i->framer.start = i->framer.end = 0;
	i->async.opcode = 0;
	i->error = (struct assay_error){ 0 };
	memset(&i->chap, 0, sizeof(i->chap));
	memset(&l->request, 0, sizeof(l->request));
	memset(&l->response, 0, sizeof(l->response));
	l->answer_length = l->replies_length = 0;
	l->rounds = 0;
	l->automatic = false;
}

int assay_initiator_again(struct assay_initiator **i, const struct assay_initiator_config *config,
	struct assay_session *session, uint16_t cid, struct assay_error *err)
{
	int rc;

	if (!*i)
		return session ? assay_initiator_open_in(i, config, session, cid, err)
			       : assay_initiator_open(i, config, err);
	end(*i, false);
	if (!change_session(*i, config, session))
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	forget(*i, config, session ? cid : 0);
	rc = prepare(*i);
	return rc < 0 ? assay_error_set(err, rc, "out of memory") : connect_to_target(*i, config, err);
}

void assay_initiator_free(struct assay_initiator *i)
{
	if (!i)
		return;
	end(i, false);
	release(i->session);
	free(i->framer.buf);
	free(i->send_buffer);
	free(i->pieces);
	free(i);
}

uint64_t assay_initiator_deadline(struct assay_initiator *i)
{
	uint64_t now = i->stream ? assay_stream_now(i->stream) : 0;

	return i->config->timeout < UINT64_MAX - now ? now + i->config->timeout : UINT64_MAX;
}

uint32_t assay_session_tag(struct assay_session *s)
{
	if (s->next_itt == ASSAY_TAG_RESERVED)
		s->next_itt = FIRST_ITT;
	return s->next_itt++;
}

bool assay_session_cmd_sn_of(const struct assay_session *s, uint32_t itt, uint32_t *out)
{
	for (size_t n = 0; n < sizeof(s->recent) / sizeof(s->recent[0]); n++) {
		if (s->recent[n].itt == itt && itt != ASSAY_TAG_RESERVED) {
			*out = s->recent[n].cmd_sn;
			return true;
		}
	}
	return false;
}
