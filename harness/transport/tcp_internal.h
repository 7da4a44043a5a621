/* tcp_internal.h - what tcp.c and tcp_dial.c share. Not for other folders. */
#ifndef ASSAY_TRANSPORT_TCP_INTERNAL_H
#define ASSAY_TRANSPORT_TCP_INTERNAL_H

#include <stdint.h>

/* Monotonic nanoseconds. */
uint64_t assay_tcp_now(void);

/* Waits for poll events (or an error or hang-up) on fd. 0, ASSAY_E_TIMEOUT, ASSAY_E_IO. */
int assay_tcp_wait(int fd, short events, uint64_t deadline);

#endif
