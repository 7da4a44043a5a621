/* as_initiator.c - the walk through a capture: connections opened and ended, PDUs handed on, at the pace that is asked for. See as_initiator.h. */
#include "replay/as_initiator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "replay/drive.h"
#include "transport/tcp.h"

#define QUALIFIERS 0x10000u /* ISIDs of one random part */

uint64_t drive_now(const struct drive *d)
{
	const struct assay_replay_clock *clock = d->o->clock;

	if (d->open_count)
		return assay_stream_now(d->links[d->open[0]].i->stream);
	return clock ? clock->now(clock->payload) : assay_tcp_clock();
}

void drive_timeout(struct drive *d, uint64_t nanoseconds)
{
	d->o->config->timeout = nanoseconds;
}

uint8_t *drive_buffer(struct drive *d, size_t size)
{
	uint8_t *grown;

	if (size <= d->buffer_size)
		return d->buffer;
	grown = realloc(d->buffer, size);
	if (!grown) {
		d->fault = ASSAY_E_NOMEM;
		return NULL;
	}
	d->buffer = grown;
	d->buffer_size = size;
	return grown;
}

void drive_shut(struct drive *d, uint32_t link)
{
	d->links[link].open = false;
	for (uint32_t n = 0; n < d->open_count; n++)
		if (d->open[n] == link)
			d->open[n] = d->open[--d->open_count];
}

/* ---- connections ---- */

/* The same form as the captured one's (section 11.12.5), but random: sessions that live meanwhile are not reinstated by ours. Equal captured ones stay equal. */
static uint64_t fresh_isid(const struct drive *d, uint32_t session)
{
	uint64_t captured = d->s->sessions[session].isid;
	uint32_t oldest = session > QUALIFIERS ? session - QUALIFIERS : 0;

	for (uint32_t n = session; n-- > oldest && session - n < 1024;)
		if (d->s->sessions[n].isid == captured && d->sessions[n].begun)
			return d->sessions[n].isid;
	return (captured & UINT64_C(0xc00000000000)) | (d->o->seed & 0xffffff) << 16 | session % QUALIFIERS;
}

static bool begin_session(struct drive *d, uint32_t n)
{
	struct drive_session *session = &d->sessions[n];

	if (session->captured)
		return true;
	session->isid = fresh_isid(d, n);
	session->begun = true;
	session->captured = calloc(1, sizeof(*session->captured));
	if (!session->captured) {
		d->fault = ASSAY_E_NOMEM;
		return false;
	}
	session->captured->tsih = d->s->sessions[n].tsih;
	for (size_t i = 0; i < sizeof(session->captured->recent) / sizeof(session->captured->recent[0]); i++)
		session->captured->recent[i].itt = ASSAY_TAG_RESERVED;
	return true;
}

/* Its login is not in the capture. */
static void log_in(struct drive *d, uint32_t link, uint32_t item)
{
	struct drive_link *k = &d->links[link];
	int rc = assay_login(k->i);

	d->out->own_logins++;
	k->full = rc == 0; /* what the capture has of the end of its own is left out */
	if (rc == 0)
		return;
	drive_differ(
		d, item, ASSAY_SCRIPT_NONE, "login of our own", "not in the capture", k->i->error.message);
	k->gone_told = true;
	drive_shut(d, link);
}

/* Who the login is for says the first request; until then anybody. */
static const struct assay_replay_account *any_account(const struct drive *d)
{
	return d->o->account_count ? &d->o->accounts[0] : NULL;
}

static void opened(struct drive *d, uint32_t link, uint32_t item)
{
	const struct assay_script_connection *c = &d->s->connections[link];
	struct drive_session *session = &d->sessions[c->session];
	struct drive_link *k = &d->links[link];

	session->live = k->i->session;
	k->next = session->link;
	session->link = link;
	k->number = k->i->connection;
	k->begun = true;
	if (d->open_count == DRIVE_OPEN || !assay_tap_watches(d->o->config->tap, k->i->connection)) {
		assay_initiator_close(k->i);
		k->gone_told = true;
		d->out->unwatched++;
		return;
	}
	k->open = true;
	k->watched = assay_watch_open(d->watch, c->mid_stream);
	d->open[d->open_count++] = link;
	d->out->connections++;
	if (d->out->connections == 1)
		d->began = drive_now(d);
	if (c->mid_stream)
		log_in(d, link, item);
}

static int open_link(struct drive *d, uint32_t item, struct assay_error *err)
{
	uint32_t link = d->s->items[item].connection;
	const struct assay_script_connection *c = &d->s->connections[link];
	struct drive_session *session = &d->sessions[c->session];
	struct drive_link *k = &d->links[link];
	int rc;

	if (!begin_session(d, c->session))
		return d->fault;
	d->o->config->isid = session->isid;
	k->gap = c->gaps != 0;
	k->account = any_account(d);
	k->account_named = true;
	drive_timeout(d, d->patience);
	rc = session->live ? assay_initiator_open_in(&k->i, d->o->config, session->live, c->cid, err)
			   : assay_initiator_open(&k->i, d->o->config, err);
	if (rc == 0) {
		opened(d, link, item);
		return 0;
	}
	if (assay_err_is_ours(rc) || !d->out->connections)
		return rc;
	drive_differ(d, item, ASSAY_SCRIPT_NONE, "connection", "accepted", err->message);
	k->gone_told = true;
	return 0;
}

/* With the last connection of a session all of them go: the session lives in them. */
static void release(struct drive *d, uint32_t link)
{
	struct drive_session *session = &d->sessions[d->s->connections[link].session];
	struct drive_link *k = &d->links[link];

	if (k->over)
		return;
	k->over = true;
	drive_shut(d, link);
	if (k->watched >= 0)
		assay_watch_close(d->watch, k->watched, ASSAY_BOTH);
	for (unsigned n = 0; n < 2; n++) {
		free(k->text[n]);
		k->text[n] = NULL;
	}
	drive_forget_ahead(k);
	free(k->part);
	k->part = NULL;
	if (k->i)
		assay_initiator_close(k->i);
	if (--session->left)
		return;
	for (uint32_t n = session->link; n != ASSAY_SCRIPT_NONE; n = d->links[n].next) {
		assay_initiator_free(d->links[n].i);
		d->links[n].i = NULL;
	}
	session->live = NULL;
	session->link = ASSAY_SCRIPT_NONE;
	free(session->captured);
	session->captured = NULL;
}

static bool is_gone(struct drive *d, const void *link)
{
	return !d->links[*(const uint32_t *)link].open;
}

/* In the capture the target ended it. */
static void await_end(struct drive *d, uint32_t link, uint32_t item)
{
	char words[64];

	/* What it ended upon may be what the capture has not got, or what was no PDU. */
	if (d->links[link].gap || drive_wait(d, link, ASSAY_SCRIPT_NONE, is_gone, &link) || drive_stopped(d))
		return;
	snprintf(words, sizeof(words), "still there after %.1f s", (double)d->patience / 1e9);
	drive_differ(d, item, ASSAY_SCRIPT_NONE, "end of the connection", "closed by the target", words);
}

/* More than in the capture: what nobody asked for. */
static void check_more(struct drive *d, uint32_t link, uint32_t item)
{
	const struct drive_link *k = &d->links[link];
	const struct {
		const char *what;
		uint32_t captured, live;
	} counts[] = {
		{ "Rejects of what is no request", k->captured_rejects, k->rejects },
		{ "answers to nothing", k->captured_unasked, k->unasked },
	};
	char captured[32], live[32];

	for (size_t n = 0; n < sizeof(counts) / sizeof(counts[0]) && !k->gap; n++) {
		if (counts[n].live <= counts[n].captured)
			continue;
		snprintf(captured, sizeof(captured), "%u", counts[n].captured);
		snprintf(live, sizeof(live), "%u", counts[n].live);
		drive_differ(d, item, ASSAY_SCRIPT_NONE, counts[n].what, captured, live);
	}
}

static void end_link(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];

	if (k->over)
		return;
	drive_await_due(d);
	drive_await_strays(d, i->connection, item);
	drive_part_end(d, item);
	drive_take_all(d);
	if (k->open && i->end_known && i->dir == ASSAY_TO_INITIATOR)
		await_end(d, i->connection, item);
	check_more(d, i->connection, item);
	if (k->open && i->kind == ASSAY_SCRIPT_RESET)
		assay_initiator_reset(k->i);
	release(d, i->connection);
}

/* ---- the walk ---- */

static void pause_for(const struct drive *d, uint64_t nanoseconds)
{
	const struct timespec time = { 0, (long)nanoseconds };

	if (d->o->clock)
		d->o->clock->pause(d->o->clock->payload, nanoseconds);
	else
		nanosleep(&time, NULL);
}

/* Until as much time has gone by as in the capture; what comes meanwhile is taken in. */
static void keep_pace(struct drive *d, const struct assay_script_item *i)
{
	uint64_t since = i->time > d->first_time ? i->time - d->first_time : 0, gone;

	while (d->o->pace && !drive_stopped(d) && (gone = drive_now(d) - d->began) < since) {
		uint64_t left = since - gone < DRIVE_SLICE ? since - gone : DRIVE_SLICE;

		drive_take_all(d);
		if (!d->open_count)
			pause_for(d, left);
		else
			(void)drive_take(d, d->open[0], left);
	}
}

static int play(struct drive *d, uint32_t item, struct assay_error *err)
{
	const struct assay_script_item *i = &d->s->items[item];

	switch (i->kind) {
	case ASSAY_SCRIPT_OPEN: return open_link(d, item, err);
	case ASSAY_SCRIPT_GAP: d->links[i->connection].gap = true; return 0;
	case ASSAY_SCRIPT_FIN:
		if (i->dir == ASSAY_TO_TARGET) {
			keep_pace(d, i);
			drive_fin(d, item);
		}
		return 0;
	case ASSAY_SCRIPT_PART:
		if (i->dir == ASSAY_TO_INITIATOR)
			return 0;
		keep_pace(d, i);
		drive_part(d, item);
		return 0;
	case ASSAY_SCRIPT_PDU: break;
	default:
		keep_pace(d, i); /* what came until then is the reason for the end, as an event may be */
		end_link(d, item);
		return 0;
	}
	if (i->dir == ASSAY_TO_INITIATOR) {
		drive_captured(d, item);
		return 0;
	}
	keep_pace(d, i);
	drive_send(d, item);
	return 0;
}

static int walk(struct drive *d, struct assay_error *err)
{
	uint32_t n;
	int rc = 0;

	for (n = 0; n < d->s->item_count && rc == 0 && !drive_stopped(d); n++) {
		const struct assay_script_item *i = &d->s->items[n];

		if (d->o->stop_at && (i->kind == ASSAY_SCRIPT_PDU           ? i->number > d->o->stop_at
					     : i->kind == ASSAY_SCRIPT_PART ? i->number >= d->o->stop_at
									    : false))
			break;
		rc = play(d, n, err);
		d->at = n + 1;
		if (rc == 0)
			drive_claims_reached(d, n);
	}
	if (rc < 0)
		return rc;
	d->out->stopped = n < d->s->item_count;
	if (drive_stopped(d))
		return d->fault;
	if (d->out->stopped && d->last_sent != ASSAY_SCRIPT_NONE)
		(void)drive_await(d, d->last_sent);
	drive_await_due(d);
	drive_take_all(d);
	drive_claims_end(d);
	return d->fault;
}

/* ---- outside ---- */

/* What is wrong in the capture is for `check`. */
static void unheard(void *payload, const struct assay_finding *finding)
{
	(void)payload, (void)finding;
}

static bool prepare(struct drive *d)
{
	const struct assay_script *s = d->s;

	d->tasks = calloc(s->task_count + 1u, sizeof(*d->tasks));
	d->bound = calloc(s->item_count + 1u, sizeof(*d->bound));
	d->links = calloc(s->connection_count + 1u, sizeof(*d->links));
	d->sessions = calloc(s->session_count + 1u, sizeof(*d->sessions));
	d->due = calloc(s->task_count + 1u, sizeof(*d->due));
	d->blocks = assay_replay_blocks_new();
	d->watch = assay_watch_new(unheard, NULL);
	if (!d->tasks || !d->bound || !d->links || !d->sessions || !d->due || !d->blocks || !d->watch)
		return false;
	for (uint32_t n = 0; n < s->session_count; n++)
		d->sessions[n].link = ASSAY_SCRIPT_NONE;
	for (uint32_t n = 0; n < s->connection_count; n++) {
		d->sessions[s->connections[n].session].left++;
		d->links[n].watched = -1;
		d->links[n].part_task = ASSAY_SCRIPT_NONE;
		d->links[n].event = s->connections[n].first_event;
	}
	/* Two captured units must not become one. */
	d->lun_mapped = d->o->lun_given && !assay_script_has_io(s, d->o->lun) &&
			assay_script_io_lun(&d->captured_lun, s);
	/* Where none is known the name is empty, and no other becomes the live one. */
	(void)assay_script_target_name(d->captured_target, sizeof(d->captured_target), s);
	d->o->names.captured_target = d->captured_target;
	d->turn = d->o->verbatim ? 0 : assay_tag_turn_by(d->o->seed);
	d->patience = d->o->config->timeout;
	d->first_time = s->item_count ? s->items[0].time : 0;
	d->last_sent = d->progress = ASSAY_SCRIPT_NONE;
	drive_claims_prepare(d);
	return true;
}

static void clean_up(struct drive *d)
{
	for (uint32_t n = 0; d->links && d->sessions && n < d->s->connection_count; n++)
		release(d, n);
	for (uint32_t n = 0; d->tasks && n < d->s->task_count; n++)
		free(d->tasks[n].read);
	drive_claims_free(d);
	assay_replay_blocks_free(d->blocks);
	assay_watch_free(d->watch);
	assay_tags_free(&d->tags);
	free(d->tasks);
	free(d->bound);
	free(d->links);
	free(d->sessions);
	free(d->due);
	free(d->buffer);
	d->o->names.captured_target = NULL;
	drive_timeout(d, d->patience);
}

int assay_replay_as_initiator(struct assay_replayed *out, const struct assay_script *s,
	struct assay_replay_options *options, struct assay_error *err)
{
	struct drive d = { .s = s, .o = options, .out = out, .patience = options->config->timeout };
	int rc;

	*out = (struct assay_replayed){ 0 };
	rc = prepare(&d) ? walk(&d, err) : ASSAY_E_NOMEM;
	out->unreachable = rc < 0 && !assay_err_is_ours(rc);
	if (assay_err_is_ours(rc) && rc != ASSAY_E_REFUSED)
		assay_error_set(err, rc, "the replay failed: %s", assay_err_name(rc));
	clean_up(&d);
	return rc;
}
