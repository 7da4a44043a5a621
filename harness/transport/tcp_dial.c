/*
 * tcp_dial.c - makes TCP connections, only to addresses that the user named (an announced portal only where the user
 * said so), and listens. It never waits longer than it was given, but for a name that the system's resolver looks up.
 */
#include "transport/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/tcp_internal.h"

#define BACKLOG 128

/* The same host: the same letters, or two spellings of one numeric address. */
static bool same_host(const char *a, const char *b)
{
	struct in6_addr a6, b6;

	if (strcasecmp(a, b) == 0)
		return true;
	return inet_pton(AF_INET6, a, &a6) == 1 && inet_pton(AF_INET6, b, &b6) == 1 &&
	       memcmp(&a6, &b6, sizeof(a6)) == 0;
}

static bool is_allowed(const struct assay_tcp_dialer *d, const char *host, uint16_t port)
{
	for (size_t i = 0; i < d->allowed_count; i++)
		if (d->allowed[i].port == port && same_host(d->allowed[i].host, host))
			return true;
	return d->follow_portals;
}

static int resolve(struct addrinfo **out, const char *host, uint16_t port, int flags, struct assay_error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags };
	char service[8];

	snprintf(service, sizeof(service), "%u", port);

	int rc = getaddrinfo(host, service, &hints, out);

	if (rc != 0)
		return assay_error_set(err, ASSAY_E_CONNECT, "%s: %s", host, gai_strerror(rc));
	return 0;
}

/* The address that a connection is to come from. 0 or -1 with errno; one of the other family is not tried. */
static int bind_source(int fd, int family, const char *source)
{
	struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST
	};
	struct addrinfo *ai = NULL;
	int rc = -1, e;

	errno = EADDRNOTAVAIL;
	if (getaddrinfo(source, NULL, &hints, &ai) == 0)
		rc = bind(fd, ai->ai_addr, ai->ai_addrlen);
	e = errno;
	if (ai)
		freeaddrinfo(ai);
	errno = e;
	return rc;
}

int assay_tcp_resolve(struct addrinfo **out, const char *host, uint16_t port, struct assay_error *err)
{
	return resolve(out, host, port, 0, err);
}

/* Connects to one address. Returns the descriptor; errno says why not, for ASSAY_E_CONNECT. */
static int connect_one(const struct addrinfo *ai, const char *source, uint64_t deadline)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return errno == EAFNOSUPPORT ? ASSAY_E_CONNECT : ASSAY_E_IO;
	if (source && bind_source(fd, ai->ai_family, source) < 0)
		rc = ASSAY_E_IO; /* a fault of our own side */
	if (rc == 0)
		rc = connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 ? 0 : ASSAY_E_CONNECT;

	if (rc < 0 && errno == EINPROGRESS) {
		int e = 0;
		socklen_t length = sizeof(e);

		rc = assay_tcp_wait(fd, POLLOUT, deadline);
		if (rc == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &length) == 0 && e != 0) {
			errno = e;
			rc = ASSAY_E_CONNECT;
		}
	}
	if (rc == 0)
		return fd;

	int saved = errno;

	close(fd);
	errno = saved;
	return rc;
}

static int tcp_dial(struct assay_dialer *dialer, struct assay_stream **out, const char *host, uint16_t port,
	const char *source, uint64_t timeout, struct assay_error *err)
{
	struct assay_tcp_dialer *d = (struct assay_tcp_dialer *)dialer;
	uint64_t deadline = assay_tcp_now() + timeout;
	struct addrinfo *list = NULL;
	int fd = ASSAY_E_CONNECT;

	*out = NULL;
	if (!is_allowed(d, host, port))
		return assay_error_set(
			err, ASSAY_E_REFUSED, "%s port %u is not an address that the user named", host, port);

	int rc = resolve(&list, host, port, 0, err);

	if (rc < 0)
		return rc;
	for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = connect_one(ai, source, deadline);

	int e = errno;

	freeaddrinfo(list);
	if (fd == ASSAY_E_TIMEOUT)
		return assay_error_set(err, fd, "%s port %u: no connection within %.1f s", host, port,
			(double)timeout / (double)ASSAY_SECOND);
	if (fd < 0)
		return assay_error_set(err, fd, "%s port %u%s%s: %s", host, port, source ? " from " : "",
			source ? source : "", strerror(e));
	rc = assay_tcp_wrap(out, fd);
	return rc < 0 ? assay_error_set(err, rc, "out of memory") : 0;
}

void assay_tcp_dialer_init(struct assay_tcp_dialer *d)
{
	memset(d, 0, sizeof(*d));
	d->dialer.dial = tcp_dial;
}

int assay_tcp_allow(struct assay_tcp_dialer *d, const char *host, uint16_t port)
{
	if (d->allowed_count == ASSAY_TCP_ALLOWED_MAX || strlen(host) >= sizeof(d->allowed[0].host))
		return ASSAY_E_LIMIT;
	snprintf(d->allowed[d->allowed_count].host, sizeof(d->allowed[0].host), "%s", host);
	d->allowed[d->allowed_count++].port = port;
	return 0;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t length = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &length) != 0)
		return 0;
	return sa.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&sa)->sin6_port)
					: ntohs(((struct sockaddr_in *)&sa)->sin_port);
}

static int bind_one(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return ASSAY_E_IO;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;

	int saved = errno;

	close(fd);
	errno = saved;
	return ASSAY_E_IO;
}

int assay_tcp_listen(uint16_t *port, const char *host, struct assay_error *err)
{
	struct addrinfo *list = NULL;
	int fd = ASSAY_E_IO;

	if (resolve(&list, host, *port, AI_PASSIVE, err) < 0)
		return ASSAY_E_INVAL;
	for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = bind_one(ai);

	int e = errno;

	freeaddrinfo(list);
	if (fd < 0)
		return assay_error_set(err, fd, "cannot listen on %s port %u: %s", host, *port, strerror(e));
	*port = port_of(fd);
	return fd;
}

uint16_t assay_tcp_free_port(const char *host)
{
	uint16_t port = 0;
	int fd = assay_tcp_listen(&port, host, NULL);

	if (fd < 0)
		return 0;
	close(fd);
	return port;
}
