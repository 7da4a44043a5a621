/* output.c - the output folder. A folder of ours carries a marker file and is emptied; no other folder loses anything. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define MARKER ".iscsi-assay"

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type;
	if (walk->level == 0 || (walk->level == 1 && !strcmp(path + walk->base, MARKER)))
		return 0;
	return remove(path);
}

int assay_cannot(const char *path, const char *what)
{
	static const int ours[] = { ENOSPC, EDQUOT, EIO, EFBIG, ENOMEM, EMFILE, ENFILE, EPIPE };
	int why = errno;

	assay_complain("%s: cannot %s: %s", path, what, strerror(why));
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (why == ours[i])
			return ASSAY_EXIT_HARNESS;
	return ASSAY_EXIT_USAGE;
}

int assay_output_make(const char *folder)
{
	struct stat status;
	char path[4096];

	if (snprintf(path, sizeof(path), "%s", folder) >= (int)sizeof(path))
		return assay_complain("the output folder's name is too long");
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0777) && errno != EEXIST)
			return assay_cannot(path, "make the folder");
		*slash = '/';
	}
	if (mkdir(path, 0777) && errno != EEXIST)
		return assay_cannot(path, "make the folder");
	if (stat(path, &status) || !S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		return assay_cannot(path, "make the folder");
	}
	return 0;
}

/* Its entries but for "." and "..", -1 when it cannot be read; *ours when the marker is among them. */
static int look(const char *folder, bool *ours)
{
	DIR *dir = opendir(folder);
	int entries = 0;

	*ours = false;
	if (!dir)
		return -1;
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		entries++;
		*ours |= strcmp(entry->d_name, MARKER) == 0;
	}
	closedir(dir);
	return entries;
}

/* Takes the folder for ourselves until our end: a second run would mix its results with ours. */
static int lock(const char *folder)
{
	char path[4096 + sizeof(MARKER) + 1];
	int fd;

	snprintf(path, sizeof(path), "%s/" MARKER, folder);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return assay_cannot(folder, "write to the output folder");
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		close(fd);
		return assay_complain("%s: another run is writing there: choose another with -o", folder);
	}
	return 0;
}

int assay_output_take(const char *folder)
{
	bool ours;
	int entries, result = assay_output_make(folder);

	if (result)
		return result;
	entries = look(folder, &ours);
	if (entries < 0)
		return assay_cannot(folder, "read the output folder");
	if (entries > 0 && !ours)
		return assay_complain(
			"%s: not empty and not a folder of ours (it has no %s): choose another with -o",
			folder, MARKER);
	return lock(folder);
}

int assay_output_empty(const char *folder, struct assay_error *err)
{
	char path[PATH_MAX];

	/* the folder itself may be a symbolic link; what is in it is not followed */
	if (!realpath(folder, path) || nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		return assay_error_set(err, ASSAY_E_IO, "%.150s: cannot empty the output folder: %s", folder,
			strerror(errno));
	return 0;
}

int assay_output_fresh(const char *folder)
{
	struct assay_error err = { 0 };
	int result = folder ? assay_output_take(folder) : 0;

	if (result || !folder)
		return result;
	return assay_output_empty(folder, &err) ? assay_complain_of(&err) : 0;
}
