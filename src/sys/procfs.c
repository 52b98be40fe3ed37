// SPDX-License-Identifier: BSD-2-Clause
#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "parse.h"
#include "proctext.h"

/* USER_HZ is 100 on every architecture that sigtrace supports. */
#define TICK_NS 10000000ULL

/* Reads a small file of /proc/PID whole. Returns its length, or a negative errno; NUL-terminates.
 */
static ssize_t read_file(uint32_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	len = read(fd, buffer, size - 1); /* /proc gives what fits in one go */
	if (len < 0)
		len = -errno;
	else
		buffer[len] = '\0';
	close(fd);
	return len;
}

static int read_stat(uint32_t tgid, struct procfs_process *ret)
{
	struct proctext_stat stat;
	char text[2048];
	ssize_t len = read_file(tgid, "stat", text, sizeof(text));
	int r;

	if (len < 0)
		return len;
	r = proctext_parse_stat(text, len, &stat);
	if (r < 0)
		return r;
	*ret = (struct procfs_process){
		.tgid = tgid,
		.ppid = stat.ppid,
		.state = stat.state,
		.start_boot_ns = stat.start_ticks * TICK_NS,
	};
	return 0;
}

int procfs_read_process(uint32_t pid, struct procfs_process *ret)
{
	struct proctext_status status;
	char text[4096];
	ssize_t len = read_file(pid, "status", text, sizeof(text));
	int r;

	if (len < 0)
		return len;
	r = proctext_parse_status(text, len, &status);
	if (r < 0)
		return r;
	return read_stat(status.tgid, ret);
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
