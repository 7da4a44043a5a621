/* tcp.h - streams over TCP, IPv4 and IPv6. Connects only to addresses that the user named. */
#ifndef ASSAY_TRANSPORT_TCP_H
#define ASSAY_TRANSPORT_TCP_H

#include <stdbool.h>

#include "transport/stream.h"

#define ASSAY_TCP_ALLOWED_MAX 64

/* A dialer with the list of addresses that may be connected to. */
struct assay_tcp_dialer {
	struct assay_dialer dialer;
	struct {
		char host[256];
		uint16_t port;
	} allowed[ASSAY_TCP_ALLOWED_MAX];
	size_t allowed_count;
	bool follow_portals; /* --follow-portals: what a target announces may be connected to as well */
};

void assay_tcp_dialer_init(struct assay_tcp_dialer *d);
/* 0 or ASSAY_E_LIMIT. */
int assay_tcp_allow(struct assay_tcp_dialer *d, const char *host, uint16_t port);

/* The clock of TCP streams: monotonic nanoseconds. */
uint64_t assay_tcp_clock(void);

/*
 * For thousands of connections a second to one address that the user named: it is looked up once, streams are used again, and closing one resets its connection.
 * 16 at once. The dialer is valid until free, which resets what is open. 0, ASSAY_E_CONNECT (no such host), ASSAY_E_NOMEM, ASSAY_E_LIMIT.
 */
struct assay_tcp_lean;
int assay_tcp_lean_new(struct assay_tcp_lean **out, const char *host, uint16_t port, struct assay_error *err);
struct assay_dialer *assay_tcp_lean_dialer(struct assay_tcp_lean *d);
void assay_tcp_lean_free(struct assay_tcp_lean *d);

/* Listens on *port, where 0 lets the system choose. Returns a non-blocking, close-on-exec descriptor with *port set, or
 * ASSAY_E_INVAL (no such host), ASSAY_E_IO. */
int assay_tcp_listen(uint16_t *port, const char *host, struct assay_error *err);

/* A stream around a connected descriptor, which it owns from then on, also when it fails. 0 or ASSAY_E_NOMEM. */
int assay_tcp_wrap(struct assay_stream **out, int fd);

/* A loopback port that was free a moment ago, for programs that cannot choose one themselves. 0 on failure. */
uint16_t assay_tcp_free_port(const char *host);

#endif
