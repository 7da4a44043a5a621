/*
 * tcp_lean.c - connections by the thousand to one address: looked up once, the memory of streams used again, no system call that the many can do without. A stream that is
 * closed resets its connection, so that nothing lingers on either side. Otherwise a stream as tcp.c's: every wait has its deadline.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/tcp.h"
#include "transport/tcp_internal.h"

#define STREAMS 16 /* at the same time */
#define SHORTEST_TICK                                                                                        \
	(20 * ASSAY_MILLISECOND) /* the kernel's own timeouts are coarse: shorter ones are poll's */

struct lean {
	struct assay_stream stream;
	struct assay_tcp_lean *owner;
	int fd; /* -1: free */
	bool unanswered; /* something was sent, and nothing received since */
	bool prompt; /* TCP_NODELAY is set */
	uint64_t timeout; /* SO_RCVTIMEO, nanoseconds; 0: not set */
};

struct assay_tcp_lean {
	struct assay_dialer dialer;
	struct sockaddr_storage address;
	socklen_t length;
	char remote[64], local[56]; /* local without the port */
	char host[256];
	uint16_t port;
	struct lean streams[STREAMS];
};

static struct lean *lean_of(struct assay_stream *s)
{
	return (struct lean *)s;
}

static void set_timeout(struct lean *l, uint64_t timeout)
{
	struct timeval tv = { (time_t)(timeout / ASSAY_SECOND),
		(suseconds_t)(timeout % ASSAY_SECOND / 1000) };

	if (timeout == l->timeout)
		return;
	setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	l->timeout = timeout;
}

/* A second segment behind one that has no answer would wait for its acknowledgment, unless the kernel is told. */
static void hurry(struct lean *l)
{
	int on = 1;

	if (l->unanswered && !l->prompt) {
		setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		l->prompt = true;
	}
	l->unanswered = true;
}

static int lean_send(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline)
{
	struct lean *l = lean_of(s);

	if (l->fd < 0)
		return ASSAY_E_INVAL;
	hurry(l);
	return assay_tcp_send(l->fd, bytes, length, deadline);
}

/* One system call where the timeout is one that the kernel can keep; else poll's. */
static long lean_recv(struct assay_stream *s, void *out, size_t capacity, uint64_t deadline)
{
	struct lean *l = lean_of(s);
	uint64_t now = assay_tcp_now(), left = deadline > now ? deadline - now : 0;
	bool brief = left < SHORTEST_TICK;

	if (l->fd < 0 || capacity == 0)
		return ASSAY_E_INVAL;
	if (brief) {
		int rc = assay_tcp_wait(l->fd, POLLIN, deadline);

		if (rc < 0)
			return rc;
	} else if (left > l->timeout || left < l->timeout - l->timeout / 4) {
		set_timeout(l, left);
	}
	for (;;) {
		ssize_t n = recv(l->fd, out, capacity, brief ? MSG_DONTWAIT : 0);

		if (n > 0) {
			l->unanswered = false;
			return (long)n;
		}
		if (n == 0)
			return ASSAY_E_CLOSED;
		if (errno != EINTR)
			return errno == EAGAIN ? ASSAY_E_TIMEOUT : assay_tcp_peer_error(errno);
	}
}

static int lean_finish(struct assay_stream *s)
{
	int fd = lean_of(s)->fd;

	if (fd < 0)
		return ASSAY_E_INVAL;
	return shutdown(fd, SHUT_WR) == 0 || errno == ENOTCONN ? 0 : ASSAY_E_IO;
}

static void lean_reset(struct assay_stream *s)
{
	struct lean *l = lean_of(s);
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (l->fd < 0)
		return;
	setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(l->fd);
	l->fd = -1;
}

static void lean_close(struct assay_stream *s)
{
	lean_reset(s);
}

static uint64_t lean_now(struct assay_stream *s)
{
	(void)s;
	return assay_tcp_now();
}

static const struct assay_stream_ops lean_ops = {
	.send = lean_send,
	.recv = lean_recv,
	.finish = lean_finish,
	.reset = lean_reset,
	.close = lean_close,
	.now = lean_now,
};

/* "127.0.0.1:40312": the part before the colon is known after the first connection. */
static void name(struct lean *l)
{
	struct assay_tcp_lean *d = l->owner;
	struct sockaddr_storage sa = { 0 };
	socklen_t length = sizeof(sa);
	char digits[8], *at = digits + sizeof(digits);
	unsigned port;

	if (getsockname(l->fd, (struct sockaddr *)&sa, &length) != 0)
		return;
	if (!d->local[0])
		assay_tcp_host(d->local, sizeof(d->local), &sa);
	port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
					      : ((struct sockaddr_in *)&sa)->sin_port);
	for (*--at = 0; port > 0; port /= 10)
		*--at = (char)('0' + port % 10);
	*--at = ':';
	strcpy(stpcpy(l->stream.local, d->local), at);
}

/* What an errno of connect says: our own lack of ports or descriptors is not the target's doing. */
static int connect_error(int e)
{
	switch (e) {
	case EINPROGRESS: /* SO_SNDTIMEO has passed */
	case EAGAIN:
	case ETIMEDOUT: return ASSAY_E_TIMEOUT;
	case EADDRNOTAVAIL:
	case ENOBUFS:
	case ENOMEM: return ASSAY_E_IO;
	default: return ASSAY_E_CONNECT;
	}
}

static int connect_within(struct lean *l, uint64_t timeout)
{
	const struct assay_tcp_lean *d = l->owner;
	struct timeval tv = { (time_t)(timeout / ASSAY_SECOND),
		(suseconds_t)(timeout % ASSAY_SECOND / 1000) };

	l->fd = socket(d->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return ASSAY_E_IO;
	l->unanswered = l->prompt = false;
	l->timeout = 0;
	/* A connection to this machine is there at once or not at all. */
	setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(l->fd, (const struct sockaddr *)&d->address, d->length) == 0)
		return 0;

	int e = errno;

	close(l->fd);
	l->fd = -1;
	errno = e;
	return connect_error(e);
}

static int lean_dial(struct assay_dialer *dialer, struct assay_stream **out, const char *host, uint16_t port,
	const char *source, uint64_t timeout, struct assay_error *err)
{
	struct assay_tcp_lean *d = (struct assay_tcp_lean *)dialer;
	struct lean *l = d->streams;
	int rc;

	*out = NULL;
	if (port != d->port || strcmp(host, d->host) || source)
		return assay_error_set(
			err, ASSAY_E_REFUSED, "%s port %u is not the address of this dialer", host, port);
	while (l < d->streams + STREAMS && l->fd >= 0)
		l++;
	if (l == d->streams + STREAMS)
		return assay_error_set(err, ASSAY_E_LIMIT, "more than %d connections at once", STREAMS);
	rc = connect_within(l, timeout);
	if (rc < 0)
		return assay_error_set(err, rc, "%s port %u: %s", host, port,
			rc == ASSAY_E_TIMEOUT ? "no connection in time" : strerror(errno));
	name(l);
	*out = &l->stream;
	return 0;
}

int assay_tcp_lean_new(struct assay_tcp_lean **out, const char *host, uint16_t port, struct assay_error *err)
{
	struct assay_tcp_lean *d = calloc(1, sizeof(*d));
	struct addrinfo *list = NULL;
	int rc;

	*out = NULL;
	if (!d || strlen(host) >= sizeof(d->host)) {
		free(d);
		return assay_error_set(err, d ? ASSAY_E_LIMIT : ASSAY_E_NOMEM, "the host's name is too long");
	}
	rc = assay_tcp_resolve(&list, host, port, err);
	if (rc < 0) {
		free(d);
		return rc;
	}
	memcpy(&d->address, list->ai_addr, list->ai_addrlen);
	d->length = list->ai_addrlen;
	freeaddrinfo(list);
	strcpy(d->host, host);
	d->port = port;
	d->dialer.dial = lean_dial;
	assay_tcp_address(d->remote, sizeof(d->remote), &d->address);
	for (int n = 0; n < STREAMS; n++) {
		d->streams[n] = (struct lean){ .stream.ops = &lean_ops, .owner = d, .fd = -1 };
		strcpy(d->streams[n].stream.remote, d->remote);
	}
	*out = d;
	return 0;
}

struct assay_dialer *assay_tcp_lean_dialer(struct assay_tcp_lean *d)
{
	return &d->dialer;
}

void assay_tcp_lean_free(struct assay_tcp_lean *d)
{
	if (!d)
		return;
	for (int n = 0; n < STREAMS; n++)
		lean_reset(&d->streams[n].stream);
	free(d);
}
