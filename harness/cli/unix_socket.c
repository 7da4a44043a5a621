/* unix_socket.c - see unix_socket.h. */
#include "cli/unix_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 8

static int open_at(struct sockaddr_un *out, const char *path, int flags, struct assay_error *err)
{
	int fd;

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!path[0] || strlen(path) >= sizeof(out->sun_path))
		return assay_error_set(err, ASSAY_E_SYNTAX, "a socket's path has 1 to %zu bytes: %.100s",
			sizeof(out->sun_path) - 1, path);
	strcpy(out->sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	return fd < 0 ? assay_error_set(err, ASSAY_E_IO, "socket: %s", strerror(errno)) : fd;
}

int assay_unix_connect(const char *path, struct assay_error *err)
{
	struct sockaddr_un address;
	int fd = open_at(&address, path, 0, err), why;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	why = errno;
	close(fd);
	return assay_error_set(err, ASSAY_E_CONNECT, "%.150s: %s", path, strerror(why));
}

/* Was it left behind by one that is gone? */
static bool is_left_behind(const char *path)
{
	struct stat status;
	int fd;

	if (lstat(path, &status) || !S_ISSOCK(status.st_mode))
		return false;
	fd = assay_unix_connect(path, NULL);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == ECONNREFUSED;
}

int assay_unix_listen(const char *path, struct assay_error *err)
{
	struct sockaddr_un address;
	int fd = open_at(&address, path, SOCK_NONBLOCK, err), why;
	bool bound;
	mode_t mask;

	if (fd < 0)
		return fd;
	if (is_left_behind(path))
		unlink(path);
	mask = umask(0177);
	bound = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	why = errno;
	umask(mask);
	if (bound && listen(fd, BACKLOG) == 0)
		return fd;
	why = bound ? errno : why;
	close(fd);
	return assay_error_set(err, ASSAY_E_IO, "%.150s: %s", path, strerror(why));
}
