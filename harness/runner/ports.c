/*
 * ports.c - a reserved port is the name of a socket that is in no folder (unix(7), abstract): one process can have the name, and the system takes it back
 * whatever way that process ends.
 */
#include "runner/ports.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "codec/random.h"
#include "runner/command.h"
#include "transport/tcp.h"

#define LOWEST_PORT  10240
#define HIGHEST_PORT 32700
#define TRIES        256

/* The descriptor that stands for the port, or ASSAY_E_IO: somebody has it. */
static int take_name(uint16_t port)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "iscsi-assay.port.%u", port);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&name,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return ASSAY_E_IO;
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
int assay_port_reserve(uint16_t *out)
{
	uint64_t random = assay_command_clock() ^ (uint64_t)getpid() << 20;

	for (int tries = 0; tries < TRIES; tries++) {
		uint16_t port = (uint16_t)(LOWEST_PORT +
					   assay_splitmix(&random) % (HIGHEST_PORT - LOWEST_PORT));
		int fd = take_name(port);

		if (fd >= 0 && is_free(port)) {
			*out = port;
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
	return ASSAY_E_IO;
}
