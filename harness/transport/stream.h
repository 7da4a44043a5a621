/*
 * stream.h - a byte stream with deadlines: TCP, or memory with a peer in the same process. It knows no PDUs.
 * Time is the stream's own: monotonic nanoseconds for TCP, virtual for memory (a wait costs nothing, a test of a 15 s
 * time-out ends at once, and "the peer stays silent" is certain as soon as the peer has nothing left to do).
 */
#ifndef ASSAY_TRANSPORT_STREAM_H
#define ASSAY_TRANSPORT_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"

#define ASSAY_SECOND      UINT64_C(1000000000) /* nanoseconds */
#define ASSAY_MILLISECOND UINT64_C(1000000)

struct assay_stream;

struct assay_stream_ops {
	/* Sends all of it. 0, ASSAY_E_TIMEOUT, ASSAY_E_CLOSED, ASSAY_E_RESET, or a fault of ours. */
	int (*send)(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline);
	/* At least one byte. Returns the count, ASSAY_E_TIMEOUT, ASSAY_E_CLOSED (FIN), ASSAY_E_RESET. */
	long (*recv)(struct assay_stream *s, void *out, size_t capacity, uint64_t deadline);
	int (*finish)(struct assay_stream *s); /* half-close: no more from us (FIN) */
	void (*reset)(struct assay_stream *s); /* abort with RST; only close may follow */
	void (*close)(struct assay_stream *s); /* closes and frees; NULL is fine for the wrapper */
	uint64_t (*now)(struct assay_stream *s);
};

struct assay_stream {
	const struct assay_stream_ops *ops;
	char local[64]; /* "127.0.0.1:40312", "[::1]:3260", or "memory" */
	char remote[64];
};

int assay_stream_send(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline);
long assay_stream_recv(struct assay_stream *s, void *out, size_t capacity, uint64_t deadline);
int assay_stream_finish(struct assay_stream *s);
void assay_stream_reset(struct assay_stream *s);
void assay_stream_close(struct assay_stream *s);
uint64_t assay_stream_now(struct assay_stream *s);

/* How an initiator gets its connections: the runner gives it one of these. */
struct assay_dialer {
	/* Connects to host (a name or an address without brackets) and port within timeout nanoseconds; source: from that numeric address of ours, NULL
	 * from any. 0 with *out owned by the caller; ASSAY_E_CONNECT, ASSAY_E_TIMEOUT; ASSAY_E_REFUSED for an address that the user did not name. */
	int (*dial)(struct assay_dialer *d, struct assay_stream **out, const char *host, uint16_t port,
		const char *source, uint64_t timeout, struct assay_error *err);
};

#endif
