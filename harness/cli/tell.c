/* tell.c - the asking end of a served target's socket; see console.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/console.h"
#include "cli/unix_socket.h"

#define PATIENCE 10000 /* milliseconds for the answer */

/* The whole answer. Its length; ASSAY_E_TIMEOUT, ASSAY_E_CLOSED. */
static long hear(int fd, char *out, size_t capacity)
{
	size_t have = 0;

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, PATIENCE) <= 0)
			return ASSAY_E_TIMEOUT;
		n = recv(fd, out + have, capacity - 1 - have, 0);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	out[have] = 0;
	return have ? (long)have : ASSAY_E_CLOSED;
}

int assay_console_tell(const char *path, const char *const *words, size_t count)
{
	struct assay_error err = { 0 };
	char answer[512];
	int fd = assay_unix_connect(path, &err);
	long length = 0;

	if (fd < 0) {
		assay_complain("--tell: %s", err.message);
		return fd == ASSAY_E_CONNECT ? ASSAY_EXIT_UNREACHABLE : ASSAY_EXIT_USAGE;
	}
	for (size_t i = 0; i < count && length >= 0; i++)
		length = send(fd, words[i], strlen(words[i]) + 1, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	length = hear(fd, answer, sizeof(answer));
	close(fd);
	if (length < 0) {
		assay_complain("--tell: %s gives no answer", path);
		return ASSAY_EXIT_UNREACHABLE;
	}
	answer[strcspn(answer, "\n")] = 0;
	if (strncmp(answer, "ok ", 3) != 0)
		return assay_complain("%s", strncmp(answer, "no: ", 4) ? answer : answer + 4);
	puts(answer + 3);
	return ASSAY_EXIT_OK;
}
