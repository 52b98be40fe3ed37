// SPDX-License-Identifier: BSD-2-Clause
#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "parse.h"

/* Nearly all fit; a user in 65,536 groups (NGROUPS_MAX) makes the line of groups 700 KiB long. */
#define STATUS_SIZE	8192
#define STATUS_SIZE_MAX (1024UL * 1024)

ssize_t procfs_read_at(int dir_fd, const char *path, char *buffer, size_t size)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	/* A short read is not the end: /proc gives whole lines, as many as fit into a page. */
	while ((n = read(fd, buffer + len, size - len)) > 0) {
		len += n;
		if ((size_t)len == size) {
			close(fd);
			return -EFBIG;
		}
	}
	if (n < 0)
		len = -errno;
	else
		buffer[len] = '\0';
	close(fd);
	return len;
}

int procfs_read_stat_at(int dir_fd, const char *path, struct proctext_stat *ret)
{
	char text[2048];
	ssize_t len = procfs_read_at(dir_fd, path, text, sizeof(text));

	return len < 0 ? len : proctext_parse_stat(text, len, ret);
}

int procfs_read_status_at(int dir_fd, const char *path, struct proctext_status *ret)
{
	char text[STATUS_SIZE];
	ssize_t len = procfs_read_at(dir_fd, path, text, sizeof(text));
	char *large;
	int r;

	if (len >= 0)
		return proctext_parse_status(text, len, ret);
	if (len != -EFBIG)
		return len;
	large = malloc(STATUS_SIZE_MAX);
	if (!large)
		return -ENOMEM;
	len = procfs_read_at(dir_fd, path, large, STATUS_SIZE_MAX);
	r = len < 0 ? len : proctext_parse_status(large, len, ret);
	free(large);
	return r;
}

static int read_stat(uint32_t tgid, struct procfs_process *ret)
{
	struct proctext_stat stat;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%u/stat", tgid);
	r = procfs_read_stat_at(AT_FDCWD, path, &stat);
	if (r < 0)
		return r;
	*ret = (struct procfs_process){
		.tgid = tgid,
		.ppid = stat.ppid,
		.state = stat.state,
		.start_boot_ns = stat.start_ticks * PROCFS_TICK_NS,
	};
	return 0;
}

int procfs_read_process(uint32_t pid, struct procfs_process *ret)
{
	struct proctext_status status;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	r = procfs_read_status_at(AT_FDCWD, path, &status);
	return r < 0 ? r : read_stat(status.tgid, ret);
}

int procfs_each_process(procfs_process_fn each, void *context)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r >= 0 && (entry = readdir(dir))) {
		struct procfs_process process;
		uint32_t tgid;

		if (parse_pid(entry->d_name, &tgid) == 0 && read_stat(tgid, &process) == 0)
			r = each(context, &process);
	}
	closedir(dir);
	return r;
}
