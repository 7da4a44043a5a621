/*
 * server.c - the target behind TCP: one thread, epoll, no blocking call but the wait itself. It moves bytes and closes sockets; what they mean
 * is the machine's. RFC 7143 section 11.14: after its last bytes a connection is half-closed, and closed once the peer has done so too.
 */
#include "target/server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "target/server_private.h"
#include "transport/tcp.h"

#define EVENTS      64
#define VECTOR      64
#define READS       8 /* of one connection before others have their turn */
#define HEAP_KEEPS  (32 << 20) /* bytes */
#define LINGER_TIME (2 * UINT64_C(1000000000)) /* nanoseconds for the peer to close too */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

/* ---- open and close ---- */

static int listen_all(struct assay_server *s, struct assay_error *err)
{
	struct assay_target *t = s->target;

	s->listeners = calloc(t->portal_count, sizeof(*s->listeners));
	if (!s->listeners)
		return assay_error_set(err, ASSAY_E_NOMEM, "no memory for %u portals", t->portal_count);
	for (unsigned i = 0; i < t->portal_count; i++) {
		struct listener *l = &s->listeners[i];
		uint16_t port = t->portals[i].port;
		int fd = assay_tcp_listen(&port, t->portals[i].host, err);

		if (fd < 0)
			return fd;
		*l = (struct listener){ .kind = LISTENER, .fd = fd, .portal = i, .port = port };
		s->listener_count++;
		assay_target_set_portal_port(t, i, port);
		if (assay_server_listen_to(s, fd, l, EPOLLIN) < 0)
			return assay_error_set(err, ASSAY_E_IO, "epoll: %s", strerrordesc_np(errno));
	}
	return ASSAY_OK;
}

int assay_server_open(struct assay_server **out, struct assay_target *t, struct assay_error *err)
{
	struct assay_server *s;
	int rc;

	if (!t->portal_count)
		return assay_error_set(err, ASSAY_E_INVAL, "the target has no portal to listen on");
	s = calloc(1, sizeof(*s));
	if (!s)
		return assay_error_set(err, ASSAY_E_NOMEM, "no memory for the server");
	/* The data of large commands comes and goes: giving it back to the system each time costs more than the copy. */
	mallopt(M_MMAP_THRESHOLD, HEAP_KEEPS);
	mallopt(M_TRIM_THRESHOLD, HEAP_KEEPS);
	s->target = t;
	s->stop = STOP;
	s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = s->epoll < 0 ? assay_error_set(err, ASSAY_E_IO, "epoll: %s", strerrordesc_np(errno))
			  : listen_all(s, err);
	if (rc < 0) {
		assay_server_close(s);
		return rc;
	}
	*out = s;
	return ASSAY_OK;
}

static void bury(struct assay_server *s)
{
	struct link **at = &s->links;

	s->dead_links = false;
	while (*at) {
		struct link *k = *at;

		if (k->dead) {
			*at = k->next;
			free(k);
		} else {
			at = &k->next;
		}
	}
	assay_server_bury_guests(s);
}

void assay_server_observe(struct assay_server *s, const struct assay_server_observer *observer)
{
	s->observer = *observer;
}

static void observe(
	struct assay_server *s, struct link *k, enum assay_dir dir, const struct iovec *iov, size_t length)
{
	if (k->observed && length)
		s->observer.bytes(s->observer.payload, k->observed, dir, iov, length);
}

static void ends(struct link *k, enum assay_role by)
{
	if (!k->ended_by)
		k->ended_by = by;
}

/* The peer has closed. */
static void end_of_input(struct link *k)
{
	k->eof = true;
	ends(k, ASSAY_INITIATOR);
}

/* by: whose doing it is, unless somebody ended it before. */
static void close_link(struct assay_server *s, struct link *k, enum assay_role by)
{
	if (k->dead)
		return;
	ends(k, by);
	if (k->observed)
		s->observer.closed(s->observer.payload, k->observed, k->ended_by);
	k->dead = s->dead_links = true;
	close(k->fd);
	assay_target_conn_close(k->conn, now());
}

int assay_server_announce(struct assay_server *s, uint8_t event, unsigned argument)
{
	assay_target_tick(s->target, now()); /* a message may have a time limit */
	return assay_target_announce(s->target, event, argument);
}

unsigned assay_server_drop(struct assay_server *s)
{
	unsigned count = 0;

	for (struct link *k = s->links; k; k = k->next)
		if (!k->dead) {
			close_link(s, k, ASSAY_TARGET);
			count++;
		}
	return count;
}

void assay_server_close(struct assay_server *s)
{
	if (!s)
		return;
	assay_server_drop(s);
	assay_server_forget_guests(s);
	bury(s);
	for (unsigned i = 0; i < s->listener_count; i++)
		close(s->listeners[i].fd);
	free(s->listeners);
	if (s->epoll >= 0)
		close(s->epoll);
	if (s->spare >= 0)
		close(s->spare);
	free(s);
}

uint16_t assay_server_port(const struct assay_server *s, unsigned portal)
{
	return portal < s->listener_count ? s->listeners[portal].port : 0;
}

/* ---- connections come ---- */

static void adopt(struct assay_server *s, const struct listener *l, int fd,
	const struct sockaddr_storage *peer, socklen_t length)
{
	char host[NI_MAXHOST] = "";
	struct sockaddr_storage local;
	socklen_t local_length = sizeof(local);
	struct link *k = calloc(1, sizeof(*k));
	int on = 1;

	getnameinfo((const struct sockaddr *)peer, length, host, sizeof(host), NULL, 0, NI_NUMERICHOST);
	if (!k || !(k->conn = assay_target_accept(s->target, l->portal, host, now()))) {
		free(k);
		close(fd);
		return;
	}
	if (s->observer.opened)
		k->observed = s->observer.opened(s->observer.payload, host);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (getsockname(fd, (struct sockaddr *)&local, &local_length) == 0 &&
		getnameinfo((struct sockaddr *)&local, local_length, host, sizeof(host), NULL, 0,
			NI_NUMERICHOST) == 0)
		assay_target_conn_set_local(k->conn, host);
	k->kind = LINK;
	k->fd = fd;
	k->events = EPOLLIN;
	k->next = s->links;
	s->links = k;
	assay_target_conn_set_payload(k->conn, k);
	if (assay_server_listen_to(s, fd, k, k->events) < 0)
		close_link(s, k, ASSAY_TARGET);
}

/* No descriptor is left: the connection is taken and closed, or it would be offered for ever. */
static void turn_away(struct assay_server *s, int listener)
{
	int fd;

	if (s->spare < 0)
		return;
	close(s->spare);
	fd = accept(listener, NULL, NULL);
	if (fd >= 0)
		close(fd);
	s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_all(struct assay_server *s, const struct listener *l)
{
	for (;;) {
		struct sockaddr_storage peer;
		socklen_t length = sizeof(peer);
		int fd = accept4(l->fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE)
				turn_away(s, l->fd);
			return;
		}
		adopt(s, l, fd, &peer, length);
	}
}

/* ---- bytes ---- */

static void want(struct assay_server *s, struct link *k, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = k };

	if (k->events != events && epoll_ctl(s->epoll, EPOLL_CTL_MOD, k->fd, &ev) == 0)
		k->events = events;
}

/* All was sent that there was. */
static void drained(struct assay_server *s, struct link *k)
{
	if (!assay_target_closing(k->conn)) {
		want(s, k, EPOLLIN);
		return;
	}
	if (k->eof) {
		close_link(s, k, ASSAY_INITIATOR);
	} else if (!k->half_closed) {
		k->half_closed = true;
		ends(k, ASSAY_TARGET);
		k->linger_until = now() + LINGER_TIME;
		shutdown(k->fd, SHUT_WR);
		want(s, k, EPOLLIN);
	}
}

static void flush(struct assay_server *s, struct link *k)
{
	for (;;) {
		struct iovec iov[VECTOR];
		struct msghdr m = { .msg_iov = iov };
		ssize_t sent;

		m.msg_iovlen = assay_target_output_vector(k->conn, iov, VECTOR);
		if (!m.msg_iovlen) {
			drained(s, k);
			return;
		}
		sent = sendmsg(k->fd, &m, MSG_NOSIGNAL);
		if (sent > 0) {
			observe(s, k, ASSAY_TO_INITIATOR, iov, (size_t)sent);
			assay_target_output_sent(k->conn, (size_t)sent);
		} else if (sent < 0 && errno == EINTR) {
			continue;
		} else if (sent < 0 && errno == EAGAIN) {
			size_t space;

			/* Who does not read is not read from either, once the machine holds enough for it. */
			assay_target_input_space(k->conn, &space);
			want(s, k, space ? EPOLLIN | EPOLLOUT : EPOLLOUT);
			return;
		} else {
			close_link(s, k, ASSAY_INITIATOR);
			return;
		}
	}
}

static void flush_dirty(struct assay_server *s)
{
	struct assay_target_conn *c;

	while ((c = assay_target_take_dirty(s->target))) {
		struct link *k = assay_target_conn_payload(c);

		if (k && !k->dead)
			flush(s, k);
	}
}

/* What still comes on a connection that is over, until the peer closes. */
static void discard(struct assay_server *s, struct link *k)
{
	static char nowhere[65536];
	ssize_t got;

	while ((got = recv(k->fd, nowhere, sizeof(nowhere), 0)) > 0)
		observe(s, k, ASSAY_TO_TARGET, &(struct iovec){ nowhere, (size_t)got }, (size_t)got);
	if (got == 0)
		end_of_input(k);
	else if (errno == EAGAIN || errno == EINTR)
		return;
	if (k->half_closed || got < 0)
		close_link(s, k, ASSAY_INITIATOR);
}

static void receive(struct assay_server *s, struct link *k)
{
	for (int i = 0; i < READS && !assay_target_closing(k->conn); i++) {
		size_t space;
		void *at = assay_target_input_space(k->conn, &space);
		ssize_t got;

		if (!space)
			return;
		got = recv(k->fd, at, space, 0);
		if (got > 0) {
			observe(s, k, ASSAY_TO_TARGET, &(struct iovec){ at, (size_t)got }, (size_t)got);
			assay_target_input_commit(k->conn, (size_t)got, now());
			if ((size_t)got < space)
				return;
		} else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
			return;
		} else if (got == 0) {
			end_of_input(k);
			assay_target_input_end(k->conn, now());
			return;
		} else {
			close_link(s, k, ASSAY_INITIATOR);
			return;
		}
	}
}

/* ---- the loop ---- */

static void serve(struct assay_server *s, struct link *k, uint32_t events)
{
	if (k->dead)
		return;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		if (assay_target_closing(k->conn))
			discard(s, k);
		else
			receive(s, k);
	}
	if (!k->dead && events & EPOLLOUT)
		flush(s, k);
	flush_dirty(s);
}

/* Milliseconds until something is due; -1: never. Closes what has lingered long enough. */
static int timers(struct assay_server *s)
{
	uint64_t at = now(), next;

	if (assay_target_next_timer(s->target) <= at)
		assay_target_tick(s->target, at);
	flush_dirty(s);
	next = assay_target_next_timer(s->target);
	for (struct link *k = s->links; k; k = k->next) {
		if (k->dead || !k->half_closed)
			continue;
		if (k->linger_until <= at)
			close_link(s, k, ASSAY_TARGET);
		else if (k->linger_until < next)
			next = k->linger_until;
	}
	if (next == UINT64_MAX)
		return -1;
	next = next > at ? (next - at) / 1000000 + 1 : 0;
	return next < 60000 ? (int)next : 60000;
}

int assay_server_run(struct assay_server *s, int stop_fd)
{
	struct epoll_event events[EVENTS];
	bool stopped = false;

	if (stop_fd >= 0 && assay_server_listen_to(s, stop_fd, &s->stop, EPOLLIN) < 0)
		return ASSAY_E_IO;
	while (!stopped) {
		int count = epoll_wait(s->epoll, events, EVENTS, timers(s));

		if (count < 0 && errno != EINTR)
			return ASSAY_E_IO;
		for (int i = 0; i < count; i++) {
			enum kind kind = *(enum kind *)events[i].data.ptr;

			if (kind == STOP)
				stopped = true;
			else if (kind == LISTENER)
				accept_all(s, events[i].data.ptr);
			else if (kind == GUEST)
				assay_server_tell_guest(events[i].data.ptr);
			else
				serve(s, events[i].data.ptr, events[i].events);
		}
		flush_dirty(s); /* what guests did */
		if (s->dead_links)
			bury(s);
	}
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, stop_fd, NULL);
	return ASSAY_OK;
}
