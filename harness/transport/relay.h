/*
 * relay.h - passes TCP connections on to another address, and tells somebody of every byte: behind it a recording proxy stands. It changes nothing: bytes, half-closes and resets go through both ways,
 * and who does not take what he is sent holds up the other side. It knows no PDUs. One thread; memory is ASSAY_RELAY_MAX times two buffers, whatever comes.
 */
#ifndef ASSAY_TRANSPORT_RELAY_H
#define ASSAY_TRANSPORT_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"
#include "proto/role.h"

#define ASSAY_RELAY_MAX     64 /* connections at a time; more wait until one has ended */
#define ASSAY_RELAY_BUFFER  (128u << 10) /* bytes of one way of a connection that are under way */
#define ASSAY_RELAY_CONNECT 10 /* seconds for a connection to the target */

enum assay_relay_end {
	ASSAY_RELAY_CLOSED, /* both sides have finished */
	ASSAY_RELAY_RESET, /* one has reset it */
	ASSAY_RELAY_STOPPED, /* by us */
};

/*
 * What is told, in the order of it: bytes when they have come and before they go out, so what answers them is told after them. connection: below ASSAY_RELAY_MAX, free again after closed. A way is
 * named by where it leads: who connected to us is the initiator. None may be NULL.
 */
struct assay_relay_observer {
	void *payload;
	/* A connection came and the target has taken it. from, to: its addresses in words. */
	void (*opened)(void *payload, uint32_t connection, const char *from, const char *to);
	void (*bytes)(
		void *payload, uint32_t connection, enum assay_dir dir, const void *bytes, size_t length);
	/* Nothing more will come that way (FIN); the other way goes on. */
	void (*finished)(void *payload, uint32_t connection, enum assay_dir dir);
	/* dir: of what a reset came with; else of no meaning. */
	void (*closed)(void *payload, uint32_t connection, enum assay_relay_end how, enum assay_dir dir);
	/* A connection came, but the target has not taken it: it was reset. */
	void (*failed)(void *payload, const char *from, const char *why);
	/* All that has come was told; now comes a wait. A negative error ends the relay. */
	int (*pause)(void *payload);
};

struct assay_relay;

/* Listens on host and *port (0: the system chooses, and *port is set), to pass on to to_host and to_port. What observer points to is copied. 0 or a negative error in words. */
int assay_relay_open(struct assay_relay **out, const char *host, uint16_t *port, const char *to_host,
	uint16_t to_port, const struct assay_relay_observer *observer, struct assay_error *err);
/* Until stop_fd becomes readable: 0; or what pause returned, or ASSAY_E_IO. Connections that are still there are closed. */
int assay_relay_run(struct assay_relay *r, int stop_fd);
void assay_relay_close(struct assay_relay *r);

#endif
