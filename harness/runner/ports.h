/* ports.h - loopback ports for programs that cannot choose one themselves. It starts nothing and listens on nothing. */
#ifndef ASSAY_RUNNER_PORTS_H
#define ASSAY_RUNNER_PORTS_H

#include <stdint.h>

#include "codec/error.h"

/*
 * A port of 127.0.0.1 that nobody listens on, and that no other caller on this machine is given as long as the descriptor that is returned, or a copy of it in
 * a child, is open: a target may take its time until it listens. ASSAY_E_IO with words in err: none was found, or there are no descriptors to look with.
 */
int assay_port_reserve(uint16_t *out, struct assay_error *err);

#endif
