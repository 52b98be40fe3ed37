// SPDX-License-Identifier: BSD-2-Clause
#include "check_script.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe or a device is none; nobody waits for one. -1 */
static int open_program(const char *path)
{
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111)))
		return fd;
	close(fd);
	return -1;
}

/* As execvp() finds it; -1: it is not there, or may not be read. */
static int find_program(const char *name)
{
	const char *folder = getenv("PATH") ?: "/bin:/usr/bin";
	char path[PATH_MAX];

	if (strchr(name, '/'))
		return open_program(name);
	for (size_t len;; folder += len + 1) {
		int written, fd;

		len = strcspn(folder, ":");
		written = snprintf(path, sizeof(path), "%.*s%s%s", (int)len, folder, len ? "/" : "",
				   name);
		fd = written < (int)sizeof(path) ? open_program(path) : -1;
		if (fd >= 0 || !folder[len])
			return fd;
	}
}

void check_script_note_error(struct check_run *run, const char *name, int error)
{
	const int fd = find_program(name);
	char head[CHECK_SCRIPT_HEAD];
	ssize_t len = 0;

	if (fd >= 0) {
		len = read(fd, head, sizeof(head));
		close(fd);
	}
	check_run_set_start_error(run, error, head, len > 0 ? (size_t)len : 0);
}
