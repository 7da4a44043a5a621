/*
 * tcp.c - a stream around a connected socket: non-blocking, every wait is a poll with a deadline. It does not connect
 * (tcp_dial.c does) and knows no PDUs.
 */
#include "transport/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/tcp_internal.h"

/* What a close reads away at most, so that the kernel sends FIN and not RST for bytes that nobody took. */
#define DRAIN_MAX (1 << 20)

struct tcp {
	struct assay_stream stream;
	int fd; /* -1 after a reset */
};

static struct tcp *tcp_of(struct assay_stream *s)
{
	return (struct tcp *)s;
}

uint64_t assay_tcp_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * ASSAY_SECOND + (uint64_t)ts.tv_nsec;
}

uint64_t assay_tcp_clock(void)
{
	return assay_tcp_now();
}

int assay_tcp_wait(int fd, short events, uint64_t deadline)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		uint64_t now = assay_tcp_now();
		uint64_t left = deadline > now ? deadline - now : 0;
		struct timespec ts = { .tv_sec = (time_t)(left / ASSAY_SECOND),
			.tv_nsec = (long)(left % ASSAY_SECOND) };
		int n = ppoll(&p, 1, deadline == UINT64_MAX ? NULL : &ts, NULL);

		if (n > 0)
			return 0;
		if (n == 0)
			return ASSAY_E_TIMEOUT;
		if (errno != EINTR)
			return ASSAY_E_IO;
	}
}

int assay_tcp_peer_error(int e)
{
	switch (e) {
	case EPIPE: return ASSAY_E_CLOSED;
	case ECONNRESET: return ASSAY_E_RESET;
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH: return ASSAY_E_TIMEOUT;
	default: return ASSAY_E_IO;
	}
}

int assay_tcp_send(int fd, const void *bytes, size_t length, uint64_t deadline)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t n = send(fd, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			at += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			int rc = assay_tcp_wait(fd, POLLOUT, deadline);

			if (rc < 0)
				return rc;
		} else if (errno != EINTR) {
			return assay_tcp_peer_error(errno);
		}
	}
	return 0;
}

static int tcp_send(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline)
{
	int fd = tcp_of(s)->fd;

	return fd < 0 ? ASSAY_E_INVAL : assay_tcp_send(fd, bytes, length, deadline);
}

static long tcp_recv(struct assay_stream *s, void *out, size_t capacity, uint64_t deadline)
{
	int fd = tcp_of(s)->fd;

	if (fd < 0 || capacity == 0)
		return ASSAY_E_INVAL;
	for (;;) {
		ssize_t n = recv(fd, out, capacity, MSG_DONTWAIT);

		if (n > 0)
			return (long)n;
		if (n == 0)
			return ASSAY_E_CLOSED;
		if (errno == EAGAIN) {
			int rc = assay_tcp_wait(fd, POLLIN, deadline);

			if (rc < 0)
				return rc;
		} else if (errno != EINTR) {
			return assay_tcp_peer_error(errno);
		}
	}
}

static int tcp_finish(struct assay_stream *s)
{
	int fd = tcp_of(s)->fd;

	if (fd < 0)
		return ASSAY_E_INVAL;
	/* Not connected any more: the peer was first, which the next receive says. */
	return shutdown(fd, SHUT_WR) == 0 || errno == ENOTCONN ? 0 : ASSAY_E_IO;
}

static void tcp_reset(struct assay_stream *s)
{
	struct tcp *t = tcp_of(s);
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (t->fd < 0)
		return;
	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(t->fd);
	t->fd = -1;
}

static void tcp_close(struct assay_stream *s)
{
	struct tcp *t = tcp_of(s);

	if (t->fd >= 0) {
		char sink[4096];
		ssize_t n;

		shutdown(t->fd, SHUT_WR);
		for (size_t drained = 0; drained < DRAIN_MAX; drained += (size_t)n) {
			n = recv(t->fd, sink, sizeof(sink), MSG_DONTWAIT);
			if (n <= 0)
				break;
		}
		close(t->fd);
	}
	free(t);
}

static uint64_t tcp_now(struct assay_stream *s)
{
	(void)s;
	return assay_tcp_now();
}

static const struct assay_stream_ops tcp_ops = {
	.send = tcp_send,
	.recv = tcp_recv,
	.finish = tcp_finish,
	.reset = tcp_reset,
	.close = tcp_close,
	.now = tcp_now,
};

void assay_tcp_host(char *out, size_t capacity, const struct sockaddr_storage *sa)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (sa->ss_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, host, sizeof(host));
		snprintf(out, capacity, "%s", host);
	} else if (sa->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, host, sizeof(host));
		snprintf(out, capacity, "[%s]", host);
	} else {
		snprintf(out, capacity, "local");
	}
}

void assay_tcp_address(char *out, size_t capacity, const struct sockaddr_storage *sa)
{
	char host[INET6_ADDRSTRLEN + 2];
	uint16_t port = sa->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)sa)->sin6_port
						  : ((const struct sockaddr_in *)sa)->sin_port;

	assay_tcp_host(host, sizeof(host), sa);
	if (sa->ss_family == AF_INET || sa->ss_family == AF_INET6)
		snprintf(out, capacity, "%s:%u", host, ntohs(port));
	else
		snprintf(out, capacity, "%s", host);
}

int assay_tcp_wrap(struct assay_stream **out, int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t length = sizeof(sa);
	struct tcp *t = calloc(1, sizeof(*t));
	int on = 1;

	*out = NULL;
	if (!t) {
		close(fd);
		return ASSAY_E_NOMEM;
	}
	t->stream.ops = &tcp_ops;
	t->fd = fd;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	/* A test sends one small PDU and waits: Nagle would only add its delay. Not every descriptor is TCP; then it fails, which is fine. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (getsockname(fd, (struct sockaddr *)&sa, &length) == 0)
		assay_tcp_address(t->stream.local, sizeof(t->stream.local), &sa);
	length = sizeof(sa);
	if (getpeername(fd, (struct sockaddr *)&sa, &length) == 0)
		assay_tcp_address(t->stream.remote, sizeof(t->stream.remote), &sa);
	*out = &t->stream;
	return 0;
}
