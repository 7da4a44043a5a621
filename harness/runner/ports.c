/*
 * ports.c - a reserved port is the name of a socket that is in no folder (unix(7), abstract): one process can have the name, and the system takes it back
 * whatever way that process ends.
 */
#include "runner/ports.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "codec/random.h"
#include "runner/command.h"
#include "transport/tcp.h"

#define LOWEST_PORT  10240
#define HIGHEST_PORT 32700
#define TRIES        256

/* The descriptor that stands for the port; negative with errno: somebody has it, or there are no descriptors. */
static int take_name(uint16_t port)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "iscsi-assay.port.%u", port);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), e;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&name,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0)
		return fd;
	e = errno;
	if (fd >= 0)
		close(fd);
	errno = e;
	return -1;
}

static bool is_free(uint16_t port)
{
	int fd = assay_tcp_listen(&port, "127.0.0.1", NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Below the ports that the system gives to clients, so that none of them takes it in between; and below 32768, because the profiles of tgtd use the number
 * for its control port as well. */
int assay_port_reserve(uint16_t *out, struct assay_error *err)
{
	uint64_t random = assay_command_clock() ^ (uint64_t)getpid() << 20;

	for (int tries = 0; tries < TRIES; tries++) {
		uint16_t port = (uint16_t)(LOWEST_PORT +
					   assay_splitmix(&random) % (HIGHEST_PORT - LOWEST_PORT));
		int fd = take_name(port);

		if (fd < 0 && errno != EADDRINUSE)
			return assay_error_set(err, ASSAY_E_IO, "a port of 127.0.0.1 cannot be reserved: %s",
				strerror(errno));
		if (fd >= 0 && is_free(port)) {
			*out = port;
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
	return assay_error_set(
		err, ASSAY_E_IO, "no free port on 127.0.0.1 from %d to %d", LOWEST_PORT, HIGHEST_PORT - 1);
}
