/* tcp_internal.h - what tcp.c and tcp_dial.c share. Not for other folders. */
#ifndef ASSAY_TRANSPORT_TCP_INTERNAL_H
#define ASSAY_TRANSPORT_TCP_INTERNAL_H

#include <netdb.h>
#include <stdint.h>
#include <sys/socket.h>

#include "codec/error.h"

/* Monotonic nanoseconds. */
uint64_t assay_tcp_now(void);

/* Waits for poll events (or an error or hang-up) on fd. 0, ASSAY_E_TIMEOUT, ASSAY_E_IO. */
int assay_tcp_wait(int fd, short events, uint64_t deadline);

/* getaddrinfo of a name and a port; *out is freed by freeaddrinfo. 0 or ASSAY_E_CONNECT in words. */
int assay_tcp_resolve(struct addrinfo **out, const char *host, uint16_t port, struct assay_error *err);

/* "127.0.0.1" or "[::1]", and the same with ":3260". */
void assay_tcp_host(char *out, size_t capacity, const struct sockaddr_storage *sa);
void assay_tcp_address(char *out, size_t capacity, const struct sockaddr_storage *sa);

/* Sends all of it. 0, ASSAY_E_TIMEOUT, or what the peer or we did wrong. */
int assay_tcp_send(int fd, const void *bytes, size_t length, uint64_t deadline);

/* What an errno of a connected socket says of the peer. */
int assay_tcp_peer_error(int e);

#endif
