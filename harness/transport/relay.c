/* relay.c - a relay of TCP connections behind epoll; see relay.h. What is not wanted of a socket is not waited for, so nothing spins and nothing piles up. */
#include "transport/relay.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/stream.h"
#include "transport/tcp.h"
#include "transport/tcp_internal.h"

#define EVENTS    32
#define ROUNDS    4 /* buffers of one connection in one go; then others have their turn */
#define LISTENER  UINT64_MAX
#define STOP      (UINT64_MAX - 1)
#define INITIATOR 0 /* the end that connected to us */
#define TARGET    1

/* What goes one way: from the end of the other number. */
struct way {
	uint8_t *bytes; /* ASSAY_RELAY_BUFFER */
	size_t start, end; /* of what is still to go out */
	bool finished; /* the sender has closed */
	bool passed_on; /* and the receiver was told */
};

struct connection {
	bool used, connecting;
	uint32_t turn; /* which connection of this place: an event may be of one before it */
	int fd[2];
	uint32_t waited[2]; /* epoll events that are asked for; UNWATCHED */
	struct way way[2]; /* by enum assay_dir: ASSAY_TO_TARGET leads from the initiator's end */
	const struct addrinfo *to; /* while connecting: the address that is tried */
	uint64_t deadline;
	char from[64];
};

#define UNWATCHED UINT32_MAX

struct assay_relay {
	int listener, epoll;
	bool listening;
	uint32_t turns;
	unsigned used;
	struct addrinfo *to;
	struct assay_relay_observer observer;
	struct connection connection[ASSAY_RELAY_MAX];
};

static uint32_t number_of(const struct assay_relay *r, const struct connection *c)
{
	return (uint32_t)(c - r->connection);
}

/* ---- what is waited for ---- */

/* Asks for those events of an end. */
static void await(struct assay_relay *r, struct connection *c, unsigned end, uint32_t events)
{
	struct epoll_event event = { .events = events,
		.data.u64 = (uint64_t)c->turn << 32 | (number_of(r, c) * 2 + end) };
	int op = c->waited[end] == UNWATCHED ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (c->waited[end] == events)
		return;
	if (events == UNWATCHED)
		op = EPOLL_CTL_DEL;
	epoll_ctl(r->epoll, op, c->fd[end], &event);
	c->waited[end] = events;
}

static void await_both(struct assay_relay *r, struct connection *c)
{
	for (unsigned end = 0; end < 2; end++) {
		const struct way *in = &c->way[end == INITIATOR ? ASSAY_TO_TARGET : ASSAY_TO_INITIATOR];
		const struct way *out = &c->way[end == INITIATOR ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET];
		uint32_t events = 0;

		if (!in->finished && in->start == in->end)
			events |= EPOLLIN;
		if (out->start < out->end || (out->finished && !out->passed_on))
			events |= EPOLLOUT;
		/* a socket that is closed both ways would report that for ever */
		await(r, c, end, !events && out->passed_on ? UNWATCHED : events);
	}
}

static void listen_on(struct assay_relay *r, bool on)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = LISTENER };

	if (r->listening != on)
		epoll_ctl(r->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, r->listener, &event);
	r->listening = on;
}

/* ---- the end of a connection ---- */

static void close_end(struct connection *c, unsigned end, bool reset)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (c->fd[end] < 0)
		return;
	if (reset)
		setsockopt(c->fd[end], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(c->fd[end]);
	c->fd[end] = -1;
}

static void release(struct assay_relay *r, struct connection *c, bool reset)
{
	for (unsigned i = 0; i < 2; i++) {
		close_end(c, i, reset);
		free(c->way[i].bytes);
		c->way[i].bytes = NULL;
	}
	c->used = false;
	r->used--;
	listen_on(r, true);
}

static void end(struct assay_relay *r, struct connection *c, enum assay_relay_end how, enum assay_dir dir)
{
	r->observer.closed(r->observer.payload, number_of(r, c), how, dir);
	release(r, c, how == ASSAY_RELAY_RESET);
}

/* ---- bytes ---- */

/* Sends what is there. 1: all is gone; 0: the receiver takes no more now; negative: it has reset the connection. */
static int push(int fd, struct way *w)
{
	while (w->start < w->end) {
		ssize_t n = send(fd, w->bytes + w->start, w->end - w->start, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			w->start += (size_t)n;
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			return -1;
	}
	if (w->finished && !w->passed_on) {
		w->passed_on = true;
		shutdown(fd, SHUT_WR);
	}
	return 1;
}

/* Bytes that have come are told, and wait to go out. As recv. */
static ssize_t receive(struct assay_relay *r, struct connection *c, enum assay_dir dir, int fd)
{
	struct way *w = &c->way[dir];
	ssize_t n;

	do
		n = recv(fd, w->bytes, ASSAY_RELAY_BUFFER, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		w->start = 0;
		w->end = (size_t)n;
		r->observer.bytes(r->observer.payload, number_of(r, c), dir, w->bytes, w->end);
	}
	return n;
}

/* Takes what has come. 1: something or the end; 0: nothing now; negative: a reset. */
static int pull(struct assay_relay *r, struct connection *c, enum assay_dir dir, int fd)
{
	struct way *w = &c->way[dir];
	ssize_t n;

	if (w->finished)
		return 0;
	n = receive(r, c, dir, fd);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (n == 0) {
		w->finished = true;
		r->observer.finished(r->observer.payload, number_of(r, c), dir);
	}
	return 1;
}

/* A side has reset the connection: what it had said before goes out yet. The end of that is no FIN: once the reset was told, the system says it in that way. */
static void end_reset(struct assay_relay *r, struct connection *c, enum assay_dir dir)
{
	const unsigned from = dir == ASSAY_TO_TARGET ? INITIATOR : TARGET;

	while (push(c->fd[!from], &c->way[dir]) > 0 && receive(r, c, dir, c->fd[from]) > 0)
		;
	end(r, c, ASSAY_RELAY_RESET, dir);
}

/* One way, as far as it goes. False: the connection was reset, and is gone. */
static bool pass(struct assay_relay *r, struct connection *c, enum assay_dir dir)
{
	const unsigned from = dir == ASSAY_TO_TARGET ? INITIATOR : TARGET;
	const enum assay_dir back = dir == ASSAY_TO_TARGET ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET;

	for (unsigned round = 0; round < ROUNDS; round++) {
		int pushed = push(c->fd[!from], &c->way[dir]), pulled;

		if (pushed < 0) {
			end_reset(r, c, back);
			return false;
		}
		pulled = pushed ? pull(r, c, dir, c->fd[from]) : 0;
		if (pulled < 0) {
			end(r, c, ASSAY_RELAY_RESET, dir);
			return false;
		}
		if (!pulled)
			return true;
	}
	return true;
}

static bool failed(int fd)
{
	int e = 0;
	socklen_t length = sizeof(e);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &length) == 0 && e != 0;
}

static void serve(struct assay_relay *r, struct connection *c, unsigned at, uint32_t events)
{
	const enum assay_dir in = at == INITIATOR ? ASSAY_TO_TARGET : ASSAY_TO_INITIATOR;
	const enum assay_dir out = at == INITIATOR ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET;

	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) && !pass(r, c, in))
		return;
	if (events & EPOLLOUT && !pass(r, c, out))
		return;
	/* its bytes are not wanted now, so no call has told of the reset */
	if (events & EPOLLERR && failed(c->fd[at])) {
		end_reset(r, c, in);
		return;
	}
	if (c->way[ASSAY_TO_TARGET].passed_on && c->way[ASSAY_TO_INITIATOR].passed_on)
		end(r, c, ASSAY_RELAY_CLOSED, in);
	else
		await_both(r, c);
}

/* ---- a new connection ---- */

static void give_up(struct assay_relay *r, struct connection *c, const char *why)
{
	r->observer.failed(r->observer.payload, c->from, why);
	release(r, c, true);
}

static void connected(struct assay_relay *r, struct connection *c)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t length = sizeof(sa);
	const int on = 1;
	char to[64];

	c->connecting = false;
	getpeername(c->fd[TARGET], (struct sockaddr *)&sa, &length);
	assay_tcp_address(to, sizeof(to), &sa);
	setsockopt(c->fd[TARGET], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	r->observer.opened(r->observer.payload, number_of(r, c), c->from, to);
	await_both(r, c);
}

/* Begins to connect to the first address from c->to on that can be tried. */
static void dial(struct assay_relay *r, struct connection *c)
{
	int e = 0;

	for (; c->to; c->to = c->to->ai_next) {
		c->fd[TARGET] = socket(c->to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (c->fd[TARGET] < 0) {
			e = errno;
			continue;
		}
		c->waited[TARGET] = UNWATCHED;
		if (connect(c->fd[TARGET], c->to->ai_addr, c->to->ai_addrlen) == 0 || errno == EINPROGRESS) {
			await(r, c, TARGET, EPOLLOUT);
			return;
		}
		e = errno;
		close_end(c, TARGET, false);
	}
	give_up(r, c, strerror(e));
}

/* The connection to the target has come about, or has not. */
static void dialled(struct assay_relay *r, struct connection *c)
{
	int e = 0;
	socklen_t length = sizeof(e);

	getsockopt(c->fd[TARGET], SOL_SOCKET, SO_ERROR, &e, &length);
	if (!e) {
		connected(r, c);
		return;
	}
	close_end(c, TARGET, false);
	c->to = c->to->ai_next;
	if (c->to)
		dial(r, c);
	else
		give_up(r, c, strerror(e));
}

static struct connection *free_place(struct assay_relay *r)
{
	for (unsigned i = 0; i < ASSAY_RELAY_MAX; i++)
		if (!r->connection[i].used)
			return &r->connection[i];
	return NULL;
}

static void take(struct assay_relay *r, int fd, const struct sockaddr_storage *from)
{
	struct connection *c = free_place(r);
	const int on = 1;

	*c = (struct connection){ .used = true,
		.connecting = true,
		.turn = r->turns++ & INT32_MAX,
		.fd = { fd, -1 },
		.waited = { UNWATCHED, UNWATCHED },
		.to = r->to,
		.deadline = assay_tcp_now() + ASSAY_RELAY_CONNECT * ASSAY_SECOND };
	r->used++;
	assay_tcp_address(c->from, sizeof(c->from), from);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (unsigned i = 0; i < 2; i++) {
		c->way[i].bytes = malloc(ASSAY_RELAY_BUFFER);
		if (!c->way[i].bytes) {
			give_up(r, c, "out of memory");
			return;
		}
	}
	dial(r, c);
}

/* 0, or ASSAY_E_IO when nothing can ever be taken. */
static int accept_some(struct assay_relay *r)
{
	while (r->used < ASSAY_RELAY_MAX) {
		struct sockaddr_storage from = { 0 };
		socklen_t length = sizeof(from);
		int fd = accept4(
			r->listener, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			take(r, fd, &from);
			continue;
		}
		if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
			return 0; /* none, or one that is gone already */
		if (!r->used)
			return ASSAY_E_IO;
		break;
	}
	listen_on(r, false); /* until one has ended */
	return 0;
}

/* ---- the loop ---- */

/* Gives up what has waited too long for the target; milliseconds until the next one has, -1: none waits. */
static int due(struct assay_relay *r)
{
	uint64_t now = assay_tcp_now(), next = UINT64_MAX;

	for (unsigned i = 0; i < ASSAY_RELAY_MAX; i++) {
		struct connection *c = &r->connection[i];

		if (!c->used || !c->connecting)
			continue;
		if (c->deadline <= now)
			give_up(r, c, strerror(ETIMEDOUT));
		else if (c->deadline < next)
			next = c->deadline;
	}
	return next == UINT64_MAX ? -1 : (int)((next - now) / ASSAY_MILLISECOND) + 1;
}

/* One event. 1: we are to stop; 0; or a negative error. */
static int handle(struct assay_relay *r, const struct epoll_event *event)
{
	const uint32_t at = (uint32_t)event->data.u64, turn = (uint32_t)(event->data.u64 >> 32);
	struct connection *c;

	if (event->data.u64 == STOP)
		return 1;
	if (event->data.u64 == LISTENER)
		return accept_some(r);
	c = &r->connection[at / 2];
	if (!c->used || c->turn != turn)
		return 0; /* it ended by an event before this one */
	if (c->connecting)
		dialled(r, c);
	else
		serve(r, c, at % 2, event->events);
	return 0;
}

static int loop(struct assay_relay *r)
{
	struct epoll_event events[EVENTS];
	int result = 0;

	while (!result) {
		int wait = due(r), count;

		result = r->observer.pause(r->observer.payload);
		if (result)
			return result;
		count = epoll_wait(r->epoll, events, EVENTS, wait);
		if (count < 0 && errno != EINTR)
			return ASSAY_E_IO;
		for (int i = 0; i < count && !result; i++)
			result = handle(r, &events[i]);
	}
	return result < 0 ? result : 0;
}

int assay_relay_run(struct assay_relay *r, int stop_fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = STOP };
	int result;

	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, stop_fd, &event) < 0)
		return ASSAY_E_IO;
	listen_on(r, true);
	result = loop(r);
	for (unsigned i = 0; i < ASSAY_RELAY_MAX; i++) {
		struct connection *c = &r->connection[i];

		if (c->used && c->connecting)
			release(r, c, true);
		else if (c->used)
			end(r, c, ASSAY_RELAY_STOPPED, ASSAY_TO_TARGET);
	}
	listen_on(r, false);
	epoll_ctl(r->epoll, EPOLL_CTL_DEL, stop_fd, NULL);
	return result;
}

int assay_relay_open(struct assay_relay **out, const char *host, uint16_t *port, const char *to_host,
	uint16_t to_port, const struct assay_relay_observer *observer, struct assay_error *err)
{
	struct assay_relay *r = calloc(1, sizeof(*r));
	int result;

	*out = NULL;
	if (!r)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	r->observer = *observer;
	r->listener = r->epoll = -1;
	result = assay_tcp_resolve(&r->to, to_host, to_port, err);
	if (result == 0)
		result = r->listener = assay_tcp_listen(port, host, err);
	if (result >= 0) {
		r->epoll = epoll_create1(EPOLL_CLOEXEC);
		if (r->epoll < 0)
			result = assay_error_set(err, ASSAY_E_IO, "epoll: %s", strerror(errno));
	}
	if (result < 0) {
		assay_relay_close(r);
		return result;
	}
	*out = r;
	return 0;
}

void assay_relay_close(struct assay_relay *r)
{
	if (!r)
		return;
	if (r->listener >= 0)
		close(r->listener);
	if (r->epoll >= 0)
		close(r->epoll);
	if (r->to)
		freeaddrinfo(r->to);
	free(r);
}
